"""Words that all explorers need: a count with its noun, and errors under the name that a person has used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["called", "counted"]


def counted(count: int, noun: str) -> str:
    """A count with its noun: "1 frame", "2 frames"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


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
