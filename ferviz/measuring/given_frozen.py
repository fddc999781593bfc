"""What a body holds before it is tuned: a linear classifier of its feature, beside networks that learned nothing.

The rows "head only" of `ferviz.measuring.given_rows` are no measure of a frozen body: of FaceRes the head stands on a
hidden layer that was fitted to age and gender, learns with dropout, and for an epoch or four.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from ferviz.learning.sets import Examples
from ferviz.measured import Measured
from ferviz.measuring.given_rows import SIDE, Given, Whose, drawn_faces, start_of
from ferviz.measuring.keeping import kept
from ferviz.measuring.multi_task_study import RealFaces
from ferviz.models.given import OnGivenBody
from ferviz.seeds import seeded

__all__ = ["FROZEN", "Frozen", "of_frozen"]

Array = npt.NDArray[Any]
LEARNED, HELD_OUT = 5_000, 1_000
"""Training faces that a classifier learns, and those by which its penalty is chosen."""
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)
"""Of which one is chosen: the inverse of the penalty, as scikit-learn has it."""
WHAT = "accuracy of a linear classifier"
PIXELS = "pixels"
_BATCH = 50


@dataclass(frozen=True)
class Frozen:
    """A row: whose body (None: FaceRes's, as it is before it learns anything), the side of its faces, which vector."""

    body: Whose | None
    side: int
    vector: str = "feature"

    def load(self, file: Path | None, pictures: torch.Tensor) -> OnGivenBody:
        """Its network, frozen. One that learned nothing has the batch norms that ``pictures`` give it."""
        if self.body is not None:
            return start_of(self.body, self.side, file)[0].eval()
        with seeded(0, 12):
            model = Given("FaceRes", {}, self.side).build()
        for part in model.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.momentum = None  # the mean over all batches
        with torch.no_grad():
            for batch in pictures.split(_BATCH):
                model.train().features(*model.inputs(batch))
        return model.eval()


FROZEN: Mapping[str, Frozen] = MappingProxyType(
    {f"FaceRes, {side} px": Frozen("FaceRes", side) for side in (96, 160, 224)}
    | {f"FaceRes, {side} px, hidden layer": Frozen("FaceRes", side, "hidden") for side in (96, 224)}
    | {f"ImageNet, {side} px": Frozen("ImageNet", side) for side in (96, 224)}
    | {f"untrained MobileNet, {side} px": Frozen(None, side) for side in (96, 224)}
    | {PIXELS: Frozen(None, SIDE, PIXELS)}
)
"""By a linear classifier each: of the feature, or of FaceRes's hidden layer. Controls are a body that learned nothing,
and the pixels themselves, the harder one: so deep a body's first weights leave little but noise."""
_LESS = (
    ("FaceRes, 224 px", "FaceRes, 96 px"),
    *((row, PIXELS) for row in ("FaceRes, 224 px", "FaceRes, 96 px", "ImageNet, 224 px", "ImageNet, 96 px")),
    ("FaceRes, 224 px, hidden layer", "FaceRes, 224 px"),
    ("FaceRes, 96 px, hidden layer", "FaceRes, 96 px"),
)


@torch.no_grad()
def _vectors(model: OnGivenBody, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
    """The feature (N, D) of faces, and the hidden layer (N, H) of a network that has one."""
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # it is twice as quick
    feature = torch.cat([model.features(*model.inputs(batch)) for batch in pictures.split(_BATCH)])
    if "shared" not in model.hidden_layers:
        return {"feature": feature}
    return {"feature": feature, "hidden": model.hidden_layers["shared"](feature)[-1]}


def of_frozen(
    faces: Path, runs: Path, real: RealFaces, files: Mapping[Whose, Path | None], *, learned: int | None = None
) -> tuple[list[Measured], list[str]]:
    """Accuracy on PublicTest of a classifier for each row of `FROZEN`, differences of some, and the rows whose body is
    not on this machine. All intervals are over pictures alone: of other draws of faces to learn nothing is said.

    Parameters
    ----------
    faces : Path
        Prepared FER2013.
    runs : Path
        A folder, which keeps the vectors: of 224 pixels they take a core ten minutes a body.
    real : RealFaces
        What is asked.
    files : mapping
        Where each body is; None for FaceRes is ferviz's cache folder.
    learned : int, optional
        Training faces that a classifier learns, `LEARNED` unless given.
    """
    task = drawn_faces(faces, 0, learned or LEARNED)
    held_out = task.validation["held-out"]
    parts = task.train, held_out[torch.arange(min(HELD_OUT, len(held_out)))]
    pictures = torch.cat([*(part.raw["pictures"] for part in parts), real.pictures])
    right: dict[str, Array] = {}
    missing = []
    for name, row in FROZEN.items():
        if row.vector == PIXELS:
            vectors = pictures.flatten(1).float()
        else:
            try:
                model = row.load(files.get(row.body) if row.body else None, parts[0].raw["pictures"])
            except FileNotFoundError:
                missing.append(name)
                continue
            of = (*model.state_dict().values(), pictures)
            vectors = kept(runs, f"frozen-{row.side}", of, partial(_vectors, model, pictures))[row.vector]
        right[name] = _right(vectors.numpy(), parts, real)
    found = [real.alone(name, values, what=WHAT, seeds=(0,)) for name, values in right.items()]
    for name, than in _LESS:
        if name in right and than in right:
            less = real.alone(name, right[name] - right[than], what=f"difference in {WHAT}", than=than, seeds=(0,))
            found.append(replace(less, p=None))  # of one classifier each: no verdict
    return found, missing


def _right(vectors: Array, parts: tuple[Examples, Examples], real: RealFaces) -> Array:
    """Whether a classifier is right of each face of PublicTest (N,), its penalty chosen on held-out Training faces."""
    train, held_out = (part.targets["emotion"].argmax(1).numpy() for part in parts)
    first, then = len(train), len(train) + len(held_out)
    best = max(
        (_classifier(strength).fit(vectors[:first], train) for strength in STRENGTHS),
        key=lambda one: one.score(vectors[first:then], held_out),
    )
    right: Array = (best.predict(vectors[then:]) == real.board.group.label).astype(float)
    return right


def _classifier(strength: float) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))
