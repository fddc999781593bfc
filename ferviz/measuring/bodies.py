"""What a light body costs: its parameters, its size in a file, and its time for a face."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch

from ferviz.arguments import whole
from ferviz.learning.recipes.common import fresh
from ferviz.models.identity import BodyConfig

__all__ = ["Size", "milliseconds", "size_of"]


@dataclass(frozen=True)
class Size:
    """How many ``parameters`` a body has, and the ``side`` of its faces in pixels."""

    parameters: int
    side: int

    def megabytes(self, bits: int) -> float:
        """Millions of bytes with so many bits a parameter."""
        return self.parameters * bits / 8e6


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
    whole("runs", runs)
    net, face = fresh(body.build, 0).eval(), torch.zeros(1, body.backbone.colours, body.side, body.side)
    taken = []
    with torch.no_grad():
        net(face)
        for _ in range(runs):
            start = time.process_time()
            net(face)
            taken.append(time.process_time() - start)
    return float(np.median(taken)) * 1e3
