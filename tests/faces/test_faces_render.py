"""The picture: the same bytes from the same parameters, covers that cover, and errors that name what is wrong."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ferviz.faces import (
    KINDS,
    Background,
    Camera,
    Cover,
    Light,
    Person,
    Scene,
    draw_cover,
    facts,
    sample_expression,
    sample_person,
    sample_scene,
    units_to_activations,
)
from ferviz.faces.head import head
from ferviz.faces.render import render

SIZE = 64
REST = np.zeros(52, np.float32)


def drawn(seed: int = 0) -> tuple[Person, np.ndarray, Scene]:
    rng = np.random.default_rng(seed)
    person = sample_person(rng)
    return person, sample_expression(rng, "happiness", 1.0).activations, sample_scene(rng)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_gives_the_same_bytes(seed: int) -> None:
    first = render(*drawn(seed), size=SIZE).image
    render(*drawn(seed + 50), size=SIZE)  # what was drawn in between must not matter
    assert render(*drawn(seed), size=SIZE).image.tobytes() == first.tobytes()


def test_a_picture_is_a_face_in_colour() -> None:
    shown = render(Person(), REST, size=SIZE)
    assert shown.image.shape == (SIZE, SIZE, 3)
    assert shown.image.dtype == np.uint8
    middle = shown.image[SIZE // 3 : 2 * SIZE // 3, SIZE // 3 : 2 * SIZE // 3].reshape(-1, 3).mean(0)
    assert middle[0] > middle[1] > middle[2], "skin is redder than it is blue"


@pytest.mark.parametrize("quality", ["full", "fast"])
def test_both_qualities_draw_the_same_face(quality: str) -> None:
    person, activations, scene = drawn(1)
    scene = replace(scene, camera=replace(scene.camera, noise=0.0), covers=())
    best = render(person, activations, scene, size=SIZE).image.astype(float)
    other = render(person, activations, scene, size=SIZE, quality=quality).image
    assert np.abs(best - other).mean() < 30


def test_twins_keep_the_crop_and_only_change_what_was_changed() -> None:
    person, activations, scene = drawn(2)
    shown, still = render(person, activations, scene, size=SIZE), render(person, REST, scene, size=SIZE)
    assert shown.view == still.view


def test_the_pose_turns_the_face() -> None:
    tip = [render(Person(), REST, Scene(yaw=yaw), size=SIZE).points[_landmark(30), 0] for yaw in (-30, 0, 30)]
    middle = [render(Person(), REST, Scene(yaw=yaw), size=SIZE).points[_landmark(27), 0] for yaw in (-30, 0, 30)]
    turned = np.subtract(tip, middle)
    assert turned[0] < -2
    assert abs(turned[1]) < 1
    assert turned[2] > 2
    low, high = (render(Person(), REST, Scene(pitch=p), size=SIZE) for p in (-25, 25))
    nose = [r.points[_landmark(30), 1] - r.points[_landmark(27), 1] for r in (low, high)]
    assert nose[0] > nose[1] + 2, "a face that looks up shows its nose higher"


@pytest.mark.parametrize("kind", KINDS)
def test_each_cover_changes_the_picture_and_hides_something(kind: str) -> None:
    cover = replace(draw_cover(np.random.default_rng(0), kind), place=(0.1, -0.1), size=0.8)
    bare, covered = (render(Person(), REST, Scene(covers=c), size=SIZE) for c in ((), (cover,)))
    share = facts(covered, covered).cover.mean()
    least = 0.01 if kind == "glasses" else 0.04
    assert least < share < 0.7
    assert np.abs(bare.image.astype(int) - covered.image).max() > 40
    assert not facts(bare, bare).cover.any()


def test_more_light_is_not_a_brighter_face_but_another_exposure() -> None:
    lit, dim = (render(Person(), REST, Scene(lights=(Light(strength=s),)), size=SIZE).image.mean() for s in (0.4, 1.2))
    assert abs(lit - dim) < 60


@pytest.mark.parametrize("seed", range(5))
def test_a_scene_survives_json(seed: int) -> None:
    scene = sample_scene(np.random.default_rng(seed))
    assert Scene.from_dict(json.loads(json.dumps(scene.to_dict()))) == scene


def test_a_scene_takes_one_number_from_the_generator() -> None:
    first, second = np.random.default_rng(5), np.random.default_rng(5)
    sample_scene(first)
    second.integers(2**31)
    assert first.random() == second.random()


def test_scenes_keep_to_what_was_asked() -> None:
    rng = np.random.default_rng(0)
    scenes = [sample_scene(rng, covers=(), yaw_limit=10, faults=False) for _ in range(20)]
    assert all(abs(s.yaw) <= 10 and not s.covers and s.camera.noise == 0 for s in scenes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Scene(yaw=120), "yaw must be -80 to 80 degrees; got 120"),
        (lambda: Scene(pitch=float("nan")), "pitch must be -45 to 45 degrees; got nan"),
        (lambda: Scene(covers=(Cover("glasses"), Cover("sunglasses"))), "covers may hold one pair of glasses"),
        (lambda: Background(kind="beach"), "background must be one of plain, gradient, shapes; got 'beach'"),
        (lambda: Cover("hat"), "cover must be one of glasses, sunglasses, mask, scarf, hand, patch; got 'hat'"),
        (lambda: Cover("mask", size=2), "size of a cover must be 0 to 1; got 2"),
        (lambda: render(Person(), REST, size=4), "size must be 16 to 1024 pixels; got 4"),
        (lambda: render(Person(), REST, quality="best"), "quality must be one of full, fast; got 'best'"),
        (lambda: render(Person(), REST * np.nan), "activations must be finite; got NaN or infinity"),
        (lambda: render(Person(), REST[:5]), r"activations must have shape \(52,\); got \(5,\)"),
    ],
)
def test_bad_arguments_are_named(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_noise_is_drawn_from_the_cameras_seed() -> None:
    first, again, other = (
        render(Person(), REST, Scene(camera=Camera(noise=0.05, seed=seed)), size=SIZE).image for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_mouth_that_opens_shows_its_inside() -> None:
    shut, wide = (render(Person(), units_to_activations(u), size=112) for u in ({}, {27: 1.0}))
    row, column = wide.points[[_landmark(62), _landmark(66)], :2].mean(0)[::-1].astype(int)
    assert wide.image[row, column].sum() < shut.image[row, column].sum() - 100


def _landmark(point: int) -> int:
    return int(head().landmarks[point])
