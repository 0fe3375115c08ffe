"""Explicit pairs against a plain implementation of them, and what their interpolants are."""

import numpy as np
import pairs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from test_methods import EXACT, density, nodes, trees, weights_of_stages

import hamsim
from hamsim.methods import METHODS
from hamsim.methods.pair import Pair

PAIRS = [name for name, method in METHODS.items() if isinstance(method, Pair)]
TIMES = np.arange(0.05, 0.6, 0.05)
RECORD = {"every": 0.05, "what": ["x"]}
# Order of what is recorded within steps.
WITHIN = {"bs32": 3, "tsit5": 4, "dop853": 7}


def kinks_of(network):
    """Breaks of a network's activations; None where gates multiply what they add."""
    if network.triples is not None:
        return None
    breaks, jumps = np.zeros((2, network.n_neurons)), np.zeros((2, network.n_neurons))
    for group in network.groups:
        if group.family.breaks:
            count, slopes = len(group.family.breaks), group.facts("slopes")
            breaks[:count, group.slice] = group.facts("breaks")
            jumps[:count, group.slice] = slopes[1:] - slopes[:-1]
    return pairs.Kinks(network.W.toarray(), network.tau, breaks, jumps)


def radius_of(network, name):
    """The spectral radius as it is found along the steps of a method; None if it is not asked."""
    if name != "dop853" or network.triples is not None:
        return None
    slopes = np.concatenate(
        [np.maximum(g.fact("slope"), np.maximum(0, -g.fact("least"))) for g in network.groups]
    )
    bound, shared = np.inf, any(group.shared > 1 for group in network.groups)
    if (network.tau > 0).all() and not shared and np.isfinite(slopes).all():
        bound = ((1 + np.abs(network.W.toarray()) @ slopes) / network.tau).max()
    return pairs.Radius(network.tau, bound, 0.88 * METHODS[name].stable)


# --- the loop, step by step --------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    name=st.sampled_from(PAIRS),
    tolerance=st.sampled_from([1e-3, 1e-6]),
    instant=st.booleans(),
    gated=st.booleans(),
)
def test_steps_and_records_are_those_of_the_oracle(seed, name, tolerance, instant, gated):
    network = hamsim.compile(random_description(seed, instant=instant, gated=gated))
    model = dense(network)
    start = np.atleast_2d(network.initial)[0]
    trace = hamsim.simulate(
        network, start, name, t_end=0.6, rtol=tolerance, atol=0.1 * tolerance, record=RECORD
    )  # fmt: skip
    if np.abs(trace.x).max() > 1e3:  # what grows so fast is not the same to rounding
        return
    states, steps, refused = pairs.integrate(
        model.velocity, start, TIMES, 0.6, name, tolerance, 0.1 * tolerance, model.settle,
        kinks_of(network), radius_of(network, name),
    )  # fmt: skip
    assert trace.stats.steps == len(steps)
    assert trace.stats.rejected == refused
    np.testing.assert_allclose(trace.t, [0.0, *TIMES, 0.6], rtol=1e-12)
    found = np.array([model.settle(state) for state in states])
    # Where a step ends at a kink depends a little on rounding.
    np.testing.assert_allclose(trace.x[1:], found, rtol=1e-8, atol=2e-8)
    lengths = trace.stats.shortest, trace.stats.longest
    # Rounding of small errors changes steps a little.
    assert lengths == pytest.approx((min(steps), max(steps)), rel=1e-3)


