"""A head of expressions on a body that somebody else has trained."""

from __future__ import annotations

import torch
from torch import nn

from ferviz.models.model import resize
from ferviz.models.multi_task import Config, MultiTask

__all__ = ["OnGivenBody"]


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
