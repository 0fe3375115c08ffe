"""What stands on pages: of each subject the right parts, and what they say is so."""

import base64
import json
import re
import shlex
import subprocess
from html import unescape

import numpy as np
import pytest

import hamsim
from hamsim.certify.verdict import verdict
from hamsim.cli.main import main
from hamsim.errors import HamsimError
from hamsim.pages import figures, witness
from hamsim.pages.again import again
from hamsim.pages.guarantees import guarantees_part
from hamsim.scale.plan.making import make_plan

PAIR = {
    "format": "hamsim/1",
    "name": "a pair",
    "description": "Two neurons that agree.",
    "groups": {"both": {"neurons": ["A", "B"], "lagrangian": "tanh", "initial": [1.0, 0.2]}},
    "connections": [{"within": "both", "weights": [[0, 2], [2, 0]]}],
    "simulation": {"t_end": 4, "dt": 0.5, "record": {"every": 0.5, "what": ["x", "energy"]}},
}
IMAGES = {
    **PAIR,
    "name": "images",
    "groups": {"dots": {"shape": [3, 4], "lagrangian": "tanh", "initial": {"normal": {}}}},
    "connections": [{"within": "dots", "weights": {"normal": {"std": 0.2}}}],
}


def read(path):
    """Text of a page, and its parts' titles."""
    text = path.read_text(encoding="utf-8")
    titles = [unescape(title) for title in re.findall(r"<h2[^>]*>(.*?)</h2>", text)]
    return text, titles


def told(path):
    """What can be read on a page."""
    text, _ = read(path)
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", text[text.index("<body") :], flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture
def pair(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pair.yaml").write_text(json.dumps(PAIR))
    return tmp_path


ALL = ["What the network is", "What is guaranteed", "What happened", "How to repeat it"]


def test_a_network_is_run_and_told_of(pair):
    path = hamsim.write_report("pair.yaml", "pair.html")
    text, titles = read(path)
    assert titles == ALL
    said = told(path)
    assert "a pair Two neurons that agree." in said
    assert "2 neurons, 2 synapses" in said
    assert "finished at t = 4" in said
    assert "never rose in 8 steps" in said
    assert "hamsim run pair.yaml" in said
    assert text.count("<svg") == 3
    labels = re.findall(r'hs-view" tabindex="0" role="group" aria-label="([^;]*);', text)
    assert labels == ["the graph of a pair", "the run against time", "the phase plane"]
    assert "://" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)


def test_without_a_run_nothing_happened(pair):
    _, titles = read(hamsim.write_report("pair.yaml", "pair.html", run=False))
    assert titles == ["What the network is", "What is guaranteed", "How to repeat it"]


def test_a_trace_tells_the_same_as_its_network(pair):
    trace = hamsim.simulate("pair.yaml")
    trace.save("pair.nc")
    of_file, of_trace, of_memory = (
        told(hamsim.write_report(what, "page.html")) for what in ("pair.yaml", "pair.nc", trace)
    )
    assert of_trace == of_memory
    common = of_file[: of_file.index("How to repeat it", 100)]
    # Only how long it took differs.
    cut = re.compile(r"\d[\d.]* (s|ms|us)\b")
    assert cut.sub("", common) == cut.sub("", of_trace[: of_trace.index("How to repeat it", 100)])


def test_the_answers_are_those_of_check(pair):
    certificate = hamsim.check("pair.yaml")
    said = told(hamsim.write_report("pair.yaml", "pair.html"))
    assert "Does every solution come to rest? ✓ proved" in said
    assert f"Is there exactly one rest state? ✗ {certificate.unique_equilibrium}" in said
    for condition in certificate.conditions:
        assert condition.message in said
        assert " ".join(condition.theorem.split()) in said
    part = guarantees_part(hamsim.compile("pair.yaml"), certificate, verdict(certificate))
    assert "Of the run on this page: the same." in part.body


def test_a_witness_is_told_by_the_names_of_neurons(pair):
    source = dict(PAIR, connections=[{"from": "both", "to": "both", "weights": [[0, 2], [-2, 0]]}])
    certificate = hamsim.check(source)
    (witness,) = [c for c in certificate.conditions if "x" in c.evidence]
    a, b = witness.evidence["x"]
    said = told(hamsim.write_report(source, "page.html", run=False))
    words = [f"both.{name} = {value:.4g}" for name, value in (("A", a), ("B", b)) if value]
    assert words
    assert f"state with {', '.join(words)}" in said
    assert "receiver both.B sender both.A" in said
    assert " dE/dt " in said
    repairs = [c.repair for c in certificate.conditions if c.status != "proved" and c.repair]
    assert repairs
    assert all(repair in said for repair in repairs)


