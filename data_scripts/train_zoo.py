"""Train the networks that ship, from prepared real faces and a synthetic set.

    python data_scripts/train_zoo.py backbone --faces FOLDER --clips FOLDER --out FOLDER
    python data_scripts/train_zoo.py fan fan-self fan-pool fan-mean --faces FOLDER --clips FOLDER --out FOLDER --ship
    python data_scripts/train_zoo.py lbp-attention lbp-attention-ferplus --faces FOLDER --out FOLDER --ship
    python data_scripts/train_zoo.py lbp-attention-synthetic --clips FOLDER --out FOLDER --ship

``--faces`` is what data_scripts/prepare_fer2013.py wrote, ``--clips`` what data_scripts/make_synthetic.py wrote (size
standard). A run that was killed goes on where it stopped. Weights and cards then lie in ``--out``, in the folders
backbone, relation (fan), self, pool and mean, and first, labels, votes and synthetic (LBP attention), as ``ferviz
train`` leaves them. ``--ship`` also puts them into the package, in 16 bit; run data_scripts/manifest.py afterwards.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file

from ferviz import weights
from ferviz.learning import recipes
from ferviz.papers import NETWORKS


def ship(name: str, run: Path) -> Path:
    """Put a finished run into the package under ``name``, its floating numbers in 16 bit."""
    card = weights.read_card(run / recipes.WEIGHTS)
    tensors = load_file(run / recipes.WEIGHTS)
    halves = {key: value.half() if value.is_floating_point() else value for key, value in tensors.items()}
    weights.save(weights.bundled(name), halves, replace(card, name=name))
    return weights.bundled(name)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", choices=[*recipes.networks()])
    parser.add_argument("--faces", type=Path, help="prepared FER2013, for real faces and beside the clips")
    parser.add_argument("--clips", type=Path, help="a synthetic set")
    parser.add_argument("--out", type=Path, required=True, help="where runs and weights go")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--ship", action="store_true", help="put those into the package that belong there")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    for name in chosen.what:
        try:
            path = recipes.training(name)(chosen.out, faces=chosen.faces, clips=chosen.clips)
        except (OSError, ValueError, FloatingPointError) as error:
            parser.exit(1, f"{name}: {error}\n")
        print(ship(name, path.parent) if chosen.ship and name in NETWORKS else path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
