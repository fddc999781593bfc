"""The checks of the lessons' exercises, one file a lesson, and what they share."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
