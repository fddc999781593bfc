r"""Measure whether the mask of LBP attention, and attribution, fall on the truth of synthetic faces.

    python data_scripts/measure_masks.py --stills FOLDER --planted FOLDER --out FILE \
        --weights stills=lbp-attention-synthetic upper=FOLDER lower=FOLDER patch=FOLDER --dealt FOLDER

Both folders are synthetic sets (data_scripts/make_synthetic.py). For each set named by ``--weights``, test faces (one
frame each, spread over the people, none of them neutral where the face carries the label) go through a network: one of
the package, or a folder with ``weights.safetensors`` of a compact `LBPAttention` that learned this set. Every map is
asked for the label of the face. Methods that need a baseline hold the face against its blurred self.

The truth: of stills, what the emotion changed (`Truth.changed`), and for the pointing game the fewest pixels that hold
half of it; of planted sets the place that carries the label (`faces.planted.place`), in the frame of most evidence
(``upper``, ``lower``) or the middle one (``patch``).

Each set has one network, trained once: all this tells of these networks, not of how another training would come out.

The tables of the file, all intervals 95 % from bootstrap samples of people (2,000), flat maps and undefined scores left
out and counted:

- ``accuracy``: of each set's network on these faces, and what the set was measured with.
- ``rows``: by ``set``, ``row`` (whose map), ``map`` ("own", or one that must be beaten), ``metric``: "pointing" (by
  chance the truth's area, ``metric`` "area") or "ratio" (mass on the truth, as a ratio to an even map: 1 by chance).
  The maps to beat: "gaussian" in the middle, "sobel" (edges), and of the same row "mean of others" (other people),
  "same class" and "other class" (of one other person's face).
- ``difference``: own less another map (``than``), paired by face, with p, of the same draws as the interval, and
  ``p_holm``, adjusted over all rows and metrics of one set and other map.
- ``curves``: ``area`` under "deletion" and "insertion" by ``fill`` ("blur", for stills also "without emotion": the
  render of the same face without its emotion); ``curve_difference``: less the same of "gaussian", paired, with
  p and ``p_holm`` over all rows of one set, curve and fill.
- ``sanity``: rank correlation of each row's map with that of the network with randomised weights, by what was
  ``randomised``: the classifier and stages, all behind the branches, or everything. With ``--dealt`` (where
  data_scripts/train_checks.py left ``true`` and ``shuffled``) also "labels": between two networks, of which one learned
  the same faces with shuffled labels (``dealt`` of ``about``: which share of these each labels right).
- ``texture_path``: how far the answer moves when one input alone comes from the blurred or another face (``other``):
  ``replaced`` "texture", "photo", "both" in logits; "share" is texture / (texture + photo).

"mask" is M, mean of its channels; M starts from about a half everywhere, so "mask above its mean" is what it adds.
"gain above its mean" is the same of what acts, Σ M T / Σ T over the channels: where the trunk T is 0, M does nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from ferviz import scores, weights
from ferviz.disk import write_whole
from ferviz.faces.sets import read
from ferviz.learning.recipes import WEIGHTS
from ferviz.measured import Measured
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import adjusted, entry, figures
from ferviz.measuring.maps import another, of_others, spread
from ferviz.measuring.masks import BASELINE, METHODS, Face, faces_of, load, maps_of
from ferviz.models.model import Model
from ferviz.observe import observe

Array = npt.NDArray[Any]
SETS = ("stills", "upper", "lower", "patch")
QUICK = ("integrated_gradients", "saliency", "grad_cam", "cam")  # of which randomised networks are asked too
FIXED = ("gaussian", "sobel")
CONTROLS = (*FIXED, "mean of others", "same class", "other class")
METRICS = {
    "pointing": "share of faces whose highest place lies on the truth",
    "ratio": "mass on the truth, times chance",
}
DEALT = ("true", "shuffled")
RANDOMISED: Mapping[str, tuple[str, ...] | None] = {
    "classifier and stages": ("classify", "stages"),
    "all behind the branches": ("classify", "stages", "reconstruct", "attend"),
    "everything": None,
}
STEPS = 12  # of a curve
WHAT = "the mask of LBP attention and attributions against the truth of synthetic faces"
SHARE = "share of the texture in how far the answer moves"

Tables = dict[str, list[Measured]]


def scored(maps: Sequence[Array], faces: Sequence[Face]) -> dict[str, Array]:
    """Metric → score of each face's map (N,); NaN where undefined."""
    found: dict[str, list[float]] = {metric: [] for metric in METRICS}
    for values, face in zip(maps, faces, strict=True):
        known = bool(np.isfinite(values).any())
        found["pointing"].append(scores.pointing_game(values, face.right) if known else np.nan)
        found["ratio"].append(scores.mass_on_truth(values, face.truth).ratio if known else np.nan)
    return {metric: np.array(values) for metric, values in found.items()}


