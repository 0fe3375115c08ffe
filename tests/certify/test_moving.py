"""What certificates say of inputs that change over time."""

import numpy as np
import pytest

import hamsim

W = [[0, 1, 0], [1, 0, 1], [0, 1, 0.0]]


def net(value=0.0, *stimuli):
    group = {"size": 3, "lagrangian": "tanh", "input": value}
    return {
        "format": "hamsim/1",
        "groups": {"a": group},
        "connections": [{"within": "a", "weights": W}],
        "stimuli": [{"group": "a", **stimulus} for stimulus in stimuli],
    }


def test_a_moving_input_leaves_open_what_a_constant_one_decides():
    still, moving = hamsim.check(net(0.3)), hamsim.check(net("sin(t)"))
    assert (still.energy_decreases, still.converges) == ("proved", "proved")
    assert (moving.energy_decreases, moving.converges) == ("undecided", "undecided")
    assert moving.bounded_below == still.bounded_below == "proved"
    assert (moving.unique_equilibrium, moving.globally_stable) == ("undecided", "undecided")
    assert moving.max_step is None
    first = moving.conditions[0]
    assert first.name == "input over time"
    assert "-dI/dt . g" in first.message
    # Held at any time it is what it was.
    held = hamsim.check(hamsim.compile(net("sin(t)")).at(2.0))
    assert held.converges == "proved"


def test_what_is_said_is_true():
    """At rest for the input of a moment the energy rises as fast as -dI/dt . g."""
    network = hamsim.compile(net("cos(t)"))
    t, step = 1.0, 1e-6
    here = network.at(t)
    rest = hamsim.simulate(here, t_end=200, method="rk4", record=None).final
    assert np.abs(hamsim.velocity(here, rest)).max() < 1e-9
    before, after = (hamsim.energy(network, rest, t=t + s).total for s in (-step, step))
    g = hamsim.activation(network, rest)
    assert (after - before) / (2 * step) == pytest.approx(np.sin(t) * g.sum(), rel=1e-6)
    assert after > before


@pytest.mark.parametrize("mode", ["input", "clamp"])
def test_stimuli_are_left_out_of_checks_and_in_runs(mode):
    stimulus = {"mode": mode, "value": "sin(t)", "mask": [1, 0, 0]}
    assert hamsim.check(net(0.0, stimulus)).converges == "proved"
    moving = hamsim.check_run(net(0.0, stimulus), t_end=5)
    assert moving.text == (
        "undecided: stimuli[0].value changes over time, which adds -dI/dt . g to dE/dt: the energy "
        "may rise while it does; while it is held: proved to converge to rest"
    )
    assert not moving.in_steps
    over = hamsim.check_run(net(0.0, {**stimulus, "stop": 4}), t_end=5)
    assert over.text.startswith("proved to converge to rest")


def test_a_run_is_left_to_the_last_value():
    ramp = net("ramp(t, 1, 2)")
    assert hamsim.check_run(ramp, t_end=1.5).text.startswith("undecided: groups.a.input changes")
    left = hamsim.check_run(ramp, t_end=5)
    assert left.text.startswith("proved to converge")
    held = hamsim.check_run(net(1.0), t_end=5)
    assert left.to_dict()["converges"] == held.to_dict()["converges"]
    table = {"times": [0, 1, 2], "values": [0, 1, 3], "beyond": "hold"}
    assert hamsim.check_run(net(table), t_end=9).text.startswith("proved to converge")
    assert hamsim.check_run(net({**table, "beyond": "repeat"}), t_end=9).text.startswith(
        "undecided: groups.a.input changes"
    )


def test_energy_rises_are_not_claimed_for_steps():
    ramp = net("ramp(t, 1, 2)")
    run = hamsim.check_run(ramp, method="euler", dt=0.05, t_end=5)
    assert run.certificate.energy_decreases == "proved"


def test_a_moving_part_of_a_softmax_is_not_known():
    description = net(0.0, {"mode": "clamp", "value": "sin(t)", "mask": [1, 0, 0]})
    description["groups"]["a"]["lagrangian"] = "softmax"
    text = hamsim.check_run(description, t_end=5).text
    assert text.startswith("undecided: stimuli[0].value changes over time, and with it weights")


def test_a_bound_must_hold_at_every_moment():
    """E = -I g is bounded for I = 0, which the input passes, and for no other."""
    description = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": "identity", "input": 0.0}},
        "connections": [{"within": "a", "weights": [[1.0]], "self_connections": True}],
    }
    assert hamsim.check(description).bounded_below == "proved"
    description["groups"]["a"]["input"] = "sin(t)"
    assert hamsim.check(description).bounded_below != "proved"
