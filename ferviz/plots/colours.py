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

SIGNED, UNSIGNED = "RdBu_r", "viridis"
"""Diverging colours for data with a sign only; both scales are safe for the colour-blind."""
