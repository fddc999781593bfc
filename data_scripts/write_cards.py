"""Write what was measured into the cards of the networks that were trained here.

    python data_scripts/write_cards.py

Takes the accuracy on synthetic test clips from ferviz/assets/measured/fan.json (data_scripts/measure_fan.py) and that
on real faces from zoo.json beside it (data_scripts/measure_zoo.py). Run data_scripts/manifest.py afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ferviz import weights
from ferviz.measured import measured
from ferviz.recipes import FAN

LIMITS = (
    "It names the label that annotators would choose, not what a person feels.",
    "It was made to study attention on synthetic clips. On real faces it is worse than mini-Xception: see the metrics.",
    "Its synthetic expressions come from recipes of action units; real clips of faces were never seen in training.",
)


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
            real = {"what": f"accuracy on {zoo['what']}, each face a clip of one frame", "value": value}
            rows.append({**real, "interval": [low, high], "items": row["pictures"], "command": zoo["command"]})
    return rows


def main() -> int:
    for name in FAN:
        path = weights.bundled(name)
        card = weights.read_card(path)
        weights.write_card(path, replace(card, metrics=tuple(metrics(name)), limits=LIMITS))
        print(f"{name}: {len(metrics(name))} metrics")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
