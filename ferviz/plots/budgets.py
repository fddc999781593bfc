"""What networks label right, against what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ferviz.measured import Measured
from ferviz.plots.colours import INK
from ferviz.plots.figure import SMALL, Figure, headline, subplots
from ferviz.plots.measured import COLOURS, MARKS

__all__ = ["costs"]


def costs(
    entries: Sequence[Measured],
    against: Mapping[str, str],
    *,
    row: str = "row",
    axis: str = "accuracy",
    line: float | None = None,
    title: str = "",
) -> Figure:
    """A dot with its interval for each network, once against each cost: up is better, left is cheaper.

    Parameters
    ----------
    entries : sequence of Measured
        With ``row`` and each name of ``against`` under the names given; those without a value are left out.
    against : mapping
        The name of a cost in the entries → its words, with the unit. An axis for each, from 0.
    line : float, optional
        A value to compare with, drawn, such as that of one answer for every face.

    Raises
    ------
    ValueError
        When no entry has a value, or nothing is named to draw it against.
    """
    kept = [entry for entry in entries if entry.value is not None]
    if not kept or not against:
        raise ValueError(f"entries must have values, and against a cost; got {len(kept)} and {list(against)}")
    figure, axes = subplots(1, len(against), size=(1.6 + 3.7 * len(against), 3.6))
    panels = [axes] if len(against) == 1 else list(axes)
    for ax, (cost, words) in zip(panels, against.items(), strict=True):
        for place, entry in enumerate(kept):
            colour, mark = COLOURS[place % len(COLOURS)], MARKS[place % len(MARKS)]
            at, low, high = float(entry[cost]), entry.low, entry.high
            if low is not None and high is not None:
                ax.plot((at, at), (low, high), color=colour, linewidth=2)
            ax.plot([at], [entry.value], mark, color=colour, markersize=6, label=str(entry[row]))
        if line is not None:
            ax.axhline(line, color=INK, linestyle="--", linewidth=1.2)
        ax.set(xlim=(0, 1.08 * max(float(entry[cost]) for entry in kept)), xlabel=words)
        if ax is not panels[0]:
            ax.sharey(panels[0])
    panels[0].set_ylabel(axis)
    panels[-1].legend(fontsize=SMALL, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    headline(figure, title)
    told = [_said(entry, row, against) for entry in kept]
    told += [f"dashed: {line:.2f}"] if line is not None else []
    figure.alt, figure.told = f"{axis}. {'; '.join(told)}.", told
    return figure


def _said(entry: Measured, row: str, against: Mapping[str, str]) -> str:
    between = f" [{entry.low:.3f}, {entry.high:.3f}]" if entry.low is not None else ""
    costs = ", ".join(f"{words}: {float(entry[cost]):.2f}" for cost, words in against.items())
    return f"{entry[row]}: {entry.value:.3f}{between} ({costs})"
