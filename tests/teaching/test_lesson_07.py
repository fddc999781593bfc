"""The checks of lessons 07 and 07_more: right answers pass, and each plausible wrong one gets its own sentence."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from ferviz import sample
from ferviz.audio import SPEECH, mel_filters
from ferviz.exercises import lesson_07 as check
from ferviz.exercises.base import OPEN
from ferviz.models.fusion import FBP
from ferviz.scores import shapley_of_two


def refused(result, message):
    assert not result
    assert re.fullmatch(message, result.message), result.message


# ---- a window and a band --------------------------------------------------------------------------------------------


def hamming(count):
    return 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(count) / count)


def test_the_window_passes_and_is_the_one_that_sounds_are_cut_with():
    for own in (hamming, lambda count: torch.hamming_window(count, dtype=torch.float64)):
        result = check.heard(own, triangle)
        assert result, result.message


BAD_WINDOWS = {
    "both ends": (np.hamming, "you divide by N − 1: .*"),
    "Hann": (lambda n: 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n), "that is Hann's window, .*"),
    "turned": (lambda n: 0.54 + 0.46 * np.cos(2 * np.pi * np.arange(n) / n), "the sign is turned: .*"),
    "sine": (lambda n: 0.54 - 0.46 * np.sin(2 * np.pi * np.arange(n) / n), "a sine is not even about the middle: .*"),
    "half a turn": (lambda n: 0.54 - 0.46 * np.cos(np.pi * np.arange(n) / n), "that is half a turn: .*"),
}


@pytest.mark.parametrize(("answer", "message"), BAD_WINDOWS.values(), ids=BAD_WINDOWS)
def test_a_wrong_window_is_told_why(answer, message):
    refused(check.heard(answer, triangle), rf"of 640 samples the window is [.\d]+ at k = \d+; yours is .*: {message}")


def test_any_other_window_is_told_the_right_one():
    refused(check.heard(np.ones), "of 640 samples the window is 0.08000 at k = 0; yours is 1.00000.")
    refused(check.heard(..., ..., seed=1), re.escape(OPEN))
    refused(check.heard(lambda count: ..., triangle), re.escape(OPEN))
    refused(check.heard(hamming), "the window is right. The band is still open.")


def triangle(hertz, low, top, high):
    return 2 / (high - low) * np.maximum(0, np.minimum((hertz - low) / (top - low), (high - hertz) / (high - top)))


def test_the_band_passes_and_is_one_of_the_model_s():
    assert check.heard(hamming, triangle, seed=2)
    hertz = np.arange(SPEECH.bins) * SPEECH.rate / SPEECH.length
    for place in (0, 20, 63):
        np.testing.assert_allclose(triangle(hertz, *SPEECH.edges()[place]), mel_filters(SPEECH)[place], atol=1e-12)


BAD_BANDS = {
    "1 high": (lambda f, a, b, c: triangle(f, a, b, c) * (c - a) / 2, "your triangle is 1 high. .*"),
    "half": (lambda f, a, b, c: triangle(f, a, b, c) / 2, "a triangle's area is half its base .*"),
    "below 0": (
        lambda f, a, b, c: 2 / (c - a) * np.minimum((f - a) / (b - a), (c - f) / (c - b)),
        "outside the band a weight is 0, never less.",
    ),
    "rising": (lambda f, a, b, c: triangle(f, a, b, c) * (f <= b), "behind its top the triangle falls to 0 .*"),
}


@pytest.mark.parametrize(("answer", "message"), BAD_BANDS.values(), ids=BAD_BANDS)
@pytest.mark.parametrize("seed", range(2))
def test_a_wrong_band_is_told_why(answer, message, seed):
    refused(check.heard(hamming, answer, seed=seed), rf"a band from 200 over 300 .* Hz weighs .*; yours .*: {message}")


def test_any_other_band_is_told_the_right_one():
    refused(check.heard(hamming, lambda f, a, b, c: f * 0 + 7), "a band .* weighs 0 Hz 0.00000; yours 7.00000.")


# ---- FBP ------------------------------------------------------------------------------------------------------------


def pooled(a, v, u, w, k, root=True, even=True):
    z = ((a @ u) * (v @ w)).reshape(-1, k).sum(1)
    z = np.sign(z) * np.sqrt(np.abs(z)) if root else z
    return z / np.linalg.norm(z) if even else z


def of_the_model(a, v, u, w, k):
    own = FBP(len(a), len(v), k, u.shape[1] // k)
    with torch.no_grad():
        own.first.weight.copy_(torch.from_numpy(u.T))
        own.second.weight.copy_(torch.from_numpy(w.T))
        return own(*(torch.from_numpy(x).float()[None] for x in (a, v)))[0]


@pytest.mark.parametrize("seed", range(3))
def test_fbp_passes_and_is_the_model_s(seed):
    for own in (pooled, of_the_model):
        result = check.fbp(own, seed=seed)
        assert result, result.message


def even(z):
    return z / np.linalg.norm(z)


def root(z):
    return np.sign(z) * np.sqrt(np.abs(z))


def sums(a, v, u, w, k):
    return pooled(a, v, u, w, k, root=False, even=False)


BAD_FBP = {
    "sums": (sums, "these are the sums. .*"),
    "no length": (lambda *g: root(sums(*g)), "the length is missing: .*"),
    "no root": (lambda *g: even(sums(*g)), "the signed root is missing, .*"),
    "exchanged": (lambda *g: root(even(sums(*g))), "root and length are exchanged: .*"),
    "no sign": (lambda *g: even(np.sqrt(np.abs(sums(*g)))), "the root loses the sign: .*"),
    "strided": (
        lambda a, v, u, w, k: even(root(((a @ u) * (v @ w)).reshape(k, -1).sum(0))),
        "neighbours are summed: .*",
    ),
    "added": (
        lambda a, v, u, w, k: even(root((a @ u + v @ w).reshape(-1, k).sum(1))),
        "the two are multiplied, number by number. .*",
    ),
    "sizes": (lambda *g: root(sums(*g)) / np.abs(root(sums(*g))).sum(), "the length is √.*"),
}


@pytest.mark.parametrize(("answer", "message"), BAD_FBP.values(), ids=BAD_FBP)
@pytest.mark.parametrize("seed", range(2))
def test_wrong_fbp_is_told_why(answer, message, seed):
    refused(check.fbp(answer, seed=seed), rf"for m = 3, n = 4, k = 2, o = 5 FBP begins .*; yours with .*: {message}")


def test_fbp_of_another_size_or_number_is_told_so():
    refused(check.fbp(lambda a, v, u, w, k: (a @ u) * (v @ w)), r"what FBP gives must be 5 numbers; got shape \(10,\).")
    refused(check.fbp(lambda a, v, u, w, k: np.ones(u.shape[1] // k)), "for m = 3, .*; yours with .*")


# ---- Shapley --------------------------------------------------------------------------------------------------------


def values(none, voice, face, both):
    return (voice - none + both - face) / 2, (face - none + both - voice) / 2


@pytest.mark.parametrize("seed", range(3))
def test_shapley_passes_and_is_ours(seed):
    for own in (values, lambda *v: shapley_of_two(*v)[:2]):
        result = check.shapley(own, seed=seed)
        assert result, result.message


BAD_VALUES = {
    "first": (lambda n, a, v, b: (a - n, v - n), "that is what each adds to nothing. .*"),
    "last": (lambda n, a, v, b: (b - v, b - a), "that is what each adds to the other. .*"),
    "exchanged": (lambda *v: values(*v)[::-1], "voice and face are exchanged."),
    "alone": (lambda n, a, v, b: (a, v), "that is what each gets alone, .*"),
    "halves": (lambda n, a, v, b: ((b - n) / 2, (b - n) / 2), "that halves everything, .*"),
    "summed": (lambda *v: 2 * np.array(values(*v)), "the mean of both orders, not the sum."),
}


@pytest.mark.parametrize(("answer", "message"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_wrong_values_are_told_why(answer, message):
    refused(check.shapley(answer), rf"nothing gets .*, both .*: the values are \[.*\]; yours are \[.*\]: {message}")


def test_any_other_values_are_told_the_right_ones():
    refused(check.shapley(lambda *v: (9, 9)), r"nothing gets .*; yours are \[9., 9.\]\.")


# ---- people in conflict ---------------------------------------------------------------------------------------------


def surer(voice, face):
    return (np.log(voice + 0.5) + 2 * np.log(face + 0.5)).argmax()


@pytest.mark.parametrize("seed", range(3))
def test_a_rule_that_asks_how_sure_people_were_passes(seed):
    result = check.people(surer, seed=seed)
    assert result, result.message


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda voice, face: face.argmax(), "in 2,312 clips .*: you always follow the face. .*"),
        (lambda voice, face: voice.argmax(), "in 2,312 clips .*: you always follow the voice."),
        (
            lambda voice, face: (voice if voice.max() / voice.sum() > face.max() / face.sum() else face).argmax(),
            "in 2,312 clips .*: you follow whichever is surer. But where both are equally sure .*",
        ),
        (lambda voice, face: 4, r"in 2,312 clips .*; on a random half of the actors it gains -.*"),
        (lambda voice, face: 6, "a word's place is a whole number from 0 to 5; got 6."),
        (lambda voice, face: 0.5, "a word's place is a whole number from 0 to 5; got 0.5."),
        (lambda voice, face: face, r"a word's place must be one number; got shape \(6,\)."),
    ],
)
def test_a_wrong_rule_is_told_why(answer, message):
    refused(check.people(answer), message)


# ---- dependence -----------------------------------------------------------------------------------------------------

WORLD = [[[0.2, 0.4], [0.4, 0.0]], [[0.4, 0.0], [0.0, 0.6]]]
APART = [[[0.36, 0.24], [0.24, 0.16]], [[0.16, 0.24], [0.24, 0.36]]]


def test_a_world_in_which_the_product_fails_passes():
    result = check.dependent(WORLD)
    assert result, result.message
    assert "the product is right in 60%, the best rule that knows both cues in 90%" in result.message


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([[[..., 0], [0, 1]], [[1, 0], [0, 0]]], "some of the eight numbers are still open."),
        ([[1, 0], [0, 1]], r"the world must be an array of shape \(2, 2, 2\); got shape \(2, 2\)."),
        ([[[1, 1], [0, 0]], [[1, 0], [0, 0]]], r"each word's four shares must sum to 1; yours sum to \[2., 1.\]."),
        ([[[1.5, -0.5], [0, 0]], [[1, 0], [0, 0]]], "a share must be 0 or more; the least of yours is -0.5."),
        (np.full((2, 2, 2), 0.25), "the voice's cue alone must be right in 55% at least; yours is in 50%."),
        (
            [[[0.5, 0.5], [0, 0]], [[0, 0], [0.5, 0.5]]],
            "the face's cue alone must be right in 55% at least; yours is in 50%.",
        ),
        (APART, "the product is right in 60%, the best rule in 60%: it must fail by 5% at least. .*"),
    ],
)
def test_another_world_is_told_why(answer, message):
    refused(check.dependent(answer), message)


# ---- films to look at -----------------------------------------------------------------------------------------------


def test_the_films_of_the_lesson_are_there_and_say_who_carries_what():
    carried = {name: sample(name).truth.voice["carries"] for name in (check.AGREE, check.VOICE_ONLY, check.CONFLICT)}
    assert list(carried.values()) == ["face and voice", "voice", "conflict"]
