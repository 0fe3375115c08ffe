"""Very many steps, and records that have no room, are said before a run starts."""

import shutil
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import hamsim
from hamsim.dynamics import room, simulate
from hamsim.dynamics.room import record_bytes, require_disk, require_memory
from hamsim.dynamics.simulate import prepare
from hamsim.trace.file import save_trace

FAST = {
    "format": "hamsim/1",
    "groups": {"a": {"size": 1, "lagrangian": "identity", "tau": 1e-6, "initial": 1.0}},
}
SLOW = {
    "format": "hamsim/1",
    "groups": {"a": {"size": 2, "lagrangian": "tanh", "initial": [0.1, 0.2]}},
    "connections": [{"within": "a", "weights": 0.5}],
}


def dense_memory(scale=1.0):
    """A dense associative memory of degree 4, of patterns of 100 neurons."""
    patterns = scale * np.random.default_rng(0).choice([-1.0, 1.0], (20, 100))
    return {
        "format": "hamsim/1",
        "groups": {
            "v": {"size": 100, "lagrangian": "identity", "initial": np.sign(patterns[0]).tolist()},
            "h": {
                "size": 20,
                "lagrangian": {"kind": "rectified_polynomial", "degree": 4},
                "tau": 0,
            },
        },
        "connections": [{"between": ["h", "v"], "weights": patterns.tolist()}],
    }


def test_more_than_a_million_steps_are_said_before_the_first(monkeypatch):
    def never(*arguments):
        raise AssertionError("the run has started")

    monkeypatch.setattr(simulate, "simulate_into", never)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(hamsim.SimulationWarning) as caught:
            hamsim.simulate(dense_memory(), method="rk4", record=None)
    message = str(caught.value)
    assert message.startswith("dt: auto takes steps of 1.7e-07, 600,")
    assert "normalised patterns" in message
    assert "a shorter t_end or a dt of your own would help" in message


def test_what_the_warning_advises_helps():
    network = hamsim.compile(dense_memory())
    assert prepare(network, method="rk4", record=None).warnings
    assert prepare(hamsim.compile(dense_memory(0.1)), method="rk4", record=None).warnings == []
    assert prepare(network, dt=1e-7, record=None).warnings == []
    assert prepare(network, method="rk4", t_end=1e-3, record=None).warnings == []
    assert prepare(network, record=None).warnings == []  # its steps are chosen
    assert prepare(network, steps=10, record=None).warnings == []
    zero = {"format": "hamsim/1", "groups": {"a": {**FAST["groups"]["a"], "tau": 0}}}
    assert prepare(hamsim.compile(FAST), method="rk4", t_end=10.0).warnings != []
    assert prepare(hamsim.compile(zero), method="rk4", t_end=10.0).warnings == []


def test_a_small_tau_is_named_as_the_reason():
    with pytest.warns(hamsim.SimulationWarning, match="because the smallest tau is 1e-06; tau: 0"):
        trace = hamsim.simulate(FAST, method="rk4", t_end=10.0, until=1e-3)
    assert trace.outcome == "converged"
    assert trace.stats.steps < 100
    assert any("dt: auto takes steps of 5e-07" in note for note in trace.stats.notes)


def test_a_million_steps_are_no_news():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = prepare(hamsim.compile(FAST), method="rk4", t_end=0.5)
    assert run.schedule.steps == 10**6
    assert run.warnings == []


