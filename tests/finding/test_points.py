"""The five points of the followed face: checked, kept, and moved exactly as the pixels are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage.data import astronaut

from ferviz.clip import Clip, Truth
from ferviz.faces import facts, sample_person
from ferviz.faces.render import render
from ferviz.faces.scene import Camera, Scene
from ferviz.intake import detect, find_faces
from ferviz.mtcnn import cascade

MARKS = ((36, 41), (42, 47), (30, 30), (48, 48), (54, 54))  # first and last of the 68 landmarks that make each point


def five(landmarks: np.ndarray) -> np.ndarray:
    """Both eyes, the nose tip and the corners of the mouth (T, 5, 2) of landmarks (T, 68, 2)."""
    return np.stack([landmarks[:, first : last + 1].mean(1) for first, last in MARKS], 1)


def synthetic(frames: int = 3) -> Clip:
    """A face that turns, with the landmarks that its maker knows."""
    person, rest = sample_person(np.random.default_rng(11)), np.zeros(52, np.float32)
    scenes = [Scene(yaw=8.0 * i - 8, roll=5.0 * i, camera=Camera(crop=2.0)) for i in range(frames)]
    drawn = [render(person, rest, scene, 200, "fast") for scene in scenes]
    known = [facts(one, one) for one in drawn]
    truth = Truth(landmarks=np.stack([fact.landmarks for fact in known]))
    return Clip(np.stack([one.image for one in drawn]), np.arange(frames) / 10.0, truth=truth)


def test_points_move_as_the_truths_landmarks_do():
    clip = synthetic()
    clip = replace(clip, points=five(clip.truth.landmarks.astype(float)))
    maps = np.array([[[0.7, 0.2, -9], [-0.3, 1.1, 4]], [[0, 1, 0], [-1, 0, 199]], [[1.5, 0, -40], [0, 1.5, -30]]])
    moved = clip.warp(maps, size=(150, 160))
    np.testing.assert_allclose(moved.points, five(moved.truth.landmarks), atol=1e-3)
    assert np.abs(moved.points - clip.points).max() > 10


@pytest.mark.parametrize("align", ["box", "similarity"])
def test_the_points_of_a_crop_lie_on_the_same_features_as_before(align):
    clip = synthetic()
    faces = find_faces(clip, size=96, align=align)
    assert faces.points.shape == (3, 5, 2)
    found = np.stack([detect(frame)[0].points for frame in clip.frames])
    # how far the detector is from the truth, in pixels of the crop: the same before and after the cut
    whole, cut = found - five(clip.truth.landmarks), faces.points - five(faces.truth.landmarks)
    scale = np.linalg.norm(cut, axis=2) / np.linalg.norm(whole, axis=2)
    np.testing.assert_allclose(scale, scale[:, :1].repeat(5, 1), rtol=1e-3)
    assert np.abs(whole).max() < 20


def test_the_crops_points_lie_where_a_detector_sees_them_there():
    picture = astronaut()
    faces = find_faces(Clip(picture[None], np.zeros(1)), size=224)
    np.testing.assert_allclose(faces.points[0], detect(faces.frames[0])[0].points, atol=5)


def test_points_are_unknown_in_gaps_and_without_a_detector_that_gives_them():
    picture = astronaut()
    clip = Clip(np.stack([picture, np.zeros_like(picture)]), np.arange(2.0))
    faces = find_faces(clip)
    assert np.isfinite(faces.points[0]).all()
    assert np.isnan(faces.points[1]).all()
    assert np.isnan(find_faces(clip, detector="lbp").points).all()


def test_frames_that_are_picked_keep_their_points():
    points = np.arange(40.0).reshape(4, 5, 2)
    clip = Clip(np.zeros((4, 8, 8, 3), np.uint8), np.arange(4.0), points=points)
    np.testing.assert_array_equal(clip[1:4:2].points, points[[1, 3]])
    np.testing.assert_array_equal(clip[2].points, points[[2]])
    assert Clip(np.zeros((4, 8, 8, 3), np.uint8), np.arange(4.0))[1].points is None


@pytest.mark.parametrize(
    ("points", "error", "message"),
    [
        ([[[0.0, 0.0]] * 5], TypeError, "points must be a float array; got list"),
        (np.zeros((1, 5, 2), int), TypeError, "points must be a float array; got int64"),
        (np.zeros((2, 5, 2)), ValueError, r"points must have shape \(1, 5, 2\), five a frame; got \(2, 5, 2\)"),
        (np.zeros((1, 2, 5)), ValueError, r"got \(1, 2, 5\)"),
    ],
)
def test_points_that_do_not_fit_are_refused(points, error, message):
    with pytest.raises(error, match=message):
        Clip(np.zeros((1, 8, 8, 3), np.uint8), np.zeros(1), points=points)


# ---- prepared faces, by the third network alone ----


def test_each_prepared_face_has_its_points_whatever_its_size_and_its_neighbours():
    gray = (astronaut()[70:214, 150:294] @ [0.299, 0.587, 0.114]).astype(np.uint8)
    face = gray[None]
    noise = np.random.default_rng(0).integers(0, 256, face.shape, dtype=np.uint8)
    scores, points = cascade().points_of(np.concatenate([face, noise]))
    assert scores[0] > 0.9 > scores[1]
    left, right, nose, *mouth = points[0]
    assert left[0] < nose[0] < right[0]
    assert max(left[1], right[1]) < nose[1] < min(corner[1] for corner in mouth)
    small = face[:, ::2, ::2]
    np.testing.assert_allclose(cascade().points_of(small)[1][0] * 2, points[0], atol=4)
    assert [part.shape for part in cascade().points_of(noise[:0])] == [(0,), (0, 5, 2)]


@pytest.mark.parametrize("faces", [np.zeros((2, 48, 48)), np.zeros((48, 48), np.uint8), [[0]]])
def test_what_are_no_gray_pictures_is_refused(faces):
    with pytest.raises(TypeError, match=r"faces must be a uint8 array \(N, H, W\); got"):
        cascade().points_of(faces)
