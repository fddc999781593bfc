"""The lessons: built from their sources, clean, short of cell, and run as a student and a teacher run them."""

from __future__ import annotations

import builtins
import dis
import json
import re
import subprocess
import symtable
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbformat import NotebookNode
from notebook_runner import execute, hidden_errors, pictures_without_words, results, too_wide

from data_scripts import build_notebooks
from data_scripts.build_notebooks import NOTEBOOKS, build, expected, out_of_step, write
from ferviz.exercises import fits
from ferviz.lessons import HOUR, minutes

SOURCES = sorted((NOTEBOOKS / "source").glob("*.py"))
LONGEST_CELL = 15
BEYOND = "_more_"  # in the name of a notebook for what goes beyond a lesson's time
IN_TIME = ("00", "01", "02", "03", "04", "05", "06", "07")

LESSON = """\
# %% [markdown]
# # A lesson

# %%
1 + 1

# %% tags=["exercise"]
answer = ...

# %% tags=["solution"]
answer = 42

# %% [markdown] tags=["teacher"]
# Ten minutes.

# %%
1 + 1
"""


def exercises(notebook) -> int:
    return sum(bool({"exercise", "solution"} & set(cell.metadata.get("tags", []))) for cell in notebook.cells)


def a_lesson(folder: Path, text: str = LESSON) -> Path:
    (folder / "source").mkdir(exist_ok=True)
    source = folder / "source" / "07_a_lesson.py"
    source.write_text(text, "utf-8")
    return source


# ---- building -------------------------------------------------------------------------------------------------------


def test_the_student_gets_the_stub_and_the_teacher_the_solution_and_the_note(tmp_path):
    student = nbformat.reads(build(a_lesson(tmp_path), teacher=False), as_version=4)
    teacher = nbformat.reads(build(a_lesson(tmp_path), teacher=True), as_version=4)
    assert [cell.source for cell in student.cells] == ["# A lesson", "1 + 1", "answer = ...", "1 + 1"]
    assert [cell.source for cell in teacher.cells] == ["# A lesson", "1 + 1", "answer = 42", "Ten minutes.", "1 + 1"]


def test_a_built_notebook_is_the_same_each_time_and_names_its_kernel(tmp_path):
    source = a_lesson(tmp_path)
    text = build(source, teacher=False)
    assert text == build(source, teacher=False)
    notebook = nbformat.reads(text, as_version=4)
    assert notebook.metadata.kernelspec.name == "python3"
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert ids[0] == nbformat.reads(build(source, teacher=True), as_version=4).cells[0].id


@pytest.mark.parametrize(("text", "message"), [
    ('# %% tags=["exercise"]\n1\n', "07_a_lesson.py, cell 1: the exercise has no solution"),
    ('# %% tags=["exercise"]\n1\n\n# %%\n2\n', "07_a_lesson.py, cell 2 ('2'): the exercise before it has no solution"),
    ('# %%\n1\n\n# %% tags=["solution"]\n2\n', "cell 2 ('2'): a solution must stand right after its exercise"),
    ('# %% tags=["excercise"]\n1\n', "07_a_lesson.py, cell 1 ('1'): unknown tag excercise"),
    ("# %% [markdown] Lost words\n# kept\n", "07_a_lesson.py, cell 1 ('kept'): 'Lost words' must stand below its"),
    ("# %% [markdown]\n# {{link: no-such}}\n", "07_a_lesson.py: slug must name a paper with a lesson"),
    (
        "# %% [markdown]\n# A text {{optional}}\n",
        "07_a_lesson.py: {{optional}} must end a heading; got 'A text {{optional}}'",
    ),
])  # fmt: skip
def test_a_source_with_tags_that_do_not_fit_is_refused(tmp_path, text, message):
    with pytest.raises(ValueError) as caught:
        build(a_lesson(tmp_path, text), teacher=False)
    assert message in str(caught.value)


