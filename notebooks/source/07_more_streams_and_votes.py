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
# # 07 · More: streams and votes {{optional}}
#
# This goes beyond [lesson 07](07_face_and_voice.ipynb), and may be left out: what of a sound a mel picture keeps,
# what a position sees at the paper's size, pairs of frames and positions, what stands for a missing stream, noise and
# covers, whom people take for whom, when a product must fail, real voices, and what nobody can know of this paper.
#
# **Time:** about {{minutes}} minutes, an exercise among them. **You need** no network and no camera.
#
# **Papers**
#
# - H. Zhou, D. Meng, Y. Zhang, X. Peng, J. Du, K. Wang, Y. Qiao, *Exploring emotion features and fusion strategies for
#   audio-video emotion recognition*, ICMI 2019, [arXiv:2012.13912](https://arxiv.org/abs/2012.13912).
# - chaelin0722, a review of that paper in Korean (an unpublished note, not available), begun on a blog and completed
#   in its history. Where this lesson says "the review", it is this one, marked [review].
# - D. Griffin, J. Lim, *Signal estimation from modified short-time Fourier transform*, IEEE Trans. ASSP 32, 1984.
# - S. R. Livingstone, F. A. Russo, *The Ryerson audio-visual database of emotional speech and song (RAVDESS)*, PLoS ONE
#   13(5), 2018, doi [10.1371/journal.pone.0196391](https://doi.org/10.1371/journal.pone.0196391).
# - C. Luna-Jiménez et al., their published answers for RAVDESS, github.com/cristinalunaj/MMEmotionRecognition (commit
#   aeb7844).

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
from ferviz.measured import measured, pick
from ferviz.models.audio_video import AudioVideo, Config
from ferviz.models.backbones import ALEXNET, SOUND_COMPACT
from ferviz.prepared import read_viewers
from ferviz.seeds import seeded

# %% [markdown] tags=["teacher"]
# **For the teacher.** Each section stands alone. Section 1 is the one to play aloud. Section 6 suits a class that knows
# conditional independence, section 8 one that wants to rebuild a paper. All figures are read from the records.

# %% [markdown]
# ## 1 · What the picture keeps
#
# In all that follows, an answer is a label: what the generator was set to, or what people voted for. It does not say
# what a person feels (L. F. Barrett et al. 2019, doi
# [10.1177/1529100619832930](https://doi.org/10.1177/1529100619832930)).
#
# A log-mel picture has no phases, and 64 bands for 321 frequencies. Can you still tell the words, and the voice? The
# sound below was made from the picture alone: its powers first, then phases that fit (Griffin and Lim).

# %%
clip = ferviz.sample(check.AGREE)
sound = torch.from_numpy(audio.resample(clip.audio, clip.sample_rate))
Audio(sound.numpy(), rate=audio.SPEECH.rate)

# %%
kept = audio.sound_of(audio.log_mel(sound))
Audio(kept.numpy(), rate=audio.SPEECH.rate)

# %% [markdown]
# What you still hear was in the picture. What you no longer hear may be missing from it, or was lost on this way back.
#
# ## 2 · What a position sees
#
# By the arithmetic of the layers, for a sound of 3 seconds:

# %%
count = audio.SPEECH.count(3 * audio.SPEECH.rate)
for name, net in (("AlexNet, the paper's", ALEXNET), ("compact, ours", SOUND_COMPACT)):
    size = {axis: net.fields(1, axis)[0] for axis in ("band", "window")}
    bands, windows = (int(last - first) for first, last in size.values())
    places = net.places(64, "band"), net.places(count, "window")
    seconds = (windows - 1) * audio.SPEECH.shift + audio.SPEECH.window
    print(f"{name}: {places[0]} × {places[1]} positions,")
    print(f"    each sees {bands} bands (there are 64) and {seconds:.2f} s")

# %% [markdown]
# Where a position sees more bands than there are, its weight cannot say at which pitch something was heard. A picture
# of such weights over time and frequency would be a picture of nothing.
#
# ## 3 · Pairs of a frame and a position
#
# Both streams are means under weights, and the product is linear in each. So FBP's sums, *before* the root, split
# exactly into what each frame adds with each position:

