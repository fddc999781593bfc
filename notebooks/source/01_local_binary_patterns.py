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
# # 01 · Local binary patterns
#
# Compare a pixel with its neighbours. Write 1 where the neighbour is at least as bright, else 0. Read the bits as one
# number. That is all, and it has described texture and faces for thirty years.
#
# **Afterwards you can**
#
# 1. compute a local binary pattern (LBP) by hand, on the square and on the circle;
# 2. say which kinds do not care about light, which do not care about rotation, and where each promise ends;
# 3. test such a promise yourself, with numbers.
#
# **Time:** about {{minutes}} minutes, the four exercises among them. **You need** no network and no camera.
#
# **Papers**
#
# - T. Ojala, M. Pietikäinen, D. Harwood, *A comparative study of texture measures with classification based on
#   featured distributions*, Pattern Recognition 29 (1996), doi
#   [10.1016/0031-3203(95)00067-4](https://doi.org/10.1016/0031-3203%2895%2900067-4): the 3×3 square.
# - T. Ojala, M. Pietikäinen, T. Mäenpää, *Multiresolution gray-scale and rotation invariant texture classification
#   with local binary patterns*, IEEE TPAMI 24 (2002), doi
#   [10.1109/TPAMI.2002.1017623](https://doi.org/10.1109/TPAMI.2002.1017623): the circle, uniform patterns, rotation.
# - T. Ahonen, A. Hadid, M. Pietikäinen, *Face description with local binary patterns*, IEEE TPAMI 28 (2006), doi
#   [10.1109/TPAMI.2006.244](https://doi.org/10.1109/TPAMI.2006.244): histograms on a grid.
# - G. Zhao, M. Pietikäinen, *Dynamic texture recognition using local binary patterns with an application to facial
#   expressions*, IEEE TPAMI 29 (2007), doi [10.1109/TPAMI.2007.1110](https://doi.org/10.1109/TPAMI.2007.1110): faces
#   that move.
# - J. Li, K. Jin, D. Zhou, N. Kubota, Z. Ju, *Attention mechanism-based CNN for facial expression recognition*,
#   Neurocomputing 411 (2020), doi [10.1016/j.neucom.2020.06.014](https://doi.org/10.1016/j.neucom.2020.06.014): the
#   reason why we are here. One branch of that network reads the face, the other reads its **LBP picture**; from both
#   comes a mask that says *where* the face branch counts. (The paper is not open; this is what its abstract and a
#   review say.)
# - A review of that paper, in Korean, unsigned and without a date, under the paper's own title: *Attention
#   Mechanism-based CNN for Facial Expression Recognition (Neurocomputing, 2020)*
#   (an unpublished note, not available). Where this lesson says "the review", it means this one.

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
import skimage.data
import skimage.feature
import skimage.filters
import torch

import ferviz
from ferviz import explorers, lbp, plots
from ferviz.exercises import lesson_01 as check
from ferviz.explorers.lbp.explorer import LBPState, face_of
from ferviz.measured import Measured
from ferviz.textures import codes_of, count, distance, turned

# %% [markdown] tags=["teacher"]
# **For the teacher.** Sections 1 to 5 are the computation, 6 to 8 the experiment; {{optional sections}} are short looks
# for those who are fast. Let everybody write down a guess before the explorer. Three surprises carry the lesson: the
# most quoted 3×3 patch ties on the circle; "less contrast" changes a quarter of the codes although nothing clips; and
# the vertical stripes defeat even the rotation-invariant kinds, because they are made of ties.

# %% [markdown]
# ## 1 · The idea in one picture

# %%
patch = torch.tensor([[6, 5, 2], [7, 6, 1], [9, 8, 7]])
step = lbp.explain(patch, 1, 1, kind="original")
plots.square_steps(step, title="Nine gray levels become one number")

# %% [markdown]
# Read it from left to right. The centre is 6. Each of the eight neighbours is at least 6 (bit 1) or darker (bit 0).
# Each place has a weight, clockwise from the top left. The weights with a 1 add up to the **code**.
#
# Start and direction are a convention; state yours. What matters is the rule for a tie: **equal counts as 1**.
#
# ## 2 · By hand, then by code

