"""Convolutions over a picture of a sound, whose last map is read as a set of positions: places in time and frequency.

Krizhevsky A., Sutskever I., Hinton G. E., "ImageNet classification with deep convolutional neural networks", NIPS 2012,
in the sizes of the common files (torchvision's "one weird trick" layout, whose names the layers have: published
convolutions fit). A net knows what each position sees: its field, in bands and windows.

Sounds of a batch differ in length. What lies behind a sound's end is 0 before every convolution, as if the sound were
alone and padded there, so a position says the same in any batch; in training the batch norms leave it out too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ferviz.models.backbones.first import start

__all__ = ["ALEXNET", "SOUND_COMPACT", "Layer", "SoundNet", "SoundNetConfig"]

Axis = Literal["band", "window"]
_AXES: tuple[Axis, Axis] = ("band", "window")


@dataclass(frozen=True)
class Layer:
    """A convolution to ``channels``, or a max-pool where there are none; sizes are (bands, windows)."""

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    pad: tuple[int, int] = (0, 0)
    channels: int | None = None


@dataclass(frozen=True)
class SoundNetConfig:
    """The layers of a net, in order; ``norm`` puts a batch norm behind every convolution."""

    layers: tuple[Layer, ...]
    pictures: int = 3  # channels that go in: log-mel, its delta and its double delta
    norm: bool = False

    def __post_init__(self) -> None:
        if not any(layer.channels for layer in self.layers):
            raise ValueError("layers must hold one convolution at least; got none")
        if any(pad and layer.channels is None for layer in self.layers for pad in layer.pad):
            raise ValueError("a max-pool must have no padding: it would hear what lies behind the end")

    @property
    def width(self) -> int:
        """Channels of a position."""
        return [layer.channels for layer in self.layers if layer.channels][-1]

    def places(self, size: int, axis: Axis) -> int:
        """How many positions lie along an axis of so many bands or windows: one at least."""
        way = _AXES.index(axis)
        for layer in self.layers:
            size = (size + 2 * layer.pad[way] - layer.kernel[way]) // layer.stride[way] + 1
        return max(1, size)

    def least(self, axis: Axis) -> int:
        """The fewest bands or windows of which a position can be made."""
        way, size = _AXES.index(axis), 1
        for layer in reversed(self.layers):
            size = max(1, (size - 1) * layer.stride[way] + layer.kernel[way] - 2 * layer.pad[way])
        return size

    def fields(self, count: int, axis: Axis) -> npt.NDArray[Any]:
        """The bands or windows (count, 2) that positions see: the first, and the one behind the last.

        They reach beyond the picture where the net pads it.
        """
        way, first, size, step = _AXES.index(axis), 0, 1, 1
        for layer in self.layers:
            first -= layer.pad[way] * step
            size += (layer.kernel[way] - 1) * step
            step *= layer.stride[way]
        begin = first + step * np.arange(count)
        return np.stack([begin, begin + size], 1)

    def usable(self, windows: torch.Tensor, bands: int) -> torch.Tensor:
        """Which positions can be used: windows (B, W) bool → (B, positions), band after band.

        A position can be used when it lies in the sound, and half the windows that it sees there are in no gap. A
        sound that has no usable window has no usable position; any other one has a position at least, unless gaps
        leave none.
        """
        batch, count = windows.shape
        columns = self.places(count, "window")
        end = ends(windows)[:, None]  # (B, 1)
        field = torch.from_numpy(self.fields(columns, "window")).to(windows.device)
        start, stop = (field[None, :, side].clamp_min(0).minimum(end) for side in (0, 1))  # (B, columns)
        heard = torch.nn.functional.pad(windows.long().cumsum(1), (1, 0))
        share = heard.gather(1, stop) - heard.gather(1, start)
        inside = torch.tensor([self.places(length, "window") for length in end.flatten().tolist()])
        there = torch.arange(columns)[None] < inside[:, None]
        usable = there.to(windows.device) & (share > 0) & (2 * share >= stop - start)
        return usable[:, None].expand(batch, self.places(bands, "band"), columns).flatten(1)


def ends(windows: torch.Tensor) -> torch.Tensor:
    """Where each sound of a batch ends: windows (B, W) bool → (B,), the place behind the last usable one."""
    return torch.where(windows, torch.arange(1, windows.shape[1] + 1, device=windows.device), 0).amax(1)


def _layer(kernel: int, stride: int = 1, pad: int = 0, channels: int | None = None) -> Layer:
    return Layer((kernel,) * 2, (stride,) * 2, (pad,) * 2, channels)


ALEXNET = SoundNetConfig(
    (
        _layer(11, 4, 2, 64),
        _layer(3, 2),
        _layer(5, 1, 2, 192),
        _layer(3, 2),
        _layer(3, 1, 1, 384),
        _layer(3, 1, 1, 256),
        _layer(3, 1, 1, 256),
        _layer(3, 2),
    )
)
"""A position sees 195 × 195 places of the picture: of 64 bands all, and about two seconds."""

SOUND_COMPACT = SoundNetConfig(
    (
        Layer((3, 5), (1, 2), (1, 2), 32),
        Layer((2, 2), (2, 2)),
        Layer((3, 3), (1, 1), (1, 1), 64),
        Layer((1, 3), (1, 1), (0, 1), 64),
        Layer((2, 2), (2, 2)),
        Layer((3, 3), (2, 1), (1, 1), 128),
        Layer((1, 1), channels=128),
    ),
    norm=True,
)
"""0.12 million parameters; a position sees 18 bands and 43 windows (0.46 s), and the next is 8 bands or 80 ms away."""


class SoundNet(nn.Module):
    """Pictures of sounds (B, pictures, bands, windows) and their lengths (B,) → positions (B, N, width).

    Positions are in the order of the map: band after band, each through all times.
    """

    def __init__(self, config: SoundNetConfig = ALEXNET) -> None:
        super().__init__()
        self.config = config
        parts: list[nn.Module] = []
        before = config.pictures
        for layer in config.layers:
            if layer.channels is None:
                parts.append(nn.MaxPool2d(layer.kernel, layer.stride))
                continue
            conv = nn.Conv2d(before, layer.channels, layer.kernel, layer.stride, layer.pad, bias=not config.norm)
            parts += [conv, *([nn.BatchNorm2d(layer.channels)] if config.norm else []), nn.ReLU()]
            before = layer.channels
        self.features = nn.Sequential(*parts)
        start(self)

    def forward(self, pictures: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        x, lengths = pictures, lengths.clamp_min(self.config.least("window"))
        layers = iter(self.config.layers)
        for part in self.features:
            if isinstance(part, nn.ReLU):
                x = part(x)
            elif isinstance(part, nn.BatchNorm2d):
                x = _normed(part, x, lengths)
            else:
                x = part(_ended(x, lengths) if isinstance(part, nn.Conv2d) else x)
                layer = next(layers)
                lengths = (lengths + 2 * layer.pad[1] - layer.kernel[1]) // layer.stride[1] + 1
        return x.flatten(2).transpose(1, 2)  # (B, h·w, width)


def _within(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Which windows (B, W) of maps (B, C, h, W) lie before the end."""
    return torch.arange(x.shape[-1], device=x.device) < lengths[:, None]


def _ended(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """The maps, 0 behind the end."""
    return torch.where(_within(x, lengths)[:, None, None], x, torch.zeros_like(x))


def _normed(norm: nn.BatchNorm2d, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """A batch norm which in training counts what lies before the end alone."""
    within = _within(x, lengths)
    if not norm.training or bool(within.all()):
        return norm(x)
    columns = x.permute(0, 3, 1, 2)  # (B, W, C, h)
    found = torch.zeros_like(columns)
    found[within] = norm(columns[within][..., None])[..., 0]
    return found.permute(0, 2, 3, 1)
