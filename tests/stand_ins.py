"""Three small networks for papers that are to come: what every shared room must take without a line about any of them.

`FiveRegions`: a face with five boxes and two attention stages. `ThreeHeads`: a body with three heads, one of them
frozen. `FramesAndSound`: frames with a spectrogram, each pooled by itself. They are drawn with a seed and not trained.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from ferviz import Clip, Crop, Gap
from ferviz.emotions import LABEL_SETS
from ferviz.models import Input, Items, Model, Probe, Vectors, on_items
from ferviz.models.attention import ItemWeight, beside, check_mask, normalised, weighted_mean
from ferviz.models.model import gray, resize

SIDE = 12  # pixels of a region, and of a face
FACE = Crop(size=24, margin=0.0)
RATE = 1600  # samples of sound a second
SHARES = ((0, 0, 1, 1), (0, 0, 0.75, 0.75), (0.25, 0, 1, 0.75), (0.125, 0.25, 0.875, 1), (0.1, 0.1, 0.9, 0.9))
"""Of a face's side: the whole face, then four crops (left, top, right, bottom)."""


def seeded(make: Callable[[], Any], seed: int = 0) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make().eval()


def lively(*parts: nn.Module) -> None:
    """Drawn networks say almost the same of everything: make their answers differ."""
    with torch.no_grad():
        for part in parts:
            part.weight.mul_(3)


