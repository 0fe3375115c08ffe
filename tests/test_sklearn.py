"""The estimator of scikit-learn recalls what its network does, and is what scikit-learn expects."""

import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hamsim

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer, Normalizer
from sklearn.utils.estimator_checks import check_estimator

from hamsim.sklearn import AssociativeMemory
from hamsim.sklearn.associative import BATCH


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def test_scikit_learn_has_nothing_against_it():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of checks that are skipped
        check_estimator(AssociativeMemory())


# --- attention -----------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), steps=st.integers(1, 3), near=st.booleans())
def test_attention_is_attention(seed, steps, near):
    rng = np.random.default_rng(seed)
    patterns, cues = rng.normal(size=(7, 5)), rng.normal(size=(6, 5))
    memory = AssociativeMemory(beta=1.5, steps=steps, metric="euclidean" if near else "dot").fit(
        patterns
    )
    recalled = cues
    for _ in range(steps):
        if near:
            like = -((recalled[:, None] - patterns) ** 2).sum(axis=2) / 2
        else:
            like = recalled @ patterns.T
        recalled = softmax(1.5 * like) @ patterns
    assert_allclose(memory.transform(cues), recalled, rtol=0, atol=1e-12)


def test_beta_is_that_of_transformers_if_nobody_says():
    rng = np.random.default_rng(0)
    patterns, cues = rng.normal(size=(4, 9)), rng.normal(size=(3, 9))
    recalled = AssociativeMemory().fit(patterns).transform(cues)
    assert_allclose(recalled, softmax(cues @ patterns.T / 3) @ patterns, rtol=0, atol=1e-13)


def test_cues_come_to_rest_at_what_is_remembered():
    rng = np.random.default_rng(1)
    patterns = rng.choice([-1.0, 1.0], (5, 40))
    memory = AssociativeMemory(beta=1.0, steps=None, tol=1e-9).fit(patterns)
    cues = patterns * np.where(rng.random((5, 40)) < 0.1, -1, 1)
    assert_allclose(memory.transform(cues), patterns, rtol=0, atol=1e-6)
    assert memory.predict(cues).tolist() == [0, 1, 2, 3, 4]
    assert hamsim.check(memory.network_).to_dict()["converges"] == "proved"


def test_more_rows_than_are_recalled_at_once():
    rng = np.random.default_rng(2)
    patterns, cues = rng.normal(size=(3, 4)), rng.normal(size=(2 * BATCH + 5, 4))
    memory = AssociativeMemory(beta=2.0).fit(patterns)
    expected = softmax(2 * cues @ patterns.T)
    assert_allclose(memory.transform(cues), expected @ patterns, rtol=0, atol=1e-13)
    assert np.array_equal(
        memory.predict(cues), (softmax(2 * expected @ patterns @ patterns.T)).argmax(1)
    )


def test_steps_have_the_bits_of_a_run():
    rng = np.random.default_rng(11)
    patterns, cues = rng.normal(size=(6, 5)), rng.normal(size=(9, 5))
    memory = AssociativeMemory(steps=2, beta=0.7).fit(patterns)
    trace = hamsim.simulate(memory.network_, {"features": cues}, steps=2, record=None)
    assert np.array_equal(memory.transform(cues), trace.of("features")[:, -1])


def test_rows_that_come_in_parts_are_remembered_together():
    rng = np.random.default_rng(3)
    X, y, cues = rng.normal(size=(9, 4)), rng.integers(0, 3, 9), rng.normal(size=(5, 4))
    whole, parts = AssociativeMemory().fit(X, y), AssociativeMemory()
    for some in (slice(0, 2), slice(2, 3), slice(3, 9)):
        assert parts.partial_fit(X[some], y[some]) is parts
    assert np.array_equal(whole.patterns_, parts.patterns_)
    assert np.array_equal(whole.classes_, parts.classes_)
    assert np.array_equal(whole.transform(cues), parts.transform(cues))
    assert parts.fit(X[:2]).patterns_.shape == (2, 4)  # the others are forgotten
    assert parts.labels_ is None


def test_labels_are_those_with_the_largest_share():
    X = np.array([[2.0, 0], [1.9, 0.3], [0, 2.5]])
    memory = AssociativeMemory(beta=0.5).fit(X, ["east", "east", "north"])
    cue = np.array([[0.9, 1.0]])
    again = softmax(0.5 * softmax(0.5 * cue @ X.T) @ X @ X.T)[0]
    assert again.argmax() == 2  # one of both is the largest, but together they are not
    assert again[:2].sum() > again[2]
    assert memory.predict(cue).tolist() == ["east"]
    assert memory.fit(X).predict(cue).tolist() == [2]
    assert memory.fit(X, ["east", "east", "north"]).score(X, ["east", "north", "north"]) == 2 / 3


def test_scores_without_labels_are_less_mean_squares():
    rng = np.random.default_rng(4)
    X, cues, wanted = rng.normal(size=(6, 3)), rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    memory = AssociativeMemory().fit(X)
    recalled = memory.transform(cues)
    assert memory.score(cues) == pytest.approx(-((recalled - cues) ** 2).mean())
    assert memory.score(cues, wanted) == pytest.approx(-((recalled - wanted) ** 2).mean())
    assert memory.score(cues, np.arange(4)) == memory.score(cues)  # of labels it knows nothing
    with pytest.raises(ValueError, match=r"y has shape \(2, 3\), not \(4, 3\)"):
        memory.score(cues, wanted[:2])


