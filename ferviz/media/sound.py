"""Sound, decoded with PyAV to mono at its own rate."""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass, field, replace

import av
import numpy as np
import numpy.typing as npt

from ferviz.clip import Gap
from ferviz.media.container import FILM_ERRORS, Reader, open_film, reason
from ferviz.media.request import Request
from ferviz.media.source import MEMORY_LIMIT, Source, check_memory
from ferviz.media.tracks import sound_stream

__all__ = ["Sound", "read_sound"]

_AHEAD = 0.25  # seconds decoded before the start, until the decoder has settled
_JUMP = 0.1  # seconds by which a block may miss its place before that is a hole
_ROUNDED = 0.002  # the same next to damage, where only the container's rounding is excused
_PLANAR = 2  # channels read as the decoder gives them; PyAV 18 reads past the end of eight planes
_STREAMED = 0x7FFF0000  # bytes from which a head says that the length was not known yet, as 0xFFFFFFFF does
_CUT_OFF = 1.0  # seconds that a header may promise too much


@dataclass
class Sound:
    """Mono float32 samples from the start of the stretch on, with the places that could not be decoded."""

    samples: npt.NDArray[np.float32] | None
    rate: int | None
    gaps: list[Gap] = field(default_factory=list)


def read_sound(source: Source, request: Request) -> Sound | None:
    """The sound of a stretch; None when the file has no sound stream. Holes and damage are silence with a gap."""
    with open_film(source) as container:
        stream = sound_stream(container)
        if stream is None:
            return None
        if getattr(stream, "codec_context", None) is None or not stream.rate:
            return Sound(None, None, [Gap("audio", 0, 1, "the sound is damaged, or of a kind that cannot be decoded")])
        reader = Reader(source, container, stream)
        track = _Track(source.name, stream.rate, request, reader)
        whole = _told_by_wav(source) if container.format.name == "wav" else None
        if whole is not None:  # FFmpeg goes by the file's own length where that is shorter
            track.promised = track.place(whole)
        reader.seek(max(0.0, request.start - _AHEAD))
        resamplers = {True: av.AudioResampler(format="flt"), False: av.AudioResampler(format="fltp")}
        for packet in reader.packets():
            begins = reader.time(packet.pts)
            if request.stop is not None and begins is not None and begins >= request.stop:
                break
            try:
                blocks = [
                    (frame.pts, _channels(block))
                    for frame in stream.codec_context.decode(packet)
                    for block in resamplers[frame.layout.nb_channels > _PLANAR].resample(frame)
                ]
            except FILM_ERRORS as error:
                if not isinstance(error, EOFError):
                    track.failure = f"the sound is damaged here ({reason(error)})"
                continue
            for stamp, block in blocks:
                track.put(reader.time(stamp), block)
        if not track.heard and not container.streams.video:
            request.end(source.name, reader.end())  # says that the start lies behind the end, when that is why
        if whole is not None and reader.end() < whole:
            track.failure = track.failure or "the sound is cut off here"
        return track.sound()


def _told_by_wav(source: Source) -> float | None:
    """The seconds that the head of a WAV file promises, where the file is shorter; None too where it does not say."""
    with source.open() as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(12)
        speed = 0
        while len(head := stream.read(8)) == 8:
            name, length = struct.unpack("<4sI", head)
            if name == b"data":
                left = size - stream.tell()
                said = speed and left < length < _STREAMED and length <= MEMORY_LIMIT
                return length / speed if said else None
            if name == b"fmt ":
                speed = struct.unpack("<8xI", stream.read(12).ljust(12, b"\0"))[0]
                stream.seek(-12, os.SEEK_CUR)
            stream.seek(length + length % 2, os.SEEK_CUR)
    return None


def _channels(block: av.AudioFrame) -> npt.NDArray[np.float32]:
    """Sound as (channels, n)."""
    samples = block.to_ndarray().astype(np.float32, copy=False)
    return samples if block.format.is_planar else samples.reshape(-1, block.layout.nb_channels).T


class _Track:
    """Blocks of sound laid at their times, counted in samples from the start of the stretch."""

    def __init__(self, name: str, rate: int, request: Request, reader: Reader) -> None:
        self.name, self.rate, self.start = name, rate, request.start
        self.most = None if request.stop is None else math.ceil((request.stop - request.start) * rate - 1e-6)
        self.promised = self.place(reader.promised_end())
        self.ceiling = (self.place(reader.end()) or 0) + rate  # a time stamp beyond this is damaged itself
        self.blocks: list[npt.NDArray[np.float32]] = []
        self.gaps: list[Gap] = []
        self.filled = 0
        self.heard = False
        self.failure = ""

    def place(self, time: float | None) -> int | None:
        return None if time is None else round((time - self.start) * self.rate)

    def put(self, time: float | None, block: npt.NDArray[np.float32]) -> None:
        """Lay (channels, n) samples at ``time``, or behind the last ones."""
        mono = block[0] if len(block) == 1 else np.ascontiguousarray(block.mean(axis=0), np.float32)
        place = self.place(time)
        slack = (_ROUNDED if self.failure else _JUMP) * self.rate
        if place is None or place > self.ceiling or (self.filled and abs(place - self.filled) <= slack):
            place = self.filled  # containers round their times: neighbours stay neighbours
        if place > self.filled:
            self._silence(place)
        self.failure = ""
        mono = mono[self.filled - place :]
        finite = np.isfinite(mono)
        if not finite.all():
            self.gaps.append(Gap("audio", self.filled, self.filled + len(mono), "the sound is damaged here"))
            mono = np.where(finite, mono, np.float32(0))
        if len(mono):
            self.heard = True
            self._add(np.clip(mono, -1, 1))

    def sound(self) -> Sound:
        """All that was laid, cut to the stretch."""
        end = self.promised if self.most is None or self.promised is None else min(self.promised, self.most)
        if end is not None and end - self.filled > (_ROUNDED if self.failure else _CUT_OFF) * self.rate:
            self.failure = self.failure or "the sound is cut off here"
            self._silence(end)
        if not self.heard:
            why = self.gaps[0].reason if self.gaps else "the file holds no sound here"
            return Sound(None, None, [Gap("audio", 0, max(1, self.filled), why)])
        samples = np.concatenate(self.blocks)[: self.most]
        gaps = [replace(gap, stop=min(gap.stop, len(samples))) for gap in self.gaps if gap.start < len(samples)]
        return Sound(samples, self.rate, gaps)

    def _silence(self, stop: int) -> None:
        """Fill up to ``stop`` with zeros and, when that is damage or long enough to matter, a gap."""
        if self.failure or stop - self.filled > _JUMP * self.rate:
            self.gaps.append(Gap("audio", self.filled, stop, self.failure or "the file holds no sound here"))
        check_memory(self.name, 0, 0, 0, stop)
        self._add(np.zeros(stop - self.filled, np.float32))

    def _add(self, samples: npt.NDArray[np.float32]) -> None:
        self.blocks.append(samples)
        self.filled += len(samples)
        check_memory(self.name, 0, 0, 0, self.filled)
