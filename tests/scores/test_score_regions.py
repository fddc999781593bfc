"""Truth of regions, what tells it without looking, faces that are dealt against that, and two experiments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import ferviz
from ferviz.clip import Clip, Gap, Truth
from ferviz.models.backbones import ResNetConfig
from ferviz.models.region_attention import Config, RegionAttention
from ferviz.models.regions import WHOLE, cut, regions_of
from ferviz.scores import kendall_tau_b
from ferviz.scores.region_effects import cell_covered, input_replaced
from ferviz.scores.regions import deal_faces, grid_boxes, in_boxes, region_agreement, region_truth, trivial

SIDE = 16
SMALL = ResNetConfig(colours=1, stem="narrow", channels=(6,), blocks=(1,))
NAN = float("nan")
RNG = np.random.default_rng(0)


def synthetic(count=2) -> Clip:
    rng = np.random.default_rng(5)
    frames = rng.integers(0, 256, (count, SIDE, SIDE, 3), dtype=np.uint8)
    cover = np.zeros((count, SIDE, SIDE), bool)
    cover[:, 8:, :8] = True
    changed = rng.random((count, SIDE, SIDE)).astype(np.float32) * ~cover
    truth = Truth(cover=cover, changed=changed)
    return Clip(frames, np.arange(float(count)), crop=Config.compact().crop, truth=truth)


def tiny(variant="relation") -> RegionAttention:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = RegionAttention(replace(Config.compact(variant), backbone=SMALL, side=SIDE)).eval()
    with torch.no_grad():
        for part in (model.q0, model.q1):
            if part is not None:
                part.score.weight.mul_(60)
    return model


# ---- truth ----


def test_what_is_covered_and_what_is_seen_of_a_region():
    clip = synthetic()
    boxes = np.array([[0, 0, 16, 16], [0, 8, 8, 16], [8, 0, 16, 8], [4, 8, 12, 16], [7.5, 8, 9.5, 10], [NAN] * 4])
    found = region_truth(clip, boxes)
    np.testing.assert_allclose(found.covered[0], [0.25, 1, 0, 0.5, 0.25, NAN])
    changed = clip.truth.changed.astype(float)
    np.testing.assert_allclose(found.evidence[:, 0], changed.mean((1, 2)))
    np.testing.assert_allclose(found.evidence[:, 2], changed[:, :8, 8:].mean((1, 2)))
    np.testing.assert_allclose(found.total[:, 2], changed[:, :8, 8:].sum((1, 2)))
    assert (found.evidence[:, 1] == 0).all()
    part = (0.5 * changed[:, 8:10, 7] + changed[:, 8:10, 8] + 0.5 * changed[:, 8:10, 9]).sum(1)
    np.testing.assert_allclose(found.total[:, 4], part)
    np.testing.assert_allclose(found.evidence[:, 4], part / 4)
    each = region_truth(clip, np.stack([boxes, boxes[::-1]]))
    np.testing.assert_allclose(each.evidence[1], found.evidence[1, ::-1])


def test_the_evidence_is_the_mean_of_what_a_crop_shows_after_resizing():
    """On a smooth map, since the pixels of a blown-up crop are mixed from neighbours."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    changed = np.broadcast_to(0.2 + 0.5 * x * y, (2, SIDE, SIDE)).astype(np.float32)
    clip = replace(synthetic(), truth=Truth(cover=np.zeros(changed.shape, bool), changed=changed))
    boxes = np.concatenate([[WHOLE], regions_of("fixed")])
    crops = cut(torch.from_numpy(changed)[:, None], torch.from_numpy(np.stack([boxes] * 2)).float())
    np.testing.assert_allclose(region_truth(clip, boxes * SIDE).evidence, crops.mean((2, 3, 4)), rtol=0.01)


def test_cells_of_a_grid_lie_row_by_row_and_fill_the_face():
    cells = grid_boxes(3)
    np.testing.assert_allclose(cells[5], [2 / 3, 1 / 3, 1, 2 / 3])
    found = region_truth(synthetic(), cells * SIDE)
    np.testing.assert_allclose(found.total.sum(1), synthetic().truth.changed.sum((1, 2)), rtol=1e-6)


# ---- agreement, and what tells the truth without looking ----


def test_agreement_is_kendalls_without_the_face():
    rng = np.random.default_rng(1)
    values, evidence = rng.integers(0, 6, (40, 7)).astype(float), rng.integers(0, 6, (40, 7)).astype(float)
    values[3, 2] = evidence[4, 5] = NAN
    wanted = [kendall_tau_b(v[1:], e[1:]) for v, e in zip(values, evidence, strict=True)]
    np.testing.assert_allclose(region_agreement(values, evidence), wanted)
    faces = values.copy()
    faces[:, 0] = 1e9
    np.testing.assert_array_equal(region_agreement(faces, evidence), region_agreement(values, evidence))
    assert np.isnan(region_agreement([[5, 1, 1, 1]], [[0, 1, 2, 3]])).all()


