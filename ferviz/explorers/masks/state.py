"""What the explorer *Masks* lets a person choose, and what is drawn of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from ferviz.explorers.masks.net import KINDS, Response, paths
from ferviz.explorers.masks.truth import ATTRIBUTIONS, Against
from ferviz.explorers.shared.face_state import FaceState
from ferviz.explorers.shared.faces import SourceState
from ferviz.explorers.shared.one_face import SYNTHETIC
from ferviz.faces.render import Quality
from ferviz.models.lbp_attention import offsets

__all__ = ["MasksState", "MasksView", "Place"]

Array = npt.NDArray[np.float32]
Panel = Literal["switches", "expression", "field"]
Tab = Literal["network", "truth"]

LAYERS, FURTHEST = 5, 6


@dataclass(frozen=True)
class MasksState(SourceState):
    """What the person chose.

    ``source`` is a bundled sample, "synthetic", or "" for one's own; ``frame`` counts its frames that have a face.
    ``texture`` is what the second branch reads, one of `KINDS` ("" is what it was trained with); ``attention`` and
    ``reconstruction`` switch these modules. ``channel`` is drawn alone, or with None the mean of all. ``row`` and
    ``column`` are the place under the cursor. ``stretch`` gives the mask's colours to what occurs about its mean,
    and not to 0 to 1: a sigmoid starts at one half, and few masks go far from there. ``rates`` are those of the drawn
    receptive field (None: the network's). ``tab`` is what is seen of the maps: those inside the "network",
    or those against the "truth"; ``panel`` what is open below: the "switches", the dials of the "expression", or the
    receptive "field". ``method`` finds where
    the logit of ``label`` comes from ("" follows the answer).
    ``emotion``, ``way``, ``units``, ``intensity`` and ``seed`` make the synthetic face as in `FaceState`; ``quality``
    is "fast" while a hand moves.
    """

    source: str = SYNTHETIC
    frame: int = 0
    texture: str = ""
    attention: bool = True
    reconstruction: bool = True
    channel: int | None = None
    row: int = 8
    column: int = 6
    stretch: bool = True
    rates: tuple[int, ...] | None = None
    tab: Tab = "network"
    panel: Panel = "switches"
    method: str = "integrated_gradients"
    label: str = ""
    emotion: str = "happiness"
    way: int = 1
    intensity: float = 0.8
    units: Mapping[str, float] | None = None
    seed: int = 8
    quality: Quality = "full"

    def __post_init__(self) -> None:
        choices = {"texture": ("", *KINDS), "panel": get_args(Panel), "method": tuple(ATTRIBUTIONS)}
        choices["tab"] = get_args(Tab)
        for name, words in choices.items():
            if getattr(self, name) not in words:
                fits = ", ".join(word or "'' (what it was trained with)" for word in words)
                raise ValueError(f"{name} must be one of {fits}; got {getattr(self, name)!r:.200}")
        for name in ("frame", "row", "column", "channel"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"{name} must be 0 or more; got {value}")
        if self.rates is not None:
            object.__setattr__(self, "rates", tuple(int(rate) for rate in self.rates))
            if not 1 <= len(self.rates) <= LAYERS or not all(1 <= rate <= FURTHEST for rate in self.rates):
                fits = f"1 to {LAYERS} whole numbers from 1 to {FURTHEST}"
                raise ValueError(f"rates must be {fits}; got {self.rates}")
        face = self.synthetic  # refuses what no face can show
        object.__setattr__(self, "units", face.units)
        object.__setattr__(self, "emotion", face.emotion)

    @cached_property
    def synthetic(self) -> FaceState:
        """The synthetic face: who it is, and what it does."""
        return FaceState(
            emotion=self.emotion,
            way=self.way,
            intensity=self.intensity,
            units=self.units,
            seed=self.seed,
            quality=self.quality,
        )

    @property
    def truthful(self) -> bool:
        """Whether the maps against the truth are there: the receptive field leaves no room for them."""
        return self.tab == "truth" or self.panel != "field"

    @property
    def switched(self) -> bool:
        """Whether anything is not as the network was trained."""
        return bool(self.texture) or not self.attention or not self.reconstruction


@dataclass(frozen=True)
class Place:
    """The numbers of one channel, or of the mean of all, at one place of the maps."""

    trunk: float
    mask: float
    attended: float
    reconstructed: float


@dataclass(frozen=True, eq=False)
class MasksView:
    """What is drawn: ``picture`` (S, S, 3) as the network reads it; ``own``, what the network makes of it as it was
    trained; ``now``, with the switches; ``kind``, what its second branch reads now; the ``channel``; the ``rates`` of
    the receptive field; ``label``, whose logit is attributed; ``against`` the truth, where they may be seen."""

    labels: tuple[str, ...]
    label: str
    picture: npt.NDArray[np.uint8]
    own: Response
    now: Response
    kind: str
    channel: int | None
    rates: tuple[int, ...]
    against: Against | None = None
    stretched: bool = False
    maps: Mapping[str, Array] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "maps", {name: self._pick(values) for name, values in self.now.maps.items()})

    def _pick(self, values: Array) -> Array:
        picked: Array = values.mean(0) if self.channel is None else values[self.channel]
        return picked

    def at(self, row: int, column: int) -> Place:
        """The numbers of a place."""
        found = {name: float(values[row, column]) for name, values in self.maps.items() if name != "texture"}
        return Place(**found)

    @property
    def limits(self) -> dict[str, float]:
        """The end of each map's colours: of a face and a channel the same, whatever the switches do."""
        trunk, attended, last = (
            float(self._pick(self.own.maps[name]).max()) for name in ("trunk", "attended", "reconstructed")
        )
        both = round_up(max(trunk, attended))
        return {"mask": 1.0, "trunk": both, "attended": both, "reconstructed": round_up(last)}

    @property
    def stretch(self) -> tuple[float, float] | None:
        """The ends of the mask's colours where they lie about its mean; else they are 0 and 1."""
        return spread(self.maps["mask"]) if self.stretched else None

    @property
    def side(self) -> int:
        """Places along one axis of the maps."""
        return int(self.maps["mask"].shape[-1])

    @property
    def reads(self) -> tuple[int, ...]:
        """The places along one axis, counted from the one looked at, that the dilated stack reads."""
        return offsets(self.rates)

    @property
    def paths(self) -> Array:
        """How many ways lead from each place to each along one axis; see `paths`."""
        return paths(self.rates, self.side)


def spread(values: npt.NDArray[np.floating]) -> tuple[float, float]:
    """As far to both sides of the mean as any value lies, at least a hundredth: a pale map shows its shape."""
    mean = float(values.mean())
    far = max(float(np.abs(values - mean).max()), 0.01)
    return mean - far, mean + far


def round_up(value: float) -> float:
    """To 1, 2 or 5 times a power of ten, so that the end of a scale reads well; 1 for nothing."""
    if not value > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 5, 10) if value <= step * power * (1 + 1e-9)))
