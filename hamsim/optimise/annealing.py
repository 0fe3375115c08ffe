"""Networks of rising gain, or at falling temperature: states that are slowly made to decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.dynamics.interrupt import deferred_interrupt
from hamsim.dynamics.simulate import simulate
from hamsim.errors import HamsimError, SimulationInterrupted
from hamsim.network import Network

__all__ = ["Annealed", "cooled", "raised"]

Progress = Callable[[int, int], None]
# Steps of Euler's method where nobody says, as a part of the smallest tau.
STEP = 0.2


class Annealed(NamedTuple):
    """Where an annealing ended.

    Parameters
    ----------
    x : ndarray, shape (starts, n)
    stages : int
        How many were passed.
    interrupted : bool
        Whether Ctrl-C ended it before the last one.
    """

    x: Floats
    stages: int
    interrupted: bool


def raised(
    network: Network,
    x: Floats,
    gains: Floats,
    duration: float,
    seed: int,
    threads: int | None,
    progress: Progress | None,
) -> Annealed:
    """Follow graded neurons while the gain of what drives them rises.

    With the gain b neurons follow tau x' = b (W g + I) - x. That is the network with weights b W
    and inputs b I, and, for Lagrangians L(beta x) / beta, the one of W and I with b beta [Hopfield
    and Tank 1985; mean-field annealing: Peterson and Soderberg 1989].

    Parameters
    ----------
    network : Network
    x : ndarray, shape (starts, n)
        Where it begins.
    gains : ndarray, shape (stages,)
    duration : float
        Time at each gain, in the unit of tau.
    seed : int
        Of the network's noise; each stage has noise of its own.
    threads : int or None
    progress : callable or None
        Called with the number of stages that are over, and of all.
    """
    method, dt = network.settings.method, network.settings.dt
    if method == "auto":
        method, dt = "euler", dt or STEP * float(network.tau[network.tau > 0.0].min(initial=1.0))
    with deferred_interrupt() as pressed:
        for k, gain in enumerate(gains):
            stage = network.with_weights(edges=gain * network.W.data)
            stage = stage.replace(input=gain * network.input) if network.input.any() else stage
            try:
                trace = simulate(
                    stage,
                    initial=x,
                    method=method,
                    dt=dt,
                    t_end=duration,
                    record=None,
                    seed=seed + k,
                    threads=threads,
                )
            except SimulationInterrupted:
                return Annealed(x, k, True)
            if trace.outcome == "diverged":
                raise HamsimError(f"states diverge at a gain of {gain:g}; give a smaller dt")
            x = trace.final
            if progress is not None:
                progress(k + 1, len(gains))
            if pressed.is_set():
                return Annealed(x, k + 1, True)
    return Annealed(x, len(gains), False)


def cooled(
    network: Network,
    x: Floats,
    temperatures: Floats,
    seed: int,
    threads: int | None,
    progress: Progress | None,
) -> Annealed:
    """Follow binary neurons in a heat bath while the temperature falls, then to rest.

    Parameters
    ----------
    network : Network
    x : ndarray, shape (starts, n)
        Where it begins.
    temperatures : ndarray, shape (sweeps,)
        One for each sweep [simulated annealing: Kirkpatrick, Gelatt and Vecchi 1983].
    seed : int
    threads : int or None
    progress : callable or None

    Notes
    -----
    After the last temperature neurons go on to the minimum next to their state, so that what is
    read out could not be improved by one neuron alone.
    """
    sweeps = len(temperatures)
    try:
        trace = simulate(
            network,
            initial=x,
            method="asynchronous",
            temperature=temperatures,
            sweeps=sweeps,
            record=None,
            seed=seed,
            threads=threads,
            progress=_told(progress, sweeps),
        )
        rest = simulate(
            network,
            initial=trace.final,
            method="asynchronous",
            temperature=0.0,
            record=None,
            seed=seed,
            threads=threads,
        )
    except SimulationInterrupted as interrupted:
        return Annealed(interrupted.trace.final, int(interrupted.trace.stats.steps), True)
    return Annealed(np.asarray(rest.final), sweeps, False)


def _told(progress: Progress | None, stages: int) -> Callable[..., None] | None:
    if progress is None:
        return None
    return lambda state: progress(min(int(state.time), stages), stages)
