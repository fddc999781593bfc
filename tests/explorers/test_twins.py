"""Twins without a browser: what differs within a pair, the paired interval, the audit, sentence, code and errors."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

import ferviz
from ferviz.explorers import Twins
from ferviz.explorers.twins.explorer import AUDIT, TwinsState
from ferviz.scores.twins import VERSIONS, as_clip, draw_twins, read_heads, shift_of, twin


@pytest.fixture(scope="module")
def model():
    return ferviz.load_model("mini-xception")


@pytest.fixture
def twins(model) -> Twins:
    return Twins(model)


def wish(explorer: Twins, **changes: object) -> None:
    explorer._received(explorer.stage, {"wish": changes, "client": "me", "sequence": 1}, [])


def audit_of(differences: list[float]) -> np.ndarray:
    """The answers (N, 2, 2) to N people's two twins, whose first label moves by so much."""
    first = np.full(len(differences), 0.5)
    pairs = np.stack([first, first + differences], 1)
    return np.stack([pairs, 1 - pairs], 2)


def test_neutral_twins_have_no_intensity(twins):
    twins.show(emotion="fear")
    assert "showing fear at intensity 0." in twins.describe()
    twins.show(emotion="neutral")
    assert "showing neutral. Labels: " in twins.describe()


def test_the_interval_of_a_shift_is_the_one_worked_out_by_hand():
    shift = shift_of(audit_of([0.0, 0.0, 0.5, 0.5]), 0, 1, 0)
    assert shift.difference == pytest.approx(0.25)
    assert (shift.low, shift.high) == pytest.approx((0.0, 0.5))  # means of 4 drawn from {0, 0, ½, ½}
    assert shift.other == 0
    shift = shift_of(audit_of([-0.25] * 3), 0, 1, 0)
    assert (shift.difference, shift.low, shift.high, shift.other) == (-0.25, -0.25, -0.25, 3)


def test_pairing_removes_what_differs_between_people():
    rng = np.random.default_rng(0)
    audit = audit_of(0.1 + rng.normal(0, 0.01, 200))
    audit[:, :, 0] += rng.normal(0, 10, (200, 1))
    shift = shift_of(audit, 0, 1, 0)
    assert shift.low < shift.difference < shift.high
    assert shift.high - shift.low < 0.01


def test_one_person_has_no_interval_and_none_has_no_mean():
    shift = shift_of(audit_of([0.3]), 0, 1, 0)
    assert shift.difference == pytest.approx(0.3)
    assert np.isnan([shift.low, shift.high]).all()
    assert np.isnan(shift_of(audit_of([]), 0, 1, 0).difference)


def test_twins_of_a_property_there_is_not_are_refused():
    with pytest.raises(ValueError, match="vary must be one of age, skin, ethnicity, gender, light; got 'hair'"):
        draw_twins(8, "hair", "fear")


def test_twins_differ_in_the_named_property_and_keep_the_person():
    own = twin(5, "light", None)
    for value in VERSIONS["skin"].values():
        other = twin(5, "skin", value)
        assert {**asdict(other), "skin": 0} == {**asdict(own), "skin": 0}
        assert {**asdict(other.skin), "tone": 0} == {**asdict(own.skin), "tone": 0}
        assert other.skin.tone == value
    for vary in ("age", "gender", "ethnicity"):
        for value in VERSIONS[vary].values():
            other = twin(5, vary, value)
            assert getattr(other, vary) == value
            assert other.shape == own.shape
            assert other.manner == own.manner


@pytest.mark.parametrize("vary", VERSIONS)
def test_each_property_gives_a_row_of_different_pictures_with_answers(twins, vary):
    twins.show(vary=vary)
    view = twins.view
    assert view.images.shape == (len(VERSIONS[vary]), 112, 112, 3)
    assert all((view.images[0] != image).any() for image in view.images[1:])
    assert view.probability.sum(1) == pytest.approx(np.ones(len(view.images)), abs=1e-5)
    assert (read_heads(twins.model, list(view.images)) == view.probability).all()
    assert vary in twins.describe()
    assert json.loads(json.dumps(twins.stage.answer["probability"]))


