"""The checks of lesson 03: right answers pass, and each plausible wrong one gets its own sentence."""

from __future__ import annotations

import math
import re
from itertools import product

import numpy as np
import pytest
import torch

from ferviz.exercises import lesson_03 as check
from ferviz.exercises.base import OPEN
from ferviz.models.lbp_attention import offsets


def refused(result, message):
    assert not result
    assert re.fullmatch(message, result.message), result.message


# ---- exercise 1: what a stack sees ---------------------------------------------------------------------------------


def seen(rates):
    places = {sum(steps) for steps in product(*((-d, 0, d) for d in rates))}
    width = max(places) - min(places) + 1
    return width, width - len(places)


def by_offsets(rates):
    return 1 + 2 * sum(rates), 1 + 2 * sum(rates) - len(offsets(rates))


@pytest.mark.parametrize("answer", [seen, by_offsets], ids=["by sums", "by offsets"])
@pytest.mark.parametrize("seed", range(4))
def test_what_a_stack_sees_passes(answer, seed):
    result = check.sees(answer, seed=seed)
    assert result, result.message


def width_as(width):
    return lambda rates: (width(rates), seen(rates)[1])


def holes_as(holes):
    return lambda rates: (seen(rates)[0], holes(rates))


WIDTH = r"rates \(.*\): the width is \d+, yours is \d+: "
HOLES = r"rates \(.*\): the width is right\. It has \d+ holes, .*: "
BAD_STACKS = {
    "open": (lambda rates: (..., ...), "the width or the holes are still open."),
    "one number": (lambda rates: 13, "give back two numbers, the width and the holes; got 13."),
    "no middle": (width_as(lambda r: 2 * sum(r)), WIDTH + "the middle itself counts too: one more."),
    "one side": (width_as(lambda r: 1 + sum(r)), WIDTH + "each convolution reaches d to the left and .*2d."),
    "sum": (width_as(sum), WIDTH + "each convolution reaches d to the left and d to the right, and the middle .*"),
    "no dilation": (width_as(lambda r: 1 + 2 * len(r)), WIDTH + "that is without dilation: .*"),
    "ways": (width_as(lambda r: 3 ** len(r)), WIDTH + "that many ways lead in, .*"),
    "product": (width_as(lambda r: math.prod(2 * d + 1 for d in r)), WIDTH + "one after the other .*multiply."),
    "widest": (width_as(lambda r: 1 + 2 * max(r)), WIDTH + "that is the widest of them alone.*"),
    "area": (width_as(lambda r: (1 + 2 * sum(r)) ** 2), WIDTH + "that is the area. .*"),
    "any width": (width_as(lambda r: 1000), r"rates \(.*\): the width is \d+; yours is 1000."),
    "none": (holes_as(lambda r: 0), HOLES + "there are holes: try every sum .*"),
    "the others": (holes_as(lambda r: seen(r)[0] - seen(r)[1]), HOLES + "that is how many places are read.*"),
    "in the square": (
        holes_as(lambda r: seen(r)[0] ** 2 - (seen(r)[0] - seen(r)[1]) ** 2),
        HOLES + "that is in the square. Count along one axis.",
    ),
    "divisors": (
        holes_as(lambda r: 2 * sum(r) - 2 * sum(r) // math.gcd(*r)),
        HOLES + "a common divisor of the rates leaves holes, but rates without one may.*",
    ),
    "any holes": (holes_as(lambda r: 99), r"rates \(.*\): the width is right\. It has \d+ holes; yours are 99\."),
}


@pytest.mark.parametrize(("answer", "message"), BAD_STACKS.values(), ids=BAD_STACKS)
@pytest.mark.parametrize("seed", range(3))
def test_a_wrong_view_is_told_why(answer, message, seed):
    refused(check.sees(answer, seed=seed), message)


# ---- exercise 2: the mask and its gradients ------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_hand(t, x, a, b, *, h=None, dt=None, dl=None):
    m = sigmoid(a * t + b * x)
    bend = m * (1 - m)
    right = ((1 + m) * t, 1 + m + a * t * bend, b * t * bend)
    other = (h, dt, dl)
    return tuple(value if change is None else change(t, x, a, b, m) for value, change in zip(right, other, strict=True))


def by_torch(t, x, a, b):
    t, x = (torch.tensor(value, requires_grad=True) for value in (t, x))
    h = (1 + torch.sigmoid(a * t + b * x)) * t
    h.sum().backward()
    return h, t.grad, x.grad


def variant(**changes):
    return lambda t, x, a, b: by_hand(t, x, a, b, **changes)


@pytest.mark.parametrize("answer", [by_hand, by_torch], ids=["by hand", "by torch"])
@pytest.mark.parametrize("seed", range(4))
def test_the_mask_and_its_gradients_pass(answer, seed):
    result = check.attended(answer, seed=seed)
    assert result, result.message


H, DT, DL = (re.escape(name) + " is not right yet: " for name in ("H", "∂H/∂T", "∂H/∂L"))
BAD_MASKS = {
    "open": (lambda t, x, a, b: (..., ..., ...), "one of the three is still open."),
    "stub": (lambda t, x, a, b: ..., re.escape(OPEN)),
    "one thing": (lambda t, x, a, b: t, r"give back three things, H, ∂H/∂T and ∂H/∂L; got \[.*\]\."),
    "one number": (variant(h=lambda t, x, a, b, m: 1.0), r"H must be \d numbers; got shape \(\)\."),
    "naive": (variant(h=lambda t, x, a, b, m: m * t), H + "this is M·T, which can only shrink T.*"),
    "brackets": (variant(h=lambda t, x, a, b, m: 1 + m * t), H + r"this is 1 \+ M·T\. The 1 belongs .*"),
    "no mask": (variant(h=lambda t, x, a, b, m: t), H + "this is T: the mask does not count in it."),
    "added": (variant(h=lambda t, x, a, b, m: t + m), H + r"this adds M to T\..*"),
    "on the texture": (variant(h=lambda t, x, a, b, m: (1 + m) * x), H + "the mask acts on the trunk T, not on .*"),
    "no sigmoid": (
        variant(h=lambda t, x, a, b, m: (1 + a * t + b * x) * t),
        H + r"aT \+ bL is the mask before the sigmoid\.",
    ),
    "anything": (variant(h=lambda t, x, a, b, m: 7 * t), r"H is \[.*\] for T .*, L .*, a .*, b .*; yours is \[.*\]\."),
    "a fixed mask": (variant(dt=lambda t, x, a, b, m: 1 + m), DT + "this holds for a mask that does not depend on T.*"),
    "naive and fixed": (variant(dt=lambda t, x, a, b, m: m), DT + r"this holds for H = M·T and a fixed mask\."),
    "naive slope": (
        variant(dt=lambda t, x, a, b, m: m + a * t * m * (1 - m)),
        DT + r"the 1 of \(1 \+ M\) is missing: .*",
    ),
    "no inner": (variant(dt=lambda t, x, a, b, m: 1 + m + t * m * (1 - m)), DT + "inside the sigmoid T is .*"),
    "no product": (variant(dt=lambda t, x, a, b, m: 1 + m + a * m * (1 - m)), DT + "in the second term .*"),
    "mask only": (variant(dt=lambda t, x, a, b, m: a * t * m * (1 - m)), DT + "this is the way through the mask .*"),
    "sigmoid's slope": (variant(dt=lambda t, x, a, b, m: 1 + m + a * t * m), DT + "the derivative of σ is .*"),
    "exchanged": (
        lambda t, x, a, b: tuple(by_hand(t, x, a, b)[i] for i in (0, 2, 1)),
        DT + "this is ∂H/∂L: the last two are exchanged.",
    ),
    "no way": (variant(dl=lambda t, x, a, b, m: 0 * t), DL + "0 would mean that the texture cannot move the answer.*"),
    "of the mask": (variant(dl=lambda t, x, a, b, m: b * m * (1 - m)), DL + r"this is ∂M/∂L\. .*"),
    "no inner b": (variant(dl=lambda t, x, a, b, m: t * m * (1 - m)), DL + "inside the sigmoid L is multiplied by b.*"),
    "straight": (variant(dl=lambda t, x, a, b, m: 1 + m), DL + "L does not go straight to H: it acts through M alone."),
    "straight too": (
        variant(dl=lambda t, x, a, b, m: 1 + m + b * t * m * (1 - m)),
        DL + r"L does not go straight to H: there is no 1 \+ M in its gradient\.",
    ),
    "sigmoid's slope b": (variant(dl=lambda t, x, a, b, m: b * t * m), DL + "the derivative of σ is .*"),
}


@pytest.mark.parametrize(("answer", "message"), BAD_MASKS.values(), ids=BAD_MASKS)
@pytest.mark.parametrize("seed", range(3))
def test_a_wrong_mask_or_gradient_is_told_why(answer, message, seed):
    refused(check.attended(answer, seed=seed), message)


# ---- exercise 3: a control ------------------------------------------------------------------------------------------


def shuffled(mask, generator):
    flat = mask.reshape(len(mask), -1)
    return flat[:, generator.permutation(flat.shape[1])].reshape(mask.shape)


def rolled(mask, generator):
    down, right = generator.integers(1, 4, 2)
    return np.roll(mask, (down, right), (1, 2))


RIGHT_ROWS = ("all", "raw twice")


@pytest.mark.parametrize("rows", [RIGHT_ROWS, RIGHT_ROWS[::-1], list(RIGHT_ROWS)])
@pytest.mark.parametrize("answer", [shuffled, rolled], ids=["shuffled", "rolled"])
@pytest.mark.parametrize("seed", range(3))
def test_a_sound_control_passes(answer, rows, seed):
    result = check.control(answer, rows, seed=seed)
    assert result, result.message


@pytest.mark.parametrize("seed", range(10))
def test_a_random_shift_has_few_ways_and_is_sound(seed):
    def shifted(mask, generator):
        return np.roll(mask, int(generator.integers(1, mask.shape[2])), 2)

    def at_times_by_nothing(mask, generator):
        return np.roll(mask, int(generator.integers(mask.shape[2])), 2)

    assert check.control(shifted, RIGHT_ROWS, seed=seed)
    assert check.control(at_times_by_nothing, RIGHT_ROWS, seed=seed)


def two_places(mask, generator):
    order = np.arange(mask[0].size)
    first, second = generator.choice(order, 2, replace=False)
    order[[first, second]] = second, first
    return mask.reshape(len(mask), -1)[:, order].reshape(mask.shape)


def each_channel(mask, generator):
    return generator.permuted(mask.reshape(len(mask), -1), axis=1).reshape(mask.shape)


def whole(mask, generator):
    return generator.permutation(mask.ravel()).reshape(mask.shape)


def fixed_move(mask, generator):
    return mask[:, ::-1, ::-1]


def by_chance(mask, generator):
    return shuffled(mask, np.random.default_rng())


ROWS = r"the mask is right\. The row '.*' "
BAD_CONTROLS = {
    "open": (lambda m, g: ..., RIGHT_ROWS, re.escape(OPEN)),
    "as it was": (lambda m, g: m, RIGHT_ROWS, "on average 20 of 20 places kept their value: move them all."),
    "two places": (two_places, RIGHT_ROWS, "on average 18 of 20 places kept their value: move them all."),
    "zero": (lambda m, g: 0 * m, RIGHT_ROWS, "a mask of 0 takes away its strength together with its places.*"),
    "mean": (lambda m, g: m.mean((1, 2), keepdims=True) + 0 * m, RIGHT_ROWS, "an even mask has the mean strength, .*"),
    "one mean": (lambda m, g: m.mean() + 0 * m, RIGHT_ROWS, "an even mask has the mean strength, .*"),
    "each channel": (each_channel, RIGHT_ROWS, "each channel keeps its values, but each is moved in its own way.*"),
    "channels": (lambda m, g: m[::-1], RIGHT_ROWS, "this exchanges channels and leaves the places.*"),
    "everything": (whole, RIGHT_ROWS, "values have gone from channel to channel.*"),
    "new values": (lambda m, g: g.uniform(0, 1, m.shape), RIGHT_ROWS, "your mask has other values than .*"),
    "inverse": (lambda m, g: 1 - m, RIGHT_ROWS, "your mask has other values than the one given.*"),
    "always the same": (fixed_move, RIGHT_ROWS, "you always move the places in the same way, .*"),
    "another generator": (by_chance, RIGHT_ROWS, "the same generator must give the same mask: .*"),
    "flat": (lambda m, g: m[0], RIGHT_ROWS, r"your mask must be an array of shape \(3, 4, 5\); got shape \(4, 5\)\."),
    "open rows": (shuffled, (..., ...), "the mask is right. Which two rows do you compare\\? That is still open."),
    "no rows": (shuffled, None, "the mask is right. Which two rows do you compare\\? That is still open."),
    "one row": (shuffled, "all", "name two rows, such as .*; got 'all'."),
    "unknown": (shuffled, ("all", "best"), "a row must be one of all, raw twice, .*; got 'best'."),
    "itself": (shuffled, ("all", "all"), "all against itself gives 0."),
    "fewer weights": (shuffled, ("all", "mask from the trunk alone"), ROWS + "has a branch less, so fewer weights.*"),
    "three things": (shuffled, ("no attention", "all"), ROWS + "has no mask, so no second branch.*: three .*"),
    "another kind": (shuffled, ("all", "original"), ROWS + "reads local binary patterns too.*"),
    "sobel": (shuffled, ("all", "sobel"), ROWS + "reads a texture too, only another one.*"),
    "rates": (shuffled, ("rates 2 2 2", "all"), ROWS + "says what the rates do, not the texture."),
}


@pytest.mark.parametrize(("answer", "rows", "message"), BAD_CONTROLS.values(), ids=BAD_CONTROLS)
@pytest.mark.parametrize("seed", range(2))
def test_a_weak_control_is_told_why(answer, rows, message, seed):
    refused(check.control(answer, rows, seed=seed), message)


# ---- exercise 4: patterns as one layer -------------------------------------------------------------------------------

RING = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))


