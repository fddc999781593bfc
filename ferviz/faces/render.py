"""A picture of a person: the one call that goes from parameters to pixels, and the buffers that truth is read from.

KNOWN DEFECTS, and why they stay:

- Hair is a shell and, where it is long, a sheet that hangs from it, not strands: at 112 px strands are thinner than a
  pixel.
- Tears, sweat and blushing do not exist: no shape or measured colour for them in the sources.
- Beards have relief but no volume beyond it, for the same reason as hair.
- Lashes are a dark edge of the lid, not drawn one by one.
- Glasses mirror a plain sky, not the scene: there is no scene to mirror.
- Covers are stiff (see `cover`): cloth does not follow an opening jaw, because it would tell what it hides.
- The shapes are adult-biased: children's heads are blends of MakeHuman's one child.
- The headscarf lies tight on the head, because it is the hair's shell in another material.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz.faces import backdrop, effects, raster
from ferviz.faces.appearance import wrinkles
from ferviz.faces.appearance.canvas import smoothstep
from ferviz.faces.appearance.colour import linear
from ferviz.faces.appearance.paint import Paint, paint
from ferviz.faces.body import Body, build
from ferviz.faces.cover import Cover
from ferviz.faces.head import Floats, head
from ferviz.faces.identity import Person
from ferviz.faces.materials import Look
from ferviz.faces.raster import Buffers
from ferviz.faces.scene import Background, Scene
from ferviz.faces.shade import Geometry, Lighting, shade
from ferviz.faces.view import View, light_table, neutral_view, posed, project

__all__ = ["Render", "render"]

Quality = Literal["full", "fast"]
_SHADOW_SIDE = 112  # texels of the shadow map, over 0.34 m


@dataclass(frozen=True, eq=False)
class Render:
    """A picture and everything that was known while it was made.

    ``image`` (H, W, 3) uint8. The buffers have ``samples`` × ``samples`` entries a pixel; see `raster.Buffers`.
    """

    image: npt.NDArray[np.uint8]
    person: Person
    activations: npt.NDArray[np.float32]
    scene: Scene
    view: View
    samples: int
    body: Body
    buffers: Buffers
    vertices: Floats  # (V, 3) metres, in the head's own frame, before the head turns
    points: Floats  # (V, 3) column and row in pixels of the image, depth in metres
    lens: npt.NDArray[np.bool_]  # (S, S) samples behind an opaque lens
    patch: Floats  # (H, W) 0 to 1

    @property
    def size(self) -> int:
        """Pixels of a side."""
        return len(self.image)


@dataclass(frozen=True, eq=False)
class _Stage:
    """What does not change while a person moves in front of the camera."""

    paint: Paint
    body: Body

    @cached_property
    def slopes(self) -> Floats:
        """Room for the skin's slopes with folds."""
        return self.paint.relief.copy()


@lru_cache(maxsize=8)
def _painted(person: Person) -> Paint:
    return paint(person)


@lru_cache(maxsize=8)
def _stage(person: Person, covers: tuple[Cover, ...]) -> _Stage:
    painted = _painted(person)
    return _Stage(painted, build(person, painted, covers))


@lru_cache(maxsize=8)
def _background(background: Background, size: int) -> Floats:
    return backdrop.paint_background(background, size)


def render(
    person: Person,
    activations: npt.ArrayLike,
    scene: Scene | None = None,
    size: int = 112,
    quality: Quality = "full",
    view: View | None = None,
) -> Render:
    """Draw a person.

    Parameters
    ----------
    person : Person
    activations : array (52,)
        Of the head's actions, as `units_to_activations` and `Expression.activations` give them.
    scene : Scene, optional
        A plain one when not given.
    size : int
        Pixels of a side, 16 to 1024.
    quality : "full" or "fast"
        Full: 2 × 2 samples a pixel, shadows and crevices. Fast: one sample, neither.
    view : View, optional
        Crop and exposure. Not given, they come from the person at rest in this scene; a clip keeps its first one.

    Raises
    ------
    ValueError
        For a size, quality or activations out of range.
    """
    if not 16 <= size <= 1024:
        raise ValueError(f"size must be 16 to 1024 pixels; got {size!r:.200}")
    if quality not in get_args(Quality):
        raise ValueError(f"quality must be one of {', '.join(get_args(Quality))}; got {quality!r:.200}")
    acts = np.asarray(activations, np.float32)
    if not np.isfinite(acts).all():
        raise ValueError("activations must be finite; got NaN or infinity")
    scene = scene or Scene()
    stage = _stage(person, scene.covers)
    view = view or neutral_view(stage.body, stage.paint, scene)
    return _draw(person, acts, scene, stage, view, size, quality)


