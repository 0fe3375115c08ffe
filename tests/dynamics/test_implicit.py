"""Methods that solve an equation in each step, against closed forms and other integrators."""

import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from reference import dense
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.optimize import brentq

import hamsim
from hamsim.dynamics.drivers import calls
from hamsim.kernels import bdf, rosenbrock
from hamsim.kernels import implicit as at
from hamsim.layout.buffers import make_forces
from hamsim.network import Stimulus
from hamsim.operator import operator_of, solver
from hamsim.operator.solver import FORMULAS, STAGES, Solver


def described(groups, connections, **more):
    return {"format": "hamsim/1", "groups": groups, "connections": connections, **more}


def matrix(values):
    return {"weights": np.asarray(values).tolist(), "self_connections": True}


def layered(tau, hidden="softmax"):
    """Slow tanh neurons and a fast collective layer."""
    rng = np.random.default_rng(3)
    groups = {
        "v": {"size": 12, "lagrangian": "tanh", "tau": 1.0, "initial": rng.normal(size=12)},
        "h": {"size": 8, "lagrangian": {"kind": hidden}, "tau": tau},
        "o": {"size": 5, "lagrangian": "relu", "tau": tau, "input": 0.3},
    }
    connections = [
        {"between": ["v", "h"], "weights": rng.normal(0, 0.4, (12, 8))},
        {"between": ["h", "o"], "weights": rng.normal(0, 0.4, (8, 5))},
    ]
    return hamsim.compile(described(groups, connections))


def reference(network, times, x=None):
    model = dense(network)
    x = network.initial if x is None else x

    def jacobian(t, x):
        H = np.zeros((x.size, x.size))
        for group in model.groups:
            H[np.ix_(group.neurons, group.neurons)] = group.H(x[group.neurons])
        return (model.W @ H - np.eye(x.size)) / model.tau[:, None]

    return solve_ivp(
        lambda t, x: model.velocity(x),
        (0, times[-1]),
        x,
        "Radau",
        times,
        rtol=1e-10,
        atol=1e-11,
        jac=jacobian,
    ).y.T


def error(trace, exact, tol):
    return float(np.max(np.abs(trace.x - exact) / (tol + tol * np.abs(exact))))


def every(dt, *what):
    return {"every": dt, "what": what or ("x",)}


# --- formulas ----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", range(1, 6))
def test_each_order_is_observed(order):
    """Fixed steps of one formula, from exact differences, on two coupled neurons."""
    spec = described(
        {"a": {"size": 2, "lagrangian": "tanh", "tau": [1.0, 0.3], "initial": [2.0, -1.0]}},
        [{"within": "a", "weights": [[0.0, 1.5], [1.5, 0.0]]}],
    )
    network = hamsim.compile(spec)
    exact = solve_ivp(
        lambda t, x: dense(network).velocity(x),
        (0, 4),
        network.initial,
        "DOP853",
        rtol=1e-13,
        atol=1e-14,
        dense_output=True,
    ).sol
    errors, lengths = [], (1 / 64, 1 / 128)
    for h in lengths:
        before = exact(1.0 - h * np.arange(order + 1)).T
        differences = [before[0]]
        for _ in range(order):
            before = before[:-1] - before[1:]
            differences.append(before[0])
        x = stepped(network, order, h, np.array(differences), 1.0, 2.0)
        errors.append(np.abs(x - exact(2.0)).max())
    observed = np.log2(errors[0] / errors[1])
    assert abs(observed - order) < 0.1, errors


