"""The rows of heads on two frozen streams: attentions, fusions, and what is changed one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import get_args

from ferviz.learning.recipes.audio_video import FAMILIES, SHARE
from ferviz.measuring.spectrograms import SPECTROGRAM
from ferviz.measuring.starts import STARTS
from ferviz.models.audio_video import Config
from ferviz.models.fusion import STREAMS
from ferviz.models.fusion import Kind as FusionKind
from ferviz.models.hearing import Picture
from ferviz.models.stream import Kind as AttentionKind

__all__ = ["CHANGED", "CHANGES", "CLAIMED", "PLANTED", "ROWS", "Row", "config_of"]

PLANTED = ("face_only", "voice_only")
_ATTENTIONS: tuple[AttentionKind, ...] = ("self", "relation", "transformer")


@dataclass(frozen=True)
class Row:
    """How both streams are pooled, and how they are joined; and what is learned otherwise, where something is.

    ``share``: of the films, one of whose streams is left out while heads learn. ``families``: which films these learn.
    ``start``: what the backbone of another face stream had learned (`ferviz.measuring.starts.STARTS`). ``picture``:
    what is made of the sound; "spectrogram" is read by another voice stream (`ferviz.measuring.spectrograms`).
    """

    audio: AttentionKind
    video: AttentionKind
    fusion: FusionKind
    share: float = SHARE
    families: tuple[str, ...] = FAMILIES
    start: str | None = None
    picture: Picture = "mel"

    @property
    def frozen(self) -> bool:
        """Whether the streams are those of the pair, so that a head alone is learned."""
        return self.start is None and self.picture == "mel"

    @property
    def name(self) -> str:
        """For people: one attention where both streams have the same."""
        attention = self.audio if self.audio == self.video else f"{self.audio} and {self.video}"
        changes = [
            *(["no stream left out"] if self.share == 0 else []),
            *(["planted films not learned"] if not set(PLANTED) & set(self.families) else []),
            *([] if self.start is None else [f"face from {self.start}"]),
            *([] if self.picture == "mel" else [self.picture]),
        ]
        return ", ".join([attention, self.fusion, *changes])


def _rows() -> dict[str, Row]:
    every = [Row(a, v, f) for f in ("concatenation", "fbp") for a in _ATTENTIONS for v in _ATTENTIONS]
    fusions = [fusion for fusion in get_args(FusionKind) if fusion not in STREAMS]
    every += [Row(one, one, fusion) for fusion in fusions for one in ("self", "transformer")]
    return {row.name: row for row in (*every, Row("mean", "mean", "fbp"))}


ROWS: Mapping[str, Row] = MappingProxyType(_rows())
"""Three attentions by three under concatenation and FBP, voice before face; every fusion under two of them; and the
plain mean under FBP."""

CHANGED = "transformer, fbp"
"""The row that `CHANGES` change in one thing."""


def _changes() -> dict[str, Row]:
    base = ROWS[CHANGED]
    others = tuple(family for family in FAMILIES if family not in PLANTED)
    changed = [replace(base, share=0.0), replace(base, families=others)]
    changed += [replace(base, picture="spectrogram"), *(replace(base, start=start) for start in STARTS)]
    return {row.name: row for row in changed}


CHANGES: Mapping[str, Row] = MappingProxyType(_changes())
"""One change at a time: no stream left out while heads learn; heads that never learned a film in which one stream alone
carries the label (the streams did: the face stream saw these faces, by what they show); a voice stream that reads a
spectrogram; other starts of the face stream."""

CLAIMED = ("transformer, fbp", "transformer, concatenation", "mean, fbp")
"""The rows of which something was claimed."""


def config_of(row: Row) -> Config:
    """The compact network of a row; where no stream was left out of a film, no stand-in was learned."""
    config = Config.compact(row.fusion)
    if row.picture == "spectrogram":
        config = replace(config, ear=SPECTROGRAM)
    if row.share == 0:
        config = replace(config, fusion=replace(config.fusion, absent="mean"))
    audio, video = (
        replace(attention, kind=kind)
        for attention, kind in ((config.audio_attention, row.audio), (config.video_attention, row.video))
    )
    return replace(config, audio_attention=audio, video_attention=video)
