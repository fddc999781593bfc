"""One record for a number: its value and interval, and what these rest on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from numbers import Integral, Real
from typing import Any

__all__ = ["Measured", "pick"]

CLEAR = 0.05  # the largest p that is called clear
RUNS = 5  # the fewest trainings of which a verdict is given


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A number that was measured. What a measurement did not know is None, and is never filled in afterwards.

    ``entry["row"]`` reads one of ``of``; the rest are attributes.

    Parameters
    ----------
    what : str
        What the number is, with its unit.
    of : mapping
        Which one of its table it is, such as its ``row`` and ``family``, and what else is known of it.
    value : float or None
        None where it is defined for no item.
    low, high : float, optional
        The 95 % interval, which holds the value, unless ``way`` says another one.
    way : str, optional
        How the interval was made, and ``p`` with it: both are of one kind. One that says "over runs" tells of other
        trainings too, not of other people alone.
    items, unit : int and str, optional
        How many items the value is of, and what an item is, such as "clips" or "pictures".
    people : int, optional
        How many persons these items show.
    left_out : int, optional
        For how many items more the value is not defined.
    seeds : mapping, optional
        The value with each seed that a network was trained with, by its name; None for a value that was not kept.
        Empty where nothing was drawn, None where networks were given and not trained for this number.
    p : float, optional
        Of the question whether the value is 0.
    p_holm, holm_over : float and str, optional
        That p, adjusted by Holm's method, and the family of questions that it was adjusted over.
    than : str, optional
        What the value is a difference to: the name of another row.
    claim : str, optional
        The claim that was committed before the measurement, and that this number answers.
    command : str, optional
        What measures it again.

    Raises
    ------
    TypeError
        For a number that is none, or seeds that are no mapping.
    ValueError
        For numbers that are not finite, one end of an interval alone, an interval without its way, around no value,
        with its ends the wrong way round or, of 95 %, beside its value; a count below 0 or with a fraction, or more
        people than items; a p that is none or stands without an interval, an adjusted p without the family it was
        adjusted over, or one below its p.

    Examples
    --------
    >>> known = {"what": "accuracy", "way": "95 %, exact", "than": "pool"}
    >>> one = Measured(value=0.5, low=0.4, high=0.6, of={"row": "self"}, **known)
    >>> one["row"], one.name, one.clear(0.3), one.clear(0.55)
    ('self', 'self minus pool', True, False)
    """

    what: str
    of: Mapping[str, Any] = field(default_factory=dict)
    value: float | None
    low: float | None = None
    high: float | None = None
    way: str | None = None
    items: int | None = None
    unit: str | None = None
    people: int | None = None
    left_out: int | None = None
    seeds: Mapping[str, float | None] | None = None
    p: float | None = None
    p_holm: float | None = None
    holm_over: str | None = None
    than: str | None = None
    claim: str | None = None
    command: str | None = None

    def __post_init__(self) -> None:
        for name in ("value", "low", "high", "p", "p_holm"):
            _is_finite(name, getattr(self, name))
        self._counts()
        self._interval()
        self._chances()

    def _counts(self) -> None:
        for name in ("items", "people", "left_out"):
            count = getattr(self, name)
            if count is not None and (isinstance(count, bool) or not isinstance(count, Integral) or count < 0):
                raise ValueError(f"{name} must be a whole number from 0 on, or None; got {count!r}")
        if self.items is not None and self.people is not None and self.people > self.items:
            raise ValueError(f"people must be at most items: each shows one; got {self.people} of {self.items} items")
        if self.seeds is not None and not isinstance(self.seeds, Mapping):
            raise TypeError(f"seeds must map each seed's name to its value; got {type(self.seeds).__name__}")
        for name, number in (self.seeds or {}).items():
            _is_finite(f"seeds[{name!r}]", number)

    def _interval(self) -> None:
        if (self.low is None) != (self.high is None):
            raise ValueError(f"low and high must both be known or neither; got {self.low} and {self.high}")
        if self.low is not None and (self.value is None or self.way is None):
            raise ValueError(f"an interval needs its value and its way; got value {self.value} and way {self.way}")
        if self.low is None or self.high is None or self.value is None:
            return
        if self.low > self.high:
            raise ValueError(f"low must be at most high; got {self.low} and {self.high}")
        if str(self.way).startswith("95 %") and not self.low <= self.value <= self.high:
            raise ValueError(f"value must lie in its 95 % interval [{self.low}, {self.high}]; got {self.value}")

    def _chances(self) -> None:
        for name in ("p", "p_holm"):
            number = getattr(self, name)
            if number is not None and (self.low is None or not 0 <= number <= 1):
                raise ValueError(f"{name} must be from 0 to 1, beside an interval made the same way; got {number}")
        if (self.p_holm is None) != (self.holm_over is None) or (self.p_holm is not None and self.p is None):
            raise ValueError(
                f"p_holm needs p, and holm_over: what it was adjusted over; got p {self.p}, p_holm {self.p_holm} and "
                f"holm_over {self.holm_over}"
            )
        if self.p is not None and self.p_holm is not None and self.p_holm < self.p:
            raise ValueError(f"p_holm must be at least p; got p_holm {self.p_holm} and p {self.p}")

    def __getitem__(self, name: str) -> Any:
        if name not in self.of:
            raise KeyError(f"{name}: this entry is told apart by {', '.join(map(str, self.of)) or 'nothing'}")
        return self.of[name]

    def get(self, name: str) -> Any:
        """One of ``of``, or ``than``; None where there is none."""
        return self.than if name == "than" else self.of.get(name)

    @property
    def name(self) -> str:
        """Its row; for a difference "row minus other row"."""
        row = str(self.of.get("row", self.what))
        return row if self.than is None else f"{_whole(row)} minus {_whole(self.than)}"

    @property
    def few(self) -> bool:
        """Whether it rests on fewer than five trainings: its seeds' values are told then, and no verdict is given.

        The own value of one network (one seed, no difference) tells of that network, and of no training.
        """
        return 0 < len(self.seeds or {}) < RUNS and not self.alone

    @property
    def alone(self) -> bool:
        """Whether it is the own value of one network that was trained once."""
        return len(self.seeds or {}) == 1 and self.than is None

    @property
    def single(self) -> bool:
        """Whether it is of one training and has an interval, which so tells of people or pictures alone."""
        return len(self.seeds or {}) == 1 and self.low is not None

    @property
    def over_runs(self) -> bool:
        """Whether its interval says how other trainings would do, and not only other people."""
        return "over runs" in str(self.way)

    @property
    def unclaimed(self) -> bool:
        """Whether it is a difference over runs that answers no claim: it is shown, and no verdict is given."""
        return self.over_runs and self.than is not None and self.claim is None

    def clear(self, line: float = 0) -> bool:
        """Whether the value lies clear of another one.

        So it is when the whole interval lies on one side of it and, for a difference held against 0, p is at most 0.05
        where it is known: the adjusted one, if there is one. Where the interval tells of people alone (not
        `over_runs`), the value of every seed that is known must lie on that side too. Of fewer than five trainings
        (`few`), and of what answers no claim (`unclaimed`), nothing is called clear.
        """
        if self.few or self.unclaimed or self.low is None or self.high is None or self.low <= line <= self.high:
            return False
        each = [] if self.over_runs else [value for value in (self.seeds or {}).values() if value is not None]
        if any((value > line) != (self.low > line) or value == line for value in each):
            return False
        p = self.p if self.p_holm is None else self.p_holm
        return p is None or line != 0 or p <= CLEAR

    def turned(self) -> Measured:
        """The same difference, seen from the other row.

        Raises
        ------
        ValueError
            When it is no difference.
        """
        if self.than is None:
            raise ValueError(f"only a difference can be turned; {self.name!r} is none")
        return replace(
            self,
            value=_minus(self.value),
            low=_minus(self.high),
            high=_minus(self.low),
            seeds=None if self.seeds is None else {name: _minus(value) for name, value in self.seeds.items()},
            of={**self.of, "row": self.than},
            than=str(self.of.get("row", self.what)),
        )


