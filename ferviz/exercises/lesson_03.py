"""The checks of lesson 03: dilated stacks, a mask and its gradients, a control; of 03 · More: one layer, a split."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ferviz import lbp
from ferviz.exercises.base import NotYet, check, is_open, number, numbers, run, show, two_rows
from ferviz.models.lbp_attention import offsets

__all__ = ["attended", "control", "halves", "kernels", "sees"]

Array = npt.NDArray[np.float64]

CONFUSED = {
    "mask from the trunk alone": "has a branch less, so fewer weights: more weights may be what helps",
    "no attention": "has no mask, so no second branch and fewer weights too: three things differ",
    "neither": "has no mask, no second branch and no reconstruction: too much differs",
    "no reconstruction": "says what the dilated convolutions add, not the texture",
    "sobel": "reads a texture too, only another one: that asks which texture, not whether one is needed",
    **dict.fromkeys(("original", "uniform"), "reads local binary patterns too: that asks which kind"),
    **dict.fromkeys(("rates 1 1 1", "rates 1 2 5", "rates 2 2 2"), "says what the rates do, not the texture"),
    "varied": "says what varying the pictures does, not the texture",
}
"""Rows of the ablation that answer another question than exercise 3."""
DRAWS = 20


# ---- exercise 1 ------------------------------------------------------------------------------------------------------


@check
def sees(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes rates, such as (1, 2, 5); gives the width along one axis and the places never read in it."""
    fixed = [(1, 2, 5), (1, 2, 3), (2, 2, 2), (3, 3), (1, 5)]
    drawn = [tuple(int(d) for d in generator.integers(1, 6, int(generator.integers(2, 5)))) for _ in range(4)]
    for rates in [*fixed, *drawn]:
        answer = run(function, rates)
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            raise NotYet(f"give back two numbers, the width and the holes; got {show(answer)}.")
        if any(is_open(part) for part in answer):
            raise NotYet("the width or the holes are still open.")
        _check_width(number(answer[0], "the width"), rates)
        _check_holes(number(answer[1], "the holes"), rates)
    return "width 1 + 2Σd, and the holes. A wide view with holes is not the view that its width promises."


def _check_width(got: float, rates: tuple[int, ...]) -> None:
    total = sum(rates)
    right = 1 + 2 * total
    if got == right:
        return
    for wrong, why in (
        (2 * total, "the middle itself counts too: one more."),
        (1 + total, "each convolution reaches d to the left and d to the right: 2d."),
        (total, "each convolution reaches d to the left and d to the right, and the middle counts."),
        (1 + 2 * len(rates), "that is without dilation: a rate d reaches d places, not one."),
        (3 ** len(rates), "that many ways lead in, and many of them to the same place."),
        (math.prod(2 * d + 1 for d in rates), "one after the other the reaches add up; they do not multiply."),
        (1 + 2 * max(rates), "that is the widest of them alone. One after the other they add up."),
        (right**2, "that is the area. Give the width along one axis."),
    ):
        if got == wrong:
            raise NotYet(f"rates {rates}: the width is {right}, yours is {got:g}: {why}")
    raise NotYet(f"rates {rates}: the width is {right}; yours is {got:g}.")


