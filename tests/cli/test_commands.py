"""The commands as a user calls them: what is printed, written, and returned as exit status."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import matplotlib.image
import numpy as np
import pytest

import hamsim
from hamsim.cli.main import _COMMANDS
from hamsim.lagrangians.table import TABLE

ROOT = Path(__file__).parent.parent.parent
NETWORKS = ROOT / "networks"
RING = str(NETWORKS / "ring.yaml")


def test_run_saves_prints_and_draws(run, pair):
    status, out, err = run("run", pair, "--plot", "pair.png")
    assert (status, err) == (0, "")
    assert "pair: 2 neurons in 2 groups, 2 synapses" in out
    assert "never rose in 500 steps" in out
    assert "check   proved to converge to rest in continuous time\nmethod  rk4, dt = 0.01\n" in out
    assert hamsim.load_trace("pair.nc").x.shape == (501, 2)
    picture = matplotlib.image.imread("pair.png")
    assert picture.shape[0] > 300
    assert picture[..., :3].std() > 0.05  # something is drawn


def test_run_as_json(run, pair):
    status, out, err = run("run", pair, "--json", "--no-save", "--steps", 10)
    assert (status, err) == (0, "")
    facts = json.loads(out)
    assert facts["outcome"]["kind"] == "finished"
    assert facts["stats"]["steps"] == 10
    assert facts["stats"]["energy"]["rises"] == 0
    assert facts["trace"] is None
    expected = hamsim.simulate(pair, steps=10).x[-1]
    assert facts["final"] == {"left": [expected[0]], "right": [expected[1]]}
    assert os.listdir() == ["pair.yaml"]


def test_run_quietly_elsewhere(run, pair):
    assert run("run", pair, "-q", "-o", "out.nc") == (0, "", "")
    assert sorted(os.listdir()) == ["out.nc", "pair.yaml"]


def test_a_picture_without_a_trace_leaves_nothing_else(run, pair):
    assert run("run", pair, "-q", "--no-save", "--plot", "p.svg")[0] == 0
    assert sorted(os.listdir()) == ["p.svg", "pair.yaml"]


def test_overrides(run, pair):
    status, out, _ = run("run", pair, "--json", "--set", "groups.right.tau=1", "--t-end", 60)
    assert status == 0
    assert json.loads(out)["final"]["right"][0] == pytest.approx(1.915, abs=1e-3)
    status, out, _ = run("show", pair, "--set", "connections[0].weights=2*pi", "--json")
    assert json.loads(out)["connections"][0]["weights"] == pytest.approx(2 * np.pi)
    status, out, _ = run("show", pair, "--set", "groups.left.lagrangian.beta=3", "--json")
    assert json.loads(out)["groups"]["left"]["lagrangian"] == {"kind": "tanh", "beta": 3.0}
    status, out, _ = run("show", pair, "--set", "simulation.until.residual=1e-3", "--json")
    assert json.loads(out)["simulation"]["until"] == {"residual": 1e-3}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("groups.right.taau=1", "--set: groups.right.taau: unknown key; did you mean 'tau'?"),
        ("groups.right.tau=-1", "--set: groups.right.tau: must be at least 0, not -1"),
        ("groups.right.tau", "write PATH=VALUE"),
        ("groups.right.tau=[1", "--set: groups.right.tau: not valid YAML"),
        ("groups.right.tau=.nan", "--set: groups.right.tau: .nan is not a finite number"),
        ("connections[7].weights=1", "--set: connections[7].weights: there is no connections[7]"),
        (
            "parameters.gian=1",
            "--set: parameters.gian: nothing uses this parameter; used are: none",
        ),
        ("simulaton.dt=1", "--set: simulaton: unknown key; did you mean 'simulation'?"),
    ],
)
def test_wrong_overrides_are_one_line(run, pair, override, message):
    status, out, err = run("run", pair, "--set", override)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["run", "show", "info", "check", "convert"])
def test_every_command_refuses_to_set_what_nothing_reads(run, tmp_path, command):
    (tmp_path / "net.yaml").write_text(
        "format: hamsim/1\n"
        "parameters: {gain: 0.5}\n"
        "groups: {a: {size: 1, lagrangian: relu, tau: gain}}\n"
    )
    more = ["net.graphml"] if command == "convert" else []
    for override, message in (
        ("parameters.gian=1", "nothing uses this parameter; did you mean 'gain'?"),
        ("groups.a.tua=1", "unknown key; did you mean 'tau'?"),
        ("stimuli[0].value=1", "there is no stimuli[0]; stimuli has no entries"),
    ):
        status, out, err = run(command, "net.yaml", *more, "--set", override)
        assert (status, out) == (2, "")
        assert err.endswith(f": {message}\n")
    twice = ["--set", "groups.a.tau=1", "--set", "groups.a.tau=2"]
    assert run(command, "net.yaml", *more, *twice)[2] == "--set groups.a.tau is given twice\n"


@pytest.mark.parametrize("ending", ["graphml", "json", "npz", "mtx"])
def test_nothing_is_left_to_set_of_parameters_after_converting(run, tmp_path, ending):
    (tmp_path / "net.yaml").write_text(
        "format: hamsim/1\n"
        "parameters: {gain: 0.5}\n"
        "groups: {a: {size: 1, lagrangian: relu, tau: gain}}\n"
    )
    assert run("convert", "net.yaml", f"net.{ending}")[0] == 0
    assert run("convert", f"net.{ending}", "again.yaml")[0] == 0
    status, _, err = run("convert", f"net.{ending}", "x.yaml", "--set", "parameters.gain=1")
    assert (status, err) == (
        2,
        "--set: parameters.gain: nothing uses this parameter; used are: none\n",
    )


def test_divergence_is_exit_status_1(run, tmp_path):
    (tmp_path / "wild.yaml").write_text(
        "format: hamsim/1\n"
        "groups: {wild: {neurons: [A], lagrangian: relu, initial: 1.0}}\n"
        "connections: [{within: wild, weights: 50, self_connections: true}]\n"
        "simulation: {method: euler, dt: 1, t_end: 1e5}\n"
    )
    status, out, err = run("run", "wild.yaml")
    assert (status, err) == (1, "")
    assert (
        "diverged at t = 181: the drive of neuron wild.A of group wild is no longer finite" in out
    )


def test_rises_of_the_energy_are_told(run, tmp_path):
    (tmp_path / "net.yaml").write_text(
        "format: hamsim/1\n"
        "groups: {a: {size: 1, lagrangian: relu, initial: -1.0}}\n"
        "simulation: {method: euler, dt: 2.5, t_end: 2.5}\n"
    )
    _, out, _ = run("run", "net.yaml")
    assert "ROSE in 1 step, first at t = 2.5, most by 1.12 (1 of its size) at t = 2.5" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "Missing argument 'FILE'"),
        (["run", "nosuch.yaml"], "nosuch.yaml: no such file"),
        (["run", "."], "cannot be read"),
        (["rn"], "no command 'rn'; did you mean 'run'?"),
        (["run", RING, "--stps", "3"], "No such option"),
        (["run", RING, "--method", "rk5"], "unknown method 'rk5'; did you mean 'rk4'?"),
        (["run", RING, "--plot", "x.jpeg"], "allowed endings are .png, .svg, .pdf"),
        (["run", RING, "--plot", "no/where.png"], "there is no folder 'no'"),
        (["run", RING, "-o", "no/where.nc"], "cannot write 'no/where.nc'"),
        (["run", RING, "-o", "x.nc", "--no-save"], "not both"),
        (["plot", "nosuch.nc"], "no file 'nosuch.nc'"),
        (["plot", RING, "--times", "2:3"], "--times is for traces; "),
        (["plot", RING, "--kind", "map"], "--kind map is for traces; "),
        (["plot", RING, RING], "is a network, which is drawn alone"),
        (["repair", RING], "is not a trace of hamsim"),
        (["examples", "digit"], "no example 'digit'; did you mean 'digits'?"),
    ],
)
def test_mistakes_are_short_and_exit_with_2(run, arguments, message):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") <= 2
    assert "Traceback" not in err


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_has_help_with_an_example_and_json(run, command):
    status, out, _ = run(command, "--help")
    assert status == 0
    assert "Example:  hamsim " + command in out
    assert "--json" in out


@pytest.mark.parametrize("name", [path.stem for path in sorted(NETWORKS.glob("*.yaml"))])
def test_show_of_every_example_is_the_same_network(run, tmp_path, name):
    _, out, _ = run("show", NETWORKS / f"{name}.yaml")
    (tmp_path / "resolved.yaml").write_text(out)
    one = hamsim.compile(NETWORKS / f"{name}.yaml")
    two = hamsim.compile(tmp_path / "resolved.yaml")
    assert (one.W != two.W).nnz == 0
    for field in ("tau", "input", "initial"):
        assert np.array_equal(getattr(one, field), getattr(two, field))
    assert run("show", "resolved.yaml")[1] == out
    assert hamsim.load("resolved.yaml") == hamsim.load(NETWORKS / f"{name}.yaml")


def test_info(run, tmp_path):
    (tmp_path / "net.yaml").write_text(
        "format: hamsim/1\nname: three islands\n"
        "groups:\n"
        "  a: {size: 3, lagrangian: relu, tau: [1, 2, 3]}\n"
        "  b: {neurons: [X, Y], lagrangian: {kind: tanh, beta: 2}}\n"
        "connections: [{within: a, weights: 0.5, name: lateral}]\n"
    )
    status, out, _ = run("info", "net.yaml")
    assert status == 0
    for text in (
        "5 neurons, 6 synapses, density 0.24",
        "W is symmetric",
        "1 to 3",
        "tanh beta 2",
        "lateral",
        "0 to 2",
        "3 parts that do not depend on each other",
        "warning: 2 neurons without a synapse: b.X, b.Y",
    ):
        assert text in out
    facts = json.loads(run("info", "net.yaml", "--json")[1])
    assert facts["isolated"] == ["b.X", "b.Y"]
    assert facts["groups"][0]["tau"] == [1.0, 3.0]
    assert facts["degree"]["largest"] == 2


@pytest.fixture
def many(tmp_path):
    """A network of forty groups, of which the last two are images."""
    groups = "".join(f"  g{k}: {{size: 2, lagrangian: tanh, initial: 0.5}}\n" for k in range(38))
    images = "".join(f"  i{k}: {{shape: [2, 2], lagrangian: tanh}}\n" for k in range(2))
    (tmp_path / "many.yaml").write_text(f"format: hamsim/1\ngroups:\n{groups}{images}")
    return "many.yaml"


def test_a_picture_says_which_groups_are_left_out(run, many):
    arguments = ("run", many, "--method", "euler", "--dt", 0.1, "--steps", 3)
    _, out, _ = run(*arguments, "--plot", "m.png")
    told = (
        "6 of 40 groups are drawn, g4, g5, g6, g7, g8, g9, g10, g11, g12, g13 and 24 more left out"
    )
    assert f"plot    m.png\nnote    {told}; choose by hamsim plot many.nc --group NAME\n" in out
    names = [f"g{k}" for k in range(4, 38)]
    assert json.loads(run(*arguments, "--plot", "m.png", "--json")[1])["left_out"] == names
    assert run("plot", "many.nc")[1] == f"many.png\n{told}; --group NAME chooses\n"
    facts = json.loads(run("plot", "many.nc", "--json")[1])
    assert (facts["left_out"], facts["notes"], facts["records"]) == (names, [told], 4)


def test_groups_that_are_chosen_are_all_drawn(run, many):
    run("run", many, "-q", "--dt", 0.1, "--steps", 3)
    chosen = [word for k in range(8) for word in ("--group", f"g{k}")]
    assert run("plot", "many.nc", *chosen)[1] == "many.png\n"
    tall = matplotlib.image.imread("many.png").shape[0]
    run("plot", "many.nc", *chosen[:12])
    assert tall > 1.2 * matplotlib.image.imread("many.png").shape[0]


def test_a_picture_of_energies_alone_leaves_nothing_out(run, many):
    run("run", many, "-q", "--dt", 0.1, "--steps", 3, "--set", "simulation.record.what=[energy]")
    assert run("plot", "many.nc")[1] == "many.png\n"


def test_plot_of_a_trace(run, pair):
    run("run", pair, "-q")
    assert run("plot", "pair.nc", "--group", "right")[:2] == (0, "pair.png\n")
    assert Path("pair.png").stat().st_size > 10_000
    status, out, _ = run("plot", "pair.nc", "-o", "x.pdf", "--json")
    facts = json.loads(out)
    assert facts.pop("made")["hamsim"] == hamsim.__version__
    assert (facts["trace"], facts["plot"], facts["records"]) == ("pair.nc", "x.pdf", 501)
    assert facts["description"].startswith("Trace of ")
    status, _, err = run("plot", "pair.nc", "--group", "rigt")
    assert status == 2
    assert "group 'rigt' was not recorded; did you mean 'right'?" in err


def test_plot_in_other_ways(run, pair):
    run("run", pair, "-q", "--trials", 3, "--set", "simulation.record.what=[x, energy]")
    status, out, err = run(
        *("plot", "pair.nc", "pair.nc", "--kind", "lines", "--trials", "0:2", "--times", "0:1"),
        *("--style", "paper", "--size", "4x3", "--dpi", 50, "--title", "two", "-o", "two.png"),
    )
    assert (status, out, err) == (0, "two.png\n", "")
    assert matplotlib.image.imread("two.png").shape[:2] == (150, 200)
    facts = json.loads(run("plot", "pair.nc", "pair.nc", "-o", "two.svg", "--json")[1])
    assert facts["traces"] == ["pair.nc", "pair.nc"]
    status, out, _ = run("plot", pair, "--json", "--style", "paper", "--size", "column")
    assert status == 0
    assert json.loads(out)["network"] == str(pair)
    assert matplotlib.image.imread("pair.png").shape[1] == int(89 / 25.4 * 300)
    for options, says in (
        (("--kind", "lins"), "kind is 'lins'; did you mean 'lines'?"),
        (("--trials", "7"), "trial 7 is not there; trials go from 0 to 2"),
        (("--times", "x"), "times holds 'x'; it must be a number, or a range 2:5"),
        (("--size", "colum"), "size is 'colum'; did you mean 'column'?"),
        (("--style", "papr"), "style is 'papr'; did you mean 'paper'?"),
        (("--dpi", "1"), "dpi is 1.0; it must be a number from 10 to 2400"),
        (("--set", "seed=1"), "--set is for networks: a trace holds what was recorded"),
    ):
        status, _, err = run("plot", "pair.nc", *options)
        assert (status, err) == (2, f"{says} or (width, height) in inches\n") or err == f"{says}\n"


def test_repair_of_a_clean_trace_changes_no_record(run, pair):
    run("run", pair, "-q")
    before = hamsim.load_trace("pair.nc").x
    assert run("repair", "pair.nc") == (0, "pair.nc: 501 records\n", "")
    assert np.array_equal(hamsim.load_trace("pair.nc").x, before)


def test_examples_are_listed_printed_and_copied(run):
    _, out, _ = run("examples")
    for name in ("digits", "one_hidden", "ring"):
        assert name in out
    listed = json.loads(run("examples", "--json")[1])
    assert all("What you should see" in entry["description"] for entry in listed)
    assert run("examples", "ring")[1] == Path(RING).read_text()
    status, out, _ = run("examples", "digits", "--copy", "here")
    assert status == 0
    assert sorted(out.split()) == ["here/data/digits.npz", "here/digits.yaml"]
    assert hamsim.load("here/digits.yaml").name == "digits, two hidden layers"
    status, _, err = run("examples", "digits", "--copy", "here")
    assert status == 2
    assert "nothing was copied" in err


def test_version(run):
    assert run("--version")[1] == f"hamsim, version {hamsim.__version__}\n"


def test_a_closed_pipe_is_no_error():
    code = "from hamsim.cli.main import main; main(['show', 'networks/ring.yaml'])"
    command = f'"{sys.executable}" -c "{code}" | head -n 1'
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "format: hamsim/1\n"
    assert done.stderr == ""


def test_a_run_that_diverged_is_told_first_and_drawn_all_the_same(run, tmp_path):
    (tmp_path / "wild.yaml").write_text(
        "format: hamsim/1\n"
        "groups: {a: {size: 2, lagrangian: relu, initial: 1}}\n"
        "connections: [{within: a, weights: 3}]\n"
        "simulation: {t_end: 1000}\n"
    )
    status, out, _ = run("run", "wild.yaml", "--plot", "wild.png")
    assert status == 1
    assert "diverged at t = " in out
    assert Path("wild.png").stat().st_size > 10_000
    status, out, err = run("run", "wild.yaml", "-q")
    assert (status, out) == (1, "")
    assert "diverged at t = " in err


ALTERNATING = """\
format: hamsim/1
groups: {s: {size: 2, lagrangian: sign, initial: %s}}
connections: [{within: s, weights: -1}]
simulation: {method: euler, dt: 1, t_end: 20}
"""
AT_ONCE = """\
format: hamsim/1
groups:
  v: {size: 1, lagrangian: identity, initial: 1}
  h: {size: 1, lagrangian: {kind: exponential, beta: 1000}, tau: 0}
