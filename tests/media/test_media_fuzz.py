"""Two hundred damaged files of every kind (`make fuzz` reads two thousand), and that the reader of them is awake."""

from __future__ import annotations

import io
import sys
import warnings

import av
import pytest

from ferviz.media import ClipError, load_clip
from ferviz.media.container import _FORMATS as CONTAINERS
from ferviz.media.pictures import _FORMATS as PICTURES

sys.path.insert(0, __file__.rpartition("test_media_fuzz")[0])
import fuzz  # lies beside this file, and is a program too

BARE = ("h264", "hevc")
"""Streams without a container: opened, and refused because they hold no times."""


@pytest.mark.parametrize("kind", fuzz.kinds())
def test_every_kind_of_file_is_read_before_it_is_damaged(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind in BARE:
            with pytest.raises(ClipError, match=rf"upload: it is a bare {kind} stream, which holds no times; put it"):
                load_clip(fuzz.whole(kind))
            return
        clip = load_clip(fuzz.whole(kind))
    assert len(clip) or clip.audio is not None
    assert not [gap for gap in clip.gaps if "damaged" in gap.reason]


def test_the_kinds_are_all_that_pillow_and_pyav_read_for_load_clip():
    opened = set()
    for kind in (*fuzz.FILMS, *fuzz.SOUNDS):
        with av.open(io.BytesIO(fuzz.whole(kind))) as container:
            opened |= set(container.format.name.split(","))
    assert opened == set(CONTAINERS.split(","))
    assert {form for form, *_ in fuzz.PICTURES.values()} == {*PICTURES, "MPO"}  # a JPEG that holds others


def test_the_same_number_gives_the_same_damage():
    files = fuzz.plan(3 * len(fuzz.kinds()))
    assert len(set(files)) == len(files)
    assert all(fuzz.damaged(*file) == fuzz.damaged(*file) for file in files)
    assert sum(fuzz.damaged(*file) != fuzz.whole(file[0]) for file in files) > 0.9 * len(files)


def test_two_hundred_damaged_files_give_a_clip_or_the_documented_error():
    report = fuzz.run(fuzz.plan(200))
    assert report.bad == []
    assert sum(report.outcomes.values()) == 200
    assert set(report.outcomes) == {"clip", "ClipError"}
    assert set(report.by_kind) == set(fuzz.kinds())
    assert report.memory < 1024**3


@pytest.mark.parametrize(("kind", "number"), [("avi", 4), ("tiff", 1), ("au", 55), ("avif", 0)])
def test_what_was_found_once_is_not_found_again(kind, number):
    """A length of years asked for memory; a circle of pages; seventeen channels crashed; AVIF's RuntimeError."""
    report = fuzz.run([(kind, number)], seconds=5)
    assert report.bad == []
    assert report.memory < 2**29


CHILD = """
import json, os, sys, time
for line in sys.stdin:
    kind, number = json.loads(line)
    print("a line of FFmpeg", flush=True)
    if kind == "crash":
        os.abort()
    if kind == "hang":
        time.sleep(60)
    told = {"done": [kind, number], "outcome": kind, "trace": "where", "seconds": 0.5, "memory": 7}
    print(json.dumps(told), flush=True)
"""


def test_a_crash_a_hang_and_another_error_are_seen_and_the_rest_is_read(tmp_path, monkeypatch, capsys):
    (tmp_path / "child.py").write_text(CHILD)
    monkeypatch.setattr(fuzz, "PATIENCE", 30.0)
    files = [("clip", 0), ("crash", 1), ("ClipError", 2), ("hang", 3), ("KeyError", 4), ("clip", 5)]
    report = fuzz.run(files, seconds=2.0, command=[sys.executable, str(tmp_path / "child.py")])
    assert sum(report.outcomes.values()) == 6
    assert report.outcomes["clip"] == 2
    assert [words.split()[0] for words in report.bad] == ["crash:1", "hang:3", "KeyError:4"]
    assert "gave crash (status" in report.bad[0]
    assert "gave hang" in report.bad[1]
    assert "gave KeyError\nwhere" in report.bad[2]
    assert (report.slowest, report.memory) == (0.5, 7)
    monkeypatch.setattr(fuzz, "run", lambda files: report)
    monkeypatch.setattr(sys, "argv", ["fuzz.py", "--files", "6"])
    assert fuzz.main() == 1
    assert "6 damaged files of 5 kinds" in capsys.readouterr().out


def test_one_file_can_be_read_again_and_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["fuzz.py", "--only", "png:3", "--write", str(tmp_path / "a.png")])
    assert fuzz.main() == 0
    assert (tmp_path / "a.png").read_bytes() == fuzz.damaged("png", 3)
    assert "1 damaged files of 1 kinds" in capsys.readouterr().out
