"""The compiled network: flat arrays and the names that belong to them.

This is the seam between the description (everything that knows YAML) and the numerics
(everything that knows kernels). It holds data and look-ups, no algorithm.

The model, with row i of W receiving and column j sending:

    tau_i dx_i/dt = sum_j W_ij g_j + I_i - x_i,      g = dL/dx           [HAM, eq. 1 and 2]

[HAM]: Krotov, Hierarchical Associative Memory, arXiv:2107.06446.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.expression import evaluate
from hamsim.lagrangians.row import Lagrangian
from hamsim.lazy import TextField
from hamsim.names import Members, as_list
from hamsim.numbering import Numbering
from hamsim.request import Record, Settings

if TYPE_CHECKING:
    import networkx

__all__ = [
    "Connection",
    "Convolution",
    "Draw",
    "Draws",
    "Group",
    "Network",
    "Record",
    "Settings",
    "Stimulus",
    "Triples",
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
    draws : Draws
        How states and stimuli were drawn.
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
    draws: Draws = field(default_factory=Draws)

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
        if not isinstance(name, str):
            raise HamsimError(f"a group's name is text, not {given(name)}")
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
        name = name.tolist() if isinstance(name, np.ndarray) else name
        if not isinstance(name, str | bytes) and isinstance(name, Iterable):
            return self.neurons(name)
        found = self._found(name)
        if found.ndim == 0:
            return int(found)
        steps = np.unique(np.diff(found.reshape(-1)))
        if found.ndim == 1 and steps.size < 2:
            step = int(steps[0]) if steps.size else 1
            return slice(int(found[0]), int(found[-1]) + 1, step if step != 1 else None)
        return found.reshape(-1)

    def neurons(self, names: Iterable[Any]) -> Ints:
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
        from hamsim.formats.graph.to_graph import neuron_graph  # the one import against the floors

        return neuron_graph(self)
