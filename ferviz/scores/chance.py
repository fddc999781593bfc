"""How sure a difference is: intervals over people with the p of the same draws, and p of many questions."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ferviz.arguments import array as numbers
from ferviz.arguments import plain, whole

__all__ = ["Interval", "bootstrap_people", "holm"]

Array = npt.NDArray[Any]


class Interval(NamedTuple):
    """A mean with its 95 % interval ``low`` to ``high``, and the ``p`` that it is 0 (NaN below two persons)."""

    mean: float
    low: float
    high: float
    p: float


def bootstrap_people(
    values: npt.ArrayLike, people: npt.ArrayLike, rng: np.random.Generator, *, repeats: int = 2000
) -> Interval:
    """The mean of values (N,), with the 95 % interval and the p that drawing whole persons anew gives.

    p is the largest level at which the interval of these draws would hold 0, so that the two agree but for the width of
    one draw. It is never below 2 / (repeats + 1).

    Parameters
    ----------
    values : array (N,)
        A score a clip. For a paired comparison give the differences, clip by clip.
    people : array (N,)
        Who each clip shows: anything that can be sorted.
    rng : numpy.random.Generator
    repeats : int
        How often all persons are drawn, with replacement. The interval is the percentile one.

    Raises
    ------
    ValueError
        For values that are not (N,) or not finite: leave undefined scores out, and say how many. For no repeats.
    TypeError
        For a seed instead of a generator, or values or repeats that are no numbers.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall, 1993, ch. 13.
    """
    array, who = numbers("values", values), np.asarray(people)
    plain("people", people)
    if array.ndim != 1 or array.shape != who.shape or not len(array):
        raise ValueError(f"values and people must have one shape (N,); got {array.shape} and {who.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"values must be finite; got {int((~np.isfinite(array)).sum())} that are not: leave them out")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, for example numpy.random.default_rng(0); got {rng!r}")
    repeats = whole("repeats", repeats)
    _, place = np.unique(who, return_inverse=True)
    count, total = np.bincount(place), np.bincount(place, weights=array)
    if len(count) < 2:
        return Interval(float(array.mean()), float("nan"), float("nan"), float("nan"))
    drawn = rng.integers(len(count), size=(repeats, len(count)))
    means = total[drawn].sum(1) / count[drawn].sum(1)
    low, high = np.quantile(means, [0.025, 0.975])
    beyond = min((means <= 0).sum(), (means >= 0).sum()) + 1
    return Interval(float(array.mean()), float(low), float(high), min(1.0, 2 * beyond / (repeats + 1)))


def holm(p_values: npt.ArrayLike) -> Array:
    """p-values (N,) of N questions asked together, adjusted so that one false alarm in all of them stays as rare.

    References
    ----------
    .. [1] S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6(2),
           1979.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = numbers("p_values", p_values)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values must be numbers (N,) from 0 to 1; got {p_values!r:.200}")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted
