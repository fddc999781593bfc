"""The checkpoint of a run: weights, the optimiser's whole state, how far it came. Tensors and JSON, never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import nn

from ferviz.disk import clear_left, parse_json, write_whole

__all__ = ["Checkpoint", "Progress"]

NAME, BEST, _HISTORY = "checkpoint.safetensors", "best.safetensors", "history.json"
_MODEL, _OPTIMISER, _MOMENTUM = "model.", "optimiser.", "momentum."


@dataclass
class Progress:
    """How far a run came: steps done, a row for each whole epoch, and the losses of the epoch that is not whole."""

    step: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


class Checkpoint:
    """Writes a run to ``out`` and reads it back, refusing the run of another schedule, set, model or optimiser.

    ``schedule`` and ``how`` (what the run learns by, as JSON knows it), ``items`` and ``moving`` (the names of the
    parameters in the optimiser's groups, whose order its state counts by) are written beside the weights.
    """

    def __init__(
        self,
        out: Path,
        model: nn.Module,
        optimiser: torch.optim.Optimizer,
        *,
        schedule: Mapping[str, Any],
        items: int,
        sharpness: Mapping[str, Any] | None = None,
    ) -> None:
        self.out, self.path = out, out / NAME
        self.model, self.optimiser = model, optimiser
        self.schedule, self.items = dict(schedule), items
        names = {id(parameter): name for name, parameter in model.named_parameters()}
        self.moving = [[names.get(id(p), "") for p in group["params"]] for group in optimiser.param_groups]
        self.how = _as_json({**_settings(optimiser), "sharpness": sharpness})

    def save(self, progress: Progress) -> None:
        """Write ``history.json`` and the checkpoint, each whole or not at all.

        Raises
        ------
        OSError
            When one cannot be written; the last checkpoint stays.
        TypeError
            When the optimiser's state holds what is neither a tensor nor plain.
        """
        tensors = {_MODEL + name: _stored(value) for name, value in self.model.state_dict().items()}
        state = _packed(self.optimiser.state_dict(), tensors)
        told = {"step": progress.step, "history": progress.history, "losses": progress.losses}
        told |= {"schedule": self.schedule, "items": self.items, "how": self.how, "optimiser": state}
        told |= {"moving": self.moving}
        history = json.dumps(progress.history, indent=1) + "\n"
        write_whole(self.out / _HISTORY, history.encode())
        write_whole(self.path, to_bytes(tensors, metadata={"run": json.dumps(told)}))

    def resume(self) -> Progress:
        """Fill the model and the optimiser with what was saved, if anything was.

        A checkpoint of the first form, which kept the momenta of gradient descent alone, is read on, and so is one that
        does not say which parameters moved.

        Raises
        ------
        ValueError
            When it is damaged, or of another schedule, set, model or optimiser.
        """
        clear_left(self.out, [NAME, BEST, _HISTORY])
        if not self.path.is_file():
            return Progress()
        try:
            told, tensors = _read(self.path)
            progress = Progress(int(told["step"]), list(told["history"]), list(told["losses"]))
            schedule, items = told["schedule"], told.get("items", self.items)
            moving = told.get("moving", self.moving)
            how = told["how"] if "how" in told else _first_form(schedule)
            state = _unpacked(told["optimiser"], tensors) if "optimiser" in told else None
        except (SafetensorError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"{self.path} is damaged ({error}); delete it to begin anew") from error
        weights = {k.removeprefix(_MODEL): v for k, v in tensors.items() if k.startswith(_MODEL)}
        self._check(schedule, items, weights, how, moving)
        self.model.load_state_dict(weights)
        try:
            self.optimiser.load_state_dict(self._with_momenta(tensors) if state is None else state)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"{self.path} is damaged ({error}); delete it to begin anew") from error
        return progress

    def save_best(self, epoch: int) -> None:
        """Write the weights as they are after an epoch, over those of an earlier one."""
        tensors = {name: _stored(value) for name, value in self.model.state_dict().items()}
        write_whole(self.out / BEST, to_bytes(tensors, metadata={"run": json.dumps({"epoch": epoch})}))

    def take_best(self, epoch: int) -> None:
        """Fill the model with the weights of an epoch that `save_best` wrote.

        Raises
        ------
        ValueError
            When they are gone, damaged or of another epoch: on a GPU, a run that goes on may add up in another order
            and find another epoch best.
        """
        path = self.out / BEST
        try:
            told, tensors = _read(path)
            if told["epoch"] != epoch:
                raise ValueError(f"it holds epoch {told['epoch']}, not {epoch}")
            self.model.load_state_dict(tensors)
        except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"{path} is not the best epoch's ({error}); delete {self.out} to begin anew") from error

    def _check(self, schedule: Any, items: Any, weights: Mapping[str, torch.Tensor], how: Any, moving: Any) -> None:
        other = "choose another folder, or delete it"
        if schedule != self.schedule:
            raise ValueError(f"{self.path} is of another run, {schedule}; wanted {self.schedule}: {other}")
        if items != self.items:
            raise ValueError(f"{self.path} is of a run on {items} items; got {self.items}: choose another folder")
        own = self.model.state_dict()
        if {k: (v.shape, v.dtype) for k, v in weights.items()} != {k: (v.shape, v.dtype) for k, v in own.items()}:
            kind = type(self.model).__name__
            raise ValueError(f"{self.path} holds another model than {kind}; choose another folder")
        if moving != self.moving:
            raise ValueError(f"{self.path} is of a run with other moving parts: {_apart(moving, self.moving)}; {other}")
        if not _alike(how, self.how):
            raise ValueError(f"{self.path} is of a run by another optimiser, {how}; wanted {self.how}: {other}")

    def _with_momenta(self, tensors: Mapping[str, torch.Tensor]) -> dict[str, Any]:
        """The optimiser's state, from a checkpoint of the first form."""
        momenta = {k.removeprefix(_MOMENTUM): v for k, v in tensors.items() if k.startswith(_MOMENTUM)}
        state = {int(place): {"momentum_buffer": value} for place, value in momenta.items()}
        return {**self.optimiser.state_dict(), "state": state}


def _read(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    with safe_open(path, framework="pt") as file:
        told = parse_json(file.metadata()["run"])
        return told, {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118


def _first_form(schedule: Mapping[str, Any]) -> dict[str, Any]:
    """How all runs learned whose checkpoints do not say it."""
    return {"optimiser": "SGD", "settings": {"momentum": schedule["momentum"], "nesterov": True}, "sharpness": None}


def _settings(optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    """Kind and settings of an optimiser; the rate is the schedule's, and settings that all groups share stand once."""
    groups = [{k: v for k, v in group.items() if k not in ("params", "lr")} for group in optimiser.param_groups]
    shared = {k: v for k, v in groups[0].items() if all(k in group and group[k] == v for group in groups)}
    own = [{k: v for k, v in group.items() if k not in shared} for group in groups]
    tensors = [len(group["params"]) for group in optimiser.param_groups]
    return {"optimiser": type(optimiser).__name__, "settings": shared, "groups": own, "tensors": tensors}


def _alike(had: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Whether all that both say is the same: another version of torch may know settings that one of them does not."""
    for name in had.keys() & own.keys():
        nested = isinstance(had[name], dict) and isinstance(own[name], dict)
        if not (_alike(had[name], own[name]) if nested else had[name] == own[name]):
            return False
    return True


def _apart(had: Sequence[Sequence[str]], own: Sequence[Sequence[str]]) -> str:
    """In which moving parameters two runs differ, in words."""
    theirs, ours = ([name for group in groups for name in group] for groups in (had, own))
    told = [
        f"{what} {', '.join(some[:5])}{f' and {len(some) - 5} more' * (len(some) > 5)}"
        for what, some in (
            ("there moved, and here not,", [name for name in theirs if name not in ours]),
            ("here move, and there did not,", [name for name in ours if name not in theirs]),
        )
        if some
    ]
    return "; ".join(told) or f"the same ones, in other groups or in another order, {had}; wanted {own}"


def _as_json(value: Any) -> Any:
    """As it comes back from a JSON file: tuples are lists there."""
    return json.loads(json.dumps(value, default=str))


def _stored(tensor: torch.Tensor) -> torch.Tensor:
    """A copy that shares its memory with no other, as safetensors wants it."""
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


def _packed(tree: Any, tensors: dict[str, torch.Tensor]) -> Any:
    """A tree of mappings, lists and tuples as JSON, its tensors moved to ``tensors`` under names of their own.

    A mapping becomes a list of pairs, since keys may be whole numbers.
    """
    if isinstance(tree, torch.Tensor):
        name = f"{_OPTIMISER}{len(tensors)}"
        tensors[name] = _stored(tree)
        return {"tensor": name}
    if isinstance(tree, Mapping):
        return {"mapping": [[_packed(key, tensors), _packed(value, tensors)] for key, value in tree.items()]}
    if isinstance(tree, (list, tuple)):
        return {type(tree).__name__: [_packed(value, tensors) for value in tree]}
    if tree is None or isinstance(tree, (bool, int, float, str)):
        return tree
    raise TypeError(f"the optimiser's state must hold tensors, numbers and words; got {type(tree).__name__}")


def _unpacked(tree: Any, tensors: Mapping[str, torch.Tensor]) -> Any:
    if not isinstance(tree, dict):
        return tree
    ((kind, value),) = tree.items()
    if kind == "tensor":
        return tensors[value]
    if kind == "mapping":
        return {_unpacked(key, tensors): _unpacked(each, tensors) for key, each in value}
    make: dict[str, type[Sequence[Any]]] = {"list": list, "tuple": tuple}
    return make[kind](_unpacked(each, tensors) for each in value)  # type: ignore[call-arg]
