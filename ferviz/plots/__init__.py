"""Figures: data in, figure out. Each carries its finding in words (``figure.alt``), and none calls ``show``."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=[
        "ablation",
        "attention",
        "blocks",
        "chart",
        "colours",
        "entries",
        "faces",
        "figure",
        "frames",
        "masks",
        "measured",
        "mesh",
        "patterns",
        "pixels",
        "truth",
    ],
    submod_attrs={
        "ablation": ["differences"],
        "attention": ["weights", "which_frame"],
        "chart": ["probabilities"],
        "colours": ["EMOTION_COLOURS"],
        "entries": ["along", "forest"],
        "faces": ["class_map", "filmstrip", "found"],
        "figure": ["Figure", "alt", "heat", "subplots"],
        "frames": ["frame_network"],
        "masks": ["mask_network", "reach"],
        "measured": ["confusion", "intervals"],
        "mesh": ["composed"],
        "patterns": ["gallery", "neighbourhood", "rings", "square_steps"],
        "pixels": ["maps_beside"],
        "blocks": ["network"],
        "truth": ["course", "truth_maps", "voice"],
    },
)
