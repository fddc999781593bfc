"""Scores against worked numbers and independent computations: brute force, formulas by hand, other tests' tables."""

from __future__ import annotations

import doctest
import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from two_streams import WINDOW, TwoStreams

import ferviz
from ferviz import Clip, Crop, Gap, flat, scores
from ferviz.attribution import attribute, grid
from ferviz.flat import is_flat
from ferviz.models import FrameAttention
from ferviz.models.frame_attention import Config
from ferviz.models.mini_xception import MiniXception
from ferviz.scores import chance, maps, ranks


def make_clip(frames: int = 5) -> Clip:
    pictures = np.random.default_rng(0).integers(0, 256, (frames, 48, 48, 3), dtype=np.uint8)
    gaps = (Gap("frames", 2, 3, "no face found"),)
    return Clip(pictures, np.arange(frames) / 10, crop=Crop(48, 0.0), gaps=gaps)


def drawn(variant: str) -> FrameAttention:
    with torch.random.fork_rng():
        torch.manual_seed(4)
        return FrameAttention(Config.compact(variant))


@pytest.fixture
def fan() -> FrameAttention:
    return drawn("relation").eval()


def test_removing_a_frame_is_observing_the_clip_with_a_gap_there(fan):
    clip = make_clip()
    drops = scores.removal(fan.train(), clip, "fear")
    assert fan.training
    whole = ferviz.observe(fan, clip)
    for frame in (0, 1, 3, 4):
        gap = Gap("frames", frame, frame + 1, "removed")
        without = ferviz.observe(fan, replace(clip, gaps=(*clip.gaps, gap)))
        for name in ("logits", "probability"):
            wanted = (whole - without)[f"emotion_{name}"].sel(emotion="fear").item()
            assert drops[f"{name.removesuffix('s')}_drop"].values[frame] == pytest.approx(wanted, abs=1e-6)
    assert np.isnan(drops["logit_drop"].values[2])
    assert np.isnan(drops["probability_drop"].values[2])
    assert drops["target"].item() == "fear"
    assert drops["time"].values.tolist() == clip.times.tolist()


def test_removal_takes_what_the_model_answers_and_sees_an_intervention(fan):
    clip = make_clip()
    seen = ferviz.observe(fan, clip)["emotion_logits"]
    assert scores.removal(fan, clip)["target"].item() == seen["emotion"].values[seen.values.argmax()]
    model = drawn("self")
    assert np.nanmin(np.abs(scores.removal(model, clip)["logit_drop"])) > 1e-5
    with ferviz.intervene(model, {"weight": np.array([1.0, 0, 0, 0, 0])}):
        drops = scores.removal(model, clip)["logit_drop"].values
    assert abs(drops[0]) > 1e-3
    np.testing.assert_allclose(drops[[1, 3, 4]], 0, atol=1e-6)  # what has no weight is not missed


def test_a_clip_of_one_usable_frame_has_no_removal(fan):
    one = make_clip()[1:3]
    assert np.isnan(scores.removal(fan, one)["logit_drop"]).all()


def test_removal_works_for_models_that_cannot_pool_alone():
    model, rng = TwoStreams(), np.random.default_rng(0)
    clip = Clip(
        rng.integers(0, 256, (4, 8, 8, 3), dtype=np.uint8),
        np.arange(4) / 10,
        audio=rng.normal(0, 0.1, 3 * WINDOW).astype(np.float32),
        sample_rate=16000,
        crop=Crop(8, 0.25),
    )
    drops = scores.removal(model, clip, head="age", axis="frame")["logit_drop"].values
    whole = ferviz.observe(model, clip)["age"].item()
    without = ferviz.observe(model, replace(clip, gaps=(Gap("frames", 2, 3, "removed"),)))["age"].item()
    assert drops[2] == pytest.approx(whole - without, abs=1e-6)


def test_a_model_of_single_frames_has_nothing_to_remove_from():
    with pytest.raises(ValueError, match=r"must pool items, .*; MiniXception .* frame by frame \(deletion and"):
        scores.removal(MiniXception(), make_clip())


