"""Rows of the multi-task network: what each moves and starts from, and that a row which is done is left alone."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType

import pytest
import torch
from tiny_lbp import write_noise

from data_scripts import measure_mtl as script
from ferviz import weights
from ferviz.learning.recipes import WEIGHTS, common
from ferviz.learning.recipes import multi_task_sets as sets
from ferviz.learning.recipes.multi_task import STEPS
from ferviz.learning.recipes.multi_task_sets import attribute_task, emotion_task, joint_task
from ferviz.measuring import multi_task_rows as rows
from ferviz.measuring.multi_task_rows import REFERENCE, ROWS, body_of, folder_of, identity_in, row_in, train_row
from ferviz.measuring.strangers import HIDDEN
from ferviz.models.backbones import EfficientNetConfig, MobileNetConfig
from ferviz.models.backbones.efficientnet import Stage
from ferviz.models.identity import COMPACT, BodyConfig
from ferviz.models.multi_task import HEADS

SIDE = 16
TINY = {
    "mobilenet": BodyConfig(MobileNetConfig(colours=1, channels=(4, 6, 6), strides=(1, 2)), SIDE),
    "efficientnet": BodyConfig(EfficientNetConfig(1, stages=(Stage(1, 3, 1, 8, 1),), stem=8, last=8), SIDE),
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tiny_set):
    """Every row with seed 0, of one epoch a step, by the script; and what it trained from."""
    folder = tmp_path_factory.mktemp("mtl")
    with pytest.MonkeyPatch.context() as patch:
        for name, body in TINY.items():
            patch.setitem(COMPACT, name, body)
        patch.setattr(sets, "PEOPLE", "stills")
        patch.setattr(common, "HELD_OUT", 7)
        short = {name: replace(row, epochs=dict.fromkeys(row.epochs, 1)) for name, row in ROWS.items()}
        for module in (rows, script):
            patch.setattr(module, "ROWS", MappingProxyType(short))
        known = {"faces": write_noise(folder / "faces"), "clips": tiny_set}
        named = [f"--{name}={path}" for name, path in {**known, "runs": folder / "runs"}.items()]

        def train(*more):
            assert script.main([*named, "--only-train", "--learn", "14", *more]) == 0

        train("--seeds", "0")
        yield folder / "runs", known, train


def test_the_grid_and_what_differs_from_its_reference_in_one_thing():
    assert list(ROWS)[:6] == [
        f"{start}, {name}" for start in ("random", "identity") for name in ("head only", "all at once", "head then all")
    ]
    assert len({sum(row.epochs.values()) for name, row in ROWS.items() if "equal time" not in name}) == 1
    for name, row in list(ROWS.items())[6:]:
        names = ("start", "epochs", "body", "weighted", "sharp", "joint")
        changed = [one for one in names if getattr(row, one) != getattr(ROWS[REFERENCE], one)]
        assert changed == (["epochs", "body"] if "equal time" in name else changed[:1]), name
    step = ROWS["joint loss"].step("all", 3)
    assert (set(step.moves), step.recipe.schedule.seed) == ({"body", *HEADS}, 3)
    assert STEPS["all"].moves == ("body", "emotion")


def test_every_row_leaves_weights_a_card_and_its_history(trained):
    runs, *_ = trained
    for name, row in ROWS.items():
        folder = folder_of(runs, 0, name)
        model = row_in(runs, 0, name)
        card = weights.read_card(folder / WEIGHTS)
        assert card.name == f"mtl-grid: {name}"
        assert tuple(model.labels) == row.heads
        assert list(json.loads((folder / "history.json").read_text("utf-8"))) == list(row.epochs)
    assert card.command.endswith("--rows 'efficientnet, equal time' --seeds 0")
    control = identity_in(folder_of(runs, 0, HIDDEN))
    assert len(control.labels["person"]) == len(identity_in(body_of(runs, 0)).labels["person"])


def test_a_head_alone_leaves_its_body_and_rows_of_a_seed_share_one(trained):
    runs, *_ = trained
    own = identity_in(body_of(runs, 0)).backbone.state_dict()
    for name, same in {"identity, head only": True, "identity, all at once": False, REFERENCE: False}.items():
        found = row_in(runs, 0, name).backbone.state_dict()
        assert all(torch.equal(found[part], own[part]) for part in own) == same, name
    random = row_in(runs, 0, "random, head only").backbone
    assert not torch.equal(random.conv1_bn.running_mean, torch.zeros(4))  # its batch norms have seen faces
    assert torch.equal(random.conv1_bn.weight, torch.ones(4))


def test_rows_of_a_seed_learn_the_same_faces_and_seeds_others(trained):
    _, known, _ = trained
    pictures = {
        (name, seed): rows._task(ROWS[name], seed, known["faces"], known["clips"], 14).train.raw["pictures"]
        for name, seed in ((REFERENCE, 0), ("plain loss", 0), (REFERENCE, 1))
    }
    assert torch.equal(pictures[REFERENCE, 0], pictures["plain loss", 0])
    assert not torch.equal(pictures[REFERENCE, 0], pictures[REFERENCE, 1])


def test_what_is_done_is_left_alone_and_a_row_has_as_many_seeds_as_are_announced(trained):
    runs, _, train = trained
    before = {path: path.stat().st_mtime_ns for path in runs.rglob("*") if path.is_file()}
    train("--seeds", "0", "--rows", REFERENCE, "Adam", HIDDEN)
    train("--seeds", "3", "--rows", "Adam")
    assert {path: path.stat().st_mtime_ns for path in runs.rglob("*") if path.is_file()} == before


def test_a_row_that_learned_so_many_faces_is_no_row_of_another_count(trained, tiny_set):
    runs, known, _ = trained
    with pytest.raises(ValueError, match=r"must hold a run on .*: 5 Training faces\.; its card tells of .*: delete it"):
        train_row(REFERENCE, 0, runs, faces=known["faces"], clips=tiny_set, count=5)


def test_one_loss_for_real_and_synthetic_faces_asks_each_head_of_its_own(trained, tiny_set):
    _, known, _ = trained
    real, made = emotion_task(known["faces"], SIDE), attribute_task(tiny_set, SIDE)
    both = joint_task(real, made)
    assert len(both) == len(real) + len(made)
    first, rest = both.train[torch.arange(len(real))], both.train[torch.arange(len(real), len(both))]
    assert torch.equal(first.targets["emotion"], real.train.targets["emotion"])
    assert torch.equal(rest.targets["age"], made.train.targets["age"])
    assert rest.targets["emotion"].isnan().all()
    assert first.targets["gender"].isnan().all()
    assert first.targets["ethnicity"].isnan().all()
    assert (first.targets["age"] == -1).all()
    assert torch.equal(first.weight["emotion"], real.train.weight["emotion"])


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not there: ferviz train mtl-identity, or measure_mtl.py"):
        identity_in(tmp_path)
    with pytest.raises(FileNotFoundError, match="not there: measure_mtl.py --only-train --rows 'Adam' leaves it"):
        row_in(tmp_path, 0, "Adam")
    with pytest.raises(ValueError, match="name must be one of random, head only, .*; got 'no such row'"):
        train_row("no such row", 0, tmp_path, faces=tmp_path, clips=tmp_path)
