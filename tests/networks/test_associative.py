"""The associative memories of the zoo show the figures that their files state."""

import numpy as np
import pytest

import hamsim
from hamsim.cli.examples import zoo


def path(name):
    return zoo() / f"{name}.yaml"


def run(name, overrides=None, **arguments):
    # One thread: the bits are the same, and tests may have to share the machine.
    return hamsim.simulate(hamsim.load(path(name), overrides or {}), threads=1, **arguments)


def everything(every=None):
    return hamsim.Record(every=every, what=("x", "g", "energy"))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_sum_exp(z):
    top = z.max(axis=-1)
    return top + np.log(np.exp(z - top[..., None]).sum(axis=-1))


# --- two hidden layers -------------------------------------------------------------------------


def test_two_hidden_layers_read_the_same_cue_as_the_context_says():
    trace = run("two_hidden")
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    assert trace.energy[:, [0, -1]].mean(axis=0) == pytest.approx([-5.27, -16.52], abs=0.005)
    pixels = trace.of("pixels").reshape(6, -1, 25)
    glyphs = hamsim.compile(path("two_hidden")).W.toarray()[25:31, :25]
    assert np.abs(pixels[:, -1] - glyphs).max() < 0.001
    # Each cue is shown in both contexts; it is what the two glyphs have in common.
    assert np.array_equal(pixels[:3, 0], pixels[3:, 0])
    assert np.array_equal(pixels[:3, 0], (glyphs[:3] + glyphs[3:]) / 2)
    assert sorted((pixels[:3, 0] == 0).sum(axis=1)) == [2, 3, 3]


@pytest.mark.parametrize("instant", ["glyphs", "classes"])
def test_two_hidden_layers_have_the_energy_of_equation_19(instant):
    """At all times if the top layer follows at once, and in any case at rest."""
    trace = run("two_hidden", {f"groups.{instant}.tau": 0})
    assert not trace.stats.energy.rose
    weights = hamsim.compile(path("two_hidden")).W.toarray()
    xi, W = weights[25:31, :25], weights[31:, 25:31]
    x, h = trace.of("pixels").reshape(6, -1, 25), trace.of("glyphs")
    f = softmax(h)
    adiabatic = (
        (x**2).sum(axis=-1) / 2
        + (h * f).sum(axis=-1)
        - log_sum_exp(h)
        - np.einsum("...i,ij,...j->...", f, xi, x)
        - log_sum_exp(f @ W.T)
    )
    if instant == "classes":
        np.testing.assert_allclose(trace.energy, adiabatic, rtol=0, atol=1e-12)
    else:
        # The residual is at most 1e-6, and E differs from (19) by its square.
        np.testing.assert_allclose(trace.energy[:, -1], adiabatic[:, -1], rtol=0, atol=1e-11)
        assert np.abs(trace.energy[:, 0] - adiabatic[:, 0]).min() > 1e-4


# --- Hopfield network --------------------------------------------------------------------------


def test_hopfield_network_finds_the_letter_of_every_cue():
    data = np.load(zoo() / "data" / "dense.npz")
    letters = data["letters"].astype(float).reshape(4, 64)
    cues = data["letters_cues"].astype(float).reshape(9, 64)
    expected = np.concatenate([letters, letters, -letters[:1]])
    assert np.abs(letters @ letters.T / 64 - np.eye(4)).max() == 0.125
    assert np.all((cues[:4] != letters).sum(axis=1) == 12)
    assert np.all(cues[4:8, :32] == letters[:, :32])
    assert np.all(cues[4:8, 32:] == 0)
    hebbian = letters.T @ letters / 64
    np.fill_diagonal(hebbian, 0)
    network = hamsim.compile(path("hopfield"))
    assert np.array_equal(network.W.toarray(), hebbian)
    assert np.array_equal(network.initial, cues)

    trace = run("hopfield", record=everything(0.1))
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    found = trace.of("neurons", "g")[:, -1].reshape(9, 64)
    assert np.array_equal(np.sign(found), expected)
    assert np.abs(found).min() >= 0.98
    assert trace.energy[:, [0, -1]].mean(axis=0) == pytest.approx([-3.79, -19.59], abs=0.006)


def test_hopfield_network_needs_a_gain():
    trace = run("hopfield", {"groups.neurons.lagrangian.beta": 0.5}, record=None)
    assert np.abs(trace.final).max() < 1e-3


# --- random Hopfield network --------------------------------------------------------------------

COUNT = "connections.memories.weights.store.patterns.count"
RULE = "connections.memories.weights.store.rule"


