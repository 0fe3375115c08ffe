"""What `auto` takes, and why it says so."""

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.special import expit

import hamsim

ROOT = Path(__file__).parents[2]


def network(lagrangian="tanh", tau=1.0, weight=0.5, size=6, **more):
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {
                "size": size,
                "lagrangian": lagrangian,
                "tau": tau,
                "initial": np.linspace(-1, 1, size),
            }
        },
        "connections": [{"within": "a", "weights": weight / size}],
    }
    return hamsim.compile({**spec, **more})


def run(net, t_end=5.0, **how):
    return hamsim.simulate(net, t_end=t_end, record=None, **how).stats


def test_what_is_not_stiff_is_explicit():
    stats = run(network())
    assert stats.method == "tsit5"
    assert stats.why == "not stiff, fastest rate at most 1.42 for a time of 5"
    assert run(network("exponential")).why.startswith("not stiff, fastest rate ")


def test_a_spread_of_time_constants_is_stiff():
    stats = run(network(tau=np.geomspace(1e-6, 1.0, 6)))
    assert stats.method == "bdf"
    assert stats.why.startswith("stiff, fastest rate ")
    assert np.max(stats.products) < 1000


def test_long_runs_are_stiff_and_short_ones_are_not():
    net = network()
    assert run(net, 2000.0).method == "bdf"
    assert run(net, 1.0).method == "tsit5"


def test_what_is_stiff_depends_on_the_digits():
    net = network()
    assert run(net, 250.0, rtol=1e-3).why.startswith("stiff, fastest rate ")
    assert run(net, 60.0, rtol=1e-3).method == "tsit5"
    assert run(net, 250.0, rtol=1e-9).why.endswith("bdf took over from dop853")
    assert run(net, 500.0, rtol=1e-9).why.startswith("stiff, fastest rate ")


def test_many_digits_of_smooth_networks_are_for_high_orders():
    assert run(network(), rtol=1e-6).method == "tsit5"
    assert run(network(), rtol=1e-7).method == "dop853"


def test_slopes_that_jump_are_for_low_orders():
    stats = run(network("relu"))
    assert stats.method == "bs32"
    assert stats.why.startswith("not stiff, slopes of a jump, fastest rate ")
    assert run(network("relu"), rtol=1e-7).method == "tsit5"
    assert run(network("relu"), rtol=1e-9).method == "tsit5"
    # Silent neurons may wake up and be stiff: somebody is needed who notices that.
    silent = {"size": 6, "lagrangian": "relu", "initial": -1.0, "input": -1.0}
    steep = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": silent},
            "connections": [{"within": "a", "weights": -100.0}],
        }
    )
    assert run(steep).method == "tsit5"


def test_jumps_have_fixed_steps_unless_somebody_asks_for_a_tolerance():
    stats = run(network("step"))
    assert stats.method == "rk4"
    assert stats.dt > 0
    assert stats.why == "activations of a jump, where chosen steps would crowd"
    assert run(network("step"), t_end=0.1, rtol=1e-3).method == "bs32"


def test_noise_and_delays_have_methods_of_their_own():
    noisy = network()
    noisy = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 2, "lagrangian": "tanh", "noise": {"sigma": 0.1}}},
        }
    )
    stats = run(noisy)
    assert (stats.method, stats.why) == ("stochastic_heun", "the network has noise")
    delayed = network(connections=[{"within": "a", "weights": 0.1, "delay": 0.5}])
    stats = run(delayed)
    assert stats.method == "tsit5"
    assert stats.why.startswith("the network has delays; without an energy errors add up")


def test_neurons_that_follow_one_another_at_once_are_solved_for():
    stats = run(network(tau=[1.0, 1.0, 1.0, 1.0, 0.0, 0.0]))
    assert stats.method == "bdf"
    assert stats.why == "neurons with tau = 0 depend on each other"


def test_what_a_run_waits_for_does_not_choose_its_method():
    stats, plain = run(network(), until="mean(a.x) > 10"), run(network())
    assert (stats.method, stats.why) == (plain.method, plain.why)
    assert stats.method in ("tsit5", "bdf")


def test_unequal_time_constants_that_keep_descent_have_fixed_steps():
    group = {"size": 3, "lagrangian": "softmax", "tau": [1.0, 2.0, 3.0]}
    spec = {
        "format": "hamsim/1",
        "groups": {"a": group, "b": {"size": 3, "lagrangian": "identity"}},
        "connections": [{"between": ["a", "b"], "weights": 0.3}],
        "simulation": {"collective_tau": "preserve_energy"},
    }
    stats = run(hamsim.compile(spec))
    assert (stats.method, stats.why[:15]) == ("rk4", "collective_tau:")


@pytest.mark.parametrize("how", [{"dt": 0.01}, {"dt": 0.01, "steps": 10, "t_end": None}])
def test_steps_that_are_given_are_taken(how):
    stats = run(network(), **{"t_end": 1.0, **how})
    assert (stats.method, stats.dt, stats.why) == ("rk4", 0.01, "steps of dt were asked for")


def test_a_file_that_gives_dt_keeps_its_steps():
    stats = run(network(simulation={"dt": 0.05}), 1.0)
    assert (stats.method, stats.steps) == ("rk4", 20)


