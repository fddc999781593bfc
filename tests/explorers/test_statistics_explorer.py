"""Statistics without a browser: four statistics of what is there, an exact sum, and an order that does not count."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import asdict

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import ferviz
from ferviz.clip import Clip
from ferviz.explorers import Statistics
from ferviz.explorers.statistics.explorer import described, held
from ferviz.explorers.statistics.machine import Machine
from ferviz.learning.clip_svm import ClipSVM, clip_descriptor, fit_svm
from ferviz.models.descriptor import STATISTICS
from ferviz.models.multi_task import MultiTask
from tests.frame_nets import seeded as of_clips
from tests.head_nets import seeded

SAMPLE = "surprise-moving"
WIDTH = 32


@pytest.fixture(scope="module")
def model() -> MultiTask:
    return seeded()


@pytest.fixture(scope="module")
def svm() -> ClipSVM:
    """Drawn, not fitted: what it decides depends on all four statistics."""
    weight = np.random.default_rng(0).normal(size=(3, 4 * WIDTH))
    return ClipSVM(weight, np.array([0.1, -0.2, 0.3]), ("anger", "fear", "surprise"))


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def explorer(model, svm) -> Statistics:
    return Statistics(SAMPLE, model, svm)


def wish(one: Statistics, **changes: object) -> None:
    one._received(one.stage, {"wish": changes, "client": "me", "sequence": 1}, [])


def act(one: Statistics, name: str) -> None:
    one._received(one.stage, {"act": name}, [])


# ---- statistics and the sum ------------------------------------------------------------------------------------------


def test_the_worked_example():
    """Frames (1,2), (3,2), (5,8), as in the specification of the descriptor."""
    weight = np.zeros((2, 8))
    weight[0], weight[1, 2:4] = 1.0, 2.0
    machine = ClipSVM(weight, np.array([0.5, -0.5]), ("anger", "fear"))
    found = described(np.array([[1, 2], [3, 2], [5, 8]], np.float32), np.ones(3, bool), machine)
    flat = np.concatenate([found.statistics[name] for name in STATISTICS])
    np.testing.assert_allclose(flat, [3, 4, 1.632993, 2.828427, 1, 2, 5, 8], atol=1e-6)
    normal = [0.263455, 0.351274, 0.143407, 0.248388, 0.087818, 0.175637, 0.439092, 0.702548]
    np.testing.assert_allclose(flat / found.length, normal, atol=1e-6)
    np.testing.assert_allclose(found.decision, [sum(normal) + 0.5, 2 * (normal[2] + normal[3]) - 0.5], atol=1e-5)
    np.testing.assert_allclose(found.share[:, 1], [0, 2 * (normal[2] + normal[3]), 0, 0], atol=1e-5)


def test_the_sum_is_the_machines_and_each_share_is_exact(explorer, model, svm):
    clip = ferviz.sample(SAMPLE)
    answer = svm.shares(clip_descriptor(model, clip)).isel(clip=0)
    view = explorer.view
    np.testing.assert_allclose(view.now.share, answer["share"].values, atol=1e-6)
    np.testing.assert_allclose(view.now.decision, answer["decision"].values, atol=1e-6)
    np.testing.assert_allclose(view.now.share.sum(0) + view.bias, view.now.decision, atol=1e-6)
    assert view.label == str(answer["answer"].values)
    place = view.labels.index(view.label)
    shares = " ".join(f"{name} {view.now.share[at, place]:+.3f}" for at, name in enumerate(STATISTICS))
    text = f"The decision for {view.label}: {shares} bias {view.bias[place]:+.3f} = {view.now.decision[place]:+.3f}."
    assert text.replace("-", "−") in explorer.describe()
    wish(explorer, label="fear")
    assert "The decision for fear: " in explorer.describe()
    seen = ferviz.observe(model, clip)["feature"].values
    drawn = np.frombuffer(explorer.stage.answer["features"], "<f4").reshape(len(clip), WIDTH)
    np.testing.assert_array_equal(drawn, seen)


def test_the_order_does_not_count(explorer):
    before = explorer.view.now
    act(explorer, "shuffle")
    assert explorer.error == ""
    assert explorer.view.order != tuple(range(18))
    assert sorted(explorer.view.order) == list(range(18))
    for name in STATISTICS:
        np.testing.assert_allclose(explorer.view.now.statistics[name], before.statistics[name], atol=1e-6)
    assert "The frames stand in another order: no statistic moves." in explorer.describe()
    shuffled = explorer.state.order
    for order, said in (
        (range(18), "The frames stand as they came: no statistic moves."),
        (range(1, 18), "1 frame left out"),
        ((5, 3, *range(6, 18)), "4 frames left out, the others in another order"),
    ):
        explorer.show(order=tuple(order))
        assert said in explorer.describe()
    explorer.show(order=shuffled)
    act(explorer, "shuffle")
    assert explorer.state.seed == 2


def test_a_frame_that_is_dropped_takes_its_extremes_with_it(explorer, model):
    first = explorer.view
    place = int(np.nanargmax(first.held))
    wish(explorer, dropped=[place])
    assert explorer.error == ""
    view = explorer.view
    assert view.reasons[place] == "dropped by hand"
    left = np.delete(first.features, place, 0)
    np.testing.assert_allclose(view.now.statistics["max"], left.max(0), atol=1e-6)
    np.testing.assert_allclose(view.now.statistics["mean"], left.mean(0), atol=1e-6)
    np.testing.assert_allclose(view.now.statistics["std"], left.std(0), atol=1e-5)
    changed = sum(
        int((view.now.statistics[name] != first.now.statistics[name]).sum()) for name in ("min", "max")
    )
    assert changed == first.held[place] > 0
    assert np.isnan(view.held[place])
    assert "1 frame dropped by hand. How far the numbers of each statistic moved" in explorer.describe()
    assert explorer.stage.answer["words"]["done"] == "1 frame dropped by hand."
    act(explorer, "shuffle")
    assert len(explorer.state.dropped) == 1
    assert explorer.view.order[explorer.state.dropped[0]] == place
    wish(explorer, dropped=[], order=None)
    np.testing.assert_array_equal(explorer.view.now.statistics["max"], first.now.statistics["max"])


def test_a_frame_that_is_repeated_moves_the_mean_and_no_extreme(explorer):
    wish(explorer, order=[*range(18), 5, 5, 5])
    moved = explorer.view.moved
    assert moved["mean"] > 0
    assert (moved["min"], moved["max"]) == (0, 0)
    assert explorer.view.held[[5, 18, 19, 20]].tolist() == [0, 0, 0, 0]
    assert "3 frames again. How far" in explorer.describe()


def test_who_holds_an_extreme_alone():
    features = np.array([[0, 5, 1], [9, 9, 9], [1, 5, 2], [2, 4, 2]], np.float32)
    found = held(features, np.array([True, False, True, True]))
    np.testing.assert_array_equal(found, [2, np.nan, 0, 2])


def test_one_frame_has_no_deviation(model, svm):
    one = Statistics("surprise-still", model, svm)
    assert not one.view.now.statistics["std"].any()
    assert "its deviation is 0" in one.describe()
    wish(one, order=[0, 0, 0])
    assert "2 frames again: no statistic moves." in one.describe()


def test_gaps_are_left_out(model, svm):
    one = Statistics("astronaut-moving", model, svm)
    gone = [place for place, reason in enumerate(one.view.reasons) if reason]
    assert gone
    assert np.isnan(one.view.features[gone]).all()
    kept = np.delete(one.view.features, gone, 0)
    np.testing.assert_allclose(one.view.now.statistics["min"], kept.min(0), atol=1e-6)
    assert f"60 frames, of which {len(kept)} can be used." in one.describe()
    wish(one, dropped=[place for place in range(60) if place not in gone])
    assert one.error.startswith("dropped must leave at least one frame that can be used; got all of them")
    json.dumps(one.stage.answer, default=len)


# ---- the machine -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fitted(model) -> Machine:
    return Machine(model)


def test_without_a_machine_one_is_fitted_on_other_people_than_the_clips(fitted, model):
    clip = ferviz.sample("fear-one-frame")
    machine, told = fitted.answering(clip)
    known = fitted._bundled()
    others = {name: one for name, one in known.items() if one[2] != known["fear-one-frame"][2]}
    assert "fear-one-frame" not in others
    assert told.startswith(f"The linear machine was fitted on {len(others)} bundled clips of other people:")
    labels = ferviz.emotions.LABEL_SETS["FER2013"]
    descriptors = torch.cat([one[0] for one in others.values()])
    by_hand = fit_svm(descriptors, [labels.index(one[1]) for one in others.values()], labels=labels)
    np.testing.assert_array_equal(machine.weight, by_hand.weight)
    assert set(machine.labels) <= {str(label) for label in labels}
    assert fitted.answering(clip)[0] is machine
    anybody, told = fitted.answering(Clip(clip.frames, clip.times, crop=clip.crop))
    assert f"fitted on {len(known)} bundled clips: " in told
    assert anybody is not machine


def test_the_answer_stands_beside_the_label_that_is_known(model, svm):
    one = Statistics("fear-one-frame", model, svm)
    said = {label: "right" if label == "fear" else "wrong" for label in one.view.labels}
    told = f"{said[one.view.label]}: the clip's label is fear"
    assert one.stage.answer["words"]["truth"] == told
    assert f"; {told}. 18 frames." in one.describe()
    changed = Statistics("fear-one-frame", model, svm, dropped=(3,))
    assert changed.stage.answer["words"]["truth"].endswith(": the clip's label as it came is fear")
    assert "The highest decision is the answer; all may be below 0." in one.describe()
    always = ClipSVM(svm.weight * 0, np.array([-2.0, -1.0, -3.0]), svm.labels)
    said = {"fear-one-frame": "right: the clip's label is fear", SAMPLE: "wrong: the clip's label is surprise"}
    for clip, told in said.items():
        assert f"label: fear, decision −1.00; {told}" in Statistics(clip, model, always).describe()
    of_face = Statistics("sadness-voice-only", model, svm)  # its voice alone is sad
    assert of_face.stage.answer["words"]["truth"].endswith(": its face's label is neutral")
    assert Statistics(own_clip(), model, svm)._unsaved["answer"]["words"]["truth"] == ""


def test_the_first_preset_is_answered_as_its_clip_is_labelled():
    one = Statistics()
    one.preset(1)
    assert one.stage.answer["words"]["truth"] == "right: the clip's label is happiness"
    assert one.stage.answer["words"]["fitted"].startswith("The linear machine was fitted on 16 bundled clips of other")


def test_a_clip_whose_voice_and_face_differ_is_learned_by_its_face(fitted):
    assert str(fitted._bundled()["sadness-voice-conflict"][1]) == "sadness"
    assert str(fitted._bundled()["sadness-voice-only"][1]) == "neutral"
    assert not any(name.startswith("contempt") for name in fitted._bundled())


def test_a_machine_or_a_network_that_does_not_fit_is_named(model, svm):
    with pytest.raises(TypeError, match=r"svm must be a ClipSVM \(.*fit_svm makes one\); got int"):
        Statistics(SAMPLE, model, 3)
    narrow = ClipSVM(np.zeros((2, 8)), np.zeros(2), ("anger", "fear"))
    with pytest.raises(ValueError, match="svm must be fitted on mean, std, min, max of 32 numbers; got mean, .*, 8 in"):
        Statistics(SAMPLE, model, narrow)
    means = ClipSVM(np.zeros((2, 4 * WIDTH)), np.zeros(2), ("anger", "fear"), ("mean",))
    with pytest.raises(ValueError, match="svm must be fitted on mean, std, min, max of 32 numbers; got mean, 128 in"):
        Statistics(SAMPLE, model, means)
    with pytest.raises(TypeError, match="model must be a ferviz Model or the name of one; got Identity"):
        Statistics(SAMPLE, nn.Identity())
    with pytest.raises(ValueError, match=r"model must read each face .* feature \(channel,\); the quantities of Mini"):
        Statistics(SAMPLE, "mini-xception")
    with pytest.raises(ValueError, match="model must read each face by itself, .*; the quantities of FrameAttention"):
        Statistics(SAMPLE, of_clips("self"))
    with pytest.raises(ValueError, match="model must be one of mini-xception, .*; got 'no-such'"):
        Statistics(SAMPLE, "no-such")


def test_a_network_that_is_not_trained_yet_is_said_to_be_missing(monkeypatch):
    monkeypatch.setattr("ferviz.explorers.statistics.machine.MODELS", {"mini-xception": None})
    with pytest.raises(ValueError, match="model must be a network that is there: 'mtl' is not trained in this copy"):
        Statistics()


def test_the_zoo_is_asked_by_name(model, svm, monkeypatch):
    monkeypatch.setattr("ferviz.explorers.statistics.machine.MODELS", {"mtl": None})
    monkeypatch.setattr("ferviz.explorers.statistics.machine.load_model", lambda name: model)
    assert Statistics(SAMPLE, svm=svm).code() == f"ferviz.explorers.Statistics('{SAMPLE}', svm=svm)"


# ---- state, code, errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frame": 18}, "frame must be 0 to 17; got 18"),
        ({"frame": -1}, "frame must be 0 or more; got -1"),
        ({"channel": 32}, "channel must be 0 to 31; got 32"),
        ({"channel": -1}, "channel must be 0 or more; got -1"),
        ({"order": ()}, "order must have 1 to 128 places; got 0"),
        ({"order": (0,) * 129}, "order must have 1 to 128 places; got 129"),
        ({"order": (18,)}, "order must hold frames 0 to 17; got 18"),
        ({"order": (-1,)}, "order must hold numbers from 0; got -1"),
        ({"dropped": (40,)}, "dropped must hold places 0 to 17; got 40"),
        ({"dropped": tuple(range(18))}, "dropped must leave at least one frame that can be used; got all of them"),
        ({"label": "joy"}, "label must be one of anger, fear, surprise; got 'joy'"),
        ({"clip": "holiday"}, "clip must be one of astronaut, .*; got 'holiday'"),
    ],
)
def test_a_choice_that_does_not_fit_is_named_and_the_view_stays(explorer, changes, message):
    before = explorer.view
    with pytest.raises(ValueError, match=message):
        explorer.show(**changes)
    assert explorer.view is before


def test_each_preset_shows_what_it_asks(explorer):
    for number, preset in enumerate(Statistics.PRESETS.values(), 1):
        explorer._received(explorer.stage, {"preset": number}, [])
        assert explorer.error == ""
        assert {name: getattr(explorer.state, name) for name in preset} == dict(preset)
    assert all(name.endswith("?") for name in Statistics.PRESETS)
    explorer.preset(2)
    assert ferviz.sample("fear-one-frame").truth.shown[explorer.state.dropped[0]] == "fear"
    assert explorer.view.moved["max"] > 2 * explorer.view.moved["mean"]
    explorer.preset(3)
    assert explorer.view.moved["max"] == 0 < explorer.view.moved["mean"]
    explorer.preset(4)
    assert max(explorer.view.moved.values()) == 0  # another order only rounds, and no bar is drawn of that


def test_the_code_makes_the_same_view_again(explorer, model, svm):
    explorer.show(order=[*range(18), 3], dropped=[2], channel=7, frame=4, label="fear")
    again = eval(explorer.code(), {"ferviz": ferviz, "model": model, "svm": svm})  # noqa: S307
    assert asdict(again.state) == asdict(explorer.state)
    np.testing.assert_allclose(again.view.now.decision, explorer.view.now.decision)


# ---- one's own clip --------------------------------------------------------------------------------------------------


def own_clip() -> Clip:
    clip = ferviz.sample("sadness-moving")
    return Clip(np.ascontiguousarray(clip.frames[:, :, ::-1]), clip.times, crop=clip.crop, source="mine")


def test_ones_own_clip_is_described_and_not_saved(model, svm):
    one = Statistics(own_clip(), model, svm, dropped=(2,), channel=3)
    assert (one.private, one.state.clip, one.state.dropped) == (True, "", (2,))
    state = ipywidgets.Widget.get_manager_state(widgets=[one.stage, one.foot])
    held_bytes = json.dumps(state, default=str)
    own = base64.b64encode(one._unsaved["picture"]["sprite"]).decode()
    assert own[:400] not in held_bytes
    assert base64.b64encode(one._unsaved["answer"]["features"]).decode()[:400] not in held_bytes
    with pytest.raises(ValueError, match="the page would hold your own clip's frames and sound: pass own=True"):
        one.page()
    one._received_below(one.foot, {"act": "sample"}, [])
    assert (one.private, one.state.clip, one.error) == (False, "surprise-degraded", "")


def test_an_upload_without_a_face_is_refused_in_words_and_the_clip_stays(explorer):
    before, file = explorer.view, io.BytesIO()
    Image.fromarray(np.full((80, 80, 3), 90, np.uint8)).save(file, "PNG")
    content = {"upload": {"id": 1, "name": "me.png", "total": len(file.getvalue()), "start": 0}}
    explorer._received_below(explorer.foot, content, [memoryview(file.getvalue())])
    assert explorer.error.startswith("no face found in upload")
    assert explorer.view.order == before.order


def test_the_page_holds_all_and_asks_nobody(explorer, tmp_path):
    page = explorer.save_page(tmp_path / "statistics.html").read_text("utf-8")
    assert '"offline": true' in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page.split("<script>")[1].split("TRAITS")[0])
    assert list(explorer.still().pictures) == ["Frames 0, 6, 11, 17"]
