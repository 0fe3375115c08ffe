"""What notebooks show of results: what matters, escaped, small, whatever is in them."""

import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from made_traces import made

import hamsim
from hamsim.certify.certificate import Certificate
from hamsim.certify.verdict import RunCheck
from hamsim.condition import Condition
from hamsim.drawable import Drawable
from hamsim.equilibria.continuation.diagrams import Branch, Branches
from hamsim.equilibria.landscape.found import Attractors
from hamsim.equilibria.linear.stable import Stability
from hamsim.equilibria.planes import Basins
from hamsim.equilibria.rest.point import FixedPoint
from hamsim.learning.checking import GradientCheck, MethodCheck
from hamsim.learning.derivatives import Cost, Gradient
from hamsim.learning.training.history import COLUMNS, History
from hamsim.learning.training.trained import Trained
from hamsim.memory.recalled import Recalled
from hamsim.network import Network
from hamsim.notebook.representations import _HOMES, html_of
from hamsim.notebook.representations.network import blocks_of
from hamsim.observables import EnergyParts
from hamsim.scale.results.labels import Coordinate
from hamsim.scale.results.results import Single, SweepResults
from hamsim.shown import Shown
from hamsim.tables import Table

EVIL = '<script>alert("$x$")</script>'
MOST = 100_000
VOID = {"img", "br", "path", "polyline", "image", "meta", "input"}


class Checked(HTMLParser):
    """Elements must be closed in the order in which they were opened."""

    def __init__(self):
        super().__init__()
        self.open, self.tags = [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def shown(thing):
    """Its HTML, which is well formed, not large, and does nothing."""
    html = thing._repr_html_()
    parser = Checked()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    assert "script" not in parser.tags
    assert len(html) < MOST
    assert "http" not in re.sub(r"xmlns\S*", "", html)
    assert "nan to nan" not in html
    return html


def spec(**more):
    return {
        "format": "hamsim/1",
        "name": EVIL,
        "description": f"A sentence. {EVIL} " + "Words. " * 50,
        "references": [EVIL],
        "groups": {
            "grid": {"shape": [3, 4], "lagrangian": "tanh", "tau": 2.0},
            "named": {"neurons": ["A", "<b>"], "lagrangian": {"kind": "tanh", "beta": [1, 2]}},
        },
        "connections": [
            {"between": ["grid", "named"], "weights": 0.1},
            {"from": "named", "to": "grid", "weights": {"normal": {"std": 0.1}}, "name": "back"},
        ],
        "stimuli": [{"group": "named", "value": 1.0, "start": 1, "stop": 2}],
        **more,
    }


@pytest.fixture(scope="module")
def network():
    return hamsim.compile(spec())


def test_every_class_that_is_shown_has_a_representation():
    for name in hamsim.__all__:
        thing = getattr(hamsim, name)
        if isinstance(thing, type) and issubclass(thing, Shown):
            assert any(kind.__name__ in _HOMES for kind in thing.__mro__), name
        if isinstance(thing, type) and issubclass(thing, Drawable):
            assert issubclass(thing, Shown), name
    assert issubclass(Network, Shown)
    assert html_of(3) is None


def test_a_spec(network):
    html = shown(hamsim.load(spec()))
    for word in ("14 neurons in 2 groups", "grid ↔ named", "named → grid", "normal", "3 x 4"):
        assert word in html
    assert "format: hamsim/1" in html
    assert "1 to 2" in html


def test_a_spec_with_many_numbers_leaves_its_text_out():
    many = spec()
    many["groups"]["grid"]["initial"] = np.linspace(0, 1, 12).tolist()
    many["groups"]["named"]["neurons"] = [f"N{k}" for k in range(400)]
    many["groups"]["named"]["lagrangian"] = "tanh"
    html = shown(hamsim.load(many))
    assert "hamsim.dump gives its text" in html
    assert "N399" not in html


def test_a_network(network):
    html = shown(network)
    for word in ("14 neurons", "tanh beta 1", "not symmetric", "back", "from 1"[:4], "input"):
        assert word in html
    assert "data:image/png" in html


def test_a_network_without_connections_of_one_neuron():
    alone = hamsim.compile(
        {"format": "hamsim/1", "groups": {"a": {"size": 1, "lagrangian": "tanh"}}}
    )
    assert "no connections" in shown(alone)


def test_many_groups_are_cut():
    groups = {f"g{k}": {"size": 1, "lagrangian": "tanh"} for k in range(300)}
    within = [{"within": f"g{k}", "weights": 0.1, "self_connections": True} for k in range(300)]
    many = {"format": "hamsim/1", "groups": groups, "connections": within}
    for thing in (hamsim.load(many), hamsim.compile(many)):
        assert "and 280 more groups" in shown(thing)


def test_the_picture_of_weights_has_the_mean_of_each_block(network):
    assert np.allclose(blocks_of(network), network.W.toarray())
    ring = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 128, "lagrangian": "tanh"}},
            "connections": [{"within": "a", "weights": {"normal": {"std": 1.0}}}],
        }
    )
    W = ring.W.toarray().reshape(64, 2, 64, 2)
    assert np.allclose(blocks_of(ring), W.mean(axis=(1, 3)))


