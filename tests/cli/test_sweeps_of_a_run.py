"""`hamsim run` with methods that set neurons in turn: its lines, JSON, pictures and resuming."""

import json

import numpy as np
import pytest

import hamsim
from hamsim.cli.main import main

PAIR = """\
format: hamsim/1
groups: {a: {neurons: [left, right], lagrangian: sign, initial: [1, -1]}}
connections: [{within: a, weights: {edges: [[left, right, 1.0]]}}]
simulation: {method: {asynchronous: {order: sequential}}}
"""


@pytest.fixture
def pair(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pair.yaml").write_text(PAIR, encoding="utf-8")


def called(capsys, *arguments):
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    told = capsys.readouterr()
    return caught.value.code or 0, told.out, told.err


def test_the_lines_of_a_run(pair, capsys):
    status, out, err = called(capsys, "run", "pair.yaml", "--plot", "pair.png")
    assert status == 0, err
    lines = out.splitlines()
    assert lines[1].startswith("check   proved to come to rest: each update lowers the energy")
    assert lines[2] == "method  asynchronous, order sequential, at most 1,000 sweeps"
    assert lines[3] == "at rest after 1 sweep and 1 flip: no neuron wants to change"
    assert lines[4] == "energy  from 1 to -1; never rose"
    assert lines[5] == "x       a: -1, -1"
    assert lines[6].startswith("time    1 sweep in ")
    assert "residual" not in out
    assert hamsim.load_trace("pair.nc").t.tolist() == [0, 1]


def test_a_cycle_is_named(pair, capsys):
    status, out, _ = called(capsys, "run", "pair.yaml", "--method", "synchronous", "--no-save")
    assert status == 0
    assert "check   not guaranteed to come to rest: it comes to rest or to a 2-cycle" in out
    assert "method  synchronous, at most 1,000 sweeps" in out
    assert "2-cycle of 2 neurons, a.left, a.right: back and forth between two states" in out


def test_options_and_json(pair, capsys):
    arguments = ("--temperature", "[3, 1, 0]", "--order", "[a.right, 0]", "--seed", "5", "--json")
    status, out, _ = called(capsys, "run", "pair.yaml", "--no-save", *arguments)
    assert status == 0
    found = json.loads(out)
    how = {"temperature": [3, 1, 0], "order": [1, 0], "seed": 5}
    trace = hamsim.simulate("pair.yaml", **how)
    assert found["final"]["a"] == trace.x[-1].tolist()
    assert found["stats"]["sweeps"] == trace.stats.sweeps == 3 or trace.outcome == "converged"
    assert found["stats"]["flips"] == trace.stats.flips
    assert found["stats"]["seed"] == 5
    assert found["check"]["in_steps"] is True
    assert found["outcome"]["kind"] == trace.outcome.kind


def test_what_is_refused(pair, capsys):
    for arguments, message in (
        (("--temperature", "warm"), "temperature is 'warm'; it must be a finite number"),
        (("--temperature", "[1"), "--temperature"),
        (("--order", "up"), "order is 'up'; allowed: random, sequential, neurons"),
        (("--dt", "0.1"), "dt is given, but asynchronous takes no steps in time; give sweeps"),
        (("--method", "euler", "--sweeps", "3"), "sweeps is given, but 'euler' makes no sweeps"),
    ):
        status, _, err = called(capsys, "run", "pair.yaml", "--no-save", *arguments)
        assert status == 2, arguments
        assert message in err
        assert err.count("\n") == 1


def test_a_run_goes_on_in_its_file(pair, capsys):
    how = ("--temperature", "2", "--order", "random")
    called(capsys, "run", "pair.yaml", "--sweeps", "12", "-o", "whole.nc", *how)
    called(capsys, "run", "pair.yaml", "--sweeps", "5", "-o", "part.nc", *how)
    status, out, _ = called(capsys, "run", "--resume", "part.nc", "--sweeps", "7")
    assert status == 0, out
    whole, both = hamsim.load_trace("whole.nc"), hamsim.load_trace("part.nc")
    assert np.array_equal(both.t, whole.t)
    assert np.array_equal(both.x, whole.x)
    assert both.stats.flips == whole.stats.flips
    status, _, err = called(capsys, "run", "--resume", "part.nc", "--order", "random")
    assert (status, err.count("\n")) == (2, 1)
    assert "--order does not go with --resume" in err
    status, _, err = called(capsys, "run", "--resume", "part.nc")
    assert "the trace has come to its end after 12 sweeps" in err


def test_sweeps_of_runs_over_temperatures_and_orders(pair, capsys):
    over = {
        "simulation.method.asynchronous.temperature": [0.5, 2.0],
        "simulation.method.asynchronous.order": ["random", "sequential"],
    }
    more = {"simulation.sweeps": 4}
    spec = hamsim.load("pair.yaml", more)
    result = hamsim.sweep(spec, over=over, seeds=2, keep=("final", "energy"), out="found/")
    assert result.sizes["seed"] == 2
    for temperature in over["simulation.method.asynchronous.temperature"]:
        for order in over["simulation.method.asynchronous.order"]:
            for seed in (0, 1):
                place = {
                    "simulation.method.asynchronous.temperature": temperature,
                    "simulation.method.asynchronous.order": order,
                }
                alone = hamsim.simulate(hamsim.load(spec, {**place, "seed": seed}))
                row = result.sel({**place, "seed": seed})
                assert np.array_equal(np.ravel(row.final), alone.final), (place, seed)
