"""The faces that region attention is measured on: real ones whole and with a cover, turned ones, and synthetic ones.

What is turned is told by the five points alone: where the tip of the nose lies between the eyes, and between the
corners of the mouth (`asymmetry`). It grows with the turn of a head, and a face drawn crooked has it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.arguments import array
from ferviz.emotions import LABEL_SETS
from ferviz.faces.pasting import Cutout, five_points, paste
from ferviz.faces.sets import SyntheticSet
from ferviz.learning.recipes.region_attention import SURE
from ferviz.learning.sets import at_side, stills_of
from ferviz.measuring.entries import GROUPS, PEOPLE
from ferviz.measuring.votes import most_voted
from ferviz.models.regions import Scheme, regions_of
from ferviz.mtcnn import cascade
from ferviz.prepared import Faces
from ferviz.scores.regions import grid_boxes, in_boxes

__all__ = [
    "GRID",
    "JITTER",
    "SHARES",
    "YAWS",
    "TestFaces",
    "asymmetry",
    "by_bins",
    "covered",
    "patched",
    "pointed",
    "quarter",
    "real_faces",
    "synthetic_faces",
]

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
LABELS = LABEL_SETS["FER+"]
GRID = "grid"
"""The name of the 3 × 3 grid, beside those of `ferviz.models.regions.SCHEMES`."""
JITTER = ((0, 0, 0.95, 0.95), (0.05, 0, 1, 0.95), (0, 0.05, 0.95, 1), (0.05, 0.05, 1, 1), (0.025, 0.025, 0.975, 0.975))
"""As many slightly shifted whole faces as the paper has crops."""
YAWS = (0, 10, 20, 30, 40, 50)
"""Edges of the bins of a turn, in degrees."""
SHARES = tuple(round(0.1 * tenth, 1) for tenth in range(9))
"""Shares of a face that are covered, and the edges of their bins."""


@dataclass(frozen=True, eq=False)
class TestFaces:
    """N gray faces, each with its label.

    ``pictures`` (N, 1, S, S) uint8, ``label`` (N,) in FER+'s order, ``whose`` (N,) and what that tells apart
    (``drawn``), the five ``points`` (N, 5, 2) in pixels, ``parts`` of them by name (N,) bool, and for faces with a
    cover the share of each pixel that it takes, ``cover`` (N, S, S).
    """

    __test__ = False  # no test of pytest's

    pictures: torch.Tensor
    label: npt.NDArray[np.int64]
    whose: npt.NDArray[np.int64]
    points: Array
    parts: Mapping[str, Bools]
    drawn: str = GROUPS
    cover: Array | None = None

    def __len__(self) -> int:
        return len(self.label)

    def __getitem__(self, at: npt.NDArray[Any]) -> TestFaces:
        """Some of them, by places or bools."""
        one = np.arange(len(self))[at]
        parts = {name: there[one] for name, there in self.parts.items()}
        cover = None if self.cover is None else self.cover[one]
        pictures, points = self.pictures[torch.from_numpy(one)], self.points[one]
        return TestFaces(pictures, self.label[one], self.whose[one], points, parts, self.drawn, cover)

    @property
    def unit(self) -> str:
        """What an item is, as `Measured` names it."""
        return "faces" if self.drawn == PEOPLE else "pictures"

    def crops(self, layout: str, count: int = 5, seed: int = 0) -> Array:
        """Where the crops of a scheme, the grid or the `JITTER` lie on each face (N, K, 4), in shares of it."""
        if layout in (GRID, "jitter"):
            boxes = grid_boxes(3) if layout == GRID else np.array(JITTER, float)
        else:
            scheme: Scheme = layout  # type: ignore[assignment]  # regions_of refuses others
            shares = (self.points + 0.5) / self.pictures.shape[-1]
            boxes = regions_of(scheme, points=shares, count=count, seed=seed)
        return np.broadcast_to(boxes, (len(self), *boxes.shape[-2:]))

    def seen(self, boxes: npt.ArrayLike) -> Array:
        """The share of each box (N, K) that no cover hides; boxes (N, K, 4) in shares of the face."""
        if self.cover is None:
            raise ValueError("faces must have a cover, to say what it hides; these have none")
        return 1 - in_boxes(self.cover, np.asarray(boxes, float) * self.pictures.shape[-1])[0]


def pointed(pictures: npt.NDArray[np.uint8]) -> tuple[Array, Bools]:
    """The five points (N, 5, 2) of gray faces (N, H, W) by MTCNN's third network alone, and of which it is sure (N,).

    Where it sees no face the points are the mean of those of the others.
    """
    score, points = cascade().points_of(pictures)
    sure = score >= SURE
    usual = points[sure].mean(0) if sure.any() else points.mean(0)
    return np.where(sure[:, None, None], points, usual), sure


def asymmetry(points: npt.ArrayLike) -> Array:
    """How far the tip of the nose lies from the middle of the eyes and of the mouth (N,), signed.

    Along the line through the eyes (and through the corners of the mouth) 0 is the middle, -0.5 the left one, 0.5 the
    right one; the mean of the two. Turning the picture in its plane changes nothing.

    Parameters
    ----------
    points : array (N, 5, 2)
        Eyes, nose, corners of the mouth; the picture's left one first.

    Examples
    --------
    >>> asymmetry([[[0, 0], [4, 0], [3, 2], [0, 4], [4, 4]]])
    array([0.25])
    """
    at = array("points", points)
    if at.ndim != 3 or at.shape[1:] != (5, 2):
        raise ValueError(f"points must have shape (N, 5, 2); got {at.shape}")
    found = []
    for left, right in ((0, 1), (3, 4)):
        line = at[:, right] - at[:, left]
        length = np.square(line).sum(1)
        along = ((at[:, 2] - at[:, left]) * line).sum(1)
        found.append(np.where(length > 0, along / np.where(length > 0, length, 1), np.nan) - 0.5)
    return np.mean(found, 0)


def quarter(points: npt.ArrayLike, sure: Bools) -> Bools:
    """The quarter (N,) of the faces whose points are ``sure`` that is farthest from the middle, by `asymmetry`."""
    far = np.abs(asymmetry(points))
    known = sure & np.isfinite(far)
    found = np.zeros(len(far), bool)
    order = np.flatnonzero(known)[np.argsort(-far[known], kind="stable")]
    found[order[: len(order) // 4]] = True
    return found


def real_faces(faces: Faces, side: int) -> TestFaces:
    """Prepared real faces whose label most annotators of FER+ chose; those without such a label are left out.

    Parts: all ("whole"), the "turned" quarter, the rest ("not turned"), and those that MTCNN sees no face in ("no
    points"), which are in neither.
    """
    place, sure = most_voted(faces)
    faces = faces.select(sure)
    pictures = at_side(faces, side)
    points, seen = pointed(pictures[:, 0].numpy())
    turned = quarter(points, seen)
    parts = {"whole": np.ones(len(faces), bool), "turned": turned, "not turned": seen & ~turned, "no points": ~seen}
    return TestFaces(pictures, place[sure], faces.group, points, parts)


def covered(faces: TestFaces, cutouts: Sequence[Cutout], rng: np.random.Generator) -> TestFaces:
    """The same faces with a cover pasted onto each; its parts are all, and each kind."""
    found = paste(faces.pictures[:, 0].numpy(), faces.points, cutouts, rng)
    parts = {"covered": np.ones(len(faces), bool)}
    parts |= {f"covered, {kind}": found.kind == kind for kind in dict.fromkeys(one.kind for one in cutouts)}
    return replace(faces, pictures=torch.from_numpy(found.pictures)[:, None], parts=parts, cover=found.cover)


def patched(faces: TestFaces, share: float, rng: np.random.Generator) -> TestFaces:
    """The same faces with one gray square of this share of the area, somewhere on each; gray is the face's own mean."""
    side = faces.pictures.shape[-1]
    length = np.sqrt(share)
    corner = rng.uniform(0, 1 - length, (len(faces), 2)) * side  # x, y
    pixel = np.arange(side)
    across, down = (
        np.clip(np.minimum(low[:, None] + length * side, pixel + 1) - np.maximum(low[:, None], pixel), 0, 1)
        for low in corner.T
    )
    cover = down[:, :, None] * across[:, None]
    own = faces.pictures[:, 0].numpy().astype(float)
    mixed = own * (1 - cover) + own.mean((1, 2), keepdims=True) * cover
    pictures = torch.from_numpy(np.rint(mixed).astype(np.uint8))[:, None]
    return replace(faces, pictures=pictures, parts={"patched": np.ones(len(faces), bool)}, cover=cover)


def synthetic_faces(found: Mapping[str, SyntheticSet], side: int) -> tuple[TestFaces, dict[str, Array]]:
    """Synthetic single faces by part, as gray faces with true points; and what is known of each (N,).

    ``parts`` are those of the set ("synthetic, covered" …). Known are ``yaw``, in degrees, and the ``covered`` share.
    """
    stills = [stills_of(each, side, LABELS) for each in found.values()]
    known: dict[str, list[Any]] = {"yaw": [], "covered": [], "part": []}
    points: list[Array] = []
    for name, each in found.items():
        for one in each.each("frames", "truth.landmarks", "truth.pose", "truth.cover"):
            scale = side / one["frames"].shape[1]
            points.append((five_points(one["truth.landmarks"][0]) + 0.5) * scale - 0.5)
            known["yaw"].append(float(one["truth.pose"][0, 0]))
            known["covered"].append(float(one["truth.cover"][0].mean()))
            known["part"].append(name)
    told = {name: np.array(values) for name, values in known.items()}
    parts = {f"synthetic, {name}": told["part"] == name for name in found}
    label = torch.cat([each.target for each in stills]).argmax(1).numpy()
    whose = np.concatenate([each.group for each in stills])
    faces = TestFaces(torch.cat([s.pictures for s in stills]), label, whose, np.array(points), parts, PEOPLE)
    return faces, told


def by_bins(values: npt.ArrayLike, edges: Sequence[float]) -> dict[float, Bools]:
    """The middle of each bin that holds a value → which values (N,) it holds; the last bin takes all beyond it."""
    at, found = np.asarray(values, float), {}
    for place, (low, top) in enumerate(pairwise(edges)):
        there = (at >= low) & ((at < top) | (place == len(edges) - 2))
        if there.any():
            found[round((low + top) / 2, 4)] = there
    return found
