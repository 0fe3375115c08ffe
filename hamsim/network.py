"""The compiled network: flat arrays and the names that belong to them.

This is the seam between the description (everything that knows YAML) and the numerics
(everything that knows kernels). It holds data and look-ups, no algorithm.

The model, with row i of W receiving and column j sending:

    tau_i dx_i/dt = sum_j W_ij g_j + I_i - x_i,      g = dL/dx           [HAM, eq. 1 and 2]

[HAM]: Krotov, Hierarchical Associative Memory, arXiv:2107.06446.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from hamsim.errors import HamsimError, did_you_mean
from hamsim.expression import evaluate
from hamsim.lagrangians.table import Lagrangian
from hamsim.numbering import Members, Numbering, as_list

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
        Groups whose neurons are kept in `x` and `g`.
    neurons : tuple of str or int, or None
        Neurons that are kept, besides those of `groups`: ``"AVAL"``, ``"motor.AVAL"``,
        ``"exc[3]"``, ``"exc[10:20]"`` or numbers. All are kept where neither says which.
    start : float
        Time of the first record; the last state is recorded in any case.
    """

    every: float | None = None
    what: tuple[str, ...] = ("x", "energy")
    groups: tuple[str, ...] | None = None
    neurons: tuple[str | int, ...] | None = None
    start: float = 0.0

    ALLOWED = ("x", "g", "energy", "residual")

    def __post_init__(self) -> None:
        what = tuple(as_list(self.what))
        for word in what:
            if word not in self.ALLOWED:
                raise HamsimError(f"cannot record '{word}'; {did_you_mean(word, self.ALLOWED)}")
        if not what:
            raise HamsimError(f"nothing to record; name some of {', '.join(self.ALLOWED)}")
        object.__setattr__(self, "what", tuple(dict.fromkeys(what)))
        if self.every is not None:
            object.__setattr__(self, "every", _number(self.every))
            if not 0 < (self.every or 0) < np.inf:
                raise HamsimError(f"record every {self.every}: must be a time above 0")
        object.__setattr__(self, "start", _number(self.start))
        if not 0 <= self.start < np.inf:
            raise HamsimError(f"record start {self.start}: must be a time of at least 0")
        for key, none in (("groups", "group"), ("neurons", "neuron")):
            if getattr(self, key) is None:
                continue
            names = tuple(as_list(getattr(self, key)))
            if not names:
                raise HamsimError(f"record names no {none}; leave {key} out to record all")
            object.__setattr__(self, key, names)


def _number(value: Any) -> float:
    """A number as Python's own; NaN for anything else."""
    try:
        return math.nan if isinstance(value, bool | str | np.bool_) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


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
        The resolved description as YAML text; empty if there is none.
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
    source: str = ""

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

    @cached_property
    def numbering(self) -> Numbering:
        """How its neurons are written."""
        return Numbering([group.numbered for group in self.groups], where="the network")

    def index(self, name: Any) -> Any:
        """Where neurons are in `tau`, `input`, `x` and along both axes of `W`.

        Parameters
        ----------
        name : str, int or sequence of these
            A group; a neuron, as ``"AVAL"``, ``"motor.AVAL"``, ``"exc[3]"``, ``"pixels[2, 5]"`` or
            its number; or a range, as ``"exc[10:20]"``. A name that a group has means the group.

        Returns
        -------
        slice, int or ndarray of int
            A slice of a group or an even range, an int of one neuron, an array of what is named in
            a list, in its order, and of ranges along several axes.
        """
        for group in self.groups:
            if isinstance(name, str) and group.name == name:
                return group.slice
        if not isinstance(name, str | bytes) and isinstance(name, Iterable):
            return self.neurons(list(name))
        found = self._found(name)
        if found.ndim == 0:
            return int(found)
        steps = np.unique(np.diff(found.reshape(-1)))
        if found.ndim == 1 and steps.size < 2:
            step = int(steps[0]) if steps.size else 1
            return slice(int(found[0]), int(found[-1]) + 1, step if step != 1 else None)
        return found.reshape(-1)

    def neurons(self, names: Sequence[Any]) -> Ints:
        """Numbers of all that is named, groups and whatever `index` takes, one after another."""
        parts = [np.zeros(0, dtype=np.int64)]
        return np.concatenate(parts + [self._found(name).reshape(-1) for name in as_list(names)])

    def _found(self, name: Any) -> Ints:
        found = self.numbering.select(name, prefer_group=True)
        if isinstance(found, str):
            raise HamsimError(found)
        return found

    def block(self, connection: Connection) -> csr_array:
        """W[rows, columns] of one connection alone; not for a gating one, which adds no block."""
        if connection.gate:
            raise HamsimError(f"'{connection.name}' is gated: its synapses are in its triples")
        if connection.block is not None:
            return connection.block
        return self.W[self.neurons(connection.rows)][:, self.neurons(connection.columns)]

    def label(self, neuron: int) -> str:
        """Name of a neuron as people write it."""
        return self.numbering.label(neuron)

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
