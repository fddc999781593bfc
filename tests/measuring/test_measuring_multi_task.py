"""Parts of the measure of the multi-task network, each by numbers that can be worked out by hand."""

from __future__ import annotations

import doctest
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ferviz.faces.render import render
from ferviz.learning.clip_svm import fit_svm
from ferviz.learning.sets import Examples
from ferviz.measured import measured
from ferviz.measuring import leaking, multi_task_boards, sharing
from ferviz.measuring.bodies import eight_bit, is_rounded, sixteen_bit
from ferviz.measuring.descriptors import OF, by_statistics
from ferviz.measuring.leaking import folds, held_out_errors
from ferviz.measuring.multi_task_boards import Group, TaskBoard, attribute_scores, correlated
from ferviz.measuring.published import MULTI_TASK, published
from ferviz.measuring.runs import answers, over_runs
from ferviz.measuring.sharing import MOVED, gradients, moves, relative, strangers_apart
from ferviz.models.backbones import MobileNetConfig
from ferviz.models.descriptor import descriptor
from ferviz.models.identity import BodyConfig
from ferviz.models.multi_task import HEADS, Config, MultiTask
from ferviz.scores.twins import VERSIONS, twin

TINY = BodyConfig(MobileNetConfig(colours=1, channels=(4, 6, 6), strides=(1, 2)), 16)


@pytest.mark.parametrize("module", [leaking, multi_task_boards, sharing])
def test_the_examples_are_true(module):
    result = doctest.testmod(module)
    assert (result.attempted > 0, result.failed) == (True, 0)


# ---- means over labels, and claims that cannot be asked ----


def test_mean_recall_over_runs():
    right = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], float)
    one = over_runs(right, np.arange(4), what="mean recall", of={}, seeds=[0, 1], labels=np.array([0, 0, 0, 1]))
    assert one.seeds == {"0": 0.5, "1": 0.3333}
    assert one.value == 0.4167


def test_a_claim_with_a_row_that_is_not_there_has_no_answer_and_counts_in_its_family():
    values = np.random.default_rng(0).normal(0.1, 0.3, (5, 40))
    asked_for = {"mtl-against-mini-xception", "weights-raise-mean-recall", "weights-cost-accuracy"}

    def asked(claim):
        return (values, np.arange(40)) if claim.id in asked_for else None

    found = answers("multi-task", asked, range(5))
    assert {one.claim for one in found["claims"]} == asked_for
    for one in found["claims"]:  # of 4 and of 2 claims, of which 1 and 2 are answered
        assert one.p_holm == pytest.approx(min(1, one.p * (4 if "mtl" in one.claim else 2)), rel=0.01)


def test_a_difference_is_of_the_runs_that_both_rows_have():
    board = TaskBoard(Group("faces", np.arange(6), "faces"))
    for run in range(3):
        board.add(run, "one", {"accuracy": np.full(6, run)})
    board.add(1, "other", {"accuracy": np.zeros(6)})
    values, runs = board.values("accuracy", "one", "other")
    assert (values.tolist(), runs) == ([[1.0] * 6], [1])
    assert board.values("accuracy", "one", "nobody") is None
    assert board.table("accuracy", "accuracy", ["nobody"]) == []


# ---- heads of a generator's parameters ----


def test_attributes_by_hand():
    logits = torch.full((2, 100), -30.0)
    logits[0, 29] = logits[1, 49] = 30.0  # 30 and 50 years
    said = {"age": logits, "gender": torch.tensor([0.9, 0.4]), "ethnicity": torch.zeros(2, 3)}
    part = Examples(
        {"pictures": torch.zeros(2, 1, 4, 4, dtype=torch.uint8)},
        {"gender": torch.tensor([1.0, 0.6]), "ethnicity": torch.tensor([[1.0, 0, 0], [1 / 3] * 3])},
        about={"years": np.array([32.0, 50.0]), "person": np.arange(2)},
    )
    found = attribute_scores(said, part)
    assert found["age error"] == pytest.approx([2, 0], abs=1e-4)
    assert found["gender right"][0] == 1
    assert np.isnan(found["gender right"][1])  # .6 is neither
    assert found["ethnicity distance"] == pytest.approx([2 / 3, 0], abs=1e-6)


