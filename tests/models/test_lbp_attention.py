"""LBP attention: what the mask may and may not do, what the dilated stack sees, the switches, the texture picture."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from skimage import filters
from torch import nn

import ferviz
from ferviz import Card, Clip, Crop, lbp, weights
from ferviz.emotions import LABEL_SETS
from ferviz.models import LBPAttention
from ferviz.models.backbones import VGG, VGG16, ResNetConfig, VGGConfig
from ferviz.models.lbp_attention import Config, Texture, offsets
from ferviz.models.texture import TEXTURES, texture_of
from ferviz.weights import WeightsError

RATES = ((1, 1, 1), (1, 2, 3), (1, 2, 5), (2, 2, 2))
NAMES = ["trunk", "texture", "mask", "attended", "reconstructed"]
SMALL = replace(
    Config.compact(),
    branch=ResNetConfig(colours=1, stem="narrow", channels=(4, 8), blocks=(1, 1)),
    mask_width=4,
    stages=(8,),
    side=24,
)


def seeded(config: Config = SMALL) -> LBPAttention:
    """An untrained network, always the same one."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return LBPAttention(config).eval()


def pictures(count: int = 2, side: int = 24, colours: int = 1) -> torch.Tensor:
    shape = (count, colours, side, side)
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(1)).float()


def face_clip(side: int = 24) -> Clip:
    pixels = np.random.default_rng(2).integers(0, 256, (3, side, side, 3), dtype=np.uint8)
    return Clip(pixels, np.arange(3.0), crop=Crop(side, 0.0))


def gradients(part: nn.Module) -> float:
    """The sum of all absolute gradients in a part."""
    return sum(float(p.grad.abs().sum()) for p in part.parameters() if p.grad is not None)


# ---- the mask --------------------------------------------------------------------------------------------------------


def test_it_names_all_quantities_in_the_order_of_the_computation():
    model, clip = seeded(), face_clip()
    assert list(ferviz.quantities(model)) == NAMES
    seen = ferviz.observe(model, clip)
    assert [seen[name].symbol for name in NAMES] == ["T", "L", "M", "H", "R"]
    for name in NAMES:
        assert seen[name].dims == ("frame", "channel", "y", "x")
        assert seen[name].shape == (3, 8, 6, 6)
        assert seen[name].meaning
    assert seen["emotion_logits"].emotion.values.tolist() == list(map(str, LABEL_SETS["FER2013"]))


def test_a_mask_of_zero_leaves_the_trunk_exactly():
    model, clip = seeded(), face_clip()
    with ferviz.intervene(model, {"mask": 0}):
        moved = ferviz.observe(model, clip)
    assert np.array_equal(moved["attended"], moved["trunk"])
    without = seeded(replace(SMALL, attention=False))
    without.load_state_dict({k: v for k, v in model.state_dict().items() if k in without.state_dict()})
    assert np.array_equal(moved["emotion_logits"], ferviz.observe(without, clip)["emotion_logits"])
    assert not np.array_equal(moved["emotion_logits"], ferviz.observe(model, clip)["emotion_logits"])


def test_the_mask_lies_between_0_and_1_and_at_most_doubles_the_trunk():
    seen = ferviz.observe(seeded(), face_clip())
    mask, trunk, attended = (seen[name].values for name in ("mask", "trunk", "attended"))
    assert 0 < mask.min() < mask.max() < 1
    assert (trunk >= 0).all()
    assert (attended >= trunk).all()
    assert (attended <= 2 * trunk).all()
    assert np.array_equal(attended, (1 + mask) * trunk)


def test_any_mask_acts_on_the_trunk_alone():
    model, clip = seeded(), face_clip()
    mask = np.random.default_rng(3).random((8, 6, 6), dtype=np.float32)
    with ferviz.intervene(model, {"mask": mask, "texture": 0}):
        seen = ferviz.observe(model, clip)
    assert np.array_equal(seen["attended"], (1 + mask) * seen["trunk"])


