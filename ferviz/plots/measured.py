"""Measured values with their intervals, beside a published one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from ferviz.plots.colours import INK, PAPER
from ferviz.plots.figure import Figure, figure_of, heat

__all__ = ["confusion", "intervals"]


def intervals(
    metrics: Sequence[Mapping[str, Any]],
    *,
    published: float | None = None,
    source: str = "",
    names: Sequence[str] | None = None,
    title: str = "",
    axis: str = "accuracy",
    ax: Axes | None = None,
) -> Figure:
    """A row for each metric: the value as a dot, its 95 % interval as a line, the number of items written beside it.

    Parameters
    ----------
    metrics : sequence of mapping
        With ``what``, ``value``, ``interval`` (low, high) or None, and ``items``, as in ``Card.metrics``.
    published : float, optional
        Drawn as a dashed line, with its ``source``.
    names : sequence of str, optional
        Short names for the rows in place of ``what``.

    Raises
    ------
    ValueError
        For no metrics, other names than rows, or a published value without its source.
    """
    if not metrics:
        raise ValueError("metrics must hold at least one; got none")
    if names is not None and len(names) != len(metrics):
        raise ValueError(f"names must be {len(metrics)}, one a metric; got {len(names)}")
    if published is not None and not source:
        raise ValueError("source must say where the published value stands; got an empty text")
    names = list(names) if names is not None else [str(metric["what"]) for metric in metrics]
    figure, ax = figure_of(ax, (7.2, 0.95 + 0.45 * len(metrics)))
    for row, metric in enumerate(metrics):
        value, interval = float(metric["value"]), metric["interval"]
        if interval is not None:
            ax.plot(interval, (row, row), color="#0072B2", linewidth=2.5)
        ax.plot([value], [row], "o", color="#0072B2", markersize=7)
        text = f"{value:.3f}  (n = {metric['items']})"
        ax.annotate(text, (1.02, row), xycoords=("axes fraction", "data"), va="center", fontsize=9, color=INK)
    if published is not None:
        ax.axvline(published, color="#D55E00", linestyle="--", linewidth=1.5)
        ax.annotate(
            f"published: {published:g} ({source})", (published, 1), (4, 4), xycoords=("data", "axes fraction"),
            textcoords="offset points", fontsize=9, color=INK, ha="center",
        )  # fmt: skip
    ax.set_yticks(range(len(metrics)), names)
    ax.set(ylim=(len(metrics) - 0.5, -0.5), xlabel=axis)
    ax.margins(x=0.1)
    if title:
        ax.set_title(title, fontsize=11, color=INK, loc="left", pad=22)
    if isinstance(figure, Figure):
        figure.alt = _say(metrics, names, published, source)
    return figure


def _say(metrics: Sequence[Mapping[str, Any]], names: Sequence[str], published: float | None, source: str) -> str:
    rows = [
        f"{name}: {metric['value']:.3f}"
        + (f", 95 % interval {metric['interval'][0]:.3f} to {metric['interval'][1]:.3f}" if metric["interval"] else "")
        + f", {metric['items']} items"
        for name, metric in zip(names, metrics, strict=True)
    ]
    beside = f" Published: {published:g} ({source})." if published is not None else ""
    return f"Measured. {'; '.join(rows)}.{beside}"


def confusion(counts: npt.ArrayLike, labels: Sequence[Any], *, title: str = "", ax: Axes | None = None) -> Figure:
    """A confusion table: a row for what is shown, a column for the label given, in shares of the row.

    Parameters
    ----------
    counts : int array (E, E)
        How often row ``i`` got label ``j``.
    labels : sequence of str
        E names.

    Raises
    ------
    ValueError
        When the table is not square, does not fit the labels, or has an empty row.
    """
    table = np.asarray(counts, dtype=float)
    if table.shape != (len(labels), len(labels)):
        raise ValueError(f"counts must have shape ({len(labels)}, {len(labels)}), as labels; got {table.shape}")
    if not table.sum(1).all():
        raise ValueError(f"counts must have items in each row; got none for {labels[int(table.sum(1).argmin())]}")
    share = table / table.sum(1, keepdims=True)
    figure, ax = figure_of(ax, (6.2, 4.6))
    drawn = heat(ax, share, limit=1.0, signed=False)
    for row, column in np.ndindex(share.shape):
        value = share[row, column]
        colour = PAPER if value > 0.6 else INK
        weight = "bold" if row == column else "normal"
        ax.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=8.5, color=colour, weight=weight)
    names = [str(label) for label in labels]
    ax.set_xticks(range(len(names)), names, rotation=30, ha="right")
    ax.set_yticks(range(len(names)), [f"{name} (n = {int(n)})" for name, n in zip(names, table.sum(1))])
    ax.set(xlabel="label given", ylabel="shown")
    bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.85, label="share of the row")
    bar.ax.tick_params(labelsize=8, colors=INK)
    if title:
        ax.set_title(title, fontsize=11, color=INK, loc="left")
    if isinstance(figure, Figure):
        right = ", ".join(f"{name} {share[i, i]:.2f}" for i, name in enumerate(names))
        figure.alt = f"A confusion table of {int(table.sum())} items. Right: {right}."
    return figure
