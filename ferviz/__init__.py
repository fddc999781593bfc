"""ferviz: five papers on facial expression recognition, alive in Jupyter.

Everything public hangs on this module and is loaded at first use, so that ``import ferviz`` stays instant.
"""

from importlib.metadata import PackageNotFoundError, version

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=[
        "attribution",
        "emotions",
        "exercises",
        "explorers",
        "faces",
        "intake",
        "lbp",
        "learning",
        "measured",
        "models",
        "plots",
        "prepared",
        "scores",
        "weights",
    ],
    submod_attrs={
        "clip": ["Clip", "Crop", "Face", "Gap", "Truth"],
        "emotions": ["Emotion", "LabelSet"],
        "gallery": ["fetch_samples", "sample", "samples"],
        "intake": ["detect", "find_faces"],
        "intervene": ["intervene"],
        "media": ["load_clip"],
        "models": ["load_model"],
        "observe": ["observe"],
        "papers": ["papers"],
        "reading": ["quantities", "reading"],
        "weights": ["Card"],
    },
)

try:
    __version__ = version("ferviz")
except PackageNotFoundError:  # a source folder on sys.path, never installed
    __version__ = "0+unknown"
