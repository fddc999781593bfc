"""Sets as tensors: faces and clips in memory, ready to be drawn in batches, and how they are varied in training.

Pictures stay uint8 until a batch is drawn, and are gray, so that 30 thousand faces of 48 pixels take 70 MB; only
`stills_of` also gives colours, for networks that are tested on a colour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.faces.sets import SyntheticSet
from ferviz.models.model import gray, resize
from ferviz.prepared import Faces

__all__ = ["Clips", "Stills", "clips_of", "join", "stills_from", "stills_from_votes", "stills_of", "vary"]


@dataclass(frozen=True, eq=False)
class Stills:
    """Faces (N, C, S, S) uint8, gray or of 3 colours, each with a target distribution (N, K), a weight in the loss
    (N,), and whom it shows or which group of identical pictures it is of (N,).
    """

    pictures: torch.Tensor
    target: torch.Tensor
    weight: torch.Tensor
    group: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, items: torch.Tensor | npt.NDArray[np.intp]) -> Stills:
        """Some of them."""
        chosen = torch.as_tensor(items)
        return Stills(self.pictures[chosen], self.target[chosen], self.weight[chosen], self.group[chosen.numpy()])

    def prior(self) -> torch.Tensor:
        """The share of each label (K,), by weight."""
        mass = (self.target * self.weight[:, None]).sum(0)
        return mass / mass.sum()

    def with_prior(self, prior: torch.Tensor) -> Stills:
        """The same faces, weighted so that labels have this prior, where each has one label; the mean weight is 1.

        Two sets with one prior cannot be told apart by their labels, so a network gains nothing from knowing whether a
        face is real.
        """
        factor = prior / (self.target.sum(0) / self.target.sum()).clamp_min(1e-12)
        weight = (self.target * factor).sum(1)
        return Stills(self.pictures, self.target, weight / weight.mean(), self.group)


@dataclass(frozen=True, eq=False)
class Clips:
    """Clips (N, T, S, S) uint8, shorter ones filled up with black; ``mask`` (N, T) tells the frames that are there.

    ``label`` (N,) places in the label set; ``person`` (N,); ``family`` (N,) names; ``evidence`` and ``intensity``
    (N, T), 0 where no frame is; ``own`` (N, T): whether a frame shows the emotion of the label.
    """

    frames: torch.Tensor
    mask: torch.Tensor
    label: torch.Tensor
    person: npt.NDArray[np.int64]
    family: npt.NDArray[np.str_]
    evidence: torch.Tensor
    intensity: torch.Tensor
    own: torch.Tensor

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, items: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | torch.Tensor) -> Clips:
        """Some of them."""
        at = np.asarray(items)
        return Clips(
            self.frames[at],
            self.mask[at],
            self.label[at],
            self.person[at],
            self.family[at],
            self.evidence[at],
            self.intensity[at],
            self.own[at],
        )


def _bytes(frames: npt.NDArray[np.uint8], side: int, colours: int = 1) -> torch.Tensor:
    """Colour frames (T, H, W, 3) → bytes (T, C, side, side), gray or of 3 colours, the way models prepare them."""
    pictures = torch.from_numpy(frames).permute(0, 3, 1, 2).float()
    pictures = resize(gray(pictures) if colours == 1 else pictures, side)
    return pictures.round().clamp(0, 255).to(torch.uint8)


def stills_of(
    found: SyntheticSet, side: int, labels: LabelSet = LABEL_SETS["FER2013"], *, frames: int = 1, colours: int = 1
) -> Stills:
    """The frames with most evidence, up to ``frames`` of every synthetic clip, as faces of ``side`` pixels.

    ``colours`` is 1 (gray) or 3.
    """
    pictures, places, people = [], [], []
    for row, arrays in zip(found.rows, found.each("frames", "truth.evidence"), strict=True):
        chosen = np.argsort(-arrays["truth.evidence"], kind="stable")[:frames]
        pictures.append(_bytes(arrays["frames"][chosen], side, colours))
        places += [labels.index(row["label"])] * len(chosen)
        people += [row["identity"]] * len(chosen)
    target = functional.one_hot(torch.tensor(places), len(labels)).float()
    return Stills(torch.cat(pictures), target, torch.ones(len(target)), np.array(people))


def stills_from(faces: Faces, side: int) -> Stills:
    """Prepared real faces as gray faces of ``side`` pixels, by their own labels."""
    if (faces.label < 0).any():
        raise ValueError(f"{int((faces.label < 0).sum())} faces have no label: select those that have one first")
    target = functional.one_hot(torch.from_numpy(faces.label), len(faces.labels)).float()
    return Stills(_at_side(faces, side), target, torch.ones(len(target)), faces.group)


def stills_from_votes(faces: Faces, side: int, labels: LabelSet = LABEL_SETS["FER+"]) -> Stills:
    """Prepared real faces by their votes, as shares of the labels; without those for which no label got most votes.

    So a face is left out when more annotators said "unknown" or "not a face" (Barsoum et al. 2016, arXiv:1608.01041).
    Raises ValueError where the faces carry no votes.
    """
    share = faces.distribution(labels)
    assert faces.votes is not None
    counts = dict(zip(faces.vote_names, faces.votes.T, strict=True))
    known = np.stack([counts[str(label)] for label in labels], 1).max(1)
    sure = known >= faces.votes.max(1)
    faces = faces.select(sure)
    return Stills(_at_side(faces, side), torch.from_numpy(share[sure]), torch.ones(len(faces)), faces.group)


def _at_side(faces: Faces, side: int) -> torch.Tensor:
    pictures = resize(torch.from_numpy(faces.images)[:, None].float(), side)
    return pictures.round().clamp(0, 255).to(torch.uint8)


def join(parts: Iterable[Stills]) -> Stills:
    """Several sets as one. Groups of different sets are kept apart."""
    parts, groups, first = list(parts), [], 0
    for part in parts:
        _, place = np.unique(part.group, return_inverse=True)
        groups.append(place + first)
        first += int(place.max()) + 1
    return Stills(
        torch.cat([p.pictures for p in parts]),
        torch.cat([p.target for p in parts]),
        torch.cat([p.weight for p in parts]),
        np.concatenate(groups),
    )


def clips_of(sets: Sequence[SyntheticSet], side: int, labels: LabelSet = LABEL_SETS["FER2013"]) -> Clips:
    """The clips of some synthetic sets as gray frames of ``side`` pixels, with the truth that scores need."""
    rows = [row for found in sets for row in found.rows]
    shape = (len(rows), max(row["frames"] for row in rows))
    frames = torch.zeros((*shape, side, side), dtype=torch.uint8)
    mask, own = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape, dtype=torch.bool)
    evidence, intensity = torch.zeros(shape), torch.zeros(shape)
    known = ("frames", "truth.evidence", "truth.intensity", "truth.shown")
    for place, arrays in enumerate(chain.from_iterable(found.each(*known) for found in sets)):
        count = len(arrays["frames"])
        frames[place, :count] = _bytes(arrays["frames"], side)[:, 0]
        mask[place, :count] = True
        evidence[place, :count] = torch.from_numpy(arrays["truth.evidence"])
        intensity[place, :count] = torch.from_numpy(arrays["truth.intensity"])
        own[place, :count] = torch.from_numpy(arrays["truth.shown"] == rows[place]["label"])
    return Clips(
        frames,
        mask,
        torch.tensor([labels.index(row["label"]) for row in rows]),
        np.array([row["identity"] for row in rows]),
        np.array([row["family"] for row in rows]),
        evidence,
        intensity,
        own,
    )


def vary(pictures: torch.Tensor, luck: torch.Generator, erase: float = 0.5, resample: float = 1.0) -> torch.Tensor:
    """Vary faces (N, C, S, S), -1 to 1, without changing their labels; each picture in its own way.

    Half are mirrored; all are shifted by up to a twelfth of the side, and changed in brightness (0.2) and contrast
    (0.75 to 1.33); a share ``resample`` is turned by up to 12 degrees, scaled by 0.9 to 1.1 and shifted by parts of a
    pixel, which smooths it: texture is then another than in a picture as it came, so a network that reads texture
    should see both. A share ``erase`` loses a square of up to a third of the side to noise. The C channels of a
    picture, for example the frames of a clip, vary alike.
    """
    count, half = len(pictures), pictures.shape[-1] / 2

    def draw(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(count, generator=luck)

    angle, scale = draw(-12, 12).deg2rad(), draw(0.9, 1.1)
    flip = torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
    right, low = draw(-1 / 6, 1 / 6), draw(-1 / 6, 1 / 6)  # half a side is 1, so a sixth is a twelfth
    if resample < 1:
        kept = draw(0, 1) >= resample
        angle, scale = angle.masked_fill(kept, 0.0), scale.masked_fill(kept, 1.0)
        right, low = (torch.where(kept, (by * half).round() / half, by) for by in (right, low))
    cos, sin = angle.cos() * scale, angle.sin() * scale
    across, down = torch.stack([cos * flip, -sin, right], 1), torch.stack([sin * flip, cos, low], 1)
    grid = functional.affine_grid(torch.stack([across, down], 1), list(pictures.shape), align_corners=False)
    moved = functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    contrast, light = torch.exp(draw(-0.29, 0.29)), draw(-0.2, 0.2)
    moved = moved * contrast[:, None, None, None] + light[:, None, None, None]
    return _erased(moved.clamp(-1, 1), draw, erase, luck)


def _erased(
    pictures: torch.Tensor, draw: Callable[[float, float], torch.Tensor], share: float, luck: torch.Generator
) -> torch.Tensor:
    side = pictures.shape[-1]
    size, hit = draw(0.1, 1 / 3) * side, draw(0, 1) < share
    left, top = draw(0, 1) * (side - size), draw(0, 1) * (side - size)
    at = torch.arange(side)
    inside_x = (at >= left[:, None]) & (at < (left + size)[:, None])
    inside_y = (at >= top[:, None]) & (at < (top + size)[:, None])
    inside = (inside_y[:, :, None] & inside_x[:, None, :] & hit[:, None, None])[:, None]
    noise = torch.rand(pictures.shape, generator=luck) * 2 - 1
    return torch.where(inside, noise, pictures)
