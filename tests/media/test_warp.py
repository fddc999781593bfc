"""Warps: exact where they can be, and the truth goes where the picture goes."""

from __future__ import annotations

import numpy as np
import pytest

from ferviz.clip import Clip, Face, Gap, Truth
from ferviz.warp import similarity, warp

SAME = np.array([[1.0, 0, 0], [0, 1.0, 0]])
RNG = np.random.default_rng(3)
PICTURES = RNG.integers(0, 256, (3, 40, 50, 3), dtype=np.uint8)


def clip_of(frames: np.ndarray, **known) -> Clip:
    return Clip(frames, np.arange(len(frames)) / 25, **known)


def turned(degrees: float, scale: float, shift=(0.0, 0.0), about=(0.0, 0.0)) -> np.ndarray:
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, np.asarray(about) + shift - turn @ about])


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
def test_the_identity_changes_nothing(interpolation):
    maps = RNG.random((3, 40, 50)).astype(np.float32)
    moved = warp(clip_of(PICTURES, truth=Truth(relevance=maps)), SAME, interpolation=interpolation)
    assert (moved.frames == PICTURES).all()
    assert (moved.truth.relevance == maps).all()
    assert moved.truth.relevance.dtype == np.float32


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
def test_a_whole_shift_moves_pixels_exactly_and_leaves_black_behind(interpolation):
    maps = RNG.random((3, 40, 50)).astype(np.float32)
    shift = [[1, 0, 3], [0, 1, -2]]
    moved = warp(clip_of(PICTURES, truth=Truth(motion=maps)), shift, interpolation=interpolation)
    assert (moved.frames[:, :-2, 3:] == PICTURES[:, 2:, :-3]).all()
    assert (moved.truth.motion[:, :-2, 3:] == maps[:, 2:, :-3]).all()
    assert not moved.frames[:, -2:].any()
    assert not moved.frames[:, :, :3].any()
    assert not moved.truth.motion[:, :, :3].any()


def test_a_quarter_turn_is_exact():
    moved = warp(clip_of(PICTURES), [[0, 1, 0], [-1, 0, 49]], size=(50, 40))
    assert (moved.frames == np.rot90(PICTURES, axes=(1, 2))).all()


def test_each_frame_may_have_its_own_map():
    maps = np.stack([np.add(SAME, [[0, 0, place], [0, 0, 0]]) for place in range(3)])
    moved = warp(clip_of(PICTURES), maps)
    for place in range(3):
        assert (moved.frames[place, :, place:] == PICTURES[place, :, : 50 - place]).all()


@pytest.mark.parametrize("seed", range(8))
def test_a_landmark_follows_a_bright_dot(seed):
    rng = np.random.default_rng(seed)
    spot = rng.uniform(45, 75, 2)
    matrix = turned(rng.uniform(-180, 180), rng.uniform(0.6, 1.6), rng.uniform(-8, 8, 2), about=(60, 60))
    rows, columns = np.mgrid[:120, :120]
    dot = 250 * np.exp(-((columns - spot[0]) ** 2 + (rows - spot[1]) ** 2) / (2 * 3**2))
    frames = np.rint(dot)[None, :, :, None].repeat(3, 3).astype(np.uint8)
    landmarks = np.broadcast_to(spot, (1, 68, 2)).copy()
    moved = warp(clip_of(frames, truth=Truth(landmarks=landmarks)), matrix)
    light = moved.frames[0, :, :, 0].astype(float)
    middle = np.array([(light * columns).sum(), (light * rows).sum()]) / light.sum()
    assert np.abs(middle - moved.truth.landmarks[0, 0]).max() < 0.1
    assert moved.truth.landmarks[0, 0] == pytest.approx(matrix[:, :2] @ spot + matrix[:, 2])


