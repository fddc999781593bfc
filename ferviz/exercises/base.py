"""What every check of an exercise shares: a result in words, and no exception for a wrong answer.

How to write a check
--------------------
A check is a function with the decorator `check`. It takes the student's function or answer, gets a seeded
``generator`` for fresh inputs, stops with `NotYet` and a sentence where the answer is wrong, and returns a sentence
when it is right::

    @check
    def softmax(function, *, generator):
        logits = generator.normal(0, 2, 7)
        got = numbers(run(function, logits), "your probabilities", shape=(7,))
        if not np.isclose(got.sum(), 1):
            raise NotYet(f"the probabilities must sum to 1; for {show(logits)} yours sum to {got.sum():.3g}")
        return "your probabilities are the model's."

In the notebook ``lesson_00.softmax(my_softmax)`` gives a `Result`; an open stub (``...`` or no return) gives one that
says so, and the notebook goes on. ``seed=1`` tests on other inputs.
"""

from __future__ import annotations

import copy
import functools
import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["NotYet", "Result", "check", "fits", "is_open", "number", "numbers", "run", "show", "two_rows"]

OPEN = "still open: put your own code or answer where the three dots are."


@dataclass(frozen=True)
class Result:
    """What a check found: ``passed``, and a sentence that says what is right or what is not right yet."""

    passed: bool
    message: str

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return f"{'right' if self.passed else 'not yet'}: {self.message}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        # the word and the sign carry the meaning; the colour only repeats it, and the text keeps the theme's own colour
        word, colour = ("✓ Right", "#009E73") if self.passed else ("○ Not yet", "#D55E00")
        text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(self.message))
        return (
            f"<div role='status' style='border-left:6px solid {colour};padding:.4em .8em;max-width:72ch'>"
            f"<strong>{word}:</strong> {text}</div>"
        )


class NotYet(Exception):  # noqa: N818 - an answer on its way is not an error
    """Raised inside a check where the answer is not right yet; the text is what the student reads."""


def check(body: Callable[..., str]) -> Callable[..., Result]:
    """Turn a function that raises `NotYet`, or returns what is right, into a check that returns a `Result`.

    The check takes ``seed=0`` in place of ``body``'s ``generator``. A first argument that is still open (``...`` or
    None) never reaches ``body``.
    """

    @functools.wraps(body)
    def checked(answer: Any = None, *more: Any, seed: int = 0, **named: Any) -> Result:
        try:
            if is_open(answer):
                raise NotYet(OPEN)
            return Result(True, body(answer, *more, generator=np.random.default_rng(seed), **named))
        except NotYet as problem:
            return Result(False, str(problem))

    return checked


def is_open(answer: Any) -> bool:
    """Whether an answer is still the stub's ``...`` or nothing at all."""
    return answer is None or answer is ...


def run(function: Any, *inputs: Any) -> Any:
    """What the student's ``function`` returns for ``inputs`` (copies of them, so that it cannot change ours).

    Raises
    ------
    NotYet
        When it is no function, is an open stub, or raises: the text names the exception and the input.
    """
    if not callable(function):
        raise NotYet(f"hand over the function itself, without brackets; got {show(function)}.")
    name = getattr(function, "__name__", "your function")
    try:
        with np.errstate(all="ignore"):  # a check says in words what numpy would only warn of
            got = function(*copy.deepcopy(inputs))
    except Exception as error:  # a student's function may raise anything, and every student gets a sentence
        given = ", ".join(show(value) for value in inputs)
        raise NotYet(f"`{name}` stopped with {type(error).__name__}: {error}; the input was {given}.") from error
    if got is ...:
        raise NotYet(OPEN)
    if got is None:
        raise NotYet(f"`{name}` gives nothing back: write its body, and end it with `return`.")
    return got


def numbers(value: Any, what: str, *, shape: tuple[int, ...] | None = None) -> npt.NDArray[np.float64]:
    """``value`` as an array of finite numbers, of ``shape`` where one is given; `NotYet` says what it is not."""
    if is_open(value):
        raise NotYet(OPEN)
    try:
        array = np.asarray(value.detach() if hasattr(value, "detach") else value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise NotYet(f"{what} must be numbers; got {show(value)}.") from None
    if shape is not None and array.shape != shape:
        wanted = (
            f"{shape[0]} numbers" if len(shape) == 1 else "one number" if not shape else f"an array of shape {shape}"
        )
        raise NotYet(f"{what} must be {wanted}; got shape {array.shape}.")
    if not np.isfinite(array).all():
        raise NotYet(f"{what} must be finite; got {show(array)}.")
    return array


def number(value: Any, what: str) -> float:
    """``value`` as one finite number; an array of one number counts as one."""
    array = numbers(value, what)
    if array.size != 1:
        raise NotYet(f"{what} must be one number; got shape {array.shape}.")
    return float(array.reshape(()))


def show(value: Any) -> str:
    """``value`` in a few words for a sentence: numbers to three digits, long arrays by their shape."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        if value.size > 16:
            return f"an array of shape {value.shape}"
        return np.array2string(value, precision=3, separator=", ", suppress_small=True).replace("\n", "")
    if isinstance(value, float):
        return f"{value:.3g}" if math.isfinite(value) else str(value)
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def two_rows(rows: Any, known: Collection[str], *, example: str, before: str, same: str = "") -> None:
    """Stop unless ``rows`` names two different ones of ``known``: which rows of a table an experiment compares.

    ``before`` is what was right so far, ``same`` what else is said of a row against itself.
    """
    if is_open(rows) or (isinstance(rows, tuple | list) and any(is_open(row) for row in rows)):
        raise NotYet(f"{before}. Which two rows do you compare? That is still open.")
    if not isinstance(rows, tuple | list) or len(rows) != 2 or not all(isinstance(row, str) for row in rows):
        raise NotYet(f"name two rows, such as `{example}`; got {show(rows)}.")
    for row in rows:
        if row not in known:
            raise NotYet(f"a row must be one of {', '.join(known)}; got {row!r:.200}.")
    if rows[0] == rows[1]:
        raise NotYet(f"{rows[0]} against itself gives 0{same}.")


def fits(needed: str) -> str:
    """Whether this ferviz fits a notebook that was written for version ``needed``, in words.

    Raises
    ------
    ImportError
        When it does not, with what to do.
    """
    from ferviz import __version__

    have, want = _version(__version__), _version(needed)
    if not have:
        return f"ferviz {__version__} runs from a source folder: its version cannot be compared with {needed}."
    if have < want:
        raise ImportError(
            f"This notebook needs ferviz {needed} or newer; this kernel has {__version__}. "
            'Run "git pull" in its clone, install it again ("make lab"), and restart the kernel.'
        )
    if have[0] != want[0]:
        raise ImportError(
            f"This notebook is for ferviz {want[0]}; this kernel has {__version__}. "
            'Get the lessons that fit it with "ferviz notebooks FOLDER".'
        )
    return f"ferviz {__version__} fits this notebook."


def _version(text: str) -> tuple[int, ...]:
    match = re.match(r"\d+(\.\d+)+", text)  # "0+unknown" has no second number, and is no version
    return tuple(int(part) for part in match.group().split(".")) if match else ()
