"""The canvas that painters paint on: a cylinder around the mean head, unrolled.

Column 0 is the back of the head, the middle column the front; rows run from `TOP` down to `BOTTOM`. Every texel knows
where it lies on the mean head, in millimetres from the midpoint of the eyes: x to the subject's left, z up. A painter
is a formula in these millimetres, and what it paints moves with the face because the coordinates belong to vertices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ferviz.faces.head import AXIS, BOTTOM, TOP, head
from ferviz.faces.raster import Buffers, rasterise

__all__ = ["HEIGHT", "WIDTH", "Canvas", "Floats", "blob", "canvas", "slope", "smoothstep", "spread"]

Floats = npt.NDArray[np.float32]
WIDTH, HEIGHT = 512, 256


def smoothstep(low: float, high: float, value: npt.ArrayLike) -> Floats:
    """0 at ``low``, 1 at ``high``, smooth between; ``low`` may be the larger one."""
    t = np.clip((np.asarray(value, np.float32) - np.float32(low)) / np.float32(high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Canvas:
    """Where each texel lies: all arrays (HEIGHT, WIDTH)."""

    x: Floats  # mm, the subject's left is positive
    y: Floats  # mm, away from the camera
    z: Floats  # mm, up
    angle: Floats  # degrees from the front, 0 to 180
    lips: Floats  # 0 to 1
    lids: Floats
    ears: Floats

    @cached_property
    def side(self) -> Floats:
        """Millimetres from the midline."""
        return np.abs(self.x)

    @cached_property
    def front(self) -> Floats:
        """1 where the face is, 0 on the back of the head."""
        return (self.angle < 100).astype(np.float32)


def spread(values: Floats) -> Floats:
    """Values of vertices (V,) or (V, C) as a picture (HEIGHT, WIDTH[, C]); holes take their nearest neighbour."""
    corners, places = _seen_by_texels()
    weights = places if values.ndim == 1 else places[..., None]
    picture = values.take(corners[0], 0) * weights[0] + values.take(corners[1], 0) * weights[1]
    return np.ascontiguousarray(picture + values.take(corners[2], 0) * weights[2], dtype=np.float32)


def blob(x: Floats, z: Floats, cx: float, cz: float, width: float, height: float) -> Floats:
    """A soft spot around (cx, cz): exp(-(dx/width)² - (dz/height)²)."""
    return np.exp(-(((x - np.float32(cx)) / np.float32(width)) ** 2) - ((z - np.float32(cz)) / np.float32(height)) ** 2)


def slope(height: Floats) -> Floats:
    """How a relief in mm rises along a column and down a row, in mm a mm: (HEIGHT, WIDTH, 2)."""
    across = 2 * np.pi * 75 / WIDTH  # mm a texel: the head's radius is about 75 mm
    down = (TOP - BOTTOM) * 1000 / HEIGHT
    du = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / (2 * across)
    dv = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / (2 * down)
    return np.stack([du, dv], -1).astype(np.float32)


@lru_cache(maxsize=1)
def _drawn() -> Buffers:
    """The mean head's outer skin, unrolled; of two layers the one farther from the axis is kept."""
    shape = head()
    outside = shape.faces[(shape.part == 0) & (shape.inside[shape.faces].max(1) < 0.5)]
    number = np.flatnonzero((shape.part == 0) & (shape.inside[shape.faces].max(1) < 0.5)).astype(np.int32)
    wraps = np.ptp(shape.canonical[outside, 0], axis=1) > 0.5
    outside, number = np.ascontiguousarray(outside[~wraps]), number[~wraps]
    radius = np.hypot(shape.mean[:, 0], shape.mean[:, 1] - AXIS)
    points = np.stack([shape.canonical[:, 0] * WIDTH, shape.canonical[:, 1] * HEIGHT, 1 - radius], 1)
    buffers = Buffers.empty(HEIGHT, WIDTH)
    rasterise(points.astype(np.float32), outside, buffers)
    seen = buffers.triangle >= 0
    buffers.triangle[seen] = number[buffers.triangle[seen]]
    return buffers


@lru_cache(maxsize=1)
def _seen_by_texels() -> tuple[npt.NDArray[np.int32], Floats]:
    """The corners of the triangle that covers each texel, or the nearest one that is covered, and how much each corner
    counts there: both (3, HEIGHT, WIDTH)."""
    drawn = _drawn()
    row, column = ndimage.distance_transform_edt(drawn.triangle < 0, return_distances=False, return_indices=True)
    corners = np.moveaxis(head().faces[drawn.triangle[row, column]], -1, 0)
    first, second = np.moveaxis(drawn.place[row, column], -1, 0)
    return np.ascontiguousarray(corners), np.stack([first, second, 1 - first - second])


@lru_cache(maxsize=1)
def canvas() -> Canvas:
    """The one canvas, computed from the mean head at the first use."""
    shape = head()
    position = spread(shape.mean * 1000)
    angle = np.abs((np.arange(WIDTH, dtype=np.float32) + 0.5) / WIDTH - 0.5) * 360
    return Canvas(
        x=np.ascontiguousarray(position[..., 0]),
        y=np.ascontiguousarray(position[..., 1]),
        z=np.ascontiguousarray(position[..., 2]),
        angle=np.broadcast_to(angle, (HEIGHT, WIDTH)).copy(),
        lips=spread(shape.lips),
        lids=spread(shape.lids),
        ears=spread(shape.ears),
    )
