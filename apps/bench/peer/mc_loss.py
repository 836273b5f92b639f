"""MC-Loss (Chang et al., TIP 2020) as in `packages/losses`: the same mask, the same groups of channels."""

import torch
from torch.nn import functional as F

from subject import MAP, Leaf, Subject

ALPHA, BETA = 1.5, 20


def mc_loss(maps, labels, groups, mask=None):
    """maps [batch, channels, height, width]; groups: channels of each class, equal ones side by side; mask [channels]"""
    x = maps.flatten(2)  # [batch, channels, position]
    scores, lack, first = [], 0, 0
    for size, classes in runs(groups):
        own = x[:, first : first + size * classes]
        masked = own if mask is None else own * mask[first : first + size * classes, None]
        scores.append(masked.unflatten(1, (classes, size)).amax(2).mean(2))
        spread = F.softmax(own, 2).unflatten(1, (classes, size)).amax(2).sum(2)  # [batch, class]
        lack = lack + (1 - spread.mean() / size) * classes / len(groups)
        first += size * classes
    return ALPHA * F.cross_entropy(torch.cat(scores, 1), labels) + BETA * lack


def runs(groups):
    """[(size, how many)] of equal neighbours"""
    sizes, counts = torch.unique_consecutive(groups, return_counts=True)
    return list(zip(sizes.tolist(), counts.tolist()))


def mc(tensors, size):
    maps = tensors["inputs.maps"].permute(MAP).clone().requires_grad_()
    labels, groups, mask = tensors["data.labels"].long(), tensors["data.groups"], tensors["data.mask"]
    forward = lambda: mc_loss(maps, labels, groups)
    loss = lambda: mc_loss(maps, labels, groups, mask)
    return Subject({}, {"maps": Leaf(maps, MAP)}, forward, loss, lambda: None)


def cross_entropy(tensors, size):
    logits, labels = tensors["inputs.fused"].clone().requires_grad_(), tensors["data.labels"].long()
    loss = lambda: F.cross_entropy(logits, labels)
    return Subject({}, {"fused": Leaf(logits)}, loss, loss, lambda: None)
