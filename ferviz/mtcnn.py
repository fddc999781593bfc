"""MTCNN: a face detector of three small networks in a row, each looking closer at what the one before let through.

Zhang, Zhang, Li and Qiao (2016), "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks",
IEEE Signal Processing Letters 23(10), doi 10.1109/LSP.2016.2603342.

The first network runs over a pyramid of the picture as one convolution and marks 12×12 windows that may hold a face.
The second judges each of them at 24×24, the third at 48×48, and each moves the box a little. The third also says where
the eyes, the nose and the corners of the mouth are. Ours computes with continuous coordinates of pixel edges, where the
authors' MATLAB code rounds to whole pixels in each step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ferviz.boxes import moved, square, suppress
from ferviz.weights import bundled, load

__all__ = ["MTCNN", "cascade"]

Array = npt.NDArray[Any]

WINDOW, STRIDE = 12, 2  # pixels: the window that the first network judges, and its step
COARSE = 3  # a coarse search halves a picture while it is that many times larger than what is made of it
PYRAMID = 0.709  # each picture of the pyramid has about half the area of the one before: 0.709² ≈ 1/2


def _conv(into: int, out: int, kernel: int) -> list[nn.Module]:
    return [nn.Conv2d(into, out, kernel), nn.PReLU(out)]


def _pool(kernel: int) -> nn.Module:
    return nn.MaxPool2d(kernel, stride=2, ceil_mode=True)


class ColumnFlatten(nn.Module):
    """(N, C, H, W) to (N, W·H·C): the published weights count columns first, as MATLAB does."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 3, 2, 1).flatten(1)


