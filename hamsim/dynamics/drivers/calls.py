"""Calls of a compiled loop: how many steps each takes, with whom, and who is told after it.

A call lasts about a tenth of a second, so that records can be handed on, progress be shown and
Ctrl-C be heard; steps in between never touch Python.
"""

from __future__ import annotations

import threading
import time as wall
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hamsim.arrays import Ints
from hamsim.dynamics.watching.stopping import Stopping
from hamsim.kernels.team import make_board
from hamsim.operator.team import Pace, Team

__all__ = ["Calls"]

CALL_SECONDS = 0.1
FIRST = 0.1  # and the part of it until somebody knows how long steps take


class Calls:
    """The calls of one run.

    Parameters
    ----------
    team : Team
    interrupt : threading.Event
        Ends the run when it is set, as soon as a call is over.
    tell : callable
        Called after each call.
    stopping : Stopping
        Which may have met an end meanwhile.

    Attributes
    ----------
    batch : int
        Steps that the next call may take.
    preparation : float or None
        Seconds until the first call was over: code is loaded or compiled before it, and in it.
    """

    def __init__(
        self,
        team: Team,
        interrupt: threading.Event,
        tell: Callable[[], None],
        stopping: Stopping,
    ) -> None:
        self.team, self.tell, self._interrupt, self._stopping = team, tell, interrupt, stopping
        self._pace, self._entered = Pace(team.followers > 0), wall.perf_counter()
        self.batch = 1
        self.preparation: float | None = None

    @property
    def interrupted(self) -> bool:
        """Whether somebody wants the run to end, or the wall clock does."""
        return self._interrupt.is_set() or self._stopping.met is not None

    @property
    def first_seconds(self) -> float:
        """What calls may take before anybody knows how long a step takes."""
        return FIRST * CALL_SECONDS

    def are_over(self) -> None:
        """Let go of the run, which holds this: it is freed with its buffers when nobody has it."""
        self.tell = _tell_nobody

    def is_prepared(self) -> None:
        """Note that all code is there, so that the first call is one of steps already."""
        if self.preparation is None:
            self.preparation = wall.perf_counter() - self._entered

    @contextmanager
    def at_work(self, engine: Any, help_with: Callable[[Ints], object]) -> Iterator[None]:
        """Have others ready to help an engine, which gets their board meanwhile."""
        with self.team.at_work(help_with) as engine.board:
            yield
        engine.board = make_board(alone=True)

    def call(self, board: Ints, most: int, take: Callable[[int], int]) -> None:
        """Take steps.

        Parameters
        ----------
        board : ndarray of int
        most : int
            Steps to take at most.
        take : callable
            Takes as many as it is given at most, and returns how many it has tried; 0 where how
            long it took says nothing of steps.
        """
        with_team, most = self._pace.choose(most)
        self.team.call(board, with_team)
        started = wall.perf_counter()
        done = take(most)
        ended = wall.perf_counter()
        spent = ended - started
        if self.preparation is None:
            self.preparation = ended - self._entered
        elif done and spent > 0.0:
            self._pace.tell(with_team, done, spent)
            self.batch = max(1, int(done * min(8.0, CALL_SECONDS / max(spent, 1e-6))))


def _tell_nobody() -> None:
    pass
