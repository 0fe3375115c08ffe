"""What is asked of training in a file and in Python comes to the same task."""

import numpy as np
import pytest

import hamsim
from hamsim.errors import HamsimError
from hamsim.learning.training.asked import asked_of

X = np.arange(24.0).reshape(6, 4)
LABELS = np.array([0, 1, 2, 2, 1, 0])


def described(**block):
    return {
        "format": "hamsim/1",
        "seed": 7,
        "groups": {
            "pixels": {"shape": [2, 2], "lagrangian": "identity"},
            "hidden": {"size": 3, "lagrangian": {"kind": "tanh", "beta": 2}},
            "classes": {"size": 3, "lagrangian": "softmax"},
            "one": {"size": 1, "lagrangian": "identity"},
        },
        "connections": [
            {"between": ["pixels", "hidden"], "weights": 0.1},
            {"name": "out", "between": ["hidden", "classes"], "weights": 0.1},
        ],
        **({"training": block} if block else {}),
    }


def block(**more):
    return {
        "inputs": {"group": "pixels", "value": X.tolist()},
        "targets": {"group": "classes", "value": LABELS.tolist()},
        **more,
    }


def test_a_file_and_python_ask_for_the_same():
    more = {
        "method": {"equilibrium": {"beta": 0.1}},
        "optimizer": {"momentum": {"rate": 0.5}},
        "learn": {"connections": ["out"], "input": "all", "lagrangian": {"hidden": "beta"}},
        "rates": {"out": 0.1},
        "constraints": {"nonnegative": "all", "norm": {"all": 2, "out": 3}, "gain": 0.9},
        "clip": "none",
        "stop": {"patience": 3, "by": "score"},
        "rest": {"residual": 1e-4},
        "validation": 0.25,
        "epochs": 3,
        "batch": 2,
    }
    one = asked_of(described(**block(**more)))
    two = asked_of(described(), (X, LABELS), inputs="pixels", outputs="classes", **more)
    three = asked_of(hamsim.compile(described(**block(**more))))
    assert one.settings == two.settings == three.settings
    settings = one.settings
    assert (settings.method, settings.options) == ("equilibrium", {"beta": 0.1, "symmetric": True})
    assert settings.optimizer_options == {"rate": 0.5, "momentum": 0.9}
    assert settings.learn.connections == ("out",)
    assert settings.learn.input == ("pixels", "hidden", "classes", "one")
    assert settings.learn.lagrangian == {"hidden": ("beta",)}
    assert settings.constraints.nonnegative == ("pixels-hidden", "out")
    assert settings.constraints.norm == {"pixels-hidden": 2.0, "out": 3.0}
    assert (settings.clip, settings.patience, settings.by, settings.seed) == (None, 3, "score", 7)
    for task in (one, two, three):
        (cue,) = task.cues
        assert (cue.neurons.tolist(), cue.mode) == ([0, 1, 2, 3], "clamp")
        assert (cue.values == X).all()
        assert (task.targets == LABELS).all()
        g = np.zeros((6, 11))
        g[np.arange(6), 7 + LABELS] = 1.0  # classes as rows with a single 1
        assert task.loss.value(g).tolist() == [0.0] * 6


def test_what_is_asked_holds_in_place_of_what_the_file_says():
    described_ = described(**block(epochs=5, optimizer="sgd"))
    asked = asked_of(described_, epochs=9, method="contrastive", loss="cross_entropy").settings
    assert (asked.epochs, asked.method, asked.optimizer) == (9, "contrastive", "sgd")
    assert asked_of(described_, overrides={"training.batch": 8}).settings.batch == 8
    # The name alone of what the file chooses leaves its settings.
    steep = described(
        **block(method={"equilibrium": {"beta": 0.3}}, optimizer={"sgd": {"rate": 2}})
    )
    asked = asked_of(steep, method="equilibrium", optimizer="sgd").settings
    assert (asked.options["beta"], asked.optimizer_options) == (0.3, {"rate": 2.0})
    assert asked_of(steep, method={"equilibrium": {}}).settings.options["beta"] == 0.2
    # Neurons and modes of the file, numbers of Python.
    given = asked_of(described_, (X + 1, LABELS))
    assert given.cues[0].neurons.tolist() == [0, 1, 2, 3]
    assert (given.cues[0].values == X + 1).all()


