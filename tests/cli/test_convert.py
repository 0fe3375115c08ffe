"""`hamsim convert` as a user calls it."""

import json
import os
from pathlib import Path

import pytest
from same_network import assert_same_network

import hamsim
from hamsim.cli.main import main
from hamsim.io.convert import read

NETWORKS = Path(__file__).parent.parent.parent / "networks"
RING = NETWORKS / "ring.yaml"


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Call the command in an empty folder: exit status, output, errors."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    return call


def test_there_and_back_and_run(run):
    one = hamsim.compile(RING)
    said = "180 neurons, 32,400 synapses\n"
    assert run("convert", RING, "x.graphml") == (0, f"x.graphml: {said}", "")
    assert run("convert", "x.graphml", "x.yaml") == (0, f"x.yaml and x-data.npz: {said}", "")
    assert sorted(os.listdir()) == ["x-data.npz", "x.graphml", "x.yaml"]
    assert_same_network(read("x.yaml").network, one)
    status, out, err = run("run", "x.yaml", "--no-save", "--steps", 3)
    assert (status, err) == (0, "")
    assert "180 neurons" in out


def test_as_json(run):
    status, out, err = run(
        "convert", NETWORKS / "gated.yaml", "x.dat", "--to", "node-link", "--json"
    )
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "from": "yaml",
        "to": "node-link",
        "files": ["x.dat"],
        "neurons": 12,
        "synapses": 0,
        "gated": 8,
        "notes": [],
    }
    status, out, _ = run("convert", "x.dat", "y.yaml", "--from", "node-link")
    assert (status, out) == (0, "y.yaml: 12 neurons, 0 synapses, 8 gated synapses\n")


def test_overrides(run):
    groups = list(hamsim.load(RING).groups)
    assert run("convert", RING, "y.json", "--set", f"groups.{groups[0]}.tau=2")[0] == 0
    assert set(read("y.json").network.tau) == {2.0}
    status, _, err = run("convert", "y.json", "z.yaml", "--set", "groups.none.tau=2")
    assert status == 2
    assert "--set: groups.none: no group 'none'" in err


def test_connectomes_say_what_is_a_placeholder(run):
    value = {
        "nodes": ["A", "B"],
        "connections": {"GJ": [[0, 1], [1, 0]], "CS": [[0, 1], [0, 0]], "X": [[0, 0], [0, 0]]},
    }
    Path("worm.json").write_text(json.dumps(value))
    status, out, err = run("convert", "worm.json", "x.yaml", "--synapses", "CS", "--synapses", "X")
    assert (status, err) == (0, "")
    assert out == (
        "x.yaml: 2 neurons, 1 synapses\n"
        "note: the Lagrangian tanh and tau 1 are placeholders: the file says nothing of them\n"
    )
    status, out, _ = run("convert", "worm.json", "y.yaml", "--json")
    assert json.loads(out)["from"] == "connectome"
    assert "placeholders" in json.loads(out)["notes"][0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.yaml", "x.json"], "none.yaml: no such file"),
        (["none.json", "x.yaml"], "'none.json': no such file"),
        ([RING, "x.txt"], "'x.txt' ends in none of .yaml, .yml, .graphml, .json, .npz, .mtx"),
        ([RING, "x.json", "--to", "jsn"], "no format 'jsn'; formats: yaml, graphml"),
        ([RING, "x.json", "--from", "graphlm"], "no format 'graphlm'; did you mean 'graphml'"),
        ([RING, "x.json", "--synapses", "GJ"], "are chosen from a connectome, not from yaml"),
        ([RING, "none/x.json"], "cannot write 'none/x.json': No such file or directory"),
        ([RING, "."], "'.' ends in none of"),
        ([RING, ".", "--to", "yaml", "--force"], "'.' is a folder; name a file"),
        ([RING, "there.json"], "'there.json' is there already; --force replaces it"),
        (["there.json", "x.yaml"], "'there.json' is not a graph in node-link form"),
    ],
)
def test_mistakes_are_one_line(run, arguments, message):
    Path("there.json").write_text("{}")
    status, out, err = run("convert", *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert os.listdir() == ["there.json"]


def test_force_replaces(run):
    Path("x.mtx").write_text("old")
    assert run("convert", NETWORKS / "model_b.yaml", "x.mtx", "--force")[0] == 0
    assert_same_network(read("x.mtx").network, hamsim.compile(NETWORKS / "model_b.yaml"))


def test_help_has_an_example(run):
    status, out, _ = run("convert", "--help")
    assert status == 0
    assert "Example:  hamsim convert networks/ring.yaml ring.graphml" in out
