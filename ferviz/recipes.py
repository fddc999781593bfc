"""How the networks that ship were trained, as functions: `ferviz train` and data_scripts/train_zoo.py call them.

A compact backbone first learns single faces, real ones and synthetic ones together: both gray, cut alike, 48 pixels a
side and with the same prior of labels, so that nothing is gained by telling them apart. Then the four variants of FAN
learn synthetic clips from it, end to end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import nn

from ferviz.datasets import Stills, clips_of, join, stills_from, stills_of
from ferviz.faces.sets import read
from ferviz.models.frame_attention import Config, FrameAttention, Variant
from ferviz.prepared import Faces, read_faces
from ferviz.tasks import ClipTask, StillTask
from ferviz.training import Schedule, fit, luck

__all__ = [
    "BACKBONE",
    "FAMILIES",
    "FAN",
    "HELD_OUT",
    "TUNING",
    "Recipe",
    "backbone_task",
    "built",
    "faces_for_training",
    "train_backbone",
    "train_fan",
]

FAN: Mapping[str, Variant] = MappingProxyType(
    {"fan": "relation", "fan-self": "self", "fan-pool": "pool", "fan-mean": "mean"}
)
"""The names of the trained networks → the variants of FAN."""

HELD_OUT = 3000  # Training pictures that every choice was made on
FAMILIES = ("intensity", "degraded", "off_label")


@dataclass(frozen=True)
class Recipe:
    """A schedule, and what belongs to it."""

    schedule: Schedule
    backbone_scale: float = 1.0  # of the learning rate


BACKBONE = Recipe(Schedule(epochs=12, batch=128, rate=0.1, weight_decay=5e-4))
TUNING = Recipe(Schedule(epochs=6, batch=48, rate=0.02, weight_decay=1e-4), backbone_scale=0.25)


def built(variant: Variant, seed: int) -> FrameAttention:
    """A compact FAN with first weights that follow from the seed."""
    with torch.random.fork_rng():
        torch.manual_seed(luck(seed, 7).initial_seed())
        return FrameAttention(Config.compact(variant))


def faces_for_training(folder: Path) -> tuple[Faces, Faces]:
    """The Training part of prepared FER2013: what is learned from, and the 3,000 pictures that are held out."""
    faces = read_faces(folder)
    faces = faces.select(faces.part == "Training")
    keep, held_out = faces.hold_out(HELD_OUT, np.random.default_rng(0))
    return faces.select(keep), faces.select(held_out)


def backbone_task(faces: Path, clips: Path) -> StillTask:
    """Real and synthetic faces with one prior: the square root of FER2013's, made to sum to 1."""
    side = Config.compact().side
    train, held_out = (stills_from(part, side) for part in faces_for_training(faces))

    def synthetic(split: str) -> Stills:
        return join(stills_of(read(clips, split=split, part=part), side) for part in ("stills", "covered", "turned"))

    prior = train.prior().sqrt()
    prior = prior / prior.sum()
    both = join([train.with_prior(prior), synthetic("train").with_prior(prior)])
    return StillTask(both, {"real": held_out, "synthetic": synthetic("validation")})


def train_backbone(
    faces: Path, clips: Path, out: Path, *, recipe: Recipe = BACKBONE, fabric: Fabric | None = None
) -> FrameAttention:
    """The frame classifier of the variant mean, on single faces; resumes in ``out``."""
    model = built("mean", recipe.schedule.seed)
    fit(model, backbone_task(faces, clips), recipe.schedule, out, fabric=fabric)
    return model


def train_fan(
    variant: Variant,
    clips: Path,
    backbone: nn.Module,
    out: Path,
    *,
    recipe: Recipe = TUNING,
    fabric: Fabric | None = None,
) -> FrameAttention:
    """A variant of FAN on synthetic clips, end to end from a trained backbone; resumes in ``out``."""
    model = built(variant, recipe.schedule.seed)
    model.backbone.load_state_dict(backbone.state_dict())
    side = model.config.side
    sets = {
        split: clips_of([read(clips, split=split, part=family) for family in FAMILIES], side)
        for split in ("train", "validation")
    }
    task = ClipTask(sets["train"], sets["validation"], alone=variant == "mean")
    fit(model, task, recipe.schedule, out, fabric=fabric, optimise=lambda m: _groups(m, recipe.backbone_scale))
    return model


def _groups(model: nn.Module, scale: float) -> list[dict[str, object]]:
    own = [p for name, p in model.named_parameters() if not name.startswith("backbone.")]
    return [{"params": list(model.get_submodule("backbone").parameters()), "scale": scale}, {"params": own}]
