"""Find the faces of a picture, and cut one face out of a clip: each unusable frame becomes a `Gap` with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip, Crop, Face, Gap

__all__ = ["NoFaceError", "crop_matrix", "detect", "find_faces"]

Array = npt.NDArray[Any]
Detector = Literal["mtcnn", "lbp"]
Align = Literal["box", "similarity"]
Interpolation = Literal["nearest", "bilinear", "bicubic"]

TEMPLATE_SIZE = 112
TEMPLATE = ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041))
"""Where the five points of an upright face lie in a tight picture of 112 × 112 pixels, as published with ArcFace (Deng
et al. 2019, doi 10.1109/CVPR.2019.00482)."""

TOLD_APART = 0.5  # frames without a face are searched again down to this share of the minimum, to name small faces


class NoFaceError(ValueError):
    """No face was found in any frame, and what could be tried."""


def detect(
    image: Array | Clip,
    *,
    minimum: float | None = None,
    thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7),
    detector: Detector = "mtcnn",
) -> tuple[Face, ...]:
    """All faces of one picture, the largest box first.

    Parameters
    ----------
    image : uint8 array (H, W, 3) or (H, W), or a Clip of one frame
    minimum : float, optional
        The smallest face to look for, in pixels of its box's longer side, at least 12. None is 40 for ``"mtcnn"``. For
        ``"lbp"`` it is 10 % of the picture's shorter side, because small windows bring it many false boxes, and never
        under 24.
    thresholds : three floats, 0 to 1
        The score that a window must reach in each of MTCNN's three networks; the LBP cascade has none.
    detector : {"mtcnn", "lbp"}
        MTCNN (Zhang et al. 2016, doi 10.1109/LSP.2016.2603342), or scikit-image's LBP cascade, which knows upright
        frontal faces only and gives no points (NaN).

    Returns
    -------
    tuple of Face
        Empty when there is none. MTCNN's boxes may reach beyond the picture. What a score says: `ferviz.mtcnn`,
        `ferviz.lbp_cascade`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what would fit.
    """
    picture = _picture(image)
    minimum = _minimum(minimum, detector, *picture.shape[:2])
    if len(thresholds) != 3 or not all(0 <= t <= 1 for t in thresholds):
        raise ValueError(f"thresholds must be three numbers from 0 to 1, one a network; got {thresholds}")
    if detector == "mtcnn":
        from ferviz.mtcnn import cascade

        boxes, scores, points = cascade()(picture, minimum, thresholds)
    else:
        from ferviz.lbp_cascade import find

        boxes, scores = find(picture, minimum)
        points = np.full((len(boxes), 5, 2), np.nan)
    extent = boxes[:, 2:] - boxes[:, :2]
    order = np.argsort(-extent.prod(1), kind="stable")
    large = [i for i in order if extent[i].max() >= minimum]  # the last network may shrink a box below what was asked
    return tuple(Face(box=boxes[i], score=float(scores[i]), points=points[i]) for i in large)


def find_faces(
    clip: Clip,
    *,
    size: int = 112,
    margin: float = 0.25,
    align: Align = "box",
    track: bool = True,
    interpolation: Interpolation = "bilinear",
    detector: Detector = "mtcnn",
    minimum: float | None = None,
) -> Clip:
    """Cut one face out of a clip.

    The face followed is the one whose boxes' sides add up to the most over the clip, so large and long; its neighbours
    are in ``others``. Faces are linked by place, size and movement, see `ferviz.tracking`. Each frame's box is used as
    it was found: nothing is smoothed or filled in over time. Frames that already lay in a gap are not searched.

    Parameters
    ----------
    clip : Clip
        With at least one frame.
    size : int
        Side of the square face pictures, in pixels.
    margin : float
        What is added around the face on *each* side, as a share of the box's width or height: 0.25 makes a box of 100
        pixels 150. 0 to 2.
    align : {"box", "similarity"}
        ``"box"`` cuts the box out, grown by ``margin`` and made square about its centre. ``"similarity"`` turns, scales
        and shifts the picture so that the five points come to lie on a template as well as they can (eyes level), which
        shrinks about its centre as ``margin`` grows. Beyond the picture is black.
    track : bool
        False takes the largest face of each frame by itself, whoever it is.
    interpolation : {"nearest", "bilinear", "bicubic"}
    detector, minimum
        As in `detect`.

    Returns
    -------
    Clip
        Frames (T, size, size, 3) with ``crop``, ``boxes`` (T, 4) of the followed face in the source's pixels (NaN in
        gaps), ``others`` and ``gaps``. Frames in gaps are black. Times, sound, labels and gaps that were there stay;
        the truth is moved along (in gaps as in the nearest usable frame).

    Raises
    ------
    NoFaceError
        When no frame has a face.
    TypeError, ValueError
        Naming the argument, what came and what would fit; also when the clip has no frames or is a face crop already.
    """
    crop = _crop(size, margin, align, interpolation, detector)
    if not isinstance(clip, Clip):
        raise TypeError(f"clip must be a Clip (ferviz.load_clip makes one); got {type(clip).__name__}")
    if not len(clip):
        raise ValueError(f"clip must have frames; {clip.source} is sound alone")
    if clip.crop is not None:
        raise ValueError(f"clip must be a whole picture; {clip.source} is cut to a face already ({clip.crop})")
    minimum = _minimum(minimum, detector, clip.height, clip.width)
    found = [
        detect(frame, minimum=minimum, detector=detector) if usable else ()
        for frame, usable in zip(clip.frames, clip.usable(), strict=True)
    ]
    if not any(found):
        raise NoFaceError(_nothing_found(clip, minimum, detector))
    followed = _follow(found, clip.times) if track else [faces[0] if faces else None for faces in found]
    return _cut(clip, crop, found, followed, _reasons(clip, found, followed, minimum, detector))


def _follow(found: Sequence[Sequence[Face]], times: Array) -> list[Face | None]:
    """The face of the weightiest track in each frame, none where it is not seen."""
    from ferviz.tracking import Track, link

    heaviest = max(link(found, times), key=Track.weight)
    followed: list[Face | None] = [None] * len(found)
    for frame, face in zip(heaviest.frames, heaviest.faces, strict=True):
        followed[frame] = face
    return followed


def _cut(
    clip: Clip, crop: Crop, found: Sequence[Sequence[Face]], followed: Sequence[Face | None], gaps: Sequence[Gap]
) -> Clip:
    seen = np.array([face is not None for face in followed])
    matrices = np.zeros((len(clip), 2, 3))
    boxes = np.full((len(clip), 4), np.nan)
    for i, face in enumerate(followed):
        if face is not None:
            matrices[i] = crop_matrix(face, crop)
            boxes[i] = face.box
    places = np.flatnonzero(seen)
    nearest = places[np.rint(np.interp(np.arange(len(clip)), places, np.arange(len(places)))).astype(int)]
    cut = clip.warp(matrices[nearest], size=(crop.size, crop.size), interpolation=crop.interpolation)
    others = tuple(tuple(f for f in faces if f is not own) for faces, own in zip(found, followed, strict=True))
    return replace(
        cut,
        frames=np.where(seen[:, None, None, None], cut.frames, np.uint8(0)),
        crop=crop,
        boxes=boxes,
        others=others,
        gaps=tuple(sorted((*clip.gaps, *gaps), key=lambda gap: (gap.stream, gap.start))),
    )


def crop_matrix(face: Face, crop: Crop) -> Array:
    """How `find_faces` cuts one face out: from the source's pixel centres to those of the face picture, (2, 3)."""
    if crop.align == "similarity":
        from ferviz.warp import similarity

        scale = crop.size / TEMPLATE_SIZE / (1 + 2 * crop.margin)
        target = (np.array(TEMPLATE) - (TEMPLATE_SIZE - 1) / 2) * scale + (crop.size - 1) / 2
        return similarity(face.points, target)
    extent = (face.box[2:] - face.box[:2]).max() * (1 + 2 * crop.margin)
    scale = crop.size / extent
    corner = (face.box[:2] + face.box[2:]) / 2 - extent / 2
    shift = scale * (0.5 - corner) - 0.5  # boxes count from pixel edges, matrices from pixel centres
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


