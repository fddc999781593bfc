"""*Be the annotator*: twenty faces, a word and a place for each, and only then what the generator knows.

Nothing is stored and nothing is graded: answers travel as messages that no notebook saves, and end with the kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.emotions import Emotion
from ferviz.explorers import heads
from ferviz.explorers.base import Explorer
from ferviz.explorers.picture import rounded
from ferviz.faces.cover import KINDS
from ferviz.faces.expression import Expression, sample_expression
from ferviz.faces.identity import sample_person
from ferviz.faces.regions import Region
from ferviz.faces.render import Render, render
from ferviz.faces.truth import Facts, facts
from ferviz.models import load_model
from ferviz.models.model import Model

__all__ = ["Agreement", "Annotator", "AnnotatorState", "AnnotatorView", "Card", "agreement"]

COUNT, SIDE = 20, 160
LIMIT = 15.0  # mm at the end of the colour bar, as in the Face lab
REACH = 4  # pixels around a mark that count as marked
Answer = tuple[str, float, float]


@dataclass(frozen=True)
class AnnotatorState:
    """What the person did: ``seed`` chooses the twenty faces, ``item`` the one that is seen (20: the summary), and
    ``answers`` hold for each face so far the word, and the place as shares of the picture from its top left corner."""

    seed: int = 0
    item: int = 0
    answers: tuple[Answer, ...] = ()

    def __post_init__(self) -> None:
        given = tuple((str(word), float(x), float(y)) for word, x, y in self.answers)
        object.__setattr__(self, "answers", given)
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more; got {self.seed}")
        if len(given) > COUNT:
            raise ValueError(f"answers must be {COUNT} at most; got {len(given)}")
        if not 0 <= self.item <= len(given) or self.item > COUNT:
            raise ValueError(f"item must be 0 to {len(given)}, the faces answered so far; got {self.item}")
        for word, x, y in given:
            if not (0 <= x <= 1 and 0 <= y <= 1):
                raise ValueError(f"place of an answer must lie between 0 and 1; got {x}, {y} for {word!r}")


@dataclass(frozen=True, eq=False)
class Card:
    """One face and all that is known of it: ``reading`` (E,) is the baseline's."""

    shown: Render
    expression: Expression
    reading: npt.NDArray[np.float32]

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


@dataclass(frozen=True)
class Agreement:
    """How often two agree: ``count`` of ``n``, the share's 95 % interval, and Cohen's ``kappa`` (NaN when one of the
    two uses one word only and so does the other)."""

    count: int
    n: int
    low: float
    high: float
    kappa: float


@dataclass(frozen=True, eq=False)
class AnnotatorView:
    """What is drawn: the ``card`` of this face (None in the summary), whether it is ``revealed``; in the summary the
    ``agreements`` by pair, and the ``places``: marks on the moved part, of how many, and how many a blind dart at the
    visible face would hit."""

    card: Card | None
    revealed: bool
    agreements: dict[str, Agreement]
    places: tuple[int, int, float]


