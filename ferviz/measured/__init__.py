"""What was measured and ships as data: one record for a number, one way to say it, and the files that hold them."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