# %%
model = ferviz.load_model("av")
seen = ferviz.observe(model, clip)
pairs = seen["pair"]
whole = pairs.sum(("frame", "position"))
print(dict(pairs.sizes))
print(f"largest difference to the sums: {float(abs(whole - seen['pooled']).max()):.1e}")

# %%
largest = int(abs(seen["pooled"].values).argmax())
explorers.TwoStreams(check.AGREE, tab="pairs", sum=largest)

# %% [markdown]
# Rows are frames, columns steps of the sound, all bands together. A pair is what *this* frame and *that* moment add.
# The two need not be simultaneous: nothing in the product knows about time. Go from sum to sum: what has a weight near
# 0 is empty in all of them.
#
# Beyond the root nothing is exact any more: the root and the length mix all pairs.
#
# **Which fusions have an interaction**, something that only both streams together give? That is arithmetic: networks
# that have learned nothing show it as well. The largest over the labels, of the logit and of the probability:

# %%
rows = {}
for kind in ("concatenation", "product", "weights", "mean", "fbp"):
    with seeded(0):
        other = AudioVideo(Config.compact(kind)).eval()
    found = scores.modality_shares(other, clip)
    of = {what: found[f"emotion_{what}_interaction"] for what in ("logit", "probability")}
    rows[kind] = {what: f"{float(abs(values).max()):.0e}" for what, values in of.items()}
pd.DataFrame(rows).T

# %% [markdown]
# What adds up in logits (below 1e-6 is rounding) does not add up in probabilities, because of the softmax; the mean of
# two probabilities adds up in these and not in logits; FBP multiplies, and adds up in neither. And where both streams'
# answers are learned together, as in the record of films, *product* and *weights* are *concatenation* with another
# beginning: behind a softmax, sums of log probabilities are one linear layer over both vectors.
#
# ## 4 · What stands for a missing stream
#
# "Without the voice" needs something in the voice's place. A zero would make every product zero. Ours is a vector that
# training has learned; another choice is the mean of the training films. How far do the shares part?

# %%
rows = {}
for name in (check.AGREE, check.VOICE_ONLY, check.CONFLICT):
    one = ferviz.sample(name)
    for absent in ("learned", "mean"):
        found = scores.modality_shares(model, one, absent=absent).sel(emotion=one.labels["emotion"])
        voice, face = found.emotion_logit_share.values
        rows[name, absent] = {"voice": voice, "face": face}
pd.DataFrame(rows).T.round(2)

# %%
films = measured("av_films")
where = {"row": "transformer, fbp"}
title = "Accuracy with one stream alone, films in which face and voice agree"
plots.recorded(films, "missing", where, row="stream", group="absent", title=title)

# %% [markdown]
# ## 5 · Noise, and a cover
#
# The same test films, asked again and again while a pink noise in their sound grows: what does the network of both
# streams say, and what does each stream's own? The dashed line is chance. Face and voice agree in these films, so the
# face alone could answer every one of them, and the line of `av-face` is level: it hears nothing. `av, no voice` is the
# network of both with the learned stand-in in the voice's place.

# %%
conditions = measured("av_conditions")
lines = {"draw": plots.along, "line": conditions.about["chance"]}
lines |= {"x": "decibels", "words": "decibels that the sound stands above the noise"}
plots.recorded(conditions, "noise", {"family": "agree"}, title="Accuracy as noise grows (to the left)", **lines)

# %% [markdown]
# Where `av` lies below `av, no voice`, look at how many films that is: there are 49 in all, of one network. And now the
# face: an even gray grows over it from the chin upwards. (The explorer's *Covered* is another cover: a square in the
# middle.)

# %%
lines |= {"x": "covered", "words": "share of the face's crop that is covered"}
plots.recorded(conditions, "cover", {"family": "agree"}, title="Accuracy as a cover grows", **lines)

# %% [markdown]
# A face that is covered all over and a face that is *missing* are two things: for the second there is a stand-in, the
# first is a gray picture like any other. All streams as they are, and one missing:

# %%
title = "Accuracy with both streams, with a stand-in for one, and of each stream alone"
plots.recorded(conditions, "missing", {"family": ["agree", "face_only", "voice_only"]}, title=title)

# %% [markdown]
# These three pictures are of networks as they were trained; `python data_scripts/measure_av_conditions.py` makes their
# record. On films that had noise or a cover when they were made, and by family (*av* was tuned on films
# after its fusion was learned; *av-self*, *av-mean* and *av-concatenation* were not):

