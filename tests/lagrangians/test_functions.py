"""Families behind addresses: compiled once, found again, cut into chunks of whole groups."""

import secrets
import subprocess
import sys
import threading

import numpy as np
import pytest

import hamsim
from hamsim.kernels.addresses import make_table
from hamsim.kernels.rows import activate_rows, dual_rows, hessian_rows, lagrangian_rows
from hamsim.lagrangians import functions
from hamsim.lagrangians.families import formula_family
from hamsim.lagrangians.functions import FORMULAS, chunk_functions
from hamsim.lagrangians.table import TABLE
from hamsim.layout.arrange import arrange, arrange_neurons
from hamsim.layout.buffers import make_buffers
from hamsim.layout.neurons import CHUNK_NEURONS
from hamsim.operator import Neurons


def one_group(lagrangian, shape, **more):
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"shape": list(shape), "lagrangian": lagrangian, **more}},
        }
    )


def test_a_function_that_was_not_asked_for_gives_nan():
    layout = arrange_neurons(one_group("tanh", (5,)).groups)
    x = np.ones((1, 5))
    buffers = make_buffers(layout, x.T, stages=1)._replace(y=np.ones((5, 1)))
    table = make_table(layout.plan, buffers)
    order, part = np.zeros(0, dtype=np.int64), np.zeros((1, 1))
    out, total = np.zeros_like(x), np.zeros((1, 1))
    activate_rows(table, x, order, out)
    assert np.isnan(out).all()
    out[:] = 0.0
    hessian_rows(table, x, x, order, out)
    assert np.isnan(out).all()
    lagrangian_rows(table, x, order, layout.chunk_group, part, total)
    assert np.isnan(total).all()
    total[:] = 0.0
    dual_rows(table, x, order, layout.chunk_group, part, out, total)
    assert np.isnan(total).all()


def test_the_same_family_has_one_address_in_a_process():
    network = one_group("tanh", (3,))
    rows = [arrange(network).plan.chunk_calls for _ in range(2)]
    assert np.array_equal(*rows)
    text = "log(cosh(3.5*x))/3.5"
    first = chunk_functions(formula_family(text))
    assert chunk_functions(formula_family(text, {})) is first
    assert first is not chunk_functions(formula_family("log(cosh(2.5*x))/2.5"))


def test_threads_that_ask_at_once_get_the_same_address():
    row = formula_family("x**2/2 + x**4/7")
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(chunk_functions(row).address("activate")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_processes_that_compile_at_once_agree(tmp_path):
    code = (
        "import hamsim\n"
        "n = hamsim.compile({'format': 'hamsim/1', 'groups': {'a': {'size': 4,"
        " 'lagrangian': {'expression': 'c*x**4/4 + x**2/2', 'c': 2.0}}}})\n"
        "print(hamsim.activation(n, [0.5, 1.0, -1.0, 2.0]).tolist())"
    )
    environment = {"NUMBA_CACHE_DIR": str(tmp_path), "PATH": ""}
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(3)
    ]
    for run in runs:
        printed, _ = run.communicate(timeout=300)
        assert printed == "[0.75, 3.0, -3.0, 18.0]\n"


def test_a_new_formula_is_new_once():
    number = secrets.randbelow(10**12)  # of which no earlier session has kept the code
    functions_of = chunk_functions(formula_family(f"log(cosh(1.25*x)) + 1.{number:012}*x**2/8"))
    assert functions_of.is_new
    functions_of.address("activate")
    assert not functions_of.is_new
    assert functions_of.text.startswith('"""Loops of the Lagrangian')


def test_the_text_of_a_family_does_not_hold_values_of_parameters():
    one = functions._text(formula_family("a*x**2/2", {"a": (1.0, 1.0)}))
    other = functions._text(formula_family("a*x**2/2", {"a": (7.0, 9.0)}))
    assert one == other


@pytest.mark.parametrize("shared", [1, 3, 700, 5000])
def test_chunks_hold_whole_groups_of_neurons(shared):
    network = one_group({"kind": "softmax", "over": "last"}, (5000 // shared + 2, shared))
    plan = arrange(network).plan
    assert plan.chunk_start[0] == 0
    assert plan.chunk_stop[-1] == network.n_neurons
    assert np.array_equal(plan.chunk_start[1:], plan.chunk_stop[:-1])
    sizes = plan.chunk_stop - plan.chunk_start
    assert np.all(sizes % shared == 0)
    assert np.all(sizes <= max(CHUNK_NEURONS, shared))


@pytest.mark.parametrize("kind", ["tanh", "hill", "softmax", "layer_norm"])
@pytest.mark.parametrize("trials", [1, 2, 7, 300])
def test_large_groups_are_the_same_alone_and_among_trials(kind, trials):
    """The loops over one trial, few and many give the same, also where neurons differ."""
    rng = np.random.default_rng(4)
    own = {
        "tanh": {"beta": rng.uniform(0.5, 2.0, 3000).tolist()},
        "hill": {"exponent": 2.5, "half": rng.uniform(0.5, 2.0, 3000).tolist()},
        "layer_norm": {"delta": rng.normal(size=3000).tolist()},
    }.get(kind, {})
    network = one_group({"kind": kind, **own}, (3000,))
    x = rng.normal(size=(trials, 3000))
    together = hamsim.activation(network, x)
    parts = hamsim.energy(network, x).total
    for t in (0, trials - 1):
        np.testing.assert_allclose(
            together[t], hamsim.activation(network, x[t]), rtol=1e-13, atol=1e-14
        )
        np.testing.assert_allclose(parts[t], hamsim.energy(network, x[t]).total, rtol=1e-12)


@pytest.mark.parametrize("kind", ["sparsemax", "entmax"])
@pytest.mark.parametrize("size", [1, 2, 50, 1001])
@pytest.mark.parametrize("trials", [2, 15, 16, 17, 100])
def test_a_trial_of_many_has_the_bits_that_it_has_alone(kind, size, trials):
    """Thresholds that are found at once and those that take many steps, and states to refuse."""
    rng = np.random.default_rng(size + trials)
    x = rng.normal(size=(trials, size)) * np.geomspace(1e-3, 300.0, trials)[:, None]
    x[0] = 0.7
    if trials > 10:
        x[3, -1], x[4, 0], x[5] = np.inf, np.nan, -np.inf
        x[6, : size // 2] = -np.inf
    network = one_group(kind, (size,))
    neurons = Neurons(network.groups)
    together = neurons.activate(x)
    alone = np.concatenate([neurons.activate(row[None]) for row in x])
    assert np.array_equal(together, alone, equal_nan=True)
    usual = np.isfinite(x).all(axis=1)
    np.testing.assert_allclose(together[usual].sum(axis=1), 1.0, rtol=1e-13)
    if trials > 10:
        assert np.isnan(together[[3, 5]]).all()


def test_equal_parameters_given_one_by_one_change_no_bit():
    x = np.random.default_rng(0).normal(size=(6, 40))
    one = one_group({"kind": "elu", "slope": 0.7}, (40,))
    each = one_group({"kind": "elu", "slope": [0.7] * 40}, (40,))
    assert np.array_equal(hamsim.activation(one, x), hamsim.activation(each, x))


def test_every_family_has_all_functions():
    for row in TABLE.values():
        found = chunk_functions(row)
        assert all(found.address(what) != 0 for what in FORMULAS)
