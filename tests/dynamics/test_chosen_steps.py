"""Runs whose steps are chosen: trials of their own, stimuli, rest, divergence, and what is told."""

import json
import signal

import numpy as np
import pytest
from click.testing import CliRunner
from random_networks import random_description
from reference import dense
from scipy.integrate import solve_ivp

import hamsim
from hamsim.cli.main import cli
from hamsim.dynamics.drivers import calls
from hamsim.dynamics.timeline.span import RECORDS

NAMES = ("bs32", "tsit5", "dop853")


def tanh_network(n=20, std=0.3, seed=3, **more):
    group = {"size": n, "lagrangian": "tanh", "initial": {"normal": {"std": 1.0}}}
    return {
        "format": "hamsim/1",
        "seed": seed,
        "groups": {"a": {**group, **more}},
        "connections": [{"within": "a", "weights": {"normal": {"std": std}}}],
    }


def one_neuron(lagrangian="identity", weight=None, **more):
    loop = {"within": "a", "weights": weight, "self_connections": True}
    return {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": lagrangian, "tau": 1.0, **more}},
        "connections": [] if weight is None else [loop],
    }


def turning(own):
    """Two neurons that follow each other round."""
    loop = {"weights": [[own, 3.0], [-3.0, own]], "self_connections": True}
    return {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "identity", "initial": [1.0, 0.0]}},
        "connections": [{"from": "a", "to": "a", **loop}],
    }


