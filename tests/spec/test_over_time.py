"""Values over time in files and dicts: what they mean, and how they come back."""

import numpy as np
import pytest

import hamsim
from hamsim.formats.plain.explicit import describe
from hamsim.spec.schema import StimulusSpec


def net(**parts):
    stimuli = parts.pop("stimuli", [])
    group = {"size": 2, "lagrangian": "tanh", **parts}
    return {"format": "hamsim/1", "groups": {"a": group}, "stimuli": stimuli}


def only(description, t):
    """Values at a time of the one thing that changes."""
    (each,) = hamsim.compile(description).over_time
    return each.at(np.array([float(t)]))[0, :, 0].tolist()


def test_parameters_stand_in_expressions_and_numbers_in_what_is_shown():
    description = {**net(input="A*sin(w*t) - w"), "parameters": {"A": -2, "w": "A + 5"}}
    spec = hamsim.load(description)
    assert spec.groups["a"].input == "-2.0 * sin(3.0 * t) - 3.0"
    assert hamsim.load(spec) == spec
    assert only(description, 0.5) == [pytest.approx(-2 * np.sin(1.5) - 3)]
    with pytest.raises(hamsim.SpecError, match="nothing uses this parameter"):
        hamsim.load({**net(input="sin(t)"), "parameters": {"A": 1}})


def test_overrides_put_them_in():
    network = hamsim.compile(net(), {"groups.a.input": "cos(t)"})
    assert network.over_time[0].signal.plain() == "cos(t)"
    table = net(input={"times": [0, 1], "values": [0, 1]})
    network = hamsim.compile(table, {"groups.a.input.beyond": "hold"})
    assert network.over_time[0].signal.beyond == "hold"


def test_in_python_arrays_come_with_their_times():
    values = np.array([[0.0, 1.0], [2.0, 5.0]])
    assert only(net(input=hamsim.over_time([0, 2], values)), 1) == [1, 3]
    assert only(net(input={"times": np.array([0, 2]), "values": values}), 1) == [1, 3]
    stimulus = {"group": "a", "value": hamsim.over_time([0, 2], [1, 3], between="step")}
    assert only(net(stimuli=[stimulus]), 1.9) == [1]
    text = hamsim.dump(hamsim.load(net(input=hamsim.over_time([0, 2], values))))
    assert "times: [0.0, 2.0]" in text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([0, 1], [0, 1, 2]), r"values have shape \(3,\), but there are 2 times"),
        (([0, 0], [0, 1]), "times rise, but 0 comes after 0"),
        (([[0, 1]], [0]), r"times have shape \(1, 2\)"),
        (([0, np.nan], [0, 1]), "times hold numbers that are not finite"),
        (([0, 1], ["a", "b"]), "values must be numbers, not"),
        (([0, 1], [0, 1], "cubic"), "between is 'cubic'; allowed: linear, step"),
        (([0, 1], [0, 1], "step", "stay"), "beyond is 'stay'; allowed: error, hold, repeat"),
        (([0], [0], "step", "repeat"), "one time alone cannot be repeated"),
    ],
)
def test_what_is_no_series_is_refused(given, message):
    with pytest.raises(hamsim.HamsimError, match=message):
        hamsim.over_time(*given)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_tables_by_names_of_neurons(folder):
    (folder / "t.csv").write_text("AVAR,when,AVAL\n1,0,10\n2,1,20\n")
    group = {"neurons": ["AVAL", "AVAR"], "lagrangian": "identity"}
    table = {"table": "t.csv", "time": "when"}
    network = {"format": "hamsim/1", "groups": {"a": {**group, "input": table}}}
    assert only(network, 0.5) == [15, 1.5]
    network["groups"]["a"]["input"] = {**table, "columns": ["AVAR", "AVAL"]}
    assert only(network, 0.5) == [1.5, 15]
    network["groups"]["a"]["input"] = {**table, "key": "AVAL"}
    assert only(network, 0.5) == [15]
    network["groups"]["a"]["neurons"] = ["X", "Y"]  # then in the order of the columns
    network["groups"]["a"]["input"] = table
    assert only(network, 0) == [1, 10]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("time,a\n0,1\n2,1\n1,1\n", "'t.csv' line 4: times rise, but 1 follows 2"),
        ("time,a\n0,1\n2,x\n", "'t.csv' line 3: 'x' is not a number"),
        ("time,a\n0,1\n2,nan\n", "'t.csv' line 3: column 'a' is not finite"),
        ("time,a\n0,1\n2\n", "'t.csv' line 3 has 1 column, not 2"),
        ("when,a\n0,1\n", "no column 'time' in 't.csv'; columns: when, a"),
        ("time\n0\n1\n", "'t.csv' has no column besides 'time'"),
        ("time,a,b,c\n0,1,2,3\n", "'t.csv' has 3 columns of values for 2 neurons"),
        ("time,a,time\n0,1,2\n", "'t.csv' has 2 columns 'time'"),
        ("time,a\n", "'t.csv' holds no numbers"),
    ],
)
def test_wrong_tables(folder, content, message):
    (folder / "t.csv").write_text(content)
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load(net(input={"table": "t.csv"}))
    assert message in str(caught.value)


