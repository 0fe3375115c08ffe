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
from hamsim.dynamics.discrete.synapses import asked_for, synapses_of
from hamsim.dynamics.timeline.discrete import Sweeping
from hamsim.dynamics.timeline.stretches import Stretch
from hamsim.kernels.discrete import (
    NOBODY,
    Course,
    Fields,
    Synapses,
    begin_trials,
    sweep_trials,
)
from hamsim.kernels.jit import first_call
from hamsim.methods import ORDERS
from hamsim.network import Network
from hamsim.operator import neurons_of

__all__ = ["SweepEngine"]

WATCHED = 5  # numbers of what was seen of a trial's energy
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
    """

    def __init__(
        self, network: Network, schedule: Sweeping, start: Floats, threads: int, seed: int
    ) -> None:
        self.network, self.schedule, self.threads = network, schedule, threads
        trials = start.shape[0]
        self._start = neurons_of(network).activate(np.ascontiguousarray(start))
        counts = np.zeros((5, trials), dtype=np.int64)
        together = schedule.method.together
        self.fields = Fields(
            g=self._start,
            h=np.zeros_like(start),
            input=np.zeros((1, network.n_neurons)),
            added=counts[0],
            flips=counts[1],
            sweeps=counts[2],
            wanting=counts[3],
            energy=np.zeros(trials),
            watch=np.zeros((trials, WATCHED)),
            earlier=np.full(start.shape if together else (trials, 0), np.nan),
            cycling=counts[4],
            ended=np.zeros(trials, dtype=np.int64),
        )
        self._key = _key_of(seed)
        self._synapses: Synapses | None = None
        self._course: Course | None = None

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
        held = ~acting.free
        self.fields = self.fields._replace(input=acting.input)
        if held.any():
            states = np.where(held, acting.held, self.fields.g)
            values = neurons_of(self.network).activate(np.ascontiguousarray(states))
            self.fields.g[:, held] = values[:, held]
        asked = asked_for(self.schedule.order, acting.free)
        self._synapses = synapses_of(self.network, asked, acting.input)
        self._course = self._course_of(stretch, acting.free)
        self._share("begin trials", begin_trials, (stretch.first,))

    def _course_of(self, stretch: Stretch, free: Mask) -> Course:
        schedule = self.schedule
        order, begun = schedule.order, schedule.beginning.steps
        together = schedule.method.together
        given = np.zeros((0, 0), dtype=np.int64)
        if not isinstance(order, str):
            given = np.atleast_2d(order)
            given = np.where(free[given], given, NOBODY)
        warm = np.flatnonzero(schedule.temperature > 0)
        if not warm.size:
            rests = begun
        elif schedule.temperature[-1] == 0:
            rests = begun + int(warm[-1]) + 1
        else:
            rests = schedule.sweeps + 1
        last = stretch.settled or stretch.last == schedule.sweeps
        return Course(
            together=together,
            given=given,
            shuffled=isinstance(order, str) and order == ORDERS[0] and not together,
            temperature=schedule.temperature,
            key=self._key,
            first=begun,
            rests=max(rests, stretch.first) if last else schedule.sweeps + 1,
            watched=self.network.symmetric and not schedule.is_warm,
        )

    def sweep(self, first: int, count: int) -> None:
        """Make sweeps of all trials that go on."""
        self._share("sweep trials", sweep_trials, (first, count))

    def _share(self, name: str, kernel: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        """Have threads call a kernel for some trials each."""

        def work(first: int, last: int) -> None:
            kernel(self._synapses, self.fields, self._course, first, last, *arguments)

        with first_call(name):  # compiled before threads ask for it
            work(0, self.trials if self.threads == 1 else 0)
        if self.threads == 1:
            return
        pieces = min(self.trials, SHARES * self.threads)
        edges = [self.trials * k // pieces for k in range(pieces + 1)]
        with ThreadPoolExecutor(self.threads) as pool:
            for done in [pool.submit(work, *pair) for pair in pairwise(edges)]:
                done.result()

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

    def amplitude(self, trial: int) -> float:
        """Half of the way of the neuron that swings most, of a trial that goes back and forth."""
        return 0.5 * float(np.abs(self.fields.g[trial] - self.fields.earlier[trial]).max())

    def alternating(self, trial: int) -> Ints:
        """Neurons that go back and forth in a trial that does."""
        return np.flatnonzero(self.fields.g[trial] != self.fields.earlier[trial])


def _key_of(seed: int) -> NDArray[np.uint64]:
    """Key of the random numbers of a seed, two numbers of 32 bits."""
    word = Stream(seed, "sweeps").key[0]
    return np.array([word & _LOW, word >> _HALF], dtype=np.uint64)
