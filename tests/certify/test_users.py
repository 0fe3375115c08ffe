"""What is said of the kinds of networks that users have, against a slow tight integration.

`users/*.yaml` are fifty networks as neuroscientists, engineers and students write them, fixed
before the theorems that decide them were; `users/observed.json` is what they do, written by
`tools/observe_users.py`, which knows nothing of certificates.
"""

import json
from functools import cache
from pathlib import Path

import pytest
from certify.decided import certificate_of
from certify.same_file import fingerprint

import hamsim

FOLDER = Path(__file__).parent / "users"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
OBSERVED = json.loads((FOLDER / "observed.json").read_text(encoding="utf-8"))
# Of so many `converges` may be open. To be lowered with each theorem, and never raised.
UNDECIDED = 9
# Where `converges` is refuted by a witness although all starts that were tried come to rest.
RARE = ()
# What a condition's name begins with, where it tells why a field is open.
REASONS = {
    "energy_decreases": "descent",
    "bounded_below": "bounded below",
    "converges": "convergence",
    "unique_equilibrium": "unique equilibrium",
    "globally_stable": "global stability",
    "instant_well_posed": "instantaneous",
}


@cache
def checked(name):
    return certificate_of(FOLDER / f"{name}.yaml")


def witnesses(certificate, about):
    """Refuted conditions with evidence, whose names begin so."""
    return [
        condition
        for condition in certificate.conditions
        if condition.status == "refuted" and condition.name.startswith(about) and condition.evidence
    ]


def contradictions(certificate, seen):
    """What of a certificate does not agree with what was seen, one sentence each."""
    rests = seen["observed"] == "rests"
    if certificate.converges == "proved" and not rests:
        yield f"converges is proved, and the network {seen['observed']}"
    if certificate.converges == "refuted" and rests:
        # Starts that do not come to rest may be rare; then there is one to be shown.
        if not witnesses(certificate, "convergence"):
            yield "converges is refuted without a witness, and all starts come to rest"
    if certificate.unique_equilibrium == "proved" and seen["rest_states"] != 1:
        yield f"one rest state is proved, and {seen['rest_states']} were found"
    if certificate.unique_equilibrium == "refuted" and seen["rest_states"] == 1:
        if not witnesses(certificate, "unique equilibrium"):
            yield "one rest state is refuted without a witness, and one was found"
    if certificate.globally_stable == "proved" and not (rests and seen["rest_states"] == 1):
        yield "one rest state for all solutions is proved, and is not what was seen"
    if certificate.energy_decreases == "proved" and seen["energy_rose"]:
        # The energy of a network that can be made symmetric is another one.
        if certificate.symmetry == "symmetric":
            yield "the energy is proved to fall, and it rose"
    if certificate.bounded_below == "proved" and seen["observed"] == "escapes":
        if certificate.energy_decreases == "proved":
            yield "the energy is proved to fall and to be bounded, and the network escapes"
    if certificate.instant_well_posed == "refuted":
        yield "neurons with tau = 0 that follow at once are refuted"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_said_that_is_not_so(name):
    assert list(contradictions(checked(name), OBSERVED[name])) == []


def test_starts_that_do_not_rest_are_rarely_missed():
    refuted = [name for name in NAMES if checked(name).converges == "refuted"]
    assert tuple(name for name in refuted if OBSERVED[name]["observed"] == "rests") == RARE


@pytest.mark.parametrize("name", NAMES)
def test_what_is_open_says_why(name):
    certificate = checked(name)
    assert set(REASONS) == set(certificate.FIELDS)
    for field, about in REASONS.items():
        if getattr(certificate, field) == "undecided":
            reasons = [
                condition.message.strip()
                for condition in certificate.conditions
                if condition.status == "undecided" and condition.name.startswith(about)
            ]
            assert reasons, field
            assert all(reasons), field


def test_few_are_left_open():
    assert len(NAMES) == 50
    left = [name for name in NAMES if checked(name).converges == "undecided"]
    assert len(left) <= UNDECIDED, left


@pytest.mark.parametrize("name", NAMES)
def test_every_file_says_who_has_it_and_what_happens(name):
    description = hamsim.load(FOLDER / f"{name}.yaml").description
    assert "Who has it:" in description
    assert "What happens:" in description


def test_what_was_observed_is_of_these_files():
    assert sorted(OBSERVED) == NAMES
    for name in NAMES:
        told = OBSERVED[name]["of"]
        assert told == fingerprint(FOLDER / f"{name}.yaml"), f"observe {name} again"


def test_a_contradiction_is_found():
    told = checked("ring_oscillator")
    wrong = type(told)(
        **{
            **vars(told),
            "converges": "proved",
            "energy_decreases": "proved",
            "symmetry": "symmetric",
        }
    )
    found = " ".join(contradictions(wrong, OBSERVED["ring_oscillator"]))
    assert "oscillates" in found
    assert "it rose" in found
    wrong = type(told)(**{**vars(told), "unique_equilibrium": "proved"})
    found = " ".join(contradictions(wrong, OBSERVED["ei_wilson_cowan_two_states"]))
    assert "3 were found" in found
