"""Audio and video: two streams, each pooled by an attention of its own, and fused into one answer.

Zhou H., Meng D., Zhang Y., Peng X., Du J., Wang K., Qiao Y., "Exploring emotion features and fusion strategies for
audio-video emotion recognition", ICMI 2019, arXiv:2012.13912. Its code was never published and its text was not to be
had: what is known comes from the abstract, a student's review and the group's other papers.

The idea: a spectrogram goes through AlexNet's convolutions, and each place of the last map, a stretch of time and of
frequency, is one item; each frame of the face through a face network is one item too. One of three attentions
(`ferviz.models.stream`) pools each stream to a vector, and the two are put in a row, or multiplied
(`ferviz.models.fusion`).

Where ours departs, or must choose: sizes of spectrogram and vectors, dropout, how wide the face is cut, whether scores
have a bias (they do), and how the attention called "transformer" weighs are not known, and are choices here. Frames
and windows in gaps have no say, and a stream that is not there has a stand-in, so that one network answers to face,
voice, or both. A position of the published size sees all of our 64 bands and two seconds; the compact one is local.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import torch

from ferviz.arguments import choice
from ferviz.clip import Clip, Crop
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.models.backbones import COMPACT, IR, IR50, SOUND_COMPACT, IRConfig, ResNet, ResNetConfig, SoundNet
from ferviz.models.backbones.sound import ends
from ferviz.models.declaration import Input, Items, Vectors
from ferviz.models.fusion import STREAMS, Absent, Fusion, FusionConfig, Kind
from ferviz.models.hearing import Hearing
from ferviz.models.model import Model, gray, on_items, once, resize
from ferviz.models.probe import probes
from ferviz.models.stream import Attention, Pooled, Stream
from ferviz.models.stream import Kind as AttentionKind

__all__ = ["AudioVideo", "Config", "Variant", "shipped"]

Variant = Literal["both", "face", "voice", "both-self", "both-mean", "both-concatenation"]
Given = dict[str, torch.Tensor]
MASKS = {"audio": "position_mask", "video": "mask"}
"""Stream → the input that says which of its items can be used."""


@dataclass(frozen=True)
class Config:
    """Sizes of both streams, and how they are pooled and fused. Streams that ``fusion`` does not need are not built."""

    ear: Hearing = field(default_factory=Hearing)
    eye: ResNetConfig | IRConfig = field(default_factory=lambda: replace(IR50, side=224))
    side: int = 224  # pixels of the square face
    audio_attention: Attention = field(default_factory=Attention)
    video_attention: Attention = field(default_factory=Attention)
    fusion: FusionConfig = field(default_factory=FusionConfig)
    labels: LabelSet = field(default_factory=lambda: LABEL_SETS["AFEW"])
    crop: Crop = field(default_factory=lambda: Crop(size=224, margin=0.3, align="similarity"))

    def __post_init__(self) -> None:
        if isinstance(self.eye, IRConfig) and self.eye.side != self.side:
            raise ValueError(f"side must be that of eye, {self.eye.side}; got {self.side}")

    @classmethod
    def paper(cls, kind: Kind = "fbp") -> Config:
        """The published sizes, as far as they are known: AlexNet's convolutions, IR-50, "transformer" in both."""
        return cls(fusion=FusionConfig(kind))

    @classmethod
    def compact(cls, kind: Kind = "fbp", attention: AttentionKind = "transformer") -> Config:
        """1.8 million parameters on 64 mel bands and gray faces of 48 pixels; one attention in both streams."""
        both = Attention(attention, reduced=64)
        return cls(
            ear=Hearing(net=SOUND_COMPACT), eye=COMPACT, side=48, audio_attention=both, video_attention=both,
            fusion=FusionConfig(kind, outputs=32), labels=LABEL_SETS["FER2013"],
            crop=Crop(size=48, margin=0.0, align="box"),
        )  # fmt: skip


