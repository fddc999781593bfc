"""Covers on photographs: where they lie, what they hide, how much; the same from the same generator."""

from __future__ import annotations

import numpy as np
import pytest

from ferviz.faces import sample_person
from ferviz.faces.head import head
from ferviz.faces.pasting import PASTED, Cutout, cut_out, five_points, lay, paste
from ferviz.faces.plan import COVERING
from ferviz.faces.render import render
from ferviz.mtcnn import cascade

POINTS = np.array([[15.0, 18], [33, 18], [24, 28], [17, 38], [31, 38]])  # of a face that fills 48 pixels
AS_IT_IS = np.eye(3)[:2]


@pytest.fixture(scope="module")
def cutouts() -> dict[str, Cutout]:
    return {kind: cut_out(np.random.default_rng([4, place]), kind) for place, kind in enumerate(COVERING)}


def square(kind="patch", shade=200.0) -> Cutout:
    """An even square over the middle of the mouth, on a face of 48 pixels."""
    share = np.zeros((48, 48), np.float32)
    share[32:42, 16:32] = 1
    return Cutout(kind, np.full((48, 48, 3), shade), share, POINTS)


def photos(count=20, colours=()) -> np.ndarray:
    return np.random.default_rng(2).integers(60, 120, (count, 48, 48, *colours), dtype=np.uint8)


def many(count: int) -> np.ndarray:
    return np.broadcast_to(POINTS, (count, 5, 2))


def test_every_kind_is_cut_out_where_it_belongs(cutouts):
    for kind, found in cutouts.items():
        assert (found.kind, found.colour.shape, found.share.shape) == (kind, (72, 72, 3), (72, 72))
        assert 0.01 < found.share.mean() < 0.7
        assert found.share.min() == 0
        assert found.share.max() == 1
        assert found.colour[found.share == 0].max() == 0  # nothing of the person is taken along
        assert found.colour.max() <= 255.5
    eyes, mouth = ([where(found)[pair].mean(0) for found in map(cutouts.get, ("sunglasses", "mask", "scarf"))]
                   for pair in ([0, 1], [3, 4]))  # fmt: skip
    assert eyes[0] > 0.9
    assert min(mouth[1:]) > 0.9
    assert max(eyes[1:]) < 0.1
    assert mouth[0] < 0.1


def test_a_cutout_is_as_large_and_shows_as_much_as_is_asked():
    near, far = (cut_out(np.random.default_rng(1), "hand", side=96, crop=crop) for crop in (1.8, 2.6))
    assert near.share.shape == far.share.shape == (96, 96)
    eyes = [np.linalg.norm(found.points[1] - found.points[0]) for found in (near, far)]
    assert eyes[0] / eyes[1] == pytest.approx(2.6 / 1.8, rel=0.05)
    for name, wrong, says in (("side", 4, "of at least 8; got 4"), ("crop", 0.0, "crop must be above 0; got 0.0")):
        with pytest.raises(ValueError, match=says):
            cut_out(np.random.default_rng(1), "hand", **{name: wrong})


def where(found: Cutout) -> np.ndarray:
    """How much is covered at each of the five points."""
    column, row = found.points.round().astype(int).T
    return found.share[row, column]


def test_the_five_points_are_those_that_a_detector_finds():
    person = sample_person(np.random.default_rng(1))
    shown = render(person, np.zeros(len(head().action_names), np.float32), size=48)
    own = five_points(shown.points[head().landmarks, :2] - 0.5)
    gray = (shown.image @ [0.299, 0.587, 0.114]).astype(np.uint8)[None]
    score, found = cascade().points_of(gray)
    assert score[0] > 0.9
    assert np.linalg.norm(found[0] - own, axis=1).max() < 4
    turned = five_points(shown.points[head().landmarks, :2][:, ::-1])
    assert np.linalg.norm(found[0] - turned, axis=1).max() > 10  # else anything would do


def test_a_cover_hides_what_it_covers_and_leaves_the_rest():
    photo = photos(1)[0]
    laid, share = lay(photo, square(), AS_IT_IS)
    assert (laid[32:42, 16:32] == 200).all()
    assert (laid[share == 0] == photo[share == 0]).all()
    assert share.mean() == pytest.approx(160 / 48**2)
    brighter, _ = lay(photo, square(), AS_IT_IS, gain=1.2)
    assert (brighter[32:42, 16:32] == 240).all()
    half = np.array([[1, 0, 0.5], [0, 1, 0]])
    laid, share = lay(photo, square(), half)  # a pixel that is covered in part is mixed
    np.testing.assert_allclose(laid[35, 16], 0.5 * photo[35, 16] + 100, atol=1)
    assert share[35, 16] == pytest.approx(0.5)
    colours = photos(1, (3,))[0]
    laid, _ = lay(colours, square(), AS_IT_IS)
    assert (laid[32:42, 16:32] == 200).all()
    assert (laid[:30] == colours[:30]).all()


