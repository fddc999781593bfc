"""What the lesson on frame attention found: what was claimed beforehand has a side, the rest is told as figures."""

from __future__ import annotations

from collections.abc import Mapping

from ferviz.measured.claims import claims
from ferviz.measured.files import Figures
from ferviz.measured.findings import Findings, side, told
from ferviz.measured.record import Measured, pick

__all__ = ["found_on_frames"]

PAPER = "frame-attention"


def found_on_frames(fan: Figures) -> Findings:
    """What the measurements say of frame attention, on frozen backbones.

    Parameters
    ----------
    fan : Figures
        ``measured("fan")``.

    Returns
    -------
    Findings
        On spoiled frames, relation-attention, intruders, accuracy, neutral clips, and the spread of the vectors. A
        sentence takes the side of its claim's answer where that is clear (`Measured.clear`, after Holm). Where it is
        not, it says what is ruled out (`Claim.outcome`), or how large a difference would have been found. Fewer than
        five runs have no verdict.

    Raises
    ------
    ValueError
        When a claim of the paper has no answer in the record, or the record misses a figure that stands beside one,
        naming those that there are.
    """
    answers = {entry.claim: entry for entry in fan["claims"]}
    missing = [one.id for one in claims(PAPER).claims if one.id not in answers]
    if missing:
        raise ValueError(f"fan must answer every claim of {PAPER}; it misses {', '.join(missing)}")
    sentences = (_spoiled, _relation, _intruder, _accuracy, _neutral, _spread)
    return Findings(sentence(fan, answers) for sentence in sentences)


def _spoiled(fan: Figures, answers: Mapping[str | None, Measured]) -> str:
    permuted, norm = answers["spoiled-against-permuted"], answers["spoiled-against-norm"]
    words = side(
        permuted,
        above="Self-attention weighs spoiled frames less than frames that tell",
        below="Self-attention weighs spoiled frames more than frames that tell",
        neither="That self-attention turns spoiled frames down is not shown",
    )
    words += side(
        norm,
        above=", and tells the two apart better than the length of a frame's vector does",
        below="; the mere length of a frame's vector tells the two apart better",
        neither="; a difference to the mere length of a frame's vector is not shown",
    )
    weights = pick(fan["weights"], family="degraded", score=["spoiled", "on spoiled"])
    known = {"self": "area under the curve, 0.5 by chance", "norm": "of the length"}
    known |= {"top": "of the highest probability", "not neutral": "of what is not neutral", "sharpness": "of sharpness"}
    shown = {name: pick(weights, score="spoiled", row=row)[0] for row, name in known.items()}
    (shown["weight·T of spoiled frames"],) = pick(weights, score="on spoiled", row="self")
    return told(fan, words, shown, permuted, norm)


def _relation(fan: Figures, answers: Mapping[str | None, Measured]) -> str:
    answer = answers["relation-against-self"]
    words = side(
        answer,
        above="Relation-attention parts frames that tell from spoiled ones better than self-attention, "
        "as the paper reads its pictures",
        below="Relation-attention parts frames that tell from spoiled ones less well than self-attention: "
        "not as the paper reads its pictures",
        neither="That relation-attention parts frames that tell from spoiled ones better than self-attention, "
        "as the paper reads its pictures, is not shown",
    )
    return told(fan, words, {"difference in area": answer}, answer)


