"""Which connections are stored as the kernel that all places of a window share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from hamsim.arrays import Ints
from hamsim.counted import counted
from hamsim.layout.dense import DENSE, at_once
from hamsim.network import Connection, Convolution, Group, Network

__all__ = ["Shared", "shared_kernels"]

LANES = 8  # numbers in a vector
# With fewer places a kernel is nearly a dense block, which is read once for both directions.
LEAST_PLACES = 4


class Costs(NamedTuple):
    """What a kernel costs, in products of a vector with a number, and what a synapse costs.

    Fitted to times of 74 convolutions of images of 8 x 8 to 64 x 64 on one thread, in 1, 4 and 16
    trials. For the same ones the choice that follows takes 0.3, 0.6 and 1.6 % longer than the
    better one on average. That of a cell is a rough bound, checked with seven dense blocks.
    """

    start: float  # of a sum, besides its products
    place: float  # of the window
    neuron: float  # more than a neuron costs that reads a sparse row
    synapse: float  # of a sparse row
    cell: float  # of a dense block, in one direction


# A product takes 0.4 ns in one trial; in many it takes 0.04 ns for each of them.
ONE_TRIAL = Costs(start=5, place=10, neuron=-2, synapse=1, cell=0.2)
FEW_TRIALS = Costs(start=8, place=7, neuron=3, synapse=2.5, cell=1)  # less than a vector
MANY_TRIALS = Costs(start=7, place=0, neuron=9, synapse=2.5, cell=1)


@dataclass(frozen=True, eq=False)
class Shared:
    """A block of W that is one kernel, moved over an image.

    Parameters
    ----------
    convolution : Convolution
    image, found : Group
        What the window sees, and the features that it finds. They may be one group.
    to_found, to_image : bool
        Whether the features receive, and whether the image does.
    """

    convolution: Convolution
    image: Group
    found: Group
    to_found: bool
    to_image: bool

    @property
    def pairs(self) -> tuple[tuple[Group, Group], ...]:
        """Groups that receive, with those that send."""
        there, back = (self.found, self.image), (self.image, self.found)
        return (there,) * self.to_found + (back,) * self.to_image

    @property
    def bytes(self) -> int:
        """Memory of the kernel, which is there in two orders."""
        kernel = self.convolution.kernel
        return 0 if kernel is None else 16 * kernel.size

    def why(self, count: int) -> str:
        """Why a kernel of so many synapses is kept."""
        own = self.convolution
        places = own.found[0] * own.found[1]
        what = "mean" if own.kernel is None else f"kernel of {counted(own.kernel.size, 'weight')}"
        return f"one {what} for {counted(places, 'place')} of a window, {counted(count, 'synapse')}"


def shared_kernels(
    network: Network, W: csr_array, order: Ints | None, trials: int, layout: str
) -> Iterator[tuple[Shared, int]]:
    """Connections that are stored as the kernel that they consist of, and their synapses."""
    if layout not in ("auto", "convolution"):
        return
    for connection in network.connections:
        own = connection.convolution
        if own is None or own.W is not network.W or connection.block is not None:
            continue
        kernel = _shared(network, connection, own)
        if not all(_is_in_order(group, order) for group in (kernel.image, kernel.found)):
            continue
        if any(at_once(network, group) is None for group in (kernel.image, kernel.found)):
            continue
        count = sum(_entries(W, receivers, senders) for receivers, senders in kernel.pairs)
        if count and (layout == "convolution" or _pays(kernel, count, trials)):
            yield kernel, count


def _shared(network: Network, connection: Connection, own: Convolution) -> Shared:
    rows, columns = network.group(connection.rows[0]), network.group(connection.columns[0])
    image, found = (rows, columns) if own.image_receives else (columns, rows)
    # A kernel within a group is symmetric: each pixel receives as a feature what it has to.
    within, both = image is found, connection.kind == "between"
    return Shared(
        convolution=own,
        image=image,
        found=found,
        to_found=within or both or not own.image_receives,
        to_image=not within and (both or own.image_receives),
    )


def _is_in_order(group: Group, order: Ints | None) -> bool:
    return order is None or bool(np.all(np.diff(order[group.slice]) == 1))


def _entries(W: csr_array, receivers: Group, senders: Group) -> int:
    """Synapses by which one group receives from another."""
    columns = W.indices[W.indptr[receivers.start] : W.indptr[receivers.stop]]
    return int(np.count_nonzero((columns >= senders.start) & (columns < senders.stop)))


def _pays(kernel: Shared, count: int, trials: int) -> bool:
    """Whether a kernel of so many synapses is at least as fast as other storage."""
    own = kernel.convolution
    neurons, places = kernel.image.size + kernel.found.size, own.found[0] * own.found[1]
    if own.kernel is None:  # vectors lie along channels and trials
        return trials < LANES <= own.image[2] * trials
    if places < LEAST_PLACES:
        return False
    cells = len(kernel.pairs) * kernel.image.size * kernel.found.size
    costs = ONE_TRIAL if trials == 1 else FEW_TRIALS if trials < LANES else MANY_TRIALS
    other = costs.cell * cells if count >= DENSE * cells else costs.synapse * count
    work = costs.neuron * neurons + costs.place * places
    for sums, terms in _sums(kernel, trials):
        work += places * sums * (terms + costs.start)
    return work <= other


def _sums(kernel: Shared, trials: int) -> Iterator[tuple[int, int]]:
    """Sums of a kernel at one place of its window, and the terms of each, in each direction.

    In one trial a sum is a vector of features, or of a line of the image; in many it is one number.
    """
    down, across = kernel.convolution.window
    line, features = across * kernel.convolution.image[2], kernel.convolution.found[2]
    lanes = LANES if trials < LANES else 1
    if kernel.to_found:
        yield -(-features // lanes), down * line
    if kernel.to_image:
        yield down * -(-line // lanes), features
