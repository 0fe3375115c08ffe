"""What the formats of files do not allow, or do not say, is refused with its cause."""

import io
import zipfile

import numpy as np
import pytest
import scipy.sparse

import hamsim
from hamsim.spec.datafiles import DataFileError, DataFiles

HEAD = "%%MatrixMarket matrix "


def read(path, content, key=None):
    path.write_bytes(content)
    return DataFiles().read(str(path), key)


def saved(write, *arguments, **options):
    stream = io.BytesIO()
    write(stream, *arguments, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "coordinate real symmetric\n3 3 2\n2 1 5\n1 3 4\n",
            "it is symmetric, but holds the entry [1, 3] above the diagonal",
        ),
        (
            "coordinate real skew-symmetric\n2 2 1\n1 1 5\n",
            "it is skew-symmetric, but holds the entry [1, 1] on the diagonal, which is 0",
        ),
        ("coordinate real symmetric\n2 3 1\n2 1 5\n", "it is symmetric, but has 2 rows and 3 col"),
        ("coordinate integer general\n2 2 1\n2 1 5.5\n", "line 3: its field is integer, but it ho"),
        ("array integer general\n1 2\n1\n5.5\n", "line 4: its field is integer, but it holds 5.5"),
        ("coordinate unsigned-integer general\n2 2 1\n2 1 -5\n", "it holds -5"),
        ("coordinate complex general\n2 2 1\n2 1 5 1\n", "complex numbers, not real numbers"),
        (
            "coordinate pattern general\n2 2 1\n2 1 5\n",
            "1 entry of 2 numbers, and holds lines",
        ),
        (
            "coordinate real general\n2 2 1\n2 1     \n",
            "1 entry of 3 numbers, and holds lines of 2",
        ),
        ("coordinate real general\n2 2 2\n2 1 5\n%%%%%%%%%%%%\n", "2 entries, and holds 1"),
        ("coordinate real general\n2 2 1\n2 1 5\n1 2 5\n", "announces 1 entry, and holds more"),
        ("coordinate real general\n2 2 2\n2 1 5\n2 1 5\n", "entry 2, [2, 1], is there before"),
        (
            "coordinate real general\n2 2 1\n1.5 1 5\n",
            "entry 1 is in row 1.5, which is not",
        ),
        (
            "coordinate real general\n2 2 1\n1 0 5\n",
            "in column 0, which is not a whole",
        ),
        ("coordinate real general\n2 2.0 1\n1 1 5\n", "line 2: the sizes are whole numbers"),
        ("coordinate real general\n2 2\n1 1 5\n", "line 2: the sizes are whole numbers, rows, col"),
        ("array pattern general\n1 1\n1\n", "a pattern has no numbers"),
        ("array real general\n2 2\n1\n2\n3\n4\n5\n", "announces 4 numbers, and holds more"),
        ("array real elliptic\n2 2\n1\n", "its symmetry is elliptic; allowed: general, symmetric"),
        ("coordinate real general\n2 2 1\n1 2 1,5\n", "line 3: '1,5' is not a number"),
    ],
)
def test_a_matrix_market_file_is_what_it_says(text, message, tmp_path):
    with pytest.raises(DataFileError) as caught:
        read(tmp_path / "x.mtx", (HEAD + text).encode())
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("coordinate real symmetric\n2 2 2\n1 1 3\n2 1 5\n", [[3, 5], [5, 0]]),
        ("coordinate real skew-symmetric\n2 2 1\n2 1 5\n", [[0, -5], [5, 0]]),
        ("coordinate pattern symmetric\n2 2 1\n2 1\n", [[0, 1], [1, 0]]),
        ("coordinate unsigned-integer general\n2 2 1\n1 2 7\n", [[0, 7], [0, 0]]),
        ("array real general\n2 2\n1\n2\n3\n4\n", [[1, 3], [2, 4]]),
        ("array real symmetric\n2 2\n1\n2\n4\n", [[1, 2], [2, 4]]),
        ("array real skew-symmetric\n2 2\n2\n", [[0, -2], [2, 0]]),
    ],
)
def test_each_symmetry_is_read(text, expected, tmp_path):
    found = read(tmp_path / "x.mtx", (HEAD + text).encode())
    dense = found.toarray() if scipy.sparse.issparse(found) else found
    assert dense.tolist() == expected


