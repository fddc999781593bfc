"""Synthetic faces that know their own truth.

    person = sample_person(rng)                                  # `identity`: who
    expression = sample_expression(rng, "fear", 0.8)             # `expression`: what the face does
    scene = sample_scene(rng)                                    # `scene`: pose, light, background, covers, camera
    shown = render(person, expression.activations, scene)        # `render`: the picture and its buffers
    twin = render(person, expression.without, scene)
    known = facts(shown, twin)                                   # `truth`: where the emotion is
    clip = make_clip(Plan("fear", person, seed=1))               # `clips`: pictures in time, of a family of `plan`

`motion`, `course` and `degrade` say what happens in a clip, `speech` lays a voice from `voices` into it; `parts` names
what a set may hold; `dealing`, `building` and `sets` plan, write and read whole ones; `planted` knows the places that
carry a label by construction.
`appearance` holds the painters, one a file: skin, brows, eyes, lips, makeup, hair, beard, wrinkles, clothes.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
