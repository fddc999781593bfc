"""What lies behind and over the picture: backgrounds, patches, and the faults of a camera."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ferviz.faces.appearance.colour import linear
from ferviz.faces.appearance.noise import power_noise
from ferviz.faces.cover import Cover
from ferviz.faces.scene import Background, Camera

__all__ = ["paint_background", "paint_patch", "take"]

Floats = npt.NDArray[np.float32]


def _places(size: int) -> tuple[Floats, Floats]:
    """X and y of each pixel's centre, 0 to 1: (size, size) each."""
    line = ((np.arange(size) + 0.5) / size).astype(np.float32)
    return np.meshgrid(line, line)


def paint_background(background: Background, size: int) -> Floats:
    """Linear light (size, size, 3)."""
    rng = np.random.default_rng([background.seed, 1])
    x, y = _places(size)
    first, second = linear(background.colours[0]), linear(background.colours[1])
    picture = np.empty((size, size, 3), np.float32)
    picture[:] = first
    if background.kind == "gradient":
        turn = rng.uniform(0, 2 * np.pi)
        share = np.clip(0.5 + (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn), 0, 1)[..., None]
        picture += share * (second - first)
    if background.kind == "shapes":
        for _ in range(int(rng.integers(2, 9))):
            cx, cy, width, height = rng.uniform((0, 0, 0.03, 0.05), (1, 1, 0.4, 0.5))
            box = (abs(x - cx) < width) & (abs(y - cy) < height)
            ball = np.hypot(x - cx, (y - cy) * rng.uniform(0.6, 1.6)) < 0.7 * width
            tint = second * rng.uniform(0.3, 1.3) + 0.25 * linear(rng.uniform(0, 1, 3))
            picture[box if rng.random() < 0.5 else ball] = tint
        picture = ndimage.gaussian_filter(picture, (background.blur * size, background.blur * size, 0))
    if background.texture > 0:
        clouds = power_noise(rng, 128, 128, float(rng.choice([1.6, 2.4, 3.2])))
        large = ndimage.zoom(clouds, size / 128, order=1, mode="grid-wrap")[:size, :size]
        picture *= np.exp(background.texture * large)[..., None]
    return np.clip(picture, 0, 1.5).astype(np.float32)


def paint_patch(cover: Cover, centre: npt.NDArray[np.float64], face: float, size: int) -> tuple[Floats, Floats]:
    """How much a patch covers each pixel (size, size), and its colour (size, size, 3) as in the picture, 0 to 1.

    ``centre`` (2,) is the middle of the face in pixels, ``face`` the side of its box.
    """
    rng = np.random.default_rng([cover.seed, 4])
    x, y = _places(size)
    place = centre + np.array([cover.place[0], -cover.place[1]]) * 0.45 * face
    dx, dy = (x * size - place[0]) / face, (y * size - place[1]) / face
    turn = np.radians(cover.turn)
    dx, dy = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
    half = 0.1 + 0.16 * cover.size
    clouds = ndimage.zoom(power_noise(rng, 64, 64, 3.0), size / 64, order=1, mode="grid-wrap")[:size, :size]
    if rng.random() < 0.5:
        away = np.maximum(abs(dx) - half * rng.uniform(0.5, 1.6), abs(dy) - half * rng.uniform(0.5, 1.6))
    else:
        away = np.hypot(dx, dy) - half * 1.1 + 0.03 * clouds
    mask = np.clip(0.5 - away * face, 0, 1).astype(np.float32)
    shade = 1 + 0.1 * clouds * rng.uniform(0.2, 1)
    return mask, np.clip(np.array(cover.colour) * shade[..., None], 0, 1).astype(np.float32)


def take(picture: Floats, camera: Camera) -> npt.NDArray[np.uint8]:
    """The camera's faults: blur, colour, contrast and noise, each pixel by itself but for the blur. uint8 (H, W, 3)."""
    size = picture.shape[0]
    if camera.blur * size > 0.15:
        picture = ndimage.gaussian_filter(picture, (camera.blur * size, camera.blur * size, 0))
    if camera.saturation != 1:
        grey = picture @ np.array([0.299, 0.587, 0.114], np.float32)
        picture = grey[..., None] + camera.saturation * (picture - grey[..., None])
    if camera.contrast != 1:
        picture = 0.5 + camera.contrast * (picture - 0.5)
    if camera.noise > 0:
        rng = np.random.default_rng([camera.seed, 5])
        noise = rng.standard_normal((size, size, 1 if camera.saturation == 0 else 3), np.float32)
        picture = picture + camera.noise * noise
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