# %%
top, right = [6, 5, 2], [1, 7]  # once round the ring, clockwise from the top left
bottom, left = [8, 9], [7]
ring = top + right + bottom + left
bits = [int(value >= 6) for value in ring]
weights = [2**place for place in range(8)]
by_hand = sum(bit * weight for bit, weight in zip(bits, weights))
print("ring:   ", ring)
print("bits:   ", bits)
print("weights:", weights)
print("code:   ", " + ".join(str(w) for b, w in zip(bits, weights) if b), "=", by_hand)

# %%
by_code = lbp.codes(patch, kind="original")[1, 1].item()
assert by_code == by_hand
print("ferviz.lbp.codes says", by_code, "too")

# %% [markdown]
# ### Exercise 1: the code of a patch
#
# Write the code of the centre: clockwise from the top left, weights 1, 2, 4 … 128, a tie counts as 1.
#
# <details><summary>A hint</summary>
#
# The ring is `patch[0, 0], patch[0, 1], patch[0, 2], patch[1, 2], …`.
#
# </details>

# %% tags=["exercise"]
def code_of_patch(patch):
    """A NumPy array (3, 3) → the code of its centre, 0 to 255."""
    ...


# %% tags=["solution"]
def code_of_patch(patch):
    """A NumPy array (3, 3) → the code of its centre, 0 to 255."""
    ring = [*patch[0], patch[1, 2], *patch[2, ::-1], patch[1, 0]]
    return sum(2**place for place, value in enumerate(ring) if value >= patch[1, 1])


# %%
check.code(code_of_patch)

# %% [markdown]
# ## 3 · From the square to the circle
#
# A corner of the square is 1.41 pixels away, an edge only 1. The paper of 2002 puts all neighbours on a **circle**:
# $P$ points at the distance $R$. With $P = 8$ and $R = 1$, four of them fall *between* the pixels. Such a neighbour
# is a mixture of up to four pixels, the nearest with the largest share. This is bilinear interpolation.

# %%
step = lbp.explain(patch, 1, 1, kind="circle")
plots.neighbourhood(patch, step, neighbour=3, title="The fourth neighbour is a mixture of four pixels")

# %%
fourth = step.neighbours[3]
for share, value in zip(fourth.weights, fourth.values):
    print(f"{share:.7f} × {value}")
print("together:", fourth.value, "- the centre is", step.centre)

# %% [markdown]
# A tie! In the shares 0.5 · 6 + 0.207 · (5 + 7) + 0.086 · 6 everything cancels to exactly 6. So the bit is 1, if the
# computer gets exactly 6. With rounded numbers it may get 5.9999999 at one place and 6 at another. That is why
# `ferviz.lbp` compares in whole numbers. Section 9 comes back to this.
#
# The circle has its own convention: it starts at the *right* and runs *counter-clockwise*. So square and circle give
# different numbers for the same patch:

# %%
for kind in lbp.KINDS:
    print(f"{kind:27} code {lbp.explain(patch, 1, 1, kind=kind).code:3} of {len(lbp.values(kind))} possible")

# %% [markdown]
# ## 4 · Uniform patterns
#
# Go once round the ring and count the **changes** between 0 and 1. A smooth edge or a spot gives at most two. Such a
# pattern is called *uniform*. Uniform patterns keep a code of their own, all others share one.
#
# ### Exercise 2: count the changes

# %% tags=["exercise"]
def my_changes(bits):
    """A list of 0 and 1, once round the ring → how often a bit differs from the next one."""
    ...


# %% tags=["solution"]
def my_changes(bits):
    """A list of 0 and 1, once round the ring → how often a bit differs from the next one."""
    return sum(bits[place] != bits[place - 1] for place in range(len(bits)))


# %%
check.changes(my_changes)

# %% [markdown]
# How many patterns are uniform? All 0 and all 1, and a run of 1 to 7 ones that begins at any of 8 places.

# %%
uniform = 2 + 7 * 8
print(f"by hand: {uniform} uniform patterns, and 1 code for the other {256 - uniform}: {uniform + 1} codes")
print("by code:", len(lbp.values("uniform")))

# %% [markdown]
# How many pixels of a real picture are uniform? The papers report that most are. Ours, with noise as a control:

# %%
gray, _ = face_of(ferviz.sample("astronaut"))
noise = np.random.default_rng(0).integers(0, 256, (92, 92), dtype=np.uint8)
pictures = {"astronaut's face": gray, "brick": skimage.data.brick(), "grass": skimage.data.grass(), "noise": noise}
for name, picture in pictures.items():
    codes = lbp.codes(torch.tensor(picture), kind="uniform")[1:-1, 1:-1]
    print(f"{name:17} {(codes != 58).float().mean():.1%} uniform (n = {codes.numel()} pixels)")

