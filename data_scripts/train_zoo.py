"""Train the networks that ship, from prepared real faces and a synthetic set.

    python data_scripts/train_zoo.py backbone --faces FOLDER --clips FOLDER --out FOLDER
    python data_scripts/train_zoo.py fan fan-self fan-pool fan-mean --faces FOLDER --clips FOLDER --out FOLDER --ship
    python data_scripts/train_zoo.py lbp-attention lbp-attention-ferplus --faces FOLDER --out FOLDER --ship
    python data_scripts/train_zoo.py lbp-attention-synthetic --clips FOLDER --out FOLDER --ship
    python data_scripts/train_zoo.py ran ran-mean ran-face --faces FOLDER --out FOLDER --ship
    python data_scripts/train_zoo.py ran ran-mean ran-face --out FOLDER --finished
    python data_scripts/train_zoo.py av-face av-voice av av-self av-mean av-concatenation --out FOLDER --finished

``--faces`` is what data_scripts/prepare_fer2013.py wrote, ``--clips`` what data_scripts/make_synthetic.py wrote (size
standard). A run that was killed goes on where it stopped. Weights and cards then lie in ``--out``, in the folders
backbone, relation (fan), self, pool and mean, first, labels, votes and synthetic (LBP attention), ran-body, ran,
ran-mean and ran-face, and face, voice, both, both-self, both-mean and both-concatenation (audio and video), as ``ferviz
train`` leaves them. ``--ship`` also puts them into the package, in 16 bit. ``--finished`` trains nothing: it puts in
what ``ferviz train`` has left in ``--out``, with the card of that run. Run data_scripts/write_cards.py and
data_scripts/manifest.py afterwards.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from ferviz import weights
from ferviz.learning import recipes
from ferviz.learning.recipes.audio_video import HEADS
from ferviz.models.zoo import MODELS

SHARED = {name: {"audio.backbone.": "av-voice", "video.backbone.": "av-face"} for name in ("av", *HEADS)}
"""Networks that ship without tensors which others hold: how these begin, and whose they are. The others go first."""


def ship(name: str, run: Path) -> Path:
    """Put a finished run into the package under ``name``, its floating numbers in 16 bit.

    Raises ValueError where tensors that are to be shared are others than those that ship already.
    """
    model = MODELS[name]()
    card = weights.load(run / recipes.WEIGHTS, model)  # refuses a file that is damaged or fits another network
    tensors = model.state_dict()
    halves = {key: value.half() if value.is_floating_point() else value for key, value in tensors.items()}
    shared = SHARED.get(name, {})
    for start, other in shared.items():
        held = MODELS[other]()
        weights.load(weights.bundled(other), held)
        known = {key: value for key, value in held.state_dict().items() if key.startswith(start)}
        own = {key: halves.pop(key) for key in [*halves] if key.startswith(start)}
        if known.keys() != own.keys() or not all(torch.equal(own[key].to(known[key]), known[key]) for key in own):
            raise ValueError(f"what begins with {start} must be that of {other} as it ships: train {name} after it")
    weights.save(weights.bundled(name), halves, replace(card, name=name, shared=shared))
    return weights.bundled(name)


def trained(name: str, chosen: argparse.Namespace) -> Path:
    """The folder of a network, once it is trained."""
    return recipes.training(name)(chosen.out, faces=chosen.faces, clips=chosen.clips).parent


def finished(name: str, out: Path) -> Path:
    """The folder in ``out`` where ``ferviz train`` left a network: the one whose card is called so.

    Raises FileNotFoundError where there is none.
    """
    for path in sorted(out.glob(f"*/{recipes.WEIGHTS}")):
        if weights.read_card(path).name == name:
            return path.parent
    raise FileNotFoundError(f"{out} holds no finished run of {name}: ferviz train leaves a folder with its card")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", choices=[*recipes.networks()])
    parser.add_argument("--faces", type=Path, help="prepared FER2013, for real faces and beside the clips")
    parser.add_argument("--clips", type=Path, help="a synthetic set")
    parser.add_argument("--out", type=Path, required=True, help="where runs and weights go")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--ship", action="store_true", help="put those into the package that belong there")
    parser.add_argument("--finished", action="store_true", help="train nothing, put into the package what is there")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    for name in chosen.what:
        try:
            run = finished(name, chosen.out) if chosen.finished else trained(name, chosen)
            ships = (chosen.ship or chosen.finished) and name in MODELS
            print(ship(name, run) if ships else run / recipes.WEIGHTS)
        except (OSError, ValueError, FloatingPointError) as error:
            parser.exit(1, f"{name}: {error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
