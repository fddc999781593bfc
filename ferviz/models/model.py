"""What every model of ferviz has in common: labels, the crop it was trained on, and how a clip becomes its input.

There is one way in: ``pictures(clip)`` cuts and stacks, ``inputs(raw)`` makes of that what ``forward`` takes. `prepare`
is the two in a row; training calls the same ``inputs`` on what its sets hold, after it has varied that.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any, Literal, NoReturn

import torch
from torch import nn
from torch.nn import functional

from ferviz.clip import Clip, Crop, check_clip
from ferviz.models.declaration import Input, Items
from ferviz.models.probe import probes
from ferviz.shown import table

__all__ = ["Model", "gray", "imagenet", "on_items", "once", "resize"]

_MOST = 12  # labels that are named one by one
Raw = torch.Tensor | tuple[torch.Tensor, ...]


def _unsaid(self: Model, *given: Any, **told: Any) -> NoReturn:
    raise NotImplementedError(f"{type(self).__name__} must say how a clip becomes its input: pictures and inputs")


class Model(nn.Module):
    """A network that says what its numbers mean.

    Attributes
    ----------
    labels : LabelSet, or mapping of head to labels
        The meaning of the output axis. A model with several heads returns a dict from ``forward`` and gives a mapping
        here; a head that is one plain number has the label None.
    crop : Crop
        How the faces were cut that the model was trained on; a network that takes any picture has none.
    synthetic_heads : tuple of str
        Heads that learned the parameters of the generator of synthetic faces, such as an age. Of a clip that no
        generator made (``clip.truth`` knows no person) they say nothing: they are left out of observations, and
        refused by whatever asks for a head.
    takes, items : tuple of Input, tuple of Items
        What ``forward`` takes, and what that is made of; see `ferviz.models.declaration`. One picture a frame, each
        answered by itself, unless declared.
    pictures : method of a clip, and of what is told about it → tensor or tensors
        What a model is made to look at, cut and stacked but not yet scaled: numbers from 0 to 255 of the network's
        size, masks, sound. All that a model can be told about one clip (``boxes=``) is an argument of it.
    inputs : method of raw tensors → tensors
        What ``forward`` takes, in its order, from what `pictures` gives, or from a batch of such.

    Examples
    --------
    A network of your own passes what shall be read or moved through a `Probe`:

    >>> from ferviz.models import Probe
    >>> class Mine(Model):
    ...     labels = ("happiness", "other")
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.body, self.head = nn.Conv2d(1, 4, 3), nn.Linear(4, 2)
    ...         self.vector = Probe("channel", symbol="x", meaning="the mean of the last layer")
    ...     def forward(self, face):
    ...         return self.head(self.vector(self.body(face).mean((2, 3))))
    ...     def pictures(self, clip):
    ...         return resize(gray(torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float()), 48)
    ...     def inputs(self, face):
    ...         return (face.float() / 127.5 - 1,)
    >>> import ferviz
    >>> ferviz.observe(Mine().eval(), ferviz.sample("happiness-still"))["vector"].dims
    ('frame', 'channel')
    """

    labels: Iterable[str] | Mapping[str, Iterable[str] | None]
    crop: Crop
    synthetic_heads: tuple[str, ...] = ()
    takes: tuple[Input, ...] = (Input("face", ("channel", "y", "x")),)
    items: tuple[Items, ...] = ()
    pictures: Callable[..., Raw] = _unsaid
    inputs: Callable[..., tuple[torch.Tensor, ...]] = _unsaid

    def prepare(self, clip: Clip, **about: Any) -> tuple[torch.Tensor, ...]:
        """The tensors that ``forward`` takes, in its order, from a clip of faces. Never detects a face.

        ``about`` is what `pictures` can be told of the clip.

        Raises
        ------
        TypeError
            For what is no clip.
        ValueError
            For a clip without the frames or the sound that the model needs.
        """
        check_clip(clip)
        needed = {each.stream for each in self.takes if not each.optional}
        if "frames" in needed or (len(clip) and any(each.stream == "frames" for each in self.takes)):
            self.check_faces(clip)
        if "audio" in needed and clip.audio is None:
            raise ValueError(f"{type(self).__name__} needs sound; the clip {clip.source!r} has none")
        raw = self.pictures(clip, **about)
        return self.inputs(*raw) if isinstance(raw, tuple) else self.inputs(raw)

    @property
    def leading(self) -> Literal["frame", "clip"]:
        """What the batch counts: the frames of a clip, each on its own, or whole clips."""
        alone = any(each.stream == "frames" and "frame" not in each.axes for each in self.takes)
        return "frame" if alone else "clip"

    def heads(self) -> dict[str, tuple[str, ...] | None]:
        """Head → the labels along its output axis (None for a plain number), in order."""
        named = self.labels if isinstance(self.labels, Mapping) else {"emotion": self.labels}
        return {head: None if labels is None else tuple(map(str, labels)) for head, labels in named.items()}

    def silent(self, clip: Clip) -> tuple[str, ...]:
        """The heads that say nothing of a clip: those of a generator's parameters, where it made no person of it."""
        made = clip.truth is not None and clip.truth.person
        return () if made else tuple(self.synthetic_heads)

    def silence(self, heads: Iterable[str]) -> str:
        """Why these heads say nothing of a clip, in words."""
        learned = f"{', '.join(heads)} of {type(self).__name__} learned a generator's parameters"
        return f"{learned}: nothing is said of a face that no generator made (the clip has no truth)"

    def __repr__(self) -> str:
        """What it takes, gives and names, a line each; ``torch.nn.Module.__repr__(model)`` lists its layers."""
        named = (f"  {path} {one.symbol} ({', '.join(one.dims)})" for path, one in probes(self).items())
        return "\n".join((self._sentence(), *named))

    def _repr_html_(self) -> str:
        rows = ((path, o.symbol, ", ".join(o.dims), o.equation, o.meaning) for path, o in probes(self).items())
        columns = ("named quantity", "symbol", "axes", "where", "what it is")
        named = table(columns, rows, f"Named quantities of {type(self).__name__}") if probes(self) else ""
        return f"<p>{escape(self._sentence())}</p>{named}"

    def _sentence(self) -> str:
        takes = ", ".join(f"{one.name} ({', '.join(one.axes)})" for one in self.takes)
        gives = "; ".join(
            f"{head}: a number" if labels is None else f"{head}: {_listed(labels)}"
            for head, labels in self.heads().items()
        )
        if self.synthetic_heads:
            gives += f" (of synthetic faces alone: {', '.join(self.synthetic_heads)})"
        crop = getattr(self, "crop", None)
        cut = "" if crop is None else f", cut with margin {crop.margin:g} and align {crop.align!r}"
        millions = sum(one.numel() for one in self.parameters()) / 1e6
        return f"{type(self).__name__}: {millions:.2f} million parameters; takes {takes}{cut}; gives {gives}"

    def check_faces(self, clip: Clip) -> None:
        """Raise ValueError for a clip without frames; warn when its faces were not cut out, or cut in another way."""
        if not len(clip):
            raise ValueError(f"{type(self).__name__} needs frames; the clip {clip.source!r} has sound only")
        had, own = clip.crop, getattr(self, "crop", None)
        if own is None:
            return  # a network that takes any picture
        if had is not None and (had.margin, had.align) == (own.margin, own.align):
            return
        what = "has no crop record" if had is None else f"was cut with margin {had.margin} and align {had.align!r}"
        warnings.warn(
            f"the clip {clip.source!r} {what}: {type(self).__name__} expects faces cut out by "
            f"ferviz.find_faces(clip, size={own.size}, margin={own.margin}, align={own.align!r})",
            stacklevel=3,
        )


