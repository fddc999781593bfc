"""Films with sound: sets of synthetic ones as tensors, and how a network of two streams learns from them.

A stream is left out of some films at random, never both: so the stand-ins for a missing stream are learned, and no
stream can lean on the other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import torch
from lightning_fabric import is_wrapped
from torch import nn

from ferviz import asking
from ferviz.arguments import choice, number
from ferviz.clip import Clip
from ferviz.emotions import LABEL_SETS, Emotion, LabelSet
from ferviz.faces.plan import VOICED
from ferviz.faces.sets import SyntheticSet
from ferviz.learning.answering import check_targets, cross_entropy
from ferviz.learning.sets import Examples, check_sets
from ferviz.learning.tasks import segments
from ferviz.learning.variation import vary
from ferviz.models.audio_video import MASKS, AudioVideo
from ferviz.models.hearing import Hearing
from ferviz.models.model import gray, resize
from ferviz.reading import device_of

__all__ = ["SILENCE", "FusionTask", "encoded_of", "films_of", "stacked", "stand_in", "varied", "without_some"]

Raw = dict[str, torch.Tensor]
Head = Literal["emotion", "face", "voice"]
_LOUDER = 6.0  # decibels by which a sound is made louder or softer
_HIDDEN = (0.2, 8)  # share of bands, and windows, that are hidden at most
SILENCE = -100.0
"""Decibels of a window in which nothing is heard."""

_NOISY = (-90.0, -40.0)  # decibels of the noise that half of the sounds get, in the mean over bands
_FALLING = 30.0  # decibels by which noise is softer in the highest band than in the lowest, at most
_PER_DECIBEL = math.log(10) / 10  # of power, as its natural logarithm
_JITTER = 4.0  # decibels by which it differs from window to window
_NO_FRAMES = np.zeros((0, 1, 1, 3), np.uint8)


def films_of(
    sets: Sequence[SyntheticSet],
    ear: Hearing,
    side: int,
    of: Head = "emotion",
    labels: LabelSet = LABEL_SETS["FER2013"],
) -> Examples:
    """The clips of some synthetic sets with a voice: gray frames of ``side`` pixels and sound in decibels.

    Parameters
    ----------
    sets : sequence of SyntheticSet
    ear : Hearing
        Which picture is made of the sound.
    side : int
        Of the faces.
    of : {"emotion", "face", "voice"}
        What is learned: the label of the clip, what its face shows, or what its voice says. A clip that has none, such
        as the face of a sound alone, is not to be learned from.

    Returns
    -------
    learning.sets.Examples
        ``raw``: frames (N, T, 1, S, S) bytes, mask (N, T), sound (N, 1, rows, W) of half precision and window_mask
        (N, W), filled up behind; ``targets``: emotion; ``about``: person, family, and ``carries`` ("face", "voice",
        "face and voice" or "conflict").

    Raises
    ------
    ValueError
        For another ``of``, no clip, or one without a voice.
    """
    choice("of", of, ("emotion", "face", "voice"))
    rows = [row for found in sets for row in found.rows]
    if not rows:
        raise ValueError("sets must hold one clip at least; got none")
    for row in rows:
        if row["family"] not in VOICED:
            raise ValueError(f"sets must be of families with a voice ({', '.join(VOICED)}); got {row['family']}")
    films: list[tuple[torch.Tensor, torch.Tensor]] = []
    about: list[tuple[int, str, str]] = []
    places: list[int] = []
    stored = chain.from_iterable(found.each("frames", "audio", "texts") for found in sets)
    for row, arrays in zip(rows, stored, strict=True):
        told = json.loads(arrays["texts"].tobytes())
        heard = Clip(_NO_FRAMES, np.zeros(0), arrays["audio"], told["sample_rate"])
        films.append((_gray(arrays["frames"], side), ear.record(heard)[0][0].half()))
        about.append((row["identity"], row["family"], told["truth"]["voice"]["carries"]))
        places.append(labels.index(Emotion(told["labels"][of])) if of in told["labels"] else -1)
    person, family, carries = zip(*about, strict=True)
    frames, mask = stacked([one for one, _ in films], 0, 0)
    sound, windows = stacked([one for _, one in films], -1, SILENCE)
    return Examples(
        {"frames": frames, "mask": mask, "sound": sound, "window_mask": windows},
        {"emotion": torch.tensor(places)},
        about={"person": np.array(person), "family": np.array(family), "carries": np.array(carries)},
    )


def _gray(frames: npt.NDArray[np.uint8], side: int) -> torch.Tensor:
    """Colour frames (T, H, W, 3) as gray bytes (T, 1, side, side)."""
    if not len(frames):
        return torch.zeros(0, 1, side, side, dtype=torch.uint8)
    pictures = resize(gray(torch.from_numpy(frames).permute(0, 3, 1, 2).float()), side)
    return pictures.round().clamp(0, 255).to(torch.uint8)


def stacked(parts: Sequence[torch.Tensor], along: int, filler: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Parts of several lengths as one tensor, filled up behind, one place at least; and where they are (N, length)."""
    counts = torch.tensor([part.shape[along] for part in parts])
    most, shape = max(1, int(counts.max())), list(parts[0].shape)
    shape[along] = most
    whole = torch.full((len(parts), *shape), filler, dtype=parts[0].dtype)
    for place, part in zip(whole, parts, strict=True):
        place.narrow(along, 0, part.shape[along]).copy_(part)
    return whole, torch.arange(most) < counts[:, None]


