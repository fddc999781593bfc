"""What regions do to the answer, for many faces at once; and weights that know nothing, or one plain thing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz import scores
from ferviz.attribution import attribute
from ferviz.clip import Clip, Crop
from ferviz.measuring.region_faces import LABELS, TestFaces
from ferviz.measuring.region_heads import Vectors
from ferviz.models.region_attention import RegionAttention
from ferviz.reading import evaluating, reading
from ferviz.scores.regions import in_boxes

__all__ = [
    "ATTRIBUTED",
    "CONTROLS",
    "Answered",
    "answered",
    "attributions",
    "clip_of",
    "controls",
    "covered_drops",
    "dropped",
    "filled",
    "mean_answers",
    "others_mean",
    "top_answers",
]

Array = npt.NDArray[Any]
CONTROLS = ("permuted", "dirichlet", "area", "place", "norm", "top")
"""Weights that attention must beat: its own, dealt to the crops at random; random ones, as uneven as its own; the area
of a crop; the mean weight of its place over other faces; the length of its vector; the highest probability that the
head of the whole face gives it."""
ATTRIBUTED = ("attribution", "attribution of pixels")


@dataclass(frozen=True, eq=False)
class Answered:
    """What a network gave: ``probability`` (N, L), ``weight`` (N, K), and what each region ``adds`` to the logit of the
    face's label (N, K); NaN for a region that is not there."""

    probability: Array
    weight: Array
    adds: Array


@torch.no_grad()
def answered(model: RegionAttention, vectors: Vectors, label: npt.ArrayLike) -> Answered:
    """What comes after the backbone, on vectors of N faces with these labels (N,)."""
    with evaluating(model), reading(model, ["weight", "contribution"]) as seen:
        logits = model.pool(vectors.features, None, vectors.mask)
    place = torch.as_tensor(label)[:, None, None].expand(-1, vectors.mask.shape[1], 1)
    adds = seen["contribution"].gather(2, place)[..., 0].numpy()
    there = vectors.mask.numpy()
    weight = np.where(there, seen["weight"].numpy(), np.nan)
    return Answered(logits.softmax(-1).numpy(), weight, np.where(there, adds, np.nan))


@torch.no_grad()
def mean_answers(model: RegionAttention, vectors: Vectors) -> Array:
    """Probabilities (N, L) of the variant "face", asked of each region by itself: their mean over the regions."""
    with evaluating(model):
        each = model.classify(vectors.features).softmax(-1) * vectors.mask[..., None]
    found = each.sum(1) / vectors.mask.sum(1, keepdim=True)
    return np.asarray(found.numpy())


@torch.no_grad()
def top_answers(model: RegionAttention, vectors: Vectors) -> Array:
    """The highest probability (N, K) that the variant "face" gives each region by itself."""
    with evaluating(model):
        return np.asarray(model.classify(vectors.features).softmax(-1).amax(-1).numpy())


@torch.no_grad()
def dropped(model: RegionAttention, vectors: Vectors, label: npt.ArrayLike) -> Array:
    """How far the logit of the label falls when a region gets no weight (N, K); NaN for one that is not there.

    It is ``logit_drop`` of `ferviz.scores.removal`.
    """
    place = torch.as_tensor(label)[:, None]
    found = np.full(vectors.mask.shape, np.nan)
    with evaluating(model):
        whole = model.pool(vectors.features, None, vectors.mask).gather(1, place)[:, 0]
        for region in range(vectors.mask.shape[1]):
            left = vectors.mask.clone()
            left[:, region] = False
            at = vectors.mask[:, region] & left.any(1)
            if at.any():
                said = model.pool(vectors.features[at], None, left[at]).gather(1, place[at])[:, 0]
                found[at.numpy(), region] = (whole[at] - said).numpy()
    return found


@torch.no_grad()
def covered_drops(model: RegionAttention, vectors: Vectors, filled: Vectors, label: npt.ArrayLike) -> Array:
    """How far the logit of the label falls when one region shows the filled face and all others what they showed.

    ``filled`` are the vectors of the same regions of the filled faces. It asks what `ferviz.scores.input_replaced`
    does.
    """
    place = torch.as_tensor(label)[:, None]
    found = np.full(vectors.mask.shape, np.nan)
    with evaluating(model):
        whole = model.pool(vectors.features, None, vectors.mask).gather(1, place)[:, 0]
        for region in range(vectors.mask.shape[1]):
            at = vectors.mask[:, region]
            changed = vectors.features.clone()
            changed[:, region] = filled.features[:, region]
            said = model.pool(changed, None, vectors.mask).gather(1, place)[:, 0]
            found[at.numpy(), region] = (whole - said)[at].numpy()
    return found


