"""From the head's frame to the picture: pose, camera, and the crop and exposure that a clip keeps throughout.

Crop and exposure come from the face at rest, without expression, covers or shadows: nothing of the emotion is in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ferviz.faces.appearance.canvas import HEIGHT, WIDTH
from ferviz.faces.body import PIVOT, Body
from ferviz.faces.head import Floats, head
from ferviz.faces.raster import normals

if TYPE_CHECKING:
    from ferviz.faces.appearance.paint import Paint
    from ferviz.faces.scene import Scene

__all__ = ["LUMINANCE", "View", "light_table", "neutral_view", "posed", "project"]

LUMINANCE = np.array([0.30, 0.59, 0.11], np.float32)
_BEHIND = 0.05  # metres: the eyes are this much farther than the camera's distance


@dataclass(frozen=True)
class View:
    """What part of the world the picture shows, and how bright. Lengths are tangents of angles at the camera."""

    centre: tuple[float, float]
    side: float
    exposure: float


def posed(vertices: Floats, turn: Floats, scene: Scene) -> Floats:
    """Vertices (V, 3) of the head's frame in the camera's: the camera at 0, looking along +y."""
    from_pivot = vertices - PIVOT
    whole, neck = from_pivot @ scene.rotation().T, from_pivot @ _neck(scene).T
    placed = neck + (whole - neck) * turn[:, None] + PIVOT
    placed[:, 1] += scene.camera.distance + _BEHIND
    return placed.astype(np.float32)


def _neck(scene: Scene) -> npt.NDArray[np.float32]:
    """Neck and shoulders follow a third of the head's turn."""
    return scene.rotation(0.34)


def project(placed: Floats, view: View, size: int) -> Floats:
    """Points (V, 3): column and row in a picture of ``size`` × ``size`` (edges count from 0), and depth in metres."""
    depth = placed[:, 1]
    across = (placed[:, 0] / depth - view.centre[0]) / view.side
    up = (placed[:, 2] / depth - view.centre[1]) / view.side
    return np.stack([(0.5 + across) * size, (0.5 - up) * size, depth], 1).astype(np.float32)


@lru_cache(maxsize=1)
def _box_vertices() -> npt.NDArray[np.int64]:
    """Skin of the face between brows and chin: its extent is the face's box."""
    shape = head()
    x, y, z = shape.mean.T
    chosen = (shape.inside < 0.3) & (z < 0.025) & (z > -0.122) & (np.abs(x) < 0.07) & (y < 0.055)
    return np.intersect1d(np.flatnonzero(chosen), shape.vertices_of("skin"))


def light_table(scene: Scene) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Ambient light (4, 3): even, then along x, y and z; and lights (L, 6): direction, then colour."""
    even = np.array(scene.ambient)
    ambient = np.concatenate([even[None], np.array(scene.sky)[:, None] * even[None]])
    rows = [[*light.direction(), *(light.strength * np.array(light.colour))] for light in scene.lights]
    return ambient.astype(np.float32), np.array(rows, np.float32).reshape(-1, 6)


def neutral_view(body: Body, paint: Paint, scene: Scene) -> View:
    """Crop and exposure for a person at rest in a scene."""
    chosen = _box_vertices()
    count = len(body.rest)
    placed = posed(body.rest, body.turn[:count], scene)
    seen = placed[chosen][:, [0, 2]] / placed[chosen][:, 1:2]
    low, high = seen.min(0), seen.max(0)
    side = float((high - low).max()) * scene.camera.crop
    centre = (low + high) / 2 + np.array(scene.camera.shift) * side
    exposure = scene.camera.exposure * _exposure(placed, chosen, paint, scene)
    return View((float(centre[0]), float(centre[1])), side, exposure)


def _exposure(placed: Floats, chosen: npt.NDArray[np.int64], paint: Paint, scene: Scene) -> float:
    """What brings the face's median to a brightness that its skin should have; dark skin stays darker, but less so."""
    direction = np.zeros_like(placed)
    normals(placed, head().faces[head().part == 0], direction)
    facing = direction[chosen]
    ambient, lights = light_table(scene)
    light = ambient[0] + facing @ ambient[1:]
    for row in lights:
        light = light + np.maximum(0, (facing @ row[:3] + 0.2) / 1.2)[:, None] * row[3:]
    column = (head().canonical[chosen, 0] * WIDTH).astype(int) % WIDTH
    line = np.clip((head().canonical[chosen, 1] * HEIGHT).astype(int), 0, HEIGHT - 1)
    albedo = paint.albedo[line, column, :3]
    bright, skin = np.median((0.85 * light * albedo) @ LUMINANCE), np.median(albedo @ LUMINANCE)
    wanted = 0.52 * skin**0.6
    return float((wanted / max(bright, 0.01)) ** 0.8)
