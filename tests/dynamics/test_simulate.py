"""What a run does with time: records, stimuli, tau = 0, how it ends, what it says of the energy."""

import signal
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description

import hamsim
from hamsim.dynamics.engine import engine as engine_module


def pair(**changes):
    """Two tanh neurons that excite each other."""
    left = {"size": 1, "lagrangian": "tanh", "tau": 1.0, "initial": 1.0}
    right = {"size": 1, "lagrangian": "tanh", "tau": 3.0, "initial": -0.9}
    spec = {
        "format": "hamsim/1",
        "groups": {"left": left, "right": right},
        "connections": [{"between": ["left", "right"], "weights": 2.0}],
    }
    return {**spec, **changes}


def leak(**changes):
    """One neuron that only leaks: dx/dt = I - x."""
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": "identity", "initial": 1.0}},
    }
    return {**spec, **changes}


def test_tau_decides_which_memory_is_found():
    """Same network, same state: equal tau ends at +1.915, unequal tau at -1.915."""
    unequal = hamsim.simulate(pair(), t_end=100, until=1e-8)
    equal = hamsim.load(pair(), {"groups.right.tau": 1})
    assert unequal.outcome == "converged"
    assert unequal.x[-1] == pytest.approx([-1.9150, -1.9150], abs=1e-4)
    assert hamsim.simulate(equal, t_end=100).x[-1] == pytest.approx([1.9150, 1.9150], abs=1e-4)


# --- records ---


def test_everything_is_recorded_by_default():
    trace = hamsim.simulate(pair(), method="euler", dt=0.1, steps=7)
    assert trace.t == pytest.approx(np.arange(8) * 0.1)
    assert trace.x.shape == (8, 2)
    assert trace.energy.shape == (8,)
    assert trace.x[0].tolist() == [1.0, -0.9]
    assert trace.outcome == "finished"


def test_records_every_so_often_end_with_the_last_state():
    record = hamsim.Record(every=0.3, what=("x", "g", "residual"), groups=("right",))
    trace = hamsim.simulate(pair(), method="heun", dt=0.1, steps=7, record=record)
    full = hamsim.simulate(pair(), method="heun", dt=0.1, steps=7)
    assert trace.t == pytest.approx([0.0, 0.3, 0.6, 0.7])
    assert np.array_equal(trace.x[:, 0], full.of("right")[[0, 3, 6, 7], 0])
    assert np.array_equal(trace.g, np.tanh(trace.x)) or trace.g == pytest.approx(np.tanh(trace.x))
    assert trace.groups == ("right",)
    assert trace.neurons.tolist() == [1]
    with pytest.raises(
        hamsim.TraceError, match="'energy' was not recorded; recorded: x, g, residual"
    ):
        _ = trace.energy
    with pytest.raises(hamsim.TraceError, match="group 'left' was not recorded"):
        trace.of("left")


def test_no_records_keep_the_last_state():
    trace = hamsim.simulate(pair(), method="rk4", dt=0.1, steps=50, record=None)
    full = hamsim.simulate(pair(), method="rk4", dt=0.1, steps=50)
    assert trace.t == pytest.approx([5.0])
    assert np.array_equal(trace.x[0], full.x[-1])
    assert trace.energy[0] == pytest.approx(full.energy[-1], rel=1e-14)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(3, 7))
def test_blocks_of_records_join_without_a_seam(seed, rows):
    from hamsim.dynamics.watching import recorder as recorder_module

    description = random_description(seed)
    whole = hamsim.simulate(description, method="heun", dt=0.05, steps=23)
    before = recorder_module.BLOCK_ROWS
    recorder_module.BLOCK_ROWS = rows
    try:
        pieces = hamsim.simulate(description, method="heun", dt=0.05, steps=23)
    finally:
        recorder_module.BLOCK_ROWS = before
    assert np.array_equal(whole.t, pieces.t)
    assert np.array_equal(whole.x, pieces.x)
    assert np.array_equal(whole.energy, pieces.energy)


