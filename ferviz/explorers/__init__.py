"""The interactive pieces: a folder each, and `shared`, whose `base` says how to write one."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "annotator.explorer": ["Annotator"],
        "shared.base": ["Explorer", "Stage"],
        "crop.explorer": ["CropExplorer"],
        "face.explorer": ["FaceLab"],
        "frames.explorer": ["Frames"],
        "lbp.explorer": ["LBPStepper"],
        "masks.explorer": ["MasksExplorer"],
        "patch.explorer": ["PatchExplorer"],
        "twins.explorer": ["Twins"],
    },
)
