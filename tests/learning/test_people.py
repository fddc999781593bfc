"""Synthetic people as sets, what is scored of them, and parts that are frozen to the bit."""

from __future__ import annotations

import doctest
import json
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import torch

from ferviz.faces.sets import read
from ferviz.learning import people as module
from ferviz.learning.answering import Answer
from ferviz.learning.freezing import moving
from ferviz.learning.people import (
    age_error,
    attributes_of,
    class_weights,
    gender_correlation,
    gender_loss,
    identities_of,
    mean_recall,
    verification,
    verified,
)
from ferviz.learning.sets import Examples, Stills
from ferviz.models.backbones import MobileNetConfig
from ferviz.models.identity import BodyConfig
from ferviz.models.multi_task import Config, MultiTask

SIDE = 16
TINY = BodyConfig(MobileNetConfig(colours=1, channels=(4, 6), strides=(1,)), SIDE)
AFFECTNET = {  # training images, as the author's notebook prints them, and its weights
    "Anger": (24882, 5.4021),
    "Contempt": (3750, 35.8440),
    "Disgust": (3803, 35.3445),
    "Fear": (6378, 21.0748),
    "Happiness": (134415, 1.0),
    "Neutral": (74874, 1.7952),
    "Sadness": (25459, 5.2797),
    "Surprise": (14090, 9.5397),
}


# ---- sets ----


def test_faces_come_with_what_the_generator_was_told(tiny_set):
    found = read(tiny_set, split="train", part="stills")
    made = attributes_of(found, SIDE)
    assert made.raw["pictures"].shape == (14, 1, SIDE, SIDE)
    for place, clip in enumerate(found):
        person = clip.truth.person
        assert made.targets["age"][place] == round(person["age"]) - 1
        assert made.targets["gender"][place] == pytest.approx(person["gender"])
        assert made.targets["ethnicity"][place].tolist() == pytest.approx(list(person["ethnicity"]))
        assert made.about["years"][place] == person["age"]
        assert made.about["person"][place] == found.rows[place]["identity"]
    torch.testing.assert_close(made.targets["ethnicity"].sum(1), torch.ones(14))


def test_strangers_have_no_place_among_the_people(tiny_set):
    train, others = (read(tiny_set, split=split, part="stills") for split in ("train", "validation"))
    known = identities_of(train, SIDE, train.people)
    assert sorted(set(known.targets["person"].tolist())) == list(range(len(train.people)))
    assert (np.array(sorted(train.people))[known.targets["person"]] == known.about["person"]).all()
    assert set(identities_of(others, SIDE, train.people).targets["person"].tolist()) == {-1}


# ---- weights ----


def test_the_weights_are_those_of_affectnet():
    counts, printed = zip(*AFFECTNET.values(), strict=True)
    np.testing.assert_allclose(class_weights(counts), printed, atol=5e-5)


def test_the_example_is_true():
    assert doctest.testmod(module) == (0, 1)


def test_they_are_an_even_prior_up_to_a_factor():
    label = torch.tensor([0, 0, 0, 1, 2, 2])
    target = torch.nn.functional.one_hot(label).float()
    stills = Stills(torch.zeros(6, 1, 4, 4, dtype=torch.uint8), target, torch.ones(6), np.arange(6))
    even = stills.with_prior(torch.full((3,), 1 / 3)).weight
    weight = torch.from_numpy(class_weights(target.sum(0).numpy())).float()[label]
    torch.testing.assert_close(weight / weight.mean(), even)


@pytest.mark.parametrize("counts", [[3, 0], [], [[1, 2]], [1, np.nan], [1, -1]])
def test_a_label_without_a_face_has_no_weight(counts):
    with pytest.raises(ValueError, match="counts must be above 0 for each label; got"):
        class_weights(counts)


# ---- figures ----


def test_people_are_told_apart_by_the_cosine_of_their_features():
    features = np.array([[1, 0], [3, 0.1], [0, 1], [0.1, 5]])
    assert verification(features, [0, 0, 1, 1]) == 1.0
    assert verification(features, [0, 1, 0, 1]) < 0.5
    assert verification(np.ones((4, 2)), [0, 0, 1, 1]) == 0.5
    assert verification(np.array([[0, 0], [0, 0], [1, 0]]), ["a", "a", "b"]) == 0.5  # zeros are like nothing
    said = Answer({}, {"feature": torch.from_numpy(features)})
    part = Examples({"pictures": torch.zeros(4, 1)}, {}, about={"person": np.array([0, 0, 1, 1])})
    assert verified(said, part) == 1.0
    assert verified(said, replace(part, about={"person": np.zeros(4)})) is None
    assert verified(said, replace(part, about={"person": np.arange(4)})) is None


