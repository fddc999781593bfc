"""Build the lessons from their sources: ``python data_scripts/build_notebooks.py [--check]``.

``notebooks/source/NN_name.py`` (jupytext's percent format) becomes ``notebooks/NN_name.ipynb``, the student's, and
``notebooks/solutions/NN_name.ipynb``, the teacher's. Three tags say what goes where:

    # %% tags=["exercise"]        a stub, for the student only
    # %% tags=["solution"]        right after its stub: stands in its place in the teacher's notebook
    # %% [markdown] tags=["teacher"]   a note for the teacher only

Everything else goes into both. In a text ``{{link: SLUG}}`` becomes the link to the lesson of a paper
(`ferviz.papers`), and ``{{next: SLUG}}`` the same with what it is about; ``{{minutes}}`` becomes how long the lesson
takes (`ferviz.lessons.minutes`). A heading that ends with ``{{optional}}`` says so in both notebooks, and
``{{optional sections}}`` becomes the numbers of these. Notebooks are written without outputs, with a kernel named, and
with ids that follow from their text, so that the same source always gives the same file. ``--check`` writes nothing and
exits with 1 when a notebook is out of step with its source.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from ferviz.lessons import minutes
from ferviz.papers import PAPERS, lesson_link

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
FOR_STUDENT, FOR_TEACHER = {"exercise"}, {"solution", "teacher"}
OPTIONAL = re.compile(r"^(#+ (?:(\d+) · )?.+) \{\{optional\}\}$", re.MULTILINE)
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def build(source: Path, *, teacher: bool) -> str:
    """The text of the notebook that ``source`` becomes, for a student or for a teacher.

    Raises
    ------
    ValueError
        When an exercise has no solution right after it, a solution has no exercise, a tag is unknown, a text links to
        the lesson of a paper that has none, or what is no heading is marked as optional.
    """
    cells = jupytext.read(source, fmt="py:percent").cells
    _check_tags(source.name, cells)
    long, optional = str(minutes(cells)), _optional_sections(cells)
    dropped = FOR_STUDENT if teacher else FOR_TEACHER
    kept = [cell for cell in cells if not dropped & set(_tags(cell))]
    for cell in kept:
        if cell.cell_type == "markdown":
            text = cell.source.replace("{{minutes}}", long).replace("{{optional sections}}", optional)
            cell.source = _linked(source.name, _said(source.name, text))
    seen: dict[str, int] = {}
    notebook = nbformat.v4.new_notebook(metadata=METADATA, cells=[_clean(cell, seen) for cell in kept])
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def expected(folder: Path = NOTEBOOKS) -> dict[Path, str]:
    """Every notebook that must be in ``folder``: path → text."""
    sources = sorted((folder / "source").glob("*.py"))
    students = {folder / f"{source.stem}.ipynb": build(source, teacher=False) for source in sources}
    teachers = {folder / "solutions" / f"{source.stem}.ipynb": build(source, teacher=True) for source in sources}
    return students | teachers


def out_of_step(folder: Path = NOTEBOOKS) -> list[str]:
    """What is wrong with the notebooks in ``folder``, one line each; empty when they are in step with their sources."""
    wanted = expected(folder)
    wrong = []
    for path, text in wanted.items():
        name = path.relative_to(folder)
        if not path.is_file():
            wrong.append(f"{name} is missing")
        elif path.read_text("utf-8") != text:
            wrong.append(f"{name} is out of step with source/{path.stem}.py")
    there = sorted([*folder.glob("*.ipynb"), *folder.glob("solutions/*.ipynb")])
    return wrong + [f"{path.relative_to(folder)} has no source" for path in there if path not in wanted]


def write(folder: Path = NOTEBOOKS) -> list[Path]:
    """Write the notebooks that are out of step, each whole or not at all. Returns those written."""
    written = []
    for path, text in expected(folder).items():
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(text, "utf-8", newline="\n")
        part.replace(path)
        written.append(path)
    return written


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def _linked(name: str, text: str) -> str:
    def link(found: re.Match[str]) -> str:
        kind, slug = found.groups()
        return lesson_link(slug) + (f": {PAPERS[slug].lesson_about}" if kind == "next" else "")

    try:
        return re.sub(r"\{\{(next|link): ([\w-]+)\}\}", link, text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _optional_sections(cells: list[NotebookNode]) -> str:
    """The numbers of the sections that are marked: ``"sections 3, 9 and 10"``; "no section" when there is none."""
    found = [match[2] for cell in cells for match in OPTIONAL.finditer(cell.source) if match[2]]
    if len(found) < 2:
        return f"section {found[0]}" if found else "no section"
    return f"sections {', '.join(found[:-1])} and {found[-1]}"


def _said(name: str, text: str) -> str:
    said = OPTIONAL.sub(r"\1 (optional)", text)
    if "{{optional" in said:
        line = next(one for one in said.splitlines() if "{{optional" in one)
        raise ValueError(f"{name}: {{{{optional}}}} must end a heading; got {line!r}")
    return said


def _check_tags(name: str, cells: list[NotebookNode]) -> None:
    before: list[str] = []
    for number, cell in enumerate(cells, 1):
        tags, start = _tags(cell), cell.source.split("\n", 1)[0]
        unknown = set(tags) - FOR_STUDENT - FOR_TEACHER
        if unknown:
            raise ValueError(f"{name}, cell {number} ({start!r}): unknown tag {', '.join(sorted(unknown))}")
        if title := cell.metadata.get("title"):  # what stands on the line of the marker is in no notebook
            raise ValueError(f"{name}, cell {number} ({start!r}): {title!r} must stand below its '# %%'")
        if "exercise" in before and "solution" not in tags:
            raise ValueError(f"{name}, cell {number} ({start!r}): the exercise before it has no solution")
        if "solution" in tags and "exercise" not in before:
            raise ValueError(f"{name}, cell {number} ({start!r}): a solution must stand right after its exercise")
        before = tags
    if "exercise" in before:
        raise ValueError(f"{name}, cell {len(cells)}: the exercise has no solution")


def _clean(cell: NotebookNode, seen: dict[str, int]) -> NotebookNode:
    """The cell without outputs, with its tags and an id that follows from its text."""
    text = f"{cell.cell_type}\n{cell.source}"
    seen[text] = seen.get(text, 0) + 1
    made = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    name = hashlib.sha256(f"{seen[text]}\n{text}".encode()).hexdigest()[:8]
    return made(source=cell.source, id=name, metadata={"tags": _tags(cell)} if _tags(cell) else {})


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the lessons from notebooks/source.")
    parser.add_argument("--check", action="store_true", help="write nothing; say which notebooks are out of step")
    try:
        if parser.parse_args().check:
            wrong = out_of_step()
            print("\n".join(wrong) if wrong else "all notebooks are in step with their sources")
            if wrong:
                print("run: make notebooks")
            return int(bool(wrong))
        for path in write():
            print(f"wrote {path.relative_to(NOTEBOOKS.parent)}")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
