"""Explorers that look at a picture or a clip: a bundled sample, or somebody's own, which no notebook saves.

One function says what a source is, for all of them: `open_source`. One class does with it what all of them do: it finds
the faces of each source once and looks at the one that is chosen, holds one's own apart from what a saved notebook
keeps, and brings the sample back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from ferviz.clip import Clip
from ferviz.explorers.shared.base import Explorer
from ferviz.explorers.shared.faces import Source, SourceState, check_face
from ferviz.explorers.shared.state import WrongKindError
from ferviz.explorers.shared.words import called
from ferviz.gallery import sample, samples
from ferviz.media import load_clip

__all__ = ["MAX_FRAMES", "MAX_SIDE", "OWN", "SourceExplorer", "open_source"]

MAX_FRAMES, MAX_SIDE = 64, 960
"""What is kept of a file or an upload: enough to look at, and little enough to stay quick."""
FITS = "a sample's name, a path, bytes, a file opened with 'rb', an upload, a numpy array, a PIL image or a Clip"
"""What an explorer takes, for errors."""
OWN = ""
"""What the state calls a source that is a person's own: never its name, and never its pixels."""


def open_source(given: object, name: str, *, others: Sequence[str] = ()) -> str | Clip:
    """What was given to an explorer: the name of a bundled sample as it is, anything else as a clip of one's own.

    Parameters
    ----------
    given : str, path, bytes, open file, upload, array, PIL image or Clip
        A string that names no sample is the path of a file. A PIL image is taken as it stands: of several frames the
        one that it is at. All but a `Clip` are read by `ferviz.load_clip`, 64 frames of 960 pixels at most.
    name : str
        What the argument is called, for errors.
    others : sequence of str
        Names beside those of the samples.

    Raises
    ------
    TypeError
        For anything else.
    FileNotFoundError
        For a string or path that is neither a sample nor a file.
    ferviz.media.ClipError, ValueError
        For what `load_clip` cannot read.
    """
    names = [*others, *(one.name for one in samples())]
    if isinstance(given, str) and given == OWN:
        raise ValueError(f"{name} must be {', '.join([*map(repr, others), FITS])}; got an empty string")
    if isinstance(given, str) and given in names:
        return given
    if isinstance(given, Clip):
        return given
    if isinstance(given, Image.Image):
        given = _as_it_stands(given)
    readable = isinstance(given, str | os.PathLike | bytes | bytearray | memoryview | np.ndarray | Image.Image)
    if not readable and not hasattr(given, "read") and not (isinstance(given, Mapping) and "content" in given):
        raise TypeError(f"{name} must be {', '.join([*map(repr, others), FITS])}; got {type(given).__name__}")
    try:
        with called(name, within="source"):
            return _read(given)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{error}; {name} may also be a sample: {', '.join(names)}") from error


def _read(given: Any) -> Clip:
    # "exact": a short clip often has one key frame, and would come as one picture
    return load_clip(given, max_frames=MAX_FRAMES, max_side=MAX_SIDE, seek="exact")


def _as_it_stands(image: Image.Image) -> Image.Image:
    """Of an animated picture the frame that it is at, alone."""
    return image.copy() if getattr(image, "is_animated", False) else image


