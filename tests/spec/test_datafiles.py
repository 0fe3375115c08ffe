"""Files of numbers: what is read, and nothing but DataFileError for what is not."""

import io
import subprocess
import sys

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.spec.datafiles import DataFileError, DataFiles


def read(path, content, key=None):
    path.write_bytes(content)
    return DataFiles().read(str(path), key)


def bytes_of(write, *args, **kwargs):
    stream = io.BytesIO()
    write(stream, *args, **kwargs)
    return stream.getvalue()


NUMBERS = np.array([[0.0, 1.5, -2.0], [1.5, 0.0, 1e-300], [-2.0, 1e-300, 0.0]])
SOUND = {
    ".npy": [bytes_of(np.save, NUMBERS), bytes_of(np.save, np.arange(5, dtype=">i4"))],
    ".npz": [
        bytes_of(np.savez, a=NUMBERS),
        bytes_of(np.savez_compressed, a=np.arange(300) % 7, b=NUMBERS),
    ],
    ".csv": [b"a,b\n1,2\n3,4\n", b"1,2,3\r\n4,5,6\r\n", b'"a b",c\n"1",2\n'],
    ".mtx": [
        bytes_of(scipy.io.mmwrite, NUMBERS),
        bytes_of(scipy.io.mmwrite, scipy.sparse.coo_array(NUMBERS)),
        b"%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 1\n",
        b"%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 2 5\n",
    ],
}


@pytest.mark.parametrize("suffix", SOUND)
def test_a_sound_file_is_read_as_finite_float64_that_nobody_can_write(suffix, tmp_path):
    for content in SOUND[suffix]:
        found = read(tmp_path / f"x{suffix}", content, "a" if suffix == ".npz" else None)
        assert found.dtype == np.float64
        data = found.data if scipy.sparse.issparse(found) else found
        assert not data.flags.writeable
        assert np.isfinite(data).all()


@pytest.mark.parametrize(
    "array", [NUMBERS, NUMBERS[0], np.float64(2.5), np.asfortranarray(NUMBERS)]
)
def test_npy_gives_the_same_numbers(array, tmp_path):
    found = read(tmp_path / "x.npy", bytes_of(np.save, array))
    np.testing.assert_array_equal(found, array)
    assert found.flags.c_contiguous


@pytest.mark.parametrize(
    ("content", "key", "expected"),
    [
        (b"1,2\n3,4\n", None, [[1, 2], [3, 4]]),
        (b"1\n2\n", None, [1, 2]),
        (b"1,2\n", None, [[1, 2]]),
        (b"a,b\n1,2\n3,4\n", None, [[1, 2], [3, 4]]),
        (b"a,b\n1,2\n3,4\n", "b", [2, 4]),
        (b"a, b\n1, 2\n\n3, 4\n\n", "b", [2, 4]),
        (b"a;b,c\n1,2\n", "c", [2]),
        (b"a;b\n1;2\n", "b", [2]),
        (b"a\tb\r\n1\t2\r\n   \r\n3\t4\r\n", None, [[1, 2], [3, 4]]),
        (b"\xef\xbb\xbf1,2\r\n3,4\r\n", None, [[1, 2], [3, 4]]),
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", "a", [1]),
        ("größe\n1e-3\n".encode(), "größe", [0.001]),
    ],
)
def test_csv_with_and_without_a_header(content, key, expected, tmp_path):
    np.testing.assert_array_equal(read(tmp_path / "x.csv", content, key), expected)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"1,2\n3,x\n", 2),
        (b"a,b\n1,2\n3,x\n", 3),
        (b"a,b\n\n\n1,2\n\n3,x\n", 6),
        (b"a,b\n1,2\n3\n", 3),
        (b'a,"b\nc"\n1,2\n3,x\n', 4),
        (b"1,x\n3,4\n", 1),
        (b"1 2\n3 4\n", 1),
    ],
)
def test_csv_mistakes_are_named_by_the_line_of_the_file(content, line, tmp_path):
    with pytest.raises(DataFileError, match=rf"line {line}\b"):
        read(tmp_path / "x.csv", content)


