"""How sure a difference is: intervals over people, and tests on the same items."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

__all__ = ["Interval", "bootstrap_people", "holm", "mcnemar_exact"]

Array = npt.NDArray[Any]


class Interval(NamedTuple):
    """A mean with its 95 % interval ``low`` to ``high`` (NaN below two persons)."""

    mean: float
    low: float
    high: float


def bootstrap_people(
    values: npt.ArrayLike, people: npt.ArrayLike, rng: np.random.Generator, *, repeats: int = 2000
) -> Interval:
    """The mean of values (N,), with the 95 % interval that drawing whole persons anew gives.

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
        For a seed instead of a generator.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall, 1993, ch. 13.
    """
    array, who = np.asarray(values, dtype=float), np.asarray(people)
    if array.ndim != 1 or array.shape != who.shape or not len(array):
        raise ValueError(f"values and people must have one shape (N,); got {array.shape} and {who.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"values must be finite; got {int((~np.isfinite(array)).sum())} that are not: leave them out")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, for example numpy.random.default_rng(0); got {rng!r}")
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1; got {repeats!r}")
    _, place = np.unique(who, return_inverse=True)
    count, total = np.bincount(place), np.bincount(place, weights=array)
    if len(count) < 2:
        return Interval(float(array.mean()), float("nan"), float("nan"))
    drawn = rng.integers(len(count), size=(repeats, len(count)))
    low, high = np.quantile(total[drawn].sum(1) / count[drawn].sum(1), [0.025, 0.975])
    return Interval(float(array.mean()), float(low), float(high))


def mcnemar_exact(first_right: npt.ArrayLike, second_right: npt.ArrayLike) -> float:
    """The two-sided p-value that two classifiers err alike on the same N items, from the items on which they differ.

    References
    ----------
    .. [1] Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
           Psychometrika 12(2), 1947. :DOI:`10.1007/BF02295996`; here with the exact binomial.

    Examples
    --------
    >>> mcnemar_exact([1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0])
    0.0625
    """
    first, second = np.asarray(first_right), np.asarray(second_right)
    if first.shape != second.shape or first.ndim != 1:
        got = f"{first.shape} and {second.shape}"
        raise ValueError(f"first_right and second_right must have one shape (N,); got {got}")
    first, second = first.astype(bool), second.astype(bool)
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    if not only_first + only_second:
        return 1.0
    return float(binomtest(only_first, only_first + only_second).pvalue)


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
    p = np.asarray(p_values, dtype=float)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values must be numbers (N,) from 0 to 1; got {p_values!r}")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted
