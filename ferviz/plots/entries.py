"""Measured entries with their intervals: row by row in each family, and along a share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ferviz.measured import clear_of, said
from ferviz.plots.colours import INK
from ferviz.plots.figure import Figure, figure_of

__all__ = ["along", "forest"]

Entry = Mapping[str, Any]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
MARKS = ("o", "s", "^", "D", "v", "P", "X")


def forest(
    entries: Sequence[Entry],
    *,
    group: str = "family",
    row: str = "row",
    names: Mapping[str, str] | None = None,
    line: float | None = None,
    axis: str = "accuracy",
    title: str = "",
    ax: Axes | None = None,
) -> Figure:
    """A row for each name, and in it a dot with its 95 % interval for each group.

    Parameters
    ----------
    entries : sequence of mapping
        With ``row`` and ``group`` under the names given for them, ``value``, ``low``, ``high``, ``clips`` and
        ``people``, as ``ferviz.measured.measured`` holds them. Entries whose value is None are left out.
    names : mapping, optional
        How rows and groups are written.
    line : float, optional
        A value to compare with, drawn: 0 for differences, 1 for ratios, 0.5 for areas. A hollow mark is an interval
        that holds it.
    axis : str
        What is measured, with its unit.

    Raises
    ------
    ValueError
        When no entry has a value.
    """
    kept = _with_value(entries)
    names = names or {}
    rows = list(dict.fromkeys(str(entry[row]) for entry in kept))
    groups = list(dict.fromkeys(str(entry.get(group, "")) for entry in kept))
    figure, ax = figure_of(ax, (8.4, 1.3 + len(rows) * max(0.34, 0.17 * len(groups))))
    for place, name in enumerate(groups):
        shift = 0.7 * ((place + 0.5) / len(groups) - 0.5)
        mine = [(rows.index(str(e[row])) + shift, e) for e in kept if str(e.get(group, "")) == name]
        _dots(ax, mine, place, names.get(name, name), line)
    for y in range(1, len(rows)):
        ax.axhline(y - 0.5, color="#DDDDDD", linewidth=0.7)
    if line is not None:
        ax.axvline(line, color=INK, linestyle="--", linewidth=1.2)
    ax.set_yticks(range(len(rows)), [names.get(name, name) for name in rows])
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlabel=f"{axis}; lines are 95 % intervals over people")
    told = (
        said(entry, " in ".join(filter(None, (_named(entry, row, names), _named(entry, group, names)))), line=line)
        for entry in kept
    )
    return _finished(figure, ax, title, f"{axis}. {'; '.join(told)}", legend=len(groups) > 1)


def _with_value(entries: Sequence[Entry]) -> list[Entry]:
    kept = [entry for entry in entries if entry["value"] is not None]
    if not kept:
        raise ValueError("entries must hold at least one with a value; got none")
    return kept


def _look(place: int) -> tuple[str, str]:
    """The colour and the mark of a group or row by its place."""
    return COLOURS[place % len(COLOURS)], MARKS[place % len(MARKS)]


def _dots(ax: Axes, entries: Sequence[tuple[float, Entry]], place: int, label: str, line: float | None) -> None:
    """The dots and intervals of a group, each entry at its height."""
    colour, mark = _look(place)
    for y, entry in entries:
        if entry["low"] is not None:
            ax.plot((entry["low"], entry["high"]), (y, y), color=colour, linewidth=2)
        hollow = line is not None and not clear_of(entry, line)
        face = "white" if hollow else colour
        ax.plot([entry["value"]], [y], mark, color=colour, markersize=6, label=label, markerfacecolor=face)
        label = "_" + label  # one place in the legend


def _finished(figure: Figure, ax: Axes, title: str, text: str, *, legend: bool) -> Figure:
    """With its legend beside it, its title, and its alt text."""
    if legend:
        ax.legend(fontsize=8.5, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    if title:
        ax.set_title(title, fontsize=11, color=INK, loc="left")
    if isinstance(figure, Figure):
        figure.alt = text
    return figure


def _named(entry: Entry, key: str, names: Mapping[str, str]) -> str:
    name = str(entry.get(key, ""))
    return names.get(name, name)


def along(
    entries: Sequence[Entry],
    x: str,
    *,
    row: str = "row",
    names: Mapping[str, str] | None = None,
    axis: str = "accuracy",
    words: str = "",
    title: str = "",
    ax: Axes | None = None,
) -> Figure:
    """A line for each row along ``x``, with its 95 % interval as a band.

    Parameters
    ----------
    entries : sequence of mapping
        With ``row`` and ``x`` under the names given, ``value``, ``low`` and ``high``.
    axis, words : str
        What is measured, and what ``x`` is, with their units.

    Raises
    ------
    ValueError
        When no entry has a value.
    """
    kept = _with_value(entries)
    figure, ax = figure_of(ax, (7.6, 4.0))
    told = []
    for place, name in enumerate(dict.fromkeys(str(entry[row]) for entry in kept)):
        mine = sorted((e for e in kept if str(e[row]) == name), key=lambda e: float(e[x]))
        at = np.array([float(e[x]) for e in mine])
        value = np.array([float(e["value"]) for e in mine])
        low, high = ([float(e["value"] if e[end] is None else e[end]) for e in mine] for end in ("low", "high"))
        colour, mark = _look(place)
        label = (names or {}).get(name, name)
        ax.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
        ax.plot(at, value, f"-{mark}", color=colour, markersize=4.5, linewidth=1.8, label=label)
        told.append(f"{label}: {value[0]:.2f} at {at[0]:g} to {value[-1]:.2f} at {at[-1]:g}")
    ax.set(xlabel=words or x, ylabel=axis)
    return _finished(figure, ax, title, f"{axis} along {words or x}. {'; '.join(told)}.", legend=True)