def test_a_run_in_two_halves_equals_the_whole():
    description = random_description(8)
    whole = hamsim.simulate(description, method="rk4", dt=0.05, steps=40)
    first = hamsim.simulate(description, method="rk4", dt=0.05, steps=25)
    second = hamsim.simulate(description, first.x[-1], method="rk4", dt=0.05, steps=15)
    assert np.array_equal(whole.x[25:], second.x)


def test_zero_steps_record_the_initial_state():
    trace = hamsim.simulate(pair(), method="euler", dt=0.1, steps=0)
    assert trace.x.tolist() == [[1.0, -0.9]]


# --- the file's settings and arguments ---


def test_settings_of_the_file_hold_until_an_argument_says_otherwise():
    spec = pair(
        simulation={
            "method": "euler",
            "dt": 0.1,
            "t_end": 2.0,
            "until": {"residual": 0.5},
            "record": {"every": 0.2, "what": ["x"]},
        }
    )
    trace = hamsim.simulate(spec)
    assert trace.stats.method == "euler"
    assert trace.t[1] == pytest.approx(0.2)
    assert list(trace.arrays) == ["x"]
    assert trace.outcome == "converged"
    longer = hamsim.simulate(spec, steps=37, record=hamsim.Record())
    assert longer.stats.steps == 37
    assert longer.t.size == 38
    assert hamsim.simulate(spec, t_end=1.0, until={"residual": 1e-12}).t[-1] == pytest.approx(1.0)


def test_automatic_steps_divide_the_time_between_records():
    spec = pair(simulation={"method": "rk4", "t_end": 3.0, "record": {"every": 0.25}})
    trace = hamsim.simulate(spec)
    assert trace.t == pytest.approx(np.arange(13) * 0.25)
    assert trace.stats.notes == ()


def test_records_that_fall_between_steps_are_noted():
    spec = pair(simulation={"method": "euler", "dt": 0.1, "t_end": 1.0, "record": {"every": 0.25}})
    trace = hamsim.simulate(spec)
    assert trace.t[1] == pytest.approx(0.2)
    assert "records are 0.2 apart, not 0.25" in trace.stats.notes[0]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), method=st.sampled_from(["auto", "rk4", "euler", "heun"]))