class ProposalNet(nn.Module):
    """P-Net: (N, 3, H, W) to the face score (N, 2, h, w) and the box's shift (N, 4, h, w) of every 12×12 window."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(*_conv(3, 10, 3), _pool(2), *_conv(10, 16, 3), *_conv(16, 32, 3))
        self.face = nn.Conv2d(32, 2, 1)
        self.shift = nn.Conv2d(32, 4, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.trunk(x)
        return self.face(x).softmax(1), self.shift(x)


class RefineNet(nn.Module):
    """R-Net: (N, 3, 24, 24) to the face score (N, 2) and the box's shift (N, 4)."""

    def __init__(self) -> None:
        super().__init__()
        layers = [*_conv(3, 28, 3), _pool(3), *_conv(28, 48, 3), _pool(3), *_conv(48, 64, 2)]  # (N, 64, 3, 3)
        self.trunk = nn.Sequential(*layers, ColumnFlatten(), nn.Linear(576, 128), nn.PReLU(128))
        self.face = nn.Linear(128, 2)
        self.shift = nn.Linear(128, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.trunk(x)
        return self.face(x).softmax(1), self.shift(x)


class OutputNet(nn.Module):
    """O-Net: (N, 3, 48, 48) to the face score (N, 2), the box's shift (N, 4) and five points (N, 10): x, then y."""

    def __init__(self) -> None:
        super().__init__()
        layers = [*_conv(3, 32, 3), _pool(3), *_conv(32, 64, 3), _pool(3), *_conv(64, 64, 3), _pool(2)]
        layers += _conv(64, 128, 2)  # (N, 128, 3, 3)
        self.trunk = nn.Sequential(*layers, ColumnFlatten(), nn.Linear(1152, 256), nn.PReLU(256))
        self.face = nn.Linear(256, 2)
        self.shift = nn.Linear(256, 4)
        self.points = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = self.trunk(x)
        return self.face(x).softmax(1), self.shift(x), self.points(x)


class MTCNN(nn.Module):
    """The three networks and the way through them. `cascade` gives it with its published weights."""

    def __init__(self) -> None:
        super().__init__()
        self.proposal = ProposalNet()
        self.refine = RefineNet()
        self.output = OutputNet()

    @torch.inference_mode()
    def forward(
        self,
        picture: Array,
        minimum: float = 40.0,
        thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7),
        *,
        coarse: bool = False,
        near: Array | None = None,
    ) -> tuple[Array, Array, Array]:
        """Find the faces of one picture, uint8 (H, W, 3).

        ``coarse`` shows the first two networks a picture of half the width and height, and makes the pyramid's small
        pictures of halved ones: quicker, with nearly the same faces. The third looks at the whole picture either way.
        ``near``, boxes (N, 4), join what the first network proposes: faces are expected there.

        Returns
        -------
        boxes : float array (N, 4)
            Left, top, right, bottom in coordinates of pixel edges; they may reach beyond the picture.
        scores : float array (N,)
            The third network's softmax, highest first.
        points : float array (N, 5, 2)
            x, y of the left and the right eye (as the picture shows them), nose tip, left and right corner of the
            mouth, in coordinates of pixel centres.
        """
        pixels = _pixels(picture)
        with _one_thread():
            smaller = coarse and minimum >= 2 * WINDOW and min(pixels.shape[1:]) > 1
            seen, scale = (_halved(pixels), 2.0) if smaller else (pixels, 1.0)
            boxes = self._propose(seen, minimum / scale, thresholds[0], coarse)
            if near is not None:
                boxes = np.concatenate([boxes, square(near / scale)])
            boxes = self._refine(seen, boxes, thresholds[1]) * scale
            return self._finish(pixels, boxes, thresholds[2])

    @torch.inference_mode()
    def follow(self, picture: Array, boxes: Array) -> tuple[Array, Array, Array]:
        """What the last two networks make of boxes (N, 4) near which faces are expected, in their order.

        Returns boxes, scores and points as `forward` does, one for each box; the score is the lower one of both.
        """
        pixels = _pixels(picture)
        with _one_thread():
            boxes = square(boxes)
            face, shift = self.refine(_crops(pixels, boxes, 24))
            boxes, score, points = self._judge(pixels, square(moved(boxes, shift.numpy())))
        return boxes, np.minimum(face[:, 1].numpy(), score), points

    @torch.inference_mode()
    def points_of(self, faces: Array) -> tuple[Array, Array]:
        """What the third network alone says of gray pictures (N, H, W), uint8, that a face fills each.

        For small prepared pictures, which the cascade would have to enlarge: nothing is searched, and no picture goes
        without an answer.

        Returns
        -------
        scores : float array (N,)
            Its softmax: low ones say that it sees no face, and that its points mean little.
        points : float array (N, 5, 2)
            As `forward` gives them.

        Raises
        ------
        TypeError
            For what is no uint8 array (N, H, W).
        """
        if not isinstance(faces, np.ndarray) or faces.dtype != np.uint8 or faces.ndim != 3:
            raise TypeError(f"faces must be a uint8 array (N, H, W); got {faces!r:.100}")
        scores, points = [np.zeros(0, np.float32)], [np.zeros((0, 5, 2))]
        with _one_thread():
            for some in torch.from_numpy(faces).split(256):
                seen = interpolate(some[:, None].float(), (48, 48), mode="area").expand(-1, 3, -1, -1)
                face, _, marks = self.output(_normalised(seen))
                scores.append(face[:, 1].numpy())
                points.append(_shares(marks) * (faces.shape[2], faces.shape[1]) - 0.5)
        return np.concatenate(scores), np.concatenate(points)

    def _propose(self, pixels: Tensor, minimum: float, threshold: float, coarse: bool) -> Array:
        height, width = pixels.shape[1:]
        boxes, scores, shifts = [np.zeros((0, 4))], [np.zeros(0)], [np.zeros((0, 4))]
        for h, w in _pyramid(height, width, minimum):
            while coarse and pixels.shape[1] >= COARSE * h:
                pixels = _halved(pixels)
            face, shift = self.proposal(_normalised(interpolate(pixels[None], (h, w), mode="area")))
            score = face[0, 1].numpy()  # (h', w')
            row, column = np.nonzero(score > threshold)
            corner = STRIDE * np.stack([column, row], 1)
            box = np.hstack([corner, corner + WINDOW]) * np.array([width / w, height / h] * 2)
            best = suppress(box, score[row, column], 0.5)
            boxes.append(box[best])
            scores.append(score[row, column][best])
            shifts.append(shift[0].numpy()[:, row, column].T[best])
        box, shift = np.concatenate(boxes), np.concatenate(shifts)
        best = suppress(box, np.concatenate(scores), 0.7)
        return square(moved(box[best], shift[best]))

    def _refine(self, pixels: Tensor, boxes: Array, threshold: float) -> Array:
        boxes = _touching(boxes, pixels)
        face, shift = self.refine(_crops(pixels, boxes, 24))
        score = face[:, 1].numpy()
        sure = score > threshold
        box, score, moves = boxes[sure], score[sure], shift.numpy()[sure]
        best = suppress(box, score, 0.7)
        return square(moved(box[best], moves[best]))

    def _finish(self, pixels: Tensor, boxes: Array, threshold: float) -> tuple[Array, Array, Array]:
        box, score, points = self._judge(pixels, _touching(boxes, pixels))
        sure = score > threshold
        box, score, points = box[sure], score[sure], points[sure]
        best = suppress(box, score, 0.7, over="smaller")
        return box[best], score[best], points[best]

    def _judge(self, pixels: Tensor, boxes: Array) -> tuple[Array, Array, Array]:
        face, shift, marks = self.output(_crops(pixels, boxes, 48))
        size = boxes[:, None, 2:] - boxes[:, None, :2]
        points = boxes[:, None, :2] + _shares(marks) * size - 0.5  # from pixel edges to pixel centres
        return moved(boxes, shift.numpy()), face[:, 1].numpy(), points