# %% [markdown]
# Look at the noise: far above 23 %, although only 58 of 256 patterns are uniform. One reason is that all eight
# comparisons share one centre: a dark centre makes nearly all bits 1. The other is that neighbours on the circle
# share pixels. So "most patterns of a face are uniform" is true, and says less about faces than it seems. Always
# print the control.
#
# ## 5 · Patterns that may turn
#
# Turn the picture by 45° and the bits move on by one place: another code. Take the **smallest** of the eight
# rotations, and the code stays. The 256 codes fall into 36 classes:

# %%
classes = lbp.values("rotation_invariant").tolist()
runs = [2**ones - 1 for ones in range(9)]  # 0, 1, 11, 111, …: uniform
plots.rings(classes, marked=runs, title="36 classes: no rotation leads from one to another. Nine are uniform")

# %% [markdown]
# The kind `uniform_rotation_invariant` goes one step further: the nine uniform classes keep their number of ones, 0
# to 8, and all others share the code 9. Ten codes in all.
#
# ### Exercise 3: the smallest rotation
#
# <details><summary>A hint</summary>
#
# One step to the right is `code >> 1`. The bit that falls out, `code & 1`, must come in again at the top, with weight
# 128.
#
# </details>

# %% tags=["exercise"]
def my_smallest(code):
    """A code of 8 bits, 0 to 255 → the smallest of its 8 rotations."""
    ...


# %% tags=["solution"]
def my_smallest(code):
    """A code of 8 bits, 0 to 255 → the smallest of its 8 rotations."""
    rotations = [code]
    for _ in range(7):
        rotations.append(rotations[-1] >> 1 | (rotations[-1] & 1) << 7)
    return min(rotations)


# %%
check.smallest_rotation(my_smallest)

# %% [markdown]
# ## 6 · A face in five kinds
#
# Every pixel gets its code; drawn as gray levels, the codes are a picture again. (The shade is the code's place in
# the list of possible codes. White specks in the two uniform kinds: the code that all other patterns share.) This is
# what the second branch of Li et al. reads.

# %%
pictures, whites = {"gray levels": gray}, {"gray levels": 255}
for kind in lbp.KINDS:
    possible = lbp.values(kind)
    name = kind.replace("_", "\n", 1).replace("_", " ")
    pictures[name] = torch.searchsorted(possible, lbp.codes(torch.tensor(gray), kind=kind))
    whites[name] = len(possible) - 1
plots.gallery(pictures, tops=whites, title="The plain kinds keep the shading's direction, the invariant ones lose it")

# %% [markdown]
# A code is a *name*, not an amount: 127 and 128 are opposite patterns. So never blur or resize an LBP picture. Change
# the face first, then compute the codes.
#
# ## 7 · The LBP stepper
#
# > **Question.** Five changes: brighter, less contrast, gamma, a quarter turn, a turn by 30°. Which of them leave the
# > *histogram* of the codes alone, for which kinds? Write down your guess. Then press 1 to 6.
#
# Hover over a pixel to see its neighbours, bits, code and bin. The tab *What the change did* says, for each kind, how
# far its histogram is from the unchanged picture's (0 = the same, 1 = nothing in common) and how many codes changed.

# %%
explorers.LBPStepper("astronaut")

# %% [markdown]
# <details><summary>What we found</summary>
#
# - **Brighter** changes nothing, until pixels reach 255. There differences vanish, ties appear, and ties are 1: code
#   255.
# - **Less contrast** changes a quarter of the codes, and no pixel clips! Rounding to whole levels makes neighbours
#   equal. Untick *Round and clip*: the square's change is gone, the circle's nearly (section 8 says why not quite).
# - **Gamma**, unrounded, leaves the square alone, and changes the circle: there the pixels are mixed, and gamma of a
#   mixture is not the mixture of the gammas.
# - **A quarter turn** moves pixels onto pixels. The rotation-invariant kinds keep their histogram exactly; the other
#   three do not.
# - **30°** needs new pixels between the old ones. The rotation-invariant kinds move a little, the others more than
#   twice as far.
# - Now choose the picture *stripes* and 30°. Even the invariant kinds fail. Along a stripe all pixels tie; the
#   smallest change breaks the ties.
#
# </details>
#
# ## 8 · A review says …, and what is so
#
# The review of Li et al. says that LBP has "rotation and grey-scale invariance". Which of the five kinds? We run it.
# One face is an example, not a result, so we take 100 squares from four photographs that come with scikit-image.
#
# ### Rotation

