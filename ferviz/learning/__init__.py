"""Learning: sets as tensors, what is learned from them, the one loop, and a recipe for everything that ships."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
