"""What frames do to the answer: by hand, and as attribution and the explorers have it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ferviz.measuring.effects import contributions, removals
from ferviz.scores import pooled
from tests.tiny_fan import noise_clips, tiny_fan

LENGTHS = [5, 3, 6, 2]


@pytest.fixture(params=["mean", "pool", "self", "relation"])
def known(request):
    clips = noise_clips(LENGTHS)
    features = torch.randn(*clips.mask.shape, 6, generator=torch.Generator().manual_seed(1))
    return tiny_fan(request.param), clips, features


def test_contributions_make_up_the_logit_of_the_label(known):
    model, clips, features = known
    found = contributions(model, clips, features)
    logits = model.pool(features, clips.mask)
    for place, length in enumerate(LENGTHS):
        label = int(clips.label[place])
        total = found[place, :length].sum()
        whole = logits[place, label]
        expected = whole.exp() if model.config.variant == "mean" else whole - model.classify.bias[label]
        assert total == pytest.approx(expected.item(), abs=1e-5)
        assert not found[place, length:].any()


def test_removals_are_what_the_explorers_drop(known, monkeypatch):
    model, clips, features = known
    found = removals(model, clips, features, batch=1)
    for place, length in enumerate(LENGTHS):
        usable = clips.mask[place].numpy()
        alone = pooled.removal(model, features[place], usable, None, int(clips.label[place]))
        np.testing.assert_allclose(found[place, :length], alone[:length], atol=1e-5)
        assert not found[place, length:].any()


def test_both_ask_for_the_label_of_the_clip(known):
    model, clips, features = known
    other = replace(clips, label=(clips.label + 1) % 7)
    for effect in (contributions, removals):
        assert not np.allclose(effect(model, clips, features), effect(model, other, features))
