"""`hamsim train`: what it writes, prints, draws and refuses, and how it goes on."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import hamsim
from hamsim.cli.training_bar import told
from hamsim.learning.training.history import Progress

NETWORK = """\
format: hamsim/1
name: stripes
description: Tells rows from columns.
seed: 3
parameters: {rate: 0.02}
groups:
  pixels: {shape: [2, 2], lagrangian: identity, initial: 0.5}
  hidden: {size: 4, lagrangian: tanh}
  classes: {size: 2, lagrangian: softmax}
connections:
  - {between: [pixels, hidden], weights: {normal: {std: 0.5}}}
  - {name: out, between: [hidden, classes], weights: {normal: {std: 0.5}}, density: 0.8}
stimuli: [{group: pixels, mode: clamp, value: [[1, 1], [0, 0]]}]
training:
  inputs: {group: pixels, value: {file: stripes.npz, key: images}}
  targets: {group: classes, value: {file: stripes.npz, key: labels}, loss: cross_entropy}
  validation: 0.25
  optimizer: {adam: {rate: rate}}
  learn: {input: classes}
  epochs: 4
  batch: 4
"""


@pytest.fixture
def file(tmp_path):
    rng = np.random.default_rng(0)
    images = np.array([[[1, 1], [0, 0]], [[1, 0], [1, 0]]] * 8) + 0.1 * rng.normal(size=(16, 2, 2))
    np.savez(tmp_path / "stripes.npz", images=images, labels=np.arange(16) % 2)
    path = tmp_path / "stripes.yaml"
    path.write_text(NETWORK)
    return path


def in_python(file, **how):
    return hamsim.train(str(file), **how)


def test_a_file_is_trained_and_what_comes_of_it_loads_to_the_same_bits(run, file):
    status, out, err = run("train", file, "--out", "made.yaml", "--plot", "curves.png")
    assert (status, err) == (0, "")
    made, trained = hamsim.compile("made.yaml"), in_python(file)
    for name in ("data", "indices", "indptr"):
        assert getattr(made.W, name).tobytes() == getattr(trained.network.W, name).tobytes()
    assert made.input.tobytes() == trained.network.input.tobytes()
    assert made.input[-2:].any()
    assert (made.W.data != hamsim.compile(file).W.data).all()
    assert made.stimuli[0].value.tolist() == [1, 1, 0, 0]  # acts in runs as before
    assert (made.name, hamsim.load("made.yaml").training) == ("stripes", None)
    first, last = made.description.splitlines()
    assert first == "Tells rows from columns."
    assert last.startswith("Trained for 4 epochs: loss 0.")
    lines = out.splitlines()
    assert lines[0] == "stripes: 10 neurons, 44 synapses"
    assert lines[1].split("  ")[0] == "epoch"
    rows = [line.split() for line in lines[2:6]]
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert [float(row[1]) for row in rows] == pytest.approx(trained.table["loss"], rel=1e-3)
    assert lines[6].startswith("time      4 epochs in ")
    assert "converges           proved" in lines
    assert lines[-4:] == ["made.yaml", "made-data.npz", "curves.png", "made-checkpoint.npz"]
    assert Path("curves.png").read_bytes().startswith(b"\x89PNG")


def test_json_has_the_table_and_the_certificate(run, file):
    asked = ("--epochs", 2, "--seed", 9, "--set", "training.batch=8")
    status, out, _ = run("train", file, "--out", "made.yaml", "--json", *asked)
    found = json.loads(out)
    assert status == 0
    assert (found["epochs"], found["table"]["epoch"]) == (2, [1, 2])
    assert found["certificate"]["converges"] == "proved"
    assert found["files"] == ["made.yaml", "made-data.npz"]
    again = in_python(file, epochs=2, seed=9, batch=8)
    assert found["table"]["loss"] == again.table["loss"].tolist()
    assert found["table"]["loss"] != in_python(file, epochs=2, batch=8).table["loss"].tolist()


def test_what_is_there_is_not_lost(run, file):
    asked = ("train", file, "--out", "made.yaml", "--epochs", 1)
    Path("made-data.npz").write_bytes(b"other")
    status, _, err = run(*asked)
    assert (status, err) == (2, "'made-data.npz' is there already; --force replaces it\n")
    assert run(*asked, "--force")[0] == 0
    Path("made.yaml").unlink()
    Path("made-data.npz").unlink()
    status, _, err = run(*asked)
    assert status == 2
    assert "--resume goes on from it, --force begins anew" in err
    assert run(*asked, "--resume", "--force")[0] == 2
    assert run(*asked, "--resume")[0] == 0
    assert run("train", file, "--out", "x.yaml", "--resume", "--epochs", 1)[2] == (
        "note: there is no 'x-checkpoint.npz' yet; training begins\n"
    )
    # Without its checkpoint a network that was trained is lost where training begins.
    Path("x-checkpoint.npz").unlink()
    status, _, err = run("train", file, "--out", "x.yaml", "--resume", "--epochs", 1)
    assert (status, err) == (2, "'x.yaml' is there already; --force replaces it\n")
    before = file.read_bytes()
    status, _, err = run("train", file, "--out", file, "--force", "--epochs", 1)
    assert (status, err.count("\n")) == (2, 1)
    assert "is the file that says how to train; give another" in err
    assert file.read_bytes() == before


def test_mistakes_are_one_line(run, file):
    plain = file.with_name("plain.yaml")
    plain.write_text(NETWORK.partition("training:")[0].replace("parameters: {rate: 0.02}\n", ""))
    status, _, err = run("train", plain, "--out", "made.yaml")
    assert (status, err.count("\n")) == (2, 1)
    assert "has no block training:" in err
    for options, said in (
        (("--method", "bptt"), "training.method: 'bptt' is no method"),
        (("--epochs", 0), "training.epochs: must be at least 1, not 0"),
        (("--set", "training.targets.value=[0, 1]"), "has 2 examples, but"),
        (("--out", "made.txt"), "allowed endings are .yaml, .yml"),
        (("--plot", "made.txt"), "--plot made.txt: allowed endings"),
    ):
        status, _, err = run("train", file, "--out", "made.yaml", *options)
        assert (status, err.count("\n")) == (2, 1)
        assert said in err
    assert not list(Path().glob("made*"))


def test_values_may_come_from_python(file):
    spec = hamsim.load(file)
    data = np.load(file.with_name("stripes.npz"))
    whole = in_python(file).network.W.data
    own = hamsim.train(spec, (data["images"], data["labels"])).network.W.data
    assert own.tobytes() == whole.tobytes()
    compiled = hamsim.train(hamsim.compile(spec)).network.W.data
    assert compiled.tobytes() == whole.tobytes()


def test_what_is_told_while_it_runs():
    nothing = float("nan")
    assert told(Progress(1, 2, 3, 4, 0.25, 0.5, 12.34, 0)) == "loss 0.25  score 0.5  12.3 sweeps"
    assert told(Progress(1, 2, 3, 4, 0.25, nothing, nothing, 7)) == "loss 0.25  7 left out"


def test_ctrl_c_keeps_the_epochs_that_are_whole(run, file, monkeypatch):
    @contextmanager
    def pressing(loud):
        yield lambda progress: os.kill(os.getpid(), signal.SIGINT) if progress.epoch == 3 else None

    whole = in_python(file).network.W.data
    with monkeypatch.context() as patch:
        patch.setattr("hamsim.cli.train.training_bar", pressing)
        status, out, err = run("train", file, "--out", "made.yaml", "--json")
    assert (status, err) == (130, "")
    found = json.loads(out)
    assert (found["epochs"], found["interrupted"]) == (2, True)
    assert hamsim.compile("made.yaml").description.splitlines()[1].startswith("Trained for 2 ep")
    status, out, _ = run("train", file, "--out", "made.yaml", "--resume")
    assert status == 0
    assert "time      4 epochs in " in out
    assert hamsim.compile("made.yaml").W.data.tobytes() == whole.tobytes()


def test_ctrl_c_in_the_first_epoch_writes_nothing(run, file, monkeypatch):
    @contextmanager
    def pressing(loud):
        yield lambda progress: os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("hamsim.cli.train.training_bar", pressing)
    status, out, err = run("train", file, "--out", "made.yaml")
    assert (status, out) == (130, "")
    assert err == "no epoch was finished: nothing is written\n"
    assert not list(Path().glob("made*"))


def test_a_network_that_never_rests_has_learned_nothing(run, file):
    """W g grows without end beside linear neurons."""
    text = NETWORK.replace("lagrangian: tanh", "lagrangian: identity")
    text = text.replace(
        "[hidden, classes], weights: {normal: {std: 0.5}}, density: 0.8}",
        "[hidden, classes], weights: 0.1}\n  - {within: hidden, weights: 2}",
    )
    file.write_text(text)
    status, out, _ = run("train", file, "--out", "made.yaml", "--epochs", 1, "--json")
    found = json.loads(out)
    assert status == 1
    assert found["table"]["loss"] == [None]
    assert found["unstable"] == 12


def test_memories_are_stored_without_targets(run, file):
    text = NETWORK.replace("optimizer: {adam: {rate: rate}}", "optimizer: {sparse: {rate: rate}}")
    text = text.replace("learn: {input: classes}", "learn: {connections: pixels-hidden}")
    start = text.index("  targets:")
    file.write_text(text[:start] + text[text.index("  validation", start) :])
    status, out, _ = run("train", file, "--out", "made.yaml")
    assert status == 0
    assert "best" not in out
    assert (hamsim.compile("made.yaml").W.data == in_python(file).network.W.data).all()
    assert "Trained for 4 epochs." in hamsim.load("made.yaml").description


KILLED = """
import os, signal, sys

def before_the_fifth(descriptor, own=os.fsync, calls=[]):
    calls.append(descriptor)
    if len(calls) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    own(descriptor)

os.fsync = before_the_fifth
from hamsim.cli.main import main
main(sys.argv[1:])
"""


def test_a_killed_training_goes_on_to_the_same_bits(run, file):
    """Killed while its fifth checkpoint is written; see tools/kill_training.py for more of it."""
    asked = ("train", str(file), "--out", "killed.yaml", "--epochs", "8")
    killed = subprocess.run([sys.executable, "-c", KILLED, *asked], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not Path("killed.yaml").exists()
    with np.load("killed-checkpoint.npz") as checkpoint:
        took = checkpoint["table_seconds"].tolist()
    assert len(took) == 4
    status, out, err = run(*asked, "--resume", "--json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert found["table"]["seconds"][:4] == took  # no epoch was made twice
    assert found["epochs"] == 8
    whole = in_python(file, epochs=8)
    made = hamsim.compile("killed.yaml")
    assert made.W.data.tobytes() == whole.network.W.data.tobytes()
    assert made.input.tobytes() == whole.network.input.tobytes()
    assert found["table"]["loss"] == whole.table["loss"].tolist()
