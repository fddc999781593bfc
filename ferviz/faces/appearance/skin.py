"""Skin: tone, mottling, redness, freckles, moles, and the fine relief that catches the light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ferviz.faces.appearance.canvas import HEIGHT, WIDTH, Floats, blob, canvas, smoothstep
from ferviz.faces.appearance.colour import RGB, linear, ramp
from ferviz.faces.appearance.noise import pattern

__all__ = ["TONES", "Skin", "draw", "paint"]

TONES: tuple[RGB, ...] = (
    (0.96, 0.82, 0.74),
    (0.93, 0.76, 0.66),
    (0.88, 0.69, 0.57),
    (0.80, 0.60, 0.47),
    (0.70, 0.50, 0.37),
    (0.57, 0.38, 0.27),
    (0.44, 0.28, 0.20),
    (0.31, 0.20, 0.15),
)
"""From light to dark; `Skin.tone` counts along them."""
_COMMON = np.array([5.3, 2.4, 1.3])  # the mean tone of the three ethnicities of the shapes


@dataclass(frozen=True)
class Skin:
    """How skin looks. ``seed`` fixes its pattern of chance."""

    tone: float = 2.0  # 0 light to 7 dark, along TONES
    tint: RGB = (1.0, 1.0, 1.0)  # factors of red, green and blue
    mottling: float = 1.0
    redness: float = 0.2  # 0 to 0.6
    cheeks: float = 0.7  # share of the redness on the cheeks
    nose: float = 0.6
    dark_circles: float = 0.2  # 0 to 0.4
    freckles: float = 0.0  # 0 to 0.6
    moles: tuple[tuple[float, float, float], ...] = ()  # x, z, radius in mm
    shine: float = 0.5  # 0.15 to 1
    relief: float = 0.8  # depth of pores, 0.4 to 1.3
    seed: int = 0


def draw(rng: np.random.Generator, age: float, gender: float, ethnicity: tuple[float, float, float]) -> Skin:
    """Skin of a person drawn by chance."""
    tone = float(np.clip(np.dot(ethnicity, _COMMON) + rng.normal(0, 0.9), 0, 6.99))
    tint = (1 + rng.normal(0, 0.025, 3)) * (1 + rng.normal(0, 0.03))
    spots = rng.uniform((-60, -100, 0.6), (60, 60, 1.5), (4, 3))
    return Skin(
        tone=tone,
        tint=(float(tint[0]), float(tint[1]), float(tint[2])),
        mottling=float(rng.uniform(0.4, 1.4)),
        redness=float(np.clip(rng.normal(0.22, 0.12), 0, 0.6)),
        cheeks=float(rng.uniform(0.3, 1.2)),
        nose=float(rng.uniform(0.3, 1.0)),
        dark_circles=float(rng.uniform(0, 0.35)),
        freckles=float(rng.uniform(0.2, 0.6) * (rng.random() < 0.22)),
        moles=tuple((float(x), float(z), float(r)) for x, z, r in spots[: min(4, rng.poisson(1.2))]),
        shine=float(rng.uniform(0.15, 1.0)),
        relief=float(rng.uniform(0.4, 1.3)),
        seed=int(rng.integers(2**31)),
    )


def base(skin: Skin) -> Floats:
    """The plain colour of the skin, linear (3,)."""
    return linear(np.clip(np.array(ramp(TONES, skin.tone)) * skin.tint, 0.08, 1))


def paint(skin: Skin) -> tuple[Floats, Floats]:
    """Linear colour (HEIGHT, WIDTH, 3) and relief in mm (HEIGHT, WIDTH)."""
    rng = np.random.default_rng([skin.seed, 1])
    clouds, mottle, grain = (pattern(kind, rng) for kind in ("clouds", "mottle", "grain"))
    shade = 1 + 0.05 * clouds + 0.05 * skin.mottling * mottle + 0.03 * grain
    picture = np.empty((HEIGHT, WIDTH, 3), np.float32)
    picture[:] = base(skin)
    picture *= shade[..., None]
    _redden(picture, skin, clouds + 0.5 * mottle)
    _circles(picture, skin)
    _freckle(picture, skin, pattern("grain", rng) + 0.4 * mottle)
    _moles(picture, skin)
    _nostrils(picture)
    return picture, (skin.relief * (0.05 * grain + 0.06 * mottle)).astype(np.float32)


def _multiply(picture: Floats, amount: Floats, factors: RGB) -> None:
    """Darken in place: each channel by 1 - amount × its factor."""
    for channel, factor in enumerate(factors):
        picture[..., channel] *= np.clip(1 - amount * np.float32(factor), 0.2, 1.3)


def _redden(picture: Floats, skin: Skin, flush: Floats) -> None:
    c = canvas()
    where = skin.cheeks * blob(c.side, c.z, 42, -38, 18, 18) + skin.nose * blob(c.side, c.z, 0, -40, 13, 14)
    where = (where + 0.3 * blob(c.side, c.z, 0, -100, 14, 10)) * c.front + 0.6 * c.ears
    red = skin.redness * (1 - 0.55 * skin.tone / 7)  # melanin hides the blood
    _multiply(picture, red * (where + 0.12 * flush), (0.055, 0.52, 0.47))


def _circles(picture: Floats, skin: Skin) -> None:
    c = canvas()
    _multiply(picture, skin.dark_circles * blob(c.side, c.z, 30, -16, 15, 6) * c.front, (0.5, 0.7, 0.55))


def _freckle(picture: Floats, skin: Skin, chance: Floats) -> None:
    if skin.freckles > 0:
        c = canvas()
        spots = smoothstep(1.1, 2.0, chance) * blob(c.side, c.z, 25, -25, 40, 25) * c.front
        _multiply(picture, skin.freckles * spots, (0.35, 0.55, 0.65))


def _moles(picture: Floats, skin: Skin) -> None:
    c = canvas()
    for x, z, radius in skin.moles:
        _multiply(picture, 0.7 * blob(c.x, c.z, x, z, radius, radius) * c.front, (1, 1, 1))


def _nostrils(picture: Floats) -> None:
    c = canvas()
    _multiply(picture, 0.75 * blob(c.side, c.z, 6.5, -50, 3.6, 1.9) * c.front, (1, 1, 1))
