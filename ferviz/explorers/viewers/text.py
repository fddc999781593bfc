"""The explorer *Viewers* in words: a clip's votes, the guess, and how near a rule comes to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from ferviz.explorers.viewers.board import Board, Judged
from ferviz.prepared.viewers import Kind

if TYPE_CHECKING:
    from ferviz.explorers.viewers.explorer import ViewersState, ViewersView

__all__ = ["KINDS", "describe", "name", "words"]

KINDS = get_args(Kind)


def describe(state: ViewersState, view: ViewersView, board: Board) -> str:
    """The view in a few sentences, for a screen reader and for tests."""
    said = words(state, view, board)
    return " ".join(said[name] for name in ("clip", "reveal", "rule"))


def words(state: ViewersState, view: ViewersView, board: Board) -> dict[str, str]:
    """The sentences that stand below the parts of the picture."""
    return {"clip": _clip(state, view, board), "reveal": _reveal(state, view, board), "rule": _rule(state, view, board)}


def _most(board: Board, place: int, kind: Kind) -> str:
    """What most people said, with their number."""
    count, labels = board.people.votes(kind)[place], board.people.labels
    most, total = int(count.max()), int(count.sum())
    first = [str(label) for label, own in zip(labels, count, strict=True) if own == most]
    tied = len(first) > 1
    return f"{' and '.join(first)} tie ({most} of {total} each)" if tied else f"{first[0]} ({most} of {total})"


def name(state: ViewersState, view: ViewersView, board: Board) -> str:
    """The clip's name in CREMA-D; before the guess its number, for the name holds the word that the actor was given."""
    return str(board.people.clip[view.place]) if state.revealed else str(view.place + 1)


def _clip(state: ViewersState, view: ViewersView, board: Board) -> str:
    heard, seen = (_most(board, view.place, kind) for kind in KINDS[:2])
    return f"Clip {name(state, view, board)}: to the voice alone most people said {heard}, to the face alone {seen}."


def _reveal(state: ViewersState, view: ViewersView, board: Board) -> str:
    if not state.revealed:
        return "Guess what most people said to both."
    labels, word = board.people.labels, board.word[view.place]
    text = f"To both: {_most(board, view.place, 'both')}."
    if word >= 0 and state.guess:
        text += " That was the guess." if labels[word] == state.guess else f" The guess: {state.guess}."
    intended, said = labels[int(board.people.intended[view.place])], labels[int(view.said.argmax())]
    text += f" The actor was asked for {intended}. "
    return f"{text}The rule says {said} {view.said.max():.2f}, and lies {view.apart:.2f} nats from people."


def _rule(state: ViewersState, view: ViewersView, board: Board) -> str:
    count = len(board.parts[state.part])
    text = f"Over {count:,} clips{'' if state.part == 'all' else ' in conflict'}, the votes on the voice to the power "
    text += f"{state.voice_power:.2f} times those on the face to the power {state.face_power:.2f}: {_held(view.rule)}. "
    best = view.others["best powers"]
    text += f"The face alone: {_held(view.others['face alone'])}. "
    powers = f"{view.best[0]:.2f} and {view.best[1]:.2f}"
    return f"{text}The best powers, {powers}, fitted to these same clips: {_held(best)}."


def _held(one: Judged) -> str:
    return f"{one.distance:.3f} nats from people, {one.misses:,} of {one.untied:,} words missed"
