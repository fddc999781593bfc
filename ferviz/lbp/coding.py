"""Codes of whole pictures, their histograms, and those of the three planes of a clip."""

from __future__ import annotations

import math

import torch

from ferviz.lbp.circle import (
    check,
    check_axes,
    check_codes,
    check_images,
    circle_of,
    code_dtype,
    count,
    encode,
    relabelled,
)

__all__ = ["bins", "codes", "histogram", "three_planes", "values"]


def bins(kind: str, points: int = 8) -> int:
    """How many bins a histogram of this kind of code needs: every code is below this number.

    For ``rotation_invariant`` many of them stay empty, because its codes keep their plain values: `values` lists the
    36 codes that can occur for 8 points.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    points : int
        Neighbours on the circle, from 3 to 24.

    Returns
    -------
    int
        2^P for original, circle and rotation_invariant, P (P − 1) + 3 for uniform, P + 2 for
        uniform_rotation_invariant.

    Raises
    ------
    TypeError, ValueError
        If the kind is unknown or the points do not fit.

    Examples
    --------
    >>> from ferviz.lbp import KINDS
    >>> [bins(kind) for kind in KINDS]
    [256, 256, 59, 256, 10]
    """
    check(kind, points)
    return count(kind, points)


def values(kind: str, points: int = 8) -> torch.Tensor:
    """The codes of this kind that can occur, ascending: (codes,) of the dtype that `codes` returns.

    Examples
    --------
    >>> from ferviz.lbp import KINDS
    >>> [len(values(kind)) for kind in KINDS]
    [256, 256, 59, 36, 10]
    """
    check(kind, points)
    return relabelled(torch.arange(2**points, dtype=torch.int32), kind, points).unique().to(code_dtype(kind, points))


@torch.no_grad()
def codes(
    images: torch.Tensor,
    *,
    points: int = 8,
    radius: float = 1.0,
    kind: str = "circle",
    axes: tuple[int, int] | None = None,
) -> torch.Tensor:
    """The local binary pattern of every pixel.

    The circle starts at the right of the centre and runs counter-clockwise; the first neighbour writes bit 2^0. The
    square of ``original`` starts at the top left and runs clockwise. A neighbour equal to the centre counts as 1.
    Outside the picture all pixels are 0, so codes nearer than the radius to the border depend on it.

    Parameters
    ----------
    images : torch.Tensor
        (..., H, W), integer or float, on any device. Float images are compared in float64 (float32 on mps, which has
        no other): flat regions are still exact, other ties are decided after rounding. More than two axes of which the
        last is 1, 3 or 4 are refused, since they are nearly always colour pictures (H, W, 3): give gray ones, or axes.
    points : int
        P, the neighbours on the circle, from 3 to 24.
    radius : float
        R in pixels, from 0.1 to 64.
    kind : str
        ``original``: the 3×3 square of 1996, only with 8 points and radius 1. ``circle``: the plain code.
        ``uniform``: one code for each pattern with at most two changes between 0 and 1, one for all others.
        ``rotation_invariant``: the smallest of the P rotations of the plain code. ``uniform_rotation_invariant``: the
        number of ones if there are at most two changes, else P + 1.
    axes : tuple[int, int], optional
        Which axes are H and W; the last two unless given. ``axes=(0, 1)`` takes each colour of (H, W, 3) apart.

    Returns
    -------
    torch.Tensor
        The shape of images, on the same device: uint8 if all codes of the kind are below 256, else int32. Cast to
        long before indexing, because torch reads uint8 indices as a mask.

    Raises
    ------
    TypeError
        If an argument has the wrong type or the images are neither integer nor float.
    ValueError
        If the shape, the kind, the points or the radius do not fit, pixels are NaN or infinite, or the integers are so
        large that 64 bits cannot compare them exactly.

    References
    ----------
    .. [1] Ojala, Pietikäinen, Harwood, "A comparative study of texture measures with classification based on featured
       distributions", Pattern Recognition 29, 1996. :DOI:`10.1016/0031-3203(95)00067-4`
    .. [2] Ojala, Pietikäinen, Mäenpää, "Multiresolution gray-scale and rotation invariant texture classification with
       local binary patterns", IEEE TPAMI 24, 2002, Eqs. 1–11. :DOI:`10.1109/TPAMI.2002.1017623`

    Examples
    --------
    >>> patch = torch.tensor([[6, 5, 2], [7, 6, 1], [9, 8, 7]], dtype=torch.uint8)
    >>> codes(patch, kind="original")[1, 1].item()
    241
    """
    check(kind, points, radius)
    check_images(images)
    check_axes(images, axes, "images", ("H", "W"))
    axes = axes or (-2, -1)
    coded = encode(images.movedim(axes, (-2, -1)), circle_of(kind, points, radius, radius), kind, points)
    return coded.movedim((-2, -1), axes).contiguous()


