"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) with the names and padding of Keras."""

from torch import nn
from torch.nn import functional as F

# channels, stride, expansion
BLOCKS = [(16, 1, 1), *[(24, 2, 6), (24, 1, 6)], *[(32, 2, 6), *[(32, 1, 6)] * 2], *[(64, 2, 6), *[(64, 1, 6)] * 3]]
BLOCKS += [*[(96, 1, 6)] * 3, (160, 2, 6), *[(160, 1, 6)] * 2, (320, 1, 6)]


class MobileNetV2(nn.Module):
    """Maps of 1280 channels, one cell for every 32 pixels."""

    def __init__(self, blocks=BLOCKS, top=("Conv_1", "Conv_1_bn", 1280)):
        super().__init__()
        self.top, self.top_norm, self.channels = top
        self.blocks = []  # prefix, and whether there is a shortcut
        channels = 32
        self.add_conv("Conv1", "bn_Conv1", Conv2dSame(3, channels, 3, stride=2, bias=False))
        for i, (out, stride, expansion) in enumerate(blocks):
            prefix = f"block_{i}_" if i else "expanded_conv_"
            hidden = expansion * channels
            if expansion > 1:
                self.add(prefix, "expand", nn.Conv2d(channels, hidden, 1, bias=False))
            self.add(prefix, "depthwise", Conv2dSame(hidden, hidden, 3, stride=stride, groups=hidden, bias=False))
            self.add(prefix, "project", nn.Conv2d(hidden, out, 1, bias=False))
            self.blocks.append((prefix, stride == 1 and channels == out))
            channels = out
        self.add_conv(self.top, self.top_norm, nn.Conv2d(channels, self.channels, 1, bias=False))

    def add(self, prefix, name, conv):
        self.add_conv(f"{prefix}{name}", f"{prefix}{name}_BN", conv)

    def add_conv(self, name, norm, conv):
        self.add_module(name, conv)
        self.add_module(norm, nn.BatchNorm2d(conv.out_channels, eps=1e-3, momentum=0.001))

    def run(self, prefix, name, x):
        return self.run_conv(f"{prefix}{name}", f"{prefix}{name}_BN", x)

    def run_conv(self, name, norm, x):
        return getattr(self, norm)(getattr(self, name)(x))

    def forward(self, images):
        x = F.relu6(self.bn_Conv1(self.Conv1(images)))
        for prefix, shortcut in self.blocks:
            y = F.relu6(self.run(prefix, "expand", x)) if hasattr(self, f"{prefix}expand") else x
            y = F.relu6(self.run(prefix, "depthwise", y))
            y = self.run(prefix, "project", y)
            x = x + y if shortcut else y
        return F.relu6(self.run_conv(self.top, self.top_norm, x))


class MobileNetV2Trunk(MobileNetV2):
    """Up to `block_13_expand_relu`: maps of 576 channels, one cell for every 16 pixels."""

    def __init__(self):
        super().__init__(BLOCKS[:13], ("block_13_expand", "block_13_expand_BN", 576))


class Conv2dSame(nn.Conv2d):
    """Padding "same" of TensorFlow: where it is odd, the greater part is at the end."""

    def forward(self, x):
        (k, _), (s, _) = self.kernel_size, self.stride
        height, width = (max(0, (-(-side // s) - 1) * s + k - side) for side in x.shape[2:])
        if height % 2 or width % 2:
            x = F.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))
            padding = 0
        else:
            padding = (height // 2, width // 2)
        return F.conv2d(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)
