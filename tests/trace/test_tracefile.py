"""Traces on disk: equal after reading, readable after a kill, clean after repair."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray
from random_networks import random_description

import hamsim
from hamsim.trace import file as tracefile
from hamsim.trace.format import records_of_block
from hamsim.trace.reader import TraceReader, load_trace
from hamsim.trace.repair import Repaired, repair
from hamsim.trace.trace import Header

WHAT = ("x", "g", "energy", "residual")


@pytest.fixture(params=[None, 3], ids=["single", "trials"])
def trace(request):
    network = hamsim.compile(random_description(21))
    starts = np.random.default_rng(0).normal(size=(3, network.n_neurons))
    return hamsim.simulate(
        network,
        starts[0] if request.param is None else starts,
        dt=0.1,
        steps=9,
        record=hamsim.Record(what=WHAT),
    )


def same(one, two):
    assert np.array_equal(one.t, two.t)
    for what in one.arrays:
        assert np.array_equal(getattr(one, what), getattr(two, what))
    for name in one.groups:
        assert np.array_equal(one.of(name), two.of(name))
    assert str(one.outcome) == str(two.outcome)
    assert one.stats == two.stats
    assert one.header.source == two.header.source


def test_a_saved_trace_is_read_back_equal(trace, tmp_path):
    path = tmp_path / "t.nc"
    trace.save(path)
    same(trace, load_trace(path))
    for group, other in zip(trace.header.groups, load_trace(path).header.groups, strict=True):
        assert group.shape == other.shape
        for name, values in group.parameters.items():
            assert np.array_equal(values, other.parameters[name])


def test_parts_of_a_trace(trace, tmp_path):
    path = tmp_path / "t.nc"
    trace.save(path)
    name = trace.groups[-1]
    part = load_trace(path, [name], every=2)
    assert part.groups == (name,)
    assert np.array_equal(part.t, trace.t[::2])
    assert np.array_equal(part.of(name), np.take(trace.of(name), range(0, 10, 2), trace.x.ndim - 2))
    with pytest.raises(hamsim.TraceError, match="group 'nope' was not recorded"):
        load_trace(path, ["nope"])


def test_xarray_opens_the_file_and_agrees(trace, tmp_path):
    path = tmp_path / "t.nc"
    trace.save(path)
    mine = trace.to_xarray()
    with xarray.open_dataset(path, engine="h5netcdf") as opened:
        assert set(WHAT) <= set(opened.data_vars)
        for what in WHAT:
            assert np.array_equal(opened[what].transpose(*mine[what].dims), mine[what])
        assert "group" in opened.coords
        assert opened["group"].values.tolist() == mine["group"].values.tolist()


def test_neurons_without_names_are_found_in_the_dataset_by_their_places():
    groups = {"a": {"size": 3, "lagrangian": "tanh", "initial": [1, 2, 3]}}
    trace = hamsim.simulate({"format": "hamsim/1", "groups": groups}, steps=2, dt=0.1)
    assert trace.to_xarray().sel(label="a[1]").x[0] == 2


def test_names_of_neurons_are_in_the_dataset_and_in_the_file(tmp_path):
    description = {
        "format": "hamsim/1",
        "groups": {
            "motor": {"neurons": ["AVAL", "AVAR"], "lagrangian": "tanh"},
            "rest": {"size": 2, "lagrangian": "tanh"},
        },
    }
    trace = hamsim.simulate(description, method="euler", dt=0.1, steps=2)
    expected = ["motor.AVAL", "motor.AVAR", "rest[0]", "rest[1]"]
    assert trace.to_xarray()["label"].values.tolist() == expected
    trace.save(tmp_path / "t.nc")
    with xarray.open_dataset(tmp_path / "t.nc", engine="h5netcdf") as opened:
        assert opened.coords["label"].values.tolist() == expected
    assert (
        load_trace(tmp_path / "t.nc", ["motor"]).to_xarray()["label"].values.tolist()
        == expected[:2]
    )


def test_the_same_records_through_a_file_and_in_memory(tmp_path):
    from hamsim.dynamics.simulate import prepare, simulate_into

    network = hamsim.compile(random_description(5))
    run = prepare(network, dt=0.01, t_end=2.0)
    simulate_into(tracefile.FileSink(tmp_path / "t.nc"), run)
    same_run = hamsim.simulate(network, dt=0.01, t_end=2.0)
    loaded = load_trace(tmp_path / "t.nc")
    assert np.array_equal(loaded.x, same_run.x)
    assert np.array_equal(loaded.energy, same_run.energy)


def test_only_traces_are_overwritten(tmp_path):
    path = tmp_path / "notes.nc"
    path.write_text("mine")
    trace = hamsim.simulate(random_description(1), dt=0.1, steps=2)
    with pytest.raises(hamsim.TraceError, match="is there already and is not a trace"):
        trace.save(path)
    assert path.read_text() == "mine"
    trace.save(tmp_path / "t.nc")
    trace.save(tmp_path / "t.nc")


@pytest.mark.parametrize("content", [None, b"", b"text", b"\x89HDF\r\n\x1a\n" + bytes(500)])
def test_other_files_are_not_traces(tmp_path, content):
    path = tmp_path / "x.nc"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(hamsim.TraceError):
        load_trace(path)


def test_other_hdf5_files_are_not_traces(tmp_path):
    with h5py.File(tmp_path / "x.nc", "w") as file:
        file["data"] = np.arange(3)
    with pytest.raises(hamsim.TraceError, match="is not a trace of hamsim"):
        load_trace(tmp_path / "x.nc")


def test_a_trace_without_a_place_to_go(tmp_path):
    trace = hamsim.simulate(random_description(1), dt=0.1, steps=2)
    with pytest.raises(hamsim.TraceError, match="cannot write"):
        trace.save(tmp_path / "no" / "folder" / "t.nc")


def start_endless_run(folder):
    """A run in another process that writes blocks until it is stopped."""
    spec = hamsim.load(random_description(2))
    (folder / "net.yaml").write_text(hamsim.dump(spec))
    command = "from hamsim.cli.main import main; main()"
    arguments = ["run", "net.yaml", "--dt", "1e-4", "--t-end", "1e6", "--set"]
    arguments += ["simulation.record={every: 0.01, what: [x, energy]}"]
    process = subprocess.Popen(
        [sys.executable, "-c", command, *arguments], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    path = folder / "net.nc"
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        assert process.poll() is None, "the run ended by itself"
        try:
            with TraceReader(path) as reader:
                if reader.length > 300:
                    return process, path
        except hamsim.TraceError:
            pass
        time.sleep(0.05)
    process.kill()
    raise AssertionError("the run wrote no records")


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_finished_blocks_survive_kill_9_and_repair_makes_the_file_clean(tmp_path):
    process, path = start_endless_run(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    killed = load_trace(path)
    assert killed.outcome == "unfinished"
    assert killed.t.size > 300
    assert killed.t == pytest.approx(np.arange(killed.t.size) * 0.01)
    again = hamsim.simulate(
        tmp_path / "net.yaml", dt=1e-4, t_end=float(killed.t[-1]), record=hamsim.Record(every=0.01)
    )
    assert np.array_equal(killed.x, again.x)
    assert np.array_equal(killed.energy, again.energy)
    records = repair(path).records
    assert records == killed.t.size
    assert not path.with_name("net.nc.repaired").exists()
    with TraceReader(path) as reader:
        assert reader.clean
    assert np.array_equal(load_trace(path).x, killed.x)
    with xarray.open_dataset(path, engine="h5netcdf") as opened:
        assert opened.sizes["time"] == records


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_ctrl_c_saves_what_was_done(tmp_path):
    process, path = start_endless_run(tmp_path)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted at t = " in printed
    trace = load_trace(path)
    assert trace.outcome == "interrupted"
    assert trace.t.size > 300
    with TraceReader(path) as reader:
        assert reader.clean


def test_repairing_leaves_the_original_when_asked(tmp_path):
    trace = hamsim.simulate(random_description(4), dt=0.1, steps=5)
    trace.save(tmp_path / "t.nc")
    before = Path(tmp_path / "t.nc").read_bytes()
    assert repair(tmp_path / "t.nc", tmp_path / "copy.nc") == Repaired(6)
    assert (tmp_path / "t.nc").read_bytes() == before
    same(trace, load_trace(tmp_path / "copy.nc"))


def test_a_trace_without_records_is_read(tmp_path):
    trace = hamsim.simulate(random_description(4), dt=0.1, steps=5)
    none = hamsim.Trace(
        trace.header, trace.t[:0], {k: v[:0] for k, v in trace.arrays.items()}, trace.outcome
    )
    none.save(tmp_path / "t.nc")
    assert load_trace(tmp_path / "t.nc").x.shape == (0, trace.x.shape[1])


def test_a_reader_does_not_disturb_the_end_of_a_run(tmp_path):
    trace = hamsim.simulate(random_description(4), dt=0.1, steps=5)
    sink = tracefile.FileSink(tmp_path / "t.nc")
    sink.open(trace.header)
    sink.append(trace.t, trace.arrays)
    code = (
        "import sys; from hamsim.trace.reader import TraceReader\n"
        f"with TraceReader({str(tmp_path / 't.nc')!r}) as reader:\n"
        "    print(reader.length, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout.readline() == "6\n"
        sink.close(trace.outcome, trace.stats)
        reader.communicate("")
    same(trace, load_trace(tmp_path / "t.nc"))


@pytest.mark.parametrize(
    ("trials", "neurons", "records"),
    [(None, 1, 2048), (None, 3, 2048), (3, 1000, 5), (None, 16_384, 1), (2, 40_000, 1)],
)
def test_blocks_are_neither_tiny_nor_huge(trials, neurons, records):
    spec = {"format": "hamsim/1", "groups": {"a": {"size": neurons, "lagrangian": "tanh"}}}
    network = hamsim.compile(spec)
    columns = np.arange(neurons)
    header = Header("", network.groups, columns, trials, ("x", "energy"), network.tau)
    assert records_of_block(header) == records


def test_groups_may_be_an_iterator_or_a_name(trace, tmp_path):
    trace.save(tmp_path / "t.nc")
    name = trace.groups[0]
    assert load_trace(tmp_path / "t.nc", iter([name])).groups == (name,)
    assert load_trace(tmp_path / "t.nc", name).groups == (name,)
    with pytest.raises(hamsim.TraceError, match="names no group"):
        load_trace(tmp_path / "t.nc", [])


def test_a_quantity_named_twice_is_recorded_once(tmp_path):
    record = hamsim.Record(what=("x", "x"))
    hamsim.simulate(random_description(4), dt=0.1, steps=5, record=record).save(tmp_path / "t.nc")
    with pytest.raises(hamsim.HamsimError, match="names no group"):
        hamsim.Record(groups=())


@pytest.mark.parametrize("part", [0.01, 0.5, 0.95])
def test_a_trace_that_is_cut_off_is_refused_at_once(tmp_path, part):
    path = tmp_path / "t.nc"
    hamsim.simulate(random_description(4), dt=0.1, steps=50).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(hamsim.TraceError, match="is damaged: it is cut off"):
        load_trace(path)


def test_damaged_bytes_are_one_line(tmp_path):
    path = tmp_path / "t.nc"
    hamsim.simulate(random_description(4), dt=0.1, steps=500).save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(20):
        damaged = bytearray(whole)
        for place in rng.integers(48, 6000, 20):
            damaged[place] ^= 0xFF
        path.write_bytes(bytes(damaged))
        # Either it is read, or it is refused: no other exception.
        with contextlib.suppress(hamsim.TraceError):
            load_trace(path)


@pytest.mark.skipif(os.name != "posix", reason="needs locks")
def test_a_trace_that_is_being_written_is_neither_repaired_nor_replaced(tmp_path):
    process, path = start_endless_run(tmp_path)
    try:
        with pytest.raises(hamsim.TraceError, match="is being written; it needs no repair"):
            repair(path)
        trace = hamsim.simulate(random_description(4), dt=0.1, steps=5)
        with pytest.raises(hamsim.TraceError, match="is being written by another run"):
            trace.save(path)
    finally:
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted at t = " in printed
    assert repair(path).records > 300


def test_outcomes_of_trials_are_kept(tmp_path):
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "relu"}},
        "connections": [{"within": "a", "weights": 3}],
    }
    starts = [[1.0, 1.0], [-1.0, -1.0]]
    trace = hamsim.simulate(spec, starts, dt=0.5, t_end=1000)
    trace.save(tmp_path / "t.nc")
    loaded = hamsim.load_trace(tmp_path / "t.nc")
    assert loaded.outcomes == trace.outcomes == ("diverged", "finished")
    assert loaded.outcome == trace.outcome == "diverged"
    assert str(loaded.outcome) == str(trace.outcome)
    assert loaded.outcome.outcomes == trace.outcome.outcomes
    assert np.array_equal(loaded.energy, trace.energy, equal_nan=True)
    assert loaded.stats == trace.stats
    assert repair(tmp_path / "t.nc", tmp_path / "r.nc").records == trace.t.size
    assert hamsim.load_trace(tmp_path / "r.nc").outcomes == trace.outcomes


@pytest.mark.parametrize("trials", [None, 2])
def test_a_run_that_alternates_is_kept_as_such(tmp_path, trials):
    spec = {
        "format": "hamsim/1",
        "groups": {"s": {"size": 2, "lagrangian": "sign", "initial": [-1, -1]}},
        "connections": [{"within": "s", "weights": -1}],
    }
    start = None if trials is None else [[-1.0, -1.0], [1.0, -1.0]]
    trace = hamsim.simulate(spec, start, method="euler", dt=1, steps=20)
    trace.save(tmp_path / "t.nc")
    loaded = hamsim.load_trace(tmp_path / "t.nc")
    assert loaded.outcome == "alternating"
    assert loaded.outcomes == trace.outcomes
    assert loaded.stats.notes == trace.stats.notes
