"""A network as a row of blocks, drawn from its real shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ferviz.plots.colours import INK
from ferviz.plots.figure import SMALL, TEXT, WIDE, Figure, figure_of, headline

__all__ = ["network"]

STEP = 1.9  # room for one block
TALLEST = 1.3  # of the largest map


def network(shapes: Mapping[str, Sequence[int]], *, title: str = "", ax: Axes | None = None) -> Figure:
    """What becomes of a picture inside a network, block by block.

    Parameters
    ----------
    shapes : mapping of name to shape
        (channels, height, width) for maps, (classes,) for a list of numbers; in the order of the computation. A map is
        drawn as high as its pixels say, with one sheet for each doubling of its channels.

    Raises
    ------
    ValueError
        For no shape at all, or one that is neither of the two kinds.
    """
    if not shapes:
        raise ValueError("shapes must name at least one block; got none")
    for name, shape in shapes.items():
        if len(shape) not in (1, 3):
            raise ValueError(f"shapes[{name!r}] must be (channels, height, width) or (classes,); got {tuple(shape)}")
    largest = max((shape[1] for shape in shapes.values() if len(shape) == 3), default=1)
    given, (figure, ax) = ax, figure_of(ax, (min(WIDE, 1.15 * len(shapes) + 0.5), 2.3))
    for place, (name, shape) in enumerate(shapes.items()):
        middle = place * STEP
        if len(shape) == 3:
            _draw_sheets(ax, middle, TALLEST * max(shape[1] / largest, 0.05), shape[0])
            text = f"{shape[0]} × {shape[1]} × {shape[2]}"
        else:
            ax.add_patch(Rectangle((middle - 0.06, -0.5), 0.12, 1.0, facecolor="#E69F00", edgecolor=INK, linewidth=0.8))
            text = f"{shape[0]} numbers"
        ax.text(middle, 1.0, name, ha="center", va="bottom", fontsize=TEXT, color=INK)
        ax.text(middle, -1.0, text, ha="center", va="top", fontsize=SMALL, color=INK)
        if place:
            ax.annotate(
                "",
                (middle - 0.75, 0),
                (middle - STEP + 0.85, 0),
                arrowprops={"arrowstyle": "->", "color": INK, "lw": 0.9},
            )
    ax.set(xlim=(-0.9, (len(shapes) - 1) * STEP + 0.9), ylim=(-1.3, 1.3), aspect="equal")
    ax.set_axis_off()
    headline(figure, title, given)
    if isinstance(figure, Figure):
        steps = "; then ".join(f"{name}: {' × '.join(map(str, shape))}" for name, shape in shapes.items())
        figure.alt = f"The network block by block, channels × height × width. {steps}."
    return figure


def _draw_sheets(ax: Axes, middle: float, side: float, channels: int) -> None:
    sheets = max(1, channels.bit_length())
    for sheet in range(sheets):
        shift = min(0.05, 0.4 * side) * (sheet - (sheets - 1) / 2)
        corner = (middle + shift - side / 2, shift - side / 2)
        ax.add_patch(Rectangle(corner, side, side, facecolor="#CFE3F2", edgecolor="#0072B2", linewidth=0.8))