def test_the_audit_grows_by_one_person_a_wish_and_remembers(twins):
    wish(twins, people=1)
    assert twins.view.audit.shape == (1, 5, 7)
    assert twins.stage.answer["shifts"][1]["low"] is None  # one person: no interval
    drawn = []
    twins._draw = lambda state, seed, draw=twins._draw: drawn.append(seed) or draw(state, seed)
    wish(twins, people=3)
    assert drawn == [1001, 1002]  # person 8, who is seen, and 1000 are known
    shift, place = twins.view.shifts[4], twins.labels.index("happiness")
    known = twins.view.audit[:, :, place]
    assert shift.mean == pytest.approx(known[:, 4].mean())
    assert shift == shift_of(twins.view.audit, 0, 4, place)
    assert shift.difference == pytest.approx((known[:, 4] - known[:, 0]).mean())
    top = twins.view.audit.argmax(2)
    assert shift.other == (top[:, 4] != top[:, 0]).sum()
    assert twins.view.shifts[0].difference == 0
    said = "Over 3 of 40 people (a part of the audit), the probability of happiness against 20 years"
    assert said in twins.describe()


def test_an_audit_of_all_its_people_is_not_called_a_part(twins):
    twins._draw = lambda state, seed, images=twins.view.images: images + np.uint8(seed % 7)
    twins.show(people=AUDIT)
    assert "Over 40 people, the probability of happiness against 20 years" in twins.describe()
    assert twins.stage.picture["audit"] == AUDIT == 40


def test_what_is_seen_is_drawn_anew_when_and_only_when_it_changes(twins):
    drawn = []
    twins._draw = lambda state, seed, draw=twins._draw: drawn.append(seed) or draw(state, seed)
    for changes in ({"reference": 2}, {"people": 1}, {"people": 0}):
        twins.show(**changes)
    assert drawn == [1000]
    others = ({"seed": 9}, {"intensity": 0.9}, {"emotion": "fear"}, {"way": 2}, {"vary": "skin"})
    for number, changes in enumerate(others):
        before = twins.view.images
        twins.show(**changes)
        assert len(drawn) == 2 + number
        assert (before != twins.view.images).any()
        assert (read_heads(twins.model, list(twins.view.images)) == twins.view.probability).all()


def test_another_reference_compares_the_others_with_it(twins):
    twins.show(people=2)
    first = twins.view.shifts
    twins.show(reference=4)
    assert twins.view.shifts[4].difference == 0
    assert twins.view.shifts[0].difference == pytest.approx(-first[4].difference)


def test_the_code_makes_the_same_twins_again(twins):
    twins.show(emotion="fear", vary="gender", intensity=0.9, people=2)
    assert twins.code() == (
        "ferviz.explorers.Twins(model=model, emotion='fear', intensity=0.9, vary='gender', people=2)"
    )  # fmt: skip
    again = eval(twins.code(), {"ferviz": ferviz, "model": twins.model})  # noqa: S307
    assert (again.view.audit == twins.view.audit).all()


def test_each_preset_shows(twins):
    for number in range(1, len(Twins.PRESETS) + 1):
        twins.preset(number)
        assert twins.error == ""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"emotion": "bored"}, "emotion must be one of anger.*; got 'bored'"),
        ({"intensity": -0.1}, "intensity must lie between 0 and 1; got -0.1"),
        ({"vary": "hair"}, "vary must be one of age, skin, ethnicity, gender, light; got 'hair'"),
        ({"vary": "ethnicity", "reference": 3}, "reference must be 0 to 2; got 3"),
        ({"seed": -2}, "seed must be 0 or more; got -2"),
        ({"people": 1000}, "people must be 0 to 400; got 1000"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_in_words(changes, message):
    with pytest.raises(ValueError, match=message):
        TwinsState(**changes)


def test_an_emotion_that_the_model_has_no_label_for_is_said_and_the_twins_stay(twins):
    before = twins.view
    wish(twins, emotion="contempt")
    assert twins.error == (
        "emotion must be one of the model's labels, anger, disgust, fear, happiness, sadness, surprise, neutral; "
        "got 'contempt'"
    )
    assert twins.view is before


def test_twins_as_a_clip_are_of_people_and_pictures_of_nobody_are_silent():
    model, images = ferviz.load_model("mtl"), draw_twins(8, "age", "neutral")
    seen = ferviz.observe(model, as_clip(images, [8]))
    assert seen["expected_age"].shape == (len(VERSIONS["age"]),)
    assert "expected_age" not in ferviz.observe(model, as_clip(images, ()))
    with pytest.raises(ValueError, match="seed must be"):
        as_clip(images, people=[-1])