@pytest.mark.parametrize("name", PAIRS)
def test_steps_end_at_kinks_as_those_of_the_oracle(name):
    rng = np.random.default_rng(4)
    W = rng.normal(0, 1.2, (8, 8)) / np.sqrt(8)
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {
                "size": 8,
                "lagrangian": "relu",
                "initial": rng.normal(size=8).tolist(),
                "input": rng.normal(0, 0.3, 8).tolist(),
            }
        },
        "connections": [{"from": "a", "to": "a", "weights": W.tolist(), "self_connections": True}],
    }
    network = hamsim.compile(spec)
    model, kinks, times = dense(network), kinks_of(network), [1.0, 2.0, 3.0]
    start = np.atleast_2d(network.initial)[0]
    how = {"rtol": 1e-7, "atol": 1e-8, "record": {"every": 1.0, "what": ["x"]}}
    trace = hamsim.simulate(network, start, name, t_end=4.0, **how)
    states, steps, refused = pairs.integrate(
        model.velocity, start, times, 4.0, name, 1e-7, 1e-8, model.settle, kinks,
        radius_of(network, name),
    )  # fmt: skip
    assert kinks.met > 1
    # Where a step is to end depends on rounding at times, and all later ones on that.
    assert trace.stats.steps == pytest.approx(len(steps), rel=0.1)
    assert abs(trace.stats.rejected - refused) <= 3
    np.testing.assert_allclose(trace.x[1:], states, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", PAIRS)
def test_linear_networks_reach_twelve_digits_at_any_time(name):
    rng = np.random.default_rng(0)
    n = 12
    W = rng.normal(size=(n, n)) / n
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {
                "size": n,
                "lagrangian": "identity",
                "tau": rng.uniform(0.5, 2, n).tolist(),
                "initial": rng.normal(size=n).tolist(),
            }
        },
        "connections": [
            {"within": "a", "weights": ((W + W.T) / 2).tolist(), "self_connections": True}
        ],
    }
    network = hamsim.compile(spec)
    tolerance = 1e-11 if name == "bs32" else 1e-13
    trace = hamsim.simulate(
        network, method=name, t_end=2, rtol=tolerance, atol=tolerance, record={"every": 0.13}
    )
    J = (network.W.toarray() - np.eye(n)) / network.tau[:, None]
    exact = np.array([expm(J * t) @ network.initial for t in trace.t])
    assert np.abs(trace.x - exact).max() < 1e-12 * (100 if name == "bs32" else 1)


def test_a_tolerance_is_kept_in_each_neuron_at_about_the_price_of_others():
    spec = {
        "format": "hamsim/1",
        "seed": 3,
        "groups": {"a": {"size": 40, "lagrangian": "tanh", "initial": {"normal": {"std": 1.0}}}},
        "connections": [{"within": "a", "weights": {"normal": {"std": 0.3}}}],
    }
    network = hamsim.compile(spec)
    model = dense(network)

    def solved(method, tolerance):
        return solve_ivp(
            lambda _, x: model.velocity(x), (0, 10), network.initial, method,
            t_eval=np.arange(21) / 2, rtol=tolerance, atol=tolerance,
        )  # fmt: skip

    exact = solved("DOP853", 1e-12).y.T
    for name, other in (("tsit5", "RK45"), ("dop853", "DOP853"), ("bs32", "RK23")):
        trace = hamsim.simulate(
            network, method=name, t_end=10, rtol=1e-6, atol=1e-6, record={"every": 0.5, "what": "x"}
        )
        error = np.abs(trace.x - exact) / (1e-6 + 1e-6 * np.abs(exact))
        assert error.max() < 5, name
        assert trace.stats.products < 2 * solved(other, 1e-6).nfev, name


# --- within steps ------------------------------------------------------------------------------


def stages(method):
    """All stages of an interpolant as a square matrix."""
    rows = (*method.a, method.b, *method.later)
    a = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        a[i, : len(row)] = row
    return a


def weights(method, theta):
    powers = theta ** np.arange(1, len(method.interpolant[0]) + 1)
    return np.array(method.interpolant) @ powers


