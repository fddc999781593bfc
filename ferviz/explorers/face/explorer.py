"""*Face lab*: a synthetic head to hold in the hand, its truth laid over it, and what the baseline reads.

The expression is action units times the intensity: the chosen emotion brings the units of its recipe, and each can then
be moved. While a hand moves, the head is drawn in fast quality, and anew in full when the hand rests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip
from ferviz.emotions import Emotion
from ferviz.explorers.shared.base import Explorer
from ferviz.explorers.shared.face_state import FaceState, dials
from ferviz.explorers.shared.model import check_reader, emotions_of
from ferviz.explorers.shared.picture import encode, known
from ferviz.explorers.shared.scripts import floats
from ferviz.explorers.shared.still import Snapshot
from ferviz.explorers.shared.voice import voice
from ferviz.explorers.shared.words import expression
from ferviz.faces import studio
from ferviz.faces.clips import make_clip
from ferviz.faces.expression import settle
from ferviz.faces.head import head
from ferviz.faces.identity import Person
from ferviz.faces.plan import Plan
from ferviz.faces.regions import Region
from ferviz.faces.render import Quality, Render, render
from ferviz.faces.scene import Scene
from ferviz.faces.truth import Facts, facts
from ferviz.models.model import Model
from ferviz.scores.twins import read_heads

__all__ = ["FaceLab", "FaceState", "FaceView"]

SIDE = 160
CLIP_SIDE, RATE, LONGEST = 112, 12.5, 100
SCALES: dict[str, dict[str, Any]] = {  # fixed, so that a colour means the same from one face to the next
    "relevance": {"signed": False, "limit": 15.0, "digits": 0},
    "changed": {"signed": False, "limit": 0.5, "digits": 2},
}
_RECIPE = {"way": 1, "units": None, "intensity": 0.8, "cover": "none", "overlay": "none"}
_PLAIN = {"yaw": 0.0, "pitch": 0.0, "roll": 0.0, "light": -30.0, "height": 30.0, "direct": 0.5}
FLAT = {"relevance": studio.FLAT_MM, "changed": 0.01}


@dataclass(frozen=True, eq=False)
class FaceView:
    """What is drawn: ``shown``, the picture with its buffers; ``probability`` (E,), the baseline's; and, made when
    first asked for, ``truth``."""

    shown: Render
    probability: npt.NDArray[np.float32]

    @cached_property
    def truth(self) -> Facts:
        """Where the emotion is: from this picture and its twin at rest."""
        quality: Quality = "full" if self.shown.samples == 2 else "fast"
        return facts(self.shown, _at_rest(self.shown.person, self.shown.scene, quality))


@lru_cache(maxsize=2)
def _at_rest(person: Person, scene: Scene, quality: Quality) -> Render:
    # the same for every expression: a slider of a unit then draws one head a move, and not two
    return render(person, np.zeros(len(head().action_names), np.float32), scene, SIDE, quality)


class FaceLab(Explorer):
    """*Face lab*: a head with sliders for what it does, who it is and how it is seen; its truth; and a model's reading.

    Parameters
    ----------
    model : str or Model
        A trained one by name, or one of yours, that reads each face by itself.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `FaceState`.

    Attributes
    ----------
    clip : Clip or None
        The clip that was made last, with its voice and its `Truth`.
    """

    NAME = "face"
    PARTS = ("shared/dials", "shared/face_panels", "shared/face_paint", "shared/playing", "face/clip")
    TITLE = "Face lab"
    KEYS = (
        "Drag the head, or turn it with the arrow keys (Shift: further). + and − change the intensity, e the emotion, "
        "n brings another person, o another overlay, m mutes the clip's voice; the numbers choose a preset. Tab "
        "reaches every slider."
    )
    PRESETS = {
        "smile": {**_RECIPE, "emotion": "happiness"},
        "fear or surprise?": {**_RECIPE, "emotion": "fear"},
        "where the emotion is": {**_RECIPE, "emotion": "surprise", "way": 2, "overlay": "relevance"},
        "smile under a mask": {**_RECIPE, "emotion": "happiness", "cover": "mask", "overlay": "relevance"},
        "turned, hard light": {"yaw": 35.0, "pitch": 5.0, "light": 70.0, "height": 20.0, "direct": 0.9},
        "plain": {**_PLAIN, "cover": "none"},
    }
    State = FaceState

    MODEL = "mini-xception"

    def __init__(self, model: str | Model = MODEL, *, large: bool = False, **state: Any) -> None:
        self.model = check_reader(self.open_model(model))
        self.labels = emotions_of(self.model)
        self.clip: Clip | None = None
        super().__init__(large=large, **state)
        self.publish("picture", self._sheet())

    def compute(self, state: FaceState) -> FaceView:
        """The head and its reading. Raises ValueError for an age, gender or ethnicity that the generator lacks."""
        shown = render(state.person, settle(state.push), state.scene, SIDE, state.quality)
        return FaceView(shown, read_heads(self.model, [shown.image])[0])

    def drawing(self, view: FaceView) -> dict[str, Any]:
        person, state = view.shown.person, self._state
        return {
            "image": view.shown.image.tobytes(),
            "side": view.shown.size,
            "probability": [known(value) for value in view.probability],
            "units": state.strengths,
            "person": {"age": person.age, "gender": person.gender, "ethnicity": list(person.ethnicity)},
            "overlay": self._overlay(view, state.overlay),
        }

    def _overlay(self, view: FaceView, kind: str) -> dict[str, Any]:
        if kind == "none":
            return {"kind": kind}
        if kind == "regions":
            return {"kind": kind, "map": view.truth.regions.tobytes()}
        if kind == "landmarks":
            visible = view.truth.visible.astype(np.uint8).tobytes()
            return {"kind": kind, "points": floats(view.truth.landmarks), "visible": visible}
        values, scale = getattr(view.truth, kind), SCALES[kind]
        shades = np.rint(255 * np.clip(values / scale["limit"], 0, 1)).astype(np.uint8)
        top = float(values.max())
        return {"kind": kind, "map": shades.tobytes(), "scale": scale, "top": top, "flat": top < FLAT[kind]}

    def still(self) -> Snapshot:
        probability = dict(zip(self.labels, self.view.probability, strict=True))
        return Snapshot({"The head": self.view.shown.image}, probability)

    def describe(self) -> str:
        state, view = self._state, self.view
        person, top = view.shown.person, int(view.probability.argmax())
        moved = ", ".join(f"{name} {value:.2f}" for name, value in state.moved.items())
        whose = state.emotion if state.units is None else "your own choice"
        text = f"The head shows {expression(whose, state.intensity, 'at intensity')} (units {moved or 'none'}). "
        text += f"Person {state.seed}, age {person.age:.0f}; yaw {state.yaw:.0f}°, pitch {state.pitch:.0f}°; "
        text += "no cover. " if state.cover == "none" else f"cover: {state.cover}. "
        text += f"label: {self.labels[top]} {view.probability[top]:.2f}."
        return text + self._describe_overlay(state.overlay)

    def _describe_overlay(self, kind: str) -> str:
        if kind == "none":
            return ""
        truth = self.view.truth
        if kind == "landmarks":
            return f" Landmarks: {int(truth.visible.sum())} of 68 are visible."
        if kind == "regions":
            present = [region.name.lower() for region in Region if (truth.regions == region).any()]
            return f" Regions: {', '.join(present)}."
        top = float(getattr(truth, kind).max())
        if top < FLAT[kind]:
            return f" {kind.capitalize()}: flat, nothing that is seen moves."
        if kind == "changed":
            return f" Changed: the colours differ from the face at rest by up to {top:.2f} of 1."
        most = ", ".join(f"{name} {value:.1f} mm" for name, value in studio.moved_most(truth))
        return f" Relevance: up to {top:.1f} mm; on average most in {most}."

    # ---- the clip ----------------------------------------------------------------------------------------------------

    def actions(self) -> dict[str, Callable[[], None]]:
        return {**super().actions(), "clip": self._make_clip}

    def make_clip(self) -> None:
        """Make a clip of this emotion by this person in this scene, with a voice that agrees.

        Raises
        ------
        ValueError
            When there is no intensity to show.
        """
        self.act("clip")

    def _make_clip(self) -> None:
        state = self._state
        if state.intensity == 0 and state.emotion != Emotion.NEUTRAL:
            raise ValueError(f"intensity must be above 0 for a clip of {state.emotion}; got 0")
        self.clip = make_clip(self._plan(state))
        self.publish("picture", {**self._sheet(), "clip": self._reel(self.clip), "turn": self._turn + 1})

    def _plan(self, state: FaceState) -> Plan:
        """A plan that is just long enough for its voice."""
        from ferviz.faces.speech import speak_for  # espeak-ng and filters are loaded for a voice only

        values: dict[str, Any] = {"emotion": Emotion(state.emotion), "person": state.person, "seed": state.seed}
        values |= {"family": "agree", "rate": RATE, "size": CLIP_SIDE, "scene": state.scene, "phase": 0.0}  # from rest
        speech = speak_for(Plan(**values, frames=LONGEST))
        seconds = speech.start + len(speech.voice.audio) / speech.sample_rate + 0.3
        return Plan(**values, frames=int(np.ceil(seconds * RATE)), peak=state.intensity or None)

    def _reel(self, clip: Clip) -> dict[str, Any]:
        truth = clip.truth
        if truth is None or clip.audio is None or truth.intensity is None:
            raise ValueError("clip must have a voice and a truth; got one without")
        seen = read_heads(self.model, list(clip.frames))
        emotion = str(clip.labels["emotion"])
        said = seen[:, self.labels.index(emotion)] if emotion in self.labels else np.full(len(clip), np.nan)
        return {
            "emotion": emotion,
            "frames": [encode(frame, 88) for frame in clip.frames],
            "times": [round(float(time), 4) for time in clip.times],
            "duration": round(clip.duration, 3),
            "intensity": [known(float(value)) for value in truth.intensity],
            "said": [known(float(value)) for value in said],
            "top": [self.labels[int(row.argmax())] for row in seen],
            "sentence": truth.voice["sentence"],
            "voice": truth.voice["emotion"],
            "sound": voice(clip),
        }

    def _sheet(self) -> dict[str, Any]:
        """What does not change with the state: names and ranges."""
        about = {"labels": list(self.labels), "regions": [region.name.lower() for region in Region]}
        return {**dials(), **about}
