"""By which method gradients are found, and what makes steps of them, with their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BeforeValidator, StrictBool

from hamsim.spec.messages import wrong
from hamsim.spec.numbers import BelowOne, Count, Fraction, NotNegative, Part, Positive
from hamsim.spec.oneof import Choice, choice_type

__all__ = ["GradientMethod", "MethodCase", "Optimizer", "OptimizerCase"]


def _some(value: Any) -> Any:
    if not isinstance(value, list | tuple) or not value:
        raise wrong("must be a list of numbers of steps")
    return tuple(value)


class Implicit(Part):
    """Of the rest state, by the implicit function theorem.

    Parameters
    ----------
    tol : float
        How far the linear system is solved, relative to its right-hand side.
    """

    tol: Fraction = 1e-3


class Equilibrium(Part):
    """Equilibrium propagation: two rest states, nudged to and from the target.

    Parameters
    ----------
    beta : float
        Strength of the nudge.
    symmetric : bool
        Whether both are nudged, by beta and -beta; else one of them is not nudged.
    """

    beta: Positive = 0.2
    symmetric: StrictBool = True


class Contrastive(Part):
    """Contrastive Hebbian learning: the rest state against the one with targets held."""


class ThroughTime(Part):
    """Through the steps of Euler's method.

    Parameters
    ----------
    steps : int, optional
        Those of the simulation's `t_end` if nobody says.
    dt : float, optional
        The simulation's if nobody says.
    keep : int, optional
        Every so manieth state is kept and the others are computed anew; without it all are kept.
    at : tuple of int, optional
        After how many steps the loss is taken, of which the mean counts; without it after the last.
    """

    steps: Count | None = None
    dt: Positive | None = None
    keep: Count | None = None
    at: Annotated[tuple[Count, ...], BeforeValidator(_some)] | None = None


class GradientMethod(Choice):
    """How gradients are found.

    Parameters
    ----------
    implicit : Implicit, optional
        Of the rest state, by the implicit function theorem.
    equilibrium : Equilibrium, optional
        By equilibrium propagation.
    contrastive : Contrastive, optional
        By contrastive Hebbian learning.
    through_time : ThroughTime, optional
        Through the steps of Euler's method.
    """

    implicit: Implicit | None = None
    equilibrium: Equilibrium | None = None
    contrastive: Contrastive | None = None
    through_time: ThroughTime | None = None


class Sgd(Part):
    """Steps along the gradient.

    Parameters
    ----------
    rate : float
        Length of a step, times the gradient.
    """

    rate: Positive = 0.1


class Momentum(Sgd):
    """Steps along a sum of gradients, of which earlier ones fade.

    Parameters
    ----------
    momentum : float
        What is left of the sum from one step to the next.
    """

    momentum: BelowOne = 0.9


class Adam(Part):
    """Steps scaled by running means of the gradient and of its square.

    Parameters
    ----------
    rate : float
        Length of a step.
    beta1 : float
        What is left of the mean of gradients from one step to the next.
    beta2 : float
        What is left of the mean of their squares.
    epsilon : float
        Is added to the root of that mean, so that nothing is divided by 0.

    Notes
    -----
    Kingma and Ba, arXiv:1412.6980.
    """

    rate: Positive = 1e-3
    beta1: BelowOne = 0.9
    beta2: BelowOne = 0.999
    epsilon: Positive = 1e-8


class SparseRule(Part):
    """The local rule for memories, which needs no target.

    Parameters
    ----------
    rate : float
        At the first epoch; it falls to 0 along a line.
    power : float
        The p of the norm that weights come to, 1 for each neuron.
    rank : int
        Which neuron moves away from an example: 2 is the one with the second largest drive.
    anti : float
        How far it does, beside the one that moves towards it.

    Notes
    -----
    Krotov and Hopfield 2019, PNAS 116:7723.
    """

    rate: Positive = 0.02
    power: Positive = 2.0
    rank: Count = 2
    anti: NotNegative = 0.4


class Optimizer(Choice):
    """What makes a step of a gradient.

    Parameters
    ----------
    sgd : Sgd, optional
        Steps along the gradient.
    momentum : Momentum, optional
        Steps along a fading sum of gradients.
    adam : Adam, optional
        Steps scaled by running means.
    sparse : SparseRule, optional
        The local rule for memories, which needs no target.
    """

    sgd: Sgd | None = None
    momentum: Momentum | None = None
    adam: Adam | None = None
    sparse: SparseRule | None = None


if TYPE_CHECKING:
    MethodCase: TypeAlias = GradientMethod
    OptimizerCase: TypeAlias = Optimizer
else:
    MethodCase = choice_type(GradientMethod, "method")
    OptimizerCase = choice_type(Optimizer, "optimizer")
