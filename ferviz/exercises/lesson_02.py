"""The checks of lesson 02: action units, one unit between two labels, the frame that carries it, and a nuisance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.clip import Truth
from ferviz.emotions import Emotion
from ferviz.exercises.base import NotYet, check, is_open, number, run, show
from ferviz.explorers.shared.face_state import RANGES, FaceState
from ferviz.faces import studio
from ferviz.faces.expression import UNITS, settle, units_to_activations
from ferviz.faces.identity import sample_person
from ferviz.faces.render import render
from ferviz.models import load_model
from ferviz.scores.twins import read_heads

__all__ = ["FEAR", "FOOLED", "frame", "nuisance", "surprise", "unit"]

WAY = 2  # of the recipes of fear: the one that opens the mouth by 27
FEAR: Mapping[str, float] = studio.recipe("fear", WAY)
"""The fear of exercise 2: one of the recipes, its strengths fixed."""
SHARED = {"25", *studio.recipe("surprise"), *studio.recipe("surprise", 2)}
"""The units of surprise: 1 + 2 + 5 with 26 or 27; and lips that part, as they do with both."""
FOOLED = FaceState(emotion="fear", way=WAY, intensity=1.0)
"""The face of exercise 4."""

NEEDED = {1: "the inner brows go up", 2: "the outer brows go up", 5: "the upper lids go up"}
JAW = (26, 27)
WHOSE = {  # units that students add, and what they bring
    4: "brings the brows down, as in fear, anger and sadness",
    12: "pulls the lip corners up, as in happiness",
    15: "pulls the lip corners down, as in sadness",
    20: "stretches the lips to the sides, as in fear",
    43: "closes the eyes, and surprise opens them",
}
WEAK, NONE = 0.3, 0.1
PEOPLE, SIZE = 12, 128
FIELDS = ("yaw", "pitch", "roll", "light", "height", "direct", "age", "gender")


@check
def surprise(units: Any, *, generator: np.random.Generator) -> str:
    """``units``: strengths of action units, such as ``{12: 0.8}``, that show surprise after EMFACS (1 + 2 + 5 + 26)."""
    given = _units(units)
    for number_, strength in given.items():
        if strength > NONE and number_ not in (*NEEDED, *JAW, 25):
            why = WHOSE.get(number_, "does not stand in the table's row for surprise")
            raise NotYet(f"unit {number_} ({UNITS[number_].name}) {why}. Leave it out.")
    for number_, what in NEEDED.items():
        _strong(given.get(number_, 0.0), f"unit {number_}", what)
    _strong(max(given.get(n, 0.0) for n in JAW), "unit 26", "the jaw drops")
    answer = _read([given], generator)[0]
    labels = _labels()
    said = int((answer.argmax(1) == labels.index("surprise")).sum())
    return (
        f"1 + 2 + 5 + {26 if given.get(26, 0) >= WEAK else 27} is surprise by the table. On {PEOPLE} fresh faces the "
        f"baseline gives label: surprise to {said}."
    )


def _strong(strength: float, which: str, what: str) -> None:
    if strength == 0:
        raise NotYet(f"{which} is missing: in surprise {what}.")
    if strength < WEAK:
        raise NotYet(f"{which} is too weak to be seen: {strength:g}, give it {WEAK:g} or more.")


def _units(answer: Any) -> dict[int, float]:
    if not isinstance(answer, Mapping) or not answer:
        raise NotYet(f"the units must be a dict such as `{{12: 0.8}}`; got {show(answer)}.")
    given: dict[int, float] = {}
    for name, strength in answer.items():
        if is_open(strength):
            raise NotYet(f"the strength of unit {name} is still open.")
        if isinstance(name, str) and name.strip().upper().endswith(("L", "R")):
            raise NotYet(f"{name!r} moves one side alone; surprise shows on both: write the number without a letter.")
        value = number(strength, f"the strength of unit {name}")
        try:
            units_to_activations({name: value})
        except ValueError as problem:
            raise NotYet(f"{problem}.") from problem
        number_ = int(str(name).strip().upper().removeprefix("AU"))
        if number_ in given:
            raise NotYet(f"unit {number_} is named twice: give it one strength.")
        given[number_] = value
    return given


@check
def unit(answer: Any, *, generator: np.random.Generator) -> str:
    """``answer``: the one unit of `FEAR` that, taken out, raises the mean probability of surprise most."""
    if not isinstance(answer, int | np.integer) or isinstance(answer, bool):
        raise NotYet(f"the unit must be one whole number, such as 12; got {show(answer)}.")
    name = str(int(answer))
    if name not in FEAR:
        raise NotYet(f"this fear does not show unit {name}; it shows {', '.join(FEAR)}.")
    without = {n: {other: v for other, v in FEAR.items() if other != n} for n in FEAR if n == name or n not in SHARED}
    with_it, *answers = _read([FEAR, *without.values()], generator)
    place = _labels().index("surprise")
    means = {n: float(answer[:, place].mean()) for n, answer in zip(without, answers, strict=True)}
    before = float(with_it[:, place].mean())
    told = f"without unit {name} the mean probability of surprise goes from {before:.2f} to {means[name]:.2f}"
    if name in SHARED:
        raise NotYet(f"unit {name} is in the table's row for surprise too; {told}. Look for what fear has alone.")
    if means[name] < max(means.values()):
        raise NotYet(f"{told}, on {PEOPLE} fresh faces. Another unit does more.")
    said = [int((answer.argmax(1) == place).sum()) for answer in (with_it, answers[list(without).index(name)])]
    return (
        f"{told}; {said[1] - said[0]} of {PEOPLE} fresh faces change to label: surprise. That is what one muscle does."
    )


def _labels() -> list[str]:
    return [str(label) for label in load_model("mini-xception").labels]


def _read(choices: Sequence[Mapping[Any, float]], generator: np.random.Generator) -> list[npt.NDArray[np.float32]]:
    """What the baseline reads (PEOPLE, E) in each choice of units, on the same fresh people."""
    people = [sample_person(generator, age=float(generator.uniform(20, 60))) for _ in range(PEOPLE)]
    scene, model = studio.make_scene(), load_model("mini-xception")
    moves = [settle(units_to_activations(dict(units))) for units in choices]
    pictures = [[render(person, move, scene, SIZE, "fast").image for person in people] for move in moves]
    return [read_heads(model, shown) for shown in pictures]


@check
def frame(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes a `Truth` and a label and gives the frame in which the label's emotion is best seen.

    The truth has neither ``evidence`` nor ``intruder``: they are what is asked for.
    """
    for count, start in ((14, int(generator.integers(1, 7))), (11, 3), (10, 1)):
        _check_frame(function, _clip(generator, count, start), Emotion.FEAR)
    return "the frame where the label's own emotion changes most of what is seen. Others are strong, but hidden."


