"""Traces that are not what hamsim wrote: altered at random, or made up to deceive.

`altered` changes bytes of a trace. `crafted` makes files whose checksums are right, as far as their
format has any, and whose content is not: what hamsim must find out by looking at it.
"""

import io
import json
import struct
from collections.abc import Callable

import h5py
import numpy as np

from hamsim.trace.format import BLOCK, END, FRAME, FRONT, HEAD, OPEN, aligned, frame

__all__ = ["altered", "crafted", "old_kinds"]

HEAD_PLACE = FRONT + FRAME


# --- altered -----------------------------------------------------------------------------------


def altered(rng, content):
    """Flip, cut, smash, move or repeat some bytes of a file.

    Parameters
    ----------
    rng : random.Random
    content : bytes

    Returns
    -------
    bytes
    """
    return rng.choice((_flip, _flip, _flips, _cut, _smash, _smash, _clear, _swap, _repeat, _join))(
        rng, bytearray(content)
    )


def _place(rng, content):
    """Somewhere; more often where much depends on it."""
    draw = rng.random()
    if draw < 0.3:
        return rng.randrange(min(len(content), 8192))
    if draw < 0.5:
        return max(0, len(content) - 1 - rng.randrange(16384))
    return rng.randrange(len(content))


def _flip(rng, content):
    content[_place(rng, content)] ^= 1 << rng.randrange(8)
    return bytes(content)


def _flips(rng, content):
    for _ in range(rng.randrange(2, 200)):
        content[_place(rng, content)] ^= 1 << rng.randrange(8)
    return bytes(content)


def _cut(rng, content):
    return bytes(content[: _place(rng, content)])


def _range(rng, content):
    first = _place(rng, content)
    return first, min(len(content), first + rng.choice((1, 2, 8, 64, 512, 4096, 65536)))


def _smash(rng, content):
    first, last = _range(rng, content)
    content[first:last] = rng.randbytes(last - first)
    return bytes(content)


def _clear(rng, content):
    first, last = _range(rng, content)
    content[first:last] = rng.choice((b"\0", b"\xff")) * (last - first)
    return bytes(content)


