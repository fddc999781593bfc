"""*Twins*: one expression, one person, one property changed; and how far the baseline's answer moves over many people.

A causal audit of the model on the generator's parameters, see `ferviz.scores.twins`. It says nothing about groups of
real people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.emotions import Emotion
from ferviz.explorers.shared.base import Explorer
from ferviz.explorers.shared.model import check_reader, emotions_of
from ferviz.explorers.shared.picture import known
from ferviz.explorers.shared.still import Snapshot
from ferviz.explorers.shared.words import expression
from ferviz.faces import studio
from ferviz.models.model import Model
from ferviz.scores.twins import SIDE, VERSIONS, Shift, draw_twins, read_heads, shift_of

__all__ = ["Twins", "TwinsState", "TwinsView"]

Array = npt.NDArray[np.float32]

FIRST = 1000  # the seed of the audit's first person
AUDIT, MOST = 40, 400
"""People of an audit as the button runs it, one after the other until all are done or it is stopped; and at most."""

FOLLOWS: Mapping[str, str] = MappingProxyType(
    {
        "age": "With age go the shape of the head, wrinkles, skin and gray hair.",
        "skin": "Only the tone of the skin differs: 0 is the lightest, 7 the darkest of the generator.",
        "ethnicity": "With the shares go the shape of the head, skin and hair. The names are MakeHuman's.",
        "gender": "With gender go the shape of the head, brows, lips, hair, beard and make-up.",
        "light": "Only the light differs; the picture is exposed for the face.",
    }
)


NAMES: Mapping[str, str] = MappingProxyType({**{vary: vary for vary in VERSIONS}, "skin": "skin tone"})
"""What a property is called where a person reads it."""


@dataclass(frozen=True)
class TwinsState:
    """What the person chose: the expression; ``vary`` names the property in which the twins differ; ``reference`` is
    the place of the twin that the others are compared with; ``seed`` is the person that is seen, and ``people`` how
    many others the audit has taken."""

    emotion: str = "happiness"
    intensity: float = 0.6
    way: int = 1
    vary: str = "age"
    reference: int = 0
    seed: int = 8
    people: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "emotion", str(Emotion(self.emotion)))
        studio.recipe(self.emotion, self.way)
        if not 0 <= self.intensity <= 1:
            raise ValueError(f"intensity must lie between 0 and 1; got {self.intensity}")
        if self.vary not in VERSIONS:
            raise ValueError(f"vary must be one of {', '.join(VERSIONS)}; got {self.vary!r:.200}")
        if not 0 <= self.reference < len(VERSIONS[self.vary]):
            raise ValueError(f"reference must be 0 to {len(VERSIONS[self.vary]) - 1}; got {self.reference}")
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more; got {self.seed}")
        if not 0 <= self.people <= MOST:
            raise ValueError(f"people must be 0 to {MOST}; got {self.people}")


@dataclass(frozen=True, eq=False)
class TwinsView:
    """What is drawn: ``images`` (V, H, W, 3) of the twins, ``probability`` (V, E); ``audit`` (N, V, E) of N other
    people, and its ``shifts``, one a version."""

    versions: tuple[str, ...]
    images: npt.NDArray[np.uint8]
    probability: Array
    audit: Array
    shifts: tuple[Shift, ...]


class Twins(Explorer):
    """*Twins*: the same expression on twins that differ in one property, with the baseline's answers; and an audit.

    Parameters
    ----------
    model : str or Model
        A trained one by name, or one of yours, that reads each face by itself.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `TwinsState`.
    """

    NAME = "twins"
    PARTS = ("shared/dials", "shared/face_paint")
    TITLE = "Twins"
    KEYS = (
        "n brings another person, e another emotion, + and − change the intensity, a starts and stops the audit; the "
        "numbers choose a preset. Click a twin to compare the others with it."
    )
    PRESETS = {
        "age": {"vary": "age", "reference": 0, "people": 0},
        "skin tone": {"vary": "skin", "reference": 0, "people": 0},
        "ethnicity": {"vary": "ethnicity", "reference": 0, "people": 0},
        "gender": {"vary": "gender", "reference": 0, "people": 0},
        "light": {"vary": "light", "reference": 0, "people": 0},
    }
    State = TwinsState

    MODEL = "mini-xception"

    def __init__(self, model: str | Model = MODEL, *, large: bool = False, **state: Any) -> None:
        self.model = check_reader(self.open_model(model))
        self.labels = emotions_of(self.model)
        self._answers: dict[tuple[Any, ...], Array] = {}
        self._drawn: tuple[object, npt.NDArray[np.uint8], Array] | None = None
        super().__init__(large=large, **state)
        names = {"labels": list(self.labels), "vary": dict(NAMES), "audit": AUDIT}
        self.publish("picture", {**names, "follows": dict(FOLLOWS)})

    def compute(self, state: TwinsState) -> TwinsView:
        """The twins and, for ``people`` others, the audit. Raises ValueError for an emotion without a label."""
        if state.emotion not in self.labels:
            labels = ", ".join(self.labels)
            raise ValueError(f"emotion must be one of the model's labels, {labels}; got {state.emotion!r:.200}")
        images, probability = self._shown(state)
        people = [self._person(state, FIRST + place) for place in range(state.people)]
        audit = np.stack(people) if people else np.zeros((0, *images.shape[:1], len(self.labels)), np.float32)
        place = self.labels.index(state.emotion)
        return TwinsView(
            versions=tuple(VERSIONS[state.vary]),
            images=images,
            probability=probability,
            audit=audit,
            shifts=tuple(shift_of(audit, state.reference, version, place) for version in range(len(images))),
        )

    def _shown(self, state: TwinsState) -> tuple[npt.NDArray[np.uint8], Array]:
        """The twins that are seen, and the answers to them. Drawn once, however many people an audit then takes."""
        key = replace(state, reference=0, people=0)
        if self._drawn is None or self._drawn[0] != key:
            images = self._draw(state, state.seed)
            self._drawn = (key, images, read_heads(self.model, list(images)))
        return self._drawn[1:]

    def _person(self, state: TwinsState, seed: int) -> Array:
        """The answers (V, E) to one person's twins, remembered."""
        key = (state.emotion, state.way, state.intensity, state.vary, seed)
        if key not in self._answers:
            self._answers[key] = read_heads(self.model, list(self._draw(state, seed)))
        return self._answers[key]

    def _draw(self, state: TwinsState, seed: int) -> npt.NDArray[np.uint8]:
        return draw_twins(seed, state.vary, state.emotion, state.way, state.intensity)

    def drawing(self, view: TwinsView) -> dict[str, Any]:
        return {
            "versions": list(view.versions),
            "images": [image.tobytes() for image in view.images],
            "side": SIDE,
            "probability": [[known(value) for value in row] for row in view.probability],
            "people": len(view.audit),
            "shifts": [
                {
                    "mean": known(shift.mean),
                    "difference": known(shift.difference),
                    "low": known(shift.low),
                    "high": known(shift.high),
                    "other": shift.other,
                }
                for shift in view.shifts
            ],
        }

    def still(self) -> Snapshot:
        return Snapshot(dict(zip(self.view.versions, self.view.images, strict=True)))

    def describe(self) -> str:
        state, view = self._state, self.view
        tops = [f"{name}: {self.labels[int(p.argmax())]} {p.max():.2f}" for name, p in _rows(view)]
        text = f"Twins of person {state.seed} that differ in {NAMES[state.vary]}, showing "
        text += f"{expression(state.emotion, state.intensity, 'at intensity')}. Labels: {'; '.join(tops)}."
        if len(view.audit) < 2:
            return text
        rows = [
            f"{name} {shift.difference:+.2f} [{shift.low:+.2f}, {shift.high:+.2f}], another label for {shift.other}"
            for place, (name, shift) in enumerate(zip(view.versions, view.shifts, strict=True))
            if place != state.reference
        ]
        count = len(view.audit)
        over = f"{count} people" if count >= AUDIT else f"{count} of {AUDIT} people (a part of the audit)"
        text += f" Over {over}, the probability of {state.emotion} against "
        return text + f"{view.versions[state.reference]}, mean difference [95 % interval]: {'; '.join(rows)}."


def _rows(view: TwinsView) -> list[tuple[str, Array]]:
    return list(zip(view.versions, view.probability, strict=True))
