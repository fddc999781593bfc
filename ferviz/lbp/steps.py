"""One code step by step, in the numbers that `ferviz.lbp.coding` compares."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ferviz.lbp.circle import Sample, check, check_images, circle_of, relabelled, widened, work_dtype

__all__ = ["Explanation", "Neighbour", "explain"]


@dataclass(frozen=True)
class Neighbour:
    """One comparison: a neighbour of the pixel, read from at most four pixels.

    ``pixels`` are (row, column) and may lie outside the picture, where ``values`` are 0. ``difference`` is ``value``
    minus the centre, computed as `codes` does; ``bit`` is 1 if it is 0 or more.
    """

    row: float
    column: float
    pixels: tuple[tuple[int, int], ...]
    values: tuple[float, ...]
    weights: tuple[float, ...]
    value: float
    difference: float
    bit: int
    bit_weight: int


@dataclass(frozen=True)
class Explanation:
    """The computation of one code, step by step. ``changes`` counts 0/1 changes once around the circle."""

    kind: str
    points: int
    radius: float
    row: int
    column: int
    centre: float
    neighbours: tuple[Neighbour, ...]
    plain: int
    changes: int
    code: int


def explain(
    image: torch.Tensor, row: int, column: int, *, points: int = 8, radius: float = 1.0, kind: str = "circle"
) -> Explanation:
    """Show the code of one pixel step by step; its ``code`` is what `codes` gives there.

    Parameters
    ----------
    image : torch.Tensor
        (H, W), as in `codes`.
    row, column : int
        The pixel, inside the picture.
    points, radius, kind
        As in `codes`.

    Raises
    ------
    TypeError, ValueError
        As `codes`; also if the image has more than two axes.
    IndexError
        If the pixel lies outside the picture.

    Examples
    --------
    >>> patch = torch.tensor([[6, 5, 2], [7, 6, 1], [9, 8, 7]])
    >>> seen = explain(patch, 1, 1, kind="original")
    >>> [neighbour.bit for neighbour in seen.neighbours], seen.code
    ([1, 0, 0, 0, 1, 1, 1, 1], 241)
    """
    check(kind, points, radius)
    check_images(image, "image")
    if image.ndim != 2:
        hint = "; give one channel, image[..., 0], or a gray picture" if image.shape[-1] in (1, 3, 4) else ""
        raise ValueError(f"image must have the shape (H, W); got {tuple(image.shape)}{hint}")
    if type(row) is not int or type(column) is not int:
        raise TypeError(f"row and column must be ints; got {type(row).__name__} and {type(column).__name__}")
    height, width = image.shape
    if not (0 <= row < height and 0 <= column < width):
        raise IndexError(f"pixel ({row}, {column}) lies outside the image of shape {(height, width)}")
    circle, image = circle_of(kind, points, radius, radius), widened(image)
    work_dtype(image, circle)  # refuses what `codes` would refuse
    neighbours = tuple(_compare(image, row, column, sample, 2**bit) for bit, sample in enumerate(circle))
    plain = sum(neighbour.bit * neighbour.bit_weight for neighbour in neighbours)
    changes = sum(a.bit != b.bit for a, b in zip(neighbours, neighbours[1:] + neighbours[:1], strict=True))
    code = int(relabelled(torch.tensor([plain], dtype=torch.int32), kind, points))
    centre = image[row, column].item()
    return Explanation(kind, points, radius, row, column, centre, neighbours, plain, changes, code)


def _compare(image: torch.Tensor, row: int, column: int, sample: Sample, bit_weight: int) -> Neighbour:
    def pixel(rows: int, columns: int) -> float:
        inside = 0 <= row + rows < image.shape[0] and 0 <= column + columns < image.shape[1]
        return image[row + rows, column + columns].item() if inside else 0

    centre = pixel(0, 0)
    total: float = 0
    for rows, columns, weight in sample.terms:  # one by one: sum() would round floats in another way than _plain
        total += (pixel(rows, columns) - centre) * weight
    return Neighbour(
        row=row + sample.row,
        column=column + sample.column,
        pixels=tuple((row + rows, column + columns) for rows, columns, _ in sample.pixels),
        values=tuple(pixel(rows, columns) for rows, columns, _ in sample.pixels),
        weights=tuple(weight for *_, weight in sample.pixels),
        value=centre + total * sample.scale,
        difference=total * sample.scale,
        bit=int(total >= 0),
        bit_weight=bit_weight,
    )