# %%
photos = [skimage.data.camera(), skimage.data.brick(), skimage.data.grass(), skimage.data.gravel()]
blocks = [photo[:460, :460].reshape(5, 92, 5, 92).swapaxes(1, 2).reshape(25, 92, 92) for photo in photos]
squares = np.concatenate(blocks)
moved = 0.75 * squares[:, :, :-1] + 0.25 * squares[:, :, 1:]  # the control: mixed pixels, but nothing is turned
moved = 0.75 * moved[:, :-1] + 0.25 * moved[:, 1:]
changed = {
    "as it is": squares[:, 10:82, 10:82],
    "turned by 90°": np.stack([turned(square, 90) for square in squares]),
    "turned by 30°": np.stack([turned(square, 30) for square in squares]),
    "moved by ¼ pixel": moved[:, 10:82, 10:82],
}
changed = {name: np.rint(pictures).astype(np.uint8) for name, pictures in changed.items()}

# %%
print("histogram distance,".ljust(27), *[name.rjust(16) for name in list(changed)[1:]])
print("mean of 100 squares ± 95 %")
for kind in lbp.KINDS:
    counts = {name: [count(codes_of(one, kind), kind) for one in many] for name, many in changed.items()}
    cells = []
    for name in list(changed)[1:]:
        far = [distance(old, new) for old, new in zip(counts["as it is"], counts[name])]
        cells.append(f"{np.mean(far):.3f} ± {1.96 * np.std(far, ddof=1) / 10:.3f}".rjust(16))
    print(kind.ljust(27), *cells)

# %% [markdown]
# | kinds | the review | measured |
# |---|---|---|
# | `original`, `circle`, `uniform` | invariant to rotation | **no**, neither at 90° nor at 30° |
# | `rotation_invariant`, `uniform_rotation_invariant` | invariant to rotation | **yes** at 90°; at 30° in part |
#
# Why only in part? Look at the control. The last column turns nothing: it moves the pictures by a quarter of a pixel,
# right and down, about as far as a turned pixel falls off the grid on average. That alone moves the invariant kinds
# just as far as 30° does. So what is left at 30° need not come from the angle: mixing pixels, which smooths, is
# enough. (The ± treats the squares as independent. Squares of one photograph resemble each other, so the true
# uncertainty is larger.)
#
# ### Gray scale
#
# The stepper's own `compute` changes the tone of the face, without rounding and with it:

# %%
stepper = explorers.LBPStepper("astronaut")
tones = {"brightness + 40": {"brightness": 40}, "contrast × 2": {"contrast": 2.0}}
tones |= {"contrast × 0.3": {"contrast": 0.3}, "gamma 0.6": {"gamma": 0.6}}
print("share that changes:".ljust(38), *[name.rjust(9) for name in ("original", "circle", "clipped")])
for eight_bit, words in ((False, "no limit, no rounding"), (True, "rounded, 0 … 255")):
    for name, tone in tones.items():
        view = stepper.compute(LBPState(eight_bit=eight_bit, **tone))
        cells = [view.changed["original"], view.changed["circle"], view.clipped]
        print(f"{name}, {words}".ljust(38), *[f"{cell:.1%}".rjust(9) for cell in cells])

# %% [markdown]
# So "gray-scale invariant" means: any *strictly* rising change of the gray levels leaves the square's codes alone;
# any factor and any sum leave the circle's. (What changes at × 0.3 are ties once more: 0.3 is no exact number in a
# computer.) A picture file has 256 levels, and there both promises end: levels that become equal are ties.
#
# ### Exercise 4: where it clips
#
# Find a brightness and a contrast (1 or more) so that pixels go above 255, and this limit alone (not the one at 0)
# changes at least 10 % of the square's codes of the astronaut's face. Both keep the order of the levels, so why do
# codes change? Compute **the lowest gray level that goes above 255**. The stepper computes: new = (old − 128) ·
# contrast + 128 + brightness.

# %% tags=["exercise"]
my_change = ...  # for example {"brightness": 10, "contrast": 1.0}
my_level = ...

