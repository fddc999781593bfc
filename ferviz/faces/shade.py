"""How surfaces answer to light: compiled kernels that turn what each pixel sees into linear light.

Skin has a wrapped diffuse term, redder into the shadow, in place of light that spreads under it (d'Eon and Luebke,
GPU Gems 3, chapter 14), and two highlights; hair has Kajiya and Kay's highlight (SIGGRAPH 1989, doi:10.1145/74333.74361).
Powers are repeated squares: an exponent of 2**n costs n products.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ferviz.faces.jit import jit

__all__ = ["Geometry", "Lighting", "Look", "shade"]

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
SKIN, EYE, TONGUE, TEETH, LASH, STRIP, HAIR, WOVEN, FABRIC, FRAME, FLESH = range(11)  # body.Material, for the compiler


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


class Look(NamedTuple):
    """A person's textures and the numbers that the kernels need."""

    albedo: Floats  # (h, w, 4)
    slopes: Floats  # (h, w, 2)
    strands: Floats  # (h, w)
    white: Floats  # (3,) of the eye
    iris_angle: float
    pupil: float
    spokes: float
    mouth: float  # 0 closed to 1 open: how much light reaches teeth and tongue


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
def _square(x, times):  # type: ignore[no-untyped-def]
    for _ in range(times):
        x *= x
    return x


@jit
def _unit(x, y, z):  # type: ignore[no-untyped-def]
    length = 1 / (np.sqrt(x * x + y * y + z * z) + np.float32(1e-9))
    return x * length, y * length, z * length


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
def _texel(u, v, width, height):  # type: ignore[no-untyped-def]
    """Four neighbours of a canonical place and the shares of the right and the lower ones."""
    x, y = u * width - np.float32(0.5), v * height - np.float32(0.5)
    column, row = int(np.floor(x)), int(np.floor(y))
    top, bottom = min(max(row, 0), height - 1), min(max(row + 1, 0), height - 1)
    return column % width, (column + 1) % width, top, bottom, x - column, y - row


@jit
def _smooth(picture, channel, left, right, top, bottom, fx, fy):  # type: ignore[no-untyped-def]
    above = picture[top, left, channel] * (1 - fx) + picture[top, right, channel] * fx
    below = picture[bottom, left, channel] * (1 - fx) + picture[bottom, right, channel] * fx
    return above * (1 - fy) + below * fy


@jit
def _skin(look, light, u, v, inside, nx, ny, nz):  # type: ignore[no-untyped-def]
    """Colour, shine and bent normal of skin; the inside of the mouth is dark red and wet."""
    height, width = look.slopes.shape[:2]
    at = _texel(u, v, width, height)
    r, g, b, shine = (
        _smooth(look.albedo, 0, *at),
        _smooth(look.albedo, 1, *at),
        _smooth(look.albedo, 2, *at),
        _smooth(look.albedo, 3, *at),
    )
    wet = min(np.float32(1), np.float32(1.4) * inside)
    r, g, b = r + wet * (np.float32(0.06) - r), g + wet * (np.float32(0.013) - g), b + wet * (np.float32(0.013) - b)
    across, down = _smooth(look.slopes, 0, *at) * (1 - inside), _smooth(look.slopes, 1, *at) * (1 - inside)
    ux, uy, uz = light.up[0], light.up[1], light.up[2]
    tx, ty, tz = _unit(uy * nz - uz * ny, uz * nx - ux * nz, ux * ny - uy * nx)  # along a row of the canvas
    bx, by, bz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx
    nx, ny, nz = _unit(
        nx - across * tx + down * bx, ny - across * ty + down * by, nz - across * tz + down * bz
    )
    return r, g, b, shine, wet, nx, ny, nz


