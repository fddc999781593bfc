from .emotion import CUES as CUES, Cues as Cues, cues_at as cues_at
from .lips import VISEMES as VISEMES, mouth as mouth, visemes as visemes
from .speakers import (
    SENTENCES as SENTENCES,
    SPEAKERS as SPEAKERS,
    Manner as Manner,
    Speaker as Speaker,
    sample_speaker as sample_speaker,
)
from .speech import SAMPLE_RATE as SAMPLE_RATE, Voice as Voice, neutral_reading as neutral_reading, speak as speak
