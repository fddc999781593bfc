"""What the browser gets of the explorer *Masks*: names once, and for every view arrays as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.emotions import Emotion
from ferviz.explorers.masks import text
from ferviz.explorers.masks.faces import Looked
from ferviz.explorers.masks.net import KINDS
from ferviz.explorers.masks.state import MasksView, round_up, spread
from ferviz.explorers.masks.truth import ATTRIBUTIONS, Scored
from ferviz.explorers.shared.face_state import RANGES
from ferviz.explorers.shared.one_face import SYNTHETIC, choices
from ferviz.explorers.shared.picture import known
from ferviz.explorers.shared.scripts import floats
from ferviz.faces import studio
from ferviz.faces.expression import UNITS
from ferviz.faces.recipes import RECIPES
from ferviz.models.lbp_attention import LBPAttention

__all__ = ["DIALS", "against", "maps", "names", "picture"]

DIALS: Mapping[str, tuple[int, ...]] = {"Brows and eyes": (1, 2, 4, 5, 6), "Nose, mouth, jaw": (9, 12, 15, 20, 26)}
"""The action units that can be moved."""
MOST_MM = 15.0
"""Millimetres: the end of the truth's colours, as in the Face lab."""


def picture(face: Looked) -> npt.NDArray[np.uint8]:
    """What the network reads, as colours (S, S, 3)."""
    seen = face.pictures[0].permute(1, 2, 0).round().to("cpu").numpy().astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(seen, (*seen.shape[:2], 3)))


def names(model: LBPAttention) -> dict[str, Any]:
    """What never changes: words, ranges, the network's make."""
    return {
        "sources": [SYNTHETIC, *choices()],
        "labels": [str(label) for label in model.labels],
        "kinds": dict(KINDS),
        "trained": str(model.config.second),
        "rates": list(model.config.rates),
        "channels": model.config.branch.width,
        "methods": list(ATTRIBUTIONS),
        "emotions": {str(emotion): max(1, len(RECIPES[emotion])) for emotion in Emotion},
        "units": {
            group: [[number, studio.PLAIN[number], UNITS[number].name] for number in numbers]
            for group, numbers in DIALS.items()
        },
        "ranges": {"intensity": list(RANGES["intensity"])},
    }


def maps(view: MasksView) -> dict[str, Any]:
    """The row of pictures, the answers and the receptive field."""
    shown = ("mask", "trunk", "attended", "reconstructed")
    return {
        "size": view.picture.shape[0],
        "side": view.side,
        "face": view.picture.tobytes(),
        "texture": np.rint((view.now.texture + 1) * 127.5).astype(np.uint8).tobytes(),
        "maps": {name: floats(view.maps[name]) for name in shown},
        "limits": view.limits,
        "kind": view.kind,
        "now": [known(value) for value in view.now.probability],
        "before": [known(value) for value in view.own.probability],
        "label": view.label,
        "rates": list(view.rates),
        "reads": list(view.reads),
        "paths": floats(view.paths),
        "stretch": None if view.stretch is None else dict(zip(("from", "limit"), view.stretch, strict=True)),
    }


def against(face: Looked, view: MasksView) -> dict[str, Any] | None:
    """Gain, attribution and truth, each as bytes of −127 to 127 on a scale."""
    found = view.against
    if found is None:
        return None
    both = [one for one in (found.photo, found.texture) if one is not None]
    # a few pixels would take all the colours: what lies beyond is said at the bar's ends
    limit = round_up(max((float(np.quantile(np.abs(one.values), 0.995)) for one in both), default=1.0))
    signed = any(float(one.values.min()) < 0 for one in both)
    height, width = found.gain.values.shape
    gray = np.rint(face.clip.frames[0] @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    truth = found.truth
    return {
        "height": height,
        "width": width,
        "face": gray.tobytes(),
        "gain": _gain(found.gain, view.stretch is not None),
        "photo": found.photo and _scored(found.photo, limit, signed=signed),
        "texture": found.texture and _scored(found.texture, limit, signed=signed),
        "truth": None if truth is None else {**_map(truth, MOST_MM, signed=False), "words": text.moved(found)},
        "error": known(found.error),
    }


def _map(values: npt.NDArray[Any], limit: float, *, signed: bool) -> dict[str, Any]:
    shades = np.rint(127 * np.clip(values / limit, -1, 1)).astype(np.int8)
    digits = 0 if limit >= 10 else int(max(1, -np.floor(np.log10(limit))))
    return {
        "shades": shades.tobytes(),
        "scale": {"signed": signed, "limit": limit, "digits": digits},
        "ends": [float(values.min()), float(values.max())],
    }


def _gain(one: Scored, stretch: bool) -> dict[str, Any]:
    low, high = spread(one.values) if stretch else (0.0, 1.0)
    drawn = _map((one.values - low) / (high - low), 1.0, signed=False)
    scale = {"signed": False, "from": low, "limit": high, "digits": 2 if stretch else 1}
    return {**drawn, "scale": scale, "ends": [low, high], "flat": one.flat, "words": text.score(one)}


def _scored(one: Scored, limit: float, *, signed: bool) -> dict[str, Any]:
    return {**_map(one.values, limit, signed=signed), "flat": one.flat, "words": text.score(one)}
