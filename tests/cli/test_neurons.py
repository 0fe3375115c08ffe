"""Neurons by name on the command line."""

import numpy as np
import pytest

import hamsim

NETWORK = """\
format: hamsim/1
groups:
  exc: {size: 20, lagrangian: tanh, initial: {normal: {}}}
  motor: {neurons: [AVAL, "a,b"], lagrangian: tanh}
  image: {shape: [2, 3], lagrangian: softmax}
connections: [{between: [exc, motor], weights: {normal: {std: 0.3}}}]
simulation: {method: rk4, dt: 0.1, t_end: 2}
"""


@pytest.fixture
def run(run, tmp_path):
    (tmp_path / "net.yaml").write_text(NETWORK)
    return run


def test_record_and_trials_are_those_of_the_file(run):
    record = "{every: 0.5, neurons: [AVAL, 'exc[3:6]'], start: 1}"
    assert run("run", "net.yaml", "-q", "--record", record, "--trials", 3) == (0, "", "")
    trace = hamsim.load_trace("net.nc")
    assert trace.x.shape == (3, 3, 4)
    assert trace.neurons.tolist() == [3, 4, 5, 20]
    same = hamsim.simulate("net.yaml", trials=3, record={"every": 0.5, "start": 1})
    assert np.array_equal(trace.x, same.x[..., trace.neurons])
    run("run", "net.yaml", "-q", "--set", "simulation.record.neurons=[AVAL]")
    assert hamsim.load_trace("net.nc").neurons.tolist() == [20]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--record", "{evry: 1}"], "--set: simulation.record.evry: unknown key; did you mean"),
        (["--record", "{neurons: [AVAX]}"], "--set: simulation.record.neurons[0]: no group or neu"),
        (["--trials", "0"], "--set: simulation.trials: must be at least 1, not 0"),
        (
            ["--trials", "2", "--set", "simulation.trials=3"],
            "--set simulation.trials is given twice",
        ),
    ],
)
def test_wrong_records_and_trials(run, options, message):
    status, _, err = run("run", "net.yaml", *options)
    assert status == 2
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_plot_of_neurons(run):
    run("run", "net.yaml", "-q")
    for names in (["AVAL,exc[3],image[0, 1],exc[10:12]"], ["a,b", "--neurons", "motor.AVAL"]):
        assert run("plot", "net.nc", "--neurons", *names) == (0, "net.png\n", "")
    status, _, err = run("plot", "net.nc", "--neurons", "AVAL,exc[30]")
    assert (status, err) == (2, "no neuron exc[30]; the group has shape [20]\n")
    run("run", "net.yaml", "-q", "--record", "neurons: [AVAL]", "-o", "part.nc")
    assert run("plot", "part.nc")[:2] == (0, "part.png\n")
    status, _, err = run("plot", "part.nc", "--neurons", "exc[3]")
    assert err == "neuron exc[3] was not recorded; recorded: motor.AVAL\n"