def stepped(network, order, h, differences, begin, end):
    """Steps of one length and order."""
    layout = operator_of(network).layout(1)
    solver = Solver(network, layout, FORMULAS, 1, np.ones(network.n_neurons))
    solver.act(make_forces(network, layout, (), 1)[0], np.ones(network.n_neurons))
    solver.keep(np.zeros(0), np.zeros((0, network.n_neurons, 1)), False, False)
    solver.begin(differences[:1].T)
    arrays = solver.arrays
    arrays.vectors[0, at.STATE : at.STATE + order + 1] = differences
    arrays.accuracy[:] = 1.0, 0.0, 1e-12, 1e-12
    numbers, places = arrays.numbers[0], arrays.places[0]
    numbers[[at.TIME, at.END, at.STEP, at.ALLOWED]] = begin, end, h, 1.0
    arrays.mix[0] = np.eye(6)
    places[at.ORDER], places[at.DO] = order, bdf.RESCALE
    places[at.EQUAL] = -(10**9)  # so that neither order nor length are chosen
    numbers[at.LOOK_BELOW] = -1.0
    solver.go(10**6)
    assert places[at.STEPS] == round((end - begin) / h)
    return solver.states[:, 0]


@pytest.mark.parametrize(("tau", "count"), [(0.3, 128), (0.0, 16)])
def test_rosenbrock_steps_are_of_order_four(tau, count):
    """A pair of which the second neuron may follow at once, and depends on itself."""
    W = np.array([[0.0, 1.5], [1.5, 0.4]])
    network = hamsim.compile(
        described(
            {"a": {"size": 2, "lagrangian": "tanh", "tau": [1.0, tau], "initial": [2.0, -1.0]}},
            [{"within": "a", **matrix(W)}],
        )
    )
    start, exact = exact_pair(W, tau)
    errors = [abs(staged(network, start, h, 1.0)[0] - exact) for h in (1 / count, 0.5 / count)]
    assert abs(np.log2(errors[0] / errors[1]) - 4) < 0.1, errors


def exact_pair(W, tau):
    """Where the pair begins, and its first state at t = 1."""

    def follow(a):
        drive = W[1, 0] * np.tanh(a)
        return brentq(lambda b: b - drive - W[1, 1] * np.tanh(b), -10, 10, xtol=1e-15)

    def slope(t, x):
        a, b = x if tau > 0 else (x[0], follow(x[0]))
        g = np.tanh([a, b])
        return (W @ g - [a, b])[: x.size] / np.array([1.0, tau])[: x.size]

    first = [2.0, -1.0] if tau > 0 else [2.0]
    end = solve_ivp(slope, (0, 1), first, "DOP853", rtol=1e-13, atol=1e-14).y[0, -1]
    return np.array([2.0, -1.0 if tau > 0 else follow(2.0)]), end


def staged(network, start, h, end):
    """Steps of one length of the Rosenbrock method."""
    layout = operator_of(network).layout(1)
    solver = Solver(network, layout, STAGES, 1, np.ones(network.n_neurons))
    solver.act(make_forces(network, layout, (), 1)[0], np.ones(network.n_neurons))
    solver.keep(np.zeros(0), np.zeros((0, network.n_neurons, 1)), False, False)
    solver.begin(start[:, None])
    arrays = solver.arrays
    arrays.accuracy[:] = 1.0, 0.0, 1.0, 1e-12
    numbers, places = arrays.numbers[0], arrays.places[0]
    numbers[at.REST] = -1.0
    for k in range(round(end / h)):
        numbers[[at.TIME, at.END, at.STEP, at.ALLOWED]] = k * h, (k + 1) * h, h, 1.0
        places[at.DO], places[at.STATUS] = rosenbrock.RENEW, at.GOING
        solver.go(10**6)
        assert places[at.STEPS] == k + 1
    return solver.states[:, 0]


@pytest.mark.parametrize("tol", [1e-4, 1e-8])
def test_linear_network_against_expm(tol):
    rng = np.random.default_rng(1)
    n = 15
    S = rng.normal(size=(n, n)) / 8
    tau = 10.0 ** rng.uniform(-4, 0, n)
    network = hamsim.compile(
        described(
            {"a": {"size": n, "lagrangian": "identity", "tau": tau, "initial": rng.normal(size=n)}},
            [{"within": "a", **matrix(S + S.T)}],
        )
    )
    trace = hamsim.simulate(
        network, method="bdf", rtol=tol, atol=tol, t_end=2.0, record=every(0.25)
    )
    J = (S + S.T - np.eye(n)) / tau[:, None]
    exact = np.array([expm(t * J) @ network.initial for t in trace.t])
    assert error(trace, exact, tol) < 5.0


