"""Synthetic voices that know their own truth: who speaks, when each sound is spoken, and which emotion colours it.

    voice = speak(SENTENCES[0], "Ada", emotion="fear", intensity=0.8, seed=1)   # `speech`: sound and phoneme times
    calm = neutral_reading(voice)                                               # the same person without the emotion
    activations = mouth(calm, times)                                            # `lips`: (T, 52) for the head

`espeak` reads a sentence on one note, `speakers` says who speaks and what, `emotion` has the table of what an emotion
does to a voice, `melody` plans times and pitch, `psola` makes the sound.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
