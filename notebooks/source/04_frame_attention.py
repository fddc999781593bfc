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
# # 04 · Frame attention
#
# A film has many frames, and the answer is one word. Some frames show the expression well, some show nothing. *Frame
# attention* lets a network give each frame a weight. You compute these weights by hand, move them, and hold them
# against a known answer.
#
# **Afterwards you can**
#
# 1. compute a frame's weight by hand, and say what each equation does;
# 2. tell apart what a frame *weighs*, what it *adds*, and what is *missing* without it, and check each against the
#    truth;
# 3. read a table of accuracies: how wide is a gap of two videos?
#
# **Time:** about {{minutes}} minutes, the three exercises among them. What goes beyond stands in
# [04 · More](04_more_frames_and_features.ipynb). **You need** no network and no camera.
#
# **Papers**
#
# - D. Meng, X. Peng, K. Wang, Y. Qiao, *Frame attention networks for facial expression recognition in videos*, ICIP
#   2019, [arXiv:1907.00193](https://arxiv.org/abs/1907.00193): **FAN**, the paper of this lesson.
# - chaelin0722, *[논문정리📃] Frame Attention Networks for facial expression Recognition in videos*, a review of that
#   paper in Korean, last changed 2 November 2021, [chaelin0722.github.io/fer/FAN](https://chaelin0722.github.io/fer/FAN/).
#   Where this lesson says "the review", it is this one.
# - J. Yang et al., *Neural aggregation network for video face recognition*, CVPR 2017,
#   [arXiv:1603.05474](https://arxiv.org/abs/1603.05474): **NAN**, learned weights of frames before FAN.
# - S. E. Kahou et al., *EmoNets: multimodal deep learning approaches for emotion recognition in video*, J. Multimodal
#   User Interfaces 10 (2016), [arXiv:1503.01800](https://arxiv.org/abs/1503.01800): weights that are not learned.
# - S. Jain, B. C. Wallace, *Attention is not Explanation*, NAACL 2019,
#   [arXiv:1902.10186](https://arxiv.org/abs/1902.10186), and S. Wiegreffe, Y. Pinter, *Attention is not not
#   Explanation*, EMNLP 2019, [arXiv:1908.04626](https://arxiv.org/abs/1908.04626).

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
from dataclasses import replace

import numpy as np
import torch

import ferviz
from ferviz import explorers, plots, scores
from ferviz.exercises import lesson_04 as check
from ferviz.measured import Measured, found_on_frames, least_found, measured, pick
from ferviz.models.backbones import ResNetConfig
from ferviz.models.frame_attention import Config, FrameAttention

# %% [markdown] tags=["teacher"]
# **For the teacher.** Sections 1 to 3 are the computation, 4 to 6 the trained network, 7 to 9 the evidence. Let
# everybody write down a guess before the explorer, and one before section 8. Three surprises carry the lesson. In Eq. 3
# the anchor only shifts all scores by one number, so it can never change which β is largest. Two videos of 327 are all
# that relation-attention adds in the paper's best table, and no test can tell that from chance. And much of the weight
# can be moved while the answer stays. What is concluded in section 11 is made from the record of the measurement: it
# takes a side only where the answer to a claim is clear, and changes when the networks are measured again. Open stubs
# do not stop the notebook: *Run All* always works.

# %% [markdown]
# ## 1 · From many frames to one answer
#
# This clip is synthetic: we know what each frame shows. *Intensity* is what the face does, *evidence* what can be seen
# of the label's expression, as a share of the clip's most (lesson 02).

# %%
clip = ferviz.sample(check.CLIP)
kinds = scores.frame_kinds(clip.truth.evidence, clip.truth.intensity)
told = ", ".join(f"{name} {frames.sum()}" for name, frames in kinds._asdict().items() if frames.any())
plots.course(clip, title=f"{clip.labels['emotion'].capitalize()}, {len(clip)} frames: {told}")

