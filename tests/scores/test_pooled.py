"""Frame attention from the features on, the search for other weights, and measures as shares of one axis."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ferviz
from ferviz import Clip, Gap, scores
from ferviz.attribution import attribute
from ferviz.models.attention import beside
from ferviz.models.frame_attention import FrameAttention
from ferviz.scores import apex_auc, kendall_tau_b
from ferviz.scores.pooled import Moved, attribution, pool, removal
from ferviz.scores.search import other_weights, total_variation
from ferviz.scores.shares import measures
from tests.frame_nets import VARIANTS, seeded
from tests.region_nets import seeded as regions


@pytest.fixture(scope="module")
def models() -> dict[str, FrameAttention]:
    return {variant: seeded(variant) for variant in VARIANTS}


@pytest.fixture(scope="module")
def features() -> torch.Tensor:
    return torch.rand((9, 256), generator=torch.Generator().manual_seed(1)) ** 3


@pytest.fixture(scope="module")
def usable() -> np.ndarray:
    return np.array([True] * 4 + [False] + [True] * 4)


# ---- pooling ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
def test_all_the_weight_on_a_frame_gives_what_the_frame_gives_alone(models, features, usable, variant):
    values = np.eye(9, dtype=np.float32)[2]
    now = pool(models[variant], features, usable, Moved("weight", values))
    np.testing.assert_allclose(now.probability, now.alone[2], atol=1e-5)
    assert np.isnan(now.weight[4])
    np.testing.assert_allclose(np.nansum(now.weight), 1, atol=1e-6)


@pytest.mark.parametrize("variant", VARIANTS)
def test_answers_are_linear_in_the_weights(models, features, usable, variant):
    values = np.random.default_rng(0).random(9).astype(np.float32)
    now = pool(models[variant], features, usable, Moved("weight", values))
    mean = np.nansum(now.weight[:, None] * now.answers, 0)
    expected = mean if variant == "mean" else torch.from_numpy(mean).softmax(0).numpy()
    np.testing.assert_allclose(now.probability, expected, atol=1e-5)


def test_moving_alpha_goes_on_through_anchor_and_beta(models, features, usable):
    model, mask = models["relation"], torch.from_numpy(usable)
    values = np.random.default_rng(0).random(9).astype(np.float32)
    now = pool(model, features, usable, Moved("alpha", values))
    alpha = torch.from_numpy(values) * mask
    anchor = (alpha[:, None] * features).sum(0, keepdim=True) / alpha.sum()
    pairs = beside(features[None], anchor)
    with torch.no_grad():
        beta = model.q1(pairs)[0]
        weight = alpha * beta / (alpha * beta).sum()
        logits = model.classify((weight[:, None] * pairs[0]).sum(0))
    np.testing.assert_allclose(np.nan_to_num(now.weight), weight.numpy(), atol=1e-6)
    np.testing.assert_allclose(now.probability, logits.softmax(0).numpy(), atol=1e-5)
    assert now.beta is not None
    np.testing.assert_allclose(now.beta[usable], beta.numpy()[usable], atol=1e-6)


@pytest.mark.parametrize("variant", VARIANTS)
def test_removal_is_the_clip_without_the_frame(models, features, usable, variant):
    model = models[variant]
    fall = removal(model, features, usable, None, 2)
    assert np.isnan(fall[4])
    kept = [0, 1, 2, 3, 5, 6, 7, 8]
    without = [0, 1, 2, 5, 6, 7, 8]
    with torch.no_grad():
        before, after = (model.pool(features[None, list(k)])[0, 2].item() for k in (kept, without))
    assert fall[3] == pytest.approx(before - after, abs=1e-5)


def test_a_single_frame_cannot_be_removed(models, features):
    assert np.isnan(removal(models["self"], features[:1], np.array([True]), None, 0)).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_equal_frames_are_worth_nothing_and_no_rounding(models, features, variant):
    fall = removal(models[variant], features[:1].expand(6, -1), np.full(6, True), None, 2)
    assert not fall.any()


@pytest.mark.parametrize("variant", ["pool", "self", "relation"])
def test_attribution_adds_up_to_the_difference_of_the_logits(models, features, usable, variant):
    model = models[variant]
    given, gap = attribution(model, features, usable, None, 1)
    mask = torch.from_numpy(usable)[None]
    with torch.no_grad():
        ends = [model.pool(f[None], mask)[0, 1].item() for f in (features * 0, features)]
    assert np.nansum(given) == pytest.approx(ends[1] - ends[0], abs=0.05 * abs(ends[1] - ends[0]) + 1e-3)
    assert gap == pytest.approx(np.nansum(given) - (ends[1] - ends[0]), abs=1e-5)
    assert np.isnan(given[4])


def test_attribution_without_attention_is_the_contribution(models, features, usable):
    given, _ = attribution(models["pool"], features, usable, None, 1)
    np.testing.assert_allclose(given, pool(models["pool"], features, usable, None).contribution[:, 1], atol=1e-4)


@pytest.mark.parametrize("variant", VARIANTS)
def test_attribution_and_removal_are_those_of_the_library(models, usable, variant):
    model, rng = models[variant], np.random.default_rng(0)
    gaps = tuple(Gap("frames", int(i), int(i) + 1, "covered") for i in np.flatnonzero(~usable))
    pictures = rng.integers(0, 256, (len(usable), 48, 48, 3), dtype=np.uint8)
    clip = Clip(pictures, np.arange(len(usable)) / 10, crop=model.crop, gaps=gaps)
    seen = ferviz.observe(model, clip)
    features = torch.from_numpy(np.nan_to_num(seen["feature"].values)).float()
    mine, _ = attribution(model, features, usable, None, 2)
    options = {"target": str(list(model.labels)[2]), "level": "frames", "baseline": "zero", "n_steps": 200}
    np.testing.assert_allclose(mine, attribute(model, clip, **options)["attribution"], atol=1e-4)
    fall = removal(model, features, usable, None, 2)
    drop = scores.removal(model, clip, list(model.labels)[2])["logit_drop"].values
    np.testing.assert_allclose(fall, drop, atol=1e-5)


@pytest.mark.parametrize("variant", ["mean", "self", "relation"])
def test_of_regions_it_is_the_networks_and_the_librarys_too(variant):
    model, rng = regions(variant), np.random.default_rng(0)
    clip = Clip(rng.integers(0, 256, (1, 48, 48, 3), dtype=np.uint8), np.zeros(1), crop=model.crop)
    seen = ferviz.observe(model, clip).isel(frame=0)
    features, usable = torch.from_numpy(seen["feature"].values).float(), np.ones(6, bool)
    now = pool(model, features, usable, None)
    for name in ("alpha", "weight", "contribution"):
        np.testing.assert_allclose(getattr(now, name), seen[name].values, atol=1e-5)
    np.testing.assert_allclose(now.probability, seen["emotion_probability"].values, atol=1e-5)
    np.testing.assert_allclose(now.alone, torch.from_numpy(now.answers).softmax(-1), atol=1e-6)
    mine, _ = attribution(model, features, usable, None, 2)
    options = {"target": str(list(model.labels)[2]), "level": "items", "baseline": "zero", "n_steps": 200}
    found = attribute(model, clip, **options)["attribution"].values
    np.testing.assert_allclose(mine, found.reshape(-1), atol=1e-4)
    fall = removal(model, features, usable, None, 2)
    drop = scores.removal(model, clip, list(model.labels)[2])["logit_drop"].values
    np.testing.assert_allclose(fall, drop.reshape(-1), atol=1e-4)


# ---- other weights ---------------------------------------------------------------------------------------------------


def probabilities(answers: np.ndarray, weight: np.ndarray, kind: str = "logits") -> np.ndarray:
    mean = weight @ answers
    return mean if kind == "probability" else np.exp(mean - mean.max()) / np.exp(mean - mean.max()).sum()


def test_frames_that_agree_let_all_the_weight_go_to_the_lightest():
    weight = np.array([0.5, 0.3, 0.2])
    found = other_weights(np.tile([2.0, 0.0, 1.0], (3, 1)), weight)
    np.testing.assert_allclose(found.weight, [0, 0, 1], atol=1e-6)
    assert found.distance == pytest.approx(0.8)


def test_two_opposite_frames_leave_only_the_tolerance():
    answers = np.array([[1.0, 0.0], [0.0, 1.0]])
    found = other_weights(answers, np.array([0.6, 0.4]), tolerance=0.05, kind="probability")
    assert found.distance == pytest.approx(0.05, rel=0.03)
    assert found.distance <= 0.05


@pytest.mark.parametrize("kind", ["logits", "probability"])
@pytest.mark.parametrize("seed", range(4))
def test_no_grid_of_weights_finds_much_more(kind, seed):
    rng = np.random.default_rng(seed)
    answers = rng.normal(0, 2, (4, 3))
    if kind == "probability":
        answers = np.exp(answers) / np.exp(answers).sum(1, keepdims=True)
    weight = rng.dirichlet(np.ones(4))
    found = other_weights(answers, weight, tolerance=0.05, kind=kind)
    before = probabilities(answers, weight, kind)
    assert np.abs(probabilities(answers, found.weight, kind) - before).max() <= 0.05
    assert found.weight.sum() == pytest.approx(1)
    assert found.weight.min() >= 0
    steps = np.arange(41)
    grid = np.array([(a, b, c, 40 - a - b - c) for a in steps for b in steps for c in steps if a + b + c <= 40]) / 40
    keeps = [
        w for w in grid
        if np.abs(probabilities(answers, w, kind) - before).max() <= 0.05
        and probabilities(answers, w, kind).argmax() == before.argmax()
    ]  # fmt: skip
    assert found.distance >= 0.9 * max((total_variation(w, weight) for w in keeps), default=0)


def test_a_wider_tolerance_finds_no_less_and_the_same_search_the_same(capfd):
    rng = np.random.default_rng(5)
    answers, weight = rng.normal(0, 3, (24, 7)), rng.dirichlet(np.ones(24))
    found = [other_weights(answers, weight, tolerance=room) for room in (0.001, 0.01, 0.05, 0.05)]
    assert found[0].distance <= found[1].distance + 0.02
    assert found[1].distance <= found[2].distance + 0.02
    np.testing.assert_array_equal(found[2].weight, found[3].weight)
    for one, room in zip(found, (0.001, 0.01, 0.05, 0.05), strict=True):
        moved = np.abs(one.probability - probabilities(answers, weight)).max()
        assert moved <= room
        np.testing.assert_allclose(one.probability, probabilities(answers, one.weight))
    assert capfd.readouterr().out == ""  # the solver would write into the notebook


@pytest.mark.parametrize(
    ("answers", "weight", "tolerance", "message"),
    [
        (np.zeros((3, 2)), np.ones(2) / 2, 0.01, r"answers must have shape \(T, E\) and weight \(T,\)"),
        (np.zeros((1, 2)), np.ones(1), 0.01, "weight must have two usable frames or more"),
        (np.zeros((2, 2)), np.ones(2) / 2, 0.0, "tolerance must be above 0; got 0.0"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused(answers, weight, tolerance, message):
    with pytest.raises(ValueError, match=message):
        other_weights(answers, weight, tolerance=tolerance)


# ---- measures --------------------------------------------------------------------------------------------------------


def test_agreement_is_that_of_the_scores():
    rng = np.random.default_rng(0)
    values, evidence = rng.random(12), rng.random(12)
    values[3] = np.nan
    (one,) = measures({"weight": values}, evidence)
    assert (one.tau, one.auc) == (kendall_tau_b(values, evidence), apex_auc(values, evidence))
    (neutral,) = measures({"weight": values}, np.zeros(12))
    assert np.isnan([neutral.tau, neutral.auc]).all()


def test_measures_are_shares_with_their_sign_and_a_flat_one_is_called_so():
    weight, fall = measures({"weight": [0.5, 0.5, np.nan], "removal": [2, -6, np.nan]}, [0, 1, np.nan])
    np.testing.assert_allclose(fall.values, [0.25, -0.75, np.nan])
    assert weight.flat
    assert np.isnan(weight.tau)
    assert not fall.flat
    assert fall.tau == -1


def test_a_network_in_training_gives_the_same(models, features, usable):
    model = models["self"]
    before = pool(model, features, usable, None).probability, removal(model, features, usable, None, 0)
    model.train()
    try:
        now = pool(model, features, usable, None).probability, removal(model, features, usable, None, 0)
        assert model.training
    finally:
        model.eval()
    for one, other in zip(before, now, strict=True):
        np.testing.assert_array_equal(one, other)
