"""Write what was measured into the cards of the networks that were trained here.

    python data_scripts/write_cards.py

Takes what tells of a network in the tables ``shipped`` and ``strangers`` (synthetic people of no training) of its
paper's files in ferviz/assets/measured (ferviz/papers.py names them), and its accuracy on real faces and on synthetic
stills from zoo.json beside them (data_scripts/measure_zoo.py). Run data_scripts/manifest.py afterwards.
"""

from __future__ import annotations

from dataclasses import replace

from ferviz import weights
from ferviz.learning import recipes
from ferviz.measured import Measured, measured, pick
from ferviz.models import load_model
from ferviz.papers import PAPERS

BY = {
    "label": "accuracy on PublicTest of FER2013 without twins, by its labels",
    "votes": "accuracy on PublicTest of FER2013 without twins, by most votes of FER+",
    "truth": "accuracy on synthetic test stills",
}
TABLES = ("shipped", "strangers")


def metrics(name: str) -> list[Measured]:
    """The entries of a card: what its paper measured of it, synthetic clips by family, then faces."""
    files = next(row.measured for row in PAPERS.values() if name in [network.name for network in row.networks])
    told = [entry for file in files for table in TABLES for entry in measured(file).tables.get(table, ())]
    shipped = [entry for entry in told if entry["row"] == name]
    rows = [replace(entry, what=entry.what + _where(entry)) for entry in shipped]
    shown = ", each face a clip of one frame" if load_model(name).leading == "clip" else ""
    found = [entry for entry in measured("zoo")["accuracy"] if entry["row"] == name]
    return rows + [replace(entry, what=BY[entry["by"]] + shown) for entry in found]


def _where(entry: Measured) -> str:
    family = entry.get("family")
    if family == "strangers":
        return ": of synthetic people of no training"
    return "" if family is None else f" on synthetic test clips, {family}"


def twice() -> str:
    """What PublicTest had already been read for, before this network was finished."""
    (entry,) = pick(measured("zoo")["accuracy"], row="first", by="label")
    reached = f"{entry.value:.3f} [{entry.low:.3f}, {entry.high:.3f}]"
    return f"PublicTest was read for the first course alone too ({reached}), and the second course added after that."


def main() -> int:
    for name, limits in recipes.limits().items():
        path = weights.bundled(name)
        limits = (*limits, twice()) if name == "lbp-attention" else limits
        card = replace(weights.read_card(path), metrics=tuple(metrics(name)), limits=limits)
        weights.write_card(path, card)
        print(f"{name}: {len(card.metrics)} metrics")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
