"""FER2013 in each of its public layouts, as tiny made-up files: the same pictures come out, and bad input is named."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_scripts import prepare_fer2013
from data_scripts.prepare_fer2013 import gather, main, read
from ferviz.prepared import VOTE_NAMES, read_faces

ROOT = Path(__file__).resolve().parents[2]
WORDS = "anger disgust fear happiness sadness surprise neutral".split()
FOLDERS = "angry disgust fear happy sad surprise neutral".split()
PARTS = ["Training"] * 4 + ["PublicTest"] * 3 + ["PrivateTest"] * 2
LABELS = [0, 3, 6, 3, 3, 2, 1, 5, 5]
KEPT = 7


def pictures() -> np.ndarray:
    """Nine pictures: 1 repeats 3 within Training, 4 repeats 1 from PublicTest, and 7 is one of PrivateTest's."""
    images = np.random.default_rng(0).integers(0, 256, (9, 48, 48), np.uint8)
    images[3] = images[4] = images[1]
    return images


def votes() -> np.ndarray:
    counts = np.random.default_rng(1).integers(0, 4, (9, 10))
    counts[2] = [0] * 9 + [10]
    return counts


def write_csv(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def fer2013_csv(folder: Path, change: dict[int, dict[int, str]] | None = None) -> Path:
    """`fer2013.csv`; ``change`` replaces cells: row → column → text."""
    rows = [[label, " ".join(map(str, image.ravel())), part] for label, image, part in zip(LABELS, pictures(), PARTS)]
    for row, cells in (change or {}).items():
        for column, text in cells.items():
            rows[row][column] = text
    return write_csv(folder / "fer2013.csv", ["emotion", "pixels", "Usage"], rows)


def votes_csv(folder: Path, change: dict[int, dict[int, str]] | None = None, count: int = 9) -> Path:
    """`fer2013new.csv`; row 2 is no face, so it has no name."""
    rows = [
        [part, "" if i == 2 else f"fer{i:07d}.png", *given]
        for i, (part, given) in enumerate(zip(PARTS[:count], votes().tolist()))
    ]
    for row, cells in (change or {}).items():
        for column, text in cells.items():
            rows[row][column] = text
    return write_csv(folder / "fer2013new.csv", ["Usage", "Image name", *VOTE_NAMES], rows)


def emotion_folders(folder: Path) -> Path:
    for i, (image, label, part) in enumerate(zip(pictures(), LABELS, PARTS)):
        path = folder / ("train" if part == "Training" else "test") / FOLDERS[label] / f"{part}_{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return folder


def ferplus_folders(folder: Path) -> Path:
    """As published the table has a box after the name; FER+'s own script writes none."""
    for top, part in (("FER2013Train", "Training"), ("FER2013Valid", "PublicTest"), ("FER2013Test", "PrivateTest")):
        (folder / top).mkdir(parents=True)
        rows = []
        for i in (i for i, p in enumerate(PARTS) if p == part):
            box = ["(0, 0, 48, 48)"] if part == "Training" else []
            rows.append([f"fer{i:07d}.png", *box, *votes()[i].tolist()])
            if part == "PrivateTest":
                (folder / top / f"fer{i:07d}.png").write_bytes(b"this must not be opened")
            else:
                Image.fromarray(pictures()[i]).save(folder / top / f"fer{i:07d}.png")
        with (folder / top / "label.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return folder


def table(**changes) -> dict[str, np.ndarray]:
    """Arrays whose labels and votes stand in another order than ours."""
    values = {
        "label": np.array([6 - label for label in LABELS], np.int8),
        "label_names": np.array(WORDS[::-1]),
        "usage": np.array(PARTS),
        "votes": votes()[:, ::-1].astype(np.int8),
        "vote_names": np.array(["not_a_face", *VOTE_NAMES[-2::-1]]),
        "names": np.array([f"fer{i:07d}.png" for i in range(9)]),
    }
    return values | changes


def sheets(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    np.savez(folder / "labels.npz", **table())
    grid = np.zeros((2500, 48, 48), np.uint8)
    grid[:9] = pictures()
    sheet = grid.reshape(50, 50, 48, 48).transpose(0, 2, 1, 3).reshape(2400, 2400)
    Image.fromarray(sheet).save(folder / "sheet_00.webp", lossless=True)
    return folder


def one_npz(folder: Path, **changes) -> Path:
    folder.mkdir(exist_ok=True)
    values = {name: array for name, array in table(images=pictures(), **changes).items() if array is not None}
    np.savez(folder / "fer.npz", **values)
    return folder / "fer.npz"


LAYOUTS = {
    "csv": lambda folder: (fer2013_csv(folder), None),
    "csv and votes": lambda folder: (fer2013_csv(folder), votes_csv(folder)),
    "folder with csv": lambda folder: (fer2013_csv(folder).parent, votes_csv(folder)),
    "emotion folders": lambda folder: (emotion_folders(folder), None),
    "FER+ folders": lambda folder: (ferplus_folders(folder), None),
    "sheets": lambda folder: (sheets(folder), None),
    "npz": lambda folder: (one_npz(folder), None),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_pictures_without_the_part_kept_apart(layout: str, tmp_path: Path) -> None:
    faces, left_out, _ = read(*LAYOUTS[layout](tmp_path))
    assert len(faces) == KEPT
    assert left_out == {"PrivateTest": 2}
    number = [pictures()[:KEPT].tolist().index(image.tolist()) for image in faces.images]
    assert sorted(number) == [0, 1, 1, 1, 2, 5, 6]
    order = np.argsort(faces.name) if layout == "emotion folders" else np.arange(KEPT)
    labels = [-1] * KEPT if layout == "FER+ folders" else LABELS[:KEPT]
    if layout == "emotion folders":
        expected = sorted(zip([FOLDERS[label] for label in LABELS[:KEPT]], PARTS))
        assert sorted((FOLDERS[label], part) for label, part in zip(faces.label, faces.part)) == expected
    else:
        np.testing.assert_array_equal(faces.images, pictures()[:KEPT])
        assert faces.label[order].tolist() == labels
        assert faces.part.tolist() == PARTS[:KEPT]
        assert faces.group.tolist() == [0, 1, 2, 1, 1, 3, 4]
        assert faces.twin.tolist() == [False] * 4 + [True, False, False]
    assert faces.twin.sum() == 1
    if layout in ("csv", "emotion folders"):
        assert faces.votes is None
    else:
        assert faces.vote_names == VOTE_NAMES
        np.testing.assert_array_equal(faces.votes, votes()[:KEPT])


def test_names_say_where_a_picture_comes_from(tmp_path: Path) -> None:
    path, new = fer2013_csv(tmp_path), votes_csv(tmp_path)
    assert read(path)[0].name.tolist() == [f"row {i}" for i in range(KEPT)]
    assert read(path, new)[0].name.tolist()[1:4] == ["fer0000001.png", "row 2", "fer0000003.png"]
    assert "train/angry/Training_0.png" in read(emotion_folders(tmp_path / "folders"))[0].name


def test_pictures_of_test_that_do_not_tell_their_part_are_left_out(tmp_path: Path) -> None:
    emotion_folders(tmp_path)
    for path in sorted(tmp_path.glob("*/*/*.png")):
        path.rename(path.with_name(f"im{path.stem[-1]}.png"))
    (tmp_path / "test" / "happy" / ".DS_Store").write_bytes(b"")
    faces, left_out, _ = read(tmp_path)
    assert set(faces.part) == {"Training"}
    assert left_out == {"test, part not in the file's name": 5, "hidden, or left by an operating system": 1}


def test_pictures_of_validation_are_public_test_where_test_stands_beside_it(tmp_path: Path) -> None:
    emotion_folders(tmp_path)
    for path in sorted(tmp_path.glob("test/*/*.png")):
        path.rename(path.with_name(f"im{path.stem[-1]}.png"))
    (tmp_path / "test").rename(tmp_path / "validation")
    faces, left_out, _ = read(tmp_path)
    assert set(faces.part) == {"Training"}
    reason = "validation without test, part not in the file's name: call the folder PublicTest if it is that part"
    assert left_out == {reason: 5}
    (tmp_path / "Test").mkdir()
    faces, left_out, _ = read(tmp_path)
    assert (faces.part == "PublicTest").sum() == 5
    assert not left_out
    (tmp_path / "Test").rmdir()
    (tmp_path / "validation").rename(tmp_path / "public_test")
    assert (read(tmp_path)[0].part == "PublicTest").sum() == 5


def as_excel_saves(path: Path, separator: str, encoding: str) -> None:
    """The table again with other separators, ends of lines and encoding, and with emptied lines."""
    with path.open(newline="") as stream:
        rows = list(csv.reader(stream))
    with path.open("w", newline="", encoding=encoding) as stream:
        writer = csv.writer(stream, delimiter=separator, lineterminator="\r\n")
        writer.writerows([*rows, [""] * len(rows[0])])
        stream.write("\r\n")


@pytest.mark.parametrize(("separator", "encoding"), [(",", "utf-8-sig"), (";", "utf-8-sig"), ("\t", "utf-16")])
def test_all_three_tables_are_read_as_excel_saves_them(tmp_path: Path, separator: str, encoding: str) -> None:
    path, new = fer2013_csv(tmp_path), votes_csv(tmp_path)
    folders = ferplus_folders(tmp_path / "folders")
    expected = read(path, new)[0], read(folders)[0]
    for table in (path, new, *folders.glob("*/label.csv")):
        as_excel_saves(table, separator, encoding)
    for before, found in zip(expected, (read(path, new)[0], read(folders)[0]), strict=True):
        for name in ("images", "label", "votes", "part", "name"):
            np.testing.assert_array_equal(getattr(found, name), getattr(before, name))


def test_capitals_in_a_table_and_other_suffixes_do_not_matter(tmp_path: Path) -> None:
    path = fer2013_csv(tmp_path, {0: {2: "training"}, 8: {2: "PRIVATETEST"}})
    path = path.rename(tmp_path / "FER.TSV")
    faces, left_out, layout = read(path)
    assert (len(faces), left_out, layout) == (KEPT, {"PrivateTest": 2}, "fer2013.csv")
    assert faces.part[0] == "Training"


def test_what_lies_beside_the_table_is_counted_however_the_votes_are_called(tmp_path: Path, monkeypatch) -> None:
    new = votes_csv(fer2013_csv(tmp_path).parent)
    emotion_folders(tmp_path)
    monkeypatch.chdir(tmp_path)
    _, left_out, _ = read(tmp_path, Path(new.name))
    assert left_out == {"PrivateTest": 2, "beside fer2013.csv, not read": 9}


def test_an_item_that_is_used_and_gives_no_picture_is_noticed(tmp_path: Path, monkeypatch) -> None:
    def lossy(*arguments):
        faces = gather(*arguments)
        return faces.select(np.arange(len(faces)) > 0)

    monkeypatch.setattr(prepare_fer2013, "gather", lossy)
    with pytest.raises(ValueError, match=r"fer2013.csv: 7 items are used for 6 pictures"):
        read(fer2013_csv(tmp_path))


def test_a_table_with_blanks_and_another_order_of_columns_is_read(tmp_path: Path) -> None:
    image = " ".join(map(str, pictures()[0].ravel()))
    header = ["emotion", " Usage", " pixels"]  # as Kaggle's icml_face_data.csv has it
    path = write_csv(tmp_path / "icml_face_data.csv", header, [[3, "Training", image]])
    faces, _, _ = read(path)
    np.testing.assert_array_equal(faces.images[0], pictures()[0])
    assert faces.labels[faces.label[0]] == "happiness"


def test_the_script_writes_a_set_and_says_what_it_left_out(tmp_path: Path) -> None:
    path, new = fer2013_csv(tmp_path), votes_csv(tmp_path)
    command = [sys.executable, ROOT / "data_scripts" / "prepare_fer2013.py", path, "--votes", new, "--out"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, tmp_path / "set"], capture_output=True, text=True, check=True, env=environment)
    assert "Faces(7 × 48×48, FER2013: 3 PublicTest, 4 Training); FER2013, fer2013.csv, with the votes" in done.stdout
    assert "5 different pictures, 1 twins" in done.stdout
    assert "of 9 items of the source 7 are used and 2 left out" in done.stdout
    assert "left out: 2 (PrivateTest)" in done.stdout
    np.testing.assert_array_equal(read_faces(tmp_path / "set").images, pictures()[:KEPT])
    manifest = json.loads((tmp_path / "set" / "manifest.json").read_text())
    assert manifest["left_out"] == {"PrivateTest": 2}
    assert manifest["source"] == "FER2013, fer2013.csv, with the votes of FER+"
    assert "unresolved" in manifest["licence"]


def test_an_error_is_told_and_leaves_no_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = fer2013_csv(tmp_path, {1: {0: "9"}})
    assert main([str(path), "--out", str(tmp_path / "set")]) == 2
    assert capsys.readouterr().err == "prepare_fer2013: fer2013.csv, line 3: emotion must be 0 to 6; got 9\n"
    assert not (tmp_path / "set").exists()


ONES = " ".join(["1"] * 2304)


@pytest.mark.parametrize(
    ("row", "column", "text", "message"),
    [
        (1, 0, "7", r"fer2013.csv, line 3: emotion must be 0 to 6; got 7"),
        (1, 0, "sad", r"fer2013.csv, line 3: emotion must be whole numbers from 0 to 255 \(invalid literal"),
        (2, 1, "1 2 3", r"fer2013.csv, line 4: pixels must be 2304 numbers; got 3"),
        (2, 1, ONES[:-1] + "256", r"line 4: pixels must be whole numbers from 0 to 255 \(bytes must be in range"),
        (2, 1, ONES[:-1] + "-1", r"line 4: pixels must be whole numbers from 0 to 255 \(bytes must be in range"),
        (2, 1, ONES[:-1] + "0.5", r"line 4: pixels must be whole numbers from 0 to 255 \(invalid literal"),
        (2, 1, "9" * 200_000, r"fer2013.csv, line 4: field larger than field limit"),
        (6, 2, "Test", r"fer2013.csv, line 8: Usage must be Training, PublicTest or PrivateTest; got 'Test'"),
    ],
)
def test_a_bad_row_of_the_table_is_named(tmp_path: Path, row: int, column: int, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(fer2013_csv(tmp_path, {row: {column: text}}))


def test_rows_of_the_part_kept_apart_are_not_even_parsed(tmp_path: Path) -> None:
    faces, left_out, _ = read(
        fer2013_csv(tmp_path, {8: {0: "?", 1: "not pixels"}}), votes_csv(tmp_path, {8: {4: "not a vote"}})
    )
    assert (len(faces), left_out["PrivateTest"]) == (KEPT, 2)


def test_a_short_row_or_a_missing_column_is_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "fer2013.csv", ["emotion", "pixels", "Usage"], [[3]])
    with pytest.raises(ValueError, match=r"fer2013.csv, line 2: must have 3 columns or more; got 1"):
        read(path)
    path = write_csv(tmp_path / "fer2013.csv", ["emotion", "image"], [])
    with pytest.raises(ValueError, match=r"fer2013.csv must have the columns .*; it lacks pixels, Usage \(its first"):
        read(path)
    path.write_text("")
    with pytest.raises(ValueError, match=r"it lacks emotion, pixels, Usage \(its first line: empty\)"):
        read(path)


@pytest.mark.parametrize(
    ("change", "count", "message"),
    [
        ({}, 8, r"fer2013.csv and fer2013new.csv must have as many rows; fer2013new.csv ends first"),
        ({3: {0: "PublicTest"}}, 9, r"fer2013new.csv, line 5: Usage is 'PublicTest' where fer2013.csv has 'Training'"),
        ({3: {4: "300"}}, 9, r"fer2013new.csv, line 5: votes must be whole numbers from 0 to 255"),
        ({3: {4: ""}}, 9, r"fer2013new.csv, line 5: votes must be whole numbers from 0 to 255"),
    ],
)
def test_votes_that_do_not_go_with_the_table_are_named(tmp_path: Path, change, count: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(fer2013_csv(tmp_path), votes_csv(tmp_path, change, count))


def test_more_votes_than_pictures_are_named(tmp_path: Path) -> None:
    path, new = fer2013_csv(tmp_path), votes_csv(tmp_path)
    path.write_text("\n".join(path.read_text().splitlines()[:-1]))
    with pytest.raises(ValueError, match=r"must have as many rows; fer2013.csv ends first"):
        read(path, new)


def test_another_layout_says_what_was_found_and_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"SOURCE must be a file or a folder; there is nothing at .*nowhere"):
        read(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"SOURCE must hold fer2013.csv; FER2013Train .*; .* holds nothing"):
        read(tmp_path)
    (tmp_path / "cohn-kanade-images").mkdir()
    with pytest.raises(ValueError, match=r"SOURCE must hold .* or one .npz; .* holds cohn-kanade-images"):
        read(tmp_path)
    (tmp_path / "fer2013.zip").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"SOURCE must hold .* or one .npz; .*fer2013.zip holds fer2013.zip"):
        read(tmp_path / "fer2013.zip")
    with pytest.raises(ValueError, match=r"--votes goes with fer2013.csv, whose rows it follows; .* another layout"):
        read(emotion_folders(tmp_path), tmp_path / "fer2013new.csv")


def test_a_source_with_nothing_but_the_part_kept_apart_is_an_error(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "fer2013.csv", ["emotion", "pixels", "Usage"], [[0, "", "PrivateTest"]])
    with pytest.raises(ValueError, match=r"holds no picture of Training or PublicTest \(left out: {'PrivateTest': 1}"):
        read(path)


def test_bad_files_among_the_folders_are_named(tmp_path: Path) -> None:
    emotion_folders(tmp_path)
    odd = tmp_path / "train" / "angry" / "Training_9.png"
    Image.fromarray(np.zeros((48, 50), np.uint8)).save(odd)
    with pytest.raises(ValueError, match=r"Training_9.png must be 48 × 48 pixels; got 50 × 48"):
        read(tmp_path)
    odd.write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"Training_9.png cannot be read as PNG or JPEG \("):
        read(tmp_path)
    odd.rename(odd.with_suffix(".txt"))
    with pytest.raises(ValueError, match=r"Training_9.txt must be a picture \(.png, .jpg, .jpeg\)"):
        read(tmp_path)
    odd.with_suffix(".txt").unlink()
    for word in ("bored", "contempt"):
        (tmp_path / "train" / word).mkdir()
        with pytest.raises(ValueError, match=rf"{word} must be a folder named after an emotion of FER2013 \("):
            read(tmp_path)
        (tmp_path / "train" / word).rmdir()


def test_bad_tables_among_the_ferplus_folders_are_named(tmp_path: Path) -> None:
    ferplus_folders(tmp_path)
    labels = tmp_path / "FER2013Train" / "label.csv"
    for text, message in {
        "../secret.png,1,0,0,0,0,0,0,0,0,0": r"FER2013Train/label.csv, line 1: must begin with the name of a picture",
        "fer0000000.png,1,2": r"FER2013Train/label.csv, line 1: votes must be 10 numbers; got 2",
    }.items():
        labels.write_text(text)
        with pytest.raises(ValueError, match=message):
            read(tmp_path)
    Image.fromarray(pictures()[8]).save(tmp_path / "FER2013Train" / "unlisted.png")
    labels.write_text("fer0000000.png,1,0,0,0,0,0,0,0,0,0")
    assert read(tmp_path)[1] == {"PrivateTest": 2, "no row in label.csv": 4}
    labels.write_text("fer0000000.png,1,0,0,0,0,0,0,0,0,0\n" * 2)
    with pytest.raises(ValueError, match=r"Train/label.csv, line 2: fer0000000.png must stand there once; it has"):
        read(tmp_path)
    labels.write_text("fer0000009.png,1,0,0,0,0,0,0,0,0,0")
    with pytest.raises(FileNotFoundError, match=r"fer0000009.png is not there"):
        read(tmp_path)
    labels.unlink()
    with pytest.raises(FileNotFoundError, match=r"label.csv is not there; FER\+'s folders have it beside their pict"):
        read(tmp_path)


def test_sheets_and_labels_go_together(tmp_path: Path) -> None:
    sheets(tmp_path)
    black = Image.fromarray(np.zeros((2400, 2400), np.uint8))
    black.save(tmp_path / "sheet_01.webp", lossless=True)
    with pytest.raises(ValueError, match=r"must hold 1 sheets for 9 labels; amiss: sheet_01.webp"):
        read(tmp_path)
    (tmp_path / "sheet_00.webp").unlink()
    with pytest.raises(ValueError, match=r"must hold 1 sheets for 9 labels; amiss: sheet_00.webp, sheet_01.webp"):
        read(tmp_path)
    (tmp_path / "sheet_01.webp").unlink()
    sheets(tmp_path)
    np.savez(tmp_path / "labels.npz", **{name: array[:8] for name, array in table().items() if len(array) == 9})
    with pytest.raises(ValueError, match=r"sheet_00.webp must be black after its last picture; 1 more are there than"):
        read(tmp_path)
    np.savez(tmp_path / "labels.npz", **table(images=pictures()))
    with pytest.raises(ValueError, match=r"labels.npz must hold no images where sheets stand beside it; move one"):
        read(tmp_path)


def test_arrays_and_files_that_are_not_read_are_counted(tmp_path: Path) -> None:
    sheets(tmp_path)
    np.savez(tmp_path / "labels.npz", **table(age=np.zeros(9), twin=np.zeros(9, bool)))
    (tmp_path / "read.py").write_text("")
    faces, left_out, _ = read(tmp_path)
    assert len(faces) == KEPT
    assert left_out == {"PrivateTest": 2, "array of another name": 1, "beside labels.npz, not read": 1}


def test_bad_sheets_are_named(tmp_path: Path) -> None:
    sheets(tmp_path)
    Image.fromarray(np.zeros((48, 48), np.uint8)).save(tmp_path / "sheet_00.webp", lossless=True)
    with pytest.raises(ValueError, match=r"sheet_00.webp must be 2400 pixels wide and high; got \(48, 48\)"):
        read(tmp_path)
    (tmp_path / "sheet_00.webp").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"sheet_00.webp cannot be read as WebP \("):
        read(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"usage": None}, r"fer.npz must hold images, label and usage; it lacks usage"),
        ({"label": np.full(9, 7)}, r"label must be whole numbers from 0 to 6, one a picture"),
        ({"label": np.zeros(9)}, r"label must be whole numbers from 0 to 6, one a picture"),
        ({"label_names": np.array(["contempt"] * 7)}, r"label_names must be emotions of FER2013 \(FER2013 has no cont"),
        ({"vote_names": np.array(["joy"] * 10)}, r"vote_names must be neutral, .*, NF; got joy, joy"),
        ({"votes": np.zeros((9, 8), int)}, r"votes must be whole numbers of shape \(N, 10\); got \(9, 8\)"),
        ({"votes": np.full((9, 10), -1)}, r"votes must be from 0 to 255; got -1 to -1"),
        ({"votes": np.zeros((5, 10), int)}, r"arrays must be of one length; got {'images': 9, .*'votes': 5"),
        ({"usage": np.array("Training")}, r"arrays must be of one length; got {.*'usage': 1"),
        ({"usage": np.array(["Test"] * 9)}, r"fer.npz, row 0: Usage must be .*; got 'Test'"),
        ({"images": np.zeros((9, 48, 48))}, r"images must be a uint8 array; got float64"),
        ({"names": np.array([{}] * 9, object)}, r"fer.npz cannot be read as arrays without pickle \(Object arrays"),
    ],
)
def test_bad_arrays_are_named(tmp_path: Path, changes, message: str) -> None:
    values = {name: array for name, array in (table(images=pictures()) | changes).items() if array is not None}
    np.savez(tmp_path / "fer.npz", **values)
    with pytest.raises((ValueError, TypeError), match=message):
        read(tmp_path / "fer.npz")


def test_a_file_that_is_no_npz_is_named(tmp_path: Path) -> None:
    (tmp_path / "fer.npz").write_bytes(b"no arrays")
    with pytest.raises(ValueError, match=r"fer.npz cannot be read as arrays without pickle \("):
        read(tmp_path / "fer.npz")


def test_the_real_sheets_hold_what_is_known_of_them(fer2013plus: Path | None, tmp_path: Path) -> None:
    """With --fer2013plus the real faces; without it the made-up sheets, counted the same way."""
    source, known = (sheets(tmp_path), (7, 5, 1)) if fer2013plus is None else (fer2013plus, (31_605, 30_273, 249))
    faces, _, _ = read(source)
    assert (len(faces), len(np.unique(faces.group)), int(faces.twin.sum())) == known
    with np.load(source / "labels.npz", allow_pickle=False) as stored:
        if "twin" in stored:
            np.testing.assert_array_equal(faces.twin, stored["twin"])
            np.testing.assert_array_equal(faces.group, stored["group"])
