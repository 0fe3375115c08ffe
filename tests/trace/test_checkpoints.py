"""Runs that are killed go on from their last checkpoint, with the file of one left alone."""

import os
import signal

import numpy as np
import pytest

import hamsim
from hamsim.cli.resume import resumed
from hamsim.dynamics.drivers import calls
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.trace import file as tracefile
from hamsim.trace.reader import TraceReader, load_trace
from hamsim.trace.repair import repair
from hamsim.trace.states import States

SPEC = {
    "format": "hamsim/1",
    "groups": {"a": {"size": 30, "lagrangian": "tanh", "initial": {"normal": {"std": 1}}}},
    "connections": [{"within": "a", "weights": {"normal": {"std": 0.2}}}],
    "stimuli": [{"group": "a", "mode": "input", "value": 0.5, "start": 2.004, "stop": 9.5}],
}
RUN = {"method": "heun", "dt": 0.01, "t_end": 12.0}
WHAT = ("x", "energy", "residual")

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


@pytest.fixture(scope="module")
def network():
    return hamsim.compile(SPEC)


def in_child(work):
    """Do something in a process of its own; whether it was killed."""
    number = os.fork()
    if number == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(3)
    _, status = os.waitpid(number, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def kill_before(write):
    """Let this process be killed before one of its writes."""
    count, plain = 0, tracefile._pwrite

    def counted(*arguments):
        nonlocal count
        if count == write:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1
        return plain(*arguments)

    tracefile._pwrite = counted


def run_to_file(network, path, record, last_write=None):
    calls.CALL_SECONDS = 2e-5  # many calls, with a checkpoint after each
    if last_write is not None:
        kill_before(last_write)
    run = prepare(network, record=record, threads=1, **RUN)
    run.checkpoint = 0.0
    simulate_into(tracefile.FileSink(path), run)


def go_on(network, path, last_write=None, **asked):
    if last_write is not None:
        kill_before(last_write)
    with resumed(str(path), "network.yaml") as before:
        run = prepare(network, before.state, threads=1, same_trace=True, **asked)
        run.checkpoint = 0.0
        simulate_into(tracefile.FileSink(path, before.before), run)


def same_trace(one, two):
    assert np.array_equal(one.t, two.t)
    for what in one.arrays:
        assert np.array_equal(one.arrays[what], two.arrays[what]), what
    assert np.array_equal(one.state.x, two.state.x)
    assert str(one.outcome) == str(two.outcome)
    assert one.stats.steps == two.stats.steps
    assert one.stats.energy == two.stats.energy
    assert set(one.stats.notes) <= set(two.stats.notes)  # which may tell of the end before


@needs_fork
@pytest.mark.parametrize(
    "record",
    [None, hamsim.Record(every=5.0, what=WHAT), hamsim.Record(what=WHAT)],
    ids=["last", "sparse", "dense"],
)
def test_killed_at_any_write_and_resumed_is_as_if_left_alone(network, tmp_path, record):
    whole = hamsim.simulate(network, record=record, **RUN)
    path = tmp_path / "t.nc"
    killed = 0
    for write in (4, 5, 6, 7, 11, 12, 13, 20, 21):
        if not in_child(lambda write=write: run_to_file(network, path, record, write)):
            break
        killed += 1
        found = load_trace(path)
        assert found.outcome == "unfinished"
        if found.state is None:
            assert write < 8
            continue
        assert found.state.t <= RUN["t_end"]
        # Killed once more while it goes on, and while what is there is copied.
        assert in_child(lambda: go_on(network, path, 2)) or record is None
        in_child(lambda write=write: go_on(network, path, write))
        if load_trace(path).outcome == "unfinished":
            go_on(network, path)
        same_trace(whole, load_trace(path))
        with TraceReader(path) as reader:
            assert reader.clean
            assert not reader.flaw
    assert killed > 5


def test_a_run_that_was_interrupted_or_ended_goes_on_in_its_file(network, tmp_path):
    record = hamsim.Record(every=0.5, what=WHAT)
    whole = hamsim.simulate(network, record=record, **RUN)
    path = tmp_path / "t.nc"
    # On and off the grid of records, and where stimuli change.
    for end in (3.0, 7.77, 2.004, 9.5):
        hamsim.simulate(network, record=record, **{**RUN, "t_end": end}).save(path)
        repair(path)
        go_on(network, path, t_end=RUN["t_end"])
        same_trace(whole, load_trace(path))


def test_the_last_state_that_is_whole_counts(network, tmp_path):
    path = tmp_path / "t.nc"
    sink = tracefile.FileSink(path)
    traces = [hamsim.simulate(network, dt=0.1, steps=k) for k in range(1, 6)]
    sink.open(traces[0].header)
    sink.append(traces[0].t, traces[0].arrays)
    places = []
    for trace in traces:
        sink.keep(trace.state)
        places.append(sink._rooms[(sink._states - 1) % 2][0])
    assert len(sink._rooms) == 2
    assert load_trace(path).state.t == traces[-1].state.t
    sink.append(traces[0].t + 1, traces[0].arrays)
    content = path.read_bytes()
    for offset in (0, 9, 20, 40, 64 + 3, 64 + 900):  # in its head, and in itself
        at = places[-1] + offset
        path.write_bytes(content[:at] + bytes([content[at] ^ 64]) + content[at + 1 :])
        torn = load_trace(path)
        assert torn.state.t == traces[-2].state.t
        assert np.array_equal(torn.state.x, traces[-2].state.x)
        assert torn.t.size == 2 * traces[0].t.size
    path.write_bytes(content)
    sink.close(traces[0].outcome, traces[0].stats)
    whole = path.read_bytes()
    assert load_trace(path).state.t == traces[-1].state.t
    at = places[-1] + 70
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(hamsim.TraceError, match="the state that it ended in is not what was"):
        load_trace(path)
    at = places[-1] - 50  # what says how long the place is: blocks behind are found all the same
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(hamsim.TraceError, match="damaged"):
        load_trace(path)
    assert repair(path).records == 2 * traces[0].t.size
    assert load_trace(path).state.t < traces[-1].state.t


def test_a_state_of_a_strange_form_is_refused(network, tmp_path, monkeypatch):
    trace = hamsim.simulate(network, dt=0.1, steps=2)
    path = tmp_path / "t.nc"
    for name, wrong in (
        ("x", np.zeros((1, 3))),
        ("x", 5),
        ("clock.time", "now"),
        ("clock.steps", -1),
        ("request", None),
    ):
        state = type(trace.state)({**trace.state.values, name: wrong}, trace.state.network)
        hamsim.Trace(trace.header, trace.t, trace.arrays, trace.outcome, trace.stats, state).save(
            path
        )
        with pytest.raises(hamsim.TraceError, match="not a trace of hamsim: its state"):
            load_trace(path)
    assert States(lambda *_: b"", 0, trace.header, 0).last() == (0, None)


def test_python_writes_a_file_along(network, tmp_path):
    path = tmp_path / "t.nc"
    how = {"record": hamsim.Record(every=1.0, what=WHAT), **RUN}
    trace = hamsim.simulate(network, checkpoint={"file": path, "every": "5m"}, **how)
    same_trace(trace, load_trace(path))
    same_trace(trace, hamsim.simulate(network, **how))
    with pytest.raises(hamsim.SimulationError, match="checkpoint every is 'often'; it must be a"):
        hamsim.simulate(network, checkpoint={"file": path, "every": "often"}, **how)
    for wrong in (5, {}, {"every": 3}, {"file": path, "at": 1}, "", {"file": 3}):
        with pytest.raises(hamsim.SimulationError, match="checkpoint is"):
            hamsim.simulate(network, checkpoint=wrong, **how)
