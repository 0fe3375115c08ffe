"""The compiled network: flat arrays and the names that belong to them.

This is the seam between the description (everything that knows YAML) and the numerics
(everything that knows kernels). It holds data and look-ups, no algorithm.

The model, with row i of W receiving and column j sending:

    tau_i dx_i/dt = sum_j W_ij g_j + I_i - x_i,      g = dL/dx           [HAM, eq. 1 and 2]

with g_j of an earlier time, t - d_ij, where a connection has a delay.

[HAM]: Krotov, Hierarchical Associative Memory, arXiv:2107.06446.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.errors import HamsimError, did_you_mean, given
from hamsim.lazy import TextField
from hamsim.names import as_list
from hamsim.network.delays import Delays, find_delays, with_delays, without_delayed
from hamsim.network.edges import edges_of
from hamsim.network.overtime import OverTime, in_order
from hamsim.network.parts import Connection, Draws, Group, Noise, Stimulus, Triples
from hamsim.network.pattern import Pattern
from hamsim.network.plotted import Plotted
from hamsim.numbering import Numbering
from hamsim.request import Settings, number_of
from hamsim.shown import Shown

if TYPE_CHECKING:
    import networkx

__all__ = ["Network"]


@dataclass(frozen=True, eq=False)
class Network(Shown, Plotted):
    """A network as flat arrays in file order. Never written after compiling.

    Parameters
    ----------
    name, description : str
    W : csr_array, shape (n, n)
        Weights; row i receives, column j sends. No explicit zeros, sorted indices.
    tau : ndarray, shape (n,)
        Time constants >= 0; 0 follows at once.
    input : ndarray, shape (n,)
        Constant currents I, to which inputs in `over_time` are added.
    initial : ndarray, shape (n,) or (trials, n)
        States at t = 0.
    groups : tuple of Group
    connections : tuple of Connection
    stimuli : tuple of Stimulus
        Constant ones.
    settings : Settings
    symmetric : bool
        True if W equals its transpose exactly, so that an energy exists.
    draws : Draws
        How states and stimuli were drawn.
    source : str
        The resolved description as YAML text; empty if there is none, as where values were put in
        place of those that were described. Written when it is read.
    seed : int or None
        Of its draws.
    overrides : mapping of str to value
        Values that were put in place of the description's; long ones are described only.
    origin : str
        Where values were replaced: the description that held before, of which what says nothing
        of these values still holds.
    noise : Noise or None
        None where no neuron has any.
    over_time : tuple of OverTime
        Inputs and stimuli that change over time.
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
    origin: TextField = TextField()  # noqa: RUF009 - it keeps nothing itself
    noise: Noise | None = None
    over_time: tuple[OverTime, ...] = ()

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(self.tau.shape[0])

    def __repr__(self) -> str:
        neurons, groups = self.n_neurons, len(self.groups)
        size = (
            f"{neurons:,} neuron{'' if neurons == 1 else 's'} in {groups} "
            f"group{'' if groups == 1 else 's'}, {self.W.nnz:,} synapses"
        )
        return f"<Network {self.name or 'without a name'}: {size}>"

    @property
    def trials(self) -> int | None:
        """Number of trials that the file itself asks for; None for a single unnumbered one."""
        for values in (self.initial, *(stimulus.value for stimulus in self.stimuli)):
            if values.ndim == 2:
                return int(values.shape[0])
        return next((each.trials for each in self.over_time if each.trials is not None), None)

    @property
    def acting(self) -> tuple[Stimulus | OverTime, ...]:
        """All that acts on neurons besides their constant input, in the order of the file."""
        return in_order(self.stimuli, self.over_time)

    @property
    def triples(self) -> Triples | None:
        """Gated synapses of all connections, one connection after another; None without any."""
        found = [c.triples for c in self.connections if c.triples is not None]
        if not found:
            return None
        i, j, k, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return Triples(i, j, k, weights)

    @cached_property
    def delays(self) -> Delays | None:
        """Synapses with a delay, `receivers`, `senders`, `weights` and `times`; None without any.

        W holds their weights too: states at rest, energies and velocities of a state that has
        always been the same are those of W.
        """
        return find_delays(self)

    @property
    def undelayed(self) -> Network:
        """The same neurons with the synapses alone that have no delay."""
        # Never kept for itself: what is prepared for a copy of a network must let go of it.
        return self if self.delays is None else self._undelayed

    @cached_property
    def _undelayed(self) -> Network:
        return without_delayed(self)

    def group(self, name: str) -> Group:
        """Look a group up by its name."""
        if not isinstance(name, str):
            raise HamsimError(f"a group's name is text, not {given(name)}")
        for group in self.groups:
            if group.name == name:
                return group
        names = [group.name for group in self.groups]
        raise HamsimError(f"no group '{name}'; {did_you_mean(name, names)}")

    @property
    def edges(self) -> Ints:
        """Edges, shape (m, 2): receiver and sender, in the order of ``W.data``.

        Of an undirected edge, a self-connection included, this is its entry on or above the
        diagonal of W, which stands for both directions; of synapses that go one way, those of
        `from`, each entry of W. Gated synapses are not among them.
        """
        return edges_of(self).ends

    @cached_property
    def pattern(self) -> Pattern:
        """Which neurons are connected; shared by networks that differ only in their values."""
        return Pattern(self.W, self.groups, self.connections)

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

    def replace(
        self,
        tau: ArrayLike | Mapping[Any, ArrayLike] | None = None,
        input: ArrayLike | Mapping[Any, ArrayLike] | None = None,
        initial: ArrayLike | Mapping[Any, ArrayLike] | None = None,
        noise: Noise | ArrayLike | Mapping[str, Any] | None = None,
        delay: ArrayLike | Mapping[str, ArrayLike] | None = None,
    ) -> Network:
        """Give neurons other values, or connections other delays, without compiling anew.

        Parameters
        ----------
        tau, input, initial : array_like or mapping of names to array_like, optional
            One number, or one a neuron in file order; `initial` may have an axis for trials in
            front. Or numbers of groups, ranges and single neurons by name, as ``{"exc": 2.0,
            "exc.N027": 3.0}``: what is more particular holds, and the others stay.
        noise : array_like, mapping or Noise, optional
            Numbers are sigma. ``{"sigma": ..., "tau": ...}`` has one of both or both, each as
            `tau` above; what it leaves out stays, or is 0. 0 takes all noise away.
        delay : array_like or mapping of str to array_like, optional
            One number for all connections but gating ones; or by the names of connections one
            number, an array of the block's shape, or one number a synapse in the order of
            ``network.block(connection).data``.

        Returns
        -------
        Network
            Shares all else with this one. It has no `source`, because none describes it.

        Raises
        ------
        HamsimError
            A shape does not fit, a number is not finite, a time constant, delay or sigma is below
            0, or a neuron with tau = 0 would have white noise.
        """
        from hamsim.network.replaced import with_neurons

        made = with_neurons(self, tau, input, initial, noise)
        return made if delay is None else with_delays(made, delay)

    def at(self, time: float) -> Network:
        """Hold inputs that change over time as they are at a time; stimuli stay as they are.

        Parameters
        ----------
        time : float

        Returns
        -------
        Network
            This one if its inputs are constant.

        Raises
        ------
        SimulationError
            An input is not finite then, or its table does not last so long.
        """
        from hamsim.network.replaced import held_at

        when = number_of(time)
        if not np.isfinite(when):
            raise HamsimError(f"a time is a finite number, not {given(time)}")
        return held_at(self, when)

    def with_weights(
        self,
        connections: Mapping[str, Any] | None = None,
        *,
        edges: ArrayLike | None = None,
    ) -> Network:
        """Give synapses other weights, without compiling anew.

        Which neurons are connected stays: a weight may become 0, and then W holds a 0 there.

        Parameters
        ----------
        connections : mapping of str to array_like or sparse, optional
            By the names of connections: one number for all synapses; an array, dense or sparse,
            of the shape of ``network.block(connection)``, with 0 where there is no synapse; or one
            number a synapse, in the order of ``network.block(connection).data``. Of a convolution
            also its kernel, in the kernel's shape; of gated synapses one number a triple.
        edges : array_like, shape (m,) or (network.W.nnz,), optional
            All weights: one number for each row of `edges`, or one for each entry of W in the
            order of ``network.W.data``; where there are as many of these, both are the same. If
            entries are not symmetric any more, the network has no energy: `symmetric` says so, and
            its connections are one-way ones.

        Returns
        -------
        Network
            Shares all else with this one, and how it is arranged for the kernels. It has no
            `source`, because none describes it.

        Raises
        ------
        HamsimError
            A name is unknown, a shape does not fit, a weight is not finite, has no synapse or is
            not symmetric within groups; or `edges` are given where connections share places of W.
        """
        from hamsim.network.weights import with_connections, with_edges

        if (connections is None) == (edges is None):
            raise HamsimError("give weights by connection, or edges for all of W: one of the two")
        return with_connections(self, connections) if edges is None else with_edges(self, edges)

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
        from hamsim.formats.graph.to_graph import neuron_graph  # an import against the floors

        return neuron_graph(self)
