"""Notebooks as pages: formulas, figures and explorers inside, nothing asked of the network, nothing of one's own."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from typer.testing import CliRunner

from ferviz import explorers
from ferviz.cli import app
from ferviz.explorers.shared.frozen import frozen
from ferviz.explorers.shared.page import PageExplorer
from ferviz.handouts import HandoutError, freeze, hand_out, to_html, with_mathml
from ferviz.handouts.own import opens_files

CELLS = (
    "# A note on $\\alpha_i = \\sigma(f_i^\\top q^0)$\n\nand `$not$` this, but\n\n$$\\frac{1}{T}$$",
    "import ferviz\nfrom ferviz import explorers\nseen = ferviz.observe(ferviz.load_model('mini-xception'), "
    "ferviz.sample('happiness-still'))\nferviz.plots.probabilities(seen)",
    "explorers.Frames()",
    "explorers.LBPStepper()",
    "import ipywidgets\nipywidgets.IntSlider()",
    "ferviz.sample('happiness-still')",
    "explorers.LBPStepper()",  # the same text again
    "closed = explorers.LBPStepper()\ndisplay(closed)\nclosed.close()",
)


def notebook(path: Path, *cells: str) -> Path:
    made = [nbformat.v4.new_markdown_cell(cells[0]), *map(nbformat.v4.new_code_cell, cells[1:])]
    book = nbformat.v4.new_notebook(cells=made)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, path)
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    path = notebook(tmp_path_factory.mktemp("handout") / "note.ipynb", *CELLS)
    before = path.read_bytes()
    made = hand_out(path)
    assert made == path.with_suffix(".html")
    assert path.read_bytes() == before
    return made.read_text("utf-8")


def test_nothing_on_the_page_is_loaded_from_elsewhere(page):
    whole = html.unescape(page)
    assert re.findall(r"(?:src|href)=[\"']https?:[^\"']*\.(?:js|css|mjs)", whole) == []
    assert "cdnjs" not in whole


def test_formulas_are_mathml_and_code_stays(page):
    assert page.count("<math ") == 2
    assert 'display="block"' in page
    assert "$not$" in page


def test_figures_and_explorers_stand_inside(page):
    assert page.count("Plotly.newPlot(place") == 1
    assert page.count("<iframe ") == 3
    assert page.count("A still: run this cell in JupyterLab to touch it.") == 2  # of the three one is live
    assert page.count("<summary>In words</summary>") == 3
    assert "application/vnd.jupyter.widget" not in page
    assert "frame 0 · 0.00 s" in page


def test_of_a_widget_that_is_no_explorer_or_is_closed_a_page_says_so(page):
    assert page.count("Here stood a widget, perhaps an explorer, that no page can keep: run this cell") == 2


def test_of_an_upload_nothing_is_kept():
    one = explorers.LBPStepper()
    one.private = True
    kept = frozen(one.model_id)
    assert kept == "<p>Here stood an explorer of which nothing is kept: run this cell in JupyterLab to use it.</p>"
    assert frozen(one.stage.model_id) == frozen("nobody") == ""
    one.close()


@pytest.mark.parametrize("text", ["costs 5 $ or 7 $", "`$x$`", "```\n$x$\n```", "no formula", "$ x $"])
def test_what_is_no_formula_stays(text):
    assert with_mathml(text) == text


def test_a_cell_that_fails_is_named(tmp_path):
    path = notebook(tmp_path / "wrong.ipynb", "# A note", "1 / 0")
    with pytest.raises(HandoutError, match=r"wrong.ipynb, cell 2: ZeroDivisionError: division by zero"):
        hand_out(path)
    assert not path.with_suffix(".html").exists()


def test_a_cell_that_ends_its_kernel_or_takes_too_long_is_named(tmp_path):
    path = notebook(tmp_path / "wrong.ipynb", "# A note", "import os; os._exit(1)")
    with pytest.raises(HandoutError, match=r"wrong.ipynb, cell 2: the kernel died while it ran"):
        hand_out(path)
    with pytest.raises(HandoutError, match=r"slow.ipynb, cell 2: it took more than 1 seconds"):
        freeze(notebook(tmp_path / "slow.ipynb", "# A note", "import time; time.sleep(9)"), timeout=1)


@pytest.mark.parametrize("own", ["no", 1, None])
def test_what_only_counts_as_true_writes_nothing_of_ones_own(tmp_path, own):
    with pytest.raises(TypeError, match="own must be True or False; got"):
        hand_out(notebook(tmp_path / "mine.ipynb", "text", "load_clip('me.jpg')"), own=own)
    with pytest.raises(TypeError, match="own must be True or False; got"):
        PageExplorer.page(SimpleNamespace(private=True), own=own)
    assert [one.name for one in tmp_path.iterdir()] == ["mine.ipynb"]


def test_what_a_formula_says_is_no_markup():
    cell = nbformat.v4.new_markdown_cell(with_mathml(r"$\text{<script>alert(1)</script>}$ and $a < \alpha$"))
    page = to_html(nbformat.v4.new_notebook(cells=[cell]), "note")
    assert "<script>alert" not in page
    assert with_mathml(r"$\text{<b>}$") == '<math display="inline"><mrow><mtext>&lt;b&gt;</mtext></mrow></math>'
    assert "<mo>&#x0003C;</mo><mi>&#x003B1;</mi>" in with_mathml(r"$< \alpha$")


def test_ones_own_files_are_asked_for_first(tmp_path):
    path = notebook(tmp_path / "mine.ipynb", "load_clip('in words')", "# load_clip('me.jpg')", "x = 1; load_clip('a')")
    with pytest.raises(ValueError, match=r"mine.ipynb opens files of your own in cell 3, .* say own=True \(--own\)"):
        hand_out(path)
    done = CliRunner().invoke(app, ["export", str(path)])
    assert done.exit_code == 1
    assert "opens files of your own in cell 3" in done.output
    assert not path.with_suffix(".html").exists()


OPENS = [
    "import ferviz\nink = '#c2410c'; photo = ferviz.load_clip('me.jpg')",
    "from ferviz import load_clip as read\nread('me.jpg')",
    "import ferviz as f\nclips = [*map(f.load_clip, ['me.jpg'])]",
    "from ferviz import explorers\nexplorers.Patch('me.jpg')",
    "from ferviz.explorers import Patch as Look\nLook(clip='me.jpg')",
    "from pathlib import Path\nfrom ferviz import explorers\nexplorers.Masks(source=Path('me.jpg'))",
    "import ferviz.explorers as e\nview = e.LBPStepper()\nview.take('me.jpg')",
    "from ferviz import explorers\nexplorers.PatchExplorer(open('me.jpg', 'rb'))",
    "from IPython.display import Image\nImage('me.jpg')",
    "from IPython.display import Video as Film\nFilm(filename='me.mp4')",
    "import IPython.display as d\nd.Audio('me.wav')",
    "from PIL import Image\nImage.open('me.jpg')",
    "import matplotlib.pyplot as plt\nplt.imread('me.jpg')",
    "%matplotlib inline\n!ls\nfrom ferviz import load_clip as read\nread('me.jpg')",
    "%%time\nfrom ferviz import load_clip as read\nread('me.jpg')",
    "%time load_clip('me.jpg')",
    "%timeit -n 1 load_clip('me.jpg')",
    "from ferviz.prepared import read_clips\nread_clips('set')[0]",
    "from ferviz import prepared\nprepared.read_faces('set')",
    "import numpy as np, matplotlib.pyplot as plt\nplt.imshow(np.load('me.npy'))",
    "from numpy import *\nload('me.npy')",
    "import cv2\ncv2.VideoCapture('me.mp4')",
    "import av\nav.open('me.mp4')",
    "from torchvision.io import read_image as see\nsee('me.jpg')",
    "import imageio.v3 as iio\niio.imiter('me.mp4')",
    "import ferviz\ngetattr(ferviz, 'load_clip')('me.jpg')",
    "import ferviz\nvars(ferviz)['load_clip']('me.jpg')",
    "from PIL.Image import *\nopen('me.jpg')",
    "show(open('me.jpg', 'rb').read())",
    "show(open('me.jpg', mode='r+b').read())",
    "from pathlib import Path\nshow(Path('me.jpg').read_bytes())",
    "from pathlib import Path\nshow(Path('me.jpg').open('rb'))",
    "import ipywidgets\nipywidgets.Image.from_file('me.jpg')",
    "%run me.py",
    "!base64 me.jpg",
    "data = !cat me.jpg",
    "!ls; base64 me.jpg",
    "!echo $(base64 me.jpg)",
    "%%bash\nls\nbase64 me.jpg",
    "%sx base64 me.jpg",
    "import os\nos.system('base64 me.jpg')",
    "import subprocess\nsubprocess.check_output(['base64', 'me.jpg'])",
    "from IPython.display import HTML\nHTML(filename='me.html')",
    "from IPython.display import HTML\nHTML('me.html')",
    "from IPython.display import SVG\nSVG('me.svg')",
    "from IPython.display import Audio\nAudio('me.wav', rate=3)",
    "from IPython.display import Audio\nAudio(f'{name}.wav', rate=3)",
    "from IPython.display import Audio\nAudio(filename=name, rate=3)",
    "from IPython.display import Audio\nAudio(Path(name), rate=3)",
    "from IPython.display import Audio\nAudio(file.read(), rate=3)",
]
"""Cells that open files of one's own."""
OTHERS = [
    "# load_clip('me.jpg')\nsaid = 'load_clip(\"me.jpg\")'",
    "?load_clip",
    "load_clip??",
    "%%html\n<p>me.jpg</p>",
    "!ls *.jpg",
    "1 +",
    "from ferviz import explorers, sample\nexplorers.Patch('astronaut', 'fan-self')\nexplorers.Masks('synthetic')",
    "from ferviz import explorers, sample\nexplorers.Patch(sample('happiness-still'), x=0.5)\nexplorers.Frames(clip)",
    "from ferviz import explorers\nexplorers.Annotator('mini-xception')",
    "from IPython.display import Audio\nAudio(clip.audio, rate=clip.sample_rate)",
    "from IPython.display import Audio\nAudio(sounds['low'], rate=8000)",
    "from IPython.display import HTML\nHTML('<p>me.jpg</p>' + said)",
    "from ferviz.prepared import read_viewers\nread_viewers()",
    "open('words.txt', 'w').write('said')\nPath('words.txt').open('w')",
    "!pip install -q ferviz\n%pip list",
    "%%bash\nls\npwd",
    "numbers['load'], getattr(clip, 'audio')",
    "model.load(state)\nsystem('me')",
    "import plotly.graph_objects as go\ngo.Image(z=pixels)",
    "np.take(numbers, [1, 2])",
    "get_ipython().run_line_magic(name, line)",
    "get_ipython().run_line_magic()",
    "get_ipython().run_line_magic('pinfo', 'imread')",
]
"""Cells that open none."""


