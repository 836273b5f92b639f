"""The convolutions of VGG-16 with batch norm (Simonyan & Zisserman 2014, arXiv:1409.1556) under torchvision's names."""

from torch import nn

GROUPS = [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]


class Vgg16BnMaps(nn.Module):
    def __init__(self):
        super().__init__()
        layers, channels = [], 3
        for group in GROUPS:
            for out in group:
                layers += [nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
                channels = out
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)

    def forward(self, images):
        return self.features(images)
