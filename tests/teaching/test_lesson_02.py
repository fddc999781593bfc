"""The checks of lesson 02: right answers pass, and each plausible wrong one gets its own sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ferviz import explorers
from ferviz.exercises import lesson_02 as check
from ferviz.exercises.base import OPEN


@pytest.fixture(scope="module", autouse=True)
def _drawn_once() -> Iterator[None]:
    """The same people show the same units in many of these tests: each picture is drawn once."""
    pictures: dict[Any, Any] = {}
    render = check.render

    def drawn(person: Any, move: np.ndarray, *how: Any) -> Any:
        key = (person, move.tobytes(), how)
        if key not in pictures:
            pictures[key] = SimpleNamespace(image=render(person, move, *how).image)  # the rest is large, and not read
        return pictures[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check, "render", drawn)
        yield


# ---- exercise 1: surprise -------------------------------------------------------------------------------------------

RIGHT = {
    "the table": {1: 0.9, 2: 0.9, 5: 0.8, 26: 1.2},
    "weak but there": {1: 0.3, 2: 0.3, 5: 0.3, 26: 0.3},
    "mouth stretched, lips parted": {1: 1, 2: 1, 5: 1, 27: 0.8, 25: 0.5},
    "texts": {"AU1": 1.0, "2": 1.0, "5": 1.0, "26": 1.0},
    "a trace of another": {1: 1, 2: 1, 5: 1, 26: 1, 12: 0.05},
}


@pytest.mark.parametrize("units", RIGHT.values(), ids=RIGHT)
def test_surprise_passes(units):
    result = check.surprise(units)
    assert result, result.message
    assert re.search(
        r"1 \+ 2 \+ 5 \+ 2[67] is surprise by the table. On 12 fresh faces the baseline gives label: surprise to \d",
        result.message,
    )


WHOLE = {1: 1.0, 2: 1.0, 5: 1.0, 26: 1.0}
WRONG = {
    "open": (..., OPEN),
    "one open": ({**WHOLE, 5: ...}, "the strength of unit 5 is still open."),
    "a list": ([1, 2, 5, 26], "the units must be a dict such as `{12: 0.8}`; got [1, 2, 5, 26]."),
    "nothing": ({}, "the units must be a dict such as `{12: 0.8}`; got {}."),
    "no inner brow": ({2: 1, 5: 1, 26: 1}, "unit 1 is missing: in surprise the inner brows go up."),
    "no outer brow": ({1: 1, 5: 1, 26: 1}, "unit 2 is missing: in surprise the outer brows go up."),
    "no lids": ({1: 1, 2: 1, 26: 1}, "unit 5 is missing: in surprise the upper lids go up."),
    "no jaw": ({1: 1, 2: 1, 5: 1}, "unit 26 is missing: in surprise the jaw drops."),
    "too weak": ({**WHOLE, 5: 0.1}, "unit 5 is too weak to be seen: 0.1, give it 0.3 or more."),
    "fear's brows": (
        {**WHOLE, 4: 0.5},
        "unit 4 (brow lowerer) brings the brows down, as in fear, anger and sadness. Leave it out.",
    ),
    "fear's mouth": (
        {**WHOLE, 20: 0.9},
        "unit 20 (lip stretcher) stretches the lips to the sides, as in fear. Leave it out.",
    ),
    "a smile": (
        {**WHOLE, 12: 0.5},
        "unit 12 (lip corner puller) pulls the lip corners up, as in happiness. Leave it out.",
    ),
    "closed eyes": (
        {**WHOLE, 43: 1.0},
        "unit 43 (eye closure) closes the eyes, and surprise opens them. Leave it out.",
    ),
    "any other": (
        {**WHOLE, 9: 0.4},
        "unit 9 (nose wrinkler) does not stand in the table's row for surprise. Leave it out.",
    ),
    "one side": (
        {**WHOLE, "2L": 1.0},
        "'2L' moves one side alone; surprise shows on both: write the number without a letter.",
    ),
    "a blendshape": (
        {"jawOpen": 1.0},
        "unit must be one of 1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 25, 26, 27, 28, 29, "
        "34, 43, 64, with L or R for one side; got 'jawOpen'.",
    ),
    "percent": ({**WHOLE, 26: 80}, "strength of unit 26 must be 0 to 1.5; got 80.0."),
    "a word": ({**WHOLE, 26: "much"}, "the strength of unit 26 must be numbers; got 'much'."),
}


@pytest.mark.parametrize(("answer", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_surprise_is_told_why(answer, message):
    result = check.surprise(answer)
    assert not result
    assert result.message == message


# ---- exercise 2: one unit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_the_lip_stretcher_passes_on_any_twelve_faces(seed):
    result = check.unit(20, seed=seed)
    assert result, result.message
    assert re.fullmatch(
        r"without unit 20 the mean probability of surprise goes from 0\.\d\d to 0\.\d\d; -?\d of 12 fresh faces change "
        r"to label: surprise. That is what one muscle does.",
        result.message,
    )


def test_a_numpy_number_is_a_number():
    assert check.unit(np.int64(20))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("unit", [4])
def test_what_fear_has_alone_but_does_little_is_told(unit, seed):
    result = check.unit(unit, seed=seed)
    assert not result
    assert re.fullmatch(
        rf"without unit {unit} the mean probability of surprise goes from 0\.\d\d to 0\.\d\d, on 12 fresh faces. "
        "Another unit does more.",
        result.message,
    )


@pytest.mark.parametrize("unit", [1, 2, 5, 27])
def test_what_surprise_shares_is_told(unit):
    result = check.unit(unit)
    assert not result
    assert result.message.startswith(
        f"unit {unit} is in the table's row for surprise too; without unit {unit} the mean"
    )
    assert result.message.endswith("Look for what fear has alone.")


UNITS = {
    "open": (None, OPEN),
    "not in fear": (12, "this fear does not show unit 12; it shows 1, 2, 4, 5, 20, 27."),
    "a text": ("20", "the unit must be one whole number, such as 12; got '20'."),
    "several": ([4, 20], "the unit must be one whole number, such as 12; got [4, 20]."),
    "true": (True, "the unit must be one whole number, such as 12; got True."),
}


@pytest.mark.parametrize(("answer", "message"), UNITS.values(), ids=UNITS)
def test_what_is_no_unit_is_told(answer, message):
    result = check.unit(answer)
    assert not result
    assert result.message == message


# ---- exercise 3: the frame ------------------------------------------------------------------------------------------


def own(truth, label):
    return truth.shown == label


GOOD = {
    "where": lambda truth, label: np.where(own(truth, label), truth.changed.sum((1, 2)), -1).argmax(),
    "a loop": lambda truth, label: max(
        (frame for frame, name in enumerate(truth.shown) if name == label), key=lambda f: truth.changed[f].sum()
    ),
    "changed pixels": lambda truth, label: int((truth.changed.sum((1, 2)) * own(truth, label)).argmax()),
}


@pytest.mark.parametrize("answer", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("seed", range(8))
def test_the_right_frame_passes(answer, seed):
    result = check.frame(answer, seed=seed)
    assert result, result.message
    assert result.message.startswith("the frame where the label's own emotion changes most of what is seen.")


def raises(truth, label):
    raise KeyError("evidence")


BAD = {
    "open": (lambda truth, label: ..., re.escape(OPEN)),
    "any emotion": (
        lambda truth, label: truth.changed.sum((1, 2)).argmax(),
        r"frame \d+ has changed most, but it shows surprise. Only frames that show fear count.",
    ),
    "intensity": (
        lambda truth, label: np.where(own(truth, label), truth.intensity, -1).argmax(),
        r"in frame \d+ the face does most \(intensity 1.00\), but it is covered: evidence 0.\d\d. "
        "Ask what can be seen.",
    ),
    "own motion": (
        lambda truth, label: np.where(own(truth, label), truth.motion.sum((1, 2)), -1).argmax(),
        r"in frame \d+ most millimetres move that no cover hides, but it is dark: evidence 0.\d\d. Ask what changes .*",
    ),
    "own relevance": (
        lambda truth, label: np.where(own(truth, label), truth.relevance.sum((1, 2)), -1).argmax(),
        r"in frame \d+ most millimetres move that no cover hides, but it is dark: .*",
    ),
    "motion": (
        lambda truth, label: truth.motion.sum((1, 2)).argmax(),
        "in frame 0 most moves, but that is a blink and a word: no emotion moves them.",
    ),
    "one pixel": (
        lambda truth, label: np.where(own(truth, label), truth.changed.max((1, 2)), -1).argmax(),
        r"in frame \d+ one single pixel changes most. Evidence is the sum over the whole frame; here it is 0.\d\d.",
    ),
    "a corner": (
        lambda truth, label: np.where(own(truth, label), truth.changed[:, 0, 0], -1).argmax(),
        r"in frame \d+ the evidence is 0.\d\d; frame \d+ shows fear with more.",
    ),
    "the middle": (
        lambda truth, label: np.where(own(truth, label), truth.changed[:, 4, 4], -1).argmax(),
        r"in frame \d+ .*",
    ),
    "the first": (
        lambda truth, label: np.flatnonzero(own(truth, label))[0],
        r"in frame \d+ the evidence is 0.\d\d; frame \d+ shows fear with more.",
    ),
    "a value": (
        lambda truth, label: truth.changed.max() - 0.05,
        r"the frame must be a whole number from 0 to 13; got .*\.",
    ),
    "too far": (lambda truth, label: 14, "the frame must be a whole number from 0 to 13; got 14."),
    "a mask": (own, r"the frame must be one number; got shape \(14,\)."),
    "evidence, which is asked for": (
        lambda truth, label: truth.evidence.argmax(),
        r"`<lambda>` stopped with AttributeError: 'NoneType' object has no attribute 'argmax'; the input was Truth.*",
    ),
    "an error": (raises, r"`raises` stopped with KeyError: 'evidence'; the input was Truth\(.*"),
    "a number": (3, "hand over the function itself, without brackets; got 3."),
}


@pytest.mark.parametrize(("answer", "message"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("seed", range(3))
def test_a_wrong_frame_is_told_why(answer, message, seed):
    result = check.frame(answer, seed=seed)
    assert not result
    assert re.fullmatch(message, result.message), result.message


@pytest.mark.parametrize("place", range(14))
def test_no_fixed_frame_passes(place):
    assert not any(check.frame(lambda truth, label: place, seed=seed) for seed in range(6))


# ---- exercise 4: a nuisance -----------------------------------------------------------------------------------------

FOOLED = {
    "turn": ({"yaw": -40}, {"yaw": 25}, "surprise"),
    "far enough": ({"yaw": -30.0}, {"yaw": 15}, "surprise"),
    "light from below": ({"height": -30}, {"height": 70}, "sadness"),
}


@pytest.mark.parametrize(("change", "control", "label"), FOOLED.values(), ids=FOOLED)
def test_a_nuisance_with_its_control_passes(change, control, label):
    result = check.nuisance(change, control)
    assert result, result.message
    assert re.fullmatch(
        rf"label: fear 0\.\d\d becomes {label} 0\.\d\d with (height|yaw) -\d\d, and stays fear 0\.\d\d with \d\d. No "
        r"muscle moved. One face is an example: does it hold for another seed\?",
        result.message,
    )


MOVED = "Move yaw, pitch, roll, light, height, direct, age, gender."
NUISANCES = {
    "open": (..., ..., OPEN),
    "no control": ({"pitch": -20}, ..., "the control is still open."),
    "a pair": (("pitch", -20), {"pitch": 20}, "the change must be a dict with one setting, such as `{'yaw': 30}`; "),
    "two at once": (
        {"pitch": -20, "yaw": 10},
        {"pitch": 20},
        "the change must be a dict with one setting, such as `{'yaw': 30}`; got {'pitch': -20, 'yaw': 10}.",
    ),
    "the expression": (
        {"intensity": 0.2},
        {"intensity": 1},
        f"intensity is the expression itself: it must stay. {MOVED}",
    ),
    "the units": ({"units": {}}, {"units": {}}, f"units is the expression itself: it must stay. {MOVED}"),
    "a cover": (
        {"cover": "mask"},
        {"cover": "glasses"},
        "a cover hides the expression: that is hiding, not fooling. Leave all of it to be seen.",
    ),
    "another person": (
        {"seed": 3},
        {"seed": 4},
        "the change must move one of yaw, pitch, roll, light, height, direct, age, gender; got 'seed'.",
    ),
    "a word": ({"light": "left"}, {"light": "right"}, "the change must give light a number; got 'left'."),
    "open value": ({"yaw": ...}, {"yaw": 3}, "the change must give yaw a number; got Ellipsis."),
    "impossible": ({"yaw": -90}, {"yaw": 40}, "yaw must lie between -60 and 60; the change has -90."),
    "too old": ({"age": 120}, {"age": 20}, "age must lie between 10 and 90; the change has 120."),
    "another setting": (
        {"pitch": -20},
        {"yaw": 20},
        "the control must move the same setting the other way; the change moves pitch, not yaw.",
    ),
    "no move": ({"pitch": 0}, {"pitch": 20}, "pitch is 0 already: move it."),
    "the same way": (
        {"pitch": -20},
        {"pitch": -10},
        "the control must go the other way from the start, pitch 0; both go the same way.",
    ),
    "no control move": (
        {"pitch": -20},
        {"pitch": 0},
        "the control must go the other way from the start, pitch 0; both go the same way.",
    ),
    "a small step": (
        {"pitch": -20},
        {"pitch": 5},
        "the control moves pitch by 5, less than half as far as the change (20): a small step proves little.",
    ),
    "a small step from an uneven start": (
        {"age": 80},
        {"age": 20},
        "the control moves age by 18.3, less than half as far as the change (41.7): a small step proves little.",
    ),
    "still fear": ({"roll": 20}, {"roll": -20}, "with roll 20 it is still label: fear 0."),
    "both turn it": (
        {"yaw": -50},
        {"yaw": 50},
        "the control changes the label too, to surprise: so far any large step in yaw may do it. Find a setting where "
        "one way matters, or a smaller step.",
    ),
}


@pytest.mark.parametrize(("change", "control", "message"), NUISANCES.values(), ids=NUISANCES)
def test_what_fools_nobody_is_told_why(change, control, message):
    result = check.nuisance(change, control)
    assert not result
    assert result.message.startswith(message)


def test_one_unit_of_the_labs_fear_moves_the_answer_furthest_to_surprise():
    lab, recipe = explorers.FaceLab(emotion="fear", way=2, intensity=1.0, seed=4), check.FEAR
    answers = {}
    for name in recipe:
        lab.show(units={other: strength for other, strength in recipe.items() if other != name})
        answers[name] = float(lab.view.probability[lab.labels.index("surprise")])
    first, second = sorted(answers, key=answers.get, reverse=True)[:2]
    assert first == "20"  # several turn the label, so the question asks for the one that does most
    assert answers[first] > answers[second] + 0.1
