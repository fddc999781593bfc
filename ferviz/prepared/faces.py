"""Still faces as one set of arrays, with all that their source says of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.emotions import LabelSet

__all__ = ["ROWS", "VOTE_NAMES", "Faces", "find_repeats"]

Array = npt.NDArray[Any]

VOTE_NAMES = tuple("neutral happiness surprise sadness anger disgust fear contempt unknown NF".split())
"""The columns of FER+ (Barsoum et al. 2016, arXiv:1608.01041); "NF" is "not a face"."""

ROWS = {"label": "iu", "group": "iu", "part": "U", "twin": "b", "name": "U"}  # one value a picture: name, numpy kinds
_KINDS = {"iu": "whole numbers", "U": "texts", "b": "booleans"}


@dataclass(frozen=True, eq=False)
class Faces:
    """Pictures of faces with all that their source says of them.

    Parameters
    ----------
    images : uint8 array (N, H, W)
        Gray.
    labels : LabelSet
        What the places in ``label`` mean.
    label : int array (N,)
        Places in ``labels``; -1 where the source gives none.
    votes : uint8 array (N, V), optional
        How many annotators chose each of ``vote_names``.
    vote_names : tuple of V str
        For FER+ `VOTE_NAMES`.
    group : int array (N,)
        The same number for identical pictures.
    part : str array (N,)
        The source's own division: "Training", "PublicTest".
    twin : bool array (N,)
        Stands in PublicTest, but is identical with a Training picture: leave it out when you measure.
    name : str array (N,)
        The file, or the row.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what would fit.
    """

    images: Array
    labels: LabelSet
    label: Array
    group: Array
    part: Array
    twin: Array
    name: Array
    votes: Array | None = None
    vote_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_images(self.images)
        if not isinstance(self.labels, LabelSet):
            raise TypeError(f"labels must be a LabelSet; got {type(self.labels).__name__}")
        for name, kinds in ROWS.items():
            value = np.asarray(getattr(self, name))
            if value.shape != (len(self),):
                raise ValueError(f"{name} must have shape ({len(self)},), one a picture; got {value.shape}")
            if value.dtype.kind not in kinds and len(value):
                raise TypeError(f"{name} must be an array of {_KINDS[kinds]}; got {value.dtype}")
            kind = {"iu": np.int64, "b": np.bool_, "U": value.dtype if value.dtype.kind == "U" else "<U1"}[kinds]
            object.__setattr__(self, name, value.astype(kind))
        beyond = self.label[(self.label < -1) | (self.label >= len(self.labels))]
        if len(beyond):
            raise ValueError(
                f"label must be -1 to {len(self.labels) - 1}, a place in {self.labels.name}; got {beyond[0]}"
            )
        object.__setattr__(self, "vote_names", tuple(self.vote_names))
        _check_votes(self.votes, self.vote_names, len(self))

    def __len__(self) -> int:
        """The number of pictures, N."""
        return len(self.images)

    def __repr__(self) -> str:
        parts = ", ".join(f"{count} {part}" for part, count in sorted(Counter(self.part.tolist()).items()))
        height, width = self.images.shape[1:]
        return f"Faces({len(self)} × {width}×{height}, {self.labels.name}: {parts or 'none'})"

    def select(self, mask: npt.ArrayLike) -> Faces:
        """The pictures for which ``mask``, bool (N,), is true.

        Raises
        ------
        ValueError
            When the mask is of another kind or length.
        """
        mask = np.asarray(mask)
        if mask.dtype != np.bool_ or mask.shape != (len(self),):
            raise ValueError(f"mask must be bool of shape ({len(self)},); got {mask.dtype} of shape {mask.shape}")
        arrays = {name: getattr(self, name)[mask] for name in ("images", *ROWS)}
        votes = None if self.votes is None else self.votes[mask]
        return Faces(labels=self.labels, votes=votes, vote_names=self.vote_names, **arrays)

    def distribution(self, target: LabelSet) -> npt.NDArray[np.float32]:
        """The votes as soft labels.

        Parameters
        ----------
        target : LabelSet
            Its emotions are kept; "unknown", "NF" and emotions that it lacks are dropped and the rest scaled to sum
            to 1. Emotions that nobody could vote for get 0.

        Returns
        -------
        float32 array (N, len(target))
            Rows sum to 1, or are all zero where no vote is left.

        Raises
        ------
        TypeError, ValueError
            For a target that is no label set; when these faces carry no votes.
        """
        if not isinstance(target, LabelSet):
            raise TypeError(f"target must be a LabelSet; got {type(target).__name__}")
        if self.votes is None:
            raise ValueError(
                "these faces carry no votes, so there is no distribution; their labels are in .label "
                "(prepare_fer2013.py takes the votes of FER+ with --votes)"
            )
        counts = np.zeros((len(self), len(target)), np.float32)
        for place, emotion in enumerate(target):
            if str(emotion) in self.vote_names:
                counts[:, place] = self.votes[:, self.vote_names.index(str(emotion))]
        total = counts.sum(1, keepdims=True)
        return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)

    def hold_out(self, count: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Set some pictures aside, each label in its share; identical pictures stay on one side.

        Parameters
        ----------
        count : int
            How many, 1 to N - 1. Fewer are held out only where no group is small enough for what is left of a label's
            share. A group whose pictures carry several labels counts for its first one; no label counts as one more.
        rng : numpy Generator

        Returns
        -------
        keep, held_out : bool arrays (N,)
            Every picture is in one of them.

        Raises
        ------
        TypeError, ValueError
            Naming the argument, what came and what would fit.
        """
        if isinstance(count, bool) or not isinstance(count, int | np.integer):
            raise TypeError(f"count must be a whole number of pictures; got {count!r:.200}")
        if not 0 < count < len(self):
            raise ValueError(f"count must be from 1 to {len(self) - 1}, fewer than there are pictures; got {count}")
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"rng must be a numpy Generator; got {type(rng).__name__}")
        _, first, place, size = np.unique(self.group, return_index=True, return_inverse=True, return_counts=True)
        stratum = self.label[first]  # of each group
        strata = np.unique(stratum)
        shares = _shares(np.array([size[stratum == s].sum() for s in strata]), int(count))
        chosen = np.zeros(len(first), bool)
        for value, share in zip(strata, shares, strict=True):
            for group in rng.permutation(np.flatnonzero(stratum == value)):
                if size[group] <= share:
                    chosen[group] = True
                    share -= size[group]
        held_out = chosen[place]
        return ~held_out, held_out


