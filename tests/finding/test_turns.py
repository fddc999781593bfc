"""Faces that lie: the four quarter turns, and which of them is said."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

from ferviz.clip import Clip, Crop
from ferviz.detection import upright
from ferviz.explorers.shared.picture import enlarge
from ferviz.intake import NoFaceError, detect, find_faces, search

TURNS = pytest.mark.parametrize("turn", [1, 2, 3])


def lying(turn: int, picture: np.ndarray | None = None) -> np.ndarray:
    """A picture that ``turn`` quarter turns, counter-clockwise, stand upright; wider than high, to tell both apart."""
    picture = astronaut()[:400] if picture is None else picture
    return np.ascontiguousarray(np.rot90(picture, -turn))


def photo(picture: np.ndarray) -> Clip:
    return Clip(picture[None], np.zeros(1), source="photo")


@TURNS
def test_a_face_that_lies_is_found_with_its_turn_where_it_lies(turn):
    (face,), (standing,) = detect(lying(turn)), detect(astronaut()[:400])
    assert (face.turn, standing.turn) == (turn, 0)
    assert face.score == standing.score
    box = np.round(face.box).astype(int)
    seen = np.rot90(lying(turn)[box[1] : box[3], box[0] : box[2]], turn)
    there = np.round(standing.box).astype(int)
    same = astronaut()[there[1] : there[3], there[0] : there[2]]
    assert np.abs(np.array(seen.shape) - same.shape).max() <= 1
    height, width = np.minimum(seen.shape[:2], same.shape[:2])
    assert np.abs(seen[:height, :width].astype(int) - same[:height, :width]).mean() < 12  # a pixel off at most
    # the points lie on the same pixels
    for (x, y), (a, b) in zip(np.round(face.points).astype(int), np.round(standing.points).astype(int), strict=True):
        assert np.abs(lying(turn)[y, x].astype(int) - astronaut()[b, a]).max() < 60


@TURNS
@pytest.mark.parametrize("align", ["box", "similarity"])
def test_the_crop_of_a_face_that_lies_stands_upright_and_says_how(turn, align):
    faces, standing = find_faces(photo(lying(turn)), align=align), find_faces(photo(astronaut()[:400]), align=align)
    assert (faces.crop.turn, standing.crop.turn) == (turn, 0)
    assert faces.crop == standing.crop == Crop(size=112, margin=0.25, align=align)
    assert np.abs(faces.frames.astype(int) - standing.frames).max() <= 1
    np.testing.assert_allclose(faces.points, standing.points, atol=1e-6)


@TURNS
def test_a_film_that_lies_is_turned_as_a_whole(turn):
    dark = np.zeros_like(lying(turn))
    clip = Clip(np.stack([dark, lying(turn), lying(turn), dark]), np.arange(4.0))
    faces = find_faces(clip)
    assert faces.crop.turn == turn
    assert faces.usable().tolist() == [False, True, True, False]
    quick = search(clip, exact=False)
    assert quick.turn == turn
    assert [len(some) for some in quick.faces] == [0, 1, 1, 0]
    assert all(face.turn == turn for some in quick.faces for face in some)


def test_a_turn_that_is_given_is_not_asked_for():
    assert detect(lying(1), turn=2) == ()
    assert detect(lying(1), turn=1)[0].turn == 1
    assert detect(lying(3), turn=0) == () or detect(lying(3), turn=0)[0].turn == 0
    assert find_faces(photo(lying(2)), turn=2).crop.turn == 2


def test_where_a_given_turn_shows_no_face_no_other_is_said_to_have_been_tried():
    with pytest.raises(NoFaceError, match=r"and upright \(only turn=2 was looked at\); .*; or turn=None$"):
        find_faces(photo(lying(1)), turn=2)


def test_the_lbp_cascade_finds_what_lies_too():
    (face,) = detect(lying(2), detector="lbp")
    assert face.turn == 2
    assert find_faces(photo(lying(2)), detector="lbp").crop.turn == 2


def test_a_sure_and_level_face_is_not_turned():
    tried = []
    (face,) = detect(astronaut())

    def at(turn):
        tried.append(turn)
        return (face,)

    assert upright([at], "mtcnn") == (0, [(face,)])
    assert tried == [0]


@pytest.mark.parametrize(("turn", "kind"), [(0.9, TypeError), (True, TypeError), (4, ValueError), (-1, ValueError)])
def test_a_turn_that_is_none_is_refused(turn, kind):
    for ask in (lambda: detect(astronaut(), turn=turn), lambda: find_faces(photo(astronaut()), turn=turn)):
        with pytest.raises(kind, match=f"turn must be 0, 1, 2 or 3 quarter turns.*; got {turn}"):
            ask()


def test_an_enlarged_crop_stands_upright_too():
    clip = photo(lying(1))
    faces = find_faces(clip, size=64)
    large = enlarge(clip, faces, 160)[0]
    standing = photo(astronaut()[:400])
    np.testing.assert_allclose(large, enlarge(standing, find_faces(standing, size=64), 160)[0], atol=1)
