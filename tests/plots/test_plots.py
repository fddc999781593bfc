"""Figures: honest scales, gaps that stay gaps, alt text in the page, nothing shown on its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import ferviz
from ferviz import Clip, Emotion, Face, Gap, plots
from ferviz.emotions import LABEL_SETS
from ferviz.flat import is_flat
from ferviz.plots.colours import EMOTION_COLOURS, EMOTION_DASHES, SIGNED, UNSIGNED

LABELS = [str(e) for e in LABEL_SETS["FER2013"]]


def a_clip(frames=10, gaps=()):
    pictures = np.random.default_rng(0).integers(0, 255, (frames, 12, 10, 3), dtype=np.uint8)
    return Clip(pictures, np.arange(frames) / 4, gaps=gaps, source="a test")


def an_observation(frames=10, gaps=()):
    generator = np.random.default_rng(1)
    maps = generator.normal(0, 3, (frames, 7, 4, 4))
    probability = np.exp(maps.mean((2, 3)))
    probability /= probability.sum(1, keepdims=True)
    reasons = [""] * frames
    for gap in gaps:
        maps[gap.start : gap.stop] = np.nan
        probability[gap.start : gap.stop] = np.nan
        reasons[gap.start : gap.stop] = [gap.reason] * (gap.stop - gap.start)
    return xr.Dataset(
        {
            "class_map": (("frame", "emotion", "y", "x"), maps),
            "emotion_probability": (("frame", "emotion"), probability),
        },
        coords={"emotion": LABELS, "time": ("frame", np.arange(frames) / 4), "gap": ("frame", reasons)},
    )


def texts(ax):
    return [text.get_text() for text in ax.texts]


# ---- colours --------------------------------------------------------------------------------------------------------


def test_every_emotion_has_a_colour_and_no_two_look_the_same():
    assert set(EMOTION_COLOURS) == set(EMOTION_DASHES) == set(Emotion)
    assert len({(EMOTION_COLOURS[e], EMOTION_DASHES[e]) for e in Emotion}) == len(Emotion)
    assert len(set(EMOTION_COLOURS.values())) == len(Emotion)


def test_figures_and_explorers_use_the_same_colour_scales():
    script = Path(ferviz.__file__).with_name("explorers").joinpath("shared/charts.js").read_text("utf-8")
    for scale in (SIGNED, UNSIGNED):
        written = ", ".join(f"[{', '.join(f'{number:g}' for number in stop)}]" for stop in scale)
        assert f"light: [{written}]" in script


# ---- the page -------------------------------------------------------------------------------------------------------


def test_a_figure_puts_its_alt_text_into_the_page_escaped():
    figure, _ = plots.subplots(size=(1, 1))
    page = plots.alt(figure, 'rises to "1" & stays')._repr_html_()
    assert 'alt="rises to &quot;1&quot; &amp; stays"' in page
    assert "data:image/svg+xml;base64," in page


def test_a_figure_is_not_in_pyplots_list_so_that_no_cell_shows_it_twice():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    plots.filmstrip(a_clip())
    assert plt.get_fignums() == before


@pytest.mark.parametrize(("figure", "text", "kind", "message"), [
    ("a figure", "words", TypeError, "figure must come from ferviz.plots (for example subplots); got str"),
    (plots.Figure(), "  ", ValueError, "text must say what the figure shows; got an empty text"),
])  # fmt: skip
def test_alt_refuses_what_is_no_figure_or_no_text(figure, text, kind, message):
    with pytest.raises(kind) as caught:
        plots.alt(figure, text)
    assert str(caught.value) == message


# ---- heat maps ------------------------------------------------------------------------------------------------------


def test_a_heat_map_keeps_the_scale_it_is_given():
    _, ax = plots.subplots()
    image = plots.heat(ax, [[0.0, 1.0]], limit=5, signed=True)
    assert image.get_clim() == (-5, 5)
    assert plots.heat(ax, [[0.0, 1.0]], limit=5, signed=False).get_clim() == (0, 5)


def test_signed_and_unsigned_maps_have_other_colours():
    _, ax = plots.subplots()
    signed = plots.heat(ax, [[0, 1]], limit=1, signed=True).get_cmap().name
    assert signed != plots.heat(ax, [[0, 1]], limit=1, signed=False).get_cmap().name


def test_a_near_constant_map_is_called_flat_and_not_stretched():
    _, ax = plots.subplots()
    plots.heat(ax, 1 + 1e-4 * np.eye(4), limit=2, signed=True)
    assert texts(ax) == ["flat"]
    plots.heat(ax.figure.add_subplot(), np.eye(4), limit=2, signed=True)
    assert texts(ax.figure.axes[1]) == []
    assert is_flat([[np.nan]], 1)
    assert is_flat([[0.0, 0.0]], 0)


def test_negative_numbers_on_an_unsigned_scale_are_refused():
    _, ax = plots.subplots()
    with pytest.raises(ValueError, match="values must not be negative where signed is False; got -1"):
        plots.heat(ax, [[-1, 1]], limit=1, signed=False)


# ---- the filmstrip --------------------------------------------------------------------------------------------------


def test_a_gap_between_two_picked_frames_still_shows_with_its_reason():
    gap = Gap("frames", 3, 4, "no face found")
    figure = plots.filmstrip(a_clip(20, (gap,)), count=2)
    assert "no face found" in texts(figure.axes[0])
    assert [p.get_hatch() for p in figure.axes[0].patches] == ["///"]
    assert figure.alt == "3 of 20 frames of a test, from 0.00 to 4.75 s. Gaps: 0.75 to 0.75 s: no face found."


def test_a_clip_without_gaps_says_so_and_a_picture_is_called_one():
    assert plots.filmstrip(a_clip(3)).alt == "3 of 3 frames of a test, from 0.00 to 0.50 s. No gaps."
    assert plots.filmstrip(a_clip(1)).alt == "One picture of a test."


def test_the_filmstrip_writes_the_label_below_each_frame_and_none_in_a_gap():
    gap = Gap("frames", 1, 2, "blurred")
    seen = an_observation(3, (gap,))
    written = texts(plots.filmstrip(a_clip(3, (gap,)), observation=seen).axes[0])
    best = LABELS[int(seen["emotion_probability"].values[0].argmax())]
    assert written[0] == "0.00 s"
    assert written[1].startswith(f"{best} 0.")
    assert written[3] == "blurred"
    alt = plots.filmstrip(a_clip(3, (gap,)), observation=seen).alt
    assert alt.startswith("3 of 3 frames of a test")
    assert f"Strongest label: 0.00 s {written[1]}; " in alt


@pytest.mark.parametrize("draw", [plots.class_map, plots.probabilities])
def test_a_frame_that_is_not_there_is_named(draw):
    with pytest.raises(ValueError, match="frame must be a whole number from -3 to 2; got 3"):
        draw(an_observation(3), frame=3)


def test_a_map_of_a_label_that_is_not_there_is_named():
    for emotion in ("contempt", ["happiness", "contempt"]):
        with pytest.raises(ValueError, match="emotion must be one of .*; got 'contempt'"):
            plots.class_map(an_observation(3), emotion)
    with pytest.raises(ValueError, match="3"):
        plots.class_map(an_observation(3), 3)


def test_the_filmstrip_refuses_sound_alone_and_a_count_below_one():
    sound = Clip(np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0), np.zeros(9, np.float32), 9, source="a.wav")
    with pytest.raises(ValueError, match=r"clip must have frames; 'a.wav' has sound only"):
        plots.filmstrip(sound)
    with pytest.raises(ValueError, match="count must be a whole number of at least 1; got 0"):
        plots.filmstrip(a_clip(), count=0)


# ---- the class map --------------------------------------------------------------------------------------------------


def test_class_maps_of_two_labels_share_one_scale_around_zero():
    seen = an_observation()
    largest = float(np.abs(seen["class_map"].values[2]).max())
    figure = plots.class_map(seen, ["anger", Emotion.FEAR], 2)
    limits = [ax.images[-1].get_clim() for ax in figure.axes[:2]]
    assert limits == [(-largest, largest)] * 2
    assert len(figure.axes) == 3  # two maps and one colour bar


def test_the_single_class_map_shows_its_numbers_and_all_maps_are_the_default():
    seen = an_observation()
    one = plots.class_map(seen, "anger", face=a_clip())
    assert len(texts(one.axes[0])) == 16
    assert one.axes[0].get_title().startswith("anger\nmean ")
    assert len(plots.class_map(seen).axes) == 8
    assert "anger: mean" in one.alt
    assert "row" in one.alt


def test_a_mean_that_rounds_to_zero_carries_no_sign():
    seen = an_observation(1)
    seen["class_map"].values[:] = np.where(np.arange(4) < 2, 1.0, -1.02)
    assert plots.class_map(seen, "anger").axes[0].get_title() == "anger\nmean 0.0"


def test_the_class_map_draws_into_the_axes_it_is_given():
    figure, axes = plots.subplots(1, 2)
    assert plots.class_map(an_observation(), "fear", ax=axes[1]) is figure
    assert axes[1].images
    assert not axes[0].images


def test_the_class_map_says_why_it_cannot_be_drawn():
    seen = an_observation(4, (Gap("frames", 2, 3, "turned away"),))
    with pytest.raises(ValueError, match=r"frame 2 lies in a gap \(turned away\): it has no class map"):
        plots.class_map(seen, "fear", 2)
    with pytest.raises(ValueError, match="observation must hold a class_map; it holds emotion_probability"):
        plots.class_map(seen.drop_vars("class_map"))
    with pytest.raises(ValueError, match="ax takes one emotion; got 7"):
        plots.class_map(seen, ax=plots.subplots()[1])


# ---- probabilities --------------------------------------------------------------------------------------------------


def test_lines_break_at_a_gap_and_the_reason_stands_in_it():
    seen = an_observation(8, (Gap("frames", 3, 5, "no face"), Gap("frames", 5, 6, "blurred")))
    chart = plots.probabilities(seen)
    assert len(chart.data) == 7
    assert all(line.connectgaps is False and np.isnan(line.y[3:6]).all() for line in chart.data)
    assert [note.text for note in chart.layout.annotations] == ["gap: no face", "gap: blurred"]
    first = chart.layout.shapes[0]
    assert (first.x0, first.x1) == (0.625, 1.125)
    assert "0.75 to 1.25 s: gap" in chart.alt


def test_a_clip_that_is_all_gap_is_one_gap():
    chart = plots.probabilities(an_observation(4, (Gap("frames", 0, 4, "no face"),)))
    assert (chart.layout.shapes[0].x0, chart.layout.shapes[0].x1) == (-0.125, 0.875)
    assert chart.alt == "Strongest label over time. 0.00 to 0.75 s: gap."


def test_one_frame_gets_bars_in_the_fixed_colours_and_a_title_of_the_form_label():
    seen = an_observation(1)
    chart = plots.probabilities(seen)
    assert list(chart.data[0].marker.color) == [EMOTION_COLOURS[Emotion(name)] for name in LABELS]
    assert chart.layout.title.text.startswith("<b>label: ")
    assert chart.alt.startswith("Bars of probability: ")
    assert plots.probabilities(an_observation(3), frame=2).data[0].type == "bar"


def test_probabilities_say_why_they_cannot_be_drawn():
    seen = an_observation(4, (Gap("frames", 2, 3, "turned away"),))
    with pytest.raises(ValueError, match=r"this frame lies in a gap \(turned away\)"):
        plots.probabilities(seen, frame=2)
    with pytest.raises(ValueError, match="observation must hold emotion_probability; it holds class_map"):
        plots.probabilities(seen.drop_vars("emotion_probability"))


def test_a_long_restless_clip_is_told_in_nine_pieces():
    assert "and" in plots.probabilities(an_observation(60)).alt
    assert plots.probabilities(an_observation(60)).alt.count(";") == 8


def test_a_chart_shows_itself_and_then_its_finding_in_words_without_the_whole_of_plotly(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    plots.probabilities(an_observation(1))._ipython_display_()
    chart, words = shown
    assert set(chart) == {"application/vnd.plotly.v1+json"}
    assert "In words:" in words["text/html"]


# ---- the photo, the network, the measured values --------------------------------------------------------------------


def a_photo_and_its_faces():
    photo = a_clip(2)
    boxes = np.array([[1.0, 2.0, 6.0, 8.0], [np.nan] * 4])
    others = ((Face(np.array([7.0, 0.0, 9.0, 2.0]), 0.9, np.full((5, 2), np.nan)),), ())
    faces = Clip(np.zeros((2, 8, 8, 3), np.uint8), photo.times, boxes=boxes, others=others)
    return photo, faces


def test_the_found_face_is_framed_on_the_photo_and_told():
    figure = plots.found(*a_photo_and_its_faces())
    frame = figure.axes[0].patches[1]
    assert (frame.get_x(), frame.get_y(), frame.get_width(), frame.get_height()) == (0.5, 1.5, 5, 6)
    assert len(figure.axes[0].patches) == 4  # the face and the other one, each with an edge that shows everywhere
    assert "box from (1, 2) to (6, 8); 1 other faces" in figure.alt
    assert "none found; 0 other faces" in plots.found(*a_photo_and_its_faces(), 1).alt


def test_found_draws_into_given_axes_and_refuses_what_find_faces_did_not_make():
    photo, faces = a_photo_and_its_faces()
    figure, ax = plots.subplots()
    assert plots.found(photo, faces, title="Here", ax=ax) is figure
    with pytest.raises(ValueError, match="faces must be what ferviz"):
        plots.found(photo, photo)


def test_a_network_is_drawn_from_its_shapes_with_a_sheet_for_each_doubling():
    figure = plots.network({"face": (1, 64, 64), "maps": (7, 4, 4), "logits": (7,)}, title="A network")
    assert texts(figure.axes[0])[:4] == ["face", "1 × 64 × 64", "maps", "7 × 4 × 4"]
    assert len(figure.axes[0].patches) == 1 + 3 + 1
    assert figure.alt.endswith("face: 1 × 64 × 64; then maps: 7 × 4 × 4; then logits: 7.")


@pytest.mark.parametrize(("shapes", "message"), [
    ({}, "shapes must name at least one block; got none"),
    ({"odd": (2, 3)}, "shapes['odd'] must be (channels, height, width) or (classes,); got (2, 3)"),
])  # fmt: skip
def test_a_network_without_blocks_or_with_an_odd_one_is_refused(shapes, message):
    with pytest.raises(ValueError) as caught:
        plots.network(shapes)
    assert str(caught.value) == message