def test_the_mask_is_made_from_both_branches():
    model, clip = seeded(), face_clip()
    before = ferviz.observe(model, clip)["mask"]
    for name in ("trunk", "texture"):
        with ferviz.intervene(model, {name: lambda x: x * 2}):
            assert not np.allclose(ferviz.observe(model, clip)["mask"], before, atol=1e-3)


def test_the_texture_branch_learns_through_the_mask_alone():
    model = seeded()
    inputs = model.inputs(pictures())
    model(*inputs)[:, 0].sum().backward()
    assert gradients(model.texture_branch) > 0
    for change in (0.3, torch.Tensor.detach):
        model.zero_grad(set_to_none=True)
        with ferviz.intervene(model, {"mask": change}):
            model(*inputs)[:, 0].sum().backward()
        assert gradients(model.texture_branch) == 0
        assert gradients(model.raw_branch) > 0


# ---- reconstruction --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rates", RATES)
def test_the_reconstruction_keeps_shapes_and_size(rates):
    model = seeded(replace(SMALL, rates=rates))
    attended = torch.rand(2, 8, 6, 6)
    assert model.reconstruct(attended).shape == attended.shape
    assert model(*model.inputs(pictures())).shape == (2, 7)
    size = sum(p.numel() for p in model.parameters())
    assert size == sum(p.numel() for p in seeded().parameters())  # dilation adds no parameters


@pytest.mark.parametrize(("rates", "wide", "seen"), tuple(zip(RATES, (7, 13, 17, 13), (7, 13, 17, 7))))
def test_the_stack_sees_what_is_computed_by_hand(rates, wide, seen):
    stack = seeded(replace(SMALL, rates=rates)).reconstruct
    with torch.no_grad():
        for layer in stack:
            if isinstance(layer, nn.Conv2d):
                layer.weight.abs_()  # so that no ReLU hides a place
    attended = torch.ones(1, 8, 25, 25, requires_grad=True)
    stack(attended)[0, :, 12, 12].sum().backward()
    support = attended.grad[0].sum(0) > 0  # (25, 25)
    rows, columns = (support.any(axis).nonzero().flatten() - 12 for axis in (1, 0))
    assert tuple(rows.tolist()) == tuple(columns.tolist()) == offsets(rates)
    assert support.sum() == seen**2
    assert rows[-1] - rows[0] + 1 == wide == 1 + 2 * sum(rates)


def test_rates_of_two_leave_holes():
    assert offsets((2, 2, 2)) == (-6, -4, -2, 0, 2, 4, 6)
    assert offsets((1, 2, 5)) == tuple(range(-8, 9))


# ---- switches --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("texture", get_args(Texture))
def test_all_textures_are_read_by_the_same_network(texture):
    model, other = seeded(), seeded(replace(SMALL, texture=texture))
    other.load_state_dict(model.state_dict())
    inputs = other.inputs(pictures())
    assert torch.equal(model(*inputs), other(*inputs))
    image, seen = inputs
    assert torch.equal(image, pictures() / 127.5 - 1)
    assert torch.equal(seen, image if texture == "raw" else texture_of(pictures(), texture))


@pytest.mark.parametrize(
    ("changes", "parts", "skipped"),
    [
        ({"texture": None}, {"texture_branch"}, {"texture"}),
        ({"attention": False}, {"texture_branch", "attend"}, {"texture", "mask"}),
        ({"reconstruction": False}, {"reconstruct"}, {"reconstructed"}),
        ({"texture": None, "reconstruction": False}, {"texture_branch", "reconstruct"}, {"texture", "reconstructed"}),
    ],
)
def test_a_switch_takes_away_its_module_and_nothing_else(changes, parts, skipped):
    whole, model = seeded(), seeded(replace(SMALL, **changes))
    gone = {name.split(".")[0] for name in set(whole.state_dict()) - set(model.state_dict())}
    assert gone == parts
    shapes = {name: tensor.shape for name, tensor in whole.state_dict().items()}
    other = {name for name, tensor in model.state_dict().items() if tensor.shape != shapes[name]}
    assert other == ({"attend.0.weight"} if changes.get("texture", "") is None else set())
    seen = ferviz.observe(model, face_clip())
    assert [name for name in NAMES if name in seen] == [name for name in NAMES if name not in skipped]


