"""States along which the energy is watched as it falls: rays of activations that grow as s does.

A ray is a function of s > 0 that returns a state of all neurons. The theorem that chose it says
that the energy falls without end; here that is evaluated before anybody claims it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.certify.scaled import ScaledNetwork
from hamsim.deadline import look
from hamsim.network import Group, Network
from hamsim.operator import neurons_of
from hamsim.spectrum.row_blocks import sized_times

__all__ = [
    "Ray",
    "asymptotes",
    "energy_and_size",
    "growing",
    "scaled_duals",
    "scaled_triples",
    "watch",
]

Ray = Callable[[float], Floats]

# Part of the sum of all terms' sizes that E must lie below 0, far above what rounding can do.
_MARGIN = 1e-9
# Least factor by which E must grow in size from one s to the next.
_FACTOR = 1.2
# Neurons times states that are evaluated at once.
_AT_ONCE = 2_000_000
# Runs of neurons with one factor that are evaluated at once.
_RUNS = 2048
# From here on fewer s are looked at, to save time.
_LARGE = 100_000


def scaled_triples(scaled: ScaledNetwork) -> tuple[Ints, Floats] | None:
    """Neurons, shape (3, triples), and weights of gated synapses in terms of g' = D g.

    None where D differs inside a triple, so that its drives have no energy.
    """
    triples = scaled.network.triples
    if triples is None:
        return np.zeros((3, 0), dtype=np.int64), np.zeros(0)
    members = np.stack([triples.i, triples.j, triples.k])
    scale = scaled.scale[members]
    if np.any(scale != scale[0]):
        return None
    return members, triples.weights / scale[0] ** 2


def scaled_duals(scaled: ScaledNetwork, rows: Floats) -> tuple[Floats, dict[str, Floats]]:
    """Activations g, and D (x.g - L) of each group, shape (states,).

    The kernels want room for every run of neurons with one factor. Where there are many of them,
    neurons are given to the kernels a piece at a time.
    """
    network, scale = scaled.network, scaled.scale
    if np.count_nonzero(np.diff(scale)) <= _RUNS:
        return _named(network, *neurons_of(network).dual(rows, scale))
    g, duals = np.empty(rows.shape), {}
    for group in network.groups:
        duals[group.name] = np.zeros(rows.shape[0])
        step = group.size if group.over else _RUNS
        for first in range(0, group.size, step):
            members = np.arange(first, min(first + step, group.size))
            part = slice(group.start + first, group.start + int(members[-1]) + 1)
            own = neurons_of(_alone(group, members))
            g[:, part], (sums,) = own.dual(rows[:, part], scale[part])
            duals[group.name] += sums
    return g, duals


def _named(network: Network, g: Floats, duals: Floats) -> tuple[Floats, dict[str, Floats]]:
    """The same with sums of groups by their names."""
    return g, {group.name: part for group, part in zip(network.groups, duals, strict=True)}


def energy_and_size(
    scaled: ScaledNetwork, rows: Floats, sized: bool = True
) -> tuple[Floats, Floats]:
    """Energy that falls if W is symmetric after scaling, and the sum of the sizes of its terms.

    Parameters
    ----------
    scaled : ScaledNetwork
    rows : ndarray, shape (states, n)
    sized : bool
        Whether the sizes are asked for; else they are 0.

    Returns
    -------
    energy, size : ndarray, shape (states,)

    Notes
    -----
    E = sum_i D_i (x_i - I_i) g_i - sum_i D_i L_i - 1/2 g.D W g, minus D_i T g_i g_j g_k of gated
    synapses; for D = 1 the energy of Krotov, arXiv:2107.06446, eq. 3, with input currents.
    """
    own_g, duals = scaled_duals(scaled, rows)
    g = scaled.scale * own_g
    gated = scaled_triples(scaled)
    assert gated is not None
    members, weights = gated
    products = weights * np.prod(g[:, members], axis=1)
    with np.errstate(all="ignore"):
        energy = sum(duals.values()) - _dot(g, scaled.network.input)
        energy -= 0.5 * np.sum(g * (scaled.W @ g.T).T, axis=1) + products.sum(axis=1)
        size = np.zeros(rows.shape[0])
        if sized:
            size = np.sum(np.abs(g) * (np.abs(rows) + np.abs(scaled.network.input)), axis=1)
            size += 0.5 * np.sum(np.abs(g) * sized_times(scaled.W, np.abs(g.T)).T, axis=1)
            size += np.abs(products).sum(axis=1)
    return energy, size


def _dot(g: Floats, current: Floats) -> Floats:
    some = current != 0.0
    result: Floats = g[:, some] @ current[some]
    return result


def asymptotes(scaled: ScaledNetwork) -> tuple[Floats, Floats]:
    """Limits of |g'| / |x|^growth at x towards minus and plus infinity, as far as seen.

    NaN for neurons whose growth is 0 or infinite. Those of collective groups mean nothing.
    """
    with np.errstate(all="ignore"):
        far, power = _far_states(scaled.growth)
        own = neurons_of(scaled.network).activate(np.stack([-far, far]))
        g = np.abs(scaled.scale * own) / power
    return g[0], g[1]


def _far_states(growth: Floats) -> tuple[Floats, Floats]:
    """States far out, and what |x|^growth is there; NaN where that is no power."""
    good = np.isfinite(growth) & (growth > 0)
    exponent = np.minimum(8.0, 60.0 / np.where(good, growth, 60.0))
    far = np.where(good, 10.0**exponent, 1.0)
    return far, np.where(good, far ** np.where(good, growth, 0.0), np.nan)


def _alone(group: Group, members: Ints) -> Network:
    """A group, or some neurons of one in which nothing is shared, without synapses."""
    size = members.size
    nothing = np.zeros(size)
    own = replace(
        group,
        start=0,
        stop=size,
        shape=group.shape if group.over else (size,),
        parameters={name: values[members] for name, values in group.parameters.items()},
        neuron_names=(),
    )
    return Network(
        name=group.name,
        W=csr_array((size, size)),
        tau=nothing,
        input=nothing,
        initial=nothing,
        groups=(own,),
        connections=(),
    )


def _powers(group: Group, members: Ints) -> Callable[[Floats], Floats]:
    """States for activations of neurons with g ~ k |x|^growth, exact far out."""
    growth = group.fact("growth")[members]
    far, power = _far_states(growth)
    below, above = (
        np.abs(neurons_of(_alone(group, members)).activate(np.stack([-far, far]))) / power
    )

    def inverse(g: Floats) -> Floats:
        k = np.where(g > 0, above, below)
        result: Floats = np.sign(g) * (np.abs(g) / k) ** (1.0 / growth)
        return np.where(g == 0.0, 0.0, result)

    return inverse


def _bisected(group: Group, members: Ints) -> Callable[[Floats], Floats]:
    """States for activations of any neurons whose g does not fall, by bisection from 0 outwards."""
    network = _alone(group, members)

    def reached(x: Floats, g: Floats) -> Any:
        return np.abs(neurons_of(network).activate(x[None, :])[0]) >= np.abs(g)

    def inverse(g: Floats) -> Floats:
        sign = np.sign(g)
        near, far = np.zeros(g.size), np.ones(g.size)
        for _ in range(1000):
            short = ~reached(sign * far, g)
            if not short.any():
                break
            far[short] *= 2.0
        for _ in range(60):
            middle = 0.5 * (near + far)
            enough = reached(sign * middle, g)
            far, near = np.where(enough, middle, far), np.where(enough, near, middle)
        return np.asarray(sign * far)

    return inverse


def _linear(group: Group, members: Ints) -> Callable[[Floats], Floats]:
    """States for activations of neurons with g ~ k x far out."""
    k = group.fact("far_slope")[members]
    return lambda g: np.asarray(g / k)


def _conjugate(group: Group, members: Ints) -> Callable[[Floats], Floats]:
    """States for activations of half a squared p-norm: the gradient of half the squared q-norm."""

    def inverse(g: Floats) -> Floats:
        whole = np.zeros(group.size)
        whole[members] = g
        whole = whole.reshape(group.shape)
        degree = group.parameters["degree"].reshape(group.shape)
        q = degree / (degree - 1.0)
        top = np.max(np.abs(whole), axis=group.over, keepdims=True)
        share = np.abs(whole) / np.where(top > 0, top, 1.0)
        norm = np.sum(share**q, axis=group.over, keepdims=True) ** (1.0 / q)
        norm = np.where(norm > 0, norm, 1.0)
        x = np.sign(whole) * share ** (q - 1.0) * norm ** (2.0 - q) * top
        result: Floats = x.reshape(-1)[members]
        return result

    return inverse


_COLLECTIVE = {"linear": _linear, "conjugate": _conjugate}


def _inverse(group: Group, members: Ints) -> Callable[[Floats], Floats]:
    if group.family.inverse:
        return _COLLECTIVE[group.family.inverse](group, members)
    if not group.family.additive:
        return lambda g: g
    growth = group.fact("growth", np.inf)[members]
    if np.all(np.isfinite(growth) & (growth > 0)):
        return _powers(group, members)
    return _bisected(group, members)


def growing(
    scaled: ScaledNetwork,
    neurons: Ints,
    sizes: Floats,
    exponents: Floats,
    base: Floats | None = None,
) -> Ray:
    """Make the ray on which g' of some neurons is sizes * s^exponents, nearly, for large s.

    Parameters
    ----------
    scaled : ScaledNetwork
    neurons : ndarray of int, shape (k,)
        In rising order.
    sizes, exponents : ndarray, shape (k,)
    base : ndarray, shape (n,), optional
        States of the other neurons; 0 if not given.
    """
    rest = np.zeros(scaled.network.n_neurons) if base is None else base
    pieces = []
    for group in scaled.network.groups:
        first, last = np.searchsorted(neurons, [group.start, group.stop])
        if first < last:
            part = slice(int(first), int(last))
            pieces.append((part, _inverse(group, neurons[part] - group.start)))

    def states(s: float) -> Floats:
        g = sizes * s**exponents / scaled.scale[neurons]
        x = rest.copy()
        for part, inverse in pieces:
            x[neurons[part]] = inverse(g[part])
        return x

    return states


def watch(scaled: ScaledNetwork, ray: Ray) -> Mapping[str, Any] | None:
    """Evaluate the energy along a ray and say whether it falls without end.

    The energy has to be below 0 by more than rounding, and to grow in size by a factor at every s
    of the second half. First s is doubled from 1 on, then multiplied by 2^10 each time.

    Returns
    -------
    mapping or None
        `s`, `energy`, and `x`: the states at the last three s. None if the energy does not fall.
    """
    network = scaled.network
    n = network.n_neurons
    count, steps = (41, (1, 10)) if n <= _LARGE else (17, (2, 20))
    for step in steps:
        s = 2.0 ** (step * np.arange(count))
        energy, total = np.empty(count), np.empty(count)
        batch = max(1, _AT_ONCE // n)
        with np.errstate(all="ignore"):
            for first in range(0, count, batch):
                look()
                part = slice(first, min(first + batch, count))
                rows = np.stack([ray(float(value)) for value in s[part]])
                energy[part], total[part] = energy_and_size(scaled, rows)
        finite = np.isfinite(energy) & np.isfinite(total)
        last = count if finite.all() else int(np.argmin(finite))
        if last >= 8 and _falls(energy[:last], total[:last]):
            x = np.stack([ray(float(value)) for value in s[last - 3 : last]])
            return {"s": s[:last], "energy": energy[:last], "x": x}
    return None


def _falls(energy: Floats, total: Floats) -> bool:
    half = energy.size // 2
    late = energy[half:]
    deep = late < -_MARGIN * total[half:]
    faster = late[1:] < _FACTOR * late[:-1]
    return bool(deep.all() and faster.all() and -late[-1] > 100.0 * np.max(np.abs(energy[:2])))