def _check_holes(got: float, rates: tuple[int, ...]) -> None:
    width, reached = 1 + 2 * sum(rates), len(offsets(rates))
    right, common = width - reached, reduce(math.gcd, rates)
    if got == right:
        return
    for wrong, why in (
        (reached, "that is how many places are read. The holes are the others."),
        (width**2 - reached**2, "that is in the square. Count along one axis."),
        (
            0 if common > 1 else None,
            "there are holes: try every sum of −d, 0 or d, and look which whole numbers are missing.",
        ),
        (
            width - (1 + 2 * sum(rates) // common),
            "a common divisor of the rates leaves holes, but rates without one may leave some as well: try every sum "
            "of −d, 0 or d.",
        ),
    ):
        if got == wrong:
            raise NotYet(f"rates {rates}: the width is right. It has {right} holes, yours are {got:g}: {why}")
    raise NotYet(f"rates {rates}: the width is right. It has {right} holes; yours are {got:g}.")


# ---- exercise 2 ------------------------------------------------------------------------------------------------------


@check
def attended(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes T, L (N,) and a, b, where M = σ(aT + bL); gives H, ∂H/∂T and ∂H/∂L, each (N,)."""
    for count in (4, 6):
        t, x = generator.normal(0, 1.5, (2, count)).round(2)
        a, b = generator.uniform(0.4, 1.6, 2).round(2) * generator.choice([-1, 1], 2)
        answer = run(function, t, x, float(a), float(b))
        if not isinstance(answer, tuple | list) or len(answer) != 3:
            raise NotYet(f"give back three things, H, ∂H/∂T and ∂H/∂L; got {show(answer)}.")
        if any(is_open(part) for part in answer):
            raise NotYet("one of the three is still open.")
        got = [numbers(p, name, shape=t.shape) for p, name in zip(answer, ("H", "∂H/∂T", "∂H/∂L"), strict=True)]
        _check_attended(got, t, x, float(a), float(b))
    return (
        "H, and both gradients. The trunk's has two parts: the plain way, 1 + M, and the way through the mask. The "
        "texture has the way through the mask alone, and where T is 0 not even that."
    )


def _check_attended(got: list[Array], t: Array, x: Array, a: float, b: float) -> None:
    m = 1 / (1 + np.exp(-(a * t + b * x)))
    bend = m * (1 - m)
    right = {"H": (1 + m) * t, "∂H/∂T": 1 + m + a * t * bend, "∂H/∂L": b * t * bend}
    wrong = {
        "H": (
            (m * t, "this is M·T, which can only shrink T. The mask is added to 1."),
            (1 + m * t, "this is 1 + M·T. The 1 belongs to the mask: (1 + M)·T."),
            (t, "this is T: the mask does not count in it."),
            (t + m, "this adds M to T. The mask multiplies: (1 + M)·T."),
            ((1 + m) * x, "the mask acts on the trunk T, not on the texture L."),
            ((1 + a * t + b * x) * t, "aT + bL is the mask before the sigmoid."),
        ),
        "∂H/∂T": (
            (1 + m, "this holds for a mask that does not depend on T. M = σ(aT + bL) does: one more term."),
            (m, "this holds for H = M·T and a fixed mask."),
            (m + a * t * bend, "the 1 of (1 + M) is missing: it is what keeps the gradient alive where M is 0."),
            (1 + m + t * bend, "inside the sigmoid T is multiplied by a: the inner derivative is missing."),
            (a * t * bend, "this is the way through the mask alone. T also goes straight to H, times 1 + M."),
            (1 + m + a * bend, "in the second term dM/dT multiplies T (product rule)."),
            (1 + m + a * t * m, "the derivative of σ is σ·(1 − σ)."),
            (right["∂H/∂L"], "this is ∂H/∂L: the last two are exchanged."),
        ),
        "∂H/∂L": (
            (np.zeros_like(t), "0 would mean that the texture cannot move the answer. It moves M, and M moves H."),
            (b * bend, "this is ∂M/∂L. H is (1 + M)·T, so it is multiplied by T."),
            (t * bend, "inside the sigmoid L is multiplied by b: the inner derivative is missing."),
            (1 + m, "L does not go straight to H: it acts through M alone."),
            (1 + m + b * t * bend, "L does not go straight to H: there is no 1 + M in its gradient."),
            (b * t * m, "the derivative of σ is σ·(1 − σ)."),
        ),
    }
    for value, (name, wanted) in zip(got, right.items(), strict=True):
        if np.allclose(value, wanted, atol=1e-6):
            continue
        for other, why in wrong[name]:
            if np.allclose(value, other, atol=1e-6):
                raise NotYet(f"{name} is not right yet: {why}")
        case = f"T {show(t)}, L {show(x)}, a {a:g}, b {b:g}"
        raise NotYet(f"{name} is {show(wanted)} for {case}; yours is {show(value)}.")


# ---- exercise 3 ------------------------------------------------------------------------------------------------------


@check
def control(function: Any, rows: Any = None, *, generator: np.random.Generator) -> str:
    """``function`` takes a mask (D, h, w) and a generator, and gives the control; ``rows``: the two to compare."""
    seeds = [int(seed) for seed in generator.integers(0, 10_000, DRAWS)]
    mask = generator.uniform(0.1, 0.9, (3, 4, 5)).round(4)
    found = [numbers(run(function, mask, np.random.default_rng(s)), "your mask", shape=mask.shape) for s in seeds]
    for one in found:
        _check_places(one, mask)
    kept, places = float(np.mean([(one == mask).all(0).sum() for one in found])), mask[0].size
    if kept > places / 2:
        raise NotYet(f"on average {kept:.0f} of {places} places kept their value: move them all.")
    if all((one == found[0]).all() for one in found):
        raise NotYet("you always move the places in the same way, and one way may be odd. Draw it from the generator.")
    again = numbers(run(function, mask, np.random.default_rng(seeds[0])), "your mask", shape=mask.shape)
    if (again != found[0]).any():
        raise NotYet("the same generator must give the same mask: draw with the one that you are given.")
    _check_rows(rows)
    return (
        "the control has every number of the mask, at other places: nothing but the places changes. And the two rows "
        "have equally many weights; one reads texture, the other the photo once more."
    )


def _check_places(got: Array, mask: Array) -> None:
    if not got.any():
        raise NotYet("a mask of 0 takes away its strength together with its places: two things differ.")
    if np.allclose(got, mask.mean((1, 2), keepdims=True)) or np.allclose(got, mask.mean()):
        raise NotYet(
            "an even mask has the mean strength, but no place is strong any more: strength varies less, so two things "
            "differ. Move the values to other places."
        )
    flat, moved = mask.reshape(len(mask), -1), got.reshape(len(mask), -1)
    if _same_columns(flat, moved):
        return
    if np.array_equal(np.sort(flat, 1), np.sort(moved, 1)):
        raise NotYet(
            "each channel keeps its values, but each is moved in its own way: what the channels did together is lost "
            "too. Move all channels alike."
        )
    if np.array_equal(np.sort(flat, 0), np.sort(moved, 0)):
        raise NotYet("this exchanges channels and leaves the places. Move the places.")
    if np.array_equal(np.sort(flat, None), np.sort(moved, None)):
        raise NotYet("values have gone from channel to channel. Keep each in its channel, and move the places.")
    raise NotYet("your mask has other values than the one given. Keep every value, and move it to another place.")


def _same_columns(first: Array, second: Array) -> bool:
    """Whether the places of two masks (D, N) hold the same columns in any order."""
    return sorted(map(tuple, first.T.tolist())) == sorted(map(tuple, second.T.tolist()))


def _check_rows(rows: Any) -> None:
    known = ("all", "raw twice", *CONFUSED)
    two_rows(rows, known, example="('all', 'sobel')", before="the mask is right")
    for row in rows:
        if row in CONFUSED:
            raise NotYet(f"the mask is right. The row {row!r} {CONFUSED[row]}.")


# ---- exercise 4 ------------------------------------------------------------------------------------------------------


@check
def kernels(answer: Any, *, generator: np.random.Generator) -> str:
    """``answer`` (8, 3, 3): kernels whose output is 0 or more just where the square's bits are 1."""
    given = numbers(answer, "your kernels", shape=(8, 3, 3))
    for side in (5, 7):
        picture = torch.from_numpy(generator.integers(0, 12, (1, 1, side, side)))  # few levels: ties come up
        codes = lbp.codes(picture, kind="original")[0, 0, 1:-1, 1:-1].numpy()
        bits = np.stack([codes >> bit & 1 for bit in range(8)])
        _check_bits(_guess(given, picture) >= 0, bits.astype(bool), given, picture)
    return (
        "one layer of 72 weights, and no training, gives every bit of every pixel. To guess the patterns of a photo "
        "that one sees is no task from which a network must learn what a face is."
    )


def _guess(given: Array, picture: torch.Tensor) -> Array:
    weights = torch.from_numpy(np.ascontiguousarray(given))[:, None]
    return functional.conv2d(picture.double(), weights)[0].numpy().round(9)


def _check_bits(got: npt.NDArray[np.bool_], bits: npt.NDArray[np.bool_], given: Array, picture: torch.Tensor) -> None:
    if (got == bits).all():
        return
    if got.all() and (given >= 0).all():
        raise NotYet("all bits are 1: gray levels are never negative. Compare with the centre: subtract it.")
    for name, other in (
        ("the sign is reversed: a bit is 1 where neighbour − centre is 0 or more.", -given),
        ("each kernel is turned by 180°: `conv2d` of torch does not flip its kernels.", given[:, ::-1, ::-1]),
        ("the order of the bits is reversed.", given[::-1]),
        ("the bits run counter-clockwise. The convention here is clockwise.", given.transpose(0, 2, 1)),
        *((f"the bits start {k} places too late.", np.roll(given, k, 0)) for k in range(1, 8)),
    ):
        if ((_guess(other, picture) >= 0) == bits).all():
            raise NotYet(name)
    wrong = np.flatnonzero((got != bits).any((1, 2)))
    bit = int(wrong[0])
    share = float((got[bit] != bits[bit]).mean())
    ties = " (a tie counts as 1)" if share < 0.2 else ""
    raise NotYet(f"bit {bit} is wrong for {share:.0%} of the pixels{ties}; in all, {len(wrong)} bits are not right.")


# ---- exercise 5 ------------------------------------------------------------------------------------------------------


@check
def halves(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes people (N,) and a generator; gives bool (N,): which pictures the probe learns from."""
    people = np.repeat(generator.permutation(100)[:12], generator.integers(3, 9, 12))
    first = [_check_half(run(function, people, np.random.default_rng(seed)), people) for seed in (0, 1, 2)]
    mixed = generator.permutation(people)
    _check_half(run(function, mixed, np.random.default_rng(3)), mixed)
    if all((chosen == first[0]).all() for chosen in first):
        raise NotYet("you always take the same people. Draw them from the generator, or one odd half decides.")
    return "no person stands on both sides, so a probe that knows people by their faces gains nothing."


def _check_half(answer: Any, people: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    try:
        chosen = np.asarray(answer)
    except ValueError:  # rows of unequal length are no array
        chosen = np.empty(0)
    if chosen.dtype != np.bool_ or chosen.shape != people.shape:
        raise NotYet(f"give True or False for each of the {len(people)} pictures; got {show(answer)}.")
    known, new = set(people[chosen].tolist()), set(people[~chosen].tolist())
    if both := known & new:
        raise NotYet(
            f"person {min(both)} stands on both sides ({len(both)} people do): the probe would know the face, and the "
            "score would be of people, not of expressions. Draw people, not pictures."
        )
    if not 4 <= len(known) <= 8:
        raise NotYet(f"of {len(known | new)} people, {len(known)} are on the side that is learned: take about half.")
    return chosen
