"""`hamsim convert` as a user calls it."""

import json
import os
from pathlib import Path

import pytest
from same_network import assert_same_network

import hamsim
from hamsim.formats.convert import read

NETWORKS = Path(__file__).parent.parent.parent / "networks"
RING = NETWORKS / "ring.yaml"


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
    facts = json.loads(out)
    assert set(facts.pop("made")) == {"hamsim", "date", "seed", "overrides"}
    assert facts == {
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
        "x.yaml: 2 neurons, 1 synapse\n"
        "note: the Lagrangian tanh and tau 1 are placeholders: the file says nothing of them\n"
    )
    status, out, _ = run("convert", "worm.json", "y.yaml", "--json")
    assert json.loads(out)["from"] == "connectome"
    assert "placeholders" in json.loads(out)["notes"][0]


WORM = {
    "directed": True,
    "nodes": [
        {"id": 0, "cell": "AVAL", "type": "inter", "tau_ms": 16.0, "drive": 1.0, "v0": 0.5},
        {"id": 1, "cell": "AVAR", "type": "motor"},
    ],
    "links": [{"source": 0, "target": 1, "Synapses": 25}, {"source": 1, "target": 0}],
}


def test_attributes_of_a_graph_are_named(run):
    Path("worm.json").write_text(json.dumps(WORM))
    names = ["--weight", "Synapses", "--id", "cell", "--group", "type", "--tau", "tau_ms"]
    names += ["--input", "drive", "--initial", "v0"]
    defaults = ["--default-weight", "0.5", "--default-tau", "24"]
    status, out, err = run("convert", "worm.json", "x.yaml", *names, *defaults)
    assert (status, err) == (0, "")
    assert out == (
        "x.yaml: 2 neurons, 2 synapses\n"
        "note: 1 of 2 edges have no Synapses: their weight is 0.5\n"
        "note: some nodes have no Lagrangian: tanh is a placeholder\n"
    )
    made = read("x.yaml").network
    assert [(g.name, g.neuron_names) for g in made.groups] == [
        ("inter", ("AVAL",)),
        ("motor", ("AVAR",)),
    ]
    assert made.W.toarray().tolist() == [[0.0, 0.5], [25.0, 0.0]]
    assert made.tau.tolist() == [16.0, 24.0]
    assert (made.input.tolist(), made.initial.tolist()) == ([1.0, 0.0], [0.5, 0.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "'worm.json': no edge has a weight, but edges have other numbers: 'Synapses'; say"),
        (["--weight", "Synapse"], "no edge has an attribute 'Synapse'; did you mean 'Synapses'?"),
        (["--weight", "Synapses"], "edge '1' - '0' has no Synapses, other edges have; give it one"),
        (["--default-weight", "1", "--tau", "tau_ms"], "node '1' has no tau_ms, 1 of 2 nodes have"),
        (["--default-weight", "1", "--group", "typ"], "an attribute 'typ'; did you mean 'type'?"),
        (["--default-weight", "nan"], "default_weight nan is not a finite number"),
        (["--wieght", "Synapses"], "--weight"),
    ],
)
def test_attributes_that_are_missing(run, arguments, message):
    Path("worm.json").write_text(json.dumps(WORM))
    status, out, err = run("convert", "worm.json", "x.yaml", *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert os.listdir() == ["worm.json"]


def test_parallel_edges_may_be_refused(run):
    value = {**WORM, "multigraph": True, "links": [{"source": 0, "target": 1, "weight": 2}] * 2}
    Path("worm.json").write_text(json.dumps(value))
    status, _, err = run("convert", "worm.json", "x.yaml", "--repeated", "refuse")
    assert status == 2
    assert "edge '0' - '1' is there more than once" in err
    status, out, _ = run("convert", "worm.json", "x.yaml")
    assert "note: 1 parallel edge is added to others between the same nodes" in out
    assert read("x.yaml").network.W[1, 0] == 4.0


@pytest.mark.parametrize("ending", [".graphml", ".json", ".npz", ".mtx"])
def test_other_commands_read_what_can_be_converted(run, ending):
    file = f"x{ending}"
    assert run("convert", NETWORKS / "model_b.yaml", file)[0] == 0
    one = hamsim.compile(NETWORKS / "model_b.yaml")
    status, out, err = run("info", file, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["synapses"] == one.W.nnz
    status, out, err = run("show", file)
    assert (status, err) == (0, "")
    Path("shown.yaml").write_text(out, encoding="utf-8")
    assert_same_network(read("shown.yaml").network, one)
    status, out, err = run("run", file, "--no-save", "--steps", 3)
    assert (status, err) == (0, "")
    assert f"{one.n_neurons} neurons" in out
    group = one.groups[0].name
    status, out, _ = run("info", file, "--json", "--set", f"groups.{group}.tau=7")
    assert json.loads(out)["groups"][0]["tau"] == [7.0, 7.0]
    found, whole = (
        json.loads(run("check", each, "--json")[1]) for each in (file, NETWORKS / "model_b.yaml")
    )
    assert found.pop("made").keys() == whole.pop("made").keys()  # the second they were made in
    assert found == whole


def test_other_commands_say_what_a_file_left_open(run):
    value = {**WORM, "links": []}
    Path("worm.json").write_text(json.dumps(value))
    status, out, err = run("info", "worm.json", "--json")
    assert status == 0
    assert json.loads(out)["neurons"] == 2
    assert err.startswith("note: not read: 'cell', 'type', 'tau_ms', 'drive', 'v0' of nodes\n")
    assert run("run", "worm.json", "--no-save", "--steps", 1, "-q") == (0, "", "")
    Path("worm.json").write_text(json.dumps(WORM))
    status, out, err = run("info", "worm.json")
    assert (status, out) == (2, "")
    assert "hamsim convert --weight Synapses" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.yaml", "x.json"], "'none.yaml': no such file"),
        (["none.json", "x.yaml"], "'none.json': no such file"),
        ([RING, "x.txt"], "'x.txt' ends in none of .yaml, .yml, .graphml, .json, .npz, .mtx"),
        ([RING, "x.json", "--to", "jsn"], "no format 'jsn'; formats: yaml, graphml"),
        ([RING, "x.json", "--from", "graphlm"], "no format 'graphlm'; did you mean 'graphml'"),
        ([RING, "x.json", "--weight", "w"], "attributes are chosen of a graph (graphml, "),
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
