"""Measure attention and fusion on synthetic films with a voice, and whether shares of the streams name the carrier.

    python data_scripts/measure_av_films.py --clips FOLDER --runs FOLDER --out FILE [--pairs 0 1 2 3 4]
        [--changes ROW ...] [--faces FOLDER --stills FOLDER] [--voices FOLDER] [--course EPOCHS]

``--clips`` is a synthetic set with its voiced parts (data_scripts/make_synthetic.py --size standard). ``--runs`` holds
what ``ferviz train av-face`` and ``av-voice`` left with each seed: RUNS/SEED/face and RUNS/SEED/voice. What the face
stream of a pair went on from is in the record ("streams"): pairs that share a start say nothing about other starts.
For the record pairs 1, 2, 3 and 5 began with a copy of fan-mean's weights and card, as they ship, in RUNS/SEED/backbone
(weights.safetensors, weights.json), and learned for 8 epochs; pair 0 is av-face and av-voice as they ship.

**Frozen streams.** On what the two backbones of each pair (``--pairs``) make of the films every row of
`ferviz.measuring.streams.ROWS` learns the same films as a head, one stream left out of some of them; the rows of which
something was claimed with all seeds of ``--heads``, the others with the first of them. Heads are averaged on their
pair; rows on one pair are a pair, so that a difference is taken there; then pairs and people are both replications
(`ferviz.scores.mean_of_runs`). Rows of "concatenation", "product" and "weights" are one model with other beginnings,
for their heads learn both streams together (`ferviz.models.fusion`). p-values have only the claims of
assets/claims/audio-video.json (table "claims"); beside them stands the smallest difference that would have been found
in 80 % ("power"). Fewer than five pairs have neither interval nor verdict.

**One change at a time.** ``--changes``: rows of `ferviz.measuring.stream_rows.CHANGES`, which differ from "transformer,
fbp" in one thing. "planted films not learned": its heads never saw a film of face_only or voice_only, so that these are
families that the fusion was not trained on (the streams were: the face stream saw these faces). Other starts of the
face stream ("face from …", `ferviz.measuring.starts`), with the first of ``--heads``: three of them learn as many faces
as long, and need ``--faces``, prepared FER2013 with votes, and ``--stills``, a synthetic set with stills; "nothing" has
first weights, and "fan-mean" the backbone of that network as it ships. (How long faces are learned was changed once,
after a first measurement on these test films that no start passed; see `ferviz.measuring.starts.PRETRAINING`.) Each
goes on with the pair's seed on the films of ``--clips``, for ``--course`` epochs (those of av-face unless given), and
is fused with the pair's voice. "spectrogram": another voice stream (`ferviz.measuring.spectrograms`) learned the voices
of ``--voices``, the set of the pair's own, from all frequencies in the place of the log-mel picture and its deltas,
with the pair's seed for ``--course`` epochs, and is fused with the pair's face. Nothing was claimed of any change.

Tables: "accuracy" by family (agree, face_only, voice_only, noisy_sound, covered_face, which were learned, "all" of
these, and "planted", the second and third without neutral films); "difference", to "transformer, concatenation" and
"mean, fbp"; "change", of each changed row to "transformer, fbp", of each start to "nothing" and of FER+ to FER2013;
"noise", by the dB that the voice stands above it; "missing", the accuracy on "agree" with one stream alone, a stand-in
for the other; "alone", that of each stream as it was trained; "alone change", of the changed voice stream to the
pair's, and of the face stream of each start the same way; "conflict", where face and voice contradict each other, the
share of films in which the answer is the word of the face, of the voice, or another; "named", whether the stream that
carries the label is named, by each rule of `ferviz.measuring.streams.NAMING`, with the learned stand-in and with the
mean one; the claim is of "transformer, fbp" with the learned one ("no stream left out" has the mean one alone). Of
these rules the claimed one alone is told the label, and of two streams its larger share is simply that of the stream
which alone gives the label more; in the other stream of a planted film everything is neutral, and a rule that asks for
just that needs no share. With ``--ships`` SEED, "shipped": the networks of RUNS/SEED as ``ferviz train`` left them, one
training each, with intervals over people alone.

Minutes of one core, reckoned from short runs: caching a pair 1, a head 0.15, so that five pairs with all rows, three
heads and the two cheap changes take about 33 (60 on two old cores that did other things as well); a start, on such
cores with ``--course 8``, 12 a pair (faces 8, films 4), and 1.5 for its vectors and its head; a voice stream of
spectrograms 29. Heads, starts and cached vectors are kept beside the pair, heads by the streams under them, so that a
call that was stopped goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.disk import write_whole
from ferviz.faces.sets import read
from ferviz.learning.loop import make_fabric
from ferviz.learning.recipes.audio_video import AV, FAMILIES, HEADS
from ferviz.learning.recipes.common import WEIGHTS
from ferviz.learning.recipes.voices import STREAM
from ferviz.learning.sets import Examples
from ferviz.measured import Claim, Measured
from ferviz.measuring.boards import Board
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import entry, figures
from ferviz.measuring.runs import answers, by_part
from ferviz.measuring.spectrograms import SPECTROGRAM, spectrogram_stream, spectrogram_voices
from ferviz.measuring.starts import ON_STILLS, PICTURES, PRETRAINING, STARTS, face_films, face_stream, faces_of_starts
from ferviz.measuring.stream_rows import CHANGED, CHANGES, CLAIMED, PLANTED, ROWS, Row
from ferviz.measuring.streams import (
    NAMING,
    NEUTRAL,
    TESTED,
    VARIANTS,
    alone,
    asked,
    cached,
    films_in,
    key_of,
    labelled,
    learned,
    named,
    pair_of,
    stream_of,
    with_other,
)
from ferviz.models.audio_video import AudioVideo
from ferviz.models.fusion import ABSENT, STREAMS
from ferviz.models.hearing import Hearing
from ferviz.weights import read_card

Array = npt.NDArray[Any]
BASES = ("transformer, concatenation", "mean, fbp")
PAPER, RECORD = "audio-video", "av_films"
NAMED = "share of films in which the stream that carries the label is named"
BY_MAKING = ("always the voice", "always the face")  # right or wrong by how many films were made: nothing is unsure
FOLLOWED = ("face", "voice", "neither")
OF_HEADS = tuple(name for name, row in CHANGES.items() if row.frozen)
STARTED = tuple(name for name, row in CHANGES.items() if row.start is not None)
ON_FACES = tuple(name for name in STARTED if CHANGES[name].start in ON_STILLS)
HEARD = tuple(name for name, row in CHANGES.items() if row.picture != "mel")
FROM_NOTHING = STARTED[0]
FROM_LABELS, FROM_VOTES = (next(name for name in STARTED if CHANGES[name].start == on) for on in ("FER2013", "FER+"))


def parts_of(films: Examples) -> dict[str, Array]:
    """Which films (N,) are of each family, of all that were learned, and planted ones that are not neutral."""
    family = np.asarray(films.about["family"])
    found = {name: family == name for name in FAMILIES}
    found["all"] = np.isin(family, FAMILIES)
    found["planted"] = np.isin(family, PLANTED) & (films.targets["emotion"].numpy() != NEUTRAL)
    return found


def add(board: Board, pair: int, row: str, model: Any, films: Examples) -> None:
    """All scores of a row with one head of a pair."""
    label = films.targets["emotion"].numpy()
    for absent in ABSENT if model.absent == ABSENT[0] else ABSENT[1:]:  # some never learned a stand-in
        found = asked(model, films, absent)
        board.add(pair, row, {("named", name, absent): right for name, right in named(found, films).items()})
        for stream in STREAMS:
            right = (found.logits[stream].argmax(1) == label).astype(float)
            board.add(pair, row, {("missing", stream, absent): right})
    other, said = np.asarray(films.about["other"]), found.said  # both streams are there: no stand-in
    board.add(pair, row, {"accuracy": (said == label).astype(float)})
    follows = {"face": said == label, "voice": said == other}
    follows["neither"] = ~follows["face"] & ~follows["voice"]
    board.add(pair, row, {("conflict", name): np.where(other >= 0, at, np.nan) for name, at in follows.items()})


def add_alone(board: Board, pair: int, row: str, stream: AudioVideo, films: Examples) -> None:
    """What one stream by itself, as it was trained, answers to cached films."""
    said = alone(stream, films)
    right = np.where(said < 0, np.nan, said == films.targets["emotion"].numpy())
    board.add(pair, row, {("alone", stream.config.fusion.streams[0]): right})


def measure(chosen: argparse.Namespace) -> tuple[Board, Examples]:
    """Every row on every pair."""
    sets = {"mel": sets_of(chosen)}
    board, films = Board(), sets["mel"][1]
    if set(chosen.changes) & set(HEARD):
        sets["spectrogram"] = sets_of(chosen, SPECTROGRAM)
    other = other_streams(chosen)
    for seed in chosen.pairs:
        folder = chosen.runs / str(seed)
        pair, kept = pair_of(folder), folder / "study"
        standing = [cached(pair, part, kept) for part in sets["mel"]]
        for variant in VARIANTS:
            add_alone(board, seed, variant, stream_of(folder, variant), standing[1])
        for name in [*chosen.rows, *chosen.changes]:
            row = {**ROWS, **CHANGES}[name]
            own, (learn, test) = pair, standing
            if not row.frozen:
                stream = other(row, folder, seed)
                own = with_other(row, pair, stream)
                learn, test = (cached(own, part, kept) for part in sets[row.picture])
                add_alone(board, seed, name, stream, test)
            for head in chosen.heads if name in (*CLAIMED, *OF_HEADS) else chosen.heads[:1]:
                place = kept / key_of(own) / f"{name.replace(', ', '-').replace(' ', '-')}-{head}"
                add(board, seed, name, learned(row, own, learn, place, head), test)
        print(f"pair {seed}", flush=True)
    return board, films


def sets_of(chosen: argparse.Namespace, ear: Hearing | None = None) -> tuple[Examples, Examples]:
    """Films that are learned, and test films."""
    return films_in(chosen.clips, "train", ear=ear), films_in(chosen.clips, "test", TESTED, ear)


def other_streams(chosen: argparse.Namespace) -> Callable[[Row, Path, int], AudioVideo]:
    """What trains the other stream of a changed row, for a pair and its seed; sets are read where a row needs them."""
    started, heard = (bool(set(chosen.changes) & set(names)) for names in (STARTED, HEARD))
    films = face_films(chosen.clips) if started else None
    stills = faces_of_starts(chosen.faces, chosen.stills) if set(chosen.changes) & set(ON_FACES) else {}
    voices = spectrogram_voices(chosen.voices) if heard else None
    fabric = make_fabric(precision=chosen.precision)

    def trained(row: Row, folder: Path, seed: int) -> AudioVideo:
        if row.start is not None:
            assert films is not None
            return face_stream(row.start, folder, films, stills, seed, chosen.course, fabric)
        assert voices is not None
        return spectrogram_stream(folder, voices, seed, chosen.course, fabric)

    return trained


def tables(board: Board, films: Examples) -> dict[str, list[Measured]]:
    """All tables but those of claims."""
    person, parts = np.asarray(films.about["person"]), parts_of(films)
    noise, conflict = np.asarray(films.about["noise"]), np.asarray(films.about["other"]) >= 0
    known = sorted(set(noise[np.isfinite(noise)].tolist()), reverse=True)
    levels = {f"{level:g} dB": noise == level for level in known}

    def of(
        score: Any,
        what: str,
        within: Mapping[str, Array],
        less: str | None = None,
        rows: Collection[str] | None = None,
        **more: Any,
    ) -> list[Measured]:
        found: list[Measured] = []
        for row in board.rows(score):
            if row != less and (rows is None or row in rows):
                values = board.values(row, score)
                values = values if less is None else values - board.values(less, score)
                told: dict[str, Any] = {"what": what if less is None else f"difference in {what}", "than": less}
                found += by_part(values, person, within, of={"row": row, **more}, seeds=board.runs, **told)
        return found

    told = {"accuracy": of("accuracy", "accuracy", parts), "noise": of("accuracy", "accuracy", levels)}
    bases = [base for base in BASES if base in board.rows("accuracy")]
    told["difference"] = [one for base in bases for one in of("accuracy", "accuracy", parts, base, ROWS)]
    told["change"] = of("accuracy", "accuracy", parts, CHANGED, CHANGES)
    starts = [(FROM_NOTHING, STARTED), (FROM_LABELS, (FROM_VOTES,))]
    starts = [(base, rows) for base, rows in starts if base in board.rows("accuracy")]
    told["change"] += [one for base, rows in starts for one in of("accuracy", "accuracy", parts, base, rows)]
    told["conflict"] = [
        one
        for name in FOLLOWED
        for one in of(("conflict", name), "share of films", {"conflict": conflict}, follows=name)
    ]
    agree, planted = {"agree": parts["agree"]}, {name: parts[name] for name in (*PLANTED, "planted")}
    told["alone"] = [one for name in STREAMS for one in of(("alone", name), "accuracy", parts, stream=name)]
    told["alone change"] = of(("alone", "audio"), "accuracy", parts, "voice", HEARD, stream="audio")
    for base, rows in starts:
        told["alone change"] += of(("alone", "video"), "accuracy", parts, base, rows, stream="video")
    told["missing"] = [
        one
        for name in STREAMS
        for absent in ABSENT
        for one in of(("missing", name, absent), "accuracy", agree, stream=name, absent=absent)
    ]
    told["named"] = [
        replace(one, low=None, high=None, way=None, seeds=None) if by in BY_MAKING else one
        for by in NAMING
        for absent in ABSENT
        for one in of(("named", by, absent), NAMED, planted, by=by, absent=absent)
    ]
    return told


def origins(folder: Path) -> dict[str, str]:
    """How the streams of a pair were trained, and what they went on from, by their cards."""
    return {variant: read_card(folder / variant / WEIGHTS).origin for variant in VARIANTS}


def ships(folder: Path, films: Examples) -> list[Measured]:
    """Accuracy by family of the networks that ship, as they were trained; of other heads where they are there."""
    label, person = films.targets["emotion"].numpy(), np.asarray(films.about["person"])
    found = []
    for name, variant in AV.items():
        if name in HEADS and not (folder / variant / WEIGHTS).is_file():
            continue
        right = (labelled(stream_of(folder, variant), films) == label).astype(float)
        found += [
            entry(right[at], person[at], what="accuracy", of={"row": name, "family": part})
            for part, at in parts_of(films).items()
            if at.any()
        ]
    return found


def asked_of(board: Board, films: Examples, claim: Claim) -> tuple[Array, Array]:
    """By how much a claim's row has more of its score than the other one (S, N), and whom the films show (N,)."""
    at, person = parts_of(films)[str(claim.clips)], np.asarray(films.about["person"])
    if claim.score == "named":
        first, second = (board.values(CLAIMED[0], ("named", by, ABSENT[0])) for by in (claim.row, claim.than))
    else:
        first, second = (board.values(row, claim.score) for row in (claim.row, claim.than))
    return (first - second)[:, at], person[at]


