"""Unequal time constants on one Lagrangian, in the form in which the energy falls all the same."""

import numpy as np
import pytest
from reference import dense
from scipy.integrate import solve_ivp
from scipy.special import softmax

import hamsim
from hamsim.field.preserving import preserved_velocity
from hamsim.lagrangians.table import TABLE
from hamsim.operator.neurons import Neurons

KNOWN = [row for row in TABLE.values() if row.common]
EVERY_KNOWN = pytest.mark.parametrize("row", KNOWN, ids=lambda row: row.name)
UNKNOWN = [row for row in TABLE.values() if not row.additive and not row.common]
PARAMETERS = {
    "softmax_ridge": {"epsilon": 0.3},
    "power_norm": {"degree": 3.0},
    "spherical": {"epsilon": 0.2, "delta": 0.3},
    "layer_norm": {"epsilon": 0.2, "delta": -0.4},
    "rms_norm": {"epsilon": 0.2},
}


def describe(lagrangian, tau, W=None, form="preserve_energy", **group):
    size = len(tau)
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": size, "lagrangian": lagrangian, "tau": list(tau), **group}},
        "simulation": {"collective_tau": form},
    }
    if W is not None:
        W = np.asarray(W, float).tolist()
        spec["connections"] = [{"within": "a", "weights": W, "self_connections": True}]
    return spec


def one_family(row, tau, **how):
    return hamsim.compile(describe({"kind": row.name, **PARAMETERS.get(row.name, {})}, tau, **how))


@EVERY_KNOWN
def test_the_hessian_times_the_form_is_symmetric_and_not_negative(row):
    rng = np.random.default_rng(0)
    for n in (2, 5):
        tau = rng.uniform(0.01, 10, n)
        network, alike = one_family(row, tau), one_family(row, np.full(n, 2.0))
        for x in rng.normal(size=(4, n)) * 2:
            states, unit = np.tile(x, (n, 1)), np.eye(n)
            H = Neurons(network.groups).hessian(states, unit).T
            K = preserved_velocity(network, states, unit).T
            size = np.abs(H).max() * np.abs(K).max()
            np.testing.assert_allclose(H @ K, (H @ K).T, atol=1e-13 * size)
            assert np.linalg.eigvalsh(H @ K + (H @ K).T)[0] >= -1e-13 * size
            assert np.linalg.cond(K) < 1e4 * (tau.max() / tau.min())  # rest states are the same
            np.testing.assert_allclose(preserved_velocity(alike, states, unit), unit / 2)


def by_the_book(name, x, u, tau):
    """The forms of softmax, and of norms by projections, written out."""
    rate = np.mean(1 / tau)
    if name == "softmax":
        mean = softmax(x) @ u
        return (u - mean) / tau + mean * rate
    y = x - x.mean() if name == "layer_norm" else x
    across = [y / np.linalg.norm(y)]
    across += [np.full(x.size, x.size**-0.5)] if name == "layer_norm" else []
    P = np.eye(x.size) - sum(np.outer(e, e) for e in across)
    return P @ (P @ u / tau) + rate * (u - P @ u)


@pytest.mark.parametrize("name", ["softmax", "layer_norm", "spherical", "radial"])
def test_velocities_are_those_of_the_book(name):
    rng = np.random.default_rng(1)
    W = rng.normal(size=(4, 4))
    tau = rng.uniform(0.1, 5, 4)
    network = one_family(TABLE[name], tau, W=W + W.T, input=rng.normal(size=4).tolist())
    model = dense(network)
    states = rng.normal(size=(3, 4))
    expected = [by_the_book(name, x, model.drive(x) - x, tau) for x in states]
    np.testing.assert_allclose(hamsim.velocity(network, states), expected, rtol=1e-10, atol=1e-12)
    plain = one_family(TABLE[name], tau, W=W + W.T, form="plain")
    assert not np.allclose(hamsim.velocity(plain, states), expected, rtol=1e-3)


def mixed(**how):
    """Two layers; in the one that shares Lagrangians each neuron has its own time constant."""
    rng = np.random.default_rng(4)
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "v": {"size": 3, "lagrangian": "tanh", "initial": rng.normal(size=3)},
                "h": {
                    "shape": [3, 2],
                    "lagrangian": {"kind": "softmax", "beta": 4.0, "over": [0]},
                    "tau": rng.uniform(0.2, 4, size=(3, 2)),
                    "initial": rng.normal(size=(3, 2)),
                },
                "i": {"size": 2, "lagrangian": "relu", "tau": 0},
            },
            "connections": [
                {"between": ["v", "h"], "weights": rng.normal(size=(3, 6))},
                {"between": ["i", "h"], "weights": rng.normal(size=(2, 6))},
            ],
            "simulation": {"collective_tau": "preserve_energy"},
            **how,
        }
    )


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("heun", 2), ("rk4", 4)])
def test_explicit_methods_follow_it_with_their_order(method, order):
    network = mixed()
    exact = solve_ivp(
        lambda _, x: np.nan_to_num(hamsim.velocity(network, x)),
        (0, 1.0),
        network.initial,
        "DOP853",
        rtol=1e-12,
        atol=1e-12,
    ).y[:9, -1]
    errors = []
    for count in (20, 40):
        how = {"method": method, "dt": 1 / count, "steps": count, "record": None}
        errors.append(np.abs(hamsim.simulate(network, **how).final[:9] - exact).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.2)


