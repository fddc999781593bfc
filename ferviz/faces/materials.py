"""What surfaces are made of: compiled kernels that give colour, shine and softness of each material at a place.

A material answers with a linear colour, how much it mirrors, the exponent of its highlight as a number of squarings,
and how far light wraps around it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ferviz.faces.jit import jit

__all__ = ["Look", "crevice", "eye", "plain", "skin", "square", "unit"]

Floats = npt.NDArray[np.float32]
SKIN, EYE, TONGUE, TEETH, LASH, HAIR, WOVEN, FABRIC, FRAME, FLESH = range(10)  # body.Material, for the compiler


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


@jit
def square(x, times):  # type: ignore[no-untyped-def]
    """``x`` squared ``times`` times."""
    for _ in range(times):
        x *= x
    return x


@jit
def unit(x, y, z):  # type: ignore[no-untyped-def]
    """The vector at length 1."""
    length = 1 / (np.sqrt(x * x + y * y + z * z) + np.float32(1e-9))
    return x * length, y * length, z * length


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
def _strand(look, u, v):  # type: ignore[no-untyped-def]
    height, width = look.strands.shape
    left, right, top, bottom, fx, fy = _texel(u, v, width, height)
    above = look.strands[top, left] * (1 - fx) + look.strands[top, right] * fx
    below = look.strands[bottom, left] * (1 - fx) + look.strands[bottom, right] * fx
    return above * (1 - fy) + below * fy


@jit
def skin(look, up, u, v, inside, nx, ny, nz):  # type: ignore[no-untyped-def]
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
    r, g, b = r + wet * (np.float32(0.09) - r), g + wet * (np.float32(0.025) - g), b + wet * (np.float32(0.023) - b)
    across, down = _smooth(look.slopes, 0, *at) * (1 - inside), _smooth(look.slopes, 1, *at) * (1 - inside)
    ux, uy, uz = up[0], up[1], up[2]
    tx, ty, tz = unit(uy * nz - uz * ny, uz * nx - ux * nz, ux * ny - uy * nx)  # along a row of the canvas
    bx, by, bz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx
    nx, ny, nz = unit(nx - across * tx + down * bx, ny - across * ty + down * by, nz - across * tz + down * bz)
    return r, g, b, shine, wet, nx, ny, nz


@jit
def eye(look, colour, dx, dy, dz):  # type: ignore[no-untyped-def]
    """Colour of an eyeball where it looks along (dx, dy, dz) from its centre, on the template ball."""
    dx, dy, dz = unit(dx, dy, dz)
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
def _teeth(colour, along, down):  # type: ignore[no-untyped-def]
    """Colour of a dental arch, ``along`` it and ``down`` from the teeth's edge in dm: teeth of 8.5, 6.5 and 7 mm and so
    on, rounded at the edge, gums that rise over each, and less light towards the cheeks.
    """
    along, down = 10 * abs(along), 10 * down  # cm
    if along < 0.85:
        place = along / 0.85
    elif along < 1.5:
        place = (along - 0.85) / 0.65
    else:
        place = (along - 1.5) / 0.72
        place -= np.floor(place)
    middle = abs(2 * place - 1)  # 0 in the middle of a tooth, 1 between two
    between = max(0.0, middle - 0.8) / 0.2
    corner = max(0.0, middle - 0.6) / 0.4 * max(0.0, 1 - down / 0.16)
    bright = (1 - 0.3 * between * between) * (1 - 0.75 * corner * corner) * (1 - 0.12 * middle * middle)
    bright *= 1 - 0.7 * min(1.0, max(0.0, (along - 1.7) / 2.2))
    gum = min(1.0, max(0.0, (down - 0.98 + 0.16 * middle * middle) / 0.08))
    r, g, b = colour[0] * bright, colour[1] * bright, colour[2] * bright
    fade = 1 - 0.7 * min(1.0, max(0.0, (along - 1.7) / 2.2))
    return r + gum * (0.34 * fade - r), g + gum * (0.12 * fade - g), b + gum * (0.12 * fade - b)


@jit
def plain(kind, look, base, u, v):  # type: ignore[no-untyped-def]
    """Colour, shine and gloss of everything that is neither skin nor eye."""
    r, g, b = base[0], base[1], base[2]
    if kind == TEETH:
        r, g, b = _teeth(base, u, v)
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
    contrast = np.float32(0.35) if kind == HAIR else np.float32(0.12 if kind == WOVEN else 0.05)
    shade_ = max(np.float32(0.25), 1 + contrast * _strand(look, u, v))
    return r * shade_, g * shade_, b * shade_, np.float32(0), 0, np.float32(0.25)


@jit
def crevice(kind, open_, wet):  # type: ignore[no-untyped-def]
    """How much ambient light gets in, less the material's own rules: eyes and teeth must not turn grey."""
    if kind == EYE:
        return np.float32(0.55) + np.float32(0.45) * open_
    if kind == TONGUE:
        return np.float32(0.55) * open_ * (np.float32(0.55) + np.float32(0.45) * open_)
    if kind == TEETH:
        return np.float32(0.35) + np.float32(0.65) * open_
    return open_ * (1 - np.float32(0.75) * wet)
