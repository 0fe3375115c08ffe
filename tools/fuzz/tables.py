"""Data files: numbers in npy, npz, csv, tsv and mtx, beside a network that needs them."""

import io
import struct
import zipfile

import numpy as np
import scipy.io
import scipy.sparse

from fuzz import datafiles, doors, spoil, uses
from fuzz.case import Case, Door, WrongResultError

NAMES = ("A", "B", "C")
# Where a file stands in the network, and what it holds.
PLACES = (
    "tau input initial trials weights block edges memories store neurons mask kernel gates".split()
)


def make(rng):
    if rng.random() < 0.08:
        return _permuted(rng)
    place = rng.choice(PLACES)
    if rng.random() < 0.25:
        name, content = rng.choice((datafiles.sound, datafiles.spoilt, datafiles.spoilt))(rng)
        return _case(rng, place, name, content, f"{place} {name} of any content")
    values = _values(rng, place)
    if rng.random() < 0.15:
        values = _other_values(rng, values)
    form = rng.choice(_FORMS)
    suffix, content = form(rng, values, place)
    label = f"{place} {form.__name__.strip('_')}"
    if rng.random() < 0.6:
        spoiler = rng.choice(_SPOILERS[suffix])
        if rng.random() < 0.015:
            spoiler = _bomb if suffix == "npz" else _broad
        content = spoiler(rng, content)
        label += f" {spoiler.__name__.strip('_')}"
    name = f"table.{suffix if rng.random() < 0.96 else rng.choice(('npy', 'csv', 'npz', 'txt'))}"
    return _case(rng, place, name, content, label)


def _case(rng, place, name, content, label):
    """A network that needs the file, and now and then the file as a network."""
    tree = _network(rng, place, name)
    seed = rng.getrandbits(32)

    def call(folder):
        import os

        os.chdir(folder)
        return doors.whole(tree, seed)

    found = [Door(place, call)]
    if name.endswith((".npz", ".mtx")) and rng.random() < 0.3:
        found.append(Door("convert", _convert(name)))
    return Case("tables", label, found, {name: content}, told=repr(tree))


def _convert(name):
    def call(folder):
        import hamsim
        from hamsim.formats import convert

        spec = convert.read_spec(folder / name)[0]
        uses.require_small(spec)
        uses.used(hamsim.compile(spec))

    return call


# --- what is in them -----------------------------------------------------------------------------


def _values(rng, place):
    draw = np.random.default_rng(rng.getrandbits(64))
    if place in ("tau", "input", "initial", "mask", "neurons"):
        return draw.integers(1, 9, 3) / 4
    if place == "trials":
        return draw.normal(size=(2, 3)).round(3)
    if place == "weights":
        matrix = draw.normal(size=(3, 3)).round(3)
        matrix = matrix + matrix.T
        np.fill_diagonal(matrix, 0)
        return matrix
    if place == "block":
        return draw.normal(size=(3, 2)).round(3)
    if place == "edges":
        return np.array([[0, 1, 0.5], [1, 2, -1], [2, 0, 2]])
    if place == "gates":
        return np.array([[0, 1, 0, 0.5], [1, 0, 1, -1]])
    if place == "kernel":
        return draw.normal(size=(1, 1, 2, 2)).round(3)
    return np.where(draw.random((2, 3)) < 0.5, 1.0, -1.0)


def _other_values(rng, values):
    draw = np.random.default_rng(rng.getrandbits(64))
    how = rng.randrange(9)
    if how == 0:
        return values.T.copy()
    if how == 1:
        return np.zeros((0, *values.shape[1:]))
    if how == 2:
        return draw.normal(size=tuple(rng.randint(1, 4) for _ in range(rng.randint(1, 4))))
    changed = values.astype(float).copy()
    at = tuple(rng.randrange(side) for side in changed.shape)
    changed[at] = rng.choice((np.nan, np.inf, -np.inf, 1e308, -1, 1e-320, 1.5, 2**60, 7))
    return changed if how < 8 else np.concatenate([changed, changed])


