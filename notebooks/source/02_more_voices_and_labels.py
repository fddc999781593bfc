# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 · More: voices, and you as the annotator {{optional}}
#
# This goes beyond [lesson 02](02_faces_with_known_answers.ipynb), and may be left out: synthetic faces that speak, and
# twenty of them that wait for *your* label.
#
# **Time:** about {{minutes}} minutes. **You need** no network and no camera; headphones help.
#
# **Sources**
#
# - I. R. Murray, J. L. Arnott, *Toward the simulation of emotion in synthetic speech*, J. Acoust. Soc. Am. 93 (1993),
#   doi [10.1121/1.405558](https://doi.org/10.1121/1.405558): what an emotion does to a voice.
# - K. R. Scherer, *Vocal communication of emotion: a review of research paradigms*, Speech Communication 40 (2003), doi
#   [10.1016/S0167-6393(02)00084-5](https://doi.org/10.1016/S0167-6393%2802%2900084-5): how that is studied.

# %%
try:
    from ferviz.exercises import fits
except ImportError:
    raise ImportError(
        "This kernel has no ferviz that fits this notebook. "
        "Click the kernel's name at the top right (Select Kernel) and take the one with ferviz; "
        'or install it as its README says ("make lab" in a clone) and restart the kernel.'
    ) from None
fits("0.1")

# %%
import numpy as np
import pandas as pd
from IPython.display import Audio

import ferviz
from ferviz import explorers, plots
from ferviz.faces.voices.contour import pitch_contour

# %% [markdown] tags=["teacher"]
# **For the teacher.** Section 1 prepares the lesson on audio and video. Section 2 makes a good break in lesson 02:
# compare the agreement within the class before anybody reads the thought for afterwards.

# %% [markdown]
# ## 1 · Voices
#
# Some clips speak. The words say nothing of emotion; the *prosody* does: pitch, its range, rate, loudness, and the
# colour of the voice. The times of the phonemes are known too, because they drive the mouth.

# %%
speaking = ferviz.sample("happiness-voice-agree")
print(speaking.truth.voice["sentence"])
Audio(speaking.audio, rate=speaking.sample_rate)

# %%
pitch = pitch_contour(speaking.audio, speaking.sample_rate)  # measured from the sound alone
step = speaking.times[1] - speaking.times[0]
quick = sum(stop - start < step for _, start, stop in speaking.truth.phonemes)
print(f"{quick} of {len(speaking.truth.phonemes)} phonemes are shorter than the {step:.1f} s between two frames")
low, high = np.nanmin(pitch[1]), np.nanmax(pitch[1])
title = f"Sound with its phonemes, pitch from {low:.0f} to {high:.0f} Hz, and how far the lips part"
plots.voice(speaking, pitch, title=title)

# %% [markdown]
# Face and voice may **agree**, one may be neutral, or they may **conflict**. The truth says who carries what:

# %%
rows = {}
for name in ("happiness-voice-agree", "sadness-voice-only", "sadness-voice-conflict", "happiness-voice-conflict"):
    voice = ferviz.sample(name).truth.voice
    rows[name] = {"face": voice["face"], "voice": voice["emotion"], "carried by": voice["carries"]}
pd.DataFrame(rows).T

# %% [markdown]
# Listen to one that conflicts. What would you call it with your eyes closed? And with the sound off, from the frames?

# %%
conflict = ferviz.sample("happiness-voice-conflict")
plots.filmstrip(conflict, title="The face says happiness; now listen")

# %%
Audio(conflict.audio, rate=conflict.sample_rate)

# %% [markdown]
# In a voice-only clip the mouth follows the *neutral* reading of the sentence. Otherwise the speech rate, which the
# emotion changes, could be read from the lips, and "the voice alone" would not be true. (To see and hear a clip at
# once: the Face lab of lesson 02 makes one in its tab *Clip*.)
#
# ## 2 · Be the annotator
#
# Where do labels come from? From people like you. Label twenty faces. On a still, mark the *place* where you saw it.
# Six of the twenty are moving clips: go through the film, and mark the *frame* that tells most. Only then you see the
# truth and the baseline's label. Nothing is stored, nothing is graded.
#
# > **Question.** With whom will you agree more often: with the **generator**, which made the faces, or with the
# > **baseline**, the network of lesson 00? Write down your guess.

# %%
explorers.Annotator()

# %% [markdown]
# <details><summary>A thought for afterwards</summary>
#
# Where you and the generator disagree, who is wrong? The generator says what it *wanted to show*. You say what you
# *saw*. In CREMA-D, actors wanted to show an emotion, and people named it from the face alone: 58.2 % of the answers
# were the intended word, says the paper's abstract (H. Cao et al. 2014, doi
# [10.1109/TAFFC.2014.2336244](https://doi.org/10.1109/TAFFC.2014.2336244)).
#
# Compare the marks with *by chance* before you praise anyone. Where half of a clip's frames show nearly all there is to
# see, a frame drawn at random is right every second time. And where a hand or a blur hides a face, *intensity* and
# *evidence* part: the muscles are still at work, and less is seen of it. Evidence is what is seen.
#
# </details>
#
# ## 3 · What these voices and labels cannot tell
#
# - **The voices are a choice between sources.** The sources agree that angry speech is loud and sad speech soft. They
#   do not agree on fear: some report a wide range of pitch, some a narrow one, and ours is narrow. Contempt and
#   surprise are little studied. (`ferviz.faces.voices.emotion` says where ours departs, and what we could not confirm.)
# - **No listener has judged the voices.** Whether they carry what they should, people have not been asked.
# - **A label is a word.** It is what annotators would choose for a picture, not what a person feels (L. F. Barrett et
#   al. 2019, doi [10.1177/1529100619832930](https://doi.org/10.1177/1529100619832930)).
#
# **Where the line runs.** None of this is for monitoring, grading, hiring or proctoring people, by face or by voice. In
# the EU, systems that infer emotions at work or in education are prohibited (AI Act, Article 5). A lesson about the
# technique is not.
#
# ## 4 · Where to go next
#
# - {{next: lbp-attention}}.
# - {{next: frame-attention}}.
# - Something to try: make a clip of your own with `ferviz.faces.clips.make_clip` in which face and voice conflict.
#   Which of the two does a friend follow?
