"""The checks of lessons 05 and 05_more: right answers pass, and each plausible wrong one gets its own sentence."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from ferviz import sample
from ferviz.exercises import lesson_05 as check
from ferviz.exercises.base import OPEN
from ferviz.models.region_attention import region_biased_loss
from ferviz.models.regions import cut, cut_clip, regions_of


def refused(result, message):
    assert not result
    assert re.fullmatch(message, result.message), result.message


# ---- crops ----------------------------------------------------------------------------------------------------------


def five(face):
    s = len(face)
    ends = [(0, 0, 30, 30), (10, 0, 40, 30), (5, 10, 35, 40), (2, 2, 38, 38), (3, 3, 37, 37)]
    ends = [[end * s // 40 for end in four] for four in ends]
    return [face[top:bottom, left:right] for left, top, right, bottom in ends]


def test_five_crops_pass():
    assert check.crops(five)
    assert check.crops(lambda face: tuple(torch.from_numpy(five(face)[k].copy()) for k in range(5)), seed=3)


def changed(place, crop):
    return lambda face: [crop(face) if k == place else own for k, own in enumerate(five(face))]


def shifted(face):
    s = len(face)
    return face[s // 8 : s // 8 + 3 * s // 4, s // 8 : s // 8 + 3 * s // 4]


BAD_CROPS = {
    "open": (lambda face: ..., re.escape(OPEN)),
    "one": (lambda face: five(face)[0], "give back a list of 5 crops; got .*"),
    "four": (lambda face: five(face)[:4], "give back a list of 5 crops; got 4 of them."),
    "half open": (lambda face: [*five(face)[:4], ...], "the crop 'middle .85' is still open."),
    "exchanged": (
        lambda face: [one.T for one in five(face.T)],
        "the crop 'right above' of a face of 40 pixels: rows and columns are exchanged. An array is "
        r"`face\[rows, columns\]`: y comes first.",
    ),
    "upside down": (
        lambda face: [one[::-1] for one in five(face[::-1])],
        "the crop 'left above' of a face of 40 pixels is cut at the wrong end: row 0 is the top of the picture.",
    ),
    "size": (
        changed(3, lambda face: face),
        r"the crop 'middle .90' of a face of 40 pixels must be 36 × 36 pixels; yours is of shape \(40, 40\).",
    ),
    "place": (
        changed(2, shifted),
        "the crop 'middle below' of a face of 40 pixels begins in row 10, column 5, and ends before row 40, column 35; "
        "yours has the right size and lies elsewhere.",
    ),
}


@pytest.mark.parametrize(("answer", "message"), BAD_CROPS.values(), ids=BAD_CROPS)
def test_wrong_crops_are_told_why(answer, message):
    refused(check.crops(answer), message)


# ---- the loss -------------------------------------------------------------------------------------------------------


def loss(mu, margin):
    return max(0.0, margin - (mu[1:].max() - mu[0]))


@pytest.mark.parametrize("seed", range(4))
def test_the_loss_passes_and_is_the_model_s(seed):
    assert check.biased(loss, seed=seed)
    own = check.biased(lambda mu, margin: region_biased_loss(torch.from_numpy(mu)[None], margin)[0], seed=seed)
    assert own, own.message


BAD_LOSSES = {
    "below 0": (lambda mu, m: m - (mu[1:].max() - mu[0]), "a loss below 0 would go on pulling .*"),
    "the face too": (lambda mu, m: max(0, m - (mu.max() - mu[0])), "the maximum must leave out the face itself .*"),
    "turned": (lambda mu, m: max(0, m - (mu[0] - mu[1:].max())), "the difference is the wrong way round: .*"),
    "face last": (lambda mu, m: max(0, m - (mu[:-1].max() - mu[-1])), "this takes the last region for the face, .*"),
    "mean": (lambda mu, m: max(0, m - (mu[1:].mean() - mu[0])), "the largest crop counts, not the mean of the crops."),
    "hinge turned": (lambda mu, m: max(0, mu[1:].max() - mu[0] - m), "the loss must be large where the face wins: .*"),
    "no margin": (lambda mu, m: max(0, mu[0] - mu[1:].max()), "the margin is missing: a crop that is just ahead .*"),
    "no margin, turned": (lambda mu, m: max(0, mu[1:].max() - mu[0]), "the margin is missing, and the sign: .*"),
}


@pytest.mark.parametrize(("answer", "message"), BAD_LOSSES.values(), ids=BAD_LOSSES)
@pytest.mark.parametrize("seed", range(3))
def test_a_wrong_loss_is_told_why(answer, message, seed):
    refused(check.biased(answer, seed=seed), rf"for μ = \[.*\] and a margin of .*; yours is [\d.-]+: {message}")


def test_any_other_loss_is_told_the_right_one():
    case = r"for μ = \[0.62, 0.27, 0.5 \] and a margin of 0.1 the loss is 0.220"
    refused(check.biased(lambda mu, m: 7), rf"{case}; yours is 7.000\.")


# ---- what a cover hides ---------------------------------------------------------------------------------------------


def test_the_order_passes_with_ties_either_way():
    for order in ((3, 5, 4, 1, 2), (3, 4, 5, 2, 1), np.array([3, 5, 4, 2, 1])):
        result = check.seen(order)
        assert result, result.message
    assert "middle below 0.49" in check.seen((3, 5, 4, 1, 2)).message


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (..., re.escape(OPEN)),
        ((3, 4, 5, 1), r"name each of the regions 1 to 5 once, the most hidden first; got .*"),
        ((0, 1, 2, 3, 4), r"name each of the regions 1 to 5 once, the most hidden first; got .*"),
        (
            (1, 3, 4, 5, 2),
            r"the mask hides more of region 3 \(middle below\) than of region 1 \(left above\), and you name .*",
        ),
        ((3, 1, 4, 5, 2), r"the mask hides more of region 4 \(middle .90\) than of region 1 \(left above\), .*"),
    ],
)
def test_another_order_is_told_why(order, message):
    refused(check.seen(order), message)


def test_the_faces_of_the_lesson_are_there_and_covered():
    assert len(sample(check.FACE)) == 1
    for name in (check.COVERED, check.MASKED):
        assert sample(name).truth.cover.any()


# ---- a fair test ----------------------------------------------------------------------------------------------------


def less(own, own_covered, other, other_covered):
    return (other.mean() - other_covered.mean()) - (own.mean() - own_covered.mean())


@pytest.mark.parametrize("seed", range(3))
def test_a_fair_test_passes(seed):
    result = check.robust(less, ("ran", "ran-mean"), seed=seed)
    assert result, result.message


BAD_SCORES = {
    "covered alone": (lambda a, ac, b, bc: (ac - bc).mean(), "that is who is right more often under the cover. .*"),
    "own fall": (lambda a, ac, b, bc: (a - ac).mean(), "that is the first row's own fall. .*"),
    "turned": (lambda *four: -less(*four), "that is how much more the first one loses: exchange the two falls."),
    "shares": (
        lambda a, ac, b, bc: ac.mean() / a.mean() - bc.mean() / b.mean(),
        "shares of what was right before: .*",
    ),
    "whole alone": (lambda a, ac, b, bc: (a - b).mean(), "that compares whole faces alone."),
}


@pytest.mark.parametrize(("answer", "message"), BAD_SCORES.values(), ids=BAD_SCORES)
def test_an_unfair_score_is_told_why(answer, message):
    refused(check.robust(answer, ("ran", "ran-mean")), rf"one row goes from .* you say [+-][\d.]+: {message}")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((..., ...), "the difference of two falls, right. Which two rows do you compare. That is still open."),
        (("ran", "fan"), "a row must be one of ran, .*; got 'fan'."),
        (("ran", "ran"), "ran against itself gives 0."),
        (("ran-mean", "ran"), "the right two rows, the wrong way round: name the one with attention first."),
        (("ran-face", "ran"), "the row in question is ran, with both stages of attention; you name ran-face first."),
        (("ran", "ran-face"), "ran-face sees no crops: .* Which row has the same regions as ran, but no weights."),
        (("ran", "permuted"), "permuted has the same weights, dealt to the crops at random: .* Which row .*"),
        (("ran", "no RB-loss"), "no RB-loss has attention too: you would test the loss. Which row .*"),
    ],
)
def test_rows_that_differ_in_more_are_refused(rows, message):
    refused(check.robust(less, rows), message)


def test_another_number_is_told_the_right_one():
    result = check.robust(lambda *four: 3.0, ("ran", "ran-mean"))
    refused(result, r"one row goes from .*; the first loses .* less, you say \+3.000.")


# ---- crops to look at -----------------------------------------------------------------------------------------------


def test_crops_of_a_clip_are_those_that_the_network_sees():
    face = sample(check.FACE)
    size = np.array([face.width, face.height] * 2)
    crops = cut_clip(face, regions_of("fixed") * size, side=face.width)
    pixels = torch.from_numpy(face.frames).permute(0, 3, 1, 2).float()
    own = cut(pixels, torch.from_numpy(regions_of("fixed"))[None].float())[0].permute(0, 2, 3, 1)
    assert np.abs(crops.frames - own.numpy()).max() <= 0.5
    assert cut_clip(face, [[0, 0, *size[2:]]], side=48).frames.shape == (1, 48, 48, 3)


def test_crops_of_what_is_no_square_frame_are_refused():
    face = sample(check.FACE)
    with pytest.raises(ValueError, match="clip must be one square frame; got 18 frames of"):
        cut_clip(sample("happiness-moving"), [[0, 0, 9, 9]])
    with pytest.raises(ValueError, match="box 0 must show at least one pixel of the 112×112 face"):
        cut_clip(face, [[0, 0, 0.5, 9]])
