"""Every row of methods is what it says: coefficients, orders and stability; and who knows it."""

import re
from dataclasses import replace
from functools import cache
from math import prod
from typing import get_args

import click
import numpy as np
import pytest
import tableaus
from manual import guide

import hamsim
from hamsim.cli.main import cli
from hamsim.methods import DISCRETE, FIXED, METHOD_NAMES, METHODS, RungeKutta
from hamsim.spec.schema import SimulationSpec

# Those that are nothing but a tableau.
EXPLICIT = [name for name, row in METHODS.items() if isinstance(row, RungeKutta)]
NEURON = {"size": 1, "lagrangian": "relu"}
EXACT = 1e-14  # sums of a few coefficients are right to rounding


# --- orders, from rooted trees -----------------------------------------------------------------


@cache
def trees(size):
    """Rooted trees with so many nodes; each is the sorted tuple of its branches."""
    if size == 1:
        return [()]
    return sorted({tuple(branches) for branches in forests(size - 1, size - 1)})


@cache
def forests(size, largest):
    """Sorted tuples of trees with so many nodes in all, none of more than `largest`."""
    if size == 0:
        return [()]
    return sorted(
        {
            tuple(sorted((tree, *rest)))
            for first in range(1, min(size, largest) + 1)
            for tree in trees(first)
            for rest in forests(size - first, first)
        }
    )


def nodes(tree):
    return 1 + sum(map(nodes, tree))


def density(tree):
    return nodes(tree) * prod(map(density, tree))


def weights_of_stages(tree, a):
    """Elementary weight of each stage: products over branches of sums over earlier stages."""
    return np.prod(
        [a @ weights_of_stages(branch, a) for branch in tree] + [np.ones(len(a))], axis=0
    )


def defect(a, b, size):
    """How far the conditions are from holding that belong to trees of one size."""
    return max(abs(b @ weights_of_stages(tree, a) - 1 / density(tree)) for tree in trees(size))


def order_of(a, b):
    """Highest order of which all conditions hold."""
    order = 0
    while defect(a, b, order + 1) < 1e-13:
        order += 1
    return order


def square(method, with_new_state=False):
    """Coefficients as a square matrix, and weights; with the new state as one stage more."""
    rows = [*method.a, method.b] if with_new_state else method.a
    a = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        a[i, : len(row)] = row
    return a, np.array([*method.b, 0.0] if with_new_state else method.b)


def test_trees_are_as_many_as_there_are():
    """Cayley's numbers; Hairer, Norsett and Wanner I, table 2.1."""
    assert [len(trees(size)) for size in range(1, 9)] == [1, 1, 2, 4, 9, 20, 48, 115]
    assert sorted(density(tree) for tree in trees(4)) == [4, 8, 12, 24]


# --- rows --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPLICIT)
def test_coefficients_are_those_of_the_oracle(name):
    assert name in tableaus.METHODS, f"tests/tableaus.py has no coefficients of {name}"
    method, oracle = METHODS[name], tableaus.METHODS[name]
    assert method.a == tuple(tuple(map(float, tableaus.numbers(row))) for row in oracle.a)
    b = tableaus.numbers(oracle.b)
    assert method.b == tuple(map(float, b))
    embedded = tableaus.numbers(oracle.embedded)
    if not embedded:
        assert method.error is None
        return
    b += [0] * (len(embedded) - len(b))
    assert method.error == pytest.approx([float(x - y) for x, y in zip(b, embedded, strict=True)])


def test_the_oracle_has_no_other_methods_and_refuses_them():
    lost = tableaus.METHODS.keys() - METHODS.keys()
    assert not lost, f"hamsim/methods/rows has no file of {', '.join(lost)}"
    with pytest.raises(KeyError, match="rk5"):
        tableaus.step(lambda x: -x, 1.0, 0.1, "rk5")


def flaws(method):
    """What is wrong with a row, as sentences."""
    a, b = square(method)
    if len(method.a) != method.stages or any(len(row) != i for i, row in enumerate(method.a)):
        yield "a stage does not have one coefficient for each stage before it"
        return
    if len(method.c) != method.stages or np.any(np.abs(a.sum(axis=1) - method.c) > EXACT):
        yield "c is not the sums of rows of a"
    if order_of(a, b) != method.order:
        yield f"the order is {order_of(a, b)}"
    if abs(largest_stable(a, b) - method.stable) > 1e-3 * method.stable:
        yield f"stable up to {largest_stable(a, b):.4g}"
    if not 0 < method.safety < method.stable:
        yield "safety is not between 0 and what is stable"
    if (method.error is None) != (method.embedded is None):
        yield "error and embedded go together"
    elif method.error is not None:
        if len(method.error) - method.stages not in (0, 1):
            yield "error has neither one number a stage nor one more"
            return
        a, b = square(method, with_new_state=method.fsal)
        if abs(sum(method.error)) > EXACT:
            yield "the embedded weights do not add up to 1"
        if order_of(a, b - method.error) != method.embedded:
            yield f"the order of the embedded method is {order_of(a, b - method.error)}"


