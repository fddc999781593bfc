"""Attribution against closed forms, Captum by hand and the model itself, and what it leaves as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from hypothesis import given
from hypothesis import strategies as st
from two_streams import WINDOW, TwoStreams

import ferviz
from ferviz import Clip, Crop, Emotion, Gap, scores
from ferviz.attribution import BASELINES, METHODS, OPTIONS, attribute, forward_call, to_grid
from ferviz.emotions import LABEL_SETS
from ferviz.models import FrameAttention, Model, Probe
from ferviz.models.declaration import Input, Items
from ferviz.models.frame_attention import Config
from ferviz.models.mini_xception import MiniXception

QUICK = {
    "integrated_gradients": {"n_steps": 4},
    "saliency": {},
    "occlusion": {"window": 24, "stride": 16},
    "gradient_shap": {"n_samples": 4},
    "grad_cam": {},
    "cam": {},
}
OF_CLIPS = sorted(set(METHODS) - {"cam"})  # the others answer for networks of clips too
CROP = Crop(size=48, margin=0.0)


def make_clip(frames: int = 5, seed: int = 0, gap: int | None = 2, size: tuple[int, int] = (60, 52)) -> Clip:
    pictures = np.random.default_rng(seed).integers(0, 256, (frames, *size, 3), dtype=np.uint8)
    gaps = () if gap is None else (Gap("frames", gap, gap + 1, "no face found"),)
    return Clip(pictures, np.arange(frames) / 10, crop=CROP, gaps=gaps, source="noise")


@pytest.fixture
def clip() -> Clip:
    return make_clip()


def seeded(make):
    with torch.random.fork_rng():
        torch.manual_seed(4)
        return make()


@pytest.fixture(scope="module")
def fan() -> FrameAttention:
    return seeded(lambda: FrameAttention(Config.compact("relation"))).eval()


@pytest.fixture(scope="module")
def mini() -> MiniXception:
    return seeded(MiniXception).eval()


class Linear(Model):
    """Each logit is a weighted sum over the pixels (half the clip's side, 0 to 1), averaged over the usable frames."""

    labels = LABEL_SETS["FER2013"]
    crop = CROP
    takes = (Input("frames", ("frame", "channel", "y", "x")), Input("mask", ("frame",), None))
    items = (Items("frame", of="frames", mask="mask"),)

    def __init__(self, side: tuple[int, int] = (4, 3)) -> None:
        super().__init__()
        rng = np.random.default_rng(1)
        self.weight = torch.nn.Parameter(torch.from_numpy(rng.normal(size=(7, *side)).astype(np.float32)))
        self.alpha = Probe("frame", symbol="α")

    def pictures(self, clip):
        t, h, w = clip.frames.shape[:3]
        gray = clip.frames[..., 0].reshape(t, h // 2, 2, w // 2, 2).mean((2, 4))
        return torch.from_numpy(gray)[None, :, None], torch.from_numpy(clip.usable())[None]

    def inputs(self, frames, mask):
        return (frames / 255).float(), mask

    def forward(self, frames, mask):
        alpha = self.alpha(mask / mask.sum(1, keepdim=True))
        return torch.einsum("bt,btyx,lyx->bl", alpha, frames[:, :, 0], self.weight)


@pytest.fixture
def small() -> Clip:
    return make_clip(4, seed=2, gap=1, size=(8, 6))


def parts(model: Linear, clip: Clip, label: int) -> np.ndarray:
    """What each pixel of the model's grid adds to a logit of the linear model, above black."""
    frames, _ = model.prepare(clip)
    return (frames[0, :, 0] * model.weight[label] / clip.usable().sum()).detach().double().numpy()


def halved(maps: np.ndarray) -> np.ndarray:
    """Maps on the clip's grid, added up over blocks of 2 × 2 pixels."""
    t, h, w = maps.shape
    return maps.reshape(t, h // 2, 2, w // 2, 2).sum((2, 4))


@pytest.mark.parametrize("method", ["integrated_gradients", "gradient_shap"])
def test_methods_that_add_up_give_a_linear_model_its_own_terms(small, method):
    model = Linear()
    found = attribute(model, small, method, target="fear", **QUICK[method])
    by_hand = parts(model, small, 2)
    usable = small.usable()
    np.testing.assert_allclose(halved(found["attribution"].values)[usable], by_hand[usable], atol=1e-6)
    assert np.isnan(found["attribution"].values[1]).all()
    assert found["logit"].item() - found["baseline_logit"].item() == pytest.approx(by_hand[usable].sum(), abs=1e-6)
    assert found["convergence_error"].item() < 1e-6
    assert found["target"].item() == "fear"


def test_the_saliency_of_a_linear_model_is_the_size_of_its_weights(small):
    model = Linear()
    found = attribute(model, small, "saliency", target=Emotion.ANGER)
    by_hand = np.repeat(np.repeat(np.abs(model.weight[0].detach().numpy()) / 3, 2, 0), 2, 1)
    for frame in (0, 2, 3):
        np.testing.assert_allclose(found["attribution"].values[frame], by_hand, atol=1e-6)


def test_covering_single_pixels_of_a_linear_model_gives_its_own_terms(small):
    model = Linear()
    found = attribute(model, small, "occlusion", target="sad", window=1, stride=1)
    by_hand = np.repeat(np.repeat(parts(model, small, 4), 2, 1), 2, 2)
    usable = small.usable()
    np.testing.assert_allclose(found["attribution"].values[usable], by_hand[usable], atol=1e-6)


def test_what_a_frame_of_a_linear_model_is_worth_is_the_sum_of_its_terms(small):
    model, usable = Linear(), small.usable()
    by_hand = parts(model, small, 6).sum((1, 2))[usable]
    for method in ("integrated_gradients", "gradient_shap", "occlusion"):
        found = attribute(model, small, method, target="neutral", level="frames")
        np.testing.assert_allclose(found["attribution"].values[usable], by_hand, atol=1e-6)
        assert np.isnan(found["attribution"].values[1])


def test_integrated_gradients_are_captums_with_its_own_error(fan, clip):
    frames, mask = fan.prepare(clip)
    told = {"additional_forward_args": (mask,), "target": 3, "n_steps": 6, "return_convergence_delta": True}
    theirs, delta = IntegratedGradients(fan).attribute(frames, -torch.ones_like(frames), **told)
    ours = attribute(fan, clip, target="happiness", n_steps=6)
    wanted = to_grid(theirs[0, :, 0].numpy(), (60, 52))
    np.testing.assert_allclose(ours["attribution"].values[clip.usable()], wanted[clip.usable()], atol=1e-6)
    assert ours["convergence_error"].item() == pytest.approx(abs(delta.item()), abs=1e-5)
    gap = abs(ours["logit"].item() - ours["baseline_logit"].item())
    assert ours["convergence_error_relative"].item() == pytest.approx(ours["convergence_error"].item() / gap)


def test_the_memory_bound_changes_nothing(fan, clip, monkeypatch):
    once = attribute(fan, clip, n_steps=6)
    monkeypatch.setattr(forward_call, "_ROWS_AT_ONCE", 10)
    parted = attribute(fan, clip, n_steps=6)
    np.testing.assert_allclose(parted["attribution"], once["attribution"], atol=1e-6)
    shap = attribute(fan, clip, "gradient_shap", n_samples=5)
    assert shap["attribution"].shape == (5, 60, 52)


def test_grad_cam_of_a_class_map_is_the_class_map(mini, clip):
    found = attribute(mini, clip, "grad_cam", target="happiness", relu=False)
    seen = ferviz.observe(mini, clip)["class_map"].sel(emotion="happiness").values / 16  # the logit is the mean of 16
    np.testing.assert_allclose(found["attribution"], to_grid(seen, (60, 52), keep="value"), rtol=1e-4, atol=1e-6)
    assert found.attrs["layer"] == "class_map"
    positive = attribute(mini, clip, "grad_cam", target="happiness")["attribution"].values
    np.testing.assert_allclose(positive, np.maximum(found["attribution"].values, 0), atol=1e-6)


def test_grad_cam_of_a_layer_is_worked_out_by_hand(fan, clip):
    found = attribute(fan, clip, "grad_cam", target="anger", layer="backbone.layer3", relu=False)
    frames, mask = fan.prepare(clip)
    kept = []
    handle = fan.backbone.layer3.register_forward_hook(lambda *given: kept.append(given[2]))
    try:
        (slope,) = torch.autograd.grad(fan(frames, mask)[0, 0], kept)
    finally:
        handle.remove()
    by_hand = (slope.mean((2, 3), keepdim=True) * kept[0]).sum(1).detach().numpy()
    wanted = to_grid(by_hand, (60, 52), keep="value")
    usable = clip.usable()
    np.testing.assert_allclose(found["attribution"].values[usable], wanted[usable], rtol=1e-4, atol=1e-7)
    default = attribute(fan, clip, "grad_cam", target="anger")
    assert default.attrs["layer"] == "backbone.layer4"


@pytest.mark.parametrize("level", ["pixels", "frames"])
@pytest.mark.parametrize(("name", "method"), [*(("fan", m) for m in OF_CLIPS), *(("mini", m) for m in METHODS)])
def test_every_method_answers_for_both_kinds_of_model(request, name, method, level, clip):
    model = request.getfixturevalue(name)
    found = attribute(model, clip, method, level=level, **QUICK[method])
    shape = (5,) if level == "frames" else (5, 60, 52)
    assert found["attribution"].shape == shape
    assert np.isnan(found["attribution"].values[2]).all()
    assert np.isfinite(found["attribution"].values[clip.usable()]).all()
    assert found["gap"].values.tolist() == ["", "", "no face found", "", ""]
    assert found["time"].values.tolist() == clip.times.tolist()
    assert found.attrs["method"] == method
    assert ("keep" in found.attrs) == (level == "pixels")
    seen = ferviz.observe(model, clip)
    top = seen["emotion_logits"].max("emotion").values
    np.testing.assert_allclose(found["logit"].values, top, atol=1e-4)
    assert ("convergence_error" in found) == (method in ("integrated_gradients", "gradient_shap"))
    again = attribute(model, clip, method, level=level, **QUICK[method])
    assert again.identical(found)


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"gradient_shap"}))  # which draws less for one frame
def test_a_frame_by_itself_is_its_place_among_all_for_a_model_of_single_frames(mini, clip, method):
    whole = attribute(mini, clip, method, **QUICK[method])
    one = attribute(mini, clip, method, frame=3, **QUICK[method])
    assert one["frame"].values.tolist() == [3]
    np.testing.assert_allclose(one["attribution"][0], whole["attribution"][3], atol=2e-5)
    np.testing.assert_allclose(one["logit"][0], whole["logit"][3], atol=1e-5)
    assert one["target"].item() == whole["target"].values[3]


