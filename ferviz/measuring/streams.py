"""Heads on two frozen streams: all attentions and fusions on cached vectors of films, and what each stream adds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save

from ferviz import weights
from ferviz.disk import write_whole
from ferviz.faces.sets import read
from ferviz.learning.films import FusionTask, encoded_of, films_of, stand_in
from ferviz.learning.loop import fit
from ferviz.learning.recipes import WEIGHTS, fresh
from ferviz.learning.recipes.audio_video import FAMILIES, FUSING, SHARE, only_fusion
from ferviz.learning.recipes.voices import OPTIMISER
from ferviz.learning.sets import Examples
from ferviz.models.audio_video import MASKS, AudioVideo, Config, Variant, shipped
from ferviz.models.fusion import STREAMS, Absent
from ferviz.models.fusion import Kind as FusionKind
from ferviz.models.stream import Kind as AttentionKind
from ferviz.scores import shapley_of_two

__all__ = [
    "CLAIMED",
    "NAMING",
    "PLANTED",
    "ROWS",
    "TESTED",
    "VARIANTS",
    "Asked",
    "Row",
    "alone",
    "asked",
    "cached",
    "films_in",
    "labelled",
    "learned",
    "named",
    "pair_of",
    "stream_of",
]

Array = npt.NDArray[Any]
TESTED = (*FAMILIES, "conflict")
PLANTED = ("face_only", "voice_only")
VARIANTS: Mapping[Literal["face", "voice"], str] = MappingProxyType({"face": "video", "voice": "audio"})
NEUTRAL = Config.compact().labels.index("neutral")
_BATCH = 64
_FILMS = 8  # that are asked at once with all their frames
_STREAM = {"frames": "video", "mask": "video", "sound": "audio", "window_mask": "audio"}
_ATTENTIONS: tuple[AttentionKind, ...] = ("self", "relation", "transformer")


@dataclass(frozen=True)
class Row:
    """How both streams are pooled, and how they are joined."""

    audio: AttentionKind
    video: AttentionKind
    fusion: FusionKind

    @property
    def name(self) -> str:
        """For people: one attention where both streams have the same."""
        attention = self.audio if self.audio == self.video else f"{self.audio} and {self.video}"
        return f"{attention}, {self.fusion}"


def _rows() -> dict[str, Row]:
    every = [Row(a, v, f) for f in ("concatenation", "fbp") for a in _ATTENTIONS for v in _ATTENTIONS]
    fusions = [fusion for fusion in get_args(FusionKind) if fusion not in STREAMS]
    every += [Row(one, one, fusion) for fusion in fusions for one in ("self", "transformer")]
    return {row.name: row for row in (*every, Row("mean", "mean", "fbp"))}


ROWS: Mapping[str, Row] = MappingProxyType(_rows())
"""Three attentions by three under concatenation and FBP, voice before face; every fusion under two of them; and the
plain mean under FBP."""

NAMING: Mapping[str, str] = MappingProxyType(
    {
        "shapley": "Shapley's share of the label's logit: it is told the label",
        "shapley of the answer": "Shapley's share of the answer's logit",
        "surer stream": "the stream whose answer, alone, has the larger probability",
        "less neutral stream": "the stream that, alone, gives neutral less: the other one is neutral by construction",
    }
)
"""What names the stream that carries the label."""

CLAIMED = ("transformer, fbp", "transformer, concatenation", "mean, fbp")
"""The rows of which something was claimed."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What a network says to N films: logits (N, L) to both streams, to "audio" and "video" alone, and to "none"."""

    logits: Mapping[str, Array]

    @property
    def said(self) -> Array:
        """The label that is answered to both (N,)."""
        return np.asarray(self.logits["both"].argmax(1))


def stream_of(folder: Path, variant: Variant) -> AudioVideo:
    """A stream, or both fused, that ``ferviz train`` left in FOLDER/VARIANT, with its own answer.

    Raises FileNotFoundError or ValueError where it is missing or damaged.
    """
    model = shipped(variant)
    weights.load(folder / variant / WEIGHTS, model)
    return model.eval()


def pair_of(folder: Path) -> AudioVideo:
    """Both streams that ``ferviz train`` left in a folder, with a fusion that has learned nothing."""
    model = shipped("both")
    for variant, name in VARIANTS.items():
        trained = stream_of(folder, variant).get_submodule(name)
        model.get_submodule(name).load_state_dict(trained.state_dict())
    return model.eval()


def films_in(clips: Path, split: str, families: Sequence[str] = FAMILIES) -> Examples:
    """Films of a split, as the audio-video network takes them.

    ``about`` also has ``noise``, the dB that a voice stands above it (NaN where there is none), and ``other``, the
    place of what the voice says where it contradicts the face (-1).
    """
    config, sets = Config.compact(), [read(clips, split=split, part=one) for one in families]
    films, rows = films_of(sets, config.ear, config.side), [row for found in sets for row in found.rows]
    noise = np.array([np.nan if row.get("noise") is None else float(row["noise"]) for row in rows])
    contradicts = [row.get("other") if row["family"] == "conflict" else None for row in rows]
    other = np.array([-1 if one is None else config.labels.index(one) for one in contradicts])
    return replace(films, about={**films.about, "noise": noise, "other": other})


