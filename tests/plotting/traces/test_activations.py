"""Activations for pictures are those of the compiled code."""

import numpy as np
import pytest

import hamsim
from hamsim.lagrangians.table import TABLE
from hamsim.observables import group_activation
from hamsim.plotting.traces.activations import activation_of

STATES = np.concatenate([np.linspace(-8, 8, 53), [0, -0.0, 30, -30, 300, -300, np.nan, np.inf]])


def group(lagrangian):
    spec = {"format": "hamsim/1", "groups": {"a": {"size": STATES.size, "lagrangian": lagrangian}}}
    return hamsim.compile(spec).groups[0]


@pytest.mark.parametrize(
    "lagrangian", [*TABLE, {"expression": "x**4/4 + x**2"}, {"kind": "tanh", "beta": 3}]
)
def test_activations_are_those_of_compiled_code(lagrangian):
    rows = np.stack([STATES[:-2], STATES[:-2][::-1]])
    found = group(lagrangian)
    name = str(lagrangian)
    rows = np.pad(rows, ((0, 0), (0, 2)))
    expected = group_activation(found, rows)
    # An error function far out on the negative side is a number close to 0 either way.
    np.testing.assert_allclose(
        activation_of(found)(rows), expected, rtol=1e-9, atol=1e-9, err_msg=name
    )


def test_what_diverged_is_as_wide_as_it_was():
    with np.errstate(all="ignore"):
        found = activation_of(group("tanh"))(STATES[None])
    assert found.shape == (1, STATES.size)
    assert np.isnan(found[0, -2])


def test_parameters_may_differ_from_neuron_to_neuron():
    spec = {"size": 3, "lagrangian": {"kind": "tanh", "beta": [1, 2, 3]}}
    found = hamsim.compile({"format": "hamsim/1", "groups": {"a": spec}}).groups[0]
    rows = np.ones((4, 3))
    np.testing.assert_allclose(activation_of(found)(rows), np.tanh(rows * [1, 2, 3]))