# %% tags=["solution"]
my_change = {"brightness": 40, "contrast": 1.5}
my_level = 187  # (187 - 128) * 1.5 + 128 + 40 = 256.5, and 186 gives 255

# %%
check.clipping(my_change, my_level)

# %% [markdown]
# ## 9 · Our code and scikit-image's {{optional}}
#
# Four of the five kinds exist in scikit-image too. Away from the border both should say the same.

# %%
methods = {"circle": "default", "uniform": "nri_uniform", "rotation_invariant": "ror"}
methods |= {"uniform_rotation_invariant": "uniform"}
for kind, method in methods.items():
    theirs = skimage.feature.local_binary_pattern(gray, 8, 1, method)
    same = (lbp.codes(torch.tensor(gray), kind=kind).numpy() == theirs)[1:-1, 1:-1]
    print(f"{kind:27} {same.sum()} of {same.size} codes are equal")

# %% [markdown]
# On this face they agree everywhere. They part where a mixed neighbour ties. Here is a wallpaper: the same 5×5 tile,
# 576 times. The tile's centre must have the same code everywhere. With R = 2, its last neighbour takes the
# shares 0.343, 0.243, 0.243 and 0.172 of the pixels 3, 1, 5 and 3. The two middle shares are equal, and 1 and 5 have
# the mean 3: so the neighbour is exactly 3, and so is the centre. A tie.

# %%
tile = [[5, 3, 1, 0, 1], [0, 2, 3, 0, 1], [1, 2, 3, 1, 4], [2, 4, 5, 3, 1], [0, 0, 0, 5, 3]]
wallpaper = np.tile(np.array(tile, dtype=np.uint8), (24, 24))
both = {
    "scikit-image": skimage.feature.local_binary_pattern(wallpaper, 8, 2)[2::5, 2::5],
    "ferviz": lbp.codes(torch.tensor(wallpaper), radius=2)[2::5, 2::5].numpy(),
}
for name, codes in both.items():
    found, times = np.unique(codes, return_counts=True)
    print(f"{name:13}", ", ".join(f"code {code:.0f}: {number} times" for code, number in zip(found, times)))

# %% [markdown]
# scikit-image computes with rounded decimals, and the rounding depends on where the tile lies. Ours compares whole
# numbers. On photographs such ties are rare; on synthetic or coarsely rounded pictures they are not.
#
# ## 10 · A face as histograms on a grid {{optional}}
#
# One histogram for the whole face forgets where things are. Ahonen et al. cut the face into cells and put their
# histograms in a row. A small test with 100 faces and 100 other pictures of 25 × 25 pixels (from scikit-image): is it
# a face? Each half is judged by the means of the other half. Then again at half the light, as exact numbers, not
# rounded.

# %%
small = torch.tensor(np.rint(skimage.data.lfw_subset() * 255))
is_face, half = np.arange(200) < 100, np.arange(200) % 2 == 0


def histograms(pictures):
    codes = lbp.codes(pictures, kind="uniform")[:, 1:-1, 1:-1]
    return lbp.histogram(codes, bins=59, grid=(3, 3)).flatten(1).numpy()


def gray_levels(pictures):
    return pictures.flatten(1).numpy()


# %%
def share_right(describe, light):
    right = []
    for train in (half, ~half):
        known, new = describe(small)[train], describe(small * light)[~train]
        means = [known[is_face[train] == face].mean(0) for face in (False, True)]
        far = [np.abs(new - mean).sum(1) for mean in means]
        right.extend((far[1] < far[0]) == is_face[~train])
    return np.mean(right)


# %%
rows = []
for describe in (histograms, gray_levels):
    for light in (1, 0.5):
        value = share_right(describe, light)
        around = 1.96 * (value * (1 - value) / 200) ** 0.5
        what = f"{describe.__name__.replace('_', ' ')}, light × {light}"
        low, high = value - around, value + around
        rows.append(Measured(what=what, value=value, low=low, high=high, way="95 %, normal", items=200))
plots.forest(rows, title="At half the light, gray levels fall to a coin's toss; histograms stay", axis="share right")

# %% [markdown]
# A detector that is itself LBP: a chain of weak tests, each on the binary pattern of *blocks* of pixels, slid over
# the photo at many sizes (S. Liao et al. 2007, doi
# [10.1007/978-3-540-74549-5_87](https://doi.org/10.1007/978-3-540-74549-5_87)). The detector in lesson 00 was MTCNN, a
# network.

