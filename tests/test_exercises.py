"""The checks of the exercises: right answers pass, and each plausible wrong one gets its own sentence."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ferviz
from ferviz.exercises.base import OPEN, NotYet, Result, check, fits, number, numbers, run, show


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
        ("0.2", "0.1.9", 'needs ferviz 0.2 or newer; this kernel has 0.1.9. Run "pip install --upgrade ferviz"'),
        ("0.1", "1.0.0", 'is for ferviz 0; this kernel has 1.0.0. Get the lessons that fit it with "ferviz notebooks'),
    ],
)
def test_a_version_that_does_not_fit_says_what_to_do(monkeypatch, needed, have, message):
    monkeypatch.setattr(ferviz, "__version__", have)
    with pytest.raises(ImportError) as caught:
        fits(needed)
    assert message in str(caught.value)
