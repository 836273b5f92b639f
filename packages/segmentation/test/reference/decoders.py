# Prints decoders.json, which decoders.test.ts compares with: torchvision's ASPP and FCNHead, and semseg's PSPNet, which is
# no package and so written out here, each without its classifier, narrow, with weights and maps made by `numbers`, which
# the test repeats; and maps that are upsampled.
# Made with torch 2.13.0 and torchvision 0.26.0 on CPU:  python decoders.py > decoders.json
import json
import math

import torch
import torch.nn.functional as F
from torch import nn

# torchvision asks for an operator of its compiled part, which need not be there for its networks
library = torch.library.Library("torchvision", "FRAGMENT")
if not hasattr(torch.ops.torchvision, "nms"):
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from torchvision.models.segmentation.deeplabv3 import ASPP, DeepLabHead  # noqa: E402
from torchvision.models.segmentation.fcn import FCNHead  # noqa: E402

torch.set_default_dtype(torch.float64)
SIZES = [[7, 5], [9, 13], [1, 1], [2, 3]]
IN, DIM = 8, 6


def numbers(shape, seed):
    """Numbers between -1 and 1 without a pattern."""
    draws = (math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453 for i in range(math.prod(shape)))
    return torch.tensor([2 * (x - math.floor(x)) - 1 for x in draws]).reshape(shape)


def fill(model):
    """Weights from their shapes and places in the state dict: kernels of gain about 1, others near what they start as."""
    at = 0
    for name, value in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        draws = numbers(list(value.shape), at)
        if value.dim() > 1:
            value.copy_(draws * (3 / value[0].numel()) ** 0.5)
        else:
            value.copy_(0.1 * draws + (0 if name.endswith(("bias", "running_mean")) else 1))
        at += 1


class PPM(nn.Module):
    """semseg, model/pspnet.py"""

    def __init__(self, in_dim, reduction_dim, bins):
        super().__init__()
        self.features = nn.ModuleList(
            nn.Sequential(
                nn.AdaptiveAvgPool2d(bin),
                nn.Conv2d(in_dim, reduction_dim, kernel_size=1, bias=False),
                nn.BatchNorm2d(reduction_dim),
                nn.ReLU(inplace=True),
            )
            for bin in bins
        )

    def forward(self, x):
        size = x.shape[2:]
        levels = [F.interpolate(f(x), size, mode="bilinear", align_corners=True) for f in self.features]
        return torch.cat([x, *levels], 1)


class Psp(nn.Module):
    """semseg's `ppm` and `cls` up to its classifier."""

    def __init__(self, in_dim, dim, bins=(1, 2, 3, 6)):
        super().__init__()
        self.ppm = PPM(in_dim, in_dim // len(bins), bins)
        self.cls = nn.Sequential(
            nn.Conv2d(in_dim * 2, dim, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(dim),
            nn.ReLU(inplace=True),
            nn.Dropout2d(p=0.1),
        )

    def forward(self, x):
        return self.cls(self.ppm(x))


def deeplab(rates):
    """torchvision's DeepLabHead, narrow and up to its classifier."""
    head = DeepLabHead(IN, 2, rates)
    head[0] = ASPP(IN, rates, DIM)
    head[1], head[2] = nn.Conv2d(DIM, DIM, 3, padding=1, bias=False), nn.BatchNorm2d(DIM)
    return nn.Sequential(*list(head)[:4])


models = {
    "psp": Psp(IN, DIM),
    "aspp": deeplab([12, 24, 36]),
    "aspp of other rates": deeplab([1, 3]),
    "fcn": nn.Sequential(*list(FCNHead(IN, 3))[:4]),
}
flat = lambda x: [round(v, 5) for v in x.flatten().tolist()]
cases = []
for name, model in models.items():
    fill(model)
    for module in model.modules():
        if isinstance(module, (nn.Dropout, nn.Dropout2d)):
            module.p = 0.0  # its random numbers are no one else's
    for at, size in enumerate(SIZES):
        x = numbers([2, IN, *size], 1000 + at).requires_grad_()
        state = {key: value.clone() for key, value in model.state_dict().items()}
        inference = model.eval()(x)
        training = model.train()(x)
        (numbers(list(training.shape), 2000 + at) * training).sum().backward()
        model.load_state_dict(state)  # without the statistics of the pass
        cases.append(
            {
                "model": name,
                "size": size,
                "inference": flat(inference),
                "training": flat(training),
                "gradient": flat(x.grad),  # in training, of sum(numbers * features)
            }
        )

upsampled = []
for size, to, corners in [([2, 4], [9, 25], True), ([1, 3], [1, 17], True), ([2, 4], [16, 32], False), ([3, 1], [24, 8], False)]:
    y = F.interpolate(numbers([1, 3, *size], 3000), to, mode="bilinear", align_corners=corners)
    upsampled.append({"from": size, "to": to, "align": "corners" if corners else "centers", "map": flat(y)})

names = {name: {key: list(value.shape) for key, value in model.state_dict().items()} for name, model in models.items()}
count = lambda model: sum(p.numel() for p in model.parameters())
counts = {  # of the networks as they are published, with their classifiers, for 21 classes
    "DeepLabHead": count(DeepLabHead(2048, 21)),
    "FCNHead": count(FCNHead(2048, 21)),
    "FCNHead, auxiliary": count(FCNHead(1024, 21)),
    "PSPNet": count(Psp(2048, 512)) + count(nn.Conv2d(512, 21, 1)),
}
print(json.dumps({"in": IN, "dim": DIM, "counts": counts, "shapes": names, "cases": cases, "upsampled": upsampled}))
