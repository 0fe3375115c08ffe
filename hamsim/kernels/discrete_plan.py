"""What the kernels of discrete dynamics are given: bundles of arrays; a row of states a trial."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats, Ints

__all__ = ["Course", "Fields", "Graded", "Synapses"]


class Synapses(NamedTuple):
    """The network as discrete dynamics reads it.

    Rows of W give a field, columns say whose fields a neuron adds to. Where W is dense, `block`
    holds its columns in one piece each; if all weights are whole multiples of one number, to
    rounding, `few` or `whole`: what is read for a neuron that changes is eight or four times less.
    Three of these have shape (0, 0).
    """

    indptr: Ints
    indices: NDArray[np.uint32]
    weights: Floats
    sent_indptr: Ints
    sent_indices: NDArray[np.uint32]
    sent_weights: Floats
    block: Floats
    few: NDArray[np.int8]
    whole: NDArray[np.int16]
    total: NDArray[np.int32]  # sum of these columns; (0,) where activations are not -1, 0 or 1
    diagonal: Floats  # (n,), or (0,) where no neuron has a synapse with itself
    level: NDArray[np.uint16]  # (n,)  which two values a neuron has
    low: Floats  # (levels,)
    high: Floats
    asked: NDArray[np.uint32]  # neurons that are asked, in file order
    # the largest that a field can be, all terms of one sign; how many terms; the number of which
    # `few` and `whole` hold multiples
    reach: Floats
    exact: bool  # whether all sums are without rounding


class Graded(NamedTuple):
    """Neurons that take more than two values, in units that are set at once.

    A unit is a neuron with a Lagrangian of its own, or all neurons that share one; it is asked for
    by its first neuron. Members lie as the functions of their Lagrangian want them.
    """

    unit: Ints  # (n,)  of each first neuron; -1 of neurons of two values, (0,) where all are
    members: Ints
    first: Ints  # (units + 1,)  where a unit's members begin
    address: Ints  # of the function that activates a unit
    parameters: Floats  # (p, members)
    held: NDArray[np.uint8]  # (n,)  neurons whose states stay
    scratch: Floats  # (trials, rows, width)
    buffer: Floats  # (trials, 2, largest unit)  states and activations of a unit


class Fields(NamedTuple):
    """What a run writes; a row a trial."""

    x: Floats  # states; the same array as g where all neurons have two values
    g: Floats
    h: Floats
    input: Floats  # I, a row a trial, or one row for all
    added: Ints  # how often fields have been added to since they were summed
    flips: Ints
    sweeps: Ints
    wanting: Ints  # neurons that want to change
    energy: Floats
    watch: Floats  # (trials, 5): rises, largest rise, its sweep, sum of rises, sweep of the first
    # states before the last sweep and after it, where all are set at once; else without columns
    earlier: Floats
    later: Floats
    cycling: Ints  # whether a trial alternates between two states
    ended: Ints  # whether it goes on no more


class Course(NamedTuple):
    """What a run does."""

    together: bool
    # orders that are given, (sweeps, neurons) or (1, neurons); (0, 0) if none is
    given: NDArray[np.uint32]
    shuffled: bool  # whether each sweep has a random order of its own
    temperature: Floats  # of each sweep of this run, or of all
    key: NDArray[np.uint64]
    # the sweep with which this run begins, and that from which on a trial ends where no neuron
    # wants to change
    limits: Ints
    watched: bool  # whether single updates must lower the energy
