"""The parts of a face by name, as a picture on the canvas and for the parts that are not skin."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ferviz.faces.appearance.brows import Brows, middle
from ferviz.faces.appearance.canvas import canvas

__all__ = ["Region", "region_map"]


class Region(IntEnum):
    """What a pixel shows: the values of ``Truth.regions``."""

    BACKGROUND = 0
    SKIN = 1  # temples and what has no name of its own
    FOREHEAD = 2
    BROWS = 3
    EYES = 4
    NOSE = 5
    CHEEKS = 6
    MOUTH = 7
    CHIN = 8
    EARS = 9
    NECK = 10
    HAIR = 11
    COVER = 12


@lru_cache(maxsize=1)
def region_map() -> npt.NDArray[np.uint8]:
    """The region of each texel of the skin (HEIGHT, WIDTH); later rules win."""
    c = canvas()
    front, side, z, angle = c.front > 0, c.side, c.z, c.angle
    _, brow = middle(Brows(), side)
    nose_width = 6 + 0.27 * np.clip(-z, 0, 40)
    rules = (
        (Region.FOREHEAD, (z > 24) & (angle < 62)),
        (Region.CHEEKS, (z < -14) & (z > -75) & (side > 13) & (angle < 70)),
        (Region.CHIN, (z < -60) & (z > -122) & (angle < 75)),
        (Region.MOUTH, (side < 27) & (z < -60) & (z > -89)),
        (Region.NOSE, (side < nose_width) & (z < 8) & (z > -53)),
        (Region.EYES, np.hypot((side - 31) / 21, (z + 1) / 10.5) < 1),
        (Region.BROWS, (np.abs(z - brow) < 6) & (side > 7) & (side < 58)),
    )
    regions = np.full(z.shape, Region.SKIN, np.uint8)
    for region, where in rules:
        regions[front & where] = region
    regions[c.ears > 0.4] = Region.EARS
    regions[z < -125] = Region.NECK
    return regions
