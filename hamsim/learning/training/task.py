"""What is to be trained: a network, examples, a loss, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.learning.losses import BoundLoss
from hamsim.network import Network

__all__ = ["Constrained", "Cue", "Learn", "Settings", "Task"]


class Cue(NamedTuple):
    """What examples give to some neurons.

    Parameters
    ----------
    neurons : ndarray of int, shape (k,)
    mode : {"clamp", "input", "initial"}
        States at which they are held, currents, or states at t = 0.
    values : ndarray, shape (examples, k)
    """

    neurons: Ints
    mode: Literal["clamp", "input", "initial"]
    values: Floats


@dataclass(frozen=True)
class Learn:
    """What is learned.

    Parameters
    ----------
    connections : tuple of str, or None
        Names of connections; None for all.
    input : tuple of str
        Groups whose neurons' constant input is learned.
    lagrangian : mapping of str to tuple of str
        Parameters of the Lagrangians of groups.
    """

    connections: tuple[str, ...] | None = None
    input: tuple[str, ...] = ()
    lagrangian: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Constrained:
    """What weights must be after every step.

    Parameters
    ----------
    nonnegative : tuple of str
        Connections without negative weights.
    norm : mapping of str to float
        The largest Euclidean norm of what a neuron receives by a connection.
    gain : float or None
        Largest bound of the gain of W; below 1 the network has one rest state, and goes there.
    """

    nonnegative: tuple[str, ...] = ()
    norm: Mapping[str, float] = field(default_factory=dict)
    gain: float | None = None


@dataclass(frozen=True)
class Settings:
    """How it is trained.

    Parameters
    ----------
    method : str
        Name of a method of gradients, see `hamsim.learning.methods`.
    options : mapping
        Settings of that method.
    optimizer : str
        Name of an optimizer, see `hamsim.learning.training.optimizers`.
    optimizer_options : mapping
        Its settings.
    learn : Learn
    rates : mapping of str to float
        Other rates than the optimizer's: of connections by their names, of all inputs as "input",
        of all parameters of Lagrangians as "lagrangian".
    constraints : Constrained
    clip : float or None
        Largest Euclidean norm of a gradient; a longer one is made as long as this.
    validation : float
        Share of the examples that are kept for validation.
    epochs, batch : int
        How often all examples are gone through, and in batches of how many.
    patience : int or None
        Training stops when the best epoch was so many epochs ago.
    by : {"loss", "score"}
        What tells which epoch is the best one.
    residual : float
        Residual at which a state rests.
    seed : int
        Of the order of examples, and of what is kept for validation.
    """

    method: str = "implicit"
    options: Mapping[str, Any] = field(default_factory=dict)
    optimizer: str = "adam"
    optimizer_options: Mapping[str, Any] = field(default_factory=dict)
    learn: Learn = Learn()
    rates: Mapping[str, float] = field(default_factory=dict)
    constraints: Constrained = Constrained()
    clip: float | None = 1.0
    validation: float = 0.1
    epochs: int = 20
    batch: int = 32
    patience: int | None = None
    by: Literal["loss", "score"] = "loss"
    residual: float = 1e-3
    seed: int = 0


class Task(NamedTuple):
    """A network, examples, a loss, and how to train.

    Parameters
    ----------
    network : Network
    cues : tuple of Cue
    loss : BoundLoss or None
        Of all examples; None of an optimizer that stores what it is shown.
    targets : ndarray, shape (examples, ...), or None
        What it compares with: labels of classes, or numbers.
    settings : Settings
    """

    network: Network
    cues: tuple[Cue, ...]
    loss: BoundLoss | None
    targets: NDArray[np.generic] | None
    settings: Settings

    @property
    def examples(self) -> int:
        """How many examples there are."""
        return len(self.cues[0].values)
