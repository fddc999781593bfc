"""Backbones, one file a family: what turns a picture of a face into maps of features, or into one vector."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
