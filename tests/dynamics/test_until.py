"""A run ends when what it was asked to wait for has come, and says which."""

import numpy as np
import pytest

import hamsim
from hamsim.criterion import Criterion
from hamsim.errors import ExpressionError

# x' = (target - x) / tau: x(t) = 1 - exp(-t / tau).
DECAY = {
    "format": "hamsim/1",
    "groups": {
        "a": {"size": 2, "lagrangian": "identity", "tau": [1.0, 2.0], "input": 1.0},
        "b": {"neurons": ["left", "right"], "lagrangian": "tanh", "input": -1.0},
    },
}
HOW = {"method": "rk4", "dt": 0.01, "t_end": 30.0}


def decay(t):
    return 1 - np.exp(-t / np.array([1.0, 2.0]))


@pytest.mark.parametrize("record", [None, {}, {"every": 0.25}], ids=["last", "each", "every"])
def test_an_expression_ends_a_run_at_the_first_look_at_which_it_holds(record):
    trace = hamsim.simulate(DECAY, until="mean(a.x) > 0.5 and t >= 0.5", record=record, **HOW)
    step = 0.25 if record and "every" in record else 0.01
    times = np.arange(1, 3000) * step
    first = next(t for t in times if decay(t).mean() > 0.5 and t >= 0.5 - 1e-12)
    assert trace.t[-1] == pytest.approx(first, abs=1e-9)
    assert trace.outcome == "finished"
    told = f"finished at t = {first:g}: mean(a.x) > 0.5 and t >= 0.5, residual"
    assert str(trace.outcome).startswith(told)
    assert trace.state.t == trace.t[-1]


def test_conditions_are_what_numpy_says_of_the_records():
    what = ("x", "g", "energy", "residual")
    whole = hamsim.simulate(DECAY, record={"what": what}, **HOW)
    b_g = whole.of("b", "g")
    for text, holds in (
        ("b.left.x < -0.5", whole.of("b.left") < -0.5),
        ("energy < -1.2 or residual <= 0.3", (whole.energy < -1.2) | (whole.residual <= 0.3)),
        ("not max(abs(b.g)) < 0.4", ~(np.abs(b_g).max(axis=1) < 0.4)),
        ("std(x) > 0.4", whole.x.std(axis=1) > 0.4),
        ("min(a.x - b.x) > 1", (whole.of("a") - whole.of("b")).min(axis=1) > 1),
        ("sum(g[:] if False else g) > 9", None),
        ("0.3 < mean((x - mean(x)) ** 2) <= 0.4", None),
        ("min(a[0].x, 0.7) >= 0.7", np.minimum(whole.of("a[0]"), 0.7) >= 0.7),
    ):
        if "if" in text:
            with pytest.raises(hamsim.SimulationError, match="is not a"):
                hamsim.simulate(DECAY, until=text, **HOW)
            continue
        if holds is None:
            spread = whole.x.var(axis=1)
            holds = (spread > 0.3) & (spread <= 0.4)
        trace = hamsim.simulate(DECAY, until={"expression": text}, record={"what": what}, **HOW)
        assert trace.t[-1] == whole.t[np.flatnonzero(holds)[0]], text
        assert np.array_equal(trace.x, whole.x[: trace.t.size])


def test_all_trials_must_meet_it():
    starts = np.array([[0.0, 0, 0, 0], [-4.0, 0, 0, 0]])
    trace = hamsim.simulate(DECAY, starts, until="a[0].x > 0.5", **HOW)
    assert trace.t[-1] == pytest.approx(np.log(10), abs=0.01)
    assert trace.outcomes == ("finished", "finished")


@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
@pytest.mark.parametrize("every", [None, 0.2])
def test_the_rate_of_the_energy_means_the_same_for_all_methods(method, every):
    most = 1e-3
    network = hamsim.compile({**DECAY, "groups": {"a": DECAY["groups"]["a"]}})
    how = {**HOW, "method": method, "record": {"every": every}}
    trace = hamsim.simulate(network, until={"energy": most}, **how)
    assert trace.outcome == "converged"
    assert "the energy changes by 0.000" in str(trace.outcome)
    # E = sum x^2/2 - x, so that dE/dt = -sum (1 - x)^2 / tau = -sum exp(-2 t / tau) / tau.
    t = np.linspace(0, 20, 20_001)
    rate = np.exp(-2 * t) + np.exp(-t) / 2
    assert trace.t[-1] == pytest.approx(t[np.argmax(rate <= most)], abs=every or 0.05)


def test_energy_and_residual_wait_for_the_last_stimulus():
    late = {**DECAY, "stimuli": [{"group": "a", "mode": "input", "value": 1.0, "start": 25.0}]}
    trace = hamsim.simulate(late, until={"energy": 1e-3}, record={"every": 0.5}, **HOW)
    assert trace.t[-1] > 25
    soon = hamsim.simulate(late, until="t > 3", record={"every": 0.5}, **HOW)
    assert soon.t[-1] == 3.5


