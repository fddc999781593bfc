"""Attribution: which pixels, or which frames, a logit comes from. Captum behind one call.

    from ferviz.attribution import attribute

    maps = attribute(model, clip)                     # maps["attribution"] (frame, y, x)
    bars = attribute(model, clip, level="frames")     # bars["attribution"] (frame,)

What is attributed is always the logit of one label, as ``forward`` returns it: before the softmax, where labels do not
yet push each other down. (The variant "mean" of the frame attention networks returns the log of a mean probability.)
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "baselines": ["BASELINES"],
        "call": ["attribute"],
        "grid": ["to_grid"],
        "methods": ["METHODS", "OPTIONS"],
        "net": ["Net"],
    },
)
