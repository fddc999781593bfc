from . import (
    attribution as attribution,
    audio as audio,
    emotions as emotions,
    exercises as exercises,
    explorers as explorers,
    faces as faces,
    intake as intake,
    lbp as lbp,
    learning as learning,
    measured as measured,
    models as models,
    plots as plots,
    prepared as prepared,
    scores as scores,
    weights as weights,
)
from .clip import Clip as Clip, Crop as Crop, Face as Face, Gap as Gap, Truth as Truth
from .emotions import Emotion as Emotion, LabelSet as LabelSet
from .gallery import fetch_samples as fetch_samples, sample as sample, samples as samples
from .intake import detect as detect, find_faces as find_faces
from .intervene import intervene as intervene
from .media import load_clip as load_clip
from .models import load_model as load_model
from .models.faceres import fetch_faceres as fetch_faceres, load_faceres as load_faceres
from .observe import observe as observe
from .papers import papers as papers
from .reading import quantities as quantities, reading as reading
from .weights import Card as Card

__version__: str