class SourceExplorer(Explorer):
    """An explorer of one source at a time, and of one face in it. A subclass says how to `look` at it, what `sheet` the
    browser gets, and how to `describe_view`; which face that is, is said and chosen here.

    Its state is a `SourceState` with a field, ``clip`` unless ``FIELD`` says otherwise, that names the source: a
    sample, or `OWN`. ``compute`` asks `looked` for what `look` made of it, and never holds anything of a source itself.

    Parameters
    ----------
    source : str, path, bytes, open file, upload, array, PIL image or Clip
        As in `open_source`. Whatever is no bundled sample is treated like an upload: it is shown, and not saved.
    **state
        Fields of the state but the source.
    """

    ACCEPT = "image/*,video/*"
    FIELD = "clip"
    OTHERS: ClassVar[tuple[str, ...]] = ()  # sources that have a name and are no sample
    FRESH: ClassVar[Mapping[str, Any]] = {}  # fields of the state that another source or face sets back
    COMMON: ClassVar[tuple[str, ...]] = ()  # fields that hold for the saved sample beside one's own, too

    def __init__(self, source: object, *, large: bool = False, **state: Any) -> None:
        state = self._fitting(state)
        opened = open_source(source, self.FIELD, others=self.OTHERS)
        self._sources: dict[str, Source] = {}
        self._looks: dict[tuple[str, int], Any] = {}
        self._uploads, self._come, self._sheets = 0, 0, 1  # `_come` counts those that were refused, too
        own = isinstance(opened, Clip)
        if isinstance(opened, Clip):
            self._sources[OWN] = Source(self.searched(opened))
            self._look_at(OWN, state.get("face", 0))  # before any widget is made: nothing is left behind by an error
        self._sample = str(getattr(self.State, self.FIELD)) if own else str(opened)
        self._shown = (self._sample, 0)
        first = {name: value for name, value in state.items() if not own or name in self.COMMON}
        super().__init__(large=large, **{self.FIELD: self._sample}, **first)
        self._publish_sheet()
        if own:
            # somebody's own comes second, so that the traits, which a notebook saves, hold the bundled sample
            self._begin({**state, self.FIELD: OWN})

    # ---- what a subclass says ---------------------------------------------------------------------------------------

    def look(self, source: Source, face: int) -> Any:
        """Cut one face out, run what is run once. Raises in words for what does not fit, and changes nothing."""
        raise NotImplementedError(f"{type(self).__name__} must look at a face")

    def sheet(self) -> dict[str, Any]:
        """What the browser gets of the source, once."""
        raise NotImplementedError(f"{type(self).__name__} must say what the browser gets of a clip")

    def describe_view(self) -> str:
        """What the view shows, in a sentence or two; which face that is, `describe` adds."""
        raise NotImplementedError(f"{type(self).__name__} must describe its view")

    def named(self, clip: Clip) -> str:
        """What a sheet, and with it a page, says of where a clip comes from: never the name of one's own file."""
        return "your own clip" if self.source == OWN else clip.source

    def searched(self, clip: Clip) -> Clip:
        """What of a clip is looked through for faces: all of it."""
        return clip

    # ---- what a person calls ----------------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The name of the sample that is shown; `OWN` for one's own."""
        return str(getattr(self._state, self.FIELD))

    def take(self, source: object) -> None:
        """Look at another source, of any kind that the explorer itself takes.

        Raises
        ------
        TypeError, FileNotFoundError, ValueError
            As in `open_source`; also when it holds no face. What was shown stays.
        """
        opened = open_source(source, self.FIELD, others=self.OTHERS)
        if isinstance(opened, str):
            self._move({self.FIELD: opened})
        else:
            self._take_own(opened)
        self._answer()

    # ---- what the base asks -----------------------------------------------------------------------------------------

    def looked(self, state: SourceState | None = None) -> Any:
        """What `look` made of the face that a state chooses, else the present one: made once. None for `OTHERS`.

        Raises
        ------
        TypeError, ValueError
            When there is no such source, or no such face in it.
        """
        state = self._state if state is None else state
        return self._look_at(str(getattr(state, self.FIELD)), state.face)

    def _look_at(self, name: str, face: int) -> Any:
        source = self._source(name)
        check_face(face, source)
        if source is not None and (name, face) not in self._looks:
            self._looks[name, face] = self.look(source, face)
        return self._looks.get((name, face))

    def _source(self, name: str) -> Source | None:
        if name in self.OTHERS:
            return None
        if name not in self._sources:
            if name == OWN:
                fits = " or ".join(["a sample's name", *map(repr, self.OTHERS)])
                raise ValueError(f"{self.FIELD} must be {fits}: there is no picture of your own yet")
            self._sources[name] = Source(self.searched(sample(name)))
        return self._sources[name]

    def describe(self) -> str:
        source = self._source(self.source)
        said = (self.describe_view(), source.words(self._state.face) if source else "")
        return " ".join(filter(None, said))

    def arguments(self) -> list[str]:
        return ["clip" if self.private else repr(self.source), *super().arguments()]

    def actions(self) -> dict[str, Callable[[], None]]:
        return {**super().actions(), "sample": lambda: self._move({self.FIELD: self._sample})}

    def opened(self, data: bytes, name: str) -> None:
        """Take an upload in as one's own. Raises ValueError when it holds no face, or cannot be read."""
        self._take_own(_read(data))

    def _fitting(self, given: Any) -> dict[str, Any]:
        source = given.get(self.FIELD, "") if isinstance(given, Mapping) else ""
        if not isinstance(source, str):
            fits = " or ".join(["a sample's name", *map(repr, self.OTHERS)])
            got = f"got {source!r:.80}"
            raise WrongKindError(f"{self.FIELD} must be {fits}, and take() looks at everything else; {got}")
        names = [*self.OTHERS, *(one.name for one in samples())]
        if source != OWN and source not in names:
            raise ValueError(f"{self.FIELD} must be one of {', '.join(names)}; got {source!r:.80}")
        return super()._fitting(given)

    def _take_own(self, clip: Clip) -> None:
        earlier = self._sources, self._looks, self._uploads
        self._sources = {**self._sources, OWN: Source(self.searched(clip))}
        self._looks = {key: looked for key, looked in self._looks.items() if key[0] != OWN}
        self._uploads = self._come = self._come + 1  # a number that no other has had: things are kept by it
        try:
            self._move({self.FIELD: OWN})
        except Exception:
            self._sources, self._looks, self._uploads = earlier
            raise

    def _move(self, changes: Mapping[str, Any], *, anew: bool = False) -> None:
        name = changes.get(self.FIELD, self.source)
        other = anew or (name, self._uploads if name == OWN else 0) != self._shown
        face = changes.get("face", 0 if other else self._state.face)
        anew = other or face != self._state.face
        if anew:
            changes = {**self.FRESH, **changes, "face": face}
        super()._move(changes, anew=anew)
        if anew:
            self._present()

    def _present(self) -> None:
        name = self.source
        self._shown = (name, self._uploads if name == OWN else 0)
        self.private = self.foot.own = name == OWN
        self._unsaved.clear()  # what was one's own goes with it, before the sample is answered
        self._sample = name or self._sample
        self._sheets += 1  # told apart from the sheet before, so that coming back to the sample is a change
        self._publish_sheet()

    def _publish_sheet(self) -> None:
        whose = {"own": self.private, "held": OWN in self._sources, "turn": self._sheets}
        source = self._source(self.source)
        faces = source.told(self._state.face) if source else {"words": ""}
        self.publish("picture", {**self.sheet(), "faces": faces, **whose})
