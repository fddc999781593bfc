"""EfficientNets: narrow maps between blocks that are wide inside, and that weigh their channels by the whole picture.

Tan M., Le Q., "EfficientNet: Rethinking model scaling for convolutional neural networks", ICML 2019, arXiv:1905.11946.
The names of the layers are those of timm's files (tf_efficientnet_b0_ns), which have TensorFlow's padding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from ferviz.arguments import number
from ferviz.models.backbones.first import start
from ferviz.models.backbones.same import Norm, SameConv

__all__ = ["EFFICIENTNET_B0", "EFFICIENTNET_B2", "EFFICIENTNET_COMPACT", "EFFICIENTNET_LITE0", "EfficientNet"]
__all__ += ["EfficientNetConfig", "Stage"]


class Stage(NamedTuple):
    """Blocks in a row: how much wider they are inside, side of the depthwise kernel, stride of the first, channels."""

    expand: int
    kernel: int
    stride: int
    channels: int
    blocks: int


_STAGES = (  # Table 1 of the paper
    Stage(1, 3, 1, 16, 1),
    Stage(6, 3, 2, 24, 2),
    Stage(6, 5, 2, 40, 2),
    Stage(6, 3, 2, 80, 3),
    Stage(6, 5, 1, 112, 3),
    Stage(6, 5, 2, 192, 4),
    Stage(6, 3, 1, 320, 1),
)


@dataclass(frozen=True)
class EfficientNetConfig:
    """Sizes of an EfficientNet: a table of stages, and what ``wide`` and ``deep`` multiply in it.

    ``stem`` and ``last`` are the channels of the first and the last convolution, which ``wide`` multiplies too. A
    ``lite`` one weighs no channels and cuts off at 0 and 6, as those made for phones do.
    """

    colours: int = 3
    wide: float = 1.0
    deep: float = 1.0
    stages: tuple[Stage, ...] = _STAGES
    stem: int = 32
    last: int = 1280
    lite: bool = False

    def __post_init__(self) -> None:
        if not self.stages:
            raise ValueError("stages must be at least one; got 0")
        for name in ("wide", "deep"):
            number(name, getattr(self, name), "above 0", lambda value: value > 0)

    @property
    def width(self) -> int:
        """The length of the vector that comes out."""
        return self.scaled(self.last)

    def scaled(self, channels: int) -> int:
        """Channels times ``wide``: the nearest multiple of 8 that takes away no more than a tenth."""
        wanted = channels * self.wide
        nearest = max(8, int(wanted + 4) // 8 * 8)
        return nearest + 8 if nearest < 0.9 * wanted else nearest


EFFICIENTNET_B0 = EfficientNetConfig()
EFFICIENTNET_B2 = EfficientNetConfig(wide=1.1, deep=1.2)
EFFICIENTNET_LITE0 = EfficientNetConfig(lite=True)
"""As the TensorFlow authors published it in 2020: 4,652,008 parameters with a classifier of 1000 labels."""
EFFICIENTNET_COMPACT = EfficientNetConfig(
    colours=1,
    stages=(
        Stage(1, 3, 1, 16, 1),
        Stage(6, 3, 2, 24, 1),
        Stage(6, 5, 2, 40, 2),
        Stage(6, 3, 2, 80, 2),
        Stage(6, 5, 1, 112, 2),
    ),
    stem=24,
    last=384,
)
"""For gray pictures of 48 to 64 pixels: fewer and narrower blocks, and a stride less."""


def _bend(lite: bool) -> nn.Module:
    """What follows a norm."""
    return nn.ReLU6() if lite else nn.SiLU()


class _Squeeze(nn.Module):
    """Weighs channels by their means over the picture: Hu et al. 2018, arXiv:1709.01507."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.conv_reduce = nn.Conv2d(channels, hidden, 1)
        self.conv_expand = nn.Conv2d(hidden, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = x.mean((2, 3), keepdim=True)  # (B, C, 1, 1)
        return x * torch.sigmoid(self.conv_expand(functional.silu(self.conv_reduce(mean))))


class _Block(nn.Module):
    """Depthwise and then 1 × 1, beside a shortcut where the shape allows one; the first block of all, not widened."""

    def __init__(self, before: int, after: int, stage: Stage, stride: int, lite: bool = False) -> None:
        super().__init__()
        self.conv_dw = SameConv(before, before, stage.kernel, stride, before)
        self.bn1 = Norm(before)
        self.se = nn.Identity() if lite else _Squeeze(before, max(1, before // 4))
        self.bend = _bend(lite)
        self.conv_pw = SameConv(before, after, 1)
        self.bn2 = Norm(after)
        self.shortcut = stride == 1 and before == after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        deep = self.se(self.bend(self.bn1(self.conv_dw(x))))
        deep = self.bn2(self.conv_pw(deep))
        return deep + x if self.shortcut else deep


class _WideBlock(nn.Module):
    """1 × 1 to more channels, depthwise, and 1 × 1 back, beside a shortcut where the shape allows one."""

    def __init__(self, before: int, after: int, stage: Stage, stride: int, lite: bool = False) -> None:
        super().__init__()
        inside = before * stage.expand
        self.conv_pw = SameConv(before, inside, 1)
        self.bn1 = Norm(inside)
        self.conv_dw = SameConv(inside, inside, stage.kernel, stride, inside)
        self.bn2 = Norm(inside)
        self.se = nn.Identity() if lite else _Squeeze(inside, max(1, before // 4))
        self.bend = _bend(lite)
        self.conv_pwl = SameConv(inside, after, 1)
        self.bn3 = Norm(after)
        self.shortcut = stride == 1 and before == after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        deep = self.bend(self.bn1(self.conv_pw(x)))  # (B, inside, H, W)
        deep = self.se(self.bend(self.bn2(self.conv_dw(deep))))
        deep = self.bn3(self.conv_pwl(deep))
        return deep + x if self.shortcut else deep


class EfficientNet(nn.Module):
    """Pictures (B, colours, H, W) → vectors (B, width)."""

    def __init__(self, config: EfficientNetConfig = EFFICIENTNET_B0) -> None:
        super().__init__()
        self.config = config
        before = config.scaled(config.stem)
        self.bend = _bend(config.lite)
        self.conv_stem = SameConv(config.colours, before, 3, 2)
        self.bn1 = Norm(before)
        rows = []
        for stage in config.stages:
            kind, after = _Block if stage.expand == 1 else _WideBlock, config.scaled(stage.channels)
            count = math.ceil(stage.blocks * config.deep)
            row = [
                kind(after if k else before, after, stage, 1 if k else stage.stride, config.lite) for k in range(count)
            ]
            rows.append(nn.Sequential(*row))
            before = after
        self.blocks = nn.Sequential(*rows)
        self.conv_head = SameConv(before, config.width, 1)
        self.bn2 = Norm(config.width)
        start(self)

    def maps(self, pictures: torch.Tensor) -> torch.Tensor:
        """What the last convolution gives, before the mean over places: (B, width, h, w)."""
        x = self.bend(self.bn1(self.conv_stem(pictures)))  # (B, stem, H/2, W/2)
        if self.training and x.device.type == "cpu":  # a fifth less time; of one channel alone no order can be told
            x = x.contiguous(memory_format=torch.channels_last)
        return self.bend(self.bn2(self.conv_head(self.blocks(x))))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.maps(pictures).mean((2, 3))  # (B, width)