# %% [markdown]
# A frame **tells** where its evidence is 0.8 or more. It is at **rest** where the intensity is 0.2 or less, and
# **spoiled** where the intensity is 0.8 or more and the evidence 0.5 or less. Frames are counted from 0, here and in
# the explorer.
#
# A network turns each frame into a vector $f_k$. Then the clip's vectors must become **one**, of a size that does not
# depend on the clip. A weighted sum does it: $r = \sum_k a_k f_k$. The *mean* takes one $a_k$ for all; EmoNets puts the
# means of ten segments side by side. Neither looks at the frame: one that shows nothing counts like one that shows
# much. The *maximum* of each number over the frames, and the *spread* beside the mean (a row of FAN's Table 2), are no
# such sums. They do treat frames unlike, though nobody taught them how. And NAN *learned* $a_k$ from the frame's vector
# two years before FAN, to tell people apart. FAN brings learned weights to expressions.
#
# All of this is built on **static** features, one frame at a time, with no order in them. Why? The review retells the
# paper's reason: static features did best in the EmotiW challenges. Their films are few (AFEW: 773 to learn from),
# and a network for single faces can learn from far more pictures: FAN's backbone first learned the faces of
# MS-Celeb-1M, then the expressions of FER+. The price is that something must bring the frames together.
#
# ## 2 · The idea in one picture
#
# First, what the words under the picture mean. The network gives **the label that annotators would choose for such a
# clip**. It does not say what a person feels (L. F. Barrett et al. 2019, doi
# [10.1177/1529100619832930](https://doi.org/10.1177/1529100619832930)). This face is made by a computer and feels
# nothing at all.

# %%
model = ferviz.load_model("fan")  # with both kinds of attention, trained; more of it in section 4
seen = ferviz.observe(model, clip)
plots.frame_network(clip, seen, title="Every frame gets two weights: one alone, one beside the mean of all")

# %% [markdown]
# The strips are this clip's real numbers; lines into a mean are as thick as the weights.
#
# - **self-attention** $\alpha_i$ comes from frame $i$ alone (Eq. 1). The mean under α is the **anchor** $f'_v$ (Eq. 2).
# - **relation-attention** $\beta_i$ comes from the frame *beside the anchor*, the pair $[f_i : f'_v]$ (Eq. 3).
# - the clip's vector is the mean of the *pairs* under αβ (Eq. 4). One linear layer reads it.
#
# $$\alpha_i = \sigma(f_i^\top q^0) \qquad f'_v = \frac{\sum_i \alpha_i f_i}{\sum_i \alpha_i} \qquad
# \beta_i = \sigma([f_i : f'_v]^\top q^1) \qquad f_v = \frac{\sum_i \alpha_i\beta_i [f_i : f'_v]}{\sum_i
# \alpha_i\beta_i}$$
#
# (The paper prints the sums of Eq. 4 from 0 and numbers the frames from 1: a slip. All frames are meant.) Nothing in it
# knows the order of the frames, or how many there are.
#
# ## 3 · The computation by hand
#
# Three frames, two numbers each, no biases.

# %%
f3 = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
q0, q1 = np.array([0.5, -0.5]), np.array([0.2, 0.4, -0.6, 0.1])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# %%
alpha = sigmoid(f3 @ q0)  # Eq. 1: (3,)
anchor = alpha @ f3 / alpha.sum()  # Eq. 2: (2,)
pairs = np.hstack([f3, np.tile(anchor, (3, 1))])  # (3, 4)
beta = sigmoid(pairs @ q1)  # Eq. 3: (3,)
weight = alpha * beta / (alpha * beta).sum()  # (3,)
vector = weight @ pairs  # Eq. 4: (4,)
by_hand = {"alpha": alpha, "anchor": anchor, "beta": beta, "weight": weight, "clip_feature": vector}
for name, value in by_hand.items():
    print(f"{name:13}", value.round(6))

# %% [markdown]
# Now the same through the model's own code: a network so small that its vectors have two numbers, with our $q^0$ and
# $q^1$ in it.

# %%
tiny = FrameAttention(replace(Config.paper(), backbone=ResNetConfig(channels=(2,), blocks=(1,)))).eval()
with torch.no_grad():
    for scorer, q in ((tiny.q0, q0), (tiny.q1, q1)):
        scorer.score.weight[:] = torch.from_numpy(q)
        scorer.score.bias.zero_()