# --- trials ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tsit5", "dop853"])
def test_each_trial_has_steps_of_its_own_as_if_it_were_alone(name):
    network = hamsim.compile(tanh_network())
    starts = np.random.default_rng(1).normal(size=(7, 20)) * np.logspace(-2, 1.5, 7)[:, None]
    how = {"method": name, "t_end": 4.0, "record": {"every": 0.25, "what": ["x", "energy"]}}
    together = hamsim.simulate(network, starts, **how)
    alone = [hamsim.simulate(network, start, **how) for start in starts]
    assert together.stats.products == tuple(trace.stats.products for trace in alone)
    assert len(set(together.stats.products)) > 2
    assert together.stats.steps == sum(trace.stats.steps for trace in alone)
    for k, trace in enumerate(alone):
        np.testing.assert_allclose(together.x[k], trace.x, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(together.energy[k], trace.energy, rtol=1e-9, atol=1e-9)
    # Its bits do not depend on what others do beside it.
    fewer = hamsim.simulate(network, starts[[2, 5, 6]], **how)
    assert np.array_equal(fewer.x, together.x[[2, 5, 6]])


def test_trials_that_rest_are_left_behind_and_keep_their_states():
    network = hamsim.compile(tanh_network())
    starts = np.random.default_rng(1).normal(size=(30, 20)) * np.logspace(-6, 1, 30)[:, None]
    how = {"method": "tsit5", "t_end": 500.0, "until": 1e-6}
    together = hamsim.simulate(network, starts, record={"every": 1.0}, **how)
    alone = [hamsim.simulate(network, start, record={"every": 1.0}, **how) for start in starts]
    assert together.outcome.outcomes == ("converged",) * 30
    work = sum(trace.stats.products for trace in alone)
    assert np.sum(together.stats.products) < 1.2 * work
    last = max(trace.stats.time for trace in alone)
    assert together.stats.time == pytest.approx(last, rel=1e-6)
    for k, trace in enumerate(alone):
        count = trace.t.size - 1
        np.testing.assert_allclose(together.x[k, :count], trace.x[:count], rtol=1e-7, atol=1e-8)
        rest = together.x[k, count + 1 :]
        assert np.array_equal(rest, np.broadcast_to(rest[-1:], rest.shape))
        np.testing.assert_allclose(together.final[k], trace.final, rtol=1e-7, atol=1e-8)
        assert together.energy[k, -1] == pytest.approx(trace.energy[-1], rel=1e-9)
    assert np.isfinite(together.energy).all()
    assert np.array_equal(together.x[:, -1], together.final)


@pytest.mark.parametrize(
    ("layout", "dtype"), [("dense", "float64"), ("dense", "float32"), ("convolution", "float64")]
)
def test_fewer_trials_have_the_room_that_their_weights_need(layout, dtype):
    """Tasks of dense blocks in float32, and of convolutions, have rooms in units of all trials."""
    rng = np.random.default_rng(0)
    spec = tanh_network(40, 0.05)
    if layout == "convolution":
        kernel = {
            "window": 3,
            "stride": 1,
            "kernel": (0.15 * rng.normal(size=(3, 2, 3, 3))).tolist(),
        }
        spec["groups"] = {
            "image": {"shape": [8, 8, 2], "lagrangian": "tanh"},
            "found": {"shape": [6, 6, 3], "lagrangian": "tanh", "tau": 0.5},
        }
        spec["connections"] = [{"between": ["image", "found"], "weights": {"conv2d": kernel}}]
    network = hamsim.compile(spec)
    starts = rng.normal(size=(20, network.n_neurons)) * np.logspace(-6, 1, 20)[:, None]
    how = {"method": "tsit5", "t_end": 300.0, "until": 1e-7, "layout": layout, "dtype": dtype}
    together = hamsim.simulate(network, starts, record={"every": 1.0, "what": "x"}, **how)
    assert together.outcome == "converged"
    assert len(set(together.stats.products)) > 3
    for start, final in zip(starts[::5], together.final[::5], strict=True):
        alone = hamsim.simulate(network, start, record=None, **how)
        np.testing.assert_allclose(final, alone.final, rtol=1e-9, atol=1e-11)


def test_trials_without_times_of_records_get_some_and_are_told():
    network = hamsim.compile(tanh_network())
    trace = hamsim.simulate(network, np.ones((3, 20)), method="tsit5", t_end=2.0)
    assert np.allclose(trace.t, np.linspace(0, 2, RECORDS + 1))
    (note,) = trace.stats.notes
    assert note.startswith("records are 0.02 apart: 3 trials have steps of their own")
    single = hamsim.simulate(network, np.ones(20), method="tsit5", t_end=2.0)
    assert single.stats.notes == ()
    assert single.t.size == single.stats.steps + 1


def test_threads_change_no_bit():
    network = hamsim.compile(
        {
            **tanh_network(400, 0.05),
            "connections": [{"within": "a", "weights": {"normal": {"std": 0.05}}, "density": 0.9}],
        }
    )
    starts = np.random.default_rng(0).normal(size=(12, 400))
    one, two = (
        hamsim.simulate(
            network, starts, method="dop853", t_end=3.0, threads=threads, record={"every": 0.1}
        )
        for threads in (1, 2)
    )
    assert np.array_equal(one.x, two.x)
    assert np.array_equal(one.energy, two.energy)


# --- stimuli -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("first", [None, 0.5, 100.0])
def test_a_short_pulse_is_met_whatever_the_first_step(name, first):
    spec = one_neuron(initial=0.0)
    spec["stimuli"] = [{"group": "a", "value": 40.0, "start": 5.003, "stop": 5.023}]
    trace = hamsim.simulate(
        hamsim.compile(spec), method=name, dt=first, t_end=8.0, rtol=1e-8, atol=1e-8,
        record={"every": 0.5, "what": ["x", "residual"]},
    )  # fmt: skip
    risen = 40.0 * (1 - np.exp(-0.02))
    exact = np.where(trace.t < 5.01, 0.0, risen * np.exp(-(trace.t - 5.023)))
    assert np.abs(trace.x[:, 0] - exact).max() < 1e-7
    assert np.abs(trace.residual - exact).max() < 1e-7


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("trials", [None, 4])
def test_clamps_and_inputs_that_come_and_go(name, trials):
    description = random_description(21, instant=True)
    network = hamsim.compile(description)
    group = network.groups[0]
    description["stimuli"] = [
        {"group": group.name, "mode": "clamp", "value": 0.3, "start": 0.4, "stop": 0.9},
        {"group": group.name, "value": 1.5, "start": 0.2, "stop": 0.6},
    ]
    network = hamsim.compile(description)
    start = np.atleast_2d(network.initial)[0]
    start = start if trials is None else start + 0.1 * np.arange(trials)[:, None]
    how = {"t_end": 1.5, "record": {"every": 0.1, "what": ["x", "g", "energy", "residual"]}}
    found = hamsim.simulate(network, start, method=name, rtol=1e-9, atol=1e-9, **how)
    exact = hamsim.simulate(network, start, method="rk4", dt=1 / 2000, **how)
    for what in how["record"]["what"]:
        one, other = getattr(found, what), getattr(exact, what)
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7, err_msg=what)


