"""Frame attention: first a backbone, then the variants.

A compact backbone first learns single faces, real ones and synthetic ones together: both gray, cut alike, 48 pixels a
side and with the same prior of labels, so that nothing is gained by telling them apart. Then the four variants of FAN
learn synthetic clips from it, end to end.

Departures: the paper's backbones learned faces of other sets, its clips are films, and its rates and epochs are others.
Here labels are smoothed, pictures are varied, and single faces are learned beside the clips.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from lightning_fabric import Fabric
from torch import nn

from ferviz import weights
from ferviz.faces.sets import SyntheticSet, read
from ferviz.learning.loop import Groups, Schedule, fit, make_fabric
from ferviz.learning.recipes.common import (
    NAMES_A_LABEL,
    WEIGHTS,
    Recipe,
    Train,
    card_fields,
    faces_for_training,
    faces_in_words,
    fresh,
    needed,
    save_run,
    set_in_words,
    synthetic_stills,
)
from ferviz.learning.sets import clips_of, join, stills_from
from ferviz.learning.tasks import ClipTask, StillTask
from ferviz.models.frame_attention import Config, FrameAttention, Variant
from ferviz.weights import Card

__all__ = [
    "BACKBONE",
    "FAMILIES",
    "FAN",
    "LIMITS",
    "NETWORKS",
    "TUNING",
    "backbone_task",
    "fan_sets",
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


def backbone_task(faces: Path, clips: Path) -> StillTask:
    """Real and synthetic faces with one prior: the square root of FER2013's, made to sum to 1."""
    side = Config.compact().side
    train, held_out = (stills_from(part, side) for part in faces_for_training(faces))

    prior = train.prior().sqrt()
    prior = prior / prior.sum()
    both = join([train.with_prior(prior), synthetic_stills(clips, "train", side).with_prior(prior)])
    return StillTask(both, {"real": held_out, "synthetic": synthetic_stills(clips, "validation", side)})


def train_backbone(
    out: Path,
    *,
    faces: Path | None = None,
    clips: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """The frame classifier of the variant mean, on single faces; resumes in OUT/backbone, where it leaves its weights.

    See `Train` for the arguments; it needs both sets.

    Raises
    ------
    FileNotFoundError, ValueError
        When a set is not named, missing or damaged, or the folder holds another run.
    """
    faces, clips = needed(faces, "faces", "the backbone"), needed(clips, "clips", "the backbone")
    recipe = BACKBONE.changed(epochs=epochs, seed=seed)
    task = backbone_task(faces, clips)
    model = fresh(lambda: FrameAttention(Config.compact("mean")), recipe.schedule.seed)
    fabric = fabric or make_fabric()
    history = fit(model, task, recipe.schedule, out / "backbone", fabric=fabric)
    card = Card(
        name="fan-backbone",
        model=type(model).__name__,
        summary="Labels single faces: the frame classifier whose backbone all variants of frame attention start from.",
        data=(faces_in_words(faces), set_in_words(clips, "synthetic stills")),
        command=f"ferviz train backbone{recipe.options}",
        **card_fields(recipe, history, fabric),
    )
    return save_run(model, out / "backbone", card, fabric)


def train_fan(
    variant: Variant,
    out: Path,
    *,
    faces: Path | None = None,
    clips: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """A variant of FAN on synthetic clips, end to end from a trained backbone; resumes in OUT/VARIANT.

    The backbone is that in OUT/backbone, and is trained before where there is none yet. With ``faces`` the single
    faces, real and synthetic, that the backbone has learned are learned on beside the clips; without them it forgets
    much of what it knew of real ones. See `Train` for the other arguments; ``epochs`` and ``seed`` are those of each
    network that is trained now.

    Raises
    ------
    FileNotFoundError, ValueError
        When a set or the backbone is not named, missing or damaged, or a folder holds another run.
    """
    clips = needed(clips, "clips", "frame attention")
    sets, config = fan_sets(clips), Config.compact(variant)  # whatever is missing is told now, not after the backbone
    fabric = fabric or make_fabric()
    if not (out / "backbone" / WEIGHTS).is_file():
        if faces is None:
            raise ValueError(f"faces must name prepared FER2013: no trained backbone lies in {out / 'backbone'}")
        train_backbone(out, faces=faces, clips=clips, epochs=epochs, seed=seed, fabric=fabric)
    recipe = TUNING.changed(epochs=epochs, seed=seed)
    model = fresh(lambda: FrameAttention(config), recipe.schedule.seed)
    started = _start(model, out / "backbone" / WEIGHTS)
    train, validation = (clips_of(sets[split], config.side) for split in ("train", "validation"))
    rehearse = None if faces is None else backbone_task(faces, clips)
    task = ClipTask(train, validation, alone=variant == "mean", rehearse=rehearse)

    def groups(net: nn.Module) -> Groups:
        return _groups(net, recipe.backbone_scale)

    history = fit(model, task, recipe.schedule, out / variant, fabric=fabric, groups=groups)
    name = next(name for name, of in FAN.items() if of == variant)
    card = Card(
        name=name,
        model=type(model).__name__,
        summary=f"Frame attention (arXiv:1907.00193), variant {variant}: labels a clip of a face.",
        data=(*started.data, set_in_words(clips, f"synthetic clips: {', '.join(FAMILIES)}")),
        command=f"ferviz train {name}{recipe.options}",
        **card_fields(recipe, history, fabric, started),
    )
    return save_run(model, out / variant, card, fabric)


NETWORKS: Mapping[str, Train] = MappingProxyType(
    {"backbone": train_backbone, **{name: partial(train_fan, variant) for name, variant in FAN.items()}}
)
"""The names of ``ferviz train`` → what trains them."""

LIMITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    dict.fromkeys(
        FAN,
        (
            NAMES_A_LABEL,
            "It was made to study attention on synthetic clips. On real faces, by FER2013's labels, it is worse than "
            "mini-Xception: see the metrics.",
            "Its synthetic expressions come from recipes of action units; real clips of faces were never seen in "
            "training.",
            "PublicTest was read before for networks of the same kind, from a backbone of 7 epochs, and for those of "
            "the first edition; 1,330 of its pictures also test the sets of real faces of fan.json.",
        ),
    )
)
"""What the card of a network that ships says it must not be trusted with."""


def _start(model: FrameAttention, path: Path) -> Card:
    """Take over the backbone of a trained frame classifier; its card."""
    classifier = FrameAttention(Config.compact("mean"))
    card = weights.load(path, classifier)
    model.backbone.load_state_dict(classifier.backbone.state_dict())
    return card


def fan_sets(clips: Path) -> dict[str, list[SyntheticSet]]:
    """What FAN learns from and is watched on. Raises FileNotFoundError or ValueError when some of it is missing."""
    return {split: [read(clips, split=split, part=family) for family in FAMILIES] for split in ("train", "validation")}


def _groups(model: nn.Module, scale: float) -> Groups:
    own = [p for name, p in model.named_parameters() if not name.startswith("backbone.")]
    return [{"params": list(model.get_submodule("backbone").parameters()), "scale": scale}, {"params": own}]
