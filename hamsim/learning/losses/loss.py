"""`loss`: what is to become small, before it is known of which network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from hamsim.arrays import Floats
from hamsim.errors import ExpressionError, HamsimError, given
from hamsim.learning.losses.bound import BoundLoss
from hamsim.learning.losses.measures import Given, Measure, OfShares, OfStates, Squared
from hamsim.learning.losses.shares import Shares, are_shares
from hamsim.learning.losses.targets import (
    rows_of_classes,
    rows_of_targets,
    trials_of_classes,
    trials_of_targets,
)
from hamsim.learning.losses.written import Written
from hamsim.names import as_list
from hamsim.network import Group, Network

__all__ = ["NAMED", "Loss", "loss"]

# Losses that have a name; any other text is a formula.
NAMED = ("squared", "cross_entropy")
_Function = Callable[[Floats, "Floats | None"], ArrayLike]


@dataclass(frozen=True, eq=False)
class Loss:
    """A loss that is not bound to a network yet; `hamsim.loss` makes it.

    Parameters
    ----------
    kind : str or callable
        ``squared``, ``cross_entropy``, a formula, or a function of rows and targets.
    group : str or sequence of str
        Which neurons it reads, as `Network.index` names them.
    target : array_like or None
    of : {"g", "x"}
    derivative : callable or None
        Of a callable.
    """

    kind: str | _Function
    group: Any
    target: Any = None
    of: Literal["g", "x"] = "g"
    derivative: _Function | None = None

    def __repr__(self) -> str:
        kind = self.kind if isinstance(self.kind, str) else "a function"
        return f"<Loss {kind} of {self.of} of {self.group}>"

    def with_target(self, target: Any) -> Loss:
        """The same loss with other targets."""
        return Loss(self.kind, self.group, target, self.of, self.derivative)

    def trials(self, network: Network) -> int | None:
        """For how many trials its targets are; None where one is for all.

        Zeros and a single 1, one for each neuron of a group of classes, are the shares for all.

        Raises
        ------
        HamsimError
            A group is unknown, or targets are no numbers.
        """
        if self.target is None:
            return None
        names = as_list(self.group)
        neurons, group = network.neurons(names), _whole_group(network, names)
        if self.kind == "cross_entropy" and group is not None:
            return trials_of_classes(self.target, Shares(group), self._where)
        shape = (neurons.size,) if group is None else group.shape
        return trials_of_targets(self.target, shape, self._where)

    def bound(self, network: Network, trials: int) -> BoundLoss:
        """Look up which neurons it reads, and give their targets as many rows as there are trials.

        Parameters
        ----------
        network : Network
        trials : int

        Returns
        -------
        BoundLoss

        Raises
        ------
        HamsimError
            A group is unknown, a target is missing or has a shape that does not fit, or cross
            entropy is asked of activations that do not add up to 1.
        """
        names = as_list(self.group)
        neurons = network.neurons(names)
        if not neurons.size:
            raise HamsimError("a loss must read at least one neuron")
        if np.unique(neurons).size < neurons.size:
            raise HamsimError(f"the loss reads a neuron of {self._where} twice")
        group = _whole_group(network, names)
        shape = (neurons.size,) if group is None else group.shape
        if self.kind == "cross_entropy":
            return self._of_classes(network, group, trials)
        measure, reads = self._measure()
        if self.target is None:
            if reads:
                raise HamsimError(f"the loss of {self._where} needs a target")
            return BoundLoss(self.of, neurons, network.n_neurons, measure, None)
        if not reads:
            raise HamsimError(f"the loss '{self.kind}' has no t, so that no target is used")
        target = rows_of_targets(self.target, shape, trials, self._where)
        return BoundLoss(self.of, neurons, network.n_neurons, measure, target)

    @property
    def _where(self) -> str:
        names = as_list(self.group)
        return f"'{names[0]}'" if len(names) == 1 else f"{len(names)} groups"

    def _measure(self) -> tuple[Measure, bool]:
        """The measure, and whether it cannot do without a target (or makes no use of one)."""
        if self.kind == "squared":
            return Squared(), True
        if isinstance(self.kind, str):
            written = Written(self.kind, self.of)
            return written, written.reads_target
        assert self.derivative is not None
        return Given(self.kind, self.derivative), self.target is not None

    def _of_classes(self, network: Network, group: Group | None, trials: int) -> BoundLoss:
        if group is None:
            raise HamsimError("cross_entropy is of one whole group")
        if self.of == "g" and not are_shares(group):
            raise HamsimError(
                f"cross_entropy needs activations that are positive and add up to 1, as those of "
                f"softmax; '{group.name}' has {group.lagrangian}: take of=\"x\" for the softmax of "
                "its states, or another loss"
            )
        if self.target is None:
            raise HamsimError(f"the loss of {self._where} needs a target")
        shares = Shares(group)
        target = rows_of_classes(self.target, shares, trials, self._where)
        neurons = np.arange(group.start, group.stop)
        n, in_states = network.n_neurons, OfStates(shares)
        if not are_shares(group):
            return BoundLoss("x", neurons, n, in_states, target)
        # Of states it is the same number: their softmax with the group's own beta is g.
        return BoundLoss("g", neurons, n, OfShares(), target, steady=in_states)


def _whole_group(network: Network, names: list[Any]) -> Group | None:
    """The group that is named, if that is all."""
    found = [group for group in network.groups if len(names) == 1 and group.name == names[0]]
    return found[0] if found else None


def loss(
    kind: str | _Function,
    group: Any,
    target: Any = None,
    of: Literal["g", "x"] = "g",
    slope: _Function | None = None,
) -> Loss:
    """Say what is to become small.

    Parameters
    ----------
    kind : str or callable
        ``"squared"``: half the sum over neurons of (v - t)^2. ``"cross_entropy"``: the sum of
        -t log(g) over a group whose activations are positive and add up to 1, as those of
        softmax; of="x" means -t log(p) with p the softmax of the group's states (with the
        group's own beta if it is a softmax itself, else 1). A formula in g (in x, with of="x")
        and t, as ``"(g - t)**4"``, added up over neurons; with ``sum(...)`` or ``mean(...)`` it is
        one number for the group. Or a function of rows v and targets t, both of shape (trials, k)
        (t may be (1, k), or None), which gives one number a trial.
    group : str or sequence of str
        Neurons that the loss reads, a group or whatever `Network.index` takes.
    target : array_like, optional
        t: one number; of the group's shape or (k,); or with an axis for trials in front. Of
        cross entropy also numbers of classes from 0, one a trial (and one for each set of neurons
        that share a Lagrangian, if there are several).
    of : {"g", "x"}
        Activations or states.
    slope : callable, optional
        Of a function: its derivative by v, of the same arguments and in the shape of v.

    Returns
    -------
    Loss

    Raises
    ------
    HamsimError
        The kind is unknown, a formula is wrong, or a function comes without its slope.
    """
    if of not in ("g", "x"):
        raise HamsimError(f'a loss is of "g" or of "x", not {given(of)}')
    if callable(kind):
        if not callable(slope):
            raise HamsimError("a loss that is a function needs slope, its derivative by v")
        return Loss(kind, group, target, of, slope)
    if not isinstance(kind, str):
        raise HamsimError(
            f"a loss is {', '.join(NAMED)}, a formula or a function, not {given(kind)}"
        )
    if slope is not None:
        raise HamsimError("slope goes with a loss that is a function; others have their own")
    if kind not in NAMED:
        try:
            Written(kind, of)
        except ExpressionError as error:
            raise HamsimError(f"the loss is none of {', '.join(NAMED)}, and {error}") from None
    return Loss(kind, group, target, of)
