"""Attention over sets: weights that sum to 1, means by hand, and items that cannot be used."""

from __future__ import annotations

import pytest
import torch

from ferviz.models.attention import ItemWeight, beside, check_mask, normalised, weighted_mean

NAN = float("nan")


def test_an_item_is_scored_by_one_line_through_a_sigmoid():
    weight = ItemWeight(2)
    with torch.no_grad():
        weight.score.weight.copy_(torch.tensor([[0.5, -0.5]]))
        weight.score.bias.zero_()
    items = torch.tensor([[[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]])
    torch.testing.assert_close(weight(items), torch.tensor([[0.622459, 0.268941, 0.5]]), atol=1e-6, rtol=0)
    assert sum(p.numel() for p in weight.parameters()) == 3


def test_dropout_changes_scores_in_training_only():
    weight, items = ItemWeight(64, dropout=0.5), torch.ones(1, 4, 64)
    torch.manual_seed(0)
    assert weight(items).unique().numel() > 1
    assert weight.eval()(items).unique().numel() == 1


def test_usable_weights_are_made_to_sum_to_one_and_keep_their_ratios():
    mask = torch.tensor([[True, True, False], [True, True, True]])
    out = normalised(torch.tensor([[1.0, 3.0, 9.0], [2.0, 0.0, 2.0]]), mask)
    torch.testing.assert_close(out, torch.tensor([[0.25, 0.75, 0.0], [0.5, 0.0, 0.5]]))


@pytest.mark.parametrize("hidden", [NAN, float("inf"), -1e30])
def test_the_weight_of_an_unusable_item_reaches_nothing(hidden):
    weights = torch.tensor([[1.0, 3.0, hidden]], requires_grad=True)
    out = normalised(weights, torch.tensor([[True, True, False]]))
    assert out.tolist() == [[0.25, 0.75, 0.0]]
    out[0, 0].backward()
    torch.testing.assert_close(weights.grad, torch.tensor([[0.1875, -0.0625, 0.0]]))


def test_weights_that_are_all_zero_become_even_over_the_usable_items():
    weights = torch.zeros(1, 4, requires_grad=True)
    out = normalised(weights, torch.tensor([[True, False, True, True]]))
    torch.testing.assert_close(out, torch.tensor([[1 / 3, 0, 1 / 3, 1 / 3]]))
    out.sum().backward()
    assert torch.isfinite(weights.grad).all()


def test_a_weighted_mean_and_pairs_by_hand():
    items = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    assert weighted_mean(items, torch.tensor([[0.25, 0.75]])).tolist() == [[0.25, 1.5]]
    assert beside(items, torch.tensor([[7.0]])).tolist() == [[[1.0, 0.0, 7.0], [0.0, 2.0, 7.0]]]


def test_a_mask_is_all_true_unless_given():
    mask = check_mask(torch.zeros(2, 3, 5), None)
    assert (mask.dtype, mask.tolist()) == (torch.bool, [[True] * 3] * 2)
    given = torch.tensor([[1, 0, 0], [1, 1, 0]])
    assert check_mask(torch.zeros(2, 3, 5), given).tolist() == [[True, False, False], [True, True, False]]


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"mask must have shape \(2, 3\), one place an item; got \(3,\)"):
        check_mask(torch.zeros(2, 3, 5), torch.ones(3))


def test_a_set_without_a_usable_item_is_refused_with_or_without_a_mask():
    mask = torch.tensor([[True, True, True], [False, False, False]])
    with pytest.raises(ValueError, match="set 1 has no usable item among 3: a mean of nothing is not defined"):
        check_mask(torch.zeros(2, 3, 5), mask)
    with pytest.raises(ValueError, match="set 0 has no usable item among 0"):
        check_mask(torch.zeros(2, 0, 5), None)