def overlaps(overrides=None):
    """Of the cues and of the final states with their patterns, and the trace."""
    overrides = overrides or {}
    begin = {"groups.neurons.initial": {"patterns": "memories"}}
    xi = hamsim.compile(path("random_hopfield"), {**overrides, **begin}).initial
    assert np.all(np.abs(xi) == 1)
    trace = run("random_hopfield", overrides)
    x = trace.of("neurons")
    return [(np.sign(states) * xi).mean(axis=1) for states in (x[:, 0], x[:, -1])], trace


def test_random_hopfield_network_finds_the_pattern_of_every_cue():
    (first, last), trace = overlaps()
    assert np.all(first == 0.7)
    assert np.all(last == 1)
    assert last.size == 30
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    assert trace.energy[:, [0, -1]].mean(axis=0) == pytest.approx([-79.00, -206.03], abs=0.006)


@pytest.mark.parametrize("seed", [2, 3])
def test_random_hopfield_network_finds_other_draws_too(seed):
    (first, last), _ = overlaps({"seed": seed})
    assert np.all(first == 0.7)
    assert last.min() > 0.99


def test_random_hopfield_network_holds_no_hundred_patterns_by_hebbs_rule():
    (_, last), _ = overlaps({COUNT: 100})
    assert last.max() < 0.99
    assert last.mean() == pytest.approx(0.38, abs=0.005)
    (_, last), _ = overlaps({COUNT: 100, RULE: "pseudoinverse"})
    assert last.size == 100
    assert np.all(last == 1)


def test_random_hopfield_network_with_weak_weights_remembers_nothing():
    (_, last), _ = overlaps({"connections.memories.scale": 0.1})
    assert last.max() < 0.45


# --- models A, B and C of Krotov and Hopfield --------------------------------------------------


@pytest.fixture(scope="module")
def dense():
    data = np.load(zoo() / "data" / "dense.npz")
    names = ("signs", "signs_cues", "directions", "directions_cues")
    return {name: data[name].astype(float).reshape(100, 100) for name in names}


@pytest.mark.parametrize("lagrangian", ["sign", {"kind": "tanh", "beta": 10.0}])
def test_model_a_recalls_all_patterns(dense, lagrangian):
    trace = run("model_a", {"groups.visible.lagrangian": lagrangian})
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    visible = np.sign(trace.of("visible").reshape(100, -1, 100))
    assert np.all((visible[:, 0] != dense["signs"]).sum(axis=1) == 20)
    assert np.array_equal(visible[:, -1], dense["signs"])
    first, last = (0, -36.03) if lagrangian == "sign" else (6.93, -29.10)
    assert trace.energy[:, 0].mean() == pytest.approx(first, abs=0.005)
    assert trace.energy[:, -1].mean() == pytest.approx(last, abs=0.005)


def test_hebbian_weights_recall_none_of_the_patterns_of_model_a(dense):
    weights = dense["signs"].T @ dense["signs"] / 100
    np.fill_diagonal(weights, 0)
    trace = hamsim.simulate(
        {
            "format": "hamsim/1",
            "groups": {
                "visible": {
                    "size": 100,
                    "lagrangian": "sign",
                    "initial": dense["signs_cues"].tolist(),
                }
            },
            "connections": [{"within": "visible", "weights": weights.tolist()}],
        },
        method="euler",
        dt=0.05,
        t_end=30,
        record=None,
        threads=1,
    )
    agree = (np.sign(trace.final) == dense["signs"]).sum(axis=1)
    assert np.all(agree < 100)
    assert agree.mean() == pytest.approx(67, abs=0.5)


def test_model_b_makes_one_step_of_attention():
    trace = run("model_b")
    xi = hamsim.compile(path("model_b")).W.toarray()[4:, :4]
    query = trace.of("query")
    for step in range(trace.t.size - 1):
        attention = softmax(2.0 * query[:, step] @ xi.T) @ xi
        np.testing.assert_allclose(query[:, step + 1], attention, rtol=0, atol=1e-12)
    # Shares at the first and at the last step: eagle, penguin, bat, cat, dolphin, horse.
    shares = trace.of("animals", "g")
    assert shares[0, 0, [0, 2]] == pytest.approx([0.85, 0.12], abs=0.006)
    assert shares[1, 0, [4, 1]] == pytest.approx([0.86, 0.12], abs=0.006)
    assert shares[2, 0, [2, 3]] == pytest.approx([0.72, 0.26], abs=0.006)
    assert shares[[0, 1, 2], -1, [0, 4, 2]] == pytest.approx([0.99, 0.95, 0.99], abs=0.006)
    assert trace.t[-1] == 10
    assert np.abs(query[:, -1] - query[:, -2]).max() < 1e-8
    assert not trace.stats.energy.rose


