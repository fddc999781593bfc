"""All faces of one picture, by either detector; a picture that lies on its side is turned until they stand upright."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from numbers import Real
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip, Face

__all__ = ["Detector", "Thresholds", "as_it_lies", "check_minimum", "check_turn", "detect", "look", "turned", "upright"]

Array = npt.NDArray[Any]
Detector = Literal["mtcnn", "lbp"]
Thresholds = tuple[float, float, float]

_MOST = 1_000_000  # pixels of a face's side
THRESHOLDS: Thresholds = (0.6, 0.7, 0.7)
SURE = {"mtcnn": 0.999, "lbp": 0.5}  # a face of this score, its eyes level, stands upright: no turn is tried
LEVEL = 30.0  # degrees
SURER = {"mtcnn": 20.0, "lbp": 2.0}  # how many times less a score must leave to 1 once the picture is turned


def detect(
    image: Array | Clip,
    *,
    minimum: float | None = None,
    thresholds: Thresholds = THRESHOLDS,
    detector: Detector = "mtcnn",
    turn: int | None = None,
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
    turn : 0, 1, 2 or 3, optional
        Quarter turns, counter-clockwise, that stand the picture upright. None looks at the picture as it is, and tries
        the other three when no face is found, or none of a score of 0.999 with level eyes (MTCNN is often fooled by a
        face on its side, and gives it an upright one's points): a turn counts when it makes the detector 20 times
        surer, by what its best score leaves to 1. The LBP cascade's turns are tried when no face is found.

    Returns
    -------
    tuple of Face
        Empty when there is none. Boxes and points are those of ``image`` as it is; each `Face` says by how many quarter
        turns it stands upright. MTCNN's boxes may reach beyond the picture. What a score says: `ferviz.mtcnn`,
        `ferviz.lbp_cascade`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what would fit.
    """
    picture = _picture(image)
    minimum = check_minimum(minimum, detector, *picture.shape[:2])
    three = isinstance(thresholds, Sequence | np.ndarray) and len(thresholds) == 3
    given: list[Any] = list(thresholds) if three else []
    if not three or not all(not isinstance(t, bool) and isinstance(t, Real) and 0 <= float(t) <= 1 for t in given):
        raise ValueError(f"thresholds must be three numbers from 0 to 1, one a network; got {thresholds!r:.200}")
    check_turn(turn)

    def at(number: int) -> tuple[Face, ...]:
        return look(picture, minimum, detector, number, thresholds=thresholds)

    if turn is not None:
        return at(turn)
    chosen, (faces,) = upright([at], detector)
    return faces if chosen == 0 else at(chosen)


def look(
    picture: Array,
    minimum: float,
    detector: Detector = "mtcnn",
    turn: int = 0,
    *,
    thresholds: Thresholds = THRESHOLDS,
    coarse: bool = False,
    near: Array | None = None,
) -> tuple[Face, ...]:
    """The faces of a picture, uint8 (H, W, 3), that stand upright after ``turn``; the largest box first.

    ``coarse`` and ``near`` are MTCNN's, see `ferviz.mtcnn.MTCNN.forward`.
    """
    standing = turned(picture, turn)
    if detector == "mtcnn":
        from ferviz.mtcnn import cascade

        boxes, scores, points = cascade()(standing, minimum, thresholds, coarse=coarse, near=near)
    else:
        from ferviz.lbp_cascade import find

        boxes, scores = find(standing, minimum)
        points = np.full((len(boxes), 5, 2), np.nan)
    extent = boxes[:, 2:] - boxes[:, :2]
    order = np.argsort(-extent.prod(1), kind="stable")
    large = [i for i in order if extent[i].max() >= minimum]  # the last network may shrink a box below what was asked
    faces = (Face(box=boxes[i], score=float(scores[i]), points=points[i]) for i in large)
    return tuple(as_it_lies(face, turn, *picture.shape[:2]) for face in faces)


def upright(
    looks: Sequence[Callable[[int], tuple[Face, ...]]], detector: Detector
) -> tuple[int, list[tuple[Face, ...]]]:
    """The quarter turns that stand some pictures of one film upright, and the faces of the pictures as they are.

    ``looks`` gives, for each picture, the faces at a turn. 0 is tried alone where at least half of the pictures that
    have a face are sure of one.
    """
    faces = [at(0) for at in looks]
    sure = [any(face.score >= SURE[detector] and _level(face) for face in some) for some in faces if some]
    if sure and np.mean(sure) >= 0.5:
        return 0, faces
    tried = [faces, *([at(turn) for at in looks] for turn in (1, 2, 3))]
    doubts = np.array([[_doubt(some) for some in row] for row in tried])
    surer = (doubts[0] - doubts).sum(1) - np.log(SURER[detector]) * np.maximum(1, (doubts < 0).sum(1))
    return int(np.argmax(surer)) if surer.max() >= 0 else 0, faces


def _level(face: Face) -> bool:
    """Whether the eyes lie side by side; taken for granted without points."""
    across, down = face.points[1] - face.points[0]
    return not abs(np.degrees(np.arctan2(down, across))) > LEVEL


def _doubt(faces: Sequence[Face]) -> float:
    """The logarithm of what the best score leaves to 1; 0 without a face."""
    return float(np.log(max(1e-7, 1 - max((face.score for face in faces), default=0.0))))


def turned(picture: Array, turn: int) -> Array:
    """A picture (H, W, 3) after quarter turns, counter-clockwise."""
    return np.ascontiguousarray(np.rot90(picture, turn)) if turn else picture


def as_it_lies(face: Face, turn: int, height: int, width: int) -> Face:
    """A face of the turned picture as one of the picture (height, width) before it was turned."""
    if turn == 0:
        return face
    for number in range(turn):
        # back by one quarter turn: what was found at (x, y) lies at (side - y, x), side being that of the columns then
        side = width if (turn - number) % 2 else height
        left, top, right, bottom = face.box
        points = np.column_stack([side - 1 - face.points[:, 1], face.points[:, 0]])
        face = replace(face, box=np.array([side - bottom, left, side - top, right]), points=points)
    return replace(face, turn=turn)


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


def check_minimum(minimum: float | None, detector: Detector, height: int, width: int) -> float:
    """The smallest side to look for in a picture of that size. Raises what `detect` raises."""
    if detector not in get_args(Detector):
        raise ValueError(f"detector must be one of {get_args(Detector)}; got {detector!r:.200}")
    if minimum is None:
        return 40.0 if detector == "mtcnn" else max(24.0, 0.1 * min(height, width))
    if isinstance(minimum, bool) or not isinstance(minimum, int | float | np.integer | np.floating):
        raise TypeError(f"minimum must be a number; got {minimum!r:.200}")
    if not 12 <= minimum <= _MOST:  # NaN is neither
        fits = f"at least 12 pixels, the window of MTCNN's first network, and at most {_MOST:,}"
        raise ValueError(f"minimum must be {fits}; got {minimum!r:.60}")
    return float(minimum)


def check_turn(turn: object) -> None:
    """Raise what `detect` raises for a turn that is none."""
    if turn is None:
        return
    if isinstance(turn, bool) or not isinstance(turn, int | np.integer):
        raise TypeError(f"turn must be 0, 1, 2 or 3 quarter turns, or None; got {turn!r:.200}")
    if not 0 <= turn <= 3:
        raise ValueError(f"turn must be 0, 1, 2 or 3 quarter turns counter-clockwise, or None; got {turn}")