def test_time_is_an_end_among_others():
    assert hamsim.simulate(DECAY, until={"time": 3.0}, dt=0.1).t[-1] == 3.0
    assert hamsim.simulate(DECAY, until={"time": 3.0}, **HOW).outcome == "finished"
    assert hamsim.simulate(DECAY, until={"time": 3.0}, dt=0.1, t_end=2.0).t[-1] == 2.0
    assert hamsim.simulate(DECAY, until={"time": 3.0}, dt=0.1, steps=50).stats.steps == 30
    first = hamsim.simulate(DECAY, until={"time": 3.0, "residual": 0.5}, **HOW)
    assert first.outcome == "converged"
    assert first.t[-1] == pytest.approx(2 * np.log(2), abs=0.01)


def test_the_wall_clock_interrupts_a_run_that_can_go_on():
    trace = hamsim.simulate(DECAY, dt=1e-4, t_end=1e9, until={"wall": 0.3}, record=None)
    assert trace.outcome == "interrupted"
    assert "the 0.3 s of the wall clock are over" in str(trace.outcome)
    assert 0.3 <= trace.stats.seconds < 5
    on = hamsim.simulate(DECAY, trace, steps=10, until={"wall": "5m"})
    assert on.outcome == "finished"
    assert on.stats.steps == 10


def test_a_run_that_is_cut_ends_at_the_same_look():
    for until in ({"energy": 0.02}, "mean(a.x) > 0.8"):
        for every in (None, 0.35):
            how = {**HOW, "until": until, "record": {"every": every}}
            whole = hamsim.simulate(DECAY, **how)
            assert whole.t[-1] < 20
            for cut in (0.05, 0.71, 1.4):
                first = hamsim.simulate(DECAY, **{**how, "until": None, "t_end": cut})
                last = hamsim.simulate(DECAY, first, until=until, t_end=30.0)
                assert last.t[-1] == whole.t[-1]
                assert np.array_equal(last.state.x, whole.state.x)


@pytest.mark.parametrize(
    ("until", "message"),
    [
        ({"energie": 1}, "until has no key 'energie'; did you mean 'energy'?"),
        ({"energy": -1}, "until energy is -1; it must be a finite number above 0"),
        ({"wall": "soon"}, "until wall is 'soon'; it must be a time such as 60s, 5m or 2h"),
        ("x > 1", "until expression: x is 4 numbers; make one of them, as by mean(x) or max(x)"),
        ("mean(c.x) > 1", "until expression: no group or neuron 'c'"),
        ("foo > 1", "until expression: unknown name 'foo'; allowed: t, energy"),
        ("t", "until expression: 't' is not a condition; write as in mean(pixels.g) > 0.9"),
        ("t == 3", "until expression: 't == 3' is not a condition"),
        ("open('f') > 1", "until expression: unknown function 'open'"),
        ("mean(a.x, 3) > 1", "until expression: mean() takes 1 argument(s), got 2"),
        ("mean(a.x - x) > 1", "until expression: a.x and x are 2 and 4 numbers: not as many"),
        ({"expression": 3}, "until expression is 3; it must be text"),
        ([], "until residual is []; it must be a finite number above 0"),
    ],
)
def test_mistakes_are_one_line(until, message):
    with pytest.raises(hamsim.SimulationError) as caught:
        hamsim.simulate(DECAY, until=until, **HOW)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_says_the_same(tmp_path):
    until = {"energy": 1e-5, "wall": "5m", "expression": "mean(a.x)   > 0.5"}
    spec = hamsim.load({**DECAY, "simulation": {"until": until}})
    text = hamsim.dump(spec)
    path = tmp_path / "net.yaml"
    path.write_text(text)
    assert hamsim.load(path).simulation.until == spec.simulation.until
    network = hamsim.compile(path)
    assert network.settings.until.to_dict() == {
        "energy": 1e-5,
        "wall": 300.0,
        "expression": "mean(a.x) > 0.5",
    }
    assert "mean(a.x) > 0.5" in str(hamsim.simulate(network, **HOW).outcome)
    assert hamsim.simulate(network, dt=0.1, steps=60).stats.steps == 60
    assert hamsim.simulate(network, until={"residual": 0.3}, **HOW).outcome == "converged"
    lines = text.replace("mean(a.x) > 0.5", "mean(c.x) > 0.5")
    path.write_text(lines)
    number = 1 + next(k for k, line in enumerate(lines.splitlines()) if "c.x" in line)
    with pytest.raises(hamsim.SpecError, match=rf"net\.yaml:{number}:.*no group or neuron 'c'"):
        hamsim.load(path)
    for wrong, told in (
        ({"until": {"wall": "x"}}, "it must be a time such as 60s"),
        ({"until": {"expression": "t +"}}, "is not a condition"),
        ({"until": {}}, "must say residual, energy"),
    ):
        with pytest.raises(hamsim.SpecError, match=told):
            hamsim.load({**DECAY, "simulation": wrong})


def test_what_is_deep_or_long_is_refused():
    for text in ("(" * 80 + "t" + ")" * 80 + " > 1" + " and t > 1" * 200, "not " * 90 + "t > 1"):
        with pytest.raises(ExpressionError):
            Criterion(text)
