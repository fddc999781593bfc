"""The questions that the explorer *Regions* poses, each with the view that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ferviz.explorers.shared.one_face import SYNTHETIC

__all__ = ["PRESETS"]

PLAIN: Mapping[str, Any] = {
    "variant": "relation",
    "squash": "",
    "scheme": "fixed",
    "boxes": None,
    "region": 0,
    "label": "",
    "dropped": (),
    "values": None,
    "moves": "weight",
    "margin": 0.1,
    "cover": "",
}
SMILE: Mapping[str, Any] = {
    **PLAIN,
    "source": SYNTHETIC,
    "emotion": "happiness",
    "way": 1,
    "units": None,
    "intensity": 0.8,
    "seed": 8,
    "yaw": 0.0,
    "pitch": 0.0,
}


def _covered(kind: str, x: float, y: float, size: float) -> Mapping[str, Any]:
    return {**SMILE, "cover": kind, "cover_x": x, "cover_y": y, "cover_size": size}


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "Face or crop?": SMILE,
    "Under a mask?": _covered("mask", 0.5, 0.76, 0.8),
    "Under a hand?": _covered("hand", 0.3, 0.42, 0.5),
    "Turned: which side?": {**SMILE, "yaw": 45.0},
    "With a softmax?": {**SMILE, "squash": "softmax"},
    "Six times the face?": {**SMILE, "boxes": ((0.0, 0.0, 1.0, 1.0),) * 5},
}
