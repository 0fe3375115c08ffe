"""Every command with every kind of path that is no good file: one line, at once."""

import json
import os
import stat
import sys
import threading

import pytest

import hamsim
from hamsim.cli.main import main

NETWORK = """\
format: hamsim/1
groups: {a: {size: 2, lagrangian: tanh, initial: 0.5}}
connections: [{within: a, weights: 0.5}]
simulation: {dt: 0.1, t_end: 1}
"""
READERS = [
    ["run", "{}", "--no-save"],
    ["check", "{}"],
    ["show", "{}"],
    ["info", "{}"],
    ["convert", "{}", "new.yaml"],
    ["convert", "{}", "new.yaml", "--from", "yaml"],
    ["convert", "{}", "new.yaml", "--from", "graphml"],
    ["convert", "{}", "new.yaml", "--from", "node-link"],
    ["convert", "{}", "new.yaml", "--from", "connectome"],
    ["plot", "{}"],
    ["repair", "{}", "-o", "new.nc"],
    ["repair", "{}"],
]
WRITERS = [
    ["run", "net.yaml", "-o", "{}"],
    ["run", "net.yaml", "--no-save", "--plot", "{}.png"],
    ["check", "wrong.yaml", "--repair", "{}"],
    ["convert", "net.yaml", "{}", "--to", "yaml", "--force"],
    ["convert", "net.yaml", "{}", "--to", "npz", "--force"],
    ["plot", "net.nc", "-o", "{}.png"],
    ["repair", "net.nc", "-o", "{}"],
    ["lagrangians", "tanh", "--plot", "{}.svg"],
    ["examples", "ring", "--copy", "{}"],
]


