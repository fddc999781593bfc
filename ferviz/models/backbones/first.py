"""The first weights of a backbone."""

from __future__ import annotations

from torch import nn

__all__ = ["start"]


def start(net: nn.Module) -> None:
    """First weights for all convolutions, by the rule for layers before a ReLU (He et al. 2015, arXiv:1502.01852).

    The fan is PyTorch's, which leaves groups out: depthwise kernels begin smaller than by the rule, by the root of the
    number of channels. Light bodies learned from here.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
