"""Stand-ins of three papers to come get an items panel, without a line about any of them in the shared rooms."""

from __future__ import annotations

import numpy as np
import pytest

from ferviz import observe
from ferviz.explorers import ItemsExplorer, items_of
from ferviz.intervene import intervene
from tests.stand_ins import clip_with_sound, stand_ins

PANELS = (("regions", "region", "weight"), ("sound", "frame", "video.weight"), ("sound", "position", "audio.weight"))


@pytest.fixture(scope="module")
def models():
    return stand_ins()


@pytest.mark.parametrize(("name", "axis", "weight"), PANELS)
def test_a_panel_shows_and_moves_the_items_of_a_stand_in(models, name, axis, weight):
    model, clip = models[name], clip_with_sound()
    explorer = ItemsExplorer(items_of(model, clip, axis, weight=weight))
    seen = observe(model, clip)
    if model.leading == "frame":
        seen = seen.isel(frame=0)
    known = seen[weight].values
    np.testing.assert_allclose(explorer.view.now.probability, seen["emotion_probability"].values, atol=1e-6)
    np.testing.assert_allclose(explorer.view.now.weight, known, rtol=1e-6)
    usable = np.isfinite(known)
    values = np.where(usable, np.arange(len(known)) + 1.0, 0)
    values /= values.sum()
    explorer.show(values=tuple(values))
    with intervene(model, {weight: values}):
        moved = observe(model, clip)
    moved = moved.isel(frame=0) if model.leading == "frame" else moved
    np.testing.assert_allclose(explorer.view.now.probability, moved["emotion_probability"].values, atol=1e-6)
    assert np.abs(moved["emotion_probability"].values - seen["emotion_probability"].values).max() > 1e-4
    assert axis in explorer.describe()
    explorer.close()


def test_a_body_with_heads_alone_has_no_items_and_says_so(models):
    with pytest.raises(ValueError, match="weight must be "):
        items_of(models["heads"], clip_with_sound(), "region", head="emotion")