def beaten(maps: Sequence[Array], faces: Sequence[Face]) -> dict[str, Sequence[Array]]:
    """The maps that a row must beat, by name."""
    people, labels = _people(faces), np.array([str(face.label) for face in faces])
    found: dict[str, Sequence[Array]] = {name: [face.fixed(name) for face in faces] for name in FIXED}
    found["mean of others"] = of_others(maps, people)
    for name, same in (("same class", True), ("other class", False)):
        places = another(people, labels, same=same)
        found[name] = [maps[at] if at >= 0 else np.full_like(maps[0], np.nan) for at in places]
    return found


def tables(told: Mapping[str, Any], faces: Sequence[Face], maps: Sequence[Mapping[str, Array]]) -> Tables:
    """The entries ``rows`` and ``difference`` of one set."""
    people, differences = _people(faces), {name: [] for name in CONTROLS}
    area = np.array([face.right.mean() if face.right.any() else np.nan for face in faces])
    chance = {**told, "row": "chance", "map": "own", "metric": "area"}
    rows = [entry(area, people, what="share of the picture that the truth takes", of=chance)]
    for row in maps[0]:
        own = [each[row] for each in maps]
        first = scored(own, faces)
        for name, others in {"own": own, **beaten(own, faces)}.items():
            second = scored(others, faces)
            for metric, what in METRICS.items():
                place = {**told, "row": row, "metric": metric}
                rows.append(entry(second[metric], people, what=what, of={**place, "map": name}))
                if name != "own":
                    more = first[metric] - second[metric]
                    differences[name].append(entry(more, people, what=f"difference in {what}", of=place, than=name))
    asked = (
        one
        for name, found in differences.items()
        for one in adjusted(found, f"all rows and metrics of {told['set']} against {name}")
    )
    return {"rows": rows, "difference": list(asked)}


def curve_tables(
    told: Mapping[str, Any], model: Model, faces: Sequence[Face], maps: Sequence[Mapping[str, Array]]
) -> Tables:
    """The entries ``curves`` and ``curve_difference`` of one set, for the faces that are named."""
    people, entries, apart, what = _people(faces), [], [], "area under the curve"
    fills = ("blur", "without emotion") if all(face.plain is not None for face in faces) else ("blur",)
    for fill in fills:
        for curve in (scores.deletion, scores.insertion):
            areas, differences = {}, []
            for row in ("gaussian", "sobel", *maps[0]):
                pairs = zip(faces, maps, strict=True)
                given = [(face, face.fixed(row) if row in FIXED else each[row]) for face, each in pairs]
                areas[row] = np.array([area(curve, model, face, values, fill) for face, values in given])
                place = {**told, "row": row, "curve": curve.__name__, "fill": fill}
                entries.append(entry(areas[row], people, what=what, of=place))
                if row != "gaussian":
                    paired = areas[row] - areas["gaussian"]
                    known = {"what": f"difference in the {what}", "of": place, "than": "gaussian"}
                    differences.append(entry(paired, people, **known))
            apart += adjusted(differences, f"all rows of {told['set']}, {curve.__name__} by {fill}, against gaussian")
    return {"curves": entries, "curve_difference": apart}


def area(curve: Any, model: Model, face: Face, values: Array, fill: str) -> float:
    """Under one curve of one face; NaN for a flat map."""
    if not np.isfinite(values).all():
        return float("nan")
    pictures = face.plain if fill == "without emotion" else fill
    return float(curve(model, face.clip, values, target=face.label, fill=pictures, steps=STEPS)["area"].item())


def sanity_table(
    told: Mapping[str, Any], model: Model, faces: Sequence[Face], maps: Sequence[Mapping[str, Array]]
) -> list[Measured]:
    """The entries ``sanity`` of one set, for the faces that are named."""
    entries = []
    for randomised, layers in RANDOMISED.items():
        anew = scores.randomise(model, layers, seed=0)
        others = [maps_of(anew, face, QUICK) for face in tqdm(faces, desc=f"{told['set']}: {randomised} randomised")]
        entries += alike({**told, "randomised": randomised}, faces, maps, others)
    return entries


def dealt_table(told: Mapping[str, Any], folder: Path, faces: Sequence[Face]) -> list[Measured]:
    """The entries ``sanity`` of two networks of which one learned shuffled labels, for the faces that are named."""
    nets = [load(str(folder / name)) for name in DEALT]
    own, others = ([maps_of(net, face, QUICK) for face in tqdm(faces, desc="labels shuffled")] for net in nets)
    return alike({**told, "randomised": "labels"}, faces, own, others)


