"""*Be the annotator*: twenty faces, a word and a place or a frame for each, and only then what the generator knows.

Nothing is stored and nothing is graded: answers travel as messages that no notebook saves, and end with the kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ferviz.emotions import Emotion
from ferviz.explorers.annotator.cards import CLIPS, LIMIT, TELLING, Moving, Still, draw_still, open_moving
from ferviz.explorers.shared.base import Explorer
from ferviz.explorers.shared.model import check_reader, emotions_of
from ferviz.explorers.shared.picture import known
from ferviz.explorers.shared.still import Snapshot, as_page
from ferviz.models.model import Model
from ferviz.scores.raters import RaterAgreement, rater_agreement

__all__ = ["Annotator", "AnnotatorState", "AnnotatorView", "Marks", "deal"]

COUNT, MOVING = 20, 6  # faces, and how many of them at most are clips
Answer = tuple[str, float, float] | tuple[str, int]


@dataclass(frozen=True)
class AnnotatorState:
    """What the person did: ``seed`` chooses the twenty faces, ``item`` the one that is seen (20: the summary), and
    ``answers`` hold for each face so far the word, and the mark: of a still the place as shares of the picture from its
    top left corner, (word, x, y); of a clip the frame, counted from 0, (word, frame)."""

    seed: int = 0
    item: int = 0
    answers: tuple[Answer, ...] = ()

    def __post_init__(self) -> None:
        given = tuple(_checked(answer) for answer in self.answers)
        object.__setattr__(self, "answers", given)
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more; got {self.seed}")
        if len(given) > COUNT:
            raise ValueError(f"answers must be {COUNT} at most; got {len(given)}")
        if not 0 <= self.item <= len(given) or self.item > COUNT:
            raise ValueError(f"item must be 0 to {len(given)}, the faces answered so far; got {self.item}")


def _checked(answer: Sequence[Any]) -> Answer:
    if len(answer) == 2:
        word, frame = answer
        if frame != int(frame) or frame < 0:
            raise ValueError(f"frame of an answer must be a whole number from 0; got {frame} for {word!r}")
        return str(word), int(frame)
    if len(answer) == 3:
        word, x, y = answer
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError(f"place of an answer must lie between 0 and 1; got {x}, {y} for {word!r}")
        return str(word), float(x), float(y)
    raise ValueError(f"an answer must be (word, x, y) for a still or (word, frame) for a clip; got {answer!r:.200}")


@dataclass(frozen=True)
class Marks:
    """How many of ``n`` marks are hits, and how many would be by ``chance``."""

    hits: int
    n: int
    chance: float


@dataclass(frozen=True, eq=False)
class AnnotatorView:
    """What is drawn: the ``card`` of this face (None in the summary), whether it is ``revealed``; in the summary the
    ``agreements`` and the ``marks`` by pair."""

    card: Still | Moving | None
    revealed: bool
    agreements: dict[str, RaterAgreement]
    marks: dict[str, Marks]


@cache
def deal(labels: tuple[str, ...], seed: int) -> tuple[tuple[str, str], ...]:
    """A seed's twenty: for each the emotion, and the sample's name when it is a clip ("" for a still).

    Each label comes two or three times, and at most once as a clip; the first face is a still.
    """
    order = np.random.default_rng([seed, COUNT]).permutation(COUNT)
    rng = np.random.default_rng([seed, COUNT, MOVING])
    dealt: list[tuple[str, str]] = []
    for number in order:
        emotion, used = labels[int(number) % len(labels)], sum(bool(name) for _, name in dealt)
        able = dealt and number < len(labels) and emotion in CLIPS and used < MOVING
        dealt.append((emotion, str(rng.choice(CLIPS[emotion])) if able else ""))
    return tuple(dealt)


class Annotator(Explorer):
    """*Be the annotator*: choose a word, mark a place or a frame, then see the truth and what the baseline said.

    Parameters
    ----------
    model : str or Model
        A trained one by name, or one of yours, that reads each face by itself. Its labels are the words to choose from.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `AnnotatorState`.
    """

    NAME = "annotator"
    PARTS = ("shared/dials", "shared/face_paint", "shared/playing", "annotator/film")
    TITLE = "Be the annotator"
    KEYS = (
        "1 to 7 choose a word. On a still the arrow keys move the mark (Shift: further), or click the face; on a clip "
        "they go from frame to frame, p plays, m mutes, and Enter marks. Then Enter reveals, and goes on. Nothing is "
        "stored and nothing is graded."
    )
    State = AnnotatorState

    MODEL = "mini-xception"

    def __init__(self, model: str | Model = MODEL, *, large: bool = False, **state: Any) -> None:
        self.model = check_reader(self.open_model(model))
        self.labels = emotions_of(self.model)
        strange = [label for label in self.labels if label not in CLIPS]
        if strange:
            raise ValueError(f"model must have labels of {', '.join(CLIPS)}; got {', '.join(strange)}")
        self._cards: dict[tuple[int, int], Still | Moving] = {}
        state = self._fitting(state)
        super().__init__(large=large, seed=state.get("seed", 0))
        scale = {"signed": False, "limit": LIMIT, "digits": 0}
        self.publish("picture", {"labels": list(self.labels), "count": COUNT, "scale": scale, "telling": TELLING})
        self.private = True  # from here on nothing that is answered reaches a trait, which a notebook would save
        if state:
            self._begin(state)

    def compute(self, state: AnnotatorState) -> AnnotatorView:
        """The face, or the summary. Raises ValueError for an answer that does not fit its face or the labels."""
        for item, answer in enumerate(state.answers):
            self._check(state.seed, item, answer)
        if state.item < COUNT:
            return AnnotatorView(self.card(state.seed, state.item), state.item < len(state.answers), {}, {})
        cards = [self.card(state.seed, item) for item in range(COUNT)]
        mine, truth = [answer[0] for answer in state.answers], [card.emotion for card in cards]
        model = [self._top(card) for card in cards]
        pairs = {
            "you and the generator": rater_agreement(mine, truth),
            "the baseline and the generator": rater_agreement(model, truth),
            "you and the baseline": rater_agreement(mine, model),
        }
        return AnnotatorView(None, True, pairs, count_marks(cards, state.answers))

    def _check(self, seed: int, item: int, answer: Answer) -> None:
        word, *mark = answer
        if word not in self.labels:
            raise ValueError(f"an answer's word must be one of {', '.join(self.labels)}; got {word!r:.200}")
        name = deal(self.labels, seed)[item][1]
        if len(mark) != (1 if name else 2):
            kind = "a clip: (word, frame)" if name else "a still: (word, x, y)"
            raise ValueError(f"answer {item + 1} belongs to {kind}; got {answer}")
        card = self.card(seed, item)
        if isinstance(card, Moving) and int(mark[0]) >= len(card.frames):
            raise ValueError(f"frame of answer {item + 1} must be 0 to {len(card.frames) - 1}; got {mark[0]}")

    def card(self, seed: int, item: int) -> Still | Moving:
        """A face of a seed's twenty, as `deal` says; remembered."""
        if (seed, item) not in self._cards:
            emotion, name = deal(self.labels, seed)[item]
            rng = np.random.default_rng([seed, item])
            made = open_moving(self.model, name) if name else draw_still(self.model, Emotion(emotion), rng)
            self._cards[seed, item] = made
        return self._cards[seed, item]

    def _top(self, card: Still | Moving) -> str:
        return self.labels[int(card.probability.argmax())]

    def drawing(self, view: AnnotatorView) -> dict[str, Any]:
        if view.card is None:
            rows = {name: _row(pair) for name, pair in view.agreements.items()}
            marks = {name: [m.hits, m.n, m.chance] for name, m in view.marks.items()}
            clips = [bool(name) for _, name in deal(self.labels, self._state.seed)]
            return {"summary": rows, "marks": marks, "known": self._words(), "clips": clips}
        drawn = view.card.drawn()
        return {**drawn, "reveal": self._reveal(view.card)} if view.revealed else drawn

    def _words(self) -> list[list[str]]:
        """Each face's words: the generator's, the person's, the baseline's."""
        state = self._state
        cards = [self.card(state.seed, item) for item in range(len(state.answers))]
        return [[card.emotion, answer[0], self._top(card)] for card, answer in zip(cards, state.answers, strict=True)]

    def _reveal(self, card: Still | Moving) -> dict[str, Any]:
        word, *mark = self._state.answers[self._state.item]
        probability = known(float(card.probability.max()))
        said = {"label": self._top(card), "probability": probability}
        return {**card.reveal(*mark), "emotion": card.emotion, "flat": card.flat, "answer": [word, *mark], **said}

    def still(self) -> Snapshot:
        card = self.card(self._state.seed, 0)
        return Snapshot({"The first face": card.frames[0] if isinstance(card, Moving) else card.shown.image})

    def _kept(self) -> dict[str, Any]:  # what was answered is private, the faces are not
        return as_page(self.still(), title=self.TITLE, words="", of=self._mark)

    def describe(self) -> str:
        state, view = self._state, self.view
        if view.card is None:
            pairs = [f"{name}: {a.count} of {a.n} [{a.low:.2f}, {a.high:.2f}]" for name, a in view.agreements.items()]
            marks = [f"{name}: {m.hits} of {m.n}, by chance {m.chance:.1f}" for name, m in view.marks.items()]
            return f"The same word: {'; '.join(pairs)}. Marks that hit: {'; '.join(marks)}."
        card = view.card
        moving = isinstance(card, Moving)
        text = f"Face {state.item + 1} of {COUNT}" + (f", a clip of {len(card.frames)} frames. " if moving else ". ")
        if not view.revealed:
            asked = "the frame that tells most" if moving else "the place that carries it"
            return f"{text}Choose a word and mark {asked}."
        word, *mark = state.answers[state.item]
        place, truth = card.say(*mark)
        text += f"You: {word}, {place}. The generator: {truth}. "
        text += f"The baseline's label: {self._top(card)} {card.probability.max():.2f}"
        if isinstance(card, Moving):
            text += f" (mean over the frames); most certain of {card.emotion} in frame {card.surest}"
        return text + "."

    def code(self) -> str:
        """The line that shows the same twenty faces: without what was answered."""
        seed = [f"seed={self._state.seed}"] if self._state.seed else []
        large = ["large=True"] if self.stage.large else []
        return f"ferviz.explorers.Annotator({', '.join([*self.arguments(), *seed, *large])})"


