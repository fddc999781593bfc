"""What covers a face: glasses, sunglasses, a medical mask, a scarf, a hand, a patch.

Covers are stiff: they are fitted to the face at rest and do not move with the expression, and where skin would come
through they win. So nothing that lies under a cover shows what the face does there, and truth may say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ferviz.faces.appearance.canvas import HEIGHT, WIDTH, spread
from ferviz.faces.appearance.colour import RGB
from ferviz.faces.head import AXIS, BOTTOM, TOP, Floats, head
from ferviz.faces.surfaces import Surface, disc, grid, joined, ring, tube

__all__ = ["KINDS", "Cover", "Piece", "draw_cover", "envelope", "on_envelope", "pieces"]

Doubles = npt.NDArray[np.float64]
Kind = Literal["glasses", "sunglasses", "mask", "scarf", "hand", "patch"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Cover:
    """One cover. ``place`` moves a hand or patch over the face: x and z, -1 to 1 from the middle of the face;
    ``size`` is 0 to 1; ``turn`` in degrees. A hand's colour is the person's skin.
    """

    kind: Kind
    colour: RGB = (0.1, 0.1, 0.12)
    size: float = 0.5
    place: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", tuple(self.place))
        if self.kind not in KINDS:
            raise ValueError(f"cover must be one of {', '.join(KINDS)}; got {self.kind!r:.200}")
        if not 0 <= self.size <= 1:
            raise ValueError(f"size of a cover must be 0 to 1; got {self.size!r:.200}")


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a cover as the mesh takes it up."""

    surface: Surface
    material: Literal["frame", "lens", "fabric", "flesh"]
    colour: RGB | None  # None: the person's skin
    hides: bool  # nothing behind it is seen
    uv: Floats | None = None  # (V, 2) for woven folds
    nearer: float = 0.0  # metres that it counts as nearer when depths are compared

    def coordinates(self) -> Floats:
        """Canonical coordinates (V, 2), 0 for what has no folds."""
        return np.zeros((len(self.surface.vertices), 2), np.float32) if self.uv is None else self.uv


def draw_cover(rng: np.random.Generator, kind: Kind) -> Cover:
    """A cover of this kind drawn by chance, anywhere on the face."""
    grey, tint = rng.uniform(0.02, 0.85), rng.normal(0, 0.12, 3)
    colour = np.clip(grey * (0.25 if "glasses" in kind else 1) + tint, 0.02, 0.9)
    if kind == "mask" and rng.random() < 0.6:
        colour = np.array([[0.62, 0.78, 0.88], [0.88, 0.9, 0.9], [0.08, 0.08, 0.09]][int(rng.integers(3))])
    place = rng.uniform(-0.8, 0.8, 2)
    return Cover(
        kind=kind,
        colour=(float(colour[0]), float(colour[1]), float(colour[2])),
        size=float(rng.uniform(0, 1)),
        place=(float(place[0]), float(place[1])),
        turn=float(rng.uniform(-40, 40)),
        seed=int(rng.integers(2**31)),
    )


def pieces(cover: Cover, rest: Floats) -> list[Piece]:
    """The meshes of a cover fitted to a face at ``rest`` (V, 3). A patch has none: it lies on the picture."""
    if cover.kind in ("glasses", "sunglasses"):
        return _glasses(cover, rest)
    if cover.kind == "mask":
        return _mask(cover, rest)
    if cover.kind == "scarf":
        return _scarf(cover, rest)
    if cover.kind == "hand":
        return [Piece(_hand(cover, rest), "flesh", None, True, nearer=0.03)]
    return []


