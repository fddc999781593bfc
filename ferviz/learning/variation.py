"""How pictures are varied in training, and their boxes with them: before a model's ``inputs`` scales anything."""

from __future__ import annotations

import torch
from torch.nn import functional

from ferviz.arguments import number, whole

__all__ = ["Variation", "vary"]

MIDDLE = 127.5  # of the gray levels, which contrast is stretched about


class Variation:
    """How each of some faces is varied without changing its label: drawn once, done to all that belongs to the face.

    Half are mirrored; all are shifted by up to a twelfth of the side, and changed in brightness (by up to a tenth of
    the range) and contrast (0.75 to 1.33); a share ``resample`` is turned by up to 12 degrees, scaled by 0.9 to 1.1 and
    shifted by parts of a pixel, which smooths it: texture is then another than in a picture as it came, so a network
    that reads texture should see both. A share ``erase`` loses a square of up to a third of the side to noise.

    Parameters
    ----------
    count, side : int
        How many faces, of how many pixels a side.
    luck : torch.Generator
        All chance comes from it.
    erase, resample : float
        Shares from 0 to 1.

    Raises
    ------
    TypeError, ValueError
        For arguments of another kind or out of range, such as a seed instead of a generator.
    """

    def __init__(self, count: int, side: int, luck: torch.Generator, erase: float = 0.5, resample: float = 1.0) -> None:
        whole("count", count)
        whole("side", side)
        for name, share in (("erase", erase), ("resample", resample)):
            number(name, share, "a share from 0 to 1", lambda value: 0 <= value <= 1)
        if not isinstance(luck, torch.Generator):
            raise TypeError(f"luck must be a torch.Generator, for example ferviz.seeds.luck(0); got {luck!r:.200}")

        def draw(low: float, high: float) -> torch.Tensor:
            return low + (high - low) * torch.rand(count, generator=luck)

        self.side, self.luck = side, luck
        angle, scale = draw(-12, 12).deg2rad(), draw(0.9, 1.1)
        flip = torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
        right, low = draw(-1 / 6, 1 / 6), draw(-1 / 6, 1 / 6)  # half a side is 1, so a sixth is a twelfth
        if resample < 1:
            kept, half = draw(0, 1) >= resample, side / 2
            angle, scale = angle.masked_fill(kept, 0.0), scale.masked_fill(kept, 1.0)
            right, low = (torch.where(kept, (by * half).round() / half, by) for by in (right, low))
        cos, sin = angle.cos() * scale, angle.sin() * scale
        across, down = torch.stack([cos * flip, -sin, right], 1), torch.stack([sin * flip, cos, low], 1)
        self.moves = torch.stack([across, down], 1)  # (N, 2, 3), from places in the new picture to places in the old
        self.contrast, self.light = torch.exp(draw(-0.29, 0.29)), draw(-0.2, 0.2) * MIDDLE
        self.size, self.hit = draw(0.1, 1 / 3) * side, draw(0, 1) < erase
        self.left, self.top = draw(0, 1) * (side - self.size), draw(0, 1) * (side - self.size)

    def pictures(self, pictures: torch.Tensor) -> torch.Tensor:
        """Pictures (N, C, S, S), 0 to 255, varied: float, 0 to 255. The C channels, such as frames, vary alike."""
        here = pictures.device  # all chance is drawn on the CPU, so that it is the same wherever the pictures lie
        grid = functional.affine_grid(self.moves.to(here), list(pictures.shape), align_corners=False)
        moved = functional.grid_sample(pictures.float(), grid, padding_mode="border", align_corners=False)
        light, contrast = (each.to(here)[:, None, None, None] for each in (MIDDLE + self.light, self.contrast))
        moved = (moved - MIDDLE) * contrast + light
        return self._erased(moved.clamp(0, 2 * MIDDLE))

    def boxes(self, boxes: torch.Tensor) -> torch.Tensor:
        """Boxes (N, R, 4) in pixels, left, top, right, bottom: those that hold what they held, inside the picture.

        They stay upright, so round a face that was turned they are a little larger.
        """
        corners = boxes[..., [0, 1, 2, 1, 0, 3, 2, 3]].unflatten(-1, (4, 2)) * 2 / self.side - 1  # (N, R, 4, 2)
        turn, shift = self.moves[:, None, :, :2], self.moves[:, None, None, :, 2]
        moved = torch.linalg.solve(turn, (corners - shift).transpose(-1, -2)).transpose(-1, -2)
        return torch.cat([moved.amin(-2), moved.amax(-2)], -1).add(1).mul(self.side / 2).clamp(0, self.side)

    def _erased(self, pictures: torch.Tensor) -> torch.Tensor:
        at = torch.arange(self.side)
        inside_x = (at >= self.left[:, None]) & (at < (self.left + self.size)[:, None])
        inside_y = (at >= self.top[:, None]) & (at < (self.top + self.size)[:, None])
        inside = (inside_y[:, :, None] & inside_x[:, None, :] & self.hit[:, None, None])[:, None]
        noise = torch.rand(pictures.shape, generator=self.luck) * 2 * MIDDLE
        return torch.where(inside.to(pictures.device), noise.to(pictures.device), pictures)


def vary(pictures: torch.Tensor, luck: torch.Generator, erase: float = 0.5, resample: float = 1.0) -> torch.Tensor:
    """Faces (N, C, S, S), 0 to 255, each varied in its own way: float, 0 to 255. See `Variation`."""
    if not isinstance(pictures, torch.Tensor):
        raise TypeError(f"pictures must be a tensor (N, C, S, S); got {type(pictures).__name__}")
    if pictures.ndim != 4 or pictures.shape[-1] != pictures.shape[-2]:
        raise ValueError(f"pictures must have shape (N, C, S, S); got {tuple(pictures.shape)}")
    return Variation(len(pictures), pictures.shape[-1], luck, erase, resample).pictures(pictures)
