"""Residual networks: a stem, then stages of basic blocks, each with twice the channels on half the side.

He K., Zhang X., Ren S., Sun J., "Deep Residual Learning for Image Recognition", CVPR 2016, arXiv:1512.03385. The names
of the layers are those of the common files, so published weights of ResNet-18 fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from ferviz.models.backbones.first import start

__all__ = ["COMPACT", "RESNET18", "ResNet", "ResNetConfig", "stage"]


@dataclass(frozen=True)
class ResNetConfig:
    """Sizes of a ResNet of basic blocks.

    ``stem`` is "wide" (7 × 7, stride 2, then a max-pool: for pictures of about 224 pixels) or "narrow" (3 × 3, stride
    2, for pictures of about 48); ``channels`` and ``blocks`` count stages.
    """

    colours: int = 3
    stem: Literal["wide", "narrow"] = "wide"
    channels: tuple[int, ...] = (64, 128, 256, 512)
    blocks: tuple[int, ...] = (2, 2, 2, 2)

    def __post_init__(self) -> None:
        if self.stem not in ("wide", "narrow"):
            raise ValueError(f"stem must be 'wide' or 'narrow'; got {self.stem!r:.200}")
        if not self.channels or len(self.channels) != len(self.blocks):
            counts = f"{len(self.channels)} channels and {len(self.blocks)} blocks"
            raise ValueError(f"channels and blocks must name the same stages, at least one; got {counts}")

    @property
    def width(self) -> int:
        """The length of the vector that comes out."""
        return self.channels[-1]


RESNET18 = ResNetConfig()
COMPACT = ResNetConfig(colours=1, stem="narrow", channels=(32, 64, 128, 256), blocks=(2, 2, 2, 1))


class _BasicBlock(nn.Module):
    """Two 3 × 3 convolutions beside a shortcut."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.downsample = None
        if stride != 1 or before != after:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        deep = functional.relu(self.bn1(self.conv1(x)))  # (B, after, H/stride, W/stride)
        deep = self.bn2(self.conv2(deep))
        return functional.relu(deep + (x if self.downsample is None else self.downsample(x)))


def stage(before: int, after: int, blocks: int, stride: int) -> nn.Sequential:
    """Basic blocks in a row, the first with the stride: (B, before, H, W) → (B, after, H/stride, W/stride)."""
    first = _BasicBlock(before, after, stride)
    return nn.Sequential(first, *(_BasicBlock(after, after, 1) for _ in range(blocks - 1)))


class ResNet(nn.Module):
    """Pictures (B, colours, H, W) → vectors (B, width)."""

    def __init__(self, config: ResNetConfig = RESNET18) -> None:
        super().__init__()
        self.config = config
        first = config.channels[0]
        if config.stem == "wide":
            self.conv1 = nn.Conv2d(config.colours, first, 7, 2, 3, bias=False)
            self.pool: nn.Module = nn.MaxPool2d(3, 2, 1)
        else:
            self.conv1 = nn.Conv2d(config.colours, first, 3, 2, 1, bias=False)
            self.pool = nn.Identity()
        self.bn1 = nn.BatchNorm2d(first)
        before = first
        for place, (after, count) in enumerate(zip(config.channels, config.blocks, strict=True)):
            self.add_module(f"layer{place + 1}", stage(before, after, count, 2 if place else 1))
            before = after
        start(self)

    def maps(self, pictures: torch.Tensor) -> torch.Tensor:
        """What the last stage gives, before the mean over places: (B, width, h, w)."""
        x = self.pool(functional.relu(self.bn1(self.conv1(pictures))))  # (B, channels[0], H/4 or H/2, …)
        for place in range(len(self.config.channels)):
            x = self.get_submodule(f"layer{place + 1}")(x)
        return x

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.maps(pictures).mean((2, 3))  # (B, width)