def tau_by_hand(x, y) -> float:
    """Kendall 1945: (concordant − discordant) / √((pairs − ties in x)(pairs − ties in y))."""
    pairs = list(itertools.combinations(range(len(x)), 2))
    signs = [(np.sign(x[i] - x[j]), np.sign(y[i] - y[j])) for i, j in pairs]
    untied = [sum(s[k] != 0 for s in signs) for k in (0, 1)]
    return sum(a * b for a, b in signs) / np.sqrt(untied[0] * untied[1])


rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=12)


@given(rows)
def test_kendalls_tau_is_the_formula(row):
    x, y = np.array(row, float).T
    found = scores.kendall_tau_b(x, y)
    if np.ptp(x) and np.ptp(y):
        assert found == pytest.approx(tau_by_hand(x, y))
        assert scores.kendall_tau_b(-x, y) == pytest.approx(-found)
    else:
        assert np.isnan(found)


def test_kendalls_tau_worked_by_hand_and_without_gaps():
    # 5 of 6 pairs untied in x, 6 in y; 4 concordant, 1 discordant: 3 / √30
    assert scores.kendall_tau_b([1, 2, 2, 3], [1, 2, 4, 3]) == pytest.approx(3 / 30**0.5)
    assert scores.kendall_tau_b([1, np.nan, 2, 3], [1, 9, 2, np.nan]) == 1
    assert np.isnan(scores.kendall_tau_b([1, np.nan], [1, 2]))
    rounding = np.float32(1 / 16) + np.array([0, 1e-8, -1e-8])
    assert np.isnan(scores.kendall_tau_b(rounding, [1, 2, 3]))


@given(rows)
def test_the_area_is_the_share_of_pairs_in_order(row):
    weight, step = np.array(row, float).T
    evidence = step / 5
    high, low = weight[evidence >= 0.8], weight[evidence <= 0.2]
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in high for b in low]
    found = scores.apex_auc(weight, evidence)
    assert np.isnan(found) if not pairs else found == pytest.approx(np.mean(pairs))


def test_the_area_worked_by_hand():
    weight, evidence = [0.5, 0.2, 0.2, 0.1, 9.0, np.nan], [1.0, 0.9, 0.1, 0.0, 0.5, 1.0]
    assert scores.apex_auc(weight, evidence) == 0.875  # 3 pairs won, 1 tied, of 4
    assert scores.apex_auc(weight, evidence, apex=0.95) == 1
    assert scores.apex_auc([0.1, 0.1 + 1e-9], [1, 0]) == 0.5
    with pytest.raises(ValueError, match=r"rest must lie below apex; got rest 0.5 and apex 0.5"):
        scores.apex_auc(weight, evidence, apex=0.5, rest=0.5)


@pytest.mark.parametrize("function", [scores.kendall_tau_b, scores.apex_auc])
def test_rows_of_unequal_length_are_named(function):
    with pytest.raises(ValueError, match=r"must have one shape \(T,\); got \(2,\) and \(3,\)"):
        function([1, 2], [1, 2, 3])


def test_mass_on_truth_worked_by_hand():
    found = scores.mass_on_truth([[3.0, 1.0], [0.0, -2.0]], [[True, False], [False, True]])
    assert (found.share, found.area, found.ratio, found.flat) == (0.75, 0.5, 1.5, False)
    weighted = scores.mass_on_truth([[3.0, 1.0], [0.0, -2.0]], [[4.0, 2.0], [2.0, 0.0]])
    # Σ a⁺ t / (Σ a⁺ max t) = 14 / 16; mean t / max t = 2 / 4
    assert (weighted.share, weighted.area, weighted.ratio) == (0.875, 0.5, 1.75)
    gap = scores.mass_on_truth([[3.0, 1.0], [0.0, np.nan]], [[1, 0], [0, 1]])
    assert (gap.share, gap.area) == (0.75, 1 / 3)


positive = arrays(float, (3, 4), elements=st.floats(0, 1, width=16))


@given(positive, positive, st.floats(0.1, 50), st.floats(0.1, 50))
def test_the_ratio_does_not_know_scales(values, truth, one, other):
    first, second = scores.mass_on_truth(values, truth), scores.mass_on_truth(values * one, truth * other)
    np.testing.assert_allclose([first.ratio, first.area], [second.ratio, second.area], rtol=1e-6)
    if truth.any() and not first.flat:
        assert first.ratio == pytest.approx((values * truth).sum() / values.sum() / truth.mean(), rel=1e-6)


