"""The network that ships beside the one that it went on from: each figure against one worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from data_scripts import measure_longer as script
from ferviz.learning.recipes import multi_task_sets as sets
from ferviz.measured import Figures, pick
from ferviz.measuring import longer
from ferviz.measuring.longer import AGES
from ferviz.measuring.multi_task_study import real_faces
from ferviz.models import load_model
from tests.measuring.test_measure_mtl import write_public


@pytest.fixture(scope="module")
def told(tmp_path_factory, tiny_set):
    """The record, and its faces."""
    folder = tmp_path_factory.mktemp("longer")
    given = ["--faces", str(write_public(folder / "faces")), "--clips", str(tiny_set)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sets, "PEOPLE", "stills")
        given += ["--out", str(folder / "out.json")]
        assert script.main(given) == 0
    return Figures.from_json((folder / "out.json").read_text("utf-8")), folder / "faces"


@torch.no_grad()
def right(model, faces):
    real = real_faces(faces, 64)
    return model.eval()(real.pictures.float() / 127.5 - 1)["emotion"].argmax(1).numpy() == real.board.group.label, real


def test_accuracy_recalls_and_their_differences_are_those_of_the_answers(told):
    record, faces = told
    own, real = right(load_model("mtl"), faces)
    other, label = right(load_model("mtl-head"), faces)[0], real.board.group.label
    (accuracy,) = pick(record["shipped"], score="accuracy")
    (mean,) = pick(record["shipped"], score="mean recall")
    recalls = [own[label == place].mean() for place in range(7)]
    assert (accuracy["row"], accuracy.value, accuracy.items) == ("mtl", pytest.approx(own.mean(), abs=1e-4), 56)
    assert mean.value == pytest.approx(np.mean(recalls), abs=1e-4)
    assert [one.value for one in pick(record["recall"], row="mtl")] == pytest.approx(recalls, abs=1e-4)
    (less,) = [one for one in pick(record["shipped_difference"], score="accuracy") if one.than == "mtl-head"]
    assert less.value == pytest.approx(own.mean() - other.mean(), abs=1e-4)
    assert {one.than for one in record["shipped_difference"]} == {"mtl-head", "mini-xception"}
    assert [one.p for one in record["shipped_difference"]] == [None] * 4


def test_strangers_are_asked_before_and_after(told):
    record = told[0]
    rows = {(one["row"], one["score"]) for one in record["strangers"]}
    known = ("verification", "verification among look-alikes")
    scores = (*known, "age error", "gender correlation", "gender right", "ethnicity distance", *AGES)
    wanted = {(row, score) for row in ("mtl", "mtl-head") for score in scores}
    wanted |= {(row, score) for row in ("pixels", "pixels, face hidden", "brightness") for score in known}
    wanted |= {("mtl, old heads", score) for score in scores if score not in known}
    wanted |= {("always female", "gender right"), ("the same shares for all", "ethnicity distance")}
    assert rows == wanted | {("median guess", "age error"), ("as told", "read as 22 to 24")}


def test_what_differs_between_strangers_is_taken_face_by_face(told):
    record = told[0]
    for less in record["strangers_difference"]:
        now, then = (pick(record["strangers"], row=row, score=less["score"])[0] for row in (less["row"], less.than))
        if now.value is None:  # the tiny set has nobody of whom it is defined
            assert less.value is None
        else:
            assert less.value == pytest.approx(now.value - then.value, abs=2e-4)
        assert less.p is None
    rules = {"median guess": "age error", "always female": "gender right"}
    rules |= {"the same shares for all": "ethnicity distance"}
    found = record["strangers_difference"]
    assert {one.than: one["score"] for one in found if one.than != "mtl-head"} == rules
    assert len(found) == 5 + 2 + 3


def test_ages_are_read_by_two_classes_and_by_the_mean_of_all():
    logits = torch.full((3, 100), -30.0)
    for face, (first, second) in enumerate([(22, 23), (40, 41), (22, 80)]):
        logits[face, [first - 1, second - 1]] = 0.0
    logits[2, 21] = np.log(3)  # three to one: 36.5 years
    found = longer._ages(logits, np.array([22.5, 50.5, 36.5]))
    assert found["age error by the mean"] == pytest.approx([0, 10, 0], abs=1e-6)
    assert found["read as 22 to 24"].tolist() == [1, 0, 0]
    assert found["age correlation"].mean() == pytest.approx(np.corrcoef([22.5, 40.5, 36.5], [22.5, 50.5, 36.5])[0, 1])


def test_one_training_gets_no_verdict(told):
    record = told[0]
    trained = [one for table in record.tables.values() for one in table if str(one["row"]).startswith("mtl")]
    assert {tuple(one.seeds) for one in trained} == {("0",)}
    assert not [one for one in trained if one.than and one.clear()]
    assert record.about == {"faces": 56, "left out of PublicTest": {"twins": 4}}
