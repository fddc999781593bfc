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
# # 07 · Face and voice
#
# A face smiles and its voice does not. Which of the two do you follow, and which does a network? This paper pools each
# stream by attention, and then *multiplies* them. You compute the sound's picture, the pooling and the product by hand,
# and ask of each answer which stream it came from.
#
# **Afterwards you can**
#
# 1. make a log-mel picture from a sound, and factorised bilinear pooling from its formula;
# 2. share an answer between two streams, and say what only both together give;
# 3. say what people do when voice and face disagree, and what a table without code is worth.
#
# **Time:** about {{minutes}} minutes, the four exercises among them. What goes beyond stands in
# [07 · More](07_more_streams_and_votes.ipynb). **You need** headphones, if you have them.
#
# **Papers**
#
# - H. Zhou, D. Meng, Y. Zhang, X. Peng, J. Du, K. Wang, Y. Qiao, *Exploring emotion features and fusion strategies for
#   audio-video emotion recognition*, ICMI 2019, [arXiv:2012.13912](https://arxiv.org/abs/2012.13912): the paper of this
#   lesson. Its code was never published, and of its text we had the abstract alone.
# - chaelin0722, a review of that paper in Korean (an unpublished note, not available), begun on a blog and completed
#   in its history. Where this lesson says "the review", it is this one, marked [review].
# - Z. Yu, J. Yu, J. Fan, D. Tao, *Multi-modal factorized bilinear pooling with co-attention learning for visual
#   question answering*, ICCV 2017, [arXiv:1708.01471](https://arxiv.org/abs/1708.01471): the product.
# - H. Cao et al., *CREMA-D: crowd-sourced emotional multimodal actors dataset*, IEEE Transactions on Affective
#   Computing 5(4), 2014, doi [10.1109/TAFFC.2014.2336244](https://doi.org/10.1109/TAFFC.2014.2336244): the votes.

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
import torch
from IPython.display import Audio

import ferviz
from ferviz import audio, explorers, plots, scores
from ferviz.exercises import lesson_07 as check
from ferviz.measured import Findings, answers, found_on_streams, measured, pick
from ferviz.models.fusion import FBP
from ferviz.models.stream import Attention, Stream
from ferviz.prepared import read_viewers

# %% [markdown] tags=["teacher"]
# **For the teacher.** Sections 2 to 5 are the computation, 6 the trained network, 7 to 9 the evidence. Play the clip
# of section 1 twice, once with the picture hidden, and let the class vote before anybody reads on. Three surprises
# carry the lesson. "Transformer" attention here is one inner product. A product of all pairs of two vectors of 64 has
# eight times the weights of its factors. And the paper's 65.5 % is five networks. What is concluded in section 11 is
# made from the record of the measurement. Open stubs do not stop the notebook: *Run All* always works.

# %% [markdown]
# ## 1 · What do you hear?
#
# A synthetic person speaks a sentence that says nothing of emotion. Listen first. Then look.

# %%
conflict = ferviz.sample(check.CONFLICT)
Audio(conflict.audio, rate=conflict.sample_rate)

# %%
known = conflict.truth.voice
title = f"The face shows {known['face']}, the voice {known['emotion']}"
plots.filmstrip(conflict, title=title)

# %% [markdown]
# The words in the title, and all below, are **what the generator was told to show and say**; whether annotators would
# choose them nobody has asked. A label does not say what a person feels (L. F. Barrett et al. 2019, doi
# [10.1177/1529100619832930](https://doi.org/10.1177/1529100619832930)). This person, made by a computer, feels nothing.
#
# ## 2 · From sound to a picture
#
# A network for pictures can read sound once sound is a picture. The paper cuts **windows of 40 ms, 10 ms apart**, under
# Hamming's curve [review]. One of its two pictures is "log-mel": the logarithm of the power in bands of the *mel* scale
# (abstract). How many bands, and at which rate, could not be established; ours are 64 at 16,000 samples a second.
#
# ### Exercise 1: a window and a band
#
# Hamming's window of $N$ samples is $0.54 - 0.46\cos(2\pi k/N)$ for $k = 0 \ldots N-1$. A mel band is a triangle over
# the hertz: 0 at `low`, largest at `top`, 0 again at `high`, and its **area is 1**.
#
# <details><summary>A hint</summary>
#
# `np.arange(N)` gives all k. A triangle is the smaller of two lines, and never below 0: `np.minimum`, `np.maximum`. Its
# height is 2 / (high − low).
#
# </details>

