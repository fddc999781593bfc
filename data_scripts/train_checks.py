"""Train the networks that maps are tested on: on planted places, on shuffled labels and, beside those, on true ones.

    python data_scripts/train_checks.py upper lower --planted FOLDER --start FOLDER --out FOLDER
    python data_scripts/train_checks.py patch --planted FOLDER --out FOLDER
    python data_scripts/train_checks.py true shuffled --clips FOLDER --out FOLDER

``upper``, ``lower`` and ``patch`` learn the planted train clips of that name, 4 frames of each, in which one place
alone carries the label: the first two go on from the weights in ``--start`` (what ``ferviz train
lbp-attention-synthetic`` left), ``patch``, whose label is a hue, learns from nothing and sees colours. ``true`` and
``shuffled`` learn the same 1,050 synthetic faces from nothing and by heart, unvaried: once with their labels, once with
these dealt out anew (Adebayo et al. 2018, arXiv:1810.03292, Sec. 4). Each leaves ``weights.safetensors`` with a card in
its folder in ``--out``, and goes on where it was stopped.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import torch

from ferviz.faces.sets import read
from ferviz.learning.loop import Schedule, fit, make_fabric
from ferviz.learning.recipes.common import WEIGHTS, Recipe, card_fields, fresh, save_run, set_in_words
from ferviz.learning.recipes.lbp_attention import go_on
from ferviz.learning.sets import Stills, stills_of
from ferviz.learning.tasks import StillTask, right
from ferviz.measuring.commands import status_of
from ferviz.models.lbp_attention import Config, LBPAttention
from ferviz.seeds import luck
from ferviz.weights import Card

NEEDED = {
    "upper": ("planted", "start"),
    "lower": ("planted", "start"),
    "patch": ("planted",),
    "true": ("clips",),
    "shuffled": ("clips",),
}
FRAMES = 4  # of every planted clip
COUNT = 1050  # faces that are learned by heart
TUNING = Recipe(Schedule(epochs=10, batch=64, rate=0.03, weight_decay=5e-4))
FROM_NOTHING = Recipe(Schedule(epochs=30, batch=64, rate=0.05, weight_decay=5e-4))
BY_HEART = Recipe(Schedule(epochs=20, batch=64, rate=0.05, weight_decay=0.0))


def planted_task(name: str, folder: Path, config: Config) -> StillTask:
    """The train clips of one planted part, watched on the validation people's."""
    train, held_out = (
        stills_of(read(folder, split=split, part=name), config.side, frames=FRAMES, colours=config.branch.colours)
        for split in ("train", "validation")
    )
    return StillTask(train, {"held-out": held_out}, erase=0.0, resample=0.5)


def dealt_task(name: str, folder: Path, config: Config) -> StillTask:
    """Some synthetic faces to learn by heart, with their own labels or with others'."""
    faces = stills_of(read(folder, split="train", part="stills"), config.side)[torch.arange(COUNT)]
    if name == "shuffled":
        order = torch.randperm(len(faces), generator=luck(0, 13))
        faces = Stills(faces.pictures, faces.target[order], faces.weight, faces.group)
    return StillTask(faces, {"learned": faces}, smoothing=0.0, varied=False)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", choices=[*NEEDED])
    parser.add_argument("--planted", type=Path, help="a set with the planted parts, for upper, lower and patch")
    parser.add_argument("--start", type=Path, help="the folder of a trained network, for upper and lower")
    parser.add_argument("--clips", type=Path, help="a synthetic set, for true and shuffled")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args(arguments)
    for what in chosen.what:
        for name in NEEDED[what]:
            if getattr(chosen, name) is None:
                parser.error(f"{what} needs --{name}")
    torch.set_num_threads(chosen.threads)
    for what in chosen.what:
        planted = "planted" in NEEDED[what]
        recipe = TUNING if "start" in NEEDED[what] else FROM_NOTHING if planted else BY_HEART
        config = Config.compact(3) if what == "patch" else Config.compact()
        model = fresh(partial(LBPAttention, config), recipe.schedule.seed)
        folder = chosen.planted if planted else chosen.clips
        task = (planted_task if planted else dealt_task)(what, folder, config)
        before = go_on(model, chosen.start / WEIGHTS, config.labels) if "start" in NEEDED[what] else None
        fabric = make_fabric()
        history = fit(model, task, recipe.schedule, chosen.out / what, fabric=fabric)
        card = Card(
            name=f"lbp-attention-{what}",
            model=type(model).__name__,
            summary=f"LBP attention for a test of maps: {what}. Not for use.",
            data=(set_in_words(folder, f"synthetic faces, {what}"),),
            command=f"python data_scripts/train_checks.py {what}",
            **card_fields(recipe, history, fabric, before),
        )
        save_run(model, chosen.out / what, card, fabric)
        print(what, {name: f"{right(model, part).mean():.3f}" for name, part in task.validation.items()}, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