@pytest.mark.parametrize("name", PAIRS)
def test_interpolants_have_their_order_and_meet_both_ends(name):
    """The conditions of order, for a step of theta h, by rooted trees."""
    method, a = METHODS[name], stages(METHODS[name])
    assert len(method.interpolant) == len(a)
    later = a[method.stages + 1 :].sum(axis=1)
    assert later == pytest.approx(method.later_c, abs=EXACT)
    assert weights(method, 1.0) == pytest.approx(
        [*method.b, *[0] * (len(a) - method.stages)], abs=1e-13
    )
    assert np.array(method.interpolant)[:, 0] == pytest.approx(np.eye(len(a))[0], abs=1e-12)

    def defect(size, theta):
        b = weights(method, theta)
        return max(
            abs(b @ weights_of_stages(tree, a) - theta ** nodes(tree) / density(tree))
            for tree in trees(size)
        )

    for theta in (0.2, 0.5, 0.9):
        for size in range(1, WITHIN[name] + 1):
            assert defect(size, theta) < 1e-12
        assert defect(WITHIN[name] + 1, theta) > 1e-7
    # The velocity at the end is that of the new state.
    slope = np.array(method.interpolant) @ np.arange(1, len(method.interpolant[0]) + 1)
    assert slope == pytest.approx(np.eye(len(a))[method.stages], abs=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_records_of_states_take_no_steps_and_change_none(name):
    network = hamsim.compile(random_description(7))
    few, many = (
        hamsim.simulate(network, method=name, t_end=3, record={"every": every, "what": "x"})
        for every in (3.0, 0.001)
    )
    each = hamsim.simulate(network, method=name, t_end=3)
    for trace in (many, each):
        assert trace.stats.steps == few.stats.steps
        assert np.array_equal(trace.final, few.final)
    assert many.t.size == 3001
    assert each.t.size == few.stats.steps + 1
    extra = len(METHODS[name].later) * few.stats.steps
    assert many.stats.products == each.stats.products + extra
    at = np.abs(many.t[:, None] - each.t).argmin(axis=0)
    step = np.diff(many.x, axis=0)
    assert np.abs(many.x[at] - each.x).max() <= np.abs(step).max() + 1e-12


def test_what_else_is_recorded_is_evaluated_at_its_states():
    network = hamsim.compile(random_description(11, instant=True, gated=True))
    what = ["x", "g", "energy", "residual"]
    for name in ("tsit5", "dop853"):
        trace = hamsim.simulate(network, method=name, t_end=1, record={"every": 0.1, "what": what})
        plain = hamsim.simulate(network, method=name, t_end=1, record=None)
        x = np.atleast_3d(trace.x.T).T if network.initial.ndim == 1 else trace.x
        model = dense(network)
        x, g = x.reshape(-1, network.n_neurons), trace.g.reshape(-1, network.n_neurons)
        np.testing.assert_allclose(g, hamsim.activation(network, x), rtol=1e-12, atol=1e-12)
        energy = hamsim.energy(network, x).total
        np.testing.assert_allclose(trace.energy.reshape(-1), energy, rtol=1e-9, atol=1e-9)
        left = [model.residual(state) for state in x]
        np.testing.assert_allclose(trace.residual.reshape(-1), left, rtol=1e-7, atol=1e-9)
        assert np.array_equal(trace.final, plain.final)
        per_trial = np.sum(trace.stats.products), np.sum(plain.stats.products)
        assert per_trial[0] > per_trial[1]


@pytest.mark.parametrize("name", PAIRS)
def test_kinks_do_not_slip_through_between_two_stages(name):
    """A neuron falls silent at t = ln 2; its activation bends there, and another one follows."""
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 1, "lagrangian": "relu", "input": -1.0, "initial": 1.0},
            "b": {"size": 1, "lagrangian": "identity", "tau": 0.5},
        },
        "connections": [{"from": "a", "to": "b", "weights": 3.0}],
    }
    network = hamsim.compile(spec)
    silent = np.log(2.0)

    def exact(t):
        active = 12 * (np.exp(-t) - np.exp(-2 * t)) - 3 * (1 - np.exp(-2 * t))
        last = 12 * (0.5 - 0.25) - 3 * (1 - 0.25)
        return np.where(t < silent, active, last * np.exp(-2 * (t - silent)))

    for tolerance in 10.0 ** -np.arange(2, 10):
        for first in (0.01, 0.0103, 0.0107, 0.0111):
            trace = hamsim.simulate(
                network, method=name, dt=first, t_end=3.0, rtol=tolerance, atol=tolerance,
                record={"every": 0.1, "what": "x"},
            )  # fmt: skip
            assert np.abs(trace.x[:, 1] - exact(trace.t)).max() < 5 * tolerance
    # The product that says so is counted where it is needed.
    how = {"method": name, "t_end": 1.0, "record": None}
    both = hamsim.simulate(network, [[1.0, 0.0], [-1.0, 0.5]], **how).stats.products
    alone = [
        hamsim.simulate(network, start, **how).stats.products for start in ([1.0, 0.0], [-1.0, 0.5])
    ]
    assert list(both) == alone