# %% tags=["exercise"]
def my_window(N):
    """A number of samples → Hamming's window (N,)."""
    ...


def my_band(hertz, low, top, high):
    """Frequencies (F,) → the weight of each in one mel band (F,)."""
    ...


# %% tags=["solution"]
def my_window(N):
    """A number of samples → Hamming's window (N,)."""
    return 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(N) / N)


def my_band(hertz, low, top, high):
    """Frequencies (F,) → the weight of each in one mel band (F,)."""
    rise, fall = (hertz - low) / (top - low), (high - hertz) / (high - top)
    return np.maximum(0, np.minimum(rise, fall)) * 2 / (high - low)


# %%
check.heard(my_window, my_band)

# %% [markdown]
# One window by hand, and then the same by the package:

# %%
agree = ferviz.sample(check.AGREE)
sound = audio.resample(agree.audio, agree.sample_rate)  # mono, 16 kHz
start = 16_000  # one second in
window = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(640) / 640)
power = np.abs(np.fft.rfft(sound[start : start + 640] * window)) ** 2  # (321,)
bands = audio.mel_filters(audio.SPEECH) @ power  # (64, 321) @ (321,)
by_hand = 10 * np.log10(np.maximum(bands, 1e-10))
mel = audio.log_mel(torch.from_numpy(sound))  # (64, windows)
np.testing.assert_allclose(mel[:, start // 160], by_hand, atol=1e-3)
print(f"window {start // 160} of {mel.shape[1]}: equal, {by_hand.min():.0f} to {by_hand.max():.0f} dB")

# %% [markdown]
# Beside it lie two more pictures, **Δ and ΔΔ**: how fast each band rises or falls, and how that changes (abstract).
#
# ## 3 · The idea in one picture
#
# Convolutions go over the picture. **Each place of their last map is an item**, as each frame of the film is one: the
# sound becomes a *set of positions*, and attention can pool it as it pools frames.

# %%
model = ferviz.load_model("av")  # both streams, trained
seen = ferviz.observe(model, agree)
plots.two_streams(agree, seen, title="Two sets, two poolings: frames with their weights, positions with theirs")

# %% [markdown]
# A dot is the middle of what a position sees, the frame *all* that one sees: 0.46 s and 18 of 64 bands.
# At the paper's size, AlexNet, **a position sees all of our 64 bands and about 2 s**: there a "place in the sound" is
# hardly a place.
#
# ## 4 · Three attentions
#
# Let $f_i$ be a stream's items.
#
# | attention | weight of item $i$ | its vector |
# |---|---|---|
# | **self** | $\alpha_i = \sigma(f_i^\top q_0)$ | $\sum \alpha_i f_i / \sum \alpha_i$ |
# | **relation** | $\alpha_i\beta_i$, $\beta_i = \sigma([f_i : f']^\top q_1)$ | of $[f_i : f']$: twice as long |
# | **transformer** | from $s_i = q^\top \tilde f_i$, $\tilde f_i = W f_i$ | of $\tilde f_i$: as long as we choose |
#
# ($f'$ is the vector of self. Whether $\tilde f_i$ or $f_i$ is averaged is not told.) The first two are those of
# {{link: frame-attention}}. "Transformer" is a large word here: as far as the review tells, **there are no queries, no
# keys, no heads**, just one inner product with one learned vector. The weight is $s_i$ "taken as a power" [review]:
# most likely $e^{s_i}$, but $s_i^2$ cannot be excluded. By hand, with $W$ the identity:

# %%
f = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])  # three items
q = np.array([0.5, -0.5])
s = f @ q
weights = {"exp": np.exp(s) / np.exp(s).sum(), "square": s**2 / (s**2).sum()}
for power, weight in weights.items():
    print(f"{power:>6}: weights {weight.round(3)}, vector {(weight @ f).round(3)}")