NAMES = tuple(f.name for f in fields(Measured))


def _whole(row: Any) -> str:
    """A row's name within a sentence: one with a comma stands in quotes."""
    return f'"{row}"' if "," in str(row) else str(row)


def _is_finite(name: str, number: object) -> None:
    if number is None:
        return
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"{name} must be a number, or None where it is not known; got {number!r}")
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, or None where it is not known; got {number}")


def _minus(value: float | None) -> float | None:
    return None if value is None else 0 - value  # no negative 0


def pick(entries: Iterable[Measured], **wanted: Any) -> list[Measured]:
    """The entries that have these values in ``of``, or as ``than``; a list, tuple or set allows each of its values.

    Raises
    ------
    ValueError
        When none is left, naming the values that there are.

    Examples
    --------
    >>> [one.value for one in pick([Measured(what="AUC", value=1, of={"row": "self"})], row=["self", "pool"])]
    [1]
    """
    entries = list(entries)
    allowed = {name: value if isinstance(value, list | tuple | set) else [value] for name, value in wanted.items()}
    found = [entry for entry in entries if all(entry.get(name) in values for name, values in allowed.items())]
    if not found:
        known = {name: list(dict.fromkeys(entry.get(name) for entry in entries)) for name in wanted}
        raise ValueError(f"no entry has {wanted}; there are {known}")
    return found
