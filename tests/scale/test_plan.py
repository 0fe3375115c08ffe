"""Points, jobs and runs of a plan; what it keeps; what is told before anything runs."""

import math
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import hamsim
from hamsim.cli.examples import zoo
from hamsim.errors import HamsimError
from hamsim.scale.plan.axes import Axis
from hamsim.scale.plan.checking import require_folder
from hamsim.scale.plan.kept import kept_of
from hamsim.scale.plan.making import make_plan
from hamsim.scale.plan.plan import Plan
from hamsim.scale.plan.points import Job
from hamsim.scale.plan.runs import runs_of
from hamsim.scale.plan.seen import outcome_of, values_of

NET = """\
format: hamsim/1
parameters: {gain: 0.3}
groups:
  exc: {size: 12, lagrangian: tanh, tau: 1.5, initial: {normal: {std: 1}}}
  inh: {size: 3, lagrangian: relu, tau: 0.5}
connections:
  - {within: exc, weights: {normal: {std: gain}}}
  - {between: [exc, inh], weights: {file: w.npy}}
stimuli:
  - {group: inh, value: 0.1, start: 0.5}
simulation: {t_end: 2, method: euler, dt: 0.1}
"""


@pytest.fixture
def net(tmp_path):
    (tmp_path / "net").mkdir()
    path = tmp_path / "net" / "net.yaml"
    path.write_text(NET)
    np.save(path.parent / "w.npy", np.linspace(-0.3, 0.3, 36).reshape(12, 3))
    return path


def ended(plan, job):
    return {e.point.number: e for e in runs_of(plan, job)}


# --- points and jobs -------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(some.lists(some.tuples(some.integers(1, 4), some.booleans()), max_size=4), some.randoms())
def test_jobs_hold_each_point_once_and_share_what_is_compiled(lengths, random):
    axes = tuple(
        Axis(f"a{k}", (f"a{k}",), tuple((v,) for v in range(n)), "trials" if trials else "runs")
        for k, (n, trials) in enumerate(lengths)
    )
    plan = Plan(None, axes, ())
    shape = tuple(n for n, _ in lengths)
    assert len(plan) == math.prod(shape)
    places = list(np.ndindex(shape))
    for number, point in enumerate(plan.points()):
        assert point.number == number
        assert point.place == places[number]
        assert tuple(point.values.values()) == places[number]
    wanted = sorted(random.sample(range(len(plan)), random.randint(0, len(plan))))
    jobs = list(plan.jobs(wanted, most=3))
    assert sorted(point.number for job in jobs for point in job.points) == wanted
    for job in jobs:
        assert len(job.points) <= 3
        for point in job.points:
            assert plan.overrides(point) == job.overrides


# --- the file of a plan ----------------------------------------------------------------------


def test_a_plan_comes_back_from_its_folder_wherever_that_is(net, tmp_path):
    over = {"parameters.gain": [0.1, 0.2], "initial.exc": np.arange(24.0).reshape(2, 12)}
    keep = {"m": "mean(exc.g)", "f": np.ndim}
    plan = make_plan(net, over, 2, keep=keep, overrides={"groups.inh.tau": 0.7})
    written = plan.write(tmp_path / "sweep")
    assert written.keys() == plan.keys()
    assert len(set(plan.keys())) == 8
    shutil.move(tmp_path / "sweep", tmp_path / "moved")
    shutil.rmtree(net.parent)  # the folder has all that it takes
    read = Plan.read(tmp_path / "moved")
    assert read.keys() == plan.keys()
    assert read.labels == plan.labels
    assert [k.name for k in read.keep] == ["m", "f"]
    for a, b in zip(plan.points(), read.points(), strict=True):
        assert a.place == b.place
        assert list(a.values) == list(b.values)
        assert all(np.array_equal(a.values[n], b.values[n]) for n in a.values)
    network = read.source.compile(read.overrides(read.point(5)))
    assert network.tau[12] == 0.7


