"""Training against a slow twin of it, and what it keeps, leaves out and refuses."""

import math
import os
import signal

import numpy as np
import pytest

import hamsim
from hamsim.errors import HamsimError
from hamsim.learning.training.examples import batches_of, split
from hamsim.learning.training.scores import classes_of
from hamsim.learning.unrolled import tape


def small(seed=3, outputs="identity"):
    """Five pixels, four hidden neurons with synapses among themselves, three outputs."""
    drawn = {"normal": {"mean": 0, "std": 0.3}}
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "name": "small",
            "seed": seed,
            "groups": {
                "pixels": {"size": 5, "lagrangian": "identity"},
                "hidden": {"size": 4, "lagrangian": "tanh", "input": 0.1},
                "outputs": {"size": 3, "lagrangian": outputs},
            },
            "connections": [
                {"between": ["pixels", "hidden"], "weights": drawn},
                {"within": "hidden", "weights": {"normal": {"mean": 0, "std": 0.1}}},
                {"between": ["hidden", "outputs"], "weights": drawn, "density": 0.7},
            ],
        }
    )


def examples(count=12, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    return rng.normal(size=(3, 5))[labels] + 0.2 * rng.normal(size=(count, 5)), labels


ONE_HOT = np.eye(3)
EXACT = {"implicit": {"tol": 1e-12}}
HOW = {"inputs": "pixels", "outputs": "outputs", "batch": 4, "validation": 0.25}


def trained(network=None, data=None, **how):
    X, labels = examples()
    data = (X, ONE_HOT[labels]) if data is None else data
    return hamsim.train(network or small(), data, **{**HOW, **how})


# --- the slow twin -----------------------------------------------------------------------------


def rest_of(W, current, clamped):
    """Rest state of small() by going on until nothing changes."""
    x = np.concatenate([clamped, np.zeros(7)])
    for _ in range(400):
        g = np.concatenate([x[:5], np.tanh(x[5:9]), x[9:]])
        x = np.concatenate([clamped, (W @ g + current)[5:]])
    return x


def gradient_of(W, current, X, T):
    """Mean over examples of d/dW (both ways) and d/dI of half |outputs - target|^2, and losses."""
    by_W, by_I, losses = np.zeros((12, 12)), np.zeros(12), []
    for clamped, t in zip(X, T, strict=True):
        x = rest_of(W, current, clamped)
        g = np.concatenate([x[:5], np.tanh(x[5:9]), x[9:]])
        h = np.concatenate([np.zeros(5), 1 - np.tanh(x[5:9]) ** 2, np.ones(3)])  # held: nothing
        c = np.concatenate([np.zeros(9), g[9:] - t])
        a = np.linalg.solve(np.eye(12) - h[:, None] * W, h * c)
        by_W += np.outer(a, g) / len(X)
        by_I += a / len(X)
        losses.append(0.5 * np.sum((g[9:] - t) ** 2))
    by_W = by_W + by_W.T - np.diag(np.diag(by_W))
    return by_W, by_I, losses


class Steps:
    """Optimizers as their papers have them, for values of any shape."""

    def __init__(self, name, rate):
        self.name, self.rate, self.count = name, rate, 0
        self.m = self.v = 0.0

    def __call__(self, d):
        self.count += 1
        if self.name == "sgd":
            return self.rate * d
        if self.name == "momentum":
            self.m = 0.9 * self.m + d
            return self.rate * self.m
        self.m = 0.9 * self.m + 0.1 * d
        self.v = 0.999 * self.v + 0.001 * d**2
        m, v = self.m / (1 - 0.9**self.count), self.v / (1 - 0.999**self.count)
        return self.rate * m / (np.sqrt(v) + 1e-8)


def twin(network, X, T, optimizer, rate, epochs, clip):
    """W and I after training, the losses of each epoch, and the norms of gradients."""
    W, current = network.W.toarray(), np.array(network.input)
    there, learned = W != 0, np.arange(5, 12)
    kept = split(len(X), 0.25, network.seed)
    of_W, of_I = Steps(optimizer, rate), Steps(optimizer, rate)
    table, norms = [], []
    for epoch in range(1, epochs + 1):
        seen = []
        for rows in batches_of(kept.training, 4, epoch, network.seed):
            by_W, by_I, losses = gradient_of(W, current, X[rows], T[rows])
            by_W, by_I = by_W * there, by_I * np.isin(np.arange(12), learned)
            norm = math.sqrt(np.sum(np.triu(by_W) ** 2) + np.sum(by_I**2))  # each synapse once
            scale = min(1.0, clip / norm)
            W = W - of_W(scale * by_W) * there
            current = current - of_I(scale * by_I)
            norms.append(norm)
            seen += losses
        validation = gradient_of(W, current, X[kept.validation], T[kept.validation])[2]
        table.append((np.mean(seen), np.mean(validation)))
    return W, current, np.array(table), np.array(norms)


@pytest.mark.parametrize(("optimizer", "rate"), [("adam", 0.02), ("sgd", 0.3), ("momentum", 0.1)])
def test_training_is_what_its_slow_twin_makes(optimizer, rate):
    network, (X, labels) = small(), examples()
    clip = 0.8
    W, current, table, norms = twin(network, X, ONE_HOT[labels], optimizer, rate, 3, clip)
    assert norms.min() < clip < norms.max()  # some are clipped
    made = trained(
        network,
        optimizer={optimizer: {"rate": rate}},
        epochs=3,
        clip=clip,
        learn={"input": ["hidden", "outputs"]},
        rest={"residual": 1e-11},
        method=EXACT,
    )
    assert np.abs(made.network.W.toarray() - W).max() < 1e-8
    assert np.abs(made.network.input - current).max() < 1e-8
    assert np.abs(made.table["loss"] - table[:, 0]).max() < 1e-8
    assert np.abs(made.table["validation_loss"] - table[:, 1]).max() < 1e-8
    assert made.table["norm"] == pytest.approx(norms.reshape(3, -1).max(axis=1), rel=1e-6)
    assert made.unstable == 0
    assert made.table["epoch"].tolist() == [1, 2, 3]
    assert (network.W.toarray() == small().W.toarray()).all()  # what was given stays as it was


def test_a_clip_none_leaves_gradients_as_they_are():
    network, (X, labels) = small(), examples()
    W = twin(network, X, ONE_HOT[labels], "sgd", 0.2, 1, math.inf)[0]
    how = {"optimizer": {"sgd": {"rate": 0.2}}, "learn": {"input": ["hidden", "outputs"]}}
    made = trained(network, epochs=1, clip="none", rest={"residual": 1e-11}, method=EXACT, **how)
    assert np.abs(made.network.W.toarray() - W).max() < 1e-8


def test_only_what_is_named_is_learned_and_at_its_rate():
    network = small()
    names = [connection.name for connection in network.connections]
    rates = {names[0]: 0.0, names[2]: 0.01}
    how = {"optimizer": {"sgd": {"rate": 0.1}}, "epochs": 1, "validation": 0, "batch": 12}
    learn = {"connections": [names[0], names[2]], "input": ["outputs"]}
    made = trained(network, rates=rates, learn=learn, clip="none", **how).network
    plain = trained(network, learn=learn, clip="none", **how).network
    changed = {c.name: (made.block(c) != network.block(c)).nnz for c in network.connections}
    assert changed[names[0]] == changed[names[1]] == 0
    assert changed[names[2]] > 0
    last = network.connections[2]
    step = [(each.block(last) - network.block(last)).data for each in (made, plain)]
    assert step[1] == pytest.approx(10.0 * step[0])
    assert (made.input[:9] == network.input[:9]).all()
    assert (made.input[9:] != network.input[9:]).all()


# --- going on ----------------------------------------------------------------------------------


def same(one, other):
    assert np.array_equal(one.network.W.data, other.network.W.data)
    assert np.array_equal(one.network.input, other.network.input)
    columns = [name for name in one.table if name != "seconds"]
    assert all(np.array_equal(one.table[c], other.table[c], equal_nan=True) for c in columns)
    assert (one.best, one.unstable) == (other.best, other.unstable)


class Killed(Exception):
    pass


@pytest.mark.parametrize("optimizer", ["adam", "momentum"])
def test_training_goes_on_from_a_checkpoint_with_the_same_bits(tmp_path, optimizer):
    whole = trained(epochs=4, optimizer=optimizer, learn={"input": ["hidden"]})
    path = tmp_path / "run.npz"

    def kill(progress):
        if (progress.epoch, progress.batch) == (3, 2):
            raise Killed

    how = {"epochs": 4, "optimizer": optimizer, "learn": {"input": ["hidden"]}}
    with pytest.raises(Killed):
        trained(checkpoint=path, progress=kill, **how)
    on = trained(resume=path, **how)
    same(whole, on)
    again = trained(resume=path, **how)  # there is nothing left to do
    same(whole, again)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["run.npz"]


def test_more_epochs_than_before_go_on_too(tmp_path):
    path = tmp_path / "run.npz"
    trained(epochs=2, checkpoint=path)
    same(trained(epochs=3), trained(epochs=3, resume=path))


def test_settings_may_be_numbers_of_numpy():
    how = {"optimizer": {"adam": {"rate": np.float64(0.01)}}, "seed": np.int64(2)}
    made = trained(epochs=np.int64(1), batch=np.int32(4), clip=np.float32(0.5), **how)
    how = {"optimizer": {"adam": {"rate": 0.01}}, "seed": 2}
    same(made, trained(epochs=1, clip=0.5, **how))


def test_a_checkpoint_that_cannot_be_written_is_refused_at_once(tmp_path):
    told = []
    with pytest.raises(HamsimError, match="there is no folder 'none'"):
        trained(epochs=1, checkpoint=tmp_path / "none" / "run.npz", progress=told.append)
    assert told == []


def test_ctrl_c_leaves_the_last_whole_epoch(tmp_path):
    def press(progress):
        if (progress.epoch, progress.batch) == (2, 1):
            os.kill(os.getpid(), signal.SIGINT)

    path = tmp_path / "run.npz"
    made = trained(epochs=3, progress=press, checkpoint=path)
    assert made.interrupted
    same(made, trained(epochs=1))
    same(trained(epochs=3, resume=path), trained(epochs=3))


def test_checkpoints_of_something_else_are_refused(tmp_path):
    path = tmp_path / "run.npz"
    trained(epochs=1, checkpoint=path)
    with pytest.raises(HamsimError, match=r"other training: the settings differ"):
        trained(epochs=1, resume=path, optimizer={"adam": {"rate": 0.5}})
    with pytest.raises(HamsimError, match="other training: the network differ"):
        trained(small(seed=4), epochs=1, resume=path, seed=3)
    X, labels = examples(seed=1)
    with pytest.raises(HamsimError, match="other training: the examples differ"):
        trained(data=(X, ONE_HOT[labels]), epochs=1, resume=path)
    with pytest.raises(HamsimError, match="no such file"):
        trained(epochs=1, resume=tmp_path / "none.npz")
    content = path.read_bytes()
    at = content.index(b"PK\x01\x02") + 8  # flags of the first file, and how it is compressed
    secret, packed = (bytearray(content) for _ in range(2))
    secret[at] |= 1
    packed[at + 2] = 77
    for damaged in (content[: len(content) // 2], b"", b"nothing", secret, packed):
        path.write_bytes(damaged)
        with pytest.raises(HamsimError, match="not a whole checkpoint"):
            trained(epochs=1, resume=path)


# --- what is told ------------------------------------------------------------------------------


def test_progress_is_told_after_each_batch():
    told = []
    made = trained(epochs=2, progress=told.append)
    assert [(p.epoch, p.batch) for p in told] == [(e, b) for e in (1, 2) for b in (1, 2, 3)]
    assert {(p.epochs, p.batches) for p in told} == {(2, 3)}
    last = told[2]
    assert (last.loss, last.score, last.sweeps) == tuple(
        made.table[name][0] for name in ("loss", "score", "sweeps")
    )


def test_training_stops_when_the_best_epoch_was_long_ago():
    stop = {"patience": 2}
    how = {"optimizer": {"sgd": {"rate": 3.0}}, "clip": "none", "epochs": 30}
    made = trained(stop=stop, **how)
    losses = made.table["validation_loss"]
    assert made.stopped
    assert made.best == np.nanargmin(losses) + 1 == made.table.rows - 2
    same_epochs = trained(**{**how, "epochs": made.best})
    assert np.array_equal(made.network.W.data, same_epochs.network.W.data)


def test_training_goes_on_where_no_epoch_is_known_to_be_better():
    """R^2 of targets that are all alike is none."""
    how = {"data": (examples()[0], np.full((12, 3), 0.3)), "epochs": 4, "validation": 0}
    made = trained(stop={"patience": 2, "by": "score"}, **how)
    assert np.isnan(made.table["score"]).all()
    assert (made.best, made.stopped) == (4, False)
    same(made, trained(**how))


def test_examples_without_a_stable_rest_state_are_left_out_and_counted():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "name": "unstable",
            "groups": {
                "cue": {"size": 1, "lagrangian": "identity"},
                "pair": {"size": 2, "lagrangian": "tanh", "initial": 0.0},
            },
            "connections": [
                {"between": ["cue", "pair"], "weights": [[1.0, 1.0]]},
                {"within": "pair", "weights": [[0.0, 3.0], [3.0, 0.0]]},
            ],
        }
    )
    # A cue of 0 leaves the pair where it is not stable; others bring it away from there.
    X, Y = np.array([[0.0], [1.0], [0.0], [2.0]]), np.full((4, 2), 0.5)
    how = {"inputs": "cue", "outputs": "pair", "validation": 0, "batch": 4, "epochs": 2}
    how |= {"rest": {"residual": 1e-11}, "method": {"implicit": {"tol": 1e-11}}}
    made = hamsim.train(network, (X, Y), **how)
    assert made.table["unstable"].tolist() == [2, 2]
    assert made.unstable == 4
    some = hamsim.train(network, (X[1::2], Y[1::2]), **how)
    assert np.abs(made.network.W.data - some.network.W.data).max() < 1e-9
    none = hamsim.train(network, (X[::2], Y[::2]), **how)
    assert np.array_equal(none.network.W.data, network.W.data)
    assert np.isnan(none.table["loss"]).all()


def test_training_that_diverges_says_so():
    X, labels = examples()
    how = {"optimizer": {"sgd": {"rate": 1e308}}, "clip": "none", "epochs": 3}
    with pytest.raises(HamsimError, match="training diverged in epoch 1: connections pixels-"):
        trained(data=(X, 1e3 * ONE_HOT[labels]), **how)
    # Weights that are large but finite leave no example a rest state.
    how["optimizer"] = {"sgd": {"rate": 1e3}}
    made = trained(data=(X, ONE_HOT[labels]), **how)
    assert made.table["unstable"][-1] == 9
    # A parameter that left all that it may be is no network's any more.
    how |= {"optimizer": {"sgd": {"rate": 1e300}}, "learn": {"lagrangian": {"hidden": ["beta"]}}}
    with pytest.raises(HamsimError, match=r"in epoch 1: parameter hidden/beta came to (0|inf)"):
        trained(data=(X, ONE_HOT[labels]), **how)


def test_a_batch_of_which_no_example_rests_is_left_out_by_all_methods():
    X, labels = examples()
    how = {"optimizer": {"sgd": {"rate": 1e200}}, "epochs": 1, "loss": "cross_entropy"}
    made = trained(small(outputs="softmax"), (X, labels), method="equilibrium", **how)
    assert made.table["unstable"][-1] >= 4


# --- scores ------------------------------------------------------------------------------------


def test_scores_are_those_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    X, labels = examples()
    made = trained(epochs=2)
    kept = split(12, 0.25, 3).validation
    found = [rest_of(made.network.W.toarray(), made.network.input, X[k])[9:] for k in kept]
    right = metrics.accuracy_score(labels[kept], np.argmax(found, axis=1))
    assert made.table["validation_score"][-1] == pytest.approx(right)
    targets = np.linspace(0, 1, 36).reshape(12, 3)
    made = trained(data=(X, targets), epochs=2, rest={"residual": 1e-9})
    found = [rest_of(made.network.W.toarray(), made.network.input, X[k])[9:] for k in kept]
    fit = metrics.r2_score(targets[kept], found, multioutput="variance_weighted")
    assert made.table["validation_score"][-1] == pytest.approx(fit, abs=1e-6)


def test_classes_are_labels_or_rows_with_a_single_one():
    assert classes_of(np.array([2, 0]), 3).tolist() == [2, 0]
    assert classes_of(np.eye(3)[[1, 2]], 3).tolist() == [1, 2]
    assert classes_of(np.full((2, 3), 0.5), 3) is None
    assert classes_of(np.ones((2, 1)), 1) is None


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"optimizer": "adom"}, "'adom' is no optimizer; did you mean 'adam'"),
        (
            {"optimizer": {"adam": {"beta": 1}}},
            "adam.beta: unknown key; did you mean 'beta",
        ),
        ({"optimizer": {"adam": {"beta1": 1}}}, "beta1: must be at least 0 and below 1, not 1"),
        (
            {"optimizer": {"sgd": {"rate": 0}}},
            "optimizer.sgd.rate: must be above 0, not 0",
        ),
        ({"learn": {"connections": ["hiden"]}}, "no connection 'hiden'"),
        ({"learn": {"connections": []}}, "training.learn: names nothing that is"),
        ({"learn": {"lagrangian": {"hidden": ["bta"]}}}, "the tanh of group 'hidden' has no param"),
        ({"rates": {"input": 0.1}}, "rates: 'input' is not learned"),
        ({"method": "implict"}, "'implict' is no method; did you mean 'implicit'"),
        ({"mode": "initial"}, "rest does not know where it began"),
        ({"validation": 0.99}, "validation keeps 12 of 12 examples"),
        ({"data": (np.ones((3, 5)), 1)}, "Y is 1; it must have an entry an example"),
        ({"mode": {"pixls": "input"}}, "mode names 'pixls', which is no input; allowed: pixels"),
        (
            {
                "data": ({"pixels": np.ones((3, 5)), "pixels[1]": np.ones((3, 1))}, np.eye(3)),
                "inputs": ["pixels", "pixels[1]"],
            },
            "two inputs give a state to pixels[1]; one of them may be a current",
        ),
    ],
)
def test_what_does_not_fit_is_refused(how, message):
    with pytest.raises(HamsimError, match=message.replace("(", r"\(").replace("[", r"\[")):
        trained(epochs=1, **how)