@pytest.mark.parametrize(
    ("tau", "hidden"), [(1.0, "softmax"), (1e-6, "softmax"), (1e-3, "sigmoid")]
)
def test_against_radau(tau, hidden):
    network = layered(tau, hidden)
    times = np.linspace(0, 5, 11)
    exact = reference(network, times)
    for method, tol in (("bdf", 1e-3), ("bdf", 1e-6), ("rodas4", 1e-3), ("rodas4", 1e-5)):
        trace = hamsim.simulate(
            network, method=method, rtol=tol, atol=tol, t_end=5.0, record=every(0.5)
        )
        assert error(trace, exact, tol) < 5.0, (method, tol)


def test_fast_layers_cost_little_more():
    how = {"method": "bdf", "rtol": 1e-4, "t_end": 10.0, "record": None}
    slow, fast, faster = (
        hamsim.simulate(layered(tau), **how).stats.products for tau in (1.0, 1e-6, 1e-9)
    )
    assert fast < 5 * slow
    assert faster < 5 * slow


def test_layers_of_many_time_constants_cost_little_more():
    """Each layer has a transient of its own, whatever its state is in the beginning."""
    rng, sizes = np.random.default_rng(0), (60, 40, 30, 20)
    kinds = ("tanh", "softmax", "tanh", "softmax")
    weights = [rng.normal(0, (2 / (a + b)) ** 0.5, (a, b)) for a, b in pairwise(sizes)]
    start = rng.normal(size=sum(sizes))

    def products(rtol, *tau):
        groups = {
            f"l{k}": {"size": sizes[k], "lagrangian": kinds[k], "tau": tau[k]} for k in range(4)
        }
        connections = [{"between": [f"l{k}", f"l{k + 1}"], "weights": weights[k]} for k in range(3)]
        network = hamsim.compile(described(groups, connections))
        how = {"method": "bdf", "rtol": rtol, "t_end": 10.0, "record": None}
        return hamsim.simulate(network, start, **how).stats.products

    for rtol in (1e-3, 1e-6):
        same = products(rtol, 1.0, 1.0, 1.0, 1.0)
        assert products(rtol, 1.0, 1e-2, 1e-4, 1e-6) < 7 * same
        assert products(rtol, 1.0, 1e-3, 1e-6, 1e-9) < 8 * same


def test_network_that_is_not_symmetric():
    rng = np.random.default_rng(7)
    groups = {
        "a": {
            "size": 20,
            "lagrangian": "tanh",
            "tau": 10.0 ** rng.uniform(-4, 0, 20),
            "initial": rng.normal(size=20),
        }
    }
    W = rng.normal(0, 0.3, (20, 20))
    network = hamsim.compile(described(groups, [{"from": "a", "to": "a", **matrix(W)}]))
    times = np.linspace(0, 4, 9)
    trace = hamsim.simulate(
        network, method="bdf", rtol=1e-6, atol=1e-6, t_end=4.0, record=every(0.5)
    )
    assert error(trace, reference(network, times), 1e-6) < 5.0


# --- runs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["bdf", "rodas4"])
def test_records_after_each_step_and_the_last_state(method):
    network = layered(1e-3)
    how = {"method": method, "t_end": 3.0}
    trace = hamsim.simulate(network, **how)
    assert trace.t[0] == 0.0
    assert trace.t[-1] == 3.0
    assert np.all(np.diff(trace.t) > 0)
    assert trace.t.size == trace.stats.steps + 1
    assert trace.stats.products > trace.stats.steps
    last = hamsim.simulate(network, record=None, **how)
    assert np.array_equal(last.x[-1], trace.x[-1])
    np.testing.assert_allclose(trace.energy, hamsim.energy(network, trace.x).total, atol=1e-12)
    assert trace.stats.shortest <= np.diff(trace.t).min() * (1 + 1e-9)