with ferviz.reading(tiny, by_hand) as noted, torch.no_grad():
    tiny.pool(torch.from_numpy(f3).float()[None])  # all that comes after the backbone
for name, value in by_hand.items():
    np.testing.assert_allclose(noted[name][0], value, atol=1e-6)  # says so if they differ
print("equal to the model's", ", ".join(by_hand))

# %% [markdown]
# Look at the last two numbers of `clip_feature`: they are the anchor. It stands in every pair, so every mean of the
# pairs ends with it. The network's answer rests on two means: a refined one and a coarse one.
#
# And look at Eq. 3 once more. The score of a pair is a sum of two parts, $f_i^\top q^1_{\rm left} + f_v'^\top q^1_{\rm
# right}$, and the second is **the same number for all frames of a clip**. So the anchor moves all β up or down; it can
# never change *which* β is largest. (We derived this; it is not in the paper. NAN's second stage multiplies frame and
# mean, and can.) "Relation" is a large word for a shift.
#
# ### Exercise 1: relation-attention
#
# Write Eqs. 1 to 4 as one function, for any number of frames, without biases. It gives the weights αβ/Σαβ and the
# clip's vector.
#
# <details><summary>A hint</summary>
#
# Everything you need stands above, for three frames. `np.tile(anchor, (len(f), 1))` makes a copy of the anchor for each
# frame. Use `sigmoid`.
#
# </details>

# %% tags=["exercise"]
def my_relation(f, q0, q1):
    """Vectors f (T, D), q0 (D,), q1 (2D,) → the weights αβ/Σαβ (T,) and the clip's vector (2D,)."""
    weights, vector = ..., ...
    return weights, vector


# %% tags=["solution"]
def my_relation(f, q0, q1):
    """Vectors f (T, D), q0 (D,), q1 (2D,) → the weights αβ/Σαβ (T,) and the clip's vector (2D,)."""
    alpha = sigmoid(f @ q0)
    anchor = alpha @ f / alpha.sum()
    pairs = np.hstack([f, np.tile(anchor, (len(f), 1))])
    both = alpha * sigmoid(pairs @ q1)
    weights = both / both.sum()
    return weights, weights @ pairs


# %%
check.relation(my_relation)

# %% [markdown]
# ## 4 · The trained network
#
# It is the *compact* FAN: gray faces of 48 pixels, vectors of 256 numbers. Its backbone learned single faces, real and
# synthetic. Then all of it learned synthetic clips, three frames of each at a time, as in the paper, with single faces
# beside them, so that the real ones are not forgotten. All bundled clips show people that it has never met, but they
# were chosen because networks read them (lesson 02): they are examples, no test. It was never told the evidence. (And
# it has no word for contempt: FER2013's seven have none.)

# %%
heaviest = int(seen["weight"].values.argmax())
share = seen["weight"].values[heaviest]
title = f"The weight of frame {heaviest} is {share:.3f}, {share * len(clip):.1f} times 1/T"
plots.weights(clip, seen, title=title)

# %% [markdown]
# *Weight · T* (T: the number of frames) is 1 where all frames count the same. α is fixed only up to a factor, which
# cancels in Eqs. 2 and 4: so compare weights with 1/T, and never α across clips.
#
# ## 5 · Weight, contribution, removal
#
# "Which frame matters?" has three answers inside the network.
#
# - **Weight**: how much a frame's vector counts.
# - **Contribution**: what it *adds* to the label's logit. The last layer is linear and the clip's vector is a sum over
#   frames, so this is exact: the weight times what the layer makes of the frame's pair.
# - **Removal**: how far the logit falls when the frame is dropped. Then the anchor moves too, and with it every β.

# %%
label = seen["emotion_probability"].idxmax().item()
added = seen["contribution"].sel(emotion=label).values
logit = seen["emotion_logits"].sel(emotion=label).item()
bias = model.classify.bias[list(map(str, model.labels)).index(label)].item()
np.testing.assert_allclose(added.sum() + bias, logit, rtol=1e-3)
print(f"the frames add {added.sum():.3f} to {label}; with the bias, {bias:.3f}, that is {logit:.3f}")