@pytest.mark.parametrize("method", OF_CLIPS)
def test_running_one_frames_backbone_alone_changes_nothing(fan, clip, method, monkeypatch):
    short = attribute(fan, clip, method, frame=3, **QUICK[method])
    monkeypatch.setattr(fan, "items", (replace(fan.items[0], vectors=None),), raising=False)
    whole = attribute(fan, clip, method, frame=3, **QUICK[method])
    assert short["attribution"].shape == (1, 60, 52)
    np.testing.assert_allclose(short["attribution"], whole["attribution"], atol=1e-6)
    assert short["logit"].item() == pytest.approx(whole["logit"].item(), abs=1e-5)


def test_one_frame_is_held_against_the_clip_with_that_frame_alone_replaced(fan, clip):
    frames = clip.frames.copy()
    frames[3] = 0
    without = ferviz.observe(fan, replace(clip, frames=frames))["emotion_logits"].sel(emotion="fear").item()
    found = attribute(fan, clip, target="fear", frame=3)
    assert found["baseline_logit"].item() == pytest.approx(without, abs=1e-5)
    assert found["attribution"].sum().item() == pytest.approx(found["logit"].item() - without, rel=0.02, abs=1e-4)


def test_the_vectors_of_frames_add_up_and_an_occluded_frame_is_a_black_one(fan, clip):
    found = attribute(fan, clip, target="fear", level="frames")
    black = ferviz.observe(fan, replace(clip, frames=np.zeros_like(clip.frames)))["emotion_logits"].sel(emotion="fear")
    assert found["baseline_logit"].item() == pytest.approx(black.item(), abs=1e-5)
    difference = found["logit"].item() - black.item()
    assert np.nansum(found["attribution"]) == pytest.approx(difference, rel=1e-3, abs=1e-5)
    covered = attribute(fan, clip, "occlusion", target="fear", level="frames")
    for frame in (0, 1, 3, 4):
        frames = clip.frames.copy()
        frames[frame] = 0
        without = ferviz.observe(fan, replace(clip, frames=frames))["emotion_logits"].sel(emotion="fear").item()
        assert covered["attribution"].values[frame] == pytest.approx(found["logit"].item() - without, abs=1e-5)


