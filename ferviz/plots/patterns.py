"""Figures for local binary patterns: the steps of one code, patterns as rings of dots, code pictures side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from ferviz.lbp import Explanation
from ferviz.plots.colours import BLACK, GAP, INK, TINT, WHITE
from ferviz.plots.figure import TEXT, Figure, grid, headline, subplots

__all__ = ["gallery", "neighbourhood", "rings", "square_steps"]

RING, CENTRE = "#0072B2", "#D55E00"


def square_steps(step: Explanation, *, title: str = "") -> Figure:
    """From the nine pixels of a square to its code, in four panels: gray levels, comparisons, weights, sum.

    Parameters
    ----------
    step : Explanation
        Of kind ``original``, from `ferviz.lbp.explain`.

    Raises
    ------
    ValueError
        For another kind, whose neighbours do not form a square.
    """
    if step.kind != "original":
        raise ValueError(f"step must be of kind 'original', the 3×3 square; got {step.kind!r:.200}")
    figure, axes = subplots(1, 4, size=(9.6, 2.75))
    cells = {(round(n.row) - step.row, round(n.column) - step.column): n for n in step.neighbours}
    top = max(step.centre, *(n.value for n in step.neighbours)) or 1  # of a black patch
    gray = {place: (f"{n.value:g}", 0.25 + 0.75 * n.value / top) for place, n in cells.items()}
    panels = [
        ("gray levels", gray | {(0, 0): (f"{step.centre:g}", 0.25 + 0.75 * step.centre / top)}),
        (f"at least {step.centre:g}?", {place: (str(n.bit), 1.0 if n.bit else 0.25) for place, n in cells.items()}),
        ("weights, clockwise", {place: (str(n.bit_weight), 0.92) for place, n in cells.items()}),
        (f"sum: {step.plain}", {p: (str(n.bit * n.bit_weight), 1.0 if n.bit else 0.8) for p, n in cells.items()}),
    ]
    for ax, (name, panel) in zip(axes, panels, strict=True):
        for (row, column), (text, level) in panel.items():
            _cell(ax, row, column, text, level)
        ax.add_patch(Rectangle((-0.5, -0.5), 1, 1, fill=False, edgecolor=CENTRE, linewidth=2.5))
        ax.set(xlim=(-1.55, 1.55), ylim=(1.55, -1.55), aspect="equal")
        ax.set_axis_off()
        ax.set_title(name, fontsize=TEXT, color=INK)
    headline(figure, title)
    figure.alt = (
        f"Four squares of 3 by 3. Centre {step.centre:g}; neighbours clockwise from the top left "
        f"{_listed(n.value for n in step.neighbours)}; bits {_listed(n.bit for n in step.neighbours)}; weights "
        f"{_listed(n.bit_weight for n in step.neighbours)}; sum {step.plain}."
    )
    return figure


def neighbourhood(image: npt.ArrayLike, step: Explanation, *, neighbour: int | None = None, title: str = "") -> Figure:
    """The pixels around one pixel, the ring, where each neighbour falls, and its bit.

    Parameters
    ----------
    image : array (H, W)
        The picture that was explained.
    step : Explanation
        From `ferviz.lbp.explain`.
    neighbour : int, optional
        Lines lead from this neighbour, counted from 0, to the pixels that it is read from, with their shares.
    """
    pixels = np.asarray(image)
    reach = int(np.ceil(step.radius))
    figure, ax = subplots(size=(4.6, 4.8))
    for row in range(max(0, step.row - reach), min(pixels.shape[0], step.row + reach + 1)):
        for column in range(max(0, step.column - reach), min(pixels.shape[1], step.column + reach + 1)):
            level = 0.25 + 0.75 * pixels[row, column] / (pixels.max() or 1)
            _cell(ax, row - step.row, column - step.column, "", level)
            away = np.array([row - step.row, column - step.column])
            spot = away + 0.36 * np.sign(away) if away.any() else (-0.22, 0.22)  # where no neighbour and no line falls
            text = f"{pixels[row, column]:g}"
            ax.text(spot[1], spot[0], text, ha="center", va="center", fontsize=14, color=_ink_on(level))
    ax.add_patch(Circle((0, 0), step.radius, fill=False, edgecolor=RING, linewidth=2))
    if neighbour is not None:
        _shares(ax, step, neighbour)
    for one in step.neighbours:
        place = (one.column - step.column, one.row - step.row)
        fill, ink = (WHITE, BLACK) if one.bit else (BLACK, WHITE)
        ax.add_patch(Circle(place, 0.11, facecolor=fill, edgecolor=RING, linewidth=1.8, zorder=3))
        ax.text(*place, str(one.bit), ha="center", va="center", fontsize=11, color=ink, zorder=4)
    side = reach + 0.55
    ax.set(xlim=(-side, side), ylim=(side, -side), aspect="equal")
    ax.set_axis_off()
    headline(figure, title)
    figure.alt = (
        f"The pixel {step.centre:g} with {step.points} neighbours on a ring of radius {step.radius:g}, "
        f"counter-clockwise from the right: {_listed(round(n.value, 2) for n in step.neighbours)}; bits "
        f"{_listed(n.bit for n in step.neighbours)}; code {step.code}."
    )
    return figure


def rings(
    codes: Sequence[int], *, points: int = 8, marked: Sequence[int] = (), columns: int = 9, title: str = ""
) -> Figure:
    """Patterns as rings of dots, white for 1 and black for 0, with the code below each.

    Parameters
    ----------
    codes : sequence of int
        Plain codes: bit 0 lies to the right, the others follow counter-clockwise.
    marked : sequence of int
        Codes that stand on a tinted ground.

    Raises
    ------
    ValueError
        For no code at all.
    """
    if not codes:
        raise ValueError("codes must hold at least one code; got none")
    rows = -(-len(codes) // columns)
    figure, ax = subplots(size=(0.95 * columns, 1.12 * rows + 0.4))
    for place, code in enumerate(codes):
        x, y = 2.9 * (place % columns), 3.5 * (place // columns)
        if code in marked:
            ax.add_patch(Rectangle((x - 1.38, y - 1.35), 2.76, 3.3, facecolor=TINT, edgecolor="none"))
        for bit in range(points):
            angle = 2 * np.pi * bit / points
            spot, fill = (x + np.cos(angle), y - np.sin(angle)), WHITE if code >> bit & 1 else BLACK
            ax.add_patch(Circle(spot, 0.22, facecolor=fill, edgecolor=INK))
        ax.text(x, y + 1.6, str(code), ha="center", va="center", fontsize=TEXT, color=INK)
    ax.set(xlim=(-1.5, 2.9 * columns - 1.4), ylim=(3.5 * rows - 1.4, -1.5), aspect="equal")
    ax.set_axis_off()
    headline(figure, title)
    figure.alt = f"{len(codes)} patterns as rings of {points} dots: codes {_listed(codes)}."
    if marked:
        figure.alt += f" On a tinted ground: {_listed(code for code in codes if code in set(marked))}."
    return figure


def gallery(
    pictures: Mapping[str, npt.ArrayLike],
    *,
    tops: Mapping[str, float] | float = 255,
    boxes: Mapping[str, Sequence[npt.NDArray[np.float64]]] | None = None,
    title: str = "",
    alt: str = "",
) -> Figure:
    """Gray pictures side by side, never smoothed and never stretched.

    Parameters
    ----------
    pictures : mapping of name to array (H, W)
    tops : float, or one for each name
        The value that is white; 0 is black.
    boxes : mapping of name to boxes, optional
        Left, top, right, bottom in pixel edges, drawn into the picture of that name.
    alt : str
        The finding in words; without it the names alone.

    Raises
    ------
    ValueError
        For no picture at all.
    """
    if not pictures:
        raise ValueError("pictures must name at least one; got none")
    figure, axes = grid(len(pictures), side=(2.2, 2.6))
    for ax, (name, picture) in zip(axes, pictures.items(), strict=True):
        top = tops if isinstance(tops, int | float) else tops[name]
        ax.imshow(np.asarray(picture), cmap="gray", vmin=0, vmax=top, interpolation="none")
        for box in (boxes or {}).get(name, ()):
            corner, (width, height) = box[:2] - 0.5, box[2:] - box[:2]
            ax.add_patch(Rectangle(tuple(corner), width, height, fill=False, edgecolor=CENTRE, linewidth=2.5))
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.set_title(name, fontsize=TEXT, color=INK)
    headline(figure, title)
    figure.alt = alt or f"{title}. Pictures side by side: {', '.join(pictures)}."
    return figure


def _cell(ax: Axes, row: int, column: int, text: str, level: float) -> None:
    ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=(level,) * 3, edgecolor=GAP, linewidth=0.8))
    ax.text(column, row, text, ha="center", va="center", fontsize=16, color=_ink_on(level))


def _ink_on(level: float) -> str:
    """Black on a light gray, white on a dark one."""
    return BLACK if level > 0.5 else WHITE


def _shares(ax: Axes, step: Explanation, neighbour: int) -> None:
    one = step.neighbours[neighbour]
    start = np.array([one.column - step.column, one.row - step.row])
    for (row, column), weight in zip(one.pixels, one.weights, strict=True):
        end = np.array([column - step.column, row - step.row])
        ax.plot(*zip(start, end, strict=True), color=CENTRE, linewidth=2, zorder=2)
        x, y = end + 0.42 * (end - start)
        ax.text(
            x, y, f"× {weight:.3f}", ha="center", va="center", fontsize=TEXT, color=INK, zorder=5,
            bbox={"facecolor": TINT, "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip


def _listed(values: Any) -> str:
    return ", ".join(f"{value:g}" for value in values)