# %% [markdown]
# And the truth: the evidence for the clip's *label*, whatever the network says. For each answer we ask how often a
# frame that tells stands above one that does not: the area under the ROC curve, 0.5 by chance. Each kind of frame is
# asked apart, since they are different questions.


# %%
def three_answers(name):
    film = ferviz.sample(name)
    found, truth, label = ferviz.observe(model, film), film.truth, film.labels["emotion"]
    rows = {"weight": found["weight"], f"adds to {label}": found["contribution"].sel(emotion=label)}
    rows["removal"] = scores.removal(model, film, target=label)["logit_drop"]
    own = np.isin(truth.shown, [label, "neutral"])
    tells, *others = scores.frame_kinds(truth.evidence, truth.intensity, own, truth.intruder)
    words = {}
    for what, row in rows.items():
        areas = zip(("rest", "spoiled", "intruders"), others, strict=True)
        asked = [f"{k}: {scores.frames_auc(row, tells, less):.2f}" for k, less in areas if less.any()]
        words[what] = "\n".join(["tell against", *asked])
    p = found["emotion_probability"]
    title = f"{name}, label: {p.idxmax().item()} {p.max().item():.2f}"
    return plots.which_frame(film, rows, {"evidence": truth.evidence}, words=words, title=title)


# %%
three_answers(check.CLIP)

# %% [markdown]
# In the next clip some frames show *another* emotion than the label's: an intruder. Its frames are evidence for the
# wrong word.

# %%
three_answers(check.OFF_LABEL)

# %% [markdown]
# Each area here is of few pairs of frames. And the answers can part: to add to the label's logit is not to help the
# label win, nor to be missed. Compare what the intruder's frames add with what their removal does. So "the weight of
# frame 7 is 0.10" is a fact; "the model decided by frame 7" does not follow from it. Two clips are examples. Section 9
# asks all test clips.
#
# ## 6 · The explorer
#
# Now move the weights. Drag a bar; or drop, repeat, shuffle, insert a frame; switch the variant of the network.
#
# > **Question.** How much of all weight can be moved to other frames, so that no probability moves by more than 0.01?
# > Write down a share. First try by hand. Then open the tab *Same answer, other weights* and press *Look for other
# > weights* (key *o*): it searches for those that differ most.

# %%
explorers.Frames(check.CLIP)

# %% [markdown]
# <details><summary>What that means</summary>
#
# The explorer prints the share that it could move. Jain and Wallace found the same in networks that read texts: very
# different weights, the same answer, and concluded that attention is not explanation. Wiegreffe and Pinter answered:
# weights that are changed by hand, for one clip at a time, are none that training would have found. Both are right
# about what they measured. What follows for us: a weight is *a* number inside this network, and whether it tells which
# frames matter must be tested. Where frames look alike, weight can flow between them for free.
#
# </details>
#
# ### Your own clip {{optional}}
#
# Press *Your own photo or clip*. This is **never graded**; the bundled clips always do. The file goes to the Python
# kernel and no further: on your laptop that is your laptop, on a shared server it is that server, and whoever runs it
# could see it. Uploads are not saved with the notebook.
#
# ### Exercise 2: other weights, the same answer
#
# For this clip and the shipped network: find weights that move at least 0.3 of all weight, so that the label stays and
# no probability moves by more than 0.02. (By hand in the explorer, by its search, or by your own idea. The explorer's
# button `</>` shows the line of its view; copy the numbers behind `values=`.)

# %% tags=["exercise"]
my_weights = ...  # 18 numbers that sum to 1

# %% tags=["solution"]
my_weights = explorers.Frames(check.CLIP, tolerance=check.TOLERANCE).other_weights()

# %%
check.other(my_weights)