def test_automatic_steps_are_accurate(seed, method):
    network = hamsim.compile(random_description(seed))
    chosen = hamsim.simulate(network, method=method, t_end=3.0, record=None)
    steps = 16 * max(chosen.stats.steps, 50)
    exact = hamsim.simulate(network, method="rk4", dt=3.0 / steps, t_end=3.0, record=None)
    scale = 1 + np.abs(exact.x).max()
    assert np.abs(chosen.x - exact.x).max() < 0.05 * scale


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "rk5"}, "unknown method 'rk5'; did you mean 'rk4'?"),
        ({"dt": -1.0}, "dt is -1.0; it must be a finite number above 0"),
        ({"dt": float("nan")}, "dt is nan"),
        ({"t_end": float("inf")}, "t_end is inf"),
        ({"steps": 3, "t_end": 1.0}, "give steps or t_end, not both"),
        ({"steps": 2.5}, "steps is 2.5; it must be a whole number"),
        ({"until": {"resid": 1}}, "until has no key 'resid'; did you mean 'residual'?"),
        ({"until": 0}, "until residual is 0"),
        ({"initial": [1.0]}, r"initial has shape (1,); allowed are (2,) and (trials, 2)"),
        ({"initial": [1.0, float("nan")]}, "initial holds numbers that are not finite"),
        ({"dt": 1e-9, "t_end": 1e6}, "the records would take"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(hamsim.SimulationError) as caught:
        hamsim.simulate(pair(), **arguments)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_records_are_refused():
    with pytest.raises(hamsim.HamsimError, match="cannot record 'engery'; did you mean 'energy'"):
        hamsim.Record(what=("x", "engery"))
    with pytest.raises(hamsim.HamsimError, match="must be a time above 0"):
        hamsim.Record(every=0.0)
    with pytest.raises(hamsim.HamsimError, match="no group 'lft'; did you mean 'left'"):
        hamsim.simulate(pair(), steps=1, dt=0.1, record=hamsim.Record(groups=("lft",)))


# --- how a run ends ---


def test_a_run_ends_when_the_residual_is_small():
    trace = hamsim.simulate(leak(), method="rk4", dt=0.01, t_end=100, until=1e-3)
    assert trace.outcome == "converged"
    assert trace.t[-1] == pytest.approx(np.log(1000), abs=0.011)
    assert trace.stats.residual <= 1e-3
    assert str(trace.outcome).startswith("converged at t = 6.91")


def test_a_run_waits_for_all_trials_and_for_the_last_stimulus():
    spec = leak(
        stimuli=[{"group": "a", "mode": "input", "value": 2.0, "start": 20.0, "stop": 21.0}]
    )
    trace = hamsim.simulate(spec, [[0.0], [1.0]], method="rk4", dt=0.05, t_end=100, until=1e-6)
    assert trace.outcome == "converged"
    assert trace.t[-1] > 21
    assert trace.x.max() > 1.2
    assert max(trace.stats.residuals) <= 1e-6


def test_divergence_names_time_group_and_neuron():
    spec = {
        "format": "hamsim/1",
        "groups": {
            "calm": {"size": 2, "lagrangian": "tanh"},
            "wild": {"neurons": ["A", "B"], "lagrangian": "relu", "initial": [0.0, 1.0]},
        },
        "connections": [
            {"within": "wild", "weights": [[0.0, 0.0], [0.0, 30.0]], "self_connections": True}
        ],
    }
    trace = hamsim.simulate(spec, method="euler", dt=1.0, t_end=10_000)
    assert trace.outcome == "diverged"
    assert trace.outcome.group == "wild"
    assert trace.outcome.neuron == "wild.B"
    assert trace.outcome.time == pytest.approx(trace.t[-1] + 1)
    assert "diverged at t = 2" in str(trace.outcome)
    assert np.all(np.isfinite(trace.x))
    starts = np.array([[0, 0, 0, 0], [0, 0, 0, 1.0]])
    many = hamsim.simulate(spec, starts, method="euler", dt=1.0, t_end=1e4)
    assert many.outcome.trial == 1
    assert "in trial 1" in str(many.outcome)


@pytest.fixture
def ctrl_c_heard():
    """A job in the background of a shell may have been started with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_heard")
def test_ctrl_c_raises_with_the_trace_until_then():
    timer = threading.Timer(0.6, lambda: signal.raise_signal(signal.SIGINT))
    hamsim.simulate(pair(), steps=10, dt=0.1)  # compiled before the clock runs
    timer.start()
    with pytest.raises(hamsim.SimulationInterrupted) as caught:
        hamsim.simulate(pair(), dt=1e-6, t_end=1e5, record=hamsim.Record(every=1.0))
    trace = caught.value.trace
    assert isinstance(caught.value, KeyboardInterrupt)
    assert trace.outcome == "interrupted"
    assert trace.t.size >= 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# --- neurons that follow at once ---


def instant_spec(*connections):
    return {
        "format": "hamsim/1",
        "groups": {
            "v": {"size": 3, "lagrangian": "tanh", "initial": [0.5, -1.0, 2.0]},
            "h": {"size": 2, "lagrangian": "relu", "tau": 0, "input": 0.3},
            "k": {"size": 2, "lagrangian": {"kind": "softmax"}, "tau": [0, 1]},
        },
        "connections": list(connections),
    }


def test_instant_neurons_follow_exactly():
    W = np.arange(6.0).reshape(2, 3) / 10
    network = hamsim.compile(instant_spec({"between": ["h", "v"], "weights": W}))
    trace = hamsim.simulate(network, method="rk4", dt=0.1, steps=20)
    expected = np.tanh(trace.of("v")) @ W.T + 0.3
    np.testing.assert_allclose(trace.of("h"), expected, rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize(
    ("connection", "named"),
    [
        ({"within": "h", "weights": 0.1}, ["h[0]", "h[1]", "both have tau = 0"]),
        (
            {"within": "h", "weights": [[0.5, 0], [0, 0]], "self_connections": True},
            ["h[0] has tau = 0 and is connected to itself"],
        ),
        ({"between": ["h", "k"], "weights": [[0.0, 0.2], [0, 0]]}, ["h[0]", "k[1]", "shares"]),
    ],
)
def test_coupled_instant_neurons_are_refused_by_name(connection, named):
    with pytest.raises(hamsim.SimulationError) as caught:
        hamsim.simulate(instant_spec(connection), steps=1, dt=0.1)
    for text in named:
        assert text in str(caught.value)
    assert "give one of them a tau above 0" in str(caught.value)


def test_a_network_of_instant_neurons_only_is_at_rest():
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "tanh", "tau": 0, "input": [1.0, -2.0]}},
    }
    trace = hamsim.simulate(spec, until=1e-9)
    assert trace.outcome == "converged"
    assert trace.x[-1].tolist() == [1.0, -2.0]


# --- stimuli ---


def test_clamped_neurons_stay_and_are_released():
    spec = pair(
        stimuli=[{"group": "left", "mode": "clamp", "value": 0.25, "start": 1.0, "stop": 2.0}]
    )
    trace = hamsim.simulate(spec, method="euler", dt=0.1, steps=40)
    held = (trace.t > 0.95) & (trace.t < 1.95)
    assert np.all(trace.x[held, 0] == 0.25)
    assert trace.x[9, 0] != 0.25
    assert trace.x[21, 0] != 0.25


def test_masks_choose_neurons_and_trials_have_their_own_values():
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 3, "lagrangian": "identity", "initial": 1.0}},
        "stimuli": [
            {
                "group": "a",
                "mode": "clamp",
                "value": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
                "mask": [0, 1, 1],
            }
        ],
    }
    trace = hamsim.simulate(spec, method="rk4", dt=0.1, steps=10)
    assert trace.x.shape == (2, 11, 3)
    assert np.all(trace.x[1, :, 1:] == [5.0, 6.0])
    assert trace.x[0, -1, 0] == pytest.approx(np.exp(-1), rel=1e-6)
    assert trace.stats.residual == pytest.approx(np.exp(-1), rel=1e-6)


def test_input_pulse_equals_its_closed_form():
    spec = leak(stimuli=[{"group": "a", "value": 3.0, "start": 1.0, "stop": 2.0}])
    trace = hamsim.simulate(spec, [0.0], method="rk4", dt=0.01, t_end=3.0)
    peak = 3 * (1 - np.exp(-1))
    assert trace.x[100, 0] == 0.0
    assert trace.x[200, 0] == pytest.approx(peak, rel=1e-8)
    assert trace.x[300, 0] == pytest.approx(peak * np.exp(-1), rel=1e-8)


def test_changes_of_stimuli_are_not_taken_for_rises_of_the_energy():
    spec = pair(
        stimuli=[
            {"group": "left", "mode": "input", "value": -4.0, "start": 3.0, "stop": 6.0},
            {"group": "right", "mode": "clamp", "value": 2.0, "start": 4.0, "stop": 5.0},
        ]
    )
    trace = hamsim.simulate(spec, method="rk4", dt=0.01, t_end=9.0)
    assert np.diff(trace.energy).max() > 0.1
    assert not trace.stats.energy.rose


# --- the energy ---


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), instant=st.booleans())
def test_energy_falls_in_symmetric_networks_with_one_tau_in_each_softmax(seed, instant):
    description = random_description(seed, instant=instant)
    trace = hamsim.simulate(description, method="rk4", t_end=4.0)
    watch = trace.stats.energy
    assert not watch.rose, watch
    size = np.abs(trace.energy).max()
    assert np.diff(trace.energy).max(initial=0.0) <= 1e-12 * size + 1e-13


def test_unequal_tau_in_a_softmax_can_raise_the_energy_and_the_run_says_when():
    """The planar limit cycle: softmax beta = 8, W = diag(1, -1.5), tau = (1, 10)."""
    spec = {
        "format": "hamsim/1",
        "groups": {
            "s": {
                "size": 2,
                "lagrangian": {"kind": "softmax", "beta": 8.0},
                "tau": [1.0, 10.0],
                "input": [-0.5, 0.75],
                "initial": [0.2, 0.0],
            }
        },
        "connections": [
            {"within": "s", "weights": [[1.0, 0.0], [0.0, -1.5]], "self_connections": True}
        ],
    }
    trace = hamsim.simulate(spec, method="rk4", dt=0.01, t_end=400)
    late = trace.t > 200
    assert np.ptp(trace.g[late, 0] if "g" in trace.arrays else trace.x[late, 0]) > 0.1
    watch = trace.stats.energy
    assert watch.rose
    rises = np.diff(trace.energy)
    assert watch.largest_rise == pytest.approx(rises.max(), rel=1e-9)
    assert watch.time == pytest.approx(trace.t[1:][rises.argmax()])
    assert trace.t[1:][rises > 1e-9][0] >= watch.first_time
    equal = {**spec, "groups": {"s": {**spec["groups"]["s"], "tau": 3.0}}}
    assert not hamsim.simulate(equal, method="rk4", dt=0.01, t_end=100).stats.energy.rose


def test_too_large_steps_raise_the_energy():
    """A relu that leaks from -1 overshoots to 1.5 when dt is 2.5 tau, and E = x^2 / 2 there."""
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": "relu", "initial": -1.0, "input": 0.0}},
    }
    trace = hamsim.simulate(spec, method="euler", dt=2.5, steps=1)
    assert trace.x[:, 0].tolist() == [-1.0, 1.5]
    assert trace.energy.tolist() == [0.0, 1.125]
    assert trace.stats.energy.largest_rise == 1.125
    assert trace.stats.energy.time == 2.5


def test_tiny_energies_near_rest_do_not_seem_to_rise():
    """Near rest a tanh's energy is x^2 / 2 of a tiny x, which log 2 would swallow."""
    one = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": "tanh", "initial": 0.5}},
    }
    trace = hamsim.simulate(one, method="rk4", t_end=60)
    assert trace.stats.energy.rises == 0
    assert trace.energy[-1] == pytest.approx(trace.x[-1, 0] ** 2 / 2, rel=1e-12)
    two = {
        "format": "hamsim/1",
        "groups": {
            "s": {
                "size": 2,
                "lagrangian": "softmax",
                "initial": [0.0, -35.0],
                "input": [0.0, -20.0],
            }
        },
    }
    assert hamsim.simulate(two, method="rk4").stats.energy.rises == 0