def _network(rng, place, name):
    value = {"file": name}
    if rng.random() < 0.5 and name.endswith("npz"):
        value["key"] = rng.choice(("a", "b"))
    for key in ("header", "index", "key"):
        if rng.random() < 0.05:
            value[key] = rng.choice((True, False, "tau", "id", 0))
    named = rng.random() < 0.5
    group = {"neurons": list(NAMES)} if named else {"size": 3}
    a = {**group, "lagrangian": "tanh"}
    groups = {"a": a, "b": {"size": 2, "lagrangian": "identity"}}
    tree = {"format": "hamsim/1", "groups": groups, "connections": []}
    if place in ("tau", "input", "initial"):
        a[place] = value
    elif place == "trials":
        a["initial"] = value
    elif place == "neurons":
        del a["neurons" if named else "size"]
        a["neurons"] = {key: item for key, item in value.items() if key == "file"}
    elif place == "mask":
        tree["stimuli"] = [{"group": "a", "value": 1, "mask": value}]
    elif place == "kernel":
        groups["a"] = {"shape": [3, 3, 1], "lagrangian": "tanh"}
        groups["b"] = {"shape": [2, 2, 1], "lagrangian": "tanh"}
        rule = {"conv2d": {"kernel": value}}
        tree["connections"] = [{"between": ["a", "b"], "weights": rule}]
    else:
        tree["connections"] = [_connection(rng, place, value)]
    return tree


def _connection(rng, place, value):
    if place == "weights":
        return rng.choice(({"within": "a"}, {"from": "a", "to": "a"})) | {"weights": value}
    if place == "block":
        return {"between": ["a", "b"], "weights": value}
    if place == "edges":
        if rng.random() < 0.1:
            value = {**value, "repeated": rng.choice(("add", "last", "error", "x"))}
        return {"within": "a", "weights": {"edges": value}}
    if place == "gates":
        return {"gate": "b", "between": ["a", "a"], "weights": {"edges": value}}
    if place == "memories":
        return {"between": ["a", "b"], "weights": {"memories": value}}
    rule = rng.choice(("hebbian", "storkey", "pseudoinverse"))
    return {"within": "a", "weights": {"store": {"patterns": value, "rule": rule}}}


# --- formats -------------------------------------------------------------------------------------


DTYPES = "f8 f8 f8 f4 f2 i8 i4 i1 u1 u8 >f8 >i4 ? c16 U8 S4 M8[D] O".split()


def _typed(rng, values):
    try:
        with np.errstate(all="ignore"):
            return (
                np.nan_to_num(values).astype(rng.choice(DTYPES)) if rng.random() < 0.3 else values
            )
    except (TypeError, ValueError):
        return values


def _npy(rng, values, place):
    stream = io.BytesIO()
    array = _typed(rng, values)
    np.save(stream, np.asfortranarray(array) if rng.random() < 0.2 else array, allow_pickle=True)
    return "npy", stream.getvalue()


def _npz(rng, values, place):
    stream = io.BytesIO()
    arrays = {"a": _typed(rng, values)}
    if rng.random() < 0.4:
        arrays["b"] = _typed(rng, values)
    rng.choice((np.savez, np.savez_compressed))(stream, **arrays)
    return "npz", stream.getvalue()


def _sparse(rng, values, place):
    if values.ndim != 2:
        return _npz(rng, values, place)
    form = rng.choice(("csr", "csc", "coo", "bsr"))
    stream = io.BytesIO()
    scipy.sparse.save_npz(stream, scipy.sparse.coo_array(values).asformat(form))
    if rng.random() < 0.5:
        return "npz", stream.getvalue()
    stream.seek(0)
    with np.load(stream) as stored:
        arrays = dict(stored)
    name = rng.choice([key for key in arrays if key != "data"])
    arrays[name] = rng.choice(
        (
            arrays[name].astype(float) + 0.5 if arrays[name].dtype.kind in "iu" else arrays[name],
            arrays[name][..., :-1] if arrays[name].ndim else arrays[name],
            np.array([2**40, 2**40]),
            np.array([-1, 3]),
            np.array(b"dia"),
            np.array([], dtype=int),
        )
    )
    if rng.random() < 0.2:
        del arrays[name]
    changed = io.BytesIO()
    np.savez(changed, **arrays)
    return "npz", changed.getvalue()


def _text(rng, values, place):
    suffix = rng.choice(("csv", "csv", "tsv"))
    separator = "\t" if suffix == "tsv" else rng.choice((",", ",", ";", ", "))
    rows = [
        [f"{item:.6g}" for item in row] for row in np.atleast_2d(values).reshape(-1, _last(values))
    ]
    if values.ndim == 1:
        rows = [[cell] for cell in (rows or [[]])[0]]
    if place == "edges" and rng.random() < 0.4:
        rows = [
            [NAMES[int(float(c)) % 3] if abs(float(c)) < 3 else c for c in row[:2]] + row[2:]
            for row in rows
        ]
    if place == "neurons":
        rows = [["id", "tau"], *([name, row[0]] for name, row in zip(NAMES, rows, strict=False))]
    elif rng.random() < 0.3:
        rows = _labelled(rng, rows, place) if rows else rows
    return suffix, "\n".join(separator.join(row) for row in rows).encode() + b"\n"