# %% [markdown]
# ## 7 · What the paper claims
#
# Accuracies in %, from the paper's Tables 1 and 2. CK+ has 327 films, AFEW (from cinema) 381: not 383, as the text
# says; only then are its percentages whole films.
#
# | CK+ | | AFEW 8.0, validation | |
# |---|---|---|---|
# | ST network | 98.50 | CNN-RNN | 45.43 |
# | DTAGN | 97.25 | VGGFace + LSTM | 48.60 |
# | CNN + Island loss | 94.35 | HoloNet | 44.57 |
# | LOMo | 92.00 | DSN-HoloNet | 46.47 |
# | | | DSN-VGGFace | 48.04 |
# | | | DenseNet-161 (more data; mean, maximum, spread) | 51.44 |
# | score fusion (baseline) | 94.80 | score fusion (baseline) | 48.82 |
# | FAN without relation-attention | 99.08 | FAN without relation-attention | 50.92 |
# | **FAN** | 99.69 | **FAN** | 51.18 |
#
# *State of the art*, the abstract says, and means CK+. On AFEW a row of the paper's own table stands higher. And now?
# On CK+ one film is left to win. On AFEW, the notebooks of A. V. Savchenko's paper of 2021
# ([arXiv:2103.17107](https://arxiv.org/abs/2103.17107)) print 227 of 383 films, 59.27 %, with the mean, spread,
# smallest and largest value of the frames' vectors, and no attention. (That network was picked by this figure.)
#
# How wide are these gaps? Two networks that were tested on the same films differ only in films that one of them alone
# got right. The paper does not say which. For each gap, the interval if as few films differ as can, and if as many:

# %%
paper = {"CK+": (327, (94.80, 99.08, 99.69)), "AFEW": (381, (48.82, 50.92, 51.18))}
rows = []
for data, (films, percents) in paper.items():
    base, self_, full = (round(percent / 100 * films) for percent in percents)
    for name, first, second in (("relation over self", full, self_), ("self over baseline", self_, base)):
        tables = scores.possible_gaps(first, second, films)
        for differ, gap in (("as few films differ as can", tables[0]), ("as many as can", tables[-1])):
            of = {"row": f"{name}, {data}: {first - second} of {films} films", "differ": differ}
            ends = {"low": gap.low, "high": gap.high, "way": "95 %, Bonett and Price, films independent"}
            rows.append(Measured(what="gap", of=of, value=gap.gap, **ends))
gaps = [round(row.value * films) for row, films in zip(rows[::4], (327, 381), strict=True)]
title = f"Relation-attention adds {gaps[0]} films on CK+ and {gaps[1]} on AFEW"
plots.forest(rows, group="differ", line=0, axis="difference in accuracy", title=title)

# %% [markdown]
# On CK+ the paper's figures do tell self-attention from the baseline, whichever films these were. They cannot tell
# relation-attention from chance, on either set; and for self-attention on AFEW it depends on *which* films differed.
# (The interval takes films as independent; 118 people made those of CK+. Drawing films anew would not do here: what no
# film showed is never drawn.) Three more cautions. The baseline differs in two things, no attention and learning from
# single frames; the table has no row between. In the official code the best epoch was chosen on the very films that are
# reported. And one training of each network says nothing of the next.
#
# The rest of the paper, in short. The number of frames in training, $K$ = 2, 3, 5 or 8, gives 99.39, 99.69, 99.39 and
# 99.69 % on CK+: one film, back and forth. Its Fig. 3 changes the backbone: VGGFace frozen goes from 92.04 (baseline)
# over 95.71 (self) to 96.33 (full), VGGFace tuned from 96.02 over 98.47 to 98.77: of 327 films full attention adds 14
# frozen, 9 tuned. Of their pictures of weights the authors write that the final weights go to "the more obvious face
# frames", while self-attention also puts high ones on obscure frames (README of github.com/Open-Debin/Emotion-FAN).
# That can be measured.
#
# ## 8 · What we measured
#
# No licence lets us ship CK+ or AFEW. We measured on synthetic test clips, of people that no training clip shows:
#
# - **(a) intensity** alone differs between frames. **(b) degraded**: frames are blurred, covered, blinking, dark,
#   turned away or cut off, whatever the face does. **(c) off-label**: some frames show an intruder.
# - **all tell**: in each clip with an expression all frames tell; others are neutral. **neutral, spoiled**: no frame
#   shows anything, some are spoiled.
# - **real**: ten *different* photographs, as a set. Truth is the share of FER+'s votes for the label. Heads of their
#   own (a head: the last layers, trained anew) learned 104 such sets, none of disgust. FAN knows neither order nor
#   person, so this is a fair input.
#
# **Frozen backbone.** All rows below learned on the vectors of five backbones that stay as they are (7 epochs each;
# that of the network that ships had 12), three times on each (statistics of the vectors once: they have one solution).
# An interval says how far other backbones *and* other people would move a figure. Networks tuned end to end, such as
# the one that you moved, stand apart in [04 · More](04_more_frames_and_features.ipynb).

