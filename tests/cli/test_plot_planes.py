"""`hamsim plot` of planes and of sweeps as a user calls it."""

import json

import pytest


def test_planes_of_a_network_and_of_a_trace(run, pair):
    status, out, err = run("plot", pair, "--kind", "phase", "-o", "p.png")
    assert (status, out, err) == (0, "p.png\n", "")
    run("run", pair, "-o", "pair.nc", "-q")
    chosen = ["--kind", "phase", "--neurons", "right[0],left[0]", "--style", "paper", "--json"]
    facts = json.loads(run("plot", "pair.nc", *chosen)[1])
    assert facts["plot"] == "pair.png"
    assert facts["description"].startswith("Phase plane of pair: states of right[0] from")
    facts = json.loads(run("plot", pair, "--kind", "landscape", "-o", "e.svg", "--json")[1])
    assert "attractors marked" in facts["description"]
    chosen = ["--kind", "landscape", "--neurons", "left[0]", "--neurons", "right[0]"]
    assert run("plot", "pair.nc", *chosen, "-o", "l.pdf")[:2] == (0, "l.pdf\n")


def test_a_folder_of_a_sweep(run, pair):
    run("sweep", pair, "--over", "groups.left.tau=1:3:3", "--out", "many", "-q")
    assert run("plot", "many", "--show", "seconds")[:2] == (0, "many.png\n")
    facts = json.loads(run("plot", "many/", "--against", "groups.left.tau", "--json")[1])
    assert facts["sweep"] == "many/"
    assert facts["plot"] == "many.png"
    assert "against groups.left.tau from 1 to 3" in facts["description"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["--kind", "phase", "--neurons", "left[0]"], "neurons names 1"),
        (["--kind", "phase", "--neurons", "left[0],rigth[0]"], "right"),
        (["--neurons", "left[0],right[0]"], "--kind phase or landscape"),
        (["--kind", "fase"], "did you mean 'phase'"),
        (["--show", "energy"], "--show is for sweeps"),
        (["--times", "0:1"], "--times is for traces"),
    ],
)
def test_what_does_not_go_together_is_one_line(run, pair, asked, message):
    status, out, err = run("plot", pair, *asked)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