def test_batches_hold_each_example_once_and_depend_on_the_epoch():
    kept = split(100, 0.1, 7)
    assert sorted([*kept.training, *kept.validation]) == list(range(100))
    assert kept.validation.size == 10
    first = batches_of(kept.training, 32, 1, 7)
    assert [rows.size for rows in first] == [32, 32, 26]
    assert np.array_equal(np.sort(np.concatenate(first)), kept.training)
    assert not np.array_equal(first[0], batches_of(kept.training, 32, 2, 7)[0])
    assert not np.array_equal(first[0], batches_of(kept.training, 32, 1, 8)[0])
    assert np.array_equal(first[0], batches_of(kept.training, 32, 1, 7)[0])


# --- other ways to learn -----------------------------------------------------------------------


def test_parameters_are_learned_as_the_loss_falls_with_their_logarithm():
    network, (X, labels) = small(), examples()
    how = {
        "learn": {"connections": [], "lagrangian": {"hidden": ["beta"]}},
        "optimizer": {"sgd": {"rate": 1.0}},
        "rest": {"residual": 1e-12},
        "method": {"implicit": {"tol": 1e-12}},
        **{"epochs": 1, "validation": 0, "batch": 12, "clip": "none"},
    }
    made = trained(network, **how)
    beta = made.network.group("hidden").parameters["beta"]
    assert (beta == beta[0]).all()
    assert (network.group("hidden").parameters["beta"] == 1).all()

    def loss(log_beta):
        found = []
        for x, t in zip(X, ONE_HOT[labels], strict=True):
            g, state = np.concatenate([x, np.zeros(7)]), np.zeros(12)
            for _ in range(300):
                state = network.W @ g + network.input
                hidden = np.tanh(np.exp(log_beta) * state[5:9])
                g = np.concatenate([x, hidden, state[9:]])
            found.append(0.5 * np.sum((state[9:] - t) ** 2))
        return np.mean(found)

    slope = (loss(1e-4) - loss(-1e-4)) / 2e-4
    assert np.log(beta[0]) == pytest.approx(-slope, abs=1e-7)
    # What is prepared for the network is of its own parameters.
    x = np.linspace(-1, 1, 12)
    g = hamsim.activation(made.network, x)[5:9]
    assert g == pytest.approx(np.tanh(beta * x[5:9]))


