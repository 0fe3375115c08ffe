"""Optimizers: how a gradient changes the values that are learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.kernels.jit import first_call
from hamsim.kernels.optimizers import step_adam, step_momentum, step_plain
from hamsim.request import number_of

__all__ = ["OPTIMIZERS", "Adam", "Momentum", "Optimizer", "Plain", "optimizer_of", "settings_of"]


class Optimizer(Protocol):
    """Settings of an optimizer, and its step.

    It keeps nothing: what it remembers of earlier steps is in arrays that it is given.
    """

    @property
    def rate(self) -> float:
        """How far a step goes where nobody says otherwise."""

    @property
    def memories(self) -> int:
        """How many arrays of the size of the values it remembers."""

    def step(
        self,
        values: Floats,
        gradient: Floats,
        memory: tuple[Floats, ...],
        scale: float,
        rate: float,
        count: int,
    ) -> None:
        """Change values in place.

        Parameters
        ----------
        values, gradient : ndarray, shape (size,)
        memory : tuple of ndarray, shape (size,)
            As many as `memories`, 0 before the first step; written to.
        scale : float
            What the gradient is multiplied by first.
        rate : float
        count : int
            Number of the step, from 1 on.
        """


class Plain(NamedTuple):
    """Steepest descent: values -= rate times the gradient."""

    rate: float = 0.1

    @property
    def memories(self) -> int:
        """See `Optimizer`."""
        return 0

    def step(
        self,
        values: Floats,
        gradient: Floats,
        memory: tuple[Floats, ...],
        scale: float,
        rate: float,
        count: int,
    ) -> None:
        """See `Optimizer.step`."""
        with first_call("step plain"):
            step_plain(values, gradient, scale, rate)


class Momentum(NamedTuple):
    """Steepest descent with a memory of earlier gradients  [Polyak 1964]."""

    rate: float = 0.1
    momentum: float = 0.9

    @property
    def memories(self) -> int:
        """See `Optimizer`."""
        return 1

    def step(
        self,
        values: Floats,
        gradient: Floats,
        memory: tuple[Floats, ...],
        scale: float,
        rate: float,
        count: int,
    ) -> None:
        """See `Optimizer.step`."""
        with first_call("step momentum"):
            step_momentum(values, gradient, memory[0], scale, rate, self.momentum)


class Adam(NamedTuple):
    """Steps of about the rate, whatever the size of gradients  [Kingma and Ba, arXiv:1412.6980]."""

    rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    @property
    def memories(self) -> int:
        """See `Optimizer`."""
        return 2

    def step(
        self,
        values: Floats,
        gradient: Floats,
        memory: tuple[Floats, ...],
        scale: float,
        rate: float,
        count: int,
    ) -> None:
        """See `Optimizer.step`."""
        how = (scale, rate, self.beta1, self.beta2, self.epsilon, count)
        with first_call("step adam"):
            step_adam(values, gradient, memory[0], memory[1], *how)


OPTIMIZERS: Mapping[str, Any] = {"sgd": Plain, "momentum": Momentum, "adam": Adam}
# Settings that are shares of what was before: from 0 on, below 1.
_SHARES = ("momentum", "beta1", "beta2")
_FROM_0 = ("anti",)


def optimizer_of(name: Any, options: Mapping[str, Any]) -> Optimizer:
    """An optimizer by its name.

    Parameters
    ----------
    name : str
    options : mapping of str to float
        Its settings.

    Raises
    ------
    HamsimError
        There is none of this name, or a setting is not one of its own.
    """
    if not isinstance(name, str) or name not in OPTIMIZERS:
        word = name if isinstance(name, str) else ""
        raise HamsimError(f"no optimizer {given(name)}; {did_you_mean(word, OPTIMIZERS)}")
    optimizer: Optimizer = settings_of(name, OPTIMIZERS[name], options)
    return optimizer


def settings_of(name: str, made: Any, options: Mapping[str, Any]) -> Any:
    """Settings by their names, checked.

    Parameters
    ----------
    name : str
        What they are of, for messages.
    made : type of NamedTuple
    options : mapping of str to float

    Raises
    ------
    HamsimError
    """
    found = {}
    for key, value in options.items():
        if key not in made._fields:
            raise HamsimError(
                f"optimizer {name} has no setting {given(key)}; "
                f"{did_you_mean(str(key), made._fields)}"
            )
        number = number_of(value)
        if key in _SHARES and not 0.0 <= number < 1.0:
            raise HamsimError(f"{key} of {name} is {given(value)}; it must be from 0 to below 1")
        least_allowed = key in _SHARES or key in _FROM_0
        if not 0.0 <= number < np.inf or (number == 0.0 and not least_allowed):
            raise HamsimError(f"{key} of {name} is {given(value)}; it must be a number above 0")
        found[key] = number
    return made(**found)
