"""How tests call the command, and a small network."""

import pytest

from hamsim.cli.main import main


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Call the command in an empty folder: exit status, output, errors."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    return call


PAIR = """\
format: hamsim/1
name: pair
groups:
  left: {size: 1, lagrangian: tanh, tau: 1, initial: 1.0}
  right: {size: 1, lagrangian: tanh, tau: 3, initial: -0.9}
connections:
  - {between: [left, right], weights: 2.0}
simulation: {method: rk4, dt: 0.01, t_end: 5}
"""


@pytest.fixture
def pair(tmp_path):
    path = tmp_path / "pair.yaml"
    path.write_text(PAIR)
    return path
