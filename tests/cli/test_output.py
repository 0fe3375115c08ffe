"""No exit status 0 with output lost: full disks, closed streams, readers that go away."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import warnings
from datetime import UTC, datetime, timedelta

import pytest

import hamsim
from hamsim.cli.main import main
from hamsim.errors import HamsimWarning

FULL = "/dev/full"
needs_full = pytest.mark.skipif(not os.path.exists(FULL), reason="the system has no full device")
NETWORK = """\
format: hamsim/1
name: small
seed: 7
groups: {a: {size: 2, lagrangian: tanh, initial: 0.5}}
connections: [{within: a, weights: 0.5}]
simulation: {dt: 0.1, t_end: 1}
"""
OF_NETWORK = [
    ["check", "net.yaml"],
    ["info", "net.yaml"],
    ["show", "net.yaml"],
    ["run", "net.yaml", "--no-save"],
    ["convert", "net.yaml", "x.json", "--force"],
]
WITH_JSON = [
    *OF_NETWORK,
    ["lagrangians"],
    ["lagrangians", "tanh"],
    ["plot", "net.nc"],
    ["repair", "net.nc"],
    ["examples"],
    ["examples", "ring"],
]
COMMANDS = [
    ["--help"],
    ["--version"],
    ["run", "--help"],
    ["completion", "bash"],
    ["completion", "bash", "--json"],
    ["schema"],
    *WITH_JSON,
    *([*command, "--json"] for command in WITH_JSON),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a network and a trace."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK)
    hamsim.simulate("net.yaml").save("net.nc")
    return tmp_path


def call(arguments, out, err):
    """Exit status of a command with these streams."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out, err
    try:
        main(arguments)
    except SystemExit as stop:
        return stop.code
    finally:
        sys.stdout, sys.stderr = before


@contextlib.contextmanager
def stream(kind):
    """A text stream of some kind."""
    if kind == "closed":
        yield None
        return
    if kind == "closed later":
        made = io.StringIO()
        made.close()
        yield made
        return
    if kind == "pipe":
        read, write = os.pipe()
        os.close(read)
        made = os.fdopen(write, "w")
    else:
        made = open(FULL, "w")
    try:
        yield made
    finally:
        with contextlib.suppress(OSError):
            made.close()


@needs_full
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_output_that_is_lost_is_told_and_no_success(folder, arguments):
    for kind, why in (
        ("full", "No space left on device"),
        ("closed", "Bad file descriptor"),
    ):
        err = io.StringIO()
        with stream(kind) as out:
            assert call(arguments, out, err) == 2
        assert re.fullmatch(f"hamsim: cannot write the output: {why}.*\n", err.getvalue())
    err = io.StringIO()
    with stream("pipe") as out:
        assert call(arguments, out, err) == 0
    assert err.getvalue() == ""


@needs_full
def test_output_that_is_lost_where_nobody_can_be_told_is_no_success(folder):
    for arguments in (["--help"], ["show", "net.yaml"], ["show", "net.yaml", "--json"]):
        for kind in ("full", "closed", "closed later"):
            for other in ("full", "closed", "closed later", "pipe"):
                with stream(kind) as out, stream(other) as err:
                    assert call(arguments, out, err) == 2


@needs_full
@pytest.mark.parametrize("kind", ["full", "closed", "pipe"])
def test_a_stream_for_errors_that_is_not_needed_may_be_broken(folder, kind):
    for arguments in [*COMMANDS[:4], *OF_NETWORK, ["examples", "--json"]]:
        out = io.StringIO()
        with stream(kind) as err:
            assert call(arguments, out, err) == 0
        assert out.getvalue()
    with stream(kind) as err:
        assert call(["run", "nosuch.yaml"], io.StringIO(), err) == 2


@needs_full
def test_a_note_that_is_lost_is_no_success(folder):
    (folder / "graph.json").write_text('{"nodes": [{"id": "a"}], "links": []}')
    out = io.StringIO()
    with stream("full") as err:
        assert call(["info", "graph.json", "--json"], out, err) == 2
    assert json.loads(out.getvalue())["neurons"] == 1


@needs_full
def test_a_run_saves_its_trace_whoever_listens(folder):
    for kind in ("full", "closed", "pipe"):
        with stream(kind) as out, stream(kind) as err:
            call(["run", "net.yaml", "-o", f"{kind}.nc", "--plot", f"{kind}.png"], out, err)
        assert hamsim.load_trace(f"{kind}.nc").outcome == "finished"
        assert os.path.getsize(f"{kind}.png") > 10_000


