"""The patterns that a network stores, as its description states them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError, did_you_mean
from hamsim.lazy import LazyText, unread
from hamsim.network import Network
from hamsim.spec.cues import Corrupt, PatternsOf
from hamsim.spec.dump import stated
from hamsim.spec.load import load
from hamsim.spec.naming import connection_names
from hamsim.spec.schema import Spec
from hamsim.spec.stated import has_patterns
from hamsim.wiring.patterns import patterns_of
from hamsim.wiring.places import makings

__all__ = ["Stored", "cued_of", "numbered", "spec_of", "stored_in", "stored_of"]

# What says other values of neurons or connections, and leaves the weights as they were described.
_NO_WEIGHTS = ("tau", "input", "initial", "noise")
_DELAY = "delay of "
_KEYS = tuple(Spec.model_fields)


class Stored(NamedTuple):
    """Patterns that a connection stores, or has for memories.

    Parameters
    ----------
    values : ndarray, shape (patterns, visible)
    neurons : ndarray of int, shape (visible,)
        Whose values these are: numbers in the network.
    name : str
        Of the connection.
    """

    values: Floats
    neurons: Ints
    name: str


def stored_in(spec: Spec, name: str | None = None) -> Stored:
    """Patterns of a connection of a description.

    Parameters
    ----------
    spec : Spec
    name : str, optional
        The connection, by the name that it has in the network or as ``connections[2]``; not needed
        where one alone has any.

    Raises
    ------
    HamsimError
        None has patterns, several have and none is named, or the one that is named has none.
    """
    number = numbered(spec, name)
    made = makings(spec)
    values, visible = patterns_of(made[number])
    own = connection_names(spec.connections, spec.groups)[number]
    return Stored(np.asarray(values, dtype=np.float64), visible.neurons, own)


def cued_of(spec: Spec) -> str | None:
    """The connection whose patterns the initial states of a description are copies of."""
    for group in spec.groups.values():
        copied = group.initial.corrupt.of if isinstance(group.initial, Corrupt) else group.initial
        if isinstance(copied, PatternsOf):
            return copied.patterns
    return None


def stored_of(network: Network, name: str | None = None) -> Stored:
    """Patterns of a connection of a compiled network.

    Parameters
    ----------
    network : Network
        Other values of neurons may have been put in; other weights may not.
    name : str, optional
        As for `stored_in`.

    Raises
    ------
    HamsimError
        As of `stored_in`, and where no description says what the weights are.
    """
    return stored_in(spec_of(network), name)


def spec_of(network: Network) -> Spec:
    """The description of a network's weights.

    Raises
    ------
    HamsimError
        There is none, or it does not hold any more.
    """
    text: str | LazyText = unread(network, "source") or unread(network, "origin")
    if not text:
        raise HamsimError("patterns: no description says what this network stores; give them")
    for key, value in network.overrides.items():
        replaced = isinstance(value, str) and value.startswith("replaced")
        if replaced and key not in _NO_WEIGHTS and not key.startswith(_DELAY):
            raise HamsimError(
                "patterns: weights were put in place of those that the description's patterns "
                "make; give the patterns"
            )
    # Only lists and numbers: the text of long patterns is never written for this.
    return load(stated(text, *_KEYS))


def numbered(spec: Spec, name: str | None = None) -> int:
    """The number of the connection whose patterns are meant; see `stored_in`.

    Raises
    ------
    HamsimError
    """
    numbers = [number for number, each in enumerate(spec.connections) if has_patterns(each)]
    all_names = connection_names(spec.connections, spec.groups)
    names = {all_names[number]: number for number in numbers}
    if name is not None:
        known = {**{f"connections[{number}]": number for number in numbers}, **names}
        key = name if name in known else str(name).removeprefix("connections.")
        if key not in known:
            hint = did_you_mean(str(name), list(names)) if names else "none has any"
            raise HamsimError(f"no connection '{name}' with patterns; {hint}")
        return known[key]
    if not numbers:
        raise HamsimError(
            "patterns: no connection of the network states any (store or memories); give them"
        )
    if len(numbers) > 1:
        raise HamsimError(
            f"patterns: {len(numbers)} connections have some; name one of {', '.join(names)}"
        )
    return numbers[0]
