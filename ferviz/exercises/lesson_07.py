"""The checks of lessons 07 and 07_more: a window and a band, FBP, Shapley's values, people in conflict, dependence."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.exercises.base import NotYet, check, is_open, number, numbers, run, show
from ferviz.prepared.viewers import Viewers, read_viewers

__all__ = ["AGREE", "CONFLICT", "VOICE_ONLY", "dependent", "fbp", "heard", "people", "shapley"]

Array = npt.NDArray[np.float64]

AGREE = "happiness-voice-agree"
"""The film that the lesson leads with: face and voice say the same."""
VOICE_ONLY = "sadness-voice-only"
"""One whose face is neutral."""
CONFLICT = "happiness-voice-conflict"
"""One whose face and voice say two words."""


# ---- from sound to log-mel -------------------------------------------------------------------------------------------


@check
def heard(window: Any, band: Any = None, *, generator: np.random.Generator) -> str:
    """``window`` takes a number of samples N and gives the Hamming window (N,) that repeats; ``band`` takes frequencies
    (F,) in hertz and three numbers, low, top and high, and gives a mel band's weights (F,)."""
    _check_window(window, generator)
    if is_open(band):
        raise NotYet("the window is right. The band is still open.")
    _check_band(band, generator)
    return (
        "a window that cuts a sound without a hard edge, and a triangle of area 1: sixty-four of them turn 321 "
        "frequencies into the bands of the mel picture."
    )


def _check_window(function: Any, generator: np.random.Generator) -> None:
    for count in (640, 8, int(generator.integers(20, 90))):
        turn = 2 * np.pi * np.arange(count) / count
        got, right = numbers(run(function, count), "the window", shape=(count,)), 0.54 - 0.46 * np.cos(turn)
        if np.allclose(got, right, atol=1e-6):
            continue
        at = int(np.argmax(np.abs(got - right)))
        case = f"of {count} samples the window is {right[at]:.5f} at k = {at}; yours is {got[at]:.5f}"
        closed = 2 * np.pi * np.arange(count) / (count - 1)
        for wrong, why in (
            (0.54 - 0.46 * np.cos(closed), "you divide by N − 1: that window is the same at both ends. Ours repeats: "
             "divide by N."),
            (0.5 - 0.5 * np.cos(turn), "that is Hann's window, which begins at 0. Hamming's begins at 0.08."),
            (0.54 + 0.46 * np.cos(turn), "the sign is turned: it must be small at the ends and 1 in the middle."),
            (0.54 - 0.46 * np.sin(turn), "a sine is not even about the middle: take the cosine."),
            (0.54 - 0.46 * np.cos(turn / 2), "that is half a turn: one window is a whole turn, 2π."),
        ):  # fmt: skip
            if np.allclose(got, wrong, atol=1e-6):
                raise NotYet(f"{case}: {why}")
        raise NotYet(f"{case}.")


def _check_band(function: Any, generator: np.random.Generator) -> None:
    hertz = np.arange(321) * 25.0
    cases = [(200.0, 300.0, 400.0)]
    cases += [tuple(np.sort(generator.choice(np.arange(100, 7000, 25.0), 3, replace=False))) for _ in range(3)]
    for low, top, high in cases:
        triangle = np.maximum(0, np.minimum((hertz - low) / (top - low), (high - hertz) / (high - top)))
        got, right = numbers(run(function, hertz, low, top, high), "the weights", shape=hertz.shape), 2 / (high - low)
        if np.allclose(got, triangle * right, atol=1e-9):
            continue
        at = int(np.argmax(~np.isclose(got, triangle * right, atol=1e-9)))
        case = f"a band from {low:g} over {top:g} to {high:g} Hz weighs {hertz[at]:g} Hz {triangle[at] * right:.5f}"
        case += f"; yours {got[at]:.5f}"
        for wrong, why in (
            (triangle, "your triangle is 1 high. Here every band has the area 1, so that a wide one is low: times "
             "2 / (high − low)."),
            (triangle / (high - low), "a triangle's area is half its base times its height: the height is "
             "2 / (high − low)."),
            (right * np.minimum((hertz - low) / (top - low), (high - hertz) / (high - top)), "outside the band a "
             "weight is 0, never less."),
            (triangle * right * (hertz <= top), "behind its top the triangle falls to 0 at the high end; yours ends at "
             "the top."),
        ):  # fmt: skip
            if np.allclose(got, wrong, atol=1e-9):
                raise NotYet(f"{case}: {why}")
        raise NotYet(f"{case}.")


