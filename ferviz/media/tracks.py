"""Which of a container's streams is its film and which its sound: never simply the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from av.stream import Disposition

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["films", "is_cover", "picture_stream", "sound_stream"]

_STILLS = ("mjpeg", "png", "bmp", "gif", "webp", "tiff")  # codecs of films too, but never beside another film
_COVER = Disposition.attached_pic | Disposition.timed_thumbnails
_TILE = Disposition.dependent  # of a photo in HEIF
_ASIDE = (
    Disposition.comment | Disposition.karaoke | Disposition.lyrics | Disposition.dub | Disposition.hearing_impaired
    | Disposition.visual_impaired | Disposition.clean_effects | Disposition.descriptions | Disposition.non_diegetic
)  # fmt: skip


def films(container: InputContainer) -> list[VideoStream]:
    """The streams of moving pictures that can be decoded, the one to read first.

    The first is the container's default one; of several default ones, or of none, the largest. A stream of a single
    picture, or of photos, beside others is a cover whatever it is called.
    """
    # PyAV gives a stream without a decoder no codec context, although its types say otherwise
    known = [stream for stream in container.streams.video if _decodes(stream) and not is_cover(stream)]
    return sorted((stream for stream in known if not stream.disposition & _TILE), key=_rank, reverse=True)


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The film to read; None when there is none that can be decoded. The cover of a sound file is none."""
    return next(iter(films(container)), None)


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The sound to read: one that can be decoded, not a commentary or a dub, the default one; else the first."""
    return max(
        container.streams.audio,
        key=lambda stream: (_decodes(stream), not stream.disposition & _ASIDE, _is_default(stream)),
        default=None,
    )


def is_cover(stream: VideoStream) -> bool:
    """Whether a picture stream is the cover of a sound file, or thumbnails of a film."""
    return bool(stream.disposition & _COVER)


def _rank(stream: VideoStream) -> tuple[bool, bool, bool, bool, int]:
    pixels = stream.codec_context.width * stream.codec_context.height
    moving = stream.frames != 1, stream.codec_context.name not in _STILLS
    return *moving, not stream.disposition & _ASIDE, _is_default(stream), pixels


def _is_default(stream: Any) -> bool:
    return bool(stream.disposition & Disposition.default)


def _decodes(stream: Any) -> bool:
    return getattr(stream, "codec_context", None) is not None
