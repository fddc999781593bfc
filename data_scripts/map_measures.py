"""What the scripts that score maps share: which items are taken, and the maps that a map has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import ttest_1samp

from ferviz.flat import is_flat

Array = npt.NDArray[Any]


def spread(count: int, wanted: int) -> list[int]:
    """``wanted`` places of ``count``, evenly."""
    return np.unique(np.linspace(0, count - 1, min(wanted, count)).round().astype(int)).tolist()


def shares(values: Array) -> Array:
    """The positive part of a map as shares of its sum; all 0 for a map that is flat or nowhere positive."""
    positive = np.clip(np.nan_to_num(values), 0, None)
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


def p_value(values: Array, people: Array) -> float:
    """That the people's mean differences are 0 on average: a t-test; 1 where there is nothing to test."""
    known = np.isfinite(values)
    if not known.any():
        return 1.0
    _, who = np.unique(people[known], return_inverse=True)
    means = np.bincount(who, weights=values[known]) / np.bincount(who)
    if len(means) < 2 or not means.any():
        return 1.0
    if not np.ptp(means):
        return 0.0
    return float(f"{ttest_1samp(means, 0).pvalue:.3g}")
