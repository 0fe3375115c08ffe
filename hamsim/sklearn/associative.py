"""An associative memory as an estimator of scikit-learn."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from hamsim.arrays import Floats
from hamsim.compiler import compile as compile_network
from hamsim.counted import counted
from hamsim.dynamics.simulate import simulate
from hamsim.errors import HamsimError, given
from hamsim.memory.models import KINDS, describe
from hamsim.memory.retrieval import retrieve
from hamsim.network import Network
from hamsim.observables import activation
from hamsim.operator.kept import operator_of

__all__ = ["AssociativeMemory"]

# Cues that are recalled at once: enough for the kernels, and few beside the memories.
BATCH = 1024
BETA = 4.0  # of graded neurons


class AssociativeMemory(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Remembers the rows of X, and makes of each further row what it remembers of it.

    Parameters
    ----------
    kind : {"attention", "graded", "classical", "dense"}, default="attention"
        attention: q <- softmax(beta q X') X, the modern Hopfield network, for any numbers. The
        others are for features of two values: graded neurons with a tanh [Hopfield 1984], neurons
        that are set one by one to one of two states [Hopfield 1982], and these with the power
        `degree` of each overlap [Krotov and Hopfield 2016].
    beta : float or "auto", default="auto"
        Inverse temperature of attention, 1 / sqrt(n_features) with "auto", and of graded neurons,
        4 with "auto".
    metric : {"dot", "euclidean"}, default="dot"
        Of attention: what is large where a row is like a cue, q.x, or q.x - |x|^2 / 2, with which
        the nearest row counts most and not the longest.
    rule : {"hebbian", "storkey", "storkey_second_order", "pseudoinverse"}, default="hebbian"
        What stores rows in the weights of graded and classical memories.
    degree : int, default=3
        Of dense memories.
    steps : int, None or "auto", default="auto"
        Steps of attention, or sweeps over neurons that are set one by one; None until a cue has
        come to rest. "auto" is one of attention, None of the others.
    tol : float, default=1e-6
        Residual max|W g + I - x| at which attention and graded neurons are at rest.
    random_state : int, RandomState or None, default=None
        Of the order in which classical and dense neurons are set; with None it is the same in each
        call.

    Attributes
    ----------
    patterns_ : ndarray, shape (n_patterns, n_features)
        The rows that are remembered, those of `partial_fit` one after another.
    labels_ : ndarray, shape (n_patterns,) or None
        What was given as `y` with each.
    classes_ : ndarray, or None
        The labels that there are.
    network_ : Network
        The network that remembers them: `hamsim.check` says what is guaranteed of it, and
        `hamsim.simulate` runs it.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where X had names.

    Notes
    -----
    Of two values low < high of all rows that are remembered each becomes -1 or 1, and what is
    recalled is given in them. In cues what is above their middle counts as high, what is below as
    low, and the middle itself as unknown.
    """

    patterns_: Floats
    labels_: Any
    classes_: Any
    network_: Network
    _values: Any  # low and high; None where features may have any

    def __init__(
        self,
        kind: str = "attention",
        *,
        beta: float | str = "auto",
        metric: str = "dot",
        rule: str = "hebbian",
        degree: int = 3,
        steps: int | str | None = "auto",
        tol: float = 1e-6,
        random_state: Any = None,
    ) -> None:
        self.kind = kind
        self.beta = beta
        self.metric = metric
        self.rule = rule
        self.degree = degree
        self.steps = steps
        self.tol = tol
        self.random_state = random_state

    # --- remembering -----------------------------------------------------------------------------

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> AssociativeMemory:
        """Remember the rows of X, and nothing else.

        Parameters
        ----------
        X : array_like, shape (n_patterns, n_features)
        y : array_like, shape (n_patterns,), optional
            What `predict` is to say of each.
        """
        return self._store(validate_data(self, X, dtype=np.float64), y, None)

    def partial_fit(self, X: ArrayLike, y: ArrayLike | None = None) -> AssociativeMemory:
        """Remember the rows of X besides those that are remembered.

        Parameters
        ----------
        X : array_like, shape (n_patterns, n_features)
        y : array_like, shape (n_patterns,), optional
            Needed where the rows before had labels.
        """
        first = not hasattr(self, "patterns_")
        rows = validate_data(self, X, dtype=np.float64, reset=first)
        return self._store(rows, y, None if first else self.patterns_)

    def _store(self, rows: Floats, y: ArrayLike | None, before: Floats | None) -> AssociativeMemory:
        labels = None if y is None else column_or_1d(y)
        if labels is not None and len(labels) != len(rows):
            raise ValueError(
                f"y has {counted(len(labels), 'label')} for {counted(len(rows), 'row')} of X"
            )
        if before is not None:
            if (self.labels_ is None) != (labels is None):
                said = "no labels" if self.labels_ is None else "labels"
                raise ValueError(f"the rows that are remembered have {said}, unlike these")
            rows = np.concatenate([before, rows])
            labels = None if labels is None else np.concatenate([self.labels_, labels])
        patterns, values = rows, None
        if self._model.binary:
            values = _two_values(rows, self.kind)
            patterns = np.where(rows == values[1], 1.0, -1.0)
        self.network_ = self._compile(patterns)
        self.patterns_ = np.array(rows)
        self.labels_, self._values = labels, values
        self.classes_ = None if labels is None else np.unique(labels)
        return self

    @property
    def _model(self) -> Any:
        if self.kind not in KINDS:
            raise ValueError(f"kind is {given(self.kind)}; allowed are {', '.join(KINDS)}")
        return KINDS[self.kind]

    def _compile(self, patterns: Floats) -> Network:
        beta: Any = self.beta
        if isinstance(beta, str) and beta == "auto":
            beta = BETA if self._model.binary else 1.0 / np.sqrt(patterns.shape[1])
        try:
            described = describe(
                self.kind, patterns, beta, self.degree, rule=self.rule, metric=self.metric
            )
            return compile_network(described)
        except HamsimError as error:
            raise ValueError(str(error)) from error

    # --- recalling -------------------------------------------------------------------------------

    def transform(self, X: ArrayLike) -> Floats:
        """Recall what the rows of X are cues for.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)

        Returns
        -------
        ndarray, shape (n_samples, n_features)
        """
        return self._recalled(X)[0]

    def predict(self, X: ArrayLike) -> Any:
        """Say what each row of X is a cue for.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)

        Returns
        -------
        ndarray, shape (n_samples,)
            The label to which the largest share of what is recalled belongs; without labels the
            number of the pattern that has the largest one. Shares are the activations of memory
            neurons, or overlaps where there are none.
        """
        shares = self._recalled(X, with_shares=True)[1]
        if self.labels_ is None:
            return shares.argmax(axis=1)
        if not self._shares_add:
            return self.labels_[shares.argmax(axis=1)]
        each = self.labels_[:, None] == self.classes_[None, :]
        return self.classes_[(shares @ each).argmax(axis=1)]

    def score(self, X: ArrayLike, y: ArrayLike | None = None) -> float:
        """How well rows of X are recalled: more is better.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
        y : array_like, optional
            Labels, shape (n_samples,), or what should be recalled, shape (n_samples, n_features).

        Returns
        -------
        float
            The part of labels that `predict` gives; or less the mean square by which what is
            recalled differs from `y`, or from X itself where nothing is given.
        """
        if y is not None and np.ndim(y) == 1 and self._has_labels:
            return float(np.mean(self.predict(X) == column_or_1d(y)))
        recalled = self.transform(X)
        wanted = validate_data(self, X, dtype=np.float64, reset=False)
        if y is not None and np.ndim(y) == 2:
            wanted = np.asarray(y, dtype=np.float64)
            if wanted.shape != recalled.shape:
                raise ValueError(f"y has shape {wanted.shape}, not {recalled.shape}")
        return -float(np.mean((recalled - wanted) ** 2))

    @property
    def _has_labels(self) -> bool:
        check_is_fitted(self)
        return self.labels_ is not None

    @property
    def _shares_add(self) -> bool:
        """Whether shares of patterns are parts of a whole."""
        return self._model.layered and not self._model.binary

    def _recalled(self, X: ArrayLike, with_shares: bool = False) -> tuple[Floats, Floats]:
        """What is recalled of rows, and how much of it each pattern has."""
        check_is_fitted(self)
        cues = validate_data(self, X, dtype=np.float64, reset=False)
        values = self._values
        if values is not None:
            cues = np.sign(cues - (values[0] + values[1]) / 2)
        asked = self._asked()
        recalled, shares = np.empty_like(cues), []
        # Of equal size, for which the network is arranged once.
        size = -(-len(cues) // -(-len(cues) // BATCH))
        for first in range(0, len(cues), size):
            count = min(size, len(cues) - first)
            some = np.zeros((size, cues.shape[1]))
            some[:count] = cues[first : first + count]
            found = self._run(some, asked)[:count]
            recalled[first : first + count] = found
            if with_shares:
                shares.append(self._shares(found))
        if values is not None:
            known = np.where(recalled > 0, values[1], values[0])
            recalled = np.where(recalled == 0, (values[0] + values[1]) / 2, known)
        return recalled, np.concatenate(shares) if shares else recalled

    def _asked(self) -> dict[str, Any]:
        """What is asked of `simulate`."""
        steps = self.steps
        if isinstance(steps, str) and steps == "auto":
            steps = None if self._model.binary else 1
        whole = isinstance(steps, numbers.Integral) and not isinstance(steps, bool)
        if steps is not None and not (whole and int(steps) > 0):
            raise ValueError(f"steps is {given(steps)}; allowed are 1, 2, ..., None and 'auto'")
        asked: dict[str, Any] = {"record": None}
        if self._model.discrete:
            state = check_random_state(self.random_state)
            drawn = self.random_state is not None
            seed = int(state.randint(2**31 - 1)) if drawn else 0
            return {**asked, "method": "asynchronous", "sweeps": steps, "seed": seed}
        if self._model.binary:
            asked["t_end"] = 1000.0 if steps is None else float(steps)
        else:
            asked["steps"] = 1000 if steps is None else int(steps)
        return {**asked, "until": {"residual": self.tol}} if steps is None else asked

    def _run(self, cues: Floats, asked: dict[str, Any]) -> Floats:
        """States of the features that cues lead to."""
        network, features = self.network_, self.network_.index("features")
        if set(asked) == {"record", "steps"}:
            return retrieve(network, self._states(cues), asked["steps"])[:, features]
        try:
            trace = simulate(network, {"features": cues}, **asked)
        except HamsimError as error:
            raise ValueError(str(error)) from error
        return np.atleast_2d(trace.final)[:, features]

    def _states(self, features: Floats) -> Floats:
        """States of all neurons with those of features; of others nobody asks."""
        states = np.zeros((len(features), self.network_.n_neurons))
        states[:, self.network_.index("features")] = features
        return states

    def _shares(self, found: Floats) -> Floats:
        """How much of what was recalled each pattern has, shape (rows, n_patterns)."""
        if self._shares_add:
            states = operator_of(self.network_).evaluate(self._states(found))[0]
            return activation(self.network_, states)[:, self.network_.index("memories")]
        patterns = np.where(self.patterns_ == self._values[1], 1.0, -1.0)
        return np.asarray(found @ patterns.T)


def _two_values(rows: Floats, kind: str) -> Floats:
    """The values of features that have two, or 0 and 1, or -1 and 1, as what there is fits."""
    values = np.unique(rows)
    if len(values) > 2:
        raise ValueError(
            f"kind {kind!r} is for features of two values, and X has {len(values):,}; "
            "sklearn.preprocessing.Binarizer makes some, and kind 'attention' takes any numbers"
        )
    if len(values) == 2:
        return values
    (only,) = values
    return np.array([-1.0, 1.0] if only in (-1.0, 1.0) else [0.0, max(1.0, only)])
