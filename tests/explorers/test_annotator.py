"""Be the annotator without a browser: nothing is told before the answer, the agreements, and nothing is stored."""

from __future__ import annotations

import base64
import json
from collections import Counter

import numpy as np
import pytest

import ferviz
from ferviz.explorers import Annotator
from ferviz.explorers.annotator.cards import CLIPS, TELLING, Moving, Still, stretches
from ferviz.explorers.annotator.explorer import COUNT, MOVING, AnnotatorState, deal
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


def first(annotator, kind, seed: int = 0) -> int:
    """The first still, or the first clip, of a seed's twenty."""
    return next(item for item in range(COUNT) if isinstance(annotator.card(seed, item), kind))


def mark(card, hit: bool) -> tuple:
    """A mark that hits, or not."""
    if isinstance(card, Still):
        return place(card, hit)
    return (int(card.evidence.argmax() if hit else card.evidence.argmin()),)


def answered(annotator, count: int, hit=lambda item: True) -> tuple:
    """The generator's word and a mark, for the first faces."""
    cards = [annotator.card(0, item) for item in range(count)]
    return tuple((card.emotion, *mark(card, hit(item))) for item, card in enumerate(cards))


def place(card, hit: bool) -> tuple[float, float]:
    """A place that is on the moved part, or far from it."""
    relevance = card.truth.relevance
    row, column = np.unravel_index(relevance.argmax() if hit else 0, relevance.shape)
    return (column + 0.5) / relevance.shape[1], (row + 0.5) / relevance.shape[0]


def test_the_same_seed_gives_the_same_twenty_faces_with_every_label(annotator):
    cards = [annotator.card(0, item) for item in range(COUNT)]
    counts = Counter(card.emotion for card in cards)
    assert set(counts) == set(annotator.labels)
    assert set(counts.values()) == {2, 3}
    assert Counter(type(card) for card in cards) == {Still: COUNT - MOVING, Moving: MOVING}
    again = Annotator(annotator.model)
    assert (again.card(0, 3).shown.image == cards[3].shown.image).all()
    assert (again.card(1, 0).shown.image != cards[0].shown.image).any()


def test_nothing_of_the_truth_or_the_baseline_is_told_before_the_answer(annotator):
    messages = sent(annotator)
    annotator.show(item=0)
    told = messages[-1][0]["answer"]
    assert "reveal" not in told
    card = annotator.card(0, 0)
    text = json.dumps({key: value for key, value in told.items() if key not in ("code",)}, default=str)
    assert card.emotion not in text
    assert told["text"] == "Face 1 of 20. Choose a word and mark the place that carries it."


def test_the_reveal_holds_truth_answer_and_baseline(annotator):
    messages = sent(annotator)
    card = annotator.card(0, 0)
    x, y = place(card, hit=True)
    annotator.show(answers=(("fear", x, y),))
    told = messages[-1][0]["answer"]["reveal"]
    assert told["emotion"] == card.emotion
    assert told["hit"]
    assert told["here"] == pytest.approx(card.truth.relevance.max(), abs=1e-3)
    assert told["label"] == annotator.labels[int(card.probability.argmax())]
    assert told["answer"] == ["fear", x, y]
    text = annotator.describe()
    assert text.startswith("Face 1 of 20. You: fear, at ")
    assert f"The generator: {card.emotion} at intensity" in text


def test_a_place_is_a_hit_where_the_emotion_moves_at_least_half_as_much(annotator):
    stills = [card for item in range(COUNT) if isinstance(card := annotator.card(0, item), Still)]
    card = next(card for card in stills if card.truth.relevance.max() > 1)
    assert card.hit(*place(card, hit=True))
    assert not card.hit(*place(card, hit=False))
    assert card.at(*place(card, hit=False))[0] in {region.name.lower() for region in Region}
    neutral = next(card for card in stills if card.emotion == "neutral")
    assert not neutral.hit(0.5, 0.5)
    assert neutral.flat


