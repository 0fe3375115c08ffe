"""The whole certificate: what is said of the examples, of random networks, and by the command."""

import json

import numpy as np
import pytest
from certify.attack import Attack
from certify.decided import certificate_of
from certify.networks import random_checked_description

import hamsim
from hamsim.certify.advice import repair
from hamsim.cli.examples import zoo
from hamsim.cli.main import main

SEEDS = 100
SYMMETRY = {
    "attention": "none",
    "sequence": "none",
    "c_elegans": "symmetrizable",
    "wilson_cowan": "signed",
    "potjans_diesmann": "none",
    "moving_ring": "none",
    "salt_steps": "none",
}
# Of what is delayed, or driven by something that moves, no energy is known to fall.
OPEN = ("delayed_inhibition", "salt_steps", "vestibular_integrator")
# Activations jump, so that in continuous time nothing says that states come to rest.
JUMPING = ("letters", "maximum_cut", "queens")
# For neurons that are set in turn: in continuous time their energies have no lower bound.
IN_TURN = ("dense", "xor")
# Without an energy as a whole: a cascade of parts that come to rest one after another.
CASCADES = ("attention",)
# Every rest state is unstable.
RESTLESS = ("softmax_oscillation", "wilson_cowan")
QUICK = [path for path in sorted(zoo().glob("*.yaml")) if path.stem not in ("digits", "model_a")]


@pytest.mark.parametrize("path", QUICK, ids=lambda path: path.stem)
def test_examples_are_decided(path):
    certificate = certificate_of(path)
    kind = SYMMETRY.get(path.stem, "symmetric")
    assert certificate.symmetry == kind
    if path.stem in OPEN:
        assert certificate.energy_decreases == certificate.converges == "undecided"
        assert certificate.bounded_below == ("proved" if kind == "symmetric" else "undecided")
        return
    if path.stem in IN_TURN:
        assert certificate.bounded_below == "refuted"
        assert certificate.energy_decreases == certificate.converges == "undecided"
        return
    falls = kind in ("symmetric", "symmetrizable") and path.stem != "softmax_oscillation"
    assert certificate.energy_decreases == ("proved" if falls else "refuted")
    assert certificate.instant_well_posed == "proved"
    if kind in ("symmetric", "symmetrizable"):
        assert certificate.bounded_below == "proved"
        rests = "undecided" if path.stem in JUMPING else "proved"
        assert certificate.converges == (rests if falls else "refuted")
    elif path.stem in CASCADES:
        assert certificate.converges == "proved"
    else:
        assert certificate.converges == ("refuted" if path.stem in RESTLESS else "undecided")
    rises = [c for c in certificate.conditions if "dE_dt" in c.evidence]
    assert bool(rises) != falls


@pytest.mark.parametrize("name", ["hopfield", "softmax_oscillation", "potjans_diesmann"])
def test_a_certificate_is_neither_true_nor_false(name):
    certificate = certificate_of(zoo() / f"{name}.yaml")
    assert certificate.guaranteed is (certificate.converges == "proved") is (name == "hopfield")
    for ask in (bool, lambda c: c or None, lambda c: not c, lambda c: [1 for _ in "a" if c]):
        with pytest.raises(TypeError, match=r"\.guaranteed") as caught:
            ask(certificate)
        assert isinstance(caught.value, hamsim.HamsimError)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_claim_about_a_random_network_is_false(seed):
    network = hamsim.compile(random_checked_description(seed))
    certificate = hamsim.check(network)
    attack = Attack(network, certificate, np.random.default_rng(seed), tries=8)
    assert list(attack.complaints()) == []


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_false_claims_are_found():
    network = hamsim.compile(zoo() / "softmax_oscillation.yaml")
    told = hamsim.check(network)
    claim = type(told)(
        **{**vars(told), "energy_decreases": "proved", "converges": "proved", "max_step": 10.0}
    )
    found = " ".join(Attack(network, claim, np.random.default_rng(0), tries=200).complaints())
    assert "the energy rises" in found
    assert "goes on moving" in found


def test_a_certificate_is_plain_data():
    certificate = hamsim.check(zoo() / "softmax_oscillation.yaml")
    plain = json.loads(json.dumps(certificate.to_dict(), allow_nan=False))
    assert plain["symmetry"] == "symmetric"
    assert set(plain) == {"symmetry", *certificate.FIELDS, "max_step", "conditions"}
    (rise,) = [c for c in plain["conditions"] if c["status"] == "refuted" and "tau" in c["repair"]]
    assert rise["evidence"]["dE_dt"] > 0
    assert len(rise["evidence"]["x"]) == 3