def test_trials_have_steps_of_their_own():
    network = layered(1e-2)
    starts = np.random.default_rng(0).normal(size=(4, network.n_neurons)) * [[0.1], [1], [3], [10]]
    how = {"method": "bdf", "rtol": 1e-5, "t_end": 4.0, "record": every(1.0, "x", "energy")}
    together = hamsim.simulate(network, starts, **how)
    for trial, start in enumerate(starts):
        alone = hamsim.simulate(network, start, **how)
        assert together.stats.products[trial] == alone.stats.products
        np.testing.assert_allclose(together.x[trial], alone.x, atol=1e-11)


def test_threads_change_no_bit():
    rng = np.random.default_rng(2)
    groups = {"a": {"size": 3000, "lagrangian": "tanh", "tau": 10.0 ** rng.uniform(-3, 0, 3000)}}
    weights = {"weights": {"normal": {"std": 0.2}}, "density": 0.02}
    network = hamsim.compile(described(groups, [{"within": "a", **weights}], seed=1))
    start = rng.normal(size=3000)
    one, two = (
        hamsim.simulate(network, start, method="bdf", t_end=1e-3, threads=k) for k in (1, 2)
    )
    assert np.array_equal(one.x, two.x)
    assert one.stats.products == two.stats.products


@pytest.mark.parametrize("method", ["bdf", "rodas4"])
def test_until_residual_is_reached(method):
    network = layered(1e-4)
    starts = np.random.default_rng(0).normal(size=(3, network.n_neurons))
    trace = hamsim.simulate(network, starts, method=method, until=1e-10, t_end=1e4, record=None)
    assert trace.outcomes == ("converged",) * 3
    assert max(trace.stats.residuals) <= 1e-10


def test_stimuli_are_met():
    """A pulse of 0.02 tau, and a clamp that ends."""
    network = replace(
        layered(1e-2),
        stimuli=(
            Stimulus("input", np.arange(3), np.full(3, 2.0), 1.003, 1.023),
            Stimulus("clamp", np.array([5]), np.array([0.5]), 0.0, 2.0),
        ),
    )
    how = {"t_end": 4.0, "record": every(0.5)}
    trace = hamsim.simulate(network, method="bdf", rtol=1e-6, atol=1e-6, **how)
    exact = hamsim.simulate(network, method="tsit5", rtol=1e-11, atol=1e-12, **how)
    assert np.array_equal(trace.t, exact.t)
    assert error(trace, exact.x, 1e-6) < 5.0
    assert np.all(trace.x[trace.t < 2.0, 5] == 0.5)


@pytest.mark.parametrize("method", ["bdf", "rodas4"])
def test_inputs_and_clamps_over_time(method):
    """Currents and held states within each step and at its end, and in records between two."""
    description = described(
        {"a": {"size": 4, "lagrangian": "tanh", "tau": [1.0, 0.1, 0.01, 0.001]}},
        [{"within": "a", "weights": {"normal": {"std": 0.5}}}],
        seed=2,
        stimuli=[
            {"neurons": ["a[0]"], "mode": "input", "value": "sin(3*t)"},
            {"neurons": ["a[1]"], "mode": "clamp", "value": "cos(t)", "stop": 2.0},
        ],
    )
    how = {"t_end": 4.0, "record": every(0.25, "x", "energy", "residual")}
    network = hamsim.compile(description)
    trace = hamsim.simulate(network, method=method, rtol=1e-6, atol=1e-6, **how)
    exact = hamsim.simulate(network, method="tsit5", rtol=1e-9, atol=1e-10, **how)
    assert error(trace, exact.x, 1e-6) < 5.0
    np.testing.assert_allclose(trace.energy, exact.energy, atol=1e-5)
    held = trace.t < 2.0
    np.testing.assert_allclose(trace.x[held, 1], np.cos(trace.t[held]), atol=1e-15)


