"""Stimuli that hold activations: at the one state that has them, or not at all."""

import numpy as np
import pytest

import hamsim
from hamsim.errors import SimulationError
from hamsim.field.held import with_states


def net(lagrangian, value, **stimulus):
    held = {"group": "a", "mode": "clamp_g", "value": value, **stimulus}
    return {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 2, "lagrangian": lagrangian},
            "b": {"size": 1, "lagrangian": "tanh"},
        },
        "connections": [{"between": ["a", "b"], "weights": 1.0}],
        "stimuli": [held],
    }


STATES = {
    "identity": lambda g: g,
    "tanh": np.arctanh,
    "relu": lambda g: g,
    "exponential": np.log,
    "asinh": np.sinh,
    "softplus": lambda g: np.log(np.expm1(g)),
}


@pytest.mark.parametrize("name", STATES)
def test_the_state_has_the_activation(name):
    values = np.array([0.3, 0.7])
    (stimulus,) = with_states(hamsim.compile(net(name, values.tolist()))).stimuli
    assert stimulus.mode == "clamp"
    np.testing.assert_allclose(stimulus.value, STATES[name](values), rtol=1e-12)


def test_parameters_and_formulas():
    beta = np.array([1.0, 3.0])
    for kind in (
        {"kind": "tanh", "beta": beta.tolist()},
        {"expression": "log(cosh(b*x))/b", "b": beta.tolist()},
    ):
        trace = hamsim.simulate(net(kind, [0.3, -0.9]), method="rk4", dt=0.1, t_end=0.5)
        expected = np.tile(np.arctanh([0.3, -0.9]) / beta, (6, 1))
        np.testing.assert_allclose(trace.x[:, :2], expected, rtol=1e-12)


def test_what_is_held_may_change():
    description = net("tanh", "0.5*sin(t)", mask=[0, 1], start=0.5)
    record = {"what": ["x", "g"]}
    trace = hamsim.simulate(description, method="rk4", dt=0.1, t_end=3, record=record)
    held = trace.t > 0.55
    np.testing.assert_allclose(trace.g[held, 1], 0.5 * np.sin(trace.t[held]), atol=1e-14)
    clamp = {**description["stimuli"][0], "mode": "clamp"}
    table = np.linspace(0.5, 3, 2001)
    clamp["value"] = hamsim.over_time(table, np.arctanh(0.5 * np.sin(table)))
    by_x = hamsim.simulate(
        {**description, "stimuli": [clamp]}, method="rk4", dt=0.1, t_end=3, record=record
    )
    assert by_x.final == pytest.approx(trace.final, abs=1e-6)


def test_draws_of_each_trial():
    drawn = {"uniform": {"low": -0.5, "high": 0.5}}
    record = {"what": ["g"]}
    trace = hamsim.simulate(net("tanh", drawn), trials=3, t_end=1, record=record)
    plain = hamsim.compile({**net("tanh", drawn), "simulation": {"trials": 3}})
    np.testing.assert_allclose(trace.g[:, -1, :2], plain.stimuli[0].value, rtol=1e-13)


@pytest.mark.parametrize(
    ("lagrangian", "value", "why"),
    [
        ("relu", 0.0, r"no single state of neuron a\[0\] has the activation 0"),
        ("relu", -1.0, "the activation -1"),
        ("tanh", [0.5, 1.0], r"neuron a\[1\] has the activation 1"),
        ("hard_tanh", 1.0, "the activation 1"),
        ("step", 1.0, "the activation 1"),
        ("step", 0.5, "the activation 0.5"),
        ("softmax", 0.5, "which the softmax of group a does not tell: neurons share it"),
        ("swish", 0.2, "which the swish of group a does not tell: its activation does not always"),
        ("tanh", "1.5*sin(t)", r"stimuli\[0\].value: no single state of neuron a\[0\]"),
    ],
)
def test_no_single_state(lagrangian, value, why):
    with pytest.raises(SimulationError, match=why):
        hamsim.simulate(net(lagrangian, value), method="rk4", dt=0.1, t_end=1)


def test_what_is_guaranteed_of_a_run():
    assert hamsim.check_run(net("tanh", [0.3, 0.7])).text.startswith("proved to converge")
    text = hamsim.check_run(net("tanh", "0.3*sin(t)")).text
    assert text.startswith("undecided: stimuli[0].value changes over time")
    assert "while it is held: proved to converge" in text
