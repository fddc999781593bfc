"""Small made-up sources of the data sets, with files that people have beside them, and what becomes of each."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from films import film
from finder import Finder
from PIL import Image

from data_scripts import prepare_afew, prepare_ckplus, prepare_cremad, prepare_fer2013, prepare_ravdess

CROP = {"size": 4, "margin": 0.25, "align": "box"}
USED, LEFT, REFUSED, TABLE = "used", "left out", "refused", "a table, not counted"
JUNK = (".DS_Store", "Thumbs.db", "THUMBS.DB", "Desktop.INI", "._a.png", "__MACOSX/a.png", ".cache/a.avi")
BAD = b"this is not what its name says"


@cache
def picture(level: int, side: int = 48, form: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((side, side), level, np.uint8)).save(stream, form)
    return stream.getvalue()


@dataclass(frozen=True)
class Tree:
    """A source: files that are always there, further ones, and what becomes of both. ``account`` plans or reads it."""

    base: Mapping[str, tuple[bytes, str]]
    more: Mapping[str, tuple[bytes, str]]
    account: Callable[[Path], object]
    main: Callable[[list[str]], int]
    repaired: str  # a file of the base that a test damages and repairs
    unit: str  # what is made again for it

    def put(self, top: Path, *names: str) -> Path:
        for name, (data, _) in {**self.base, **{name: self.more[name] for name in names}}.items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return top


def finder() -> Finder:
    return Finder(lambda clip: np.array([], int))


def fer2013() -> Tree:
    base = {
        "train/angry/Training_1.png": (picture(1), USED),
        "train/happy/Training_2.jpg": (picture(2, form="JPEG"), USED),
        "test/sad/PublicTest_3.png": (picture(3), USED),
        "test/sad/PrivateTest_4.png": (BAD, LEFT),  # never opened
    }
    more = {
        "TRAIN/Happy/1.JPG": (picture(5, form="JPEG"), USED),
        "Training/SAD/2.jpeg": (picture(6, form="JPEG"), USED),
        "validation/fear/a.png": (picture(7), USED),  # PublicTest, with a test beside it
        "Val/fear/a.PNG": (picture(8), USED),
        "valid/fear/privatetest_a.png": (BAD, LEFT),
        "dev/neutral/a.png": (picture(9), USED),
        "public/neutral/a.png": (picture(10), USED),
        "Public Test/neutral/a.png": (picture(11), USED),
        "testing/disgust/a.png": (BAD, LEFT),
        "Private_Test/disgust/a.png": (BAD, LEFT),
        "private/nested/deep/a.bmp": (BAD, LEFT),
        "FER2013Test/a.png": (BAD, LEFT),
        "FER2013Test/label.csv": (BAD, TABLE),
        "README.md": (b"mine", LEFT),
        "fer2013.zip": (b"PK", LEFT),
        "notes/list.csv": (b"mine", LEFT),
        "train/readme.txt": (b"mine", LEFT),
        "holdout/angry/a.png": (picture(12), REFUSED),
        "FER2013Train/a.png": (picture(12), REFUSED),  # another layout, whose label.csv is missing
        "train/a.png": (picture(12), REFUSED),
        "a.PNG": (picture(12), REFUSED),
        "train/angry/nested/a.png": (picture(12), REFUSED),
        "train/angry/notes.txt": (b"mine", REFUSED),
        "train/angry/a.bmp": (picture(12, form="BMP"), REFUSED),
        "train/bored/a.png": (picture(12), REFUSED),
        "train/angry/damaged.png": (BAD, REFUSED),
        **{f"{place}{name}": (BAD, LEFT) for place in ("", "train/", "test/sad/") for name in JUNK},
    }
    return Tree(
        base,
        more,
        lambda source: prepare_fer2013.read_source(source)[1],
        prepare_fer2013.main,
        "train/angry/Training_1.png",
        "faces.npz",
    )


def ckplus() -> Tree:
    base = {}
    for person in (5, 10):
        name = f"S{person:03d}_001"
        for number in (1, 2):
            path = f"cohn-kanade-images/S{person:03d}/001/{name}_{number:08d}.png"
            base[path] = (picture(10 * person + number, 8), USED)
        base[f"Emotion/S{person:03d}/001/{name}_00000002_emotion.txt"] = (b"   3.0000000e+00\n", TABLE)
    more = {
        "cohn-kanade-images/S005/001/S005_001_00000003.PNG": (picture(9, 8), USED),
        "cohn-kanade-images/S006/001/S006_001_00000001.png": (picture(1, 8), LEFT),  # no emotion
        "Emotion/S007/001/S007_001_00000001_emotion.txt": (b"1", LEFT),  # no pictures
        "Emotion/S005/001/notes.txt": (b"mine", LEFT),
        "Emotion/readme.txt": (b"mine", LEFT),
        "Landmarks/S005/001/S005_001_00000001_landmarks.txt": (b"1 2", LEFT),
        "FACS/S005/001/S005_001_00000001_facs.txt": (b"1 2", LEFT),
        "extended-cohn-kanade-images.zip": (b"PK", LEFT),
        "cohn-kanade-images/a.png": (picture(1, 8), REFUSED),
        "cohn-kanade-images/S005/a.png": (picture(1, 8), REFUSED),
        "cohn-kanade-images/S005/001/notes.txt": (b"mine", REFUSED),
        "cohn-kanade-images/S005/001/more/a.png": (picture(1, 8), REFUSED),
        "cohn-kanade-images/S5/001/a.png": (picture(1, 8), REFUSED),
        "Emotion/S005/001/a.TIF": (picture(1, 8), REFUSED),
        "CK+48/anger/a.png": (picture(1, 8), REFUSED),
        "Emotion/S010/001/S010_001_00000003_emotion.txt": (b"2", REFUSED),
        **{
            f"{place}{name}": (BAD, LEFT)
            for place in ("", "cohn-kanade-images/", "cohn-kanade-images/S005/001/", "Emotion/S005/001/")
            for name in JUNK
        },
    }
    return Tree(
        base,
        more,
        lambda source: prepare_ckplus.make_plan(source, finder(), CROP).files,
        lambda arguments: prepare_ckplus.main([*arguments, "--size", "4"], find=finder()),
        "cohn-kanade-images/S005/001/S005_001_00000002.png",
        "S005_001",
    )


def afew() -> Tree:
    words = "Angry Disgust Fear Happy Neutral Sad Surprise".split()
    base = {f"{top}/{word}/1.avi": (film("avi"), USED) for top, word in (("Train", "Happy"), ("Val", "Sad"))}
    base |= {f"{top}/{word}/desktop.ini": (b"", LEFT) for top in ("Train", "Val") for word in words}
    more = {
        "Train/Fear/2.AVI": (BAD, USED),  # planned; that it cannot be read is found later, and listed
        "Val/Fear/2.avi": (BAD, USED),
        "Train/HAPPINESS/3.avi": (BAD, USED),
        "Test/1.avi": (BAD, LEFT),
        "test_afew/deep/1.mp4": (BAD, LEFT),
        "Train/AlignedFaces_LBPTOP_Points/000046280/001.jpg": (BAD, LEFT),
        "Train.zip": (b"PK", LEFT),
        "Train/readme.txt": (b"mine", LEFT),
        "Train/1.avi": (BAD, REFUSED),
        "1.AVI": (BAD, REFUSED),
        "Extra/Angry/1.avi": (BAD, REFUSED),
        "Train/Contempt/1.avi": (BAD, REFUSED),
        "Val/Bored/1.mp4": (BAD, REFUSED),
        "Train/Angry/1.mp4": (BAD, REFUSED),
        "Train/Angry/notes.txt": (b"mine", REFUSED),
        "Train/Angry/deep/1.avi": (BAD, REFUSED),
        "Train/Angry/a b.avi": (BAD, REFUSED),  # no name of a clip
        "Train_AFEW/Angry/1.avi": (BAD, REFUSED),
        "validation/Angry/1.avi": (BAD, REFUSED),
        **{f"{place}{name}": (BAD, LEFT) for place in ("", "Train/", "Train/Angry/") for name in JUNK},
    }
    return Tree(
        base,
        more,
        lambda source: prepare_afew.make_plan(source, finder(), CROP).files,
        lambda arguments: prepare_afew.main([*arguments, "--size", "4"], find=finder()),
        "Train/Happy/1.avi",
        "train-Happy-1",
    )


def ravdess() -> Tree:
    base = {
        "Actor_01/01-01-05-02-01-01-01.mp4": (film("mp4"), USED),
        "Actor_01/03-01-05-02-01-01-01.wav": (BAD, LEFT),  # the film has it too
        "Video_Speech_Actor_13/Actor_13/02-01-08-01-02-02-13.mp4": (film("mp4", sound=False), USED),
        "Actor_13/desktop.ini": (b"", LEFT),
    }
    more = {
        "Actor_02/03-01-03-01-02-01-02.WAV": (BAD, USED),  # planned; that it cannot be read is found later, and listed
        "deep/Actor_24/03-01-02-01-02-01-24.flac": (BAD, USED),
        "Actor_01/02-01-05-02-01-01-01.mp4": (BAD, LEFT),
        "Actor_01/03-02-05-02-01-01-01.wav": (BAD, LEFT),
        "Actor_01.zip": (b"PK", LEFT),
        "Actor_01/readme.txt": (b"mine", LEFT),
        "Actor_01/03-01-05-02-01-01-02.wav": (BAD, REFUSED),
        "03-01-05-02-02-01-01.wav": (BAD, REFUSED),
        "Actor_25/03-01-05-02-01-01-25.wav": (BAD, REFUSED),
        "Actor_01/03-01-09-02-01-01-01.wav": (BAD, REFUSED),
        "Actor_01/03-01-05-02-02-01-01.mp4": (BAD, REFUSED),  # a sound that is called a film
        "Actor_01/03-01-05-02-02-01-01 (1).wav": (BAD, REFUSED),
        "Actor_01/film.avi": (BAD, REFUSED),
        **{f"{place}{name}": (BAD, LEFT) for place in ("", "Actor_01/") for name in JUNK},
    }
    return Tree(
        base,
        more,
        lambda source: prepare_ravdess.make_plan(source, finder(), CROP).files,
        lambda arguments: prepare_ravdess.main([*arguments, "--size", "4"], find=finder()),
        "Actor_01/01-01-05-02-01-01-01.mp4",
        "01-01-05-02-01-01-01",
    )


def cremad() -> Tree:
    base = {
        "VideoFlash/1001_DFA_ANG_XX.mp4": (film("mp4"), USED),
        "AudioWAV/1001_DFA_ANG_XX.wav": (BAD, LEFT),  # the film has it too
        "AudioWAV/desktop.ini": (b"", LEFT),
    }
    more = {
        "AudioWAV/1002_IEO_HAP_LO.WAV": (BAD, USED),  # planned; that it cannot be read is found later, and listed
        "AudioMP3/1003_IEO_SAD_HI.mp3": (BAD, USED),
        "AudioMP3/1001_DFA_ANG_XX.mp3": (BAD, LEFT),
        "processedResults/tabulatedVotes.csv": (b"A,D", LEFT),
        "readme.md": (b"mine", LEFT),
        "AudioWAV/1092_DFA_ANG_XX.wav": (BAD, REFUSED),
        "AudioWAV/1001_DFA_JOY_XX.wav": (BAD, REFUSED),
        "AudioWAV/1001_DFA_ANG_XX (1).wav": (BAD, REFUSED),
        "VideoFlash/1001_DFA_SAD_XX.avi": (BAD, REFUSED),
        **{f"{place}{name}": (BAD, LEFT) for place in ("", "AudioWAV/") for name in JUNK},
    }
    return Tree(
        base,
        more,
        lambda source: prepare_cremad.make_plan(source, finder(), CROP).files,
        lambda arguments: prepare_cremad.main([*arguments, "--size", "4"], find=finder()),
        "VideoFlash/1001_DFA_ANG_XX.mp4",
        "1001_DFA_ANG_XX",
    )


TREES = {"fer2013": fer2013, "ckplus": ckplus, "afew": afew, "ravdess": ravdess, "cremad": cremad}
