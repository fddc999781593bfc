"""The checks of lessons 05 and 05_more: crops, the region-biased loss, a prediction, a fair test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.exercises.base import NotYet, check, is_open, number, numbers, run, show, two_rows
from ferviz.gallery import sample
from ferviz.models.regions import regions_of
from ferviz.scores.regions import region_truth

__all__ = ["COVERED", "CROPS", "FACE", "MASKED", "biased", "crops", "robust", "seen"]

Array = npt.NDArray[np.float64]

FACE = "happiness-still"
"""The face that the lesson leads with."""
COVERED = "fear-hand"
"""One under a hand."""
MASKED = "anger-mask"
"""One under a mask."""
CROPS = ("left above", "right above", "middle below", "middle .90", "middle .85")
"""The paper's five crops, region 1 to 5, by where they lie in the picture."""
TIE = 0.04  # of the shares that are hidden: less is no order
_PLAIN = ("ran-face, fusion", "ran-face, jitter", "ran-face, zoomed")
ROWS = ("ran", "ran-self", "ran-mean", "ran-face", *_PLAIN, "no RB-loss", "permuted")


# ---- crops -----------------------------------------------------------------------------------------------------------


@check
def crops(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes a face (S, S), S a multiple of 40; gives the paper's five crops as a list of arrays."""
    for side in (40, 80):
        face = generator.integers(0, 256, (side, side))
        got = run(function, face)
        if not isinstance(got, tuple | list) or len(got) != len(CROPS):
            counted = f"{len(got)} of them" if isinstance(got, tuple | list) else show(got)
            raise NotYet(f"give back a list of {len(CROPS)} crops; got {counted}.")
        for place, (name, box) in enumerate(zip(CROPS, regions_of("fixed"), strict=True)):
            if is_open(got[place]):
                raise NotYet(f"the crop {name!r} is still open.")
            _check_crop(numbers(got[place], f"the crop {name!r}"), face, box, name)
    return "five crops, each cut by rows first and columns second. The network blows each up to the size of the face."


def _check_crop(got: Array, face: npt.NDArray[Any], box: Array, name: str) -> None:
    left, top, right, bottom = np.rint(box * len(face)).astype(int)
    wanted = face[top:bottom, left:right]
    if got.shape == wanted.shape and (got == wanted).all():
        return
    case = f"the crop {name!r} of a face of {len(face)} pixels"
    if got.shape == (right - left, bottom - top) and (got == face[left:right, top:bottom]).all() and left != top:
        raise NotYet(f"{case}: rows and columns are exchanged. An array is `face[rows, columns]`: y comes first.")
    upside = face[::-1][top:bottom, left:right][::-1]
    if got.shape == upside.shape and (got == upside).all():
        raise NotYet(f"{case} is cut at the wrong end: row 0 is the top of the picture.")
    if got.shape != wanted.shape:
        raise NotYet(f"{case} must be {wanted.shape[0]} × {wanted.shape[1]} pixels; yours is of shape {got.shape}.")
    raise NotYet(
        f"{case} begins in row {top}, column {left}, and ends before row {bottom}, column {right}; yours has the right "
        "size and lies elsewhere."
    )


# ---- the region-biased loss ------------------------------------------------------------------------------------------


@check
def biased(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes μ (N,), the face first, and a margin; gives the region-biased loss."""
    cases = [(np.array([0.62, 0.27, 0.5]), 0.1), (np.array([0.3, 0.9, 0.5]), 0.1), (np.array([0.3, 0.35, 0.2]), 0.1)]
    drawn = ((generator.uniform(0, 1, 6).round(2), generator.uniform(0.02, 0.3)) for _ in range(4))
    cases += [(mu, round(float(margin), 2)) for mu, margin in drawn]
    got = [number(run(function, mu, margin), "the loss") for mu, margin in cases]
    right = [max(0.0, margin - (mu[1:].max() - mu[0])) for mu, margin in cases]
    if not np.allclose(got, right):
        place = int(np.argmax(~np.isclose(got, right)))
        mu, margin = cases[place]
        case = f"for μ = {show(mu)} and a margin of {margin:g} the loss is {right[place]:.3f}"
        raise NotYet(f"{case}; yours is {got[place]:.3f}{_why_loss(got, cases)}")
    return (
        "max(0, margin − (largest crop − face)). Where a crop is ahead by the margin already, it is 0 and its gradient "
        "too: nothing is asked of the weights there."
    )


_WRONG: tuple[tuple[Callable[[Array, float], float], str], ...] = (
    (lambda mu, m: m - (mu[1:].max() - mu[0]), "a loss below 0 would go on pulling a crop that is far ahead. Take "
     "max(0, …)."),
    (lambda mu, m: max(0.0, m - (mu.max() - mu[0])), "the maximum must leave out the face itself (a third-party "
     "version does not): with the face in it, the difference is never below 0."),
    (lambda mu, m: max(0.0, m - (mu[0] - mu[1:].max())), "the difference is the wrong way round: a crop should "
     "outweigh the face."),
    (lambda mu, m: max(0.0, m - (mu[:-1].max() - mu[-1])), "this takes the last region for the face, as the official "
     "code has it. Here, as in the paper, region 0 is the face."),
    (lambda mu, m: max(0.0, m - (mu[1:].mean() - mu[0])), "the largest crop counts, not the mean of the crops."),
    (lambda mu, m: max(0.0, mu[1:].max() - mu[0] - m), "the loss must be large where the face wins: margin − (crop − "
     "face)."),
    (lambda mu, m: max(0.0, mu[1:].max() - mu[0]), "the margin is missing, and the sign: margin − (crop − face)."),
    (lambda mu, m: max(0.0, mu[0] - mu[1:].max()), "the margin is missing: a crop that is just ahead is not ahead "
     "enough."),
)  # fmt: skip


def _why_loss(got: Sequence[float], cases: Sequence[tuple[Array, float]]) -> str:
    """What the student computed in all cases, where it is a mistake that we know."""
    for wrong, why in _WRONG:
        if np.allclose(got, [wrong(mu, margin) for mu, margin in cases]):
            return f": {why}"
    return "."


# ---- which crops a cover hides ---------------------------------------------------------------------------------------


@check
def seen(order: Any, *, generator: np.random.Generator) -> str:
    """``order``: the numbers 1 to 5 of the crops, the one of which the mask of `MASKED` hides most first."""
    del generator  # one face: nothing is drawn by chance
    given = numbers(order, "the order")
    if given.shape != (len(CROPS),) or sorted(given.tolist()) != [1, 2, 3, 4, 5]:
        raise NotYet(f"name each of the regions 1 to 5 once, the most hidden first; got {show(given)}.")
    hidden = hidden_shares(MASKED)
    places = given.astype(int)
    for at, first in enumerate(places):
        for second in places[at + 1 :]:
            if hidden[second - 1] > hidden[first - 1] + TIE:
                raise NotYet(
                    f"the mask hides more of region {second} ({CROPS[second - 1]}) than of region {first} "
                    f"({CROPS[first - 1]}), and you name {first} first. It is the share of the crop that counts: how "
                    "much of what it shows is mask?"
                )
    told = ", ".join(f"{CROPS[place - 1]} {hidden[place - 1]:.2f}" for place in places)
    return (
        f"the shares that it hides: {told} (regions within {TIE} of each other may stand either way). If attention "
        "turned hidden regions down, the first of these would weigh least. Whether it does, the next cell shows."
    )


def hidden_shares(name: str) -> Array:
    """The share of each of the five crops (5,) of a bundled face that its cover hides."""
    clip = sample(name)
    size = np.array([clip.width, clip.height] * 2)
    shares: Array = region_truth(clip, regions_of("fixed") * size).covered[0]
    return shares


# ---- a fair test -----------------------------------------------------------------------------------------------------

CONFUSED = {
    "ran-face": "sees no crops: what crops add would be counted as attention's",
    "ran-face, fusion": "was not trained on regions together: what training adds would be counted as attention's",
    "ran-face, jitter": "sees no crops: what crops add would be counted as attention's",
    "ran-face, zoomed": "sees one crop: what the others add would be counted as attention's",
    "ran-self": "has attention too: you would test the second stage",
    "no RB-loss": "has attention too: you would test the loss",
    "permuted": "has the same weights, dealt to the crops at random: it says where attention lies, not what it adds",
}


@check
def robust(function: Any, rows: Any = None, *, generator: np.random.Generator) -> str:
    """``function`` takes who is right on whole and covered faces, of two rows; ``rows``: the two to compare.

    Its four arrays (N,) of 0 and 1 are of the same N faces: the row with attention whole, covered, and the other row
    whole, covered. It gives how much less the first one loses by the cover.
    """
    for _ in range(3):
        faces = int(generator.integers(40, 80))
        rates = generator.uniform(0.4, 0.95, 4)
        given = [(generator.random(faces) < rate).astype(float) for rate in rates]
        _check_robust(number(run(function, *given), "how much less it loses"), *(float(one.mean()) for one in given))
    two_rows(rows, ROWS, example='("ran-face", "permuted")', before="the difference of two falls, right")
    first, second = rows
    if (first, second) == ("ran-mean", "ran"):
        raise NotYet("the right two rows, the wrong way round: name the one with attention first.")
    if first != "ran":
        raise NotYet(f"the row in question is ran, with both stages of attention; you name {first} first.")
    if second != "ran-mean":
        raise NotYet(f"{second} {CONFUSED[second]}. Which row has the same regions as ran, but no weights?")
    return (
        "the same faces, whole and covered, so that each row is held against itself; and two networks with the same "
        "regions, covers and number of pictures, which differ in the weights and in what comes with them (the mean "
        "beside each region, and the loss). A row that is better on whole faces too does not pass for a robust one."
    )


def _check_robust(got: float, own: float, own_covered: float, other: float, other_covered: float) -> None:
    right = (other - other_covered) - (own - own_covered)
    if np.isclose(got, right):
        return
    case = (
        f"one row goes from {own:.2f} to {own_covered:.2f} under the cover, the other from {other:.2f} to "
        f"{other_covered:.2f}; the first loses {right:+.3f} less, you say {got:+.3f}"
    )
    for wrong, why in (
        (own_covered - other_covered, "that is who is right more often under the cover. A row that is better on whole "
         "faces as well is not more robust by that: compare the falls."),
        (own - own_covered, "that is the first row's own fall. Without the other row's there is nothing to hold it "
         "against."),
        (-right, "that is how much more the first one loses: exchange the two falls."),
        (own_covered / own - other_covered / other, "shares of what was right before: then a row that knows little "
         "whole looks robust. Use the differences."),
        (own - other, "that compares whole faces alone."),
    ):  # fmt: skip
        if np.isclose(got, wrong):
            raise NotYet(f"{case}: {why}")
    raise NotYet(f"{case}.")
