"""Shapley's shares of two streams: by hand, their sum, and which rules of fusion have an interaction."""

from __future__ import annotations

import doctest
import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_av import film, tiny_av
from tiny_fan import clip_of, tiny_fan

import ferviz
from ferviz import Gap
from ferviz.scores import modality, modality_shares, shapley_of_two

KINDS = ("concatenation", "fbp", "mean", "product", "weights")


def test_the_shares_of_two_are_the_mean_over_both_orders():
    rng = np.random.default_rng(0)
    none, first, second, both = rng.normal(size=(4, 5))
    value = shapley_of_two(none, first, second, both)
    worth = {(): none, (0,): first, (1,): second, (0, 1): both}
    for player, share in enumerate(value[:2]):
        steps = []
        for order in itertools.permutations((0, 1)):
            before = order[: order.index(player)]
            steps.append(worth[tuple(sorted((*before, player)))] - worth[before])
        np.testing.assert_allclose(share, np.mean(steps, 0))
    np.testing.assert_allclose(value.first + value.second, both - none)
    np.testing.assert_allclose(value.interaction, both - first - second + none)


def test_players_that_add_up_have_no_interaction_and_a_dummy_gets_nothing():
    value = shapley_of_two(1, 3, 1, 3)
    assert (value.first, value.second, value.interaction) == (2, 0, 0)


@pytest.mark.parametrize("absent", ["learned", "mean"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_shares_sum_to_both_less_none(kind, absent):
    model, clip = tiny_av(kind), film()
    found = modality_shares(model, clip, absent=absent)
    for what in ("emotion_logit", "emotion_probability"):
        whole = found[what].sel(coalition="both") - found[what].sel(coalition="none")
        np.testing.assert_allclose(found[f"{what}_share"].sum("stream"), whole, atol=1e-9)
        assert abs(found[f"{what}_share"]).max() > 1e-3
    seen = ferviz.observe(model, clip)
    np.testing.assert_allclose(found.emotion_probability.sel(coalition="both"), seen.emotion_probability, atol=1e-6)
    centred = seen.emotion_logits - seen.emotion_logits.mean()
    np.testing.assert_allclose(found.emotion_logit.sel(coalition="both"), centred, atol=1e-5)
    assert found.attrs["absent"] == absent


def test_what_stands_for_a_stream_changes_the_shares():
    first, second = (modality_shares(tiny_av(), film(), absent=absent) for absent in ("learned", "mean"))
    assert abs(first.emotion_logit_share - second.emotion_logit_share).max() > 1e-2
    assert modality_shares(tiny_av(), film()).equals(first)
    np.testing.assert_allclose(*(each.emotion_logit.sel(coalition="both") for each in (first, second)))


def test_some_rules_have_an_interaction_in_logits_and_all_but_the_mean_in_probabilities():
    for kind in KINDS:
        found = modality_shares(tiny_av(kind), film())
        adds = kind in ("concatenation", "product", "weights")
        largest = float(abs(found.emotion_logit_interaction).max())
        assert largest < 1e-5 if adds else largest > 1e-3, kind
        assert (float(abs(found.emotion_probability_interaction).max()) > 1e-4) == (kind != "mean"), kind


def test_what_each_alone_says_is_what_it_says_without_the_other():
    model, clip = tiny_av(), film()
    found = modality_shares(model, clip)
    for name, alone in (("video", replace(clip, audio=None, sample_rate=None)), ("audio", film(0))):
        with pytest.warns(UserWarning, match=f"the answer is to {name} alone"):
            seen = ferviz.observe(model, alone)
        np.testing.assert_allclose(found.emotion_probability.sel(coalition=name), seen.emotion_probability, atol=1e-6)


def test_the_model_is_left_as_it_was():
    model = tiny_av().train()
    first, second = (modality_shares(model, film()) for _ in range(2))
    assert model.training
    assert first.equals(second)  # dropout is off
    assert all(p.grad is None for p in model.parameters())


def test_a_model_without_streams_is_refused():
    with pytest.raises(TypeError, match=r"model must have streams that can be left out \(coalitions\); FrameAttention"):
        modality_shares(tiny_fan(), clip_of(3))
    with pytest.raises(ValueError, match="model must have two streams; this one has audio alone"):
        modality_shares(tiny_av("audio"), film())
    with pytest.raises(TypeError, match="clip must be a Clip"):
        modality_shares(tiny_av(), "film.mp4")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="absent must be one of learned, mean; got 'zero'"):
        modality_shares(tiny_av(), film(), absent="zero")  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore:the clip")
def test_a_clip_that_lacks_a_stream_is_refused():
    with pytest.raises(ValueError, match="each clip must have both streams; one has nothing of audio that can be used"):
        modality_shares(tiny_av(), film(3, 0))
    covered = replace(film(3), gaps=(Gap("frames", 0, 3, "no face found"),))
    with pytest.raises(ValueError, match="each clip must have both streams; one has nothing of video that can be used"):
        modality_shares(tiny_av(), covered)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"must have shapes that fit; got none \(\), first \(2,\), second \(3,\)"):
        shapley_of_two(0, [1, 2], [1, 2, 3], 4)
    with pytest.raises(TypeError, match="none must be an array of numbers"):
        shapley_of_two("a", 1, 2, 3)


def test_a_stream_that_carries_nothing_has_no_share():
    model = tiny_av("concatenation")
    with torch.no_grad():
        model.fusion.classify.weight[:, : model.audio.width] = 0
    found = modality_shares(model, film())
    assert abs(found.emotion_logit_share.sel(stream="audio")).max() < 1e-6
    assert abs(found.emotion_probability_share.sel(stream="audio")).max() < 1e-6


def test_the_examples_are_true():
    result = doctest.testmod(modality)
    assert (result.attempted > 0, result.failed) == (True, 0)
