"""mini-Xception: a real network of 57 thousand parameters, trained on real photographs; the baseline of every lesson.

Arriaga O., Valdenegro-Toro M., Plöger P., "Real-time Convolutional Neural Networks for emotion and gender
classification", arXiv:1710.07557 (2017), with the weights that its authors published for FER2013.

The idea: four residual blocks of depthwise separable convolutions, and no fully connected layer at the end. The last
convolution has one channel a class, and the mean of each channel is that class's logit. So the class maps explain the
logit exactly, with no attribution method in between.

Where ours departs: nothing in the numbers. The original runs in TensorFlow, whose "same" padding of a strided max-pool
puts an odd pixel of padding at the bottom and the right; `_pool` does the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from ferviz.clip import Clip, Crop
from ferviz.emotions import LABEL_SETS
from ferviz.models.model import Model, gray
from ferviz.models.probe import Probe

__all__ = ["Config", "MiniXception", "shipped"]


@dataclass(frozen=True)
class Config:
    """Sizes of the network."""

    side: int = 64  # pixels of the square input
    stem: int = 8  # channels of the two plain convolutions
    blocks: tuple[int, ...] = (16, 32, 64, 128)  # channels after each residual block
    classes: int = 7


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)  # the epsilon of the published network


def _separable(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, before, 3, padding=1, groups=before, bias=False),  # depthwise: each channel by itself
        nn.Conv2d(before, after, 1, bias=False),  # pointwise: channels mixed
        _norm(after),
    )


def _pool(x: torch.Tensor) -> torch.Tensor:
    """A max-pool of 3, stride 2, with TensorFlow's "same" padding: around an odd side, only right of an even one."""
    return functional.max_pool2d(x, 3, stride=2, padding=x.shape[-1] % 2, ceil_mode=True)


class _Block(nn.Module):
    """Two separable convolutions and a pool, beside a strided shortcut."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = _separable(before, after)
        self.second = _separable(after, after)
        self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride=2, bias=False), _norm(after))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        deep = self.second(functional.relu(self.first(x)))  # (B, after, H, W)
        return _pool(deep) + self.shortcut(x)  # (B, after, ⌈H/2⌉, ⌈W/2⌉)


class MiniXception(Model):
    """Gray faces (B, 1, 64, 64), -1 to 1 → logits (B, 7). Named quantity: ``class_map`` (B, 7, 4, 4)."""

    labels = LABEL_SETS["FER2013"]
    crop = Crop(size=64, margin=0.0, align="box", interpolation="bilinear")  # FER2013's own cut, measured: see the card

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        self.config = config = config or Config()
        self.stem = nn.Sequential(
            nn.Conv2d(1, config.stem, 3, bias=False),
            _norm(config.stem),
            nn.ReLU(),
            nn.Conv2d(config.stem, config.stem, 3, bias=False),
            _norm(config.stem),
            nn.ReLU(),
        )
        sizes = (config.stem, *config.blocks)
        self.blocks = nn.Sequential(*(_Block(a, b) for a, b in pairwise(sizes)))
        self.classify = nn.Conv2d(sizes[-1], config.classes, 3, padding=1)
        meaning = "evidence for a label at a place; the mean over places is the logit"
        self.class_map = Probe("emotion", "y", "x", symbol="M", equation="Sec. III", meaning=meaning)

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        x = self.stem(faces)  # (B, 8, 60, 60)
        x = self.blocks(x)  # (B, 128, 4, 4)
        maps = self.class_map(self.classify(x))  # (B, 7, 4, 4)
        return maps.mean((2, 3))  # (B, 7)

    def pictures(
        self, clip: Clip, *, interpolation: Literal["nearest", "bilinear", "bicubic"] = "bilinear"
    ) -> torch.Tensor:
        """Every frame as gray, 64 × 64, 0 to 255, not rounded: (T, 1, 64, 64).

        ``interpolation`` is how another size becomes 64: bilinear does best, and the others cost points (see the card).
        """
        if interpolation not in _RESIZE:
            raise ValueError(f"interpolation must be one of {', '.join(_RESIZE)}; got {interpolation!r:.200}")
        faces = gray(torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float())  # (T, 1, H, W)
        if faces.shape[-2:] != (self.config.side,) * 2:
            faces = _RESIZE[interpolation](faces, self.config.side)
        return faces.clamp(0, 255)

    def inputs(self, faces: torch.Tensor) -> tuple[torch.Tensor]:
        """What ``forward`` takes, from gray faces (B, 1, 64, 64) of 0 to 255: value / 127.5 − 1."""
        return (faces.float() / 127.5 - 1,)


def shipped(variant: str = "") -> MiniXception:
    """The network that the published weights fit; there is one."""
    return MiniXception()


_RESIZE: dict[str, Callable[[torch.Tensor, int], torch.Tensor]] = {
    "nearest": lambda x, side: functional.interpolate(x, (side, side), mode="nearest-exact"),
    "bilinear": lambda x, side: functional.interpolate(x, (side, side), mode="bilinear"),
    "bicubic": lambda x, side: functional.interpolate(x, (side, side), mode="bicubic"),
}
