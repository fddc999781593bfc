"""The machinery of `ferviz.lbp`: circle of neighbours, exact comparison, numbering of the codes, checks of arguments.

Offsets of neighbours are rounded to five decimals, as scikit-image does, so every bilinear weight is a whole multiple
of 1e-10 and integer images can be compared in whole numbers: a tie is a tie everywhere in the picture, which floating
point does not promise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, reduce

import torch

KINDS = ("original", "circle", "uniform", "rotation_invariant", "uniform_rotation_invariant")

_INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.uint32, torch.int64)
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_COLOURS = (1, 3, 4)  # lengths of an axis that holds gray, RGB or RGBA
_POINTS = (3, 24)
_RADIUS = (0.1, 64.0)
_SQUARE = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))  # clockwise from the top left
_UNIT = 100_000  # offsets are whole multiples of 1 / _UNIT
_TABLE_POINTS = 16  # up to here a table turns plain codes into the other kinds; beyond it would outgrow the cache
_BLOCK = 2**16  # pixels at a time: the temporaries of one block stay in the L2 cache of one core


@dataclass(frozen=True)
class Sample:
    """One neighbour as offsets from the centre: where it lies and the pixels that it is read from."""

    row: float
    column: float
    pixels: tuple[tuple[int, int, float], ...]  # row offset, column offset, weight; the weights sum to 1
    terms: tuple[tuple[int, int, int], ...]  # without the centre; weights as the smallest whole numbers in proportion
    scale: float  # gray levels for 1 in the sum of terms

    @property
    def on_grid(self) -> bool:
        """Whether it is one pixel, so that nothing is interpolated."""
        return len(self.pixels) == 1

    @property
    def weight(self) -> int:
        """The sum of the whole-number weights, which bounds the sums of interpolation."""
        return sum(weight for *_, weight in self.terms)


@cache
def circle_of(kind: str, points: int, row_radius: float, column_radius: float) -> tuple[Sample, ...]:
    """The neighbours in the order of their bits (Ojala et al. 2002, Eq. 3 and its text)."""
    if kind == "original":
        return tuple(_sample_at(row * _UNIT, column * _UNIT) for row, column in _SQUARE)
    angles = [2 * math.pi * point / points for point in range(points)]
    return tuple(
        _sample_at(round(-row_radius * math.sin(angle) * _UNIT), round(column_radius * math.cos(angle) * _UNIT))
        for angle in angles
    )


def _sample_at(row: int, column: int) -> Sample:
    """Bilinear weights at an offset given in units of 1e-5 pixels; the weights come out in units of 1e-10."""
    (top, down), (left, across) = divmod(row, _UNIT), divmod(column, _UNIT)
    corners = [
        (top + i, left + j, (down if i else _UNIT - down) * (across if j else _UNIT - across))
        for i in (0, 1)
        for j in (0, 1)
    ]
    pixels = tuple((i, j, weight / _UNIT**2) for i, j, weight in corners if weight)
    terms = [(i, j, weight) for i, j, weight in corners if weight and (i, j) != (0, 0)]
    divisor = math.gcd(*(weight for *_, weight in terms))
    reduced = tuple((i, j, weight // divisor) for i, j, weight in terms)
    return Sample(row / _UNIT, column / _UNIT, pixels, reduced, divisor / _UNIT**2)


def encode(images: torch.Tensor, circle: tuple[Sample, ...], kind: str, points: int) -> torch.Tensor:
    """Codes of images (..., H, W).

    All pictures lie in one row, with zeros between lines and between pictures, so that a neighbour is a constant step
    away from every pixel and any stretch of the row is a block of work.
    """
    images = widened(images)
    work = work_dtype(images, circle)
    *batch, height, width = images.shape
    reach = max(abs(offset) for sample in circle for i, j, _ in sample.terms for offset in (i, j))
    shape = (math.prod(batch), height + reach, width + reach)
    margin = reach * (width + reach) + reach
    row = images.new_zeros(math.prod(shape) + 2 * margin)
    row[margin : row.numel() - margin].view(shape)[:, :height, :width] = images.reshape(shape[0], height, width)
    result = torch.empty(math.prod(shape), dtype=code_dtype(kind, points), device=images.device)
    tabled = kind not in ("original", "circle") and points <= _TABLE_POINTS
    table = _table(kind, points).to(images.device) if tabled else None
    block = _BLOCK if images.device.type == "cpu" else 2**9 * _BLOCK
    for start in range(0, result.numel(), block):
        size = min(block, result.numel() - start)
        plain = _plain(row[start : start + size + 2 * margin], margin, width + reach, circle, work)
        if table is not None:
            result[start : start + size] = table.index_select(0, plain.int())
        else:
            result[start : start + size] = relabelled(plain, kind, points)
    return result.view(shape)[:, :height, :width].reshape(images.shape).contiguous()


def _plain(
    window: torch.Tensor, margin: int, stride: int, circle: tuple[Sample, ...], work: torch.dtype
) -> torch.Tensor:
    """Plain codes of the pixels of a window (1-D) without its margins: uint8 up to 8 points, else int32."""
    size = window.numel() - 2 * margin
    fine = window.to(work)

    def shifted(pixels: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
        start = margin + rows * stride + columns
        return pixels[start : start + size]

    code = torch.zeros(size, dtype=torch.uint8 if len(circle) <= 8 else torch.int32, device=window.device)
    for sample in reversed(circle):
        if sample.on_grid:  # nothing to interpolate, and bytes compare fastest
            bit = (shifted(window, *sample.terms[0][:2]) >= shifted(window, 0, 0)).view(torch.uint8)
        else:
            # Product, then sum: a fused step would round floats differently at the ends of a block.
            products = ((shifted(fine, i, j) - shifted(fine, 0, 0)).mul_(weight) for i, j, weight in sample.terms)
            bit = reduce(torch.Tensor.add_, products).ge_(0)  # in place, because torch is slow to compare into bool
        code = torch.add(bit.to(code.dtype), code, alpha=2)
    return code


def widened(images: torch.Tensor) -> torch.Tensor:
    """The same numbers in a type that torch can compare."""
    return images.to({torch.uint16: torch.int32, torch.uint32: torch.int64}.get(images.dtype, images.dtype))


def work_dtype(images: torch.Tensor, circle: tuple[Sample, ...]) -> torch.dtype:
    """The fastest type that holds every sum of interpolation exactly; for float images the widest float."""
    if images.is_floating_point():
        return torch.float32 if images.device.type == "mps" else torch.float64
    heaviest = max((sample.weight for sample in circle if not sample.on_grid), default=0)
    if images.dtype.itemsize < 4:
        spread = 2 ** (8 * images.dtype.itemsize) - 1
    else:
        low, high = images.aminmax() if images.numel() else (0, 0)
        spread = max(int(high), 1) - min(int(low), 0)  # never 0: the weights themselves must fit too
    if heaviest * spread >= 2**63:
        raise ValueError(
            f"images must differ by at most {(2**63 - 1) // heaviest} gray levels, 0 included, to be interpolated "
            f"exactly at this radius; got {spread}: scale them down or convert them to float64"
        )
    if heaviest * spread < 2**31:
        return torch.int32
    return torch.float64 if heaviest * spread < 2**53 and images.device.type != "mps" else torch.int64


def relabelled(plain: torch.Tensor, kind: str, points: int) -> torch.Tensor:
    """Plain codes turned into codes of another kind, in scikit-image's numbering."""
    if kind in ("original", "circle"):
        return plain
    if kind == "rotation_invariant":
        smallest = rotated = plain
        for _ in range(points - 1):
            rotated = _rotated(rotated, points)
            smallest = torch.minimum(smallest, rotated)
        return smallest
    ones = _ones(plain, points)
    uniform = _ones(plain ^ _rotated(plain, points), points) <= 2
    if kind == "uniform_rotation_invariant":
        return torch.where(uniform, ones, points + 1)
    below = _rotated(plain, points) & ~plain  # one bit: the zero just below the run of ones
    turns = (points - 1 - _ones(below - 1, points)) % points  # steps that the run's first one is short of a full turn
    label = torch.where(ones > 0, 1 + (ones - 1) * points + turns * (ones < points), 0)
    return torch.where(uniform, label, points * (points - 1) + 2)


