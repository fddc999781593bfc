"""Maps over one frame side by side: what a method shows, what is true, and what knows nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ferviz.plots.colours import INK
from ferviz.plots.figure import Figure, heat, subplots

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
    figure, made = subplots(1, len(shares) + 1, size=(1.95 * (len(shares) + 1) + 0.8, 2.6))
    axes = list(made)
    axes[0].imshow(picture, interpolation="nearest")
    axes[0].set_title("the frame\n", fontsize=9, color=INK)
    for (name, share), ax in zip(shares.items(), axes[1:]):
        drawn = heat(ax, share, limit=limit, signed=False)
        ax.set_title(f"{name}\n{(words or {}).get(name, '')}", fontsize=9, color=INK)
    for ax in axes:
        ax.set_axis_off()
    bar = figure.colorbar(drawn, ax=axes, shrink=0.7, label="share of the map")
    bar.ax.tick_params(labelsize=7, colors=INK)
    if title:
        figure.suptitle(title, fontsize=11, color=INK, x=0.02, ha="left")
    told = [_say(name, share, words or {}) for name, share in shares.items()]
    figure.alt = f"Maps over one frame. {'; '.join(told)}."
    return figure


def _say(name: str, share: npt.NDArray[np.float64], words: Mapping[str, str]) -> str:
    y, x = np.unravel_index(int(share.argmax()), share.shape)
    where = f"most {x / share.shape[1]:.0%} across and {y / share.shape[0]:.0%} down"
    where = where if share.any() else "nothing positive"
    return f"{name}: {where}" + (f" ({words[name]})" if words.get(name) else "")
