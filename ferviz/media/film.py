"""Films: pictures in time, sought and decoded with PyAV, never more than asked for."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt

from ferviz.clip import Gap
from ferviz.media.arrays import warn_dark
from ferviz.media.container import FILM_ERRORS, MAX_PIXELS, Reader, open_film, reason
from ferviz.media.pictures import fit
from ferviz.media.request import TOLERANCE, Request
from ferviz.media.screen import Screen
from ferviz.media.source import ClipError, Source, check_memory, warn
from ferviz.media.tracks import picture_stream

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

__all__ = ["read_pictures"]

# In these codecs every packet shows a picture, so one that comes back without was lost
_ONE_EACH = ("h264", "hevc", "vp9", "av1", "mjpeg")
_CUT_OFF = 0.25  # seconds, beside four frames, that a header may promise too much
_SAME = 0.0005  # seconds between two time stamps that mean the same picture


@dataclass
class _Slot:
    """A picture's place in time; without a frame, why it could not be decoded."""

    time: float
    frame: VideoFrame | None
    reason: str = ""


def read_pictures(source: Source, request: Request) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64], list[Gap]]:
    """Frames (T, H, W, 3), their times from ``request.start`` on, and gaps for those that could not be decoded."""
    with ExitStack() as stack:
        film = _Film(source, stack, request)
        slots = film.all() if request.everything else film.near_keys() if request.seek == "key" else film.exact()
        frames: list[npt.NDArray[np.uint8] | None] = []
        times: list[float] = []
        screen = film.screen
        gaps: list[Gap] = []
        for slot in slots:
            if times and slot.time <= times[-1]:
                continue
            if slot.frame is None:
                gaps.append(Gap("frames", len(times), len(times) + 1, slot.reason))
            frames.append(None if slot.frame is None else screen.pixels(slot.frame))
            times.append(slot.time)
            check_memory(source.name, len(frames), screen.height, screen.width)
        if len(gaps) == len(frames):
            raise ClipError(f"{source.name}: none of its pictures could be decoded ({film.failure}); it is damaged")
        stacked = _stack(frames)
        if screen.deep:
            warn_dark(source.name, stacked, 255)
        # a first frame may lie before the start by the container's rounding
        return stacked, np.maximum(np.array(times) - request.start, 0), _joined(gaps)


