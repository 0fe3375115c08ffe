"""States that are the same up to their errors, against comparing all pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.equilibria.landscape.merging import LEAST, MOST, merge, nearest, tolerances


def by_all_pairs(x, tolerance):
    """Groups of rows that are the same, if no chain of them is longer than a pair."""
    away = np.abs(x[:, None] - x[None]).max(axis=2)
    same = away <= tolerance[:, None] + tolerance
    return same


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 60), st.integers(1, 9))
def test_copies_of_states_are_one_each(seed, n, rows, states):
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(states, n)) + 3.0 * np.arange(states)[:, None] * (-1) ** seed
    which = rng.integers(0, states, rows)
    tolerance = rng.uniform(1e-6, 1e-5, rows)
    x = own[which] + rng.uniform(-0.5, 0.5, (rows, n)) * tolerance[:, None]
    merged = merge(x, tolerance)
    same = by_all_pairs(x, tolerance)
    np.testing.assert_array_equal(merged.label[:, None] == merged.label, same)
    np.testing.assert_array_equal(which[:, None] == which, same)
    # The most exact row stands for each.
    for number, first in enumerate(merged.first):
        assert tolerance[first] == tolerance[merged.label == number].min()
        assert merged.label[first] == number
    assert np.all(np.diff(merged.first) > 0)


def test_states_apart_in_one_neuron_alone_are_two():
    x = np.zeros((3, 50))
    x[1, 17] = 1e-3
    x[2, 17] = 1e-9
    merged = merge(x, np.full(3, 1e-6))
    assert merged.label.tolist() == [0, 1, 0]


def test_mirrored_states_are_two():
    x = np.array([[1.0, -1.0, 1.0, -1.0], [-1.0, 1.0, -1.0, 1.0], [1.0, -1.0, 1.0, -1.0]])
    assert merge(x, np.full(3, 1e-6)).label.tolist() == [0, 1, 0]


def test_nothing_and_one():
    assert merge(np.zeros((0, 3)), np.zeros(0)).first.size == 0
    assert merge(np.ones((1, 3)), np.ones(1)).label.tolist() == [0]


def test_many_equal_rows_take_no_time_of_all_pairs():
    x = np.repeat(np.eye(5, 100), 4000, axis=0)
    merged = merge(x, np.full(len(x), 1e-6))
    assert np.bincount(merged.label).tolist() == [4000] * 5


def test_tolerances_come_from_errors_within_limits():
    x = np.array([[3.0], [3.0], [3.0], [3.0]])
    found = tolerances(x, np.array([1e-6, 1e-30, 1.0, np.inf]))
    assert found.tolist() == pytest.approx([1e-5, 4 * LEAST, 4 * MOST, 4 * MOST])


def test_the_nearest_state():
    which, distance = nearest(
        np.array([[0.1, 0.0], [2.0, 5.0]]), np.array([[2.0, 4.0], [0.0, 0.0]])
    )
    assert which.tolist() == [1, 0]
    assert distance.tolist() == pytest.approx([0.1, 1.0])
    assert nearest(np.ones((2, 3)), np.zeros((0, 3)))[0].tolist() == [-1, -1]
