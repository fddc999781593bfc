"""A small audio-video network and clips for it: what tests of streams, fusion and shares have in common."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from ferviz import Clip, Crop, Gap
from ferviz.audio import Spectrum
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
