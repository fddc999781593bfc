"""Sets as tensors: what models take and what they shall say to it, in memory, ready to be drawn in batches.

A set holds what a model's ``inputs`` takes, never what ``forward`` does: pictures stay uint8 until a batch is drawn,
and are gray, so that 30 thousand faces of 48 pixels take 70 MB; only `stills_of` also gives colours, for networks that
are tested on a colour. `Examples` is for any model; faces and clips are so frequent that `Stills` and `Clips` name
theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import Any, Self, overload

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ferviz.arguments import plain
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.faces.sets import SyntheticSet
from ferviz.learning.columns import check_bytes, check_frame_mask, check_places, check_target_column, check_weights
from ferviz.models.model import gray, resize
from ferviz.prepared import Faces

__all__ = [
    "Clips",
    "Examples",
    "Stills",
    "at_side",
    "check_sets",
    "clips_of",
    "has_target",
    "join",
    "stills_from",
    "stills_from_votes",
    "stills_of",
]


Column = torch.Tensor | npt.NDArray[Any]
"""One row an item."""


class _Set:
    """Columns and mappings of columns in the fields of a dataclass: as many rows in each as there are items."""

    def __post_init__(self) -> None:
        counts = {name: _length(name, column) for name, column in self._columns()}
        if len(set(counts.values())) != 1:
            told = ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing"
            raise ValueError(f"all of a set must count the same items; got {told}")
        if not len(self):
            raise ValueError("a set must hold at least one item; got 0")
        self._check()

    def _check(self) -> None:
        """Refuse columns of another kind than the set says."""

    def __len__(self) -> int:
        return len(next(self._columns())[1])

    def __getitem__(self, items: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | torch.Tensor) -> Self:
        """Some of them."""
        at = np.ascontiguousarray(items)  # torch takes no places that run backwards
        return type(self)(**{each.name: _rows(getattr(self, each.name), at) for each in fields(self)})  # type: ignore[arg-type]

    def _columns(self) -> Iterator[tuple[str, Column]]:
        for each in fields(self):  # type: ignore[arg-type]
            value = getattr(self, each.name)
            yield from value.items() if isinstance(value, Mapping) else [(each.name, value)]


def _length(name: str, column: object) -> int:
    if not isinstance(column, torch.Tensor | np.ndarray) or not column.ndim:
        raise TypeError(f"{name} must be a tensor or an array with one row an item; got {column!r:.200}")
    plain(name, column)
    return len(column)


@overload
def _rows(value: Column, at: npt.NDArray[Any]) -> Column: ...
@overload
def _rows(value: Mapping[str, Column], at: npt.NDArray[Any]) -> dict[str, Column]: ...
def _rows(value: Column | Mapping[str, Column], at: npt.NDArray[Any]) -> Column | dict[str, Column]:
    return {name: column[at] for name, column in value.items()} if isinstance(value, Mapping) else value[at]


@dataclass(frozen=True, eq=False)
class Examples(_Set):
    """What any model takes, with any number of targets: columns by name.

    Parameters
    ----------
    raw : mapping of name to tensor (N, …)
        What the model's ``inputs`` takes, in its order: pictures, frames and their mask, boxes, sound. Bytes where it
        can be, so that a set is small.
    targets : mapping of head to tensor
        Places in the head's labels (N,), whole numbers; shares of its labels (N, K); or plain numbers (N,). An item
        that has none for a head says so by −1, or by NaN (`has_target`).
    weight : mapping of head to tensor (N,), optional
        Of an item in the loss of a head; 1 where none is given.
    about : mapping of name to array (N, …), optional
        What scores need to know: persons, families, groups of identical pictures.

    Raises
    ------
    ValueError
        When two columns count other items.
    """

    raw: Mapping[str, torch.Tensor]
    targets: Mapping[str, torch.Tensor]
    weight: Mapping[str, torch.Tensor] = field(default_factory=dict)
    about: Mapping[str, Column] = field(default_factory=dict)

    def _check(self) -> None:
        for name, column in self.raw.items():
            if not isinstance(column, torch.Tensor):
                raise TypeError(f"raw[{name!r}] must be a torch.Tensor; got {type(column).__name__}")
        for head, target in self.targets.items():
            check_target_column(f"targets[{head!r}]", target, len(self))
        for head, weight in self.weight.items():
            if head not in self.targets:
                fits = ", ".join(self.targets)
                raise ValueError(f"weight must be for heads that have targets ({fits}); got {head!r:.200}")
            check_weights(f"weight[{head!r}]", weight, (len(self),))


def check_sets(kind: type, train: object, validation: object) -> None:
    """Refuse what is learned from, or scored on, where it is no set of this kind."""
    if not isinstance(train, kind):
        raise TypeError(f"train must be {kind.__name__}; got {type(train).__name__}")
    if not isinstance(validation, Mapping):
        raise TypeError(f"validation must be a mapping of name to {kind.__name__}; got {type(validation).__name__}")
    for name, part in validation.items():
        if not isinstance(part, kind):
            raise TypeError(f"validation must be of {kind.__name__}; got {type(part).__name__} for {name!r}")


def has_target(target: torch.Tensor) -> torch.Tensor:
    """Which items have a target at all (N,) bool: places (N,) from 0; shares (N, K) or numbers (N,) without NaN."""
    if not target.is_floating_point():
        return target >= 0
    return ~target.isnan() if target.ndim == 1 else ~target.isnan().any(-1)


@dataclass(frozen=True, eq=False)
class Stills(_Set):
    """Faces (N, C, S, S) uint8, gray or of 3 colours, each with a target distribution (N, K), a weight in the loss
    (N,), and whom it shows or which group of identical pictures it is of (N,).
    """

    pictures: torch.Tensor
    target: torch.Tensor
    weight: torch.Tensor
    group: npt.NDArray[np.int64]

    def _check(self) -> None:
        check_bytes("pictures", self.pictures, "(N, C, S, S)")
        check_target_column("target", self.target, len(self))
        if self.target.ndim != 2 or bool(self.target.isnan().any()):
            raise ValueError("target must be shares of labels (N, K) for every face; got others, or NaN")
        check_weights("weight", self.weight, (len(self),))

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
class Clips(_Set):
    """Clips (N, T, S, S) uint8, shorter ones filled up with black; ``mask`` (N, T) tells the frames that are there.

    ``label`` (N,) places in the label set; ``person`` (N,); ``family`` (N,) names; ``evidence`` and ``intensity``
    (N, T), 0 where no frame is; ``own`` (N, T): whether a frame shows the emotion of the label; ``intruder`` (N, T) the
    evidence of another emotion; ``spoiled`` (N, T): whether something spoils a frame. See `ferviz.Truth`.
    """

    frames: torch.Tensor
    mask: torch.Tensor
    label: torch.Tensor
    person: npt.NDArray[np.int64]
    family: npt.NDArray[np.str_]
    evidence: torch.Tensor
    intensity: torch.Tensor
    own: torch.Tensor
    intruder: torch.Tensor
    spoiled: torch.Tensor

    def _check(self) -> None:
        check_bytes("frames", self.frames, "(N, T, S, S)")
        check_frame_mask("mask", self.mask, tuple(self.frames.shape[:2]))
        check_places("label", self.label, len(self))


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
    return Stills(at_side(faces, side), target, torch.ones(len(target)), faces.group)


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
    return Stills(at_side(faces, side), torch.from_numpy(share[sure]), torch.ones(len(faces)), faces.group)


def at_side(faces: Faces, side: int) -> torch.Tensor:
    """Prepared real faces as bytes (N, 1, side, side), the way models prepare them."""
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
    mask, own, spoiled = (torch.zeros(shape, dtype=torch.bool) for _ in range(3))
    numbers = {name: torch.zeros(shape) for name in ("evidence", "intensity", "intruder")}
    known = ("frames", "truth.shown", "truth.spoiled", *(f"truth.{name}" for name in numbers))
    for place, arrays in enumerate(chain.from_iterable(found.each(*known) for found in sets)):
        count = len(arrays["frames"])
        frames[place, :count] = _bytes(arrays["frames"], side)[:, 0]
        mask[place, :count] = True
        for name, values in numbers.items():
            values[place, :count] = torch.from_numpy(arrays[f"truth.{name}"])
        spoiled[place, :count] = torch.from_numpy(arrays["truth.spoiled"] != "")
        own[place, :count] = torch.from_numpy(arrays["truth.shown"] == rows[place]["label"])
    label = torch.tensor([labels.index(row["label"]) for row in rows])
    person, family = np.array([row["identity"] for row in rows]), np.array([row["family"] for row in rows])
    return Clips(frames, mask, label, person, family, own=own, spoiled=spoiled, **numbers)
