"""The montages by which people judge the synthetic faces: every one is drawn, and says what it should."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import ferviz
from data_scripts import make_faces as script

SIZE = 24


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_identities_fill_rows_and_columns_with_other_people(rng):
    drawn = script.identities(rng, rows=1, columns=3, size=SIZE)
    assert drawn.shape == (SIZE, 3 * SIZE, 3)
    assert not np.array_equal(drawn[:, :SIZE], drawn[:, SIZE : 2 * SIZE])


def test_a_row_of_expressions_shows_one_person_with_every_emotion(rng):
    drawn = script.expressions(rng, rows=1, size=SIZE)
    assert drawn.shape == (SIZE, 8 * SIZE, 3)
    columns = np.split(drawn.astype(int), 8, 1)
    apart = [np.abs(one - columns[0]).mean() for one in columns[1:]]
    assert all(0 < difference < 30 for difference in apart)  # one person in one scene, and never the neutral face


def test_covers_have_a_row_each(rng):
    assert script.covers(rng, columns=1, size=SIZE).shape == (len(script.KINDS) * SIZE, SIZE, 3)


def test_truth_has_seven_columns_and_six_emotions(rng):
    drawn = script.truths(rng, size=SIZE)
    assert drawn.shape == (6 * SIZE, 7 * SIZE, 3)
    cover = drawn[:, 6 * SIZE :].reshape(6, SIZE, SIZE, 3)
    assert [bool(row.any()) for row in cover] == [False, True, False, True, True, True]


def test_clips_have_a_row_each_and_bars_where_an_emotion_is_intense(rng, monkeypatch):
    rows = (("intensity", "happiness"), ("intensity", "neutral"), ("off_label", "anger"))
    monkeypatch.setattr(script, "ROWS", rows)
    drawn = script.clips(rng, frames=10, size=SIZE)
    assert drawn.shape == (3 * SIZE, 10 * SIZE, 3)
    bars = drawn.reshape(3, SIZE, 10 * SIZE, 3)[:, -2]  # one line of pixels through the bars of each row
    own, other = ((bars == colour).all(2).sum(1) for colour in (script.OWN, script.OTHER))
    assert own[0] > SIZE
    assert (own[1], other[0], other[1]) == (0, 0, 0)
    assert own[2] > other[2] > 0


def test_apex_frames_and_samples_fill_rows_and_columns(rng):
    drawn = script.apex(rng, rows=2, columns=3, size=SIZE)
    assert drawn.shape == (2 * SIZE, 3 * SIZE, 3)
    assert len({tile.tobytes() for row in np.split(drawn, 2) for tile in np.split(row, 3, 1)}) == 6
    known = [one for one in ferviz.samples() if one.known]
    drawn = script.samples(rng, columns=10, size=SIZE)
    assert drawn.shape == (-(-len(known) // 10) * SIZE, 10 * SIZE, 3)
    tiles = [tile for row in np.split(drawn, len(drawn) // SIZE) for tile in np.split(row, 10, 1)]
    assert [bool(tile.any()) for tile in tiles] == [place < len(known) for place in range(len(tiles))]


def test_several_families_are_among_the_clips():
    assert {family for family, _ in script.ROWS} >= {"intensity", "degraded", "off_label", "one_frame", "patch"}


def test_a_bar_is_as_long_as_the_emotion_is_intense():
    frames = np.zeros((3, 10, 10, 3), np.uint8)
    own, good = np.array([True, True, False]), np.zeros(3, bool)
    drawn = np.asarray(script.with_bars(frames, np.array([0.0, 0.5, 1.0]), own, good))
    assert not drawn[:, :10].any()
    assert (drawn[8, 10:15] == script.OWN).all()
    assert not drawn[8, 15:20].any()
    assert (drawn[8, 20:] == script.OTHER).all()
    assert not drawn[:6].any()
    spoiled = np.asarray(script.with_bars(frames, np.zeros(3), own, np.array([False, True, False])))
    assert (spoiled[:2, 10:20] == script.BAD).all()
    assert not spoiled[2:].any()
    assert not spoiled[:, :10].any()


def test_the_command_writes_every_montage(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(script, "DRAWN", {name: lambda _: np.zeros((2, 3, 3), np.uint8) for name in script.DRAWN})
    assert script.main(["--out", str(tmp_path / "faces")]) == 0
    names = ["identities", "expressions", "covers", "truth", "clips", "apex", "samples"]
    assert capsys.readouterr().out.split() == [str(tmp_path / "faces" / f"{name}.png") for name in names]
    assert Image.open(tmp_path / "faces" / "clips.png").size == (3, 2)
