"""Small meshes: what covers and accessories are built from. Positions in metres, each (V, 3) with triangles (F, 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Surface", "disc", "grid", "joined", "ring", "tube"]


@dataclass(frozen=True, eq=False)
class Surface:
    """Vertices (V, 3) float and triangles (F, 3) int."""

    vertices: npt.NDArray[np.float64]
    faces: npt.NDArray[np.int32]


def joined(*surfaces: Surface) -> Surface:
    """Several surfaces as one."""
    start = np.cumsum([0] + [len(s.vertices) for s in surfaces[:-1]])
    faces = [s.faces + n for s, n in zip(surfaces, start, strict=True)]
    return Surface(np.concatenate([s.vertices for s in surfaces]), np.concatenate(faces).astype(np.int32))


def grid(points: npt.NDArray[np.float64], closed: bool = False) -> Surface:
    """A sheet over points (R, C, 3); ``closed`` joins the last column with the first."""
    rows, columns = points.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        number = np.concatenate([number, number[:, :1]], 1)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]
    faces = np.concatenate([np.stack([a, d, c], -1).reshape(-1, 3), np.stack([a, c, b], -1).reshape(-1, 3)])
    return Surface(points.reshape(-1, 3), faces.astype(np.int32))


def tube(path: npt.ArrayLike, radii: npt.ArrayLike, sides: int = 8, flat: float = 1.0) -> Surface:
    """A round tube along ``path`` (N, 3) with ``radii`` (N,), closed by domes; ``flat`` squeezes it in depth."""
    line, radius = np.asarray(path, float), np.asarray(radii, float)
    dome = np.sin(np.linspace(0.15, np.pi / 2, 4))[:-1]
    forward = np.gradient(line, axis=0)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    caps = np.sqrt(1 - dome**2)
    start = line[0] - forward[0] * radius[0] * caps[:, None]
    stop = line[-1] + forward[-1] * radius[-1] * caps[::-1, None]
    line = np.concatenate([start, line, stop])
    radius = np.concatenate([radius[0] * dome, radius, radius[-1] * dome[::-1]])
    forward = np.concatenate([[forward[0]] * 3, forward, [forward[-1]] * 3])
    across = np.cross(forward, [0.0, 1.0, 0.02])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    out = np.cross(across, forward)
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rings = across[:, None] * np.cos(turn)[:, None] + flat * out[:, None] * np.sin(turn)[:, None]
    return grid(line[:, None] + rings * radius[:, None, None], closed=True)


def _rim(width: float, height: float, square: float, count: int) -> npt.NDArray[np.float64]:
    """A superellipse (count, 3) around 0, in the plane of the face; ``square`` 2 is an ellipse."""
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    x = width * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** (2 / square)
    z = height * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** (2 / square)
    return np.stack([x, np.zeros(count), z], 1)


def ring(centre: npt.ArrayLike, width: float, height: float, thick: float, square: float = 2.4) -> Surface:
    """A frame around a lens: a tube of radius ``thick`` bent to a superellipse."""
    rim = _rim(width, height, square, 28)
    outward = rim / np.linalg.norm(rim, axis=1, keepdims=True)
    turn = np.linspace(0, 2 * np.pi, 5, endpoint=False)
    around = outward[None] * np.cos(turn)[:, None, None] + np.array([0, 1, 0]) * np.sin(turn)[:, None, None]
    return grid(np.asarray(centre) + rim[None] + thick * around, closed=True)


def disc(centre: npt.ArrayLike, width: float, height: float, square: float = 2.4, bulge: float = 0.002) -> Surface:
    """A lens: a superellipse, slightly bulging to the front."""
    rim = _rim(width, height, square, 28)
    middle = np.array([[0, -bulge, 0]])
    faces = np.array([[0, 1 + i, 1 + (i + 1) % 28] for i in range(28)], np.int32)
    return Surface(np.asarray(centre) + np.concatenate([middle, rim]), faces)
