"""A small Llama (the LlamaForCausalLM layout: RMSNorm, rotary positions, grouped heads equal to heads, SwiGLU, tied embeddings) for training on a CPU.

Two savings matter there. Every prompt of a task begins with the same tokens: they go through the model once a step, and their keys and
values are shared by the whole batch (gradients flow through them). And only the answer is a target: the last layer and the logits are
computed at its positions alone.
"""

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Shape:
    """Sizes of a model: vocabulary, residual width, layers, heads (of width / heads each), feed-forward width."""

    vocab: int
    width: int
    layers: int
    heads: int
    ff: int
    positions: int = 1024
    theta: float = 10000.0
    epsilon: float = 1e-5
    guesses: int = 317

    @property
    def head(self):
        return self.width // self.heads


# The reference models: width, layers, heads, feed-forward width.
SHAPES = {"tb-1m": (128, 4, 4, 384), "tb-4m": (256, 5, 8, 768), "tb-16m": (512, 5, 16, 1536)}


def shape_named(name, vocab):
    """The shape of a reference model."""
    return Shape(vocab, *SHAPES[name])


def rotary(shape, device=None):
    """Cosines and sines, [positions, head]: the two halves of a head rotate together, as in Hugging Face's Llama."""
    inverse = shape.theta ** (-torch.arange(0, shape.head, 2, dtype=torch.float32, device=device) / shape.head)
    angle = torch.outer(torch.arange(shape.positions, dtype=torch.float32, device=device), inverse)
    angle = torch.cat([angle, angle], 1)
    return angle.cos(), angle.sin()


def rotate(x, cosine, sine):
    a, b = x.chunk(2, -1)
    return x * cosine + torch.cat([-b, a], -1) * sine


def attend(q, k, v, mask):
    """softmax(q k^T / sqrt(head) + mask) v; mask is additive and broadcasts to [batch, heads, queries, keys]. On a CPU this beats PyTorch's fused one."""
    scores = (q * (1 / math.sqrt(q.shape[-1]))) @ k.transpose(-1, -2) + mask
    return torch.softmax(scores, -1) @ v


class Norm(nn.Module):
    """x / rms(x) * weight, the root mean square in float32."""

    def __init__(self, width, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        wide = x.float()
        return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.epsilon)).to(x.dtype) * self.weight.to(x.dtype)


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.input_layernorm = Norm(shape.width, shape.epsilon)
        self.post_attention_layernorm = Norm(shape.width, shape.epsilon)
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            setattr(self, name, nn.Linear(shape.width, shape.width, bias=False))
        self.gate_proj = nn.Linear(shape.width, shape.ff, bias=False)
        self.up_proj = nn.Linear(shape.width, shape.ff, bias=False)
        self.down_proj = nn.Linear(shape.ff, shape.width, bias=False)

    def split(self, x):
        return x.view(*x.shape[:-1], self.shape.heads, self.shape.head).transpose(-2, -3)

    def keys_values(self, x, cosine, sine):
        """x: [batch, tokens, width] already normalised; cosine, sine: [tokens, head]."""
        return rotate(self.split(self.k_proj(x)), cosine, sine), self.split(self.v_proj(x))

    def queries(self, x, cosine, sine):
        return rotate(self.split(self.q_proj(x)), cosine, sine)

    def finish(self, residual, attended):
        """Output projection and feed-forward, each added to the residual stream."""
        residual = residual + self.o_proj(attended.transpose(-2, -3).flatten(-2))
        x = self.post_attention_layernorm(residual)
        return residual + self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))

    def forward(self, p, x, places, at):
        """Both streams one layer on: p [1, kept, width], x [rows, tokens, width]. With `at`, only x at those positions."""
        pn, xn = self.input_layernorm(p), self.input_layernorm(x)
        pk, pv = self.keys_values(pn, *places.before)
        k, v = self.keys_values(xn, *places.own)
        k = torch.cat([pk.expand(x.shape[0], -1, -1, -1), k], 2)
        v = torch.cat([pv.expand(x.shape[0], -1, -1, -1), v], 2)
        if at is None:
            p = self.finish(p, attend(self.queries(pn, *places.before), pk, pv, places.before_mask))
            return p, self.finish(x, attend(self.queries(xn, *places.own), k, v, places.own_mask))
        gather = at[:, :, None].expand(-1, -1, self.shape.width)
        q = self.queries(xn.gather(1, gather), *places.answer)
        return p, self.finish(x.gather(1, gather), attend(q, k, v, places.answer_mask))


class Llama(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocab, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width, shape.epsilon)
        # For training alone: reads, at every place of a state and before the last layer, which answer the state will lead to.
        self.guess = nn.Linear(shape.width, shape.guesses, bias=False)
        cosine, sine = rotary(shape)
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, 0.0, 0.02)
        for layer in self.layers:
            for out in (layer.o_proj, layer.down_proj):
                nn.init.normal_(out.weight, 0.0, 0.02 / math.sqrt(2 * shape.layers))

    def forward(self, prefix, suffix, at, guess=False):
        """Logits [rows, answer, vocab] at the positions `at` [rows, answer] of `suffix` [rows, tokens], which follows `prefix` [tokens] in every row;
        with `guess`, also guesses [rows, tokens, guesses] at the answer as a whole from each of its places on, and the same after each of the first two layers."""
        places = Places(self, prefix.shape[0], suffix.shape[1], at)
        p = self.embed(prefix)[None]
        x = self.embed(suffix)
        last = len(self.layers) - 1
        guesses, early = None, []
        for index, layer in enumerate(self.layers):
            if index == last and guess:
                guesses = self.guess(self.layers[last].input_layernorm(x))
            if index in (1, 2) and guess:
                early.append(self.guess(layer.input_layernorm(x)))
            p, x = layer(p, x, places, at if index == last else None)
        logits = self.norm(x) @ self.embed.weight.t()
        return (logits, guesses, early) if guess else logits


class Places:
    """What depends on positions alone, made once a step: the cosines and sines, and the additive masks, of the shared beginning, of each
    row's own tokens, and of its answer's positions."""

    def __init__(self, model, length, count, at):
        dtype, device = model.embed.weight.dtype, at.device
        cosine, sine = model.cosine.to(dtype), model.sine.to(dtype)
        every = torch.arange(length + count, device=device)
        first, own = every[:length], every[length:]

        def mask(queries, keys):
            return torch.where(queries[..., None] >= keys, 0.0, torch.finfo(dtype).min / 2).to(dtype)

        self.before = (cosine[first], sine[first])
        self.own = (cosine[own], sine[own])
        self.answer = (cosine[at + length][:, None], sine[at + length][:, None])
        self.before_mask = mask(first, first)
        self.own_mask = mask(own, every)
        self.answer_mask = mask(at + length, every)[:, None]