def test_without_attention_the_attended_features_are_the_trunk():
    seen = ferviz.observe(seeded(replace(SMALL, attention=False)), face_clip())
    assert np.array_equal(seen["attended"], seen["trunk"])


def test_every_parameter_learns_whatever_is_switched_off():
    for changes in ({}, {"texture": None}, {"attention": False}, {"reconstruction": False}):
        model = seeded(replace(SMALL, **changes)).train()
        (model(*model.inputs(pictures(4))) * torch.arange(7.0)).sum().backward()
        assert [name for name, p in model.named_parameters() if p.grad is None] == []


def test_switches_that_do_not_exist_are_refused():
    known = "texture must be one of original, circle, uniform, sobel, raw or None; got 'lbp'"
    with pytest.raises(ValueError, match=known):
        Config(texture="lbp")
    for rates in ((), (1, 0), (1, 2.0)):
        with pytest.raises(ValueError, match=r"rates must be whole numbers from 1, at least one; got \("):
            Config(rates=rates)


# ---- sizes -----------------------------------------------------------------------------------------------------------


def work(model: LBPAttention, side: int) -> int:
    """The multiply-adds of convolutions and linear layers for one face."""
    counts = []

    def note(layer: nn.Module, _: object, out: torch.Tensor) -> None:
        counts.append(layer.weight.numel() * out[0, 0].numel() if out.ndim == 4 else layer.weight.numel())

    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(note)
    face = torch.zeros(1, 1, side, side)
    with torch.no_grad():
        model(face, face)
    return sum(counts)


def test_the_compact_one_is_small():
    model = seeded(Config.compact())
    assert sum(p.numel() for p in model.parameters()) == 1_430_791
    assert sum(2 * tensor.numel() for tensor in model.state_dict().values()) < 2.9e6  # bytes, in 16 bit
    assert work(model, 48) == 72_734_464
    image, texture = model.inputs(pictures(1, 48))
    assert model.raw_branch.maps(image).shape == model.texture_branch.maps(texture).shape == (1, 64, 12, 12)


def test_the_one_of_the_paper_has_two_stacks_of_vgg16():
    with torch.device("meta"):
        model = LBPAttention()
        image = torch.zeros(1, 3, 224, 224)
        trunk, texture = model.raw_branch.maps(image), model.texture_branch.maps(image)
        assert trunk.shape == texture.shape == (1, 512, 14, 14)
        mask = model.attend(torch.cat((trunk, texture), 1))
        assert mask.shape == model.reconstruct(trunk).shape == (1, 512, 14, 14)
        assert model.classify(model.hidden(model.stages(trunk).mean((2, 3)))).shape == (1, 7)
    branches = [sum(p.numel() for p in branch.parameters()) for branch in (model.raw_branch, model.texture_branch)]
    assert branches == [14_714_688, 14_714_688]
    assert all(a is not b for a, b in zip(model.raw_branch.parameters(), model.texture_branch.parameters()))


def test_the_layers_of_vgg16_are_named_as_in_its_common_files():
    with torch.device("meta"):
        shapes = {name: tuple(tensor.shape) for name, tensor in VGG(VGG16).state_dict().items()}
    places = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    widths = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
    expected = {}
    for place, before, after in zip(places, widths, widths[1:]):
        expected[f"features.{place}.weight"], expected[f"features.{place}.bias"] = (after, before, 3, 3), (after,)
    assert shapes == expected


