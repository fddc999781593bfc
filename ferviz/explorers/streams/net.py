"""The networks of the explorer *Two streams*: opened, run stream by stream, and their fusion taken apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from ferviz.clip import Clip
from ferviz.explorers.shared.words import called, cut_alike
from ferviz.models import load_model
from ferviz.models.attention import weighted_mean
from ferviz.models.audio_video import AudioVideo, shipped
from ferviz.models.fusion import FBP, STREAMS, Absent, signed_root
from ferviz.models.stream import Pooled
from ferviz.models.zoo import MODELS
from ferviz.reading import device_of, reading
from ferviz.scores import Shapley, shapley_of_two
from ferviz.seeds import seeded

__all__ = [
    "MODEL",
    "UNTRAINED",
    "ZOO",
    "Encoded",
    "Scale",
    "Steps",
    "added",
    "coalitions",
    "gone",
    "hear",
    "moved",
    "open_networks",
    "opened",
    "pairs_of",
    "pool",
    "probability",
    "see",
    "shares_of",
    "spread",
    "steps_of",
    "worked_example",
]

Array = npt.NDArray[Any]
Streams = dict[str, Pooled]
Scale = Literal["logit", "probability"]
MODEL = "av"
ZOO = (MODEL, "av-self", "av-mean", "av-concatenation")
"""What is offered where nothing else is asked for: other attentions, and another fusion, on the same backbones."""
UNTRAINED = "untrained"
"""What the network is called that stands in where no trained one ships."""
_SILENCE = np.zeros(160, np.float32)
_RATE = 16_000
_ORDER = ("none", *STREAMS, "both")


@dataclass(frozen=True, eq=False)
class Encoded:
    """What a backbone makes of a stream: ``vectors`` (1, N, D) of its items, and which can be used (1, N)."""

    vectors: torch.Tensor
    mask: torch.Tensor


@dataclass(frozen=True, eq=False)
class Steps:
    """FBP, step by step: ``factors`` k, both projected vectors and their ``product`` (k·o,), the sums of k ``pooled``,
    their signed ``root`` and ``fused``, which has length 1 (o,)."""

    factors: int
    audio: Array
    video: Array
    product: Array
    pooled: Array
    root: Array
    fused: Array


# ---- networks --------------------------------------------------------------------------------------------------------


def open_networks(given: object) -> dict[str, AudioVideo]:
    """Networks of two streams by name: of one, of several, of names; an untrained one where "av" does not ship.

    Raises
    ------
    TypeError, ValueError
        For what is no `AudioVideo`, has one stream alone, or for none at all; for two whose faces are cut differently.
    """
    if isinstance(given, str) and given == MODEL and MODEL not in MODELS:
        return {UNTRAINED: _untrained()}
    if not isinstance(given, Mapping):
        one = opened(given, "model")
        return {given if isinstance(given, str) else one.config.fusion.kind: one}
    if not given:
        raise ValueError("model must hold at least one network; got none")
    found = {str(name): opened(model, f"model[{name!r}]") for name, model in given.items()}
    cut_alike("model", found)
    return found


def _untrained() -> AudioVideo:
    with seeded(0):
        return shipped("both").eval()


def opened(given: object, what: str) -> AudioVideo:
    """A network of two streams, by name or as it is; ``what`` names it in errors, which are those of the explorer."""
    with called(what, within="name"):
        model = load_model(given) if isinstance(given, str) else given
    if not isinstance(model, AudioVideo):
        raise TypeError(f"{what} must be an AudioVideo or the name of one; got {type(model).__name__}")
    if len(model.config.fusion.streams) < 2:
        raise ValueError(f"{what} must have two streams; this one has {model.config.fusion.kind} alone")
    return model.eval()


# ---- each stream by itself -------------------------------------------------------------------------------------------


def see(model: AudioVideo, faces: Clip | None) -> Encoded:
    """What the face's backbone makes of the frames; without any, one that cannot be used."""
    if faces is None:
        colours, side = model.config.eye.colours, model.config.side
        unseen = torch.zeros(1, 1, colours, side, side), torch.zeros(1, 1, dtype=torch.bool)
        return _encoded(model, "video", unseen, "mask")
    # silence is a sound: the network does not warn of a stream that is missing
    return _encoded(model, "video", model.pictures(replace(faces, **_sounding(faces)))[:2], "mask")


def _sounding(faces: Clip) -> dict[str, Any]:
    gaps = tuple(gap for gap in faces.gaps if gap.stream == "frames")
    return {"audio": _SILENCE, "sample_rate": _RATE, "gaps": gaps}


def hear(model: AudioVideo, sound: tuple[torch.Tensor, torch.Tensor]) -> Encoded:
    """What the voice's backbone makes of a sound, as ``model.config.ear.record`` gives it."""
    return _encoded(model, "audio", sound, "position_mask")


@torch.no_grad()
def _encoded(model: AudioVideo, stream: str, pictures: tuple[torch.Tensor, ...], mask: str) -> Encoded:
    found = model.encode_stream(stream, *(tensor.to(device_of(model)) for tensor in pictures))
    return Encoded(found[stream], found[mask])


@torch.no_grad()
def pool(model: AudioVideo, video: Encoded, audio: Encoded) -> Streams:
    """Both streams under their attention."""
    return {"audio": model.audio.pool(audio.vectors, audio.mask), "video": model.video.pool(video.vectors, video.mask)}


