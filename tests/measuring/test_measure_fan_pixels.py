"""The measure of pixels in the heaviest frame: right on maps whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from data_scripts import measure_fan_pixels as script
from data_scripts.measure_fan_pixels import METHODS, NAMES, Case, look, ratios, tables
from ferviz import Clip, sample
from ferviz.measured import pick
from ferviz.measuring.maps import of_others, shares, spread
from ferviz.models.frame_attention import Config, FrameAttention


def a_case(person, family="intensity", *, on=True):
    """A case whose maps lie all on the changed quarter, or all beside it."""
    changed = np.zeros((8, 8))
    changed[:4, :4] = 0.5
    values = np.where((changed > 0) == on, 1.0, -1.0)
    return Case(person, family, changed, dict.fromkeys(METHODS, values))


def test_places_are_spread_evenly():
    assert spread(10, 3) == [0, 4, 9]
    assert spread(2, 5) == [0, 1]


def test_a_map_on_what_changed_has_the_ratio_of_its_area_and_one_beside_it_none():
    cases = [a_case(0), a_case(1, on=False)]
    found = ratios(cases, "saliency")
    np.testing.assert_allclose(found[NAMES[0]], [4.0, 0.0])
    np.testing.assert_allclose(found[NAMES[1]], [0.0, 4.0])  # each against the other person's map
    assert found[NAMES[2]][0] == pytest.approx(found[NAMES[2]][1])


def test_the_mean_over_others_leaves_out_all_clips_of_the_person():
    maps = [np.eye(3) == place for place in (1, 1, 0)]
    means = of_others([m.astype(float) for m in maps], np.array([5, 5, 6]))
    np.testing.assert_allclose(means[0], shares(maps[2].astype(float)))
    np.testing.assert_allclose(means[2], shares(maps[0].astype(float)))


def test_flat_maps_are_left_out_of_the_mean_and_of_the_table():
    flat = Case(2, "degraded", a_case(0).changed, dict.fromkeys(METHODS, np.full((8, 8), np.nan)))
    cases = [a_case(0), a_case(1), flat]
    means = of_others([case.maps["saliency"] for case in cases], np.arange(3))
    np.testing.assert_allclose(means[0], shares(cases[1].maps["saliency"]))
    (entry,) = pick(tables({3: cases})["rows"], row="saliency", map=NAMES[0], family="all")
    assert (entry.value, entry.items, entry.people, entry.left_out) == (4.0, 2, 2, 1)


def test_the_difference_is_paired_and_networks_are_told_one_by_one():
    on, beside = ([a_case(person, on=there) for person in range(4)] for there in (True, False))
    found = {0: on, 7: beside}
    (entry,) = pick(tables(found)["difference"], row="grad_cam", than=NAMES[1], family="all")
    assert (entry.value, entry.seeds) == (0.0, {"0": 0.0, "7": 0.0})  # each is as good as its mean over others
    (entry,) = pick(tables(found)["rows"], row="grad_cam", map=NAMES[0], family="all")
    assert (entry.value, entry.seeds) == (2.0, {"0": 4.0, "7": 0.0})
    assert entry.few
    assert entry.low is None
    (none,) = pick(tables(found)["difference"], row="grad_cam", than=NAMES[1], family="off_label")
    assert none.value is None


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return FrameAttention(Config.compact()).eval()


def test_a_clip_is_looked_at_in_its_heaviest_frame(model, monkeypatch):
    monkeypatch.setattr(script, "METHODS", {"saliency": ""})
    clip = sample("fear-moving")[8:11]
    case = look(model, clip, 3, "intensity")
    assert set(case.maps) == {"saliency"}
    assert case.maps["saliency"].shape == case.changed.shape
    assert any(np.array_equal(case.changed, changed) for changed in clip.truth.changed)


def test_a_clip_without_truth_is_refused(model):
    bare = Clip(np.zeros((2, 8, 8, 3), np.uint8), np.arange(2.0))
    with pytest.raises(ValueError, match="clip must be synthetic, with its truth; 'array' has none"):
        look(model, bare, 0, "intensity")
