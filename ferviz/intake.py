"""Find the faces of a clip, choose one and cut it out: each unusable frame becomes a `Gap` with its reason.

This is the room's door: what others take from it, `detect` and `crop_matrix` too, they take from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from tqdm import tqdm

from ferviz.arguments import flag
from ferviz.clip import Clip, Crop, Face, check_clip
from ferviz.cutting import TEMPLATE, Align, Interpolation, check_crop, crop_matrix, cut
from ferviz.detection import Detector, as_it_lies, check_minimum, check_turn, detect, look, turned, upright
from ferviz.gaps import gaps, nothing_found
from ferviz.tracking import Follow, check_follow, choose, pick

__all__ = [
    "LONG", "TEMPLATE", "Align", "Detector", "Follow", "Found", "Interpolation", "NoFaceError", "crop_matrix", "detect",
    "find_faces", "search",
]  # fmt: skip
__dir__ = __all__.copy  # completion offers what is public, not what this module imports

Progress = bool | Callable[[int, int], object]

LONG = 100  # frames from which a film is searched the quick way
EVERY = 16  # frames from one search to the next at the latest, on the quick way
PROBES = 8  # frames that are looked at to tell which way up a film is
SLOW = 50_000_000  # pixels of all frames together from which a bar shows


class NoFaceError(ValueError):
    """No face was found in any frame, and what could be tried.

    Attributes
    ----------
    found : str
        The error's text without the arguments of `find_faces` that could be tried.
    """

    def __init__(self, found: str, arguments: str = "") -> None:
        super().__init__(found + arguments)
        self.found = found


@dataclass(frozen=True, eq=False)
class Found:
    """The faces of a clip, as `search` found them.

    Attributes
    ----------
    clip : Clip
        Where they were looked for.
    faces : tuple of tuples of Face
        For each frame, all of its faces, the largest box first.
    turn : int
        Quarter turns, counter-clockwise, that stand the clip's pictures upright.
    detector, minimum, exact
        How they were looked for.
    """

    clip: Clip
    faces: tuple[tuple[Face, ...], ...]
    turn: int
    detector: Detector
    minimum: float
    exact: bool
    _small: dict[int, int] = field(default_factory=dict, repr=False)  # what `gaps` asked of frames without a face

    def cut(
        self,
        follow: Follow = "largest",
        *,
        size: int = 112,
        margin: float = 0.25,
        align: Align = "box",
        track: bool = True,
        interpolation: Interpolation = "bilinear",
    ) -> Clip:
        """Cut one of the faces out, as `find_faces` does with the same arguments. Nothing is searched again."""
        flag("track", track)
        crop = _check_cut(self.detector, size, margin, align, interpolation)
        follow = check_follow(follow)
        if track:
            followed = choose(self.faces, self.clip.times, follow)
        else:
            followed = [pick(faces, follow) for faces in self.faces]
            if not any(followed):
                raise ValueError(f"follow={follow!r} meets no face in any frame of {self.clip.source}")
        every = 1 if self.exact else EVERY
        missing = gaps(
            self.clip, self.faces, followed, self.minimum, self.detector, turn=self.turn, every=every, small=self._small
        )  # fmt: skip
        faces = cut(self.clip, replace(crop, turn=self.turn), self.faces, followed)
        return replace(
            faces, gaps=tuple(sorted((*self.clip.gaps, *missing), key=lambda gap: (gap.stream, gap.start)))
        )


def search(
    clip: Clip,
    *,
    detector: Detector = "mtcnn",
    minimum: float | None = None,
    turn: int | None = None,
    exact: bool | None = None,
    progress: Progress = True,
) -> Found:
    """All faces of a clip: draw them, choose one, and `Found.cut` it out.

    Parameters
    ----------
    clip, detector, minimum, turn, exact, progress
        As in `find_faces`.

    Raises
    ------
    NoFaceError
        When no frame has a face.
    TypeError, ValueError
        As in `find_faces`.

    Examples
    --------
    >>> found = search(ferviz.load_clip("party.jpg"))  # doctest: +SKIP
    >>> [face.box for face in found.faces[0]]  # doctest: +SKIP
    >>> found.cut(follow=(410, 230))  # doctest: +SKIP
    """
    _check_clip(clip)
    minimum = check_minimum(minimum, detector, clip.height, clip.width)
    check_turn(turn)
    exact = _check_exact(exact, clip, detector)
    if not callable(progress) and not isinstance(progress, bool):
        raise TypeError(f"progress must be True, False or a function of (frames done, frames in all); got {progress!r}")

    def at(frame: int, quarters: int) -> tuple[Face, ...]:
        return look(clip.frames[frame], minimum, detector, quarters, coarse=not exact)

    places = np.flatnonzero(clip.usable()).tolist()
    probes = places[:: -(-len(places) // PROBES) or 1]
    seen: dict[int, tuple[Face, ...]] = {}
    asked = turn
    if turn is None:
        turn, known = upright([partial(at, frame) for frame in probes], detector)
        seen = dict(zip(probes, known, strict=True)) if turn == 0 else {}
    faces: list[tuple[Face, ...]] = [()] * len(clip)
    with _reported(progress, clip) as step:
        if exact:
            for frame in places:
                faces[frame] = seen[frame] if frame in seen else at(frame, turn)
                step()
        else:
            from ferviz.following import follow

            standing = follow(lambda frame: turned(clip.frames[frame], turn), clip.usable(), minimum, EVERY, seen, step)
            faces = [tuple(as_it_lies(face, turn, clip.height, clip.width) for face in some) for some in standing]
    if not any(faces):
        raise NoFaceError(*nothing_found(clip, minimum, detector, asked))
    return Found(clip, tuple(faces), turn, detector, minimum, exact)


def find_faces(
    clip: Clip,
    model: object = None,
    *,
    size: int | None = None,
    margin: float | None = None,
    align: Align | None = None,
    track: bool = True,
    interpolation: Interpolation | None = None,
    detector: Detector = "mtcnn",
    minimum: float | None = None,
    follow: Follow = "largest",
    turn: int | None = None,
    exact: bool | None = None,
    progress: Progress = True,
) -> Clip:
    """Cut one face out of a clip.

    The face followed is the one that ``follow`` means; its neighbours are in ``others``. Faces are linked by place,
    size and movement, see `ferviz.tracking`. Each frame's box is used as it was found: nothing is smoothed or filled in
    over time. Frames that already lay in a gap are not searched. `search` gives all faces first, to choose from.

    Parameters
    ----------
    clip : Clip
        With at least one frame.
    model : Model, optional
        That the faces are for: they are cut as those were that it learned from (its ``crop``).
    size : int
        Side of the square face pictures, in pixels: the model's, or 112.
    margin : float
        What is added around the face on *each* side, as a share of the box's width or height: 0.25 makes a box of 100
        pixels 150. 0 to 2: the model's, or 0.25.
    align : {"box", "similarity"}
        ``"box"`` cuts the box out, grown by ``margin`` and made square about its centre. ``"similarity"`` turns, scales
        and shifts the picture so that the five points come to lie on a template as well as they can (eyes level), which
        shrinks about its centre as ``margin`` grows. Beyond the picture is black. The model's, or ``"box"``.
    track : bool
        False takes the largest face of each frame by itself, whoever it is.
    interpolation : {"nearest", "bilinear", "bicubic"}
        The model's, or ``"bilinear"``.
    detector, minimum
        As in `detect`.
    follow : {"largest"}, int, (x, y), (left, top, right, bottom) or Face
        Which face to follow where there are several. "largest" is the one whose boxes' sides add up to the most over
        the clip, so large and long. A whole number counts from the left, from 0, in the first frame that shows the most
        faces; -1 is the rightmost. A point means the face that lies there, in the first frame where one does; a box,
        or a face from ``others``, the face that it covers best in any frame. With ``track=False`` each frame is asked
        by itself.
    turn : 0, 1, 2 or 3, optional
        Quarter turns, counter-clockwise, that stand the clip upright, the same for all frames. None looks at the clip
        as it is, and tries the other three by the rule of `detect`, on up to 8 of its frames.
    exact : bool, optional
        True searches every frame in full. False searches now and then, and follows the faces in between (see
        `ferviz.following`): much quicker, with boxes a few per cent off; only MTCNN can. None is True for clips of
        fewer than 100 frames, and with the LBP cascade.
    progress : bool or function of (frames done, frames in all)
        True shows a bar where the frames have more than 50 million pixels together.

    Returns
    -------
    Clip
        Frames (T, size, size, 3) with ``crop`` (whose ``turn`` says by how many quarter turns the clip was stood
        upright), ``boxes`` (T, 4) of the followed face in the source's pixels and its ``points`` (T, 5, 2) in the
        crop's (both NaN in gaps), ``others`` and ``gaps``. Frames in gaps are black. Times, sound, labels and gaps that
        were there stay; the truth is moved along (in gaps as in the nearest usable frame).

    Raises
    ------
    NoFaceError
        When no frame has a face.
    TypeError, ValueError
        Naming the argument, what came and what would fit; also when the clip has no frames or is a face crop already.
    """
    _check_clip(clip)
    own = _crop_of(model)
    size = own.size if size is None else size
    margin = own.margin if margin is None else margin
    align = own.align if align is None else align
    interpolation = own.interpolation if interpolation is None else interpolation
    flag("track", track)
    _check_cut(detector, size, margin, align, interpolation)
    check_follow(follow)
    found = search(clip, detector=detector, minimum=minimum, turn=turn, exact=exact, progress=progress)
    return found.cut(follow, size=size, margin=margin, align=align, track=track, interpolation=interpolation)


@contextmanager
def _reported(progress: Progress, clip: Clip) -> Iterator[Callable[[], object]]:
    """What to call once a frame: a bar, or the function that was given."""
    count = int(clip.usable().sum())
    if callable(progress):
        done = iter(range(1, count + 1))
        yield lambda: progress(next(done), count)
        return
    quiet = not progress or clip.frames[..., 0].size < SLOW
    with tqdm(total=count, unit="frame", desc="finding faces", leave=False, disable=quiet) as bar:
        yield bar.update


def _check_clip(clip: Clip) -> None:
    check_clip(clip)
    if not len(clip):
        raise ValueError(f"clip must have frames; {clip.source} is sound alone")
    if clip.crop is not None:
        raise ValueError(f"clip must be a whole picture; {clip.source} is cut to a face already ({clip.crop})")


def _crop_of(model: object) -> Crop:
    if model is None:
        return Crop(size=112, margin=0.25, align="box")
    crop = getattr(model, "crop", None)
    if isinstance(crop, Crop):
        return crop
    raise TypeError(
        f"model must be one that says how its faces were cut (a ferviz Model with crop); got {type(model).__name__}: "
        "give size, margin and align instead"
    )


def _check_cut(detector: Detector, size: int, margin: float, align: Align, interpolation: Interpolation) -> Crop:
    if align == "similarity" and detector == "lbp":
        raise ValueError("align='similarity' needs five points, which detector='lbp' does not give; take 'mtcnn'")
    return check_crop(size, margin, align, interpolation)


def _check_exact(exact: bool | None, clip: Clip, detector: Detector) -> bool:
    if exact is None:
        return len(clip) < LONG or detector == "lbp"
    if not isinstance(exact, bool):
        raise TypeError(f"exact must be True, False or None; got {exact!r:.200}")
    if not exact and detector == "lbp":
        raise ValueError("exact=False needs MTCNN, whose last networks follow a face; detector='lbp' has none")
    return exact
