"""What people saw and heard in CREMA-D: their votes on the voice alone, the face alone, and both, clip by clip.

Cao H. et al., "CREMA-D: crowd-sourced emotional multimodal actors dataset", IEEE Transactions on Affective Computing
5(4), 2014, doi 10.1109/TAFFC.2014.2336244. Each of some nine people a clip named one of six words for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz import arguments
from ferviz.archives import open_arrays
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.prepared.tables import read_table

__all__ = ["BUNDLED_VOTES", "Kind", "Viewers", "read_viewers"]

Kind = Literal["voice", "face", "both"]
Array = npt.NDArray[Any]
BUNDLED_VOTES = Path(__file__).resolve().parents[1] / "assets" / "votes" / "cremad.npz"
LABELS = LABEL_SETS["CREMA-D"]
CLIP = re.compile(r"(1\d\d\d)_[A-Z]{3}_([A-Z]{3})_[A-Z]{1,2}")
_KINDS = {"1": "voice", "2": "face", "3": "both"}  # the first digit of a row's number in the project's table
_WORDS = ("A", "D", "F", "H", "N", "S")  # its columns, in the order of the label set
_ARRAYS = ("clip", "voice", "face", "both", "emotion_names")
_MOST = 10**6  # votes for one word: more would be no count of people
_ADDED = 0.5  # a vote for each word, so that none is impossible


@dataclass(frozen=True, eq=False)
class Viewers:
    """Votes of N clips. ``clip`` names, ``actor`` numbers and ``intended`` places in ``labels``, all (N,); ``voice``,
    ``face`` and ``both``: how many people chose each word (N, 6). ``left_out``: clips for which one of them is missing.
    """

    clip: Array
    actor: Array
    intended: Array
    voice: Array
    face: Array
    both: Array
    left_out: int = 0
    labels: LabelSet = LABELS

    def __len__(self) -> int:
        return len(self.clip)

    def votes(self, kind: Kind) -> Array:
        """How many chose each word (N, 6), of one kind of viewing."""
        return np.asarray(getattr(self, arguments.choice("kind", kind, get_args(Kind))))

    def shares(self, kind: Kind, *, smooth: bool = False) -> Array:
        """The share that each word got (N, 6); with half a vote more for each word where asked, so that none is 0."""
        votes = self.votes(kind) + (_ADDED if smooth else 0.0)
        return np.asarray(votes / votes.sum(1, keepdims=True))

    def word(self, kind: Kind) -> Array:
        """The place of the word that most chose (N,); −1 where two got most."""
        votes = self.votes(kind)
        tied = (votes == votes.max(1, keepdims=True)).sum(1) > 1
        return np.where(tied, -1, votes.argmax(1))

    def conflict(self) -> Array:
        """In which clips (N,) voice and face say two words, and both together one; none of the three is a tie."""
        voice, face, both = (self.word(kind) for kind in get_args(Kind))
        return np.asarray((np.minimum(np.minimum(voice, face), both) >= 0) & (voice != face))


def read_viewers(path: str | Path = BUNDLED_VOTES) -> Viewers:
    """Votes on CREMA-D: those that ferviz brings, of 76 actors (ODbL 1.0), or another file's.

    ``path`` is the project's ``tabulatedVotes.csv``, or arrays (``.npz``).
    The arrays are ``clip`` (names), ``voice``, ``face`` and ``both`` (N, 6) and ``emotion_names``. Of the table a row's
    number tells how it was shown: 1… voice, 2… face, 3… both.

    Raises
    ------
    FileNotFoundError
        When the file is not there.
    ValueError
        When it is damaged or of another kind, naming what is wrong.
    """
    path = arguments.path("path", path)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: it must be tabulatedVotes.csv of CREMA-D, or its arrays (.npz)")
    names, votes, left_out = _of_arrays(path) if path.suffix.lower() == ".npz" else _of_table(path)
    if not len(names):
        raise ValueError(f"{path.name} must tell of voice, face and both for one clip at least")
    if len(set(names.tolist())) < len(names):
        raise ValueError(f"{path.name} must tell each clip once; {len(names) - len(set(names.tolist()))} come twice")
    actor, intended = np.zeros(len(names), int), np.zeros(len(names), int)
    for place, name in enumerate(names):
        parts = CLIP.fullmatch(str(name))
        if parts is None or parts[2] not in LABELS.codes:
            raise ValueError(f"{path.name} must name clips such as 1001_DFA_ANG_XX; got {str(name)!r:.60}")
        actor[place], intended[place] = int(parts[1]), LABELS.index(LABELS.decode(parts[2]))
    for kind, array in votes.items():
        if array.min(initial=0) < 0 or not array.sum(1).all():
            raise ValueError(f"{path.name} must count one vote or more for each clip; {kind} does not")
    voice, face, both = (votes[kind] for kind in get_args(Kind))
    return Viewers(np.asarray(names), actor, intended, voice, face, both, left_out)


def _of_arrays(path: Path) -> tuple[Array, dict[str, Array], int]:
    try:
        with open_arrays(path) as stored:
            found = {name: stored[name] for name in _ARRAYS}
    except (ValueError, KeyError) as error:
        raise ValueError(f"{path.name} must hold the arrays {', '.join(_ARRAYS)} ({error})") from error
    for name in ("clip", "emotion_names"):
        if found[name].ndim != 1:
            raise ValueError(f"{path.name}: {name} must be a row of names; got shape {found[name].shape}")
    words = [str(word) for word in found.pop("emotion_names")]
    if sorted(words) != sorted(map(str, LABELS)):
        raise ValueError(f"{path.name} must count the words {', '.join(LABELS)}; got {', '.join(words)}")
    order, names = [words.index(str(word)) for word in LABELS], found.pop("clip")
    for kind, votes in found.items():
        if votes.shape != (len(names), len(words)) or votes.dtype.kind not in "iu":
            fits, got = (len(names), len(words)), f"{votes.dtype} of shape {votes.shape}"
            raise ValueError(f"{path.name}: {kind} must be whole numbers of shape {fits}; got {got}")
        if votes.max(initial=0) > _MOST:
            raise ValueError(f"{path.name}: {kind} must count at most {_MOST:,} votes for a word; got {votes.max()}")
    return names, {kind: votes[:, order].astype(int) for kind, votes in found.items()}, 0


def _of_table(path: Path) -> tuple[Array, dict[str, Array], int]:
    found: dict[str, dict[str, list[int]]] = {kind: {} for kind in _KINDS.values()}
    for where, (number, name, *cells) in read_table(path, ("", "fileName", *_WORDS)):
        kind = _KINDS.get(number[:1])
        if kind is None or not number.isdecimal() or not all(cell.isdecimal() for cell in cells):
            raise ValueError(f"{where}: must count votes, and a row begin with 1, 2 or 3; got {number!r:.20}")
        if name in found[kind]:
            raise ValueError(f"{where}: must tell each clip once of each kind; {name!r:.40} comes twice as {kind}")
        if any(len(cell) > len(str(_MOST)) or int(cell) > _MOST for cell in cells):
            raise ValueError(f"{where}: must count at most {_MOST:,} votes for a word; got {max(cells, key=len)!r:.20}")
        found[kind][name] = [int(cell) for cell in cells]
    every = sorted(set().union(*found.values()))
    names = [name for name in every if all(name in told for told in found.values())]
    votes = {kind: np.array([told[name] for name in names]).reshape(-1, len(_WORDS)) for kind, told in found.items()}
    return np.array(names), votes, len(every) - len(names)
