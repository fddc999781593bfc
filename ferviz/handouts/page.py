"""A lesson as one HTML page for people without a kernel or a network: formulas, figures, explorers, everything inside.

The lesson is run first, in a kernel of its own. Formulas become MathML, which browsers draw by themselves; plotly's
figures get plotly's script, once; explorers become pages within the page. Nothing in it asks the network for anything.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import tostring

from ferviz import arguments
from ferviz.disk import write_whole
from ferviz.handouts.loads import guarded, would_load
from ferviz.handouts.own import opens_files

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

__all__ = ["HandoutError", "freeze", "hand_out", "to_html"]

WIDGET, PLOTLY = "application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json"
FORMULA = re.compile(r"(`+[^`].*?`+)|\$\$(.+?)\$\$|\$(?!\s)([^$\n]+?(?:\n[^$\n]+?)*?)(?<!\s)\$", re.DOTALL)
ASKS = re.compile(
    r"<script[^>]*\bsrc=[^>]*>\s*</script>|<script type=\"text/x-mathjax-config\">.*?</script>", re.DOTALL
)  # what nbconvert's page would load
MERMAID = re.compile(r"<script type=\"module\">(?:(?!</script>).)*cdnjs(?:(?!</script>).)*</script>", re.DOTALL)
STILL = "class='ferviz-still"  # what an explorer leaves for a notebook without a kernel: here a page takes its place
GONE = "<p>Here stood a widget, perhaps an explorer, that no page can keep: run this cell in JupyterLab to use it.</p>"
SIGN = re.compile(r"&amp;(#x?[0-9A-Fa-f]+;)")
NAMESPACE = ' xmlns="http://www.w3.org/1998/Math/MathML"'
SIBLING = re.compile(r"<a href=\"(?!https?:|#)[^\"]*\.ipynb[^\"]*\"[^>]*>(.*?)</a>", re.DOTALL)  # not beside one page


class HandoutError(RuntimeError):
    """A cell of the lesson failed, so there is nothing to hand out."""


def freeze(path: str | Path, *, timeout: int = 600) -> NotebookNode:
    """The notebook, run in a kernel of its own, with outputs that need no kernel afterwards.

    Parameters
    ----------
    path : path of an .ipynb file
        It is read and not changed; cells run in its folder.
    timeout : int
        Seconds that one cell may take.

    Raises
    ------
    FileNotFoundError, ValueError
        For a file that is not there, or no notebook.
    HandoutError
        When a cell fails, takes too long or ends its kernel, with its number and its words.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from ferviz.explorers.shared.closing import KEEPS_ALL

    path = arguments.path("path", path)
    notebook = _read(path)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            with_mathml(cell.source)  # a formula that cannot be shown is said before the minutes that cells take
    where = {"metadata": {"path": str(path.parent)}}
    # a kernel of this machine alone need not warn that others could listen; what it ran belongs in no history
    quiet = ["--IPKernelApp.log_level=ERROR", "--HistoryManager.hist_file=:memory:"]
    client = NotebookClient(notebook, timeout=timeout, kernel_name="python3", resources=where, extra_arguments=quiet)
    # this environment's own kernel, never one that the home folder names
    with client.setup_kernel(env=os.environ | {"JUPYTER_PREFER_ENV_PATH": "1", KEEPS_ALL: "1"}):
        for number, cell in enumerate(notebook.cells):
            try:
                client.execute_cell(cell, number)
            except CellExecutionError as error:
                raise HandoutError(f"{path.name}, cell {number + 1}: {error.ename}: {error.evalue:.1000}") from error
            except CellTimeoutError as error:
                raise HandoutError(f"{path.name}, cell {number + 1}: it took more than {timeout} seconds") from error
            except DeadKernelError as error:
                raise HandoutError(f"{path.name}, cell {number + 1}: the kernel died while it ran") from error
        kept = _explorers(client, notebook)
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        outputs[:] = [_frozen(one, kept) for one in outputs if STILL not in one.get("data", {}).get("text/html", "")]
        if cell.cell_type == "markdown":
            cell.source = with_mathml(cell.source)
    notebook.metadata.pop("widgets", None)
    return notebook


def _read(path: Path) -> NotebookNode:
    import nbformat

    if path.suffix != ".ipynb":
        raise ValueError(f"path must be a notebook (.ipynb); got {path.name!r:.200}")
    try:
        notebook = nbformat.reads(path.read_text("utf-8"), as_version=4)
        nbformat.validate(notebook)  # reading says what is amiss to nobody
        return notebook
    # all that nbformat raises on text that is no JSON, JSON that is no notebook, or a notebook newer than it knows
    except (ValueError, nbformat.ValidationError, AttributeError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"{path.name} is no notebook: {error}"[:300]) from error


