"""A small audio-video model with gaps, two streams and two heads: what the machinery must be general enough for."""

from __future__ import annotations

import torch
from torch import nn

from ferviz import Clip, Crop
from ferviz.emotions import LABEL_SETS
from ferviz.models import Model, Probe, on_items
from ferviz.models.declaration import Input, Items

WINDOW = 400  # samples of sound in one position


class Pool(nn.Module):
    """Sigmoid attention over the usable items of one stream."""

    def __init__(self, item: str, width: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, 1)
        self.feature = Probe(item, f"{item}_channel", symbol="f", equation="Eq. 1")
        self.alpha = Probe(item, symbol="α", equation="Eq. 2")
        self.weight = Probe(item, symbol="w", equation="Eq. 3")

    def forward(self, items: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        features = self.feature(items)  # (B, N, C)
        alpha = self.alpha(torch.sigmoid(self.score(features)).squeeze(-1))  # (B, N)
        weight = alpha * mask
        weight = self.weight(weight / weight.sum(1, keepdim=True))
        return (weight.unsqueeze(-1) * features).sum(1)  # (B, C)


class TwoStreams(Model):
    """Frames and sound → an emotion and an age."""

    labels = {"emotion": LABEL_SETS["CK+"], "age": None}
    crop = Crop(size=8, margin=0.25)
    takes = (
        Input("frames", ("frame", "channel", "y", "x")),
        Input("frame_mask", ("frame",), None),
        Input("sound", ("position", "sample"), "audio"),
        Input("sound_mask", ("position",), None),
    )
    items = (
        Items("frame", of="frames", mask="frame_mask", also=("other_frame",)),
        Items("position", of="sound", mask="sound_mask"),
    )

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.backbone = nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.ear = nn.Linear(WINDOW, 4)
        self.video, self.audio = Pool("frame", 5), Pool("position", 4)
        self.relation = Probe("frame", "other_frame", symbol="R", equation="Eq. 4")
        self.emotion, self.age = nn.Linear(9, 7), nn.Linear(9, 1)

    def forward(self, frames, frame_mask, sound, sound_mask):
        features = on_items(self.backbone, frames)  # (B, T, 5)
        self.relation(features @ features.transpose(1, 2))  # (B, T, T)
        clip = torch.cat([self.video(features, frame_mask), self.audio(self.ear(sound), sound_mask)], 1)
        return {"emotion": self.emotion(clip), "age": self.age(clip).squeeze(-1)}

    def pictures(self, clip: Clip) -> tuple[torch.Tensor, ...]:
        count = len(clip.audio) // WINDOW
        positions = clip.usable("audio")[: count * WINDOW].reshape(1, count, WINDOW).all(2)
        frames = torch.from_numpy(clip.frames).permute(0, 3, 1, 2)[None]
        sound = torch.from_numpy(clip.audio[: count * WINDOW]).reshape(1, -1, WINDOW)
        return frames, torch.from_numpy(clip.usable("frames"))[None], sound, torch.from_numpy(positions)

    def inputs(self, frames, frame_mask, sound, sound_mask):
        return frames.float() / 255, frame_mask, sound, sound_mask
