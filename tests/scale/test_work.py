"""Runs of a plan are those of a loop to the bit, and each fault is the row of its run."""

import os
import subprocess
import sys

import numpy as np
import pytest

import hamsim
from hamsim.errors import HamsimError
from hamsim.scale.engines import run
from hamsim.scale.engines.joining import command, join
from hamsim.scale.plan.axes import Axis
from hamsim.scale.plan.kept import kept_of
from hamsim.scale.plan.plan import Plan
from hamsim.scale.plan.source import Description
from hamsim.scale.store import Store
from hamsim.scale.work import Work

NET = {
    "format": "hamsim/1",
    "groups": {
        "exc": {
            "size": 4,
            "lagrangian": "tanh",
            "tau": 1.0,
            "initial": {"uniform": {"low": -1, "high": 1}},
        }
    },
    "connections": [{"within": "exc", "weights": {"normal": {"mean": 0, "std": 0.5}}}],
    "simulation": {"method": "euler", "dt": 0.1, "t_end": 1},
}


def plan_of(*axes, keep=("final", "energy"), kind="runs", net=NET, **arguments):
    made = tuple(
        Axis(name, (name,), tuple((value,) for value in values), kind) for name, values in axes
    )
    return Plan(Description(net), made, kept_of(keep), arguments)


PLAN = plan_of(("groups.exc.tau", [0.5, 1.0, 2.0]), ("seed", range(5)))


def assert_as_a_loop(store, plan):
    rows = store.get(plan.keys())
    for point, row in zip(plan.points(), rows, strict=True):
        trace = hamsim.simulate(hamsim.compile(NET, point.values))
        assert (row.status, row.outcome) == ("done", trace.outcome.kind)
        assert row.values["final"].tobytes() == trace.final.tobytes()
        assert row.values["energy"] == trace.energy[-1]
        assert row.dims == {"final": ("neuron",)}
        assert row.seconds > 0


def test_processes_give_what_a_loop_gives(tmp_path):
    run(Work(PLAN), Store(tmp_path), 2)
    assert_as_a_loop(Store(tmp_path), PLAN)


def test_what_fails_is_a_row_with_its_reason():
    def raising(trace):
        raise ZeroDivisionError("of\ntwo")

    wrong = plan_of(("groups.exc.tau", [-1.0, 1.0]))
    first, second = Work(wrong).rows([0, 1])
    assert (first.status, second.status) == ("failed", "done")
    assert "groups.exc.tau" in first.reason
    assert "\n" not in first.reason
    several = plan_of(("groups.exc.tau", [1.0, 2.0]), keep=("final", raising))
    for row in Work(several).rows([0, 1]):
        assert row.status == "failed"
        assert row.reason == "keep: raising: ZeroDivisionError: of two"


def test_a_run_that_diverges_is_done():
    diverging = {**NET, "groups": {"exc": {"size": 4, "lagrangian": "identity", "tau": 1.0}}}
    diverging["groups"]["exc"]["initial"] = 1.0
    plan = plan_of(("connections[0].weights", [0.1, 1e6]), net=diverging, t_end=1e3)
    fine, wild = Work(plan).rows([0, 1])
    assert (fine.status, fine.outcome) == ("done", "finished")
    assert (wild.status, wild.outcome) == ("done", "diverged")
    assert np.isfinite(wild.values["final"]).all()


def test_an_error_of_a_library_fails_its_own_run_alone(monkeypatch):
    plan = plan_of(("initial.exc", [0.1, 0.2, 0.3]), kind="trials")
    from hamsim.scale import work

    def one_bad(plan, job):
        if any(point.number == 1 for point in job.points):
            raise MemoryError("no room")
        return runs_of(plan, job)

    runs_of = work.runs_of
    monkeypatch.setattr(work, "runs_of", one_bad)
    rows = {row.key: row for row in Work(plan).rows([0, 1, 2])}
    told = [(rows[key].status, rows[key].reason) for key in plan.keys()]
    assert told[1] == ("failed", "MemoryError: no room")
    assert [status for status, _ in told] == ["done", "failed", "done"]


def test_processes_that_are_started_anew_do_the_same(tmp_path, monkeypatch):
    plan = PLAN.write(tmp_path)
    monkeypatch.setattr("hamsim.scale.engines.processes.may_fork", lambda: False)
    run(Work(plan), Store(tmp_path), 2, command=command(tmp_path))
    assert_as_a_loop(Store(tmp_path), plan)
    assert sorted(os.listdir(tmp_path)) == ["packs", "plan.json"]


def test_a_function_that_no_other_process_finds_is_called_in_copies(tmp_path, monkeypatch):
    plan = plan_of(("seed", range(4)), keep={"double": lambda trace: 2 * trace.final})
    monkeypatch.setattr("hamsim.scale.engines.processes.may_fork", lambda: False)
    monkeypatch.setattr("hamsim.scale.work.find_spec", lambda name: None)
    work = Work(plan)
    assert not work.portable
    assert Work(PLAN).portable
    run(work, Store(tmp_path), 2, command=None)
    for point, row in zip(plan.points(), Store(tmp_path).get(work.keys), strict=True):
        final = hamsim.simulate(hamsim.compile(NET, point.values)).final
        assert np.array_equal(row.values["double"], 2 * final)


def test_who_joins_does_what_is_missing(tmp_path):
    with pytest.raises(HamsimError, match="holds no sweep"):
        join(tmp_path)
    PLAN.write(tmp_path)
    join(tmp_path, 1)
    assert_as_a_loop(Store(tmp_path), PLAN)


def test_threads_of_others_forbid_a_fork():
    code = (
        "import threading\nfrom hamsim.scale.engines.children import may_fork\nprint(may_fork())\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\nprint(may_fork())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.split() == [str(sys.platform == "linux"), "False"]
