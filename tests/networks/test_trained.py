"""Networks that are trained by their file come to what it promises."""

from pathlib import Path

import numpy as np

import hamsim

NETWORKS = Path(__file__).resolve().parent.parent.parent / "networks"


def test_lines_are_told_and_no_network_without_hidden_neurons_could():
    network = hamsim.compile(NETWORKS / "lines.yaml")
    images = network.stimuli[0].value
    assert (images[:4].mean(axis=0) == images[4:].mean(axis=0)).all()
    trained = hamsim.train(network)
    assert (trained.table["score"][29:] == 1.0).all()
    assert trained.table["loss"][-1] < 0.02
    assert trained.unstable == 0
    right = np.repeat([0, 1], 4)
    answers = []
    for each in (network, trained.network):
        assert hamsim.check(each).converges == "proved"
        x = hamsim.simulate(each, t_end=40, record=None).state.x
        answers.append(hamsim.activation(each, x)[:, each.index("classes")])
    assert np.count_nonzero(answers[0].argmax(axis=1) != right) == 5
    assert answers[1][np.arange(8), right].min() > 0.95