STATUSES = ("proved", "refuted", "undecided")


def certificate():
    conditions = [
        Condition(
            f"tau of {word} {EVIL}",
            word,
            f"a message {EVIL}",
            {"group": EVIL, "neurons": ["a[0]"] * 9},
            {"rate": 0.5, "x": np.zeros(3)},
            f"a theorem {EVIL}",
            "what would help",
        )
        for word in STATUSES
    ]
    return Certificate("none", *STATUSES, *STATUSES, None, tuple(conditions))


def test_a_certificate():
    html = shown(certificate())
    assert html.count("what would help") == 2  # not where it is proved
    assert "and 4 more" in html
    assert "rate = 0.5" in html
    assert html.index("tau of refuted") < html.index("tau of undecided")
    assert html.index("tau of undecided") < html.index("tau of proved")
    assert "none is guaranteed" in html


def test_what_is_guaranteed_of_a_run():
    html = shown(RunCheck(f"undecided {EVIL}", certificate(), False, "euler", 0.1))
    assert "continuous time alone" in html
    assert "euler, dt = 0.1" in html
    shown(RunCheck("undecided", None, False, "rk4", None))


@pytest.mark.parametrize("trials", [None, 1, 9])
def test_a_trace(trials):
    html = shown(made(trials))
    for word in ("601 records", "finished at t = 12", "0 to 12", "rk4, dt = 0.02", "tanh"):
        assert word in html
    assert html.count("<polyline") >= 4
    assert ("mean of trials" in html) == (trials is not None)


def test_a_trace_without_records_of_parts_and_with_what_is_not_finite():
    trace = made(2)
    arrays = {name: values[:0] for name, values in trace.arrays.items()}
    shown(type(trace)(trace.header, trace.t[:0], arrays, trace.outcome))
    arrays = {name: np.full_like(values, np.nan) for name, values in trace.arrays.items()}
    shown(type(trace)(trace.header, trace.t, arrays, trace.outcome))
    only = {"energy": trace.arrays["energy"]}
    html = shown(type(trace)(trace.header, trace.t, only, trace.outcome))
    assert "Last states" not in html


def gradient(**more):
    two = np.ones(2, bool)
    cost = Cost(np.full(2, 10.0), np.full(2, 5.0))
    empty = dict.fromkeys(
        ("connections", "edges", "input", "clamp", "initial", "tau", "lagrangian")
    )
    given = {**empty, "left_out": {}, **more}
    return Gradient(
        "implicit",
        loss=np.array([1.0, 3.0]),
        stable=two,
        counts=two,
        residual=np.zeros(2),
        cost=cost,
        x=np.zeros((2, 3)),
        **given,
    )


def test_a_gradient():
    html = shown(
        gradient(
            connections={EVIL: np.arange(6.0).reshape(2, 3)},
            input=np.zeros(3),
            lagrangian={"a": {"beta": 2.0}},
            left_out={1: f"not at rest {EVIL}"},
        )
    )
    for word in ("implicit, loss 2", "2 x 3", "beta of a", "trial 1", "10 to the states"):
        assert word in html
    shown(gradient())
    shown(gradient(edges=np.zeros(0)))


