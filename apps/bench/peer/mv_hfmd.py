"""MV-HFMD (Black & Souvenir, WACV 2024) as in `packages/models`: one transformer for every view and for their fusion."""

import torch
from torch import nn
from torch.nn import functional as F

from mobilenet_v2 import MobileNetV2Trunk
from subject import MAP


class MvHfmd(nn.Module):
    def __init__(self, classes, views, image, dim, depth, heads):
        super().__init__()
        self.stem = MobileNetV2Trunk()
        self.tokenizer = MapTokenizer(self.stem.channels, (-(-image // 16)) ** 2, dim)
        self.transformer = Transformer(classes, dim, depth, heads)
        self.fusion = nn.ModuleDict({"fused": TokenFusion(views, dim)})

    def tokens(self, images):
        """[batch, view, height, width, channels] -> [batch, view, tokens, dim]"""
        maps = self.stem(images.flatten(0, 1).permute(MAP))
        return self.tokenizer(maps).unflatten(0, images.shape[:2])

    def single(self, tokens):
        """Logits of each view, [batch, view, classes]."""
        return self.transformer(tokens.flatten(0, 1)).unflatten(0, tokens.shape[:2])

    def fused(self, tokens):
        """Logits of each collection, [batch, classes]."""
        return self.transformer(self.fusion["fused"](tokens))


class MapTokenizer(nn.Module):
    def __init__(self, channels, cells, dim):
        super().__init__()
        self.patch_embed = nn.ModuleDict({"proj": nn.Linear(channels, dim)})
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + cells, dim))

    def forward(self, maps):
        patches = self.patch_embed["proj"](maps.flatten(2).transpose(1, 2))  # [batch, cells, dim]
        return torch.cat([self.cls_token.expand(len(maps), -1, -1), patches], 1) + self.pos_embed


class TokenFusion(nn.Module):
    """One class token, then every view's patch tokens, marked by slot."""

    def __init__(self, slots, dim):
        super().__init__()
        self.slot_embed = nn.Parameter(torch.zeros(slots, dim))

    def forward(self, tokens):
        marked = tokens[:, :, 1:] + F.normalize(self.slot_embed, dim=1, eps=1e-12)[None, :, None]
        return torch.cat([tokens[:, :, 0].mean(1, keepdim=True), marked.flatten(1, 2)], 1)


class Transformer(nn.Module):
    def __init__(self, classes, dim, depth, heads):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, classes)

    def forward(self, tokens):
        return self.head(self.norm(self.blocks(tokens))[:, 0])


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(dim, 4 * dim), "fc2": nn.Linear(4 * dim, dim)})

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(x))))


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # [batch, heads, tokens, dim]
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.proj(mixed.transpose(1, 2).flatten(2))


def mv_hfmd_loss(single, fused, labels, weight=0.1, temperature=4):
    """CE of the collection, mean CE of its views, and what the two teach each other."""
    views = single.shape[1]
    loss = F.cross_entropy(fused, labels) + F.cross_entropy(single.flatten(0, 1), labels.repeat_interleave(views))
    if views < 2:
        return loss
    q, p = (F.log_softmax(logits / temperature, 1) for logits in (single.mean(1), fused))
    divergence = lambda student, teacher: F.kl_div(student, teacher.detach(), reduction="batchmean", log_target=True)
    return loss + weight * temperature**2 / 2 * (divergence(p, q) + divergence(q, p))
