"""An environment filled with what a package asks for from that of the tests, where pip would unpack a gigabyte."""

from __future__ import annotations

import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Named = dict[tuple[str, str], Distribution]


def brought(requirements: Iterable[str], extra: str = "", found: Named | None = None) -> Named:
    """What requirements bring with all that these ask for in turn: name and extra → distribution.

    Raises PackageNotFoundError for one that is not installed.
    """
    found = {} if found is None else found
    for one in map(Requirement, requirements):
        for key in ((canonicalize_name(one.name), told) for told in ("", *one.extras)):
            if key not in found and (one.marker is None or one.marker.evaluate({"extra": extra})):
                found[key] = distribution(one.name)
                brought(found[key].requires or (), key[1], found)
    return found


def link(requirements: Iterable[str], environment: Path, site: Path, python: Path) -> None:
    """Put what requirements bring, and nothing else, into an environment.

    What is imported becomes links: to whole folders, where nothing else has a part in them. Programs, which get the
    environment's Python, and data are copied, for a test may change them.
    """
    owners = defaultdict(set)
    for one in distributions():
        name = canonicalize_name(one.name)  # read anew from a file whenever it is asked for
        for file in one.files or ():
            owners[file.parts[0]].add(name)
    found = brought(requirements)
    names = {name for name, _ in found}
    for one in {name: one for (name, _), one in found.items()}.values():
        files = [file for file in one.files or () if "__pycache__" not in file.parts]
        for file in (file for file in files if file.parts[0] == ".."):
            source = Path(os.path.normpath(one.locate_file(file)))
            _copy(source, environment / source.relative_to(sys.prefix), python)
        inside = (file for file in files if file.parts[0] != "..")
        for part in {file.parts[0] if owners[file.parts[0]] <= names else str(file) for file in inside}:
            (site / part).parent.mkdir(parents=True, exist_ok=True)
            if not (site / part).is_symlink():
                (site / part).symlink_to(one.locate_file(part))


def _copy(source: Path, target: Path, python: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
    content = source.read_bytes()
    if content.startswith(b"#!"):
        target.write_bytes(b"#!" + os.fsencode(python) + b"\n" + content.partition(b"\n")[2])