def test_who_asks_for_an_accuracy_does_not_want_the_steps_of_the_file():
    net = network(simulation={"dt": 0.05, "method": "rk4"})
    assert run(net, 1.0, method="auto", rtol=1e-6).method == "tsit5"
    assert run(net, 1.0, method="auto").method == "rk4"
    with pytest.raises(hamsim.HamsimError, match="rk4 takes fixed steps"):
        run(net, 1.0, rtol=1e-6)


def test_who_asks_for_a_method_is_told_no_reason():
    assert run(network(), method="tsit5").why == ""


@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-9])
def test_errors_that_add_up_along_a_cycle_stay_within_what_was_asked_for(rtol):
    """Wilson and Cowan's oscillator over eight periods, against another program."""
    oscillator = hamsim.compile(ROOT / "networks" / "wilson_cowan.yaml")
    W, start, end = oscillator.W.toarray(), oscillator.initial, 300.0
    signs = np.array([1.0, -1.0])

    def velocity(t, x):
        return (W @ expit(np.array([1.3, 2.0]) * x) + oscillator.input - x) / oscillator.tau

    times = np.linspace(0.0, end, 61)
    how = {"method": "DOP853", "rtol": 1e-13, "atol": 1e-13, "t_eval": times}
    exact, moved = (
        solve_ivp(velocity, (0.0, end), x, **how).y.T for x in (start, start + 1e-6 * signs)
    )
    growth = max(1.0, np.abs(moved - exact).max() / 1e-6)
    record = {"every": 5.0, "what": ["x"]}

    def off(method):
        """Largest error, in units of what may be left."""
        asked = {"method": method, "t_end": end, "rtol": rtol, "record": record}
        trace = hamsim.simulate(oscillator, **asked)
        error = np.abs(trace.x - exact) / (rtol * (0.01 + np.abs(exact)))
        return error.max() / (5.0 * growth), trace

    error, trace = off("auto")
    assert error <= 1.0
    assert off("tsit5")[0] > 1.0
    assert trace.outcome.kind == "cycle"
    half = hamsim.simulate(oscillator, method="auto", t_end=137.0, rtol=rtol)
    rest = hamsim.simulate(oscillator, half, t_end=end, record=record)
    assert rest.stats.why.endswith("steps keep 0.02 rtol")
    assert np.abs(rest.x[-1] - exact[-1]).max() <= 5.0 * growth * rtol * (
        1 + np.abs(exact[-1]).max()
    )


def test_changes_of_stimuli_cut_a_run_into_short_ones():
    """Implicit methods begin anew at each of them."""
    stimuli = [
        {"group": "a", "mode": "input", "value": 1.0, "start": k, "stop": k + 0.5}
        for k in range(1, 800)
    ]
    assert run(network(), 800.0).method == "bdf"
    assert run(network(stimuli=stimuli), 800.0).method == "tsit5"


def test_nobody_steps_over_a_stimulus():
    """A pulse of 0.02 tau, whatever the first step; the neurons are linear."""
    pulse = {"group": "a", "mode": "input", "value": 5.0, "start": 5.003, "stop": 5.023}
    net = network("identity", stimuli=[pulse])
    A = net.W.toarray() - np.eye(6)
    force = 5.0 * np.ones(6)
    rest = np.linalg.solve(A, -force)
    x = expm(5.003 * A) @ net.initial
    x = rest + expm(0.02 * A) @ (x - rest)
    x = expm((8.0 - 5.023) * A) @ x
    for rtol in (1e-3, 1e-6, 1e-9):
        trace = hamsim.simulate(net, t_end=8.0, rtol=rtol, record=None)
        error = np.abs(trace.final - x) / (rtol * (0.01 + np.abs(x)))
        assert error.max() < 10.0


def test_the_default_of_a_new_file_has_four_digits():
    net = network("identity", tau=np.geomspace(0.01, 1.0, 6))
    rates = (net.W.toarray() - np.eye(6)) / net.tau[:, None]
    trace = hamsim.simulate(net, record={"every": 1.0})
    exact = np.array([expm(t * rates) @ net.initial for t in trace.t])
    assert trace.t[-1] == 100.0
    assert np.all(np.abs(trace.x - exact) <= 5e-4 * (0.01 + np.abs(exact)))


def test_rises_that_steps_may_be_off_by_are_told_as_that():
    """Near rest steps at the border of stability hover, and the energy with them."""
    rng = np.random.default_rng(0)
    half = rng.normal(size=(8, 8))
    net = network(
        size=8, connections=[{"within": "a", "weights": half + half.T, "self_connections": True}]
    )
    seen = hamsim.simulate(net, method="tsit5", rtol=1e-2, t_end=60.0).stats.energy
    assert seen.rises > 0
    assert 0 < seen.total_rise < seen.allowed
    assert seen.within_error
    assert not seen.rose
    fixed = hamsim.simulate(net, method="rk4", t_end=60.0).stats.energy
    assert (fixed.allowed, fixed.rose) == (0.0, fixed.rises > 0)


def test_rises_of_a_network_without_descent_are_none_of_these():
    """Neurons that share a softmax and have unequal time constants go round."""
    net = hamsim.load(ROOT / "networks" / "softmax_oscillation.yaml", {"simulation.dt": "auto"})
    stats = hamsim.simulate(net, method="auto", t_end=100.0).stats
    assert stats.dt is None
    assert stats.energy.total_rise > 100 * stats.energy.allowed
    assert stats.energy.rose
    assert not stats.energy.within_error
