"""Bi-modal PMA (Song et al., IEEE TIP 2020) as in `packages/bimodal` and `packages/models`, with all masks."""

from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional as F

from resnet import ResNet18
from subject import MAP, Leaf, model_subject

STRUCK = 3  # phrases that a stage strikes out at most
MARGIN = 1e-6


class PmaClassifier(ResNet18):
    def __init__(self, classes, vocabulary, embedding, hidden, final, stages):
        super().__init__(classes)
        del self.fc
        self.phrases = PhraseEncoder(vocabulary, embedding, hidden)
        self.attention = ProgressiveMaskAttention(512, hidden, final, stages)
        self.head = nn.Linear(512 + stages * final, classes)

    def forward(self, images, words):
        """images [batch, channels, height, width], words [batch, phrase, word]; 0 is padding"""
        return self.head(self.attention(self.maps(images), *self.phrases(words)))


class PhraseEncoder(nn.Module):
    def __init__(self, vocabulary, embedding, hidden):
        super().__init__()
        self.embedding = nn.Module()
        self.embedding.table = nn.Parameter(torch.zeros(vocabulary, embedding))
        self.lstm = nn.LSTM(embedding, hidden, batch_first=True)

    def forward(self, words):
        real = words != 0
        vectors = F.embedding(words, self.embedding.table) * real[..., None]
        encoded = last_state(self.lstm, vectors.flatten(0, 1), real.sum(2).flatten())
        return encoded.unflatten(0, words.shape[:2]), real.any(2)


def last_state(lstm, x, lengths):
    """The state after the last step of each sequence, zeros where it has none; x [batch, step, in]"""
    states, _ = lstm(x)
    last = states[torch.arange(len(x)), (lengths - 1).clamp(min=0)]
    return last * (lengths > 0)[:, None]


class ProgressiveMaskAttention(nn.Module):
    """Stages that share their layers."""

    def __init__(self, visual, text, final, stages):
        super().__init__()
        self.stages = stages
        self.visualScorer = SelfAttentionScorer(visual, F.relu)
        self.local = nn.Linear(visual, visual)
        self.phraseScorer = nn.Linear(visual, text, bias=False)
        self.textScorer = SelfAttentionScorer(text, torch.tanh)
        self.final = nn.Linear(2 * visual + 2 * text, final)

    def forward(self, maps, phrases, real):
        """maps [batch, channels, height, width], phrases [batch, phrase, dim], real [batch, phrase], bool"""
        pooled, means = (pool(maps, 2).flatten(2).transpose(1, 2) for pool in (F.max_pool2d, F.avg_pool2d))
        blocks = torch.ones(pooled.shape[:2], dtype=torch.bool)  # the available ones, [batch, block]
        left, vectors = real, [maps.mean((2, 3))]
        for _ in range(self.stages):
            alpha, chosen = self.look(pooled, blocks)
            local = self.local(weighted_sum(chosen.float(), means))
            beta, gamma, left = self.read(local, phrases, left, real)
            parts = [weighted_sum(alpha, pooled), local, weighted_sum(gamma, phrases), weighted_sum(beta, phrases)]
            vectors.append(self.final(torch.cat(parts, 1)))
            blocks = blocks & ~chosen
            blocks = blocks | ~blocks.any(1, keepdim=True)
        return torch.cat(vectors, 1)

    def look(self, pooled, available):
        scores = self.visualScorer(pooled)
        largest = scores.masked_fill(~available, -torch.inf).argmax(1)
        return masked_softmax(scores, available), F.one_hot(largest, scores.shape[1]).bool()

    def read(self, local, phrases, available, real):
        scores = (phrases @ self.phraseScorer(local)[:, :, None]).squeeze(2)
        beta = masked_softmax(scores, available)
        left = available & ~struck(beta.detach(), real)
        return beta, masked_softmax(self.textScorer(phrases), left), left


class SelfAttentionScorer(nn.Module):
    def __init__(self, dim, activation, reduction=16):
        super().__init__()
        self.activation = activation
        self.fc1 = nn.Linear(dim, dim // reduction)
        self.fc2 = nn.Linear(dim // reduction, 1, bias=False)

    def forward(self, x):
        return self.fc2(self.activation(self.fc1(x))).squeeze(-1)


def struck(beta, real):
    """The phrases of the three largest weights, if above 1 / number of phrases."""
    first = beta.argsort(dim=1, descending=True, stable=True)[:, :STRUCK]
    among = torch.zeros_like(beta, dtype=torch.bool).scatter(1, first, True)
    return among & (beta > 1 / real.sum(1, keepdim=True).clamp(min=1) + MARGIN)


def masked_softmax(scores, mask):
    return F.softmax(scores.masked_fill(~mask, -1e30), 1) * mask


def weighted_sum(weights, vectors):
    """weights [batch, item], vectors [batch, item, dim] -> [batch, dim]"""
    return (weights[:, None] @ vectors).squeeze(1)


def lstm(tensors, size):
    module = nn.LSTM(300, 512, batch_first=True)
    x, lengths = tensors["inputs.x"].clone().requires_grad_(), tensors["data.mask"].sum(1).long()
    subject = layer_subject(module, tensors, lambda: last_state(module, x, lengths))
    return replace(subject, inputs={"x": Leaf(x)})


def pma_stage(tensors, size):
    module = ProgressiveMaskAttention(2048, 512, 512, stages=1)
    maps = tensors["inputs.map"].permute(MAP).clone().requires_grad_()
    vectors, real = tensors["inputs.vectors"].clone().requires_grad_(), tensors["data.mask"].bool()
    subject = layer_subject(module, tensors, lambda: module(maps, vectors, real))
    return replace(subject, inputs={"map": Leaf(maps, MAP), "vectors": Leaf(vectors)})


def layer_subject(module, tensors, forward):
    return model_subject(module, tensors, forward, lambda: forward().square().mean())


def pma(tensors, size):
    module = PmaClassifier(200, vocabulary=3000, embedding=300, hidden=512, final=512, stages=3)
    images, words, labels = tensors["data.images"].permute(MAP), tensors["data.words"], tensors["data.labels"].long()
    forward = lambda: module(images, words)
    return model_subject(module, tensors, forward, lambda: F.cross_entropy(forward(), labels))
