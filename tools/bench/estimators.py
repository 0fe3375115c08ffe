"""How right the estimators are that train a network, on scikit-learn's digits.

    pip install 'hamsim[sklearn]' && python tools/bench/estimators.py [splits]

Errors of the classifier and of scikit-learn's own on the same splits, and mean square errors of
what is filled in: half of the pixels at random, and the lower half of each digit, of 200 digits
that nobody trained on. Seconds are those of this machine, beside whatever else runs there.
"""

import sys
import time
import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from hamsim.sklearn import EnergyClassifier, EnergyCompleter


def classify(X, y, splits):
    kinds = {
        "EnergyClassifier()": lambda k: EnergyClassifier(random_state=k),
        "equilibrium": lambda k: EnergyClassifier(
            method={"equilibrium": {"beta": 0.2}}, random_state=k
        ),
        "cross_entropy": lambda k: EnergyClassifier(loss="cross_entropy", random_state=k),
        "gain=0.95": lambda k: EnergyClassifier(gain=0.95, random_state=k),
        "MLPClassifier(128)": lambda k: MLPClassifier(128, max_iter=300, random_state=k),
        "SVC()": lambda _: SVC(),
    }
    for name, make in kinds.items():
        began, scores = time.perf_counter(), []
        for k in range(splits):
            train, test, wanted, truth = train_test_split(X, y, random_state=k)
            scores.append(make(k).fit(train, wanted).score(test, truth))
        seconds = (time.perf_counter() - began) / splits
        each = ", ".join(f"{100 * s:.1f}" for s in scores)
        print(f"{name:20} {100 * np.mean(scores):.1f} % ({each}), {seconds:.1f} s", flush=True)


def complete(X):
    test = np.arange(0, len(X), 9)[:200]
    known, truth = np.delete(X, test, axis=0), X[test]
    lower = np.broadcast_to(np.arange(64) >= 32, truth.shape)
    scattered = np.random.default_rng(0).random(truth.shape) < 0.5
    kinds = {
        "EnergyCompleter()": EnergyCompleter(random_state=0),
        "the mean": SimpleImputer(),
        "IterativeImputer(5)": IterativeImputer(max_iter=5, random_state=0),
        "KNNImputer()": KNNImputer(),
    }
    for name, kind in kinds.items():
        began = time.perf_counter()
        kind.fit(known)
        errors = []
        for missing in (scattered, lower):
            filled = kind.transform(np.where(missing, np.nan, truth))
            errors.append(((filled - truth)[missing] ** 2).mean())
        seconds = time.perf_counter() - began
        print(f"{name:20} {errors[0]:.4f} scattered, {errors[1]:.4f} lower half, {seconds:.1f} s")


def main():
    warnings.simplefilter("ignore")  # of convergence
    X, y = load_digits(return_X_y=True)
    classify(X / 16, y, int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    complete(X / 16)


if __name__ == "__main__":
    main()
