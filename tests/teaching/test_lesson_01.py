"""The checks of lesson 01: right answers pass, and each plausible wrong one gets its own sentence."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ferviz.exercises import lesson_01 as check
from ferviz.exercises.base import OPEN

RING = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))


def bits_of(patch, ring=RING):
    return [int(patch[place] >= patch[1, 1]) for place in ring]


def weighed(bits):
    return sum(bit * 2**place for place, bit in enumerate(bits))


def rotations(code):
    text = f"{code:08b}"
    return [int(text[turn:] + text[:turn], 2) for turn in range(8)]


UNCHANGED = (
    "every code comes back unchanged. Turn it by 1 to 7 steps as well, and keep eight bits, for example with `& 255`."
)


# ---- exercise 1 -----------------------------------------------------------------------------------------------------

RIGHT_CODES = {
    "a sum": lambda patch: weighed(bits_of(patch)),
    "numpy": lambda patch: np.dot([patch[place] >= patch[1, 1] for place in RING], 2 ** np.arange(8)),
    "a string read as a number": lambda patch: int("".join(map(str, bits_of(patch)))[::-1], 2),
}


@pytest.mark.parametrize("answer", RIGHT_CODES.values(), ids=RIGHT_CODES)
@pytest.mark.parametrize("seed", range(5))
def test_a_right_code_passes(answer, seed):
    result = check.code(answer, seed=seed)
    assert result, result.message
    assert result.message == "the patch of the lesson has code 241, and a tie counts as 1."


WRONG_CODES = {
    "open": (lambda patch: ..., OPEN),
    "a tie is 0": (
        lambda patch: weighed([int(patch[place] > patch[1, 1]) for place in RING]),
        "a neighbour that equals the centre counts as 1 too: compare with `>=`, not with `>`.",
    ),
    "turned round": (
        lambda patch: weighed([int(patch[place] <= patch[1, 1]) for place in RING]),
        "the other way round: the bit is 1 where the *neighbour* is at least as bright as the centre.",
    ),
    "darker": (
        lambda patch: weighed([int(patch[place] < patch[1, 1]) for place in RING]),
        "the other way round: the bit is 1 where the neighbour is at least as bright, and 0 where it is darker.",
    ),
    "counter-clockwise": (
        lambda patch: weighed(bits_of(patch, (RING[0], *RING[:0:-1]))),
        "you start at the top left and go counter-clockwise: start at the top left and go clockwise.",
    ),
    "starts at the right": (
        lambda patch: weighed(bits_of(patch, RING[3:] + RING[:3])),
        "you start at the right and go clockwise: start at the top left and go clockwise.",
    ),
    "the circle's order": (
        lambda patch: weighed(bits_of(patch, (RING[3:] + RING[:3])[:1] + (RING[3:] + RING[:3])[:0:-1])),
        "you start at the right and go counter-clockwise: start at the top left and go clockwise.",
    ),
    "weights reversed": (
        lambda patch: weighed(bits_of(patch)[::-1]),
        "the weights run the wrong way: the first neighbour has weight 1, the last one 128.",
    ),
    "row by row": (
        lambda patch: weighed([int(v >= patch[1, 1]) for place, v in enumerate(patch.flat) if place != 4]),
        "you go row by row. The order is once round the ring: after the top row, down the right side.",
    ),
    "with the centre": (
        lambda patch: weighed([int(v >= patch[1, 1]) for v in patch.flat]),
        "the centre is no neighbour of itself: leave it out. There are eight bits, with weights 1 to 128.",
    ),
    "only counted": (
        lambda patch: sum(bits_of(patch)),
        "this is how many bits are 1. Each place has a weight of its own: 1, 2, 4 and so on up to 128.",
    ),
    "bits as a string": (
        lambda patch: "".join(map(str, bits_of(patch))),
        "give back one number: the sum of the weights where the bit is 1. Yours gives '10001111'.",
    ),
    "bits as a list": (
        bits_of,
        "give back one number: the sum of the weights where the bit is 1. Yours gives [1, 0, 0, 0, 1, 1, 1, 1].",
    ),
    "always the example": (
        lambda patch: 241,
        "(3, 2, 2), (1, 1, 0), (0, 0, 0) the bits are 11100001, the code is 135; got 241.",
    ),
    "an index too far": (lambda patch: patch[3, 3], "stopped with IndexError"),
}


@pytest.mark.parametrize(("answer", "message"), WRONG_CODES.values(), ids=WRONG_CODES)
def test_a_wrong_code_gets_its_sentence(answer, message):
    result = check.code(answer)
    assert not result.passed
    assert message in result.message


def test_a_mistake_is_named_whatever_the_seed():
    answer, message = WRONG_CODES["a tie is 0"]
    assert {check.code(answer, seed=seed).message for seed in range(10)} == {message}


# ---- exercise 2 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        lambda bits: sum(bits[place] != bits[place - 1] for place in range(len(bits))),
        lambda bits: int((np.array(bits) != np.roll(bits, 1)).sum()),
    ],
)
def test_right_changes_pass(answer):
    for seed in range(5):
        assert check.changes(answer, seed=seed)


WRONG_CHANGES = {
    "no ring": (
        lambda bits: sum(a != b for a, b in pairwise(bits)),
        "it is a ring: the last bit stands beside the first, so compare these two as well.",
    ),
    "one kind": (
        lambda bits: sum(a < b for a, b in zip(bits, bits[1:] + bits[:1])),
        "you count changes of one kind only. From 0 to 1 is a change, and from 1 to 0 is one too.",
    ),
    "ones": (sum, "this is the number of ones. Count the places where a bit differs from the next one."),
    "equal": (
        lambda bits: sum(a == b for a, b in zip(bits, bits[1:] + bits[:1])),
        "you count where neighbouring bits are equal; count where they differ.",
    ),
    "yes or no": (
        lambda bits: sum(a != b for a, b in zip(bits, bits[1:] + bits[:1])) <= 2,
        "this says whether the pattern is uniform. Give back the number of changes itself.",
    ),
    "eight only": (
        lambda bits: sum(bits[place] != bits[(place + 1) % 8] for place in range(8)),
        "stopped with IndexError: list index out of range",
    ),
    "a constant": (lambda bits: 2, "round the ring 00000000 there are 0 changes; got 2."),
    "a list": (lambda bits: [0, 1], "the number of changes must be one number; got shape (2,)."),
    "open": (lambda bits: ..., OPEN),
}


@pytest.mark.parametrize(("answer", "message"), WRONG_CHANGES.values(), ids=WRONG_CHANGES)
def test_wrong_changes_get_their_sentence(answer, message):
    result = check.changes(answer)
    assert not result.passed
    assert message in result.message


# ---- exercise 3 -----------------------------------------------------------------------------------------------------


def test_a_right_rotation_passes_and_learns_how_many_classes_there_are():
    result = check.smallest_rotation(lambda code: min(rotations(code)))
    assert result
    assert result.message == "the 256 codes fall into 36 classes; turning the pattern never leaves its class."


WRONG_ROTATIONS = {
    "falls out right": (
        lambda code: min(code >> turn for turn in range(8)),
        "the bits fall out on the right. What leaves on one side must come in again on the other.",
    ),
    "falls out left": (
        lambda code: min((code << turn) & 255 for turn in range(8)),
        "the bits fall out on the left. What leaves on one side must come in again on the other.",
    ),
    "too long": (
        lambda code: min((code << turn) | (code >> (8 - turn)) for turn in range(8)),
        UNCHANGED,
    ),
    "largest": (lambda code: max(rotations(code)), "this is the largest rotation; the smallest one is wanted."),
    "ones": (
        lambda code: bin(code).count("1"),
        "this is the number of ones. 00000101 and 00000011 have two each, and no rotation makes them equal.",
    ),
    "sorted": (
        lambda code: int("".join(sorted(f"{code:08b}")), 2),
        "you sort the bits. Rotating keeps their order: 00000101 can never become 00000011.",
    ),
    "mirrored": (
        lambda code: min(rotations(code) + rotations(int(f"{code:08b}"[::-1], 2))),
        "you also read the ring backwards. A rotation turns the pattern, it does not mirror it.",
    ),
    "one step left": (lambda code: min(rotations(code)[:2]), "one step is not enough: try all 8 rotations."),
    "one step right": (
        lambda code: min(code, rotations(code)[7]),
        "one step is not enough: try all 8 rotations.",
    ),
    "unchanged": (
        lambda code: code,
        UNCHANGED,
    ),
    "always the example": (lambda code: 31, "the smallest rotation is"),
    "all of them": (rotations, "the smallest rotation must be one number; got shape (8,)."),
    "not a function": (31, "hand over the function itself, without brackets; got 31."),
}


@pytest.mark.parametrize(("answer", "message"), WRONG_ROTATIONS.values(), ids=WRONG_ROTATIONS)
def test_a_wrong_rotation_gets_its_sentence(answer, message):
    result = check.smallest_rotation(answer)
    assert not result.passed
    assert message in result.message


# ---- exercise 4 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("brightness", "contrast", "level"), [(60, 1, 196), (60, 1.0, 196.0), (0, 2, 192), (40, 1.5, 187), (90, 1, 166)]
)
def test_a_picture_that_clips_and_its_first_level_pass(brightness, contrast, level):
    result = check.clipping({"brightness": brightness, "contrast": contrast}, level)
    assert result, result.message
    assert f"from level {level:g} on all pixels become 255" in result.message
    assert "Without the limit 0.0% change" in result.message


NO_PIXEL = "no pixel goes above 255 with these: the brightest of this face, 241, becomes"
WRONG_CLIPS = {
    "open": (..., ..., OPEN),
    "level open": ({"brightness": 60, "contrast": 1}, ..., "the level is still open"),
    "no names": ((60, 1), 196, "the change must name brightness and contrast, and nothing else; got (60, 1)."),
    "a third name": (
        {"brightness": 60, "contrast": 1, "gamma": 2},
        196,
        "the change must name brightness and contrast, and nothing else",
    ),
    "no number": ({"brightness": "much", "contrast": 1}, 196, "the brightness must be numbers; got 'much'."),
    "too much": (
        {"brightness": 500, "contrast": 1},
        196,
        "the stepper cannot do this: brightness must lie between -128 and 128; got 500.",
    ),
    "negative": (
        {"brightness": 0, "contrast": -1},
        100,
        "the stepper cannot do this: contrast must lie between 0.2 and 3; got -1.0.",
    ),
    "less contrast": (
        {"brightness": 60, "contrast": 0.3},
        255,
        "below contrast 1 rounding makes levels equal as well. Use 1 or more, so that only the clip acts.",
    ),
    "too little": ({"brightness": 10, "contrast": 1}, 246, NO_PIXEL + " 251. Make the picture brighter."),
    "nothing": ({"brightness": 0, "contrast": 1}, 255, NO_PIXEL + " 241. Make the picture brighter."),
    "the brightest only": (
        {"brightness": 20, "contrast": 1},
        236,
        "% of the codes; it must change 10% or more.",
    ),
    "more at the dark end": (
        {"brightness": -20, "contrast": 1.5},
        227,
        "% of the codes; it must change 10% or more.",
    ),
    "the dark end": ({"brightness": -50, "contrast": 1.5}, 247, NO_PIXEL + " 247.5. Make the picture brighter."),
    "darker": (
        {"brightness": -120, "contrast": 1},
        119,
        NO_PIXEL + " 121. Make the picture brighter.",
    ),
    "one too low": (
        {"brightness": 60, "contrast": 1},
        195,
        "(195 − 128) × 1 + 128 + 60 = 255 just fits. Which level is the first that goes *above* 255?",
    ),
    "the new level": (
        {"brightness": 60, "contrast": 1},
        255,
        "255 is where the new levels end. Which *old* level is the first to go above it? "
        "(255 − 128) × 1 + 128 + 60 = 315.",
    ),
    "stretched from 0": (
        {"brightness": 40, "contrast": 1.5},
        143,
        "contrast stretches around 128, not around 0: (143 − 128) × 1.5 + 128 + 40 = 190.5.",
    ),
    "too high": (
        {"brightness": 60, "contrast": 1},
        200,
        "(200 − 128) × 1 + 128 + 60 = 260 is above 255, but it is not the lowest level that is.",
    ),
    "too low": ({"brightness": 60, "contrast": 1}, 100, "(100 − 128) × 1 + 128 + 60 = 160 is not above 255."),
    "a word for a level": ({"brightness": 60, "contrast": 1}, "high", "the level must be numbers; got 'high'."),
}


@pytest.mark.parametrize(("change", "level", "message"), WRONG_CLIPS.values(), ids=WRONG_CLIPS)
def test_a_wrong_clip_gets_its_sentence(change, level, message):
    result = check.clipping(change, level)
    assert not result.passed
    assert message in result.message
