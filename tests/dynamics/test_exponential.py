"""Exponential Euler: the drive is held for a step, and the leak is exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense

import hamsim

AGREES = 1e-10


def slowly(network, x, dt, steps):
    """The states of every step, by dense matrices."""
    model, tau = dense(network), network.tau
    share = np.where(tau > 0, -np.expm1(-dt / np.where(tau > 0, tau, 1.0)), 0.0)
    states = [model.settle(x)]
    for _ in range(steps):
        x = states[-1]
        u = model.drive(x) - x
        states.append(model.settle(x + share * u))
    return np.array(states)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), instant=st.booleans(), dt=st.sampled_from([0.03, 0.7]))
def test_it_equals_the_oracle(seed, instant, dt):
    network = hamsim.compile(random_description(seed, instant=instant))
    trace = hamsim.simulate(network, method="exponential_euler", dt=dt, steps=6)
    states = slowly(network, network.initial, dt, 6)
    np.testing.assert_allclose(trace.x, states, rtol=AGREES, atol=AGREES)
    energies = np.array([dense(network).energy(x) for x in states])
    np.testing.assert_allclose(trace.energy, energies, rtol=AGREES, atol=AGREES)


def test_a_leak_is_exact_at_any_step():
    tau = [1e-6, 1.0, 300.0]
    group = {"size": 3, "lagrangian": "tanh", "tau": tau, "input": 2.0, "initial": -1.0}
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a": group}})
    trace = hamsim.simulate(network, method="exponential_euler", dt=50.0, steps=4)
    exact = 2 - 3 * np.exp(-trace.t[:, None] / tau)
    np.testing.assert_allclose(trace.x, exact, rtol=1e-14)
    assert not any("stable" in note for note in trace.stats.notes)


def pair(weight, tau=1.0):
    within = {"within": "a", "weights": [[0, weight], [weight, 0]]}
    group = {"size": 2, "lagrangian": "tanh", "tau": tau}
    return hamsim.compile({"format": "hamsim/1", "groups": {"a": group}, "connections": [within]})


@pytest.mark.parametrize(
    ("weight", "longest"), [(0.9, np.inf), (3.0, np.log(4 / 2)), (40.0, np.log(41 / 39))]
)
def test_the_verdict_knows_the_longest_step(weight, longest):
    network = pair(weight, tau=2.0)

    def holds(dt):
        return hamsim.check_run(network, method="exponential_euler", dt=dt, t_end=10 * dt).in_steps

    if longest == np.inf:
        assert holds(1e9)
        return
    assert holds(2 * longest * (1 - 1e-6))
    assert not holds(2 * longest * (1 + 1e-6))
    run = hamsim.check_run(network, method="exponential_euler", dt=5.0, t_end=50.0)
    assert run.text.endswith(f"in continuous time; dt is above {2 * longest:.4g}")


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_energy_never_rises_at_the_longest_step(seed):
    rng = np.random.default_rng(seed)
    weight = float(rng.uniform(1.1, 30))
    network = pair(weight, tau=[1.0, float(rng.uniform(0.2, 5))])
    tau = network.tau.min()
    dt = float(tau * np.log((weight + 1) / (weight - 1)) * (1 - 1e-9))
    assert hamsim.check_run(network, method="exponential_euler", dt=dt, t_end=9 * dt).in_steps
    start = rng.normal(scale=3, size=(10, 2))
    trace = hamsim.simulate(network, start, method="exponential_euler", dt=dt, steps=40)
    assert np.all(np.diff(trace.energy) <= 1e-13 * (1 + np.abs(trace.energy[..., 1:])))
