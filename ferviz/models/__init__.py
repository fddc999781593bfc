"""The models, one file a paper, and what they share."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=[
        "attention",
        "backbones",
        "declaration",
        "frame_attention",
        "lbp_attention",
        "mini_xception",
        "model",
        "probe",
        "texture",
        "zoo",
    ],
    submod_attrs={
        "declaration": ["Input", "Items", "Vectors"],
        "frame_attention": ["FrameAttention"],
        "lbp_attention": ["LBPAttention"],
        "mini_xception": ["MiniXception"],
        "model": ["Model", "on_items"],
        "probe": ["Probe", "probes"],
        "zoo": ["card", "load_model"],
    },
)
