"""How surfaces answer to light: compiled kernels that turn what each pixel sees into linear light.

Skin has a wrapped diffuse term, redder into the shadow, in place of light that spreads under it (d'Eon and Luebke,
GPU Gems 3, chapter 14), and two highlights; hair has the highlight of Kajiya and Kay (doi:10.1145/74333.74361).
Powers are repeated squares: an exponent of 2**n costs n products.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ferviz.faces.jit import jit
from ferviz.faces.materials import EYE, HAIR, LASH, SKIN, TEETH, Look, crevice, eye, plain, skin, square, unit

__all__ = ["Geometry", "Lighting", "Look", "shade"]

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


class Geometry(NamedTuple):
    """Triangles in the camera's frame."""

    faces: npt.NDArray[np.int32]  # (F, 3)
    surface: Bytes  # (F,)
    material: Bytes  # (S,)
    colour: Floats  # (S, 3)
    position: Floats  # (V, 3)
    normal: Floats  # (V, 3)
    uv: Floats  # (V, 2)
    gaze: Floats  # (V, 3)
    inside: Floats  # (V,)


class Lighting(NamedTuple):
    """Lights in the camera's frame."""

    ambient: Floats  # (4, 3)
    lights: Floats  # (L, 6)
    up: Floats  # (3,) the head's up
    shadow: float
    shadow_depth: Floats  # (m, m)
    shadow_matrix: Floats  # (3, 4): column, row, depth in the shadow map
    occlusion: Floats  # (H, W) of final pixels: 1 open, 0 closed


@jit
def _mixed(values, a, b, c, w0, w1, w2):  # type: ignore[no-untyped-def]
    """The vector of three corners' vectors at a barycentric place."""
    return (
        w0 * values[a, 0] + w1 * values[b, 0] + w2 * values[c, 0],
        w0 * values[a, 1] + w1 * values[b, 1] + w2 * values[c, 1],
        w0 * values[a, 2] + w1 * values[b, 2] + w2 * values[c, 2],
    )


@jit
def _canonical(uv, a, b, c, w0, w1, w2):  # type: ignore[no-untyped-def]
    """Canonical coordinates at a place; a triangle across the seam at the back is unrolled."""
    ua, ub, uc = uv[a, 0], uv[b, 0], uv[c, 0]
    top = max(ua, ub, uc)
    if top - min(ua, ub, uc) > 0.5:
        ua, ub, uc = ua + (top - ua > 0.5), ub + (top - ub > 0.5), uc + (top - uc > 0.5)
    return w0 * ua + w1 * ub + w2 * uc, w0 * uv[a, 1] + w1 * uv[b, 1] + w2 * uv[c, 1]


@jit
def _in_shadow(light, px, py, pz):  # type: ignore[no-untyped-def]
    """Share of nine neighbours in the shadow map that the first light does not reach."""
    m = light.shadow_matrix
    x = int(m[0, 0] * px + m[0, 1] * py + m[0, 2] * pz + m[0, 3])
    y = int(m[1, 0] * px + m[1, 1] * py + m[1, 2] * pz + m[1, 3])
    z = m[2, 0] * px + m[2, 1] * py + m[2, 2] * pz + m[2, 3] - np.float32(0.006)
    side = light.shadow_depth.shape[0]
    if x < 1 or y < 1 or x >= side - 1 or y >= side - 1:
        return 0.0
    hidden = 0
    for row in range(y - 1, y + 2):
        for column in range(x - 1, x + 2):
            hidden += light.shadow_depth[row, column] < z
    return hidden / 9


@jit
def _highlight(kind, shine, squares, n, v, lx, ly, lz, up):  # type: ignore[no-untyped-def]
    """How much of a light is mirrored to the camera, without its colour."""
    nx, ny, nz = n
    vx, vy, vz = v
    facing = nx * lx + ny * ly + nz * lz
    hx, hy, hz = unit(lx + vx, ly + vy, lz + vz)
    if kind == HAIR:
        along = up[0] * nx + up[1] * ny + up[2] * nz
        tx, ty, tz = unit(up[0] - along * nx, up[1] - along * ny, up[2] - along * nz)
        slant = tx * hx + ty * hy + tz * hz
        return np.float32(0.12) * square(max(np.float32(0), 1 - slant * slant), 4) * max(np.float32(0), facing)
    if shine <= 0 or facing <= 0:
        return np.float32(0)
    mirror = max(np.float32(0), nx * hx + ny * hy + nz * hz)
    away = 1 - max(np.float32(0), vx * hx + vy * hy + vz * hz)
    fresnel = np.float32(0.04) + np.float32(0.96) * away * away * away * away * away
    level = square(mirror, squares)
    glint = ((1 << squares) + 8) * np.float32(0.04) * level
    if kind == SKIN:
        glint += np.float32(1.6) * square(level, 2)
    return shine * fresnel * glint * facing


