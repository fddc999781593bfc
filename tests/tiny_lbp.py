"""LBP attention of a few hundred parameters, and faces of noise as prepare_fer2013.py leaves them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ferviz.clip import Crop
from ferviz.emotions import LABEL_SETS
from ferviz.models.backbones import ResNetConfig
from ferviz.models.lbp_attention import Config
from ferviz.prepared import VOTE_NAMES, Faces, write_faces

SIDE = 16


def tiny_config(colours: int = 1) -> Config:
    """Compact in all but its sizes."""
    branch = ResNetConfig(colours=colours, stem="narrow", channels=(4, 6), blocks=(1, 1))
    crop = Crop(size=SIDE, margin=0.0, align="box")
    return Config(branch=branch, mask_width=4, stages=(8,), hidden=0, side=SIDE, crop=crop)


def write_noise(folder: Path, votes: bool = True) -> Path:
    """40 faces: 35 Training, 5 PublicTest; the first got most votes for "unknown"."""
    luck = np.random.default_rng(0)
    label, names = np.arange(40) % 7, np.array([str(i) for i in range(40)])
    images = luck.integers(0, 256, (40, 48, 48), dtype=np.uint8)
    counts = luck.integers(0, 4, (40, 10)).astype(np.uint8)
    counts[:, 1] += 4
    counts[0, 8] = 10
    part = np.array(["Training"] * 35 + ["PublicTest"] * 5)
    made = Faces(
        images,
        LABEL_SETS["FER2013"],
        label,
        np.arange(40),
        part,
        np.zeros(40, bool),
        names,
        votes=counts if votes else None,
        vote_names=VOTE_NAMES if votes else (),
    )
    write_faces(folder, made, "noise", "none")
    return folder
