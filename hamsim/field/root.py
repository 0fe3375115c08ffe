"""A root of the Hessian, H = B B^T, which makes the linearisation of a symmetric network symmetric.

    T x' = C H x - x   has the eigenvalues of   T^-1/2 (B^T C B - 1) T^-1/2

if T is alike for neurons that share a Lagrangian: X Y and Y X have the same eigenvalues, and B is
made of blocks of such neurons. On the kernel of H both have -1 / tau.

Neurons with a Lagrangian of their own have B = sqrt(h), and small sets of others the symmetric root
of their block. Of a large set the block is not made: it is d - u u^T, and

    B = sqrt(d) (1 - a w w^T),    w = u / sqrt(d),    a = (1 - sqrt(1 - w.w)) / w.w,

takes a time that is linear in its neurons. Normalised states have the projector on what is neither
the state nor, with layer_norm, equal shifts. Which of these holds is found by trying.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.field.hessian import Hessian
from hamsim.field.sharing import shared_sets
from hamsim.network import Group
from hamsim.operator import Neurons

__all__ = ["Root", "root_of"]

# Largest sets of neurons whose block of H is made, and the most numbers in the blocks of a group.
SMALL, NUMBERS = 500, 20_000_000
# Part of a Hessian's largest eigenvalue that rounding may make of one that is 0, and how well
# H v must be met by what is believed to be H.
ROUNDING, CLOSE = 1e-12, 1e-10

Product = Callable[[Floats], Floats]
_NOWHERE: Ints = np.zeros(0, dtype=np.int64)


class _Own(NamedTuple):
    """Neurons with Lagrangians of their own: slopes' roots."""

    neurons: slice | Ints
    root: Floats

    @property
    def numbers(self) -> Ints:
        """Its neurons, each by its number."""
        if isinstance(self.neurons, slice):
            return np.arange(self.neurons.start, self.neurons.stop)
        return self.neurons

    def times(self, v: Floats, out: Floats) -> None:
        out[..., self.neurons] = self.root * v[..., self.neurons]

    def back(self, v: Floats, out: Floats) -> None:
        self.times(v, out)


class _Blocks(NamedTuple):
    """Small sets: symmetric roots of their blocks, shape (sets, size, size)."""

    neurons: Ints
    root: Floats

    def times(self, v: Floats, out: Floats) -> None:
        out[..., self.neurons] = (self.root @ v[..., self.neurons, None])[..., 0]

    def back(self, v: Floats, out: Floats) -> None:
        self.times(v, out)


class _Thin(NamedTuple):
    """Large sets: B = (1 - sum_r w_r w_r^T) scaled by `root` from the left."""

    neurons: Ints
    root: Floats
    w: Floats  # shape (rank, sets, size)
    factor: Floats  # shape (rank, sets, 1)

    def _less(self, part: Floats) -> Floats:
        result: Floats = part.copy()
        for w, factor in zip(self.w, self.factor, strict=True):
            result -= factor * w * np.sum(w * part, axis=-1, keepdims=True)
        return result

    def times(self, v: Floats, out: Floats) -> None:
        out[..., self.neurons] = self.root * self._less(v[..., self.neurons])

    def back(self, v: Floats, out: Floats) -> None:
        out[..., self.neurons] = self._less(self.root * v[..., self.neurons])


_Part = _Own | _Blocks | _Thin


class Root:
    """B with B B^T = H at a state.

    Parameters
    ----------
    parts : sequence
        Roots of the neurons of groups, that together are all neurons.
    """

    def __init__(self, parts: Sequence[_Part]) -> None:
        self.parts = tuple(parts)

    def times(self, v: Floats) -> Floats:
        """B v of each row v, shape (n,) or (rows, n)."""
        out = np.empty_like(v)
        for part in self.parts:
            part.times(v, out)
        return out

    def back(self, v: Floats) -> Floats:
        """B^T v of each row v, shape (n,) or (rows, n)."""
        out = np.empty_like(v)
        for part in self.parts:
            part.back(v, out)
        return out

    def silent(self, y: Floats) -> Floats:
        """The v with B^T v = 0 of a y with B y = 0, shape (n,)."""
        v = y.copy()
        for part in self.parts:
            if isinstance(part, _Thin):
                own = y[part.neurons]
                v[part.neurons] = np.divide(own, part.root, out=own, where=part.root > 0.0)
        return v

    @property
    def exact(self) -> bool:
        """Whether `matrix` is B itself."""
        return not any(isinstance(part, _Thin) for part in self.parts)

    @cached_property
    def matrix(self) -> csr_array | None:
        """B as a sparse matrix, or M with B = M K, |K v| <= |v|, where sets are large.

        B^T C B has no more eigenvalues above 1 than M^T C M: where the form of C - 1 is positive at
        B v, that of M K v is at least as large as |K v|^2. None if no such M is known.
        """
        entries: list[tuple[Ints, Ints, Floats]] = []
        for part in self.parts:
            if isinstance(part, _Thin):
                if np.any(part.factor < 0.0):
                    return None
                numbers = part.neurons.reshape(-1)
                root = np.broadcast_to(part.root, part.neurons.shape).reshape(-1)
                entries.append((numbers, numbers, root))
                continue
            if isinstance(part, _Own):
                entries.append((part.numbers, part.numbers, part.root))
                continue
            shape = part.root.shape
            rows = np.broadcast_to(part.neurons[:, :, None], shape).reshape(-1)
            columns = np.broadcast_to(part.neurons[:, None, :], shape).reshape(-1)
            entries.append((rows, columns, part.root.reshape(-1)))
        rows, columns, values = (np.concatenate(each) for each in zip(*entries, strict=True))
        n = int(rows.max()) + 1
        return csr_array((values, (rows, columns)), shape=(n, n))

    @property
    def slopes(self) -> Floats | None:
        """The diagonal of B, if it has nothing else."""
        if not all(isinstance(part, _Own) for part in self.parts):
            return None
        return np.concatenate([part.root for part in self.parts])  # of groups, in file order


