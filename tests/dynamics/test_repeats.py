"""States that repeat with a period of two steps are told, and nothing else is taken for them."""

import numpy as np
import pytest

import hamsim
from hamsim.dynamics.watching.repeats import Repeats


def network(W, lagrangian, initial, tau=1.0, current=0.0):
    W = np.atleast_2d(W).tolist()
    group = {"size": len(W), "lagrangian": lagrangian, "tau": tau, "input": current}
    return {
        "format": "hamsim/1",
        "groups": {"s": {**group, "initial": initial}},
        "connections": [{"within": "s", "weights": W, "self_connections": True}],
    }


def pair(lagrangian="sign", weight=-1.0, initial=(-1.0, -1.0)):
    return network([[0.0, weight], [weight, 0.0]], lagrangian, list(initial))


def random_sign_networks(count):
    rng = np.random.default_rng(7)
    for _ in range(count):
        n = int(rng.integers(3, 12))
        W = rng.normal(size=(n, n)) + rng.choice([0.0, -0.5])
        W = np.triu(W, 1)
        yield W + W.T, rng.normal(size=n)


def slow_period(W, x, steps):
    """Period of x <- W sign(x), from all its states."""
    states = [x]
    for _ in range(steps):
        states.append(sum(W[:, j] * np.sign(states[-1][j]) for j in range(x.size)))
    for period in range(1, steps):
        if np.allclose(states[-1], states[-1 - period], rtol=1e-12):
            return period
    raise AssertionError("no period")


def test_forty_sign_networks_end_as_the_oracle_says():
    found = []
    for W, x in random_sign_networks(40):
        period = slow_period(W, x, 60)
        spec = network(W, "sign", x.tolist())
        for record in ("auto", None):
            trace = hamsim.simulate(spec, method="euler", dt=1, steps=60, record=record)
            assert (trace.outcome == "alternating") == (period == 2)
            assert ("two states" in str(trace.outcome)) == (period == 2)
            assert any("period of two" in note for note in trace.stats.notes) == (period == 2)
        until = hamsim.simulate(spec, method="euler", dt=1, t_end=60, until=1e-9)
        assert until.outcome == ("alternating" if period == 2 else "converged")
        found.append(period)
    assert set(found) == {1, 2}
    assert found.count(2) >= 5


def test_a_cycle_of_two_states_is_told_in_outcome_and_notes():
    trace = hamsim.simulate(pair(), method="euler", dt=1, steps=20)
    assert trace.outcome == "alternating"
    assert trace.outcomes == ("alternating",)
    assert str(trace.outcome) == "finished at t = 20: alternates between two states, residual 2"
    assert trace.stats.notes == (
        "the states repeat with a period of two steps, because all neurons step at once; shorter "
        "steps may come to rest",
    )
    asked = hamsim.simulate(pair(), method="euler", dt=1, t_end=20, until=1e-6)
    assert str(asked.outcome).endswith("residual 2, above the 1e-06 asked for")


@pytest.mark.parametrize("steps", [2, 3, 4, 5, 6, 7, 100])
@pytest.mark.parametrize("record", ["auto", None])
def test_however_short_the_run(steps, record):
    trace = hamsim.simulate(pair(), method="euler", dt=1, steps=steps, record=record)
    assert trace.outcome == "alternating"
    assert trace.stats.steps == steps
    assert hamsim.simulate(pair(), method="euler", dt=1, steps=1).outcome == "finished"
    assert hamsim.simulate(pair(), method="euler", dt=1, steps=0).outcome == "finished"


@pytest.mark.parametrize(
    ("lagrangian", "weight", "initial"),
    [
        ("step", -1.0, (-1.0, -1.0)),
        ({"kind": "tanh", "beta": 3.0}, -1.0, (0.4, 0.4)),
        ("hard_tanh", -2.0, (0.3, 0.3)),
        ("identity", -1.0, (0.3, 0.4)),
    ],
)
def test_other_activations(lagrangian, weight, initial):
    spec = pair(lagrangian, weight, initial)
    if lagrangian == "step":
        spec["groups"]["s"]["input"] = 0.5
    trace = hamsim.simulate(spec, method="euler", dt=1, steps=400)
    assert trace.outcome == "alternating"
    assert np.allclose(trace.x[-1], trace.x[-3], rtol=1e-12)
    assert not np.allclose(trace.x[-1], trace.x[-2], rtol=0.1)


@pytest.mark.parametrize("method", ["heun", "rk4"])
def test_other_methods_whose_steps_are_too_long(method):
    """Too long a step makes x = 1, the rest state of 2 tanh, a cycle or worse; both are no rest."""
    spec = network([[-30.0]], {"kind": "tanh", "beta": 2.0}, [0.4])
    trace = hamsim.simulate(spec, method=method, dt=0.9, steps=3000)
    alternates = bool(
        np.allclose(trace.x[-1], trace.x[-3], rtol=1e-10)
        and not np.allclose(trace.x[-1], trace.x[-2], rtol=1e-3)
    )
    assert (trace.outcome == "alternating") == alternates


def test_each_trial_for_itself():
    starts = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0]]
    trace = hamsim.simulate(pair(), starts, method="euler", dt=1, steps=9)
    assert trace.outcomes == ("alternating", "finished", "alternating")
    assert trace.outcome == "alternating"
    assert "2 trials alternate between two states" in str(trace.outcome)
    assert trace.stats.notes[0].startswith("the states of 2 of 3 trials repeat")
    asked = hamsim.simulate(pair(), starts, method="euler", dt=1, t_end=9, until=1e-6)
    assert asked.outcomes == ("alternating", "converged", "alternating")
    one = hamsim.simulate(pair(), starts[:1], method="euler", dt=1, steps=9)
    assert "1 trial alternates between two states" in str(one.outcome)


