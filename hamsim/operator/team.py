"""The threads that help a run: started for a stretch of constant stimuli, gone after it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

from hamsim.arrays import Ints
from hamsim.kernels.registers import LANES
from hamsim.kernels.team import make_board, stop, work_alone
from hamsim.network import Network
from hamsim.request import count_of

__all__ = [
    "CHOSEN_PART",
    "PARALLEL_WORK",
    "Pace",
    "Team",
    "at_most",
    "available_threads",
    "surely_within",
    "thread_count",
    "work_of",
]

# Work of one evaluation (synapses plus ten times neurons, times vectors of trials) below which
# starting threads costs more than they save.
PARALLEL_WORK = 200_000
# Part of it from which on they help where steps are chosen, of which nobody takes just a few.
CHOSEN_PART = 0.2
# The slower way is tried after so many times the time that this takes; the first time, sooner.
TRY_AGAIN, TRY_FIRST = 100, 5
# Seconds of a trial, and seconds that are too few to say how long a step takes.
TRIAL, TOO_SHORT = 0.002, 0.0005
# Seconds that an evaluation takes at most, and for each unit of its work.
OVERHEAD, SLOW = 2e-6, 5e-9
# Seconds. Others take a processor away for shorter: where steps are that long, a team hardly loses.
LONG_STEP = 0.005


_MOST: ContextVar[int | None] = ContextVar("most threads", default=None)


@contextmanager
def at_most(threads: int | None) -> Iterator[None]:
    """Let whatever is prepared inside use at most so many threads; None changes nothing."""
    before = _MOST.set(_MOST.get() if threads is None else thread_count(threads))
    try:
        yield
    finally:
        _MOST.reset(before)


def available_threads() -> int:
    """Processors that this process may use, or fewer if NUMBA_NUM_THREADS or a caller says so."""
    said = _MOST.get()
    return _processors() if said is None else min(said, _processors())


def _processors() -> int:
    try:
        most = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        most = os.cpu_count() or 1
    asked = os.environ.get("NUMBA_NUM_THREADS", "")
    return min(most, int(asked)) if asked.isdigit() and int(asked) > 0 else most


def thread_count(threads: int | None) -> int:
    """Threads to use if a caller asks for `threads`; None asks for all."""
    if threads is None:
        return available_threads()
    return min(count_of("threads", threads, 1), available_threads())


def work_of(network: Network, trials: int) -> int:
    """Work of one evaluation, to be compared with `PARALLEL_WORK`."""
    return int(network.W.nnz + 10 * network.n_neurons) * -(-trials // LANES)


def surely_within(seconds: float, work: int) -> int:
    """How many evaluations of so much work take no longer than that on any machine."""
    return int(seconds / (OVERHEAD + work * SLOW))


class Team:
    """One thread that leads, the caller's, and others that follow it.

    Parameters
    ----------
    threads : int
        With 1 there is nobody to follow.
    """

    def __init__(self, threads: int) -> None:
        self.followers = threads - 1
        self._pool = ThreadPoolExecutor(self.followers) if self.followers else None
        self._called = Event()  # followers sleep until they are

    @contextmanager
    def at_work(self, help_with: Callable[[Ints], object]) -> Iterator[Ints]:
        """Have others ready to follow whoever announces work on the board, once they are called.

        Parameters
        ----------
        help_with : callable
            Called in each of the others with the board; returns when the board is stopped, or
            while its leader works alone.
        """
        board = make_board(alone=True)
        if self._pool is None:
            yield board
            return
        help_with(board)  # compiled before anybody waits for it
        self._called.clear()
        ended = Event()

        def follow() -> None:
            self._called.wait()
            while not ended.is_set():
                help_with(board)
                self._called.wait()

        others = [self._pool.submit(follow) for _ in range(self.followers)]
        try:
            yield board
        finally:
            ended.set()
            stop(board)
            self._called.set()
            wait(others)

    def call(self, board: Ints, together: bool) -> None:
        """Have the others follow, or let them sleep; not while the leader performs a program."""
        if self._pool is None:
            return
        work_alone(board, not together)
        if together:
            self._called.set()
        else:
            self._called.clear()

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()


class Pace:
    """Whether the team is faster than its leader alone, from how long their steps took.

    On a machine that is busy with other processes a team can be slower: then whoever follows gets
    no processor, and the leader waits for pieces that he would have done by now. So the other way
    is tried for a few steps, except where steps are long.

    Parameters
    ----------
    has_team : bool
    """

    def __init__(self, has_team: bool) -> None:
        self.has_team = has_team
        self._seconds: dict[bool, float] = {}  # a step, by way
        self._spent = 0.0  # since the other way was tried
        self._is_trial = False

    def choose(self, n_steps: int) -> tuple[bool, int]:
        """Whether to take the next steps with the team, and how many of `n_steps` that way."""
        self._is_trial = False
        if not (self.has_team and self._seconds):
            return self.has_team, n_steps
        best = min(self._seconds, key=lambda way: self._seconds[way])
        step = self._seconds[best]
        if step > LONG_STEP:
            return True, n_steps
        known = len(self._seconds) == 2
        few = min(n_steps, max(math.ceil(TRIAL / step), n_steps // 4 if known else 0))
        wait = (TRY_AGAIN if known else TRY_FIRST) * few * step - self._spent
        if wait > 0.0:
            return best, n_steps if known else min(n_steps, 1 + int(wait / step))
        self._spent, self._is_trial = 0.0, True
        return not best, few

    def tell(self, with_team: bool, n_steps: int, seconds: float) -> None:
        """Say how long the steps took that were chosen last."""
        self._spent += seconds
        if seconds < TOO_SHORT and not self._is_trial:
            return
        step = seconds / n_steps
        before = step if self._is_trial else self._seconds.get(with_team, step)
        self._seconds[with_team] = 0.5 * (before + step)