def cached(pair: AudioVideo, films: Examples, folder: Path) -> Examples:
    """What the backbones make of films, worked out once: ``folder`` keeps it by weights and films."""
    key = hashlib.sha256()
    backbones = [value for name, value in pair.state_dict().items() if ".backbone." in name]
    for tensor in (*backbones, *films.raw.values()):
        key.update(tensor.contiguous().numpy().tobytes())
    path = folder / f"films-{key.hexdigest()[:16]}.safetensors"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        made = encoded_of(pair, films).raw
        write_whole(path, save({name: tensor.contiguous() for name, tensor in made.items()}))
    return Examples(load_file(path), films.targets, {}, films.about)


def learned(row: Row, pair: AudioVideo, train: Examples, folder: Path, seed: int) -> AudioVideo:
    """A row's attentions and fusion, learned from cached films, one stream left out of some; resumes in a folder."""
    model = fresh(lambda: AudioVideo(_config(row)), seed)
    for name in STREAMS:
        backbone = f"{name}.backbone"
        model.get_submodule(backbone).load_state_dict(pair.get_submodule(backbone).state_dict())
    schedule = FUSING.changed(seed=seed).schedule
    fit(model, FusionTask(train, {}, SHARE), schedule, folder, groups=only_fusion, optimiser=OPTIMISER)
    stand_in(model, train)
    return model.eval()


def _config(row: Row) -> Config:
    config = Config.compact(row.fusion)
    audio, video = (
        replace(attention, kind=kind)
        for attention, kind in ((config.audio_attention, row.audio), (config.video_attention, row.video))
    )
    return replace(config, audio_attention=audio, video_attention=video)


@torch.no_grad()
def asked(model: AudioVideo, films: Examples, absent: Absent | None = None) -> Asked:
    """What a network says to cached films, and to each stream of them alone."""
    gone = {"none": STREAMS, "audio": ("video",), "video": ("audio",), "both": ()}
    parts: dict[str, list[torch.Tensor]] = {name: [] for name in gone}
    for start in range(0, len(films), _BATCH):
        given = {name: value[start : start + _BATCH] for name, value in films.raw.items()}
        for name, streams in gone.items():
            without = {MASKS[one]: torch.zeros_like(given[MASKS[one]]) for one in streams}
            parts[name].append(model.fuse({**given, **without}, absent))
    return Asked({name: torch.cat(found).double().numpy() for name, found in parts.items()})


@torch.no_grad()
def alone(stream: AudioVideo, films: Examples) -> Array:
    """What a stream by itself answers to cached films (N,); -1 where it is not there."""
    name = stream.config.fusion.streams[0]
    there = films.raw[MASKS[name]].any(1)
    said = torch.full((len(films),), -1)
    for at in torch.nonzero(there).flatten().split(_BATCH):
        said[at] = stream.fuse({key: films.raw[key][at] for key in (name, MASKS[name])}).argmax(1)
    return np.asarray(said.numpy())


@torch.no_grad()
def labelled(model: AudioVideo, films: Examples) -> Array:
    """What a network answers to films as they are (N,)."""
    names = [name for name in films.raw if _STREAM[name] in model.config.fusion.streams]
    parts = [
        model(*model.inputs(*(films.raw[name][start : start + _FILMS] for name in names))).argmax(1)
        for start in range(0, len(films), _FILMS)
    ]
    return np.asarray(torch.cat(parts).numpy())


def named(found: Asked, films: Examples) -> dict[str, Array]:
    """Whether the stream that carries the label is named (N,), by each rule of `NAMING`.

    Defined for films in which one stream alone carries a label that is not neutral, whatever is answered. Shares are of
    a logit less the mean over the labels; the stream with the larger one is named. Of two streams, the larger share is
    that of the stream which alone gives the larger logit, whatever both together and none give: the difference of the
    two shares is the difference of these two runs.
    """
    label, carries = films.targets["emotion"].numpy(), np.asarray(films.about["carries"])
    rows, voice = np.arange(len(label)), carries == "voice"
    logits = {name: v - v.mean(1, keepdims=True) for name, v in found.logits.items()}
    alone = {name: _probability(found.logits[name]) for name in STREAMS}

    def heard(word: Array) -> Array:
        own = {name: v[rows, word] for name, v in logits.items()}
        value = shapley_of_two(own["none"], own["audio"], own["video"], own["both"])
        return np.asarray(value.first > value.second)

    told = (
        heard(label),
        heard(found.said),
        alone["audio"].max(1) > alone["video"].max(1),
        alone["audio"][:, NEUTRAL] < alone["video"][:, NEUTRAL],
    )
    defined = (voice | (carries == "face")) & (label != NEUTRAL) & (label >= 0)
    return {name: np.where(defined, one == voice, np.nan) for name, one in zip(NAMING, told, strict=True)}


def _probability(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))