def test_cross_entropy_is_of_the_shares_as_their_beta_becomes():
    X, labels = examples()
    how = {
        "learn": {"connections": [], "lagrangian": {"outputs": ["beta"]}},
        "optimizer": {"sgd": {"rate": 2.0}},
        "rest": {"residual": 1e-12},
        "method": {"implicit": {"tol": 1e-12}},
        **{"validation": 0, "batch": 12, "clip": "none", "loss": "cross_entropy"},
    }
    network = small(outputs="softmax")
    made = trained(network, (X, labels), epochs=3, **how)

    def loss(log_beta):
        beta, found = np.exp(log_beta), []
        for x, label in zip(X, labels, strict=True):
            g = np.concatenate([x, np.zeros(7)])
            for _ in range(300):
                state = network.W @ g + network.input
                shares = np.exp(beta * state[9:]) / np.exp(beta * state[9:]).sum()
                g = np.concatenate([x, np.tanh(state[5:9]), shares])
            found.append(-np.log(g[9 + label]))
        return np.mean(found)

    at, losses = 0.0, []
    for _ in range(3):
        losses.append(loss(at))
        at -= 2.0 * (loss(at + 1e-4) - loss(at - 1e-4)) / 2e-4
    assert made.table["loss"] == pytest.approx(losses, abs=1e-8)
    beta = made.network.group("outputs").parameters["beta"]
    assert np.log(beta) == pytest.approx([at] * 3, abs=1e-6)
    assert abs(at) > 0.1


