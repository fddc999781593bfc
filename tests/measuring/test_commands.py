"""What all measuring scripts have in common before they measure."""

import importlib
from pathlib import Path

import pytest

import data_scripts
from ferviz.measuring.commands import status_of

WRITING = sorted(
    path.stem
    for path in Path(data_scripts.__path__[0]).glob("measure_*.py")
    if '"--out"' in path.read_text("utf-8")
)


@pytest.mark.parametrize("name", WRITING)
def test_a_record_that_could_not_be_written_is_refused_before_the_measure(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = importlib.import_module(f"data_scripts.{name}")
    for word, says in ((tmp_path / "missing" / "it.json", "in a folder that is there"), (tmp_path, "it is a folder")):
        with pytest.raises(SystemExit, match="2"):
            script.main(["--out", str(word)])
        told = capsys.readouterr().err
        assert f"argument --out: {word} must" in told
        assert says in told


def test_most_scripts_write_a_record() -> None:
    assert len(WRITING) > 15


def test_a_script_says_in_a_line_what_was_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    def missing() -> int:
        raise FileNotFoundError("no faces there")

    assert status_of(lambda: 1) == 1
    assert status_of(missing) == 2
    assert capsys.readouterr().err.endswith(": no faces there\n")


@pytest.mark.parametrize("name", WRITING)
def test_every_measuring_script_ends_so(name: str) -> None:
    path = Path(data_scripts.__path__[0]) / f"{name}.py"
    assert path.read_text("utf-8").endswith("raise SystemExit(status_of(main))\n")