def agreement(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """How often two raters of the same items agree.

    The interval of the share is Wilson's (J. Am. Stat. Assoc. 22, 1927, doi:10.1080/01621459.1927.10502953); kappa is
    Cohen's (Educ. Psychol. Meas. 20, 1960, doi:10.1177/001316446002000104).

    Raises
    ------
    ValueError
        When they did not rate the same number of items, or none.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"both must rate the same items, at least one; got {len(first)} and {len(second)}")
    n, count, z = len(first), sum(a == b for a, b in zip(first, second, strict=True)), 1.959964
    share = count / n
    middle, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = ((middle + side * half) / (1 + z * z / n) for side in (-1, 1))
    chance = sum((list(first).count(word) / n) * (list(second).count(word) / n) for word in set(first))
    kappa = (share - chance) / (1 - chance) if chance < 1 else float("nan")
    return Agreement(count, n, float(max(0, low)), float(min(1, high)), float(kappa))


class Annotator(Explorer):
    """*Be the annotator*: choose a word and mark a place, then see the truth and what the baseline said.

    Parameters
    ----------
    model : Model, optional
        With one emotion head, whose labels are the words; mini-Xception when not given.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `AnnotatorState`.
    """

    NAME = "annotator"
    PARTS = ("dials", "face_paint")
    TITLE = "Be the annotator"
    KEYS = (
        "1 to 7 choose a word; the arrow keys move the mark (Shift: further), or click the face; Enter reveals, and "
        "goes on. Nothing is stored and nothing is graded."
    )
    State = AnnotatorState

    def __init__(self, model: Model | None = None, *, large: bool = False, **state: Any) -> None:
        self.model = model or load_model("mini-xception")
        self.labels = tuple(str(label) for label in self.model.labels)
        self._cards: dict[tuple[int, int], Card] = {}
        super().__init__(large=large, seed=state.get("seed", 0))
        sheet = {"labels": list(self.labels), "count": COUNT, "scale": {"signed": False, "limit": LIMIT, "digits": 0}}
        self.tell("picture", sheet)
        self.private = True  # from here on nothing that is answered reaches a trait, which a notebook would save
        if state:
            self.show(**state)

    def compute(self, state: AnnotatorState) -> AnnotatorView:
        """The face, or the summary. Raises ValueError for a word that is no label of the model."""
        strangers = [word for word, _, _ in state.answers if word not in self.labels]
        if strangers:
            raise ValueError(f"an answer's word must be one of {', '.join(self.labels)}; got {strangers[0]!r}")
        if state.item < COUNT:
            return AnnotatorView(self.card(state.seed, state.item), state.item < len(state.answers), {}, (0, 0, 0.0))
        cards = [self.card(state.seed, item) for item in range(COUNT)]
        mine, truth = [word for word, _, _ in state.answers], [str(card.expression.emotion) for card in cards]
        model = [self.labels[int(card.reading.argmax())] for card in cards]
        pairs = {
            "you and the generator": agreement(mine, truth),
            "the baseline and the generator": agreement(model, truth),
            "you and the baseline": agreement(mine, model),
        }
        moved = [(card, x, y) for card, (_, x, y) in zip(cards, state.answers, strict=True) if _moves(card)]
        blind = sum(_dart(card) for card, _, _ in moved)
        return AnnotatorView(None, True, pairs, (sum(card.hit(x, y) for card, x, y in moved), len(moved), blind))

    def card(self, seed: int, item: int) -> Card:
        """A face of a seed's twenty: each label two or three times, a fifth of the faces covered; remembered."""
        if (seed, item) not in self._cards:
            order = np.random.default_rng([seed, COUNT]).permutation(COUNT)
            emotion = Emotion(self.labels[int(order[item]) % len(self.labels)])
            rng = np.random.default_rng([seed, item])
            person, scene = sample_person(rng), _scene(rng)
            intensity = 0.0 if emotion is Emotion.NEUTRAL else float(rng.uniform(0.5, 1))
            expression = sample_expression(rng, emotion, intensity, person.manner)
            shown = render(person, expression.activations, scene, SIDE)
            self._cards[seed, item] = Card(shown, expression, heads.read(self.model, [shown.image])[0])
        return self._cards[seed, item]

    def drawing(self, view: AnnotatorView) -> dict[str, Any]:
        if view.card is None:
            rows = {name: _row(pair) for name, pair in view.agreements.items()}
            return {"summary": rows, "places": list(view.places), "known": self._known()}
        drawn: dict[str, Any] = {"image": view.card.shown.image.tobytes(), "side": SIDE}
        return {**drawn, "reveal": self._reveal(view.card)} if view.revealed else drawn

    def _known(self) -> list[list[str]]:
        """Each face's words: the generator's, the person's, the baseline's."""
        state = self._state
        cards = [self.card(state.seed, item) for item in range(len(state.answers))]
        return [
            [str(card.expression.emotion), word, self.labels[int(card.reading.argmax())]]
            for card, (word, _, _) in zip(cards, state.answers, strict=True)
        ]

    def _reveal(self, card: Card) -> dict[str, Any]:
        word, x, y = self._state.answers[self._state.item]
        region, here = card.at(x, y)
        top = int(card.reading.argmax())
        shades = np.rint(255 * np.clip(card.truth.relevance / LIMIT, 0, 1)).astype(np.uint8)
        return {
            "emotion": str(card.expression.emotion),
            "intensity": rounded(card.expression.intensity),
            "map": shades.tobytes(),
            "top": rounded(float(card.truth.relevance.max())),
            "flat": not _moves(card),
            "most": heads.moved_most(card.truth),
            "answer": [word, x, y],
            "region": region,
            "here": rounded(here),
            "hit": card.hit(x, y),
            "label": self.labels[top],
            "probability": rounded(float(card.reading[top])),
        }

    def describe(self) -> str:
        state, view = self._state, self.view
        if view.card is None:
            pairs = [f"{name}: {a.count} of {a.n} [{a.low:.2f}, {a.high:.2f}]" for name, a in view.agreements.items()]
            text = "; ".join(pairs)
            hits, n, blind = view.places
            return f"Same word. {text}. Marks on the moved part: {hits} of {n}; a blind dart would hit {blind:.1f}."
        if not view.revealed:
            return f"Face {state.item + 1} of {COUNT}. Choose a word and mark the place that carries it."
        card, (word, x, y) = view.card, state.answers[state.item]
        region, here = card.at(x, y)
        top = int(card.reading.argmax())
        text = f"Face {state.item + 1} of {COUNT}. You: {word}, at {region} ({here:.1f} mm). The generator: "
        text += f"{card.expression.emotion} at intensity {card.expression.intensity:.2f}"
        most = ", ".join(f"{name} {value:.1f} mm" for name, value in heads.moved_most(card.truth))
        text += f", which moves most: {most}. " if most else ", which moves nothing that is seen: flat. "
        return text + f"The baseline's label: {self.labels[top]} {card.reading[top]:.2f}."

    def code(self) -> str:
        """The line that shows the same twenty faces: without what was answered."""
        seed = f"seed={self._state.seed}" if self._state.seed else ""
        large = "large=True" if self.stage.large else ""
        return f"ferviz.explorers.Annotator({', '.join(part for part in (seed, large) if part)})"


def _row(pair: Agreement) -> dict[str, Any]:
    numbers = {"low": pair.low, "high": pair.high, "kappa": pair.kappa}
    return {"count": pair.count, "n": pair.n, **{name: rounded(value) for name, value in numbers.items()}}


def _scene(rng: np.random.Generator) -> Any:
    yaw, pitch = np.clip(rng.normal(0, (12, 6)), -30, 30)
    cover = KINDS[int(rng.integers(len(KINDS)))] if rng.random() < 0.2 else "none"
    place = (float(rng.uniform(-0.6, 0.6)), float(rng.uniform(-0.8, 0.4)))
    light, height, direct = float(rng.uniform(-70, 70)), float(rng.uniform(0, 60)), float(rng.uniform(0.2, 0.8))
    return heads.make_scene(
        float(yaw), float(pitch), cover=cover, place=place, light=light, height=height, direct=direct
    )


def _moves(card: Card) -> bool:
    """Whether there is a place to mark."""
    return bool(card.truth.relevance.max() >= heads.FLAT_MM)


def _dart(card: Card) -> float:
    """The share of the visible face on which a mark would be a hit."""
    face = ~np.isin(card.truth.regions, (Region.BACKGROUND, Region.HAIR, Region.COVER, Region.NECK))
    rows, columns = np.nonzero(face)
    step = max(1, len(rows) // 500)  # every few pixels: enough for a share
    places = zip(columns[::step] / SIDE, rows[::step] / SIDE, strict=True)
    return float(np.mean([card.hit(x, y) for x, y in places]))
