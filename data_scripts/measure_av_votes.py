"""Measure how people join voice and face: predict the votes on both from those on each.

    python data_scripts/measure_av_votes.py --votes FILE --out FILE

``--votes`` is the project's own table of CREMA-D, ``tabulatedVotes.csv``, or its arrays
(`ferviz.prepared.read_viewers`). Some nine people a clip named one of six words for the voice alone, as many for the
face alone, and as many for both. The clips are no dubbed pairs: voice and face are of one performance, and where people
name two words, that is what the actor made them see and hear.

Rows: "voice" and "face", the shares of these votes as they are, half a vote added to each word; their "product" and
"mean" as they are; "weights", the product with two powers that are learned; and on the logarithms of the shares
"concatenation" (a linear rule), "fbp", and "mlp", a net of two layers. "face, learned", a linear rule that never hears
the voice, is the control: what it has more than "face" is learned habit and no joining. With each seed (``--seeds``)
every clip is answered by a rule that learned no clip of its actor: five folds by actor. Runs and actors are both
replications (`ferviz.scores.mean_of_runs`). p-values have only the claims of assets/claims/audio-video.json (table
"claims"); beside them stands the smallest difference that would have been found in 80 % ("power"). The seeds change
nothing in rules that have one solution, so that their runs are alike.

Tables: "distance" (Kullback and Leibler, from people to the rule, in nats) and "agreement" (whether the rule's largest
word is the one that most people gave to both; only clips without a tie there), over "all" clips and those in "conflict"
(voice and face have two words), each with differences to "face" and "concatenation"; "steps", the distance of
"concatenation" and "fbp", and their difference, after as many steps of training and after five times as many, with the
seeds of ``--longer``: a small difference must not hang on when training was stopped; "half", the same scores against a
random half of the viewers of both: of the other half, and of some rules on the same clips, words that tie drawn by lot.
The other half is four or five people, so that a rule can be ahead of it: it is no ceiling; "followed", what people say
in conflict, and to all clips without a tie: whether all three words agree, or who wins; "recognised", the share of
clips whose intended word most people name, ties counted as wrong; "confusion", of the clips of each intended word the
share that most people take for each.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import torch

from ferviz.disk import write_whole
from ferviz.measured import Claim, Measured
from ferviz.measuring import fusing
from ferviz.measuring.boards import Board
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import entry, figures
from ferviz.measuring.fusing import distance, folds_of, multiplied, out_of_fold, weighed
from ferviz.measuring.runs import answers, by_part, over_runs
from ferviz.prepared import Viewers, read_viewers
from ferviz.prepared.viewers import Kind

Array = npt.NDArray[Any]
SCORES = {
    "distance": "Kullback-Leibler distance of people's votes on both, nats",
    "agreement": "share of clips in which the word of most people is met",
}
BASES = ("face", "concatenation")
LEARNED = ("concatenation", "fbp", "mlp")
CONTROL = "face, learned"
HALF, HALVED = "half of the viewers", ("face", "concatenation", "fbp")
STEPPED, TIMES = ("concatenation", "fbp"), (1, 5)
PAPER, RECORD = "audio-video", "av_votes"
KINDS = get_args(Kind)


def rules(people: Viewers, seed: int) -> dict[str, Array]:
    """Row → what it answers to each clip (N, 6), learned without the clip's actor."""
    voice, face, both = people.shares("voice", smooth=True), people.shares("face", smooth=True), people.shares("both")
    fold = folds_of(people.actor)
    found = {"voice": voice, "face": face, "product": multiplied(voice, face), "mean": (voice + face) / 2}
    found["weights"] = weighed(voice, face, both, fold)
    for rule in LEARNED:
        found[rule] = out_of_fold(rule, np.log(voice), np.log(face), both, fold, seed)
    found[CONTROL] = out_of_fold("face", np.log(voice), np.log(face), both, fold, seed)
    return found


