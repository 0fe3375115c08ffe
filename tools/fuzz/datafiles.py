"""Data files, sound and spoilt: functions of a `random.Random` that give a name and bytes.

`sound(rng)` gives a file that hamsim reads, `spoilt(rng)` one with something wrong: flipped and cut
bytes, claims of huge sizes, other kinds of content than the name says, numbers that the format does
not allow. Nothing is written; no file is larger than some hundred kilobytes.
"""

import io
import zipfile

import numpy as np
import scipy.io
import scipy.sparse

__all__ = ["KINDS", "MUTATIONS", "sound", "spoilt"]

DTYPES = ("<f8", ">f8", "<f4", "<f2", "<i8", ">i4", "|u1", "|b1", "<g", "<u2")
WRONG_DTYPES = ("<c16", "<U5", "|S3", "<M8[s]", "<m8[D]", "|V8")
HUGE = (2**31, 2**32 + 1, 10**9, 10**12, 2**63 - 1, 2**64)
FORMATS = ("csr", "csc", "coo", "bsr", "dia")


def numbers(rng, symmetric=None):
    """A small square matrix."""
    n = rng.randint(1, 5)
    array = np.array([[rng.choice([0, 0, 1, -2, 0.5]) for _ in range(n)] for _ in range(n)])
    if rng.random() < 0.5 if symmetric is None else symmetric:
        array = array + array.T
    return array.astype(float)


def _saved(write, *arguments, **options):
    stream = io.BytesIO()
    write(stream, *arguments, **options)
    return stream.getvalue()


def header(shape, descr="<f8", fortran=False, version=1, padding=64):
    """Begin of an npy file that claims a shape."""
    text = f"{{'descr': {descr!r}, 'fortran_order': {fortran}, 'shape': {shape}, }}".encode()
    width = 2 if version == 1 else 4
    text += b" " * (-(len(text) + 9 + width) % padding) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(width, "little") + text


# --- sound files of each kind --------------------------------------------------------------------


def npy(rng):
    """An array of any kind of numbers, in C or Fortran order."""
    array = numbers(rng).astype(rng.choice(DTYPES))
    if rng.random() < 0.3:
        array = np.asfortranarray(array)
    return "x.npy", _saved(np.save, array)


def npz(rng):
    """One array or several, packed or not."""
    write = rng.choice([np.savez, np.savez_compressed])
    arrays = {name: numbers(rng) for name in rng.sample("abcd", rng.randint(1, 3))}
    return "x.npz", _saved(write, **arrays)


def sparse_npz(rng):
    """A matrix in one of scipy's formats."""
    matrix = getattr(scipy.sparse, f"{rng.choice(FORMATS)}_array")(numbers(rng))
    return "x.npz", _saved(scipy.sparse.save_npz, matrix, compressed=rng.random() < 0.5)


def csv(rng):
    """A table with one of three separators, with or without a header and an index."""
    separator, end = rng.choice(",;\t"), rng.choice(["\n", "\r\n"])
    array = numbers(rng)
    rows = [[f"{entry:g}" for entry in row] for row in array.tolist()]
    if rng.random() < 0.4:
        rows = [[f"n{k}", *row] for k, row in enumerate(rows)]
    if rng.random() < 0.4:
        rows = [["", *(f"n{k}" for k in range(len(rows[0]) - 1))], *rows]
    text = end.join(separator.join(row) for row in rows) + rng.choice(["", end])
    return rng.choice(["x.csv", "x.tsv"]), text.encode(rng.choice(["utf-8", "utf-8-sig"]))


def edges(rng):
    """A table of edges by numbers."""
    rows = [f"{rng.randrange(3)},{rng.randrange(3)},{rng.random():.3g}" for _ in range(4)]
    return "edges.csv", "\n".join(["pre,post,weight", *rows]).encode()


def mtx(rng):
    """A matrix in coordinates or as an array, in any field and symmetry."""
    symmetry = rng.choice(["general", "symmetric", "skew-symmetric"])
    array = numbers(rng, symmetric=symmetry == "symmetric")
    if symmetry == "skew-symmetric":
        array = array - array.T
    field = rng.choice(["real", "integer"])
    array = np.trunc(array) if field == "integer" else array
    matrix = array if rng.random() < 0.4 else scipy.sparse.coo_array(array)
    return "x.mtx", _saved(scipy.io.mmwrite, matrix, field=field, symmetry=symmetry)


KINDS = (npy, npz, sparse_npz, csv, edges, mtx)


def sound(rng):
    """Name and bytes of a file that is what it says."""
    return rng.choice(KINDS)(rng)


# --- what is done to them ------------------------------------------------------------------------


def flipped(rng):
    """Some bits of a sound file turned over."""
    name, content = sound(rng)
    spoilt_bytes = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        spoilt_bytes[rng.randrange(len(spoilt_bytes))] ^= 1 << rng.randrange(8)
    return name, bytes(spoilt_bytes)


def cut(rng):
    """A sound file without its end, or without a piece in the middle."""
    name, content = sound(rng)
    start = rng.randrange(len(content))
    stop = len(content) if rng.random() < 0.6 else rng.randint(start, len(content))
    return name, content[:start] + content[stop:]


def continued(rng):
    """Bytes after the end, or a piece that is there twice."""
    name, content = sound(rng)
    more = rng.choice([b"\0", b"5", b"\n1", rng.randbytes(8), content])
    at = len(content) if rng.random() < 0.7 else rng.randrange(len(content))
    return name, content[:at] + more + content[at:]