NUMBERS = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("kind", ["<f8", ">f8", "<f4", ">f4", "<f2", "<i8", ">i2", "|u1", "<g"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_every_kind_and_order_of_numbers(kind, order, suffix, tmp_path):
    array = np.array(NUMBERS.astype(kind), order=order)
    content = saved(np.save, array) if suffix == ".npy" else saved(np.savez_compressed, array)
    found = read(tmp_path / f"x{suffix}", content)
    assert found.tolist() == NUMBERS.tolist()
    assert found.flags.c_contiguous


@pytest.mark.parametrize(
    ("array", "held"),
    [
        (np.array([1j]), "complex numbers"),
        (np.array(["1", "2"]), "text"),
        (np.array([b"1"]), "text"),
        (np.array([object()]), "Python objects"),
        (np.array([(1.0, 2)], dtype=[("a", "f8"), ("b", "i4")]), "records"),
        (np.array(["2026-01-01"], dtype="M8[D]"), "dates"),
        (np.array([5], dtype="m8[s]"), "times"),
    ],
)
def test_an_array_of_other_things_is_refused(array, held, tmp_path):
    array = array if array.dtype != object else np.array([None, 1], dtype=object)
    for suffix, write in ((".npy", np.save), (".npz", np.savez)):
        with pytest.raises(DataFileError, match=f"holds {held}, not real numbers"):
            read(tmp_path / f"x{suffix}", saved(write, array))


def test_not_finite_and_not_whole(tmp_path):
    for kind in ("<f8", "<f2", ">f4"):
        array = np.array([[0, 1], [np.inf, 2]], dtype=kind)
        with pytest.raises(DataFileError, match=r"not finite"):
            read(tmp_path / "x.npy", saved(np.save, array))
    if np.finfo(np.longdouble).max > np.finfo(float).max:
        beyond = np.array([np.finfo(np.longdouble).max])
        with pytest.raises(DataFileError, match=r"is not finite at \[0\]"):
            read(tmp_path / "x.npy", saved(np.save, beyond))


@pytest.mark.parametrize("more", [b"\0", b"\n", NUMBERS.tobytes(), saved(np.save, NUMBERS)])
def test_bytes_after_the_end_of_an_array(more, tmp_path):
    content = saved(np.save, NUMBERS)
    with pytest.raises(DataFileError, match=f"goes on for {len(more)} bytes after its array"):
        read(tmp_path / "x.npy", content + more)
    with pytest.raises(DataFileError, match="is cut short: its shape"):
        read(tmp_path / "x.npy", content[:-1])

    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("a.npy", content + more)
    with pytest.raises(DataFileError, match=f"'x.npz' key 'a' goes on for {len(more)} bytes"):
        DataFiles().read(str(tmp_path / "x.npz"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.npy", b"PK\x03\x04abcd", "is not an npy array; it looks like an npz file (a zip)"),
        ("x.npy", b"%%MatrixMarket m", "it looks like a Matrix Market file (mtx)"),
        ("x.npy", b"\x89HDF\r\n\x1a\n", "it looks like an HDF5 file"),
        ("x.npy", b"\x80\x04\x95", "it looks like a Python pickle"),
        ("x.npy", b"1,2,3\n4,5,6\n", "'x.npy' is not an npy array"),
        ("x.npz", saved(np.save, NUMBERS), "an npz file (a zip); it looks like an npy file"),
        ("x.npz", b"\x1f\x8b\x08", "it looks like a gzip file; unpack it"),
        (
            "x.mtx",
            saved(np.save, NUMBERS),
            "does not begin with %%MatrixMarket; it looks like a",
        ),
        ("x.mtx", b"1 2 3\n", "does not begin with %%MatrixMarket"),
        ("x.csv", saved(np.savez, NUMBERS), "it looks like an npz file (a zip)"),
        ("x.csv", saved(np.save, NUMBERS), "it looks like an npy file"),
    ],
)
def test_content_of_another_kind_is_told(name, content, message, tmp_path):
    with pytest.raises(DataFileError) as caught:
        read(tmp_path / name, content)
    assert message in str(caught.value)


def parts(**changes):
    whole = {
        "data": np.ones(2),
        "indices": np.array([1, 0]),
        "indptr": np.array([0, 1, 2]),
        "shape": np.array([2, 2]),
        "format": np.array(b"csr"),
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"indices": np.array([1.5, 0])}, "'indices' holds 1.5, which is no whole number"),
        ({"indptr": np.array([0, 0.5, 2])}, "'indptr' holds 0.5, which is no whole number"),
        ({"indices": np.array([2, 0])}, "an entry is at 2; the matrix has 0 to 1"),
        ({"indices": np.array([-1, 0])}, "an entry is at -1; the matrix has 0 to 1"),
        ({"indices": np.array([1])}, "'indices' has shape [1], not [2]"),
        ({"indptr": np.array([0, 2])}, "'indptr' has shape [2], not [3]"),
        ({"indptr": np.array([0, 3, 2])}, "'indptr' must rise from 0 to the number of entries, 2"),
        ({"shape": np.array([2.5, 2])}, "the shape of its matrix is [2.5, 2]"),
        ({"shape": np.array([2, 2, 2])}, "a sparse matrix has two sides"),
        ({"format": np.array(b"lil")}, "of the format 'lil'; allowed: csr, csc, bsr, coo, dia"),
        ({"format": np.array(b"coo")}, "a matrix in coo format without its 'row'"),
        ({"data": np.array(["a", "b"])}, "key 'data' holds text, not real numbers"),
    ],
)
def test_the_parts_of_a_sparse_matrix(changed, message, tmp_path):
    with pytest.raises(DataFileError) as caught:
        read(tmp_path / "x.npz", saved(np.savez, **parts(**changed)))
    assert message in str(caught.value)


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr", "dia"])
def test_every_format_of_scipy(form, tmp_path):
    dense = np.array([[0, 1.5, 0, 0], [0, 0, 2, 0], [3, 0, 0, -1], [0, 0, 0, 4]])
    for kind in ("array", "matrix"):
        matrix = getattr(scipy.sparse, f"{form}_{kind}")(dense)
        found = read(tmp_path / "x.npz", saved(scipy.sparse.save_npz, matrix))
        assert found.toarray().tolist() == dense.tolist()


