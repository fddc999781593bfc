"""What all matplotlib figures share: the explorers' look, a light and a dark page, alt text, honest heat maps."""

from __future__ import annotations

import base64
import io
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from html import escape
from typing import Any

import matplotlib as mpl
import matplotlib.figure
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.image import AxesImage

from ferviz.flat import is_flat
from ferviz.plots.colours import INK, PAGES, PAPER, SIGNED, UNSIGNED

__all__ = ["SMALL", "TEXT", "Figure", "alt", "colour_map", "figure_of", "grid", "headline", "heat", "scale", "subplots"]

DOTS = 144  # per inch, of the pictures in a figure: twice what a page shows, for sharp screens
HEAD, TEXT, SMALL = 11.0, 9.5, 8.5  # points; a page shows 4 pixels for 3 points
WIDE = 9.2  # inches: what the pane of a small laptop shows without making it smaller
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"  # JupyterLab's, and so the explorers'
DRAWN: Any = {
    "text.color": INK, "axes.labelcolor": INK, "axes.titlecolor": INK, "axes.edgecolor": INK, "xtick.color": INK,
    "ytick.color": INK, "axes.labelsize": TEXT, "xtick.labelsize": SMALL, "ytick.labelsize": TEXT,
    "figure.facecolor": PAPER, "axes.facecolor": PAPER, "axes.linewidth": 0.8,
    "axes.spines.top": False, "axes.spines.right": False,
}  # fmt: skip
WRITTEN: Any = {"svg.fonttype": "none", "svg.hashsalt": "ferviz", "image.composite_image": False}


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure that shows itself as SVG in the page's light or dark colours, with its alt text.

    Made by `subplots`, without pyplot's global list.
    """

    alt: str = ""
    told: Sequence[str] = ()
    """Its numbers, a sentence each: they stand below it, folded."""

    def _repr_html_(self) -> str:
        page = io.BytesIO()
        with mpl.rc_context(WRITTEN):
            self.savefig(
                page, format="svg", dpi=DOTS, facecolor=PAPER, bbox_inches="tight", pad_inches=0.1,
                metadata={"Date": None},
            )  # fmt: skip
        drawn = _in_both_themes(page.getvalue().decode())
        width = round(float(re.search(r'width="([\d.]+)pt"', drawn)[1]) * 96 / 72)  # type: ignore[index]
        data = base64.b64encode(drawn.encode()).decode()
        return (
            f'<img alt="{escape(spoken(self.alt), quote=True)}" src="data:image/svg+xml;base64,{data}" '
            f'style="width:{width}px;max-width:100%;border-radius:4px">{self._folded()}'
        )

    def _folded(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.told)
        return f"<details><summary>The numbers</summary><ul>{lines}</ul></details>" if lines else ""


def spoken(text: str) -> str:
    """The same with Greek letters by their names, since not every screen reader says them."""
    return re.sub("[Α-Ωα-ω]+", lambda found: " ".join(map(_name, found[0])), text)


def _name(letter: str) -> str:
    return unicodedata.name(letter).split()[-1].lower()


def _in_both_themes(drawn: str) -> str:
    """An SVG whose ink and paper follow the page it stands in, and whose words have the page's font.

    A picture takes its colour scheme from its place in the page, and JupyterLab states that of its theme. Where a
    browser does not hand it on, the system's is taken: ink and paper go together all the same.
    """
    names = {colour: f"--c{place}" for place, colour in enumerate(PAGES)}
    for colour, name in {"#000000": names[INK], **names}.items():
        drawn = re.sub(colour, f"var({name})", drawn, flags=re.IGNORECASE)
    light, dark = (";".join(f"{name}:{PAGES[colour][at]}" for colour, name in names.items()) for at in (0, 1))
    style = (
        f"<style>svg{{{light};fill:var({names[INK]})}}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"
        "<defs>"
    )
    drawn = re.sub(r"font-family: [^;\"]+", f"font-family: {FONT}", drawn)
    return drawn.replace("font-weight: 700", "font-weight: 600").replace("<defs>", style, 1)


def subplots(
    rows: int = 1, columns: int = 1, *, size: tuple[float, float] = (6.0, 4.0), alt: str = ""
) -> tuple[Figure, Any]:
    """A figure of ``size`` (width, height in inches) with its axes, as ``matplotlib.pyplot.subplots`` gives them."""
    with mpl.rc_context(DRAWN):
        figure = Figure(figsize=size, layout="constrained")
        figure.alt = alt
        return figure, figure.subplots(rows, columns)


def grid(count: int, *, side: tuple[float, float], most: int = 4, room: float = 0.0) -> tuple[Figure, list[Axes]]:
    """Axes for ``count`` pictures, at most ``most`` in a row, each with ``side`` (inches); ``room`` beside them."""
    rows = -(-count // most)
    columns = -(-count // rows)
    figure, made = subplots(rows, columns, size=(side[0] * columns + room, side[1] * rows))
    axes = list(np.ravel(made))
    for spare in axes[count:]:
        spare.remove()
    return figure, axes[:count]


def headline(figure: Figure, title: str, ax: Axes | None = None) -> None:
    """The finding above a figure, or above the ``ax`` that somebody gave, in as many lines as it takes."""
    text = textwrap.fill(title, max(30, int(figure.get_figwidth() * 11.5)))
    if ax is not None:
        ax.set_title(text, fontsize=HEAD, weight="bold", color=INK, loc="left")
    elif title:
        figure.suptitle(text, fontsize=HEAD, weight="bold", color=INK, x=0.01, ha="left")


def scale(image: Any, axes: Sequence[Axes], label: str, *, shrink: float = 0.8) -> None:
    """The colour scale of ``image`` beside ``axes``."""
    bar = axes[0].figure.colorbar(image, ax=axes, shrink=shrink)
    bar.set_label(label, fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    bar.outline.set_visible(False)


def alt(figure: Figure, text: str) -> Figure:
    """Give a figure its alt text: the finding in a sentence, for those who do not see it. Returns the figure."""
    if not isinstance(figure, Figure):
        raise TypeError(f"figure must come from ferviz.plots (for example subplots); got {type(figure).__name__}")
    if not text.strip():
        raise ValueError("text must say what the figure shows; got an empty text")
    figure.alt = text
    return figure


def figure_of(ax: Axes | None, size: tuple[float, float]) -> tuple[Figure, Axes]:
    """The figure to return and the axes to draw into: new ones, or those of ``ax``."""
    if ax is None:
        return subplots(size=size)
    figure: Any = ax.figure
    return figure, ax


def colour_map(signed: bool) -> LinearSegmentedColormap:
    """The colours of all heat maps: blue to orange where ``signed``, else light to dark."""
    name, stops = ("signed", SIGNED) if signed else ("unsigned", UNSIGNED)
    low, high = stops[0][0], stops[-1][0]
    rgb = [((at - low) / (high - low), (red / 255, green / 255, blue / 255)) for at, red, green, blue in stops]
    return LinearSegmentedColormap.from_list(name, rgb)


def heat(
    ax: Axes,
    values: npt.ArrayLike,
    *,
    limit: float,
    signed: bool,
    extent: tuple[float, float, float, float] | None = None,
    alpha: float = 1.0,
) -> AxesImage:
    """Draw a map on a scale that is given, never stretched to its own range; a flat one is labelled so.

    Parameters
    ----------
    values : array (H, W)
    limit : float
        The end of the colour scale, the same for all maps that are to be compared: -limit to limit with diverging
        colours where ``signed``, else 0 to limit.
    extent : left, right, bottom, top, optional
        In the coordinates of ``ax``.
    """
    array = np.asarray(values, dtype=float)
    if not signed and np.nanmin(array) < 0:
        raise ValueError(f"values must not be negative where signed is False; got {np.nanmin(array):.3g}")
    low = -limit if signed else 0.0
    image = ax.imshow(
        array,
        cmap=colour_map(signed),
        vmin=low,
        vmax=limit,
        extent=extent,
        alpha=alpha,
        interpolation="none",
    )
    if is_flat(array, limit):
        ax.text(
            0.5, 0.5, "flat", transform=ax.transAxes, ha="center", va="center", fontsize=12, color=INK,
            bbox={"facecolor": PAPER, "edgecolor": INK, "boxstyle": "round"},
        )  # fmt: skip
    return image
