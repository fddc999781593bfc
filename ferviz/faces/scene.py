"""Where and how a person is seen: pose, light, background, covers and camera, in frozen records ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz.faces.appearance.colour import RGB
from ferviz.faces.cover import KINDS, Cover, draw_cover

__all__ = ["Background", "Camera", "Light", "Scene", "sample_scene"]

LIMITS = {"yaw": 80.0, "pitch": 45.0, "roll": 45.0}  # degrees either way


@dataclass(frozen=True)
class Light:
    """A far light. Azimuth 0 is the camera's side, positive to the picture's right; elevation 90 is above; degrees."""

    azimuth: float = -30.0
    elevation: float = 30.0
    strength: float = 1.0
    colour: RGB = (1.0, 1.0, 1.0)

    def direction(self) -> npt.NDArray[np.float64]:
        """Towards the light, (3,)."""
        a, e = np.radians([self.azimuth, self.elevation])
        return np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])


BackgroundKind = Literal["plain", "gradient", "shapes"]


@dataclass(frozen=True)
class Background:
    """What is behind the person. Two sRGB colours; ``texture`` is the strength of cloudy noise, ``blur`` a share of
    the picture's side.
    """

    kind: BackgroundKind = "plain"
    colours: tuple[RGB, RGB] = ((0.55, 0.57, 0.6), (0.4, 0.42, 0.45))
    texture: float = 0.0
    blur: float = 0.02
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(BackgroundKind):
            raise ValueError(f"background must be one of {', '.join(get_args(BackgroundKind))}; got {self.kind!r:.200}")


@dataclass(frozen=True)
class Camera:
    """The camera and its faults. Lengths are shares of the picture's side."""

    distance: float = 1.0  # metres; near ones make noses large
    crop: float = 1.3  # side of the picture, in sides of the face's box (brows to chin)
    shift: tuple[float, float] = (0.0, 0.0)
    exposure: float = 1.0
    gamma: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0  # 0 is a grey picture
    blur: float = 0.0
    noise: float = 0.0  # standard deviation, 0 to 1
    seed: int = 0


