"""Covers pasted onto real faces: the generator's own hands, masks, scarves and patches, with their place known.

A cover is drawn on a synthetic person, cut out with all that it hides, and laid over a photograph so that the five
points of the person come to lie on those of the face. Nothing of a real face is looked at but its five points and, for
a hand, how bright its skin is. So what a photograph loses is known to the pixel, which no photograph of a covered face
can tell.

It stays a pasted thing: its light and its sharpness are not the photograph's, and it does not follow a turned head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ferviz.arguments import number, whole
from ferviz.faces.cover import Kind, draw_cover
from ferviz.faces.head import head
from ferviz.faces.identity import sample_person
from ferviz.faces.plan import COVERING
from ferviz.faces.render import render
from ferviz.faces.scene import sample_scene
from ferviz.faces.truth import facts
from ferviz.warp import similarity

__all__ = ["PASTED", "Cutout", "Pasted", "cut_out", "five_points", "lay", "paste"]

PASTED: tuple[Kind, ...] = ("hand", "mask", "scarf", "patch")
SIDE = 72  # pixels of a cutout: its face is then as large as one that fills 48
_CROP = 1.8  # of the picture that it is cut from: enough for a scarf to go on below the chin
_GRAY = np.array([0.299, 0.587, 0.114])  # as models weigh colours (ITU-R BT.601)
_SWAPPED = [1, 0, 2, 4, 3]  # the five points of a mirrored face
_GAIN = (0.4, 2.0)  # how far a hand is made darker or brighter, at most

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Cutout:
    """A cover cut out of the picture of a synthetic person: colours (S, S, 3) from 0 to 255, the ``share`` of each
    pixel (S, S) that it takes, 0 to 1, and where the person's five ``points`` (5, 2) lie, in pixels."""

    kind: Kind
    colour: Floats
    share: Floats
    points: Floats

    def mirrored(self) -> Cutout:
        """The same, left for right."""
        points = np.array([len(self.share) - 1, 0]) + self.points[_SWAPPED] * (-1, 1)
        return replace(self, colour=self.colour[:, ::-1], share=self.share[:, ::-1], points=points)


@dataclass(frozen=True, eq=False)
class Pasted:
    """Pictures (N, H, W) or (N, H, W, 3), some with a cover: ``cover`` (N, H, W) is the share of each pixel that it
    takes, ``kind`` (N,) what it is, "" for none."""

    pictures: Bytes
    cover: Floats
    kind: npt.NDArray[np.str_]

    @property
    def share(self) -> Floats:
        """How much of each picture is covered (N,), 0 to 1."""
        return self.cover.mean((1, 2))


def five_points(landmarks: npt.ArrayLike) -> Floats:
    """The five points (5, 2) that detectors know, from 68 landmarks: eyes, the tip of the nose, corners of the mouth,
    the picture's left one first."""
    at = np.asarray(landmarks, np.float32)
    return np.stack([at[36:42].mean(0), at[42:48].mean(0), at[30], at[48], at[54]])


def cut_out(rng: np.random.Generator, kind: Kind, *, side: int = SIDE, crop: float = _CROP) -> Cutout:
    """A cover of this kind on a person, in a place and in a light drawn by chance, cut out.

    Parameters
    ----------
    rng : numpy Generator
    kind : str
    side : int
        Pixels of the cutout.
    crop : float
        How much of the scene it shows, in sides of the person's head: an arm goes on to the edge of it.

    Raises
    ------
    ValueError
        For a kind that hides nothing; see `ferviz.faces.plan.COVERING`. For a side or crop that does not fit.
    """
    if kind not in COVERING:
        raise ValueError(f"kind must be one of {', '.join(COVERING)}; got {kind!r:.200}")
    whole("side", side, 8)
    number("crop", crop, "above 0", lambda value: value > 0)
    person, cover = sample_person(rng), draw_cover(rng, kind)
    drawn = sample_scene(rng, covers=(cover,), yaw_limit=10.0, faults=False)
    camera = replace(drawn.camera, crop=crop, shift=(0.0, 0.0))
    scene = replace(drawn, pitch=0.0, roll=0.0, camera=camera)
    shown = render(person, np.zeros(len(head().action_names), np.float32), scene, 2 * side)
    known = facts(shown, shown)
    cover_at = known.cover[..., None].astype(np.float32)
    share, colour = _halved(cover_at), _halved(shown.image * cover_at)
    points = (five_points(known.landmarks) + 0.5) / 2 - 0.5
    return Cutout(kind, colour / np.maximum(share, 1e-6), share[..., 0], points)


def _halved(picture: Floats) -> Floats:
    """The mean of each 2 × 2 pixels (H, W, C)."""
    side = len(picture) // 2
    return picture.reshape(side, 2, side, 2, -1).mean((1, 3))


def _gray(picture: npt.NDArray[np.generic]) -> npt.NDArray[np.floating]:
    """A picture (H, W) or (H, W, 3) as gray."""
    return (picture @ _GRAY if picture.ndim == 3 else picture).astype(float)


