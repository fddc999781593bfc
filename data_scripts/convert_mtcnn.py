"""Turn the published MTCNN (three files in the `facenet-pytorch` wheel) into ferviz/assets/weights/mtcnn.safetensors.

    python data_scripts/convert_mtcnn.py --fetch      # fetches the wheel through pip, without its dependencies
    python data_scripts/convert_mtcnn.py --wheel facenet_pytorch-2.6.0-py3-none-any.whl

The wheel is read, never installed. Its files are pickles: they are opened only when their hash is the known one, and
only by torch's reader that takes nothing but tensors.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import torch

from ferviz import weights
from ferviz.mtcnn import MTCNN

WHEEL = "facenet-pytorch==2.6.0"
LICENCE = "facenet_pytorch-2.6.0.dist-info/LICENSE.md"
SHA256 = {
    "pnet": "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
    "rnet": "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
    "onet": "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
}
NAMES = {  # ours: theirs, for each network
    "proposal": {
        "network": "pnet",
        "trunk": "conv1 prelu1 - conv2 prelu2 conv3 prelu3",
        "face": "conv4_1",
        "shift": "conv4_2",
    },
    "refine": {
        "network": "rnet",
        "trunk": "conv1 prelu1 - conv2 prelu2 - conv3 prelu3 - dense4 prelu4",
        "face": "dense5_1",
        "shift": "dense5_2",
    },
    "output": {
        "network": "onet",
        "trunk": "conv1 prelu1 - conv2 prelu2 - conv3 prelu3 - conv4 prelu4 - dense5 prelu5",
        "face": "dense6_1",
        "shift": "dense6_2",
        "points": "dense6_3",
    },
}

CARD = weights.Card(
    name="mtcnn",
    model="MTCNN",
    summary="A face detector of three small networks in a row: 496 thousand parameters, five points for each face.",
    origin="Trained by K. Zhang et al. (doi 10.1109/LSP.2016.2603342), brought from MATLAB through D. Sandberg's "
    "facenet to PyTorch by T. Esler; taken with unchanged values from the PyPI wheel facenet-pytorch 2.6.0: "
    + ", ".join(f"{name}.pt sha256 {digest}" for name, digest in SHA256.items())
    + ". Only the tensors' names are ours.",
    licence="MIT (package facenet-pytorch, T. Esler). The rights in the training photographs stay with their owners.",
    data=("WIDER FACE (faces and their boxes)", "CelebA (five points)"),
    limits=(
        "Faces turned to the side, upside down or mostly covered are missed; other things may pass for a face.",
        "A score near 1 is a softmax of the last network, not a measured probability.",
        "It finds faces and cannot tell one person from another.",
        "How evenly it works across skin tones, ages and genders was not measured here; it was trained on photographs "
        "of celebrities and from the news.",
        "For learning about a technique. Not for monitoring, grading, hiring or proctoring people.",
    ),
    command="python data_scripts/convert_mtcnn.py --fetch",
)

BEFORE = """\
The network was trained by Kaipeng Zhang and others (github.com/kpzhang93/MTCNN_face_detection_alignment); it
came to that package through David Sandberg's facenet (github.com/davidsandberg/facenet), both MIT License:

Copyright (c) 2016 Kaipeng Zhang
Copyright (c) 2016 David Sandberg
"""


def read_wheel(wheel: Path) -> tuple[dict[str, dict[str, torch.Tensor]], str]:
    """The three published networks' tensors by their names, and the licence's text."""
    published = {}
    with zipfile.ZipFile(wheel) as archive:
        for name, expected in SHA256.items():
            blob = archive.read(f"facenet_pytorch/data/{name}.pt")
            found = hashlib.sha256(blob).hexdigest()
            if found != expected:
                raise SystemExit(f"{wheel.name}: {name}.pt must have sha256 {expected}; got {found}")
            published[name] = torch.load(io.BytesIO(blob), weights_only=True)
        licence = archive.read(LICENCE).decode("utf-8")
    return published, licence


def convert(published: dict[str, dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Their names → ours; the values stay. A dash in ``NAMES`` is a layer without parameters."""
    tensors: dict[str, torch.Tensor] = {}
    for ours, parts in NAMES.items():
        source = published[parts["network"]]
        layers = {part: name for part, name in parts.items() if part not in ("network", "trunk")}
        layers |= {f"trunk.{place}": name for place, name in enumerate(parts["trunk"].split()) if name != "-"}
        for layer, name in layers.items():
            for kind in ("weight", "bias"):
                if f"{name}.{kind}" in source:
                    tensors[f"{ours}.{layer}.{kind}"] = source[f"{name}.{kind}"]
    return tensors


def main() -> None:
    """Fetch the wheel when asked, convert, prove that the networks take it, write it with card and licence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--wheel", type=Path, help="the wheel, when you already have it")
    where.add_argument("--fetch", action="store_true", help="fetch the wheel through pip")
    parser.add_argument("--out", type=Path, default=weights.bundled("mtcnn"))
    chosen = parser.parse_args()
    if chosen.out.suffix != ".safetensors":
        parser.error(f"--out must end in .safetensors; got {chosen.out.name!r}")
    with tempfile.TemporaryDirectory() as folder:
        wheel = chosen.wheel
        if chosen.fetch:
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, WHEEL]
            if subprocess.run(command, check=False).returncode:  # pip has said why
                raise SystemExit(f"pip could not fetch {WHEEL}: fetch the wheel yourself, and give it with --wheel")
            wheel = next(Path(folder).glob("facenet_pytorch-*.whl"))
        try:
            published, licence = read_wheel(wheel)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise SystemExit(f"{wheel} must be the wheel {WHEEL} ({error})") from error
    tensors = convert(published)
    MTCNN().load_state_dict(tensors, strict=True)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    card = weights.save(chosen.out, tensors, CARD)
    notice = chosen.out.parent.parent / "licenses" / "mtcnn.txt"
    notice.parent.mkdir(parents=True, exist_ok=True)
    begin = f"ferviz/assets/weights/mtcnn.safetensors comes from {WHEEL}.\n{BEFORE}"
    notice.write_text(f"{begin}\n{licence}", encoding="utf-8")
    print(f"{chosen.out}: {chosen.out.stat().st_size / 1000:.0f} kB, sha256 {card.sha256}")


if __name__ == "__main__":
    main()