def test_grad_cam_over_frames_takes_frames_for_places(fan, clip):
    found = attribute(fan, clip, "grad_cam", target="fear", level="frames", relu=False)["attribution"].values
    features = torch.from_numpy(np.nan_to_num(ferviz.observe(fan, clip)["feature"].values))[None].requires_grad_()
    _, mask = fan.prepare(clip)
    (slope,) = torch.autograd.grad(fan.pool(features, mask)[0, 2], features)
    by_hand = (slope.mean(1, keepdim=True) * features).sum(2)[0].detach().numpy()
    usable = clip.usable()
    np.testing.assert_allclose(found[usable], by_hand[usable], rtol=1e-3, atol=1e-6)


def test_a_zero_baseline_is_a_vector_of_zeros(fan, clip):
    found = attribute(fan, clip, target="fear", level="frames", baseline="zero")
    with torch.no_grad():
        _, mask = fan.prepare(clip)
        wanted = fan.pool(torch.zeros(1, 5, 256), mask)[0, 2].item()
    assert found["baseline_logit"].item() == pytest.approx(wanted, abs=1e-6)
    for model, level in ((fan, "pixels"), (Linear((30, 26)), "frames")):
        with pytest.raises(ValueError, match="baseline 'zero' is a vector, which this level or model does not take"):
            attribute(model, clip, level=level, baseline="zero")


