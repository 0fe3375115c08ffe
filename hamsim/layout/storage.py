"""Weights as the kernels read them: rows, the upper triangle, tiles of it, dense blocks.

Whatever is not read row by row becomes tasks, each with windows of the rows that it adds to. Tasks
depend on the network alone, not on the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.sparse import csr_array

from hamsim.arrays import Floats, Ints
from hamsim.kernels import plan as columns_of_tasks
from hamsim.kernels.building import count_ahead, count_tiles, fill_tiles, fill_triangle
from hamsim.kernels.jit import first_call
from hamsim.kernels.plan import (
    BLOCK,
    COLUMN_OUT,
    CONVOLUTION,
    CONVOLUTION_COLUMNS,
    KIND,
    ROW_OUT,
    TASK_COLUMNS,
    TILES,
    TRIANGLE,
    Weights,
)
from hamsim.kernels.registers import LANES, OUTPUTS
from hamsim.layout.convolutions import Shared
from hamsim.layout.dense import Block
from hamsim.layout.strips import Strips, rectangles
from hamsim.network import Convolution

__all__ = ["Storage", "both_orders"]

# Entries of the upper triangle in one task, if windows do not cost more than that saves.
TASK_ENTRIES = 32_768
LEAST_TASKS = 8
# Rows of a dense block in one task, and most tasks of a block.
TASK_ROWS = 64
MOST_TASKS = 32


@dataclass
class Storage:
    """Parts of W that were stored, and the tasks that work on them.

    Parameters
    ----------
    n : int
        Neurons.
    dtype : dtype
        Of the weights.
    """

    n: int
    dtype: DTypeLike
    tasks: list[Ints] = field(default_factory=list)
    windows: list[tuple[int, int, int]] = field(default_factory=list)
    rows_of_windows: int = 0
    triangle_indptr: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    tiles: Ints = field(default_factory=lambda: np.zeros((0, 4), np.int64))
    entries: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    entry_weights: Any = None
    block_parts: list[Weights] = field(default_factory=list)
    convolutions: list[Ints] = field(default_factory=list)
    kernel_parts: list[Floats] = field(default_factory=list)

    def _window(self, first: int, last: int, spare: int = 0) -> int:
        """Reserve a window for rows first <= i < last, and say where it begins.

        Behind it so many rows are spare, because more may be written than is meant.
        """
        begin = self.rows_of_windows
        self.windows.append((first, last, begin))
        self.rows_of_windows += last - first + spare
        return begin

    def _task(self, kind: int, **values: int) -> None:
        row = np.zeros(TASK_COLUMNS, dtype=np.int64)
        row[KIND], row[ROW_OUT], row[COLUMN_OUT] = kind, -1, -1
        for name, value in values.items():
            row[getattr(columns_of_tasks, name)] = value
        self.tasks.append(row)

    def add_triangle(self, W: csr_array) -> None:
        """Store the upper triangle row by row; tasks are stretches of rows."""
        counts = np.zeros(self.n, dtype=np.int64)
        with first_call("triangle"):
            count_ahead(W.indptr, W.indices, counts)
            start = np.concatenate([[0], np.cumsum(counts)])
            self.entries = np.empty(start[-1], dtype=np.uint32)
            self.entry_weights = np.empty(start[-1], dtype=self.dtype)
            fill_triangle(W.indptr, W.indices, W.data, start, self.entries, self.entry_weights)
        self.triangle_indptr = start.astype(np.uint64)
        ends = np.arange(1, self.n + 1)
        filled = np.flatnonzero(counts)
        ends[filled] = np.maximum(ends[filled], self.entries[start[filled + 1] - 1] + 1)
        for first, last in self._stretches(start, ends):
            end = int(ends[first:last].max())
            self._task(
                TRIANGLE,
                FIRST=first,
                LAST=last,
                ROW=first,
                ROWS=end - first,
                ROW_OUT=self._window(first, end),
            )

    def _stretches(self, start: Ints, ends: Ints) -> list[tuple[int, int]]:
        """Rows of about equal work, so many that windows stay a small part of the memory."""
        n, total = self.n, int(start[-1])
        reach = max(1.0, float(np.mean(ends - np.arange(n))))
        allowed = max(n, 0.075 * total) / reach
        count = int(max(LEAST_TASKS, min(total / TASK_ENTRIES, allowed)))
        borders = np.searchsorted(start, np.linspace(0, total, count + 1))
        borders[0], borders[-1] = 0, n
        borders = np.unique(borders).tolist()
        return list(pairwise(borders))

    def add_tiles(self, W: csr_array, edge: int, side: int) -> None:
        """Store the upper triangle in tiles of `side`; tasks are squares of `edge` neurons."""
        a_square = -(-edge // side)
        wide = -(-self.n // side)
        counts = np.zeros(wide * wide, dtype=np.int64)
        with first_call("tiles"):
            count_tiles(W.indptr, W.indices, wide, side, counts)
            filled = np.flatnonzero(counts)
            row, column = np.divmod(filled, wide)
            squares = np.stack([row // a_square, column // a_square])
            filled = filled[np.lexsort((column, row, squares[1], squares[0]))]
            stops = np.cumsum(counts[filled])
            at = np.zeros(wide * wide, dtype=np.int64)
            at[filled] = stops - counts[filled]
            total = int(counts.sum())
            self.entries = np.empty(total, dtype=np.uint32)
            self.entry_weights = np.empty(total, dtype=self.dtype)
            fill_tiles(
                W.indptr, W.indices, W.data, wide, side, at, self.entries, self.entry_weights
            )
        row, column = np.divmod(filled, wide)
        self.tiles = np.stack([row * side, column * side, stops - counts[filled], stops], axis=1)
        square = (row // a_square) * wide + column // a_square
        borders = [*np.flatnonzero(np.diff(square, prepend=-1)).tolist(), filled.size]
        for first, last in pairwise(borders):  # none where no tile is filled
            self._add_square(first, last)

    def _add_square(self, first: int, last: int) -> None:
        """Make the task of some tiles that lie together."""
        low, high = np.full(2, self.n), np.zeros(2, dtype=np.int64)
        for row, column, begin, end in self.tiles[first:last].tolist():
            place = self.entries[begin:end]
            for k, (base, part) in enumerate(((row, place >> 16), (column, place & 0xFFFF))):
                low[k] = min(low[k], base + int(part.min()))
                high[k] = max(high[k], base + int(part.max()) + 1)
        if low[1] < high[0]:  # on the diagonal: one window, because both ends may be one neuron
            low[:], high[:] = low.min(), high.max()
        rows, columns = (int(high[k] - low[k]) for k in (0, 1))
        row_out = self._window(int(low[0]), int(high[0]))
        same = low[0] == low[1]
        column_out = row_out if same else self._window(int(low[1]), int(high[1]))
        self._task(
            TILES,
            FIRST=first,
            LAST=last,
            ROW=int(low[0]),
            ROWS=rows,
            COLUMN=int(low[1]),
            COLUMNS=columns,
            ROW_OUT=row_out,
            COLUMN_OUT=column_out,
        )

    def add_block(self, W: csr_array, block: Block, tau: Floats, trials: int) -> None:
        """Store a dense block: for one trial as stretches of its rows, for more as strips."""
        instant = {
            "ROW_INSTANT": int(tau[block.rows.start] == 0),
            "COLUMN_INSTANT": int(tau[block.columns.start] == 0),
        }
        if trials > 1:
            self._add_strips(W, block, instant, trials)
        else:
            self._add_stretches(W, block, instant)

    def _add_stretches(self, W: csr_array, block: Block, instant: dict[str, int]) -> None:
        rows, columns = block.rows, block.columns
        tasks = min(MOST_TASKS, max(1, rows.size // TASK_ROWS))
        step = -(-rows.size // tasks)
        step += -step % 4
        within = rows is columns and block.both
        row_out = self._window(rows.start, rows.stop)
        own_out = self._window(rows.start, rows.stop) if within else 0
        for first in range(rows.start, rows.stop, step):
            last = min(rows.stop, first + step)
            stripe = W[first:last]
            there = {"ROW": first, "ROWS": last - first, **instant}
            if within:
                self._dense(stripe, first, last, ROW_OUT=own_out + first - rows.start, **there)
            begin = last if within else columns.start
            if begin == columns.stop:
                continue
            if block.both:
                there["COLUMN_OUT"] = self._window(begin, columns.stop)
            there["ROW_OUT"] = row_out + first - rows.start
            self._dense(stripe, begin, columns.stop, **there)

    def _add_strips(self, W: csr_array, block: Block, instant: dict[str, int], trials: int) -> None:
        strips = Strips(block)
        at = sum(part.size for part in self.block_parts)
        self.block_parts.append(strips.weights(W, self.dtype))
        room = 0 if np.dtype(self.dtype) == np.float64 else -(-strips.square // trials)
        for part in rectangles(strips, trials):
            rows = [block.rows.start + k for k in (part.first, part.last)]
            columns = [block.columns.start + k for k in (part.left, part.right)]
            there = {
                "ROW": rows[0],
                "ROWS": rows[1] - rows[0],
                "COLUMN": columns[0],
                "COLUMNS": columns[1] - columns[0],
            }
            for name, wanted, (first, last) in (
                ("ROW_OUT", part.to_rows, rows),
                ("COLUMN_OUT", part.to_columns, columns),
            ):
                if wanted:
                    there[name] = self._window(first, last, -(last - first) % OUTPUTS)
            there["SCRATCH"] = self.rows_of_windows
            self.rows_of_windows += room
            self._task(BLOCK, **there, **strips.task(part, at), **instant)

    def _dense(self, stripe: csr_array, first: int, last: int, **values: int) -> None:
        at = sum(part.size for part in self.block_parts)
        part = stripe[:, first:last].toarray().astype(self.dtype, copy=False)
        self.block_parts.append(part.reshape(-1))
        self._task(BLOCK, COLUMN=first, COLUMNS=last - first, AT=at, **values)

    def add_convolution(self, shared: Shared, tau: Floats, trials: int) -> None:
        """Store a kernel; tasks are stretches of lines of features, with the image that they see.

        For many trials each task has room to work on one of them, besides its windows.
        """
        own, image, found = shared.convolution, shared.image, shared.found
        height, image_line = own.image[0], own.image[1] * own.image[2]
        found_line = own.found[1] * own.found[2]
        number = len(self.convolutions)
        self._keep_kernel(shared)
        lines = -(-own.found[0] // _tasks_of(own))
        for first in range(0, own.found[0], lines):
            last = min(own.found[0], first + lines)
            top = max(0, first * own.stride[0] - own.before[0])
            bottom = min(height, (last - 1) * own.stride[0] - own.before[0] + own.window[0])
            rows = [found.start + line * found_line for line in (first, last)]
            columns = [image.start + line * image_line for line in (top, bottom)]
            scratch = self.rows_of_windows
            if trials > 1 and own.kernel is not None:
                room = 2 * (rows[1] - rows[0] + columns[1] - columns[0] + LANES)
                self.rows_of_windows += -(-room // trials)
            self._task(
                CONVOLUTION,
                FIRST=first,
                LAST=last,
                ROW=rows[0],
                ROWS=rows[1] - rows[0],
                COLUMN=columns[0],
                COLUMNS=columns[1] - columns[0],
                ROW_OUT=self._window(rows[0], rows[1], LANES) if shared.to_found else -1,
                COLUMN_OUT=self._window(columns[0], columns[1], LANES) if shared.to_image else -1,
                AT=number,
                SCRATCH=scratch,
                ROW_INSTANT=int(tau[found.start] == 0),
                COLUMN_INSTANT=int(tau[image.start] == 0),
            )

    def _keep_kernel(self, shared: Shared) -> None:
        """Store a kernel, and where it is."""
        own = shared.convolution
        at = [-1, -1]
        if own.kernel is not None:
            begin = sum(part.size for part in self.kernel_parts)
            at = [begin, begin + own.kernel.size]
            self.kernel_parts.append(both_orders(own.kernel, self.dtype))
        row = np.array(
            [
                *(shared.image.start, *own.image, shared.found.start, *own.found[1:]),
                *(*own.window, *own.stride, *own.before, *at),
            ],
            dtype=np.int64,
        )
        assert row.size == CONVOLUTION_COLUMNS
        self.convolutions.append(row)

    def arrays(self, block_start: Ints) -> dict[str, Any]:
        """Fields of `Plan`, for blocks of rows that begin at `block_start`."""
        nothing = np.zeros(0, dtype=self.dtype)
        indptr, windows = _by_block(np.array(self.windows, np.int64).reshape(-1, 3), block_start)
        return {
            "tasks": np.array(self.tasks, dtype=np.int64).reshape(-1, TASK_COLUMNS),
            "triangle_indptr": self.triangle_indptr,
            "tiles": np.ascontiguousarray(self.tiles),
            "entries": self.entries,
            "entry_weights": nothing if self.entry_weights is None else self.entry_weights,
            "block_weights": np.concatenate([nothing, *self.block_parts]),
            "convolutions": np.array(self.convolutions, np.int64).reshape(-1, CONVOLUTION_COLUMNS),
            "kernels": np.concatenate([np.zeros(0), *self.kernel_parts]),
            "window_indptr": indptr,
            "windows": windows,
        }


def both_orders(kernel: Floats, dtype: DTypeLike) -> Floats:
    """A kernel in both of its orders, with room to read whole vectors.

    It stays in the first cache, so it would be no faster as float32 but slower, because each
    weight would have to be made a float64 when it is used. It is only rounded to float32.
    """
    rounded = kernel.astype(dtype).astype(np.float64)
    turned = [rounded.transpose(axes).reshape(-1) for axes in ((2, 3, 1, 0), (2, 0, 3, 1))]
    return np.concatenate([*turned, np.zeros(2 * LANES)])


def _tasks_of(own: Convolution) -> int:
    """Tasks of a convolution: of enough work each, and not so many that their images overlap."""
    places = own.found[0] * own.found[1] * own.found[2]
    work = places * own.window[0] * own.window[1] * (1 if own.kernel is None else own.image[2])
    overlap = max(0, own.window[0] - own.stride[0])
    allowed = 1 + own.image[0] // overlap if overlap else MOST_TASKS
    return max(1, min(work // TASK_ENTRIES, allowed, MOST_TASKS, own.found[0]))


def _by_block(windows: Ints, block_start: Ints) -> tuple[Ints, Ints]:
    """Windows that reach into each block of rows, one block after another."""
    if windows.shape[0] == 0:
        return np.zeros(block_start.size, dtype=np.int64), windows
    first = np.searchsorted(block_start, windows[:, 0], side="right") - 1
    last = np.searchsorted(block_start, windows[:, 1], side="left")
    counts = last - first
    which = np.repeat(np.arange(windows.shape[0]), counts)
    before = np.repeat(np.cumsum(counts) - counts, counts)
    block = np.repeat(first, counts) + np.arange(which.size) - before
    order = np.argsort(block, kind="stable")
    indptr = np.searchsorted(block[order], np.arange(block_start.size))
    return indptr.astype(np.int64), np.ascontiguousarray(windows[which[order]])
