"""How far does one property of a synthetic face move the answer to a smile? The audit of the explorer *Twins* as data.

    python data_scripts/measure_twins.py [--people 40] [--emotion happiness] [--intensity 0.6] [--out FILE]

For each of age, skin tone and light: the same people as the explorer's audit takes, each drawn once with every value of
the property and nothing else changed. A row tells of one value, against the first one: the mean difference of the
probability of the emotion's label with its 95 % interval (2,000 bootstrap samples of people), and for how many people
the top label is ``other`` than with the first value, whether it is the emotion's label ``gained`` or ``lost``.
"""

from __future__ import annotations

import argparse

import torch

from ferviz.disk import write_whole
from ferviz.explorers.twins.explorer import Twins, TwinsView
from ferviz.faces.parts import VERSION
from ferviz.measured import Measured
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import figures, way

VARIED = ("age", "skin", "light")


def measure(emotion: str, intensity: float, people: int) -> list[Measured]:
    """A row for each value of each property but the first."""
    rows = []
    for vary in VARIED:
        twins = Twins(emotion=emotion, intensity=intensity, vary=vary, people=people)
        rows += rows_of(vary, twins.view, twins.labels.index(emotion), emotion)
    return rows


def rows_of(vary: str, view: TwinsView, place: int, emotion: str) -> list[Measured]:
    """The rows of one property, from the audit (N, V, E); ``place`` is the column of the emotion's label."""
    hit = view.audit.argmax(2) == place
    rows = []
    for version in range(1, len(view.versions)):
        shift = view.shifts[version]
        told = {"value": shift.difference, "low": shift.low, "high": shift.high}
        turned = {
            "other": shift.other,
            "gained": int((hit[:, version] & ~hit[:, 0]).sum()),
            "lost": int((~hit[:, version] & hit[:, 0]).sum()),
        }
        rows.append(
            Measured(
                what=f"difference in the probability of {emotion}",
                of={"vary": vary, "row": view.versions[version], **turned},
                than=view.versions[0],
                **{name: round(value, 4) for name, value in told.items()},
                way=way(),
                items=len(view.audit),
                unit="clips",
                people=len(view.audit),
                left_out=0,
            )
        )
    return rows


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--emotion", default="happiness")
    parser.add_argument("--intensity", type=float, default=0.6)
    parser.add_argument("--out", type=record_file)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rows = measure(chosen.emotion, chosen.intensity, chosen.people)
    for row in rows:
        told = f"{row['vary']:6s}{row['row']:16s}{row.value:+.3f} [{row.low:+.3f}, {row.high:+.3f}]"
        print(f"{told}  another label for {row['other']}: {row['gained']} gain {chosen.emotion}, {row['lost']} lose it")
    if chosen.out:
        what = f"how far one property moves mini-Xception's probability of {chosen.emotion}; a clip is a pair of twins"
        about = {"generator": VERSION, "emotion": chosen.emotion, "intensity": chosen.intensity}
        about |= {"people": chosen.people}
        told = figures(what, command_of(__file__, chosen), {"difference": rows}, about)
        write_whole(chosen.out, told.to_json().encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
