"""What a person sees first: mouths, cheeks, lids, hair and prototypes, each of them a fault of the first edition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from skimage.draw import polygon2mask

from ferviz.emotions import Emotion
from ferviz.faces import UNITS, Camera, Person, Scene, sample_expression, sample_person, settle, units_to_activations
from ferviz.faces.body import Material
from ferviz.faces.expression import Expression
from ferviz.faces.head import head
from ferviz.faces.raster import Buffers, rasterise
from ferviz.faces.recipes import RECIPES
from ferviz.faces.render import Render, render

SHOWN = [emotion for emotion in Emotion if emotion is not Emotion.NEUTRAL]
REST = np.zeros(52, np.float32)
LIDS = ((37, 41), (38, 40), (43, 47), (44, 46))


def landmarks(units: dict) -> np.ndarray:
    """The 68 landmarks of the mean face, in mm."""
    known = head()
    return 1000 * known.vertices(known.mean, settle(units_to_activations(units)))[known.landmarks]


def people(emotion: Emotion, count: int = 40) -> list[tuple[Person, Expression]]:
    """People who show an emotion at full intensity."""
    rng = np.random.default_rng([7, list(Emotion).index(emotion)])
    drawn = []
    for _ in range(count):
        person = sample_person(rng)
        drawn.append((person, sample_expression(rng, emotion, 1.0, person.manner)))
    return drawn


def openness(person: Person, activations: np.ndarray) -> float:
    """Mean distance of the lids, in mm."""
    points = 1000 * head().vertices(person.face(), activations)[head().landmarks]
    return float(np.mean([np.linalg.norm(points[above] - points[below]) for above, below in LIDS]))


@pytest.mark.parametrize("emotion", SHOWN)
def test_prototypes_are_of_known_units_with_strengths_that_a_face_can_do(emotion: Emotion) -> None:
    assert len(RECIPES[emotion]) >= 2
    for recipe in RECIPES[emotion]:
        for name, (often, low, high) in recipe.items():
            assert int(str(name).rstrip("U")) in UNITS
            assert 0 < often <= 1
            assert 0 < low < high <= 1.5
        assert sum(often == 1 for often, _, _ in recipe.values()) >= min(2, len(recipe))


@pytest.mark.parametrize("emotion", SHOWN)
def test_the_sides_differ_by_an_eighth_at_most_but_for_units_of_one_side(emotion: Emotion) -> None:
    names = head().action_names
    lefts = [(i, names.index(name[:-4] + "Right")) for i, name in enumerate(names) if name.endswith("Left")]
    widest = 0.0
    for _, shown in people(emotion):
        if any(unit.endswith(("L", "R")) for unit in shown.units):
            continue
        for left, right in lefts:
            both = shown.push[left] + shown.push[right]
            if both > 0:
                widest = max(widest, abs(float(shown.push[left] - shown.push[right])) / float(both))
    assert widest <= 0.121


def test_contempt_is_of_one_side_and_nothing_else_is() -> None:
    sided = {e for e in SHOWN if any(str(unit).endswith("U") for recipe in RECIPES[e] for unit in recipe)}
    assert sided == {Emotion.CONTEMPT}


@pytest.mark.parametrize("emotion", SHOWN)
def test_no_emotion_closes_the_eyes(emotion: Emotion) -> None:
    share = [openness(p, e.activations) / openness(p, e.without) for p, e in people(emotion)]
    assert np.percentile(share, 5) > 0.4
    assert np.median(share) > 0.55


def test_happiness_raises_the_cheeks_and_disgust_keeps_the_mouth_little_open() -> None:
    assert all(12 in recipe and 6 in recipe for recipe in RECIPES[Emotion.HAPPINESS])
    jaw = head().action_names.index("jawOpen")
    assert max(e.push[jaw] for _, e in people(Emotion.DISGUST)) < 0.25
    assert np.median([e.push[jaw] for _, e in people(Emotion.SURPRISE)]) > 0.4
    assert all(9 in recipe or 10 in recipe for recipe in RECIPES[Emotion.DISGUST])


def test_anger_shows_over_a_mask() -> None:
    for recipe in RECIPES[Emotion.ANGER]:
        assert recipe[4][0] == 1
        assert recipe[4][1] >= 0.8
        assert any(recipe.get(lids, (0,))[0] == 1 for lids in (5, 7))


def test_lower_teeth_stay_behind_the_lip_and_meet_the_upper_ones() -> None:
    known = head()
    upper, lower = (known.vertices_of(part) for part in ("upper_teeth", "lower_teeth"))
    edge = 1000 * (known.mean[lower, 2].max() - known.mean[upper, 2].min())
    assert -2 < edge < 3, "mm that they overlap when the jaw is shut"
    front = lower[known.mean[lower, 1] < known.mean[lower, 1].min() + 0.012]
    for unit in (26, 27):
        opened = 1000 * known.vertices(known.mean, units_to_activations({unit: 1.0}))
        assert opened[front, 2].max() - opened[known.landmarks[66], 2] < 8
        assert opened[known.vertices_of("tongue"), 2].max() < 1000 * known.mean[upper, 2].min() + 6


@pytest.mark.parametrize("yaw", [-25, 0, 25])
def test_a_smile_shows_teeth_from_corner_to_corner(yaw: float) -> None:
    shown = render(Person(), settle(units_to_activations({12: 1.1, 25: 1.2})), Scene(yaw=yaw), 160)
    teeth = material(shown) == Material.TEETH
    columns = np.flatnonzero(teeth.sum(0) >= 2)
    corners = shown.points[head().landmarks[[60, 64]], 0] * shown.samples
    assert np.ptp(columns) > 0.6 * np.ptp(corners)
    assert np.abs(columns.mean() - corners.mean()) < 0.13 * np.ptp(corners), "no wedge on one side"


def test_a_smile_lifts_cheeks_and_leaves_the_nose() -> None:
    moved = landmarks({12: 1.0, 6: 1.0}) - landmarks({})
    assert abs(moved[35, 0] - moved[31, 0]) < 2.5, "mm that the nostrils part"
    known = head()
    x, _, z = 1000 * known.mean.T
    cheek = (np.hypot((x - 40) / 10, (z + 30) / 8) < 1) & (known.mean[:, 1] < 0.01)
    raised = 1000 * (known.vertices(known.mean, units_to_activations({6: 1.0})) - known.mean)[cheek]
    assert raised[:, 2].mean() > 4
    assert raised[:, 1].min() < -3, "mm towards the camera"


def test_brows_frown_at_their_inner_ends_and_slant_in_grief() -> None:
    frown = landmarks({4: 1.0}) - landmarks({})
    assert frown[[21, 22], 2].mean() < frown[[17, 26], 2].mean()
    grief = landmarks({1: 1.0, 4: 0.5}) - landmarks({})
    assert grief[[21, 22], 2].mean() > grief[[17, 26], 2].mean() + 6


def test_lashes_are_an_edge_of_the_lid() -> None:
    known = head()
    skin = known.mean[known.vertices_of("skin")]
    for part in ("upper_lashes", "lower_lashes"):
        lashes = known.mean[known.vertices_of(part)]
        away = np.sqrt(((lashes[:, None] - skin[None]) ** 2).sum(-1)).min(1)
        assert 1000 * away.max() < 2.5


def material(shown: Render) -> np.ndarray:
    """What each sample sees, 255 for the background."""
    triangle = shown.buffers.triangle
    kinds = shown.body.material[shown.body.surface[np.maximum(triangle, 0)]].astype(int)
    return np.where(triangle >= 0, kinds, 255)


@pytest.mark.parametrize("emotion", SHOWN)
def test_no_eyeball_comes_through_a_lid(emotion: Emotion) -> None:
    beside = []
    for person, drawn in people(emotion, 12):
        shown = render(person, drawn.activations, Scene(camera=Camera(crop=1.2)), 112)
        opening = np.zeros(shown.buffers.triangle.shape, bool)
        for points in (slice(36, 42), slice(42, 48)):
            corner = shown.points[head().landmarks[points], 1::-1] * shown.samples
            opening |= polygon2mask(opening.shape, corner.mean(0) + 1.3 * (corner - corner.mean(0)))
        opening = ndimage.binary_dilation(opening, iterations=2)
        beside.append(int(((material(shown) == Material.EYE) & ~opening).sum()))
    assert np.mean(beside) < 1, "samples of an eyeball outside of the lids: white specks"


@pytest.mark.parametrize("style", ["short", "medium", "long", "fringe"])
def test_no_specks_of_background_between_hair_and_face(style: str) -> None:
    specks = 0
    for seed in range(2):
        person = sample_person(np.random.default_rng([seed, 9]))
        person = replace(person, hair=replace(person.hair, style=style))
        for yaw in (-35, 35):
            shown = render(person, REST, Scene(yaw=yaw, camera=Camera(crop=1.5)), 112)
            regions, count = ndimage.label(material(shown) == 255)
            outside = np.unique(np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]]))
            size = np.bincount(regions.ravel(), minlength=count + 1)
            specks += sum(int(size[i]) for i in range(1, count + 1) if i not in outside and size[i] < 60)
    assert specks < 5, "samples; the first edition had 10 to 30"


@pytest.mark.parametrize(("style", "hangs"), [("short", False), ("bun", False), ("medium", True), ("long", True)])
def test_hair_that_hangs_covers_the_neck_from_behind(style: str, hangs: bool) -> None:
    person = replace(Person(), hair=replace(Person().hair, style=style, length=190.0 if style == "long" else 100.0))
    shown = render(person, REST, Scene(yaw=60, camera=Camera(crop=1.6)), 112)
    ends = shown.vertices[len(head().mean) + len(shown.body.scalp) :]
    assert bool(len(ends)) == hangs
    if hangs:
        assert ends[:, 2].min() < -0.001 * (person.hair.length - 20)
        assert (material(shown) == Material.HAIR).mean() > 0.15


def test_hair_is_cut_between_texels() -> None:
    square = np.array([[0, 0, 1], [64, 0, 1], [64, 64, 1], [0, 64, 1]], np.float32)
    uv = np.array([[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]], np.float32)
    buffers = Buffers.empty(64, 64)
    alpha = np.array([[0, 0], [1, 1]], np.float32)
    rasterise(
        square, np.array([[0, 1, 2], [0, 2, 3]], np.int32), buffers, cut=np.ones(2, np.bool_), uv=uv, alpha=alpha
    )
    seen = buffers.triangle >= 0
    assert seen[33:].all(), "more than a half"
    assert not seen[:31].any()
