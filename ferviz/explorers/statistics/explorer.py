"""*Statistics*: a clip as mean, deviation, minimum and maximum of its frames' features, and a linear machine's sum.

No network sees the time: the order of the frames does not count. A frame that is dropped hardly moves the mean and may
move a minimum or a maximum at once; one that is repeated moves no extreme. What each statistic adds to a decision is
exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.clip import Clip
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.film import CELL, choices, faces_of, reason, shuffled
from ferviz.explorers.shared.items import ITEMS, check_items
from ferviz.explorers.shared.page import PageExplorer
from ferviz.explorers.shared.picture import known, sprite
from ferviz.explorers.shared.scripts import floats
from ferviz.explorers.shared.source import SourceExplorer
from ferviz.explorers.shared.still import Snapshot
from ferviz.explorers.shared.voice import voice
from ferviz.explorers.statistics import text
from ferviz.explorers.statistics.machine import Machine, check_machine, features_of, open_network
from ferviz.explorers.statistics.state import Described, StatisticsState, StatisticsView
from ferviz.learning.clip_svm import ClipSVM
from ferviz.models.descriptor import STATISTICS, descriptor, statistics
from ferviz.models.model import Model

__all__ = ["Statistics", "StatisticsState", "StatisticsView"]

STRIP = 4  # frames that a still shows
ROUNDING = 1e-5  # what another order of the same sum rounds to is less
FRESH: dict[str, Any] = {"frame": 0, "order": None, "dropped": (), "label": ""}


@dataclass(frozen=True, eq=False)
class Film:
    """``faces``, a clip of faces; ``pictures`` (T, 112, 112, 3), how they are shown; ``features`` (T, D)."""

    faces: Clip
    pictures: npt.NDArray[np.uint8]
    features: npt.NDArray[np.float32]


class Statistics(SourceExplorer, PageExplorer):
    """*Statistics*: the frames of a clip to drop, repeat and shuffle; four statistics; and the sum of a linear machine.

    Parameters
    ----------
    clip : str, path, bytes, open file, array, PIL image or Clip
        A bundled sample by name, or something of your own: of faces, or of anything in which a face is found. Your own
        is treated like an upload: it is not saved with the notebook.
    model : str or Model
        A network that makes a vector ``feature`` of each face, by name or object, used in evaluation mode.
    svm : ClipSVM, optional
        What answers, fitted by `ferviz.learning.clip_svm.fit_svm` on all four statistics of this network's features;
        one fitted here, on the bundled clips of other people than the clip's, when not given.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `StatisticsState`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what would fit; also for a network of the zoo that is not trained yet.
    """

    NAME = "statistics"
    OWN_DATA = "your own clip's frames and sound"
    PARTS = (
        *ITEMS,
        "shared/playing",
        "shared/items_order",
        "shared/film",
        "shared/stripes",
        "shared/signed",
        "shared/export",
        "statistics/curve",
        "statistics/sum",
    )
    TITLE = "Statistics"
    KEYS = (
        "Left and right arrow, Home and End go from frame to frame (Shift: five), up and down from number to number of "
        "the feature (Shift: ten); the space bar plays and stops, m mutes a clip's voice. x drops the frame or takes "
        "it back, r repeats it, s shuffles, j goes to the number that has moved most (in a clip as it came, varies "
        "most), Escape resets; the numbers choose a preset."
    )
    PRESETS = {
        "One expression?": {**FRESH, "clip": "happiness-moving"},
        "One frame less?": {**FRESH, "clip": "fear-one-frame", "frame": 8, "dropped": (8,)},
        "One frame twice?": {**FRESH, "clip": "fear-one-frame", "frame": 9, "order": (*range(9), *range(8, 18))},
        "Another order?": {**FRESH, "clip": "surprise-moving", "order": tuple(reversed(range(18)))},
        "Bad frames?": {**FRESH, "clip": "surprise-degraded"},
        "Gaps?": {**FRESH, "clip": "astronaut-moving"},
    }
    ACCEPT = "video/*,image/*"
    FRESH = FRESH
    MODEL = "mtl"
    COMMON = ("channel",)
    State = StatisticsState

    def __init__(
        self,
        clip: object = StatisticsState.clip,
        model: str | Model = MODEL,
        svm: ClipSVM | None = None,
        *,
        large: bool = False,
        **state: Any,
    ) -> None:
        self.model = open_network(model)
        named = f"model={model!r}" if isinstance(model, str) else "model=model"
        self._model_argument = ", ".join(
            [*([] if model == self.MODEL else [named]), *([] if svm is None else ["svm=svm"])]
        )
        self._given = svm
        self._machine: Machine | None = None
        super().__init__(clip, large=large, **state)

    # ---- clips and the machine ---------------------------------------------------------------------------------------

    def look(self, source: Source, face: int) -> Film:
        """The faces of a clip and their features."""
        faces, pictures = faces_of(source, face, self.model)
        return Film(faces, pictures, features_of(self.model, faces))

    def machine(self, width: int) -> Machine:
        """What answers, made when the first clip was looked at."""
        if self._machine is None:
            self._machine = Machine(self.model, check_machine(self._given, width))
        return self._machine

    # ---- from state to view ------------------------------------------------------------------------------------------

    def compute(self, state: StatisticsState) -> StatisticsView:
        """The statistics of the frames that there are, beside those of the clip as it came, and the machine's sums."""
        film: Film = self.looked(state)
        count, width = film.features.shape
        if state.channel >= width:
            raise ValueError(f"channel must be 0 to {width - 1}; got {state.channel}")
        order = state.order if state.order is not None else tuple(range(count))
        if max(order) >= count:
            raise ValueError(f"order must hold frames 0 to {count - 1}; got {max(order)}")
        reasons = tuple(reason(film.faces, frame, place in state.dropped) for place, frame in enumerate(order))
        usable = np.array([not why for why in reasons])
        check_items(len(order), usable, cursor=("frame", state.frame), dropped=state.dropped, values=None)
        svm, fitted = self.machine(width).answering(film.faces)
        if state.label and state.label not in svm.labels:
            raise ValueError(f"label must be one of {', '.join(svm.labels)}; got {state.label!r:.200}")
        features = film.features[list(order)]
        before = described(film.features, np.asarray(film.faces.usable()), svm)
        now = described(features, usable, svm) if state.touched else before
        changed = {name: now.statistics[name] - before.statistics[name] for name in STATISTICS}
        return StatisticsView(
            labels=svm.labels,
            label=state.label or svm.labels[int(before.decision.argmax())],
            frames=len(film.faces),
            order=order,
            reasons=reasons,
            features=features.astype(float),
            before=before,
            now=now,
            bias=svm.bias,
            moved={name: _unless_rounding(np.sqrt(np.mean(difference**2))) for name, difference in changed.items()},
            held=held(features, usable),
            fitted=fitted,
            truth=_truth(film.faces),
        )

    def sheet(self) -> dict[str, Any]:
        """What the browser gets of the clip, once: all frames as one picture, their times, and names."""
        film: Film = self.looked()
        truth = film.faces.truth
        shown = truth.shown if truth is not None and truth.shown is not None else ()
        return {
            "clip": self._state.clip,
            "clips": list(choices()),
            "source": self.named(film.faces),
            "shown": [str(word) for word in shown],
            "times": [round(float(time), 3) for time in film.faces.times],
            "guests": [],
            "sprite": sprite(film.pictures),
            "cell": CELL,
            "sound": voice(film.faces),
            "statistics": list(STATISTICS),
        }

    def drawing(self, view: StatisticsView) -> dict[str, Any]:
        return {
            "sheet": self._sheets,
            "order": list(view.order),
            "reasons": list(view.reasons),
            "labels": list(view.labels),
            "label": view.label,
            "features": floats(view.features),
            "width": view.features.shape[1],
            "held": floats(view.held),
            "now": _told(view.now),
            "before": _told(view.before),
            "bias": [known(value) for value in view.bias],
            "moved": {name: float(value) for name, value in view.moved.items()},
            "words": text.words(self._state, view),
        }

    def still(self) -> Snapshot:
        pictures = self.looked().pictures
        places = np.unique(np.linspace(0, len(self.view.order) - 1, STRIP).round().astype(int))
        strip = np.concatenate([pictures[self.view.order[place]] for place in places], axis=1)
        return Snapshot({f"Frames {', '.join(map(str, places))}" if len(places) > 1 else "The frame": strip})

    def describe_view(self) -> str:
        return text.describe(self._state, self.view)

    # ---- what a hand does --------------------------------------------------------------------------------------------

    def actions(self) -> dict[str, Callable[[], None]]:
        return {"shuffle": self._shuffle, **super().actions()}

    def shuffle(self) -> None:
        """Put the frames in another order; what was dropped stays dropped."""
        self.act("shuffle")

    def _shuffle(self) -> None:
        seed = self._state.seed + 1
        order, dropped = shuffled(self.view.order, self._state.dropped, seed)
        self._move({"order": order, "dropped": dropped, "seed": seed})


