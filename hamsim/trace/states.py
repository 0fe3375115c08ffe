"""The places for states in the file of a trace, and which state is the last that is whole."""

from __future__ import annotations

import struct
from collections.abc import Callable

from hamsim.trace.expected import FormError
from hamsim.trace.format import FRAME, STATE, state_frame, state_head
from hamsim.trace.state import State, decode_state
from hamsim.trace.trace import Header

__all__ = ["States"]


class States:
    """Places for states that have been found in a file.

    Parameters
    ----------
    read : callable
        Reads so many bytes at a place, or those that are there.
    size : int
        Of the file.
    header : Header
    salt : int
    """

    def __init__(
        self, read: Callable[[int, int], bytes], size: int, header: Header, salt: int
    ) -> None:
        self._read, self._size, self._header, self._salt = read, size, header, salt
        self._found: dict[int, int] = {}

    def room_at(self, place: int, begin: bytes) -> int:
        """Bytes of a place for states that begins so; 0 if none does."""
        if begin[:16] != STATE or len(begin) < FRAME:
            return 0
        (room,) = struct.unpack("<Q", begin[16:24])
        if begin != state_frame(room, self._salt):
            return 0
        self._found[place + FRAME] = room
        return 2 * FRAME + int(room)

    def last(self) -> tuple[int, State | None]:
        """The last state that is whole, and its number; 0 and None if there is none."""
        heads = []
        for place, room in self._found.items():
            head = self._read(place, FRAME)
            if len(head) == FRAME:
                number, length = struct.unpack("<QQ", head[:16])
                if length <= min(room, self._size - place - FRAME):
                    heads.append((number, place, length, head))
        for number, place, length, head in sorted(heads, reverse=True):
            content = self._read(place + FRAME, length)
            if number and state_head(number, content, self._salt) == head:
                n_neurons = self._header.groups[-1].stop
                try:
                    return number, decode_state(content, self._header.trials, n_neurons)
                except FormError as error:
                    raise FormError(f"is not a trace of hamsim: {error}") from None
        return 0, None
