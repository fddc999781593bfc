"""Heads without a browser: every number is the networks', dials are heard, and of real faces three heads are silent."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import asdict, replace

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import ferviz
from ferviz.attribution import attribute
from ferviz.clip import Clip
from ferviz.explorers import Heads
from ferviz.explorers.heads.course import BODIES_SHOWN, PEOPLE, course
from ferviz.explorers.heads.maps import MOVES, WAY
from ferviz.explorers.heads.state import STAGES, HeadsState
from ferviz.explorers.shared.picture import shrunk
from ferviz.learning.freezing import moving
from ferviz.learning.recipes.multi_task import TAKEN, moving_parts
from ferviz.models.identity import Identity
from ferviz.models.multi_task import HEADS, SHAPES, MultiTask
from tests.head_nets import TINY, seeded, stages

SAMPLE = "surprise-still"
SMALL = {"quality": "fast"}


@pytest.fixture(scope="module")
def nets() -> dict[str, MultiTask]:
    return stages()


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def heads(nets) -> Heads:
    return Heads(SAMPLE, nets)


@pytest.fixture(scope="module")
def synthetic(nets) -> Heads:
    return Heads("synthetic", nets, **SMALL)


def wish(explorer: Heads, **changes: object) -> None:
    explorer._received(explorer.stage, {"wish": changes, "client": "me", "sequence": 1}, [])


def act(explorer: Heads, name: str) -> None:
    explorer._received(explorer.stage, {"act": name}, [])


def work_out_maps(explorer: Heads) -> None:
    for _ in explorer.view.told:  # a head at a time
        act(explorer, "maps")


def shown(explorer: Heads) -> Clip:
    return explorer.face(explorer.state).clip


# ---- the numbers are the networks' -----------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["identity", "final"])
def test_every_answer_is_what_observe_says(heads, nets, stage):
    wish(heads, trained=stage)
    assert heads.error == ""
    seen = ferviz.observe(nets[stage], shown(heads)).isel(frame=0)
    now = heads.view.now
    np.testing.assert_array_equal(now.emotion, seen["emotion_probability"].values)
    np.testing.assert_array_equal(now.age, seen["age_probability"].values)
    np.testing.assert_array_equal(now.ethnicity, seen["ethnicity_probability"].values)
    np.testing.assert_array_equal(now.feature, seen["feature"].values)
    assert (now.gender, now.years) == (float(seen["gender"]), float(seen["expected_age"]))
    other = ferviz.observe(nets["final" if stage == "identity" else "identity"], shown(heads)).isel(frame=0)
    np.testing.assert_array_equal(heads.view.other.emotion, other["emotion_probability"].values)
    contribution = seen["emotion_contribution"].values
    np.testing.assert_array_equal(now.contribution["emotion"], contribution)  # whichever was read first
    mean = float((now.age * np.arange(1.0, 101.0)).sum())
    assert f"{now.years:.1f} years (mean over all ages {mean:.1f}), gender " in heads.describe()
    assert (heads.stage.answer["now"]["years"], heads.stage.answer["now"]["mean"]) == (now.years, now.mean)
    assert now.mean == pytest.approx(mean, abs=1e-3)


def test_between_the_two_the_old_heads_stand_on_the_tuned_body(heads, nets):
    wish(heads, trained="tuned")
    now, first, last = heads.view.now, heads.models["identity"], nets["final"]
    seen = ferviz.observe(last, shown(heads)).isel(frame=0)
    np.testing.assert_array_equal(now.feature, seen["feature"].values)
    np.testing.assert_array_equal(now.emotion, seen["emotion_probability"].values)
    feature = torch.from_numpy(now.feature)[None]
    with torch.no_grad():
        age = first.answers["age"](first.hidden_layers["age"](feature)[-1]).softmax(-1)[0]
    np.testing.assert_allclose(now.age, age, atol=1e-6)
    assert not np.allclose(now.age, seen["age_probability"].values, atol=1e-3)
    before = ferviz.observe(nets["identity"], shown(heads)).isel(frame=0)
    np.testing.assert_array_equal(heads.view.other.age, before["age_probability"].values)
    assert " (tuned, old heads), for " in heads.describe()
    assert "Beside it, identity body: " in heads.describe()


def test_a_network_between_the_two_may_be_given(nets):
    explorer = Heads(SAMPLE, {**nets, "tuned": nets["identity"]}, trained="tuned")
    assert list(explorer.models) == ["identity", "tuned", "final"]
    assert explorer.models["tuned"] is nets["identity"]
    two = Heads(SAMPLE, {"tuned": nets["identity"], "final": nets["final"]})
    assert (two.view.other_stage, two.stage.answer["beside"]) == ("tuned", "tuned")
    two.show(trained="tuned")
    assert two.view.other_reader == "tuned, new heads"
    other = seeded(branches="shared")
    assert list(Heads(SAMPLE, {"identity": other, "final": nets["final"]}).models) == ["identity", "final"]


def test_age_is_read_out_of_the_two_most_probable_years(heads):
    now = heads.view.now
    (first, share), (second, rest) = now.two
    assert {first, second} == set(np.argsort(now.age)[-2:] + 1)
    assert share + rest == pytest.approx(1)
    assert share * first + rest * second == pytest.approx(now.years, abs=1e-4)
    assert said(heads)["age"] == f"{share:.2f} · {first} + {rest:.2f} · {second} = {now.years:.1f} years"


def said(explorer: Heads) -> dict[str, str]:
    return explorer.stage.answer["words"]


def test_what_a_number_adds_to_each_head_is_the_models_contribution(heads, nets):
    seen = ferviz.observe(nets["final"], shown(heads)).isel(frame=0)
    view = heads.view
    assert list(view.told) == list(view.fed) == list(HEADS)
    best = {"emotion": view.label, "age": str(view.now.two[0][0]), "ethnicity": view.told["ethnicity"]}
    for head, label in best.items():
        np.testing.assert_array_equal(view.fed[head], seen[f"{head}_contribution"].sel({head: label}).values)
    np.testing.assert_array_equal(view.fed["gender"], seen["gender_contribution"].values)
    bias = nets["final"].answers["emotion"].bias.detach().numpy()[view.labels.index(view.label)]
    logit = float(seen["emotion_logits"].sel(emotion=view.label))
    assert view.fed["emotion"].sum() + bias == pytest.approx(logit, abs=1e-4)
    wish(heads, label="fear", channel=5)
    assert f"Feature 5 is {view.now.feature[5]:.3f}; it adds to the logits of fear " in heads.describe()
    assert heads.view.told["ethnicity"] in SHAPES


def test_the_dials_set_who_is_drawn_and_that_is_the_truth(synthetic):
    wish(synthetic, age=70.0, gender=0.25, ethnicity=[0.5, 0.25, 0.25])
    assert synthetic.error == ""
    person = synthetic.view.person
    assert (person["age"], person["gender"], list(person["ethnicity"])) == (70.0, 0.25, [0.5, 0.25, 0.25])
    assert "Drawn: 70 years, gender 0.25, African 0.50, Asian 0.25, Caucasian 0.25." in synthetic.describe()
    assert synthetic.stage.answer["person"]["age"] == 70.0
    before = synthetic.view.picture
    wish(synthetic, age=20.0)
    assert (synthetic.view.picture != before).any()
    wish(synthetic, emotion="neutral")
    assert "for a synthetic face, neutral." in synthetic.describe()
    wish(synthetic, emotion="happiness", age=None, gender=None, ethnicity=None)


# ---- real faces ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_of_a_real_face_three_heads_say_nothing(nets, stage):
    explorer = Heads("astronaut", nets, trained=stage)
    assert (explorer.view.other.age, explorer.view.other.years, explorer.view.other.gender) == (None, None, None)
    view = explorer.view
    assert (view.now.age, view.now.years, view.now.gender, view.now.ethnicity) == (None, None, None, None)
    assert view.told == {"emotion": view.label}
    assert list(view.fed) == ["emotion"]
    why = "No answer on age, gender and ethnicity. They learned the parameters of a generator of faces; of a "
    assert explorer.stage.answer["silence"] == f"{why}picture that is not known here to be its work they say nothing."
    assert why in explorer.describe()
    assert "years" not in explorer.describe()
    act(explorer, "maps")
    act(explorer, "maps")  # once more than there are heads
    act(explorer, "raise")
    assert explorer.error == ""
    assert list(explorer.view.maps) == ["emotion"]
    assert explorer.view.moves == {}
    answer = explorer.stage.answer
    assert (answer["now"]["age"], answer["now"]["gender"], answer["person"]) == (None, None, None)
    json.dumps(answer, default=len, allow_nan=False)


def own_clip() -> Clip:
    clip = ferviz.sample("sadness-still")
    return Clip(np.ascontiguousarray(clip.frames[:, :, ::-1]), np.zeros(1), crop=clip.crop, source="mine")


def saved(explorer: Heads) -> str:
    return json.dumps(ipywidgets.Widget.get_manager_state(widgets=[explorer.stage, explorer.foot]), default=str)


def test_ones_own_picture_is_read_for_its_expression_alone_and_not_saved(nets):
    explorer = Heads(own_clip(), nets, step="all", trained="identity")
    assert (explorer.private, explorer.state.source, explorer.state.trained) == (True, "", "identity")
    assert explorer.view.now.age is None
    assert "your own picture" in explorer.describe()
    own = base64.b64encode(own_clip().frames.tobytes()).decode()
    assert own[:400] not in saved(explorer)
    with pytest.raises(ValueError, match="the page would hold your own picture: pass own=True if you want that"):
        explorer.page()
    assert own[:400] in explorer.page(own=True)
    explorer._received_below(explorer.foot, {"act": "sample"}, [])
    assert (explorer.private, explorer.state.source, explorer.error) == (False, "synthetic", "")


def test_an_upload_without_a_face_is_refused_in_words_and_the_face_stays(heads):
    before, file = heads.view, io.BytesIO()
    Image.fromarray(np.full((80, 80, 3), 90, np.uint8)).save(file, "PNG")
    content = {"upload": {"id": 1, "name": "me.png", "total": len(file.getvalue()), "start": 0}}
    heads._received_below(heads.foot, content, [memoryview(file.getvalue())])
    assert heads.error.startswith("no face found in upload")
    np.testing.assert_array_equal(heads.view.picture, before.picture)


# ---- maps, and what raises a number ----------------------------------------------------------------------------------


def test_maps_are_attributions_divided_by_their_own_mean_size(heads, nets):
    assert heads.stage.answer["maps"] is None
    work_out_maps(heads)
    assert heads.error == ""
    way, years = {"n_steps": 24, "baseline": "blur"}, torch.arange(1.0, 101.0)
    found = attribute(nets["final"], shown(heads), target=lambda said: said["age"].softmax(1) @ years, **way)
    small = shrunk(found["attribution"].values[0], 64)
    spread = heads.view.maps["age"]
    np.testing.assert_allclose(spread.values, small / np.abs(small).mean(), rtol=1e-5)
    assert np.abs(spread.values).mean() == pytest.approx(1)
    assert spread.total == pytest.approx(float(found["attribution"].sum()))
    assert spread.error == pytest.approx(float(found["convergence_error"][0]), abs=1e-3)
    assert f"mean age {spread.total:+.2f} ± {spread.error:.2f} years".replace("-", "−") in said(heads)["maps"]
    emotion = attribute(nets["final"], shown(heads), target=heads.view.label, **way)
    assert heads.view.maps["emotion"].total == pytest.approx(float(emotion["attribution"].sum()))
    drawn = np.frombuffer(heads.stage.answer["maps"]["age"]["values"], "<f4").reshape(64, 64)
    np.testing.assert_array_equal(drawn, np.asarray(spread.values, "<f4"))


def test_maps_come_one_head_at_a_time_and_the_hand_may_move_between(heads):
    act(heads, "maps")
    assert list(heads.view.maps) == ["emotion"]
    wish(heads, channel=1)
    act(heads, "maps")
    assert list(heads.stage.answer["maps"]) == ["emotion", "age"]
    assert "mean age" in said(heads)["maps"]
    heads.explain()
    assert list(heads.view.maps) == list(HEADS)


def test_the_map_of_age_adds_up_to_what_the_mean_age_moves_by(heads):
    heads.explain()
    spread = heads.view.maps["age"]
    assert spread.error < 0.1 * abs(spread.total) + 0.05


def test_maps_are_kept_for_the_face_the_body_and_the_label(heads):
    work_out_maps(heads)
    maps = heads.view.maps
    wish(heads, trained="identity")
    assert heads.view.maps is None
    wish(heads, trained="final", channel=3)
    assert heads.view.maps is maps
    wish(heads, label="fear" if heads.view.label != "fear" else "anger")
    assert heads.stage.answer["maps"] is None
    wish(heads, source="fear-still")
    assert heads.view.maps is None


def test_the_face_as_it_came_is_ones_own_where_that_is_shown(heads):
    wish(heads, source="synthetic", emotion="fear", yaw=20.0, trained="identity")
    act(heads, "reset")
    reset = heads.state
    heads.preset(1)
    assert heads.state == reset
    heads.take(ferviz.sample("fear-still"))
    wish(heads, trained="identity", label="fear")
    act(heads, "reset")
    assert (heads.private, heads.state.source, heads.state.trained, heads.state.label) == (True, "", "final", "")


def test_a_map_without_shape_is_called_flat():
    net = seeded(7)
    with torch.no_grad():
        net.answers["gender"].weight.zero_()
    explorer = Heads(SAMPLE, net)
    explorer.explain()
    assert explorer.view.maps["gender"].flat
    assert np.isfinite(explorer.view.maps["gender"].values).all()
    assert "gender flat" in explorer.describe()


def summed(net: MultiTask, clip: Clip, channel: int) -> float:
    """What a map of one number of the feature adds up to, asked in another way: by what leaves the body."""
    left: list[torch.Tensor] = []
    with net.backbone.register_forward_hook(lambda *told: left.append(told[2])):
        found = attribute(net, clip, target=lambda _: left[-1][:, channel], **WAY)
    return float(found["attribution"].sum())


def test_what_raises_a_number_adds_up_to_it(heads, nets):
    wish(heads, channel=4)
    act(heads, "raise")
    assert heads.error == ""
    spread, net = heads.view.raised, nets["final"]
    clip = shown(heads)
    assert spread.total == pytest.approx(summed(net, clip, 4), rel=1e-4)
    assert spread.error < 0.5 * abs(spread.total) + 0.05
    wish(heads, channel=5)
    assert heads.view.raised is None
    act(heads, "raise")
    assert heads.view.raised.total == pytest.approx(summed(net, clip, 5), rel=1e-4)
    assert abs(heads.view.raised.total - spread.total) > 1e-3
    wish(heads, channel=4)
    assert heads.view.raised is spread


def test_each_dial_moves_the_feature_as_if_a_hand_had_moved_it(synthetic, nets):
    wish(synthetic, trained="final", channel=2)
    before = synthetic.view.now.feature
    act(synthetic, "raise")
    assert synthetic.error == ""
    moves = synthetic.view.moves
    assert list(moves) == list(MOVES)
    assert "Of the dials, “" in synthetic.describe()
    own = {name: getattr(synthetic.state, name) for one in MOVES.values() for name in one}
    for name, move in MOVES.items():
        wish(synthetic, **{**own, **move})
        np.testing.assert_allclose(synthetic.view.now.feature - before, moves[name], atol=1e-5)
    wish(synthetic, **own)


# ---- the course and the bodies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("branches", ["deep", "shared"])
@pytest.mark.parametrize("step", TAKEN)
def test_the_parts_that_are_said_to_move_are_those_that_ask_for_a_gradient(step, branches):
    model: MultiTask | Identity = seeded(branches=branches)
    told = next(one for one in course(model) if one["name"] == step)
    if step == "identity":
        model = Identity(PEOPLE, TINY)
    names = {"people": ["classify"], "body": ["backbone"], "hidden": ["hidden_layers.shared"]}
    with moving(model, moving_parts(model, TAKEN[step])):
        known = dict(model.named_modules())
        for part in told["parts"]:
            own = names.get(part["name"], [f"answers.{part['name']}", f"hidden_layers.{part['name']}"])
            weights = [one for path in own if path in known for one in known[path].parameters()]
            assert part["count"] == sum(one.numel() for one in weights)
            assert {one.requires_grad for one in weights} == {part["moves"]}
    counts = [part["count"] for part in told["parts"]]
    assert sum(counts) == sum(one.numel() for one in model.parameters())


def test_the_course_goes_to_the_browser_with_its_schedule(heads):
    steps = {one["name"]: one for one in heads.stage.picture["course"]}
    assert list(steps) == list(TAKEN)
    assert [one["name"] for one in steps["head"]["parts"] if one["moves"]] == ["emotion"]
    assert [one["name"] for one in steps["all"]["parts"] if one["moves"]] == ["body", "emotion"]
    assert steps["head"]["epochs"] == TAKEN["head"].recipe.schedule.epochs
    assert (steps["head"]["sharp"], steps["again"]["sharp"]) == (True, False)
    assert {name for name, one in steps.items() if one["learns"] == "emotion" and one["weighted"]} == {"head", "all"}
    assert steps["all"]["rate"] == steps["head"]["rate"] / 2  # as the panel says in words
    assert PEOPLE == steps["identity"]["people"] == 10_500 / 7  # seven faces each
    people = next(part for part in steps["identity"]["parts"] if part["name"] == "people")
    assert people["count"] == 1500 * (TINY.backbone.width + 1)
    assert not any(one["people"] for name, one in steps.items() if name != "identity")
    assert (steps["longer"]["epochs"], steps["longer"]["rate"], steps["longer"]["before"]) == (40, 2e-3, "head")


def test_bodies_have_their_size_at_once_and_their_time_when_it_is_asked_for(heads, monkeypatch):
    rows = {one["name"]: one for one in heads.stage.picture["bodies"]}
    assert list(rows) == list(BODIES_SHOWN)
    assert rows["efficientnet-b0"]["parameters"] == 4_007_548  # timm's tf_efficientnet_b0 without its classifier
    assert rows["mobilenet"]["megabytes"][0] == pytest.approx(4 * rows["mobilenet"]["parameters"] / 1e6, abs=1e-3)
    asked = []
    monkeypatch.setattr(
        "ferviz.explorers.heads.explorer.milliseconds", lambda body: asked.append(body) or 1.5 * len(asked)
    )
    act(heads, "time")
    wish(heads, body="efficientnet-b2")
    act(heads, "time")
    act(heads, "time")
    assert asked == [BODIES_SHOWN["mobilenet, compact"], BODIES_SHOWN["efficientnet-b2"]]
    assert heads.stage.answer["times"] == {"mobilenet, compact": 1.5, "efficientnet-b2": 3.0}


# ---- state, code, networks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trained": "middle"}, "trained must be one of identity; tuned; final; got 'middle'"),
        ({"step": "next"}, "step must be one of identity; attributes; head; all; again; longer; last; got 'next'"),
        ({"body": "vgg"}, "body must be one of mobilenet, compact; efficientnet, compact; mobilenet; .*; got 'vgg'"),
        ({"label": "joy"}, "label must be one of .*; got 'joy'"),
        ({"channel": 32}, "channel must be 0 to 31; got 32"),
        ({"channel": -1}, "channel must be 0 or more; got -1"),
        ({"frame": 3}, "frame must be 0 to 0; got 3"),
        ({"frame": -3}, "frame must be 0 or more; got -3"),
        ({"budget": 0.5}, "budget must lie between 1 and 200 ms; got 0.5"),
        ({"yaw": 90.0}, "yaw must lie between -60 and 60; got 90"),
        ({"source": "synthetic", "age": 5.0}, "age must be 10 to 90 years; got 5"),
        ({"source": "holiday"}, "source must be one of synthetic, astronaut, .*; got 'holiday'"),
    ],
)
def test_a_choice_that_does_not_fit_is_named_and_the_view_stays(heads, changes, message):
    before = heads.view
    with pytest.raises(ValueError, match=message):
        heads.show(**changes)
    assert heads.view is before


def test_a_network_that_does_not_fit_is_named(nets):
    with pytest.raises(TypeError, match="model must be a MultiTask or the name of one; got Identity"):
        Heads(model=nn.Identity())
    with pytest.raises(TypeError, match="model must be a MultiTask or the name of one; got MiniXception"):
        Heads(model="mini-xception")
    with pytest.raises(ValueError, match="model must hold at least one network; got none"):
        Heads(model={})
    with pytest.raises(ValueError, match="model must hold networks by identity, tuned, final; got middle"):
        Heads(model={"middle": nets["final"]})
    with pytest.raises(ValueError, match="model must be one of mini-xception, .*; got 'no-such'"):
        Heads(model="no-such")
    with pytest.raises(ValueError, match=r"model\['final'\] must have the heads emotion, age, .*; got emotion, age"):
        Heads(model={"final": seeded(heads=("emotion", "age"))})
    with pytest.raises(ValueError, match="model must hold networks of one body and the same labels; got two that diff"):
        Heads(model={"identity": nets["identity"], "final": seeded(labels=ferviz.emotions.LABEL_SETS["FER+"])})


def test_networks_that_are_not_trained_yet_are_said_to_be_missing(monkeypatch):
    monkeypatch.setattr("ferviz.explorers.heads.net.MODELS", {"mini-xception": None})
    with pytest.raises(ValueError, match=r"model\['identity'\] must be a network that is there: 'mtl-head' is not tr"):
        Heads()


def test_the_zoo_is_asked_by_name(nets, monkeypatch):
    asked = []
    zoo = {"mtl-head": nets["identity"], "mtl": nets["final"]}
    monkeypatch.setattr("ferviz.explorers.heads.net.MODELS", zoo)
    monkeypatch.setattr("ferviz.explorers.heads.net.load_model", lambda name: asked.append(name) or zoo[name])
    explorer = Heads(SAMPLE)
    assert explorer.code() == f"ferviz.explorers.Heads('{SAMPLE}')"
    assert asked == ["mtl-head", "mtl"]
    one = Heads(SAMPLE, "mtl-head")
    assert one.code() == f"ferviz.explorers.Heads('{SAMPLE}', model='mtl-head')"
    assert one.stage.picture["stages"] == {"final": "network given"}
    assert " (network given), for " in one.describe()


def test_one_network_has_nothing_beside_it(nets):
    explorer = Heads(SAMPLE, nets["final"])
    assert (explorer.view.other, explorer.stage.answer["other"]) == (None, None)
    with pytest.raises(ValueError, match="trained must be one of final; got 'identity'"):
        explorer.show(trained="identity")
    early = Heads(SAMPLE, {"identity": nets["identity"]})
    assert early.state.trained == "identity"
    for number in range(1, len(Heads.PRESETS) + 1):
        early._received(early.stage, {"preset": number}, [])
        assert (early.error, early.state.trained) == ("", "identity")


def test_units_of_ones_own_are_no_emotions(synthetic):
    synthetic.show(units={"4": 1.5})
    assert "for a synthetic face, your own units × 0.80." in synthetic.describe()


def test_each_preset_shows_what_it_asks(synthetic):
    for number, preset in enumerate(Heads.PRESETS.values(), 1):
        synthetic._received(synthetic.stage, {"preset": number}, [])
        assert synthetic.error == ""
        assert {name: getattr(synthetic.state, name) for name in preset} == dict(preset)
    assert all(name.endswith("?") for name in Heads.PRESETS)
    synthetic.preset(1)


def test_the_face_of_the_presets_goes_the_way_of_the_mean_over_strangers():
    """Nearest before tuning, farthest under the old heads, in between under new ones."""
    explorer = Heads()
    assert explorer.state == replace(explorer.state, **Heads.PRESETS["Four answers?"])
    said = {stage: (explorer.show(trained=stage), explorer.view.now)[1] for stage in STAGES}
    person = explorer.view.person
    assert person["gender"] > 0.75
    for far in (
        {stage: abs(one.gender - person["gender"]) for stage, one in said.items()},
        {stage: abs(one.mean - person["age"]) for stage, one in said.items()},
    ):
        assert sorted(far, key=far.get) == ["identity", "final", "tuned"]
    assert all(one.gender > 0.5 for one in said.values())
    years = {stage: abs(one.years - person["age"]) for stage, one in said.items()}
    assert years["identity"] < min(years["tuned"], years["final"])
    assert "One face is one face: section 5 of lesson 06" in explorer.stage.picture["one"]


def test_each_preset_of_a_drawn_face_changes_one_thing_of_the_first():
    first, *others = Heads.PRESETS.values()
    light = {"light", "height", "direct"}
    for preset in others:
        changed = {name for name in preset if preset[name] != first[name]}
        assert changed in (light, {"source"}) or len(changed) == 1, changed


def test_the_code_makes_the_same_view_again(heads, nets):
    heads.show(source="synthetic", yaw=-20.0, units={"12": 0.5}, age=44.0, trained="identity", channel=7, **SMALL)
    heads.show(step="again", body="efficientnet-b0", budget=60.0, label="fear")
    again = eval(heads.code(), {"ferviz": ferviz, "model": nets})  # noqa: S307
    assert asdict(again.state) == asdict(heads.state)
    np.testing.assert_allclose(again.view.now.emotion, heads.view.now.emotion, atol=1e-6)


def test_the_networks_are_left_as_they_were(heads, nets):
    before = {name: value.clone() for name, value in nets["final"].state_dict().items()}
    for changes in ({"channel": 3}, {"label": "fear"}, {"source": "synthetic", **SMALL}):
        heads.show(**changes)
        heads.explain()
        heads.raise_channel()
    assert not nets["final"].training
    assert all(torch.equal(value, before[name]) for name, value in nets["final"].state_dict().items())


def test_another_frame_is_another_face(nets):
    explorer = Heads("surprise-moving", nets, frame=4)
    seen = ferviz.observe(nets["final"], ferviz.sample("surprise-moving"))
    np.testing.assert_allclose(explorer.view.now.emotion, seen["emotion_probability"].values[4], atol=1e-5)
    assert explorer.stage.picture["frames"] == len(ferviz.sample("surprise-moving"))


def test_the_state_alone_knows_what_no_face_can_show():
    with pytest.raises(ValueError, match="way must be 1 to"):
        HeadsState(way=99)


def test_the_page_holds_all_and_asks_nobody(heads, tmp_path):
    page = heads.save_page(tmp_path / "heads.html").read_text("utf-8")
    assert '"offline": true' in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page.split("<script>")[1].split("TRAITS")[0])
    sent: list[dict] = []
    heads.stage.send = lambda content, buffers=None: sent.append(content)
    act(heads, "page")
    assert sent[0]["file"]["name"] == "heads.html"
    still = heads.still()
    assert still.bars == {name: float(v) for name, v in zip(heads.view.labels, heads.view.now.emotion, strict=True)}
