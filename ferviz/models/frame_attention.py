"""Frame Attention Networks: a clip's vector is a mean of its frames' vectors, with a learned weight a frame.

Meng D., Peng X., Wang K., Qiao Y., "Frame attention networks for facial expression recognition in videos", ICIP 2019,
arXiv:1907.00193.

The idea: one network turns every frame into a vector f. A frame's first weight α comes from the frame alone (Eq. 1).
The mean under α, the anchor, is put beside every frame, and a second weight β judges the two together (Eq. 3). The mean
under αβ is the clip's vector, and one linear layer reads it. Nothing knows the order of frames or their number.

Where ours departs: frames that cannot be used are masked and get no weight, where the official code divides 0 by 0;
Eq. 4 holds in training and in evaluation, where the official evaluation leaves β out of the sum; and the variants
without attention are here too, so that attention can be held against what it must beat. As in the code (not in the
paper) the scores have a bias, and training drops half of what they see. The paper's cut, dlib's with a padding of a
quarter, has the eyes 78 of 224 pixels apart; `Config.paper` reads it as ArcFace's template with a margin of a quarter,
which has them 47 apart and shows more around the face.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import torch
from torch import nn
from torch.nn import functional

from ferviz.clip import Clip, Crop
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.models.attention import ItemWeight, beside, check_mask, normalised, weighted_mean
from ferviz.models.backbones import COMPACT, RESNET18, ResNet, ResNetConfig
from ferviz.models.declaration import Input, Items, Vectors
from ferviz.models.model import Model, gray, on_items, resize
from ferviz.models.probe import Probe

__all__ = ["Config", "FrameAttention", "Variant", "shipped"]

Variant = Literal["mean", "pool", "self", "relation"]


@dataclass(frozen=True)
class Config:
    """Sizes and variant of the network.

    ``variant``: "mean" classifies each frame and takes the mean of the probabilities (the paper's score fusion, as the
    code has it; the paper speaks of scores); "pool" takes the mean of the vectors (α is 1 everywhere); "self" has α;
    "relation" has α and β, the full network.
    """

    variant: Variant = "relation"
    backbone: ResNetConfig = RESNET18
    side: int = 224  # pixels of the square input
    labels: LabelSet = field(default_factory=lambda: LABEL_SETS["CK+"])
    crop: Crop = field(default_factory=lambda: Crop(size=224, margin=0.25, align="similarity"))
    score_dropout: float = 0.5
    dropout: float = 0.5  # before the classifier of one vector; 0.6 in the official code before that of a pair

    def __post_init__(self) -> None:
        if self.variant not in get_args(Variant):
            raise ValueError(f"variant must be one of {', '.join(get_args(Variant))}; got {self.variant!r:.200}")

    @classmethod
    def paper(cls, variant: Variant = "relation") -> Config:
        """The published sizes: ResNet-18 on colour pictures of 224 pixels, 512 → 1024 → 7."""
        return cls(variant, dropout=0.6 if variant == "relation" else 0.5)

    @classmethod
    def compact(cls, variant: Variant = "relation") -> Config:
        """What ships trained: 1.6 million parameters on gray pictures of 48 pixels, 256 → 512 → 7."""
        paper, crop = cls.paper(variant), Crop(size=48, margin=0.0, align="box")
        return replace(paper, backbone=COMPACT, side=48, labels=LABEL_SETS["FER2013"], crop=crop)


class FrameAttention(Model):
    """Frames (B, T, C, H, W) and which of them are usable (B, T) → logits (B, 7).

    Named quantities: ``feature`` f (T, D); ``alpha`` α (T,); ``anchor`` f'v (D,) and ``beta`` β (T,) in the variant
    relation; ``weight`` (T,), which sums to 1 over the usable frames; ``clip_feature`` fv (D or 2D), but not in the
    variant mean; ``contribution`` (T, 7): exactly what each frame adds to each logit; the bias is the rest.
    """

    takes = (Input("frames", ("frame", "channel", "y", "x")), Input("mask", ("frame",), None))
    items = (Items("frame", of="frames", mask="mask", vectors=Vectors("feature")),)

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        self.config = config = config or Config.paper()
        self.labels, self.crop = config.labels, config.crop
        width, pair = config.backbone.width, config.variant == "relation"
        self.backbone = ResNet(config.backbone)
        self.q0 = ItemWeight(width, config.score_dropout) if config.variant in ("self", "relation") else None
        self.q1 = ItemWeight(2 * width, config.score_dropout) if pair else None
        self.dropout = nn.Dropout(config.dropout)
        self.classify = nn.Linear(2 * width if pair else width, len(config.labels))
        self._name()

    def _name(self) -> None:
        say = "what the backbone makes of a frame"
        self.feature = Probe("frame", "channel", symbol="f", equation="Sec. 2.1", meaning=say)
        say = "a frame's weight from the frame alone; fixed only up to a factor, so not to be compared across clips"
        self.alpha = Probe("frame", symbol="α", equation="Eq. 1", meaning=say)
        say = "the mean of the frames under α"
        self.anchor = Probe("channel", symbol="f'v", equation="Eq. 2", meaning=say)
        say = "a frame's weight from the frame beside the anchor"
        self.beta = Probe("frame", symbol="β", equation="Eq. 3", meaning=say)
        say = "a frame's share of the clip: α, times β where there is one, made to sum to 1"
        self.weight = Probe("frame", symbol="αβ/Σαβ", equation="Eq. 4", meaning=say)
        say = "the clip's vector: the mean under the weights"
        self.clip_feature = Probe("clip_channel", symbol="fv", equation="Eq. 4", meaning=say)
        say = "what a frame adds to each logit (in the variant mean: to each probability)"
        self.contribution = Probe("frame", "emotion", symbol="c", equation="derived", meaning=say)

    def forward(self, frames: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Logits (B, 7). Raises ValueError for another shape, frames that are not finite, or a clip of gaps."""
        colours, side = self.config.backbone.colours, self.config.side
        if frames.ndim != 5 or frames.shape[2:] != (colours, side, side):
            wanted = f"(clips, frames, {colours}, {side}, {side})"
            raise ValueError(f"frames must have shape {wanted}; got {tuple(frames.shape)}")
        mask = check_mask(frames, mask)
        frames = torch.where(mask[:, :, None, None, None], frames, torch.zeros_like(frames))
        if not torch.isfinite(frames).all():
            raise ValueError("frames must be finite numbers; got NaN or infinity outside the gaps")
        return self.pool(on_items(self.backbone, frames), mask)

    def pool(self, features: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """All that comes after the backbone: vectors of frames (B, T, D) → logits (B, 7)."""
        mask = check_mask(features, mask)
        f = self.feature(torch.where(mask[..., None], features, torch.zeros_like(features)))  # (B, T, D)
        alpha = self.alpha(torch.ones_like(f[..., 0]) if self.q0 is None else self.q0(f))  # (B, T), Eq. 1
        if self.q1 is None:
            weight = self.weight(normalised(alpha, mask))  # (B, T)
        else:
            anchor = self.anchor(weighted_mean(f, normalised(alpha, mask)))  # (B, D), Eq. 2
            f = beside(f, anchor)  # (B, T, 2D)
            beta = self.beta(self.q1(f))  # (B, T), Eq. 3
            weight = self.weight(normalised(alpha * beta, mask))  # (B, T)
        if self.config.variant == "mean":
            probability = self.frame_logits(f).softmax(-1)  # (B, T, 7)
            return self.contribution(weight[..., None] * probability).sum(1).clamp_min(1e-12).log()  # (B, 7)
        vector = self.clip_feature(weighted_mean(f, weight))  # (B, D) or (B, 2D), Eq. 4
        added = weight[..., None] * functional.linear(f, self.classify.weight)  # (B, T, 7)
        moved = (self.contribution(added) - added).sum(1)  # 0, unless somebody moves it
        return self.classify(self.dropout(vector)) + moved

    def frame_logits(self, features: torch.Tensor) -> torch.Tensor:
        """The classifier on each frame by itself (B, T, D) → (B, T, 7); for all variants but relation."""
        return self.classify(self.dropout(features))

    def pictures(self, clip: Clip) -> tuple[torch.Tensor, torch.Tensor]:
        """Frames (1, T, C, S, S), gray or colour, 0 to 255, and which of them are usable (1, T).

        A picture that was resized is not rounded to bytes: the answers would not be the same. Training's sets are.
        """
        frames = torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float()  # (T, 3, H, W)
        if self.config.backbone.colours == 1:
            frames = gray(frames)
        return resize(frames, self.config.side)[None], torch.from_numpy(clip.usable("frames"))[None]

    def inputs(self, frames: torch.Tensor, mask: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """What ``forward`` takes, from frames (B, T, C, S, S) of 0 to 255 and their mask (B, T), all True unless given.

        Gray goes from -1 to 1 (compact), colours from 0 to 1 (paper).
        """
        scaled = frames.float() / 127.5 - 1 if self.config.backbone.colours == 1 else frames.float() / 255
        if mask is None:
            mask = torch.ones(frames.shape[:2], dtype=torch.bool, device=frames.device)
        return scaled, mask


def shipped(variant: Variant) -> FrameAttention:
    """The compact network of a variant, which the trained weights fit."""
    return FrameAttention(Config.compact(variant))
