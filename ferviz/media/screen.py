"""From a decoded picture of a film or photo to upright sRGB pixels of the wished size."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorPrimaries, ColorTrc, VideoReformatter

from ferviz.media.container import FILM_ERRORS
from ferviz.media.source import ClipError

if TYPE_CHECKING:
    from av.sidedata.sidedata import SideData
    from av.video.frame import VideoFrame

__all__ = ["Screen", "is_wide"]

_HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)  # PQ and HLG
_WIDE = (ColorPrimaries.BT2020, ColorPrimaries.SMPTE431, ColorPrimaries.SMPTE432)  # P3 twice


def is_wide(primaries: int, curve: int) -> bool:
    """Whether colours, by their numbers in ITU-T H.273, are brighter or more vivid than sRGB holds."""
    return curve in _HDR or primaries in _WIDE


class Screen:
    """How the pictures of one film are shown: all of one size, upright, in sRGB.

    ``width`` and ``height`` are those of the picture before it is turned upright.
    """

    def __init__(
        self, name: str, width: int, height: int, *, upright: tuple[bool, bool, bool] | None = None
    ) -> None:
        self.name, self.width, self.height = name, width, height
        self.colours = VideoReformatter()  # one for all frames: its tables for wide colours take seconds to make
        self.upright = upright
        self.deep = False

    def pixels(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        """A decoded picture, upright, as (H, W, 3)."""
        if self.upright is None:  # a phone held upright films sideways and says so; the first picture speaks for all
            self.upright = _upright(frame)
        self.deep = max((part.bits for part in frame.format.components), default=8) >= 16
        small = self._rgb(frame)
        transposed, left_right, up_down = self.upright
        turned = small.transpose(1, 0, 2) if transposed else small
        return np.ascontiguousarray(turned[:: -1 if up_down else 1, :: -1 if left_right else 1])

    def _rgb(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        """The pixels as they are stored, in sRGB. HLG and PQ are tone mapped, wide colours narrowed."""
        hdr = frame.color_trc in _HDR
        if hdr and frame.color_primaries == ColorPrimaries.UNSPECIFIED:
            frame.color_primaries = ColorPrimaries.BT2020  # BT.2100, which defines both, knows no other
        wanted = {}
        if is_wide(frame.color_primaries, frame.color_trc):
            # SDR keeps its curve: films of BT.709 are shown as they are everywhere
            curve = ColorTrc.IEC61966_2_1 if hdr or frame.color_trc == ColorTrc.UNSPECIFIED else frame.color_trc
            wanted = {"dst_color_trc": curve, "dst_color_primaries": ColorPrimaries.BT709}
        try:
            shown = self.colours.reformat(
                frame, self.width, self.height, format="rgb24", interpolation="AREA", **wanted
            )
            return cast("npt.NDArray[np.uint8]", shown.to_ndarray())
        except FILM_ERRORS as error:
            raise ClipError(f"{self.name}: its colours ({frame.format.name}) are not understood") from error


def _upright(frame: VideoFrame) -> tuple[bool, bool, bool]:
    """Whether rows and columns change places, then left and right, then up and down, by the display matrix.

    The matrix takes a stored place (x, y) to a shown one (a x + c y, b x + d y), y down; tilts are rounded to the
    nearest of the eight ways in which a picture can lie (ISO/IEC 14496-12, 6.2.2).
    """
    stored = cast("SideData | None", frame.side_data.get("DISPLAYMATRIX"))
    if stored is None or stored.buffer_size != 36:
        return False, False, False
    a, b, _, c, d = np.frombuffer(bytes(stored), np.int32)[:5].tolist()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return False, a < 0, d < 0
    return True, c < 0, b < 0