def histogram(
    codes: torch.Tensor,
    *,
    bins: int,
    grid: tuple[int, int] = (1, 1),
    normalise: bool = True,
    axes: tuple[int, int] | None = None,
) -> torch.Tensor:
    """Count the codes in each cell of a grid (Ahonen, Hadid, Pietikäinen 2006).

    Parameters
    ----------
    codes : torch.Tensor
        (..., H, W), integers from 0 to bins − 1. Cut off a border of one radius first if the zeros outside the picture
        should not count. A last axis of 1, 3 or 4 is refused as in `codes` (function), unless axes are given.
    bins : int
        From `bins` (kind, points).
    grid : tuple[int, int]
        Rows and columns of cells; the sizes of cells differ by at most one pixel.
    normalise : bool
        Divide by the pixels of each cell, so that each histogram sums to 1.
    axes : tuple[int, int], optional
        Which axes are H and W; the last two unless given.

    Returns
    -------
    torch.Tensor
        (..., rows, columns, bins), the other axes first: float32 if normalised, else int64.

    Raises
    ------
    TypeError
        If codes is not an integer tensor, or bins or grid are not integers.
    ValueError
        If a code lies outside the bins or a cell would be empty.

    References
    ----------
    .. [1] Ahonen, Hadid, Pietikäinen, "Face description with local binary patterns", IEEE TPAMI 28, 2006.
       :DOI:`10.1109/TPAMI.2006.244`

    Examples
    --------
    >>> histogram(torch.tensor([[0, 1], [2, 2]]), bins=3, grid=(2, 1), normalise=False)
    tensor([[[1, 1, 0]],
    <BLANKLINE>
            [[0, 0, 2]]])
    """
    check_axes(codes, axes, "codes", ("H", "W"))
    codes = codes if axes is None else codes.movedim(axes, (-2, -1))
    check_codes(codes, bins, grid)
    *batch, height, width = codes.shape
    rows, columns = grid
    row = torch.arange(height, device=codes.device) * rows // height  # (H,) the cell row of each pixel row
    column = torch.arange(width, device=codes.device) * columns // width  # (W,)
    cell = row[:, None] * columns + column  # (H, W)
    images = math.prod(batch)
    image = torch.arange(images, device=codes.device)[:, None, None]
    index = (image * rows * columns + cell) * bins + codes.long().reshape(images, height, width)  # (N, H, W)
    counts = torch.bincount(index.flatten(), minlength=images * rows * columns * bins)
    counts = counts.view(*batch, rows, columns, bins)
    return counts / counts.sum(-1, keepdim=True) if normalise else counts


@torch.no_grad()
def three_planes(
    clips: torch.Tensor,
    *,
    points: int = 8,
    radius: float = 1.0,
    time_radius: float | None = None,
    kind: str = "uniform",
    grid: tuple[int, int] = (1, 1),
    normalise: bool = True,
    axes: tuple[int, int, int] | None = None,
) -> torch.Tensor:
    """Histograms of local binary patterns on three orthogonal planes of a clip (LBP-TOP).

    Each voxel gets a code in its XY plane (the frame), its XT plane and its YT plane; in the last two, rows are time
    and columns x or y. As in the paper only voxels count whose neighbours all lie inside the clip.

    Parameters
    ----------
    clips : torch.Tensor
        (..., T, H, W) gray frames, integer or float. A last axis of 1, 3 or 4 is refused as in `codes`, since (T, H, 3)
        would nearly always be one colour picture and (T, H, W, 3) a film in colour.
    points, kind
        As in `codes`, the same on each plane.
    radius : float
        In pixels, along x and y.
    time_radius : float, optional
        In frames, along t; the same as radius if not given. Where the two differ the circle is an ellipse.
    grid, normalise
        As in `histogram`; cells divide x and y, never t.
    axes : tuple[int, int, int], optional
        Which axes are T, H and W; the last three unless given. ``axes=(0, 1, 2)`` takes each colour of (T, H, W, 3)
        apart.

    Returns
    -------
    torch.Tensor
        (..., 3, rows, columns, bins), the other axes first, planes in the order XY, XT, YT.

    Raises
    ------
    TypeError, ValueError
        As `codes` and `histogram`; also if the clip is too small to hold one whole neighbourhood.

    References
    ----------
    .. [1] Zhao, Pietikäinen, "Dynamic texture recognition using local binary patterns with an application to facial
       expressions", IEEE TPAMI 29, 2007, Section 4. :DOI:`10.1109/TPAMI.2007.1110`

    Examples
    --------
    >>> three_planes(torch.zeros(5, 16, 16, dtype=torch.uint8), grid=(2, 2)).shape
    torch.Size([3, 2, 2, 59])
    """
    time_radius = radius if time_radius is None else time_radius
    check(kind, points, radius)
    check(kind, points, time_radius, "time_radius")
    check_images(clips, "clips", axes=("T", "H", "W"))
    check_axes(clips, axes, "clips", ("T", "H", "W"))
    clips = clips if axes is None else clips.movedim(axes, (-3, -2, -1))
    space, time = math.ceil(radius), math.ceil(time_radius)
    smallest = (2 * time + 1, 2 * space + 1, 2 * space + 1)
    if any(size < needed for size, needed in zip(clips.shape[-3:], smallest, strict=True)):
        raise ValueError(
            f"clips must have at least (T, H, W) = {smallest} for radius {radius} and time_radius {time_radius}; "
            f"got {tuple(clips.shape[-3:])}"
        )
    flat, upright = circle_of(kind, points, radius, radius), circle_of(kind, points, time_radius, radius)
    xy = encode(clips, flat, kind, points)  # (..., T, H, W)
    xt = encode(clips.movedim(-2, -3), upright, kind, points).movedim(-3, -2)  # (..., H, T, W) and back
    yt = encode(clips.movedim(-1, -3), upright, kind, points).movedim(-3, -1)  # (..., W, T, H) and back
    inner = torch.stack((xy, xt, yt), dim=-4)[..., time:-time, space:-space, space:-space]
    counts = histogram(inner, bins=bins(kind, points), grid=grid, normalise=False, axes=(-2, -1))
    counts = counts.sum(-4)  # over time: (..., 3, rows, columns, bins)
    return counts / counts.sum(-1, keepdim=True) if normalise else counts