def test_diagonals_that_are_rounding():
    rng = np.random.default_rng(0)
    phi = rng.normal(size=(32, 64))
    phi /= np.linalg.norm(phi, axis=0)
    weights = np.eye(64) - phi.T @ phi
    assert np.any(np.diag(weights))
    pairs = [[i, j, weights[i, j]] for i in range(64) for j in range(i, 64)]
    group = {"a": {"size": 64, "lagrangian": "tanh"}}
    for given in (weights, scipy.sparse.csr_array(weights), {"edges": pairs}):
        part = {"within": "a", "weights": given}
        made = hamsim.compile({"format": "hamsim/1", "groups": group, "connections": [part]}).W
        assert not made.diagonal().any()
        assert made.nnz == 64 * 63
    pairs[0][2] = weights[0, 0] = 1e-9
    for given in (weights, {"edges": pairs}):
        part = {"within": "a", "weights": given}
        with pytest.raises(hamsim.SpecError, match="to itself"):
            hamsim.load({"format": "hamsim/1", "groups": group, "connections": [part]})


def test_a_kernel_that_is_symmetric_but_for_rounding():
    kernel = np.array([[0.1, 0.2, 0.1], [0.2, -2e-16, 0.2], [0.1, 0.2, np.nextafter(0.1, 1)]])
    group = {"a": {"shape": [5, 5, 1], "lagrangian": "tanh"}}
    part = {"within": "a", "weights": {"conv2d": {"kernel": kernel, "padding": "same"}}}
    made = hamsim.compile({"format": "hamsim/1", "groups": group, "connections": [part]}).W
    assert (made != made.T).nnz == 0
    assert not made.diagonal().any()


