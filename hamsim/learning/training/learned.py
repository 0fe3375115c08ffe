"""What is learned: values that an optimizer changes, and the network that has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.errors import ExpressionError, HamsimError, did_you_mean, given
from hamsim.field.sharing import shared_sets
from hamsim.lagrangians.families import formula_family
from hamsim.lagrangians.row import Parameter
from hamsim.learning.found import Found
from hamsim.learning.posed import Wanted
from hamsim.learning.synapses import LearnedWeights
from hamsim.learning.training.constraints import Constraints
from hamsim.learning.training.task import Constrained, Learn
from hamsim.network import Group, Network
from hamsim.network.replaced import frozen, sharing

__all__ = ["Learned", "Part"]


class Part(NamedTuple):
    """Values that are learned at one rate.

    Parameters
    ----------
    key : str
        Names it: "connections/NAME", "input/GROUP" or "lagrangian/GROUP/PARAMETER".
    values : ndarray, shape (size,)
        Written to; of weights a view of all weights.
    """

    key: str
    values: Floats


class _Parameter(NamedTuple):
    """A parameter of a group's Lagrangian, of which `values` are logarithms where it is positive.

    Parameters
    ----------
    group : Group
    parameter : Parameter
    values : ndarray, shape (k,)
    which : ndarray of int, shape (size of the group,)
        Which of the values each neuron has.
    above : float
        Values are logarithms of the distance to this; minus infinity where they are plain.
    """

    group: Group
    parameter: Parameter
    values: Floats
    which: Ints
    above: float

    def plain(self) -> Floats:
        """The parameter itself, shape (k,)."""
        if self.above == -math.inf:
            return self.values
        found: Floats = self.above + np.exp(self.values)
        return found

    def gradient(self, rows: Floats) -> Floats:
        """The derivative by `values`, from that by each neuron's parameter."""
        total = np.zeros(self.values.size)
        np.add.at(total, self.which, rows)
        return total if self.above == -math.inf else total * np.exp(self.values)

    def project(self) -> None:
        """Move what has left its bounds back onto them."""
        least, most = self.parameter.at_least, self.parameter.at_most
        if self.above != -math.inf:
            most = None if most is None else math.log(most - self.above)
            least = None
        if least is not None or most is not None:
            np.clip(self.values, least, most, out=self.values)


