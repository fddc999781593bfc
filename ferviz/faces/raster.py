"""Which triangle does a pixel see? A rasteriser that keeps what truth needs: triangle, barycentric place and depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ferviz.faces.jit import jit

__all__ = ["FAR", "Buffers", "normals", "rasterise"]

FAR = np.float32(1e9)  # the depth of a pixel that sees nothing
_NEAREST = 0.01  # metres: nothing nearer to the camera is drawn


@dataclass(frozen=True, eq=False)
class Buffers:
    """What each pixel sees. ``triangle`` (H, W) is -1 for nothing; ``place`` (H, W, 2) are the first two barycentric
    coordinates; ``depth`` (H, W) in metres from the camera, `FAR` for nothing.
    """

    triangle: npt.NDArray[np.int32]
    place: npt.NDArray[np.float32]
    depth: npt.NDArray[np.float32]

    @classmethod
    def empty(cls, height: int, width: int) -> Buffers:
        """Buffers that see nothing."""
        return cls(
            np.full((height, width), -1, np.int32),
            np.zeros((height, width, 2), np.float32),
            np.full((height, width), FAR, np.float32),
        )


def rasterise(
    points: npt.NDArray[np.float32],
    faces: npt.NDArray[np.int32],
    buffers: Buffers,
    *,
    one_sided: npt.NDArray[np.bool_] | None = None,
    cut: npt.NDArray[np.bool_] | None = None,
    uv: npt.NDArray[np.float32] | None = None,
    alpha: npt.NDArray[np.float32] | None = None,
) -> None:
    """Draw triangles into ``buffers``, nearest wins.

    Parameters
    ----------
    points : float32 array (V, 3)
        Column and row in pixels (centres at .5), and depth in metres.
    faces : int32 array (F, 3)
    one_sided : bool array (F,), optional
        Triangles that are dropped when seen from behind.
    cut : bool array (F,), optional
        Triangles that are drawn only where ``alpha`` is more than a half.
    uv : float32 array (V, 2), optional
        Canonical coordinates, for ``alpha``.
    alpha : float32 array (h, w), optional
        0 where hair lets the skin through to 1; between texels it is linear, so its edge is smooth.
    """
    count = len(faces)
    _rasterise(
        points,
        faces,
        np.zeros(count, np.bool_) if one_sided is None else one_sided,
        np.zeros(count, np.bool_) if cut is None else cut,
        np.zeros((len(points), 2), np.float32) if uv is None else uv,
        np.ones((1, 1), np.float32) if alpha is None else alpha,
        buffers.triangle,
        buffers.place,
        buffers.depth,
    )


@jit
def _covers(u, v, alpha):  # type: ignore[no-untyped-def]
    """Is ``alpha`` more than a half at this canonical place?"""
    rows, columns = alpha.shape
    x, y = u * columns - 0.5, v * rows - 0.5
    column, row = int(np.floor(x)), int(np.floor(y))
    fx, fy = x - column, y - row
    left, right = column % columns, (column + 1) % columns
    top, bottom = min(max(row, 0), rows - 1), min(max(row + 1, 0), rows - 1)
    above = alpha[top, left] * (1 - fx) + alpha[top, right] * fx
    below = alpha[bottom, left] * (1 - fx) + alpha[bottom, right] * fx
    return above * (1 - fy) + below * fy > 0.5


@jit
def _rasterise(points, faces, one_sided, cut, uv, alpha, triangle, place, depth):  # type: ignore[no-untyped-def]
    height, width = depth.shape
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, bx, by, cx, cy = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if (one_sided[f] and area >= 0) or abs(area) < 1e-9:
            continue
        left, right = max(0, int(np.ceil(min(ax, bx, cx) - 0.5))), min(width - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        top, bottom = max(0, int(np.ceil(min(ay, by, cy) - 0.5))), min(height - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        inverse = 1 / area
        step0, step1 = (by - cy) * inverse, (cy - ay) * inverse  # change of a weight for one pixel to the right
        az, bz, cz = points[a, 2], points[b, 2], points[c, 2]
        for y in range(top, bottom + 1):
            py, px = y + 0.5, left + 0.5
            w0 = ((bx - px) * (cy - py) - (cx - px) * (by - py)) * inverse
            w1 = ((cx - px) * (ay - py) - (ax - px) * (cy - py)) * inverse
            for x in range(left, right + 1):
                w2 = 1 - w0 - w1
                if w0 >= -1e-5 and w1 >= -1e-5 and w2 >= -1e-5:
                    z = w0 * az + w1 * bz + w2 * cz
                    if _NEAREST < z < depth[y, x]:
                        seen = not cut[f]
                        if not seen:
                            u = w0 * uv[a, 0] + w1 * uv[b, 0] + w2 * uv[c, 0]
                            v = w0 * uv[a, 1] + w1 * uv[b, 1] + w2 * uv[c, 1]
                            seen = _covers(u, v, alpha)
                        if seen:
                            depth[y, x], triangle[y, x] = z, f
                            place[y, x, 0], place[y, x, 1] = w0, w1
                w0 += step0
                w1 += step1


@jit
def normals(vertices, faces, out):  # type: ignore[no-untyped-def]
    """Unit normals (V, 3) into ``out``: the sum of each vertex' triangles, larger ones counting more."""
    out[:] = 0
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in range(3):
            i = faces[f, corner]
            out[i, 0] += nx
            out[i, 1] += ny
            out[i, 2] += nz
    for i in range(out.shape[0]):
        length = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + 1e-12
        for k in range(3):
            out[i, k] /= length