# ---- how films are varied ----


def without_some(raw: Raw, share: float, luck: torch.Generator, masks: Sequence[str] = ("mask", "window_mask")) -> Raw:
    """The same without one of the two streams in a share of the films, each stream as often, by their masks.

    A film that has but one stream keeps it.

    Raises
    ------
    ValueError
        For a share that is none.
    """
    number("share", share, "a share from 0 to 1", lambda value: 0 <= value <= 1)
    count = len(raw[masks[0]])
    here = raw[masks[0]].device  # chance is the same on every device
    lost, second = (torch.rand(count, generator=luck).to(here) < below for below in (share, 0.5))
    whole = torch.stack([raw[name].any(1) for name in masks]).all(0)
    changed = dict(raw)
    for name, this in zip(masks, (second, ~second), strict=True):
        changed[name] = raw[name] & ~(lost & this & whole)[:, None]
    return changed


def varied(frames: int, share: float) -> Callable[[Raw, torch.Generator], Raw]:
    """What varies films of two streams, or what there is of them, before they are learned.

    ``frames`` random frames of each, mirrored, moved and lit as `vary` does; sound made louder or softer, in half of
    them with noise, a stretch of bands and one of windows hidden (Park et al. 2019, arXiv:1904.08779); one stream left
    out of a ``share``.
    """

    def change(raw: Raw, luck: torch.Generator) -> Raw:
        changed = dict(raw)
        if "frames" in raw:
            places = segments(raw["mask"], frames, luck).clamp_min(0)  # (B, K)
            chosen = raw["frames"][torch.arange(len(places))[:, None], places, 0]  # (B, K, S, S)
            changed["frames"] = vary(chosen, luck, erase=0.0)[:, :, None]
            changed["mask"] = raw["mask"].gather(1, places)
        if "sound" in raw:
            changed["sound"] = _heard(raw["sound"].float(), luck)
        return without_some(changed, share, luck) if {"frames", "sound"} <= set(raw) else changed

    return change


