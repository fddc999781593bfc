"""Wrinkles: seven families of folds, some kept at rest, all deepened by the actions that make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ferviz.faces.appearance.canvas import HEIGHT, WIDTH, Floats, blob, canvas, slope, smoothstep
from ferviz.faces.appearance.noise import power_noise

__all__ = ["FOLDS", "Wrinkles", "depth", "draw", "slopes"]

FOLDS = ("forehead", "glabella", "crow_feet", "nasolabial", "nose_root", "chin", "under_eye")
_AGED = np.array([0.9, 0.6, 0.8, 0.9, 0.25, 0.3, 0.8])  # how much age alone leaves of each

# How an action deepens each fold; the two sides are averaged.
_DRIVES: tuple[Mapping[str, float], ...] = (
    {"browInnerUp": 0.6, "browOuterUp": 0.6},
    {"browDown": 1.0},
    {"cheekSquint": 0.5, "eyeSquint": 0.15, "mouthSmile": 0.15},
    {"mouthSmile": 0.65, "noseSneer": 0.7, "mouthUpperUp": 0.4, "mouthDimple": 0.3},
    {"noseSneer": 1.5},
    {"mouthShrugLower": 1.0, "mouthFrown": 0.4},
    {"cheekSquint": 0.6, "eyeSquint": 0.3},
)


@dataclass(frozen=True)
class Wrinkles:
    """A value for each of `FOLDS`."""

    inborn: tuple[float, ...] = (0.05,) * 7  # there from youth, 0 to 0.3
    ageing: tuple[float, ...] = (0.5,) * 7  # how deep age makes them, 0.2 to 0.7
    moving: tuple[float, ...] = (0.85,) * 7  # how deep an action makes them, 0.5 to 1.25


def draw(rng: np.random.Generator, age: float, gender: float, ethnicity: tuple[float, float, float]) -> Wrinkles:
    """Wrinkles of a person drawn by chance."""
    inborn = rng.uniform(0, 0.12, 7)
    inborn[3] += rng.uniform(0, 0.18)
    inborn[6] += rng.uniform(0, 0.2)
    rows = (inborn, 0.55 * rng.uniform(0.4, 1.3, 7), rng.uniform(0.5, 1.25, 7))
    return Wrinkles(*(tuple(float(v) for v in row) for row in rows))


def depth(
    wrinkles: Wrinkles, age: float, activations: npt.NDArray[np.float32], index: Mapping[str, int]
) -> npt.NDArray[np.float32]:
    """How deep each fold is now (7,); ``activations`` (52,) and where each action stands among them."""
    old = float(smoothstep(32, 85, age))
    rest = np.array(wrinkles.inborn) + np.array(wrinkles.ageing) * _AGED * old
    moving = np.array(wrinkles.moving) * (0.6 + 0.4 * float(smoothstep(8, 45, age)))
    return (rest + 1.5 * moving * _drive(activations, index)).astype(np.float32)


def _drive(activations: npt.NDArray[np.float32], index: Mapping[str, int]) -> npt.NDArray[np.float64]:
    def both(name: str) -> float:
        if name in index:
            return float(activations[index[name]])
        return float(activations[index[f"{name}Left"]] + activations[index[f"{name}Right"]]) / 2

    drive = np.array([sum(gain * both(name) for name, gain in fold.items()) for fold in _DRIVES])
    drive[1] += 0.5 * both("browInnerUp") * both("browDown")  # brows drawn together and up
    return drive


@lru_cache(maxsize=1)
def slopes() -> Floats:
    """The folds' slopes at depth 1: (7, HEIGHT, WIDTH, 2)."""
    layers = (_forehead(), _glabella(), _crow_feet(), _nasolabial(), _nose_root(), _chin(), _under_eye())
    return np.stack([slope(layer) for layer in layers])


def _distance(points: Sequence[tuple[float, float]]) -> Floats:
    """Distance in mm to a line through (side, z) points, on both halves of the face."""
    c = canvas()
    nearest = np.full((HEIGHT, WIDTH), 1e3, np.float32)
    for (x0, z0), (x1, z1) in pairwise(points):
        dx, dz = x1 - x0, z1 - z0
        t = np.clip(((c.side - x0) * dx + (c.z - z0) * dz) / (dx * dx + dz * dz), 0, 1)
        nearest = np.minimum(nearest, np.hypot(c.side - x0 - t * dx, c.z - z0 - t * dz))
    return nearest


def _groove(points: Sequence[tuple[float, float]], width: float) -> Floats:
    """A groove with a slight bank beside it."""
    away = _distance(points)
    bank = 0.35 * np.exp(-(((away - 2 * width) / width) ** 2))
    return (bank - np.exp(-((away / width) ** 2))) * canvas().front


def _forehead() -> Floats:
    c = canvas()
    lines = [
        np.exp(-(((c.z - (z + 3 * np.cos(c.x / 20 + phase))) / 1.7) ** 2))
        for z, phase in ((34, 0), (43, 0.6), (52, -0.4))
    ]
    return -np.sum(lines, axis=0) * smoothstep(46, 26, c.side) * c.front


def _glabella() -> Floats:
    c = canvas()
    upright = np.exp(-(((c.side - 6.5 - 0.05 * (c.z - 20)) / 1.5) ** 2)) * blob(np.zeros_like(c.z), c.z, 0, 20, 1, 9)
    across = np.exp(-(((c.z - 6) / 1.6) ** 2)) * smoothstep(10, 3, c.side)
    return -(upright + 0.5 * across) * c.front


def _crow_feet() -> Floats:
    return np.sum([_groove([(52, a), (64, b)], 1.8) for a, b in ((5, 12), (1, 2), (-4, -8))], axis=0)


def _nasolabial() -> Floats:
    fold = _groove([(17, -43), (24, -52), (28, -60)], 3.0)
    return fold * smoothstep(-68, -56, canvas().z)  # a smile lifts what is lower


def _nose_root() -> Floats:
    c = canvas()
    lines = [np.exp(-(((c.z - z - 0.25 * c.side) / 1.4) ** 2)) for z in (-2, -7, -12)]
    return -np.sum(lines, axis=0) * smoothstep(13, 8, c.side) * c.front


def _chin() -> Floats:
    c = canvas()
    dimples = 0.35 * power_noise(np.random.default_rng(7), HEIGHT, WIDTH, 2.0) * blob(c.side, c.z, 0, -97, 13, 8)
    crease = np.exp(-(((c.z + 88 - 0.004 * c.side**2) / 2) ** 2)) * smoothstep(20, 10, c.side)
    return (dimples - 0.6 * crease) * c.front


def _under_eye() -> Floats:
    return _groove([(20, -12), (28, -15), (38, -14), (45, -9)], 1.7)
