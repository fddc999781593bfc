"""What an explorer gives back: when it is closed, and when its cell is run again in a real kernel."""

from __future__ import annotations

import ast
import gc
import weakref
from collections.abc import Iterator
from queue import Empty

import ipywidgets
import numpy as np
import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from ferviz import explorers
from ferviz.clip import Clip
from ferviz.explorers.shared.closing import running_cell
from tests.explorers.test_sources import SOURCES, own_picture
from tests.notebook_runner import kernel_environment

MADE = {
    **{name: lambda name=name: SOURCES[name](Clip(own_picture()[None], np.zeros(1))) for name in SOURCES},
    "FaceLab": explorers.FaceLab,
    "Twins": explorers.Twins,
    "Annotator": explorers.Annotator,
}


def widgets() -> int:
    return len(ipywidgets.widgets.widget._instances)


def model_of(explorer):
    """The network of an explorer, or the first of several."""
    several = getattr(explorer, "models", None) or getattr(explorer, "_models", None)
    if callable(getattr(explorer, "model", None)) and several is None:
        return explorer.model("self") if isinstance(explorer, explorers.Frames) else explorer.model
    return explorer.model if several is None else next(iter(several.values()))


@pytest.mark.parametrize("name", MADE)
def test_closing_closes_every_widget_and_lets_the_clip_and_the_model_go(name):
    MADE[name]().close()  # what is loaded once is loaded now
    before = widgets()
    explorer = MADE[name]()
    stage, foot, parts = explorer.stage, explorer.foot, [*explorer.children]
    heavy = [weakref.ref(explorer.view)]
    if name != "LBPStepper":
        heavy.append(weakref.ref(model_of(explorer)))
    if name in SOURCES:
        heavy.append(weakref.ref(explorer.looked()))
    explorer.close()
    gc.collect()
    assert [one() for one in heavy] == [None] * len(heavy)
    assert all(part.comm is None for part in (stage, foot, *parts, explorer))
    assert (stage.picture, stage.answer, explorer.children) == ({}, {}, ())
    assert widgets() == before
    explorer.close()  # twice is once


def test_a_closed_explorer_says_so():
    explorer = explorers.Patch()
    explorer.close()
    with pytest.raises(AttributeError, match="Patch is closed and has let go of 'view': make it again"):
        _ = explorer.view
    with pytest.raises(AttributeError, match="Patch is closed and has let go of .*: make it again"):
        explorer.show(x=0.2)
    with pytest.raises(AttributeError, match="'Patch' object has no attribute 'vieww'"):
        _ = explorers.Patch().vieww


def test_there_is_no_cell_in_a_test():
    assert running_cell() is None


# ---- in a kernel -----------------------------------------------------------------------------------------------------


@pytest.fixture
def kernel() -> Iterator[BlockingKernelClient]:
    apart = ["--HistoryManager.hist_file=:memory:"]  # nothing of this stands in the person's own history
    manager, client = start_new_kernel(kernel_name="python3", env=kernel_environment(), extra_arguments=apart)
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(client: BlockingKernelClient, code: str, cell: str = "") -> object:
    """Run code as JupyterLab does, in a cell with an id; what its last line gives."""
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    message = client.session.msg("execute_request", {**content, "stop_on_error": True}, metadata={"cellId": cell})
    client.shell_channel.send(message)
    value: object = None
    while True:
        try:
            answer = client.get_iopub_msg(timeout=120)
        except Empty as error:
            raise RuntimeError("the kernel does not answer") from error
        if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        kind, told = answer["msg_type"], answer["content"]
        if kind == "error":
            raise RuntimeError("\n".join(told["traceback"]))
        if kind == "execute_result":
            value = told["data"].get("text/plain")
        if kind == "status" and told["execution_state"] == "idle":
            return value


