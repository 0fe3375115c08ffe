"""What a simulation leaves behind: its records, with how it ended and its figures."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints
from hamsim.counted import counted
from hamsim.errors import SimulationError, TraceError, did_you_mean
from hamsim.lazy import TextField
from hamsim.network import Group, Network, Record
from hamsim.numbering import Numbering
from hamsim.provenance import Provenance
from hamsim.shown import Shown
from hamsim.trace.acting import Acting
from hamsim.trace.outcome import Outcome, OutcomeKind
from hamsim.trace.plotted import Plotted
from hamsim.trace.recorded import Recorded
from hamsim.trace.state import State
from hamsim.trace.stats import Stats

if TYPE_CHECKING:
    import xarray

__all__ = ["Header", "MemorySink", "Sink", "Trace", "columns_of", "group_names", "neuron_labels"]


@dataclass(frozen=True, eq=False)
class Header:
    """What is known of a trace before the first record.

    Parameters
    ----------
    name : str
        The network's.
    groups : tuple of Group
        All groups of the network.
    columns : ndarray of int, shape (c,)
        Recorded neurons, in file order.
    trials : int or None
        None for a single run without an axis for trials.
    what : tuple of str
        Recorded quantities.
    tau : ndarray, shape (n,)
    source : str
        The resolved description.
    dtype : str
        Of the records of x and g.
    made : Provenance
        What made the trace.
    stimuli : tuple of Acting
        What acted on whom, and when; empty in traces of before.
    symmetric : bool or None
        Whether W was symmetric, without which the recorded energy is a number that need not fall;
        None in traces of before.
    """

    name: str
    groups: tuple[Group, ...]
    columns: Ints
    trials: int | None
    what: tuple[str, ...]
    tau: Floats
    source: TextField = TextField()  # noqa: RUF009 - it keeps nothing itself
    dtype: str = "float64"
    made: Provenance = field(default_factory=Provenance)
    stimuli: tuple[Acting, ...] = ()
    symmetric: bool | None = None

    def dtype_of(self, what: str) -> str:
        """Type of the records of a quantity; energies and residuals are always float64."""
        return self.dtype if what in ("x", "g") else "float64"

    @cached_property
    def recorded(self) -> Recorded:
        """Which neurons are in `columns`, by their names."""
        members = [group.numbered for group in self.groups]
        return Recorded(Numbering(members, where="the network"), self.columns)

    @property
    def recorded_groups(self) -> tuple[Group, ...]:
        """Groups whose neurons are all in `columns`."""
        return tuple(self.groups[k] for k in self.recorded.whole)

    def shape_of(self, what: str) -> tuple[int, ...]:
        """Shape of one record of a quantity, trials first."""
        trials = 1 if self.trials is None else self.trials
        return (trials, self.columns.size) if what in ("x", "g") else (trials,)


class Sink(Protocol):
    """Where a simulation puts its records, block by block."""

    def open(self, header: Header) -> None:
        """Prepare; called once."""

    def append(self, t: Floats, blocks: Mapping[str, NDArray[Any]]) -> None:
        """Keep some records; arrays have the records first. They are reused after the call."""

    def keep(self, state: State) -> None:
        """Keep a state from which the run can go on, instead of the one before."""

    def close(self, outcome: Outcome, stats: Stats) -> None:
        """Keep how it ended; called once."""

    def abandon(self) -> None:
        """Let go of everything after an error, keeping what there is."""


@dataclass(frozen=True, eq=False)
class Trace(Plotted, Shown):
    """Records of a simulation; arrays with trials have them as their first axis.

    Parameters
    ----------
    header : Header
    t : ndarray, shape (T,)
        Times.
    arrays : mapping of str to ndarray
        Each recorded quantity, records first, then trials, then neurons.
    outcome : Outcome
    stats : Stats
    state : State or None
        The state of all neurons that the run has come to, in float64, with all that it takes to go
        on to the bit: ``hamsim.simulate(network, initial=trace)``. None in traces that have none.
    """

    header: Header
    t: Floats
    arrays: Mapping[str, Floats]
    outcome: Outcome
    stats: Stats = field(default_factory=Stats)
    state: State | None = None

    def _array(self, what: str) -> Floats:
        if what not in self.arrays:
            raise TraceError(
                f"'{what}' was not recorded; {did_you_mean(what, self.arrays, 'recorded')}"
            )
        values = self.arrays[what]
        return values[:, 0] if self.header.trials is None else np.moveaxis(values, 0, 1)

    @property
    def x(self) -> Floats:
        """States, shape (T, n) or (trials, T, n); n counts the recorded neurons."""
        return self._array("x")

    @property
    def g(self) -> Floats:
        """Activations, shape (T, n) or (trials, T, n)."""
        return self._array("g")

    @property
    def energy(self) -> Floats:
        """Energy, shape (T,) or (trials, T)."""
        return self._array("energy")

    @property
    def residual(self) -> Floats:
        """Largest |W g + I - x| of a neuron that is free to move, shape (T,) or (trials, T)."""
        return self._array("residual")

    @property
    def final(self) -> Floats:
        """Last recorded states, shape (n,) or (trials, n); `state.x` has those of all neurons.

        Of what has diverged the last finite one, or the one at t = 0 if there is no other.
        """
        if self.t.size == 0:
            raise TraceError("the trace holds no records, so there is no last state")
        last: Floats = self.x[..., -1, :]
        return last

    @property
    def outcomes(self) -> tuple[OutcomeKind, ...]:
        """How each trial ended, in one word; one word for a single run."""
        return self.outcome.outcomes or (self.outcome.kind,) * (self.trials or 1)

    def __repr__(self) -> str:
        size = f"{counted(self.t.size, 'record')} of {', '.join(self.arrays)}"
        trials = "" if self.trials is None else f", {counted(self.trials, 'trial')}"
        return f"<Trace of {self.header.name or 'a network'}: {size}{trials}; {self.outcome}>"

    @property
    def made(self) -> Provenance:
        """What made the trace: hamsim's version, date, seed, overrides, and how it was run."""
        return self.header.made

    @property
    def neurons(self) -> Ints:
        """Numbers of the recorded neurons, shape (n,)."""
        return self.header.columns

    @property
    def trials(self) -> int | None:
        """Number of trials; None for a single run."""
        return self.header.trials

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups whose neurons were all recorded."""
        return tuple(group.name for group in self.header.recorded_groups)

    def of(self, neurons: Any, what: str = "x") -> Floats:
        """States of a group in its own shape, of one neuron, or of several.

        Parameters
        ----------
        neurons : str, int or sequence of these
            A group; a neuron, as ``"AVAL"``, ``"motor.AVAL"``, ``"exc[3]"`` or its number in the
            network; a range, as ``"exc[10:20]"`` or ``"pixels[0:2, 3]"``; or a list of these.
        what : {"x", "g"}

        Returns
        -------
        ndarray, shape (T, *shape) or (trials, T, *shape)
            `shape` is the group's; that of the range, as if it were taken of an array in the
            group's shape; (k,) of a list, in its order; and () of one neuron.

        Raises
        ------
        TraceError
            Something of it was not recorded.
        """
        found = self.header.recorded.index(neurons)
        if isinstance(found, str):
            raise TraceError(found)
        index, shape = found
        values = self._array(what)[..., index]
        return values.reshape(*values.shape[:-1], *shape)

    def to_xarray(self) -> xarray.Dataset:
        """All records as an `xarray.Dataset` with dimensions trial, time and neuron.

        Neurons have their group and tau, and a label by which they can be chosen:
        ``dataset.sel(label="motor.AVAL")``.
        """
        try:
            import xarray
        except ImportError:
            raise TraceError("to_xarray needs xarray: pip install 'hamsim[xarray]'") from None
        leading = ("time",) if self.header.trials is None else ("trial", "time")
        data = {
            what: ((*leading, "neuron") if what in ("x", "g") else leading, self._array(what))
            for what in self.arrays
        }
        coordinates = {
            "time": self.t,
            "neuron": self.header.columns,
            "group": ("neuron", group_names(self.header)),
            "tau": ("neuron", self.header.tau[self.header.columns]),
        }
        coordinates["label"] = ("neuron", np.array(self.header.recorded.labels(), dtype=np.str_))
        notes = {"network": self.header.name, "outcome": str(self.outcome)}
        dataset = xarray.Dataset(data, coordinates, {**notes, **self.made.notes()})
        return dataset.set_xindex("label")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything to a netCDF file that `hamsim.load_trace` and xarray read."""
        from hamsim.trace.file import save_trace  # the one import against the floors

        save_trace(self, os.fsdecode(path))


