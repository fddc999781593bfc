"""The questions that the explorer *Heads* poses: each changes one thing of the first view, and asks what follows it.

One face is one face. This one was chosen since what the heads of `mtl` make of it goes the way of the mean over people
of no training, which lesson 06 has: gender and the mean age are nearest to the drawn ones before the body was tuned,
farthest under the old heads, and in between under new ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ferviz.explorers.shared.one_face import REAL, SYNTHETIC

__all__ = ["PRESETS"]

PLAIN: Mapping[str, Any] = {
    "source": SYNTHETIC,
    "trained": "final",
    "label": "",
    "emotion": "happiness",
    "way": 1,
    "units": None,
    "intensity": 0.8,
    "seed": 20,
    "age": None,
    "gender": None,
    "ethnicity": None,
    "yaw": 0.0,
    "pitch": 0.0,
    "roll": 0.0,
    "light": -30.0,
    "height": 30.0,
    "direct": 0.5,
    "cover": "none",
}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "Four answers?": PLAIN,
    "Before tuning?": {**PLAIN, "trained": "identity"},
    "Old heads?": {**PLAIN, "trained": "tuned"},
    "No smile?": {**PLAIN, "emotion": "neutral"},
    "At 20 years?": {**PLAIN, "age": 20.0},
    "Gender 0.5?": {**PLAIN, "gender": 0.5},
    "Hard light?": {**PLAIN, "light": 75.0, "height": 10.0, "direct": 1.0},
    "A photo?": {"source": REAL, "trained": "final", "label": ""},
}
