"""Clips as statistics of their frames: the worked numbers, what does not count, and the author's ways."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
import torch

from ferviz.models import descriptor as module
from ferviz.models.descriptor import OFFICIAL, STATISTICS, blended, descriptor, nested, statistics

FRAMES = torch.tensor([[[1.0, 2.0], [3.0, 2.0], [5.0, 8.0]]])
NAN = float("nan")


def drawn(*shape) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_worked_example():
    found = statistics(FRAMES)
    assert list(found) == list(STATISTICS)
    beside = torch.cat(list(found.values()), 1)
    torch.testing.assert_close(beside, torch.tensor([[3, 4, 1.632993, 2.828427, 1, 2, 5, 8]]))
    by_hand = [0.263455, 0.351274, 0.143407, 0.248388, 0.087818, 0.175637, 0.439092, 0.702548]
    torch.testing.assert_close(descriptor(FRAMES), torch.tensor([by_hand]), atol=1e-6, rtol=0)


def test_the_example_is_true():
    assert doctest.testmod(module) == (0, 2)


def test_numpy_agrees():
    x = drawn(3, 7, 5)
    for name, value in statistics(x).items():
        np.testing.assert_allclose(value, getattr(np, name)(x.numpy(), axis=1))


def test_the_order_of_the_frames_does_not_count():
    x, mask = drawn(2, 9, 4), torch.ones(2, 9, dtype=torch.bool)
    mask[1, 6:] = False
    order = torch.randperm(9, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(descriptor(x[:, order], mask[:, order]), descriptor(x, mask))


def test_gaps_are_left_out_whatever_they_hold():
    x = torch.cat([drawn(1, 3, 4), torch.full((1, 1, 4), NAN, dtype=torch.float64)], 1)
    mask = torch.tensor([[True, True, True, False]])
    torch.testing.assert_close(descriptor(x, mask), descriptor(x[:, :3]))


def test_of_one_frame_the_deviation_is_0_and_the_others_are_the_frame():
    x = drawn(1, 1, 4)
    found = statistics(x)
    assert torch.equal(found["std"], torch.zeros(1, 4, dtype=torch.float64))
    assert all(torch.equal(found[name], x[:, 0]) for name in ("mean", "min", "max"))


def test_a_repeated_frame_moves_the_mean_and_leaves_the_ends():
    more = torch.cat([FRAMES, FRAMES[:, 2:]], 1)
    before, after = statistics(FRAMES), statistics(more)
    assert torch.equal(before["min"], after["min"])
    assert torch.equal(before["max"], after["max"])
    assert not torch.equal(before["mean"], after["mean"])


def test_gradients_are_finite_also_where_nothing_moves():
    x = torch.tensor([[[1.0, 2.0], [1.0, 5.0]]], requires_grad=True)
    statistics(x)["std"].sum().backward()
    assert x.grad[0].tolist() == [[0.0, -0.5], [0.0, 0.5]]


def test_vectors_of_zeros_stay_zeros():
    assert torch.equal(descriptor(torch.zeros(1, 2, 3)), torch.zeros(1, 12))


# ---- the author's ways ----


def test_frames_without_a_face_count_by_their_share():
    x, face = drawn(2, 5, 3), torch.tensor([[True, True, False, False, False], [True] * 5])
    whole = {name: value[:1] for name, value in statistics(x[:, :2]).items()}
    rest = {name: value[:1] for name, value in statistics(x[:, 2:]).items()}
    by_hand = torch.cat([0.4 * whole[name] + 0.6 * rest[name] for name in STATISTICS], 1)
    torch.testing.assert_close(blended(x, face)[:1], by_hand / by_hand.norm())
    torch.testing.assert_close(blended(x, face)[1:], descriptor(x)[1:])
    mask = torch.tensor([[True, True, True, False, False]] * 2)
    torch.testing.assert_close(blended(x, face, mask), blended(x[:, :3], face[:, :3]))


def test_several_faces_a_frame_are_described_twice():
    x = drawn(1, 3, 2, 4)
    mask = torch.tensor([[[True, True], [True, False], [False, False]]])
    rows = []
    for frame, count in ((0, 2), (1, 1)):  # the third has no face
        faces = x[0, frame, :count].numpy()
        rows.append(np.concatenate([faces.mean(0), faces.std(0)]))
    both = np.stack(rows)
    by_hand = np.concatenate([both.mean(0), both.std(0)])
    np.testing.assert_allclose(nested(x, mask)[0], by_hand / np.linalg.norm(by_hand))
    assert nested(x).shape == (1, 16)


def test_what_the_author_prints_is_kept():
    """AFEW .59894 of those with a face and .59269 of all; VGAF .68286 and .66971 (notebooks, mtl.md)."""
    printed = {
        "AFEW, EfficientNet-B0": (0.59894, 0.59269),
        "AFEW, MobileNet": (0.55352, 0.55352),
        "VGAF, EfficientNet-B0": (0.68286, 0.66971),
        "VGAF, MobileNet": (0.7031, 0.6893),
    }
    for name, official in OFFICIAL.items():
        found = [right / count for right, count in (official.faces, official.every)]
        np.testing.assert_allclose(found, printed[name], atol=6e-6)
        assert callable(getattr(module, official.way))
        assert len(official.of) ** (2 if official.way == "nested" else 1) == 4  # 5120 numbers of B0, 4096 of MobileNet


# ---- what does not fit ----


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: descriptor(FRAMES[0]), r"features must be floats \(sets, items, channels\); got .* \(3, 2\)"),
        (lambda: descriptor(FRAMES.int()), "features must be floats .* got torch.int32"),
        (lambda: descriptor(FRAMES * NAN), "features must be finite where the mask is True; got NaN or infinity"),
        (lambda: descriptor(FRAMES, torch.zeros(1, 3)), "set 0 has no usable item among 3: a mean of nothing"),
        (lambda: descriptor(FRAMES[:, :0]), "set 0 has no usable item among 0"),
        (lambda: descriptor(FRAMES, torch.ones(1, 2)), r"mask must have shape \(1, 3\)"),
        (lambda: descriptor(FRAMES, of=("median",)), "statistics must be one of mean, std, min, max; got 'median'"),
        (lambda: descriptor(FRAMES, of=()), r"statistics must be some of mean, std, min, max, each once; got \(\)"),
        (lambda: descriptor(FRAMES, of=("min", "min")), "each once; got"),
        (lambda: blended(FRAMES, torch.ones(1, 3)), r"face must be bool of shape \(1, 3\), .* got torch.float32"),
        (lambda: blended(FRAMES, torch.ones(1, 2, dtype=torch.bool)), r"got torch.bool of shape \(1, 2\)"),
        (lambda: nested(FRAMES), r"features must be \(clips, frames, faces, channels\); got \(1, 3, 2\)"),
        (lambda: nested(FRAMES[None], torch.ones(1, 2)), r"mask must have shape \(1, 1, 3\); got \(1, 2\)"),
        (lambda: nested(FRAMES[None], torch.zeros(1, 1, 3, dtype=torch.bool)), "no usable item among 1"),
    ],
)
def test_what_does_not_fit_is_said(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_statistics_are_words():
    with pytest.raises(TypeError, match="statistics must be a list of names; got 'mean'"):
        descriptor(FRAMES, of="mean")
