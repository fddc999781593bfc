"""RAN: worked numbers in both forms, the official arithmetic, its invariances, crops, and what does not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

import ferviz
from ferviz.attribution import attribute
from ferviz.clip import Clip, Gap
from ferviz.models.backbones import ResNetConfig
from ferviz.models.region_attention import Config, RegionAttention, region_biased_loss
from ferviz.models.regions import SCHEMES, cut, regions_of
from ferviz.reading import reading
from ferviz.scores import removal

SIDE = 16
VARIANTS = ("face", "mean", "self", "relation")
TWO = ResNetConfig(colours=1, stem="narrow", channels=(2,), blocks=(1,))
SIX = ResNetConfig(colours=1, stem="narrow", channels=(6,), blocks=(1,))
NAN = float("nan")


def tiny(variant="relation", *, backbone=SIX, **more) -> RegionAttention:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = RegionAttention(replace(Config.compact(variant), backbone=backbone, side=SIDE, **more)).eval()
    with torch.no_grad():
        for part in (model.q0, model.q1):
            if part is not None:
                part.score.weight.mul_(60)
    return model


@pytest.fixture
def clip() -> Clip:
    frames = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    points = np.array([[15, 18], [33, 18], [24, 28], [17, 38], [31, 38]], float)
    return Clip(frames, np.arange(3.0), crop=Config.compact().crop, points=np.broadcast_to(points, (3, 5, 2)).copy())


def read(model, *inputs):
    with torch.no_grad(), reading(model) as seen:
        answer = model.pool(*inputs) if inputs[0].ndim == 3 else model(*inputs)
        return answer, {name: seen[name] for name in seen}


def close(found, expected, tolerance=1e-6):
    torch.testing.assert_close(found, torch.as_tensor(expected, dtype=found.dtype), atol=tolerance, rtol=0)


# ---- the worked example of the specification: three regions of two numbers ----

F = torch.tensor([[[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]], dtype=torch.float64)


def example(squash) -> RegionAttention:
    model = tiny(backbone=TWO, squash=squash).double()
    with torch.no_grad():
        model.q0.score.weight.copy_(torch.tensor([[0.5, -0.5]]))
        model.q1.score.weight.copy_(torch.tensor([[0.2, 0.4, -0.6, 0.1]]))
        model.q0.score.bias.zero_()
        model.q1.score.bias.zero_()
    return model


def test_the_worked_example_in_the_papers_form():
    _, seen = read(example("sigmoid"), F)
    close(seen["alpha"], [[0.622459, 0.268941, 0.500000]])
    close(seen["anchor"], [[0.806712, 0.745927]])
    close(seen["beta"], [[0.447832, 0.596419, 0.547498]])
    close(seen["region_feature"], [[0.775004, 0.833982, 0.806712, 0.745927]])
    close(region_biased_loss(seen["alpha"], 0.02), [0.142459])
    close(region_biased_loss(seen["alpha"], 0.1), [0.222459])


def test_the_worked_example_in_the_codes_form():
    _, seen = read(example("softmax"), F)
    close(seen["alpha"], [[0.386555, 0.271444, 0.342001]])
    close(seen["anchor"], [[0.728556, 0.884889]])
    close(seen["beta"], [[0.306344, 0.355229, 0.338428]])
    close(seen["region_feature"], [[0.708322, 0.933470, 0.728556, 0.884889]])
    close(region_biased_loss(seen["alpha"], 0.1, face=-1), [0.055446])
    close(region_biased_loss(seen["alpha"], 0.03, face=-1), [0])


def official(features, q0, q1, classify):
    """The arithmetic of the official network, in NumPy: a softmax of sigmoids, twice; one face (N, D)."""

    def weigh(items, weight, bias):
        score = 1 / (1 + np.exp(-(items @ weight + bias)))
        return np.exp(score) / np.exp(score).sum()

    first = weigh(features, *q0)
    anchor = (features * first[:, None]).sum(0) / first.sum()
    pairs = np.concatenate([features, np.tile(anchor, (len(features), 1))], 1)
    both = first * weigh(pairs, *q1)
    vector = (pairs * both[:, None]).sum(0) / both.sum()
    return vector @ classify[0].T + classify[1]


def test_the_official_arithmetic():
    model = tiny(squash="softmax").double()
    features = torch.randn(4, 6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def of(part):
        return part.weight.detach().numpy().squeeze(), part.bias.detach().numpy().squeeze()

    told = of(model.q0.score), of(model.q1.score), of(model.classify)
    by_hand = np.stack([official(one.numpy(), *told) for one in features])
    close(read(model, features)[0], by_hand, 1e-5)
    other = read(example("softmax"), F)[0] - read(example("sigmoid"), F)[0]
    assert other.abs().max() > 1e-3  # else the forms were one


def test_weights_of_the_codes_form_stay_between_two_bounds():
    score = torch.zeros(1, 6)
    score[0, 0] = 1
    low, high = ((score * sign).softmax(1)[0, 0] for sign in (-1, 1))
    close(torch.stack([low, high]), [0.069, 0.352], 5e-4)
    _, seen = read(tiny(squash="softmax"), torch.randn(50, 6, 6) * 50)
    assert (seen["alpha"] > low - 1e-6).all()
    assert (seen["alpha"] < high + 1e-6).all()


def test_the_published_sizes():
    assert sum(p.numel() for p in RegionAttention(Config.paper()).parameters()) == 11_186_250


# ---- what holds for every face ----


@pytest.mark.parametrize("variant", VARIANTS[1:])
def test_permuting_regions_permutes_the_weights_and_leaves_the_answer(variant):
    model, order = tiny(variant), torch.tensor([0, 3, 5, 1, 2, 4])
    face = torch.rand(2, 1, SIDE, SIDE)
    boxes = torch.from_numpy(np.tile([(0, 0, 1, 1), *regions_of("fixed")], (2, 1, 1))).float()
    answer, seen = read(model, face, boxes)
    moved, there = read(model, face, boxes[:, order])
    torch.testing.assert_close(moved, answer)
    for name in ("feature", "alpha", "weight", "contribution"):
        torch.testing.assert_close(there[name], seen[name][:, order])
    torch.testing.assert_close(seen["weight"].sum(1), torch.ones(2))
    torch.testing.assert_close(seen["contribution"].sum(1), answer - model.classify.bias)
    if variant != "mean":
        assert (seen["weight"].amax(1) > 1.1 * seen["weight"].amin(1)).all()  # else nothing was permuted


def test_with_the_face_alone_its_weight_is_one_and_the_vector_is_the_pair():
    model, face = tiny(), torch.rand(2, 1, SIDE, SIDE)
    _, seen = read(model, face, torch.tensor([[[0, 0, 1.0, 1.0]]] * 2))
    close(seen["weight"], torch.ones(2, 1))
    close(seen["region_feature"], torch.cat([seen["feature"][:, 0]] * 2, 1))
    close(seen["feature"][:, 0], model.backbone(face), 1e-5)


def test_a_region_that_cannot_be_used_has_no_weight_and_reaches_nothing():
    model, features = tiny(), torch.randn(1, 4, 6)
    mask = torch.tensor([[True, True, False, True]])
    answer, seen = read(model, features, None, mask)
    assert seen["weight"][0, 2] == 0
    again, _ = read(model, torch.where(mask[..., None], features, NAN), None, mask)
    torch.testing.assert_close(again, answer)
    torch.testing.assert_close(read(model, features[:, [0, 1, 3]])[0], answer)


# ---- crops ----


def test_the_whole_face_is_the_face_and_a_crop_is_blown_up():
    face = torch.rand(2, 3, 8, 8)
    boxes = torch.tensor([[[0, 0, 1, 1], [0.5, 0, 1, 0.5]]] * 2)
    crops = cut(face, boxes.float())
    close(crops[:, 0], face)
    peer = torch.nn.functional.interpolate(face[:, :, :4, 4:], (8, 8), mode="bilinear")
    close(crops[:, 1, :, 2:6, 2:6], peer[:, :, 2:6, 2:6])  # at its edges a crop sees the pixels beyond


def test_gradients_reach_the_photo_through_every_crop():
    for region in range(6):
        model, face = tiny("mean"), torch.rand(1, 1, SIDE, SIDE, requires_grad=True)
        boxes = torch.from_numpy(np.array([[(0, 0, 1, 1), *regions_of("fixed")]])).float()
        mask = torch.arange(6)[None] == region
        model(face, boxes, mask)[0, 0].backward()
        left, top, right, bottom = (boxes[0, region] * SIDE).tolist()
        inside = torch.zeros(SIDE, SIDE, dtype=torch.bool)
        inside[max(0, int(top) - 1) : int(bottom) + 2, max(0, int(left) - 1) : int(right) + 2] = True
        assert face.grad[0, 0].abs().sum() > 0
        assert face.grad[0, 0][~inside].abs().sum() == 0


def test_where_crops_lie():
    assert set(SCHEMES) == {"fixed", "code", "random", "landmark"}
    assert regions_of("fixed").tolist()[2] == [0.125, 0.25, 0.875, 1]
    assert regions_of("code").shape == (7, 4)
    drawn = regions_of("random", count=40, seed=5)
    np.testing.assert_array_equal(drawn, regions_of("random", count=40, seed=5))
    sides = drawn[:, 2:] - drawn[:, :2]
    np.testing.assert_allclose(sides[:, 0], sides[:, 1])
    assert sides.min() >= 0.7
    assert sides.max() <= 0.95
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    points = np.array([[[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [NAN, NAN], [1.4, 0.8]]])
    squares = regions_of("landmark", points=points)
    assert squares.shape == (1, 10, 4)
    np.testing.assert_allclose(squares[0, 0], [0.125, 0.225, 0.475, 0.575])
    np.testing.assert_allclose(squares[0, 5], [0.05, 0.15, 0.55, 0.65])
    assert np.isnan(squares[0]).any(1).tolist() == [False, False, False, True, True] * 2


# ---- through the rooms that ask a model ----


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_and_scheme_is_observed(clip, variant, scheme):
    seen = ferviz.observe(tiny(variant, scheme=scheme), clip)
    count = {"fixed": 6, "code": 8, "random": 6, "landmark": 11}[scheme] if variant != "face" else 1
    assert seen["weight"].shape == (3, count)
    assert seen["box"].values[0, 0].tolist() == [0, 0, 48, 48]
    assert ("beta" in seen) == (variant == "relation")


def test_own_boxes_are_told_in_pixels_and_cut_off_at_the_edges(clip):
    boxes = np.array([[-10, 0, 24, 24], [10, 10, 40, 40], [NAN] * 4])
    seen = ferviz.observe(tiny(), clip, boxes=boxes)
    assert seen["box"].values[1, 1].tolist() == [0, 0, 24, 24]
    assert np.isnan(seen["weight"].values).tolist() == [[False, False, False, True]] * 3
    moving = np.broadcast_to(boxes, (3, 3, 4)).copy()
    moving[2, 1] = [0, 0, 1, 1]
    assert ferviz.observe(tiny(), clip, boxes=moving)["box"].values[2, 2].tolist() == [0, 0, 1, 1]
    many = ferviz.observe(tiny(), clip, boxes=np.tile([[5, 5, 20, 20]], (1000, 1)))
    assert many.sizes["region"] == 1001
    assert ferviz.observe(tiny(), clip, boxes=np.empty((0, 4))).sizes["region"] == 1


def test_pixels_of_the_one_face_and_whole_regions_are_attributed_to(clip):
    model = tiny()
    assert attribute(model, clip, "saliency", target="happiness")["attribution"].dims == ("frame", "y", "x")
    items = attribute(model, clip, "occlusion", target="happiness", level="items", axis="region")
    assert items["attribution"].dims == ("frame", "region")
    drops = [removal(model, clip, "happiness", axis="region", how=how)["logit_drop"] for how in ("drop", "cover")]
    assert all(np.abs(one).max() > 1e-5 for one in drops)
    assert np.abs(drops[0] - drops[1]).max() > 1e-5
    with ferviz.intervene(model, {"weight": np.eye(6, dtype=np.float32)[1]}):
        moved = ferviz.observe(model, clip)
    alone = ferviz.observe(model, clip)["contribution"]
    assert np.abs(moved["contribution"].values[:, 0]).max() == 0
    assert np.abs(alone.values[:, 0]).max() > 0


# ---- the loss ----


def test_the_loss_is_an_inequality():
    mu = torch.tensor([[0.3, 0.5, 0.1], [0.5, 0.3, 0.1], [0.5, 0.9, 0.1]])
    close(region_biased_loss(mu, 0.3), [0.1, 0.5, 0])
    close(region_biased_loss(mu, 0.0), [0, 0.2, 0])
    mask = torch.tensor([[True, False, True], [True, False, False], [True, True, True]])
    close(region_biased_loss(mu, 0.3, mask=mask), [0.5, 0, 0])
    third_party = mu.max(1).values - mu[:, 0]  # a maximum that includes the face itself is never below it
    assert (third_party >= 0).all()


# ---- what does not fit ----

FACE, BOX = torch.rand(1, 1, SIDE, SIDE), torch.tensor([[[0, 0, 1.0, 1.0]]])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Config(variant="both"), "variant must be one of face, mean, self, relation; got 'both'"),
        (lambda: Config(scheme="grid"), "scheme must be one of fixed, code, random, landmark; got 'grid'"),
        (lambda: Config(squash="tanh"), "squash must be one of sigmoid, softmax; got 'tanh'"),
        (lambda: Config(count=0), "count must be at least 1; got 0"),
        (lambda: regions_of("grid"), "scheme must be one of fixed, code, random, landmark; got 'grid'"),
        (lambda: regions_of("landmark"), r"needs points \(T, 5, 2\).*; got none"),
        (lambda: regions_of("landmark", points=[[1, 2]]), r"needs points .* got shape \(1, 2\)"),
        (lambda: region_biased_loss(torch.ones(2), 0.1), r"mu must be \(faces, regions\) .* got \(2,\)"),
        (lambda: region_biased_loss(torch.ones(2, 1), 0.1), "at least two regions"),
        (lambda: region_biased_loss(torch.ones(2, 3), NAN), "margin must be finite; got nan"),
        (lambda: tiny()(FACE[0], BOX), r"face must have shape \(faces, 1, 16, 16\); got \(1, 16, 16\)"),
        (lambda: tiny()(FACE * NAN, BOX), "face must be finite numbers; got NaN or infinity"),
        (lambda: tiny()(FACE, BOX[0]), r"boxes must have shape \(1, regions, 4\); got \(1, 4\)"),
        (lambda: tiny()(FACE, BOX * 1.5), "box 0 must be left, top, right, bottom within 0 to 1 of the face"),
        (lambda: tiny()(FACE, BOX * 0), "box 0 must be left, top, right, bottom within 0 to 1 of the face"),
        (lambda: tiny()(FACE, BOX * NAN), "box 0 must be left, top, right, bottom within 0 to 1 of the face"),
        (lambda: tiny()(FACE, BOX, torch.tensor([[False]])), "set 0 has no usable item among 1"),
    ],
)
def test_what_does_not_fit_is_said(call, says):
    with pytest.raises(ValueError, match=says):
        call()


@pytest.mark.parametrize(
    ("boxes", "says"),
    [
        ([[60, 0, 70, 10]], r"box 0 must show at least one pixel of the 48×48 face, .* got \[60.0, 0.0, 70.0, 10.0\]"),
        ([[0, 0, 9, 9], [5, 5, 5, 9]], "box 1 must show at least one pixel"),
        ([[9, 9, 3, 3]], "box 0 must show at least one pixel"),
        ([0, 0, 9, 9], r"boxes must be \(regions, 4\) or \(3 frames, regions, 4\); got shape \(4,\)"),
        ([[[0, 0, 9, 9]]] * 2, r"got shape \(2, 1, 4\)"),
    ],
)
def test_boxes_that_do_not_fit_are_said(clip, boxes, says):
    with pytest.raises(ValueError, match=says):
        ferviz.observe(tiny(), clip, boxes=np.array(boxes))


@pytest.mark.parametrize(
    ("boxes", "weighed"),
    [
        (np.empty((0, 4)), [True]),
        ([[5, 5, 20, 20]], [True, True]),
        ([[0, 0, 1, 1]], [True, True]),
        ([[-9, -np.inf, np.inf, 99]], [True, True]),  # the whole face again
        ([[NAN] * 4, [5, NAN, 20, 20]], [True, False, False]),
        ([[5, 5, 20, 20]] * 1000, [True] * 1001),
    ],
    ids=["none", "one", "a pixel", "beyond the face", "not there", "a thousand"],
)
def test_boxes_few_and_many_small_and_large_are_weighed_or_have_no_weight(clip, boxes, weighed):
    weight = ferviz.observe(tiny(), clip[0], boxes=np.array(boxes, float))["weight"].values[0]
    assert np.isfinite(weight).tolist() == weighed
    assert np.nansum(weight) == pytest.approx(1, abs=1e-5)


def test_a_gray_photo_and_a_huge_one_are_faces_like_any_other(clip):
    model, one = tiny(), clip[0]
    level = np.rint(one.frames @ [0.299, 0.587, 0.114]).astype(np.uint8)
    plain = ferviz.observe(model, replace(one, frames=level[..., None].repeat(3, -1)))["weight"].values
    np.testing.assert_allclose(ferviz.observe(model, one)["weight"].values, plain, atol=1e-3)
    gray = ferviz.load_clip(Image.fromarray(level[0]))
    np.testing.assert_array_equal(ferviz.observe(model, replace(gray, crop=one.crop))["weight"].values, plain)
    huge = np.kron(one.frames[0], np.ones((64, 64, 1), np.uint8))[None]  # 3,072 pixels a side
    seen = ferviz.observe(model, Clip(huge, np.zeros(1), crop=one.crop), boxes=[[0, 0, 1536, 1536]])
    small = ferviz.observe(model, one, boxes=[[0, 0, 24, 24]])
    np.testing.assert_allclose(seen["weight"].values, small["weight"].values, atol=2e-3)


def test_where_no_face_is_found_nothing_is_weighed(clip):
    blank = Clip(np.full((1, 80, 80, 3), 128, np.uint8), np.zeros(1))
    with pytest.raises(ferviz.intake.NoFaceError, match="no face"):
        ferviz.find_faces(blank)
    gap = replace(clip, gaps=(Gap("frames", 1, 2, "no face found"),))
    seen = ferviz.observe(tiny(), gap)
    assert np.isnan(seen["weight"].values).all(1).tolist() == [False, True, False]
    assert np.isnan(seen["emotion_probability"].values).all(1).tolist() == [False, True, False]


def test_landmarks_need_points(clip):
    with pytest.raises(ValueError, match=r"scheme 'landmark' needs points \(T, 5, 2\), as find_faces with MTCNN"):
        ferviz.observe(tiny(scheme="landmark"), Clip(clip.frames, clip.times, crop=clip.crop))
