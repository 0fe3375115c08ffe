"""Whatever ends a run, at whatever write, all its finished records can be read."""

import contextlib
import errno
import itertools
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from made_traces import WHAT, made

import hamsim
from hamsim.trace import file as tracefile
from hamsim.trace.reader import TraceReader, load_trace
from hamsim.trace.repair import repair


@pytest.fixture(
    scope="module", params=[(None, "float64"), (3, "float32")], ids=["single", "trials"]
)
def trace(request):
    return made(*request.param)


def pieces(trace):
    """Records as a run hands them on: a few at first, then many."""
    bounds = [0, 1, 3, 10, 40, 120, 250, 550, trace.t.size]
    for first, last in itertools.pairwise(bounds):
        yield trace.t[first:last], {what: a[first:last] for what, a in trace.arrays.items()}


class Disk:
    """Stands for `os.pwrite`: keeps all writes, or fails at one of them."""

    def __init__(self, fail_at=None, error=errno.ENOSPC, part=0.0):
        self.writes, self.finished = [], []
        self.fail_at, self.error, self.part = fail_at, error, part

    def __call__(self, file, content, place):
        if self.fail_at == len(self.writes):
            if self.part:  # first a part is written, then there is no room
                part, self.part = int(self.part * len(content)), 0.0
                return os.pwrite(file, content[: max(1, part)], place)
            raise OSError(self.error, os.strerror(self.error))
        self.writes.append((place, bytes(content)))
        return os.pwrite(file, content, place)


def write(trace, path, disk):
    """Write a trace in pieces; the error that it ends with, or None."""
    sink = tracefile.FileSink(path)
    try:
        sink.open(trace.header)
        for t, arrays in pieces(trace):
            sink.append(t, arrays)
            disk.finished.append((len(disk.writes), t.size))
        sink.close(trace.outcome, trace.stats)
    except hamsim.TraceError as error:
        sink.abandon()
        return error
    return None


def finished(disk, writes):
    """How many records were finished, as far as their writer knew, after so many writes."""
    return sum(size for number, size in disk.finished if number <= writes)


def require_begin(found, trace):
    """Require that what was found is the begin of a trace, bit for bit."""
    k = found.t.size
    assert np.array_equal(found.t, trace.t[:k])
    for what in WHAT:
        assert np.array_equal(found.arrays[what], trace.arrays[what][:k], equal_nan=True)
    assert found.header.source == trace.header.source
    assert found.made == trace.made
    assert found.outcome == "unfinished" or str(found.outcome) == str(trace.outcome)
    return k


@pytest.fixture
def disk(monkeypatch):
    disk = Disk()
    monkeypatch.setattr(tracefile, "_pwrite", lambda *arguments: disk(*arguments))
    return disk


@pytest.mark.skipif(not hasattr(os, "pwrite"), reason="needs pwrite")
def test_every_prefix_of_the_writes_holds_all_finished_records(trace, tmp_path, disk):
    assert write(trace, tmp_path / "t.nc", disk) is None
    content = (tmp_path / "t.nc").read_bytes()
    writes, disk.writes = disk.writes, []
    path = tmp_path / "prefix.nc"
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    places = np.random.default_rng(0)
    torn = 0
    for number, (place, data) in enumerate(writes):
        if number:  # without the head there is no file of this name
            for cut in {0, 1, len(data) - 1, *places.integers(0, len(data), 3).tolist()}:
                size = os.fstat(file).st_size
                before = os.pread(file, len(data), place)
                os.pwrite(file, data[:cut], place)
                found = load_trace(path)
                assert require_begin(found, trace) >= finished(disk, number)
                torn += 1
                os.pwrite(file, before, place)
                os.ftruncate(file, size)
        os.pwrite(file, data, place)
        found = load_trace(path)
        assert require_begin(found, trace) >= finished(disk, number + 1)
        repaired = tmp_path / "repaired.nc"
        if number % 5 == 0 or number > len(writes) - 5:
            assert repair(path, repaired).records == found.t.size
            with TraceReader(repaired) as reader:
                assert reader.clean
            assert require_begin(load_trace(repaired), trace) == found.t.size
    os.close(file)
    assert path.read_bytes() == content
    assert number > 50
    assert torn > 200


