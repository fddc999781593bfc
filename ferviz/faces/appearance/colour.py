"""Colours: sRGB as people name them, linear as light adds up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["RGB", "blend", "darken", "linear", "ramp"]

RGB: TypeAlias = tuple[float, float, float]
"""An sRGB colour, each part 0 to 1."""


def linear(colour: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """SRGB (..., 3) as linear light, by a plain gamma of 2.2."""
    return np.clip(np.asarray(colour, np.float32), 0, 1) ** np.float32(2.2)


def ramp(colours: Sequence[RGB], place: float) -> RGB:
    """The colour at ``place`` (0 to len - 1) of a row of colours, mixed between neighbours."""
    low = int(np.clip(np.floor(place), 0, len(colours) - 2))
    share = float(np.clip(place - low, 0, 1))
    mixed = (1 - share) * np.array(colours[low]) + share * np.array(colours[low + 1])
    return float(mixed[0]), float(mixed[1]), float(mixed[2])


def blend(picture: npt.NDArray[np.float32], colour: npt.ArrayLike, cover: npt.NDArray[np.float32]) -> None:
    """Paint a linear ``colour`` over ``picture`` (H, W, 3+) in place, as opaque as ``cover`` (H, W), 0 to 1."""
    part = _box(cover)
    share, under = cover[part][..., None], picture[part][..., :3]
    under += share * (np.asarray(colour, np.float32) - under)


def darken(picture: npt.NDArray[np.float32], amount: npt.NDArray[np.float32]) -> None:
    """Multiply ``picture`` (H, W, 3) in place by 1 - ``amount`` (H, W)."""
    part = _box(amount)
    picture[part] *= (1 - amount[part])[..., None]


def _box(values: npt.NDArray[np.float32]) -> tuple[slice, slice]:
    """The rows and columns outside of which ``values`` (H, W) are 0: most of what is painted is a small part."""
    rows = np.flatnonzero(values.any(1))
    down = slice(rows[0], rows[-1] + 1) if rows.size else slice(0)
    columns = np.flatnonzero(values[down].any(0))
    return down, slice(columns[0], columns[-1] + 1) if columns.size else slice(0)
