"""Words that all explorers need: a count with its noun, and errors under the name that a person has used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ferviz.emotions import Emotion

__all__ = ["called", "counted", "cut_alike", "expression", "stands"]


def counted(count: int, noun: str) -> str:
    """A count with its noun: "1 frame", "2 frames"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def expression(emotion: str, intensity: float, at: str = "at", *, units: Mapping[str, float] | None = None) -> str:
    """What a synthetic face shows: a neutral one has no intensity, and ``units`` of one's own are no emotion's."""
    if units is not None:
        return f"your own units × {intensity:.2f}"
    return str(emotion) if emotion == Emotion.NEUTRAL else f"{emotion} {at} {intensity:.2f}"


def stands(order: Sequence[int], count: int) -> str:
    """How frames of a clip of ``count`` stand, each of them there once at most."""
    left, moved = count - len(order), sorted(order) != list(order)
    if left:
        return f"{counted(left, 'frame')} left out{', the others in another order' if moved else ''}"
    return f"The frames stand {'in another order' if moved else 'as they came'}"


@contextmanager
def called(name: str, *, within: str) -> Iterator[None]:
    """Let errors of a function speak of ``name``, where that function calls the same argument ``within``."""
    try:
        yield
    except (TypeError, ValueError) as error:
        said = re.sub(rf"^{within}\b", lambda _: name, str(error))
        if said == str(error):
            raise
        raise type(error)(said) from error


def cut_alike(what: str, models: Mapping[str, Any]) -> None:
    """Raise ValueError where networks that an explorer shows one clip want its faces cut in several ways."""
    crops = {name: model.crop for name, model in models.items()}
    first, *others = crops
    for name in others:
        if crops[name] != crops[first]:
            wants = f"{first!r} wants {crops[first]}, {name!r} {crops[name]}"
            raise ValueError(f"{what} must hold networks for which faces are cut alike; {wants}")