def _intruder(fan: Figures, answers: Mapping[str | None, Measured]) -> str:
    answer = answers["label-against-intruder"]
    words = side(
        answer,
        above="Self-attention weighs frames of the label above an intruder's when faint ones are counted",
        below="Self-attention weighs an intruder's frames above those of the label",
        neither="That self-attention weighs frames of the label above an intruder's is not shown",
    )
    known = {"score": "intruder", "family": "off_label"}
    (area,) = pick(fan["weights"], row="self", **known)
    (full,) = pick(fan["weights"], row="self", score="intruder, full")
    (left,) = pick(fan["weights"], row="self", score="on intruder")
    (top,) = pick(fan["weights"], row="top", score="on intruder")
    shown = {"area of the weights": area, "against intruders at full intensity alone": full}
    shown |= {"weight·T of intruders": left, "the same of the highest probability": top}  # answers to no claim
    rivals = {"top": "the highest probability", "not neutral": "what is not neutral"}
    areas = {name: pick(fan["weights"], row=row, **known)[0] for row, name in rivals.items()}
    if alike := [name for name, one in areas.items() if (one.high or 0) >= (area.low or 1)]:
        words += f"; that it does so better than weights by {' or by '.join(alike)} is not shown"
    shown |= {f"area of {name}": one for name, one in areas.items()}
    for row, name in (("self", "of what frames add to the label"), ("pool", "the same under the plain mean")):
        (shown[name],) = pick(fan["effect"], effect="contribution", row=row, **known)
    return told(fan, words, shown, answer)


def _accuracy(fan: Figures, answers: Mapping[str | None, Measured]) -> str:
    pool, permuted = answers["self-against-pool"], answers["self-against-permuted"]
    mean = "the plain mean that was trained in the same way"
    words = side(
        pool,
        above=f"On degraded clips self-attention is right more often than {mean}",
        below=f"On degraded clips self-attention is right less often than {mean}",
        neither="That self-attention is right more often than the plain mean on degraded clips is not shown",
    )
    words += "; against its own weights, dealt to other frames at random, " + side(
        permuted, above="it is right more often", below="it is right less often", neither="no gain is shown"
    )
    shown = {pool.name: pool, permuted.name: permuted}
    rivals = {"mean": "score fusion (the paper's baseline)", "mean vector": "the plain mean fitted on whole clips"}
    rivals |= {"top": "weights that are each frame's highest probability", "sharpness": "weights by sharpness"}
    gaps: dict[str, list[str]] = {}
    for row in ("permuted, learned", *rivals):
        (less,) = pick(fan["difference"], row=row, than="self", family="degraded")
        shown[less.name] = less
        if row in rivals and less.low is not None and less.high is not None:
            gap = "no difference is shown" if less.low <= 0 <= less.high else "nothing was claimed of what is seen"
            gaps.setdefault(gap, []).append(rivals[row])
    words += "".join(f"; {gap} against {', '.join(names)}" for gap, names in gaps.items())
    (shown["self minus pool on sets of real faces"],) = pick(fan["difference"], row="self", than="pool", family="real")
    return told(fan, words, shown, pool, permuted)


def _neutral(fan: Figures, answers: Mapping[str | None, Measured]) -> str:
    answer = answers["neutral-loses"]
    words = side(
        answer,
        above="Neutral clips gain by self-attention",
        below="Neutral clips lose by self-attention",
        neither="That neutral clips lose by self-attention is not shown",
    )
    known = {"row": "self", "than": "pool", "score": "recall of the rest", "family": "all"}
    (rest,) = pick(fan["recall_difference"], **known)
    (spoiled,) = pick(fan["difference"], row="self", than="pool", family="neutral_spoiled")
    shown = {"their recall, self minus pool": answer, "that of the rest": rest}
    return told(fan, words, shown | {"neutral clips with spoiled frames": spoiled}, answer)


def _spread(fan: Figures, answers: Mapping[str | None, Measured]) -> str:
    answer = answers["spread-against-self"]
    plain = "ean, maximum and spread of the vectors, without any attention, are right"
    words = side(
        answer,
        above=f"M{plain} more often than self-attention on clips that hold rest and expression",
        below=f"M{plain} less often than self-attention on clips that hold rest and expression",
        neither=f"That m{plain} more often than self-attention is not shown",
    )
    shown = {"the difference": answer}
    for row in ("mean, max, std", "self", "mean vector"):
        (shown[row],) = pick(fan["accuracy"], row=row, family="all")
    for where, family in (("where all frames tell", "all_tell"), ("on sets of real faces", "real")):
        (shown[where],) = pick(fan["difference"], row="mean, max, std", than="self", family=family)
    return told(fan, words, shown, answer)