def test_of_many_neurons_those_furthest_from_0_are_named():
    row = np.arange(1.0, witness.MOST_NEURONS + 3.0) * (-1.0) ** np.arange(witness.MOST_NEURONS + 2)
    words = witness._state(row, "n{}".format)
    assert "n0 =" not in words
    assert "n1 =" not in words
    assert f"n{row.size - 1} = {row[-1]:g}" in words
    assert words.endswith("2 neurons closer to 0")


def test_nobody_asks_where_nobody_wants_to(pair):
    said = told(hamsim.write_report("pair.yaml", "pair.html", check=False))
    assert "What is guaranteed Nobody asked." in said


def test_time_for_the_guarantees_is_limited(pair):
    said = told(hamsim.write_report("pair.yaml", "pair.html", check=1e-9))
    assert "not checked yet: it takes longer than was allowed" in said


def test_the_command_of_a_trace_gives_the_same_run(pair, monkeypatch):
    """What the page says is done, in a folder that holds nothing else."""
    trace = hamsim.simulate("pair.yaml", method="euler", dt=0.25, t_end=3)
    text, _ = read(hamsim.write_report(trace, "page.html"))
    commands = unescape(re.search(r'aria-label="Commands"><code>(.*?)</code>', text, re.S)[1])
    source = unescape(re.search(r'"The description, resolved"><code>(.*?)</code>', text, re.S)[1])
    other = pair / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    (other / "network.yaml").write_text(source)
    (command,) = [line for line in commands.splitlines() if not line.startswith("#")]
    with pytest.raises(SystemExit) as done:
        main([*shlex.split(command)[1:], "-q"])
    assert done.value.code == 0
    again = hamsim.load_trace("network.nc")
    assert np.array_equal(again.final, trace.final)
    assert again.made.method == "euler"


def test_data_files_are_named_by_what_they_hold(pair):
    import hashlib

    np.save("w.npy", np.array([[0.0, 2.0], [2.0, 0.0]]))
    source = dict(PAIR, connections=[{"within": "both", "weights": {"file": "w.npy"}}])
    (pair / "filed.yaml").write_text(json.dumps(source))
    digest = hashlib.sha256((pair / "w.npy").read_bytes()).hexdigest()
    assert f"w.npy 160 B {digest}" in told(hamsim.write_report("filed.yaml", "page.html"))
    hamsim.simulate("filed.yaml").save("filed.nc")
    (pair / "w.npy").unlink()
    said = told(hamsim.write_report("filed.nc", "page.html"))
    assert "The network of the trace cannot be put together again" in said
    assert "w.npy" in said
    assert "Without the network nobody can tell." in said
    assert "finished at t = 4" in said
    given = told(hamsim.write_report("filed.nc", "page.html", network="pair.yaml"))
    assert "Does every solution come to rest? ✓ proved" in given


def test_images_have_a_slider(pair):
    trace = hamsim.simulate(IMAGES)
    text, _ = read(hamsim.write_report(trace, "page.html", check=False))
    shown = dict(re.findall(r'data-(\w+)="([^"]*)"', text[text.index("hs-frames") :]))
    assert (shown["rows"], shown["columns"], shown["images"]) == ("3", "4", "1")
    assert shown["moments"].split("|")[::4] == ["t = 0", "t = 2", "t = 4"]
    values = np.frombuffer(base64.b64decode(shown["values"]), dtype=np.uint8).reshape(9, 12)
    true = np.tanh(trace.x.reshape(9, 12))
    order = np.argsort(true.ravel())
    assert np.all(np.diff(values.ravel()[order].astype(int)) >= 0)
    most = np.abs(true).max()
    assert np.allclose(values / 254 * 2 * most - most, true, atol=most / 100)


def test_a_run_that_diverges_is_told_of(pair):
    wild = dict(
        PAIR,
        groups={"both": {"shape": [1, 2], "lagrangian": "power", "initial": 9.0}},
        connections=[{"within": "both", "weights": [[0, 9], [9, 0]]}],
        simulation={"t_end": 50, "dt": 0.5, "method": "euler", "record": {"every": 0.5}},
    )
    said = told(hamsim.write_report(wild, "page.html"))
    assert "diverged" in said


