"""Face and voice under test conditions: noise in the sound, a cover that grows over the face, a stream that is missing.

Nothing is learned here: the same films are asked again, one thing about them changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import load_file, save

from ferviz.arguments import number
from ferviz.audio.altering import with_noise
from ferviz.clip import Clip
from ferviz.disk import write_whole
from ferviz.faces.sets import SyntheticSet
from ferviz.learning.films import SILENCE, encoded_of, stacked
from ferviz.learning.sets import Examples
from ferviz.measuring.streams import alone, asked, stream_of
from ferviz.models.audio_video import AudioVideo
from ferviz.models.hearing import Hearing

__all__ = ["COVERED", "DECIBELS", "MISSING", "Networks", "covered", "heard", "networks_in", "said_under"]

Array = npt.NDArray[Any]
Raw = Mapping[str, torch.Tensor]
DECIBELS = (20, 15, 10, 5, 0, -5, -10)
COVERED = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
MISSING = {"av, no face": "audio", "av, no voice": "video"}
"""What is asked of both with a learned vector in one stream's place → the stream that is there."""
_GRAY = 128  # of the cover


@dataclass(frozen=True, eq=False)
class Networks:
    """The network of both streams, and each stream by itself, on the same backbones."""

    both: AudioVideo
    face: AudioVideo
    voice: AudioVideo


def networks_in(folder: Path) -> Networks:
    """What ``ferviz train av`` left in a folder.

    Raises
    ------
    FileNotFoundError
        Where one of them is missing.
    ValueError
        Where one is damaged, or FOLDER/both was trained on other streams than those that lie beside it now.
    """
    both, face, voice = (stream_of(folder, variant) for variant in ("both", "face", "voice"))
    for name, stream in (("video", face), ("audio", voice)):
        known = stream.get_submodule(f"{name}.backbone").state_dict()
        for key, value in both.get_submodule(f"{name}.backbone").state_dict().items():
            if not torch.equal(value, known[key]):
                told = f"{folder / 'both'} must have the {name} backbone of the stream that lies beside it"
                raise ValueError(f"{told}; it was trained on another one: train av anew")
    return Networks(both, face, voice)


def heard(sets: Sequence[SyntheticSet], ear: Hearing, decibels: Sequence[float]) -> dict[float | None, Raw]:
    """The sound of films as a network takes it, as it is (None) and so many decibels above a noise.

    The noise is that of `ferviz.audio.altering.with_noise`, pink, over the whole sound; a film has the same at every
    level, and its level is told of this film's sound, pauses and all (that of the family noisy_sound is told of an
    average voice).
    """
    found: dict[float | None, list[torch.Tensor]] = {level: [] for level in (None, *decibels)}
    for place, arrays in enumerate(chain.from_iterable(one.each("audio", "texts") for one in sets)):
        rate = json.loads(arrays["texts"].tobytes())["sample_rate"]
        for level, parts in found.items():
            sound = arrays["audio"]
            if level is not None:
                sound = with_noise(sound, rate, level, np.random.default_rng([0, place]))
            clip = Clip(np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0), sound, rate)
            parts.append(ear.record(clip)[0][0].half())
    whole = {level: stacked(parts, -1, SILENCE) for level, parts in found.items()}
    return {level: {"sound": sound, "window_mask": mask} for level, (sound, mask) in whole.items()}


def covered(frames: torch.Tensor, share: float) -> torch.Tensor:
    """Faces (…, S, S) of bytes under an even gray that grows from the chin upwards, over a share of the rows.

    Raises
    ------
    ValueError
        For a share that is none.
    """
    number("share", share, "a share from 0 to 1", lambda value: 0 <= value <= 1)
    found, side = frames.clone(), frames.shape[-2]
    found[..., side - round(share * side) :, :] = _GRAY
    return found


def said_under(
    networks: Networks, films: Examples, sounds: Mapping[float | None, Raw], folder: Path
) -> dict[str, Array]:
    """What networks answer to films (N,) under all conditions, worked out once: ``folder`` keeps it.

    Parameters
    ----------
    networks : Networks
    films : Examples
        Of which the frames and their mask are taken.
    sounds : mapping
        Of `heard`, of the same films.
    folder : Path

    Returns
    -------
    dict of arrays
        By row, what is changed and how much: "av, decibels, 20", "av-face, covered, 0.4", or "av, no voice".
    """
    raw = [films.raw[name] for name in ("frames", "mask")]
    raw += [tensor for sound in sounds.values() for tensor in sound.values()]
    raw += [value for model in vars(networks).values() for value in model.state_dict().values()]
    key = hashlib.sha256(repr((COVERED, *map(str, sounds))).encode())
    for tensor in raw:
        key.update(tensor.contiguous().numpy().tobytes())
    path = folder / f"conditions-{key.hexdigest()[:16]}.safetensors"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, save(_said(networks, films, sounds)))
    return dict(load_file(path))


def _said(networks: Networks, films: Examples, sounds: Mapping[float | None, Raw]) -> dict[str, Array]:
    def encoded(stream: AudioVideo, given: Raw) -> dict[str, torch.Tensor]:
        return dict(encoded_of(stream, Examples(given, films.targets)).raw)

    def together(seen: Raw, hear: Raw) -> Examples:
        return Examples({**seen, **hear}, films.targets)

    frames, mask = films.raw["frames"], films.raw["mask"]
    plain = encoded(networks.face, {"frames": frames, "mask": mask}), encoded(networks.voice, sounds[None])
    found = asked(networks.both, together(*plain))
    said = {"av": found.said, **{row: found.logits[there].argmax(1) for row, there in MISSING.items()}}
    said["av-face"] = alone(networks.face, together(*plain))
    said["av-voice"] = alone(networks.voice, together(*plain))
    for level, sound in sounds.items():
        if level is not None:
            now = together(plain[0], encoded(networks.voice, sound))
            said[f"av, decibels, {level:g}"] = asked(networks.both, now).said
            said[f"av-voice, decibels, {level:g}"] = alone(networks.voice, now)
    for share in COVERED:
        now = together(encoded(networks.face, {"frames": covered(frames, share), "mask": mask}), plain[1])
        said[f"av, covered, {share:g}"] = asked(networks.both, now).said
        said[f"av-face, covered, {share:g}"] = alone(networks.face, now)
    return said
