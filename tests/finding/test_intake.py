"""Faces cut out of clips: where they land, who is followed, and how each unusable frame is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage.data import astronaut
from skimage.transform import resize, rotate

from ferviz import intake
from ferviz.clip import Clip, Crop, Face, Gap, Truth
from ferviz.emotions import Emotion
from ferviz.intake import NoFaceError, detect, find_faces

FACE = np.array([114.5, 117.0])  # the middle of the face's box in HEAD, by eye
HEAD = astronaut()[0:230, 110:340]


def scene(*heads, size=(300, 640)) -> np.ndarray:
    """Heads (x, y, scale) pasted on gray so that the face's middle is at x, y; what leaves the picture is cut off."""
    canvas = np.full((size[0] + 600, size[1] + 600, 3), 128, dtype=np.uint8)
    for x, y, scale in heads:
        side = round(230 * scale)
        head = resize(HEAD, (side, side), preserve_range=True, anti_aliasing=True).astype(np.uint8)
        left, top = np.round(300 + np.array([x, y]) - FACE * scale).astype(int)
        canvas[top : top + side, left : left + side] = head
    return canvas[300:-300, 300:-300]


def graded() -> np.ndarray:
    """No face, and more than one colour."""
    return np.ascontiguousarray(np.broadcast_to((np.arange(640) // 3).astype(np.uint8)[:, None], (300, 640, 3)))


def film(*scenes, fps=10.0, **options) -> Clip:
    return Clip(frames=np.stack(scenes), times=np.arange(len(scenes)) / fps, source="film", **options)


def still(picture=None) -> Clip:
    return film(astronaut() if picture is None else picture)


def middle(boxes) -> np.ndarray:
    return (boxes[..., :2] + boxes[..., 2:]) / 2


def test_a_still_becomes_a_face_clip_with_a_record_of_the_cut():
    face = find_faces(still())
    assert face.frames.shape == (1, 112, 112, 3)
    assert face.crop == Crop(size=112, margin=0.25, align="box", interpolation="bilinear")
    np.testing.assert_allclose(face.boxes[0], detect(astronaut())[0].box)
    assert face.others == ((),)
    assert face.gaps == ()


@pytest.mark.parametrize("margin", [0.0, 0.25, 0.5])
def test_the_margin_is_added_on_each_side_and_the_face_lies_in_the_middle(margin):
    source = detect(astronaut())[0]
    face = find_faces(still(), size=224, margin=margin)
    extent = (source.box[2:] - source.box[:2]).max() * (1 + 2 * margin)
    scale = 224 / extent
    seen = detect(face.frames[0])[0]
    expected = (source.points - (middle(source.box) - 0.5)) * scale + 111.5
    assert np.abs(seen.points - expected).max() < 8


def test_the_cut_is_exact_where_no_pixel_is_between():
    picture = astronaut()
    box = detect(picture)[0].box
    extent = (box[2:] - box[:2]).max() * 1.5
    face = find_faces(still(), size=round(extent), interpolation="nearest")
    corner = np.round(middle(box) - extent / 2).astype(int)
    plain = picture[corner[1] : corner[1] + len(face.frames[0]), corner[0] : corner[0] + len(face.frames[0])]
    # scaled by less than half a pixel over the whole side, so each pixel is its source or a neighbour of it
    assert np.abs(face.frames[0].astype(int) - plain).mean() < 6


def test_similarity_makes_the_eyes_level():
    tilted = rotate(astronaut(), 20, center=(225, 117), preserve_range=True).astype(np.uint8)

    def slope(align):
        left, right = detect(find_faces(still(tilted), size=224, align=align).frames[0])[0].points[:2]
        return np.degrees(np.arctan2(right[1] - left[1], right[0] - left[0]))

    assert abs(slope("box")) > 12
    assert abs(slope("similarity")) < 4


def test_similarity_puts_the_points_on_the_template_shrunk_by_the_margin():
    for margin in (0.0, 0.25):
        face = find_faces(still(), size=224, align="similarity", margin=margin)
        template = (np.array(intake.TEMPLATE) - 55.5) * 2 / (1 + 2 * margin) + 111.5
        points = detect(face.frames[0])[0].points
        assert np.abs(points.mean(0) - template.mean(0)).max() < 5
        assert np.linalg.norm(points.std(0)) == pytest.approx(np.linalg.norm(template.std(0)), rel=0.05)


def test_times_sound_labels_and_gaps_stay():
    sound = np.linspace(-1, 1, 800, dtype=np.float32)
    gaps = (Gap("frames", 1, 2, "broken frame"), Gap("audio", 0, 100, "silence"))
    clip = film(*[scene((200, 150, 1))] * 3, audio=sound, sample_rate=8000, labels={"emotion": Emotion.FEAR}, gaps=gaps)
    face = find_faces(clip)
    np.testing.assert_array_equal(face.times, clip.times)
    np.testing.assert_array_equal(face.audio, sound)
    assert face.sample_rate == 8000
    assert face.labels == {"emotion": Emotion.FEAR}
    assert face.source == "film"
    assert set(face.gaps) == set(gaps)
    assert face.usable().tolist() == [True, False, True]
    assert np.isnan(face.boxes[1]).all()
    assert not face.frames[1].any()
    assert face.frames[0].any()


def test_the_truth_moves_with_the_picture():
    (source,) = detect(astronaut())
    relevance = np.zeros((1, 512, 512))
    x, y = source.points[2].round().astype(int)  # the nose
    relevance[0, y - 2 : y + 3, x - 2 : x + 3] = 1
    landmarks = np.repeat(source.points[2][None, None], 68, axis=1)
    clip = replace(still(), truth=Truth(relevance=relevance, landmarks=landmarks, intensity=np.array([0.5])))
    truth = find_faces(clip).truth
    nose = detect(find_faces(still()).frames[0], minimum=30)[0].points[2]
    assert np.abs(truth.landmarks[0, 0] - nose).max() < 4
    assert truth.relevance.shape == (1, 112, 112)
    peak = np.argwhere(truth.relevance[0] > 0.5).mean(0)[::-1]
    assert np.abs(peak - truth.landmarks[0, 0]).max() < 1
    assert truth.intensity[0] == 0.5


def test_in_a_gap_the_truth_is_moved_as_in_the_nearest_usable_frame():
    seen, empty = scene((320, 150, 1)), scene()
    other = scene((360, 150, 1))
    landmarks = np.full((5, 68, 2), 300.0)
    clip = film(seen, empty, empty, empty, other, truth=Truth(landmarks=landmarks))
    moved = find_faces(clip).truth.landmarks[:, 0]
    np.testing.assert_array_equal(moved[1], moved[0])
    np.testing.assert_array_equal(moved[3], moved[4])
    assert np.abs(moved[0] - moved[4]).max() > 10


def test_a_face_on_its_way_is_followed():
    places = [(120 + 40 * i, 150 + 4 * i) for i in range(8)]
    face = find_faces(film(*(scene((x, y, 1)) for x, y in places)))
    assert face.gaps == ()
    assert np.abs(middle(face.boxes) - places).max() < 10


def test_a_face_that_leaves_and_comes_back_leaves_a_gap():
    seen, empty = scene((320, 150, 1)), scene()
    face = find_faces(film(seen, empty, empty, seen, seen, empty))
    assert face.gaps == (Gap("frames", 1, 3, "no face found"), Gap("frames", 5, 6, "no face found"))
    assert np.isnan(face.boxes[[1, 2, 5]]).all()
    assert not face.frames[[1, 2, 5]].any()
    assert np.isfinite(face.boxes[[0, 3, 4]]).all()


def test_the_large_face_is_followed_and_its_loss_is_named():
    together, alone = scene((150, 150, 1), (480, 150, 0.6)), scene((480, 150, 0.6))
    face = find_faces(film(*[together] * 5, *[alone] * 3))
    assert face.gaps == (Gap("frames", 5, 8, "the followed face was lost: 3 frames"),)
    assert np.abs(middle(face.boxes[:5]) - [150, 150]).max() < 10
    assert [len(others) for others in face.others] == [1] * 8
    assert all(middle(others[0].box)[0] > 400 for others in face.others)


def test_one_lost_frame_is_counted_in_the_singular():
    face = find_faces(film(*[scene((150, 150, 1), (480, 150, 0.6))] * 3, scene((480, 150, 0.6))))
    assert face.gaps[0].reason == "the followed face was lost: 1 frame"


def test_a_long_stay_weighs_more_than_one_large_look():
    face = find_faces(film(scene((150, 150, 1), (480, 150, 0.6)), *[scene((480, 150, 0.6))] * 5))
    assert np.abs(middle(face.boxes) - [480, 150]).max() < 10
    assert len(face.others[0]) == 1


def test_two_faces_that_cross_are_not_exchanged():
    ways = [(100 + 40 * i, 540 - 40 * i) for i in range(12)]
    # the larger head passes in front; the smaller one is hidden for a while
    clip = film(*(scene((there, 150, 0.8), (here, 150, 1.0)) for here, there in ways))
    face = find_faces(clip)
    assert face.usable().all()
    assert np.abs(middle(face.boxes)[:, 0] - [here for here, _ in ways]).max() < 20
    for others, (_, there) in zip(face.others, ways, strict=True):
        assert all(abs(middle(other.box)[0] - there) < 30 for other in others)


def test_without_tracking_the_largest_face_of_each_frame_is_taken():
    first, second = scene((150, 150, 1), (480, 150, 0.6)), scene((150, 150, 0.6), (480, 150, 1))
    face = find_faces(film(first, second, first, scene()), track=False)
    assert np.abs(middle(face.boxes[:3])[:, 0] - [150, 480, 150]).max() < 10
    assert face.gaps == (Gap("frames", 3, 4, "no face found"),)


def test_a_face_too_small_is_named_with_its_size():
    face = find_faces(film(scene((320, 150, 1)), scene((320, 150, 0.6)), scene((320, 150, 0.5))), minimum=80)
    (gap,) = face.gaps
    assert (gap.start, gap.stop) == (1, 3)
    words = gap.reason.split()
    assert gap.reason == f"face too small: {words[3]} to {words[5]} px, where 80 px is the minimum"
    assert 50 < int(words[3]) < 65 < int(words[5]) < 80


def test_a_large_face_that_only_a_closer_search_finds_is_not_called_too_small(monkeypatch):
    def only_closely(image, minimum, detector="mtcnn", turn=0, *, coarse=False):
        box = np.array([0.0, 0.0, 60.0, 67.0])
        return (Face(box, 0.9, np.zeros((5, 2))),) if minimum < 40 or image[0, 0, 0] else ()

    monkeypatch.setattr("ferviz.intake.look", only_closely)
    monkeypatch.setattr("ferviz.gaps.look", only_closely)
    frames = np.zeros((2, 80, 80, 3), np.uint8)
    frames[0] = 1
    (gap,) = find_faces(Clip(frames, np.arange(2.0))).gaps
    assert gap.reason == "no face found"


def test_the_lbp_cascade_can_cut_too():
    face = find_faces(still(), detector="lbp")
    assert face.frames.shape == (1, 112, 112, 3)
    np.testing.assert_allclose(face.boxes[0], detect(astronaut(), detector="lbp")[0].box)


@pytest.mark.parametrize(
    ("clip", "message"),
    [
        (
            film(*[graded()] * 2),
            r"no face found in film \(2 frames of 640×300\). Try a larger or brighter picture with the face uncovered "
            r"and upright \(quarter turns were tried\); or a smaller minimum than 40 px; or detector='lbp'",
        ),
        (
            still(np.zeros((1, 1, 3), np.uint8)),
            r"no face of at least 40 px fits into film \(1 frame of 1×1\): take a larger picture$",
        ),
        (
            still(np.zeros((30, 20, 3), np.uint8)),
            r"fits into film \(1 frame of 20×30\): take a larger picture, or pass a smaller minimum$",
        ),
        (
            still(np.full((80, 90, 3), 255, np.uint8)),
            r"no face found in film \(1 frame of 90×80\): it is all one colour \(what is transparent is laid over w",
        ),
        (
            still(scene((100, 80, 0.25), size=(160, 200))),
            r"at least 40 px found in film .* one of about \d\d px: take a larger picture, or pass minimum=\d\d$",
        ),
        (
            replace(still(), gaps=(Gap("frames", 0, 1, "dark"),)),
            r"every frame of film \(1 frame of 512×512\) lies in a gap already \(dark\)",
        ),
    ],
)
def test_a_clip_without_a_face_says_what_could_be_tried(clip, message):
    with pytest.raises(NoFaceError, match=message):
        find_faces(clip)


def test_the_minimum_that_the_error_names_helps():
    clip = still(scene((100, 80, 0.25), size=(160, 200)))
    with pytest.raises(NoFaceError) as error:
        find_faces(clip)
    named = int(str(error.value).split("pass minimum=")[1])
    assert len(find_faces(clip, minimum=named)) == 1


@pytest.mark.parametrize(
    ("clip", "error", "message"),
    [
        (astronaut(), TypeError, r"clip must be a Clip \(ferviz.load_clip makes one\); got ndarray"),
        (
            Clip(np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0), np.zeros(9, np.float32), 8, source="a.wav"),
            ValueError,
            "clip must have frames; a.wav is sound alone",
        ),
        (replace(still(), crop=Crop(112, 0.25)), ValueError, "clip must be a whole picture; film is cut to a face"),
    ],
)
def test_what_is_no_clip_with_whole_pictures_is_refused(clip, error, message):
    with pytest.raises(error, match=message):
        find_faces(clip)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"size": 112.0}, TypeError, "size must be a whole number of pixels; got 112.0"),
        ({"size": True}, TypeError, "got True"),
        ({"track": "no"}, TypeError, "track must be True or False; got 'no'"),
        ({"size": 10**9}, ValueError, "size must be at most 8192 pixels; got 1000000000"),
        ({"size": 0}, ValueError, "size must be at least 1 pixel; got 0"),
        ({"margin": -0.1}, ValueError, "margin must be from 0 to 2, a share of the box's side; got -0.1"),
        ({"margin": float("nan")}, ValueError, "got nan"),
        ({"margin": "0.25"}, TypeError, "margin must be a number; got '0.25'"),
        ({"minimum": "40"}, TypeError, "minimum must be a number; got '40'"),
        ({"align": "affine"}, ValueError, r"align must be one of \('box', 'similarity'\); got 'affine'"),
        ({"interpolation": "lanczos"}, ValueError, r"interpolation must be one of .*; got 'lanczos'"),
        ({"detector": "haar"}, ValueError, r"detector must be one of \('mtcnn', 'lbp'\); got 'haar'"),
        ({"detector": "lbp", "align": "similarity"}, ValueError, "align='similarity' needs five points"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        find_faces(still(), **options)


def test_the_input_is_left_as_it_was():
    clip = film(scene((320, 150, 1)), scene())
    before = clip.frames.copy()
    find_faces(clip)
    np.testing.assert_array_equal(clip.frames, before)
