"""Synthetic faces with the truth of their regions: what agreement of region attention is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz.arguments import choice
from ferviz.clip import Clip
from ferviz.emotions import Emotion
from ferviz.faces.pasting import five_points
from ferviz.faces.sets import SyntheticSet
from ferviz.models.regions import WHOLE, regions_of
from ferviz.scores.regions import Trivial, deal_faces, grid_boxes, region_truth, trivial

__all__ = ["LAYOUTS", "FacePool", "Layout", "boxes_of", "face_pool"]

Array = npt.NDArray[Any]
Layout = Literal["fixed", "landmark", "grid"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
"""What regions are measured: two of the schemes, and a 3 × 3 grid."""


@dataclass(frozen=True, eq=False)
class FacePool:
    """Single synthetic faces that show an emotion: ``place`` (M,) in the sets they come from, ``boxes`` (M, N, 4) in
    pixels, the whole face first, ``evidence``, ``total`` and ``covered`` (M, N), and ``people`` (M,)."""

    place: npt.NDArray[np.intp]
    boxes: Array
    evidence: Array
    total: Array
    covered: Array
    people: Array

    def __len__(self) -> int:
        return len(self.place)

    def trivial(self) -> Trivial:
        """What area and place alone tell of the evidence."""
        return trivial(self.evidence, self.boxes, self.people)

    def dealt(self, count: int, rng: np.random.Generator) -> FacePool:
        """Some of them, of which area and place tell nothing. Raises ValueError where that cannot be."""
        at = deal_faces(self.evidence, self.boxes, self.people, count, rng)
        return FacePool(*(getattr(self, name)[at] for name in self.__dataclass_fields__))


def boxes_of(clip: Clip, layout: Layout) -> Array:
    """The whole face and the regions of a layout on a synthetic clip of one frame (N, 4), in pixels.

    Raises ValueError for an unknown layout, or a clip whose truth knows no landmarks where they are needed.
    """
    choice("layout", layout, LAYOUTS)
    size = np.array([clip.width, clip.height] * 2, float)
    if layout == "grid":
        crops = grid_boxes(3)
    elif layout == "landmark":
        if clip.truth is None or clip.truth.landmarks is None:
            raise ValueError(f"clip must be a synthetic one whose truth knows landmarks; {clip.source!r} does not")
        crops = regions_of(layout, points=(five_points(clip.truth.landmarks[0])[None] + 0.5) / size[:2])[0]
    else:
        crops = regions_of(layout)
    return np.concatenate([[WHOLE], crops]) * size


def face_pool(found: Sequence[SyntheticSet], layout: Layout) -> FacePool:
    """The faces of some sets of single frames that show an emotion, and so have evidence, with the truth of regions.

    Neutral faces, and those whose every change is hidden, have no evidence and are left out; ``place`` counts them, so
    that who is there can be told.
    """
    rows, place, start = [], [], 0
    for each in found:
        for at, row in enumerate(each.rows):
            if row["label"] == Emotion.NEUTRAL:
                continue
            clip = each[at]
            boxes = boxes_of(clip, layout)
            truth = region_truth(clip, boxes)
            if np.nansum(truth.total) > 0:
                place.append(start + at)
                rows.append((boxes, truth.evidence[0], truth.total[0], truth.covered[0], row["identity"]))
        start += len(each.rows)
    if not rows:
        raise ValueError("found must hold faces that show an emotion; none of its clips does")
    return FacePool(np.array(place), *(np.array(column) for column in zip(*rows, strict=True)))