def _glasses(cover: Cover, rest: Floats) -> list[Piece]:
    rng = np.random.default_rng([cover.seed, 1])
    eyes = [rest[head().vertices_of(name)] for name in ("left_eye", "right_eye")]
    centres = [(eye.max(0) + eye.min(0)) / 2 for eye in eyes]
    front = min(eye[:, 1].min() for eye in eyes) - 0.012
    apart = centres[0][0] - centres[1][0]
    width = (0.021 + 0.006 * cover.size) * apart / 0.062
    height, square = width * rng.uniform(0.66, 0.95), rng.uniform(2, 3.6)
    thick, lower = rng.uniform(0.0006, 0.0022), -rng.uniform(0, 0.005)
    middles = [np.array([1.06 * c[0], front, c[2] + lower]) for c in centres]
    frame = [ring(m, width, height, thick, square) for m in middles]
    inner, outer = abs(middles[0][0]) - width, abs(middles[0][0]) + width
    bridge = np.array([[-inner, front, lower], [0, front - 0.002, lower + 0.3 * height], [inner, front, lower]])
    bridge[[0, 2], 2] += 0.15 * height
    frame.append(tube(bridge, [thick] * 3, 5))
    ear = 0.93 * np.abs(rest[head().ears > 0.5][:, 0]).max()
    for side in (-1, 1):
        arm = [(side * outer, front, lower + 0.4 * height), (side * ear, 0.035, 0.006), (side * ear, 0.085, 0.002)]
        frame.append(tube(arm, [thick] * 3, 5))
    dark = cover.kind == "sunglasses"
    lens = joined(*(disc(m, width, height, square) for m in middles))
    return [
        Piece(joined(*frame), "frame", cover.colour, True, nearer=0.014),
        Piece(lens, "lens", cover.colour if dark else (0.93, 0.95, 0.95), dark, nearer=0.012),
    ]


def envelope(rest: Floats, reach: tuple[float, float], gap: float) -> npt.NDArray[np.float64]:
    """Distance in metres from the axis of a smooth sheet around the face (HEIGHT, WIDTH), as stretched cloth lies."""
    position = spread(rest)
    radius = np.hypot(position[..., 0], position[..., 1] - AXIS)
    hull = ndimage.grey_dilation(radius, size=(int(reach[0]), int(reach[1])), mode="nearest")
    return ndimage.gaussian_filter(hull, (reach[0] * 0.55, reach[1] * 0.55), mode="nearest") + gap


def on_envelope(radius: Doubles, angle: Doubles, z: Doubles) -> tuple[Doubles, Floats]:
    """Points (R, C, 3) at ``angle`` (degrees from the front) and ``z`` (metres), and canonical coordinates (R·C, 2)."""
    u, v = angle / 360 + 0.5, (TOP - z) / (TOP - BOTTOM)
    r = ndimage.map_coordinates(radius, [v * HEIGHT - 0.5, u % 1 * WIDTH - 0.5], order=1, mode="nearest")
    turn = np.radians(angle)
    points = np.stack([r * np.sin(turn), AXIS - r * np.cos(turn), z], -1)
    return points, np.stack([u, v], -1).reshape(-1, 2).astype(np.float32)


def _mask(cover: Cover, rest: Floats) -> list[Piece]:
    """A pleated medical mask from the bridge of the nose to under the chin, with loops around the ears."""
    radius = envelope(rest, (13, 23), 0.004)
    bridge, chin = rest[head().landmarks[28], 2] + 0.004, rest[head().landmarks[8], 2] - 0.004
    across, down = np.meshgrid(np.linspace(-1, 1, 27), np.linspace(0, 1, 21))
    angle = 72 * across
    top = bridge - 0.030 * np.clip(np.abs(across) * 1.3, 0, 1) ** 1.2
    bottom = chin + 0.032 * np.abs(across) ** 2.2
    z = top + (bottom - top) * down
    points, uv = on_envelope(radius, angle, z)
    pleats = 0.0012 * np.sin(down * 9 * np.pi) * (1 - across**4) * np.clip(4 * down * (1 - down) * 2, 0, 1)
    tuck = 0.018 * np.clip((down - 0.8) / 0.2, 0, 1) ** 2  # the lower edge goes under the chin
    turn = np.radians(angle)
    away = (pleats - tuck)[..., None] * np.stack([np.sin(turn), -np.cos(turn), np.zeros_like(turn)], -1)
    loops = []
    ear = rest[head().ears > 0.5]
    for side, column in ((-1, 0), (1, -1)):
        back = ear[np.sign(ear[:, 0]) == side].mean(0)
        for row in (1, -2):
            corner = points[row, column]
            loops.append(tube([corner, (corner + back) / 2 + (0.004 * side, 0, 0), back], [0.0009] * 3, 5))
    cloth = Piece(grid(points + away), "fabric", cover.colour, True, uv, nearer=0.03)
    return [cloth, Piece(joined(*loops), "frame", (0.9, 0.9, 0.9), True)]


