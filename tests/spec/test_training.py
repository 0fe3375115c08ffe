"""The block `training`: what is resolved comes back the same, and each value stays what it was."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import hamsim
from hamsim.spec.jsonschema import schema
from hamsim.spec.training import GradientMethod, Optimizer, TrainingSpec

NETWORK = {
    "format": "hamsim/1",
    "groups": {
        "a": {"shape": [2, 2], "lagrangian": "identity"},
        "b": {"size": 3, "lagrangian": {"kind": "tanh", "beta": 2}},
        "c": {"size": 2, "lagrangian": "softmax"},
    },
    "connections": [
        {"between": ["a", "b"], "weights": 1},
        {"name": "out", "between": ["b", "c"], "weights": 1},
    ],
}
CONNECTIONS, GROUPS = ["a-b", "out"], ["a", "b", "c"]
above = some.floats(1e-3, 10.0)
counts = some.integers(1, 50)
parts = some.floats(0.0, 0.99)


def maybe(**keys):
    return some.fixed_dictionaries({}, optional=keys)


def among(names):
    return some.lists(some.sampled_from(names), unique=True) | some.just("all")


METHODS = some.one_of(
    some.sampled_from(["implicit", "equilibrium", "through_time"]),
    maybe(tol=some.floats(1e-9, 1e-1)).map(lambda s: {"implicit": s}),
    maybe(beta=above, symmetric=some.booleans()).map(lambda s: {"equilibrium": s}),
    maybe(steps=counts, dt=above, keep=counts, at=some.lists(counts, min_size=1)).map(
        lambda s: {"through_time": s}
    ),
)
OPTIMIZERS = some.one_of(
    some.sampled_from(["sgd", "momentum", "adam"]),
    maybe(rate=above).map(lambda s: {"sgd": s}),
    maybe(rate=above, momentum=parts).map(lambda s: {"momentum": s}),
    maybe(rate=above, beta1=parts, beta2=parts, epsilon=above).map(lambda s: {"adam": s}),
)
ROWS = some.integers(1, 3)


@some.composite
def blocks(draw):
    count = draw(ROWS)
    cue = {"group": "a", "value": [[0.5, 1, 2, 3]] * count, "mode": "clamp"}
    more = [
        {"group": "b", "value": draw(above), "mode": draw(some.sampled_from(["input", "initial"]))}
    ]
    masked = draw(some.none() | some.just([1, 0, 1, 1]) | some.just(["a[0, 1]"]))
    cue |= {} if masked is None else {"mask": masked}
    target = {"group": "c", "value": draw(some.sampled_from([[0] * count, [[0.5, 0.5]] * count]))}
    target |= draw(maybe(loss=some.sampled_from(["squared", "(g - t)**2"]), of=some.just("g")))
    rest = maybe(
        validation=parts,
        method=METHODS,
        optimizer=OPTIMIZERS,
        learn=maybe(input=among(GROUPS), lagrangian=some.just({"b": ["beta"]})),
        rates=some.dictionaries(some.sampled_from([*CONNECTIONS, "input", "lagrangian"]), above),
        constraints=maybe(
            nonnegative=among(CONNECTIONS),
            norm=some.dictionaries(some.sampled_from(CONNECTIONS), above),
            gain=above,
        ),
        clip=above | some.just("none"),
        stop=some.fixed_dictionaries({"patience": counts}, optional={"by": some.just("score")}),
        rest=maybe(residual=above),
        epochs=counts,
        batch=counts,
        seed=some.integers(0, 99),
    )
    inputs = cue if draw(some.booleans()) else [cue, *more]
    return {"inputs": inputs, "targets": target, **draw(rest)}


@settings(max_examples=40, deadline=None)
@given(blocks())
def test_a_block_comes_back_from_its_text(block):
    spec = hamsim.load({**NETWORK, "training": copy.deepcopy(block)})
    text = hamsim.dump(spec)
    plain = hamsim.load(NETWORK)
    again = hamsim.load(_parsed(text))
    assert again == spec
    assert again.training == spec.training
    assert hamsim.dump(again) == text
    assert spec != plain
    training = spec.training
    for key in ("validation", "clip", "epochs", "batch", "seed"):
        if key in block:
            assert getattr(training, key) == block[key]
    for key, default in (("method", "implicit"), ("optimizer", "adam")):
        said = block.get(key, default)
        name = said if isinstance(said, str) else next(iter(said))
        assert getattr(training, key).name == name
        given_ = {} if isinstance(said, str) else said[name]
        kept = getattr(training, key).settings
        assert {k: kept[k] for k in given_} == {
            k: tuple(v) if isinstance(v, list) else v for k, v in given_.items()
        }


def _parsed(text):
    from hamsim.spec.text import parse_text

    return parse_text(text)[0]


def test_the_schema_knows_it():
    known = schema()
    block = known["$defs"]["Training"]
    assert set(block["properties"]) == set(TrainingSpec.model_fields)
    assert block["required"] == ["inputs"]
    for choice in (GradientMethod, Optimizer):
        names = known["$defs"][choice.__name__]["properties"]
        assert set(names) == set(choice.model_fields)
    assert block["properties"]["optimizer"]["$ref"].endswith("OptimizerChoice")
    name, choice = known["$defs"]["OptimizerChoice"]["anyOf"]
    assert name["enum"] == list(Optimizer.model_fields)
    assert choice["$ref"].endswith("Optimizer")


def test_overrides_reach_into_it():
    block = {"inputs": {"group": "a"}, "targets": {"group": "c"}, "optimizer": "adam"}
    put = {
        "training.optimizer.adam.rate": 0.5,
        "training.batch": "2 * 4",
        "training.rest": {"residual": 1},
    }
    training = hamsim.load({**NETWORK, "training": block}, put).training
    assert (training.optimizer.adam.rate, training.batch, training.rest.residual) == (0.5, 8, 1.0)
    with pytest.raises(hamsim.SpecError, match="give adam or sgd, not both"):
        hamsim.load({**NETWORK, "training": block}, {"training.optimizer.sgd.rate": 1})


def test_arrays_in_a_dict_are_taken_as_numbers():
    images, labels = np.arange(12.0).reshape(3, 2, 2), np.array([0, 1, 1])
    block = {
        "inputs": {"group": "a", "value": images},
        "targets": {"group": "c", "value": labels, "loss": "cross_entropy"},
    }
    spec = hamsim.load({**NETWORK, "training": block})
    assert hamsim.load(_parsed(hamsim.dump(spec))) == spec
    assert spec.training.targets.value == (0.0, 1.0, 1.0)
