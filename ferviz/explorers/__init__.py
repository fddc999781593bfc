"""The interactive pieces: a folder each, and `shared`, whose `base` says how to write one.

An explorer's class is called what a person calls it, without *Explorer*; the bases to write one with end in it.
"""

import warnings
from typing import Any

import lazy_loader as lazy

_find, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
_OLD = {"PatchExplorer": "Patch", "CropExplorer": "CropLab", "MasksExplorer": "Masks"}


def __getattr__(name: str) -> Any:
    if name in _OLD:
        said = f"ferviz.explorers.{name} is called {_OLD[name]} now; the old name goes with the next version"
        warnings.warn(said, DeprecationWarning, stacklevel=2)
        name = _OLD[name]
    return _find(name)
