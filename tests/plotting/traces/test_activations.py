"""Activations for pictures are those of the model, mostly without compiled code."""

from types import SimpleNamespace

import numpy as np
import pytest
from reference import ADDITIVE

import hamsim
from hamsim.lagrangians.table import TABLE
from hamsim.plotting.traces.activations import activation_of

STATES = np.concatenate([np.linspace(-8, 8, 53), [0, 30, -30, 300, -300]])
COMPILED = {"softplus", "swish", "hill", "sign", "step"}  # which no formula says


def group(lagrangian, size=STATES.size):
    spec = {"format": "hamsim/1", "groups": {"a": {"size": size, "lagrangian": lagrangian}}}
    return hamsim.compile(spec).groups[0]


@pytest.mark.parametrize("name", sorted(set(ADDITIVE) - COMPILED))
def test_activations_are_those_of_the_family(name):
    found = group(name)
    rows = np.stack([STATES, STATES[::-1]])
    p = SimpleNamespace(**{key: values[0] for key, values in found.parameters.items()})
    with np.errstate(all="ignore"):
        expected = ADDITIVE[name][1](rows, p)
    np.testing.assert_allclose(activation_of(found)(rows), expected, rtol=1e-9, atol=1e-9)


def test_families_with_a_formula_need_no_compiled_code():
    additive = {name for name, row in TABLE.items() if row.additive}
    compiled = {n for n in additive if "_compiled" in activation_of(group(n, 2)).__qualname__}
    assert compiled == COMPILED


def test_neurons_that_share_a_lagrangian():
    found = group("softmax", 3)
    rows = np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]])
    expected = np.exp(rows) / np.exp(rows).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(activation_of(found)(rows), expected)


def test_what_diverged_is_as_wide_as_it_was():
    found = activation_of(group("tanh", 3))(np.array([[np.nan, np.inf, 1.0]]))
    assert found.shape == (1, 3)
    assert np.isnan(found[0, 0])


def test_parameters_may_differ_from_neuron_to_neuron():
    found = group({"kind": "tanh", "beta": [1, 2, 3]}, 3)
    rows = np.ones((4, 3))
    np.testing.assert_allclose(activation_of(found)(rows), np.tanh(rows * [1, 2, 3]))
