"""Scores that ask one thing at a time: what did the weight of a frame follow, and what was won or lost where?

Each takes the frames of one clip and its truth, and is NaN where the clip lacks one of the two kinds of frames that it
compares. None of them looks at thresholds of another emotion's evidence: that has a scale of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.scores.ranks import frames_auc

__all__ = [
    "acting_gain",
    "apex_against_rest",
    "apex_against_spoiled",
    "label_against_intruder",
    "neutral_and_rest",
    "weight_on",
]

Array = npt.NDArray[Any]
TELLS = 0.8  # of the evidence, and of the intensity
LITTLE = 0.5  # of the evidence: a frame at full intensity that shows no more than this is spoiled
REST = 0.2  # of the intensity


def apex_against_rest(weight: npt.ArrayLike, evidence: npt.ArrayLike, intensity: npt.ArrayLike) -> float:
    """Does the weight prefer frames that tell to a face at rest? `frames_auc` of frames with evidence of 0.8 or more
    against those at an intensity of 0.2 or less, spoiled or not."""
    w, e, i = _arrays(weight, evidence, intensity)
    return frames_auc(w, e >= TELLS, (i <= REST) & ~(e >= TELLS))


def apex_against_spoiled(weight: npt.ArrayLike, evidence: npt.ArrayLike, intensity: npt.ArrayLike) -> float:
    """Is a spoiled frame turned down? `frames_auc` of frames with evidence of 0.8 or more against those where the
    emotion is as full (intensity of 0.8 or more) but hardly to be seen (evidence of 0.5 or less)."""
    w, e, i = _arrays(weight, evidence, intensity)
    full = i >= TELLS
    return frames_auc(w, full & (e >= TELLS), full & (e <= LITTLE))


def label_against_intruder(weight: npt.ArrayLike, evidence: npt.ArrayLike, intruder: npt.ArrayLike) -> float:
    """Is the label's emotion preferred to an intruder? `frames_auc` of frames with 0.8 or more of the label's evidence
    against those with 0.8 or more of the intruder's, each on its own scale."""
    w, e, other = _arrays(weight, evidence, intruder)
    return frames_auc(w, e >= TELLS, other >= TELLS)


def weight_on(weight: npt.ArrayLike, frames: npt.ArrayLike) -> float:
    """The mean weight·T of some frames (T,) bool of a clip: 1 if they count as much as the others, 0 if not at all.

    Frames that cannot be used (NaN) are left out of T. NaN where none of the frames is there.

    Examples
    --------
    >>> weight_on([0.5, 0.25, 0.25, 0.0], [True, False, False, True])
    1.0
    """
    w, chosen = np.asarray(weight, float), np.asarray(frames)
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
    got, place = np.asarray(right, float), np.asarray(label)
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
    m, t = np.asarray(mask, float), np.asarray(trunk, float)
    if m.shape != t.shape or m.ndim != 3:
        raise ValueError(f"mask and trunk must have one shape (D, h, w); got {m.shape} and {t.shape}")
    if not (t >= 0).all():
        raise ValueError(f"trunk must not be negative, as after a ReLU; its least is {t.min()}")
    whole = t.sum(0)
    return np.divide((m * t).sum(0), whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def _arrays(*values: npt.ArrayLike) -> list[Array]:
    arrays = [np.asarray(one, float) for one in values]
    if arrays[0].ndim != 1 or len({one.shape for one in arrays}) > 1:
        raise ValueError(f"weight and truth must have one shape (T,); got {', '.join(str(a.shape) for a in arrays)}")
    return arrays
