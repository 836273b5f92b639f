"""A case as the bench sees it, and how its tensors lie here and there.

Fovea keeps channels last and multiplies rows by a weight; PyTorch names channels first and multiplies by its transpose.
Images, maps and kernels keep Fovea's order in memory, which PyTorch calls `channels_last`: on a CPU its convolutions
are faster so.
"""

from dataclasses import dataclass, replace
from typing import Callable

import torch
from torch import nn

MAP = (0, 3, 1, 2)  # [batch, height, width, channels] -> [batch, channels, height, width]
KERNEL = (3, 2, 0, 1)  # [height, width, in, out] -> [out, in, height, width]
DEPTHWISE = (2, 3, 0, 1)  # [height, width, channels, 1] -> [channels, 1, height, width]
MATRIX = (1, 0)  # [in, out] -> [out, in]
KERAS = {"/depthwise_kernel": ".weight", "/kernel": ".weight", "/gamma": ".weight", "/beta": ".bias"}


@dataclass
class Leaf:
    """A tensor that gradients reach. `axes`: which of Fovea's axes each of its own is; None: the same."""

    tensor: torch.Tensor
    axes: tuple | None = None

    def set(self, value):
        with torch.no_grad():
            self.tensor.copy_(value if self.axes is None else value.permute(self.axes))


def as_fovea(tensor, axes):
    """The same numbers, with axes in Fovea's order."""
    return tensor if axes is None else tensor.permute([axes.index(i) for i in range(len(axes))])


@dataclass
class Subject:
    """What a step calls, and the leaves of both kinds under Fovea's names."""

    params: dict
    inputs: dict
    forward: Callable
    loss: Callable
    reload: Callable
    module: nn.Module | None = None
    output_axes: tuple | None = None

    def with_calls(self, change):
        return replace(self, forward=change(self.forward), loss=change(self.loss))


def model_subject(module, tensors, forward, loss):
    """A network under Fovea's weights. @raises ValueError if it has others"""
    module.to(memory_format=torch.channels_last)
    here = dict(leaves(module))
    given = {name.removeprefix("params."): value for name, value in tensors.items() if name.startswith("params.")}
    names = {name: torch_name(name) for name in given}
    if set(names.values()) != set(here):
        raise ValueError(f"weights differ: {sorted(set(names.values()) ^ set(here))}")
    params = {name: here[names[name]] for name in given}

    def reload():
        for name, leaf in params.items():
            leaf.set(given[name])

    reload()
    return Subject(params, {}, forward, loss, reload, module)


def torch_name(name):
    for keras, torch_suffix in KERAS.items():
        name = name.replace(keras, torch_suffix)
    return name


def leaves(module):
    for path, part in module.named_modules():
        for name, parameter in part.named_parameters(recurse=False):
            yield f"{path}.{name}".lstrip("."), Leaf(parameter, axes_of(part, parameter))


def axes_of(part, parameter):
    if isinstance(part, nn.Conv2d) and parameter.dim() == 4:
        return KERNEL if part.groups == 1 else DEPTHWISE
    return MATRIX if isinstance(part, (nn.Linear, nn.LSTM)) and parameter.dim() == 2 else None