def renamed(rng):
    """Content of another kind than the name says."""
    name, _ = sound(rng)
    return name, rng.choice(
        [
            sound(rng)[1],
            b"",
            b"\x80\x04\x95",
            b"\x89HDF\r\n\x1a\n",
            b"\x1f\x8b\x08",
            b"<?xml version='1.0'?>",
            b"{}",
            rng.randbytes(50),
        ]
    )


def claiming_npy(rng):
    """An npy file whose header claims more than there is."""
    sides = [rng.choice(HUGE), *rng.sample([1, 3, 10**6], rng.randint(0, 2))]
    descr = rng.choice([*DTYPES, "<U2000000000", "|V2000000000"])
    start = header(tuple(sides), descr, rng.random() < 0.5, rng.choice([1, 2, 3]))
    if rng.random() < 0.2:
        start = start[:8] + (2**32 - 1).to_bytes(4, "little") + start[12:]
    return "x.npy", start + bytes(rng.randrange(64))


def wrong_npy(rng):
    """An npy file of things that are no real numbers, or not finite, or without a size."""
    kind = rng.randrange(4)
    if kind == 0:
        return "x.npy", header((2,), rng.choice(WRONG_DTYPES)) + bytes(rng.choice([4, 16, 32, 40]))
    if kind == 1:
        return "x.npy", header((2,), "|O") + b"\x80\x04N."
    if kind == 2:
        array = numbers(rng)
        array.flat[rng.randrange(array.size)] = rng.choice([np.nan, np.inf, -np.inf])
        return "x.npy", _saved(np.save, array.astype(rng.choice(["<f8", "<f2", ">f4"])))
    return "x.npy", _saved(np.save, rng.choice([np.zeros((0, 3)), np.zeros(0), np.float64(1)]))


def bomb(rng):
    """A zip whose member unpacks to some megabytes more than its header, or the group, needs."""
    megabytes, stream = rng.randint(1, 4), io.BytesIO()
    size = megabytes * 2**20
    shape = rng.choice([(3,), (size // 8,), (size // 24, 3), (10**12,)])
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", header(shape) + bytes(size))
        if rng.random() < 0.3:
            archive.writestr(rng.choice(["a", "b.npy", "../c.npy"]), b"text")
    return "x.npz", stream.getvalue()


def wrong_sparse(rng):
    """A sparse matrix in an npz file with parts that do not make up one."""
    form = rng.choice([*FORMATS, "lil", ""])
    parts = {
        "data": np.ones(2),
        "indices": np.array([0, 1]),
        "indptr": np.array([0, 1, 2]),
        "row": np.array([0, 1]),
        "col": np.array([1, 0]),
        "offsets": np.array([0]),
        "shape": np.array([2, 2]),
        "format": np.array(form.encode()),
    }
    part = rng.choice([key for key in parts if key != "format"])
    parts[part] = rng.choice(
        [
            np.array([rng.choice(HUGE[:5])] * 2),
            np.array([0.5, 1]),
            np.array([-1, 1]),
            np.array([0, 0]),
            np.array([np.nan, 1]),
            np.array(["a", "b"]),
            np.zeros((2, 2)),
            np.zeros(0),
            np.array([5, 5, 5]),
        ]
    )
    if rng.random() < 0.2:
        del parts[rng.choice(list(parts))]
    return "x.npz", _saved(np.savez, **parts)


def wrong_mtx(rng):
    """A Matrix Market file that breaks a rule of the format."""
    layout, field, symmetry = (
        rng.choice(["coordinate", "array", "elemental"]),
        rng.choice(["real", "integer", "pattern", "complex", "unsigned-integer"]),
        rng.choice(["general", "symmetric", "skew-symmetric", "hermitian"]),
    )
    huge = rng.choice([3, 3, *HUGE])
    sizes = [rng.choice([3, huge]), rng.choice([3, huge]), rng.choice([0, 1, 2, huge])]
    lines = [f"%%MatrixMarket matrix {layout} {field} {symmetry}"]
    lines += ["% a comment"] * rng.randrange(2)
    lines.append(" ".join(map(str, sizes[: 2 if layout == "array" else 3])))
    entries = ["2 1 5", "1 2 5", "2 2 5.5", "1.5 1 2", "0 1 2", "4 4 2", "2 1", "2 1 nan", "a b c"]
    lines += rng.choices(entries, k=rng.randrange(4))
    return "x.mtx", "\n".join(lines).encode()


def wrong_csv(rng):
    """A table with a cell, a line or a character that should not be there."""
    _, content = csv(rng)
    text = content.decode("utf-8-sig")
    at = rng.randrange(len(text) + 1)
    more = rng.choice(
        [
            ",",
            ";",
            '"',
            "\x1f",
            "\x00",
            "NaN",
            "1e999",
            "1_0",
            "0,5",
            "\r",
            "\n\n \n",
            "\ud7ff",
            "1," * 2000,
            "9" * 140_000,
            "\n1" * 3000,
        ]
    )
    spoilt_text = text[:at] + more + text[at:]
    return "x.csv", spoilt_text.encode(rng.choice(["utf-8", "utf-16", "utf-8-sig"]))


MUTATIONS = (
    flipped,
    cut,
    continued,
    renamed,
    claiming_npy,
    wrong_npy,
    bomb,
    wrong_sparse,
    wrong_mtx,
    wrong_csv,
)


def spoilt(rng):
    """Name and bytes of a file that may be wrong."""
    return rng.choice(MUTATIONS)(rng)
