"""W g + I - x and its Jacobian are written in one place: whoever is given wrong ones goes wrong."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

import hamsim
from hamsim.certify.candidates import at_rest, lopsided_states
from hamsim.certify.convergence.planar import goes_round_nowhere
from hamsim.certify.enclosure import all_rest_states, minors, outer_box
from hamsim.certify.newton import newton, relaxed
from hamsim.certify.parts import part_of
from hamsim.certify.pieces import rest_states_by_pieces
from hamsim.certify.rate import energy_rate
from hamsim.certify.rest import rest_state, unstable_rate
from hamsim.certify.scaled import ScaledNetwork
from hamsim.certify.study import Study
from hamsim.certify.trapping import trapping_box
from hamsim.certify.unique import unique
from hamsim.dynamics.timeline.stepsize import fastest_rate
from hamsim.field.dense import DenseField
from hamsim.field.drive import Drive
from hamsim.field.field import Field
from hamsim.field.jacobian import Jacobian

W = [[0.0, 0.6, -0.3], [0.6, 0.0, 0.4], [-0.3, 0.4, 0.0]]


def network(lagrangian="tanh", weights=W, tau=1.0, current=0.2, **more):
    weights = np.asarray(weights, dtype=float)
    group = {"size": len(weights), "lagrangian": lagrangian, "tau": tau, "input": current, **more}
    alone = hamsim.compile({"format": "hamsim/1", "groups": {"a": group}})
    symmetric = np.array_equal(weights, weights.T)
    return dataclasses.replace(alone, W=csr_array(weights), symmetric=symmetric)


def scaled(*args, **more):
    given = network(*args, **more)
    return ScaledNetwork(given, np.ones(given.n_neurons), given.symmetric)


def near_rest(given):
    return newton(DenseField(given.network), np.zeros((1, given.network.n_neurons)))[0][0]


REST = near_rest(scaled())


def nothing_known(*_):
    return dataclasses.make_dataclass("Contraction", ["proved", "message"])(False, "")


def two_branches():
    """Neurons with tau = 0 that excite themselves, given by one with tau > 0."""
    weights = [[0.0, 0.5, 0.0], [0.5, 3.0, 0.0], [0.0, 0.0, 0.0]]
    found = Study(network(weights=weights, tau=[1.0, 0.0, 1.0])).instants
    return found.evidence["states"]


def enclosed():
    given = scaled()
    field = DenseField(given.network)
    return all_rest_states(
        given, field, outer_box(given, field), lambda J: minors(J, 3)[0].positive
    )


# What each user of the field finds, as numbers.
FINDINGS = {
    "settled states": lambda: Field(network(tau=[1.0, 1.0, 0.0], weights=ARROW)).settle(ONES),
    "velocity": lambda: Field(network()).motion(ONES).velocity,
    "witness": lambda: energy_rate(scaled(), ONES)[0],
    "state near rest": lambda: at_rest(scaled()),
    "lopsided states": lambda: list(lopsided_states(scaled(weights=ONE_WAY), ONES[0]))[:3],
    "relaxation": lambda: relaxed(DenseField(network()), ONES, 3),
    "Newton's method": lambda: newton(DenseField(network()), ONES)[0],
    "rest state": lambda: rest_state(scaled(), REST).residual,
    "growth near rest": lambda: unstable_rate(STEEP, rest_state(STEEP, np.zeros(3))),
    "pieces": lambda: [rest.x for rest in rest_states_by_pieces(scaled("hard_tanh"))],
    "vertices": lambda: unique(scaled(), nothing_known()).evidence["least_part"],
    "trapping box": lambda: trapping_box(scaled()),
    "outer box": lambda: outer_box(scaled(), DenseField(network())),
    "enclosure": enclosed,
    "two neurons": lambda: goes_round_nowhere(scaled(weights=PAIR)).evidence["box"],
    "areas": lambda: goes_round_nowhere(scaled(weights=PAIR)).evidence["coefficients"],
    "part of a network": lambda: part_of(network(), np.array([0, 1]), np.full(3, 0.5)).input,
    "neurons at tau = 0": two_branches,
    "advice on steps": lambda: fastest_rate(network()),
    "advice on steep neurons": lambda: fastest_rate(network("exponential", initial=0.1)),
}
ONES = np.array([[0.3, -0.2, 0.5]])
ONE_WAY = [[0.0, 0.6, 0.0], [0.0, 0.0, 0.4], [0.3, 0.0, 0.0]]
ARROW = [[0.0, 0.0, 0.6], [0.0, 0.0, 0.4], [0.6, 0.4, 0.0]]
PAIR = [[2.5, -3.0], [1.0, -1.0]]
STEEP = scaled(weights=3.0 * np.abs(W), current=0.0)


def close(a, b):
    return np.allclose(np.asarray(a, dtype=float), np.asarray(b, dtype=float), rtol=1e-6, atol=0)


def shifted(cls, name, by):
    real = getattr(cls, name)

    def wrong(self, *args, **more):
        found = real(self, *args, **more)
        return tuple(part + by for part in found) if isinstance(found, tuple) else found + by

    return wrong


PARTS = {
    (Drive, "at"): (
        "settled states",
        "velocity",
        "witness",
        "state near rest",
        "lopsided states",
        "relaxation",
        "Newton's method",
        "rest state",
        "pieces",
        "areas",
        "part of a network",
        "neurons at tau = 0",
        "advice on steep neurons",
    ),
    (Drive, "between"): ("trapping box", "outer box", "two neurons"),
    (DenseField, "jacobians"): ("enclosure", "areas", "growth near rest"),
    (DenseField, "jacobians_of"): ("pieces", "vertices"),
    (Jacobian, "couple"): ("advice on steps",),
}


@pytest.mark.parametrize(
    ("cls", "name", "user"),
    [(*part, user) for part, users in PARTS.items() for user in users],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_whoever_needs_a_part_of_the_field_has_it_from_there(monkeypatch, cls, name, user):
    right = FINDINGS[user]()
    assert close(right, FINDINGS[user]())
    monkeypatch.setattr(cls, name, shifted(cls, name, 0.37))
    try:
        wrong = FINDINGS[user]()
        assert np.shape(wrong) != np.shape(right) or not close(wrong, right)
    except (AttributeError, KeyError, TypeError):
        pass  # nothing was found, where something had been
