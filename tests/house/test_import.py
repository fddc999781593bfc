"""`import ferviz` loads nothing heavy, and everything public is there when asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from types import ModuleType

import pytest

import ferviz

HEAVY = {
    "torch", "captum", "numpy", "scipy", "skimage", "matplotlib", "plotly", "ipywidgets", "anywidget", "xarray",
    "pandas", "jupyterlab", "av", "PIL", "safetensors", "IPython", "typer",
}  # fmt: skip


def loaded_by(statement: str) -> set[str]:
    """The top-level packages in a fresh Python after one statement."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_ferviz_loads_none_of_the_heavy_packages():
    assert loaded_by("import ferviz") & HEAVY == set()


def test_the_clip_and_the_vocabulary_need_numpy_alone():
    assert loaded_by("import ferviz.clip, ferviz.emotions") & HEAVY == {"numpy"}


def test_the_command_line_and_the_doctor_load_no_torch_before_they_need_it():
    assert loaded_by("import ferviz.cli, ferviz.doctor") & HEAVY == {"typer"}


@pytest.mark.parametrize(
    ("room", "spared"),
    [
        ("LBPStepper", {"numba", "scipy.stats", "scipy.optimize", "captum", "ferviz.faces.truth"}),
        ("Frames", {"numba", "scipy.stats", "scipy.optimize", "captum", "ferviz.faces.truth"}),
        ("Heads", {"lightning_fabric", "torch._dynamo"}),
        ("FaceLab", {"scipy.stats", "scipy.optimize", "captum", "ferviz.faces.speech"}),
    ],
)
def test_an_explorer_loads_only_what_its_first_drawing_needs(room, spared):
    code = f"import json, sys\nfrom ferviz.explorers import {room}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert loaded & spared == set()
    assert {"torch", "anywidget"} <= loaded


@pytest.mark.parametrize("name", sorted(ferviz.__all__))
def test_every_public_name_is_there_when_asked_for(name):
    assert getattr(ferviz, name) is not None
    assert name in dir(ferviz)


@pytest.mark.parametrize("name", [n for n in sorted(ferviz.__all__) if isinstance(getattr(ferviz, n), ModuleType)])
def test_completion_offers_the_public_names_of_a_module_alone(name):
    module = getattr(ferviz, name)
    assert sorted(dir(module)) == sorted(module.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = ferviz.no_such_name