def test_a_byte_of_a_data_file_changes_all_keys_and_its_place_none(net, tmp_path):
    over = {"groups.exc.tau": [1, 2]}
    keys = make_plan(net, over).keys()
    shutil.copytree(net.parent, tmp_path / "other")
    assert make_plan(tmp_path / "other" / "net.yaml", over).keys() == keys
    weights = np.load(net.parent / "w.npy")
    weights[3, 1] += 1e-9
    np.save(net.parent / "w.npy", weights)
    assert set(make_plan(net, over).keys()).isdisjoint(keys)
    assert set(make_plan(tmp_path / "other" / "net.yaml", over, t_end(3)).keys()).isdisjoint(keys)


def test_what_no_run_reads_is_left_out_with_its_parameters(net):
    over = {"groups.exc.tau": [1, 2]}
    keys = make_plan(net, over).keys()
    used = NET.replace("gain: 0.3}", "gain: 0.3, fast: 1, slow: 2 * fast, rate: gain}")
    net.write_text(
        used
        + "sweep: {over: {groups.inh.tau: [slow, 3]}}\n"
        + "training:\n  inputs: {group: exc, value: {file: seen.npy}}\n"
        + "  targets: {group: inh, value: [0, 1]}\n  optimizer: {adam: {rate: rate}}\n"
    )
    np.save(net.parent / "seen.npy", np.zeros((2, 12)))
    assert make_plan(net, over).keys() == keys
    np.save(net.parent / "seen.npy", np.ones((2, 12)))
    assert make_plan(net, over).keys() == keys
    assert next(iter(make_plan(net).points())).values == {"groups.inh.tau": 2.0}


def t_end(value):
    return None if value is None else [7, value]


@pytest.mark.parametrize("spoilt", [b"", b"{}", b'{"format": "hamsim-sweep/9"}', b"[1]"])
def test_a_damaged_plan_is_told(spoilt, tmp_path):
    (tmp_path / "plan.json").write_bytes(spoilt)
    with pytest.raises(HamsimError, match=r"plan.json is (damaged|of another version)"):
        Plan.read(tmp_path)
    with pytest.raises(HamsimError, match="holds no sweep"):
        Plan.read(tmp_path / "nowhere")


# --- runs ------------------------------------------------------------------------------------


def test_points_over_runs_are_those_of_simulate_to_the_bit(net):
    over = {"parameters.gain": [0.1, 0.4], "groups.inh.lagrangian": ["relu", {"kind": "softplus"}]}
    plan = make_plan(net, over, seeds=2)
    for job in plan.jobs():
        (found,) = runs_of(plan, job)
        network = hamsim.compile(net, found.point.values)
        alone = hamsim.simulate(network)
        values = values_of(plan.keep, found.network, found.trace, found.trial)
        assert np.array_equal(values["final"], alone.state.x)
        assert values["energy"] == alone.energy[-1]
        assert outcome_of(found.trace, found.trial) == (alone.outcome.kind, alone.outcome.message)


@settings(max_examples=6, deadline=None)
@given(some.data())
def test_what_a_trial_gives_does_not_depend_on_those_beside_it(data):
    """Nor on how many there are, nor on their order."""
    states = np.random.default_rng(3).normal(size=(9, 63))
    network = {
        "format": "hamsim/1",
        "groups": {
            "exc": {"size": 60, "lagrangian": "tanh"},
            "inh": {"size": 3, "lagrangian": "softplus", "tau": 0.5},
        },
        "connections": [
            {"within": "exc", "weights": {"normal": {"std": 0.3}}},
            {"between": ["exc", "inh"], "weights": 0.2},
        ],
        "stimuli": [{"group": "inh", "value": 0.1}],
        "simulation": {"t_end": 2},
    }
    over = {"initial": list(states[:3]), "stimuli[0].value": [0.1, -0.5, [1, 2, 3]]}
    asked = data.draw(some.sampled_from([{}, {"until": 1e-2}, {"method": "euler", "dt": 0.1}]))
    plan = make_plan(network, over, arguments=asked)
    (job,) = plan.jobs()
    whole = ended(plan, job)
    some_of = data.draw(some.permutations(range(9)))[: data.draw(some.integers(1, 8))]
    few = ended(plan, Job(tuple(map(plan.point, some_of)), {}))
    (one,) = runs_of(plan, Job((plan.point(some_of[0]),), {}))
    its = few[some_of[0]]
    assert np.array_equal(one.trace.state.x[one.trial], its.trace.state.x[its.trial])
    for number, found in few.items():
        assert found.trial is not None
        mine = values_of(plan.keep, found.network, found.trace, found.trial)
        its = values_of(plan.keep, found.network, whole[number].trace, whole[number].trial)
        assert np.array_equal(mine["final"], its["final"])
        assert mine["energy"] == its["energy"]
        values = found.point.values
        other = hamsim.compile(network, {"stimuli[0].value": values["stimuli[0].value"]})
        alone = hamsim.simulate(other, values["initial"], **asked)
        np.testing.assert_allclose(mine["final"], alone.state.x, rtol=1e-9, atol=1e-12)
        word = outcome_of(found.trace, found.trial)[0]
        assert word == alone.outcome.kind