BOXES = np.concatenate([[WHOLE], regions_of("fixed")])


def pool(count=600, spread=1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Faces of which the lower crop mostly has more, and small crops more than large ones: as covers would have it."""
    rng = np.random.default_rng(2)
    usual = np.array([0.0, 0.3, 0.2, 0.9, 0.1, 0.2])
    evidence = np.exp(usual + spread * rng.normal(size=(count, 6)))
    return evidence, np.broadcast_to(BOXES, (count, 6, 4)), np.arange(count) // 3


def test_area_and_place_alone_are_found_where_they_tell():
    rng = np.random.default_rng(3)
    _, boxes, people = pool()
    area = (boxes[..., 2:] - boxes[..., :2]).prod(-1)
    by_area = trivial(area * (1 + 1e-3 * rng.random(area.shape)), boxes, people)
    assert by_area.area > 0.8  # three of the five crops have one area
    usual = np.array([9, 1, 5, 2, 4, 3]) * (1 + 1e-3 * rng.random(area.shape))
    assert trivial(usual, boxes, people).place > 0.99
    chance = trivial(rng.random((600, 6)), boxes, people)
    assert chance.fair
    assert max(abs(chance.area), abs(chance.place)) < 0.06
    assert not by_area.fair
    cells = np.concatenate([[WHOLE], grid_boxes(3)])  # equal but for rounding
    seen = rng.random((60, 10))
    assert np.isnan(trivial(seen, np.broadcast_to(cells, (60, 10, 4)), np.arange(60)).area)


def test_place_alone_knows_nothing_of_the_own_person():
    evidence = np.tile([9.0, 1, 2, 3, 4, 5], (4, 1))
    evidence[2:] = evidence[2:, [0, 5, 4, 3, 2, 1]]
    found = trivial(evidence, np.broadcast_to(BOXES, (4, 6, 4)), [0, 0, 1, 1])
    assert found.place == pytest.approx(-1)  # each sees the other's, which is the reverse
    assert trivial(evidence, np.broadcast_to(BOXES, (4, 6, 4)), [0, 1, 0, 1]).place != pytest.approx(-1)


def test_dealt_faces_tell_nothing_by_area_or_place():
    evidence, boxes, people = pool()
    before = trivial(evidence, boxes, people)
    assert before.place > 0.15
    dealt = deal_faces(evidence, boxes, people, 150, np.random.default_rng(0))
    assert (len(dealt), len(set(dealt))) == (150, 150)
    assert (np.diff(dealt) > 0).all()
    assert trivial(evidence[dealt], boxes[dealt], people[dealt]).fair
    np.testing.assert_array_equal(dealt, deal_faces(evidence, boxes, people, 150, np.random.default_rng(0)))
    assert set(dealt) != set(deal_faces(evidence, boxes, people, 150, np.random.default_rng(1)))
    with pytest.raises(ValueError, match=r"600 of 600 faces cannot be dealt fairly: .* place alone by 0\.\d\d"):
        deal_faces(evidence, boxes, people, 600, np.random.default_rng(0))


# ---- two experiments ----


@pytest.mark.parametrize("variant", ["mean", "self", "relation"])
def test_the_input_of_one_region_is_replaced_and_the_others_stay(variant):
    model, clip = tiny(variant), synthetic()
    found = input_replaced(model, clip, 3, fill="black")
    assert found.hidden.tolist() == [[0, 0, 0, 1, 0, 0]] * 2
    seen = ferviz.observe(model, clip)
    for name in ("alpha", "weight", "contribution"):
        np.testing.assert_allclose(found.before[name], seen[name].values, atol=1e-6)
    np.testing.assert_allclose(found.before["logit"], seen["emotion_logits"].values, atol=1e-5)
    alone = np.abs(found.moved("alpha")) > 1e-6
    assert alone.tolist() == ([[variant != "mean" and region == 3 for region in range(6)]] * 2)
    assert np.abs(found.moved("logit")).max() > 1e-3
    assert np.abs(found.moved("contribution"))[:, 3].max() > 1e-3
    np.testing.assert_allclose(found.after["weight"].sum(1), 1, atol=1e-6)
    assert ("beta" in found.before) == (variant == "relation")
    dark = ferviz.observe(model, replace(clip, frames=np.zeros_like(clip.frames)))
    if variant != "mean":
        np.testing.assert_allclose(found.after["alpha"][:, 3], dark["alpha"].values[:, 3], atol=1e-6)


def test_a_cell_is_covered_in_the_face_and_every_crop_sees_its_share():
    model, clip = tiny(), synthetic()
    found = cell_covered(model, clip, 0, 7, cells=8)
    boxes = np.concatenate([[WHOLE], regions_of("fixed")]) * SIDE
    mask = np.zeros((2, SIDE, SIDE), bool)
    mask[:, :2, 14:] = True
    shares = region_truth(replace(clip, truth=Truth(cover=mask, changed=mask.astype(float))), boxes).covered
    np.testing.assert_allclose(found.hidden, shares, atol=1e-6)
    assert found.hidden[0, 0] == pytest.approx(1 / 64)
    assert found.hidden[0, 1] == found.hidden[0, 3] == 0  # left above, and middle below, do not reach it
    moved = np.abs(found.moved("alpha")).max(0)
    assert moved[[1, 3]].max() < 1e-6
    assert moved[[0, 2]].min() > 1e-5
    half = cell_covered(model, clip, 0, 0, cells=2, fill="blur")
    assert half.hidden[0, 0] == pytest.approx(0.25)
    own = cell_covered(model, clip, 1, 1, boxes=[[0, 0, 4, 4], [4, 4, 8, 8]])
    assert own.hidden.tolist() == [[1 / 16, 0, 1]] * 2


def test_whether_the_answer_changes_is_told_for_each_frame():
    model, clip = tiny(), synthetic(40)
    found = cell_covered(model, clip, 1, 1, cells=2, fill="black")
    assert found.answers_otherwise.shape == (40,)
    np.testing.assert_array_equal(
        found.answers_otherwise, found.before["logit"].argmax(1) != found.after["logit"].argmax(1)
    )
    assert not input_replaced(model, replace(clip, frames=np.zeros_like(clip.frames)), 1).answers_otherwise.any()


# ---- what does not fit ----


def gapped() -> Clip:
    return replace(synthetic(), gaps=(Gap("frames", 0, 1, "no face"),))


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: region_truth(replace(synthetic(), truth=None), BOXES), ValueError, "clip must be a synthetic one"),
        (lambda: region_truth(synthetic(), BOXES[0]), ValueError, r"boxes must be \(regions, 4\) or \(2, .* got shape"),
        (lambda: region_truth(synthetic(), [[20, 0, 30, 9]]), ValueError, "box 0 must show something of the picture"),
        (lambda: in_boxes(np.ones((4, 4)), BOXES), ValueError, r"maps must have shape \(T, H, W\); got \(4, 4\)"),
        (lambda: region_truth(synthetic().frames, BOXES), TypeError, "clip"),
        (lambda: grid_boxes(0), ValueError, "count must be a whole number of at least 1; got 0"),
        (lambda: region_agreement([[1, 2]], [[1, 2]]), ValueError, r"3 regions or more\); got \(1, 2\) and \(1, 2\)"),
        (lambda: trivial(np.ones((3, 2)), np.ones((3, 2, 4)), [0, 1, 2]), ValueError, "evidence must be"),
        (lambda: trivial(np.ones((3, 6)), np.ones((3, 5, 4)), [0, 1, 2]), ValueError, r"got \(3, 6\) and \(3, 5, 4\)"),
        (lambda: trivial(np.ones((3, 6)), np.ones((3, 6, 4)), [0, 0, 0]), ValueError, "two persons or more"),
        (lambda: trivial(np.ones((3, 6)), np.ones((3, 6, 4)), [0, 1]), ValueError, "each of 3 faces; got 2 for 2"),
        (lambda: deal_faces(*pool(9), 10, RNG), ValueError, "count must be a whole number from 2 to 9; got 10"),
        (lambda: input_replaced(tiny(), synthetic(), 6), ValueError, "region must be .* from 0 to 5; got 6"),
        (lambda: input_replaced(tiny(), synthetic(), 1, fill="red"), ValueError, "fill must be one of"),
        (lambda: input_replaced(torch.nn.Identity(), synthetic(), 1), TypeError, "model must be a RegionAttention"),
        (lambda: cell_covered(tiny(), synthetic(), 4, 0), ValueError, "row must be .* from 0 to 3; got 4"),
        (lambda: cell_covered(tiny(), synthetic(), 0, -1), ValueError, "column must be .* from 0 to 3; got -1"),
        (lambda: cell_covered(tiny(), synthetic(), 0, 0, cells=1), ValueError, "cells must be .* at least 2; got 1"),
        (lambda: cell_covered(tiny(), gapped(), 0, 0), ValueError, "clip must have no gaps here; 'array' has 1"),
    ],
)
def test_what_does_not_fit_is_said(call, kind, says):
    with pytest.raises(kind, match=says):
        call()
