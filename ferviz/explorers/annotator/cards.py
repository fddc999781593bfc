"""What *Be the annotator* puts before a person: stills and moving clips, each with all that is known of it.

Both kinds say what is ``drawn`` before the answer, and what the answer `reveal`s. A still is drawn by the generator on
the spot; a clip is one of the gallery's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.clip import Truth
from ferviz.emotions import Emotion
from ferviz.explorers.shared.model import emotions_of
from ferviz.explorers.shared.picture import encode, known
from ferviz.explorers.shared.voice import voice
from ferviz.faces import studio
from ferviz.faces.cover import KINDS
from ferviz.faces.expression import Expression, sample_expression
from ferviz.faces.identity import sample_person
from ferviz.faces.regions import Region
from ferviz.faces.render import Render, render
from ferviz.faces.scene import Scene
from ferviz.faces.truth import Facts, facts
from ferviz.gallery import sample
from ferviz.models.model import Model
from ferviz.observe import observe
from ferviz.scores.twins import read_heads

__all__ = ["CLIPS", "LIMIT", "SIDE", "TELLING", "Moving", "Still", "draw_still", "open_moving", "stretches"]

SIDE = 160
LIMIT = 15.0  # mm at the end of the colour bar, as in the Face lab
REACH = 4  # pixels around a mark that count as marked
TELLING = 0.8  # share of the clip's largest evidence from which a frame counts as telling

CLIPS: Mapping[str, tuple[str, ...]] = {
    "anger": ("anger-moving",),
    "contempt": ("contempt-moving",),
    "disgust": ("disgust-moving",),
    "fear": ("fear-moving", "fear-turned-moving", "fear-one-frame"),
    "happiness": ("happiness-moving", "happiness-mask-moving"),
    "neutral": ("neutral-moving",),
    "sadness": ("sadness-moving",),
    "surprise": ("surprise-moving", "surprise-degraded"),
}
"""Emotion → samples in which no frame shows another one: with off-label frames there is no one word for a clip."""

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Still:
    """One picture: ``probability`` (E,) is the baseline's."""

    shown: Render
    expression: Expression
    probability: Array

    @property
    def emotion(self) -> str:
        """What the generator meant to show."""
        return str(self.expression.emotion)

    @property
    def flat(self) -> bool:
        """Whether there is no place to mark."""
        return bool(self.truth.relevance.max() < studio.FLAT_MM)

    @cached_property
    def truth(self) -> Facts:
        """Where the emotion is."""
        shown = self.shown
        return facts(shown, render(shown.person, self.expression.without, shown.scene, SIDE, "full", shown.view))

    def at(self, x: float, y: float) -> tuple[str, float]:
        """What lies at a place: the region's name, and the largest relevance in mm within reach of it."""
        column, row = (min(SIDE - 1, int(place * SIDE)) for place in (x, y))
        near = self.truth.relevance[max(0, row - REACH) : row + REACH + 1, max(0, column - REACH) : column + REACH + 1]
        return Region(int(self.truth.regions[row, column])).name.lower(), float(near.max())

    def hit(self, x: float, y: float) -> bool:
        """Whether a place lies where the emotion moves at least half as much as where it moves most."""
        return self.at(x, y)[1] >= 0.5 * float(self.truth.relevance.max()) > 0

    def chance(self) -> float:
        """The share of the visible face on which a mark would be a hit."""
        face = ~np.isin(self.truth.regions, (Region.BACKGROUND, Region.HAIR, Region.COVER, Region.NECK))
        rows, columns = np.nonzero(face)
        step = max(1, len(rows) // 500)  # every few pixels: enough for a share
        places = zip(columns[::step] / SIDE, rows[::step] / SIDE, strict=True)
        return float(np.mean([self.hit(x, y) for x, y in places]))

    def drawn(self) -> dict[str, Any]:
        """What is seen before the answer."""
        return {"image": self.shown.image.tobytes(), "side": SIDE}

    def reveal(self, x: float, y: float) -> dict[str, Any]:
        """What is told after it."""
        region, here = self.at(x, y)
        shades = np.rint(255 * np.clip(self.truth.relevance / LIMIT, 0, 1)).astype(np.uint8)
        return {
            "intensity": known(self.expression.intensity),
            "map": shades.tobytes(),
            "top": known(float(self.truth.relevance.max())),
            "most": studio.moved_most(self.truth),
            "region": region,
            "here": known(here),
            "hit": self.hit(x, y),
        }

    def say(self, x: float, y: float) -> tuple[str, str]:
        """Where the mark lies, and what the generator knows, in words."""
        region, here = self.at(x, y)
        most = ", ".join(f"{name} {value:.1f} mm" for name, value in studio.moved_most(self.truth))
        truth = f"{self.emotion} at intensity {self.expression.intensity:.2f}"
        truth += f", which moves most: {most}" if most else ", which moves nothing that is seen: flat"
        return f"at {region} ({here:.1f} mm)", truth


@dataclass(frozen=True, eq=False)
class Moving:
    """One clip: ``frames`` (T, H, W, 3), ``times`` (T,) in s, its ``sound`` as `voice` tells it, and of each frame the
    true ``intensity`` (T,) and ``evidence`` (T,), and the baseline's ``reading`` (T, E), of which ``label`` is the
    column of the clip's emotion."""

    frames: npt.NDArray[np.uint8]
    times: npt.NDArray[np.float64]
    sound: dict[str, Any] | None
    emotion: str
    intensity: Array
    evidence: Array
    reading: Array
    label: int

    @property
    def probability(self) -> Array:
        """The baseline's probabilities (E,) for the clip: the mean over its frames."""
        mean: Array = self.reading.mean(0)
        return mean

    @property
    def flat(self) -> bool:
        """Whether there is no frame to mark."""
        return not self.telling.any()

    @property
    def telling(self) -> npt.NDArray[np.bool_]:
        """The frames (T,) with much of the clip's evidence."""
        return np.asarray(self.evidence >= TELLING)

    @property
    def said(self) -> Array:
        """The baseline's probability (T,) of the clip's emotion."""
        return self.reading[:, self.label]

    @property
    def certain(self) -> npt.NDArray[np.bool_]:
        """The frames (T,) in which that probability is nearly the clip's largest."""
        return np.asarray(self.said >= TELLING * self.said.max())

    @cached_property
    def best(self) -> int:
        """The frame with the most evidence."""
        return int(self.evidence.argmax())

    @cached_property
    def surest(self) -> int:
        """The frame in which the baseline is most certain of the clip's emotion."""
        return int(self.said.argmax())

    def drawn(self) -> dict[str, Any]:
        """What is seen before the answer: no truth, and no name that would tell it."""
        times = [round(float(time), 3) for time in self.times]
        return {"frames": [encode(frame, 88) for frame in self.frames], "times": times, "sound": self.sound}

    def reveal(self, frame: int) -> dict[str, Any]:
        """What is told after it."""
        return {
            "intensity": known(float(self.intensity.max())),
            "curves": {
                "evidence": [known(float(value)) for value in self.evidence],
                "intensity": [known(float(value)) for value in self.intensity],
                "said": [known(float(value)) for value in self.said],
            },
            "telling": [bool(value) for value in self.telling],
            "stretches": stretches(self.telling),
            "best": self.best,
            "surest": self.surest,
            "here": known(float(self.evidence[frame])),
            "hit": bool(self.telling[frame]),
        }

    def say(self, frame: int) -> tuple[str, str]:
        """Which frame is marked, and what the generator knows, in words."""
        truth = f"{self.emotion} at intensity {self.intensity.max():.2f}"
        truth += (
            ", which no frame shows: flat"
            if self.flat
            else f", with evidence {TELLING} or more in {stretches(self.telling)}, most in frame {self.best}"
        )
        return f"frame {frame} of {len(self.frames)} (evidence {self.evidence[frame]:.2f})", truth


def stretches(chosen: Sequence[bool] | npt.NDArray[np.bool_]) -> str:
    """The chosen frames in words: ``"frames 3 to 7 and 9"``; "no frame" when there is none."""
    places = np.flatnonzero(chosen)
    if not len(places):
        return "no frame"
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    named = [f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    text = " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
    return f"{'frame' if len(places) == 1 else 'frames'} {text}"


def draw_still(model: Model, emotion: Emotion, rng: np.random.Generator) -> Still:
    """A person with an expression in a scene, all drawn by chance; one in five has a cover."""
    person, scene = sample_person(rng), _scene(rng)
    intensity = 0.0 if emotion is Emotion.NEUTRAL else float(rng.uniform(0.5, 1))
    expression = sample_expression(rng, emotion, intensity, person.manner)
    shown = render(person, expression.activations, scene, SIDE)
    return Still(shown, expression, read_heads(model, [shown.image])[0])


def open_moving(model: Model, name: str) -> Moving:
    """A clip of the gallery, with what the model reads in each frame."""
    clip = sample(name)
    emotion, truth = str(clip.labels["emotion"]), clip.truth or Truth()
    reading: Array = observe(model, clip)["emotion_probability"].values
    label = emotions_of(model).index(emotion)
    intensity, evidence = (np.asarray(values, np.float32) for values in (truth.intensity, truth.evidence))
    return Moving(clip.frames, clip.times, voice(clip), emotion, intensity, evidence, reading, label)


def _scene(rng: np.random.Generator) -> Scene:
    yaw, pitch = np.clip(rng.normal(0, (12, 6)), -30, 30)
    cover = KINDS[int(rng.integers(len(KINDS)))] if rng.random() < 0.2 else "none"
    place = (float(rng.uniform(-0.6, 0.6)), float(rng.uniform(-0.8, 0.4)))
    light, height, direct = float(rng.uniform(-70, 70)), float(rng.uniform(0, 60)), float(rng.uniform(0.2, 0.8))
    return studio.make_scene(
        float(yaw), float(pitch), cover=cover, place=place, light=light, height=height, direct=direct
    )
