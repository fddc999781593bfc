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
# # 00 · Start here
#
# A photo goes in, seven probabilities come out. What happens in between? In this tour you look inside, touch it, and
# check it.
#
# **Afterwards you can**
#
# 1. say what the output of a facial-expression model means, and what it does not mean;
# 2. compute that output by hand from the numbers inside the network;
# 3. design a small experiment, with a control, that shows what moves it.
#
# **Time:** about {{minutes}} minutes, the four exercises among them. **You need** no network and no camera: nothing
# leaves this machine.
#
# **Paper:** O. Arriaga, M. Valdenegro-Toro, P. Plöger, *Real-time Convolutional Neural Networks for Emotion and Gender
# Classification*, [arXiv:1710.07557](https://arxiv.org/abs/1710.07557) (2017). Its network, *mini-Xception*, is small
# enough to know by heart.
#
# Run a cell with <kbd>Shift</kbd> + <kbd>Enter</kbd>. Begin with the next one.

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

import ferviz
from ferviz import explorers, plots
from ferviz.emotions import LABEL_SETS
from ferviz.exercises import lesson_00 as check
from ferviz.measured import measured, pick

# %% [markdown] tags=["teacher"]
# **For the teacher.** The exercises take the larger half. Let everybody *write down a guess* before each explorer
# (sections 5 and 6): the guess is what makes the answer stick. Two surprises carry the lesson. The class map counts
# the mouth *against* happiness, yet covering the mouth takes happiness away. And the way a face is cut out can change
# the label by itself. Open stubs do not stop the notebook: *Run All* always works.

# %% [markdown]
# ## 1 · From a photo to a face
#
# A model of this kind never sees a photo. First a detector finds the face, then the face is cut out. How it is cut must
# fit the pictures that the model was trained on, so every model here states its `crop`: the side in pixels, the margin
# around the detector's box, whether the eyes are made level, and how pixels are interpolated.

# %%
model = ferviz.load_model("mini-xception")
model.crop

# %%
photo = ferviz.sample("astronaut")
crop = {"size": model.crop.size, "margin": model.crop.margin, "align": model.crop.align}
face = ferviz.find_faces(photo, **crop)
plots.found(photo, face, title="The network gets the small picture on the right, in gray")

# %% [markdown]
# ## 2 · What a prediction means
#
# The model was trained on photographs to which people had given one of seven words. So its output is **the word that
# annotators would choose for this picture**. It is not what the person feels.
#
# - From a face alone, feelings cannot be read reliably: people scowl when they are angry, and also when they think. L.
#   F. Barrett et al., *Emotional Expressions Reconsidered* (2019), doi
#   [10.1177/1529100619832930](https://doi.org/10.1177/1529100619832930).
# - People disagree too. In CREMA-D, actors played an emotion. In 66 % of the clips, the word that viewers of the face
#   alone chose most often was the intended one (`data_scripts/measure_av_votes.py`; a tie does not count). Of their
#   single answers, about 57 % were the intended word; the paper's abstract says 58.2 % (H. Cao et al. 2014, doi
#   [10.1109/TAFFC.2014.2336244](https://doi.org/10.1109/TAFFC.2014.2336244)).
#
# That is why you read "label: happiness" here, with a number, and never that somebody *is* happy.
#
# **Where the line runs.** This is not for monitoring, grading, hiring or proctoring people. In the EU, systems that
# infer emotions at work or in education are prohibited, and so is inferring race from biometrics (AI Act, Article 5). A
# lesson about the technique is not.

# %%
seen = ferviz.observe(model, face)
plots.probabilities(seen)

# %% [markdown]
# ## 3 · The idea in one picture
#
# The network is a chain. Each part makes the picture smaller and gives it more channels. The last convolution has **one
# channel for each word**: the class maps. We run the chain part by part, note each shape, and draw it.

# %%
(x,) = model.prepare(face)  # one gray picture of 64 × 64, values from -1 to 1
shapes = {"gray face": x.shape[1:]}
blocks = {f"block {n}": block for n, block in enumerate(model.blocks, start=1)}
for name, part in {"stem": model.stem, **blocks, "class maps": model.classify}.items():
    x = part(x)
    shapes[name] = x.shape[1:]