def test_parameters_of_formulas_and_those_with_bounds_are_learned_too():
    formula = {"expression": "log(cosh(b*x))/b", "b": [1, 2, 3]}
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "name": "formula",
            "groups": {
                "cue": {"size": 3, "lagrangian": "identity"},
                "own": {"size": 3, "lagrangian": formula},
                "leaky": {"size": 3, "lagrangian": {"kind": "leaky_relu", "slope": 0.01}},
            },
            "connections": [
                {"between": ["cue", "own"], "weights": {"normal": {"std": 0.5}}},
                {"between": ["cue", "leaky"], "weights": {"normal": {"std": 0.5}}},
            ],
        }
    )
    X = np.random.default_rng(0).normal(size=(8, 3))
    learn = {"connections": [], "lagrangian": {"own": ["b"], "leaky": ["slope"]}}
    how = {"inputs": "cue", "validation": 0, "batch": 8, "epochs": 4, "learn": learn}
    how["optimizer"] = {"adam": {"rate": 0.05}}
    made = hamsim.train(network, (X, 0.1 + 0 * X), outputs="own", **how).network
    b = made.group("own").parameters["b"]
    assert np.unique(b).size == 3  # each neuron has one of its own
    assert (b != [1, 2, 3]).all()
    assert made.group("own").family.convex
    bounded = hamsim.train(network, (X, 3 * np.abs(X)), outputs="leaky", **how).network
    slope = bounded.group("leaky").parameters["slope"]
    assert (slope == slope[0]).all()
    assert slope[0] >= 0


