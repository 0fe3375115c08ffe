"""Who makes the sweeps: arrays for the kernels, and threads that each take some trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints, Mask
from hamsim.draws.stream import Stream
from hamsim.dynamics.discrete.acting import acting_in
from hamsim.dynamics.discrete.hidden import groups_alone, hidden_of
from hamsim.dynamics.discrete.synapses import synapses_of, two_valued
from hamsim.dynamics.discrete.units import Units
from hamsim.dynamics.timeline.discrete import Sweeping
from hamsim.dynamics.timeline.stretches import Stretch
from hamsim.errors import SimulationError
from hamsim.kernels.addresses import make_table
from hamsim.kernels.discrete_plan import Course, Fields
from hamsim.kernels.discrete_sweeps import begin_trials, count_wanting, sweep_trials
from hamsim.kernels.jit import first_call
from hamsim.methods import ORDERS
from hamsim.network import Network
from hamsim.operator import neurons_of, operator_of

__all__ = ["KEPT", "SweepEngine"]

WATCHED = 5  # numbers of what was seen of a trial's energy
ROUNDING = 1e-12  # of energies that are summed anew
# What is summed up sweep by sweep, so that a run that goes on to the bit takes it from the other.
KEPT = ("h", "added", "energy")
# Shares of the trials that each thread takes one after another: some trials rest before others.
SHARES = 4
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


class SweepEngine:
    """States and fields of trials, and the sweeps that change them.

    Parameters
    ----------
    network : Network
    schedule : Sweeping
    start : ndarray, shape (trials, n)
    threads : int
    seed : int
        Of orders, and of decisions at a temperature.

    Raises
    ------
    SimulationError
        If it is not defined what neurons that follow at once do to others.
    """

    def __init__(
        self, network: Network, schedule: Sweeping, start: Floats, threads: int, seed: int
    ) -> None:
        self.network, self.schedule, self.threads = network, schedule, threads
        trials, together = start.shape[0], schedule.method.together
        self._hidden = hidden_of(network)
        self._binary = two_valued(network)
        graded = ~self._binary & ~self._hidden.mask
        groups = groups_alone(network, graded)
        self._units = Units(network.n_neurons, graded, groups, self._hidden.mask)
        g = neurons_of(network).activate(np.ascontiguousarray(start))
        g[:, self._hidden.mask] = 0.0
        counts, history = np.zeros((6, trials), dtype=np.int64), np.zeros((trials, 0))
        self.fields = Fields(
            x=np.where(self._binary, g, start) if self._units.any_graded else g,
            g=g,
            h=np.zeros_like(g),
            input=np.zeros((1, network.n_neurons)),
            added=counts[0],
            flips=counts[1],
            sweeps=counts[2],
            wanting=counts[3],
            energy=np.zeros(trials),
            watch=np.zeros((trials, WATCHED)),
            earlier=np.full_like(g, np.nan) if together else history,
            later=np.zeros_like(g) if together else history,
            cycling=counts[4],
            ended=counts[5],
        )
        word = Stream(seed, "sweeps").key[0]
        self._key: NDArray[np.uint64] = np.array([word & _LOW, word >> _HALF], dtype=np.uint64)
        self._bundles: tuple[Any, ...] = ()
        self.watched = False  # whether kernels compare the energy, of single updates or of sweeps

    @property
    def trials(self) -> int:
        """How many."""
        return int(self.fields.g.shape[0])

    @property
    def is_over(self) -> bool:
        """Whether no trial goes on."""
        return bool(self.fields.ended.all())

    def begin(self, stretch: Stretch) -> None:
        """Let act what acts from here on, and sum all fields."""
        acting = acting_in(self.network, stretch)
        free = acting.free
        if (self._hidden.mask & ~free).any():
            label = self.network.label(int(np.argmax(self._hidden.mask & ~free)))
            raise SimulationError(
                f"{label} has tau = 0 and is clamped: discrete dynamics lets such neurons follow"
            )
        fields = self.fields = self.fields._replace(input=acting.input)
        if not free.all():
            fields.x[:, ~free] = acting.held[:, ~free]
            values = neurons_of(self.network).activate(np.ascontiguousarray(fields.x))
            values[:, self._hidden.mask] = 0.0
            fields.g[:] = values
            fields.x[:, self._binary] = values[:, self._binary]
        asked = self._units.asked(self.schedule.order, free)
        self._hiding = self._hidden.fields(self.trials, acting.input)
        self._bundles = (  # which must be kept as long as the table
            synapses_of(self.network, self._hidden.mask, asked, acting.input),
            self._units.graded(self.trials, free),
            self._hiding,
            fields,
            self._course(stretch, free),
        )
        self._table = make_table(*self._bundles)
        self._share("begin sweeps", begin_trials, stretch.first)
        self._measure()

    def _course(self, stretch: Stretch, free: Mask) -> Course:
        schedule, order = self.schedule, self.schedule.order
        together, begun = schedule.method.together, schedule.beginning.steps
        given = np.zeros((0, 0), dtype=np.uint32)
        if not isinstance(order, str):
            given = self._units.given(np.atleast_2d(order), free)
        warm = np.flatnonzero(schedule.temperature > 0)
        never = schedule.sweeps + 1
        rests = begun + (int(warm[-1]) + 1 if warm.size else 0)
        if schedule.temperature[-1] > 0 or not (stretch.settled or stretch.last >= schedule.sweeps):
            rests = never
        plain = not self._units.any_graded and not self._hidden.mask.any()
        self.watched = self.network.symmetric and not schedule.is_warm and plain
        return Course(
            together=together,
            given=given,
            shuffled=isinstance(order, str) and order == ORDERS[0] and not together,
            temperature=schedule.temperature,
            key=self._key,
            limits=np.array([begun, max(rests, stretch.first)], dtype=np.int64),
            watched=self.watched,
        )

    def sweep(self, first: int, count: int) -> int:
        """Make sweeps of all trials that go on; how many, where all end before."""
        before = self.fields.sweeps.copy()
        self._share("sweeps", sweep_trials, first, count)
        self._measure()
        return int((self.fields.sweeps - before).max()) if self.is_over else count

    def compare(self, before: Floats, sweep: int) -> None:
        """Note where the energy is higher than before the last sweep, by more than rounding."""
        fields = self.fields
        rise = fields.energy - before
        rounding = ROUNDING * (np.abs(fields.energy) + np.abs(before) + self.network.n_neurons)
        for trial in np.flatnonzero(rise > rounding):
            seen = fields.watch[trial]
            seen[0] += 1.0
            seen[3] += rise[trial]
            seen[4] = seen[4] or sweep
            if rise[trial] > seen[1]:
                seen[1:3] = rise[trial], sweep

    def end(self) -> None:
        """Count which neurons want to change, now that no sweep follows."""
        self._share("wanting", count_wanting)

    def _share(self, name: str, kernel: Callable[..., None], *arguments: int) -> None:
        """Have threads call a kernel for some trials each."""

        def work(first: int, last: int) -> None:
            kernel(self._table, first, last, *arguments)

        with first_call(name):  # compiled before threads ask for it
            work(0, self.trials if self.threads == 1 else 0)
        if self.threads > 1:
            pieces = min(self.trials, SHARES * self.threads)
            edges = [self.trials * k // pieces for k in range(pieces + 1)]
            with ThreadPoolExecutor(self.threads) as pool:
                for done in [pool.submit(work, *pair) for pair in pairwise(edges)]:
                    done.result()
        lost = np.flatnonzero(self._hiding.lost)
        if lost.size:
            raise SimulationError(
                f"trial {lost[0]}: the energy of neurons with tau = 0 is too large for a decision"
            )

    def _measure(self) -> None:
        """The energy, of networks of which kernels do not know it from fields."""
        if self._units.any_graded:
            x, network = self.states(), self.network
            extra = self.fields.input - network.input
            total = operator_of(network).energy(x).total
            g = neurons_of(network).activate(x)
            self.fields.energy[:] = total - (g * extra).sum(axis=1)

    def states(self) -> Floats:
        """States of all neurons, shape (trials, n), in file order."""
        x = self.fields.x.copy()
        if self._hidden.order.size:
            x[:, self._hidden.order] = self._hiding.states
        return x

    def activations(self) -> Floats:
        """Activations of all neurons, shape (trials, n), in file order."""
        return neurons_of(self.network).activate(self.states())

    def restore(self, values: Mapping[str, Any], counts: bool) -> None:
        """Put what another run has left, which had the same trials.

        Parameters
        ----------
        values : mapping
            Of a state.
        counts : bool
            Whether what it has counted and seen counts.
        """
        names = ("flips", "sweeps", "watch") if counts else ()
        for name in (*names, "earlier"):
            kept, place = values.get(f"sweeps.{name}"), getattr(self.fields, name)
            if kept is not None and np.shape(kept) == place.shape:
                place[:] = kept

    def take(self, values: Mapping[str, Any]) -> None:
        """Take the fields and energies of a state, which have the rounding of all sweeps before."""
        for name in KEPT:
            kept, place = values.get(f"sweeps.{name}"), getattr(self.fields, name)
            if kept is not None and np.shape(kept) == place.shape:
                place[:] = kept

    def amplitude(self, trial: int) -> float:
        """Half of the way of the neuron that swings most, of a trial that goes back and forth."""
        return 0.5 * float(np.abs(self.fields.g[trial] - self.fields.earlier[trial]).max())

    def alternating(self, trial: int) -> Ints:
        """Neurons that go back and forth in a trial that does."""
        return np.flatnonzero(self.fields.x[trial] != self.fields.earlier[trial])
