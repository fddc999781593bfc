"""What the face of a clip does, frame by frame: the emotion's course, and all that goes on beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ferviz.emotions import Emotion
from ferviz.faces import motion
from ferviz.faces.expression import sample_expression
from ferviz.faces.head import head
from ferviz.faces.plan import VOICED, Plan

__all__ = ["HALVES", "Course", "beside", "emotional"]

Floats = npt.NDArray[np.float32]
_LEAST = 0.9  # of the emotion's actions, summed: a push weaker than this is drawn anew, in one half of the face
_TRIES = 50

HALVES: dict[str, tuple[str, ...]] = {
    "upper": ("brow", "eye"),
    "lower": ("mouth", "jaw", "tongue", "cheekPuff"),
}
"""Beginnings of the names of the actions that move one half of the face and leave the other alone (the cheek raiser and
the nose wrinkler move both, and stand in neither)."""


@dataclass(frozen=True, eq=False)
class Course:
    """What emotion does to a face: ``push`` (T, 52), ``intensity`` (T,) 0 to 1, ``shown`` (T,) which emotion."""

    push: Floats
    intensity: Floats
    shown: npt.NDArray[np.str_]


def emotional(plan: Plan, times: npt.NDArray[np.float64]) -> Course:
    """The emotion's course over the frames of a plan."""
    face, _ = plan.carriers()
    luck, drawn = plan.luck(3), float(plan.luck(4).uniform(0.5, 1))
    peak = plan.peak if plan.peak is not None else drawn
    if face is Emotion.NEUTRAL:
        return _still_face(len(times))
    if plan.family == "off_label":
        return _two_emotions(plan, luck, peak if plan.peak else max(0.8, peak))
    envelopes = _envelopes(plan, luck, times)
    return _one_emotion(plan, face, peak * envelopes)


def _still_face(count: int) -> Course:
    zero = np.zeros(count, np.float32)
    return Course(np.zeros((count, len(head().action_names)), np.float32), zero, _names(Emotion.NEUTRAL, zero))


def _names(emotion: Emotion, intensity: npt.ArrayLike) -> npt.NDArray[np.str_]:
    """The emotion's name where it is shown, else "neutral" (T,)."""
    return np.where(np.asarray(intensity) > 0, str(emotion), str(Emotion.NEUTRAL)).astype("<U9")


def _push(plan: Plan, emotion: Emotion, part: int) -> Floats:
    """The emotion's actions (52,) at full intensity, in the half of the face that the family allows."""
    luck = plan.luck(part)
    half = HALVES.get(plan.family)
    allowed = np.array([half is None or name.startswith(half) for name in head().action_names])
    for _ in range(_TRIES):
        push = sample_expression(luck, emotion, 1.0, plan.person.manner).push * allowed
        if half is None or push.sum() >= _LEAST:
            break
    return push.astype(np.float32)


def _envelopes(plan: Plan, luck: np.random.Generator, times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far each group of actions is (T, G), 0 to 1."""
    groups = len(motion.GROUPS)
    if plan.family == "still":
        return np.ones((1, groups))
    if plan.family == "one_frame":
        return (np.arange(len(times)) == luck.integers(len(times)))[:, None] * np.ones(groups)
    main = motion.draw_pulse(luck, len(times) / plan.rate)
    courses = []
    for _ in range(groups):  # brows, eyes and mouth start some 50 ms apart, and each keeps its own pace in part
        own = motion.Pulse(
            main.start, *(length * luck.uniform(0.8, 1.25) for length in (main.onset, main.apex, main.offset))
        )
        courses.append(0.6 * main.at(times) + 0.4 * own.shifted(float(luck.normal(0, 0.05))).at(times))
    return np.stack(courses, 1)


def _one_emotion(plan: Plan, emotion: Emotion, envelopes: npt.NDArray[np.float64]) -> Course:
    """Intensity is the share of the emotion's full push that is there: 0 exactly where nothing is."""
    full = _push(plan, emotion, 5)
    push = (envelopes[:, motion.group_of()] * full).astype(np.float32)
    intensity = np.clip(push @ np.ones_like(full) / full.sum(), 0, 1).astype(np.float32)
    return Course(push, intensity, _names(emotion, intensity))


def _two_emotions(plan: Plan, luck: np.random.Generator, peak: float) -> Course:
    """The label, then another emotion at full intensity, or the other way round.

    Counted in frames, so that the shares hold exactly: the other emotion is full for 15 to 35 % of them, and the label
    is seen in more frames than the other.
    """
    count, step = plan.frames, 1 / plan.rate
    ramp = 2 if plan.rate >= 12 and count >= 10 else 1  # frames from nothing to all: 0.1 to 0.2 s
    fewest, most = int(np.ceil(0.15 * count)), int(0.35 * count)
    most = min(most, (count - 2 * ramp - 1) // 2)  # or the label would not last longest
    full = int(np.clip(np.rint(luck.uniform(0.15, 0.35) * count), fewest, most))
    between = count - full - ramp  # the frame where neither is shown
    early = bool(luck.random() < 0.5)
    start = int(luck.integers(0, min(3, between - full - ramp)))
    frames = np.arange(count)[::-1] if early else np.arange(count)
    seconds = frames * step
    label = motion.Pulse(start * step, ramp * step, (between - start - 2 * ramp) * step, ramp * step).at(seconds)
    other = motion.Pulse(between * step, ramp * step, count * step, 1.0).at(seconds)
    label[frames >= between], other[frames <= between], other[frames >= between + ramp] = 0, 0, 1
    second = plan.second()
    own, its = _push(plan, plan.emotion, 5), _push(plan, second, 6)
    label *= peak
    push = (label[:, None] * own + other[:, None] * its).astype(np.float32)
    shown = np.where(other > 0, _names(second, other), _names(plan.emotion, label))
    return Course(push, np.maximum(label, other).astype(np.float32), shown)


def beside(plan: Plan, times: npt.NDArray[np.float64], speech: Floats | None = None) -> Floats:
    """All that the face does without emotion (T, 52): tone, unrest, gaze, blinks and speech.

    ``speech`` (T, 52) is what a voice does to the mouth; without one, some mouths talk to nobody.
    """
    names = head().action_index
    tone = sample_expression(plan.luck(7), Emotion.NEUTRAL).rest
    moved = tone + (motion.idle(plan.luck(8), times) if len(times) > 1 else 0.0)
    moved = np.broadcast_to(moved, (len(times), len(names))).copy()
    if len(times) > 1:
        moved += motion.gaze(plan.luck(9), times)
    closed = motion.blinks(plan.luck(10), times) if len(times) > 1 else np.zeros(1, np.float32)
    drawn = bool(plan.luck(11).random() < 1 / 3)
    talking = plan.talking if plan.talking is not None else drawn
    if speech is not None:
        moved += speech
    elif talking and plan.family not in VOICED:
        luck = plan.luck(12)
        moved += motion.babble(luck, times if len(times) > 1 else times + luck.uniform(0.5, 3))
    for side in ("Left", "Right"):
        lid = names[f"eyeBlink{side}"]
        moved[:, lid] = np.maximum(moved[:, lid], closed)
    return moved.astype(np.float32)
