"""The vocabulary: spellings, orders, codes, and what a conversion loses."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from ferviz.emotions import LABEL_SETS, Conversion, Emotion, LabelSet


def test_the_eight_words_of_the_field():
    assert [str(e) for e in Emotion] == [
        "anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "emotion"),
    [
        ("happy", Emotion.HAPPINESS),
        ("Happiness", Emotion.HAPPINESS),
        (" SAD ", Emotion.SADNESS),
        ("angry", Emotion.ANGER),
        ("fearful", Emotion.FEAR),
        ("Surprised", Emotion.SURPRISE),
        (Emotion.FEAR, Emotion.FEAR),
    ],
)
def test_an_emotion_is_found_by_its_common_spellings(word, emotion):
    assert Emotion(word) is emotion


@pytest.mark.parametrize("word", ["calm", "", 3, None])
def test_an_unknown_word_is_named_with_the_known_ones(word):
    with pytest.raises(ValueError, match=r"emotion must be one of anger, contempt, .*, surprise; got"):
        Emotion(word)


def test_class_three_means_something_else_in_each_set():
    assert LABEL_SETS["FER2013"][3] is Emotion.HAPPINESS
    assert LABEL_SETS["AffectNet-7"][3] is Emotion.SURPRISE
    assert LABEL_SETS["RAF-DB"].decode(3) is Emotion.DISGUST


ORDERS = {
    "FER2013": "anger disgust fear happiness sadness surprise neutral",
    "FER+": "neutral happiness surprise sadness anger disgust fear contempt",
    "AffectNet-7": "neutral happiness sadness surprise fear disgust anger",
    "AffectNet-8": "neutral happiness sadness surprise fear disgust anger contempt",
    "RAF-DB": "surprise fear disgust happiness sadness anger neutral",
    "CK+": "anger contempt disgust fear happiness sadness surprise",
    "AFEW": "anger disgust fear happiness neutral sadness surprise",
    "CREMA-D": "anger disgust fear happiness neutral sadness",
    "RAVDESS": "neutral happiness sadness anger fear disgust surprise",
}


def test_every_set_of_the_papers_is_there_in_its_published_order():
    assert {name: " ".join(labels) for name, labels in LABEL_SETS.items()} == ORDERS


@pytest.mark.parametrize(
    ("name", "code", "emotion"),
    [
        ("FER2013", 0, "anger"),
        ("RAF-DB", 1, "surprise"),
        ("RAF-DB", 7, "neutral"),
        ("CK+", 7, "surprise"),
        ("AFEW", "Happy", "happiness"),
        ("CREMA-D", "HAP", "happiness"),
        ("RAVDESS", "02", "neutral"),
        ("RAVDESS", "08", "surprise"),
    ],
)
def test_codes_are_read_as_the_data_sets_write_them(name, code, emotion):
    assert LABEL_SETS[name].decode(code) == emotion


@pytest.mark.parametrize(("name", "code"), [("RAF-DB", 0), ("CK+", 0), ("FER2013", 7), ("AFEW", "happy")])
def test_an_unknown_code_is_an_error(name, code):
    with pytest.raises(ValueError, match=rf"code must be one that {name.replace('+', '.')} uses \(.*\); got {code!r}"):
        LABEL_SETS[name].decode(code)


def test_a_set_behaves_like_a_sequence_of_emotions():
    labels = LABEL_SETS["FER2013"]
    assert len(labels) == 7
    assert list(labels) == list(labels.emotions)
    assert labels.index("happy") == 3
    assert "happy" in labels
    assert Emotion.CONTEMPT not in labels
    assert "calm" not in labels
    assert {labels: 1}[LABEL_SETS["FER2013"]] == 1


def test_codes_given_as_words_come_back_as_emotions():
    assert LabelSet("mine", ("happy", "sad"), {"h": "Happy"}).decode("h") is Emotion.HAPPINESS


def test_an_emotion_outside_the_set_has_no_place():
    with pytest.raises(ValueError, match="FER2013 has no contempt; it has anger, disgust"):
        LABEL_SETS["FER2013"].index("contempt")


@pytest.mark.parametrize(
    ("emotions", "codes", "message"),
    [
        ((), {}, "label set 'mine': emotions must name at least one emotion; got none"),
        (("anger", "angry"), {}, "each emotion may stand once; got anger, anger"),
        (("anger",), {1: "fear"}, "codes name fear, which is not in the set"),
    ],
)
def test_a_set_that_makes_no_sense_is_refused(emotions, codes, message):
    with pytest.raises(ValueError, match=message):
        LabelSet("mine", emotions, codes)


def test_a_set_can_be_copied_and_pickled_with_its_codes():
    labels = LABEL_SETS["RAVDESS"]
    for other in (copy.deepcopy(labels), pickle.loads(pickle.dumps(labels))):  # noqa: S301
        assert other == labels
        assert other.decode("05") is Emotion.ANGER


def test_a_conversion_moves_places_by_name_and_tells_what_was_lost():
    convert = LABEL_SETS["FER+"].to(LABEL_SETS["FER2013"])
    probability = np.array([0.5, 0.1, 0.0, 0.1, 0.0, 0.0, 0.1, 0.2])  # contempt, the last, has 0.2
    moved, lost = convert(probability)
    assert lost == pytest.approx(0.2)
    assert moved.sum() == pytest.approx(1)
    assert dict(zip(map(str, convert.target), moved.round(4))) == {
        "anger": 0.0, "disgust": 0.0, "fear": 0.125, "happiness": 0.125, "sadness": 0.125, "surprise": 0.0,
        "neutral": 0.625,
    }  # fmt: skip
    assert convert.dropped == (Emotion.CONTEMPT,)
    assert convert.missing == ()
    assert str(convert).startswith("FER+ → FER2013; lost: contempt; before that, the votes")


def test_a_conversion_to_a_larger_set_says_what_is_never_said():
    convert = Conversion(LABEL_SETS["FER2013"], LABEL_SETS["AffectNet-8"])
    assert str(convert) == "FER2013 → AffectNet-8; never said: contempt"
    moved, lost = convert(np.eye(7))
    assert (lost == 0).all()
    assert (moved[:, convert.target.index("contempt")] == 0).all()
    assert (moved.sum(-1) == 1).all()


def test_a_conversion_between_orders_loses_nothing():
    convert = LABEL_SETS["FER2013"].to(LABEL_SETS["AFEW"])
    assert str(convert) == "FER2013 → AFEW; nothing is lost"
    back, _ = LABEL_SETS["AFEW"].to(LABEL_SETS["FER2013"])(convert(np.arange(7.0))[0])
    assert back == pytest.approx(np.arange(7.0))


def test_what_was_wholly_lost_is_nan_and_not_zero():
    only_contempt = np.eye(8)[-1]
    moved, lost = LABEL_SETS["FER+"].to(LABEL_SETS["FER2013"])(only_contempt)
    assert np.isnan(moved).all()
    assert lost == 1
    nothing, share = LABEL_SETS["FER+"].to(LABEL_SETS["FER2013"])(np.zeros(8))
    assert np.isnan(nothing).all()
    assert np.isnan(share)


@pytest.mark.parametrize(
    ("probability", "message"),
    [
        (np.zeros(7), r"probability must end in an axis of 8 \(FER\+\); got shape \(7,\)"),
        (1.0, r"got shape \(\)"),
        (np.full(8, np.nan), "probability must be finite and not negative"),
        (np.full(8, -1.0), "probability must be finite and not negative"),
    ],
)
def test_a_wrong_distribution_is_refused(probability, message):
    with pytest.raises(ValueError, match=message):
        LABEL_SETS["FER+"].to(LABEL_SETS["FER2013"])(probability)


def test_what_a_set_already_merged_or_left_out_is_said_by_its_conversions():
    assert str(LABEL_SETS["RAVDESS"].to(LABEL_SETS["FER2013"])) == (
        'RAVDESS → FER2013; nothing is lost; before that, its code 02, "calm", which its authors added as a second '
        "baseline, was read as neutral"
    )
    assert "not a face" in str(LABEL_SETS["FER+"].to(LABEL_SETS["FER2013"]))
    assert pickle.loads(pickle.dumps(LABEL_SETS["RAVDESS"])).note == LABEL_SETS["RAVDESS"].note  # noqa: S301