@dataclass(frozen=True)
class _Missing:
    """Why one frame has no usable face; ``pixels`` is the side of a face that was too small."""

    kind: Literal["none", "lost", "small"]
    pixels: int = 0


def _reasons(
    clip: Clip, found: Sequence[Sequence[Face]], followed: Sequence[Face | None], minimum: float, detector: Detector
) -> list[Gap]:
    """A gap for each run of frames that miss the face for the same reason."""
    why: list[_Missing | None] = [None] * len(clip)
    for i in np.flatnonzero(clip.usable()).tolist():
        if followed[i] is None:
            why[i] = _Missing("lost") if found[i] else _too_small(clip.frames[i], minimum, detector) or _Missing("none")
    gaps = []
    for kind, run in groupby(range(len(clip)), key=lambda i: None if (w := why[i]) is None else w.kind):
        frames = list(run)
        if kind is not None:
            pixels = sorted({w.pixels for i in frames if (w := why[i]) is not None})
            gaps.append(Gap("frames", frames[0], frames[-1] + 1, _reason(kind, len(frames), pixels, minimum)))
    return gaps


def _reason(kind: str, frames: int, pixels: Sequence[int], minimum: float) -> str:
    if kind == "none":
        return "no face found"
    if kind == "lost":
        return f"the followed face was lost: {frames} frame{'s' * (frames > 1)}"
    span = f"{pixels[0]} px" if len(pixels) == 1 else f"{pixels[0]} to {pixels[-1]} px"
    return f"face too small: {span}, where {minimum:g} px is the minimum"


