"""What pages print that is right for more reasons than that it was printed before."""

import json
import re
import shutil

import numpy as np
import pytest
import yaml
from manual import ROOT, guide
from snippets.playing import played

import hamsim
from hamsim.cli.main import main
from hamsim.memory import theory
from hamsim.memory.patterns import stored_of


def names_of(page):
    return played(f"docs/guide/{page}.md").names


def printed(page, part):
    return played(f"docs/guide/{page}.md").printed(part)


def test_associative_memories_tell_digits_apart():
    pytest.importorskip("sklearn")
    assert float(printed("estimators", "import AssociativeMemory")) > 0.98


def test_trained_estimators_do_better_than_chance():
    pytest.importorskip("sklearn")
    score, error = map(float, printed("estimators", "import EnergyClassifier").split())
    assert score > 0.96
    assert error < 0.05  # the mean of what is known gives 0.074


def test_layers_of_pytorch_have_gradients():
    pytest.importorskip("torch")
    assert names_of("layers")["rest"].weights["pixels-hidden"].grad.abs().sum() > 0


def test_stored_patterns_are_those_of_the_network():
    names = names_of("patterns")
    stored = stored_of(names["network"]).values
    assert len(stored) == 31
    np.testing.assert_array_equal(stored[-1], names["more"][1])
    assert printed("patterns", "memory.store") == f"4 {2 * 4 * 64 + 64}\n"


def test_the_theory_of_memories_gives_what_the_comments_say():
    (code,) = re.findall(
        r"```python\n(from hamsim.memory import theory.*?)```", guide("patterns"), re.S
    )
    _, *calls = (line for line in code.splitlines() if line)
    values = [eval(call, {"theory": theory}) for call in calls]
    assert values[0] == pytest.approx([0.99999, 0.9980, 0.9872, 0], abs=5e-5)
    assert values[1:] == [
        pytest.approx(0.0588, abs=5e-5),
        pytest.approx(0.0151, abs=5e-5),
        pytest.approx(36.2, abs=0.05),
    ]


def test_solutions_are_tours():
    found = names_of("problems")["solution"]
    assert 0.0 <= found.excess < 0.02
    length, *_ = printed("problems", "hamsim.solve").split()
    assert float(length) == found.value


def test_the_six_towns_of_the_page_are_solved_exactly():
    (file,) = re.findall(r"```yaml\n(format[^`]*six towns.*?)```", guide("problems"), re.S)
    towns = hamsim.solve(yaml.safe_load(file), exact=30.0, threads=1)
    assert towns.value == pytest.approx(towns.exact.value, rel=1e-9)


def test_the_block_training_of_the_page_trains():
    (file,) = re.findall(r"```yaml\n(name: corners.*?)```", guide("training"), re.S)
    table = hamsim.train(yaml.safe_load("format: hamsim/1\n" + file)).table
    assert table["loss"][-1] < 0.5 * table["loss"][0]


def test_results_of_a_sweep_are_those_of_single_runs():
    pytest.importorskip("xarray")
    found = names_of("sweeps")
    played("docs/guide/sweeps.md")
    pair = played("docs/guide/sweeps.md").folder / "pair.yaml"
    slow = hamsim.simulate(hamsim.load(pair, {"groups.left.tau": 2.0}), t_end=2.0)
    assert float(printed("sweeps", "hamsim.load_sweep")) == slow.energy[-1]
    assert found["lost"].outcome.size == 0
    assert len(found["table"]) == 4


def test_the_example_of_the_help_runs(tmp_path, monkeypatch, capsys):
    """The command that `hamsim --help` begins with."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "networks", tmp_path / "networks")
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "hamsim run networks/digits.yaml --plot digits.png" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["run", "networks/digits.yaml", "--plot", "digits.png", "--t-end", "2", "--json"])
    assert stop.value.code == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["stats"]["energy"]["rises"] == 0
    assert (tmp_path / "digits.png").stat().st_size > 20_000