def test_what_changes_over_time_is_met():
    spec = one_neuron(initial=0.5)
    spec["stimuli"] = [{"group": "a", "value": "sin(3*t)", "stop": 4.0}]
    for name in NAMES:
        trace = hamsim.simulate(
            hamsim.compile(spec), method=name, t_end=6.0, rtol=1e-8, atol=1e-8,
            record={"every": 0.25, "what": "x"},
        )  # fmt: skip
        exact = solve_ivp(
            lambda t, x: np.sin(3 * t) * (t < 4) - x, (0, 6), [0.5], t_eval=trace.t,
            rtol=1e-11, atol=1e-12, max_step=0.01,
        ).y[0]  # fmt: skip
        assert np.abs(trace.x[:, 0] - exact).max() < 1e-7


# --- rest --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_residual_far_below_the_tolerance_is_reached(name):
    """Steps that keep their error just below the tolerance would let it hover above."""
    network = hamsim.compile(tanh_network(50, 0.2))
    loose = hamsim.simulate(
        network, method=name, t_end=2000.0, until=1e-11, rtol=1e-3, atol=1e-3, record=None
    )
    assert loose.outcome == "converged"
    assert loose.stats.residual <= 1e-11
    tight = hamsim.simulate(
        network, method=name, t_end=2000.0, until=1e-11, rtol=1e-10, atol=1e-10, record=None
    )
    assert np.abs(loose.final - tight.final).max() < 1e-9
    assert loose.stats.products < 1.1 * tight.stats.products


def test_a_run_that_begins_at_rest_takes_no_step():
    trace = hamsim.simulate(
        hamsim.compile(one_neuron(initial=0.0)), method="tsit5", until=1e-9, record={"every": 1}
    )
    assert trace.outcome == "converged"
    assert trace.t.tolist() == [0.0]
    assert (trace.stats.steps, trace.stats.products, trace.stats.shortest) == (0, 1, None)


def test_energy_is_watched_after_each_step_and_its_rises_have_times():
    falling = hamsim.simulate(hamsim.compile(tanh_network()), method="tsit5", t_end=5.0)
    assert not falling.stats.energy.rose
    assert falling.energy[-1] == falling.stats.energy.end
    rising = turning(0.9)
    rising["connections"][0]["weights"][1][0] = -1.0
    seen = hamsim.simulate(hamsim.compile(rising), method="tsit5", t_end=5.0).stats.energy
    trials = hamsim.simulate(
        hamsim.compile(rising), [[0.0, 0.0], [1.0, 0.0]], method="tsit5", t_end=5.0
    ).stats.energy
    assert seen.rose
    assert 0 < seen.first_time <= seen.time <= 5.0
    assert trials.trial == 1
    assert trials.first_time == pytest.approx(seen.first_time)


# --- divergence and Ctrl-C ---------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_state_that_becomes_infinite_in_finite_time(name):
    """x' = x^2 - x from 2 is infinite at ln 2."""
    network = hamsim.compile(one_neuron("cubic", 1.0, initial=2.0))
    trace = hamsim.simulate(network, method=name, t_end=5.0)
    assert trace.outcome == "diverged"
    assert trace.outcome.time == pytest.approx(np.log(2), abs=1e-3)
    assert (trace.outcome.group, trace.outcome.neuron) == ("a", "a[0]")
    assert np.isfinite(trace.x).all()
    assert trace.final[0] > 1e6
    assert trace.stats.residuals == (np.inf,)


