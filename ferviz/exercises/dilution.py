"""The check of lesson 04's last exercise: a design in which nothing differs but the share of frames that tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.exercises.base import NotYet, check, numbers, run, show, two_rows

__all__ = ["EMPTY", "FRAMES", "INFORMATIVE", "design"]

Array = npt.NDArray[np.float64]

FRAMES, INFORMATIVE, EMPTY = 10, 0.6, 0.2
"""Frames in a clip, and the evidence of those that tell and those that do not."""
CONFUSED = {
    "mean": "averages probabilities of frames, not vectors, and was trained on single frames",
    "relation": "has β and a classifier of pairs besides α",
    "permuted": "has learned attention too, on other frames",
    "permuted, learned": "has learned attention's weights too, on other frames",
    "norm": "weighs by the length of the backbone's vectors, which no attention learned",
    "top": "weighs by what the backbone answers, which no attention learned",
    "not neutral": "weighs by what the backbone answers, which no attention learned",
    "mean vector": "has another classifier, fitted on whole clips",
    "mean, max, std": "has three times the numbers, and another classifier",
    "other clip": "has learned attention too, of another clip",
    "oracle": "is given the truth, which no network has",
}


@check
def design(function: Any, rows: Any = None, *, generator: np.random.Generator) -> str:
    """``function`` takes evidence (T,), a share and a generator, and gives ten frames; ``rows``: the two to compare."""
    for share in (0.3, 1.0, 0.1):
        _check_frames(function, _evidence(generator), share, int(generator.integers(1000)))
    few = np.array([0.0, 0.1, 0.4, 0.7, 0.9, 0.5, 0.15, 0.05])
    try:
        _check_frames(function, few, 0.8, 3)
    except NotYet as problem:
        raise NotYet(
            f"a clip may have fewer telling frames than you need (here 2, and 8 are wanted): draw with replacement. "
            f"({str(problem).rstrip('.')}.)"
        ) from problem
    _check_chance(function, _evidence(generator))
    _check_rows(rows)
    return (
        "every clip has ten frames, only the share differs, and chance picks which. The two networks get the same "
        "frames and differ in nothing but α: what is left between them is what attention adds."
    )


def _evidence(generator: np.random.Generator) -> Array:
    """Six frames that tell, six that do not, four between, in a mixed order."""
    kinds = [generator.uniform(INFORMATIVE, 1, 6), generator.uniform(0, EMPTY, 6), generator.uniform(0.3, 0.5, 4)]
    values: Array = generator.permutation(np.concatenate(kinds).round(2))
    return values


def _check_frames(function: Any, evidence: Array, share: float, seed: int) -> npt.NDArray[np.intp]:
    places = numbers(run(function, evidence, share, np.random.default_rng(seed)), "the frames")
    if places.shape != (FRAMES,):
        raise NotYet(
            f"for the share {share:g} you give {places.size} frames. Always give {FRAMES}: with more frames there "
            "would be more to average, and two things would differ."
        )
    if (places != places.round()).any() or places.min() < 0 or places.max() >= len(evidence):
        raise NotYet(f"the frames must be whole numbers from 0 to {len(evidence) - 1}; got {show(places)}.")
    picked = places.astype(np.intp)
    told, wanted = int((evidence[picked] >= INFORMATIVE).sum()), round(FRAMES * share)
    between = evidence[picked][(evidence[picked] < INFORMATIVE) & (evidence[picked] > EMPTY)]
    if len(between):
        raise NotYet(
            f"one of your frames has evidence {between[0]:.2f}, between {EMPTY} and {INFORMATIVE}: is it telling or "
            "not? Leave such frames out."
        )
    if told != wanted:
        raise NotYet(f"for the share {share:g}, {wanted} of {FRAMES} frames must tell; yours are {told}.")
    return picked


def _check_chance(function: Any, evidence: Array) -> None:
    draws = [_check_frames(function, evidence, 0.5, seed) for seed in range(40)]
    if any((_check_frames(function, evidence, 0.5, seed) != draws[seed]).any() for seed in (0, 1)):
        raise NotYet("the same generator must give the same frames: draw with the one that you are given.")
    used = np.unique(draws)
    kinds = np.flatnonzero((evidence >= INFORMATIVE) | (evidence <= EMPTY))
    if all((draw == draws[0]).all() for draw in draws):
        raise NotYet("you always pick the same frames. Let the generator choose, or one odd frame decides the result.")
    if len(used) < len(kinds):
        left = int(np.setdiff1d(kinds, used)[0])
        raise NotYet(f"frame {left} (evidence {evidence[left]:.2f}) is never picked: give each of its kind a chance.")


def _check_rows(rows: Any) -> None:
    known = ("self", "pool", *CONFUSED)
    two_rows(rows, known, example="('mean', 'oracle')", before="the frames are right", same=", whatever the share")
    for row in rows:
        if row in CONFUSED:
            raise NotYet(f"{row} {CONFUSED[row]}. Choose two rows that differ in nothing but learned attention.")
