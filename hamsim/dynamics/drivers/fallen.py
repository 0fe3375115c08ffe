"""Who is to blame where no step of a trial leads on."""

from __future__ import annotations

import numpy as np

from hamsim.dynamics.engine.engine import Engine
from hamsim.dynamics.watching.endings import Divergence, find_divergence

__all__ = ["find_fallen"]


def find_fallen(engine: Engine, trial: int, time: float, at_y: bool) -> Divergence:
    """Find the neuron that is no longer finite, or grows so fast that no step is short enough.

    Parameters
    ----------
    engine : Engine
    trial : int
    time : float
    at_y : bool
        Whether the state that shows it is one that was tried; else it is x.
    """
    buffers = engine.buffers
    states = buffers.y if at_y else buffers.x
    shown = (states, buffers.g, buffers.u)
    if at_y and all(np.isfinite(values[:, trial]).all() for values in shown):
        states = states.copy()
        with np.errstate(all="ignore"):
            growth = np.abs(buffers.u[:, trial]) / engine.forces.tau
        states[int(np.argmax(growth)), trial] = np.inf
    return find_divergence(engine.network, engine.layout, buffers._replace(x=states), trial, time)
