"""The data that travels inside the package, and the manifest that tells whether it is whole."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

__all__ = ["MANIFEST", "PACKAGE", "bundled_files", "damaged_files", "digest", "read_manifest"]

PACKAGE = Path(__file__).resolve().parent
MANIFEST = PACKAGE / "assets" / "manifest.json"
TEXT = {".json", ".txt", ".md"}


def bundled_files(package: Path = PACKAGE) -> list[str]:
    """Return the names, relative to ``package``, of all assets and files of arrays, sorted; the manifest left out.

    Scripts and styles are code: git knows them in a checkout, and pip's record in an installation.
    """
    found = [*(package / "assets").rglob("*"), *package.rglob("*.npz")]
    names = {path.relative_to(package).as_posix() for path in found if path.is_file() and path.suffix != ".part"}
    return sorted(names - {"assets/manifest.json"})


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal; in text files a Windows line end counts as a plain one."""
    content = path.read_bytes()
    if path.suffix in TEXT:
        content = content.replace(b"\r\n", b"\n")
    return hashlib.sha256(content).hexdigest()


def read_manifest(path: Path = MANIFEST) -> dict[str, str]:
    """Return name → SHA-256 of every bundled file.

    Raises
    ------
    FileNotFoundError
        If the manifest is missing.
    ValueError
        If it is not a JSON object of names and hashes.
    """
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:  # bad JSON or bad UTF-8; nested too deep
        raise ValueError(f"{path} is not JSON ({error})") from None
    if not isinstance(manifest, dict) or not all(isinstance(value, str) for value in manifest.values()):
        raise ValueError(f"{path} must be one JSON object of names and hashes")
    return manifest


def damaged_files(package: Path = PACKAGE) -> dict[str, str]:
    """Return name → "missing" or "changed" for every file that is not what the manifest says; empty when all is well.

    Raises
    ------
    FileNotFoundError, ValueError
        As `read_manifest`.
    """
    damaged = {}
    for name, expected in read_manifest(package / "assets" / "manifest.json").items():
        path = package / name
        if not path.is_file():
            damaged[name] = "missing"
        elif digest(path) != expected:
            damaged[name] = "changed"
    return damaged
