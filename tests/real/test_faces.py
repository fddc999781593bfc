"""The detectors and the cutting on real photos and clips, fetched on request; the faces were counted by eye."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

import ferviz
from data_scripts.compare_detectors import FACES, judge
from ferviz.intake import NoFaceError, detect, find_faces


@pytest.fixture(scope="module")
def photos() -> dict[str, np.ndarray]:
    ferviz.fetch_samples()
    return {name: astronaut() if name == "astronaut" else ferviz.sample(name).frames[0] for name in FACES}


def test_twenty_two_of_twenty_three_faces_are_found_and_at_most_one_box_is_false(photos):
    results = [judge(detect(photo), FACES[name]) for name, photo in photos.items()]
    found, missed, false = np.sum(results, axis=0)
    print(f"MTCNN: {found} of {found + missed} faces, {false} false boxes")
    assert found + missed == 23
    assert found >= 22
    assert false <= 1


def test_the_points_lie_in_their_faces_in_the_order_of_a_face(photos):
    for photo in photos.values():
        for face in detect(photo):
            side = (face.box[2:] - face.box[:2]).max()
            assert (np.abs(face.points - (face.box[:2] + face.box[2:]) / 2) < 0.6 * side).all()
            eyes, mouth = face.points[:2].mean(0), face.points[3:].mean(0)
            assert eyes[1] < face.points[2, 1] < mouth[1] + 0.1 * side


def test_the_lbp_cascade_finds_fewer_and_invents_few(photos):
    found, _, false = np.sum([judge(detect(p, detector="lbp"), FACES[name]) for name, p in photos.items()], axis=0)
    print(f"LBP cascade: {found} of 23 faces, {false} false boxes")
    assert 8 <= found < 22
    assert false <= 2


def test_the_actress_is_followed_through_the_whole_clip(photos):
    clip = ferviz.sample("pexels-langer")[::8]
    face = find_faces(clip)
    assert face.usable().mean() > 0.95
    steps = np.linalg.norm(np.diff(face.boxes, axis=0), axis=1)
    assert np.nanmax(steps) < 250
    middle = (face.boxes[:, :2] + face.boxes[:, 2:]) / 2
    assert np.nanmax(np.abs(middle - [443, 187])) < 80


def test_a_clip_without_a_face_says_so(photos):
    with pytest.raises(NoFaceError, match=r"no face found in .* or a smaller minimum"):
        find_faces(ferviz.sample("no-face")[::4])
