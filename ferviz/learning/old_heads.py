"""A network whose body was tuned, with the heads as they stood before they were fitted again."""

from __future__ import annotations

from copy import deepcopy

from ferviz.learning.recipes.multi_task import LONGER, moving_parts
from ferviz.models.multi_task import MultiTask

__all__ = ["with_old_heads"]


def with_old_heads(first: MultiTask, last: MultiTask) -> MultiTask:
    """The last network with the heads of the generator's parameters that the first one has.

    Of `mtl-head` and `mtl` that is what the step "longer" left, but for the rounding to 16 bit.
    """
    model = deepcopy(last)
    for path in moving_parts(last, LONGER["last"]):
        model.get_submodule(path).load_state_dict(first.get_submodule(path).state_dict())
    return model
