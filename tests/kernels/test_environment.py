"""What the environment says is used, or refused in one line."""

import os
import re
import subprocess
import sys

import pytest

import hamsim
from hamsim.kernels import kept

NETWORK = "{'format': 'hamsim/1', 'groups': {'a': {'size': 2, 'lagrangian': 'tanh'}}}"
CODE = f"import hamsim\nprint(hamsim.activation({NETWORK}, [0.5, 1.0]).tolist())"
ANSWER = str(hamsim.activation(eval(NETWORK), [0.5, 1.0]).tolist())
COMMAND = "from hamsim.cli.main import main\nmain(['run', 'net.yaml', '--no-save'])"
YAML = """format: hamsim/1
groups: {a: {size: 2, lagrangian: tanh}}
simulation: {dt: 0.1, t_end: 1}
"""


def run(code, folder, without=(), **variables):
    environment = {k: v for k, v in os.environ.items() if k not in without}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


REFUSED = {
    "threads 0": ({"NUMBA_NUM_THREADS": "0"}, "NUMBA_NUM_THREADS is '0'"),
    "threads below 0": ({"NUMBA_NUM_THREADS": "-3"}, "NUMBA_NUM_THREADS is '-3'"),
    "threads in words": ({"NUMBA_NUM_THREADS": "two"}, "NUMBA_NUM_THREADS is 'two'"),
    "threads without a number": ({"NUMBA_NUM_THREADS": ""}, "NUMBA_NUM_THREADS is ''"),
    "not compiled": ({"NUMBA_DISABLE_JIT": "1"}, "NUMBA_DISABLE_JIT is set"),
    "no number": ({"NUMBA_DISABLE_JIT": "yes"}, "NUMBA_DISABLE_JIT is 'yes'"),
    "optimisation": ({"NUMBA_OPT": "abc"}, "NUMBA_OPT is 'abc'"),
    "debugging": ({"NUMBA_DEBUG": "x"}, "NUMBA_DEBUG is 'x'"),
    "features": ({"NUMBA_CPU_FEATURES": "avx2"}, "NUMBA_CPU_FEATURES is 'avx2'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_command_says_in_one_line_what_numba_cannot_use(name, tmp_path):
    (tmp_path / "net.yaml").write_text(YAML)
    variables, message = REFUSED[name]
    done = run(COMMAND, tmp_path, **variables)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


@pytest.mark.parametrize("name", ["threads 0", "not compiled", "optimisation"])
def test_python_gets_an_error_of_hamsim_each_time(name, tmp_path):
    variables, message = REFUSED[name]
    code = (
        "import hamsim\n"
        "for _ in range(3):\n"
        "    try: hamsim.simulate\n"
        "    except hamsim.HamsimError as error: print(error)"
    )
    done = run(code, tmp_path, **variables)
    assert done.stdout.count(message) == 3, done
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("disable_jit: 1", "NUMBA_DISABLE_JIT is set in .numba_config.yaml"),
        ("opt: abc", "NUMBA_OPT is 'abc' in .numba_config.yaml"),
        ("num_threads: 0", "it reads .numba_config.yaml"),
        ("[1, 2", "it reads .numba_config.yaml"),
    ],
)
def test_the_file_that_numba_reads_in_the_working_folder(text, message, tmp_path):
    (tmp_path / "net.yaml").write_text(YAML)
    (tmp_path / ".numba_config.yaml").write_text(text)
    done = run(COMMAND, tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "variables",
    [
        {"NUMBA_CACHE_LOCATOR_CLASSES": "rubbish"},
        {"NUMBA_THREADING_LAYER": "rubbish"},
        {"NUMBA_NUM_THREADS": "1"},
    ],
)
def test_what_does_not_matter_is_not_refused(variables, tmp_path):
    done = run(CODE, tmp_path, **variables)
    assert (done.stdout, done.stderr) == (ANSWER + "\n", "")


@pytest.mark.parametrize("place", ["a file", "below a file", "relative", "nothing to be made"])
def test_folders_that_can_or_cannot_be_written(place, tmp_path):
    (tmp_path / "file").write_text("")
    where = {
        "a file": str(tmp_path / "file"),
        "below a file": str(tmp_path / "file" / "sub"),
        "relative": "some/where",
        "nothing to be made": "/proc/none",
    }[place]
    done = run(CODE, tmp_path, NUMBA_CACHE_DIR=where)
    assert (done.stdout, done.stderr) == (ANSWER + "\n", "")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == (["file", "some"] if place == "relative" else ["file"])


def store_with(monkeypatch, **variables):
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return kept._store()


def test_where_code_is_kept(monkeypatch, tmp_path):
    home = store_with(monkeypatch, HOME=str(tmp_path)).folder
    assert home.parent == tmp_path / ".cache" / "hamsim"
    assert re.fullmatch("kernels-[0-9a-f]{16}", home.name)
    cache = store_with(monkeypatch, HOME="/nowhere", XDG_CACHE_HOME=str(tmp_path)).folder
    assert cache.parent == tmp_path / "hamsim"
    # A cache home that is no full path does not count, as its standard says.
    relative = store_with(monkeypatch, HOME=str(tmp_path), XDG_CACHE_HOME="cache").folder
    assert relative == home
    asked = store_with(monkeypatch, HOME=str(tmp_path), NUMBA_CACHE_DIR=str(tmp_path / "x")).folder
    assert asked.parent == tmp_path / "x"
    assert list(tmp_path.iterdir()) == []  # nothing is made before it is needed


def test_without_a_home_nothing_is_kept_in_the_working_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    store = store_with(monkeypatch, HOME="")
    assert store.folder is None
    assert store.why_not == "there is no home folder"
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # nor in the list of users
    assert store_with(monkeypatch).folder is None


def test_a_run_says_that_its_code_is_not_kept(tmp_path):
    (tmp_path / "net.yaml").write_text(YAML)
    (tmp_path / "file").write_text("")
    done = run(COMMAND, tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "file"))
    assert done.returncode == 0, done
    assert "compiled code cannot be kept (" in done.stdout
    assert "set NUMBA_CACHE_DIR to a folder that can be written" in done.stdout
