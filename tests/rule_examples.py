"""The examples that rules of weights have of themselves, as whole descriptions."""

import copy

from hamsim.spec.weights import RULES


def example_of(name):
    assert RULES[name].example is not None, f"the rule {name} has no example"
    return RULES[name].example


def described(example, shape=None):
    """A whole description with the connection of an example; all groups of another shape."""
    groups = {
        name: {"shape": list(shape or own), "lagrangian": "identity"}
        for name, own in example.shapes.items()
    }
    connection = copy.deepcopy(dict(example.connection))
    return {"format": "hamsim/1", "groups": groups, "connections": [connection]}
