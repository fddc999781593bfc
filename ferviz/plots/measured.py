"""Measured numbers with their intervals: row by row, and along a share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ferviz.measured import Figures, Findings, Measured, pick, said
from ferviz.measured.record import CLEAR, RUNS
from ferviz.plots.colours import INK, PAPER, RULE
from ferviz.plots.figure import SMALL, Figure, figure_of, headline

__all__ = ["along", "forest", "recorded"]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
WIDEST = 100  # letters of a line of the key
MARKS = ("o", "s", "^", "D", "v", "P", "X")


def forest(
    entries: Sequence[Measured],
    *,
    group: str = "family",
    row: str = "row",
    names: Mapping[str, str] | None = None,
    line: float | None = None,
    published: float | None = None,
    source: str = "",
    axis: str = "accuracy",
    title: str = "",
    runs: str = "single runs",
    ax: Axes | None = None,
) -> Figure:
    """A row for each name, and in it a dot with its interval for each group; of one group, the numbers beside it.

    Seeds whose values are known are small strokes below their dot. No verdict have fewer than five trainings
    (`Measured.few`: a cross and strokes; with an interval, `Measured.single`: a cross on a thin line), and what answers
    no claim (`Measured.unclaimed`: a small point on a thin line). The page has all the numbers below it, folded.

    Parameters
    ----------
    entries : sequence of Measured
        With ``row`` and ``group`` under the names given for them; one without a row is called by what it is, and a
        difference "row minus other row". Entries whose value is None are left out.
    names : mapping, optional
        How rows and groups are written.
    line : float, optional
        A value to compare with, drawn: 0 for differences, 1 for ratios, 0.5 for areas. A filled mark is clear of it
        (`Measured.clear`), a hollow one is not; the key says why.
    published : float, optional
        A published value, drawn as a dotted line, with its ``source``.
    axis : str
        What is measured, with its unit.
    runs : str
        What the strokes are, in the key.

    Raises
    ------
    ValueError
        When no entry has a value (so also for no entries), or a published value comes without its source.
    """
    if published is not None and not source:
        raise ValueError("source must say where the published value stands; got an empty text")
    kept, names = _with_value(entries), names or {}
    called = [_called(entry, row) for entry in kept]
    rows = list(dict.fromkeys(called))
    groups = list(dict.fromkeys(_group(entry, group) for entry in kept))
    given, (figure, ax) = ax, figure_of(ax, (8.4, 1.3 + len(rows) * max(0.4, 0.17 * len(groups))))
    for place, name in enumerate(groups):
        shift = 0.7 * ((place + 0.5) / len(groups) - 0.5)
        at = [(rows.index(own) + shift, e) for own, e in zip(called, kept, strict=True) if _group(e, group) == name]
        _dots(ax, at, place, names.get(name, name), line, len(groups))
    for y in range(1, len(rows)):
        ax.axhline(y - 0.5, color=RULE, linewidth=0.7)
    if line is not None:
        ax.axvline(line, color=INK, linestyle="--", linewidth=1.2)
    ax.set_yticks(range(len(rows)), [names.get(name, name) for name in rows])
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlabel=f"{axis}\n{_key(kept, line, runs)}")
    told = [
        said(entry, ", ".join(filter(None, (names.get(n, n) for n in (own, _group(entry, group))))), line=line,
             sign=entry.than is not None)
        for own, entry in zip(called, kept, strict=True)
    ]  # fmt: skip
    text = f"{axis}. {'; '.join(told)}"
    if len(groups) == 1:
        _numbers(ax, [(rows.index(own), entry) for own, entry in zip(called, kept, strict=True)])
    if published is not None:
        _published(ax, published, source)
        text += f". Published: {published:g} ({source})"
    headline(figure, title, given)
    return _finished(figure, ax, f"{text}.", told if given is None else (), legend=len(groups) > 1)


def _called(entry: Measured, row: str) -> str:
    name = str(entry.of.get(row, entry.what))
    return name if entry.than is None else f"{name} minus {entry.than}"


def _group(entry: Measured, group: str) -> str:
    return str(entry.of.get(group, ""))


def _with_value(entries: Sequence[Measured]) -> list[Measured]:
    kept = [entry for entry in entries if entry.value is not None]
    if not kept:
        raise ValueError("entries must hold at least one with a value; got none")
    return kept


def _look(place: int) -> tuple[str, str]:
    """The colour and the mark of a group or row by its place."""
    return COLOURS[place % len(COLOURS)], MARKS[place % len(MARKS)]


def _seeds(entry: Measured) -> list[float]:
    """The values of its seeds where they tell more than the value does."""
    return [value for value in (entry.seeds or {}).values() if value is not None and len(entry.seeds or {}) > 1]


def _dots(
    ax: Axes, at: Sequence[tuple[float, Measured]], place: int, label: str, line: float | None, groups: int
) -> None:
    """The dots, intervals and seeds of a group, each entry at its height."""
    colour, mark = _look(place)
    for y, entry in at:
        assert entry.value is not None  # see _with_value
        low, high = _ends(entry)
        if low is not None and high is not None:
            ax.plot((low, high), (y, y), color=colour, linewidth=1 if entry.unclaimed or entry.single else 2)
        hollow = line is not None and not entry.clear(line) and not entry.unclaimed
        own = "x" if entry.few or entry.single else "." if entry.unclaimed else mark
        face = PAPER if hollow else colour
        ax.plot([entry.value], [y], own, color=colour, markersize=6, label=label, markerfacecolor=face)
        each = _seeds(entry)
        ax.plot(each, [y + 0.28 / groups] * len(each), "|", color=COLOURS[1] if groups == 1 else colour, markersize=7)
        label = "_" + label  # one place in the legend


def _ends(entry: Measured) -> tuple[float | None, float | None]:
    """The interval that is drawn: none of fewer than five trainings, but one of a single one's people or pictures."""
    return (None, None) if entry.few and not entry.single else (entry.low, entry.high)


