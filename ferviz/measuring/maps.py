"""What the scripts that score maps share: which items are taken, and the maps that a map has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.flat import is_flat

__all__ = ["another", "fewest", "of_others", "shares", "spread"]

Array = npt.NDArray[Any]


def spread(count: int, wanted: int) -> list[int]:
    """``wanted`` places of ``count``, evenly."""
    return [int(at) for at in np.unique(np.linspace(0, count - 1, min(wanted, count)).round())]


def shares(values: Array) -> Array:
    """The positive part of a map as shares of its sum; all 0 for a map that is flat or nowhere positive."""
    positive: Array = np.clip(np.nan_to_num(values), 0, None)
    return positive * 0 if is_flat(values) or not positive.any() else positive / positive.sum()


def of_others(maps: Sequence[Array], people: Array) -> list[Array]:
    """For each clip the mean of the maps (N, H, W) of all other people, so that nobody is held against himself."""
    made = np.stack([shares(one) for one in maps])
    there = made.any((1, 2))
    total, means = made.sum(0), []
    for person in people:
        same = people == person
        means.append((total - made[same].sum(0)) / max(1, int((there & ~same).sum())))
    return means


def another(people: Array, labels: Array, *, same: bool) -> Array:
    """For each item (N,) the place of the next one of another person, of the same label or of another; -1 for none.

    The next one is counted round the whole list, from a start that differs from item to item, so that no picture is
    everybody's other picture.
    """
    count = len(people)
    fits = (people[:, None] != people) & ((labels[:, None] == labels) == same)
    start = np.random.default_rng(0).permutation(count)
    places = (start[:, None] + np.arange(count)) % count  # (N, N), each row a round through the list
    ordered = np.take_along_axis(fits, places, 1)
    first = ordered.argmax(1)
    return np.where(ordered.any(1), places[np.arange(count), first], -1)


def fewest(values: Array, share: float = 0.5) -> Array:
    """The fewest places (H, W) that together hold a share of all there is: bool, all False where there is nothing."""
    order = np.argsort(-values, axis=None, kind="stable")
    held = np.cumsum(values.ravel()[order])
    chosen = np.zeros(values.size, bool)
    if held[-1] > 0:
        chosen[order[: int(np.searchsorted(held, share * held[-1])) + 1]] = True
    return chosen.reshape(values.shape)