def test_a_folder_that_is_missing_is_said_before_the_lesson_runs(tmp_path):
    path = notebook(tmp_path / "note.ipynb", "open('it ran', 'w')")
    with pytest.raises(FileNotFoundError, match=r"page.html must lie in a folder that is there: make .*none first"):
        hand_out(path, tmp_path / "none" / "page.html")
    assert [one.name for one in tmp_path.iterdir()] == ["note.ipynb"]


@pytest.mark.parametrize("code", OPENS)
def test_what_opens_a_file_of_ones_own_is_found_under_any_name(code):
    assert opens_files(["", "x = 1", code]) == 3


@pytest.mark.parametrize("code", OTHERS)
def test_what_opens_no_file_of_ones_own_is_not_asked_about(code):
    assert opens_files([code]) == 0


def test_a_name_that_another_cell_imports_is_known():
    assert opens_files(["from ferviz import load_clip as read", "read('me.jpg')"]) == 2


def test_no_lesson_opens_a_file_of_ones_own():
    for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(path, 4).cells
        assert opens_files(cell.source for cell in cells if cell.cell_type == "code") == 0, path.name


def test_a_page_by_itself_links_to_no_other_notebook():
    cell = nbformat.v4.new_markdown_cell("[next](01_b.ipynb), [a part](#a-part), [far](https://example.org/a.ipynb)")
    page = to_html(nbformat.v4.new_notebook(cells=[cell]), "note")
    assert [link for link in re.findall(r'<a href="([^"]*)"', page) if "ipynb" in link or "part" in link] == [
        "#a-part",
        "https://example.org/a.ipynb",
    ]
    assert "next, " in page


