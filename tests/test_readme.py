"""What the README shows is what happens."""

import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from manual import ROOT, guide, written

import hamsim
from hamsim.cli.main import main
from hamsim.lagrangians.table import TABLE
from hamsim.memory import theory
from hamsim.memory.patterns import stored_of
from hamsim.scale.engines.engine import run
from hamsim.scale.plan.making import make_plan
from hamsim.scale.store import Store
from hamsim.scale.work import Work

TEXT = "\n".join(page.read_text(encoding="utf-8") for page in written())


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("pair.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    return tmp_path


def masked(text):
    """Output without what differs from run to run: times and sizes."""
    text = re.sub(r"in [\d.]+ s, [\d.e+]+ [mu]?s a step", "in T s, T us a step", text)
    text = re.sub(r"[\d.]+ s to prepare", "T s to prepare", text)
    return re.sub(r"\([\d.]+ MB\)", "(S MB)", text)


@pytest.mark.parametrize("block", blocks("console"))
def test_console_output(block, folder, capsys):
    first, *expected = block.splitlines()
    assert first.startswith("$ hamsim ")
    with pytest.raises(SystemExit):
        main(shlex.split(first)[2:])
    captured = capsys.readouterr()
    assert (
        masked(captured.out + captured.err).splitlines() == masked("\n".join(expected)).splitlines()
    )


def test_the_first_yaml_has_twelve_lines():
    assert len(blocks("yaml")[0].splitlines()) == 12


@pytest.mark.parametrize("block", blocks("yaml")[1:])
def test_parts_of_files_are_valid(block):
    network = hamsim.compile(yaml.safe_load("format: hamsim/1\n" + block))
    assert np.isfinite(hamsim.activation(network, np.zeros(network.n_neurons))).all()


def test_python_snippet_runs(folder, capsys):
    (code,) = (block for block in blocks("python") if "dataset = " in block)
    (others,) = (block for block in blocks("python") if "halved = " in block)
    (graphs,) = (block for block in blocks("python") if "watts_strogatz" in block)
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.startswith("finished at t = 20: residual")
    assert "(2001, 2) (2001, 1)" in printed
    assert Path("pair.nc").is_file()
    exec(compile(others, "README.md", "exec"), {})
    assert re.fullmatch(r"True 0\.\d+\n", capsys.readouterr().out)
    exec(compile(graphs, "README.md", "exec"), {})
    assert capsys.readouterr().out == "2.0\n"


def test_the_snippet_of_attention_runs(capsys):
    (code,) = (block for block in blocks("python") if "weights @ values" in block)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == "[-0.375 -0.375 -0.375 -0.375]\nTrue\n"


def test_the_snippet_of_the_estimator_runs(capsys):
    pytest.importorskip("sklearn")
    (code,) = (block for block in blocks("python") if "import AssociativeMemory" in block)
    exec(compile(code, "README.md", "exec"), {})
    assert float(capsys.readouterr().out) > 0.98


def test_the_snippet_of_pytorch_runs(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.chdir(ROOT)
    (code,) = (block for block in blocks("python") if "hamsim.torch" in block)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["rest"].weights["pixels-hidden"].grad.abs().sum() > 0


def test_the_snippet_of_jax_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (code,) = (block for block in blocks("python") if "hamsim.jax" in block)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == "['input', 'weights'] True\n"


def test_the_snippet_of_trained_estimators_runs(capsys):
    pytest.importorskip("sklearn")
    (code,) = (block for block in blocks("python") if "import EnergyClassifier" in block)
    exec(compile(code, "README.md", "exec"), {})
    score, error = map(float, capsys.readouterr().out.split())
    assert score > 0.96
    assert error < 0.05  # the mean of what is known gives 0.074


def test_the_snippet_of_neurons_set_in_turn_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (code,) = (block for block in blocks("python") if "temperature=[1.0" in block)
    exec(compile(code, "README.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("all 9 trials at rest after 0 to 1 sweep; 176 flips in all 1 (12, 12,")
    assert second.startswith("[0. 1. 2. 3.] {")


def test_the_snippet_of_storing_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (code,) = (block for block in blocks("python") if "memory.store" in block)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert capsys.readouterr().out == f"4 {2 * 4 * 64 + 64}\n"
    stored = stored_of(names["network"]).values
    assert len(stored) == 31
    np.testing.assert_array_equal(stored[-1], names["more"][1])


def test_the_snippet_of_the_theory_of_memories_says_what_it_gives():
    (code,) = (block for block in blocks("python") if "memory import theory" in block)
    _, *calls = (line for line in code.splitlines() if line)
    values = [eval(call, {"theory": theory}) for call in calls]
    assert values[0] == pytest.approx([0.99999, 0.9980, 0.9872, 0], abs=5e-5)
    assert values[1:] == [
        pytest.approx(0.0588, abs=5e-5),
        pytest.approx(0.0151, abs=5e-5),
        pytest.approx(36.2, abs=0.05),
    ]


def test_the_snippet_of_recall_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (code,) = (block for block in blocks("python") if "found = hamsim.recall(" in block)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == ["8 0 negative", "(9, 4) -30.59375 12 converged"]


def test_the_snippet_of_capacity_runs(folder, capsys):
    (code,) = (block for block in blocks("python") if "hamsim.capacity(" in block)
    exec(compile(code, "README.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("[3 6] [1. 1.]")
    assert first.endswith(" [0.99999223 0.99799927]")
    assert second.startswith("[1. 1.] [")


def test_the_snippet_of_stability_runs(capsys):
    (code,) = (block for block in blocks("python") if "hamsim.stability" in block)
    exec(compile(code, "README.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("saddle 1 True [ 0.379")
    assert second.startswith("minimum (proved), slowest deviations shrink at 0.1")


def test_the_snippets_of_problems_run(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (code,) = (block for block in blocks("python") if "hamsim.solve" in block)
    found = {}
    exec(compile(code, "README.md", "exec"), found)
    length, *_ = capsys.readouterr().out.split()
    assert float(length) == found["solution"].value
    assert 0.0 <= found["solution"].excess < 0.02
    (file,) = (block for block in blocks("yaml") if "six towns" in block)
    towns = hamsim.solve(yaml.safe_load(file), exact=30.0, threads=1)
    assert towns.value == pytest.approx(towns.exact.value, rel=1e-9)


def test_the_snippet_of_training_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (code,) = (block for block in blocks("python") if "hamsim.train" in block)
    exec(compile(code, "README.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"<Trained for 40 epochs: loss 0\.0\d+, score 1> \d+ 0", first)
    assert second == "True 1.0"


def test_the_block_training_of_the_readme_trains():
    (block,) = (each for each in blocks("yaml") if "training:" in each)
    table = hamsim.train(yaml.safe_load("format: hamsim/1\n" + block)).table
    assert table["loss"][-1] < 0.5 * table["loss"][0]


def test_the_snippet_of_names_runs(folder, capsys):
    (code,) = (block for block in blocks("python") if "circuit.yaml" in block)
    (file,) = (block for block in blocks("yaml") if "neurons: [motor.AVAL" in block)
    Path("circuit.yaml").write_text(file, encoding="utf-8")
    exec(compile(code, "README.md", "exec"), {})
    first, one, several = capsys.readouterr().out.splitlines()
    assert first == "slice(10, 20, None) 100"
    assert re.fullmatch(r"\((\d+),\) \(\1, 3\) \(\1, 2\)", one)
    assert re.fullmatch(r"\(5, (\d+)\) \(5, \1\)", several)


def test_the_snippet_of_values_over_time_runs(folder, capsys):
    (code,) = (block for block in blocks("python") if "hamsim.over_time" in block)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("[0.14112001 0.14112001] -")


def test_the_snippet_of_attractors_runs(capsys):
    (code,) = (block for block in blocks("python") if "hamsim.attractors" in block)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == ["8 {'minimum'} 12 (8,)", "True"]


def test_the_snippet_of_branches_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = (block for block in blocks("python") if "hamsim.branches" in block)
    exec(compile(code, "README.md", "exec"), {})


def test_the_snippet_of_many_runs_runs(folder, capsys):
    (code,) = (block for block in blocks("python") if "hamsim.sweep(" in block)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.split() == ["3", "True"]


def test_the_snippet_of_a_sweeps_results_runs(folder, capsys):
    (code,) = (block for block in blocks("python") if "hamsim.load_sweep" in block)
    plan = make_plan("pair.yaml", {"groups.left.tau": [1.0, 2.0]}, 2, arguments={"t_end": 2.0})
    run(Work(plan.write(folder / "sweep")), Store(folder / "sweep"), workers=1)
    found = {}
    exec(compile(code, "README.md", "exec"), found)
    slow = hamsim.simulate(hamsim.load("pair.yaml", {"groups.left.tau": 2.0}), t_end=2.0)
    assert float(capsys.readouterr().out) == slow.energy[-1]
    assert found["lost"].outcome.size == 0
    assert len(found["table"]) == 4
    assert found["energies"].shape == (2, 2)


def test_the_snippet_of_rows_runs(folder):
    (code,) = (block for block in blocks("python") if "hamsim.wiring" in block)
    exec(compile(code, "README.md", "exec"), {})


def test_the_two_commands_stand_as_one_line_each():
    lines = [line for line in TEXT.splitlines() if line.startswith("python3 -m venv .venv")]
    assert lines == [
        "python3 -m venv .venv && .venv/bin/pip install . && "
        ".venv/bin/hamsim run networks/digits.yaml --plot digits.png",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest",
    ]


def test_pictures_and_files_that_are_named_exist():
    for page in written():
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            assert "://" in target or (page.parent / target).exists(), f"{page}: {target}"
        for target in re.findall(r"`(networks/[^`]+)`", text):
            assert (ROOT / target).exists(), f"{page}: {target}"


def test_the_table_of_lagrangians_is_that_of_the_rows():
    """Those that it has; `hamsim lagrangians` has all."""
    table = (
        guide("lagrangians").split("| Lagrangian | activation g |\n|---|---|\n")[1].split("\n\n")[0]
    )
    lines = table.splitlines()
    names = [re.match(r"\| `(\w+)`", line)[1] for line in lines]
    assert lines == [_table_line(row) for row in TABLE.values() if row.name in names]
    assert len(names) > 30


def _table_line(row):
    given = [f"{parameter.name} {parameter.default:g}" for parameter in row.parameters]
    given += [] if row.additive else ["over"]
    own = f" ({', '.join(given)})" if given else ""
    bar = "\\|"
    return f"| `{row.name}`{own} | {row.g.replace('|', bar)} |"


def test_every_command_is_in_the_table(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"^  ([\w-]+)  ", capsys.readouterr().out.split("Commands:")[1], re.M)
    assert commands == re.findall(r"^\| `hamsim ([\w-]+)", guide("command"), re.M)


def test_changelog_names_the_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog
    assert f"## [{hamsim.__version__}]" in changelog


def test_examples_of_help_texts_run(folder, capsys):
    """The command that `hamsim --help` begins with."""
    shutil.copytree(ROOT / "networks", folder / "networks")
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "hamsim run networks/digits.yaml --plot digits.png" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["run", "networks/digits.yaml", "--plot", "digits.png", "--t-end", "2", "--json"])
    assert stop.value.code == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["stats"]["energy"]["rises"] == 0
    assert (folder / "digits.png").stat().st_size > 20_000
