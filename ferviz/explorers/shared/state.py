"""What a person gives an explorer as its state: every field of the kind that the state's dataclass declares.

A constructor, ``show`` and a browser all come through `fitting`, so that a state's ``__post_init__`` compares numbers
with numbers, and checks values alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

__all__ = ["WrongKindError", "fitting"]


class WrongKindError(TypeError):
    """A field of the state that there is not, or one of another kind."""


def fitting(kind: type, given: object, whose: str) -> dict[str, Any]:
    """The fields of a state in Python's own kinds: ``np.int64(3)`` is 3, and a list is a tuple.

    Parameters
    ----------
    kind : type
        The state's dataclass: its annotations say what fits.
    given : mapping of field to value
    whose : str
        What the explorer is called, for errors.

    Raises
    ------
    WrongKindError
        (a TypeError) For a field that the state lacks, or one of another kind.
    ValueError
        For a number that is not finite, and a tuple of another length.
    """
    if not isinstance(given, Mapping):
        raise WrongKindError(f"a wish must name fields of the state and their values; got {given!r:.80}")
    hints = _hints(kind)
    unknown = [name for name in given if name not in hints]
    if unknown:
        raise WrongKindError(f"{whose} has no {', '.join(map(str, unknown))}: its state has {', '.join(hints)}")
    return {name: _fit(name, value, hints[name]) for name, value in given.items()}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _fit(name: str, value: Any, hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return _one_of(name, value, get_args(hint))
    if get_origin(hint) is tuple:
        return _several(name, value, get_args(hint))
    if get_origin(hint) is Literal:
        hint = type(get_args(hint)[0])
    if isinstance(hint, type) and issubclass(hint, bool):
        return bool(_of(name, value, bool | np.bool_, "True or False"))
    if isinstance(hint, type) and issubclass(hint, int):
        return int(_of(name, value, Integral, "a whole number"))
    if isinstance(hint, type) and issubclass(hint, float):
        return _number(name, _of(name, value, Real, "a number"))
    if isinstance(hint, type) and issubclass(hint, str):
        return str(_of(name, value, str, "a word"))
    if get_origin(hint) is Mapping:
        return {key: _fit(f"{name}[{key!r}]", one, get_args(hint)[1]) for key, one in _named(name, value).items()}
    raise NotImplementedError(f"the state's field {name} is declared as {hint}: fitting must learn what fits")


def _of(name: str, value: Any, kind: Any, fits: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind in (Integral, Real)):
        raise WrongKindError(f"{name} must be {fits}; got {value!r:.80}")
    return value


def _number(name: str, value: Any) -> int | float:
    if isinstance(value, Integral):
        return int(value)
    if not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number; got {value}")
    return float(value)


def _named(name: str, value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str | int) for key in value):
        raise WrongKindError(f"{name} must be a mapping of names to numbers; got {value!r:.80}")
    return value


def _several(name: str, value: Any, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(value, np.ndarray) and value.ndim:
        value = value.tolist()
    if not isinstance(value, list | tuple | range):
        raise WrongKindError(f"{name} must be a tuple or list; got {value!r:.80}")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(value) != len(kinds):
        raise ValueError(f"{name} must hold {len(kinds)} values; got {value!r:.80}")
    pairs = enumerate(zip(value, kinds, strict=True))
    return tuple(_fit(f"{name}[{place}]", one, kind) for place, (one, kind) in pairs)


def _one_of(name: str, value: Any, kinds: tuple[Any, ...]) -> Any:
    """None where it is one of the kinds; of tuples the one of the same length."""
    if value is None and NoneType in kinds:
        return None
    first, *others = (kind for kind in kinds if kind is not NoneType)
    if not others:
        return _fit(name, value, first)
    lengths = {len(get_args(kind)): kind for kind in (first, *others)}
    if isinstance(value, list | tuple) and len(value) not in lengths:
        raise ValueError(f"{name} must hold {' or '.join(map(str, lengths))} values; got {value!r:.80}")
    return _fit(name, value, lengths[len(value)] if isinstance(value, list | tuple) else first)
