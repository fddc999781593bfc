"""The label of a real face that most annotators of FER+ chose."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.emotions import LABEL_SETS
from ferviz.prepared import Faces

__all__ = ["most_voted"]


def most_voted(faces: Faces) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The place in FER+ that got most votes (N,), and whether it got more than anything else (N,).

    Raises ValueError for faces without votes.
    """
    if faces.votes is None:
        raise ValueError("faces must carry the votes of FER+ (prepare_fer2013.py --votes); these do not")
    ranked: npt.NDArray[Any] = np.sort(faces.votes, axis=1)
    names = [str(label) for label in LABEL_SETS["FER+"]]
    winner = np.array([names.index(name) if name in names else -1 for name in faces.vote_names])
    place = winner[faces.votes.argmax(1)]
    return place, (ranked[:, -1] > ranked[:, -2]) & (place >= 0)
