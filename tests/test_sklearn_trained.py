"""Estimators that train a network: what scikit-learn expects, and what their networks say."""

import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import hamsim

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from hamsim.sklearn import EnergyClassifier, EnergyCompleter
from hamsim.sklearn.trained import GAIN, chain_norms

SMALL = {"hidden": 8, "epochs": 5, "rate": 0.02, "random_state": 0}
FEW = {"memories": 5, "epochs": 2, "covers": 2, "random_state": 0}


@pytest.mark.parametrize(
    "estimator",
    [EnergyClassifier(**SMALL), EnergyCompleter(**FEW)],
    ids=["classifier", "completer"],
)
def test_scikit_learn_has_nothing_against_them(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of checks that are skipped
        check_estimator(estimator)


@pytest.fixture(scope="module")
def flowers():
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])
    return StandardScaler().fit_transform(X), names[y]


@pytest.fixture(scope="module", params=["squared", "cross_entropy"])
def classifier(request, flowers):
    X, y = flowers
    settings = {"epochs": 20, "rate": 0.02, "batch": 16, "random_state": 0}
    return EnergyClassifier(12, loss=request.param, **settings).fit(X[::2], y[::2])


def rest(network, current, held, steps=3000):
    """States at rest by plain iteration: the oracle of what an estimator reads."""
    x = np.where(np.isnan(held), np.atleast_2d(network.initial)[0], held)
    for _ in range(steps):
        drive = hamsim.activation(network, x) @ network.W.T.toarray() + network.input + current
        x = np.where(np.isnan(held), x + 0.2 * (drive - x), held)
    return x


def test_classes_are_told_apart(classifier, flowers):
    X, y = flowers
    assert classifier.score(X[1::2], y[1::2]) > 0.9
    assert classifier.trained_.table["loss"][-1] < classifier.trained_.table["loss"][0]


def test_rows_that_do_not_rest_are_counted_in_a_warning(flowers):
    X, y = flowers
    lost = EnergyClassifier(**{**SMALL, "rate": 1e300, "epochs": 1}).fit(X, y)
    with pytest.warns(ConvergenceWarning, match="150 of 150 rows did not come to rest"):
        lost.predict(X)
    with pytest.raises(ValueError, match="inputs and outputs are both 'classes'; give two groups"):
        EnergyClassifier(**SMALL, inputs="classes").fit(X, y)


def test_what_is_read_is_the_rest_state_of_an_ordinary_network(classifier, flowers):
    X = flowers[0][:5]
    network = classifier.network_
    held = np.full((5, network.n_neurons), np.nan)
    held[:, network.index("features")] = X
    states = rest(network, 0.0, held)
    if classifier.loss == "squared":
        states = hamsim.activation(network, states)
        assert not hasattr(classifier, "predict_proba")
    else:
        shares = classifier.predict_proba(X)
        assert_allclose(shares.sum(axis=1), 1.0)
        assert_array_equal(classifier.classes_[shares.argmax(axis=1)], classifier.predict(X))
    wanted = states[:, network.index("classes")]
    assert_allclose(classifier.decision_function(X), wanted, atol=1e-6)
    assert hamsim.check(network).symmetry == "symmetric"


def test_a_bounded_gain_is_proved_to_converge(flowers):
    X, y = flowers
    settings = {"epochs": 8, "rate": 0.02, "batch": 16, "random_state": 0}
    for one in (EnergyClassifier(6, gain=0.9, **settings), EnergyCompleter(6, gain=0.9, epochs=2)):
        certificate = hamsim.check(one.fit(X, y).network_)
        assert certificate.converges == "proved"
        assert certificate.unique_equilibrium == "proved"


def test_seeds_say_everything_and_copies_answer_alike(flowers):
    X, y = flowers
    one = EnergyClassifier(**SMALL, method={"equilibrium": {"beta": 0.2}})
    first, again = one.fit(X[::5], y[::5]), clone(one).fit(X[::5], y[::5])
    assert_array_equal(first.network_.W.data, again.network_.W.data)
    copied = pickle.loads(pickle.dumps(first))
    assert_array_equal(copied.decision_function(X), first.decision_function(X))
    other = clone(one).set_params(random_state=1).fit(X[::5], y[::5])
    assert not np.array_equal(other.network_.W.data, first.network_.W.data)


