"""Several faces: which of them is followed, and a search to choose from."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut
from skimage.transform import resize

from ferviz.clip import Clip
from ferviz.intake import detect, find_faces, search

HEAD = astronaut()[0:230, 110:340]
PLACES = {"left": 60, "middle": 300, "right": 520}  # the large face stands in the middle


def group() -> np.ndarray:
    """Three faces: small, large, small."""
    picture = np.full((260, 760, 3), 128, np.uint8)
    for name, left in PLACES.items():
        side = 230 if name == "middle" else 160
        head = resize(HEAD, (side, side), preserve_range=True, anti_aliasing=True).astype(np.uint8)
        picture[20 : 20 + side, left : left + side] = head
    return picture


def photo(*pictures: np.ndarray) -> Clip:
    return Clip(np.stack(pictures or [group()]), np.arange(max(1, len(pictures))) / 10.0, source="group")


def middle(face_clip: Clip, frame: int = 0) -> float:
    return float(face_clip.boxes[frame, [0, 2]].mean())


def which(face_clip: Clip, frame: int = 0) -> str:
    """The name of the place that was cut out."""
    return min(PLACES, key=lambda name: abs(PLACES[name] + 90 - middle(face_clip, frame)))


@pytest.mark.parametrize(
    ("follow", "place"),
    [
        ("largest", "middle"), (0, "left"), (1, "middle"), (2, "right"), (-1, "right"), (np.int64(-3), "left"),
        ((140, 100), "left"), ([600.0, 100.0], "right"), (np.array([415, 140]), "middle"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("track", [True, False])
def test_one_of_several_is_chosen_and_the_others_stay(follow, place, track):
    faces = find_faces(photo(), follow=follow, track=track)
    assert which(faces) == place
    assert len(faces.others[0]) == 2


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_box_or_a_face_that_was_found_chooses_itself(place):
    face = sorted(detect(group()), key=lambda face: face.box[0])[place]
    loose = face.box + np.array([-8, 5, 6, 12])
    for follow in (face, face.box, tuple(loose), loose.tolist()):
        np.testing.assert_array_equal(find_faces(photo(), follow=follow).boxes[0], face.box)


def test_a_face_is_followed_through_the_film_from_where_it_was_chosen():
    pictures = [np.roll(group(), 6 * i, axis=1) for i in range(6)]
    first = find_faces(photo(*pictures), follow=0)
    assert first.usable().all()
    assert [round((middle(first, i) - middle(first)) / 6) for i in range(6)] == list(range(6))
    late = search(photo(*pictures)).faces[5]
    left = min(late, key=lambda face: face.box[0])
    np.testing.assert_array_equal(find_faces(photo(*pictures), follow=left.box).boxes, first.boxes)


def test_a_number_counts_where_most_faces_show():
    alone = group()
    alone[:, :280] = 128
    alone[:, 500:] = 128
    faces = find_faces(photo(alone, group(), alone), follow=2)
    assert faces.usable().tolist() == [False, True, False]
    assert which(faces, 1) == "right"
    assert faces.gaps[0].reason == "the followed face was lost: 1 frame"


def test_the_left_of_a_picture_that_lies_is_that_of_the_upright_one():
    lying = np.ascontiguousarray(np.rot90(group()))
    face = find_faces(photo(lying), follow=0)
    assert face.crop.turn == 3
    np.testing.assert_allclose(face.frames, find_faces(photo(), follow=0).frames, atol=1)


def test_a_search_shows_all_faces_and_cuts_any_without_searching_again(monkeypatch):
    found = search(photo())
    assert (found.turn, found.exact, found.detector, found.minimum) == (0, True, "mtcnn", 40.0)
    assert [len(faces) for faces in found.faces] == [3]
    sides = [face.box[2] - face.box[0] for face in found.faces[0]]
    assert sides == sorted(sides, reverse=True)
    monkeypatch.setattr("ferviz.intake.look", None)
    for face in found.faces[0]:
        cut = found.cut(face, size=48, margin=0.0, align="similarity")
        np.testing.assert_array_equal(cut.boxes[0], face.box)
        assert cut.frames.shape == (1, 48, 48, 3)
        assert set(map(id, cut.others[0])) == {id(other) for other in found.faces[0] if other is not face}


@pytest.mark.parametrize(
    ("follow", "error", "message"),
    [
        ("left", ValueError, "follow must be 'largest', a whole number from the left, .*; got 'left'"),
        (True, TypeError, "follow must be 'largest'.*; got True"),
        (None, TypeError, "got None"),
        (b"x", TypeError, "got b'x'"),
        (["left", "top"], TypeError, r"got \['left', 'top'\]"),
        ((1, 2, 3), ValueError, r"of finite numbers; got \(1, 2, 3\)"),
        ((1, float("nan")), ValueError, "of finite numbers"),
        ((9, 0, 3, 4), ValueError, r"a box to follow must have left < right and top < bottom; got \(9, 0, 3, 4\)"),
        (3, ValueError, "follow must be -3 to 2, counted from the left; got 3"),
        (-4, ValueError, "got -4"),
        ((5, 5), ValueError, r"follow=\(5, 5\) meets no face; frame 0 has faces at \(\d+, \d+, \d+, \d+\), \("),
        ((0, 0, 30, 30), ValueError, r"follow=\(0, 0, 30, 30\) meets no face"),
    ],
)
def test_a_choice_that_means_no_face_is_refused(follow, error, message):
    with pytest.raises(error, match=message):
        find_faces(photo(), follow=follow)


def test_without_tracking_too_a_choice_that_means_no_face_is_refused():
    with pytest.raises(ValueError, match=r"follow=7 meets no face in any frame of group"):
        find_faces(photo(), follow=7, track=False)


def test_what_is_wrong_is_said_before_anything_is_searched(monkeypatch):
    monkeypatch.setattr("ferviz.intake.look", None)
    for wrong in ({"follow": "left"}, {"size": 0}, {"exact": "no"}, {"turn": 5}):
        with pytest.raises((TypeError, ValueError), match=next(iter(wrong))):
            find_faces(photo(), **wrong)