def _last(values):
    return max(1, values.shape[-1])


def _labelled(rng, rows, place):
    head = {"edges": ["from", "to", "weight"], "gates": ["a", "b", "c", "weight"]}.get(place)
    head = head or [*NAMES, "D", "E"][: len(rows[0])]
    if rng.random() < 0.5:
        return [head, *rows]
    labels = [*NAMES, "D", "E", "F"]
    return [["", *head], *([label, *row] for label, row in zip(labels, rows, strict=False))]


def _market(rng, values, place):
    matrix = np.atleast_2d(values.reshape(-1, _last(values)))
    square = matrix.shape[0] == matrix.shape[1]
    mirrored = square and np.array_equal(matrix, matrix.T) and rng.random() < 0.5
    head, rows = "symmetric" if mirrored else "general", []
    if rng.random() < 0.7:
        for i, j in np.argwhere(matrix).tolist():
            if i >= j or not mirrored:
                rows.append(f"{i + 1} {j + 1} {matrix[i, j]}")
        sizes = f"{matrix.shape[0]} {matrix.shape[1]} {len(rows)}"
        return "mtx", _market_text("coordinate", head, sizes, rows)
    for j, column in enumerate(matrix.T.tolist()):
        rows += [str(value) for value in (column[j:] if mirrored else column)]
    return "mtx", _market_text("array", head, f"{matrix.shape[0]} {matrix.shape[1]}", rows)


def _market_text(layout, head, sizes, rows):
    lines = [f"%%MatrixMarket matrix {layout} real {head}", "%", sizes, *rows]
    return "\n".join(lines).encode() + b"\n"


_FORMS = (_npy, _npz, _sparse, _text, _text, _text, _market)


# --- spoilt --------------------------------------------------------------------------------


def _bytes(rng, content):
    return spoil.spoilt(rng, content)


def _header(rng, content):
    """The header of an npy file says something else."""
    if content[:6] != b"\x93NUMPY":
        return content
    length = struct.unpack("<H", content[8:10])[0]
    header = content[10 : 10 + length]
    old, new = rng.choice(
        (
            (b"'shape': (", b"'shape': (1000000000, "),
            (b"'shape': (", b"'shape': (1000000000000, 1000000000000, "),
            (b"'shape': (", b"'shape': (-1, "),
            (b"'shape': (", b"'shape': (True, "),
            (b"'shape': (", b"'shape': (0, "),
            (b"'shape': (", b"'shape': (1.5, "),
            (b"'shape': ", b"'shape': 3 if 1 else "),
            (b"<f8", b"|O"),
            (b"<f8", b"<U99999999"),
            (b"<f8", b"|V8"),
            (b"<f8", b"<m8[s]"),
            (b"<f8", b"<f8,<f8"),
            (b"<f8", b"<g16"),
            (b"False", b"True"),
            (b"False", b"2"),
            (b"descr", b"descs"),
            (b"{", b"{" * 300),
            (b"{", b"__import__('os') or {"),
        )
    )
    header = header.replace(old, new, 1).rstrip(b" \n") + b"\n"
    return content[:8] + struct.pack("<H", len(header) % 65536) + header + content[10 + length :]


def _appended(rng, content):
    return content + rng.choice((b"\x00", b"\n", b"1 1 1\n", content, rng.randbytes(100)))


def _zipped(rng, content):
    """Members that are not arrays, twice there, that claim more, or that grow."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except Exception:
        return content
    name = rng.choice(members)[0]
    how = rng.randrange(6)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, data in members:
            if how == 0 and other == name:
                data = _header(rng, data)
            if how == 1 and other == name:
                data = spoil.spoilt(rng, data)
            if how == 2 and other == name:
                data += b"\x00" * rng.choice((8, 30_000_000))
            if how == 3:
                other = rng.choice(("../" + other, other[:-4], "/" + other, "\u03c4.npy", ".npy"))
            if other not in archive.namelist():  # the library would warn
                archive.writestr(_member(other), data)
        if how == 4:
            archive.writestr(_member("extra.txt"), b"no array")
    changed = stream.getvalue()
    if how == 5:  # sizes in the central directory
        at = changed.rfind(b"PK\x01\x02")
        claim = struct.pack("<I", rng.choice((0, 0xFFFFFFFF, 4_000_000_000)))
        return changed[: at + 24] + claim + changed[at + 28 :]
    return changed


def _member(name):
    """A member of an archive that does not hold the time of today."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _cells(rng, content):
    """A cell, a row or a separator of a text changed."""
    text = content.decode("utf-8", "replace")
    new = rng.choice(
        (
            "",
            "nan",
            "NA",
            "inf",
            "1e400",
            "1,5",
            "0x10",
            "1_0",
            "-",
            "A",
            '"',
            '"A',
            "'1'",
            "1\x00",
            "\u0661",
            "a" * 50_000,
            "1" * 50_000,
            "A;B",
            "#",
            "%",
            "1 2",
            "2.5",
            "-1",
            "99999999999999999999",
        )
    )
    lines = text.split("\n")
    k = rng.randrange(len(lines))
    for separator in ("\t", ";", ",", " "):
        if separator in lines[k]:
            cells = lines[k].split(separator)
            cells[rng.randrange(len(cells))] = new
            lines[k] = separator.join(cells)
            break
    else:
        lines[k] = new
    how = rng.randrange(8)
    if how == 0:
        del lines[k]
    elif how == 1:
        lines.insert(k, lines[k])
    elif how == 2:
        lines[k] += rng.choice((",", ";", " ", "\t", ",1", " 1"))
    elif how == 3:
        lines.insert(k, "")
    return spoil.encoded(rng, "\n".join(lines))


