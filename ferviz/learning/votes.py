"""Sets of real faces as clips: data whose truth comes from people.

Each set shows different people with one label, in pictures on which raters agreed more and less. Its evidence is the
share of the raters who chose the label. Frame attention knows no order and no identity, so that a set of different
people is a fair input; as a film it would be none.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from ferviz.arguments import whole
from ferviz.emotions import LABEL_SETS, Emotion, LabelSet
from ferviz.learning.sets import Clips, at_side
from ferviz.prepared import Faces

__all__ = ["LEVELS", "vote_clips"]

LEVELS = ((0.7, 1.0, 3), (0.3, 0.6, 3), (0.0, 0.2, 4))
"""A set's pictures: of raters who chose the label, the least and the greatest share, and how many pictures have it."""
_MOST = 0.5  # of the raters may see another emotion than the label or neutral in a picture of little evidence
_SAME = 1e-6  # shares are quotients of small numbers
_EMOTIONS = tuple(str(emotion) for emotion in Emotion)

Floats = npt.NDArray[np.float64]


def vote_clips(
    faces: Faces, side: int, count: int, rng: np.random.Generator, labels: LabelSet = LABEL_SETS["FER2013"]
) -> Clips:
    """Draw sets of ten real faces from pictures that people have voted on.

    A set of a label has three pictures that 70 % or more of the raters gave it, three with 30 to 60 %, and four with at
    most 20 % of which no other emotion, neutral aside, has more than half of the votes; in a random order. Over a set
    the label has more votes than any other emotion. No picture and no group of identical pictures is used twice, in one
    set or in two. A picture for which "unknown" or "not a face" won is not used.

    Parameters
    ----------
    faces : Faces
        With votes. Which of them may be used is for the caller: for learning, none that a backbone has seen.
    side : int
        Pixels of a side.
    count : int
        Sets a label, at most: where the pictures do not suffice there are fewer. Count the labels of what comes.
    rng : numpy Generator
    labels : LabelSet
        What the sets are labelled with.

    Returns
    -------
    Clips
        (N, 10) gray frames. ``evidence`` is the share of the votes; ``own`` whether the label got the most votes of a
        frame; ``intensity`` is not known (NaN); nothing is spoiled. ``person`` counts the sets, ``family`` is "votes".

    Raises
    ------
    TypeError, ValueError
        When the faces carry no votes, no set can be drawn, or an argument does not fit.
    """
    if faces.votes is None:
        raise ValueError("faces must carry votes, as FER+ has them; these have labels only")
    whole("count", count)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy Generator; got {type(rng).__name__}")
    share, names = _shares(faces)
    pool = _Pool(faces.group, share, names)
    drawn: list[tuple[int, list[int]]] = []
    for turn in range(count):  # one of each label in turn, so that a scarce picture goes to none by being asked first
        for place in rng.permutation(len(labels)):
            found = pool.draw(str(labels[int(place)]), rng)
            if found is not None:
                drawn.append((int(place), found))
        if len(drawn) == 0 and turn == 0:
            wanted = ", ".join(f"{many} with {low:.0%} to {high:.0%}" for low, high, many in LEVELS)
            raise ValueError(f"faces must hold {wanted} of the votes for some label; {len(faces)} faces hold too few")
    return _gathered(faces, side, drawn, share, names, labels)


def _shares(faces: Faces) -> tuple[Floats, tuple[str, ...]]:
    """The share of all raters (N, V) that each name got, those of emotions first kept with their names; 0 for pictures
    that won "unknown" or "not a face", which so are of no use."""
    assert faces.votes is not None
    votes = faces.votes.astype(float)
    share = votes / np.maximum(votes.sum(1, keepdims=True), 1)
    emotional = np.array([name in _EMOTIONS for name in faces.vote_names])
    other = share[:, ~emotional].max(1, initial=0)
    names = tuple(name for name in faces.vote_names if name in _EMOTIONS)
    kept = share[:, emotional]
    return np.where((other < kept.max(1, initial=0))[:, None], kept, np.nan), names


class _Pool:
    """The pictures that are left, each group of identical ones once."""

    def __init__(self, group: npt.NDArray[np.int64], share: Floats, names: tuple[str, ...]) -> None:
        self.group, self.share, self.names = group, share, names
        self.left: npt.NDArray[np.bool_] = np.asarray(np.isfinite(share).all(1))

    def draw(self, label: str, rng: np.random.Generator, tries: int = 20) -> list[int] | None:
        """Ten places for a label, taken out of the pool; None where there are too few."""
        if label not in self.names:
            return None
        own = self.share[:, self.names.index(label)]
        others = [k for k, name in enumerate(self.names) if name not in (label, str(Emotion.NEUTRAL))]
        mild = self.share[:, others].max(1, initial=0) <= _MOST + _SAME
        for _ in range(tries):
            chosen: list[int] = []
            for low, high, many in LEVELS:
                fits = self.left & (own >= low - _SAME) & (own <= high + _SAME) & (mild | (low > 0))
                fits &= ~np.isin(self.group, self.group[chosen])
                order = rng.permutation(np.flatnonzero(fits))  # one of each group: whichever comes first in it
                _, first = np.unique(self.group[order], return_index=True)
                if len(first) < many:
                    return None
                chosen += [int(order[k]) for k in sorted(first)[:many]]
            total = self.share[chosen].sum(0)
            if total.argmax() == self.names.index(label):
                self.left[np.isin(self.group, self.group[chosen])] = False
                return [int(place) for place in rng.permutation(chosen)]
        return None


def _gathered(
    faces: Faces,
    side: int,
    drawn: list[tuple[int, list[int]]],
    share: Floats,
    names: tuple[str, ...],
    labels: LabelSet,
) -> Clips:
    at = np.array([places for _, places in drawn])  # (N, 10)
    label = np.array([place for place, _ in drawn])
    column = np.array([names.index(str(labels[int(place)])) for place in label])
    evidence = np.take_along_axis(share[at], column[:, None, None], 2)[..., 0]
    shape = at.shape
    used = faces.select(np.isin(np.arange(len(faces)), at))
    where = np.searchsorted(np.unique(at), at)
    nothing = torch.zeros(shape)
    return Clips(
        frames=at_side(used, side)[:, 0][torch.from_numpy(where)],
        mask=torch.ones(shape, dtype=torch.bool),
        label=torch.from_numpy(label),
        person=np.arange(len(at)),
        family=np.array(["votes"] * len(at)),
        evidence=torch.from_numpy(evidence.astype(np.float32)),
        intensity=nothing * torch.nan,
        own=torch.from_numpy(share[at].argmax(2) == column[:, None]),
        intruder=nothing,
        spoiled=nothing.bool(),
    )
