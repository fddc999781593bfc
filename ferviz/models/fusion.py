"""Fusion: how the pooled vectors of two streams become one answer.

Zhou et al. 2019 (arXiv:2012.13912) hold concatenation against factorised bilinear pooling, FBP (the general method:
Yu Z., Yu J., Fan J., Tao D., "Multi-modal factorized bilinear pooling", ICCV 2017, arXiv:1708.01471). Beside them
stand the mean and the product of the two streams' probabilities, a product with two learned exponents, and either
stream alone.

A stream that is not there is replaced, after its projection, by a vector: a zero would make the product of FBP zero,
and every share of the streams a half. The vector is learned where training leaves streams out, else it is the mean of
the training clips' projected vectors (`FusionConfig.absent`).

Learned together, "product" and "weights" are what "concatenation" is: behind a softmax, sums of log probabilities, each
scaled, are one linear layer over both vectors. They are three models where each stream's answer was learned alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import nn
from torch.nn import functional

from ferviz.arguments import choice, number, whole
from ferviz.models.probe import Probe
from ferviz.models.stream import Pooled

__all__ = ["ABSENT", "FBP", "STREAMS", "Absent", "Fusion", "FusionConfig", "Kind", "signed_root"]

Kind = Literal["concatenation", "fbp", "mean", "product", "weights", "audio", "video"]
Absent = Literal["learned", "mean"]
STREAMS = ("audio", "video")
ABSENT: tuple[Absent, ...] = get_args(Absent)
_TINY = 1e-8


@dataclass(frozen=True)
class FusionConfig:
    """How two streams are joined.

    ``factors`` k and ``outputs`` o of FBP, and ``dropout`` of its product (or, in concatenation, of the vector):
    unknown in the paper. ``absent`` says what stands for a stream that is not there.
    """

    kind: Kind = "fbp"
    factors: int = 4
    outputs: int = 128
    dropout: float = 0.1
    absent: Absent = "learned"

    def __post_init__(self) -> None:
        choice("kind", self.kind, get_args(Kind))
        choice("absent", self.absent, ABSENT)
        whole("factors", self.factors)
        whole("outputs", self.outputs)
        number("dropout", self.dropout, "0 or more and below 1", lambda value: 0 <= value < 1)

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams that it needs."""
        return (self.kind,) if self.kind in STREAMS else STREAMS


def signed_root(values: torch.Tensor) -> torch.Tensor:
    """sign(z) √|z|, with a finite gradient at 0: z / √(|z| + 1e-8).

    Examples
    --------
    >>> [round(float(each), 4) for each in signed_root(torch.tensor([-4.0, 0.0, 9.0]))]
    [-2.0, 0.0, 3.0]
    """
    return values / (values.abs() + _TINY).sqrt()


