"""The small grid: three questions of multi-task that two cores can ask, from the body that ships."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
import torch

from data_scripts import measure_mtl_small as script
from ferviz import weights
from ferviz.learning.recipes import WEIGHTS, common
from ferviz.learning.recipes import multi_task_sets as sets
from ferviz.learning.sets import has_target
from ferviz.measured import Figures, claims, pick
from ferviz.measuring import multi_task_rows as rows
from ferviz.measuring.multi_task_rows import (
    EQUAL_BODY,
    SMALL,
    SMALL_REFERENCE,
    body_of,
    folder_of,
    identity_in,
    row_in,
    train_row,
)
from ferviz.measuring.multi_task_study import COMMONEST
from ferviz.models import load_model
from ferviz.models.multi_task import HEADS
from tests.measuring.test_measure_mtl import write_public

EQUAL = "small: efficientnet, equal time"


@pytest.fixture(scope="module")
def found(tmp_path_factory, tiny_set):
    """All rows by the script, of one epoch a step: where, of what, and the records of none and of two seeds."""
    folder = tmp_path_factory.mktemp("small")
    faces, runs = write_public(folder / "faces", training=56), folder / "runs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common, "HELD_OUT", 21)
        patch.setattr(sets, "PEOPLE", "stills")
        short = {name: replace(row, epochs=dict.fromkeys(row.epochs, 1)) for name, row in SMALL.items()}
        for module in (rows, script):
            patch.setattr(module, "SMALL", MappingProxyType(short))
        patch.setattr(rows, "_KNOWN", MappingProxyType(short))
        patch.setattr(rows, "EQUAL_BODY", 1)

        def call(*more):
            assert script.main([f"--faces={faces}", f"--runs={runs}", "--learn", "14", *more]) == 0

        def record(name, *seeds):
            call("--out", str(folder / name), "--seeds", *seeds)
            return Figures.from_json((folder / name).read_text("utf-8"))

        nothing = record("nothing.json", "0")
        call("--only-train", "--seeds", "0", "3", f"--clips={tiny_set}")
        found = record("record.json", "0", "1", "2", "3", "4")
        asked = [f"--faces={faces}", f"--runs={runs}", "--out", str(folder / "other.json")]
        with pytest.raises(ValueError, match=r"its card tells of .*: delete it"):  # rows that learned another number
            script.main([*asked, "--learn", "13"])
        assert not (folder / "other.json").exists()
        yield runs, faces, nothing, found


def test_rows_differ_from_their_reference_in_one_thing():
    for name, row in SMALL.items():
        names = ("start", "epochs", "body", "weighted", "sharp", "joint")
        changed = [one for one in names if getattr(row, one) != getattr(SMALL[SMALL_REFERENCE], one)]
        assert changed == (["epochs", "body"] if name == EQUAL else changed[:1]), name
        assert bool(changed) == (name != SMALL_REFERENCE), name
    assert {sum(row.epochs.values()) for name, row in SMALL.items() if name != EQUAL} == {15}
    assert (EQUAL_BODY, SMALL[EQUAL].epochs) == (14, {"head": 3, "all": 9})  # 20, 3 and 12 in 1.4 times the time
    for one in claims(script.PAPER).claims:
        assert (f"small: {one.row}", f"small: {one.than}", one.record) == (
            SMALL_REFERENCE,
            f"small: {one.than}",
            "mtl_small",
        )
        assert {SMALL[f"small: {row}"].runs for row in (one.row, one.than)} == {one.runs}


def test_rows_start_from_the_body_that_ships_and_know_where_it_is_from(found):
    runs, *_ = found
    shipped, settings = load_model("mtl-head").backbone.state_dict(), set()
    folder = body_of(runs, 0, "shipped-efficientnet")
    other = identity_in(folder, "efficientnet").backbone.state_dict()
    assert "--epochs 1" in weights.read_card(folder / WEIGHTS).command
    for name in SMALL:
        card = weights.read_card(folder_of(runs, 0, name) / WEIGHTS)
        own, whose = (other, "mtl-identity") if name == EQUAL else (shipped, "mtl-head")
        assert f"it went on from {whose}" in card.origin
        assert card.command == f"python data_scripts/measure_mtl_small.py --only-train --rows {name!r} --seeds 0"
        moved = row_in(runs, 0, name).backbone.state_dict()
        assert any(not torch.equal(moved[part], own[part]) for part in own)
        assert all((moved[part] - own[part]).abs().max() < 1 for part in own if part.endswith("weight"))
        settings.add(card.summary)
    assert len(settings) == len(SMALL)
    assert not folder_of(runs, 3, "small: sharpness-aware").exists()  # announced with three seeds


def test_as_many_synthetic_faces_as_real_ones_learn_by_a_joint_loss(found, tiny_set, monkeypatch):
    runs, faces, *_ = found
    monkeypatch.setattr(common, "HELD_OUT", 21)
    monkeypatch.setattr(sets, "PEOPLE", "stills")
    train = rows._task(SMALL["small: joint loss"], 0, faces, tiny_set, 14).train
    assert SMALL["small: joint loss"].step("all", 0).recipe.schedule.batch == 192
    both = (rows._built(SMALL[name], 0) for name in ("small: joint loss", SMALL_REFERENCE))
    assert torch.equal(*(one.answers["emotion"].weight for one in both))
    card = weights.read_card(folder_of(runs, 0, "small: joint loss") / WEIGHTS)
    assert [one.split(" (")[0] for one in card.data if one.startswith("synthetic")] == ["synthetic people"]
    assert [int(has_target(train.targets[head]).sum()) for head in HEADS] == [14] * 4
    assert tuple(row_in(runs, 0, "small: joint loss").labels) == HEADS
    with pytest.raises(ValueError, match="clips must name a synthetic set: a joint loss learns from it; got None"):
        rows._task(SMALL["small: joint loss"], 0, faces, None, 14)


def test_the_record_names_what_is_missing_and_gives_no_verdict_of_two_seeds(found):
    *_, nothing, record = found
    assert nothing.about["missing"] == [f"{script.plain(n)}: 0 of {row.runs} seeds" for n, row in SMALL.items()]
    assert list(nothing.tables) == ["accuracy"]  # one label for every face needs no training
    assert record.about["missing"] == [
        f"{script.plain(n)}: {1 if row.runs == 3 else 2} of {row.runs} seeds" for n, row in SMALL.items()
    ]
    assert [one["row"] for one in record["accuracy"]] == [*map(script.plain, SMALL), COMMONEST]
    assert {one.than for one in record["accuracy_difference"]} == {"head then all"}
    assert len(record["claims"]) == len(claims(script.PAPER).claims)
    assert all(one.few and one.p is None for one in record["claims"])
    (one,) = pick(record["claims"], row="head then all", score="mean recall")
    recall = {row: pick(record["mean_recall"], row=row)[0].seeds for row in ("head then all", "plain loss")}
    less = {seed: value - recall["plain loss"][seed] for seed, value in recall["head then all"].items()}
    assert one.seeds == pytest.approx(less, abs=2e-4)


def test_a_row_of_another_count_is_refused_and_out_or_only_train_is_named(found, capsys):
    runs, faces, *_ = found
    with pytest.raises(ValueError, match=r"its card tells of .*: delete it"):
        train_row(SMALL_REFERENCE, 0, runs, faces=faces, count=5)
    with pytest.raises(SystemExit):
        script.main([f"--faces={faces}", f"--runs={runs}"])
    assert "name --out, or --only-train" in capsys.readouterr().err