# ---- factorised bilinear pooling -------------------------------------------------------------------------------------


def _sums(a: Array, v: Array, u: Array, w: Array, k: int) -> Array:
    sums: Array = ((a @ u) * (v @ w)).reshape(-1, k).sum(1)
    return sums


def _root(z: Array) -> Array:
    return np.sign(z) * np.sqrt(np.abs(z))


def _even(z: Array) -> Array:
    return z / np.linalg.norm(z)


def _fbp(a: Array, v: Array, u: Array, w: Array, k: int) -> Array:
    return _even(_root(_sums(a, v, u, w, k)))


_WRONG_FBP: tuple[tuple[Callable[..., Array], str], ...] = (
    (lambda *given: _sums(*given), "these are the sums. Root and length are still missing."),
    (lambda *given: _root(_sums(*given)), "the length is missing: divide by √(Σ z²)."),
    (lambda *given: _even(_sums(*given)), "the signed root is missing, before the length."),
    (lambda *given: _root(_even(_sums(*given))), "root and length are exchanged: the root comes first."),
    (lambda *given: _even(np.sqrt(np.abs(_sums(*given)))), "the root loses the sign: sign(z) · √|z|."),
    (lambda a, v, u, w, k: _even(_root(((a @ u) * (v @ w)).reshape(k, -1).sum(0))), "neighbours are summed: the first "
     "k numbers of the product make the first sum. Reshape to (o, k), not to (k, o)."),
    (lambda a, v, u, w, k: _even(_root((a @ u + v @ w).reshape(-1, k).sum(1))), "the two are multiplied, number by "
     "number. A sum of them is what concatenation under a linear layer can do."),
    (lambda a, v, u, w, k: _even(_root((a @ u) * (v @ w))), "the sums of k neighbours are missing."),
    (lambda *given: _root(_sums(*given)) / np.abs(_root(_sums(*given))).sum(), "the length is √(Σ z²), not the sum of "
     "sizes."),
)  # fmt: skip


