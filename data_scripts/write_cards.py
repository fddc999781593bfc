"""Write what was measured into the cards of the networks that were trained here.

    python data_scripts/write_cards.py

Takes the accuracy on synthetic test clips from ferviz/assets/measured/fan.json (data_scripts/measure_fan.py) and that
on real faces and on synthetic stills from zoo.json beside it (data_scripts/measure_zoo.py). Run
data_scripts/manifest.py afterwards.
"""

from __future__ import annotations

from dataclasses import replace

from ferviz import weights
from ferviz.learning.recipes import FAN, networks
from ferviz.measured import Measured, measured, pick
from ferviz.papers import NETWORKS

SAID = "It names the label that annotators would choose, not what a person feels."
LIMITS = (
    SAID,
    "It was made to study attention on synthetic clips. On real faces it is worse than mini-Xception: see the metrics.",
    "Its synthetic expressions come from recipes of action units; real clips of faces were never seen in training.",
)

LIMITS_LBP = (
    SAID,
    "One seed. Its mask says which features are made stronger; whether these are what the answer rests on is measured "
    "apart, and on synthetic faces only (lesson 03).",
)
LIMITS_BY = {
    "lbp-attention": "FER2013's labels are noisy: Goodfellow et al. 2013 report that people reach 65 ± 5 %.",
    "lbp-attention-ferplus": "Contempt is rare in FER+ and almost never answered.",
    "lbp-attention-synthetic": "It was trained on synthetic faces last: do not use it for real ones.",
}
BY = {
    "label": "accuracy on PublicTest of FER2013 without twins, by its labels",
    "votes": "accuracy on PublicTest of FER2013 without twins, by most votes of FER+",
    "truth": "accuracy on synthetic test stills",
}


def metrics(name: str) -> list[Measured]:
    """The entries of a card: synthetic clips by family, then faces."""
    shipped = [entry for entry in measured("fan")["shipped"] if entry["row"] == name]
    rows = [replace(entry, what=f"accuracy on synthetic test clips, {entry['family']}") for entry in shipped]
    shown = ", each face a clip of one frame" if name in FAN else ""
    found = [entry for entry in measured("zoo")["accuracy"] if entry["row"] == name]
    return rows + [replace(entry, what=BY[entry["by"]] + shown) for entry in found]


def twice() -> str:
    """What PublicTest had already been read for, before this network was finished."""
    (entry,) = pick(measured("zoo")["accuracy"], row="first", by="label")
    reached = f"{entry.value:.3f} [{entry.low:.3f}, {entry.high:.3f}]"
    return f"PublicTest was read for the first course alone too ({reached}), and the second course added after that."


def main() -> int:
    for name in (name for name in networks() if name in NETWORKS):
        path = weights.bundled(name)
        card = weights.read_card(path)
        limits = LIMITS if name in FAN else (*LIMITS_LBP, LIMITS_BY[name])
        if name == "lbp-attention":
            limits = (*limits, twice())
        told = replace(card, metrics=tuple(metrics(name)), limits=limits, command=f"ferviz train {name}")
        weights.write_card(path, told)
        print(f"{name}: {len(metrics(name))} metrics")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
