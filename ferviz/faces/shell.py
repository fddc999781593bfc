"""Hair over a person's scalp: a shell lifted from the skin, ears pressed flat under it, and a sheet that hangs."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

from ferviz.faces.appearance.canvas import HEIGHT, WIDTH
from ferviz.faces.appearance.hair import HairPaint
from ferviz.faces.cover import envelope, on_envelope
from ferviz.faces.head import BOTTOM, TOP, Floats, head
from ferviz.faces.raster import normals
from ferviz.faces.surfaces import Surface, grid

__all__ = ["hang", "press_ears", "shell"]

_FRONT = 68.0  # degrees: hanging hair begins here on either side of the face
_TOP, _JAW = 0.045, -0.085  # metres over the eyes: it leaves the shell, and hangs free


@lru_cache(maxsize=1)
def _outer() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Triangles of the skin outside of the mouth, and their vertices: where hair can lie."""
    shape = head()
    skin = shape.faces[shape.part == 0]
    outside = skin[(shape.inside[skin] < 0.3).all(1)]
    return outside, np.unique(outside).astype(np.int64)


@lru_cache(maxsize=1)
def _ear_sheet() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], sparse.csr_matrix, object]:
    """Ear vertices, the others, and the Laplacian that stretches a sheet over where the ears are."""
    shape = head()
    faces, _ = _outer()
    count = len(shape.mean)
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    ones = np.ones(len(pairs))
    links = sparse.coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), (count, count)).tocsr()
    links = ((links + links.T) > 0).astype(float)
    laplacian = sparse.diags(np.asarray(links.sum(1)).ravel()) - links
    ears = np.flatnonzero((shape.ears > 0.15) & (np.asarray(links.sum(1)).ravel() > 0))
    others = np.setdiff1d(np.arange(count), ears)
    return ears, others, laplacian[ears][:, others].tocsr(), splu(laplacian[ears][:, ears].tocsc())


def press_ears(rest: Floats) -> None:
    """Lay the ears flat, in place, for hair that goes over them."""
    ears, others, coupling, solver = _ear_sheet()
    rest[ears] = solver.solve(-(coupling @ rest[others].astype(float)))  # type: ignore[attr-defined]


def hang(rest: Floats, hair: HairPaint) -> tuple[Surface, Floats]:
    """Hair that hangs down from the widest part of a head at ``rest`` (V, 3), and its canonical coordinates (N, 2).

    A sheet around the back, from under the shell to where the hair ends; nothing for hair that does not hang.
    """
    if hair.length is None:
        return Surface(np.zeros((0, 3)), np.zeros((0, 3), np.int32)), np.zeros((0, 2), np.float32)
    rng = np.random.default_rng([hair.seed, 4])
    around, down = np.meshgrid(np.linspace(_FRONT, 360 - _FRONT, 73), np.linspace(0, 1, 19))
    waves = [np.sin(np.radians(n * around) + rng.uniform(0, 6.28)) for n in (3, 8, 17, 29)]
    end = -hair.length / 1000 + 0.004 * waves[1] + 0.005 * waves[2] + 0.004 * waves[3]
    z = _TOP + (end - _TOP) * down
    angle = around + 3 * np.sin(5 * down + rng.uniform(0, 6.28)) * down * np.sign(180 - around)
    points, uv = on_envelope(_hanging(rest), angle, z)
    lift = 0.001 * hair.lift - 0.012 * np.clip(1 - down * (_TOP - end) / 0.07, 0, 1) ** 2
    body = (0.002 if not hair.curly else 0.004) * (waves[1] + 0.8 * waves[2] * np.cos(6 * down) + 0.6 * waves[3])
    edge = np.clip(1 - np.minimum(around - _FRONT, 360 - _FRONT - around) / 8, 0, 1) ** 2  # locks are round
    out = lift + body * np.minimum(1, 3 * down) - 0.009 * edge - 0.012 * down**3
    turn = np.radians(angle)
    points += out[..., None] * np.stack([np.sin(turn), -np.cos(turn), np.zeros_like(turn)], -1)
    return grid(points), uv


def _hanging(rest: Floats) -> npt.NDArray[np.float64]:
    """Distance from the axis (HEIGHT, WIDTH) of what hangs straight down from the head, as if it had no neck."""
    radius = envelope(rest, (9, 15), 0.0)
    row = [int((TOP - z) / (TOP - BOTTOM) * HEIGHT) for z in (_TOP, _JAW)]
    radius[row[0] : row[1]] = np.maximum.accumulate(radius[row[0] : row[1]], 0)
    radius[row[1] :] = radius[row[1] - 1]
    return radius


def shell(rest: Floats, thickness: Floats) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], Floats]:
    """The shell for a head at ``rest`` (V, 3) and a ``thickness`` in mm painted on the canvas (HEIGHT, WIDTH).

    Returns
    -------
    faces : (F, 3)
        Triangles over the shell's own vertices.
    scalp : (N,)
        The head's vertex under each of them.
    lift : (N, 3)
        How far each lies over it, in metres.
    """
    faces, vertices = _outer()
    canonical = head().canonical[vertices]
    row = np.clip((canonical[:, 1] * HEIGHT).astype(int), 0, HEIGHT - 1)
    column = (canonical[:, 0] * WIDTH).astype(int) % WIDTH
    thick = thickness[row, column]
    number = np.full(len(rest), -1)
    number[vertices] = np.arange(len(vertices))
    kept = faces[(thick[number[faces]] > 0).any(1)]
    if not len(kept):
        return faces[:0], vertices[:0], np.zeros((0, 3), np.float32)
    direction = np.zeros_like(rest)
    normals(rest, faces, direction)
    lift = direction[vertices] * np.maximum(thick, 0.6)[:, None] / 1000
    return number[kept].astype(np.int32), vertices, lift.astype(np.float32)