def root_of(hessian: Hessian) -> Root | None:
    """B with B B^T = H at a state; None if H has a negative eigenvalue, or no root is known.

    Parameters
    ----------
    hessian : Hessian
    """
    parts: list[_Part] = []
    sets = shared_sets(hessian.network)
    made: dict[int, Floats] = {}
    for group in hessian.network.groups:
        if group.shared == 1:
            slopes = hessian.slopes[group.slice]
            if not np.all(slopes >= 0.0):  # or one is not a number
                return None
            parts.append(_Own(group.slice, np.sqrt(slopes)))
            continue
        order = group.start + np.argsort(sets[group.slice], kind="stable")
        neurons = order.reshape(-1, group.shared)
        if group.shared <= SMALL and group.size * group.shared <= NUMBERS:
            made = made or {int(some[0].min()): block for some, block in hessian.blocks()}
            block = _of_blocks(neurons, made[int(neurons[0].min())])
            found: list[_Part] | None = None if block is None else [block]
        else:
            found = _large(group, neurons, hessian.x)
        if found is None:
            return None
        parts += found
    return Root(parts)


def _of_blocks(neurons: Ints, block: Floats) -> _Blocks | None:
    """Symmetric roots of small blocks."""
    if not np.all(np.isfinite(block)):
        return None
    values, vectors = np.linalg.eigh(0.5 * (block + block.transpose(0, 2, 1)))
    largest = np.maximum(values[:, -1:], 0.0)
    if np.any(values < -ROUNDING * largest) or np.any(values[:, -1] < 0.0):
        return None
    root = np.sqrt(np.maximum(values, 0.0))
    return _Blocks(neurons, (vectors * root[:, None, :]) @ vectors.transpose(0, 2, 1))


def _large(group: Group, neurons: Ints, x: Floats) -> list[_Part] | None:
    """Root of large sets of a group, if their Hessians are of one of the known forms."""
    at, alone = neurons - group.start, Neurons([group])
    state = x[group.slice]

    def hessian(v: Floats) -> Floats:
        whole = np.empty(group.size)
        whole[at] = v
        return alone.hessian(state, whole)[at]

    rng = np.random.default_rng(group.size)
    probes = [rng.standard_normal(at.shape) for _ in range(2)]
    images = [hessian(v) for v in probes]
    if not all(np.all(np.isfinite(image)) for image in images):
        return None
    own, g = state[at], alone.activate(state)[at]
    if group.family.steepness:
        found = _shares(g, group.fact("steepness")[at])
        return [found._replace(neurons=neurons)] if _meets(found, probes, images) else None
    few = _few(neurons, hessian, probes, images)
    if few is not None:
        return few
    ridge = np.mean(hessian(np.ones_like(own)), axis=-1, keepdims=True)
    for direction in (g, g - ridge * own, (g != 0.0).astype(np.float64)):
        thin = _rank_one(direction, hessian)
        if thin is not None and _meets(thin, probes, images):
            return [thin._replace(neurons=neurons)]
    for centred in (False, True):
        thin = _normalised(own, hessian, centred)
        if thin is not None and _meets(thin, probes, images):
            return [thin._replace(neurons=neurons)]
    return None


def _meets(thin: _Thin, probes: list[Floats], images: list[Floats]) -> bool:
    """Whether B B^T v is what H v was, for some random v."""
    local = thin._replace(neurons=np.arange(probes[0].size).reshape(probes[0].shape))
    for v, image in zip(probes, images, strict=True):
        half, whole = np.empty(v.size), np.empty(v.size)
        local.back(v.reshape(-1), half)
        local.times(half, whole)
        off = np.abs(whole.reshape(v.shape) - image)
        size = np.abs(thin.root) * np.max(np.abs(thin.root), axis=-1, keepdims=True)
        if np.any(off > CLOSE * (np.abs(image) + size)):
            return False
    return True


