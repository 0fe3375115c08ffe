"""Noise of a description as one number a neuron."""

from __future__ import annotations

import numpy as np

from hamsim.arrays import Floats
from hamsim.bounds import Bounds
from hamsim.draws.stream import Stream
from hamsim.errors import CompileError
from hamsim.network import Group, Noise, white_at_once
from hamsim.spec.ends import End
from hamsim.spec.forms import neuron_form
from hamsim.spec.noise import WHY_NOT_WHITE, NoiseSpec, with_own_noise
from hamsim.spec.schema import Spec
from hamsim.wiring.values import one_a_neuron

__all__ = ["noise_of"]

NOT_NEGATIVE = Bounds(at_least=0.0)


def noise_of(spec: Spec, groups: tuple[Group, ...], tau: Floats) -> Noise | None:
    """Noise of all neurons; None where none has any.

    Parameters
    ----------
    spec : Spec
    groups : tuple of Group
    tau : ndarray, shape (n,)

    Raises
    ------
    CompileError
        A draw is below 0, or a neuron with tau = 0 has white noise.
    """
    if not any(group.noisy for group in spec.groups.values()):
        return None
    noise = Noise(*(_values(spec, groups, key) for key in Noise._fields))
    bad = white_at_once(tau, noise)
    if bad.any():
        group = next(g for g in groups if bad[g.slice].any())
        raise CompileError(f"groups.{group.name}.noise: {WHY_NOT_WHITE}")
    return noise if noise.sigma.any() else None


def _values(spec: Spec, groups: tuple[Group, ...], key: str) -> Floats:
    result = np.zeros(groups[-1].stop)
    for group in groups:
        part, own = spec.groups[group.name], result[group.slice]
        noise = part.noise or NoiseSpec(sigma=0.0)
        place = ("groups", group.name, "noise", key)
        end = End([group.name], [part])
        own[:] = one_a_neuron(
            getattr(noise, key),
            group.shape,
            Stream(spec.seed, *place),
            spec.files,
            ".".join(place),
            bounds=NOT_NEGATIVE,
            form=lambda end=end: neuron_form(end),  # type: ignore[misc]
        )
        with_own_noise(own, part.neurons or (), key)
    result.flags.writeable = False
    return result