def parser() -> argparse.ArgumentParser:
    asked_for = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked_for.add_argument("--clips", type=Path, required=True, help="a synthetic set with voiced parts")
    asked_for.add_argument("--runs", type=Path, required=True, help="what was trained, a folder for each seed")
    asked_for.add_argument("--out", type=record_file, required=True)
    asked_for.add_argument("--pairs", type=int, nargs="+", default=[0, 1, 2, 3, 4], help="the seeds of the streams")
    asked_for.add_argument("--heads", type=int, nargs="+", default=[0, 1, 2], help="the seeds of the heads")
    asked_for.add_argument("--rows", nargs="+", choices=[*ROWS], default=[*ROWS], metavar="ROW")
    asked_for.add_argument("--changes", nargs="*", choices=[*CHANGES], default=[*OF_HEADS], metavar="ROW")
    asked_for.add_argument("--faces", type=Path, help="prepared FER2013 with votes, for starts that learn faces")
    asked_for.add_argument("--stills", type=Path, help="a synthetic set with stills, for these starts")
    asked_for.add_argument("--voices", type=Path, help="the synthetic set that av-voice learned, for the spectrogram")
    asked_for.add_argument("--course", type=int, help="epochs of another face or voice stream")
    asked_for.add_argument("--precision", default="32-true", help="of those streams")
    asked_for.add_argument("--ships", type=int, help="the seed of the networks that ship")
    asked_for.add_argument("--threads", type=int, default=torch.get_num_threads())
    return asked_for