def test_a_vgg_stack_halves_the_side_between_blocks_and_gives_a_vector_when_called():
    net = VGG(VGGConfig(colours=1, channels=(2, 3, 4), convolutions=(1, 2, 1)))
    x = torch.rand(2, 1, 16, 16)
    assert net.maps(x).shape == (2, 4, 4, 4)
    assert torch.equal(net(x), net.maps(x).mean((2, 3)))
    with pytest.raises(ValueError, match="must name the same blocks, at least one; got 1 channels and 2 convolutions"):
        VGGConfig(channels=(4,), convolutions=(1, 2))


# ---- the texture picture ---------------------------------------------------------------------------------------------


def test_the_worked_patch_gives_241():
    patch = torch.tensor([[6, 5, 2], [7, 6, 1], [9, 8, 7]], dtype=torch.uint8)
    assert lbp.codes(patch, kind="original")[1, 1] == 241
    seen = texture_of(patch[None, None], "original")
    assert seen[0, 0, 1, 1].item() == pytest.approx(241 / 127.5 - 1, abs=1e-6)
    for brighter in (patch + 100, patch * 20, patch**2):  # any increasing map of grey levels
        assert torch.equal(texture_of(brighter[None, None], "original"), seen)


@pytest.mark.parametrize(("kind", "last"), [("original", 255), ("circle", 255), ("uniform", 58)])
def test_a_pattern_is_its_code_between_minus_one_and_one(kind, last):
    given = pictures(side=32)
    seen = texture_of(given, kind)
    assert seen.shape == (2, 1, 32, 32)
    assert seen.min() >= -1
    assert seen.max() <= 1
    codes = (seen + 1) * last / 2
    torch.testing.assert_close(codes[..., 1:-1, 1:-1], lbp.codes(given, kind=kind)[..., 1:-1, 1:-1].float())
    assert codes.round().unique().max() == last


def test_sobel_is_the_length_of_the_gradient():
    given = pictures(1) / 3
    picture = np.pad(given.round()[0, 0].numpy(), 1, mode="edge")
    length = 4 * np.hypot(filters.sobel_h(picture), filters.sobel_v(picture))[1:-1, 1:-1]
    np.testing.assert_allclose(texture_of(given, "sobel")[0, 0], length / 510 - 1, atol=1e-5)
    step = torch.zeros(1, 1, 4, 4)
    step[..., 2:] = 255
    assert texture_of(step, "sobel")[0, 0, 1].tolist() == [-1, 1, 1, -1]
    corner = torch.zeros(1, 1, 4, 4)
    corner[..., 1:, 1:] = 255  # steeper than a straight step
    assert texture_of(corner, "sobel").max() == 1


@pytest.mark.parametrize("kind", TEXTURES)
def test_a_constant_picture_has_a_flat_texture_also_at_the_border(kind):
    flat = torch.full((1, 3, 9, 9), 131.0)
    noisy = flat + 0.4 * torch.rand(flat.shape, generator=torch.Generator().manual_seed(1)) - 0.2
    assert texture_of(flat, kind).unique().numel() == 1
    assert torch.equal(texture_of(noisy, kind), texture_of(flat, kind))


def test_no_gradient_runs_through_the_texture_picture():
    given = pictures().requires_grad_()
    assert all(not texture_of(given, kind).requires_grad for kind in TEXTURES)


def test_texture_of_refuses_what_it_cannot_read():
    with pytest.raises(ValueError, match="kind must be one of original, circle, uniform, sobel; got 'raw'"):
        texture_of(pictures(), "raw")
    for shape in ((1, 24, 24), (1, 2, 24, 24), (0, 1, 24, 24)):
        with pytest.raises(ValueError, match=r"pictures must have shape \(N, 1 or 3, H, W\), no side 0; got \("):
            texture_of(torch.zeros(shape), "circle")
    with pytest.raises(ValueError, match="pictures must be numbers from 0 to 255; got -1 to 1"):
        texture_of(torch.linspace(-1, 1, 9).view(1, 1, 3, 3), "circle")
    with pytest.raises(ValueError, match="pictures must be numbers from 0 to 255; got nan to nan"):
        texture_of(torch.full((1, 1, 3, 3), torch.nan), "circle")