@needs_full
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_in_a_process_of_its_own(folder, more):
    command = f"{sys.executable} -m hamsim show net.yaml {' '.join(more)}"
    for redirected, status, told in (
        ("> /dev/full", 2, "hamsim: cannot write the output: No space left on device\n"),
        (">&-", 2, "hamsim: cannot write the output: Bad file descriptor\n"),
        (">&- 2>&-", 2, ""),
        ("<&- > /dev/null 2>&-", 0, ""),
        ("2> /dev/full > /dev/null", 0, ""),
        ("> /dev/full 2> /dev/full", 2, ""),
    ):
        done = subprocess.run(
            ["bash", "-c", f"{command} {redirected}"], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (status, told), redirected


def test_files_do_not_get_the_numbers_of_closed_streams(folder):
    command = f"{sys.executable} -m hamsim run net.yaml -o closed.nc <&- >&- 2>&-"
    assert subprocess.run(["bash", "-c", command], check=False).returncode == 2
    assert hamsim.load_trace("closed.nc").outcome == "finished"


def test_letters_that_a_stream_does_not_have_are_written_out(folder):
    (folder / "net.yaml").write_text(NETWORK.replace("small", "réseau \U0001f9e0"))
    held = io.BytesIO()
    out = io.TextIOWrapper(held, encoding="ascii")
    assert call(["info", "net.yaml"], out, io.StringIO()) == 0
    assert held.getvalue().startswith(b"r\\xe9seau \\U0001f9e0\n")


def test_an_error_of_the_system_is_not_taken_for_one_of_the_output(folder, monkeypatch):
    def broken(*arguments):
        raise OSError(5, "Input/output error", "/cache/kernels.nbi")

    monkeypatch.setattr("hamsim.cli.check.read_network", broken)
    err = io.StringIO()
    assert call(["check", "net.yaml"], io.StringIO(), err) == 2
    assert err.getvalue() == "hamsim: Input/output error: '/cache/kernels.nbi'\n"


def test_a_mistake_of_hamsim_is_one_line(folder, monkeypatch):
    def broken(*arguments):
        raise KeyError("a\nb")

    monkeypatch.setattr("hamsim.cli.check.read_network", broken)
    err = io.StringIO()
    assert call(["check", "net.yaml"], io.StringIO(), err) == 70
    assert err.getvalue().startswith("hamsim: internal error: KeyError: 'a\\nb'; please report")
    assert err.getvalue().count("\n") == 1
    monkeypatch.setenv("HAMSIM_TRACEBACK", "1")
    err = io.StringIO()
    assert call(["check", "net.yaml"], io.StringIO(), err) == 70
    assert "in broken" in err.getvalue()
    monkeypatch.delenv("HAMSIM_TRACEBACK")

    def ended(*arguments):
        raise EOFError("Ran out of input")

    monkeypatch.setattr("hamsim.cli.check.read_network", ended)
    err = io.StringIO()
    assert call(["check", "net.yaml"], io.StringIO(), err) == 70
    assert "interrupted" not in err.getvalue()


def test_warnings_are_lines_and_those_of_libraries_are_not_shown(folder, monkeypatch):
    def warns(*arguments):
        warnings.warn("an array is slow", RuntimeWarning, stacklevel=1)
        warnings.warn("two\nlines", HamsimWarning, stacklevel=1)
        return hamsim.compile("net.yaml")

    monkeypatch.setattr("hamsim.cli.check.read_network", warns)
    err = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        shown = warnings.showwarning
        assert call(["check", "net.yaml"], io.StringIO(), err) == 0
        assert warnings.showwarning is shown
    assert err.getvalue() == "warning: two lines\n"


@pytest.mark.parametrize("arguments", WITH_JSON, ids=" ".join)
def test_json_says_what_made_it_and_is_strict(folder, arguments):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    out = io.StringIO()
    setting = ["--set", "groups.a.tau=2"] if arguments in OF_NETWORK else []
    assert call([*arguments, "--json", *setting], out, io.StringIO()) == 0
    facts = json.loads(out.getvalue(), parse_constant=refuse)
    for entry in facts if isinstance(facts, list) else [facts]:
        made = entry["made"]
        assert made["hamsim"] == hamsim.__version__
        date = datetime.fromisoformat(made["date"])
        assert timedelta(0) <= datetime.now(UTC) - date < timedelta(minutes=5)
        if setting:
            assert made["seed"] == 7
            assert made["overrides"] == {"groups.a.tau": 2}


def test_what_show_prints_as_json_is_a_network_file(folder):
    out = io.StringIO()
    assert call(["show", "net.yaml", "--json"], out, io.StringIO()) == 0
    (folder / "shown.json").write_text(out.getvalue())
    assert hamsim.load("shown.json") == hamsim.load("net.yaml")
    err = io.StringIO()
    assert call(["show", "shown.json", "--set", "made.seed=2"], io.StringIO(), err) == 2
    assert "made: unknown key" in err.getvalue()


STEERING = "\x1b]0;title\x07\x1b[31m[red]x[/red] [/]\r\n\x9b2J"


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_names_cannot_steer_a_terminal_and_are_printed_as_they_are(folder, more):
    written = json.dumps(STEERING)
    (folder / "net.yaml").write_text(
        f"format: hamsim/1\nname: {written}\ndescription: {written}\n"
        f'groups:\n  "r\\e": {{neurons: [{written}, b], lagrangian: tanh}}\n'
        f'connections: [{{within: "r\\e", weights: 1, name: {written}}}]\n'
    )
    for command in (["info"], ["check"], ["run", "--no-save"]):
        out, err = io.StringIO(), io.StringIO()
        call([command[0], "net.yaml", *command[1:], *more], out, err)
        assert not set(out.getvalue() + err.getvalue()) & set("\x1b\x07\x9b\r")
        if not more:
            assert "[red]x[/red] [/]" in out.getvalue()
        else:
            assert json.loads(out.getvalue())


def test_endless_names_do_not_fill_the_screen(folder):
    long = "n" * 100_000
    nodes = [{"id": f"{long}{k}", "group": f"{long}g", "lagrangian": "tanh"} for k in range(2)]
    links = [{"source": nodes[0]["id"], "target": nodes[1]["id"], "weight": 1.5}]
    graph = {"directed": False, "graph": {"name": long}, "nodes": nodes, "links": links}
    (folder / "long.json").write_text(json.dumps(graph))
    for command in (
        ["info", "long.json"],
        ["check", "long.json"],
        ["run", "long.json", "--plot", "long.png"],
        ["run", "long.json", "--set", "groups.x.tau=1"],
        ["run", "long.json", "--set", f"groups.{long}.tau=1"],
        ["plot", "long.nc", "--group", "x"],
    ):
        out, err = io.StringIO(), io.StringIO()
        call(command, out, err)
        assert len(out.getvalue()) + len(err.getvalue()) < 5000
    assert os.path.getsize("long.png") > 10_000
