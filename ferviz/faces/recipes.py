"""How emotions are shown: for each, several recipes of action units, ``unit: (how often, weakest, strongest)``.

Their cores are combinations that Ekman and Friesen published for FACS. We know them from those who quote them, and each
recipe names the one that it was checked against:

- MPR: the most intense combinations of "FACS" (1978), table 11-1, in Methods of Psychological Research Online, issue 4,
  article 3: joy 6+12+25, sadness 1+4+15, disgust 10+17+4, anger 4+5+7+24, surprise 1+2+5+26, fear 1+2+4+5+20+25.
- Pochedly: Pochedly, Widen and Russell (Emotion 2012, doi:10.1037/a0027998), who say of the "FACS Investigator's Guide"
  (2002), table 10-1, that disgust is 9 or 10 or both.
- Wikipedia, "Facial Action Coding System": anger 4+5+7+23, contempt 12+14 of one side, disgust 9+15+16, fear
  1+2+4+5+7+20+26.

What a recipe adds to its core or leaves out, and every recipe without a source, is our choice, and so are all rates and
strengths: which units people show together, and how often, differs (Du, Tao and Martinez, PNAS 2014,
doi:10.1073/pnas.1322355111). Strengths are for intensity 1; pictures of everyday data sets are strong. A unit written
with U (``"14U"``) is shown by one side, drawn by chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ferviz.emotions import Emotion

__all__ = ["RECIPES", "Recipe"]

Recipe = Mapping[int | str, tuple[float, float, float]]

_HAPPINESS: tuple[Recipe, ...] = (
    {6: (1, 0.5, 1.0), 12: (1, 1.1, 1.4), 25: (1, 1.2, 1.5)},  # MPR
    {6: (1, 0.5, 1.0), 7: (0.5, 0.2, 0.5), 12: (1, 1.1, 1.4), 25: (1, 1.1, 1.5), 26: (1, 0.6, 1.3)},
    {6: (1, 0.3, 0.7), 12: (1, 1.1, 1.4), 25: (1, 1.1, 1.5), 26: (1, 0.2, 0.6)},
    {6: (1, 0.5, 1.0), 12: (1, 1.2, 1.5)},  # the lips closed
)
_SADNESS: tuple[Recipe, ...] = (  # MPR, most with 64, eyes cast down; the lids follow, but stay open
    {1: (1, 1.1, 1.4), 4: (1, 0.4, 0.7), 15: (1, 1.1, 1.4), 64: (1, 0.3, 0.6), 43: (1, 0.15, 0.3)},
    {
        1: (1, 1.1, 1.4),
        4: (1, 0.5, 0.8),
        15: (1, 1.1, 1.4),
        17: (1, 0.7, 1.1),
        64: (1, 0.3, 0.6),
        43: (1, 0.15, 0.3),
    },
    {
        1: (1, 1.1, 1.4),
        4: (1, 0.4, 0.7),
        6: (1, 0.3, 0.6),
        15: (1, 1.0, 1.4),
        17: (1, 0.6, 1.0),
        64: (1, 0.3, 0.6),
        43: (1, 0.1, 0.2),
    },
    {
        1: (1, 1.1, 1.4),
        4: (1, 0.4, 0.7),
        6: (0.5, 0.3, 0.6),
        15: (1, 1.1, 1.5),
        17: (0.67, 0.6, 1.0),
        43: (1, 0.15, 0.3),
    },
)
_SURPRISE: tuple[Recipe, ...] = (
    {1: (1, 0.9, 1.1), 2: (1, 0.9, 1.1), 5: (1, 0.8, 1.1), 26: (1, 1.3, 1.5)},  # MPR
    {1: (1, 0.9, 1.1), 2: (1, 0.9, 1.1), 5: (1, 0.8, 1.1), 27: (1, 0.6, 1.1)},
    {1: (1, 0.9, 1.1), 2: (1, 0.9, 1.1), 5: (0.66, 0.8, 1.1), 25: (1, 0.4, 0.8), 26: (1, 1.3, 1.5)},
)
_ANGER: tuple[Recipe, ...] = (
    {4: (1, 1.1, 1.3), 5: (1, 0.5, 0.8), 7: (1, 0.6, 1.0), 23: (1, 0.8, 1.2)},  # Wikipedia
    {
        4: (1, 1.0, 1.3),
        5: (1, 0.4, 0.7),
        7: (1, 0.4, 0.8),
        10: (1, 0.3, 0.6),
        23: (1, 0.2, 0.4),
        25: (1, 1.2, 1.5),
        26: (1, 0.5, 1.2),
    },
    {4: (1, 1.1, 1.3), 7: (1, 0.5, 0.9), 24: (1, 0.6, 1.0), 17: (0.52, 0.4, 0.7), 10: (0.26, 0.3, 0.6)},  # MPR but 5
    {4: (1, 1.1, 1.3), 5: (1, 0.5, 0.8), 17: (1, 0.4, 0.7), 23: (1, 0.5, 0.8), 24: (1, 0.4, 0.7)},
    {4: (1, 1.0, 1.3), 5: (1, 0.4, 0.7), 7: (1, 0.5, 0.9), 23: (1, 0.2, 0.4), 25: (1, 1.2, 1.5), 26: (1, 0.8, 1.4)},
)
_DISGUST: tuple[Recipe, ...] = (
    {9: (1, 1.0, 1.3), 10: (1, 0.9, 1.3), 17: (1, 0.2, 0.5), 4: (0.31, 0.1, 0.3), 24: (0.26, 0.2, 0.4)},  # MPR, with 9
    {9: (1, 1.0, 1.3), 15: (1, 0.8, 1.2), 16: (1, 0.6, 1.0), 25: (0.5, 0.3, 0.6)},  # Wikipedia
    {9: (1, 0.7, 1.1), 10: (1, 1.0, 1.3), 15: (1, 0.8, 1.2), 16: (1, 0.4, 0.8), 25: (1, 0.4, 0.8)},  # Pochedly
    {7: (1, 0.5, 0.9), 9: (1, 1.0, 1.3), 19: (1, 0.6, 0.9), 25: (1, 0.5, 0.8), 26: (1, 0.15, 0.35)},
)
_FEAR: tuple[Recipe, ...] = (  # the first: MPR; the third, but for 26: Wikipedia
    {1: (1, 1.0, 1.3), 2: (1, 0.2, 0.5), 4: (1, 0.6, 1.0), 5: (1, 0.9, 1.3), 20: (1, 1.0, 1.4), 25: (1, 1.0, 1.4)},
    {1: (1, 1.0, 1.3), 2: (1, 0.2, 0.5), 4: (1, 0.6, 1.0), 5: (1, 0.9, 1.3), 20: (1, 1.0, 1.4), 27: (1, 0.3, 0.6)},
    {
        1: (1, 1.0, 1.3),
        2: (1, 0.2, 0.5),
        4: (1, 0.6, 1.0),
        5: (1, 0.9, 1.3),
        7: (1, 0.3, 0.6),
        20: (1, 1.0, 1.4),
        25: (1, 1.0, 1.4),
    },
    {
        1: (1, 1.0, 1.3),
        2: (0.57, 0.2, 0.5),
        4: (1, 0.6, 1.0),
        5: (0.63, 0.9, 1.3),
        20: (1, 1.0, 1.4),
        25: (1, 1.0, 1.4),
        26: (0.33, 0.6, 1.2),
    },
)
_CONTEMPT: tuple[Recipe, ...] = (
    {"12U": (1, 0.3, 0.6), "14U": (1, 0.6, 1.0)},  # Wikipedia
    {"14U": (1, 0.7, 1.1)},
)

RECIPES: Mapping[Emotion, tuple[Recipe, ...]] = MappingProxyType(
    {
        Emotion.NEUTRAL: (),
        Emotion.HAPPINESS: _HAPPINESS,
        Emotion.SADNESS: _SADNESS,
        Emotion.SURPRISE: _SURPRISE,
        Emotion.ANGER: _ANGER,
        Emotion.DISGUST: _DISGUST,
        Emotion.FEAR: _FEAR,
        Emotion.CONTEMPT: _CONTEMPT,
    }
)
"""No recipe stands for doing nothing."""
