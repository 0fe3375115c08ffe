"""Which input a seed and a number stand for."""

import random

from fuzz import arguments, commands, dicts, formulas, graphs, networks, recordings, tables

# How many of a hundred inputs are of each kind.
KINDS = {
    "networks": (networks, 25),
    "dicts": (dicts, 13),
    "tables": (tables, 14),
    "graphs": (graphs, 14),
    "recordings": (recordings, 12),
    "expressions": (formulas, 10),
    "arguments": (arguments, 6),
    "commands": (commands, 6),
}


def _rng(seed, number):
    return random.Random(f"hamsim {seed} {number}")


def _drawn(rng):
    return rng.choices(list(KINDS), [share for _, share in KINDS.values()])[0]


def kind_of(seed, number):
    """Name of the kind of an input."""
    return _drawn(_rng(seed, number))


def case(seed, number):
    """The same input for the same numbers, whatever was made before."""
    rng = _rng(seed, number)
    return KINDS[_drawn(rng)][0].make(rng)
