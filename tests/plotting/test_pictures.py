"""Every result that can be drawn has a picture: in both styles, of any size, with a description."""

import dataclasses
import importlib
import math
import pkgutil

import numpy as np
import pytest
from made_sweeps import made

import hamsim
from hamsim.drawable import Drawable
from hamsim.learning.training.history import History
from hamsim.learning.training.trained import Trained
from hamsim.plotting.pictures import KINDS
from hamsim.plotting.style import Picture

TWO = {
    "format": "hamsim/1",
    "name": "two $_<b>",
    "parameters": {"gain": 2.0},
    "groups": {"a": {"size": 2, "lagrangian": "tanh", "tau": 1}},
    "connections": [{"within": "a", "weights": "gain"}],
}
PATTERNS = [[1.0] * 6, [1.0, -1.0] * 3]
MEMORY = {
    "format": "hamsim/1",
    "name": "two $_<b>",
    "groups": {"a": {"shape": [2, 3], "lagrangian": "sign"}},
    "connections": [
        {
            "within": "a",
            "weights": {"store": {"patterns": np.reshape(PATTERNS, (2, 2, 3)).tolist()}},
        }
    ],
}


def trained():
    row = {"loss": 2.0, "score": 0.5, "validation_loss": math.nan, "validation_score": math.nan}
    history = History().with_row(epoch=1, **row, sweeps=5.0, unstable=0, norm=1.0, seconds=0.1)
    return Trained(hamsim.compile(TWO), history, best=1, unstable=0, seconds=1.0)


def swept():
    seeds = ("seed", "seed", np.arange(3))
    gains = ("parameters.gain", "parameters.gain", [0.1, 0.2])
    return made([gains, seeds], {"energy": lambda at: at["seed"] * 1.0})


MAKERS = {
    "Attractors": lambda: hamsim.attractors(TWO, 20),
    "Basins": lambda: hamsim.basins(TWO, "a[0]", "a[1]", size=3),
    "Branches": lambda: hamsim.branches(TWO, "parameters.gain", 0, 2, step=0.5),
    "Curve": lambda: hamsim.recall_basins(MEMORY, [0.2], seeds=1, engine="serial"),
    "EnergyPlane": lambda: hamsim.energy_plane(TWO, "a[0]", "a[1]", size=5),
    "PhasePlane": lambda: hamsim.phase_plane(TWO, "a[0]", "a[1]", size=5),
    "Recalled": lambda: hamsim.recall(MEMORY, PATTERNS, order="sequential"),
    "Solution": lambda: hamsim.solve("networks/queens.yaml", starts=1),
    "SweepResults": swept,
    "Trained": trained,
}


def test_all_results_that_say_so_have_a_picture():
    for module in pkgutil.walk_packages(hamsim.__path__, "hamsim."):
        if module.name.split(".")[1] in ("equilibria", "learning", "memory", "optimise", "scale"):
            importlib.import_module(module.name)
    assert set(Drawable.__subclasses__()) == {kind.of for kind in KINDS}
    assert sorted(MAKERS) == sorted(kind.of.__name__ for kind in KINDS)


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_it_is_drawn_in_both_styles_and_says_what_it_shows(name, tmp_path):
    result = MAKERS[name]()
    screen = result.plot(out=tmp_path / "screen.png")
    assert isinstance(screen, Picture)
    assert screen.description.endswith(".")
    assert screen.get_suptitle() != ""
    assert (tmp_path / "screen.png").stat().st_size > 1000
    paper = result.plot(style="paper", size="column")
    assert paper.get_suptitle() == ""
    assert paper.get_size_inches()[0] == pytest.approx(89 / 25.4)
    assert paper.description == screen.description
    assert result.plot(title="<mine> $").get_suptitle() == "<mine> $"
    with pytest.raises(hamsim.PlotError, match="no option 'sise'; did you mean 'size'"):
        result.plot(sise=3)
    with pytest.raises(hamsim.PlotError, match="style is 'papier'"):
        result.plot(style="papier")
    paper.save(tmp_path / "paper.pdf")


def test_options_are_handed_on():
    assert swept().plot(show="seconds").axes[0].get_ylabel() == "seconds a run"
    found = hamsim.branches(TWO, "parameters.gain", 0, 2, step=0.5)
    assert [axis.get_ylabel() for axis in found.plot(show=["norm"]).axes] == ["norm of x"]


def test_results_without_their_network_ask_for_it():
    found = hamsim.attractors(TWO, 20)
    alone = dataclasses.replace(found, network=None)
    with pytest.raises(hamsim.PlotError, match="give it, as network"):
        alone.plot()
    assert alone.plot(network=hamsim.compile(TWO)).axes