def _key(entries: Sequence[Measured], line: float | None, runs: str) -> str:
    """What lines, strokes, crosses, points and hollow marks are."""
    single, many = [one for one in entries if one.single], [one for one in entries if not (one.few or one.single)]
    asked = [entry for entry in many if not entry.unclaimed]
    ways = dict.fromkeys(entry.way for entry in (*many, *single) if entry.way is not None)
    told = [f"strokes: {runs}"] if any(map(_seeds, entries)) else []
    told += [f"crosses: means of fewer than {RUNS} runs, no verdict"] if len(many + single) < len(entries) else []
    told += ["crosses on thin lines: one training each, no verdict"] if single else []
    told += ["points on thin lines: they answer no claim, no verdict"] if len(asked) < len(many) else []
    if line is not None and asked:
        if any(entry.clear(line) for entry in asked):
            told.append(f"filled: clearly above or below {line:g}")
        if why := list(dict.fromkeys(_unclear(entry, line) for entry in asked if not entry.clear(line))):
            told.append(f"hollow: not shown to lie above or below {line:g}, since {' or '.join(why)}")
    lines = fill(f"lines: {' or '.join(ways)}", WIDEST) if ways else ""
    return "\n".join(filter(None, (lines, *_packed(told))))


def _unclear(entry: Measured, line: float) -> str:
    """Why an entry is not clear of a line (`Measured.clear`), in the words of what is drawn."""
    low, high = _ends(entry)
    if low is None or high is None:
        return "it has no line"
    if low <= line <= high:
        return f"its line reaches {line:g}"
    p = entry.p if entry.p_holm is None else entry.p_holm
    if line == 0 and p is not None and p > CLEAR:
        asked = "" if entry.p_holm is None else ", adjusted for all that was asked together,"
        return f"its p{asked} is above {CLEAR:g}"
    return "one of its strokes lies on the other side"


def _packed(told: Sequence[str]) -> list[str]:
    """Parts of a key in lines, broken between the parts; within one only where it is longer than a line."""
    rows: list[str] = []
    for part in told:
        if rows and len(rows[-1]) + len(part) + 2 <= WIDEST:
            rows[-1] += f"; {part}"
        else:
            rows.append(part)
    return [fill(row, WIDEST, subsequent_indent="    ") for row in rows]


