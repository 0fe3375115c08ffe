"""Noise as a description states it: of groups, and of single neurons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hamsim.arrays import Floats
from hamsim.spec.numbers import NotNegative, Part
from hamsim.spec.values import Value, is_random

__all__ = ["WHY_NOT_WHITE", "NeuronNoiseSpec", "NoiseSpec", "white_at_once", "with_own_noise"]

WHY_NOT_WHITE = (
    "white noise would give a neuron with tau = 0 infinite variance; give the noise a time "
    "constant, noise: {sigma: ..., tau: ...}"
)


class NoiseSpec(Part):
    """Noise of the neurons of a group.

    Parameters
    ----------
    sigma : Value
        Of white noise, tau_i dx_i = u_i dt + sigma_i dB_i; else the standard deviation of eta.
    tau : Value
        Time constant of eta, tau_i dx_i = (u_i + eta_i) dt; 0 where the noise is white.

    Examples
    --------
    {sigma: 0.1}
    {sigma: 0.2, tau: 5}
    """

    sigma: Value
    tau: Value = 0.0


class NeuronNoiseSpec(Part):
    """What differs from the noise of its group in one neuron.

    Parameters
    ----------
    sigma : float, optional
        Of white noise; else the standard deviation.
    tau : float, optional
        The noise's time constant; 0 where it is white.
    """

    sigma: NotNegative | None = None
    tau: NotNegative | None = None


def with_own_noise(values: Floats, neurons: Sequence[Any], key: str) -> Floats:
    """Numbers of a group's noise, with those of single neurons in their place.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Is written to.
    neurons : sequence of NeuronSpec
    key : {"sigma", "tau"}
    """
    for k, neuron in enumerate(neurons):
        own = None if neuron.noise is None else getattr(neuron.noise, key)
        if own is not None:
            values[k] = own
    return values


def white_at_once(group: Any, array: Callable[[Any], Any]) -> bool:
    """Whether a neuron with tau = 0 has white noise, as far as that is not left to chance.

    Parameters
    ----------
    group : GroupSpec
    array : callable
        Reads a value: an array, or something without `ndim` where its file holds none.
    """
    noise = group.noise or NoiseSpec(sigma=0.0)
    stated = [group.tau, noise.sigma, noise.tau]
    if not group.noisy or any(map(is_random, stated)):
        return False
    arrays = [array(value) for value in stated]
    if not all(isinstance(a, np.ndarray) and a.size in (1, group.count) for a in arrays):
        return False
    tau, sigma, relaxation = (
        np.array(np.broadcast_to(a.reshape(-1), group.count), dtype=np.float64) for a in arrays
    )
    neurons = group.neurons or ()
    for k, neuron in enumerate(neurons):
        tau[k] = tau[k] if neuron.tau is None else neuron.tau
    sigma = with_own_noise(sigma, neurons, "sigma")
    relaxation = with_own_noise(relaxation, neurons, "tau")
    return bool(np.any((tau == 0) & (sigma > 0) & (relaxation == 0)))