def test_an_even_map_would_score_one_and_a_flat_one_is_not_scored():
    truth = np.arange(12.0).reshape(3, 4)
    even = scores.mass_on_truth(np.ones((3, 4)), truth, flat=False)
    assert even.ratio == pytest.approx(1)
    for flat_one in (np.ones((3, 4)), np.zeros((3, 4)), np.full((3, 4), np.nan)):
        found = scores.mass_on_truth(flat_one, truth)
        assert found.flat
        assert np.isnan([found.share, found.ratio]).all()
    noise = np.random.default_rng(0).normal(0, 1e-9, (3, 4))
    assert np.isnan(scores.mass_on_truth(noise, truth, flat=True).ratio)
    below = scores.mass_on_truth(-truth, truth)
    assert not below.flat
    assert np.isnan(below.ratio)
    neutral = scores.mass_on_truth(truth, np.zeros((3, 4)))
    assert (neutral.share, neutral.area) == (0, 0)
    assert np.isnan(neutral.ratio)


def test_an_attribution_says_itself_whether_it_is_flat(fan):
    still = Clip(np.full((2, 48, 48, 3), 90, np.uint8), np.arange(2.0), crop=Crop(48, 0.0))
    found = attribute(fan, still, baseline="gray", frame=0, n_steps=2)
    truth = np.eye(48, dtype=bool)
    mass = scores.mass_on_truth(found["attribution"][0], truth, flat=found["flat"].values[0])
    assert mass.flat
    assert np.isnan(mass.ratio)


@pytest.mark.parametrize(
    ("values", "truth", "message"),
    [
        (np.ones((2, 2)), np.ones((2, 3)), r"values and truth must have one shape; got \(2, 2\) and \(2, 3\)"),
        (np.ones((2, 2)), -np.ones((2, 2)), "truth must be finite and not negative"),
        (np.ones((2, 2)), np.full((2, 2), np.nan), "truth must be finite and not negative"),
    ],
)
def test_truths_that_do_not_fit_are_named(values, truth, message):
    with pytest.raises(ValueError, match=message):
        scores.mass_on_truth(values, truth)


def test_the_centred_gaussian_is_a_gaussian_in_the_middle():
    bump = scores.centred_gaussian(9, 5)
    assert bump.shape == (9, 5)
    assert bump.sum() == pytest.approx(1)
    assert np.unravel_index(bump.argmax(), bump.shape) == (4, 2)
    np.testing.assert_allclose(bump, bump[::-1, ::-1])
    # one spread (a quarter of 8 pixels) from the middle it has fallen by e^-1/2
    wide = scores.centred_gaussian(8, 1)
    assert wide[5, 0] / wide[3, 0] == pytest.approx(np.exp(-0.5 * (1.5 / 2) ** 2) / np.exp(-0.5 * (0.5 / 2) ** 2))
    with pytest.raises(ValueError, match="height must be a whole number of at least 1; got 0"):
        scores.centred_gaussian(0, 5)


def test_the_mean_map_gives_every_map_one_voice():
    loud, quiet = np.array([[8.0, 0.0], [0.0, -3.0]]), np.array([[0.0, 1.0], [1.0, np.nan]])
    found = scores.mean_map([loud, quiet, np.ones((2, 2)), -loud * 0, -np.eye(2)])
    np.testing.assert_allclose(found, [[0.5, 0.25], [0.25, 0]])
    with pytest.raises(ValueError, match="maps must hold at least one that is not flat and somewhere positive"):
        scores.mean_map([np.ones((2, 2))])
    with pytest.raises(ValueError, match=r"maps must have one shape; got \(2, 2\), \(3, 3\)"):
        scores.mean_map([np.eye(2), np.eye(3)])


