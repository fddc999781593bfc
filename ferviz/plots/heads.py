"""One body and several heads: what they say of a face, how faces lie in the feature, and tables of numbers as a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.axes import Axes

from ferviz.clip import Clip
from ferviz.measured import Measured, said
from ferviz.plots.colours import INK, ink_of
from ferviz.plots.figure import SMALL, Figure, figure_of, headline, heat, scale, subplots
from ferviz.plots.measured import COLOURS, MARKS

__all__ = ["feature_plane", "head_network", "matrix"]

Array = npt.NDArray[Any]
_HEADS = ("emotion", "age", "gender", "ethnicity")


def head_network(face: Clip, observation: xr.Dataset, *, title: str = "") -> Figure:
    """A face, the feature that the body makes of it, and what each head makes of that.

    Parameters
    ----------
    face : Clip
        Of one frame.
    observation : xarray.Dataset
        Of this face, one frame of what ``ferviz.observe`` gives for a `MultiTask`: ``feature``, and what the heads
        say; those that are silent are left out.

    Raises
    ------
    ValueError
        When the observation has several frames, or no feature.
    """
    if "feature" not in observation or observation["feature"].ndim != 1 or len(face) != 1:
        raise ValueError("observation must be one frame (isel(frame=0)) of a MultiTask, and face a clip of one frame")
    figure, axes = subplots(2, 3, size=(9.2, 4.6))
    axes = list(np.ravel(axes))
    axes[0].imshow(face.frames[0])
    axes[0].set_axis_off()
    axes[0].set_title("the face", fontsize=SMALL, color=INK)
    feature = observation["feature"].values
    wide = int(np.ceil(np.sqrt(len(feature))))
    padded = np.full(wide * wide, np.nan)
    padded[: len(feature)] = feature
    most = float(np.abs(feature).max()) or 1.0
    heat(axes[1], padded.reshape(wide, wide), limit=most, signed=bool((feature < 0).any()))
    axes[1].set_axis_off()
    axes[1].set_title(f"body → feature, {len(feature)} numbers", fontsize=SMALL, color=INK)
    told = [_answer(ax, head, observation) for ax, head in zip(axes[2:], _HEADS, strict=True)]
    headline(figure, title)
    figure.alt = f"A face and its feature of {len(feature)} numbers. {'; '.join(told)}."
    return figure


def _answer(ax: Axes, head: str, observation: xr.Dataset) -> str:
    """Draw what a head says, and say it."""
    name = "gender" if head == "gender" else f"{head}_probability"
    ax.set_title(f"head {head}", fontsize=SMALL, color=INK)
    if name not in observation:
        ax.text(0.5, 0.5, "says nothing", ha="center", transform=ax.transAxes, fontsize=SMALL, color=INK)
        ax.set_axis_off()
        return f"{head}: says nothing"
    values = np.atleast_1d(observation[name].values)
    if head == "age":
        years = float(observation["expected_age"])
        ax.bar(np.arange(1, len(values) + 1), values, width=1.0, color=COLOURS[0])
        ax.axvline(years, color=COLOURS[1])
        ax.set_xlabel(f"years; the read-out: {years:.1f}", fontsize=SMALL)
        return f"age: {years:.1f} years"
    names = ["0 male, 1 female"] if head == "gender" else [str(one) for one in observation[head].values]
    ax.barh(range(len(values)), values, color=COLOURS[0])
    ax.set_yticks(range(len(values)), names, fontsize=SMALL)
    ax.set(xlim=(0, 1))
    ax.invert_yaxis()
    best = int(values.argmax())
    return f"{head}: {values[0]:.2f}" if head == "gender" else f"{head}: {names[best]} {values[best]:.2f}"


def feature_plane(
    features: npt.ArrayLike, kinds: Sequence[Any], *, title: str = "", ax: Axes | None = None
) -> Figure:
    """Faces (N, D) in the plane of their two largest principal components, marked by what ``kinds`` (N,) says.

    The title says how much of the variance lies between the kinds, over all components: 0 where the means of the kinds
    are the same, 1 where faces of a kind are; and how much would by chance, (kinds − 1) / (faces − 1), if the kinds
    were dealt anew.

    Raises
    ------
    ValueError
        For fewer than three faces, or kinds that are not one a face.
    """
    x = np.asarray(features, float)
    if x.ndim != 2 or len(x) < 3 or len(kinds) != len(x):
        raise ValueError(f"features must be (faces, D) of three faces or more, one kind each; got {x.shape}")
    x = x - x.mean(0)
    _, spread, axes = np.linalg.svd(x, full_matrices=False)
    flat, share = x @ axes[:2].T, spread**2 / max(float((spread**2).sum()), 1e-12)
    names = list(dict.fromkeys(str(kind) for kind in kinds))
    place = np.array([names.index(str(kind)) for kind in kinds])
    between = sum((place == k).sum() * (x[place == k].mean(0) ** 2).sum() for k in range(len(names)))
    explained = float(between / max(float((x**2).sum()), 1e-12))
    given, (figure, ax) = ax, figure_of(ax, (5.6, 4.2))
    for k, name in enumerate(names):
        colour, mark = COLOURS[k % len(COLOURS)], MARKS[k % len(MARKS)]
        ax.plot(*flat[place == k].T, mark, color=colour, markersize=5, label=name)
    ax.set(xlabel=f"component 1 ({share[0]:.0%} of the variance)", ylabel=f"component 2 ({share[1]:.0%})")
    ax.legend(fontsize=SMALL, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    chance = (len(names) - 1) / (len(x) - 1)
    share_of = f"{explained:.0%} of the variance lies between them, by chance {chance:.0%}"
    headline(figure, f"{title}: {share_of}" if title else "", given)
    if isinstance(figure, Figure):
        figure.alt = (
            f"{len(x)} faces of {len(names)} kinds in the plane of two principal components, which hold "
            f"{share[:2].sum():.0%} of the variance. Of all, {share_of}."
        )
    return figure


def matrix(
    entries: Sequence[Measured],
    *,
    column: str,
    row: str = "row",
    down: str = "",
    across: str = "",
    limit: float | None = None,
    words: str = "",
    names: Mapping[str, str] | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Figure:
    """Measured numbers as a map, a row and a column for each, with their intervals in it.

    Parameters
    ----------
    entries : sequence of Measured
        With ``row`` and ``column`` under the names given, each pair once.
    down, across : str
        What rows and columns are, beside them.
    limit : float, optional
        The end of the colour scale: the largest value unless given.
    words : str
        What is measured, for the scale.
    names : mapping, optional
        How rows and columns are written.

    Raises
    ------
    ValueError
        When no entry has a value.
    """
    kept = [one for one in entries if one.value is not None]
    if not kept:
        raise ValueError("entries must hold at least one with a value; got none")
    rows, columns = (list(dict.fromkeys(str(one[name]) for one in kept)) for name in (row, column))
    known, table = names or {}, np.full((len(rows), len(columns)), np.nan)
    for one in kept:
        table[rows.index(str(one[row])), columns.index(str(one[column]))] = one.value
    signed, most = bool((table < 0).any()), float(limit or np.nanmax(np.abs(table)) or 1.0)
    given, (figure, ax) = ax, figure_of(ax, (1.9 + 1.55 * len(columns), 1.2 + 0.55 * len(rows)))
    drawn = heat(ax, table, limit=most, signed=signed)
    ax.set_aspect("auto")  # room for intervals
    for one in kept:
        at = columns.index(str(one[column])), rows.index(str(one[row]))
        colour = ink_of(float(one.value or 0) / most, signed=signed)
        ends = "" if one.low is None or one.few else f"\n[{one.low:.2f}, {one.high:.2f}]"
        ax.text(*at, f"{one.value:.2f}{ends}", ha="center", va="center", fontsize=SMALL - 1,
                color=colour)  # fmt: skip
    ax.set_xticks(range(len(columns)), [known.get(name, name) for name in columns])
    ax.set_yticks(range(len(rows)), [known.get(name, name) for name in rows])
    ax.set(xlabel=across, ylabel=down)
    scale(drawn, [ax], words or kept[0].what)
    headline(figure, title, given)
    if isinstance(figure, Figure):
        told = [said(one, f"{one[row]}, {one[column]}") for one in kept]
        figure.alt, figure.told = f"{words or kept[0].what}. {'; '.join(told)}.", told
    return figure