def test_model_c_ends_on_the_direction_of_each_cue(dense):
    trace = run("model_c")
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    visible = trace.of("visible").reshape(100, -1, 100)
    lengths = (
        np.linalg.norm(visible, axis=-1) * np.linalg.norm(dense["directions"], axis=-1)[:, None]
    )
    overlap = np.einsum("kti,ki->kt", visible, dense["directions"]) / lengths
    assert overlap[:, 0] == pytest.approx(0.5, abs=1e-6)
    assert overlap[:, -1].min() >= 0.995
    assert trace.energy[:, [0, -1]].mean(axis=0) == pytest.approx([0, -0.255], abs=0.0005)


# --- convolution and pooling -------------------------------------------------------------------


@pytest.fixture(scope="module")
def shapes():
    return np.load(zoo() / "data" / "shapes.npz")


def test_convolutional_memory_completes_half_shapes_and_cleans_noisy_ones(shapes):
    trace = run("convolutional", record=everything(1.0))
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    shown = np.concatenate([shapes["shapes"], shapes["shapes"]])
    cues = trace.of("image")[:, 0]
    assert np.array_equal(cues[:4, :, :6], shown[:4, :, :6])
    assert np.all(cues[:4, :, 6:] == 0)
    assert (cues[4:] - shown[4:]).std() == pytest.approx(0.4, abs=0.03)
    memories = trace.of("memories", "g")[:, -1]
    assert np.all(memories[range(8), [0, 1, 2, 3] * 2] > 0.999)
    image = trace.of("image")[:, -1]
    assert image[shown == 1].min() > 0.66
    assert image[shown == 0].min() > -1e-6
    assert image[shown == 0].max() < 0.34
    assert trace.energy[:, [0, -1]].mean(axis=0) == pytest.approx([-39.8, -144.6], abs=0.06)


def test_memories_of_the_convolutional_network_are_what_detectors_say_of_a_shape(shapes):
    network = hamsim.compile(path("convolutional"))
    image, features = network.index("image"), network.index("features")
    conv = network.W[features][:, image]
    drive = shapes["shapes"].reshape(4, -1) @ conv.T.toarray() + network.input[features]
    said = softmax(20 * drive.reshape(4, 10, 10, 5))
    np.testing.assert_allclose(said, shapes["memories"], atol=1e-6)


def right_shapes(trace):
    memories = trace.of("memories", "g")[:, -1]
    return memories.argmax(axis=1) == np.arange(36) % 4, memories.max(axis=1)


def test_pooling_recognises_shapes_that_have_moved():
    trace = run("pooling", record=everything(1.0))
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    right, activation = right_shapes(trace)
    assert right.sum() == 35
    assert np.flatnonzero(~right) == [5]
    assert trace.of("memories", "g")[5, -1].argmax() == 0
    assert activation.min() > 0.99


def test_without_pooling_shapes_that_have_moved_are_mistaken():
    overrides = {
        "groups.pooled.shape": [10, 10, 5],
        "connections.1.weights.average_pool.window": 1,
        "connections.1.weights.average_pool.stride": 1,
        "connections.2.weights.key": "unpooled",
    }
    right, _ = right_shapes(run("pooling", overrides, record=everything(1.0)))
    assert right.sum() == 20
    assert np.all(right[:4])


# --- gating ------------------------------------------------------------------------------------

FOUND = {  # trial: what is found
    0: ("meanings", "ache"),
    1: ("meanings", "food"),
    2: ("meanings", "seat"),
    3: ("meanings", "body"),
    4: ("words", "bread"),
    5: ("words", "pain"),
    6: ("languages", "french"),
    7: ("languages", "english"),
}


def test_gating_lets_any_two_find_the_third():
    trace = run("gated", record=everything(0.5))
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    neurons = {
        name: [neuron.id for neuron in group.neurons]
        for name, group in hamsim.load(path("gated")).groups.items()
    }
    for trial, (group, neuron) in FOUND.items():
        assert trace.of(group, "g")[trial, -1, neurons[group].index(neuron)] > 0.99
    assert trace.energy[:, [0, -1]].mean(axis=0) == pytest.approx([-5.10, -12.00], abs=0.005)


