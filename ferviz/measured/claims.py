"""What was claimed before it was measured. A claim that was refuted stays; what was learned of it later is a note."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from scipy.special import stdtrit

from ferviz.measured.record import RUNS, Measured

__all__ = ["Claim", "Claims", "Outcome", "claim_of", "claims"]

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "claims"
MOST, MOST_OF_A_FAMILY = 8, 4
Direction = Literal["above", "below"]
Outcome = Literal["confirmed", "refuted", "ruled out", "not shown", "no verdict"]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim of a paper, and the number that will answer it.

    Parameters
    ----------
    id : str
        Its name; `Measured.claim` of the number that answers it.
    says : str
        The claim as a sentence.
    record, table, row, than : str
        The file of figures, its table, the row in question and what it is compared with.
    score : str
        What is measured.
    direction : {"above", "below"}
        On which side of ``than`` the row is claimed to be.
    matters : float
        The smallest difference of that score that would matter.
    family : str
        The claims that are adjusted together (Holm).
    runs : int
        How many runs of the row are measured.
    clips : str, optional
        Of which family of clips, where the record has several.
    note : str, optional
        What whoever reads the answer must know, and what was not known when the claim was made: that it was asked
        before, or a control that was thought of later. It is told with the answer, and changes nothing in it.

    Raises
    ------
    ValueError
        For another direction, a difference that is not above 0, or fewer than five runs, of which no verdict is given.
    """

    id: str
    says: str
    record: str
    table: str
    row: str
    than: str
    score: str
    direction: Direction
    matters: float
    family: str
    runs: int
    clips: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if self.direction not in get_args(Direction):
            raise ValueError(f"direction must be one of {', '.join(get_args(Direction))}; got {self.direction!r}")
        if not self.matters > 0:
            raise ValueError(f"matters must be above 0; got {self.matters!r}")
        if self.runs < RUNS:
            raise ValueError(f"runs must be at least {RUNS}: fewer get no verdict; got {self.runs!r}")

    def outcome(self, entry: Measured) -> Outcome:
        """What the number that answers it makes of it. This is the only rule.

        "confirmed" where the number is clear of 0 on the claimed side (`Measured.clear`: p after Holm), "refuted" where
        it is on the other side. "ruled out" where it is clear of neither, and its whole interval, widened for as many
        claims as may be adjusted together (`MOST_OF_A_FAMILY`), lies short of ``matters`` on the claimed side: a
        difference is not shown, and one that would matter is ruled out. Else "not shown". Without an interval, or of
        fewer than five runs, "no verdict"; so also of a number that answers no claim (`Measured.unclaimed`), as before
        all the runs that were announced are there.

        Raises
        ------
        ValueError
            For a number that is not the difference of the claim's two rows, either way round.
        """
        sides = self.sided(entry)
        if sides is None:
            return "no verdict"
        if entry.clear():
            return "confirmed" if sides[0] > 0 else "refuted"
        return "ruled out" if wide(entry, sides)[1] < self.matters else "not shown"

    def sided(self, entry: Measured) -> tuple[float, float] | None:
        """The interval of that number, above 0 on the claimed side; None where it has none that a verdict is given of.

        Raises
        ------
        ValueError
            As in `outcome`.
        """
        pair = (entry.get("row"), entry.than)
        if pair not in ((self.row, self.than), (self.than, self.row)):
            raise ValueError(f"entry must be {self.row!r} minus {self.than!r}, which was claimed; got {entry.name!r}")
        if entry.few or entry.unclaimed or entry.low is None or entry.high is None:
            return None
        as_it_is = (pair == (self.row, self.than)) == (self.direction == "above")
        return (entry.low, entry.high) if as_it_is else (0 - entry.high, 0 - entry.low)


def wide(entry: Measured, sides: tuple[float, float]) -> tuple[float, float]:
    """The ends of an interval of 95 %, of a claim's number, as those of 1 − 0.05 / `MOST_OF_A_FAMILY`.

    By Student's t with one degree of freedom less than there are runs: the widest that it can have been made with.
    """
    middle, free = (sides[0] + sides[1]) / 2, max(len(entry.seeds or {}) - 1, 1)
    half = (sides[1] - sides[0]) / 2 * float(stdtrit(free, 1 - 0.025 / MOST_OF_A_FAMILY) / stdtrit(free, 1 - 0.025))
    return middle - half, middle + half


@dataclass(frozen=True, kw_only=True)
class Claims:
    """The claims of a paper, in the order they were made in, with what was known then and the rule of decision."""

    paper: str
    about: str
    rule: str
    claims: tuple[Claim, ...]

    @classmethod
    def from_json(cls, text: str, source: str) -> Claims:
        """What a file of claims says.

        Raises
        ------
        ValueError
            For a missing or unknown field, two claims of one name, more than 8 claims of a paper or more than 4 that
            are adjusted together, naming ``source``.
        """
        told = _same_names(json.loads(text), cls, source)
        found = tuple(_claim(one, source) for one in told["claims"])
        for name, most in ((None, MOST), *((one.family, MOST_OF_A_FAMILY) for one in found)):
            count = sum(name in (None, one.family) for one in found)
            if count > most:
                whose = "a paper" if name is None else f"the family {name}"
                raise ValueError(f"{source}: at most {most} claims of {whose}; got {count}")
        if len({one.id for one in found}) < len(found):
            raise ValueError(f"{source}: each claim needs an id of its own; got {', '.join(one.id for one in found)}")
        return cls(**{**told, "claims": found})


def claims(paper: str) -> Claims:
    """The claims of a paper, by its slug.

    Raises
    ------
    ValueError
        For a paper without claims, naming those that have some.
    """
    path = FOLDER / f"{paper}.json"
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in FOLDER.glob("*.json")))
        raise ValueError(f"paper must be one of {known}; got {paper!r}")
    return Claims.from_json(path.read_text("utf-8"), path.name)


def claim_of(entry: Measured) -> Claim:
    """The claim that a number answers.

    Raises
    ------
    ValueError
        When it answers none that was made.
    """
    made = {one.id: one for path in sorted(FOLDER.glob("*.json")) for one in claims(path.stem).claims}
    if entry.claim not in made:
        raise ValueError(f"entry must answer one of the claims {', '.join(made)}; got {entry.claim!r}")
    return made[entry.claim]


def _claim(told: Any, source: str) -> Claim:
    try:
        return Claim(**_same_names(told, Claim, source))
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def _same_names(told: Mapping[str, Any], kind: type, source: str) -> dict[str, Any]:
    names = [field.name for field in fields(kind)]
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    if not needed <= set(told) <= set(names):
        raise ValueError(f"{source} must hold {', '.join(names)}; got {', '.join(told)}")
    return dict(told)
