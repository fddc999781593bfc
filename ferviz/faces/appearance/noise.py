"""Textures of chance: a small bank of patterns, made once from fixed seeds, and moved about for every person."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal

import numpy as np
from scipy import ndimage

from ferviz.faces.appearance.canvas import HEIGHT, WIDTH, Floats

__all__ = ["pattern", "power_noise"]

Kind = Literal["clouds", "mottle", "grain", "strands", "curls"]
_EXPONENTS = {"clouds": 3.2, "mottle": 1.8, "grain": 0.6}
_COUNT = 5  # patterns of a kind


def power_noise(rng: np.random.Generator, height: int, width: int, exponent: float) -> Floats:
    """Noise (height, width) with power 1/f**exponent, mean 0, deviation 1, that repeats without a seam."""
    fy, fx = np.fft.fftfreq(height)[:, None] * height / width, np.fft.rfftfreq(width)[None]
    frequency = np.hypot(fx, fy)
    frequency[0, 0] = 1
    spectrum = (rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)) * frequency ** (-exponent / 2)
    spectrum[0, 0] = 0
    values = np.fft.irfft2(spectrum, (height, width))
    return (values / values.std()).astype(np.float32)


def _blurred(rng: np.random.Generator, down: float, across: float) -> Floats:
    values = ndimage.gaussian_filter(rng.normal(size=(HEIGHT, WIDTH)), (down, across), mode="wrap")
    return (values / values.std()).astype(np.float32)


@cache
def _bank(kind: Kind) -> tuple[Floats, ...]:
    rng = np.random.default_rng([5, ["clouds", "mottle", "grain", "strands", "curls"].index(kind)])
    if kind == "strands":  # long down, thin across, with bundles
        return tuple(0.75 * _blurred(rng, 11, 0.55) + 0.65 * _blurred(rng, 18, 2.2) for _ in range(_COUNT))
    if kind == "curls":
        return tuple(_blurred(rng, 1.6, 1.4) for _ in range(_COUNT))
    return tuple(power_noise(rng, HEIGHT, WIDTH, _EXPONENTS[kind]) for _ in range(_COUNT))


def pattern(kind: Kind, rng: np.random.Generator) -> Floats:
    """One pattern (HEIGHT, WIDTH) of mean 0 and deviation 1, shifted and perhaps mirrored by ``rng``."""
    return _moved(kind, *(int(n) for n in rng.integers((_COUNT, HEIGHT, WIDTH, 2))))


@lru_cache(maxsize=16)  # what one person has: a twin of another age has the same
def _moved(kind: Kind, choice: int, down: int, across: int, mirror: int) -> Floats:
    values = np.roll(_bank(kind)[choice], (down, across), (0, 1))
    moved = np.ascontiguousarray(values[:, ::-1] if mirror else values)
    moved.flags.writeable = False  # several have it
    return moved
