"""All sets of faces that region attention is asked about, and what its rows give on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ferviz import scores
from ferviz.faces.sets import SyntheticSet
from ferviz.learning.recipes.region_attention import cutouts
from ferviz.measured import Claim
from ferviz.measuring.region_boards import FaceBoard
from ferviz.measuring.region_effects import (
    ATTRIBUTED,
    answered,
    attributions,
    clip_of,
    controls,
    covered_drops,
    dropped,
    filled,
    mean_answers,
    top_answers,
)
from ferviz.measuring.region_faces import SHARES, TestFaces, covered, patched, synthetic_faces
from ferviz.measuring.region_heads import Row, Vectors, joined
from ferviz.measuring.region_study import Net, crops_of, some_of
from ferviz.measuring.regions import LAYOUTS, face_pool
from ferviz.models.region_attention import RegionAttention
from ferviz.models.regions import WHOLE
from ferviz.scores.region_effects import Effect
from ferviz.scores.regions import region_agreement

__all__ = ["AVERAGED", "CAUSAL", "Boards", "add", "add_causes", "boards_of"]

Array = npt.NDArray[Any]
K = TypeVar("K")
UNSEEN_CUTOUTS = 6  # covers of each kind that no network was learned or chosen with
AVERAGED: Mapping[str, tuple[str, slice]] = {
    "ran-face, fusion": ("fixed", slice(None)),
    "ran-face, jitter": ("jitter", slice(None)),
    "ran-face, zoomed": ("fixed", slice(4, 5)),
}
"""Rows that cost no training: the layout, and over which of the whole face and its crops the answers of ran-face are
averaged. The last is a single answer, to the paper's crop of .90 in the middle. It was added after all bodies had been
measured, by somebody who attacked the numbers."""
CAUSAL: Mapping[str, str] = {
    "replaced, weight": "how far a crop's weight falls when its input alone is replaced by gray, mean over the crops",
    "replaced, answer": "share of the crops whose replaced input makes the answer another one",
    "cell, weight": "Kendall's τ-b, over the crops, of the fall of a weight and the share that a gray cell hides",
    "cell, contribution": "Kendall's τ-b, over the crops, of the fall of what one adds to the label and that share",
    "cell, answer": "share of the cells of a 4 × 4 grid that make the answer another one when they are gray",
}
_CELLS = 4


@dataclass(frozen=True, eq=False)
class Boards:
    """The boards of all sets of faces.

    PublicTest ``whole`` and ``covered``; ``synthetic`` faces with their ``yaw`` (N,) in degrees; faces with a gray
    square, by its share (``patched``); ``dealt`` synthetic ones by the layout of their crops; and the faces of the
    experiments (``causes``).
    """

    whole: FaceBoard
    covered: FaceBoard
    synthetic: FaceBoard
    yaw: Array
    patched: Mapping[float, FaceBoard]
    dealt: Mapping[str, FaceBoard]
    causes: Mapping[str, FaceBoard]

    def asked_of(self, row: Row) -> Iterator[tuple[FaceBoard, str | None]]:
        """Where a row is asked, with another layout of its crops where it is given one: what is only a part of a sweep
        is asked of PublicTest alone."""
        yield from ((self.whole, None), (self.covered, None))
        if "accuracy" in row.tables:
            yield self.synthetic, None
            yield from ((board, None) for board in self.patched.values())
            yield from ((board, layout) for layout, board in self.dealt.items())

    def empty(self) -> Boards:
        """The same faces, of which nothing is known yet."""
        patched, dealt, causes = _emptied(self.patched), _emptied(self.dealt), _emptied(self.causes)
        whole, hidden, synthetic = (board.empty() for board in (self.whole, self.covered, self.synthetic))
        return Boards(whole, hidden, synthetic, self.yaw, patched, dealt, causes)

    def board_of(self, claim: Claim) -> FaceBoard:
        """Where a claim is asked."""
        known = {"covered": self.covered, "turned": self.whole, "dealt": self.dealt["fixed"]}
        return known[str(claim.clips)]


def _emptied(boards: Mapping[K, FaceBoard]) -> dict[K, FaceBoard]:
    return {name: board.empty() for name, board in boards.items()}


def boards_of(
    real: TestFaces, sets: Mapping[str, SyntheticSet], *, patches: int, dealt: int, causes: int, seed: int = 0
) -> Boards:
    """Empty boards: covers are pasted, squares laid and synthetic faces dealt here, all of it from the seed.

    Parameters
    ----------
    real : TestFaces
        As `real_faces` makes them.
    sets : mapping
        Synthetic test sets of single faces by part.
    patches, dealt, causes : int
        How many real faces get gray squares, how many synthetic ones are dealt for each layout, and with how many
        covered ones of each kind the experiments are made.
    """
    rng, side = np.random.default_rng([seed, 23]), real.pictures.shape[-1]
    hidden = covered(real, cutouts(2, UNSEEN_CUTOUTS), rng)
    seen = hidden.seen(np.hstack([np.broadcast_to(WHOLE, (len(real), 1, 4)), hidden.crops("fixed")]))
    few = some_of(real, patches)
    squares = {share: FaceBoard(patched(few, share, rng), of={"share": share}) for share in SHARES}
    made, known = synthetic_faces(sets, side)
    pools: dict[str, FaceBoard] = {}
    for layout in LAYOUTS:
        pool = face_pool(list(sets.values()), layout).dealt(dealt, np.random.default_rng([seed, 17]))
        faces = replace(made[pool.place], parts={"dealt": np.ones(len(pool), bool)})
        pools[layout] = FaceBoard(faces, {"tau evidence": pool.evidence}, {"crops": layout})
    tried = {"whole": some_of(real, causes), "dealt": some_of(pools["fixed"].faces, causes)}
    return Boards(
        FaceBoard(real),
        FaceBoard(hidden, {"tau seen": seen}, {"crops": "fixed"}),
        FaceBoard(made),
        known["yaw"],
        squares,
        pools,
        {name: FaceBoard(_one_part(faces), of={"faces": name}) for name, faces in tried.items()},
    )


def _one_part(faces: TestFaces) -> TestFaces:
    return replace(faces, parts={"all": np.ones(len(faces), bool)})


def add(boards: Boards, run: int, head: int, nets: Mapping[str, Net], *, tuned: bool = False) -> None:
    """What the rows of a run gave with one head. ``tuned``: networks with their own backbone, through which pixels can
    be attributed to."""
    for name, net in nets.items():
        for board, layout in boards.asked_of(net.row):
            _ask(board, run, name, net, layout, tuned)
    face = nets.get("ran-face")
    if "ran" in nets:
        _controls(boards, run, 100 * run + head, nets["ran"], face)
    if face is not None:
        _averaged(boards, run, face)


def _ask(board: FaceBoard, run: int, name: str, net: Net, layout: str | None, tuned: bool) -> None:
    """What a network gives on one board: its answers, its weights, and what regions do to the label."""
    faces, model = board.faces, net.model
    vectors = net.vectors(faces, layout)
    got = answered(model, vectors, faces.label)
    board.said(run, name, got.probability)
    if not net.attends:
        return
    board.attended(run, name, got.weight)
    if not board.truth or "accuracy" not in net.row.tables:
        return
    board.weighed(run, name, got.weight)
    board.weighed(run, name, got.adds, "contribution")
    board.weighed(run, name, dropped(model, vectors, faces.label), "removal, dropped")
    gray = net.vectors(filled(faces), layout)
    board.weighed(run, name, covered_drops(model, vectors, gray, faces.label), "removal, covered")
    if tuned and "tau evidence" in board.truth:
        crops = crops_of(faces, layout or net.row.crops)
        found = net.kept("attributions", faces, crops, lambda: attributions(model, faces, crops))
        for effect in ATTRIBUTED:
            board.weighed(run, name, found[effect], effect)


def _controls(boards: Boards, run: int, seed: int, net: Net, face: Net | None) -> None:
    """The weights that know nothing, or one plain thing, held against the same truth; without a network of the whole
    face, not the probability that it gives."""
    for board, layout in boards.asked_of(net.row):
        if board.truth:
            faces, name, vectors = board.faces, layout or net.row.crops, net.vectors(board.faces, layout)
            own = answered(net.model, vectors, faces.label)
            top = None if face is None else top_answers(face.model, _with_whole(face, faces, name))
            for control, values in controls(own, vectors, crops_of(faces, name), faces.whose, top, seed).items():
                board.weighed(run, control, values)


def _averaged(boards: Boards, run: int, face: Net) -> None:
    """The mean answer of the network of the whole face over crops, over shifted whole faces, and to one crop."""
    for name, (crops, places) in AVERAGED.items():
        for board, layout in boards.asked_of(face.row):
            if layout is None:
                seen = _with_whole(face, board.faces, crops)
                some = Vectors(seen.features[:, places], seen.mask[:, places])
                board.said(run, name, mean_answers(face.model, some))


def _with_whole(net: Net, faces: TestFaces, crops: str) -> Vectors:
    return joined((net.reader.whole(faces), net.reader.crops(faces, crops)))


def add_causes(boards: Boards, run: int, name: str, net: Net) -> None:
    """Both experiments of `ferviz.scores` with one network that has its backbone, on the faces kept for them."""
    for board in boards.causes.values():
        faces = board.faces
        found = net.kept("causes", faces, faces.crops("fixed"), partial(_causes, net.model, faces))
        board.board.add(run, name, {score: found[score] for score in CAUSAL})


def _causes(model: RegionAttention, faces: TestFaces) -> dict[str, Array]:
    """The scores of `CAUSAL` (N,) of both experiments."""
    clip, crops = clip_of(faces), range(1, 1 + faces.crops("fixed").shape[1])
    replaced = [scores.input_replaced(model, clip, crop) for crop in crops]
    cells = [scores.cell_covered(model, clip, *divmod(cell, _CELLS), cells=_CELLS) for cell in range(_CELLS**2)]
    falls = [-one.moved("weight")[:, crop] for one, crop in zip(replaced, crops, strict=True)]
    found = [
        np.mean(falls, 0),
        np.mean([one.answers_otherwise for one in replaced], 0),
        _follows(cells, [-one.moved("weight") for one in cells]),
        _follows(cells, [-_of_label(one.moved("contribution"), faces.label) for one in cells]),
        np.mean([one.answers_otherwise for one in cells], 0),
    ]
    return dict(zip(CAUSAL, found, strict=True))


def _follows(cells: list[Effect], falls: list[Array]) -> Array:
    """The mean τ-b (N,), over the cells where it is defined, of how far crops fall and how much of each is hidden."""
    found = np.array([region_agreement(fall, cell.hidden) for cell, fall in zip(cells, falls, strict=True)])
    known = np.isfinite(found)
    count = known.sum(0)
    return np.where(count > 0, np.where(known, found, 0).sum(0) / np.maximum(count, 1), np.nan)


def _of_label(values: Array, label: Array) -> Array:
    """Of numbers (N, K, L) those of each face's label (N, K)."""
    return np.asarray(np.take_along_axis(values, label[:, None, None], 2)[..., 0])
