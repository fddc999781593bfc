"""Whether a notebook opens files of one's own: read from its code, which is not run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

__all__ = ["opens_files"]

_READS = {
    *("load_clip", "read_clips", "read_faces"),  # ferviz's own
    *("imread", "imreadmulti", "mimread", "volread", "imiter", "imopen", "get_reader"),  # OpenCV, imageio, Matplotlib
    *("VideoCapture", "VideoReader", "VideoFileClip", "read_image", "read_video", "read_file", "from_file"),
    *("memmap", "fromfile", "read_bytes", "read_text", "open_memmap"),
}
_MODULES = {  # what has a name that others have, too
    *("PIL.Image.open", "av.open", "numpy.load", "torch.load", "torchaudio.load", "librosa.load", "soundfile.read"),
    *("scipy.io.wavfile.read", "os.system", "os.popen", "runpy.run_path"),
    *(f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "getoutput", "Popen")),
}
_SHOWN = {"Image", "Video", "Audio", "SVG"}  # of IPython.display
_TEXTS = {"HTML", "Markdown", "Latex", "Math", "JSON", "GeoJSON", "Javascript", "Pretty", "DisplayObject"}
_FILE = re.compile(r"[^<\n]*\.\w{1,5}")  # a text that these would open if it named a file
_MAGICS = {"run_line_magic", "run_cell_magic"}
_HELP = {"pinfo", "pinfo2"}
_RUN = {"run", "store"}  # magics that bring in what other files hold
_SHELL = {"system", "getoutput", "sx", "sc", "!", "!!", "bash", "sh", "script", "cmd", "perl", "ruby"}
_HARMLESS = re.compile(r"\s*(%?pip|conda|mamba|ls|dir|pwd|echo|date|nvidia-smi|ferviz)\b[^;&|<>$`{\n]*\s*")
_SOURCE = {"clip", "source"}  # what explorers call what they look at
_READER = ast.Name("load_clip")  # stands for whatever opens a file and is no Python


def opens_files(cells: Iterable[str]) -> int:
    """The number of the first cell whose code opens a file of one's own; 0 where there is none.

    That is: a mention of a function that reads pictures, films, sounds, arrays or a prepared set; ``open`` that does
    not write; a picture, film, sound or text of IPython's, unless it is made of samples or words; an explorer of a
    text that names no bundled sample; a script that is run, and a line for the shell that does more than list; whatever
    these were called as they were imported. What a variable holds is not found out.
    """
    nodes = [list(_nodes(cell)) for cell in cells]
    called = dict(pair for cell in nodes for node in cell for pair in _imported(node))
    return next((n for n, cell in enumerate(nodes, 1) if any(_opens(node, called) for node in cell)), 0)


def _nodes(code: str) -> Iterator[ast.AST]:
    """The parts of a cell's code, of what its magics run too."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        tree = ast.parse(TransformerManager().transform_cell(code))
    except (SyntaxError, ValueError, RecursionError):  # what a magic is told, or no Python: its words must do
        yield from (ast.Name(word) for word in _READS if word in code)
        return
    for node in ast.walk(tree):
        yield node
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        told = [str(one.value) if isinstance(one, ast.Constant) else "" for one in node.args]
        if node.func.attr in _SHELL and _name(node.func.value, {}) == "" and not _harmless(told):
            yield _READER
        if node.func.attr in _MAGICS:
            kind, *told = told or [""]
            if kind in _RUN or (kind in _SHELL and not _harmless(told)):
                yield _READER
            if kind not in {*_HELP, *_RUN, *_SHELL}:
                yield from (inner for text in told for inner in _nodes(text))


def _harmless(lines: Iterable[str]) -> bool:
    """Whether nothing that the shell is told shows a file."""
    return all(_HARMLESS.fullmatch(line) for text in lines for line in text.splitlines() if line.strip())


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """What a name stands for, of each that an import makes."""
    if isinstance(node, ast.Import):
        yield from ((one.asname, one.name) for one in node.names if one.asname)
    if isinstance(node, ast.ImportFrom):
        yield from ((one.asname or one.name, f"{node.module}.{one.name}") for one in node.names if one.name != "*")
        if any(one.name == "*" for one in node.names):
            parts = (name.rpartition(".") for name in _MODULES)
            yield from ((last, f"{module}.{last}") for module, _, last in parts if module == node.module)


def _name(node: ast.AST, called: Mapping[str, str]) -> str:
    """The dotted name of what an expression names, as far as it does."""
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value, called)}.{node.attr}"
    return called.get(node.id, node.id) if isinstance(node, ast.Name) else ""


def _opens(node: ast.AST, called: Mapping[str, str]) -> bool:
    name = _name(node, called)
    if name.rpartition(".")[2] in _READS or name in _MODULES:
        return True
    if isinstance(node, ast.Subscript):  # vars(ferviz)["load_clip"]
        return isinstance(node.slice, ast.Constant) and node.slice.value in _READS
    if not isinstance(node, ast.Call):
        return False
    name = _name(node.func, called)
    last = name.rpartition(".")[2]
    if last == "open":
        return not _writes(node)
    if last in ("getattr", "attrgetter", "methodcaller"):
        return any(isinstance(one, ast.Constant) and one.value in _READS for one in node.args)
    if name == last or name.startswith("IPython."):
        if last in _SHOWN:
            return all(one.arg != "rate" for one in node.keywords) or _of_a_file(node)  # only samples have one
        if last in _TEXTS:
            first = next(iter(_texts(node.args[:1])), "")
            return _named_file(node) or bool(_FILE.fullmatch(first))
    if last != "take" and last not in _known()[0]:
        return False
    given = [*node.args[:1], *(one.value for one in node.keywords if one.arg in _SOURCE)]
    return any(text not in _known()[1] for source in given for text in _texts(ast.walk(source)))


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else repr(node.value)


def _named_file(node: ast.Call) -> bool:
    return any(one.arg in ("filename", "url") for one in node.keywords)


def _of_a_file(node: ast.Call) -> bool:
    """Whether a sound is given as a text, as a path or as what was read, whatever rate it has."""
    given = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "data")]
    calls = (one for each in given for one in ast.walk(each) if isinstance(one, ast.Call))
    read = (_name(one.func, {}).rpartition(".")[2] for one in calls)
    words = any(isinstance(one, ast.JoinedStr) or any(_texts([one])) for one in given)
    return _named_file(node) or words or not {"open", "read", "Path"}.isdisjoint(read)


def _writes(node: ast.Call) -> bool:
    """Whether `open` opens a file for writing alone."""
    modes = [*node.args[1:2], *(one.value for one in node.keywords if one.arg == "mode")]
    modes = modes or [one for one in node.args[:1] if isinstance(node.func, ast.Attribute)]  # Path("a").open("w")
    return any(text[:1] in ("w", "a", "x") and "+" not in text and len(text) < 4 for text in _texts(modes))


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
