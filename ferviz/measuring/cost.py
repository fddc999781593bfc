"""What light bodies cost: time, numbers, bytes, and what fewer bits do to them."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Mapping
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from ferviz.measured import Measured
from ferviz.models.identity import COMPACT, BodyConfig
from ferviz.models.multi_task import BODIES

__all__ = ["BITS", "PHONE", "eight_bit", "megabytes", "ms_a_face", "phone", "sixteen_bit", "speed"]

BITS = (32, 16, 8)
PHONE: Mapping[str, tuple[int, int, int]] = {
    "mobilenet_7": (16, 5, 14),
    "enet_b0_8_best_afew": (59, 26, 16),
    "enet_b0_7": (59, 26, 16),
    "enet_b2_7": (191, 18, 30),
    "enet_b2_8": (191, 18, 30),
}
"""The author's README: ms a face on a Samsung Fold 3, plus or minus, and MB."""
_M = TypeVar("_M", bound=nn.Module)


def _weights(net: nn.Module) -> Iterable[nn.Conv2d | nn.Linear]:
    return (part for part in net.modules() if isinstance(part, nn.Conv2d | nn.Linear))


@torch.no_grad()
def eight_bit(net: _M) -> _M:
    """A copy whose weights of convolutions and linear layers can have 255 values an output channel.

    They are rounded by torch's ``fake_quantize_per_channel_affine``, evenly round 0, and stay floats: what this costs
    in accuracy is that of 8-bit weights; arithmetic in 8 bit, and its speed, is another thing.
    """
    net = copy.deepcopy(net)
    for part in _weights(net):
        weight = part.weight
        scale = (weight.abs().flatten(1).amax(1) / 127).clamp_min(1e-12)
        zero = torch.zeros(len(weight), dtype=torch.int32)
        weight.copy_(torch.fake_quantize_per_channel_affine(weight, scale, zero, 0, -127, 127))
    return net


@torch.no_grad()
def sixteen_bit(net: _M) -> _M:
    """A copy with all numbers rounded to halves, as networks ship here."""
    net = copy.deepcopy(net)
    for value in net.state_dict().values():
        if value.is_floating_point():
            value.copy_(value.half())
    return net


def megabytes(net: nn.Module, bits: int) -> float:
    """The size of a network's numbers in millions of bytes; of 8 bit, the weights with a scale an output channel.

    What is no weight of a convolution or linear layer keeps 32 bits there.
    """
    numbers = sum(value.numel() for value in net.state_dict().values() if value.is_floating_point())
    if bits != 8:
        return numbers * bits / 8e6
    small = sum(part.weight.numel() for part in _weights(net))
    scales = sum(len(part.weight) for part in _weights(net))
    return (small + 4 * (numbers - small + scales)) / 1e6


@torch.no_grad()
def ms_a_face(net: nn.Module, body: BodyConfig, runs: int) -> list[float]:
    """Milliseconds of CPU time for one face, of so many runs with one thread; the first, which warms up, left out."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    face = torch.rand(1, body.backbone.colours, body.side, body.side, generator=torch.Generator().manual_seed(0))
    found = []
    try:
        for _ in range(runs + 1):
            began = time.process_time()
            net(face)
            found.append((time.process_time() - began) * 1e3)
    finally:
        torch.set_num_threads(threads)
    return found[1:]


def speed(runs: int = 20) -> list[Measured]:
    """Time, numbers and bytes of every body at the size of its own faces, untrained."""
    found = []
    for name, body in {**{f"{name}, compact": one for name, one in COMPACT.items()}, **BODIES}.items():
        net = body.build().eval()
        times = ms_a_face(net, body, runs)
        of: dict[str, object] = {"row": name, "side": body.side, "colours": body.backbone.colours}
        of |= {"parameters": sum(p.numel() for p in net.parameters())}
        of |= {f"MB at {bits} bit": round(megabytes(net, bits), 3) for bits in BITS}
        low, high = np.percentile(times, [5, 95]).round(2).tolist()
        middle = min(max(round(float(np.median(times)), 2), low), high)
        way = f"5th to 95th percentile of {runs} runs, one thread"
        found.append(Measured(what="ms of CPU time a face, median", of=of, value=middle, low=low, high=high, way=way,
                              items=runs, unit="runs"))  # fmt: skip
    return found


def phone() -> list[Measured]:
    """The published times on a phone: the README's table, not the paper's. What its "±" is, it does not say."""
    told = {"what": "ms a face on a phone, as published", "unit": "runs"}
    source = "README of av-savchenko/face-emotion-recognition; Samsung Fold 3, Qualcomm 888, Android 12"
    return [
        Measured(of={"row": row, "plus or minus": spread, "MB": size, "source": source}, value=ms, **told)
        for row, (ms, spread, size) in PHONE.items()
    ]