@pytest.mark.parametrize(("numbers", "said"), [
    ((), "no section"), ((2,), "section 2"), ((2, 3), "sections 2 and 3"), ((1, 2, 4), "sections 1, 2 and 4"),
])  # fmt: skip
def test_optional_sections_are_marked_in_both_copies_and_named_to_the_teacher(tmp_path, numbers, said):
    parts = [f"# ## {n} · Part{' {{optional}}' * (n in numbers)}\n#\n# Text.\n#\n" for n in range(1, 5)]
    note = '# %% [markdown] tags=["teacher"]\n# Leave out {{optional sections}}.\n'
    source = a_lesson(tmp_path, f"# %% [markdown]\n{''.join(parts)}\n{note}")
    student, teacher = (nbformat.reads(build(source, teacher=one), as_version=4).cells for one in (False, True))
    assert teacher[-1].source == f"Leave out {said}."
    headings = re.findall("^## .*", student[0].source, re.MULTILINE)
    assert headings == [f"## {n} · Part{' (optional)' * (n in numbers)}" for n in range(1, 5)]
    assert teacher[0].source == student[0].source


def test_what_is_missing_changed_or_a_stranger_is_named_and_writing_mends_it(tmp_path):
    source = a_lesson(tmp_path)
    assert out_of_step(tmp_path) == ["07_a_lesson.ipynb is missing", "solutions/07_a_lesson.ipynb is missing"]
    assert [path.name for path in write(tmp_path)] == ["07_a_lesson.ipynb"] * 2
    assert out_of_step(tmp_path) == []
    assert write(tmp_path) == []
    source.write_text(LESSON.replace("answer = 42", "answer = 43"), "utf-8")
    (tmp_path / "08_stranger.ipynb").write_text("{}", "utf-8")
    assert out_of_step(tmp_path) == [
        "solutions/07_a_lesson.ipynb is out of step with source/07_a_lesson.py",
        "08_stranger.ipynb has no source",
    ]


def test_an_executed_notebook_is_out_of_step(tmp_path):
    a_lesson(tmp_path)
    write(tmp_path)
    path = tmp_path / "07_a_lesson.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][1]["execution_count"] = 1
    path.write_text(json.dumps(notebook), "utf-8")
    assert out_of_step(tmp_path) == ["07_a_lesson.ipynb is out of step with source/07_a_lesson.py"]


@pytest.mark.parametrize(("arguments", "status", "said"), [
    (["--check"], 1, "07_a_lesson.ipynb is missing"),
    ([], 0, "wrote"),
    (["--check"], 0, "all notebooks are in step with their sources"),
])  # fmt: skip
def test_the_command_says_what_it_did(tmp_path, monkeypatch, capsys, arguments, status, said):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    a_lesson(folder)
    if status == 0 and arguments:
        write(folder)
    monkeypatch.setattr(build_notebooks, "NOTEBOOKS", folder)
    for function in (out_of_step, write):
        monkeypatch.setattr(function, "__defaults__", (folder,))
    monkeypatch.setattr(sys, "argv", ["build_notebooks.py", *arguments])
    assert build_notebooks.main() == status
    assert said in capsys.readouterr().out


def test_the_command_names_a_source_that_does_not_fit(tmp_path, monkeypatch, capsys):
    a_lesson(tmp_path, '# %% tags=["exercise"]\n1\n')
    monkeypatch.setattr(write, "__defaults__", (tmp_path,))
    monkeypatch.setattr(expected, "__defaults__", (tmp_path,))
    monkeypatch.setattr(sys, "argv", ["build_notebooks.py"])
    assert build_notebooks.main() == 1
    assert "the exercise has no solution" in capsys.readouterr().err


