"""Variation keeps labels: mirrored, moved, lighter or darker faces, within their bounds, before anything is scaled."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ferviz.learning.variation import Variation, vary
from ferviz.seeds import luck


def test_variation_keeps_shape_and_range_and_follows_from_its_luck():
    pictures = torch.randint(0, 256, (64, 3, 16, 16), generator=luck(0), dtype=torch.uint8)
    first, again, other = (vary(pictures, luck(seed)) for seed in (1, 1, 2))
    assert first.shape == pictures.shape
    assert first.dtype == torch.float32
    assert first.min() >= 0
    assert first.max() <= 255
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert (first != pictures).flatten(1).any(1).all()


def test_variation_draws_nothing_from_the_global_generator():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    vary(torch.zeros(2, 1, 8, 8), luck(0))
    assert torch.equal(before, torch.get_rng_state())


def test_half_of_the_pictures_are_mirrored():
    ramp = torch.linspace(64, 191, 16).expand(400, 1, 16, 16)
    moved = vary(ramp, luck(5), erase=0.0)
    rising = moved[..., 4:12, 12].mean((1, 2)) > moved[..., 4:12, 3].mean((1, 2))
    assert 160 < int(rising.sum()) < 240
    upright = vary(ramp.transpose(2, 3), luck(5), erase=0.0)  # up stays up
    assert (upright[..., 12, 4:12].mean((1, 2)) > upright[..., 3, 4:12].mean((1, 2))).all()


def test_a_face_stays_in_the_picture():
    dot = torch.full((200, 1, 48, 48), 50.0)
    dot[..., 22:26, 22:26] = 200.0
    moved = vary(dot, luck(6), erase=0.0)
    at = moved.flatten(1).argmax(1)
    far = torch.stack([at // 48 - 23.5, at % 48 - 23.5]).abs().max(0).values
    assert 2 < far.max() <= 48 / 12 * 1.12 + 3  # a twelfth of the side, scaled, and the dot's half


def test_light_and_contrast_change_within_their_bounds():
    """40 levels above the middle, times 0.75 to 1.33, up to a tenth of 255 brighter or darker."""
    flat = vary(torch.full((300, 1, 8, 8), 167.5), luck(7), erase=0.0)[:, 0, 4, 4]
    assert flat.min() >= 127.5 + 40 * np.exp(-0.29) - 25.5 - 1e-3
    assert flat.max() <= 127.5 + 40 * np.exp(0.29) + 25.5 + 1e-3
    assert flat.std() > 6


def test_bytes_and_numbers_vary_alike():
    pictures = torch.randint(0, 256, (8, 1, 16, 16), generator=luck(0), dtype=torch.uint8)
    assert torch.equal(vary(pictures, luck(1)), vary(pictures.float(), luck(1)))


def test_the_frames_of_a_clip_vary_alike():
    frame = torch.rand(10, 1, 16, 16, generator=luck(0)) * 255
    moved = vary(frame.expand(10, 4, 16, 16), luck(8), erase=0.0)
    assert torch.equal(moved, moved[:, :1].expand(10, 4, 16, 16))


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.5, 60, 140), (1.0, 200, 200)])
def test_a_share_of_the_pictures_loses_a_square(share, low, high):
    moved = vary(torch.full((200, 1, 48, 48), 127.5), luck(9), erase=share)
    hit = moved.flatten(1).std(1) > 1e-2
    assert low <= int(hit.sum()) <= high
    squares = (moved[hit] - moved[hit].flatten(1).median(1).values[:, None, None, None]).abs() > 1e-3
    area = squares.flatten(1).float().mean(1)
    assert (area <= (1 / 3 + 1 / 48) ** 2 + 1e-6).all()


def test_boxes_move_with_what_they_hold():
    """A bright square in the dark: its box holds it wherever it went, and is hardly larger; erased squares apart."""
    dark = torch.zeros(200, 1, 48, 48)
    dark[..., 14:22, 20:34] = 255
    boxes = torch.tensor([[[20.0, 14.0, 34.0, 22.0], [0.0, 0.0, 48.0, 48.0]]]).expand(200, 2, 4)
    variation = Variation(200, 48, luck(10), erase=0.0)
    moved, found = variation.pictures(dark), variation.boxes(boxes)
    at = torch.arange(48) + 0.5
    for picture, (left, top, right, bottom) in zip(moved[:, 0], found[:, 0].tolist(), strict=True):
        bright = picture > (picture.min() + picture.max()) / 2
        down, across = bright.any(1).nonzero()[:, 0], bright.any(0).nonzero()[:, 0]
        assert left - 1 <= at[across[0]] - 0.5
        assert at[across[-1]] + 0.5 <= right + 1
        assert top - 1 <= at[down[0]] - 0.5
        assert at[down[-1]] + 0.5 <= bottom + 1
        assert (right - left) * (bottom - top) < 2 * bright.sum()
    assert found.min() >= 0
    assert found.max() <= 48
    assert not torch.equal(found[:, 1], boxes[:, 1])  # what left the picture is cut off


def test_mirrored_boxes_change_sides_and_keep_left_before_right():
    variation = Variation(400, 48, luck(11), erase=0.0, resample=0.0)
    found = variation.boxes(torch.tensor([[[10.0, 20.0, 16.0, 30.0]]]).expand(400, 1, 4))[:, 0]
    torch.testing.assert_close(found[:, 2] - found[:, 0], torch.full((400,), 6.0), atol=1e-3, rtol=0)
    torch.testing.assert_close(found[:, 3] - found[:, 1], torch.full((400,), 10.0), atol=1e-3, rtol=0)
    assert 160 < int((found[:, 0] > 24).sum()) < 240