shapes["logits"] = (len(model.labels),)
plots.network(shapes, title="The picture shrinks to 4 × 4 places, then to 7 numbers")

# %% [markdown]
# ## 4 · The computation by hand
#
# `seen` is a table with names (an xarray `Dataset`). Beside the probabilities it holds *logits* and a `class_map`.

# %%
seen

# %% [markdown]
# A class map M has 4 × 4 places. Orange places count for the word, blue ones against it. All maps share one colour
# scale, so you can compare them.

# %%
plots.class_map(seen, face=face, title="One map for each word, all on one scale")

# %% [markdown]
# And this is the whole rest of the model: **the mean of a map is the logit of its word.** No further weights follow.
# Sixteen numbers, by hand:

# %%
happiness = seen["class_map"].sel(frame=0, emotion="happiness").values
print(happiness.round(1))
print("sum of the 16 places:", happiness.sum().round(3))
print("mean, by hand:       ", (happiness.sum() / 16).round(3))
print("logit, by the model: ", seen["emotion_logits"].sel(frame=0, emotion="happiness").values.round(3))

# %%
by_hand = seen["class_map"].mean(("y", "x"))
np.testing.assert_allclose(by_hand, seen["emotion_logits"], rtol=1e-5)  # says so if they differ
print("all seven means equal the model's seven logits")

# %% [markdown]
# ### Exercise 1: the logits
#
# Write it as a function for maps of any size. (`...` marks what is yours to fill. An open exercise does not stop the
# notebook.)

# %% tags=["exercise"]
def my_logits(maps):
    """Class maps (labels, y, x) → logits (labels,)."""
    ...


# %% tags=["solution"]
def my_logits(maps):
    """Class maps (labels, y, x) → logits (labels,)."""
    return maps.mean((1, 2))


# %%
check.logits(my_logits)

# %% [markdown]
# ### Exercise 2: from logits to probabilities
#
# A *softmax* turns the logits $z$ into probabilities: $p_k = e^{z_k} \, / \, \sum_j e^{z_j}$. It must also work for
# logits around 1000, whose exponential is too large for the computer.
#
# <details><summary>A hint</summary>
#
# `np.exp` works on the whole array at once. Adding the same number to all logits changes nothing, so you may subtract
# the largest from all of them first.
#
# </details>

# %% tags=["exercise"]
def my_softmax(logits):
    """Logits (7,) → probabilities (7,) that sum to 1."""
    ...


# %% tags=["solution"]
def my_softmax(logits):
    """Logits (7,) → probabilities (7,) that sum to 1."""
    parts = np.exp(logits - logits.max())
    return parts / parts.sum()


# %%
check.softmax(my_softmax)

# %% [markdown]
# ## 5 · What moves the answer?
#
# Here is the map for happiness, large. Which places count for it, which against?

# %%
title = "Most evidence stands at the hair, and the mouth counts against"
plots.class_map(seen, "happiness", face=face, title=title)

# %% [markdown]
# The astronaut smiles, and her mouth counts *against* happiness? Test it: lay a gray patch over the face, and the model
# answers again.
#
# > **Question.** A patch of 20 % of the side: at which place does it take most away from happiness? Write down your
# > guess, then drag.
#
# Drag the patch, or move it with the arrow keys. *Size* sets its side. The bars show the answer before and under the
# patch.

# %%
explorers.Patch("astronaut", x=0.5, y=0.15, size=0.2)

# %% [markdown]
# <details><summary>What we found</summary>
#
# The mouth. Over the hair, where the map has most evidence, the patch does almost nothing. Over the mouth, whose places
# count *against* happiness, it changes the label. Press *Sweep* to see all places at once: no other place comes near.
# Then keep the place and change the fill to *blur* or *black*: the answer changes again. A patch does not only hide, it
# also shows something. "What happens if I cover it" always depends on what you cover it with.
#
# </details>
#
# Why do map and patch disagree? Ask the network: from how many pixels is one place of the map computed?

