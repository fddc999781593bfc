"""What of the face moves each head, and what raises one number of the feature: worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr

from ferviz.attribution import attribute
from ferviz.clip import Clip
from ferviz.explorers.shared.face_state import HeadState
from ferviz.explorers.shared.one_face import shot
from ferviz.explorers.shared.picture import shrunk
from ferviz.models.identity import BodyModel
from ferviz.models.multi_task import MultiTask
from ferviz.observe import observe

__all__ = ["MOVES", "STEPS", "Spread", "head_map", "moved", "raised"]

Array = npt.NDArray[Any]

STEPS = 24
"""Of integrated gradients: a map in a tenth of a second, whose sum stays within about a tenth of what it should be."""
WAY: Mapping[str, Any] = MappingProxyType({"n_steps": STEPS, "baseline": "blur"})

MOVES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "expression at 1": {"intensity": 1.0},
        "expression at 0": {"intensity": 0.0},
        "age 80": {"age": 80.0},
        "age 20": {"age": 20.0},
        "gender 1": {"gender": 1.0},
        "gender 0": {"gender": 0.0},
        "turned to 30°": {"yaw": 30.0},
        "light from 75°": {"light": 75.0},
    }
)
"""Where the dials are moved to, one at a time."""


@dataclass(frozen=True, eq=False)
class Spread:
    """Integrated gradients of one number over the face, held against the face blurred.

    ``values`` (S, S) are in times their own mean size, so that maps of numbers with different units share a scale: 1
    where a pixel has as much as each would have if all had alike. ``total`` is what they add up to before that, in the
    number's own unit, ``error`` how far that stays from the difference of the face and its baseline; ``flat``: there is
    no shape in it.
    """

    values: Array
    total: float
    error: float
    flat: bool


def head_map(model: MultiTask, clip: Clip, head: str, label: str) -> Spread:
    """What of the face moves a head that says something of it: the logit of a label, the mean age, the logit of gender,
    or that of the most probable shape."""
    asked: dict[str, dict[str, Any]] = {
        "emotion": {"head": "emotion", "target": label},
        "age": {"target": _years},
        "gender": {"target": _gender},
        "ethnicity": {"head": "ethnicity"},
    }
    return _spread(attribute(model, clip, **asked[head], **WAY), model)


def _years(said: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The mean over all ages. What is read out of the two most probable jumps where the pair changes, and its slope
    knows of two neighbours alone: gradients would not add up to what it does."""
    share = said["age"].softmax(1)
    return (share * torch.arange(1, share.shape[1] + 1, device=share.device)).sum(1)


def _gender(said: Mapping[str, torch.Tensor]) -> torch.Tensor:
    return torch.logit(said["gender"], eps=1e-6)  # the sigmoid of a sure answer has no slope


def _spread(found: xr.Dataset, model: MultiTask) -> Spread:
    values = found["attribution"].values[0]
    small = shrunk(values, model.body.side)
    size = float(np.abs(small).mean())
    total, error = float(values.sum()), float(found["convergence_error"].values[0])
    return Spread(small / size if size else small, total, error, bool(found["flat"].values[0]))


class _Body(BodyModel):
    """The body alone: each number of its feature is an output, to be asked like a logit."""

    def __init__(self, model: MultiTask) -> None:
        with torch.device("meta"):  # the weights are the model's
            super().__init__(model.body)
        self.backbone = model.backbone
        self.labels = {"number": tuple(map(str, range(model.body.backbone.width)))}

    def forward(self, face: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"number": self.features(face)}


def raised(model: MultiTask, clip: Clip, channel: int) -> Spread:
    """What of a face raises one number of the feature."""
    return _spread(attribute(_Body(model), clip, head="number", target=str(channel), **WAY), model)


def moved(model: MultiTask, clip: Clip, state: HeadState) -> dict[str, Array]:
    """How far each of `MOVES` moves the numbers of the feature (D,), from the face that a state draws."""
    faces = [clip, *(replace(shot(replace(state, **move))[1], crop=model.crop) for move in MOVES.values())]
    before, *after = (observe(model, one)["feature"].values[0] for one in faces)
    return {name: values - before for name, values in zip(MOVES, after, strict=True)}
