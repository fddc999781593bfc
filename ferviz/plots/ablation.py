"""An ablation as differences to one row: intervals, and what each seed gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from ferviz.measured import compared
from ferviz.plots.colours import INK
from ferviz.plots.figure import Figure, figure_of

__all__ = ["differences"]

BLUE, ORANGE = "#0072B2", "#D55E00"


def differences(
    entries: Sequence[Mapping[str, Any]],
    *,
    names: Mapping[str, str] | None = None,
    axis: str = "difference in accuracy",
    title: str = "",
    ax: Axes | None = None,
) -> Figure:
    """A row for each difference: a dot with its 95 % interval, and a small stroke for each seed.

    Parameters
    ----------
    entries : sequence of mapping
        From `ferviz.measured.against`: ``row``, ``value``, ``low`` and ``high`` (None: no interval), ``by_seed``,
        ``clear`` (a hollow mark is not clear of 0) and ``items``.
    names : mapping, optional
        How rows are written.
    axis : str
        What is measured, with its unit.

    Raises
    ------
    ValueError
        For no entry at all.
    """
    if not entries:
        raise ValueError("entries must hold at least one difference; got none")
    names = names or {}
    figure, ax = figure_of(ax, (8.4, 1.2 + 0.4 * len(entries)))
    for y, entry in enumerate(entries):
        if entry["low"] is not None:
            ax.plot((entry["low"], entry["high"]), (y, y), color=BLUE, linewidth=2)
        ax.plot(
            [entry["value"]], [y], "o", color=BLUE, markersize=7, markerfacecolor=BLUE if entry["clear"] else "white"
        )
        ax.plot(entry["by_seed"], [y + 0.28] * len(entry["by_seed"]), "|", color=ORANGE, markersize=7)
    ax.axvline(0, color=INK, linestyle="--", linewidth=1.2)
    ax.set_yticks(range(len(entries)), [names.get(entry["row"], entry["row"]) for entry in entries])
    items = ", ".join(f"{n:,}" for n in sorted({int(entry["items"]) for entry in entries}))
    ax.set(ylim=(len(entries) - 0.4, -0.6))
    ax.set_xlabel(f"{axis}, {items} pictures\nlines: 95 % intervals; orange: single seeds; hollow: not clear of 0")
    if title:
        ax.set_title(title, fontsize=11, color=INK, loc="left")
    if isinstance(figure, Figure):
        figure.alt = f"{axis}. " + ". ".join(compared(entry, names.get(entry["row"], "")) for entry in entries) + "."
    return figure
