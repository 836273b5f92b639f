"""Single steps of any network, as in `src/cases/ops.ts`."""

import torch
from torch.nn import functional as F
from torch.nn.grad import conv2d_input, conv2d_weight

from subject import KERNEL, MAP, Leaf, Subject


def matmul(tensors, size):
    a, b, dy = (tensors[name].clone() for name in ("inputs.a", "inputs.b", "data.dy"))
    return op_subject({"a": Leaf(a), "b": Leaf(b)}, dy, lambda: a @ b)


def conv_3x3(tensors, size):
    return convolution(tensors, lambda x, filter, dy: F.conv2d(x, filter, padding=1))


def conv_3x3_dx(tensors, size):
    return convolution(tensors, lambda x, filter, dy: conv2d_input(x.shape, filter, dy, padding=1))


def conv_3x3_dw(tensors, size):
    return convolution(tensors, lambda x, filter, dy: conv2d_weight(x, filter.shape, dy, padding=1), KERNEL)


def convolution(tensors, compute, output_axes=MAP):
    x, dy = (tensors[name].permute(MAP).clone() for name in ("inputs.x", "data.dy"))
    filter = tensors["inputs.filter"].permute(KERNEL).contiguous(memory_format=torch.channels_last)
    inputs = {"x": Leaf(x, MAP), "filter": Leaf(filter, KERNEL)}
    return op_subject(inputs, dy, lambda: compute(x, filter, dy), output_axes)


def op_subject(inputs, dy, forward, output_axes=None):
    for leaf in inputs.values():
        leaf.tensor.requires_grad_()
    return Subject({}, inputs, forward, lambda: (forward() * dy).sum(), lambda: None, None, output_axes)