@pytest.mark.parametrize(
    "content", [b"1,nan\n", b"1,inf\n", b"1,-Infinity\n", b"1,1e999\n", b"", b"\n\n", b"a,b\n"]
)
def test_csv_without_finite_numbers_is_refused(content, tmp_path):
    with pytest.raises(DataFileError):
        read(tmp_path / "x.csv", content)


def test_a_cell_of_enormous_length_is_refused(tmp_path):
    with pytest.raises(DataFileError):
        read(tmp_path / "x.csv", b"1" * 200_000)


def test_an_encrypted_archive_is_refused(tmp_path):
    content = bytearray(bytes_of(np.savez, a=NUMBERS))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + flags] |= 1
    with pytest.raises(DataFileError):
        read(tmp_path / "x.npz", bytes(content))


def test_a_sparse_matrix_has_no_duplicates(tmp_path):
    text = b"%%MatrixMarket matrix coordinate real general\n2 2 3\n1 2 5\n1 2 1\n2 1 6\n"
    with pytest.raises(DataFileError, match=r"entry 2, \[1, 2\], is there before; add them up"):
        read(tmp_path / "x.mtx", text)


COORDINATES = b"%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 5\n2 1 6"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n", b" ", b"\t", b"\r", b" \n"])
def test_a_sparse_matrix_may_end_with_blanks(end, tmp_path):
    # In a process of its own: scipy's reader ends the process where the last line ends in a blank.
    (tmp_path / "x.mtx").write_bytes(COORDINATES + end)
    code = "from hamsim.spec.datafiles import DataFiles as D; print(D().read('x.mtx').toarray())"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["[[0.", "5.]", "[6.", "0.]]"]


@pytest.mark.parametrize("junk", [b"\0", b"\0\n", b",", b",5", b"x", b"\xff\n", b" 7\n", b"-\n"])
def test_a_sparse_matrix_with_anything_but_numbers_is_refused(junk, tmp_path):
    (tmp_path / "x.mtx").write_bytes(COORDINATES + junk)
    code = "from hamsim.spec.datafiles import DataFiles as D; D().read('x.mtx')"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 1
    assert "DataFileError" in run.stderr


# No more digits than these: a header that asks for gigabytes would get them.
PIECES = [
    b"",
    b"9",
    b"-",
    b",",
    b" ",
    b"\n",
    b'"',
    b"(",
    b"nan",
    b"\0",
    b"\xff",
    b"99999999999999999999",
]


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_damaged_files_raise_nothing_but_data_file_errors(tmp_path_factory, data):
    suffix = data.draw(st.sampled_from(sorted(SOUND)))
    content = bytearray(data.draw(st.sampled_from(SOUND[suffix])))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        stop = min(len(content), start + data.draw(st.integers(0, 6)))
        no_digits = st.binary(max_size=4).map(lambda piece: piece.translate(None, b"0123456789"))
        content[start:stop] = data.draw(st.sampled_from(PIECES) | no_digits)
    if suffix == ".mtx":  # what ends the process is tested above
        content = content.replace(b"\0", b"") + b"\n"
    path = tmp_path_factory.getbasetemp() / f"damaged{suffix}"
    message = ""
    try:
        read(path, bytes(content), "a" if suffix == ".npz" else None)
    except DataFileError as error:
        message = str(error)
    assert "\n" not in message


def test_names_from_an_archive_cannot_break_the_line(tmp_path):
    path = tmp_path / "odd.npz"
    np.savez(path, **{"\n": np.zeros(3), "b\x1b[2J": np.zeros(2)})
    for key in ("a", "b"):
        with pytest.raises(DataFileError) as caught:
            DataFiles().read(str(path), key)
        assert str(caught.value).isprintable()
