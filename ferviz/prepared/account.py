"""What becomes of each item of a source: input = used + left out, and nothing is passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

__all__ = ["PICTURES", "Account", "is_junk", "visible"]

PICTURES = tuple(".png .jpg .jpeg .jpe .jfif .bmp .gif .tif .tiff .webp .avif .heic".split())
"""Suffixes of files that are pictures, whether they can be read here or not."""

JUNK = "hidden, or left by an operating system"
_JUNK = {"system volume information", "icon\r"}.union(
    "thumbs.db ehthumbs.db desktop.ini picasa.ini __macosx $recycle.bin #recycle @eadir lost+found".split()
)
_USED, _TABLE = "", "a table"  # no reason may be one of these


def is_junk(path: Path) -> bool:
    """Whether a file or folder is hidden, or one that an operating system leaves."""
    return path.name.startswith(".") or path.name.casefold() in _JUNK


def visible(folder: Path) -> list[Path]:
    """What stands in a folder, in order, without `is_junk`."""
    return sorted(path for path in folder.iterdir() if not is_junk(path))


class Account:
    """Every file below a folder, or every row of a table, and what became of it.

    Parameters
    ----------
    source : Path
        A folder, whose files are taken in at once, links followed; or a file, whose rows come with `enter`.

    Raises
    ------
    ValueError
        When a link leads nowhere or back to a folder above it, or something is no file.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self._fate: dict[Path | str, str | None] = {}
        self._beside = {JUNK}
        if not source.is_dir():
            self._fate[source] = _TABLE
            return
        for path in _files(source, frozenset()):
            junk = any(map(is_junk, [path, *_between(path, source)]))
            self._fate[path] = JUNK if junk else None

    def enter(self, item: str) -> str:
        """Take in a row; gives it back."""
        if item in self._fate:
            raise ValueError(f"{self.source}: {item} comes twice")
        self._fate[item] = None
        return item

    def use(self, item: Path | str) -> None:
        """Say that an item is used. Raises ValueError when it is settled already, or was never taken in."""
        self._settle(item, _USED)

    def leave(self, item: Path | str, reason: str) -> None:
        """Say that an item is left out, and why. Raises ValueError like `use`."""
        self._settle(item, reason)

    def table(self, path: Path) -> None:
        """Say that a file lists items: those are counted, not the list. A list beside the source counts nowhere."""
        mine = (item for item in self._fate if isinstance(item, Path) and item.resolve() == path.resolve())
        item = path if path in self._fate else next(mine, None)
        if item is not None and self._fate[item] != _TABLE:
            self._settle(item, _TABLE)

    def _settle(self, item: Path | str, fate: str) -> None:
        found = self._fate.get(item, "never taken in")
        if found is not None:
            what = {_USED: "used already", _TABLE: "a table"}.get(found, found)
            raise ValueError(f"{item} may be used or left out once; it is {what}")
        self._fate[item] = fate

    def open(self, folder: Path | None = None) -> list[Path]:
        """The files that are not settled, of a folder or of all."""
        paths = [item for item, fate in self._fate.items() if fate is None and isinstance(item, Path)]
        return paths if folder is None else [path for path in paths if path.is_relative_to(folder)]

    def leave_rest(self, reason: str) -> None:
        """Leave out all files that are not settled, as `beside` the data."""
        self._beside.add(reason)
        for path in self.open():
            self.leave(path, reason)

    def close(self, data: Collection[str], what: str, expected: str) -> None:
        """Leave out the files that are no data, as `beside` it, and make sure that nothing is open.

        Parameters
        ----------
        data : suffixes
            Of the files that must not be left out for want of a place.
        what : str
            What the others are not: "picture".
        expected : str
            The layout that would fit.

        Raises
        ------
        ValueError
            When items are neither used nor left out, naming some.
        """
        self._beside.add(f"no {what}")
        for path in self.open():
            if path.suffix.casefold() not in data:
                self.leave(path, f"no {what}")
        still = [item for item, fate in self._fate.items() if fate is None]
        if still:
            names = ", ".join(str(i.relative_to(self.source) if isinstance(i, Path) else i) for i in still[:3])
            raise ValueError(
                f"{self.source} holds {len(still)} of which the place is not known ({names}"
                f"{' …' if len(still) > 3 else ''}): move them away, or rename their folders. It must hold {expected}"
            )

    @property
    def left_out(self) -> Counter[str]:
        """Reason → how many."""
        return Counter(fate for fate in self._fate.values() if fate not in (None, _USED, _TABLE))

    @property
    def beside(self) -> Counter[str]:
        """The part of ``left_out`` that says nothing of the data: what makes no other set when it is taken away."""
        return Counter({reason: count for reason, count in self.left_out.items() if reason in self._beside})

    @property
    def used(self) -> int:
        """How many items are used."""
        return sum(fate == _USED for fate in self._fate.values())

    @property
    def input(self) -> int:
        """How many items came, lists not counted."""
        return sum(fate != _TABLE for fate in self._fate.values())

    def sources(self) -> dict[str, Path]:
        """The files that were read, by their names below the source."""
        paths = [item for item, fate in self._fate.items() if fate in (_USED, _TABLE) and isinstance(item, Path)]
        return {path.relative_to(self.source).as_posix() if path != self.source else path.name: path for path in paths}

    def told(self) -> dict[str, Any]:
        """The account in JSON's terms: ``input`` is ``used`` and the sum of ``left_out``."""
        return {"input": self.input, "used": self.used, "left_out": dict(sorted(self.left_out.items()))}


def _between(path: Path, top: Path) -> list[Path]:
    """The folders between a file and the top, without the top."""
    return [folder for folder in path.parents if folder != top and folder.is_relative_to(top)]


def _files(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:
        raise ValueError(f"{folder} is a link that leads back to {real}; take it away")
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _files(path, above | {real})
        elif path.is_file() or is_junk(path):
            yield path
        else:
            raise ValueError(f"{path} must be a file or a folder; it is a link to nothing, or a device")
