"""Sound files of every kind are read, spoilt ones end in one line, whatever is wrong with them."""

import contextlib
import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

import hamsim
from hamsim.spec.datafiles import DataFileError, DataFiles

SOURCE = Path(__file__).parents[2] / "tools" / "fuzz" / "datafiles.py"
_spec = importlib.util.spec_from_file_location("made_datafiles", SOURCE)
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)


def written(folder, name, content):
    (folder / name).write_bytes(content)
    return str(folder / name)


@pytest.mark.parametrize("kind", made.KINDS)
def test_sound_files_are_read(kind, tmp_path):
    rng = random.Random(0)
    for _ in range(40):
        name, content = kind(rng)
        file, files = written(tmp_path, name, content), DataFiles()
        if kind is made.edges:
            assert len(files.table(file).rows) == 5
            continue
        key = "a" if kind is made.npz and b"a.npy" in content else None
        if kind is made.npz and key is None and content.count(b".npy") > 2:
            with pytest.raises(DataFileError, match="several arrays"):
                files.read(file)
            continue
        array = files.read(file, key)
        dense = array.toarray() if scipy.sparse.issparse(array) else array
        assert dense.dtype == np.float64
        assert np.isfinite(dense).all()


def description(rng, file):
    """A network of three neurons that uses a file somewhere."""
    group = {"size": 3, "lagrangian": "tanh"}
    value = {"file": file}
    match rng.randrange(6):
        case 0:
            group["initial"] = value
            return {"format": "hamsim/1", "groups": {"a": group}}
        case 1:
            group["tau"] = value
            return {"format": "hamsim/1", "groups": {"a": group}}
        case 2:
            weights = value
        case 3:
            weights = {"edges": value}
        case 4:
            weights = {"store": {"patterns": value, "coding": "real"}}
        case _:
            weights = {"one_to_one": value}
    ends = {"from": "a", "to": "a"} if rng.random() < 0.5 else {"within": "a"}
    part = {**ends, "weights": weights, "self_connections": rng.random() < 0.5}
    return {"format": "hamsim/1", "groups": {"a": group}, "connections": [part]}


@pytest.mark.parametrize("mutation", made.MUTATIONS)
def test_spoilt_files_end_in_one_line(mutation, tmp_path):
    rng = random.Random(1)
    refused = 0
    for k in range(60):
        name, content = mutation(rng)
        file = written(tmp_path, name, content)
        try:
            hamsim.compile(description(rng, file))
        except hamsim.HamsimError as error:
            refused += 1
            for line in str(error).splitlines():
                assert line.isprintable()
                assert len(line) < 600, (k, line)
        with contextlib.suppress(DataFileError):
            DataFiles().read(file)
    assert refused > 20
