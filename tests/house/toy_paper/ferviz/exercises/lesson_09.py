"""The check of lesson 09: a mean under a mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from ferviz.exercises.base import NotYet, check, number, run

__all__ = ["masked_mean"]


@check
def masked_mean(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes a map (y, x) and a mask (y, x) and gives the mean of their product."""
    values, mask = generator.normal(size=(2, 4, 4))
    if not np.isclose(number(run(function, values, mask), "the mean"), (values * mask).mean()):
        raise NotYet("multiply the map by the mask, then take the mean over all places.")
    return "every place counts as much as the mask lets through."
