"""What models say of their inputs and items, the one way in, and declarations that contradict themselves."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest
import torch
from two_streams import TwoStreams

import ferviz
from ferviz import Clip, Crop, Gap
from ferviz.asking import check_model
from ferviz.models import FrameAttention, Input, Items, LBPAttention, MiniXception, Model, Vectors
from ferviz.models.frame_attention import Config
from ferviz.models.zoo import MODELS

FRAMES = Input("frames", ("frame", "channel", "y", "x"))


@pytest.fixture(scope="module")
def clip() -> Clip:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 40, 30, 3), dtype=np.uint8)
    gaps = (Gap("frames", 1, 2, "no face found"),)
    return Clip(pictures, np.arange(3.0), crop=Crop(48, 0.0), gaps=gaps)


@pytest.mark.parametrize("name", MODELS)
def test_there_is_one_way_in_and_it_is_what_is_declared(name, clip):
    model = MODELS[name]()
    raw = model.pictures(clip)
    raw = raw if isinstance(raw, tuple) else (raw,)
    assert raw[0].min() >= 0
    assert 200 < raw[0].max() <= 255
    prepared = model.prepare(clip)
    for made, wanted in zip(model.inputs(*raw), prepared, strict=True):
        assert torch.equal(made, wanted)
    assert [len(each.axes) + 1 for each in model.takes] == [tensor.ndim for tensor in prepared]
    check_model(model)
    # what training holds: bytes, a batch of them
    held = [each.round().to(torch.uint8) if each.is_floating_point() else each for each in raw]
    for made, wanted in zip(model.inputs(*held), model.inputs(*(each.float() for each in held)), strict=True):
        assert torch.equal(made.float(), wanted.float())


def test_frames_without_a_mask_are_all_usable():
    model = FrameAttention(Config.compact())
    frames, mask = model.inputs(torch.full((2, 3, 1, 48, 48), 255, dtype=torch.uint8))
    assert frames.unique().tolist() == [1]
    assert mask.tolist() == [[True] * 3] * 2
    colours, _ = FrameAttention(Config(backbone=Config().backbone)).inputs(torch.full((1, 1, 3, 8, 8), 255))
    assert colours.unique().tolist() == [1]


def test_what_the_batch_counts_follows_from_the_inputs():
    assert [model.leading for model in (MiniXception(), TwoStreams())] == ["frame", "clip"]
    assert FrameAttention(Config.compact()).leading == "clip"
    ears = Model()
    ears.takes = (Input("sound", ("position", "sample"), "audio"),)
    assert ears.leading == "clip"
    crops = Model()
    crops.takes = (Input("regions", ("region", "channel", "y", "x")),)
    assert crops.leading == "frame"


def test_a_second_branch_is_declared_where_there_is_one():
    config = ferviz.models.lbp_attention.Config.compact()
    assert [each.name for each in LBPAttention(config).takes] == ["face", "texture"]
    assert [each.name for each in LBPAttention(replace(config, texture=None)).takes] == ["face"]


def test_items_are_named_by_their_axis_and_by_their_input():
    assert Items("position", of="sound").name == "sound.position"
    assert FRAMES.pictured
    assert not Input("mask", ("frame",), None).pictured
    assert not Input("sound", ("channel", "y", "x"), "audio").pictured


@pytest.mark.parametrize(
    ("takes", "items", "message"),
    [
        ((FRAMES, FRAMES), (), "inputs must have names of their own; got frames, frames"),
        ((FRAMES,), (Items("frame", of="face"),), "items 'frame' must divide one of the inputs frames; got 'face'"),
        (
            (FRAMES,),
            (Items("position", of="frames"),),
            "input 'frames' must have the axis 'position', or items 'position' need vectors",
        ),
        (
            (FRAMES, Input("mask", ("region",), None)),
            (Items("frame", of="frames", mask="mask"),),
            "mask of items 'frame' must be an input with that axis; got 'mask'",
        ),
        (
            (FRAMES,),
            (Items("frame", of="frames", mask="usable"),),
            "mask of items 'frame' must be an input with that axis; got 'usable'",
        ),
        (
            (Input("frames", ("channel", "frame", "y", "x")),),
            (Items("frame", of="frames"),),
            "input 'frames' must have its items' axes first; got channel, frame, y, x",
        ),
        (
            (Input("frames", ("frame", "y", "x", "channel")),),
            (Items("frame", of="frames"),),
            "input 'frames' must have channel after its items' axes; got frame, y, x, channel",
        ),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(takes, items, message):
    model = MiniXception()
    model.takes, model.items = takes, items
    with pytest.raises(ValueError, match=message):
        check_model(model)


def test_items_that_a_network_makes_itself_need_vectors():
    model = TwoStreams()
    model.items = (Items("frame", of="frames"), Items("place", of="sound", vectors=Vectors("audio.feature")))
    check_model(model)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("sound", ("position",), "video"), "stream must be 'frames', 'audio' or None; got 'video' for input 'sound'"),
        (("sound", ("position", "position"), "audio"), "axes must name each axis once; got position, position for"),
    ],
)
def test_an_input_that_cannot_be_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Input(*given)


def test_what_a_model_can_be_told_of_a_clip_is_an_argument_of_pictures(clip):
    model = ferviz.load_model("mini-xception")
    near, far = (ferviz.observe(model, clip, interpolation=word) for word in ("nearest", "bilinear"))
    assert not near.equals(far)
    assert far.equals(ferviz.observe(model, clip))
    assert "interpolation" in inspect.signature(model.pictures).parameters
    with pytest.raises(TypeError, match="'boxes' is nothing that MiniXception can be told of a clip: interpolation"):
        ferviz.observe(model, clip, boxes=[1])
    with pytest.raises(TypeError, match="'boxes' is nothing that FrameAttention can be told of a clip: nothing would"):
        ferviz.observe(FrameAttention(Config.compact()), clip, boxes=[1])


def test_a_model_says_what_a_clip_lacks(clip):
    with pytest.raises(ValueError, match="TwoStreams needs sound; the clip 'array' has none"):
        TwoStreams().prepare(Clip(clip.frames, clip.times, crop=TwoStreams.crop))