@pytest.mark.parametrize(
    ("record", "records"),
    [(hamsim.Record(), 13), (hamsim.Record(every=0.3), 5), (hamsim.Record(every=50), 2)],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("trials", [None, 3])
def test_bytes_of_records_are_those_of_the_trace(record, records, dtype, trials):
    start = None if trials is None else np.zeros((trials, 2))
    network = hamsim.compile(
        {**SLOW, "stimuli": [{"group": "a", "value": 1.0, "start": 0.55, "stop": 0.58}]}
    )
    how = {"method": "euler", "dt": 0.1, "steps": 10, "record": record, "dtype": dtype}
    trace = hamsim.simulate(network, start, **how)
    held = trace.t.nbytes + sum(array.nbytes for array in trace.arrays.values())
    assert trace.t.size == records
    assert record_bytes(prepare(network, start, **how)) == held


def test_records_that_exceed_memory_are_refused_or_warned_of(monkeypatch):
    monkeypatch.setattr(room, "free_memory", lambda: 1000.0)
    monkeypatch.setattr(room, "LITTLE", 100)
    with pytest.warns(hamsim.SimulationWarning, match="of memory, and 0.0 MiB are free; record"):
        trace = hamsim.simulate(SLOW, method="euler", dt=0.1, steps=100)
    assert "record less often (every)" in trace.stats.notes[0]
    assert hamsim.simulate(SLOW, method="euler", dt=0.1, steps=20).outcome == "finished"
    none = hamsim.simulate(SLOW, method="euler", dt=0.1, steps=1000, record=None)
    assert none.stats.notes == ()
    monkeypatch.setattr(room, "exceeds_memory", lambda wanted: wanted > 2000)
    with pytest.raises(hamsim.SimulationError, match="the records would take"):
        hamsim.simulate(SLOW, method="euler", dt=0.1, steps=100)
    with pytest.warns(hamsim.SimulationWarning, match="the records would take"):
        hamsim.simulate(SLOW, dt=0.1, t_end=10.0, until=0.1)
    run = prepare(hamsim.compile(SLOW), dt=0.1, steps=100)
    monkeypatch.setattr(room, "free_memory", lambda: None)
    monkeypatch.setattr(room, "exceeds_memory", lambda wanted: False)
    require_memory(run)
    assert run.warnings == []


def test_records_that_exceed_the_disk_are_refused_or_warned_of(monkeypatch, tmp_path):
    path = tmp_path / "t.nc"
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
    network = hamsim.compile(SLOW)
    short = prepare(network, dt=0.1, steps=10)
    require_disk(short, path)
    assert short.warnings == []
    with pytest.raises(hamsim.SimulationError, match=r"free on the disk of '.*t\.nc'; record less"):
        require_disk(prepare(network, dt=0.1, steps=100), path)
    perhaps = prepare(network, dt=0.1, t_end=10.0, until=0.1)
    require_disk(perhaps, path)
    assert "free on the disk of" in perhaps.warnings[0]
    monkeypatch.undo()
    save_trace(hamsim.simulate(network, dt=0.1, steps=10), path)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=0))
    require_disk(prepare(network, dt=0.1, steps=100), path)  # takes the place of the old one


@pytest.mark.parametrize("weight", [1e200, -1e308])
def test_a_rate_that_overflows_is_refused(weight):
    spec = {**SLOW, "connections": [{"within": "a", "weights": weight}]}
    with pytest.raises(hamsim.SimulationError, match="dt: auto finds no rate of this network"):
        hamsim.simulate(spec, method="rk4")
    with pytest.raises(hamsim.SimulationError, match="method: auto finds no rate of this network"):
        hamsim.simulate(spec)
    assert hamsim.simulate(spec, dt=1e-3, steps=3, record=None).stats.steps == 3


@pytest.mark.parametrize(("steps", "dt"), [(3, 1e308), (2**60, 1e300)])
def test_a_duration_that_overflows_is_refused(steps, dt):
    with pytest.raises(hamsim.SimulationError, match=r"steps of dt = .* last longer than can be"):
        hamsim.simulate(SLOW, steps=steps, dt=dt)


def test_a_tau_next_to_0_and_times_beyond_all_counting_are_refused():
    group = {"size": 2, "lagrangian": "tanh", "tau": 5e-324}
    spec = {"format": "hamsim/1", "groups": {"a": group}}
    with pytest.raises(hamsim.SimulationError, match="or a tau is next to 0"):
        hamsim.simulate(spec)
    for tau, t_end in ((1e308, None), (1e-10, 1e300), (1e-300, 1e100)):
        spec["groups"]["a"] = {**group, "tau": tau}
        for method in ("rk4", "auto"):
            with pytest.raises(hamsim.SimulationError, match=r"steps than can|too many|no rate"):
                hamsim.simulate(spec, method=method, t_end=t_end)
