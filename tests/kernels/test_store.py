"""Kept code that is damaged, or cannot be kept, costs time and nothing else."""

import errno
import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hamsim.kernels import kept
from hamsim.kernels import store as store_module
from hamsim.kernels.jit import callback, first_call, jit
from hamsim.kernels.store import Store

FUZZ = str(Path(__file__).resolve().parents[2] / "tools" / "fuzz")
sys.path.insert(0, FUZZ)
import caches  # noqa: E402

sys.path.remove(FUZZ)

DATA = random.Random("code").randbytes(10_000)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "kernels-0123456789abcdef")


def files_of(store):
    return sorted(path for path in store.folder.iterdir() if path.name != "lock")


def test_what_is_written_is_read(store):
    assert store.read("a", "label") is None
    store.write("a", "label", DATA)
    assert store.read("a", "label") == DATA
    assert [path.name for path in files_of(store)] == ["a.nbc", "a.nbi"]
    store.write("a", "label", DATA[:100])
    assert store.read("a", "label") == DATA[:100]
    assert store.why_not == ""


def test_code_for_something_else_is_not_given_back(store):
    store.write("a", "for one processor", DATA)
    assert store.read("a", "for another") is None
    store.write("b", "for one processor", DATA[::-1])
    os.replace(store.folder / "b.nbc", store.folder / "a.nbc")
    assert store.read("a", "for one processor") is None


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("way", caches.CONTENTS)
def test_damaged_contents_are_not_given_back(store, way, ending):
    store.write("a", "label", DATA)
    path = store.folder / f"a.{ending}"
    for seed in range(20):
        store.write("a", "label", DATA)
        path.write_bytes(caches.CONTENTS[way](path.read_bytes(), random.Random(seed)))
        assert store.read("a", "label") is None
    store.write("a", "label", DATA)
    assert store.read("a", "label") == DATA


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_no_flipped_bit_is_overlooked(store, ending):
    store.write("a", "label", DATA[:300])
    path = store.folder / f"a.{ending}"
    whole = path.read_bytes()
    for k in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[k // 8] ^= 1 << k % 8
        path.write_bytes(flipped)
        assert store.read("a", "label") is None


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("way", caches.PLACES)
def test_what_is_no_file_is_replaced(store, way, ending):
    store.write("a", "label", DATA)
    path = store.folder / f"a.{ending}"
    path.unlink()
    caches.PLACES[way](path)
    assert store.read("a", "label") is None
    store.write("a", "label", DATA)
    assert store.read("a", "label") == DATA
    assert store.why_not == ""


@pytest.mark.parametrize("way", caches.PLACES)
def test_what_is_no_lock_is_replaced(store, way):
    store.write("a", "label", DATA)
    caches.PLACES[way](store.folder / "lock")
    with store.alone():
        assert store.read("a", "label") == DATA


def test_a_file_in_the_place_of_the_folder_is_replaced(store):
    store.folder.write_text("in the way")
    assert store.read("a", "label") is None
    store.write("a", "label", DATA)
    assert store.read("a", "label") == DATA


def test_a_link_to_nothing_in_the_place_of_the_folder_is_replaced(store):
    store.folder.symlink_to("nowhere")
    store.write("a", "label", DATA)
    assert store.read("a", "label") == DATA


def test_a_folder_that_goes_away_is_made_again(store):
    store.write("a", "label", DATA)
    for path in files_of(store):
        path.unlink()
    store.folder.rmdir()
    store.write("a", "label", DATA)
    assert store.read("a", "label") == DATA


def test_a_large_file_is_not_read_into_memory(store):
    store.write("a", "label", DATA)
    with open(store.folder / "a.nbc", "wb") as file:
        file.truncate(2**40)
    assert store.read("a", "label") is None


@pytest.mark.parametrize("number", ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES", "EFBIG"])
@pytest.mark.parametrize("call", ["open", "write", "replace", "mkdir"])
def test_what_cannot_be_written_is_not_kept(store, monkeypatch, number, call):
    error = OSError(getattr(errno, number), os.strerror(getattr(errno, number)))

    def fail(*arguments, **options):
        raise error

    class Full:
        def __init__(self, *arguments):
            self.file = open(*arguments)

        def __enter__(self):
            return self

        def __exit__(self, *what):
            self.file.close()

        def write(self, data):
            self.file.write(data[:10])
            raise error

    if call != "mkdir":
        store.write("b", "label", DATA)
    else:
        monkeypatch.setattr(Path, "mkdir", fail)
    if call == "open":
        monkeypatch.setattr(store_module, "open", fail, raising=False)
    elif call == "write":
        monkeypatch.setattr(store_module, "open", Full, raising=False)
    elif call == "replace":
        monkeypatch.setattr(os, "replace", fail)
    with store.alone():
        store.write("a", "label", DATA)
    monkeypatch.undo()
    assert store.why_not == error.strerror
    assert store.read("a", "label") is None
    if call != "mkdir":  # and nothing half written is left
        assert [path.name for path in files_of(store)] == ["b.nbc", "b.nbi"]


def test_without_a_folder_nothing_is_kept():
    store = Store(None, "there is no home folder")
    with store.alone():
        store.write("a", "label", DATA)
    assert store.read("a", "label") is None
    assert not store.has("a")
    assert store.why_not == "there is no home folder"


def test_a_place_below_a_file_keeps_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "kernels-0123456789abcdef")
    with store.alone():
        store.write("a", "label", DATA)
    assert store.read("a", "label") is None
    assert store.why_not


def test_folders_of_other_versions_do_not_pile_up(tmp_path):
    for k in range(9):
        folder = tmp_path / f"kernels-{k:016x}"
        folder.mkdir()
        (folder / "a.nbc").write_bytes(b"old")
        os.utime(folder, (k, k))
    (tmp_path / "kernels-of-somebody").mkdir()
    (tmp_path / "kernels-00000000000000ff").write_text("a file")
    Store(tmp_path / "kernels-ffffffffffffffff").write("a", "label", DATA)
    left = sorted(path.name for path in tmp_path.iterdir())
    newest = [f"kernels-{k:016x}" for k in range(5, 9)]
    others = ["kernels-00000000000000ff", "kernels-ffffffffffffffff", "kernels-of-somebody"]
    assert left == sorted(newest + others)


# --- numba ---


def _square(x):
    return x * x + 0.25


def _answer(x):
    """The answer of the compiled function, and whether it was loaded."""
    compiled = jit(_square)
    with first_call(f"test {id(compiled)}"):
        return compiled(x), sum(compiled.stats.cache_hits.values()) == 1


@pytest.fixture
def kept_store(monkeypatch, store):
    monkeypatch.setattr(kept, "STORE", store)
    return store


@pytest.mark.parametrize("way", caches.WAYS)
def test_damaged_code_is_compiled_again(kept_store, way):
    assert _answer(3.0) == (9.25, False)
    assert _answer(3.0) == (9.25, True)
    caches.damage(kept_store.folder.parent, way, random.Random(1))
    assert _answer(3.0)[0] == 9.25
    assert _answer(3.0)[0] == 9.25
    # Where nothing can be written it stays as it is; root can write everywhere.
    assert _answer(3.0) == (9.25, True) or way == "the folder cannot be written"


def test_code_that_cannot_be_kept_runs(kept_store, monkeypatch):
    def fail(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store_module, "open", fail, raising=False)
    assert _answer(3.0) == (9.25, False)
    assert kept_store.why_not == "No space left on device"


def test_unharmed_files_of_another_world_are_compiled_again(kept_store):
    assert _answer(3.0) == (9.25, False)
    for path in kept_store.folder.glob("*.nbi"):
        label = path.read_text().split("\n")[1]
        kept_store.write(path.stem, label, pickle.dumps(("no", "such", "thing")))
    assert _answer(3.0) == (9.25, False)
    assert _answer(3.0) == (9.25, True)


def test_settings_of_numba_that_change_the_code_are_part_of_the_label(kept_store, monkeypatch):
    import numba

    assert _answer(3.0) == (9.25, False)
    monkeypatch.setattr(numba.config, "BOUNDSCHECK", 1)
    assert _answer(3.0) == (9.25, False)


def test_callbacks_are_kept_too(kept_store):
    from numba import types

    def add(a, b):
        return a + b

    signature = types.float64(types.float64, types.float64)
    first, second = callback(signature, add), callback(signature, add)
    assert (first.cache_hits, second.cache_hits) == (0, 1)
    assert second.ctypes(1.0, 2.0) == 3.0
    caches.damage(kept_store.folder, "one bit flipped", random.Random(2))
    third = callback(signature, add)
    assert (third.cache_hits, third.ctypes(1.0, 2.0)) == (0, 3.0)


def test_functions_that_differ_do_not_share_their_code(kept_store):
    def make(constant):
        space = {}
        exec(f"def _function(x):\n    return x + {constant}", space)
        space["_function"].__module__ = __name__
        return jit(space["_function"])

    assert make("1.0")(np.float64(1.0)) == 2.0
    assert make("2.0")(np.float64(1.0)) == 3.0


RUN = """
import hamsim
net = {"format": "hamsim/1", "groups": {
    "a": {"size": 3, "lagrangian": "tanh"},
    "b": {"size": 2, "lagrangian": {"expression": "x**2/2 + c*x**4/4", "c": 0.5}}}}
network = hamsim.compile(net)
x = [0.3, -1.2, 2.0, 0.7, -0.1]
print(hamsim.activation(network, x).tobytes().hex(), hamsim.energy(network, x).total.hex())
"""


def test_the_same_bits_with_a_fresh_a_damaged_and_no_cache(tmp_path):
    def run(cache):
        done = subprocess.run(
            [sys.executable, "-c", RUN],
            env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    cache = tmp_path / "cache"
    fresh = run(cache)
    paths = sorted(path for path in cache.rglob("*.nb?"))
    assert len(paths) > 10
    assert not [path for path in cache.rglob("*") if path.suffix in (".py", ".pyc", ".part")]
    dates = [path.stat().st_mtime_ns for path in paths]
    assert run(cache) == fresh
    assert [path.stat().st_mtime_ns for path in paths] == dates  # nothing was compiled
    ways = list(caches.CONTENTS)
    for k, path in enumerate(paths):  # each file in another way
        changed = caches.CONTENTS[ways[k % len(ways)]](path.read_bytes(), random.Random(k))
        path.write_bytes(changed)
    assert run(cache) == fresh
    (tmp_path / "file").write_text("")
    assert run(tmp_path / "file") == fresh
