"""A head of expressions on a body that somebody else has trained."""

from __future__ import annotations

import torch
from torch import nn

from ferviz.models.model import resize
from ferviz.models.multi_task import Config, MultiTask

__all__ = ["OnGivenBody", "settle"]

_BATCH = 64


class OnGivenBody(MultiTask):
    """A multi-task network whose only head labels expressions; see `MultiTask`.

    As it is built the head has only zeros, so a network that was not tuned yet answers the same to every face.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        for part in self.answers.parameters():
            nn.init.zeros_(part)

    def inputs(self, pictures: torch.Tensor) -> tuple[torch.Tensor]:
        """What ``forward`` takes, from pictures (B, C, S, S) of 0 to 255, gray or of three colours, of any size.

        Gray ones get three equal colours, and all are enlarged here to the network's size: so a set can hold gray faces
        of 48 pixels, as FER2013 has them.
        """
        colours, side = self.body.backbone.colours, self.body.side
        return super().inputs(resize(pictures.float().expand(-1, colours, -1, -1), side))


@torch.no_grad()
def settle(model: OnGivenBody, pictures: torch.Tensor) -> None:
    """Give batch norms that were folded the means and variances of some faces, without changing what they do.

    Folded norms are a factor and a shift: whatever moves one layer then moves all layers above. A norm that knows its
    mean m and variance v does the same with the factor times √(v + ε), and its shift plus factor times m. From then on
    training may go on as if it had never been folded.

    Parameters
    ----------
    model : OnGivenBody
        In evaluation mode.
    pictures : tensor (B, C, S, S)
        As `inputs` takes them.
    """
    sums: dict[nn.BatchNorm2d, list[torch.Tensor]] = {}

    def note(norm: nn.BatchNorm2d, given: tuple[torch.Tensor]) -> None:
        x = given[0].double()
        sums.setdefault(norm, []).append(torch.stack([x.mean((0, 2, 3)), x.square().mean((0, 2, 3))]) * len(x))

    norms = [part for part in model.backbone.modules() if isinstance(part, nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(note) for norm in norms]
    try:
        for part in pictures.split(_BATCH):
            model.backbone(*model.inputs(part))
    finally:
        for hook in hooks:
            hook.remove()
    for norm, found in sums.items():
        mean, square = torch.stack(found).sum(0) / len(pictures)
        variance = (square - mean**2).clamp_min(0)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        factor = norm.weight / (norm.running_var + norm.eps).sqrt()
        norm.bias.add_(factor * (mean - norm.running_mean))
        norm.weight.copy_(factor * (variance + norm.eps).sqrt())
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
