"""What the explorer *Two streams* lets a person choose, and what is drawn of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy.typing as npt

from ferviz.explorers.shared.faces import SourceState
from ferviz.explorers.shared.items import check_values
from ferviz.explorers.shared.words import called
from ferviz.explorers.streams.net import Scale, Steps
from ferviz.models.fusion import ABSENT, Absent
from ferviz.scores import Shapley

__all__ = ["NOISES", "SCALES", "SHIFTS", "StreamsState", "StreamsView"]

Array = npt.NDArray[Any]
Seen = Literal["seen", "gone"]
Listened = Literal["heard", "silent", "gone"]
Plays = Literal["sound", "kept", "position"]
Tab = Literal["streams", "fusion", "pairs"]
Numbers = Literal["clip", "example"]

NOISES = (-10.0, 30.0)
"""Decibels that the voice stands above the noise: the ends of the slider, but that its upper end is no noise."""
SHIFTS = (-1.0, 1.0)
"""Seconds by which the sound comes later."""
SCALES: tuple[Scale, ...] = get_args(Scale)
_AS_IT_CAME = ("seen", "heard", 0, "", 0, None)


@dataclass(frozen=True)
class StreamsState(SourceState):
    """What the person chose.

    ``clip`` is a bundled sample; "" is one's own. ``network`` is one of those that were given ("" the first);
    ``label`` the one whose shares are drawn ("" follows the answer). ``second`` is where the cursor stood,
    ``position`` the place of the sound's map that is looked at.

    What is changed: ``video`` is "seen", or "gone" (a stand-in takes its place); ``audio`` is "heard", "silent"
    (which is a sound) or "gone". ``cover`` is the share of each picture under a gray square. ``voice_of`` names the
    sample whose voice is heard instead; ``shift`` seconds later; ``noise``: decibels that the voice stands above it,
    None or the upper end of `NOISES` for no noise. ``frame_weights`` (one a frame) and ``voice_weights`` (one a step
    in time of the sound's map) are a hand's; None leaves the network its own.

    ``plays``: what is heard, the "sound", what of it the picture that the network gets has "kept", or what one
    "position" hears. ``scale`` and ``absent`` are those of the shares: of the "logit" or the "probability", with the
    "learned" stand-in or the "mean" of the training clips. ``tab``: what is seen, the "streams", the "fusion" step by
    step with the ``numbers`` of this "clip" or of a small "example", or the "pairs" of frames and steps of the sound
    that make up one of FBP's sums, the one at the place ``sum``; ``pair`` is the frame and the step that are looked at
    there (None: where the most is added).
    """

    clip: str = "happiness-voice-conflict"
    network: str = ""
    label: str = ""
    second: float = 0.0
    position: int | None = None
    video: Seen = "seen"
    audio: Listened = "heard"
    cover: float = 0.0
    voice_of: str = ""
    shift: float = 0.0
    noise: float | None = None
    frame_weights: tuple[float, ...] | None = None
    voice_weights: tuple[float, ...] | None = None
    plays: Plays = "sound"
    scale: Scale = "logit"
    absent: Absent = "learned"
    tab: Tab = "streams"
    numbers: Numbers = "clip"
    sum: int = 0
    pair: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        choices: dict[str, tuple[str, ...]] = {"video": get_args(Seen), "audio": get_args(Listened)}
        choices["plays"] = get_args(Plays)
        choices |= {"scale": SCALES, "absent": ABSENT, "tab": get_args(Tab), "numbers": get_args(Numbers)}
        for name, fits in choices.items():
            if getattr(self, name) not in fits:
                raise ValueError(f"{name} must be one of {', '.join(fits)}; got {getattr(self, name)!r:.200}")
        for name in ("frame_weights", "voice_weights"):
            with called(name, within="values"):
                object.__setattr__(self, name, check_values(getattr(self, name)))
        for name, (low, high) in {"cover": (0.0, 1.0), "shift": SHIFTS}.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must lie between {low:g} and {high:g}; got {getattr(self, name)}")
        if self.noise is not None and not NOISES[0] <= self.noise <= NOISES[1]:
            raise ValueError(f"noise must lie between {NOISES[0]:g} and {NOISES[1]:g} dB or be None; got {self.noise}")
        if self.noise == NOISES[1]:
            object.__setattr__(self, "noise", None)
        if self.sum < 0:
            raise ValueError(f"sum must be 0 or more; got {self.sum}")
        if self.second < 0:
            raise ValueError(f"second must be 0 or more; got {self.second}")

    @property
    def touched(self) -> bool:
        """Whether anything of the clip is changed, or a weight moved."""
        plain: tuple[Any, ...] = (self.video, self.audio, self.cover, self.voice_of, self.shift, self.noise)
        return self.moved or any(one != other for one, other in zip(plain, _AS_IT_CAME, strict=True))

    @property
    def moved(self) -> bool:
        """Whether a hand has moved weights."""
        return self.frame_weights is not None or self.voice_weights is not None


@dataclass(frozen=True, eq=False)
class StreamsView:
    """What is drawn, for T frames, N positions of the sound's map and E labels.

    ``frames`` (T,) and ``positions`` (N,) are the weights now, ``own_frames`` and ``own_positions`` those of the
    network itself; NaN where an item cannot be used. ``said``: what the network answers (E,) to "none", "audio",
    "video" and "both"; ``before`` (E,) to the clip as it came. ``shares``: stand-in → scale → Shapley values (E,), None
    where a stream is missing. ``steps`` of FBP, None for another fusion; ``added`` (2, E): what each stream adds to
    each logit (in "mean" to each probability), None for FBP. ``pairs`` (T, columns): what each frame with each step in
    time of the sound adds to the sum that is looked at, None in another tab, for another fusion, or without a stream.
    """

    labels: tuple[str, ...]
    label: str
    frames: Array
    own_frames: Array
    positions: Array
    own_positions: Array
    said: Mapping[str, Array]
    before: Array
    shares: Mapping[Absent, Mapping[Scale, Shapley]] | None
    steps: Steps | None
    added: Array | None
    pairs: Array | None

    @property
    def place(self) -> int:
        """The label's place."""
        return self.labels.index(self.label)