@pytest.mark.parametrize("seed", range(5))
def test_rounding_of_huge_states_is_no_rise(seed):
    spec = {
        "format": "hamsim/1",
        "seed": seed,
        "groups": {"a": {"size": 10, "lagrangian": "tanh", "initial": {"normal": {"std": 1e6}}}},
        "connections": [{"within": "a", "weights": 0.35}],
    }
    assert hamsim.simulate(spec, method="rk4").stats.energy.rises == 0


# --- the loop around the compiled loop ---


def test_very_many_calls_of_the_compiled_loop(monkeypatch):
    from hamsim.dynamics.watching import recorder as recorder_module

    monkeypatch.setattr(recorder_module, "BLOCK_ROWS", 3)
    trace = hamsim.simulate(leak(), method="euler", dt=1e-4, steps=3000)
    assert trace.t.size == 3001


def test_records_that_are_further_apart_than_the_run_are_its_two_ends():
    for every in (1e20, 1e300, 7.0):
        trace = hamsim.simulate(
            leak(), method="euler", dt=0.1, steps=60, record=hamsim.Record(every=every)
        )
        assert trace.t == pytest.approx([0.0, 6.0])


def test_infinite_states_of_instant_neurons_end_the_run():
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 1, "lagrangian": "identity", "initial": 1e10},
            "b": {"size": 1, "lagrangian": "identity", "tau": 0},
        },
        "connections": [{"from": "a", "to": "b", "weights": 1e300}],
    }
    trace = hamsim.simulate(spec, method="euler", dt=0.1, steps=5)
    assert trace.outcome == "diverged"
    assert trace.outcome.neuron == "b[0]"


