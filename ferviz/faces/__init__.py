"""Synthetic faces that know their own truth.

    person = sample_person(rng)                                  # `identity`: who
    expression = sample_expression(rng, "fear", 0.8)             # `expression`: what the face does
    scene = sample_scene(rng)                                    # `scene`: pose, light, background, covers, camera
    shown = render(person, expression.activations, scene)        # `render`: the picture and its buffers
    twin = render(person, expression.without, scene)
    known = facts(shown, twin)                                   # `truth`: where the emotion is

`appearance` holds the painters, one a file: skin, brows, eyes, lips, makeup, hair, beard, wrinkles, clothes.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "cover": ["KINDS", "Cover", "draw_cover"],
        "expression": [
            "UNITS",
            "Expression",
            "Manner",
            "Unit",
            "sample_expression",
            "settle",
            "units_to_activations",
        ],
        "identity": ["Person", "sample_person"],
        "regions": ["Region"],
        "scene": ["Background", "Camera", "Light", "Scene", "sample_scene"],
        "truth": ["Facts", "facts"],
        "view": ["View"],
    },
)
