"""Opening foreign containers with PyAV, and finding key frames in them without decoding."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from av.stream import Discard

from ferviz.media.source import ClipError, Source, warn
from ferviz.media.tracks import picture_stream

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet

__all__ = ["FILM_ERRORS", "MAX_PIXELS", "Reader", "first_part", "open_film", "reason"]

# Playlists (HLS, DASH, concat …) could name other files or addresses: only formats that carry their own data are opened
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,wav,w64,mp3,flac,aac,aiff,au,amr,caf,ac3,eac3,"
    "h264,hevc,ivf,m4v,mpegvideo,yuv4mpegpipe,nut,mxf"
)
_STREAMED = ("mpegts", "mpeg")  # formats without an index, of which files are joined by writing one behind the other
_BACK = 0.5  # seconds by which time stamps of a stream fall back where another film begins
_SAME = 0.0005  # seconds between two time stamps that mean the same picture
MAX_PIXELS = 8192 * 8192  # a header of a few bytes can ask for gigabytes

FILM_ERRORS = (av.FFmpegError, ValueError, OSError, EOFError, LookupError, ArithmeticError, MemoryError, TypeError)
"""What PyAV raises on damaged bytes."""


@contextmanager
def open_film(source: Source) -> Iterator[InputContainer]:
    """The bytes of ``source`` as an open container. Raises `ClipError` when they are none."""
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file", "max_pixels": str(MAX_PIXELS)}
    try:
        container = av.open(source.target(), "r", options=options, metadata_errors="replace")
    except FILM_ERRORS as error:
        raise ClipError(f"{source.name}: it cannot be opened ({reason(error)}); {source.kind()}") from error
    with container:
        yield container


def first_part(source: Source) -> Source:
    """The film alone that a file begins with, where others were written behind it, whose times begin anew.

    Their pictures could not be told from its own by their times. A warning counts them.
    """
    with open_film(source) as container:
        if container.format.name not in _STREAMED:
            return source
        cut, left = _joined_at(container)
    if cut is None:
        return source
    what = f"{left} pictures" if left else "all sounds"
    begins = f"another film begins at byte {cut:,}, where time stamps fall back"
    warn(f"{source.name}: {begins}; {what} from there on are left out: give the parts one by one")
    with source.open() as stream:
        return Source(source.name, data=stream.read(cut))


def _joined_at(container: InputContainer) -> tuple[int | None, int]:
    """The byte at which time stamps first fall back, and how many pictures come from there on; nothing is decoded."""
    film, newest, place, cut, left = picture_stream(container), dict[int, float](), 0, None, 0
    try:
        for packet in container.demux():
            if packet.dts is None or packet.time_base is None:
                continue
            index, now = packet.stream.index, float(packet.dts * packet.time_base)
            place = packet.pos if packet.pos is not None and packet.pos >= 0 else place  # several share one
            if now < newest.get(index, now) - _BACK and cut is None:
                cut = place
            newest[index] = max(now, newest.get(index, now))
            left += cut is not None and film is not None and index == film.index
    except FILM_ERRORS:
        pass  # what is damaged is told where it is read
    return cut, left


def reason(error: BaseException) -> str:
    """An error's text without the file names that FFmpeg appends."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _origin(container: InputContainer) -> float:
    """The time stamp, in seconds, at which the film begins.

    Files with an index count from their own 0; broadcast streams begin at any time of day, ours with the first picture.
    """
    if set(container.format.name.split(",")) & {"mp4", "matroska", "avi"}:
        return 0.0
    stream = picture_stream(container)
    if stream is not None and stream.start_time is not None and stream.time_base is not None:
        return float(stream.start_time * stream.time_base)
    return (container.start_time or 0) / av.time_base


class Reader:
    """One stream of an open container, its times counted from where the film begins."""

    def __init__(self, source: Source, container: InputContainer, stream: Any) -> None:
        self.name = source.name
        self.container = container
        self.stream = stream
        self.unit = stream.time_base or Fraction(1, av.time_base)
        self.origin = _origin(container)
        self.broken = ""
        self.landed = 0.0
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all

    def time(self, stamp: int | None) -> float | None:
        """Seconds of the film for a time stamp of the stream."""
        if stamp is None:
            return None
        return stamp * self.unit.numerator / self.unit.denominator - self.origin  # exact, without a fraction

    def seek(self, time: float, backward: bool = True) -> bool:
        """Go to the key frame before (or after) ``time``; False when the container cannot."""
        self.broken = ""
        try:
            stamp = (time + self.origin) / float(self.unit)
            # time stamps are rounded towards the side that is sought; a hair more, as they are no exact floats
            stamp = math.floor(stamp + 1e-4) if backward else math.ceil(stamp - 1e-4)
            self.container.seek(stamp, stream=self.stream, backward=backward)
        except FILM_ERRORS:
            return False
        return True

    def packets(self) -> Iterator[Packet[Any]]:
        """The stream's packets from here on, then an empty one; ends early, noting `broken`, where the file does."""
        try:
            yield from self.container.demux(self.stream)
        except FILM_ERRORS as error:
            self.broken = reason(error)

    def key_near(self, time: float, backward: bool) -> float | None:
        """The time of the key frame at or before (or at or after) ``time``, without decoding."""
        target = time
        for step in range(7):
            if not self.seek(target, backward):
                if target >= 0 or not self.seek(0.0):  # some formats refuse what lies before their beginning
                    break
                target = 0.0
            stamps = (p.pts for p in self.packets() if p.size and p.is_keyframe and p.pts is not None)
            found = self.time(next(stamps, None))
            self.landed = target
            if not backward or (found is not None and found <= time + _SAME):
                return found
            target = time - 2.0**step  # some formats land behind what was asked for
        return None

    def rewind(self, time: float) -> float | None:
        """Go to the key frame at or before ``time``, so that its packet comes next, or else to the beginning."""
        self.landed = 0.0
        key = self.key_near(time, backward=True)
        self.seek(self.landed)
        return key

    def begin(self) -> float:
        """Where the stream begins by its header; 0 when that does not say."""
        return self.time(self.stream.start_time) or 0.0

    def promised_end(self) -> float | None:
        """Where the stream ends by its header; None when the header does not say."""
        if self.stream.duration:
            first = self.stream.start_time or 0
            return self.time(first + self.stream.duration)
        words = self.stream.metadata.get("DURATION", "").split(":")  # Matroska: 00:00:04.000000000
        try:
            hours, minutes, seconds = (float(word) for word in words)
        except ValueError:
            return None
        return hours * 3600 + minutes * 60 + seconds - self.origin

    def end(self) -> float:
        """Where the stream ends: by its header, by the container's, or by reading (never decoding) to the end."""
        promised = self.promised_end()
        if promised is not None:
            return promised
        length = 0.0
        if self.container.duration:
            length = ((self.container.start_time or 0) + self.container.duration) / av.time_base - self.origin
        return self._last(length) or length or self._last(0.0)

    def _last(self, time: float) -> float:
        """Where the last packet from the key frame before ``time`` on ends; 0 when there is none."""
        self.rewind(time)
        last = 0.0
        for packet in self.packets():
            begins = self.time(packet.pts)
            if begins is not None:
                last = max(last, begins + float((packet.duration or 0) * self.unit))
        return last