@pytest.mark.parametrize("trials", [1, 100])
def test_trials(pair, trials):
    path = hamsim.write_report(IMAGES, "page.html", overrides={"simulation.trials": trials})
    said = told(path)
    assert f"trials {trials} trial{'s' if trials > 1 else ''}" in said
    assert ("The first 10 of 100 trials." in said) == (trials == 100)
    assert path.stat().st_size < 500_000


def test_one_neuron_and_one_record(pair):
    a = {"size": 1, "lagrangian": "relu"}
    one = {"format": "hamsim/1", "groups": {"a": a}, "simulation": {"t_end": 1}}
    trace = hamsim.simulate(one, record=None)
    _, titles = read(hamsim.write_report(trace, "page.html"))
    assert titles == ALL
    assert "A network" in told(hamsim.write_report(one, "page.html", run=False))


def test_a_sweep(pair):
    over = {"groups.both.tau": [1.0, 2.0, 4.0]}
    results = hamsim.sweep("pair.yaml", over=over, seeds=2, out="sweep", engine="serial")
    path = hamsim.write_report("sweep", "page.html")
    text, titles = read(path)
    assert titles == ALL
    said = told(path)
    assert "groups.both.tau (3), seed (2)" in said
    assert "6: 6 done" in said
    assert "A sweep: 6 runs over groups.both.tau (3) and seed (2)." in said
    assert "Runs of the sweep differ in groups.both.tau, seed, and other answers may hold" in said
    table = base64.b64decode(re.search(r'href="data:text/csv;base64,([^"]*)"', text)[1]).decode()
    rows = table.splitlines()
    assert len(rows) == 7
    assert rows[0].startswith("groups.both.tau,seed,status,outcome")
    del results


def heavier(trace):
    return trace.final.sum()


@pytest.mark.parametrize("function", [False, True])
def test_the_commands_of_a_sweep_make_its_table_again(pair, capsys, function):
    """What the page says is done; where no file can say it, the folder does."""
    np.save("start.npy", np.array([1.0, 0.2]))
    group = {**PAIR["groups"]["both"], "initial": {"file": "start.npy"}, "tau": "a * b"}
    source = {**PAIR, "groups": {"both": group}, "parameters": {"a": 1, "b": 1}}
    (pair / "swept.yaml").write_text(json.dumps(source))
    over = {("parameters.a", "groups.both.input"): [(1, 0), (2, 0.5)], "parameters.b": [1.0, 4.0]}
    keep = ["final", "mean(both.g)", *([heavier] if function else [])]
    hamsim.sweep(
        *("swept.yaml", over, 2, keep, "swept", "serial"),
        overrides={"simulation.dt": 0.25},
        t_end=2,
    )
    text, _ = read(hamsim.write_report("swept", "page.html", check=False))
    commands = unescape(re.search(r'aria-label="Commands"><code>(.*?)</code>', text, re.S)[1])
    file = re.search(r'aria-label="The sweep"><code>(.*?)</code>', text, re.S)
    assert (file is None) == function
    if file:
        assert "# save the file below as sweep.yaml in swept, where its data files are" in commands
        (pair / "swept" / "sweep.yaml").write_text(unescape(file[1]))
    for line in commands.splitlines():
        if line.startswith("hamsim"):
            with pytest.raises(SystemExit) as done:
                main([*shlex.split(line)[1:], "--engine", "serial", "-q"])
            assert done.value.code == 0
        elif not line.startswith("#"):
            subprocess.run(shlex.split(line), check=True)
    first, again = (hamsim.SweepResults.read(f"swept{e}").table() for e in ("", "-again.sweep"))
    assert list(first) == list(again)
    assert all(np.array_equal(first[k], again[k]) for k in first if k != "seconds")


def test_the_file_of_a_sweep_makes_the_same_plan(pair):
    """Of whatever it was made: the same points, with the keys under which results are found."""
    source = {**PAIR, "parameters": {"a": 1}}
    source["groups"] = {"both": {**PAIR["groups"]["both"], "tau": "a"}}
    drawn = {"groups.both.input": {"uniform": {"low": 0, "high": 1}}}
    own = {"groups.both.lagrangian": ["tanh", {"kind": "softplus", "beta": 2}]}
    asked = (
        (source, {"parameters.a": [1.0, 2.0], "initial": np.eye(2)}, [3, 5], None),
        (source, {}, None, {"count": 4, "over": drawn}),
        (hamsim.load(source), own, 2, None),
        (hamsim.compile(source), own, None, None),
    )
    for number, (what, over, seeds, samples) in enumerate(asked):
        folder = pair / f"plan{number}"
        plan = make_plan(what, over or None, seeds, samples).write(folder)
        (folder / "sweep.yaml").write_text(again(plan, str(folder)).text)
        made = make_plan(folder / "sweep.yaml")
        assert (made.shape, made.keys()) == (plan.shape, plan.keys())
    for keep, why in (([], "kept nothing but"), ({"m": "mean(both.g)"}, "under another name")):
        found = again(make_plan(source, {"seed": [1]}, keep=keep), str(folder))
        assert (found.text, why in found.commands[0]) == ("", True)