# %%
fan = measured("fan")
names = {"mean": "mean: score fusion, the paper's baseline", "pool": "pool: mean of the vectors"}
names |= {"self": "self: weights α", "relation": "relation: weights αβ", "norm": "norm: length of the vector"}
names |= {"permuted": "self under its own weights, permuted", "top": "top: highest probability"}
names |= {"permuted, learned": "permuted, and learned so", "not neutral": "not neutral: 1 − its probability"}
names |= {"mean vector": "mean vector, whole clips", "mean, max, std": "mean, maximum and spread"}
names |= {"oracle": "oracle: weights from the truth"}
accuracy = pick(fan["accuracy"], row=list(names), family="all")
title = "Accuracy in (a), (b) and (c) together, frozen backbone"
heads = "one backbone each, the mean of its three heads"
plots.forest(accuracy, names=names, runs=heads, line=round(1 / 7, 3), title=title)

# %% [markdown]
# - *permuted* keeps how uneven the weights are and forgets which frame has which. But its classifier learned under
#   other weights, so that it loses for two reasons; *permuted, learned* learned under such weights too, and loses for
#   one.
# - *norm*, *top* and *not neutral* weigh frames by what the backbone knows already.
# - *mean vector* and *mean, maximum and spread* are statistics of all frames under logistic regression.
# - the **oracle**'s classifier learned under the evidence. No network can have these weights. They are one choice, not
#   the best one: nothing is bound to stay below it, neither other weights nor other statistics.
#
# Eight **claims** were written down before these clips were measured (`ferviz.measured.claims("frame-attention")`; it
# says what had been seen of an earlier set). Four are about accuracy, adjusted together (Holm):

# %%
families = {"intensity": "(a) intensity", "degraded": "(b) degraded", "off_label": "(c) off-label"}
families |= {"all_tell": "all tell", "neutral_spoiled": "neutral, spoiled", "real": "real faces, as sets"}


def claimed(over):
    """The answers to the claims of a family; prints from which size on a difference is found in 80 %."""
    answers = [one for one in fan["claims"] if one.holm_over == over]
    for one in answers:
        where, least = families.get(one["family"], "(a) to (c)"), f"{least_found(fan, one).value:.3f} or more"
        print(f"{one.name}, {one['score']}, {where}:\n  80 % of such studies would find a true difference of {least}")
    return answers


title = "Four claims on accuracy, frozen backbone"
plots.forest(claimed("accuracy"), group="score", runs=heads, line=0, axis="difference", title=title)

# %% [markdown]
# Filled: clear of 0, after Holm. A hollow one would mean that these clips do not tell. (*The numbers* say what became
# of each claim.) And on which clips does attention pay? No claim was made about this, except for *self minus pool* on
# (b), so the points below have no verdict:

# %%
rows = ["mean", "self", "relation", "mean vector", "mean, max, std"]
gain = pick(fan["difference"], row=rows, than="pool", family=list(families))
counts, few = fan.about["real sets by label"]["test"], fan.about["labels with fewer than 10 real sets in the test"]
for what, told in {"real sets in the test": counts, "of these, too few to say much of the label": few}.items():
    print(f"{what}:\n ", ", ".join(f"{label} {count}" for label, count in told.items()))
title = "Rows less pool (the mean of the vectors), family by family"
plots.forest(gain, names=families, runs=heads, line=0, axis="difference in accuracy", title=title)