def test_the_summary_counts_three_agreements_and_the_marks(annotator):
    cards = [annotator.card(0, item) for item in range(COUNT)]
    truth = [card.emotion for card in cards]
    messages = sent(annotator)
    annotator.show(item=COUNT, answers=answered(annotator, COUNT, hit=lambda item: item % 2 == 0))
    told = messages[-1][0]["answer"]
    assert told["summary"]["you and the generator"]["count"] == COUNT
    model = [annotator.labels[int(card.probability.argmax())] for card in cards]
    right = sum(a == b for a, b in zip(model, truth))
    assert told["summary"]["the baseline and the generator"]["count"] == right
    assert told["summary"]["you and the baseline"]["count"] == right
    assert told["known"][4] == [truth[4], truth[4], model[4]]
    assert told["clips"] == [isinstance(card, Moving) for card in cards]
    moved = [isinstance(card, Still) and card.truth.relevance.max() >= 0.1 for card in cards]
    hits, n, blind = told["marks"]["your places and the generator"]
    assert (hits, n) == (sum(moved[::2]), sum(moved))
    assert 0 < blind < n
    text = annotator.describe()
    assert f"you and the generator: {COUNT} of {COUNT}" in text
    assert f"your places and the generator: {hits} of {n}, by chance {blind:.1f}" in text


def test_frames_are_counted_against_chance_for_the_person_and_the_baseline(annotator):
    messages = sent(annotator)
    annotator.show(item=COUNT, answers=answered(annotator, COUNT, hit=lambda item: item % 2 == 0))
    told = messages[-1][0]["answer"]["marks"]
    clips = {item: card for item in range(COUNT) if isinstance(card := annotator.card(0, item), Moving)}
    shown = {item: card for item, card in clips.items() if card.emotion != "neutral"}
    assert len(shown) == MOVING - 1  # seed 0 has a neutral clip: nothing to mark
    chance = sum((card.evidence >= TELLING).mean() for card in shown.values())
    even = sum(item % 2 == 0 for item in shown)
    assert told["your frames and the generator"] == [even, len(shown), pytest.approx(chance)]
    surest = [card.evidence[card.reading[:, annotator.labels.index(card.emotion)].argmax()] for card in shown.values()]
    right = sum(value >= TELLING for value in surest)
    assert told["the baseline's frames and the generator"] == [right, len(shown), pytest.approx(chance)]
    sure = {item: (said := card.reading[:, card.label]) >= TELLING * said.max() for item, card in shown.items()}
    marked = {item: mark(card, item % 2 == 0)[0] for item, card in shown.items()}
    expected = [sum(sure[item][marked[item]] for item in shown), len(shown)]
    assert told["your frames and the baseline"][:2] == expected
    assert told["your frames and the baseline"][2] == pytest.approx(sum(share.mean() for share in sure.values()))


def test_a_clip_is_sent_whole_and_tells_nothing_before_the_answer(annotator):
    item = first(annotator, Moving)
    card = annotator.card(0, item)
    messages = sent(annotator)
    annotator.show(item=item, answers=answered(annotator, item))
    told, pictures = messages[-1][0]["answer"], messages[-1][1]
    assert len(told["frames"]) == len(pictures) == len(told["times"]) == len(card.frames) == 18
    assert all(picture[8:12] == b"WEBP" for picture in pictures)
    assert set(told) == {"frames", "times", "sound", "text", "code", "state", "client", "sequence", "turn"}
    asked = "Choose a word and mark the frame that tells most."
    assert told["text"] == f"Face {item + 1} of 20, a clip of 18 frames. {asked}"
    name = deal(annotator.labels, 0)[item][1]
    assert name.encode() not in b"".join(pictures)
    assert name not in json.dumps(told, default=str)


def test_the_reveal_of_a_clip_has_curves_and_three_frames(annotator):
    item = first(annotator, Moving)
    card = annotator.card(0, item)
    messages = sent(annotator)
    annotator.show(item=item, answers=(*answered(annotator, item), ("fear", 0)))
    told = messages[-1][0]["answer"]["reveal"]
    truth = ferviz.sample(deal(annotator.labels, 0)[item][1]).truth
    assert told["curves"]["evidence"] == pytest.approx(truth.evidence, abs=1e-3)
    assert told["curves"]["intensity"] == pytest.approx(truth.intensity, abs=1e-3)
    said = np.array(told["curves"]["said"])
    assert told["surest"] == said.argmax()
    assert told["best"] == truth.evidence.argmax()
    assert told["telling"] == [bool(value) for value in truth.evidence >= 0.8]
    assert (told["answer"], told["here"], told["hit"]) == (["fear", 0], 0.0, False)
    assert told["probability"] == pytest.approx(card.reading.mean(0).max(), abs=1e-3)
    text = annotator.describe()
    assert text.startswith(f"Face {item + 1} of 20, a clip of 18 frames. You: fear, frame 0 of 18 (evidence 0.00). ")
    assert f"The generator: {card.emotion} at intensity 1.00, with evidence 0.8 or more in frames " in text
    assert f"most in frame {card.best}. " in text
    assert text.endswith(f"(mean over the frames); most certain of {card.emotion} in frame {card.surest}.")


