"""Synthetic people as sets: who they are and what the generator was told of them, and how well strangers are known."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import roc_auc_score
from torch.nn import functional

from ferviz.arguments import array
from ferviz.faces.sets import SyntheticSet
from ferviz.learning.answering import Answer
from ferviz.learning.sets import Examples, stills_of
from ferviz.models.multi_task import read_age

__all__ = ["age_error", "attributes_of", "class_weights", "gender_correlation", "gender_loss", "identities_of"]
__all__ += ["mean_recall", "verification", "verified"]


def attributes_of(found: SyntheticSet, side: int) -> Examples:
    """One face a clip as gray pictures (N, 1, S, S), with the generator's parameters.

    Targets: ``age``, the place of its class, a year below the rounded age; ``gender``, 0 (male) to 1 (female);
    ``ethnicity`` (N, 3), the shares of MakeHuman's shapes. About: ``person``, and ``years``, the age not rounded.
    """
    stills = stills_of(found, side)
    told = [json.loads(arrays["texts"].tobytes())["labels"] for arrays in found.each("texts")]
    years = np.array([one["age"] for one in told])
    return Examples(
        raw={"pictures": stills.pictures},
        targets={
            "age": torch.from_numpy(np.rint(years).astype(np.int64) - 1),
            "gender": torch.tensor([float(one["gender"]) for one in told]),
            "ethnicity": torch.tensor([one["ethnicity"] for one in told], dtype=torch.float32),
        },
        about={"person": stills.group, "years": years},
    )


def identities_of(found: SyntheticSet, side: int, people: Iterable[int]) -> Examples:
    """One face a clip as gray pictures (N, 1, S, S); the target ``person`` is the place among the sorted people.

    Who is none of them has no target: strangers are for `verified`. About: ``person``.
    """
    stills, place = stills_of(found, side), {one: at for at, one in enumerate(sorted(set(people)))}
    target = torch.tensor([place.get(int(one), -1) for one in stills.group])
    return Examples(raw={"pictures": stills.pictures}, targets={"person": target}, about={"person": stills.group})


def class_weights(counts: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """How much a face of each label counts in a weighted cross-entropy: N_max / N_c (Savchenko 2021).

    Raises ValueError for a label without a face, which no weight makes up for.

    Examples
    --------
    >>> class_weights([24882, 134415]).round(4).tolist()
    [5.4021, 1.0]
    """
    many = array("counts", counts)
    if many.ndim != 1 or not len(many) or not (np.isfinite(many) & (many > 0)).all():
        raise ValueError(f"counts must be above 0 for each label; got {many.tolist()!r:.200}")
    weights: npt.NDArray[np.float64] = many.max() / many
    return weights


def gender_loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The cross-entropy (B,) of a share from 0 to 1 and what it should be, both (B,)."""
    return functional.binary_cross_entropy(output, target, reduction="none")


def verification(embeddings: npt.ArrayLike, person: npt.ArrayLike) -> float:
    """Whether two faces of one person are more alike than two of different people: the area under the ROC curve.

    Alike is the cosine of their embeddings. 0.5 is chance.

    Parameters
    ----------
    embeddings : array (N, D)
    person : array (N,)
        Who each face is.

    Raises
    ------
    ValueError
        For other shapes, or without two faces of one person and two people.
    """
    vectors, who = array("embeddings", embeddings), np.asarray(person)
    if vectors.ndim != 2 or who.shape != vectors.shape[:1]:
        raise ValueError(f"embeddings and person must be (faces, D) and (faces,); got {vectors.shape} and {who.shape}")
    first, second = np.triu_indices(len(who), 1)
    same = who[first] == who[second]
    if same.all() or not same.any():
        raise ValueError("person must have two faces of one person and faces of two people; got others")
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(length > 0, length, 1)
    return float(roc_auc_score(same, (unit @ unit.T)[first, second]))


# ---- figures for `ferviz.learning.heads.HeadsTask` ----


def verified(said: Answer, part: Examples) -> float | None:
    """`verification` by the named quantity ``feature``; None for a set too small to have such pairs."""
    who = np.asarray(part.about["person"])
    _, faces = np.unique(who, return_counts=True)
    if len(faces) < 2 or faces.max() < 2:
        return None
    return verification(said.named["feature"].numpy(), who)


def age_error(said: Answer, part: Examples) -> float:
    """The mean distance, in years, of the read-out from the generator's parameter."""
    years = torch.as_tensor(part.about["years"]).float()
    return float((read_age(said.of("age")) - years).abs().mean())


def gender_correlation(said: Answer, part: Examples) -> float | None:
    """Pearson's correlation of the head with the generator's parameter; None where either never changes."""
    pair = torch.stack([said.of("gender"), part.targets["gender"]])
    same = bool((pair == pair[:, :1]).all(1).any())
    return None if same else float(torch.corrcoef(pair)[0, 1])


def mean_recall(said: Answer, part: Examples) -> float:
    """The mean over labels of the share of their faces that are labelled right; labels without a face are left out."""
    target = part.targets["emotion"]
    label, answer = target.argmax(-1) if target.ndim > 1 else target, said.of("emotion").argmax(-1)
    return float(np.mean([(answer[label == one] == one).float().mean() for one in label.unique()]))
