"""*Heads*: one light body, four small heads. What does each make of a face, and what did training do to it?

A synthetic face with dials, whose age, gender and ethnicity are known since they were set; the answers of four heads by
the body that tells people apart and by the one that was tuned for expressions, under the old heads of the other three
and under new ones; what of the face moves each head; every number of the feature they share, with what raises it and
what it adds to each head; which weights move in each step of the course; and what other bodies would cost. Of a real
face the heads of age, gender and ethnicity say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ferviz.clip import Clip
from ferviz.explorers.heads import drawing, text
from ferviz.explorers.heads.course import BODIES_SHOWN
from ferviz.explorers.heads.maps import head_map, moved, raised
from ferviz.explorers.heads.net import ZOO, Looked, drawn, face_at, open_stages, said_of
from ferviz.explorers.heads.presets import PRESETS
from ferviz.explorers.heads.state import HeadsState, HeadsView, beside, called
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.one_face import SYNTHETIC, usable_faces
from ferviz.explorers.shared.page import PageExplorer
from ferviz.explorers.shared.source import SourceExplorer
from ferviz.explorers.shared.still import Snapshot
from ferviz.measuring.bodies import milliseconds
from ferviz.models.multi_task import MultiTask

__all__ = ["Heads", "HeadsState", "HeadsView"]

SIDE = 128  # pixels of a face, as the drawn one has them


class Heads(SourceExplorer, PageExplorer):
    """*Heads*: a synthetic face with dials, and what four heads on one light body say of it.

    Parameters
    ----------
    source : str, path, bytes, open file, array, PIL image or Clip
        "synthetic" (a face with dials), a bundled sample by name, or something of your own: a face, or anything in
        which a face is found. Your own is treated like an upload: it is not saved with the notebook, and only its
        expression is read.
    model : str, MultiTask, or mapping of stage to either
        The final network, or those of the stages "identity", "tuned" and "final", by name or object, used in
        evaluation mode. "tuned" is made of the two others unless it is given. With "mtl" all are there. Of one alone no
        stage is told.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `HeadsState`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what would fit; also for networks of the zoo that are not trained yet.
    """

    NAME = "heads"
    PARTS = (
        "shared/dials",
        "shared/items_state",
        "shared/items_columns",
        "shared/items_rows",
        "shared/face_panels",
        "shared/face_paint",
        "shared/stripes",
        "shared/signed",
        "shared/export",
        "heads/answers",
        "heads/barcode",
        "heads/course",
        "heads/maps",
    )
    TITLE = "Heads"
    KEYS = (
        "Left and right arrow go from number to number of the feature (Shift: ten). t goes to the next stage of "
        "training. w opens What moves and then goes to the next step, b opens Bodies and then goes to the next one. "
        "Of a synthetic face + and − change the intensity, e the emotion, n brings another person. Escape brings the "
        "face as it came; the numbers choose a preset. Tab reaches every slider."
    )
    PRESETS = PRESETS
    FIELD = "source"
    OTHERS = (SYNTHETIC,)
    FRESH = {"frame": 0}
    MODEL = ZOO["final"]
    COMMON = ("trained", "label", "channel", "step", "body", "budget")
    State = HeadsState

    def __init__(
        self,
        source: object = HeadsState.source,
        model: str | MultiTask | Mapping[str, str | MultiTask] = MODEL,
        *,
        large: bool = False,
        **state: Any,
    ) -> None:
        self.models = open_stages(model)
        named = f"model={model!r}" if isinstance(model, str) else "model=model"
        self._model_argument = "" if model == self.MODEL else named
        if "final" not in self.models:
            state.setdefault("trained", next(iter(self.models)))
        self._first = next(iter(self.models.values()))
        self._last: tuple[Any, Looked] | None = None
        self._times: dict[str, float] = {}
        super().__init__(source, large=large, **state)

    # ---- faces and networks ------------------------------------------------------------------------------------------

    def look(self, source: Source, face: int) -> Clip:
        """The frames of a clip that have the face, cut as the networks want it."""
        return usable_faces(source, face, self._first, SIDE)

    def face(self, state: HeadsState) -> Looked:
        """The face of a state; the last one is kept."""
        faces: Clip | None = self.looked(state)
        place = (state.frame, state.face, self._uploads)
        key = (state.source, state.drawn) if faces is None else (state.source, *place)
        if self._last is None or self._last[0] != key:
            found = drawn(state, self._first) if faces is None else face_at(faces, state.frame, self._first)
            self._last = key, found
        return self._last[1]

    def _preset(self, number: object) -> Mapping[str, Any]:
        preset = super()._preset(number)  # where its stage is not there, the one that is shown stays
        there = preset["trained"] in self.models
        return preset if there else {name: preset[name] for name in preset if name != "trained"}

    # ---- from state to view ------------------------------------------------------------------------------------------

    def compute(self, state: HeadsState) -> HeadsView:
        """What the heads make of the face, by the network that was chosen and by the one beside it."""
        if state.trained not in self.models:
            raise ValueError(f"trained must be one of {', '.join(self.models)}; got {state.trained!r:.200}")
        model = self.models[state.trained]
        labels = tuple(map(str, model.heads()["emotion"] or ()))
        if state.label and state.label not in labels:
            raise ValueError(f"label must be one of {', '.join(labels)}; got {state.label!r:.200}")
        if state.channel >= model.body.backbone.width:
            raise ValueError(f"channel must be 0 to {model.body.backbone.width - 1}; got {state.channel}")
        face, stages = self.face(state), tuple(self.models)
        words, other = called(stages), beside(state.trained, stages)
        for name in filter(None, (state.trained, other)):
            whole = name == state.trained  # of the other one no contribution is shown
            if name not in face.said or (whole and not face.said[name].contribution):
                face.said[name] = said_of(self.models[name], face.clip, whole=whole)
        now = face.said[state.trained]
        label = state.label or labels[int(now.emotion.argmax())]
        silent, truth = model.silent(face.clip), face.clip.truth
        return HeadsView(
            labels=labels,
            label=label,
            picture=face.clip.frames[0],
            now=now,
            reader=words[state.trained],
            other=face.said[other] if other else None,
            other_stage=other,
            other_reader=words[other] if other else "",
            person=truth.person if truth is not None and "age" in truth.person else {},
            silence=text.silence(silent) if silent else "",
            maps=face.maps.get((state.trained, label)),
            raised=face.raised.get((state.trained, state.channel)),
            moves=face.moves.get(state.trained, {}),
            times=dict(self._times),
        )

    # ---- what the browser gets ---------------------------------------------------------------------------------------

    def sheet(self) -> dict[str, Any]:
        """What does not change with the state: names, ranges, the course and the bodies."""
        faces: Clip | None = self.looked()
        about: dict[str, Any] = {"source": self.source, "frames": 1 if faces is None else len(faces)}
        return {**drawing.names(self._first, tuple(self.models)), **about}

    def drawing(self, view: HeadsView) -> dict[str, Any]:
        return {"sheet": self._sheets, **drawing.answer(self._state, view)}

    def still(self) -> Snapshot:
        said = self.view.now
        bars = dict(zip(self.view.labels, said.emotion, strict=True))
        pictures = {f"The face, read by: {self.view.reader}": self.view.picture}
        return Snapshot(pictures, {name: float(value) for name, value in bars.items()})

    def describe_view(self) -> str:
        return text.describe(self._state, self.view)

    # ---- what is worked out when a view of it is open ----------------------------------------------------------------

    def actions(self) -> dict[str, Callable[[], None]]:
        own = {"maps": self._explain_one, "raise": self._raise_channel, "time": self._time_body, "reset": self._reset}
        return {**own, **super().actions()}

    def _reset(self) -> None:
        """The face as it came: the first preset, but of the source that is shown."""
        self._move({name: value for name, value in self._preset(1).items() if name != self.FIELD})

    def explain(self) -> None:
        """Work out what of the face moves each head."""
        while set(self.view.told) - set(self.view.maps or {}):
            self._explain_one()
        self._answer()

    def explain_one(self) -> None:
        """Work out what of the face moves the next head: one at a time, so that a hand that moves on need not wait."""
        self.act("maps")

    def _explain_one(self) -> None:
        state, label = self._state, self.view.label
        face, key = self.face(state), (state.trained, label)
        found = face.maps.get(key, {})
        left = [head for head in self.view.told if head not in found]
        if left:
            face.maps[key] = {**found, left[0]: head_map(self.models[state.trained], face.clip, left[0], label)}
        self.view = self.compute(state)

    def raise_channel(self) -> None:
        """Work out what raises the feature's number under the cursor."""
        self.act("raise")

    def _raise_channel(self) -> None:
        state, model = self._state, self.models[self._state.trained]
        face, key = self.face(state), (state.trained, state.channel)
        if key not in face.raised:
            face.raised[key] = raised(model, face.clip, state.channel)
        if state.source == SYNTHETIC and state.trained not in face.moves:
            face.moves[state.trained] = moved(model, face.clip, state)
        self.view = self.compute(state)

    def time_body(self) -> None:
        """Measure how long the chosen body takes for a face on this machine."""
        self.act("time")

    def _time_body(self) -> None:
        name = self._state.body
        if name not in self._times:
            self._times[name] = milliseconds(BODIES_SHOWN[name])
        self.view = self.compute(self._state)