def test_arrays_in_npz(folder):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 4, 2))  # times, trials, neurons
    np.savez("a.npz", t=[0.0, 1.0, 2.0], one=values[:, 0], many=values, down=[2.0, 1.0, 0.0])
    (each,) = hamsim.compile(
        net(stimuli=[{"group": "a", "value": {"table": "a.npz", "time": "t", "key": "many"}}])
    ).over_time
    assert each.trials == 4
    np.testing.assert_array_equal(each.at(np.array([1.0]))[0], values[1].T)
    own = {"table": "a.npz", "time": "t", "key": "one"}
    assert only(net(input=own), 2) == values[2, 0].tolist()
    for wrong, message in [
        ({"table": "a.npz", "time": "t"}, "an npz file needs key:"),
        ({**own, "key": "three"}, "three"),
        ({**own, "time": "down"}, "times rise, but 1 follows 2"),
        ({**own, "time": "one"}, "must be a list of times"),
        ({"table": "a.npy"}, "a table with times is a csv or npz file, not 'a.npy'"),
    ]:
        with pytest.raises(hamsim.SpecError, match=message):
            hamsim.load(net(input=wrong))


def test_neurons_with_their_own():
    neurons = ["x", {"id": "y", "input": "t"}, {"id": "z", "input": 3}]
    group = {"neurons": neurons, "lagrangian": "identity", "input": "-t"}
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a": group}})
    assert network.input.tolist() == [0, 0, 3]
    held = network.at(2.0)
    assert held.input.tolist() == [-2, 2, 3]
    assert held.over_time == ()
    assert network.at(2.0).at(5.0).input.tolist() == [-2, 2, 3]


def test_replaced_inputs():
    network = hamsim.compile(
        {**net(input="t", stimuli=[{"group": "a", "mode": "clamp", "value": "t"}])}
    )
    assert [each.mode for each in network.over_time] == ["input", "clamp"]
    still = network.replace(input=2.0)
    assert [each.mode for each in still.over_time] == ["clamp"]
    assert still.input.tolist() == [2, 2]
    one = network.replace(input={"a[1]": 3.0})
    assert one.at(7.0).input.tolist() == [7, 3]
    one = network.replace(input={"a[1]": "2*t", "a": 1.0})
    assert one.at(7.0).input.tolist() == [1, 14]
    both = network.replace(input=hamsim.over_time([0, 10], [[0, 1], [10, 1]]))
    assert both.at(7.0).input.tolist() == [7, 1]
    with pytest.raises(hamsim.HamsimError, match=r"allowed are \[2\] and \[2, 2\]"):
        network.replace(input=hamsim.over_time([0, 10], np.zeros((2, 3))))
    with pytest.raises(hamsim.HamsimError, match="input: unknown name 'B'"):
        network.replace(input="B*t")


