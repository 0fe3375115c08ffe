"""Patterns stored into networks, and taken out of them again.

What a network stores is said in its description, by a connection of the rule `store`. Storing and
forgetting change that and compile the network anew, so that a network in which patterns were stored
one by one has the same bits as one that was described with all of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hamsim.compiler import compile
from hamsim.errors import HamsimError, did_you_mean, given, shown
from hamsim.memory.holders import Storing, stores
from hamsim.memory.patterns import spec_of
from hamsim.network import Network
from hamsim.spec.load import load
from hamsim.spec.schema import Spec

__all__ = ["forget", "store"]

Source = Network | Spec | str | os.PathLike[str] | Mapping[str, Any]


def store(
    network: Source,
    patterns: ArrayLike,
    connection: str | None = None,
    *,
    group: str | None = None,
    rule: str | None = None,
    coding: str | None = None,
    factors: bool = False,
) -> Network:
    """Store patterns, beside those that a network has.

    Parameters
    ----------
    network : Network, Spec, path or dict
    patterns : array_like, shape (n,), (patterns, n) or (patterns, *shape of the group)
    connection : str, optional
        Which connection stores them, by its name or as ``connections[2]``. If nothing is said it is
        the only one of the rule `store`; where there is none, one is made and named `stored`.
    group : str, optional
        Of a new connection: whose neurons these are; not needed where there is one group alone.
    rule : {"hebbian", "storkey", "storkey_second_order", "pseudoinverse", "covariance"}, optional
        That of the connection, which a new one is given; `hebbian` if nothing is said.
    coding : {"signs", "binary", "real"}, optional
        How values are meant, in the same way: as -1 and 1 if nothing is said, as 0 and a value
        above it, or as numbers.
    factors : bool
        Of a new connection: whether patterns are stored by way of linear memory neurons, one a
        pattern, which takes 2 p n synapses in the place of n^2; not by Storkey's rules. The group
        `memories` is added to the network, and a connection of neurons with themselves that takes
        away what memories would couple them to themselves by; not of binary patterns and of
        `covariance`, where that changes no update of neurons of two values.

    Returns
    -------
    Network
        Compiled from the description with these patterns, which is its `source`. Of values that
        were replaced in the network, those of neurons are left out.

    Raises
    ------
    HamsimError
        No description says what the network stores; it is not clear where to store; the connection
        has another rule or coding; or a shape does not fit.
    SpecError
        Patterns have other values than their coding.
    """
    spec = _spec(network)
    known = stores(spec)
    if not known and connection is None:
        storing = Storing.new(spec, group, rule or "hebbian", coding or "signs", factors)
    else:
        storing = _chosen(spec, known, connection)
        _require_same(storing, rule, coding, group, factors)
    rows = storing.rows(patterns)
    before = storing.patterns()
    storing.put_patterns(rows if before is None else np.concatenate([before, rows]))
    return compile(storing.description)


def forget(
    network: Source,
    patterns: ArrayLike,
    connection: str | None = None,
    *,
    strength: float | None = None,
) -> Network:
    """Take patterns out of a network that stores them, or unlearn whatever states.

    Parameters
    ----------
    network : Network, Spec, path or dict
    patterns : array_like, shape (n,), (patterns, n) or (patterns, *shape of the group)
        Without `strength` each must be stored, or its negative, which is the same memory: that
        pattern is taken out, and the others are stored as if it had never been there.
    connection : str, optional
        Which connection stores them; not needed where one alone is of the rule `store`.
    strength : float, optional
        Take this part of each state, whether it is stored or not, out of the weights by Hebb's
        rule, W - strength x x^T / n: unlearning of states to which a network went by itself makes
        stored ones more accessible [Hopfield, Feinstein and Palmer, Nature 304, 158 (1983), there
        0.01].

    Returns
    -------
    Network
        As `store` gives it.

    Raises
    ------
    HamsimError
        A pattern is not stored, none would be left, or as of `store`.
    """
    spec = _spec(network)
    storing = _chosen(spec, stores(spec), connection)
    rows = storing.rows(patterns)
    if strength is not None:
        storing.unlearn(rows, _strength(strength))
        return compile(storing.description)
    before = storing.patterns()
    assert before is not None  # it is no new one
    left = np.ones(len(before), dtype=bool)
    for k, row in enumerate(rows):
        places = np.flatnonzero((before == row).all(axis=1) & left)
        if not places.size and storing.coding == "signs":
            places = np.flatnonzero((before == -row).all(axis=1) & left)
        if not places.size:
            raise HamsimError(
                f"pattern {k} is not one of the {np.count_nonzero(left)} that '{storing.name}' "
                "stores; strength= unlearns any state"
            )
        left[places[-1]] = False
    if not left.any():
        raise HamsimError(
            f"'{storing.name}' stores no other patterns, and a connection that stores has at least "
            "one"
        )
    storing.put_patterns(before[left])
    return compile(storing.description)


def _spec(network: Source) -> Spec:
    return spec_of(network) if isinstance(network, Network) else load(network)


def _strength(strength: float) -> float:
    if not isinstance(strength, int | float | np.number) or not 0 <= float(strength) < np.inf:
        raise HamsimError(f"strength is {shown(strength)}; it must be a number of at least 0")
    return float(strength)


def _chosen(spec: Spec, known: Sequence[Storing], name: str | None) -> Storing:
    """The connection that is meant."""
    if name is None and len(known) == 1:
        return known[0]
    names = [each.name for each in known]
    if name is None:
        many = f"{len(known)} connections store patterns; name one of {', '.join(names)}"
        raise HamsimError(many if known else "no connection of the network is of the rule store")
    for each in known:
        if name in (each.name, f"connections[{each.number}]", f"connections.{each.name}"):
            return each
    hint = did_you_mean(str(name), names) if names else "none is of the rule store"
    raise HamsimError(f"no connection {given(name)} that stores patterns; {hint}")


def _require_same(
    storing: Storing, rule: str | None, coding: str | None, group: str | None, factors: bool
) -> None:
    """Refuse another way of storing than that of the connection."""
    for what, wanted, own in (("rule", rule, storing.rule), ("coding", coding, storing.coding)):
        if wanted not in (None, own):
            raise HamsimError(
                f"the {what} of '{storing.name}' is {own}, not {shown(wanted)}: all its patterns "
                "are stored in one way"
            )
    if group not in (None, *storing.visible.names):
        raise HamsimError(
            f"'{storing.name}' stores patterns of [{', '.join(storing.visible.names)}], not of "
            f"{shown(group)}"
        )
    if factors and storing.memory is None:
        raise HamsimError(f"'{storing.name}' stores patterns within a group, not as factors")