def main(arguments: list[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    missing = [row for row in CLAIMED if row not in chosen.rows]
    if missing:
        parser().error(f"--rows must hold those of which something was claimed; {missing[0]!r} is missing")
    if set(chosen.changes) & set(ON_FACES) and None in (chosen.faces, chosen.stills):
        parser().error(f"--faces and --stills must be given for rows {', '.join(map(repr, ON_FACES))}")
    if set(chosen.changes) & set(HEARD) and chosen.voices is None:
        parser().error(f"--voices must be given for row {HEARD[0]!r}")
    torch.set_num_threads(chosen.threads)
    board, films = measure(chosen)
    claimed = answers(PAPER, lambda claim: asked_of(board, films, claim), board.runs, record=RECORD)
    about = {
        "size of the set": read(chosen.clips).settings["size"],
        "films": {name: int(at.sum()) for name, at in parts_of(films).items()},
        "conflict": int((np.asarray(films.about["other"]) >= 0).sum()),
        "people": len(np.unique(np.asarray(films.about["person"]))),
        "heads": list(chosen.heads),
        "heads of other rows": list(chosen.heads[:1]),
        "streams": {str(seed): origins(chosen.runs / str(seed)) for seed in chosen.pairs},
        "not measured": [row for row in (*ROWS, *CHANGES) if row not in (*chosen.rows, *chosen.changes)],
    }
    if set(chosen.changes) - set(OF_HEADS):
        epochs = chosen.course or STREAM.schedule.epochs
        about |= {"epochs of other streams": epochs, "precision of other streams": chosen.precision}
    if set(chosen.changes) & set(STARTED):
        about["starts"] = dict(STARTS)
    if set(chosen.changes) & set(ON_FACES):
        about |= {"faces of a start": PICTURES, "epochs on faces": PRETRAINING.schedule.epochs}
    found = {**claimed, **tables(board, films)}
    if chosen.ships is not None:
        found["shipped"] = ships(chosen.runs / str(chosen.ships), films)
    what = "Face and voice in synthetic test films: heads on frozen streams"
    told = figures(what, command_of(__file__, chosen), {name: one for name, one in found.items() if one}, about)
    write_whole(chosen.out, told.to_json().encode())
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
