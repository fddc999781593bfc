"""Action units move what FACS says, and emotions are drawn without a trace of them at rest."""

from __future__ import annotations

import numpy as np
import pytest

from ferviz.emotions import Emotion
from ferviz.faces import UNITS, sample_expression, settle, units_to_activations
from ferviz.faces.head import head

X, Y, Z = 0, 1, 2  # subject's left, away, up
BROW_IN, BROW_OUT, BROWS = (21, 22), (17, 26), (18, 19, 20, 23, 24, 25)
UPPER_LIDS, LOWER_LIDS = (37, 38, 43, 44), (40, 41, 46, 47)
CORNERS, UPPER_LIP, LOWER_LIP = (48, 54), (50, 51, 52), (56, 57, 58)


def movement(units: dict) -> np.ndarray:
    """How the 68 landmarks move, in mm."""
    known = head()
    moved = known.vertices(known.mean, settle(units_to_activations(units))) - known.mean
    return 1000 * moved[known.landmarks]


@pytest.mark.parametrize(
    ("unit", "points", "axis", "least"),
    [
        (1, BROW_IN, Z, 4),
        (2, BROW_OUT, Z, 4),
        (4, BROWS, Z, -3),
        (5, UPPER_LIDS, Z, 1),
        (6, LOWER_LIDS, Z, 1),
        (7, LOWER_LIDS, Z, 1),
        (9, (31, 35), Z, 1.5),
        (10, UPPER_LIP, Z, 1.5),
        (12, CORNERS, Z, 6),
        (15, CORNERS, Z, -3),
        (16, LOWER_LIP, Z, -1.5),
        (17, LOWER_LIP, Z, 1.5),
        (18, UPPER_LIP, Y, -1),
        (22, UPPER_LIP, Z, 2),
        (26, (8, 57), Z, -5),
        (27, (8, 57), Z, -15),
        (29, (8,), Y, -3),
        (43, UPPER_LIDS, Z, -4),
    ],
)
def test_a_unit_moves_what_facs_says(unit: int, points: tuple[int, ...], axis: int, least: float) -> None:
    mean = movement({unit: 1.0})[list(points), axis].mean()
    assert mean * np.sign(least) >= abs(least)


@pytest.mark.parametrize(("unit", "wider"), [(12, True), (14, True), (20, True), (18, False)])
def test_a_unit_makes_the_mouth_wider_or_narrower(unit: int, wider: bool) -> None:
    moved = movement({unit: 1.0})
    change = moved[54, X] - moved[48, X]
    assert change > 4 if wider else change < -4


@pytest.mark.parametrize("unit", [23, 24, 28])
def test_a_unit_presses_the_lips(unit: int) -> None:
    moved = movement({unit: 1.0})
    assert moved[51, Z] - moved[57, Z] < -0.5
    assert moved[[48, 54], Z].mean() < 1.5, "it must not read as a smile"


def test_lips_part_opens_the_mouth() -> None:
    moved = movement({25: 1.0})
    assert moved[62, Z] - moved[66, Z] > 1.5


@pytest.mark.parametrize(("unit", "part"), [(19, "tongue"), (34, "skin")])
def test_tongue_and_cheeks_come_out(unit: int, part: str) -> None:
    known = head()
    moved = known.vertices(known.mean, units_to_activations({unit: 1.0})) - known.mean
    assert 1000 * moved[known.vertices_of(part), Y].min() < -3


def test_every_unit_moves_something_and_upper_units_leave_the_mouth() -> None:
    for unit in UNITS:
        assert units_to_activations({unit: 1.0}).max() > 0
    for unit in (1, 2, 4, 5, 7, 43):
        assert np.abs(movement({unit: 1.0})[48:]).max() < 1


def test_one_side_moves_alone() -> None:
    moved = movement({"12L": 1.0})
    assert moved[54, Z] > 5, "the subject's left corner is at the picture's right"
    assert abs(moved[48, Z]) < 1
    np.testing.assert_allclose(units_to_activations({"6L": 0.5, "6R": 0.5}), units_to_activations({6: 0.5}), atol=1e-6)


@pytest.mark.parametrize("name", [3, "12X", "smile", ""])
def test_an_unknown_unit_is_named(name: object) -> None:
    with pytest.raises(ValueError, match="unit must be one of 1, 2, 4, .*, with L or R for one side; got"):
        units_to_activations({name: 0.5})


@pytest.mark.parametrize("strength", [-0.1, 1.6, float("nan")])
def test_a_strength_out_of_range_is_refused(strength: float) -> None:
    with pytest.raises(ValueError, match=r"strength of unit 12 must be 0 to 1.5; got"):
        units_to_activations({12: strength})


def test_the_same_seed_draws_the_same_expression() -> None:
    first, second = (sample_expression(np.random.default_rng(4), "fear", 0.9) for _ in range(2))
    np.testing.assert_array_equal(first.activations, second.activations)
    assert first.units == second.units


def test_rest_knows_nothing_of_the_emotion() -> None:
    rests = [sample_expression(np.random.default_rng(9), e, 0.0).rest for e in Emotion]
    for rest in rests[1:]:
        np.testing.assert_array_equal(rest, rests[0])


@pytest.mark.parametrize("emotion", list(Emotion))
def test_intensity_nought_is_the_face_without_emotion(emotion: Emotion) -> None:
    drawn = sample_expression(np.random.default_rng(2), emotion, 0.0)
    np.testing.assert_array_equal(drawn.activations, drawn.without)


@pytest.mark.parametrize("emotion", [e for e in Emotion if e is not Emotion.NEUTRAL])
def test_an_emotion_moves_the_face(emotion: Emotion) -> None:
    for seed in range(8):
        drawn = sample_expression(np.random.default_rng(seed), emotion, 1.0)
        assert np.abs(drawn.activations - drawn.without).max() > 0.25
        assert drawn.units


def test_neutral_has_intensity_nought() -> None:
    assert sample_expression(np.random.default_rng(0), "neutral").intensity == 0
    with pytest.raises(ValueError, match=r"intensity of a neutral face must be 0; got 0.5"):
        sample_expression(np.random.default_rng(0), "neutral", 0.5)


def test_bad_emotions_and_intensities_are_refused() -> None:
    with pytest.raises(ValueError, match="emotion must be one of anger, contempt"):
        sample_expression(np.random.default_rng(0), "boredom")
    with pytest.raises(ValueError, match=r"intensity must be 0 to 1; got 1.2"):
        sample_expression(np.random.default_rng(0), "fear", 1.2)


def test_a_wide_eye_cannot_be_shut() -> None:
    index = head().action_index
    both = np.zeros(52, np.float32)
    both[[index["eyeBlinkLeft"], index["eyeWideLeft"]]] = 1
    assert settle(both)[index["eyeBlinkLeft"]] == 0
