"""What is told of how a network is to be trained."""

import hamsim
from hamsim.report.network import network_report

PLAIN = {
    "format": "hamsim/1",
    "groups": {
        "a": {"size": 2, "lagrangian": "identity"},
        "b": {"size": 3, "lagrangian": "softmax"},
    },
    "connections": [{"between": ["a", "b"], "weights": 1}],
}
TRAINED = {
    **PLAIN,
    "training": {
        "inputs": [{"group": "a", "value": [[1, 2]]}, {"group": "b", "mode": "input", "value": 1}],
        "targets": {"group": "b", "value": [2], "loss": "(g - t)**2"},
        "method": {"equilibrium": {"beta": 0.1}},
        "epochs": 1,
    },
}


def told(source):
    report = network_report(hamsim.compile(source))
    facts = [fact.words for fact in report.sections()[0].facts if fact.name == "training"]
    return facts, report.to_dict()["training"]


def test_a_line_says_what_is_trained_how():
    words, facts = told(TRAINED)
    assert words == [
        "training: a (clamp), b (input) -> b, (g - t)**2, by equilibrium with adam, 1 epoch"
    ]
    assert (facts["inputs"], facts["optimizer"]) == ({"a": "clamp", "b": "input"}, "adam")
    # Also of a description that has been written by now.
    network = hamsim.compile(TRAINED)
    assert network.source
    assert network_report(network).training.epochs == 1


def test_memories_have_no_target_and_most_networks_no_block():
    shown = {"inputs": {"group": "a", "value": [[1, 2]]}, "optimizer": "sparse", "epochs": 2}
    assert told({**PLAIN, "training": shown})[0] == ["training: a (clamp), by sparse, 2 epochs"]
    assert told(PLAIN) == ([], None)
