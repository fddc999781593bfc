"""Whether a network fits an explorer, in words."""

from __future__ import annotations

from ferviz.models.model import Model
from ferviz.models.zoo import MODELS
from ferviz.reading import quantities

__all__ = ["check_reader", "emotions_of"]


def check_reader(model: object, *, quantity: str = "") -> Model:
    """A network that reads each face by itself, and names ``quantity``, a map of each emotion.

    Parameters
    ----------
    model : Model
    quantity : str
        With the dimensions emotion, y and x; "" asks for none.

    Raises
    ------
    TypeError
        For what is no `Model`.
    ValueError
        Without a head "emotion" with labels, for a network of whole clips, or without the quantity.
    """
    if not isinstance(model, Model):
        fits = f"a ferviz Model or the name of one ({', '.join(MODELS)})"
        raise TypeError(f"model must be {fits}; got {type(model).__name__}")
    kind = type(model).__name__
    heads = model.heads() if hasattr(model, "labels") else {}
    labels = heads.get("emotion")
    if not labels:
        raise ValueError(f"model must have a head 'emotion' with labels; {kind} has {', '.join(heads) or 'no head'}")
    if model.leading != "frame":
        raise ValueError(f"model must read each face by itself, as mini-xception does; {kind} reads whole clips")
    named = quantities(model)
    if quantity and (quantity not in named or named[quantity].dims != ("emotion", "y", "x")):
        names = ", ".join(named) or "none"
        raise ValueError(f"model must name the quantity {quantity} (emotion, y, x); the quantities of {kind}: {names}")
    return model


def emotions_of(model: Model) -> tuple[str, ...]:
    """The labels of the head "emotion", whatever other heads the model has."""
    return model.heads()["emotion"] or ()
