"""The linear machine on descriptors: the solver's own decisions, exact shares, clips of gaps and of one frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.svm import LinearSVC

from ferviz.clip import Clip, Gap
from ferviz.emotions import LABEL_SETS
from ferviz.learning.clip_svm import ClipSVM, clip_descriptor, fit_svm
from ferviz.models.backbones import MobileNetConfig
from ferviz.models.descriptor import STATISTICS, descriptor
from ferviz.models.identity import BodyConfig
from ferviz.models.multi_task import Config, MultiTask

LABELS = LABEL_SETS["FER2013"]


def toy(count=60, width=5, kinds=(0, 3, 6)):
    """Clips of which each label has a feature of its own."""
    rng = np.random.default_rng(0)
    label = np.resize(kinds, count)
    frames = rng.normal(size=(count, 8, width)) + np.eye(7)[label, None, :width] * 3
    return descriptor(torch.from_numpy(frames)), label


def test_the_decisions_are_those_of_scikit_learn():
    x, label = toy()
    svm = fit_svm(x, label, cost=1.1, seed=4)
    peer = LinearSVC(C=1.1, random_state=4, max_iter=10_000).fit(x.numpy(), label)
    np.testing.assert_allclose(svm.decide(x), peer.decision_function(x.numpy()))
    assert svm.labels == ("anger", "happiness", "neutral")
    assert (svm.shares(x)["answer"].values == [LABELS[place] for place in peer.predict(x.numpy())]).all()
    assert (peer.predict(x.numpy()) == label).mean() > 0.8  # else it learned nothing


def test_with_two_labels_each_has_a_decision_of_its_own():
    x, label = toy(kinds=(2, 5))
    peer = LinearSVC(C=1.1, random_state=0, max_iter=10_000).fit(x.numpy(), label)
    found = fit_svm(x, label)
    np.testing.assert_allclose(found.decide(x)[:, 1], peer.decision_function(x.numpy()))
    assert found.labels == ("fear", "surprise")
    assert [LABELS.index(word) for word in found.shares(x)["answer"].values] == peer.predict(x.numpy()).tolist()


def test_the_shares_of_the_statistics_make_the_decision():
    x, label = toy()
    seen = fit_svm(x, label).shares(x[:4])
    assert seen["share"].dims == ("clip", "statistic", "emotion")
    assert [*seen["statistic"].values] == list(STATISTICS)
    np.testing.assert_allclose(seen["share"].sum("statistic") + seen["bias"], seen["decision"], atol=1e-12)
    assert np.abs(seen["share"]).min() > 0


def test_a_statistic_that_nothing_hangs_on_has_no_share():
    svm = ClipSVM(np.array([[1.0, 0, 0, 2], [0, 0, 1, 1]]), np.zeros(2), ("fear", "joy"), ("mean", "std"))
    share = svm.shares([[1.0, 2, 3, 4]])["share"].values[0]
    assert share.tolist() == [[1, 0], [8, 7]]


def test_the_same_seed_gives_the_same_machine():
    x, label = toy()
    first, again = fit_svm(x, label, seed=1), fit_svm(x, label, seed=1)
    assert np.array_equal(first.weight, again.weight)


# ---- clips ----


@pytest.fixture
def model() -> MultiTask:
    body = BodyConfig(MobileNetConfig(colours=1, channels=(4, 6), strides=(1,)), 16)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MultiTask(replace(Config.compact(), body=body, hidden=4)).eval()


@pytest.fixture
def clip(model) -> Clip:
    frames = np.random.default_rng(0).integers(0, 256, (4, 20, 20, 3), dtype=np.uint8)
    return Clip(frames, np.arange(4.0), crop=model.crop)


def test_frames_in_gaps_are_left_out(model, clip):
    found = clip_descriptor(model, replace(clip, gaps=(Gap("frames", 1, 2, "no face"),)))
    alone = replace(clip, frames=clip.frames[[0, 2, 3]], times=clip.times[[0, 2, 3]])
    torch.testing.assert_close(found, clip_descriptor(model, alone))
    assert found.shape == (1, 24)
    assert float(found.norm()) == pytest.approx(1)


def test_one_frame_has_no_spread(model, clip):
    found = clip_descriptor(model, clip[0]).reshape(4, 6)
    assert torch.equal(found[1], torch.zeros(6))
    assert torch.equal(found[0], found[2])


def test_a_clip_of_gaps_is_refused(model, clip):
    gone = replace(clip, gaps=(Gap("frames", 0, 2, "no face"), Gap("frames", 2, 4, "blurred")))
    with pytest.raises(ValueError, match=r"a frame that can be used: .* \(no face, blurred\)"):
        clip_descriptor(model, gone)


def test_sound_alone_is_refused(model):
    sound = Clip(np.empty((0, 1, 1, 3), np.uint8), np.empty(0), np.zeros(8, np.float32), 16000)
    with pytest.raises(ValueError, match=r"a frame that can be used: .* \(it has none\)"):
        clip_descriptor(model, sound)


def test_a_quantity_that_is_no_vector_is_refused(model, clip):
    for name in ("mood", "emotion_contribution"):
        with pytest.raises(ValueError, match=f"quantity must be a vector of each frame .*feature.*; got '{name}'"):
            clip_descriptor(model, clip, quantity=name)


# ---- what does not fit ----


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"descriptors": np.ones(4)}, ValueError, r"descriptors must have shape \(clips, numbers\), .* got \(4,\)"),
        ({"descriptors": np.full((60, 20), np.nan)}, ValueError, "descriptors must be finite; got NaN or infinity"),
        ({"descriptors": "x"}, TypeError, "descriptors must be an array of numbers"),
        ({"descriptors": np.ones((60, 19))}, ValueError, r"as many numbers of each of 4 statistics; got \(60, 19\)"),
        ({"label": np.zeros(60)}, TypeError, "label must be whole numbers, places in FER2013; got float64"),
        ({"label": np.zeros(59, int)}, ValueError, r"label must be places \(60,\), one a clip, .* got shape \(59,\)"),
        ({"label": np.full(60, 7)}, ValueError, "from 0 to 6; got shape .* 7 to 7"),
        ({"label": np.zeros(60, int)}, ValueError, "label must be of two labels at least; got anger alone"),
        ({"cost": 0}, ValueError, "cost must be above 0; got 0"),
        ({"seed": -1}, ValueError, "seed must be a whole number from 0"),
        ({"of": ("median",)}, ValueError, "statistics must be one of mean, std, min, max; got 'median'"),
    ],
)
def test_what_does_not_fit_is_said(change, error, says):
    x, label = toy()
    asked = {"descriptors": x, "label": label, **change}
    with pytest.raises(error, match=says):
        fit_svm(asked.pop("descriptors"), asked.pop("label"), **asked)


def test_descriptors_of_another_length_are_refused():
    svm = fit_svm(*toy())
    with pytest.raises(ValueError, match=r"descriptors must have shape \(clips, 20\), .* got \(1, 3\)"):
        svm.shares(np.ones((1, 3)))