def _claims(rng, content):
    """The banner and sizes of a Matrix Market file say something else."""
    text = content.decode("latin-1")
    old, new = rng.choice(
        (
            ("real", "integer"),
            ("real", "pattern"),
            ("real", "complex"),
            ("general", "symmetric"),
            ("general", "skew-symmetric"),
            ("general", "hermitian"),
            ("coordinate", "array"),
            ("array", "coordinate"),
            ("matrix", "vector"),
            ("%%MatrixMarket", "%MatrixMarket"),
            ("\n3 ", "\n2000000000 "),
            ("\n3 3 ", "\n30000 30000 "),
            ("\n3 ", "\n-3 "),
            ("\n3 ", "\n3.5 "),
            ("\n3 ", "\n0 "),
            ("\n1 2 ", "\n0 2 "),
            ("\n1 2 ", "\n1 9 "),
            ("\n1 2 ", "\n1.5 2 "),
            ("\n", "\n% comment\n"),
            ("\n", "\n\n"),
            ("\n", "\n" + "%" * 100_000 + "\n"),
        )
    )
    return text.replace(old, new, 1).encode("latin-1")


def _bomb(rng, content):
    """Megabytes of zeros that take hundreds of bytes, or their like in a text."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        npy = io.BytesIO()
        np.save(npy, np.zeros(rng.choice((3, 3_000_000, 16_000_000))))
        archive.writestr(_member("a.npy"), npy.getvalue() + b"\x00" * rng.choice((0, 50_000_000)))
    return stream.getvalue()


def _broad(rng, content):
    """A line with more cells than anybody needs."""
    return b"1," * rng.choice((20_000, 500_000)) + b"1\n" + content


_SPOILERS = {
    "npy": (_bytes, _header, _header, _appended),
    "npz": (_bytes, _zipped, _zipped, _appended),
    "csv": (_bytes, _cells, _cells, _cells),
    "tsv": (_bytes, _cells, _cells, _cells),
    "mtx": (_bytes, _cells, _cells, _claims, _claims, _appended),
}


# --- labels --------------------------------------------------------------------------------


def _permuted(rng):
    """A matrix with the names of its neurons, in two orders: the same network."""
    draw = np.random.default_rng(rng.getrandbits(64))
    n = rng.randint(2, 6)
    names = rng.sample(("A", "B", "C", "x1", "x2", "10", "2", "\u03c4"), n)
    matrix = draw.normal(size=(n, n)).round(4)
    np.fill_diagonal(matrix, 0)

    def text(order, columns):
        rows = [["", *(names[k] for k in columns)]]
        rows += [[names[i], *(str(matrix[i, k]) for k in columns)] for i in order]
        return "\n".join(",".join(row) for row in rows).encode()

    orders = [rng.sample(range(n), n) for _ in range(2)]
    plain = list(range(n))
    files = {"plain.csv": text(plain, plain), "permuted.csv": text(*orders)}

    def call(folder):
        import os

        import hamsim

        os.chdir(folder)
        found = []
        for name in files:
            group = {"neurons": names, "lagrangian": "tanh"}
            part = {"from": "a", "to": "a", "weights": {"file": name}}
            tree = {"format": "hamsim/1", "groups": {"a": group}, "connections": [part]}
            found.append(hamsim.compile(tree).W.toarray())
        if not np.array_equal(found[0], matrix) or not np.array_equal(found[1], matrix):
            raise WrongResultError(f"labels in another order give another matrix: {found}")

    return Case("tables", "permuted labels", [Door("permuted", call)], files)