def with_mathml(text: str) -> str:
    r"""Markdown with its formulas ($…$ and $$…$$) as MathML; what stands in backticks stays.

    Examples
    --------
    >>> with_mathml("`$x$` is $x$")
    '`$x$` is <math display="inline"><mrow><mi>x</mi></mrow></math>'
    """
    from latex2mathml import exceptions
    from latex2mathml.converter import convert_to_element

    # its exceptions have no common kind
    own = (kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception))
    unshown: tuple[type[Exception], ...] = (*own, IndexError, KeyError, RecursionError)

    def formula(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1]
        block = match[2] is not None
        words = " ".join((match[2] if block else match[3]).split())
        try:
            made = tostring(convert_to_element(words, display="block" if block else "inline"), "unicode")
        except unshown as error:
            raise HandoutError(f"the formula {words!r:.80} cannot be shown: {type(error).__name__}") from error
        made = SIGN.sub(r"&\1", made)  # signs come as "&#x003B1;", and all else that a formula says stays words
        return made.replace(NAMESPACE, "")  # HTML needs none, and nbconvert would put prefixes into headings

    return FORMULA.sub(formula, text)


def to_html(notebook: NotebookNode, title: str) -> str:
    """The page of a frozen notebook: nothing in it is loaded from elsewhere.

    Raises
    ------
    HandoutError
        When something would be.
    """
    from nbconvert import HTMLExporter

    html, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook, {"metadata": {"name": title}})
    html = SIBLING.sub(r"\1", MERMAID.sub("", ASKS.sub("", html)))
    asked = would_load(html)
    if asked:
        raise HandoutError(f"the page would load {asked:.200}: put it into the notebook itself (in a text, attach it)")
    if PLOTLY in html or "ferviz-plotly" in html:
        html = html.replace("</head>", f"<script>{_plotly_script()}</script></head>", 1)
    return guarded(html)


def hand_out(path: str | Path, out: str | Path | None = None, *, own: bool = False) -> Path:
    """Run a lesson and write it as one HTML page.

    Parameters
    ----------
    path, out : path
        The notebook and the page: beside the notebook unless said.
    own : bool
        Must be True for a notebook that opens files of one's own: what it shows of them would be in the page.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    FileNotFoundError, TypeError, ValueError, HandoutError
        As `freeze` and `to_html`; ValueError too for a notebook that opens files of one's own, without ``own``.
    """
    arguments.flag("own", own)
    path = arguments.path("path", path)
    target = path.with_suffix(".html") if out is None else arguments.path("out", out)
    if not target.parent.is_dir():  # said before the lesson runs, which takes minutes
        raise FileNotFoundError(f"{target} must lie in a folder that is there: make {target.parent} first")
    if target.is_dir() or target.resolve() == path.resolve():
        raise ValueError(f"out must be a file of its own for the page; got {target}, the notebook itself or a folder")
    code = (cell.source if cell.cell_type == "code" else "" for cell in _read(path).cells)
    if not own and (opening := opens_files(code)):
        raise ValueError(
            f"{path.name} opens files of your own in cell {opening}, and the page would hold what it shows of them: "
            "say own=True (--own) if you want that"
        )
    write_whole(target, to_html(freeze(path), path.stem).encode())
    return target


def _explorers(client: NotebookClient, notebook: NotebookNode) -> dict[str, str]:
    """Model id → HTML, for each widget that a cell shows; asked of the kernel while it still runs."""
    from nbformat.v4 import new_code_cell

    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    names = list(dict.fromkeys(one["data"][WIDGET]["model_id"] for one in outputs if _is(one, WIDGET)))
    asking = new_code_cell(
        "from IPython.display import display as _show\n"
        "from ferviz.explorers.shared.frozen import frozen as _frozen\n"
        f"_show({{'application/json': {{one: _frozen(one) for one in {names!r}}}}}, raw=True)"
    )
    notebook.cells.append(asking)  # the client keeps outputs of cells of the notebook alone
    try:
        client.execute_cell(asking, len(notebook.cells) - 1)
    finally:
        notebook.cells.pop()
    return dict(asking.outputs[-1]["data"]["application/json"])


def _is(output: NotebookNode, kind: str) -> bool:
    return kind in output.get("data", {})


def _frozen(output: NotebookNode, kept: dict[str, str]) -> NotebookNode:
    """An output without what needs a kernel or plotly's own renderer."""
    if _is(output, WIDGET):
        output.data = {"text/html": kept[output["data"][WIDGET]["model_id"]] or GONE}
    elif _is(output, PLOTLY):
        output.data = {"text/html": _plotly(output["data"][PLOTLY])}
    return output


def _plotly(figure: dict[str, Any]) -> str:
    told = json.dumps({name: figure.get(name, {}) for name in ("data", "layout", "config")}).replace("<", "\\u003c")
    draw = (
        f"const place = document.currentScript.previousElementSibling; const told = {told}; "
        "Plotly.newPlot(place, told.data, told.layout, told.config);"
    )
    return f'<div class="ferviz-plotly"></div><script>(() => {{ {draw} }})()</script>'


def _plotly_script() -> str:
    from plotly.offline import get_plotlyjs

    return get_plotlyjs().replace("</script", "<\\/script")
