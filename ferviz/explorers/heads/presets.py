"""The questions that the explorer *Heads* poses, each with the view that answers it."""

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
    "Untuned?": {**PLAIN, "trained": "identity"},
    "Older by a smile?": {**PLAIN, "intensity": 1.0, "age": 60.0},
    "Another word by age?": {**PLAIN, "emotion": "neutral", "age": 88.0},
    "Half and half?": {**PLAIN, "age": 40.0, "gender": 0.5, "ethnicity": (0.3333, 0.3333, 0.3334)},
    "Hard light?": {**PLAIN, "light": 75.0, "height": 10.0, "direct": 1.0},
    "A photo?": {"source": REAL, "trained": "final", "label": ""},
}