class FBP(nn.Module):
    """Factorised bilinear pooling: z_i = aᵀ W_i v with W_i of rank k, for i of 1 to o; then its root and its length.

    ``first.weight`` is Ũᵀ (k·o, m) and ``second.weight`` is Ṽᵀ (k·o, n): k rows in a run belong to one z_i. It has
    k·o·(m + n) parameters, where o full matrices W_i would have o·m·n.
    """

    def __init__(self, first: int, second: int, factors: int, outputs: int) -> None:
        super().__init__()
        self.factors = factors
        self.first = nn.Linear(first, factors * outputs, bias=False)
        self.second = nn.Linear(second, factors * outputs, bias=False)

    def forward(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        """(B, m), (B, n) → (B, o), of length 1."""
        return self.scaled(self.summed(self.first(first) * self.second(second)))

    def summed(self, product: torch.Tensor) -> torch.Tensor:
        """Sums of k neighbours: (…, k·o) → (…, o)."""
        return product.unflatten(-1, (-1, self.factors)).sum(-1)

    @staticmethod
    def scaled(pooled: torch.Tensor) -> torch.Tensor:
        """The signed root of sums (…, o), divided by its length; 0 stays 0."""
        root = signed_root(pooled)
        return root / (root.square().sum(-1, keepdim=True) + _TINY**2).sqrt()

    def matrices(self) -> torch.Tensor:
        """W_i = U_i V_iᵀ for all i: (o, m, n)."""
        u, v = (part.weight.unflatten(0, (-1, self.factors)) for part in (self.first, self.second))  # (o, k, m or n)
        return torch.einsum("okm,okn->omn", u, v)


class Stand(nn.Module):
    """What stands for a stream that is not there, after its projection: ``learned``, or ``mean`` of training clips."""

    def __init__(self, width: int, value: float) -> None:
        super().__init__()
        self.learned = nn.Parameter(torch.full((width,), value))
        self.register_buffer("mean", torch.full((width,), value))

    def forward(self, projected: torch.Tensor, present: torch.Tensor, which: Absent) -> torch.Tensor:
        vector = self.learned if which == "learned" else self.get_buffer("mean")
        return torch.where(present[:, None], projected, vector.to(projected))


class Fusion(nn.Module):
    """Pooled streams → logits (B, L).

    Named quantities: ``audio_projected``, ``video_projected``: what of a stream meets the other (in FBP its factors, in
    concatenation its vector, else its logits). FBP has ``product``, ``pooled`` (the sums of k, before the root) and
    ``pair``: what each frame with each position adds to each of these sums, exactly, where both streams are there.
    ``fused`` is what the last layer reads, in FBP and concatenation. ``contribution``: what each stream adds to each
    logit, in concatenation (the bias is the rest), product and weights, or, in mean, to each probability. In FBP
    nothing is exact behind the root, and it has none.
    """

    def __init__(self, config: FusionConfig, widths: dict[str, int], labels: int) -> None:
        super().__init__()
        self.config, kind = config, config.kind
        if kind == "fbp":
            self.bilinear = FBP(widths["audio"], widths["video"], config.factors, config.outputs)
            projected = dict.fromkeys(STREAMS, config.factors * config.outputs)
            self.classify = nn.Linear(config.outputs, labels)
        elif kind == "concatenation":
            projected = widths
            self.classify = nn.Linear(sum(widths.values()), labels)
        else:
            projected = dict.fromkeys(config.streams, labels)
            for name in config.streams:
                self.add_module(f"{name}_classify", nn.Linear(widths[name], labels))
        if kind == "weights":
            self.exponents = nn.Parameter(torch.ones(len(STREAMS)))
        if len(config.streams) > 1:
            for name in STREAMS:
                self.add_module(f"{name}_absent", Stand(projected[name], 1.0 if kind == "fbp" else 0.0))
        self.dropout = nn.Dropout(config.dropout)
        self._name(kind)

    def _name(self, kind: Kind) -> None:
        meets = {"fbp": "factor", "concatenation": ""}.get(kind, "emotion")
        for name in self.config.streams:
            symbol = {"fbp": {"audio": "Ũᵀa", "video": "Ṽᵀv"}[name], "concatenation": name[0]}.get(kind, "l")
            say = f"what of the {name} stream meets the other; its stand-in where there is no such stream"
            dim, equation = meets or f"{name}_pooled", "FBP" if kind == "fbp" else ""
            self.add_module(f"{name}_projected", Probe(dim, symbol=symbol, equation=equation, meaning=say))
        if kind == "fbp":
            self.product = Probe("factor", symbol="∘", equation="Ũᵀa ∘ Ṽᵀv", meaning="the two, number by number")
            say = "what one frame with one position adds to each sum"
            self.pair = Probe("frame", "position", "sum", symbol="p", equation="derived", meaning=say)
            self.pooled = Probe("sum", symbol="z", equation="SumPool(·, k)", meaning="the sums of k neighbours")
        if kind in ("fbp", "concatenation"):
            symbol, say = ("z", "signed root, length 1") if kind == "fbp" else ("[a:v]", "both vectors in a row")
            self.fused = Probe("fused_channel", symbol=symbol, meaning=say)
        if kind in ("concatenation", "mean", "product", "weights"):
            what = "probability" if kind == "mean" else "logit"
            say = f"what each stream adds to each {what}"
            self.contribution = Probe("stream", "emotion", symbol="c", equation="derived", meaning=say)

    def forward(self, pooled: dict[str, Pooled], absent: Absent | None = None) -> torch.Tensor:
        """Logits (B, L). ``absent``: what stands for a stream that is not there, other than the config says."""
        return self.joined(self.projected(pooled, absent), pooled)

    def joined(self, projected: dict[str, torch.Tensor], pooled: dict[str, Pooled] | None = None) -> torch.Tensor:
        """Logits (B, L) from what of each stream meets the other; ``pooled`` is needed to move ``pair`` alone."""
        kind = self.config.kind
        if kind == "fbp":
            return self._multiplied(projected, pooled)
        if kind == "concatenation":
            return self._joined(projected)
        if kind in STREAMS:
            return projected[kind]
        logs = torch.stack([projected[name].log_softmax(-1) for name in STREAMS], 1)  # (B, 2, L)
        if kind == "mean":
            return self.contribution(logs.exp() / 2).sum(1).clamp_min(1e-12).log()
        return self.contribution(logs if kind == "product" else self.exponents[:, None] * logs).sum(1)

    def projected(self, pooled: dict[str, Pooled], absent: Absent | None = None) -> dict[str, torch.Tensor]:
        """What of each stream meets the other, or its stand-in."""
        return {name: self._projected(name, pooled[name], absent) for name in self.config.streams}

    def _projected(self, name: str, pooled: Pooled, absent: Absent | None) -> torch.Tensor:
        if self.config.kind == "fbp":
            found = (self.bilinear.first if name == "audio" else self.bilinear.second)(pooled.vector)
        elif self.config.kind == "concatenation":
            found = pooled.vector
        else:
            found = self.get_submodule(f"{name}_classify")(pooled.vector)
        if len(self.config.streams) > 1:
            found = self.get_submodule(f"{name}_absent")(found, pooled.present, absent or self.config.absent)
        return self.get_submodule(f"{name}_projected")(found)

    def _joined(self, projected: dict[str, torch.Tensor]) -> torch.Tensor:
        fused = self.fused(torch.cat([projected[name] for name in STREAMS], 1))
        parts = [projected[name].shape[1] for name in STREAMS]
        added = torch.stack([
            functional.linear(own, weight)
            for own, weight in zip(fused.split(parts, 1), self.classify.weight.split(parts, 1), strict=True)
        ], 1)  # (B, 2, L)  # fmt: skip
        moved = (self.contribution(added) - added).sum(1)  # 0, unless somebody moves it
        return self.classify(self.dropout(fused)) + moved

    def _multiplied(self, projected: dict[str, torch.Tensor], streams: dict[str, Pooled] | None) -> torch.Tensor:
        product = self.product(projected["audio"] * projected["video"])  # (B, k·o)
        summed = self.bilinear.summed(self.dropout(product))  # (B, o)
        if self.pair.watched and streams is not None:
            pairs = self._pairs(streams)
            summed = summed + (self.pair(pairs) - pairs).sum((1, 2))  # 0, unless somebody moves it
        return self.classify(self.fused(self.bilinear.scaled(self.pooled(summed))))

    def _pairs(self, streams: dict[str, Pooled]) -> torch.Tensor:
        """What each frame with each position adds to each sum (B, frames, positions, o)."""
        shares = [
            (project(streams[name].items) * streams[name].weight[..., None]).unflatten(-1, (-1, self.bilinear.factors))
            for name, project in (("audio", self.bilinear.first), ("video", self.bilinear.second))
        ]
        return torch.einsum("bpok,bfok->bfpo", *shares)