def test_the_maps_of_the_truth_move_with_the_frames():
    shape = np.zeros((1, 60, 60), bool)
    shape[0, 15:30, 20:45] = True
    frames = (shape[..., None].repeat(3, 3) * 255).astype(np.uint8)
    regions = np.where(shape, 7, 2)
    truth = Truth(
        relevance=shape * 3.0, changed=shape * 0.5, motion=shape * 4.0, regions=regions, cover=shape,
        pose=np.array([[1.0, 2.0, 3.0]]), intensity=np.array([0.5]),
    )  # fmt: skip
    moved = warp(clip_of(frames, truth=truth), turned(25, 1.3, about=(30, 25)), size=(64, 70))
    light = moved.frames[0, :, :, 0] / 255
    assert np.abs(moved.truth.relevance[0] / 3 - light).max() < 0.01
    assert np.abs(moved.truth.changed[0] * 2 - light).max() < 0.01
    assert np.abs(moved.truth.motion[0] / 4 - light).max() < 0.01
    assert moved.truth.cover.dtype == bool
    assert (moved.truth.cover[0] == (light >= 0.5))[np.abs(light - 0.5) > 0.2].all()
    assert moved.truth.regions.dtype == regions.dtype
    assert set(np.unique(moved.truth.regions)) == {0, 2, 7}  # 0 is what lies outside the source
    assert ((moved.truth.regions[0] == 7) == moved.truth.cover[0]).all()
    assert moved.truth.pose.tolist() == [[1, 2, 3]]
    assert moved.truth.intensity.tolist() == [0.5]


def test_a_landmark_that_leaves_the_picture_is_no_longer_visible():
    landmarks = np.full((1, 68, 2), 10.0)
    visible = np.ones((1, 68), bool)
    visible[0, 3] = False
    truth = Truth(landmarks=landmarks, visible=visible)
    still = warp(clip_of(PICTURES[:1], truth=truth), SAME)
    gone = warp(clip_of(PICTURES[:1], truth=truth), [[1, 0, -11], [0, 1, 0]])
    assert (still.truth.visible == visible).all()
    assert not gone.truth.visible.any()
    assert (gone.truth.landmarks == [-1, 10]).all()


def test_what_belongs_to_the_source_or_to_time_stays():
    gaps = (Gap("frames", 1, 2, "no face"),)
    others = tuple((Face(np.zeros(4), 0.5, np.zeros((5, 2))),) for _ in range(3))
    clip = clip_of(
        PICTURES, gaps=gaps, boxes=np.ones((3, 4)), others=others, audio=np.zeros(9, np.float32), sample_rate=9
    )
    moved = warp(clip, turned(10, 0.5), size=(20, 20))
    assert moved.frames.shape == (3, 20, 20, 3)
    assert moved.gaps == gaps
    assert moved.others == others
    assert (moved.boxes == 1).all()
    assert (moved.times == clip.times).all()
    assert moved.audio is clip.audio


@pytest.mark.parametrize("scale", [0.5, 0.45, 0.37, 0.25, 0.2, 0.11])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_a_shrunk_checkerboard_turns_grey(scale, interpolation):
    board = ((np.indices((200, 200)).sum(0) % 2) * 255).astype(np.uint8)[None, :, :, None].repeat(3, 3)
    small = warp(
        clip_of(board), [[scale, 0, 0], [0, scale, 0]], size=(int(200 * scale),) * 2, interpolation=interpolation
    )
    inner = small.frames[0, 2:-2, 2:-2].astype(int)
    assert np.abs(inner - 127.5).max() <= 2
    nearest = warp(
        clip_of(board), [[scale, 0, 0], [0, scale, 0]], size=small.frames.shape[1:3], interpolation="nearest"
    )
    assert set(np.unique(nearest.frames)) <= {0, 255}


@pytest.mark.parametrize("side", [60, 61])
def test_shrinking_keeps_the_mean_of_a_flat_picture_up_to_its_edge(side):
    flat = np.full((1, side, side, 3), 90, np.uint8)
    scale = 0.2
    small = warp(clip_of(flat), [[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2]], size=(side // 5,) * 2)
    assert (small.frames == 90).all()


def test_enlarging_leaves_no_dark_border():
    flat = np.full((1, 8, 8, 3), 200, np.uint8)
    large = warp(clip_of(flat), [[2, 0, 0.5], [0, 2, 0.5]], size=(16, 16))
    assert (large.frames == 200).all()


def test_a_thin_map_and_a_tiny_picture_do_not_hang():
    thin = warp(clip_of(PICTURES), [[0.001, 0, 0], [0, 1, 0]], size=(40, 3))
    assert thin.frames.shape == (3, 40, 3, 3)
    one = warp(clip_of(np.full((1, 1, 1, 3), 9, np.uint8)), [[5, 0, 2], [0, 5, 2]], size=(5, 5))
    assert (one.frames == 9).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"matrices": np.eye(3)}, ValueError, r"matrices must have shape \(2, 3\) or \(3, 2, 3\); got \(3, 3\)"),
        ({"matrices": np.zeros((2, 2, 3))}, ValueError, r"got \(2, 2, 3\)"),
        ({"matrices": "turn"}, TypeError, r"matrices must be numbers of shape \(2, 3\)"),
        ({"matrices": SAME * np.nan}, ValueError, "matrices must be finite; got NaN or infinity"),
        ({"matrices": SAME * [[1], [0]]}, ValueError, "matrices must not be singular .*; matrix 0 is"),
        ({"size": (0, 5)}, ValueError, r"size must be \(height, width\), two whole numbers .* got \(0, 5\)"),
        ({"size": (5.0, 5)}, ValueError, "size must be"),
        ({"size": 112}, ValueError, "got 112"),
        ({"size": (10**6, 10**6)}, ValueError, r"size must be one of which 3 frames take at most 2.1 GB; got \(100"),
        (
            {"interpolation": "cubic"},
            ValueError,
            "interpolation must be 'nearest', 'bilinear' or 'bicubic'; got 'cubic'",
        ),
    ],
)
def test_wrong_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        warp(clip_of(PICTURES), **({"matrices": SAME} | arguments))


