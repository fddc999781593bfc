"""What the mask adds, attribution and truth of one face side by side, with what each map scores against the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.attribution import attribute
from ferviz.explorers.masks.faces import Looked
from ferviz.faces import studio
from ferviz.models.lbp_attention import LBPAttention
from ferviz.scores import Mass, gain_map, mass_on_truth, pointing_game

__all__ = ["ATTRIBUTIONS", "Against", "Scored", "against", "explain", "most_moved"]

Array = npt.NDArray[np.float32]

ATTRIBUTIONS: Mapping[str, Mapping[str, Any]] = {
    "integrated_gradients": {"n_steps": 24, "baseline": "blur"},
    "grad_cam": {},
    "saliency": {},
    "occlusion": {"baseline": "blur"},
}
"""Methods on offer, with options that keep an answer within about a second."""
HIT = 0.5


@dataclass(frozen=True, eq=False)
class Scored:
    """A map (H, W) on the picture's pixels; whether it is ``flat``; and, where the truth is known, its ``mass`` on it
    and whether its highest place ``hit`` where the emotion moves at least half as far as anywhere (`pointing_game`)."""

    values: Array
    flat: bool
    mass: Mass | None
    hit: float | None


@dataclass(frozen=True, eq=False)
class Against:
    """The network as it was trained, one face: ``gain``, what the mask adds (`ferviz.scores.gain_map`), scored by what
    lies above its mean, since a sigmoid starts at one half; ``photo`` and ``texture``, where the logit of ``label``
    comes from by ``method`` (None before it is worked out, or where a method tells none); ``truth`` (H, W) in mm, None
    where it is not known; ``moved``, the regions that the emotion moves most; ``error``, how far the attributions' sum
    stays from the logit's difference, NaN where that means nothing."""

    method: str
    label: str
    gain: Scored
    photo: Scored | None
    texture: Scored | None
    truth: Array | None
    moved: list[tuple[str, float]]
    error: float

    @property
    def still(self) -> bool:
        """Whether the truth is known, and nothing moves."""
        return self.truth is not None and float(self.truth.max()) < studio.FLAT_MM


def against(model: LBPAttention, face: Looked, method: str, label: str) -> Against:
    """What is known of a face so far: an attribution is there once `explain` has made it."""
    if face.gain is None:
        face.gain = gain_map(model, face.clip)
    gain, found = face.gain["attribution"].values[0], face.attributions.get((method, label))
    photo = texture = None
    error = float("nan")
    if found is not None:
        photo = _score(found["attribution"].values[0], bool(found["flat"].values[0]), face.truth)
        if "texture" in found:
            texture = _score(found["texture"].values[0], bool(found["texture_flat"].values[0]), face.truth)
        if "convergence_error" in found:
            error = float(found["convergence_error"].values[0])
    return Against(
        method=method,
        label=label,
        gain=_score(gain, bool(face.gain["flat"].values[0]), face.truth, less=float(gain.mean())),
        photo=photo,
        texture=texture,
        truth=face.truth,
        moved=face.moved,
        error=error,
    )


def explain(model: LBPAttention, face: Looked, method: str, label: str) -> None:
    """Work an attribution out, once; what needs a baseline holds the face against itself blurred.

    Not against itself at rest, where that is known: the values would be 0 wherever both are alike, so that a map would
    lie on the truth by construction.
    """
    if (method, label) in face.attributions:
        return
    face.attributions[method, label] = attribute(model, face.clip, method, target=label, **ATTRIBUTIONS[method])


def _score(values: npt.NDArray[Any], flat: bool, truth: Array | None, less: float = 0.0) -> Scored:
    values = values.astype(np.float32)
    if truth is None or truth.max() < studio.FLAT_MM:
        return Scored(values, flat, None, None)
    hit = pointing_game(values, most_moved(truth), flat=flat)
    return Scored(values, flat, mass_on_truth(values - less, truth, flat=flat), hit)


def most_moved(truth: Array) -> npt.NDArray[np.bool_]:
    """Where the emotion moves at least half as far as anywhere: what the pointing game takes for right."""
    return truth >= HIT * truth.max()