@jit
def _eye(look, colour, dx, dy, dz):  # type: ignore[no-untyped-def]
    """Colour of an eyeball where it looks along (dx, dy, dz) from its centre, on the template ball."""
    dx, dy, dz = _unit(dx, dy, dz)
    angle = np.arccos(min(1.0, max(-1.0, -dy))) * 57.29578
    out = angle / look.iris_angle
    wr, wg, wb = look.white[0], look.white[1], look.white[2]
    if out < 1.06:
        phase = np.arctan2(dz, dx)
        if out < look.pupil:
            r = g = b = 0.004
        else:
            spokes = 0.85 + 0.3 * np.sin(23 * phase + look.spokes) * np.sin(9 * phase + 1.3)
            rim = 1 - 0.65 * min(1.0, max(0.0, (out - 0.72) / 0.28))
            bright = spokes * rim * (0.75 + 0.5 * (out - look.pupil))
            r, g, b = colour[0] * bright, colour[1] * bright, colour[2] * bright
        if out > 1:
            t = (out - 1) / 0.06
            r, g, b = r + t * (wr - r), g + t * (wg - g), b + t * (wb - b)
    else:
        red = min(1.0, (angle - look.iris_angle) / 60)
        r, g, b = wr, wg * (1 - 0.25 * red), wb * (1 - 0.25 * red)
    lid = 1 - 0.45 * min(1.0, max(0.0, (dz - 0.05) / 0.35))  # the upper lid's shadow
    return r * lid, g * lid, b * lid


@jit
def _teeth(colour, u):  # type: ignore[no-untyped-def]
    """Colour of the dental arch: gaps between teeth, dark towards the cheeks."""
    u = abs(u)
    tooth = u * 7.0
    gap = min(1.0, abs(tooth - np.floor(tooth + 0.5)) / 0.12) if u > 0.03 else min(1.0, u / 0.02)
    bright = (0.72 + 0.28 * gap) * (1 - min(1.0, max(0.0, (u - 0.36) / 0.24)) * 0.95)
    return colour[0] * bright, colour[1] * bright, colour[2] * bright


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
    hx, hy, hz = _unit(lx + vx, ly + vy, lz + vz)
    if kind == HAIR or kind == STRIP:
        along = up[0] * nx + up[1] * ny + up[2] * nz
        tx, ty, tz = _unit(up[0] - along * nx, up[1] - along * ny, up[2] - along * nz)
        slant = tx * hx + ty * hy + tz * hz
        return np.float32(0.12) * _square(max(np.float32(0), 1 - slant * slant), 4) * max(np.float32(0), facing)
    if shine <= 0 or facing <= 0:
        return np.float32(0)
    mirror = max(np.float32(0), nx * hx + ny * hy + nz * hz)
    away = 1 - max(np.float32(0), vx * hx + vy * hy + vz * hz)
    fresnel = np.float32(0.04) + np.float32(0.96) * away * away * away * away * away
    level = _square(mirror, squares)
    glint = ((1 << squares) + 8) * np.float32(0.04) * level
    if kind == SKIN:
        glint += np.float32(1.6) * _square(level, 2)
    return shine * fresnel * glint * facing


@jit
def _lit(light, kind, colour, shine, squares, wrap, crevice, n, p, v):  # type: ignore[no-untyped-def]
    """Linear light from a point: ambient, every light, and highlights."""
    r, g, b = colour
    nx, ny, nz = n
    a = light.ambient
    out_r = r * max(np.float32(0), a[0, 0] + a[1, 0] * nx + a[2, 0] * ny + a[3, 0] * nz) * crevice
    out_g = g * max(np.float32(0), a[0, 1] + a[1, 1] * nx + a[2, 1] * ny + a[3, 1] * nz) * crevice
    out_b = b * max(np.float32(0), a[0, 2] + a[1, 2] * nx + a[2, 2] * ny + a[3, 2] * nz) * crevice
    tinted = kind == HAIR or kind == STRIP
    for j in range(light.lights.shape[0]):
        lx, ly, lz = light.lights[j, 0], light.lights[j, 1], light.lights[j, 2]
        facing = nx * lx + ny * ly + nz * lz
        reach = np.float32(0.55) + np.float32(0.45) * crevice
        if j == 0 and light.shadow > 0 and facing > -wrap[0]:
            soft = np.float32(0.5) if kind == EYE or kind == TEETH else np.float32(1)
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
def _strand(look, u, v):  # type: ignore[no-untyped-def]
    height, width = look.strands.shape
    left, right, top, bottom, fx, fy = _texel(u, v, width, height)
    above = look.strands[top, left] * (1 - fx) + look.strands[top, right] * fx
    below = look.strands[bottom, left] * (1 - fx) + look.strands[bottom, right] * fx
    return above * (1 - fy) + below * fy