def test_trials_are_single_runs_and_what_is_recorded_belongs_to_the_states():
    network = mixed()
    starts = np.random.default_rng(0).normal(size=(5, network.n_neurons))
    how = {"method": "rk4", "dt": 0.05, "steps": 40}
    record = hamsim.Record(what=("x", "energy", "residual"))
    together = hamsim.simulate(network, starts, record=record, **how)
    for k, start in enumerate(starts):
        alone = hamsim.simulate(network, start, **how)
        np.testing.assert_allclose(together.x[k], alone.x, rtol=1e-12, atol=1e-12)
    model = dense(network)
    for k in range(5):
        energies = [model.energy(x) for x in together.x[k]]
        np.testing.assert_allclose(together.energy[k], energies, rtol=1e-10, atol=1e-10)
        assert together.residual[k, -1] == pytest.approx(model.residual(together.x[k, -1]))
    assert np.all(np.diff(together.energy) < 1e-12)


def test_where_all_are_alike_no_bit_changes():
    for tau, kind in (([2.0, 2.0], "softmax"), ([1.0, 3.0], "tanh")):
        runs = [
            hamsim.simulate(describe(kind, tau, [[0, 1], [1, 0]], form, initial=0.3), dt=0.1)
            for form in ("plain", "preserve_energy")
        ]
        assert np.array_equal(runs[0].x, runs[1].x)


OSCILLATING = {
    "pair": describe(
        {"kind": "softmax", "beta": 8.0},
        [1.0, 10.0],
        np.diag([1.0, -1.5]),
        input=[-0.5, 0.75],
        initial=[0.3, -0.2],
    ),
    "one hidden layer": {
        "format": "hamsim/1",
        "groups": {
            "v": {"size": 1, "lagrangian": "identity", "tau": 0.05, "input": -1.5},
            "h": {
                "size": 2,
                "lagrangian": {"kind": "softmax", "beta": 3.6},
                "tau": [1.0, 5.0],
                "initial": [0.3, -0.2],
            },
        },
        "connections": [{"between": ["v", "h"], "weights": [[2.0, 1.0]]}],
        "simulation": {"collective_tau": "preserve_energy"},
    },
}


@pytest.mark.parametrize("name", OSCILLATING)
def test_what_goes_round_comes_to_rest(name):
    spec = OSCILLATING[name]
    how = {"method": "rk4", "dt": 0.02, "t_end": 400, "record": {"every": 1.0}, "until": 1e-9}
    still = hamsim.simulate(spec, **how)
    assert still.outcome == "converged"
    assert np.all(np.diff(still.energy) < 1e-13)
    plain = {**spec, "simulation": {"collective_tau": "plain"}}
    round_and_round = hamsim.simulate(plain, **how)
    assert round_and_round.outcome != "converged"
    assert np.ptp(round_and_round.x[-100:], axis=0).max() > 0.1


@pytest.mark.parametrize("name", OSCILLATING)
def test_the_certificate_knows_it(name):
    spec = OSCILLATING[name]
    told = hamsim.check(spec)
    assert (told.energy_decreases, told.converges) == ("proved", "proved")
    assert told.max_step is None
    plain = hamsim.check({**spec, "simulation": {"collective_tau": "plain"}})
    assert plain.energy_decreases == "refuted"
    assert plain.converges != "proved"
    run = hamsim.check_run(spec, method="rk4", t_end=10.0)
    assert run.text.startswith("proved to converge")
    assert not run.in_steps


def test_no_proof_of_the_other_form_is_taken():
    """Contraction is about x' = u / tau; what W is not symmetric shows nothing here."""
    W = [[0.0, 0.1], [-0.1, 0.0]]
    told = hamsim.check(
        describe({"kind": "softmax", "beta": 1.0}, [1.0, 4.0], W=None, form="plain")
    )
    assert told.converges == "proved"
    spec = describe({"kind": "softmax", "beta": 1.0}, [1.0, 4.0])
    spec["connections"] = [{"from": "a", "to": "a", "weights": W}]
    assert hamsim.check({**spec, "simulation": {}}).converges == "proved"
    assert hamsim.check(spec).converges == "undecided"
    assert hamsim.check(spec).energy_decreases != "refuted"


# --- what it does not do -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lagrangian", "tau", "why"),
    [
        ("sparsemax", [1.0, 2.0], "is known of sparsemax"),
        ({"kind": "entmax", "alpha": 2.0}, [1.0, 2.0], "entmax with alpha = 2 changes"),
        ({"expression": "log(sum(exp(x)))"}, [1.0, 2.0], "is known of expression"),
        ("softmax", [1.0, 0.0], "has some neurons with tau = 0"),
    ],
)
def test_what_is_not_known_is_refused(lagrangian, tau, why):
    network = hamsim.compile(describe(lagrangian, tau))
    for ask in (hamsim.simulate, hamsim.check, lambda net: hamsim.velocity(net, np.zeros(2))):
        with pytest.raises(hamsim.HamsimError, match=why):
            ask(network)


@pytest.mark.parametrize("method", ["exponential_euler", "tsit5", "bdf", "splitting"])
def test_other_methods_are_refused(method):
    with pytest.raises(
        hamsim.SimulationError,
        match=f"{method} knows nothing of collective_tau: preserve_energy; allowed",
    ):
        hamsim.simulate(mixed(), method=method, t_end=1.0)


def test_all_collective_families_are_known_or_refused():
    assert {row.name for row in UNKNOWN} == {"sparsemax"}


def test_a_resolved_file_says_it(tmp_path):
    spec = hamsim.load(OSCILLATING["pair"])
    assert spec.simulation.collective_tau == "preserve_energy"
    (tmp_path / "net.yaml").write_text(hamsim.dump(spec), encoding="utf-8")
    again = hamsim.load(tmp_path / "net.yaml")
    assert hamsim.compile(again).settings.collective_tau == "preserve_energy"