def _scarf(cover: Cover, rest: Floats) -> list[Piece]:
    """A scarf wound around the neck, up to the mouth or the nose."""
    rng = np.random.default_rng([cover.seed, 2])
    radius = envelope(rest, (17, 31), 0.009)
    lips, nose = rest[head().landmarks[51], 2], rest[head().landmarks[33], 2]
    high = nose + 0.006 + (lips - 0.004 - nose) * (1 - cover.size)
    around, down = np.meshgrid(np.linspace(-180, 180, 73)[:-1], np.linspace(0, 1, 25))
    top = (
        high
        - 0.055 * np.clip((np.abs(around) - 35) / 100, 0, 1)
        + 0.003 * np.sin(np.radians(2 * around) + cover.seed % 7)
    )
    z = top + (-0.235 - top) * down
    points, uv = on_envelope(radius, around, z)
    phase = rng.uniform(0, 6, 3)
    folds = np.sin(down * 16 + 1.5 * np.sin(np.radians(around) + phase[0]) + phase[1])
    folds = 0.004 * folds + 0.002 * np.sin(down * 31 + 2 * np.sin(np.radians(2 * around) + phase[2]))
    turn = np.radians(around)
    away = (folds + 0.012 * down)[..., None] * np.stack([np.sin(turn), -np.cos(turn), np.zeros_like(turn)], -1)
    return [Piece(grid(points + away, closed=True), "fabric", cover.colour, True, uv, nearer=0.03)]


_FINGERS = (  # root across the palm, length, radius at the root, all in metres; little finger to index
    (-0.030, 0.058, 0.0070),
    (-0.011, 0.072, 0.0082),
    (0.009, 0.078, 0.0086),
    (0.029, 0.070, 0.0084),
)


def _hand(cover: Cover, rest: Floats) -> Surface:
    """A hand held before the face: palm, four fingers and a thumb, slightly bent, and the wrist."""
    rng = np.random.default_rng([cover.seed, 3])
    scale = 0.85 + 0.2 * cover.size
    side = -1.0 if cover.place[0] < 0 else 1.0
    parts = []
    fan = rng.uniform(0.03, 0.12)
    for place, (x, length, radius) in enumerate(_FINGERS):
        lean = fan * (place - 1.5)
        joints = np.array([0, 0.42, 0.74, 1.0]) * length
        bend = np.array([0.0, -0.004, -0.003, 0.003]) * rng.uniform(0.3, 1.5)
        path = np.stack([x + np.sin(lean) * joints, bend, 0.040 + np.cos(lean) * joints], 1)
        parts.append(tube(path, radius * np.array([1.05, 0.98, 0.9, 0.72]), 10))
    thumb = np.array([[0.030, -0.002, -0.030], [0.052, -0.006, -0.006], [0.060, -0.008, 0.018], [0.060, -0.006, 0.038]])
    parts.append(tube(thumb, [0.015, 0.0125, 0.0105, 0.008], 10))
    palm = np.array([[0.0, 0, -0.052], [0.0, 0, -0.03], [0.0, 0, 0.0], [0.0, 0, 0.03], [0.0, 0.002, 0.044]])
    parts.append(tube(palm, [0.027, 0.036, 0.040, 0.0405, 0.036], 16, flat=0.32))
    parts.append(
        tube([[0.0, 0.004, -0.26], [0.0, 0.002, -0.1], [0.0, 0, -0.045]], [0.030, 0.025, 0.026], 14, flat=0.72)
    )
    hand = joined(*parts)
    points = hand.vertices * scale * (side, 1, 1)
    turn = np.radians(cover.turn) - 0.5 * cover.place[0]
    cos, sin = np.cos(turn), np.sin(turn)
    points = points @ np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
    aim = np.array([0.055 * cover.place[0], 0.0, -0.055 + 0.06 * cover.place[1] - 0.05])
    near = rest[np.hypot(rest[:, 0] - aim[0], rest[:, 2] - aim[2] - 0.03) < 0.035]
    aim[1] = near[:, 1].min() - 0.013
    faces = hand.faces if side > 0 else hand.faces[:, ::-1]
    return Surface(points + aim, np.ascontiguousarray(faces))