def test_a_kernel_of_this_machine_does_not_warn_of_listeners(tmp_path, capfd):
    freeze(notebook(tmp_path / "a.ipynb", "1 + 1"))
    assert "encryption" not in "".join(capfd.readouterr())


def page_of(*outputs: str) -> str:
    shown = [nbformat.v4.new_output("display_data", {"text/html": one}) for one in outputs]
    return to_html(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=shown)]), "note")


LOADS = [
    ("<img src='https://example.org/a.png'>", "https://example.org/a.png"),
    ("<img src=https://example.org/a.png>", "https://example.org/a.png"),
    ("<IMG SRC='HTTPS://EXAMPLE.ORG/a.png'>", "HTTPS://EXAMPLE.ORG/a.png"),
    ("<img src='//example.org/a.png'>", "//example.org/a.png"),
    ("<img src='&#104;ttps://example.org/a.png'>", "https://example.org/a.png"),
    ("<img alt='a > b' src='a.png'>", "a.png"),
    ("<img srcset='https://example.org/a.png 2x'>", "https://example.org/a.png"),
    ("<img src='data:,' srcset='data:, 1x, https://example.org/a.png 2x'>", "https://example.org/a.png"),
    ("<video poster='https://example.org/a.png'></video>", "https://example.org/a.png"),
    ("<video><source src=https://example.org/a.mp4></video>", "https://example.org/a.mp4"),
    ("<object data='https://example.org/a.svg'></object>", "https://example.org/a.svg"),
    ("<svg><image href='https://example.org/a.png'/></svg>", "https://example.org/a.png"),
    ("<svg><use xlink:href='https://example.org/a.svg#b'/></svg>", "https://example.org/a.svg#b"),
    ("<link rel='stylesheet' href='https://example.org/a.css'>", "https://example.org/a.css"),
    ("<p style='background: url(https://example.org/a.png)'>a</p>", "https://example.org/a.png"),
    ("<style>p { background: URL( \"//example.org/a.png\") }</style>", "//example.org/a.png"),
    ("<style>@import 'https://example.org/a.css';</style>", "https://example.org/a.css"),
    ("<style>@import url(https://example.org/a.css);</style>", "https://example.org/a.css"),
    ("<script>fetch('https://example.org/a.json')</script>", "https://example.org/a.json"),
    ("<script type='module'>import a from 'https://example.org/a.js'</script>", "https://example.org/a.js"),
    ("<script>new WebSocket('wss://example.org/a')</script>", "wss://example.org/a"),
    ("<p onclick=\"fetch('//example.org/a')\">a</p>", "//example.org/a"),
    ("<meta http-equiv='Refresh' content='0; URL=https://example.org'>", "https://example.org"),
    ("<base href='https://example.org/'>", "https://example.org/"),
    ("<iframe src='https://example.org'></iframe>", "https://example.org"),
    ("<iframe srcdoc='<img src=https://example.org/a.png>'></iframe>", "https://example.org/a.png"),
]