def _heard(sound: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
    """Sounds (B, 1, rows, W) in decibels, each louder or softer, half with noise, without some bands and windows."""
    count, _, rows, windows = sound.shape

    def drawn(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=luck).to(sound.device)  # chance is the same on every device

    louder = (drawn(count, 1, 1, 1) * 2 - 1) * _LOUDER
    changed = torch.where(sound > SILENCE, sound + louder, sound).clamp_min(SILENCE)
    changed = torch.where(drawn(count, 1, 1, 1) < 0.5, _noisy(changed, luck), changed)
    for size, most, axis in ((rows, _HIDDEN[0] * rows, 2), (windows, _HIDDEN[1], 3)):
        wide = drawn(count, 1) * most
        first = drawn(count, 1) * (size - wide)
        at = torch.arange(size, device=sound.device)
        hidden = ((at >= first) & (at < first + wide)).unflatten(1, (1, *((-1, 1) if axis == 2 else (1, -1))))
        changed = changed.masked_fill(hidden, SILENCE)
    return changed


def _noisy(sound: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
    """Sounds in decibels with noise between white and brown in each: powers add up."""
    count, _, rows, _ = sound.shape
    level, fall = torch.rand(2, count, 1, 1, 1, generator=luck).to(sound.device).unbind()
    level = _NOISY[0] + (_NOISY[1] - _NOISY[0]) * level
    noise = level - _FALLING * fall * (torch.linspace(0, 1, rows, device=sound.device)[:, None] - 0.5)
    noise = noise + _JITTER * torch.randn(sound.shape, generator=luck).to(sound.device)
    return torch.logaddexp(sound * _PER_DECIBEL, noise * _PER_DECIBEL) / _PER_DECIBEL


# ---- on cached vectors ----


@torch.no_grad()
def encoded_of(model: AudioVideo, films: Examples, batch: int = 8) -> Examples:
    """What the backbones make of films, worked out once: the same targets, with what `AudioVideo.encode` gives."""
    parts: list[Raw] = []
    model.eval()
    for start in range(0, len(films), batch):
        raw = [value[start : start + batch].to(device_of(model)) for value in films.raw.values()]
        parts.append({k: v.cpu() for k, v in model.encode(*asking.beside(model, model.inputs(*raw))).items()})
    whole = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    return Examples(whole, films.targets, {}, films.about)


@dataclass(frozen=True)
class FusionTask:
    """Two streams fused, on cached vectors: their backbones are not run, and stay as they are.

    Parameters
    ----------
    train : Examples
        Of `encoded_of`.
    validation : mapping of name to such Examples
        Scored by accuracy, over all and over each family.
    share : float
        Of the films, one of whose streams is left out.
    """

    train: Examples
    validation: Mapping[str, Examples] = field(default_factory=dict)
    share: float = 0.3
    methods = ("fuse",)

    def __post_init__(self) -> None:
        check_sets(Examples, self.train, self.validation)
        number("share", self.share, "a share from 0 to 1", lambda value: 0 <= value <= 1)
        for part in (self.train, *self.validation.values()):
            if not {"audio", "video", *MASKS.values()} <= set(part.raw):
                raise ValueError(f"raw must be what encoded_of gives, of two streams; got {', '.join(part.raw)}")

    def __len__(self) -> int:
        return len(self.train)

    def check(self, model: nn.Module) -> None:
        """Refuse a model that these labels do not fit."""
        for part in (self.train, *self.validation.values()):
            check_targets(model, part.targets)

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        encoded = {name: value[items] for name, value in self.train.raw.items()}
        encoded = without_some(encoded, self.share, luck, tuple(MASKS.values()))
        return cross_entropy(_fused(model, encoded), self.train.targets["emotion"][items], 0.1).mean()

    @torch.no_grad()
    def score(self, model: nn.Module) -> dict[str, float]:
        found: dict[str, float] = {}
        for name, part in self.validation.items():
            right = (_fused(model, part.raw).argmax(-1) == part.targets["emotion"]).float()
            found[f"{name} accuracy"] = float(right.mean())
            families = np.asarray(part.about["family"])
            for family in sorted(set(families.tolist())):
                found[f"{name} {family}"] = float(right[torch.from_numpy(families == family)].mean())
        return found


def _fused(model: nn.Module, encoded: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Logits (B, K) on the CPU."""
    own = cast(Any, model.module if is_wrapped(model) else model)
    taken = dict(zip(encoded, asking.beside(own, encoded.values()), strict=True))
    return cast(Any, model).fuse(taken).cpu().float()


@torch.no_grad()
def stand_in(model: AudioVideo, encoded: Examples) -> dict[str, npt.NDArray[Any]]:
    """Let the means of the projected vectors over some films be what "mean" stands for; stream → that vector.

    Raises
    ------
    ValueError
        Where no film has both streams.
    """
    both = torch.stack([encoded.raw[name].any(1) for name in MASKS.values()]).all(0)
    if not bool(both.any()):
        raise ValueError("encoded must hold a film with both streams; got none")
    given = {name: value[both] for name, value in encoded.raw.items()}
    projected = model.eval().projected(dict(zip(given, asking.beside(model, given.values()), strict=True)))
    for name, vectors in projected.items():
        model.fusion.get_submodule(f"{name}_absent").get_buffer("mean").copy_(vectors.mean(0))
    return {name: vectors.mean(0).cpu().numpy() for name, vectors in projected.items()}
