"""How long a check may take, and what becomes of a part of it that fails.

A check that must not keep anybody waiting is given an end. Everything that takes long looks at the
clock from time to time, and `OutOfTime` ends it; a part of the check that ends so, or that fails in
any other way, is an answer "undecided" with the reason, and never more than that.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from hamsim.condition import Condition

__all__ = ["NOT_YET", "OutOfTime", "attempt", "left", "look", "within"]

_end: ContextVar[float] = ContextVar("end", default=math.inf)

NOT_YET = "not checked yet: it takes longer than was allowed"


class OutOfTime(Exception):
    """The time that a check was given is over."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give what is done inside so much time; an end that was set outside stays.

    Parameters
    ----------
    seconds : float
        May be infinite.
    """
    token = _end.set(min(_end.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _end.reset(token)


def left() -> float:
    """Seconds that are left; infinite where no end is set."""
    return _end.get() - time.monotonic()


def look(needed: float = 0.0) -> None:
    """Look at the clock before something that takes a while.

    Parameters
    ----------
    needed : float
        Seconds that it is expected to take.

    Raises
    ------
    OutOfTime
        That much is not left.
    """
    if left() < needed:
        raise OutOfTime


def attempt(name: str, decide: Callable[[], Condition]) -> Condition:
    """Decide a condition; undecided, with the reason, if that takes too long or fails.

    Parameters
    ----------
    name : str
        Of the condition.
    decide : callable
    """
    try:
        return decide()
    except OutOfTime:
        return Condition(name, "undecided", NOT_YET)
    except Exception as failure:
        what = f"{type(failure).__name__}: {failure}".strip(" :")
        return Condition(
            name,
            "undecided",
            f"a computation failed that would have decided it ({what})",
            evidence={"failure": what},
        )
