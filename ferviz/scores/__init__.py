"""Scores: attention or attribution held against removal and truth, and how sure a difference is.

All but `removal`, `deletion`, `insertion`, `texture_path`, `randomise`, `input_replaced` and `cell_covered`, and the
modules `pooled` and `twins`, which run or change a model, are plain functions of arrays. Values are compared within one
clip and then averaged over clips, since the weights of two clips share no scale; intervals come from drawing whole
persons anew, since clips of one person are alike. A score that is not defined is NaN, and the number of such clips is
kept.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