def _few(
    neurons: Ints, hessian: Product, probes: list[Floats], images: list[Floats]
) -> list[_Part] | None:
    """Root where all but some rows of H are 0, as those of neurons outside of a support."""
    active = (images[0] != 0.0) | (images[1] != 0.0)
    count = int(active.sum(axis=-1).max())
    if count > SMALL or count * count * len(neurons) > NUMBERS:
        return None
    order = np.argsort(~active, axis=-1, kind="stable")
    chosen, others = order[:, :count], order[:, count:]
    rows = np.arange(len(neurons))[:, None]
    block = np.empty((len(neurons), count, count))
    for column in range(count):
        unit = np.zeros(neurons.shape)
        unit[rows[:, 0], chosen[:, column]] = 1.0
        block[:, :, column] = hessian(unit)[rows, chosen]
    for v, image in zip(probes, images, strict=True):
        found = (block @ v[rows, chosen][:, :, None])[..., 0]
        size = np.max(np.abs(block), axis=(1, 2), initial=0.0)[:, None]
        if np.any(np.abs(found - image[rows, chosen]) > CLOSE * size):
            return None
    rest = _Own(neurons[rows, others].reshape(-1), np.zeros(others.size))
    if count == 0:
        return [rest]
    root = _of_blocks(neurons[rows, chosen], block)
    return None if root is None else [root, rest]


def _shares(p: Floats, beta: Floats) -> _Thin:
    """H = beta (p - p p^T), of shares p whose sum is at most 1."""
    w = np.sqrt(p)
    return _Thin(_NOWHERE, np.sqrt(beta) * w, w[None], _factor(w)[None])


def _factor(w: Floats) -> Floats:
    """The a with (1 - a w w^T)^2 = 1 - w w^T."""
    squared = np.sum(w * w, axis=-1, keepdims=True)
    safe = np.where(squared > 0.0, squared, 1.0)
    factor: Floats = (1.0 - np.sqrt(np.maximum(1.0 - squared, 0.0))) / safe
    return factor


def _rank_one(direction: Floats, hessian: Product) -> _Thin | None:
    """H = d - (k v)(k v)^T with a known direction v: the same along all entries of two probes."""
    norm = np.max(np.abs(direction), axis=-1, keepdims=True)
    v = direction / np.where(norm > 0.0, norm, 1.0)
    ones = np.ones_like(v)
    # With signs that nearly cancel along v, what the rank one adds to the diagonal is told apart.
    signs = np.where(np.arange(v.shape[-1]) % 2 == 0, 1.0, -1.0) * np.where(v < 0.0, -1.0, 1.0)
    first, second = hessian(ones), signs * hessian(signs)
    way = v * np.sum(v, axis=-1, keepdims=True)
    way -= v * signs * np.sum(v * signs, axis=-1, keepdims=True)
    apart = second - first
    square = np.sum(way * way, axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        k2 = np.where(square > 0.0, np.sum(way * apart, axis=-1, keepdims=True) / square, 0.0)
    d = first + k2 * v * np.sum(v, axis=-1, keepdims=True)
    if np.any(k2 < 0.0) or np.any(d < 0.0):
        return None
    root = np.sqrt(d)
    with np.errstate(divide="ignore", invalid="ignore"):
        w = np.where(root > 0.0, np.sqrt(k2) * v / root, 0.0)
    if np.any(np.sum(w * w, axis=-1) > 1.0 + ROUNDING * v.shape[-1]):
        return None
    return _Thin(_NOWHERE, root, w[None], _factor(w)[None])


def _normalised(state: Floats, hessian: Product, centred: bool) -> _Thin | None:
    """H = c on all that is neither along the state nor, if centred, equal shifts; e on the state.

    Then B = sqrt(c) (1 - (1 - sqrt(e / c)) s s^T - m m^T) with unit vectors s and m.
    """
    size = state.shape[-1]
    s = state - state.mean(axis=-1, keepdims=True) if centred else state
    norm = np.linalg.norm(s, axis=-1, keepdims=True)
    if np.any(norm == 0.0):
        return None
    s = s / norm
    probe = np.cos(np.arange(size) * 1.7) * np.ones_like(s)
    if centred:
        probe = probe - probe.mean(axis=-1, keepdims=True)
    probe = probe - s * np.sum(s * probe, axis=-1, keepdims=True)
    c = np.sum(probe * hessian(probe), axis=-1, keepdims=True)
    c = c / np.sum(probe * probe, axis=-1, keepdims=True)
    e = np.sum(s * hessian(s), axis=-1, keepdims=True)
    if np.any(c <= 0.0) or np.any(e < -ROUNDING * c):
        return None
    factor = 1.0 - np.sqrt(np.maximum(e, 0.0) / c)
    w, factors = [s], [factor]
    if centred:
        w.append(np.full_like(s, size**-0.5))
        factors.append(np.ones_like(factor))
    root = np.sqrt(c) * np.ones_like(s)
    return _Thin(_NOWHERE, root, np.array(w), np.array(factors))