def _draw(
    person: Person, activations: Floats, scene: Scene, stage: _Stage, view: View, size: int, quality: Quality
) -> Render:
    body, samples = stage.body, 2 if quality == "full" else 1
    vertices = body.vertices(activations)
    placed = posed(vertices, body.turn, scene)
    points = project(placed, view, size)
    buffers = _see(body, stage.paint, points, size, samples)
    mesh = _geometry(body, placed)
    lighting = _lighting(scene, stage, placed, buffers, view, size, quality)
    depth = wrinkles.depth(person.wrinkles, person.age, activations, head().action_index)
    effects.add_folds(stage.paint.relief, wrinkles.slopes(), depth, stage.slopes)
    light = np.zeros((*buffers.depth.shape, 3), np.float32)
    shade(buffers.triangle, buffers.place, samples, mesh, _look(person, stage, vertices), lighting, light)
    lens = _lenses(body, points, mesh, buffers, scene, light, samples)
    picture = np.empty((size, size, 3), np.float32)
    behind, curve = _background(scene.background, size), effects.tone_curve(scene.camera.gamma)
    effects.develop(buffers.triangle, light, samples, view.exposure, behind, curve, picture)
    patch = _patches(scene, points, picture, size)
    image = backdrop.take(picture, scene.camera)
    return Render(image, person, activations, scene, view, samples, body, buffers, vertices, points, lens, patch)


def _see(body: Body, painted: Paint, points: Floats, size: int, samples: int) -> Buffers:
    """What each sample sees."""
    buffers = Buffers.empty(size * samples, size * samples)
    scaled = points * np.array([samples, samples, 1], np.float32)
    scaled[:, 2] -= body.nearer
    raster.rasterise(
        scaled,
        body.faces,
        buffers,
        one_sided=body.one_sided,
        cut=body.cut,
        uv=body.uv,
        alpha=painted.hair.alpha,
    )
    return buffers


def _geometry(body: Body, placed: Floats) -> Geometry:
    direction = np.zeros_like(placed)
    raster.normals(placed, body.faces, direction)
    return Geometry(
        body.faces, body.surface, body.material, body.colour, placed, direction, body.uv, body.gaze, body.inside
    )


def _look(person: Person, stage: _Stage, vertices: Floats) -> Look:
    eyes = person.eyes
    upper, lower = (vertices[head().landmarks[point]] for point in (62, 66))  # the inner rims of the lips
    gap = float(np.linalg.norm(upper - lower))
    return Look(
        stage.paint.albedo,
        stage.slopes,
        stage.paint.hair.strands,
        linear(eyes.white),
        float(eyes.iris_angle),
        float(eyes.pupil),
        float(eyes.spokes),
        float(smoothstep(0.001, 0.006, gap)),
    )


@lru_cache(maxsize=1)
def _rays() -> Floats:
    """Where `effects.occlusion` looks: eight directions near by, four farther out (12, 2)."""
    turn = np.linspace(0, np.pi, 8, endpoint=False)
    around = np.stack([np.sin(turn), np.cos(turn)], 1)
    return np.concatenate([0.35 * around, around[::2]]).astype(np.float32)


