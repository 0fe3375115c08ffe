"""Tables of sweeps: what stands in a file is what was kept."""

import csv
import tracemalloc

import numpy as np
import pytest
from made_sweeps import made

from hamsim.errors import HamsimError
from hamsim.scale.results import tables
from hamsim.scale.results.pooled import pooled
from hamsim.scale.results.tables import write_table

TAU = ("groups.exc.tau", "tau", [1.0, 0.1, 1 / 3])
KIND = ("kind", "kind", ["tanh", "{kind: relu, beta: 2}"])
SEED = ("seed", "seed", np.arange(4))


def ended(at):
    tau, seed = at["groups.exc.tau"], at["seed"]
    words = np.where(seed == 1, "failed", np.where(tau == 0.1, "diverged", "converged"))
    return np.where((seed == 3) & (tau == 1.0), "missing", words)


@pytest.fixture
def results():
    values = {
        "energy": lambda at: -at["groups.exc.tau"] / 3 - at["seed"],
        "steps": lambda at: at["seed"] * 10,
        "pair": lambda at: np.stack([at["groups.exc.tau"], -at["groups.exc.tau"]], axis=1),
        "final": lambda at: np.outer(at["groups.exc.tau"], np.arange(21.0)),
    }
    return made([TAU, KIND, SEED], values, ended)


def test_a_csv_has_a_row_a_run(results, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "RUNS", 7)
    path = tmp_path / "out.csv"
    assert write_table(results, path) == {"final": 21}
    with path.open(newline="") as stream:
        head, *rows = csv.reader(stream)
    assert head == [
        *("groups.exc.tau", "kind", "seed", "status", "outcome", "reason", "seconds"),
        *("energy", "steps", "pair[0]", "pair[1]"),
    ]
    assert len(rows) == 24
    for number, row in enumerate(rows):
        cells = dict(zip(head, row, strict=True))
        tau, seed = TAU[2][number // 8], number % 4
        assert float(cells["groups.exc.tau"]) == tau
        assert cells["kind"] == KIND[2][number // 4 % 2]
        outcome = results.columns["outcome"].take()[number]
        assert cells["outcome"] == outcome
        assert cells["reason"] == ("a, reason" if outcome == "failed" else "")
        if outcome in ("failed", "missing"):
            assert (cells["energy"], cells["pair[1]"], cells["seconds"]) == ("", "", "")
        else:
            assert float(cells["energy"]) == -tau / 3 - seed
            assert float(cells["pair[1]"]) == -tau


def test_parquet_has_the_same_and_arrays_as_lists(results, tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    import pyarrow.parquet

    monkeypatch.setattr(tables, "RUNS", 7)
    assert write_table(results, tmp_path / "out.parquet") == {}
    found = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pydict()
    for name, column in results.table().items():
        if "[" not in name:
            np.testing.assert_array_equal(np.array(found[name]), column)
    np.testing.assert_array_equal(np.array(found["final"]), results.of("final").reshape(24, 21))


def test_what_cannot_be_written_is_refused(results, tmp_path, monkeypatch):
    with pytest.raises(HamsimError, match=r"'out\.xlsx'; allowed endings are \.csv, \.parquet"):
        tables.require_table("out.xlsx")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(HamsimError, match="pip install pyarrow"):
        write_table(results, tmp_path / "out.parquet")
    assert not list(tmp_path.iterdir())


def test_a_table_is_written_a_part_at_a_time(tmp_path):
    results = made([("k", "k", np.arange(40_000))], {"energy": lambda at: at["k"] * 0.1})
    results.columns["seconds"].take()
    tracemalloc.start()
    write_table(results, tmp_path / "out.csv")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "out.csv").read_bytes().count(b"\n") == 40_001
    assert most < 4e6  # all cells at once are 15 MB


def test_means_are_those_of_runs_that_ended(results):
    found = pooled(results, "energy", ("tau",))
    assert found.over == ("kind", "seed")
    assert {word: count.tolist() for word, count in found.lost.items()} == {
        "diverged": [0, 6, 0],
        "failed": [2, 2, 2],
        "missing": [2, 0, 0],
    }
    assert found.count.tolist() == [4, 0, 6]
    from scipy import stats

    for place, seeds in ((0, [0, 2]), (2, [0, 2, 3])):
        values = np.repeat([-TAU[2][place] / 3 - seed for seed in seeds], 2)
        assert found.mean[place] == pytest.approx(values.mean())
        low, high = stats.t.interval(0.95, values.size - 1, values.mean(), stats.sem(values))
        assert found.half[place] == pytest.approx((high - low) / 2)
    assert np.isnan(found.mean[1])
    assert pooled(results, "energy", ("seed", "tau")).mean.shape == (4, 3)
    with pytest.raises(HamsimError, match=r"'final' is not one number a run; there are: seconds"):
        pooled(results, "final", ("tau",))


def test_single_runs_have_no_interval():
    results = made([("k", "k", [1, 2])], {"energy": lambda at: at["k"] * 1.0})
    found = pooled(results, "energy", ("k",))
    assert found.mean.tolist() == [1.0, 2.0]
    assert np.isnan(found.half).all()