OPEN = "len(ipywidgets.widgets.widget._instances)"
SETUP = """import ctypes, gc, os, ipywidgets, psutil, numpy as np, ferviz
from ferviz import explorers, intake
from ferviz.clip import Face
points = np.array([[360.0, 190.0], [440.0, 190.0], [400.0, 230.0], [370.0, 270.0], [430.0, 270.0]])
face = (Face(np.array([300.0, 100.0, 500.0, 320.0]), 1.0, points),)
intake.look = intake.detect = lambda *_, **__: face  # the detector keeps nothing, and would take minutes
film = np.random.default_rng(0).integers(0, 255, (8, 54, 96, 3), dtype=np.uint8)
def clip():
    return film.repeat(10, 1).repeat(10, 2)  # 12 MiB: three that stay would show
give_back = getattr(ctypes.CDLL(None), "malloc_trim", lambda _: None) if os.name == "posix" else lambda _: None
def grown():
    gc.collect()
    give_back(0)  # glibc keeps some 40 MiB of what was freed, now more and now less
    return psutil.Process().memory_info().rss / 2**20"""


@pytest.mark.parametrize(
    ("name", "cell", "runs"),
    [("Frames", "a1b2", 50), ("Patch", "", 6), ("LBPStepper", "a1b2", 6), ("CropLab", "", 6), ("Masks", "a1b2", 6)],
)
def test_runs_of_a_cell_grow_a_kernel_by_less_than_20_mib(kernel, name, cell, runs):
    # with "" for a client that sends no cell's id; clips that stay would show after two runs
    run(kernel, SETUP)
    more = ", models='fan-self', variant='self'" if name == "Frames" else ""
    code = f"explorer = explorers.{name}(clip(){more})\nexplorer"  # Out[] keeps each of them
    for _ in range(3):
        run(kernel, code, cell)
    before, count = (float(ast.literal_eval(str(run(kernel, line)))) for line in ("grown()", OPEN))
    for _ in range(runs):
        run(kernel, code, cell)
    after = float(ast.literal_eval(str(run(kernel, "grown()"))))
    assert after - before < 20
    assert int(str(run(kernel, OPEN))) == count
    assert run(kernel, f"sum(isinstance(one, explorers.Explorer) for one in Out.values()) > {runs}") == "True"
    assert run(kernel, "explorer.closed, explorer.private") == "(False, True)"


def test_only_the_same_cell_releases_and_one_run_may_make_several(kernel):
    run(kernel, "from ferviz.explorers import Patch, LBPStepper")
    run(kernel, "one, two = LBPStepper(), LBPStepper()", "first")
    run(kernel, "three = LBPStepper()", "second")
    closed = "one.closed, two.closed, three.closed"
    assert run(kernel, closed) == "(False, False, False)"
    run(kernel, "kept = one, two", "third")
    run(kernel, "one, two = LBPStepper(), LBPStepper()", "first")
    assert run(kernel, f"kept[0].closed, kept[1].closed, {closed}") == "(True, True, False, False, False)"
    run(kernel, "try:\n    one = LBPStepper(7)\nexcept TypeError:\n    pass", "first")
    assert run(kernel, closed) == "(False, False, False)"  # what was not made releases nothing


# ---- where messages are dealt with -----------------------------------------------------------------------------------


def test_a_message_for_a_subshell_of_the_kernel_before_is_answered_again_and_again(kernel):
    run(kernel, "from ferviz.explorers import LBPStepper\nexplorer = LBPStepper()")
    comm = ast.literal_eval(str(run(kernel, "explorer.stage.comm.comm_id")))
    for number in range(3):
        data = {"method": "custom", "content": {"wish": {"row": 60 + number}, "client": "me", "sequence": number}}
        message = kernel.session.msg("comm_msg", {"comm_id": comm, "data": data})
        message["header"]["subshell_id"] = "one of the kernel before"
        kernel.shell_channel.send(message)
        assert run(kernel, "explorer.state.row") == str(60 + number)


def test_every_widget_of_an_explorer_is_dealt_with_where_cells_run(kernel):
    run(kernel, "from ferviz.explorers import Masks, Patch\nfrom ferviz.explorers.shared.closing import parts_of")
    all_parts = "[part for one in (Masks(), Patch()) for part in (one, *parts_of(one))]"
    route = "{part.comm._reply_subshell_for({}, 'another') for part in parts}"
    assert run(kernel, f"parts = {all_parts}\n{route}") == "{None}"
    assert int(str(run(kernel, "len(parts)"))) > 10
