"""What is said of files and arguments that cannot be meant."""

from pathlib import Path

import numpy as np
import pytest

import hamsim

RING = str(Path(__file__).parent.parent.parent / "networks" / "ring.yaml")


@pytest.mark.parametrize("command", ["run", "check", "show", "info"])
def test_files_that_are_not_there_lead_to_those_that_are(run, pair, command):
    status, _, err = run(command, "hopfield")
    assert status == 2
    assert err.startswith(f"hopfield: no such file; the example of this name: hamsim {command} ")
    assert "networks/hopfield.yaml, or a copy of your own by hamsim examples hopfield" in err
    assert "hopfield.yaml, or" in run(command, "nets/hopfield.yaml")[2]
    err = run(command, "hopfeild")[2]
    assert err == "hopfeild: no such file; did you mean the example 'hopfield'?\n"
    assert run(command, "pare.yaml")[2] == "pare.yaml: no such file; did you mean 'pair.yaml'?\n"
    assert run(command, "pair")[2] == "pair: no such file; did you mean 'pair.yaml'?\n"
    assert run(command, "")[2] == "'': no such file\n"


def test_what_is_no_trace_is_said_to_be_something_else(run, pair):
    run("run", pair, "-q")
    for command in ("plot", "repair"):
        assert run(command, "piar.nc")[2] == "no file 'piar.nc'; did you mean 'pair.nc'?\n"
    err = run("repair", pair)[2]
    assert err.endswith("is not a trace of hamsim; hamsim run makes one of a network\n")
    err = run("plot", pair, "--kind", "lines")[2]
    assert err.endswith("is a network, of which hamsim run makes one\n")


def test_files_whose_names_promise_something_else(run, pair):
    run("run", pair, "-q")
    np.savez("two.npz", a=np.eye(2), b=np.ones(2))
    np.save("one.npy", np.eye(2))
    copies = {
        "trace.yaml": "pair.nc",
        "trace.npz": "pair.nc",
        "trace.json": "pair.nc",
        "trace.mtx": "pair.nc",
        "trace.graphml": "pair.nc",
        "zip.yaml": "two.npz",
        "npy.yaml": "one.npy",
        "text.npz": "pair.yaml",
    }
    for copy, source in copies.items():
        Path(copy).write_bytes(Path(source).read_bytes())
    for file, message in (
        ("pair.nc", "is a trace, not a network; hamsim plot pair.nc draws it"),
        ("trace.yaml", "is an HDF5 file, not a network; if it is a trace: hamsim plot trace.yaml"),
        ("trace.npz", "is an HDF5 file, not a network; if it is a trace: hamsim plot trace.npz"),
        ("trace.json", "is an HDF5 file, not a network; if it is a trace: hamsim plot trace.json"),
        ("trace.mtx", "is an HDF5 file, not a network; if it is a trace: hamsim plot trace.mtx"),
        ("trace.graphml", "is an HDF5 file, not a network"),
        ("two.npz", "several arrays (a, b); a network file says which are weights: {file: two.npz"),
        ("one.npy", "is an array, not a network; a network file names it, as in weights: {file:"),
        ("npy.yaml", "is an array (npy), not a network"),
        ("zip.yaml", "is a zip archive, not YAML"),
        ("text.npz", "'text.npz' is not an npz file (a zip)"),
    ):
        status, out, err = run("info", file)
        assert (status, out) == (2, "")
        assert message in err
        assert err.count("\n") == 1
        assert "UTF-8" not in err


def test_three_hundred_mistakes_are_a_few_lines(run, tmp_path):
    numbers = ", ".join([".nan"] * 300)
    (tmp_path / "net.yaml").write_text(
        f"format: hamsim/1\ngroups: {{a: {{size: 300, lagrangian: tanh, initial: [{numbers}]}}}}\n"
    )
    lines = run("info", "net.yaml")[2].splitlines()
    assert len(lines) == 21
    assert lines[-1] == "... and 280 more mistakes"
    lines = run("info", "net.yaml", "--set", f"groups.a.tau=[{numbers}]")[2].splitlines()
    assert lines == ["--set: groups.a.tau: .nan is not a finite number"]  # all have one place
    with pytest.raises(hamsim.SpecError) as caught:
        hamsim.load("net.yaml")
    assert len(caught.value.problems) == 300
    assert str(caught.value).count("\n") == 20


@pytest.mark.parametrize("depth", [60, 900, 100_000])
@pytest.mark.parametrize(
    "text",
    [
        '{"nodes": [{"id": %s}], "links": []}',
        '{"nodes": [{"id": "a", "more": %s}], "links": []}',
        '{"nodes": [{"id": "a"}], "links": [{"source": %s, "target": "a"}]}',
        '{"nodes": ["a"], "connections": {"x": %s}}',
        '{"format": "hamsim/1", "groups": %s}',
    ],
)
def test_nesting_without_end_is_refused(run, tmp_path, text, depth):
    for value in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        (tmp_path / "deep.json").write_text(text % value)
        status, out, err = run("info", "deep.json")
        assert (status, out) == (2, "")
        assert err.count("\n") == 1
        assert "internal error" not in err


def test_halves_of_characters_are_refused(run, tmp_path):
    (tmp_path / "half.json").write_text('{"nodes": [{"id": "a\\ud800"}], "links": []}')
    status, _, err = run("info", "half.json")
    assert status == 2
    assert "'a\\ud800' holds half of a character" in err
    with pytest.raises(hamsim.SpecError, match=r"name: 'a.ud800' holds half of a character"):
        hamsim.load({"format": "hamsim/1", "name": "a\ud800", "groups": {}})
    with pytest.raises(hamsim.SpecError, match="holds half of a character"):
        hamsim.load({"format": "hamsim/1", "groups": {"\udc00": {"size": 1}}})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["run"],
            "Missing argument 'FILE', a network, or --resume and a trace; see hamsim run --help\n",
        ),
        (["completion"], "see hamsim completion --help\n"),
        (["check", RING, "--confidence", "nan"], "confidence is nan; it must be above 0 and below"),
        (["check", RING, "--repair", "no/x.yaml"], "cannot write 'no/x.yaml': there is no folder"),
        (["check", RING, "--repair", "."], "cannot write '.': it is a folder\n"),
        (["examples", "ring", "--copy", RING], "is a file"),
    ],
)
def test_arguments_that_cannot_be_meant_are_one_line(run, arguments, message):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_without_arguments_there_is_help(run):
    status, out, err = run()
    assert (status, err) == (0, "")
    assert out == run("--help")[1]
