"""Lips: their red, a lipstick, and the dark line between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ferviz.faces.appearance.canvas import Floats, canvas, smoothstep
from ferviz.faces.appearance.colour import RGB, blend, darken, linear

__all__ = ["Lips", "draw", "paint"]

_LIPSTICKS: tuple[RGB, ...] = (
    (0.70, 0.12, 0.15),
    (0.78, 0.30, 0.33),
    (0.55, 0.15, 0.22),
    (0.80, 0.42, 0.40),
    (0.50, 0.20, 0.20),
)


@dataclass(frozen=True)
class Lips:
    """Colour of the lips."""

    red: float = 0.65  # how much they differ from the skin, 0.15 to 1
    brightness: float = 0.95
    lipstick: RGB | None = None
    lipstick_cover: float = 0.8


def draw(rng: np.random.Generator, age: float, gender: float, ethnicity: tuple[float, float, float]) -> Lips:
    """Lips of a person drawn by chance; half of adult women wear lipstick."""
    colour = np.array(_LIPSTICKS[int(rng.integers(len(_LIPSTICKS)))]) * rng.uniform(0.8, 1.1)
    wears = rng.random() < 0.5 and gender > 0.5 and age > 17
    return Lips(
        red=float(np.clip(rng.normal(0.65, 0.2), 0.15, 1)),
        brightness=float(rng.uniform(0.75, 1.15)),
        lipstick_cover=float(rng.uniform(0.6, 0.95)),
        lipstick=(float(colour[0]), float(colour[1]), float(colour[2])) if wears else None,
    )


def paint(picture: Floats, lips: Lips, skin: Floats) -> None:
    """Paint on ``picture`` (HEIGHT, WIDTH, 3); ``skin`` is the plain linear colour (3,) around them."""
    c = canvas()
    where = np.clip(1.1 * c.lips, 0, 1)
    if lips.lipstick is None:
        blend(picture, skin * np.array([0.86, 0.52, 0.52]) * lips.brightness, where * lips.red)
    else:
        blend(picture, linear(lips.lipstick), where * lips.lipstick_cover)
    slit = 0.35 * np.exp(-(((c.z + 73.5) / 1.5) ** 2)) * smoothstep(27, 20, c.side) * c.front
    darken(picture, slit)