def _too_small(picture: Array, minimum: float, detector: Detector) -> _Missing | None:
    """Whether a frame without a face has one below the minimum. The LBP cascade's small boxes are too often false."""
    if detector == "lbp" or minimum * TOLD_APART < 12:
        return None
    sides = [float((face.box[2:] - face.box[:2]).max()) for face in detect(picture, minimum=minimum * TOLD_APART)]
    small = [side for side in sides if side < minimum]  # a larger one, missed at first, is not missing for its size
    return _Missing("small", int(small[0])) if small else None


def _nothing_found(clip: Clip, minimum: float, detector: Detector) -> str:
    frames = clip.frames[clip.usable()]
    where = f"{clip.source} ({len(clip)} frame{'s' * (len(clip) > 1)} of {clip.width}×{clip.height})"
    if not len(frames):
        return f"no face could be looked for: every frame of {where} lies in a gap already ({clip.gaps[0].reason})"
    looks = [_too_small(frame, minimum, detector) for frame in frames[:: max(1, len(frames) // 8)]]
    if small := [look.pixels for look in looks if look is not None]:
        return (
            f"no face of at least {minimum:g} px found in {where}, but one of about {max(small)} px: "
            f"pass minimum={max(12, round(max(small) * 0.75))}, or take a larger picture"
        )
    other = "lbp" if detector == "mtcnn" else "mtcnn"
    return (
        f"no face found in {where} by detector {detector!r} with minimum {minimum:g} px. Try a smaller minimum, a "
        f"larger picture, detector={other!r}, or turn the picture until the face is upright"
    )


def _picture(image: Array | Clip) -> Array:
    """The pixels as uint8 (H, W, 3)."""
    if isinstance(image, Clip):
        if len(image) != 1:
            raise ValueError(f"image must be one picture; got a Clip of {len(image)} frames (pick one: clip[0])")
        return image.frames[0]
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = image.dtype if isinstance(image, np.ndarray) else type(image).__name__
        raise TypeError(f"image must be a uint8 array or a Clip; got {kind} (load_clip turns other pictures into one)")
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"image must have shape (H, W, 3) or (H, W), at least 1×1; got {image.shape}")
    return image


def _minimum(minimum: float | None, detector: Detector, height: int, width: int) -> float:
    if detector not in get_args(Detector):
        raise ValueError(f"detector must be one of {get_args(Detector)}; got {detector!r}")
    if minimum is None:
        return 40.0 if detector == "mtcnn" else max(24.0, 0.1 * min(height, width))
    _check_number("minimum", minimum)
    if not np.isfinite(minimum) or minimum < 12:
        raise ValueError(f"minimum must be at least 12 pixels, the window of MTCNN's first network; got {minimum}")
    return float(minimum)


def _check_number(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be a number; got {value!r}")


def _crop(size: int, margin: float, align: Align, interpolation: Interpolation, detector: Detector) -> Crop:
    """The record of the crop, once every part of it is sound."""
    if isinstance(size, bool) or not isinstance(size, int | np.integer):
        raise TypeError(f"size must be a whole number of pixels; got {size!r}")
    if size < 1:
        raise ValueError(f"size must be at least 1 pixel; got {size}")
    _check_number("margin", margin)
    if not 0 <= margin <= 2:
        raise ValueError(f"margin must be from 0 to 2, a share of the box's side; got {margin}")
    if align not in get_args(Align):
        raise ValueError(f"align must be one of {get_args(Align)}; got {align!r}")
    if interpolation not in get_args(Interpolation):
        raise ValueError(f"interpolation must be one of {get_args(Interpolation)}; got {interpolation!r}")
    if align == "similarity" and detector == "lbp":
        raise ValueError("align='similarity' needs five points, which detector='lbp' does not give; take 'mtcnn'")
    return Crop(size=int(size), margin=float(margin), align=align, interpolation=interpolation)
