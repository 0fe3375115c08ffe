"""Networks that are trained by their file come to what it promises."""

from pathlib import Path

import numpy as np
import pytest

import hamsim
from hamsim.learning.rest.engine import Engine

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


def at_rest(network, shown, seen):
    """States at rest with some pixels held, a row an image."""
    pixels = np.arange(network.n_neurons)[network.index("pixels")][seen.reshape(-1)]
    held = np.zeros(network.n_neurons, dtype=bool)
    held[pixels] = True
    starts = np.zeros((len(shown), network.n_neurons))
    starts[:, pixels] = shown.reshape(len(shown), -1)[:, seen.reshape(-1)]
    rested = Engine(network, held, 1e-4, len(shown)).to_rest(starts)
    assert rested.rests.all()
    return rested.x


def test_digits_are_read_after_five_epochs():
    network = hamsim.compile(NETWORKS / "digits_classifier.yaml")
    data = np.load(NETWORKS / "data" / "digits_split.npz")
    everything = np.ones(64, dtype=bool)

    def right(each):
        x = at_rest(each, data["test_images"], everything)
        guess = x[:, each.index("classes")].argmax(axis=1)
        return np.count_nonzero(guess == data["test_labels"])

    trained = hamsim.train(network, epochs=5)
    assert trained.unstable == 0
    assert right(network) == 46
    assert right(trained.network) >= 345
    for each in (network, trained.network):
        assert hamsim.check(each).converges == "proved"


def test_memories_that_learn_complete_digits_better_than_stored_images():
    network = hamsim.compile(NETWORKS / "digits_completion.yaml")
    data = np.load(NETWORKS / "data" / "digits.npz")
    seen = data["visible"] > 0

    def error(each):
        x = at_rest(each, data["truth"], seen)[:, each.index("pixels")].reshape(-1, 8, 8)
        return ((x - data["truth"])[:, ~seen] ** 2).mean()

    trained = hamsim.train(network, epochs=5)
    assert error(network) == pytest.approx(0.0887, abs=1e-4)
    assert error(trained.network) < 0.045  # 0.040 to 0.043, by the last bits of sums
    assert trained.network.group("memories").parameters["beta"][0] > 1.1
    assert trained.unstable < 50
    for each in (network, trained.network):
        assert hamsim.check(each).converges == "proved"


def test_two_hidden_layers_learn_lower_halves_and_classes():
    network = hamsim.compile(NETWORKS / "digits_two_layers.yaml")
    data = np.load(NETWORKS / "data" / "digits_labelled.npz")
    truth, seen = data["truth"], data["seen"] > 0

    def seen_in(each):
        held = np.zeros(each.n_neurons, dtype=bool)
        held[:74] = seen
        starts = np.zeros((len(truth), each.n_neurons))
        starts[:, :74] = np.where(seen, truth, 0.0)
        rested = Engine(each, held, 1e-4, len(truth)).to_rest(starts)
        assert rested.rests.all()
        lower = ((rested.x[:, 32:64] - truth[:, 32:64]) ** 2).mean()
        right = rested.x[:, 64:74].argmax(axis=1) == truth[:, 64:].argmax(axis=1)
        return np.count_nonzero(right), lower

    assert seen_in(network) == (20, pytest.approx(0.248, abs=1e-3))
    right, error = seen_in(hamsim.train(network, epochs=5).network)
    assert right >= 150
    assert error < 0.055
