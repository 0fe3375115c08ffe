"""Files that claim, or hold, far more than is needed are refused in little memory and time."""

import io
import os
import zipfile

import numpy as np
import pytest
import scipy.sparse
from childmemory import peak_of

MEGABYTES, SECONDS = 64, 10
GROUP = "made = {'format': 'hamsim/1', 'groups': {'c': {'size': 3, 'lagrangian': 'tanh'}}}\n"
# Where a file of numbers may stand.
PLACES = {
    "tau": "made['groups']['c']['tau'] = {'file': FILE}",
    "initial": "made['groups']['c']['initial'] = {'file': FILE}",
    "weights": "made['connections'] = [{'within': 'c', 'weights': {'file': FILE}}]",
    "edges": "made['connections'] = [{'within': 'c', 'weights': {'edges': {'file': FILE}}}]",
    "patterns": (
        "made['connections'] = [{'within': 'c', 'weights': {'store': {'patterns': "
        "{'file': FILE}}}}]"
    ),
    "neurons": "made['groups']['c'] = {'neurons': {'file': FILE}, 'lagrangian': 'tanh'}",
}


def header(shape, descr="<f8"):
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def zipped(shape, descr, size):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a.npy", "w") as member:
            member.write(header(shape, descr))
            for _ in range(size >> 20):
                member.write(bytes(2**20))
            member.write(bytes(size % 2**20))
    return stream.getvalue()