def group_names(header: Header) -> NDArray[np.str_]:
    """Name of the group of each recorded neuron."""
    names = np.array([group.name for group in header.groups])
    starts = np.array([group.start for group in header.groups])
    found: NDArray[np.str_] = names[np.searchsorted(starts, header.columns, side="right") - 1]
    return found


def neuron_labels(header: Header) -> list[str]:
    """Label of each recorded neuron; empty where none has a name."""
    return header.recorded.labels() if header.recorded.named else []


class MemorySink:
    """Keeps all records in memory."""

    def __init__(self) -> None:
        self._t: list[Floats] = []
        self._blocks: dict[str, list[Floats]] = {}
        self._state: State | None = None

    def open(self, header: Header) -> None:
        """Prepare one list a quantity."""
        self._header = header
        self._blocks = {what: [] for what in header.what}

    def append(self, t: Floats, blocks: Mapping[str, NDArray[Any]]) -> None:
        """Copy some records."""
        self._t.append(t.copy())
        for what, block in blocks.items():
            self._blocks[what].append(block.copy())

    def keep(self, state: State) -> None:
        """Keep the state itself."""
        self._state = state

    def close(self, outcome: Outcome, stats: Stats) -> None:
        """Join the blocks."""
        arrays = {}
        for what in self._header.what:  # one at a time, because joining needs room for both
            arrays[what] = _join(self._blocks.pop(what), self._header.shape_of(what))
        t = _join(self._t, ())
        self.trace = Trace(self._header, t, arrays, outcome, stats, self._state)

    def abandon(self) -> None:
        """Nothing is held that would not go by itself."""


def _join(blocks: list[Floats], shape: tuple[int, ...]) -> Floats:
    if not blocks:
        return np.empty((0, *shape))
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def columns_of(network: Network, record: Record | None) -> Ints:
    """Neurons that are to be recorded, in file order; all where nobody names any."""
    if record is None or (record.groups is None and record.neurons is None):
        return np.arange(network.n_neurons, dtype=np.int64)
    parts = [np.zeros(0, dtype=np.int64)]
    for name in record.groups or ():
        group = network.group(name)
        parts.append(np.arange(group.start, group.stop, dtype=np.int64))
    for written in record.neurons or ():
        found = network.numbering.select(written)
        if isinstance(found, str):
            raise SimulationError(f"record: {found}")
        parts.append(found.reshape(-1))
    return np.unique(np.concatenate(parts))
