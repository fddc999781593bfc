"""What is true of the regions of a synthetic face, what tells it without looking, and faces dealt against that.

A region's *evidence* is the mean visible change a pixel: all regions are blown up to one size, so the mean is what a
network gets to see. The sum over a region is kept beside it, for removal; it mostly follows the area. The whole face,
region 0, holds everything and so is left out of every agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.arguments import array, whole
from ferviz.clip import Clip, check_clip

__all__ = [
    "LIMIT",
    "RegionTruth",
    "Trivial",
    "deal_faces",
    "grid_boxes",
    "in_boxes",
    "region_agreement",
    "region_truth",
    "trivial",
]

Array = npt.NDArray[Any]

LIMIT = 0.1
"""How far the area of crops, or their place, may agree with the evidence over a set that agreement is measured on."""
_TRIED = (200, 50, 20, 10, 5)  # faces that are looked at for every one that is dealt


@dataclass(frozen=True, eq=False)
class RegionTruth:
    """Of every region of every frame (T, N), NaN for one that is not there: the share that is ``covered``, the mean
    visible change a pixel (``evidence``), and the ``total`` of that change over its pixels."""

    covered: Array
    evidence: Array
    total: Array


def region_truth(clip: Clip, boxes: npt.ArrayLike) -> RegionTruth:
    """What a synthetic clip knows of boxes on it.

    What of a change cancels out when a large region is made smaller is not known: `Truth.changed` has no sign.

    Parameters
    ----------
    clip : Clip
        With a truth that knows ``cover`` and ``changed``.
    boxes : array (N, 4) or (T, N, 4)
        Left, top, right, bottom, in pixels of the clip, as the coordinate ``box`` of an observation has them.

    Raises
    ------
    ValueError
        For a clip that does not know these, or boxes of another shape or that show nothing of the clip.
    """
    check_clip(clip)
    truth = clip.truth
    if truth is None or truth.cover is None or truth.changed is None:
        raise ValueError(f"clip must be a synthetic one whose truth knows cover and changed; {clip.source!r} does not")
    covered, _ = in_boxes(truth.cover, boxes)
    return RegionTruth(covered, *in_boxes(truth.changed, boxes))


def in_boxes(maps: npt.ArrayLike, boxes: npt.ArrayLike) -> tuple[Array, Array]:
    """Mean and sum of maps (T, H, W) over boxes, (T, N) each: of a cover that was pasted on, the share of each region.

    Parameters
    ----------
    maps : array (T, H, W)
    boxes : array (N, 4) or (T, N, 4)
        In pixels of the maps. A pixel that a box holds in part counts in part; NaN for a box that is not there.

    Raises
    ------
    ValueError
        For maps or boxes of another shape, or a box that holds nothing of its map.
    """
    values, at = array("maps", maps), array("boxes", boxes)
    if values.ndim != 3:
        raise ValueError(f"maps must have shape (T, H, W); got {values.shape}")
    count, height, width = values.shape
    if at.ndim not in (2, 3) or at.shape[-1] != 4 or (at.ndim == 3 and len(at) != count):
        raise ValueError(f"boxes must be (regions, 4) or ({count}, regions, 4); got shape {at.shape}")
    at = np.broadcast_to(at, (count, *at.shape[-2:]))
    across, down = _held(at[..., 0], at[..., 2], width), _held(at[..., 1], at[..., 3], height)  # (T, N, W), (T, N, H)
    area = down.sum(-1) * across.sum(-1)  # (T, N)
    if (area == 0).any():
        frame, region = (int(place) for place in np.argwhere(area == 0)[0])
        raise ValueError(f"box {region} must show something of the picture; got {at[frame, region].tolist()}")
    total = np.einsum("tnh,thw,tnw->tn", down, values, across)
    return total / area, total


def _held(low: Array, high: Array, count: int) -> Array:
    """How much of each of ``count`` pixels lies between two edges (..., count); NaN where an edge is."""
    pixel = np.arange(count)
    return np.clip(np.minimum(high[..., None], pixel + 1) - np.maximum(low[..., None], pixel), 0, None)


def grid_boxes(count: int) -> Array:
    """The cells of a grid of ``count`` × ``count`` over the face (count², 4), row by row, in shares of the face."""
    whole("count", count)
    row, column = np.divmod(np.arange(count * count), count)
    return np.stack([column, row, column + 1, row + 1], 1) / count


def region_agreement(values: npt.ArrayLike, evidence: npt.ArrayLike) -> Array:
    """Kendall's τ-b of values and evidence (M, N) over the crops of each face (M,): without region 0.

    Crops of which either is NaN are left out; NaN where all that is left is tied.

    Examples
    --------
    >>> region_agreement([[9, 1, 2, 3]], [[0, 10, 30, 20]]).round(3).tolist()
    [0.333]
    """
    x, y = array("values", values), array("evidence", evidence)
    if x.shape != y.shape or x.ndim != 2 or x.shape[1] < 3:
        raise ValueError(f"values and evidence must be (faces, 3 regions or more); got {x.shape} and {y.shape}")
    return _tau(_signs(x[:, 1:]), _signs(y[:, 1:]))


def _signs(values: Array) -> Array:
    """Which of each two regions has more (M, pairs): 1 for the latter, -1 for the former, 0 for a tie, or NaN."""
    first, second = np.triu_indices(values.shape[1], 1)
    return np.sign(values[:, second] - values[:, first])


def _tau(x: Array, y: Array) -> Array:
    known = np.isfinite(x) & np.isfinite(y)
    x, y = np.where(known, x, 0), np.where(known, y, 0)
    pairs = np.sqrt((x * x).sum(1) * (y * y).sum(1))
    return np.where(pairs > 0, (x * y).sum(1) / np.where(pairs > 0, pairs, 1), np.nan)


@dataclass(frozen=True)
class Trivial:
    """How far what does not look agrees with the evidence, as the mean τ over some faces: the ``area`` of a crop, and
    its ``place`` alone, which is the mean evidence of that place over all other people. NaN for one that has nothing to
    tell apart, such as the area of equal cells."""

    area: float
    place: float

    @property
    def most(self) -> float:
        """The larger of the two, without its sign; 0 where neither has anything to tell apart."""
        return max(abs(value) for value in (0.0, self.area, self.place) if not np.isnan(value))

    @property
    def fair(self) -> bool:
        """Whether neither exceeds `LIMIT`."""
        return self.most <= LIMIT


def trivial(evidence: npt.ArrayLike, boxes: npt.ArrayLike, people: npt.ArrayLike) -> Trivial:
    """What area and place tell of the evidence of some faces.

    Parameters
    ----------
    evidence : array (M, N)
        Region 0 is the whole face.
    boxes : array (M, N, 4)
    people : array (M,)
        Whom each face shows: two people or more.

    Raises
    ------
    ValueError
        For other shapes, or faces of one person.
    """
    seen, at, who = _faces(evidence, boxes, people)
    share = seen[:, 1:] / np.maximum(np.nanmean(seen[:, 1:], 1, keepdims=True), 1e-300)  # so that all faces count alike
    known = np.isfinite(share)
    sums, counts = (np.zeros((who.max() + 1, share.shape[1])) for _ in range(2))
    np.add.at(sums, who, np.where(known, share, 0))
    np.add.at(counts, who, known)
    there = counts.sum(0) - counts[who]
    others = np.where(there > 0, (sums.sum(0) - sums[who]) / np.maximum(there, 1), np.nan)
    signs = _signs(seen[:, 1:])
    return Trivial(*(_mean(_tau(_signs(of), signs)) for of in (_areas(at)[:, 1:], others)))


def _areas(boxes: Array) -> Array:
    """The area of boxes (M, N, 4) as a share of the largest; what differs by rounding alone is one."""
    area = (boxes[..., 2:] - boxes[..., :2]).prod(-1)
    return np.round(area / np.nanmax(area), 9)


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _faces(evidence: npt.ArrayLike, boxes: npt.ArrayLike, people: npt.ArrayLike) -> tuple[Array, Array, Array]:
    seen, at = array("evidence", evidence), array("boxes", boxes)
    if seen.ndim != 2 or seen.shape[1] < 3 or at.shape != (*seen.shape, 4):
        got = f"{seen.shape} and {at.shape}"
        raise ValueError(f"evidence must be (faces, 3 regions or more), boxes four numbers a region; got {got}")
    names, who = np.unique(np.asarray(people), return_inverse=True)
    if who.shape != (len(seen),) or len(names) < 2:
        got = f"{len(names)} for {who.size}"
        raise ValueError(f"people must name two persons or more, one for each of {len(seen)} faces; got {got}")
    return seen, at, who


def deal_faces(
    evidence: npt.ArrayLike, boxes: npt.ArrayLike, people: npt.ArrayLike, count: int, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Choose faces over which neither the area of a crop nor its place tells the evidence.

    Each next face is the one, of some drawn by chance, that brings every two regions nearest to having more evidence
    than each other equally often, and larger regions to having more than smaller ones as often as less. Of how many it
    is chosen is tried out: of too many, places are so even that a face's own order is the reverse of all others', and
    place alone tells again. Nothing but the evidence is looked at, and so no answer of a network.

    Parameters
    ----------
    evidence, boxes, people
        Of a pool of M faces; see `trivial`.
    count : int
        How many are dealt, from 2 to M.
    rng : numpy Generator

    Returns
    -------
    int array (count,)
        Places in the pool, in order.

    Raises
    ------
    ValueError
        When what is dealt is not fair, with what it came to: the pool needs other faces, such as covered ones.
    """
    seen, at, who = _faces(evidence, boxes, people)
    count = whole("count", count, 2, len(seen))
    signs = np.nan_to_num(_signs(seen[:, 1:]))  # (M, pairs)
    area = np.nan_to_num(_tau(_signs(_areas(at)[:, 1:]), signs))
    signs = np.column_stack([signs, np.sqrt(signs.shape[1]) * area])  # which then counts about as much as one of them
    deals = [_dealt(signs, count, tried, rng) for tried in _TRIED]
    found = [trivial(seen[dealt], at[dealt], who[dealt]) for dealt in deals]
    best = int(np.argmin([one.most for one in found]))
    if not found[best].fair:
        told = f"area alone agrees with it by τ {found[best].area:.2f}, place alone by {found[best].place:.2f}"
        raise ValueError(f"{count} of {len(seen)} faces cannot be dealt fairly: {told}; at most {LIMIT} fits")
    return deals[best]


def _dealt(signs: Array, count: int, tried: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """The places of ``count`` rows whose sum is small, each the best of some that are drawn."""
    left, sums = np.ones(len(signs), bool), np.zeros(signs.shape[1])
    for _ in range(count):
        drawn = rng.permutation(np.flatnonzero(left))[:tried]
        best = int(drawn[np.square(sums + signs[drawn]).sum(1).argmin()])
        left[best], sums = False, sums + signs[best]
    return np.flatnonzero(~left)