def _check_frame(function: Any, truth: Truth, label: Emotion) -> None:
    intensity, changed, shown, motion, relevance = (
        np.asarray(getattr(truth, name)) for name in ("intensity", "changed", "shown", "motion", "relevance")
    )
    own, seen = shown == str(label), changed.sum((1, 2))
    evidence = np.where(own, seen, 0) / seen[own].max()
    wanted = int(evidence.argmax())
    got = _place(run(function, truth, str(label)), len(shown))
    if got == wanted:
        return
    if got == seen.argmax():
        raise NotYet(f"frame {got} has changed most, but it shows {shown[got]}. Only frames that show {label} count.")
    if got == np.where(own, intensity, -1).argmax():
        raise NotYet(
            f"in frame {got} the face does most (intensity {intensity[got]:.2f}), but it is covered: evidence "
            f"{evidence[got]:.2f}. Ask what can be seen."
        )
    if got == np.where(own, changed.max((1, 2)), -1).argmax():
        raise NotYet(
            f"in frame {got} one single pixel changes most. Evidence is the sum over the whole frame; here it is "
            f"{evidence[got]:.2f}."
        )
    if got in [int(np.where(own, moved.sum((1, 2)), -1).argmax()) for moved in (motion, relevance)]:
        raise NotYet(
            f"in frame {got} most millimetres move that no cover hides, but it is dark: evidence {evidence[got]:.2f}. "
            "Ask what changes in the picture, not in the face."
        )
    if got == motion.mean((1, 2)).argmax():
        raise NotYet(f"in frame {got} most moves, but that is a blink and a word: no emotion moves them.")
    raise NotYet(f"in frame {got} the evidence is {evidence[got]:.2f}; frame {wanted} shows {label} with more.")


def _place(answer: Any, count: int) -> int:
    place = number(answer, "the frame")
    if place != int(place) or not 0 <= place < count:
        raise NotYet(f"the frame must be a whole number from 0 to {count - 1}; got {show(answer)}.")
    return int(place)


