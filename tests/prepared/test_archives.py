"""Archives from outside: damage within and too large claims are one kind of error, and each reader names its file."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from spoilt import SPOILT

from data_scripts.prepare_fer2013 import read as read_fer2013
from ferviz.archives import open_arrays
from ferviz.disk import file_hash
from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.faces.parcel import open_parcel
from ferviz.gallery import samples
from ferviz.prepared import PlannedClip, read_clips, read_faces, read_viewers, write_clips, write_faces
from ferviz.prepared.manifest import MANIFEST
from ferviz.prepared.viewers import BUNDLED_VOTES
from tests.prepared.test_prepared import some_faces
from tests.prepared.test_prepared_clips import a_clip

Spoil = Callable[[bytes], bytes]


def fer2013(folder: Path, spoil: Spoil) -> None:
    made, path = io.BytesIO(), folder / "fer.npz"
    np.savez(made, images=np.zeros((2, 48, 48), np.uint8), label=np.zeros(2, int), usage=np.array(["Training"] * 2))
    path.write_bytes(spoil(made.getvalue()))
    read_fer2013(path)


def viewers(folder: Path, spoil: Spoil) -> None:
    path = folder / "votes.npz"
    path.write_bytes(spoil(BUNDLED_VOTES.read_bytes()))
    read_viewers(path)


def clips(folder: Path, spoil: Spoil) -> None:
    plans = [PlannedClip("a", Emotion.FEAR, lambda: a_clip(0))]
    write_clips(folder, plans, labels=LABEL_SETS["CK+"], source="made up", licence="free", settings={})
    path = folder / "a.npz"
    path.write_bytes(spoil(path.read_bytes()))
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["clips"][0]["hash"] = file_hash(path)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    read_clips(folder)[0]


def faces(folder: Path, spoil: Spoil) -> None:
    write_faces(folder, some_faces(), "made up", "free")
    path = folder / "faces.npz"
    path.write_bytes(spoil(path.read_bytes()))
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"sha256": file_hash(path)}))
    read_faces(folder)


def parcels(_: Path, spoil: Spoil) -> None:
    bundled = next(one for one in samples() if one.known)
    open_parcel(spoil(bundled.path().read_bytes()), "one.npz")


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize(
    ("reader", "said"),
    [
        (fer2013, "fer.npz cannot be read as arrays without pickle"),
        (viewers, "votes.npz must hold the arrays clip, voice, face, both, emotion_names"),
        (clips, "a.npz holds no clip"),
        (faces, "faces.npz holds no faces"),
        (parcels, "one.npz is no whole synthetic clip"),
    ],
)
def test_what_is_damaged_within_or_claims_too_much_is_named(tmp_path, reader, said, how):
    reader(tmp_path, bytes)  # whole, it is read
    spoil, why = SPOILT[how]
    with pytest.raises(ValueError, match=rf"{said} \({why}"):
        reader(tmp_path, spoil)


def test_what_is_no_archive_of_arrays_is_refused(tmp_path):
    one, text = io.BytesIO(), io.BytesIO()
    np.save(one, np.zeros(3))
    with zipfile.ZipFile(text, "w") as archive:
        archive.writestr("frames", "some text")
    for data in (b"", b"PK and nothing else", one.getvalue(), one.getvalue() + text.getvalue(), text.getvalue()):
        with pytest.raises(ValueError, match="zip|frames is no array"), open_arrays(data) as arrays:
            arrays["frames"]
    huge = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + "9" * 30 + ",)}"
    for header in ("{'descr': '|u1', 1: 2}", huge, "(("):
        spoilt = io.BytesIO()
        with zipfile.ZipFile(spoilt, "w") as archive:
            archive.writestr("frames.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
        damaged = pytest.raises(ValueError, match="the header of frames is damaged")
        with damaged, open_arrays(spoilt.getvalue()) as arrays:
            arrays["frames"]
    objects = io.BytesIO()
    np.savez(objects, frames=np.array([{}], object))
    with pytest.raises(ValueError, match="Object arrays cannot be loaded"), open_arrays(objects.getvalue()) as arrays:
        arrays["frames"]
    with pytest.raises(ValueError, match="No such file"), open_arrays(tmp_path / "none.npz"):
        pass
