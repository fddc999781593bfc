"""A light body that tells people apart: what the networks of several heads start from.

The idea: a network that has learned thousands of faces has features that other questions about faces can use. It is
trained as a classifier of people; the last layer is thrown away, and two pictures of strangers are compared by the
cosine of their features.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn

from ferviz.arguments import whole
from ferviz.clip import Clip, Crop
from ferviz.models.backbones import (
    EFFICIENTNET_COMPACT,
    MOBILENET_COMPACT,
    EfficientNet,
    EfficientNetConfig,
    MobileNet,
    MobileNetConfig,
)
from ferviz.models.model import Model, gray, imagenet, resize
from ferviz.models.probe import Probe

__all__ = ["COMPACT", "BodyConfig", "BodyModel", "Identity"]

_MEANS = (103.939, 116.779, 123.68)  # of blue, green and red in ImageNet, as Caffe's networks have them


@dataclass(frozen=True)
class BodyConfig:
    """A body, and how it wants its faces: cut out without a margin, of ``side`` pixels."""

    backbone: MobileNetConfig | EfficientNetConfig = MOBILENET_COMPACT
    side: int = 64
    crop: Crop = field(default_factory=lambda: Crop(size=64, margin=0.0, align="box"))

    def build(self) -> MobileNet | EfficientNet:
        """The body with first weights."""
        backbone = self.backbone
        return MobileNet(backbone) if isinstance(backbone, MobileNetConfig) else EfficientNet(backbone)


COMPACT = {"mobilenet": BodyConfig(), "efficientnet": BodyConfig(EFFICIENTNET_COMPACT)}
"""The bodies for gray faces of 64 pixels."""


class BodyModel(Model):
    """What models on a light body have in common: how faces come in, and the named quantity ``feature`` (D,)."""

    def __init__(self, body: BodyConfig) -> None:
        super().__init__()
        self.body, self.crop = body, body.crop
        self.backbone = body.build()
        say = "what the body makes of a face: the mean of its last maps"
        self.feature = Probe("channel", symbol="x", equation="global pooling", meaning=say)

    def features(self, face: torch.Tensor) -> torch.Tensor:
        """Faces (B, C, S, S) → features (B, D). Raises ValueError for another shape, or pixels that are not finite."""
        colours, side = self.body.backbone.colours, self.body.side
        if face.ndim != 4 or face.shape[1:] != (colours, side, side):
            raise ValueError(f"face must have shape (faces, {colours}, {side}, {side}); got {tuple(face.shape)}")
        if not torch.isfinite(face).all():
            raise ValueError("face must be finite numbers; got NaN or infinity")
        return self.feature(self.backbone(face))

    def pictures(self, clip: Clip) -> torch.Tensor:
        """Every frame (T, C, S, S), gray (compact) or colour, of the network's size, 0 to 255, not rounded."""
        frames = torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float()
        if self.body.backbone.colours == 1:
            frames = gray(frames)
        return resize(frames, self.body.side).clamp(0, 255)

    def inputs(self, pictures: torch.Tensor) -> tuple[torch.Tensor]:
        """What ``forward`` takes, from pictures (B, C, S, S) of 0 to 255.

        Gray goes from -1 to 1. Colours are scaled as each body's published weights expect them: for EfficientNet as in
        ImageNet (a lite one: less 127, divided by 128), for MobileNet blue first and less Caffe's means. (The author's
        emotion code takes the same three means from colours that have red first.)
        """
        pictures = pictures.float()
        if self.body.backbone.colours == 1:
            return (pictures / 127.5 - 1,)
        if isinstance(self.body.backbone, EfficientNetConfig):
            return ((pictures - 127) / 128 if self.body.backbone.lite else imagenet(pictures),)
        return (pictures.flip(1) - pictures.new_tensor(_MEANS)[:, None, None],)


class Identity(BodyModel):
    """Faces (B, C, S, S) → logits (B, P) of the people that it has learned; ``feature`` compares strangers.

    The people are synthetic: of a real face the head ``person`` says nothing.
    """

    synthetic_heads = ("person",)

    def __init__(self, people: int, body: BodyConfig | None = None) -> None:
        super().__init__(body or BodyConfig())
        count = whole("people", people, 2)
        self.labels = {"person": tuple(f"person {place}" for place in range(count))}
        self.classify = nn.Linear(self.body.backbone.width, count)

    def forward(self, face: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"person": self.classify(self.features(face))}
