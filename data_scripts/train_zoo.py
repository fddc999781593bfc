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


def ship(name: str, run: Path) -> Path:
    """Put a finished run into the package under ``name``, its floating numbers in 16 bit."""
    card = weights.read_card(run / recipes.WEIGHTS)
    tensors = load_file(run / recipes.WEIGHTS)
    halves = {key: value.half() if value.is_floating_point() else value for key, value in tensors.items()}
    weights.save(weights.bundled(name), halves, replace(card, name=name))
    return weights.bundled(name)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", choices=["backbone", *recipes.FAN, *recipes.LBP])
    parser.add_argument("--faces", type=Path, help="prepared FER2013, for real faces and beside the clips")
    parser.add_argument("--clips", type=Path, help="a synthetic set")
    parser.add_argument("--out", type=Path, required=True, help="where runs and weights go")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--ship", action="store_true", help="put them into the package, but for the backbone")
    chosen = parser.parse_args(arguments)
    if "backbone" in chosen.what and chosen.faces is None:
        parser.error("the backbone needs --faces")
    if chosen.clips is None and {"backbone", *recipes.FAN} & set(chosen.what):
        parser.error("frame attention and its backbone need --clips")
    torch.set_num_threads(chosen.threads)
    for what in chosen.what:
        if what == "backbone":
            recipes.train_backbone(chosen.faces, chosen.clips, chosen.out / "backbone")
            continue
        if what in recipes.FAN:
            run = chosen.out / recipes.FAN[what]
            recipes.train_fan(recipes.FAN[what], chosen.clips, chosen.out / "backbone", run, faces=chosen.faces)
        else:
            kind = recipes.LBP[what]
            run = recipes.train_lbp(kind, chosen.out, faces=chosen.faces, clips=chosen.clips).parent
        if chosen.ship:
            print(ship(what, run))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