@pytest.mark.parametrize("weight", [-0.5, -0.9, -0.99, -0.9999, -1 + 1e-7])
@pytest.mark.parametrize("until", [None, 1e-6, 1e-3])
@pytest.mark.parametrize("current", [0.0, 1.0, 1e6])
def test_an_alternation_that_dies_out_is_no_cycle(weight, until, current):
    spec = network([[weight]], "identity", [1.0 + current / 2], current=current)
    for t_end in (10, 51, 1000, 3000):
        trace = hamsim.simulate(spec, method="euler", dt=1, t_end=t_end, until=until)
        assert trace.outcome != "alternating"


@pytest.mark.parametrize("t_end", [20, 1000, 20_000])
@pytest.mark.parametrize("until", [None, 1e-4, 1e-6])
def test_nor_is_one_that_dies_out_ever_more_slowly(t_end, until):
    """At the threshold x <- -tanh(x) falls like 1 / sqrt(t)."""
    spec = network([[-1.0]], "tanh", [1.0])
    trace = hamsim.simulate(spec, method="euler", dt=1, t_end=t_end, until=until)
    assert trace.outcome == "finished"
    assert trace.x[-1, 0] * trace.x[-2, 0] < 0


def test_a_cycle_that_is_approached_is_told_below_the_tolerance():
    """x <- -tanh(1.02 x) comes to its cycle slowly, so that states repeat to rounding very late."""
    spec = network([[-1.0]], {"kind": "tanh", "beta": 1.02}, [1.0])
    early = hamsim.simulate(spec, method="euler", dt=1, t_end=100, until=1e-6)
    late = hamsim.simulate(spec, method="euler", dt=1, t_end=400, until=1e-6)
    exact = hamsim.simulate(spec, method="euler", dt=1, t_end=400)
    exacter = hamsim.simulate(spec, method="euler", dt=1, t_end=2000)
    kinds = [trace.outcome.kind for trace in (early, late, exact, exacter)]
    assert kinds == ["finished", "alternating", "finished", "alternating"]


def test_rest_states_are_no_cycles():
    rest = hamsim.simulate(pair(initial=(1.0, -1.0)), method="euler", dt=1, steps=20)
    assert rest.outcome == "finished"
    for seed in range(20):
        rng = np.random.default_rng(seed)
        W = rng.normal(0, 0.3, (6, 6))
        spec = network(W + W.T, "tanh", rng.normal(size=6).tolist(), current=1.0)
        for dt in (0.1, 0.7, 1.0):
            trace = hamsim.simulate(spec, method="euler", dt=dt, steps=3000, record=None)
            if trace.stats.residual < 1e-9:  # at rest but for rounding
                assert trace.outcome == "finished"


def test_rounding_that_alternates_is_no_cycle():
    last = np.array([[1.0, 1.0], [1e-17, 2.0]])
    repeats = Repeats(1e-9)
    for left in (4, 2, 0):
        repeats.look(left, last)
    repeats.look(1, last * (1 + 4e-16))
    assert repeats.found().tolist() == [False, False]
    repeats.look(1, last * (1 + 4e-16) + np.array([[0.0, 0.0], [0.0, 1e-3]]))
    assert repeats.found().tolist() == [False, True]


def test_small_neurons_count_beside_large_ones():
    spec = network([[0.0, 0.0], [0.0, -1.0]], "identity", [1e6, 1e-3], current=[1e6, 0.0])
    assert hamsim.simulate(spec, method="euler", dt=1, steps=20).outcome == "alternating"


def test_a_cycle_that_a_stimulus_ends_is_not_told():
    spec = pair()
    spec["stimuli"] = [{"group": "s", "mode": "clamp", "value": [1, -1], "start": 10, "stop": 11}]
    assert hamsim.simulate(spec, method="euler", dt=1, steps=10).outcome == "alternating"
    assert hamsim.simulate(spec, method="euler", dt=1, steps=30).outcome == "finished"


def test_neurons_that_follow_at_once_alternate_too():
    spec = {
        "format": "hamsim/1",
        "groups": {
            "v": {"size": 2, "lagrangian": "sign", "initial": [-2, -2]},
            "h": {"size": 1, "lagrangian": "identity", "tau": 0, "initial": 77.0},
        },
        "connections": [
            {"from": "v", "to": "h", "weights": 1},
            {"from": "h", "to": "v", "weights": -1},
        ],
    }
    for steps in (2, 4, 9):
        trace = hamsim.simulate(spec, method="euler", dt=1, steps=steps)
        assert trace.outcome == "alternating"


def test_the_last_looks_change_no_bit():
    """Nor do they where the run takes many calls."""
    rng = np.random.default_rng(3)
    W = rng.normal(size=(5, 5))
    spec = network(W + W.T, "tanh", rng.normal(size=5).tolist())
    whole = hamsim.simulate(spec, method="rk4", dt=0.1, steps=40)
    for steps in range(7):
        assert np.array_equal(
            hamsim.simulate(spec, method="rk4", dt=0.1, steps=steps).x, whole.x[: steps + 1]
        )
