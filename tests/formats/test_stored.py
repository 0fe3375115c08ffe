"""What earlier versions have written is read: every format, the same numbers."""

import gzip
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import hamsim
from hamsim.formats.convert import read

ROOT = Path(__file__).parents[2]
STORED = ROOT / "tests" / "stored"
VERSIONS = sorted(folder.name for folder in STORED.iterdir())

sys.path.insert(0, str(ROOT / "tools"))
try:
    from make_stored import FORMS, arrays, make
finally:
    sys.path.remove(str(ROOT / "tools"))

# Two versions may add in another order.
ROUNDING = 1e-13


@pytest.fixture(params=VERSIONS)
def folder(request):
    return STORED / request.param


def expected(folder):
    with np.load(folder / "expected.npz") as file:
        return dict(file)


def test_this_version_is_stored():
    assert hamsim.__version__ in VERSIONS


@pytest.mark.parametrize("name", ["network.yaml", *FORMS])
def test_a_network_of_every_format(folder, name):
    wanted = expected(folder)
    network = read(str(folder / name)).network
    assert network.name == "stored"
    assert [c.kind for c in network.connections].count("gate") == 1
    assert len(network.stimuli) == 2
    for key, found in arrays(network).items():
        assert found.tolist() == wanted[key].tolist(), key


def test_its_run(folder):
    wanted = expected(folder)
    found = hamsim.simulate(str(folder / "network.yaml"))
    for what in ("t", "x", "g", "energy"):
        np.testing.assert_allclose(getattr(found, what), wanted[what], ROUNDING, ROUNDING)


@pytest.mark.parametrize("name", ["trace", "trials"])
def test_traces(folder, tmp_path, name):
    path = tmp_path / "t.nc"
    path.write_bytes(gzip.decompress((folder / f"{name}.nc.gz").read_bytes()))
    wanted, found = expected(folder), hamsim.load_trace(path)
    assert found.t.tolist() == wanted["t"].tolist()
    for what in ("x", "g", "energy"):
        # Of two trials in float32 the first began where the single run did.
        values = getattr(found, what) if name == "trace" else getattr(found, what)[0]
        near = ROUNDING if name == "trace" else 1e-6
        np.testing.assert_allclose(values, wanted[what], near, near)
    assert found.made.hamsim == folder.name
    assert found.outcome == "finished"
    assert found.of("own").shape[-1] == 2
    # A trace keeps the description that it came from.
    (tmp_path / "again.yaml").write_text(found.header.source, encoding="utf-8")
    assert hamsim.compile(tmp_path / "again.yaml").W.toarray().tolist() == wanted["W"].tolist()


def test_a_version_is_stored_once(tmp_path):
    make(tmp_path / "new")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(
        path.name for path in (STORED / hamsim.__version__).iterdir()
    )
    with pytest.raises(FileExistsError):
        make(tmp_path / "new")
    shutil.rmtree(tmp_path / "new")