# %%
title = "The networks as they ship, one training of each"
plots.recorded(films, "shipped", group="family", title=title)

# %% [markdown]
# **Attentions and fusions.** What the paper's tables would tell, here for synthetic films: heads on frozen streams,
# five pairs, less *transformer, concatenation*. The name of a row is "attention, fusion"; of two attentions the voice's
# stands first. Two of these rows were claimed (lesson 07, section 9), the others have no verdict:

# %%
where = {"than": "transformer, concatenation", "family": "all"}
mixed = [one for one in pick(films["difference"], **where) if one["row"].count(",") == 1]
less = [one.value for one in mixed]
title = f"All films, less transformer, concatenation: {min(less):+.2f} to {max(less):+.2f}"
names = {f"{one['row']} minus {one.than}": one["row"] for one in mixed}
told = {"row": "row", "names": names, "line": 0, "axis": "difference in accuracy"}
plots.forest(mixed, **told, title=title)

# %% [markdown]
# **One change at a time.** Nothing was claimed of these beforehand. Heads on frozen streams again: without leaving a
# stream out of some films while learning, and without the films in which one stream alone carries the label. And with
# another voice stream, which learned the same voices for as long as a plain *spectrogram*: the decibels of all 321
# frequencies, where ours has 64 mel bands with their deltas. Its first layer takes larger steps, so that its map is as
# large; all behind it is the same network.

# %%
changes = ["no stream left out", "planted films not learned", "spectrogram"]
where = {"than": "transformer, fbp", "family": ["agree", "planted", "all"]}
where |= {"row": [f"transformer, fbp, {change}" for change in changes]}
title = "Each change less the row that it changes"
plots.recorded(films, "change", where, line=0, axis="difference in accuracy", title=title)

# %%
where = {"stream": "audio", "family": ["agree", "voice_only", "noisy_sound"]}
title = "The voice stream alone: spectrogram less log-mel with deltas"
plots.recorded(films, "alone change", where, line=0, axis="difference in accuracy", title=title)

# %% [markdown]
# Both were trained on the same 8 epochs, at the rates that were chosen for log-mel: nothing is shown of a spectrogram
# that is trained for longer, or in another network.

# %% [markdown]
# **The paper's first question: what had the face stream learned before?** Its table is not to be had. Here are five
# starts, each of which goes on with the same films for as long: *nothing*; *synthetic* faces; as many of *FER2013*, by
# its own labels; the same pictures by the votes of *FER+*; and *fan-mean* as it ships, which learned all of FER2013,
# synthetic faces and clips, for longer. The three in the middle learned single faces, then all of them the films:

# %%
counts = [films.about[name] for name in ("faces of a start", "epochs on faces", "epochs of other streams")]
print("{:,} faces for {} epochs, then films for {} epochs".format(*counts))

# %% [markdown]
# This is a **second look**. In a first one faces were learned for 3 epochs of plain gradient descent, and no face
# stream of these starts was shown to beat chance on the test films. The course that stands here was set by the training
# loss of a run apart, and written into the code before any test film was asked of it. Nothing was claimed. The dashed
# line is chance, one of seven. (In 48 of all films the face is neutral and the voice carries the word: there a face
# alone is right only by luck.)

# %%
rows = pick(films["alone"], stream="video", family="all")
right = {one["row"].removeprefix("transformer, fbp, face from "): f"{one.value:.2f}" for one in rows}
named = ", ".join(f"{start} {right[start]}" for start in ("nothing", "FER2013", "FER+", "synthetic"))
where = {"stream": "video", "family": ["agree", "face_only", "all"]}
title = f"All films, from {named}"
plots.recorded(films, "alone", where, line=0.143, group="family", title=title)

# %% [markdown]
# (*face* is the pair's own: in four pairs it began with fan-mean too, and is the same network.) The films are
# synthetic: a start that had learned synthetic faces had seen such faces before, and one that had learned real ones had
# not. *fan-mean* had learned more of both, for longer, and synthetic clips. So *synthetic* against *FER2013* tells of
# that likeness too. *FER2013* against *FER+* does not: the same pictures, and other labels.

