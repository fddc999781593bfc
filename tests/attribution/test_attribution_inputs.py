"""Attribution to a photo and its texture at once, of two labels against each other, and the class activation map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import GradientShap, IntegratedGradients, Occlusion, Saliency
from torchcam.methods import CAM

import ferviz
from ferviz import Clip, Crop, Gap
from ferviz.attribution import METHODS, attribute, quantity_map, to_grid
from ferviz.models import FrameAttention, Model, Probe, frame_attention
from ferviz.models.backbones import ResNetConfig
from ferviz.models.declaration import Input
from ferviz.models.lbp_attention import Config, LBPAttention
from ferviz.models.mini_xception import MiniXception

QUICK = {"integrated_gradients": {"n_steps": 5}, "gradient_shap": {"n_samples": 5}, "occlusion": {"window": 12}}
SMALL = replace(
    Config.compact(),
    branch=ResNetConfig(colours=1, stem="narrow", channels=(8, 16), blocks=(1, 1)),
    mask_width=8,
    stages=(24,),
    side=24,
)


def seeded(make):
    with torch.random.fork_rng():
        torch.manual_seed(4)
        return make()


def lively(model: torch.nn.Module) -> torch.nn.Module:
    """Small drawn networks give logits that hardly differ: make them worth attributing."""
    with torch.no_grad():
        model.classify.weight.mul_(20)
    return model.eval()


@pytest.fixture(scope="module")
def model() -> LBPAttention:
    return seeded(lambda: lively(LBPAttention(SMALL)))


@pytest.fixture(scope="module")
def clip() -> Clip:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 30, 24, 3), dtype=np.uint8)
    gaps = (Gap("frames", 1, 2, "no face found"),)
    return Clip(pictures, np.arange(3.0), crop=Crop(24, 0.0), gaps=gaps, source="noise")


@pytest.fixture(scope="module")
def inputs(model, clip) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]:
    """The photo and the texture, and those of black frames."""
    return model.prepare(clip), model.prepare(replace(clip, frames=np.zeros_like(clip.frames)))


def theirs_on(clip: Clip, maps: torch.Tensor, keep: str) -> np.ndarray:
    return to_grid(maps.numpy(), (30, 24), keep=keep)[clip.usable()]


def same(found, clip, theirs, keep, **near) -> None:
    for name, maps in zip(("attribution", "texture"), theirs, strict=True):
        np.testing.assert_allclose(found[name].values[clip.usable()], theirs_on(clip, maps, keep), **near)
        assert np.isnan(found[name].values[1]).all()


def test_integrated_gradients_are_captums_on_the_tuple_with_one_error_over_both(model, clip, inputs):
    x, base = inputs
    told = {"target": 3, "n_steps": 6, "return_convergence_delta": True}
    theirs, delta = IntegratedGradients(model).attribute(x, base, **told)
    found = attribute(model, clip, target="happiness", n_steps=6)
    same(found, clip, [maps[:, 0] for maps in theirs], "sum", atol=1e-6)
    usable = clip.usable()
    np.testing.assert_allclose(found["convergence_error"].values[usable], np.abs(delta.numpy())[usable], atol=1e-5)
    assert not found["flat"].values[usable].any()
    assert not found["texture_flat"].values[usable].any()
    total = found["attribution"].sum(("y", "x")) + found["texture"].sum(("y", "x"))
    error = np.abs(total - (found["logit"] - found["baseline_logit"]))
    np.testing.assert_allclose(error[usable], found["convergence_error"][usable], atol=1e-5)
    assert np.abs(found["texture"].sum(("y", "x"))[usable]).min() > 0.01  # the photo alone would not add up


def test_saliency_is_captums_on_the_tuple(model, clip, inputs):
    theirs = Saliency(model).attribute(tuple(x.clone().requires_grad_() for x in inputs[0]), target=2)
    same(attribute(model, clip, "saliency", target="fear"), clip, [m[:, 0] for m in theirs], "value", atol=1e-7)


def test_occlusion_covers_one_input_at_a_time(model, clip, inputs):
    x, base = inputs
    told = {"sliding_window_shapes": ((1, 6, 6),) * 2, "strides": ((1, 3, 3),) * 2, "baselines": base, "target": 2}
    theirs = Occlusion(model).attribute(x, **told)
    found = attribute(model, clip, "occlusion", target="fear", window=6)
    same(found, clip, [m[:, 0] for m in theirs], "value", atol=1e-4)


def test_gradient_shap_draws_both_inputs_of_one_baseline(model, clip, inputs):
    """Captum's tuple draws a baseline for each input by itself: a photo would meet the texture of another."""
    found = attribute(model, clip, "gradient_shap", target="fear", n_samples=30, seed=1)
    x, base = inputs
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    try:
        theirs = GradientShap(model).attribute(x, tuple(b[:1] for b in base), n_samples=30, target=2)
    finally:
        np.random.set_state(state)  # noqa: NPY002
    for name, maps in zip(("attribution", "texture"), theirs, strict=True):  # the first frame: others draw anew
        np.testing.assert_allclose(found[name][0], to_grid(maps[0, 0], (30, 24)), atol=1e-6)
    several = attribute(model, clip, "gradient_shap", target="fear", baseline=["black", "blur"], n_samples=200)
    ends = [attribute(model, clip, target="fear", baseline=b, n_steps=2)["baseline_logit"] for b in ("black", "blur")]
    np.testing.assert_allclose(several["baseline_logit"], sum(ends) / 2, atol=1e-5)


