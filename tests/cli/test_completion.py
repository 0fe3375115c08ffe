"""What a shell is offered, and that nothing slow is imported to find it out."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from typing import get_args

import click
import pytest
from click.shell_completion import ShellComplete

import hamsim
from hamsim.cli import words
from hamsim.cli.main import cli, main
from hamsim.cli.zoo import examples
from hamsim.fileformats import WRITTEN
from hamsim.lagrangians.table import TABLE
from hamsim.layout.names import DTYPES, LAYOUTS
from hamsim.methods import METHOD_NAMES
from hamsim.plotting import network_pictures, trace_pictures
from hamsim.plotting.style import SIZES, STYLES
from hamsim.spec import discrete, running, schema, training

NETWORK = """\
format: hamsim/1
parameters: {gain: 2}
groups:
  exc: {neurons: [A, {id: B}], lagrangian: tanh, tau: gain}
  inh: {size: 2, lagrangian: {kind: hill, exponent: 2}}
connections: [{between: [exc, inh], weights: 1, name: loop}, {within: exc, weights: 1}]
stimuli: [{group: exc, value: 1}]
training: {inputs: {group: exc, value: [[1, 0]]}, targets: {group: inh}, optimizer: sgd}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK)
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "nets").mkdir()
    (tmp_path / "broken.yaml").write_text("groups: [")
    return tmp_path


def offered(*arguments, incomplete=""):
    complete = ShellComplete(cli, {}, "hamsim", "_HAMSIM_COMPLETE")
    return [item.value for item in complete.get_completions(list(arguments), incomplete)]


def _choices():
    """Methods and optimizers, which each have settings of their own."""
    return training.GradientMethod.model_fields | training.Optimizer.model_fields


def keys(model):
    return {field.alias or name for name, field in model.model_fields.items()}


def test_the_words_are_those_of_the_program():
    named, _ = get_args(schema.SimulationSpec.model_fields["method"].annotation)
    assert METHOD_NAMES == get_args(get_args(named)[0])
    models = {
        "group": schema.GroupSpec,
        "neuron": schema.NeuronSpec,
        "connection": schema.ConnectionSpec,
        "stimulus": schema.StimulusSpec,
        "simulation": schema.SimulationSpec,
        "until": running.UntilSpec,
        "asynchronous": discrete.OneByOne,
        "synchronous": discrete.Together,
        "record": schema.RecordSpec,
        "training": training.TrainingSpec,
        "inputs": training.InputSpec,
        "targets": training.TargetSpec,
        "learn": training.LearnSpec,
        "constraints": training.ConstraintsSpec,
        "stop": training.StopSpec,
        "rest": training.RestSpec,
        **{name: get_args(field.annotation)[0] for name, field in _choices().items()},
    }
    for part, model in models.items():
        assert set(words.KEYS[part]) == keys(model)
    assert set(words.METHODS_OF_LEARNING) == keys(training.GradientMethod)
    assert set(words.OPTIMIZERS) == keys(training.Optimizer)
    lagrangian = keys(schema.LagrangianSpec) - {"parameters"}
    assert set(words.KEYS["lagrangian"]) == lagrangian
    assert set(words.TRACE_KINDS) == set(trace_pictures.KINDS)
    assert set(words.NETWORK_KINDS) == set(network_pictures.KINDS)
    assert (words.STYLES, words.SIZES) == (tuple(STYLES), tuple(SIZES))
    assert set(words.TOP) == keys(schema.Spec) - {"format", "description", "references"}
    for layout in LAYOUTS:
        with contextlib.suppress(hamsim.SimulationError):  # not every network has every layout
            hamsim.simulate("net.yaml", steps=1, dt=0.1, layout=layout)
    with pytest.raises(hamsim.SimulationError) as caught:
        hamsim.simulate("net.yaml", steps=1, dt=0.1, layout="nosuch")
    assert all(layout in str(caught.value) for layout in LAYOUTS)
    for dtype in DTYPES:
        hamsim.simulate("net.yaml", steps=1, dt=0.1, dtype=dtype)


