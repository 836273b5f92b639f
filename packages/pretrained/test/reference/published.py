# Prints published.json, which published.test.ts compares with: the names and shapes of the weights of timm's and
# torchvision's networks, and what these compute with weights that are a formula.
# Made with timm 1.0.31, torchvision 0.26.0 and torch 2.13.0 on CPU:  python published.py > published.json
import json
import math
import numpy as np
import torch

# torchvision's operators for boxes, which no network here needs, are missing where it was built for another torch
_library = torch.library.Library("torchvision", "DEF")
_library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import timm
import torchvision
from timm.models.vgg import VGG, ConvMlp

SIDE = 32


def noise(shape, number):
    """Numbers of -1 to 1 that look like noise, and are the same in every language."""
    waves = np.sin(12.9898 * np.arange(math.prod(shape), dtype=np.float64) + 78.233 * number) * 43758.5453
    return (2 * (waves - np.floor(waves)) - 1).reshape(shape)


def fill(model):
    """The formula: each weight is noise, of the size that keeps the signal; in the order of the state dict."""
    state = model.state_dict()
    for i, (name, tensor) in enumerate(state.items()):
        shape = list(tensor.shape)
        if name.endswith("num_batches_tracked"):
            continue
        w = noise(shape, i)
        if len(shape) > 1:
            w *= math.sqrt(6 / math.prod(shape[1:]))
        elif name.endswith("running_var") or name.endswith("weight"):
            w = 1 + 0.3 * w
        else:
            w *= 0.2
        state[name] = torch.from_numpy(w.astype(np.float32))
    model.load_state_dict(state)


def run(model, channels=3):
    fill(model)
    model.eval()
    images = torch.from_numpy(noise([1, channels, SIDE, SIDE], 0).astype(np.float32))
    with torch.no_grad():
        logits = model(images)[0]
    shapes = {k: list(v.shape) for k, v in model.state_dict().items()}
    return {"shapes": shapes, "logits": [round(x, 6) for x in logits[:8].tolist()]}


def narrow_vgg():
    """timm's VGG16-BN, an eighth as wide."""
    cfg = [8, 8, "M", 16, 16, "M", 32, 32, 32, "M", 64, 64, 64, "M", 64, 64, 64, "M"]
    model = VGG(cfg, num_classes=10, norm_layer=torch.nn.BatchNorm2d)
    model.pre_logits = ConvMlp(64, 48, 7, 1.0, 0.0, torch.nn.ReLU, torch.nn.Conv2d)
    model.head.fc = torch.nn.Linear(48, 10)
    return model


def narrow_torchvision_vgg():
    """torchvision's VGG16-BN, an eighth as wide."""
    cfg = [8, 8, "M", 16, 16, "M", 32, 32, 32, "M", 64, 64, 64, "M", 64, 64, 64, "M"]
    model = torchvision.models.VGG(torchvision.models.vgg.make_layers(cfg, batch_norm=True), num_classes=10)
    model.classifier[0] = torch.nn.Linear(64 * 7 * 7, 48)
    model.classifier[3] = torch.nn.Linear(48, 48)
    model.classifier[6] = torch.nn.Linear(48, 10)
    return model


print(
    json.dumps(
        {
            "timm/resnet18": run(timm.create_model("resnet18")),
            "timm/resnet50": run(timm.create_model("resnet50")),
            "timm/mobilenetv2_100": run(timm.create_model("mobilenetv2_100")),
            "timm/vgg16_bn": run(narrow_vgg()),
            "torchvision/resnet18": run(torchvision.models.resnet18()),
            "torchvision/vgg16_bn": run(narrow_torchvision_vgg()),
            "torchvision/mobilenet_v2": run(torchvision.models.mobilenet_v2()),
        },
        separators=(",", ":"),
    ).replace("},", "},\n")
)