# %%
(x,) = model.prepare(face)
x.requires_grad_()
maps = model.classify(model.blocks(model.stem(x)))
maps[0, model.labels.index("happiness"), 0, 1].backward()  # one place of one map: the hair
reached = (x.grad != 0).float().mean().item()
print(f"this one place is computed from {reached:.0%} of the pixels")

# %% [markdown]
# So a place on the map is *where a number stands*, not *what it was computed from*. The number at the hair depends on
# the mouth as well. "The evidence is high here" is true; "the model looks here" does not follow from it.
#
# ### `observe` and `intervene`
#
# Any quantity that the model names can be read and changed. `observe` you know; `intervene` puts other numbers in its
# place while the model runs. Here: 0 at the mouth's places of all maps (row 2, columns 1 and 2, counted from 0).

# %%
silenced = seen["class_map"].sel(frame=0).values.copy()
silenced[:, 2, 1:3] = 0
with ferviz.intervene(model, {"class_map": silenced}):
    changed = ferviz.observe(model, face)

# %%
for name, result in {"as it is": seen, "mouth's places silenced": changed}.items():
    p = result["emotion_probability"].sel(frame=0, emotion="happiness").item()
    print(f"{name:24} label: happiness {p:.3f}")

# %% [markdown]
# With the mouth's *places on the map* silenced, happiness stays: they counted against it. With the mouth's *pixels*
# covered, it goes. Two experiments, two questions. Always say which one you did.
#
# ### Exercise 3: an experiment with a control
#
# Find a patch of at most 25 % of the side that changes the label. Then find a **control**: the same size and fill,
# elsewhere, no overlap, and the label stays. Without the control you would not know whether the place matters, or
# whether any patch will do. Use the explorer above; the text under it gives you the numbers (20% across is `"x": 0.2`).

# %% tags=["exercise"]
my_patch = ...  # for example {"x": 0.5, "y": 0.6, "size": 0.25, "fill": "gray"}, which does not change the label
my_control = ...

# %% tags=["solution"]
my_patch = {"x": 0.5, "y": 0.7, "size": 0.25, "fill": "gray"}  # the mouth
my_control = {"x": 0.5, "y": 0.15, "size": 0.25, "fill": "gray"}  # the hair

# %%
check.patch(my_patch, my_control)

# %% [markdown]
# ## 6 · The crop lab
#
# Nothing on the face changes now. Only the scissors do.
#
# > **Question.** Which changes the probability of the label most: the **margin** around the face, the **alignment**
# > (*Alignment*: *box*, or *similarity*, which makes the eyes level), or the **interpolation** (*Pixels*)? Write down
# > your guess.

# %%
explorers.CropLab("astronaut", margin=model.crop.margin)

# %% [markdown]
# <details><summary>What we found</summary>
#
# The margin. At 0, as this model was trained, all ways of cutting agree. Widen it, and from some point the same photo
# gets another label. At a margin of 0.25 with *similarity*, *Pixels* matters too: *nearest* gives half the probability
# that *bilinear* gives. So the three settings are not independent, and you cannot state "the effect of interpolation"
# without the margin. That is why every model in ferviz states its whole `crop`.
#
# </details>
#
# ## 7 · A clip, and its gaps
#
# The bundled clip is no film: it is the same photo under a moving camera. The view zooms, tilts, leaves the face, and
# something covers it. Where no face can be used, the frame keeps its place and gets a **gap** with a reason. No frame
# is dropped in silence, and nothing is filled in.

# %%
clip = ferviz.sample("astronaut-moving")
faces = ferviz.find_faces(clip, **crop)
seen_in_time = ferviz.observe(model, faces)
title = "One photo all along: where no face is found, there is no label"
plots.filmstrip(faces, observation=seen_in_time, title=title)

# %%
plots.probabilities(seen_in_time, title="The lines stop at a gap: no face, no answer")

# %% [markdown]
# A line through the gaps would look better, and it would be invented. (The small wiggles come from the place and the
# tilt of the face alone: the photo is always the same.)
#
# ## 8 · How far to trust it
#
# Every trained file in ferviz has a card: where it comes from, what was measured, what is known to go wrong.

