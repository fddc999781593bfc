"""How emotions are shown: for each, several prototypes of action units, ``unit: (how often, weakest, strongest)``.

Each prototype is one that was published, named beside it, with the shares of people that its source gives where it
gives any. Strengths are for intensity 1 and our own: pictures of everyday data sets are strong. A unit written with U
(``"14U"``) is shown by one side, drawn by chance.

- Guide: Ekman, Friesen and Hager, "FACS Investigator's Guide" (2002), table 10-1: prototypes and major variants.
- Du: Du, Tao and Martinez, "Compound facial expressions of emotion" (PNAS 2014, doi:10.1073/pnas.1322355111), table 1.
- Keltner: Keltner, Sauter, Tracy and Cowen, "Emotional expression: advances in basic emotion theory" (Journal of
  Nonverbal Behavior 2019, doi:10.1007/s10919-019-00293-3), after Cordaro et al. (Emotion 2018, doi:10.1037/emo0000302).
- Matsumoto: Matsumoto and Ekman, "The relationship among expressions, labels, and descriptions of contempt" (Journal
  of Personality and Social Psychology 2004, doi:10.1037/0022-3514.87.4.529).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ferviz.emotions import Emotion

__all__ = ["RECIPES", "Recipe"]

Recipe = Mapping[int | str, tuple[float, float, float]]

_HAPPINESS: tuple[Recipe, ...] = (
    {6: (1, 0.5, 1.0), 12: (1, 1.1, 1.4), 25: (1, 1.2, 1.5)},  # Guide: 6+12
    {6: (1, 0.5, 1.0), 7: (0.5, 0.2, 0.5), 12: (1, 1.1, 1.4), 25: (1, 1.1, 1.5), 26: (1, 0.6, 1.3)},  # Keltner
    {6: (1, 0.3, 0.7), 12: (1, 1.1, 1.4), 25: (1, 1.1, 1.5), 26: (1, 0.2, 0.6)},  # Du: 12+25, of the 51 % who show 6
    {6: (1, 0.5, 1.0), 12: (1, 1.2, 1.5)},  # Guide: 6+12, the lips closed
)
_SADNESS: tuple[Recipe, ...] = (  # Guide: each with or without 64, eyes cast down; the lids follow, but stay open
    {1: (1, 1.1, 1.4), 4: (1, 0.4, 0.7), 15: (1, 1.1, 1.4), 64: (1, 0.3, 0.6), 43: (1, 0.15, 0.3)},  # Guide: 1+4+15+64
    {  # Guide: 1+4+15+17
        1: (1, 1.1, 1.4),
        4: (1, 0.5, 0.8),
        15: (1, 1.1, 1.4),
        17: (1, 0.7, 1.1),
        64: (1, 0.3, 0.6),
        43: (1, 0.15, 0.3),
    },
    {  # Keltner
        1: (1, 1.1, 1.4),
        4: (1, 0.4, 0.7),
        6: (1, 0.3, 0.6),
        15: (1, 1.0, 1.4),
        17: (1, 0.6, 1.0),
        64: (1, 0.3, 0.6),
        43: (1, 0.1, 0.2),
    },
    {  # Du: 4+15 [6, 17], of the 60 % who show 1
        1: (1, 1.1, 1.4),
        4: (1, 0.4, 0.7),
        6: (0.5, 0.3, 0.6),
        15: (1, 1.1, 1.5),
        17: (0.67, 0.6, 1.0),
        43: (1, 0.15, 0.3),
    },
)
_SURPRISE: tuple[Recipe, ...] = (
    {1: (1, 0.9, 1.1), 2: (1, 0.9, 1.1), 5: (1, 0.8, 1.1), 26: (1, 1.3, 1.5)},  # Guide: 1+2+5+26
    {1: (1, 0.9, 1.1), 2: (1, 0.9, 1.1), 5: (1, 0.8, 1.1), 27: (1, 0.6, 1.1)},  # Guide: 1+2+5+27
    {1: (1, 0.9, 1.1), 2: (1, 0.9, 1.1), 5: (0.66, 0.8, 1.1), 25: (1, 0.4, 0.8), 26: (1, 1.3, 1.5)},  # Du: 1+2+25+26
)
_ANGER: tuple[Recipe, ...] = (
    {4: (1, 1.1, 1.3), 5: (1, 0.5, 0.8), 7: (1, 0.6, 1.0), 23: (1, 0.8, 1.2)},  # Guide: 4+5+7+23
    {  # Guide: 4+5+7+10+23+25+26
        4: (1, 1.0, 1.3),
        5: (1, 0.4, 0.7),
        7: (1, 0.4, 0.8),
        10: (1, 0.3, 0.6),
        23: (1, 0.2, 0.4),
        25: (1, 1.2, 1.5),
        26: (1, 0.5, 1.2),
    },
    {4: (1, 1.1, 1.3), 7: (1, 0.5, 0.9), 24: (1, 0.6, 1.0), 17: (0.52, 0.4, 0.7), 10: (0.26, 0.3, 0.6)},  # Du: 4+7+24
    {4: (1, 1.1, 1.3), 5: (1, 0.5, 0.8), 17: (1, 0.4, 0.7), 23: (1, 0.5, 0.8), 24: (1, 0.4, 0.7)},  # Keltner
    {4: (1, 1.0, 1.3), 5: (1, 0.4, 0.7), 7: (1, 0.5, 0.9), 23: (1, 0.2, 0.4), 25: (1, 1.2, 1.5), 26: (1, 0.8, 1.4)},
)  # the last, Guide: 4+5+7+23+25+26
_DISGUST: tuple[Recipe, ...] = (
    {9: (1, 1.0, 1.3), 10: (1, 0.9, 1.3), 17: (1, 0.2, 0.5), 4: (0.31, 0.1, 0.3), 24: (0.26, 0.2, 0.4)},  # Du: 9+10+17
    {9: (1, 1.0, 1.3), 15: (1, 0.8, 1.2), 16: (1, 0.6, 1.0), 25: (0.5, 0.3, 0.6)},  # Guide: 9+16+15
    {9: (1, 0.7, 1.1), 10: (1, 1.0, 1.3), 15: (1, 0.8, 1.2), 16: (1, 0.4, 0.8), 25: (1, 0.4, 0.8)},  # Guide: 9 and 10
    {7: (1, 0.5, 0.9), 9: (1, 1.0, 1.3), 19: (1, 0.6, 0.9), 25: (1, 0.5, 0.8), 26: (1, 0.15, 0.35)},  # Keltner
)
_FEAR: tuple[Recipe, ...] = (  # Guide: 1+2+4+5+20 with 25, 26 or 27
    {1: (1, 1.0, 1.3), 2: (1, 0.2, 0.5), 4: (1, 0.6, 1.0), 5: (1, 0.9, 1.3), 20: (1, 1.0, 1.4), 25: (1, 1.0, 1.4)},
    {1: (1, 1.0, 1.3), 2: (1, 0.2, 0.5), 4: (1, 0.6, 1.0), 5: (1, 0.9, 1.3), 20: (1, 1.0, 1.4), 27: (1, 0.3, 0.6)},
    {  # Keltner
        1: (1, 1.0, 1.3),
        2: (1, 0.2, 0.5),
        4: (1, 0.6, 1.0),
        5: (1, 0.9, 1.3),
        7: (1, 0.3, 0.6),
        20: (1, 1.0, 1.4),
        25: (1, 1.0, 1.4),
    },
    {  # Du: 1+4+20+25 [2, 5, 26]
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
    {"12U": (1, 0.3, 0.6), "14U": (1, 0.6, 1.0)},  # Matsumoto: 12+14 of one side
    {"14U": (1, 0.7, 1.1)},  # Guide and Matsumoto: 14 of one side
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
