"""Figures of frame attention and of measured entries: right by the numbers, with words, and clear refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

import ferviz
from ferviz import Clip, Gap, plots, sample
from ferviz.models import region_attention
from ferviz.models.frame_attention import Config, FrameAttention
from ferviz.models.regions import cut_clip
from ferviz.plots.colours import PAGES, PAPER


@pytest.fixture(scope="module")
def clip():
    return sample("surprise-degraded")


@pytest.fixture(scope="module")
def models():
    torch.manual_seed(0)
    return {variant: FrameAttention(Config.compact(variant)).eval() for variant in ("mean", "self", "relation")}


def contrast(one, other):
    """Of two colours, as WCAG 2.2 has it."""
    both = [np.array(colour) for colour in (one, to_rgb(other))]
    linear = [np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) for c in both]
    low, high = sorted(float(c @ (0.2126, 0.7152, 0.0722)) + 0.05 for c in linear)
    return high / low


def heights(ax):
    return [bar.get_height() for bar in ax.patches]


def texts(ax):
    return [text.get_text() for text in ax.texts]


# ---- weights under the film -----------------------------------------------------------------------------------------


def test_the_weights_stand_under_their_frames_with_the_line_1_over_t(clip, models):
    seen = ferviz.observe(models["relation"], clip)
    figure = plots.weights(clip, seen, title="found")
    film, alpha, beta, weight = figure.axes
    assert len(film.images) == len(clip)
    for ax, name in ((alpha, "alpha"), (beta, "beta"), (weight, "weight")):
        np.testing.assert_allclose(heights(ax), seen[name].values)
    assert weight.lines[0].get_ydata() == pytest.approx([1 / len(clip)] * 2)
    assert "1/T = 0.056" in texts(weight)
    best = int(seen["weight"].values.argmax())
    assert f"{seen['weight'].values[best]:.3f}" in texts(weight)
    assert "18 frames of surprise-degraded, 18 of them usable. 1/T is 0.056." in figure.alt
    most = int(seen["alpha"].values.argmax())
    found = f"alpha, from the frame alone: flat, {seen['alpha'].values[most]:.2f}. beta, beside"
    assert found in figure._repr_html_()  # in words: not every screen reader says Greek letters


def test_every_bar_has_an_outline_that_reads_on_both_pages(clip, models):
    _, *axes = plots.weights(clip, ferviz.observe(models["relation"], clip)).axes
    for bar in (bar for ax in axes for bar in ax.patches):
        assert bar.get_edgecolor()[3] == 1
        assert all(contrast(bar.get_edgecolor()[:3], page) >= 3 for page in PAGES[PAPER])


def test_a_gap_has_no_bar_and_t_counts_the_usable_frames(clip, models):
    gapped = replace(clip, gaps=(Gap("frames", 2, 5, "no face"),))
    figure = plots.weights(gapped, ferviz.observe(models["self"], gapped))
    film, _, weight = figure.axes
    assert len(heights(weight)) == 15
    assert len(film.patches) == 3
    assert "15 of them usable. 1/T is 0.067." in figure.alt


def test_weights_that_hardly_differ_are_called_flat(clip, models):
    figure = plots.weights(clip, ferviz.observe(models["mean"], clip))
    assert "The weights are flat: 0.056 to 0.056." in figure.alt


def test_a_long_clip_shows_every_second_frame_and_every_bar(models):
    long = sample("sadness-voice-only")
    longer = replace(
        long, frames=np.concatenate([long.frames] * 2), times=np.arange(52) / 10, truth=None, audio=None,
        sample_rate=None,
    )  # fmt: skip
    figure = plots.weights(longer, ferviz.observe(models["self"], longer))
    assert len(figure.axes[0].images) == 26
    assert len(heights(figure.axes[2])) == 52


def test_an_observation_without_weights_is_refused(clip, models):
    seen = ferviz.observe(models["self"], clip)
    with pytest.raises(ValueError, match="observation must hold a weight for each of the clip's 18 frames; it holds"):
        plots.weights(clip, seen.drop_vars("weight"))
    with pytest.raises(ValueError, match="a weight for each of the clip's 5 frames"):
        plots.weights(clip[:5], seen)


# ---- which frame ----------------------------------------------------------------------------------------------------


def test_rows_share_one_scale_and_truth_stands_last(clip):
    rows = {"weight": np.arange(18.0), "removal": np.arange(18.0) - 9}
    figure = plots.which_frame(clip, rows, {"evidence": clip.truth.evidence}, words={"weight": "τ-b 0.50"})
    _, *axes = figure.axes
    assert [ax.get_ylabel() for ax in axes] == ["weight", "removal", "evidence"]
    assert len({ax.get_ylim() for ax in axes}) == 1
    assert [np.abs(heights(ax)).sum() for ax in axes] == pytest.approx([1, 1, 1])
    assert "weight: most at frame 17, 11% of the row (τ-b 0.50)" in figure.alt


def test_a_flat_row_is_called_flat_and_an_unknown_one_not_known(clip):
    figure = plots.which_frame(clip, {"even": np.ones(18), "none": np.full(18, np.nan)})
    assert "flat" in texts(figure.axes[1])
    assert "even: flat; none: not known." in figure.alt


@pytest.mark.parametrize("count", [2, 18])
def test_the_pictures_of_the_film_keep_their_shape_and_stand_over_their_bars(clip, count):
    wide = Clip(np.zeros((count, 60, 90, 3), np.uint8), np.arange(float(count)))
    for film, side in ((wide, 90 / 60), (clip[:count], 1)):
        figure = plots.which_frame(film, {"weight": np.arange(float(count))})
        figure.draw_without_rendering()
        for frame, picture in enumerate(figure.axes[0].images):
            box = picture.get_window_extent()
            assert box.width / box.height == pytest.approx(side, rel=0.02)
            assert np.mean(picture.get_extent()[:2]) == pytest.approx(frame)
            assert picture.get_extent()[3] <= 1 + 1e-6


def test_rows_of_which_nothing_is_known_or_all_is_zero_are_drawn_empty(clip):
    figure = plots.which_frame(clip, {"none": np.full(18, np.nan), "zero": np.zeros(18)})
    assert [ax.get_ylim() for ax in figure.axes[1:]] == [(0.0, 1.0)] * 2
    assert "none: not known; zero: flat" in figure.alt
    assert "none: not known" in plots.which_frame(clip, {"none": np.full(18, np.nan)}).alt


def test_rows_that_do_not_fit_are_refused(clip):
    with pytest.raises(ValueError, match=r"rows\['weight'\] must have 18 values, one a frame; got shape \(3,\)"):
        plots.which_frame(clip, {"weight": [1, 2, 3]})
    with pytest.raises(ValueError, match="rows must name at least one; got none"):
        plots.which_frame(clip, {})


# ---- the network ----------------------------------------------------------------------------------------------------


def test_the_network_is_drawn_from_its_real_shapes(clip, models):
    seen = ferviz.observe(models["relation"], clip)
    figure = plots.frame_network(clip, seen, count=3)
    drawn = texts(figure.axes[0])
    for said_ in ("18 frames", "18 × 256", "18 × 512", "512 numbers", "256 numbers", "7 logits"):
        assert said_ in drawn
    label = str(seen["emotion"].values[int(seen["emotion_probability"].values.argmax())])
    assert any(text.startswith(f"label:\n{label} 0.") for text in drawn)
    assert "pairs of 512 numbers" in figure.alt


def test_without_a_second_stage_there_is_no_anchor_in_the_picture(clip, models):
    figure = plots.frame_network(clip, ferviz.observe(models["self"], clip))
    assert not any("anchor" in text for text in texts(figure.axes[0]))
    assert "The weighted mean has 256 numbers" in figure.alt


def test_what_cannot_be_drawn_is_refused(clip, models):
    with pytest.raises(ValueError, match="observation must hold clip_feature: observe a FrameAttention of self or"):
        plots.frame_network(clip, ferviz.observe(models["mean"], clip))
    with pytest.raises(ValueError, match="clip must have two usable frames or more; got 1"):
        plots.frame_network(clip[3], ferviz.observe(models["self"], clip[3]))


# ---- regions of a face ----------------------------------------------------------------------------------------------


def regions_seen(variant):
    torch.manual_seed(0)
    config, face = region_attention.Config.compact(variant), ferviz.sample("happiness-still")
    model = region_attention.RegionAttention(config).eval()
    seen = ferviz.observe(model, face).isel(frame=0)
    return cut_clip(face, seen["box"].values), seen


def test_a_face_s_regions_are_drawn_from_their_real_shapes():
    crops, seen = regions_seen("relation")
    figure = plots.region_network(crops, seen)
    drawn = texts(figure.axes[0])
    for said_ in ("6 regions", "6 × 160", "6 × 320", "320 numbers", "μ", "anchor Fm", "face's vector P", "8 logits"):
        assert said_ in drawn
    assert "6 regions; one backbone makes 160 numbers of each; from each vector comes μ." in figure.alt
    alone = plots.region_network(*regions_seen("self"))
    assert not any("anchor" in text for text in texts(alone.axes[0]))


def test_regions_that_do_not_fit_are_refused():
    crops, seen = regions_seen("relation")
    with pytest.raises(ValueError, match="crops must be 6 regions, the face first; got 5"):
        plots.region_network(crops[:5], seen)
    with pytest.raises(ValueError, match=r"observation must be one frame \(isel\(frame=0\)\) of a RegionAttention"):
        plots.region_network(crops, seen.expand_dims("frame"))
    with pytest.raises(ValueError, match=r"observation must be one frame \(isel\(frame=0\)\) of a RegionAttention"):
        plots.region_network(crops, seen.drop_vars("alpha"))


def test_which_region_matters_is_asked_in_its_own_words():
    crops, _ = regions_seen("relation")
    figure = plots.which_frame(crops, {"weight": np.arange(6.0)}, item="region")
    assert figure.alt.startswith("6 regions of happiness-still, and which of them matters. weight: most at region 5")
    assert figure.axes[-1].get_xlabel() == "region; each row as shares of the sum of its sizes"
    with pytest.raises(ValueError, match=r"rows\['weight'\] must have 6 values, one a region; got shape \(5,\)"):
        plots.which_frame(crops, {"weight": np.arange(5.0)}, item="region")


# ---- maps over one frame --------------------------------------------------------------------------------------------


def test_maps_are_shares_on_one_scale_and_a_flat_one_says_so():
    rng = np.random.default_rng(0)
    picture = np.zeros((8, 6, 3), np.uint8)
    maps = {"gradients": rng.normal(0, 1, (8, 6)), "even": np.ones((8, 6)), "none": -np.ones((8, 6))}
    figure = plots.maps_beside(picture, maps, {"gradients": "ratio 1.2"})
    drawn = {ax.get_title().split("\n")[0]: ax for ax in figure.axes if ax.images}
    assert len({drawn[name].images[0].get_clim() for name in maps}) == 1
    assert drawn["gradients"].images[0].get_array().sum() == pytest.approx(1)
    assert [texts(drawn[name]) for name in maps] == [[], ["flat"], ["flat"]]
    assert "gradients: most" in figure.alt
    assert "(ratio 1.2)" in figure.alt
    assert "none: nothing positive" in figure.alt


def test_maps_that_do_not_fit_are_refused():
    picture = np.zeros((8, 6, 3), np.uint8)
    with pytest.raises(ValueError, match=r"maps\['a'\] must have shape \(8, 6\), as the picture; got \(6, 8\)"):
        plots.maps_beside(picture, {"a": np.ones((6, 8))})
    with pytest.raises(ValueError, match="maps must name at least one; got none"):
        plots.maps_beside(picture, {})