def test_named_baselines_and_pictures_of_ones_own(fan, clip):
    def at(baseline) -> float:
        return attribute(fan, clip, target="fear", baseline=baseline, n_steps=2)["baseline_logit"].item()

    def answer(frames) -> float:
        return ferviz.observe(fan, replace(clip, frames=frames))["emotion_logits"].sel(emotion="fear").item()

    other = make_clip(seed=9)
    usable = clip.frames[clip.usable()]
    gray = round(float((usable.mean((0, 1, 2)) * [0.299, 0.587, 0.114]).sum()))
    assert at("gray") == pytest.approx(answer(np.full_like(clip.frames, gray)), abs=1e-5)
    assert at(other.frames) == at(other) == pytest.approx(answer(other.frames), abs=1e-5)
    assert at(other.frames[0]) == pytest.approx(answer(np.repeat(other.frames[:1], 5, 0)), abs=1e-5)
    assert attribute(fan, clip, baseline=other, n_steps=2).attrs["baseline"] == "noise"
    assert at("blur") not in (at("black"), at("gray"))
    several = attribute(fan, clip, "gradient_shap", target="fear", baseline=["black", other], n_samples=4)
    assert several["baseline_logit"].item() == pytest.approx((at("black") + at(other)) / 2, abs=1e-5)
    assert several.attrs["baseline"] == "black, noise"
    assert set(BASELINES) == {"black", "gray", "blur", "zero", "silence"}


def test_grey_is_taken_wherever_gray_is(fan, mini, clip):
    both = {
        word: (
            attribute(fan, clip, baseline=word, n_steps=2, target="fear"),
            attribute(mini, clip, "occlusion", baseline=word, frame=0),
            scores.removal(fan, clip, "fear", how="cover", fill=word),
            scores.deletion(mini, clip, clip.frames.mean(-1), fill=word, steps=2),
            scores.insertion(mini, clip, clip.frames.mean(-1), fill=word, steps=2),
        )
        for word in ("gray", "grey")
    }
    for one, other in zip(*both.values(), strict=True):
        assert one.identical(other)


@pytest.mark.parametrize("name", ["fan", "mini"])
def test_a_constant_picture_gives_a_map_that_is_called_flat(request, name):
    model = request.getfixturevalue(name)
    still = Clip(np.full((2, 48, 48, 3), 90, np.uint8), np.arange(2.0), crop=replace(model.crop))
    for baseline in ("gray", "blur", np.full((48, 48, 3), 90, np.uint8)):
        found = attribute(model, still, baseline=baseline, n_steps=3)
        assert found["flat"].values.tolist() == [True, True]
    assert attribute(model, still, "occlusion", baseline="gray", frame=0)["flat"].values.tolist() == [True]
    for method in ("integrated_gradients", "saliency", "grad_cam" if name == "fan" else "cam"):
        assert attribute(model, still, method)["flat"].values.all()  # the borders of the network give them a shape


