"""`hamsim solve`: what it prints, draws and refuses."""

import json
from pathlib import Path

import pytest

TOUR = """\
format: hamsim/1
name: five towns
groups:
  tour: {shape: [5, 5], lagrangian: {kind: softmax, over: last}, initial: {normal: {std: 0.5}}}
connections:
  - {within: tour, weights: {salesman: {cities: [[0, 0], [0, 1], [1, 1], [1, 0], [2, 0.5]]}}}
simulation: {t_end: 60}
solve: {gain: [1, 10], stages: 10, starts: 4}
"""
CUT = """\
format: hamsim/1
name: a square
groups:
  nodes: {size: 4, lagrangian: sign, initial: {signs: {}}}
connections:
  - {within: nodes, weights: {cut: [[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]]}}
solve: {temperature: [2, 0.1], stages: 30}
"""
QUEENS = """\
format: hamsim/1
groups:
  board: {shape: [4, 4], lagrangian: step, input: 0.9, initial: {bernoulli: {}}}
connections:
  - {within: board, weights: {queens: 1}}
solve: {temperature: [1, 0.05], stages: 200, starts: 4}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def written(text):
        Path("problem.yaml").write_text(text, encoding="utf-8")
        return "problem.yaml"

    return written


def test_a_tour_is_told_drawn_and_compared(run, write):
    status, out, err = run("solve", write(TOUR), "--exact", "--plot", "tour.png")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "five towns: 25 neurons, 300 synapses"
    assert lines[1] == "length    5.23607"
    assert lines[2].startswith("starts    4: length 5.23607")
    assert lines[3] == "tour      0 1 2 4 3"
    assert lines[4].startswith("exact     5.23607, proved, in ")
    assert lines[4].endswith("; the network's is as good")
    assert lines[5].startswith("time      10 stages in ")
    assert lines[6:] == ["tour.png"]
    assert Path("tour.png").read_bytes().startswith(b"\x89PNG")


def test_a_cut_is_told_and_drawn(run, write):
    status, out, err = run("solve", write(CUT), "--plot", "cut.svg", "--seed", "2")
    assert (status, err) == (0, "")
    assert out.splitlines()[1:3] == ["cut       4", "sides     2 and 2 nodes"]
    assert Path("cut.svg").stat().st_size > 1000


def test_a_board_is_told_and_drawn(run, write):
    status, out, err = run("solve", write(QUEENS), "--exact", "--plot", "board.png")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[1] == "conflicts 0"
    assert sorted(lines[3:7]) == [". . . Q", ". . Q .", ". Q . .", "Q . . ."]
    assert "proved" in lines[7]
    assert Path("board.png").read_bytes().startswith(b"\x89PNG")


def test_json_has_all(run, write):
    status, out, _ = run(
        "solve", write(TOUR), "--json", "--exact", "--gain", "2:8", "--stages", "5"
    )
    facts = json.loads(out)
    assert status == 0
    assert facts["problem"] == "tour"
    assert facts["length"] == min(facts["values"])
    assert len(facts["values"]) == 4
    assert facts["stages"] == 5
    assert facts["exact"]["optimal"]
    assert facts["exact"]["excess"] == facts["length"] / facts["exact"]["value"] - 1.0
    assert facts["made"]["seed"] == 0


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        (TOUR, ["--gain", "3"], "--gain 3: write FIRST:LAST, as in --gain 1:10"),
        (TOUR, ["--temperature", "2:1"], "the problem's neurons are graded: give gain"),
        (TOUR, ["--plot", "tour.doc"], "--plot tour.doc: allowed endings are"),
        (
            TOUR.replace("gain: [1, 10]", "gain: 3"),
            [],
            "problem.yaml:8:15: solve.gain: must be a list of two",
        ),
        (TOUR.replace("starts", "begins"), [], "problem.yaml:8:36: solve.begins: unknown key"),
        (TOUR.replace("stages: 10", "stages: 0"), [], "solve.stages: must be at least 1"),
        (CUT.split("solve")[0], [], "neurons are binary: give temperature, [first, last]"),
    ],
)
def test_what_does_not_fit_is_a_line(run, write, text, arguments, message):
    status, out, err = run("solve", write(text), *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