def _rotated(plain: torch.Tensor, points: int) -> torch.Tensor:
    return (plain >> 1) | ((plain & 1) << (points - 1))


def _ones(plain: torch.Tensor, points: int) -> torch.Tensor:
    return sum(((plain >> bit) & 1 for bit in range(points)), start=torch.zeros_like(plain))


@cache
def _table(kind: str, points: int) -> torch.Tensor:
    plain = torch.arange(2**points, dtype=torch.int32, device="cpu")
    return relabelled(plain, kind, points).to(code_dtype(kind, points))


def count(kind: str, points: int) -> int:
    """All codes of a kind are below this number."""
    if kind == "uniform":
        return points * (points - 1) + 3
    return points + 2 if kind == "uniform_rotation_invariant" else 2**points


def code_dtype(kind: str, points: int) -> torch.dtype:
    """The smallest type for the codes of a kind: uint8 or int32."""
    return torch.uint8 if count(kind, points) <= 256 else torch.int32


def check(kind: str, points: int, radius: float = 1.0, radius_name: str = "radius") -> None:
    """Make sure that there are such codes; else TypeError or ValueError, naming the argument."""
    if not isinstance(kind, str):
        raise TypeError(f"kind must be a str; got {type(kind).__name__}")
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r:.200}")
    if not isinstance(points, int) or isinstance(points, bool):
        raise TypeError(f"points must be an int; got {type(points).__name__}")
    if not isinstance(radius, int | float) or isinstance(radius, bool):
        raise TypeError(f"{radius_name} must be a number; got {type(radius).__name__}")
    if not _POINTS[0] <= points <= _POINTS[1]:
        raise ValueError(f"points must be from {_POINTS[0]} to {_POINTS[1]}; got {points}")
    if not _RADIUS[0] <= radius <= _RADIUS[1]:
        raise ValueError(f"{radius_name} must be from {_RADIUS[0]} to {_RADIUS[1]} pixels; got {radius}")
    if kind == "original" and (points != 8 or radius != 1):
        raise ValueError(
            f"kind 'original' is the 3x3 square and has 8 points and {radius_name} 1; got {points} points and "
            f"{radius_name} {radius}: use kind 'circle' for other neighbourhoods"
        )


