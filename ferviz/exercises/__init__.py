"""The checks of the lessons' exercises, one file a lesson, and what they share."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["base", "lesson_00", "lesson_01"],
    submod_attrs={"base": ["Result", "fits"]},
)
