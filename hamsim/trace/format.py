"""The file of a trace, format ``hamsim-trace/2``: what is where.

A trace grows only at its end, and what has been written of records is never written again, so that
whatever ends a run, all records of before can be read. All numbers are little-endian.

===============  ==================================================================================
from byte 0      64 bytes: `OPEN` until the trace is complete, then a superblock of HDF5
from byte 64     head: `HEAD`, lengths of text and arrays (u64 each), digest (BLAKE2b, 32 bytes) of
                 lengths, text and arrays; the text is a line of JSON, see `hamsim.trace.head`,
                 and the network's description; arrays are the recorded neurons' numbers (i64), tau
                 (f64), and parameters that differ from neuron to neuron (f64)
next 4096-th     blocks, all of one size: `BLOCK`, number of the block and salt (u64 each), filled
                 up to 64 bytes; a checksum (u64) a record; then time and each quantity, for as many
                 records as the head says. A record is there as soon as its checksum is: that is
                 written last, and is 0 before. See `hamsim.trace.checksum`; the salt, the first 8
                 bytes of the head's digest, tells the blocks of one trace from another's
between blocks   places for a state of the run: `STATE`, room (u64), salt, digest of both; then the
                 number of the state, its length, a digest of both and of the state, and the state
                 itself, see `hamsim.trace.state`. Two of them take turns, so that the one of before
                 is whole while the other is written: they alone are written again
behind a block   end, in a trace that is complete: `END`, lengths of text and of what follows (u64
                 each), digest of lengths, text and the head's digest; the text is JSON with the
                 number of records, outcome, stats, number of the state that the run ended in, the
                 superblock, and the digest of what follows
last             what HDF5 needs to find the numbers in the blocks, see `hamsim.trace.hdf5`; then
                 a copy of the head, its length (u64) and `COPY`, for where the head is damaged
===============  ==================================================================================

So a trace that is complete is a netCDF-4 file, in which time and each quantity have a chunk in each
block; one that is not is known to hamsim only, and `hamsim repair` completes it. The superblock is
written after all else, in one piece.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.trace.checksum import DIGEST, digest, row_checksums
from hamsim.trace.hdf5 import Chunks
from hamsim.trace.trace import Header

__all__ = [
    "BLOCK",
    "COPY",
    "END",
    "FORMAT",
    "FRAME",
    "FRONT",
    "HEAD",
    "OPEN",
    "STATE",
    "Layout",
    "frame",
    "state_frame",
    "state_head",
]

FORMAT = "hamsim-trace/2"
FRONT = 64  # bytes before the head
FRAME = 64  # bytes of the begin of the head, of a block, and of the end
OPEN = b"hamsim trace of a run that goes on or was killed: hamsim repair\n"
HEAD = b"hamsim-trace/2\n\0"
BLOCK = b"hamsim-block/2\n\0"
END = b"hamsim-end/2\n\0\0\0"
COPY = b"hamsim/2"
STATE = b"hamsim-state/2\n\0"

ALIGNMENT = 4096
BLOCK_BYTES = 2**17
MAX_BLOCK_RECORDS = 2048
# HDF5 cannot have larger chunks.
MAX_CHUNK_BYTES = 2**32 - 1


def head_bytes(text: bytes, arrays: bytes) -> bytes:
    """The head of a trace."""
    return frame(HEAD, text, len(arrays), arrays) + text + bytes(-len(text) % 8) + arrays


def frame(magic: bytes, text: bytes, rest: int, *more: bytes) -> bytes:
    """Begin of the head or of the end, with a digest of what it is said to hold."""
    lengths = struct.pack("<QQ", len(text), rest)
    return magic + lengths + digest(lengths, text, *more)


def state_frame(room: int, salt: int) -> bytes:
    """Begin of a place for states of so many bytes, `FRAME` bytes of their head not counted."""
    numbers = struct.pack("<QQ", room, salt)
    return STATE + numbers + digest(STATE, numbers)


def state_head(number: int, content: bytes, salt: int) -> bytes:
    """What stands before a state, and says that it is whole."""
    numbers = struct.pack("<QQQ", number, len(content), salt)
    return numbers + bytes(8) + digest(numbers, content)


def aligned(place: int, step: int) -> int:
    """The first multiple of a step that is not before a place."""
    return place + -place % step


@dataclass(frozen=True)
class Layout:
    """Where the records of a trace are in its file.

    Parameters
    ----------
    header : Header
    records : int
        In each block.
    start : int
        Where the first block begins.
    salt : int
    """

    header: Header
    records: int
    start: int
    salt: int

    @functools.cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of one record of time and of each quantity, without an axis for a single run."""
        first = 0 if self.header.trials is not None else 1
        return {
            "time": (),
            **{what: self.header.shape_of(what)[first:] for what in self.header.what},
        }

    def kind_of(self, name: str) -> str:
        """NumPy's name for the type of a quantity's numbers."""
        return "<f8" if name == "time" else f"<{np.dtype(self.header.dtype_of(name)).str[1:]}"

    @functools.cached_property
    def places(self) -> dict[str, int]:
        """Where the numbers of each quantity begin within a block, and ``""`` where it ends."""
        found, place = {}, FRAME + 8 * self.records
        for name, shape in self.shapes.items():
            found[name] = place
            size = np.dtype(self.kind_of(name)).itemsize * self.records
            place = aligned(place + size * int(np.prod(shape, dtype=np.int64)), 8)
        found[""] = place
        return found

    def block_begin(self, number: int) -> bytes:
        """First bytes of a block."""
        begin = BLOCK + struct.pack("<QQ", number, self.salt)
        return begin + bytes(FRAME - len(begin))

    def checksums(
        self, numbers: NDArray[np.int64], t: Floats, arrays: Mapping[str, NDArray[Any]]
    ) -> NDArray[np.uint64]:
        """Checksums of some records, of which it is known which they are."""
        return row_checksums([t, *(arrays[what] for what in self.header.what)], numbers, self.salt)

    def chunks(self, name: str, blocks: Sequence[int]) -> Chunks:
        """Where the chunks of a quantity are, for HDF5; `blocks` says where each block begins."""
        shape, place = self.shapes[name], self.places[name]
        begins = np.array(blocks, dtype=np.int64)
        offsets = np.zeros((begins.size, 1 + len(shape)), dtype=np.int64)
        offsets[:, 0] = np.arange(begins.size) * self.records
        addresses = begins + place
        bytes_ = np.dtype(self.kind_of(name)).itemsize * int(np.prod(shape, dtype=np.int64))
        if bytes_ * self.records <= MAX_CHUNK_BYTES or len(shape) < 2:
            return Chunks((self.records, *shape), offsets, addresses)
        # One record a block then; one chunk for each trial of it.
        trials = np.arange(shape[0], dtype=np.int64)
        offsets = np.repeat(offsets, shape[0], axis=0)
        offsets[:, 1] = np.tile(trials, begins.size)
        addresses = (addresses[:, None] + trials * (bytes_ // shape[0])).ravel()
        return Chunks((1, 1, *shape[1:]), offsets, addresses)


def records_of_block(header: Header) -> int:
    """How many records a block should have: about `BLOCK_BYTES`, and not too many tiny ones."""
    size = 16
    for what in header.what:
        numbers = int(np.prod(header.shape_of(what), dtype=np.int64))
        size += np.dtype(header.dtype_of(what)).itemsize * numbers
    return max(1, min(BLOCK_BYTES // size, MAX_BLOCK_RECORDS))


def salt_of(begin: bytes) -> int:
    """The salt that belongs to the begin of a head."""
    return int.from_bytes(begin[FRAME - DIGEST : FRAME - DIGEST + 8], "little")
