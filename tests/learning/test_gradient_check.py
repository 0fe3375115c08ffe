"""`check_gradient` and `hamsim gradient`: methods beside finite differences."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import hamsim
from hamsim.cli.main import cli
from hamsim.learning import checking
from hamsim.learning.methods import implicit

NET = """
format: hamsim/1
name: small
groups:
  pixels: {shape: [2, 2, 1], lagrangian: tanh, input: 0.3}
  features: {shape: [1, 1, 3], lagrangian: {kind: softmax, beta: 2}}
  gate: {size: 1, lagrangian: sigmoid}
connections:
  - {between: [features, pixels], weights: {conv2d: {window: 2, kernel: {normal: {std: 0.5}}}}}
  - {gate: gate, between: [pixels, features], weights: 0.1}
  - {within: pixels, weights: 0.1, self_connections: true}
"""
TRAINING = """
training:
  inputs: {group: pixels, value: [[1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 0, 0]]}
  targets: {group: features, value: [0, 1, 2], loss: cross_entropy}
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)
    (tmp_path / "trained.yaml").write_text(NET + TRAINING)
    return tmp_path


def test_all_methods_agree_and_all_kinds_of_weights_are_named(files):
    found = hamsim.check_gradient("net.yaml", edges=1000)
    assert found.agrees
    assert [each.method for each in found.methods] == ["implicit", "equilibrium", "through_time"]
    exact, nudged, run = found.methods
    assert exact.apart < 1e-8
    assert run.apart < 1e-8
    assert 1e-8 < nudged.apart < nudged.allowed < 1e-2
    names = exact.weights
    assert len(names) == 12 + 12 + 10
    assert "features-pixels kernel[2, 0, 1, 1]" in names
    assert "pixels[0, 0, 0] - features[0, 0, 2] - gate[0]" in names
    assert "pixels[0, 0, 0] - pixels[0, 0, 0]" in names
    assert np.abs(exact.differences).max() > 0.01


def test_a_training_block_says_the_loss_and_the_trials(files):
    found = hamsim.check_gradient("trained.yaml", edges=5, methods=["implicit", "through_time"])
    assert found.agrees
    assert [each.trials for each in found.methods] == [3, 3]
    assert "features" in found.loss


def test_the_gradient_of_a_training_block_needs_no_more_than_the_file(files):
    G = hamsim.gradient("trained.yaml", by="weights")
    assert G.loss.shape == (3,)
    given = hamsim.gradient(
        "net.yaml",
        loss=hamsim.loss("cross_entropy", "features", [0, 1, 2]),
        clamp={"pixels": [[1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 0, 0]]},
        by="weights",
        threads=1,
    )
    np.testing.assert_array_equal(G.edges, given.edges)
    with pytest.raises(hamsim.HamsimError, match="loss is None"):
        hamsim.gradient("net.yaml")
    with pytest.raises(hamsim.HamsimError, match="threads"):
        hamsim.gradient("trained.yaml", threads=0)


def test_a_wrong_gradient_is_seen(files, monkeypatch):
    class Wrong(implicit.Engine):
        def adjoint(self, *args, **more):
            solved = super().adjoint(*args, **more)
            return solved._replace(a=1.001 * solved.a)

    monkeypatch.setattr(implicit, "Engine", Wrong)
    found = hamsim.check_gradient("net.yaml", edges=1000, methods=["implicit"])
    assert not found.agrees
    assert found.methods[0].apart == pytest.approx(1e-3, rel=0.1)
    assert "DIFFERS" in repr(found)


def test_what_has_no_gradient_says_why(files):
    text = NET.replace("lagrangian: sigmoid", "lagrangian: step")
    (files / "jumps.yaml").write_text(text)
    found = hamsim.check_gradient("jumps.yaml")
    assert not found.agrees
    assert all("jumps" in each.refused for each in found.methods)
    assert "no gradient" in repr(found)
    with pytest.raises(hamsim.HamsimError, match="not the derivative of the loss"):
        hamsim.check_gradient("net.yaml", methods=["contrastive"])
    with pytest.raises(hamsim.HamsimError, match="did you mean 'implicit'"):
        hamsim.check_gradient("net.yaml", methods=["implict"])
    with pytest.raises(hamsim.HamsimError, match="edges"):
        hamsim.check_gradient("net.yaml", edges=0)


def run(*arguments):
    return CliRunner().invoke(cli, ["gradient", *arguments])


def test_the_command_prints_a_table_and_json(files):
    done = run("net.yaml", "--check", "--method", "implicit", "--edges", "3")
    assert done.exit_code == 0
    assert "agrees: at most" in done.output
    assert "by differences" in done.output
    done = run("net.yaml", "--check", "--edges", "3", "--json", "--set", "groups.gate.tau=0")
    told = json.loads(done.output)
    assert told["agrees"]
    assert [each["method"] for each in told["methods"]] == list(checking.CHECKED)
    assert all(len(each["weights"]) == 3 for each in told["methods"])
    assert told["methods"][0]["worst"] in told["methods"][0]["weights"]


def test_the_command_tells_and_writes_a_gradient(files):
    done = run("trained.yaml", "--out", "g.npz")
    assert done.exit_code == 0
    assert "mean of 3 of 3 trials" in done.output
    assert "features-pixels" in done.output
    G = hamsim.gradient("trained.yaml")
    with np.load("g.npz") as kept:
        np.testing.assert_array_equal(
            kept["connections/features-pixels"], G.connections["features-pixels"]
        )
        np.testing.assert_array_equal(kept["edges"], G.edges)
        np.testing.assert_array_equal(
            kept["lagrangian/features/beta"], G.lagrangian["features"]["beta"]
        )
    told = json.loads(run("trained.yaml", "--json").output)
    assert told["loss"] == G.loss.tolist()
    assert told["norm"]["input"] == pytest.approx(np.linalg.norm(G.input))
    for wrong, message in (
        (["net.yaml"], "has no block training"),
        (["trained.yaml", "--method", "implicit", "--method", "equilibrium"], "given twice"),
        (["trained.yaml", "--check", "--out", "g.npz"], "leave --out away"),
    ):
        with pytest.raises(hamsim.HamsimError, match=message):
            CliRunner().invoke(cli, ["gradient", *wrong], catch_exceptions=False)


def test_the_command_says_no_where_nothing_has_a_gradient(files):
    text = NET.replace("lagrangian: sigmoid", "lagrangian: step")
    (files / "jumps.yaml").write_text(text)
    done = run("jumps.yaml", "--check")
    assert done.exit_code == 1
    assert "no gradient here: the activation of group gate" in done.output