def test_a_mirrored_cover_is_mirrored_with_its_points():
    found = square()
    found.share[:, :20] = 0
    there = found.mirrored()
    np.testing.assert_array_equal(there.share, found.share[:, ::-1])
    np.testing.assert_allclose(there.points, [[14, 18], [32, 18], [23, 28], [16, 38], [30, 38]])


@pytest.mark.parametrize("colours", [(), (3,)])
def test_covers_move_with_the_points_and_their_place_is_known(colours):
    low, high = many(20) - (0, 12), many(20)
    found = [paste(photos(20, colours), at, [square()], np.random.default_rng(0)) for at in (low, high)]
    rows = [(one.cover.sum(2) @ np.arange(48)) / one.cover.sum((1, 2)) for one in found]
    np.testing.assert_allclose(rows[1] - rows[0], 12, atol=0.3)
    for one in found:
        changed = (one.pictures != photos(20, colours)).reshape(20, 48, 48, -1).any(-1)
        assert not changed[one.cover == 0].any()
        assert changed[one.cover > 0.9].mean() > 0.9
        np.testing.assert_allclose(one.share, one.cover.mean((1, 2)))
        assert 0.03 < one.share.min() < one.share.max() < 0.15
        assert set(one.kind) == {"patch"}


def test_the_same_generator_gives_the_same_pictures_and_a_share_is_left():
    def run(seed: int):
        return paste(photos(400), many(400), [square(), square("hand")], np.random.default_rng(seed), often=0.25)

    first, again, other = run(0), run(0), run(1)
    assert first.pictures.tobytes() == again.pictures.tobytes()
    assert first.cover.tobytes() == again.cover.tobytes()
    assert first.pictures.tobytes() != other.pictures.tobytes()
    left = first.kind == ""
    assert 70 <= (~left).sum() <= 130
    assert set(first.kind) == {"", "patch", "hand"}
    assert (first.pictures[left] == photos(400)[left]).all()
    assert first.share[left].max() == 0
    assert first.share[~left].min() > 0


def test_a_hand_is_as_bright_as_the_face_and_a_patch_is_not():
    dark, bright = np.full((30, 48, 48), 60, np.uint8), np.full((30, 48, 48), 150, np.uint8)
    shades = {}
    for kind in ("hand", "patch"):
        for name, faces in (("dark", dark), ("bright", bright)):
            found = paste(faces, many(30), [square(kind, shade=110)], np.random.default_rng(0))
            shades[kind, name] = found.pictures[found.cover == 1].mean()
    assert shades["hand", "dark"] == pytest.approx(60, rel=0.1)
    assert shades["hand", "bright"] == pytest.approx(150, rel=0.1)
    assert shades["patch", "dark"] == shades["patch", "bright"] == pytest.approx(110, rel=0.1)
    black, white = np.zeros((30, 48, 48), np.uint8), np.full((30, 48, 48), 255, np.uint8)
    for faces, low, high in ((black, 30, 60), (white, 170, 255)):  # no more than 0.4 and 2 times, give or take a fifth
        found = paste(faces, many(30), [square("hand", shade=110)], np.random.default_rng(0))
        assert low < found.pictures[found.cover == 1].mean() < high


def test_what_is_pasted_unless_told_otherwise():
    assert PASTED == ("hand", "mask", "scarf", "patch")
    assert set(PASTED) < set(COVERING)


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"pictures": photos(2).astype(float)}, TypeError, r"pictures must be a uint8 array \(N, H, W\)"),
        ({"pictures": photos(1)[0]}, TypeError, r"pictures must be a uint8 array \(N, H, W\)"),
        ({"points": many(3)}, ValueError, r"points must be finite, of shape \(2, 5, 2\); got shape \(3, 5, 2\)"),
        ({"points": many(2) * np.nan}, ValueError, r"points must be finite, .* or NaN"),
        ({"cutouts": []}, ValueError, "the number of cutouts must be a whole number of at least 1; got 0"),
        ({"often": 1.5}, ValueError, "often must be a share from 0 to 1; got 1.5"),
    ],
)
def test_what_does_not_fit_is_said(change, kind, says):
    fitting = {"pictures": photos(2), "points": many(2), "cutouts": [square()], "rng": np.random.default_rng(0)}
    with pytest.raises(kind, match=says):
        paste(**(fitting | change))


def test_a_kind_that_hides_nothing_is_refused():
    with pytest.raises(ValueError, match="kind must be one of sunglasses, mask, scarf, hand, patch; got 'glasses'"):
        cut_out(np.random.default_rng(0), "glasses")
