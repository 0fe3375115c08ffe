"""Descriptions as dicts of Python, with objects in them that no file can hold."""

import copy

from fuzz import bases, doors, oddities, trees, vocabulary
from fuzz.case import Case
from fuzz.show import shown


def make(rng):
    draw = rng.random()
    if draw < 0.5:
        place, name, tree = rng.choice(bases.trees())
    elif draw < 0.8:
        place, name, tree = bases.VALID, "random", bases.random_description(rng.getrandbits(20))
    else:
        place, name, tree = bases.VALID, "words", vocabulary.network(rng)
    objects = []

    def odd(rng):
        objects.append(rng.randrange(len(oddities.OBJECTS)))
        return oddities.OBJECTS[objects[-1]]()

    changed = trees.changed(rng, tree, odd, most=2)
    if rng.random() < 0.1:
        changed = _other_types(rng, changed)
    return Case(
        "dicts",
        f"{name} with objects {objects}",
        doors.of_description(rng, changed, place),
        told=shown(changed),
        places=tuple(key for key in changed if isinstance(key, str) and len(key) > 1),
    )


def _other_types(rng, tree):
    """The same with other kinds of mappings, lists and keys."""
    import collections
    import types

    how = rng.randrange(4)
    if how == 0:
        return types.MappingProxyType(tree)
    if how == 1:
        return collections.UserDict(tree)
    if how == 2:
        return collections.OrderedDict((key, copy.copy(value)) for key, value in tree.items())
    return collections.ChainMap({}, tree)
