"""`hamsim capacity` and `hamsim recall-basins`: what is told, kept, written and drawn."""

import csv
import json

import matplotlib.image
import pytest

from hamsim.scale.plan import runs

NETWORK = """\
format: hamsim/1
name: classical
groups:
  neurons: {size: 60, lagrangian: sign}
connections:
  - {within: neurons, weights: {store: {patterns: {signs: {}, count: 3}}}}
"""
ASKED = ("--seeds", "2", "--engine", "serial", "--order", "sequential")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK)


def test_a_table_a_picture_and_a_folder(run, monkeypatch):
    more = ("--out", "load.csv", "--plot", "load.png")
    status, out, err = run("capacity", "net.yaml", "--loads", "0.05:0.1:0.05", *ASKED, *more)
    assert (status, err) == (0, "")
    assert "18 cues in 4 runs" in out
    assert "theory  Amit, Gutfreund and Sompolinsky\nnet.capacity\nload.csv\nload.png\n" in out
    with open("load.csv") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["patterns"] for row in rows] == ["3", "6"]
    assert 0.9 < float(rows[1]["overlap_low"]) <= float(rows[1]["overlap_high"]) <= 1.0
    assert matplotlib.image.imread("load.png")[..., :3].std() > 0.05

    def refused(*given, **more):
        raise AssertionError("a run is made")

    monkeypatch.setattr(runs, "simulate", refused)
    status, out, err = run("capacity", "net.yaml", "--loads", "0.05,0.1", *ASKED, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["overlap"] == [float(row["overlap"]) for row in rows]
    assert (found["folder"], found["missing"]) == ("net.capacity", 0)
    assert found["theory_of"] == "Amit, Gutfreund and Sompolinsky"


def test_basins_over_flips(run):
    asked = ("--flips", "0:0.5:0.25", *ASKED, "--plot", "basins.png", "--threshold", "0.8")
    status, out, err = run("recall-basins", "net.yaml", *asked, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["flips"] == [0.0, 0.25, 0.5]
    assert found["found"] == [1.0, 1.0, 0.0]
    assert (found["threshold"], found["over"], found["name"]) == (0.8, "flips", "classical")
    assert matplotlib.image.imread("basins.png")[..., :3].std() > 0.05


def test_ctrl_c_keeps_what_was_made(run, monkeypatch):
    made, count = runs.simulate, []

    def interrupted(*given, **more):
        count.append(1)
        if len(count) > 1:
            raise KeyboardInterrupt
        return made(*given, **more)

    monkeypatch.setattr(runs, "simulate", interrupted)
    asked = ("--flips", "0,0.2", *ASKED, "--out", "some.csv")
    status, out, err = run("recall-basins", "net.yaml", *asked)
    assert status == 130
    assert "missing 3 runs" in out
    assert err.startswith("interrupted; what was made is in net.recall-basins")
    with open("some.csv") as stream:
        assert sum(int(row["repetitions"]) for row in csv.DictReader(stream)) == 1
    monkeypatch.setattr(runs, "simulate", made)
    status, out, err = run("recall-basins", "net.yaml", *asked)
    assert (status, err) == (0, "")
    assert "missing" not in out


@pytest.mark.parametrize(
    ("command", "more", "message"),
    [
        ("capacity", (), "give --loads, as 0.05:0.2:0.01, or --patterns: one of the two"),
        ("capacity", ("--loads", "a,b"), "--loads a,b: write START:STOP:STEP, or numbers"),
        ("capacity", ("--loads", "0.1", "--out", "x.txt"), "--out x.txt: allowed endings"),
        ("capacity", ("--loads", "0.1", "--seeds", "x"), "--seeds x: write how many, or which"),
        ("capacity", ("--loads", "0.1", "--workers", "0"), "--workers 0: at least 1 is needed"),
        ("capacity", ("--loads", "0.1", "--order", "other"), "order"),
        ("recall-basins", ("--flips", "2"), "flips is [2.0]; give parts of the neurons"),
    ],
)
def test_what_does_not_fit_is_one_line(run, command, more, message):
    status, out, err = run(command, "net.yaml", *more)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err