def test_another_network_is_trained_from_the_weights_that_it_has(flowers):
    X, y = flowers
    described = {
        "format": "hamsim/1",
        "groups": {
            "petals": {"size": 4, "lagrangian": "identity"},
            "species": {"size": 3, "lagrangian": {"kind": "softmax", "beta": 2.0}},
        },
        "connections": [{"between": ["petals", "species"], "weights": 0.1}],
    }
    own = {"network": described, "inputs": "petals", "outputs": "species"}
    one = EnergyClassifier(**SMALL, loss="cross_entropy", **own).fit(X, y)
    assert [group.name for group in one.network_.groups] == list(described["groups"])
    assert one.score(X, y) > 0.8
    hardly = clone(one).set_params(rate=1e-12).fit(X, y).network_
    assert_allclose(hardly.W.data, 0.1, atol=1e-9)
    with pytest.raises(ValueError, match="group species has 3 neurons for 2 classes"):
        one.fit(X[:100], y[:100])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"loss": "hinge"}, "loss is 'hinge'; allowed are squared, cross_entropy"),
        ({"hidden": (3, 0)}, "hidden is .*; allowed are sizes of groups"),
        ({"lagrangian": "tanhh"}, "did you mean 'tanh'"),
        ({"method": "implicitly"}, "did you mean 'implicit'"),
        ({"inputs": "pixels", "network": "networks/ring.yaml"}, "no group 'pixels'"),
    ],
)
def test_wrong_settings_are_told_in_one_line(settings, told, flowers):
    with pytest.raises(ValueError, match=told):
        EnergyClassifier(**{**SMALL, **settings}).fit(*flowers)


def test_blocks_of_a_chain_have_the_gain_that_is_said():
    rng, sizes = np.random.default_rng(0), [60, 40, 50, 30]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    W = np.zeros((180, 180))
    for k, spread in enumerate(chain_norms(sizes)):
        rows, columns = slice(*starts[k : k + 2]), slice(*starts[k + 1 : k + 3])
        W[rows, columns] = rng.normal(0, spread, (sizes[k], sizes[k + 1]))
    W += W.T
    assert 0.6 * GAIN < np.linalg.norm(W, 2) < 1.05 * GAIN


# --- completion ----------------------------------------------------------------------------------


def clusters(rng, rows=240):
    """Rows near one of three patterns, so that what is missing follows from the rest."""
    patterns = rng.normal(0, 1, (3, 10))
    return patterns[rng.integers(3, size=rows)] + rng.normal(0, 0.1, (rows, 10)) + 3.0


@pytest.fixture(scope="module")
def completer():
    X = clusters(np.random.default_rng(0))
    X[::3, 2] = np.nan  # features may be missing in training too
    return EnergyCompleter(12, epochs=6, random_state=0).fit(X[:200])


def test_what_is_missing_is_filled_in_and_the_rest_stays(completer):
    truth = clusters(np.random.default_rng(0))[200:]
    covered = np.where(np.random.default_rng(1).random(truth.shape) < 0.4, np.nan, truth)
    filled, missing = completer.transform(covered), np.isnan(covered)
    assert_array_equal(filled[~missing], covered[~missing])
    by_mean = np.broadcast_to(completer.mean_, truth.shape)
    error, of_mean = (((f - truth)[missing] ** 2).mean() for f in (filled, by_mean))
    assert error < 0.25 * of_mean
    assert_array_equal(completer.transform(truth), truth)
    assert np.isfinite(completer.transform(np.full((1, 10), np.nan))).all()


def test_missing_features_are_read_at_rest(completer):
    row = clusters(np.random.default_rng(0))[:1]
    row[0, [1, 4, 7]] = np.nan
    network = completer.network_
    current = np.zeros((1, network.n_neurons))
    current[:, network.index("features")] = np.nan_to_num(row - completer.mean_)
    states = rest(network, current, np.full(current.shape, np.nan))[:, network.index("features")]
    assert_allclose(completer.transform(row)[0, [1, 4, 7]], states[0, [1, 4, 7]], atol=1e-6)


def test_it_stands_behind_a_scaler_in_a_pipeline():
    X = clusters(np.random.default_rng(2), 60) * 100.0
    X[::2, 0] = np.nan
    filled = make_pipeline(StandardScaler(), EnergyCompleter(**FEW)).fit_transform(X)
    assert np.isfinite(filled).all()


def test_a_feature_of_which_nothing_is_known_is_filled_in_all_the_same():
    X = clusters(np.random.default_rng(2), 60)
    X[:, 9] = np.nan
    assert np.isfinite(EnergyCompleter(**FEW).fit_transform(X)).all()


@pytest.mark.parametrize("cover", [0.0, 1.0, -1])
def test_covers_that_leave_nothing_are_refused(cover):
    with pytest.raises(ValueError, match="it must be between 0 and 1"):
        EnergyCompleter(cover=cover).fit(np.eye(3))
    with pytest.raises(NotFittedError):
        EnergyCompleter().transform(np.eye(3))