def test_energy_of_the_gated_network_is_that_of_three_way_products():
    spec = hamsim.load(path("gated")).model_dump(by_alias=True, exclude_none=True)
    del spec["stimuli"]
    x = np.random.default_rng(0).standard_normal(12)
    T = np.zeros((4, 6, 2))
    groups = spec["groups"]
    names = [[neuron["id"] for neuron in groups[g]["neurons"]] for g in groups]
    for *edge, weight in spec["connections"][0]["weights"]["edges"]:
        T[tuple(ids.index(neuron) for ids, neuron in zip(names, edge, strict=True))] = weight
    assert np.count_nonzero(T) == 8
    parts = np.split(x, [4, 10])
    g = [softmax(2 * part) for part in parts]
    expected = sum(
        part @ activity - log_sum_exp(2 * part) / 2 for part, activity in zip(parts, g, strict=True)
    ) - np.einsum("ijk,i,j,k->", T, *g)
    assert hamsim.energy(hamsim.compile(spec), x).total == pytest.approx(expected, rel=1e-12)


def test_links_in_pairs_cannot_replace_gating():
    spec = hamsim.load(path("gated")).model_dump(by_alias=True, exclude_none=True)
    (gate,) = spec["connections"]
    triples = gate["weights"]["edges"]
    pairs = {
        ("meanings", "words"): {(meaning, word) for meaning, word, _, _ in triples},
        ("words", "languages"): {(word, language) for _, word, language, _ in triples},
        ("meanings", "languages"): {(meaning, language) for meaning, _, language, _ in triples},
    }
    spec["connections"] = [
        {"between": ends, "weights": {"edges": [[a, b, 4] for a, b in sorted(found)]}}
        for ends, found in pairs.items()
    ]
    trace = hamsim.simulate(spec, record=everything(0.5))
    meanings = trace.of("meanings", "g")[:4, -1]
    assert meanings[:2, :2] == pytest.approx(0.5, abs=0.001)
    assert meanings[2:, 2:] == pytest.approx(0.5, abs=0.001)


# --- many layers -------------------------------------------------------------------------------


def test_deep_stack_comes_to_rest_in_eight_states():
    trace = run("deep_stack")
    network = hamsim.compile(path("deep_stack"))
    assert len(network.groups) == 5
    assert [network.tau[network.index(g.name)][0] for g in network.groups] == [
        1 / 2**k for k in range(5)
    ]
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    assert trace.energy[:, [0, -1]].mean(axis=0) == pytest.approx([24.78, -66.17], abs=0.005)
    assert trace.t[-1] == pytest.approx(85, abs=0.5)
    residual = trace.arrays["residual"]
    assert residual[-1].max() <= 1e-4
    assert (np.diff(residual.max(axis=1)) > 0).sum() > 5  # on the way down it goes up again
    distance = np.linalg.norm(trace.final[:, None] - trace.final[None], axis=-1)
    assert distance[np.triu_indices(8, 1)].min() > 1


BARS = {"left": np.s_[:, 0], "right": np.s_[:, 4]}
DOTS = {"high": (1, 2), "low": (3, 2)}
CUES = [("left", "high"), ("left", "low"), ("right", "low")]


@pytest.mark.parametrize("without", [None, "skip", "lateral"])
def test_skip_and_lateral_connections_decide_what_is_recalled(without):
    spec = hamsim.load(path("skip_lateral")).model_dump(by_alias=True, exclude_none=True)
    spec["connections"] = [
        connection
        for connection in spec["connections"]
        if without is None or connection.get("name") != without
    ]
    assert len(spec["connections"]) == (4 if without is None else 3)
    trace = hamsim.simulate(spec, record=everything(0.1))
    assert trace.outcome == "converged"
    assert not trace.stats.energy.rose
    memories = trace.of("memories", "g")[:, -1]
    for (bar, dot), found, shares in zip(CUES, trace.of("pixels")[:, -1], memories, strict=True):
        expected = np.zeros((5, 5))
        expected[BARS[bar]] = 1
        other_bar, other_dot = {*BARS} - {bar}, {*DOTS} - {dot}
        if without != "skip":
            expected[DOTS[dot]] = 1
        if without == "lateral":
            expected[BARS[other_bar.pop()]] = 1
        np.testing.assert_allclose(found, expected, atol=0.01)
        share = dict(zip(["left_high", "left_low", "right_high", "right_low"], shares, strict=True))
        if without is None:
            assert share[f"{bar}_{dot}"] == pytest.approx(0.999, abs=0.0006)
        elif without == "skip":
            assert share[f"{bar}_{other_dot.pop()}"] == pytest.approx(0.5, abs=0.001)
            assert share[f"{bar}_{dot}"] == pytest.approx(0.5, abs=0.001)
        else:
            assert share[f"left_{dot}"] == pytest.approx(0.5, abs=0.001)
            assert share[f"right_{dot}"] == pytest.approx(0.5, abs=0.001)


