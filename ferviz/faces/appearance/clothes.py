"""What a person wears below the neck: a plain garment with a round or a pointed neckline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ferviz.faces.appearance.canvas import Floats, canvas, smoothstep
from ferviz.faces.appearance.colour import RGB, blend, linear

__all__ = ["Clothes", "draw", "paint"]


@dataclass(frozen=True)
class Clothes:
    """Colour and neckline."""

    colour: RGB = (0.3, 0.3, 0.35)
    neckline: float = -185.0  # mm below the eyes, at the front
    pointed: float = 0.0  # mm that a pointed neckline is deeper in the middle


def draw(rng: np.random.Generator, age: float, gender: float, ethnicity: tuple[float, float, float]) -> Clothes:
    """A garment drawn by chance."""
    colour = np.clip(rng.uniform(0.05, 0.9) + rng.normal(0, 0.15, 3), 0.03, 0.9)
    return Clothes(
        colour=(float(colour[0]), float(colour[1]), float(colour[2])),
        neckline=float(rng.uniform(-195, -165)),
        pointed=float(rng.uniform(5, 30) * (rng.random() < 0.4)),
    )


def paint(picture: Floats, clothes: Clothes) -> Floats:
    """Paint on ``picture`` (HEIGHT, WIDTH, 3) and return where the garment lies (HEIGHT, WIDTH), 0 to 1."""
    cover = _garment(clothes.neckline, clothes.pointed)
    blend(picture, linear(clothes.colour), cover)
    return cover


@lru_cache(maxsize=2)
def _garment(neckline: float, pointed: float) -> Floats:
    c = canvas()
    edge = neckline + 0.35 * np.clip(c.y - 30, -100, 100) - pointed * np.clip(1 - c.side / 45, 0, 1)
    cover = smoothstep(1.5, -1.5, c.z - edge)
    cover.flags.writeable = False  # several have it
    return cover
