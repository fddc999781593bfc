"""One check for each kind of argument: counts, numbers, flags, seeds, places, words and arrays.

Each gives the value back as Python's own kind, so that ``np.int64(3)`` and 3 are one; it raises TypeError for another
kind (``True`` is no number, and ``"no"`` no flag) and ValueError for another value. Both name the argument, what would
fit and what came.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["array", "choice", "flag", "number", "path", "place", "plain", "seed", "whole", "words"]

_MOST_SEED = 2**32 - 1  # that all generators here take, NumPy's global one too, which Captum draws from


def _said(name: str, fits: str, value: object) -> str:
    try:
        return f"{name} must be {fits}; got {value!r:.200}"
    except ValueError:  # of a whole number that has more digits than Python writes
        return f"{name} must be {fits}; got {type(value).__name__}, too long to be told"


def whole(name: str, value: object, least: int = 1, most: int | None = None) -> int:
    """A count or a place: a whole number from ``least`` to ``most``."""
    fits = f"a whole number of at least {least}" if most is None else f"a whole number from {least} to {most}"
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(_said(name, fits, value))
    found = int(value)
    if found < least or (most is not None and found > most):
        raise ValueError(_said(name, fits, value))
    return found


def place(name: str, value: object, count: int) -> int:
    """A place among ``count``, from 0 or from the end (−1); IndexError for another one."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(_said(name, "a whole number", value))
    found = int(value)
    if not -count <= found < count:
        raise IndexError(_said(name, f"a place among {count}, from 0 or from the end", value))
    return found % count


def path(name: str, value: object) -> Path:
    """The path of a file or a folder."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(_said(name, "a path", value))
    return Path(os.fsdecode(value))


def number(name: str, value: object, fits: str = "finite", within: Callable[[float], bool] = math.isfinite) -> float:
    """A finite number within some range, which ``fits`` says in words ("above 0")."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(_said(name, f"a number, {fits}", value))
    try:
        found = float(value)
    except OverflowError:  # of a whole number, or a fraction, beyond what a float holds
        found = math.inf
    if not math.isfinite(found) or not within(found):
        raise ValueError(_said(name, fits, value))
    return found


def flag(name: str, value: object) -> bool:
    """True or False, and nothing that only counts as such."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(_said(name, "True or False", value))
    return bool(value)


def seed(value: object, name: str = "seed") -> int:
    """Where chance begins."""
    return whole(name, value, 0, _MOST_SEED)


def choice(name: str, value: object, of: Iterable[str]) -> str:
    """One of some words."""
    known = list(of)
    fits = f"one of {', '.join(known) or 'none'}"
    if not isinstance(value, str):
        raise TypeError(_said(name, fits, value))
    if value not in known:
        raise ValueError(_said(name, fits, value))
    return value


def words(name: str, value: object) -> list[str]:
    """Some names, in order."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise TypeError(_said(name, "a list of names", value))
    found = list(value)
    for each in found:
        if not isinstance(each, str):
            raise TypeError(_said(name, "a list of names", each))
    return found


def plain(name: str, value: object) -> None:
    """Refuse arrays that are more than numbers in places: masked ones, whose mask would be lost, and matrices.

    Raises
    ------
    TypeError
        Which says what to give instead.
    """
    if isinstance(value, np.ma.MaskedArray):
        says = "give its data and say what is masked in another way (a Gap of a clip, NaN in a map)"
        raise TypeError(f"{name} must be a plain array, as a mask would be lost; got a masked array: {says}")
    if isinstance(value, np.matrix):
        says = "which counts its axes in another way: give np.asarray(matrix)"
        raise TypeError(f"{name} must be a plain array; got a numpy.matrix, {says}")


def array(name: str, value: Any) -> npt.NDArray[np.float64]:
    """Real numbers of any shape."""
    plain(name, value)
    try:
        found = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:  # rows of other lengths, a tensor with a gradient
        raise TypeError(f"{name} must be an array of numbers; got {type(value).__name__} ({error})") from error
    if found.dtype.kind not in "biuf":
        got = f"{type(value).__name__} of {found.dtype}" if isinstance(value, np.ndarray) else repr(value)[:200]
        raise TypeError(f"{name} must be an array of numbers; got {got}")
    return found.astype(np.float64)