# %% [markdown]
# Look at the last item: its inner product is 0. Under exp it keeps its share; under the square it has none, and the
# item with the most *negative* product leads. Two readings of one word. Through the model's code:

# %%
for power, weight in weights.items():
    attention = Attention("transformer", reduced=2, power=power)
    stream = Stream("audio", "position", torch.nn.Identity(), 2, attention)
    with torch.no_grad():
        stream.reduce.weight[:] = torch.eye(2)
        stream.query.weight[:] = torch.from_numpy(q)
        pooled = stream.pool(torch.from_numpy(f).float()[None], torch.ones(1, 3, dtype=torch.bool))
    np.testing.assert_allclose(pooled.weight[0], weight, atol=1e-6)
    np.testing.assert_allclose(pooled.vector[0], weight @ f, atol=1e-6)
    print(f"{power}: equal")

# %% [markdown]
# ## 5 · The product
#
# Now there are two vectors, $a$ of the voice and $v$ of the face. Put them in a row, and a linear layer can only *add*
# what each says. A **bilinear** map multiplies: $z_i = a^\top W_i v$ lets every number of $a$ meet every number of $v$.
# That is $o \cdot m \cdot n$ weights. **Factorised bilinear pooling** (FBP) takes $W_i = U_i V_i^\top$ of rank $k$:
#
# $$z = \mathrm{SumPool}(\tilde U^\top a \circ \tilde V^\top v,\ k), \qquad z \leftarrow \mathrm{sign}(z)\sqrt{|z|},
# \qquad z \leftarrow z / \lVert z \rVert$$
#
# SumPool adds each run of $k$ neighbours. The paper's $k$ and $o$ could not be established.

# %%
m = n = 64
k, o = 4, 32
print(f"all pairs {o * m * n:,} weights; factorised {k * o * (m + n):,}")
a, v = np.array([1.0, 2.0]), np.array([0.5, -1.0, 2.0])
U = np.array([[2, 0, 0.5, -1], [0, 1, 1, 1]])
V = np.array([[1, 0.5, 0, 1], [0, 1, -1, 0.5], [0.5, 0, 1, 1]])
print("Ũᵀa", U.T @ a, " Ṽᵀv", V.T @ v)
print("product", (U.T @ a) * (V.T @ v))

# %% [markdown]
# ### Exercise 2: FBP
#
# Write the steps above as one function: product, sums of k neighbours, signed root, length 1.
#
# <details><summary>A hint</summary>
#
# `a @ U` is $\tilde U^\top a$. Reshape the product to (o, k) and sum over the second axis. `np.sign`, `np.abs`.
#
# </details>

# %% tags=["exercise"]
def my_fbp(a, v, U, V, k):
    """a (m,), v (n,), Ũ (m, k·o), Ṽ (n, k·o) → z (o,): product, sums, signed root, length 1."""
    ...


# %% tags=["solution"]
def my_fbp(a, v, U, V, k):
    """a (m,), v (n,), Ũ (m, k·o), Ṽ (n, k·o) → z (o,): product, sums, signed root, length 1."""
    z = ((a @ U) * (v @ V)).reshape(-1, k).sum(1)
    z = np.sign(z) * np.sqrt(np.abs(z))
    return z / np.sqrt((z**2).sum())


# %%
check.fbp(my_fbp)

# %% [markdown]
# And through the model's code, with the full matrices $W_i$ beside it:

# %%
tiny = FBP(2, 3, factors=2, outputs=2)
with torch.no_grad():
    tiny.first.weight[:] = torch.from_numpy(U.T)
    tiny.second.weight[:] = torch.from_numpy(V.T)
    W = tiny.matrices().numpy()  # (o, m, n)
    z = tiny(torch.from_numpy(a).float()[None], torch.from_numpy(v).float()[None])[0].numpy()
