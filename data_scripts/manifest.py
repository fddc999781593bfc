"""Write ferviz/assets/manifest.json: the hash of every bundled file. Run it after a change to an asset."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ferviz.bundle import MANIFEST, PACKAGE, bundled_files, digest


def manifest_text(package: Path = PACKAGE) -> str:
    """Return what the manifest must hold for the files as they are."""
    return json.dumps({name: digest(package / name) for name in bundled_files(package)}, indent=1) + "\n"


if __name__ == "__main__":
    part = MANIFEST.with_suffix(".part")
    part.write_text(manifest_text(), "utf-8", newline="\n")
    os.replace(part, MANIFEST)
    print(f"{MANIFEST.name}: {len(bundled_files())} files")
