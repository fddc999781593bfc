"""Print the path of a Chromium for the browser tests; where there is none, install it with the system's own packages.

``CHROMIUM=`` names another. Where installing is not allowed, one line says what to do and the exit status is 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
PLACES = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
]
MANAGERS = {
    "apt-get": [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]],
    "dnf": [["dnf", "install", "-y", "-q", "chromium"]],
    "pacman": [["pacman", "-S", "--noconfirm", "chromium"]],
    "brew": [["brew", "install", "--quiet", "--cask", "chromium"]],
}


def find() -> str | None:
    """Return the path of a Chromium or Chrome, None if there is none.

    Raises
    ------
    FileNotFoundError
        If ``CHROMIUM`` names a file that is not there.
    """
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        path = shutil.which(chosen)
        if path is None:
            raise FileNotFoundError(f"CHROMIUM names no program: {chosen}")
        return path
    found = [path for name in NAMES if (path := shutil.which(name))]
    return next(iter([*found, *(place for place in PLACES if Path(place).is_file())]), None)


def install() -> None:
    """Install Chromium with the first package manager there is, if that needs no password."""
    manager = next((name for name in MANAGERS if shutil.which(name)), None)
    if manager is None:
        return
    before = _rights(manager)
    if before is None:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in MANAGERS[manager]:
        print("ferviz: " + " ".join([*before, *command]), file=sys.stderr)
        subprocess.run([*before, *command], stdout=sys.stderr, stdin=subprocess.DEVNULL, env=environment, check=False)


def _rights(manager: str) -> list[str] | None:
    """Return what to put before a command: nothing for root or Homebrew, sudo where it asks nothing, else None."""
    if manager == "brew" or os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def main() -> int:
    try:
        path = find()
        if path is None:
            install()
            path = find()
    except FileNotFoundError as error:
        print(f"ferviz: {error}", file=sys.stderr)
        return 1
    if path is None:
        print(
            "ferviz: the browser tests need Chromium, which may not be installed from here: install the package "
            "'chromium' (or Google Chrome), or name one with CHROMIUM=/path/to/chromium",
            file=sys.stderr,
        )
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
