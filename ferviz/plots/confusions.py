"""Which label is given to what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from ferviz.plots.colours import ink_of
from ferviz.plots.figure import SMALL, Figure, figure_of, headline, heat, scale

__all__ = ["confusion"]


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
    given, (figure, ax) = ax, figure_of(ax, (6.8, 5.0))
    drawn = heat(ax, share, limit=1.0, signed=False)
    for row, column in np.ndindex(share.shape):
        value = share[row, column]
        colour = ink_of(value, signed=False)
        weight = "bold" if row == column else "normal"
        ax.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=SMALL, color=colour, weight=weight)
    names = [str(label) for label in labels]
    ax.set_xticks(range(len(names)), names, rotation=30, ha="right")
    ax.set_yticks(range(len(names)), [f"{name} (n = {round(n)})" for name, n in zip(names, table.sum(1))])
    ax.set(xlabel="label given", ylabel="shown")
    scale(drawn, [ax], "share of the row")
    headline(figure, title, given)
    if isinstance(figure, Figure):
        right = ", ".join(f"{name} {share[i, i]:.2f}" for i, name in enumerate(names))
        figure.alt = f"A confusion table of {round(table.sum())} items. Right: {right}."
    return figure