def _lighting(
    scene: Scene, stage: _Stage, placed: Floats, buffers: Buffers, view: View, size: int, quality: Quality
) -> Lighting:
    ambient, lights = light_table(scene)
    full = quality == "full"
    open_ = np.ones((size, size), np.float32)
    matrix = np.zeros((3, 4), np.float32)
    depth = np.zeros((1, 1), np.float32)
    samples = len(buffers.depth) // size
    if full and scene.occlusion > 0:
        reach = len(buffers.depth) * 0.045 / max(0.6, scene.camera.crop / 1.3)
        scale = view.side * scene.camera.distance / len(buffers.depth)
        effects.occlusion(buffers.depth, samples, reach, scale, 1.1 * scene.occlusion, _rays(), open_)
    shadow = scene.shadow if full and len(scene.lights) else 0.0
    if shadow > 0:
        matrix, depth = _shadow_map(scene, stage, placed)
    up = np.ascontiguousarray(scene.rotation()[:, 2])
    return Lighting(ambient, lights, up, float(shadow), depth, matrix, open_)


def _shadow_map(scene: Scene, stage: _Stage, placed: Floats) -> tuple[Floats, Floats]:
    """The face as the first light sees it: the matrix (3, 4) into the map, and its depths."""
    body, away = stage.body, -scene.lights[0].direction()
    across = np.cross((0, 0, 1.0) if abs(away[2]) < 0.95 else (0, 1.0, 0), away)
    across /= np.linalg.norm(across)
    up = np.cross(away, across)
    zoom = _SHADOW_SIDE / 0.34
    matrix = np.zeros((3, 4))
    matrix[:, :3] = across * zoom, up * zoom, away
    matrix[:, 3] = -matrix[:, :3] @ (0, scene.camera.distance + 0.09, -0.01)
    matrix[:2, 3] += _SHADOW_SIDE / 2
    matrix[2, 3] += 5  # the rasteriser wants positive depths
    seen = (placed @ matrix[:, :3].T + matrix[:, 3]).astype(np.float32)
    buffers = Buffers.empty(_SHADOW_SIDE, _SHADOW_SIDE)
    raster.rasterise(seen, body.faces, buffers, cut=body.cut, uv=body.uv, alpha=stage.paint.hair.alpha)
    return matrix.astype(np.float32), buffers.depth


def _lenses(
    body: Body, points: Floats, mesh: Geometry, buffers: Buffers, scene: Scene, light: Floats, samples: int
) -> npt.NDArray[np.bool_]:
    """Lay lenses over ``light``, in place; where they are opaque, nothing behind is seen (S, S)."""
    opaque = np.zeros(buffers.depth.shape, np.bool_)
    if not len(body.lenses):
        return opaque
    over = Buffers(np.full_like(buffers.triangle, -1), np.zeros_like(buffers.place), buffers.depth.copy())
    scaled = points * np.array([samples, samples, 1], np.float32)
    scaled[:, 2] -= body.nearer
    raster.rasterise(scaled, body.lenses, over)
    direction = np.zeros_like(mesh.normal)
    raster.normals(mesh.position, body.lenses, direction)
    facing = np.array(scene.ambient) + sum(
        (lamp.strength * np.array(lamp.colour) for lamp in scene.lights), np.zeros(3)
    )
    effects.see_through(
        over.triangle,
        over.place,
        body.lenses,
        direction,
        body.lens_colour,
        body.lens_hides,
        facing.astype(np.float32),
        light,
    )
    return (over.triangle >= 0) & body.lens_hides


def _patches(scene: Scene, points: Floats, picture: Floats, size: int) -> Floats:
    """Lay patches over ``picture``, in place; how much they cover (H, W)."""
    covered = np.zeros((size, size), np.float32)
    middle = np.full(2, size / 2) - np.array([1, -1]) * np.array(scene.camera.shift) * size
    for cover in scene.covers:
        if cover.kind == "patch":
            mask, colour = backdrop.paint_patch(cover, middle, size / scene.camera.crop, size)
            picture += mask[..., None] * (colour - picture)
            covered = np.maximum(covered, mask)
    return covered
