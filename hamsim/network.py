"""The compiled network: flat arrays and the names that belong to them.

This is the seam between the description (everything that knows YAML) and the numerics
(everything that knows kernels). It holds data and look-ups, no algorithm.

The model, with row i of W receiving and column j sending:

    tau_i dx_i/dt = sum_j W_ij g_j + I_i - x_i,      g = dL/dx           [HAM, eq. 1 and 2]

[HAM]: Krotov, Hierarchical Associative Memory, arXiv:2107.06446.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.errors import HamsimError, did_you_mean
from hamsim.expression import evaluate
from hamsim.lagrangians.table import Lagrangian
from hamsim.lazy import TextField

if TYPE_CHECKING:
    import networkx

__all__ = [
    "Connection",
    "Convolution",
    "Floats",
    "Group",
    "Ints",
    "Network",
    "Record",
    "Settings",
    "Stimulus",
    "Triples",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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

    def fact(self, name: str) -> Floats:
        """A fact of the family, such as `slope`, for these parameters; shape (size,).

        Parameters
        ----------
        name : str
            A field of `Lagrangian` that holds an expression.
        """
        names = {**self.parameters, "n": float(self.shared), "inf": math.inf}
        value = evaluate(getattr(self.family, name), names, finite=False)
        return np.broadcast_to(np.asarray(value, dtype=np.float64), (self.size,))

    @property
    def slice(self) -> slice:
        """Where its neurons are in arrays over all neurons."""
        return slice(self.start, self.stop)

    def label(self, k: int) -> str:
        """Name of the group's neuron k, as people write it: ``pixels[3, 4]`` or ``motor.AVAL``."""
        if self.neuron_names:
            return f"{self.name}.{self.neuron_names[k]}"
        where = ", ".join(str(int(axis)) for axis in np.unravel_index(k, self.shape))
        return f"{self.name}[{where}]"


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
    """

    name: str
    kind: Literal["between", "within", "from", "gate"]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    block: csr_array | None = None
    gate: tuple[str, ...] = ()
    triples: Triples | None = None
    convolution: Convolution | None = None


@dataclass(frozen=True, eq=False)
class Stimulus:
    """What is done to some neurons from `start` until `stop`.

    Parameters
    ----------
    mode : {"clamp", "input"}
        Hold x at the value, or add the value to the input current.
    neurons : ndarray of int, shape (k,)
    value : ndarray, shape (k,) or (trials, k)
    start, stop : float
        Times; `stop` may be infinite.
    """

    mode: Literal["clamp", "input"]
    neurons: Ints
    value: Floats
    start: float
    stop: float


@dataclass(frozen=True)
class Record:
    """What a simulation keeps.

    Parameters
    ----------
    every : float or None
        Time between two records; None records every step.
    what : tuple of {"x", "g", "energy", "residual"}
        States, activations, energy, and max|W g + I - x| over the neurons that are free to move.
    groups : tuple of str or None
        Groups whose neurons are kept in `x` and `g`; None keeps all.
    """

    every: float | None = None
    what: tuple[str, ...] = ("x", "energy")
    groups: tuple[str, ...] | None = None

    ALLOWED = ("x", "g", "energy", "residual")

    def __post_init__(self) -> None:
        what = (self.what,) if isinstance(self.what, str) else tuple(self.what)
        for word in what:
            if word not in self.ALLOWED:
                raise HamsimError(f"cannot record '{word}'; {did_you_mean(word, self.ALLOWED)}")
        if self.every is not None and not 0 < self.every < np.inf:
            raise HamsimError(f"record every {self.every}: must be a time above 0")
        if not what:
            raise HamsimError(f"nothing to record; name some of {', '.join(self.ALLOWED)}")
        object.__setattr__(self, "what", tuple(dict.fromkeys(what)))
        if self.groups is not None:
            groups = (self.groups,) if isinstance(self.groups, str) else tuple(self.groups)
            if not groups:
                raise HamsimError("record names no group; leave groups out to record all")
            object.__setattr__(self, "groups", groups)


@dataclass(frozen=True)
class Settings:
    """How the file wants to be simulated; None means: choose.

    Parameters
    ----------
    method : str
        ``auto`` or the name of an integration method.
    dt, t_end : float or None
        Step and duration, in the unit of tau.
    residual : float or None
        Stop when max|W g + I - x| is at most this.
    record : Record or None
    energy : {"plain", "scaled"}
        Which energy is recorded.
    """

    method: str = "auto"
    dt: float | None = None
    t_end: float | None = None
    residual: float | None = None
    record: Record | None = None
    energy: Literal["plain", "scaled"] = "plain"


@dataclass(frozen=True, eq=False)
class Network:
    """A network as flat arrays in file order. Never written after compiling.

    Parameters
    ----------
    name, description : str
    W : csr_array, shape (n, n)
        Weights; row i receives, column j sends. No explicit zeros, sorted indices.
    tau : ndarray, shape (n,)
        Time constants >= 0; 0 follows at once.
    input : ndarray, shape (n,)
        Constant currents I.
    initial : ndarray, shape (n,) or (trials, n)
        States at t = 0.
    groups : tuple of Group
    connections : tuple of Connection
    stimuli : tuple of Stimulus
    settings : Settings
    symmetric : bool
        True if W equals its transpose exactly, so that an energy exists.
    source : str
        The resolved description as YAML text; empty if there is none. Written when it is read.
    seed : int or None
        Of its draws.
    overrides : mapping of str to value
        Values that were put in place of the description's; long ones are described only.
    """

    name: str
    W: csr_array
    tau: Floats
    input: Floats
    initial: Floats
    groups: tuple[Group, ...]
    connections: tuple[Connection, ...]
    stimuli: tuple[Stimulus, ...] = ()
    settings: Settings = field(default_factory=Settings)
    symmetric: bool = True
    description: str = ""
    source: TextField = TextField()  # noqa: RUF009 - it keeps nothing itself
    seed: int | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(self.tau.shape[0])

    def __repr__(self) -> str:
        size = f"{self.n_neurons:,} neurons in {len(self.groups)} groups, {self.W.nnz:,} synapses"
        return f"<Network {self.name or 'without a name'}: {size}>"

    @property
    def trials(self) -> int | None:
        """Number of trials that the file itself asks for; None for a single unnumbered one."""
        for values in (self.initial, *(stimulus.value for stimulus in self.stimuli)):
            if values.ndim == 2:
                return int(values.shape[0])
        return None

    @property
    def triples(self) -> Triples | None:
        """Gated synapses of all connections, one connection after another; None without any."""
        found = [c.triples for c in self.connections if c.triples is not None]
        if not found:
            return None
        i, j, k, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return Triples(i, j, k, weights)

    def group(self, name: str) -> Group:
        """Look a group up by its name."""
        for group in self.groups:
            if group.name == name:
                return group
        names = [group.name for group in self.groups]
        raise HamsimError(f"no group '{name}'; {did_you_mean(name, names)}")

    def index(self, name: str) -> slice:
        """Where a group's neurons are in `tau`, `input`, `x` and along both axes of `W`."""
        return self.group(name).slice

    def neurons(self, names: Sequence[str]) -> Ints:
        """Numbers of the neurons of several groups, one group after another."""
        slices = [self.index(name) for name in names]
        return np.concatenate([np.arange(s.start, s.stop, dtype=np.int64) for s in slices])

    def block(self, connection: Connection) -> csr_array:
        """W[rows, columns] of one connection alone; not for a gating one, which adds no block."""
        if connection.gate:
            raise HamsimError(f"'{connection.name}' is gated: its synapses are in its triples")
        if connection.block is not None:
            return connection.block
        return self.W[self.neurons(connection.rows)][:, self.neurons(connection.columns)]

    def label(self, neuron: int) -> str:
        """Name of a neuron as people write it."""
        starts = [group.start for group in self.groups]
        group = self.groups[int(np.searchsorted(starts, neuron, side="right")) - 1]
        return group.label(neuron - group.start)

    def to_networkx(self) -> networkx.Graph | networkx.DiGraph:
        """Make a graph with one node a neuron, named as `label` does, and one edge a synapse.

        Returns
        -------
        networkx.Graph or networkx.DiGraph
            Undirected if W is symmetric, else directed from the sending to the receiving neuron.
            Nodes hold `group`, `lagrangian`, `tau`, `input` and `initial`; edges hold `weight` and
            the name of their `connection`; the graph holds the rest, so that
            `hamsim.from_networkx` gives back the same network.
        """
        from hamsim.exchange.to_graph import neuron_graph  # the one import against the floors

        return neuron_graph(self)
