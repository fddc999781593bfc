"""Kernels beside the shading: crevices, shadows, folds, lenses, and the way from linear light to a picture."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ferviz.faces.jit import jit

__all__ = ["add_folds", "develop", "occlusion", "see_through", "tone_curve"]

Floats = npt.NDArray[np.float32]
_STEPS = 4096  # of the tone curve, from 0 to _BRIGHT
_BRIGHT = 4.0


@jit
def occlusion(depth, samples, reach, scale, strength, offsets, out):  # type: ignore[no-untyped-def]
    """How open each final pixel is, from the depth around it: opposite neighbours that are nearer close it.

    ``depth`` is supersampled by ``samples``; ``reach`` is in its pixels, ``scale`` metres a pixel; out (H, W), 0 to 1.
    """
    rows, columns = depth.shape
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            cy, cx = y * samples, x * samples
            z = depth[cy, cx]
            if z > 1e8:
                out[y, x] = 1
                continue
            closed = 0.0
            for k in range(offsets.shape[0]):
                dy, dx = int(offsets[k, 0] * reach), int(offsets[k, 1] * reach)
                first = second = 0.0
                if 0 <= cy + dy < rows and 0 <= cx + dx < columns and depth[cy + dy, cx + dx] < 1e8:
                    first = min(max(z - depth[cy + dy, cx + dx], -0.02), 0.02)
                if 0 <= cy - dy < rows and 0 <= cx - dx < columns and depth[cy - dy, cx - dx] < 1e8:
                    second = min(max(z - depth[cy - dy, cx - dx], -0.02), 0.02)
                steep = (first + second) / (reach * scale)
                closed += min(1.0, max(0.0, steep - 0.05))
            out[y, x] = max(0.15, 1 - strength * closed / offsets.shape[0])


@jit
def add_folds(base, folds, depth, out):  # type: ignore[no-untyped-def]
    """Slopes of the skin with its folds: base (H, W, 2) + Σ depth[k] folds[k] (7, H, W, 2), into ``out``."""
    for y in range(base.shape[0]):
        for x in range(base.shape[1]):
            du, dv = base[y, x, 0], base[y, x, 1]
            for k in range(depth.shape[0]):
                du += depth[k] * folds[k, y, x, 0]
                dv += depth[k] * folds[k, y, x, 1]
            out[y, x, 0], out[y, x, 1] = du, dv


@jit
def see_through(triangle, place, faces, normal, colour, opaque, light, picture):  # type: ignore[no-untyped-def]
    """Lay lenses over ``picture`` (H, W, 3), in place: what is behind, tinted, plus a reflection of the sky."""
    for y in range(triangle.shape[0]):
        for x in range(triangle.shape[1]):
            f = triangle[y, x]
            if f < 0:
                continue
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            w0, w1 = place[y, x, 0], place[y, x, 1]
            up = w0 * normal[a, 2] + w1 * normal[b, 2] + (1 - w0 - w1) * normal[c, 2]
            across = w0 * normal[a, 0] + w1 * normal[b, 0] + (1 - w0 - w1) * normal[c, 0]
            sky = min(1.0, max(0.0, 0.35 + 2.0 * up + 0.8 * across)) ** 3
            for k in range(3):
                mirrored = (0.16 if opaque else 0.05) * sky * light[k]
                own = 0.25 * colour[k] * light[k] if opaque else picture[y, x, k] * colour[k]
                picture[y, x, k] = own + mirrored


@lru_cache(maxsize=64)
def tone_curve(gamma: float) -> Floats:
    """sRGB-like brightness, 0 to 1, of linear light 0 to 4 in even steps: a shoulder, then a gamma."""
    light = np.linspace(0, _BRIGHT, _STEPS)
    shoulder = np.where(light < 0.6, light, 0.6 + 0.4 * (1 - np.exp(-(light - 0.6) / 0.4)))
    return (np.clip(shoulder, 0, 1) ** (gamma / 2.2)).astype(np.float32)


@jit
def develop(triangle, light, samples, exposure, background, curve, out):  # type: ignore[no-untyped-def]
    """Average the samples of each final pixel, over the linear ``background`` (H, W, 3), and apply the tone curve."""
    share = 1.0 / (samples * samples)
    last = curve.shape[0] - 1
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            r = g = b = 0.0
            empty = 0
            for row in range(y * samples, (y + 1) * samples):
                for column in range(x * samples, (x + 1) * samples):
                    if triangle[row, column] < 0:
                        empty += 1
                    else:
                        r += light[row, column, 0]
                        g += light[row, column, 1]
                        b += light[row, column, 2]
            total = (r, g, b)
            for k in range(3):
                value = share * (total[k] * exposure + empty * background[y, x, k])
                out[y, x, k] = curve[min(last, int(max(0.0, value) * (last / _BRIGHT)))]
