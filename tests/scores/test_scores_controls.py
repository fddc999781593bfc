"""Weights that attention has to beat, and scores that ask one thing at a time: worked numbers and what they promise."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import ferviz
from ferviz import scores
from ferviz.attribution.grid import to_grid
from ferviz.scores import apart, controls, ranks

MASK = np.arange(6)[None] < np.array([6, 4, 5, 2])[:, None]
ALL = ("even", "permuted", "uneven", "other_clips", "others_profile")
ALL += ("by_position", "by_norm", "by_top_probability", "by_sharpness")


def weights(seed: int = 0, mask: np.ndarray = MASK, power: float = 3.0) -> np.ndarray:
    drawn = np.random.default_rng(seed).random(mask.shape) ** power * mask
    return drawn / drawn.sum(1, keepdims=True)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def control(name: str, mask: np.ndarray = MASK, own: np.ndarray | None = None) -> np.ndarray:
    own = weights(mask=mask) if own is None else own
    noise = np.random.default_rng(5).normal(size=(*mask.shape, 3))
    given = {
        "even": lambda: scores.even(mask),
        "permuted": lambda: scores.permuted(own, mask, rng()),
        "uneven": lambda: scores.uneven(own, mask, rng()),
        "by_position": lambda: scores.by_position(mask),
        "others_profile": lambda: scores.others_profile(own, mask, np.arange(len(mask))),
        "other_clips": lambda: scores.other_clips(own, mask, rng()),
        "by_norm": lambda: scores.by_norm(noise, mask),
        "by_sharpness": lambda: scores.by_sharpness(noise[..., None] * np.ones((1, 1, 3, 3)), mask),
        "by_top_probability": lambda: scores.by_top_probability(np.abs(noise), mask),
    }
    return given[name]()


@pytest.mark.parametrize("name", ALL)
def test_every_control_gives_weights_over_the_frames_that_are_there(name: str) -> None:
    found = control(name)
    assert found.shape == MASK.shape
    assert np.allclose(found.sum(1), 1)
    assert not found[~MASK].any()
    assert (found >= 0).all()


def test_a_clip_without_a_frame_has_no_uneven_weights_and_changes_none_of_others() -> None:
    none = np.zeros((1, MASK.shape[1]), bool)
    found = scores.uneven(np.vstack([weights(), 0 * none]), np.vstack([MASK, none]), rng())
    one = none.copy()
    one[0, 0] = True  # a clip of one frame has as little to be uneven
    other = scores.uneven(np.vstack([weights(), one]), np.vstack([MASK, one]), rng())
    assert not found[-1].any()
    assert np.allclose(found[:-1], other[:-1])


def test_the_examples_of_the_docstrings_hold() -> None:
    for module in (apart, controls, ranks):
        assert doctest.testmod(module).failed == 0


def test_permuted_weights_are_the_own_ones_on_other_frames() -> None:
    own = weights()
    found = scores.permuted(own, MASK, rng())
    for row, known in enumerate(MASK):
        assert np.allclose(np.sort(found[row, known]), np.sort(own[row, known]))
    assert not np.allclose(found, own)
    assert np.allclose(scores.entropy(found, MASK), scores.entropy(own, MASK))
    many = np.ones((4000, 4), bool)
    mean = scores.permuted(np.tile([0.7, 0.2, 0.1, 0.0], (4000, 1)), many, rng()).mean(0)
    assert np.allclose(mean, 0.25, atol=0.02), "any frame gets any of them"


def test_entropy_is_shannons() -> None:
    assert scores.entropy([[0.5, 0.25, 0.25, 0]], [[True] * 4])[0] == pytest.approx(1.5 * np.log(2))
    assert np.allclose(scores.entropy(scores.even(MASK), MASK), np.log([6, 4, 5, 2]))


@pytest.mark.parametrize("power", [0.3, 1.0, 4.0, 12.0])
def test_dirichlet_weights_are_as_uneven_as_the_given_ones(power: float) -> None:
    mask = np.arange(18)[None] < np.random.default_rng(1).integers(8, 19, 3000)[:, None]
    own = weights(2, mask, power)
    found = scores.uneven(own, mask, rng())
    assert scores.entropy(found, mask).mean() == pytest.approx(scores.entropy(own, mask).mean(), abs=0.03)
    beyond = [(each * mask.sum(1, keepdims=True) - 1)[mask] for each in (found, own)]
    assert abs(np.corrcoef(*beyond)[0, 1]) < 0.05, "and know nothing of them"


def test_dirichlet_weights_follow_to_both_ends() -> None:
    mask = np.ones((200, 5), bool)
    assert np.allclose(scores.uneven(scores.even(mask), mask, rng()), 0.2, atol=0.01)
    one = np.zeros((200, 5))
    one[:, 2] = 1
    assert (scores.uneven(one, mask, rng()).max(1) > 0.999).all()


def test_position_alone_is_the_number_of_the_frame() -> None:
    assert scores.by_position(MASK)[3].tolist() == pytest.approx([1 / 3, 2 / 3, 0, 0, 0, 0])
    gap = np.array([[True, False, True, True]])
    assert scores.by_position(gap)[0].tolist() == pytest.approx([1 / 6, 0, 2 / 6, 3 / 6])


def test_other_peoples_profile_holds_nothing_of_the_person() -> None:
    mask = np.ones((3, 4), bool)
    values = np.array([[1.0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
    found = scores.others_profile(values, mask, ["a", "a", "b"])
    assert found[0].argmax() == found[1].argmax() == 3
    assert found[2].argmax() == 0
    assert found[0, 0] == found[2, 3] == 0


def test_other_peoples_profile_goes_by_the_place_in_the_clip() -> None:
    mask = np.arange(12)[None] < np.array([12, 6, 12, 4])[:, None]
    values = np.where(mask, (np.arange(12)[None] + 0.5) / mask.sum(1)[:, None] > 0.5, 0.0)  # the second half tells
    found = scores.others_profile(values, mask, np.arange(4))
    for row, there in enumerate(mask):
        half = int(there.sum()) // 2
        assert found[row, half : 2 * half].min() > found[row, : half - 1].max(initial=0)


def test_clips_count_alike_in_the_profile_however_strong() -> None:
    mask = np.ones((3, 2), bool)
    found = scores.others_profile([[1000.0, 0], [0, 1], [1, 1]], mask, [0, 1, 2])
    assert found[2].tolist() == pytest.approx([0.5, 0.5])
    assert scores.others_profile(np.zeros((2, 2)), mask[:2], [0, 1])[0].tolist() == [0.5, 0.5]


def test_other_clips_weights_come_from_another_clip_in_the_own_length() -> None:
    mask = np.arange(8)[None] < np.array([8, 4] * 10)[:, None]
    own = np.zeros(mask.shape)
    own[::2, 6:] = 0.5  # long clips: the last quarter; short ones: the first half
    own[1::2, :2] = 0.5
    found = scores.other_clips(own, mask, rng())
    last = {tuple(np.flatnonzero(row).tolist()) for row in found[::2]}
    assert last <= {(6, 7), (0, 1, 2, 3)}
    two = scores.other_clips(weights()[:2], MASK[:2], rng())
    assert not np.allclose(two[0], weights()[0])


def test_norm_and_top_probability_weigh_by_themselves() -> None:
    mask = np.ones((1, 2), bool)
    assert scores.by_norm([[[3.0, 4.0], [0, 5.0]]], mask).tolist() == [[0.5, 0.5]]
    assert scores.by_top_probability([[[0.9, 0.1], [0.4, 0.6]]], mask)[0].tolist() == pytest.approx([0.6, 0.4])


def test_a_blurred_picture_is_less_sharp() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (12, 12), dtype=np.uint8)
    blurred = np.rint(gaussian_filter(picture.astype(float), 1)).astype(np.uint8)
    found = scores.by_sharpness(np.stack([picture, blurred, np.full_like(picture, 9)])[None], np.ones((1, 3), bool))
    assert found[0, 0] > 0.9
    assert found[0, 1] > found[0, 2] == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: scores.even(np.ones((2, 3))), r"mask must be bool \(N, T\); got float64 of shape \(2, 3\)"),
        (lambda: scores.permuted(np.ones((2, 3)), MASK, rng()), r"weights must have the shape of mask, \(4, 6\); got"),
        (lambda: scores.uneven(-weights(), MASK, rng()), "weights must be finite numbers from 0 on where mask is true"),
        (lambda: scores.uneven([[1.0]], [[True]], rng()), "mask must leave at least two frames in some clip"),
        (lambda: scores.others_profile(weights(), MASK, [0] * 4), "people must name two persons or more, one for each"),
        (lambda: scores.other_clips([[1.0, 0]], [[True, True]], rng()), "weight must hold two clips or more; got 1"),
        (lambda: scores.by_norm(weights(), MASK), r"features must have shape \(4, 6\) and a third axis; got \(4, 6\)"),
        (lambda: scores.by_sharpness(weights(), MASK), r"frames must have shape \(4, 6\) and two more axes; got"),
        (lambda: scores.by_top_probability(weights(), MASK), r"probability must have shape \(4, 6\) and a third axis"),
        (lambda: scores.frames_auc([1.0], [1], [0]), r"weight, more and less must be \(T,\), the latter two bool; got"),
        (lambda: scores.frames_auc([1.0], [True], [True]), r"a frame must not be of both kinds; frames \[0\] are"),
        (lambda: scores.frame_kinds([1.0], [1.0, 0]), r"evidence, intensity, own and intruder must have one shape"),
        (lambda: scores.weight_on([1.0], [1]), r"weight and frames must be \(T,\), the latter bool; got \(1,\)"),
        (lambda: scores.neutral_and_rest([1.0], [1, 0], 0), r"right and label must have one shape \(N,\); got \(1,\)"),
        (lambda: scores.acting_gain([[[1.0]]], [[1.0]]), r"mask and trunk must have one shape \(D, h, w\); got"),
        (lambda: scores.acting_gain([[[1.0]]], [[[-1.0]]]), "trunk must not be negative, as after a ReLU; its least"),
    ],
)
def test_what_does_not_fit_is_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("control", [scores.permuted, scores.uneven, scores.other_clips])
def test_a_seed_is_no_generator(control) -> None:
    with pytest.raises(TypeError, match=r"rng must be a numpy.random.Generator, for example .*; got 0"):
        control(weights(), MASK, 0)


def test_own_must_be_bool() -> None:
    with pytest.raises(TypeError, match="own must be bool; got float64"):
        scores.frame_kinds([1.0], [1.0], [1.0])


def test_kinds_of_frames_are_told_apart_by_the_truth() -> None:
    evidence = np.array([1.0, 0.8, 0.5, 0.3, 0.0, 0.0, 0.6])
    intensity = np.array([1.0, 0.7, 0.9, 0.8, 0.2, 0.9, 0.95])
    own = np.array([True, True, True, True, True, False, True])
    intruder = np.array([0, 0, 0, 0, 0, 1.0, 0])
    kinds = scores.frame_kinds(evidence, intensity, own, intruder)
    assert np.flatnonzero(kinds.tells).tolist() == [0, 1]
    assert np.flatnonzero(kinds.spoiled).tolist() == [2, 3]
    assert np.flatnonzero(kinds.rest).tolist() == [4]
    assert np.flatnonzero(kinds.intruder).tolist() == [5]
    weight = np.array([0.5, 0.1, 0.1, 0.1, 0.0, 0.15, 0.05])
    assert scores.frames_auc(weight, kinds.tells, kinds.rest) == 1.0
    assert scores.frames_auc(weight, kinds.tells, kinds.spoiled) == 0.75  # two pairs won, two ties
    assert scores.frames_auc(weight, kinds.tells, kinds.intruder) == 0.5
    assert scores.weight_on(weight, kinds.spoiled) == pytest.approx(0.7)


def test_an_intruder_is_no_spoiled_frame_of_the_label() -> None:
    """A weight that follows the intruder alone wins nothing where frames are asked for that were spoiled."""
    kinds = scores.frame_kinds([1.0, 0, 0], [1.0, 1.0, 0], [True, False, True], [0, 1.0, 0])
    assert np.isnan(scores.frames_auc([0.1, 0.8, 0.1], kinds.tells, kinds.spoiled))
    assert scores.frames_auc([0.1, 0.8, 0.1], kinds.tells, kinds.intruder) == 0.0


def test_what_is_not_known_is_of_no_kind_and_unusable_frames_are_left_out() -> None:
    kinds = scores.frame_kinds([1.0, 0.0, 0.1], [np.nan] * 3)
    assert kinds.tells.tolist() == [True, False, False]
    assert not kinds.rest.any()
    assert not kinds.spoiled.any()
    auc = scores.frames_auc([np.nan, 0.3, 0.7], np.array([True, True, False]), np.array([False, False, True]))
    assert auc == 0.0
    assert scores.weight_on([np.nan, 0.3, 0.1], np.array([True, True, False])) == pytest.approx(1.5)
    assert np.isnan(scores.weight_on([np.nan, 0.3], np.array([True, False])))


def test_the_old_area_is_the_new_one_of_evidence_alone() -> None:
    drawn = np.random.default_rng(3)
    for _ in range(20):
        weight, evidence = drawn.random(12).round(1), drawn.random(12)
        new = scores.frames_auc(weight, evidence >= 0.8, evidence <= 0.2)
        assert new == pytest.approx(scores.apex_auc(weight, evidence), nan_ok=True)


def test_recall_of_neutral_stands_beside_that_of_the_rest() -> None:
    label = np.array([6, 6, 0, 0, 0, 1])
    right = np.array([1, 0, 1, 1, 0, 0])
    neutral, rest = scores.neutral_and_rest(right, label, 6)
    assert np.nanmean(neutral) == 0.5
    assert np.isnan(neutral).tolist() == [False, False, True, True, True, True]
    assert np.nanmean(rest) == pytest.approx((2 / 3 + 0) / 2)
    assert np.isnan(scores.neutral_and_rest([1.0], [6], 6)[1]).all()


def test_the_gain_that_acts_leaves_out_what_is_multiplied_by_nothing() -> None:
    mask = np.array([[[1.0, 0.2]], [[0.5, 0.9]]])
    trunk = np.array([[[0.0, 0.0]], [[2.0, 0.0]]])
    gain = scores.acting_gain(mask, trunk)
    assert gain[0, 0] == 0.5, "the channel of 1 acts on 0"
    assert np.isnan(gain[0, 1])
    even = scores.acting_gain(np.full((3, 2, 2), 0.3), np.random.default_rng(0).random((3, 2, 2)))
    assert np.allclose(even, 0.3)


def test_the_gain_of_a_clip_stands_on_its_pixels_and_asks_for_a_mask() -> None:
    clip, model = ferviz.sample("happiness-still"), ferviz.load_model("lbp-attention")
    found, seen = scores.gain_map(model, clip), ferviz.observe(model, clip)
    gain = np.nan_to_num(scores.acting_gain(seen["mask"].values[0], seen["trunk"].values[0]))
    assert np.allclose(found["attribution"][0], to_grid(gain, (clip.height, clip.width), keep="value"))
    assert not found["flat"].item()
    with ferviz.intervene(model, {"mask": 0.25}):
        even = scores.gain_map(model, clip)["attribution"].values
    assert np.unique(even.round(6)).tolist() in ([0.25], [0.0, 0.25]), "0 where the trunk is 0 in all channels"
    with pytest.raises(ValueError, match="model must compute a mask and a trunk; MiniXception computes .*emotion"):
        scores.gain_map(ferviz.load_model("mini-xception"), clip)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_does_not_become_even_weights(value: float) -> None:
    mask = np.array([[True, True]])
    for control in (scores.by_norm, scores.by_top_probability):
        with pytest.raises(ValueError, match="must be finite where mask is true"):
            control([[[value], [2.0]]], mask)
        control([[[value], [2.0]]], np.array([[False, True]]))  # in a gap it does not count
    with pytest.raises(ValueError, match="must be finite where mask is true"):
        scores.by_sharpness(np.full((1, 2, 4, 4), value), mask)
    with pytest.raises(ValueError, match="must be finite numbers from 0 on"):
        scores.entropy([[value, 1.0]], mask)
