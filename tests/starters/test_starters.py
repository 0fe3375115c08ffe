"""Networks to begin with run, are proved to come to rest, and say commands that work."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import hamsim
from hamsim.cli.main import main
from hamsim.errors import HamsimError
from hamsim.spec.jsonschema import schema
from hamsim.spec.text import parse_text
from hamsim.starters.connectome import network_of, read_connectome
from hamsim.starters.kinds import KINDS, plain_word


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


def commands_in(text):
    """Commands that the head of a file names, without what is said behind them."""
    found = re.findall(r"^#   hamsim (.*)$", text, re.MULTILINE)
    return [shlex.split(re.split(r"\s{2,}", line)[0]) for line in found]


@pytest.mark.parametrize("kind", KINDS)
def test_a_starter_is_written_and_does_what_it_says(run, kind):
    status, out, err = run("new", kind)
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == f"{kind}.yaml"
    text = Path(f"{kind}.yaml").read_text(encoding="utf-8")
    assert not re.search(r"\{(file|name|picture|results|stem)\}", text)
    assert max(map(len, text.splitlines())) <= 115
    commands = commands_in(text)
    assert len(commands) >= 3
    for command in commands:
        status, _, err = run(*command)
        assert status == 0, (command, err)
    assert Path(f"{kind}.png").stat().st_size > 0
    if kind == "circuit":
        rows = Path("circuit.csv").read_text(encoding="utf-8").splitlines()
        kept = [float(row.rpartition(",")[2]) for row in rows[1:]]
        # Of a moment at which there is something to be seen, and which differs between runs.
        assert min(kept) > 0.01
        assert max(kept) > 2 * min(kept)


@pytest.mark.parametrize("kind", KINDS)
def test_a_starter_is_proved_to_come_to_rest(run, kind):
    run("new", kind)
    spec = hamsim.load(f"{kind}.yaml")
    assert spec.name == kind
    assert hamsim.check(spec).converges == "proved"
    network = hamsim.compile(spec)
    assert np.isfinite(hamsim.simulate(network).x).all()
    from jsonschema import Draft202012Validator

    raw = parse_text(Path(f"{kind}.yaml").read_text(encoding="utf-8"))[0]
    assert Draft202012Validator(schema()).is_valid(raw)


def test_the_memory_recalls_and_the_layers_learn(run):
    run("new", "memory")
    trace = hamsim.simulate("memory.yaml")
    assert np.argmax(trace.g[:, -1, -3:], axis=1).tolist() == [0, 1, 2]
    run("new", "layers")
    end = hamsim.simulate(hamsim.train("layers.yaml").network).g[:, -1]
    assert np.argmax(end, axis=1).tolist() == [0, 0, 0, 1, 1, 1]


def test_nothing_is_overwritten(run):
    Path("memory.yaml").write_text("mine")
    status, out, err = run("new", "memory")
    assert (status, out) == (2, "")
    assert err == "'memory.yaml' is there already; nothing was written\n"
    assert Path("memory.yaml").read_text() == "mine"
    Path("connectome.csv").write_text("mine")
    assert "'connectome.csv' is there already" in run("new", "connectome")[2]
    assert not Path("connectome.yaml").exists()
    Path("link.yaml").symlink_to("nowhere")
    assert "'link.yaml' is there already" in run("new", "layers", "-o", "link.yaml")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["memry"], "no kind 'memry'; did you mean 'memory'?"),
        (["nosuch.csv"], "no file 'nosuch.csv'; hamsim new connectome writes an example"),
        (["memory", "-o", "x.txt"], "a network file ends in .yaml, not 'x.txt'"),
        (["memory", "-o", "no/x.yaml"], "there is no folder 'no'"),
        (["memory", "--columns", "a,b,c"], "--columns is for a csv file"),
        (["memory", "-o", "a\nb.yaml"], "no control characters"),
    ],
)
def test_mistakes_are_told_in_a_line(run, arguments, said):
    status, out, err = run("new", *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert list(Path().iterdir()) == []


def test_names_of_files_that_are_strange(run):
    for name in ("a: b.yaml", "naïve #1.yaml", "true.yaml", "it's.yaml"):
        assert run("new", "circuit", "-o", name)[0] == 0
        assert hamsim.load(name).name == name.removesuffix(".yaml")
        first = commands_in(Path(name).read_text(encoding="utf-8"))[0]
        assert first[1] == name
    Path("sub").mkdir()
    status, out, _ = run("new", "connectome", "-o", "sub/net.yaml", "--json")
    assert status == 0
    assert json.loads(out)["files"] == ["sub/net.yaml", "sub/net.csv"]
    assert hamsim.compile("sub/net.yaml").n_neurons == 11


# --- tables of one's own -----------------------------------------------------------------------


def started(table, target="net.yaml", columns=()):
    """The network that a table begins as."""
    for path, text in network_of(read_connectome(table, columns), table, Path(target)).items():
        path.write_text(text, encoding="utf-8")
    return hamsim.compile(target)


def weights(network):
    """Weights by names of neurons, before scaling."""
    scale = hamsim.load("net.yaml").connections[0].scale
    dense = network.W.toarray() / scale
    return np.round(dense, 9)


@pytest.mark.parametrize(
    ("text", "W"),
    [
        ("pre,post,weight\nA,B,2\nB,C,3\n", [[0, 0, 0], [2, 0, 0], [0, 3, 0]]),
        ("A,B,2\nB,C,3\n", [[0, 0, 0], [2, 0, 0], [0, 3, 0]]),
        ("post,pre,n\nB,A,2\nC,B,3\n", [[0, 2, 0], [0, 0, 0], [0, 0, 3]]),
        ("type,source,target,w\nx,A,B,2\ny,B,C,3\n", [[0, 0, 0], [2, 0, 0], [0, 3, 0]]),
        ("0,1,2\n1,2,3\n", [[0, 0, 0], [2, 0, 0], [0, 3, 0]]),
        ("pre;post;count\nA;B;2\nA;B;1\n", [[0, 0], [3, 0]]),
        ("A,B,2\nB,A,2\n", [[0, 2], [2, 0]]),
        ("A,B,2\nB,A,3\n", [[0, 3], [2, 0]]),
        ("A,A,1\nA,B,2\n", [[1, 0], [2, 0]]),
        (",A,B\nA,0,5\nB,0,0\n", [[0, 5], [0, 0]]),
        ("pre,post,weight\n17,4,2\n4,9,-1\n", [[0, 0, 0], [2, 0, 0], [0, -1, 0]]),
        ("A,B,2\nC,B,-3\n", [[0, 0, 0], [2, 0, -3], [0, 0, 0]]),
    ],
)
def test_tables_of_synapses(tmp_path, monkeypatch, text, W):
    monkeypatch.chdir(tmp_path)
    Path("syn.csv").write_text(text)
    network = started("syn.csv")
    found, wanted = weights(network), np.array(W, dtype=float)
    names = [network.label(k).partition(".")[2] for k in range(network.n_neurons)]
    if "B,A" in text and "post,pre" in text:  # in the order in which neurons come
        order = [names.index(name) for name in "ABC"]
        found = found[np.ix_(order, order)]
        wanted = np.array([[0, 0, 0], [2, 0, 0], [0, 3, 0]], dtype=float)
    assert np.array_equal(found, wanted)
    assert np.abs(network.W.toarray()).sum(axis=1).max() < 1.0
    assert hamsim.check(network).converges == "proved"


def test_the_neuron_that_is_driven_sends_most_to_others(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("syn.csv").write_text("A,A,9\nA,B,1\nB,C,-2\n")
    assert read_connectome("syn.csv", ()).sender == "B"


def test_a_table_in_which_each_synapse_goes_both_ways_has_an_energy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("gap.csv").write_text("a,b,weight\nA,B,2\nB,A,2\nB,C,-1\nC,B,-1\n")
    found = hamsim.check(started("gap.csv", columns=("a", "b", "weight")))
    assert found.energy_decreases == "proved"


def test_many_neurons_get_a_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    pairs = {(int(a), int(b)) for a, b in rng.integers(0, 200, (600, 2)) if a != b}
    lines = [f'N{a:03d},"N,{b}",{rng.integers(1, 9)}' for a, b in sorted(pairs)]
    Path("syn.csv").write_text("pre,post,count\n" + "\n".join(lines) + "\n")
    network = started("syn.csv")
    names = Path("net_neurons.csv").read_text().splitlines()
    assert names[0] == "id"
    assert len(names) == network.n_neurons + 1
    assert network.W.nnz == len(pairs)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\nA,B\n", "has 2 columns (a, b); say which hold who sends"),
        ("a,b,c,d\nA,B,1,2\n", "has 4 columns (a, b, c, d); say which hold"),
        ("pre,post,weight\n", "has no edge below its header"),
        ("pre,post,weight\nA,B,x\n", "line 2: 'x' is not a number"),
        ("pre,post,weight\nA,B,inf\n", "line 2: a weight is a finite number"),
        ("pre,post,weight\nA,,1\n", "line 2: a neuron has no name"),
        ("pre,post,weight\nA,B,1\nC\n", "line 3 has 1 column, not 3"),
        ("", "is empty"),
    ],
)
def test_tables_that_are_none(tmp_path, monkeypatch, text, said):
    monkeypatch.chdir(tmp_path)
    Path("syn.csv").write_text(text)
    with pytest.raises(HamsimError) as caught:
        read_connectome("syn.csv")
    assert said in str(caught.value), str(caught.value)
    assert "\n" not in str(caught.value)


def test_columns_are_chosen(run):
    Path("syn.csv").write_text("x,a,b,size\n1,A,B,2\n1,B,C,4\n")
    assert "has 4 columns" in run("new", "syn.csv")[2]
    assert run("new", "syn.csv", "--columns", "a,b,size")[0] == 0
    assert "columns: [a, b, size]" in Path("syn.yaml").read_text()
    assert hamsim.compile("syn.yaml").W.nnz == 2
    said = run("new", "syn.csv", "--columns", "a,c,size", "-o", "y.yaml")[2]
    assert "no column 'c' in 'syn.csv'" in said
    assert "three columns" in run("new", "syn.csv", "--columns", "a,b", "-o", "y.yaml")[2]


def test_what_cannot_be_loaded_leaves_nothing(run):
    Path("syn.csv").write_text('pre,post,weight\nA,B,1\n"A.b[0]",B,1\n" ",B,1\n')
    status, _, err = run("new", "syn.csv")
    assert status == 2
    assert err
    assert [path.name for path in Path().iterdir()] == ["syn.csv"]


@pytest.mark.parametrize("word", ["A", "A-1", "true", "1", "a: b", "é", "", "data/x.csv", "#"])
def test_words_are_read_back(word):
    assert parse_text(f"[{plain_word(word)}]")[0] == [word]
