"""*Two streams*: what do face and voice each say, what do both say together, and which of them is answerable for it?

Filmstrip, waveform, log-mel spectrogram and the weights of both attentions under one cursor, played with the sound in
step. What a hand changes runs through one backbone, or none: each stream's vectors are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ferviz.clip import Clip
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.page import PageExplorer
from ferviz.explorers.shared.source import SourceExplorer
from ferviz.explorers.shared.still import Snapshot
from ferviz.explorers.streams import drawing, text
from ferviz.explorers.streams.film import Film, Heard, choices, find_film, heard_of
from ferviz.explorers.streams.net import (
    MODEL,
    UNTRAINED,
    ZOO,
    added,
    coalitions,
    gone,
    moved,
    open_networks,
    opened,
    pairs_of,
    pool,
    probability,
    shares_of,
    spread,
    steps_of,
    worked_example,
)
from ferviz.explorers.streams.presets import PRESETS
from ferviz.explorers.streams.state import Array, StreamsState, StreamsView
from ferviz.models.audio_video import AudioVideo
from ferviz.models.fusion import ABSENT
from ferviz.models.stream import Pooled

__all__ = ["StreamsState", "StreamsView", "TwoStreams"]

STRIP = 4  # frames that a still shows


class TwoStreams(SourceExplorer, PageExplorer):
    """*Two streams*: a face and a voice under one cursor, changed by hand, and the answers to each and to both.

    Parameters
    ----------
    clip : str, path, bytes, open file, array, PIL image or Clip
        A bundled sample by name, or something of your own: a film in which a face is found, a recording, or a picture.
        Your own is treated like an upload: it is not saved with the notebook.
    model : str, AudioVideo, or mapping of name to either
        One network of two streams or several, by name or object, used in evaluation mode. With "av" those are there as
        well that have another attention or fusion on its backbones, each loaded when it is first asked for. Where none
        ships, "av" is a network that has learned nothing, and the explorer says so.
    large : bool
        Large type, for a lecture.
    **state
        Fields of `StreamsState`.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what would fit.
    """

    NAME = "streams"
    OWN_DATA = "your own clip's frames and sound"
    PARTS = (
        "shared/dials",
        "shared/items_columns",
        "shared/items_rows",
        "shared/playing",
        "shared/beside",
        "shared/export",
        "streams/lanes",
        "streams/weights",
        "streams/answers",
        "streams/steps",
        "streams/pairs",
    )
    TITLE = "Two streams"
    KEYS = (
        "Left and right arrow go from frame to frame (Shift: a tenth of a second), Home and End to the ends, the space "
        "bar plays and stops, m mutes what is played. Up and down move the weight under the cursor, of the row that "
        "was touched last; p chooses the position under it, band after band. x takes the face away or brings it back, "
        "v the voice, s makes it silent, Escape resets; the numbers choose a preset. In the fusion and its pairs left "
        "and right go from sum to sum; up and down go in the fusion from product to product, in its pairs from frame "
        "to frame (Shift with left and right: through the sound; a click keeps a pair)."
    )
    PRESETS = PRESETS
    ACCEPT = "video/*,audio/*,image/*"
    MODEL = MODEL
    FRESH = {
        "second": 0.0,
        "label": "",
        "position": None,
        "pair": None,
        "voice_of": "",
        "frame_weights": None,
        "voice_weights": None,
        "plays": "sound",
    }
    COMMON = ("network", "scale", "absent", "tab", "numbers", "sum")
    State = StreamsState

    def __init__(
        self,
        clip: object = StreamsState.clip,
        model: str | AudioVideo | Mapping[str, str | AudioVideo] = MODEL,
        *,
        large: bool = False,
        **state: Any,
    ) -> None:
        self._models = open_networks(model)
        self.networks = ZOO if model == self.MODEL and self.MODEL in self._models else tuple(self._models)
        named = f"model={model!r}" if isinstance(model, str) else "model=model"
        self._model_argument = "" if model == self.MODEL else named
        self._first = self._models[self.networks[0]]
        self._heard: dict[tuple[Any, ...], Heard] = {}
        self._before: dict[tuple[Any, ...], Array] = {}
        self._told: tuple[Any, ...] = ()
        super().__init__(clip, large=large, **state)

    # ---- clips and networks ------------------------------------------------------------------------------------------

    def network(self, name: str) -> tuple[str, AudioVideo]:
        """A network by its name, "" the first; with its name."""
        if name and name not in self.networks:
            raise ValueError(f"network must be one of {', '.join(self.networks)}; got {name!r:.200}")
        found = name or self.networks[0]
        if found not in self._models:
            self._models[found] = opened(found, "network")
        return found, self._models[found]

    def searched(self, clip: Clip) -> Clip:
        """All of it; of a recording there is nothing to search."""
        return clip if len(clip) else replace(clip, crop=self._first.crop)

    def look(self, source: Source, face: int) -> Film:
        """The faces of a clip, cut as the first network wants them, and its sound."""
        return find_film(source, face, self._first)

    def heard(self, state: StreamsState) -> Heard:
        """The sound of a state, as it is changed; the newest few are kept."""
        if state.voice_of and state.voice_of not in choices():
            raise ValueError(f"voice_of must be one of {', '.join(choices())}; got {state.voice_of!r:.200}")
        if (key := self._sound_key(state)) not in self._heard:
            while len(self._heard) >= 4:
                del self._heard[next(iter(self._heard))]
            self._heard[key] = heard_of(self.looked(state), state)
        return self._heard[key]

    def _sound_key(self, state: StreamsState) -> tuple[Any, ...]:
        own = () if state.voice_of else (state.clip, state.face, self._uploads)
        return (*own, state.voice_of, state.shift, state.noise, state.audio == "silent")

    # ---- from state to view ------------------------------------------------------------------------------------------

    def compute(self, state: StreamsState) -> StreamsView:
        """What the network makes of face and voice, as they are changed: of each alone, and of both."""
        name, model = self.network(state.network)
        labels = tuple(str(label) for label in model.labels)
        if state.label and state.label not in labels:
            raise ValueError(f"label must be one of {', '.join(labels)}; got {state.label!r:.200}")
        film, heard = self.looked(state), self.heard(state)
        self._check(state, film, heard, name, model)
        there: dict[str, bool] = {"video": state.video == "seen", "audio": state.audio != "gone"}
        encoded = {"video": film.under(name, model, state.cover), "audio": heard.under(name, model)}
        own = pool(model, **encoded)
        own = {stream: own[stream] if there[stream] else gone(own[stream]) for stream in own}
        size = drawing.map_of(model, heard.record(name, model)[0].shape[3])
        now = self._moved(own, state, size)
        runs = {absent: coalitions(model, now, absent) for absent in ABSENT}
        said = {who: probability(logits) for who, logits in runs[state.absent].items()}
        label = state.label or labels[int(said["both"].argmax())]
        masks = {stream: one.mask[0].cpu().numpy() & there[stream] for stream, one in encoded.items()}
        return StreamsView(
            labels=labels,
            label=label,
            frames=_weight(now["video"], masks["video"]),
            own_frames=_weight(own["video"], masks["video"]),
            positions=_weight(now["audio"], masks["audio"]),
            own_positions=_weight(own["audio"], masks["audio"]),
            said=said,
            before=self._as_it_came(state, name, model) if state.touched else said["both"],
            shares=shares_of(runs) if all(bool(one.present.all()) for one in now.values()) else None,
            steps=steps_of(model, now, state.absent),
            added=added(model, now, state.absent),
            pairs=pairs_of(model, now, state.sum, size[1]) if state.tab == "pairs" else None,
        )

    def _check(self, state: StreamsState, film: Film, heard: Heard, name: str, model: AudioVideo) -> None:
        """Raise ValueError, naming the field, for a place that the clip does not have."""
        ends = [0.0 if film.faces is None else float(film.faces.times[-1]) + film.pace]
        if heard.clip is not None:
            ends.append(heard.clip.duration)
        if state.second > max(ends):
            raise ValueError(f"second must be 0 to {max(ends):.2f}; got {state.second}")
        bands, columns = drawing.map_of(model, heard.record(name, model)[0].shape[3])
        if state.position is not None and not 0 <= state.position < bands * columns:
            raise ValueError(f"position must be 0 to {bands * columns - 1}; got {state.position}")
        count = 0 if film.faces is None else len(film.faces)
        if state.pair is not None and not (0 <= state.pair[0] < count and 0 <= state.pair[1] < columns):
            fits = f"None, or a frame from 0 to {count - 1} and a step of the sound from 0 to {columns - 1}"
            there = fits if count and columns else "None where there are no pairs"
            raise ValueError(f"pair must be {there}; got {state.pair}")
        if model.config.fusion.kind == "fbp" and state.sum >= model.config.fusion.outputs:
            raise ValueError(f"sum must be 0 to {model.config.fusion.outputs - 1}; got {state.sum}")
        if state.plays == "position" and state.position is None:
            raise ValueError("plays must be 'sound' or 'kept' where no position is chosen; got 'position'")
        for field, places in {"frame_weights": count, "voice_weights": columns}.items():
            values = getattr(state, field)
            if values is not None and len(values) != places:
                raise ValueError(f"{field} must have {places} numbers, one a place; got {len(values)}")
            if values is not None and not any(values):
                raise ValueError(f"{field} must be above 0 at some place")

    def _moved(self, own: dict[str, Pooled], state: StreamsState, size: tuple[int, int]) -> dict[str, Pooled]:
        """Both streams under the weights that a hand has moved; ``size``: bands and columns of the sound's map."""
        now = dict(own)
        for stream, given in (("video", state.frame_weights), ("audio", state.voice_weights)):
            if given is None or not bool(own[stream].present.all()):
                continue
            weight = own[stream].weight[0].cpu().numpy().astype(float)
            wanted = np.asarray(given, float)
            if stream == "audio":
                wanted = spread(weight, wanted, size)
            wanted = np.where(weight > 0, wanted, 0)
            if wanted.sum() > 0:
                now[stream] = moved(own[stream], wanted)
        return now

    def _as_it_came(self, state: StreamsState, name: str, model: AudioVideo) -> Array:
        key = (name, state.clip, state.face, self._uploads, state.absent)
        if key not in self._before:
            plain = StreamsState(clip=state.clip, face=state.face)
            film, heard = self.looked(plain), self.heard(plain)
            streams = pool(model, film.under(name, model, 0.0), heard.under(name, model))
            self._before[key] = probability(coalitions(model, streams, state.absent)["both"])
        return self._before[key]

    # ---- what the browser gets ---------------------------------------------------------------------------------------

    def sheet(self) -> dict[str, Any]:
        """What changes with the clip and its sound alone: frames, waveform, spectrogram, the file that is played."""
        state, film = self._state, self.looked()
        name, model = self.network(state.network)
        whose = f"{state.clip}, face {state.face}, upload {self._uploads}"  # sheets of one film have the same pictures
        about = {"film": whose, "clip": state.clip, "clips": list(choices()), "source": self.named(film.clip)}
        about |= {"networks": list(self.networks), "network": name, "kind": model.config.fusion.kind}
        about |= {"labels": [str(label) for label in model.labels]}
        about |= {"untrained": text.NO_WEIGHTS if name == UNTRAINED else "", "example": drawing.steps(worked_example())}
        return {**about, **drawing.pictures(film), **drawing.sounds(self.heard(state), name, model, state)}

    def drawing(self, view: StreamsView) -> dict[str, Any]:
        return {"sheet": self._sheets, **drawing.answer(self._state, view, self.looked())}

    def still(self) -> Snapshot:
        pictures = self.looked().shown(self._state.cover)
        shown = {}
        if len(pictures):
            places = np.unique(np.linspace(0, len(pictures) - 1, STRIP).round().astype(int))
            shown[f"Frames {', '.join(map(str, places))}"] = np.concatenate([pictures[at] for at in places], axis=1)
        return Snapshot(shown, dict(zip(self.view.labels, self.view.said["both"], strict=True)))

    def describe_view(self) -> str:
        state = self._state
        return text.describe(state, self.view, self.looked(), self.heard(state), *self.network(state.network))

    def _sheet_key(self) -> tuple[Any, ...]:
        state = self._state
        played = (state.plays, state.position if state.plays == "position" else None, state.audio == "gone")
        return (*self._sound_key(state), state.clip, state.face, state.network, *played)

    def _publish_sheet(self) -> None:
        self._told = self._sheet_key()
        super()._publish_sheet()

    def _move(self, changes: Mapping[str, Any], *, anew: bool = False) -> None:
        super()._move(changes, anew=anew)
        if self._sheet_key() != self._told:
            self._sheets += 1
            self._publish_sheet()


def _weight(stream: Pooled, usable: Array) -> Array:
    return np.where(usable, stream.weight[0].cpu().numpy(), np.nan)