def test_clamped_neurons_stay_whatever_they_are_driven_by():
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 1, "lagrangian": "identity", "initial": 1e10},
            "b": {"size": 1, "lagrangian": "identity"},
        },
        "connections": [{"from": "a", "to": "b", "weights": 1e300}],
        "stimuli": [{"group": "b", "mode": "clamp", "value": 1.0}],
    }
    trace = hamsim.simulate(spec, method="rk4", dt=0.1, steps=5, record=hamsim.Record(what=("x",)))
    assert np.all(trace.x[:, 1] == 1.0)


def test_an_interrupted_run_records_the_state_it_has_reached():
    """Also at the border between two stretches of stimuli."""

    def interrupt_at(step):
        def press(progress):
            if progress.step >= step:
                signal.raise_signal(signal.SIGINT)

        return press

    spec = leak(stimuli=[{"group": "a", "mode": "clamp", "value": 7.0, "start": 0.1}])
    with pytest.raises(hamsim.SimulationInterrupted) as caught:
        hamsim.simulate(spec, method="euler", dt=0.1, steps=9, progress=interrupt_at(1))
    trace = caught.value.trace
    assert trace.t == pytest.approx([0.0, 0.1])
    assert trace.x[:, 0].tolist() == [1.0, 7.0]
    rare = hamsim.Record(every=50.0)
    with pytest.raises(hamsim.SimulationInterrupted) as caught:
        hamsim.simulate(
            leak(), method="euler", dt=0.1, steps=9000, record=rare, progress=interrupt_at(3)
        )
    trace = caught.value.trace
    assert trace.t[-1] == pytest.approx(trace.outcome.time)


