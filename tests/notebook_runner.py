"""Runs notebooks without a network, and finds the errors that a plain runner does not see.

An exception in a widget's callback does not stop a notebook: it lands in an Output widget's saved state, in the outputs
of a cell that "passed", or in an explorer's ``error``. `hidden_errors` reads all three.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbformat import NotebookNode

OFFLINE = Path(__file__).resolve().parent / "offline"
WIDGETS = "application/vnd.jupyter.widget-state+json"


@dataclass(frozen=True)
class Run:
    """What was executed in one kernel: the notebooks with their outputs, all errors; the wall seconds of each notebook,
    the kernel's memory after each, and its CPU seconds in all."""

    notebooks: tuple[NotebookNode, ...]
    errors: tuple[str, ...]
    seconds: tuple[float, ...]
    bytes_after: tuple[int, ...]
    cpu_seconds: float


def kernel_environment() -> dict[str, str]:
    """Of a kernel that cannot leave the machine: this environment's own, never one that the home folder names."""
    path_list = os.pathsep.join(filter(None, [str(OFFLINE), os.environ.get("PYTHONPATH", "")]))
    return os.environ | {"PYTHONPATH": path_list, "JUPYTER_PREFER_ENV_PATH": "1"}


def execute(*paths: Path, timeout: int = 300, **variables: str) -> Run:
    """Run all cells of each notebook, one after the other in one kernel that cannot leave the machine.

    It works in the folder of the first; ``variables`` are added to its environment.
    """
    notebooks = tuple(nbformat.read(path, as_version=4) for path in paths)
    client = NotebookClient(
        notebooks[0], timeout=timeout, kernel_name="python3", allow_errors=True, store_widget_state=True,
        extra_arguments=["--HistoryManager.hist_file=:memory:"],  # no file that kernels of other workers write too
        shutdown_kernel="immediate", resources={"metadata": {"path": str(paths[0].parent)}},
    )  # fmt: skip
    environment = kernel_environment() | variables
    errors: list[str] = []
    seconds, memory = [], []
    with client.setup_kernel(env=environment):
        kernel = psutil.Process(client.km.provisioner.pid)
        for number, notebook in enumerate(notebooks, 1):
            client.nb = notebook
            start = time.perf_counter()
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            seconds.append(time.perf_counter() - start)
            memory.append(kernel.memory_info().rss)
            client.set_widgets_metadata()
            errors += [f"pass {number}, {error}" for error in hidden_errors(notebook)]
        used = kernel.cpu_times()
    return Run(notebooks, tuple(errors), tuple(seconds), tuple(memory), used.user + used.system)


def hidden_errors(notebook: NotebookNode) -> list[str]:
    """Every error that an executed notebook holds, wherever it landed: one line each."""
    found = []
    for number, cell in enumerate(notebook.cells, 1):
        found += [f"cell {number}: {text}" for text in _errors(cell.get("outputs", []))]
    state = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
    for model in state.values():
        name, traits = model.get("model_name", "widget"), model.get("state", {})
        found += [f"{name}: {text}" for text in _errors(traits.get("outputs", []))]
        error = traits.get("error", "")
        if isinstance(error, str) and error:
            found.append(f"{name}: error is {error!r}")
    return found


def results(notebook: NotebookNode) -> list[str]:
    """What the checks of the exercises said, in order: "right: …" or "not yet: …"."""
    said = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/plain", "")
            if text.startswith(("right: ", "not yet: ")):
                said.append(text)
    return said


def pictures_without_words(notebook: NotebookNode) -> list[str]:
    """Every picture in the outputs that has no alt text: the first line of its cell."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            page = data.get("text/html", "")
            bare = any(not re.search(r"""\balt=("[^"]|'[^'])""", tag) for tag in re.findall(r"<img\b[^>]*>", page))
            if bare or ("image/png" in data and "<img" not in page):
                found.append(cell.source.split("\n", 1)[0])
    return found


def too_wide(notebook: NotebookNode, columns: int = 80) -> list[str]:
    """Every printed line that a narrow pane would break, JupyterLab even inside a word."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            plain = data.get("text/plain", "") if set(data) == {"text/plain"} else ""
            lines = (output.get("text", "") + plain).splitlines()
            found += [line for line in lines if len(line) > columns]
    return found


def _errors(outputs: list[NotebookNode]) -> list[str]:
    found = [f"{o.get('ename')}: {o.get('evalue')}" for o in outputs if o.get("output_type") == "error"]
    # an exception that a log or a thread printed is one too
    printed = [output.get("text", "") for output in outputs if output.get("output_type") == "stream"]
    return found + [text.strip().rsplit("\n", 1)[-1] for text in printed if "Traceback (most recent call" in text]
