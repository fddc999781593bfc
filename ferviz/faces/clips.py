"""Synthetic clips: pictures in time, with a voice in some, that carry their own truth.

    clip = make_clip(Plan(Emotion.FEAR, sample_person(rng), seed=7))

Each frame is rendered twice: as it is, and its twin without the emotion. Crop and exposure are fixed for the clip from
the face at rest. The labels hold, beside the emotion, the generator's parameters ``age`` (years), ``gender`` (0 male to
1 female, of the shapes) and ``ethnicity`` (shares of the three shapes): what the generator was told, not what people
are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip, Crop, Truth
from ferviz.emotions import Emotion
from ferviz.faces.course import Course, beside, emotional
from ferviz.faces.degrade import Fault, close_eyes, draw_faults, names, smear, spoiled, spoiled_view
from ferviz.faces.expression import settle
from ferviz.faces.head import head
from ferviz.faces.motion import head_motion
from ferviz.faces.plan import SPOILED, VOICED, Plan, draw_scene
from ferviz.faces.planted import corner, half_mask, paint_corner
from ferviz.faces.regions import Region
from ferviz.faces.render import Render, render
from ferviz.faces.scene import Scene
from ferviz.faces.truth import Facts, evidence, facts
from ferviz.faces.view import View

if TYPE_CHECKING:
    from ferviz.faces.speech import Speech

__all__ = ["Moments", "draw_frame", "draw_moments", "make_clip"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Moments:
    """All that a clip shows, before it is drawn: T moments of one person in one view."""

    plan: Plan
    times: npt.NDArray[np.float64]  # (T,) seconds
    scenes: tuple[Scene, ...]
    view: View  # of all frames but those that a fault darkens or moves
    course: Course
    beside: Floats  # (T, 52) all that is not emotion
    faults: tuple[Fault, ...]
    speech: Speech | None

    def activations(self, frame: int) -> Floats:
        """What the face does (52,). Lids that blink close, however wide the emotion opens them."""
        push = self.course.push[frame].copy()
        for side in ("Left", "Right"):
            names = head().action_index
            push[names[f"eyeWide{side}"]] *= 1 - np.clip(self.beside[frame, names[f"eyeBlink{side}"]], 0, 1)
        return settle(self.beside[frame] + push)

    def view_of(self, frame: int) -> View:
        """Crop and exposure of a frame."""
        return spoiled_view(self.view, self.faults, frame)

    def without(self, frame: int) -> Floats:
        """What it does without the emotion (52,)."""
        return settle(self.beside[frame])


def draw_moments(plan: Plan) -> Moments:
    """Decide everything that a plan leaves to chance.

    Raises
    ------
    ValueError
        When the voice is longer than the clip, or there are no pictures to come.
    """
    if plan.family == "sound_only":
        raise ValueError("plan must be of a family with pictures; got 'sound_only'")
    times = np.arange(plan.frames) / plan.rate
    speech = _speak(plan) if plan.family in VOICED else None
    begin = plan.starts()[1]
    faults = draw_faults(plan.luck(2), plan.frames, plan.faults, begin) if plan.family in SPOILED else ()
    other = beside(plan, times, speech.mouth(times) if speech else None)
    lids = [head().action_index[f"eyeBlink{side}"] for side in ("Left", "Right")]
    other[:, lids] = np.maximum(other[:, lids], close_eyes(faults, times, plan.rate)[:, None])
    scene = draw_scene(plan)
    moved = head_motion(plan.luck(13), times) if plan.frames > 1 else np.zeros((1, 3), np.float32)
    scenes = tuple(spoiled(_turned(scene, turn, frame), faults, frame) for frame, turn in enumerate(moved))
    rest = np.zeros(len(head().action_names), np.float32)
    view = render(plan.person, rest, scene, 16, "fast").view
    return Moments(plan, times, scenes, view, emotional(plan), other, faults, speech)


def _speak(plan: Plan) -> Speech:
    from ferviz.faces.speech import speak_for  # espeak-ng is loaded for clips with a voice only

    return speak_for(plan)


def _turned(scene: Scene, turn: Floats, frame: int) -> Scene:
    """The scene with the head turned a little, and the noise of another frame."""
    yaw, pitch, roll = (float(v) for v in turn)
    return replace(
        scene,
        yaw=float(np.clip(scene.yaw + yaw, -75, 75)),
        pitch=float(np.clip(scene.pitch + pitch, -40, 40)),
        roll=float(np.clip(scene.roll + roll, -40, 40)),
        camera=replace(scene.camera, seed=(scene.camera.seed + frame) % 2**31),
    )


def make_clip(plan: Plan) -> Clip:
    """Make a clip.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Clip
        Frames (T, size, size, 3) with every field of `Truth`; sound, 16 kHz, in the families with a voice. Labels:
        ``emotion``, ``age``, ``gender``, ``ethnicity``; with a voice also ``face`` and ``voice``, and ``face`` in
        ``patch`` clips: what each of them carries. In the family ``sound_only`` there are no frames, and the truth
        knows the voice and the person.

    Raises
    ------
    ValueError
        When the voice is longer than the clip.
    """
    if plan.family == "sound_only":
        return _heard(plan)
    moments = draw_moments(plan)
    drawn = [draw_frame(moments, frame) for frame in range(plan.frames)]
    images = np.stack([image for image, _ in drawn])
    known = [fact for _, fact in drawn]
    fields = {name: np.stack([getattr(fact, name) for fact in known]) for name in Facts.__dataclass_fields__}
    if plan.family == "patch":
        _plant_corner(plan, images, fields)
    speech, shown = moments.speech, moments.course.shown
    label, intruder = evidence(fields["changed"], shown, str(plan.carriers()[0]))
    truth = Truth(
        intensity=moments.course.intensity,
        evidence=label,
        intruder=intruder,
        spoiled=names(moments.faults, plan.frames),
        shown=shown,
        person=plan.person.to_dict(),
        phonemes=speech.phonemes if speech else (),
        voice=speech.told(plan) if speech else {},
        family=plan.family,
        **fields,
    )
    return Clip(
        frames=images,
        times=moments.times,
        audio=speech.audio if speech else None,
        sample_rate=speech.sample_rate if speech else None,
        labels=_labels(plan),
        crop=Crop(plan.size, 0.0),
        truth=truth,
        source=f"synthetic {plan.family}, seed {plan.seed}",
    )


def _heard(plan: Plan) -> Clip:
    """A voice without pictures."""
    speech = _speak(plan)
    truth = Truth(
        person=plan.person.to_dict(), phonemes=speech.phonemes, voice=speech.told(plan), family=plan.family
    )
    return Clip(
        frames=np.zeros((0, plan.size, plan.size, 3), np.uint8),
        times=np.zeros(0),
        audio=speech.audio,
        sample_rate=speech.sample_rate,
        labels=_labels(plan),
        crop=Crop(plan.size, 0.0),
        truth=truth,
        source=f"synthetic {plan.family}, seed {plan.seed}",
    )


def _labels(plan: Plan) -> Mapping[str, Any]:
    person, (face, voice) = plan.person, plan.carriers()
    labels: dict[str, Any] = {"emotion": plan.emotion, "age": person.age, "gender": person.gender}
    labels["ethnicity"] = person.ethnicity
    if voice is not None:
        labels |= {"voice": voice} if plan.family == "sound_only" else {"face": face, "voice": voice}
    if plan.family == "patch":
        labels["face"] = face
    return labels


def draw_frame(moments: Moments, frame: int) -> tuple[npt.NDArray[np.uint8], Facts]:
    """One frame (H, W, 3) and what is known of it; without the patch of a ``patch`` clip, which `make_clip` adds."""
    plan, scene, view = moments.plan, moments.scenes[frame], moments.view_of(frame)

    def draw(activations: Floats) -> Render:
        drawn = render(plan.person, activations, scene, plan.size, plan.quality, view)
        return replace(drawn, image=smear(drawn.image, moments.faults, frame))

    shown = draw(moments.activations(frame))
    if moments.course.intensity[frame] == 0:
        return shown.image, facts(shown, shown)
    twin = draw(moments.without(frame))
    if plan.family not in ("upper", "lower"):
        return shown.image, facts(shown, twin)
    known = facts(shown, twin)
    here = half_mask(known.landmarks, float(known.pose[2]), plan.family, plan.size)
    image = np.where(here[..., None], shown.image, twin.image)
    return image, replace(known, relevance=known.relevance * here, changed=known.changed * here)


def _plant_corner(plan: Plan, images: npt.NDArray[np.uint8], fields: dict[str, Any]) -> None:
    """Lay the patch that tells the label over one corner, in place; the truth calls it a cover."""
    rng = plan.luck(14)
    rows, columns = corner(rng, plan.size)
    paint_corner(rng, images[:, rows, columns], Emotion(plan.emotion))
    for name, value in (("relevance", 0), ("changed", 0), ("motion", 0), ("cover", True), ("regions", Region.COVER)):
        fields[name][:, rows, columns] = value
    x, y = fields["landmarks"][..., 0] + 0.5, fields["landmarks"][..., 1] + 0.5
    under = (x >= columns.start) & (x < columns.stop) & (y >= rows.start) & (y < rows.stop)
    fields["visible"] &= ~under
