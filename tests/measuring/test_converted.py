"""The figures that stood before there was one record for a number stand in it: turned back, they are what they were.

Each file of figures and each card as of commit ae4333e, less the p-values that were dropped, is known by the hash of
its JSON text with sorted keys. From what ships now the old form is built again and must have that hash. A file that is
measured anew leaves this test. The dropped p-values were of another kind than the interval beside them (t-tests over
the means of people or groups, McNemar's test over pictures; the intervals are of means over items, people drawn whole):
``p`` and ``p_holm`` of "ablation" and "masks", ``mcnemar_p`` of "zoo".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ferviz import weights
from ferviz.measured import Figures, Measured, measured
from ferviz.measured.files import to_dict

Old = dict[str, Any]


def flat(entry: Measured, *of: str, count: str = "clips", than: str = "base", **renamed: str) -> Old:
    """An entry as a table held it: what tells it apart, its value with the interval, and what it is of."""
    told: Old = {renamed.get(name, name): entry[name] for name in of}
    told |= {"value": entry.value, "low": entry.low, "high": entry.high, count: entry.items}
    told |= {than: entry.than} if entry.than is not None else {}
    told |= {"people": entry.people} if entry.people is not None else {}
    return told | ({"left_out": entry.left_out} if entry.left_out is not None else {})


def triple(entry: Measured) -> list[float | None]:
    return [entry.value, entry.low, entry.high]


def ablation(new: Figures) -> Old:
    more = {entry["row"]: entry for entry in new["difference"]}
    rows = []
    for entry in new["accuracy"]:
        seeds = {"seeds": [int(name) for name in entry.seeds], "by_seed": [*entry.seeds.values()]}
        row = {"name": entry["row"], "accuracy": triple(entry), **seeds}
        row |= {name: entry[name] for name in ("group", "changes", "parameters", "seconds")}
        if entry["row"] in more:
            apart = more[entry["row"]]
            assert (apart.than, apart["group"]) == ("all", entry["group"])
            row |= {"more_than_all": triple(apart), "more_by_seed": [*apart.seeds.values()], "clear": apart.clear()}
        rows.append(row)
    (items,) = {entry.items for table in new.tables.values() for entry in table}
    return {**new.about, "items": items, "rows": rows}


def fan(new: Figures) -> Old:
    told = {
        name: [
            flat(entry, *(n for n in ("row", "family", "truth", "score", "share") if n in entry.of))
            | {"seeds": len(entry.seeds)}
            for entry in entries
        ]
        for name, entries in new.tables.items()
    }
    return {**new.about, "seeds": [int(name) for name in new["accuracy"][0].seeds], **told}


def fan_pixels(new: Figures) -> Old:
    rows = [flat(entry, "row", "map", "family") for entry in new["rows"]]
    return {**new.about, "rows": rows, "difference": [flat(entry, "row", "family") for entry in new["difference"]]}


def label_noise(new: Figures) -> Old:
    (share,) = new["votes_for_majority"]
    return {
        **new.about,
        "same": [flat(entry, "row", count="pictures") for entry in new["same"]],
        "same_by_agreement": [flat(entry, "votes", count="pictures") for entry in new["same_by_agreement"]],
        "votes_for_majority": flat(share, count="pictures"),
    }


def leaks(new: Figures) -> Old:
    rows = []
    for entry in new["rows"]:
        told = flat(entry, "part", "row", "probe", count="items", row="name")
        rows.append({"recall": told.pop("value"), **told})
    commands = {f"{entry['part']}, {entry['probe']}": entry.command for entry in new["rows"]}
    return {**new.about, "command": commands, "rows": rows}


def masks(new: Figures) -> Old:
    told = {name: [flat(entry, *entry.of) for entry in table] for name, table in new.tables.items()}
    sets = [
        {**{name: entry[name] for name in ("set", "weights", "curves")}, "accuracy": flat(entry)}
        for entry in new["accuracy"]
    ]
    del told["accuracy"]
    return {**new.about, "sets": sets, **told}


def reading(new: Figures) -> Old:
    (sure,) = new["recall"]
    told = {"people": sure.people, "frames": sure.items, "mean_recall": sure.value, "interval": [sure.low, sure.high]}
    return {**new.about, **told}


def twins(new: Figures) -> Old:
    rows = []
    for entry in new["difference"]:
        assert entry.what == f"difference in the probability of {new.about['emotion']}"
        told = flat(entry, *entry.of)
        assert told.pop("left_out", None) is None
        rows.append(told)
    return {**new.about, "rows": rows}


def video_features(new: Figures) -> Old:
    rows = [
        flat(entry, "row", "kind", "parameters", "family") | {"seeds": len(entry.seeds) or 1}  # 1: it has one solution
        for entry in new["accuracy"]
    ]
    (seeds,) = {tuple(entry.seeds) for entry in new["accuracy"] if entry.seeds}
    return {**new.about, "seeds": [int(name) for name in seeds], "rows": rows}


def zoo(new: Figures) -> Old:
    rows = []
    for sure, recall, more in zip(*(new[name] for name in ("accuracy", "recall", "difference")), strict=True):
        assert sure.of == recall.of == more.of
        assert more.than == "mini-xception"
        (items,) = {entry.items for entry in (sure, recall, more)}
        row = {"name": sure["row"], "by": sure["by"], "accuracy": triple(sure), "recall": recall.value}
        row |= {"more_than_baseline": triple(more), "pictures": items}
        rows.append(row | ({"people": sure.people} if sure.people is not None else {}))
    return {"rows": rows}


FILES: Mapping[str, tuple[Callable[[Figures], Old], str]] = {
    "ablation": (ablation, "d4e3f3f5aa165a618b6d7ff1449c585cdfb2b781badc9269d5a16252f5599505"),
    "fan": (fan, "cf706719e04e747feab645bcf1780f9aecd0ff991e5c012c93e9a81ae0511faf"),
    "fan_pixels": (fan_pixels, "781788200d5ed11a41f54e3b6ea0c2e75d4a0fd24ef4c66f26c078d18e23ffa8"),
    "label_noise": (label_noise, "aa240fdf4fd14611be117a3c08c3c1d329b445d9ba1aabb6cfb28e3f2de4eba1"),
    "leaks": (leaks, "4395b2cd001192e13c7dc8b641c648c56f17be1341ed49cedb8d4a6ef96810ee"),
    "masks": (masks, "22261335ebd0dbfec1b39bac85da74f46ebf44041fe7ac6a3b0e24a3aec2d603"),
    "reading": (reading, "962f6b2f2f05d3ae12471d2072e212b3629b69f50a2f8d41c81b31e47257dba2"),
    "twins": (twins, "05895537a3d19a1c4db991f4a62af8f71622876a5de8222421fbe4fd2872389c"),
    "video_features": (video_features, "8bdf806cfae4faff0caaf5133c1f9671ed9aa9551a121f384899833e901dfc4a"),
    "zoo": (zoo, "32d0e5590af8c886e3c4e03bb952371d571f9d50275b69a91d93141ad6f37733"),
}
CARDS: Mapping[str, str] = {
    "fan": "57c2868e0e4f7f17b00c30f6f20dc20a0d17882e6e3a1c51262a5d17828a69b4",
    "fan-mean": "cfae98a802e04ef9eafddd9cba30d61140dac986c789e7d70b4aee2280ccd105",
    "fan-pool": "e454d41bdc71d43bb6701e78965e5ac10a4a41cf1197247663381b4aacd3653b",
    "fan-self": "1d3a59417783bbb81748a069263b5444682eecc6dfe9424c93290ca8e7dc0eec",
    "lbp-attention": "952497e1cd66aafe1b482aeca28a94a07adb0fd83d6c66e456634ae839297f88",
    "lbp-attention-ferplus": "09a3ff196c34ff1c084cc8efc4a3c57deb18f0c08d344b3c72ae22ef1426dadd",
    "lbp-attention-synthetic": "3f32108a56b5afe14b10c278382dbb8cb5759e7e48f1c83e424617d755979937",
    "mini-xception": "69312eaf59611aa60f55edf5b49e8d62c3092f268ef8e68533319ec50f1d1870",
    "mtcnn": "c41fd87515c18dd2080044eca66d46ff47384033ce5eb6b29eabbac17e93f2dc",
}

COMMANDS: Mapping[str, str] = {
    "fan": "ferviz train fan --variant relation",
    "fan-mean": "ferviz train fan --variant mean",
    "fan-pool": "ferviz train fan --variant pool",
    "fan-self": "ferviz train fan --variant self",
    "lbp-attention": "ferviz train lbp --kind labels",
    "lbp-attention-ferplus": "ferviz train lbp --kind votes",
    "lbp-attention-synthetic": "ferviz train lbp --kind synthetic",
}
"""As cards spelled what is ``ferviz train NAME`` now."""


def digest(told: Old) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_number_of_an_old_file_stands_in_the_new_one(name):
    back, known = FILES[name]
    new = measured(name)
    assert digest({"what": new.what, "command": new.command, **back(new)}) == known


def old_metric(entry: Measured) -> Old:
    """A metric as a card held it."""
    what = entry.what
    if "synthetic test clips" in what:
        assert len(entry.seeds) == 1
        what = f"{what}, {entry.people} people, one seed"
    if not str(entry.way).startswith("95 %") and entry.low is not None:
        what = f"{what} (interval: {entry.way})"
    interval = None if entry.low is None else [entry.low, entry.high]
    return {
        "what": what, "value": entry.value, "interval": interval, "items": entry.items, "command": entry.command,
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(CARDS))
def test_every_card_says_what_it_said(name):
    told = json.loads(weights.bundled(name).with_suffix(".json").read_text("utf-8"))
    card = weights.read_card(weights.bundled(name))
    assert told["metrics"] == [to_dict(entry) for entry in card.metrics]
    if name in COMMANDS:
        assert told["command"] == f"ferviz train {name}"
        told["command"] = COMMANDS[name]
    assert digest({**told, "metrics": [old_metric(entry) for entry in card.metrics]}) == CARDS[name]


def test_no_dropped_p_was_filled_in():
    for name in FILES:
        for table in measured(name).tables.values():
            assert all(entry.p is entry.p_holm is entry.holm_over is entry.claim is None for entry in table)
