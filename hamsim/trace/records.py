"""The records of a trace in its file, found and checked."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hamsim.arrays import Floats
from hamsim.trace import expected as forms
from hamsim.trace.checksum import digest
from hamsim.trace.expected import FormError
from hamsim.trace.format import (
    ALIGNMENT,
    BLOCK,
    COPY,
    END,
    FRAME,
    FRONT,
    HEAD,
    OPEN,
    STATE,
    Layout,
    aligned,
    frame,
    salt_of,
)
from hamsim.trace.hdf5 import SIGNATURE, SUPERBLOCK
from hamsim.trace.head import decode_ending, decode_head
from hamsim.trace.outcome import Outcome
from hamsim.trace.states import States
from hamsim.trace.stats import Stats

__all__ = ["Piece", "Records"]

UNFINISHED = Outcome("unfinished", "the run did not end")
SEARCHED = 2**20  # bytes that are looked through at a time
PIECE_BYTES = 2 * 2**20  # read at a time: they stay in the cache
# Blocks of more than one record are not larger.
MAX_BLOCK_BYTES = 2**24


@dataclass(frozen=True)
class Piece:
    """Some records, in order.

    Parameters
    ----------
    numbers : ndarray of int, shape (k,)
        Which records they are.
    t : ndarray, shape (k,)
    arrays : mapping of str to ndarray
        Each quantity, records first, then trials, then neurons.
    good : ndarray of bool, shape (k,)
        Whether a record is what was written.
    """

    numbers: NDArray[np.int64]
    t: Floats
    arrays: dict[str, NDArray[Any]]
    good: NDArray[np.bool_]


class Records:
    """A trace of the format that `hamsim.trace.format` describes."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._size = os.fstat(stream.fileno()).st_size
        front = self._read(0, FRONT)
        self.flaw = ""
        self._last_state = 0  # number of that in which the run ended
        self._read_head()
        place = self._walk()
        number, self.state = self._states.last()
        if self._read_end(front, place):
            if self._last_state not in (0, number):
                self.flaw = self.flaw or "the state that it ended in is not what was written"
            return
        self.clean, self.outcome, self.stats = False, UNFINISHED, Stats()
        if front != OPEN:
            self.flaw = self.flaw or self._what_is_lost(front)
        elif not self._may_end_at(place):
            self.flaw = self.flaw or f"block {len(self._blocks)} does not begin as it should"
        self.length = self._count()

    def _walk(self) -> int:
        """Go from block to block, and past places for states; where the last one ends."""
        size = self.layout.places[""]
        place = self.layout.start
        self._blocks: list[int] = []
        self._states = States(self._read, self._size, self.header, self.layout.salt)
        while True:
            begin = self._read(place, FRAME)
            if room := self._states.room_at(place, begin):
                place += room
                continue
            if begin != self.layout.block_begin(len(self._blocks)):
                if self._end_frame(place):
                    return place
                number = len(self._blocks)
                if not self._goes_on(place + size, number + 1):
                    # What is damaged may be the begin of a place for states, of whatever length.
                    found = self._next_begin(place, number)
                    if found is None:
                        return place
                    self.flaw = f"what follows block {number - 1} does not begin as it should"
                    place = found
                    continue
                self.flaw = f"block {number} does not begin as it should"
            self._blocks.append(place)
            place += size

    def _goes_on(self, place: int, number: int) -> bool:
        """Whether a block of that number, a place for states or the end begins there."""
        begin = self._read(place, FRAME)
        found = begin == self.layout.block_begin(number) or self._states.room_at(place, begin)
        return bool(found or self._end_frame(place))

    def _next_begin(self, place: int, number: int) -> int | None:
        """Where something begins behind a place, though it should not; None if nothing does."""
        mark = BLOCK[:7]  # with which everything begins
        while place < self._size:
            content = self._read(place, SEARCHED + len(mark))
            at = content.find(mark, 1)
            while at >= 0:
                if self._goes_on(place + at, number):
                    return place + at
                at = content.find(mark, at + 1)
            place += SEARCHED
        return None

    def _read(self, place: int, count: int) -> bytes:
        """Some bytes, or those that are there."""
        if place >= self._size:
            return b""
        self._stream.seek(place)
        parts, left = [], min(count, self._size - place)
        while left > 0:
            part = self._stream.read(left)
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _read_into(self, space: NDArray[np.uint8], place: int) -> int:
        """Fill some space; how much of it there was."""
        self._stream.seek(place)
        done = 0
        while done < space.size:
            count = self._stream.readinto(space.data[done:])
            if not count:
                break
            done += count
        return done

    def _end_frame(self, place: int) -> tuple[bytes, int] | None:
        """Text of the end, and how much follows it; None if it is not there as a whole."""
        begin = self._read(place, FRAME)
        if len(begin) < FRAME or begin[:16] != END:
            return None
        length, rest = struct.unpack("<QQ", begin[16:32])
        if length > self._size - place - FRAME:
            return None
        text = self._read(place + FRAME, length)
        return None if frame(END, text, rest, self._head_digest) != begin else (text, rest)

    def _read_head(self) -> None:
        try:
            begin, text, arrays = self._head_at(FRONT)
        except FormError as error:
            behind = self._read(self._size - 16, 16) if self._size > 16 else b""
            length = int.from_bytes(behind[:8], "little")
            if behind[8:] != COPY or length > self._size - 16:
                raise
            begin, text, arrays = self._head_at(self._size - 16 - length)
            self.flaw = str(error).split(": ", 1)[1]
        try:
            self.header, records = decode_head(text, arrays)
        except FormError as error:
            raise FormError(f"is not a trace of hamsim: {error}") from None
        self._head_digest = begin[32:]
        start = aligned(FRONT + FRAME + aligned(len(text), 8) + len(arrays), ALIGNMENT)
        self.layout = Layout(self.header, records, start, salt_of(begin))
        if records > 1 and self.layout.places[""] > MAX_BLOCK_BYTES:
            raise FormError("is not a trace of hamsim: its blocks are too large")

    def _head_at(self, place: int) -> tuple[bytes, bytes, bytes]:
        """Begin, text and arrays of the head, or of its copy."""
        begin = self._read(place, FRAME)
        if len(begin) < FRAME or begin[:16] != HEAD:
            raise FormError("is not a trace of hamsim: it has no head")
        length, rest = struct.unpack("<QQ", begin[16:32])
        place += FRAME
        if length + rest > self._size - place:
            raise FormError("is damaged: it is cut off within its head")
        text = self._read(place, length)
        arrays = self._read(place + aligned(length, 8), rest)
        if frame(HEAD, text, rest, arrays) != begin:
            raise FormError("is damaged: its head is not what was written")
        return begin, text, arrays

    def _read_end(self, front: bytes, place: int) -> bool:
        """Read how the run ended, if that is there."""
        found = self._end_frame(place)
        if found is None:
            return False
        try:
            checks: dict[str, forms.Check] = {
                "records": forms.whole,
                "superblock": forms.text,
                "digest": forms.text,
                "state": forms.whole,
            }
            facts = forms.table(forms.parse_json(found[0], "its end"), "its end")
            self.outcome, self.stats = decode_ending(
                {name: facts.pop(name, None) for name in ("outcome", "stats")}, self.header.trials
            )
            # Traces of before had none.
            facts = forms.fields({"state": 0, **facts}, "its end", checks)
        except FormError as error:
            raise FormError(f"is not a trace of hamsim: {error}") from None
        self.length, self._last_state = facts["records"], facts["state"]
        if -(-self.length // self.layout.records) != len(self._blocks):
            raise FormError("is not a trace of hamsim: its blocks do not hold its records")
        block = bytes.fromhex(facts["superblock"]) if _is_hex(facts["superblock"]) else b""
        final = block + bytes(FRONT - SUPERBLOCK)
        self.clean = front == final
        if not self.clean and not any(
            front == final[:k] + OPEN[k:] for k in range(FRONT)
        ):  # its run was not killed while it wrote the last bytes
            self.flaw = "its first bytes are not what was written"
        behind = place + FRAME + len(found[0])
        if self.clean:
            rest = self._read(aligned(behind, 8), found[1])
            whole = aligned(behind, 8) + found[1]
            if self._size < whole:
                self.flaw = f"it is cut off, with {self._size:,} of {whole:,} bytes"
            elif self._size > whole or digest(rest).hex() != facts["digest"]:
                self.flaw = "what other programs read of it is not what was written"
        return True

    def _what_is_lost(self, front: bytes) -> str:
        """Tell of a trace that was complete, and has no end any more."""
        end = int.from_bytes(front[28:36], "little")
        if front[:8] != SIGNATURE:
            return "its first bytes are not what was written"
        if self._size < end:
            return f"it is cut off, with {self._size:,} of {end:,} bytes"
        return "how the run ended is not what was written"

    def _may_end_at(self, place: int) -> bool:
        """Whether a run that was killed may have left what is behind the last block."""
        begin = self._read(place, FRAME)
        if _is_torn(begin, self.layout.block_begin(len(self._blocks))):
            return True
        if _is_torn(begin, END) or _is_torn(begin[:16], STATE):
            return True
        if begin[:16] == STATE:
            return place + FRAME >= self._size
        if begin[:16] != END:
            return False
        length = int.from_bytes(begin[16:24], "little")
        return place + FRAME + length >= self._size  # within writing the end

    def _count(self) -> int:
        """Number of finished records of a trace without an end."""
        records = self.layout.records
        for number in range(len(self._blocks) - 1, -1, -1):
            place = self._blocks[number]
            content = self._read(place + FRAME, 8 * records)
            slots = np.frombuffer(content[: len(content) // 8 * 8], "<u8")
            torn = content[len(slots) * 8 :]
            written = np.flatnonzero(slots)
            if not written.size and not torn.strip(b"\0"):
                continue
            # A run that goes on may have written since; numbers come before their checksums.
            self._size = os.fstat(self._stream.fileno()).st_size
            if records == 1 and self._size < place + self.layout.places[""]:
                self.flaw = self.flaw or "it is cut off"
                continue
            length = number * records + (int(written[-1]) + 1 if written.size else 0)
            return length - self._last_is_torn(length)
        return 0

    def _last_is_torn(self, length: int) -> bool:
        """Whether a run was killed within writing the checksum of its last record."""
        if not length:
            return False
        number = (length - 1) // self.layout.records
        piece, stored = self._block_records(number, 1, np.array([length - 1]))
        if piece.good[0]:
            return False
        expected = self.layout.checksums(piece.numbers, piece.t, piece.arrays).tobytes()
        return _is_torn(stored.tobytes(), expected)

    def times(self) -> Floats:
        """Times of all records, as they are in the file."""
        records, place = self.layout.records, self.layout.places["time"]
        found = b"".join(self._read(begin + place, 8 * records) for begin in self._blocks)
        return np.frombuffer(found[: 8 * self.length], "<f8")

    def pieces(self, every: int, first: int = 0, stop: int | None = None) -> Iterator[Piece]:
        """Every so many records of some, piece by piece."""
        records = self.layout.records
        at_once = max(1, PIECE_BYTES // self.layout.places[""])
        last = self.length if stop is None else min(stop, self.length)
        while first < last:
            number = first // records
            # Blocks without a record that is wanted are not read.
            count = self._together(number, at_once if every <= records else 1)
            until = min(last, (number + count) * records)
            numbers = np.arange(first, until, every, dtype=np.int64)
            yield self._block_records(number, -(-until // records) - number, numbers)[0]
            first = int(numbers[-1]) + every

    def _together(self, number: int, most: int) -> int:
        """How many blocks from this one on follow each other, up to so many."""
        places, size, count = self._blocks, self.layout.places[""], 1
        while (
            count < most
            and number + count < len(places)
            and places[number + count] == places[number] + count * size
        ):
            count += 1
        return count

    def _block_records(
        self, number: int, count: int, numbers: NDArray[np.int64]
    ) -> tuple[Piece, NDArray[Any]]:
        """Some records of some blocks, and their checksums as they are in the file."""
        layout = self.layout
        size, records = layout.places[""], layout.records
        place = self._blocks[number]
        there = min(count * size, max(0, self._size - place))
        if there < size and records == 1:
            raise FormError("is damaged: it is cut off")
        raw = np.empty((count, size), dtype=np.uint8)
        flat = raw.reshape(-1)
        flat[self._read_into(flat[:there], place) :] = 0
        chosen = numbers - number * records
        step = int(chosen[1] - chosen[0]) if chosen.size > 1 else 1
        wanted = slice(int(chosen[0]), int(chosen[-1]) + 1, step)

        def part(place: int, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
            numbers_a_record = int(np.prod(shape, dtype=np.int64))
            bytes_ = np.dtype(kind).itemsize * records * numbers_a_record
            values = np.ascontiguousarray(raw[:, place : place + bytes_]).view(kind)
            chosen_values: NDArray[Any] = values.reshape(count * records, *shape)[wanted]
            return chosen_values

        stored = part(FRAME, "<u8", ())
        header, places = self.header, layout.places
        arrays = {
            what: part(places[what], layout.kind_of(what), header.shape_of(what))
            for what in header.what
        }
        t = part(places["time"], "<f8", ())
        good = layout.checksums(numbers, t, arrays) == stored
        return Piece(numbers, t, arrays, good), stored

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()


def _is_torn(found: bytes, expected: bytes) -> bool:
    """Whether something is the begin only of what should be there, behind which nothing is."""
    begin = found.rstrip(b"\0")
    return len(begin) < len(expected) and expected.startswith(begin)


def _is_hex(text: str) -> bool:
    return len(text) == 2 * SUPERBLOCK and set(text) <= set("0123456789abcdef")