def test_quick_checks_say_the_same_of_proved_convergence():
    for name in ("one_hidden", "ring", "softmax_oscillation", "wilson_cowan", "c_elegans"):
        full, quick = (hamsim.check(zoo() / f"{name}.yaml", quick=q) for q in (False, True))
        assert (quick.converges == "proved") == (full.converges == "proved")
        assert quick.energy_decreases == full.energy_decreases


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"confidence": 2}, "confidence must be between 0 and 1, not 2"),
        ({"confidence": "0.5"}, "confidence must be between 0 and 1, not '0.5'"),
        ({"seconds": None}, "seconds must be a number, not nothing"),
        ({"seconds": float("nan")}, "seconds must be a number, not nan"),
        ({"quick": np.ones(2)}, "quick must be True or False, not [1. 1.]"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(hamsim.HamsimError) as caught:
        hamsim.check(random_checked_description(0), **arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("gain", "status"), [(0.995, "proved"), (1, "undecided"), (1.001, "refuted")]
)
def test_an_integrator_at_the_threshold_is_left_open(gain, status):
    spec = hamsim.load(zoo() / "oculomotor_integrator.yaml", {"parameters.gain": gain})
    assert hamsim.check(spec).bounded_below == status


def command(*arguments):
    with pytest.raises(SystemExit) as stop:
        main(["check", *map(str, arguments)])
    return stop.value.code or 0


@pytest.mark.parametrize(
    ("name", "status"),
    [("one_hidden", 0), ("softmax_oscillation", 1), ("wilson_cowan", 1), ("potjans_diesmann", 1)],
)
def test_the_command_answers_with_its_status(capsys, name, status):
    assert command(zoo() / f"{name}.yaml") == status
    out = capsys.readouterr().out
    assert "energy decreases" in out
    assert command(zoo() / f"{name}.yaml", "--json") == status
    assert json.loads(capsys.readouterr().out)["conditions"]


def test_a_repaired_network_falls(capsys, tmp_path):
    target = tmp_path / "repaired.yaml"
    assert command(zoo() / "softmax_oscillation.yaml", "--repair", target) == 1
    assert "one tau for neurons of hidden that share a Lagrangian" in capsys.readouterr().out
    assert hamsim.check(target).converges == "proved"
    assert command(zoo() / "moving_ring.yaml", "--repair", target) == 1
    network = hamsim.compile(target)
    assert network.symmetric
    assert hamsim.check(network).energy_decreases == "proved"
    assert command(zoo() / "one_hidden.yaml", "--repair", target) == 2
    assert "there is nothing" in capsys.readouterr().err


def test_repaired_numbers_are_short_and_all_others_stay():
    weights = [[0, 0.1, 1 / 3], [0.2, 0, 0], [1 / 3, 0, 0]]
    group = {"size": 3, "lagrangian": "softmax", "tau": [1, 10, 100]}
    source = {"groups": {"a": group}, "connections": [{"from": "a", "to": "a", "weights": weights}]}
    description, done = repair(hamsim.compile({"format": "hamsim/1", **source}))
    assert len(done) == 2
    assert description["groups"]["a"]["tau"] == 10.0  # exp(log(1000) / 3) is 10.000000000000002
    (made,) = description["connections"]
    assert made["weights"]["edges"] == [[0, 1, 0.15], [0, 2, 1 / 3]]


def test_the_scaled_energy_of_a_symmetrizable_network_falls():
    record = hamsim.Record(every=1.0)
    path = zoo() / "c_elegans.yaml"
    trace = hamsim.simulate(path, energy="scaled", t_end=20, dt=0.05, record=record)
    assert not trace.stats.energy.rose
    parts = hamsim.energy(path, trace.x, scaled=True)
    size = np.abs(trace.energy).max()
    np.testing.assert_allclose(parts.total, trace.energy, rtol=1e-9, atol=1e-9 * size)
    with pytest.raises(hamsim.HamsimError, match="cannot be made symmetric by scaling: "):
        hamsim.energy(zoo() / "wilson_cowan.yaml", np.zeros(2), scaled=True)