@torch.no_grad()
def moved(stream: Pooled, weight: Array) -> Pooled:
    """A stream under other weights (N,) of its items, which are made to sum to 1."""
    given = torch.from_numpy(np.asarray(weight / weight.sum(), np.float32)).to(stream.weight)[None]
    return Pooled(stream.items, given, weighted_mean(stream.items, given), stream.present)


def spread(weight: Array, wanted: Array, size: tuple[int, int]) -> Array:
    """Weights of positions (N,) whose sums over the bands are wanted (columns,): as they were within a column."""
    cells = weight.reshape(size)
    total = cells.sum(0)
    within = np.divide(cells, total, out=np.full(size, 1 / size[0]), where=total > 0)
    return (within * wanted).ravel()


def gone(stream: Pooled) -> Pooled:
    """The same stream as one that is not there."""
    absent = torch.zeros_like(stream.present)
    return Pooled(stream.items, torch.zeros_like(stream.weight), torch.zeros_like(stream.vector), absent)


# ---- both together ---------------------------------------------------------------------------------------------------


@torch.no_grad()
def coalitions(model: AudioVideo, streams: Streams, absent: Absent) -> dict[str, Array]:
    """Logits (E,) to "none" of the streams, to "audio" alone, to "video" alone, and to "both"."""
    rows = {}  # all four in one batch
    for name, stream in streams.items():
        empty = gone(stream)
        each = [stream if one in (name, "both") else empty for one in _ORDER]
        rows[name] = Pooled(*(torch.cat(parts) for parts in zip(*each, strict=True)))
    return dict(zip(_ORDER, model.fusion(rows, absent).double().cpu().numpy(), strict=True))


def centred(logits: Array) -> Array:
    """Logits (E,) less their mean."""
    return np.asarray(logits - logits.mean())


def probability(logits: Array) -> Array:
    """The softmax of logits (E,)."""
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum())


def shares_of(runs: Mapping[Absent, Mapping[str, Array]]) -> dict[Absent, dict[Scale, Shapley]]:
    """Shapley values of the logit, less its mean over the labels, and of the probability, for each stand-in."""
    scales: dict[Scale, Callable[[Array], Array]] = {"logit": centred, "probability": probability}
    return {
        absent: {scale: shapley_of_two(*(of(logits[who]) for who in _ORDER)) for scale, of in scales.items()}
        for absent, logits in runs.items()
    }


@torch.no_grad()
def steps_of(model: AudioVideo, streams: Streams, absent: Absent) -> Steps | None:
    """FBP of a clip, step by step; None for a network that joins its streams in another way."""
    if model.config.fusion.kind != "fbp":
        return None
    projected = model.fusion.projected(streams, absent)
    return _steps(model.fusion.bilinear, projected["audio"][0], projected["video"][0])


@torch.no_grad()
def pairs_of(model: AudioVideo, streams: Streams, place: int, columns: int) -> Array | None:
    """What each frame with each step in time of the sound, all bands together, adds to one of FBP's sums (T, columns).

    They add up to the sum before the root. None for another fusion, or where a stream is missing.
    """
    if model.config.fusion.kind != "fbp" or not all(bool(one.present.all()) for one in streams.values()):
        return None
    bilinear = model.fusion.bilinear
    own = slice(place * bilinear.factors, (place + 1) * bilinear.factors)
    share = {}  # what each item adds to a stream's projected vector
    for name, project in (("audio", bilinear.first), ("video", bilinear.second)):
        share[name] = project(streams[name].items)[0, :, own] * streams[name].weight[0, :, None]  # (N, k)
    heard = share["audio"].unflatten(0, (-1, columns)).sum(0)  # (columns, k)
    return np.asarray((share["video"] @ heard.T).cpu().numpy())


def _steps(bilinear: FBP, audio: torch.Tensor, video: torch.Tensor) -> Steps:
    product = audio * video
    pooled = bilinear.summed(product)
    tensors = (audio, video, product, pooled, signed_root(pooled), bilinear.scaled(pooled))
    return Steps(bilinear.factors, *(tensor.cpu().numpy() for tensor in tensors))


@torch.no_grad()
def added(model: AudioVideo, streams: Streams, absent: Absent) -> Array | None:
    """What each stream adds to each logit (2, E), where that is exact: in "mean" to each probability; None in FBP."""
    if model.config.fusion.kind == "fbp":
        return None
    with reading(model.fusion, ["contribution"]) as read:
        model.fusion(streams, absent)
    return np.asarray(read["contribution"][0].cpu().numpy())


@torch.no_grad()
def worked_example() -> Steps:
    """FBP of a = (1, 2) and v = (0.5, −1, 2) with k = 2 and o = 2: small enough to be done by hand.

    Ũᵀa = (2, 2, 2.5, 1), Ṽᵀv = (1.5, −0.75, 3, 2), so z = (1.5, 9.5).
    """
    bilinear = FBP(2, 3, factors=2, outputs=2)
    u = torch.tensor([[2, 0, 0.5, -1], [0, 1, 1, 1]])
    v = torch.tensor([[1, 0.5, 0, 1], [0, 1, -1, 0.5], [0.5, 0, 1, 1]])
    bilinear.first.weight.copy_(u.T)
    bilinear.second.weight.copy_(v.T)
    first, second = bilinear.first(torch.tensor([1.0, 2.0])), bilinear.second(torch.tensor([0.5, -1.0, 2.0]))
    return _steps(bilinear, first, second)
