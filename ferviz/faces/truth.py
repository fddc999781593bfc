"""What is known of a picture because we made it: where the emotion is, what covers it, where the landmarks are.

Everything is read from the buffers of two renders: the picture itself, and its twin, the same person in the same scene
with the same gaze, blink and speech, but without the emotion. Each map is taken from the samples of a pixel that see
the person, so it lines up with the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.faces.appearance.canvas import HEIGHT, WIDTH
from ferviz.faces.body import Material
from ferviz.faces.head import Floats, head
from ferviz.faces.raster import FAR
from ferviz.faces.regions import Region, region_map
from ferviz.faces.render import Render

__all__ = ["Facts", "evidence", "facts"]

SHOWN = 0.008  # metres: a landmark this far behind what is seen still counts as visible


@dataclass(frozen=True, eq=False)
class Facts:
    """The truth of one picture; `ferviz.Truth` holds a clip's, with the same names.

    ``relevance`` and ``motion`` are millimetres that the visible surface has moved in the head's own frame, by the
    emotion alone and by everything the face does; ``changed`` is the mean difference of the colours to the twin,
    0 to 1. ``landmarks`` are x, y in pixels, counted from the centre of the top-left one.
    """

    relevance: Floats  # (H, W)
    changed: Floats  # (H, W)
    motion: Floats  # (H, W)
    regions: npt.NDArray[np.uint8]  # (H, W)
    cover: npt.NDArray[np.bool_]  # (H, W)
    landmarks: Floats  # (68, 2)
    visible: npt.NDArray[np.bool_]  # (68,)
    pose: Floats  # (3,) yaw, pitch, roll in degrees
    actions: Floats  # (52,)


def facts(shown: Render, twin: Render) -> Facts:
    """The truth of ``shown``, with ``twin`` the same moment without the emotion.

    Raises
    ------
    ValueError
        When the two differ in more than what the face does.
    """
    same = shown.person == twin.person and shown.scene == twin.scene and shown.view == twin.view
    if not same or shown.size != twin.size or shown.samples != twin.samples:
        raise ValueError("twin must show the same person in the same scene and view at the same size and quality")
    cover = _cover(shown)
    open_ = ~(cover | _cover(twin))
    still = shown.body.vertices(np.zeros_like(shown.activations))
    difference = np.abs(shown.image.astype(np.int16) - twin.image).mean(2).astype(np.float32) / 255
    scene = shown.scene
    return Facts(
        relevance=_moved(shown, shown.vertices - twin.vertices) * ~cover,
        changed=difference * open_,
        motion=_moved(shown, shown.vertices - still) * ~cover,
        regions=_regions(shown, cover),
        cover=cover,
        landmarks=shown.points[head().landmarks, :2] - np.float32(0.5),
        visible=_visible(shown),
        pose=np.array([scene.yaw, scene.pitch, scene.roll], np.float32),
        actions=shown.activations,
    )


def evidence(
    changed: npt.NDArray[np.floating], shown: npt.NDArray[np.str_], emotion: str
) -> tuple[Floats, Floats]:
    """How much of an emotion each frame lets see, and how much of any other: (T,) and (T,).

    Each is the mean visible change a pixel, as a share of the largest one of its own kind of frames; so a strong
    intruder does not make the label's frames look weak.

    Parameters
    ----------
    changed : array (T, H, W)
    shown : str array (T,)
        The emotion that each frame shows, "neutral" for none.
    emotion : str
        Whose evidence the first one is.
    """
    seen = changed.mean((1, 2), dtype=np.float64)
    own = shown == emotion
    both = (seen * own, seen * (~own & (shown != "neutral")))
    label, intruder = ((values / max(float(values.max()), 1e-12)).astype(np.float32) for values in both)
    return label, intruder


def _pixels(samples: npt.NDArray[Any], count: int) -> npt.NDArray[Any]:
    """Samples (S, S) as (H, W, count²)."""
    side = len(samples) // count
    return samples.reshape(side, count, side, count).swapaxes(1, 2).reshape(side, side, count * count)


def _corners(render: Render) -> tuple[npt.NDArray[np.int32], Floats]:
    """The three vertices (S, S, 3) that each sample lies between, and their shares."""
    buffers = render.buffers
    corner = render.body.faces[np.maximum(buffers.triangle, 0)]
    last = 1 - buffers.place.sum(-1, keepdims=True)
    return corner, np.concatenate([buffers.place, last], -1)


def _moved(render: Render, difference: Floats) -> Floats:
    """How far (H, W), in mm, what a pixel sees has moved: the mean over its samples, 0 for the background."""
    length = 1000 * np.linalg.norm(difference, axis=1).astype(np.float32)
    corner, share = _corners(render)
    samples = (length[corner] * share).sum(-1) * (render.buffers.triangle >= 0)
    return np.maximum(_pixels(samples, render.samples).mean(-1), 0).astype(np.float32)


def _hidden(render: Render) -> npt.NDArray[np.bool_]:
    """Samples (S, S) that see a cover."""
    seen = render.buffers.triangle >= 0
    surface = render.body.surface[np.maximum(render.buffers.triangle, 0)]
    return (seen & render.body.hides[surface]) | render.lens


def _cover(render: Render) -> npt.NDArray[np.bool_]:
    """Pixels (H, W) of which a cover takes half or more."""
    share = _pixels(_hidden(render), render.samples).mean(-1)
    return (share >= 0.5) | (render.patch >= 0.5)


def _regions(render: Render, cover: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """The region that each pixel's first sample sees (H, W)."""
    step = slice(None, None, render.samples)
    triangle = render.buffers.triangle[step, step]
    corner, share = (a[step, step] for a in _corners(render))
    uv = render.body.uv[corner]
    u = uv[..., 0] + (uv[..., 0].max(-1, keepdims=True) - uv[..., 0] > 0.5)
    column = ((u * share).sum(-1) * WIDTH).astype(int) % WIDTH
    row = np.clip(((uv[..., 1] * share).sum(-1) * HEIGHT).astype(int), 0, HEIGHT - 1)
    regions = region_map()[row, column].copy()
    material = render.body.material[render.body.surface[np.maximum(triangle, 0)]]
    inside = (render.body.inside[corner] * share).sum(-1) > 0.3
    regions[np.isin(material, (Material.EYE, Material.LASH))] = Region.EYES
    regions[np.isin(material, (Material.TONGUE, Material.TEETH)) | ((material == Material.SKIN) & inside)] = (
        Region.MOUTH
    )
    regions[np.isin(material, (Material.HAIR, Material.WOVEN))] = Region.HAIR
    regions[triangle < 0] = Region.BACKGROUND
    regions[cover] = Region.COVER
    return regions


def _visible(render: Render) -> npt.NDArray[np.bool_]:
    """Which landmarks (68,) lie in the picture and are not behind something."""
    points = render.points[head().landmarks]
    column, row = (np.floor(points[:, k] * render.samples).astype(int) for k in (0, 1))
    side = len(render.buffers.depth)
    within = (column >= 0) & (row >= 0) & (column < side) & (row < side)
    column, row = np.clip(column, 0, side - 1), np.clip(row, 0, side - 1)
    depth = render.buffers.depth[row, column]
    covered = _hidden(render)[row, column] | (render.patch[row // render.samples, column // render.samples] >= 0.5)
    nearer = depth < points[:, 2] - SHOWN
    return within & ~covered & ~nearer & (depth <= FAR)
