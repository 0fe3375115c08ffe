"""A network for each value of one number of its description.

Most numbers of a description enter its arrays linearly, over the whole range: an input, a time
constant, the scale of a connection, a parameter that weights are multiples of. Then three compiled
networks say all: two give the line, the third that it is one. Where an array is not a line each
value is compiled.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.compiler import compile
from hamsim.dynamics.resting.lasting import lasting
from hamsim.errors import HamsimError, Problem, SpecError
from hamsim.field.gates import gate_drive
from hamsim.field.held import with_states
from hamsim.network import Group, Network
from hamsim.network.replaced import sharing
from hamsim.spec.text import parse_text

__all__ = ["Family"]

# Where networks are compiled, as parts of the range: two for the line, a third to check it. Not at
# the ends or in the middle, where weights are often 0, and those are left out of W.
INSIDE = (0.118034, 0.854102, 0.381966)
# How far from the line a number may be, as a part of the largest of its array.
ROUNDING = 1e-13
# Networks that were compiled for single values and are kept.
KEPT = 8

Source = Network | str | os.PathLike[str] | Mapping[str, Any] | Any


class _Line(NamedTuple):
    """An array that is a line in the parameter: where it is at one value, and its slope."""

    at: Floats
    slope: Floats


class Family:
    """A network for each value of one number of its description.

    Parameters
    ----------
    source : Network, Spec, path or dict
    over : str
        Path of the number, as ``"parameters.gain"`` or ``"groups.exc.input"``.
    start, stop : float
        Between them the parameter is.
    overrides : mapping of str to value, optional

    Attributes
    ----------
    network : Network
        At one value between.
    smooth : bool
        Whether W, input and gated synapses are lines and Lagrangians stay: what the states
        depend on is a line in the parameter then.
    held : ndarray of int
        Neurons that stimuli hold for ever.
    notes : tuple of str
        What is to be said of the network as it was taken.

    Raises
    ------
    SpecError
        The path leads nowhere, or a value is not allowed.
    HamsimError
        Other numbers than those of neurons and synapses change with it.
    """

    def __init__(
        self,
        source: Source,
        over: str,
        start: float,
        stop: float,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        self._over, self._overrides = over, overrides or {}
        self._source = _description(source, over)
        self._compiled: dict[float, Network] = {}
        self.notes: tuple[str, ...] = ()
        self._near, self._far, third = (start + part * (stop - start) for part in INSIDE)
        near, far = self._compile(self._near), self._compile(self._far)
        self.network = near
        checked = {value: self._compile(value) for value in (third, start, stop)}
        for other in (far, *checked.values()):
            _require_alike(near, other, over)
        self.held = _held(near)[0]
        self._lines: dict[str, _Line | None] = {
            name: self._line(getattr(near, name), getattr(far, name)) for name in ("input", "tau")
        }
        self._lines["W"] = self._line(near.W.data, far.W.data) if _same_places(near, far) else None
        gates = [_gate_weights(each) for each in (near, far)]
        self._lines["gates"] = self._line(*gates) if _same_gates(near, far) else None
        self._lines["held"] = self._line(_held(near)[1], _held(far)[1])
        self._groups_stay = _same_groups(near, far)
        for value, other in checked.items():
            self._check(value, other)
        self.smooth = self._groups_stay and all(
            self._lines[name] is not None for name in ("input", "W", "gates", "held")
        )
        self._by_lines = self.smooth and self._lines["tau"] is not None

    def _line(self, near: Floats, far: Floats) -> _Line:
        return _Line(near, (far - near) / (self._far - self._near))

    def _check(self, value: float, other: Network) -> None:
        """Forget lines that another network is not on."""
        far = value - self._near
        gates = _gate_weights(other)
        if gates.size == 0:  # of no weight, which are left out
            gates = np.zeros_like(_gate_weights(self.network))
        elif not _same_gates(self.network, other):
            self._lines["gates"] = None
        arrays = {"input": other.input, "tau": other.tau, "gates": gates, "held": _held(other)[1]}
        for name, array in arrays.items():
            line = self._lines[name]
            if line is None:
                continue
            there, size = line.at + far * line.slope, max(_size(line.at), _size(array))
            if _off(there, array, size) > ROUNDING:
                self._lines[name] = None
        weights = self._lines["W"]
        if weights is not None:
            there = weights.at + far * weights.slope
            # Places of W where the weight is 0 are not in it.
            apart = self.network.pattern.matrix(there) - other.W
            if _off(apart.data, 0.0, max(_size(there), _size(weights.at))) > ROUNDING:
                self._lines["W"] = None
        self._groups_stay = self._groups_stay and _same_groups(self.network, other)

    @property
    def moves_rest(self) -> bool:
        """Whether rest states may depend on the parameter; time constants alone move none."""
        if not self.smooth:
            return True
        lines = (self._lines[name] for name in ("input", "W", "gates", "held"))
        return any(bool(np.any(line.slope)) for line in lines if line is not None)

    def at(self, value: float) -> Network:
        """The network for a value of the parameter."""
        if not self._by_lines:
            return self._compile(value)
        far = value - self._near
        there = {
            name: line.at + far * line.slope
            for name, line in self._lines.items()
            if line is not None and line.slope.any()
        }
        changes: dict[str, Any] = {n: there[n] for n in ("input", "tau") if n in there}
        if "W" in there:
            changes["W"] = self.network.pattern.matrix(there["W"])
        if "gates" in there:
            changes["connections"] = self._gated(there["gates"])
        return sharing(self.network, {}, **changes)

    def drive_slope(self, g: Floats) -> Floats:
        """Derivative by the parameter of what drives the neurons, where it is `smooth`.

        Of neurons that are held that of the state that they have.

        Parameters
        ----------
        g : ndarray, shape (n,)
        """
        slopes = {name: line.slope for name, line in self._lines.items() if line is not None}
        result = slopes["input"].copy()
        if slopes["W"].any():
            result += self.network.pattern.matrix(slopes["W"]) @ g
        triples = self.network.triples
        if triples is not None and slopes["gates"].any():
            result += gate_drive(triples._replace(weights=slopes["gates"]), g[None])[0]
        result[self.held] = slopes["held"]
        return result

    def held_at(self, value: float) -> Floats:
        """States of the neurons that are held."""
        line = self._lines["held"]
        if line is None:
            return _held(self._compile(value))[1]
        result: Floats = line.at + (value - self._near) * line.slope
        return result

    def tau_slope(self, value: float, width: float) -> Floats:
        """Derivative of the time constants by the parameter.

        Parameters
        ----------
        value : float
        width : float
            Of a central difference, where they are no line.
        """
        line = self._lines["tau"]
        if line is not None:
            return line.slope
        high, low = self.at(value + width).tau, self.at(value - width).tau
        result: Floats = (high - low) / (2.0 * width)
        return result

    def _compile(self, value: float) -> Network:
        found = self._compiled.get(value)
        if found is None:
            if len(self._compiled) >= KEPT:
                del self._compiled[next(iter(self._compiled))]
            try:
                made = compile(self._source, {**self._overrides, self._over: float(value)})
            except SpecError as error:
                raise SpecError([self._told(each) for each in error.problems]) from None
            found, self.notes = _as_it_stays(made)
            self._compiled[value] = found
        return found

    def _told(self, problem: Problem) -> Problem:
        """A mistake in the path that is followed, which stands in no file."""
        own = problem.path.startswith(self._over) or self._over.startswith(problem.path)
        return replace(problem, file="over") if own and not problem.line else problem

    def _gated(self, weights: Floats) -> tuple[Any, ...]:
        """Connections with other weights of their gated synapses."""
        made, first = [], 0
        for connection in self.network.connections:
            if connection.triples is None:
                made.append(connection)
                continue
            some = weights[first : first + connection.triples.weights.size]
            first += some.size
            made.append(replace(connection, triples=connection.triples._replace(weights=some)))
        return tuple(made)


def _description(source: Source, over: str) -> Any:
    """What is compiled for each value; of a network its resolved description."""
    if not isinstance(source, Network):
        return source
    if not source.source:
        raise HamsimError(
            f"no description says how {over} enters this network, whose values were replaced; "
            "give a file, a dict or a Spec"
        )
    if over.startswith("parameters."):
        raise HamsimError(
            f"{over} is a number by now wherever it was used; give the file, a dict or a path "
            "such as groups.NAME.input"
        )
    read, _, _ = parse_text(source.source)
    return read


def _as_it_stays(network: Network) -> tuple[Network, tuple[str, ...]]:
    """The network with what acts on it for ever; currents of stimuli are part of its input."""
    delayed = network.delays is not None
    made, notes = lasting(network)
    if delayed:
        notes = (*notes, "stability is that without delays")
    if any(each.value.ndim > 1 for each in made.stimuli):
        first = (
            replace(each, value=each.value[0]) if each.value.ndim > 1 else each
            for each in made.stimuli
        )
        made = sharing(made, {}, stimuli=tuple(first), initial=np.atleast_2d(made.initial)[0])
        notes = (*notes, "stimuli differ between trials: those of the first one act")
    made = with_states(made)
    currents = np.array(made.input)
    for each in made.stimuli:
        if each.mode == "input":
            currents[each.neurons] += each.value
    held = tuple(each for each in made.stimuli if each.mode != "input")
    if len(held) < len(made.stimuli):
        made = sharing(made, {}, input=currents, stimuli=held)
    return made, notes


def _held(network: Network) -> tuple[Ints, Floats]:
    """Neurons that are held, and their states; what comes last in the file holds."""
    states: dict[int, float] = {}
    for each in network.stimuli:
        states |= dict(zip(each.neurons.tolist(), each.value.tolist(), strict=True))
    neurons = np.array(sorted(states), dtype=np.int64)
    return neurons, np.array([states[k] for k in neurons.tolist()], dtype=np.float64)


def _gate_weights(network: Network) -> Floats:
    triples = network.triples
    return np.zeros(0) if triples is None else triples.weights


def _size(array: Any) -> float:
    return float(np.max(np.abs(array), initial=0.0))


def _off(array: Any, other: Any, size: float) -> float:
    return _size(array - other) / size if size else 0.0


def _require_alike(first: Network, other: Network, over: str) -> None:
    """Refuse numbers that decide how many neurons there are, or what else they are."""
    shapes = [[(g.name, g.shape, g.over) for g in net.groups] for net in (first, other)]
    if shapes[0] != shapes[1]:
        raise HamsimError(f"{over} changes which neurons there are; states cannot be followed")
    if not np.array_equal(_held(first)[0], _held(other)[0]):
        raise HamsimError(f"{over} changes which neurons are held; states cannot be followed")


def _same_places(first: Network, other: Network) -> bool:
    return np.array_equal(first.W.indptr, other.W.indptr) and np.array_equal(
        first.W.indices, other.W.indices
    )


def _same_gates(first: Network, other: Network) -> bool:
    a, b = first.triples, other.triples
    if a is None or b is None:
        return a is b
    return all(np.array_equal(one, two) for one, two in zip(a[:3], b[:3], strict=True))


def _same_groups(first: Network, other: Network) -> bool:
    return all(_same_group(a, b) for a, b in zip(first.groups, other.groups, strict=True))


def _same_group(a: Group, b: Group) -> bool:
    if a.family.name != b.family.name or a.family.formula != b.family.formula:
        return False
    return all(np.array_equal(a.parameters[key], b.parameters[key]) for key in a.parameters)