def test_numbers_that_are_not_drawn_are_counted(pair, monkeypatch):
    monkeypatch.setattr(figures, "MOST_NUMBERS", 1)
    keep = ["mean(both.x)", "max(both.x)", "min(both.x)"]
    hamsim.sweep("pair.yaml", seeds=2, keep=keep, out="sweep", engine="serial")
    said = told(hamsim.write_report("sweep", "page.html", check=False))
    assert "2 more numbers were kept, and are in the table" in said


def test_results_in_memory_ask_for_their_network(pair):
    from hamsim import SweepResults

    hamsim.sweep("pair.yaml", over={"groups.both.tau": [1.0, 2.0]}, out="sweep", engine="serial")
    results = SweepResults.read("sweep")
    assert "give network=, or a path" in told(hamsim.write_report(results, "page.html"))
    assert "2 neurons, 2 synapses" in told(
        hamsim.write_report(results, "page.html", network="pair.yaml")
    )


def test_training(trained, tmp_path):
    path = hamsim.write_report(trained, tmp_path / "page.html", check=False, run=False)
    said = told(path)
    assert "How it was trained" in said
    assert "2 epochs in" in said
    kept = trained.with_name("trained-checkpoint.npz")
    assert told(hamsim.write_report(kept, tmp_path / "b.html", check=False, run=False)) == said
    again = told(hamsim.write_report(trained, tmp_path / "c.html", check=False))
    assert f"hamsim run {trained} " in again
    assert "The trained network is run as its file says." in again
    assert "The description, with nothing implicit left" in again


def test_a_checkpoint_of_other_training_is_not_taken(trained, tmp_path):
    import shutil

    text = trained.read_text().replace("Trained for 2 epochs", "Trained for 3 epochs")
    (tmp_path / "trained.yaml").write_text(text)
    for name in ("trained-data.npz", "trained-checkpoint.npz"):
        shutil.copy(trained.with_name(name), tmp_path / name)
    said = told(
        hamsim.write_report(tmp_path / "trained.yaml", tmp_path / "a.html", check=False, run=False)
    )
    assert "is not of the training that this network has had" in said
    assert "How it was trained" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pair.yaml", "page.txt"), "a page ends in .html or .htm"),
        (("pair.yaml", "nosuch/page.html"), "cannot write"),
        (("pair.yaml", 3), "the page's file is 3; give a path"),
        ((3, "page.html"), "there is no report of 3"),
        (("pair.txt", "page.html"), "did you mean|allowed endings"),
        (("nosuch.yaml", "page.html"), "nosuch.yaml"),
        ((".", "page.html"), "holds no sweep"),
    ],
)
def test_mistakes_are_lines(pair, arguments, message):
    with pytest.raises(HamsimError, match=message) as caught:
        hamsim.write_report(*arguments)
    assert "\n" not in str(caught.value)
    assert not (pair / "page.html").exists()


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"groups": ["bth"]}, "did you mean 'both'"),
        ({"neurons": "both.C"}, "C"),
        ({"show": "energy"}, "numbers to show are those of a sweep"),
        ({"groups": ["both"], "run": False}, "of a run, and the network is not run"),
    ],
)
def test_choices_that_do_not_fit(pair, choice, message):
    with pytest.raises(HamsimError, match=message):
        hamsim.write_report("pair.yaml", "page.html", check=False, **choice)
    assert not (pair / "page.html").exists()


def test_values_are_put_in_place_of_a_description_only(pair):
    trace = hamsim.simulate("pair.yaml")
    trace.save("pair.nc")
    for what in (trace, "pair.nc", hamsim.compile("pair.yaml")):
        with pytest.raises(HamsimError, match="put in place of"):
            hamsim.write_report(what, "page.html", overrides={"groups.both.tau": 2})
    path = hamsim.write_report(
        "pair.yaml", "page.html", overrides={"groups.both.tau": 2}, check=False
    )
    assert "hamsim run pair.yaml --set groups.both.tau=2" in told(path)


