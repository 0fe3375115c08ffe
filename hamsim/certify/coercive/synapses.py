"""Synapses among unbounded neurons, by what they can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from hamsim.arrays import Floats, Ints
from hamsim.certify.coercive.copositive import BAND
from hamsim.certify.coercive.degrees import Degrees, Flags
from hamsim.certify.rays import scaled_triples
from hamsim.certify.scaled import ScaledNetwork
from hamsim.spectrum.row_blocks import row_blocks, rows_of

__all__ = ["Strong", "Synapses", "sort_synapses"]


class Strong(NamedTuple):
    """A synapse, maybe gated, that outruns the cost of its unbounded neurons."""

    total: float
    weight: float
    members: tuple[int, ...]
    gate: tuple[int, float] | None = None


@dataclass(eq=False)
class Synapses:
    """Synapses among unbounded neurons, by what they can do.

    `kept` and `full` mark entries of W among linear neurons: those whose sign of g_i w g_j > 0 is
    reachable, and all of them. `pairs` are those of gated synapses with bounded gates, with bounds
    of their sizes.
    """

    kept: Flags
    full: Flags
    none: bool = True
    strong: list[Strong] = field(default_factory=list)
    open: tuple[int, ...] = ()
    pairs: tuple[Ints, Ints, Floats] | None = None


def sort_synapses(scaled: ScaledNetwork, degrees: Degrees) -> Synapses:
    """Sort synapses among unbounded neurons by what they can do."""
    W = scaled.W
    found = Synapses(np.zeros(W.nnz, dtype=bool), np.zeros(W.nnz, dtype=bool))
    for first, last in row_blocks(W.indptr):
        part = slice(int(W.indptr[first]), int(W.indptr[last]))
        rows = rows_of(W.indptr, first, last)
        columns, weights = W.indices[part], W.data[part]
        among = degrees.unbounded[rows] & degrees.unbounded[columns] & (weights != 0.0)
        among &= (rows != columns) | (weights > 0.0)
        if not among.any():
            continue
        places = np.flatnonzero(among)
        i, j, w = rows[places], columns[places], weights[places]
        sides = degrees.side[i] * degrees.side[j]
        reachable = (sides == 0) | (w * sides > 0.0)
        total = degrees.e[i] + degrees.e[j]
        linear = degrees.linear[i] & degrees.linear[j]
        found.none = False
        found.full[part][places[linear]] = True
        found.kept[part][places[linear & reachable]] = True
        rest = reachable & ~linear & (total > 1.0 - BAND)
        _sort_out(found, degrees, rest, total, w, np.stack([i, j]))
    _gated_synapses(scaled, degrees, found)
    return found


def _sort_out(
    found: Synapses, degrees: Degrees, rest: Flags, total: Floats, w: Floats, members: Ints
) -> None:
    """Keep the strongest of the supercritical synapses, and one of those that stay open."""
    strong = rest & (total > 1.0 + BAND) & degrees.known[members].all(axis=0)
    places = np.flatnonzero(strong)
    for key in (np.abs(w), total):
        if places.size:
            at = places[np.argmax(key[places])]
            one = Strong(float(total[at]), float(w[at]), tuple(members[:, at].tolist()))
            found.strong.append(one)
    left = np.flatnonzero(rest & ~strong)
    if left.size and not found.open:
        found.open = tuple(members[:, left[0]].tolist())


def _gated_synapses(scaled: ScaledNetwork, degrees: Degrees, found: Synapses) -> None:
    gated = scaled_triples(scaled)
    assert gated is not None
    members, weights = gated
    unbounded = degrees.unbounded[members]
    count = unbounded.sum(axis=0)
    if not np.any(count >= 2):
        return
    found.none = False
    three = count == 3
    if three.any():
        _three_unbounded(scaled, degrees, found, members[:, three], weights[three])
    two = count == 2
    if two.any():
        _two_unbounded(scaled, degrees, found, members[:, two], weights[two])


def _three_unbounded(
    scaled: ScaledNetwork, degrees: Degrees, found: Synapses, members: Ints, weights: Floats
) -> None:
    side = degrees.side[members]
    # An end other than 0 would leave products of two, of any sign.
    end = np.where(side > 0, scaled.low[members], scaled.high[members])
    harmless = np.all((side != 0) & (end == 0.0), axis=0) & (np.prod(side, axis=0) * weights <= 0)
    total = degrees.e[members].sum(axis=0)
    rest = ~harmless & (total > 1.0 - BAND) & (weights != 0.0)
    _sort_out(found, degrees, rest, total, weights, members)


def _two_unbounded(
    scaled: ScaledNetwork, degrees: Degrees, found: Synapses, members: Ints, weights: Floats
) -> None:
    order = np.argsort(degrees.unbounded[members], axis=0, kind="stable")
    gate, i, j = np.take_along_axis(members, order, axis=0)
    ends = np.stack([weights * scaled.low[gate], weights * scaled.high[gate]])
    sides = degrees.side[i] * degrees.side[j]
    signed = np.where(sides == 0, np.abs(ends), ends * sides)
    reachable = signed.max(axis=0) > 0.0
    total = degrees.e[i] + degrees.e[j]
    linear = degrees.linear[i] & degrees.linear[j]
    worst = np.where(reachable & linear, np.abs(ends).max(axis=0), 0.0)
    some = worst > 0.0
    found.pairs = i[some], j[some], worst[some]
    rest = reachable & ~linear & (total > 1.0 - BAND)
    strong = rest & (total > 1.0 + BAND) & degrees.known[i] & degrees.known[j]
    if strong.any():
        at = int(np.argmax(np.where(strong, signed.max(axis=0), -1.0)))
        extreme = int(np.argmax(signed[:, at]))
        one = Strong(
            float(total[at]),
            float(ends[extreme, at]),
            (int(i[at]), int(j[at])),
            (int(gate[at]), -30.0 if extreme == 0 else 30.0),
        )
        found.strong.append(one)
    left = np.flatnonzero(rest & ~strong)
    if left.size and not found.open:
        found.open = int(i[left[0]]), int(j[left[0]])
