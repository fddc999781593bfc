"""Region attention: first a network of the whole face, then the variants, which go on from it.

The first learns real faces by the votes of FER+ as soft labels, whole and as random squares, so that it can be asked
about crops. From its weights go on: ``ran`` (both stages of attention, the paper's five crops), ``ran-mean`` (the mean
of the same regions) and ``ran-face`` (the whole face alone). Each sees the same faces as often, puts six pictures of a
face through the backbone each time, and keeps its own best epoch on the held-out part of Training.

Covers of the generator are pasted onto a quarter of the real faces (`ferviz.faces.pasting`). ``ran-bare`` is ``ran``
without them from the first step on: the row that says what they do. Synthetic faces, covered and turned ones among
them, are learned beside the real ones where a set is named.

Departures: the paper's backbone had learned to recognise people and sees colour faces of 224 pixels, and its weight
decay, rates and epochs are others; here faces are flipped and covered too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import torch
from lightning_fabric import Fabric
from torch import nn

from ferviz import weights
from ferviz.faces.pasting import PASTED, Cutout, cut_out
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
from ferviz.learning.regions import Covering, RegionTask, covered
from ferviz.learning.sets import Stills, join, stills_from_votes
from ferviz.models.region_attention import Config, RegionAttention, Variant
from ferviz.models.regions import regions_of
from ferviz.mtcnn import cascade
from ferviz.seeds import luck
from ferviz.weights import Card

__all__ = ["BODY", "LIMITS", "MARGIN", "NETWORKS", "RAN", "TUNING", "cutouts", "points_of", "region_task", "train_ran"]

RAN: Mapping[str, Variant] = MappingProxyType({"ran": "relation", "ran-mean": "mean", "ran-face": "face"})
"""The names of the trained networks → the variants of region attention."""

BODY = Recipe(Schedule(epochs=60, batch=128, rate=0.1, weight_decay=5e-4))
TUNING = Recipe(Schedule(epochs=4, batch=128, rate=0.02, weight_decay=5e-4), backbone_scale=0.5)
MARGIN = 0.1  # of the region-biased loss: the authors' code for FER+ has it, with a softmax
OFTEN = 0.25  # the share of real faces that a cover is pasted onto
CHOSEN_BY = "held-out accuracy"
SURE = 0.5  # the score below which MTCNN's third network does not see a face, so that its points mean little
CUTOUTS = 24  # covers of each kind that are learned with
_HELD_OUT_CUTOUTS = 6
_SPLITS = ("train", "validation")


@cache
def cutouts(seed: int, each: int) -> tuple[Cutout, ...]:
    """So many covers of each kind that is pasted; other seeds give other ones."""
    rng = np.random.default_rng([seed, 13])
    return tuple(cut_out(rng, kind) for kind in PASTED for _ in range(each))


def points_of(stills: Stills) -> npt.NDArray[np.float64]:
    """The five points (N, 5, 2) of gray faces by MTCNN's third network alone; where it sees none, the others' mean."""
    score, points = cascade().points_of(stills.pictures[:, 0].numpy())
    sure = score >= SURE
    return np.where(sure[:, None, None], points, points[sure].mean(0) if sure.any() else points.mean(0))


def region_task(
    variant: Variant, faces: Path, clips: Path | None = None, *, covers: bool = True, views: int = 1
) -> RegionTask:
    """What a variant learns from and is scored on; the body learns the same as the variant "face", with one view.

    Scored are the held-out faces as they are and with a cover on each (others than those learned with), and synthetic
    people's where a set is named.

    Raises
    ------
    FileNotFoundError, ValueError
        When a set is missing or damaged, or the faces carry no votes.
    """
    config = Config.compact(variant)
    learned, held_out = (stills_from_votes(part, config.side) for part in faces_for_training(faces))
    points = points_of(learned)
    hidden = Covering(cutouts(1, _HELD_OUT_CUTOUTS), points_of(held_out), often=1.0)
    validation = {"held-out": held_out, "covered": covered(held_out, hidden, luck(0, 13))}
    if clips is not None:
        synthetic, others = (synthetic_stills(clips, split, config.side, config.labels) for split in _SPLITS)
        learned = join([learned, synthetic.with_prior(learned.prior())])
        points = np.concatenate([points, np.full((len(synthetic), 5, 2), np.nan)])
        validation["synthetic"] = others
    covering = Covering(cutouts(0, CUTOUTS), points, OFTEN) if covers else None
    if variant == "face":
        return RegionTask(learned, validation, views=views, covering=covering)
    crops = torch.from_numpy(regions_of(config.scheme)).float()
    margin = None if variant == "mean" else MARGIN
    return RegionTask(learned, validation, crops, margin=margin, covering=covering)


def _train_body(
    out: Path,
    *,
    covers: bool = True,
    faces: Path | None = None,
    clips: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """The network of the whole face that the variants go on from; resumes in OUT/ran-body, or OUT/ran-bare-body.

    See `train_ran` for the arguments.
    """
    name = _body(covers)
    faces, recipe = needed(faces, "faces", name), BODY.changed(epochs=epochs, seed=seed)
    task = region_task("face", faces, clips, covers=covers)
    model = fresh(lambda: RegionAttention(Config.compact("face")), recipe.schedule.seed)
    fabric = fabric or make_fabric()
    history = fit(model, task, recipe.schedule, out / name, fabric=fabric)
    card = Card(
        name=name,
        model=type(model).__name__,
        summary="Labels a face, whole or a square of it: what all variants of region attention go on from.",
        data=_data(faces, clips, covers),
        command=f"ferviz train {name}{recipe.options}",
        **card_fields(recipe, history, fabric),
    )
    return save_run(model, out / name, card, fabric)


def train_ran(
    variant: Variant,
    out: Path,
    *,
    covers: bool = True,
    faces: Path | None = None,
    clips: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """A variant of region attention, all of it, from the body; resumes in OUT/NAME.

    The body is that in OUT/ran-body (without covers OUT/ran-bare-body), and is trained before where there is none yet.
    See `Train` for the other arguments: it needs ``faces`` with the votes of FER+; ``clips`` are learned beside them.

    Raises
    ------
    FileNotFoundError, ValueError
        For an unknown variant; when a set is not named, missing or damaged, or a folder holds another run.
    """
    if variant not in RAN.values():
        raise ValueError(f"variant must be one of {', '.join(RAN.values())}; got {variant!r:.200}")
    name = next(name for name, of in RAN.items() if of == variant)
    name = name if covers else name.replace("ran", "ran-bare", 1)
    faces, body = needed(faces, "faces", name), out / _body(covers) / WEIGHTS
    recipe, fabric = TUNING.changed(epochs=epochs, seed=seed), fabric or make_fabric()
    if not body.is_file():
        _train_body(out, covers=covers, faces=faces, clips=clips, epochs=epochs, seed=seed, fabric=fabric)
    model = fresh(lambda: RegionAttention(Config.compact(variant)), recipe.schedule.seed)
    views = 1 + len(regions_of(model.config.scheme)) if variant == "face" else 1
    task = region_task(variant, faces, clips, covers=covers, views=views)
    started = go_on(model, body)

    def groups(net: nn.Module) -> Groups:
        own = [p for name, p in net.named_parameters() if not name.startswith("backbone.")]
        backbone = list(net.get_submodule("backbone").parameters())
        return [{"params": backbone, "scale": recipe.backbone_scale}, {"params": own}]

    history = fit(model, task, recipe.schedule, out / name, fabric=fabric, groups=groups, best=CHOSEN_BY)
    card = Card(
        name=name,
        model=type(model).__name__,
        summary=f"Region attention (arXiv:1905.04075), variant {variant}: labels a face from {_SEES[variant]}.",
        data=_data(faces, clips, covers),
        command=f"ferviz train {name}{recipe.options}",
        **card_fields(recipe, history, fabric, started, best=CHOSEN_BY),
    )
    return save_run(model, out / name, card, fabric)


_SEES: Mapping[Variant, str] = MappingProxyType(
    {
        "relation": "itself and crops of it",
        "mean": "itself and crops of it",
        "face": "itself alone; it has learned random squares of faces, too",
    }
)


def _body(covers: bool) -> str:
    return "ran-body" if covers else "ran-bare-body"


def _data(faces: Path, clips: Path | None, covers: bool) -> tuple[str, ...]:
    """What was learned from, as a card names it."""
    real = faces_in_words(faces) + (", covers of the generator pasted onto some" if covers else "")
    return (real,) if clips is None else (real, set_in_words(clips, "synthetic stills"))


def go_on(model: RegionAttention, path: Path) -> Card:
    """Take over the backbone and the last layer of a trained body; its card.

    A network of both stages reads a region beside the mean of all: half of the last layer is put on each, so that it
    begins with about the answers of the mean.
    """
    body = RegionAttention(replace(model.config, variant="face"))
    card = weights.load(path, body)
    model.backbone.load_state_dict(body.backbone.state_dict())
    with torch.no_grad():
        times = model.classify.in_features // body.classify.in_features
        model.classify.weight.copy_(body.classify.weight.repeat(1, times) / times)
        model.classify.bias.copy_(body.classify.bias)
    return card


NETWORKS: Mapping[str, Train] = MappingProxyType(
    {
        "ran-body": _train_body,
        **{name: partial(train_ran, variant) for name, variant in RAN.items()},
        "ran-bare-body": partial(_train_body, covers=False),
        "ran-bare": partial(train_ran, "relation", covers=False),
    }
)
"""The names of ``ferviz train`` → what trains them."""

LIMITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    dict.fromkeys(
        RAN,
        (
            NAMES_A_LABEL,
            "Contempt is rare in FER+ and almost never answered.",
            "The covers that it has learned are drawn and pasted on: a real hand or mask looks otherwise.",
            "PublicTest was read ten times, once by somebody who attacked the numbers; nothing was chosen by it.",
        ),
    )
)
"""What the card of a network that ships says it must not be trusted with."""