def test_equal_frames_make_a_flat_row_and_a_gap_is_not_flat(fan, clip):
    same = replace(clip, frames=np.repeat(clip.frames[:1], 5, 0))
    assert attribute(fan, same, level="frames", n_steps=4)["flat"].item()
    assert not attribute(fan, clip, level="frames", n_steps=4)["flat"].item()
    assert not attribute(fan, clip, n_steps=2)["flat"].values[2]


def test_attribution_sees_an_intervention():
    model = seeded(lambda: FrameAttention(Config.compact("self")))
    clip = make_clip()
    with ferviz.intervene(model, {"alpha": np.array([1.0, 0, 0, 0, 0])}):
        pixels = attribute(model, clip, n_steps=4)
        rows = {method: attribute(model, clip, method, level="frames", **QUICK[method]) for method in OF_CLIPS}
        cam = attribute(model, clip, "grad_cam")
    assert not pixels["flat"].values[0]
    assert pixels["flat"].values[[1, 3, 4]].all()
    assert np.nansum(np.abs(pixels["attribution"].values[1:])) == 0
    for method in ("integrated_gradients", "saliency", "occlusion", "gradient_shap"):
        values = rows[method]["attribution"].values
        assert values[0] != 0
        assert np.abs(values[[1, 3, 4]]).max() < 1e-6
    assert cam["flat"].values[[1, 3, 4]].all()


def test_attribution_to_what_is_replaced_is_refused(fan, mini, clip):
    with (
        ferviz.intervene(fan, {"feature": lambda f: f * 2}),
        pytest.raises(ValueError, match="level 'frames' attributes to feature, which an intervene replaces"),
    ):
        attribute(fan, clip, level="frames")
    with (
        ferviz.intervene(mini, {"class_map": lambda maps: maps * 2}),
        pytest.raises(ValueError, match="layer 'class_map' is replaced by an intervene, so its attribution is 0"),
    ):
        attribute(mini, clip, "grad_cam")


def test_a_change_of_the_vectors_counts_once_for_the_pixels_of_one_frame(fan, clip):
    with ferviz.intervene(fan, {"feature": lambda f: f * 2}):
        wanted = ferviz.observe(fan, clip)["emotion_logits"].max().item()
        assert attribute(fan, clip, frame=1, n_steps=2)["logit"].item() == pytest.approx(wanted, abs=1e-5)


def state(model: torch.nn.Module) -> list:
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()]
    return [hooks, [m.training for m in model.modules()], [(p.requires_grad, p.grad) for p in model.parameters()]]


@pytest.mark.parametrize("level", ["pixels", "frames"])
@pytest.mark.parametrize("method", OF_CLIPS)
def test_the_model_and_the_global_generators_come_back_as_they_were(clip, method, level):
    model = seeded(lambda: FrameAttention(Config.compact("relation")))
    model.train()
    model.backbone.layer2.eval()
    model.classify.bias.grad = torch.ones(7)
    model.backbone.conv1.weight.requires_grad_(False)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    before = state(model)
    torch_before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    attribute(model, clip, method, level=level, **QUICK[method])
    assert state(model) == before
    assert torch.equal(torch.get_rng_state(), torch_before)
    assert (np.random.get_state()[1] == numpy_before).all()  # noqa: NPY002
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


def test_the_model_comes_back_as_it_was_after_an_error(clip):
    model = seeded(lambda: FrameAttention(Config.compact("relation"))).train()
    before = state(model)
    with pytest.raises(ZeroDivisionError), ferviz.intervene(model, {"alpha": lambda alpha: 1 / 0}):
        attribute(model, clip, "gradient_shap", target="fear")
    assert state(model) == before


@pytest.mark.parametrize("method", OF_CLIPS)
def test_attribution_works_where_gradients_are_off_or_frozen(clip, method):
    model = seeded(lambda: FrameAttention(Config.compact("self"))).requires_grad_(False)
    with torch.no_grad():
        found = attribute(model, clip, method, frame=0, **QUICK[method])
    assert np.isfinite(found["attribution"]).all()


