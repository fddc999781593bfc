"""Which parts of a model move: the others are frozen, with their batch norms and dropout (`ferviz.learning.loop`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from torch import nn

from ferviz.arguments import words

__all__ = ["moving"]


@contextmanager
def moving(model: nn.Module, parts: Sequence[str]) -> Iterator[None]:
    """Only the parameters of these parts ask for a gradient while the block lasts; then all are as they were.

    Parameters
    ----------
    model : Module
    parts : sequence of str
        Paths of its parts, such as ``backbone`` and ``answers.emotion``.

    Raises
    ------
    TypeError, ValueError
        For what is no list of names, an unknown part, or parts without a parameter.
    """
    known, before = dict(model.named_modules()), {one: one.requires_grad for one in model.parameters()}
    chosen = words("parts", parts)
    for name in chosen:
        if not name or name not in known:
            fits = ", ".join(path for path, _ in model.named_children())
            raise ValueError(f"parts must be paths of parts of {type(model).__name__} ({fits}); got {name!r:.200}")
    moved = {one for name in chosen for one in known[name].parameters()}
    if not moved:
        raise ValueError(f"parts must have parameters to move; got {', '.join(chosen) or 'no part'}")
    try:
        for one in before:
            one.requires_grad_(one in moved)
        yield
    finally:
        for one, asked in before.items():
            one.requires_grad_(asked)
