"""What a light body costs: its parameters, its size in a file, its time for a face, and what fewer bits do to it."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from ferviz.arguments import whole
from ferviz.learning.recipes.common import fresh
from ferviz.measured import Measured
from ferviz.models.identity import COMPACT, BodyConfig
from ferviz.models.multi_task import BODIES

__all__ = ["BITS", "PHONE", "Size", "eight_bit", "is_rounded", "milliseconds", "phone", "sixteen_bit", "size_of"]
__all__ += ["speed"]

BITS = (32, 16, 8)
PHONE: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "mobilenet_7": (16, 5, 14),
        "enet_b0_8_best_afew": (59, 26, 16),
        "enet_b0_7": (59, 26, 16),
        "enet_b2_7": (191, 18, 30),
        "enet_b2_8": (191, 18, 30),
    }
)
"""The author's README: ms a face on a Samsung Fold 3, plus or minus, and MB."""
_M = TypeVar("_M", bound=nn.Module)


@dataclass(frozen=True)
class Size:
    """How many ``parameters`` a body has, and the ``side`` of its faces in pixels."""

    parameters: int
    side: int

    def megabytes(self, bits: int) -> float:
        """Millions of bytes with so many bits a parameter."""
        return self.parameters * bits / 8e6


@cache
def size_of(body: BodyConfig) -> Size:
    """The size of a body, without making its weights.

    Examples
    --------
    >>> from ferviz.models.multi_task import BODIES
    >>> size_of(BODIES["mobilenet"]).megabytes(32)  # 3.2 million parameters
    12.827904
    """
    with torch.device("meta"):
        return Size(sum(one.numel() for one in body.build().parameters()), body.side)


def milliseconds(body: BodyConfig, runs: int = 5) -> float:
    """CPU time of one face, the median of some runs after a first one, with as many threads as torch has.

    Weights are drawn, not trained: the time does not depend on them.

    Raises
    ------
    TypeError, ValueError
        For runs that are no whole number, or none.
    """
    return float(np.median(_times(body, runs)))


def _times(body: BodyConfig, runs: int) -> list[float]:
    """Milliseconds of CPU time of a face, for each of some runs after a first one."""
    whole("runs", runs)
    net, face = fresh(body.build, 0).eval(), torch.zeros(1, body.backbone.colours, body.side, body.side)
    taken = []
    with torch.no_grad():
        net(face)
        for _ in range(runs):
            start = time.process_time()
            net(face)
            taken.append((time.process_time() - start) * 1e3)
    return taken


@torch.no_grad()
def eight_bit(net: _M) -> _M:
    """A copy whose weights of convolutions and linear layers can have 255 values an output channel.

    They are rounded by torch's ``fake_quantize_per_channel_affine``, evenly round 0, and stay floats: what this costs
    in accuracy is that of 8-bit weights; for arithmetic in 8 bit see `ferviz.measuring.costs.compute_in_8_bit`.
    """
    net = copy.deepcopy(net)
    for part in net.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            scale = (part.weight.abs().flatten(1).amax(1) / 127).clamp_min(1e-12)
            zero = torch.zeros(len(part.weight), dtype=torch.int32)
            part.weight.copy_(torch.fake_quantize_per_channel_affine(part.weight, scale, zero, 0, -127, 127))
    return net


@torch.no_grad()
def sixteen_bit(net: _M) -> _M:
    """A copy with all numbers rounded to halves, as networks ship here."""
    net = copy.deepcopy(net)
    for value in net.state_dict().values():
        if value.is_floating_point():
            value.copy_(value.half())
    return net


def is_rounded(net: nn.Module) -> bool:
    """Whether all numbers are halves already, as of a network that was kept in 16 bit: it has nothing to lose by it."""
    return all(torch.equal(value, value.half().to(value)) for value in net.state_dict().values())


def speed(runs: int = 20) -> list[Measured]:
    """Time, numbers and bytes of every body at the size of its own faces, on one thread."""
    found, threads = [], torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for name, body in {**{f"{name}, compact": one for name, one in COMPACT.items()}, **BODIES}.items():
            found.append(_speed(name, body, runs))
    finally:
        torch.set_num_threads(threads)
    return found


def _speed(name: str, body: BodyConfig, runs: int) -> Measured:
    times, size = _times(body, runs), size_of(body)
    of: dict[str, Any] = {"row": name, "side": body.side, "colours": body.backbone.colours}
    of |= {"parameters": size.parameters, **{f"MB at {bits} bit": round(size.megabytes(bits), 3) for bits in BITS}}
    low, middle, high = np.percentile(times, [5, 50, 95]).round(2).tolist()
    way = f"5th to 95th percentile of {runs} runs, one thread"
    what = "ms of CPU time a face, median"
    return Measured(what=what, of=of, value=middle, low=low, high=high, way=way, items=runs, unit="runs")


def phone() -> list[Measured]:
    """The published times on a phone: the README's table, not the paper's. What its "±" is, it does not say."""
    source = "README of av-savchenko/face-emotion-recognition; Samsung Fold 3, Qualcomm 888, Android 12"
    return [
        Measured(
            what="ms a face on a phone, as published",
            of={"row": row, "plus or minus": spread, "MB": size, "source": source},
            value=ms,
            unit="runs",
        )
        for row, (ms, spread, size) in PHONE.items()
    ]
