"""`hamsim sweep` as it is called: what is printed, written, and returned as exit status."""

import json

import numpy as np
import pytest

import hamsim
from hamsim.scale import sweep as module
from hamsim.scale.plan import runs


def swept(*more):
    over = ("--over", "groups.left.tau=1:2:0.5", "--over", "simulation.t_end=1,2")
    return ("sweep", "pair.yaml", *over, "--out", "out", "--engine", "serial", *more)


def test_a_sweep_is_made_once_and_more_values_add(run, pair, tmp_path):
    status, out, err = run(*swept("--seeds", "2", "--table", "t.csv"))
    assert (status, err) == (0, "")
    assert "axes    groups.left.tau (3), simulation.t_end (2), seed (2)" in out
    assert "runs    12: 12 done" in out
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 13
    status, out, _ = run(*swept("--seeds", "3", "--json"))
    facts = json.loads(out)
    assert (status, facts["runs"], facts["stored_before"], facts["done"]) == (0, 18, 12, 18)
    assert facts["axes"] == {"groups.left.tau": 3, "simulation.t_end": 2, "seed": 3}
    network = hamsim.compile(pair, {"groups.left.tau": 1.5, "simulation.t_end": 2})
    dataset = hamsim.load_sweep("out")
    found = dataset.final.sel({"groups.left.tau": 1.5, "simulation.t_end": 2, "seed": 1})
    assert np.array_equal(found, hamsim.simulate(network).final)
    status, out, _ = run("sweep", "--out", "out")
    assert (status, "runs    18: 18 done" in out) == (0, True)
    status, out, _ = run("sweep", "--join", "out", "--engine", "serial")
    assert (status, "made    0 in" in out) == (0, True)


def test_a_dry_run_tells_and_writes_nothing(run, pair, tmp_path):
    status, out, _ = run(*swept("--dry-run", "--json"))
    facts = json.loads(out)
    assert (status, facts["runs"], facts["stored"], facts["workers"]) == (0, 6, 0, 1)
    assert facts["seconds"] == pytest.approx(6 * facts["seconds_a_run"])
    assert facts["bytes"] == 6 * facts["bytes_a_run"] > 0
    assert not (tmp_path / "out").exists()
    run(*swept())
    facts = json.loads(run(*swept("--dry-run", "--json", "--seeds", "2"))[1])
    assert (facts["runs"], facts["missing"]) == (12, 6)  # seed 0 is the file's
    facts = json.loads(run(*swept("--dry-run", "--json"))[1])
    assert (facts["stored"], facts["missing"]) == (6, 0)
    assert "runs    6, of which 6 are stored" in run(*swept("--dry-run"))[1]


def test_what_failed_is_made_anew_if_somebody_asks(run, pair, monkeypatch):
    go, broken = runs.simulate, [True]

    def simulate(*args, **more):
        if broken[0]:
            raise hamsim.HamsimError("no room")
        return go(*args, **more)

    monkeypatch.setattr(runs, "simulate", simulate)
    assert "6 failed" in run(*swept())[1]
    broken[0] = False
    status, out, _ = run(*swept())
    assert (status, "6 failed" in out) == (1, True)
    status, out, _ = run(*swept("--retry", "--json"))
    facts = json.loads(out)
    assert (status, facts["stored_before"], facts["done"], facts["failed"]) == (0, 0, 6, 0)
    facts = json.loads(run(*swept("--retry", "--json"))[1])
    assert (facts["stored_before"], facts["done"]) == (6, 6)


def test_runs_that_go_wrong_are_told(run, pair):
    over = ("--over", "simulation.dt=0.01,20", "--set", "simulation.t_end=2000", "-q")
    more = ("--set", "groups.left.lagrangian=identity", "--set", "connections[0].weights=9")
    status, out, _ = run("sweep", "pair.yaml", *over, *more, "--out", "out", "--json")
    facts = json.loads(out)
    assert status == 1
    assert facts["diverged"] + facts["failed"] > 0


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(run, pair, monkeypatch):
    rows = module.Work.rows

    def interrupted(self, job):
        for row in rows(self, job):
            yield row
            if 3 in job:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module.Work, "rows", interrupted)
        status, out, err = run(*swept())
    assert status == 130
    assert "interrupted; what was made is in out, and the same command goes on" in err
    status, out, _ = run(*swept("--json"))
    facts = json.loads(out)
    assert (status, facts["done"]) == (0, 6)
    assert facts["stored_before"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pair.yaml",), "nothing is swept over"),
        (("pair.yaml", "--over", "groups.lef.tau=1"), "no group 'lef'; did you mean 'left'?"),
        (("pair.yaml", "--over", "groups.left.tau=1,-1"), "over groups.left.tau = -1: must be at"),
        (("pair.yaml", "--over", "groups.left.tau"), "write PATH=VALUE,VALUE"),
        (("pair.yaml", "--seeds", "x"), "--seeds x: write how many, or which"),
        (("pair.yaml", "--seeds", "2", "--keep", "fnal"), "did you mean 'final'?"),
        (("pair.yaml", "--seeds", "2", "--engine", "dusk"), "engine is 'dusk'; allowed are"),
        (("pair.yaml", "--seeds", "2", "--workers", "0"), "--workers 0: at least 1 is needed"),
        (("pair.yaml", "--seeds", "2", "--out", "."), "holds other files, as 'pair.yaml'"),
        (("pair.yaml", "--seeds", "2", "--table", "t.txt"), "allowed endings are .csv, .parquet"),
        (("pair.yaml", "--samples", "2"), "--sample PATH=LOW:HIGH of what: give both"),
        (("pair.yaml", "--join", "x"), "--join takes no network file"),
        (("--seeds", "2"), "name the network file that is to be swept"),
        ((), "name a network file; or a folder"),
        (("--join", "nowhere"), "nowhere holds no sweep"),
        (("--out", "nowhere"), "nowhere"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_made(run, pair, tmp_path, arguments, said):
    status, out, err = run("sweep", *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["pair.yaml"]
