"""VGG networks: blocks of plain 3 × 3 convolutions with a max-pool between them.

Simonyan K., Zisserman A., "Very deep convolutional networks for large-scale image recognition", ICLR 2015,
arXiv:1409.1556. The names of the layers are those of the common files, so published weights of VGG16's convolutions
fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ferviz.models.backbones.first import start

__all__ = ["VGG", "VGG16", "VGGConfig"]


@dataclass(frozen=True)
class VGGConfig:
    """Sizes of a VGG stack: ``channels`` and ``convolutions`` count blocks."""

    colours: int = 3
    channels: tuple[int, ...] = (64, 128, 256, 512, 512)
    convolutions: tuple[int, ...] = (2, 2, 3, 3, 3)

    def __post_init__(self) -> None:
        if not self.channels or len(self.channels) != len(self.convolutions):
            counts = f"{len(self.channels)} channels and {len(self.convolutions)} convolutions"
            raise ValueError(f"channels and convolutions must name the same blocks, at least one; got {counts}")

    @property
    def width(self) -> int:
        """The channels that come out."""
        return self.channels[-1]


VGG16 = VGGConfig()


class VGG(nn.Module):
    """The convolutions of a VGG network: pictures (B, colours, H, W) → maps; the last block's max-pool is left out."""

    def __init__(self, config: VGGConfig = VGG16) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        before = config.colours
        for place, (after, count) in enumerate(zip(config.channels, config.convolutions, strict=True)):
            if place:
                layers.append(nn.MaxPool2d(2))
            for _ in range(count):
                layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
                before = after
        self.features = nn.Sequential(*layers)
        start(self)

    def maps(self, pictures: torch.Tensor) -> torch.Tensor:
        """What the last convolution gives: (B, width, h, w); each block but the first on half the side."""
        return self.features(pictures)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.maps(pictures).mean((2, 3))  # (B, width)
