"""What a lesson found follows from the records: each sentence turns with its figure, and takes no side without one."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType

import pytest

from ferviz.measured import Figures, Measured, found_on_masks, measured
from ferviz.measured.findings import Findings

WAY = {"way": "95 %, exact"}
RECORDS = {name: measured(name) for name in ("masks", "ablation", "zoo")}


def around(value: float, **more) -> Measured:
    return Measured(**({"what": "x", "value": value, "low": value - 0.02, "high": value + 0.02} | WAY | more))


def masks(share=0.1, gaussian=0.5, other=0.5, photo=0.5, row="gain above its mean", sobel=0.5, point=0.5) -> Figures:
    def ratio(of, map_="own", metric="ratio"):
        return {"set": "stills", "row": of, "map": map_, "metric": metric}

    photos = "integrated_gradients, photo"
    return Figures("toy", {
        "texture_path": (around(share, of={"set": "stills", "other": "blur", "replaced": "share"}),),
        "rows": (around(1.5, of=ratio(row)), around(3.0, of=ratio(photos))),
        "difference": (
            around(gaussian, of=ratio(row), than="gaussian"),
            around(other, of=ratio(row), than="other class"),
            around(sobel, of=ratio(row), than="sobel"),
            around(point, of=ratio(row, metric="pointing"), than="gaussian"),
            around(photo, of=ratio(photos), than="gaussian"),
        ),
    })  # fmt: skip


def ablation(value=-0.03, **more) -> Figures:
    rows = ("no attention", "no reconstruction", "mask from the trunk alone", "original")
    seeds = dict.fromkeys(map(str, range(10)), value)
    return Figures("toy", {
        "difference": tuple(around(value, of={"row": row}, than="all", **({"seeds": seeds} | more)) for row in rows)
    })  # fmt: skip


def zoo(label=-0.1, votes=0.1) -> Figures:
    told = {"label": label, "votes": votes}
    row = "lbp-attention-ferplus"
    table = (around(value, of={"row": row, "by": by}, than="mini-xception") for by, value in told.items())
    return Figures("toy", {"difference": tuple(table)})


TOYS = {"masks": masks(), "ablation": ablation(), "zoo": zoo()}


def sentence(place: int, **records: Figures) -> str:
    return found_on_masks(**(TOYS | records))[place]


ADDS = "Of what the mask adds,"
ONE = "In one network, which learned synthetic faces, the answer"
TURNS = {
    "texture, little": (0, {"masks": masks(share=0.1)}, f"{ONE} hardly hangs on the texture"),
    "texture, less": (0, {"masks": masks(share=0.4)}, f"{ONE} hangs on the texture less than on the photo"),
    "texture, more": (0, {"masks": masks(share=0.6)}, f"{ONE} hangs on the texture more than on the photo"),
    "texture, open": (0, {"masks": masks(share=0.5)}, "Whether the answer .* is not shown"),
    "claims, shown": (1, {"ablation": ablation(-0.03)}, "Of 4 claims on modules and patterns: 4 confirmed"),
    "claims, refuted": (1, {"ablation": ablation(0.03)}, "Of 4 claims on modules and patterns: 4 refuted"),
    "claims, open": (1, {"ablation": ablation(0.01)}, "Of 4 claims on modules and patterns: 4 not shown"),
    "claims, by Holm": (
        1,
        {"ablation": ablation(p=0.04, p_holm=0.26, holm_over="four claims")},
        "Of 4 claims on modules and patterns: 4 not shown",
    ),
    "claims, few": (
        1,
        {"ablation": ablation(seeds={"0": -0.03, "1": -0.03})},
        "Of 4 claims on modules and patterns: 4 without a verdict",
    ),
    "mask, more": (2, {}, f"{ADDS} more lies on .* than of a Gaussian .*; more than of .*"),
    "mask, less": (2, {"masks": masks(gaussian=-0.5)}, f"{ADDS} less lies on .*"),
    "mask, open": (2, {"masks": masks(gaussian=0)}, f"{ADDS} neither more nor less is shown to lie on .*"),
    "mask, pointing": (2, {"masks": masks(gaussian=-0.5)}, ".*, though its largest value lies there more often .*"),
    "mask, edges": (2, {"masks": masks(sobel=-0.5)}, ".*; less than of plain edges; .*"),
    "mask, other less": (2, {"masks": masks(other=-0.5)}, ".*; less than of the same map of another face .*"),
    "mask, other open": (2, {"masks": masks(other=0.01)}, ".*; no difference to .* is shown"),
    "photo, more": (3, {}, "Of what integrated gradients .* more lies on .* that Gaussian"),
    "photo, less": (3, {"masks": masks(photo=-1)}, "Of what integrated .* less lies on .* that Gaussian"),
    "photo, open": (3, {"masks": masks(photo=0)}, "Of what integrated .* neither more nor less .* that Gaussian"),
    "labels, turned": (4, {}, "Of two networks, one is ahead by .*, the other by FER.*, which it learned.*"),
    "labels, one way": (4, {"zoo": zoo(0.1, 0.1)}, "That the order of two networks turns .* is not shown"),
    "labels, open": (4, {"zoo": zoo(0.01, 0.1)}, "That the order of two networks turns .* is not shown"),
}


@pytest.mark.parametrize(("place", "records", "words"), TURNS.values(), ids=TURNS)
def test_a_sentence_turns_with_its_figure(place, records, words):
    said = re.fullmatch(r"\*\*(.*?)\*\* \(.*\)\.", sentence(place, **records))
    assert said
    assert re.fullmatch(words, said[1]), said[1]


def test_a_figure_stands_with_its_interval_and_a_few_runs_without():
    assert sentence(0).endswith(": 0.10 [0.08, 0.12]).")
    assert "no attention minus all: -0.030 [-0.050, -0.010];" in sentence(1)
    assert "no attention minus all: -0.030; " in sentence(1, ablation=ablation(seeds={"0": -0.03, "1": -0.03}))


def test_the_gain_that_acts_is_told_before_the_mask():
    assert "(gain above its mean, times chance: 1.50 [1.48, 1.52]" in sentence(2)
    drawn = sentence(2, masks=masks(row="mask above its mean"))
    assert drawn.startswith("**Of the mask as it is drawn, more lies on the changed pixels than of a Gaussian")
    assert "(mask above its mean, times chance: 1.50" in drawn


def test_what_is_not_defined_takes_no_side():
    unknown = masks()
    share = Measured(what="x", value=None, of=unknown["texture_path"][0].of)
    found = sentence(0, masks=replace(unknown, tables=MappingProxyType({**unknown.tables, "texture_path": (share,)})))
    assert "is not shown** (" in found
    assert found.endswith("movement: not defined).")


def test_a_record_without_a_row_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"no entry has .*gain above its mean.*; there are .*CAM"):
        found_on_masks(masks(row="CAM"), ablation(), zoo())


def test_the_shipped_records_give_three_to_six_sentences_shown_as_a_list():
    found = found_on_masks(**RECORDS)
    assert 3 <= len(found) <= 6
    assert repr(found) == "\n".join(found)
    assert found._repr_markdown_().startswith(f"1. {found[0]}\n2. **")
    assert Findings(("**one**.",))._repr_markdown_() == "1. **one**."


def test_below_answers_to_claims_stands_how_they_are_read():
    found = Findings(("**one** (p 0.02 (Holm, over the claims on accuracy)).",))
    assert "Not shown" in found._repr_markdown_().splitlines()[-1]
    assert repr(found).splitlines()[-1].startswith("How to read this: p says")
