"""Attribution: which pixels, or which frames, regions and positions, a logit comes from. Captum behind one call.

    from ferviz.attribution import attribute

    maps = attribute(model, clip)                     # maps["attribution"] (frame, y, x)
    bars = attribute(model, clip, level="frames")     # bars["attribution"] (frame,)
    why = attribute(model, clip, target="fear", against="surprise")
    heard = attribute(model, clip, to="sound")        # heard["attribution"] on the sound's own axes
    mouth = attribute(model, clip, level="items", axis="region")
    age = attribute(model, clip, target=lambda output: output["age"].softmax(-1) @ ages)
    mask = quantity_map(model, clip, "mask")          # what the model computes, in the same form

What is attributed is always the logit of one label, as ``forward`` returns it: before the softmax, where labels do not
yet push each other down. (The variant "mean" of the frame attention networks returns the log of a mean probability.)
With ``against`` it is the difference of two, and with a function as the target it is that function's number.

The answer is an `xarray.Dataset`. ``attribution`` (frame, y, x) lies on the clip's pixels (see `to_grid`); regions have
a map each (frame, region, y, x), NaN beyond the box that the model declares, and where values add up their sum over
``region`` is one map of the face. What is no picture keeps the axes of its input. For level "items" there is one number
an item, (frame,) or (frame, region): it belongs to the item's vector where the model makes such and pools them (unless
``to`` names the input), else it is the sum of the item's map, or its mean where values do not add up. NaN in gaps.
Coordinates are those of the clip, and what the model declares of its items. ``flat``:
whether a map, or the row of numbers, has no shape, by `ferviz.flat`, because it is worth less than 0.0001 logits, or
because its frame is of one colour: what shape a map has then comes from the borders of the network.
``logit`` is what was attributed (the difference, with ``against``); methods that add up also give ``baseline_logit``
and ``convergence_error``, the size of (sum of all attributions − (logit − baseline logit)), with
``convergence_error_relative`` to the size of (logit − baseline logit). For a model of single frames these lie along
``frame``. Coordinate ``target``. Attributes: what was asked, and ``keep``, what the move to the clip's pixels kept
("sum" or "value").

A network that reads a picture of the texture beside the photo (`LBPAttention`) is attributed to both inputs at once, as
Captum does for a tuple: ``attribution`` to the photo, ``texture`` (frame, y, x) with ``texture_flat`` to the texture
picture, whose baseline is the texture of the baseline's photo. Texture codes are piecewise constant in the pixels, so
no gradient on the photo knows that path. Occlusion covers one of the two at a time, whole frames in both. `grad_cam`
and `cam` look at layers behind both and give no ``texture``.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
