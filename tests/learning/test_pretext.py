"""Binary patterns as a task without labels: bits, hidden blocks, what is learned, and the linear probe."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ferviz import lbp
from ferviz.learning.pretext import Encoder, features, hide, learn, pattern_bits, probe, probe_strangers


def some_pictures(count: int = 24, side: int = 16) -> torch.Tensor:
    """Smooth blobs, so that patterns can be guessed from what is around them."""
    luck = torch.Generator().manual_seed(0)
    small = torch.rand((count, 1, 3, 3), generator=luck)
    large = torch.nn.functional.interpolate(small, (side, side), mode="bicubic").clamp(0, 1)
    return (large * 255).to(torch.uint8)


def test_bits_put_together_are_the_codes():
    pictures = some_pictures(3)
    bits = pattern_bits(pictures, "original")
    together = sum(bits[:, bit] * 2**bit for bit in range(8))
    assert torch.equal(together.to(torch.uint8), lbp.codes(pictures[:, 0], kind="original"))


def test_hidden_blocks_are_gray_and_the_rest_is_as_it_was():
    pictures = torch.full((50, 1, 16, 16), 0.5)
    shown, where = hide(pictures, torch.Generator().manual_seed(0), share=0.4)
    assert (shown[where] == 0).all()
    assert (shown[~where] == 0.5).all()
    blocks = where.float().view(50, 2, 8, 2, 8).mean((2, 4))
    assert set(blocks.unique().tolist()) == {0.0, 1.0}  # whole blocks
    assert 0.25 < where.float().mean() < 0.55


@pytest.mark.parametrize("task", ["open", "hidden"])
def test_an_encoder_learns_to_guess_better_and_the_same_seed_gives_the_same(task):
    first, again = Encoder(4, seed=1), Encoder(4, seed=1)
    course = learn(first, some_pictures(), task, steps=60, seed=3, batch=16)
    assert learn(again, some_pictures(), task, steps=60, seed=3, batch=16) == course
    assert np.mean(course[-10:]) > np.mean(course[:10]) + 0.03
    np.testing.assert_array_equal(features(first, some_pictures()), features(again, some_pictures()))


def test_learning_reads_and_moves_no_global_luck():
    state = torch.random.get_rng_state()
    learn(Encoder(4), some_pictures(), "hidden", steps=2, batch=8)
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize(("task", "pictures", "message"), [
    ("masked", some_pictures(2), "task must be 'open' or 'hidden'; got 'masked'"),
    ("open", some_pictures(2).float(), r"pictures must be a uint8 tensor \(N, 1, S, S\), S .* 8; got .*float32"),
    ("open", some_pictures(2, 15), r"pictures must be a uint8 tensor .*; got torch.uint8 of shape \(2, 1, 15, 15\)"),
])  # fmt: skip
def test_another_task_or_other_pictures_are_refused(task, pictures, message):
    with pytest.raises(ValueError, match=message):
        learn(Encoder(4), pictures, task, steps=1)


def test_a_probe_finds_what_is_linear_and_nothing_in_noise():
    rng = np.random.default_rng(0)
    label = np.array([3, 5, 9])[rng.integers(0, 3, 300)]
    told = rng.normal(0, 1, (300, 20)) + 4 * (label[:, None] == np.array([3, 5, 9] + [0] * 17))
    noise = rng.normal(0, 1, (300, 20))
    assert (probe(told[:200], label[:200], told[200:]) == label[200:]).mean() > 0.9
    assert (probe(noise[:200], label[:200], noise[200:]) == label[200:]).mean() < 0.55


def test_a_probe_that_knows_people_by_their_faces_gains_nothing_with_strangers():
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(20), 10)
    label = np.tile([0, 1], 100)
    own = np.eye(20)[people]  # who it is, and nothing of the label
    told = np.column_stack([own, 3 * label + rng.normal(0, 0.3, 200)])
    assert probe_strangers(told, label, people).mean() > 0.95
    assert abs(probe_strangers(own, label, people).mean() - 0.5) < 0.1


def test_the_same_halves_are_drawn_for_other_features_and_who_is_never_tested_is_nan():
    people, label = np.array([3, 3, 8, 8]), np.array([0, 1, 0, 1])
    first, again = (probe_strangers(rows, label, people, draws=1) for rows in (np.eye(4), 2 * np.eye(4)))
    assert np.isnan(first).sum() == 1
    np.testing.assert_array_equal(np.isnan(first), np.isnan(again))