def _listed(labels: tuple[str, ...]) -> str:
    """Labels for people to read: of very many the first and the last."""
    return ", ".join(labels) if len(labels) <= _MOST else f"{labels[0]} to {labels[-1]} ({len(labels)} labels)"


def on_items(net: nn.Module, items: torch.Tensor) -> torch.Tensor:
    """Run ``net`` once on all items of all clips: (B, N, …) → fold to (B·N, …) → ``net`` → unfold to (B, N, …)."""
    batch, count = items.shape[:2]
    return net(items.flatten(0, 1)).unflatten(0, (batch, count))


def once(backbone: Callable[..., torch.Tensor], *inputs: torch.Tensor) -> torch.Tensor:
    """What a backbone makes of a batch; of one clip that was expanded to a batch (B, …), it is made once and expanded.

    So where items of one stream are taken away, each in a copy of the clip, the other stream is not computed anew.
    """
    if any(each.stride(0) for each in inputs):
        return backbone(*inputs)
    made = backbone(*(each[:1] for each in inputs))
    return made.expand(len(inputs[0]), *made.shape[1:])


def gray(pictures: torch.Tensor) -> torch.Tensor:
    """Colour pictures (N, 3, H, W) → gray (N, 1, H, W), by the weights of ITU-R BT.601."""
    return (pictures * pictures.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)


def imagenet(pictures: torch.Tensor) -> torch.Tensor:
    """Colours (N, 3, H, W) of 0 to 255, less their means in ImageNet and divided by their deviations there."""
    mean, deviation = (pictures.new_tensor(c)[:, None, None] for c in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    return (pictures / 255 - mean) / deviation


def resize(pictures: torch.Tensor, side: int) -> torch.Tensor:
    """Pictures (N, C, H, W) as (N, C, side, side), bilinear, smoothed first where they shrink."""
    if pictures.shape[-2:] == (side, side):
        return pictures
    return functional.interpolate(pictures, (side, side), mode="bilinear", antialias=True)
