"""People in training and test at once: what a test is worth whose people were learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import RidgeCV

__all__ = ["PEOPLE_SHARED", "folds", "held_out_errors"]

Array = npt.NDArray[Any]
PEOPLE_SHARED = ("people apart", "people shared")
_PENALTIES = np.logspace(-2, 4, 13)


def folds(person: npt.ArrayLike, count: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.intp]]:
    """The fold (N,) of each face: with all of a person's faces in one of them, and with each in another one.

    Examples
    --------
    >>> dealt = folds([0, 0, 1, 1], 2, np.random.default_rng(0))
    >>> [sorted(set(fold[:2].tolist())) for fold in dealt.values()][1]
    [0, 1]
    """
    _, who = np.unique(np.asarray(person), return_inverse=True)
    of_person = rng.permutation(who.max() + 1) % count
    apart, shared = of_person[who], np.zeros(len(who), np.intp)
    for one in range(who.max() + 1):
        at = np.flatnonzero(who == one)
        shared[at] = (rng.permutation(len(at)) + rng.integers(count)) % count
    return dict(zip(PEOPLE_SHARED, (apart, shared), strict=True))


def held_out_errors(features: npt.ArrayLike, value: npt.ArrayLike, fold: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """How far ridge regression errs on each face (N,), learned on the faces of the other folds.

    ``features`` (N, D) are standardised by these, and the penalty is the one with the least error when one of them at
    a time is left out, as people do who do not think of who they show.
    """
    x, y, at = np.asarray(features, float), np.asarray(value, float), np.asarray(fold)
    found = np.empty(len(y))
    for one in np.unique(at):
        learned, tested = x[at != one], x[at == one]
        mean, spread = learned.mean(0), learned.std(0)
        spread = np.where(spread > 1e-9, spread, 1)
        model = RidgeCV(_PENALTIES).fit((learned - mean) / spread, y[at != one])
        found[at == one] = np.abs(model.predict((tested - mean) / spread) - y[at == one])
    return found