class AudioVideo(Model):
    """Frames (B, T, C, S, S) and sound (B, P, rows, windows), each with its masks → logits (B, 7).

    Masks say which frames (B, T), windows (B, windows) and positions (B, N) can be used; a stream of which none can be
    used has a stand-in. A network of one stream takes that stream's inputs alone.

    Named quantities: of the streams ``audio.…`` and ``video.…`` see `ferviz.models.stream.Stream`, of their fusion
    `ferviz.models.fusion.Fusion`. A ``position`` has the coordinates ``seconds`` and ``hertz``, its centre, and
    ``seconds_from``, ``seconds_to``, ``hertz_from`` and ``hertz_to``: all that it sees.
    """

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        self.config = config = config or Config.paper()
        self.labels, self.crop = config.labels, config.crop
        streams = config.fusion.streams
        widths = {}
        if "audio" in streams:
            ear = config.ear.net
            self.audio = Stream("audio", "position", SoundNet(ear), ear.width, config.audio_attention)
            widths["audio"] = self.audio.width
        if "video" in streams:
            eye = IR(config.eye) if isinstance(config.eye, IRConfig) else ResNet(config.eye)
            self.video = Stream("video", "frame", eye, config.eye.width, config.video_attention)
            widths["video"] = self.video.width
        fused = Fusion(config.fusion, widths, len(config.labels))
        for name, probe in probes(fused).items():
            self.add_module(name, probe)  # so that they go by their own names, as in every other model
        self.fusion = fused
        self._declare(streams)

    def _declare(self, streams: tuple[str, ...]) -> None:
        takes: list[Input] = []
        items: list[Items] = []
        two = len(streams) > 1
        if "video" in streams:
            takes += [Input("frames", ("frame", "channel", "y", "x"), optional=two), Input("mask", ("frame",), None)]
            vectors = Vectors("video.feature", "video.backbone", "pool_video")
            items.append(Items("frame", of="frames", mask="mask", vectors=vectors))
        if "audio" in streams:
            takes += [
                Input("sound", ("channel", "band", "window"), "audio", optional=two),
                Input("window_mask", ("window",), None),
                Input("position_mask", ("position",), None),
            ]
            vectors = Vectors("audio.feature", None, "pool_audio")
            items.append(Items("position", "sound", "position_mask", vectors, self._heard))
        self.takes, self.items = tuple(takes), tuple(items)

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Logits (B, 7), from what is declared. ValueError for other shapes, or NaN and infinity outside the gaps."""
        return self.fuse(self.encode(*inputs))

    def encode(self, *inputs: torch.Tensor) -> Given:
        """What the backbones make of the inputs: vectors in the place of pictures, and the masks.

        ``video`` (B, T, D) and ``mask``; ``audio`` (B, N, D) and ``position_mask``. `fuse` goes on from there.
        """
        return self._encode(self._given(inputs))

    def encode_stream(self, name: str, pictures: torch.Tensor, usable: torch.Tensor) -> Given:
        """One backbone's half of what `encode` gives, of "video" or "audio", from `pictures`; the other rests."""
        return self._encode(self._scaled(choice("name", name, self.config.fusion.streams), pictures, usable))

    def fuse(self, encoded: Mapping[str, torch.Tensor], absent: Absent | None = None) -> torch.Tensor:
        """What `encode` gives → logits (B, 7); ``absent``: what stands for a missing stream, if not as configured."""
        return self.fusion(self._pooled(encoded), absent)

    def projected(self, encoded: Mapping[str, torch.Tensor], absent: Absent | None = None) -> Given:
        """What of each stream meets the other, or its stand-in, from what `encode` gives: stream → vectors (B, …)."""
        return self.fusion.projected(self._pooled(encoded), absent)

    def _pooled(self, encoded: Mapping[str, torch.Tensor]) -> dict[str, Pooled]:
        streams = {name: cast(Stream, self.get_submodule(name)) for name in ("video", "audio") if name in encoded}
        return {name: stream.pool(encoded[name], encoded[MASKS[name]]) for name, stream in streams.items()}

    @property
    def absent(self) -> Absent:
        """What stands for a stream that is not there, unless something else is asked for."""
        return self.config.fusion.absent

    def pool_video(self, *inputs: torch.Tensor) -> torch.Tensor:
        """As `forward`, with the vectors of frames (B, T, D) in the place of frames."""
        given = self._given(inputs)
        return self.fuse(self._encode({**given, "video": given.pop("frames")}))

    def pool_audio(self, *inputs: torch.Tensor) -> torch.Tensor:
        """As `forward`, with the vectors of positions (B, N, D) in the place of the sound."""
        given = self._given(inputs)
        return self.fuse(self._encode({**given, "audio": given.pop("sound")}))

    @torch.no_grad()
    def coalitions(self, *inputs: torch.Tensor, absent: Absent | None = None) -> Given:
        """Logits (B, 7) to no stream, "none", to "audio" alone, to "video" alone, and to "both".

        Raises
        ------
        ValueError
            For a network of one stream, or a clip in which a stream is missing anyway.
        """
        if len(self.config.fusion.streams) < 2:
            raise ValueError(f"model must have two streams; this one has {self.config.fusion.kind} alone")
        encoded = self.encode(*inputs)
        for name, place in MASKS.items():
            if not bool(encoded[place].any(1).all()):
                raise ValueError(f"each clip must have both streams; one has nothing of {name} that can be used")
        empty = {name: {place: torch.zeros_like(encoded[place])} for name, place in MASKS.items()}
        runs = {"none": empty["audio"] | empty["video"], "audio": empty["video"], "video": empty["audio"], "both": {}}
        return {name: self.fuse({**encoded, **gone}, absent) for name, gone in runs.items()}

    def _given(self, inputs: tuple[torch.Tensor, ...]) -> Given:
        names = [each.name for each in self.takes]
        if len(inputs) != len(names):
            raise ValueError(f"forward must be given {', '.join(names)}; got {len(inputs)} tensors")
        return dict(zip(names, inputs, strict=True))

    def _encode(self, given: Given) -> Given:
        encoded: Given = {}
        if "mask" in given:
            mask = given["mask"].bool()
            video = given["video"] if "video" in given else once(self._seen, given["frames"], mask)
            encoded |= {"mask": mask, "video": video}
        if "position_mask" in given:
            mask = given["position_mask"].bool()
            windows = given["window_mask"].bool()
            sound = given["audio"] if "audio" in given else once(self._sounded, given["sound"], windows)
            encoded |= {"position_mask": mask, "audio": sound}
        for name, place in MASKS.items():
            if name in encoded and encoded[name].shape[:2] != encoded[place].shape:
                fits = tuple(encoded[name].shape[:2])
                raise ValueError(f"{place} must have shape {fits}; got {tuple(encoded[place].shape)}")
        return encoded

    def _seen(self, frames: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        colours, side = self.config.eye.colours, self.config.side
        if frames.ndim != 5 or frames.shape[2:] != (colours, side, side) or mask.shape != frames.shape[:2]:
            wanted = f"(clips, frames, {colours}, {side}, {side}) and a mask (clips, frames)"
            raise ValueError(f"frames must have shape {wanted}; got {tuple(frames.shape)} and {tuple(mask.shape)}")
        frames = torch.where(mask[:, :, None, None, None], frames, torch.zeros_like(frames))
        if not torch.isfinite(frames).all():
            raise ValueError("frames must be finite numbers; got NaN or infinity outside the gaps")
        return on_items(self.video.backbone, frames)  # (B, T, D)

    def _sounded(self, sound: torch.Tensor, windows: torch.Tensor) -> torch.Tensor:
        ear = self.config.ear
        fits = sound.ndim == 4 and sound.shape[1:3] == (ear.net.pictures, ear.rows) and sound.shape[3] >= ear.least
        if not fits or windows.shape != (len(sound), sound.shape[3]):
            wanted = f"(clips, {ear.net.pictures}, {ear.rows}, {ear.least} or more) and a mask (clips, windows)"
            raise ValueError(f"sound must have shape {wanted}; got {tuple(sound.shape)} and {tuple(windows.shape)}")
        sound = torch.where(windows[:, None, None], sound, torch.zeros_like(sound))
        if not torch.isfinite(sound).all():
            raise ValueError("sound must be finite numbers; got NaN or infinity outside the gaps")
        return self.audio.backbone(sound, ends(windows))  # (B, N, D)

    # ---- from a clip ----

    def pictures(self, clip: Clip) -> tuple[torch.Tensor, ...]:
        """Frames (1, T, C, S, S) of 0 to 255 and which can be used (1, T), the sound in decibels (1, 1, rows, windows)
        and which windows can be used (1, windows); of a network of one stream, half of that.

        A window can be used when no sample of it lies in a gap. Silence is sound; a clip without sound, or of which no
        window can be used, has no audio stream, and a warning says so; the same holds for faces.

        Raises
        ------
        ValueError
            For more sound than `Hearing.record` takes, or a clip of which nothing can be used that the network takes.
        """
        streams = self.config.fusion.streams
        parts = {name: self._pictured(clip) if name == "video" else self.config.ear.record(clip) for name in streams}
        gone = [name for name in streams if not bool(parts[name][1].any())]
        what = {"video": "no frame that can be used", "audio": "no sound that can be used"}
        if gone:
            says = f"the clip {clip.source!r} has {' and '.join(what[name] for name in gone)}"
            if len(gone) == len(streams):
                raise ValueError(f"{type(self).__name__} needs {' or '.join(streams)}; {says}")
            other = next(name for name in streams if name not in gone)
            warnings.warn(f"{says}: a stand-in takes that place, and the answer is to {other} alone", stacklevel=2)
        return tuple(tensor for name in ("video", "audio") if name in parts for tensor in parts[name])

    def _pictured(self, clip: Clip) -> tuple[torch.Tensor, torch.Tensor]:
        colours, side = self.config.eye.colours, self.config.side
        if not len(clip):
            return torch.zeros(1, 1, colours, side, side), torch.zeros(1, 1, dtype=torch.bool)
        frames = torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float()  # (T, 3, H, W)
        frames = resize(gray(frames) if colours == 1 else frames, side)
        return frames[None], torch.from_numpy(clip.usable("frames"))[None]

    def inputs(self, *raw: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What ``forward`` takes, from what `pictures` gives, or a batch of such.

        Gray and colours go from -1 to 1, as IR-50's published weights want them; decibels and their deltas to about
        -2 to 2.
        """
        streams = [name for name in ("video", "audio") if name in self.config.fusion.streams]
        halves = zip(streams, raw[::2], raw[1::2], strict=True)
        return tuple(tensor for half in halves for tensor in self._scaled(*half).values())

    def _scaled(self, name: str, pictures: torch.Tensor, usable: torch.Tensor) -> Given:
        if name == "video":
            return {"frames": pictures.float() / 127.5 - 1, "mask": usable}
        windows, ear = usable.bool(), self.config.ear
        return {"sound": ear.scaled(pictures, windows), "window_mask": windows, "position_mask": ear.usable(windows)}

    def _heard(self, clip: Clip) -> dict[str, Any]:
        """What each position sees; and what the streams are called, where something lies along them."""
        found: dict[str, Any] = {**self.config.ear.positions(clip)}
        return found | ({"stream": ("stream", list(STREAMS), {})} if hasattr(self, "contribution") else {})


def shipped(variant: Variant) -> AudioVideo:
    """The compact network of a variant, which the trained weights fit."""
    known: dict[str, tuple[Kind, AttentionKind]] = {
        "both": ("fbp", "transformer"), "face": ("video", "transformer"), "voice": ("audio", "transformer"),
        "both-self": ("fbp", "self"), "both-mean": ("fbp", "mean"),
        "both-concatenation": ("concatenation", "transformer"),
    }  # fmt: skip
    return AudioVideo(Config.compact(*known[choice("variant", variant, known)]))
