"""Small gray pictures, what is done to them (tone, rotation), and how far that moves their local binary patterns."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz import lbp

__all__ = ["MARGIN", "SIZE", "TEXTURES", "codes_of", "count", "distance", "inside", "texture", "tone", "turned"]

Array = npt.NDArray[Any]

SIZE = 64
"""Side of the picture that is shown and coded, in pixels."""
MARGIN = 4
"""Rows and columns around it that only serve as neighbours, so that no code depends on what lies outside."""
TEXTURES = ("edge", "spots", "stripes", "flat")


def texture(name: str, side: int) -> Array:
    """A synthetic gray picture, uint8 (side, side): one of `TEXTURES`.

    Raises
    ------
    ValueError
        If there is no such texture.
    """
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    if name == "edge":  # leans by 15 degrees, one pixel wide
        grey = 60 + 130 * np.clip(x * math.cos(math.pi / 12) + y * math.sin(math.pi / 12) + 0.5, 0, 1)
    elif name == "spots":
        grey = 70 + 140 * np.exp(-((((x + 5) % 10 - 5) ** 2 + ((y + 5) % 10 - 5) ** 2) / 5))
    elif name == "stripes":
        grey = 128 + 80 * np.sin(2 * math.pi * x / 9)
    elif name == "flat":
        grey = np.full((side, side), 128.0)
    else:
        raise ValueError(f"name must be one of {', '.join(TEXTURES)}; got {name!r:.200}")
    return np.rint(grey).astype(np.uint8)


def turned(source: Array, degrees: float) -> Array:
    """The middle of a square picture after a rotation about its centre, counter-clockwise, by bilinear interpolation.

    Parameters
    ----------
    source : array (S, S)
        S even, at least 72. Beyond its border the outermost pixels go on.
    degrees : float
        Quarter turns move pixels onto pixels, exactly.

    Returns
    -------
    float64 array (72, 72)
    """
    side = SIZE + 2 * MARGIN
    cos, sin = (round(f(math.radians(degrees)), 12) for f in (math.cos, math.sin))  # so that quarter turns are exact
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    middle, last = (source.shape[0] - 1) / 2, source.shape[0] - 1
    row, column = (np.clip(place + middle, 0, last) for place in (x * sin + y * cos, x * cos - y * sin))
    top, left = (np.minimum(place.astype(int), last - 1) for place in (row, column))
    down, across = row - top, column - left
    grey = source.astype(float)
    upper = grey[top, left] * (1 - across) + grey[top, left + 1] * across
    lower = grey[top + 1, left] * (1 - across) + grey[top + 1, left + 1] * across
    return upper * (1 - down) + lower * down


def tone(
    grey: Array, brightness: float, contrast: float, gamma: float, eight_bit: bool
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Bend, stretch and shift the gray levels, in this order.

    Parameters
    ----------
    grey : array, 0 to 255
    brightness : float
        Added in gray levels.
    contrast : float
        Factor around gray 128.
    gamma : float
        255 · (g / 255)^gamma.
    eight_bit : bool
        Round and clip to uint8; else float32 without limits.

    Returns
    -------
    grey : uint8 or float32 array
    clipped : bool array
        Where the new level leaves 0 … 255 (before rounding it lies outside).
    """
    bent = grey if gamma == 1 else 255 * (grey / 255) ** gamma
    new = bent if (contrast, brightness) == (1, 0) else (bent - 128) * contrast + 128 + brightness
    outside = (new < 0) | (new > 255)
    if eight_bit:
        return np.clip(np.rint(new), 0, 255).astype(np.uint8), outside
    return new.astype(np.float32), np.zeros_like(outside)


@cache
def inside() -> npt.NDArray[np.bool_]:
    """The circle that a rotation keeps: bool (64, 64). Only its pixels are counted."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    return np.hypot(x, y) <= SIZE / 2


def codes_of(grey: Array, kind: str, points: int = 8, radius: float = 1.0) -> Array:
    """The codes (64, 64) of a gray picture (72, 72): its margin only serves as neighbours."""
    codes = lbp.codes(torch.tensor(grey), kind=kind, points=points, radius=radius)
    return codes[MARGIN:-MARGIN, MARGIN:-MARGIN].numpy()


def count(codes: Array, kind: str, points: int = 8) -> Array:
    """How often each code occurs inside the circle that a rotation keeps: int (bins,) from codes (64, 64)."""
    return np.bincount(codes[inside()], minlength=lbp.bins(kind, points))


def distance(counts: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """How far two histograms are apart: the share of pixels that would have to change their bin.

    Parameters
    ----------
    counts, other : array (bins,)
        Not negative; each is divided by its sum.

    Returns
    -------
    float
        0 for equal shares, 1 for nothing in common: half the sum of the absolute differences.
    """
    first, second = (np.asarray(values, dtype=float) for values in (counts, other))
    return float(np.abs(first / first.sum() - second / second.sum()).sum() / 2)