def scores_of(people: Viewers, said: Array) -> dict[str, Array]:
    """Both scores of each clip (N,); agreement is not defined where two words of people's votes on both are tied."""
    word = people.word("both")
    met = np.where(word < 0, np.nan, said.argmax(1) == word)
    return {"distance": distance(people.shares("both"), said), "agreement": met}


def halves(people: Viewers, said: Mapping[str, Array], seed: int) -> dict[str, dict[str, Array]]:
    """What one random half of the viewers of both, and some rules, are to the other half: row → both scores (N,).

    Words that tie share what they meet: that is what drawing one by lot gives in the mean. Clips without a tie in any
    draw are those that nearly all viewers agree on, and a mean over these alone would be of them.
    """
    rng, votes = np.random.default_rng([seed, 15]), people.votes("both")
    count = votes.sum(1)
    first = rng.multivariate_hypergeometric
    one = np.stack([first(each, half) for each, half in zip(votes, count // 2, strict=True)])
    other, enough, found = votes - one, count > 1, {}
    shares = other / other.sum(1, keepdims=True)
    for row, answer in {HALF: (one + 0.5) / (one + 0.5).sum(1, keepdims=True), **said}.items():
        told = {"distance": distance(shares, answer), "agreement": (_leads(answer) * _leads(other)).sum(1)}
        found[row] = {score: np.where(enough, values, np.nan) for score, values in told.items()}
    return found


def _leads(numbers: Array) -> Array:
    """The largest of each row (N, L) as 1 in all, shared by those that tie."""
    most = numbers == numbers.max(1, keepdims=True)
    return np.asarray(most / most.sum(1, keepdims=True))


def parts_of(people: Viewers) -> dict[str, Array]:
    return {"all": np.ones(len(people), bool), "conflict": people.conflict()}


def rows(people: Viewers, board: Board) -> dict[str, list[Measured]]:
    """Every score of every row, and less the rows `BASES`."""
    told: dict[str, list[Measured]] = {name: [] for score in SCORES for name in (score, f"{score}_difference")}
    parts, seeds = parts_of(people), board.runs
    for score, what in SCORES.items():
        for row in board.rows(score):
            values, of = board.values(row, score), {"row": row, "score": score}
            told[score] += by_part(values, people.actor, parts, of=of, what=what, seeds=seeds)
            for base in (base for base in BASES if base != row):
                less: dict[str, Any] = {"of": of, "what": f"difference in {what}", "than": base, "seeds": seeds}
                told[f"{score}_difference"] += by_part(
                    values - board.values(base, score), people.actor, parts, **less
                )
    return told


def half_table(people: Viewers, board: Board) -> list[Measured]:
    parts, found = parts_of(people), []
    for score, what in SCORES.items():
        for row in board.rows(("half", score)):
            of, where = {"row": row, "score": score}, "of one half of the viewers; ties by lot"
            told: dict[str, Any] = {"of": of, "what": f"{what}, {where}"}
            values = board.values(row, ("half", score))
            found += by_part(values, people.actor, parts, **told, seeds=board.runs)
    return found


def steps_table(people: Viewers, seeds: list[int]) -> list[Measured]:
    """The distance of two rules, and their difference, by how many steps they were trained."""
    voice, face, both = people.shares("voice", smooth=True), people.shares("face", smooth=True), people.shares("both")
    fold, found = folds_of(people.actor), []
    for steps in (fusing.STEPS * times for times in TIMES if seeds):
        board = Board()
        for seed in seeds:
            for rule in STEPPED:
                said = out_of_fold(rule, np.log(voice), np.log(face), both, fold, seed, steps)
                board.add(seed, rule, {"distance": distance(both, said)})
            print(f"{steps} steps, seed {seed}", flush=True)
        base, row = STEPPED
        for one, than in ((base, None), (row, None), (row, base)):
            values = board.values(one, "distance")
            values = values if than is None else values - board.values(than, "distance")
            of = {"row": one, "score": "distance", "family": "all", "steps": steps}
            what = SCORES["distance"] if than is None else f"difference in {SCORES['distance']}"
            found.append(over_runs(values, people.actor, what=what, of=of, than=than, seeds=board.runs))
    return found


def facts(people: Viewers) -> dict[str, list[Measured]]:
    """What people do, without any rule."""
    at, word = people.conflict(), {kind: people.word(kind) for kind in KINDS}
    followed = {kind: word["both"] == word[kind] for kind in ("face", "voice")}
    followed["neither"] = ~followed["face"] & ~followed["voice"]
    untied = np.all([word[kind] >= 0 for kind in KINDS], axis=0)
    agree = followed["face"] & followed["voice"]
    told: dict[str, list[Measured]] = {"followed": [], "recognised": [], "confusion": []}
    for row, values in followed.items():
        of, what = {"row": row, "family": "conflict"}, "share of clips in conflict in which most people follow it"
        told["followed"].append(entry(values[at], people.actor[at], what=what, of=of))
    for row, values in {"all agree": agree, **{name: one & ~agree for name, one in followed.items()}}.items():
        what = "share of clips in which both words, or one, are that for both"
        of = {"row": row, "family": "without ties"}
        told["followed"].append(entry(values[untied], people.actor[untied], what=what, of=of))
    for kind in KINDS:
        met = word[kind] == people.intended
        what = "share of clips whose intended word most people name"
        told["recognised"].append(entry(met, people.actor, what=what, of={"row": kind, "family": "all"}))
        for shown, label in enumerate(people.labels):
            of_one = people.intended == shown
            for place, said in enumerate([*map(str, people.labels), "a tie"] if of_one.any() else ()):
                taken = word[kind][of_one] == (place if place < len(people.labels) else -1)
                of = {"row": kind, "shown": str(label), "said": said}
                what = "share of the clips of an intended word that most people take for one"
                told["confusion"].append(entry(taken, people.actor[of_one], what=what, of=of))
    return told


def measure(people: Viewers, seeds: list[int], longer: list[int]) -> dict[str, list[Measured]]:
    """All tables."""
    board, parts = Board(), parts_of(people)
    for seed in seeds:
        found = rules(people, seed)
        for row, said in found.items():
            board.add(seed, row, scores_of(people, said))
        for row, scores in halves(people, {row: found[row] for row in HALVED}, seed).items():
            board.add(seed, row, {("half", score): values for score, values in scores.items()})
        print(f"seed {seed}", flush=True)

    def asked(claim: Claim) -> tuple[Array, Array]:
        at = parts[str(claim.clips)]
        row, than = (board.values(name, claim.score)[:, at] for name in (claim.row, claim.than))
        return row - than, people.actor[at]

    claimed: Mapping[str, list[Measured]] = answers(PAPER, asked, board.runs, record=RECORD)
    told = {**claimed, **rows(people, board), "steps": steps_table(people, longer)}
    return {**told, "half": half_table(people, board), **facts(people)}


def parser() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--votes", type=Path, required=True, help="tabulatedVotes.csv, or its arrays")
    asked.add_argument("--out", type=record_file, required=True)
    asked.add_argument("--seeds", type=int, nargs="+", default=list(range(10)))
    asked.add_argument("--longer", type=int, nargs="*", default=[0, 1, 2, 3, 4], help="the seeds of the table of steps")
    asked.add_argument("--threads", type=int, default=torch.get_num_threads())
    return asked


def main(arguments: list[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    people = read_viewers(chosen.votes)
    found = measure(people, chosen.seeds, chosen.longer)
    about = {
        "clips": len(people),
        "left out": people.left_out,
        "actors": len(np.unique(people.actor)),
        "conflict": int(people.conflict().sum()),
        "tied": {kind: int((people.word(kind) < 0).sum()) for kind in KINDS},
        "votes a clip": {kind: round(float(people.votes(kind).sum(1).mean()), 2) for kind in KINDS},
    }
    what = "How people join voice and face: votes on both of CREMA-D's clips, from those on each"
    told = figures(what, command_of(__file__, chosen), {name: one for name, one in found.items() if one}, about)
    write_whole(chosen.out, told.to_json().encode())
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
