"""The state of a run, from which it can go on to the bit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.trace import expected as forms
from hamsim.trace.expected import FormError

__all__ = ["State", "decode_state", "encode_state"]

KINDS = ("<f8", "<f4", "<i8", "<i4", "<u8", "<u4", "|u1", "|b1")


class State:
    """Everything of a run that determines how it goes on.

    Parameters
    ----------
    values : mapping of str to number, bool, str, None, list of these, or ndarray
    network : mapping of str to str, or callable without arguments that gives it
        Digests of what determines the numbers of the run; see `hamsim.network.fingerprint`.

    Attributes
    ----------
    values : mapping
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        network: Mapping[str, str] | Callable[[], Mapping[str, str]],
    ) -> None:
        self.values = values
        self._network = network

    @property
    def network(self) -> Mapping[str, str]:
        """Digests of what determines the numbers of the run."""
        if callable(self._network):
            self._network = self._network()
        return self._network

    @property
    def x(self) -> Floats:
        """States of all neurons in float64, shape (n,) or (trials, n), in file order."""
        rows: Floats = self.values["x"]
        return rows if self.values["has_trials"] else rows[0]

    @property
    def t(self) -> float:
        """Time that had been reached."""
        return float(self.values["clock.time"])

    @property
    def request(self) -> dict[str, Any]:
        """What the run was asked for, as arguments of `simulate`."""
        found: dict[str, Any] = json.loads(self.values["request"])
        return found

    def __repr__(self) -> str:
        rows, n = self.values["x"].shape
        of = counted(n, "neuron")
        of = f"{counted(rows, 'trial')} of {of}" if self.values["has_trials"] else of
        return f"<State of {of} at t = {self.t:g}>"

    def __getstate__(self) -> dict[str, Any]:
        return {"values": self.values, "_network": dict(self.network)}


def encode_state(state: State) -> bytes:
    """A state as bytes: a line of JSON, filled up to 8 bytes, then all arrays."""
    plain, listed, parts = {}, [], []
    for name, value in state.values.items():
        if not isinstance(value, np.ndarray):
            plain[name] = value
            continue
        array = np.ascontiguousarray(value)
        kind = array.dtype.newbyteorder("<").str
        listed.append([name, kind, list(array.shape)])
        content = array.astype(kind, copy=False).tobytes()
        parts.append(content + bytes(-len(content) % 8))
    facts = {"values": plain, "arrays": listed, "network": dict(state.network)}
    text = json.dumps(facts).encode()
    text += b" " * (-(len(text) + 1) % 8) + b"\n"
    return b"".join([text, *parts])


_FACTS: dict[str, forms.Check] = {
    "values": forms.table,
    "arrays": lambda value, where: value,
    "network": forms.table,
}
_VALUES: dict[str, forms.Check] = {
    "has_trials": lambda value, where: bool(value),
    "clock.time": forms.number,
    "clock.steps": forms.whole,
    "request": forms.text,
}


def decode_state(content: bytes, trials: int | None, neurons: int) -> State:
    """Inverse of `encode_state`, for a trace of so many trials and neurons.

    Raises
    ------
    FormError
    """
    text, _, arrays = content.partition(b"\n")
    where = "its state"
    facts = forms.fields(forms.parse_json(text, where), where, _FACTS)
    values = dict(facts["values"])
    taken = 0
    for entry in facts["arrays"] if isinstance(facts["arrays"], list) else [None]:
        if not isinstance(entry, list) or len(entry) != 3:
            raise FormError(f"{where} has an array without a name")
        name = forms.text(entry[0], where)
        shape = forms.list_of(forms.whole)(entry[2], f"{where}.{name}")
        if entry[1] not in KINDS:
            raise FormError(f"{where}.{name} has numbers of an unknown type")
        kind = np.dtype(entry[1])
        count = 1
        for side in shape:
            count *= side
        if taken + count * kind.itemsize > len(arrays):
            raise FormError(f"{where} holds fewer numbers than it says")
        found = np.frombuffer(arrays, kind, count, taken).reshape(shape)
        values[name] = found.astype(kind.newbyteorder("="))
        taken += count * kind.itemsize
        taken += -taken % 8
    for name, check in _VALUES.items():
        if name not in values:
            raise FormError(f"{where} has no '{name}'")
        values[name] = check(values[name], f"{where}.{name}")
    x = values.get("x")
    if not isinstance(x, np.ndarray) or x.dtype != np.float64 or x.shape != (trials or 1, neurons):
        raise FormError(f"{where} is not one of its neurons and trials")
    return State(values, {name: str(made) for name, made in facts["network"].items()})