def test_whole_persons_are_drawn():
    values, people = np.array([1.0, 1.0, 1.0, 0.0]), np.array(["a", "a", "a", "b"])
    found = scores.bootstrap_people(values, people, np.random.default_rng(0))
    # one draw in four is a alone (mean 1), one b alone (mean 0)
    assert found[:3] == (0.75, 0.0, 1.0)
    rng = np.random.default_rng(3)
    values, people = rng.random(60), rng.integers(0, 12, 60)
    found = scores.bootstrap_people(values, people, np.random.default_rng(1), repeats=300)
    again, means = np.random.default_rng(1), []
    names = np.unique(people)
    for _ in range(300):
        drawn = names[again.integers(len(names), size=len(names))]
        means.append(np.concatenate([values[people == name] for name in drawn]).mean())
    assert found.mean == pytest.approx(values.mean())
    np.testing.assert_allclose([found.low, found.high], np.quantile(means, [0.025, 0.975]))
    apart = scores.bootstrap_people(values - found.low, people, np.random.default_rng(1), repeats=300)
    assert apart.p == pytest.approx(2 * ((np.array(means) <= found.low).sum() + 1) / 301)


@given(st.lists(st.integers(-5, 6), min_size=8, max_size=20))
def test_p_never_contradicts_its_interval(values):
    found = scores.bootstrap_people(values, np.arange(len(values)), np.random.default_rng(0), repeats=199)
    assert 2 / 200 <= found.p <= 1
    if found.low > 0 or found.high < 0:
        assert found.p <= 0.06  # of few repeats: p counts whole draws, the ends of the interval lie between two
    if found.low < 0 < found.high:
        assert found.p > 0.05


def test_a_constant_difference_has_an_interval_without_width():
    first = np.random.default_rng(0).random(30)
    people = np.repeat(np.arange(10), 3)
    found = scores.bootstrap_people((first + 0.25) - first, people, np.random.default_rng(0))
    np.testing.assert_allclose(found[:3], 0.25)
    assert found.p == 2 / 2001
    assert scores.bootstrap_people(first - first, people, np.random.default_rng(0)).p == 1


def test_one_person_has_no_interval_and_undefined_scores_are_refused():
    found = scores.bootstrap_people([0.0, 1.0], ["a", "a"], np.random.default_rng(0))
    assert found.mean == 0.5
    assert np.isnan([found.low, found.high, found.p]).all()
    with pytest.raises(ValueError, match="values must be finite; got 1 that are not: leave them out"):
        scores.bootstrap_people([0.0, np.nan], ["a", "b"], np.random.default_rng(0))
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator.*; got 7"):
        scores.bootstrap_people([0.0, 1.0], ["a", "b"], 7)
    with pytest.raises(ValueError, match="repeats must be a whole number of at least 1; got 0"):
        scores.bootstrap_people([0.0, 1.0], ["a", "b"], np.random.default_rng(0), repeats=0)
    for values, people in (([0.0, 1.0], ["a"]), ([], [])):
        with pytest.raises(ValueError, match=r"values and people must have one shape \(N,\)"):
            scores.bootstrap_people(values, people, np.random.default_rng(0))


@given(st.lists(st.floats(0, 1), max_size=8), st.floats(0.01, 0.2))
def test_holm_rejects_step_by_step(p_values, level):
    adjusted = scores.holm(p_values)
    order, rejected = np.argsort(p_values, kind="stable"), set()
    for step, place in enumerate(order):
        if p_values[place] * (len(p_values) - step) > level:
            break
        rejected.add(int(place))
    assert set(np.flatnonzero(adjusted <= level).tolist()) == rejected
    assert (adjusted >= p_values).all()


def test_holm_worked_by_hand():
    np.testing.assert_allclose(scores.holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    for wrong in ([0.5, 1.5], [[0.1]], [np.nan]):
        with pytest.raises(ValueError, match=r"p_values must be numbers \(N,\) from 0 to 1"):
            scores.holm(wrong)


def test_flat_has_one_definition():
    assert is_flat([3.0, 3.01])
    assert not is_flat([0.0, 0.01])
    assert is_flat([0.0, 0.01], limit=10)
    assert is_flat([np.nan])
    assert is_flat([0.0])
    from ferviz.explorers.patch import explorer as patch
    from ferviz.plots import figure

    assert figure.is_flat is patch.is_flat is is_flat


@pytest.mark.parametrize("module", [chance, maps, ranks, flat, grid])
def test_the_examples_in_the_docstrings_are_right(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
