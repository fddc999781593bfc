"""Films of synthetic people who move about in one picture: what a search for faces is measured and tested with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from ferviz.clip import Clip
from ferviz.faces import facts, sample_expression, sample_person
from ferviz.faces.expression import settle
from ferviz.faces.render import render
from ferviz.faces.scene import Camera, Scene

SIDE = 240  # pixels of a drawn head with its neck, of which the face is about two thirds
Path = Callable[[float], tuple[float, float, float] | None]


@dataclass(frozen=True)
class Walker:
    """One person: ``path`` gives, at a time in seconds, the middle (x, y) of the drawn head and its side in pixels, or
    None while the person is away."""

    seed: int
    path: Path
    emotion: str = "happiness"


def crowd(walkers: Sequence[Walker], frames: int, size: tuple[int, int], fps: float = 25.0, seed: int = 0) -> Clip:
    """A film (height, width) of the walkers, the first one behind the others, before a soft pattern with noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    wall = 120 + 40 * np.sin(columns / 90 + 0.3) + 30 * np.cos(rows / 70)
    wall = np.clip(wall[..., None] + [8, 0, -8] + rng.normal(0, 5, (*size, 3)), 0, 255).astype(np.uint8)
    film = np.repeat(wall[None], frames, 0)
    for walker in walkers:
        head = _head(walker)
        for frame in range(frames):
            place = walker.path(frame / fps)
            if place is not None:
                _paste(film[frame], *head(frame / fps), *place)
    return Clip(film, np.arange(frames) / fps, source="crowd")


def _head(walker: Walker) -> Callable[[float], tuple[np.ndarray, np.ndarray]]:
    """The picture (S, S, 3) and the mask (S, S) of a person at a time."""
    rng = np.random.default_rng(walker.seed)
    person = sample_person(rng)
    shown = sample_expression(rng, walker.emotion, None, person.manner)
    scene = Scene(camera=Camera(crop=2.0))
    view = render(person, settle(shown.rest), scene, 16, "fast").view

    def at(time: float) -> tuple[np.ndarray, np.ndarray]:
        turned = replace(scene, yaw=14 * np.sin(1.7 * time + walker.seed), roll=6 * np.sin(0.9 * time))
        drawn = render(person, settle(shown.rest + shown.push * np.sin(time) ** 2), turned, SIDE, "fast", view)
        return drawn.image, facts(drawn, drawn).regions > 0

    return at


def _paste(frame: np.ndarray, head: np.ndarray, mask: np.ndarray, x: float, y: float, side: float) -> None:
    """Put a head on the picture, scaled to ``side``; what leaves the picture is cut off."""
    whole = round(side)
    small = [np.asarray(Image.fromarray(a).resize((whole, whole), Image.Resampling.BILINEAR)) for a in (head, mask)]
    left, top = round(x - side / 2), round(y - side / 2)
    inner = np.s_[max(top, 0) : max(top + whole, 0), max(left, 0) : max(left + whole, 0)]
    target = frame[inner]
    rows, columns = max(-top, 0), max(-left, 0)
    part = np.s_[rows : rows + target.shape[0], columns : columns + target.shape[1]]
    target[small[1][part]] = small[0][part][small[1][part]]