def test_a_seed_decides_what_gradient_shap_draws(fan, clip):
    first, again, other = (
        attribute(fan, clip, "gradient_shap", seed=seed, n_samples=3, stdevs=0.1)["attribution"].values
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.nanmax(np.abs(first - other)) > 0


def test_the_target_is_what_the_model_answers_unless_named(fan, mini, clip):
    seen = ferviz.observe(fan, clip)["emotion_logits"]
    assert attribute(fan, clip, "saliency")["target"].item() == seen["emotion"].values[int(seen.values.argmax())]
    each = attribute(mini, clip, "saliency")["target"].values.tolist()
    answers = ferviz.observe(mini, clip)["emotion_logits"].fillna(-1).argmax("emotion").values
    labels = [str(e) for e in mini.labels]
    assert each == [labels[a] if usable else "" for a, usable in zip(answers, clip.usable(), strict=True)]
    named = attribute(mini, clip, "saliency", target="Happy")["target"].values.tolist()
    assert named == ["happiness", "happiness", "", "happiness", "happiness"]


def test_models_with_several_heads_and_streams():
    model, rng = TwoStreams(), np.random.default_rng(0)
    clip = Clip(
        rng.integers(0, 256, (4, 8, 8, 3), dtype=np.uint8),
        np.arange(4) / 10,
        audio=rng.normal(0, 0.1, 3 * WINDOW).astype(np.float32),
        sample_rate=16000,
        crop=Crop(8, 0.25),
    )
    age = attribute(model, clip, head="age", n_steps=20)
    assert age["target"].item() == "age"
    assert age["logit"].item() == pytest.approx(ferviz.observe(model, clip)["age"].item(), abs=1e-5)
    assert age["convergence_error_relative"].item() < 0.05
    for method in OF_CLIPS:
        assert attribute(model, clip, method)["attribution"].shape == (4, 8, 8)
        assert attribute(model, clip, method, frame=1)["attribution"].shape == (1, 8, 8)
    with pytest.raises(ValueError, match="head must be one of emotion, age; got 'gender'"):
        attribute(model, clip, head="gender")
    with pytest.raises(ValueError, match="target must be None: the head age is one plain number; got 'fear'"):
        attribute(model, clip, head="age", target="fear")


def test_all_gaps_are_all_nan_for_single_frames_and_an_error_for_clips(fan, mini, clip):
    empty = replace(clip, gaps=(Gap("frames", 0, 5, "no face found"),))
    for method in METHODS:
        found = attribute(mini, empty, method, **QUICK[method])
        assert found["attribution"].shape == (5, 60, 52)
        assert np.isnan(found["attribution"]).all()
        assert not found["flat"].values.any()
        assert np.isnan(found["logit"]).all()
    with pytest.raises(ValueError, match="set 0 has no usable item among 5"):
        attribute(fan, empty)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "lime"}, "method must be one of integrated_gradients, .*; got 'lime'"),
        ({"level": "clip"}, "level must be one of pixels, items, frames; got 'clip'"),
        ({"target": "boredom"}, "target must be one of anger, .*; got 'boredom'"),
        ({"target": Emotion.CONTEMPT}, "target must be one of anger, .*; got 'contempt'"),
        ({"frame": 5}, "frame must be a whole number from 0 to 4; got 5"),
        ({"frame": 2}, "frame must be usable; frame 2 lies in a gap"),
        ({"frame": 1, "level": "frames"}, "frame must be None where level is 'frames'; got 1"),
        ({"method": "saliency", "baseline": "black"}, "baseline must be None: saliency holds the clip against nothing"),
        ({"baseline": ["black", "gray"]}, "baseline may be a list only for gradient_shap, and not an empty one; got 2"),
        ({"method": "gradient_shap", "baseline": []}, "not an empty one; got 0"),
        ({"baseline": "white"}, "baseline must be one of black, gray, blur, zero, silence, or pictures; got 'white'"),
        ({"baseline": np.zeros((3, 3, 3), np.uint8)}, r"shape \(5, 60, 52, 3\) or \(60, 52, 3\).*; got \(3, 3, 3\)"),
        ({"n_steps": 0}, "n_steps must be a whole number of at least 1; got 0"),
        ({"method": "occlusion", "window": 2, "stride": 3}, r"stride must be at most the window \(2\), .*; got 3"),
        ({"method": "occlusion", "stride": 9}, r"stride must be at most the window \(8\), .*; got 9"),
        ({"method": "occlusion", "window": 49}, r"window must fit into the model's input of \(48, 48\) pixels; got 49"),
        ({"method": "grad_cam", "layer": "trunk"}, "layer must be the path of a layer of FrameAttention; got 'trunk'"),
        ({"method": "grad_cam", "layer": "classify"}, r"layer 'classify' must give pictures \(5, channels, y, x\)"),
    ],
)
def test_wrong_words_say_what_would_fit(fan, clip, given, message):
    with pytest.raises(ValueError, match=message):
        attribute(fan, clip, **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"steps": 3}, "'steps' is no option: integrated_gradients takes n_steps"),
        ({"method": "saliency", "abs": True}, "'abs' is no option: saliency takes none"),
        ({"baseline": 0}, r"baseline must be a name \(black, .*\), a uint8 array or a Clip; got int"),
        ({"baseline": np.zeros((60, 52, 3))}, "a uint8 array or a Clip; got dtype float64"),
    ],
)
def test_wrong_kinds_say_what_would_fit(fan, clip, given, message):
    with pytest.raises(TypeError, match=message):
        attribute(fan, clip, **given)


