"""`hamsim recall`: what is told of cues, and written."""

import csv
import json
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

SIGN = ("--set", "groups.neurons.lagrangian=sign")
HOPFIELD = str(Path(__file__).parent.parent.parent / "networks" / "hopfield.yaml")
DATA = str(Path(HOPFIELD).parent / "data" / "dense.npz")


@pytest.fixture
def letters(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with np.load(DATA) as data:
        np.save("letters.npy", data["letters"].reshape(4, 64))
        np.save("cues.npy", data["letters_cues"])
    return HOPFIELD


def test_cues_in_a_file_and_a_table(run, letters):
    status, out, err = run("recall", letters, *SIGN, "--cue", "cues.npy", "--out", "found.csv")
    assert (status, err) == (0, "")
    assert "9 cues, 4 patterns: 8 stored, 1 negative" in out
    assert out.endswith("found.csv\n")
    with open("found.csv") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["found"] for row in rows] == ["0", "1", "2", "3", "0", "1", "2", "3", "0"]
    assert rows[8]["kind"] == "negative"
    assert [abs(float(row["overlap"])) for row in rows] == [1.0] * 9
    assert [int(row["updates"]) for row in rows] == [12] * 4 + [32] * 4 + [0]
    more = (
        "--plot",
        "found.png",
        "--threshold",
        "0.99",
        "--method",
        "synchronous",
        "--sweeps",
        "1",
    )
    status, out, err = run("recall", letters, *SIGN, *more)
    assert (status, err) == (0, "")
    assert out.endswith("method  synchronous\nfound.png\n")
    picture = matplotlib.image.imread("found.png")
    assert picture.shape[0] > 500  # letters above, overlaps below
    assert picture[..., :3].std() > 0.2
    for more in ((), ("--patterns", "letters.npy"), ("--patterns", f"{DATA}:letters")):
        status, out, err = run("recall", letters, *SIGN, "--json", *more)
        assert (status, err) == (0, "")
        found = json.loads(out)
        assert [str(number) for number in found["found"]] == [row["found"] for row in rows]
        assert found["energy"] == [float(row["energy"]) for row in rows]
        assert np.shape(found["overlaps"]) == (9, 4)


DENSE = """\
format: hamsim/1
seed: 2
groups:
  seen: {size: 30, lagrangian: sign, initial: {corrupt: {of: {patterns: m}, flips: 0.1}}}
  memory: {size: 60, lagrangian: identity, tau: 0}
connections:
  - {name: m, between: [seen, memory], weights: {memories: {signs: {}, count: 60}}}
"""


def test_another_f_of_memories(run, letters):
    with open("dense.yaml", "w") as stream:
        stream.write(DENSE)
    for dense, told in (("{degree: 2}", "spurious"), ("{degree: 4}", "60 stored")):
        status, out, err = run("recall", "dense.yaml", "--dense", dense)
        assert (status, err) == (0, "")
        assert told in out.split("\n")[0]
    status, out, err = run("recall", "dense.yaml", "--dense", "{degre: 2}")
    assert (status, out) == (2, "")
    assert "dense" in err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--cue", "nosuch.npy"), "--cue nosuch.npy: no such file"),
        (("--cue", f"{DATA}:nosuch"), "no array 'nosuch' in 'dense.npz'"),
        (("--out", "found.txt"), "--out found.txt: allowed endings are .csv, .tsv"),
        (("--patterns", "nosuch"), "no connection 'nosuch' with patterns"),
        (("--threshold", "2"), "threshold is 2.0; it must be an overlap above 0, and at most 1"),
    ],
)
def test_what_does_not_fit_is_one_line(run, letters, more, message):
    status, out, err = run("recall", letters, *SIGN, *more)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err
