"""Facts for people are data: numbers as they are, the same in words, and nothing of a terminal."""

import dataclasses
import json
import sys

import numpy as np
import pytest

import hamsim
from hamsim.certify.check import check
from hamsim.counted import counted, there_are
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.formats.convert import read
from hamsim.lagrangians.table import TABLE
from hamsim.report.certificate import ASKED, CertificateReport
from hamsim.report.files import RepairReport, conversion_report
from hamsim.report.lagrangian import ListReport, lagrangian_report
from hamsim.report.network import network_report
from hamsim.report.run import plan_report, run_report
from hamsim.report.words import duration, named, size_of, span_of, trimmed
from hamsim.trace.repair import Repaired
from hamsim.trace.trace import MemorySink

CIRCUIT = {
    "format": "hamsim/1",
    "name": "circuit\x1b[31m",
    "description": "Two  groups\nof neurons.",
    "groups": {
        "a": {"shape": [2, 3], "lagrangian": {"kind": "tanh", "beta": 2.0}, "tau": 0.5},
        "b": {"size": 4, "lagrangian": {"kind": "softmax"}, "tau": [1.0, 1.0, 1.0, 1.0]},
        "alone": {"size": 7, "lagrangian": "identity", "input": 3.0},
    },
    "connections": [
        {"between": ["a", "b"], "weights": {"edges": [[0, 0, 0.5], [1, 0, -0.25], [5, 3, 1.0]]}},
    ],
}
PAIR = {
    "format": "hamsim/1",
    "name": "pair",
    "groups": {
        "left": {"size": 1, "lagrangian": "tanh", "initial": 1.0},
        "right": {"size": 1, "lagrangian": "tanh", "initial": -0.5},
    },
    "connections": [{"between": ["left", "right"], "weights": 2.0}],
}
EXPLODING = {
    "format": "hamsim/1",
    "groups": {"a": {"size": 2, "lagrangian": "power", "initial": [3.0, 0.0]}},
    "connections": [{"within": "a", "weights": 1.0, "self_connections": True}],
}


def words(report):
    """All that sections say."""
    return [
        text
        for section in report.sections()
        for text in (
            section.title,
            *(fact.words for fact in section.facts),
            *(cell for row in section.rows for cell in row),
        )
    ]


def facts(report):
    return {fact.name: fact for section in report.sections() for fact in section.facts}


def ran(source, **how):
    """A report of a run, and of what it was about to do."""
    network = hamsim.compile(source)
    run = prepare(network, **how)
    plan = plan_report(network, run, "float64", 1.0)
    outcome, stats = simulate_into(MemorySink(), run)
    return plan, run_report(network, run, outcome, stats, plan.check)


def test_a_network_in_numbers():
    report = network_report(hamsim.compile(CIRCUIT))
    assert report.name == "circuit\x1b[31m"
    assert report.description == "Two groups of neurons."
    assert (report.neurons, report.synapses, report.triples) == (17, 6, 0)
    assert report.density == 6 / 17**2
    a, b, alone = report.groups
    assert (a.shape, a.parameters, a.tau, a.over) == ((2, 3), {"beta": (2.0, 2.0)}, (0.5, 0.5), ())
    assert b.over == (0,)
    assert alone.input == (3.0, 3.0)
    (connection,) = report.connections
    assert (connection.entries, connection.shape) == (3, (6, 4))
    assert connection.weights == (-0.25, 1.0)
    assert (report.degree.smallest, report.degree.largest) == (0, 2)
    # b shares one Lagrangian, so a and b depend on each other through it.
    assert report.connected_parts == 1 + 3 + 7
    assert report.largest_part == 3 + 4
    assert report.isolated_count == 3 + 2 + 7
    assert report.isolated[:2] == ("a[0, 2]", "a[1, 0]")
    assert sum(part.synapses for part in report.layout.parts) == 6


def test_a_network_in_words_steers_no_terminal():
    said = words(network_report(hamsim.compile(CIRCUIT)))
    assert "circuit\\x1b[31m" in said
    assert all(text.isprintable() for text in said)
    assert "17 neurons, 6 synapses, density 0.0208, 144 B of weights; W is symmetric" in said
    warning = facts(network_report(hamsim.compile(CIRCUIT)))["isolated"]
    assert warning.words.startswith("warning: 12 neurons without a synapse: a[0, 2], a[1, 0],")
    assert len(warning.value) == 12


def test_tables_have_a_cell_for_each_column():
    for section in network_report(hamsim.compile(CIRCUIT)).sections():
        assert {len(row) for row in section.rows} <= {len(section.columns)}
    titles = [s.title for s in network_report(hamsim.compile(CIRCUIT)).sections()]
    assert titles[1:] == ["groups", "connections", "layout while it runs", ""]


