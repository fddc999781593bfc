"""Votes of CREMA-D's viewers: from the project's table and from arrays; words, ties and conflicts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ferviz.emotions import LABEL_SETS
from ferviz.prepared import Viewers, read_viewers

HEAD = '"","A","D","F","H","N","S","fileName","numResponses"'
ROWS = (
    '"100001",6,2,0,0,1,0,"1001_DFA_ANG_XX",9',
    '"200001",0,0,0,9,0,0,"1001_DFA_ANG_XX",9',
    '"300001",1,0,0,5,1,0,"1001_DFA_ANG_XX",7',
    '"100002",1,1,0,0,0,0,"1002_IEO_SAD_HI",2',
    '"200002",0,0,0,0,0,4,"1002_IEO_SAD_HI",4',
    '"300002",0,0,0,0,1,3,"1002_IEO_SAD_HI",4',
    '"100003",1,1,0,0,0,0,"1003_IEO_SAD_HI",2',
)


def table(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "tabulatedVotes.csv"
    path.write_text("\n".join((head, *rows)) + "\n", "utf-8")
    return path


def arrays(folder: Path, **changed: object) -> Path:
    names = [*map(str, LABEL_SETS["CREMA-D"])][::-1]
    told = {"clip": ["1001_DFA_ANG_XX", "1002_IEO_SAD_HI"], "emotion_names": names}
    told |= {"voice": [[0, 1, 0, 0, 2, 6], [0, 0, 0, 0, 1, 1]], "face": [[0, 0, 9, 0, 0, 0], [4, 0, 0, 0, 0, 0]]}
    told |= {"both": [[0, 1, 5, 0, 0, 1], [3, 1, 0, 0, 0, 0]]}
    path = folder / "votes.npz"
    np.savez(path, **{name: np.array(value) for name, value in (told | changed).items()})
    return path


def assert_the_two(found: Viewers, left_out: int) -> None:
    assert found.clip.tolist() == ["1001_DFA_ANG_XX", "1002_IEO_SAD_HI"]
    assert found.actor.tolist() == [1001, 1002]
    assert [str(found.labels[place]) for place in found.intended] == ["anger", "sadness"]
    assert found.votes("voice").tolist() == [[6, 2, 0, 0, 1, 0], [1, 1, 0, 0, 0, 0]]
    assert found.votes("both")[0].tolist() == [1, 0, 0, 5, 1, 0]
    assert (len(found), found.left_out) == (2, left_out)


def test_the_projects_table_and_arrays_say_the_same(tmp_path):
    assert_the_two(read_viewers(table(tmp_path, *ROWS)), left_out=1)
    assert_the_two(read_viewers(arrays(tmp_path)), left_out=0)


def test_the_votes_that_ferviz_brings_are_whole():
    found = read_viewers()
    actors = np.unique(found.actor)
    assert (len(found), found.left_out, actors.min(), actors.max()) == (6212, 0, 1001, 1076)
    assert int(found.conflict().sum()) == 2312


def test_words_shares_and_conflicts(tmp_path):
    found = read_viewers(table(tmp_path, *ROWS))
    assert found.word("voice").tolist() == [0, -1]  # two got one vote each
    assert found.word("face").tolist() == [3, 5]
    assert found.conflict().tolist() == [True, False]
    np.testing.assert_allclose(found.shares("both")[1], [0, 0, 0, 0, 0.25, 0.75])
    np.testing.assert_allclose(found.shares("both", smooth=True)[1], np.array([0.5, 0.5, 0.5, 0.5, 1.5, 3.5]) / 7)
    with pytest.raises(ValueError, match="kind must be one of voice, face, both; got 'ear'"):
        found.votes("ear")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (('"400001",1,0,0,0,0,0,"1001_DFA_ANG_XX",1',), "a row begin with 1, 2 or 3; got '400001'"),
        (('"100001",x,0,0,0,0,0,"1001_DFA_ANG_XX",1',), "must count votes"),
        ((ROWS[0], ROWS[0]), "'1001_DFA_ANG_XX' comes twice as voice"),
        ((ROWS[0],), "must tell of voice, face and both"),
        ([row.replace("1001_DFA_ANG_XX", "film") for row in ROWS[:3]], "clips such as 1001_DFA_ANG_XX; got 'film'"),
        ([row.replace("ANG", "LOV") for row in ROWS[:3]], "got '1001_DFA_LOV_XX'"),
        (('"100001",10000000000000000000000,0,0,0,0,0,"1001_DFA_ANG_XX",1',), "2: must count at most 1,000,000 vot"),
        ((*ROWS[:2], '"300001",0,0,0,0,0,0,"1001_DFA_ANG_XX",0'), "one vote or more for each clip; both does not"),
    ],
)
def test_tables_that_do_not_fit_are_refused(tmp_path, rows, message):
    with pytest.raises(ValueError, match=message):
        read_viewers(table(tmp_path, *rows))


def test_a_table_without_the_columns_is_refused(tmp_path):
    with pytest.raises(ValueError, match="must have the columns .*; it lacks S"):
        read_viewers(table(tmp_path, *ROWS, head=HEAD.replace('"S"', '"T"')))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"emotion_names": ["joy"]}, "must count the words anger, disgust, fear, happiness, neutral, sadness; got joy"),
        ({"face": [[1.0] * 6] * 2}, r"face must be whole numbers of shape \(2, 6\); got float64 of shape \(2, 6\)"),
        ({"both": [[1] * 6]}, r"both must be whole numbers of shape \(2, 6\); got int64 of shape \(1, 6\)"),
        ({"clip": "1001_DFA_ANG_XX"}, r"clip must be a row of names; got shape \(\)"),
        ({"emotion_names": "anger"}, r"emotion_names must be a row of names; got shape \(\)"),
        ({"clip": ["1001_DFA_ANG_XX"] * 2}, "must tell each clip once; 1 come twice"),
        (
            {"clip": [], **dict.fromkeys(("voice", "face", "both"), np.zeros((0, 6), int))},
            "must tell of voice, face and both for one clip at least",
        ),
        ({"both": np.full((2, 6), 2**64 - 1, np.uint64)}, "both must count at most 1,000,000 votes for a word; got 18"),
        ({"both": [[-1] * 6] * 2}, "one vote or more for each clip; both does not"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, changed, message):
    with pytest.raises(ValueError, match=message):
        read_viewers(arrays(tmp_path, **changed))


def test_what_is_no_file_of_votes_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="must be tabulatedVotes.csv of CREMA-D, or its arrays"):
        read_viewers(tmp_path / "none.csv")
    (tmp_path / "bad.npz").write_bytes(b"PK and nothing else")
    with pytest.raises(ValueError, match="bad.npz must hold the arrays clip, voice, face, both, emotion_names"):
        read_viewers(tmp_path / "bad.npz")
    np.savez(tmp_path / "objects.npz", clip=np.array([{}], object))
    with pytest.raises(ValueError, match="objects.npz must hold the arrays"):
        read_viewers(tmp_path / "objects.npz")
