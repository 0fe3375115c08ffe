"""The gap junctions of C. elegans: what networks/c_elegans.yaml says of them."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

import hamsim
from hamsim.cli.examples import zoo

GAP = 100.0  # pS of one gap junction
LEAK = 10.0  # pS of a membrane
CAPACITANCE = 1000.0  # pF, so that pF / pS is in ms
ROUNDING = 1e-15
ALONE = ["ASJL", "ASJR", "HSNL", "HSNR", "PVNR"]


def rows_of(name):
    with (zoo() / "data" / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def data():
    """Names, tau, input and dense W, put together without hamsim."""
    neurons = rows_of("c_elegans_neurons.csv")
    place = {row["id"]: k for k, row in enumerate(neurons)}
    W = np.zeros((len(neurons), len(neurons)))
    for row in rows_of("c_elegans_gap_junctions.csv"):
        here = place[row["to"]], place[row["from"]]
        assert W[here] == 0
        W[here] = float(row["weight"])
    tau, drive = (np.array([float(row[key]) for row in neurons]) for key in ("tau", "input"))
    return place, tau, drive, W


@pytest.fixture(scope="module")
def rest(data):
    """Where the voltages must end, in mV."""
    _, _, drive, W = data
    return np.linalg.solve(np.eye(drive.size) - W, drive)


@pytest.fixture(scope="module")
def network():
    return hamsim.compile(zoo() / "c_elegans.yaml")


@pytest.fixture(scope="module")
def trace(network):
    return hamsim.simulate(network)


# --- the files, without hamsim -----------------------------------------------------------------


def test_files_hold_253_neurons_and_514_pairs_with_887_gap_junctions(data):
    place, tau, _, W = data
    assert len(place) == 253
    assert np.count_nonzero(W) == 2 * 514
    assert not np.any(W.diagonal())
    total = CAPACITANCE / tau
    junctions = W * total[:, None] / GAP
    np.testing.assert_allclose(junctions, np.rint(junctions), atol=1e-12)
    assert np.rint(junctions).sum() == 2 * 887
    np.testing.assert_allclose(total, LEAK + GAP * junctions.sum(axis=1), rtol=1e-14)


def test_time_constants_go_from_0_088_to_9_09_ms(data):
    place, tau, _, _ = data
    assert tau.min() == pytest.approx(0.0884, abs=5e-5)
    assert tau.argmin() == place["AVAL"]
    assert tau.max() == pytest.approx(9.0909, abs=5e-5)


def test_rows_of_w_divided_by_tau_make_a_symmetric_matrix(data):
    _, tau, _, W = data
    scaled = W / tau[:, None]
    assert np.any(W != W.T)
    assert np.all(abs(scaled - scaled.T) <= ROUNDING * abs(scaled))


def test_largest_eigenvalue_is_0_987(data):
    _, tau, _, W = data
    root = np.sqrt(tau)
    similar = W * root[None, :] / root[:, None]  # symmetric, with the eigenvalues of W
    values = np.linalg.eigvalsh((similar + similar.T) / 2)
    assert values[-1] == pytest.approx(0.987, abs=5e-4)
    assert values[0] > -1


def test_two_small_parts_have_no_way_to_the_rest(data):
    place, _, _, W = data
    _, part = connected_components(W != 0, directed=False)
    assert sorted(np.bincount(part).tolist()) == [2, 3, 248]
    largest = np.argmax(np.bincount(part))
    assert [name for name, k in place.items() if part[k] != largest] == ALONE


# --- what hamsim makes of them -----------------------------------------------------------------


def test_network_is_that_of_the_files(network, data):
    place, tau, drive, W = data
    assert network.groups[0].neuron_names == tuple(place)
    assert np.array_equal(network.tau, tau)
    assert np.array_equal(network.input, drive)
    assert np.array_equal(network.W.toarray(), W)


def test_run_ends_close_to_where_the_equations_are_solved(trace, rest):
    assert trace.outcome == "converged"
    np.testing.assert_allclose(trace.x[-1], rest, rtol=0, atol=2e-4)


def test_longer_run_ends_where_the_equations_are_solved(network, rest):
    trace = hamsim.simulate(network, until=1e-11, t_end=3000, record=None)
    assert trace.outcome == "converged"
    np.testing.assert_allclose(trace.x[-1], rest, rtol=0, atol=1e-9)


def test_voltages_are_those_that_the_file_tells(trace, data):
    place, _, drive, _ = data
    V = trace.x[-1]
    assert [name for name, k in place.items() if drive[k]] == ["PLML", "PLMR"]
    names = np.array(list(place))[np.argsort(-V)]
    assert names[:5].tolist() == ["PLML", "PLMR", "LUAR", "PVR", "LUAL"]
    np.testing.assert_allclose(np.sort(V)[:-6:-1], [5.57, 5.47, 4.23, 3.42, 3.22], atol=5e-3)
    assert 0.68 < np.median(V) < 0.69
    assert np.all(V[[place[name] for name in ALONE]] == 0)
    assert np.count_nonzero(V > 0) == 248
    assert V.sum() == pytest.approx(200, abs=0.05)


def test_sum_of_voltages_rises_with_the_time_constant_of_a_membrane(trace):
    """Gap junctions only move current: what all neurons hold together leaks as in one."""
    told = 200 * (1 - np.exp(-trace.t / 100))
    np.testing.assert_allclose(trace.x.sum(axis=1), told, rtol=0, atol=1e-6)


def test_what_symmetrizable_weights_have_for_an_energy_falls(trace, data):
    _, tau, drive, W = data
    matrix = (np.eye(tau.size) - W) / tau[:, None]
    energy = ((trace.x @ matrix) * trace.x).sum(axis=1) / 2 - trace.x @ (drive / tau)
    assert np.diff(energy).max() <= 1e-12 * abs(energy).max()
    assert energy[-1] < energy[0] == 0


# --- the tool that writes the files ------------------------------------------------------------


def test_tool_leaves_out_lone_cells_and_gap_junctions_with_oneself(tmp_path):
    path = Path(__file__).parents[2] / "tools" / "make_c_elegans.py"
    module = importlib.util.spec_from_file_location("make_c_elegans", path)
    tool = importlib.util.module_from_spec(module)
    module.loader.exec_module(tool)
    source = tmp_path / "small.json"
    source.write_text(
        '{"nodes": ["VA10", "PLML", "VA2", "BWM"], "connections": '
        '{"Generic_GJ": [[0, 2, 0, 0], [2, 0, 1, 0], [0, 1, 4, 0], [0, 0, 0, 0]]}}'
    )
    neurons, edges = tool.make_tables(tool.count_junctions(source))
    assert neurons == [
        ("PLML", 1000 / 310, 1000 / 310),
        ("VA2", 1000 / 110, 0.0),
        ("VA10", 1000 / 210, 0.0),
    ]
    assert edges == [
        ("PLML", "VA2", 100 / 110),
        ("PLML", "VA10", 200 / 210),
        ("VA2", "PLML", 100 / 310),
        ("VA10", "PLML", 200 / 310),
    ]
