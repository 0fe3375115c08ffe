"""Values put in place of a description's: every name is read, or refused with what was meant."""

import numpy as np
import pytest

import hamsim
from hamsim.spec.text import parse_text

TEXT = """\
format: hamsim/1
name: a circuit
parameters: {gain: 0.5, half: gain/2}
groups:
  exc: {shape: [2, 2], lagrangian: tanh, tau: 2 * half}
  named: {neurons: [AVAL, {id: AVBL, tau: 3}], lagrangian: {kind: softmax, beta: gain}}
  "007": {size: 1, lagrangian: identity}
  "7": {size: 1, lagrangian: identity}
connections:
  - {name: lateral, within: exc, weights: 0.5}
  - {between: [exc, named], weights: gain}
stimuli:
  - {group: exc, value: 1, start: 1, stop: 2}
"""


@pytest.fixture(params=["file", "dict"])
def source(request, tmp_path):
    """The same description as a file and as a dict."""
    if request.param == "file":
        (tmp_path / "net.yaml").write_text(TEXT)
        return tmp_path / "net.yaml"
    return parse_text(TEXT)[0]


def refusal(source, overrides):
    with pytest.raises(hamsim.HamsimError) as caught:
        hamsim.load(source, overrides)
    return str(caught.value)


def test_neurons_of_a_table_are_said_to_be_there(tmp_path):
    (tmp_path / "n.csv").write_text("id,tau\nAVA,1\nAVB,2\n")
    group = {"neurons": {"file": str(tmp_path / "n.csv"), "blank": {"input": 0}}}
    group["lagrangian"] = "tanh"
    table = {"format": "hamsim/1", "groups": {"G": group}}
    told = refusal(table, {"groups.G.neurons.AVA.tau": 3})
    assert "groups.G.neurons.AVA.tau: the neurons of G are in the table " in told
    assert "change the row of 'AVA' there, or from Python the compiled network, as by " in told
    said = {"tau": {"G.AVA": 2}}
    assert "network.replace(tau={'G.AVA': 2})" in told
    assert hamsim.compile(table).replace(**said).tau.tolist() == [2, 2]
    assert "unknown key" in refusal(table, {"groups.G.neurons.AVA": 3})
    assert hamsim.load(table, {"groups.G.neurons.blank.tau": 3}).groups["G"].tau == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("parameters.gian", "nothing uses this parameter; did you mean 'gain'?"),
        ("parameters.tau", "nothing uses this parameter; used are: gain, half"),
        ("parameters.gain.x", "parameters.gain is 0.5, not a mapping"),
        ("groups.exc.tua", "unknown key; did you mean 'tau'?"),
        ("groups.exc.tau.x", "groups.exc.tau is '2 * half', not a mapping"),
        ("groups.exc.lagrangian.bta", "unknown key; did you mean 'beta'?"),
        ("groups.exc.lagrangian.over", "tanh is element-wise"),
        ("groups.exc.shape[2]", "there is no groups.exc.shape[2]; groups.exc.shape has 2"),
        ("groups.named.neurons.AVAR.tau", "there is no groups.named.neurons.AVAR; did you mean"),
        ("groups.named.neurons[0].tua", "unknown key; did you mean 'tau'?"),
        ("groups.named.neurons[2].tau", "groups.named.neurons has 2, from [0] on"),
        ("connections.laterl.weights", "there is no connections.laterl; did you mean 'lateral'?"),
        ("connections.lateral.wieghts", "unknown key; did you mean 'weights'?"),
        ("connections[2].weights", "there is no connections[2]; connections has 2, from [0] on"),
        ("connections[-1].weights", "there is no connections.-1; names: lateral"),
        (f"connections[{9**99}].weights", "there is no connections."),
        ("stimuli[2].value", "there is no stimuli[2]; stimuli has 1, from [0] on"),
        ("stimuli[0].valeu", "unknown key; did you mean 'value'?"),
        ("stimuli.exc.value", "there is no stimuli.exc; stimuli has 1, from [0] on"),
        ("simulation.ddt", "unknown key; did you mean 'dt'?"),
        ("simulation.dt.x", "must be a number or an expression, not a mapping"),
        ("simulation.record.evry", "unknown key; did you mean 'every'?"),
        ("simulaton.dt", "unknown key; did you mean 'simulation'?"),
        ("sede", "unknown key; did you mean 'seed'?"),
        ("name.x", "name is 'a circuit', not a mapping"),
        ("references[0]", "must be a list, not a mapping"),
    ],
)
def test_a_name_that_nothing_reads_is_refused(source, path, message):
    told = refusal(source, {path: 1})
    assert told.startswith("--set: ")
    assert message in told
    assert "\n" not in told


