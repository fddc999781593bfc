"""One light body, several heads: expression, and the parameters of the generator that makes synthetic faces.

Savchenko A. V., "Facial expression and attributes recognition based on multi-task learning of lightweight neural
networks", SISY 2021, arXiv:2103.17107. The paper's text was not to be had: what is known comes from the author's code,
its printed outputs and a review.

The idea: a light network first learns to tell people apart (`ferviz.models.identity`). Small heads on its feature then
answer other questions: first the head alone, with the body frozen, then all of it at a lower rate. There is no joint
loss in the author's code: the tasks follow one another.

Two drawings of the heads. "shared", the released MobileNet: one hidden layer of 256 units below all heads. "deep", the
paper's drawing as the review tells it: a branch of its own for each attribute, that of age deeper since age has many
classes, and the expression straight on the feature, as the author's EfficientNets have it. How deep is unknown; two
hidden layers against one are chosen here.

Where ours departs: age, gender and ethnicity are those of the *generator* that made the faces: years, a number from 0
(male) to 1 (female), and the shares of the three shapes that MakeHuman calls African, Asian and Caucasian, where the
released network has five classes. Of real faces these heads say nothing. One file has all heads; the author's are
separate files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, cast, get_args

import torch
from torch import nn
from torch.nn import functional

from ferviz.arguments import choice, number, whole, words
from ferviz.clip import Crop
from ferviz.emotions import LABEL_SETS, Emotion, LabelSet
from ferviz.models.backbones import EFFICIENTNET_B0, EFFICIENTNET_B2, MOBILENET
from ferviz.models.identity import COMPACT, BodyConfig, BodyModel
from ferviz.models.probe import Probe

__all__ = ["AGES", "BODIES", "HEADS", "SHAPES", "SYNTHETIC", "Branches", "Config", "MultiTask", "read_age", "shipped"]

Branches = Literal["deep", "shared"]

HEADS = ("emotion", "age", "gender", "ethnicity")
SYNTHETIC = HEADS[1:]
"""The heads that learn the generator's parameters."""
AGES = tuple(str(year) for year in range(1, 101))
SHAPES = ("African", "Asian", "Caucasian")
"""What MakeHuman calls the three shapes that a synthetic head is mixed from."""
BODIES: Mapping[str, BodyConfig] = MappingProxyType(
    {
        "mobilenet": BodyConfig(MOBILENET, 224, Crop(224, 0.0)),
        "efficientnet-b0": BodyConfig(EFFICIENTNET_B0, 224, Crop(224, 0.0)),
        "efficientnet-b2": BodyConfig(EFFICIENTNET_B2, 260, Crop(260, 0.0)),
    }
)
"""The paper's bodies at the sizes of their faces."""
_Labels = dict[str, LabelSet | tuple[str, ...] | None]
_ALPHABETICAL = LabelSet("alphabetical", tuple(sorted(Emotion)), note="the order of the author's networks")


@dataclass(frozen=True)
class Config:
    """Sizes and variant of the network: ``branches`` as told above, ``hidden`` the units of a hidden layer."""

    body: BodyConfig
    branches: Branches = "deep"
    heads: tuple[str, ...] = HEADS
    hidden: int = 256
    dropout: float = 0.5  # before and after hidden layers
    labels: LabelSet = field(default_factory=lambda: LABEL_SETS["FER2013"])

    def __post_init__(self) -> None:
        choice("branches", self.branches, get_args(Branches))
        for head in words("heads", self.heads):
            choice("each of heads", head, HEADS)
        if not self.heads or len(set(self.heads)) != len(self.heads):
            raise ValueError(f"heads must be one at least, each once; got {self.heads!r:.200}")
        whole("hidden", self.hidden)
        number("dropout", self.dropout, "from 0 to below 1", lambda value: 0 <= value < 1)

    @classmethod
    def paper(cls, body: str = "efficientnet-b0", branches: Branches = "deep") -> Config:
        """A body of `BODIES` on colour faces of 224 or 260 pixels, eight expressions."""
        return cls(BODIES[choice("body", body, BODIES)], branches, labels=_ALPHABETICAL)

    @classmethod
    def compact(cls, body: str = "mobilenet", branches: Branches = "deep") -> Config:
        """A body of `ferviz.models.identity.COMPACT` on gray faces of 64 pixels, 0.7 million parameters with heads."""
        return cls(COMPACT[choice("body", body, COMPACT)], branches, hidden=128)


def read_age(logits: torch.Tensor) -> torch.Tensor:
    """Years (B,) from logits (B, 100): of the two most probable classes, made to sum to 1, the expectation.

    Class 0 is one year, as in the author's Python code. (The author's phone app adds a half where that adds one.)

    Raises
    ------
    ValueError
        For what is not (B, K) with two classes at least.

    Examples
    --------
    >>> probability = torch.tensor([[0.1, 0.6, 0.1, 0.2]])
    >>> round(float(read_age(probability.log())), 6)  # 0.75 · 2 + 0.25 · 4 years
    2.5
    """
    if logits.ndim != 2 or logits.shape[1] < 2:
        raise ValueError(f"logits must be (faces, classes) with at least two classes; got {tuple(logits.shape)}")
    largest, place = logits.topk(2, dim=1)
    share = largest.softmax(1)  # what the softmax over all classes and the division come to
    return (share * (place + 1)).sum(1)


class _Hidden(nn.Module):
    """Linear layers with a ReLU each: (B, D) → what each gives; none at all for sizes of one."""

    def __init__(self, sizes: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(sizes))
        self.dropout = nn.Dropout(dropout if len(sizes) > 1 else 0.0)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        found = []
        for layer in self.layers:
            x = functional.relu(layer(self.dropout(x)))
            found.append(x)
        return found