def test_indices_in_python():
    for place, right in ((1.0, True), (np.int64(1), True), (1.5, False), (True, False)):
        for rule in ({"sparse": [[0, place, 2.0]], "shape": [2, 2]}, {"edges": [[0, place, 2.0]]}):
            part = {"from": "a", "to": "a", "weights": rule}
            group = {"a": {"size": 2, "lagrangian": "tanh"}}
            plain = {"format": "hamsim/1", "groups": group, "connections": [part]}
            if right:
                assert hamsim.compile(plain).W.nnz == 1
            else:
                with pytest.raises(hamsim.SpecError, match="must be a n"):
                    hamsim.load(plain)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones((2, 2)) * 1j, "an array of complex numbers, not of real numbers"),
        (np.ones((2, 2), dtype="M8[s]"), "an array of dates, not of real numbers"),
        (np.full((2, 2), b"1"), "an array of bytes, not of real numbers"),
        (np.zeros((2, 2), dtype=[("a", "f8")]), "an array of records, not of real numbers"),
        (np.full((2, 2), np.nan), "weights[0][0]: must be a finite number; of the 4 numbers 4 are"),
        (
            np.ma.masked_equal([[0.0, 1], [1, 0]], 1),
            "weights[0][1]: a masked entry, where a",
        ),
        (
            np.array([[0, 2, 0.5], [1, 0, 0.5], [0, 1, 0.5]]),
            "a list of edges is written {edges: [[a, b, weight], ...]}",
        ),
    ],
)
def test_arrays_of_other_things_in_python(weights, message):
    group = {"a": {"size": 2, "lagrangian": "tanh"}}
    part = {"from": "a", "to": "a", "weights": weights}
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load({"format": "hamsim/1", "groups": group, "connections": [part]})
    assert message in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_entries_of_a_sparse_matrix_that_are_not_finite():
    group = {"a": {"size": 2, "lagrangian": "tanh"}}
    weights = scipy.sparse.csr_array(np.array([[0, np.nan], [np.inf, 0]]))
    part = {"from": "a", "to": "a", "weights": weights}
    with pytest.raises(hamsim.SpecError, match="2 entries are not finite, of 2 of a sparse matrix"):
        hamsim.load({"format": "hamsim/1", "groups": group, "connections": [part]})


def test_a_decimal_comma_is_told_where_it_makes_a_column_too_many(tmp_path):
    (tmp_path / "e.csv").write_text("pre,post,w\n0,1,0,5\n", encoding="utf-8")
    group = {"a": {"size": 2, "lagrangian": "tanh"}}
    part = {"from": "a", "to": "a", "weights": {"edges": {"file": str(tmp_path / "e.csv")}}}
    message = "line 2 has 4 columns, not 3; decimals have a point: 0.5"
    with pytest.raises(hamsim.SpecError, match=message):
        hamsim.load({"format": "hamsim/1", "groups": group, "connections": [part]})


@pytest.mark.parametrize(
    ("shape", "place", "message"),
    [
        ((0, 2), "initial", "shape [0, 2] does not fit"),
        ((0,), "tau", "shape [0] does not fit"),
        ((0, 2), "patterns", "shape [0, 2]: there is no pattern"),
        ((0, 0), "weights", "shape [0, 0] does not fit"),
        ((0, 3), "edges", ""),
    ],
)
def test_arrays_without_numbers(shape, place, message, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros(shape))
    file = {"file": str(tmp_path / "x.npy")}
    group = {"size": 2, "lagrangian": "tanh"}
    rule = {"patterns": {"store": {"patterns": file}}, "edges": {"edges": file}}.get(place, file)
    parts = [] if place in ("initial", "tau") else [{"within": "a", "weights": rule}]
    group |= {} if parts else {place: file}
    plain = {"format": "hamsim/1", "groups": {"a": group}, "connections": parts}
    if not message:
        assert hamsim.compile(plain).W.nnz == 0
        return
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load(plain)
    assert message in str(caught.value)
