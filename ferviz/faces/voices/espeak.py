"""A sentence read aloud on one note by espeak-ng, in this process, with the time of every phoneme.

espeak-ng keeps hidden state from one sentence to the next (the place in its flutter table, a count of voice cycles, a
random generator seeded by the clock). So every reading loads its own copy of the library, fixes the seed, and closes
it: the same sentence then gives the same samples, whatever was spoken before.
"""

from __future__ import annotations

import _ctypes  # the one way that Python offers to close a library again
import ctypes
import importlib
import locale
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["PAUSE", "Phone", "Reading", "read_aloud"]

PAUSE = "sil"
"""The symbol of silence among the phonemes."""

_SYNCHRONOUS, _PHONEMES_AS_IPA, _NEVER_EXIT = 2, 0x3, 0x8000  # espeak_Initialize
_WORD, _PHONEME = 1, 7  # types of event
_RATE, _VOLUME, _GAP = 1, 2, 7  # parameters
_WORDS_A_MINUTE = 165
_QUIET = 70  # per cent: far from the level where espeak's own gain control would step in
_UTF8 = 1
_CLOSURE = 0.08  # s: the longest silence that is taken for a stop's closure; what is longer is a pause
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Phone:
    """One sound: its symbol (IPA without stress marks), place in samples, stress (0, 1 secondary, 2 primary), and
    whether it begins a word."""

    symbol: str
    start: int
    stop: int
    stress: int = 0
    begins_word: bool = False


@dataclass(frozen=True, eq=False)
class Reading:
    """A sentence on one note: ``samples`` (N,) -1 to 1; ``rate`` samples a second; ``pitch`` Hz; ``phones``."""

    samples: npt.NDArray[np.float64]
    rate: int
    pitch: float
    phones: tuple[Phone, ...]


class _Name(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_void_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Name),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@lru_cache(maxsize=48)
def read_aloud(sentence: str, base: str, pitch: int) -> Reading:
    """Read ``sentence`` in American English with espeak's voice variant ``base`` on one note of ``pitch`` Hz.

    Raises
    ------
    RuntimeError
        When the library cannot be loaded, saying what to install.
    ValueError
        When espeak has no such variant, or finds nothing to say in the sentence.
    """
    blocks: list[npt.NDArray[np.int16]] = []
    marks: list[tuple[int, int, str]] = []

    def keep(wave: Any, count: int, events: Any) -> int:
        if count > 0:
            blocks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        i = 0
        while events[i].type:
            event = events[i]
            text = event.id.string.decode("utf-8", "ignore") if event.type == _PHONEME else ""
            marks.append((event.type, event.sample, text))
            i += 1
        return 0

    callback = _Callback(keep)  # must outlive the synthesis
    with _LOCK, _library() as (library, data):
        rate = library.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(data), _PHONEMES_AS_IPA | _NEVER_EXIT)
        if rate <= 0:
            raise RuntimeError(_missing(f"its data in {data} cannot be read"))
        library.espeak_SetSynthCallback(callback)
        try:
            # espeak takes an unknown variant in silence
            if base not in {"", *(path.name for path in Path(data, "voices", "!v").iterdir())}:
                raise ValueError(f"base must be a voice variant of espeak-ng; got {base!r:.200}")
            _synthesise(library, sentence, f"en-us+{base}" if base else "en-us", pitch)
        finally:
            library.espeak_Terminate()
    samples = np.concatenate(blocks).astype(np.float64) / 32768 if blocks else np.zeros(0)
    phones = _phones(samples, marks, longest=int(_CLOSURE * rate))
    if all(p.symbol == PAUSE for p in phones):
        raise ValueError(f"sentence must hold at least one word that can be spoken; got {sentence!r:.200}")
    samples.flags.writeable = False
    return Reading(samples, rate, float(pitch), phones)


def _synthesise(library: Any, sentence: str, voice: str, pitch: int) -> None:
    """Set all that the sound depends on, and speak."""
    library.espeak_SetVoiceByName(voice.encode())
    for parameter, value in ((_RATE, _WORDS_A_MINUTE), (_VOLUME, _QUIET), (_GAP, 0)):
        library.espeak_SetParameter(parameter, value, 0)
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    library.espeak_ng_SetConstF0(int(pitch))
    library.espeak_Synth(sentence.encode() + b"\0", ctypes.c_size_t(0), 0, 1, 0, _UTF8, None, None)


def _phones(samples: npt.NDArray[np.float64], marks: list[tuple[int, int, str]], longest: int) -> tuple[Phone, ...]:
    """Phonemes with their stops: each lasts until the next begins, and a closure belongs to the sound after it."""
    sounds = [(sample, text) for kind, sample, text in marks if kind == _PHONEME]
    words = [sample for kind, sample, _ in marks if kind == _WORD]
    starts = [_closure(samples, sample, longest) if text.strip("ˈˌ") else sample for sample, text in sounds]
    stops = [*starts[1:], len(samples)]
    firsts = {int(np.argmin([abs(sample - word) for sample, _ in sounds])) for word in words} if sounds else set()
    phones: list[Phone] = []
    for i, ((_, text), start, stop) in enumerate(zip(sounds, starts, stops, strict=True)):
        symbol, stress = text.strip("ˈˌ") or PAUSE, 2 if "ˈ" in text else 1 if "ˌ" in text else 0
        if stop > start:
            phones.append(Phone(symbol, start, stop, stress, i in firsts))
        elif symbol != PAUSE and phones:
            # an l after a vowel is spoken inside the vowel and reported with no length: it gets the last third
            start = phones[-1].stop - (phones[-1].stop - phones[-1].start) // 3
            phones[-1] = replace(phones[-1], stop=start)
            phones.append(Phone(symbol, start, stop, stress, i in firsts))
    return tuple(phones)


def _closure(samples: npt.NDArray[np.float64], start: int, longest: int) -> int:
    """Where the silence before ``start`` begins: espeak reports a voiceless stop only at its burst."""
    first = max(0, start - longest)
    loud = np.flatnonzero(np.abs(samples[first:start]) > 1e-4)
    return first + int(loud[-1]) + 1 if len(loud) else first


@contextmanager
def _library() -> Iterator[tuple[Any, str]]:
    """A fresh copy of the library with the folder of its data; closed afterwards. Keeps the process's locale."""
    try:
        loader = importlib.import_module("espeakng_loader")
        path, data = Path(loader.get_library_path()), str(loader.get_data_path())
    except (ImportError, RuntimeError) as error:
        raise RuntimeError(_missing(str(error))) from error
    spoken = locale.setlocale(locale.LC_CTYPE)
    with tempfile.TemporaryDirectory(prefix="ferviz-voice-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / path.name
        try:
            shutil.copyfile(path, copy)
            library = ctypes.CDLL(str(copy))
            library.espeak_ng_SetConstF0  # noqa: B018  an old library lacks it
        except (OSError, AttributeError) as error:
            raise RuntimeError(_missing(f"{error}; a copy of it must be allowed to run from {folder}")) from error
        try:
            yield library, data
        finally:
            close = getattr(_ctypes, "dlclose", None) or _ctypes.FreeLibrary  # type: ignore[attr-defined]
            close(library._handle)
            locale.setlocale(locale.LC_CTYPE, spoken)


def _missing(why: str) -> str:
    return f"voices need the espeak-ng library ({why}). Install it with: pip install 'espeakng-loader>=0.2.4'"
