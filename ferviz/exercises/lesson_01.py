"""The checks of lesson 01: a code by hand, changes round the ring, the smallest rotation, and where a picture clips."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.exercises.base import NotYet, check, number, run, show
from ferviz.explorers.lbp.explorer import LBPState, face_of
from ferviz.gallery import sample
from ferviz.textures import codes_of, inside, tone, turned

__all__ = ["changes", "clipping", "code", "smallest_rotation"]

Array = npt.NDArray[Any]
Places = Sequence[tuple[int, int]]

CLOCKWISE: Places = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
ROW_BY_ROW: Places = tuple((row, column) for row in range(3) for column in range(3))
STARTS = ("top left", "top", "top right", "right", "bottom right", "bottom", "bottom left", "left")
ENOUGH = 0.1
"""The share of codes that the limit at 255 must change."""


# ---- exercise 1: the code of a patch --------------------------------------------------------------------------------


@check
def code(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes a patch (3, 3) of whole numbers and gives the code of its centre."""
    few, many = generator.integers(0, 4, (12, 3, 3)), generator.integers(0, 256, (12, 3, 3))  # few levels make ties
    patches = [np.array([[6, 5, 2], [7, 6, 1], [9, 8, 7]]), *few, *many]
    first = run(function, patches[0])
    if isinstance(first, str) or np.asarray(first, dtype=object).size > 1:
        raise NotYet(f"give back one number: the sum of the weights where the bit is 1. Yours gives {show(first)}.")
    got = [number(run(function, patch), "the code") for patch in patches]
    if got == [_code(patch) for patch in patches]:
        return "the patch of the lesson has code 241, and a tie counts as 1."
    for wrong, words in _wrong_codes():
        if got == [wrong(patch) for patch in patches]:
            raise NotYet(words)
    place = next(place for place, patch in enumerate(patches) if got[place] != _code(patch))
    rows = ", ".join(f"({', '.join(map(str, row))})" for row in patches[place].tolist())
    bits = "".join(map(str, _bits(patches[place])))
    raise NotYet(f"for the rows {rows} the bits are {bits}, the code is {_code(patches[place])}; got {got[place]:g}.")


def _bits(patch: Array, places: Places = CLOCKWISE, compare: Callable[..., Any] = np.greater_equal) -> list[int]:
    return [int(compare(patch[place], patch[1, 1])) for place in places]


def _weighed(bits: Sequence[int]) -> int:
    return sum(bit << place for place, bit in enumerate(bits))


def _code(patch: Array) -> int:
    return _weighed(_bits(patch))


def _wrong_codes() -> list[tuple[Callable[[Array], int], str]]:
    """Plausible mistakes, each with the sentence that mends it."""
    around = (*ROW_BY_ROW[:4], *ROW_BY_ROW[5:])
    wrong: list[tuple[Callable[[Array], int], str]] = [
        (
            lambda patch: _weighed(_bits(patch, compare=np.greater)),
            "a neighbour that equals the centre counts as 1 too: compare with `>=`, not with `>`.",
        ),
        (
            lambda patch: _weighed(_bits(patch, compare=np.less_equal)),
            "the other way round: the bit is 1 where the *neighbour* is at least as bright as the centre.",
        ),
        (
            lambda patch: _weighed(_bits(patch, compare=np.less)),
            "the other way round: the bit is 1 where the neighbour is at least as bright, and 0 where it is darker.",
        ),
        (
            lambda patch: _weighed(_bits(patch)[::-1]),
            "the weights run the wrong way: the first neighbour has weight 1, the last one 128.",
        ),
        (
            lambda patch: _weighed(_bits(patch, around)),
            "you go row by row. The order is once round the ring: after the top row, down the right side.",
        ),
        (
            lambda patch: _weighed(_bits(patch, ROW_BY_ROW)),
            "the centre is no neighbour of itself: leave it out. There are eight bits, with weights 1 to 128.",
        ),
        (
            lambda patch: sum(_bits(patch)),
            "this is how many bits are 1. Each place has a weight of its own: 1, 2, 4 and so on up to 128.",
        ),
    ]
    for start, name in enumerate(STARTS):
        for step, way in ((1, "clockwise"), (-1, "counter-clockwise")):
            places = tuple(CLOCKWISE[(start + step * place) % 8] for place in range(8))
            if (start, step) != (0, 1):
                words = f"you start at the {name} and go {way}: start at the top left and go clockwise."
                wrong.append((lambda patch, places=places: _weighed(_bits(patch, places)), words))  # type: ignore[misc]
    return wrong