@pytest.mark.parametrize("door", [hamsim.load, hamsim.compile])
def test_a_group_that_is_not_there_is_refused(source, door):
    with pytest.raises(hamsim.SpecError, match="no group 'ecx'; did you mean 'exc'"):
        door(source, {"groups.ecx.tau": 1})


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("parameters.gain", 2, lambda s: (s.groups["exc"].tau, s.connections[1].weights) == (2, 2)),
        ("parameters.half", "gain/4", lambda s: s.groups["exc"].tau == 0.25),
        ("groups.exc.tau", 3, lambda s: s.groups["exc"].tau == 3),
        ("groups.exc.tau", "3*gain", lambda s: s.groups["exc"].tau == 1.5),
        ("groups.named.tau", 3, lambda s: s.groups["named"].tau == 3),
        ("groups.named.tau.normal.std", 3, lambda s: "std=3" in str(s.groups["named"].tau)),
        ("groups.exc.shape", [3, 3], lambda s: s.groups["exc"].shape == (3, 3)),
        ("groups.exc.shape", (3, 3), lambda s: s.groups["exc"].shape == (3, 3)),
        ("groups.exc.shape[0]", 5, lambda s: s.groups["exc"].shape == (5, 2)),
        ("groups.exc.initial", np.ones(4), lambda s: s.groups["exc"].initial == (1, 1, 1, 1)),
        ("groups.exc.initial", np.float32(2), lambda s: s.groups["exc"].initial == 2),
        (
            "groups.exc.lagrangian.beta",
            2,
            lambda s: s.groups["exc"].lagrangian.parameters["beta"] == 2,
        ),
        ("groups.named.neurons[0].tau", 7, lambda s: s.groups["named"].neurons[0].tau == 7),
        ("groups.named.neurons.AVAL.tau", 7, lambda s: s.groups["named"].neurons[0].tau == 7),
        ("groups.named.neurons.AVBL.tau", 7, lambda s: s.groups["named"].neurons[1].tau == 7),
        ("groups.007.tau", 7, lambda s: (s.groups["007"].tau, s.groups["7"].tau) == (7, 1)),
        ("groups.7.tau", 7, lambda s: (s.groups["007"].tau, s.groups["7"].tau) == (1, 7)),
        ("connections[0].weights", 7, lambda s: s.connections[0].weights == 7),
        ("connections.0.weights", 7, lambda s: s.connections[0].weights == 7),
        ("connections.lateral.weights", 7, lambda s: s.connections[0].weights == 7),
        ("connections[1].density", 0.5, lambda s: s.connections[1].density == 0.5),
        ("stimuli[0].stop", 7, lambda s: s.stimuli[0].stop == 7),
        ("stimuli", [], lambda s: s.stimuli == ()),
        ("simulation.dt", 7, lambda s: s.simulation.dt == 7),
        ("simulation.until.residual", 7, lambda s: "residual=7" in str(s.simulation.until)),
        ("simulation.record.what", ["g"], lambda s: s.simulation.record.what == ("g",)),
        ("seed", 7, lambda s: s.seed == 7),
        ("references", ["a"], lambda s: s.references == ("a",)),
    ],
)
def test_a_name_that_is_read_takes_the_value(source, path, value, read):
    assert not read(hamsim.load(source))
    assert read(hamsim.load(source, {path: value}))


def test_a_parameter_whose_use_is_overridden_is_not_to_blame(source):
    spec = hamsim.load(
        source,
        {"groups.exc.tau": 1, "groups.named.lagrangian": "softmax", "connections[1].weights": 1},
    )
    assert spec.groups["exc"].tau == 1
    # One that is set has to be used all the same.
    overrides = {"groups.exc.tau": 1, "parameters.half": 3}
    told = "--set: parameters.half: nothing uses this parameter; used are: gain"
    assert refusal(source, overrides) == told