print("sums by the full matrices", [float(a @ one @ v) for one in W])
print("FBP", z.round(6))

# %% [markdown]
# Now step by step. Hover a sum: which pairs of numbers meet in it?

# %%
explorers.TwoStreams(tab="fusion", numbers="example")

# %% [markdown]
# ## 6 · Which stream did it come from?
#
# The trained network is *compact*: 64 mel bands, gray faces of 48 pixels, "transformer" with exp in both streams, FBP.
# It has learned synthetic films, one stream left out of three in ten. So it can be asked four times: with **both**
# streams, with each **alone**, and with **none**. What stands for a stream that is not there is a vector of its own,
# *learned*; a zero would make the whole product zero.

# %%
def four_answers(name):
    clip = ferviz.sample(name)
    shares = scores.modality_shares(model, clip)
    asked = shares.emotion_probability.to_pandas()
    known = clip.truth.voice
    print(f"{name}: face {known['face']}, voice {known['emotion']}")
    return asked.loc[["none", "audio", "video", "both"]].round(2)


four_answers(check.CONFLICT)

# %% [markdown]
# **Shapley's value** of a stream is the mean of what it adds when it comes first and when it comes second. For two
# streams these are all orders there are: four runs, and it is exact. What only both together give, the *interaction*,
# is halved between them.
#
# ### Exercise 3: share an answer
#
# <details><summary>A hint</summary>
#
# The voice first adds `voice - none`; second, `both - face`.
#
# </details>

# %% tags=["exercise"]
def my_shares(none, voice, face, both):
    """What nothing, each stream alone, and both get → (value of the voice, value of the face)."""
    ...


# %% tags=["solution"]
def my_shares(none, voice, face, both):
    """What nothing, each stream alone, and both get → (value of the voice, value of the face)."""
    voice_value = ((voice - none) + (both - face)) / 2
    return voice_value, both - none - voice_value


# %%
check.shapley(my_shares)

# %%
rows = {}
for name in (check.AGREE, check.VOICE_ONLY, check.CONFLICT):
    clip = ferviz.sample(name)
    label = clip.labels["emotion"]
    found = scores.modality_shares(model, clip).sel(emotion=label)
    value = found.emotion_logit_share.values
    told = {"voice": value[0], "face": value[1], "interaction": found.emotion_logit_interaction.item()}
    told = {what: f"{one:+.2f}" for what, one in told.items()}
    rows[name] = {"label": str(label), "carried by": clip.truth.voice["carries"], **told}
pd.DataFrame(rows).T

# %% [markdown]
# The values are of the label's *logit* (in conflict the face's), less the mean over the labels. They say where
# the answer came from, and not that the stream is right.
#
# ### The explorer
#
# Play it with its sound. Take a stream away (*gone*), make the voice *silent*, cover the face (*Covered*), add *Noise*,
# play the sound *Later*, give it another clip's voice, choose a *network* (*av-self*, *av-mean*: another attention;
# *av-concatenation*: another fusion).
#
# > **Question.** The face says happiness, the voice another word. After which change does the voice alone decide: a
# > covered face, a face that is *gone*, or heavier voice weights? Guess first.

# %%
explorers.TwoStreams(check.CONFLICT)

# %% [markdown]
# <details><summary>What that means</summary>
#
# With a face that is *gone* the answer is that to the voice alone: what stands in its place was learned for just that.
# A covered face is still a face: the network reads the cover. And weights only choose *within* a stream, what of the
# voice is heard; how much a stream counts beside the other is decided by the product, where no weight stands.
#
# </details>
#
# ## 7 · What people do
#
# In CREMA-D actors spoke sentences with an intended emotion. Some nine people a clip named one of six words for the
# **voice alone**, as many for the **face alone**, and as many for **both**. The votes come with ferviz (ODbL 1.0), of
# 76 actors; no picture and no sound does.

