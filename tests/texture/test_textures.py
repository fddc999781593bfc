"""Small grey pictures, tone and rotation, and how far histograms lie apart."""

from __future__ import annotations

import numpy as np
import pytest

from ferviz.textures import SIZE, TEXTURES, count, distance, inside, texture, tone, turned


def test_quarter_turns_move_pixels_onto_pixels():
    source = np.random.default_rng(0).integers(0, 256, (92, 92), dtype=np.uint8)
    middle = source[10:82, 10:82]
    for quarter in range(-2, 3):
        assert np.array_equal(turned(source, 90 * quarter), np.rot90(middle, quarter))


def test_a_rotation_is_counter_clockwise_and_close_to_scikit_images():
    from skimage.transform import rotate

    source = texture("spots", 92)
    theirs = rotate(source, 30, preserve_range=True, order=1, mode="edge")[10:82, 10:82]
    assert np.allclose(turned(source, 30), theirs, atol=1e-6)


@pytest.mark.parametrize("name", TEXTURES)
def test_a_texture_has_room_to_be_changed(name):
    grey = texture(name, 92)
    assert grey.shape == (92, 92)
    assert 20 < grey.min() <= grey.max() < 235


def test_an_unknown_texture_is_refused():
    with pytest.raises(ValueError, match="name must be one of edge, spots, stripes, flat; got 'wood'"):
        texture("wood", 92)


def test_tone_bends_stretches_and_shifts_in_this_order():
    grey = np.array([0.0, 63.75, 128.0, 255.0])
    new, clipped = tone(grey, 10, 2, 0.5, False)
    assert new == pytest.approx((255 * np.sqrt(grey / 255) - 128) * 2 + 138)
    assert not clipped.any()
    new, clipped = tone(grey, 10, 2, 1, True)
    assert new.dtype == np.uint8
    assert new.tolist() == [0, 10, 138, 255]
    assert clipped.tolist() == [True, False, False, True]


def test_the_circle_is_the_same_after_every_quarter_turn():
    assert np.array_equal(inside(), np.rot90(inside()))
    assert inside().shape == (SIZE, SIZE)
    assert inside().mean() == pytest.approx(np.pi / 4, abs=0.01)


def test_only_codes_inside_the_circle_are_counted():
    codes = np.where(inside(), 3, 7)
    assert count(codes, "uniform_rotation_invariant").tolist() == [0, 0, 0, inside().sum(), 0, 0, 0, 0, 0, 0]


def test_distance_is_the_share_that_would_have_to_move():
    assert distance([1, 1, 2], [1, 1, 2]) == 0
    assert distance([1, 0], [0, 5]) == 1
    assert distance([3, 1], [1, 1]) == pytest.approx(0.25)
