"""The part of an HDF5 file that says where everything is, made without the HDF5 library.

The library writes its own structures again and again while a file grows, so that a write error, or
an end at the wrong moment, leaves a file that nobody can read, and it may crash when it cannot
write. Here they are made once, of arrays that are in the file already, and are put behind them.

Only what a netCDF-4 file of a few variables needs is made, in the oldest forms that every reader
knows: a superblock of version 2, object headers of version 2, chunks found by B-trees of version 1,
text in global heaps. The numbers of types, messages and flags are those of the HDF5 File Format
Specification, version 3.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SIGNATURE", "SUPERBLOCK", "Chunks", "Variable", "describe"]

SIGNATURE = b"\x89HDF\r\n\x1a\n"
SUPERBLOCK = 48  # bytes
NOWHERE = b"\xff" * 8
UNLIMITED = b"\xff" * 8

# Messages of object headers.
_DATASPACE, _LINK_INFO, _DATATYPE, _FILL, _LINK, _LAYOUT, _ATTRIBUTE = 1, 2, 3, 5, 6, 8, 12
_CONSTANT = 1  # a message's flag: it will not change

_TYPES = {
    "f8": bytes.fromhex("11203f000800000000004000340b0034ff030000"),
    "f4": bytes.fromhex("11201f000400000000002000170800177f000000"),
    "i8": bytes.fromhex("100800000800000000004000"),
    "text": bytes.fromhex("1901010010000000100000000100000000000800"),
    "references": bytes.fromhex("190000001000000017000000") + bytes.fromhex("08000000"),
    # Of the list of those that use a scale: the one, and which of its axes.
    "users": bytes.fromhex("3602000010000000")
    + b"dataset\0"
    + bytes.fromhex("001700000008000000")
    + b"dimension\0"
    + bytes.fromhex("08100000000400000000002000"),
}
_BRANCHES = 64  # children of a node of a B-tree
_HEAP_ITEMS = 30_000  # of at most 65,535 in one global heap
_HEAP_LEAST = 4096  # bytes


@dataclass(frozen=True)
class Chunks:
    """Where the pieces of an array are in the file.

    Parameters
    ----------
    shape : tuple of int
        Of one piece.
    offsets : ndarray of int, shape (pieces, axes)
        Place of each piece's first element in the array, sorted.
    addresses : ndarray of int, shape (pieces,)
        Its place in the file.
    """

    shape: tuple[int, ...]
    offsets: NDArray[np.int64]
    addresses: NDArray[np.int64]


@dataclass(frozen=True)
class Variable:
    """An array of a file.

    Parameters
    ----------
    kind : {"f8", "f4", "i8", "text"}
    shape : tuple of int
    axes : tuple of str
        Name of each axis; an axis has the values of the variable of its name.
    values : ndarray, sequence of str or Chunks
        What is to be written, or where it has been. The first axis of chunks may grow.
    notes : mapping of str to str
        Attributes.
    """

    kind: str
    shape: tuple[int, ...]
    axes: tuple[str, ...]
    values: Any
    notes: Mapping[str, str] = field(default_factory=dict)


def describe(
    start: int, variables: Mapping[str, Variable], notes: Mapping[str, str], behind: bytes = b""
) -> tuple[bytes, bytes]:
    """Make what goes to the begin and to the end of a file of which the rest has been written.

    Parameters
    ----------
    start : int
        Where the end begins.
    variables : mapping of str to Variable
    notes : mapping of str to str
        Attributes of the file.
    behind : bytes
        What comes last, and is not HDF5's.

    Returns
    -------
    superblock, end : bytes
        The superblock goes to the begin of the file, the other to `start`, and ends the file.
    """
    end = _End(start, variables)
    trees = {name: end.index(variable) for name, variable in variables.items()}
    heap = _Heap()
    texts = {key: heap.put(_utf8(text)) for key, text in notes.items()}
    # Sizes do not depend on addresses, so that all are known after a first round.
    for _ in range(2):
        headers = {
            name: end.header(name, variable, trees[name], heap)
            for name, variable in variables.items()
        }
        links = [_link(name, end.places.get(name, 0)) for name in variables]
        words = [_attribute(key, "text", (), heap.reference(text)) for key, text in texts.items()]
        root = _header([(_LINK_INFO, 0, b"\0\0" + NOWHERE * 2), *links, *words])
        place = end.position
        for name, header in headers.items():
            end.places[name] = place
            place += len(header)
        root_place, place = place, place + len(root)
        heap.lay_out(place)
    pieces = [*end.pieces, *headers.values(), root, heap.content(), behind]
    content = b"".join(pieces)
    block = SIGNATURE + bytes([2, 8, 8, 0]) + _u64(0) + NOWHERE
    block += _u64(start + len(content)) + _u64(root_place)
    return block + _u32(lookup3(block)), content


class _End:
    """The end of a file while it is being made."""

    def __init__(self, start: int, variables: Mapping[str, Variable]) -> None:
        self.position = start
        self.pieces: list[bytes] = []
        self.places: dict[str, int] = {}
        self.users: dict[str, list[tuple[str, int]]] = {}
        for name, variable in variables.items():
            for axis, scale in enumerate(variable.axes):
                if scale != name:
                    self.users.setdefault(scale, []).append((name, axis))
        self._texts: dict[str, list[tuple[int, int]]] = {}
        self._references: dict[str, int] = {}

    def _put(self, content: bytes) -> int:
        place = self.position
        content += bytes(-len(content) % 8)
        self.pieces.append(content)
        self.position += len(content)
        return place

    def index(self, variable: Variable) -> bytes:
        """Write what stands between a variable's header and its numbers; its layout message."""
        if isinstance(variable.values, Chunks):
            chunks = variable.values
            size = int(variable.kind[1])
            tree = self._tree(chunks, size) if chunks.addresses.size else NOWHERE
            sides = struct.pack(f"<{len(chunks.shape) + 1}I", *chunks.shape, size)
            return bytes([3, 2, len(chunks.shape) + 1]) + tree + sides
        if variable.kind == "text":
            heap = _Heap()
            tokens = [heap.put(_utf8(text)) for text in variable.values]
            heap.lay_out(self.position)
            self._put(heap.content())
            content = b"".join(heap.reference(token) for token in tokens)
        else:
            content = np.ascontiguousarray(variable.values, dtype=f"<{variable.kind}").tobytes()
        place = _u64(self._put(content)) if content else NOWHERE
        return bytes([3, 1]) + place + _u64(len(content))

    def _tree(self, chunks: Chunks, size: int) -> bytes:
        """Write a B-tree, level by level; the root's address."""
        axes = len(chunks.shape)
        key = np.dtype([("size", "<u4"), ("left_out", "<u4"), ("offset", "<u8", (axes + 1,))])
        full = np.dtype(
            [
                ("signature", "S4"),
                ("kind", "u1"),
                ("level", "u1"),
                ("used", "<u2"),
                ("left", "<u8"),
                ("right", "<u8"),
                ("branches", np.dtype([("key", key), ("child", "<u8")]), (_BRANCHES,)),
                ("last", key),
            ]
        )
        keys = np.zeros(chunks.addresses.size + 1, dtype=key)
        keys["size"] = np.prod(chunks.shape, dtype=np.int64) * size
        keys["offset"][:-1, :-1] = chunks.offsets
        # Behind the last piece.
        keys["offset"][-1, :-1] = chunks.offsets[-1]
        keys["offset"][-1, 0] += chunks.shape[0]
        children = chunks.addresses
        level = 0
        while True:
            count = -(-children.size // _BRANCHES)
            nodes = np.zeros(count, dtype=full)
            addresses = self.position + full.itemsize * np.arange(count, dtype=np.int64)
            nodes["signature"], nodes["kind"], nodes["level"] = b"TREE", 1, level
            nodes["left"], nodes["right"] = 2**64 - 1, 2**64 - 1
            nodes["left"][1:], nodes["right"][:-1] = addresses[:-1], addresses[1:]
            used = np.full(count, _BRANCHES)
            used[-1] = children.size - _BRANCHES * (count - 1)
            nodes["used"] = used
            slot = np.arange(children.size)
            places = (slot // _BRANCHES, slot % _BRANCHES)
            nodes["branches"]["key"][places] = keys[:-1]
            nodes["branches"]["child"][places] = children
            # The key behind a node's last child is the next node's first.
            behind = np.minimum((np.arange(count) + 1) * _BRANCHES, children.size)
            nodes["last"] = keys[behind]
            short = int(used[-1])
            if short < _BRANCHES:
                nodes["branches"]["key"][-1, short] = keys[-1]
            self._put(nodes.tobytes())
            if count == 1:
                return _u64(int(addresses[0]))
            keys = np.concatenate([keys[:-1][::_BRANCHES], keys[-1:]])
            children, level = addresses, level + 1

    def header(self, name: str, variable: Variable, layout: bytes, heap: _Heap) -> bytes:
        """Object header of a variable."""
        chunked = isinstance(variable.values, Chunks)
        shape = variable.shape
        limits = b"".join(_u64(side) for side in shape)
        if chunked:
            limits = UNLIMITED + limits[8:]
        space = bytes([2, len(shape), 1, 1]) + b"".join(_u64(side) for side in shape) + limits
        messages = [
            (_DATASPACE, 0, space),
            (_DATATYPE, _CONSTANT, _TYPES[variable.kind]),
            (_FILL, _CONSTANT, bytes([3, 0x0B if chunked else 0x0A])),
            (_LAYOUT, 0, layout),
        ]
        if variable.axes == (name,):
            messages.append(_fixed_text("CLASS", "DIMENSION_SCALE"))
            messages.append(_fixed_text("NAME", name))
            users = self.users.get(name, [])
            if users:
                content = b"".join(
                    _u64(self.places.get(user, 0)) + _u32(axis) + bytes(4) for user, axis in users
                )
                messages.append(_attribute("REFERENCE_LIST", "users", (len(users),), content))
        else:
            content = b""
            for axis in variable.axes:
                token = f"{name}/{axis}"
                if token not in self._references:
                    self._references[token] = heap.put(bytes(8))
                heap.items[self._references[token]] = _u64(self.places.get(axis, 0))
                content += _u32(1) + heap.reference(self._references[token])[4:]
            axes = (len(variable.axes),)
            messages.append(_attribute("DIMENSION_LIST", "references", axes, content))
        for key, text in variable.notes.items():
            messages.append(_fixed_text(key, text))
        return _header(messages)


class _Heap:
    """Things of any length, referred to by a number."""

    def __init__(self) -> None:
        self.items: list[bytes] = []
        self._start = 0
        self._places: list[int] = []

    def put(self, item: bytes) -> int:
        """Add something; its number."""
        self.items.append(item)
        return len(self.items) - 1

    def lay_out(self, start: int) -> None:
        """Say where the heap will be."""
        self._places = []
        for first in range(0, len(self.items), _HEAP_ITEMS):
            self._places.append(start)
            start += self._size(self.items[first : first + _HEAP_ITEMS])

    @staticmethod
    def _size(items: Sequence[bytes]) -> int:
        # Always with some free space, which ends the list.
        wanted = 32 + sum(16 + len(item) + -len(item) % 8 for item in items)
        return max(_HEAP_LEAST, wanted)

    def reference(self, number: int) -> bytes:
        """What stands for a thing where it is used."""
        if not self.items[number]:
            return bytes(16)
        place = self._places[number // _HEAP_ITEMS] if self._places else 0
        return _u32(len(self.items[number])) + _u64(place) + _u32(number % _HEAP_ITEMS + 1)

    def content(self) -> bytes:
        """All of it."""
        result = []
        for first in range(0, len(self.items), _HEAP_ITEMS):
            items = self.items[first : first + _HEAP_ITEMS]
            size = self._size(items)
            parts = [b"GCOL\1\0\0\0" + _u64(size)]
            for number, item in enumerate(items, 1):
                parts.append(struct.pack("<HHIQ", number, 1, 0, len(item)) + item)
                parts.append(bytes(-len(item) % 8))
            free = size - sum(map(len, parts))
            parts.append(struct.pack("<HHIQ", 0, 0, 0, free) + bytes(free - 16))
            result += parts
        return b"".join(result)


def _utf8(text: str) -> bytes:
    """Text as HDF5 can hold it: zeros would end it, and halves of characters cannot be written."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace")


def _u32(number: int) -> bytes:
    return struct.pack("<I", number)


def _u64(number: int) -> bytes:
    return struct.pack("<Q", number)


def _link(name: str, address: int) -> tuple[int, int, bytes]:
    return _LINK, 0, bytes([1, 0, len(name)]) + name.encode() + _u64(address)


def _attribute(
    name: str, kind: str, shape: tuple[int, ...], content: bytes, type_: bytes = b""
) -> tuple[int, int, bytes]:
    type_ = type_ or _TYPES[kind]
    sides = b"".join(_u64(side) for side in shape)
    space = bytes([2, len(shape), 0, 1 if shape else 0]) + sides
    sizes = struct.pack("<HHHB", len(name) + 1, len(type_), len(space), 0)
    return _ATTRIBUTE, 0, b"\3\0" + sizes + name.encode() + b"\0" + type_ + space + content


def _fixed_text(name: str, text: str) -> tuple[int, int, bytes]:
    content = text.encode() + b"\0"
    return _attribute(name, "", (), content, b"\x13\x10\0\0" + _u32(len(content)))


def _header(messages: Sequence[tuple[int, int, bytes]]) -> bytes:
    parts = [struct.pack("<BHB", kind, len(m), flags) + m for kind, flags, m in messages]
    content = b"".join(parts)
    header = b"OHDR\2\2" + _u32(len(content)) + content
    header += _u32(lookup3(header))
    return header + bytes(-len(header) % 8)


# Shifts of the mixing of three words, and which of them each step works on.
_MIX = ((4, 0, 2, 1), (6, 1, 0, 2), (8, 2, 1, 0), (16, 0, 2, 1), (19, 1, 0, 2), (4, 2, 1, 0))
_LAST = ((14, 2, 1), (11, 0, 2), (25, 1, 0), (16, 2, 1), (4, 0, 2), (14, 1, 0), (24, 2, 1))
_MASK = 2**32 - 1


def lookup3(content: bytes) -> int:
    """Checksum of HDF5's structures: Bob Jenkins' lookup3 with an initial value of 0."""
    v = [(0xDEADBEEF + len(content)) & _MASK] * 3
    padded = content + bytes(-len(content) % 12)
    words = struct.unpack(f"<{len(padded) // 4}I", padded)
    for place in range(0, len(words), 3):
        v = [(old + word) & _MASK for old, word in zip(v, words[place : place + 3], strict=True)]
        if place + 3 == len(words):
            break
        for bits, x, y, z in _MIX:
            v[x] = ((v[x] - v[y]) & _MASK) ^ _turned(v[y], bits)
            v[y] = (v[y] + v[z]) & _MASK
    for bits, x, y in _LAST if words else ():
        v[x] = ((v[x] ^ v[y]) - _turned(v[y], bits)) & _MASK
    return v[2]


def _turned(word: int, bits: int) -> int:
    return (word << bits | word >> (32 - bits)) & _MASK