def test_a_number_a_frame_counts_both_inputs(model, clip):
    maps = attribute(model, clip, n_steps=5)
    row = attribute(model, clip, n_steps=5, level="frames")
    both = (maps["attribution"] + maps["texture"]).sum(("y", "x"), skipna=False)
    np.testing.assert_allclose(row["attribution"], both, atol=1e-5)
    assert "texture" not in row
    covered = attribute(model, clip, "occlusion", level="frames", target="fear")
    fell = attribute(model, clip, target="fear", n_steps=2)
    drop = fell["logit"] - fell["baseline_logit"]
    np.testing.assert_allclose(covered["attribution"], drop, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_one_frame_alone_is_its_place_among_all(model, clip, method):
    told = {**QUICK.get(method, {}), "target": "fear"} | ({"n_samples": 400} if method == "gradient_shap" else {})
    whole, one = attribute(model, clip, method, **told), attribute(model, clip, method, frame=2, **told)
    assert ("texture" in whole) == (method not in ("grad_cam", "cam"))
    for name in {"attribution", "texture"} & set(whole):
        near = {"rtol": 0.2, "atol": 0.02} if method == "gradient_shap" else {"atol": 2e-5}
        np.testing.assert_allclose(one[name][0], whole[name][2], **near)


def test_without_a_second_branch_there_is_one_map_as_before(clip):
    plain = seeded(lambda: lively(LBPAttention(replace(SMALL, texture=None))))
    found = attribute(plain, clip, target="fear", n_steps=6)
    assert "texture" not in found
    assert "texture_flat" not in found
    (image,) = plain.prepare(clip)
    theirs = IntegratedGradients(plain).attribute(image, -torch.ones_like(image), target=2, n_steps=6)
    wanted = theirs_on(clip, theirs[:, 0], "sum")
    np.testing.assert_allclose(found["attribution"].values[clip.usable()], wanted, atol=1e-6)


def test_a_constant_picture_is_flat_in_both_inputs(model):
    still = Clip(np.full((1, 24, 24, 3), 90, np.uint8), np.zeros(1), crop=Crop(24, 0.0))
    for baseline in ("gray", "blur"):
        found = attribute(model, still, baseline=baseline, n_steps=3)
        assert found["flat"].values.tolist() == found["texture_flat"].values.tolist() == [True]
    for method in METHODS:
        found = attribute(model, still, method, **QUICK.get(method, {}))
        assert found["flat"].values.tolist() == found.get("texture_flat", found["flat"]).values.tolist() == [True]
    assert not quantity_map(model, still, "mask")["attribution"].isnull().any()
    assert quantity_map(model, still, "mask")["flat"].values.tolist() == [True]


def test_a_label_against_another_is_the_difference_of_their_maps(model, clip):
    for method in ("integrated_gradients", "grad_cam", "cam"):
        told = {"relu": False} if method == "grad_cam" else QUICK.get(method, {})
        fear, sad, both = (
            attribute(model, clip, method, **words, **told)
            for words in ({"target": "fear"}, {"target": "sad"}, {"target": "fear", "against": "sadness"})
        )
        for name in {"attribution", "texture", "logit"} & set(both):
            np.testing.assert_allclose(both[name], fear[name] - sad[name], atol=2e-5)
        assert both.attrs["against"] == "sadness"
        assert "against" not in fear.attrs
    seen = ferviz.observe(model, clip)["emotion_logits"]
    own = attribute(model, clip, "saliency", against="sadness")
    np.testing.assert_allclose(own["logit"], (seen.max("emotion") - seen.sel(emotion="sadness")), atol=1e-5)


def test_what_stands_against_the_target_must_be_another_label(model, clip):
    with pytest.raises(ValueError, match="against must be another label than the target; got 'Fear' for both"):
        attribute(model, clip, target="fear", against="Fear")
    with pytest.raises(ValueError, match="against must be one of anger, .*; got 'boredom'"):
        attribute(model, clip, against="boredom")


class Cliff(MiniXception):
    """Finite answers whose gradient is not: the root of 0 times the picture."""

    def forward(self, faces):
        return super().forward(faces) + torch.sqrt((faces * 0).sum((1, 2, 3)))[:, None]


@pytest.mark.parametrize("method", ["integrated_gradients", "saliency", "gradient_shap"])
def test_a_gradient_that_is_not_finite_is_said_and_never_passes_for_a_gap(method):
    clip = ferviz.sample("surprise-degraded")
    with pytest.raises(ValueError, match=rf"{method} found NaN or infinity .*: a gradient of Cliff is not finite"):
        attribute(Cliff().eval(), clip, method, target="anger")


def test_nothing_stands_against_the_models_own_answer():
    model, clip = ferviz.load_model("fan"), ferviz.sample("surprise-degraded")
    answer = str(ferviz.observe(model, clip)["emotion_logits"].idxmax().item())
    with pytest.raises(ValueError, match="against must be another label than the model's answer, .*: name a target"):
        attribute(model, clip, "saliency", against=answer)


def test_a_contrast_of_networks_of_clips_is_seen_by_frames_and_by_pixels():
    fan = seeded(lambda: FrameAttention(frame_attention.Config.compact("self"))).eval()
    frames = np.random.default_rng(1).integers(0, 256, (3, 112, 112, 3), dtype=np.uint8)
    clip = Clip(frames, np.arange(3.0), crop=fan.crop)
    logits = ferviz.observe(fan, clip)["emotion_logits"]
    wanted = float(logits.sel(emotion="fear") - logits.sel(emotion="anger"))
    for more in ({"level": "frames"}, {"frame": 1}):
        found = attribute(fan, clip, "saliency", target="fear", against="anger", **more)
        assert found["logit"].item() == pytest.approx(wanted, abs=1e-5)


def torchcams(model, clip, layer: str, linear: str, label: int) -> np.ndarray:
    """TorchCAM's own class activation map, before it is stretched to 0 … 1."""
    with CAM(model, layer, linear) as extractor, torch.no_grad():
        model(*model.prepare(clip))
        return extractor(label, normalized=False)[0].numpy()


@pytest.mark.parametrize("texture", ["circle", None])
def test_the_class_activation_map_is_torchcams(clip, texture):
    net = seeded(lambda: lively(LBPAttention(replace(SMALL, texture=texture))))
    found = attribute(net, clip, "cam", target="surprise")
    wanted = torchcams(net, clip, "stages", "classify", 5)
    assert np.ptp(wanted) > 0.1
    wanted = theirs_on(clip, torch.tensor(wanted), "value")
    np.testing.assert_allclose(found["attribution"].values[clip.usable()], wanted, atol=1e-5)
    assert found.attrs["keep"] == "value"
    mean = found["attribution"].mean(("y", "x")) + net.classify.bias[5].item()
    np.testing.assert_allclose(mean[clip.usable()], found["logit"][clip.usable()], atol=1e-4)


def test_the_class_activation_map_of_maps_that_belong_to_labels_is_the_labels_own_map(clip):
    mini = seeded(MiniXception).eval()
    found = attribute(mini, clip, "cam", target="happiness")
    seen = ferviz.observe(mini, clip)["class_map"].sel(emotion="happiness").values
    np.testing.assert_allclose(found["attribution"], to_grid(seen, (30, 24), keep="value"), atol=1e-6)
    row = attribute(mini, clip, "cam", target="happiness", level="frames")
    np.testing.assert_allclose(row["attribution"], row["logit"], atol=1e-5)
    with ferviz.intervene(mini, {"class_map": lambda maps: maps * 2}):
        doubled = attribute(mini, clip, "cam", target="happiness")
    np.testing.assert_allclose(doubled["attribution"], 2 * found["attribution"], atol=1e-6)


def test_networks_that_do_not_end_that_way_have_no_class_activation_map(clip):
    hidden = seeded(lambda: LBPAttention(replace(SMALL, hidden=16)).eval())
    with pytest.raises(ValueError, match="ends in a mean over places and one linear layer; LBPAttention does not"):
        attribute(hidden, clip, "cam")
    fan = seeded(lambda: FrameAttention(frame_attention.Config.compact("self"))).eval()
    faces = Clip(np.zeros((1, 112, 112, 3), np.uint8), np.zeros(1), crop=fan.crop)
    for level in ("pixels", "frames"):
        with pytest.raises(ValueError, match=r"FrameAttention does not \(grad_cam takes others\)"):
            attribute(fan, faces, "cam", level=level)


def test_no_hook_stays_behind(model, clip):
    def hooks() -> int:
        return sum(len(part._forward_hooks) for part in model.modules())

    before = hooks()
    attribute(model, clip, "cam")
    hidden = LBPAttention(replace(SMALL, hidden=16)).eval()
    with pytest.raises(ValueError, match="does not"):
        attribute(hidden, clip, "cam")
    assert hooks() == before
    assert not any(part._forward_hooks for part in hidden.modules())


def test_a_quantity_as_a_map_is_its_mean_or_one_channel_on_the_clips_pixels(model, clip):
    seen = ferviz.observe(model, clip)["mask"].values
    found = quantity_map(model, clip, "mask")
    np.testing.assert_allclose(found["attribution"], to_grid(seen.mean(1), (30, 24), keep="value"), atol=1e-6)
    one = quantity_map(model, clip, "trunk", channel=3)
    seen = ferviz.observe(model, clip)["trunk"].values
    np.testing.assert_allclose(one["attribution"], to_grid(seen[:, 3], (30, 24), keep="value"), atol=1e-6)
    wanted = {"method": "quantity", "quantity": "mask", "symbol": "M", "keep": "value", "channel": "", "clip": "noise"}
    assert wanted.items() <= found.attrs.items()
    assert found["gap"].values.tolist() == ["", "no face found", ""]
    assert found["time"].values.tolist() == [0, 1, 2]
    assert found["flat"].dims == ("frame",)
    assert not found["flat"].values[1]  # a gap is not flat
    with ferviz.intervene(model, {"mask": 0.5}):
        assert quantity_map(model, clip, "mask")["flat"].values.tolist() == [True, False, True]


def test_a_channel_that_has_a_label_is_named_by_it(clip):
    mini = seeded(MiniXception).eval()
    found = quantity_map(mini, clip, "class_map", channel="fear")
    seen = ferviz.observe(mini, clip)["class_map"].sel(emotion="fear").values
    np.testing.assert_allclose(found["attribution"], to_grid(seen, (30, 24), keep="value"), atol=1e-6)
    with pytest.raises(ValueError, match="channel must be one of anger to neutral; got 'boredom'"):
        quantity_map(mini, clip, "class_map", channel="boredom")


class Odd(Model):
    """Names quantities of many shapes."""

    labels = ("yes", "no")
    crop = Crop(24, 0.0)
    takes = (Input("face", ("y", "x", "colour")),)

    def __init__(self) -> None:
        super().__init__()
        self.level = Probe(symbol="l")
        self.plain = Probe("y", "x", symbol="p")
        self.deep = Probe("group", "channel", "y", "x", symbol="d")

    def pictures(self, clip):
        return torch.from_numpy(clip.frames)

    def inputs(self, frames):
        return (frames.float(),)

    def forward(self, frames):
        plain = self.plain(frames.mean(3))
        self.level(plain.mean((1, 2)))
        self.deep(plain[:, None, None].expand(-1, 2, 3, -1, -1))
        return plain.mean(2)[:, :2]


def test_quantities_that_are_no_maps_are_refused(model, clip):
    odd = Odd()
    plain = quantity_map(odd, clip, "plain")["attribution"].values
    np.testing.assert_allclose(plain[0], clip.frames[0].mean(2), rtol=1e-5)
    for name in ("level", "nothing"):
        with pytest.raises(ValueError, match=rf"name must be a quantity with places \(plain, deep, .*; got '{name}'"):
            quantity_map(odd, clip, name)
    with pytest.raises(ValueError, match="channel must be None: plain has axes frame, y, x; got 0"):
        quantity_map(odd, clip, "plain", channel=0)
    with pytest.raises(ValueError, match="channel must be None: deep has axes frame, group, channel, y, x; got None"):
        quantity_map(odd, clip, "deep")
    with pytest.raises(ValueError, match="channel must be one of 0 to 15; got 16"):
        quantity_map(model, clip, "mask", channel=16)
    without = LBPAttention(replace(SMALL, attention=False)).eval()
    with pytest.raises(ValueError, match=r"\(trunk, attended, reconstructed, as LBPAttention .*; got 'mask'"):
        quantity_map(without, clip, "mask")
