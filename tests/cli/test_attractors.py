"""`hamsim fixed-points` and `hamsim basins` as a user calls them."""

import json
import os
import signal

import matplotlib.image
import numpy as np
import pytest

import hamsim

SWITCHES = """\
format: hamsim/1
name: switches
groups:
  a: {size: 2, lagrangian: tanh}
connections:
  - {within: a, weights: [[2, 0], [0, 2]], self_connections: true}
"""


@pytest.fixture
def switches(tmp_path):
    path = tmp_path / "switches.yaml"
    path.write_text(SWITCHES)
    return path


def test_a_table_and_a_picture(run, switches):
    status, out, err = run("fixed-points", switches, "--starts", 60, "--saddles", "--plot", "a.png")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == ["switches", "4 attractors of 60 starts"]
    assert lines[2].split() == ["attractor", "share", "95", "%", "energy", "kind", "rate"]
    assert sum("minimum" in line for line in lines) == 4
    assert "saddles" in lines
    assert sum(" and " in line for line in lines) == 4
    assert "unseen  0 % of all basins" in out
    assert lines[-1] == "a.png"
    assert matplotlib.image.imread("a.png")[..., :3].std() > 0.05


def test_numbers_as_json_are_those_of_python(run, switches):
    status, out, err = run(
        "fixed-points", switches, "--starts", 30, "--seed", 2, "--spread", 2, "--json"
    )
    assert (status, err) == (0, "")
    facts = json.loads(out)
    expected = hamsim.attractors(switches, 30, 2, spread=2.0)
    assert facts["labels"] == expected.labels.tolist()
    assert facts["count"] == expected.count.tolist()
    assert facts["starts"] == 30
    assert facts["saddles"] is None
    assert facts["x"] == expected.x.tolist()


def test_ctrl_c_keeps_what_was_found(run, switches, monkeypatch):
    import hamsim.equilibria.attractors as module

    find, portions = module.rest_from, []

    def pressed_in_the_second(*arguments, **options):
        portions.append(arguments)
        if len(portions) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return find(*arguments, **options)

    monkeypatch.setattr(module, "rest_from", pressed_in_the_second)
    status, out, err = run("fixed-points", switches, "--starts", 5000)
    assert (status, err) == (130, "")
    assert "4 attractors of 250 starts" in out
    assert "Ctrl-C came" in out


def test_basins_are_drawn_and_kept(run, switches):
    status, out, err = run(
        *("basins", switches, "--plane", "a[0]", "a[1]", "--size", 6, "--range", "-3:3"),
        *("-o", "plane.png", "--labels", "plane.npz"),
    )
    assert (status, err) == (0, "")
    assert "6 by 6 states: x of a[0] and x of a[1]" in out
    assert out.splitlines()[-2:] == ["plane.png", "plane.npz"]
    assert matplotlib.image.imread("plane.png")[..., :3].std() > 0.05
    with np.load("plane.npz") as kept:
        assert kept["labels"].shape == (6, 6)
        assert np.bincount(kept["labels"].reshape(-1)).tolist() == [9] * 4
        assert kept["a"].tolist() == pytest.approx(np.linspace(-3, 3, 6))


def test_basins_of_attractors_by_their_numbers(run, switches):
    status, out, err = run(
        "basins", switches, "--plane", 0, 1, "--size", 5, "--starts", 40, "--json"
    )
    assert (status, err) == (0, "")
    facts = json.loads(out)
    assert facts["names"] == ["towards attractor 0", "towards attractor 1"]
    assert facts["plot"] == "switches.basins.png"
    assert os.path.exists("switches.basins.png")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fixed-points", "--plot", "a.doc"), "--plot a.doc: allowed endings are .png"),
        (("fixed-points", "--starts", "0"), "starts is 0"),
        (("fixed-points", "--around", "me"), "around is 'me'"),
        (("fixed-points", "--trial", "1", "--set", "groups.b=1"), "groups.b"),
        (("basins", "--plane", "a[0]", "b"), "'b'"),
        (("basins", "--plane", "a[0]", "a[1]", "--range", "1"), "write LOW:HIGH"),
        (("basins", "--plane", "a[0]", "a[1]", "--labels", "x.csv"), "allowed endings are .npz"),
    ],
)
def test_mistakes_are_a_line(run, switches, arguments, message):
    command, *options = arguments
    status, out, err = run(command, switches, *options)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err
