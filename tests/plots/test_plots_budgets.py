"""What networks label right against what they cost."""

from __future__ import annotations

import pytest

from ferviz import plots
from tests.plots.test_plots_measured import entry

ENTRIES = [
    entry("one", "", 0.6, 0.5, 0.7, ms=9.0, MB=0.2),
    entry("other", "", 0.5, ms=3.0, MB=2.0),
    entry("none", "", None, ms=1.0, MB=1.0),
]
WORDS = {"ms": "ms a face", "MB": "MB of the file"}


def test_each_network_stands_at_its_cost_and_its_accuracy_in_every_panel():
    figure = plots.costs(ENTRIES, WORDS, line=0.3, title="what it costs")
    for ax, (cost, words) in zip(figure.axes, WORDS.items(), strict=True):
        at = [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines if line.get_marker() not in ("None", "")]
        assert at == [(one[cost], one.value) for one in ENTRIES[:2]]
        assert ax.get_xlabel() == words
        assert ax.get_xlim()[0] == 0
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    known = "one: 0.600 [0.500, 0.700] (ms a face: 9.00, MB of the file: 0.20); other: 0.500 (ms a face: 3.00,"
    assert known in figure.alt
    assert "dashed: 0.30" in figure.alt
    assert "none" not in figure.alt


def test_one_cost_is_one_panel():
    assert len(plots.costs(ENTRIES, {"MB": "MB"}).axes) == 1


@pytest.mark.parametrize(("entries", "against"), [(ENTRIES[2:], WORDS), (ENTRIES, {})])
def test_nothing_to_draw_is_refused(entries, against):
    with pytest.raises(ValueError, match="entries must have values, and against a cost; got"):
        plots.costs(entries, against)