@pytest.mark.skipif(not hasattr(os, "pwrite"), reason="needs pwrite")
def test_every_place_of_a_write_error_keeps_all_finished_records(trace, tmp_path, disk):
    path = tmp_path / "t.nc"
    assert write(trace, path, disk) is None
    number_of_writes = len(disk.writes)
    errors = itertools.cycle([errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG])
    for place in range(number_of_writes):
        path.unlink(missing_ok=True)
        code = next(errors)
        disk.__init__(place, code, 0.5 * (place % 2))
        error = write(trace, path, disk)
        assert os.strerror(code) in str(error)
        assert "\n" not in str(error)
        assert os.listdir(tmp_path) == (["t.nc"] if place else [])
        if place:
            found = load_trace(path)
            assert require_begin(found, trace) >= finished(disk, place)
            are = "record is" if found.t.size == 1 else "records are"
            assert f"; {found.t.size} {are} kept" in str(error)


@pytest.mark.parametrize("call", ["ftruncate", "replace", "open"])
def test_errors_while_opening_leave_an_older_trace_and_nothing_else(
    trace, tmp_path, monkeypatch, call
):
    path = tmp_path / "t.nc"
    trace.save(path)
    before = path.read_bytes()

    def fail(*arguments):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(hamsim.TraceError, match=r"cannot write .*: Input/output error$"):
            trace.save(path)
    monkeypatch.setattr(tracefile, "_pwrite", fail)
    with pytest.raises(hamsim.TraceError, match=r"cannot write .*: Input/output error$"):
        trace.save(path)
    assert os.listdir(tmp_path) == ["t.nc"]
    assert path.read_bytes() == before


def test_an_error_of_closing_is_told(trace, tmp_path, monkeypatch):
    sink = tracefile.FileSink(tmp_path / "t.nc")
    sink.open(trace.header)
    sink.append(trace.t, trace.arrays)
    close = os.close

    def fail(file):
        close(file)
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    with monkeypatch.context() as patch:
        patch.setattr(os, "close", fail)
        with pytest.raises(hamsim.TraceError, match=r"cannot write the end of .*; 601 records"):
            sink.close(trace.outcome, trace.stats)
    sink.abandon()


@pytest.mark.skipif(os.name != "posix", reason="needs locks and links")
def test_what_an_ended_run_has_left_neither_blocks_nor_piles_up(trace, tmp_path):
    path = tmp_path / "t.nc"
    sink = tracefile.FileSink(path)
    sink._describe(trace.header)
    file = sink._claim()
    os.write(file, b"half a head")
    with pytest.raises(hamsim.TraceError, match="is being written by another run"):
        trace.save(path)
    os.close(file)
    assert len(os.listdir(tmp_path)) == 1
    trace.save(path)
    assert os.listdir(tmp_path) == ["t.nc"]


def test_a_link_to_a_trace_stays_a_link(trace, tmp_path):
    (tmp_path / "folder").mkdir()
    link = tmp_path / "t.nc"
    trace.save(tmp_path / "folder" / "real.nc")
    try:
        link.symlink_to(tmp_path / "folder" / "real.nc")
    except OSError:
        pytest.skip("needs links")
    trace.save(link)
    assert link.is_symlink()
    assert os.listdir(tmp_path / "folder") == ["real.nc"]
    with TraceReader(link) as reader:
        assert reader.clean


def test_a_loop_of_links_is_told(trace, tmp_path):
    try:
        (tmp_path / "a.nc").symlink_to(tmp_path / "b.nc")
        (tmp_path / "b.nc").symlink_to(tmp_path / "a.nc")
    except OSError:
        pytest.skip("needs links")
    with pytest.raises(hamsim.TraceError, match="cannot write"):
        trace.save(tmp_path / "a.nc")
    with pytest.raises(hamsim.TraceError):
        load_trace(tmp_path / "a.nc")


