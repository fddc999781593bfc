"""All triangles of one person in one scene: the head, the hair that lies over it, and what covers it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull

from ferviz.faces.appearance.canvas import HEIGHT, WIDTH, smoothstep
from ferviz.faces.appearance.colour import linear
from ferviz.faces.appearance.paint import Paint
from ferviz.faces.cover import Cover, Piece, pieces
from ferviz.faces.head import PARTS, Floats, head
from ferviz.faces.identity import Person
from ferviz.faces.shell import hang, press_ears, shell

__all__ = ["Body", "Material", "build"]

PIVOT = np.array([0.0, 0.07, -0.10], np.float32)  # metres: the head turns around the top of the neck


class Material(IntEnum):
    """How a surface answers to light."""

    SKIN = 0
    EYE = 1
    TONGUE = 2
    TEETH = 3
    LASH = 4
    HAIR = 5
    WOVEN = 6  # hat, headscarf
    FABRIC = 7  # mask, scarf
    FRAME = 8
    FLESH = 9  # a hand
    LENS = 10


_MATERIALS = {"frame": Material.FRAME, "lens": Material.LENS, "fabric": Material.FABRIC, "flesh": Material.FLESH}
_PART_MATERIALS = (
    Material.SKIN,
    Material.EYE,
    Material.EYE,
    Material.TONGUE,
    Material.TEETH,
    Material.TEETH,
    Material.LASH,
    Material.LASH,
)


@dataclass(frozen=True, eq=False)
class Body:
    """V vertices, F triangles, S surfaces. The first vertices are the head's own."""

    rest: Floats  # (H, 3) the head at rest
    offset: Floats  # (N, 3) the hair's shell over the vertices `scalp`
    scalp: npt.NDArray[np.int64]  # (N,)
    stiff_hair: bool  # a hat does not follow the brows
    stiff: Floats  # (M, 3) hanging hair and covers
    faces: npt.NDArray[np.int32]  # (F, 3)
    surface: npt.NDArray[np.uint8]  # (F,) index into the next three
    material: npt.NDArray[np.uint8]  # (S,)
    colour: Floats  # (S, 3) linear
    hides: npt.NDArray[np.bool_]  # (S,) covers that nothing is seen through
    one_sided: npt.NDArray[np.bool_]  # (F,)
    cut: npt.NDArray[np.bool_]  # (F,) see `raster.rasterise`
    uv: Floats  # (V, 2)
    gaze: Floats  # (V, 3)
    inside: Floats  # (V,)
    turn: Floats  # (V,) share of the head's rotation: 1 the head, 0 the shoulders
    nearer: Floats  # (V,) metres
    lenses: npt.NDArray[np.int32]  # (L, 3) triangles that are seen through, drawn afterwards
    lens_colour: Floats  # (3,) linear
    lens_hides: bool

    def vertices(self, activations: npt.ArrayLike) -> Floats:
        """All vertices (V, 3) in the head's own frame for ``activations`` (52,)."""
        face = head().vertices(self.rest, activations)
        under = self.rest if self.stiff_hair else face
        return np.concatenate([face, under[self.scalp] + self.offset, self.stiff])


@lru_cache(maxsize=1)
def _head_turn() -> Floats:
    """How much each vertex of the head turns with it; the neck shares the turn."""
    mean = head().mean
    turn = smoothstep(-0.20, -0.105, mean[:, 2] - 0.25 * np.clip(mean[:, 1], -0.05, 0.1))
    return turn


@lru_cache(maxsize=1)
def _head_uv() -> Floats:
    """Canonical coordinates, but for teeth: decimetres along the arch from its middle, and from the teeth's edge."""
    shape = head()
    uv = shape.canonical.copy()
    for part, edge in (("upper_teeth", -1), ("lower_teeth", 1)):
        teeth = shape.vertices_of(part)
        points = 10 * shape.mean[teeth]
        turn = np.arctan2(points[:, 0], points[:, 1].max() + 0.05 - points[:, 1])
        outline = points[ConvexHull(points[:, :2]).vertices]
        outline = outline[np.argsort(np.arctan2(outline[:, 0], points[:, 1].max() + 0.05 - outline[:, 1]))]
        length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(outline[:, :2], axis=0), axis=1))])
        along = np.arctan2(outline[:, 0], points[:, 1].max() + 0.05 - outline[:, 1])
        uv[teeth, 0] = np.interp(turn, along, length) - np.interp(0, along, length)
        uv[teeth, 1] = (edge * points[:, 2]).max() - edge * points[:, 2]
    return uv


class _Builder:
    """Collects triangles while a body is put together."""

    def __init__(self) -> None:
        self.faces: list[npt.NDArray[np.int32]] = []
        self.surface: list[npt.NDArray[np.uint8]] = []
        self.one_sided: list[npt.NDArray[np.bool_]] = []
        self.cut: list[npt.NDArray[np.bool_]] = []
        self.surfaces: list[tuple[Material, Floats, bool]] = []

    def add(
        self,
        faces: npt.NDArray[np.int32],
        material: Material,
        colour: npt.ArrayLike = (0.0, 0.0, 0.0),
        *,
        hides: bool = False,
        one_sided: bool = False,
        cut: bool = False,
    ) -> None:
        """Add a surface of one material and one linear colour."""
        count = len(faces)
        self.faces.append(faces.astype(np.int32))
        self.surface.append(np.full(count, len(self.surfaces), np.uint8))
        self.one_sided.append(np.full(count, one_sided))
        self.cut.append(np.full(count, cut))
        self.surfaces.append((material, np.asarray(colour, np.float32), hides))


