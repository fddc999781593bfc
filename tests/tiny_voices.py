"""Voices of noise, and a small net that hears them."""

from __future__ import annotations

import numpy as np

from ferviz import Clip, Gap
from ferviz.models.backbones import Layer, SoundNetConfig

EAR = SoundNetConfig((Layer((4, 5), (4, 4), channels=6), Layer((3, 3), (2, 2), channels=6)), norm=True)
NO_FRAMES = np.zeros((0, 4, 4, 3), np.uint8)


def voice(seed: int, loud: float, *, seconds: float = 0.5, gaps: tuple[Gap, ...] = ()) -> Clip:
    sound = np.random.default_rng(seed).normal(0, loud, round(16_000 * seconds)).astype(np.float32)
    return Clip(NO_FRAMES, np.zeros(0), sound, 16_000, gaps=gaps)
