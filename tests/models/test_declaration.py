"""What models say of their inputs and items, the one way in, and declarations that contradict themselves."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest
import torch
from stand_ins import FiveRegions, seeded
from two_streams import TwoStreams

import ferviz
import ferviz.attribution
import ferviz.scores
from ferviz import Clip, Crop, Gap
from ferviz.asking import check_model
from ferviz.models import FrameAttention, Input, Items, LBPAttention, MiniXception, Model, Probe, Vectors
from ferviz.models.frame_attention import Config
from ferviz.models.zoo import MODELS

FRAMES = Input("frames", ("frame", "channel", "y", "x"))


@pytest.fixture(scope="module")
def clip() -> Clip:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 40, 30, 3), dtype=np.uint8)
    gaps = (Gap("frames", 1, 2, "no face found"),)
    sound = np.random.default_rng(1).normal(0, 0.1, 3 * 16_000).astype(np.float32)
    return Clip(pictures, np.arange(3.0), audio=sound, sample_rate=16_000, crop=Crop(48, 0.0), gaps=gaps)


@pytest.mark.parametrize("name", MODELS)
def test_there_is_one_way_in_and_it_is_what_is_declared(name, clip):
    model = MODELS[name]()
    raw = model.pictures(clip)
    raw = raw if isinstance(raw, tuple) else (raw,)
    if "x" in model.takes[0].axes:  # a picture; of a sound, decibels
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
    model.items = (Items("frame", of="frames"), Items("place", of="sound", vectors=Vectors("placed", "ear", "audio")))
    model.placed = Probe("place", "place_channel", symbol="f")
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


def declare(takes=TwoStreams.takes, items=TwoStreams.items, labels=TwoStreams.labels, **parts) -> TwoStreams:
    model = TwoStreams()
    model.takes, model.items, model.labels = takes, items, labels
    for name, part in parts.items():
        setattr(model, name, part)
    return model


def vectors(*given) -> tuple[Items, ...]:
    return (Items("frame", of="frames"), Items("position", of="sound", vectors=Vectors(*given)))


WORDS = ("a", "b")
SYMBOL = {"symbol": "s"}
CONTRADICTIONS = [
    ({"takes": ()}, ValueError, "takes must declare one input at least; got none"),
    ({"takes": "frames"}, TypeError, "takes must be a tuple of Input; got 'frames'"),
    ({"takes": ("frames",)}, TypeError, r"takes must be a tuple of Input; got \('frames',\)"),
    ({"items": ("frame",)}, TypeError, r"items must be a tuple of Items; got \('frame',\)"),
    ({"items": None}, TypeError, "items must be a tuple of Items; got None"),
    (
        {"items": TwoStreams.items[:1] * 2},
        ValueError,
        "items must have names of their own; got frames.frame, frames.frame",
    ),
    ({"items": vectors("nope")}, ValueError, r"vectors of items 'position' must be a named quantity \(.*; got 'nope'"),
    (
        {"items": vectors("audio.alpha")},
        ValueError,
        "vectors of items 'position' must lie along 'position', then their channels; 'audio.alpha' has position",
    ),
    (
        {"items": vectors("video.feature")},
        ValueError,
        "must lie along 'position', then their channels; 'video.feature' has frame, frame_channel",
    ),
    ({"items": vectors("audio.feature")}, ValueError, "pool of items 'position' must be a part or a method .*'pool'"),
    ({"items": vectors("audio.feature", "nose")}, ValueError, "must be a part or a method of TwoStreams; got 'nose'"),
    ({"items": vectors("audio.feature", "ear", "labels")}, ValueError, "pool of items 'position' must be .* 'labels'"),
    (
        {
            "takes": (FRAMES, Input("mask", ("frame", "strand"), None)),
            "items": (Items("frame", of="frames", mask="mask"),),
        },
        ValueError,
        "mask 'mask' must lie over axes of items or inputs; got 'strand'",
    ),
    (
        {"items": (Items("frame", of="frames", also=("position",)), TwoStreams.items[1])},
        ValueError,
        "also of items 'frame' must be no axis of items itself; got 'position'",
    ),
    ({"labels": {}}, ValueError, "labels must be of one head at least; got none"),
    ({"labels": ()}, ValueError, "labels of head 'emotion' must be one at least; got none"),
    ({"labels": {"age": ()}}, ValueError, "labels of head 'age' must be one at least; got none"),
    ({"labels": ("joy", "fear", "joy")}, ValueError, "labels of head 'emotion' must each be there once; 'joy' is"),
    ({"labels": {"mood": (1, "1")}}, ValueError, "labels of head 'mood' must each be there once; '1' is there twice"),
    ({"labels": "joy"}, TypeError, "labels must be labels in order, or a mapping .*; got 'joy' for the head 'emotion'"),
    ({"labels": {"mood": "joy"}}, TypeError, "labels must be .*; got 'joy' for the head 'mood'"),
    ({"labels": 7}, TypeError, "labels must be .*; got 7 for the head 'emotion'"),
    ({"labels": {"a", "b"}}, TypeError, "labels must be labels in order, .*; got {.*} for the head 'emotion'"),
    ({"labels": iter(WORDS)}, TypeError, "labels must be .*; got <.*iterator.*> for the head 'emotion'"),
    ({"labels": {3: WORDS}}, TypeError, "labels must be .*; got the head 3"),
    *(
        ({"labels": {name: labels}}, ValueError, f"the head '{name}' is named like a column of every observation")
        for name in ("time", "gap", "target", "frame")
        for labels in (WORDS, None)
    ),
    ({"labels": {"position": WORDS}}, ValueError, "the head 'position' is named like an axis of its items"),
    ({"labels": {"other_frame": None}}, ValueError, "the head 'other_frame' is named like an axis of its items"),
    ({"own": Probe("time", **SYMBOL)}, ValueError, "the axis 'time' is named like a column of every observation"),
    ({"gap": Probe("frame", **SYMBOL)}, ValueError, "the quantity 'gap' is named like a column of every observation"),
    ({"frame": Probe(**SYMBOL)}, ValueError, "the quantity 'frame' is named like a column of every observation"),
    ({"position": Probe(**SYMBOL)}, ValueError, "the quantity 'position' is named like a dimension: one of the two"),
    ({"emotion_logits": Probe("c", **SYMBOL)}, ValueError, "would have two columns 'emotion_logits': a head or a"),
    ({"labels": {"mood": WORDS, "mood_logits": None}}, ValueError, "would have two columns 'mood_logits'"),
    ({"own": Probe("age", **SYMBOL)}, ValueError, "an observation would have two columns 'age': a head or a quantity"),
]


@pytest.mark.parametrize(("said", "error", "message"), CONTRADICTIONS)
def test_a_declaration_that_cannot_be_is_refused_in_words(said, error, message):
    with pytest.raises(error, match=message):
        check_model(declare(**said))


def test_a_declaration_that_can_be_is_taken():
    check_model(declare())
    check_model(declare(map=Probe("emotion", "y", "x", symbol="A")))  # a quantity along a head's labels
    check_model(declare(labels=["calm", "glad"]))


def test_a_coordinate_that_is_named_like_a_quantity_is_refused(clip):
    model = seeded(FiveRegions)
    model.items = (replace(model.items[0], coordinates=lambda clip: {"mu": ("region", np.arange(5.0), {})}),)
    with pytest.raises(ValueError, match="coordinate 'mu' is named like a head or a quantity: it needs another name"):
        ferviz.observe(model, clip)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (lambda x: x, TypeError, r"inputs of FiveRegions must return a tuple of tensors \(regions, region_mask\)"),
        (lambda x: (x, x.numpy()), TypeError, "must return a tuple of tensors .*; got tuple of Tensor, ndarray"),
        (lambda x: None, TypeError, "must return a tuple of tensors .*; got NoneType"),
        (lambda x: (x.to(torch.complex64), x), TypeError, "input regions of .* must be real numbers; got torch.compl"),
        (lambda x: (x > 0, x), TypeError, "input regions of FiveRegions must be real numbers; got torch.bool"),
    ],
)
def test_inputs_that_are_no_tensors_of_numbers_are_refused(clip, given, error, message):
    model = seeded(FiveRegions)
    model.inputs = lambda regions, mask: given(regions)
    for ask in (ferviz.observe, ferviz.attribution.attribute, ferviz.scores.removal):
        with pytest.raises(error, match=message):
            ask(model, clip)