@jit
def _plain(kind, look, base, u, v):  # type: ignore[no-untyped-def]
    """Colour, shine and gloss of everything that is neither skin nor eye."""
    r, g, b = base[0], base[1], base[2]
    if kind == TEETH:
        r, g, b = _teeth(base, u)
        m = look.mouth
        return r * m, g * m, b * m, np.float32(0.5 * m), 6, np.float32(0.4)
    if kind == TONGUE:
        m = look.mouth
        return r * m, g * m, b * m, np.float32(0.15 * m), 5, np.float32(0.2)
    if kind == FRAME:
        return r, g, b, np.float32(0.8), 6, np.float32(0.0)
    if kind == FLESH:
        return r, g, b, np.float32(0.35), 4, np.float32(0.25)
    if kind == LASH:
        return r, g, b, np.float32(0), 0, np.float32(0)
    if kind == STRIP:
        u *= 3  # the strips are narrow: finer strands
    contrast = np.float32(0.35) if kind == HAIR or kind == STRIP else np.float32(0.12 if kind == WOVEN else 0.05)
    shade_ = max(np.float32(0.25), 1 + contrast * _strand(look, u, v))
    return r * shade_, g * shade_, b * shade_, np.float32(0), 0, np.float32(0.25)


@jit
def _crevice(kind, open_, wet):  # type: ignore[no-untyped-def]
    """How much ambient light gets in, less the material's own rules: eyes and teeth must not turn grey."""
    if kind == EYE:
        return np.float32(0.55) + np.float32(0.45) * open_
    if kind == TONGUE:
        return np.float32(0.55) * open_ * (np.float32(0.55) + np.float32(0.45) * open_)
    if kind == TEETH:
        return np.float32(0.35) + np.float32(0.65) * open_
    return open_ * (1 - np.float32(0.75) * wet)


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
            n = _unit(*_mixed(mesh.normal, a, b, c, w0, w1, w2))
            p = _mixed(mesh.position, a, b, c, w0, w1, w2)
            v = _unit(-p[0], -p[1], -p[2])
            kind, base = mesh.material[mesh.surface[f]], mesh.colour[mesh.surface[f]]
            if kind >= LASH and n[0] * v[0] + n[1] * v[1] + n[2] * v[2] < 0:
                n = (-n[0], -n[1], -n[2])
            wet = np.float32(0)
            if kind == SKIN:
                tu, tv = _canonical(mesh.uv, a, b, c, w0, w1, w2)
                mouth = w0 * mesh.inside[a] + w1 * mesh.inside[b] + w2 * mesh.inside[c]
                cr, cg, cb, shine, wet, nx, ny, nz = _skin(look, light, tu, tv, mouth, n[0], n[1], n[2])
                n, squares = (nx, ny, nz), 4
                wrap = (np.float32(0.35), np.float32(0.17), np.float32(0.10))
            elif kind == EYE:
                cr, cg, cb = _eye(look, base, *_mixed(mesh.gaze, a, b, c, w0, w1, w2))
                shine, squares = np.float32(1.2), 7
                wrap = (np.float32(0.3), np.float32(0.3), np.float32(0.3))
            else:
                tu, tv = _canonical(mesh.uv, a, b, c, w0, w1, w2)
                cr, cg, cb, shine, squares, soft = _plain(kind, look, base, tu, tv)
                wrap = (soft, soft, soft)
            crevice = _crevice(kind, light.occlusion[y // samples, x // samples], wet)
            light_rgb = _lit(light, kind, (cr, cg, cb), shine, squares, wrap, crevice, n, p, v)
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = light_rgb
