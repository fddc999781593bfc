"""Truth: nothing of the emotion under a cover or at intensity 0, landmarks where an independent camera puts them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ferviz.emotions import Emotion
from ferviz.faces import (
    KINDS,
    Person,
    Region,
    Scene,
    draw_cover,
    facts,
    sample_expression,
    sample_person,
    sample_scene,
    units_to_activations,
)
from ferviz.faces.head import head
from ferviz.faces.render import Render, render

SIZE = 96
REST = np.zeros(52, np.float32)
CHIN = list(range(5, 12))  # of the 17 points of the jaw: here the neck begins, which takes a share of the head's turn


def pair(emotion: str, intensity: float, seed: int = 0, covers: tuple = ()) -> tuple[Render, Render]:
    rng = np.random.default_rng(seed)
    person, scene = sample_person(rng), sample_scene(rng, covers=covers)
    drawn = sample_expression(rng, emotion, intensity, person.manner)
    return render(person, drawn.activations, scene, SIZE), render(person, drawn.without, scene, SIZE)


@pytest.mark.parametrize("emotion", list(Emotion))
def test_at_intensity_nought_the_picture_is_its_twin_and_nothing_is_relevant(emotion: Emotion) -> None:
    shown, twin = pair(emotion, 0.0)
    known = facts(shown, twin)
    assert shown.image.tobytes() == twin.image.tobytes()
    assert known.relevance.max() == 0
    assert known.changed.max() == 0
    assert known.motion.max() > 0, "a face at rest still has its tone and gaze"


@pytest.mark.parametrize("kind", KINDS)
def test_under_a_cover_nothing_is_relevant(kind: str) -> None:
    cover = replace(draw_cover(np.random.default_rng(1), kind), place=(0.1, -0.2), size=0.8)
    shown, twin = pair("surprise", 1.0, covers=(cover,))
    known = facts(shown, twin)
    assert known.cover.any()
    assert known.relevance[known.cover].max() == 0
    assert known.changed[known.cover].max() == 0
    assert known.motion[known.cover].max() == 0
    assert (known.regions[known.cover] == Region.COVER).all()
    assert known.relevance.max() > 1


def test_relevance_is_the_displacement_by_the_emotion_alone() -> None:
    blink, both = units_to_activations({43: 0.8}), units_to_activations({43: 0.8, 12: 1.0})
    shown, twin = (render(Person(), a, Scene(), SIZE) for a in (both, blink))
    known = facts(shown, twin)
    eyes, mouth = known.regions == Region.EYES, known.regions == Region.MOUTH
    assert known.relevance[mouth].max() > 5
    assert known.relevance[eyes].mean() < 0.5 < known.motion[eyes].mean()
    expected = 1000 * np.linalg.norm(shown.vertices - twin.vertices, axis=1)[head().landmarks[[48, 54]]]
    for point, length in zip((48, 54), expected, strict=True):
        column, row = np.round(known.landmarks[point]).astype(int)
        assert abs(known.relevance[row, column] - length) < 2


def test_relevance_does_not_depend_on_the_pose() -> None:
    smile = units_to_activations({12: 1.0})
    tops = []
    for yaw in (0, 25):
        shown, twin = (render(Person(), a, Scene(yaw=yaw), SIZE) for a in (smile, REST))
        tops.append(facts(shown, twin).relevance.max())
    assert abs(tops[0] - tops[1]) < 1


def _independent(render_: Render) -> np.ndarray:
    """The landmarks by a pinhole camera written anew, with rotations by Rodrigues' formula."""

    def turn(axis: tuple[float, float, float], degrees: float) -> np.ndarray:
        x, y, z = axis
        k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        a = np.radians(degrees)
        return np.eye(3) + np.sin(a) * k + (1 - np.cos(a)) * (k @ k)

    scene, view = render_.scene, render_.view
    whole = turn((0, 1, 0), scene.roll) @ turn((1, 0, 0), -scene.pitch) @ turn((0, 0, 1), scene.yaw)
    points = head().vertices(render_.person.face(), render_.activations)[head().landmarks].astype(float)
    pivot = np.array([0, 0.07, -0.10])
    placed = (points - pivot) @ whole.T + pivot + [0, scene.camera.distance + 0.05, 0]
    focal = render_.size / view.side
    column = render_.size / 2 + focal * (placed[:, 0] / placed[:, 1] - view.centre[0])
    row = render_.size / 2 - focal * (placed[:, 2] / placed[:, 1] - view.centre[1])
    return np.stack([column, row], 1) - 0.5


