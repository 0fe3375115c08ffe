"""Which input a seed and a number stand for."""

import random

from fuzz import dicts, networks

# How many of a hundred inputs are of each kind.
SHARES = {networks: 40, dicts: 20}
KINDS = {module.__name__.rpartition(".")[2]: module for module in SHARES}


def _rng(seed, number):
    return random.Random(f"hamsim {seed} {number}")


def _drawn(rng):
    return rng.choices(list(SHARES), list(SHARES.values()))[0]


def kind_of(seed, number):
    """Name of the kind of an input."""
    return _drawn(_rng(seed, number)).__name__.rpartition(".")[2]


def case(seed, number):
    """The same input for the same numbers, whatever was made before."""
    rng = _rng(seed, number)
    return _drawn(rng).make(rng)
