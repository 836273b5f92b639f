"""PSPNet (Zhao et al. 2017, arXiv:1612.01105) on a ResNet-18 of stride 8, as in `packages/segmentation`, without dropout."""

from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional as F

from resnet import BasicBlock, ResNet18
from subject import MAP, model_subject


class PspResNet18(nn.Module):
    """Logits of each pixel of images whose sides are 8 n + 1."""

    def __init__(self, classes, dim=512, bins=(1, 2, 3, 6)):
        super().__init__()
        self.backbone = dilated_resnet_18()
        self.classifier = nn.Module()
        self.classifier.ppm = nn.Module()
        self.classifier.ppm.features = nn.ModuleList(level(512, 512 // len(bins), cells) for cells in bins)
        self.classifier.add_module("0", nn.Conv2d(2 * 512, dim, 3, padding=1, bias=False))
        self.classifier.add_module("1", nn.BatchNorm2d(dim))
        self.classifier.add_module("4", nn.Conv2d(dim, classes, 1))

    def forward(self, images):
        maps, head = self.backbone.maps(images), dict(self.classifier.named_children())
        levels = [resize(average(maps), maps.shape[2:]) for average in head["ppm"].features]
        features = F.relu(head["1"](head["0"](torch.cat([maps, *levels], 1))), inplace=True)
        return resize(head["4"](features), images.shape[2:])


def dilated_resnet_18():
    """Of stride 8: the last two layers are dilated instead, as with torchvision's `replace_stride_with_dilation`."""
    net = ResNet18(1)
    del net.fc
    net.layer3 = nn.Sequential(BasicBlock(128, 256, dilations=(1, 2)), BasicBlock(256, 256, dilations=(2, 2)))
    net.layer4 = nn.Sequential(BasicBlock(256, 512, dilations=(2, 4)), BasicBlock(512, 512, dilations=(4, 4)))
    return net


def level(inputs, out, cells):
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(cells), nn.Conv2d(inputs, out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
    )


def resize(maps, size):
    return F.interpolate(maps, size, mode="bilinear", align_corners=True)


def psp_resnet_18(tensors, size):
    module = PspResNet18(21)
    images, labels = tensors["data.images"].permute(MAP), tensors["data.labels"].long()
    forward = lambda: module(images)
    loss = lambda: F.cross_entropy(forward(), labels, ignore_index=255)
    return replace(model_subject(module, tensors, forward, loss), output_axes=MAP)