def test_it_is_part_of_what_scikit_learn_does():
    X, y = load_digits(return_X_y=True)
    X, y = X[:300], y[:300]
    memory = AssociativeMemory(metric="euclidean")
    chain = make_pipeline(Normalizer(), AssociativeMemory(beta=200.0))
    scores = cross_val_score(chain, X, y, cv=3)
    assert scores.mean() > 0.9
    search = GridSearchCV(memory, {"beta": [0.1, 4.0]}, cv=2).fit(X / 16, y)
    assert search.best_params_ == {"beta": 4.0}
    copy = pickle.loads(pickle.dumps(search.best_estimator_))
    assert np.array_equal(copy.transform(X / 16), search.best_estimator_.transform(X / 16))
    assert clone(copy).beta == 4.0
    assert list(memory.fit(X[:3]).get_feature_names_out()[:2]) == ["x0", "x1"]


# --- features of two values ----------------------------------------------------------------------


def cues_for(patterns, part, seed):
    """Patterns with some of their signs turned over."""
    return patterns * np.where(np.random.default_rng(seed).random(patterns.shape) < part, -1, 1)


@pytest.mark.parametrize("low", [-1.0, 0.0])
def test_graded_neurons_recall_features_of_two_values(low):
    patterns = np.random.default_rng(5).choice([-1.0, 1.0], (4, 80))
    cues = cues_for(patterns, 0.15, 6)
    coded = [np.where(each > 0, 1.0, low) for each in (patterns, cues)]
    memory = AssociativeMemory("graded").fit(coded[0], list("abcd"))
    assert np.array_equal(memory.transform(coded[1]), coded[0])
    assert memory.predict(coded[1]).tolist() == list("abcd")
    assert memory.score(coded[1], list("abcd")) == 1.0


@pytest.mark.parametrize("rule", ["hebbian", "pseudoinverse"])
def test_classical_neurons_are_set_one_by_one(rule):
    patterns = np.random.default_rng(7).choice([-1.0, 1.0], (4, 90))
    cues = cues_for(patterns, 0.15, 8)
    memory = AssociativeMemory("classical", rule=rule, random_state=3).fit(patterns)
    assert np.array_equal(memory.transform(cues), patterns)
    assert memory.predict(cues).tolist() == [0, 1, 2, 3]
    assert memory.score(cues, patterns) == 0.0
    half = np.where(np.arange(90) < 45, patterns, 0.0)  # the rest is not known
    assert np.array_equal(memory.transform(half), patterns)
    network = memory.network_
    trace = hamsim.simulate(network, cues, method="asynchronous", seed=0, record=None)
    assert np.array_equal(trace.final, patterns)


@pytest.mark.parametrize("degree", [2, 4])
def test_dense_neurons_hold_more_patterns_than_classical_ones(degree):
    patterns = np.random.default_rng(9).choice([-1.0, 1.0], (40, 40))
    cues = cues_for(patterns, 0.05, 10)
    memory = AssociativeMemory("dense", degree=degree).fit(patterns)
    right = (memory.transform(cues) == patterns).all(axis=1).mean()
    assert right < 0.2 if degree == 2 else right == 1.0
    assert (memory.predict(cues) == np.arange(40)).mean() >= right


# --- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "quantum"}, "kind is 'quantum'; allowed are attention, graded, classical, dense"),
        ({"metric": "taxi"}, "metric is 'taxi'; allowed are dot, euclidean"),
        ({"beta": -1.0}, "beta"),
        ({"steps": 0}, "steps is 0; allowed are 1, 2, ..., None and 'auto'"),
        ({"steps": True}, "steps is True"),
        ({"steps": "many"}, "steps is 'many'"),
        ({"kind": "graded"}, "kind 'graded' is for features of two values, and X has 6"),
        ({"kind": "graded", "rule": "rote"}, "rule"),
    ],
)
def test_wrong_parameters_are_told(wrong, message):
    X = np.array([[0.0, 1.0], [1.0, 0.0]]) if "rule" in wrong else np.arange(6.0).reshape(3, 2)
    with pytest.raises(ValueError, match=message):
        AssociativeMemory(**wrong).fit(X).transform(X)


def test_labels_that_do_not_fit_are_told():
    X = np.eye(3)
    with pytest.raises(ValueError, match="y has 2 labels for 3 rows of X"):
        AssociativeMemory().fit(X, [1, 2])
    with pytest.raises(ValueError, match="have no labels, unlike these"):
        AssociativeMemory().fit(X).partial_fit(X, [1, 2, 3])
    with pytest.raises(ValueError, match="have labels, unlike these"):
        AssociativeMemory().fit(X, [1, 2, 3]).partial_fit(X)
    with pytest.raises(NotFittedError):
        AssociativeMemory().score(X, [1, 2, 3])


def test_without_scikit_learn_it_says_what_to_install():
    code = (
        "import sys\nsys.modules['sklearn'] = None\n"
        "try: import hamsim.sklearn\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("pip install 'hamsim[sklearn]'")


def test_few_values_are_features_of_two_values():
    memory = AssociativeMemory("graded")
    scaled = Binarizer(threshold=8).fit_transform(load_digits().data[:5])
    assert set(np.unique(memory.fit(scaled).transform(scaled))) <= {0.0, 1.0}
    assert memory.fit(np.ones((1, 3))).transform(np.ones((1, 3))).tolist() == [[1.0, 1.0, 1.0]]
