"""One synthetic clip with its truth in one small file, as the bundled samples are stored.

The file is an ``.npz`` without pickle: the pictures as a film (VP9, a little is lost) or, for a still, as a PNG; the
sound as 16-bit samples; the truth in full. Truth is not compressed with loss: `rounded` first gives a clip whose truth
needs no more digits than the file keeps, that clip is the sample, and what is read equals it in every bit.
"""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.archives import open_arrays
from ferviz.clip import Clip, Truth
from ferviz.faces.sets import pack, unpack
from ferviz.media import load_clip

__all__ = ["open_parcel", "parcel", "rounded"]

STEPS = {"relevance": 16, "motion": 16, "changed": 255}
"""How many steps a unit has: 1/16 mm, and the 255 steps of a byte."""
_LOUDEST = 32768  # of 16-bit sound

Array = npt.NDArray[Any]


def rounded(clip: Clip) -> Clip:
    """The clip with truth and sound rounded to what a parcel keeps.

    ``relevance`` and ``motion`` in steps of 1/16 mm, ``changed`` in steps of 1/255, sound in 16 bits; ``evidence`` and
    ``intruder`` are computed again from the rounded ``changed``. All else stays.

    Raises
    ------
    ValueError
        When the clip has no truth of pictures.
    """
    from ferviz.faces.truth import evidence  # loads what draws faces, and numba

    truth = _truth(clip)
    maps: dict[str, Any] = {name: _in_steps(getattr(truth, name), steps) for name, steps in STEPS.items()}
    shown = np.asarray(truth.shown)
    label, intruder = evidence(maps["changed"], shown, str(clip.labels.get("face", clip.labels["emotion"])))
    maps |= {"evidence": label, "intruder": None if truth.intruder is None else intruder}
    audio = None if clip.audio is None else _sound(_samples(clip.audio))
    return replace(clip, truth=replace(truth, **maps), audio=audio)


def _truth(clip: Clip) -> Truth:
    if clip.truth is None or clip.truth.shown is None:
        raise ValueError(f"clip must be a synthetic one with truth of its pictures; got {clip!r:.200}")
    return clip.truth


def _in_steps(values: Array, steps: int) -> npt.NDArray[np.float32]:
    return np.rint(values * steps).astype(np.float32) / np.float32(steps)


def _samples(audio: Array) -> npt.NDArray[np.int16]:
    return np.clip(np.rint(audio * _LOUDEST), -_LOUDEST, _LOUDEST - 1).astype("<i2")


def _sound(samples: Array) -> npt.NDArray[np.float32]:
    return samples.astype(np.float32) / np.float32(_LOUDEST)


def parcel(clip: Clip) -> bytes:
    """The clip as the bytes of one file.

    Raises
    ------
    ValueError
        When the clip has no truth, or one that the file would not keep in every bit (see `rounded`).
    """
    truth = _truth(clip)
    for name, steps in STEPS.items():
        if not np.array_equal(getattr(truth, name), _in_steps(getattr(truth, name), steps)):
            raise ValueError(f"truth.{name} must be in steps of 1/{steps}, as `rounded` gives it")
    arrays = pack(clip)
    arrays["film"] = np.frombuffer(_film(arrays.pop("frames"), clip.times), np.uint8)
    if clip.audio is not None:
        arrays["audio"] = _samples(clip.audio)
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def _film(frames: Array, times: Array) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("clip.png" if len(frames) == 1 else "clip.webm")
        return Clip(frames, times).save(path).read_bytes()


def open_parcel(data: bytes, name: str = "parcel") -> Clip:
    """The clip behind what `parcel` gave.

    Raises
    ------
    ValueError
        When the bytes are damaged or hold something else, naming ``name``.
    """
    try:
        with open_arrays(data) as stored:
            arrays = {key: stored[key] for key in stored.files}
        arrays["frames"] = load_clip(arrays.pop("film").tobytes()).frames
        if "audio" in arrays:
            arrays["audio"] = _sound(arrays["audio"])
        return unpack(arrays)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{name} is no whole synthetic clip ({error})") from error
