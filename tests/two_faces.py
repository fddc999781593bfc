"""A photo and a film of two people: the astronaut, large on the right, and a smaller synthetic head on the left."""

from __future__ import annotations

import numpy as np
from PIL import Image

import ferviz
from ferviz.clip import Clip

__all__ = ["film_of_two", "photo_of_two"]


def photo_of_two(left: np.ndarray | None = None, right: bool = True) -> np.ndarray:
    """One picture (320, 560, 3): two bundled samples side by side; ``left`` is another head of 112 × 112 pixels."""
    picture = np.full((320, 560, 3), 128, np.uint8)
    picture[104:216, 54:166] = ferviz.sample("sadness-still").frames[0] if left is None else left
    if right:
        head = Image.fromarray(ferviz.sample("astronaut").frames[0][10:230, 115:335])
        picture[10:310, 240:540] = head.resize((300, 300), Image.Resampling.BILINEAR)
    return picture


def film_of_two(frames: int = 6) -> Clip:
    """The smaller head moves its face and stays; the larger one is gone from the middle of the film on."""
    heads = ferviz.sample("surprise-moving").frames[-frames:]
    pictures = [photo_of_two(head, right=place < frames // 2) for place, head in enumerate(heads)]
    return Clip(np.stack(pictures), np.arange(frames) / 10, source="two")
