# Prints dilated.json, which dilated.test.ts compares with: maps of torchvision's ResNets whose strides are replaced by
# dilation, narrow, with weights and an image made by `numbers`, which the test repeats.
# Made with torch 2.13.0 and torchvision 0.26.0 on CPU:  python dilated.py > dilated.json
import json
import math

import torch
from torch import nn

# torchvision asks for an operator of its compiled part, which need not be there for its networks
library = torch.library.Library("torchvision", "FRAGMENT")
if not hasattr(torch.ops.torchvision, "nms"):
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from torchvision.models.resnet import Bottleneck, ResNet  # noqa: E402

torch.set_default_dtype(torch.float64)


def numbers(count, seed):
    """Numbers between -1 and 1 without a pattern."""
    draws = (math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453 for i in range(count))
    return torch.tensor([2 * (x - math.floor(x)) - 1 for x in draws])


def fill(model):
    """Weights from their shapes and places in the state dict: kernels of gain about 1, others near what they start as."""
    at = 0
    for name, value in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        draws = numbers(value.numel(), at).reshape(value.shape)
        if value.dim() > 1:
            value.copy_(draws * (3 / value[0].numel()) ** 0.5)
        else:
            value.copy_(0.1 * draws + (0 if name.endswith(("bias", "running_mean")) else 1))
        at += 1


class Narrow(ResNet):
    """torchvision's blocks, layers and forward pass, with another width."""

    def __init__(self, blocks, width, dilate):
        nn.Module.__init__(self)
        self._norm_layer, self.inplanes, self.dilation, self.groups, self.base_width = nn.BatchNorm2d, width, 1, 1, 64
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1, self.relu, self.maxpool = nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        self.layer1 = self._make_layer(Bottleneck, width, blocks[0])
        for i in (1, 2, 3):
            layer = self._make_layer(Bottleneck, width * 2**i, blocks[i], stride=2, dilate=dilate[i - 1])
            setattr(self, f"layer{i + 1}", layer)
        self.avgpool, self.fc = nn.Identity(), nn.Identity()


IMAGE = [1, 3, 41, 34]
cases = []
with torch.no_grad():
    for stride, dilate in ((8, (False, True, True)), (16, (False, False, True)), (32, (False, False, False))):
        model = Narrow([3, 4, 6, 3], 2, dilate).eval()
        fill(model)
        x = numbers(math.prod(IMAGE), 1000).reshape(IMAGE)
        for name in ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"):
            x = getattr(model, name)(x)
        cases.append({"outputStride": stride, "shape": list(x.shape), "map": [round(v, 7) for v in x.flatten().tolist()]})
print(json.dumps({"image": IMAGE, "cases": cases}))
