"""One colour for each emotion, everywhere: Okabe and Ito's palette, which the colour-blind can tell apart.

Okabe M., Ito K., "Color Universal Design" (2002). Its black is a middle grey here, so that neutral shows on a dark page
too. Colour never stands alone: lines have their own dashes as well, and every mark has its word.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ferviz.emotions import Emotion

__all__ = ["EMOTION_COLOURS", "EMOTION_DASHES", "GAP", "INK", "PAPER", "SIGNED", "UNSIGNED"]

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

INK, PAPER, GAP = "#222222", "#FFFFFF", "#8A8A8A"
"""A figure is a white card with dark ink, so that it reads the same on a light page and on a dark one."""

SIGNED = ((-1, 8, 69, 134), (-0.5, 92, 160, 210), (0, 246, 246, 244), (0.5, 240, 158, 84), (1, 158, 52, 4))
UNSIGNED = ((0, 246, 246, 244), (0.35, 244, 190, 130), (0.7, 214, 98, 30), (1, 110, 30, 4))
"""Colour scales as (place, red, green, blue): blue to orange for data with a sign, light to dark for data without. They
are the explorers' own (``charts.js``), so that a figure and an explorer can be compared; safe for the colour-blind."""
