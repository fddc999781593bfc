"""The synthetic faces on which masks are measured, with their truth, and every map of a face."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import safe_open
from tqdm import tqdm

import ferviz
from ferviz import Clip, scores, weights
from ferviz.attribution import attribute, quantity_map
from ferviz.attribution.methods import HELD_AGAINST
from ferviz.emotions import Emotion
from ferviz.faces.clips import draw_moments
from ferviz.faces.dealing import Entry
from ferviz.faces.planted import place
from ferviz.faces.render import render
from ferviz.faces.sets import SyntheticSet
from ferviz.learning.recipes import WEIGHTS
from ferviz.measuring.maps import fewest, spread
from ferviz.models.lbp_attention import Config, LBPAttention, texture_of
from ferviz.models.model import Model
from ferviz.models.zoo import MODELS

__all__ = ["BASELINE", "METHODS", "Face", "faces_of", "load", "look", "maps_of", "without_emotion"]

Array = npt.NDArray[Any]
BASELINE = "blur"  # knows nothing of the truth, as a render without emotion would; even gray is full of ties for LBP
METHODS: Mapping[str, Mapping[str, Any]] = {
    "integrated_gradients": {},
    "saliency": {},
    "gradient_shap": {"n_samples": 25},
    "occlusion": {"window": 8, "stride": 6},
    "grad_cam": {},
    "cam": {},
}


@dataclass(frozen=True, eq=False)
class Face:
    """One face: a clip of one frame, whom it shows, its truth as weights (H, W) and as yes or no, and its twin."""

    clip: Clip
    person: int
    label: Emotion
    truth: Array
    right: Array
    plain: Array | None = None  # (H, W, 3), the same face without its emotion

    def fixed(self, name: str) -> Array:
        """A map (H, W) that knows no network."""
        if name == "gaussian":
            return scores.centred_gaussian(self.clip.height, self.clip.width)
        pictures = torch.from_numpy(self.clip.frames).permute(0, 3, 1, 2)
        return texture_of(pictures, "sobel")[0, 0].numpy() + 1


def load(name: str) -> Model:
    """A network of the package by name, or a compact one that was trained into a folder."""
    if name in MODELS:
        return ferviz.load_model(name)
    path = Path(name) / WEIGHTS
    if not path.is_file():
        raise FileNotFoundError(f"weights must be one of {', '.join(MODELS)}, or a folder with {WEIGHTS}; got {name!r}")
    with safe_open(path, framework="pt") as file:
        colours = file.get_slice("raw_branch.conv1.weight").get_shape()[1]
    model = LBPAttention(Config.compact(colours))
    weights.load(path, model)
    return model.eval()


def faces_of(name: str, found: SyntheticSet, wanted: int, twins: int) -> list[Face]:
    """``wanted`` faces of a set, ``twins`` of them with their emotion-free render where they are stills."""
    rows = [at for at, row in enumerate(found.rows) if name == "patch" or row["label"] != "neutral"]
    chosen = [rows[at] for at in spread(len(rows), wanted)]
    drawn = {chosen[at] for at in spread(len(chosen), twins)} if name == "stills" else set()
    return [
        look(name, found[at], int(found.rows[at]["identity"]), without_emotion(found, at) if at in drawn else None)
        for at in tqdm(chosen, desc=f"{name}: faces")
    ]


def look(name: str, clip: Clip, person: int, plain: Array | None = None) -> Face:
    """The frame of a clip that is measured, with its truth."""
    known = clip.truth
    if known is None or known.changed is None or known.evidence is None:
        raise ValueError(f"clip must be synthetic, with its truth; {clip.source!r} has none")
    frame = len(clip) // 2 if name == "patch" else int(known.evidence.argmax())
    one = clip[frame]
    if name == "stills":
        truth = known.changed[frame]
        right = fewest(truth)
    else:
        right = place(one)[0]
        truth = right.astype(float)
    return Face(one, person, clip.labels["emotion"], truth, right, plain)


def without_emotion(found: SyntheticSet, at: int) -> Array:
    """The picture (H, W, 3) of the same moment of a still without its emotion, drawn anew from its plan."""
    row = {name: found.rows[at][name] for name in Entry.__dataclass_fields__}
    moments = draw_moments(Entry(**row).plan(found.settings["seed"]))
    plan, still = moments.plan, moments.without(0)
    return render(plan.person, still, moments.scenes[0], plan.size, plan.quality, moments.view).image


def maps_of(model: Model, face: Face, methods: Iterable[str] = METHODS) -> dict[str, Array]:
    """Row → map (H, W); all NaN for a flat one."""
    mask = quantity_map(model, face.clip, "mask")
    values = mask["attribution"].values[0]
    gain = scores.gain_map(model, face.clip)
    acts = gain["attribution"].values[0]
    maps = {
        "mask": _unless(mask["flat"], values),
        "mask above its mean": _unless(mask["flat"], values - values.mean()),
        "gain above its mean": _unless(gain["flat"], acts - acts.mean()),
    }
    for method in methods:
        told = dict(METHODS[method]) | ({"baseline": BASELINE} if method in HELD_AGAINST else {})
        found = attribute(model, face.clip, method, target=face.label, **told)
        inputs = ("photo", "texture") if "texture" in found else ("",)
        for name, variable, flat in zip(inputs, ("attribution", "texture"), ("flat", "texture_flat"), strict=False):
            maps[f"{method}, {name}" if name else method] = _unless(found[flat], found[variable].values[0])
    return maps


def _unless(flat: Any, values: Array) -> Array:
    return values * np.nan if flat.values[0] else values
