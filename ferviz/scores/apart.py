"""One question at a time: which frames tell, which rest, are spoiled or show another emotion, and what was won on whom.

`frames_auc` of two kinds of frames says whether a weight tells them apart, `weight_on` how much it leaves to one kind.
An intruder's evidence has a scale of its own, so that it does not decide which frames of the label tell.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ferviz.arguments import array

__all__ = ["Kinds", "acting_gain", "frame_kinds", "neutral_and_rest", "weight_on"]

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
TELLS = 0.8  # of an evidence, and of the intensity
LITTLE = 0.5  # of the evidence: a frame at full intensity that shows no more than this is spoiled
REST = 0.2  # of the intensity


class Kinds(NamedTuple):
    """Which frames (T,) of a clip are of a kind; most are of one at most, some of none.

    ``tells``: the label's evidence is 0.8 or more. ``rest``: the intensity is 0.2 or less. ``spoiled``: the label is
    shown at an intensity of 0.8 or more, and its evidence is 0.5 or less. ``intruder``: another emotion is shown, with
    0.8 or more of its own evidence.
    """

    tells: Bools
    rest: Bools
    spoiled: Bools
    intruder: Bools


def frame_kinds(
    evidence: npt.ArrayLike,
    intensity: npt.ArrayLike,
    own: npt.ArrayLike | None = None,
    intruder: npt.ArrayLike | None = None,
) -> Kinds:
    """The kinds of one clip's frames, by its truth.

    Apex against rest is ``frames_auc(weight, kinds.tells, kinds.rest)``; against spoiled frames and intruders the same
    with these.

    Parameters
    ----------
    evidence, intensity : array (T,)
        As in `ferviz.Truth`. Frames where one is NaN are of no kind that asks for it.
    own : bool array (T,), optional
        Which frames show the label's emotion, or none; all unless given.
    intruder : array (T,), optional
        The intruder's evidence; none unless given.

    Examples
    --------
    >>> kinds = frame_kinds([1.0, 0.1, 0.0, 0.0], [1.0, 0.9, 0.1, 0.0])
    >>> kinds.tells.tolist(), kinds.spoiled.tolist()
    ([True, False, False, False], [False, True, False, False])
    """
    e, i = array("evidence", evidence), array("intensity", intensity)
    mine = np.ones(e.shape, bool) if own is None else np.asarray(own)
    other = np.zeros(e.shape) if intruder is None else array("intruder", intruder)
    if e.ndim != 1 or {i.shape, mine.shape, other.shape} != {e.shape}:
        shapes = ", ".join(str(one.shape) for one in (e, i, mine, other))
        raise ValueError(f"evidence, intensity, own and intruder must have one shape (T,); got {shapes}")
    if mine.dtype != bool:
        raise TypeError(f"own must be bool; got {mine.dtype}")
    tells = mine & (e >= TELLS)
    return Kinds(tells, (i <= REST) & ~tells, mine & (i >= TELLS) & (e <= LITTLE), ~mine & (other >= TELLS))


def weight_on(weight: npt.ArrayLike, frames: npt.ArrayLike) -> float:
    """The mean weight·T of some frames (T,) bool of a clip: 1 if they count as much as the others, 0 if not at all.

    Frames that cannot be used (NaN) are left out of T. NaN where none of the frames is there.

    Examples
    --------
    >>> weight_on([0.5, 0.25, 0.25, 0.0], [True, False, False, True])
    1.0
    """
    w, chosen = array("weight", weight), np.asarray(frames)
    if w.ndim != 1 or chosen.shape != w.shape or chosen.dtype != bool:
        raise ValueError(f"weight and frames must be (T,), the latter bool; got {w.shape} and {chosen!r}")
    known = np.isfinite(w)
    if not (chosen & known).any() or not w[known].sum() > 0:
        return float("nan")
    return float(w[chosen & known].mean() / w[known].mean())


def neutral_and_rest(right: npt.ArrayLike, label: npt.ArrayLike, neutral: int) -> tuple[Array, Array]:
    """Whether each clip got its label (N,), parted: for neutral clips, and for all others.

    What is of the other part is NaN in each, so that means and intervals over what is left are the recall of neutral
    and the rest's. A rest whose labels are not equally frequent is weighted so that its mean is the mean of their
    recalls.

    Parameters
    ----------
    right : array (N,)
        0 or 1.
    label : int array (N,)
    neutral : int
        The place of neutral among the labels.
    """
    got, place = array("right", right), np.asarray(label)
    if got.ndim != 1 or got.shape != place.shape:
        raise ValueError(f"right and label must have one shape (N,); got {got.shape} and {place.shape}")
    calm = place == neutral
    labels, count = np.unique(place[~calm], return_counts=True)
    even = dict(zip(labels.tolist(), (count.sum() / len(labels) / count).tolist() if len(labels) else [], strict=True))
    share = np.array([even.get(one, 0.0) for one in place.tolist()])
    return np.where(calm, got, np.nan), np.where(calm, np.nan, got * share)


def acting_gain(mask: npt.ArrayLike, trunk: npt.ArrayLike) -> Array:
    """How much a mask adds at each place, by what it acts on: Σ M T / Σ T over the channels.

    A mask M multiplies the trunk T, as (1 + M) ∘ T: where T is 0, M does nothing, whatever it is.

    Parameters
    ----------
    mask, trunk : array (D, h, w)
        The trunk is not negative, as after a ReLU.

    Returns
    -------
    array (h, w)
        The share that is added, 0 to 1; NaN where the trunk is 0 in all channels.

    Raises
    ------
    ValueError
        For other shapes, or a trunk below 0, where the quotient is no gain.
    """
    m, t = array("mask", mask), array("trunk", trunk)
    if m.shape != t.shape or m.ndim != 3:
        raise ValueError(f"mask and trunk must have one shape (D, h, w); got {m.shape} and {t.shape}")
    if not (t >= 0).all():
        raise ValueError(f"trunk must not be negative, as after a ReLU; its least is {t.min()}")
    whole = t.sum(0)
    return np.divide((m * t).sum(0), whole, out=np.full(whole.shape, np.nan), where=whole > 0)