# %%
card = ferviz.models.card("mini-xception")
card

# %% [markdown]
# The paper reports 66 % on FER2013. We measured the same weights on FER2013's PublicTest part, without the *twins*:
# pictures that also stand in the training part. (Its authors also used these pictures to choose the epoch.) The faces
# have 48 × 48 pixels and must become 64 × 64. How they are enlarged is part of the recipe; we ran three ways.

# %%
ways = ["bilinear", "bicubic", "nearest"]
rows = [row for way in ways for row in card.metrics if row.what.endswith(f"64 by {way}")]
told = [[row.value, [row.low, row.high], row.items] for row in rows]
table = pd.DataFrame(told, index=ways, columns=["accuracy", "95 % interval", "pictures"]).astype(object)
table.loc["published (arXiv:1710.07557, abstract)"] = [0.66, "not given", "not given"]
(near,) = pick(measured("near_twins")["near"], above=0.99)
print(f"near-twins left in: {near['count']} of {near.items:,} correlate above {near['above']} with a training picture")
table

# %%
title = "Measured below the published value, whichever way the faces are enlarged"
plots.forest(rows, published=0.66, source="arXiv:1710.07557, abstract", title=title)

# %% [markdown]
# Two things to remember. A figure without its interval and its number of pictures says little. And a figure needs the
# whole recipe, down to the interpolation and the part of the data: from these numbers alone nobody can say why ours are
# lower.
#
# ## 9 · Your own face {{optional}}
#
# Both explorers take a photo or a short clip: press *Your own photo or clip*. This is **optional and never graded**;
# the bundled face is always enough. The file goes to the Python kernel and no further. On your laptop that is your
# laptop. On a shared server it is that server, and whoever runs it could see it. Uploads are not saved with the
# notebook. Where several faces are found, a row of them appears above: choose one with the mouse, or press *f*.
#
# ## 10 · One more exercise
#
# ### Exercise 4: other words, another order
#
# CK+ also has seven words, but not the same ones and not in the same order. The commonest bug in this field is to mix
# the orders up.

# %%
fer, ck = LABEL_SETS["FER2013"], LABEL_SETS["CK+"]
print("FER2013:", *fer)
print("CK+:    ", *ck)

# %% [markdown]
# Turn FER2013's seven probabilities into CK+'s, and scale these so that they sum to 1. CK+ has no *neutral*: its
# probability is lost. Return this lost share as the second result.
#
# <details><summary>A hint</summary>
#
# Go through CK+'s words in order. `word in fer` asks whether FER2013 has the word, `fer.index(word)` gives its place.
#
# </details>

# %% tags=["exercise"]
def to_ck(probability):
    """FER2013's probabilities (7,) → CK+'s (7,), which sum to 1, and the share that was lost."""
    converted, lost = ..., ...
    return converted, lost


# %% tags=["solution"]
def to_ck(probability):
    """FER2013's probabilities (7,) → CK+'s (7,), which sum to 1, and the share that was lost."""
    moved = np.array([probability[fer.index(word)] if word in fer else 0 for word in ck])
    lost = 1 - moved.sum()
    return moved / moved.sum(), lost


# %%
check.conversion(to_ck)

# %% [markdown]
# ferviz has this built in, and says what is lost:

# %%
print(fer.to(ck))
print(str(LABEL_SETS["FER+"].to(fer)).replace("; ", ";\n"))

# %% [markdown]
# ## 11 · Where to go next
#
# - **[01 · Local binary patterns](01_local_binary_patterns.ipynb)**: a description of texture from before deep
#   networks, that one of the five papers puts back to work.
# - **[02 · Faces with known answers](02_faces_with_known_answers.ipynb)**: faces that know where their expression is,
#   so that a finding like yours of section 5 can be checked against the truth.
# - `ferviz.quantities(model)` lists all that a model names; all of it can be read with `observe` and changed with
#   `intervene`.
# - Something to try: does your finding of section 5 hold for *your* photo? For the clip? One face is an example, not a
#   result.
#
# The five papers that ferviz is about, and what of each stands here:

# %%
ferviz.papers()