@pytest.mark.parametrize("seed", range(8))
def test_landmarks_are_where_an_independent_camera_puts_them(seed: int) -> None:
    shown, twin = pair("fear", 1.0, seed)
    known = facts(shown, twin)
    expected = _independent(shown)
    turn, away = shown.body.turn[head().landmarks], np.linalg.norm(known.landmarks - expected, axis=1)
    assert np.flatnonzero(turn < 0.999).tolist() == CHIN
    assert np.delete(away, CHIN).max() < 0.01  # brows, nose, eyes, mouth and ten points of the jaw
    assert turn[CHIN].min() > 0.85
    assert away[CHIN].max() < 1.5


@pytest.mark.parametrize("seed", range(6))
def test_a_visible_landmark_is_seen_at_its_pixel(seed: int) -> None:
    shown, twin = pair("happiness", 0.9, seed)
    known = facts(shown, twin)
    seen = np.flatnonzero(known.visible & (np.arange(68) > 16))
    assert len(seen) > 20
    column, row = (np.floor(known.landmarks[seen, k] * 2 + 1).astype(int) for k in (0, 1))
    triangle = shown.buffers.triangle[row, column]
    hit = triangle >= 0  # one on the silhouette may fall a hair beside it
    assert hit.mean() > 0.9
    seen, triangle = seen[hit], triangle[hit]
    corners = shown.vertices[shown.body.faces[triangle]].mean(1)
    away = 1000 * np.linalg.norm(corners - shown.vertices[head().landmarks[seen]], axis=1)
    assert np.percentile(away, 90) < 12


def test_landmarks_under_a_mask_are_not_visible() -> None:
    cover = draw_cover(np.random.default_rng(0), "mask")
    shown, twin = (render(Person(), REST, Scene(covers=(cover,)), SIZE) for _ in range(2))
    visible = facts(shown, twin).visible
    assert not visible[48:].any()
    assert visible[36:48].all()


def test_regions_lie_as_on_a_face() -> None:
    shown = render(Person(), REST, Scene(), SIZE)
    known = facts(shown, shown)
    rows = {r: np.nonzero(known.regions == r)[0].mean() for r in Region if (known.regions == r).any()}
    order = (Region.FOREHEAD, Region.BROWS, Region.EYES, Region.NOSE, Region.MOUTH, Region.CHIN, Region.NECK)
    assert all(rows[a] < rows[b] for a, b in pairwise(order))
    for point, region in ((30, Region.NOSE), (57, Region.MOUTH), (19, Region.BROWS)):
        column, row = np.round(known.landmarks[point]).astype(int)
        assert known.regions[row, column] == region


def test_pose_and_actions_are_given_back() -> None:
    scene = Scene(yaw=12, pitch=-5, roll=3)
    smile = units_to_activations({12: 0.5})
    shown = render(Person(), smile, scene, SIZE)
    known = facts(shown, shown)
    np.testing.assert_allclose(known.pose, [12, -5, 3])
    np.testing.assert_array_equal(known.actions, smile)


def test_a_twin_must_be_a_twin() -> None:
    shown = render(Person(), REST, Scene(), SIZE)
    for other in (render(Person(age=60), REST, Scene(), SIZE), render(Person(), REST, Scene(yaw=5), SIZE)):
        with pytest.raises(ValueError, match="twin must show the same person in the same scene and view"):
            facts(shown, other)