@pytest.mark.parametrize(
    ("features", "person", "says"),
    [
        (np.ones((3, 2)), [0, 0, 0], "two faces of one person and faces of two people; got others"),
        (np.ones((3, 2)), [0, 1, 2], "two faces of one person and faces of two people; got others"),
        (np.ones((3, 2)), [0, 1], r"must be \(faces, D\) and \(faces,\); got \(3, 2\) and \(2,\)"),
        (np.ones(3), [0, 1, 1], r"got \(3,\) and \(3,\)"),
    ],
)
def test_what_cannot_be_verified_is_said(features, person, says):
    with pytest.raises(ValueError, match=says):
        verification(features, person)


def test_figures_by_hand():
    age = torch.full((2, 100), -9.0)
    age[0, 29], age[1, 49] = 20.0, 20.0
    said = Answer({"age": age, "gender": torch.tensor([0.2, 0.8])}, {})
    raw = {"pictures": torch.zeros(2, 1)}
    part = Examples(raw, {"gender": torch.tensor([0.0, 0.5])}, about={"years": np.array([33.0, 49.0])})
    assert age_error(said, part) == pytest.approx(2.0, abs=1e-4)
    assert gender_correlation(said, part) == pytest.approx(1)
    assert gender_correlation(said, replace(part, targets={"gender": torch.full((2,), 0.1)})) is None
    logits = torch.tensor([[2.0, 1, 0], [2, 1, 0], [1, 2, 0], [2, 1, 0]])
    for target in (torch.tensor([0, 0, 1, 1]), torch.eye(3)[[0, 0, 1, 1]]):
        found = mean_recall(Answer({"emotion": logits}, {}), Examples({"pictures": logits}, {"emotion": target}))
        assert found == pytest.approx((1 + 0.5) / 2)
    half = gender_loss(torch.tensor([0.25]), torch.tensor([0.5]))
    assert half.item() == pytest.approx(-0.5 * np.log(0.25) - 0.5 * np.log(0.75))


# ---- what moves ----


def model() -> MultiTask:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MultiTask(replace(Config.compact(), body=TINY, hidden=4))


def test_only_what_was_named_asks_for_a_gradient_and_then_all_is_as_it_was():
    net = model()
    net.answers["age"].weight.requires_grad_(False)
    before = {name: one.requires_grad for name, one in net.named_parameters()}
    with moving(net, ["answers.emotion", "answers.age"]):
        moved = {name.rsplit(".", 1)[0] for name, one in net.named_parameters() if one.requires_grad}
    assert moved == {"answers.emotion", "answers.age"}
    assert {name: one.requires_grad for name, one in net.named_parameters()} == before
    with suppress(RuntimeError), moving(net, ["backbone"]):
        raise RuntimeError
    assert {name: one.requires_grad for name, one in net.named_parameters()} == before


@pytest.mark.parametrize(
    ("parts", "error", "says"),
    [
        (["head"], ValueError, r"parts must be paths of parts of MultiTask \(backbone, .*\); got 'head'"),
        ([""], ValueError, "parts must be paths of parts of MultiTask .* got ''"),
        (["feature"], ValueError, "parts must have parameters to move; got feature"),
        ([], ValueError, "parts must have parameters to move; got no part"),
        ("backbone", TypeError, "parts must be a list of names; got 'backbone'"),
    ],
)
def test_parts_that_cannot_move_are_refused(parts, error, says):
    net = model()
    with pytest.raises(error, match=says), moving(net, parts):
        pass
    assert all(one.requires_grad for one in net.parameters())


def test_the_texts_are_those_of_the_clip(tiny_set):
    """`attributes_of` reads them without the rest of the clip."""
    found = read(tiny_set, split="test", part="stills")
    told = json.loads(next(found.each("texts"))["texts"].tobytes())["labels"]
    assert told["age"] == found[0].labels["age"]