def test_the_mean_of_what_is_correlated_is_the_correlation():
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    y = x + rng.normal(size=300)
    found = correlated(x, y)
    r = np.corrcoef(x, y)[0, 1]
    assert found.mean() == pytest.approx(r)
    assert found.std() / np.sqrt(300) == pytest.approx((1 - r**2) / np.sqrt(300), rel=0.2)  # its known error
    assert np.isnan(correlated(np.ones(5), np.arange(5))).all()


# ---- clips ----


def test_statistics_and_the_bias_add_up_to_how_far_the_answer_is_ahead():
    rng = torch.Generator().manual_seed(0)
    features = {split: torch.rand(70, 6, 3, generator=rng) for split in ("train", "test")}
    clips = {split: SimpleNamespace(mask=torch.ones(70, 6).bool(), label=torch.arange(70) % 7) for split in features}
    found = by_statistics(features, clips, seed=0)
    for name, of in OF.items():
        made = {split: descriptor(x, of=of).double() for split, x in features.items()}
        decision = fit_svm(made["train"], clips["train"].label, of=of).decide(made["test"])
        right, ahead = found[name]
        assert ahead.shape == (70, len(of) + 1)
        np.testing.assert_allclose(ahead.sum(1), decision.max(1) - decision.mean(1), atol=1e-6)
        assert abs(ahead[:, -1]).max() > 1e-3  # the bias is a part
        np.testing.assert_array_equal(right, decision.argmax(1) == np.arange(70) % 7)


# ---- sharing ----


def heads_of(age, gender, first):
    """Outputs (P, V, …) of four heads that are as sure as can be."""
    age, gender, first = (torch.as_tensor(value, dtype=torch.float32) for value in (age, gender, first))
    logits = torch.full((*age.shape, 100), -60.0)
    logits.scatter_(2, (age.long() - 1)[..., None], 60.0)
    two = torch.stack([first.log(), (1 - first).log()], -1)
    return {"age": logits, "gender": gender, "emotion": two, "ethnicity": two}


def test_how_far_twins_are_apart_by_hand():
    age, gender = [[20, 30, 50], [40, 40, 40]], [[0.1, 0.1, 0.4], [0.5, 0.5, 0.5]]
    said = heads_of(age, gender, [[0.2, 0.2, 0.5], [0.7, 0.7, 0.7]])
    found = moves(said)
    assert found["age"] == pytest.approx([(10 + 30 + 20) / 3, 0], abs=1e-3)
    assert found["gender"] == pytest.approx([0.2, 0], abs=1e-6)
    assert found["emotion"] == pytest.approx([0.2, 0], abs=1e-6)  # total variation
    between = strangers_apart(said)
    assert between["age"] == pytest.approx([20, 20], abs=1e-3)
    assert between["gender"] == pytest.approx([0.4, 0.4])
    three = strangers_apart(heads_of([[20], [30], [50]], [[0.1], [0.1], [0.4]], [[0.5]] * 3))
    assert three["age"] == pytest.approx([20, 15, 25], abs=1e-3)
    assert three["age"].mean() == pytest.approx((10 + 30 + 20) / 3, abs=1e-3)  # over all pairs


def test_a_share_of_how_far_people_are_apart_is_as_unsure_as_both():
    rng = np.random.default_rng(0)

    def once():
        trait, moved = rng.normal(size=40), rng.gamma(4, 0.1, 40)
        return relative(moved, np.abs(trait[:, None] - trait).sum(1) / 39)

    found = [once() for _ in range(400)]
    errors = [one.std() / np.sqrt(40) for one in found]
    assert np.mean(errors) == pytest.approx(np.std([one.mean() for one in found]), rel=0.1)
    assert np.isnan(relative([1.0, 2.0], [0.0, 0.0])).all()


def test_the_shape_alone_keeps_all_that_is_painted(monkeypatch):
    drawn = []
    monkeypatch.setattr(sharing, "render", lambda person, *rest: drawn.append(person) or render(person, *rest))
    assert sharing.draw_shapes(3).shape == (3, 112, 112, 3)
    assert len({one.ethnicity for one in drawn}) == 3
    assert len({replace(one, ethnicity=drawn[0].ethnicity) for one in drawn}) == 1
    tones = {twin(3, "ethnicity", shares).skin.tone for shares in VERSIONS["ethnicity"].values()}
    assert len(tones) == 3  # of twins of an ethnicity the skin follows


