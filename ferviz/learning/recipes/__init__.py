"""How the networks that ship were trained, as functions: `ferviz train` and data_scripts/train_zoo.py call them."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["common", "frame_attention", "lbp_attention"],
    submod_attrs={
        "common": ["HELD_OUT", "WEIGHTS", "Recipe", "faces_for_training", "synthetic_stills"],
        "frame_attention": [
            "BACKBONE",
            "FAMILIES",
            "FAN",
            "TUNING",
            "backbone_task",
            "built",
            "fan_sets",
            "train",
            "train_backbone",
            "train_fan",
        ],
        "lbp_attention": ["LBP", "train_lbp"],
    },
)
