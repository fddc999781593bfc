"""Write what was measured into the cards of the networks that were trained here.

    python data_scripts/write_cards.py

Takes the accuracy on synthetic test clips from ferviz/assets/measured/fan.json (data_scripts/measure_fan.py) and that
on real faces and on synthetic stills from zoo.json beside it (data_scripts/measure_zoo.py). Run
data_scripts/manifest.py afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ferviz import weights
from ferviz.learning.recipes import FAN, networks
from ferviz.measured import measured, pick
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


def metrics(name: str) -> list[Mapping[str, Any]]:
    """The rows of a card: synthetic clips by family, then real faces."""
    fan, zoo = measured("fan"), measured("zoo")
    rows = [
        {
            "what": f"accuracy on synthetic test clips, {row['family']}, {row['people']} people, one seed",
            "value": row["value"],
            "interval": [row["low"], row["high"]],
            "items": row["clips"],
            "command": fan["command"],
        }
        for row in fan["shipped"]
        if row["row"] == name
    ]
    for row in zoo["rows"]:
        if row["name"] == name:
            value, low, high = row["accuracy"]
            shown = ", each face a clip of one frame" if name in FAN else ""
            found = {"what": BY[row["by"]] + shown, "value": value, "interval": [low, high], "items": row["pictures"]}
            rows.append({**found, "command": zoo["command"]})
    return rows


def twice() -> str:
    """What PublicTest had already been read for, before this network was finished."""
    (row,) = pick(measured("zoo")["rows"], name="first", by="label")
    value, low, high = row["accuracy"]
    reached = f"{value:.3f} [{low:.3f}, {high:.3f}]"
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