def test_the_command(pair, capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as done:
            main(["report", *arguments])
        return done.value.code, *capsys.readouterr()

    status, out, err = run("pair.yaml")
    assert (status, err) == (0, "")
    assert out.splitlines()[0].startswith("finished at t = 4")
    assert re.fullmatch(r"pair\.html \(0\.\d\d MB\)", out.splitlines()[1])
    assert "hamsim report pair.yaml" in told(pair / "pair.html")
    status, out, err = run("pair.yaml", "--no-run", "--json", "-o", "other.html")
    facts = json.loads(out)
    assert (status, facts["page"], facts["kind"], facts["outcome"]) == (
        *(0, "other.html", "network"),
        None,
    )
    assert facts["bytes"] == (pair / "other.html").stat().st_size
    assert run("pair.yaml", "-q") == (0, "", "")
    status, out, err = run("piar.yaml")
    assert (status, out) == (2, "")
    assert err == "piar.yaml: no such file; did you mean 'pair.yaml'?\n"
    assert run("pair.yaml", "-o", "page.png")[0] == 2
    assert run("pair.yaml", "--group", "nosuch", "-o", "new.html")[0] == 2
    hamsim.simulate("pair.yaml").save("pair.nc")
    for what, chosen, message in (
        ("pair.nc", (), "--no-run is for networks, which are run; pair.nc is a run\n"),
        ("pair.yaml", ("--group", "both"), "groups and neurons choose what is drawn of a run, "),
        ("pair.yaml", ("--neurons", "both.A"), "groups and neurons choose what is drawn of a "),
    ):
        status, out, err = run(what, "--no-run", *chosen, "-o", "new.html")
        assert (status, out) == (2, "")
        assert err.startswith(message)
        assert err.count("\n") == 1
    assert not (pair / "new.html").exists()


def test_ctrl_c_ends_the_run_and_the_page_tells_so(pair, monkeypatch, capsys):
    import hamsim.pages.run as running

    def interrupted(network, progress=None):
        trace = simulate(network, t_end=2)
        object.__setattr__(trace.outcome, "kind", "interrupted")
        object.__setattr__(trace.outcome, "message", "interrupted at t = 2")
        raise hamsim.SimulationInterrupted(trace)

    simulate = running.simulate
    monkeypatch.setattr(running, "simulate", interrupted)
    with pytest.raises(SystemExit) as done:
        main(["report", "pair.yaml", "--no-check"])
    assert done.value.code == 130
    assert "interrupted at t = 2" in told(pair / "pair.html")


def test_the_same_run_gives_the_same_page(pair):
    hamsim.simulate("pair.yaml").save("pair.nc")
    first, second = (
        hamsim.write_report("pair.nc", name).read_bytes() for name in ("a.html", "b.html")
    )
    assert first == second


def test_a_trace_of_a_chosen_method_is_repeated_bit_for_bit(tmp_path, monkeypatch):
    # Without an energy a chosen method keeps to less than rtol, which its name alone does not.
    monkeypatch.chdir(tmp_path)
    one_way = {
        **PAIR,
        "connections": [{"from": "both", "to": "both", "weights": [[0, 1], [-2, 0]]}],
        "simulation": {"t_end": 20},
    }
    trace = hamsim.simulate(hamsim.compile(one_way))
    assert trace.made.method == "tsit5"
    hamsim.write_report(trace, "trace.html", check=False)
    command = re.search(r"hamsim run network.yaml[^<\n]*", read(tmp_path / "trace.html")[0])
    arguments = shlex.split(unescape(command.group()))
    (tmp_path / "network.yaml").write_text(trace.header.source)
    with pytest.raises(SystemExit) as done:
        main([*arguments[1:], "--out", "again.nc", "-q"])
    assert done.value.code == 0
    again = hamsim.load_trace("again.nc")
    assert np.array_equal(again.final, trace.final)


def test_one_neuron_is_told_of_in_the_singular_and_as_one_part(tmp_path):
    alone = {**PAIR, "groups": {"a": {"size": 1, "lagrangian": "tanh"}}, "connections": []}
    words = told(hamsim.write_report(hamsim.compile(alone), tmp_path / "a.html", run=False))
    assert "1 neuron, 0 synapses" in words
    assert "each neuron receives 0 synapses" in words
    assert "connected with every other" not in words
