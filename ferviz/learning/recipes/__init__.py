"""How the networks that ship were trained: `networks` lists them all, and ``ferviz train`` calls what it lists."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
