"""The quick way through a film against the full one: the same faces, the same gaps, and nobody is lost."""

from __future__ import annotations

import numpy as np
import pytest
from crowd import Walker, crowd
from skimage.data import astronaut

from ferviz import following, intake
from ferviz.boxes import overlap
from ferviz.clip import Clip, Gap
from ferviz.intake import EVERY, find_faces, search

SIZE = (270, 480)


def standing(t):
    return 120 + 8 * np.sin(2 * t), 140.0, 190 + 6 * np.sin(t)


def crossing(t):
    return 470 - 130 * t, 130 + 6 * np.sin(5 * t), 130.0


@pytest.fixture(scope="module")
def film() -> Clip:
    """Two people; one walks through the picture, behind the other, and leaves it."""
    return crowd([Walker(3, crossing, "fear"), Walker(8, standing)], 90, SIZE)


@pytest.fixture(scope="module")
def both(film) -> tuple[intake.Found, intake.Found]:
    return search(film, exact=True), search(film, exact=False)


def agreement(one: Clip, other: Clip) -> np.ndarray:
    """Intersection over union of the boxes of each frame; 1 where neither has one, 0 where one alone has."""
    alone = np.isnan(one.boxes[:, 0]), np.isnan(other.boxes[:, 0])
    shared = [overlap(a[None], b[None]).item() for a, b in zip(one.boxes, other.boxes, strict=True)]
    return np.where(alone[0] | alone[1], (alone[0] & alone[1]).astype(float), shared)


def test_followed_boxes_are_those_of_a_full_search(both):
    exact, quick = (found.cut() for found in both)
    assert (agreement(exact, quick) >= 0.7).mean() >= 0.98


def test_who_walks_behind_another_is_lost_only_beside_frames_in_which_a_full_search_loses_her_too(both):
    exact, quick = (found.cut((440, 130)) for found in both)
    seen = exact.usable()
    assert 0.5 < seen.mean() < 0.9
    lost = np.flatnonzero(seen & (agreement(exact, quick) < 0.7))
    assert len(lost) <= 3
    assert all(not seen[max(0, frame - 1) : frame + 2].all() for frame in lost)
    assert (quick.usable() & ~seen).sum() <= 3  # half hidden, she is now and then found by following alone


def test_the_points_are_those_of_a_full_search(both):
    exact, quick = (found.cut() for found in both)
    off = np.linalg.norm(exact.points - quick.points, axis=2)
    assert np.nanmax(off) < 0.25 * 112


def test_far_fewer_frames_are_searched(film, monkeypatch):
    searched = []
    look = following.look
    monkeypatch.setattr(following, "look", lambda *a, **k: searched.append(0) or look(*a, **k))
    search(film, exact=False)
    assert len(film) / EVERY <= len(searched) < 0.4 * len(film)


def test_long_clips_take_the_quick_way_and_short_ones_do_not(monkeypatch):
    monkeypatch.setattr(intake, "LONG", 3)
    picture = astronaut()[40:240, 120:340]
    film = Clip(np.stack([picture] * 3), np.arange(3.0))
    assert not search(film).exact
    assert search(film[:2]).exact
    assert search(film, exact=True).exact
    assert search(film, detector="lbp").exact
    np.testing.assert_array_equal(find_faces(film, exact=True).frames[1:], find_faces(film[1:]).frames)


def test_a_face_that_jumps_is_found_in_the_next_frame():
    picture = np.full((260, 700, 3), 128, np.uint8)
    head = astronaut()[0:230, 110:340]
    here, there = picture.copy(), picture.copy()
    here[20:250, 20:250], there[20:250, 440:670] = head, head
    film = Clip(np.stack([here] * 5 + [there] * 5), np.arange(10) / 25)
    middles = [[face.box[[0, 2]].mean() for face in faces] for faces in search(film, exact=False).faces]
    assert [len(one) for one in middles] == [1] * 10
    assert np.abs(np.diff(np.ravel(middles)) - [0, 0, 0, 0, 420, 0, 0, 0, 0]).max() < 12


def test_a_face_that_turns_up_between_searches_is_followed_back_to_its_first_frame():
    picture = np.full((260, 700, 3), 128, np.uint8)
    head = astronaut()[0:230, 110:340]
    alone = picture.copy()
    alone[20:250, 20:250] = head
    together = alone.copy()
    together[20:250, 440:670] = head
    first = EVERY // 2
    film = Clip(np.stack([alone] * first + [together] * EVERY), np.arange(first + EVERY) / 25)
    seen = [len(faces) for faces in search(film, exact=False).faces]
    assert seen == [1] * first + [2] * EVERY


def test_a_cut_is_searched_anew_and_gaps_keep_their_reasons():
    head, dark = astronaut()[0:230, 110:340], np.zeros((230, 230, 3), np.uint8)
    small = np.full((230, 230, 3), 128, np.uint8)
    small[90:144, 90:144] = head[40:202:3, 40:202:3]
    film = Clip(np.stack([head] * 3 + [dark] * 4 + [head] * 3 + [dark] + [head] * 2), np.arange(13) / 25)
    gaps = (Gap("frames", 8, 9, "broken frame"),)
    film = Clip(film.frames, film.times, gaps=gaps)
    exact, quick = (find_faces(film, exact=way) for way in (True, False))
    assert exact.gaps == quick.gaps
    assert [(gap.start, gap.stop, gap.reason) for gap in quick.gaps] == [
        (3, 7, "no face found"), (8, 9, "broken frame"), (10, 11, "no face found"),
    ]  # fmt: skip
    np.testing.assert_array_equal(quick.usable(), ~np.isnan(quick.boxes[:, 0]))


def test_a_film_in_which_nobody_shows_says_so():
    dark = Clip(np.zeros((30, 60, 80, 3), np.uint8), np.arange(30) / 25)
    with pytest.raises(intake.NoFaceError, match=r"no face found in array \(30 frames of 80×60\)"):
        search(dark, exact=False)


def test_frames_that_nobody_may_write_to_are_followed_without_a_warning(recwarn):
    picture = np.broadcast_to(astronaut()[40:240, 120:340], (4, 200, 220, 3))
    assert len(search(Clip(picture, np.arange(4.0)), exact=False).faces) == 4
    assert not recwarn.list


@pytest.mark.parametrize("exact", [True, False])
def test_progress_is_told_frame_by_frame(exact):
    picture = astronaut()[40:240, 120:340]
    film = Clip(np.stack([picture] * 4), np.arange(4.0), gaps=(Gap("frames", 1, 2, "dark"),))
    told = []
    find_faces(film, exact=exact, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_bar_shows_for_many_pixels_alone(monkeypatch, capsys):
    picture = astronaut()[40:240, 120:340]
    film = Clip(np.stack([picture] * 4), np.arange(4.0))
    find_faces(film)
    assert "finding faces" not in capsys.readouterr().err
    monkeypatch.setattr(intake, "SLOW", 1000)
    find_faces(film)
    assert "finding faces" in capsys.readouterr().err
    find_faces(film, progress=False)
    assert "finding faces" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"exact": 1}, TypeError, "exact must be True, False or None; got 1"),
        ({"exact": False, "detector": "lbp"}, ValueError, "exact=False needs MTCNN, .*; detector='lbp' has none"),
        ({"progress": "yes"}, TypeError, r"progress must be True, False or a function of .*; got 'yes'"),
    ],
)
def test_ways_that_are_none_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        find_faces(Clip(astronaut()[None], np.zeros(1)), **options)