class _Film:
    """The pictures of one film. ``decoder`` reads them; ``index`` is a second handle that only looks for key frames."""

    def __init__(self, source: Source, stack: ExitStack, request: Request) -> None:
        self.name = source.name
        self.request = request
        self.decoder, self.index = (self._reader(source, stack) for _ in range(2))
        self.codec: VideoCodecContext = self.decoder.stream.codec_context
        # threads by frames hold a dozen full-size pictures; single key frames gain nothing from them
        self.codec.thread_type = "SLICE" if request.seek == "key" and not request.everything else "AUTO"
        self.rate = float(self.decoder.stream.average_rate or 25)
        ratio = float(self.decoder.stream.sample_aspect_ratio or 1)
        size = fit(max(1, round(self.codec.width * ratio)), self.codec.height, request.max_side)
        self.screen = Screen(source.name, *size)
        self.failure = "no picture came out"
        self.end = request.end(source.name, max(self.index.end(), 1 / self.rate))
        self.begin = min(max(request.start, self.index.begin()), self.end)  # a film may begin with sound alone
        self.read_to = 0.0
        count = (self.end - self.begin) * self.rate if request.everything else request.count(self.end, self.begin)
        check_memory(source.name, math.floor(count), size[1], size[0])
        self.wishes = np.zeros(0) if request.everything else request.wishes(self.end, self.begin)

    @staticmethod
    def _reader(source: Source, stack: ExitStack) -> Reader:
        container = stack.enter_context(open_film(source))
        stream = picture_stream(container)
        if stream is None or stream.codec_context.width < 1 or stream.codec_context.height < 1:
            raise ClipError(
                f"{source.name}: it has no pictures that can be decoded, or they have more than {MAX_PIXELS:,} pixels"
            )
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        return Reader(source, container, stream)

    def all(self) -> Iterator[_Slot]:
        """Every picture that begins in the stretch."""
        empty = True
        for slot in self._slots(self.request.start):
            if self.request.stop is not None and slot.time >= self.request.stop - TOLERANCE:
                break
            if slot.time >= self.request.start - TOLERANCE:
                empty = False
                yield slot
        else:
            self._check_whole(self.end)
        if empty:
            self._nothing()

    def exact(self) -> Iterator[_Slot]:
        """The picture that shows at each wished time, decoded from the key frame before it."""
        empty = True
        for _, wishes in groupby(self.wishes, lambda wish: self.index.key_near(wish, backward=True)):
            for slot in self._showing(list(wishes)):
                empty = False
                yield slot
        if empty:
            self._nothing()

    def near_keys(self) -> Iterator[_Slot]:
        """The key frame nearest to each wished time, each once."""
        last, count = -math.inf, 0
        wishes = self.wishes
        for wish in wishes:
            around = [self.index.key_near(wish, backward) for backward in (True, False)]
            inside = [key for key in around if key is not None and self._within(key)]
            key = min(inside, key=lambda time: abs(time - wish), default=last)
            if key > last:
                last, count = key, count + 1
                yield self._key(key)
        if not count:  # the stretch lies between two key frames: little to decode
            yield from self.exact()
            return
        self._read_to(wishes[-1])
        if count < len(wishes) / 2 and count < (self.end - self.begin) * self.rate / 2:
            warn(
                f"{self.name}: {len(wishes)} frames were wished for and the stretch has {count} key frames; "
                "seek='exact' decodes between them"
            )

    def _within(self, time: float) -> bool:
        return self.request.start - TOLERANCE <= time and (self.request.stop is None or time < self.request.stop)

    def _showing(self, wishes: list[float]) -> Iterator[_Slot]:
        """The last picture at or before each of the wishes, which share a key frame."""
        waiting, shown = deque(wishes), None
        for slot in self._slots(wishes[0]):
            while waiting and shown is not None and slot.time > waiting[0] + TOLERANCE:
                waiting.popleft()
                yield shown
            if not waiting:
                return
            if self._within(slot.time):
                shown = slot
        self._check_whole(wishes[-1])
        if shown is not None:
            yield shown

    def _slots(self, time: float) -> Iterator[_Slot]:
        """The pictures in the order of time, from the key frame at or before ``time``.

        A lost one keeps its place, and so do those after it up to the next key frame, which lean on it.
        """
        key = self.decoder.rewind(time)
        expected: list[float] = []
        now, leaning = (key or 0.0) - 1 / self.rate, False
        for packet in self.decoder.packets():
            begins = self.decoder.time(packet.pts)
            if packet.size and begins is not None and not packet.is_discard:
                heapq.heappush(expected, begins)
                self._note(packet, begins)
            for frame in self._decode(packet):
                stamp = self.decoder.time(frame.pts if frame.pts is not None else frame.dts)
                now = now + 1 / self.rate if stamp is None else stamp
                for lost in self._lost(expected, now, frame.interlaced_frame):
                    leaning = True
                    yield lost
                leaning = (leaning or frame.is_corrupt) and not frame.key_frame
                yield self._slot(now, None if leaning else frame)
        yield from self._lost(expected, math.inf, False)

    def _lost(self, expected: list[float], now: float, interlaced: bool) -> Iterator[_Slot]:
        """Places of pictures that the container holds and that did not come out before the one at ``now``."""
        one_each = self.codec.name in _ONE_EACH and not interlaced  # two fields may come in two packets
        while expected and expected[0] < now + _SAME:
            begins = heapq.heappop(expected)
            if begins < now - _SAME and one_each:
                yield self._slot(begins, None)

    def _key(self, key: float) -> _Slot:
        """The key frame at ``key``, decoded alone."""
        self.decoder.rewind(key)
        for packet in self.decoder.packets():
            begins = self.decoder.time(packet.pts)
            if begins is not None and begins >= key - _SAME:
                frames = [*self._decode(packet), *self._decode(None)]
                return self._slot(key, frames[0] if frames else None)
        return self._slot(key, None)

    def _slot(self, time: float, frame: VideoFrame | None) -> _Slot:
        if frame is not None and not frame.is_corrupt:
            return _Slot(time, frame)
        return _Slot(time, None, f"the film is damaged here ({self.failure})")

    def _decode(self, packet: Packet[Any] | None) -> list[VideoFrame]:
        try:
            frames: list[VideoFrame] = self.codec.decode(packet)
        except FILM_ERRORS as error:
            if not isinstance(error, EOFError):
                self.failure = reason(error)
            return []
        return frames

    def _read_to(self, wanted: float) -> None:
        """Raise `ClipError` when the file ends before ``wanted``, seen without decoding, from the last key frame on."""
        self.index.rewind(wanted)
        for packet in self.index.packets():
            begins = self.index.time(packet.pts)
            if packet.size and begins is not None:
                self._note(packet, begins)
            if self.read_to >= wanted:
                return
        self._check_whole(wanted)

    def _note(self, packet: Packet[Any], begins: float) -> None:
        """Keep how far the pictures are there."""
        decoded = self.decoder.time(packet.dts)  # what shows before this is complete, later pictures may not be
        length = float((packet.duration or 0) * self.decoder.unit)
        if not packet.is_corrupt:
            self.read_to = max(self.read_to, (begins if decoded is None else decoded) + length)

    def _check_whole(self, wanted: float) -> None:
        """Raise `ClipError` when the file ended before ``wanted`` although its header promised more."""
        promised = self.decoder.promised_end()
        missing = math.inf if promised is None else min(promised, wanted) - self.read_to
        if missing > _CUT_OFF + 4 / self.rate and (promised is not None or self.decoder.broken):
            broken = f" ({self.decoder.broken})" if self.decoder.broken else ""
            cure = f"; stop={self.read_to:.2f} reads what is there" if self.read_to >= 0.01 else ""
            raise ClipError(
                f"{self.name}: it is cut off{broken}: its header promises {promised or self.end:.2f} s, its pictures "
                f"end at {self.read_to:.2f} s{cure}"
            )

    def _nothing(self) -> NoReturn:
        raise ClipError(
            f"{self.name}: no frame begins between {self.request.start} s and {self.end:.3f} s; widen start and stop"
        )


def _stack(frames: list[npt.NDArray[np.uint8] | None]) -> npt.NDArray[np.uint8]:
    """One array of all pictures, lost ones black; empties the list, so that both are never whole at once."""
    shape = next(frame.shape for frame in frames if frame is not None)
    stacked = np.zeros((len(frames), *shape), np.uint8)
    for place, frame in enumerate(frames):
        if frame is not None:
            stacked[place] = frame
        frames[place] = None
    return stacked


def _joined(gaps: list[Gap]) -> list[Gap]:
    """Neighbouring gaps of one reason as one."""
    joined: list[Gap] = []
    for gap in gaps:
        if joined and joined[-1].stop == gap.start and joined[-1].reason == gap.reason:
            joined[-1] = replace(joined[-1], stop=gap.stop)
        else:
            joined.append(gap)
    return joined