@pytest.fixture
def run(capfd, tmp_path, monkeypatch):
    """Call the command in a folder with a network and a trace: exit status, output, errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK)
    wrong = NETWORK.replace("tanh", "softmax, tau: [1, 2]")
    (tmp_path / "wrong.yaml").write_text(wrong)
    hamsim.simulate("net.yaml").save("net.nc")

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return stop.value.code, captured.out, captured.err

    return call


def made(kind, name):
    """A path of some kind in this folder, and what may be said of it."""
    if kind == "folder":
        os.mkdir(name)
    elif kind == "pipe":
        os.mkfifo(name)
    elif kind == "loop":
        os.symlink(name, "other")
        os.symlink("other", name)
    elif kind == "dangling":
        os.symlink("nowhere", name)
    elif kind == "device":
        os.symlink("/dev/zero", name)
    elif kind == "zero":
        return "a\0b"
    elif kind == "long":
        return "n" * 5000
    elif kind == "not UTF-8":
        return os.fsdecode(b"\xff\xfe")
    elif kind == "empty":
        return ""
    return name


KINDS = ["folder", "pipe", "loop", "device", "zero", "long", "not UTF-8", "empty", "missing"]


@pytest.mark.skipif(sys.platform == "win32", reason="has other kinds of files")
@pytest.mark.parametrize("kind", [*KINDS, "dangling"])
@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_what_is_no_file_is_not_read(run, arguments, kind):
    for ending in ("", ".yaml", ".json", ".npz", ".nc"):
        name = made(kind, f"x{ending}") + (ending if kind in ("zero", "long", "not UTF-8") else "")
        status, out, err = run(*(word.format(name) for word in arguments))
        assert (status, out) == (2, ""), (status, out, err)
        assert err.count("\n") == 1
        assert "internal error" not in err
        assert len(err) < 3000
        for path in ("other", name):
            if kind == "loop" and os.path.islink(path):
                os.unlink(path)
    assert "new.nc" not in os.listdir()


@pytest.mark.skipif(sys.platform == "win32", reason="has other kinds of files")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("not UTF-8", "missing")])
@pytest.mark.parametrize("arguments", WRITERS, ids=" ".join)
def test_what_is_no_file_is_not_written(run, arguments, kind):
    ending = next((word[2:] for word in arguments if word.startswith("{}.")), "")
    name = made(kind, f"x{ending}")
    name = name.removesuffix(ending) if ending else name
    before = sorted(os.listdir())
    arguments = [word.format(name) for word in arguments]
    if "examples" in arguments and kind in ("folder", "empty"):
        return  # copies go into folders
    if kind == "empty" and ending:
        return  # .png is a name
    status, out, err = run(*arguments)
    assert status == 2, (out, err)
    assert "internal error" not in err
    assert "Traceback" not in err
    assert sorted(os.listdir()) == before
    if kind == "pipe":
        assert stat.S_ISFIFO(os.stat(f"x{ending}").st_mode)


def test_names_that_are_not_utf_8_are_read_and_written(run):
    name = os.fsdecode(b"\xff.yaml")
    os.rename("net.yaml", name)
    status, out, err = run("run", name, "--json")
    assert (status, err) == (0, "")
    assert '"trace": "\\udcff.nc"' in out
    assert run("info", name)[0] == 0
    assert run("plot", os.fsdecode(b"\xff.nc"))[:2] == (0, "\\udcff.png\n")
    assert run("repair", os.fsdecode(b"\xff.nc"))[0] == 0
    assert run("convert", name, os.fsdecode(b"\xfe.json"))[0] == 0
    assert {b"\xff.nc", b"\xff.png", b"\xfe.json"} <= set(os.listdir(b"."))


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="the system gives streams no names")
def test_a_stream_of_the_process_is_read_as_a_file(run):
    read, write = os.pipe()
    thread = threading.Thread(target=lambda: (os.write(write, NETWORK.encode()), os.close(write)))
    thread.start()
    status, out, _ = run("info", f"/dev/fd/{read}")
    thread.join()
    os.close(read)
    assert status == 0
    assert "2 neurons, 2 synapses" in out


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_files_without_permission_are_one_line(run, arguments):
    os.chmod("net.yaml", 0)
    status, out, err = run(*(word.format("net.yaml") for word in arguments))
    assert (status, out) == (2, "")
    assert "Permission denied" in err
    assert err.count("\n") == 1


def test_a_picture_does_not_take_the_place_of_the_trace(run):
    status, _, err = run("run", "net.yaml", "-o", "x.png", "--plot", "./x.png")
    assert (status, err) == (
        2,
        "--out and --plot name the same file; the picture would replace it\n",
    )


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        (["check", "wrong.yaml", "--repair", "old"], "old"),
        (["convert", "net.yaml", "old.npz", "--force"], "old.npz"),
        (["convert", "net.yaml", "old.yaml", "--force"], "old.yaml"),
        (["plot", "net.nc", "-o", "old.png"], "old.png"),
        (["plot", "net.nc", "-o", "old.pdf"], "old.pdf"),
        (["run", "net.yaml", "--no-save", "--plot", "old.png"], "old.png"),
        (["lagrangians", "tanh", "--plot", "old.svg"], "old.svg"),
    ],
)
def test_a_write_that_fails_leaves_the_older_file(run, monkeypatch, arguments, target):
    with open(target, "w") as stream:
        stream.write("good")
    os.chmod(target, 0o640)
    before = set(os.listdir())

    def full(number):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("hamsim.paths.os.fsync", full)
        status, _, err = run(*arguments)
    assert status == 2
    assert f"cannot write '{target}': No space left on device" in err.splitlines()[-1]
    with open(target) as stream:
        assert stream.read() == "good"
    kept = set(os.listdir()) - before
    assert all(name.endswith(".nc") for name in kept)  # of the run whose picture is lost
    assert len(kept) == ("--no-save" in arguments)
    assert run(*arguments)[0] in (0, 1)
    assert os.path.getsize(target) > 100
    assert stat.S_IMODE(os.stat(target).st_mode) == 0o640


def test_links_stay_links(run):
    os.mkdir("there")
    os.symlink("there/real.json", "link.json")
    assert run("convert", "net.yaml", "link.json", "--force")[0] == 0
    assert os.path.islink("link.json")
    assert os.path.isfile("there/real.json")


def test_a_copy_that_fails_is_taken_back(run, monkeypatch):
    number = os.fsync

    def second(descriptor, calls=[]):  # noqa: B006
        calls.append(descriptor)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        number(descriptor)

    monkeypatch.setattr("hamsim.paths.os.fsync", second)
    status, _, err = run("examples", "digits", "--copy", "here")
    assert status == 2
    assert err.endswith(": No space left on device\n")
    assert [file for _, _, files in os.walk("here") for file in files] == []


@pytest.mark.parametrize("more", [[], ["--json"], ["-q"], ["--no-save"], ["--no-save", "--json"]])
def test_a_picture_that_fails_loses_nothing_of_the_run(run, monkeypatch, more):
    def broken(*arguments, **more):
        raise RuntimeError("no font\nfound")

    monkeypatch.setattr("hamsim.plotting.trace_pictures.draw_trace", broken)
    before = set(os.listdir())
    out = [] if "--no-save" in more else ["-o", "x.nc"]
    status, out, err = run("run", "net.yaml", "--plot", "x.png", *out, *more)
    assert status == 2
    (trace,) = set(os.listdir()) - before
    assert err == f"cannot draw 'x.png': RuntimeError: no font found; the trace is kept: {trace}\n"
    assert hamsim.load_trace(trace).outcome == "finished"
    if "--json" in more:
        facts = json.loads(out)
        assert (facts["plot"], facts["trace"]) == (None, trace)
    elif "-q" not in more:
        assert "finished at t = 1" in out
