"""`hamsim sweep`: the table and the picture of what is stored."""

import csv
import json

import pytest

OVER = ("--over", "groups.left.tau=1,2", "--over", "connections[0].scale=0.5,1", "--seeds", "2")


@pytest.fixture
def swept(run, pair):
    """Eight runs in the folder `out`."""
    short = ("--set", "simulation.t_end=0.1", "--engine", "serial", "--out", "out", "-q")
    assert run("sweep", pair, *OVER, *short) == (0, "", "")


def test_a_folder_is_looked_at(run, swept, tmp_path, monkeypatch):
    (tmp_path / "out").rename(tmp_path / "moved")
    more = ("--table", "t.csv", "--plot", "p.svg", "--show", "seconds", "--against", "seed")
    code, out, _ = run("sweep", "--out", "moved", *more)
    assert code == 0
    assert out.splitlines()[-3:] == ["moved", "t.csv", "p.svg"]
    assert "8 done" in out
    assert "kept    final (2), energy; " in out
    with open("t.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 8
    assert {row["outcome"] for row in rows} == {"finished"}
    assert {row["final[left[0]]"] for row in rows if row["groups.left.tau"] == "2"}
    picture = (tmp_path / "p.svg").read_text()
    assert "seconds a run" in picture
    assert json.loads(run("sweep", "--out", "moved", "--json")[1])["missing"] == 0


def test_a_damaged_pack_is_told(run, swept, tmp_path):
    (pack,) = (tmp_path / "out" / "packs").iterdir()
    pack.write_bytes(pack.read_bytes()[:-100])
    code, out, _ = run("sweep", "--out", "out")
    assert code == 0
    assert "8: 0 done, 8 missing" in out
    assert "damaged " in out
    assert f"{pack.name}: BadZipFile, it is damaged; its runs are missing" in out
    assert len(json.loads(run("sweep", "--out", "out", "--json")[1])["damaged"]) == 1


def test_copies_leave_table_and_picture_to_the_first(run, swept, tmp_path, monkeypatch):
    monkeypatch.setenv("PMI_SIZE", "2")
    monkeypatch.setenv("PMI_RANK", "1")
    assert run("sweep", "--out", "out", "--table", "t.csv") == (0, "", "")
    assert not (tmp_path / "t.csv").exists()
    monkeypatch.setenv("PMI_RANK", "0")
    assert run("sweep", "--out", "out", "--table", "t.csv")[0] == 0
    assert (tmp_path / "t.csv").exists()


def test_what_cannot_be_written_is_told_before_the_first_run(run, pair, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    code, _, err = run("sweep", pair, *OVER, "--out", "out", "--table", "t.parquet")
    assert (code, err) == (2, "a table in parquet needs pyarrow: pip install pyarrow\n")
    assert not (tmp_path / "out").exists()
    code, _, err = run("sweep", "--out", "out")
    assert code == 2
    assert "holds no sweep" in err
