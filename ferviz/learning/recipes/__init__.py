"""How the networks that ship were trained: `networks` lists them all, and ``ferviz train`` calls what it lists."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["common", "frame_attention", "lbp_attention", "table"],
    submod_attrs={
        "common": ["HELD_OUT", "WEIGHTS", "Recipe", "Train", "faces_for_training", "fresh", "synthetic_stills"],
        "frame_attention": ["BACKBONE", "FAMILIES", "FAN", "TUNING", "backbone_task", "fan_sets", "train_fan"],
        "lbp_attention": ["LBP", "train_lbp"],
        "table": ["limits", "networks", "training"],
    },
)
