"""Which connections are stored as the kernel that all places of a window share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from hamsim.layout.blocks import DENSE, at_once
from hamsim.network import Connection, Convolution, Group, Ints, Network

__all__ = ["Shared", "shared_kernels"]

# Numbers in a vector of the loops over kernels. A vector costs as much as a synapse of a sparse row
# or as 5 entries of a dense block; what a window sends to a line of the image costs 4 besides.
LANES = 8
DENSE_SPEED = 0.2
LINE_WORK = 4
# A sum of fewer products is not worth its start in many trials.
SHORT_SUM = 5
# Numbers in the windows of means, which have so few synapses that adding up windows counts.
MEAN_WINDOWS = 131_072


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
        what = "mean" if own.kernel is None else f"kernel of {own.kernel.size:,} weights"
        return f"one {what} for {places:,} places of a window, {count:,} synapses"


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
    """Whether a kernel of so many synapses is at least as fast as other storage in one trial."""
    own = kernel.convolution
    down, across = own.window
    channels, features = own.image[2], own.found[2]
    if own.kernel is None:  # vectors lie along channels and trials
        neurons = kernel.image.size + kernel.found.size
        return channels * trials >= LANES and neurons * trials <= MEAN_WINDOWS
    if trials >= LANES:  # vectors lie along trials, and short sums are not worth their start
        long = across * channels >= SHORT_SUM and features >= SHORT_SUM
        return long and count >= 0.5 * len(kernel.pairs) * _products(own)
    vectors = 0
    if kernel.to_found:
        vectors += down * across * channels * -(-features // LANES)
    if kernel.to_image:
        vectors += down * (features * -(-across * channels // LANES) + LINE_WORK)
    work = vectors * own.found[0] * own.found[1]
    cells = len(kernel.pairs) * kernel.image.size * kernel.found.size
    if count >= DENSE * cells:  # a dense block would be the other choice
        return work <= DENSE_SPEED * cells
    return work <= count


def _products(own: Convolution) -> int:
    """Weights of a kernel at all places of its window."""
    assert own.kernel is not None
    return own.found[0] * own.found[1] * int(own.kernel.size)