def learned(folder: Path) -> float:
    """Which share of the faces that it learned a network labels right, as its card says."""
    rows = weights.read_card(folder / WEIGHTS).metrics
    (value,) = [row.value for row in rows if row.what.startswith("learned accuracy")]
    assert value is not None
    return value


def alike(
    told: Mapping[str, Any],
    faces: Sequence[Face],
    maps: Sequence[Mapping[str, Array]],
    others: Sequence[Mapping[str, Array]],
) -> list[Measured]:
    """The rank correlation of two networks' maps of the same faces, row by row."""
    entries, what = [], "rank correlation of the maps of two networks"
    for row in others[0]:
        pairs = zip(maps, others, strict=True)
        found = np.array([scores.rank_correlation(own[row], other[row]) for own, other in pairs])
        entries.append(entry(found, _people(faces), what=what, of={**told, "row": row}))
    return entries


def path_table(told: Mapping[str, Any], model: Model, faces: Sequence[Face]) -> list[Measured]:
    """The entries ``texture_path`` of one set."""
    people, labels, entries = _people(faces), np.array([str(face.label) for face in faces]), []
    next_ones = another(people, labels, same=False)
    for other in ("blur", "another face"):
        found: dict[str, list[float]] = {name: [] for name in ("texture", "photo", "both", "share")}
        for face, at in zip(faces, next_ones, strict=True):
            given = "blur" if other == "blur" else faces[at].clip.frames
            moved = scores.texture_path(model, face.clip, given)
            for name in ("texture", "photo", "both"):
                found[name].append(moved["moved"].sel(replaced=name).item())
            found["share"].append(moved["share"].item())
        for name, values in found.items():
            what = SHARE if name == "share" else "how far the answer moves, in logits"
            entries.append(entry(values, people, what=what, of={**told, "other": other, "replaced": name}))
    return entries


def _people(faces: Sequence[Face]) -> Array:
    return np.array([face.person for face in faces])


def measure(name: str, given: str, folder: Path, chosen: argparse.Namespace) -> Tables:
    """Everything of one set."""
    wanted = chosen.limit if name == "stills" else chosen.planted_limit
    model = load(given)
    faces = faces_of(name, read(folder, split="test", part=name), wanted, chosen.curves)
    maps = [maps_of(model, face) for face in tqdm(faces, desc=f"{name}: maps")]
    some = [at for at, face in enumerate(faces) if face.plain is not None] or spread(len(faces), chosen.curves)
    few, few_maps = [faces[at] for at in some], [maps[at] for at in some]
    said = [str(observe(model, face.clip)["emotion_logits"][0].idxmax().item()) for face in faces]
    right = np.array([float(word == face.label) for word, face in zip(said, faces, strict=True)])
    told = {"set": name}
    used = {**told, "weights": Path(given).name, "curves": len(few)}
    return {
        "accuracy": [entry(right, _people(faces), what="accuracy", of=used)],
        **tables(told, faces, maps),
        **curve_tables(told, model, few, few_maps),
        "sanity": sanity_table(told, model, few, few_maps)
        + (dealt_table(told, chosen.dealt, few) if name == "stills" and chosen.dealt else []),
        "texture_path": path_table(told, model, faces),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stills", type=Path, help="a synthetic set with stills")
    parser.add_argument("--planted", type=Path, help="a synthetic set with planted clips")
    parser.add_argument("--weights", nargs="+", required=True, metavar="SET=NAME_OR_FOLDER")
    parser.add_argument("--limit", type=int, default=280, help="stills")
    parser.add_argument("--planted-limit", type=int, default=84, help="faces of each planted set")
    parser.add_argument("--curves", type=int, default=24, help="faces for curves and randomised weights, of each set")
    parser.add_argument("--dealt", type=Path, help="the folder with the networks true and shuffled")
    parser.add_argument("--out", type=record_file, required=True)
    chosen = parser.parse_args(arguments)
    given = dict(pair.partition("=")[::2] for pair in chosen.weights)
    for name in given:
        if name not in SETS or (chosen.stills if name == "stills" else chosen.planted) is None:
            parser.error(f"--weights must name sets ({', '.join(SETS)}) whose folder is given; got {name!r}")
    torch.set_num_threads(1)
    command = command_of(__file__, chosen, weights=[f"{name}={Path(word).name}" for name, word in given.items()])
    about: dict[str, Any] = {"baseline": BASELINE, "options": METHODS}
    if chosen.dealt:
        about["dealt"] = {name: learned(chosen.dealt / name) for name in DEALT}
    found: Tables = {}
    for name, word in given.items():
        for key, entries in measure(name, word, chosen.stills if name == "stills" else chosen.planted, chosen).items():
            found.setdefault(key, []).extend(entries)
        told = figures(WHAT, command, found, about)
        write_whole(chosen.out, told.to_json().encode())  # each set as soon as it is known
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