def largest_stable(a, b):
    """Where |R(-z)| first passes 1, with R(z) = 1 + sum_k z^k b a^(k - 1) 1."""
    terms, power = [1.0], np.ones(len(a))
    for _ in range(len(a)):
        terms.append(float(b @ power))
        power = a @ power
    z = np.linspace(0, 20, 200_001)[1:]
    size = np.abs(np.polynomial.polynomial.polyval(-z, terms))
    return z[np.argmax(size > 1 + 1e-12)]


@pytest.mark.parametrize("name", EXPLICIT)
def test_a_row_is_what_it_says(name):
    assert METHODS[name].name == name
    assert list(flaws(METHODS[name])) == []


BS32 = replace(
    METHODS["rk4"],
    name="bs32",
    order=3,
    c=(0, 1 / 2, 3 / 4),
    a=((), (1 / 2,), (0, 3 / 4)),
    b=(2 / 9, 1 / 3, 4 / 9),
    stable=2.513,
    error=(-5 / 72, 1 / 12, 1 / 9, -1 / 8),
    embedded=2,
)


def test_a_pair_that_evaluates_the_new_state_passes():
    assert BS32.fsal
    assert not METHODS["heun"].fsal
    assert list(flaws(BS32)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"order": 4}, "the order is 3"),
        ({"b": (2 / 9, 4 / 9, 1 / 3)}, "the order is 1"),
        ({"a": ((), (1 / 2,), (0, 0.75, 0))}, "one coefficient for each stage"),
        ({"a": ((), (1 / 2,), (0.1, 0.65))}, "the order is 2"),
        ({"c": (0, 1 / 2, 1)}, "c is not"),
        ({"stable": 2.785}, "stable up to 2.51"),
        ({"safety": 0.0}, "safety"),
        ({"error": None}, "go together"),
        ({"embedded": None}, "go together"),
        ({"embedded": 1}, "the order of the embedded method is 2"),
        ({"error": (-5 / 72, 1 / 12, 1 / 9)}, "do not add up"),
        ({"error": (0.1, -0.1)}, "neither one number a stage"),
        ({"error": (-5 / 72, 1 / 9, 1 / 12, -1 / 8)}, "embedded method is 1"),
    ],
)
def test_a_wrong_row_is_noticed(changes, words):
    found = list(flaws(replace(BS32, **changes)))
    assert any(words in flaw for flaw in found), found


# --- who knows them ----------------------------------------------------------------------------


def names_in_files():
    """Names that a file may give as they stand, besides settings."""
    named, _ = get_args(SimulationSpec.model_fields["method"].annotation)
    return get_args(get_args(named)[0])


def test_names_are_the_same_everywhere():
    assert METHOD_NAMES == ("auto", *METHODS, *DISCRETE)
    assert names_in_files() == METHOD_NAMES
    assert METHODS[FIXED.name] is FIXED


@pytest.mark.parametrize("name", METHOD_NAMES)
def test_a_file_may_name_it(name):
    neuron = {**NEURON, "lagrangian": "sign"} if name in DISCRETE else NEURON
    spec = {"format": "hamsim/1", "groups": {"a": neuron}, "simulation": {"method": name}}
    chooses = name in METHODS and METHODS[name].steps == "chosen"
    how = {"t_end": 0.1} if chooses else {"dt": 0.1, "steps": 1}
    how = {"sweeps": 1} if name in DISCRETE else how
    trace = hamsim.simulate(hamsim.compile(spec), **how)
    assert trace.stats.method == (FIXED.name if name == "auto" else name)


def test_a_file_that_names_no_method_is_told_all(tmp_path):
    (tmp_path / "net.yaml").write_text(
        "format: hamsim/1\ngroups: {a: {size: 1, lagrangian: relu}}\nsimulation: {method: true}\n"
    )
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load(tmp_path / "net.yaml")
    told = "net.yaml:3:22: simulation.method: true is not allowed; allowed: "
    assert str(caught.value).endswith(told + ", ".join(METHOD_NAMES))


def test_the_command_lists_them():
    run = cli.get_command(click.Context(cli), "run")
    (option,) = (option for option in run.params if option.name == "method")
    assert re.findall(r"\w+", option.help.replace(" or ", " ")) == list(METHOD_NAMES)


def test_the_manual_lists_them():
    row = r"^\| `(\w+)` \| (\d) \| (\d+(?: to \d+)?) \|"
    rows = re.findall(row, guide("methods"), re.MULTILINE)
    methods = METHODS.values()
    missing = METHODS.keys() - {each[0] for each in rows}
    assert not missing, f"not in docs/guide/methods.md: {', '.join(missing)}"
    assert rows == [(each.name, str(each.order), each.cost_told) for each in methods]