@pytest.mark.parametrize(("written", "named"), LOADS)
def test_what_a_page_would_load_is_refused(written, named):
    with pytest.raises(HandoutError, match=rf"the page would load {re.escape(named)}: put it into the notebook itself"):
        page_of(written)


@pytest.mark.parametrize("address", ["HTTPS://example.org/a.png", "//example.org/a.png", "a.png"])
def test_a_picture_that_a_text_names_is_refused(address):
    cell = nbformat.v4.new_markdown_cell(f"![x]({address})")
    with pytest.raises(HandoutError, match=f"the page would load {address}: put it into the notebook"):
        to_html(nbformat.v4.new_notebook(cells=[cell]), "note")


def test_what_is_inside_and_what_is_followed_stays():
    kept = (
        "<a href='https://example.org'>a</a> <img src='data:image/png;base64,AAAA'> &lt;img src=https://example.org&gt;",
        "<svg><use href='#a'/></svg><style>p { fill: url(#a); background: url('data:,') }</style>",
        "<iframe srcdoc='<p>a</p>' src='about:blank'></iframe><script>const said = 'https://example.org'</script>",
    )
    page = page_of(*kept)
    assert "data:image/png;base64,AAAA" in page


def test_a_browser_is_told_to_load_nothing(page):
    head = page[: page.index("<style")]
    assert 'http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;' in head
    assert head.index("Content-Security-Policy") < head.index("charset")
    assert page.count("default-src &#x27;none&#x27;") == 1  # pages within it have theirs, escaped once more


