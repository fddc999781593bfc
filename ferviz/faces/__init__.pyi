from .clips import make_clip as make_clip
from .cover import KINDS as KINDS, Cover as Cover, draw_cover as draw_cover
from .expression import (
    UNITS as UNITS,
    Expression as Expression,
    Manner as Manner,
    Unit as Unit,
    sample_expression as sample_expression,
    settle as settle,
    units_to_activations as units_to_activations,
)
from .identity import Person as Person, sample_person as sample_person
from .plan import FAMILIES as FAMILIES, Plan as Plan
from .regions import Region as Region
from .scene import (
    Background as Background,
    Camera as Camera,
    Light as Light,
    Scene as Scene,
    sample_scene as sample_scene,
)
from .truth import Facts as Facts, facts as facts
from .view import View as View