def test_a_state_alone_has_the_bits_that_it_has_beside_others():
    """Of 64 neurons with dense weights: a run of one trial would round in another way."""
    states = list(np.random.default_rng(2).normal(size=(3, 64)))
    asked = {"method": "euler", "dt": 0.1, "until": {"time": 5}}
    plan = make_plan(zoo() / "hopfield.yaml", {"initial": states}, arguments=asked)
    (job,) = plan.jobs()
    whole = ended(plan, job)
    for number, found in whole.items():
        (one,) = runs_of(plan, Job((plan.point(number),), {}))
        assert np.array_equal(one.trace.state.x[one.trial], found.trace.state.x[found.trial])


@pytest.mark.parametrize(
    "change",
    [
        {"groups.exc.noise": {"sigma": 0.1}, "simulation.method": "euler_maruyama"},
        {"simulation.until": {"residual": 1e-3}},
        {"simulation.until": {"expression": "mean(exc.x) > 5"}},
        {"simulation.trials": 2},
    ],
)
def test_what_trials_share_lets_points_run_alone_and_to_the_bit(net, change):
    plan = make_plan(net, {"groups.exc.initial": [0.5, {"uniform": {}}]}, overrides=change)
    (job,) = plan.jobs()
    for number, found in ended(plan, job).items():
        assert found.trial is None
        alone = hamsim.simulate(hamsim.compile(net, {**change, **plan.point(number).values}))
        assert np.array_equal(found.trace.state.x, alone.state.x)


def test_states_that_are_drawn_are_those_of_a_run_alone(net):
    """Of trials, each is drawn as if it were the only one."""
    over = {"groups.exc.initial": [{"normal": {"std": 1}}, {"uniform": {}}]}
    plan = make_plan(net, over)
    (job,) = plan.jobs()
    for number, found in ended(plan, job).items():
        assert found.trial == number
        alone = hamsim.simulate(hamsim.compile(net, plan.point(number).values))
        np.testing.assert_allclose(
            found.trace.state.x[number], alone.state.x, rtol=1e-9, atol=1e-12
        )


def test_a_point_that_fails_is_told_and_the_others_run(net):
    over = {"groups.exc.tau": [1.0, 2.0], "simulation.dt": [0.1, 0.2]}
    plan = make_plan(net, over, arguments={"method": "euler"})
    bad = Plan(plan.source, (*plan.axes[:1], Axis("x", ("simulation.dt",), ((0.1,), (-1,)))), ())
    found = [e for job in bad.jobs() for e in runs_of(bad, job)]
    assert [bool(e.error) for e in found] == [False, True, False, True]
    assert "simulation.dt: must be above 0, not -1" in found[1].error


# --- what is kept ----------------------------------------------------------------------------


def spread(trace):
    return {"low": trace.final.min(), "high": trace.final.max()}


