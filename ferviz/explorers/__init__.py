"""The interactive pieces: one Python file each, beside its script and its style sheet. `base` says how to write one."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "annotator": ["Annotator"],
        "base": ["Explorer", "Stage"],
        "crop": ["CropExplorer"],
        "face": ["FaceLab"],
        "frames": ["Frames"],
        "lbp": ["LBPStepper"],
        "masks": ["MasksExplorer"],
        "patch": ["PatchExplorer"],
        "twins": ["Twins"],
    },
)