@pytest.mark.parametrize(("apart", "word"), [(1e-9, "agrees"), (0.5, "differs")])
def test_a_gradient_beside_differences(network, apart, word):
    values = np.array([1.0, 2.0])
    checked = MethodCheck(
        "implicit", "", (EVIL, "b"), values, values + apart, 2.0, apart / 2, 1e-6, 2
    )
    refused = MethodCheck("equilibrium", f"no energy {EVIL}")
    html = shown(GradientCheck(network, (checked, refused), "squared"))
    assert word in html
    assert "no energy" in html


def sweep(axes, status="done"):
    shape = tuple(len(values) for values in axes.values())
    count = math.prod(shape)
    coordinates = tuple(
        Coordinate(name, name, np.array(v), name == "seed") for name, v in axes.items()
    )
    rng = np.random.default_rng(1)
    columns = {
        "status": np.array([status] * count),
        "outcome": np.array(["finished"] * count),
        "reason": np.array([EVIL if status == "failed" else ""] * count),
        "seconds": np.ones(count),
        "energy": np.where(np.arange(count) % 5 == 4, np.nan, rng.normal(size=count)),
        EVIL: np.array(["text"] * count),
    }
    singles = {name: Single(values) for name, values in columns.items()}
    return SweepResults(EVIL, tuple(axes), shape, coordinates, singles)


@pytest.mark.parametrize(
    ("axes", "pictures"),
    [
        ({}, 0),
        ({"seed": [0, 1, 2]}, 0),
        ({"p": [0.1, 0.2, 0.4]}, 1),
        ({"p": [0.1, 0.2, 0.4], "seed": [0, 1, 2]}, 1),
        ({"p": [0.1, 0.2], "q": [1.0, 2.0, 3.0], "seed": [0, 1]}, 1),
    ],
)
def test_a_sweep(axes, pictures):
    html = shown(sweep(axes))
    assert html.count('hs-chart" role') == pictures
    assert "energy" in html
    assert f"{math.prod(map(len, axes.values())):,} done" in html


def test_a_sweep_that_failed_says_why():
    html = shown(sweep({"p": [0.1, 0.2, 0.4]}, "failed"))
    assert "3 failed" in html
    assert "&lt;script&gt;" in html


def trained(network, epochs):
    columns = {name: np.linspace(0, 1, epochs).astype(kind) for name, kind in COLUMNS.items()}
    columns["epoch"] = np.arange(1, epochs + 1)
    return Trained(network, History(columns), min(epochs, 1), 0, 1.5)


@pytest.mark.parametrize("epochs", [0, 1, 50])
def test_training(network, epochs):
    html = shown(trained(network, epochs))
    assert "Network" in html
    assert html.count('hs-chart" role') == (2 if epochs > 1 else 0)


def test_tables_show_either_end():
    html = shown(Table({EVIL: np.arange(100), "half": np.arange(100) / 2}))
    assert "100 rows, 2 columns" in html
    assert ">99<" in html
    assert ">50<" not in html
    assert "0 rows" in shown(Table())
    assert "more columns" in shown(Table({str(k): np.zeros(1) for k in range(60)}))


def rest(n=4):
    return FixedPoint(np.zeros(n), 1e-12, -1.0, "certified", 20.0, True, 1e-9, (EVIL,))


def test_rest_states():
    assert "4 neurons" in shown(rest())
    many = {name: np.zeros(30) for name in ("residual", "energy", "cost", "error")}
    done = np.arange(30) > 3
    basin = np.array(["unknown"] * 30)
    html = shown(FixedPoint(np.zeros((30, 4)), basin=basin, converged=done, **many))
    assert "26 of 30 starts came to rest" in html
    assert "and 10 more starts" in html


def stability(eigenvalues):
    k = len(eigenvalues)
    modes = np.ones((k, 3))
    return Stability(
        eigenvalues, np.zeros(k), 0, (0, 0), True, 0, "minimum", 0, 1.0, modes[0], modes, 0.0, 0
    )


