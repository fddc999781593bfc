"""Hair over a person's scalp: a shell lifted from the skin, ears pressed flat under it, and locks of long hair."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

from ferviz.faces.appearance.canvas import HEIGHT, WIDTH
from ferviz.faces.head import Floats, head
from ferviz.faces.raster import normals

__all__ = ["locks", "press_ears", "shell"]


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


def locks(faces: npt.NDArray[np.int32], behind: float | None) -> npt.NDArray[np.int32]:
    """The strips of long hair whose middle lies farther back than ``behind`` metres; none without it."""
    if behind is None:
        return faces[:0]
    count = int(faces.max()) + 1
    links = sparse.coo_matrix((np.ones(len(faces)), (faces[:, 0], faces[:, 1])), (count, count))
    links = links + sparse.coo_matrix((np.ones(len(faces)), (faces[:, 1], faces[:, 2])), (count, count))
    _, strip = sparse.csgraph.connected_components(links, directed=False)
    of_face = strip[faces[:, 0]]
    centre = {s: head().mean[np.unique(faces[of_face == s]), 1].mean() for s in np.unique(of_face)}
    return faces[np.array([centre[s] > behind for s in of_face])]


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
