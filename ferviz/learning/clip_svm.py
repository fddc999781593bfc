"""A linear support vector machine on descriptors of clips, and the share of each statistic in what it decides.

    svm = fit_svm(descriptors, label, labels=LABEL_SETS["FER2013"])
    svm.shares(clip_descriptor(model, clip))["share"]       # (clip, statistic, emotion)

The decision is a sum over the numbers of the descriptor, so what a statistic adds to it is exact, and no method of
attribution stands in between. It is counted from a descriptor of zeros: counted from another one, each share would be
another, and their sum with the bias the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr
from sklearn.svm import LinearSVC

from ferviz import arguments
from ferviz.arguments import array, number
from ferviz.clip import Clip, check_clip
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.models.descriptor import STATISTICS, check_statistics, descriptor
from ferviz.models.model import Model
from ferviz.observe import observe

__all__ = ["ClipSVM", "clip_descriptor", "fit_svm"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClipSVM:
    """What was fitted: ``weight`` (K, S · D) on descriptors of the statistics ``of``, and ``bias`` (K,).

    ``labels`` are those K that had a clip to learn from; one against all the others each.
    """

    weight: Array
    bias: Array
    labels: tuple[str, ...]
    of: tuple[str, ...] = STATISTICS

    def decide(self, descriptors: npt.ArrayLike | torch.Tensor) -> Array:
        """The decisions (N, K) on descriptors (N, S · D): the highest is the answer."""
        decision: Array = self._checked(descriptors) @ self.weight.T + self.bias
        return decision

    def shares(self, descriptors: npt.ArrayLike | torch.Tensor) -> xr.Dataset:
        """What each statistic adds to each decision.

        Returns
        -------
        xarray.Dataset
            ``share`` (clip, statistic, emotion), which with ``bias`` (emotion,) sums to ``decision`` (clip, emotion);
            ``answer`` (clip,), the label of the highest decision.

        Raises
        ------
        TypeError, ValueError
            For descriptors that are no finite numbers of the length that was learned.
        """
        values = self._checked(descriptors)
        parts = np.split(np.arange(self.weight.shape[1]), len(self.of))
        share = np.stack([values[:, part] @ self.weight[:, part].T for part in parts], 1)
        decision = self.decide(values)
        answer = np.array(self.labels)[decision.argmax(1)]
        dims = ("clip", "statistic", "emotion")
        return xr.Dataset(
            {
                "share": (dims, share),
                "bias": (dims[2:], self.bias),
                "decision": ((dims[0], dims[2]), decision),
                "answer": (dims[:1], answer),
            },
            {"statistic": list(self.of), "emotion": list(self.labels)},
        )

    def _checked(self, descriptors: Any) -> Array:
        return _descriptors(descriptors, self.weight.shape[1])


def fit_svm(
    descriptors: npt.ArrayLike | torch.Tensor,
    label: npt.ArrayLike | torch.Tensor,
    *,
    labels: LabelSet = LABEL_SETS["FER2013"],
    of: Sequence[str] = STATISTICS,
    cost: float = 1.1,
    seed: int = 0,
) -> ClipSVM:
    """Fit scikit-learn's ``LinearSVC``, each label against all the others.

    Parameters
    ----------
    descriptors : array (N, S · D)
        Of the training clips: see `ferviz.models.descriptor.descriptor`.
    label : whole numbers (N,)
        Their places in ``labels``.
    of : sequence of str
        The statistics that the descriptors are made of, in order.
    cost : float
        C, which errors are multiplied by: 1.1 in the author's code for AFEW.
    seed : int
        Of the solver's order.

    Raises
    ------
    TypeError, ValueError
        For descriptors that are no finite numbers (N, S · D), other labels than one a clip, or fewer than two of them.
    """
    names = check_statistics(of)
    values = _descriptors(descriptors)
    if values.shape[1] % len(names):
        fits = f"as many numbers of each of {len(names)} statistics"
        raise ValueError(f"descriptors must have {fits}; got {values.shape}")
    places = np.asarray(label)
    if places.dtype.kind not in "iu":
        raise TypeError(f"label must be whole numbers, places in {labels.name}; got {places.dtype}")
    if places.shape != (len(values),) or not ((places >= 0) & (places < len(labels))).all():
        fits = f"({len(values)},), one a clip, from 0 to {len(labels) - 1}"
        raise ValueError(f"label must be places {fits}; got shape {places.shape}, {places.min()} to {places.max()}")
    there = np.unique(places)
    if len(there) < 2:
        raise ValueError(f"label must be of two labels at least; got {labels[int(there[0])]} alone")
    cost = number("cost", cost, "above 0", lambda value: value > 0)
    known = LinearSVC(C=cost, random_state=arguments.seed(seed), max_iter=10_000).fit(values, places)
    weight, bias = known.coef_.astype(np.float64), known.intercept_.astype(np.float64)
    if len(there) == 2:  # one decision stands for both: against the first, for the second
        weight, bias = np.concatenate([-weight, weight]), np.concatenate([-bias, bias])
    return ClipSVM(weight, bias, tuple(str(labels[int(place)]) for place in there), tuple(names))


def clip_descriptor(
    model: Model, clip: Clip, of: Sequence[str] = STATISTICS, quantity: str = "feature", **about: Any
) -> torch.Tensor:
    """The descriptor (1, S · D) of one clip of faces, without its frames in gaps.

    Parameters
    ----------
    model : Model
        That names a vector for each frame.
    clip : Clip
    of : sequence of str
        See `ferviz.models.descriptor.descriptor`.
    quantity : str
        The vector's name.
    **about
        What the model is told of the clip, as in `ferviz.observe`.

    Raises
    ------
    TypeError, ValueError
        For what is no clip, a clip without a usable frame, or a quantity that is no vector of a frame.
    """
    check_clip(clip)
    names, usable = check_statistics(of), clip.usable("frames")
    if not usable.any():
        why = ", ".join(dict.fromkeys(gap.reason for gap in clip.gaps if gap.stream == "frames")) or "it has none"
        raise ValueError(f"clip must have a frame that can be used: statistics of nothing are not defined ({why})")
    seen = observe(model, clip, **about)
    vectors = [str(name) for name, value in seen.data_vars.items() if value.dims[:1] == ("frame",) and value.ndim == 2]
    if quantity not in vectors:
        raise ValueError(f"quantity must be a vector of each frame ({', '.join(vectors) or 'none'}); got {quantity!r}")
    return descriptor(torch.from_numpy(seen[quantity].values)[None], torch.from_numpy(usable)[None], names)


def _descriptors(given: Any, length: int | None = None) -> Array:
    """Descriptors as numbers (N, L). Raises TypeError or ValueError for others."""
    values = array("descriptors", given.detach().cpu().numpy() if isinstance(given, torch.Tensor) else given)
    if values.ndim != 2 or not len(values) or (length is not None and values.shape[1] != length):
        fits = "(clips, numbers)" if length is None else f"(clips, {length})"
        raise ValueError(f"descriptors must have shape {fits}, one clip at least; got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("descriptors must be finite; got NaN or infinity")
    return values
