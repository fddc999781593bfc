"""Measure voice and face of RAVDESS's actors: each alone, joined, and as others published them.

    python data_scripts/measure_av_voices.py --voices FOLDER --tables FILE --out FILE [--runs FOLDER --nets 0 1 2]
                                             [--synthetic FOLDER --clips FOLDER --streams 0]

``--voices`` is what data_scripts/prepare_ravdess.py wrote, its folds by actor; ``--tables`` the faces and published
answers of the same clips (``.npz``: clip, emotion, emotion_names, actor, fold, action_units, audio_logits, face_logits,
published_fusion). 8 words, "calm" among them. Only clips in both are used; the others are counted ("about").

**Fixed numbers.** The voice is the mean and the spread of each band of the log-mel picture and its two deltas, the face
the mean action units. With each seed (``--seeds``) every clip is answered by a rule that learned no clip of its actor.
Rows: "voice" and "face" (a linear rule of one), their "product" and "mean", "weights" (the product with two powers that
come from the other folds' answers), "concatenation", "fbp" and "mlp"; and, as a control, the product of each face with
the voice of another clip in which the same actor says the same word ("product, another clip's voice"): what it lacks is
what voice and face of one clip have in common beside the word and the actor. "as they are" and "evened": every actor's
own mean and spread taken out of voice and face, known from all clips of that actor, those asked about among them,
without labels. p-values have only the claims of assets/claims/audio-video.json (table "claims").

**Published.** "published voice", "published face" and "published fusion" are the networks of Luna-Jiménez et al., each
clip by the fold that did not learn its actor; "published product" is the product of the first two. One net each: their
intervals are over actors alone.

**Networks** (``--nets``, in table "net"): the voice stream of the audio-video network, trained here on the clips of the
other folds with each seed, on voices as they are and evened; weights and answers are kept in ``--runs``, so that a call
that was stopped goes on. Fewer than five seeds have no interval: they are told one by one. With ``--synthetic``, a
folder with SEED/voice as ``ferviz train av-voice`` left it for each of ``--streams``, and ``--clips``, the set that it
learned: what that says to real voices, calm left out, as they are and with every actor at the levels of the synthetic
voices (table "from synthetic", mean recall of 7 words).

Minutes of one core, reckoned: the fixed numbers 4; a seed of networks 45 (5 folds, twice, 0.45 s a step of 32 voices).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.disk import write_whole
from ferviz.learning.voices import evened, voices_of
from ferviz.measured import Claim, Measured
from ferviz.measuring.actors import EVENED, RAW, Actors, actors_of, from_synthetic, net_answers, numbers_of
from ferviz.measuring.boards import Board
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import entry, figures
from ferviz.measuring.fusing import multiplied, out_of_fold, weighed
from ferviz.measuring.runs import answers, over_runs
from ferviz.models.audio_video import Config
from ferviz.prepared import read_clips

Array = npt.NDArray[Any]
LEARNED = ("voice", "face", "concatenation", "fbp", "mlp")
BASES = ("face", "voice", "product", "concatenation")
UNPAIRED = "product, another clip's voice"
PAPER, RECORD, WHAT = "audio-video", "av_voices", "accuracy"


def rules(voice: Array, face: Array, people: Actors, seed: int) -> dict[str, Array]:
    """Row → what it answers to each clip (N, 8), learned without the clip's actor."""
    found: dict[str, Array] = {}
    for rule in LEARNED:
        found[rule] = out_of_fold(rule, voice, face, people.target, people.fold, seed)
    found["product"] = multiplied(found["voice"], found["face"])
    found["mean"] = (found["voice"] + found["face"]) / 2
    found["weights"] = weighed(found["voice"], found["face"], people.target, people.fold)
    found[UNPAIRED] = multiplied(found["voice"][another_clip(people, seed)], found["face"])
    return found


def another_clip(people: Actors, seed: int) -> Array:
    """For each clip (N,), another one of the same actor and word, drawn; itself where there is no other."""
    rng, found = np.random.default_rng([seed, 51]), np.arange(len(people))
    for actor, word in sorted(set(zip(people.actor.tolist(), people.word.tolist(), strict=True))):
        order = rng.permutation(np.flatnonzero((people.actor == actor) & (people.word == word)))
        found[order] = np.roll(order, 1)
    return found


