"""The network behind the explorer *Regions*: its features of boxes, found once, and its weights in another form."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch

from ferviz.clip import Clip
from ferviz.explorers.regions.covers import Laid, lay_cover
from ferviz.explorers.regions.maps import Maps
from ferviz.explorers.shared.face_state import FaceState
from ferviz.explorers.shared.one_face import Drawn, draw
from ferviz.explorers.shared.words import called, cut_alike
from ferviz.faces.pasting import five_points
from ferviz.models import load_model
from ferviz.models.model import on_items
from ferviz.models.region_attention import RegionAttention, Squash
from ferviz.models.regions import WHOLE, cut, regions_of
from ferviz.mtcnn import cascade
from ferviz.reading import evaluating

__all__ = ["ZOO", "Looked", "boxes_of", "drawn", "face_at", "features_of", "open_models", "opened", "squashed"]

Array = npt.NDArray[Any]

ZOO: Mapping[str, str] = {"relation": "ran", "mean": "ran-mean", "face": "ran-face"}
"""Variant → the trained network of the zoo."""
KEPT = 256  # boxes whose features are kept, of a face without and with its cover
_GRAY = np.array([0.299, 0.587, 0.114])


@dataclass(eq=False)
class Looked:
    """One face: a clip of one frame; MTCNN's five ``points`` (5, 2) in shares of it, None until they are asked for;
    ``changed`` and ``cover`` (S, S), None where the truth is not known; and what was found of it so far."""

    clip: Clip
    points: Array | None = None
    changed: Array | None = None
    cover: Array | None = None
    shown: dict[Laid | None, tuple[Clip, Array]] = field(default_factory=dict)
    features: dict[tuple[str, Laid | None], dict[tuple[float, ...], torch.Tensor]] = field(default_factory=dict)
    maps: dict[tuple[Any, ...], Maps] = field(default_factory=dict)

    def under(self, laid: Laid | None) -> tuple[Clip, Array]:
        """The face with a cover, or without, and the share of each pixel that the cover takes: the newest is kept."""
        if laid not in self.shown:
            bare = self.clip.frames[0]
            frame, share = (bare, np.zeros(bare.shape[:2])) if laid is None else lay_cover(bare, laid)
            self.shown = {key: value for key, value in self.shown.items() if key is None}
            self.shown[laid] = (Clip(frame[None], np.zeros(1), crop=self.clip.crop, source="face"), share)
            self.features = {key: value for key, value in self.features.items() if key[1] is None}
        return self.shown[laid]

    def five(self) -> Array:
        """The five points: known ones, else those that MTCNN's last network finds on the face."""
        if self.points is None:
            gray = np.rint(self.clip.frames @ _GRAY).astype(np.uint8)
            _, points = cascade().points_of(gray)
            self.points = (points[0] + 0.5) / (self.clip.width, self.clip.height)
        return self.points


def face_at(clip: Clip, frame: int, model: RegionAttention) -> Looked:
    """One frame of a clip of faces. Raises ValueError for a frame that it does not have."""
    if frame >= len(clip):
        raise ValueError(f"frame must be 0 to {len(clip) - 1}; got {frame}")
    one = replace(clip[frame], crop=model.crop)  # `usable_faces` has said what does not fit
    size, truth = (one.width, one.height), one.truth
    points = None if one.points is None or not np.isfinite(one.points).all() else one.points[0]
    if points is None and truth is not None and truth.landmarks is not None:
        points = five_points(truth.landmarks[0])
    shares = None if points is None else (points + 0.5) / size
    if truth is None or truth.changed is None or truth.cover is None:
        return Looked(one, shares)
    return Looked(one, shares, truth.changed[0], truth.cover[0].astype(float))


def drawn(state: FaceState, model: RegionAttention) -> Looked:
    """The synthetic face of a state, with its truth. Raises ValueError for a person that the generator lacks."""
    one: Drawn = draw(state)
    points = (five_points(one.truth.landmarks) - one.edge + 0.5) / one.clip.width
    clip = replace(one.clip, crop=model.crop)
    return Looked(clip, points, one.cut(one.truth.changed), one.cut(one.truth.cover).astype(float))


def boxes_of(scheme: str, variant: str, face: Looked, *, own: Any, count: int, seed: int) -> Array:
    """The whole face and the crops (N, 4), in shares of the face; NaN for one that shows nothing of it."""
    if variant == "face":
        crops = np.empty((0, 4))
    elif own is not None:
        crops = np.array(own, float).reshape(-1, 4)
    elif scheme == "landmark":
        crops = regions_of("landmark", points=face.five()[None])[0]
    else:
        crops = regions_of(cast("Any", scheme), count=count, seed=seed)
    return np.concatenate([[WHOLE], crops])


def features_of(model: RegionAttention, face: Looked, laid: Laid | None, boxes: Array) -> torch.Tensor:
    """What the backbone makes of each box (N, D), 0 for one that is not there: found once for each box and cover."""
    clip, _ = face.under(laid)
    store = face.features.setdefault((model.config.variant, laid), {})
    if len(store) > KEPT:
        store.clear()
    keys = [tuple(box.tolist()) for box in boxes]
    missing = [key for key in dict.fromkeys(keys) if key not in store and np.isfinite(key).all()]
    if missing:
        picture, at, _ = model.prepare(clip, boxes=np.array(missing) * _size(clip))
        with torch.no_grad(), evaluating(model):
            found = on_items(model.backbone, cut(picture, at[:, 1:]))[0].float().cpu()  # the face comes first of itself
        store.update(zip(missing, found, strict=True))
    empty = torch.zeros(model.config.backbone.width)
    return torch.stack([store.get(key, empty) for key in keys])


def _size(clip: Clip) -> Array:
    return np.array([clip.width, clip.height] * 2, float)


def squashed(model: RegionAttention, squash: str) -> RegionAttention:
    """The same network with its scores made into weights in another way; "" leaves it as it was trained."""
    if squash in ("", model.config.squash):
        return model
    other = copy.copy(model)  # of parts that are shared: nothing is learned here
    other.config = replace(model.config, squash=cast("Squash", squash))
    return other


def open_models(given: object) -> dict[str, RegionAttention]:
    """Networks by variant: of one, of several, of names.

    Raises
    ------
    TypeError, ValueError
        For what is no `RegionAttention`, is of another variant than it is filed under, or for none at all.
    """
    if not isinstance(given, Mapping):
        one = opened(given, "model")
        return {one.config.variant: one}
    if not given:
        raise ValueError("model must hold at least one variant; got none")
    found = {str(name): opened(model, f"model[{name!r}]") for name, model in given.items()}
    for name, model in found.items():
        if model.config.variant != name:
            raise ValueError(f"model[{name!r}] must be of that variant; got {model.config.variant!r:.200}")
    cut_alike("model", found)
    return found


def opened(given: object, what: str) -> RegionAttention:
    """A network in evaluation mode, by its name or as it is."""
    with called(what, within="name"):
        model = load_model(given) if isinstance(given, str) else given
    if not isinstance(model, RegionAttention):
        raise TypeError(f"{what} must be a RegionAttention or the name of one; got {type(model).__name__}")
    return model.eval()
