"""Figures: data in, figure out. Each carries its finding in words (``figure.alt``), and none calls ``show``."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["blocks", "chart", "colours", "faces", "figure", "measured", "mesh", "patterns", "truth"],
    submod_attrs={
        "chart": ["probabilities"],
        "colours": ["EMOTION_COLOURS"],
        "faces": ["class_map", "filmstrip", "found"],
        "figure": ["Figure", "alt", "heat", "subplots"],
        "measured": ["confusion", "intervals"],
        "mesh": ["composed"],
        "patterns": ["gallery", "neighbourhood", "rings", "square_steps"],
        "blocks": ["network"],
        "truth": ["course", "truth_maps", "voice"],
    },
)
