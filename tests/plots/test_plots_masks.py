"""What dilated stacks read, and the drawn network of LBP attention."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from ferviz import plots
from ferviz.models.lbp_attention import offsets
from ferviz.plots.masks import _ways


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
    assert "4 × 6 × 6\n0.25, colours ±0.01" in words  # the mask, with its mean and the end of its scale
    assert words.count("8 × 8") == 2
    assert "label:\nsadness 0.70" in words
    assert "from 0.25 to 0.25" in figure.alt
    with pytest.raises(ValueError, match="observation must hold mask: observe an LBPAttention with all its modules"):
        plots.mask_network(np.zeros((8, 8)), np.ones((8, 8)), seen.drop_vars("mask"))