SMALL = """
format: hamsim/1
groups:
  a: {size: 12, lagrangian: tanh, initial: {normal: {std: 1}}}
connections:
  - {within: a, weights: {normal: {std: 0.1}}}
simulation: {method: euler, dt: 0.01, t_end: 5, record: {what: [x, energy]}}
"""
# The limit begins with the first records: compiled code is kept in files too.
LIMITED = """
import resource, sys
from hamsim.cli.main import main
from hamsim.trace.file import FileSink
append = FileSink.append
def limited(self, *arguments):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
    append(self, *arguments)
FileSink.append = limited
main(["run", "net.yaml", "--quiet", "--set", "simulation.t_end=80"])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs limits of files")
@pytest.mark.parametrize("size", [4500, 118_000, 400_000])
def test_a_run_whose_file_may_not_grow_ends_with_one_line_and_keeps_its_records(tmp_path, size):
    (tmp_path / "net.yaml").write_text(SMALL)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(size)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("cannot write 'net.nc': File too large")
    assert done.stderr.count("\n") == 1
    found = load_trace(tmp_path / "net.nc")
    assert f"{found.t.size:,} record" in done.stderr
    assert found.t == pytest.approx(np.arange(found.t.size) * 0.01)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_runs_that_are_killed_at_random_moments_lose_no_finished_record(tmp_path):
    """Each child says how many records it has finished; see tools/kill_runs.py for more of it."""
    code = (
        "import sys, numpy as np, hamsim\n"
        "from hamsim.trace.file import FileSink\n"
        "from hamsim.trace.outcome import Outcome\n"
        "from hamsim.trace.stats import Stats\n"
        "spec = {'format': 'hamsim/1', 'groups': {'a': {'size': 50, 'lagrangian': 'tanh'}}}\n"
        "network = hamsim.compile(spec)\n"
        "from hamsim.trace.trace import Header\n"
        "header = Header('', network.groups, np.arange(50), None, ('x',), network.tau)\n"
        "while True:\n"
        "    sink = FileSink('t.nc'); sink.open(header)\n"
        "    for k in range(60):\n"
        "        t = np.arange(7 * k, 7 * k + 7, dtype=float)\n"
        "        sink.append(t, {'x': np.repeat(t[:, None, None], 50, axis=2)})\n"
        "        print(7 * k + 7, flush=True)\n"
        "    sink.close(Outcome('finished', ''), Stats()); print(0, flush=True)\n"
    )
    moments = np.random.default_rng(3).exponential(0.03, size=5)
    for moment in moments:
        with subprocess.Popen(
            [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        ) as child:
            child.stdout.readline()
            time.sleep(moment)
            child.send_signal(signal.SIGKILL)
            told = [line for line in child.stdout.read().split("\n")[:-1] if line]
        found = load_trace(tmp_path / "t.nc")
        # Of the run before, if the next one was killed before it had put its head there.
        least = int(told[-1]) if told else 7
        assert found.t.size >= (least or 0)
        assert np.array_equal(found.t, np.arange(found.t.size))
        assert np.array_equal(found.x, np.repeat(found.t[:, None], 50, axis=1))
    assert len(os.listdir(tmp_path)) <= 2


def test_a_run_is_not_lost_with_the_error_of_a_reader(trace, tmp_path):
    """A reader in the same process does not take the mark off a trace that is being written."""
    path = tmp_path / "t.nc"
    sink = tracefile.FileSink(path)
    sink.open(trace.header)
    sink.append(trace.t, trace.arrays)
    assert load_trace(path).outcome == "unfinished"
    with contextlib.suppress(hamsim.TraceError):
        load_trace(path, ["nope"])
    if os.name == "posix":
        with pytest.raises(hamsim.TraceError, match="is being written"):
            trace.save(path)
        with pytest.raises(hamsim.TraceError, match="is being written"):
            repair(path)
    sink.close(trace.outcome, trace.stats)
    require_begin(load_trace(path), trace)
    trace.save(path)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_trace_can_be_read_at_any_moment_of_its_run(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from made_traces import made\n"
        "from hamsim.trace.file import FileSink\n"
        "whole = made(None, records=20_000)\n"
        "while True:\n"
        "    sink = FileSink('t.nc'); sink.open(whole.header)\n"
        "    for k in range(0, 20_000, 3):\n"
        "        part = slice(k, k + 3)\n"
        "        sink.append(whole.t[part], {w: a[part] for w, a in whole.arrays.items()})\n"
        "    sink.close(whole.outcome, whole.stats)\n"
        "    print('closed', flush=True)\n"
    )
    tests = os.path.dirname(os.path.dirname(__file__))
    with subprocess.Popen(
        [sys.executable, "-c", code, tests], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as child:
        child.stdout.readline()
        whole = made(None, records=20_000)
        lengths = set()
        try:
            for _ in range(150):
                lengths.add(require_begin(load_trace(tmp_path / "t.nc"), whole))
        finally:
            child.kill()
    assert len(lengths) > 5
