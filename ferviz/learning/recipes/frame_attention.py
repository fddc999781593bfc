"""Frame attention: first a backbone, then the variants.

A compact backbone first learns single faces, real ones and synthetic ones together: both gray, cut alike, 48 pixels a
side and with the same prior of labels, so that nothing is gained by telling them apart. Then the four variants of FAN
learn synthetic clips from it, end to end.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import torch
from lightning_fabric import Fabric
from torch import nn

from ferviz import weights
from ferviz.faces.sets import SyntheticSet, read
from ferviz.learning.loop import Schedule, fit, make_fabric
from ferviz.learning.recipes.common import (
    WEIGHTS,
    Recipe,
    faces_for_training,
    keep,
    known,
    synthetic_stills,
    told,
    told_faces,
)
from ferviz.learning.sets import clips_of, join, stills_from
from ferviz.learning.tasks import ClipTask, StillTask
from ferviz.models.frame_attention import Config, FrameAttention, Variant
from ferviz.seeds import luck
from ferviz.weights import Card

__all__ = [
    "BACKBONE",
    "FAMILIES",
    "FAN",
    "TUNING",
    "backbone_task",
    "built",
    "fan_sets",
    "train",
    "train_backbone",
    "train_fan",
]

FAN: Mapping[str, Variant] = MappingProxyType(
    {"fan": "relation", "fan-self": "self", "fan-pool": "pool", "fan-mean": "mean"}
)
"""The names of the trained networks → the variants of FAN."""

FAMILIES = ("intensity", "degraded", "off_label")

BACKBONE = Recipe(Schedule(epochs=12, batch=128, rate=0.1, weight_decay=5e-4))
TUNING = Recipe(Schedule(epochs=6, batch=48, rate=0.02, weight_decay=1e-4), backbone_scale=0.25)


def built(variant: Variant, seed: int) -> FrameAttention:
    """A compact FAN with first weights that follow from the seed."""
    with torch.random.fork_rng():
        torch.manual_seed(luck(seed, 7).initial_seed())
        return FrameAttention(Config.compact(variant))


def backbone_task(faces: Path, clips: Path) -> StillTask:
    """Real and synthetic faces with one prior: the square root of FER2013's, made to sum to 1."""
    side = Config.compact().side
    train, held_out = (stills_from(part, side) for part in faces_for_training(faces))

    prior = train.prior().sqrt()
    prior = prior / prior.sum()
    both = join([train.with_prior(prior), synthetic_stills(clips, "train", side).with_prior(prior)])
    return StillTask(both, {"real": held_out, "synthetic": synthetic_stills(clips, "validation", side)})


def train_backbone(
    faces: Path, clips: Path, out: Path, *, recipe: Recipe = BACKBONE, fabric: Fabric | None = None
) -> FrameAttention:
    """The frame classifier of the variant mean, on single faces; resumes in ``out``.

    Leaves `WEIGHTS` and their card in ``out``.

    Raises
    ------
    FileNotFoundError, ValueError
        When a set is missing or damaged, or ``out`` holds another run.
    """
    task = backbone_task(faces, clips)
    model = built("mean", recipe.schedule.seed)
    fabric = fabric or make_fabric()
    history = fit(model, task, recipe.schedule, out, fabric=fabric)
    card = Card(
        name="fan-backbone",
        model=type(model).__name__,
        summary="Labels single faces: the frame classifier whose backbone all variants of frame attention start from.",
        data=(told_faces(faces), told(clips, "synthetic stills")),
        command="ferviz train backbone",
        **known(recipe, history, fabric),
    )
    keep(model, out, card, fabric)
    return model


def train_fan(
    variant: Variant,
    clips: Path,
    backbone: Path,
    out: Path,
    *,
    faces: Path | None = None,
    recipe: Recipe = TUNING,
    fabric: Fabric | None = None,
) -> FrameAttention:
    """A variant of FAN on synthetic clips, end to end from a trained backbone; resumes in ``out``.

    ``backbone`` is the folder that `train_backbone` wrote. With ``faces`` the single faces, real and synthetic, that
    the backbone has learned are learned on beside the clips; without them it forgets much of what it knew of real ones.
    Leaves `WEIGHTS` and their card in ``out``.

    Raises
    ------
    FileNotFoundError, ValueError
        When the set or the backbone is missing or damaged, or ``out`` holds another run.
    """
    model, start = built(variant, recipe.schedule.seed), built("mean", 0)
    started = weights.load(backbone / WEIGHTS, start)
    model.backbone.load_state_dict(start.backbone.state_dict())
    sets = fan_sets(clips)
    side = model.config.side
    task = ClipTask(
        clips_of(sets["train"], side),
        clips_of(sets["validation"], side),
        alone=variant == "mean",
        rehearse=None if faces is None else backbone_task(faces, clips),
    )
    fabric = fabric or make_fabric()
    history = fit(
        model, task, recipe.schedule, out, fabric=fabric, groups=lambda m: _groups(m, recipe.backbone_scale)
    )
    card = Card(
        name=next(name for name, of in FAN.items() if of == variant),
        model=type(model).__name__,
        summary=f"Frame attention (arXiv:1907.00193), variant {variant}: labels a clip of a face.",
        data=(*started.data, told(clips, f"synthetic clips: {', '.join(FAMILIES)}")),
        command=f"ferviz train fan --variant {variant}",
        **known(recipe, history, fabric, started),
    )
    keep(model, out, card, fabric)
    return model


def train(
    variant: Variant,
    faces: Path | None,
    clips: Path,
    out: Path,
    *,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """A variant of FAN and, where ``out`` has none yet, the backbone before it: what ``ferviz train fan`` does.

    Parameters
    ----------
    variant : str
    faces : Path, optional
        Prepared FER2013, for the backbone, and beside the clips.
    clips : Path
        A synthetic set.
    out : Path
        Each network has a folder in it: ``backbone``, and one called like the variant.
    epochs, seed : int, optional
        Of each network that is trained now; those of the recipes unless given.

    Returns
    -------
    Path
        Of the weights.

    Raises
    ------
    FileNotFoundError, ValueError
        When a set is missing or damaged, or ``out`` holds another run.
    """
    fan_sets(clips)  # whatever is missing is told now, not after the backbone
    Config.compact(variant)
    backbone = out / "backbone"
    if not (backbone / WEIGHTS).is_file():
        if faces is None:
            raise ValueError(f"faces must name prepared FER2013: no trained backbone lies in {backbone}")
        train_backbone(faces, clips, backbone, recipe=BACKBONE.changed(epochs=epochs, seed=seed), fabric=fabric)
    recipe = TUNING.changed(epochs=epochs, seed=seed)
    train_fan(variant, clips, backbone, out / variant, faces=faces, recipe=recipe, fabric=fabric)
    return out / variant / WEIGHTS


def fan_sets(clips: Path) -> dict[str, list[SyntheticSet]]:
    """What FAN learns from and is watched on. Raises FileNotFoundError or ValueError when some of it is missing."""
    return {split: [read(clips, split=split, part=family) for family in FAMILIES] for split in ("train", "validation")}


def _groups(model: nn.Module, scale: float) -> list[dict[str, object]]:
    own = [p for name, p in model.named_parameters() if not name.startswith("backbone.")]
    return [{"params": list(model.get_submodule("backbone").parameters()), "scale": scale}, {"params": own}]
