"""What a network consists of: groups, connections, stimuli, and how numbers were drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.expression import evaluate
from hamsim.lagrangians.row import Lagrangian
from hamsim.names import Members

__all__ = [
    "Connection",
    "Convolution",
    "Draw",
    "Draws",
    "Group",
    "Noise",
    "Stimulus",
    "Triples",
    "white_at_once",
]


@dataclass(frozen=True, eq=False)
class Group:
    """A population of neurons and the Lagrangian that they have.

    Parameters
    ----------
    name : str
    start, stop : int
        Its neurons are start, ..., stop - 1 in file order.
    shape : tuple of int
        The neurons' arrangement, flattened in C order.
    family : Lagrangian
        A row of `hamsim.lagrangians.table.TABLE`, or one made of a user's formula.
    parameters : mapping of str to ndarray, each of shape (size,)
        One number a neuron; constant over neurons that share a Lagrangian.
    over : tuple of int
        Axes of `shape` whose neurons share one Lagrangian; empty where each neuron has its own.
    neuron_names : tuple of str
        Names of single neurons, empty if they have none.
    """

    name: str
    start: int
    stop: int
    shape: tuple[int, ...]
    family: Lagrangian
    parameters: Mapping[str, Floats]
    over: tuple[int, ...] = ()
    neuron_names: tuple[str, ...] = ()

    @property
    def lagrangian(self) -> str:
        """Name of the Lagrangian."""
        return self.family.name

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.stop - self.start

    @property
    def shared(self) -> int:
        """Number of neurons that share one Lagrangian; 1 where each has its own."""
        return prod(self.shape[axis] for axis in self.over)

    def fact(self, name: str, unknown: float = math.nan) -> Floats:
        """A fact of the family, such as `slope`, for these parameters; shape (size,).

        Parameters
        ----------
        name : str
            A field of `Lagrangian` that holds an expression.
        unknown : float
            What stands for an expression that is empty.
        """
        text = getattr(self.family, name)
        return self._evaluated(text) if text else np.full(self.size, unknown)

    def facts(self, name: str) -> Floats:
        """A fact that is several expressions, such as `breaks`; shape (some, size)."""
        texts = getattr(self.family, name)
        return np.array([self._evaluated(text) for text in texts]).reshape(len(texts), self.size)

    def _evaluated(self, text: str) -> Floats:
        names = {**self.parameters, "n": float(self.shared), "inf": math.inf}
        value = evaluate(text, names, finite=False)
        return np.broadcast_to(np.asarray(value, dtype=np.float64), (self.size,))

    @property
    def slice(self) -> slice:
        """Where its neurons are in arrays over all neurons."""
        return slice(self.start, self.stop)

    def label(self, k: int) -> str:
        """Name of the group's neuron k, as people write it: ``pixels[3, 4]`` or ``motor.AVAL``."""
        return self.numbered.label(k)

    @property
    def numbered(self) -> Members:
        """Its neurons, as they are written."""
        return Members(self.name, self.shape, self.neuron_names)


class Triples(NamedTuple):
    """Gated synapses: triple m adds -weights[m] g_i g_j g_k to the energy.

    Each of its three neurons is driven by the product of the other two's activations.

    Parameters
    ----------
    i, j, k : ndarray of int, shape (triples,)
        Neurons; k is the gate's.
    weights : ndarray, shape (triples,)
    """

    i: Ints
    j: Ints
    k: Ints
    weights: Floats


class Noise(NamedTuple):
    """Noise of the neurons, each its own: tau_i dx_i = u_i dt + sigma_i dB_i where it is white.

    Elsewhere tau_i dx_i = (u_i + eta_i) dt, and x_i = (W g)_i + I_i + eta_i of a neuron with
    tau = 0. eta_i is an Ornstein-Uhlenbeck process with time constant s_i, whose values at one
    time have the distribution N(0, sigma_i^2).

    Parameters
    ----------
    sigma : ndarray, shape (n,)
        At least 0; 0 for neurons without noise.
    tau : ndarray, shape (n,)
        The time constants s_i of noise; 0 where it is white.
    """

    sigma: Floats
    tau: Floats