def test_growth_beyond_all_numbers_is_divergence():
    network = hamsim.compile(one_neuron("identity", 3.0, initial=1.0))
    trace = hamsim.simulate(network, method="tsit5", t_end=1000.0, record=None)
    assert trace.outcome == "diverged"
    assert trace.outcome.time == pytest.approx(np.log(1.7e308) / 2, rel=0.01)
    assert 1e300 < trace.final[0] < np.inf


def test_others_go_on_when_a_trial_diverges():
    network = hamsim.compile(one_neuron("cubic", 1.0))
    starts = np.array([[0.5], [2.0], [0.9], [1.5]])
    how = {"method": "tsit5", "t_end": 3.0, "record": {"every": 0.25, "what": ["x", "energy"]}}
    trace = hamsim.simulate(network, starts, **how)
    assert trace.outcome.outcomes == ("finished", "diverged", "finished", "diverged")
    assert trace.outcome.trial == 1
    assert trace.t[-1] == 3.0
    assert np.isnan(trace.energy[1, -1])
    alone = hamsim.simulate(network, starts[[0, 2]], **how)
    assert np.array_equal(trace.x[[0, 2]], alone.x)
    assert np.array_equal(trace.energy[[0, 2]], alone.energy)
    assert np.isfinite(trace.x).all()


@pytest.mark.parametrize("name", NAMES)
def test_large_states_are_not_infinite(name):
    network = hamsim.compile(one_neuron("tanh", 0.5, initial=1e300))
    trace = hamsim.simulate(network, method=name, t_end=2.0, rtol=1e-6)
    assert trace.outcome == "finished"
    assert trace.final[0] == pytest.approx(1e300 * np.exp(-2.0), rel=1e-5)


@pytest.mark.parametrize("trials", [None, 3])
def test_an_interrupted_run_keeps_what_it_has(trials):
    network = hamsim.compile(turning(1.0))
    start = np.ones(2) if trials is None else np.ones((trials, 2)) * [[0.1], [1.0], [2.0]]

    def stop(progress):
        if progress.time > 0.0:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(hamsim.SimulationInterrupted) as caught:
        hamsim.simulate(
            network, start, method="tsit5", t_end=1e6, record={"every": 10.0}, progress=stop
        )
    trace = caught.value.trace
    assert trace.outcome == "interrupted"
    assert 0 < trace.outcome.time < 1e6
    assert np.isfinite(trace.x).all()
    assert trace.t[-1] <= trace.outcome.time


@pytest.mark.parametrize("name", ["tsit5", "dop853"])
def test_trials_at_times_of_their_own_go_on_where_they_were(name, monkeypatch):
    monkeypatch.setattr(calls, "FIRST", 0.0)  # so that calls are short at first
    spec = tanh_network()
    spec["stimuli"] = [{"group": "a", "value": 0.5, "start": 0.7, "stop": 3.3}]
    network = hamsim.compile(spec)
    starts = np.random.default_rng(1).normal(size=(9, 20)) * np.logspace(-4, 1, 9)[:, None]
    what = ["x", "energy"]
    how = {"method": name, "t_end": 60.0, "until": 1e-6, "record": {"every": 0.5, "what": what}}
    whole = hamsim.simulate(network, starts, **how)
    apart = 0
    for most in (2, 3, 4, 6):
        told = []

        def stop(progress, told=told, most=most):
            told.append(progress.time)
            if len(told) == most:
                signal.raise_signal(signal.SIGINT)

        with pytest.raises(hamsim.SimulationInterrupted) as caught:
            hamsim.simulate(network, starts, progress=stop, **how)
        begun = caught.value.trace
        apart += np.ptp(begun.state.values.get("adaptive.time", np.zeros(1))) > 0
        rest = hamsim.simulate(network, begun, t_end=60.0)
        same = np.isin(rest.t, whole.t)
        assert same[1:].all()
        at = np.searchsorted(whole.t, rest.t[same])
        assert at.size == np.count_nonzero(whole.t > begun.outcome.time)
        assert np.array_equal(whole.x[:, at], rest.x[:, same])
        assert np.array_equal(whole.energy[:, at], rest.energy[:, same])
        assert np.array_equal(whole.final, rest.final)
        assert rest.outcome == whole.outcome
    assert apart >= 2


