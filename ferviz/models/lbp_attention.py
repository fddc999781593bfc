"""LBP attention: a picture of the face's texture helps to decide which of the photo's features are made stronger.

Li J., Jin K., Zhou D., Kubota N., Ju Z., "Attention mechanism-based CNN for facial expression recognition",
Neurocomputing 411 (2020) 340–350, DOI 10.1016/j.neucom.2020.06.014.

The idea: one branch reads the face (trunk T), another its local binary patterns (texture L). Both together make a mask
M between 0 and 1, and the mask acts on the trunk alone: H = (1 + M) ∘ T, as in residual attention (Wang et al., CVPR
2017, arXiv:1704.06904). So a mask of 0 leaves the features as they are, and no mask can do more than double them.
Dilated convolutions rework H into R, which is classified.

What is known of the paper is its abstract and a review: two branches with VGG16's convolutions, a mask from both on
the raw one, dilated convolutions, fully connected layers. Unknown, and chosen here: where the branches are tapped, how
the two are combined (side by side), the layers of the mask, number, width and rates of the dilated layers, input size,
how wide the face is cut, and the circle of the patterns (8 points, radius 1). `Config.paper` is one consistent network
of that kind, not the paper's. Two departures more: `Config.compact` has residual branches, tapped at 12 × 12 since
VGG16 leaves one place of 48 pixels, and residual stages before the classifier; and the patterns come from whole gray
levels of a picture that goes on beyond its border, because resampling noise and black borders are no texture.

"ACNN" is also the usual name of another network: Li Y. et al., "Occlusion aware facial expression recognition using CNN
with attention mechanism", IEEE TIP 2019 (pACNN, gACNN). Figures quoted for "ACNN" mostly mean that one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from typing import Literal, get_args

import torch
from torch import nn

from ferviz.clip import Clip, Crop
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.models.backbones import VGG, VGG16, ResNet, ResNetConfig, VGGConfig, stage, start
from ferviz.models.declaration import Input
from ferviz.models.model import Model, gray, imagenet, resize
from ferviz.models.probe import Probe
from ferviz.models.texture import texture_of

__all__ = ["Config", "LBPAttention", "Texture", "offsets", "shipped", "texture_of"]

Texture = Literal["original", "circle", "uniform", "sobel", "raw"]

FACE, TEXTURE = (Input(name, ("channel", "y", "x")) for name in ("face", "texture"))


@dataclass(frozen=True)
class Config:
    """Sizes of the network, and its switches.

    ``texture`` is what the second branch reads: a kind of local binary pattern, or "sobel" (the strength of edges) or
    "raw" (the same picture as the trunk) to hold them against; with None the mask is made from the trunk alone.
    Without ``attention`` there is no mask and no second branch: H = T. Without ``reconstruction`` R = H.
    """

    texture: Texture | None = "circle"
    attention: bool = True
    reconstruction: bool = True
    rates: tuple[int, ...] = (1, 2, 3)  # of the dilated convolutions
    branch: VGGConfig | ResNetConfig = VGG16  # of each of the two, with weights of its own
    mask_width: int = 512  # channels of the hidden layers of the mask
    stages: tuple[int, ...] = ()  # channels of residual stages before the classifier; none: a max-pool
    hidden: int = 512  # units of the fully connected layer before the classifier; 0: no such layer
    dropout: float = 0.5
    side: int = 224  # pixels of the square input
    labels: LabelSet = field(default_factory=lambda: LABEL_SETS["FER2013"])
    crop: Crop = field(default_factory=lambda: Crop(size=224, margin=0.25, align="similarity"))

    def __post_init__(self) -> None:
        if self.texture not in (*get_args(Texture), None):
            raise ValueError(f"texture must be one of {', '.join(get_args(Texture))} or None; got {self.texture!r}")
        if not self.rates or not all(type(rate) is int and rate > 0 for rate in self.rates):
            raise ValueError(f"rates must be whole numbers from 1, at least one; got {self.rates!r:.200}")

    @classmethod
    def paper(cls) -> Config:
        """VGG16's convolutions on colour pictures of 224 pixels: T, L, M, H and R have 512 channels of 14 × 14."""
        return cls()

    @classmethod
    def compact(cls, colours: int = 1) -> Config:
        """What ships trained: 1.4 million parameters on gray pictures of 48 pixels, 64 channels of 12 × 12."""
        branch = ResNetConfig(colours=colours, stem="narrow", channels=(32, 64), blocks=(1, 1))
        crop = Crop(size=48, margin=0.0, align="box")
        return cls(branch=branch, mask_width=32, stages=(128, 256), hidden=0, side=48, crop=crop)

    @property
    def second(self) -> Texture | None:
        """What the second branch reads; None where there is none."""
        return self.texture if self.attention else None


