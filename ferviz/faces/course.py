"""What the face of a clip does, frame by frame: the emotion's course, and all that goes on beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ferviz.emotions import Emotion
from ferviz.faces import motion
from ferviz.faces.expression import sample_expression
from ferviz.faces.head import head
from ferviz.faces.plan import STRENGTHS, VOICED, Plan

__all__ = ["APEX", "HALVES", "Course", "beside", "emotional"]

Floats = npt.NDArray[np.float32]
_LEAST = 0.9  # of the emotion's actions, summed: a push weaker than this is drawn anew, in one half of the face
_TRIES = 50
APEX = 0.8
"""An expression is at its apex from this intensity on."""

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


def emotional(plan: Plan) -> Course:
    """The emotion's course over the frames of a plan.

    It goes round: what would come after the last frame comes before the first one, and where the round begins does not
    depend on anything else. So every frame sees every moment of it equally often.
    """
    face, _ = plan.carriers()
    luck, drawn = plan.luck(3), 1 - 0.5 * float(plan.luck(4).random()) ** 4
    peak = plan.peak if plan.peak is not None else drawn
    phase = plan.starts()[0]
    if face is Emotion.NEUTRAL:
        return _still_face(plan.frames)
    if plan.family == "off_label":
        return _two_emotions(plan, luck, peak if plan.peak else max(APEX, peak), phase)
    if plan.family == "all_tell":
        peak = peak if plan.peak else max(APEX + 0.02, peak)
    return _one_emotion(plan, face, peak * _envelopes(plan, luck, phase))


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


def _envelopes(plan: Plan, luck: np.random.Generator, phase: float) -> npt.NDArray[np.float64]:
    """How far each group of actions is (T, G), 0 to 1."""
    count, groups = plan.frames, len(motion.GROUPS)
    if plan.family in ("still", "all_tell"):
        return np.ones((count, groups))
    if plan.family == "one_frame":
        return (np.arange(count) == -int(phase * count) % count)[:, None] * np.ones(groups)
    whole = count / plan.rate
    seconds = (np.arange(count) / count + phase) % 1 * whole
    pulses = motion.draw_round(luck, whole)
    courses = []
    for _ in range(groups):  # brows, eyes and mouth start some 50 ms apart, and each keeps its own pace in part
        late, pace = float(luck.normal(0, 0.05)), luck.uniform(0.8, 1.25, 3)
        own = [pulse.paced(*pace).shifted(late) for pulse in pulses]
        courses.append(0.6 * _around(pulses, seconds, whole) + 0.4 * _around(own, seconds, whole))
    return np.stack(courses, 1)


def _around(
    pulses: Sequence[motion.Pulse], seconds: npt.NDArray[np.float64], whole: float
) -> npt.NDArray[np.float64]:
    """How far the expression is (T,) when time goes round after ``whole`` seconds."""
    return np.max([pulse.at(seconds + turn * whole) for pulse in pulses for turn in (-1, 0, 1)], 0)


def _one_emotion(plan: Plan, emotion: Emotion, envelopes: npt.NDArray[np.float64]) -> Course:
    """Intensity is the share of the emotion's full push that is there: 0 exactly where nothing is."""
    full = _push(plan, emotion, 5)
    push = (envelopes[:, motion.group_of()] * full).astype(np.float32)
    intensity = np.clip(push @ np.ones_like(full) / full.sum(), 0, 1).astype(np.float32)
    return Course(push, intensity, _names(emotion, intensity))


def _two_emotions(plan: Plan, luck: np.random.Generator, peak: float, phase: float) -> Course:
    """The label, and an intruder that comes and goes between its end and its next beginning.

    Counted in frames, so that the shares hold exactly: the label is at its peak in a third of them or more; the
    intruder is seen in 15 to 35 %, and in fewer than the label.
    """
    count = plan.frames
    apex = int(luck.integers(-(-count // 3), max(-(-count // 3), int(0.42 * count)) + 1))
    label = _hill(apex, 2 if plan.rate >= 12 and count >= 14 else 1)
    most = min(int(0.35 * count), count - len(label))
    other = _hill(int(luck.integers(max(3, int(np.ceil(0.15 * count))), most + 1)) - 2, 1)
    gap = int(luck.integers(count - len(label) - len(other) + 1))  # frames of neither; more come after the intruder
    own, its = np.zeros(count), np.zeros(count)
    own[: len(label)] = peak * label
    drawn = float(plan.luck(18).choice(STRENGTHS))
    its[len(label) + gap :][: len(other)] = (drawn if plan.strength is None else plan.strength) * other
    own, its = (np.roll(values, -int(phase * count)) for values in (own, its))
    second = plan.second()
    push = own[:, None] * _push(plan, plan.emotion, 5) + its[:, None] * _push(plan, second, 6)
    shown = np.where(its > 0, _names(second, its), _names(plan.emotion, own))
    return Course(push.astype(np.float32), (own + its).astype(np.float32), shown)


def _hill(top: int, ramp: int) -> npt.NDArray[np.float64]:
    """``top`` frames of 1, between ramps of so many frames."""
    up = motion.smoothstep(np.arange(1, ramp + 1) / (ramp + 1))
    return np.concatenate([up, np.ones(top), up[::-1]])


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
