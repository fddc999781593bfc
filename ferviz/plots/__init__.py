"""Figures: data in, figure out. Each carries its finding in words (``figure.alt``), and none calls ``show``."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=[
        "attention",
        "blocks",
        "chart",
        "colours",
        "confusions",
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
        "attention": ["weights", "which_frame"],
        "chart": ["probabilities"],
        "colours": ["EMOTION_COLOURS"],
        "confusions": ["confusion"],
        "faces": ["class_map", "filmstrip", "found"],
        "figure": ["Figure", "alt", "heat", "subplots"],
        "frames": ["frame_network"],
        "masks": ["mask_network", "reach"],
        "measured": ["along", "forest"],
        "mesh": ["composed"],
        "patterns": ["gallery", "neighbourhood", "rings", "square_steps"],
        "pixels": ["maps_beside"],
        "blocks": ["network"],
        "truth": ["course", "truth_maps", "voice"],
    },
)
