"""The linear machine of the explorer *Statistics*: one that is given, or one fitted on the bundled clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from ferviz.clip import Clip
from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.explorers.shared.film import choices
from ferviz.explorers.shared.words import called, counted
from ferviz.gallery import sample
from ferviz.learning.clip_svm import ClipSVM, clip_descriptor, fit_svm
from ferviz.models import load_model
from ferviz.models.descriptor import STATISTICS
from ferviz.models.model import Model
from ferviz.models.zoo import MODELS
from ferviz.observe import observe
from ferviz.reading import quantities

__all__ = ["QUANTITY", "Machine", "check_machine", "features_of", "open_network"]

QUANTITY = "feature"
"""The vector of a frame that statistics are taken of."""
_KNOWN = LABEL_SETS["FER2013"]


@dataclass(eq=False)
class Machine:
    """The linear machine that answers for a clip: the given one, or one fitted on the bundled clips of other people
    than the clip's; each is fitted once."""

    model: Model
    given: ClipSVM | None = None

    def __post_init__(self) -> None:
        self._descriptors: dict[str, tuple[torch.Tensor, Emotion, str]] = {}
        self._fitted: dict[str, tuple[ClipSVM, str]] = {}

    def answering(self, clip: Clip) -> tuple[ClipSVM, str]:
        """The machine for a clip, and what it was fitted on, in words."""
        if self.given is not None:
            return self.given, "The linear machine was given."
        person = _who(clip)
        if person not in self._fitted:
            self._fitted[person] = self._fit(person)
        return self._fitted[person]

    def _fit(self, person: str) -> tuple[ClipSVM, str]:
        kept = [one for one in self._bundled().values() if not person or one[2] != person]
        labels = [_KNOWN.index(emotion) for _, emotion, _ in kept]
        svm = fit_svm(torch.cat([descriptor for descriptor, _, _ in kept]), labels, labels=_KNOWN)
        without = " of other people" if person else ""
        told = f"fitted on {counted(len(kept), 'bundled clip')}{without}"
        return svm, f"The linear machine was {told}: to see how it decides, not to be trusted."

    def _bundled(self) -> Mapping[str, tuple[torch.Tensor, Emotion, str]]:
        """Descriptor, label and person of every bundled synthetic clip whose face shows a label that is known."""
        if not self._descriptors:
            for name in choices():
                clip = sample(name)
                if clip.truth is None:
                    continue
                emotion = Emotion(str(clip.labels.get("face", clip.labels["emotion"])))
                if emotion in _KNOWN:
                    self._descriptors[name] = clip_descriptor(self.model, clip), emotion, _who(clip)
        return self._descriptors


def _who(clip: Clip) -> str:
    """Something to know a synthetic person by; "" for anybody else."""
    return "" if clip.truth is None else repr(clip.truth.person.get("shape", ""))


def open_network(given: object) -> Model:
    """A network that makes a vector of each frame, in evaluation mode, by its name or as it is.

    Raises
    ------
    TypeError, ValueError
        For what is no `Model`, reads whole clips, or does not name the quantity; for one of the zoo that this copy of
        ferviz does not have.
    """
    if given == "mtl" and given not in MODELS:
        say = "is not trained in this copy of ferviz; give a network of your own, such as MultiTask(Config.compact())"
        raise ValueError(f"model must be a network that is there: {given!r} {say}")
    with called("model", within="name"):
        model = load_model(given) if isinstance(given, str) else given
    if not isinstance(model, Model):
        raise TypeError(f"model must be a ferviz Model or the name of one; got {type(model).__name__}")
    named = quantities(model)
    if model.leading != "frame" or QUANTITY not in named or named[QUANTITY].dims != ("channel",):
        names = ", ".join(named) or "none"
        fits = f"read each face by itself, and name the quantity {QUANTITY} (channel,)"
        raise ValueError(f"model must {fits}; the quantities of {type(model).__name__}: {names}")
    return model.eval()


def check_machine(given: object, width: int) -> ClipSVM | None:
    """A machine that fits descriptors of vectors (D,); None for none. Raises TypeError or ValueError for another."""
    if given is None:
        return None
    if not isinstance(given, ClipSVM):
        fits = "a ClipSVM (ferviz.learning.clip_svm.fit_svm makes one)"
        raise TypeError(f"svm must be {fits}; got {type(given).__name__}")
    if given.of != STATISTICS or given.weight.shape[1] != len(STATISTICS) * width:
        fits = f"{', '.join(STATISTICS)} of {width} numbers"
        raise ValueError(f"svm must be fitted on {fits}; got {', '.join(given.of)}, {given.weight.shape[1]} in all")
    return given


def features_of(model: Model, faces: Clip) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The vectors of a clip's frames (T, D), NaN in gaps. Whether its faces fit, `faces_of` has said."""
    known = replace(faces, crop=getattr(model, "crop", faces.crop))
    return np.asarray(observe(model, known)[QUANTITY].values, np.float32)