def _shares(sizes: Array, count: int) -> list[int]:
    """``count`` dealt out in proportion to ``sizes``, the largest remainders first."""
    exact = sizes * count / sizes.sum()
    shares = np.floor(exact).astype(int)
    shares[np.argsort(shares - exact, kind="stable")[: count - shares.sum()]] += 1
    return shares.tolist()


def _check_images(images: Array) -> None:
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
        kind = images.dtype if isinstance(images, np.ndarray) else type(images).__name__
        raise TypeError(f"images must be a uint8 array; got {kind}")
    if images.ndim != 3 or 0 in images.shape[1:]:
        raise ValueError(f"images must have shape (N, H, W), gray; got {images.shape}")


def _check_votes(votes: Array | None, names: tuple[str, ...], count: int) -> None:
    if len(set(names)) != len(names):
        raise ValueError(f"vote_names must name each column once; got {', '.join(names)}")
    if votes is None:
        if names:
            raise ValueError(f"vote_names need votes; got {', '.join(names)} and no votes")
        return
    if not isinstance(votes, np.ndarray) or votes.dtype != np.uint8:
        kind = votes.dtype if isinstance(votes, np.ndarray) else type(votes).__name__
        raise TypeError(f"votes must be a uint8 array; got {kind}")
    if votes.shape != (count, len(names)):
        raise ValueError(
            f"votes must have shape ({count}, {len(names)}), a row a picture and a column a name; got {votes.shape}"
        )


def find_repeats(images: Array, part: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Which pictures are identical, byte by byte.

    Parameters
    ----------
    images : uint8 array (N, H, W)
    part : str array (N,)

    Returns
    -------
    group : int64 array (N,)
        The same number for identical pictures, counted in the order in which they come.
    twin : bool array (N,)
        Pictures of PublicTest that also stand in Training.
    """
    _check_images(images)
    part = np.asarray(part)
    if part.shape != (len(images),):
        raise ValueError(f"part must have shape ({len(images)},), one a picture; got {part.shape}")
    seen: dict[bytes, int] = {}
    group = np.array([seen.setdefault(image.tobytes(), len(seen)) for image in images], np.int64)
    twin = (part == "PublicTest") & np.isin(group, group[part == "Training"])
    return group, twin