def test_masks_ranges_and_several_inputs():
    inputs = [
        {"group": "pixels", "value": X.tolist(), "mask": [[1, 0], [0, 1]]},
        {"group": "hidden", "value": 0.5, "mode": "input", "mask": [0, 1, 0]},
    ]
    task = asked_of(described(**block(inputs=inputs)))
    one, two = task.cues
    assert (one.neurons.tolist(), one.mode) == ([0, 3], "clamp")
    assert (one.values == X[:, [0, 3]]).all()
    assert (two.neurons.tolist(), two.mode) == ([5], "input")
    assert (two.values == 0.5).all()
    assert two.values.shape == (6, 1)
    by_name = {"pixels": X, "hidden": np.ones((6, 3))}
    again = asked_of(described(**block(inputs=inputs)), (by_name, LABELS))
    assert [cue.neurons.tolist() for cue in again.cues] == [[0, 3], [5]]
    ranged = asked_of(described(), (X[:, :2], LABELS), inputs="pixels[0:2]", outputs="classes")
    assert ranged.cues[0].neurons.tolist() == [0, 1]


def test_drawn_inputs_are_drawn_for_each_example():
    noise = {"group": "hidden", "value": {"normal": {}}, "mode": "initial"}
    pixels = {"group": "pixels", "value": X.tolist()}
    (_, drawn) = asked_of(described(**block(inputs=[pixels, noise]))).cues
    assert drawn.values.shape == (6, 3)
    assert np.unique(drawn.values).size == 18


def test_targets_of_one_neuron_and_of_a_loss():
    task = asked_of(described(), (X, LABELS), inputs="pixels", outputs="one")
    assert task.targets.shape == (6, 1)
    wanted = hamsim.loss("squared", group="classes", target=np.eye(3)[LABELS], of="x")
    task = asked_of(described(), (X, None), inputs="pixels", loss=wanted)
    assert task.loss.of == "x"
    assert task.targets.shape == (6, 3)


@pytest.mark.parametrize(
    ("data", "how", "message"),
    [
        (None, {}, "nothing says what the network is trained on: give data="),
        (None, {"inputs": "pixels"}, "nothing says what"),
        ((X,), {"inputs": "pixels"}, "it must be a pair"),
        ((X, LABELS), {"outputs": "classes"}, "inputs says which neurons X is for"),
        ((X, LABELS), {"inputs": "pixels"}, "outputs says which neurons Y is for"),
        ((X, LABELS), {"inputs": "pixel", "outputs": "classes"}, "pixel"),
        ((X[:, :3], LABELS), {"inputs": "pixels", "outputs": "classes"}, r"\(examples, 4\)"),
        ((X * np.nan, LABELS), {"inputs": "pixels", "outputs": "classes"}, "not finite"),
        ((X, LABELS[:5]), {"inputs": "pixels", "outputs": "classes"}, "5 targets for 6 examples"),
        ((X, LABELS + 1), {"inputs": "pixels", "outputs": "classes"}, "whole numbers from 0 to 2"),
        ((X, LABELS / 2), {"inputs": "pixels", "outputs": "classes"}, "whole numbers from 0 to 2"),
        (({"pixels": X}, LABELS), {"inputs": ["hidden"], "outputs": "one"}, "nothing for 'hidden'"),
        (
            ({"pixels": X, "hidden": X[:2, :3]}, LABELS),
            {"outputs": "classes"},
            "6 for pixels, 2 for hidden",
        ),
        (
            (X, LABELS),
            {"inputs": "pixels", "outputs": "classes", "mode": "initial"},
            "rest does not know where it began",
        ),
        ((X, LABELS), {"inputs": "pixels", "outputs": "classes", "mode": "held"}, "'held' is not"),
        ((X, LABELS), {"inputs": "pixels", "outputs": "classes", "rest": {"res": 1}}, "rest.res:"),
        ((X, LABELS), {"inputs": "pixels", "outputs": "classes", "learn": {"input": 3}}, "a name"),
    ],
)
def test_what_does_not_fit_is_one_line(data, how, message):
    with pytest.raises(HamsimError, match=message) as caught:
        asked_of(described(), data, **how)
    assert "\n" not in str(caught.value)


def test_a_file_without_numbers_needs_those_of_python():
    bare = described(inputs={"group": "pixels"}, targets={"group": "classes"})
    with pytest.raises(HamsimError, match=r"training\.inputs\.value: required key is missing"):
        asked_of(bare)
    assert asked_of(bare, (X, LABELS)).cues[0].values.shape == (6, 4)
    network = hamsim.compile(described(**block())).replace(tau=2.0)
    with pytest.raises(HamsimError, match="values were replaced in it; give data"):
        asked_of(network)