def test_what_is_no_clip_no_model_or_compiled_is_refused(fan, clip, monkeypatch):
    with pytest.raises(TypeError, match=r"clip must be a Clip \(ferviz.load_clip makes one\); got str"):
        attribute(fan, "me.mp4")
    with pytest.raises(TypeError, match="model must be a ferviz.models.Model, .*; got str"):
        attribute("fan", clip)
    monkeypatch.setattr(fan, "_orig_mod", True, raising=False)  # what torch.compile leaves
    with pytest.raises(ValueError, match="model is compiled"):
        attribute(fan, clip)


def test_models_without_pictures_are_refused(small, monkeypatch):
    with pytest.raises(ValueError, match="Linear has no layer that gives pictures: grad_cam has nothing to look at"):
        attribute(Linear(), small, "grad_cam")
    model = Linear()
    monkeypatch.setattr(model, "prepare", lambda clip: (torch.zeros(1, 4, 3), torch.ones(1, 4)))
    with pytest.raises(ValueError, match=r"input frames of Linear must have shape \(1 clip, frame, channel, y, x\); "):
        attribute(model, small)


def test_every_method_names_its_paper_and_its_options():
    assert set(METHODS) == set(OPTIONS) == set(QUICK)
    assert all("arXiv:" in text for text in METHODS.values())


shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))


@given(shapes, shapes, st.integers(0, 100))
def test_moving_to_the_clips_grid_keeps_sums_or_values(places, pixels, seed):
    maps = np.random.default_rng(seed).normal(size=(2, *places))
    np.testing.assert_allclose(to_grid(maps, pixels).sum((1, 2)), maps.sum((1, 2)), atol=1e-9)
    values = to_grid(maps, pixels, keep="value")
    np.testing.assert_allclose(values.mean((1, 2)), maps.mean((1, 2)), atol=1e-9)
    assert values.max() <= maps.max() + 1e-9
    assert values.min() >= maps.min() - 1e-9
    np.testing.assert_allclose(to_grid(np.full(places, 2.0), pixels, keep="value"), 2)


def test_a_place_is_spread_over_the_pixels_that_it_covers():
    np.testing.assert_allclose(to_grid([[1.0, 2.0]], (1, 3)), [[2 / 3, 1 / 3 + 2 / 3, 4 / 3]])
    np.testing.assert_allclose(to_grid([[1.0, 2.0]], (1, 3), keep="value"), [[1, 1.5, 2]])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((np.ones(3), (2, 2)), r"maps must have shape \(…, h, w\); got \(3,\)"),
        ((np.ones((2, 2)), (0, 2)), r"size must be \(H, W\), both at least 1; got \(0, 2\)"),
    ],
)
def test_maps_that_cannot_be_moved_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        to_grid(*given)
    with pytest.raises(ValueError, match="keep must be 'sum' or 'value'; got 'mean'"):
        to_grid(np.ones((2, 2)), (2, 2), keep="mean")


def test_the_help_names_every_method_and_option():
    told = attribute.__doc__
    for method, options in OPTIONS.items():
        assert f'"{method}"' in told
        assert all(f"``{name}``" in told for name in options)
