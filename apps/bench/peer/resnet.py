"""ResNet-18 (He et al. 2015, arXiv:1512.03385) under torchvision's names, and MC-Loss's (Chang et al., TIP 2020)."""

from torch import nn
from torch.nn import functional as F


class ResNet18(nn.Module):
    def __init__(self, classes, last=512, last_stride=2):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(BasicBlock(64, 64), BasicBlock(64, 64))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, stride=2), BasicBlock(128, 128))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, stride=2), BasicBlock(256, 256))
        self.layer4 = nn.Sequential(BasicBlock(256, last, stride=last_stride), BasicBlock(last, last))
        self.fc = nn.Linear(last, classes)

    def forward(self, images):
        return self.fc(self.maps(images).mean((2, 3)))

    def maps(self, images):
        x = F.relu(self.bn1(self.conv1(images)), inplace=True)
        x = F.max_pool2d(x, 3, stride=2, padding=1)
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))


class McResNet18(ResNet18):
    """Three channels a class, stride 16, and a head on the largest number of each channel."""

    def __init__(self, classes, hidden=512):
        super().__init__(classes, last=3 * classes, last_stride=1)
        del self.fc
        self.head = nn.ModuleDict(
            {
                "norm1": nn.BatchNorm1d(3 * classes),
                "fc1": nn.Linear(3 * classes, hidden),
                "norm2": nn.BatchNorm1d(hidden),
                "fc2": nn.Linear(hidden, classes),
            }
        )

    def forward(self, images):
        pooled = self.head["norm1"](self.maps(images).amax((2, 3)))
        return self.head["fc2"](F.elu(self.head["norm2"](self.head["fc1"](pooled))))


class BasicBlock(nn.Module):
    def __init__(self, inputs, out, stride=1, dilations=(1, 1)):
        super().__init__()
        first, second = dilations
        self.conv1 = nn.Conv2d(inputs, out, 3, stride=stride, padding=first, dilation=first, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=second, dilation=second, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.downsample = nn.Sequential()
        if stride > 1 or inputs != out:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, out, 1, stride=stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(y)) + self.downsample(x), inplace=True)