def count_marks(cards: Sequence[Still | Moving], answers: Sequence[Answer]) -> dict[str, Marks]:
    """The hits by pair. A place hits where the emotion moves half as much as the most; a frame with `TELLING` evidence,
    or, beside the baseline, with so much of its largest probability. Cards with nothing to mark are left out."""
    marked = [(card, answer[1:]) for card, answer in zip(cards, answers, strict=True) if not card.flat]
    stills = [(card.hit(*mark), card.chance()) for card, mark in marked if isinstance(card, Still)]
    clips = [(card, int(mark[0])) for card, mark in marked if isinstance(card, Moving)]
    return {
        "your places and the generator": _marks(stills),
        "your frames and the generator": _marks([(c.telling[at], c.telling.mean()) for c, at in clips]),
        "the baseline's frames and the generator": _marks([(c.telling[c.surest], c.telling.mean()) for c, _ in clips]),
        "your frames and the baseline": _marks([(c.certain[at], c.certain.mean()) for c, at in clips]),
    }


def _marks(pairs: Sequence[tuple[Any, Any]]) -> Marks:
    return Marks(sum(bool(hit) for hit, _ in pairs), len(pairs), float(sum(chance for _, chance in pairs)))


def _row(pair: RaterAgreement) -> dict[str, Any]:
    numbers = {"low": pair.low, "high": pair.high, "kappa": pair.kappa}
    return {"count": pair.count, "n": pair.n, **{name: known(value) for name, value in numbers.items()}}
