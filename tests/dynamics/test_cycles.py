"""Limit cycles are told with their period, and nothing else is taken for one."""

import functools
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import hamsim
from hamsim.dynamics.watching.orbits import find_cycle, may_go_round

NETWORKS = Path(__file__).parents[2] / "networks"


def turn(damping):
    return lambda x: np.array([[-damping, 1.0], [-1.0, -damping]]) @ x


def hopf(x):
    return np.array([x[1], -x[0]]) + 0.02 * x * (1 - x @ x)


def van_der_pol(x):
    return np.array([x[1], (1 - x[0] ** 2) * x[1] - x[0]])


def lorenz(x):
    return np.array([10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]])


def torus(x):
    return np.array([x[1], -x[0], np.sqrt(2) * x[3], -np.sqrt(2) * x[2]])


@pytest.mark.parametrize(
    ("velocity", "x", "span", "period", "amplitude"),
    [
        (van_der_pol, [2.0, 0.0], 100, 6.663286859323, 2.678438),
        (hopf, [1.003, 0.0], 100, 2 * np.pi, 1.0),
        (turn(0.0), [0.6, 0.8], 100, 2 * np.pi, 1.0),
    ],
)
def test_cycles_of_known_period_are_found(velocity, x, span, period, amplitude):
    found = find_cycle(velocity, np.array(x), span)
    assert found.period == pytest.approx(period, rel=1e-7)
    assert found.amplitude == pytest.approx(amplitude, rel=4e-3)


