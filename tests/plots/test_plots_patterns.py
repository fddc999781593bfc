"""Figures of local binary patterns: what they draw, their alt text, and every refusal."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.patches import Circle, Rectangle

from ferviz import lbp, plots

PATCH = torch.tensor([[6, 5, 2], [7, 6, 1], [9, 8, 7]])


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_the_steps_of_a_square_stand_in_four_panels():
    figure = plots.square_steps(lbp.explain(PATCH, 1, 1, kind="original"), title="a title")
    grey, bits, weights, total = figure.axes
    assert sorted(words(grey)) == ["1", "2", "5", "6", "6", "7", "7", "8", "9"]
    assert (words(bits).count("1"), words(bits).count("0")) == (5, 3)
    assert sum(int(word) for word in words(weights)) == 255
    assert sum(int(word) for word in words(total)) == 241
    assert "bits 1, 0, 0, 0, 1, 1, 1, 1" in figure.alt
    assert figure.alt.endswith("sum 241.")


def test_a_circle_is_no_square():
    with pytest.raises(ValueError, match="step must be of kind 'original', the 3×3 square; got 'circle'"):
        plots.square_steps(lbp.explain(PATCH, 1, 1))


def test_a_neighbourhood_shows_every_bit_and_where_one_neighbour_is_read_from():
    step = lbp.explain(PATCH, 1, 1)
    figure = plots.neighbourhood(PATCH, step, neighbour=3)
    (ax,) = figure.axes
    assert sum(isinstance(patch, Circle) for patch in ax.patches) == 1 + 8
    assert len(ax.lines) == 4
    assert [word for word in words(ax) if word.startswith("×")] == ["× 0.500", "× 0.207", "× 0.207", "× 0.086"]
    assert "bits 0, 0, 0, 1, 1, 1, 1, 0; code 120." in figure.alt
    assert len(plots.neighbourhood(PATCH, step).axes[0].lines) == 0


def test_a_neighbourhood_at_the_border_draws_only_what_is_there():
    figure = plots.neighbourhood(PATCH, lbp.explain(PATCH, 0, 0))
    assert sum(isinstance(patch, Rectangle) for patch in figure.axes[0].patches) == 4


def test_rings_show_the_bits_of_each_code_and_tint_the_marked():
    figure = plots.rings([0, 5, 7], marked=[0, 7])
    dots = [patch for patch in figure.axes[0].patches if isinstance(patch, Circle)]
    assert [sum(dot.get_facecolor() == (1, 1, 1, 1) for dot in dots[k : k + 8]) for k in (0, 8, 16)] == [0, 2, 3]
    assert figure.alt == "3 patterns as rings of 8 dots: codes 0, 5, 7. On a tinted ground: 0, 7."
    with pytest.raises(ValueError, match="codes must hold at least one code; got none"):
        plots.rings([])


def test_a_gallery_keeps_the_scale_that_it_is_given_and_draws_boxes():
    pictures = {"a": np.full((4, 4), 3), "b": np.eye(4)}
    figure = plots.gallery(pictures, tops={"a": 9, "b": 1}, boxes={"b": [np.array([0, 0, 2, 3])]}, title="Two")
    assert [ax.images[0].get_clim() for ax in figure.axes] == [(0, 9), (0, 1)]
    (box,) = figure.axes[1].patches
    assert (box.get_xy(), box.get_width(), box.get_height()) == ((-0.5, -0.5), 2, 3)
    assert figure.alt == "Two. Pictures side by side: a, b."
    assert plots.gallery(pictures, alt="the finding").alt == "the finding"
    with pytest.raises(ValueError, match="pictures must name at least one; got none"):
        plots.gallery({})
