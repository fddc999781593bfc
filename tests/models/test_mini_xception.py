"""The real baseline: the numbers of the published network, its exact class maps, and how a clip becomes its input."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
import torch
from torch.nn import functional

import ferviz
from ferviz import Clip, Crop
from ferviz.emotions import LABEL_SETS
from ferviz.learning.recipes.table import training
from ferviz.models import MiniXception, card, on_items


@pytest.fixture(scope="module")
def model() -> MiniXception:
    return ferviz.load_model("mini-xception")


@pytest.fixture(scope="module")
def face() -> Clip:
    pixels = skimage.data.astronaut()[30:190, 145:305]  # public domain, NASA
    return Clip(pixels[None].copy(), np.zeros(1), crop=Crop(160, 0.25))


def test_it_has_the_published_size(model):
    assert sum(p.numel() for p in model.parameters()) == 56_951  # trainable, as the Keras file counts them
    assert model.labels == LABEL_SETS["FER2013"]


def test_the_mean_of_a_class_map_is_the_logit(model, face):
    seen = ferviz.observe(model, face)
    assert seen["class_map"].dims == ("frame", "emotion", "y", "x")
    assert seen["class_map"].shape == (1, 7, 4, 4)
    np.testing.assert_allclose(seen["class_map"].mean(("y", "x")), seen["emotion_logits"], atol=1e-5)


def test_a_smile_is_labelled_happiness(model, face):
    probability = ferviz.observe(model, face)["emotion_probability"][0]
    assert probability.idxmax().item() == "happiness"
    assert probability.sel(emotion="happiness").item() > 0.95


def test_only_its_named_quantity_is_there(model):
    assert list(ferviz.quantities(model)) == ["class_map"]


def same_pool(x: torch.Tensor) -> torch.Tensor:
    """TensorFlow's rule, written out: total padding so that ⌈n/2⌉ places remain, the smaller half first."""
    total = max((-(-x.shape[-1] // 2) - 1) * 2 + 3 - x.shape[-1], 0)
    pad = (total // 2, total - total // 2)
    return functional.max_pool2d(functional.pad(x, (*pad, *pad), value=-torch.inf), 3, stride=2)


@pytest.mark.parametrize("side", [4, 5, 8, 15, 30, 60])
def test_the_pool_pads_as_tensorflow_does(side):
    from ferviz.models.mini_xception import _pool

    x = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(side))
    assert torch.equal(_pool(x), same_pool(x))


def test_prepare_gives_gray_between_minus_one_and_one(model):
    colours = np.zeros((3, 64, 64, 3), np.uint8)
    colours[1], colours[2] = 255, (255, 0, 0)
    (faces,) = model.prepare(Clip(colours, np.arange(3.0), crop=Crop(64, 0.25)))
    assert faces.shape == (3, 1, 64, 64)
    assert faces[0].unique().tolist() == [-1]
    assert faces[1].unique().tolist() == [pytest.approx(1)]
    assert faces[2, 0, 0, 0].item() == pytest.approx(2 * 0.299 - 1, abs=1e-6)


def test_interpolation_changes_the_input_and_an_unknown_one_is_refused(model, face):
    ways = [model.prepare(face, interpolation=name)[0] for name in ("nearest", "bilinear", "bicubic")]
    assert all(way.shape == (1, 1, 64, 64) for way in ways)
    assert not torch.equal(ways[0], ways[1])
    assert not torch.equal(ways[1], ways[2])
    with pytest.raises(ValueError, match="interpolation must be one of nearest, bilinear, bicubic; got 'lanczos'"):
        model.prepare(face, interpolation="lanczos")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="name must be one of mini-xception, lbp-attention, .*; got 'fun'"):
        ferviz.load_model("fun")
    for wrong in (["fan"], None, 7):  # of what is no text, too
        for ask in (ferviz.load_model, ferviz.models.card, ferviz.sample, training):
            with pytest.raises(TypeError, match=r"name must be one of .*; got "):
                ask(wrong)


def test_the_card_states_what_was_measured_and_where_it_fails():
    known = card("mini-xception")
    accuracy = known.metrics[0]
    assert 0.62 <= accuracy.value <= 0.67
    assert accuracy.low < accuracy.value < accuracy.high
    assert accuracy.items == 3272
    assert "measure_baseline.py" in accuracy.command
    assert "MIT" in known.licence
    assert any("Not for monitoring" in limit for limit in known.limits)


def test_items_of_a_set_run_through_a_shared_net_at_once():
    calls = []

    def net(x):
        calls.append(x.shape)
        return x.sum(-1, keepdim=True)

    out = on_items(net, torch.ones(2, 5, 3))
    assert calls == [(10, 3)]
    assert out.shape == (2, 5, 1)
