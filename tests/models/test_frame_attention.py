"""FAN: the paper's equations in numbers, its invariances, its named quantities, gaps, and input that does not fit."""

from __future__ import annotations

import warnings
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_fan import BACKBONE, SIDE, clip_of, frames_of, tiny_fan

import ferviz
from ferviz.clip import Clip, Crop, Gap
from ferviz.models.backbones import ResNetConfig
from ferviz.models.frame_attention import Config, FrameAttention
from ferviz.reading import quantities

VARIANTS = ("mean", "pool", "self", "relation")
NAN = float("nan")
DIMS = {
    "feature": ("frame", "channel"),
    "alpha": ("frame",),
    "anchor": ("channel",),
    "beta": ("frame",),
    "weight": ("frame",),
    "clip_feature": ("clip_channel",),
    "contribution": ("frame", "emotion"),
}
NAMED = {
    "mean": {"feature", "alpha", "weight", "contribution"},
    "pool": {"feature", "alpha", "weight", "clip_feature", "contribution"},
    "self": {"feature", "alpha", "weight", "clip_feature", "contribution"},
    "relation": set(DIMS),
}


def read(model: FrameAttention, function, *inputs: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """What ``function`` gives, and every quantity on the way."""
    seen: dict[str, torch.Tensor] = {}
    with ExitStack() as stack, torch.no_grad():
        for name, probe in quantities(model).items():
            handle = probe.register_forward_hook(lambda _, __, out, name=name: seen.update({name: out}))
            stack.callback(handle.remove)
        return function(*inputs), seen


def close(found: torch.Tensor, expected, tolerance: float = 1e-6) -> None:
    torch.testing.assert_close(found, torch.as_tensor(expected, dtype=found.dtype), atol=tolerance, rtol=0)


# ---- the worked example of the specification: three frames of two numbers ----

F = torch.tensor([[[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]], dtype=torch.float64)


@pytest.fixture
def example() -> FrameAttention:
    two = ResNetConfig(colours=1, stem="narrow", channels=(2,), blocks=(1,))
    model = FrameAttention(replace(Config.compact("relation"), backbone=two, side=SIDE)).double().eval()
    with torch.no_grad():
        model.q0.score.weight.copy_(torch.tensor([[0.5, -0.5]]))
        model.q1.score.weight.copy_(torch.tensor([[0.2, 0.4, -0.6, 0.1]]))
        model.q0.score.bias.zero_()
        model.q1.score.bias.zero_()
    return model


def test_the_worked_example(example):
    _, seen = read(example, example.pool, F)
    close(seen["alpha"], [[0.622459, 0.268941, 0.500000]])
    close(seen["alpha"] / seen["alpha"].sum(), [[0.447362, 0.193288, 0.359350]])
    close(seen["anchor"], [[0.806712, 0.745927]])
    close(seen["beta"], [[0.447832, 0.596419, 0.547498]])
    close(seen["alpha"] * seen["beta"], [[0.278757, 0.160402, 0.273749]])
    close(seen["weight"], [[0.391014, 0.224996, 0.383989]])
    close(seen["clip_feature"], [[0.775004, 0.833982, 0.806712, 0.745927]])


def test_the_official_evaluation_forgets_beta_in_the_sum_and_ours_does_not(example):
    _, seen = read(example, example.pool, F)
    alpha, beta, anchor = seen["alpha"], seen["beta"], seen["anchor"]
    pairs = torch.cat([F, anchor[:, None].expand(-1, 3, -1)], -1)
    official = (alpha[..., None] * pairs).sum(1) / (alpha * beta).sum(1, keepdim=True)
    close(official, [[1.574480, 1.455844, 1.574480, 1.455844]])
    close(official, 1.9517 * torch.cat([anchor, anchor], 1), tolerance=1e-4)
    equation_4 = (alpha[..., None] * beta[..., None] * pairs).sum(1) / (alpha * beta).sum(1, keepdim=True)
    close(seen["clip_feature"], equation_4, tolerance=1e-12)
    assert (seen["clip_feature"] - official).abs().min() > 0.5
    _, trained = read(example.train(), example.pool, F)  # dropout moves the scores, and Eq. 4 holds for what they are
    weight = (trained["alpha"] * trained["beta"]) / (trained["alpha"] * trained["beta"]).sum()
    close(trained["weight"], weight, tolerance=1e-12)


def test_the_self_variant_of_the_example_stops_at_the_anchor(example):
    alone = FrameAttention(replace(example.config, variant="self")).double().eval()
    alone.q0.load_state_dict(example.q0.state_dict())
    _, seen = read(alone, alone.pool, F)
    close(seen["clip_feature"], [[0.806712, 0.745927]])
    assert "beta" not in seen


# ---- what holds for every clip ----


@pytest.mark.parametrize("variant", VARIANTS)
def test_permuting_frames_permutes_the_weights_and_leaves_the_answer(variant):
    model, frames = tiny_fan(variant), frames_of(2, 5)
    order = torch.tensor([3, 0, 4, 2, 1])
    answer, seen = read(model, model, frames)
    moved, there = read(model, model, frames[:, order])
    torch.testing.assert_close(moved, answer)
    for name in ("feature", "alpha", "weight", "contribution"):
        torch.testing.assert_close(there[name], seen[name][:, order])
    if variant in ("self", "relation"):
        assert (seen["weight"].amax(1) > 1.3 * seen["weight"].amin(1)).all()  # else nothing was permuted


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_clip_repeated_twice_gives_the_same_answer(variant):
    model, frames = tiny_fan(variant), frames_of(2, 4)
    answer, seen = read(model, model, frames)
    again, there = read(model, model, frames.repeat(1, 2, 1, 1, 1))
    torch.testing.assert_close(again, answer)
    torch.testing.assert_close(there["weight"], seen["weight"].repeat(1, 2) / 2)


def test_the_second_half_of_the_clip_feature_is_the_anchor():
    _, seen = read(model := tiny_fan(), model, frames_of(3, 6))
    torch.testing.assert_close(seen["clip_feature"][:, 6:], seen["anchor"])
    assert (seen["clip_feature"][:, :6] - seen["anchor"]).abs().max() > 1e-4


@pytest.mark.parametrize("variant", VARIANTS)
def test_contributions_sum_to_the_answer(variant):
    model = tiny_fan(variant)
    logits, seen = read(model, model, frames_of(3, 6))
    total = seen["contribution"].sum(1)
    if variant == "mean":
        torch.testing.assert_close(total, logits.softmax(-1))
        torch.testing.assert_close(total.sum(1), torch.ones(3))
    else:
        torch.testing.assert_close(total, logits - model.classify.bias)
    torch.testing.assert_close(seen["weight"].sum(1), torch.ones(3))


def test_the_mean_variant_is_the_mean_of_the_frames_probabilities():
    model, frames = tiny_fan("mean"), frames_of(2, 3)
    alone = torch.stack([model(frames[:, t : t + 1]).softmax(-1) for t in range(3)]).mean(0)
    torch.testing.assert_close(model(frames).softmax(-1), alone)


def test_the_pool_variant_weighs_all_frames_alike():
    _, seen = read(model := tiny_fan("pool"), model, frames_of(2, 4))
    assert torch.equal(seen["weight"], torch.full((2, 4), 0.25))
    torch.testing.assert_close(seen["clip_feature"], seen["feature"].mean(1))


# ---- moving a quantity equals computing by hand ----


@pytest.fixture
def clip() -> Clip:
    return clip_of(4)


def logits_under(model: FrameAttention, clip: Clip, changes: dict) -> torch.Tensor:
    with ferviz.intervene(model, changes):
        return torch.from_numpy(ferviz.observe(model, clip)["emotion_logits"].values)


def by_hand(model: FrameAttention, f: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """Eqs. 2 to 4 in loops: logits of one clip from its features (T, D) and α (T,)."""
    anchor = sum(a * v for a, v in zip(alpha, f)) / sum(alpha)
    pairs = [torch.cat([v, anchor]) for v in f]
    q1, bias = model.q1.score.weight[0], model.q1.score.bias[0]
    scores = [a * torch.sigmoid(pair @ q1 + bias) for a, pair in zip(alpha, pairs)]
    vector = sum(s * pair for s, pair in zip(scores, pairs)) / sum(scores)
    return model.classify.weight @ vector + model.classify.bias


@torch.no_grad()
def test_moving_alpha_equals_computing_by_hand(clip):
    model, alpha = tiny_fan(), torch.tensor([0.1, 2.0, 0.7, 0.0])
    seen = ferviz.observe(model, clip)
    f = torch.from_numpy(seen["feature"].values)
    before = torch.from_numpy(seen["emotion_logits"].values)
    torch.testing.assert_close(before, by_hand(model, f, torch.from_numpy(seen["alpha"].values)))
    moved = logits_under(model, clip, {"alpha": alpha})
    torch.testing.assert_close(moved, by_hand(model, f, alpha))
    assert (moved - before).abs().max() > 1e-3


@torch.no_grad()
def test_moving_the_weight_equals_computing_by_hand(clip):
    weight = torch.tensor([0.7, 0.1, 0.2, 0.0])
    for variant in ("self", "relation"):
        model = tiny_fan(variant)
        seen = ferviz.observe(model, clip)
        f = torch.from_numpy(seen["feature"].values)
        if variant == "relation":
            f = torch.cat([f, torch.from_numpy(seen["anchor"].values).expand(4, -1)], 1)
        expected = model.classify.weight @ (weight @ f) + model.classify.bias
        torch.testing.assert_close(logits_under(model, clip, {"weight": weight}), expected)


@torch.no_grad()
def test_moving_a_contribution_equals_computing_by_hand(clip):
    contribution = torch.rand(4, 7, generator=torch.Generator().manual_seed(1))
    model = tiny_fan()
    moved = logits_under(model, clip, {"contribution": contribution})
    torch.testing.assert_close(moved, contribution.sum(0) + model.classify.bias)
    moved = logits_under(tiny_fan("mean"), clip, {"contribution": contribution})
    torch.testing.assert_close(moved, contribution.sum(0).log())


def test_alpha_of_zero_drops_a_frame(clip):
    model = tiny_fan("self")
    dropped = logits_under(model, clip, {"alpha": lambda a: a * torch.tensor([1.0, 1.0, 1.0, 0.0])})
    torch.testing.assert_close(dropped, model(model.prepare(clip)[0][:, :3])[0].detach())


# ---- names and sizes ----


def test_parameters_of_the_published_sizes():
    with torch.device("meta"):
        models = {variant: FrameAttention(Config.paper(variant)) for variant in VARIANTS}

    def count(part: torch.nn.Module | None) -> int:
        return 0 if part is None else sum(p.numel() for p in part.parameters())

    assert {count(model.backbone) for model in models.values()} == {11_176_512}
    parts = {v: (count(m.q0), count(m.q1), count(m.classify)) for v, m in models.items()}
    assert parts == {
        "mean": (0, 0, 3_591),
        "pool": (0, 0, 3_591),
        "self": (513, 0, 3_591),
        "relation": (513, 1_025, 7_175),
    }
    assert models["relation"].dropout.p == 0.6
    assert models["self"].dropout.p == 0.5
    assert {m.q0.dropout.p for m in (models["self"], models["relation"])} == {0.5}
    assert str(models["relation"].labels.name) == "CK+"


def test_the_compact_one_fits_a_small_file():
    model = FrameAttention(Config.compact())
    assert 2 * sum(p.numel() for p in model.parameters()) < 4 * 2**20  # bytes, 16 bits each
    assert round(sum(p.numel() for p in model.parameters()) / 1e6, 1) == 1.6


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_named_quantity_is_observed_with_its_dimensions(variant):
    model = tiny_fan(variant)
    assert list(quantities(model)) == list(DIMS)
    assert {name: probe.dims for name, probe in quantities(model).items()} == DIMS
    seen = ferviz.observe(model, clip_of(4))
    assert set(seen.data_vars) == {"emotion_logits", "emotion_probability"} | NAMED[variant]
    sizes = {"frame": 4, "channel": 6, "clip_channel": 12 if variant == "relation" else 6, "emotion": 7}
    for name in NAMED[variant]:
        assert seen[name].dims == DIMS[name], name
        assert seen[name].shape == tuple(sizes[dim] for dim in DIMS[name]), name
        assert seen[name].attrs["symbol"], name
        assert seen[name].attrs["meaning"], name
    assert list(seen["emotion"].values) == [str(e) for e in model.labels]


def test_a_quantity_that_a_variant_lacks_cannot_be_moved(clip):
    with pytest.raises(RuntimeError, match="beta was to be changed, but this forward of FrameAttention did not"):
        logits_under(tiny_fan("self"), clip, {"beta": 1.0})


def test_an_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="variant must be one of mean, pool, self, relation; got 'both'"):
        Config(variant="both")  # type: ignore[arg-type]


# ---- gaps ----


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("hidden", [0.0, 1e6, NAN, float("inf")])
def test_what_lies_in_a_gap_changes_nothing(variant, hidden):
    model, frames = tiny_fan(variant), frames_of(2, 5)
    mask = torch.tensor([[True, False, True, True, False], [True] * 5])
    spoiled = frames.clone()
    spoiled[~mask] = hidden
    answer, seen = read(model, model, spoiled, mask)
    expected, _ = read(model, model, frames[:1, [0, 2, 3]])
    torch.testing.assert_close(answer[:1], expected)
    torch.testing.assert_close(answer[1:], model(frames[1:]).detach())
    assert seen["weight"][~mask].tolist() == [0.0, 0.0]
    assert seen["contribution"][~mask].abs().max() == 0
    assert torch.equal(answer, read(model, model, frames, mask)[0])


@pytest.mark.parametrize("variant", VARIANTS)
def test_features_in_a_gap_change_nothing_and_send_no_gradient(variant):
    model = tiny_fan(variant)
    features = torch.rand(1, 4, 6, generator=torch.Generator().manual_seed(0))
    spoiled = torch.cat([features, torch.full((1, 1, 6), NAN)], 1).requires_grad_()
    mask = torch.tensor([[True] * 4 + [False]])
    answer = model.pool(spoiled, mask)
    torch.testing.assert_close(answer, model.pool(features))
    answer.square().sum().backward()
    assert torch.isfinite(spoiled.grad).all()
    assert spoiled.grad[0, 4].abs().max() == 0
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


def test_a_gap_is_not_a_number_in_an_observation():
    clip = clip_of(5, gaps=(Gap("frames", 1, 3, "no face"),))
    seen = ferviz.observe(model := tiny_fan(), clip)
    for name in ("feature", "alpha", "beta", "weight", "contribution"):
        missing = np.isnan(seen[name].values).reshape(5, -1)
        assert missing.all(1).tolist() == [False, True, True, False, False], name
        assert not missing[[0, 3, 4]].any(), name
    assert float(seen["weight"].sum()) == pytest.approx(1)
    assert seen["gap"].values.tolist() == ["", "no face", "no face", "", ""]
    kept = replace(clip, frames=clip.frames[[0, 3, 4]], times=clip.times[[0, 3, 4]], gaps=())
    np.testing.assert_allclose(seen["emotion_logits"], ferviz.observe(model, kept)["emotion_logits"], atol=1e-5)


# ---- input that is small, large or does not fit ----


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("count", [1, 1000])
def test_a_clip_may_have_one_frame_or_a_thousand(variant, count):
    seen = ferviz.observe(tiny_fan(variant), clip_of(count))
    assert seen.sizes["frame"] == count
    assert float(seen["weight"].sum()) == pytest.approx(1, abs=1e-5)
    assert np.isfinite(seen["emotion_logits"]).all()
    if count == 1 and variant == "relation":
        np.testing.assert_allclose(seen["clip_feature"], np.tile(seen["feature"][0], 2), atol=1e-6)


def test_a_clip_of_gaps_is_an_error():
    clip = clip_of(3, gaps=(Gap("frames", 0, 3, "no face"),))
    with pytest.raises(ValueError, match="set 0 has no usable item among 3: a mean of nothing is not defined"):
        ferviz.observe(tiny_fan(), clip)


def test_a_clip_without_frames_is_an_error():
    with pytest.raises(ValueError, match="set 0 has no usable item among 0"):
        tiny_fan()(torch.zeros(1, 0, 1, SIDE, SIDE))
    sound = Clip(np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0), audio=np.zeros(9, np.float32), sample_rate=8000)
    with pytest.raises(ValueError, match="FrameAttention needs frames; the clip 'array' has sound only"):
        ferviz.observe(tiny_fan(), sound)


@pytest.mark.parametrize("value", [NAN, float("inf")])
def test_frames_that_are_no_numbers_are_an_error(value):
    frames = frames_of(1, 3)
    frames[0, 1, 0, 2, 2] = value
    with pytest.raises(ValueError, match="frames must be finite numbers; got NaN or infinity outside the gaps"):
        tiny_fan()(frames)


@pytest.mark.parametrize("shape", [(1, 3, 1, 16, 15), (1, 3, 3, 16, 16), (3, 1, 16, 16), (1, 3, 1, 48, 48)])
def test_frames_of_another_shape_are_an_error(shape):
    with pytest.raises(ValueError, match=r"frames must have shape \(clips, frames, 1, 16, 16\); got \(") as caught:
        tiny_fan()(torch.zeros(shape))
    assert str(shape) in str(caught.value)


def test_a_mask_of_another_shape_is_an_error():
    with pytest.raises(ValueError, match=r"mask must have shape \(1, 3\), one place an item; got \(1, 4\)"):
        tiny_fan()(frames_of(1, 3), torch.ones(1, 4, dtype=torch.bool))


def test_prepare_gives_gray_between_minus_one_and_one_or_colours_between_zero_and_one():
    red = np.zeros((2, 32, 32, 3), np.uint8)
    red[1, ..., 0] = 255
    config = Config.compact()
    frames, mask = tiny_fan().prepare(Clip(red, np.arange(2.0), crop=config.crop))
    assert frames.shape == (1, 2, 1, SIDE, SIDE)
    assert mask.tolist() == [[True, True]]
    close(frames[0, :, 0, 8, 8], [-1.0, 2 * 0.299 - 1])
    coloured = replace(Config.paper(), backbone=replace(BACKBONE, colours=3), side=SIDE)
    frames, _ = FrameAttention(coloured).prepare(Clip(red, np.arange(2.0), crop=coloured.crop))
    assert frames.shape == (1, 2, 3, SIDE, SIDE)
    assert frames[0, 1, :, 8, 8].tolist() == [1.0, 0.0, 0.0]


def test_faces_that_were_cut_otherwise_bring_a_warning():
    model, clip = tiny_fan(), clip_of(2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.prepare(clip)
    with pytest.warns(UserWarning, match="was cut with margin 0.25 and align 'box': FrameAttention expects"):
        model.prepare(replace(clip, crop=Crop(16, 0.25)))
    with pytest.warns(UserWarning, match="has no crop record"):
        model.prepare(replace(clip, crop=None))
