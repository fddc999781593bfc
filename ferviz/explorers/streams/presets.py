"""The questions that the explorer *Two streams* poses, each with the view that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["PRESETS"]

PLAIN: Mapping[str, Any] = {
    "label": "",
    "second": 0.0,
    "position": None,
    "pair": None,
    "video": "seen",
    "audio": "heard",
    "cover": 0.0,
    "voice_of": "",
    "shift": 0.0,
    "noise": None,
    "frame_weights": None,
    "voice_weights": None,
    "plays": "sound",
    "tab": "streams",
    "numbers": "clip",
}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "Agreed?": {**PLAIN, "clip": "happiness-voice-agree"},
    "At odds?": {**PLAIN, "clip": "happiness-voice-conflict"},
    "Only voice?": {**PLAIN, "clip": "sadness-voice-only"},
    "No voice?": {**PLAIN, "clip": "happiness-voice-conflict", "audio": "gone"},
    "Silence?": {**PLAIN, "clip": "happiness-voice-conflict", "audio": "silent"},
    "Another's?": {**PLAIN, "clip": "happiness-voice-agree", "voice_of": "anger-voice-agree"},
    "In noise?": {**PLAIN, "clip": "anger-voice-agree", "noise": 0.0},
    "Covered?": {**PLAIN, "clip": "anger-voice-agree", "cover": 0.5},
    "By hand?": {"tab": "fusion", "numbers": "example"},
}
