"""Pictures of a face's texture: what a branch of a network can read beside the photo."""

from __future__ import annotations

import torch
from torch.nn import functional

from ferviz import lbp
from ferviz.models.model import gray

__all__ = ["TEXTURES", "texture_of"]

TEXTURES = ("original", "circle", "uniform", "sobel")


@torch.no_grad()
def texture_of(pictures: torch.Tensor, kind: str) -> torch.Tensor:
    """The picture of a face's texture as a gray image.

    Parameters
    ----------
    pictures : torch.Tensor
        (N, C, H, W), gray or colour, 0 to 255, on any device. They become gray and are rounded to whole gray levels.
    kind : str
        ``original``, ``circle`` or ``uniform``: the local binary pattern (`ferviz.lbp.codes`, 8 points, radius 1) as a
        gray value, code / 127.5 − 1; for uniform the 59 codes evenly spaced, code / 29 − 1. ``sobel``: the length of
        the gradient, of which a step from black to white gets 1, flat 0 → −1. Beyond the border the picture goes on
        with its last pixels.

    Returns
    -------
    torch.Tensor
        (N, 1, H, W), float, −1 to 1. Piecewise constant in the pixels, so no gradient runs through it.

    Raises
    ------
    ValueError
        For an unknown kind, another shape, or numbers outside 0 to 255.
    """
    if kind not in TEXTURES:
        raise ValueError(f"kind must be one of {', '.join(TEXTURES)}; got {kind!r:.200}")
    if pictures.ndim != 4 or pictures.shape[1] not in (1, 3) or 0 in pictures.shape:
        raise ValueError(f"pictures must have shape (N, 1 or 3, H, W), no side 0; got {tuple(pictures.shape)}")
    low, high = (float(end) for end in pictures.aminmax())
    if not (low >= -0.01 and high <= 255.01):  # NaN too
        raise ValueError(f"pictures must be numbers from 0 to 255; got {low:g} to {high:g}")
    pictures = pictures.float()
    pictures = gray(pictures) if pictures.shape[1] == 3 else pictures
    levels = functional.pad(pictures.round().clamp(0, 255), (1, 1, 1, 1), mode="replicate")  # (N, 1, H + 2, W + 2)
    if kind == "sobel":
        return _sobel(levels)
    codes = lbp.codes(levels.to(torch.uint8), kind=kind, axes=(-2, -1))[..., 1:-1, 1:-1]  # (N, 1, H, W)
    return codes.float() * (2 / (lbp.bins(kind) - 1)) - 1


def _sobel(levels: torch.Tensor) -> torch.Tensor:
    """The length of the gradient (N, 1, H, W) of pictures with a border of one (N, 1, H + 2, W + 2)."""
    across = levels.new_tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    kernels = torch.stack((across, across.T))[:, None]  # (2, 1, 3, 3)
    length = functional.conv2d(levels, kernels).norm(dim=1, keepdim=True)
    return (length / 510 - 1).clamp_max(1)  # a straight step of 255 levels has 1020