# %%
than = "transformer, fbp, face from FER2013"
where = {"stream": "video", "than": than, "family": ["agree", "face_only", "all"]}
names = {f"{family} minus {than}": family for family in where["family"]}
(less,) = pick(films["alone change"], **where | {"family": "all"})
title = f"FER+ less FER2013, the face alone, all films: {less.value:+.3f} [{less.low:+.3f}, {less.high:+.3f}]"
told = {"names": names, "line": 0, "axis": "difference in accuracy", "title": title}
plots.recorded(films, "alone change", where, row="family", **told)

# %% [markdown]
# And fused with the voice of its pair, each less the start from nothing:

# %%
than = "transformer, fbp, face from nothing"
where = {"than": than, "family": ["agree", "face_only", "all"]}
names = {f"transformer, fbp, face from {start} minus {than}": start for start in films.about["starts"]}
title = "Voice and face fused, less the face from nothing"
told = {"names": names, "line": 0, "axis": "difference in accuracy", "title": title}
plots.recorded(films, "change", where, **told)

# %% [markdown]
# **Is the carrier named by other rules?** *Shapley* alone is told the label, and heads of the second row never learned
# a film of these families (their face stream did learn what these faces show). *Removal* takes the size of the change
# of the answer's logit when a stream is taken away; *integrated gradients* go straight from both stand-ins to both
# vectors (not to sound and pixels: that is `ferviz.attribute(model, clip, to="sound")`); the *surer stream* has the
# larger probability, alone; the *less neutral stream* knows that the other one is neutral by construction; *always*
# asks nothing. (With two streams, the one with the larger Shapley share of a logit also gives more of it alone, and is
# the one whose removal costs more: three ways to make one comparison.)

# %%
rows = ["transformer, fbp", "transformer, fbp, planted films not learned"]
where = {"row": rows, "absent": "learned", "family": "planted"}
title = "How often the stream that carries the label is named"
plots.recorded(films, "named", where, row="by", group="row", axis="share of films", title=title)

# %% [markdown]
# ## 6 · When must a product fail?
#
# Multiplying two answers is the best that can be done **if the cues are independent once the word is given**, each
# answer is a true probability, and the words are equally frequent (else their frequencies count twice). Then nothing is
# learned about their joint behaviour, and nothing need be. People's performances need not be so polite: whoever speaks
# loud may also open the mouth.
#
# ### Exercise 5: a world in which the product fails
#
# Two words, a voice cue that is 0 or 1, a face cue that is 0 or 1. Give the shares P(voice cue, face cue | word): for
# each word a table of 2 × 2 that sums to 1. Each cue alone must be right in 55 % or more, and the product of both
# must be right five points less often than the best rule.
#
# <details><summary>A hint</summary>
#
# Begin with a word that shows voice cue 0 in 60 % and face cue 0 in 60 %. These two numbers leave one freedom: how
# often both are 0 *together*.
#
# </details>

# %% tags=["exercise"]
my_world = [[[..., ...], [..., ...]], [[..., ...], [..., ...]]]  # [word][voice cue][face cue]

# %% tags=["solution"]
my_world = [[[0.2, 0.4], [0.4, 0.0]], [[0.4, 0.0], [0.0, 0.6]]]  # [word][voice cue][face cue]

# %%
check.dependent(my_world)

# %% [markdown]
# On real actors, each rule less the product. In *product, another clip's voice* each face is multiplied with a voice of
# the same actor and word from another clip: what it lacks is what voice and face of one clip have in common beside
# these. Where no lack is shown, the interval's end says how large one may be.

# %%
voices = measured("av_voices")
rules = ["voice", "face", "concatenation", "fbp", "mlp", "weights", "product, another clip's voice"]
where = {"row": rules, "than": "product"}
title = "Each rule less the product, as they are and with each actor's own mean and spread taken out"
plots.recorded(voices, "difference", where, line=0, axis="difference in accuracy", title=title)

# %%
told = pick(voices["confusion"], row="product", family="evened")
spoken = list(dict.fromkeys(one["shown"] for one in told))
counts = [one.value * one.items for one in told]  # over ten seeds: means; their intervals stand in the record
title = "Real actors, evened: what the product answers"
plots.confusion(np.reshape(counts, (len(spoken),) * 2), spoken, title=title)