@pytest.mark.parametrize("what", ["input", "table", "clamp", "clamp_g"])
def test_the_order_of_stages_holds_for_what_changes_within_steps(what):
    """Errors at the end by steps, of rodas4, where stages need the derivative of what acts."""
    stimulus = {"group": "a", "mode": "input", "value": "2*sin(3*t) - t*exp(-t)"}
    if what == "table":
        # Lines between values: each of its times ends a step.
        stimulus["value"] = {"times": [0.0, 0.7, 2.0, 4.0], "values": [0.0, 2.0, -1.0, 1.0]}
    elif what != "input":
        stimulus = {"neurons": ["a[1]"], "mode": what, "value": "0.7*cos(2*t)"}
    description = described(
        {"a": {"size": 5, "lagrangian": "tanh", "tau": [1.0, 0.8, 0.7, 1.2, 1.5]}},
        [{"within": "a", "weights": {"normal": {"std": 0.7}}}],
        seed=4,
        stimuli=[stimulus],
    )
    network = hamsim.compile(description)
    start, how = np.linspace(-1.0, 2.0, 5), {"t_end": 3.0, "record": None}
    exact = hamsim.simulate(network, start, method="dop853", rtol=1e-13, atol=1e-14, **how).final
    errors, steps = [], []
    for rtol in (1e-4, 1e-6, 1e-8):
        found = hamsim.simulate(network, start, method="rodas4", rtol=rtol, atol=rtol, **how)
        errors.append(np.abs(found.final - exact).max())
        steps.append(found.stats.steps)
    order = -np.diff(np.log(errors)) / np.diff(np.log(steps))
    assert order[-1] == pytest.approx(4.0, abs=0.4)
    assert errors[-1] < 1e-8


@pytest.mark.parametrize("rtol", [1e-3, 1e-4, 1e-6])
def test_neurons_that_nobody_drives_are_right_beside_those_that_they_drive(rtol):
    """Errors of linear equations that are not symmetric do not add up in slow neurons."""
    network = hamsim.compile(
        described(
            {
                "receptors": {"size": 2, "lagrangian": "identity", "tau": [0.5, 20], "input": 1},
                "taste": {"size": 2, "lagrangian": "relu", "tau": 0},
            },
            [{"from": "receptors", "to": "taste", "weights": [[1, -1], [-1, 1]]}],
        )
    )
    start = np.array([1.1257, 0.8679, 0.2578, -0.2578])
    trace = hamsim.simulate(network, start, method="bdf", rtol=rtol, t_end=50, record=every(1.0))
    exact = 1 + (start[:2] - 1) * np.exp(-trace.t[:, None] / [0.5, 20])
    assert np.abs(trace.x[:, :2] - exact).max() < rtol
    assert trace.stats.products < 800


def test_one_way_layers_of_spread_tau():
    """Products over those of the same layers with tau = 1."""
    rng, sizes, products = np.random.default_rng(8), (12, 10, 8), []
    weights = [rng.normal(0, 0.3, size) for size in ((10, 12), (12, 10), (8, 10), (10, 8))]
    for taus in ((1.0, 1e-3, 1e-6), (1.0, 1.0, 1.0)):
        groups = {
            f"l{k}": {"size": size, "lagrangian": "tanh", "tau": tau, "input": 0.2}
            for k, (size, tau) in enumerate(zip(sizes, taus, strict=True))
        }
        ways = (("l0", "l1"), ("l1", "l0"), ("l1", "l2"), ("l2", "l1"))
        joined = [
            {"from": a, "to": b, "weights": w} for (a, b), w in zip(ways, weights, strict=True)
        ]
        network = hamsim.compile(described(groups, joined))
        start = np.linspace(-1.0, 1.0, 30)
        trace = hamsim.simulate(network, start, method="bdf", rtol=1e-4, t_end=10, record=None)
        products.append(trace.stats.products)
    assert products[0] < 25 * products[1], products


