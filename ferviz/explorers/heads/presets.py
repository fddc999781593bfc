"""The questions that the explorer *Heads* poses: each changes one thing of the first view, and asks what follows it.

One face is one face. This one was chosen since the heads of `mtl` err on it in the order in which they err on average
over people of no training, as lesson 06 has it: least before the body was tuned, most under the old heads. That holds
of gender, and of age by the mean over all ages; what is read out of two ages is the same under old heads and new ones.
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
