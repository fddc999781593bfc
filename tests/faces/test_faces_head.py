"""The head: what is in the file, and that its parts and landmarks are where they should be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import ferviz
from ferviz.faces.head import PARTS, head, phenotype_weights, years


def test_the_file_is_small_and_the_counts_fit() -> None:
    path = Path(ferviz.__file__).parent / "faces" / "head.npz"
    assert path.stat().st_size <= 2_000_000
    known = head()
    vertices = len(known.mean)
    assert known.basis.shape[1:] == known.mean.shape
    assert len(known.basis) >= 60
    assert known.actions.shape == (52, vertices, 3)
    assert len(set(known.action_names)) == 52
    assert known.faces.max() == vertices - 1
    assert set(known.part) == set(range(len(PARTS)))
    assert 1500 <= len(known.people) <= 2500
    np.testing.assert_allclose(known.people_ethnicity.sum(1), 1, atol=2e-3)
    assert known.people_age.min() >= 10
    assert known.people_age.max() <= 90


def test_the_head_is_loaded_once() -> None:
    assert head() is head()


def test_the_eyes_are_where_eyes_are() -> None:
    known = head()
    left, right = (known.mean[known.vertices_of(name)].mean(0) for name in ("left_eye", "right_eye"))
    np.testing.assert_allclose((left + right) / 2, 0, atol=1e-4)
    assert left[0] > 0 > right[0]
    assert 0.055 < left[0] - right[0] < 0.070


def test_the_landmarks_are_symmetric_and_in_order() -> None:
    points = head().mean[head().landmarks] * 1000
    pairs = [(0, 16), (4, 12), (17, 26), (21, 22), (31, 35), (36, 45), (39, 42), (48, 54), (60, 64)]
    for right, left in pairs:
        np.testing.assert_allclose(points[left], points[right] * [-1, 1, 1], atol=0.5)
    x, y, z = points.T
    assert x[0] < x[36] < x[39] < 0 < x[42] < x[45] < x[16]
    assert z[19] > z[37] > z[30] > z[33] > z[51] > z[62] >= z[66] > z[57] > z[8]
    assert np.argmin(y) == 30, "the tip of the nose is the nearest point"


def test_the_parts_lie_where_their_names_say() -> None:
    known = head()
    mean = {name: known.mean[known.vertices_of(name)].mean(0) for name in PARTS}
    assert mean["upper_teeth"][2] > mean["lower_teeth"][2]
    assert mean["upper_lashes"][2] > mean["lower_lashes"][2]
    lips = known.mean[known.lips > 0.5]
    assert -0.095 < lips[:, 2].min() < lips[:, 2].max() < -0.055
    assert np.abs(known.mean[known.ears > 0.5][:, 0]).min() > 0.05


def test_the_teeth_fit_behind_the_lips() -> None:
    known = head()
    corners = np.abs(known.mean[known.landmarks[[48, 54]], 0]).mean()
    teeth = known.mean[known.vertices_of("upper_teeth", "lower_teeth")]
    assert corners < np.abs(teeth[:, 0]).max() < 1.3 * corners, "they end behind the corners of the mouth"
    gap = teeth[:, 1].min() - known.mean[known.landmarks[[62, 66]], 1].max()
    assert 0.004 < gap < 0.010, "metres from the inner lips to the first tooth"
    front = teeth[np.abs(teeth[:, 1] - teeth[:, 1].min()) < 0.012]
    assert np.abs(front[:, 0]).max() > 0.65 * corners, "the arch is wide in front"


def test_the_phenotype_is_a_blend_of_eighteen_heads() -> None:
    weights = phenotype_weights([10, 40, 90], [0, 0.5, 1], [[1, 0, 0], [0.2, 0.3, 0.5], [0, 0, 1]])
    assert weights.shape == (3, 18)
    np.testing.assert_allclose(weights.sum(1), 1)
    assert weights[0, 0] == 1
    assert weights[2, 17] == 1
    np.testing.assert_allclose(years([1 / 3, 2 / 3, 1]), [10, 25, 90])


def test_a_child_is_smaller_and_its_actions_too() -> None:
    known = head()
    child, adult = (known.shape([], phenotype_weights(age, 0.5, [0, 0, 1])) for age in (10, 30))
    assert known.scale(child) < 0.97 * known.scale(adult)


def test_no_action_leaves_the_face_at_rest() -> None:
    known = head()
    np.testing.assert_array_equal(known.vertices(known.mean, np.zeros(52)), known.mean)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match=r"coefficients must be at most \d+ numbers; got 500"):
        head().shape([0.0] * 500, np.zeros(18))
    with pytest.raises(ValueError, match=r"activations must have shape \(52,\); got \(3,\)"):
        head().vertices(head().mean, [0, 0, 0])