BARE = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}}
CODE = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.txt", "{}", r"path must be a notebook \(.ipynb\); got 'a.txt'"),
        ("a.ipynb", "no json", "a.ipynb is no notebook: "),
        ("a.ipynb", "\x00\x01", "a.ipynb is no notebook: "),
        *(("a.ipynb", text, "a.ipynb is no notebook: ") for text in ("[]", "null", "5", '{"nbformat": "a"}')),
        ("a.ipynb", "[" * 100_000, "a.ipynb is no notebook: "),
        ("a.ipynb", json.dumps({**BARE, "cells": [{**CODE, "source": 5}]}), "a.ipynb is no notebook: 5 is not valid"),
        ("a.ipynb", '{"nbformat": 9, "nbformat_minor": 0, "metadata": {}, "cells": []}', "a.ipynb is no notebook: "),
    ],
)
def test_what_is_no_notebook_is_said(tmp_path, name, text, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=says):
        freeze(tmp_path / name)
    done = CliRunner().invoke(app, ["export", str(tmp_path / name)])
    assert done.exit_code == 1
    assert done.output.startswith("ferviz: ")


@pytest.mark.parametrize("formula", [r"\left( x", "x_", r"\sqrt", "x_a_b", "{" * 9000])
def test_a_formula_that_cannot_be_shown_is_said_before_anything_runs(tmp_path, formula):
    path = notebook(tmp_path / "a.ipynb", f"so ${formula}$", "raise ValueError('ran')")
    with pytest.raises(HandoutError, match=f"the formula {re.escape(repr(formula)[:80])} cannot be shown"):
        freeze(path)


@pytest.mark.parametrize("out", ["a.ipynb", "folder"])
def test_a_page_takes_the_place_of_no_notebook_and_no_folder(tmp_path, out):
    path = notebook(tmp_path / "a.ipynb", "text", "raise ValueError('ran')")
    (tmp_path / "folder").mkdir()
    before = path.read_bytes()
    with pytest.raises(ValueError, match="out must be a file of its own for the page; got"):
        hand_out(path, tmp_path / out)
    assert path.read_bytes() == before


def test_a_notebook_that_is_not_there_is_said(tmp_path):
    done = CliRunner().invoke(app, ["export", str(tmp_path / "gone.ipynb")])
    assert done.exit_code == 1
    assert "gone.ipynb" in done.output