def test_commands_options_and_their_words():
    assert offered() == list(main.__globals__["_COMMANDS"])
    assert offered(incomplete="co") == ["convert", "continue", "completion"]
    assert "--method" in offered("run", incomplete="--m")
    assert offered("run", "net.yaml", "--method") == list(METHOD_NAMES)
    assert offered("run", "net.yaml", "--layout", incomplete="t") == ["tiles"]
    assert offered("run", "--dtype") == list(DTYPES)
    assert offered("convert", "--from", incomplete="c") == ["connectome"]
    assert offered("convert", "--to") == list(WRITTEN)
    assert offered("completion") == ["bash", "zsh", "fish"]
    assert offered("nosuch") in ([], offered())
    assert offered("examples", incomplete="ho") == [n for n in examples() if n.startswith("ho")]
    assert offered("lagrangians", incomplete="so") == [n for n in TABLE if n.startswith("so")]
    assert offered("lagrangians", "hill", "--set") == [
        f"{p.name}=" for p in TABLE["hill"].parameters
    ]


def test_files_by_their_endings():
    assert offered("run") == ["broken.yaml", "net.yaml", "nets/"]
    assert offered("run", incomplete="net.") == ["net.yaml"]
    assert offered("plot", incomplete="n") == ["net.yaml", "nets/"]
    assert offered("plot", "--kind", incomplete="im") == ["image", "images"]
    open("nets/x.nc", "w").close()
    assert offered("plot", incomplete="nets/") == ["nets/x.nc"]
    assert offered("run", incomplete="nosuch/") == []


def test_paths_of_the_network_on_the_line():
    setting = ("run", "net.yaml", "--set")
    assert offered(*setting, incomplete="g") == ["groups."]
    assert offered(*setting) == [
        "groups.",
        "connections[0].",
        "connections[1].",
        "stimuli[0].",
        "simulation.",
        "parameters.",
        "seed=",
        "sweep=",
        "solve=",
        "training.",
        "name=",
    ]
    assert offered(*setting, incomplete="groups.") == ["groups.exc.", "groups.inh."]
    assert "groups.exc.tau=" in offered(*setting, incomplete="groups.exc.")
    assert offered(*setting, incomplete="groups.exc.ta") == ["groups.exc.tau="]
    assert offered(*setting, incomplete="groups.exc.neurons.") == [
        "groups.exc.neurons.A.",
        "groups.exc.neurons.B.",
    ]
    hill = [f"groups.inh.lagrangian.{p.name}=" for p in TABLE["hill"].parameters]
    assert offered(*setting, incomplete="groups.inh.lagrangian.")[-len(hill) :] == hill
    assert offered(*setting, incomplete="groups.inh.lagrangian=tan") == [
        "groups.inh.lagrangian=tanh"
    ]
    assert offered(*setting, incomplete="parameters.") == ["parameters.gain="]
    assert offered(*setting, incomplete="connections.") == ["connections.loop."]
    assert "connections.loop.weights=" in offered(*setting, incomplete="connections.loop.")
    assert "connections[1].weights=" in offered(*setting, incomplete="connections[1].")
    assert offered(*setting, incomplete="simulation.method=rk") == ["simulation.method=rk4"]
    assert "simulation.record.what=" in offered(*setting, incomplete="simulation.record.")
    method = "simulation.method"
    assert offered(*setting, incomplete=f"{method}.a") == [f"{method}.asynchronous."]
    assert offered(*setting, incomplete=f"{method}.asynchronous.o") == [
        f"{method}.asynchronous.order="
    ]
    assert offered(*setting, incomplete="training.ba") == ["training.batch="]
    assert offered(*setting, incomplete="training.optimizer=a") == ["training.optimizer=adam"]
    assert offered(*setting, incomplete="training.optimizer.sg") == ["training.optimizer.sgd."]
    assert offered(*setting, incomplete="training.optimizer.adam.r") == [
        "training.optimizer.adam.rate="
    ]
    assert offered(*setting, incomplete="training.rest.") == ["training.rest.residual="]
    order = f"{method}.asynchronous.order"
    assert offered(*setting, incomplete=f"{order}=s") == [f"{order}=sequential"]
    for command in ("check", "show", "info"):
        assert offered(command, "net.yaml", "--set", "seed=1", "--set", incomplete="groups.e") == [
            "groups.exc."
        ]
    assert offered("convert", "net.yaml", "x.json", "--set", incomplete="par") == ["parameters."]
    assert offered("run", "broken.yaml", "--set", incomplete="groups.") == []
    assert offered("run", "nosuch.yaml", "--set", incomplete="groups.") == []