def test_ctrl_c_in_the_last_moment_is_not_swallowed():
    def press(progress):
        if progress.step == 5:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(hamsim.SimulationInterrupted) as caught:
        hamsim.simulate(leak(), method="euler", dt=0.1, steps=5, progress=press)
    assert caught.value.trace.outcome == "finished"


def test_ends_that_fall_between_steps_and_stimuli_that_never_act_are_noted():
    spec = leak(stimuli=[{"group": "a", "value": 1.0, "start": 1.31, "stop": 1.32}])
    trace = hamsim.simulate(spec, method="euler", dt=0.3, t_end=1.0)
    assert trace.t[-1] == pytest.approx(1.2)
    notes = " ".join(trace.stats.notes)
    assert "the run lasts until t = 1.2" in notes
    assert "the stimulus from t = 1.31 until 1.32 never acts: the run lasts until t = 1.2" in notes


def test_an_error_in_the_progress_callback_leaves_the_file_usable(tmp_path):
    from hamsim.dynamics.simulate import prepare, simulate_into
    from hamsim.trace.file import FileSink

    def fail(progress):
        raise RuntimeError("mine")

    network = hamsim.compile(pair())
    for _ in range(2):
        with pytest.raises(RuntimeError, match="mine"):
            simulate_into(FileSink(tmp_path / "t.nc"), prepare(network, dt=0.1, steps=3), fail)
    assert hamsim.load_trace(tmp_path / "t.nc").outcome == "unfinished"


def test_compiling_counts_as_preparation_and_not_as_time_of_steps(monkeypatch):
    make = engine_module.programs_of

    def slowly(*arguments):
        time.sleep(0.3)
        return make(*arguments)

    monkeypatch.setattr(engine_module, "programs_of", slowly)
    stats = hamsim.simulate(random_description(3), dt=0.01, steps=2).stats
    assert 0.3 <= stats.preparation <= stats.seconds
