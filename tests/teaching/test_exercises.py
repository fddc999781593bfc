"""The checks of the exercises: right answers pass, and each plausible wrong one gets its own sentence."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ferviz
from ferviz.emotions import LABEL_SETS
from ferviz.exercises import lesson_00
from ferviz.exercises.base import OPEN, NotYet, Result, check, fits, number, numbers, run, show
from ferviz.explorers import CropLab, Patch


@check
def double(function, *, generator):
    value = float(generator.integers(1, 9))
    got = number(run(function, value), "the double")
    if got != 2 * value:
        raise NotYet(f"twice {show(value)} is {2 * value:g}; got {got:g}.")
    return "that is the double."


# ---- what all checks share ------------------------------------------------------------------------------------------


def test_a_right_answer_gives_a_result_that_is_true_and_says_why():
    result = double(lambda value: value * 2)
    assert result
    assert str(result) == "right: that is the double."


def test_the_same_seed_gives_the_same_inputs_and_another_seed_others():
    wrong = lambda value: value  # noqa: E731
    assert double(wrong) == double(wrong)
    assert len({str(double(wrong, seed=seed)) for seed in range(20)}) > 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (..., OPEN),
        (None, OPEN),
        (lambda value: ..., OPEN),
        (lambda value: None, "`<lambda>` gives nothing back: write its body, and end it with `return`."),
        (7, "hand over the function itself, without brackets; got 7."),
        (lambda: 1, "takes 0 positional arguments but 1 was given; the input was 6."),
        (
            lambda value: value / 0,
            "`<lambda>` stopped with ZeroDivisionError: float division by zero; the input was 6.",
        ),
        (lambda value: "two", "the double must be numbers; got 'two'."),
        (lambda value: [1, 2], "the double must be one number; got shape (2,)."),
        (lambda value: float("nan"), "the double must be finite; got nan."),
        (lambda value: value + 1, "twice 6 is 12; got 7."),
    ],
)
def test_a_wrong_answer_never_raises_and_gets_its_sentence(answer, message):
    result = double(answer, seed=4)
    assert not result.passed
    assert message in result.message


def test_a_function_that_changes_its_input_cannot_change_ours():
    inputs = np.ones(3)

    def spoil(values):
        values[:] = 0
        return values

    run(spoil, inputs)
    assert inputs.sum() == 3


def test_numbers_takes_tensors_lists_and_arrays_alike():
    for value in (torch.ones(2, requires_grad=True), [1, 1], np.ones(2, dtype=np.uint8)):
        assert numbers(value, "it", shape=(2,)).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("shape", "message"),
    [((3,), "it must be 3 numbers; got shape (2,)."), ((), "it must be one number; got shape (2,)."),
     ((2, 2), "it must be an array of shape (2, 2); got shape (2,).")],
)  # fmt: skip
def test_numbers_says_which_shape_was_wanted(shape, message):
    with pytest.raises(NotYet) as caught:
        numbers(np.ones(2), "it", shape=shape)
    assert str(caught.value) == message


def test_numbers_says_so_when_the_answer_is_open():
    with pytest.raises(NotYet, match="still open"):
        numbers(..., "it")


def test_long_arrays_are_shown_by_their_shape_and_long_texts_are_cut():
    assert show(np.zeros((5, 5))) == "an array of shape (5, 5)"
    assert show(torch.tensor([0.12345, 2.0])) == "[0.123, 2.   ]"
    assert len(show("a" * 500)) == 78


def test_the_result_carries_its_meaning_in_words_and_escapes_what_the_student_wrote():
    page = Result(False, "got <b> from `f(x)`.")._repr_html_()
    assert "Not yet" in page
    assert "&lt;b&gt;" in page
    assert "<code>f(x)</code>" in page
    assert "Right" in Result(True, "yes.")._repr_html_()
    assert repr(Result(True, "yes.")) == "right: yes."


# ---- does this ferviz fit the notebook? -----------------------------------------------------------------------------


@pytest.mark.parametrize(("needed", "have"), [("0.1", "0.1.0"), ("0.1", "0.4.2"), ("1.2", "1.10.0")])
def test_a_version_that_fits_says_so(monkeypatch, needed, have):
    monkeypatch.setattr(ferviz, "__version__", have)
    assert fits(needed) == f"ferviz {have} fits this notebook."


def test_a_source_folder_without_a_version_is_let_through(monkeypatch):
    monkeypatch.setattr(ferviz, "__version__", "0+unknown")
    assert "runs from a source folder" in fits("0.1")


@pytest.mark.parametrize(
    ("needed", "have", "message"),
    [
        ("0.2", "0.1.9", 'needs ferviz 0.2 or newer; this kernel has 0.1.9. Run "git pull" in its clone'),
        ("0.1", "1.0.0", 'is for ferviz 0; this kernel has 1.0.0. Get the lessons that fit it with "ferviz notebooks'),
    ],
)
def test_a_version_that_does_not_fit_says_what_to_do(monkeypatch, needed, have, message):
    monkeypatch.setattr(ferviz, "__version__", have)
    with pytest.raises(ImportError) as caught:
        fits(needed)
    assert message in str(caught.value)


# ---- lesson 00 ------------------------------------------------------------------------------------------------------

FER, CK = LABEL_SETS["FER2013"], LABEL_SETS["CK+"]
MOUTH = {"x": 0.5, "y": 0.7, "size": 0.25, "fill": "grey"}
HAIR = {"x": 0.5, "y": 0.15, "size": 0.25, "fill": "grey"}


def stable_softmax(logits):
    parts = np.exp(logits - logits.max())
    return parts / parts.sum()


def to_ck(probability):
    moved = np.array([probability[FER.index(word)] if word in FER else 0 for word in CK])
    return moved / moved.sum(), 1 - moved.sum()


def not_scaled(probability):
    moved = np.array([probability[FER.index(word)] if word in FER else 0 for word in CK])
    return moved, 1 - moved.sum()


def with_some_contempt(probability):
    converted, lost = to_ck(probability)
    return 0.9 * converted + 0.1 * np.eye(7)[CK.index("contempt")], lost


def through_a_second_softmax(probability):
    moved, lost = to_ck(probability)
    known = np.array([word in FER for word in CK])
    return np.where(known, np.exp(moved), 0) / np.exp(moved[known]).sum(), lost


@pytest.mark.parametrize("seed", range(5))
def test_right_answers_of_lesson_00_pass_on_any_inputs(seed):
    assert lesson_00.logits(lambda maps: maps.mean((1, 2)), seed=seed)
    assert lesson_00.logits(lambda maps: [sum(m.ravel().tolist()) / m.size for m in maps], seed=seed)
    assert lesson_00.logits(lambda maps: torch.tensor(maps).mean((1, 2)), seed=seed)
    assert lesson_00.softmax(stable_softmax, seed=seed)
    assert lesson_00.softmax(lambda z: torch.tensor(z).softmax(0), seed=seed)
    assert lesson_00.conversion(to_ck, seed=seed)
    assert lesson_00.conversion(FER.to(CK), seed=seed)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda maps: maps.sum((1, 2)),
            "these are the sums of the maps; a logit is the mean, here the sum over 16 places.",
        ),
        (
            lambda maps: maps.sum((1, 2)) / 16,
            "for 5 maps of 6 × 3 places the first logit is 0.139, the mean of the first map; yours is 0.156.",
        ),
        (
            lambda maps: maps.max((1, 2)),
            "these are the largest values of the maps; the mean counts every place, the negative ones too.",
        ),
        (
            lambda maps: np.median(maps, (1, 2)),
            "for 7 maps of 4 × 4 places the first logit is -0.798, the mean of the first map; yours is -0.526.",
        ),
        (lambda maps: maps.mean(), "the logits for 7 maps of 4 × 4 places must be 7 numbers; got shape ()."),
        (lambda maps: maps.mean(0), "the logits for 7 maps of 4 × 4 places must be 7 numbers; got shape (4, 4)."),
        (lambda maps: maps.mean(1), "the logits for 7 maps of 4 × 4 places must be 7 numbers; got shape (7, 4)."),
        (
            lambda maps: maps.mean(axis=(2, 3)),
            "`<lambda>` stopped with AxisError: axis 3 is out of bounds for array of dimension 3; the input was an "
            "array of shape (7, 4, 4).",
        ),
    ],
)
def test_the_check_of_the_logits_says_what_is_wrong(function, message):
    assert lesson_00.logits(function) == Result(False, message)


SHARES = "[0.149, 0.223, 0.004, 0.   , 0.12 , 0.356, 0.147]"
LOGITS = "[ 0.25, -0.26,  1.28,  0.21, -1.07,  0.72,  2.61]"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (np.exp, f"the probabilities must sum to 1; for the logits {LOGITS} yours sum to 22.882."),
        (lambda z: z / z.sum(), f"a probability is never negative; for the logits {LOGITS} your smallest is -0.286."),
        (
            lambda z: 1 / (1 + np.exp(-z)),
            f"the probabilities must sum to 1; for the logits {LOGITS} yours sum to 4.192.",
        ),
        (
            lambda z: (z - z.min()) / (z - z.min()).sum(),
            "the logits 2.61 and 1.28 differ by 1.33, so the one label is exp(1.33) = 3.78 times as probable as the "
            "other; yours are 0.328 and 0.209.",
        ),
        (
            lambda z: 2**z / (2**z).sum(),
            "the logits 2.61 and 1.28 differ by 1.33, so the one label is exp(1.33) = 3.78 times as probable as the "
            "other; yours are 0.441 and 0.175.",
        ),
        (
            lambda z: np.eye(7)[z.argmax()],
            "the logits 2.61 and 1.28 differ by 1.33, so the one label is exp(1.33) = 3.78 times as probable as the "
            "other; yours are 1.000 and 0.000.",
        ),
        (
            lambda z: np.exp(z) / np.exp(z).sum(),
            "right for small logits. Add 1000 to each and nothing may change, but exp(1000) is too large for the "
            "computer: take the largest logit away from all of them first.",
        ),
        (
            lambda z: np.exp(np.minimum(z, 50)) / np.exp(np.minimum(z, 50)).sum(),
            "adding 1000 to every logit must change nothing: only differences count. Yours change.",
        ),
        (lambda z: stable_softmax(z).max(), "the probabilities must be 7 numbers; got shape ()."),
    ],
)
def test_the_check_of_the_softmax_says_what_is_wrong(function, message):
    assert lesson_00.softmax(function) == Result(False, message)


def test_a_softmax_that_gets_two_labels_right_and_others_wrong_is_shown_both():
    def swapped(z):
        p = stable_softmax(z)
        order = np.argsort(z)
        p[order[0]], p[order[1]] = p[order[1]], p[order[0]]
        return p

    assert lesson_00.softmax(swapped).message == (
        f"for the logits {LOGITS} the probabilities are [0.056, 0.034, 0.157, 0.054, 0.015, 0.09 , 0.594]; yours are "
        "[0.056, 0.015, 0.157, 0.054, 0.034, 0.09 , 0.594]."
    )


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda p: p, "give back two things, `return converted, lost`; got [1., 0., 0., 0., 0., 0., 0.]."),
        (lambda p: (..., ...), OPEN),
        (
            lambda p: (p, 0.0),
            "when FER2013 says disgust for sure, disgust must get it all in CK+; yours gives it to contempt. Move by "
            "name: the two sets have other orders.",
        ),
        (
            with_some_contempt,
            "FER2013 never says contempt, so it must get 0; yours gives 0.100.",
        ),
        (
            not_scaled,
            f"what is left must be scaled up to sum to 1; for {SHARES} yours sums to 0.853.",
        ),
        (
            through_a_second_softmax,
            f"for {SHARES} the scaled probabilities are [0.174, 0.   , 0.261, 0.005, "
            "0.001, 0.141, 0.418]; yours are [0.166, 0.   , 0.181, 0.14 , 0.14 , 0.161, 0.212].",
        ),
        (
            lambda p: (to_ck(p)[0], 1 - to_ck(p)[1]),
            f"the lost share is what stood on neutral, 0.147 for {SHARES}; yours is 0.853.",
        ),
        (
            lambda p: (to_ck(p)[0], 100 * to_ck(p)[1]),
            f"the lost share is what stood on neutral, 0.147 for {SHARES}; yours is 14.722.",
        ),
        (lambda p: (to_ck(p)[0][:6], 0.0), "the converted probabilities must be 7 numbers; got shape (6,)."),
        (lambda p: (to_ck(p)[0], "neutral"), "the lost share must be numbers; got 'neutral'."),
    ],
)
def test_the_check_of_the_conversion_says_what_is_wrong(function, message):
    assert lesson_00.conversion(function) == Result(False, message)


def test_the_patch_over_the_mouth_with_its_control_over_the_hair_passes():
    result = lesson_00.patch(MOUTH, HAIR)
    assert result
    assert result.message.startswith("label: happiness 1.00 becomes ")
    assert "the same patch elsewhere leaves happiness" in result.message


@pytest.mark.parametrize(
    ("place", "control", "message"),
    [
        (..., ..., OPEN),
        (MOUTH, ..., "the control is still open."),
        ((0.5, 0.7), HAIR, "the patch must name x, y, size and fill, and nothing else; got (0.5, 0.7)."),
        (
            MOUTH | {"z": 1},
            HAIR,
            "the patch must name x, y, size and fill, and nothing else; got {'x': 0.5, 'y': 0.7, ",
        ),
        (MOUTH | {"fill": "pink"}, HAIR, "the patch does not work: fill must be one of gray, blur, black; got 'pink'."),
        (MOUTH | {"x": "left"}, HAIR, "the patch does not work: "),
        (MOUTH | {"size": 0.5}, HAIR, "the patch may have at most 25% of the side; yours has 50%."),
        (
            MOUTH | {"y": 0.95},
            HAIR,
            "the patch hangs over the edge; with size 0.25, x and y must lie between 0.125 and 0.875.",
        ),
        (
            MOUTH,
            HAIR | {"size": 0.1},
            "the control must differ in its place alone; the patch is gray of size 0.25, the control gray of size 0.1.",
        ),
        (
            MOUTH,
            MOUTH | {"x": 0.6},
            "the control overlaps the patch: put it elsewhere, or it tests the same pixels again.",
        ),
        (HAIR | {"y": 0.6}, HAIR, "under your patch it is still label: happiness"),  # the example of the stub
        (MOUTH, HAIR | {"y": 0.6}, "the control overlaps the patch"),
        (HAIR, MOUTH, "under your patch it is still label: happiness 1.00. Try another place or fill."),
        (
            {"x": 0.5, "y": 0.7, "size": 0.1, "fill": "grey"},
            {"x": 0.5, "y": 0.15, "size": 0.1, "fill": "grey"},
            "under your patch it is still label: happiness 0.99. Try another place or fill.",
        ),
    ],
)
def test_the_check_of_the_patch_says_what_is_wrong(place, control, message):
    result = lesson_00.patch(place, control)
    assert not result.passed
    assert result.message.startswith(message)


def test_a_control_that_changes_the_label_too_is_no_control():
    first = {"x": 0.45, "y": 0.71, "size": 0.12, "fill": "black"}
    message = lesson_00.patch(first, first | {"x": 0.51, "y": 0.885}).message
    assert message.startswith("the control changes the label too, to ")


# ---- what lesson 00 says it found -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def astronaut():
    model = ferviz.load_model("mini-xception")
    crop = model.crop
    return model, ferviz.find_faces(ferviz.sample("astronaut"), size=crop.size, margin=crop.margin, align=crop.align)


def test_lesson_00_is_right_about_the_class_map(astronaut):
    model, face = astronaut
    seen = ferviz.observe(model, face)
    happiness = seen["class_map"].sel(frame=0, emotion="happiness").values
    assert np.unravel_index(happiness.argmax(), (4, 4))[0] == 0  # the hair
    assert happiness[2, 1:3].max() < 0  # the mouth counts against
    silenced = seen["class_map"].sel(frame=0).values.copy()
    silenced[:, 2, 1:3] = 0
    with ferviz.intervene(model, {"class_map": silenced}):
        changed = ferviz.observe(model, face)
    assert changed["emotion_probability"].sel(frame=0, emotion="happiness") > 0.99


def test_lesson_00_is_right_about_the_patch(astronaut):
    explorer = Patch("astronaut", x=0.5, y=0.15, size=0.2)
    happiness = explorer.view.labels.index("happiness")
    assert explorer.view.before[happiness] - explorer.view.after[happiness] < 0.02  # over the hair: almost nothing
    answers = []
    for fill in ("grey", "blur", "black"):
        explorer.show(x=0.5, y=0.7, fill=fill)
        assert explorer.view.after.argmax() != happiness  # over the mouth: another label, with every fill
        answers.append(explorer.view.after)
    assert np.abs(answers[0] - answers[2]).max() > 0.1  # but not the same answer
    explorer.show(fill="grey", map="sweep")
    falls = explorer.view.sweep
    assert np.unravel_index(falls.argmax(), falls.shape) in {(5, 4), (6, 4)}
    assert falls[:5].max() < 0.25 * falls.max()  # no other place comes near


def test_lesson_00_is_right_about_the_crop():
    lab = CropLab("astronaut", margin=0.0)
    happiness = lab.view.labels.index("happiness")
    tight = [lab.view.curve[0, happiness]]
    for align in ("box", "similarity"):
        for interpolation in ("nearest", "bilinear", "bicubic"):
            lab.show(align=align, interpolation=interpolation)
            tight.append(lab.view.curve[0, happiness])
    assert min(tight) > 0.99  # at 0 all ways of cutting agree
    lab.show(align="box", interpolation="bilinear", margin=0.6)
    assert lab.view.probability.argmax() != happiness  # widen it: another label
    lab.show(align="similarity", interpolation="bilinear", margin=0.25)
    bilinear = lab.view.probability[happiness]
    lab.show(interpolation="nearest")
    assert lab.view.probability[happiness] < 0.6 * bilinear


def test_lesson_00_is_right_about_the_clip(astronaut):
    model, _ = astronaut
    faces = ferviz.find_faces(ferviz.sample("astronaut-moving"), size=64, margin=model.crop.margin)
    assert len(faces.gaps) >= 2
    seen = ferviz.observe(model, faces)["emotion_probability"].sel(emotion="happiness").values
    assert np.nanmin(seen) > 0.9


def test_lesson_00_is_right_that_every_measured_accuracy_lies_below_the_published_one():
    rows = [row for row in ferviz.models.card("mini-xception").metrics if row.what.startswith("accuracy")]
    assert len(rows) == 3
    assert max(row.high for row in rows) < 0.66