SAYS_SO = re.compile(r"may be left out|never\s+graded|for those who are fast", re.IGNORECASE)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_what_may_be_left_out_says_so_in_its_heading(source):
    cells = nbformat.reads(build(source, teacher=False), as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    marked = source.read_text("utf-8").count("{{optional}}\n")
    headings = re.findall("^#+ .*", text, re.MULTILINE)
    assert sum(one.endswith(" (optional)") for one in headings) == marked
    assert "{{optional" not in text
    parts = re.split("^(#+ .*)$", text, flags=re.MULTILINE)
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        assert not SAYS_SO.search(body) or heading.endswith(" (optional)"), f"{heading}: {SAYS_SO.search(body)}"


# by its address or, where it has none, as a note that nobody can look up
NAMED = r"\]\(https://chaelin0722\.github\.io\S+\)|an unpublished note, not available|`\d{3}_[0-9a-f]{16}\.txt`"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_review_that_a_lesson_argues_with_is_named_once_under_its_papers(source):
    cells = nbformat.reads(build(source, teacher=True), as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells)
    argues = re.search(r"\b(the|a) review\b(?! of research)", text, re.IGNORECASE)
    named = re.findall(NAMED, text)
    assert len(named) == bool(argues), (argues, named)
    assert all(one in cells[0].source for one in named)


def test_a_teacher_s_note_leaves_the_numbers_of_optional_sections_to_the_marks():
    for source in SOURCES:
        notes = [cell.source for cell in jupytext.read(source).cells if "teacher" in cell.metadata.get("tags", [])]
        for note in notes:
            assert not SAYS_SO.search(note) or "{{optional sections}}" in note, source.name


# ---- the lessons as they are committed ------------------------------------------------------------------------------


def test_all_notebooks_are_in_step_with_their_sources_and_clean():
    assert SOURCES
    assert out_of_step() == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_cell_is_long_and_there_are_three_to_five_exercises(source):
    notebook = nbformat.reads(build(source, teacher=True), as_version=4)
    long = [
        c.source.split("\n")[0]
        for c in notebook.cells
        if c.cell_type == "code" and c.source.count("\n") >= LONGEST_CELL
    ]
    assert long == []
    assert exercises(notebook) <= 5
    assert BEYOND in source.stem or exercises(notebook) >= 3


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_title_that_a_cell_sets_is_used_in_it(source):
    """A figure that was lost leaves its title behind."""
    cells = [one.source for one in jupytext.read(source).cells if one.cell_type == "code" and "title = " in one.source]
    assert [cell for cell in cells if not re.search(r"\btitle\b(?! ?=)(?!\")", cell)] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_lesson_keeps_its_hour_and_gives_one_figure(source):
    student = nbformat.reads(build(source, teacher=False), as_version=4)
    length = minutes(student.cells)
    print(f"{source.stem}: {length} minutes")
    assert minutes(nbformat.reads(build(source, teacher=True), as_version=4).cells) <= length
    if source.stem[:2] in IN_TIME and BEYOND not in source.stem:
        assert length <= HOUR
    assert re.findall(r"(\S+) minutes?\b", source.read_text("utf-8")) == ["{{minutes}}"]
    assert f"**Time:** about {length} minutes" in student.cells[0].source


@pytest.mark.parametrize("more", [s for s in SOURCES if BEYOND in s.stem], ids=lambda path: path.stem)
def test_what_goes_beyond_a_lesson_and_the_lesson_lead_to_each_other(more):
    (core,) = (source for source in SOURCES if source.stem[:2] == more.stem[:2] and BEYOND not in source.stem)
    for source, other in ((core, more), (more, core)):
        assert f"]({other.stem}.ipynb)" in build(source, teacher=False)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_each_explorer_has_one_question_and_gray_is_spelled_once(source):
    cells = nbformat.reads(build(source, teacher=False), as_version=4).cells
    text = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for question in re.findall(r"^> \*\*Question\.\*\*((?:.*\n?> )*.*)", text, re.MULTILINE):
        assert question.count("?") == 1, question
    assert [word for word in re.findall(r"\w*[Gg]rey\b[-\w]*", text) if word != "grey-scale"] == []


def cell(kind: str, source: str, *tags: str) -> dict[str, object]:
    return {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)}}