def build(person: Person, paint: Paint, covers: tuple[Cover, ...]) -> Body:
    """Put a person's triangles together."""
    shape, hair = head(), paint.hair
    rest = person.face()
    if hair.over_ears:
        press_ears(rest)
    builder = _Builder()
    _add_head(builder, person, paint)
    layer, scalp, offset = shell(rest, hair.thickness)
    woven = Material.WOVEN if hair.woven else Material.HAIR
    builder.add(layer + np.int32(len(rest)), woven, hair.colour, cut=True)
    start = len(rest) + len(scalp)
    sheet, sheet_uv = hang(rest, hair)
    builder.add(sheet.faces + np.int32(start), Material.HAIR, hair.colour)
    start += len(sheet.vertices)
    fitted = [piece for cover in covers for piece in pieces(cover, rest)]
    lenses = _add_pieces(builder, fitted, start, _flesh(paint))
    stiff = np.concatenate([sheet.vertices, *(p.surface.vertices for p in fitted)]).astype(np.float32)
    nothing = len(scalp) + len(stiff)
    loose = smoothstep(-0.30, -0.08, sheet.vertices[:, 2])  # the ends lie on the shoulders
    nearer = [np.full(len(p.surface.vertices), p.nearer, np.float32) for p in fitted]
    lens = next((p for p in fitted if p.material == "lens"), None)
    return Body(
        rest=rest,
        offset=offset,
        scalp=scalp,
        stiff_hair=person.hair.style == "hat",
        stiff=stiff,
        faces=np.ascontiguousarray(np.concatenate(builder.faces)),
        surface=np.concatenate(builder.surface),
        material=np.array([s[0] for s in builder.surfaces], np.uint8),
        colour=np.array([s[1] for s in builder.surfaces], np.float32),
        hides=np.array([s[2] for s in builder.surfaces]),
        one_sided=np.concatenate(builder.one_sided),
        cut=np.concatenate(builder.cut),
        uv=np.concatenate(
            [_head_uv(), shape.canonical[scalp], sheet_uv, *(p.coordinates() for p in fitted)]
        ).astype(np.float32),
        gaze=np.concatenate([shape.gaze, np.zeros((nothing, 3), np.float32)]),
        inside=np.concatenate([shape.inside, np.zeros(nothing, np.float32)]),
        turn=np.concatenate([_head_turn(), _head_turn()[scalp], loose, np.ones(len(stiff) - len(loose), np.float32)]),
        nearer=np.concatenate([np.zeros(start, np.float32), *nearer]).astype(np.float32),
        lenses=lenses,
        lens_colour=linear(lens.colour or (1, 1, 1)) if lens is not None else np.ones(3, np.float32),
        lens_hides=lens is not None and lens.hides,
    )


def _flesh(paint: Paint) -> Floats:
    """The skin's mean colour on the cheeks, for a hand."""
    rows, left = slice(HEIGHT * 4 // 10, HEIGHT // 2), WIDTH // 2
    return paint.albedo[rows, left - 60 : left + 60, :3].mean((0, 1))


def _add_head(builder: _Builder, person: Person, paint: Paint) -> None:
    """Skin, eyes, tongue, teeth and lashes; MakeHuman's strips of hair are left out."""
    shape, eyes = head(), person.eyes
    lash, skin = np.minimum(0.3 * paint.hair.colour * (0 if paint.hair.woven else 1) + 0.004, 0.03), _flesh(paint)
    colours = {
        "left_eye": linear(eyes.iris),
        "right_eye": linear(eyes.iris),
        "tongue": (0.22, 0.06, 0.06),
        "upper_teeth": linear(eyes.teeth),
        "lower_teeth": 0.8 * linear(eyes.teeth),
        "upper_lashes": lash + (0.45 - 0.09 * eyes.upper_lashes) * (skin - lash),
        "lower_lashes": lash + 0.5 * (skin - lash),
    }
    for number, name in enumerate(PARTS[:-1]):
        faces = shape.faces[shape.part == number]
        if "teeth" in name:
            faces = _outer_walls(faces)
        if name == "lower_lashes" and eyes.lower_lashes == 0:
            continue
        sided = name not in ("upper_lashes", "lower_lashes")
        builder.add(faces, _PART_MATERIALS[number], colours.get(name, (0, 0, 0)), one_sided=sided)


def _outer_walls(faces: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The triangles of a dental arch that face out: from beside, its inner walls would show as white slivers."""
    corner = head().mean[faces]  # (F, 3, 3)
    facing = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    out = corner.mean(1) - (0.0, corner[..., 1].max(), corner[..., 2].mean())
    return faces[(facing[:, :2] * out[:, :2]).sum(1) > 0]


def _add_pieces(builder: _Builder, fitted: list[Piece], start: int, flesh: Floats) -> npt.NDArray[np.int32]:
    """Add covers after vertex ``start``; return the triangles of lenses, which are drawn separately."""
    lenses = np.zeros((0, 3), np.int32)
    for piece in fitted:
        faces = (piece.surface.faces + start).astype(np.int32)
        start += len(piece.surface.vertices)
        if piece.material == "lens":
            lenses = faces
            continue
        colour = flesh if piece.colour is None else linear(piece.colour)
        builder.add(faces, _MATERIALS[piece.material], colour, hides=piece.hides)
    return lenses
