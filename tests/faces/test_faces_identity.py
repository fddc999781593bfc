"""People: drawn the same from the same seed, twins that differ in one thing, and a way through JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ferviz.faces import Person, sample_person
from ferviz.faces.appearance import paint
from ferviz.faces.appearance.beard import Beard
from ferviz.faces.appearance.canvas import canvas
from ferviz.faces.appearance.colour import blend, darken
from ferviz.faces.appearance.hair import colour


def draw(seed: int = 0, **fixed: object) -> Person:
    return sample_person(np.random.default_rng(seed), **fixed)


def test_one_seed_one_person() -> None:
    assert draw(3) == draw(3)
    assert draw(3) != draw(4)


def test_a_person_takes_one_number_from_the_generator() -> None:
    first, second = np.random.default_rng(5), np.random.default_rng(5)
    sample_person(first)
    second.integers(2**31)
    assert first.random() == second.random()


@pytest.mark.parametrize("seed", range(4))
def test_a_person_survives_json(seed: int) -> None:
    person = draw(seed)
    assert Person.from_dict(json.loads(json.dumps(person.to_dict()))) == person


def test_the_plain_person_survives_json() -> None:
    assert Person.from_dict(json.loads(json.dumps(Person().to_dict()))) == Person()


def test_fixed_traits_are_kept_and_leave_the_luck_alone() -> None:
    young, old = draw(7, age=25.0), draw(7, age=75.0)
    assert (young.age, old.age) == (25, 75)
    assert young.shape == old.shape
    assert young.skin == old.skin
    assert draw(7, gender=1.0, ethnicity=(0.0, 1.0, 0.0)).ethnicity == (0.0, 1.0, 0.0)


def test_a_twin_of_another_age_has_other_bones_and_greyer_hair() -> None:
    person = replace(draw(1, age=30.0), hair=replace(draw(1).hair, dye=None, half_grey=55.0))
    twin = replace(person, age=80.0)
    assert np.linalg.norm(twin.face() - person.face(), axis=1).max() > 0.002
    assert colour(twin.hair, twin.age).mean() > colour(person.hair, person.age).mean()


def test_a_twin_of_another_skin_differs_in_skin_alone() -> None:
    person = draw(2)
    twin = replace(person, skin=replace(person.skin, tone=6.5 if person.skin.tone < 4 else 1.0))
    np.testing.assert_array_equal(person.face(), twin.face())
    np.testing.assert_array_equal(paint(person).relief, paint(twin).relief)
    np.testing.assert_array_equal(paint(person).hair.alpha, paint(twin).hair.alpha)
    assert np.abs(paint(person).albedo - paint(twin).albedo).max() > 0.1


def test_painting_is_the_same_twice() -> None:
    first, second = paint(draw(6)), paint(draw(6))
    np.testing.assert_array_equal(first.albedo, second.albedo)
    np.testing.assert_array_equal(first.hair.strands, second.hair.strands)


def test_whoever_was_painted_before_leaves_nothing_on_a_twin() -> None:
    young = draw(6, age=25.0)
    first = paint(young)
    for age in (50.0, 80.0):  # what twins have in common is painted once
        paint(replace(young, age=age))
    second = paint(young)
    assert not np.shares_memory(first.albedo, second.albedo)
    np.testing.assert_array_equal(first.albedo, second.albedo)
    np.testing.assert_array_equal(first.relief, second.relief)
    np.testing.assert_array_equal(first.hair.alpha, second.hair.alpha)


@pytest.mark.parametrize("part", [np.s_[2:5, 1:7], np.s_[0:6, 3:4], np.s_[0:0, 0:0], np.s_[:, :]])
def test_paint_is_laid_where_its_cover_is_and_nowhere_else(part: tuple[slice, slice]) -> None:
    rng = np.random.default_rng(0)
    picture, cover = rng.random((6, 9, 3), np.float32), np.zeros((6, 9), np.float32)
    cover[part] = rng.random((6, 9), np.float32)[part]
    red, dark = np.float32([0.8, 0.1, 0.1]), picture.copy()
    mixed = picture + cover[..., None] * (red - picture)
    blended = picture.copy()
    blend(blended, red, cover)
    darken(dark, cover)
    np.testing.assert_array_equal(blended, mixed)
    np.testing.assert_array_equal(dark, picture * (1 - cover)[..., None])


def test_white_hair_does_not_burn_out() -> None:
    old = replace(draw(1), age=90.0)
    assert colour(old.hair, 90.0).max() <= 0.4


def test_a_beard_does_not_grow_on_a_child() -> None:
    man = Person(age=30.0, beard=Beard("beard", 0.9))
    child, smooth = replace(man, age=11.0), replace(man, age=11.0, beard=Beard("none"))
    np.testing.assert_array_equal(paint(child).albedo, paint(smooth).albedo)
    assert np.abs(paint(man).albedo - paint(replace(man, beard=Beard("none"))).albedo).max() > 0.1


def test_brows_are_painted_where_brows_are() -> None:
    person = Person()
    bald = replace(person, brows=replace(person.brows, density=0.0))
    change = np.abs(paint(person).albedo - paint(bald).albedo)[..., :3].sum(-1)
    c = canvas()
    where = change > 0.05
    assert where.sum() > 50
    assert c.z[where].min() > 5
    assert c.z[where].max() < 35
    assert c.side[where].max() < 60


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"age": 5.0}, r"age must be 10 to 90 years; got 5.0"),
        ({"gender": 2.0}, r"gender must be 0 \(male\) to 1 \(female\); got 2.0"),
        ({"ethnicity": (0.5, 0.1, 0.1)}, r"ethnicity must be three shares that sum to 1"),
        ({"ethnicity": (float("nan"), 0.0, 1.0)}, r"ethnicity must be three shares that sum to 1"),
    ],
)
def test_impossible_people_are_refused(values: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Person(**values)


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(ValueError, match="a person has no shoes; it has age, "):
        Person.from_dict({"shoes": 1})
