"""Weights against kinds of frames: for all clips at once what scores say of each, and rows to be beaten."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ferviz import scores
from ferviz.measuring.frames import MOVED, SCORES, moved, truth_of, weight_scores
from tests.tiny_fan import noise_clips


def clips():
    """A clip that is spoiled, one with an intruder, a neutral one; each of a person of its own, in six frames."""
    known = noise_clips([6, 6, 6])
    evidence = torch.tensor([[1.0, 0.9, 0.3, 0.4, 0.0, 0.0], [1.0, 1.0, 0, 0, 0, 0], [0.0] * 6])
    intensity = torch.tensor([[1.0, 0.9, 0.9, 0.8, 0.0, 0.1], [0.9, 0.9, 0.0, 1.0, 1.0, 0.5], [0.0] * 6])
    own = torch.tensor([[True] * 4 + [False, True], [True, True, False, False, False, False], [True] * 6])
    intruder = torch.tensor([[0.0] * 6, [0, 0, 0, 1.0, 0.9, 0.5], [0.0] * 6])
    return replace(known, evidence=evidence, intensity=intensity, own=own, intruder=intruder)


WEIGHTS = np.array([[0.3, 0.2, 0.3, 0.1, 0.1, 0.0], [0.1, 0.1, 0.1, 0.4, 0.2, 0.1], [1 / 6] * 6], np.float32)


def test_each_question_is_asked_of_the_clips_that_have_both_kinds():
    found = weight_scores(WEIGHTS, truth_of(clips()))
    assert found["rest"][:2] == pytest.approx([1.0, 0.5])  # ties in the intruder's clip
    assert found["spoiled"][0] == pytest.approx((0.5 + 1 + 0 + 1) / 4)
    assert found["intruder"][1] == 0.0
    assert found["on spoiled"][0] == pytest.approx(1.2)
    assert found["on intruder"][1] == pytest.approx(1.8)
    assert np.isnan(found["spoiled"]).tolist() == [False, True, True]
    assert np.isnan(found["intruder"]).tolist() == [True, False, True]
    assert np.isnan(found["rest"]).tolist() == [False, False, True]
    assert found.keys() < SCORES.keys()


@pytest.mark.parametrize("kind", ["numbers", "ties", "constant"])
def test_all_clips_at_once_have_what_each_has_by_itself(kind):
    known = noise_clips([9, 5, 7, 2, 9, 8])
    steps = replace(known, evidence=(known.evidence * 5).round() / 4, intensity=known.evidence.flip(0) * known.mask)
    weight = torch.rand(known.mask.shape, generator=torch.Generator().manual_seed(4)).numpy()
    weight = {"numbers": weight, "ties": (weight * 3).round(), "constant": np.full_like(weight, 1 / 9)}[kind]
    weight = np.where(known.mask, weight, 5.0)  # what fills clips up does not count
    truth = truth_of(steps)
    found = weight_scores(weight, truth)
    for place, there in enumerate(known.mask.numpy()):
        own, evidence, intensity = (
            np.asarray(each[place])[there] for each in (weight, steps.evidence, steps.intensity)
        )
        for name, (more, less) in truth.pairs.items():
            alone = scores.frames_auc(own, more[place][there], less[place][there])
            assert found[name][place] == pytest.approx(alone, nan_ok=True)
        for name, values in (("tau evidence", evidence), ("tau intensity", intensity)):
            assert found[name][place] == pytest.approx(scores.kendall_tau_b(own, values), abs=1e-6, nan_ok=True)
        alone = scores.weight_on(own, truth.pairs["spoiled"][1][place][there])
        assert found["on spoiled"][place] == pytest.approx(alone, nan_ok=True)
    assert np.isfinite(found["rest"]).any()


def test_kinds_are_those_of_the_scores_and_a_face_at_rest_is_no_intruder():
    pairs = truth_of(clips()).pairs
    rest = [[False] * 4 + [True] * 2, [False, False, True, False, False, False], [True] * 6]
    assert pairs["rest"][1].tolist() == rest
    assert pairs["spoiled"][1][0].tolist() == [False, False, True, True, False, False]
    assert pairs["intruder"][1][1].tolist() == [False, False, False, True, True, False]


def test_effects_have_a_sign_and_no_share_of_weight():
    found = weight_scores(-WEIGHTS, truth_of(clips()), sign=True)
    assert found["spoiled"][0] == pytest.approx(1 - (0.5 + 1 + 0 + 1) / 4)
    assert not [name for name in found if name.startswith("on ")]


def test_real_faces_are_held_against_their_votes():
    evidence, unknown = torch.tensor([[0.7, 0.5, 0.2, 0.0]]), torch.full((1, 4), np.nan)
    real = replace(noise_clips([4]), evidence=evidence, intensity=unknown)
    found = weight_scores(np.array([[0.5, 0.1, 0.2, 0.2]]), truth_of(real))
    assert found.keys() == {"votes", "tau evidence"}
    assert found["votes"][0] == 1.0
    assert found["tau evidence"][0] == pytest.approx(scores.kendall_tau_b([0.5, 0.1, 0.2, 0.2], [0.7, 0.5, 0.2, 0.0]))


@pytest.mark.parametrize("row", MOVED)
def test_moved_weights_sum_to_one_and_follow_from_the_seed(row):
    known = noise_clips([6, 4, 5, 2, 6])
    weight = known.evidence / known.evidence.sum(1, keepdim=True)
    first, again, other = (moved(row, weight, known, seed) for seed in (0, 0, 1))
    assert first.dtype == weight.dtype
    assert torch.equal(first, again)
    torch.testing.assert_close(first.sum(1), torch.ones(5))
    assert not first[~known.mask].any()
    assert torch.equal(first, other) == (row in ("position", "profile"))


def test_an_unknown_row_is_named():
    with pytest.raises(ValueError, match="row must be one of other clip, permuted, .*; got 'norm'"):
        moved("norm", torch.ones(3, 6), clips(), 0)