@check
def fbp(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes a (m,), v (n,), Ũ (m, k·o), Ṽ (n, k·o) and k; gives the o numbers of FBP."""
    for place in range(4):
        m, n, o, k = (3, 4, 5, 2) if not place else map(int, generator.integers(2, 7, 4))
        a, v = (generator.normal(0, 1, size).round(2) for size in (m, n))
        u, w = (generator.normal(0, 1, (size, k * o)).round(2) for size in (m, n))
        got, right = numbers(run(function, a, v, u, w, k), "what FBP gives", shape=(o,)), _fbp(a, v, u, w, k)
        if np.allclose(got, right, atol=1e-6):
            continue
        case = f"for m = {m}, n = {n}, k = {k}, o = {o} FBP begins with {show(right[:3])}; yours with {show(got[:3])}"
        for wrong, why in _WRONG_FBP:
            other = wrong(a, v, u, w, k)
            if other.shape == got.shape and np.allclose(got, other, atol=1e-6):
                raise NotYet(f"{case}: {why}")
        raise NotYet(f"{case}.")
    return (
        "product, sums of k neighbours, signed root, length 1. (A mean of the k in place of their sum passes too: the "
        "length takes the factor away.)"
    )


# ---- Shapley's values of two streams ---------------------------------------------------------------------------------


@check
def shapley(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes what nothing, the voice, the face and both get; gives the values of voice and face."""
    for _ in range(4):
        none, voice, face, both = generator.normal(0, 2, 4).round(2)
        got = numbers(run(function, none, voice, face, both), "the two values", shape=(2,))
        first = np.array([voice - none, face - none])
        last = np.array([both - face, both - voice])
        right = (first + last) / 2
        if np.allclose(got, right, atol=1e-6):
            continue
        case = f"nothing gets {none}, the voice {voice}, the face {face}, both {both}: the values are {show(right)}"
        case += f"; yours are {show(got)}"
        for wrong, why in (
            (first, "that is what each adds to nothing. Each may also come second, when the other is there."),
            (last, "that is what each adds to the other. Each may also come first, when nothing is there."),
            (right[::-1], "voice and face are exchanged."),
            (np.array([voice, face]), "that is what each gets alone, and not what it adds."),
            (np.full(2, (both - none) / 2), "that halves everything, and asks neither stream alone."),
            (first + last, "the mean of both orders, not the sum."),
        ):  # fmt: skip
            if np.allclose(got, wrong, atol=1e-6):
                raise NotYet(f"{case}: {why}")
        raise NotYet(f"{case}.")
    return (
        "the mean over both orders. The two values sum to both less nothing, and what only both together give is "
        "halved between them: that is why the interaction is named apart."
    )


# ---- what people say in conflict -------------------------------------------------------------------------------------

BETTER = 0.01
"""By how much a rule must pass "always the face" on each half of the actors: less may be luck."""


@cache
def _viewers() -> Viewers:
    return read_viewers()


@check
def people(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes votes on a voice (6,) and on a face (6,); gives the place of the word that both get."""
    votes = _viewers()
    voice, face, both = votes.votes("voice"), votes.votes("face"), votes.word("both")
    at = np.flatnonzero(votes.conflict())
    said = np.array([_place(run(function, voice[clip], face[clip])) for clip in at])
    always, right = face[at].argmax(1), both[at]
    own, base = float((said == right).mean()), float((always == right).mean())
    told = f"in {len(at):,} clips of conflict your rule names people's word in {own:.1%}, always the face in {base:.1%}"
    if (said == always).all():
        raise NotYet(f"{told}: you always follow the face. When would people rather follow the voice?")
    if (said == voice[at].argmax(1)).all():
        raise NotYet(f"{told}: you always follow the voice.")
    if (said == _surer(voice[at], face[at])).all():
        raise NotYet(
            f"{told}: you follow whichever is surer. But where both are equally sure people lean to the face: how much "
            "surer must the voice be?"
        )
    actors = generator.permutation(np.unique(votes.actor))
    for half in (actors[: len(actors) // 2], actors[len(actors) // 2 :]):
        there = np.isin(votes.actor[at], half)
        gain = float((said == right)[there].mean() - (always == right)[there].mean())
        if gain < BETTER:
            raise NotYet(
                f"{told}; on a random half of the actors it gains {gain:+.1%}, and {BETTER:.0%} is asked for. How sure "
                "were the viewers of each?"
            )
    return f"{told}, and it is ahead on two random halves of the actors."


def _surer(voice: Array, face: Array) -> Array:
    """The word of whichever the viewers agree on more (N,); a draw goes to the face."""
    heard = voice.max(1) / voice.sum(1) > face.max(1) / face.sum(1)
    return np.where(heard, voice.argmax(1), face.argmax(1))


def _place(value: Any) -> int:
    place = number(value, "a word's place")
    if place not in range(6):
        raise NotYet(f"a word's place is a whole number from 0 to 5; got {show(place)}.")
    return int(place)


# ---- when the product of two answers is wrong ------------------------------------------------------------------------

ALONE, GAP = 0.55, 0.05
"""What each cue alone must reach, and by how much the product must fail."""


@check
def dependent(world: Any, *, generator: np.random.Generator) -> str:
    """``world``: how often word w shows voice cue i and face cue j (2, 2, 2); each word's numbers sum to 1."""
    del generator  # one world: nothing is drawn by chance
    if any(is_open(part) for part in np.ravel(np.asarray(world, object))):
        raise NotYet("some of the eight numbers are still open.")
    given = numbers(world, "the world", shape=(2, 2, 2))
    sums = given.sum((1, 2))
    if given.min() < 0:
        raise NotYet(f"a share must be 0 or more; the least of yours is {given.min():g}.")
    if not np.allclose(sums, 1):
        raise NotYet(f"each word's four shares must sum to 1; yours sum to {show(sums)}.")
    voice, face = given.sum(2), given.sum(1)
    for name, cue in (("voice", voice), ("face", face)):
        alone = float(cue.max(0).sum() / 2)
        if alone < ALONE:
            raise NotYet(f"the {name}'s cue alone must be right in {ALONE:.0%} at least; yours is in {alone:.0%}.")
    product, best = _right(voice[:, :, None] * face[:, None], given), float(given.max(0).sum() / 2)
    if best - product < GAP:
        raise NotYet(
            f"the product is right in {product:.0%}, the best rule in {best:.0%}: it must fail by {GAP:.0%} at least. "
            "What if a word shows its two cues together less often than each alone would let expect?"
        )
    return (
        f"the product is right in {product:.0%}, the best rule that knows both cues in {best:.0%}. The product takes "
        "the cues for independent once the word is given; here they are not."
    )


def _right(score: Array, world: Array) -> float:
    """How often the word with the larger score is the right one; ties count half."""
    ahead = np.sign((score[0] - score[1]).round(12))
    return float(((1 + ahead) / 2 * world[0] + (1 - ahead) / 2 * world[1]).sum() / 2)
