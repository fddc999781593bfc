"""One colour for each emotion, everywhere: Okabe and Ito's palette, which the colour-blind can tell apart.

Okabe M., Ito K., "Color Universal Design" (2002). Its black is a middle gray here, so that neutral shows on a dark page
too. Colour never stands alone: lines have dashes as well, and every mark has its word.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ferviz.emotions import Emotion

__all__ = [
    "BLACK", "EMOTION_COLOURS", "EMOTION_DASHES", "GAP", "INK", "PAGES", "PAPER", "RULE", "SIGNED", "SOFT", "TINT",
    "UNSIGNED", "WHITE", "ink_of", "ink_on",
]  # fmt: skip

EMOTION_COLOURS: Mapping[Emotion, str] = MappingProxyType(
    {
        Emotion.ANGER: "#D55E00",
        Emotion.CONTEMPT: "#F0E442",
        Emotion.DISGUST: "#009E73",
        Emotion.FEAR: "#CC79A7",
        Emotion.HAPPINESS: "#E69F00",
        Emotion.NEUTRAL: "#7F7F7F",
        Emotion.SADNESS: "#0072B2",
        Emotion.SURPRISE: "#56B4E9",
    }
)

EMOTION_DASHES: Mapping[Emotion, str] = MappingProxyType(
    dict(zip(Emotion, ("solid", "dot", "dash", "dashdot", "solid", "dot", "dash", "longdash"), strict=True))
)

INK, PAPER, RULE, SOFT, TINT = "#1F1F21", "#FEFEFE", "#DCDCDE", "#ECECEE", "#F6E7C1"
"""What a figure is drawn with: words and lines, ground, separating lines, quiet areas, marked areas."""

PAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        INK: (INK, "#E3E3E5"),
        PAPER: ("#FFFFFF", "#111111"),
        RULE: (RULE, "#3A3A3D"),
        SOFT: (SOFT, "#2A2A2D"),
        TINT: (TINT, "#4A3C17"),
    }
)
"""What becomes of them on a light page and on a dark one. All other colours are data and stay."""

BLACK, WHITE, GAP = "#222222", "#FFFFFF", "#8A8A8A"
"""Fixed: black and white on data (`ink_on`), and the colour of gaps."""

SIGNED = ((-1, 8, 69, 134), (-0.5, 92, 160, 210), (0, 246, 246, 244), (0.5, 240, 158, 84), (1, 158, 52, 4))
UNSIGNED = ((0, 246, 246, 244), (0.35, 244, 190, 130), (0.7, 214, 98, 30), (1, 110, 30, 4))
"""Colour scales as (place, red, green, blue): blue to orange for data with a sign, light to dark for data without. They
are the explorers' own (``charts.js``), so that a figure and an explorer can be compared; safe for the colour-blind."""


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on ``colour`` ("#RRGGBB"): the contrast of WCAG 2.2."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return BLACK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.2 else WHITE


def ink_of(value: float, *, signed: bool) -> str:
    """Black or white on the colour of ``value``, −1 to 1 where the scale has a sign, else 0 to 1."""
    scale = np.array(SIGNED if signed else UNSIGNED, float)
    levels = [round(float(np.interp(value, scale[:, 0], scale[:, at]))) for at in (1, 2, 3)]
    return ink_on("#" + "".join(f"{level:02X}" for level in levels))


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