def _clip(generator: np.random.Generator, count: int, start: int) -> Truth:
    """A made-up truth: fear comes, is covered where it is strongest and dark where it is nearly so, and in its last
    frame one pixel alone changes much; surprise follows, and a blink moves most."""
    intensity, evidence = np.zeros(count), np.zeros(count)
    shown = np.full(count, "neutral", dtype="<U9")
    fear = np.arange(start, start + 5)
    intensity[fear] = [0.5, 1.0, 0.9, 0.95, 0.4]
    evidence[fear] = np.array([0.4, 0.15, 0.7, 0.5, 0.3]) + generator.uniform(-0.05, 0.05, 5)
    other = np.arange(start + 6, start + 8)
    intensity[other], evidence[other] = [0.8, 0.95], [0.9, 1.0]
    shown[fear], shown[other] = str(Emotion.FEAR), str(Emotion.SURPRISE)
    motion = intensity[:, None, None] * np.full((count, 8, 8), 3.0)
    motion[0] = 9.0  # the blink, before anything else
    relevance = intensity[:, None, None] * np.full((count, 8, 8), 2.0)
    cover = np.zeros((count, 8, 8), bool)
    cover[start + 1] = True
    spread = np.zeros((count, 8, 8))  # how each frame's change is shared out: none at the border
    spread[:, 1:7, 1:7] = generator.uniform(0.2, 1, (count, 6, 6))
    spread[start + 2, 3:5, 3:5] = 0  # the frame that is wanted changes around the middle
    spread[fear[-1], 3, 5] = 40
    spread /= spread.sum((1, 2), keepdims=True)
    return Truth(
        intensity=intensity,
        relevance=relevance * ~cover,
        changed=evidence[:, None, None] * 4 * spread,
        motion=motion * ~cover,
        cover=cover,
        shown=shown,
    )


@check
def nuisance(change: Any, control: Any = None, *, generator: np.random.Generator) -> str:
    """``change`` and ``control``: one setting of the Face lab each, such as ``{"yaw": 30}``, for the face `FOOLED`.

    The change must give another label, with the expression as it is; the control goes the other way, and keeps it.
    """
    del generator  # one face, one scene: nothing is drawn by chance
    first, second = _setting(change, "the change"), _setting(control, "the control")
    (name, value), (other, counter) = first, second
    if name != other:
        raise NotYet(f"the control must move the same setting the other way; the change moves {name}, not {other}.")
    start = _start(name)
    if value == start:
        raise NotYet(f"{name} is {start:g} already: move it.")
    if (value - start) * (counter - start) >= 0:
        raise NotYet(f"the control must go the other way from the start, {name} {start:g}; both go the same way.")
    if abs(counter - start) < 0.5 * abs(value - start):
        raise NotYet(
            f"the control moves {name} by {abs(counter - start):.3g}, less than half as far as the change "
            f"({abs(value - start):.3g}): a small step proves little."
        )
    answers = _answers(name, value, counter)
    labels = _labels()
    (clean, changed, kept), probability = answers.argmax(1), answers.max(1)
    if changed == clean:
        raise NotYet(f"with {name} {value:g} it is still label: {labels[clean]} {probability[1]:.2f}.")
    if kept != clean:
        raise NotYet(
            f"the control changes the label too, to {labels[kept]}: so far any large step in {name} may do it. "
            "Find a setting where one way matters, or a smaller step."
        )
    return (
        f"label: {labels[clean]} {probability[0]:.2f} becomes {labels[changed]} {probability[1]:.2f} with {name} "
        f"{value:g}, and stays {labels[kept]} {probability[2]:.2f} with {counter:g}. No muscle moved. One face is an "
        "example: does it hold for another seed?"
    )


def _setting(answer: Any, what: str) -> tuple[str, float]:
    if is_open(answer):
        raise NotYet(f"{what} is still open.")
    if not isinstance(answer, Mapping) or len(answer) != 1:
        raise NotYet(f"{what} must be a dict with one setting, such as `{{'yaw': 30}}`; got {show(answer)}.")
    ((name, value),) = answer.items()
    if name in ("emotion", "intensity", "units", "way"):
        raise NotYet(f"{name} is the expression itself: it must stay. Move {', '.join(FIELDS)}.")
    if name in ("cover", "cover_x", "cover_y"):
        raise NotYet("a cover hides the expression: that is hiding, not fooling. Leave all of it to be seen.")
    if name not in FIELDS:
        raise NotYet(f"{what} must move one of {', '.join(FIELDS)}; got {name!r:.200}.")
    if not isinstance(value, int | float | np.number) or isinstance(value, bool):
        raise NotYet(f"{what} must give {name} a number; got {show(value)}.")
    value = number(value, f"{what}, {name},")
    low, high = {**RANGES, "age": (10.0, 90.0), "gender": (0.0, 1.0)}[name]
    chosen = float(value)
    if not low <= chosen <= high:
        raise NotYet(f"{name} must lie between {low:g} and {high:g}; {what} has {chosen:g}.")
    return str(name), chosen


def _start(name: str) -> float:
    own = getattr(FOOLED, name)
    return float(getattr(FOOLED.person, name) if own is None else own)


def _answers(name: str, *values: float) -> npt.NDArray[np.float32]:
    """What the baseline reads (1 + n, E): in the face as it is, and with each value of one setting."""
    moved: list[dict[str, Any]] = [{name: value} for value in values]
    states = [FOOLED, *(replace(FOOLED, **one) for one in moved)]
    shown = [render(s.person, settle(s.push), s.scene, 160).image for s in states]
    return read_heads(load_model("mini-xception"), shown)
