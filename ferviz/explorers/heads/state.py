"""What the explorer *Heads* lets a person choose, and what is drawn of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz.explorers.heads.course import BODIES_SHOWN
from ferviz.explorers.heads.maps import Spread
from ferviz.explorers.shared.face_state import HeadState
from ferviz.explorers.shared.faces import SourceState
from ferviz.explorers.shared.one_face import SYNTHETIC
from ferviz.learning.recipes.multi_task import TAKEN
from ferviz.models.multi_task import SHAPES

__all__ = ["BUDGETS", "STAGES", "HeadsState", "HeadsView", "Said", "Stage", "beside", "called"]

Array = npt.NDArray[Any]
Stage = Literal["identity", "tuned", "final"]
Tab = Literal["face", "feature", "course", "bodies"]

STAGES: Mapping[str, str] = MappingProxyType(
    {"identity": "identity body", "tuned": "tuned, old heads", "final": "tuned, new heads"}
)
"""How far the network was trained → its name, the same on its button, in the answer and in a sentence."""
BUDGETS = (1.0, 200.0)
"""Milliseconds for a face: the ends of the slider."""
_DRAWN = tuple(field.name for field in fields(HeadState))


def called(stages: Sequence[str]) -> dict[str, str]:
    """The names of the stages that are there: of one network alone nothing is known."""
    return {name: STAGES[name] for name in stages} if len(stages) > 1 else {stages[0]: "network given"}


def beside(trained: str, stages: Sequence[str]) -> str:
    """The stage whose answers stand beside those of a stage: the first that is there, and beside that the last; ""
    where there is no other."""
    first, last = stages[0], stages[-1]
    return "" if first == last else last if trained == first else first


@dataclass(frozen=True)
class HeadsState(HeadState, SourceState):
    """What the person chose.

    ``source`` is a bundled sample, "synthetic", or "" for one's own; ``frame`` counts its frames that have a face.
    ``trained``: "identity" is the body that tells people apart, frozen below its heads; "tuned" is the body that was
    tuned for expressions, with its head of expressions, and with the heads of age, gender and ethnicity of "identity";
    "final" is that body too, with its own heads. ``label`` is the expression whose logit is looked at ("" follows the
    answer); ``channel`` the number of the feature under the cursor. ``step`` names a step of `TAKEN`, and ``body`` one
    of the bodies whose size and time are compared with a ``budget`` in milliseconds. ``tab`` is the view that is open:
    what of the "face" moves each head, the "feature", what moves in the "course", or the "bodies". All else makes the
    synthetic face, as in `HeadState`.
    """

    source: str = SYNTHETIC
    seed: int = 20
    frame: int = 0
    trained: Stage = "final"
    label: str = ""
    channel: int = 0
    step: str = "head"
    body: str = "mobilenet, compact"
    budget: float = 20.0
    tab: Tab = "face"

    def __post_init__(self) -> None:
        super().__post_init__()
        choices = {"trained": get_args(Stage), "step": tuple(TAKEN), "body": tuple(BODIES_SHOWN)}
        choices["tab"] = get_args(Tab)
        for name, words in choices.items():
            if getattr(self, name) not in words:
                raise ValueError(f"{name} must be one of {'; '.join(words)}; got {getattr(self, name)!r:.200}")
        for name in ("frame", "channel"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be 0 or more; got {getattr(self, name)}")
        low, high = BUDGETS
        if not low <= self.budget <= high:
            raise ValueError(f"budget must lie between {low:g} and {high:g} ms; got {self.budget}")

    @property
    def drawn(self) -> tuple[Any, ...]:
        """All that makes the synthetic face, to know it by."""
        return tuple(repr(getattr(self, name)) for name in _DRAWN)


@dataclass(frozen=True, eq=False)
class Said:
    """What one network makes of a face, as `ferviz.observe` says it; None where a head says nothing of it.

    ``emotion`` (E,) and ``age`` (100,) are probabilities, ``ethnicity`` (3,) shares, ``gender`` a number from 0 (male)
    to 1 (female), ``years`` what is read out of the two most probable ages ``two``, each with its share of the both;
    ``mean``, in years, is over all ages. ``feature`` (D,); ``contribution``: head → what each number of it adds to each
    logit (D, K), for age of those two; empty where it was not asked for.
    """

    emotion: Array
    feature: Array
    contribution: Mapping[str, Array]
    age: Array | None = None
    years: float | None = None
    two: tuple[tuple[int, float], ...] = ()
    gender: float | None = None
    ethnicity: Array | None = None

    @property
    def mean(self) -> float | None:
        """The mean over all ages, in years: unlike what is read out of two, each of the 100 has a say in it."""
        return None if self.age is None else float(self.age @ np.arange(1, len(self.age) + 1))


@dataclass(frozen=True, eq=False)
class HeadsView:
    """What is drawn: ``picture`` (S, S, 3); ``now``, what the chosen network says, and ``other``, what that of the
    stage ``other_stage`` says, where there is another; what both are called, ``reader`` and ``other_reader``;
    ``label``, the expression that is looked at; ``person``, who was drawn, empty where that is not known; ``silence``,
    why heads say nothing, or "". Where they were worked out: ``maps`` of the heads, and for the number under the cursor
    ``raised``, its map, and ``moves``, how far dials move the feature (D,). ``times``: milliseconds of the bodies that
    were measured.
    """

    labels: tuple[str, ...]
    label: str
    picture: npt.NDArray[np.uint8]
    now: Said
    reader: str
    other: Said | None
    other_stage: str
    other_reader: str
    person: Mapping[str, Any]
    silence: str
    maps: Mapping[str, Spread] | None
    raised: Spread | None
    moves: Mapping[str, Array]
    times: Mapping[str, float]

    @property
    def told(self) -> dict[str, str]:
        """Head → whose logit its contributions and its map are shown of, for the heads that say something."""
        found = {"emotion": self.label}
        if self.now.years is not None and self.now.ethnicity is not None:
            found |= {"age": f"{self.now.two[0][0]} years", "gender": "gender"}
            found["ethnicity"] = SHAPES[int(self.now.ethnicity.argmax())]
        return found

    @property
    def fed(self) -> dict[str, Array]:
        """Head → what each number of the feature adds to that logit (D,)."""
        columns = {"emotion": self.labels.index(self.label), "age": 0, "gender": 0}
        if self.now.ethnicity is not None:
            columns["ethnicity"] = int(self.now.ethnicity.argmax())
        return {head: self.now.contribution[head][:, columns[head]] for head in self.told}
