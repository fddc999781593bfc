"""Build the site: reference, lessons, cards and measured tables, as pages that ask the network for nothing.

    python data_scripts/build_site.py --out FOLDER [--lessons 00 04]

All lessons are run, each in a kernel of its own, unless ``--lessons`` names some by their numbers; the others are then
left out. Sphinx's warnings are errors. The pages lie in FOLDER/html.
"""

from __future__ import annotations

import argparse
import inspect
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import nbformat

import ferviz
from ferviz.handouts import freeze
from ferviz.measured import Figures, Measured, measured, said
from ferviz.measured.files import FOLDER as MEASURED

TOP = Path(__file__).resolve().parent.parent
ROOMS = {
    "ferviz": "clips, samples, observation",
    "attribution": "which pixels or items an answer rests on",
    "exercises": "the checks of the exercises",
    "explorers": "state, view, pixels",
    "faces": "synthetic faces and voices that carry their truth",
    "intake": "finding, choosing and cutting faces",
    "lbp": "local binary patterns",
    "learning": "sets, tasks, the loop",
    "measured": "numbers with their intervals, and claims",
    "models": "networks that name their quantities",
    "plots": "arrays in, figures out",
    "prepared": "data sets that you hold",
    "scores": "removal, agreement, search, intervals",
    "weights": "weights and their cards",
}


def pictures() -> dict[str, ferviz.plots.Figure]:
    """Name of a plot → what it draws of a bundled sample."""
    clip, photo = ferviz.sample("happiness-moving"), ferviz.sample("astronaut")
    seen = ferviz.observe(ferviz.load_model("fan"), clip)
    plots = ferviz.plots
    return {
        "weights": plots.weights(clip, seen),
        "frame_network": plots.frame_network(clip, seen),
        "filmstrip": plots.filmstrip(clip),
        "found": plots.found(photo, ferviz.find_faces(photo)),
        "reach": plots.reach({"1 2 5": (1, 2, 5), "2 2 2": (2, 2, 2)}),
        "truth_maps": plots.truth_maps(clip[12]),
        "course": plots.course(clip),
    }


def public(room: str) -> list[tuple[str, object]]:
    """The public functions and classes that are at home in a room, by name."""
    module = ferviz if room == "ferviz" else getattr(ferviz, room)
    found = {name: getattr(module, name) for name in getattr(module, "__all__", dir(module))}
    return [(name, one) for name, one in sorted(found.items()) if _home(one) == room and not name.startswith("_")]


def _home(one: object) -> str:
    """The room whose page tells of a function or class; empty for what is none of ferviz."""
    whole = inspect.unwrap(one) if callable(one) else one  # what is cached is a function, too
    if not (inspect.isfunction(whole) or inspect.isclass(whole)) or not whole.__module__.startswith("ferviz."):
        return ""
    room = whole.__module__.split(".")[1]
    return room if room in ROOMS else "ferviz"


def reference(folder: Path) -> None:
    """A page a room, of the docstrings of its public names."""
    drawn = pictures()
    folder.mkdir()
    rooms = "\n".join(ROOMS)
    (folder / "index.md").write_text(f"# Reference\n\n```{{toctree}}\n:maxdepth: 1\n\n{rooms}\n```\n", "utf-8")
    for room, about in ROOMS.items():
        lines = [f"# {'ferviz' if room == 'ferviz' else f'ferviz.{room}'}: {about}", ""]
        for name, one in public(room):
            what = f"{one.__module__}.{one.__qualname__}"
            told = [f".. autofunction:: {what}"]
            if inspect.isclass(one):  # `set` is matplotlib's, `state` is said by each class itself
                told = [f".. autoclass:: {what}", "   :members:", "   :exclude-members: set, state"]
            lines += ["```{eval-rst}", *told, "```", ""]
            if room == "plots" and name in drawn:
                lines += [drawn[name]._repr_html_(), ""]
        (folder / f"{room}.md").write_text("\n".join(lines), "utf-8")


def lessons(folder: Path, numbers: Sequence[str]) -> None:
    """The lessons, run, as notebooks whose outputs need no kernel."""
    folder.mkdir()
    for path in sorted((TOP / "notebooks").glob("*.ipynb")):
        if not numbers or path.name[:2] in numbers:
            frozen = freeze(path)
            nbformat.write(frozen, folder / path.name)
            print(f"{path.name} ran", flush=True)


def table(figures: Figures) -> Iterable[str]:
    """The entries of a file of figures, as sentences under the names of their tables."""
    yield f"{escape(figures.what)}\n"
    for name, entries in figures.tables.items():
        yield f"\n**{name}**\n"
        yield "<table>" + "".join(_row(one) for one in entries) + "</table>\n"
    commands = "\n".join(f"    {line}" for line in figures.command.splitlines())
    yield f"\nMeasured by\n\n{commands}\n"


def _row(entry: Measured) -> str:
    told = ", ".join(str(value) for value in entry.of.values() if isinstance(value, str | int | float))
    return f"<tr><td>{escape(told)}</td><td>{escape(said(entry))}</td></tr>"


def fill(folder: Path, numbers: Sequence[str]) -> None:
    """Put everything that Sphinx reads into a folder."""
    shutil.copytree(TOP / "docs", folder)
    shutil.copytree(TOP / "notebooks" / "pictures", folder / "pictures")
    (folder / "papers.md").write_text(f"# Papers\n\n{ferviz.papers()._repr_html_()}\n", "utf-8")
    cards = (f"## {name}\n\n{ferviz.models.card(name)._repr_html_()}\n" for name in ferviz.models.list())
    (folder / "cards.md").write_text("# Cards of the trained networks\n\n" + "\n".join(cards), "utf-8")
    files = sorted(path.stem for path in MEASURED.glob("*.json"))
    tables = ("\n".join((f"## {name}", "", *table(measured(name)))) for name in files)
    (folder / "measured.md").write_text("# What was measured\n\n" + "\n".join(tables), "utf-8")
    (folder / "explorers.md").write_text(_explorers(), "utf-8")
    reference(folder / "reference")
    lessons(folder / "lessons", numbers)


def _explorers() -> str:
    """README's section of pictures, as a page."""
    section = (TOP / "README.md").read_text("utf-8").split("## Pictures\n")[1].split("\n(`make pictures`")[0]
    return "# Explorers\n\n" + section.replace("](notebooks/pictures/", "](pictures/") + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=TOP / "build" / "site")
    parser.add_argument("--lessons", nargs="+", default=[], metavar="NN")
    told = parser.parse_args(arguments)
    source, html = told.out / "source", told.out / "html"
    for old in (source, html):
        shutil.rmtree(old, ignore_errors=True)
    told.out.mkdir(parents=True, exist_ok=True)
    fill(source, told.lessons)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(source), str(html)]
    command += ["-t", "part"] if told.lessons else []
    done = subprocess.run(command, check=False)
    if done.returncode == 0:
        print(f"the site: {html / 'index.html'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
