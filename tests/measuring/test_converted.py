"""The figures that stood before there was one record for a number stand in it: turned back, they are what they were.

Each file of figures as of commit ae4333e, less the p-values that were dropped, and each card, less the command of its
weights, is known by the hash of its JSON text with sorted keys. From what ships now the old form is built again and
must have that hash. A file that is measured anew leaves this test. The dropped p-values were of another kind than the
interval beside them (t-tests over the means of people or groups, McNemar's test over pictures; the intervals are of
means over items, people drawn whole): ``p`` and ``p_holm`` of "ablation" and "masks", ``mcnemar_p`` of "zoo". The
commit that wrote this sentence lists each of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ferviz import weights
from ferviz.measured import Figures, Measured, measured, pick
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
            row |= {"more_than_all": triple(apart), "more_by_seed": [*apart.seeds.values()], "clear": was_clear(apart)}
        rows.append(row)
    (items,) = {entry.items for table in new.tables.values() for entry in table}
    return {**old_about(new), "items": items, "rows": rows}


def old_about(new: Figures) -> Old:
    """What stood beside the tables before there was a word on the p that are null."""
    return {name: value for name, value in new.about.items() if name != "p"}


def was_clear(entry: Measured) -> bool:
    """By the rule of then, which called three trainings enough."""
    same = all((value > 0) == (entry.value > 0) and value != 0 for value in entry.seeds.values())
    return same and replace(entry, seeds=None).clear()


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
    """Of the rows of networks; those of logistic regression were measured anew when scikit-learn came in."""
    rows, commands = [], {}
    for entry in pick(new["rows"], probe="small"):
        told = flat(entry, "part", "row", "probe", count="items", row="name")
        rows.append({"recall": told.pop("value"), **told})
        commands[f"{entry['part']}, {entry['probe']}"] = entry.command
    return {**new.about, "command": commands, "rows": rows}


def masks(new: Figures) -> Old:
    told = {name: [flat(entry, *entry.of) for entry in table] for name, table in new.tables.items()}
    sets = [
        {**{name: entry[name] for name in ("set", "weights", "curves")}, "accuracy": flat(entry)}
        for entry in new["accuracy"]
    ]
    del told["accuracy"]
    return {**old_about(new), "sets": sets, **told}


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
    "leaks": (leaks, "2914f7522eb95313555fadc80d2ad04520da74b280af9149904bd462d3bb8917"),
    "masks": (masks, "22261335ebd0dbfec1b39bac85da74f46ebf44041fe7ac6a3b0e24a3aec2d603"),
    "reading": (reading, "962f6b2f2f05d3ae12471d2072e212b3629b69f50a2f8d41c81b31e47257dba2"),
    "twins": (twins, "05895537a3d19a1c4db991f4a62af8f71622876a5de8222421fbe4fd2872389c"),
    "video_features": (video_features, "8bdf806cfae4faff0caaf5133c1f9671ed9aa9551a121f384899833e901dfc4a"),
    "zoo": (zoo, "32d0e5590af8c886e3c4e03bb952371d571f9d50275b69a91d93141ad6f37733"),
}
CARDS: Mapping[str, str] = {
    "fan": "26bdb67a02a741426e98d3cff9d2c1fcc7a9fe2190a159db2aa089e2baecd185",
    "fan-mean": "2f881734bfa9075c79e8e3c47736675b7a988da9903968c64b1c05f111c713f5",
    "fan-pool": "8b7a7d5946e93fffc7b1142d5edf721fa136d1e17b2da4cce66396be5cf15f52",
    "fan-self": "75f356d66593b8b4c5cb4ea4c9b6bf78fa9ad519d1eb2a321ba2b6fcf2ea682c",
    "lbp-attention": "d0f00484f82e504e09da4d88f40839dcc26d95ebe6274de5bfe308ed575adbd7",
    "lbp-attention-ferplus": "41fa201dd6f046e94a2f8d16ed642cd8ee0099cdbbee2f6167c8cd873cddc775",
    "lbp-attention-synthetic": "c07eb5c03d29ac60b83f16e4fa558a7a0f19007c84a39ece26e33bde94da39a4",
    "mini-xception": "0901da8d044f9482bacbda2460017760e570c12ee020f5dafb3db3331c35ce0f",
    "mtcnn": "1e6ef2177800545f5da692a25d334d2d015042e47e60920361d5e1feac17ad6e",
}

SAYS_LESS = ", by FER2013's labels,"  # a card's limit claims no more than that since then


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
    del told["command"]  # of the file of weights: it is given by the table of papers now
    limits = [limit.replace(SAYS_LESS, "") for limit in told["limits"]]
    assert digest({**told, "limits": limits, "metrics": [old_metric(entry) for entry in card.metrics]}) == CARDS[name]


def test_no_dropped_p_was_filled_in():
    for name in FILES:
        for table in measured(name).tables.values():
            assert all(entry.p is entry.p_holm is entry.holm_over is entry.claim is None for entry in table)
