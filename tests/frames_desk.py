"""What the tests of the explorer Frames share: bundled clips that are looked at once, and a browser's messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest
import torch

import ferviz
from ferviz.clip import Clip
from ferviz.explorers import Frames
from ferviz.explorers.frames import explorer as module
from ferviz.explorers.shared.faces import Source


@contextmanager
def looked_at_once() -> Iterator[None]:
    """The bundled clips are opened, their faces found and their features computed once for all tests of a file."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("find_film", "guests"):
            patch.setattr(f"ferviz.explorers.frames.explorer.{name}", cache(getattr(module, name)))
        patch.setattr("ferviz.explorers.shared.source.sample", cache(ferviz.sample))
        patch.setattr("ferviz.explorers.shared.source.Source", cache(Source))
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(threads)


def wish(explorer: Frames, **changes: object) -> None:
    """What the browser sends when a person changes something."""
    explorer._received(explorer.stage, {"wish": changes, "client": "me", "sequence": 1}, [])


def act(explorer: Frames, name: str) -> None:
    """What the browser sends when a person presses a button."""
    explorer._received(explorer.stage, {"act": name}, [])


def sent(explorer: Frames) -> list[tuple[dict, list]]:
    """The list to which all later messages to the browser are added."""
    messages: list[tuple[dict, list]] = []
    for part in (explorer.stage, explorer.foot):
        part.send = lambda content, buffers=None: messages.append((content, list(buffers or [])))
    return messages


def own_clip(count: int = 3) -> Clip:
    """A clip of faces that is not bundled: a sample, mirrored."""
    clip = ferviz.sample("sadness-moving")
    pictures = np.ascontiguousarray(clip.frames[-count:, :, ::-1])
    return Clip(pictures, np.arange(count) / 10, crop=clip.crop, source="mine")
