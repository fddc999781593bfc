"""Both detectors on a public-domain photograph: what they find, how they refuse, and the arithmetic between them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from skimage.data import astronaut
from skimage.transform import resize

from ferviz import lbp_cascade, mtcnn
from ferviz.clip import Clip
from ferviz.intake import detect
from ferviz.weights import WeightsError, bundled, load, read_card, save

# Read off an enlarged print of the photograph, by eye.
BOX = np.array([181, 59, 268, 175])
POINTS = np.array([[203, 100], [247, 103], [224, 127], [200, 138], [245, 141]])

BOTH = pytest.mark.parametrize("detector", ["mtcnn", "lbp"])


def overlap(a, b) -> float:
    shared = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared)


def two_heads() -> np.ndarray:
    """The astronaut's head at full size on the left, at 70 % on the right, on gray."""
    head = astronaut()[0:230, 110:340]
    picture = np.full((300, 640, 3), 128, dtype=np.uint8)
    picture[40:270, 30:260] = head
    picture[80:241, 400:561] = resize(head, (161, 161), preserve_range=True, anti_aliasing=True).astype(np.uint8)
    return picture


def test_mtcnn_finds_the_astronaut_with_her_five_points():
    (face,) = detect(astronaut())
    assert overlap(face.box, BOX) > 0.85
    assert np.abs(face.points - POINTS).max() < 4
    assert face.score > 0.99


def test_lbp_finds_the_astronaut_without_points():
    (face,) = detect(astronaut(), detector="lbp")
    assert overlap(face.box, BOX) > 0.4
    assert face.points.shape == (5, 2)
    assert np.isnan(face.points).all()
    assert 0.5 <= face.score < 1


@BOTH
def test_gray_pictures_and_clips_of_one_frame_are_taken(detector):
    gray = (astronaut() @ [0.2125, 0.7154, 0.0721]).astype(np.uint8)
    assert len(detect(gray, detector=detector)) == 1
    clip = Clip(frames=astronaut()[None], times=np.zeros(1))
    (from_clip,), (from_array,) = detect(clip, detector=detector), detect(astronaut(), detector=detector)
    np.testing.assert_array_equal(from_clip.box, from_array.box)


@BOTH
def test_the_largest_face_comes_first(detector):
    large, small = detect(two_heads(), detector=detector)
    assert large.box[2] < 300 < small.box[0]
    side = (small.box[2] - small.box[0]) / (large.box[2] - large.box[0])
    assert side == pytest.approx(0.7, abs=0.12)


@BOTH
def test_faces_below_the_minimum_are_not_found(detector):
    assert len(detect(two_heads(), detector=detector, minimum=50)) == 2
    assert detect(two_heads(), detector=detector, minimum=160) == ()


def test_thresholds_decide_what_passes():
    assert detect(astronaut(), thresholds=(0.6, 0.7, 1.0)) == ()
    assert len(detect(astronaut(), thresholds=(0.6, 0.7, 0.99))) == 1


def test_a_face_that_leaves_the_picture_keeps_its_whole_box():
    (face,) = detect(np.ascontiguousarray(astronaut()[75:]))
    assert face.box[1] < 0
    assert overlap(face.box + np.array([0, 75, 0, 75]), BOX) > 0.7


@BOTH
def test_the_same_picture_gives_the_same_faces(detector):
    first, second = detect(two_heads(), detector=detector), detect(two_heads(), detector=detector)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.box, b.box)
        assert a.score == b.score


