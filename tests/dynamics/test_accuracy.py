"""Methods that choose their steps keep what they were asked for, and so does `auto`."""

from itertools import pairwise

import numpy as np
import pytest
from reference import dense
from scipy.integrate import solve_ivp

import hamsim
from hamsim.methods import METHODS

METHODS_THAT_CHOOSE = [name for name, method in METHODS.items() if method.steps == "chosen"]
TOLERANCES = (1e-3, 1e-6, 1e-9)
ATOL = 0.01  # times rtol, as where nobody says
# Errors of steps add up: so many times the tolerance may be left of them.
ALLOWED = 5.0
RECORDS = 20
SMALL = 1e-6


def group(size, lagrangian, rng, **more):
    return {
        "size": size,
        "lagrangian": lagrangian,
        "tau": rng.uniform(0.5, 2.0, size) if isinstance(lagrangian, str) else 0.8,
        "input": rng.normal(0, 0.5, size),
        "initial": rng.normal(size=size),
        **more,
    }


def smooth():
    """Element-wise neurons and a softmax, and a short pulse that somebody might step over."""
    rng = np.random.default_rng(1)
    groups = {"a": group(6, "tanh", rng), "b": group(5, {"kind": "softmax", "beta": 2.0}, rng)}
    connections = [
        {"between": ["a", "b"], "weights": rng.normal(size=(6, 5))},
        {"within": "a", "weights": {"normal": {"std": 0.4}}},
    ]
    stimuli = [{"group": "a", "mode": "input", "value": 5.0, "start": 5.003, "stop": 5.023}]
    return {"groups": groups, "connections": connections, "stimuli": stimuli}, 10.0


def kinked():
    """Neurons that fall silent and wake up: each change is a kink of dx/dt."""
    rng = np.random.default_rng(2)
    groups = {
        "a": group(10, "relu", rng, input=rng.uniform(0.9, 1.1, 10)),
        "b": group(4, {"kind": "soft_threshold", "threshold": 0.3}, rng, tau=0.4),
    }
    connections = [
        {"within": "a", "weights": -0.3},
        {"between": ["a", "b"], "weights": rng.normal(0, 0.2, (10, 4))},
    ]
    return {"groups": groups, "connections": connections}, 12.0


def spread():
    """Linear neurons that are passive, with time constants from 0.01 to 1."""
    rng = np.random.default_rng(3)
    tau = np.geomspace(0.01, 1.0, 8)
    groups = {"a": group(8, "identity", rng, tau=tau)}
    W = rng.normal(size=(8, 8))
    W = 0.8 * (W + W.T) / np.abs(np.linalg.eigvalsh(W + W.T)).max()
    connections = [{"within": "a", "weights": W, "self_connections": True}]
    return {"groups": groups, "connections": connections}, 4.0


def follow(network, start, times):
    """States at times by another program, from one switch of a stimulus to the next."""
    model = dense(network)
    moments = {t for s in network.stimuli for t in (s.start, s.stop) if 0 < t < times[-1]}
    x, found = start, [start]
    for begin, end in pairwise([0.0, *sorted(moments), times[-1]]):
        more = np.zeros(start.size)
        for stimulus in network.stimuli:
            if stimulus.start <= begin < stimulus.stop:
                more[stimulus.neurons] += stimulus.value
        inside = times[(times > begin) & (times <= end)]
        y = solve_ivp(
            lambda _, x, more=more: model.velocity(x) + more / network.tau,
            (begin, end),
            x,
            "DOP853",
            np.unique(np.append(inside, end)),
            rtol=1e-13,
            atol=1e-15,
            max_step=0.5 * network.tau.min(),
        ).y.T
        found += list(y[: inside.size])
        x = y[-1]
    return np.array(found)


@pytest.fixture(scope="module", params=[smooth, kinked, spread], ids=lambda f: f.__name__)
def problem(request):
    spec, end = request.param()
    network = hamsim.compile({"format": "hamsim/1", **spec})
    times = np.arange(RECORDS + 1) * (end / RECORDS)
    exact = follow(network, network.initial, times)
    change = SMALL * np.random.default_rng(0).choice([-1.0, 1.0], network.n_neurons)
    moved = follow(network, network.initial + change, times)
    growth = max(1.0, float(np.abs(moved - exact).max() / SMALL))
    return request.param.__name__, network, end, exact, growth


@pytest.mark.parametrize("method", METHODS_THAT_CHOOSE)
def test_errors_are_what_was_asked_for(problem, method):
    _, network, end, exact, growth = problem
    record = hamsim.Record(every=end / RECORDS, what=("x",))
    for rtol in TOLERANCES:
        trace = hamsim.simulate(network, method=method, t_end=end, rtol=rtol, record=record)
        assert trace.x.shape == exact.shape
        error = np.abs(trace.x - exact) / (rtol * (ATOL + np.abs(exact)))
        assert error.max() <= ALLOWED * growth, f"{error.max() / growth:.3g} at {rtol:g}"