def check_images(images: torch.Tensor, name: str = "images", axes: tuple[str, ...] = ("H", "W")) -> None:
    """Make sure that images (..., *axes) are finite numbers; else TypeError or ValueError, naming the argument."""
    if not isinstance(images, torch.Tensor):
        raise TypeError(f"{name} must be a torch.Tensor; got {type(images).__name__}")
    if images.dtype not in (*_INTEGERS, *_FLOATS):
        raise TypeError(f"{name} must be integers up to int64 or floats from 16 to 64 bits; got {images.dtype}")
    if images.ndim < len(axes) or 0 in images.shape[-len(axes) :]:
        raise ValueError(f"{name} must have the shape (..., {', '.join(axes)}), no side 0; got {tuple(images.shape)}")
    if images.is_floating_point() and not images.isfinite().all():
        raise ValueError(f"{name} must be finite; got NaN or infinite pixels")


def check_axes(images: torch.Tensor, axes: tuple[int, ...] | None, name: str, letters: tuple[str, ...]) -> None:
    """Make sure that the axes that stand for ``letters`` are known; else TypeError or ValueError.

    A last axis of 1, 3 or 4 holds the colours of a picture far more often than its columns, so it must be named.
    """
    count = len(letters)
    last = tuple(range(-count, 0))
    if axes is None:
        if isinstance(images, torch.Tensor) and images.ndim > 2 and images.shape[-1] in _COLOURS:
            before = tuple(range(-count - 1, -1))
            cure = f"axes={before} to take each colour apart" if images.ndim > count else "one frame after another"
            raise ValueError(
                f"{name} must have the shape (..., {', '.join(letters)}); got {tuple(images.shape)}, whose last axis "
                f"looks like colours: make it gray (0.299 R + 0.587 G + 0.114 B, or [..., 0] of a single channel), "
                f"give {cure}, or axes={last} if it is {images.shape[-1]} columns"
            )
        return
    if not (isinstance(axes, tuple) and len(axes) == count and all(type(axis) is int for axis in axes)):
        raise TypeError(f"axes must be a tuple of {count} ints, the places of {', '.join(letters)}; got {axes!r:.200}")
    if isinstance(images, torch.Tensor):
        places = {axis % images.ndim for axis in axes if -images.ndim <= axis < images.ndim}
        if len(places) != count:
            raise ValueError(f"axes must be {count} different axes of {name} {tuple(images.shape)}; got {axes}")


def check_codes(codes: torch.Tensor, bins: int, grid: tuple[int, int]) -> None:
    """Make sure that codes (..., H, W) fit the bins and hold the grid; else TypeError or ValueError."""
    if not isinstance(codes, torch.Tensor) or codes.dtype not in _INTEGERS:
        raise TypeError(f"codes must be an integer torch.Tensor; got {getattr(codes, 'dtype', type(codes).__name__)}")
    if not isinstance(bins, int) or isinstance(bins, bool):
        raise TypeError(f"bins must be an int, as ferviz.lbp.bins(kind, points) returns; got {type(bins).__name__}")
    if not (isinstance(grid, tuple) and len(grid) == 2 and all(type(cells) is int for cells in grid)):
        raise TypeError(f"grid must be a tuple of two ints, (rows, columns); got {grid!r:.200}")
    if bins < 1:
        raise ValueError(f"bins must be at least 1; got {bins}")
    if codes.ndim < 2:
        raise ValueError(f"codes must have the shape (..., H, W); got {tuple(codes.shape)}")
    if not all(1 <= cells <= side for cells, side in zip(grid, codes.shape[-2:], strict=True)):
        raise ValueError(f"grid must be from (1, 1) to the size {tuple(codes.shape[-2:])} of codes; got {grid}")
    low, high = codes.long().aminmax() if codes.numel() else (0, 0)
    if low < 0 or high >= bins:
        raise ValueError(f"codes must be from 0 to {bins - 1} for {bins} bins; got {int(low)} to {int(high)}")