def test_stability_of_states_that_turn():
    assert "-0.5 +2i" in shown(stability(np.array([-0.5 + 2j, -0.5 - 2j])))
    assert "minimum (proved)" in shown(stability(np.array([-1.0])))


def attractors(count=3):
    numbers = np.arange(float(count))
    nothing = np.full(count, np.nan)
    return Attractors(
        x=np.ones((count, 4)),
        energy=numbers,
        count=np.ones(count, int),
        share=numbers / 10,
        share_low=numbers / 20,
        share_high=numbers / 5,
        kind=("minimum",) * count,
        stability=(stability(np.array([-1.0])),) * count,
        dimension=np.zeros(count, int),
        drift=nothing,
        period=nothing,
        amplitude=nothing,
        members=(np.ones((1, 4)),) * count,
        labels=np.zeros(10, int),
        basin=np.array(["followed"] * 10),
        unseen=0.1,
        unseen_high=0.3,
        unseen_count=1.0,
        asked=10,
        notes=(EVIL,),
    )


def test_attractors():
    html = shown(attractors())
    assert "3 attractors of 10 starts" in html
    assert "--" not in re.sub(r"<style>.*?</style>|var\(--[^)]*\)", "", html)
    assert "--json" not in shown(attractors(300))


def test_basins():
    plane = Basins(
        labels=np.array([[0, 1], [0, -1]]),
        a=np.arange(2.0),
        b=np.arange(2.0),
        names=(EVIL, "b"),
        origin=np.zeros(3),
        directions=np.eye(2, 3),
        x=np.zeros((2, 3)),
        energy=np.zeros(2),
        kind=("minimum", "minimum"),
        share=np.array([0.5, 0.25]),
        at=np.zeros((2, 2)),
        off=np.zeros(2),
    )
    html = shown(plane)
    assert "2 by 2 states" in html
    assert "1 state came to no attractor" in html


def test_planes():
    pair = {
        "format": "hamsim/1",
        "name": EVIL,
        "groups": {"p": {"neurons": ["A", "<b>", "c"], "lagrangian": "tanh"}},
        "connections": [{"from": "p", "to": "p", "weights": [[0, 3, 0], [-3, 0, 0], [0, 0, 0]]}],
    }
    html = shown(hamsim.phase_plane(pair, "A", "<b>", size=11))
    for word in ("1 point of balance", "-1 + 3i, -1 - 3i", "1 other neuron is held", "velocity of"):
        assert word in html
    assert html.count('hs-chart" role') == 2
    pair["connections"] = [{"within": "p", "weights": [[0, 3, 0], [3, 0, 0], [0, 0, 0]]}]
    html = shown(hamsim.energy_plane(pair, "A", "c", size=11))
    assert "11 by 11 states" in html
    assert html.count('hs-chart" role') == 1


def test_branches(network):
    parameter = np.linspace(0, 1, 5)
    flags, whole = np.ones(5, bool), np.zeros(5, int)
    branch = Branch(parameter, np.ones((5, 14)), flags, whole, None, whole - 1, "bound")
    assert "5 points" in shown(branch)
    html = shown(Branches(EVIL, 0.0, 1.0, (branch,), (), network, complete=False, notes=(EVIL,)))
    assert "1 branch over" in html
    assert "--most" not in html


def test_what_was_recalled():
    found = Recalled(
        start=np.ones((2, 3)),
        state=np.ones((2, 3)),
        overlap=np.array([[1.0], [-1.0]]),
        found=np.array([0, 0]),
        kind=np.array(["stored", "negative"]),
        mixture=np.full((2, 3), -1),
        signs=np.zeros((2, 3), int),
        errors=np.array([0, 0]),
        energy=np.array([-1.0, np.nan]),
        updates=np.array([1, 2]),
        outcomes=("converged", "converged"),
        patterns=np.ones((1, 3)),
        neurons=np.arange(3),
        threshold=0.9,
        method="asynchronous",
    )
    assert "1 negative, 1 stored" in shown(found)


def test_parts_of_an_energy():
    html = shown(EnergyParts(1.5, {EVIL: 1.0}, {"w": np.array([0.25, 0.75])}))
    assert "E = 1.5" in html
    assert "0.25 to 0.75" in html
