"""What reads faces for region attention, and the heads that learn on a frozen body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.faces.pasting import paste
from ferviz.learning.recipes.region_attention import CUTOUTS, OFTEN, cutouts
from ferviz.learning.sets import Stills
from ferviz.measuring.keeping import kept
from ferviz.measuring.region_faces import TestFaces, pointed
from ferviz.measuring.region_heads import EPOCHS, ROWS, HeadTask, Row, Vectors, at_row, learn, vectors_kept
from ferviz.models.region_attention import RegionAttention
from ferviz.models.regions import WHOLE

__all__ = ["Lesson", "Net", "Reader", "crops_of", "heads_on", "lesson_of", "some_of"]

Array = npt.NDArray[Any]


def crops_of(faces: TestFaces, name: str) -> Array:
    """The boxes (N, K, 4) of what `Row.crops` names."""
    layout, _, count = name.partition(" ")
    return faces.crops(layout, count=int(count or 5))


@dataclass(frozen=True, eq=False)
class Reader:
    """A backbone whose vectors are kept in a folder."""

    body: RegionAttention
    folder: Path

    def whole(self, faces: TestFaces) -> Vectors:
        """The vectors of the whole faces (N, 1, D)."""
        return self._kept(faces, np.broadcast_to(WHOLE, (len(faces), 1, 4)))

    def crops(self, faces: TestFaces, name: str) -> Vectors:
        """Those of the crops of a layout, or of so many random ones ("random 3")."""
        return self._kept(faces, crops_of(faces, name))

    def _kept(self, faces: TestFaces, boxes: Array) -> Vectors:
        return vectors_kept(self.body, faces.pictures, boxes, self.folder)


@dataclass(frozen=True, eq=False)
class Net:
    """A head, or a network that was tuned, with what reads faces for it."""

    row: Row
    model: RegionAttention
    reader: Reader

    def vectors(self, faces: TestFaces, layout: str | None = None) -> Vectors:
        """What it is given of faces: by its own crops, or by those of another layout."""
        if self.row.variant == "face":
            return self.reader.whole(faces)
        crops = self.reader.crops(faces, layout or self.row.crops)
        return at_row(self.row, self.reader.whole(faces), {self.row.crops: crops})

    def kept(
        self, name: str, faces: TestFaces, boxes: Array, make: Callable[[], Mapping[str, Array]]
    ) -> dict[str, Array]:
        """Numbers that this network gives of faces and boxes, made once: see `ferviz.measuring.keeping.kept`."""
        shown = (faces.pictures, torch.from_numpy(faces.label), torch.from_numpy(np.array(boxes, float)))
        of = (*self.model.state_dict().values(), *shown)
        found = kept(self.reader.folder, name, of, lambda: {k: torch.from_numpy(v) for k, v in make().items()})
        return {key: value.numpy() for key, value in found.items()}

    @property
    def attends(self) -> bool:
        """Whether it has weights of its own."""
        return self.row.variant in ("self", "relation")


@dataclass(frozen=True, eq=False)
class Lesson:
    """Faces to learn from, with the share of each label (N, L)."""

    faces: TestFaces
    target: torch.Tensor


def lesson_of(stills: Stills, count: int, *, covers: bool) -> Lesson:
    """So many real faces, evenly spread over a set, a quarter of them with a cover that is learned with."""
    points, _ = pointed(stills.pictures[:, 0].numpy())
    label = stills.target.argmax(1).numpy()
    chosen = some_of(TestFaces(stills.pictures, label, stills.group, points, {}), count)
    target = stills.target[torch.from_numpy(_spread(len(stills), count))]
    if covers:
        rng = np.random.default_rng([0, 29])
        found = paste(chosen.pictures[:, 0].numpy(), chosen.points, cutouts(0, CUTOUTS), rng, often=OFTEN)
        pictures = torch.from_numpy(found.pictures)[:, None]
        chosen = TestFaces(pictures, chosen.label, chosen.whose, chosen.points, {})
    return Lesson(chosen, target)


def some_of(faces: TestFaces, count: int) -> TestFaces:
    """So many of the faces, evenly spread over them; all where there are fewer."""
    return faces[_spread(len(faces), count)]


def _spread(there: int, count: int) -> npt.NDArray[np.intp]:
    return np.unique(np.linspace(0, there - 1, min(count, there)).astype(np.intp))


def heads_on(
    reader: Reader,
    learned: Lesson,
    watched: Lesson,
    seed: int,
    out: Path,
    rows: Mapping[str, Row] = ROWS,
    epochs: int = EPOCHS,
) -> dict[str, Net]:
    """A head for each row, on the vectors of one body: each resumes, and is read when it is done.

    Parameters
    ----------
    reader : Reader
        Of the body.
    learned, watched : Lesson
    seed : int
        Of the heads.
    out : Path
        Where runs are kept.
    rows : mapping
    epochs : int
    """
    names = dict.fromkeys(row.crops for row in rows.values() if row.variant != "face")
    known = [
        (reader.whole(lesson.faces), {name: reader.crops(lesson.faces, name) for name in names})
        for lesson in (learned, watched)
    ]
    found = {}
    for name, row in rows.items():
        train, valid = (at_row(row, *each) for each in known)
        task = HeadTask(train, learned.target, (valid, watched.target), row.margin)
        folder = out / f"{name.replace(', ', '-').replace(' ', '-')}-{seed}"
        found[name] = Net(row, learn(row, task, seed, folder, epochs), reader)
    return found