# %%
votes = read_viewers()
word = {kind: votes.word(kind) for kind in ("voice", "face", "both")}  # −1 where two words tie
met = {kind: f"{(word[kind] == votes.intended).mean():.1%}" for kind in word}
at = votes.conflict()  # two words for voice and face, one for both; no ties among the three
print(f"{len(votes):,} clips; the intended word by most people:", *(f"{k} {m}" for k, m in met.items()))
face, voice = ((word["both"] == word[kind])[at] for kind in ("face", "voice"))
print(f"{at.sum():,} clips in conflict: both follow the face in {face.mean():.1%}, the voice in {voice.mean():.1%},")
print(f"and say a third word in {(~face & ~voice).mean():.1%}")
people, title = measured("av_votes"), "Clips without ties: do all three words agree? Else, who wins?"
plots.recorded(people, "followed", {"family": "without ties"}, axis="share of clips", title=title)

# %% [markdown]
# (Met: chosen most; a tie is not met.) These clips are not dubbed. Voice and face are **one performance**: "conflict"
# means that people name two words, not that somebody meant two.
#
# > **Question.** Guess, clip by clip, what people said to both, before you open it. When do you miss?

# %%
explorers.Viewers()

# %% [markdown]
# ### Exercise 4: whom to follow
#
# "Always the face" is a rule. Write a better one: from the votes on the voice and on the face, the word that people
# give to both. Of the clips *in conflict* it must name a percentage point more, on each of two random halves of the
# actors.
#
# <details><summary>A hint</summary>
#
# How *sure* were the viewers of each? Nine of nine for the voice against four of nine for the face is not a draw. But
# where both are equally sure people still lean to the face: a voice must be *much* surer.
#
# </details>

# %% tags=["exercise"]
def my_rule(voice, face):
    """Votes for six words on the voice (6,) and on the face (6,) → the place of the word for both."""
    ...


# %% tags=["solution"]
def my_rule(voice, face):
    """Votes for six words on the voice (6,) and on the face (6,) → the place of the word for both."""
    return (np.log(voice + 0.5) + 2 * np.log(face + 0.5)).argmax()


# %%
check.people(my_rule)

# %% [markdown]
# Now rules that *learn*: each clip is answered by a rule that saw no clip of its actor. *weights* is the product under
# two learned powers, *concatenation* a linear rule, *fbp* that of section 5 on both votes, *mlp* a small net of two
# layers; *face* and *product* learn nothing. The smaller the distance, the nearer to what people say.

# %%
rows = ["face", "face, learned", "product", "weights", "concatenation", "fbp", "mlp"]
title = "Distance from people's votes on both to each rule's answer"
axis = "Kullback-Leibler distance, nats"
plots.recorded(people, "distance", {"row": rows, "family": "all"}, axis=axis, title=title)

# %% [markdown]
# *face, learned* never hears the voice: its gain comes from learning how votes on a face go over into votes on both.
# How well does one random half of the viewers predict the other? Rules are asked the same; ties go by lot. **No
# ceiling**: half are five people, and a rule that has all votes can be ahead.

# %%
where = {"score": "agreement", "family": ["all", "conflict"]}
title = "How often the word of most people in one half of the viewers is met"
plots.recorded(people, "half", where, axis="share of clips", title=title)

# %% [markdown]
# ## 8 · What the paper claims
#
# | what | figure | from |
# |---|---|---|
# | AFEW, validation | **65.5 %** | abstract |
# | AFEW, test (EmotiW 2019) | 62.48 %, third place | abstract |
# | one model | 61.1 % | leaderboard rows |
# | one model, with augmentation | 63.7 % | leaderboard rows |
# | five models, with augmentation | 65.5 % | leaderboard rows |
#
# **The headline is an ensemble of five.** Whoever rebuilds one network must compare it with 61.1 or 63.7 (rows
# of hyper.ai, copied from Papers with Code; they do not say whether "one model" hears). AFEW's validation set
# has 383 clips: the standard error of one such figure is about 2.4 points, more than the 1.8 that lie between the last
# two rows.
#
# **No code was published.** The announced repository, Open-Debin/Emotion-FBP, holds a README and a licence. So which
# backbone, pre-training and attention did what stands in two tables that nobody outside can make again. The
# review tells what was best: "transformer" in both streams, and faces by IR-50, pre-trained on AffectNet.
#
# ## 9 · What we measured
#
# Eight **claims** were written down before their figures were worked out here. The first five were *nearly seen*: of
# these votes and voices simple means were known beforehand. Of the last three nothing was. What became of them (a row
# is "attention, fusion"):