def test_twins_differ_in_one_thing(tmp_path):
    found = sharing.twins_in(tmp_path, 1, 32)
    assert set(found) == set(MOVED)
    for pictures in found.values():
        assert pictures.shape[0] == 1
        assert pictures.shape[2:] == (1, 32, 32)
        assert not torch.equal(pictures[0, 0], pictures[0, 1])
    assert torch.equal(found["age"], sharing.twins_in(tmp_path, 1, 32)["age"])


def test_gradients_are_those_of_each_head_s_loss():
    torch.manual_seed(0)
    model = MultiTask(Config(TINY, hidden=5)).eval()
    feature = torch.randn(3, 6)
    target = {"emotion": torch.tensor([0, 1, 2]), "age": torch.tensor([3, 4, 5]), "gender": torch.tensor([0.0, 0.5, 1])}
    target["ethnicity"] = torch.eye(3)
    found = gradients(model, feature, target)
    assert set(found) == set(HEADS)
    probability = model.from_features(feature)["emotion"].softmax(1)
    by_hand = (probability - torch.eye(7)[:3]) @ model.answers["emotion"].weight
    torch.testing.assert_close(found["emotion"], by_hand, atol=1e-6, rtol=1e-5)


# ---- people who are shared ----


def test_people_are_apart_or_in_every_fold():
    person = np.repeat(np.arange(9), 4)
    dealt = folds(person, 4, np.random.default_rng(0))
    for one in range(9):
        assert len(set(dealt["people apart"][person == one])) == 1
        assert len(set(dealt["people shared"][person == one])) == 4


def test_a_feature_that_tells_who_looks_as_if_it_told_the_age():
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(30), 4)
    years = rng.uniform(10, 90, 30)[person]
    features = np.eye(30)[person] + rng.normal(0, 0.05, (120, 30))  # who it is, and nothing of the age
    dealt = folds(person, 4, rng)
    errors = {name: held_out_errors(features, years, fold).mean() for name, fold in dealt.items()}
    assert errors["people shared"] < 8
    assert errors["people apart"] > 15


# ---- bodies ----


def test_fewer_bits():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.BatchNorm1d(4))
    for make, share in ((eight_bit, 0.5001 / 127), (sixteen_bit, 2**-11)):
        other = make(net)
        assert not torch.equal(other[0].weight, net[0].weight)
        most = net[0].weight.abs().amax(1, keepdim=True) * share
        assert ((other[0].weight - net[0].weight).abs() <= most).all()
        assert net[0].weight.requires_grad
    assert torch.equal(eight_bit(net)[0].bias, net[0].bias)
    assert (is_rounded(net), is_rounded(sixteen_bit(net))) == (False, True)


def test_published_shares_are_those_of_their_counts():
    for row, one in zip(MULTI_TASK, published(MULTI_TASK), strict=True):
        assert one.value == row.value == pytest.approx(row.right / row.items, abs=0.5 / row.items + 5e-5)
        assert one.low < one.value < one.high
    told = {(one["row"], one["task"], one["loss"]): one.value for one in published(MULTI_TASK)}
    assert told["enet_b0_8_best_afew", "AFEW, videos with a face", ""] == 0.5989
    assert told["MobileNet (faces)", "AffectNet, 8 labels", "weighted"] == 0.604
    assert told["enet_b2_7", "AffectNet, 7 labels, aligned faces", ""] == 0.6634  # the review's two
    assert told["enet_b2_8", "AffectNet, 8 labels, aligned faces", ""] == 0.6242
    assert told["EfficientNet-B3, recall of disgust", "AffectNet, 7 labels, one label", "plain"] == 0.334
    assert len(told) == len(MULTI_TASK)
    assert told["mobilenet_7", "AFEW, all videos", ""] == 0.5535


def test_a_printed_share_is_that_of_its_count_to_the_last_digit_but_for_some_that_no_count_gives():
    known = [row for row in MULTI_TASK if row.percent is not None]
    off = [row.percent for row in known if abs(100 * row.right / row.items - row.percent) > 0.005 + 1e-9]
    assert off == [55.14, 65.87, 56.02, 57.55, 59.07, 59.41, 58.82, 57.01]
    assert known[1].percent == 55.35
    assert known[1] == replace(known[1], right=212, items=383)


def test_the_record_has_what_was_published():
    told, kept = published(MULTI_TASK), measured("mtl")["published"]
    assert [replace(one, command=None) for one in kept] == told
