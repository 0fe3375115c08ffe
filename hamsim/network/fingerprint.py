"""What of a network determines the numbers of a run, in a few digests.

Two networks with equal digests give equal bits; names, comments and where values came from do not
count. What differs can be told by the names of the parts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from scipy import sparse

from hamsim.network.network import Network

__all__ = ["difference", "fingerprint", "fingerprint_of_run"]

SIZE = 12  # bytes of a digest
# Fields that change no number of a run that has begun, or that are asked for one by one.
LEFT_OUT = ("name", "description", "initial", "source", "overrides", "origin", "draws", "seed")
PARTS = ("W", "tau", "input", "groups", "connections", "stimuli", "settings")
# Of the settings those that a run may be asked to change while it goes on, or is told itself.
OF_A_RUN = (
    *("method", "dt", "t_end", "residual", "until", "record", "energy", "rtol", "atol"),
    *("sweeps", "order", "temperature"),
)
FEW = 3  # differences that are told


def fingerprint(network: Network) -> dict[str, str]:
    """Digests of everything that determines the numbers of a run, by what it is.

    Parameters
    ----------
    network : Network

    Returns
    -------
    dict of str to str
    """
    W, found = network.W, {}
    for k, group in enumerate(network.groups):
        own = slice(group.start, group.stop)
        where = f"of group '{group.name}'"
        found[f"place and shape {where}"] = _digest((group.start, group.stop, group.shape, k))
        found[f"lagrangian {where}"] = _digest(
            (group.lagrangian, group.family.formula, dict(group.parameters), group.over)
        )
        found[f"tau {where}"] = _digest(network.tau[own])
        found[f"input {where}"] = _digest(network.input[own])
        first, last = int(W.indptr[group.start]), int(W.indptr[group.stop])
        counts = np.diff(W.indptr[group.start : group.stop + 1])
        found[f"synapses onto group '{group.name}'"] = _digest(
            (counts.astype(np.int64), W.indices[first:last].astype(np.int64), W.data[first:last])
        )
    for connection in network.connections:
        if connection.triples is not None:
            found[f"gated synapses of '{connection.name}'"] = _digest(connection.triples)
        extra = _extra(connection, ("name", "kind", "rows", "columns", "block", "gate", "triples"))
        extra.pop("convolution", None)  # a way to write what W holds
        if any(value is not None for value in extra.values()):
            found[f"connection '{connection.name}'"] = _digest(extra)
    for number, stimulus in enumerate(network.stimuli):
        found[f"stimuli[{number}]"] = _digest(stimulus)
    settings = _extra(network.settings, OF_A_RUN)
    found |= {f"simulation.{name}": _digest(value) for name, value in settings.items()}
    found |= {name: _digest(value) for name, value in _extra(network, LEFT_OUT + PARTS).items()}
    return found


def fingerprint_of_run(network: Network) -> dict[str, str]:
    """The same with all that a run begins with, and what it is told if nobody says anything."""
    names = ("initial", "draws", "seed", "settings")
    return fingerprint(network) | {name: _digest(getattr(network, name)) for name in names}


def difference(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    """What differs between two networks, in words; empty if nothing does."""
    names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    told = ", ".join(names[:FEW])
    return f"{told} and {len(names) - FEW} more" if len(names) > FEW else told


def _extra(thing: Any, without: Iterable[str]) -> dict[str, Any]:
    """Fields of a dataclass besides some."""
    return {f.name: getattr(thing, f.name) for f in fields(thing) if f.name not in without}


def _digest(value: Any) -> str:
    made = hashlib.blake2b(digest_size=SIZE)
    _feed(made.update, value)
    return made.hexdigest()


def _feed(take: Callable[[Any], None], value: Any) -> None:
    """Hand all numbers and words of a value on, with what keeps them apart."""
    take(type(value).__name__.encode() + b":")
    if isinstance(value, np.ndarray):
        plain = np.ascontiguousarray(value)
        take(f"{plain.dtype.str}{plain.shape}".encode())
        take(plain.reshape(-1).view(np.uint8).data if plain.size else b"")
    elif sparse.issparse(value):
        _feed(take, (value.shape, value.indptr, value.indices, value.data))
    elif is_dataclass(value):
        _feed(take, _extra(value, ()))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _feed(take, key)
            _feed(take, item)
    elif isinstance(value, tuple | list):
        for item in value:
            _feed(take, item)
    elif isinstance(value, float | np.floating):
        take(float(value).hex().encode())
    else:
        take(repr(value).encode())
    take(b";")