# %%
Findings(answers("audio-video"))

# %% [markdown]
# **Real actors.** Actors of RAVDESS say two sentences in eight ways. Simple numbers of the voice and of the face's
# muscles, rules that never met the actor:

# %%
voices = measured("av_voices")
rows = ["voice", "face", "mean", "product", "weights", "concatenation", "fbp", "mlp"]
title = "Eight words, real actors, each answered without a clip of the same actor"
plots.recorded(voices, "accuracy", {"row": rows, "family": "as they are"}, title=title)

# %% [markdown]
# ## 10 · Is it true?
#
# In some synthetic films one stream alone carries the label, and we know which: `face_only`, `voice_only`, and together
# `planted` (the other stream is neutral; neutral labels are left out). Is the larger share of the label's logit that
# stream's?
#
# **Careful.** This rule is given the right label; a network in use is not. And subtract the two values of exercise 3:
# *none* and *both* cancel. **So it only asks which stream alone gives the label the larger logit.** *Shapley of the
# answer* and the *surer stream* are given nothing; the *less neutral stream* knows that the other is neutral.

# %%
films = measured("av_films")
rules = ["shapley", "shapley of the answer", "surer stream", "less neutral stream"]
where = {"row": "transformer, fbp", "absent": "learned", "family": ["face_only", "voice_only", "planted"], "by": rules}
title = "How often the stream that carries the label is named"
unseen = {"row": "transformer, fbp, planted films not learned", "by": "shapley of the answer", "absent": "learned"}
(one,) = pick(films["named"], **unseen, family="planted")
print(f"heads that never learned such films, by their answer: {one.value:.3f} [{one.low:.3f}, {one.high:.3f}];")
print("whoever always names the face has 0.500")
plots.recorded(films, "named", where, row="by", axis="share of films", title=title)

# %%
where = {"row": ["transformer, fbp", "transformer, concatenation", "mean, fbp"]}
title = "Where face and voice contradict each other: whom the answer follows"
plots.recorded(films, "conflict", where, group="follows", axis="share of films", title=title)

# %% [markdown]
# **What this cannot tell**
#
# - **Synthetic voices**: which pitch and pace belong to which word was chosen from published figures, which do not all
#   agree; nobody has judged them. Test people are new, their sentences and timbres are not.
# - **The streams are frozen here**: a row was learned on what five pairs of them make of films.
# - **A share is of this network's logit**, with this stand-in for "absent"; with another stand-in it is another share
#   ([07 · More](07_more_streams_and_votes.ipynb)).
# - **Votes are words that people chose from six.** Nobody could say "a forced smile".
#
# **Where the line runs.** None of this is for monitoring, grading, hiring or proctoring people, by face or by voice. In
# the EU, systems that infer emotions at work or in education are prohibited (AI Act, Article 5). A lesson about the
# technique is not.
#
# ## 11 · What we found
#
# These sentences are made from the records. Only the answer to a claim gives them a side.

# %%
found_on_streams(people, voices, films)

# %% [markdown]
# ## 12 · Where to go next
#
# - **[07 · More: streams and votes](07_more_streams_and_votes.ipynb)**: hear what the mel picture keeps, missing
#   streams and what stands for them, noise, frame × position pairs, when a product must fail, where the review slips.
# - `ferviz.models.card("av")` says how the network was trained, on what, and what is known to go wrong.
# - `ferviz train audio --voices FOLDER --out RUNS` learns real voices, if you have some.
# - Something to try: an own film with its sound (*Your own photo, clip or sound*). It goes to the Python
#   kernel and is not saved with the notebook; on a shared server, whoever runs it could see it.