# ---- exercise 2: changes round the ring -----------------------------------------------------------------------------


@check
def changes(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes bits, a list of 0 and 1, and gives the number of changes once round the ring."""
    rings = [[0] * 8, [1, 0, 0, 0, 1, 1, 1, 1], [0, 1] * 4, [0] * 4 + [1] * 4]
    rings += [generator.integers(0, 2, points).tolist() for points in (8, 8, 8, 5, 12, 16)]
    got = [number(run(function, bits), "the number of changes") for bits in rings]
    right = [_changes(bits) for bits in rings]
    if got == right:
        return "the last bit stands beside the first, so the number is always even. At most 2 means uniform."
    wrong: list[tuple[Callable[[list[int]], int], str]] = [
        (
            lambda bits: sum(a != b for a, b in pairwise(bits)),
            "it is a ring: the last bit stands beside the first, so compare these two as well.",
        ),
        (
            lambda bits: _changes(bits) // 2,
            "you count changes of one kind only. From 0 to 1 is a change, and from 1 to 0 is one too.",
        ),
        (lambda bits: sum(bits), "this is the number of ones. Count the places where a bit differs from the next one."),
        (
            lambda bits: len(bits) - _changes(bits),
            "you count where neighbouring bits are equal; count where they differ.",
        ),
        (
            lambda bits: int(_changes(bits) <= 2),
            "this says whether the pattern is uniform. Give back the number of changes itself.",
        ),
    ]
    for mistake, words in wrong:
        if got == [mistake(bits) for bits in rings]:
            raise NotYet(words)
    place = next(place for place, value in enumerate(got) if value != right[place])
    bits = "".join(map(str, rings[place]))
    raise NotYet(f"round the ring {bits} there are {right[place]} changes; got {got[place]:g}.")


def _changes(bits: Sequence[int]) -> int:
    return sum(bits[place] != bits[place - 1] for place in range(len(bits)))


# ---- exercise 3: the smallest rotation ------------------------------------------------------------------------------


@check
def smallest_rotation(function: Any, *, generator: np.random.Generator) -> str:
    """``function`` takes a code of 8 bits and gives the smallest of its 8 rotations."""
    codes = [241, *generator.permutation(256).tolist()]
    got = [number(run(function, value), "the smallest rotation") for value in codes]
    if got == [min(_rotations(value)) for value in codes]:
        return f"the 256 codes fall into {len(set(got))} classes; turning the pattern never leaves its class."
    wrong: list[tuple[Callable[[int], int], str]] = [
        (
            lambda value: min(value >> turn for turn in range(8)),
            "the bits fall out on the right. What leaves on one side must come in again on the other.",
        ),
        (
            lambda value: min((value << turn) & 255 for turn in range(8)),
            "the bits fall out on the left. What leaves on one side must come in again on the other.",
        ),
        (
            lambda value: value,  # also when nothing is cut off: then the rotations grow past 8 bits and are larger
            "every code comes back unchanged. Turn it by 1 to 7 steps as well, and keep eight bits, for example "
            "with `& 255`.",
        ),
        (lambda value: max(_rotations(value)), "this is the largest rotation; the smallest one is wanted."),
        (
            lambda value: value.bit_count(),
            "this is the number of ones. 00000101 and 00000011 have two each, and no rotation makes them equal.",
        ),
        (
            lambda value: (1 << value.bit_count()) - 1,
            "you sort the bits. Rotating keeps their order: 00000101 can never become 00000011.",
        ),
        (
            lambda value: min(*_rotations(value), *_rotations(int(f"{value:08b}"[::-1], 2))),
            "you also read the ring backwards. A rotation turns the pattern, it does not mirror it.",
        ),
        (lambda value: min(_rotations(value)[:2]), "one step is not enough: try all 8 rotations."),
        (lambda value: min(_rotations(value)[::7]), "one step is not enough: try all 8 rotations."),
    ]
    for mistake, words in wrong:
        if got == [mistake(value) for value in codes]:
            raise NotYet(words)
    place = next(place for place, value in enumerate(codes) if got[place] != min(_rotations(value)))
    value, right = codes[place], min(_rotations(codes[place]))
    raise NotYet(f"for {value} = {value:08b} the smallest rotation is {right:08b} = {right}; got {got[place]:g}.")


def _rotations(value: int) -> list[int]:
    return [(value >> turn | value << (8 - turn)) & 255 for turn in range(8)]


# ---- exercise 4: where a picture clips ------------------------------------------------------------------------------


@check
def clipping(change: Any, level: Any = None, *, generator: np.random.Generator) -> str:
    """``change`` names a brightness and a contrast that clip the astronaut's face; ``level`` is the first to clip."""
    del generator  # the experiment is on one photo: nothing in it is drawn by chance
    brightness, contrast = _tone(change)
    if level is None or level is ...:
        raise NotYet("the level is still open: which gray level is the lowest that goes above 255?")
    first = math.floor((255 - 128 - brightness) / contrast + 128) + 1
    while (first - 1 - 128) * contrast + 128 + brightness > 255:  # a division may round up past a whole number
        first -= 1
    if first > (brightest := int(_face().max())):
        raise NotYet(
            f"no pixel goes above 255 with these: the brightest of this face, {brightest}, becomes "
            f"{(brightest - 128) * contrast + 128 + brightness:g}. Make the picture brighter."
        )
    free, limited = _differing(brightness, contrast, False), _differing(brightness, contrast, True)
    if limited < ENOUGH:
        raise NotYet(f"the limit at 255 changes {limited:.1%} of the codes; it must change {ENOUGH:.0%} or more.")
    given = number(level, "the level")
    if given != first:
        raise NotYet(_wrong_level(given, first, brightness, contrast))
    return (
        f"from level {first} on all pixels become 255, their differences are gone, and {limited:.1%} of the codes "
        f"change by it. Without the limit {free:.1%} change: contrast and brightness keep the order of the levels, the "
        "limit does not."
    )


def _tone(change: Any) -> tuple[float, float]:
    if not isinstance(change, Mapping) or set(change) != {"brightness", "contrast"}:
        raise NotYet(f"the change must name brightness and contrast, and nothing else; got {show(change)}.")
    brightness, contrast = (number(change[name], f"the {name}") for name in ("brightness", "contrast"))
    try:
        LBPState(brightness=int(brightness), contrast=contrast)
    except ValueError as problem:
        raise NotYet(f"the stepper cannot do this: {problem}.") from problem
    if contrast < 1:
        raise NotYet("below contrast 1 rounding makes levels equal as well. Use 1 or more, so that only the clip acts.")
    return brightness, contrast


def _wrong_level(given: float, first: int, brightness: float, contrast: float) -> str:
    new = (given - 128) * contrast + 128 + brightness
    sum_of = f"({given:g} − 128) × {contrast:g} + 128 + {brightness:g} = {new:g}"
    if new == 255:
        return f"{sum_of} just fits. Which level is the first that goes *above* 255?"
    if given == 255:
        return f"255 is where the new levels end. Which *old* level is the first to go above it? {sum_of}."
    if contrast != 1 and abs(given - (255 - brightness) / contrast) < 1:
        return f"contrast stretches around 128, not around 0: {sum_of}."
    if new > 255:
        return f"{sum_of} is above 255, but it is not the lowest level that is."
    return f"{sum_of} is not above 255."


def _differing(brightness: float, contrast: float, limit: bool) -> float:
    """The share of the astronaut's 3×3 codes that a change of tone changes: without limits, or limited at 255 alone."""
    still = turned(_face(), 0)
    grey, _ = tone(still, brightness, contrast, 1, False)
    limited = np.minimum(np.rint(grey), 255) if limit else grey
    differ = codes_of(limited, "original") != codes_of(still, "original")
    return float(differ[inside()].mean())


@cache
def _face() -> Array:
    return face_of(sample("astronaut"))[0]
