"""Eyelids: their natural shade, eye shadow and eyeliner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ferviz.faces.appearance.canvas import Floats, blob, canvas
from ferviz.faces.appearance.colour import RGB, blend, darken, linear

__all__ = ["Makeup", "draw", "paint"]


@dataclass(frozen=True)
class Makeup:
    """What lies on the eyelids."""

    lid_shade: float = 0.1  # natural darkening, 0 to 0.22
    shadow: RGB | None = None
    shadow_cover: float = 0.4
    liner: float = 0.1  # 0 to 0.7


def draw(rng: np.random.Generator, age: float, gender: float, ethnicity: tuple[float, float, float]) -> Makeup:
    """Eyelids of a person drawn by chance."""
    wears = rng.random() < 0.5 and gender > 0.5 and age > 17
    colour = rng.uniform(0.1, 0.6, 3)
    shadow = (float(colour[0]), float(colour[1]), float(colour[2])) if wears and rng.random() < 0.5 else None
    return Makeup(
        lid_shade=float(rng.uniform(0, 0.22)),
        shadow=shadow,
        shadow_cover=float(rng.uniform(0.15, 0.5)),
        liner=float(rng.uniform(0.2, 0.7) if wears else rng.uniform(0, 0.2)),
    )


def paint(picture: Floats, makeup: Makeup) -> None:
    """Paint on ``picture`` (HEIGHT, WIDTH, 3)."""
    c = canvas()
    lids = np.maximum(c.lids, blob(c.side, c.z, 31, 9, 17, 4.5) * c.front)
    darken(picture, makeup.lid_shade * lids)
    if makeup.shadow is not None:
        blend(picture, linear(makeup.shadow), makeup.shadow_cover * blob(c.side, c.z, 32, 10, 17, 6) * c.front)
    liner = blob(c.side, c.z, 32, 4.5, 19, 2.2) * c.front
    darken(picture, 0.8 * makeup.liner * liner)
