"""Whether a notebook opens files of one's own: read from its code, which is not run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

__all__ = ["opens_files"]

_READS = {"load_clip", "imread"}
_SHOWN = {"Image", "Video", "Audio"}  # of IPython.display
_MAGICS = {"run_line_magic", "run_cell_magic"}
_HELP = {"pinfo", "pinfo2"}
_SOURCE = {"clip", "source"}  # what explorers call what they look at


def opens_files(cells: Iterable[str]) -> int:
    """The number of the first cell whose code opens a file of one's own; 0 where there is none.

    That is: a mention of ``load_clip`` or ``imread``; a picture, film or sound of IPython's, unless it is made of
    samples; an explorer of a text that names no bundled sample; whatever these were called as they were imported. What
    a variable holds is not found out.
    """
    nodes = [list(_nodes(cell)) for cell in cells]
    called = dict(pair for cell in nodes for node in cell for pair in _imported(node))
    return next((n for n, cell in enumerate(nodes, 1) if any(_opens(node, called) for node in cell)), 0)


def _nodes(code: str) -> Iterator[ast.AST]:
    """The parts of a cell's code, of what its magics run too."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        tree = ast.parse(TransformerManager().transform_cell(code))
    except SyntaxError:  # what a magic is told, or no Python: its words are all that can be gone by
        yield from (ast.Name(word) for word in _READS if word in code)
        return
    for node in ast.walk(tree):
        yield node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MAGICS:
            kind, *told = [one.value if isinstance(one, ast.Constant) else "" for one in node.args] or [""]
            if kind not in _HELP:
                yield from (inner for text in told for inner in _nodes(str(text)))


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """What a name stands for, of each that an import makes."""
    if isinstance(node, ast.Import):
        yield from ((one.asname, one.name) for one in node.names if one.asname)
    if isinstance(node, ast.ImportFrom):
        yield from ((one.asname or one.name, f"{node.module}.{one.name}") for one in node.names)


def _name(node: ast.AST, called: Mapping[str, str]) -> str:
    """The dotted name of what an expression names, as far as it does."""
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value, called)}.{node.attr}"
    return called.get(node.id, node.id) if isinstance(node, ast.Name) else ""


def _opens(node: ast.AST, called: Mapping[str, str]) -> bool:
    name = _name(node, called)
    if name.rpartition(".")[2] in _READS or name == "PIL.Image.open":
        return True
    if not isinstance(node, ast.Call):
        return False
    name = _name(node.func, called)
    last = name.rpartition(".")[2]
    if last in _SHOWN and (name == last or name.startswith("IPython.")):
        return all(one.arg != "rate" for one in node.keywords)  # only samples have one
    if last != "take" and last not in _known()[0]:
        return False
    given = [*node.args[:1], *(one.value for one in node.keywords if one.arg in _SOURCE)]
    parts = (part for source in given for part in ast.walk(source))
    texts = (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str | bytes))
    return any(text not in _known()[1] for text in texts)


@cache
def _known() -> tuple[set[str], set[str]]:
    """The explorers that look at what they are given, and the names of all that needs no file of one's own."""
    from ferviz import explorers
    from ferviz.explorers.shared.source import SourceExplorer
    from ferviz.gallery import samples

    views = {name: getattr(explorers, name) for name in dir(explorers)}
    views |= {old: views[new] for old, new in vars(explorers)["_OLD"].items()}  # which the stub does not tell of
    views = {name: one for name, one in views.items() if isinstance(one, type) and issubclass(one, SourceExplorer)}
    return {*views}, {one.name for one in samples()}.union(*(view.OTHERS for view in views.values()))
