"""A toy of a paper: one mask over a face, and a mean over what it lets through."""

from __future__ import annotations

import torch
from torch import nn

from ferviz.clip import Clip, Crop
from ferviz.emotions import LABEL_SETS
from ferviz.models.model import Model, gray, resize
from ferviz.models.probe import Probe

__all__ = ["Toy", "shipped"]

SIDE = 16


class Toy(Model):
    """Gray faces (B, 1, 16, 16), 0 to 1 → logits (B, 7). Named quantity: ``mask`` (B, 16, 16)."""

    labels = LABEL_SETS["FER2013"]
    crop = Crop(size=SIDE, margin=0.0)

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Conv2d(1, 8, 3, padding=1)
        self.weigh = nn.Conv2d(8, 1, 1)
        self.classify = nn.Linear(8, len(self.labels))
        self.mask = Probe("y", "x", symbol="m", equation="Eq. 1", meaning="how much of a place is let through")

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        x = self.look(faces).relu()  # (B, 8, 16, 16)
        mask = self.mask(self.weigh(x)[:, 0].sigmoid())  # (B, 16, 16)
        return self.classify((x * mask[:, None]).mean((2, 3)))

    def pictures(self, clip: Clip) -> torch.Tensor:
        """Every frame as gray, 16 × 16, 0 to 255: (T, 1, 16, 16)."""
        return resize(gray(torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float()), SIDE)

    def inputs(self, faces: torch.Tensor) -> tuple[torch.Tensor]:
        """What ``forward`` takes, from gray faces (B, 1, 16, 16) of 0 to 255."""
        return (faces.float() / 255,)


def shipped(variant: str = "") -> Toy:
    """The network that the weights fit; there is one."""
    return Toy()