# --- time constants ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tau", "rest", "energy"),
    [
        (None, (0.504, 0.860), -0.5007),
        (10, (-0.985, 0.174), -0.5000),
        (0.1, (-0.985, 0.174), -0.5000),
    ],
)
def test_slow_hidden_layer_decides_which_memory_is_recalled(tau, rest, energy):
    trace = run("slow_hidden", {} if tau is None else {"groups.hidden.tau": tau})
    assert trace.outcome == "converged"
    assert trace.of("visible")[-1] == pytest.approx(rest, abs=0.0006)
    assert trace.energy[-1] == pytest.approx(energy, abs=0.00006)
    assert not trace.stats.energy.rose


def test_softmax_with_unequal_tau_oscillates():
    trace = run("softmax_oscillation", record=everything())
    late = trace.t > 100
    v, t = trace.of("visible")[late, 0], trace.t[late]
    assert (v.min(), v.max()) == pytest.approx((-0.419, 0.419), abs=0.0005)
    upwards = t[1:][(v[1:] > 0) & (v[:-1] <= 0)]
    assert np.diff(upwards) == pytest.approx(28.5, abs=0.05)
    energy = trace.energy[late]
    assert (energy.min(), energy.max()) == pytest.approx((-0.1925, -0.1659), abs=0.0001)
    assert trace.stats.energy.rose


def test_softmax_rests_below_the_ratio_of_2_432():
    trace = run("softmax_oscillation", {"groups.hidden.tau": [1, 2]})
    assert np.abs(trace.final).max() < 1e-6
    assert trace.stats.energy.rose  # on the spiral
    trace = run("softmax_oscillation", {"groups.hidden.tau": 1})
    assert np.abs(trace.final).max() < 1e-6
    assert not trace.stats.energy.rose


def test_softmax_loses_stability_at_the_ratio_of_2_432():
    network = hamsim.compile(path("softmax_oscillation"))
    assert hamsim.velocity(network, np.zeros(3)) == pytest.approx(0, abs=1e-15)  # v = 0 is at rest
    H = np.zeros((3, 3))
    H[0, 0] = 1
    H[1:, 1:] = 3.6 * np.array([[0.25, -0.25], [-0.25, 0.25]])
    J = network.W.toarray() @ H - np.eye(3)

    def growth(ratio):
        return np.linalg.eigvals(J / np.array([[0.05], [1], [ratio]])).real.max()

    assert growth(2.4315) < 0 < growth(2.4325)


# --- letters, neuron by neuron -----------------------------------------------------------------


def letters():
    return np.load(zoo() / "data" / "dense.npz")["letters"].astype(float).reshape(4, 64)


def test_letters_are_found_in_one_sweep():
    found = np.array([0, 1, 2, 3, 0, 1, 2, 3, 0])
    expected = letters()[found] * np.where(np.arange(9) == 8, -1.0, 1.0)[:, None]
    for how in ({}, {"seed": 1}, {"order": "sequential"}):
        trace = run("letters", **how)
        assert trace.outcomes == ("converged",) * 9
        assert trace.stats.sweeps == 1
        assert trace.stats.flips == (12,) * 4 + (32,) * 4 + (0,)
        assert np.array_equal(trace.x[:, -1], expected)
        assert trace.stats.energy.rises == 0
        ends = trace.energy[:, [0, -1]].mean(axis=0)
        assert ends == pytest.approx([-12.40, -30.66], abs=0.005)
    assert hamsim.check_run(path("letters")).certificate.converges == "proved"


def test_letters_from_anywhere_and_all_at_once():
    anywhere = {"groups.neurons.initial": {"signs": {}}, "simulation.trials": 2000}
    trace = run("letters", anywhere, record=None)
    assert set(trace.outcomes) == {"converged"}
    assert trace.stats.sweeps <= 4
    overlaps = trace.state.x @ letters().T / 64
    ends = [(overlaps.max(axis=1) == 1).mean(), (overlaps.min(axis=1) == -1).mean()]
    assert ends == pytest.approx([0.37, 0.37], abs=0.005)
    trace = run("letters", anywhere, method="synchronous", record=None)
    assert trace.outcomes.count("cycle") == 53
    assert trace.outcomes.count("converged") == 2000 - 53


def test_letters_melt():
    for temperature, overlap in ((0.3, 0.994), (0.7, 0.0)):
        trace = run("letters", temperature=temperature, sweeps=1000)
        own = np.einsum("ktn,kn->kt", trace.x[:4, 200:], letters()) / 64
        error = 0.0005 if temperature < 0.5 else 0.05
        assert own.mean() == pytest.approx(overlap, abs=error)
