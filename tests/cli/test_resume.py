"""`hamsim run --resume`, `--checkpoint` and `--until`."""

import json

import numpy as np
import pytest

import hamsim

NETWORK = """\
format: hamsim/1
groups:
  a: {size: 4, lagrangian: tanh, input: 0.3, initial: {normal: {std: 1.0}}}
connections: [{within: a, weights: {normal: {std: 0.5}}}]
simulation: {method: heun, dt: 0.1, t_end: 4, record: {every: 0.5}}
"""


@pytest.fixture(autouse=True)
def net(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK)


def same(one, two):
    one, two = hamsim.load_trace(one), hamsim.load_trace(two)
    assert np.array_equal(one.t, two.t)
    assert np.array_equal(one.x, two.x)
    assert np.array_equal(one.state.x, two.state.x)
    assert one.stats.steps == two.stats.steps


def test_a_run_goes_on_in_its_file_or_in_another(run):
    assert run("run", "net.yaml", "-q", "-o", "whole.nc", "--t-end", "9")[0] == 0
    assert run("run", "net.yaml", "-q", "--t-end", "2.2", "--checkpoint", "1s")[0] == 0
    status, out, _ = run("run", "--resume", "net.nc", "--t-end", "9", "-o", "other.nc")
    assert status == 0
    assert "finished at t = 9" in out
    same("whole.nc", "other.nc")
    assert hamsim.load_trace("net.nc").t[-1] == pytest.approx(2.2)
    assert run("run", "--resume", "net.nc", "-q")[0] == 0  # to the end that the file says
    assert hamsim.load_trace("net.nc").t[-1] == 4.0
    status, out, _ = run("run", "net.yaml", "--resume", "net.nc", "--steps", "50", "--json")
    assert json.loads(out)["outcome"]["kind"] == "finished"
    same("whole.nc", "net.nc")


def test_what_was_set_still_is(run):
    values = ("--set", "groups.a.tau=2", "--trials", "3", "--dtype", "float32")
    assert run("run", "net.yaml", "-q", *values, "-o", "whole.nc")[0] == 0
    assert run("run", "net.yaml", "-q", *values, "--t-end", "1")[0] == 0
    assert run("run", "--resume", "net.nc", "-q", "--t-end", "4")[0] == 0
    same("whole.nc", "net.nc")
    status, _, err = run("run", "--resume", "net.nc", "--t-end", "8", "--set", "groups.a.tau=3")
    assert status == 2
    assert "the network is not that of the trace any more: tau of group 'a'" in err


def test_mistakes_are_one_line(run, tmp_path):
    run("run", "net.yaml", "-q")
    content = (tmp_path / "net.nc").read_bytes()
    (tmp_path / "changed.yaml").write_text(NETWORK.replace("0.3", "0.4"))
    for arguments, message in (
        (["--resume", "net.nc"], "the run begins at t = 4; give a later t_end, or steps"),
        (["--resume", "no.nc"], "no file 'no.nc'"),
        (["--resume", "net.nc", "--dt", "0.2"], "--dt does not go with --resume"),
        (["--resume", "net.nc", "--no-save"], "--no-save does not go with --resume"),
        (["changed.yaml", "--resume", "net.nc", "--t-end", "9"], "input of group 'a'"),
        (["net.yaml", "--checkpoint", "soon"], "--checkpoint is 'soon'; it must be a time such"),
        (["net.yaml", "--until", "mean(b.x) > 1"], "until expression: no group"),
        (["net.yaml", "--until", "{energie: 1}"], "until has no key 'energie'; did you mean"),
        ([], "Missing argument 'FILE'"),
    ):
        status, _, err = run("run", *arguments)
        assert (status, err.count("\n")) == (2, 1), err
        assert message in err
    assert (tmp_path / "net.nc").read_bytes() == content


def test_ends_are_said_in_the_command(run):
    for until, told in (
        ("0.5", "converged at t = "),
        ("mean(a.x) > -9 and t > 1", "finished at t = 1.5: mean(a.x) > -9 and t > 1"),
        ("{time: 2.5}", "finished at t = 2.5"),
        ("{energy: 1000}", "converged at t = 0.5: the energy changes by"),
    ):
        status, out, _ = run("run", "net.yaml", "--no-save", "--until", until)
        assert status == 0
        assert told in out