def test_the_number_of_threads_comes_back_also_after_an_error(monkeypatch):
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        detect(astronaut())
        assert torch.get_num_threads() == 3

        def fail(*_):
            assert torch.get_num_threads() == 1
            raise RuntimeError("on purpose")

        monkeypatch.setattr(mtcnn.MTCNN, "_refine", fail)
        with pytest.raises(RuntimeError, match="on purpose"):
            detect(astronaut())
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@BOTH
@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (11, 11, 3), (41, 40), (64, 64, 3)])
def test_pictures_without_a_face_give_none(shape, detector):
    assert detect(np.full(shape, 90, dtype=np.uint8), detector=detector) == ()
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert detect(noise, detector=detector, minimum=12) == ()


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.full((64, 64, 3), np.nan), TypeError, "image must be a uint8 array or a Clip; got float64"),
        (np.full((64, 64, 3), 300.0, np.float32), TypeError, "got float32"),
        ([[0, 1]], TypeError, "got list"),
        ("face.png", TypeError, "got str"),
        (np.zeros((64, 64, 4), np.uint8), ValueError, r"shape \(H, W, 3\) or \(H, W\), .*; got \(64, 64, 4\)"),
        (np.zeros((2, 64, 64, 3), np.uint8), ValueError, r"got \(2, 64, 64, 3\)"),
        (np.zeros((0, 64, 3), np.uint8), ValueError, r"got \(0, 64, 3\)"),
        (np.zeros(9, np.uint8), ValueError, r"got \(9,\)"),
        (Clip(frames=np.zeros((2, 8, 8, 3), np.uint8), times=np.arange(2.0)), ValueError, "got a Clip of 2 frames"),
    ],
)
def test_what_is_no_picture_is_refused(image, error, message):
    with pytest.raises(error, match=message):
        detect(image)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"minimum": 11}, "minimum must be at least 12 pixels.*got 11"),
        ({"minimum": float("nan")}, "got nan"),
        ({"thresholds": (0.6, 0.7)}, r"thresholds must be three numbers from 0 to 1.*got \(0.6, 0.7\)"),
        ({"thresholds": (0.6, 0.7, 1.1)}, "1.1"),
        ({"minimum": 10**400}, "minimum must be at least 12 pixels, .* and at most 1,000,000; got 1000"),
        ({"thresholds": ("a", 0.5, 0.5)}, r"thresholds must be three numbers from 0 to 1.*got \('a', 0.5, 0.5\)"),
        ({"thresholds": 0.5}, "thresholds must be three numbers from 0 to 1.*got 0.5"),
        ({"thresholds": (0.6, float("nan"), 0.7)}, "nan"),
        ({"detector": "haar"}, r"detector must be one of \('mtcnn', 'lbp'\); got 'haar'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        detect(astronaut(), **options)


def test_suppression_keeps_the_best_of_boxes_that_overlap():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10], [22, 2, 26, 6]], dtype=float)
    scores = np.array([0.7, 0.9, 0.5, 0.6])
    # 0 and 1 share 90 of 110; 3 lies inside 2 and is 16 of its 100
    assert mtcnn.suppress(boxes, scores, 0.5).tolist() == [1, 3, 2]
    assert mtcnn.suppress(boxes, scores, 0.5, over="smaller").tolist() == [1, 3]
    assert mtcnn.suppress(boxes, scores, 0.9).tolist() == [1, 0, 3, 2]
    assert mtcnn.suppress(boxes[:0], scores[:0], 0.5).tolist() == []


def test_the_pyramid_ends_where_the_window_no_longer_fits():
    assert mtcnn._pyramid(100, 200, 40) == [(30, 60), (21, 43), (15, 30)]
    assert mtcnn._pyramid(39, 400, 40) == []
    assert mtcnn._pyramid(40, 40, 40) == [(12, 12)]


def test_a_crop_is_the_mean_of_its_pixels_and_black_outside():
    pixels = torch.full((3, 48, 48), 255.0)
    pixels[:, :, 24:] = 0
    inside, outside = mtcnn._crops(pixels, np.array([[0.0, 0, 48, 48], [-48, 0, 48, 96]]), 2)
    torch.testing.assert_close(inside[0] * 128 + 127.5, torch.tensor([[255.0, 0], [255, 0]]))
    torch.testing.assert_close(outside[0] * 128 + 127.5, torch.tensor([[0, 127.5], [0, 0]]))


def test_windows_that_agree_become_one_box():
    windows = np.repeat([[10.0, 10, 50, 50]], 12, axis=0)
    boxes, scores = lbp_cascade._merged(windows)
    assert boxes.shape == (0, 4)
    boxes, scores = lbp_cascade._merged(np.vstack([windows, [[23.0, 10, 63, 50]], [[200.0, 200, 240, 240]]]))
    np.testing.assert_allclose(boxes, [[11, 10, 51, 50]])
    np.testing.assert_allclose(scores, [0.5])


def test_the_order_in_which_windows_come_does_not_matter():
    # four stacks in a row, each reaching its neighbours: two of them could be the middle of the first box
    windows = np.repeat([[x, 0.0, x + 40, 40] for x in (0.0, 16, 32, 48)], 13, axis=0)
    there, back = lbp_cascade._merged(windows), lbp_cascade._merged(windows[::-1])
    np.testing.assert_array_equal(there[0], back[0])
    np.testing.assert_array_equal(there[1], [39 / 52, 13 / 26])


def test_the_card_says_where_the_weights_come_from():
    path = bundled("mtcnn")
    card = read_card(path)
    assert card.licence.startswith("MIT")
    assert "facenet-pytorch 2.6.0" in card.origin
    assert card.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    notice = (path.parent.parent / "licenses" / "mtcnn.txt").read_text(encoding="utf-8")
    assert "MIT License" in notice
    assert "Permission is hereby granted" in notice


def test_the_networks_have_the_published_sizes():
    sizes = [sum(p.numel() for p in net.parameters()) for net in mtcnn.cascade().children()]
    assert sizes == [6632, 100178, 389040]


def test_weights_that_miss_a_tensor_are_refused(tmp_path):
    tensors = dict(mtcnn.cascade().state_dict())
    del tensors["output.points.bias"]
    save(tmp_path / "mtcnn.safetensors", tensors, read_card(bundled("mtcnn")))
    with pytest.raises(WeightsError, match=r"output\.points\.bias"):
        load(tmp_path / "mtcnn.safetensors", mtcnn.MTCNN())
