"""Strangers: whether they are known again, and a control that sees no face."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ferviz.faces.sets import read
from ferviz.learning.people import verification
from ferviz.learning.recipes import multi_task_sets as sets
from ferviz.learning.sets import stills_of
from ferviz.measuring.strangers import brightness, hidden_task, hide_faces, known_again, look_alikes


def test_by_hand():
    """Two faces of one person, one of another: the first is nearer to its own, the second to the stranger."""
    embeddings = [[1.0, 0.0], [1.0, 1.0], [0.5, 1.0]]
    assert known_again(embeddings, [0, 0, 1]).tolist()[:2] == [1.0, 0.0]
    assert np.isnan(known_again(embeddings, [0, 0, 1])[2])


def test_it_is_the_area_under_the_curve_where_every_face_is_asked_alike():
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(6), 4)
    embeddings = rng.normal(size=(6, 5)).repeat(4, 0) + rng.normal(size=(24, 5))
    found = known_again(embeddings, person)
    assert found.shape == (24,)
    assert 0.5 < found.mean() < 1
    assert found.mean() == pytest.approx(verification(embeddings, person), abs=0.05)
    assert known_again(np.ones((24, 5)), person).tolist() == [0.5] * 24  # all alike: half


def test_nobody_to_compare_with_is_no_answer():
    assert np.isnan(known_again(np.eye(3), [0, 1, 2])).all()
    assert np.isnan(known_again(np.eye(3), [0, 0, 0])).all()


def test_a_face_may_be_held_against_some_others_alone():
    embeddings, person = [[1, 0], [1, 0.1], [1, 0.2], [0, 1]], [0, 0, 1, 2]
    near, far = np.zeros((2, 4, 4), bool)
    near[:, 2], far[:, 3] = True, True
    assert known_again(embeddings, person, near)[:2].tolist() == [1.0, 0.0]
    assert known_again(embeddings, person, far)[:2].tolist() == [1.0, 1.0]
    assert np.isnan(known_again(embeddings, person, np.zeros((4, 4), bool))).all()


def test_who_looks_alike():
    shares = [[1, 0, 0], [0.9, 0.1, 0], [0.5, 0.5, 0], [1, 0, 0]]
    found = look_alikes([30, 37, 30, 60], [0.1, 0.3, 0.1, 0.1], shares)
    assert found.tolist() == [[True, True, False, False], [True, True, False, False], [False, False, True, False],
                              [False, False, False, True]]  # fmt: skip


def test_of_brightness_nothing_is_left_but_one_number():
    pictures = torch.zeros(4, 1, 8, 8)
    for place, gray in enumerate((100, 104, 120, 250)):
        pictures[place] = gray
        pictures[place, :, :2] = 255 * (place % 2)  # the rim does not count
    vectors = brightness(pictures)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.argsort(-(vectors @ vectors[0])).tolist() == [0, 1, 2, 3]


def test_no_pixel_of_a_face_is_left(tiny_set):
    found = read(tiny_set, split="test", part="stills")
    pictures = stills_of(found, 48).pictures
    shown = hide_faces(pictures, found)
    for before, after, arrays in zip(pictures, shown, found.each("truth.regions"), strict=True):
        regions = arrays["truth.regions"][0]
        side = len(regions)
        near = ((np.arange(48) + 0.5) * side / 48).astype(int)
        face = torch.from_numpy(~np.isin(regions[near[:, None], near], (0, 11)))
        assert (after[0][face] == 128).all()
        assert (after[0] == before[0])[~face].float().mean() > 0.2  # and much of the rest
        assert after[0, 24, 24] == 128


def test_the_control_learns_the_same_people(tiny_set, monkeypatch):
    monkeypatch.setattr(sets, "PEOPLE", "stills")
    task, whole = hidden_task(tiny_set, 16), sets.identity_task(tiny_set, 16)
    for part, own in ((task.train, whole.train), (task.validation["strangers"], whole.validation["strangers"])):
        assert torch.equal(part.targets["person"], own.targets["person"])
        assert not torch.equal(part.raw["pictures"], own.raw["pictures"])
