"""Steps that may be refused: their error, for each trial, and what a refused one leaves behind."""

import numpy as np
import pytest
import tableaus
from attempts import BS32, NORM, PAIRS, engine_of, integrate
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense
from scipy.integrate import solve_ivp
from scipy.linalg import expm

import hamsim
from hamsim.dynamics.drivers.controller import FixedSteps
from hamsim.dynamics.engine.engine import Engine
from hamsim.dynamics.timeline.clock import Clock
from hamsim.dynamics.timeline.stretches import stretches
from hamsim.layout import neurons as neurons_module
from hamsim.methods import METHODS
from hamsim.network import Stimulus
from hamsim.operator import operator_of
from hamsim.operator import team as team_module

# Two orders of summation differ by rounding.
AGREES = 1e-11
ORACLES = {"heun": "heun", "bs32": tableaus.BS32}
RTOL, ATOL = 1e-3, 1e-5


def states_of(network, trials, seed=0, spread=0.2):
    rng = np.random.default_rng(seed)
    return np.atleast_2d(network.initial) + spread * rng.normal(size=(trials, network.n_neurons))


def outside(engine, name):
    return engine.layout.outside(getattr(engine.buffers, name))


# --- one step ----------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    name=st.sampled_from(tuple(PAIRS)),
    trials=st.sampled_from([1, 3, 17]),
    instant=st.booleans(),
    gated=st.booleans(),
    own=st.booleans(),
    clamps=st.booleans(),
)
def test_error_is_that_of_the_oracle(seed, name, trials, instant, gated, own, clamps):
    network = hamsim.compile(random_description(seed, instant=instant, gated=gated))
    rng, model = np.random.default_rng(seed), dense(network)
    start = states_of(network, trials, seed)
    clamped = np.zeros(network.n_neurons, dtype=bool)
    if clamps:
        clamped[rng.choice(network.n_neurons, 1)] = True
        clamped &= network.tau > 0
    held = np.flatnonzero(clamped)
    stimuli = [Stimulus("clamp", held, start[0, held], 0.0, np.inf)] if held.size else []
    start[:, held] = start[0, held]
    h = rng.uniform(0.01, 0.1, trials) if own else np.full(trials, 0.04)
    engine = engine_of(network, start, PAIRS[name], RTOL, ATOL, own, stimuli)
    engine.set_step(h if own else h[0])
    found = engine.attempt().copy()
    moving = (network.tau > 0) & ~clamped

    def velocity(x):
        return np.where(clamped, 0.0, model.velocity(x))

    for t in range(trials):
        x = model.settle(start[t])
        y = tableaus.step(velocity, x, h[t], ORACLES[name], model.settle)
        np.testing.assert_allclose(outside(engine, "y")[t], y, rtol=AGREES, atol=AGREES)
        error = tableaus.error(velocity, x, h[t], ORACLES[name], model.settle)
        part = (error / (ATOL + RTOL * np.maximum(np.abs(x), np.abs(y))))[moving]
        rms = np.sqrt(np.mean(part**2)) if moving.any() else 0.0
        assert found[0, t] == pytest.approx(rms, rel=1e-6, abs=1e-8)
        assert found[1, t] == pytest.approx(np.abs(part).max(initial=0.0), rel=1e-6, abs=1e-8)
    engine.settle(True)
    assert np.array_equal(engine.buffers.x, engine.buffers.y)
    left = [np.abs(model.drive(x) - x)[moving].max(initial=0.0) for x in outside(engine, "x")]
    np.testing.assert_allclose(engine.buffers.residual, left, rtol=AGREES, atol=AGREES)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    name=st.sampled_from(tuple(PAIRS)),
    trials=st.sampled_from([1, 5, 16]),
    gated=st.booleans(),
)
def test_who_refuses_a_step_is_where_he_was_and_others_do_not_notice(seed, name, trials, gated):
    network = hamsim.compile(random_description(seed, instant=True, gated=gated))
    rng = np.random.default_rng(seed)
    start = states_of(network, trials, seed)
    accepted = rng.random(trials) < 0.5
    mixed, all_take, none = (engine_of(network, start, PAIRS[name]) for _ in range(3))
    names = ("x", "g", "u", "residual", "gated")
    before = {key: getattr(none.buffers, key).copy() for key in names}
    for engine, who in ((mixed, accepted), (all_take, True), (none, False)):
        engine.set_step(0.1)
        engine.attempt()
        engine.settle(who)
    for key in names:
        taken, found = (getattr(engine.buffers, key) for engine in (all_take, mixed))
        assert np.array_equal(getattr(none.buffers, key), before[key]), key
        assert np.array_equal(found, np.where(accepted, taken, before[key])), key
    # The energy of a refused step is that of before, and a shorter one is as if it were the first.
    fresh = engine_of(network, start, PAIRS[name])
    for engine in (none, fresh):
        engine.look(True, 0.0)
        engine.set_step(0.03)
        engine.attempt()
        engine.settle(True)
    assert np.array_equal(none.buffers.previous, fresh.buffers.previous)
    assert np.array_equal(none.buffers.x, fresh.buffers.x)
    assert np.array_equal(none.buffers.error, fresh.buffers.error)