def saved(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


MTX = b"%%MatrixMarket matrix "
HOSTILE = {
    "claims.npy": lambda: header((10**12,)),
    "bytes.npy": lambda: header((20_000_000,), "|u1") + bytes(20_000_000),
    "header.npy": lambda: b"\x93NUMPY\x02\x00\xff\xff\xff\x7f" + b" " * 100,
    "bomb.npz": lambda: zipped((25_000_000,), "<f8", 200_000_000),
    "bools.npz": lambda: zipped((200_000_000,), "|b1", 200_000_000),
    "beyond.npz": lambda: zipped((3,), "<f8", 200_000_000),
    "csr.npz": lambda: saved(
        data=np.ones(1), indices=np.zeros(1, int), indptr=np.arange(2), shape=np.array([10**12] * 2)
    ),
    "coo.npz": lambda: saved(
        data=np.ones(1),
        row=np.zeros(1, int),
        col=np.zeros(1, int),
        shape=np.array([10**8] * 2),
        format=np.array(b"coo"),
    ),
    "dense.mtx": lambda: MTX + b"array real general\n100000 100000\n1\n",
    "lower.mtx": lambda: MTX + b"array real symmetric\n9000 9000\n1\n",
    "wide.mtx": lambda: MTX + b"coordinate real general\n200000000 200000000 1\n1 1 1\n",
    "tall.mtx": lambda: MTX + b"coordinate real general\n2000000000 3 1\n1 1 1\n",
    "many.mtx": lambda: MTX + b"coordinate real general\n3 3 9000000000\n1 1 1\n",
    "line.csv": lambda: b"1," * 15_000_000 + b"1\n",
    "cell.csv": lambda: b"1" * 30_000_000,
    "lines.csv": lambda: b"1\n" * 15_000_000,
    "quoted.csv": lambda: b'"1",2\n' * 5_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_needed_is_not_read(name, tmp_path):
    (tmp_path / name).write_bytes(HOSTILE[name]())
    megabytes = MEGABYTES + (tmp_path / name).stat().st_size / 2**20
    places = ["tau", "weights"] if name.endswith("mtx") else list(PLACES)
    code = "failed = []\n" + GROUP
    for place in places:
        code += f"try:\n    FILE = {name!r}\n    {PLACES[place]}\n    hamsim.compile(made)\n"
        code += "except hamsim.HamsimError as error: failed.append(str(error))\n" + GROUP
    code += f"assert len(failed) == {len(places)}, failed\nraise hamsim.HamsimError(max(failed))"
    found = peak_of(code, tmp_path)
    assert found.kind == "HamsimError", found
    assert found.megabytes < megabytes, found
    assert found.seconds < SECONDS, found


@pytest.mark.parametrize(
    ("name", "make"),
    [
        *((name, HOSTILE[name]) for name in HOSTILE if name.endswith(("npz", "mtx"))),
        ("long.yaml", lambda: b"# " + b"x" * 80_000_000),
        ("deep.yaml", lambda: b"groups: " + b"[" * 5_000_000),
        ("deep.graphml", lambda: b"<graphml>" + b"<a>" * 5_000_000),
        (
            "twice.graphml",
            lambda: b"<graphml><graph>" + b'<node id="A"/>' * 10**6 + b"</graph></graphml>",
        ),
    ],
)
def test_a_network_that_cannot_be_one(name, make, tmp_path):
    (tmp_path / name).write_bytes(make())
    found = peak_of(f"hamsim.formats.convert.read({name!r})", tmp_path)
    assert found.kind == "HamsimError", found
    assert found.megabytes < MEGABYTES + (tmp_path / name).stat().st_size / 2**20, found
    assert found.seconds < SECONDS, found


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
@pytest.mark.parametrize("suffix", ["yaml", "npy", "npz", "csv", "mtx", "json", "graphml"])
def test_devices_pipes_and_folders_are_no_files(suffix, tmp_path):
    os.mkfifo(tmp_path / f"pipe.{suffix}")
    os.symlink("/dev/zero", tmp_path / f"zero.{suffix}")
    (tmp_path / f"folder.{suffix}").mkdir()
    code = "said = []\n"
    for name in ("pipe", "zero", "folder"):
        file = f"{name}.{suffix}"
        calls = [f"hamsim.load({file!r})"]
        if suffix not in ("csv", "npy"):
            calls.append(f"hamsim.formats.convert.read({file!r})")
        if suffix in ("npy", "npz", "csv", "mtx"):
            calls.append(f"FILE = {file!r}; {PLACES['weights']}; hamsim.load(made)")
        for call in calls:
            code += f"{GROUP}try: {call}\n"
            code += "except hamsim.HamsimError as error: said.append(str(error))\n"
    found = peak_of(f"{code}raise hamsim.HamsimError('; '.join(said))", tmp_path, timeout=30)
    for what in ("a named pipe", "a device", "a folder"):
        assert found.message.count(f"is {what}") == len(calls), found


TWO = (
    "made = {'format': 'hamsim/1', 'groups': {name: {'size': SIZE, 'lagrangian': 'tanh'} "
    "for name in 'ab'}}\n"
)


@pytest.mark.parametrize(
    ("size", "more"),
    [
        (10**9, ""),
        (10**6, "made['simulation'] = {'trials': 10**9}"),
        (10**6, "made['connections'] = [{'between': ['a', 'b'], 'weights': 0.1}]"),
        (
            10**6,
            "made['connections'] = [{'within': 'a', 'weights': {'normal': {}}, 'density': .5}]",
        ),
        (10**6, "made['connections'] = [{'from': 'a', 'to': 'b', 'weights': 1, 'degree': 10**5}]"),
        (
            10**6,
            "made['connections'] = [{'within': 'a', 'weights': "
            "{'of_distance': 'd', 'space': 'ring'}}]",
        ),
        (
            10**4,
            "made['connections'] = [{'gate': 'a', 'between': ['a', 'b'], 'weights': 1}]",
        ),
        (
            3,
            "made['groups']['a']['shape'] = made['groups']['b']['shape'] = [1000, 1000, 3]\n"
            "del made['groups']['a']['size'], made['groups']['b']['size']\n"
            "made['connections'] = [{'between': ['a', 'b'], 'weights': {'conv2d': "
            "{'kernel': 1, 'window': 301, 'padding': 'same'}}}]",
        ),
        (
            10**6,
            "made['connections'] = [{'within': 'a', 'weights': {'store': {'patterns': "
            "{'file': 'p.npy'}}}}]",
        ),
    ],
)
def test_sizes_without_room_are_refused_with_what_they_would_take(size, more, tmp_path):
    if "p.npy" in more:
        np.save(tmp_path / "p.npy", np.ones((1, size)))
    found = peak_of(f"SIZE = {size}\n{TWO}{more}\nhamsim.compile(made)", tmp_path)
    assert found.kind == "HamsimError", found
    assert "GiB of memory" in found.message, found
    assert found.megabytes < 2 * MEGABYTES, found
    assert found.seconds < SECONDS, found


def test_arrays_in_python_are_not_copied_before_their_shape_is_known():
    code = "made['connections'] = [{'within': 'c', 'weights': WEIGHTS}]\nhamsim.load(made)"
    for weights in (
        "numpy.broadcast_to(0.0, (10**5, 10**5))",
        "numpy.broadcast_to(0.0, (10**4, 10**4))",
        "scipy.sparse.csr_array((10**7, 10**7))",
    ):
        found = peak_of(GROUP + code.replace("WEIGHTS", weights))
        assert found.kind == "HamsimError", found
        assert found.megabytes < MEGABYTES, found


def test_what_is_as_large_as_it_claims_is_read(tmp_path):
    matrix = scipy.sparse.random_array((2000, 2000), density=0.01, random_state=0)
    for form in ("csr", "csc", "coo", "bsr"):
        scipy.sparse.save_npz(tmp_path / "m.npz", matrix.asformat(form))
        code = (
            "made = {'format': 'hamsim/1', 'groups': {'c': {'size': 2000, 'lagrangian': 'tanh'}}, "
            "'connections': [{'from': 'c', 'to': 'c', 'self_connections': True, 'weights': "
            "{'file': 'm.npz'}}]}\n"
            "raise hamsim.HamsimError(str(hamsim.compile(made).W.nnz))"
        )
        assert peak_of(code, tmp_path).message == str(matrix.nnz)