def test_everything_that_is_offered_can_be_set():
    def leaves(begun):
        for path in offered("run", "net.yaml", "--set", incomplete=begun):
            yield from (path,) if path.endswith("=") else leaves(path)

    found = list(leaves(""))
    assert len(found) > 60
    for path in found:
        try:
            hamsim.load("net.yaml", {path[:-1]: "no value"})
            said = ""
        except hamsim.HamsimError as error:
            said = str(error)
        assert not re.search("unknown key|there is no", said), path


def test_groups_of_a_trace():
    hamsim.simulate("net.yaml", steps=2, dt=0.1).save("net.nc")
    assert offered("plot", "net.nc", "--group") == ["exc", "inh"]
    assert offered("plot", "net.nc", "net.nc", "--group") == ["exc", "inh"]
    assert offered("plot", "nosuch.nc", "--group") == []
    assert offered("plot", "net.yaml", "--group") == []
    assert offered("report", "net.nc", "--group") == ["exc", "inh"]


ASK = """\
import os, sys
os.environ.update(_HAMSIM_COMPLETE="bash_complete", COMP_WORDS=sys.argv[1], COMP_CWORD=sys.argv[2])
from hamsim.cli.main import main
try:
    main([])
finally:
    print(sorted({"numba", "scipy", "pydantic", "rich"} & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("hamsim run net.yaml --set groups.exc.ta", "plain,groups.exc.tau="),
        ("hamsim run net", "path,net.yaml\npath,nets/"),
        ("hamsim lagrangians tan", "plain,tanh"),
    ],
)
def test_a_shell_is_answered_without_slow_imports(line, answer):
    done = subprocess.run(
        [sys.executable, "-c", ASK, line, str(line.count(" "))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr.strip()) == (answer, "[]")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_one(capsys, shell):
    with pytest.raises(SystemExit) as stop:
        main(["completion", shell])
    script = capsys.readouterr().out
    assert stop.value.code == 0
    assert "_HAMSIM_COMPLETE" in script
    if shutil.which(shell):
        subprocess.run(
            [shell, "-n" if shell != "fish" else "--no-execute"],
            input=script,
            text=True,
            check=True,
        )


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        (["hamsim", "run", "net.yaml", "--set", "groups.i"], ["groups.inh."]),
        (["hamsim", "run", "net.yaml", "--set", "simulation.method", "=", "rk"], ["rk4"]),
        (["hamsim", "run", "net.y"], ["net.yaml"]),
        (["hamsim", "examples", "hopf"], ["hopfield"]),
    ],
)
def test_bash_completes(tmp_path, typed, offers):
    line = " ".join(typed).replace(" = ", "=").replace(" =", "=")
    (tmp_path / "hamsim").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hamsim "$@"\n')
    (tmp_path / "hamsim").chmod(0o755)
    quoted = " ".join(f"'{word}'" for word in typed)
    script = f"""
    PATH={tmp_path}:$PATH
    compopt() {{ :; }}
    eval "$(hamsim completion bash)"
    COMP_LINE='{line}' COMP_WORDS=({quoted}) COMP_CWORD={len(typed) - 1}
    _hamsim_completion
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(hamsim.__file__))},
    )
    assert (done.stdout.split(), done.stderr) == (offers, "")


def test_python_m_is_the_command():
    calls = ([sys.executable, "-m", "hamsim"],)
    for call in calls:
        done = subprocess.run([*call, "--help"], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("Usage: hamsim [OPTIONS] COMMAND")
        done = subprocess.run(
            [*call, "show", "net.yaml", "--json"], capture_output=True, text=True, check=True
        )
        assert json.loads(done.stdout)["groups"]["exc"]["tau"] == 2.0
        done = subprocess.run([*call, "rn"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "hamsim: no command 'rn'; did you mean 'run'?\n"


def test_every_command_is_known_to_help():
    with click.Context(cli) as context:
        for name in cli.list_commands(context):
            assert cli.get_command(context, name).name == name