# --- what may be asked for, and what is told ---------------------------------------------------


def test_float32_and_records_from_a_time_on():
    network = hamsim.compile(tanh_network())
    exact = hamsim.simulate(network, method="tsit5", t_end=3.0, rtol=1e-8)
    single = hamsim.simulate(network, method="tsit5", t_end=3.0, dtype="float32")
    assert single.x.dtype == np.float32
    assert np.abs(single.final - exact.final).max() < 1e-3
    late = hamsim.simulate(network, method="tsit5", t_end=3.0, record={"every": 0.5, "start": 1.2})
    assert np.allclose(late.t, [1.2, 1.7, 2.2, 2.7, 3.0])
    after = hamsim.simulate(network, method="tsit5", t_end=3.0, record={"start": 1.2})
    assert after.t[0] >= 1.2
    assert after.t[-1] == 3.0
    never = hamsim.simulate(network, method="tsit5", t_end=3.0, record={"start": 4.0})
    assert never.t.tolist() == [3.0]
    assert "the last state is recorded only" in never.stats.notes[0]


def test_neurons_of_a_record_are_those_of_all():
    network = hamsim.compile(tanh_network())
    for what in (["x"], ["x", "energy"]):
        few, every = (
            hamsim.simulate(
                network, np.eye(20)[:3], method="dop853", t_end=1.0,
                record={"every": 0.1, "what": what, "neurons": neurons},
            )
            for neurons in (["a[7]", "a[2:4]"], None)
        )  # fmt: skip
        assert np.array_equal(few.x, every.x[..., few.neurons])


def test_steps_of_a_pair_may_be_told():
    """With dt and steps the method is one of fixed steps."""
    network = hamsim.compile(one_neuron(initial=1.0))
    trace = hamsim.simulate(network, method="tsit5", dt=0.1, steps=10)
    assert np.allclose(trace.t, np.linspace(0, 1, 11))
    assert trace.final[0] == pytest.approx(np.exp(-1), rel=1e-7)
    assert trace.stats.products == trace.stats.evaluations == 61
    chosen = hamsim.simulate(network, method="tsit5", dt=0.1, t_end=1.0)
    assert chosen.stats.notes == ("dt = 0.1 is the first step; tsit5 chooses the others",)
    assert chosen.t[1] == 0.1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"method": "tsit5", "steps": 3}, "steps is given, but tsit5 chooses its steps; give dt"),
        ({"method": "tsit5", "rtol": 0}, "rtol is 0; it must be a finite number above 0"),
        ({"method": "tsit5", "atol": -1}, "atol is -1; it must be"),
        ({"method": "tsit5", "rtol": "much"}, "rtol is 'much'; it must be"),
        ({"method": "tsit5", "rtol": 1e-17}, "rtol is 1e-17; it must be at least 1e-14"),
        ({"method": "euler", "rtol": 1e-3}, "rtol is given, but euler takes fixed steps; bs32"),
        ({"method": "euler", "atol": 1e-3}, "atol is given, but euler takes fixed steps"),
        (
            {"method": "tsit5", "rtol": 1e-3, "dt": 0.1, "steps": 2},
            "rtol is given, but tsit5 takes steps of dt",
        ),
        ({"method": "tsit5", "record": {"every": 1e-12}}, "are 1e+14: too many"),
    ],
)
def test_what_does_not_go_together_is_one_line(asked, words):
    with pytest.raises(hamsim.SimulationError) as caught:
        hamsim.simulate(hamsim.compile(one_neuron()), **asked)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_tolerances_of_a_file_hold_and_come_back(tmp_path):
    spec = one_neuron(initial=1.0)
    spec["simulation"] = {"method": "tsit5", "rtol": 1e-6, "atol": 1e-7, "t_end": 2.0}
    network = hamsim.compile(spec)
    assert (network.settings.rtol, network.settings.atol) == (1e-6, 1e-7)
    by_file = hamsim.simulate(network)
    by_hand = hamsim.simulate(
        hamsim.compile(one_neuron(initial=1.0)), method="tsit5", rtol=1e-6, atol=1e-7, t_end=2.0
    )
    assert np.array_equal(by_file.x, by_hand.x)
    shown = hamsim.compile(hamsim.load(spec)).settings
    assert shown == network.settings
    default = hamsim.compile(one_neuron()).settings
    assert (default.rtol, default.atol) == (1e-4, None)