def test_what_is_kept(net):
    keep = ["final", "activation", "energy", "residual", "time", "products", "records"]
    keep += ["mean(exc.g)", "t + max(abs(x))", spread]
    for over in ({"groups.exc.tau": [1]}, {"initial.inh": [0, 1]}):
        plan = make_plan(net, over, keep=keep, arguments={"record": {"every": 0.5, "what": ["x"]}})
        job = next(iter(plan.jobs()))
        found = ended(plan, job)[0]
        values = values_of(plan.keep, found.network, found.trace, found.trial)
        x = values["final"]
        assert np.array_equal(values["activation"], hamsim.activation(found.network, x))
        assert values["time"] == 2
        assert values["residual"] > 0
        assert values["products"] > 0
        np.testing.assert_allclose(values["records.t"], [0, 0.5, 1, 1.5, 2])
        assert values["records.x"].shape == (5, 15)
        assert values["records.energy"][-1] == values["energy"]
        np.testing.assert_allclose(values["mean(exc.g)"], values["activation"][:12].mean())
        np.testing.assert_allclose(values["t + max(abs(x))"], 2 + np.abs(x).max())
        assert (values["spread.low"], values["spread.high"]) == (x.min(), x.max())


def test_a_function_that_fails_is_told(net):
    plan = make_plan(net, {"groups.exc.tau": [1]}, keep={"f": lambda trace: trace.nothing})
    (found,) = runs_of(plan, next(iter(plan.jobs())))
    with pytest.raises(HamsimError, match="keep: f: AttributeError"):
        values_of(plan.keep, found.network, found.trace, found.trial)


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        ("finale", "'finale' is no number such as mean(exc.g), and no word; did you mean 'final'?"),
        ("exc.g +", "is not a number; write as in mean(pixels.g)"),
        (["energy", "energy"], "keep: 'energy' is named twice"),
        (3, "keep: 3 is no word, number or function"),
    ],
)
def test_what_cannot_be_kept_is_told(keep, said):
    with pytest.raises(HamsimError) as error:
        kept_of(keep)
    assert said in str(error.value)


def test_functions_are_told_apart_by_what_they_do():
    def one(factor):
        return [k.identity() for k in kept_of({"f": eval(f"lambda trace: {factor} * trace.final")})]

    assert one(2) == one(2)
    assert one(2) != one(3)


# --- before the first run --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "nothing is swept over"),
        ({"over": {"groups.ex.tau": [1]}}, "over groups.ex.tau = 1: no group 'ex'; did you mean"),
        ({"over": {"groups.exc.taau": [1]}}, "over groups.exc.taau = 1: unknown key; did you mean"),
        ({"over": {"parameters.gian": [1]}}, "over parameters.gian = 1: nothing uses this param"),
        ({"over": {"groups.exc.tau": [1, -1]}}, "over groups.exc.tau = -1: must be at least 0"),
        ({"over": {"groups.exc.input": [[1, 2]]}}, "over groups.exc.input = "),
        ({"over": {"initial": [np.zeros(3)]}}, "over initial at place 0: initial has shape (3,)"),
        ({"over": {"initial.foo": [1]}}, "over initial.foo at place 0: initial: no group 'foo'"),
        ({"over": {"stimuli[1].value": [1]}}, "there is no stimuli[1]; stimuli has 1"),
        ({"seeds": 2, "keep": "mean(foo.x)"}, "keep: mean(foo.x): no group 'foo'"),
        ({"seeds": 2, "arguments": {"method": "rk5"}}, "unknown method 'rk5'; did you mean"),
        ({"seeds": 2, "arguments": {"until": object()}}, "until is <object"),
        ({"over": {"seed": [1]}, "seeds": 2}, "seeds: over changes seed already"),
        (
            {"over": {"groups.exc.tau": [1]}, "overrides": {"groups.exc.tau": 2}},
            "put a value there",
        ),
        ({"over": {"initial": [0]}, "arguments": {"initial": np.zeros(15)}}, "given for all runs"),
    ],
)
def test_mistakes_are_told_before_the_first_run(net, asked, said):
    with pytest.raises(HamsimError) as error:
        make_plan(net, **asked)
    assert said in str(error.value)


