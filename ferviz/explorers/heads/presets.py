"""The questions that the explorer *Heads* poses: each changes one thing of the first view, and asks what follows it."""

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
    "seed": 8,
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
    "At 80 years?": {**PLAIN, "age": 80.0},
    "Gender 0.5?": {**PLAIN, "gender": 0.5},
    "Hard light?": {**PLAIN, "light": 75.0, "height": 10.0, "direct": 1.0},
    "A photo?": {"source": REAL, "trained": "final", "label": ""},
}
