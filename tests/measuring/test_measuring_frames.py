"""Weights against kinds of frames, rows to be beaten, and recall in two parts, on clips whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ferviz.measured import pick
from ferviz.measuring.frames import MOVED, apart, moved, recalls
from tests.tiny_fan import noise_clips


def clips():
    """A clip that is spoiled, one with an intruder, a neutral one; each of a person of its own, in six frames."""
    known = noise_clips([6, 6, 6])
    evidence = torch.tensor([[1.0, 0.9, 0.3, 0.4, 0.0, 0.0], [1.0, 1.0, 0, 0, 0, 0], [0.0] * 6])
    intensity = torch.tensor([[1.0, 0.9, 0.9, 0.8, 0.0, 0.1], [0.9, 0.9, 0.0, 1.0, 1.0, 0.5], [0.0] * 6])
    own = torch.tensor([[True] * 4 + [False, True], [True, True, False, False, False, False], [True] * 6])
    intruder = torch.tensor([[0.0] * 6, [0, 0, 0, 1.0, 0.9, 0.5], [0.0] * 6])
    label = torch.tensor([0, 1, 6])
    family = np.array(["degraded", "off_label", "intensity"])
    return replace(
        known, evidence=evidence, intensity=intensity, own=own, intruder=intruder, label=label, family=family
    )


def one(entries, **wanted):
    (found,) = pick(entries, **wanted)
    return found


def test_each_question_is_asked_of_the_clips_that_have_both_kinds():
    weight = torch.tensor([[0.3, 0.2, 0.3, 0.1, 0.1, 0.0], [0.1, 0.1, 0.1, 0.4, 0.2, 0.1], [1 / 6] * 6])
    told = apart({"some": [weight, weight]}, clips(), (0, 1))
    rest = one(told, row="some", score="rest", family="degraded")
    assert (rest.value, rest.items, rest.left_out) == (1.0, 1, 0)
    spoiled = one(told, row="some", score="spoiled", family="all")
    assert spoiled.value == pytest.approx((0.5 + 1 + 0 + 1) / 4, abs=1e-4)
    assert (spoiled.items, spoiled.left_out) == (1, 2)
    intruder = one(told, row="some", score="intruder", family="all")
    assert (intruder.value, intruder.items) == (0.0, 1)
    assert one(told, row="some", score="on spoiled", family="degraded").value == pytest.approx(1.2)
    assert one(told, row="some", score="on intruder", family="off_label").value == pytest.approx(1.8)
    assert one(told, row="some", score="intruder", family="intensity").value is None
    assert rest.seeds == {"0": 1.0, "1": 1.0}


def test_a_face_at_rest_is_rest_in_an_off_label_clip_too():
    weight = torch.tensor([[1 / 6] * 6, [0.3, 0.3, 0.1, 0.1, 0.1, 0.1], [1 / 6] * 6])
    told = one(apart({"x": [weight]}, clips(), (0,)), row="x", score="rest", family="off_label")
    assert (told.value, told.items) == (1.0, 1)


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


def test_recall_of_neutral_stands_beside_the_rest_and_is_paired():
    known = replace(noise_clips([2] * 6), label=torch.tensor([0, 0, 1, 6, 6, 6]))
    right = {"pool": np.array([[1, 1, 0, 1, 1, 1]]), "self": np.array([[1, 1, 1, 0, 1, 1]])}
    told = recalls(right, known, (0,), ("mean", "pool"))
    assert one(told, row="pool", labels="rest", than=None).value == 0.5
    assert one(told, row="pool", labels="neutral", than=None).value == 1.0
    assert one(told, row="self", labels="rest", than="pool").value == 0.5
    less = one(told, row="self", labels="neutral", than="pool")
    assert (less.value, less.items) == (pytest.approx(-1 / 3, abs=1e-4), 3)
    assert {one.than for one in told} == {None, "pool"}
