"""The verdict of a run: its clamps, currents, step, method and weights, against simulations."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.certify.as_run import networks_as_run
from hamsim.cli.main import main
from hamsim.deadline import NOT_YET

FORMAT = "hamsim/1"


def half_clamped_softmax():
    """A softmax of two, the second clamped, whose weights out of the clamped neuron act one way."""
    return {
        "format": FORMAT,
        "groups": {
            "s": {
                "size": 2,
                "lagrangian": {"kind": "softmax", "beta": 4},
                "input": [-1.5, 0],
                "initial": [0.3, 0],
            },
            "v": {"size": 1, "lagrangian": "identity", "input": -3, "initial": -0.1},
        },
        "connections": [
            {"within": "s", "weights": [[3, 0], [0, 0]], "self_connections": True},
            {"between": ["v", "s"], "weights": [[1, 5]]},
        ],
        "stimuli": [{"group": "s", "mode": "clamp", "value": 0, "mask": [0, 1]}],
    }


def test_a_softmax_of_which_a_part_is_clamped_is_not_proved_to_rest():
    description = half_clamped_softmax()
    # without the clamp the energy falls
    assert hamsim.check(description).converges == "proved"
    found = hamsim.check_run(description, t_end=200, dt=0.01)
    assert found.certificate.converges != "proved"
    assert found.text.endswith("is clamped, so that weights out of it act one way")
    trace = hamsim.simulate(description, t_end=200, dt=0.01)
    late = trace.x[trace.t > 150]
    assert np.ptp(late[:, 0]) > 1 and np.ptp(late[:, 2]) > 1  # noqa: PT018


def test_whole_groups_that_are_clamped_are_constants():
    description = half_clamped_softmax()
    description["stimuli"] = [{"group": "s", "mode": "clamp", "value": 0}]
    assert hamsim.check_run(description).text.startswith("proved to converge")


def test_a_clamp_that_ends_before_the_run_leaves_the_network_as_it_was():
    description = half_clamped_softmax()
    description["stimuli"][0]["stop"] = 5
    assert hamsim.check_run(description, t_end=50).certificate.converges == "proved"
    assert hamsim.check_run(description, t_end=4).certificate.converges != "proved"


def test_clamped_neurons_without_synapses_do_no_harm():
    description = half_clamped_softmax()
    description["connections"][1]["weights"] = [[1, 0]]
    assert hamsim.check_run(description).certificate.converges == "proved"


def random_clamped(seed):
    """Softmaxes (of single neurons of an image, too), gates and others, some neurons clamped."""
    rng = np.random.default_rng(seed)
    kind = ("softmax", "ghostmax")[seed % 2]
    groups = {
        "p": {
            "shape": [2, 3],
            "lagrangian": {"kind": kind, "beta": float(rng.uniform(0.3, 3)), "over": "last"},
            "tau": [float(t) for t in np.repeat(rng.uniform(0.5, 2, 2), 3)],
        },
        "v": {"size": 3, "lagrangian": "tanh", "tau": rng.uniform(0.3, 3, 3).tolist()},
        "w": {"size": 2, "lagrangian": "sigmoid"},
    }
    for group in groups.values():
        size = group.get("size", 6)
        shape = group.get("shape", [size])
        group["input"] = rng.normal(size=shape).tolist()
        group["initial"] = rng.normal(size=shape).tolist()
    gated = seed % 3 == 0
    connections = [
        {"between": ["p", "v"], "weights": rng.normal(size=(6, 3)).tolist()},
        {"from": "w", "to": "p", "weights": rng.normal(size=(6, 2)).tolist()},
    ]
    masks = {"p": rng.integers(0, 2, (2, 3)), "v": rng.integers(0, 2, 3)}
    if gated:
        connections.append(
            {"gate": "w", "between": ["v", "v"], "weights": {"edges": [[0, 1, 0, 0.7]]}}
        )
        masks["v"] = np.array([1, 0, 0])
    stimuli = [
        {"group": name, "mode": "clamp", "value": float(rng.normal()), "mask": mask.tolist()}
        for name, mask in masks.items()
    ]
    stimuli.append({"group": "w", "mode": "input", "value": 0.3, "start": 0.0})
    if seed % 4 == 0:
        stimuli.append({"group": "w", "mode": "clamp", "value": -0.4, "mask": [0, 1]})
    return {
        "format": FORMAT,
        "groups": groups,
        "connections": connections,
        "stimuli": stimuli,
    }


@given(st.integers(0, 100_000))
@settings(max_examples=25, deadline=None)
def test_what_a_run_is_left_to_moves_as_the_run_does(seed):
    network = hamsim.compile(random_clamped(seed))
    free = np.ones(network.n_neurons, bool)
    for stimulus in network.stimuli:
        if stimulus.mode == "clamp":
            free[stimulus.neurons] = False
    if not free.any():
        return
    ((alone, *_),) = networks_as_run(network, 5.0, "float64")
    assert alone.n_neurons == free.sum()
    how = {"method": "rk4", "dt": 0.02, "steps": 100}
    whole, part = hamsim.simulate(network, **how), hamsim.simulate(alone, **how)
    labels = [network.label(k) for k in np.flatnonzero(free)]
    own = [alone.label(k) for k in range(alone.n_neurons)]
    assert sorted(labels) == sorted(own)
    order = [labels.index(name) for name in own]
    moved = whole.x[:, free][:, order]
    # a shift of a part of a softmax changes the state, not the velocity
    x = part.x[0]  # of one trial
    np.testing.assert_allclose(x - x[0], moved - moved[0], rtol=1e-7, atol=1e-9)


def test_a_part_of_a_norm_that_is_clamped_is_left_open():
    description = half_clamped_softmax()
    description["groups"]["s"]["lagrangian"] = "layer_norm"
    found = hamsim.check_run(description)
    assert found.certificate is None
    assert found.text.startswith("undecided: a part of the neurons of s")


PAIR = {
    "format": FORMAT,
    "groups": {"s": {"size": 2, "lagrangian": "tanh"}},
    "connections": [{"within": "s", "weights": -3}],
}


def test_the_step_and_the_method_belong_to_the_verdict():
    # lambda_min = -3, so that the energy falls at each Euler step of up to 2 / (1 + 3)
    long, short = (hamsim.check_run(PAIR, method="euler", dt=dt, t_end=9) for dt in (0.9, 0.49))
    assert long.text == "proved to converge to rest in continuous time; dt is above 0.5"
    assert not long.in_steps
    assert short.text == "proved to converge to rest"
    assert short.in_steps
    assert hamsim.check_run(PAIR, method="rk4", dt=0.1).text.endswith("in continuous time")
    moving = hamsim.simulate(PAIR, initial=[0.1, 0.1], method="euler", dt=0.9, steps=500)
    assert moving.stats.energy.rose


def test_weights_are_judged_as_they_are_rounded():
    near = 1.0 - 1e-8  # rounds to 1 in float32
    description = {
        "format": FORMAT,
        "groups": {"a": {"size": 1, "lagrangian": "identity", "input": 1}},
        "connections": [{"within": "a", "weights": [[near]], "self_connections": True}],
    }
    assert hamsim.check_run(description).certificate.converges == "proved"
    assert hamsim.check_run(description, dtype="float32").certificate.converges != "proved"


def test_trials_may_clamp_other_values():
    description = half_clamped_softmax()
    for weight, status in ((0, "proved"), (5, "undecided")):
        description["connections"][1]["weights"] = [[1, weight]]
        description["stimuli"][0]["value"] = [[0.0, 0.0], [0.0, 1.0]]
        assert hamsim.check_run(description).certificate.converges == status


def test_a_large_network_does_not_keep_a_run_waiting():
    n = 3000
    description = {
        "format": FORMAT,
        "seed": 1,
        "groups": {"a": {"size": n, "lagrangian": "relu", "input": 1.0}},
        "connections": [{"within": "a", "weights": {"normal": {"std": 0.2}}, "density": 0.05}],
    }
    found = hamsim.check_run(description, seconds=0.0)
    assert found.text.startswith(NOT_YET)


def test_the_command_says_it(capsys, tmp_path):
    file = tmp_path / "half.json"
    file.write_text(json.dumps(half_clamped_softmax()))
    with pytest.raises(SystemExit):
        main(["run", str(file), "--no-save", "--t-end", "1"])
    out = capsys.readouterr().out
    assert "proved" not in next(line for line in out.splitlines() if line.startswith("check"))
    with pytest.raises(SystemExit):
        main(["run", str(file), "--no-save", "--t-end", "1", "--json"])
    told = json.loads(capsys.readouterr().out)["check"]
    assert told["converges"] in ("undecided", "refuted")
    assert told["verdict"]


@pytest.mark.parametrize("text", ["log(sum(exp(b*x)))/b", "log(1 + sum(exp(b*x)))/b"])
def test_a_formula_that_is_a_softmax_may_be_clamped_in_part(text):
    description = half_clamped_softmax()
    kind = "ghostmax" if "1 +" in text else "softmax"
    found = []
    for lagrangian in ({"kind": kind, "beta": 4}, {"expression": text, "b": 4}):
        for group in description["groups"].values():
            if isinstance(group["lagrangian"], dict):
                group["lagrangian"] = lagrangian
        found.append(hamsim.check_run(description).certificate)
    table, formula = found
    assert table is not None
    for field in ("symmetry", *table.FIELDS):
        assert getattr(formula, field) == getattr(table, field)


# --- trials and gates -----------------------------------------------------------------------


def described(groups, connections, stimuli):
    return {
        "format": FORMAT,
        "groups": groups,
        "connections": connections,
        "stimuli": [{"mode": "clamp", **stimulus} for stimulus in stimuli],
    }


def test_gates_among_free_neurons_stay_where_a_part_of_a_softmax_is_clamped():
    found = hamsim.check_run(
        described(
            {
                "s": {"size": 2, "lagrangian": "softmax"},
                "a": {"size": 3, "lagrangian": "identity", "input": 1, "initial": 3},
            },
            [{"gate": "a", "between": ["a", "a"], "weights": {"edges": [[0, 1, 2, 1.0]]}}],
            [{"group": "s", "value": 0, "mask": [1, 0]}],
        ),
        t_end=20,
    )
    assert found.certificate.converges != "proved"


def test_trials_may_clamp_the_gate_of_a_synapse_at_other_values():
    description = described(
        {
            "a": {"size": 2, "lagrangian": "identity"},
            "c": {"size": 1, "lagrangian": "identity"},
        },
        [{"gate": "c", "between": ["a", "a"], "weights": {"edges": [[0, 1, 0, 1.0]]}}],
        [{"group": "c", "value": [[0.1], [0.2]]}],
    )
    assert hamsim.check_run(description).certificate.converges == "proved"
    description["stimuli"][0]["value"] = [[0.1], [10.0]]
    assert hamsim.check_run(description).certificate.converges != "proved"
    description["stimuli"][0]["value"] = [[0.1 * k] for k in range(20)]
    assert hamsim.check_run(description).certificate is None


@pytest.mark.parametrize(
    ("group", "weights", "one", "all_of"),
    [
        # each is proved by its own input, which another trial does not have
        ({"size": 2, "lagrangian": "soft_threshold"}, [[0, 1], [1, 0]], [0, 0], [5, 5]),
        ({"size": 2, "lagrangian": "tanh"}, [[3, -4], [4, 0]], [20, 0], [0, 0]),
    ],
)
def test_what_rests_on_the_input_of_one_trial_is_not_said_of_others(group, weights, one, all_of):
    def verdict(values):
        connection = {"from": "a", "to": "a", "weights": weights, "self_connections": True}
        if weights == np.transpose(weights).tolist():
            connection = {"within": "a", "weights": weights}
        description = described({"a": group}, [connection], [])
        description["stimuli"] = [{"group": "a", "mode": "input", "value": values}]
        return hamsim.check_run(description).certificate.converges

    assert verdict([one, one]) == verdict(one) == "proved"
    assert verdict([one, all_of]) != "proved"


def test_inhibition_at_once_does_not_rest_on_the_input_of_one_trial():
    groups = {
        "e": {"size": 2, "lagrangian": "soft_threshold"},
        "i": {"size": 1, "lagrangian": "soft_threshold", "tau": 0},
    }
    synapses = [
        {"within": "e", "weights": 1},
        {"from": "e", "to": "i", "weights": [[1, -1]]},
        {"from": "i", "to": "e", "weights": [[-1], [1]]},
    ]
    description = described(groups, synapses, [])
    description["stimuli"] = [{"group": "e", "mode": "input", "value": [[0, 0], [5, 5]]}]
    assert hamsim.check_run(description).certificate.converges != "proved"


def test_the_worst_trial_is_told():
    def softmax_of_two(own, values):
        return described(
            {"s": {"size": 2, "lagrangian": "ghostmax", "input": [0, 20]}},
            [{"from": "s", "to": "s", "weights": own, "self_connections": True}],
            [{"group": "s", "value": values, "mask": [1, 0]}],
        )

    found = hamsim.check_run(softmax_of_two([[0, 0], [-30, 0]], [[-50, 0], [5, 0]]))
    assert found.certificate.globally_stable != "proved"
    cycle = softmax_of_two([[0, 0], [80, 0]], [[-50, 0], [3, 0]])
    cycle["groups"]["s"]["input"] = 0
    found = hamsim.check_run(cycle, method="euler", dt=0.99)
    assert not found.in_steps


def test_a_run_check_is_neither_true_nor_false():
    with pytest.raises(TypeError, match="in_steps"):
        bool(hamsim.check_run(PAIR))