def lay(picture: Bytes, cutout: Cutout, matrix: npt.ArrayLike, gain: float = 1.0) -> tuple[Bytes, Floats]:
    """Lay a cover over one picture.

    Parameters
    ----------
    picture : uint8 array (H, W) or (H, W, 3)
    cutout : Cutout
    matrix : array (2, 3)
        From pixels of the cutout to pixels of the picture, as `ferviz.warp.similarity` gives it.
    gain : float
        What its brightness is multiplied by.

    Returns
    -------
    uint8 array, float array (H, W)
        The picture, and the share of each pixel that is covered.
    """
    back = np.linalg.inv(np.vstack([np.asarray(matrix, float), [0, 0, 1]]))  # from the picture to the cutout
    turn, shift = back[1::-1, 1::-1], back[1::-1, 2]  # rows and columns, where a matrix has x and y

    def moved(of: Floats) -> Floats:
        return ndimage.affine_transform(of, turn, shift, picture.shape[:2], np.float32, order=1)

    share = moved(cutout.share)
    shade = cutout.colour if picture.ndim == 3 else _gray(cutout.colour)
    there = cutout.share[..., None] * np.atleast_3d(shade)  # what is cut out has no colour beyond its edge
    laid = np.stack([moved(there[..., k]) for k in range(there.shape[-1])], -1).reshape(picture.shape)
    left = 1 - (share if picture.ndim == 2 else share[..., None])
    return np.rint(np.clip(picture * left + gain * laid, 0, 255)).astype(np.uint8), share


def paste(
    pictures: Bytes,
    points: npt.ArrayLike,
    cutouts: Sequence[Cutout],
    rng: np.random.Generator,
    *,
    often: float = 1.0,
) -> Pasted:
    """Lay a cover drawn by chance over each of some faces, or over some of them.

    Each is turned by up to 8 degrees, scaled by 0.9 to 1.15 and shifted by up to a twentieth of the side from where it
    fits, and half are mirrored. A hand is made as bright as the middle of the face.

    Parameters
    ----------
    pictures : uint8 array (N, H, W) or (N, H, W, 3)
    points : array (N, 5, 2)
        Of each face, in pixels; see `ferviz.mtcnn.MTCNN.points_of`.
    cutouts : sequence of Cutout
    rng : numpy Generator
        The same one gives the same pictures.
    often : float
        The share of the faces that are covered, each drawn by itself.

    Raises
    ------
    TypeError, ValueError
        For pictures, points, cutouts or a share that do not fit.
    """
    at = np.asarray(points, float)
    if not isinstance(pictures, np.ndarray) or pictures.dtype != np.uint8 or pictures.ndim not in (3, 4):
        raise TypeError(f"pictures must be a uint8 array (N, H, W) or (N, H, W, 3); got {pictures!r:.100}")
    if at.shape != (len(pictures), 5, 2) or not np.isfinite(at).all():
        raise ValueError(f"points must be finite, of shape ({len(pictures)}, 5, 2); got shape {at.shape} or NaN")
    whole("the number of cutouts", len(cutouts))
    number("often", often, "a share from 0 to 1", lambda value: 0 <= value <= 1)
    found, cover = pictures.copy(), np.zeros(pictures.shape[:3], np.float32)
    kind = np.zeros(len(pictures), "<U10")
    for place in np.flatnonzero(rng.random(len(pictures)) < often):
        drawn = cutouts[int(rng.integers(len(cutouts)))]
        drawn = drawn.mirrored() if rng.random() < 0.5 else drawn
        matrix = _jittered(similarity(drawn.points, at[place]), drawn, pictures.shape[1], rng)
        gain = _gain(pictures[place], drawn, rng)
        found[place], cover[place] = lay(pictures[place], drawn, matrix, gain)
        kind[place] = drawn.kind
    return Pasted(found, cover, kind)


def _jittered(matrix: Floats, cutout: Cutout, side: int, rng: np.random.Generator) -> Floats:
    """The matrix with a little turn, scale and shift about the face's middle."""
    turn, scale = np.radians(rng.uniform(-8, 8)), rng.uniform(0.9, 1.15)
    shift = rng.uniform(-0.05, 0.05, 2) * side
    about = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = matrix[:, :2] @ cutout.points.mean(0) + matrix[:, 2]
    return np.column_stack([about @ matrix[:, :2], about @ (matrix[:, 2] - middle) + middle + shift])


def _gain(picture: Bytes, cutout: Cutout, rng: np.random.Generator) -> float:
    """How much brighter a cover is made: a hand as bright as the middle of the face, all by up to a fifth."""
    own = float(rng.uniform(0.8, 1.2))
    if cutout.kind != "hand":
        return own
    high, wide = (side // 4 for side in picture.shape[:2])
    skin = float(np.median(_gray(picture[high:-high, wide:-wide])))
    drawn = float(np.median(_gray(cutout.colour)[cutout.share > 0.5])) if (cutout.share > 0.5).any() else skin
    return own * float(np.clip(skin / max(drawn, 1.0), *_GAIN))
