"""IR networks for faces: residual units that begin with a batch norm, without a ReLU on their way out.

Deng J., Guo J., Xue N., Zafeiriou S., "ArcFace: Additive angular margin loss for deep face recognition", CVPR 2019,
arXiv:1801.07698 (Sec. 3: LResNet50E-IR). The names of the layers are those of face.evoLVe's files, so its published
IR-50 fits at 112 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

__all__ = ["IR", "IR50", "IRConfig"]


@dataclass(frozen=True)
class IRConfig:
    """Sizes of an IR network: ``channels`` and ``units`` count stages, each on half the side of the one before."""

    side: int = 112  # pixels of the square picture
    colours: int = 3
    channels: tuple[int, ...] = (64, 128, 256, 512)
    units: tuple[int, ...] = (3, 4, 14, 3)
    width: int = 512  # of the vector that comes out
    dropout: float = 0.5

    def __post_init__(self) -> None:
        if not self.channels or len(self.channels) != len(self.units):
            counts = f"{len(self.channels)} channels and {len(self.units)} units"
            raise ValueError(f"channels and units must name the same stages, at least one; got {counts}")
        if self.side < 1 or self.side % 2 ** len(self.channels):
            raise ValueError(f"side must be a multiple of {2 ** len(self.channels)}; got {self.side!r:.200}")


IR50 = IRConfig()


class _Unit(nn.Module):
    """Two 3 × 3 convolutions beside a shortcut."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module = nn.MaxPool2d(1, stride)
        if before != after:
            conv = nn.Conv2d(before, after, 1, stride, bias=False)
            self.shortcut_layer = nn.Sequential(conv, nn.BatchNorm2d(after))
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(before),
            nn.Conv2d(before, after, 3, 1, 1, bias=False),
            nn.PReLU(after),
            nn.Conv2d(after, after, 3, stride, 1, bias=False),
            nn.BatchNorm2d(after),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.res_layer(x) + self.shortcut_layer(x)


class IR(nn.Module):
    """Pictures (B, colours, side, side) → vectors (B, width)."""

    def __init__(self, config: IRConfig = IR50) -> None:
        super().__init__()
        self.config = config
        first, last = config.channels[0], config.channels[-1]
        conv = nn.Conv2d(config.colours, first, 3, 1, 1, bias=False)
        self.input_layer = nn.Sequential(conv, nn.BatchNorm2d(first), nn.PReLU(first))
        units: list[nn.Module] = []
        before = first
        for after, count in zip(config.channels, config.units, strict=True):
            units += [_Unit(before if not place else after, after, 1 if place else 2) for place in range(count)]
            before = after
        self.body = nn.Sequential(*units)
        places = (config.side // 2 ** len(config.channels)) ** 2
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(last),
            nn.Dropout(config.dropout),
            nn.Flatten(),
            nn.Linear(last * places, config.width),
            nn.BatchNorm1d(config.width),
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.output_layer(self.body(self.input_layer(pictures)))