# %% [markdown]
# "Evened" takes each actor's mean and spread from *all* clips of that actor, those asked about among them, without
# labels. It is a fair question only where so much is known of a speaker, and where every word comes as often from each:
# then the mean is one of all words, and what is left is the word.
#
# ## 7 · People, and others' networks
#
# Of each intended word, what most viewers took it for; clips whose votes tie are left out.

# %%
votes = read_viewers()
labels = [str(label) for label in votes.labels]


def taken(kind):
    """A confusion table of what was intended and what most people said."""
    said = votes.word(kind)
    clear = said >= 0
    counts = np.zeros((len(labels),) * 2, int)
    np.add.at(counts, (votes.intended[clear], said[clear]), 1)
    return plots.confusion(counts, labels, title=f"CREMA-D, {kind}, {clear.sum():,} clips without a tie")


taken("voice")

# %%
taken("face")

# %%
taken("both")

# %%
title = "Published networks on RAVDESS, each clip by the fold that did not learn its actor"
plots.recorded(voices, "published", title=title)

# %% [markdown]
# One net each, by others: the intervals are over actors alone. And what a network that heard **synthetic voices alone**
# makes of real ones (7 words, "calm" left out; chance is 0.14):

# %%
title = "Mean recall of 7 words on real voices, learned from synthetic ones alone"
plots.recorded(voices, "from synthetic", row="family", axis="mean recall", title=title)

# %% [markdown]
# **What was aimed at, and what of it was reached.** Before anything was measured these figures were set as aims:

# %%
votes = measured("av_votes")
planted = {"row": "transformer, fbp", "by": "shapley", "absent": "learned", "family": "planted"}
aims = {
    "RAVDESS, voice stream, each speaker's spread out": (voices["net"], {"family": "evened"}, ">=", 0.58),
    "RAVDESS, product less the better stream (face)": (voices["claims"], {"row": "product"}, ">=", 0.10),
    "RAVDESS after synthetic voices, 7 words": (voices["from synthetic"], {"family": "evened"}, ">=", 0.30),
    "CREMA-D, distance of FBP to people": (votes["distance"], {"row": "fbp", "family": "all"}, "<=", 0.30),
    "CREMA-D, conflict: FBP less the face, lower end": (votes["claims"], {"row": "fbp", "family": "conflict"}, ">=", 0),
    "films: the carrier is named": (films["named"], planted, ">=", 0.90),
}

# %%
for name, (table, where, sign, aim) in aims.items():
    one = pick(table, **where)[0]
    value = one.low if name.endswith("lower end") else one.value
    reached = value >= aim if sign == ">=" else value <= aim
    span = "" if one.low is None else f" [{one.low:.3f}, {one.high:.3f}]"
    told = "reached" if reached else "not reached"
    unsure = one.low is not None and one.low < aim < one.high
    print(f"{name}:\n  {value:.3f}{span}, aim {sign} {aim:.2f}: {told}{', inside the interval' if unsure else ''}")

# %% [markdown]
# ## 8 · What nobody can know
#
# | question | what is known |
# |---|---|
# | $k$, $o$, the length of $\tilde f$, dropout | nothing |
# | rate, bands, length of the sound | windows of 40 ms, shift 10 ms; "log-mel with Δ and ΔΔ" and "spectrogram" |
# | weight of "transformer" attention | the inner product "taken as a power" [review] |
# | is $\tilde f$ averaged, or $f$? | not said |
# | no face found | one version of the review: *the whole frame is not used*; the other: *none of the frames are used* |
# | backbone × pre-training of the face; attention × attention | the paper's two tables, which we had not |
# | concatenation against FBP | no figure |
# | 62.48 % | stands for this paper *and* for the group's system of the year before; a chance, or a slip |
#
# Where something is not known, ferviz has both readings where it can (`Attention(power=…, averages=…)`), and a choice
# that is marked as one. We drop a frame without a face, and keep the others.
#
# **The review** says that attention computes a similarity "with the FC layer expected next". It does not: $q$ is a
# vector that is learned with everything else, and no layer is expected. It also calls the result the state of the art
# on AFEW as of 14 December 2021: dated, and of an ensemble that sees *and* hears.
#
# None of this is for monitoring, grading, hiring or proctoring people. Back to
# [lesson 07](07_face_and_voice.ipynb).