def test_cues_in_initial_states_are_learned_through_time():
    method = {"through_time": {"steps": 6, "dt": 0.3}}
    how = {"mode": "initial", "epochs": 8, "optimizer": {"adam": {"rate": 0.05}}}
    made = trained(method=method, **how)
    assert made.table["loss"][-1] < 0.6 * made.table["loss"][0]
    again = trained(method=method, **how)
    same(made, again)


@pytest.mark.parametrize("method", ["implicit", {"through_time": {"steps": 30, "dt": 0.3}}])
def test_threads_change_no_bit_of_training(monkeypatch, method):
    monkeypatch.setattr(tape, "PARALLEL_WORK", 0)  # else so small a network stays on one
    how = {"method": method, "epochs": 2, "learn": {"input": ["hidden"]}}
    same(trained(threads=1, **how), trained(threads=2, **how))


def test_currents_as_cues_drive_neurons_besides_their_input():
    network, (X, labels) = small(), examples()
    how = {"mode": "input", "epochs": 1, "validation": 0, "batch": 12}
    made = trained(network, rest={"residual": 1e-10}, **how)
    found = []
    for x, t in zip(X, ONE_HOT[labels], strict=True):
        state = np.zeros(12)
        for _ in range(3000):
            g = np.concatenate([state[:5], np.tanh(state[5:9]), state[9:]])
            drive = network.W @ g + network.input + np.concatenate([x, np.zeros(7)])
            state = 0.7 * state + 0.3 * drive
        found.append(0.5 * np.sum((state[9:] - t) ** 2))
    assert made.table["loss"][0] == pytest.approx(np.mean(found), rel=1e-6)


