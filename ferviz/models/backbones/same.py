"""Convolutions padded as TensorFlow pads them: what the published MobileNets and EfficientNets were trained with."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

__all__ = ["Norm", "SameConv"]


class SameConv(nn.Conv2d):
    """A convolution without bias and with TensorFlow's "same" padding: a side of N becomes ⌈N / stride⌉.

    Where a stride leaves an odd number of padded pixels, the odd one is at the right and at the bottom; PyTorch's own
    padding would look from one pixel further left. ``groups`` is 1, or the number of channels for a depthwise one.
    """

    def __init__(self, before: int, after: int, size: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(before, after, size, stride, size // 2 if stride == 1 else 0, groups=groups, bias=False)
        self.size, self.step = size, stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.step > 1:
            right, low = (self.missing(side) for side in (x.shape[-1], x.shape[-2]))
            x = functional.pad(x, (right // 2, right - right // 2, low // 2, low - low // 2))
        return super().forward(x)

    def missing(self, side: int) -> int:
        """How many pixels the padding of a side has to add."""
        return max(0, (-(-side // self.step) - 1) * self.step + self.size - side)


class Norm(nn.BatchNorm2d):
    """A batch norm with the epsilon of the published networks."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=1e-3)
