"""Parameters of Lagrangians that are learned: each step is that of the gradient there."""

import copy

import numpy as np
import pytest

import hamsim

DESCRIPTION = {
    "format": "hamsim/1",
    "seed": 2,
    "groups": {
        "pixels": {"size": 3, "lagrangian": "identity"},
        "hidden": {"size": 4, "lagrangian": {"kind": "tanh", "beta": 0.8}},
        "classes": {"size": 3, "lagrangian": {"kind": "softmax", "beta": 1.5}},
    },
    "connections": [
        {"between": ["pixels", "hidden"], "weights": {"normal": {"std": 0.5}}},
        {"between": ["hidden", "classes"], "weights": {"normal": {"std": 0.5}}},
    ],
}
RATE, EPOCHS = 0.5, 3


@pytest.mark.parametrize("of", ["g", "x"])
def test_steepness_of_outputs_and_hidden_neurons(of):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(6, 3)), np.arange(6) % 3
    trained = hamsim.train(
        hamsim.compile(DESCRIPTION),
        (X, Y),
        inputs="pixels",
        outputs="classes",
        loss="cross_entropy",
        of=of,
        method={"implicit": {"tol": 1e-12}},
        optimizer={"sgd": {"rate": RATE}},
        learn={"connections": [], "lagrangian": {"classes": ["beta"], "hidden": ["beta"]}},
        rest={"residual": 1e-11},
        clip="none",
        validation=0,
        epochs=EPOCHS,
        batch=6,
    )
    described = copy.deepcopy(DESCRIPTION)
    for _ in range(EPOCHS):
        network = hamsim.compile(described)
        loss = hamsim.loss("cross_entropy", "classes", Y, of=of)
        G = hamsim.gradient(network, loss=loss, clamp={"pixels": X}, by="lagrangian")
        for name in ("hidden", "classes"):  # positive ones are learned as logarithms
            own = described["groups"][name]["lagrangian"]
            own["beta"] *= float(np.exp(-RATE * own["beta"] * G.lagrangian[name]["beta"]))
    for name in ("hidden", "classes"):
        found = trained.network.group(name).parameters["beta"]
        np.testing.assert_allclose(found, described["groups"][name]["lagrangian"]["beta"], 1e-8)
    assert abs(described["groups"]["classes"]["lagrangian"]["beta"] - 1.5) > 0.01
