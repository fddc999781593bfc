"""Eyebrows: hairs along a curve from the nose to the temple. They alone turn a mannequin into a face."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ferviz.faces.appearance.canvas import Floats, canvas, smoothstep
from ferviz.faces.appearance.colour import blend
from ferviz.faces.appearance.noise import pattern

__all__ = ["Brows", "draw", "middle", "paint"]


@dataclass(frozen=True)
class Brows:
    """Shape of both eyebrows, in mm on the mean head."""

    start: float = 12.0  # from the midline
    end: float = 53.0
    lift: float = 0.3
    arch: float = 0.0
    tilt: float = 0.0
    thickness: float = 2.5  # half of the height at the inner end
    density: float = 0.8  # 0.12 to 1
    darkness: float = 0.7  # hair colour times this; 1 is the hair's own
    skew: float = 0.0  # how much higher the left one sits
    seed: int = 0


def draw(rng: np.random.Generator, age: float, gender: float, ethnicity: tuple[float, float, float]) -> Brows:
    """Eyebrows of a person drawn by chance."""
    return Brows(
        start=float(rng.normal(12, 1.6)),
        end=float(rng.normal(53, 2.5)),
        lift=float(rng.normal(0.6, 1.2)),
        arch=float(rng.normal(0, 1.6)),
        tilt=float(rng.normal(0, 1.2)),
        thickness=float(np.clip(rng.normal(3.8 - 0.8 * gender, 0.7), 1.6, 5.6)),
        density=float(np.clip(rng.normal(0.9, 0.12), 0.4, 1)),
        darkness=float(rng.uniform(0.45, 1.0)),
        skew=float(rng.normal(0, 0.5)),
        seed=int(rng.integers(2**31)),
    )


def middle(brows: Brows, side: Floats) -> tuple[Floats, Floats]:
    """Place along the brow, 0 to 1, and the height in mm of its middle line, at ``side`` mm from the midline."""
    s = ((side - brows.start) / (brows.end - brows.start)).astype(np.float32)
    bow = np.clip(1 - ((s - 0.58) / 0.58) ** 2, -1.2, 1)
    fall = np.where(s > 0.58, -3.5 * ((s - 0.58) / 0.42) ** 2, 0)
    return s, (14.5 + brows.lift + (7.5 + brows.arch) * bow + 2 * brows.tilt * (s - 0.5) + fall).astype(np.float32)


def paint(picture: Floats, relief: Floats, brows: Brows, hair: Floats) -> None:
    """Paint on ``picture`` (HEIGHT, WIDTH, 3) and raise ``relief`` (HEIGHT, WIDTH, mm); ``hair`` is the linear colour
    (3,) of the hair on the head.
    """
    cover, rise = _hairs(brows)
    blend(picture, _colour(brows, hair), cover)
    relief += rise


@lru_cache(maxsize=2)
def _hairs(brows: Brows) -> tuple[Floats, Floats]:
    """How dense they stand, 0 to 1, and what they raise in mm (HEIGHT, WIDTH): the same at every age."""
    c = canvas()
    rng = np.random.default_rng([brows.seed, 2])
    edge = 0.5 * pattern("grain", rng) + 0.35 * pattern("mottle", rng)
    hairs = pattern("grain", rng)
    s, height = middle(brows, c.side)
    away = c.z - height - np.sign(c.x) * brows.skew
    half = brows.thickness * smoothstep(-0.06, 0.18, s) * (1 - 0.62 * smoothstep(0.45, 1.05, s)) + 0.05
    cover = np.clip(1 - (np.abs(away) / (half * (1 + 0.25 * edge))) ** 2, 0, 1)
    cover = cover * smoothstep(-0.05, 0.08, s) * smoothstep(1.06, 0.9, s) * c.front * (c.z > 0)
    cover = np.clip(1.5 * cover, 0, 1) * brows.density * np.clip(1 + 0.35 * hairs, 0, 1.3)
    cover = np.clip(cover, 0, 1).astype(np.float32)
    return cover, cover * (0.35 + 0.25 * hairs)


def _colour(brows: Brows, hair: Floats) -> Floats:
    """Brows keep some pigment when the hair is white or dyed, and are darker than blond hair but not black."""
    brightness = float(hair.mean())
    factor = brows.darkness if brightness < 0.15 else 0.35 + 0.45 * brows.darkness
    return (hair * factor).astype(np.float32)
