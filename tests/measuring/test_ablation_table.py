"""The ablation as differences and sentences, on made-up rows; and its picture, and what dilated stacks read."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from ferviz import plots
from ferviz.measured import against, compared, verdict
from ferviz.models.lbp_attention import offsets
from ferviz.plots.masks import _ways

TABLE = {
    "items": 3000,
    "rows": [
        {"name": "all", "accuracy": [0.5, 0.48, 0.52]},
        {"name": "original", "more_than_all": [0.002, -0.006, 0.01], "more_by_seed": [0.01, -0.002], "clear": False},
        {"name": "sobel", "more_than_all": [-0.012, -0.02, -0.004], "more_by_seed": [-0.01, -0.014], "clear": True}
        | {"p_holm": 0.004},
        {"name": "half run", "more_than_all": [-0.012], "more_by_seed": [-0.012], "clear": False},
    ],
}  # fmt: skip


def test_a_difference_is_turned_with_its_interval_and_its_seeds():
    found = against(TABLE, "original")
    assert found["row"] == "all minus original"
    assert (found["value"], found["low"], found["high"]) == (-0.002, -0.01, 0.006)
    assert found["by_seed"] == [-0.01, 0.002]
    same = against(TABLE, "all", "original")
    assert (same["row"], same["low"], same["high"]) == ("original minus all", -0.006, 0.01)
    assert against(TABLE, "half run")["low"] is None


@pytest.mark.parametrize("names", [("all", "all"), ("original", "sobel")])
def test_only_differences_to_all_are_paired(names):
    with pytest.raises(ValueError, match="one of than and row must be 'all': only differences to it are paired"):
        against(TABLE, *names)


def test_an_unknown_row_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no entry has .*best.*; there are .*original"):
        against(TABLE, "best")


def test_a_difference_as_a_sentence_says_its_interval_its_seeds_and_whether_it_is_clear():
    sentence = "all minus original: -0.002 [-0.010, +0.006]; seeds -0.010 +0.002; not clear of 0"
    assert compared(against(TABLE, "original")) == sentence
    assert compared(against(TABLE, "sobel")).endswith("seeds +0.010 +0.014; p 0.004 (Holm); clearly above 0")
    assert compared(against(TABLE, "all", "sobel")).endswith("seeds -0.010 -0.014; p 0.004 (Holm); clearly below 0")
    assert compared(against(TABLE, "half run"), "x") == "x: +0.012; seeds +0.012; not clear of 0"


@pytest.mark.parametrize(("rows", "said"), [
    (["sobel"], "shown here"),
    (["original"], "neither shown nor refuted here"),
    (["original", "sobel"], "shown here in part (all minus sobel), for the rest neither shown nor refuted"),
])  # fmt: skip
def test_a_claim_is_shown_as_a_whole_only_when_each_difference_is_clear(rows, said):
    assert verdict([against(TABLE, row) for row in rows]) == said


def test_one_clear_difference_the_other_way_is_against_a_claim():
    assert verdict([against(TABLE, "all", "sobel"), against(TABLE, "sobel")]) == "against what we measured"
    assert verdict([]) == "neither shown nor refuted here"


def test_the_picture_says_each_difference_and_marks_what_is_not_clear():
    figure = plots.differences([against(TABLE, name) for name in ("original", "sobel", "half run")], title="t")
    assert "all minus sobel: +0.012 [+0.004, +0.020]" in figure.alt
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [line.get_markerfacecolor() for line in marks] == ["white", "#0072B2", "white"]
    with pytest.raises(ValueError, match="entries must hold at least one difference; got none"):
        plots.differences([])


@pytest.mark.parametrize("rates", [(1, 2, 3), (1, 2, 5), (2, 2, 2), (1, 5)])
def test_the_ways_into_a_place_are_there_just_where_the_stack_reads(rates):
    line = _ways(rates)
    assert line.sum() == 3 ** len(rates)
    assert tuple(np.flatnonzero(line) - sum(rates)) == offsets(rates)


def test_the_view_of_a_stack_says_its_width_and_its_holes():
    figure = plots.reach({"a": (1, 2, 3), "b": (2, 2, 2)})
    assert figure.alt == "What one place reads. a: 13 × 13, no holes; b: 13 × 13, 120 of 169 never read."
    for wrong in ({}, {"a": ()}):
        with pytest.raises(ValueError, match="stacks must name at least one, each with rates"):
            plots.reach(wrong)


def test_the_network_is_drawn_with_the_shapes_that_were_observed():
    maps = {n: (("frame", "channel", "y", "x"), np.full((1, 4, 6, 6), 0.25)) for n in
            ("trunk", "texture", "mask", "attended", "reconstructed")}  # fmt: skip
    maps["emotion_probability"] = (("frame", "emotion"), np.array([[0.3, 0.7]]))
    seen = xr.Dataset(maps, coords={"emotion": ["anger", "sadness"]})
    figure = plots.mask_network(np.zeros((8, 8)), np.ones((8, 8)), seen)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words.count("4 × 6 × 6") == 4
    assert "4 × 6 × 6\n0.25 ± 0.01" in words  # the mask, with its mean and the end of its scale
    assert words.count("8 × 8") == 2
    assert "label:\nsadness 0.70" in words
    assert "from 0.25 to 0.25" in figure.alt
    with pytest.raises(ValueError, match="observation must hold mask: observe an LBPAttention with all its modules"):
        plots.mask_network(np.zeros((8, 8)), np.ones((8, 8)), seen.drop_vars("mask"))
