"""Who a person is: every parameter that the generator has, in one frozen record that can be written as JSON.

A twin differs in one property and keeps all others: ``replace(person, age=70.0)`` has the same features, skin pattern
and hair style forty years on; ``replace(person, skin=replace(person.skin, tone=6.0))`` differs in skin tone alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from ferviz.faces.appearance import beard, brows, clothes, eyes, hair, lips, makeup, skin, wrinkles
from ferviz.faces.expression import Manner, draw_manner
from ferviz.faces.head import Floats, head, phenotype_weights

__all__ = ["Person", "dressed", "sample_person"]

_PAINTERS = {
    "skin": skin,
    "brows": brows,
    "eyes": eyes,
    "lips": lips,
    "makeup": makeup,
    "hair": hair,
    "beard": beard,
    "wrinkles": wrinkles,
    "clothes": clothes,
}
_CLASSES: dict[str, type] = {name: getattr(module, name.capitalize()) for name, module in _PAINTERS.items()}
_CLASSES["manner"] = Manner


@dataclass(frozen=True)
class Person:
    """A synthetic person.

    Parameters
    ----------
    shape : tuple of float
        What makes this face differ from the mean one of its age, gender and ethnicity: coefficients of unit variance.
    age : float
        Years, 10 to 90.
    gender : float
        0 (male) to 1 (female), of the shapes.
    ethnicity : tuple of three floats
        Shares of the shapes that MakeHuman calls African, Asian and Caucasian; they sum to 1. Skin and hair have
        their own parameters.
    skin, brows, eyes, lips, makeup, hair, beard, wrinkles, clothes
        How the person looks: see the painter of that name in `ferviz.faces.appearance`.
    manner : Manner
        How the person expresses: see `ferviz.faces.expression`.

    Raises
    ------
    ValueError
        Naming the parameter that is out of range.
    """

    shape: tuple[float, ...] = ()
    age: float = 30.0
    gender: float = 0.0
    ethnicity: tuple[float, float, float] = (0.0, 0.0, 1.0)
    skin: skin.Skin = field(default_factory=skin.Skin)
    brows: brows.Brows = field(default_factory=brows.Brows)
    eyes: eyes.Eyes = field(default_factory=eyes.Eyes)
    lips: lips.Lips = field(default_factory=lips.Lips)
    makeup: makeup.Makeup = field(default_factory=makeup.Makeup)
    hair: hair.Hair = field(default_factory=hair.Hair)
    beard: beard.Beard = field(default_factory=beard.Beard)
    wrinkles: wrinkles.Wrinkles = field(default_factory=wrinkles.Wrinkles)
    clothes: clothes.Clothes = field(default_factory=clothes.Clothes)
    manner: Manner = field(default_factory=Manner)

    def __post_init__(self) -> None:
        if not 10 <= self.age <= 90:
            raise ValueError(f"age must be 10 to 90 years; got {self.age!r:.200}")
        if not 0 <= self.gender <= 1:
            raise ValueError(f"gender must be 0 (male) to 1 (female); got {self.gender!r:.200}")
        shares = self.ethnicity
        if len(shares) != 3 or not (min(shares) >= 0 and abs(sum(shares) - 1) <= 1e-3):
            raise ValueError(f"ethnicity must be three shares that sum to 1; got {shares!r:.200}")

    def face(self) -> Floats:
        """The face at rest (V, 3), in metres."""
        return head().shape(self.shape, phenotype_weights(self.age, self.gender, self.ethnicity))

    def to_dict(self) -> dict[str, Any]:
        """All parameters as dicts, tuples, numbers and texts, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Person:
        """The person behind what `to_dict` gave, also after a round trip through JSON.

        Raises
        ------
        ValueError
            When a name is not one of a person's parameters.
        """
        known = set(cls.__dataclass_fields__)
        strangers = sorted(set(values) - known)
        if strangers:
            raise ValueError(f"a person has no {', '.join(strangers)}; it has {', '.join(sorted(known))}")
        made = {name: _tuples(value) for name, value in values.items()}
        for name, kind in _CLASSES.items():
            if isinstance(made.get(name), Mapping):
                made[name] = kind(**made[name])
        return cls(**made)


def _tuples(value: Any) -> Any:
    """JSON's lists as tuples, all the way down."""
    if isinstance(value, Mapping):
        return {key: _tuples(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_tuples(part) for part in value)
    return value


def sample_person(
    rng: np.random.Generator,
    *,
    age: float | None = None,
    gender: float | None = None,
    ethnicity: tuple[float, float, float] | None = None,
) -> Person:
    """Draw a person.

    Takes one number from ``rng``; all the rest follows from it, part by part. So a person drawn with another age has
    the same features and the same luck in everything that does not depend on age.

    Parameters
    ----------
    rng : numpy Generator
    age, gender, ethnicity : optional
        Fixed instead of drawn; see `Person`.
    """
    seed = int(rng.integers(2**31))
    known = head()
    luck = np.random.default_rng([seed, 0])
    first, second = (int(i) for i in luck.integers(len(known.people), size=2))
    turn = luck.uniform(0, np.pi / 2)  # mixing two rows of the table keeps the variance and gives people without end
    shape = np.cos(turn) * known.people[first] + np.sin(turn) * known.people[second]
    age = float(known.people_age[first]) if age is None else float(age)
    gender = float(known.people_gender[first]) if gender is None else float(gender)
    if ethnicity is None:
        first_two = known.people_ethnicity[first, :2].astype(float)
        ethnicity = (float(first_two[0]), float(first_two[1]), float(max(0, 1 - first_two.sum())))
    traits = (age, gender, ethnicity)
    looks = {
        name: module.draw(np.random.default_rng([seed, place]), *traits)
        for place, (name, module) in enumerate(_PAINTERS.items(), 1)
    }
    manner = draw_manner(np.random.default_rng([seed, 100]))
    return Person(tuple(round(float(v), 3) for v in shape), *traits, **looks, manner=manner)


def dressed(person: Person, rng: np.random.Generator) -> Person:
    """The same person on another day: hair, beard, makeup and clothes drawn anew; the face stays."""
    traits = (person.age, person.gender, person.ethnicity)
    looks = {name: _PAINTERS[name].draw(rng, *traits) for name in ("hair", "beard", "makeup", "clothes")}
    return replace(person, **looks)
