"""Weights that know nothing of the frames, or only one plain thing: what attention has to beat.

All are given and give weights (N, T) over the frames of N clips, with ``mask`` (N, T), bool, for the frames that are
there; they sum to 1 over these, and are 0 elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import laplace
from scipy.optimize import brentq
from scipy.special import digamma, xlogy

from ferviz.arguments import array, plain

__all__ = [
    "by_norm",
    "by_position",
    "by_sharpness",
    "by_top_probability",
    "entropy",
    "even",
    "other_clips",
    "others_profile",
    "permuted",
    "uneven",
]

Array = npt.NDArray[Any]
_GRID = (np.arange(120) + 0.5) / 120  # places in a clip, 0 to 1, at which profiles are kept


def even(mask: npt.ArrayLike) -> Array:
    """The plain mean: one weight for all frames; mask (N, T) → weights (N, T). Raises ValueError for another mask."""
    there = _checked(mask)
    return _scaled(np.ones(there.shape), there)


def permuted(weight: npt.ArrayLike, mask: npt.ArrayLike, rng: np.random.Generator) -> Array:
    """The own weights of each clip (N, T), dealt to its frames anew: as uneven as they were, on other frames.

    Raises TypeError for no generator, ValueError for weights that do not fit the mask (N, T).
    """
    _check_rng(rng)
    there = _checked(mask)
    moved = _weights(weight, there).copy()
    for row, known in zip(moved, there, strict=True):
        row[known] = rng.permutation(row[known])
    return moved


def entropy(weight: npt.ArrayLike, mask: npt.ArrayLike) -> Array:
    """Shannon's entropy of each clip's weights (N, T) → (N,), in nats: log T where they are even, 0 where one frame has
    all. Raises ValueError for weights that do not fit the mask (N, T).
    """
    shares = _scaled(_weights(weight, _checked(mask)), _checked(mask))
    return -xlogy(shares, shares).sum(1)


def uneven(weight: npt.ArrayLike, mask: npt.ArrayLike, rng: np.random.Generator) -> Array:
    """Weights drawn from a symmetric Dirichlet distribution, as uneven as the given ones: of the same mean entropy.

    The concentration a is the one for which the expected entropy of T shares, ψ(T a + 1) − ψ(a + 1), has the mean over
    the clips that the given weights have.

    Raises
    ------
    ValueError
        For weights of another shape; or where all clips have one frame, so that nothing can be uneven.

    References
    ----------
    .. [1] D. H. Wolpert, D. R. Wolf, "Estimating functions of probability distributions from a finite set of samples",
           Physical Review E 52(6), 1995. :DOI:`10.1103/PhysRevE.52.6841`
    """
    _check_rng(rng)
    there = _checked(mask)
    count = np.maximum(there.sum(1), 1)  # without a frame nothing is uneven either
    if (count < 2).all():
        raise ValueError("mask must leave at least two frames in some clip; it leaves one or none in all")
    wanted = float(entropy(weight, there).mean())

    def missing(log: float) -> float:
        a = np.exp(log)
        return float((digamma(count * a + 1) - digamma(a + 1)).mean()) - wanted

    ends = (-12.0, 12.0)  # beyond these, one frame has all, or all have the same, but for rounding
    log = brentq(missing, *ends) if missing(ends[0]) < 0 < missing(ends[1]) else ends[int(missing(ends[1]) <= 0)]
    drawn = np.zeros(there.shape)
    for row, known in zip(drawn, there, strict=True):
        if known.any():
            row[known] = rng.dirichlet(np.full(int(known.sum()), np.exp(log)))
    return drawn


def by_position(mask: npt.ArrayLike) -> Array:
    """Position alone: weights (N, T) that grow with the number of the frame. Raises ValueError for another mask."""
    there = _checked(mask)
    return _scaled(np.cumsum(there, 1), there)


def others_profile(values: npt.ArrayLike, mask: npt.ArrayLike, people: npt.ArrayLike) -> Array:
    """Other people's profile: the mean over the clips of all other people, by place in the clip.

    Parameters
    ----------
    values : array (N, T)
        Weights, or a truth; each clip is divided by its mean first, so that all count alike. Not negative.
    mask : array (N, T)
    people : array (N,)
        Who each clip shows: nothing of the same person is in the profile that a clip gets.

    Raises
    ------
    ValueError
        For values of another shape or below 0, or where all clips show one person.
    """
    there = _checked(mask)
    known, (_, who) = _weights(values, there), np.unique(np.asarray(people), return_inverse=True)
    if who.shape != (len(there),) or len(np.unique(who)) < 2:
        raise ValueError(f"people must name two persons or more, one for each of {len(there)} clips; got {people!r}")
    places = [(np.arange(int(known.sum())) + 0.5) / max(1, int(known.sum())) for known in there]
    rows = np.zeros((len(there), len(_GRID)))
    for row, own, here, place in zip(rows, known, there, places, strict=True):
        if own[here].sum() > 0:
            row[:] = np.interp(_GRID, place, own[here] / own[here].mean())
    each = np.zeros((who.max() + 1, len(_GRID)))
    np.add.at(each, who, rows)
    profile = np.zeros(there.shape)
    for row, here, place, other in zip(profile, there, places, each.sum(0) - each[who], strict=True):
        row[here] = np.interp(place, _GRID, other)
    return _scaled(profile, there)


def other_clips(weight: npt.ArrayLike, mask: npt.ArrayLike, rng: np.random.Generator) -> Array:
    """For every clip the weights of another one, stretched or squeezed to its length: (N, T) → (N, T).

    Raises TypeError for no generator, ValueError for weights that do not fit the mask, or of one clip.
    """
    _check_rng(rng)
    there = _checked(mask)
    own, count = _weights(weight, there), there.sum(1)
    if len(there) < 2:
        raise ValueError(f"weight must hold two clips or more; got {len(there)}")
    order = rng.permutation(len(there))
    partner = np.empty(len(there), int)
    partner[order] = np.roll(order, 1)  # one round: nobody keeps the own weights
    taken = np.zeros(there.shape)
    for place, (row, known) in enumerate(zip(taken, there, strict=True)):
        other = own[partner[place]][there[partner[place]]]
        row[known] = other[np.arange(count[place]) * len(other) // max(1, count[place])] if len(other) else 1
    return _scaled(taken, there)


def by_norm(features: npt.ArrayLike, mask: npt.ArrayLike) -> Array:
    """A frame by the length of its vector: features (N, T, D) → (N, T). Raises ValueError for another shape."""
    return _scaled(np.linalg.norm(_each("features", features, mask), axis=2), _checked(mask))


def by_sharpness(frames: npt.ArrayLike, mask: npt.ArrayLike) -> Array:
    """A frame by how sharp it is: the variance of the Laplacian of gray pictures (N, T, H, W) → (N, T).

    Raises ValueError for pictures of another shape.

    References
    ----------
    .. [1] S. Pertuz, D. Puig, M. A. Garcia, "Analysis of focus measure operators for shape-from-focus", Pattern
           Recognition 46(5), 2013, "LAP4". :DOI:`10.1016/j.patcog.2012.11.011`
    """
    plain("frames", frames)
    there, pictures = _checked(mask), np.asarray(frames)
    if pictures.ndim != 4 or pictures.shape[:2] != there.shape:
        raise ValueError(f"frames must have shape {there.shape} and two more axes; got {pictures.shape}")
    if not np.isfinite(pictures[there]).all():
        raise ValueError("frames must be finite where mask is true; got infinity, or NaN")
    sharp = np.zeros(there.shape)
    for place in np.argwhere(there):
        sharp[tuple(place)] = laplace(pictures[tuple(place)].astype(float), mode="nearest").var()
    return _scaled(sharp, there)


def by_top_probability(probability: npt.ArrayLike, mask: npt.ArrayLike) -> Array:
    """A frame by how sure a classifier of single frames is of it: the highest of its probabilities (N, T, E) → (N, T).

    Raises ValueError for another shape.
    """
    return _scaled(_each("probability", probability, mask).max(2), _checked(mask))


def _check_rng(rng: np.random.Generator) -> None:
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, for example numpy.random.default_rng(0); got {rng!r}")


def _checked(mask: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    there = np.asarray(mask)
    if there.dtype != bool or there.ndim != 2:
        raise ValueError(f"mask must be bool (N, T); got {there.dtype} of shape {there.shape}")
    return there


def _each(name: str, values: npt.ArrayLike, mask: npt.ArrayLike) -> Array:
    """What is known of every frame (N, T, D)."""
    known, shape = array(name, values), _checked(mask).shape
    if known.ndim != 3 or known.shape[:2] != shape:
        raise ValueError(f"{name} must have shape {shape} and a third axis; got {known.shape}")
    if not np.isfinite(known[_checked(mask)]).all():
        raise ValueError(f"{name} must be finite where mask is true; got infinity, or NaN")
    return known


def _weights(values: npt.ArrayLike, there: npt.NDArray[np.bool_]) -> Array:
    known = array("weights", values)
    if known.shape != there.shape:
        raise ValueError(f"weights must have the shape of mask, {there.shape}; got {known.shape}")
    if not (np.isfinite(known[there]) & (known[there] >= 0)).all():
        raise ValueError("weights must be finite numbers from 0 on where mask is true; got less, infinity, or NaN")
    return np.where(there, known, 0)


def _scaled(values: Array, there: npt.NDArray[np.bool_]) -> Array:
    """Each clip's values as shares of their sum; even ones where that is 0."""
    kept = np.where(there, values, 0).astype(float)
    total = kept.sum(1, keepdims=True)
    kept = np.where(total > 0, kept, there)
    return kept / np.maximum(kept.sum(1, keepdims=True), 1e-300)
