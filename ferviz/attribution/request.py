"""What was asked: a model, a clip, a target and a level, as the calls that a method needs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any, Literal

import numpy as np
import torch

from ferviz import asking
from ferviz.attribution.baselines import NOTHING, Baseline, baseline_clip
from ferviz.attribution.forward_call import ForwardCall
from ferviz.attribution.net import Net, Target
from ferviz.attribution.rows import Rows, rows_of_inputs, rows_of_vectors
from ferviz.clip import Clip
from ferviz.emotions import Emotion
from ferviz.intervene import is_replaced
from ferviz.models.declaration import Items, Stream

__all__ = ["Level", "Request"]

Level = Literal["pixels", "items", "frames"]


class Request:
    """One model on one clip: what is attributed to, the place of the target, and the calls that a method needs.

    Parameters
    ----------
    net, clip, target, against, level, axis, to, frame
        As `ferviz.attribution.attribute` takes them.
    baselines : sequence
        What the clip is held against; None for the stream's own (`NOTHING`).
    about : mapping
        What the model is told of the clip.

    Attributes
    ----------
    axis, items
        The item axis that is asked for (None for pixels), and what is declared of it.
    vectors : bool
        Whether the items' vectors are attributed to, not the input.
    rows : Rows
        The form of what is attributed to: ``x`` (1, N, …), of which ``usable`` (N,) says what lies in no gap.
    """

    def __init__(
        self,
        net: Net,
        clip: Clip,
        target: Target | None,
        against: Emotion | str | None,
        *,
        level: Level,
        axis: str | None,
        to: str | None,
        frame: int | None,
        baselines: Sequence[Baseline | None],
        about: Mapping[str, Any],
    ) -> None:
        self.net, self.clip, self.level, self.frame, self.about = net, clip, level, frame, about
        self.axis, self.items = self._along(axis)
        self.vectors = self.items is not None and self.items.vectors is not None and to is None
        of = None if self.items is None else self.items.of
        self.shown = net.shown(of, of) if self.vectors else net.shown(to, of)
        self.inputs = net.read(clip, about)
        self.rest = tuple(tensor for place, tensor in enumerate(self.inputs) if place not in self.shown)
        self._check_replaced()
        self.rows = self._rows()
        self._check_axes()
        bare = tuple(tensor[0] for tensor in self.inputs) if net.per_frame else self.inputs
        gap = asking.without(asking.masks(net.model, clip, bare), self.rows.dims, self.rows.shape)
        self.usable = ~gap.reshape(-1)
        self.x = self.rows.form([self._features] if self.vectors else [self.inputs[place] for place in self.shown])
        stream = net.model.takes[self.shown[0]].stream or "frames"
        self.baselines = [NOTHING[stream] if baseline is None else baseline for baseline in baselines]
        self.bases = [self._held_against(baseline, stream) for baseline in self.baselines]
        self.target = net.target(target, len(clip), lambda: self._run[0])
        self.against = None if against is None else net.place(against, "against")
        if self.against is not None and target is not None and self.against == net.place(str(target)):
            raise ValueError(f"against must be another label than the target; got {str(against)!r:.200} for both")
        if self.against is not None and target is None:
            self._check_against(str(against))

    def labels(self) -> str | list[str]:
        """The target by name; one a frame for a model of single frames, "" in gaps."""
        names = self.net.labels or (self.net.head,)
        if isinstance(self.target, int):
            return names[self.target]
        places = zip(self.target.tolist(), self.clip.usable("frames"), strict=True)
        return [names[place] if usable else "" for place, usable in places]

    def calls(self, method: str) -> list[ForwardCall]:
        """One call, or one a frame where what happens in other frames need not be run with it."""
        if self.vectors and self.net.per_frame:
            return [self._alone(frame) for frame in self._frames()]
        # a layer of a net that cannot run one frame's part alone has the maps of all frames
        if self.frame is not None and (method != "grad_cam" or self.net.per_frame or self._held is not None):
            return [self._within(self.frame)]
        apart = self.level == "pixels" or (self.net.per_frame and self.rows.count > len(self.clip))
        if method == "occlusion" and self.rows.in_frames and not self.vectors and apart:
            return [self._within(frame) for frame in self._frames()]
        cost = 1 if self.vectors else self._pictures
        call = self._call(self._answer(self.rows.shape), self.x, self._base(), cost=cost)
        if method == "grad_cam" and not self.vectors:
            call.small = self._small(next(iter(self._frames()), 0))
        return [call]

    def _along(self, axis: str | None) -> tuple[str | None, Items | None]:
        if self.level == "pixels":
            if axis is not None:
                raise ValueError(f"axis must be None where level is 'pixels'; got {axis!r:.200}")
            return None, None
        if self.level == "frames" and axis not in (None, "frame"):
            raise ValueError(f"axis must be 'frame' where level is 'frames'; got {axis!r:.200}")
        items = self.net.items("frame" if self.level == "frames" else axis)
        return ("frame" if items is None else items.axis), items

    def _check_replaced(self) -> None:
        if self.vectors and self.items is not None and self.items.vectors is not None:
            quantity = self.items.vectors.quantity
            if is_replaced(self.net.named[quantity]):
                what = f"level {self.level!r} attributes to {quantity}"
                raise ValueError(f"{what}, which an intervene replaces: its attribution is 0")

    def _check_axes(self) -> None:
        name = self.net.model.takes[self.shown[0]].name
        if self.frame is not None and not self.rows.in_frames:
            raise ValueError(f"frame must be None: input {name} has no frames; got {self.frame}")
        if self.axis is not None and self.axis not in self.rows.dims:
            raise ValueError(f"axis must be one of input {name} ({', '.join(self.rows.dims)}); got {self.axis!r:.200}")

    def _check_against(self, label: str) -> None:
        """Refuse to hold an answer of the model's against itself: the difference of a logit and itself is 0."""
        what = f"against must be another label than the model's answer, {label!r}"
        if isinstance(self.target, int):
            if self.target == self.against:
                raise ValueError(f"{what}: name a target")
            return
        asked = self.clip.usable("frames") if self.frame is None else np.arange(len(self.clip)) == self.frame
        same = np.flatnonzero((self.target.numpy() == self.against) & asked).tolist()
        if same:
            frames = f"frame{'s' * (len(same) > 1)} {', '.join(map(str, same[:5]))}{' …' * (len(same) > 5)}"
            raise ValueError(f"{what} to {frames}: name a target")

    def _rows(self) -> Rows:
        if not self.vectors:
            return rows_of_inputs(self.net.model, self.inputs, self.shown)
        assert self.items is not None
        assert self.items.vectors is not None
        dims = self.net.named[self.items.vectors.quantity].dims[:-1]
        return rows_of_vectors(self.net.model, dims, self._features, self.shown[0])

    @cached_property
    def _run(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        return self.net.run(self.inputs, self.items if self.vectors else self._held)

    @property
    def _features(self) -> torch.Tensor:
        """The vectors (1, …, D) of the items that are attributed to, or held."""
        assert self._run[1] is not None
        return self._run[1]

    @cached_property
    def _held(self) -> Items | None:
        """Frames whose vectors can be held while the pixels of one of them change."""
        of = self.net.model.takes[self.shown[0]]
        for each in self.net.model.items if not self.net.per_frame else ():
            vectors = each.vectors
            if each.axis == "frame" and vectors is not None and vectors.encode and each.of == of.name:
                alone = self.net.named[vectors.quantity].dims[:-1] == ("frame",) == self.rows.dims
                return each if alone and len(self.shown) == 1 and self.rows.channelled else None
        return None

    @property
    def _pictures(self) -> int:
        """How many rows go through the model for one item of a batch: of the input that has most."""
        axes = {each.axis for each in self.net.model.items}
        lead = len(self.clip) if self.net.per_frame else 1
        return lead * max(
            prod(tensor.shape[1 + self.net.per_frame + place] for place, axis in enumerate(each.axes) if axis in axes)
            for each, tensor in zip(self.net.model.takes, self.inputs, strict=True)
        )

    def _frames(self) -> list[int]:
        """The frames of which some row can be used."""
        usable = self.usable.reshape(len(self.clip), -1).any(1) if self.rows.in_frames else np.zeros(0)
        return np.flatnonzero(usable).tolist()

    def _held_against(self, baseline: Baseline, stream: Stream) -> torch.Tensor:
        if self.vectors and isinstance(baseline, str) and baseline == "zero":
            return torch.zeros_like(self.x)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what prepare had to say of the clip, it has said
            other = self.net.read(baseline_clip(self.clip, baseline, stream), self.about)
        if not self.vectors:
            return self.rows.form([other[place] for place in self.shown])
        mixed = [other[place] if place in self.shown else mine for place, mine in enumerate(self.inputs)]
        vectors = self.net.run(mixed, self.items)[1]
        assert vectors is not None
        return self.rows.form([vectors])

    def _base(self) -> torch.Tensor | None:
        return torch.cat(self.bases) if self.bases else None

    def _answer(self, shape: tuple[int, ...]) -> Callable[..., torch.Tensor]:
        """From rows of this shape, and the inputs that stay, to logits."""
        items = self.items if self.vectors else None

        def run(x: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
            inputs = self.rows.inputs(x, rest, shape)
            return self.net.logits(*inputs) if items is None else self.net.pool(items, inputs)

        return run

    def _call(
        self, run: Callable[..., torch.Tensor], x: torch.Tensor, base: torch.Tensor | None, *, cost: int, **changed: Any
    ) -> ForwardCall:
        target = changed.pop("target", self.target)

        def pick(logits: torch.Tensor) -> torch.Tensor:
            picked = self.net.picked(logits, target)
            return picked if self.against is None else picked - logits[..., self.against]

        more = {"rest": self.rest, "rows": range(self.rows.count), "frames": range(len(self.clip))} | changed
        whole = self.level != "pixels"
        return ForwardCall(run, pick, x, base, cost=cost, channels=self.rows.channels, whole_rows=whole, **more)

    def _alone(self, frame: int) -> ForwardCall:
        """The rows of one frame that has an answer of its own."""
        rows, here, base = self.rows.of_frame(frame), slice(frame, frame + 1), self._base()
        assert isinstance(self.target, torch.Tensor)
        return self._call(
            self._answer((1, *self.rows.shape[1:])),
            self.x[:, rows.start : rows.stop],
            None if base is None else base[:, rows.start : rows.stop],
            cost=1 if self.vectors else len(rows),
            target=self.target[here],
            rest=tuple(each[:, here] for each in self.rest),
            rows=rows,
            frames=[frame],
        )

    def _within(self, frame: int) -> ForwardCall:
        """The pixels of one frame, while all others stay; where the model pools vectors, theirs are not run again."""
        if self.net.per_frame:
            return self._alone(frame)
        rows, base, held = self.rows.of_frame(frame), self._base(), self._held
        here = slice(rows.start, rows.stop)
        own = self.x if held is None else self._features
        vectors = rows_of_vectors(self.net.model, ("frame",), own, self.shown[0])

        def among(x: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
            new = x if held is None else self.net.encode(held, x[:, 0])[:, None]
            all_of = own.expand(len(new), *own.shape[1:])
            items = torch.cat([all_of[:, : here.start], new, all_of[:, here.stop :]], 1)
            if held is None:
                return self._answer(self.rows.shape)(items, *rest)
            return self.net.pool(held, vectors.inputs(items, rest, vectors.shape))

        cost = self._pictures if held is None else 1
        return self._call(among, self.x[:, here], None if base is None else base[:, here], cost=cost, rows=rows)

    def _small(self, frame: int) -> ForwardCall | None:
        """One frame on its way to the answer, only to see which layers it passes."""
        held = self._held
        if self.net.per_frame:
            return self._alone(frame)
        if held is None:
            return None
        call = self._call(lambda x: self.net.encode(held, x[:, 0]), self.x[:, frame : frame + 1], None, cost=1, rest=())
        call.pick = lambda answer: answer
        return call