def _swap(rng, content):
    size = rng.choice((8, 64, 512, 4096))
    one, other = (rng.randrange(max(1, len(content) // size)) * size for _ in range(2))
    parts = bytes(content[one : one + size]), bytes(content[other : other + size])
    if len(parts[0]) == len(parts[1]):
        content[one : one + size], content[other : other + size] = parts[1], parts[0]
    return bytes(content)


def _repeat(rng, content):
    first, last = _range(rng, content)
    return bytes(content[:last] + content[first:])


def _join(rng, content):
    return bytes(content) + rng.randbytes(rng.randrange(1, 5000))


# --- crafted -----------------------------------------------------------------------------------

ODD = (
    None,
    True,
    -1,
    0,
    1,
    2**31,
    2**62,
    2**200,
    -0.5,
    float("nan"),
    1e308,
    "",
    "x",
    "\ud800",
    [],
    {},
    [[]],
    {"a": 1},
    [-1],
    [2**40],
    ["a", 1],
)


def crafted(rng, content, old):
    """Make a file whose checksums are right, and whose content is not.

    Parameters
    ----------
    rng : random.Random
    content : bytes
        A trace that is complete.
    old : bytes
        One of the format before.

    Returns
    -------
    bytes
    """
    if rng.random() < 0.6:
        return rng.choice((_head, _head, _arrays, _deep, _huge_head, _ending, _edited))(
            rng, content
        )
    return rng.choice(list(old_kinds().values()))(rng, old)


def _parts(content):
    """Text and arrays of the head, and where the blocks begin."""
    length, rest = struct.unpack("<QQ", content[FRONT + 16 : FRONT + 32])
    behind = HEAD_PLACE + aligned(length, 8)
    start = aligned(behind + rest, 4096)
    return content[HEAD_PLACE : HEAD_PLACE + length], content[behind : behind + rest], start


def _with_head(content, text, arrays, front=OPEN):
    """The file with another head; its blocks are said to be its own, but not their records."""
    begin = frame(HEAD, text, len(arrays), arrays)
    head = front + begin + text + bytes(-len(text) % 8) + arrays
    head += bytes(-len(head) % 4096)
    block = bytearray(content[_parts(content)[2] :])
    block[:40] = BLOCK + struct.pack("<Q", 0) + begin[32:40]
    return head + bytes(block)


def _spoil(rng, tree):
    """Change something somewhere in a tree of lists and tables."""
    if isinstance(tree, dict | list) and tree and rng.random() < 0.85:
        key = rng.choice(list(tree)) if isinstance(tree, dict) else rng.randrange(len(tree))
        draw = rng.random()
        if draw < 0.1:
            del tree[key]
        elif draw < 0.15 and isinstance(tree, dict):
            tree[f"{key}x"] = tree[key]
        elif draw < 0.2 and isinstance(tree, list):
            tree.append(tree[key])
        else:
            tree[key] = _spoil(rng, tree[key])
        return tree
    if isinstance(tree, int) and rng.random() < 0.5:
        return tree + rng.choice((-1, 1, 2, 1000, 2**33))
    return rng.choice(ODD)


def _head(rng, content):
    text, arrays, _ = _parts(content)
    line, _, source = text.partition(b"\n")
    facts = json.loads(line)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        facts = _spoil(rng, facts)
    return _with_head(content, json.dumps(facts).encode() + b"\n" + source, arrays)


def _arrays(rng, content):
    text, arrays, _ = _parts(content)
    changed = bytearray(arrays)
    draw = rng.random()
    if draw < 0.3:
        changed = changed[: rng.randrange(len(changed))]
    elif draw < 0.5:
        changed += rng.randbytes(8 * rng.randrange(1, 9))
    else:
        place = rng.randrange(len(changed) // 8) * 8
        odd = rng.choice((b"\xff" * 8, bytes(8), struct.pack("<q", 2**40), rng.randbytes(8)))
        changed[place : place + 8] = odd
    return _with_head(content, text, bytes(changed))


def _deep(rng, content):
    _, arrays, _ = _parts(content)
    count = rng.choice((900, 10_000, 1_000_000))
    text = rng.choice(
        (b"[" * count, b"[" * count + b"]" * count, b'{"a":' * count + b"1" + b"}" * count)
    )
    return _with_head(content, text, arrays)


def _huge_head(rng, content):
    changed = bytearray(content)
    place = FRONT + 16 + 8 * rng.randrange(2)
    changed[place : place + 8] = struct.pack("<Q", rng.choice((2**32, 2**63, 2**64 - 1)))
    return bytes(changed)


def _ending(rng, content):
    """Another end, with a digest that is right."""
    place = content.rindex(END)
    length, rest = struct.unpack("<QQ", content[place + 16 : place + 32])
    facts = json.loads(content[place + FRAME : place + FRAME + length])
    facts = _spoil(rng, facts)
    text = json.dumps(facts).encode()
    head_digest = content[FRONT + 32 : FRONT + FRAME]
    begin = frame(END, text, rest, head_digest)
    behind = content[place + FRAME + aligned(length, 8) :]
    changed = content[:place] + begin + text + bytes(-len(text) % 8) + behind
    return changed if rng.random() < 0.5 else OPEN + changed[FRONT:]


def _edited(rng, content):
    """A trace that the library of HDF5 has changed, with the numbers that hamsim reads."""

    def change(file):
        name = rng.choice([key for key in file if file[key].dtype.kind == "f"])
        if file[name].size:
            file[name][...] = rng.random()

    return _in_hdf5(content, change)


# --- crafted by the library of HDF5 ------------------------------------------------------------


def _in_hdf5(content, change):
    stream = io.BytesIO(content)
    with h5py.File(stream, "r+") as file:
        change(file)
    return stream.getvalue()


def _replaced(file, name, make):
    """Put another array in the place of one, with its notes."""
    data = file[name][...] if isinstance(file[name], h5py.Dataset) else None
    del file[name]
    make(file, name, data)


def _with(**options):
    def make(file, name, data):
        options_here = {"data": data, "chunks": data.shape or None, **options}
        file.create_dataset(name, **options_here)

    return make


def _cast(kind):
    return lambda file, name, data: file.create_dataset(name, data=data.astype(kind))


def _compressed(file, name, data):
    """A hundred million zeros in a few kilobytes."""
    shape = (2**20, *data.shape[1:])
    made = file.create_dataset(
        name, shape, data.dtype, maxshape=(None, *data.shape[1:]), chunks=shape, compression=9
    )
    made[:] = 0


def _claimed(file, name, data):
    shape = (2**29, *data.shape[1:])
    file.create_dataset(
        name, shape, data.dtype, maxshape=(None, *shape[1:]), chunks=(64, *shape[1:])
    )


def _claimed_flat(file, name, data):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
    space = h5py.h5s.create_simple((2**29, *data.shape[1:]))
    kind = h5py.h5t.py_create(data.dtype)
    h5py.h5d.create(file.id, name.encode(), kind, space, plist)


def _external(file, name, data):
    file.create_dataset(name, data.shape, data.dtype, external=[("/dev/zero", 0, data.nbytes)])


def _virtual(file, name, data):
    layout = h5py.VirtualLayout(data.shape, data.dtype)
    layout[...] = h5py.VirtualSource("/dev/zero", "x", data.shape)
    file.create_virtual_dataset(name, layout)


def _attribute(name, value):
    def change(file):
        del file.attrs[name]
        if value is not None:
            file.attrs[name] = value

    return change


def old_kinds() -> dict[str, Callable[..., bytes]]:
    """Ways to change a trace of the format before, which has no checksums, into a false one.

    Returns
    -------
    dict of str to callable
        Each is called with a random.Random and the trace's bytes.
    """
    kinds = {}

    def add(name, change):
        kinds[name] = lambda rng, content: _in_hdf5(content, change)

    makers = {
        "external": _external,
        "virtual": _virtual,
        "claimed": _claimed,
        "claimed, one piece": _claimed_flat,
        "expands": _compressed,
        "filtered": _with(compression="gzip"),
        "with fletcher32": _with(fletcher32=True),
        "of whole numbers": _cast("i4"),
        "big-endian": _cast(">f8"),
        "of text": lambda file, name, data: file.create_dataset(name, data="text"),
        "of half precision": _cast("f2"),
        "complex": _cast("c16"),
        "a folder": lambda file, name, data: file.create_group(name),
        "of another shape": lambda file, name, data: file.create_dataset(
            name, data=np.stack([data, data])
        ),
        "a scalar": lambda file, name, data: file.create_dataset(name, data=1.0),
        "empty": lambda file, name, data: file.create_dataset(name, data=h5py.Empty("f8")),
        "missing": lambda file, name, data: None,
        "a soft link": lambda file, name, data: file.__setitem__(name, h5py.SoftLink("/nowhere")),
        "a link to itself": lambda file, name, data: file.__setitem__(
            name, h5py.SoftLink("/" + name)
        ),
        "an external link": lambda file, name, data: file.__setitem__(
            name, h5py.ExternalLink("/dev/zero", "/x")
        ),
        "a type": lambda file, name, data: file.__setitem__(name, np.dtype("f8")),
    }
    for what in ("x", "time", "neuron", "tau", "energy"):
        for kind, make in makers.items():
            add(f"{what} {kind}", lambda file, what=what, make=make: _replaced(file, what, make))

    texts = {
        "missing": None,
        "a number": 3,
        "bytes": np.void(b"\xff\xfe"),
        "not UTF-8": np.bytes_(b"\xff\xfe"),
        "many texts": ["a", "b"],
        "empty": h5py.Empty("S1"),
        "nested": "[" * 60_000,
        "closed": "[" * 30_000 + "]" * 30_000,
        "no JSON": "{",
        "a JSON number": "3",
        "null": "null",
        "a list of null": "[null]",
        "an empty list": "[]",
        "a huge number": "[" + "9" * 5000 + "]",
    }
    for name in ("format", "network", "groups", "source", "outcome", "stats"):
        for kind, value in texts.items():
            if name not in ("network", "source") or not isinstance(value, str):
                add(f"{name} {kind}", _attribute(name, value))

    def spoil(of):
        def make(rng, content):
            def change(file):
                tree = json.loads(file.attrs[of])
                try:
                    file.attrs[of] = json.dumps(_spoil(rng, tree))
                except (TypeError, ValueError, UnicodeEncodeError):
                    file.attrs[of] = "[-1]"

            return _in_hdf5(content, change)

        return make

    for of in ("groups", "outcome", "stats"):
        kinds[f"spoilt {of}"] = spoil(of)
    kinds["altered"] = lambda rng, content: altered(rng, content)
    return kinds