def white_at_once(tau: Floats, noise: Noise | None) -> NDArray[np.bool_]:
    """Neurons with tau = 0 and white noise, which would have infinite variance."""
    if noise is None:
        return np.zeros(tau.shape, dtype=bool)
    found: NDArray[np.bool_] = (tau == 0) & (noise.sigma > 0) & (noise.tau == 0)
    return found


@dataclass(frozen=True, eq=False)
class Convolution:
    """A window with one kernel for all its places, from which a block of W was written out.

    Feature o at (y', x') and channel c of the image at (y, x) have, with strides s and with p
    pixels of padding in front of the image, the weight
    kernel[o, c, y - s_y y' + p_y, x - s_x x' + p_x] where those indices are inside the window.

    Parameters
    ----------
    kernel : ndarray, shape (channels out, channels in, height, width), or None
        None takes the mean over the pixels of a window that are in the image, for each channel by
        itself.
    image, found : (height, width, channels)
        Shape of the image, and of the features.
    window, stride, before : (down, across)
        Pixels of the window, its steps, and pixels of padding in front of the image.
    image_receives : bool
        Whether the image is the connection's rows, or its columns.
    W : csr_array
        The matrix that holds these weights and no others there. A network that has another matrix
        is not described by this.
    """

    kernel: Floats | None
    image: tuple[int, int, int]
    found: tuple[int, int, int]
    window: tuple[int, int]
    stride: tuple[int, int]
    before: tuple[int, int]
    image_receives: bool
    W: csr_array | None = None


@dataclass(frozen=True, eq=False)
class Connection:
    """A block of W as the file stated it, or gated synapses.

    Parameters
    ----------
    name : str
        Unique in the network.
    kind : {"between", "within", "from", "gate"}
        Used in both directions, symmetric inside its groups, one-way, or of third order.
    rows, columns : tuple of str
        Groups that receive and groups that send, as written; `between` is also used the other way.
    block : csr_array or None
        W[rows, columns] of this connection alone, kept only where connections overlap; elsewhere
        it is what W holds there.
    gate : tuple of str
        Groups that gate; empty for other kinds.
    triples : Triples or None
        Of a gating connection, which adds nothing to W.
    convolution : Convolution or None
        Where the block is a kernel written out, and nothing else: that kernel.
    delay : float or ndarray
        How long activations take: one number, or one a synapse in the order of the block's data.
        `between` has the same both ways.
    """

    name: str
    kind: Literal["between", "within", "from", "gate"]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    block: csr_array | None = None
    gate: tuple[str, ...] = ()
    triples: Triples | None = None
    convolution: Convolution | None = None
    delay: float | Floats = 0.0


@dataclass(frozen=True, eq=False)
class Stimulus:
    """What is done to some neurons from `start` until `stop`.

    Parameters
    ----------
    mode : {"clamp", "clamp_g", "input"}
        Hold x or g at the value, or add the value to the input current.
    neurons : ndarray of int, shape (k,)
    value : ndarray, shape (k,) or (trials, k)
    start, stop : float
        Times; `stop` may be infinite.
    """

    mode: Literal["clamp", "clamp_g", "input"]
    neurons: Ints
    value: Floats
    start: float
    stop: float


@dataclass(frozen=True, eq=False)
class Draw:
    """How numbers were drawn, so that others can be drawn for more trials.

    Parameters
    ----------
    value : object
        A distribution as in the description, or what is copied and how.
    seed : int
    names : tuple of str
        Which stream of random numbers.
    size : int
        How many are drawn for a trial.
    places : ndarray of int
        Which of these are used.
    neurons : ndarray of int
        Whose numbers those are.
    """

    value: Any
    seed: int
    names: tuple[str, ...]
    size: int
    places: Ints
    neurons: Ints


@dataclass(frozen=True, eq=False)
class Draws:
    """What of states and stimuli was drawn.

    Parameters
    ----------
    initial : tuple of Draw
    stimuli : mapping of int to Draw
        By the numbers of stimuli.
    trials : int or None
        Number of trials that arrays of initial states have.
    states : ndarray or None
        The states that `initial` belongs to. A network that has others is not described by it.
    made : tuple of Stimulus
        The stimuli that `stimuli` belongs to.
    """

    initial: tuple[Draw, ...] = ()
    stimuli: Mapping[int, Draw] = field(default_factory=dict)
    trials: int | None = None
    states: Floats | None = None
    made: tuple[Stimulus, ...] = ()
