"""Figures: data in, figure out. Each carries its finding in words (``figure.alt``), and none calls ``show``."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
