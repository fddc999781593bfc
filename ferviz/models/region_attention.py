"""Region Attention Networks: a face's vector is a mean of its regions' vectors, with a learned weight a region.

Wang K., Peng X., Yang J., Meng D., Qiao Y., "Region attention networks for pose and occlusion robust facial expression
recognition", IEEE Transactions on Image Processing, 2020, arXiv:1905.04075.

The idea: the whole face and several crops of it, each blown up to full size, go through one network. The rest is frame
attention (`ferviz.models.frame_attention`) with regions for frames: a first weight μ from a region alone, the mean
under μ beside every region, a second weight ν, and the mean under μν. Region 0 is the whole face. A loss asks that one
of the crops outweighs it by a margin.

Where ours departs: crops are cut inside the network, so that the pixels of the one face can be attributed to. The
official code takes a softmax of the sigmoids (``squash="softmax"``) where the paper has the sigmoids alone, so that for
six regions no μ or ν can leave [.069, .352], and no weight [.026, .596]; and it has the whole face last. Its scores
have a bias, as here; the paper's formulas have none. Not established, and chosen here: how many crops "random" draws
(5), where exactly the five fixed ones lie (`ferviz.models.regions`), and how wide the face is cut.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from ferviz.clip import Clip, Crop
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.models.attention import ItemWeight, beside, check_mask, normalised, weighted_mean
from ferviz.models.backbones import RESNET18, ResNet, ResNetConfig
from ferviz.models.declaration import Input, Items, Vectors
from ferviz.models.model import Model, gray, on_items, resize
from ferviz.models.probe import Probe
from ferviz.models.regions import WHOLE, Scheme, boxes_in_clip, cut, regions_of

__all__ = ["Config", "RegionAttention", "Squash", "Variant", "region_biased_loss"]

Variant = Literal["face", "mean", "self", "relation"]
Squash = Literal["sigmoid", "softmax"]
Array = npt.NDArray[Any]

SMALL = ResNetConfig(colours=1, stem="narrow", channels=(32, 96, 160), blocks=(2, 2, 2))
"""The compact backbone: maps of 6 × 6 places at the end, and small enough that three networks fit 7.5 MB."""


@dataclass(frozen=True)
class Config:
    """Sizes and variant of the network.

    ``variant``: "face" sees the whole face alone; "mean" takes the mean of the regions' vectors (μ is 1 everywhere);
    "self" has μ; "relation" has μ and ν, the full network. ``squash``: what makes a weight of a score, see above.
    """

    variant: Variant = "relation"
    scheme: Scheme = "fixed"
    squash: Squash = "sigmoid"
    backbone: ResNetConfig = RESNET18
    side: int = 224  # pixels of the square face, and of every crop of it
    labels: LabelSet = field(default_factory=lambda: LABEL_SETS["FER+"])
    crop: Crop = field(default_factory=lambda: Crop(size=224, margin=0.25, align="similarity"))
    count: int = 5  # random crops
    seed: int = 0  # of random crops

    def __post_init__(self) -> None:
        for name, known in (("variant", Variant), ("scheme", Scheme), ("squash", Squash)):
            value = getattr(self, name)
            if value not in get_args(known):
                raise ValueError(f"{name} must be one of {', '.join(get_args(known))}; got {value!r:.200}")
        if self.count < 1:
            raise ValueError(f"count must be at least 1; got {self.count!r:.200}")

    @classmethod
    def paper(cls, variant: Variant = "relation") -> Config:
        """The published sizes: ResNet-18 on colour pictures of 224 pixels, 512 → 1024 → 8."""
        return cls(variant)

    @classmethod
    def compact(cls, variant: Variant = "relation") -> Config:
        """1.2 million parameters on gray pictures of 48 pixels, 160 → 320 → 8."""
        crop = Crop(size=48, margin=0.0, align="box")
        return replace(cls.paper(variant), backbone=SMALL, side=48, crop=crop)


def region_biased_loss(
    mu: torch.Tensor, margin: float, *, mask: torch.Tensor | None = None, face: int = 0
) -> torch.Tensor:
    """max(0, margin - (μ_max - μ_face)), a number a face (B,): one of the crops should outweigh the face by the margin.

    Parameters
    ----------
    mu : tensor (B, N)
        The first weights.
    margin : float
        α in the paper.
    mask : tensor (B, N) bool, optional
        Regions that can be used. A face of which no crop can be used has a loss of 0.
    face : int
        The place of the whole face: 0 in the paper and here, -1 in the official code.

    Raises
    ------
    ValueError
        For weights that are not (B, N), fewer than two regions, or a margin that is not finite.

    Examples
    --------
    >>> mu = torch.tensor([[0.622459, 0.268941, 0.5]])
    >>> [round(float(region_biased_loss(mu, margin)), 6) for margin in (0.02, 0.1)]
    [0.142459, 0.222459]
    """
    if mu.ndim != 2 or mu.shape[1] < 2:
        raise ValueError(f"mu must be (faces, regions) with at least two regions; got {tuple(mu.shape)}")
    if not np.isfinite(margin):
        raise ValueError(f"margin must be finite; got {margin!r:.200}")
    usable = check_mask(mu, mask).clone()
    usable[:, face] = False
    largest = torch.where(usable, mu, -torch.inf).amax(1)
    return torch.where(usable.any(1), functional.relu(margin - (largest - mu[:, face])), torch.zeros_like(largest))


def _boxes(clip: Clip, model: RegionAttention, given: npt.ArrayLike | None) -> Array:
    """Boxes (T, N, 4) of all regions of all frames, the face first, in shares of the face; NaN where there is none."""
    config, size = model.config, np.array([clip.width, clip.height] * 2, float)
    if given is not None:
        crops = boxes_in_clip(np.asarray(given, float), clip) / size
    elif config.variant == "face":
        crops = np.empty((0, 4))
    else:
        points = None if clip.points is None else clip.points / size[:2]
        crops = regions_of(config.scheme, points=points, count=config.count, seed=config.seed)
    crops = np.broadcast_to(crops, (len(clip), *crops.shape[-2:]))
    return np.concatenate([np.broadcast_to(WHOLE, (len(clip), 1, 4)), crops], 1)


class RegionAttention(Model):
    """Faces (B, C, S, S), boxes (B, N, 4) and which of them can be used (B, N) → logits (B, 8): each frame by itself.

    Region 0 is the whole face. ``observe(model, clip, boxes=…)`` takes other crops: (regions, 4) or (frames, regions,
    4) in pixels of the clip, the face not among them.

    Named quantities: ``feature`` F (region, D); ``alpha`` μ (region,); ``anchor`` F_m (D,) and ``beta`` ν (region,) in
    the variant relation; ``weight`` (region,), which sums to 1 over the usable regions; ``region_feature`` P (D or
    2D); ``contribution`` (region, 8): exactly what each region adds to each logit; the bias is the rest.
    """

    takes = (
        Input("face", ("channel", "y", "x")),
        Input("boxes", ("region", "edge"), None),
        Input("region_mask", ("region",), None),
    )

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        self.config = config = config or Config.paper()
        self.labels, self.crop = config.labels, config.crop
        width, pair = config.backbone.width, config.variant == "relation"
        self.backbone = ResNet(config.backbone)
        self.q0 = ItemWeight(width) if config.variant in ("self", "relation") else None
        self.q1 = ItemWeight(2 * width) if pair else None
        self.classify = nn.Linear(2 * width if pair else width, len(config.labels))
        vectors = Vectors("feature", encode=None)
        self.items = (Items("region", "face", mask="region_mask", vectors=vectors, coordinates=self._where),)
        self._name()

    def _name(self) -> None:
        say = "what the backbone makes of a region"
        self.feature = Probe("region", "channel", symbol="F", equation="F = r(I)", meaning=say)
        say = "a region's weight from the region alone"
        self.alpha = Probe("region", symbol="μ", equation="μ = f(F·q0)", meaning=say)
        say = "the mean of the regions under μ"
        self.anchor = Probe("channel", symbol="Fm", equation="ΣμF/Σμ", meaning=say)
        say = "a region's weight from the region beside the anchor"
        self.beta = Probe("region", symbol="ν", equation="ν = f([F:Fm]·q1)", meaning=say)
        say = "a region's share of the face: μ, times ν where there is one, made to sum to 1"
        self.weight = Probe("region", symbol="μν/Σμν", equation="P", meaning=say)
        say = "the face's vector: the mean under the weights"
        self.region_feature = Probe("face_channel", symbol="P", equation="Σμν[F:Fm]/Σμν", meaning=say)
        say = "what a region adds to each logit"
        self.contribution = Probe("region", "emotion", symbol="c", equation="derived", meaning=say)

    def forward(
        self, face: torch.Tensor, boxes: torch.Tensor, region_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Logits (B, 8). Raises ValueError for other shapes, pixels that are not finite, or boxes that show nothing."""
        colours, side = self.config.backbone.colours, self.config.side
        if face.ndim != 4 or face.shape[1:] != (colours, side, side):
            raise ValueError(f"face must have shape (faces, {colours}, {side}, {side}); got {tuple(face.shape)}")
        if not torch.isfinite(face).all():
            raise ValueError("face must be finite numbers; got NaN or infinity")
        if boxes.ndim != 3 or boxes.shape[0] != len(face) or boxes.shape[2] != 4:
            raise ValueError(f"boxes must have shape ({len(face)}, regions, 4); got {tuple(boxes.shape)}")
        mask = check_mask(boxes, region_mask)
        boxes = torch.where(mask[..., None], boxes, boxes.new_tensor(WHOLE))
        right = (boxes >= 0).all(-1) & (boxes <= 1).all(-1) & (boxes[..., 2:] > boxes[..., :2]).all(-1)
        if not right.all():
            item, region = torch.nonzero(~right)[0].tolist()
            wrong = boxes[item, region].tolist()
            raise ValueError(f"box {region} must be left, top, right, bottom within 0 to 1 of the face; got {wrong}")
        return self.pool(on_items(self.backbone, cut(face, boxes)), boxes, mask)

    def pool(
        self, features: torch.Tensor, boxes: torch.Tensor | None = None, region_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """After the backbone: vectors of regions (B, N, D) → logits (B, 8). Where they lie is forgotten."""
        mask = check_mask(features, region_mask)
        f = self.feature(torch.where(mask[..., None], features, torch.zeros_like(features)))  # (B, N, D)
        alone = torch.ones_like(f[..., 0])
        mu = self.alpha(alone if self.q0 is None else self._squashed(self.q0(f), mask))  # (B, N)
        if self.q1 is None:
            weight = self.weight(normalised(mu, mask))
        else:
            f = beside(f, self.anchor(weighted_mean(f, normalised(mu, mask))))  # (B, N, 2D)
            nu = self.beta(self._squashed(self.q1(f), mask))  # (B, N)
            weight = self.weight(normalised(mu * nu, mask))
        vector = self.region_feature(weighted_mean(f, weight))  # (B, D) or (B, 2D)
        added = weight[..., None] * functional.linear(f, self.classify.weight)  # (B, N, 8)
        moved = (self.contribution(added) - added).sum(1)  # 0, unless somebody moves it
        return self.classify(vector) + moved

    def _squashed(self, score: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Scores (B, N) of a sigmoid, and for the code's form their softmax over the usable regions."""
        if self.config.squash == "sigmoid":
            return score
        return torch.where(mask, score, -torch.inf).softmax(1)

    def pictures(self, clip: Clip, *, boxes: npt.ArrayLike | None = None) -> tuple[torch.Tensor, ...]:
        """Faces (T, C, S, S) of 0 to 255, boxes (T, N, 4) in shares of the face, and which can be used (T, N).

        Parameters
        ----------
        boxes : array (K, 4) or (T, K, 4), optional
            Other crops than the scheme's, in pixels of the clip: left, top, right, bottom; NaN for one that is not
            there. They are cut off at the picture's edges.

        Raises
        ------
        ValueError
            For boxes of another shape or that show no pixel; for scheme "landmark" and a clip without points.
        """
        frames = torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float()
        if self.config.backbone.colours == 1:
            frames = gray(frames)
        where = _boxes(clip, self, boxes)
        known = np.isnan(where).sum(-1) == 0
        shares = torch.from_numpy(np.where(known[..., None], where, WHOLE).astype(np.float32))
        return resize(frames, self.config.side), shares, torch.from_numpy(known)

    def inputs(
        self, face: torch.Tensor, boxes: torch.Tensor, region_mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What ``forward`` takes, from faces (B, C, S, S) of 0 to 255: gray from -1 to 1, colours from 0 to 1."""
        scaled = face.float() / 127.5 - 1 if self.config.backbone.colours == 1 else face.float() / 255
        return scaled, boxes, check_mask(boxes, region_mask)

    def _where(self, clip: Clip, boxes: npt.ArrayLike | None = None) -> dict[str, Any]:
        size = np.array([clip.width, clip.height] * 2, float)
        return {"box": (("frame", "region", "edge"), _boxes(clip, self, boxes) * size, {"units": "pixels"})}


def shipped(variant: Variant) -> RegionAttention:
    """The compact network of a variant, which the trained weights fit."""
    return RegionAttention(Config.compact(variant))