@pytest.mark.parametrize(("cells", "expected"), [
    ([], 0),
    ([cell("markdown", "word " * 150)], 1),
    ([cell("markdown", "word " * 151)], 2),
    ([cell("markdown", "# – [one](https://example.org/not-read) <br/> " + "word " * 149)], 1),
    ([cell("code", "1\n" * 10)] * 2, 1),
    ([cell("code", "1\n" * 20)], 1),
    ([cell("code", "1\n" * 21)], 2),
    ([cell("code", "...", "exercise"), cell("code", "1\n" * 40, "solution")], 4),
    ([cell("markdown", "word " * 999, "teacher")], 0),
    ([cell("markdown", "> **Question.** " + "word " * 149)], 4),
])  # fmt: skip
def test_the_length_of_a_lesson_is_reckoned_from_its_cells(cells, expected):
    assert minutes(cells) == expected


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_lesson_says_what_a_prediction_is_and_where_the_line_runs(source):
    text = source.read_text("utf-8")
    assert "10.1177/1529100619832930" in text
    assert "monitoring" in text


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_first_code_cell_asks_whether_ferviz_fits(source):
    first = next(c for c in nbformat.reads(build(source, teacher=False), as_version=4).cells if c.cell_type == "code")
    assert "fits(" in first.source
    assert "fits this notebook" in fits(first.source.split('fits("')[1].split('"')[0])


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_without_ferviz_the_first_cell_says_what_to_do(source):
    first = next(c for c in nbformat.reads(build(source, teacher=False), as_version=4).cells if c.cell_type == "code")
    blind = "import sys; sys.modules['ferviz'] = None\n" + first.source
    done = subprocess.run([sys.executable, "-c", blind], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "as its README says" in done.stderr
    assert "Select Kernel" in done.stderr
    assert "During handling" not in done.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_lesson_runs_without_network_and_hides_no_error(source, tmp_path):
    student, teacher = NOTEBOOKS / f"{source.stem}.ipynb", NOTEBOOKS / "solutions" / f"{source.stem}.ipynb"
    # the solutions in the kernel of the stubs, as a student who has done the exercises, and all again in the first
    # lesson; one thread: several that wait for a busy machine's cores take many times as long
    after = teacher if source.stem.startswith("00") else shortened(student, teacher, tmp_path)
    run = execute(student, after, OMP_NUM_THREADS="1")
    print(f"{source.stem}: {', '.join(f'{s:.1f} s' for s in run.seconds)}; CPU {run.cpu_seconds:.1f} s")
    assert run.errors == ()
    for notebook, verdict in zip(run.notebooks, ("not yet: ", "right: "), strict=True):
        assert pictures_without_words(notebook) == []
        assert too_wide(notebook) == []
        said = results(notebook)
        assert len(said) == exercises(notebook), "each exercise shows the result of one check"
        assert [text for text in said if not text.startswith(verdict)] == []


def names(code: str) -> tuple[set[str], set[str]]:
    """The global names that a cell binds, and those that it or a function in it reads from above."""
    top = symtable.symtable(code, "cell", "exec")
    bound = {name.get_name() for name in top.get_symbols() if name.is_assigned() or name.is_imported()}
    tables = [top]
    for table in tables:
        tables += table.get_children()
    read = {name.get_name() for table in tables for name in table.get_symbols() if table is top or name.is_global()}
    steps = [step for step in dis.get_instructions(compile(code, "cell", "exec")) if step.opname.endswith("_NAME")]
    first = {step.argval: step.opname for step in reversed(steps)}
    return bound, read - {name for name in bound if first.get(name) != "LOAD_NAME"}


def differ(cells: Sequence[str], ran: Collection[str]) -> set[int]:
    """Which cells can give something else in a kernel in which those of ``ran`` have run, so that they run again.

    Those that did not run; those that read what one of these binds above them, or what only a later cell binds; and
    where one of all these reads a name that several cells bind, each of the several.
    """
    told = [names(cell) for cell in cells]
    found = {number for number, cell in enumerate(cells) if cell not in ran}
    while True:
        before, asked = found.copy(), set().union(*(told[number][1] for number in found))
        for number, (bound, read) in enumerate(told):
            above, below, new = (
                set().union(*(told[one][0] for one in several))
                for several in (range(number), range(number + 1, len(told)), found & {*range(number)})
            )
            if read & new or read & (bound | below) - above or bound & (above | below) & asked:
                found.add(number)
        if found == before:
            return found


def shortened(student: Path, teacher: Path, folder: Path) -> Path:
    """A copy of the teacher's notebook to be run after the student's: what would be the same again is empty in it."""
    ran = {cell.source for cell in nbformat.read(student, as_version=4).cells}
    notebook = nbformat.read(teacher, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    again = differ([cell.source for cell in code], ran)
    for number, cell in enumerate(code):
        cell.source = cell.source if number in again else ""
    nbformat.write(notebook, folder / teacher.name)
    return folder / teacher.name


@pytest.mark.parametrize(("cells", "again"), [
    ("a = 1|print(a)|b = 2|print(b)", ""),
    ("a = 1|a = 2|print(a)|g = NEW|print(g)", "g = NEW|print(g)"),
    ("a = 1|k = 4|g = a, NEW|h = g|print(k)|print(h)", "g = a, NEW|h = g|print(h)"),
    ("a = 1|a = 2|g = a, NEW|print(a)", "a = 1|a = 2|g = a, NEW|print(a)"),  # the kernel holds what the last one bound
    ("a = 1|a = a + 1|b = NEW", "b = NEW"),
    ("a = 1|a = a + 1|b = a, NEW", "a = 1|a = a + 1|b = a, NEW"),
    ("a = 1|a += NEW|b = 1", "a = 1|a += NEW"),
    ("print(sum(a))|sum = 1", "print(sum(a))"),  # the first cell finds another sum when it runs again
    ("def f():\n    return a|a = 1|a = NEW|f()", "def f():\n    return a|a = 1|a = NEW|f()"),
])  # fmt: skip
def test_what_can_differ_runs_again_and_nothing_else(tmp_path, cells, again):
    paths = tmp_path / "student.ipynb", tmp_path / "teacher.ipynb"
    for path, text in zip(paths, (cells.replace("NEW", "..."), cells), strict=True):
        made = [nbformat.v4.new_code_cell(one) for one in text.split("|")]
        nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    (tmp_path / "again").mkdir()
    after = nbformat.read(shortened(*paths, tmp_path / "again"), as_version=4).cells
    assert len(after) == len(cells.split("|")), "each cell keeps its number"
    assert "|".join(cell.source for cell in after if cell.source) == again


def lent(cells: Sequence[NotebookNode]) -> list[str]:
    """What a solution would not have in a fresh kernel: names that only its stub binds, or nothing above it."""
    above, found, stub = {*dir(builtins), "display"}, [], set()
    for cell in cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code":
            continue
        bound, read = names(cell.source)
        if "exercise" in tags:
            stub = bound
            continue
        if "solution" in tags:
            found += [*sorted(stub - bound), *sorted(read - above)]
        above |= bound
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_solution_needs_nothing_that_a_fresh_kernel_has_not(source):
    assert lent(jupytext.read(source).cells) == []


@pytest.mark.parametrize(("cells", "found"), [
    (("a = 1", "a, b = ...", "a = 2"), ["b"]),
    (("a = 1", "b = ...", "def b():\n    return a + c\n"), ["c"]),
    (("a = 1", "b = ...", "b = [a for c in range(3)]"), []),
])  # fmt: skip
def test_what_a_solution_would_lack_is_found(cells, found):
    tags = [], ["exercise"], ["solution"]
    made = [nbformat.v4.new_code_cell(one, metadata={"tags": tag}) for one, tag in zip(cells, tags, strict=True)]
    assert lent([*made, nbformat.v4.new_code_cell("c = 1")]) == found


# ---- the scan catches what a plain runner passes --------------------------------------------------------------------


def a_notebook(folder: Path, *cells: str) -> Path:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=build_notebooks.METADATA
    )
    path = folder / "trial.ipynb"
    nbformat.write(notebook, path)
    return path


INTERACT = "import ipywidgets\ndef f(x):\n    raise ValueError('hidden in interact')\nipywidgets.interact(f, x=3);"
OUTPUT = "import ipywidgets\nout = ipywidgets.Output()\nwith out:\n    raise ValueError('hidden in Output')"
OBSERVER = """\
import ipywidgets
def f(change):
    raise ValueError('hidden in an observer')
slider = ipywidgets.IntSlider()
slider.observe(f, names=["value"])
"""
# as the browser's message reaches it: the cell itself passes
DRAGGED = (
    OBSERVER + "slider._handle_msg({'content': {'data': {'method': 'update', 'state': {'value': 3}}}, 'buffers': []})"
)
EXPLORER = """\
import anywidget, traitlets
class Stage(anywidget.AnyWidget):
    _esm = "export default {}"
    error = traitlets.Unicode().tag(sync=True)
Stage(error="hidden in an explorer");
"""
THREAD = "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start(); t.join()"


@pytest.mark.parametrize(("cell", "found"), [
    (INTERACT, "OutputModel: ValueError: hidden in interact"),
    (OUTPUT, "OutputModel: ValueError: hidden in Output"),
    (OBSERVER + "slider.value = 3", "cell 1: ValueError: hidden in an observer"),
    (DRAGGED, "cell 1: ValueError: hidden in an observer"),
    (EXPLORER, "AnyModel: error is 'hidden in an explorer'"),
    (THREAD, "cell 1: ZeroDivisionError: division by zero"),
    ("import socket\nsocket.socket().connect(('192.0.2.1', 80))", "offline: a connection to 192.0.2.1 was refused"),
    ("import urllib.request as u\nu.urlopen('http://192.0.2.1')", "offline: the name 192.0.2.1 was not looked up"),
    ("import socket\nsocket.getaddrinfo('example.org', 80)", "offline: the name example.org was not looked up"),
], ids=["interact", "Output", "observer", "dragged", "explorer", "thread", "address", "url", "name"])  # fmt: skip
def test_the_scan_finds_an_error_wherever_it_hides(tmp_path, cell, found):
    run = execute(a_notebook(tmp_path, cell))
    assert any(found in error for error in run.errors), run.errors


def test_a_sound_notebook_has_no_hidden_error(tmp_path):
    cells = (INTERACT.replace("raise ValueError('hidden in interact')", "print(x)"), "print('Traceback')")
    run = execute(a_notebook(tmp_path, *cells))
    assert run.errors == ()


def test_an_error_that_only_the_second_pass_has_is_found(tmp_path):
    cell = "assert 'there' not in globals(), 'state was left behind'\nthere = 1"
    path = a_notebook(tmp_path, cell)
    run = execute(path, path)
    assert len(run.seconds) == 2
    assert run.errors == ("pass 2, cell 1: AssertionError: state was left behind",)


def test_a_picture_without_alt_text_is_found_and_one_with_it_is_not(tmp_path):
    bare = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    wordless = 'from IPython.display import HTML\nHTML(\'<img src="data:," alt="">\')'
    ours = "from ferviz import plots\nfigure, ax = plots.subplots()\nplots.alt(figure, 'an empty chart')"
    notebook = execute(a_notebook(tmp_path, bare, wordless, ours)).notebooks[0]
    assert pictures_without_words(notebook) == ["import matplotlib.pyplot as plt", "from IPython.display import HTML"]
    assert hidden_errors(notebook) == []


def test_a_line_that_a_narrow_pane_would_break_is_found(tmp_path):
    cells = "print('a' * 81)\nprint('b' * 80)", "'c' * 90", "import pandas as pd\npd.DataFrame({'d' * 90: [1]})"
    notebook = execute(a_notebook(tmp_path, *cells)).notebooks[0]
    assert [line[0] + line[-1] for line in too_wide(notebook)] == ["aa", "''"]