def test_a_parameter_that_only_an_overridden_one_used_is_not_to_blame():
    group = {"size": 1, "lagrangian": "tanh", "tau": "half"}
    source = {"format": "hamsim/1", "parameters": {"half": "gain/2", "gain": 1}}
    source["groups"] = {"g": group}
    assert hamsim.load(source, {"parameters.half": 3}).groups["g"].tau == 3
    told = "--set: parameters.gain: nothing uses this parameter; used are: half"
    assert refusal(source, {"parameters.half": 3, "parameters.gain": 2}) == told


def test_a_new_parameter_may_be_used_by_another_override(source):
    overrides = {"parameters.k": 3, "groups.exc.tau": "2*k"}
    assert hamsim.load(source, overrides).groups["exc"].tau == 6
    overrides = {"parameters": {"gain": 1, "half": 2, "hlaf": 1}}
    assert refusal(source, overrides).endswith("nothing uses this parameter; did you mean 'half'?")


@pytest.mark.parametrize("path", ["", "...", 3, None, ("groups", "exc")])
def test_what_is_no_path_is_refused(source, path):
    assert "is no path" in refusal(source, {path: 1})


@pytest.mark.parametrize("overrides", [["groups.exc.tau"], "groups.exc.tau=2", 3])
def test_overrides_that_are_no_mapping_are_refused(source, overrides):
    assert refusal(source, overrides).startswith(
        "overrides must be a dict of paths and values, not "
    )


def test_a_value_that_another_replaces_is_refused(source):
    one = {"groups.exc.tau": 1, "groups.exc": {"size": 1, "lagrangian": "tanh"}}
    assert "would take the place of groups.exc.tau" in refusal(source, one)
    one = {"connections[0].weights": 1, "connections.0.weights": 2}
    assert "connections[0].weights is given twice" in refusal(source, one)


def test_a_value_nested_without_end_is_refused(source):
    value = []
    value.append(value)
    told = refusal(source, {"groups.exc.tau": value})
    assert told == "groups.exc.tau[0][0][0]: nested more than 50 deep"


def test_an_entry_of_a_list_that_is_not_there_is_refused():
    description = {"format": "hamsim/1", "groups": {"a": {"size": 1, "lagrangian": "tanh"}}}
    for path in ("stimuli[0].value", "connections[0].weights"):
        assert refusal(description, {path: 1}).endswith(" has no entries")


# --- a Spec, whose expressions are numbers ---


def test_parameters_of_a_spec_cannot_be_set_any_more(source):
    spec = hamsim.load(source)
    assert "override the file" in refusal(spec, {"parameters.gain": 1})
    assert "override the file" in refusal(spec, {"parameters": {"gain": 1}})
    assert "nothing uses this parameter" in refusal(spec, {"parameters.gian": 1})
    assert hamsim.load(spec, {"groups.exc.tau": "4*gain"}).groups["exc"].tau == 2
    assert hamsim.load(spec, {"groups.exc.tau": 2}).parameters == {"gain": 0.5, "half": 0.25}


def test_a_spec_can_be_changed_as_a_dict(source):
    spec = hamsim.load(source)
    plain = spec.model_dump(by_alias=True, exclude_none=True)
    assert hamsim.load(plain) == spec
    plain["groups"]["exc"]["tau"] = 5
    assert hamsim.load(plain).groups["exc"].tau == 5


def test_a_resolved_file_has_no_parameters_to_set(source, tmp_path):
    spec = hamsim.load(source)
    (tmp_path / "resolved.yaml").write_text(hamsim.dump(spec))
    assert hamsim.load(tmp_path / "resolved.yaml") == spec
    told = refusal(tmp_path / "resolved.yaml", {"parameters.gain": 1})
    assert told == "--set: parameters.gain: nothing uses this parameter; used are: none"


# --- values that every neuron has its own of ---


OWN = {
    "list": [{"id": "A", "tau": 1, "input": 2, "initial": 3}, {"id": "B", "tau": 1, "input": 0}],
    "table": {"file": "own.csv"},
}