@pytest.mark.parametrize("damping", [0.1, 1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize("way", [1, -1])
def test_spirals_are_none_however_slow(damping, way):
    assert find_cycle(turn(way * damping), np.array([1.0, 0.0]), 100) is None


@pytest.mark.parametrize(
    ("velocity", "x"),
    [
        (lambda x: np.array([x[1], -x[0]]) - 0.01 * x * (x @ x), [1.0, 0.0]),
        (hopf, [1.3, 0.0]),  # still on its way
        (lorenz, [-5.8, -7.8, 20.0]),
        (torus, [1.0, 0.0, 1.0, 0.0]),
        (lambda x: -x, [1.0, 2.0]),
        (lambda x: 0.0 * x, [1.0, 2.0]),
        (lambda x: 1.0 + 0.0 * x, [1.0, 2.0]),
        (lambda x: x * x, [1.0, 2.0]),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
def test_what_does_not_come_back_is_none(velocity, x):
    assert find_cycle(velocity, np.array(x), 100, most=5000) is None


def test_a_cycle_of_which_three_rounds_do_not_fit_is_not_told():
    assert find_cycle(turn(0.0), np.array([1.0, 0.0]), 18.0) is None


# --- networks ----------------------------------------------------------------------------------

CIRCUIT = {
    "format": "hamsim/1",
    "groups": {
        "exc": {"size": 1, "lagrangian": "tanh", "tau": 1.0, "initial": 0.4},
        "inh": {"size": 1, "lagrangian": "identity", "tau": 2.0},
    },
    "connections": [
        {"within": "exc", "weights": 3.0, "self_connections": True},
        {"from": "exc", "to": "inh", "weights": 2.0},
        {"from": "inh", "to": "exc", "weights": -2.0},
    ],
}


@functools.cache
def slow_period(t_end):
    """Period of the circuit by another integrator, from crossings of its last state."""

    def velocity(t, x):
        return [3 * np.tanh(x[0]) - 2 * x[1] - x[0], (2 * np.tanh(x[0]) - x[1]) / 2]

    def up(t, x):
        return x[0]

    up.direction = 1
    found = solve_ivp(
        velocity, (0, t_end), [0.4, 0], "DOP853", events=up, rtol=1e-9, atol=1e-11, max_step=0.2
    )
    last = found.y[:, found.t > t_end - 20]
    return np.diff(found.t_events[0])[-1], np.max(np.ptp(last, axis=1)) / 2


@pytest.mark.parametrize("method", ["rk4", "heun", "tsit5"])
@pytest.mark.parametrize("record", [None, {"every": 7.0}], ids=["last", "sparse"])
def test_a_circuit_goes_round_whatever_is_recorded(method, record, tmp_path):
    period, amplitude = slow_period(150)
    trace = hamsim.simulate(CIRCUIT, t_end=150, method=method, record=record)
    assert trace.outcome == "cycle"
    assert trace.outcomes == ("cycle",)
    assert trace.outcome.periods == pytest.approx((period,), rel=1e-6)
    assert trace.outcome.amplitudes == pytest.approx((amplitude,), rel=4e-3)
    assert "goes round with period 7.76" in str(trace.outcome)
    trace.save(tmp_path / "t.nc")
    again = hamsim.load_trace(tmp_path / "t.nc").outcome
    assert again.periods == trace.outcome.periods
    assert str(again) == str(trace.outcome)


def test_each_trial_has_its_own_word():
    starts = np.array([[0.4, 0.0], [0.0, 0.0], [3.0, 1.0]])
    trace = hamsim.simulate(CIRCUIT, starts, method="rk4", t_end=150, until=1e-9)
    assert trace.outcomes == ("cycle", "converged", "cycle")
    assert trace.outcome == "cycle"
    assert trace.outcome.periods[1] is None
    assert "2 trials go round with period" in str(trace.outcome)
    last = hamsim.simulate(CIRCUIT, trace, t_end=160)
    whole = hamsim.simulate(CIRCUIT, starts, method="rk4", t_end=160)
    assert np.array_equal(last.state.x, whole.state.x)  # following it has moved nothing
    assert np.array_equal(last.x[:, -1], whole.x[:, -1])


@pytest.mark.parametrize(
    "change",
    [
        {"groups.inh.tau": 0.2},  # inhibition that is fast: it comes to rest
        {"groups.exc.input": "sin(0.9*t)"},  # driven
        {"groups.exc.noise": {"sigma": 0.01}},
    ],
)
def test_circuits_of_which_no_cycle_is_told(change):
    network = hamsim.compile(CIRCUIT, overrides=change)
    trace = hamsim.simulate(network, t_end=40, dt=0.05)
    assert trace.outcome == "finished"
    assert trace.outcome.periods == ()


@pytest.mark.parametrize(
    ("name", "period"), [("wilson_cowan", 39.4005), ("softmax_oscillation", 28.5)]
)
def test_examples_that_oscillate_do_so(name, period):
    trace = hamsim.simulate(NETWORKS / f"{name}.yaml", record=None)
    assert trace.outcome == "cycle"
    assert trace.outcome.periods[0] == pytest.approx(period, rel=1e-5)


def test_networks_with_an_energy_are_not_asked():
    network = hamsim.compile({**CIRCUIT, "connections": CIRCUIT["connections"][:1]})
    assert not may_go_round(network)
    assert may_go_round(hamsim.compile(CIRCUIT))
    assert may_go_round(hamsim.compile(NETWORKS / "softmax_oscillation.yaml"))


def test_weights_that_rows_times_numbers_make_symmetric_have_an_energy():
    """As the circuit of C. elegans, of which the conductances are symmetric and the rates not."""
    assert not may_go_round(hamsim.compile(NETWORKS / "c_elegans.yaml"))
    groups = {name: {"size": 1, "lagrangian": "tanh"} for name in "ab"}
    for back, goes in ((0.7, False), (-0.7, True)):
        ways = [
            {"from": "a", "to": "b", "weights": 2.0},
            {"from": "b", "to": "a", "weights": back},
        ]
        spec = {"format": "hamsim/1", "groups": groups, "connections": ways}
        assert may_go_round(hamsim.compile(spec)) is goes


def test_neurons_that_share_a_lagrangian_need_one_number_for_all_of_them():
    groups = {
        "a": {"size": 2, "lagrangian": {"kind": "softmax", "beta": 2.0}},
        "b": {"size": 1, "lagrangian": "tanh"},
    }
    for to_a, goes in (([[2.0], [2.0]], False), ([[2.0], [1.0]], True)):
        ways = [
            {"from": "a", "to": "b", "weights": [[0.5, 0.5]]},
            {"from": "b", "to": "a", "weights": to_a},
        ]
        spec = {"format": "hamsim/1", "groups": groups, "connections": ways}
        assert may_go_round(hamsim.compile(spec)) is goes