@pytest.mark.parametrize("method", ["bdf", "rodas4"])
def test_no_step_passes_over_something_short(method):
    """The network rests before it, so that steps would grow beyond it."""
    description = described(
        {"a": {"size": 2, "lagrangian": "tanh", "tau": [1.0, 1e-2]}},
        [{"within": "a", "weights": [[0.0, 0.4], [0.4, 0.0]]}],
        stimuli=[{"group": "a", "mode": "input", "value": "3*exp(-((t - 25)/0.1)**2)"}],
    )
    network = hamsim.compile(description)
    how = {"t_end": 26.0, "record": {"every": 0.05, "start": 24.5, "what": ["x"]}}
    trace = hamsim.simulate(network, method=method, rtol=1e-4, **how)
    exact = hamsim.simulate(network, method="tsit5", rtol=1e-8, **how)
    assert np.abs(exact.x).max() > 0.5
    assert np.abs(trace.x - exact.x).max() < 5e-4


def test_driven_stages_go_on_where_they_were(monkeypatch):
    """Between calls, in the middle of a step, with what acts within it."""
    monkeypatch.setattr(calls, "CALL_SECONDS", 1e-6)
    description = described(
        {"a": {"size": 4, "lagrangian": "tanh", "tau": [1.0, 0.1, 0.01, 0.5]}},
        [{"within": "a", "weights": {"normal": {"std": 0.5}}}],
        stimuli=[
            {"neurons": ["a[0]"], "mode": "input", "value": "sin(3*t)"},
            {"neurons": ["a[1]"], "mode": "clamp", "value": "cos(t)"},
        ],
    )
    network = hamsim.compile(description)
    starts = np.random.default_rng(0).normal(size=(3, 4))
    how = {"method": "rodas4", "t_end": 2.0, "record": {"every": 0.5, "what": ["x"]}}
    whole = hamsim.simulate(network, starts, **how)
    for stop in (5, 40, 111):
        told = []

        def tell(progress, told=told, stop=stop):
            told.append(progress)
            if len(told) == stop:
                signal.raise_signal(signal.SIGINT)

        with pytest.raises(hamsim.SimulationInterrupted) as caught:
            hamsim.simulate(network, starts, progress=tell, **how)
        rest = hamsim.simulate(network, caught.value.trace, **how)
        same = np.isin(whole.t, rest.t)
        assert np.array_equal(whole.x[:, same][:, -1], rest.x[:, -1])


def test_one_trial_diverges_and_the_others_go_on():
    network = hamsim.compile(
        described(
            {"a": {"size": 2, "lagrangian": {"kind": "power", "degree": 4}, "tau": 1.0}},
            [{"within": "a", "weights": [[0.0, 1.0], [1.0, 0.0]]}],
        )
    )
    starts = np.array([[0.3, 0.2], [1.5, 1.6]])
    trace = hamsim.simulate(network, starts, method="bdf", t_end=10.0, record=every(1.0))
    assert trace.outcomes == ("finished", "diverged")
    alone = hamsim.simulate(network, starts[0], method="bdf", t_end=10.0, record=every(1.0))
    np.testing.assert_allclose(trace.x[0], alone.x, atol=1e-12)
    assert np.isfinite(trace.x).all()


# --- neurons that follow at once ---------------------------------------------------------------


def coupled(W, symmetric=True, lagrangian="tanh", std=0.5):
    """Moving neurons, and some with tau = 0 that have W among them."""
    rng = np.random.default_rng(5)
    k = len(W)
    groups = {
        "s": {"size": 3 * k, "lagrangian": "tanh", "tau": rng.uniform(0.1, 2, 3 * k)},
        "f": {"size": k, "lagrangian": lagrangian, "tau": 0},
    }
    groups["s"]["initial"] = rng.normal(size=3 * k)
    inside = {"within": "f"} if symmetric else {"from": "f", "to": "f"}
    connections = [
        {"between": ["s", "f"], "weights": rng.normal(0, std, (3 * k, k))},
        {**inside, **matrix(W)},
    ]
    return hamsim.compile(described(groups, connections))