# %% [markdown]
# ### Exercise 3: design an experiment
#
# If every frame tells, there is nothing to attend to. If one in ten does, averaging drowns it. **At which share of
# telling frames does attention begin to pay?** Plan it before you see our figures. Write the function that picks ten
# frames of a clip, of which a given share tells (here: evidence at least 0.6) and the rest does not (at most 0.2). Draw
# with the generator, with replacement (a clip may have fewer such frames than you need); each frame of a kind must have
# a chance. And name the two rows that you would compare.
#
# <details><summary>A hint</summary>
#
# `generator.choice(places, count)` draws with replacement. `np.flatnonzero(evidence >= 0.6)` gives places. For the
# rows: which two differ in nothing but learned attention?
#
# </details>

# %% tags=["exercise"]
def my_frames(evidence, share, generator):
    """Evidence (T,), a share such as 0.3, a NumPy generator → the places of ten frames."""
    ...


my_rows = (..., ...)  # for example ("mean", "oracle")


# %% tags=["solution"]
def my_frames(evidence, share, generator):
    """Evidence (T,), a share such as 0.3, a NumPy generator → the places of ten frames."""
    telling = round(10 * share)
    first = generator.choice(np.flatnonzero(evidence >= 0.6), telling)
    rest = generator.choice(np.flatnonzero(evidence <= 0.2), 10 - telling)
    return np.concatenate([first, rest])


my_rows = ("self", "pool")

# %%
check.design(my_frames, my_rows)

# %% [markdown]
# Our measurement, after the same design, on the test clips of (a) and (b) that have both kinds of frames. The neutral
# clips, in which no frame can tell more than another, are the other side of the bargain:

# %%
shares = pick(fan["share"], labels="rest")
known = {(one["row"], one["share"]): one.value for one in shares}
few, many = (f"pool {known['pool', s]:.2f}, self {known['self', s]:.2f}" for s in (0.3, 1.0))
title = f"Three frames of ten tell: {few}; all tell: {many}"
plots.along(shares, "share", words="share of telling frames among ten", title=title)

# %%
gaps = sorted(pick(fan["share_difference"], row="self", than="pool"), key=lambda one: one["share"])
told = {f"{gap['share']} minus pool": f"{round(10 * gap['share'])} of ten tell" for gap in gaps}
told["0.0 minus pool"] = "neutral clips"
at = {gap["share"]: f"{gap.value:+.3f}" for gap in gaps}
title = f"Self minus pool: {at[0.3]} where three of ten tell, {at[1.0]} where all do, {at[0.0]} on neutral clips"
plots.forest(gaps, row="share", names=told, runs=heads, line=0, axis="difference in accuracy", title=title)

# %% [markdown]
# (Neutral clips here: of (a) and (b), ten frames drawn; the claim above is of all three families, whole clips.) A
# single figure for "the gain of attention" says as much about the clips as about the network: ask how many of their
# frames tell, and how many are neutral.
#
# ## 9 · Is it true?
#
# The three questions of section 5, over all test clips. (The first edition of this lesson asked one question of all
# frames with little evidence. Nearly all of these were faces at rest: it said next to nothing of spoiled frames.)

# %%
asked = {"rest": "degraded", "spoiled": "degraded", "intruder": "off_label", "intruder, full": "off_label"}
against = {"rest": "a face at rest (b)", "spoiled": "spoiled frames (b)", "intruder": "an intruder (c)"}
against["intruder, full"] = "one at full intensity"
shorts = {"rest": "rest", "spoiled": "spoiled", "intruder": "intruder", "intruder, full": "at full intensity"}
rows = ["self", "relation", "norm", "top", "not neutral", "sharpness", "permuted", "position", "profile"]
areas = [one for score, family in asked.items() for one in pick(fan["weights"], row=rows, score=score, family=family)]
own = {one["score"]: one.value for one in pick(areas, row="self")}
for one in pick(areas, row=["position", "profile"]):
    if max(abs(one.low - 0.5), abs(one.high - 0.5)) > 0.08:  # what the clips were planned for
        print(f"{one['row']}, against {shorts[one['score']]}: [{one.low:.3f}, {one.high:.3f}]; planned: 0.42 to 0.58")
