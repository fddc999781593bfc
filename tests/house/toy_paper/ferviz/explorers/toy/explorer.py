"""*ToyLab*: a face, and what a toy's mask lets through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ferviz.clip import Clip
from ferviz.explorers.shared.faces import Source, SourceState
from ferviz.explorers.shared.model import check_reader
from ferviz.explorers.shared.picture import encode
from ferviz.explorers.shared.scripts import floats
from ferviz.explorers.shared.source import SourceExplorer
from ferviz.models.model import Model
from ferviz.observe import observe

__all__ = ["ToyLab", "ToyState", "ToyView"]


@dataclass(frozen=True)
class ToyState(SourceState):
    """Which picture is looked at."""

    clip: str = "astronaut"


@dataclass(frozen=True, eq=False)
class ToyView:
    """``mask`` (16, 16) and ``probability`` (7,) of the first frame."""

    mask: npt.NDArray[np.float32]
    probability: npt.NDArray[np.float32]


class ToyLab(SourceExplorer):
    """A face and its mask. ``clip`` is what `SourceExplorer` takes, ``model`` names a network that has a ``mask``."""

    NAME = "toy"
    TITLE = "What is let through?"
    MODEL = "toy"
    State = ToyState

    def __init__(self, clip: object = ToyState.clip, model: str | Model = MODEL, *, large: bool = False) -> None:
        self.model = check_reader(self.open_model(model))
        super().__init__(clip, large=large)

    def look(self, source: Source, face: int) -> tuple[Clip, xr.Dataset]:
        faces = source.cut(face, self.model.crop)
        return faces, observe(self.model, faces)

    def sheet(self) -> dict[str, Any]:
        faces, _ = self.looked()
        return {"face": encode(faces.frames[0]), "labels": [str(label) for label in self.model.labels]}

    def compute(self, state: ToyState) -> ToyView:
        _, seen = self.looked(state)
        return ToyView(seen["mask"].values[0], seen["emotion_probability"].values[0])

    def drawing(self, view: ToyView) -> dict[str, Any]:
        return {"mask": floats(view.mask), "side": len(view.mask), "now": [float(p) for p in view.probability]}

    def describe_view(self) -> str:
        first = int(self.view.probability.argmax())
        return f"label: {list(self.model.labels)[first]} {self.view.probability[first]:.2f}."
