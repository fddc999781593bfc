"""ferviz: five papers on facial expression recognition, alive in Jupyter.

Everything public hangs on this module and is loaded at first use, so that ``import ferviz`` stays instant.
"""

from importlib.metadata import PackageNotFoundError, version

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)

try:
    __version__ = version("ferviz")
except PackageNotFoundError:  # a source folder on sys.path, never installed
    __version__ = "0+unknown"
