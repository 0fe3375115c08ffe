"""How fast memory is read: the roof under which every pass over the weights stays.

Each thread goes many times through its own part of an array, with the loads and multiply-adds that
a dense block is read with.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numba import njit

from hamsim.kernels.vectors import stream_rows

WIDTH = 4096  # of a row, so that what it is multiplied with stays in the cache
ROWS = 4  # that are read side by side
PASSES = 10  # a call, so that waking threads does not count
SMALLEST = 2**22  # bytes

_stream = stream_rows(ROWS, True, False)


@njit(nogil=True)
def _read(weights, first, last, g, out):
    for _ in range(PASSES):
        for row in range(first, last, ROWS):
            _stream(weights, row * WIDTH, WIDTH, g, 0, 0, out, 0, 0)


def bandwidth(threads: int, size: int) -> Callable[[], float]:
    """Function that measures the bytes a second of all threads, in an array of about that size."""
    blocks = max(size, SMALLEST) // (8 * WIDTH * ROWS)
    weights, g = np.ones(blocks * ROWS * WIDTH), np.ones(WIDTH)
    borders = [ROWS * (blocks * k // threads) for k in range(threads + 1)]
    parts = [(weights, first, last, g, np.zeros(ROWS)) for first, last in pairwise(borders)]
    pool = ThreadPoolExecutor(max(1, threads - 1))

    def measure() -> float:
        begin = time.perf_counter()
        others = [pool.submit(_read, *part) for part in parts[1:]]
        _read(*parts[0])
        for other in others:
            other.result()
        return float(PASSES * weights.nbytes / (time.perf_counter() - begin))

    measure()  # compiles
    return measure
