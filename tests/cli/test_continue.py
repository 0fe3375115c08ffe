"""`hamsim continue`: what it prints, writes and refuses."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

GAIN = """\
format: hamsim/1
name: two
parameters: {gain: 1}
groups:
  a: {size: 2, lagrangian: tanh, tau: 1}
connections:
  - {within: a, weights: gain}
"""


@pytest.fixture
def two(tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(GAIN)
    return path


def test_it_tells_draws_and_writes(run, two):
    arguments = ["continue", two, "--over", "parameters.gain=0:2", "--step", "0.1"]
    status, out, err = run(*arguments, "--plot", "d.png", "--show", "a[0]", "-o", "d.csv")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "two",
        "3 branches of rest states over parameters.gain from 0 to 2",
        "pitchfork      parameters.gain = 1, branches 0, 1, 2",
        *out.splitlines()[3:6],
        "d.png",
        "d.csv",
    ]
    assert out.splitlines()[3].startswith("branch         0: 0 to 2, ")
    assert out.splitlines()[3].endswith("points, stable, 1 unstable")
    assert Path("d.png").read_bytes().startswith(b"\x89PNG")
    with open("d.csv", encoding="utf-8", newline="") as stream:
        names, *rows = csv.reader(stream)
    assert names[:7] == [
        *("branch", "point", "parameters.gain", "stable", "unstable", "energy", "special")
    ]
    assert names[7:] == ["a[0]", "a[1]"]
    assert {row[0] for row in rows} == {"0", "1", "2"}
    for row in rows:
        gain, x = float(row[2]), np.array(row[7:], dtype=float)
        assert np.abs(gain * np.tanh(x[::-1]) - x).max() < 1e-9
    assert {row[6] for row in rows} == {"", "pitchfork"}


def test_json_has_all(run, two):
    arguments = ["continue", two, "--over", "parameters.gain=0:2", "--step", "0.2", "--json"]
    status, out, _ = run(*arguments, "--no-switch", "--initial", "[0, 0]")
    facts = json.loads(out)
    assert status == 0
    assert facts["over"] == "parameters.gain"
    assert len(facts["branches"]) == 1
    assert facts["special"][0]["parameter"] == pytest.approx(1.0)
    assert facts["complete"] is True
    assert facts["made"]["seed"] == 0


def test_values_are_set_besides(run, two):
    arguments = ["continue", two, "--over", "groups.a.input=-1:1", "--json", "--step", "0.1"]
    status, out, _ = run(*arguments, "--set", "parameters.gain=2", "--initial", "{a: -2.99}")
    facts = json.loads(out)
    assert status == 0
    assert "fold" in [point["kind"] for point in facts["special"]]
    assert facts["made"]["overrides"] == {"parameters.gain": 2}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--over", "parameters.gain"], "write PATH=START:STOP"),
        (["--over", "parameters.gain=0:x"], "write PATH=START:STOP"),
        (["--over", "parameters.gian=0:1"], "did you mean 'gain'"),
        (["--over", "parameters.gain=1:1"], "there is nothing between them"),
        (["--over", "parameters.gain=0:1", "--initial", "{b: 1}"], "b"),
        (["--over", "parameters.gain=0:1", "--plot", "nosuch/x.png"], "cannot write"),
        (["--over", "parameters.gain=0:1", "--plot", "x.gif"], "allowed endings are"),
        (["--over", "parameters.gain=0:1", "--plot", "x.png", "--show", "b"], "b"),
    ],
)
def test_mistakes_are_one_line(run, two, arguments, said):
    status, out, err = run("continue", two, *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