def test_a_step_that_overflows_has_an_infinite_error_in_its_trial_alone():
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": "cubic", "tau": 1.0, "initial": 1.0}},
        "connections": [{"within": "a", "weights": 1.0, "self_connections": True}],
    }
    engine = engine_of(hamsim.compile(spec), [[0.5], [1e200], [0.1]], BS32)
    engine.set_step(0.1)
    error = engine.attempt()
    assert np.isfinite(error).tolist() == [[True, False, True]] * 2
    assert not np.isnan(error).any()
    engine.settle(np.isfinite(error[NORM]))
    assert engine.buffers.x[0, 1] == 1e200


def test_a_method_that_estimates_no_error_is_refused():
    network = hamsim.compile(random_description(3))
    layout = operator_of(network).layout(1)
    with pytest.raises(hamsim.SimulationError, match="rk4 does not estimate the error"):
        Engine(network, layout, states_of(network, 1), METHODS["rk4"], (1e-6, 1e-3))


def test_fixed_steps_are_a_controller():
    stretch = stretches((), 0.1, 7)[0][0]
    controller, clock = FixedSteps(stretch), Clock()
    assert controller.propose(clock) == (0.1, 7)
    clock.reach(0.3, 3)
    assert controller.propose(clock).number == 4
    clock.pass_by(0.1)
    assert (clock.time, clock.steps) == (0.4, 4)
    assert controller.judge(0.1, np.full((2, 3), np.inf)).tolist() == [True] * 3
    assert controller.times(3) == 3 * 0.1


# --- runs --------------------------------------------------------------------------------------


def linear():
    rng = np.random.default_rng(11)
    n = 12
    W = rng.normal(size=(n, n)) / 12  # of which all states come to rest
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {
                "size": n,
                "lagrangian": "identity",
                "tau": rng.uniform(0.2, 2.0, n),
                "input": rng.normal(size=n),
            }
        },
        "connections": [{"within": "a", "weights": W + W.T, "self_connections": True}],
    }
    return hamsim.compile(spec)


def of_tanh(size=40):
    rng = np.random.default_rng(12)
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {
                "size": size,
                "lagrangian": {"kind": "tanh", "beta": 2.0},
                "tau": rng.uniform(0.1, 2.0, size),
                "input": 0.1 * rng.normal(size=size),
            },
            "b": {"size": 5, "lagrangian": "softmax", "tau": 0},
        },
        "connections": [
            {"within": "a", "weights": {"normal": {"std": 1.2 / np.sqrt(size)}}},
            {"between": ["a", "b"], "weights": {"normal": {"std": 0.3}}},
        ],
    }
    return hamsim.compile(spec)


def exact(network, starts, times):
    """States at those times, shape (trials, times, n), not by any Runge-Kutta step of hamsim."""
    if network.groups[0].lagrangian == "identity":
        T = np.diag(1 / network.tau)
        A = T @ (network.W.toarray() - np.eye(network.n_neurons))
        rest = np.linalg.solve(A, -T @ network.input)
        return np.array([[rest + expm(A * t) @ (x - rest) for t in times] for x in starts])
    model = dense(network)
    return np.array(
        [
            [
                model.settle(state)
                for state in solve_ivp(
                    lambda _, x: model.velocity(x),
                    (0, times[-1]),
                    x,
                    "DOP853",
                    times,
                    rtol=1e-12,
                    atol=1e-13,
                ).y.T
            ]
            for x in starts
        ]
    )


