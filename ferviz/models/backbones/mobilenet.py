"""MobileNets: depthwise convolutions, each channel by itself, then convolutions of one pixel that mix the channels.

Howard A. et al., "MobileNets: Efficient convolutional neural networks for mobile vision applications", 2017,
arXiv:1704.04861. The names of the layers are those of Keras's file.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from ferviz.models.backbones.first import start
from ferviz.models.backbones.same import Norm, SameConv

__all__ = ["MOBILENET", "MOBILENET_COMPACT", "MobileNet", "MobileNetConfig"]


@dataclass(frozen=True)
class MobileNetConfig:
    """Sizes of a MobileNet.

    ``channels`` has first those of the stem, a 3 × 3 convolution of stride 2, then those after each separable block;
    ``strides`` counts the blocks.
    """

    colours: int = 3
    channels: tuple[int, ...] = (32, 64, 128, 128, 256, 256, *(512,) * 6, 1024, 1024)
    strides: tuple[int, ...] = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)

    def __post_init__(self) -> None:
        if not self.strides or len(self.channels) != len(self.strides) + 1:
            counts = f"{len(self.channels)} channels and {len(self.strides)} strides"
            raise ValueError(f"channels must name the stem and as many blocks as strides, at least one; got {counts}")

    @property
    def width(self) -> int:
        """The length of the vector that comes out."""
        return self.channels[-1]


MOBILENET = MobileNetConfig()
MOBILENET_COMPACT = MobileNetConfig(
    colours=1, channels=(32, 64, 128, 128, *(256,) * 4, 384, 384), strides=(1, 2, 1, 2, 1, 1, 1, 2, 1)
)
"""For gray pictures of 48 to 64 pixels: fewer blocks, and a stride less, so that 4 × 4 places are left of 64 × 64."""


class MobileNet(nn.Module):
    """Pictures (B, colours, H, W) → vectors (B, width)."""

    def __init__(self, config: MobileNetConfig = MOBILENET) -> None:
        super().__init__()
        self.config = config
        self.conv1 = SameConv(config.colours, config.channels[0], 3, 2)
        self.conv1_bn = Norm(config.channels[0])
        sizes = zip(pairwise(config.channels), config.strides, strict=True)
        for place, ((before, after), stride) in enumerate(sizes, start=1):
            self.add_module(f"conv_dw_{place}", SameConv(before, before, 3, stride, before))
            self.add_module(f"conv_dw_{place}_bn", Norm(before))
            self.add_module(f"conv_pw_{place}", SameConv(before, after, 1))
            self.add_module(f"conv_pw_{place}_bn", Norm(after))
        start(self)

    def maps(self, pictures: torch.Tensor) -> torch.Tensor:
        """What the last block gives, before the mean over places: (B, width, h, w)."""
        x = self._step("conv1", pictures)  # (B, channels[0], H/2, W/2)
        if self.training and x.device.type == "cpu":  # a third less time; of one channel alone no order can be told
            x = x.contiguous(memory_format=torch.channels_last)
        for place in range(1, len(self.config.channels)):
            x = self._step(f"conv_pw_{place}", self._step(f"conv_dw_{place}", x))
        return x

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.maps(pictures).mean((2, 3))  # (B, width)

    def _step(self, name: str, x: torch.Tensor) -> torch.Tensor:
        """A convolution and its norm, cut off at 0 and 6."""
        return functional.relu6(self.get_submodule(f"{name}_bn")(self.get_submodule(name)(x)))