class Learned:
    """Values that are learned of a network.

    Parameters
    ----------
    network : Network
        Without stimuli that end, as methods see it.
    learn : Learn
    constrained : Constrained, optional
        What the weights are made to hold.

    Raises
    ------
    HamsimError
        A name is unknown, or nothing is learned.
    """

    def __init__(
        self, network: Network, learn: Learn, constrained: Constrained | None = None
    ) -> None:
        self._network = network
        self.weights = LearnedWeights(network)
        names = self._connections(learn.connections)
        slices = self.weights.slices
        self._connected = {f"connections/{name}": slices[name] for name in names}
        self._inputs = {f"input/{name}": network.group(name) for name in learn.input}
        self._input = np.array(network.input)
        self._parameters = {
            f"lagrangian/{group}/{name}": _parameter(network, group, name)
            for group, some in learn.lagrangian.items()
            for name in some
        }
        self.parts = tuple(
            [Part(key, self.weights.flat[at]) for key, at in self._connected.items()]
            + [Part(key, self._input[group.slice]) for key, group in self._inputs.items()]
            + [Part(key, each.values) for key, each in self._parameters.items()]
        )
        if not any(part.values.size for part in self.parts):
            raise HamsimError("nothing is learned: name connections, inputs or parameters")
        wanted = Constrained() if constrained is None else constrained
        self._constraints = Constraints(network, self.weights, names, wanted)
        self.wanted = Wanted(
            weights=bool(self._connected),
            input=bool(self._inputs),
            lagrangian=bool(self._parameters),
            clamp=False,
            only=learn.lagrangian,
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the parts."""
        return tuple(part.key for part in self.parts)

    def values(self, key: str) -> Floats:
        """Values of a part, which may be written to."""
        return next(part.values for part in self.parts if part.key == key)

    def _connections(self, names: tuple[str, ...] | None) -> tuple[str, ...]:
        known = tuple(self.weights.slices)
        if names is None:
            return tuple(name for name in known if not _is_pool(self._network, name))
        for name in names:
            if name not in known:
                word = name if isinstance(name, str) else ""
                raise HamsimError(f"no connection {given(name)}; {did_you_mean(word, known)}")
        return tuple(dict.fromkeys(names))

    def gradient(self, found: Found) -> dict[str, Floats]:
        """The gradient by the values of each part, shape (size,)."""
        made: dict[str, Floats] = {}
        if self._connected:
            weights: Any = found.weights
            flat = weights.flat
            made |= {key: flat[at] for key, at in self._connected.items()}
        if self._inputs:
            assert found.input is not None
            mean = found.mean(found.input)
            made |= {key: mean[group.slice] for key, group in self._inputs.items()}
        for key, each in self._parameters.items():
            assert found.lagrangian is not None
            own = found.lagrangian[each.group.name][each.parameter.name]
            made[key] = each.gradient(own)
        return made

    def project(self) -> None:
        """After a step: move what has left its bounds, or what it is to hold, back."""
        for each in self._parameters.values():
            each.project()
        self._constraints.project(self._changed_groups())

    def settle(self) -> None:
        """At the start, and at the end of an epoch: constraints hold to rounding."""
        self._constraints.settle(self._changed_groups())

    def begin(self) -> None:
        """After values were taken that were kept: what follows depends on them alone."""
        self._constraints.begin(self._changed_groups())

    def _changed_groups(self) -> tuple[Group, ...] | None:
        """Groups whose slopes a bound of the gain has to know; None while they stay."""
        return self._groups() if self._parameters and self._constraints.has_gain else None

    def lost(self) -> str:
        """Which values no network can have any more, in words; empty where all can be had."""
        for part in self.parts:
            if not np.isfinite(part.values).all():
                kind, name = part.key.split("/", 1)
                return f"{kind} {name} are not finite any more"
        for key, each in self._parameters.items():
            with np.errstate(over="ignore"):
                plain = each.plain()
            wrong = ~np.isfinite(plain) | (plain <= each.above)
            if wrong.any():
                return f"parameter {key.split('/', 1)[1]} came to {plain[wrong][0]:g}"
        return ""

    def network(self, base: Network | None = None, weights: bool = True) -> Network:
        """A network with the values as they are now.

        Parameters
        ----------
        base : Network, optional
            With the same neurons and synapses as the one that is learned, which it is by default.
        weights : bool
            Whether its weights are to be those of now; else they are those of `base`.

        Raises
        ------
        HamsimError
            A formula has no facts at its parameters.
        """
        own = base is None
        made = self._network if base is None else base
        if self._connected and weights:
            self.weights.changed()
            made = self.weights.network if own else made.with_weights(self._by_name())
        changes: dict[str, Any] = {}
        if self._inputs:
            changes["input"] = frozen(self._input.copy())
        if self._parameters:
            changes["groups"] = self._groups()
        if not changes:
            return made
        said = {"input": "learned"} if self._inputs else {}
        said |= {f"parameters of {each.group.name}": "learned" for each in self._each()}
        made = sharing(made, said, **changes)
        if self._parameters:  # what is prepared for groups is kept by the pattern
            vars(made)["pattern"] = made.pattern.with_groups(made.groups)
        return made

    def _by_name(self) -> Mapping[str, Any]:
        own = self.weights.own(self.weights.flat)
        return {key.split("/", 1)[1]: own[key.split("/", 1)[1]] for key in self._connected}

    def _each(self) -> list[_Parameter]:
        return list(self._parameters.values())

    def _groups(self) -> tuple[Group, ...]:
        """All groups, with the parameters that were learned."""
        found: dict[str, dict[str, Floats]] = {}
        for each in self._each():
            own = found.setdefault(each.group.name, {})
            own[each.parameter.name] = frozen(each.plain()[each.which])
        return tuple(
            _with_parameters(group, found[group.name]) if group.name in found else group
            for group in self._network.groups
        )


def _is_pool(network: Network, name: str) -> bool:
    """Whether a connection takes means of windows, which it would do no more if it learned."""
    own = next(each.convolution for each in network.connections if each.name == name)
    return own is not None and own.kernel is None


def _parameter(network: Network, name: str, parameter: str) -> _Parameter:
    group = network.group(name)
    known = {each.name: each for each in group.family.parameters}
    if parameter not in known:
        word = parameter if isinstance(parameter, str) else ""
        raise HamsimError(
            f"the {group.lagrangian} of group '{name}' has no parameter {given(parameter)}; "
            f"{did_you_mean(word, known)}"
        )
    values = np.array(group.parameters[parameter])
    if np.all(values == values[0]):  # as one number stands in a file
        which = np.zeros(group.size, dtype=np.int64)
    elif group.family.additive or known[parameter].one_a_neuron:
        which = np.arange(group.size, dtype=np.int64)
    else:
        sets = shared_sets(network)[group.slice]
        which = np.unique(sets, return_inverse=True)[1].reshape(-1).astype(np.int64)
    single = np.empty(int(which.max()) + 1)
    single[which] = values
    above = known[parameter].above
    if above is None:
        positive = bool(group.family.formula) and bool(np.all(single > 0))
        above = 0.0 if positive else -math.inf
    if above != -math.inf:
        single = np.log(single - above)
    return _Parameter(group, known[parameter], single, which, above)


def _with_parameters(group: Group, values: Mapping[str, Floats]) -> Group:
    """A group whose Lagrangian has other parameters; facts of a formula are derived anew."""
    parameters = {**group.parameters, **values}
    family = group.family
    if family.formula:
        ranges = {key: (float(v.min()), float(v.max())) for key, v in parameters.items()}
        try:
            family = formula_family(family.formula, ranges, family.domain)
        except ExpressionError as error:
            raise HamsimError(f"group '{group.name}': {error}") from None
    return replace(group, parameters=parameters, family=family)