def test_a_value_of_the_block_is_told_at_its_line(net):
    net.write_text(NET + "sweep:\n  over:\n    groups.exc.tau: [1,\n      -2]\n")
    with pytest.raises(hamsim.SpecError) as error:
        make_plan(net)
    said = "net.yaml:15:7: sweep.over.groups.exc.tau: -2: must be at least 0, not -2"
    assert str(error.value).endswith(said)


def test_the_block_is_swept_unless_something_else_is_asked_for(net):
    net.write_text(NET + "sweep: {over: {groups.exc.tau: [1, 2]}, seeds: 3, keep: [time]}\n")
    plan = make_plan(net)
    assert (plan.shape, [k.name for k in plan.keep]) == ((2, 3), ["time"])
    assert make_plan(net, seeds=[5]).shape == (2, 1)
    other = make_plan(net, {"groups.inh.tau": [1]}, keep="final")
    assert (other.shape, [k.name for k in other.keep]) == ((1,), ["final"])
    assert make_plan(hamsim.load(net)).shape == (2, 3)
    again = hamsim.load(net)
    (net.parent / "shown.yaml").write_text(hamsim.dump(again))
    assert hamsim.load(net.parent / "shown.yaml") == again


def test_a_folder_of_something_else_is_refused(tmp_path):
    require_folder(tmp_path / "new" / "er")
    require_folder(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(HamsimError, match=r"holds other files, as 'notes.txt'"):
        require_folder(tmp_path)
    with pytest.raises(HamsimError, match="is no folder"):
        require_folder(tmp_path / "notes.txt" / "sweep")
    (tmp_path / "plan.json").write_text("{}")
    require_folder(tmp_path)


# --- networks --------------------------------------------------------------------------------


def test_a_compiled_network_with_its_description_is_swept_like_that(net):
    network = hamsim.compile(net)
    plan = make_plan(network, {"groups.exc.tau": [1, 2]}, seeds=2)
    for job in plan.jobs():
        (found,) = runs_of(plan, job)
        alone = hamsim.simulate(hamsim.compile(net, found.point.values))
        assert np.array_equal(found.trace.state.x, alone.state.x)
    with pytest.raises(HamsimError, match="they are numbers by now wherever they were used"):
        make_plan(network, {"parameters.gain": [1]})


def test_a_network_without_a_description_is_changed_itself(net, tmp_path):
    network = hamsim.compile(net).replace(tau=2.0)
    name = network.connections[1].name
    over = {"tau.inh": [1, 3], "input": [0.1], f"weights.{name}": [0.2], "stimuli[0].value": [1, 2]}
    plan = make_plan(network, over).write(tmp_path / "sweep")
    plan = Plan.read(tmp_path / "sweep")
    assert len(set(plan.keys())) == 4
    for job in plan.jobs():
        for number, found in ended(plan, job).items():
            values = plan.point(number).values
            other = network.replace(input=0.1).with_weights({name: 0.2})
            other = other.replace(tau={"inh": values["tau.inh"]})
            assert np.array_equal(found.network.tau, other.tau)
            assert (found.network.W != other.W).nnz == 0
            assert np.array_equal(found.network.stimuli[0].value, [values["stimuli[0].value"]] * 3)
            assert not found.error
    assert set(make_plan(network.replace(tau=3.0), over).keys()).isdisjoint(plan.keys())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"over": {"taus": [1]}}, "nothing of a compiled network is called so; did you mean 'tau'"),
        ({"over": {"groups.exc.tau": [1]}}, "has no description any more; sweep its file or Spec"),
        ({"seeds": 2}, "seeds change nothing: values of the compiled network were replaced"),
        ({"over": {"tau": [-1]}}, "over tau = -1: tau of neuron exc[0] is -1: it must be at least"),
        ({"over": {"stimuli[3].value": [1]}}, "there is no stimuli[3].value; the network has 1"),
        ({"over": {"tau": [1]}, "overrides": {"a": 1}}, "a compiled network takes none"),
    ],
)
def test_mistakes_about_a_network_are_told(net, asked, said):
    with pytest.raises(HamsimError) as error:
        make_plan(hamsim.compile(net).replace(tau=2.0), **asked)
    assert said in str(error.value)
