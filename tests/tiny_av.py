"""A small audio-video network and clips for it: what tests of streams, fusion and shares have in common."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from ferviz import Clip, Crop, Emotion, Gap, Truth
from ferviz.audio import Spectrum
from ferviz.faces.parts import VERSION
from ferviz.faces.sets import MANIFEST, pack, shard_bytes
from ferviz.models.audio_video import AudioVideo, Config
from ferviz.models.backbones import Layer, ResNetConfig, SoundNetConfig
from ferviz.models.fusion import FusionConfig
from ferviz.models.hearing import Hearing
from ferviz.models.stream import Attention
from ferviz.seeds import seeded

RATE, SIDE = 1600, 16
SPECTRUM = Spectrum(rate=RATE, window=0.04, shift=0.01, bands=12, high=RATE / 2)
EAR = SoundNetConfig(
    (Layer((3, 5), (1, 2), (1, 2), 4), Layer((2, 2), (2, 2)), Layer((3, 3), (2, 1), (1, 1), 6)), norm=True
)
EYE = ResNetConfig(colours=1, stem="narrow", channels=(5,), blocks=(1,))
CROP = Crop(size=SIDE, margin=0.0)


def tiny_config(kind="fbp", audio="transformer", video=None, *, power="exp", averages="reduced", **more) -> Config:
    def of(one):
        return Attention(one, reduced=3, power=power, averages=averages)

    fusion = FusionConfig(kind, factors=2, outputs=4)
    sizes = {"ear": Hearing(spectrum=SPECTRUM, net=EAR), "eye": EYE, "side": SIDE, "crop": CROP, "fusion": fusion}
    sizes |= {"audio_attention": of(audio), "video_attention": of(video or audio)}
    return replace(Config.compact(), **{**sizes, **more})


def tiny_av(kind="fbp", audio="transformer", video=None, *, seed=0, **more) -> AudioVideo:
    """In evaluation mode, with weights so large that its answers differ, and no two stand-ins alike."""
    with seeded(seed):
        model = AudioVideo(tiny_config(kind, audio, video, **more)).eval()
        with torch.no_grad():
            for name, value in model.named_parameters():
                if name.startswith(("audio.q", "video.q", "fusion")) and value.ndim > 1:
                    value.mul_(8)
                if name.endswith("learned"):
                    value.add_(torch.randn_like(value))
            for name, value in model.named_buffers():
                if name.endswith("absent.mean"):
                    value.add_(torch.randn_like(value))
    return model


def film(frames=4, seconds=0.5, *, seed=0, rate=RATE, gaps: tuple[Gap, ...] = (), silent=False) -> Clip:
    """Noise to see and to hear; ``seconds`` of 0 is no sound at all."""
    rng = np.random.default_rng(seed)
    pictures = rng.integers(0, 256, (frames, SIDE, SIDE, 3), dtype=np.uint8)
    rising = np.linspace(0.02, 0.2, round(seconds * rate))
    rng = np.random.default_rng([seed, 1])  # the same sound, however many frames
    sound = (rng.normal(size=len(rising)) * rising * (not silent)).astype(np.float32)
    heard = {"audio": sound, "sample_rate": rate} if seconds else {}
    return Clip(pictures, np.arange(frames) / 10, **heard, crop=CROP, gaps=gaps)


CARRIERS = {
    "agree": "face and voice",
    "noisy_sound": "face and voice",
    "covered_face": "face and voice",
    "face_only": "face",
    "voice_only": "voice",
    "sound_only": "voice",
    "conflict": "conflict",
}


def write_films(folder: Path, each: int = 3) -> Path:
    """A set as `ferviz.faces.building` writes it, of noise that is told to be films with a voice: made in no time."""
    rng = np.random.default_rng(0)
    words = [Emotion(word) for word in ("anger", "happiness", "sadness")]
    clips, rows = [], []
    for split in ("train", "validation", "test"):
        for family, carries in CARRIERS.items():
            for place in range(each):
                label, other = words[place % 3], words[(place + 1) % 3]
                face = Emotion.NEUTRAL if family == "voice_only" else label
                voice = {"face_only": Emotion.NEUTRAL, "conflict": other}.get(family, label)
                count, samples = 0 if family == "sound_only" else 3 + place, 6400 + 800 * place
                labels = {"emotion": label, "voice": voice, "ethnicity": (1.0, 0.0, 0.0)}
                clip = Clip(
                    rng.integers(0, 256, (count, 16, 16, 3), dtype=np.uint8),
                    np.arange(count) / 8,
                    rng.normal(0, 0.1, samples).astype(np.float32),
                    16_000,
                    labels=labels if family == "sound_only" else {**labels, "face": face},
                    crop=Crop(16, 0.0),
                    truth=Truth(family=family, voice={"carries": carries}),
                    source=f"noise, {family}",
                )
                rows.append({"place": len(clips), "label": str(label), "split": split, "family": family})
                rows[-1] |= {"part": family, "frames": count, "identity": place, "file": "films.npz"}
                rows[-1] |= {"other": str(other) if family == "conflict" else None}
                rows[-1] |= {"noise": 10.0 * place if family == "noisy_sound" else None}
                clips.append(pack(clip))
    folder.mkdir(parents=True)
    data = shard_bytes(clips)
    (folder / "films.npz").write_bytes(data)
    shards = {"films.npz": {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}}
    settings = {"version": VERSION, "size": "noise", "seed": 0}
    (folder / MANIFEST).write_text(json.dumps({"clips": rows, "settings": settings, "shards": shards}), "utf-8")
    return folder
