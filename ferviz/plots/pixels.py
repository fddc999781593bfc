"""Maps over one frame side by side: what a method shows, what is true, and what knows nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ferviz.plots.colours import INK
from ferviz.plots.figure import TEXT, Figure, grid, headline, heat, scale

__all__ = ["maps_beside"]


def maps_beside(
    picture: npt.NDArray[np.uint8],
    maps: Mapping[str, npt.ArrayLike],
    words: Mapping[str, str] | None = None,
    *,
    title: str = "",
) -> Figure:
    """A frame, and beside it the positive part of each map (H, W), as shares of its own sum.

    All maps share one scale, which ends at the largest share of any: what is compared is where their mass lies. A map
    that hardly differs anywhere is labelled flat.

    Parameters
    ----------
    picture : uint8 array (H, W, 3)
    maps : mapping of name to array (H, W)
    words : mapping of name to str, optional
        A line below a map's name.

    Raises
    ------
    ValueError
        For no maps, or one of another size than the picture.
    """
    if not maps:
        raise ValueError("maps must name at least one; got none")
    shares = {}
    for name, given in maps.items():
        array = np.asarray(given, float)
        if array.shape != picture.shape[:2]:
            raise ValueError(f"maps[{name!r}] must have shape {picture.shape[:2]}, as the picture; got {array.shape}")
        positive = np.clip(np.nan_to_num(array), 0, None)
        shares[name] = positive / (positive.sum() or 1.0)
    limit = max(float(share.max()) for share in shares.values()) or 1.0
    figure, axes = grid(len(shares) + 1, side=(2.05, 2.6), room=0.9)
    axes[0].imshow(picture, interpolation="none")
    axes[0].set_title("the frame\n", fontsize=TEXT, color=INK)
    for (name, share), ax in zip(shares.items(), axes[1:]):
        drawn = heat(ax, share, limit=limit, signed=False)
        ax.set_title(f"{name}\n{(words or {}).get(name, '')}", fontsize=TEXT, color=INK)
    for ax in axes:
        ax.set_axis_off()
    scale(drawn, axes, "share of the map", shrink=0.7)
    headline(figure, title)
    told = [_say(name, share, words or {}) for name, share in shares.items()]
    figure.alt = f"Maps over one frame. {'; '.join(told)}."
    return figure


def _say(name: str, share: npt.NDArray[np.float64], words: Mapping[str, str]) -> str:
    y, x = np.unravel_index(int(share.argmax()), share.shape)
    where = f"most {x / share.shape[1]:.0%} across and {y / share.shape[0]:.0%} down"
    where = where if share.any() else "nothing positive"
    return f"{name}: {where}" + (f" ({words[name]})" if words.get(name) else "")
