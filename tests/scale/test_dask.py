"""The engine of Dask makes what the other engines make, whether workers see the folder or not."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import distributed
import numpy as np
import pytest
from scale.fake import Fake
from scale.test_engines import assert_whole

import hamsim
from hamsim.errors import HamsimError
from hamsim.scale.engines import dask, packs, remote
from hamsim.scale.engines.dask import run_on_dask
from hamsim.scale.store import Store


@contextmanager
def cluster(processes, n_workers=1, threads=1):
    """A client of a cluster, in processes or in threads of this one."""
    import dask as library

    quiet = {"dashboard_address": "127.0.0.1:0", "silence_logs": 50}
    # A task that was killed once is given up, so that tests are short.
    with (
        library.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers, processes=processes, threads_per_worker=threads, **quiet
        ) as found,
        distributed.Client(found, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def threads():
    """A cluster in this process, with two threads."""
    with cluster(False, threads=2) as client:
        yield client


def blind(monkeypatch):
    """Let workers not see the folder."""
    monkeypatch.setattr(dask, "_seen", lambda client, file: [False])


def hide_data_files(folder, monkeypatch):
    """Let nobody see data files in a folder from when they go out until all rows are back."""
    carried, work = remote.carried, packs.Packs.work

    def carried_away(task):
        content = carried(task)
        folder.rename(folder.with_name("away"))
        return content

    def work_and_put_back(self):
        work(self)
        folder.with_name("away").rename(folder)

    monkeypatch.setattr(remote, "carried", carried_away)
    monkeypatch.setattr(packs.Packs, "work", work_and_put_back)


@pytest.mark.parametrize("sees", [True, False])
def test_every_run_is_made_once(tmp_path, threads, monkeypatch, sees):
    if not sees:
        blind(monkeypatch)
    task, told = Fake(60, shared=3), []
    run_on_dask(task, Store(tmp_path), threads, progress=told.append)
    assert_whole(tmp_path, task)
    assert told[-1].done == told[-1].total == 60
    before = os.listdir(tmp_path / "packs")
    run_on_dask(task, Store(tmp_path), threads)
    assert os.listdir(tmp_path / "packs") == before


def test_only_what_is_missing_is_made(tmp_path, threads):
    task = Fake(20)
    stored = [row for n in range(0, 20, 2) for row in task.rows([n])]
    for row in stored:
        object.__setattr__(row, "seconds", 77.0)
    Store(tmp_path).put(stored)
    run_on_dask(task, Store(tmp_path), threads)
    rows = assert_whole(tmp_path, task).get(task.keys)
    assert [row.seconds == 77.0 for row in rows] == [n % 2 == 0 for n in range(20)]


@pytest.mark.parametrize("sees", [True, False])
def test_runs_of_a_network_are_those_of_a_loop(tmp_path, threads, monkeypatch, sees):
    """To the bit, and with data files that workers get from the client if they see none."""
    if not sees:
        blind(monkeypatch)
        hide_data_files(tmp_path / "sweep" / "data", monkeypatch)
    np.savetxt(tmp_path / "w.csv", np.array([[0.0, 1.5], [1.5, 0.0]]), delimiter=",")
    network = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "tanh", "tau": 1, "initial": [0.5, -0.2]}},
        "connections": [{"within": "a", "weights": {"file": str(tmp_path / "w.csv")}}],
        "simulation": {"method": "rk4", "dt": 0.1, "t_end": 1},
    }
    over = {"groups.a.tau": [1.0, 2.0, 3.0]}
    found = hamsim.sweep(network, over, out=tmp_path / "sweep", engine=threads)
    for tau in over["groups.a.tau"]:
        trace = hamsim.simulate(hamsim.compile(network, {"groups.a.tau": tau}), threads=1)
        np.testing.assert_array_equal(found.final.sel({"groups.a.tau": tau}), trace.final)
    assert sorted(os.listdir(tmp_path / "sweep")) == ["data", "packs", "plan.json"]


def test_workers_that_are_killed_lose_nothing(tmp_path):
    task = Fake(30, killers=(13,))
    with cluster(True, n_workers=2) as client:
        run_on_dask(task, Store(tmp_path), client)
        store = assert_whole(tmp_path, task, but=(13,))
    (row,) = store.get([task.keys[13]])
    assert (row.status, row.reason) == (
        "set aside",
        "set aside: the process that made it died 3 times",
    )


def test_packs_that_workers_die_of_are_taken_apart(tmp_path, threads, monkeypatch):
    blind(monkeypatch)
    timed = packs._timed

    def dies(content, numbers):
        """Of run 5; what Dask says of a task then."""
        if 5 in numbers:
            raise distributed.KilledWorker("pack", SimpleNamespace(address="tcp://one"), 0)
        return timed(content, numbers)

    monkeypatch.setattr(packs, "_timed", dies)
    task = Fake(12, shared=4)
    run_on_dask(task, Store(tmp_path), threads)
    (row,) = assert_whole(tmp_path, task, but=(5,)).get([task.keys[5]])
    assert row.status == "set aside"
    assert "died while running it" in row.reason


def test_mistakes_are_told_in_a_line(tmp_path, threads, monkeypatch):
    store = Store(tmp_path)
    monkeypatch.setattr("hamsim.scale.engines.cluster.SECONDS", 0.2)
    with pytest.raises(
        HamsimError, match=r"no scheduler of Dask answers at tcp://127\.0\.0\.1:9: "
    ):
        run_on_dask(Fake(2), store, "tcp://127.0.0.1:9")
    with pytest.raises(HamsimError, match=r"engine: 7 is no cluster; allowed: 'dask', the"):
        run_on_dask(Fake(2), store, 7)
    monkeypatch.setattr("hamsim.__version__", "0.0.0")
    monkeypatch.setattr("hamsim.scale.engines.remote.looked", lambda file: ("0.1.0", True))
    with pytest.raises(HamsimError, match=r"has hamsim 0\.1\.0, not 0\.0\.0 as here"):
        run_on_dask(Fake(2), store, threads)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(HamsimError, match=r"pip install 'hamsim\[dask\]'"):
        run_on_dask(Fake(2), store)
    assert not list(Path(tmp_path).rglob("*.npz"))


def test_a_scheduler_that_goes_is_told_with_what_is_stored(tmp_path, threads):
    task = Fake(6)
    Store(tmp_path).put([row for n in range(4) for row in task.rows([n])])
    with (
        pytest.raises(ZeroDivisionError),  # not the scheduler's
        dask._noticed(threads, Store(tmp_path), task.keys),
    ):
        raise ZeroDivisionError
    closed = distributed.Client(threads.cluster, set_as_default=False)
    closed.close()
    with (
        pytest.raises(HamsimError, match="scheduler of Dask is gone; 4 of 6 runs are stored"),
        dask._noticed(closed, Store(tmp_path), task.keys),
    ):
        closed.nthreads()