def test_reports_are_frozen_and_plain():
    network = hamsim.compile(PAIR)
    plan, run = ran(PAIR, dt=0.1, steps=20)
    certificate = CertificateReport("pair", check(network))
    lagrangian = lagrangian_report(network.groups[0])
    for report in (network_report(network), plan, run, certificate, lagrangian):
        json.dumps(report.to_dict())
        assert dataclasses.is_dataclass(report)
        first = dataclasses.fields(report)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(report, first, None)
        for section in report.sections():
            json.dumps([fact.value for fact in section.facts])
            assert all(isinstance(fact.words, str) and fact.words for fact in section.facts)


def test_reports_of_networks_need_no_kernels():
    assert "hamsim.report.network" in sys.modules
    names = [name for name in sys.modules if name.startswith("hamsim.report")]
    for name in names:
        module = vars(sys.modules[name])
        assert not {"click", "rich"} & {getattr(v, "__name__", "") for v in module.values()}


def test_a_plan_and_a_run():
    plan, report = ran(PAIR, method="euler", dt=0.1, steps=20)
    assert (plan.neurons, plan.groups, plan.synapses, plan.triples) == (2, 2, 2, None)
    head, checked, method = plan.sections()[0].facts
    assert head.words == "pair: 2 neurons in 2 groups, 2 synapses"
    assert checked.words == plan.check.text
    assert method.words == "euler, dt = 0.1"
    found = facts(report)
    assert list(found) == ["", "energy", "x", "time"]
    assert found["energy"].value == report.stats.energy.end
    assert found["energy"].words.endswith("; never rose in 20 steps")
    assert found["time"].words.startswith("20 steps in ")
    assert report.final.keys() == {"left", "right"}
    assert report.to_dict()["trace"] is None
    saved = dataclasses.replace(report, trace="pair.nc", trace_bytes=1_234_567)
    assert facts(saved)["trace"].words == "pair.nc (1.23 MB)"
    assert "left_out" not in saved.to_dict()
    assert dataclasses.replace(saved, left_out=("a",)).to_dict()["left_out"] == ["a"]


def test_a_run_of_trials_that_diverge_in_part():
    source = {
        **EXPLODING,
        "groups": {"a": {**EXPLODING["groups"]["a"], "initial": [[3.0, 0.0], [0.1, 0.0]]}},
        "simulation": {"until": {"residual": 1e-3}},
    }
    with np.errstate(all="ignore"):
        _, report = ran(source, method="euler", dt=0.1, t_end=200.0)
    assert report.outcome == "diverged"
    told = [fact for fact in report.sections()[0].facts if fact.name == "trials"]
    assert told[0].words == "1 diverged, 1 converged, of 2"
    assert told[0].value == {"diverged": 1, "converged": 1}
    assert told[1].words == "1 of 2 have a residual of at most 0.001"
    assert "(means of trials that did not diverge)" in facts(report)["energy"].words
    assert "x" not in facts(report)


def test_an_energy_that_rises_is_told_with_where():
    source = {**PAIR, "connections": [{"between": ["left", "right"], "weights": -2.0}]}
    _, report = ran(source, method="euler", dt=2.5, steps=30)
    watch = report.stats.energy
    assert watch.rose
    said = facts(report)["energy"].words
    assert f"ROSE in {watch.rises} step" in said
    assert f"at t = {watch.time:.4g}" in said


def test_notes_that_were_told_before_are_not_told_again():
    _, report = ran(PAIR, method="euler", dt=0.1, t_end=1.04)
    (note,) = report.stats.notes
    assert facts(report)["note"].words == note
    assert "note" not in facts(dataclasses.replace(report, told=(note,)))


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        (PAIR, True),
        (EXPLODING, False),
        (
            {
                **PAIR,
                "connections": [{"from": "left", "to": "right", "weights": 2.0}],
                "groups": {
                    **PAIR["groups"],
                    "right": {"size": 1, "lagrangian": {"expression": "x**2/2 + sin(x)/4"}},
                },
            },
            None,
        ),
    ],
)
def test_what_a_check_answers(source, answer):
    certificate = check(hamsim.compile(source))
    report = CertificateReport("n", certificate)
    if answer is None:
        certificate = dataclasses.replace(certificate, **dict.fromkeys(ASKED, "undecided"))
        report = CertificateReport("n", certificate)
    assert report.answer is answer
    first, *conditions = report.sections()
    assert [fact.value for fact in first.facts] == [
        certificate.symmetry,
        *(getattr(certificate, name) for name in certificate.FIELDS),
        certificate.max_step,
    ]
    assert [section.title for section in conditions] == [c.status for c in certificate.conditions]
    for section, condition in zip(conditions, certificate.conditions, strict=True):
        assert section.facts[0].words == condition.message
        told = {fact.name for fact in section.facts[1:]}
        assert ("repair" in told) == (condition.status != "proved" and bool(condition.repair))


