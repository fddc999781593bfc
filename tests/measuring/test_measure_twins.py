"""The audit of twins as data: right on a handful of answers whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest

from data_scripts import measure_twins as script
from ferviz.explorers.twins.explorer import TwinsView
from ferviz.measured import Figures, measured, pick
from ferviz.scores.twins import VERSIONS, Shift


def a_view() -> TwinsView:
    """Three people, two versions, two labels: the second version brings one person to label 1 and takes one from it."""
    first, second = [0.4, 0.8, 0.9], [0.6, 0.3, 1.0]
    audit = np.array([[[1 - a, a], [1 - b, b]] for a, b in zip(first, second)], np.float32)
    shifts = (Shift(0.7, 0.0, 0.0, 0.0, 0), Shift(0.63, -0.0667, -0.5, 0.2, 2))
    return TwinsView(("soft", "hard"), np.zeros((2, 1, 1, 3), np.uint8), audit[0], audit, shifts)


def test_a_row_tells_the_difference_and_which_way_the_labels_change():
    (row,) = script.rows_of("light", a_view(), 1, "happiness")
    assert (row["vary"], row["row"], row.than) == ("light", "hard", "soft")
    assert (row.value, row.low, row.high, row.people) == (-0.0667, -0.5, 0.2, 3)
    assert (row["other"], row["gained"], row["lost"]) == (2, 1, 1)


def test_the_command_measures_twins_and_writes_what_it_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script, "VARIED", ("skin",))
    assert script.main(["--people", "2", "--intensity", "0.5", "--out", str(tmp_path / "twins.json")]) == 0
    told = Figures.from_json((tmp_path / "twins.json").read_text("utf-8"))
    assert told.command.endswith("measure_twins.py --people 2 --emotion happiness --intensity 0.5 --out OUT")
    assert [row["row"] for row in told["difference"]] == list(VERSIONS["skin"])[1:]
    assert f"{told['difference'][0].value:+.3f}" in capsys.readouterr().out


@pytest.mark.parametrize("vary", script.VARIED)
def test_what_ships_has_a_row_for_each_value_and_intervals_that_hold_the_mean(vary):
    told = measured("twins")
    rows = pick(told["difference"], vary=vary)
    assert [row["row"] for row in rows] == list(VERSIONS[vary])[1:]
    for row in rows:
        assert row.low <= row.value <= row.high
        assert row["gained"] + row["lost"] <= row["other"] <= row.people == told.about["people"]
