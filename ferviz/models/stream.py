"""One stream of a model of several: items become vectors, and attention pools them into one.

The three attentions of Zhou et al. 2019 (arXiv:2012.13912), and the plain mean that each must beat. "self" and
"relation" are those of frame attention (`ferviz.models.frame_attention`). "transformer" is a large word for a small
thing: a linear map f̃ = W f to fewer numbers, an inner product of f̃ with one learned vector, a positive weight from
that, and the mean. No code was published, and what is told of the weight is that the product is "taken as a power":
exp, most likely, but a square cannot be excluded; nor is it said whether f̃ or f is averaged. All readings are here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import torch
from torch import nn

from ferviz.arguments import choice, whole
from ferviz.models.attention import ItemWeight, beside, check_mask, normalised, weighted_mean
from ferviz.models.probe import Probe

__all__ = ["Attention", "Kind", "Pooled", "Stream"]

Kind = Literal["mean", "self", "relation", "transformer"]
Power = Literal["exp", "square"]
Averaged = Literal["reduced", "full"]


@dataclass(frozen=True)
class Attention:
    """Which attention pools a stream. ``reduced``, ``power`` and ``averages`` matter to "transformer" alone.

    ``reduced``: m, the length of f̃; unknown in the paper. ``power``: the weight from the inner product s, exp(s) or
    s². ``averages``: whether f̃ or f is averaged.
    """

    kind: Kind = "transformer"
    reduced: int = 128
    power: Power = "exp"
    averages: Averaged = "reduced"

    def __post_init__(self) -> None:
        for name, known in (("kind", Kind), ("power", Power), ("averages", Averaged)):
            choice(name, getattr(self, name), get_args(known))
        whole("reduced", self.reduced)

    def width(self, channels: int) -> int:
        """The length of the stream's vector, from that of an item's: twice as long for "relation"."""
        if self.kind == "transformer" and self.averages == "reduced":
            return self.reduced
        return 2 * channels if self.kind == "relation" else channels


class Pooled(NamedTuple):
    """What a stream gives: ``vector`` (B, M) is the mean of ``items`` (B, N, M) under ``weight`` (B, N).

    ``present`` (B,) is False where no item could be used: weights and vector are 0 then, and stand for nothing.
    """

    items: torch.Tensor
    weight: torch.Tensor
    vector: torch.Tensor
    present: torch.Tensor


class Stream(nn.Module):
    """A backbone that makes vectors of items, and the attention that pools them.

    Named quantities: ``feature`` f (item, D); ``alpha`` α, and in "relation" ``anchor`` f' and ``beta`` β; in
    "transformer" ``reduced`` f̃ and ``score``, the inner product; ``weight``, which sums to 1 over the usable items;
    ``vector``.

    Parameters
    ----------
    name : str
        Of the stream: it tells its dimensions from those of others.
    item : str
        The dimension along which its items are counted.
    backbone : Module
        Used by the model, which knows what goes in.
    channels : int
        D, the length of an item's vector.
    attention : Attention
    """

    def __init__(self, name: str, item: str, backbone: nn.Module, channels: int, attention: Attention) -> None:
        super().__init__()
        self.backbone, self.attention, self.width = backbone, attention, attention.width(channels)
        kind = attention.kind
        self.q0 = ItemWeight(channels) if kind in ("self", "relation") else None
        self.q1 = ItemWeight(2 * channels) if kind == "relation" else None
        self.reduce = nn.Linear(channels, attention.reduced, bias=False) if kind == "transformer" else None
        self.query = nn.Linear(attention.reduced, 1, bias=False) if kind == "transformer" else None
        say = f"what the backbone makes of one {item}"
        self.feature = Probe(item, f"{name}_channel", symbol="f", equation="(a)", meaning=say)
        if self.q0 is not None:
            say = f"the weight of one {item} from itself alone; fixed only up to a factor"
            self.alpha = Probe(item, symbol="α", equation="α = σ(fᵀq0)", meaning=say)
        if self.q1 is not None:
            self.anchor = Probe(f"{name}_channel", symbol="f'", equation="Σαf/Σα", meaning="the mean under α")
            say = f"the weight of one {item} beside the mean under α"
            self.beta = Probe(item, symbol="β", equation="β = σ([f:f']ᵀq1)", meaning=say)
        if self.reduce is not None:
            self.reduced = Probe(item, f"{name}_reduced", symbol="f̃", equation="f̃ = Wf", meaning="f made shorter")
            raised = "exp s" if attention.power == "exp" else "s²"
            say = f"the inner product with the learned vector; the weight goes by {raised}"
            self.score = Probe(item, symbol="s", equation="s = qᵀf̃", meaning=say)
        say = f"the share that one {item} has in the stream's vector; all sum to 1"
        self.weight = Probe(item, symbol="w", equation="α, αβ, exp s or s², over its sum", meaning=say)
        say = "the stream's vector: the mean under the weights; 0 where there is no stream"
        self.vector = Probe(f"{name}_pooled", symbol=name[0], equation="Σwf", meaning=say)

    def pool(self, features: torch.Tensor, mask: torch.Tensor) -> Pooled:
        """Vectors of items (B, N, D), and which of them can be used (B, N): none is a stream that is not there."""
        present = mask.any(1)
        usable = check_mask(features, mask | ~present[:, None])
        f = self.feature(torch.where(mask[..., None], features, torch.zeros_like(features)))  # (B, N, D)
        if self.reduce is not None:
            items, weight = self._transformed(f, usable)
        elif self.q0 is None:
            items, weight = f, normalised(torch.ones_like(f[..., 0]), usable)
        else:
            items, weight = self._related(f, self.alpha(self.q0(f)), usable)
        weight = self.weight(weight * present[:, None])  # (B, N)
        return Pooled(items, weight, self.vector(weighted_mean(items, weight)), present)

    def _related(self, f: torch.Tensor, alpha: torch.Tensor, usable: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.q1 is None:
            return f, normalised(alpha, usable)
        pairs = beside(f, self.anchor(weighted_mean(f, normalised(alpha, usable))))  # (B, N, 2D)
        return pairs, normalised(alpha * self.beta(self.q1(pairs)), usable)

    def _transformed(self, f: torch.Tensor, usable: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        assert self.reduce is not None
        assert self.query is not None
        short = self.reduced(self.reduce(f))  # (B, N, m)
        score = self.score(self.query(short).squeeze(-1))  # (B, N)
        if self.attention.power == "exp":
            weight = torch.where(usable, score, -torch.inf).softmax(1)
        else:
            weight = normalised(score.square(), usable)
        return (short if self.attention.averages == "reduced" else f), weight
