"""Rules that join two streams: what they can and cannot learn, folds by person, and distances in nats."""

from __future__ import annotations

import numpy as np
import pytest

from ferviz.measuring.fusing import distance, exponents_of, folds_of, multiplied, out_of_fold, weighed


def test_a_persons_items_lie_in_one_fold():
    people = np.repeat([11, 7, 3, 20, 5, 9], 2)
    fold = folds_of(people)
    assert fold.tolist() == [4, 4, 2, 2, 0, 0, 0, 0, 1, 1, 3, 3]  # in the order of their numbers


def test_answers_are_multiplied_and_made_to_sum_to_one():
    found = multiplied([[0.5, 0.5, 0.0]], [[0.8, 0.1, 0.1]])
    np.testing.assert_allclose(found, [[8 / 9, 1 / 9, 0]], atol=1e-6)
    np.testing.assert_allclose(multiplied([[0.2, 0.8]], [[0.9, 0.1]], (0, 1)), [[0.9, 0.1]], atol=1e-6)
    np.testing.assert_allclose(multiplied([[0.2, 0.8]], [[0.9, 0.1]], (2, 0)), [[1 / 17, 16 / 17]], atol=1e-6)


def test_distance_is_of_people_to_the_answer():
    np.testing.assert_allclose(distance([[1, 0], [0.5, 0.5]], [[0.25, 0.75], [0.5, 0.5]]), [np.log(4), 0], atol=1e-9)


def test_powers_within_two_ends_are_the_nearest_there():
    rng = np.random.default_rng(0)
    first = rng.dirichlet([1, 1, 1], 60)
    second = 0.5 * first + 0.5 * rng.dirichlet([1, 1, 1], 60)  # what one power loses the other one can make good
    target = multiplied(first, second, (-0.8, 1.5))

    def far(powers):
        return distance(target, multiplied(first, second, powers)).mean()

    found = exponents_of(first, second, target, (0.0, 3.0))
    steps = [far((one, other)) for one in np.linspace(0, 3, 31) for other in np.linspace(0, 3, 31)]
    assert found[0] == 0
    assert far(found) <= min(steps) + 1e-6
    assert far(found) < far(np.clip(exponents_of(first, second, target), 0.0, 3.0)) - 1e-3
    inner = multiplied(first, second, (0.5, 1.5))
    np.testing.assert_allclose(exponents_of(first, second, inner, (0.0, 3.0)), (0.5, 1.5), atol=1e-3)


def test_powers_are_found_again_and_come_from_other_folds():
    rng = np.random.default_rng(0)
    first, second = (rng.dirichlet([1, 1, 1], 60) for _ in range(2))
    target = multiplied(first, second, (0.5, 1.5))
    np.testing.assert_allclose(exponents_of(first, second, target), (0.5, 1.5), atol=1e-3)
    fold = np.arange(60) % 2
    np.testing.assert_allclose(weighed(first, second, target, fold), target, atol=1e-3)
    target[fold == 0] = multiplied(first, second, (1.0, 0.0))[fold == 0]
    said = weighed(first, second, target, fold)
    np.testing.assert_allclose(said[fold == 1], multiplied(first, second, (1.0, 0.0))[fold == 1], atol=1e-3)


def signs(count: int = 80) -> tuple[np.ndarray, ...]:
    """Two signs, and labels: that of the voice, that of the face, and their product, which no sum can tell."""
    rng = np.random.default_rng(1)
    voice, face = (rng.choice([-1.0, 1.0], (count, 1)) for _ in range(2))
    labels = [np.eye(2)[(each[:, 0] > 0).astype(int)] for each in (voice, face, voice * face)]
    return voice, face, *labels


def right(rule, voice, face, target, seed=0) -> float:
    said = out_of_fold(rule, voice, face, target, np.arange(len(target)) % 2, seed)
    np.testing.assert_allclose(said.sum(1), 1)
    return float((said.argmax(1) == target.argmax(1)).mean())


def test_each_rule_learns_what_it_can():
    voice, face, of_voice, of_face, of_both = signs()
    assert right("voice", voice, face, of_voice) == right("face", voice, face, of_face) == 1
    assert right("voice", voice, face, of_face) < 0.7
    for rule in ("concatenation", "fbp", "mlp"):
        assert right(rule, voice, face, of_voice) == 1
    assert right("concatenation", voice, face, of_both) < 0.7
    assert right("fbp", voice, face, of_both) == right("mlp", voice, face, of_both) == 1


def test_what_is_answered_was_not_learned_and_follows_from_the_seed():
    voice, face, target, *_ = signs(20)
    fold = np.arange(20) % 2
    first = out_of_fold("fbp", voice, face, target, fold, 3)
    np.testing.assert_array_equal(first, out_of_fold("fbp", voice, face, target, fold, 3))
    assert not np.array_equal(first, out_of_fold("fbp", voice, face, target, fold, 4))
    target[fold == 0] = target[fold == 0][:, ::-1]  # the labels of fold 0 change the answers to fold 1 alone
    again = out_of_fold("fbp", voice, face, target, fold, 3)
    np.testing.assert_array_equal(first[fold == 0], again[fold == 0])
    assert not np.array_equal(first[fold == 1], again[fold == 1])


def test_unknown_rules_and_a_single_fold_are_refused():
    with pytest.raises(ValueError, match="rule must be one of voice, face, concatenation, fbp, mlp; got 'sum'"):
        out_of_fold("sum", [[0]], [[0]], [[1]], [0], 0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"fold must tell two folds at least; got \[0\]"):
        out_of_fold("fbp", [[0.0]], [[0.0]], [[1.0]], [0], 0)