def test_the_default_keeps_four_digits():
    network = hamsim.compile(tanh_network())
    trace = hamsim.simulate(network, method="tsit5", t_end=10.0, record={"every": 0.5})
    model = dense(network)
    exact = solve_ivp(
        lambda _, x: model.velocity(x), (0, 10), network.initial, "DOP853", trace.t,
        rtol=1e-12, atol=1e-13,
    ).y.T  # fmt: skip
    error = np.abs(trace.x - exact) / np.abs(exact).max(axis=1, keepdims=True)
    assert error.max() < 1e-4


def test_the_command_tells_steps_that_were_chosen(tmp_path):
    file = tmp_path / "net.yaml"
    spec = tanh_network()
    spec["groups"]["a"]["initial"] = 1.0
    file.write_text(json.dumps(spec))
    how = ["run", str(file), "--method", "tsit5", "--rtol", "1e-5", "--atol", "1e-8"]
    out = str(tmp_path / "out.nc")
    told = CliRunner().invoke(cli, [*how, "--t-end", "3", "-o", out])
    assert told.exit_code == 0, told.output
    assert "method  tsit5, rtol = 1e-05, atol = 1e-08\n" in told.output
    trace = hamsim.load_trace(out)
    stats = trace.stats
    assert f"{stats.steps} steps" in told.output
    assert f"of {stats.shortest:.3g} to {stats.longest:.3g}" in told.output
    assert stats.dt is None
    assert stats.products == stats.evaluations
    data = CliRunner().invoke(cli, [*how, "--t-end", "3", "--no-save", "--json"])
    facts = json.loads(data.stdout)
    assert facts["stats"]["dt"] is None
    assert facts["stats"]["products"] == stats.products
    assert facts["made"]["dt"] is None
    assert (tmp_path / "out.nc").exists()


def test_steps_of_high_order_stay_where_the_fastest_components_die():
    """At the border of stability the estimate of dop853 sees little of them."""
    rng = np.random.default_rng(5)
    n, tau = 20, np.geomspace(0.02, 1.0, 20)
    W = 0.7 * rng.normal(size=(n, n)) / np.sqrt(n)
    group = {"size": n, "lagrangian": "tanh", "tau": tau, "initial": rng.normal(size=n)}
    spec = {"format": "hamsim/1", "groups": {"a": group}}
    spec["connections"] = [{"from": "a", "to": "a", "weights": W, "self_connections": True}]
    trace = hamsim.simulate(spec, method="dop853", t_end=6.0, rtol=1e-6)
    late = trace.t > 2.0
    found = []
    for x, h in zip(trace.x[:-1], np.diff(trace.t), strict=True):
        J = (W / np.cosh(x) ** 2 - np.eye(n)) / tau[:, None]
        found.append(h * np.abs(np.linalg.eigvals(J)).max())
    found = np.array(found)[late[:-1]][:-1]  # the last step may be cut
    stable = hamsim.methods.METHODS["dop853"].stable
    assert found.max() <= 0.93 * stable
    assert np.median(found) >= 0.8 * stable  # and no shorter than that asks for
