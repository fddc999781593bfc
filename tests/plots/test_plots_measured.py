"""Measured numbers as pictures: row by row, and along a share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ferviz import plots
from ferviz.measured import Figures, Measured
from ferviz.plots.colours import PAPER


def entry(row, family, value, low=None, high=None, *, than=None, seeds=None, **of):
    way = None if low is None else "95 %, exact"
    place = {"row": row, "family": family} if family else {"row": row}
    known = {"what": "accuracy", "items": 9, "unit": "clips", "people": 3, "than": than, "seeds": seeds}
    return Measured(of=place | of, value=value, low=low, high=high, way=way, **known)


ENTRIES = [
    entry("self", "degraded", 0.02, 0.01, 0.03, share=0.1),
    entry("self", "intensity", 0.01, -0.01, 0.03, share=0.2),
    entry("pool", "degraded", 0.5, share=0.1),
    entry("pool", "off_label", None, share=0.2),
]
CROSSES = "crosses: means of fewer than 5 runs, no verdict"
FILLED, HOLLOW = "filled: clearly above or below 0", "hollow: not shown to lie above or below 0, since"
SEEDS = [0.01, 0.014, 0.012, 0.012, 0.012]
DIFFERENCES = [
    entry("all", "", 0.002, -0.006, 0.01, than="original", seeds=dict(zip("01234", (0.01, -0.006, 0, 0, 0)))),
    entry("all", "", 0.012, 0.004, 0.02, than="sobel", seeds=dict(zip("01234", SEEDS))),
    entry("all", "", 0.012, than="half run", seeds={"0": 0.012}),
]


def marks(figure):
    """The dots by their place: value → colour of the face."""
    found = [line for line in figure.axes[0].lines if line.get_marker() not in ("None", "|")]
    return {round(float(line.get_xdata()[0]), 3): line.get_markerfacecolor() for line in found}


def plain(figure):
    """The words below a figure, in lines as they come."""
    return figure.axes[0].get_xlabel().replace("\n    ", " ")


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_forest_has_a_mark_for_each_entry_and_a_hollow_one_where_it_is_not_clear():
    figure = plots.forest(ENTRIES, line=0, names={"degraded": "b"}, axis="gain")
    (ax,) = figure.axes
    faces = marks(figure)
    assert faces[0.01] == PAPER
    assert faces[0.02] != PAPER
    assert len(faces) == 3
    assert [label.get_text() for label in ax.get_yticklabels()] == ["self", "pool"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["b", "intensity"]
    assert ax.get_xlabel() == f"gain\nlines: 95 %, exact\n{FILLED}\n{HOLLOW} its line reaches 0 or it has no line"
    assert figure.alt.startswith("gain. self, b: 0.020 [0.010, 0.030], 9 clips of 3 people; clearly above 0; self, ")
    assert not texts(figure)
    beside = [(dot, strokes) for dot, strokes in zip(ax.lines, ax.lines[1:]) if strokes.get_marker() == "|"]
    assert beside
    assert all(dot.get_color() == strokes.get_color() for dot, strokes in beside)
    page = figure._repr_html_()
    assert "<details><summary>The numbers</summary><ul><li>self, b: 0.020 [0.010, 0.030], 9 clips" in page
    assert page.count("<li>") == 3


def test_of_one_group_the_numbers_stand_beside_the_rows_and_a_published_value_has_its_source():
    rows = [Measured(what="bilinear", value=0.64, low=0.62, high=0.66, way="95 %, exact", items=3272),
            Measured(what="calibration", value=0.07)]  # fmt: skip
    figure = plots.forest(rows, published=0.66, source="a paper, Table 1", title="Close")
    assert texts(figure) == ["0.640  (n = 3,272)", "0.070", "published: 0.66 (a paper, Table 1)"]
    assert figure.alt == (
        "accuracy. bilinear: 0.640 [0.620, 0.660], 3272 items; calibration: 0.070. Published: 0.66 (a paper, Table 1)."
    )
    assert plots.forest(rows, names={"bilinear": "a"}).alt.startswith("accuracy. a: 0.640")
    with pytest.raises(ValueError, match="source must say where the published value stands; got an empty text"):
        plots.forest(rows, published=0.66)


def test_differences_are_named_by_both_rows_and_show_each_seed():
    figure = plots.forest(DIFFERENCES, line=0, axis="difference in accuracy")
    (ax,) = figure.axes
    names = ["all minus original", "all minus sobel", "all minus half run"]
    assert [label.get_text() for label in ax.get_yticklabels()] == names
    dots = [line for line in ax.lines if line.get_marker() in ("o", "x")]
    assert [dot.get_marker() for dot in dots] == ["o", "o", "x"]
    assert [dot.get_markerfacecolor() for dot in dots[:2]] == [PAPER, dots[0].get_color()]
    strokes = [list(line.get_xdata()) for line in ax.lines if line.get_marker() == "|"]
    assert strokes == [[0.01, -0.006, 0, 0, 0], SEEDS, []]  # one seed is the value itself
    key = f"strokes: single runs; {CROSSES}\n{FILLED}\n{HOLLOW} its line reaches 0"
    assert ax.get_xlabel().endswith(f"\nlines: 95 %, exact\n{key}")
    sentence = "all minus sobel: +0.012 [+0.004, +0.020], 9 clips of 3 people; seeds +0.010 +0.014 +0.012 +0.012 +0.012"
    assert f"{sentence}; clearly above 0" in figure.alt


@pytest.mark.parametrize("draw", [lambda few: plots.forest(few, line=0), lambda few: plots.along(few, "share")])
def test_of_fewer_than_five_runs_their_values_are_drawn_without_interval_or_verdict(draw):
    few = [entry("all", "", 0.012, 0.004, 0.02, than="x", seeds={"0": 0.01, "1": 0.014}, share=0.1)]
    ax = draw(few).axes[0]
    drawn = [float(x) for line in ax.lines[:2] for x in line.get_xdata()]
    assert 0.004 not in drawn
    assert 0.02 not in drawn
    assert all(path.get_extents().height == 0 for band in ax.collections for path in band.get_paths())
    if not ax.collections:
        assert ax.get_xlabel() == f"accuracy\nstrokes: single runs; {CROSSES}"
        assert [line.get_marker() for line in ax.lines[:2]] == ["x", "|"]
        assert "seeds +0.010 +0.014; no verdict of fewer than 5 runs." in draw(few).alt


def test_one_training_with_an_interval_is_a_cross_on_a_thin_line_whether_own_value_or_difference():
    own = entry("mtl", "", 0.6, 0.58, 0.62, seeds={"0": 0.6})
    less = entry("mtl", "", 0.02, 0.01, 0.03, than="other", seeds={"0": 0.02})
    for one, line in ((own, 0.5), (less, 0)):
        figure = plots.forest([one], line=line)
        (ax,) = figure.axes
        assert [list(drawn.get_xdata()) for drawn in ax.lines[:2]] == [[one.low, one.high], [one.value]]
        assert (ax.lines[0].get_linewidth(), ax.lines[1].get_marker()) == (1, "x")
        key = "\nlines: 95 %, exact\ncrosses on thin lines: one training each, no verdict"
        assert ax.get_xlabel().endswith(key)
        assert "9 clips of 3 people; no verdict of fewer than 5 runs." in figure.alt


def test_a_hollow_mark_whose_line_is_clear_says_on_the_spot_why_and_the_legend_is_filled():
    torn = entry("self", "degraded", 0.02, 0.01, 0.03, seeds=dict(zip("01234", (0.05, -0.01, 0.02, 0.02, 0.02))))
    figure = plots.forest([torn, *ENTRIES[1:2]], line=0)
    strokes = "one of its strokes lies on the other side"
    key = f"strokes: single runs\n{HOLLOW} {strokes} or its line reaches 0"
    assert plain(figure).endswith(key)
    doubted = replace(torn, seeds=None, p=0.2)
    assert plain(plots.forest([doubted], line=0)).endswith(f"{HOLLOW} its p is above 0.05")
    adjusted = replace(doubted, p=0.02, p_holm=0.2, holm_over="four")
    more = "its p, adjusted for all that was asked together, is above 0.05"
    assert plain(plots.forest([adjusted], line=0)).endswith(f"{HOLLOW} {more}")
    bare = Measured(what="gain", value=0.2)
    assert plain(plots.forest([bare], line=0)).endswith(f"{HOLLOW} it has no line")
    assert set(marks(figure).values()) == {PAPER}
    assert PAPER not in [mark.get_markerfacecolor() for mark in figure.axes[0].get_legend().legend_handles]


def test_what_nothing_was_claimed_of_is_a_point_on_a_thin_line_without_a_verdict():
    over = {"way": "95 %, Student's t over runs and people"}
    sure = {"p": 0.001, "p_holm": 0.004, "holm_over": "ablation", "claim": "attention"}
    rows = [replace(entry("no attention", "", -0.02, -0.03, -0.01, than="all"), **over, **sure),
            replace(entry("sobel", "", -0.02, -0.03, -0.01, than="all"), **over)]  # fmt: skip
    figure = plots.forest(rows, line=0)
    (ax,) = figure.axes
    dots = [line for line in ax.lines if line.get_marker() in ("o", ".")]
    assert [dot.get_marker() for dot in dots] == ["o", "."]
    assert PAPER not in [dot.get_markerfacecolor() for dot in dots]
    assert [line.get_linewidth() for line in ax.lines if len(line.get_xdata()) == 2][:2] == [2, 1]
    assert ax.get_xlabel().endswith(f"\npoints on thin lines: they answer no claim, no verdict; {FILLED}")
    claimed = "clearly below 0; what was claimed: confirmed; sobel minus"
    assert claimed in figure.alt
    assert figure.alt.endswith("no verdict: it answers no claim.")
    torn = replace(rows[0], p_holm=0.2)  # the longest key
    assert max(map(len, plots.forest([torn, rows[1]], line=0).axes[0].get_xlabel().split("\n"))) <= 100
    none = plots.forest(rows[1:], line=0).axes[0].get_xlabel()
    assert "hollow" not in none
    assert "filled" not in none


def test_the_key_says_what_the_strokes_are():
    key = plots.forest(DIFFERENCES, line=0, runs="one backbone each").axes[0].get_xlabel()
    assert "strokes: one backbone each;" in key


def test_the_key_is_broken_between_its_parts():
    few = entry("all", "", 0.012, 0.004, 0.02, than="x", seeds={"0": 0.01, "1": 0.014})
    drawn = plots.forest([few, *DIFFERENCES], line=0).axes[0].get_xlabel().split("\n")
    parts = [part for line in drawn for part in line.split("; ")]
    assert {"strokes: single runs", CROSSES, FILLED, f"{HOLLOW} its line reaches 0"} <= set(parts)


def test_lines_along_a_share_follow_it():
    figure = plots.along(ENTRIES, "share", words="share of informative frames")
    (ax,) = figure.axes
    np.testing.assert_allclose(ax.lines[0].get_xdata(), [0.1, 0.2])
    assert ax.get_xlabel() == "share of informative frames\nbands: 95 %"
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [0.02, 0.01])
    assert figure.alt == (
        "accuracy along share of informative frames. self: 0.02 at 0.1 to 0.01 at 0.2; "
        "pool: 0.50 at 0.1 to 0.50 at 0.1."
    )
    compared = plots.along(ENTRIES, "share", line=0.25)
    assert compared.axes[0].lines[-1].get_ydata() == [0.25, 0.25]
    assert compared.alt.endswith("; dashed: 0.25.")


@pytest.mark.parametrize("draw", [plots.forest, lambda entries: plots.along(entries, "share")])
@pytest.mark.parametrize("entries", [ENTRIES[3:], []])
def test_entries_without_a_value_are_refused(draw, entries):
    with pytest.raises(ValueError, match="entries must hold at least one with a value; got none"):
        draw(entries)


def test_a_table_of_a_record_is_drawn_or_said_to_be_missing():
    record = Figures("made up", {"gain": tuple(ENTRIES), "none": ()})
    figure = plots.recorded(record, "gain", {"row": "self"}, line=0, axis="gain")
    assert figure.alt.startswith("gain. self, degraded: 0.020")
    line = plots.recorded(record, "gain", draw=plots.along, x="share")
    assert line.alt.startswith("accuracy along share.")
    for table in ("none", "absent"):
        assert plots.recorded(record, table, {"row": "self"}) == (f"{table}: not measured yet.",)
        assert plots.recorded(record, table, title="Gain") == ("Gain: not measured yet.",)
    with pytest.raises(ValueError, match="no entry has {'row': 'fan'}"):
        plots.recorded(record, "gain", {"row": "fan"})
    part = Figures("made up", {"gain": tuple(ENTRIES)}, about={"missing": ["fan: 0 of 5 seeds"]})
    assert plots.recorded(part, "gain", {"row": "fan"}, title="Gain") == ("Gain: not measured yet.",)
