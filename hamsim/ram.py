"""How much memory there is, and the one way to refuse what cannot fit, before it is tried.

What a thing needs is estimated beside the thing; whether there is so much is decided here alone.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

__all__ = ["exceeds_memory", "free_memory", "in_words", "require_memory"]

SHARE = 0.8  # of the memory that there is, so that something is left for everything else
_CGROUPS = Path("/sys/fs/cgroup")


def require_memory(wanted: float, refusal: Callable[[str], Exception]) -> None:
    """Refuse what needs more memory than there is.

    Parameters
    ----------
    wanted : float
        Bytes, also what is needed only on the way; estimated before anything is allocated.
    refusal : callable
        Makes the error from the size in words.

    Raises
    ------
    Exception
        The one that `refusal` makes.
    """
    if exceeds_memory(wanted):
        raise refusal(in_words(wanted))


def exceeds_memory(wanted: float) -> bool:
    """Whether so many bytes are more than a process could have; False if nobody knows.

    What counts is most of the machine's memory, or of that of the container (cgroup), and what the
    process may still have of its own limits (``ulimit -v``, ``ulimit -d``).
    """
    return wanted > SHARE * min(_machine(), _container()) or wanted > _left_of_limits()


def free_memory() -> float | None:
    """Bytes of memory that a process could have now, or None if nobody knows."""
    free = min(_available(), _left_of_limits())
    return None if math.isinf(free) else free


def in_words(size: float) -> str:
    """A number of bytes in words."""
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 else f"{size / 2**20:.1f} MiB"


@cache
def _machine() -> float:
    """Bytes of memory of the machine; infinite if nobody knows."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (ValueError, OSError, AttributeError):  # not every system tells
        return math.inf


@cache
def _container() -> float:
    """Bytes that the control groups of the process may have; infinite if nobody limits them."""
    return min((limit for limit, _ in _control_groups()), default=math.inf)


def _control_groups(root: Path = _CGROUPS) -> Iterator[tuple[float, Path]]:
    """Limits of memory of the process's control groups and the folders that state them.

    In the second version of the interface each group stands in the folder of the one above it, in
    the first in a tree for memory alone. A container may see its own group as the root.
    """
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except (OSError, ValueError):  # another system
        return
    for line in lines:
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers and "memory" not in controllers.split(","):
            continue
        tree = root / "memory" if controllers else root
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        own = tree / path.strip("/")
        for folder in (own, *own.parents):
            if not folder.is_relative_to(tree):
                break
            limit = _number_in(folder / name)
            if limit is not None:
                yield limit, folder


def _available() -> float:
    """Bytes that the machine and the control groups have left; infinite if nobody knows."""
    left = [math.inf]
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                left.append(1024.0 * float(line.split()[1]))
    except (OSError, ValueError, IndexError):  # not every system tells
        pass
    for limit, folder in _control_groups():
        if limit < _machine():
            left.append(max(0.0, limit - _used_by(folder)))
    return min(left)


def _used_by(folder: Path) -> float:
    """Bytes that a control group has, without copies of files that it could give back."""
    used = _number_in(folder / "memory.current") or _number_in(folder / "memory.usage_in_bytes")
    try:
        stated = (folder / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        stated = []
    counts = {name: float(count) for name, _, count in (line.partition(" ") for line in stated)}
    given_back = counts.get("total_inactive_file", counts.get("inactive_file", 0.0))
    return max(0.0, (used or 0.0) - given_back)


def _number_in(path: Path) -> float | None:
    """The number that a file of the system holds; None if it holds a word or is not there."""
    try:
        return float(int(path.read_text()))
    except (OSError, ValueError):
        return None


def _left_of_limits() -> float:
    """Bytes that the process may still have of its own limits; infinite without any."""
    try:
        import resource
    except ImportError:  # not every system has limits
        return math.inf
    left = math.inf
    for kind, place in ((resource.RLIMIT_AS, 0), (resource.RLIMIT_DATA, 5)):
        limit, _ = resource.getrlimit(kind)
        if limit != resource.RLIM_INFINITY:
            left = min(left, max(0.0, float(limit) - _mapped(place)))
    return left


def _mapped(place: int) -> float:
    """Bytes that the process has mapped, all (0) or for data (5); 0 if nobody knows."""
    try:
        pages = Path("/proc/self/statm").read_text().split()
        return float(os.sysconf("SC_PAGE_SIZE")) * int(pages[place])
    except (OSError, ValueError, IndexError):
        return 0.0
