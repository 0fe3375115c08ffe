"""The threads that help a run: started for a stretch of constant stimuli, gone after it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

from hamsim.errors import SimulationError
from hamsim.kernels.team import make_board, stop
from hamsim.network import Ints

__all__ = ["Pace", "Team", "available_threads", "thread_count"]

# One call in so many is taken in the way that was slower the last time.
TRY_AGAIN = 40


def available_threads() -> int:
    """Processors that this process may use, or fewer if NUMBA_NUM_THREADS says so."""
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
    try:
        whole = not isinstance(threads, bool) and threads == int(threads) and threads >= 1
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise SimulationError(f"threads is {threads}; it must be a whole number of at least 1")
    return min(int(threads), available_threads())


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

    @contextmanager
    def at_work(self, help_with: Callable[[Ints], object]) -> Iterator[Ints]:
        """Let the others follow whoever announces work on the board that is given.

        Parameters
        ----------
        help_with : callable
            Called in each of the others with the board; returns when the board is stopped.
        """
        board = make_board(alone=self._pool is None)
        if self._pool is None:
            yield board
            return
        finished = make_board()
        stop(finished)
        help_with(finished)  # compiled before anybody waits for it
        others = [self._pool.submit(help_with, board) for _ in range(self.followers)]
        try:
            yield board
        finally:
            stop(board)
            wait(others)

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()


class Pace:
    """Whether the team is faster than its leader alone, from how long their steps took.

    On a machine that is busy with other processes a team can be slower: then whoever follows gets
    no processor, and the leader waits for pieces that he would have done by now.

    Parameters
    ----------
    has_team : bool
    """

    def __init__(self, has_team: bool) -> None:
        self.has_team = has_team
        self._seconds: dict[bool, float] = {}
        self._calls = 0

    def choose(self) -> bool:
        """Whether to take the next steps with the team."""
        if not self.has_team:
            return False
        for way in (True, False):
            if way not in self._seconds:
                return way
        best = self._seconds[True] <= self._seconds[False]
        self._calls += 1
        return best if self._calls % TRY_AGAIN else not best

    @property
    def is_trying(self) -> bool:
        """Whether the last choice was the slower way, or the first of its kind: take few steps."""
        return self.has_team and (len(self._seconds) < 2 or self._calls % TRY_AGAIN == 0)

    def tell(self, with_team: bool, seconds: float) -> None:
        """Say how long a step took."""
        before = self._seconds.get(with_team, seconds)
        self._seconds[with_team] = 0.5 * (before + seconds)
