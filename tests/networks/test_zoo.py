"""Every example network shows what its file says one should see."""

import re

import numpy as np
import pytest
from manual import guide

import hamsim
from hamsim.cli.examples import zoo
from hamsim.report.network import network_report

FILES = sorted(zoo().glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_says_what_to_see_and_where_it_is_from(path):
    spec = hamsim.load(path)
    assert "What you should see" in spec.description
    assert spec.references
    assert spec.name


def same(first, second):
    return np.array_equal(first, second) and first.dtype == second.dtype


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_resolved_is_the_same_network(path, tmp_path):
    network = hamsim.compile(path)
    resolved = tmp_path / "resolved.yaml"
    resolved.write_text(network.source, encoding="utf-8")
    again = hamsim.compile(resolved)
    assert again.source == network.source
    for part in ("data", "indices", "indptr"):
        assert same(getattr(again.W, part), getattr(network.W, part))
    for array in ("tau", "input", "initial"):
        assert same(getattr(again, array), getattr(network, array))
    assert [c.name for c in again.connections] == [c.name for c in network.connections]
    for one, other in zip(again.groups, network.groups, strict=True):
        assert (one.name, one.shape, one.over) == (other.name, other.shape, other.over)
        assert one.family == other.family
        assert one.neuron_names == other.neuron_names
        assert all(same(one.parameters[key], other.parameters[key]) for key in one.parameters)
    if network.triples is not None:
        assert all(map(same, again.triples, network.triples))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_can_be_told_about(path):
    facts = network_report(hamsim.compile(path)).to_dict()
    assert facts["neurons"] == sum(group["neurons"] for group in facts["groups"])
    # A layer of normalisation has no synapses at all; some pixels are empty in every stored image.
    alone = {"divisive_normalisation": 12, "digits": 3, "skip_lateral": 13}
    assert facts["isolated_count"] == alone.get(path.stem, 0)


def test_the_manual_names_every_file():
    table = guide("zoo").split("|---|---|\n")[1].split("\n\n")[0]
    assert sorted(re.findall(r"`([a-z_]+)`", table)) == [path.stem for path in FILES]


@pytest.fixture(scope="module")
def digits():
    data = np.load(zoo() / "data" / "digits.npz")
    return data, hamsim.simulate(zoo() / "digits.yaml")


def nearest_class(data, score):
    return data["stored_labels"][score.argmax(axis=1)]


def test_digits_end_in_the_memory_of_the_right_class(digits):
    """187 of 200, where the nearest neighbour on the visible half gets 183."""
    data, trace = digits
    seen = data["visible"] > 0
    cues, stored = data["truth"][:, seen].astype(float), data["stored"][:, seen].astype(float)
    dots = cues @ stored.T
    neighbours = nearest_class(data, dots - (stored**2).sum(axis=1) / 2)
    assert (neighbours == data["labels"]).sum() == 183
    assert (nearest_class(data, dots) == data["labels"]).sum() == 85
    memories = trace.of("memories")[:, -1]
    right = int((memories.argmax(axis=1) == data["labels"]).sum())
    assert right == 187
    ordered = np.sort(memories, axis=1)
    assert np.all(ordered[:, -1] - ordered[:, -2] > 2)  # no ties


def test_digits_are_not_stored(digits):
    data, _ = digits
    stored = {image.tobytes() for image in data["stored"]}
    assert not any(image.tobytes() in stored for image in data["truth"])
    assert np.array_equal(data["covered"], data["truth"] * data["visible"])
    assert np.array_equal(data["member"].argmax(axis=0), data["stored_labels"])


def test_digits_fill_in_the_lower_half_and_keep_the_upper(digits):
    data, trace = digits
    pixels = trace.of("pixels")
    assert np.all(pixels[:, :, :4] == data["covered"][:, None, :4])
    assert np.all(pixels[:, trace.t < 0.99, 4:] == 0)
    error = np.abs(pixels[:, -1, 4:] - data["truth"][:, 4:]).mean()
    empty = np.abs(data["truth"][:, 4:]).mean()
    assert error < 0.5 * empty


def test_digits_energy_never_rises(digits):
    _, trace = digits
    watch = trace.stats.energy
    assert not watch.rose
    assert watch.relative_rise <= 1e-12
    assert np.diff(trace.energy, axis=1).max() <= 1e-12 * np.abs(trace.energy).max()


def test_one_hidden_layer_finds_the_pattern_that_each_cue_began_closest_to():
    trace = hamsim.simulate(
        zoo() / "one_hidden.yaml", record=hamsim.Record(what=("x", "g", "energy"))
    )
    hidden = trace.of("hidden", "g")[:, -1]
    assert hidden.argmax(axis=1).tolist() == [0, 1, 2, 0, 1]
    assert hidden.max(axis=1) == pytest.approx(1.0, abs=1e-3)
    patterns = hamsim.compile(zoo() / "one_hidden.yaml").W.toarray()[16:, :16]
    visible = trace.of("visible")[:, -1].reshape(5, 16)
    np.testing.assert_allclose(visible, patterns[[0, 1, 2, 0, 1]], atol=1e-3)
    assert (trace.of("visible")[:, 0].reshape(5, 16) @ patterns.T).argmax(1).tolist() == [
        0,
        1,
        2,
        0,
        1,
    ]
    assert not trace.stats.energy.rose
    assert trace.outcome == "converged"


@pytest.mark.parametrize("seed", [7, 8])
def test_ring_makes_one_bump_with_a_peak_of_4_7_times_the_mean(seed):
    spec = hamsim.load(zoo() / "ring.yaml", {"seed": seed})
    network = hamsim.compile(spec)
    assert np.unique(network.tau).size == 180
    trace = hamsim.simulate(network)
    g = np.maximum(trace.x[-1], 0)
    assert g.max() / g.mean() == pytest.approx(4.7, abs=0.05)
    edges = np.flatnonzero(np.diff((np.roll(g, -int(g.argmax())) > 0).astype(int)))
    assert edges.size == 2  # one stretch of active neurons
    assert trace.energy[-1] == pytest.approx(-43.07, abs=0.01)
    assert not trace.stats.energy.rose


def test_ring_bumps_of_two_seeds_are_at_different_places():
    peaks = [
        hamsim.simulate(hamsim.load(zoo() / "ring.yaml", {"seed": seed}), record=None)
        .x[-1]
        .argmax()
        for seed in (7, 8)
    ]
    assert abs(int(peaks[0]) - int(peaks[1])) > 10