# --- the sparse rule ---------------------------------------------------------------------------


def competing(W, V, rate, power, rank, anti, left):
    """One batch of the sparse rule, as its paper has it."""
    change = np.zeros_like(W)
    for v in V:
        bent = np.sign(W) * np.abs(W) ** (power - 1)
        currents = bent @ v
        order = np.argsort(-currents)
        for m, share in ((order[0], 1.0), (order[rank - 1], -anti)):
            change[m] += share * (v - currents[m] * W[m])
    return W + rate * left * change / np.abs(change).max()


@pytest.mark.parametrize("power", [2.0, 3.0])
def test_the_sparse_rule_is_that_of_its_paper(power):
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "name": "stores",
            "seed": 5,
            "groups": {
                "pixels": {"size": 6, "lagrangian": "identity"},
                "labels": {"size": 2, "lagrangian": "identity"},
                "memories": {"size": 4, "lagrangian": "softmax"},
            },
            "connections": [
                {"between": ["pixels", "memories"], "weights": {"normal": {"std": 0.5}}},
                {"between": ["memories", "labels"], "weights": {"normal": {"std": 0.5}}},
            ],
        }
    )
    X = np.random.default_rng(2).normal(size=(9, 8))
    shown = {"pixels": X[:, :6], "labels": X[:, 6:]}
    settings = {"rate": 0.1, "power": power, "rank": 3, "anti": 0.3}
    W = network.W.toarray()[8:, :8]
    for epoch in (1, 2):
        for rows in batches_of(np.arange(9), 4, epoch, 5):
            left = 1 - (epoch - 1) / 2
            W = competing(W, X[rows], 0.1, power, 3, 0.3, left)
    how = {"epochs": 2, "batch": 4, "validation": 0, "optimizer": {"sparse": settings}}
    made = hamsim.train(network, (shown, None), **how)
    assert np.abs(made.network.W.toarray()[8:, :8] - W).max() < 1e-12
    assert np.isnan(made.table["loss"]).all()
    assert made.best == 2
    how["optimizer"] = {"sparse": {"rate": 1e300}}
    with pytest.raises(HamsimError, match="training diverged in epoch 1: weights have no change"):
        hamsim.train(network, (shown, None), **how)
    how["optimizer"] = {"sparse": {"rank": 5}}
    with pytest.raises(HamsimError, match="rank of sparse is 5"):
        hamsim.train(network, (shown, None), **how)
    how["optimizer"] = {"sparse": settings}
    with pytest.raises(HamsimError, match="cannot learn 'memories-labels'"):
        hamsim.train(network, (X[:, :6], None), inputs="pixels", **how)