def test_a_repair_is_told_last():
    report = CertificateReport("n", check(hamsim.compile(PAIR)), ("equal tau in a",), "fixed.yaml")
    assert report.sections()[-1].facts[0].words == "fixed.yaml: equal tau in a"
    assert report.to_dict()["repaired"] == ["equal tau in a"]
    assert "repaired" not in CertificateReport("n", report.certificate).to_dict()


def test_the_list_of_lagrangians_is_the_table():
    report = ListReport.of_table()
    assert [family["name"] for family in report.to_list()] == list(TABLE)
    assert len(report.elementwise) + len(report.collective) == len(TABLE)
    titles = [section.title for section in report.sections()]
    assert titles[0].startswith("Element-wise")
    assert "tanh(beta=1)" in titles
    assert len(titles) == len(TABLE) + 2


@pytest.mark.parametrize("name", TABLE)
def test_what_is_known_of_a_lagrangian(name):
    group = {"size": 3, "lagrangian": name}
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a": group}})
    report = lagrangian_report(network.groups[0])
    assert report.neurons == 3
    assert report.facts["high"] == network.groups[0].fact("high")[0]
    (section,) = report.sections()
    found = {fact.name: fact for fact in section.facts}
    assert found["L"].whole
    assert found["L"].words == TABLE[name].L
    assert not found["convex"].whole
    assert found["range of g"].value == (report.facts["low"], report.facts["high"])
    assert [f.value for f in section.facts if f.name == "parameter"] == list(report.values.values())


def test_a_formula_is_a_lagrangian_too():
    group = {"size": 2, "lagrangian": {"expression": "log(cosh(b*x))/b", "b": 3.0}}
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a": group}})
    (section,) = lagrangian_report(network.groups[0]).sections()
    assert section.title == "formula: element-wise"
    found = {fact.name: fact.words for fact in section.facts}
    assert found["convex"] == "yes, proved"
    assert "growth" not in found
    assert "source" not in found


def test_a_conversion_and_a_repair(tmp_path):
    path = tmp_path / "n.yaml"
    path.write_text(hamsim.dump(hamsim.load(PAIR)))
    report = conversion_report(read(path), "npz", [tmp_path / "n.npz"])
    assert (report.source, report.target, report.neurons, report.synapses) == ("yaml", "npz", 2, 2)
    assert report.sections()[0].facts[0].words == f"{tmp_path / 'n.npz'}: 2 neurons, 2 synapses"
    noted = dataclasses.replace(report, notes=("no tau",), gated=1000)
    assert [fact.words for fact in noted.sections()[0].facts][1:] == ["no tau"]
    assert noted.sections()[0].facts[0].words.endswith(", 1,000 gated synapses")
    done = Repaired(records=1500, damaged=tuple(range(12)), flaw="cut off")
    repaired = RepairReport("t.nc", done)
    assert [fact.words for fact in repaired.sections()[0].facts] == [
        "t.nc: 1,500 records",
        "cut off",
        "left out, not what was written: 12 (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...)",
    ]
    assert repaired.to_dict()["damaged"] == list(range(12))


def test_words():
    assert [counted(k, "step") for k in (0, 1, 1000)] == ["0 steps", "1 step", "1,000 steps"]
    several = [counted(2, noun) for noun in ("epoch", "entry", "class", "array")]
    assert several == ["2 epochs", "2 entries", "2 classes", "2 arrays"]
    assert [counted(k, "axis", "axes") for k in (1, 2)] == ["1 axis", "2 axes"]
    assert [there_are(k, "row") for k in (1, 2)] == ["there is 1 row", "there are 2 rows"]
    assert (span_of((1.0, 1.0)), span_of((0.5, 12345.678))) == ("1", "0.5 to 1.235e+04")
    assert [size_of(10**k) for k in (2, 5, 8, 13)] == ["100 B", "100 kB", "100 MB", "1e+04 GB"]
    assert (duration(1.5e-5), duration(0.25)) == ("15 us", "250 ms")
    assert named("a\x1b" + "b" * 100).startswith("a\\x1b")
    assert len(named("b" * 1000)) < 70
    assert all(len(word) <= 30 for word in trimmed("a " + "b" * 500 + " c", 20).split(" "))


def test_delays_of_connections_are_told():
    described = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 3, "lagrangian": "tanh"}},
        "connections": [
            {"within": "a", "weights": 1, "delay": 2.5},
            {"name": "late", "from": "a", "to": "a", "weights": -1, "delay": [1, 2, 3, 4, 5, 6]},
            {"name": "now", "from": "a", "to": "a", "weights": 3},
        ],
    }
    report = network_report(hamsim.compile(described))
    assert [part.delay for part in report.connections] == [(2.5, 2.5), (1.0, 6.0), None]
    words = [fact.words for section in report.sections() for fact in section.facts]
    assert "delay of a-a: 2.5" in words
    assert "delay of late: 1 to 6" in words
    assert report.to_dict()["connections"][1]["delay"] == (1.0, 6.0)