class LBPAttention(Model):
    """Faces (B, C, S, S) and their texture (B, C, S, S) → logits (B, 7).

    Named quantities, all (D, h, w): ``trunk`` T; ``texture`` L; ``mask`` M; ``attended`` H = (1 + M) ∘ T;
    ``reconstructed`` R. Those of a module that is switched off are skipped, but for H, which then is T.
    """

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        self.config = config = config or Config.paper()
        self.labels, self.crop = config.labels, config.crop
        self.takes = (FACE, TEXTURE) if config.second else (FACE,)
        width = config.branch.width
        self.raw_branch = _branch(config.branch)
        self.texture_branch = _branch(config.branch) if config.second else None
        seen = 2 * width if config.second else width
        self.attend = _mask(seen, config.mask_width, width) if config.attention else None
        self.reconstruct = _dilated(width, config.rates) if config.reconstruction else None
        sizes = (width, *config.stages)
        parts = [stage(before, after, 1, 2) for before, after in pairwise(sizes)]
        self.stages = nn.Sequential(*parts) if parts else nn.MaxPool2d(2)
        self.hidden = nn.Sequential(nn.Linear(sizes[-1], config.hidden), nn.ReLU()) if config.hidden else nn.Identity()
        self.dropout = nn.Dropout(config.dropout)
        self.classify = nn.Linear(config.hidden or sizes[-1], len(config.labels))
        for part in (self.attend, self.reconstruct, self.stages):
            if part is not None:
                start(part)
        self._name()

    def _name(self) -> None:
        dims, source = ("channel", "y", "x"), "Wang et al. 2017, Sec. 3.1"
        say = "what the raw branch finds in the face"
        self.trunk = Probe(*dims, symbol="T", meaning=say)
        say = "what the second branch finds in the face's texture; the answer knows it through the mask alone"
        self.texture = Probe(*dims, symbol="L", meaning=say)
        say = "by how much a feature is made stronger, as a share of itself: 0 leaves it, 1 would double it"
        self.mask = Probe(*dims, symbol="M", equation=source, meaning=say)
        say = "the trunk after the mask, (1 + M) ∘ T"
        self.attended = Probe(*dims, symbol="H", equation=source, meaning=say)
        say = "the attended features reworked by dilated convolutions, which look further without a pool"
        self.reconstructed = Probe(*dims, symbol="R", meaning=say)

    def forward(self, image: torch.Tensor, texture: torch.Tensor | None = None) -> torch.Tensor:
        """Logits (B, 7). Raises ValueError for another shape, or numbers that are not finite."""
        self._check(image, texture)
        trunk = seen = x = self.trunk(self.raw_branch.maps(image))  # (B, D, h, w)
        if self.texture_branch is not None and texture is not None:
            seen = torch.cat((trunk, self.texture(self.texture_branch.maps(texture))), 1)  # (B, 2D, h, w)
        if self.attend is not None:
            x = (1 + self.mask(torch.sigmoid(self.attend(seen)))) * trunk  # (B, D, h, w), Wang et al. 2017, Sec. 3.1
        x = self.attended(x)
        if self.reconstruct is not None:
            x = self.reconstructed(self.reconstruct(x))  # (B, D, h, w)
        x = self.stages(x).mean((2, 3))  # (B, last of stages or D)
        return self.classify(self.dropout(self.hidden(x)))

    def _check(self, image: torch.Tensor, texture: torch.Tensor | None) -> None:
        shape = (self.config.branch.colours, self.config.side, self.config.side)
        if image.ndim != 4 or image.shape[1:] != shape:
            wanted = f"(faces, {', '.join(map(str, shape))})"
            raise ValueError(f"image must have shape {wanted}; got {tuple(image.shape)}")
        if (texture is None) != (self.config.second is None):
            wanted = f"a tensor of shape {tuple(image.shape)}" if texture is None else "None: nothing here reads it"
            raise ValueError(f"texture must be {wanted}; got {None if texture is None else tuple(texture.shape)}")
        if texture is not None and texture.shape != image.shape:
            raise ValueError(f"texture must have the image's shape {tuple(image.shape)}; got {tuple(texture.shape)}")
        for name, value in (("image", image), ("texture", texture)):
            if value is not None and not torch.isfinite(value).all():
                raise ValueError(f"{name} must be finite numbers; got NaN or infinity")

    def pictures(self, clip: Clip) -> torch.Tensor:
        """Every frame (T, C, S, S), gray (compact) or colour, of the network's size, 0 to 255, not rounded.

        The size comes before the texture: patterns of a picture that is resized later, or resized patterns, would mean
        nothing.
        """
        pictures = torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float()  # (T, 3, H, W)
        if self.config.branch.colours == 1:
            pictures = gray(pictures)
        return resize(pictures, self.config.side).clamp(0, 255)

    def inputs(self, pictures: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The image (B, C, S, S) and, where a branch reads it, its texture (B, C, S, S), from pictures of 0 to 255.

        Gray images go from -1 to 1; colours are scaled as files of VGG16 trained on ImageNet expect them. The texture
        is one plane, the same in all colours; see `texture_of`.
        """
        pictures = pictures.float()
        image = imagenet(pictures) if pictures.shape[1] == 3 else pictures / 127.5 - 1
        kind = self.config.second
        if kind is None:
            return (image,)
        return image, image if kind == "raw" else texture_of(pictures, kind).expand_as(image)


def shipped(labels: str) -> LBPAttention:
    """The compact network for a set of labels ("FER2013", "FER+"), which the trained weights fit."""
    return LBPAttention(replace(Config.compact(), labels=LABEL_SETS[labels]))


def offsets(rates: tuple[int, ...]) -> tuple[int, ...]:
    """Which places along one axis, counted from a place of R, a stack of dilated 3 × 3 convolutions reads in H.

    From −Σd to Σd, so 1 + 2 Σd wide; where whole numbers are missing the stack never looks (gridding).

    Examples
    --------
    >>> offsets((1, 2))
    (-3, -2, -1, 0, 1, 2, 3)
    >>> offsets((2, 2))
    (-4, -2, 0, 2, 4)
    """
    return tuple(sorted({sum(steps) for steps in product(*((-rate, 0, rate) for rate in rates))}))


def _branch(config: VGGConfig | ResNetConfig) -> VGG | ResNet:
    return VGG(config) if isinstance(config, VGGConfig) else ResNet(config)


def _convolution(before: int, after: int, size: int, rate: int = 1) -> list[nn.Module]:
    """With the padding that keeps the side."""
    padding = rate * (size // 2)
    convolution = nn.Conv2d(before, after, size, padding=padding, dilation=rate, bias=False)
    return [convolution, nn.BatchNorm2d(after), nn.ReLU()]


def _mask(before: int, hidden: int, after: int) -> nn.Sequential:
    """Before the sigmoid; without the hour-glass of Wang et al. 2017, since maps of 12 or 14 places are small."""
    return nn.Sequential(
        *_convolution(before, hidden, 1), *_convolution(hidden, hidden, 3), nn.Conv2d(hidden, after, 1)
    )


def _dilated(width: int, rates: tuple[int, ...]) -> nn.Sequential:
    return nn.Sequential(*(layer for rate in rates for layer in _convolution(width, width, 3, rate)))