title = "Self: " + " · ".join(f"{own[score]:.2f} {short}" for score, short in shorts.items())
plots.forest(areas, group="score", names=against, runs=heads, line=0.5, axis="area under the curve", title=title)

# %% [markdown]
# Controls: *position* has the weights of the frame's number, *profile* the mean of other people's: where these stand
# above 0.5, the clips' build tells, not the network; what ends beyond the plan is printed above. *Sharpness* weighs by
# how sharp the frame is. If the length of a vector alone tells frames apart, the backbone knew it already. *Spoiled*
# frames here are mostly dark, turned, cut off or out of focus; a blink leaves too much evidence to count. And intruders
# come in at several strengths: a faint one is told apart by its faintness alone, so look at those at *full intensity*.
# Four claims ask this, adjusted together; *relation minus self* is the authors' own reading (on spoiled frames this
# rule calls differences clear slightly too often: [04 · More](04_more_frames_and_features.ipynb)):

# %%
title = "Four claims on weights, frozen backbone"
order = {"group": "score", "names": against, "runs": heads}
plots.forest(claimed("weights"), **order, line=0, axis="difference in area", title=title)

# %% [markdown]
# And is what a frame *does* nearer to the truth than what it weighs? Self-attention again, and the plain mean, whose
# frames all weigh the same and yet add unlike:

# %%
effects = [one for s, f in asked.items() for one in pick(fan["effect"], row="self", score=s, family=f)]
weighs = [replace(one, of={**one.of, "effect": "weight"}) for one in pick(areas, row="self")]
adds = pick(fan["effect"], row="pool", effect="contribution")
adds = [one for score, family in asked.items() for one in pick(adds, score=score, family=family)]
plain = [replace(one, of={**one.of, "effect": "contribution, plain mean"}) for one in adds]
does = {one["score"]: one.value for one in pick(effects, effect="contribution")}
title = "What frames add: " + " · ".join(f"{does[score]:.2f} {short}" for score, short in shorts.items())
order |= {"row": "effect"}
plots.forest(weighs + effects + plain, **order, line=0.5, axis="area under the curve", title=title)

# %% [markdown]
# And on real faces, where truth is people's votes? Neutral sets stand apart: there the pictures that tell the label
# show *least*, and a weight on what shows much is a weight on the wrong frames.

# %%
real = {"real_neutral": "neutral sets", "real_others": "other sets"}
rows = ["self", "relation", "norm", "top", "not neutral", "sharpness"]
votes = pick(fan["weights"], row=rows, score="votes", family=list(real))
title = " · ".join(f"{one.value:.2f} {real[one['family']]}" for one in pick(votes, row="self"))
plots.forest(votes, names=real, line=0.5, axis="area under the curve, many votes or few", title=f"Self: {title}")

# %% [markdown]
# ## 10 · What this cannot tell
#
# - **Synthetic clips.** The networks learned our generator's faces, and are tested on more of them. An order of
#   variants here is an order *here*.
# - **The families are ours.** Attention has something to find because we put it there. Real films have other troubles;
#   the real sets are no films.
# - **A weight that agrees with the truth need not be used**, and one that does not agree may still serve the network.
#   Agreement, use and meaning are three questions.
#
# **Where the line runs.** None of this is for monitoring, grading, hiring or proctoring people. In the EU, systems that
# infer emotions at work or in education are prohibited, and so is inferring race from biometrics (AI Act, Article 5). A
# lesson about the technique is not.
#
# ## 11 · What we found
#
# These sentences are made from the record of the measurement. Only the answer to a claim gives them a side.

# %%
found_on_frames(fan)

# %% [markdown]
# ## 12 · Where to go next
#
# - **[04 · More: other ways to bring frames together](04_more_frames_and_features.ipynb)**: why sigmoids, what paper
#   and code disagree on, features that know the order, the tuned networks, pixels inside a frame, a real film.
# - `ferviz.models.card("fan")` says how the network was trained, on what, and what is known to go wrong.
# - `ferviz train fan …` trains your own, on synthetic clips; `data_scripts/measure_fan.py` makes the tables above
#   again.
# - Something to try: switch the explorer to *mean* and *pool*. Which of your findings of section 6 stay, and why must
#   they?