def test_a_neutral_clip_has_no_frame_to_mark(annotator):
    item = next(item for item in range(COUNT) if deal(annotator.labels, 0)[item][1] == "neutral-moving")
    annotator.show(item=item, answers=answered(annotator, item + 1))
    assert annotator.card(0, item).flat
    assert annotator._reveal(annotator.card(0, item))["stretches"] == "no frame"
    assert "The generator: neutral at intensity 0.00, which no frame shows: flat. " in annotator.describe()


def test_every_clip_of_the_pool_shows_its_label_or_nothing():
    for emotion, names in CLIPS.items():
        for name in names:
            clip = ferviz.sample(name)
            assert str(clip.labels["emotion"]) == emotion
            assert set(map(str, clip.truth.shown)) <= {emotion, "neutral"}
            assert clip.truth.evidence.max() == (0 if emotion == "neutral" else pytest.approx(1, abs=1e-3))


@pytest.mark.parametrize("seed", range(30))
def test_a_deal_begins_with_a_still_and_has_six_clips_of_different_emotions(annotator, seed):
    dealt = deal(annotator.labels, seed)
    clips = [(emotion, name) for emotion, name in dealt if name]
    assert len(dealt) == COUNT
    assert not dealt[0][1]
    assert len(clips) == len({emotion for emotion, _ in clips}) == MOVING
    assert all(name in CLIPS[emotion] for emotion, name in clips)


def test_every_clip_is_dealt_at_some_seed(annotator):
    dealt = {name for seed in range(60) for _, name in deal(annotator.labels, seed)}
    assert dealt >= {name for emotion, names in CLIPS.items() if emotion in annotator.labels for name in names}


def test_stretches_of_frames_are_said_in_words():
    assert stretches([False, False]) == "no frame"
    assert stretches([False, True]) == "frame 1"
    assert stretches([True, True, True]) == "frames 0 to 2"
    assert stretches([True, False, True, True, False, True]) == "frames 0, 2 to 3 and 5"


def test_no_answer_reaches_a_trait_and_none_stands_in_the_code(annotator):
    card = annotator.card(0, 0)
    annotator.show(answers=(("disgust", 0.123, 0.456),), item=0)
    saved = annotator.stage.get_state()
    text = json.dumps(saved, default=lambda value: base64.b64encode(bytes(value)).decode())
    assert "0.123" not in text
    assert "reveal" not in saved["answer"]
    assert saved["answer"]["state"]["answers"] in ((), [])
    assert saved["answer"]["image"] == card.shown.image.tobytes()
    assert annotator.code() == "ferviz.explorers.Annotator(model=model)"
    annotator.show(seed=3, answers=(), item=0)
    assert annotator.code() == "ferviz.explorers.Annotator(model=model, seed=3)"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": -1}, "seed must be 0 or more; got -1"),
        ({"item": 1}, "item must be 0 to 0, the faces answered so far; got 1"),
        ({"answers": (("fear", 0.5, 1.5),)}, "place of an answer must lie between 0 and 1; got 0.5, 1.5 for 'fear'"),
        ({"answers": (("fear", 0.5, 0.5),) * 21}, "answers must be 20 at most; got 21"),
        ({"answers": (("fear", -1),)}, "frame of an answer must be a whole number from 0; got -1 for 'fear'"),
        ({"answers": (("fear", 2.5),)}, "frame of an answer must be a whole number from 0; got 2.5 for 'fear'"),
        (
            {"answers": (("fear",),)},
            r"an answer must be \(word, x, y\) for a still or \(word, frame\) for a clip; got \('fear',\)",
        ),
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


def test_an_answer_that_does_not_fit_its_face_is_said(annotator):
    with pytest.raises(ValueError, match=r"answer 1 belongs to a still: \(word, x, y\); got \('fear', 3\)"):
        annotator.show(answers=(("fear", 3),))
    item = first(annotator, Moving)
    before = answered(annotator, item)
    kind = r"belongs to a clip: \(word, frame\); got \('fear', 0.5, 0.5\)"
    with pytest.raises(ValueError, match=f"answer {item + 1} {kind}"):
        annotator.show(answers=(*before, ("fear", 0.5, 0.5)))
    with pytest.raises(ValueError, match=f"frame of answer {item + 1} must be 0 to 17; got 18"):
        annotator.show(answers=(*before, ("fear", 18)))
