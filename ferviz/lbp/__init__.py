"""Local binary patterns on batches of tensors, exact on integer images.

Each pixel is compared with its neighbours on a small circle; "at least as bright" writes a 1, and the bits read as one
number are the pixel's code. `codes` computes them, `histogram` counts them, `explain` shows one pixel step by step.
"""

from __future__ import annotations

from ferviz.lbp.circle import KINDS
from ferviz.lbp.coding import bins, codes, histogram, three_planes, values
from ferviz.lbp.steps import Explanation, Neighbour, explain

__all__ = ["KINDS", "Explanation", "Neighbour", "bins", "codes", "explain", "histogram", "three_planes", "values"]
__dir__ = __all__.copy  # completion offers what is public, not what this module imports