class MultiTask(BodyModel):
    """Faces (B, C, S, S) → emotion (B, 7) and age (B, 100), logits; gender (B,), 0 to 1; ethnicity (B, 3), logits.

    Named quantities: ``feature`` (D,); the hidden vector of each head that has one, ``age_hidden`` (H,) and so on, or
    the one ``hidden`` (H,) of the drawing "shared"; ``expected_age`` in years; ``gender_logit``, before the sigmoid.
    For each head ``<head>_contribution`` (D, labels): exactly what each number of the feature adds to each logit; the
    biases are the rest. Where hidden layers lie between, their ReLUs are held as this face opens and closes them. It is
    computed when somebody reads or moves it, and not in training.
    """

    labels: _Labels

    def __init__(self, config: Config | None = None) -> None:
        config = config or Config.paper()
        super().__init__(config.body)
        self.config, width, hidden = config, config.body.backbone.width, config.hidden
        known: _Labels = {"emotion": config.labels, "age": AGES, "gender": None, "ethnicity": SHAPES}
        self.labels = {head: known[head] for head in config.heads}
        self.synthetic_heads = tuple(head for head in config.heads if head in SYNTHETIC)
        shared = config.branches == "shared"
        depth = {"emotion": 0, "age": 2, "gender": 1, "ethnicity": 1}
        below = {"shared": 1} if shared else {head: depth[head] for head in config.heads}
        self.hidden_layers = nn.ModuleDict(
            {name: _Hidden((width, *(hidden,) * count), config.dropout) for name, count in below.items()}
        )
        self.answers = nn.ModuleDict()
        for head, labels in self.labels.items():
            plain = not shared and not below[head]
            self.answers[head] = nn.Linear(width if plain else hidden, 1 if labels is None else len(labels))
        self._name()

    def _name(self) -> None:
        for name in self.hidden_layers:
            if len(self._below(name).layers):
                own = name if name != "shared" else ""
                dim, symbol = (f"{own}_unit", f"h_{own}") if own else ("unit", "h")
                say = f"the last hidden layer of {own or 'all heads'}, after its ReLU"
                probe = Probe(dim, symbol=symbol, equation="ReLU(Wx + b)", meaning=say, head=own)
                self.add_module(f"{own}_hidden" if own else "hidden", probe)
        for head, labels in self.labels.items():
            say = f"what each number of the feature adds to each logit of {head}, with the ReLUs as this face has them"
            dims = ("channel",) if labels is None else ("channel", head)
            probe = Probe(*dims, symbol="c", equation="derived", meaning=say, head=head)
            self.add_module(f"{head}_contribution", probe)
        if "age" in self.labels:
            say = "years of the generator: the mean of the two most probable ages"
            self.expected_age = Probe(symbol="a", equation="(p₁a₁ + p₂a₂) / (p₁ + p₂)", meaning=say, head="age")
        if "gender" in self.labels:
            say = "before the sigmoid: above 0 the generator's parameter is nearer to 1 (female)"
            self.gender_logit = Probe(symbol="g", equation="σ⁻¹(gender)", meaning=say, head="gender")

    def forward(self, face: torch.Tensor) -> dict[str, torch.Tensor]:
        """Head → output. Raises ValueError for another shape, or pixels that are not finite."""
        return self.from_features(self.features(face))

    def from_features(self, feature: torch.Tensor) -> dict[str, torch.Tensor]:
        """After the body: features (B, D) → head → output. Raises ValueError for another shape."""
        width = self.body.backbone.width
        if feature.ndim != 2 or feature.shape[1] != width:
            raise ValueError(f"feature must have shape (faces, {width}); got {tuple(feature.shape)}")
        found = {name: part(feature) for name, part in self.hidden_layers.items()}
        for name, layers in found.items():
            if layers:
                own = f"{name}_hidden" if name != "shared" else "hidden"
                layers[-1] = self.get_submodule(own)(layers[-1])
        return {head: self._said(head, self._logits(head, feature, found)) for head in self.labels}

    def _logits(self, head: str, feature: torch.Tensor, found: Mapping[str, list[torch.Tensor]]) -> torch.Tensor:
        """Logits (B, K) of a head, moved by whoever moves its contributions."""
        name = "shared" if "shared" in found else head
        below, layers, answer = self._below(name), found[name], cast(nn.Linear, self.answers[head])
        logits = answer(below.dropout(layers[-1]) if layers else feature)
        told = self.get_submodule(f"{head}_contribution")
        if self.training or not cast(Probe, told).watched:
            return logits
        weight = answer.weight.expand(len(feature), -1, -1)  # (B, K, H)
        for layer, opened in zip(list(below.layers)[::-1], layers[::-1], strict=True):
            shut = torch.where(opened[:, None] > 0, weight, torch.zeros_like(weight))
            weight = shut @ cast(nn.Linear, layer).weight  # (B, K, units below)
        added = (weight * feature[:, None]).transpose(1, 2)  # (B, D, K)
        plain = self.labels[head] is None
        moved = told(added.squeeze(2) if plain else added)
        return logits + ((moved[..., None] if plain else moved) - added).sum(1)  # 0 more, unless somebody moves it

    def _below(self, name: str) -> _Hidden:
        return cast(_Hidden, self.hidden_layers[name])

    def _said(self, head: str, logits: torch.Tensor) -> torch.Tensor:
        """What a head gives, from its logits (B, K)."""
        if head == "age":
            self.expected_age(read_age(logits))
        if head != "gender":
            return logits
        return torch.sigmoid(self.gender_logit(logits.squeeze(1)).float())


def shipped(variant: str) -> MultiTask:
    """The compact network on a body ("mobilenet", "efficientnet"), which the trained weights fit."""
    return MultiTask(Config.compact(variant))
