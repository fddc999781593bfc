"""Be the annotator without a browser: nothing is told before the answer, the agreements, and nothing is stored."""

from __future__ import annotations

import base64
import json
from collections import Counter

import numpy as np
import pytest

import ferviz
from ferviz.explorers import Annotator
from ferviz.explorers.annotator import COUNT, AnnotatorState, agreement
from ferviz.faces.regions import Region


@pytest.fixture(scope="module")
def shared() -> Annotator:
    """One for all: its twenty faces are drawn once."""
    return Annotator(ferviz.load_model("mini-xception"))


@pytest.fixture
def annotator(shared) -> Annotator:
    shared.show(seed=0, item=0, answers=())
    return shared


def sent(explorer: Annotator) -> list[tuple[dict, list]]:
    messages: list[tuple[dict, list]] = []
    explorer.stage.send = lambda content, buffers=None: messages.append((content, list(buffers or [])))
    return messages


def place(card, hit: bool) -> tuple[float, float]:
    """A place that is on the moved part, or far from it."""
    relevance = card.truth.relevance
    row, column = np.unravel_index(relevance.argmax() if hit else 0, relevance.shape)
    return (column + 0.5) / relevance.shape[1], (row + 0.5) / relevance.shape[0]


def test_agreement_is_counted_and_kappa_worked_out_by_hand():
    found = agreement(["a", "a", "b", "b"], ["a", "b", "b", "b"])
    assert (found.count, found.n) == (3, 4)
    assert found.kappa == pytest.approx((0.75 - 0.5) / (1 - 0.5))  # chance: 1/2 · 1/4 + 1/2 · 3/4
    assert (found.low, found.high) == pytest.approx((0.3006, 0.9544), abs=1e-4)  # Wilson's interval of 3 in 4
    assert agreement(["a"] * 3, ["a"] * 3).high == pytest.approx(1)
    assert np.isnan(agreement(["a"] * 3, ["a"] * 3).kappa)
    assert agreement(["a", "b"], ["b", "a"]).kappa == pytest.approx(-1)


def test_agreement_needs_the_same_items():
    with pytest.raises(ValueError, match="both must rate the same items, at least one; got 1 and 2"):
        agreement(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="both must rate the same items, at least one; got 0 and 0"):
        agreement([], [])


def test_the_same_seed_gives_the_same_twenty_faces_with_every_label(annotator):
    cards = [annotator.card(0, item) for item in range(COUNT)]
    counts = Counter(str(card.expression.emotion) for card in cards)
    assert set(counts) == set(annotator.labels)
    assert set(counts.values()) == {2, 3}
    again = Annotator(annotator.model)
    assert (again.card(0, 3).shown.image == cards[3].shown.image).all()
    assert (again.card(1, 3).shown.image != cards[3].shown.image).any()


def test_nothing_of_the_truth_or_the_baseline_is_told_before_the_answer(annotator):
    messages = sent(annotator)
    annotator.show(item=0)
    told = messages[-1][0]["answer"]
    assert "reveal" not in told
    card = annotator.card(0, 0)
    text = json.dumps({key: value for key, value in told.items() if key not in ("code",)}, default=str)
    assert str(card.expression.emotion) not in text
    assert told["text"] == "Face 1 of 20. Choose a word and mark the place that carries it."


def test_the_reveal_holds_truth_answer_and_baseline(annotator):
    messages = sent(annotator)
    card = annotator.card(0, 0)
    x, y = place(card, hit=True)
    annotator.show(answers=(("fear", x, y),))
    told = messages[-1][0]["answer"]["reveal"]
    assert told["emotion"] == str(card.expression.emotion)
    assert told["hit"]
    assert told["here"] == pytest.approx(card.truth.relevance.max(), abs=1e-3)
    assert told["label"] == annotator.labels[int(card.reading.argmax())]
    assert told["answer"] == ["fear", x, y]
    text = annotator.describe()
    assert text.startswith("Face 1 of 20. You: fear, at ")
    assert f"The generator: {card.expression.emotion} at intensity" in text


def test_a_place_is_a_hit_where_the_emotion_moves_at_least_half_as_much(annotator):
    card = next(c for c in (annotator.card(0, item) for item in range(COUNT)) if c.truth.relevance.max() > 1)
    assert card.hit(*place(card, hit=True))
    assert not card.hit(*place(card, hit=False))
    assert card.at(*place(card, hit=False))[0] in {region.name.lower() for region in Region}
    neutral = next(
        c for c in (annotator.card(0, item) for item in range(COUNT)) if str(c.expression.emotion) == "neutral"
    )
    assert not neutral.hit(0.5, 0.5)


def test_the_summary_counts_three_agreements_and_the_marks(annotator):
    cards = [annotator.card(0, item) for item in range(COUNT)]
    truth = [str(card.expression.emotion) for card in cards]
    answers = tuple((word, *place(card, hit=at % 2 == 0)) for at, (word, card) in enumerate(zip(truth, cards)))
    messages = sent(annotator)
    annotator.show(item=COUNT, answers=answers)
    told = messages[-1][0]["answer"]
    assert told["summary"]["you and the generator"]["count"] == COUNT
    model = [annotator.labels[int(card.reading.argmax())] for card in cards]
    right = sum(a == b for a, b in zip(model, truth))
    assert told["summary"]["the baseline and the generator"]["count"] == right
    assert told["summary"]["you and the baseline"]["count"] == right
    hits, n, blind = told["places"]
    moved = [card.truth.relevance.max() >= 0.1 for card in cards]
    assert n == sum(moved)
    assert hits == sum(moved[::2])
    assert 0 < blind < n
    assert told["known"][4] == [truth[4], truth[4], model[4]]
    assert f"you and the generator: {COUNT} of {COUNT}" in annotator.describe()


def test_no_answer_reaches_a_trait_and_none_stands_in_the_code(annotator):
    card = annotator.card(0, 0)
    annotator.show(answers=(("disgust", 0.123, 0.456),), item=0)
    saved = annotator.stage.get_state()
    text = json.dumps(saved, default=lambda value: base64.b64encode(bytes(value)).decode())
    assert "0.123" not in text
    assert "reveal" not in saved["answer"]
    assert saved["answer"]["state"]["answers"] in ((), [])
    assert saved["answer"]["image"] == card.shown.image.tobytes()
    assert annotator.code() == "ferviz.explorers.Annotator()"
    annotator.show(seed=3, answers=(), item=0)
    assert annotator.code() == "ferviz.explorers.Annotator(seed=3)"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": -1}, "seed must be 0 or more; got -1"),
        ({"item": 1}, "item must be 0 to 0, the faces answered so far; got 1"),
        ({"answers": (("fear", 0.5, 1.5),)}, "place of an answer must lie between 0 and 1; got 0.5, 1.5 for 'fear'"),
        ({"answers": (("fear", 0.5, 0.5),) * 21}, "answers must be 20 at most; got 21"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_in_words(changes, message):
    with pytest.raises(ValueError, match=message):
        AnnotatorState(**changes)


def test_a_word_that_is_no_label_is_said(annotator):
    annotator._received(annotator.stage, {"wish": {"answers": [["bored", 0.5, 0.5]]}, "client": "me"}, [])
    assert annotator.error.startswith("an answer's word must be one of anger, disgust")
    assert "got 'bored'" in annotator.error
    assert annotator.state.answers == ()
