"""What HDF5's own library reads in traces that were written without it."""

import dataclasses
import json

import h5py
import numpy as np
import pytest
from made_traces import made

import hamsim
from hamsim.trace import format as traceformat
from hamsim.trace.hdf5 import SIGNATURE, lookup3
from hamsim.trace.reader import load_trace
from hamsim.trace.trace import Header


def test_the_checksum_of_hdf5(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w", libver=("v108", "v108")) as file:
        file["x"] = np.arange(3)
    block = (tmp_path / "x.h5").read_bytes()[:48]
    assert block.startswith(SIGNATURE)
    assert lookup3(block[:44]) == int.from_bytes(block[44:], "little")
    assert lookup3(b"") == 0xDEADBEEF  # published with the algorithm
    assert lookup3(b"Four score and seven years ago") == 0x17770551


@pytest.mark.parametrize("records", [0, 1, 31, 32, 5000])
def test_the_library_of_hdf5_reads_what_was_written(tmp_path, records):
    whole = made(2, "float32", records=records)
    whole.save(tmp_path / "t.nc")
    with h5py.File(tmp_path / "t.nc") as file:
        assert file.attrs["format"] == "hamsim-trace/2"
        assert file.attrs["source"] == whole.header.source
        assert json.loads(file.attrs["stats"]) == json.loads(json.dumps(whole.stats.to_dict()))
        for what, values in whole.arrays.items():
            assert np.array_equal(file[what][:], values)
            assert file[what].maxshape[0] is None
            names = [file[what].dims[k][0].name for k in range(file[what].ndim)]
            assert names == ["/time", "/trial", "/neuron"][: file[what].ndim]
        assert np.array_equal(file["time"][:], whole.t)
        assert file["label"].asstr()[:3].tolist() == ["a.N1", "a.N2", "a.N3"]
        assert len(file["time"].attrs["REFERENCE_LIST"]) == 4


def test_the_library_of_hdf5_reads_a_trace_of_wide_records(tmp_path, monkeypatch):
    """As where one record is more than HDF5 allows in one piece."""
    monkeypatch.setattr(traceformat, "MAX_CHUNK_BYTES", 200)
    monkeypatch.setattr(traceformat, "BLOCK_BYTES", 100)
    whole = made(3, records=10)
    whole.save(tmp_path / "t.nc")
    with h5py.File(tmp_path / "t.nc") as file:
        assert file["x"].chunks == (1, 1, 33)
        assert np.array_equal(file["x"][:], whole.arrays["x"])
    assert np.array_equal(load_trace(tmp_path / "t.nc").x, whole.x)


def test_names_that_hdf5_cannot_hold_are_kept_for_hamsim(tmp_path):
    spec = {
        "format": "hamsim/1",
        "name": "a\0b",
        "groups": {"g": {"size": 1, "lagrangian": "tanh"}},
    }
    network = hamsim.compile(spec)
    header = Header(
        "a\0b\ud800", network.groups, np.arange(1), None, ("x",), network.tau, "s\ud800"
    )
    whole = dataclasses.replace(made(None, records=3), header=header)
    whole = dataclasses.replace(whole, arrays={"x": whole.arrays["x"][..., :1]})
    whole.save(tmp_path / "t.nc")
    assert load_trace(tmp_path / "t.nc").header.name == "a\0b\ud800"
    assert load_trace(tmp_path / "t.nc").header.source == "s\ud800"
    with h5py.File(tmp_path / "t.nc") as file:
        assert file.attrs["network"] == "a\ufffdb?"