# %%
photo = ferviz.sample("astronaut")
names = {"lbp": "LBP cascade", "mtcnn": "MTCNN"}
pictures = {name: photo.frames[0].mean(-1) for name in names.values()}
boxes = {name: [face.box for face in ferviz.detect(photo, detector=key)] for key, name in names.items()}
plots.gallery(
    pictures, boxes=boxes, title="Both find the one face",
    alt="The astronaut twice; in each picture one box lies on her face.",
)  # fmt: skip

# %% [markdown]
# ## 11 · Gabor filters beside it {{optional}}
#
# A Gabor filter is a small wave that fades to all sides. It answers where the picture has stripes of its width and
# direction (J. Daugman 1985, doi [10.1364/JOSAA.2.001160](https://doi.org/10.1364/JOSAA.2.001160)). Four directions,
# one width, 5 pixels:

# %%
def gabor(picture, degrees):
    real, imaginary = skimage.filters.gabor(picture.astype(float), frequency=0.2, theta=np.radians(degrees))
    return np.hypot(real, imaginary)


answers = {f"wave at {degrees}°": gabor(gray, degrees) for degrees in (0, 45, 90, 135)}
plots.gallery(
    {"gray levels": gray} | answers, tops={"gray levels": 255} | dict.fromkeys(answers, 20),
    title="A Gabor filter says how strong, and in which direction",
)  # fmt: skip

# %%
for name, answer in answers.items():
    weaker = gabor(gray * 0.5, int(name[8:-1]))
    print(f"{name:12} at half the contrast: {weaker.mean() / answer.mean():.2f} of the answer")
same = torch.equal(lbp.codes(torch.tensor(gray * 0.5)), lbp.codes(torch.tensor(gray)))
print("LBP          at half the contrast:", "every code is the same" if same else "codes change")

# %% [markdown]
# Gabor keeps **strength**, direction and width. LBP keeps the **order** of neighbours and loses the strength: an edge
# of 2 levels and one of 200 have the same code. That is why LBP hardly changes with the light, but changes easily in
# flat areas, where noise decides.
#
# ## 12 · In time {{optional}}
#
# A clip is a block of pixels with three axes. LBP on **three orthogonal planes** takes each pixel's code in the frame
# (XY), and in two cuts through time (XT and YT). Zhao and Pietikäinen used it on moving faces. Here: the bundled clip
# against a clip that stands still.

# %%
clip = ferviz.sample("astronaut-moving")
frames = torch.tensor(clip.frames[:, ::2, ::2, 1].copy())  # every second pixel of the green channel
still = frames[:1].expand_as(frames)
moving, standing = lbp.three_planes(frames), lbp.three_planes(still)  # (3 planes, 1, 1, 59 codes)
for plane, old, new in zip(("XY", "XT", "YT"), standing, moving):
    print(f"{plane}: histogram distance from the still clip {distance(old.flatten(), new.flatten()):.2f}")

# %% [markdown]
# XY hardly changes: it is the same photograph. XT and YT show the movement.
#
# ## 13 · What it is not
#
# LBP describes texture. Put a classifier behind it, and it gives a *label*: the word that annotators would choose for
# a picture, not what a person feels (L. F. Barrett et al. 2019, doi
# [10.1177/1529100619832930](https://doi.org/10.1177/1529100619832930)). It is not for monitoring, grading, hiring or
# proctoring people. In the EU, systems that infer emotions at work or in education are prohibited (AI Act, Article
# 5); a lesson on the technique is not.
#
# ### Your own photo {{optional}}
#
# The stepper takes a photo of yours: press *Your own photo or clip …*. It is optional and never graded. The file goes
# to the Python kernel and no further: on your laptop that is your laptop, on a shared server it is the server, and its
# owner could see it. It is not saved with the notebook. A photo without a face works too: try cloth, wood, a lawn.
#
# ## 14 · Where to go next
#
# - Try *stripes*, *spots* and *edge* in the stepper with P = 16 and R = 3. What happens to the number of codes in
#   use?
# - Li et al. compared original, circle and uniform LBP inside their network. The review reports that the circle was
#   best, without a figure that we could check. In {{link: lbp-attention}} that network
#   runs here, and its LBP branch can be switched off.
# - Back to **00 · Start here**: cover a part of the face there. Would the histograms on a grid notice?
