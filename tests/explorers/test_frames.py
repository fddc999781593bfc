"""Frames without a browser: the view, what a hand does, state and code."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image

import ferviz
from ferviz.clip import Clip, Crop, Gap
from ferviz.explorers import Frames
from ferviz.explorers.frames.explorer import ZOO
from ferviz.explorers.frames.film import GUESTS, find_film
from ferviz.explorers.frames.state import FramesState
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.film import CELL, LONGEST, choices
from ferviz.explorers.shared.picture import sprite
from ferviz.models.frame_attention import FrameAttention
from ferviz.scores.search import total_variation
from tests.frame_nets import VARIANTS, seeded
from tests.frames_desk import act, looked_at_once, wish


@pytest.fixture(scope="module")
def models() -> dict[str, FrameAttention]:
    return {variant: seeded(variant) for variant in VARIANTS}


@pytest.fixture(scope="module", autouse=True)
def once():
    with looked_at_once():
        yield


@pytest.fixture
def frames(models) -> Frames:
    return Frames(models=models)


# ---- the view --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_view_is_what_observe_says(models, variant):
    explorer = Frames("fear-turned-moving", models, variant=variant)
    seen = ferviz.observe(models[variant], ferviz.sample("fear-turned-moving"))
    now = explorer.view.now
    for name in ("alpha", "weight", "contribution"):
        np.testing.assert_allclose(getattr(now, name), seen[name].values, atol=1e-5)
    np.testing.assert_allclose(now.probability, seen["emotion_probability"].values, atol=1e-5)
    assert ("beta" in seen) == (now.beta is not None)


def test_each_measure_of_the_view_sums_to_one(frames):
    for one in frames.view.measures:
        assert np.nansum(np.abs(one.values)) == pytest.approx(1, abs=1e-5)
    assert [one.name for one in frames.view.measures] == [
        "weight", "contribution", "attribution", "removal", "truth",
    ]  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_button_keeps_the_answer_of_the_model_and_moves_the_weights(models, variant):
    explorer = Frames("sadness-moving", models, variant=variant)
    act(explorer, "search")
    assert explorer.error == ""
    view = explorer.view
    assert view.distance > 0.2
    assert view.drift <= 0.01
    assert view.now.probability.argmax() == view.own.probability.argmax()
    assert "the answer is the same: no probability moves by more than 0.01" in explorer.describe()
    assert f"total variation distance of {view.distance:.2f}" in explorer.describe()


# ---- what a hand does ------------------------------------------------------------------------------------------------


def test_dragging_a_weight_moves_the_answer_and_says_by_how_much(frames):
    before = frames.view
    values = np.full(18, 0.2 / 17)
    values[5] = 0.8
    wish(frames, moves="weight", values=values.tolist(), frame=5)
    assert frames.error == ""
    assert frames.view.now.weight[5] == pytest.approx(0.8, abs=1e-5)
    np.testing.assert_array_equal(frames.view.own.weight, before.own.weight)
    assert frames.view.distance == pytest.approx(total_variation(values, before.own.weight), abs=1e-5)
    assert "Moved: the weights." in frames.describe()
    np.testing.assert_allclose(frames.stage.answer["before"], before.now.probability, atol=1e-4)


def test_shuffling_permutes_the_weights_and_leaves_the_answer(frames):
    before = frames.view
    act(frames, "shuffle")
    assert (frames.error, frames.state.seed) == ("", 1)
    order = list(frames.view.order)
    assert sorted(order) == list(range(18))
    assert order != list(range(18))
    np.testing.assert_allclose(frames.view.now.weight, before.now.weight[order], atol=1e-6)
    np.testing.assert_allclose(frames.view.evidence, before.evidence[order])
    np.testing.assert_allclose(frames.view.now.probability, before.now.probability, atol=1e-6)
    assert "The frames stand in another order." in frames.describe()
    for order, said in ((range(18), "The frames stand as they came."), (range(12), "6 frames left out.")):
        frames.show(order=tuple(order))
        assert said in frames.describe()


def test_a_dropped_frame_stays_dropped_when_the_frames_are_shuffled(frames):
    frames.show(dropped=(3, 7))
    act(frames, "shuffle")
    assert sorted(frames.view.order[place] for place in frames.state.dropped) == [3, 7]


def test_a_clip_repeated_twice_gives_the_same_answer(frames):
    before = frames.view.now.probability
    frames.show(order=tuple(range(18)) * 2)
    np.testing.assert_allclose(frames.view.now.probability, before, atol=1e-6)
    assert "18 of them again" in frames.describe()


def test_a_dropped_frame_keeps_its_place_and_gets_no_weight(frames):
    frames.show(dropped=[4, 2, 4])
    assert frames.state.dropped == (2, 4)
    assert frames.view.reasons[2] == "dropped by hand"
    assert np.isnan(frames.view.now.weight[[2, 4]]).all()
    assert np.nansum(frames.view.now.weight) == pytest.approx(1)
    assert "18 frames, of which 16 can be used" in frames.describe()


def test_a_guest_is_another_person_and_nothing_is_known_of_its_evidence(frames):
    frames.show(order=(*range(6), 18 + GUESTS.index("fear"), *range(6, 18)))
    still = ferviz.observe(frames.model("relation"), ferviz.sample("fear-still"))
    np.testing.assert_allclose(frames.view.now.alpha[6], still["alpha"].values[0], atol=1e-5)
    assert np.isnan(frames.view.evidence[6])
    assert np.isfinite(frames.view.evidence[[5, 7]]).all()


def test_switching_the_variant_switches_the_network_and_its_quantities(frames):
    answers = []
    for variant in VARIANTS:
        wish(frames, variant=variant)
        answers.append(frames.view.now.probability)
        assert ("beta" in frames.stage.answer["rows"]) == (variant == "relation")
    assert all(np.abs(one - other).max() > 1e-4 for one, other in pairwise(answers))
    frames.show(variant="pool")
    assert "All weights are 1/T, 0.056." in frames.describe()
    assert "weight flat" in frames.describe()
    about = f"Measures for {frames.view.label}, agreement with the true evidence, Kendall's τ-b: "
    assert about in frames.describe()  # the evidence is of what a frame shows, whichever label is looked at


def test_the_emotion_chooses_whose_contribution_is_drawn(frames):
    for place, label in enumerate(frames.view.labels):
        frames.show(emotion=label)
        drawn = np.frombuffer(frames.stage.answer["rows"]["contribution"], "<f4")
        np.testing.assert_array_equal(drawn, frames.view.now.contribution[:, place])


def test_the_label_of_the_measures_stays_while_the_hand_moves(frames):
    label = frames.view.label
    for place in range(18):
        frames.show(values=np.eye(18)[place].tolist())
        assert frames.view.label == label


def test_gaps_keep_their_place_and_their_reason(models):
    explorer = Frames("astronaut-moving", models)
    faces = explorer.looked().faces
    gap = next(gap for gap in faces.gaps if gap.stream == "frames")
    assert explorer.view.reasons[gap.start] == gap.reason
    for values in (explorer.view.now.weight, explorer.view.now.alone[:, 0], explorer.view.measures[0].values):
        assert np.isnan(values[gap.start])
    assert "The true evidence is not known: only synthetic clips have it." in explorer.describe()
    assert [one.name for one in explorer.view.measures][-1] == "removal"
    json.dumps(explorer.stage.answer, default=lambda value: len(value), allow_nan=False)


def test_a_neutral_clip_has_nothing_to_find(models):
    explorer = Frames("neutral-moving", models)
    assert "The true evidence is 0 in every frame: there is nothing to find." in explorer.describe()


def test_one_frame_has_all_the_weight(models):
    explorer = Frames("happiness-still", models)
    assert explorer.view.now.weight == pytest.approx([1])
    act(explorer, "search")
    assert explorer.error == "weight must have two usable frames or more: one frame has all the weight, whatever it is"


# ---- state, code, errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variant": "lstm"}, "variant must be one of mean, pool, self, relation; got 'lstm'"),
        ({"moves": "beta"}, "moves must be one of weight, alpha; got 'beta'"),
        ({"frame": -1}, "frame must be 0 or more; got -1"),
        ({"frame": 18}, "frame must be 0 to 17; got 18"),
        ({"order": ()}, f"order must have 1 to {LONGEST} places; got 0"),
        ({"order": (0,) * 200}, f"order must have 1 to {LONGEST} places; got 200"),
        ({"order": (0, -2)}, "order must hold numbers from 0; got -2"),
        ({"order": (0, 25)}, "order must hold frames 0 to 24; got 25"),
        ({"dropped": (18,)}, "dropped must hold places 0 to 17; got 18"),
        ({"dropped": tuple(range(18))}, "dropped must leave at least one frame that can be used; got all of them"),
        ({"values": (0.5, 0.5)}, "values must have 18 numbers, one a place; got 2"),
        ({"values": (1.5,) * 18}, "values must lie between 0 and 1; got 1.5 to 1.5"),
        ({"values": (float("nan"),) * 18}, r"values\[0\] must be a finite number; got nan"),
        ({"values": (0.0,) * 18}, "values must be above 0 at some frame that can be used"),
        ({"tolerance": 0.0}, "tolerance must be above 0 and at most 0.5; got 0.0"),
        ({"emotion": "joy"}, "emotion must be one of anger, .*; got 'joy'"),
        ({"clip": "holiday"}, "clip must be one of .*; got 'holiday'"),
        ({"clip": ""}, "clip must be a sample's name: there is no picture of your own yet"),
    ],
)
def test_a_choice_that_does_not_fit_is_named_and_the_view_stays(frames, changes, message):
    before = frames.view
    with pytest.raises(ValueError, match=message):
        frames.show(**changes)
    assert frames.view is before


def test_the_code_makes_the_same_view_again(frames, models):
    assert frames.code() == "ferviz.explorers.Frames('surprise-degraded', models=models)"
    frames.show(clip="fear-one-frame", variant="self", dropped=(0,), emotion="fear", order=(3, 4, 5, 5, 6), frame=2)
    frames.show(values=(0.1, 0.2, 0.3, 0.3, 0.1), moves="alpha")
    again = eval(frames.code(), {"ferviz": ferviz, "models": models})  # noqa: S307
    assert asdict(again.state) == asdict(frames.state)
    np.testing.assert_array_equal(again.view.now.probability, frames.view.now.probability)


def test_each_preset_is_a_clip_as_it_came(frames):
    frames.show(order=(1, 2), frame=1)
    for number, preset in enumerate(Frames.PRESETS.values(), 1):
        frames._received(frames.stage, {"preset": number}, [])
        assert frames.error == ""
        assert (frames.state.clip, frames.state.order) == (preset["clip"], None)
        assert frames.stage.picture["clip"] == preset["clip"]
        assert frames.stage.picture["turn"] == frames.stage.answer["sheet"]


def test_another_clip_forgets_what_was_done_to_the_last(frames):
    frames.show(order=(1, 2, 3), values=(0.1, 0.2, 0.7), dropped=(0,))
    wish(frames, clip="anger-moving")
    assert frames.error == ""
    assert (frames.state.order, frames.state.values, frames.state.dropped) == (None, None, ())


def test_all_frames_travel_once_as_one_picture(frames):
    told = frames.stage.picture
    image = Image.open(io.BytesIO(told["sprite"]))
    assert image.size == (16 * CELL, 2 * CELL)  # 18 frames and 7 guests
    turn = told["turn"]
    act(frames, "shuffle")
    assert frames.stage.picture["turn"] == turn
    assert Image.open(io.BytesIO(sprite(np.zeros((3, 8, 8, 3), np.uint8)))).size == (24, 8)


def test_the_clips_on_offer_are_there_and_have_frames_to_weigh():
    assert "surprise-degraded" in choices()
    assert "anger-off-label" in choices()
    assert all(len(ferviz.sample(name)) > 1 for name in choices())


def test_the_zoo_is_asked_for_a_network_when_it_is_needed(models, monkeypatch):
    asked = []

    def load(name: str) -> FrameAttention:
        asked.append(name)
        return models[next(variant for variant, zoo in ZOO.items() if zoo == name)]

    monkeypatch.setattr("ferviz.explorers.frames.explorer.load_model", load)
    explorer = Frames(variant="self")
    assert "fan-self" in asked
    assert "fan-pool" not in asked
    explorer.show(variant="pool")
    assert asked[-1] == "fan-pool"
    assert len(asked) == len(set(asked))
    monkeypatch.setattr("ferviz.explorers.frames.explorer.load_model", lambda name: torch.nn.Identity())
    with pytest.raises(TypeError, match="fan-mean must be a FrameAttention or the name of one; got Identity"):
        explorer.show(variant="mean")


def test_models_that_do_not_fit_are_named(models):
    with pytest.raises(ValueError, match="models must hold at least one variant; got none"):
        Frames(models={})
    with pytest.raises(TypeError, match=r"models\['self'\] must be a FrameAttention or the name of one; got Identity"):
        Frames(models={"self": torch.nn.Identity()})
    with pytest.raises(ValueError, match=r"models\['self'\] must be of that variant; got 'pool'"):
        Frames(models={"self": models["pool"]})
    only = Frames(models={"self": models["self"]})
    assert only.state.variant == "self"
    with pytest.raises(ValueError, match="variant must be one of self; got 'relation'"):
        only.show(variant="relation")
    with pytest.raises(TypeError, match="clip must be a sample's name, a path, .*or a Clip; got int"):
        Frames(3)


def test_what_the_gradients_miss_is_named_as_what_they_explain(frames):
    for variant, name in (("mean", "log-probability"), ("self", "logit")):
        frames.show(variant=variant)
        assert f" misses the {name}'s difference" in frames.stage.answer["words"]["gradients"]


def test_an_action_there_is_not_is_said(frames):
    act(frames, "dance")
    assert frames.error == "name must be one of shuffle, search, page, own page, sample; got 'dance'"


def test_a_clip_of_gaps_is_refused(models):
    gaps = (Gap("frames", 0, 2, "dark"),)
    clip = Clip(np.zeros((2, 8, 8, 3), np.uint8), np.arange(2.0), crop=Crop(8, 0.0), gaps=gaps)
    with pytest.raises(ValueError, match="the clip 'array' has no frame that can be used"):
        find_film(Source(clip), 0, models["self"])


def test_the_state_is_made_of_plain_things(frames):
    act(frames, "search")
    assert json.loads(json.dumps(asdict(frames.state)))["values"]
    assert asdict(FramesState(**json.loads(json.dumps(asdict(frames.state))))) == asdict(frames.state)