@jit
def _lit(light, kind, colour, shine, squares, wrap, open_, n, p, v):  # type: ignore[no-untyped-def]
    """Linear light from a point: ambient, every light, and highlights."""
    r, g, b = colour
    nx, ny, nz = n
    a = light.ambient
    out_r = r * max(np.float32(0), a[0, 0] + a[1, 0] * nx + a[2, 0] * ny + a[3, 0] * nz) * open_
    out_g = g * max(np.float32(0), a[0, 1] + a[1, 1] * nx + a[2, 1] * ny + a[3, 1] * nz) * open_
    out_b = b * max(np.float32(0), a[0, 2] + a[1, 2] * nx + a[2, 2] * ny + a[3, 2] * nz) * open_
    tinted = kind == HAIR
    for j in range(light.lights.shape[0]):
        lx, ly, lz = light.lights[j, 0], light.lights[j, 1], light.lights[j, 2]
        facing = nx * lx + ny * ly + nz * lz
        reach = np.float32(0.55) + np.float32(0.45) * open_
        if j == 0 and light.shadow > 0 and facing > -wrap[0]:
            soft = np.float32(0.5) if kind in (EYE, TEETH) else np.float32(1)
            reach *= 1 - light.shadow * soft * _in_shadow(light, p[0], p[1], p[2])
        red, green, blue = light.lights[j, 3] * reach, light.lights[j, 4] * reach, light.lights[j, 5] * reach
        out_r += r * red * max(np.float32(0), (facing + wrap[0]) / (1 + wrap[0]))
        out_g += g * green * max(np.float32(0), (facing + wrap[1]) / (1 + wrap[1]))
        out_b += b * blue * max(np.float32(0), (facing + wrap[2]) / (1 + wrap[2]))
        glint = _highlight(kind, shine, squares, n, v, lx, ly, lz, light.up)
        if glint > 0:
            out_r += glint * red * ((np.float32(0.3) + r) if tinted else np.float32(1))
            out_g += glint * green * ((np.float32(0.3) + g) if tinted else np.float32(1))
            out_b += glint * blue * ((np.float32(0.3) + b) if tinted else np.float32(1))
    return out_r, out_g, out_b


@jit
def shade(triangle, place, samples, mesh, look, light, out):  # type: ignore[no-untyped-def]
    """Linear light (H, W, 3) into ``out`` for every pixel of ``triangle`` (H, W) that sees something.

    ``samples`` is how many of these pixels make a side of a final one, for ``light.occlusion``.
    """
    rows, columns = triangle.shape
    for y in range(rows):
        for x in range(columns):
            f = triangle[y, x]
            if f < 0:
                continue
            a, b, c = mesh.faces[f, 0], mesh.faces[f, 1], mesh.faces[f, 2]
            w0, w1 = place[y, x, 0], place[y, x, 1]
            w2 = np.float32(1) - w0 - w1
            n = unit(*_mixed(mesh.normal, a, b, c, w0, w1, w2))
            p = _mixed(mesh.position, a, b, c, w0, w1, w2)
            v = unit(-p[0], -p[1], -p[2])
            kind, base = mesh.material[mesh.surface[f]], mesh.colour[mesh.surface[f]]
            if kind >= LASH and n[0] * v[0] + n[1] * v[1] + n[2] * v[2] < 0:
                n = (-n[0], -n[1], -n[2])
            wet = np.float32(0)
            if kind == SKIN:
                tu, tv = _canonical(mesh.uv, a, b, c, w0, w1, w2)
                mouth = w0 * mesh.inside[a] + w1 * mesh.inside[b] + w2 * mesh.inside[c]
                cr, cg, cb, shine, wet, nx, ny, nz = skin(look, light.up, tu, tv, mouth, n[0], n[1], n[2])
                n, squares = (nx, ny, nz), 4
                wrap = (np.float32(0.35), np.float32(0.17), np.float32(0.10))
            elif kind == EYE:
                cr, cg, cb = eye(look, base, *_mixed(mesh.gaze, a, b, c, w0, w1, w2))
                shine, squares = np.float32(1.2), 7
                wrap = (np.float32(0.3), np.float32(0.3), np.float32(0.3))
            else:
                tu, tv = _canonical(mesh.uv, a, b, c, w0, w1, w2)
                cr, cg, cb, shine, squares, soft = plain(kind, look, base, tu, tv)
                wrap = (soft, soft, soft)
            open_ = crevice(kind, light.occlusion[y // samples, x // samples], wet)
            light_rgb = _lit(light, kind, (cr, cg, cb), shine, squares, wrap, open_, n, p, v)
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = light_rgb
