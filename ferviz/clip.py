"""The clip: pictures in time, their sound, and all that is known of them.

A still image has T = 1, sound alone has T = 0. Nothing is ever dropped in silence: a place that cannot be used keeps
its place and gets a `Gap` with a reason. Pixel coordinates count from the centre of the top-left pixel, x to the right
and y down; boxes are (left, top, right, bottom) in the coordinates of pixel edges, so a whole picture is (0, 0, W, H).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ferviz import arguments
from ferviz.streams import check_audio, check_frames, check_points, seconds

__all__ = ["Clip", "Crop", "Face", "Gap", "Truth", "check_clip"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Gap:
    """A stretch that cannot be used: items ``start`` to ``stop`` (not included) of a stream, in frames or samples."""

    stream: Literal["frames", "audio"]
    start: int
    stop: int
    reason: str

    def __post_init__(self) -> None:
        if self.stream not in ("frames", "audio"):
            raise ValueError(f"stream must be 'frames' or 'audio'; got {self.stream!r:.200}")
        for name in ("start", "stop"):
            object.__setattr__(self, name, arguments.whole(name, getattr(self, name), 0))
        if self.start >= self.stop:
            raise ValueError(f"a gap needs 0 <= start < stop; got start {self.start}, stop {self.stop}")
        if not isinstance(self.reason, str) or not self.reason:
            raise ValueError(f"reason must say why the stretch cannot be used; got {self.reason!r:.200}")


@dataclass(frozen=True)
class Crop:
    """How a face was cut out: what `find_faces` did, and what a model says it was trained on. ``turn`` counts the
    quarter turns, counter-clockwise, that stood the source upright first; crops that differ in it alone are equal."""

    size: int
    margin: float
    align: Literal["box", "similarity"] = "box"
    interpolation: Literal["nearest", "bilinear", "bicubic"] = "bilinear"
    turn: int = field(default=0, compare=False)


@dataclass(frozen=True, eq=False)
class Face:
    """One detected face: ``box`` (4,) left, top, right, bottom; ``score`` 0 to 1; ``points`` (5, 2) x, y of both eyes
    (the upright picture's left one first), the nose tip and both mouth corners, NaN where the detector gives none;
    ``turn`` counts the quarter turns, counter-clockwise, that stand it upright. Box and points are as the picture lies.
    """

    box: Array
    score: float
    points: Array
    turn: int = 0


@dataclass(frozen=True, eq=False)
class Truth:
    """What only a synthetic clip knows. Arrays of shape (T, …) run along the clip's frames; all are optional.

    ``intensity`` (T,) 0 to 1; ``evidence`` (T,) visible photometric change by the face's emotion, as a share of the
    clip's largest, and ``intruder`` (T,) by any other, on a scale of its own; ``shown`` (T,) the emotion of a frame;
    ``spoiled`` (T,) what spoils it ("blink+dark"), or ""; ``relevance`` (T, H, W) mm moved by the emotion alone;
    ``changed`` (T, H, W) photometric difference from the emotion-free render; ``motion`` (T, H, W) mm moved by all;
    ``regions`` (T, H, W) whole numbers; ``landmarks`` (T, 68, 2) pixels; ``visible`` (T, 68), ``cover`` (T, H, W) bool;
    ``pose`` (T, 3) degrees of the head before the camera (a warp leaves it); ``actions`` (T, 52). Per clip: ``person``
    (the generator's parameters), ``phonemes``, ``voice``, ``family``.
    """

    intensity: Array | None = None
    evidence: Array | None = None
    relevance: Array | None = None
    changed: Array | None = None
    motion: Array | None = None
    regions: Array | None = None
    landmarks: Array | None = None
    visible: Array | None = None
    cover: Array | None = None
    pose: Array | None = None
    actions: Array | None = None
    shown: Array | None = None
    intruder: Array | None = None
    spoiled: Array | None = None
    person: Mapping[str, Any] = field(default_factory=dict)
    phonemes: tuple[tuple[str, float, float], ...] = ()
    voice: Mapping[str, Any] = field(default_factory=dict)
    family: str = ""

    MAPS = ("relevance", "changed", "motion", "regions", "cover")  # pictures, one a frame: a warp moves them

    def arrays(self) -> dict[str, Array]:
        """The arrays that are known, by name."""
        return {f.name: v for f in fields(self) if isinstance(v := getattr(self, f.name), np.ndarray)}


_KINDS: dict[str, tuple[Any, str]] = {"source": (str, "a text"), "labels": (Mapping, "a mapping of head to value")}
_KINDS |= {"truth": (Truth | None, "a Truth or None"), "crop": (Crop | None, "a Crop or None")}
_KINDS |= dict.fromkeys(("others", "gaps"), (tuple | list, "a tuple"))


@dataclass(frozen=True, eq=False)
class Clip:
    """Pictures in time with their sound.

    Parameters
    ----------
    frames : uint8 array (T, H, W, 3)
        sRGB pictures.
    times : float array (T,)
        Seconds, rising strictly.
    audio : float32 array (N,), optional
        Mono, -1 to 1, from time 0.
    sample_rate : int, optional
        Samples a second; needed with audio.
    labels : mapping of head to value or distribution
        ``{"emotion": Emotion.FEAR}``, ``{"votes": array}``, ``{"age": 31.0}``.
    crop, boxes, others
        What was cut from where: ``boxes`` (T, 4) in the source's pixels with NaN in gaps; ``others`` holds, for each
        frame, the faces that were not followed.
    points : float array (T, 5, 2), optional
        The followed face's five (see `Face`) in these frames' pixels; NaN in gaps and where the detector gives none.
    gaps : tuple of Gap
        The stretches that cannot be used.
    truth : Truth, optional
        Only synthetic clips have one.
    source : str
        Where the clip comes from, for people to read: a file's name, "array", "upload".

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what would fit.
    """

    frames: Array
    times: Array
    audio: Array | None = None
    sample_rate: int | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    crop: Crop | None = None
    boxes: Array | None = None
    others: tuple[tuple[Face, ...], ...] = ()
    gaps: tuple[Gap, ...] = ()
    truth: Truth | None = None
    source: str = "array"
    points: Array | None = None

    def __post_init__(self) -> None:
        for name in ("frames", "times", "audio", "boxes", "points"):
            arguments.plain(name, getattr(self, name))
        object.__setattr__(self, "times", seconds(self.times))
        check_frames(self.frames, self.times)
        if min(self.frames.strides) < 0:  # a mirrored view, or BGR turned round, which torch does not take
            object.__setattr__(self, "frames", np.ascontiguousarray(self.frames))
        check_audio(self.audio, self.sample_rate)
        for name, (kind, fits) in _KINDS.items():
            if not isinstance(getattr(self, name), kind):
                raise TypeError(f"{name} must be {fits}; got {type(getattr(self, name)).__name__}")
        if len(self) == 0 and self.audio is None:
            raise ValueError("a clip needs frames or audio; got neither")
        boxes: object = self.boxes
        if boxes is not None and not isinstance(boxes, np.ndarray):
            object.__setattr__(self, "boxes", arguments.array("boxes", boxes))
        if self.boxes is not None and np.shape(self.boxes) != (len(self), 4):
            raise ValueError(f"boxes must have shape ({len(self)}, 4), one a frame; got {np.shape(self.boxes)}")
        check_points(self.points, len(self))
        for name in ("others", "gaps"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for faces in self.others:
            if not isinstance(faces, tuple | list) or not all(isinstance(face, Face) for face in faces):
                raise TypeError(f"others must hold a tuple of Face objects for each frame; got {faces!r:.200}")
        if self.others and len(self.others) != len(self):
            raise ValueError(f"others must have one entry a frame ({len(self)}); got {len(self.others)}")
        for gap in self.gaps:
            if not isinstance(gap, Gap):
                raise TypeError(f"gaps must be Gap objects; got {type(gap).__name__}")
            length = len(self) if gap.stream == "frames" else len(self.audio if self.audio is not None else ())
            if gap.stop > length and not (gap.stream == "audio" and self.audio is None):
                raise ValueError(f"gap {gap} ends after the {length} {gap.stream} of the clip")
        for name, array in self.truth.arrays().items() if self.truth else ():
            shape = (len(self), *self.frames.shape[1:3]) if name in Truth.MAPS else (len(self),)
            if array.shape[: len(shape)] != shape:
                raise ValueError(f"truth.{name} must begin with shape {shape}; got {array.shape}")

    def __len__(self) -> int:
        """The number of frames, T."""
        return len(self.frames)

    @property
    def height(self) -> int:
        """Rows of a frame, in pixels."""
        return self.frames.shape[1]

    @property
    def width(self) -> int:
        """Columns of a frame, in pixels."""
        return self.frames.shape[2]

    @property
    def duration(self) -> float:
        """Seconds from 0 to the end of what is longer: the last frame's time, or the sound."""
        sound = len(self.audio) / self.sample_rate if self.audio is not None and self.sample_rate else 0.0
        return max(float(self.times[-1]) if len(self) else 0.0, sound)

    def usable(self, stream: Literal["frames", "audio"] = "frames") -> npt.NDArray[np.bool_]:
        """Which items of a stream lie in no gap: bool (T,) for frames, (N,) for audio. ValueError for another one."""
        arguments.choice("stream", stream, ("frames", "audio"))
        length = len(self) if stream == "frames" else len(self.audio if self.audio is not None else ())
        mask = np.ones(length, dtype=bool)
        for gap in self.gaps:
            if gap.stream == stream:
                mask[gap.start : gap.stop] = False
        return mask

    def __getitem__(self, frames: slice | int) -> Clip:
        """Some frames as a clip without sound, with all that is known of them: ``clip[3]``, ``clip[10:20:2]``.

        Raises TypeError for what is no number or slice, IndexError where it picks no frame.
        """
        if not isinstance(frames, slice):
            if isinstance(frames, bool) or not isinstance(frames, int | np.integer):
                raise TypeError(f"frames must be a whole number or a slice; got {frames!r:.200}")
            place = int(frames)
            if not -len(self) <= place < len(self):
                raise IndexError(f"frames must be a place among {len(self)}, from 0 or from the end; got {place}")
            place %= len(self)
            frames = slice(place, place + 1)
        picked = np.arange(len(self))[frames]
        if not len(picked) or picked[0] > picked[-1]:
            raise IndexError(f"frames must pick at least one frame of {len(self)}, in order; got {frames}")
        truth = None
        if self.truth is not None:
            arrays: dict[str, Any] = {name: array[picked] for name, array in self.truth.arrays().items()}
            truth = replace(self.truth, **arrays)
        gaps = []
        for gap in self.gaps:
            inside = np.flatnonzero((picked >= gap.start) & (picked < gap.stop))
            if gap.stream == "frames" and len(inside):
                gaps.append(replace(gap, start=int(inside[0]), stop=int(inside[-1]) + 1))
        return replace(
            self,
            frames=self.frames[picked],
            times=self.times[picked],
            audio=None,
            sample_rate=None,
            boxes=None if self.boxes is None else self.boxes[picked],
            others=tuple(self.others[i] for i in picked) if self.others else (),
            points=None if self.points is None else self.points[picked],
            gaps=tuple(gaps),
            truth=truth,
        )

    def warp(
        self,
        matrices: npt.ArrayLike,
        *,
        size: tuple[int, int] | None = None,
        interpolation: Literal["nearest", "bilinear", "bicubic"] = "bilinear",
    ) -> Clip:
        """The same clip seen through an affine map a frame, its truth moved along. See `ferviz.warp.warp`."""
        from ferviz.warp import warp

        return warp(self, matrices, size=size, interpolation=interpolation)

    def save(self, path: str | Path) -> Path:
        """Write the clip: ``.mp4``, ``.webm`` (with sound), ``.png`` (one frame), ``.wav``. See `ferviz.media.save`."""
        from ferviz.media import save

        return save(self, path)

    def __repr__(self) -> str:
        picture = f"{len(self)} × {self.width}×{self.height}" if len(self) else "no frames"
        sound = f", sound {self.sample_rate} Hz" if self.audio is not None else ""
        gaps = f", {len(self.gaps)} gaps" if self.gaps else ""
        return f"Clip({self.source}: {picture}, {self.duration:.2f} s{sound}{gaps})"

    def _repr_html_(self) -> str:
        from ferviz.shown import clip_html

        return clip_html(self)


def check_clip(clip: object) -> None:
    """Raise TypeError for what is no `Clip`."""
    if not isinstance(clip, Clip):
        raise TypeError(f"clip must be a Clip (ferviz.load_clip makes one); got {type(clip).__name__}")
