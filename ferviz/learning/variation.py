"""How pictures are varied in training: as they are before a model's ``inputs`` scales them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional

__all__ = ["vary"]

MIDDLE = 127.5  # of the grey levels, which contrast is stretched about


def vary(pictures: torch.Tensor, luck: torch.Generator, erase: float = 0.5, resample: float = 1.0) -> torch.Tensor:
    """Vary faces (N, C, S, S), 0 to 255, without changing their labels, each in its own way; float, 0 to 255.

    Half are mirrored; all are shifted by up to a twelfth of the side, and changed in brightness (by up to a tenth of
    the range) and contrast (0.75 to 1.33); a share ``resample`` is turned by up to 12 degrees, scaled by 0.9 to 1.1 and
    shifted by parts of a pixel, which smooths it: texture is then another than in a picture as it came, so a network
    that reads texture should see both. A share ``erase`` loses a square of up to a third of the side to noise. The C
    channels of a picture, for example the frames of a clip, vary alike.
    """
    count, half = len(pictures), pictures.shape[-1] / 2

    def draw(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(count, generator=luck)

    angle, scale = draw(-12, 12).deg2rad(), draw(0.9, 1.1)
    flip = torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
    right, low = draw(-1 / 6, 1 / 6), draw(-1 / 6, 1 / 6)  # half a side is 1, so a sixth is a twelfth
    if resample < 1:
        kept = draw(0, 1) >= resample
        angle, scale = angle.masked_fill(kept, 0.0), scale.masked_fill(kept, 1.0)
        right, low = (torch.where(kept, (by * half).round() / half, by) for by in (right, low))
    cos, sin = angle.cos() * scale, angle.sin() * scale
    across, down = torch.stack([cos * flip, -sin, right], 1), torch.stack([sin * flip, cos, low], 1)
    grid = functional.affine_grid(torch.stack([across, down], 1), list(pictures.shape), align_corners=False)
    moved = functional.grid_sample(pictures.float(), grid, padding_mode="border", align_corners=False)
    contrast, light = torch.exp(draw(-0.29, 0.29)), draw(-0.2, 0.2) * MIDDLE
    moved = (moved - MIDDLE) * contrast[:, None, None, None] + (MIDDLE + light)[:, None, None, None]
    return _erased(moved.clamp(0, 2 * MIDDLE), draw, erase, luck)


def _erased(
    pictures: torch.Tensor, draw: Callable[[float, float], torch.Tensor], share: float, luck: torch.Generator
) -> torch.Tensor:
    side = pictures.shape[-1]
    size, hit = draw(0.1, 1 / 3) * side, draw(0, 1) < share
    left, top = draw(0, 1) * (side - size), draw(0, 1) * (side - size)
    at = torch.arange(side)
    inside_x = (at >= left[:, None]) & (at < (left + size)[:, None])
    inside_y = (at >= top[:, None]) & (at < (top + size)[:, None])
    inside = (inside_y[:, :, None] & inside_x[:, None, :] & hit[:, None, None])[:, None]
    noise = torch.rand(pictures.shape, generator=luck) * 2 * MIDDLE
    return torch.where(inside, noise, pictures)
