"""Stimuli of single neurons: by name, with values in the order of the names, and masks by name."""

import numpy as np
import pytest

import hamsim

GROUPS = {
    "exc": {"size": 5, "lagrangian": "tanh"},
    "motor": {"neurons": ["AVAL", "AVAR", "7", "pi"], "lagrangian": "tanh"},
    "image": {"shape": [2, 3], "lagrangian": "tanh"},
}


def compiled(stimulus, **changes):
    network = hamsim.compile(
        {"format": "hamsim/1", "groups": GROUPS, "stimuli": [stimulus], **changes}
    )
    again = hamsim.compile(hamsim.load(_reread(network.source)))
    one, two = network.stimuli[0], again.stimuli[0]
    assert np.array_equal(one.neurons, two.neurons)
    assert np.array_equal(one.value, two.value)
    return one


def _reread(text):
    from hamsim.spec.text import parse_text

    return parse_text(text)[0]


@pytest.mark.parametrize(
    ("stimulus", "neurons", "value"),
    [
        (
            {"neurons": ["AVAR", "exc[1:3]", "image[1, 2]"], "value": [1, 2, 3, 4]},
            [1, 2, 6, 14],
            [2, 3, 1, 4],
        ),
        ({"neurons": "motor.AVAL", "value": 2}, [5], [2]),
        ({"group": "motor", "neurons": ["AVAR", "AVAL"], "value": [1, 2]}, [5, 6], [2, 1]),
        (
            {"group": "motor", "neurons": ["AVAR", "AVAL"], "value": [[1, 2], [3, 4]]},
            [5, 6],
            [[2, 1], [4, 3]],
        ),
        ({"group": "motor", "neurons": [7], "value": 3}, [7], [3]),
        ({"group": "exc", "neurons": [4, 0], "value": [1, 2]}, [0, 4], [2, 1]),
        ({"group": "image", "neurons": ["image[:, 0]"], "value": [3, 4]}, [9, 12], [3, 4]),
        ({"neurons": ["image", "AVAL"], "value": 1}, [5, *range(9, 15)], [1] * 7),
        ({"group": "motor", "mask": ["AVAR", "7"], "value": [1, 2, 3, 4]}, [6, 7], [2, 3]),
        ({"group": "motor", "mask": "AVAR", "value": 2}, [6], [2]),
        (
            {"group": "exc", "mask": ["exc[1]", "exc[3:5]"], "value": [1, 2, 3, 4, 5]},
            [1, 3, 4],
            [2, 4, 5],
        ),
        ({"group": "exc", "mask": [1, 0, 0, 0, "1"], "value": 2}, [0, 4], [2, 2]),
    ],
)
@pytest.mark.parametrize("mode", ["clamp", "input"])
def test_neurons_of_a_stimulus(stimulus, neurons, value, mode):
    found = compiled({**stimulus, "mode": mode})
    assert found.mode == mode
    assert found.neurons.tolist() == neurons
    assert found.value.tolist() == value


def test_labels_of_a_table_are_the_names(tmp_path):
    (tmp_path / "v.csv").write_text("id,current\nexc[1],3\nAVAL,1\nmotor.AVAR,2\n")
    value = {"file": str(tmp_path / "v.csv"), "key": "current"}
    found = compiled({"neurons": ["AVAR", "AVAL", "exc[1]"], "value": value})
    assert found.neurons.tolist() == [1, 5, 6]
    assert found.value.tolist() == [3, 1, 2]
    (tmp_path / "t.csv").write_text("AVAR,AVAL\n1,2\n3,4\n")
    trials = {"file": str(tmp_path / "t.csv")}
    found = compiled({"group": "motor", "neurons": ["AVAL", "AVAR"], "value": trials})
    assert found.value.tolist() == [[2, 1], [4, 3]]
    with pytest.raises(hamsim.SpecError, match=r"motor\.AVAL is not one of those named"):
        compiled({"neurons": ["AVAR", "exc[1]"], "value": value})
    with pytest.raises(hamsim.SpecError, match=r"has no row for exc\[2\]"):
        compiled({"neurons": ["AVAR", "AVAL", "exc[1]", "exc[2]"], "value": value})


def test_words_that_are_numbers_are_numbers_in_a_mask():
    """Only a list with a word that is no number names neurons."""
    found = compiled(
        {"group": "motor", "mask": ["on", "off", "on", "off"], "value": 2},
        parameters={"on": 1, "off": 0},
    )
    assert found.neurons.tolist() == [5, 7]
    assert compiled({"group": "motor", "mask": ["pi", "AVAL"], "value": 2}).neurons.tolist() == [
        5,
        8,
    ]


def test_parts_of_a_run_are_the_same_as_with_masks():
    by_name = {"neurons": ["AVAR", "exc[3]"], "mode": "clamp", "value": [1, 2], "stop": 1}
    by_mask = [
        {"group": "motor", "mode": "clamp", "mask": [0, 1, 0, 0], "value": 1, "stop": 1},
        {"group": "exc", "mode": "clamp", "mask": [0, 0, 0, 1, 0], "value": 2, "stop": 1},
    ]
    rest = {
        "format": "hamsim/1",
        "groups": GROUPS,
        "connections": [{"between": ["exc", "motor"], "weights": 0.3}],
    }
    one = hamsim.simulate({**rest, "stimuli": [by_name]}, dt=0.1, t_end=2)
    two = hamsim.simulate({**rest, "stimuli": by_mask}, dt=0.1, t_end=2)
    assert np.array_equal(one.x, two.x)


def test_graphs_keep_them_also_when_neurons_go():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": GROUPS,
            "stimuli": [{"neurons": ["AVAR", "exc[1:3]"], "value": [1, 2, 3], "start": 1}],
            "simulation": {"record": {"neurons": ["AVAR", "exc[1:3]", "image[1, :]"], "start": 3}},
        }
    )
    graph = network.to_networkx()
    back = hamsim.compile(hamsim.from_networkx(graph))
    assert [s.neurons.tolist() for s in back.stimuli] == [[1, 2], [6]]
    assert [s.value.tolist() for s in back.stimuli] == [[2, 3], [1]]
    numbers = back.neurons(back.settings.record.neurons).tolist()
    assert (numbers, back.settings.record.start) == ([1, 2, 6, 12, 13, 14], 3)
    graph.remove_nodes_from(["exc[0]", "image[1, 0]", "motor.AVAR"])
    left = hamsim.compile(hamsim.from_networkx(graph))
    assert left.neurons(left.settings.record.neurons).tolist() == [0, 1, 10, 11]
    assert left.stimuli[0].neurons.tolist() == [0, 1]