def right_kernels():
    found = np.zeros((8, 3, 3))
    for bit, place in enumerate(RING):
        found[bit][place], found[bit, 1, 1] = 1, -1
    return found


def reading_order():
    order = [0, 1, 2, 7, 3, 6, 5, 4]
    return right_kernels()[order]


@pytest.mark.parametrize("scale", [1, 0.25, 30])
@pytest.mark.parametrize("seed", range(3))
def test_differences_to_the_centre_are_the_patterns(scale, seed):
    result = check.kernels(scale * right_kernels(), seed=seed)
    assert result, result.message
    assert check.kernels(torch.from_numpy(right_kernels()))


BAD_KERNELS = {
    "nothing": (None, re.escape(OPEN)),
    "one kernel": (np.eye(3), r"your kernels must be an array of shape \(8, 3, 3\); got shape \(3, 3\)\."),
    "no centre": (np.clip(right_kernels(), 0, 1), "all bits are 1: gray levels are never negative.*"),
    "sign": (-right_kernels(), "the sign is reversed: .*"),
    "turned": (right_kernels()[:, ::-1, ::-1], "each kernel is turned by 180°: .*"),
    "reversed": (right_kernels()[::-1], "the order of the bits is reversed."),
    "counter-clockwise": (right_kernels().transpose(0, 2, 1), "the bits run counter-clockwise.*"),
    "late": (np.roll(right_kernels(), -2, 0), "the bits start 2 places too late."),
    "reading order": (reading_order(), r"bit \d is wrong for \d+% of the pixels; in all, \d bits are not right\."),
    "strict": (
        right_kernels() - 1e-3 * (right_kernels() > 0),
        r"bit \d is wrong for \d+% of the pixels.*; in all, \d bits are not right\.",
    ),
}


