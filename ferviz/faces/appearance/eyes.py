"""Eyes, lashes and teeth: the parts with colours of their own. The shading kernel draws iris and pupil."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ferviz.faces.appearance.colour import RGB

__all__ = ["Eyes", "draw"]

_IRISES: tuple[RGB, ...] = (
    (0.20, 0.12, 0.07),
    (0.27, 0.16, 0.09),
    (0.34, 0.22, 0.11),
    (0.30, 0.28, 0.14),
    (0.25, 0.34, 0.40),
    (0.35, 0.45, 0.52),
    (0.40, 0.42, 0.42),
)


@dataclass(frozen=True)
class Eyes:
    """Colours are sRGB; the iris is measured as an angle because the shapes' eyeballs are too large."""

    iris: RGB = (0.2, 0.11, 0.05)
    iris_angle: float = 23.5  # degrees from the axis of the eye to the rim, 22 to 25
    pupil: float = 0.42  # share of the iris' radius, 0.3 to 0.55
    white: RGB = (0.80, 0.77, 0.74)
    upper_lashes: int = 2  # 1 faint to 4 black
    lower_lashes: int = 0  # 0 none, 1 drawn
    teeth: RGB = (0.86, 0.81, 0.72)
    spokes: float = 0.0  # phase of the iris' pattern


def draw(rng: np.random.Generator, age: float, gender: float, ethnicity: tuple[float, float, float]) -> Eyes:
    """Eyes of a person drawn by chance; light ones are rare outside the third ethnicity of the shapes."""
    light = rng.random() < 0.07 + 0.85 * ethnicity[2] ** 2
    iris = np.array(_IRISES[int(rng.integers(7 if light else 2))]) * rng.uniform(0.8, 1.3)
    white = np.array([0.86, 0.83, 0.80]) * rng.uniform(0.82, 1.0)
    teeth = np.array([0.93, 0.88, 0.78]) * rng.uniform(0.8, 1.05)
    lashes = rng.uniform(0.15, 0.6) + 0.35 * gender
    return Eyes(
        iris=(float(iris[0]), float(iris[1]), float(iris[2])),
        iris_angle=float(rng.uniform(22, 25)),
        pupil=float(rng.uniform(0.3, 0.55)),
        white=(float(white[0]), float(white[1]), float(white[2])),
        upper_lashes=int(np.clip(1 + 4 * lashes, 1, 4)),
        lower_lashes=int(lashes > 0.6),
        teeth=(float(teeth[0]), float(teeth[1]), float(teeth[2])),
        spokes=float(rng.uniform(0, 6.28)),
    )