def filled(faces: TestFaces) -> TestFaces:
    """The same faces, all gray, with the mean of their own pixels: what a region shows when it is covered."""
    flat = faces.pictures.float().mean((2, 3), keepdim=True).round().to(torch.uint8)
    return replace(faces, pictures=flat.expand_as(faces.pictures).contiguous())


def clip_of(faces: TestFaces) -> Clip:
    """The faces as the frames of a clip: a network of single frames answers each by itself."""
    frames = faces.pictures[:, 0].numpy()[..., None].repeat(3, -1)
    crop = Crop(frames.shape[1], 0.0)
    return Clip(frames, np.arange(len(faces), dtype=float), crop=crop, source="faces")


def attributions(model: RegionAttention, faces: TestFaces, crops: Array) -> dict[str, Array]:
    """What integrated gradients, from the blurred face on, say of the face and each crop for the label (N, 1 + K).

    ``crops`` (N, K, 4) in shares of the face. "attribution" is that of the regions' vectors, "attribution of pixels"
    the mean a pixel of what is attributed to the face's pixels through all regions at once.
    """
    side, clip = faces.pictures.shape[-1], clip_of(faces)
    found = {name: np.empty((len(faces), 1 + crops.shape[1])) for name in ATTRIBUTED}
    for at, label in enumerate(faces.label.tolist()):
        boxes = crops[at] * side
        asked = {"target": LABELS[label], "baseline": "blur", "boxes": boxes}
        vectors, pixels = (attribute(model, clip[at], level=level, **asked) for level in ("items", "pixels"))
        found["attribution"][at] = vectors["attribution"].values[0]
        whole = np.vstack([[0, 0, side, side], boxes])
        found["attribution of pixels"][at] = in_boxes(pixels["attribution"].values, whole)[0][0]
    return found


def controls(
    own: Answered, vectors: Vectors, boxes: Array, whose: Array, top: Array | None, seed: int
) -> dict[str, Array]:
    """The `CONTROLS` (N, 1 + K) of a network's own weights; ``boxes`` (N, K, 4) are those of the crops.

    What is dealt anew is dealt to the crops alone, so that the whole face keeps its weight. ``top`` (N, 1 + K) is what
    `top_answers` gives, None where there is no network of the whole face: then that control is left out.
    """
    there = vectors.mask.numpy()
    crops = there.copy()
    crops[:, 0] = False
    rng = np.random.default_rng([seed, 19])
    weight = np.where(there, own.weight, 0)
    area = np.hstack([np.ones((len(boxes), 1)), (boxes[..., 2:] - boxes[..., :2]).prod(-1)])
    dealt = {"permuted": scores.permuted(weight, crops, rng)}
    dealt["dirichlet"] = scores.uneven(weight, crops, rng) * weight[:, 1:].sum(1, keepdims=True)
    for values in dealt.values():
        values[:, 0] = weight[:, 0]
    found = {
        **dealt,
        "area": np.round(area, 9),
        "place": others_mean(own.weight, whose),
        "norm": vectors.features.norm(dim=-1).numpy(),
    }
    found |= {} if top is None else {"top": top}
    return {name: np.where(there, found[name], np.nan) for name in CONTROLS if name in found}


def others_mean(values: npt.ArrayLike, whose: npt.ArrayLike) -> Array:
    """The mean of each column (N, K) over the rows of all others than the row's own ``whose`` (N,).

    Examples
    --------
    >>> others_mean([[1.0, 0.0], [3.0, 0.0], [5.0, 6.0]], [0, 0, 1]).tolist()
    [[5.0, 6.0], [5.0, 6.0], [2.0, 0.0]]
    """
    array = np.asarray(values, float)
    _, who = np.unique(np.asarray(whose), return_inverse=True)
    known = np.isfinite(array)
    sums, counts = (np.zeros((who.max() + 1, array.shape[1])) for _ in range(2))
    np.add.at(sums, who, np.where(known, array, 0))
    np.add.at(counts, who, known)
    left = counts.sum(0) - counts[who]
    return np.where(left > 0, (sums.sum(0) - sums[who]) / np.maximum(left, 1), np.nan)