@pytest.mark.parametrize(("answer", "message"), BAD_KERNELS.values(), ids=BAD_KERNELS)
@pytest.mark.parametrize("seed", range(3))
def test_wrong_kernels_are_told_why(answer, message, seed):
    refused(check.kernels(answer, seed=seed), message)


# ---- exercise 5: a split ---------------------------------------------------------------------------------------------


def by_people(people, generator):
    everyone = np.unique(people)
    return np.isin(people, generator.choice(everyone, len(everyone) // 2, replace=False))


@pytest.mark.parametrize("seed", range(4))
def test_a_split_by_people_passes(seed):
    result = check.halves(by_people, seed=seed)
    assert result, result.message


def few(people, generator):
    return people == generator.choice(people)


def always(people, generator):
    return np.isin(people, np.unique(people)[::2])


BAD_SPLITS = {
    "open": (lambda p, g: ..., re.escape(OPEN)),
    "pictures": (lambda p, g: g.random(len(p)) < 0.5, r"person \d+ stands on both sides \(\d+ people do\): .*"),
    "the first half": (lambda p, g: np.arange(len(p)) < len(p) // 2 + 1, r"person \d+ stands on both sides \(.*"),
    "one person": (few, "of 12 people, 1 are on the side that is learned: take about half."),
    "everybody": (lambda p, g: np.ones(len(p), bool), "of 12 people, 12 are on the side that is learned: .*"),
    "always the same": (always, "you always take the same people.*"),
    "ragged": (lambda p, g: [p[:3], p[:4]], "give True or False for each of the .* pictures; got .*"),
    "places": (lambda p, g: np.flatnonzero(by_people(p, g)), "give True or False for each of the .* pictures; got .*"),
}


@pytest.mark.parametrize(("answer", "message"), BAD_SPLITS.values(), ids=BAD_SPLITS)
@pytest.mark.parametrize("seed", range(3))
def test_a_split_that_leaks_is_told_why(answer, message, seed):
    refused(check.halves(answer, seed=seed), message)
