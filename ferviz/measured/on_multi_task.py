"""What the lesson on the multi-task network found: what was claimed beforehand has a side, the rest has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ferviz.measured.claims import claims
from ferviz.measured.files import Figures
from ferviz.measured.findings import Findings, finding, side, told, unmeasured
from ferviz.measured.record import Measured, pick

__all__ = ["found_on_multi_task"]

PAPER, COMMONEST, END = "multi-task", "always the commonest label", "end of the course"
MTL, THUMB = "mtl", "64 pixels"
SMALL = "small-"
"""What claims of multi-task-small are called before the name of the claim that says the same of the full grid."""
ON_SMALL = "From the body of mtl-head, on 6,000 faces. "
EQUAL_TIME = "efficientnet, equal time"
FROM_OWN = "From one body of each family, which learned the same synthetic people, on 6,000 faces. "
Answers = Mapping[str | None, Measured]


def found_on_multi_task(mtl: Figures, small: Figures | None = None, longer: Figures | None = None) -> Findings:
    """What the measurements say of the multi-task network.

    Parameters
    ----------
    mtl : Figures
        ``measured("mtl")``.
    small : Figures, optional
        ``measured("mtl_small")``: the claims that were asked of a smaller grid too, each behind a sentence that says
        so.
    longer : Figures, optional
        ``measured("mtl_longer")``: the network that ships, beside what needs no network, without a verdict; and what
        brightness alone knows of look-alikes.

    Returns
    -------
    Findings
        On the two steps, the start, mini-Xception, weights of the labels, and what tuning does to age and identity; of
        gender, which no claim was about, the figures alone. A sentence takes the side of its claim's answer where that
        is clear (`Measured.clear`, after Holm); else it says what is ruled out, or how large a difference would have
        been found. Fewer than five runs have no verdict. First comes what was announced and is not in the record; a
        claim that no figure answers is named as not measured.

    Raises
    ------
    ValueError
        When the record misses a figure that stands beside an answer.
    """
    found = (*_full(mtl, longer), *(() if small is None else _small(small)))
    return Findings((*found, *(() if longer is None else _ships(longer))))


def _ships(longer: Figures) -> tuple[str, ...]:
    """The network that ships, one training: what it is ahead of, and what it is not."""
    less = longer.tables["strangers_difference"]
    asked = {
        "accuracy less mini-xception": pick(longer["shipped_difference"], than="mini-xception", score="accuracy"),
        "same person nearer, less brightness alone": pick(less, than="brightness", score="verification"),
        "age error in years, less 64 pixels": pick(less, row=MTL, than=THUMB, score="age error"),
        "gender right, less 64 pixels": pick(less, row=MTL, than=THUMB, score="gender right"),
        "distance of ethnicity, less 64 pixels": pick(less, row=MTL, than=THUMB, score="ethnicity distance"),
    }
    shown = {name: one for name, (one,) in asked.items()}
    return (finding("No verdict of one training on the network that ships", shown, digits=3),)


def _full(mtl: Figures, longer: Figures | None) -> tuple[str, ...]:
    """The questions of the full grid, and what of it is not there."""
    answers = {entry.claim: entry for entry in mtl.tables.get("claims", ())}
    so_far = unmeasured(mtl.about.get("missing", ()), "mtl")
    if not answers:
        return (*so_far, "**Not measured yet**: the claims stand, and no figure answers them.")
    made = claims(PAPER).claims
    left = [one.says for one in made if one.id not in answers]
    open_ = (f"**{len(left)} of {len(made)} claims are not measured yet**: {' '.join(left)}",) if left else ()
    sentences: dict[str, Callable[[Figures, Answers], str]] = {
        "tuned-against-head": _tuned,
        "identity-against-random": _start,
        "two-steps-against-one": _steps,
        "mtl-against-mini-xception": _baseline,
        "weights-raise-mean-recall": _weights,
        "tuning-spoils-age": _age,
        "tuning-spoils-identity": partial(_identity, longer=longer),
    }
    found = (make(mtl, answers) for claim, make in sentences.items() if claim in answers)
    return (*so_far, *open_, *found, *_gender(mtl))


def _accuracies(mtl: Figures, *rows: str) -> dict[str, Measured]:
    """The accuracy of some rows of the course or the grid, those that are there."""
    there = {one["row"]: one for name in ("accuracy", "grid_accuracy") for one in mtl.tables.get(name, ())}
    return {row: there[row] for row in rows if row in there}


def _tuned(mtl: Figures, answers: Answers) -> str:
    answer = answers["tuned-against-head"]
    words = side(
        answer,
        above="Tuning the body labels more faces right than a head on the frozen body",
        below="Tuning the body labels fewer faces right than a head on the frozen body",
        neither="That tuning the body labels more faces right than a head on the frozen body is not shown",
    )
    shown = {answer.name: answer, **_accuracies(mtl, "identity, head only", "random, head only", COMMONEST)}
    return told(mtl, words, shown, answer)


def _start(mtl: Figures, answers: Answers) -> str:
    answer = answers["identity-against-random"]
    more, steps = "Head first and then all, a body that has learned synthetic people", "further steps of learning"
    words = side(
        answer,
        above=f"{more} labels more faces right than one that starts from nothing; that people made it so, and not its "
        f"{steps}, is not shown",
        below=f"{more} labels fewer faces right than one that starts from nothing",
        neither="That a body which has learned people labels more faces right, head first and then all, than one that "
        "starts from nothing is not shown",
    )
    beside = _accuracies(mtl, "random, head then all", "random, all at once", COMMONEST)
    other, floor = beside.get("random, head then all"), beside.get(COMMONEST)
    if answer.clear() and other and floor and (other.low or 0) <= (floor.high or 1):
        words += "; the accuracy of the start from nothing is not shown to be above that of always the commonest label"
    return told(mtl, words, {answer.name: answer, **beside}, answer)


def _small(small: Figures) -> tuple[str, ...]:
    """The two questions of the smaller grid, and its rows without a claim, run by run."""
    found_in = small.tables.get("claims", ())
    answers: dict[str | None, Measured] = {(entry.claim or "").removeprefix(SMALL): entry for entry in found_in}
    makes = {"two-steps-against-one": _steps, "weights-raise-mean-recall": _weights}
    found = list(unmeasured(small.about.get("missing", ()), "mtl_small"))
    found += [make(small, answers, ON_SMALL) for claim, make in makes.items() if claim in answers]
    unclaimed = {
        "sharpness-aware": "sharpness-aware steps: accuracy less that of plain ones",
        "joint loss": "learning the generator's parameters beside the expressions: accuracy less that of these alone",
        EQUAL_TIME: "the compact EfficientNet, in as much time: accuracy less that of the MobileNet",
    }
    for one in small.tables.get("accuracy_difference", ()):
        if one["row"] in unclaimed:
            seeds = one.seeds or {}
            values = ", ".join(f"{value:+.3f}" for value in seeds.values())
            where = FROM_OWN if one["row"] == EQUAL_TIME else ON_SMALL
            found.append(f"**{where}No verdict of {len(seeds)} runs** on {unclaimed[one['row']]} {values}.")
    return tuple(found)


def _steps(mtl: Figures, answers: Answers, first: str = "") -> str:
    answer = answers["two-steps-against-one"]
    words = first + side(
        answer,
        above="The head first and then all labels more faces right than all at once",
        below="The head first and then all labels fewer faces right than all at once",
        neither="That the head first and then all labels more faces right than all at once is not shown",
    )
    other = answer.than or ""
    return told(mtl, words, {answer.name: answer, **_accuracies(mtl, other)}, answer)


def _baseline(mtl: Figures, answers: Answers) -> str:
    answer = answers["mtl-against-mini-xception"]
    words = side(
        answer,
        above="The network at the end of the course labels more faces right than mini-Xception",
        below="The network at the end of the course labels fewer faces right than mini-Xception",
        neither="That the network at the end of the course labels more faces right than mini-Xception is not shown",
    )
    beside = _accuracies(mtl, "mtl", "mini-xception", "mtl-head", COMMONEST)
    named = {"mtl": END}  # in the record; the network that ships by that name took another road
    shown = {f"{END} minus mini-xception": answer} | {named.get(row, row): one for row, one in beside.items()}
    return told(mtl, words, shown, answer)


def _weights(mtl: Figures, answers: Answers, first: str = "") -> str:
    recall, accuracy = answers["weights-raise-mean-recall"], answers["weights-cost-accuracy"]
    words = f"{first}Weights of the labels: " + side(
        recall,
        above="the mean recall rises",
        below="the mean recall falls",
        neither="a rise of the mean recall is not shown",
    )
    words += side(
        accuracy,
        above=", and accuracy rises too",
        below=", and accuracy falls",
        neither=", and a cost in accuracy is not shown",
    )
    shown = {"in mean recall": recall, "in accuracy": accuracy}
    return told(mtl, words, shown, recall, accuracy)


def _age(mtl: Figures, answers: Answers) -> str:
    answer = answers["tuning-spoils-age"]
    words = side(
        answer,
        above="Tuned for expressions, the body leaves the head of age in error by more years",
        below="Tuned for expressions, the body leaves the head of age in error by fewer years",
        neither="That tuning the body for expressions spoils the head of age is not shown",
    )
    rows = {"before": "attributes", "fitted again": "again", "the median guess": "median guess"}
    there = {one["row"]: one for one in pick(mtl["attributes"], score="age error")}
    shown = {name: there[row] for name, row in rows.items() if row in there}
    return told(mtl, words, {"years more": answer, **shown}, answer)


def _gender(mtl: Figures) -> tuple[str, ...]:
    """What tuning does to the head of gender, where it was measured."""
    rows = {"attributes": "before", "all": "after", "again": "fitted again"}
    there = [one for one in mtl.tables.get("attributes", ()) if one["row"] in rows]
    shown = {
        f"{score}, {rows[one['row']]}": one
        for score in ("gender correlation", "gender right")
        for one in there
        if one["score"] == score
    }
    words = "What tuning does to the head of gender was measured; no claim was made of it, so it has no verdict"
    return (finding(words, shown, digits=3),) if shown else ()


def _identity(mtl: Figures, answers: Answers, longer: Figures | None = None) -> str:
    answer = answers["tuning-spoils-identity"]
    words = side(
        answer,
        above="Tuned for expressions, the body tells strangers apart better",
        below="Tuned for expressions, the body tells strangers apart less well",
        neither="That tuning the body for expressions makes it tell strangers apart less well is not shown",
    )
    names = {"before": "identity", "after": "all", "the control, faces hidden": "face hidden", "pixels": "pixels"}
    names["one number, brightness"] = "brightness"
    there = {one["row"]: one for one in mtl["verification"]}
    alike = {one["row"]: one for one in mtl.tables.get("verification_alike", ())}
    shown = {name: there[row] for name, row in names.items() if row in there}
    shown |= {f"{name}, among look-alikes": alike[names[name]] for name in ("before", "after") if names[name] in alike}
    if longer is not None:  # it has what needs no network, on the same strangers
        (beside,) = pick(longer["strangers"], row="brightness", score="verification among look-alikes")
        shown["brightness, among look-alikes"] = beside
    elif alike and not {"brightness", "pixels", "face hidden"} & set(alike):
        words += "; among look-alikes this record has no control beside it"
    return told(mtl, words, {answer.name: answer, **shown}, answer)
