"""Published shares as entries: the interval that follows from how many items there were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import binomtest

from ferviz.measured import Measured

__all__ = ["MULTI_TASK", "Published", "published"]


@dataclass(frozen=True)
class Published:
    """A share that somebody published: ``right`` of ``items`` of a ``task``, and the ``source`` where it stands.

    Where a share was printed and no count, ``percent`` is what was printed and ``right`` the whole number nearest to
    it. (A few are no share of so many: how many pictures the author had is then not quite known.) ``loss`` tells rows
    of the author's log apart.
    """

    row: str
    task: str
    right: int
    items: int
    source: str
    loss: str = ""
    percent: float | None = None

    @property
    def value(self) -> float:
        """The share, as it was printed where it was."""
        return round(self.right / self.items if self.percent is None else self.percent / 100, 4)


README = "README of HSE-asavchenko/face-emotion-recognition, April 2021"
LATER = "README of av-savchenko/face-emotion-recognition, October 2021"
LOG = "the author's log, cell 29 of train_emotions"
CLASSES = "printed in train_emotions-pytorch, B0 of 8 classes"
NOTEBOOKS = "printed in the notebooks AFEW_train and VGAF_train"
EIGHT, SEVEN = "AffectNet, 8 labels", "AffectNet, 7 labels"
EIGHT_ALIGNED, SEVEN_ALIGNED = f"{EIGHT}, aligned faces", f"{SEVEN}, aligned faces"
FACES, EVERY = "AFEW, videos with a face", "AFEW, all videos"
GROUPS, ALL_GROUPS = "VGAF, videos with a face", "VGAF, all videos"
ITEMS = {EIGHT: 4000, SEVEN: 3500, FACES: 379, EVERY: 383, GROUPS: 741, ALL_GROUPS: 766}
ITEMS |= {EIGHT_ALIGNED: 4000, SEVEN_ALIGNED: 3500}


def _share(row: str, task: str, percent: float, source: str, loss: str = "") -> Published:
    return Published(row, task, round(percent * ITEMS[task] / 100), ITEMS[task], source, loss, percent)


def _rows() -> list[Published]:
    readme = {
        "mobilenet_7": {SEVEN: 64.71, EVERY: 55.35},  # printed of both: .55352, which no count of the 379 gives
        "enet_b0_8_best_afew": {EIGHT: 60.95, SEVEN: 64.63, FACES: 59.89},
        "enet_b0_8_best_vgaf": {EIGHT: 61.32, SEVEN: 64.57, FACES: 55.14},
        "enet_b0_7": {SEVEN: 65.74, FACES: 56.99},
    }
    later = {
        "enet_b2_8": {EIGHT: 62.05, SEVEN: 65.87, FACES: 56.46, EIGHT_ALIGNED: 62.425, SEVEN_ALIGNED: 66.17},
        "enet_b2_7": {SEVEN: 65.91, FACES: 59.63, SEVEN_ALIGNED: 66.34},
        "enet_b0_8_best_afew": {EIGHT_ALIGNED: 60.18, SEVEN_ALIGNED: 64.54},
        "enet_b0_8_best_vgaf": {EIGHT_ALIGNED: 61.03, SEVEN_ALIGNED: 64.89},
        "enet_b0_7": {SEVEN_ALIGNED: 65.74},
    }
    found = [_share(row, task, p, README) for row, tasks in readme.items() for task, p in tasks.items()]
    found += [_share(row, task, p, LATER) for row, tasks in later.items() for task, p in tasks.items()]
    counts = {FACES: (227, 379), EVERY: (227, 383), GROUPS: (506, 741), ALL_GROUPS: (513, 766)}
    found += [Published("B0, four statistics or two, linear SVM", task, *n, NOTEBOOKS) for task, n in counts.items()]
    log: tuple[tuple[str, str, str, float], ...] = (
        ("MobileNet (ImageNet)", EIGHT, "plain", 51.63),
        ("MobileNet (ImageNet)", EIGHT, "weighted", 56.88),
        ("MobileNet (ImageNet)", SEVEN, "plain", 56.02),
        ("EfficientNet-B0", EIGHT, "plain", 51.27),
        ("EfficientNet-B0", SEVEN, "plain", 57.55),
        ("EfficientNet-B3", EIGHT, "plain", 51.90),
        ("EfficientNet-B3, whole picture", EIGHT, "plain", 51.88),
        ("EfficientNet-B3", EIGHT, "weighted", 60.68),
        ("EfficientNet-B3", SEVEN, "plain", 59.07),
        ("EfficientNet-B3, then SGD", SEVEN, "plain", 59.41),
        ("Inception-v3 (ImageNet)", EIGHT, "plain", 53.10),
        ("Inception-v3 (ImageNet)", EIGHT, "weighted", 59.65),
        ("Inception-v3 (ImageNet)", SEVEN, "plain", 58.82),
        ("VGGFace", EIGHT, "weighted", 54.78),
        ("VGGFace2", EIGHT, "weighted", 57.01),
        ("VGGFace2", SEVEN, "plain", 56.14),
        ("MobileNet (faces)", EIGHT, "weighted", 60.40),
        ("MobileNet (faces), other preprocessing", EIGHT, "weighted", 59.90),
        ("MobileNet (faces), third run, then SGD", EIGHT, "weighted", 60.43),
        ("MobileNet (faces)", SEVEN, "weighted", 64.80),
    )
    found += [_share(row, task, percent, LOG, loss) for row, task, loss, percent in log]
    recalls: dict[tuple[str, str, str, str], dict[str, float]] = {
        ("B0", EIGHT, "", CLASSES): {
            "anger": 63.0,
            "contempt": 47.2,
            "disgust": 51.4,
            "fear": 68.0,
            "happiness": 80.6,
            "neutral": 58.4,
            "sadness": 62.4,
            "surprise": 56.2,
        },
        ("EfficientNet-B3", SEVEN, "plain", LOG): {
            "happiness": 94.0,
            "neutral": 76.2,
            "disgust": 33.4,
            "surprise": 44.0,
        },
        ("MobileNet (faces)", SEVEN, "weighted", LOG): {
            "happiness": 87.0,
            "neutral": 62.0,
            "disgust": 60.4,
            "surprise": 52.8,
            "anger": 56.4,
            "fear": 71.0,
            "sadness": 63.4,
        },
    }
    return found + [
        Published(f"{row}, recall of {label}", f"{task}, one label", round(percent * 5), 500, source, loss)
        for (row, task, loss, source), shares in recalls.items()
        for label, percent in shares.items()
    ]


MULTI_TASK: tuple[Published, ...] = tuple(_rows())
"""Of what the author of the multi-task networks published: his log whole (mtl.md d-4), recalls (d-5), and a selection
of the READMEs' and the notebooks' tables (d-1, d-2, (c)). Of the later README only networks and cuts that the paper may
have had: enet_b2_8 is another file since December 2021. Nothing here was measured by us."""


def published(rows: Iterable[Published]) -> list[Measured]:
    """The shares, each with the exact interval of its counts (Clopper-Pearson): other items, the same network.

    It knows nothing of the choice among networks or epochs by the items that are reported.
    """
    found = []
    for one in rows:
        ends = binomtest(one.right, one.items).proportion_ci(0.95, method="exact")
        found.append(
            Measured(
                what="share that is right, as published",
                of={"row": one.row, "task": one.task, "loss": one.loss, "right": one.right, "source": one.source},
                value=one.value,
                low=round(float(ends.low), 4),
                high=round(float(ends.high), 4),
                way="95 %, Clopper-Pearson, of the published counts",
                items=one.items,
                unit="videos" if "videos" in one.task else "pictures",
            )
        )
    return found