def test_one_singular_matrix_is_named():
    with pytest.raises(ValueError, match="matrix 2 is"):
        warp(clip_of(PICTURES), np.stack([SAME, SAME, SAME * 0]))


def test_sound_alone_cannot_be_warped():
    sound = Clip(np.zeros((0, 0, 0, 3), np.uint8), np.zeros(0), np.zeros(9, np.float32), 9)
    with pytest.raises(ValueError, match="clip needs frames to be warped; it has sound alone"):
        warp(sound, SAME)


@pytest.mark.parametrize("seed", range(5))
def test_similarity_recovers_a_turn_scale_and_shift(seed):
    rng = np.random.default_rng(seed)
    matrix = turned(rng.uniform(-180, 180), rng.uniform(0.1, 5), rng.uniform(-90, 90, 2))
    points = rng.uniform(-50, 50, (5, 2))
    assert similarity(points, points @ matrix[:, :2].T + matrix[:, 2]) == pytest.approx(matrix, abs=1e-9)


def test_similarity_of_two_points_is_exact():
    assert similarity([[0, 0], [1, 0]], [[5, 5], [5, 7]]) == pytest.approx(np.array([[0, -2, 5], [2, 0, 5]]))


def test_similarity_equals_the_worked_example_of_its_paper():
    # Umeyama 1991, section III: the best fit would mirror, so the turn is kept proper; sigma² 0.4211 there
    found = similarity([[0, 0], [1, 0], [0, 2]], [[0, 0], [-1, 0], [0, 2]])
    scale = np.hypot(*found[:, 0])
    assert found[:, :2] / scale == pytest.approx(np.array([[0.832, 0.555], [-0.555, 0.832]]), abs=1e-3)
    assert scale == pytest.approx(0.721, abs=1e-3)
    assert found[:, 2] == pytest.approx([-0.800, 0.400], abs=1e-3)


def test_similarity_is_the_least_squares_fit_of_noisy_points():
    rng = np.random.default_rng(0)
    source, target = rng.normal(size=(2, 6, 2))
    best = similarity(source, target)

    def error(a, b, x, y):
        return np.square(source @ np.array([[a, b], [-b, a]]) + [x, y] - target).sum()

    values = best[0, 0], best[1, 0], best[0, 2], best[1, 2]
    least = error(*values)
    for place in range(4):
        for step in (-1e-3, 1e-3):
            assert error(*(v + step * (i == place) for i, v in enumerate(values))) > least


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (np.zeros((5, 3)), np.zeros((5, 3)), r"source_points and target_points must both have shape \(N, 2\)"),
        (np.zeros((1, 2)), np.zeros((1, 2)), r"N >= 2; got \(1, 2\), \(1, 2\)"),
        (np.zeros((5, 2)), np.zeros((4, 2)), r"got \(5, 2\), \(4, 2\)"),
        (np.full((2, 2), np.nan), np.eye(2), "must be finite; got NaN or infinity"),
        (np.ones((3, 2)), np.eye(3)[:, :2], "must each hold two different points; they coincide"),
        (np.eye(3)[:, :2], np.ones((3, 2)), "they coincide"),
        ([[1, 0], [0, 1], [-1, 0], [0, -1]], [[-1, 0], [0, 1], [1, 0], [0, -1]], "look like a mirror image"),
    ],
)
def test_points_without_a_similarity_are_refused(source, target, message):
    with pytest.raises(ValueError, match=message):
        similarity(source, target)