@pytest.mark.parametrize("kind", ["symmetric", "not symmetric", "softmax"])
def test_coupled_neurons_with_tau_zero(kind):
    rng = np.random.default_rng(1)
    W = rng.normal(0, 0.2, (5, 5))
    symmetric = kind != "not symmetric"
    W = (W + W.T) / 2 if symmetric else W + 10 * (W - W.T)
    network = coupled(W, symmetric, "softmax" if kind == "softmax" else "tanh")
    trace = hamsim.simulate(
        network, method="bdf", rtol=1e-6, atol=1e-6, t_end=4.0, record=every(0.5)
    )
    model, f = dense(network), network.tau == 0
    at_rest = hamsim.velocity(network, trace.x)[:, ~f] * network.tau[~f]
    drives = np.array([model.drive(x) - x for x in trace.x])[:, ~f]
    np.testing.assert_allclose(at_rest, drives, atol=1e-11)
    off = trace.x + np.where(f, 1.0, 0.0)  # what is said of those who follow does not matter
    energies = [model.energy(x) for x in trace.x] if symmetric else None
    if symmetric:
        np.testing.assert_allclose(hamsim.energy(network, off).total, energies, atol=1e-11)
    defects = [np.abs(model.drive(x) - x)[f].max() for x in trace.x]
    assert max(defects) < 1e-12
    near = network.replace(tau=np.where(f, 1e-8, network.tau))
    exact = reference(near, trace.t, trace.x[0])
    assert error(trace, exact, 1e-6) < 5.0


def test_coupled_ones_that_may_have_several_states_are_refused():
    for W, lagrangian, why in (
        ([[2.0]], "tanh", "too strong"),
        ([[0.1]], "cubic", "no bound, or it may fall"),
    ):
        with pytest.raises(hamsim.SimulationError, match=why):
            hamsim.simulate(coupled(W, lagrangian=lagrangian), method="bdf")


def test_explicit_methods_say_what_takes_coupled_ones():
    with pytest.raises(hamsim.SimulationError, match=r"bdf.*, which solves for them"):
        hamsim.simulate(coupled([[0.1]]), method="rk4")


def test_equations_are_solved_well_enough_for_steps_to_grow():
    """What is left of equations is not taken for an error that shorter steps would not have."""
    path = Path(__file__).parents[2] / "networks" / "two_hidden.yaml"
    network = hamsim.compile(path, overrides={"groups.classes.tau": 0})
    for rtol in (1e-3, 1e-4, 1e-6):
        trace = hamsim.simulate(network, method="bdf", rtol=rtol, record=None)
        assert set(trace.outcomes) == {"converged"}


@pytest.mark.parametrize("method", ["bdf", "rodas4"])
@pytest.mark.parametrize("kind", ["layers", "coupled"])
def test_trials_that_are_over_leave_the_products_of_the_others(method, kind, monkeypatch):
    rng = np.random.default_rng(3)
    network = layered(1e-2)
    if kind == "coupled":
        tau = 10.0 ** rng.uniform(-2, 0, 25)
        groups = {"a": {"size": 25, "lagrangian": "tanh", "tau": tau}}
        W = {"within": "a", "weights": {"normal": {"std": 0.2}}}
        stimulus = {"group": "a", "mode": "input", "value": 0.5, "stop": 2.0}
        network = hamsim.compile(described(groups, [W], stimuli=[stimulus]))
    rest = hamsim.simulate(network, method="bdf", until=1e-9, t_end=500, record=None).final
    starts = rest + 10.0 ** -np.arange(9)[:, None] * rng.normal(size=(9, network.n_neurons))
    how = {"method": method, "until": 1e-7, "t_end": 60.0, "record": every(1.0, "x", "energy")}
    columns = []

    def leave(self, over, leave=Solver.leave):
        leave(self, over)
        columns.append(self.arrays.current.shape[1])

    monkeypatch.setattr(Solver, "leave", leave)
    monkeypatch.setattr(calls, "CALL_SECONDS", 1e-6)
    fewer = hamsim.simulate(network, starts, **how)
    assert min(columns) < 9
    monkeypatch.setattr(solver, "LEAST_COLUMNS", 9)
    all_along = hamsim.simulate(network, starts, **how)
    assert np.array_equal(fewer.x, all_along.x)
    assert np.array_equal(fewer.energy, all_along.energy)
    assert fewer.stats.products == all_along.stats.products
