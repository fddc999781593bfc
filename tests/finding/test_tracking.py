"""Faces linked from frame to frame by place, size and movement."""

from __future__ import annotations

import numpy as np
import pytest

from ferviz.clip import Face
from ferviz.tracking import link, side


def face(x: float, y: float = 100.0, size: float = 100.0) -> Face:
    half = size / 2
    return Face(box=np.array([x - half, y - half, x + half, y + half]), score=1.0, points=np.full((5, 2), np.nan))


def linked(*frames, step=0.04) -> list[list[int]]:
    """In which frames each track was seen."""
    return [track.frames for track in link(frames, np.arange(len(frames)) * step)]


def test_a_side_is_that_of_the_square_of_the_same_area():
    assert side(Face(box=np.array([0.0, 0, 40, 90]), score=1.0, points=np.zeros((5, 2)))) == pytest.approx(60)


def test_neighbours_in_time_are_linked():
    assert linked([face(100)], [face(110)], [face(121)]) == [[0, 1, 2]]


def test_a_face_far_away_is_another_one():
    assert linked([face(100)], [face(300)]) == [[0], [1]]


def test_with_time_to_move_it_is_the_same():
    assert linked([face(100)], [face(230)], step=1.0) == [[0, 1]]
    assert linked([face(100)], [face(330)], step=1.0) == [[0], [1]]


def test_a_sudden_change_of_size_is_another_face():
    assert linked([face(100, size=100)], [face(100, size=170)]) == [[0], [1]]
    assert linked([face(100, size=100)], [face(100, size=150)]) == [[0, 1]]


def test_a_face_that_was_hidden_is_taken_up_where_its_movement_leads():
    moving = [[face(100 + 30 * i)] for i in range(6)]
    assert linked(*moving, [], [], [], [], [], [face(430)]) == [[0, 1, 2, 3, 4, 5, 11]]
    standing = [[face(250)]] * 6
    assert linked(*standing, [], [], [], [], [], [face(430)]) == [[0, 1, 2, 3, 4, 5], [11]]


def test_after_two_seconds_it_must_be_back_in_its_place():
    away = [[]] * 3
    assert linked([face(100)], *away, [face(120)], step=1.0) == [[0, 4]]
    assert linked([face(100)], *away, [face(180)], step=1.0) == [[0], [4]]


def test_crossing_faces_keep_their_ways():
    places = [sorted([100 + 20 * i, 300 - 20 * i]) for i in range(11)]  # always the left one first
    tracks = link([[face(left), face(right)] for left, right in places], np.arange(11) * 0.04)
    ends = [[track.faces[0].box[0], track.faces[-1].box[0]] for track in tracks]
    assert ends == [[50, 250], [250, 50]]


def test_a_lost_face_does_not_take_its_neighbours_place():
    # the left one vanishes; the right one, seen until just now, comes nearer to where the left one was
    frames = [[face(100), face(180)]] * 3 + [[face(180)], [face(125)]]
    assert linked(*frames, step=0.2) == [[0, 1, 2], [0, 1, 2, 3, 4]]


def test_every_face_is_in_one_track():
    generator = np.random.default_rng(3)
    frames = [[face(float(x)) for x in generator.uniform(0, 600, generator.integers(0, 4))] for _ in range(20)]
    tracks = link(frames, np.arange(20) * 0.1)
    counted = np.bincount([frame for track in tracks for frame in track.frames], minlength=20)
    assert counted.tolist() == [len(faces) for faces in frames]
    assert all((np.diff(track.frames) > 0).all() for track in tracks)


def test_no_faces_make_no_tracks():
    assert linked([], []) == []