def described(features: npt.NDArray[np.float32], usable: npt.NDArray[np.bool_], svm: ClipSVM) -> Described:
    """The statistics of the frames (N, D) that can be used, and what a machine makes of them."""
    vectors, mask = torch.from_numpy(features)[None], torch.from_numpy(usable)[None]
    found = {name: values[0].double().numpy() for name, values in statistics(vectors, mask).items()}
    answer = svm.shares(descriptor(vectors, mask)).isel(clip=0)
    length = float(np.sqrt(sum(np.square(values).sum() for values in found.values())))
    return Described(found, length, answer["share"].values, answer["decision"].values)


def held(features: npt.NDArray[np.float32], usable: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Of how many minima and maxima each place (N,) is the only holder: what would move if it were dropped; NaN for a
    place that is not used."""
    known = features[usable]
    count = np.zeros(len(known))
    for ends in (known.min(0), known.max(0)):
        there = known == ends
        count += (there & (there.sum(0) == 1)).sum(1)
    out = np.full(len(features), np.nan)
    out[usable] = count
    return out


def _truth(clip: Clip) -> tuple[str, ...]:
    """What the label is called that a machine of faces should give to a clip, and that label; nothing where none is."""
    named = {"face": "its face's label", "emotion": "the clip's label"}
    return next(((named[kind], str(clip.labels[kind])) for kind in named if clip.labels.get(kind)), ())


def _told(found: Described) -> dict[str, Any]:
    return {
        "statistics": {name: floats(values) for name, values in found.statistics.items()},
        "length": found.length,
        "share": [[float(value) for value in row] for row in found.share],
        "decision": [float(value) for value in found.decision],
    }


def _unless_rounding(moved: float) -> float:
    """How far something has moved; another order of the same sum has not moved it, whatever it rounds to."""
    return float(moved) if moved >= ROUNDING else 0.0
