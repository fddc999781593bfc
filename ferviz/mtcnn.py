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
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ferviz.weights import bundled, load

__all__ = ["MTCNN", "cascade", "suppress"]

Array = npt.NDArray[Any]

WINDOW, STRIDE = 12, 2  # pixels: the window that the first network judges, and its step
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
        self, picture: Array, minimum: float = 40.0, thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7)
    ) -> tuple[Array, Array, Array]:
        """Find the faces of one picture, uint8 (H, W, 3).

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
        pixels = torch.from_numpy(picture.transpose(2, 0, 1).astype(np.float32))  # (3, H, W)
        with _one_thread():
            boxes = self._propose(pixels, minimum, thresholds[0])
            boxes = self._refine(pixels, boxes, thresholds[1])
            return self._finish(pixels, boxes, thresholds[2])

    def _propose(self, pixels: Tensor, minimum: float, threshold: float) -> Array:
        height, width = pixels.shape[1:]
        boxes, scores, shifts = [np.zeros((0, 4))], [np.zeros(0)], [np.zeros((0, 4))]
        for h, w in _pyramid(height, width, minimum):
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
        return _square(_moved(box[best], shift[best]))

    def _refine(self, pixels: Tensor, boxes: Array, threshold: float) -> Array:
        boxes = _touching(boxes, pixels)
        face, shift = self.refine(_crops(pixels, boxes, 24))
        score = face[:, 1].numpy()
        sure = score > threshold
        box, score, moves = boxes[sure], score[sure], shift.numpy()[sure]
        best = suppress(box, score, 0.7)
        return _square(_moved(box[best], moves[best]))

    def _finish(self, pixels: Tensor, boxes: Array, threshold: float) -> tuple[Array, Array, Array]:
        boxes = _touching(boxes, pixels)
        face, shift, marks = self.output(_crops(pixels, boxes, 48))
        score = face[:, 1].numpy()
        sure = score > threshold
        box, score = boxes[sure], score[sure]
        share = marks.numpy()[sure].reshape(-1, 2, 5).transpose(0, 2, 1)  # (N, 5, 2), of the box's width and height
        points = box[:, None, :2] + share * (box[:, None, 2:] - box[:, None, :2]) - 0.5  # edges to centres of pixels
        box = _moved(box, shift.numpy()[sure])
        best = suppress(box, score, 0.7, over="smaller")
        return box[best], score[best], points[best]


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


def suppress(boxes: Array, scores: Array, limit: float, *, over: Literal["union", "smaller"] = "union") -> Array:
    """Non-maximum suppression: of boxes that overlap by more than ``limit``, only the one with the highest score stays.

    Parameters
    ----------
    boxes : array (N, 4)
    scores : array (N,)
    limit : float
        0 to 1.
    over : {"union", "smaller"}
        What the shared area is divided by: the area of both together (IoU), or of the smaller box.

    Returns
    -------
    int array
        The places of the boxes that stay, highest score first.
    """
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    waiting = np.argsort(-scores, kind="stable")
    kept = []
    while len(waiting):
        first, rest = waiting[0], waiting[1:]
        kept.append(first)
        low = np.maximum(boxes[first, :2], boxes[rest, :2])
        high = np.minimum(boxes[first, 2:], boxes[rest, 2:])
        shared = np.clip(high - low, 0, None).prod(1)
        whole = area[first] + area[rest] - shared if over == "union" else np.minimum(area[first], area[rest])
        waiting = rest[shared <= limit * whole]
    return np.array(kept, dtype=int)


def _pyramid(height: int, width: int, minimum: float) -> list[tuple[int, int]]:
    """Sizes (h, w) at which faces of ``minimum`` pixels, 1.41 times that, and so on fill the first network's window."""
    sizes = []
    scale = WINDOW / minimum
    while min(height, width) * scale >= WINDOW:
        sizes.append((round(height * scale), round(width * scale)))
        scale *= PYRAMID
    return sizes


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


def _moved(boxes: Array, shift: Array) -> Array:
    """Each edge moved by a share of the box's width or height."""
    size = boxes[:, 2:] - boxes[:, :2]
    return boxes + shift * np.hstack([size, size])


def _square(boxes: Array) -> Array:
    """Made square about its centre: the shorter side grows."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(1, keepdims=True) / 2
    return np.hstack([centre - half, centre + half])


def _touching(boxes: Array, pixels: Tensor) -> Array:
    """Only the boxes that still cover a whole pixel of the picture after they were moved."""
    height, width = pixels.shape[1:]
    seen = np.minimum(boxes[:, 2:], [width, height]) - np.maximum(boxes[:, :2], 0)
    return boxes[(seen >= 1).all(1)]
