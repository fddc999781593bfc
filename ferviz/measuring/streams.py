"""Heads on two frozen streams: all attentions and fusions on cached vectors of films, and what each stream adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save
from scipy.special import softmax

from ferviz import weights
from ferviz.disk import write_whole
from ferviz.faces.sets import read
from ferviz.learning.films import FusionTask, encoded_of, films_of, stand_in
from ferviz.learning.loop import fit
from ferviz.learning.recipes import WEIGHTS, fresh
from ferviz.learning.recipes.audio_video import FAMILIES, FUSING, only_fusion
from ferviz.learning.recipes.voices import OPTIMISER
from ferviz.learning.sets import Examples
from ferviz.measuring.keeping import hashed, learning_from
from ferviz.measuring.stream_rows import Row, config_of
from ferviz.models.audio_video import MASKS, AudioVideo, Config, Variant, shipped
from ferviz.models.fusion import STREAMS, Absent, FusionConfig
from ferviz.models.fusion import Kind as FusionKind
from ferviz.models.hearing import Hearing
from ferviz.scores import shapley_of_two

__all__ = [
    "NAMING",
    "TESTED",
    "VARIANTS",
    "Asked",
    "alone",
    "asked",
    "cached",
    "films_in",
    "integrated",
    "key_of",
    "labelled",
    "learned",
    "named",
    "one_of",
    "pair_of",
    "stream_of",
    "with_other",
    "with_stream",
]

Array = npt.NDArray[Any]
TESTED = (*FAMILIES, "conflict")
VARIANTS: Mapping[Literal["face", "voice"], str] = MappingProxyType({"face": "video", "voice": "audio"})
NEUTRAL = Config.compact().labels.index("neutral")
_BATCH = 64
_STEPS = 32  # of integrated gradients
_FILMS = 8  # that are asked at once with all their frames
_STREAM = {"frames": "video", "mask": "video", "sound": "audio", "window_mask": "audio"}

NAMING: Mapping[str, str] = MappingProxyType(
    {
        "shapley": "Shapley's share of the label's logit: it is told the label",
        "shapley of the answer": "Shapley's share of the answer's logit",
        "removal": "the stream without which the answer's logit changes more",
        "integrated gradients": "of the answer's logit, on the straight way from both stand-ins to both vectors",
        "surer stream": "the stream whose answer, alone, has the larger probability",
        "less neutral stream": "the stream that, alone, gives neutral less: the other one is neutral by construction",
        "always the voice": "asks nothing",
        "always the face": "asks nothing",
    }
)
"""What names the stream that carries the label."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What a network says to N films: logits (N, L) to both streams, to "audio" and "video" alone, and to "none".

    ``gradients``: stream → what `integrated` gives it of the answer's logit (N,).
    """

    logits: Mapping[str, Array]
    gradients: Mapping[str, Array]

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


def one_of(model: AudioVideo, name: str) -> AudioVideo:
    """The stream "audio" or "video" of a network by itself: its backbone and attention, with an answer of chance."""
    single = AudioVideo(replace(model.config, fusion=FusionConfig(cast(FusionKind, name))))
    return with_stream(single, name, model)


def with_stream(model: AudioVideo, name: str, other: AudioVideo) -> AudioVideo:
    """A network, its stream "audio" or "video" from now on that of another one."""
    model.get_submodule(name).load_state_dict(other.get_submodule(name).state_dict())
    return model.eval()


def with_other(row: Row, pair: AudioVideo, other: AudioVideo) -> AudioVideo:
    """The network of a row with the streams of a pair, but for the one of ``other``, which has one alone."""
    (name,), model = other.config.fusion.streams, AudioVideo(config_of(row))
    for each in STREAMS:
        with_stream(model, each, other if each == name else pair)
    return model


def films_in(clips: Path, split: str, families: Sequence[str] = FAMILIES, ear: Hearing | None = None) -> Examples:
    """Films of a split, as the audio-video network takes them, or one that hears as ``ear``.

    ``about`` also has ``noise``, the dB that a voice stands above it (NaN where there is none), and ``other``, the
    place of what the voice says where it contradicts the face (-1).
    """
    config, sets = Config.compact(), [read(clips, split=split, part=one) for one in families]
    films, rows = films_of(sets, ear or config.ear, config.side), [row for found in sets for row in found.rows]
    noise = np.array([np.nan if row.get("noise") is None else float(row["noise"]) for row in rows])
    contradicts = [row.get("other") if row["family"] == "conflict" else None for row in rows]
    other = np.array([-1 if one is None else config.labels.index(one) for one in contradicts])
    return replace(films, about={**films.about, "noise": noise, "other": other})


def cached(model: AudioVideo, films: Examples, folder: Path) -> Examples:
    """What the backbones make of films, worked out once: ``folder`` keeps it, each stream by its weights and films."""
    found: dict[str, torch.Tensor] = {}
    for name in model.config.fusion.streams:
        stream = one_of(model, name)
        raw = {part: films.raw[part] for part, of in _STREAM.items() if of == name}
        path = folder / f"{name}-{hashed([*_backbone(stream, name), *raw.values()])}.safetensors"
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            made = encoded_of(stream, Examples(raw, films.targets)).raw
            write_whole(path, save({part: tensor.contiguous() for part, tensor in made.items()}))
        found |= load_file(path)
    return Examples(found, films.targets, {}, films.about)


def key_of(model: AudioVideo) -> str:
    """A name that is another one for other backbones: what was learned on theirs is not taken for what these see."""
    return hashed(chain.from_iterable(_backbone(model, name) for name in model.config.fusion.streams))


def _backbone(model: AudioVideo, name: str) -> Iterable[torch.Tensor]:
    return model.get_submodule(f"{name}.backbone").state_dict().values()


def learned(row: Row, pair: AudioVideo, train: Examples, folder: Path, seed: int) -> AudioVideo:
    """A row's attentions and fusion, learned from cached films, one stream left out of some; resumes in a folder.

    Of the films only those of the row's families are learned. Raises ValueError where the folder is of other films.
    """
    model = fresh(lambda: AudioVideo(config_of(row)), seed)
    for name in STREAMS:
        backbone = f"{name}.backbone"
        model.get_submodule(backbone).load_state_dict(pair.get_submodule(backbone).state_dict())
    schedule = FUSING.changed(seed=seed).schedule
    part = train[np.isin(train.about["family"], row.families)]
    learning_from(folder, [*part.raw.values(), *part.targets.values()])
    fit(model, FusionTask(part, {}, row.share), schedule, folder, groups=only_fusion, optimiser=OPTIMISER)
    stand_in(model, part)
    return model.eval()


@torch.no_grad()
def asked(model: AudioVideo, films: Examples, absent: Absent | None = None) -> Asked:
    """What a network says to cached films, and to each stream of them alone."""
    gone = {"none": STREAMS, "audio": ("video",), "video": ("audio",), "both": ()}
    parts: dict[str, list[torch.Tensor]] = {name: [] for name in gone}
    gradients: dict[str, list[torch.Tensor]] = {name: [] for name in STREAMS}
    for start in range(0, len(films), _BATCH):
        given = {name: value[start : start + _BATCH] for name, value in films.raw.items()}
        for name, streams in gone.items():
            without = {MASKS[one]: torch.zeros_like(given[MASKS[one]]) for one in streams}
            parts[name].append(model.fuse({**given, **without}, absent))
        for name, part in integrated(model, given, parts["both"][-1].argmax(1), absent).items():
            gradients[name].append(part)
    logits, added = ({name: torch.cat(one).double().numpy() for name, one in of.items()} for of in (parts, gradients))
    return Asked(logits, added)


def integrated(
    model: AudioVideo, given: Mapping[str, torch.Tensor], label: torch.Tensor, absent: Absent | None = None
) -> dict[str, torch.Tensor]:
    """Integrated gradients of a label's logit, less the mean over the labels, over what of each stream meets the other.

    The way goes straight from both stand-ins to both vectors, in 32 steps; so, but for the steps, both values (B,) sum
    to the logit with both streams less that with none. Where streams add up, they are Shapley's values. ``given``: B
    films as `encoded_of` gives them, of which ``label`` (B,) is asked.

    References
    ----------
    .. [1] M. Sundararajan, A. Taly, Q. Yan, "Axiomatic attribution for deep networks", ICML 2017. :arXiv:`1703.01365`
    """
    with torch.no_grad():
        gone = {**given, **{MASKS[name]: torch.zeros_like(given[MASKS[name]]) for name in STREAMS}}
        start, way = model.projected(gone, absent), model.projected(given, absent)
        way = {name: way[name] - start[name] for name in STREAMS}
    found = {name: torch.zeros(len(label)) for name in STREAMS}
    for place in (torch.arange(_STEPS) + 0.5) / _STEPS:
        with torch.enable_grad():
            at = {name: (start[name] + place * way[name]).requires_grad_() for name in STREAMS}
            logits = model.fusion.joined(at)
            value = (logits - logits.mean(1, keepdim=True)).gather(1, label[:, None]).sum()
            slopes = torch.autograd.grad(value, [at[name] for name in STREAMS])
        for name, slope in zip(STREAMS, slopes, strict=True):
            found[name] += (slope * way[name]).sum(1) / _STEPS
    return found


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
    that of the stream which alone gives the larger logit, and without which it falls more, whatever both together and
    none give: the difference of the two shares is the difference of two runs.
    """
    label, carries = films.targets["emotion"].numpy(), np.asarray(films.about["carries"])
    alone = {name: softmax(found.logits[name], 1) for name in STREAMS}
    answer = {name: _centred(v, found.said) for name, v in found.logits.items()}
    lost = {name: abs(answer["both"] - answer[other]) for name, other in zip(STREAMS, STREAMS[::-1], strict=True)}

    def larger(word: Array) -> Array:
        own = {name: _centred(v, word) for name, v in found.logits.items()}
        value = shapley_of_two(own["none"], own["audio"], own["video"], own["both"])
        return np.asarray(value.first > value.second)

    told = (
        larger(label),
        larger(found.said),
        lost["audio"] > lost["video"],
        found.gradients["audio"] > found.gradients["video"],
        alone["audio"].max(1) > alone["video"].max(1),
        alone["audio"][:, NEUTRAL] < alone["video"][:, NEUTRAL],
        np.ones(len(label), bool),
        np.zeros(len(label), bool),
    )
    voice = carries == "voice"
    defined = (voice | (carries == "face")) & (label != NEUTRAL) & (label >= 0)
    return {name: np.where(defined, one == voice, np.nan) for name, one in zip(NAMING, told, strict=True)}


def _centred(logits: Array, label: Array) -> Array:
    """The logit of a label (N,), less the mean over the labels."""
    return np.asarray((logits - logits.mean(1, keepdims=True))[np.arange(len(label)), label])