connections: [{between: [v, h], weights: 1}]
simulation: {method: euler, dt: 0.1, t_end: 1%s}
"""
TRIALS = """\
format: hamsim/1
groups: {a: {size: 2, lagrangian: relu, initial: [[1, 1], [-1, -1], [0.1, 0.2]]}}
connections: [{within: a, weights: 3}]
simulation: {method: rk4, t_end: 1000}
"""


@pytest.mark.parametrize("record", ["", ", record: {every: 5}", ", record: {what: [x, g]}"])
def test_a_run_that_diverged_at_once_is_drawn_too(run, tmp_path, record):
    (tmp_path / "net.yaml").write_text(AT_ONCE % record)
    status, out, err = run("run", "net.yaml", "--plot", "net.png")
    assert (status, err) == (1, "")
    assert "diverged at t = 0: the activation of neuron h[0] of group h is no longer finite" in out
    assert Path("net.png").stat().st_size > 10_000
    assert hamsim.load_trace("net.nc").final.tolist() == [1.0, 0.0]
    assert run("plot", "net.nc", "-o", "again.png")[0] == 0
    status, out, _ = run("run", "net.yaml", "--no-save", "--json")
    assert status == 1
    assert json.loads(out)["final"] == {"v": [1.0], "h": [0.0]}


def test_how_many_trials_diverged_is_told(run, tmp_path):
    (tmp_path / "net.yaml").write_text(TRIALS)
    status, out, err = run("run", "net.yaml", "--plot", "net.png")
    assert (status, err) == (1, "")
    assert "2 of 3 trials diverged, the first at t = 35" in out
    assert "; the others finished at t = 1000: residual" in out
    assert "trials  2 diverged, 1 finished, of 3\n" in out
    assert "energy  from 0 to 0 (means of trials that did not diverge)" in out
    assert Path("net.png").stat().st_size > 10_000
    status, out, _ = run("run", "net.yaml", "--no-save", "--json")
    assert status == 1
    facts = json.loads(out)
    assert facts["outcome"]["outcomes"] == ["diverged", "finished", "diverged"]
    assert facts["stats"]["residuals"][::2] == [None, None]
    assert np.array(facts["final"]["a"]).shape == (3, 2)
    status, out, err = run("run", "net.yaml", "--no-save", "-q")
    assert (status, out) == (1, "")
    assert err.startswith("2 of 3 trials diverged")


@pytest.mark.parametrize("initial", ["[-1, -1]", "[[-1, -1], [1, -1]]"])
def test_a_run_that_alternates_has_been_done_and_says_so(run, tmp_path, initial):
    (tmp_path / "net.yaml").write_text(ALTERNATING % initial)
    status, out, err = run("run", "net.yaml", "--plot", "net.png")
    assert (status, err) == (0, "")
    assert "alternates between two states" in out
    assert "note    the states" in out
    assert ("trials  1 alternating, 1 finished, of 2\n" in out) == (initial[1] == "[")
    assert hamsim.load_trace("net.nc").outcome == "alternating"
    _, out, _ = run("run", "net.yaml", "--json", "--no-save")
    assert json.loads(out)["outcome"]["kind"] == "alternating"


def test_very_many_steps_are_told_before_they_are_taken(run, tmp_path):
    (tmp_path / "net.yaml").write_text(
        "format: hamsim/1\n"
        "groups: {a: {size: 1, lagrangian: identity, tau: 1.0e-6, initial: 1}}\n"
        "simulation: {method: rk4, t_end: 10, until: {residual: 1.0e-3}}\n"
    )
    status, out, err = run("run", "net.yaml")
    assert (status, err) == (0, "")
    assert out.index("warning dt: auto takes steps of 5e-07") < out.index("converged at")
    assert out.count("dt: auto takes") == 1
    status, out, err = run("run", "net.yaml", "--json")
    assert json.loads(out)["outcome"]["kind"] == "converged"
    assert err.startswith("warning dt: auto takes steps of 5e-07")
    assert run("run", "net.yaml", "-q") == (0, "", "")


def test_records_that_the_disk_has_no_room_for_are_refused_before_the_run(run, pair, monkeypatch):
    monkeypatch.setattr(
        "hamsim.dynamics.room.shutil.disk_usage", lambda folder: SimpleNamespace(free=1000)
    )
    status, out, err = run("run", pair)
    assert (status, out) == (2, "")
    assert err.startswith("the records would take 0.0 MiB, and 0.0 MiB are free on the disk of")
    assert not Path("pair.nc").exists()
    assert run("run", pair, "--no-save")[0] == 0


def test_a_reader_that_goes_away_does_not_end_a_run_that_saves(tmp_path, pair):
    code = "from hamsim.cli.main import main; main(['run', 'pair.yaml', '-o', 'out.nc'])"
    command = f'"{sys.executable}" -c "{code}" | true'
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True, capture_output=True)
    assert hamsim.load_trace(tmp_path / "out.nc").outcome == "finished"


def test_a_group_that_is_not_there_cannot_be_set(run, pair):
    status, _, err = run("run", pair, "--set", "groups.rigth.tau=1")
    assert status == 2
    assert err == "--set: groups.rigth: no group 'rigth'; did you mean 'right'?\n"


def test_unequal_tau_in_a_shared_lagrangian_is_told(run, tmp_path):
    (tmp_path / "net.yaml").write_text(
        "format: hamsim/1\n"
        "groups: {s: {size: 2, lagrangian: softmax, tau: [1, 2]}}\n"
        "connections: [{within: s, weights: [[9, 0], [0, 9]], self_connections: true}]\n"
        "simulation: {t_end: 1, until: {residual: 1.0e-9}, trials: 2}\n"
    )
    _, out, _ = run("run", "net.yaml")
    assert (
        "check   not guaranteed to converge: s[0] and s[1] share a Lagrangian but have tau" in out
    )


def test_steps_that_are_too_long_for_tau_are_noted(run, pair):
    _, out, _ = run("run", pair, "--dt", 3, "--no-save")
    assert "note    dt = 3 is more than 2.785 times the smallest tau, 1: rk4 is not stable" in out


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("groups.right.size=1e9", "GiB of memory"),
        ("simulation.trials=1e9", "GiB of memory"),
        ("simulation.dt=1e-300", "steps: too many"),
        ("groups.right.size=1e30", "must be at most 1e+09"),
    ],
)
def test_what_is_too_large_is_refused_at_once(run, pair, override, message):
    status, _, err = run("run", pair, "--set", override, "--no-save")
    assert status == 2
    assert message in err
    assert err.count("\n") == 1


def test_lagrangians_are_listed_with_formulas_and_facts(run):
    status, out, err = run("lagrangians")
    assert (status, err) == (0, "")
    for row in TABLE.values():
        assert f"\n{row.name}" in out
        assert f"L = {row.L}\n" in out
        assert f"g = {row.g}\n" in out
    assert "sign(" not in out.replace("sign(x", "")  # idioms for the program stay inside
    status, out, _ = run("lagrangians", "--json")
    listed = json.loads(out)
    assert [row["name"] for row in listed] == list(TABLE)
    assert all(row["source"] for row in listed)


def test_one_lagrangian_is_told_with_its_numbers_and_drawn(run):
    status, out, _ = run("lagrangians", "tanh", "--set", "beta=2", "--plot")
    assert status == 0
    assert "range of H  0 to 2\n" in out
    assert matplotlib.image.imread("tanh.png").shape[2] == 4
    status, out, _ = run("lagrangians", "layer_norm", "--plot", "norm.svg", "--json")
    facts = json.loads(out)
    assert facts["neurons"] == 3
    assert facts["facts"]["high"] == pytest.approx(2**0.5)
    assert facts["plot"] == "norm.svg"
    assert Path("norm.svg").is_file()


def new_number():
    """A number that no formula in the cache has: of a new one the program says that it compiles."""
    return 0.5 + 1e-6 * (time.time_ns() % 1_000_000)


def test_a_formula_is_judged_and_drawn(run):
    status, out, _ = run("lagrangians", "-e", "x**4/4 - c*x**2/2", "--set", "c=2")
    assert status == 0
    assert "convex      no: " in out
    formula = f"log(sum(exp(x))) + {new_number()}*sum(x**2)"
    status, out, err = run("lagrangians", "-e", formula, "--plot", "f.png")
    assert status == 0
    assert "convex      yes, proved\n" in out
    assert err == f"compiling the formula {formula}; it is kept for later runs\n"
    assert Path("f.png").is_file()
    _, _, err = run("lagrangians", "-e", formula, "--plot", "f.png")
    assert err == ""  # it is there by now


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tahn"], "no Lagrangian 'tahn'; did you mean 'tanh'?"),
        (["tanh", "--set", "bta=2"], "bta: unknown key; did you mean 'beta'?"),
        (["tanh", "--set", "beta=-1"], "beta: must be above 0, not -1"),
        (["tanh", "-e", "x**2"], "give a name or --expression, not both"),
        (["--plot", "a.png"], "--plot and --set need the name of a Lagrangian before them"),
        (["-e", "1/x"], "expression: L is not finite at x = 0 (a division by 0)"),
        (["-e", "b*x**2"], "expression: unknown name 'b'; give it a value beside, or "),
        (["tanh", "--plot", "a.gif"], "cannot draw 'a.gif'; allowed endings are "),
    ],
)
def test_wrong_lagrangians_are_one_line(run, arguments, message):
    status, _, err = run("lagrangians", *arguments)
    assert status == 2
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_run_says_that_a_formula_compiles_and_which_group_is_not_convex(run, tmp_path):
    formula = f"x**4/4 - {new_number()}*x**2/4"
    text = (
        "format: hamsim/1\ngroups:\n"
        f"  a: {{size: 2, lagrangian: {{expression: '{formula}'}}}}\n"
        "  b: {size: 2, lagrangian: cubic}\n"
        "connections:\n  - {between: [a, b], weights: 0.1}\n"
        "simulation: {t_end: 1}\n"
    )
    (tmp_path / "net.yaml").write_text(text)
    status, out, err = run("run", "net.yaml", "--no-save")
    assert status == 0
    assert err.startswith(f"compiling the formula {formula}; it is kept")
    assert "check   not guaranteed to converge: the Lagrangian of a is not convex: " in out
    status, out, _ = run("info", "net.yaml")
    assert formula in out


def test_noise_from_the_command_line(run, tmp_path):
    noisy = tmp_path / "noisy.yaml"
    noisy.write_text(
        "format: hamsim/1\ngroups: {a: {size: 2, lagrangian: identity, noise: {sigma: 0.5}}}\n"
        "simulation: {t_end: 1, dt: 0.1}\n"
    )
    finals = []
    for more in ([], ["--seed", "1"], ["--set", "seed=1"]):
        status, out, _ = run("run", noisy, "--no-save", "--json", *more)
        told = json.loads(out)
        assert (status, told["stats"]["seed"]) == (0, 1 if more else 0)
        assert told["stats"]["method"] == "stochastic_heun"
        finals.append(told["final"]["a"])
    assert finals[0] != finals[1] == finals[2]
    _, out, _ = run("run", noisy, "--no-save")
    assert "check   with noise no state is final: their law settles to Gibbs', exp(-E/T)" in out
    assert "; noise moves it\n" in out
    assert "method  stochastic_heun, dt = 0.1; the network has noise\n" in out
    assert "noise of a: sigma 0.5, white" in run("info", noisy)[1]
    status, _, err = run("run", noisy, "--method", "rk4")
    assert status == 2
    assert "method rk4 knows nothing of noise, which the network has" in err