def fixed(people: Actors, seeds: list[int]) -> tuple[dict[str, Board], dict[str, list[Measured]]]:
    """Boards of right and wrong, as they are and evened; and the tables of them."""
    boards: dict[str, Board] = {}
    told: dict[str, list[Measured]] = {"accuracy": [], "difference": [], "confusion": []}
    for state in (RAW, EVENED):
        voice, face = numbers_of(people, state)
        board = boards[state] = Board()
        for seed in seeds:
            for row, said in rules(voice, face, people, seed).items():
                board.add(seed, row, {WHAT: (said.argmax(1) == people.word).astype(float)})
                board.add(seed, row, {place: (said.argmax(1) == place).astype(float) for place in range(people.words)})
            print(f"{state}, seed {seed}", flush=True)
        for row in board.rows(WHAT):
            values, of = board.values(row, WHAT), {"row": row, "family": state}
            told["accuracy"].append(over_runs(values, people.actor, what=WHAT, of=of, seeds=board.runs))
            for base in (base for base in BASES if base != row):
                less = values - board.values(base, WHAT)
                told["difference"].append(
                    over_runs(less, people.actor, what=f"difference in {WHAT}", of=of, than=base, seeds=board.runs)
                )
        told["confusion"] += confusion(board, people, state)
    return boards, told


def confusion(board: Board, people: Actors, state: str) -> list[Measured]:
    """Of the clips of each word, the share that is taken for each, by voice, face and their product."""
    found = []
    for row in ("voice", "face", "product"):
        for shown, word in enumerate(people.names):
            at = people.word == shown
            for place, said in enumerate(people.names if at.any() else ()):
                values = board.values(row, place)[:, at]
                of = {"row": row, "family": state, "shown": word, "said": said}
                told = {"what": "share of the clips of a word that are taken for one", "seeds": board.runs}
                found.append(over_runs(values, people.actor[at], of=of, **told))
    return found


def published(people: Actors) -> list[Measured]:
    """What others' networks make of the same clips."""
    said = {f"published {name}": answer for name, answer in people.published.items()}
    said["published product"] = multiplied(said["published voice"], said["published face"])
    return [
        entry((answer.argmax(1) == people.word).astype(float), people.actor, what=WHAT, of={"row": row})
        for row, answer in said.items()
    ]


def networks(people: Actors, chosen: argparse.Namespace) -> list[Measured]:
    """The voice stream, trained without the actors that it is asked about, with each seed."""
    found = []
    for state, voices in ((RAW, people.voices), (EVENED, evened(people.voices))):
        right = []
        for seed in chosen.nets:
            said = net_answers(people, voices, chosen.runs / f"{state.replace(' ', '-')}-{seed}", seed)
            right.append((said.argmax(1) == people.word).astype(float))
            print(f"nets, {state}, seed {seed}", flush=True)
        of = {"row": "voice stream", "family": state}
        found.append(over_runs(np.stack(right), people.actor, what=WHAT, of=of, seeds=chosen.nets))
    return found


def parser() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--voices", type=Path, required=True, help="prepared RAVDESS")
    asked.add_argument("--tables", type=Path, required=True, help="faces and published answers of the same clips")
    asked.add_argument("--out", type=record_file, required=True)
    asked.add_argument("--seeds", type=int, nargs="+", default=list(range(10)))
    asked.add_argument("--runs", type=Path, help="where networks are kept; needed for --nets")
    asked.add_argument("--nets", type=int, nargs="*", default=[], help="the seeds of networks that are trained here")
    asked.add_argument("--synthetic", type=Path, help="what ferviz train av-voice left, a folder for each seed")
    asked.add_argument("--clips", type=Path, help="the synthetic voices that these learned")
    asked.add_argument("--streams", type=int, nargs="+", default=[0], help="the seeds of these")
    asked.add_argument("--threads", type=int, default=torch.get_num_threads())
    return asked


def main(arguments: list[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    if chosen.nets and chosen.runs is None:
        parser().error("--nets needs --runs, where networks are kept")
    if (chosen.synthetic is None) != (chosen.clips is None):
        parser().error("--synthetic and --clips belong together: networks, and the voices that they learned")
    torch.set_num_threads(chosen.threads)
    stored = read_clips(chosen.voices)
    people = actors_of(voices_of(stored, Config.compact().ear), chosen.tables)
    boards, found = fixed(people, chosen.seeds)

    def asked(claim: Claim) -> tuple[Array, Array]:
        board = boards[str(claim.clips)]
        return board.values(claim.row, claim.score) - board.values(claim.than, claim.score), people.actor

    found = {**answers(PAPER, asked, sorted(chosen.seeds), record=RECORD), **found, "published": published(people)}
    if chosen.nets:
        found["net"] = networks(people, chosen)
    if chosen.synthetic is not None:
        found["from synthetic"] = from_synthetic(people, chosen.clips, chosen.synthetic, chosen.streams)
    about = {
        "clips": len(people),
        "actors": len(np.unique(people.actor)),
        "clips without sound that can be used": len(stored) - len(people) - people.left_out["without a face"],
        **people.left_out,
        "words": list(people.names),
    }
    what = "Voice and face of RAVDESS's actors, each clip by a rule that learned no clip of its actor"
    told = figures(what, command_of(__file__, chosen), {name: one for name, one in found.items() if one}, about)
    write_whole(chosen.out, told.to_json().encode())
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
