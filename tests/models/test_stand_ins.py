"""Three networks of papers to come, and one of regions within frames, through every room that asks a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from stand_ins import (
    BANDS,
    RATE,
    SIDE,
    WINDOW,
    FiveRegions,
    boxes_of,
    clip_with_sound,
    expected_age,
    region_coordinates,
    seeded,
    stand_ins,
)
from torch import nn

import ferviz
from ferviz import Clip, scores
from ferviz.attribution import METHODS, attribute, to_box, to_grid
from ferviz.attribution.baselines import baseline_clip
from ferviz.models import Input, Items, Probe, Vectors

QUICK = {"integrated_gradients": {"n_steps": 6}, "gradient_shap": {"n_samples": 6}}
WITHOUT_CAM = sorted(set(METHODS) - {"cam"})


@pytest.fixture(scope="module")
def clip() -> Clip:
    return clip_with_sound()


@pytest.fixture(scope="module")
def nets() -> dict:
    return stand_ins()


class RegionsOfFrames(FiveRegions):
    """The regions of all frames of a clip at once: one answer, and a mask that lies on two axes."""

    takes = (
        Input("crops", ("frame", "region", "channel", "y", "x")),
        Input("mask", ("frame", "region"), None),
    )
    items = (
        Items("frame", of="crops", mask="mask"),
        Items("region", of="crops", mask="mask", coordinates=region_coordinates),
    )

    def __init__(self) -> None:
        super().__init__()
        self.feature = Probe("frame", "region", "channel", symbol="F")
        self.weight = Probe("frame", "region", symbol="w")
        self.frame_weight = Probe("frame", symbol="v")
        self.region_weight = Probe("region", symbol="u")

    def pictures(self, clip, *, boxes=None):
        crops, mask = super().pictures(clip, boxes=boxes)
        return crops[None], (mask & torch.from_numpy(clip.usable())[:, None])[None]

    def inputs(self, crops, mask):
        return crops.float() / 127.5 - 1, mask

    def forward(self, crops, mask):
        f = self.feature(self.backbone(crops.flatten(0, 2)).unflatten(0, crops.shape[:3]))  # (B, T, R, D)
        weight = mask.to(f) * (1 + f[..., 0].abs())
        weight = self.weight(weight / weight.sum((1, 2), keepdim=True))
        self.frame_weight(weight.sum(2))
        self.region_weight(weight.sum(1))
        x = (weight[..., None] * f).sum((1, 2))
        return self.classify(torch.cat((x, x), 1))


# ---- observe and intervene ----


def test_regions_carry_their_boxes_and_their_gaps(nets, clip):
    seen = ferviz.observe(nets["regions"], clip)
    assert seen["mu"].dims == seen["weight"].dims == ("frame", "region")
    np.testing.assert_allclose(seen["weight"][[0, 2, 3]].sum("region"), 1, rtol=1e-5)
    np.testing.assert_array_equal(seen["box"].values, boxes_of(clip))
    assert seen["box"].attrs["units"] == "pixels"
    assert np.isnan(seen["mu"].values[1]).all()


def test_a_model_is_told_of_boxes_and_a_box_that_is_not_there_is_a_gap_of_its_own(nets, clip):
    boxes = boxes_of(clip).copy()
    boxes[2, 3] = np.nan
    seen = ferviz.observe(nets["regions"], clip, boxes=boxes)
    assert np.isnan(seen["nu"].values[2]).tolist() == [False, False, False, True, False]
    assert np.isfinite(seen["nu"].values[3]).all()
    np.testing.assert_array_equal(seen["box"].values, boxes)
    moved = ferviz.observe(nets["regions"], clip, boxes=np.array([[0, 0, 12, 12]] * 5))
    np.testing.assert_allclose(moved["mu"].values[0], moved["mu"].values[0, 0], rtol=1e-5)


def test_heads_have_their_own_labels_and_a_plain_number_has_none(nets, clip):
    seen = ferviz.observe(nets["heads"], clip)
    assert seen["age_probability"].dims == ("frame", "age")
    assert seen["age"].values.tolist() == ["10", "20", "30", "40"]
    assert seen["strength"].dims == ("frame",)
    assert "strength_probability" not in seen
    assert np.isnan(seen["strength"].values[1])


def test_positions_of_a_sound_carry_seconds_and_hertz_and_their_gaps(nets, clip):
    seen = ferviz.observe(nets["sound"], clip)
    assert seen["audio.alpha"].dims == ("position",)
    assert seen.sizes["position"] == BANDS // 2 * 8
    assert seen["seconds"].values[:2].tolist() == [WINDOW / RATE, 3 * WINDOW / RATE]
    assert seen["hertz"].attrs["units"] == "Hz"
    assert sorted(set(seen["hertz"].values.tolist())) == [100, 300, 500, 700]
    # one pair of windows is broken, in all four bands
    assert np.flatnonzero(np.isnan(seen["audio.alpha"])).tolist() == [1, 9, 17, 25]
    assert np.flatnonzero(np.isnan(seen["video.alpha"])).tolist() == [1]


def test_a_mask_on_two_axes_is_a_gap_on_each_of_them(clip):
    model, boxes = seeded(RegionsOfFrames), boxes_of(clip).copy()
    boxes[0, 4] = boxes[:, 2] = np.nan
    seen = ferviz.observe(model, clip, boxes=boxes)
    gap = np.isnan(seen["weight"].values)
    assert gap.tolist() == (~np.isfinite(boxes).all(2) | ~clip.usable()[:, None]).tolist()
    assert np.isnan(seen["frame_weight"].values).tolist() == [False, True, False, False]
    assert np.isnan(seen["region_weight"].values).tolist() == [False, False, True, False, False]


def test_a_change_of_one_stage_reaches_the_next(nets, clip):
    model = nets["regions"]
    with ferviz.intervene(model, {"mu": np.array([1.0, 0, 0, 0, 0])}):
        changed = ferviz.observe(model, clip)
    np.testing.assert_allclose(changed["weight"].values[0], [1, 0, 0, 0, 0], atol=1e-6)
    before = ferviz.observe(nets["sound"], clip)
    with ferviz.intervene(nets["sound"], {"audio.alpha": 0.5}):
        after = ferviz.observe(nets["sound"], clip)
    assert np.ptp(after["audio.weight"].values[np.isfinite(after["audio.weight"])]) == 0
    np.testing.assert_array_equal(after["video.weight"], before["video.weight"])


# ---- attribute ----


@pytest.mark.parametrize("method", WITHOUT_CAM)
def test_every_method_gives_regions_maps_in_their_boxes(nets, clip, method):
    found = attribute(nets["regions"], clip, method, target="fear", **QUICK.get(method, {}))
    assert found["attribution"].dims == ("frame", "region", "y", "x")
    assert found["flat"].dims == ("frame", "region")
    edges = np.rint(boxes_of(clip)).astype(int)
    for region, (left, top, right, bottom) in enumerate(edges[0]):
        inside = np.zeros((24, 24), bool)
        inside[top:bottom, left:right] = True
        assert (np.isfinite(found["attribution"].values[0, region]) == inside).all()
    assert np.isnan(found["attribution"].values[1]).all()
    assert not found["flat"].values[1].any()
    np.testing.assert_array_equal(found["box"].values, boxes_of(clip))
    one = attribute(nets["regions"], clip, method, target="fear", frame=2, **QUICK.get(method, {}))
    assert one["attribution"].shape == (1, 5, 24, 24)
    if method != "gradient_shap":  # which draws less for one frame
        np.testing.assert_allclose(one["attribution"][0], found["attribution"][2], atol=1e-5)


def test_the_maps_of_regions_are_captums_and_add_up(nets, clip):
    model = nets["regions"]
    regions, mask = model.prepare(clip)
    dark, _ = model.prepare(baseline_clip(clip, "black"))
    told = {"target": 2, "additional_forward_args": (mask,), "n_steps": 6}
    theirs = IntegratedGradients(model).attribute(regions, dark, **told)[:, :, 0].numpy()
    found = attribute(model, clip, target="fear", n_steps=6)
    for frame, region in ((0, 0), (2, 3), (3, 4)):
        box = boxes_of(clip)[frame, region]
        wanted = to_box(theirs[frame, region], (24, 24), box)
        np.testing.assert_allclose(found["attribution"][frame, region], wanted, atol=1e-6)
    total = found["attribution"].sum(("region", "y", "x"))
    error = np.abs(total - (found["logit"] - found["baseline_logit"]))
    np.testing.assert_allclose(error[[0, 2, 3]], found["convergence_error"][[0, 2, 3]], atol=1e-5)


def test_what_is_told_of_the_boxes_moves_the_maps(nets, clip):
    boxes = np.array([[0, 0, 24, 24], *[[4, 4, 16, 16]] * 4])
    found = attribute(nets["regions"], clip, "saliency", boxes=boxes)
    assert np.isfinite(found["attribution"].values[0, 1]).sum() == 144
    with pytest.raises(TypeError, match="'corners' is no option: saliency takes none"):
        attribute(nets["regions"], clip, "saliency", corners=boxes)


@pytest.mark.parametrize("method", WITHOUT_CAM)
def test_regions_as_items_are_their_vectors_and_frames_the_sum_of_theirs(nets, clip, method):
    told = {"target": "fear", **QUICK.get(method, {})}
    found = attribute(nets["regions"], clip, method, level="items", **told)
    assert found["attribution"].dims == ("frame", "region")
    assert found.attrs["axis"] == "region"
    assert np.isnan(found["attribution"].values[1]).all()
    assert np.isfinite(found["attribution"].values[[0, 2, 3]]).all()
    if method == "occlusion":
        covered = attribute(nets["regions"], clip, method, level="items", to="regions", **told)
        np.testing.assert_allclose(found["attribution"], covered["attribution"], atol=1e-5)
    if method == "integrated_gradients":
        total = found["attribution"].sum("region")
        wanted = found["logit"] - found["baseline_logit"]
        np.testing.assert_allclose(total[[0, 2, 3]], wanted[[0, 2, 3]], rtol=0.05, atol=1e-3)
        maps = attribute(nets["regions"], clip, method, **told)
        rows = attribute(nets["regions"], clip, method, level="items", to="regions", **told)
        frames = attribute(nets["regions"], clip, method, level="frames", **told)
        np.testing.assert_allclose(rows["attribution"], maps["attribution"].sum(("y", "x"), min_count=1), atol=1e-5)
        np.testing.assert_allclose(frames["attribution"], rows["attribution"].sum("region", min_count=1), atol=1e-5)
        assert frames["attribution"].dims == ("frame",)
        assert "box" not in frames.coords


def test_grad_cam_of_vectors_with_answers_of_their_own_is_worked_out_frame_by_frame(nets, clip):
    model = nets["regions"]
    found = attribute(model, clip, "grad_cam", level="items", target="fear", relu=False)["attribution"].values
    with torch.no_grad():
        regions, mask = model.prepare(clip)
        features = model.backbone(regions.flatten(0, 1)).unflatten(0, (4, 5))
    features.requires_grad_()
    (slope,) = torch.autograd.grad(model.pool(features, mask)[:, 2].sum(), features)
    by_hand = (slope.mean(1, keepdim=True) * features).sum(2).detach().numpy()
    np.testing.assert_allclose(found[[0, 2, 3]], by_hand[[0, 2, 3]], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", WITHOUT_CAM)
def test_every_method_tells_what_comes_from_the_sound(nets, clip, method):
    model, told = nets["sound"], {"target": "fear", **QUICK.get(method, {})}
    found = attribute(model, clip, method, to="sound", **told)
    assert found["attribution"].dims == ("band", "step")
    assert found["attribution"].shape == (BANDS, 16)
    assert np.isfinite(found["attribution"]).all()
    assert found.attrs["to"] == "sound"
    assert found.attrs.get("baseline", "silence") == "silence"
    seen = ferviz.observe(model, clip)["emotion_logits"].sel(emotion="fear").item()
    assert found["logit"].item() == pytest.approx(seen, abs=1e-5)
    if method == "grad_cam":
        assert found.attrs["layer"] == "ear"  # the last layer with places that the sound reaches
    pictures = attribute(model, clip, method, **told)
    assert pictures["attribution"].shape == (4, 24, 24)
    if method == "grad_cam":
        assert pictures.attrs["layer"] == "eye.4"


def test_the_sound_is_held_against_silence_and_the_pictures_stay(nets, clip):
    model = nets["sound"]
    silent = replace(clip, audio=np.zeros_like(clip.audio))
    wanted = ferviz.observe(model, silent)["emotion_logits"].sel(emotion="fear").item()
    frames, frame_mask, sound, sound_mask = model.prepare(clip)
    _, _, silence, _ = model.prepare(silent)
    theirs = IntegratedGradients(lambda s, f, m, n: model(f, m, s, n)).attribute(
        sound, silence, target=2, additional_forward_args=(frames, frame_mask, sound_mask), n_steps=6
    )
    found = attribute(model, clip, to="sound", target="fear", n_steps=6)
    np.testing.assert_allclose(found["attribution"], theirs[0, 0], atol=1e-5)
    assert found["baseline_logit"].item() == pytest.approx(wanted, abs=1e-5)
    for own in (silent, silent.audio):
        again = attribute(model, clip, to="sound", target="fear", n_steps=6, baseline=own)
        np.testing.assert_allclose(again["attribution"], found["attribution"], atol=1e-6)
    with pytest.raises(ValueError, match="baseline 'black' is none of audio; silence would fit"):
        attribute(model, clip, to="sound", baseline="black")
    with pytest.raises(ValueError, match="baseline 'silence' is none of frames; black, gray, blur would fit"):
        attribute(model, clip, baseline="silence")
    with pytest.raises(ValueError, match="baseline must be one of black, .*, silence, or pictures; got 'noise'"):
        attribute(model, clip, to="sound", baseline="noise")
    with pytest.raises(TypeError, match="a float32 array or a Clip with sound; got dtype float64"):
        attribute(model, clip, to="sound", baseline=clip.audio.astype(float))
    with pytest.raises(ValueError, match=r"baseline must have shape \(1031,\), as the clip's sound; got \(3,\)"):
        attribute(model, clip, to="sound", baseline=np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="baseline needs the sound of the clip 'noise', which has none"):
        baseline_clip(replace(clip, audio=None, sample_rate=None), "silence", "audio")


@pytest.mark.parametrize("method", WITHOUT_CAM)
@pytest.mark.parametrize("axis", ["frame", "position", "sound.position"])
def test_items_of_either_stream_are_asked_for_by_their_axis(nets, clip, method, axis):
    model = nets["sound"]
    found = attribute(model, clip, method, level="items", axis=axis, target="fear", **QUICK.get(method, {}))
    name = axis.split(".")[-1]
    assert found["attribution"].dims == (name,)
    alpha = "video.alpha" if name == "frame" else "audio.alpha"
    gap = np.isnan(ferviz.observe(model, clip)[alpha].values)
    assert (np.isnan(found["attribution"].values) == gap).all()
    assert ("seconds" in found.coords) == (name == "position")
    if method == "integrated_gradients":
        total = np.nansum(found["attribution"])
        assert total == pytest.approx((found["logit"] - found["baseline_logit"]).item(), rel=0.05, abs=1e-3)
    if method == "occlusion" and name == "position":
        zero = attribute(model, clip, method, level="items", axis=axis, target="fear", baseline="zero")
        assert not np.allclose(zero["attribution"], found["attribution"], equal_nan=True)


def test_one_of_several_item_axes_must_be_named(nets, clip):
    asks = (
        ({"level": "items"}, "axis must be one of frames.frame, sound.position, since FramesAndSound has several"),
        ({"level": "items", "axis": "region"}, "axis must be one of frame, position, as FramesAndSound declares; got"),
        ({"axis": "frame"}, "axis must be None where level is 'pixels'; got 'frame'"),
        ({"level": "frames", "axis": "position"}, "axis must be 'frame' where level is 'frames'; got 'position'"),
        ({"to": "sound_mask"}, "to must be one of the inputs frames, sound; got 'sound_mask'"),
        ({"to": "voice"}, "to must be one of the inputs frames, sound; got 'voice'"),
        ({"to": "sound", "frame": 0}, "frame must be None: input sound has no frames; got 0"),
        ({"to": "sound", "level": "items", "axis": "frame"}, r"axis must be one of input sound \(\); got 'frame'"),
    )
    for told, message in asks:
        with pytest.raises(ValueError, match=message):
            attribute(nets["sound"], clip, "saliency", **told)
    with pytest.raises(ValueError, match="axis must be one of frame, as ThreeHeads declares; got 'region'"):
        attribute(nets["heads"], clip, "saliency", level="items", axis="region")
    still = seeded(FiveRegions)
    still.takes, still.items = (Input("sound", ("step",), "audio"),), ()
    with pytest.raises(ValueError, match="FiveRegions declares no items, so level must be 'pixels'"):
        attribute(still, clip, "saliency", level="items")


@pytest.mark.parametrize("level", ["pixels", "frames"])
@pytest.mark.parametrize("method", METHODS)
def test_a_target_may_be_any_function_of_all_heads(nets, clip, method, level):
    model = nets["heads"]
    if method == "cam":
        with pytest.raises(ValueError, match="ends in a mean over places and one linear layer"):
            attribute(model, clip, method, target=expected_age, level=level)
        return
    found = attribute(model, clip, method, target=expected_age, level=level, **QUICK.get(method, {}))
    seen = ferviz.observe(model, clip)["age_probability"].values @ [10, 20, 30, 40]
    np.testing.assert_allclose(found["logit"], seen, rtol=1e-5)
    assert found.attrs["head"] == "expected_age"
    assert found["target"].values.tolist() == ["expected_age", "", "expected_age", "expected_age"]
    if method == "integrated_gradients" and level == "pixels":
        (faces,) = model.prepare(clip)
        gradients = IntegratedGradients(lambda x: expected_age(model(x)))
        theirs = gradients.attribute(faces, -torch.ones_like(faces), n_steps=6)
        wanted = to_grid(theirs.sum(1).numpy(), (24, 24))
        usable = clip.usable()
        np.testing.assert_allclose(found["attribution"].values[usable], wanted[usable], rtol=1e-4, atol=1e-4)


def test_a_target_that_gives_no_number_a_batch_item_is_refused(nets, clip):
    model = nets["heads"]
    asks = (
        (lambda output: output["age"], r"target must give one number a batch item \(4,\); got \(4, 4\)"),
        (lambda output: 3, r"target must give one number a batch item \(4,\); got int"),
        (lambda output: output["strength"] * torch.nan, "target must give finite numbers; <lambda> gave NaN"),
    )
    for target, message in asks:
        with pytest.raises(ValueError, match=message):
            attribute(model, clip, "saliency", target=target)
    with pytest.raises(ValueError, match="against must be None where target is a function; got 'fear'"):
        attribute(model, clip, "saliency", target=expected_age, against="fear")
    assert attribute(model, clip, "saliency", head="strength")["target"].values[0] == "strength"


def test_regions_of_frames_are_items_of_two_axes(clip):
    model = seeded(RegionsOfFrames)
    told = {"target": "fear", "n_steps": 4}
    maps = attribute(model, clip, **told)["attribution"]
    assert maps.dims == ("frame", "region", "y", "x")
    regions = attribute(model, clip, level="items", axis="region", **told)["attribution"]
    assert regions.dims == ("frame", "region")
    np.testing.assert_allclose(regions, maps.sum(("y", "x"), min_count=1), atol=1e-5)
    frames = attribute(model, clip, level="frames", **told)["attribution"]
    np.testing.assert_allclose(frames, regions.sum("region", min_count=1), atol=1e-5)
    one = attribute(model, clip, frame=3, target="fear", n_steps=4)["attribution"]
    assert one.shape == (1, 5, 24, 24)
    for method in ("occlusion", "grad_cam", "saliency"):
        assert attribute(model, clip, method)["attribution"].dims == maps.dims
        assert attribute(model, clip, method, frame=3)["attribution"].shape == one.shape


def test_inputs_that_are_cut_alike_but_differ_in_size_are_named(clip):
    model = seeded(FiveRegions)
    small = Input("small", ("region", "channel", "y", "x"))
    model.takes = (*model.takes, small)
    cut = model.inputs
    model.inputs = lambda *raw: (*cut(*raw), cut(*raw)[0][..., ::2, ::2])
    model.forward = lambda regions, mask, _: FiveRegions.forward(model, regions, mask)
    with pytest.raises(ValueError, match="to must name one of the inputs regions and small, which are cut alike but"):
        attribute(model, clip, "saliency")
    assert attribute(model, clip, "saliency", to="regions")["attribution"].shape == (4, 5, 24, 24)


# ---- removal ----


def test_a_dropped_region_has_no_box_and_a_covered_one_no_pixels(nets, clip):
    model = nets["regions"]
    drops = scores.removal(model, clip, "fear")
    covers = scores.removal(model, clip, "fear", how="cover", fill="black")
    whole = ferviz.observe(model, clip)["emotion_logits"].sel(emotion="fear")
    assert drops["logit_drop"].dims == covers["logit_drop"].dims == ("frame", "region")
    assert (drops.attrs["how"], covers.attrs["how"], covers.attrs["fill"]) == ("drop", "cover", "black")
    for region in (0, 3):
        boxes = boxes_of(clip).copy()
        boxes[:, region] = np.nan
        without = ferviz.observe(model, clip, boxes=boxes)["emotion_logits"].sel(emotion="fear")
        np.testing.assert_allclose(drops["logit_drop"][:, region], whole - without, atol=1e-5)
        frames, (left, top, right, bottom) = clip.frames.copy(), np.rint(boxes_of(clip)[0, region]).astype(int)
        frames[:, top:bottom, left:right] = 0
        covered = ferviz.observe(model, replace(clip, frames=frames))["emotion_logits"].sel(emotion="fear")
        np.testing.assert_allclose(covers["logit_drop"][:, region], whole - covered, atol=1e-5)
    assert np.isnan(drops["logit_drop"].values[1]).all()
    assert "box" in drops.coords
    blurred = scores.removal(model, clip, "fear", how="cover")
    assert blurred.attrs["fill"] == "blur"
    assert not np.allclose(blurred["logit_drop"], covers["logit_drop"], equal_nan=True)


def test_where_one_region_alone_is_left_there_is_nothing_to_compare_with(nets, clip):
    boxes = boxes_of(clip).copy()
    boxes[2, 1:] = np.nan
    found = scores.removal(nets["regions"], clip, boxes=boxes)["logit_drop"].values
    assert np.isnan(found[2]).all()
    assert np.isfinite(found[[0, 3]]).all()


def test_positions_and_frames_are_dropped_by_their_own_masks(nets, clip):
    model = nets["sound"]
    whole = ferviz.observe(model, clip)
    positions = scores.removal(model, clip, "fear", axis="sound.position")
    assert positions["logit_drop"].dims == ("position",)
    assert "hertz" in positions.coords
    frames, frame_mask, sound, sound_mask = model.prepare(clip)
    for place in (0, 20):
        mask = sound_mask.clone()
        mask[0, place] = False
        with torch.no_grad():
            without = model(frames, frame_mask, sound, mask)[0]
        wanted = whole["emotion_logits"].sel(emotion="fear").item() - without[2].item()
        assert positions["logit_drop"].values[place] == pytest.approx(wanted, abs=1e-5)
        wanted = whole["emotion_probability"].sel(emotion="fear").item() - without.softmax(-1)[2].item()
        assert positions["probability_drop"].values[place] == pytest.approx(wanted, abs=1e-5)
    assert np.flatnonzero(np.isnan(positions["logit_drop"])).tolist() == [1, 9, 17, 25]
    one = scores.removal(model, clip, "fear", axis="frame")["logit_drop"].values
    gap = ferviz.Gap("frames", 2, 3, "removed")
    without = ferviz.observe(model, replace(clip, gaps=(*clip.gaps, gap)))["emotion_logits"].sel(emotion="fear").item()
    assert one[2] == pytest.approx(whole["emotion_logits"].sel(emotion="fear").item() - without, abs=1e-5)
    covered = scores.removal(model, clip, "fear", axis="frame", how="cover", fill="black")["logit_drop"].values
    pictures = clip.frames.copy()
    pictures[2] = 0
    black = ferviz.observe(model, replace(clip, frames=pictures))["emotion_logits"].sel(emotion="fear").item()
    assert covered[2] == pytest.approx(whole["emotion_logits"].sel(emotion="fear").item() - black, abs=1e-5)


def test_a_region_of_all_frames_is_taken_away_wherever_it_is(clip):
    model = seeded(RegionsOfFrames)
    whole = ferviz.observe(model, clip)["emotion_logits"].sel(emotion="fear").item()
    found = scores.removal(model, clip, "fear", axis="region")["logit_drop"]
    assert found.dims == ("region",)
    boxes = boxes_of(clip).copy()
    boxes[:, 3] = np.nan
    without = ferviz.observe(model, clip, boxes=boxes)["emotion_logits"].sel(emotion="fear").item()
    assert found.values[3] == pytest.approx(whole - without, abs=1e-5)
    frames = scores.removal(model, clip, "fear", axis="frame")["logit_drop"].values
    assert np.isnan(frames).tolist() == [False, True, False, False]
    assert scores.removal(model, clip, axis="region", how="cover")["logit_drop"].shape == (5,)


def test_a_function_of_the_output_can_be_missed_too(nets, clip):
    def fear(output: torch.Tensor) -> torch.Tensor:
        return output[:, 2]

    by_function, by_label = (scores.removal(nets["regions"], clip, target) for target in (fear, "fear"))
    np.testing.assert_array_equal(by_function["logit_drop"], by_label["logit_drop"])
    assert "probability_drop" not in by_function
    assert by_function["target"].values[0] == "fear"


def test_removal_says_what_it_needs(nets, clip):
    asks = (
        ("heads", {}, "model must pool items, to take one away; ThreeHeads declares none and answers frame by frame"),
        ("sound", {}, "axis must be one of frames.frame, sound.position, since FramesAndSound has several"),
        ("regions", {"axis": "frame"}, "axis must be one that FiveRegions pools; it answers each frame by itself"),
        ("regions", {"how": "blur"}, "how must be one of drop, cover; got 'blur'"),
        ("regions", {"fill": "black"}, "fill must be None: what is dropped is filled with nothing; got 'black'"),
        ("sound", {"axis": "position", "how": "cover"}, "items 'position' of FramesAndSound have no box: there are no"),
    )
    for name, told, message in asks:
        with pytest.raises(ValueError, match=message):
            scores.removal(nets[name], clip, **told)
    bare = seeded(FiveRegions)
    bare.items = (replace(bare.items[0], mask=None),)
    with pytest.raises(ValueError, match="items 'region' of FiveRegions have no mask, so none can be dropped: how='"):
        scores.removal(bare, clip)
    assert scores.removal(bare, clip, how="cover")["logit_drop"].shape == (4, 5)
    bare = seeded(stand_ins()["sound"].__class__)
    bare.items = (bare.items[0], replace(bare.items[1], mask=None))
    with pytest.raises(ValueError, match="items 'position' of FramesAndSound have no mask: nothing says how many"):
        scores.removal(bare, clip, axis="position")


# ---- curves ----


def test_pixels_are_deleted_from_a_face_of_which_regions_are_cut(nets, clip):
    model = nets["regions"]
    maps = attribute(model, clip, target="fear", n_steps=4)["attribution"].sum("region", min_count=1)
    boxes = np.array([[0, 0, 24, 24], *[[4, 4, 16, 16]] * 4])
    for told in ({}, {"boxes": boxes}):
        found = scores.deletion(model, clip, maps, target="fear", steps=3, **told)
        seen = ferviz.observe(model, clip, **told)["emotion_probability"].sel(emotion="fear")
        np.testing.assert_allclose(found["probability"][:, 0], seen, atol=1e-5)


# ---- coordinates and vectors that do not fit ----


def test_coordinates_of_another_size_are_named(clip):
    model = seeded(FiveRegions)
    model.items = (replace(model.items[0], coordinates=lambda clip: {"box": ("region", np.zeros(3), {})}),)
    with pytest.raises(ValueError, match="coordinate 'box' must have 5 places along 'region'; got 3"):
        ferviz.observe(model, clip)


def test_a_mask_of_another_size_than_its_quantity_is_named(clip):
    model = stand_ins()["sound"]
    cut = model.inputs
    model.inputs = lambda *raw: (*cut(*raw)[:3], cut(*raw)[3][:, :30])
    model.audio.forward = lambda items, mask: (model.audio.alpha(items[..., 0].sigmoid()), items.mean(1))[1]
    with pytest.raises(ValueError, match="the mask of 'position' must have 32 places; got 30"):
        ferviz.observe(model, clip)


def test_vectors_that_an_intervene_replaces_are_refused(nets, clip):
    with (
        ferviz.intervene(nets["sound"], {"audio.feature": lambda f: f * 2}),
        pytest.raises(ValueError, match=r"level 'items' attributes to audio.feature, which an intervene replaces"),
    ):
        attribute(nets["sound"], clip, level="items", axis="position")


def test_the_frozen_head_is_frozen_and_its_body_has_statistics(nets):
    model = nets["heads"]
    assert [name for name, p in model.named_parameters() if not p.requires_grad] == ["age.weight", "age.bias"]
    assert any(isinstance(part, nn.BatchNorm2d) for part in model.modules())


def test_declared_vectors_name_where_they_are_made():
    assert Vectors("feature") == Vectors("feature", "backbone", "pool")
    assert SIDE == 12
