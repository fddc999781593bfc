"""The files of figures: read as they were written, one form for all of them, and nothing missing or unknown."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest

from ferviz.measured import FOLDER, Figures, Measured, measured
from ferviz.measured.record import NAMES
from ferviz.models import zoo

NAMED = sorted(path.stem for path in FOLDER.glob("*.json"))
ONE = Measured(what="accuracy", of={"row": "a", "rates": [1, 2]}, value=0.5, low=0.4, high=0.6, way="95 %", command="x")
TWO = replace(ONE, of={"row": "b"}, value=1, low=1.0, high=1.0, seeds={"0": 1.0, "1": None}, command="y")
BOTH = Figures("a test", {"rows": (ONE, TWO), "none": (), "single": (ONE,)}, {"counts": [[1, 2]], "über": "α"})


def test_figures_are_read_as_they_were_written():
    again = Figures.from_json(BOTH.to_json())
    assert again == BOTH
    assert [type(entry.value) for entry in again["rows"]] == [float, int]


def test_what_all_entries_of_a_table_share_is_written_once_and_each_entry_on_a_line():
    text = BOTH.to_json()
    told = json.loads(text)["tables"]["rows"]
    assert told["shared"] == {
        name: getattr(ONE, name) for name in NAMES if name not in ("of", "value", "low", "high", "seeds", "command")
    }
    assert text.count('"row": "b"') == 1
    assert sum('"of"' in line for line in text.splitlines()) == 3
    assert '"α"' in text


def test_a_table_that_is_not_there_is_named_with_the_others():
    assert BOTH["none"] == ()
    with pytest.raises(KeyError, match="difference: the tables are rows, none, single"):
        BOTH["difference"]


def test_the_commands_are_those_of_the_entries():
    assert BOTH.command == "x\ny"


@pytest.mark.parametrize(("change", "message"), [
    (lambda told: told.pop("about"), "a file is no record of figures: it misses about"),
    (lambda told: told.update(rows=[]), "a file is no record of figures: it has the unknown 'rows'"),
    (lambda told: told["tables"].update(rows=[1]), "a file, table rows must hold a JSON object with shared, entries; "
                                                   "got list"),
    (lambda told: told["tables"]["rows"]["shared"].pop("p"), r"a file, rows\[0\] is no record of figures: it misses p"),
    (lambda told: told["tables"]["rows"]["entries"][0].update(clips=3), "it has the unknown 'clips'"),
    (lambda told: told["tables"]["rows"]["entries"][0].update(low=None), r"a file, rows\[0\]: low and high must"),
    (lambda told: told["tables"]["rows"]["entries"][1].update(value=float("nan")), r"a file, rows\[1\]: value must"),
    (lambda told: told["tables"]["rows"]["entries"][1].update(seeds=[1]), r"a file, rows\[1\]: seeds must map each"),
    (lambda told: told["tables"]["single"]["entries"][0].update(p=2), r"a file, single\[0\]: p must be from 0 to 1"),
])  # fmt: skip
def test_a_file_of_another_form_is_refused_by_name(change, message):
    told = json.loads(BOTH.to_json())
    change(told)
    with pytest.raises(ValueError, match=message):
        Figures.from_json(json.dumps(told), "a file")


def test_a_file_that_is_no_json_is_refused_by_name():
    with pytest.raises(ValueError, match="a file is not JSON text of figures: "):
        Figures.from_json("{", "a file")


def test_a_seed_that_comes_twice_is_refused_and_not_lost():
    text = BOTH.to_json().replace('{"0": 1.0, "1": null}', '{"0": 1.0, "0": null}')
    with pytest.raises(ValueError, match="a file is not JSON text of figures: a name comes twice among 0, 0"):
        Figures.from_json(text, "a file")


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="name must be one of ablation, .*fan, .*; got 'accuracy'"):
        measured("accuracy")


@pytest.mark.parametrize("name", NAMED)
def test_every_file_is_written_in_the_one_form_and_each_number_names_its_command(name):
    found = measured(name)
    assert found.to_json() == (FOLDER / f"{name}.json").read_text("utf-8")
    for table in found.tables.values():
        for entry in table:
            assert str(entry.command).startswith("python data_scripts/")
            assert entry.unit is not None
            assert (entry.p is None) == (entry.holm_over is None), "a p stands within its family"


@pytest.mark.parametrize("name", sorted(zoo.MODELS))
def test_every_number_of_a_card_names_its_command(name):
    for entry in zoo.card(name).metrics:
        assert isinstance(entry, Measured)
        assert str(entry.command).startswith("python data_scripts/measure_")


@cache
def known() -> tuple[Measured, ...]:
    """What the files say of networks, in the order of the cards; read once, for it is much."""
    tables = [measured(file).tables for file in NAMED]
    shipped = [entry for one in tables for table in ("shipped", "strangers") for entry in one.get(table, ())]
    return (*shipped, *measured("zoo")["accuracy"])


@pytest.mark.parametrize("name", sorted(set(zoo.MODELS) - {"mini-xception"}))
def test_a_card_says_what_the_files_say(name):
    entries = [replace(entry, what="") for entry in zoo.card(name).metrics]
    assert entries == [replace(entry, what="") for entry in known() if entry["row"] == name]
