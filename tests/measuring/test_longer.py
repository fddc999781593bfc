"""The network that ships beside the one that it went on from: each figure against one worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from data_scripts import measure_longer as script
from ferviz.learning.recipes import multi_task_sets as sets
from ferviz.learning.sets import Examples
from ferviz.measured import Figures, pick
from ferviz.measuring import longer
from ferviz.measuring.longer import AGES
from ferviz.measuring.multi_task_boards import ATTRIBUTES
from ferviz.measuring.multi_task_study import real_faces
from ferviz.measuring.strangers import linear_of_pixels
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
    wanted |= {("64 pixels", score) for score in ("age correlation", *ATTRIBUTES)}
    wanted |= {("as told", score) for score in list(AGES)[-2:]}
    assert rows == wanted | {("median guess", "age error")}


def test_what_differs_between_strangers_is_taken_face_by_face(told):
    record = told[0]
    for less in record["strangers_difference"]:
        now, then = (pick(record["strangers"], row=row, score=less["score"])[0] for row in (less["row"], less.than))
        if now.value is None:  # the tiny set has nobody of whom it is defined
            assert less.value is None
        else:
            assert less.value == pytest.approx(now.value - then.value, abs=2e-4)
        assert less.p is None
    known = ["verification", "verification among look-alikes"]
    read = ["age error", "gender right", "ethnicity distance"]
    rules = {("mtl", "median guess"): read[:1], ("mtl", "always female"): read[1:2]}
    rules |= {("mtl", "the same shares for all"): read[2:], ("mtl", "64 pixels"): read, ("mtl-head", "64 pixels"): read}
    rules |= {("mtl", "brightness"): known}
    found: dict = {}
    for one in record["strangers_difference"]:
        found.setdefault((one["row"], one.than), []).append(one["score"])
    assert {pair: scores for pair, scores in found.items() if pair != ("mtl", "mtl-head")} == rules
    ages = [name for name in AGES if "correlation" not in name]
    assert found["mtl", "mtl-head"] == [*known, *read, *ages]


def test_a_thumbnail_reads_what_it_holds_and_nothing_else():
    luck = np.random.default_rng(0)
    years, gender = luck.uniform(10, 90, 400), luck.uniform(size=400)
    pictures = torch.zeros(400, 1, 64, 64)
    pictures[:, 0, :32] = torch.from_numpy(years).float()[:, None, None]  # the upper half is as bright as old
    part = Examples(
        {"pictures": pictures.to(torch.uint8)},
        {"gender": torch.from_numpy(gender).float(), "ethnicity": torch.tensor([[0.2, 0.3, 0.5]]).expand(400, -1)},
        about={"person": np.arange(400), "years": years},
    )
    age, female, shares = linear_of_pixels(part[torch.arange(300)], part[torch.arange(300, 400)])
    assert np.abs(age - years[300:]).mean() < 1
    assert female.std() < 0.15
    np.testing.assert_allclose(shares, np.tile([0.2, 0.3, 0.5], (100, 1)), atol=1e-4)


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