@dataclass(frozen=True)
class Scene:
    """How a person is seen.

    Parameters
    ----------
    yaw, pitch, roll : float
        Degrees: the face turns to the picture's right, looks up, and its head leans to the picture's right.
    ambient : tuple of three floats
        Light from all around, red, green and blue.
    sky : tuple of three floats
        How the ambient light is uneven: x (picture's right), y (away), z (up); its length is 0 to 0.75.
    lights : tuple of Light
        The first one casts shadows.
    shadow : float
        How dark they are, 0 to 1.
    occlusion : float
        How much crevices darken, 0 to 1.
    covers : tuple of Cover
        Glasses, masks, hands …: see `ferviz.faces.cover`.

    Raises
    ------
    ValueError
        For an impossible pose, or two pairs of glasses.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    ambient: tuple[float, float, float] = (0.4, 0.4, 0.4)
    sky: tuple[float, float, float] = (0.0, 0.0, 0.3)
    lights: tuple[Light, ...] = (Light(), Light(40.0, 10.0, 0.25))
    shadow: float = 0.6
    occlusion: float = 0.8
    background: Background = field(default_factory=Background)
    camera: Camera = field(default_factory=Camera)
    covers: tuple[Cover, ...] = ()

    def __post_init__(self) -> None:
        for name, limit in LIMITS.items():
            angle = getattr(self, name)
            if not abs(angle) <= limit:
                raise ValueError(f"{name} must be -{limit:g} to {limit:g} degrees; got {angle!r:.200}")
        if sum(cover.kind in ("glasses", "sunglasses") for cover in self.covers) > 1:
            raise ValueError("covers may hold one pair of glasses or sunglasses; got more")

    def rotation(self, share: float = 1.0) -> npt.NDArray[np.float32]:
        """The head's rotation (3, 3), or a ``share`` of it, for the neck."""
        yaw, pitch, roll = np.radians([share * self.yaw, -share * self.pitch, share * self.roll])
        cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
        turn = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
        nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        lean = np.array([[cr, 0, sr], [0, 1, 0], [-sr, 0, cr]])
        return (lean @ nod @ turn).astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """All parameters, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Scene:
        """The scene behind what `to_dict` gave, also after a round trip through JSON."""
        made: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        made["lights"] = tuple(Light(**{**row, "colour": tuple(row["colour"])}) for row in values["lights"])
        made["covers"] = tuple(Cover(**{**row, "colour": tuple(row["colour"])}) for row in values["covers"])
        camera, background = values["camera"], values["background"]
        made["camera"] = Camera(**{**camera, "shift": tuple(camera["shift"])})
        colours = tuple(tuple(colour) for colour in background["colours"])
        made["background"] = Background(**{**background, "colours": colours})
        return cls(**made)


def _rgb(values: npt.ArrayLike) -> RGB:
    red, green, blue = (float(v) for v in np.asarray(values))
    return red, green, blue


def _tint(rng: np.random.Generator, spread: float) -> RGB:
    """Factors of a warm (positive) or cool light."""
    warm = rng.normal(0, spread)
    return _rgb(np.clip([1 + 0.22 * warm, 1, 1 - 0.26 * warm], 0.3, 1.7))


def _draw_lights(rng: np.random.Generator) -> tuple[Light, ...]:
    azimuth, elevation, key = rng.uniform(-80, 80), rng.uniform(-15, 65), rng.uniform(0.35, 1.35)
    lights = [Light(float(azimuth), float(elevation), float(key), _tint(rng, 0.45))]
    lights.append(
        Light(
            float(-azimuth + rng.normal(0, 25)),
            float(rng.uniform(-20, 40)),
            float(key * rng.uniform(0, 0.5)),
            _tint(rng, 0.45),
        )
    )
    rim = Light(
        float(rng.choice([-1, 1]) * rng.uniform(100, 150)),
        float(rng.uniform(0, 50)),
        float(rng.uniform(0.3, 1.2)),
        _tint(rng, 0.5),
    )
    return (*lights, rim) if rng.random() < 0.3 else tuple(lights)


def _draw_background(rng: np.random.Generator) -> Background:
    kind = get_args(BackgroundKind)[int(rng.choice(3, p=(0.25, 0.25, 0.5)))]
    colours = [np.clip(rng.uniform(0.03, 0.97) + rng.normal(0, 0.12, 3), 0.02, 0.98) for _ in range(2)]
    return Background(
        kind=kind,
        colours=(_rgb(colours[0]), _rgb(colours[1])),
        texture=float(rng.uniform(0.03, 0.3) * (rng.random() < 0.6)),
        blur=float(rng.choice([0.003, 0.01, 0.03, 0.06])),
        seed=int(rng.integers(2**31)),
    )


def _draw_camera(rng: np.random.Generator, faults: bool) -> Camera:
    shift = rng.normal(0, 0.03, 2)
    perfect = Camera(
        distance=float(rng.uniform(0.45, 1.8)),
        crop=float(rng.uniform(1.15, 1.55)),
        shift=(float(shift[0]), float(shift[1])),
        seed=int(rng.integers(2**31)),
    )
    values = {
        "exposure": float(rng.uniform(0.75, 1.3)),
        "gamma": float(rng.uniform(0.85, 1.2)),
        "contrast": float(rng.uniform(0.8, 1.2)),
        "saturation": float(rng.uniform(0.6, 1.25) * (rng.random() > 0.2)),
        "blur": float(abs(rng.normal(0, 0.007)) * (rng.random() < 0.5)),
        "noise": float(abs(rng.normal(0, 0.018))),
    }
    return Camera(**{**asdict(perfect), **values}) if faults else perfect


def sample_scene(
    rng: np.random.Generator,
    *,
    covers: tuple[Cover, ...] | None = None,
    yaw_limit: float = 45.0,
    faults: bool = True,
) -> Scene:
    """Draw a scene.

    Takes one number from ``rng``; pose, light, background, camera and covers then have luck of their own.

    Parameters
    ----------
    rng : numpy Generator
    covers : tuple of Cover, optional
        Fixed instead of drawn (a fifth wear glasses, an eighth is covered by something else).
    yaw_limit : float
        Degrees that the head turns at most.
    faults : bool
        Whether the camera blurs, adds noise, and misses colour and exposure.
    """
    seed = int(rng.integers(2**31))
    pose, light, behind, camera, over = (np.random.default_rng([seed, part]) for part in range(5))
    sky = light.normal(size=3) + np.array([0, -0.3, 0.6])
    sky *= light.uniform(0, 0.75) / np.linalg.norm(sky)
    drawn = _draw_covers(over)
    return Scene(
        yaw=float(np.clip(pose.normal(0, 16), -yaw_limit, yaw_limit)),
        pitch=float(np.clip(pose.normal(0, 9), -25, 25)),
        roll=float(np.clip(pose.normal(0, 6), -20, 20)),
        ambient=_rgb(light.uniform(0.18, 0.65) * np.array(_tint(light, 0.4))),
        sky=_rgb(sky),
        lights=_draw_lights(light),
        shadow=float(light.uniform(0.3, 0.9) * (light.random() < 0.7)),
        occlusion=float(light.uniform(0.5, 1.0)),
        background=_draw_background(behind),
        camera=_draw_camera(camera, faults),
        covers=drawn if covers is None else covers,
    )


def _draw_covers(rng: np.random.Generator) -> tuple[Cover, ...]:
    """Glasses for a fifth; something else for an eighth. No kind knows of the emotion."""
    covers = []
    if rng.random() < 0.2:
        covers.append(draw_cover(rng, "sunglasses" if rng.random() < 0.25 else "glasses"))
    if rng.random() < 0.125:
        others = [kind for kind in KINDS if "glasses" not in kind]
        covers.append(draw_cover(rng, others[int(rng.integers(len(others)))]))
    return tuple(covers)
