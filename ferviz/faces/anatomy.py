"""Where MakeHuman's shapes fall short of a face that people know, mended once, when the head is loaded.

All is linear in who a person is and in what the face does, so it is done to the mean, to every change of it and to
every action, and the renderer need not know. Lengths in millimetres. What was seen, and what is done about it:

- Teeth lay 13 mm behind the lips in a deep and narrow arch, so a mouth that was turned or smiled had a dark wedge at
  its corner. An arch is 1.1 times as wide, three quarters as deep, and 5 mm nearer to the lips.
- The lower teeth stood 7 mm above the line between the lips and followed the jaw by three quarters only: an open mouth
  was filled by a slab of lower teeth, with the tongue above it. Both are lower, and follow the jaw.
- A cheek that rises slid along the skull: it had no volume, and a smile with it looked like one without. It swells.
- A smile, a sneer and a raised upper lip pulled the nostrils apart, by 5 mm together: a swollen nose. They keep a
  third of it.
- Brows were lowered as a whole, most in the middle; the inner ends go down most now, as in a frown, and rise most in
  grief.
- A wrinkled nose lowered the brows more than it raised the nostrils, which is anger. It is the other way round now.
- Lashes were 6 mm wide and solid, drawn pixel by pixel at random: specks. A quarter of their width is left, solid.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from ferviz.faces.head import Head

__all__ = ["mended"]

Floats = npt.NDArray[np.float32]
_MM = 1e-3
_ROOT = 0.8 * _MM  # a vertex of the lashes that is nearer to the skin is a root
_LASH = {"upper_lashes": 0.28, "lower_lashes": 0.16}  # what is left of the lashes' width
_FRONT = -16 * _MM  # where the upper arch begins, in depth
_JAW = 1.25  # how much more the lower teeth and the tongue follow the jaw


def mended(head: Head) -> Head:
    """The head with all of the above."""
    whole = _teeth(head)
    whole = _jaw(whole)
    actions = whole.actions.copy()
    for side in ("Left", "Right"):
        _cheek(whole, actions[whole.action_index[f"cheekSquint{side}"]])
        _nostrils(whole, actions[whole.action_index[f"mouthSmile{side}"]])
        _nostrils(whole, actions[whole.action_index[f"mouthUpperUp{side}"]])
        _nostrils(whole, actions[whole.action_index[f"noseSneer{side}"]])
        _frown(whole, actions[whole.action_index[f"browDown{side}"]])
        _sneer(whole, actions[whole.action_index[f"noseSneer{side}"]])
    _grief(whole, actions[whole.action_index["browInnerUp"]])
    return _lashes(replace(whole, actions=actions))


def _step(low: float, high: float, value: npt.NDArray[Any]) -> Floats:
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def _teeth(head: Head) -> Head:
    mean = head.mean.copy()
    stretch = np.array([1.1, 0.75, 1.0], np.float32)
    for part, down, flat in (("upper_teeth", 2.0, 1.0), ("lower_teeth", 6.0, 0.75)):
        teeth = head.vertices_of(part)
        top = mean[teeth, 2].max()
        edge = np.array([0, _FRONT, top], np.float32)
        mean[teeth] = (mean[teeth] - edge) * (stretch * np.array([1, 1, flat], np.float32)) + edge
        mean[teeth] += np.array([0, -5.0, -down], np.float32) * _MM
    tongue = head.vertices_of("tongue")
    mean[tongue] += np.array([0, -2.0, -7.0], np.float32) * _MM
    changes = {}
    for name in ("corners", "basis"):
        changes[name] = getattr(head, name).copy()
        for part in ("upper_teeth", "lower_teeth"):
            changes[name][:, head.vertices_of(part)] *= stretch
    return replace(head, mean=mean, **changes)


def _jaw(head: Head) -> Head:
    actions = head.actions.copy()
    moved = head.vertices_of("lower_teeth", "tongue")
    actions[head.action_index["jawOpen"], moved] *= np.float32(_JAW)
    actions[head.action_index["tongueOut"], head.vertices_of("tongue"), 2] += 11 * _MM  # over the lip, from lower down
    return replace(head, actions=actions)


def _cheek(head: Head, action: Floats) -> None:
    """What rises comes forward too: the fat of the cheek is pushed against the eye."""
    x, y, z = head.mean.T / _MM
    where = np.exp(-(((np.abs(x) - 40) / 17) ** 2) - ((z + 30) / 14) ** 2) * (y < 20)
    action[:, 1] -= np.float32(0.45) * where * np.maximum(0, action[:, 2])


def _nostrils(head: Head, action: Floats) -> None:
    x, y, z = head.mean.T / _MM
    where = _step(27, 20, np.abs(x)) * _step(-60, -54, z) * _step(-5, -15, z) * (y < 0)
    action[:, 0] *= 1 - np.float32(0.67) * where


def _frown(head: Head, action: Floats) -> None:
    """The inner ends go down half as much again: the corrugator begins between the brows."""
    action[:, 2] *= 1.5 - np.float32(0.6) * _step(12, 45, np.abs(head.mean[:, 0]) / _MM)


def _grief(head: Head, action: Floats) -> None:
    """The inner ends rise a quarter more and the middles less, so that raised and drawn brows slant."""
    action[:, 2] *= 1.25 - np.float32(0.5) * _step(12, 38, np.abs(head.mean[:, 0]) / _MM)


def _sneer(head: Head, action: Floats) -> None:
    """Half of the brow, 1.7 times the nostrils and the lip under them."""
    z = head.mean[:, 2] / _MM
    action *= (1.7 - 1.2 * _step(-14, 6, z))[:, None].astype(np.float32)


def _lashes(head: Head) -> Head:
    """Each vertex of the lashes goes most of the way to the root nearest to it."""
    skin = head.vertices_of("skin")
    distance, _ = cKDTree(head.mean[skin]).query(head.mean)
    arrays = {name: getattr(head, name).copy() for name in ("mean", "corners", "basis", "actions")}
    for part, left in _LASH.items():
        lashes = head.vertices_of(part)
        roots = lashes[distance[lashes] < _ROOT]
        own = roots[cKDTree(head.mean[roots]).query(head.mean[lashes])[1]]
        for array in arrays.values():
            array[..., lashes, :] = array[..., own, :] + np.float32(left) * (array[..., lashes, :] - array[..., own, :])
    return replace(head, **arrays)
