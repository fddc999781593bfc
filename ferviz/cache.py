"""The one folder where ferviz keeps what it fetched or made."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Return ferviz's cache folder; it need not exist yet.

    Returns
    -------
    Path
        The absolute folder named by the environment variable ``FERVIZ_HOME`` (a leading ``~`` is the home folder),
        else the platform's cache folder for ferviz (``~/.cache/ferviz`` on Linux). Nothing is created.
    """
    chosen = os.environ.get("FERVIZ_HOME", "").strip()
    if chosen:
        try:
            return Path(chosen).expanduser().absolute()
        except RuntimeError:  # nobody has such a home: the name stays, as a shell leaves it
            return Path(chosen).absolute()
    return Path(platformdirs.user_cache_dir("ferviz", appauthor=False))
