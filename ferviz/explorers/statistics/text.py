"""The explorer *Statistics* in words: the answer, how far each statistic has moved, and who holds the extremes."""

from __future__ import annotations

import numpy as np

from ferviz.explorers.shared.words import counted, stands
from ferviz.explorers.statistics.state import StatisticsState, StatisticsView
from ferviz.models.descriptor import STATISTICS

__all__ = ["describe", "words"]

RULE = "The highest decision is the answer; all may be below 0."


def describe(state: StatisticsState, view: StatisticsView) -> str:
    """The view in a few sentences, for a screen reader and for tests."""
    said = words(state, view)
    return " ".join(said[name] for name in ("answer", "fitted", "moved", "held", "sum") if said[name])


def words(state: StatisticsState, view: StatisticsView) -> dict[str, str]:
    """The sentences that stand below the parts of the picture."""
    return {
        "answer": _answer(state, view),
        "truth": _truth(state, view),
        "done": _done(state, view),
        "moved": _moved(state, view),
        "held": _held(state, view),
        "sum": _sum(view),
        "fitted": f"{view.fitted} {RULE}",
    }


def _truth(state: StatisticsState, view: StatisticsView) -> str:
    """Whether the answer is the label that is known, and which that is."""
    if not view.truth:
        return ""
    called, label = view.truth
    said = view.labels[int(view.now.decision.argmax())]
    came = " as it came" if state.touched else ""
    return f"{'right' if said == label else 'wrong'}: {called}{came} is {label}"


def _answer(state: StatisticsState, view: StatisticsView) -> str:
    now, before = int(view.now.decision.argmax()), int(view.before.decision.argmax())
    text = f"label: {view.labels[now]}, decision {view.now.decision[now]:+.2f}"
    if state.touched:
        text += f"; before: {view.labels[before]} {view.before.decision[before]:+.2f}"
    if view.truth:
        text += f"; {_truth(state, view)}"
    usable = int(view.usable.sum())
    text += f". {counted(len(view.order), 'frame')}"
    text += f", of which {usable} can be used." if usable < len(view.order) else "."
    return text.replace("-", "−")


def _done(state: StatisticsState, view: StatisticsView) -> str:
    """What a hand did, and whether that moved anything."""
    if not state.touched:
        return ""
    parts = []
    if state.order is not None:
        again = len(view.order) - len(set(view.order))
        parts.append(f"{counted(again, 'frame')} again" if again else stands(view.order, view.frames))
    if state.dropped:
        parts.append(f"{counted(len(state.dropped), 'frame')} dropped by hand")
    return f"{'; '.join(parts)}{'.' if _far(view) else ': no statistic moves.'}"


def _far(view: StatisticsView) -> bool:
    return max(view.moved.values()) > 0


def _moved(state: StatisticsState, view: StatisticsView) -> str:
    done = _done(state, view)
    if not done or not _far(view):
        return done
    moved = ", ".join(f"{name} {view.moved[name]:.3f}" for name in STATISTICS)
    return f"{done} How far the numbers of each statistic moved (root mean square): {moved}."


def _held(state: StatisticsState, view: StatisticsView) -> str:
    if int(view.usable.sum()) == 1:
        return "One frame is its own mean, minimum and maximum, and its deviation is 0."
    most = int(np.nanargmax(view.held))
    total = 2 * view.features.shape[1]
    return f"Frame {most} alone holds {view.held[most]:.0f} of the {total} minima and maxima."


def _sum(view: StatisticsView) -> str:
    place = view.labels.index(view.label)
    shares = " ".join(f"{name} {value:+.3f}" for name, value in zip(STATISTICS, view.now.share[:, place], strict=True))
    total = f"{view.now.decision[place]:+.3f}"
    return f"The decision for {view.label}: {shares} bias {view.bias[place]:+.3f} = {total}.".replace("-", "−")
