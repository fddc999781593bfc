"""What attention adds to a mean when only some of the frames tell, and what it costs where none is to be found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.learning.sets import Clips
from ferviz.models.frame_attention import FrameAttention
from ferviz.seeds import luck

__all__ = ["SHARES", "Tens", "tens_of"]

SHARES = tuple(range(1, 11))  # tenths of informative frames
INFORMATIVE, EMPTY = 0.6, 0.2  # of the evidence
NEUTRAL = LABEL_SETS["FER2013"].index(Emotion.NEUTRAL)


@dataclass(frozen=True, eq=False)
class Tens:
    """Ten frames of each of some clips ``at`` (n,), for each share of informative ones: places (n, 10)."""

    at: torch.Tensor
    label: torch.Tensor
    person: npt.NDArray[np.int64]
    picked: dict[float, torch.Tensor]

    @torch.no_grad()
    def right(self, model: FrameAttention, features: torch.Tensor) -> dict[float, npt.NDArray[np.float64]]:
        """Share → which clips (n,) get their label from the ten frames: 0 or 1."""
        found = {}
        for share, places in self.picked.items():
            said = model.pool(features[self.at[:, None], places]).argmax(-1)
            found[share] = (said == self.label).numpy().astype(float)
        return found


def tens_of(clips: Clips) -> tuple[Tens, Tens]:
    """Ten frames of clips that have both kinds, drawn with replacement, for a tenth to all of informative ones; and ten
    of neutral clips, none of which can be more informative than another, under the share 0.

    Clips of the families off_label and all_tell have not both kinds: another emotion is no empty frame.

    Raises
    ------
    ValueError
        Where there are no clips of one of the two.
    """
    informative = clips.evidence * clips.own >= INFORMATIVE
    empty = (clips.evidence <= EMPTY) & clips.mask
    learned = torch.from_numpy(np.isin(clips.family, ("intensity", "degraded")))
    neutral = (clips.label == NEUTRAL) & learned
    both = torch.nonzero(informative.any(1) & empty.any(1) & learned & ~neutral).flatten()
    calm = torch.nonzero(neutral).flatten()
    if not len(both) or not len(calm):
        raise ValueError(f"clips must hold some that tell in part, and neutral ones; got {len(both)} and {len(calm)}")
    picked = {
        share / 10: torch.stack([_ten(informative[i], empty[i], share, int(i)) for i in both]) for share in SHARES
    }
    ten = torch.stack([_drawn(clips.mask[i], 10, luck(int(i), 0, 1)) for i in calm])
    return _tens(clips, both, picked), _tens(clips, calm, {0.0: ten})


def _tens(clips: Clips, at: torch.Tensor, picked: dict[float, torch.Tensor]) -> Tens:
    return Tens(at, clips.label[at], clips.person[at.numpy()], picked)


def _ten(told: torch.Tensor, rest: torch.Tensor, share: int, clip: int) -> torch.Tensor:
    """Ten places (10,), ``share`` of them informative."""
    kinds = ((told, share, luck(clip, share, 1)), (rest, 10 - share, luck(clip, share, 2)))
    return torch.cat([_drawn(kind, count, generator) for kind, count, generator in kinds])


def _drawn(kind: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    places = torch.nonzero(kind).flatten()
    return places[torch.randint(len(places), (count,), generator=generator)]