def _shares(marks: Tensor) -> Array:
    """The third network's points (N, 10) as (N, 5, 2), in shares of the box's width and height."""
    return marks.numpy().reshape(-1, 2, 5).transpose(0, 2, 1)


@cache
def cascade() -> MTCNN:
    """The networks with their published weights, read once from the file in the package."""
    networks = MTCNN().eval()
    load(bundled("mtcnn"), networks)
    return networks


@contextmanager
def _one_thread() -> Iterator[None]:
    """The networks are so small that threads gain little, and on a busy machine threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _pyramid(height: int, width: int, minimum: float) -> list[tuple[int, int]]:
    """Sizes (h, w) at which faces of ``minimum`` pixels, 1.41 times that, and so on fill the first network's window."""
    sizes = []
    scale = WINDOW / minimum
    while min(height, width) * scale >= WINDOW:
        sizes.append((round(height * scale), round(width * scale)))
        scale *= PYRAMID
    return sizes


def _pixels(picture: Array) -> Tensor:
    return torch.from_numpy(picture.transpose(2, 0, 1).astype(np.float32))  # (3, H, W)


def _halved(pixels: Tensor) -> Tensor:
    """The mean of each 2×2 pixels; an odd last row or column is left out."""
    height, width = (side // 2 * 2 for side in pixels.shape[1:])
    rows = pixels[:, :height:2, :width] + pixels[:, 1:height:2, :width]
    return (rows[..., ::2] + rows[..., 1::2]) * 0.25


def _normalised(pixels: Tensor) -> Tensor:
    """0 to 255 → -1 to 1, laid out with the channels last: max-pooling is three times faster that way on a CPU."""
    return ((pixels - 127.5) / 128).contiguous(memory_format=torch.channels_last)


def _crops(pixels: Tensor, boxes: Array, side: int) -> Tensor:
    """Each box cut out and averaged down (or repeated up) to (N, 3, side, side); black where it leaves the picture."""
    height, width = pixels.shape[1:]
    crops = torch.zeros(len(boxes), 3, side, side)
    for crop, box in zip(crops, boxes.round().astype(int).tolist(), strict=True):
        left, top, right, bottom = box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1)
        inner = pixels[:, max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        margins = (max(-left, 0), max(right - width, 0), max(-top, 0), max(bottom - height, 0))
        crop[:] = interpolate(nn.functional.pad(inner, margins)[None], (side, side), mode="area")[0]
    return _normalised(crops)


def _touching(boxes: Array, pixels: Tensor) -> Array:
    """Only the boxes that still cover a whole pixel of the picture after they were moved."""
    height, width = pixels.shape[1:]
    seen = np.minimum(boxes[:, 2:], [width, height]) - np.maximum(boxes[:, :2], 0)
    return boxes[(seen >= 1).all(1)]
