"""Which method a run takes, and why."""

from __future__ import annotations

from typing import Any

from hamsim.errors import SimulationError, did_you_mean, given
from hamsim.field.preserving import preserves
from hamsim.methods import (
    AUTO,
    AUTO_WITH_NOISE,
    METHOD_NAMES,
    METHODS,
    NOISY,
    Method,
    RungeKutta,
    Stochastic,
)
from hamsim.network import Network

__all__ = ["choose_method"]


def choose_method(network: Network, name: Any) -> tuple[Method, tuple[str, ...]]:
    """The method of a name, and what is to be said of it.

    Parameters
    ----------
    network : Network
    name : str
        Of a method, or "auto".

    Raises
    ------
    SimulationError
        There is no such method, or the network has noise and the method knows none.
    """
    if not isinstance(name, str):
        raise SimulationError(f"method is {given(name)}; {did_you_mean('', METHOD_NAMES)}")
    if name not in METHOD_NAMES:
        raise SimulationError(f"unknown method '{name}'; {did_you_mean(name, METHOD_NAMES)}")
    if preserves(network):
        return _explicit(name), ()
    if network.noise is None:
        return METHODS.get(name, AUTO), ()
    if name == "auto":
        return AUTO_WITH_NOISE, (f"auto takes {AUTO_WITH_NOISE.name}: the network has noise",)
    if name not in NOISY:
        raise SimulationError(
            f"method {name} knows nothing of noise, which the network has; "
            f"allowed: auto, {', '.join(NOISY)}"
        )
    return METHODS[name], ()


def _explicit(name: str) -> Method:
    """A method that knows of time constants that keep descent."""
    known = [
        row.name
        for row in METHODS.values()
        if isinstance(row, RungeKutta) and row.steps == "fixed" and not isinstance(row, Stochastic)
    ]
    if name == "auto":
        return METHODS["rk4"]
    if name not in known:
        raise SimulationError(
            f"method {name} knows nothing of collective_tau: preserve_energy; allowed: auto, "
            f"{', '.join(known)}"
        )
    return METHODS[name]
