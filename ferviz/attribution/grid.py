"""From the grid of a model's input to the pixels of a clip."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ferviz.arguments import array

__all__ = ["to_box", "to_grid"]

Array = npt.NDArray[Any]


def to_grid(maps: npt.ArrayLike, size: tuple[int, int], *, keep: Literal["sum", "value"] = "sum") -> Array:
    """Maps on a model's grid (…, h, w) as maps on a clip's pixels (…, H, W).

    Every value is spread evenly over the pixels that its place covers, and nothing is smoothed: a coarse map shows
    that it is coarse. ``keep`` says what stays: the sum of all values (for attributions that add up to a difference of
    logits) or the values themselves (for all others). A constant map stays constant either way.

    Raises
    ------
    TypeError
        For what are no numbers, or no size.
    ValueError
        For a map without two axes, a size that is not positive, or another word.

    Examples
    --------
    >>> to_grid([[1.0, 2.0]], (2, 4))
    array([[0.25, 0.25, 0.5 , 0.5 ],
           [0.25, 0.25, 0.5 , 0.5 ]])
    """
    values = array("maps", maps)
    if keep not in ("sum", "value"):
        raise ValueError(f"keep must be 'sum' or 'value'; got {keep!r:.200}")
    if values.ndim < 2 or not values.size:
        raise ValueError(f"maps must have shape (…, h, w); got {values.shape}")
    _check_size(size)
    if keep == "value":
        values = values * (size[0] * size[1] / (values.shape[-2] * values.shape[-1]))
    return _spread(_spread(values, size[0], -2), size[1], -1)


def to_box(
    values: npt.ArrayLike, size: tuple[int, int], box: npt.ArrayLike, *, keep: Literal["sum", "value"] = "sum"
) -> Array:
    """A map (h, w) of a region on a clip's pixels (H, W): inside its box as by `to_grid`, NaN beyond.

    The box (left, top, right, bottom) is taken to whole pixels. What of it lies beyond the picture is cut off, and a
    box that is not finite leaves nothing.

    Examples
    --------
    >>> to_box([[1.0, 2.0]], (2, 3), (1, 0, 3, 1))
    array([[nan,  1.,  2.],
           [nan, nan, nan]])
    """
    _check_size(size)
    found, edges = np.full(size, np.nan), array("box", box)
    if edges.shape != (4,):
        raise ValueError(f"box must be (left, top, right, bottom); got shape {edges.shape}")
    if not np.isfinite(edges).all():
        return found
    left, top, right, bottom = np.rint(edges).astype(int)
    if right <= left or bottom <= top:
        return found
    inside = to_grid(values, (bottom - top, right - left), keep=keep)
    rows, columns = slice(max(top, 0), max(bottom, 0)), slice(max(left, 0), max(right, 0))
    part = found[rows, columns]
    part[...] = inside[max(-top, 0) :, max(-left, 0) :][: part.shape[0], : part.shape[1]]
    return found


def _check_size(size: object) -> None:
    if not isinstance(size, tuple | list):
        raise TypeError(f"size must be (H, W); got {size!r:.200}")
    if not all(isinstance(side, Integral) for side in size):
        raise TypeError(f"size must be (H, W), two whole numbers; got {size!r:.200}")
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"size must be (H, W), both at least 1; got {size!r:.200}")


def _spread(values: Array, pixels: int, axis: int) -> Array:
    """Places along an axis, shared out over pixels: what has come in by a pixel's far edge, less by its near one."""
    places = values.shape[axis]
    edge = np.arange(pixels + 1) * (places / pixels)
    place = np.minimum(edge.astype(int), places - 1)
    beyond = (edge - place).reshape(-1, *[1] * (-1 - axis))
    before = np.cumsum(values, axis) - values
    return np.diff(before.take(place, axis) + values.take(place, axis) * beyond, axis=axis)
