"""What is found out about a network, kept as long as the network is in use."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

from hamsim.network.network import Network

__all__ = ["once"]

_Found = TypeVar("_Found")

_FOUND: WeakKeyDictionary[Network, dict[Hashable, object]] = WeakKeyDictionary()


def once(network: Network, what: Hashable, make: Callable[[], _Found]) -> _Found:
    """What was made for this network before, or make it; networks are never written to.

    Threads that ask at once may each make it.

    Parameters
    ----------
    network : Network
    what : hashable
        Its name, and what else it depends on.
    make : callable
        What it returns must not hold the network, which could not be let go of then.
    """
    kept = _FOUND.get(network)
    if kept is None:
        kept = _FOUND.setdefault(network, {})
    if what not in kept:
        kept[what] = make()
    return cast(_Found, kept[what])
