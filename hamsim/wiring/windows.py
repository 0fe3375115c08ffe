"""Windows that move over images, convolution and pooling, written out as blocks of weights.

An image has shape (height, width, channels) and is flattened in C order, so that the channel is
the innermost index; what a convolution finds is an image too. Convolution here is
cross-correlation, as in machine learning: the kernel is not turned round.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array, eye_array, kron

from hamsim.arrays import Floats, Ints
from hamsim.errors import CompileError
from hamsim.network import Convolution
from hamsim.spec.windows import Padding, output_shape
from hamsim.wiring.joining import Rows, cut
from hamsim.wiring.making import Listed, Making

__all__ = ["Windows", "average_pool", "convolution", "padding_before"]

MAX_INT32 = 2**31 - 1


def convolution(
    image: Sequence[int],
    kernel: Floats,
    stride: Sequence[int],
    padding: Padding,
    lines: range | None = None,
) -> csr_array:
    """Weights of feature neurons that see an image through a window, alike wherever it stands.

    Feature o at (y', x') receives from channel c at (y, x), with strides s_y and s_x and with
    p_y and p_x pixels of padding in front of the image, the weight

        W[(y', x', o), (y, x, c)] = kernel[o, c, y - s_y y' + p_y, x - s_x x' + p_x]

    where the last two indices are inside the window. All other weights are zero.

    Parameters
    ----------
    image : (height, width, channels)
    kernel : ndarray, shape (channels_out, channels_in, window height, window width)
        Its zeros give no synapses.
    stride : (down, across)
    padding : "valid" or "same"
        See `output_shape`.
    lines : range, optional
        Of what is found only these lines y', from 0 to height_out; all if nothing is said.

    Returns
    -------
    csr_array, shape (height_out * width_out * channels_out, height * width * channels_in)
        Sorted, without explicit zeros, with int32 indices where they fit.

    Raises
    ------
    CompileError
        The window does not fit into the image, or the image has other channels than the kernel.

    Notes
    -----
    "same" pads each axis by max((n_out - 1) s + k - n, 0) pixels, the smaller half in front, as
    TensorFlow and JAX do. Time is O(entries), and no large array is made besides the result.
    """
    height, width, channels = image
    if kernel.shape[1] != channels:
        raise CompileError(
            f"a kernel for {kernel.shape[1]} channels does not fit an image of {channels}"
        )
    window = kernel.shape[2:]
    shape = output_shape((height, width), window, stride, padding)
    lines = range(shape[0]) if lines is None else lines
    down = _stretches(height, window[0], stride[0], shape[0], lines)
    across = _stretches(width, window[1], stride[1], shape[1], range(shape[1]))
    # A row of W is sorted if it follows the kernel by line, then by column, then by channel.
    kernel = np.ascontiguousarray(kernel.transpose(0, 2, 3, 1), dtype=np.float64)
    size = (len(lines) * shape[1] * kernel.shape[0], height * width * channels)
    indptr = _indptr(kernel, down, across, (len(lines), shape[1]), size)
    rows = Rows(indptr, np.empty(indptr[-1], dtype=indptr.dtype), np.empty(indptr[-1]))
    _fill(rows, kernel, down, across, (width * channels, channels))
    return csr_array((rows.data, rows.indices, indptr), shape=size)


def _fill(
    rows: Rows,
    kernel: Floats,
    down: Sequence[_Stretch],
    across: Sequence[_Stretch],
    steps: tuple[int, int],
) -> None:
    """Write weights and indices.

    The pixels of a stretch have equally many entries, and so have its lines: what they have where
    two stretches cross is a box in memory, written at once and without copies.

    Parameters
    ----------
    rows : Rows
        With their `indptr`.
    kernel, down, across
        As for `_indptr`.
    steps : (down, across)
        By how much the indices of neighbouring pixels differ.
    """
    index = rows.indices.dtype
    of_line = across[-1].places.stop * kernel.shape[0]
    for y in down:
        lines = slice(*rows.indptr[[y.places.start * of_line, y.places.stop * of_line]])
        stop = 0
        for x in across:
            seen = kernel[:, y.taps, x.taps]
            there = seen != 0
            box = (y.first.size, x.first.size, int(np.count_nonzero(there)))
            start, stop = stop, stop + box[1] * box[2]
            _box(rows.data, lines, slice(start, stop), box)[...] = seen[there]
            corner = (y.first[:, None, None] * steps[0] + x.first[:, None] * steps[1]).astype(index)
            taps = [np.arange(n, dtype=index) for n in seen.shape[1:]]
            offset = taps[0][:, None, None] * steps[0] + taps[1][:, None] * steps[1] + taps[2]
            offset = np.broadcast_to(offset, seen.shape)[there]
            np.add(corner, offset, out=_box(rows.indices, lines, slice(start, stop), box))


def _indptr(
    kernel: Floats,
    down: Sequence[_Stretch],
    across: Sequence[_Stretch],
    places: tuple[int, int],
    size: tuple[int, int],
) -> Any:
    """Where the entries of each row begin, of the type that the indices have too.

    Parameters
    ----------
    kernel : ndarray, shape (channels_out, window height, window width, channels_in)
    down, across : sequence of _Stretch
    places : (down, across)
        How many places the window has.
    size : (rows, columns)
        Of the block.
    """
    degrees = np.empty((*places, kernel.shape[0]), dtype=np.int64)
    used = np.count_nonzero(kernel, axis=3)
    for y in down:
        for x in across:
            degrees[y.places, x.places] = used[:, y.taps, x.taps].sum(axis=(1, 2))
    index: Any = np.int32 if max(int(degrees.sum()), *size) <= MAX_INT32 else np.int64
    indptr = np.zeros(size[0] + 1, dtype=index)
    np.cumsum(degrees, out=indptr[1:])
    return indptr


def average_pool(
    image: Sequence[int],
    window: Sequence[int],
    stride: Sequence[int],
    padding: Padding,
    lines: range | None = None,
) -> csr_array:
    """Weights of neurons that take the mean of a window, for each channel by itself.

    Parameters
    ----------
    image : (height, width, channels)
    window : (height, width)
    stride : (down, across)
    padding : "valid" or "same"
        See `output_shape`. The mean is taken over the pixels of the window that are in the image,
        so that a window at the edge counts no padding.
    lines : range, optional
        As for `convolution`.

    Returns
    -------
    csr_array, shape (height_out * width_out * channels, height * width * channels)
        Sorted, without explicit zeros; every row adds up to 1.

    Raises
    ------
    CompileError
        The window does not fit into the image.
    """
    height, width, channels = image
    block = convolution((height, width, 1), np.ones((1, 1, *window)), stride, padding, lines)
    degrees = np.diff(block.indptr)
    block.data /= np.repeat(degrees, degrees)
    return block if channels == 1 else csr_array(kron(block, eye_array(channels), format="csr"))


def padding_before(n: int, window: int, stride: int, n_out: int) -> int:
    """Pixels of padding in front of an axis of n pixels, on which a window has n_out places."""
    return max((n_out - 1) * stride + window - n, 0) // 2


class _Stretch(NamedTuple):
    """Neighbouring places of a window on one axis, with the same part of it in the image.

    Parameters
    ----------
    places : slice
        Their numbers in the output, counted from the first that is wanted.
    taps : slice
        The part of the window that is in the image.
    first : ndarray of int, shape (number of places,)
        The first pixel that each place sees.
    """

    places: slice
    taps: slice
    first: Ints


def _stretches(n: int, window: int, stride: int, n_out: int, wanted: range) -> list[_Stretch]:
    """Places of a window on an axis of n pixels, in at most about 2 * window stretches."""
    start = np.asarray(wanted) * stride - padding_before(n, window, stride, n_out)
    low = np.maximum(-start, 0)
    high = np.minimum(n - start, window)
    changes = np.flatnonzero((np.diff(low) != 0) | (np.diff(high) != 0)) + 1
    return [
        _Stretch(slice(a, b), slice(int(low[a]), int(high[a])), (start + low)[a:b])
        for a, b in pairwise([0, *changes.tolist(), len(wanted)])
    ]


def _box(entries: Any, lines: slice, part: slice, shape: tuple[int, int, int]) -> Any:
    """View of the same part of each line, as an array of (line, pixel, entry)."""
    return entries[lines].reshape(shape[0], -1)[:, part].reshape(shape)


class Windows(Listed):
    """Weights of neurons that see an image through a window.

    Parameters
    ----------
    making : Making
    kernel : ndarray or None
        None where a mean is taken, which is no kernel at the edges.
    ends : (image, found)
        Shapes of the image and of what is found, with channels.
    window, stride : (down, across)
    padding : "valid" or "same"
    from_first : bool
        Whether the end that the file names first is the image.
    """

    def __init__(
        self,
        making: Making,
        kernel: Floats | None,
        ends: tuple[tuple[int, int, int], tuple[int, int, int]],
        window: Sequence[int],
        stride: Sequence[int],
        padding: Padding,
        from_first: bool,
    ) -> None:
        image, found = ends
        self.kernel, self.padding = kernel, padding
        down, across = (padding_before(image[k], window[k], stride[k], found[k]) for k in (0, 1))
        # The first end of ``between`` and ``within`` are the rows; that of ``from`` the columns.
        receives = (making.connection.kind != "from") == from_first
        self.convolution: Convolution = Convolution(
            kernel=kernel,
            image=image,
            found=found,
            window=(int(window[0]), int(window[1])),
            stride=(int(stride[0]), int(stride[1])),
            before=(down, across),
            image_receives=receives,
        )

    def part(self, rows: range, columns: range) -> csr_array:
        """Only the lines of windows that have such synapses are written out."""
        if self.convolution.image_receives:
            return self._forward(columns, rows).T.tocsr()
        return self._forward(rows, columns)

    def _forward(self, found: range, seen: range) -> csr_array:
        """Weights of some neurons that find, from some of the pixels."""
        how = self.convolution
        lines = self._lines(found, seen)
        if not lines:
            return csr_array((len(found), len(seen)))
        if self.kernel is None:
            block = average_pool(how.image, how.window, how.stride, self.padding, lines)
        else:
            block = convolution(how.image, self.kernel, how.stride, self.padding, lines)
        of_line = how.found[1] * how.found[2]
        first = lines.start * of_line
        own = range(max(found.start - first, 0), min(found.stop - first, block.shape[0]))
        block = cut(block, own, seen)
        above, below = first + own.start - found.start, found.stop - (first + own.stop)
        if not (above or below):
            return block
        indptr = np.pad(block.indptr, (above, below), mode="edge")
        return csr_array((block.data, block.indices, indptr), shape=(len(found), len(seen)))

    def _lines(self, found: range, seen: range) -> range:
        """Lines of windows that find for one of these neurons and see one of these pixels."""
        how = self.convolution
        of_line, of_image_line = (shape[1] * shape[2] for shape in (how.found, how.image))
        first, last = seen.start // of_image_line, -(-seen.stop // of_image_line)
        # Window y sees the lines from y stride - before to that plus its height.
        low = -(-(first - how.window[0] + 1 + how.before[0]) // how.stride[0])
        high = (last - 1 + how.before[0]) // how.stride[0] + 1
        start = max(low, found.start // of_line)
        return range(start, max(start, min(high, -(-found.stop // of_line))))