def _numbers(ax: Axes, at: Sequence[tuple[float, Measured]]) -> None:
    """Each value with its number of items, at the right."""
    for y, entry in at:
        text = f"{entry.value:{'+' if entry.than is not None else ''}.3f}"
        text += f"  (n = {entry.items:,})" if entry.items is not None else ""
        ax.annotate(text, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=SMALL, color=INK)


def _published(ax: Axes, value: float, source: str) -> None:
    ax.axvline(value, color=COLOURS[1], linestyle=":", linewidth=1.8)
    ax.annotate(
        f"published: {value:g} ({source})", (value, 1), (4, 4), xycoords=("data", "axes fraction"),
        textcoords="offset points", fontsize=SMALL, color=INK, ha="center",
    )  # fmt: skip


def _finished(figure: Figure, ax: Axes, text: str, told: Sequence[str] = (), *, legend: bool) -> Figure:
    """With its legend beside it, its alt text, and its numbers in words."""
    if legend:
        marks = ax.legend(fontsize=SMALL, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False).legend_handles
        for mark in marks:  # filled, also where the first of a group is not clear
            if isinstance(mark, Line2D):
                mark.set_markerfacecolor(mark.get_color())
    if isinstance(figure, Figure):
        figure.alt, figure.told = text, told
    return figure


def along(
    entries: Sequence[Measured],
    x: str,
    *,
    row: str = "row",
    names: Mapping[str, str] | None = None,
    line: float | None = None,
    axis: str = "accuracy",
    words: str = "",
    title: str = "",
    ax: Axes | None = None,
) -> Figure:
    """A line for each row along ``x``, with its 95 % interval as a band.

    Parameters
    ----------
    entries : sequence of Measured
        With ``row`` and ``x`` under the names given.
    line, axis, words : float or str, optional
        A value to compare with, such as chance; what is measured, and what ``x`` is, with their units.

    Raises
    ------
    ValueError
        When no entry has a value.
    """
    kept = _with_value(entries)
    given, (figure, ax) = ax, figure_of(ax, (7.6, 4.0))
    told = []
    for place, name in enumerate(dict.fromkeys(str(entry[row]) for entry in kept)):
        mine = sorted((float(e[x]), *_band(e)) for e in kept if str(e[row]) == name)
        at, value, low, high = np.array(mine).T
        (colour, mark), label = _look(place), (names or {}).get(name, name)
        ax.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
        ax.plot(at, value, f"-{mark}", color=colour, markersize=4.5, linewidth=1.8, label=label)
        told.append(f"{label}: {value[0]:.2f} at {at[0]:g} to {value[-1]:.2f} at {at[-1]:g}")
    if line is not None:
        ax.axhline(line, color=INK, linestyle="--", linewidth=1.2)
        told.append(f"dashed: {line:g}")
    key = "\nbands: 95 %" if any(None not in _ends(entry) for entry in kept) else ""
    ax.set(xlabel=f"{words or x}{key}", ylabel=axis)
    headline(figure, title, given)
    return _finished(figure, ax, f"{axis} along {words or x}. {'; '.join(told)}.", legend=True)


def _band(entry: Measured) -> tuple[Any, Any, Any]:
    """Value, low and high; the value itself where no interval is drawn."""
    low, high = _ends(entry)
    return (entry.value, entry.value, entry.value) if low is None else (entry.value, low, high)


def recorded(
    figures: Figures,
    table: str,
    where: Mapping[str, Any] | None = None,
    draw: Callable[..., Figure] = forest,
    **told: Any,
) -> Figure | Findings:
    """A table of a record, drawn; a sentence with its title where it was not measured yet.

    Parameters
    ----------
    figures : Figures
    table : str
    where : mapping, optional
        Which of its entries, as `ferviz.measured.pick` takes them.
    draw : function
        `forest` or `along`; what else it takes, such as the ``x`` of `along`, comes in ``told``.

    Raises
    ------
    ValueError
        When the table is there and has no such entry, and the record does not say that something is missing in it.
    """
    try:
        picked = pick(figures.tables.get(table, ()), **(where or {}))
    except ValueError:
        if figures.tables.get(table) and not figures.about.get("missing"):
            raise
        return Findings((f"{told.get('title') or table}: not measured yet.",))
    return draw(picked, **told)