# ---- input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["happiness-still", "happiness-sunglasses", "astronaut"])
@pytest.mark.parametrize("config", [Config.compact(), replace(Config.compact(), texture="uniform")])
def test_prepare_of_samples_takes_the_texture_after_the_size(name, config):
    model = LBPAttention(config)
    clip = ferviz.sample(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the astronaut is no cut-out face
        image, texture = model.prepare(clip)
    assert image.shape == texture.shape == (len(clip), 1, 48, 48)
    assert image.dtype == texture.dtype == torch.float32
    assert -1 <= image.min() < image.max() <= 1
    assert torch.equal(texture, texture_of((image + 1) * 127.5, config.texture))
    assert texture.unique().numel() > 20


def test_colours_go_in_as_files_of_vgg16_expect_them():
    model = LBPAttention(replace(SMALL, branch=replace(SMALL.branch, colours=3)))
    image, texture = model.prepare(face_clip())
    clip = face_clip().frames.transpose(0, 3, 1, 2) / 255
    expected = (clip - np.array([0.485, 0.456, 0.406])[:, None, None]) / np.array([0.229, 0.224, 0.225])[:, None, None]
    np.testing.assert_allclose(image, expected, atol=1e-5)
    plane = texture_of(torch.from_numpy(face_clip().frames).permute(0, 3, 1, 2), "circle")
    assert torch.equal(texture, plane.expand(3, 3, 24, 24))
    assert model(image, texture).shape == (3, 7)


def test_prepare_without_a_second_branch_gives_the_image_alone():
    for changes in ({"texture": None}, {"attention": False}):
        assert len(LBPAttention(replace(SMALL, **changes)).prepare(face_clip())) == 1


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_constant_face_has_a_finite_answer(level):
    model = seeded(Config.compact())
    flat = Clip(np.full((2, 48, 48, 3), level, np.uint8), np.arange(2.0), crop=Crop(48, 0.0))
    seen = ferviz.observe(model, flat)
    assert all(np.isfinite(seen[name]).all() for name in (*NAMES, "emotion_logits", "emotion_probability"))


def test_wrong_input_is_refused():
    model = seeded()
    image, texture = model.inputs(pictures())
    with pytest.raises(ValueError, match=r"image must have shape \(faces, 1, 24, 24\); got \(2, 1, 48, 48\)"):
        model(*model.inputs(pictures(side=48)))
    with pytest.raises(ValueError, match=r"image must have shape \(faces, 1, 24, 24\); got \(1, 24, 24\)"):
        model(image[0], texture[0])
    with pytest.raises(ValueError, match=r"texture must have the image's shape \(2, 1, 24, 24\); got \(1, 1, 24, 24\)"):
        model(image, texture[:1])
    with pytest.raises(ValueError, match=r"texture must be a tensor of shape \(2, 1, 24, 24\); got None"):
        model(image)
    with pytest.raises(ValueError, match=r"texture must be None: nothing here reads it; got \(2, 1, 24, 24\)"):
        seeded(replace(SMALL, texture=None))(image, texture)
    for name, inputs in (("image", (image * torch.nan, texture)), ("texture", (image, texture / 0))):
        with pytest.raises(ValueError, match=f"{name} must be finite numbers; got NaN or infinity"):
            model(*inputs)


def test_saved_weights_come_back_strictly(tmp_path):
    model, path = seeded(), tmp_path / "masks.safetensors"
    card = Card(name="masks", model="LBPAttention", summary="a test", origin="here", licence="MIT", data=("none",))
    weights.save(path, model.state_dict(), card)
    other = LBPAttention(SMALL).eval()
    weights.load(path, other)
    inputs = model.inputs(pictures())
    assert torch.equal(model(*inputs), other(*inputs))
    with pytest.raises(WeightsError, match="which LBPAttention does not have"):
        weights.load(path, LBPAttention(replace(SMALL, texture=None)))
    with pytest.raises(WeightsError, match="misses"):
        weights.load(path, LBPAttention(replace(SMALL, stages=(8, 8))))