def body(colours: int, width: int) -> nn.Sequential:
    """Pictures (N, C, S, S) → vectors (N, width)."""
    layers = [nn.Conv2d(colours, 6, 3, 2, 1), nn.BatchNorm2d(6), nn.ReLU(inplace=True), nn.Conv2d(6, width, 3, 1, 1)]
    lively(layers[0], layers[-1])
    return nn.Sequential(*layers, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def boxes_of(clip: Clip, boxes: Any = None) -> np.ndarray:
    """The boxes of the five regions in every frame (T, 5, 4): given ones (5, 4) or (T, 5, 4), or fixed shares."""
    if boxes is None:
        boxes = np.array(SHARES) * np.array([clip.width, clip.height] * 2)
    return np.broadcast_to(np.asarray(boxes, float), (len(clip), len(SHARES), 4))


def region_coordinates(clip: Clip, boxes: Any = None) -> dict[str, Any]:
    return {"box": (("frame", "region", "edge"), boxes_of(clip, boxes), {"units": "pixels"})}


class FiveRegions(Model):
    """Regions (B, 5, 1, S, S) and which are usable (B, 5) → logits (B, 7): each frame by itself."""

    labels = LABEL_SETS["FER2013"]
    crop = FACE
    takes = (Input("regions", ("region", "channel", "y", "x")), Input("region_mask", ("region",), None))
    items = (
        Items("region", of="regions", mask="region_mask", vectors=Vectors("feature"), coordinates=region_coordinates),
    )

    def __init__(self) -> None:
        super().__init__()
        self.backbone = body(1, 5)
        self.q0, self.q1, self.classify = ItemWeight(5), ItemWeight(10), nn.Linear(10, 7)
        lively(self.q0.score, self.q1.score, self.classify)
        self.feature = Probe("region", "channel", symbol="F", equation="Eq. 1")
        self.mu = Probe("region", symbol="μ", equation="Eq. 1")
        self.anchor = Probe("channel", symbol="Fm", equation="Eq. 2")
        self.nu = Probe("region", symbol="ν", equation="Eq. 3")
        self.weight = Probe("region", symbol="μν/Σμν", equation="Eq. 4")

    def pictures(self, clip: Clip, *, boxes: Any = None) -> tuple[torch.Tensor, torch.Tensor]:
        frames = gray(torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float())
        edges, cut = boxes_of(clip, boxes), torch.zeros(len(clip), len(SHARES), 1, SIDE, SIDE)
        known = np.isfinite(edges).all(2)
        for frame, region in zip(*np.nonzero(known), strict=True):
            left, top, right, bottom = np.rint(edges[frame, region]).astype(int)
            cut[frame, region] = resize(frames[frame : frame + 1, :, top:bottom, left:right], SIDE)[0]
        return cut.round().to(torch.uint8), torch.from_numpy(known)

    def inputs(self, regions: torch.Tensor, mask: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        return regions.float() / 127.5 - 1, check_mask(regions, mask)

    def forward(self, regions: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        return self.pool(on_items(self.backbone, regions), mask)

    def pool(self, features: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        mask = check_mask(features, mask)
        f = self.feature(features)  # (B, 5, D)
        mu = self.mu(self.q0(f))
        pairs = beside(f, self.anchor(weighted_mean(f, normalised(mu, mask))))
        weight = self.weight(normalised(mu * self.nu(self.q1(pairs)), mask))
        return self.classify(weighted_mean(pairs, weight))


class ThreeHeads(Model):
    """Faces (B, 3, S, S) → an emotion, an age in tens and a strength; the age was learned before and is frozen."""

    labels = {"emotion": LABEL_SETS["AffectNet-8"], "age": ("10", "20", "30", "40"), "strength": None}
    crop = FACE

    def __init__(self) -> None:
        super().__init__()
        self.backbone = body(3, 6)
        self.vector = Probe("channel", symbol="x")
        self.emotion, self.age, self.strength = nn.Linear(6, 8), nn.Linear(6, 4), nn.Linear(6, 1)
        lively(self.emotion, self.age)
        self.age.requires_grad_(False)

    def pictures(self, clip: Clip) -> torch.Tensor:
        frames = torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float()
        return resize(frames, SIDE).round().to(torch.uint8)

    def inputs(self, faces: torch.Tensor) -> tuple[torch.Tensor]:
        return (faces.float() / 127.5 - 1,)

    def forward(self, faces: torch.Tensor) -> dict[str, torch.Tensor]:
        x = self.vector(self.backbone(faces))
        return {"emotion": self.emotion(x), "age": self.age(x), "strength": self.strength(x).squeeze(-1)}


def expected_age(output: dict[str, torch.Tensor]) -> torch.Tensor:
    """One number a face, (B,): the mean of the ages under their probabilities."""
    return output["age"].softmax(-1) @ torch.tensor([10.0, 20, 30, 40])


class Pool(nn.Module):
    """Sigmoid attention over the usable items of one stream."""

    def __init__(self, item: str, width: int) -> None:
        super().__init__()
        self.score = ItemWeight(width)
        lively(self.score.score)
        self.feature = Probe(item, f"{item}_channel", symbol="f", equation="Eq. 1")
        self.alpha = Probe(item, symbol="α", equation="Eq. 2")
        self.weight = Probe(item, symbol="w", equation="Eq. 3")

    def forward(self, items: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        f = self.feature(items)
        return weighted_mean(f, self.weight(normalised(self.alpha(self.score(f)), mask)))


WINDOW, BANDS = 64, 8  # samples of a step of the spectrogram; bands, evenly spaced up to half the rate


def position_coordinates(clip: Clip) -> dict[str, Any]:
    """Where a position of the sound's map lies: two steps of the spectrogram and two bands a position."""
    steps = len(clip.audio) // WINDOW // 2
    seconds, hertz = np.meshgrid((np.arange(steps) + 0.5) * 2 * WINDOW / RATE, (np.arange(4) + 0.5) * RATE / 8)
    return {
        "seconds": ("position", seconds.ravel(), {"units": "s"}),
        "hertz": ("position", hertz.ravel(), {"units": "Hz"}),
    }


class FramesAndSound(Model):
    """Frames (B, T, 1, S, S) and a spectrogram (B, 1, bands, steps), with masks of frames and positions → logits."""

    labels = LABEL_SETS["FER2013"]
    crop = FACE
    takes = (
        Input("frames", ("frame", "channel", "y", "x")),
        Input("frame_mask", ("frame",), None),
        Input("sound", ("channel", "band", "step"), "audio"),
        Input("sound_mask", ("position",), None),
    )
    items = (
        Items("frame", of="frames", mask="frame_mask", vectors=Vectors("video.feature", "eye", "from_frames")),
        Items(
            "position",
            of="sound",
            mask="sound_mask",
            vectors=Vectors("audio.feature", None, "from_positions"),
            coordinates=position_coordinates,
        ),
    )

    def __init__(self) -> None:
        super().__init__()
        self.eye = body(1, 5)
        self.ear = nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.ReLU())
        self.video, self.audio, self.classify = Pool("frame", 5), Pool("position", 4), nn.Linear(9, 7)
        lively(self.classify)

    def pictures(self, clip: Clip) -> tuple[torch.Tensor, ...]:
        frames = gray(torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float())
        steps = len(clip.audio) // WINDOW // 2 * 2
        usable = clip.usable("audio")[: steps * WINDOW].reshape(-1, 2 * WINDOW).all(1)  # of pairs of steps
        return (
            resize(frames, SIDE).round().to(torch.uint8)[None],
            torch.from_numpy(clip.usable("frames"))[None],
            torch.from_numpy(clip.audio[: steps * WINDOW])[None],
            torch.from_numpy(np.tile(usable, BANDS // 2))[None],
        )

    def inputs(self, frames, frame_mask, sound, sound_mask) -> tuple[torch.Tensor, ...]:
        power = torch.fft.rfft(sound.unflatten(1, (-1, WINDOW)))[..., 1:].abs().square()  # (B, steps, 32)
        bands = power.unflatten(2, (BANDS, -1)).mean(3).transpose(1, 2)  # (B, bands, steps)
        return frames.float() / 127.5 - 1, frame_mask, (bands + 1e-3).log10()[:, None], sound_mask

    def forward(self, frames, frame_mask, sound, sound_mask) -> torch.Tensor:
        return self.from_frames(on_items(self.eye, frames), frame_mask, sound, sound_mask)

    def from_frames(self, features, frame_mask, sound, sound_mask) -> torch.Tensor:
        positions = self.ear(sound).flatten(2).transpose(1, 2)  # (B, bands/2 · steps/2, 4)
        return self._fuse(features, frame_mask, positions, sound_mask)

    def from_positions(self, frames, frame_mask, positions, sound_mask) -> torch.Tensor:
        return self._fuse(on_items(self.eye, frames), frame_mask, positions, sound_mask)

    def _fuse(self, features, frame_mask, positions, sound_mask) -> torch.Tensor:
        features = torch.where(frame_mask[..., None], features, torch.zeros_like(features))
        return self.classify(torch.cat([self.video(features, frame_mask), self.audio(positions, sound_mask)], 1))


def stand_ins() -> dict[str, Model]:
    """The three by name, always the same."""
    makers = {"regions": FiveRegions, "heads": ThreeHeads, "sound": FramesAndSound}
    return {name: seeded(make) for name, make in makers.items()}


def clip_with_sound(frames: int = 4, gaps: bool = True, seed: int = 0) -> Clip:
    """Noise with 16 windows of sound; the second frame and a part of the sound lie in gaps."""
    rng = np.random.default_rng(seed)
    holes = (Gap("frames", 1, 2, "no face found"), Gap("audio", 3 * WINDOW, 3 * WINDOW + 5, "broken packet"))
    return Clip(
        rng.integers(0, 256, (frames, 4, 4, 3), dtype=np.uint8).repeat(6, 1).repeat(6, 2),
        np.arange(frames) / 10,
        audio=rng.normal(0, 0.3, 16 * WINDOW + 7).astype(np.float32),
        sample_rate=RATE,
        crop=FACE,
        gaps=holes if gaps else (),
        source="noise",
    )
