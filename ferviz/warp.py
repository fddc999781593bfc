"""Clips seen through affine maps: the frames move, and with them the face's points and all that the truth knows.

A matrix [[a, b, c], [d, e, f]] takes a pixel (x, y) of the source to (a x + b y + c, d x + e y + f) of the target;
pixel coordinates count from the centre of the top-left pixel (see `ferviz.clip`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ferviz.archives import MEMORY_LIMIT
from ferviz.clip import Clip, Truth

__all__ = ["similarity", "warp"]

Array = npt.NDArray[Any]
Interpolation = Literal["nearest", "bilinear", "bicubic"]

_FINEST = 2.0  # source pixels to a target pixel, above which the source is halved first
_MOST = 64  # points to a target pixel and direction, at most
_BLOCK = 64  # pixels; halving starts at multiples of it, so that a small shift does not change which pixels meet
_EDGE = 1e-6  # pixels by which rounding may leave the picture


def warp(
    clip: Clip,
    matrices: npt.ArrayLike,
    *,
    size: tuple[int, int] | None = None,
    interpolation: Interpolation = "bilinear",
) -> Clip:
    """The same clip seen through one affine map, or one a frame.

    Where a map shrinks, each target pixel is the average of the source area that it covers, so that fine patterns turn
    gray instead of into false ones. What lies outside the source is black, 0 in maps, and not ``visible``.

    Parameters
    ----------
    clip : Clip
        With frames of shape (T, H, W, 3).
    matrices : array (2, 3) or (T, 2, 3)
        From source to target, in pixels.
    size : (int, int), optional
        (height, width) of the target; the source's unless given.
    interpolation : {"bilinear", "nearest", "bicubic"}
        For the frames. "nearest" never averages. Of the truth, ``regions`` and ``cover`` take the nearest pixel, the
        other maps are bilinear, and landmarks are moved exactly.

    Returns
    -------
    Clip
        ``points`` move. ``boxes`` and ``others`` stay: they are coordinates of the source that the clip was cut from.
        So do ``pose`` and the values of ``relevance`` and ``motion``: degrees and millimetres of the head, not of the
        picture.

    Raises
    ------
    TypeError, ValueError
        For matrices that are not numbers, of another shape, not finite or singular, a clip without frames, a ``size``
        that is not two positive whole numbers, and an unknown interpolation.
    """
    if not len(clip):
        raise ValueError("clip needs frames to be warped; it has sound alone")
    if interpolation not in ("nearest", "bilinear", "bicubic"):
        raise ValueError(f"interpolation must be 'nearest', 'bilinear' or 'bicubic'; got {interpolation!r:.200}")
    maps = _check_matrices(matrices, len(clip))
    size = _check_size(size) if size is not None else (clip.height, clip.width)
    if len(clip) * size[0] * size[1] * 3 > MEMORY_LIMIT:
        most = f"{MEMORY_LIMIT / 1e9:.1f} GB"
        raise ValueError(f"size must be one of which {len(clip)} frames take at most {most}; got {size!r:.100}")
    moved = _resample(clip.frames, maps, size, interpolation, np.float32)
    frames = np.rint(np.clip(moved, 0, 255)).astype(np.uint8)
    truth = None if clip.truth is None else _move_truth(clip.truth, maps, size)
    points = None if clip.points is None else _moved(clip.points, maps).astype(clip.points.dtype)
    return replace(clip, frames=frames, truth=truth, points=points)


def similarity(source_points: npt.ArrayLike, target_points: npt.ArrayLike) -> Array:
    """The turn, scale and shift that takes points nearest to others, in the sense of least squares.

    Parameters
    ----------
    source_points, target_points : array (N, 2)
        x, y of the same N ≥ 2 points in both pictures.

    Returns
    -------
    array (2, 3)
        A matrix for `warp`; it never mirrors.

    Raises
    ------
    ValueError
        For points of another or unequal shape, not finite, or source points (or target points) that all coincide.

    References
    ----------
    .. [1] S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
           IEEE TPAMI 13(4), 1991, Eqs 40-43. :DOI:`10.1109/34.88573`

    Examples
    --------
    >>> similarity([[0, 0], [1, 0]], [[5, 5], [5, 7]]).round(6) + 0.0
    array([[ 0., -2.,  5.],
           [ 2.,  0.,  5.]])
    """
    source, target = (np.asarray(points, dtype=np.float64) for points in (source_points, target_points))
    if source.ndim != 2 or source.shape[1] != 2 or len(source) < 2 or source.shape != target.shape:
        raise ValueError(
            f"source_points and target_points must both have shape (N, 2), N >= 2; got {source.shape}, {target.shape}"
        )
    if not (np.isfinite(source).all() and np.isfinite(target).all()):
        raise ValueError("source_points and target_points must be finite; got NaN or infinity")
    source_mean, target_mean = source.mean(0), target.mean(0)
    if (source == source[0]).all() or (target == target[0]).all():
        raise ValueError("source_points and target_points must each hold two different points; they coincide")
    covariance = (target - target_mean).T @ (source - source_mean) / len(source)
    left, strength, right = np.linalg.svd(covariance)
    variance = np.square(source - source_mean).sum(1).mean()
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    turn = left @ np.diag(signs) @ right
    scale = (strength * signs).sum() / variance
    if scale <= 1e-9 * np.sqrt(np.square(target - target_mean).sum(1).mean() / variance):
        raise ValueError("target_points look like a mirror image of source_points; no turn brings them nearer")
    return np.column_stack([scale * turn, target_mean - scale * turn @ source_mean])


def _check_matrices(matrices: npt.ArrayLike, count: int) -> Array:
    try:
        maps = np.asarray(matrices, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"matrices must be numbers of shape (2, 3) or ({count}, 2, 3); {error}") from error
    if maps.shape not in ((2, 3), (count, 2, 3)):
        raise ValueError(f"matrices must have shape (2, 3) or ({count}, 2, 3); got {maps.shape}")
    if not np.isfinite(maps).all():
        raise ValueError("matrices must be finite; got NaN or infinity")
    maps = np.broadcast_to(maps, (count, 2, 3))
    flat = np.flatnonzero(np.abs(np.linalg.det(maps[:, :, :2])) < 1e-12)
    if len(flat):
        raise ValueError(f"matrices must not be singular (flatten the picture); matrix {flat[0]} is")
    return maps


def _check_size(size: Any) -> tuple[int, int]:
    whole = isinstance(size, tuple | list) and len(size) == 2 and all(isinstance(n, int | np.integer) for n in size)
    if not whole or min(size) < 1:
        raise ValueError(f"size must be (height, width), two whole numbers of at least 1; got {size!r:.200}")
    return int(size[0]), int(size[1])


def _moved(points: Array, maps: Array) -> Array:
    """Points (T, N, 2) as the maps (T, 2, 3) take them."""
    return points @ np.swapaxes(maps[:, :, :2], 1, 2) + maps[:, None, :, 2]


def _move_truth(truth: Truth, maps: Array, size: tuple[int, int]) -> Truth:
    changed: dict[str, Any] = {}
    for name in Truth.MAPS:
        field = getattr(truth, name)
        if field is not None:
            kind: Interpolation = "nearest" if name in ("regions", "cover") else "bilinear"
            changed[name] = _resample(field[..., None], maps, size, kind, np.float64)[..., 0].astype(field.dtype)
    if truth.landmarks is not None:
        points = _moved(truth.landmarks, maps)
        changed["landmarks"] = points.astype(truth.landmarks.dtype)
        if truth.visible is not None:
            inside = ((points >= -0.5) & (points < np.array(size[::-1]) - 0.5)).all(-1)
            changed["visible"] = truth.visible & inside
    return replace(truth, **changed)


def _resample(
    pictures: Array, maps: Array, size: tuple[int, int], interpolation: Interpolation, kind: type[np.floating[Any]]
) -> Array:
    """Pictures (T, H, W, C) seen through maps (T, 2, 3), as (T, *size, C) of floats of ``kind``."""
    out = np.empty((len(pictures), *size, pictures.shape[3]), kind)
    for place, (picture, matrix) in enumerate(zip(pictures, maps, strict=True)):
        out[place] = _one(picture, matrix, size, interpolation, kind)
    return out


def _one(
    picture: Array, matrix: Array, size: tuple[int, int], interpolation: Interpolation, kind: type[np.floating[Any]]
) -> Array:
    """One picture (H, W, C) seen through ``matrix``: (*size, C)."""
    backward = np.linalg.inv(matrix[:, :2])  # columns: how far a target step right, and one down, go in the source
    view = _View(picture, backward, -backward @ matrix[:, 2], np.array(picture.shape[1::-1], float))
    if interpolation == "nearest":
        return _sample(view, np.zeros(2), size, interpolation, kind)
    if min(view.steps()) > _FINEST:
        view = view.cut(size)
    while min(view.steps()) > _FINEST and min(view.picture.shape[:2]) > 1:
        view = view.halved(kind)
    # every target pixel is the mean of points spread evenly over it, at most one source pixel apart
    across, down = (min(_MOST, max(1, int(np.ceil(step - 1e-6)))) for step in view.steps())
    total = np.zeros((*size, picture.shape[2]), kind)
    for row in range(down):
        for column in range(across):
            offset = np.array([(column + 0.5) / across - 0.5, (row + 0.5) / down - 0.5])
            total += _sample(view, offset, size, interpolation, kind)
    return total / kind(across * down)


@dataclass(frozen=True)
class _View:
    """A source picture (H, W, C) and the map from target to source; ``extent`` is its true (width, height)."""

    picture: Array
    backward: Array
    shift: Array
    extent: Array

    def steps(self) -> list[float]:
        """Source pixels to a target pixel, to the right and down."""
        return [float(step) for step in np.linalg.norm(self.backward, axis=0)]

    def cut(self, size: tuple[int, int]) -> _View:
        """The part that the target sees, so that the rest need not be averaged."""
        corners = np.array([[x, y] for x in (-1, size[1]) for y in (-1, size[0])])
        seen = corners @ self.backward.T + self.shift
        first = np.clip(np.floor(seen.min(0) / _BLOCK) * _BLOCK, 0, np.floor((self.extent - 1) / _BLOCK) * _BLOCK)
        last = np.clip(np.ceil(seen.max(0) / _BLOCK + 1) * _BLOCK, first + 1, self.extent)
        (left, top), (right, bottom) = first.astype(int), last.astype(int)
        return _View(self.picture[top:bottom, left:right], self.backward, self.shift - first, last - first)

    def halved(self, kind: type[np.floating[Any]]) -> _View:
        """The mean of each 2×2 pixels; at an odd edge, of those that are there."""
        height, width = self.picture.shape[:2]
        even = np.pad(self.picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        wide = np.uint16 if even.dtype == np.uint8 else kind
        rows = np.add(even[::2], even[1::2], dtype=wide)
        small = np.add(rows[:, ::2], rows[:, 1::2], dtype=wide) * kind(0.25)
        return _View(small, self.backward / 2, (self.shift - 0.5) / 2, self.extent / 2)


def _sample(
    view: _View, offset: Array, size: tuple[int, int], interpolation: Interpolation, kind: type[np.floating[Any]]
) -> Array:
    """The source at every target pixel, ``offset`` away from its centre; 0 outside the source's pixels."""
    columns, rows = np.arange(size[1]) + offset[0], np.arange(size[0]) + offset[1]
    (a, b), (c, d) = view.backward
    x = (a * columns[None, :] + b * rows[:, None] + view.shift[0]).ravel()
    y = (c * columns[None, :] + d * rows[:, None] + view.shift[1]).ravel()
    inside = (x >= -0.5 - _EDGE) & (x <= view.extent[0] - 0.5 + _EDGE)
    inside &= (y >= -0.5 - _EDGE) & (y <= view.extent[1] - 0.5 + _EDGE)
    height, width, channels = view.picture.shape
    flat = view.picture.reshape(-1, channels)
    total = np.zeros((len(x), channels), kind)
    across = list(_taps(x, width, interpolation))
    for row, down_share in _taps(y, height, interpolation):
        start = row * width
        for column, share in across:
            total += flat[start + column] * (share * down_share * inside).astype(kind)[:, None]
    return total.reshape(*size, channels)


def _taps(places: Array, length: int, interpolation: Interpolation) -> Iterator[tuple[Array, Array]]:
    """The source rows (or columns) that each place is mixed from, with their shares; the edge repeats outwards."""
    if interpolation == "nearest":
        yield np.clip(np.floor(places + 0.5), 0, length - 1).astype(np.intp), np.ones(len(places))
        return
    base = np.floor(places)
    rest = places - base
    for step in (0, 1) if interpolation == "bilinear" else (-1, 0, 1, 2):
        distance = np.abs(rest - step)
        if interpolation == "bilinear":
            share = 1 - distance
        else:  # Keys' cubic convolution with a = -0.75, as in torch and OpenCV
            near = (1.25 * distance - 2.25) * distance**2 + 1
            far = ((-0.75 * distance + 3.75) * distance - 6) * distance + 3
            share = np.where(distance <= 1, near, far)
        yield np.clip(base + step, 0, length - 1).astype(np.intp), share