@pytest.mark.parametrize("make", [linear, of_tanh])
@pytest.mark.parametrize("name", PAIRS)
def test_chosen_steps_keep_their_tolerance(make, name):
    network = make()
    starts, times = states_of(network, 4, 5, spread=1.0), [0.3, 1.0, 1.7, 4.0]
    truth = exact(network, starts, times)
    errors, taken = [], []
    for rtol in (1e-3, 1e-4, 1e-5, 1e-6):
        trace, controller, parts = integrate(network, starts, PAIRS[name], times, rtol, h=2.0)
        assert trace.t.tolist() == [0.0, *times]
        assert controller.refused >= 1  # the first, which is far too long
        assert parts.clock.time == 4.0
        errors.append(np.abs(trace.x[:, 1:] - truth).max() / rtol)
        taken.append(parts.clock.steps)
        np.testing.assert_allclose(
            trace.energy, hamsim.energy(network, trace.x).total, rtol=1e-9, atol=1e-9
        )
        assert not trace.stats.energy.rose
    assert max(errors) < 30, errors
    # Steps of order p cost tol^(-1/p) of them.
    grows = np.log(taken[-1] / taken[0]) / np.log(1e3)
    assert grows == pytest.approx(1 / PAIRS[name].order, abs=0.1), taken


def test_a_run_of_chosen_steps_ends_at_the_residual_asked_for():
    network = of_tanh()
    starts = states_of(network, 3, 5, spread=1.0)
    trace, _, parts = integrate(network, starts, BS32, [1e3], 1e-7, tolerance=1e-4)
    assert trace.outcome == "converged"
    assert trace.t[-1] == parts.clock.time < 1e3
    assert trace.residual[:, -1].max() <= 1e-4
    left = [dense(network).residual(x) for x in trace.x[:, -1]]
    np.testing.assert_allclose(trace.residual[:, -1], left, rtol=1e-6)


def test_chosen_steps_have_the_same_bits_for_any_number_of_threads(monkeypatch):
    monkeypatch.setattr(team_module, "available_threads", lambda: 4)
    monkeypatch.setattr(neurons_module, "CHUNK_NEURONS", 7)
    monkeypatch.setattr(neurons_module, "CHUNK_OF_TRIALS", 7)
    for trials in (1, 9):
        ends = []
        for threads in (1, 2, 4):
            network = of_tanh(100)  # arranged anew, with small chunks
            starts = states_of(network, trials, 5, spread=1.0)
            trace, _, parts = integrate(network, starts, BS32, [0.5, 1.0], 1e-5, threads=threads)
            assert parts.engine.buffers.chunk_error.shape[0] > 10
            ends.append((trace.x, trace.energy, trace.residual, parts.engine.buffers.error))
        for other in ends[1:]:
            assert all(map(np.array_equal, ends[0], other))


def test_trials_may_have_steps_and_times_of_their_own():
    network = of_tanh()
    starts, end = states_of(network, 6, 5, spread=1.0), 3.0
    starts[0] *= 20
    truth = exact(network, starts, [end])[:, 0]
    engine = engine_of(network, starts, BS32, 1e-5, 1e-5, own=True)
    t, h, taken = np.zeros(6), np.full(6, 1.0), np.zeros(6, dtype=int)
    while (t < end).any():
        step = np.minimum(h, end - t)
        engine.set_step(step)
        error = engine.attempt()[NORM]
        accepted = (error <= 1) & (t < end)
        engine.settle(accepted)
        t = np.where(accepted, t + step, t)
        taken += accepted
        h = step * np.clip(0.9 * np.maximum(error, 1e-9) ** (-1 / 3), 0.2, 5.0)
        h = np.where(t < end, h, 0.0)
    # Errors of steps add up to some tens of what each may have.
    assert np.abs(outside(engine, "x") - truth).max() < 60e-5
    assert len(set(taken.tolist())) > 1