@pytest.fixture(params=["list", "table", "spec", "resolved"])
def owned(request, tmp_path, monkeypatch):
    """Two neurons with tau and input of their own, and one of them with an initial state."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.csv").write_text("id,tau,input,initial\nA,1,2,3\nB,1,0,\n")
    neurons = OWN.get(request.param, OWN["list"])
    if request.param == "table":
        neurons = {**neurons, "blank": {"initial": "default"}}
    source = {
        "format": "hamsim/1",
        "parameters": {"fast": 0.5, "all": 3},
        "groups": {
            "g": {"neurons": neurons, "lagrangian": "tanh", "tau": "fast", "initial": "all"},
            "h": {"size": 2, "lagrangian": "tanh", "input": "all"},
        },
    }
    if request.param == "spec":
        return hamsim.load(source)
    if request.param == "resolved":
        (tmp_path / "net.yaml").write_text(hamsim.dump(hamsim.load(source)))
        return tmp_path / "net.yaml"
    return source


@pytest.mark.parametrize("key", ["tau", "input"])
@pytest.mark.parametrize("value", [2, [1, 2], {"uniform": {}}, "2*3"])
def test_a_value_that_every_neuron_has_its_own_of_is_refused(owned, key, value):
    told = refusal(owned, {f"groups.g.{key}": value})
    assert told.startswith(f"--set: groups.g.{key}: nothing reads this: every neuron of 'g' has")
    assert "\n" not in told
    assert told.endswith(("in 'own.csv'", f"set groups.g.neurons.A.{key}"))
    inside = refusal(owned, {f"groups.g.{key}.normal.std": 1}) if key == "input" else told
    assert f"groups.g.{key}" in inside


def test_a_value_that_some_neuron_takes_is_read(owned):
    network = hamsim.compile(owned, {"groups.g.initial": 7})
    assert network.initial[:2].tolist() == [3, 7]
    names = {"groups.g.neurons": ["A", "B"], "groups.g.tau": 9}
    assert hamsim.compile(owned, names).tau[:2].tolist() == [9, 9]


@pytest.mark.parametrize("owned", ["list", "spec", "resolved"], indirect=True)
def test_a_neuron_of_a_list_can_be_set_by_its_name(owned):
    network = hamsim.compile(owned, {"groups.g.neurons.B.tau": 5})
    assert network.tau[:2].tolist() == [1, 5]


@pytest.mark.parametrize("kind", ["list", "table"])
def test_a_parameter_of_which_nobody_reads_the_use_is_refused(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.csv").write_text("id,tau\nA,1\nB,2\n")
    neurons = {"list": [{"id": "A", "tau": 1}, {"id": "B", "tau": 2}], "table": OWN["table"]}[kind]
    group = {"neurons": neurons, "lagrangian": {"kind": "tanh", "beta": "b"}, "tau": "a + b"}
    source = {
        "format": "hamsim/1",
        "parameters": {"a": "c", "b": 2, "c": 1},
        "groups": {"g": group},
    }
    assert hamsim.load(source).groups["g"].tau == 3
    message = "nothing reads what this parameter is used for: neurons have their own"
    for name in ("a", "c"):
        assert refusal(source, {f"parameters.{name}": 3}) == f"--set: parameters.{name}: {message}"
    assert hamsim.load(source, {"parameters.b": 3}).groups["g"].lagrangian.parameters["beta"] == 3
    source["groups"]["h"] = {"size": 1, "lagrangian": "tanh", "tau": "a"}
    assert hamsim.load(source, {"parameters.c": 3}).groups["h"].tau == 3


DENSE = {
    "format": "hamsim/1",
    "groups": {
        "bits": {"size": 3, "lagrangian": "sign"},
        "memories": {"size": 2, "tau": 0},
    },
    "connections": [
        {
            "between": ["memories", "bits"],
            "weights": {"memories": [[1, 1, 1], [1, -1, 1]], "dense": {"degree": 3}},
        }
    ],
}


def test_what_dense_says_of_memories_is_changed_there_alone():
    changed = "groups.memories.lagrangian: is what dense beside the memories says; change that"
    with pytest.raises(hamsim.SpecError, match=changed):
        hamsim.load(DENSE, {"groups.memories.lagrangian": "relu"})
    network = hamsim.compile(DENSE, {"connections[0].weights.dense.degree": 4})
    assert network.groups[1].family.formula == "x**4"


def test_all_groups_beside_dense_may_be_put_anew():
    groups = {**DENSE["groups"], "bits": {"size": 3, "lagrangian": "tanh"}}
    network = hamsim.compile(DENSE, {"groups": groups})
    assert network.groups[0].family.name == "tanh"
    assert network.groups[1].family.formula == "x**3"
