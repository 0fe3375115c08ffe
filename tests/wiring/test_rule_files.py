"""Every rule of weights is there as a whole: whatever is forgotten of one fails by its name.

Rules are counted by the files of the two folders, so that half of one is counted too.
"""

from importlib import import_module
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from manual import guide
from rule_examples import described, example_of

import hamsim
from hamsim.spec.load import load
from hamsim.spec.weights import RULES
from hamsim.wiring import hopfield
from hamsim.wiring.connection import ConnectionWeights
from hamsim.wiring.making import Listed, OfPairs, count_of_pairs
from hamsim.wiring.places import makings

PACKAGE = Path(hamsim.__file__).parent
FOLDERS = [PACKAGE / room / "rules" for room in ("spec", "wiring")]
NAMES = sorted({path.stem for folder in FOLDERS for path in folder.glob("[!_]*.py")})
# Shapes that no example has: too few neurons, and no image, ring or list of so many.
ODD_SHAPES = ([1], [7, 11, 13, 2])


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_has_a_model_with_a_key_of_its_name(name):
    assert name in RULES, f"no file of the rule {name} in spec/rules"
    field = RULES[name].model.model_fields.get(name)
    assert field is not None, f"the model of {name} has no key '{name}'"
    assert field.is_required()


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_says_what_it_fits(name):
    assert RULES[name].fit is not None, f"nothing says what the rule {name} fits"
    refused = []
    for shape in ODD_SHAPES:
        try:
            load(described(example_of(name), shape))
        except hamsim.SpecError as error:
            refused += error.problems
    assert refused, f"the rule {name} fits any shape"
    assert all(problem.path.startswith("connections[0]") for problem in refused)


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_has_a_maker(name):
    maker = import_module(f"hamsim.wiring.rules.{name}")
    assert callable(maker.make)
    assert hasattr(maker, "triples") == RULES[name].gates, "gating connections: one side only"
    assert hasattr(maker, "count") or not RULES[name].lists, f"{name} does not count its synapses"


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_counts_its_synapses_before_they_are_made(name):
    (making,) = makings(load(described(example_of(name))))
    count = getattr(import_module(f"hamsim.wiring.rules.{name}"), "count", count_of_pairs)(making)
    in_memory = name in ("edges", "sparse")
    assert count == 0 if in_memory else count >= ConnectionWeights(making).whole().block.nnz > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_gives_the_weights_of_its_example(name):
    example = example_of(name)
    network = hamsim.compile(described(example))
    np.testing.assert_array_equal(network.W.toarray(), np.array(example.W, dtype=float))
    assert network.W.nnz, f"the example of {name} has no synapses"


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_shown_as_it_is_read(name):
    spec = load(described(example_of(name)))
    text = hamsim.dump(spec)
    assert f"{name}:" in text
    network = hamsim.compile(spec)
    assert network.source == text
    assert load(spec.model_dump(by_alias=True, exclude_none=True)) == spec


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_knows_of_itself_which_synapses_exist_or_has_them_all(name):
    (making,) = makings(load(described(example_of(name))))
    weights = ConnectionWeights(making).weights
    wanted = Listed if RULES[name].lists else OfPairs
    found = type(weights).__name__
    assert isinstance(weights, wanted), f"lists={RULES[name].lists} of {name}, but {found} is made"


def places_of_mappings(value, at=()):
    """Where mappings are in the weights of a description."""
    if isinstance(value, dict):
        yield at
        for key, item in value.items():
            yield from places_of_mappings(item, (*at, key))


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_key_is_told_where_the_file_has_it(name):
    places = list(places_of_mappings(example_of(name).connection["weights"]))
    for place in places:
        description = described(example_of(name))
        at = weights = description["connections"][0]["weights"]
        for key in place:
            at = at[key]
        at["colour"] = 1
        with pytest.raises(hamsim.SpecError) as caught:
            load(description)
        (problem,) = caught.value.problems
        assert problem.path == ".".join(("connections[0]", "weights", *place, "colour")), weights
        assert problem.message.startswith("unknown key; ")


@pytest.mark.parametrize("name", NAMES)
def test_the_manual_has_the_rule(name):
    rows = [row for row in guide("weights").split("\n") if row.startswith("|")]
    assert any(row.startswith(f"| `{name}: ") for row in rows), f"docs/guide/weights.md: no {name}"


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.patterns])
def test_patterns_of_a_rule_can_be_named(name):
    description = described(example_of(name))
    (making,) = makings(load(description))
    connection, ends, _, files = making[:4]
    patterns, end = RULES[name].patterns(connection.weights, connection, ends, files)
    description["connections"][0]["name"] = "holder"
    for group in end.names:
        description["groups"][group]["initial"] = {"patterns": "holder", "row": 0}
    network = hamsim.compile(description)
    np.testing.assert_array_equal(network.initial[network.index(end.names)], patterns[0])


def test_the_rules_that_store_patterns_are_those_that_can_be_asked_for():
    stated = RULES["store"].model.model_fields["store"].annotation.model_fields["rule"].annotation
    assert set(get_args(stated)) == set(hopfield.RULES)


def test_messages_list_the_rules_in_their_order():
    assert list(RULES)[:10] == [
        "of_distance",
        "edges",
        "one_to_one",
        "conv2d",
        "average_pool",
        "memories",
        "associate",
        "sequence",
        "store",
        "sparse",
    ]
