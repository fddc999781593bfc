"""The tables that are made of the boards of region attention, and how far the rule for turned faces can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import kendalltau

from ferviz.measured import Claim, Measured
from ferviz.measuring.entries import adjusted, entry
from ferviz.measuring.region_asking import AVERAGED, CAUSAL, Boards
from ferviz.measuring.region_boards import ATTENTION, WEIGHT, FaceBoard
from ferviz.measuring.region_faces import SHARES, YAWS, TestFaces, asymmetry, by_bins, pointed, quarter
from ferviz.measuring.region_heads import ROWS
from ferviz.measuring.runs import answers

__all__ = ["PAPER", "SWEEPS", "claimed", "of_rule", "shipped", "tables"]

Array = npt.NDArray[Any]
PAPER = "region-attention"
BASES = ("ran-face", "ran-mean")  # that the other rows are held against
PLAIN = ("ran-face, jitter", "ran-face, zoomed")  # that ran is held against: neither regions nor attention
SWEEPS = ("schemes", "margins", "counts")
SWEPT = ("whole", "turned", "covered")  # parts of PublicTest that a sweep is told of
CONFUSED = ("ran-face", "ran")
WHERE = {"whole": "PublicTest without twins, by most votes of FER+", "turned": "its turned quarter"}
WHERE |= {"covered": "the same faces, each with a cover pasted on"}


def tables(boards: Boards) -> dict[str, list[Measured]]:
    """Every table but the claims; empty ones are left out."""
    real = (boards.whole, boards.covered)
    faces = (*real, boards.synthetic)
    own = [*(name for name, row in ROWS.items() if "accuracy" in row.tables), *AVERAGED, "ran-bare"]
    told = {"accuracy": [one for board in faces for one in board.table("accuracy", "accuracy", own)]}
    told["difference"] = [
        one
        for base in (*BASES, *PLAIN)
        for board in faces
        for one in board.table("accuracy", "accuracy", own if base in BASES else ["ran"], base)
    ]
    told |= {name: [one for board in real for one in _swept(board, name)] for name in SWEEPS}
    told["attention"] = [
        one
        for board in (*real, *boards.dealt.values())
        for score, what in ATTENTION.items()
        for one in board.table(score, what, score=score)
        if one["family"] in (*SWEPT, "dealt")
    ]
    judged = (boards.covered, *boards.dealt.values())
    told["weights"] = [one for board in judged for one in board.effects()]
    told["weights_difference"] = [one for board in judged for one in board.effects(WEIGHT)]
    told["share"] = [one for board in boards.patched.values() for one in board.table("accuracy", "accuracy", own)]
    pasted = boards.covered.faces.cover
    assert pasted is not None
    shares, turns = by_bins(pasted.mean((1, 2)), SHARES), by_bins(np.abs(boards.yaw), YAWS)
    told["pasted_share"] = boards.covered.curve("accuracy", "accuracy", "share", shares, own)
    told["yaw"] = boards.synthetic.curve("accuracy", "accuracy", "yaw", turns, own)
    told["confusion"] = boards.covered.confusion(CONFUSED)
    told["causal"] = [
        one
        for board in boards.causes.values()
        for score, what in CAUSAL.items()
        for one in board.table(score, what, score=score)
    ]
    return {name: entries for name, entries in told.items() if entries}


def _swept(board: FaceBoard, table: str) -> list[Measured]:
    """The rows of a sweep, each told apart by all that it is."""
    rows = {name: row for name, row in ROWS.items() if table in row.tables}
    found = [one for name, row in rows.items() for one in board.table("accuracy", "accuracy", [name], **row.told())]
    return [one for one in found if one["family"] in SWEPT]


def claimed(boards: Boards, seeds: Sequence[int]) -> dict[str, list[Measured]]:
    """What became of the paper's claims, and how small a difference would have been found."""

    def about(claim: Claim) -> dict[str, Any]:
        board = boards.board_of(claim)
        return {"drawn": board.faces.drawn, "unit": board.faces.unit, "seeds": board.runs_of(claim)}

    return answers(PAPER, lambda claim: boards.board_of(claim).asked(claim), seeds, about=about)


def shipped(boards: Boards, run: int, names: Iterable[str]) -> dict[str, list[Measured]]:
    """The networks of one run as they are: their accuracy, and that of ``ran`` less the others', over pictures alone.

    An interval here says how other pictures of this kind would do, and nothing of other trainings.
    """
    own, more = [], []
    for board, parts in ((boards.whole, ("whole", "turned")), (boards.covered, ("covered",))):
        there = [name for name in (*names, *AVERAGED) if run in board.board.runs_of(name, score="accuracy")]
        right = {name: board.board.values(name, "accuracy", [run])[0] for name in there}
        for name, values in right.items():
            for part in parts:
                at = board.faces.parts[part]
                known: dict[str, Any] = {"unit": board.faces.unit, "drawn": board.faces.drawn}
                what, whose = f"accuracy on {WHERE[part]}", board.faces.whose[at]
                own.append(entry(values[at], whose, what=what, of={"row": name, "faces": part}, **known))
                if name != "ran" and "ran" in right:
                    less = right["ran"] - values
                    of, told = {"row": "ran", "faces": part}, f"difference in {what}"
                    more.append(entry(less[at], whose, what=told, of=of, than=name, **known))
    return {"shipped": own, "shipped_difference": adjusted(more, "ran less all other rows, on all three sets")}


def of_rule(faces: TestFaces, yaw: Array) -> list[Measured]:
    """What the rule for turned faces finds on synthetic ones, whose turn and points are known.

    ``faces`` have a part "synthetic, turned"; ``yaw`` (N,) in degrees.
    """
    points, sure = pointed(faces.pictures[:, 0].numpy())
    found, true = asymmetry(points), asymmetry(faces.points)
    known = sure & np.isfinite(found) & np.isfinite(true)
    told: dict[str, Any] = {"unit": "faces", "left_out": int((~known).sum()), "items": int(known.sum())}
    entries = []
    for row, values in (("MTCNN's points", found), ("true points", true)):
        tau = float(kendalltau(np.abs(values[known]), np.abs(yaw[known])).statistic)
        what = "Kendall's τ-b of the rule's number and the turn, without signs"
        entries.append(Measured(what=what, of={"row": row, "score": "tau"}, value=round(tau, 4), **told))
    turned = faces.parts["synthetic, turned"]
    for row, points_of, there in (("MTCNN's points", points, sure), ("true points", faces.points, known)):
        chosen = quarter(points_of, there)
        what = "share of the quarter that the rule calls turned that was made turned"
        right, whose = turned[chosen].astype(float), faces.whose[chosen]
        of = {"row": row, "score": "share"}
        entries.append(entry(right, whose, what=what, of=of, unit="faces", drawn=faces.drawn))
    off = np.abs(found - true)
    what = "distance of the rule's number by MTCNN's points from that by the true points"
    values = np.where(known, off, np.nan)
    entries.append(entry(values, faces.whose, what=what, of={"row": what}, unit="faces", drawn=faces.drawn))
    return entries