def test_states_need_a_time():
    network = hamsim.compile(net(input="sin(t)"))
    x = np.array([0.3, -0.2])
    assert hamsim.velocity(network, x, t=2.0) == pytest.approx(np.sin(2) - x)
    at_2 = hamsim.energy(network.replace(input=np.sin(2.0)), x).total
    assert hamsim.energy(network, x, t=2.0).total == pytest.approx(at_2)
    for ask in (hamsim.velocity, hamsim.energy):
        with pytest.raises(hamsim.HamsimError, match=r"groups.a.input changes over time: give t"):
            ask(network, x)
    assert hamsim.velocity(net(input=1.0), x, t=2.0) == pytest.approx(1 - x)


def test_written_out_they_are_the_same():
    table = {"times": [0, 1, 3], "values": [[0, 1], [1, -1], [2, 0]]}
    description = net(
        input="sin(t)",
        stimuli=[
            {"group": "a", "value": table, "start": 0.5, "mask": [0, 1]},
            {"group": "a", "mode": "clamp", "value": 0.3, "stop": 1, "mask": [1, 0]},
            {"group": "a", "mode": "clamp", "value": "cos(t)", "start": 2, "mask": [1, 0]},
        ],
    )
    network = hamsim.compile(description)
    graph = network.to_networkx()
    assert describe(network)["groups"]["a"]["input"] == "sin(t)"
    traces = [
        hamsim.simulate(each, method="rk4", dt=0.1, t_end=3)
        for each in (network, describe(network), hamsim.from_networkx(graph))
    ]
    assert np.array_equal(traces[0].x, traces[1].x)
    assert np.array_equal(traces[0].x, traces[2].x)
    graph.remove_node("a[0]")
    alone = hamsim.simulate(hamsim.from_networkx(graph), method="rk4", dt=0.1, t_end=3)
    assert np.array_equal(alone.x[:, 0], traces[0].x[:, 1])


def test_the_schema_knows_them():
    value = StimulusSpec.model_json_schema()["properties"]["value"]["oneOf"]
    named = {part["$ref"].rsplit("/", 1)[-1] for part in value if "$ref" in part}
    assert {"TableOverTime", "SamplesOverTime"} <= named
    # A text fits exactly one of them, as oneOf wants it.
    assert sum("string" in str(part.get("type", part.get("anyOf"))) for part in value) == 1


def test_one_expression_a_neuron():
    description = {**net(input=["A*sin(t)", "A - 3"]), "parameters": {"A": 2}}
    network = hamsim.compile(description)
    assert network.over_time[0].signal.plain() == ["2.0 * sin(t)", -1.0]
    assert network.at(0.5).input.tolist() == [2 * np.sin(0.5), -1]
    assert hamsim.load(hamsim.load(description)) == hamsim.load(description)
    stimulus = {"group": "a", "mode": "clamp", "value": [0, "cos(t)"], "mask": [0, 1]}
    network = hamsim.compile(net(input=["sin(t)", "t"], stimuli=[stimulus]))
    traces = [
        hamsim.simulate(each, method="rk4", dt=0.1, t_end=1)
        for each in (network, describe(network), hamsim.from_networkx(network.to_networkx()))
    ]
    assert np.array_equal(traces[0].x, traces[1].x)
    assert np.array_equal(traces[0].x, traces[2].x)
    np.testing.assert_allclose(traces[0].x[:, 1], np.cos(traces[0].t))
    assert network.replace(input=["t", 2.0]).at(3.0).input.tolist() == [3, 2]
    graph = network.to_networkx()
    graph.remove_node("a[0]")
    alone = hamsim.simulate(hamsim.from_networkx(graph), method="rk4", dt=0.1, t_end=1)
    assert np.array_equal(alone.x[:, 0], traces[0].x[:, 1])
    with pytest.raises(hamsim.SpecError, match=r"input: there are 3 values for 2 neurons"):
        hamsim.load(net(input=["t", 1, 2]))
    with pytest.raises(hamsim.SpecError, match=r"input\[1\]: unknown name 'B'"):
        hamsim.load(net(input=["t", "B"]))
