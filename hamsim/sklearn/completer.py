"""A network with an energy that fills in what is missing, as an estimator of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from hamsim.arrays import Floats
from hamsim.compiler import as_network
from hamsim.errors import given
from hamsim.learning.losses import loss as loss_of
from hamsim.request import count_of
from hamsim.sklearn.trained import TrainedEstimator

__all__ = ["EnergyCompleter"]

# beta times the variance of all features together, with which memories begin: neither one memory
# nor the mean of all of them.
SHARPNESS = 5.0
UNKNOWN = 1e100  # a target that nobody knows; a square of it can be added up
FEATURES, MEMORIES = "features", "memories"


def _errors(v: Floats, t: Floats | None) -> Floats:
    assert t is not None
    return np.where(t == UNKNOWN, 0.0, v - np.where(t == UNKNOWN, 0.0, t))


def _squares(v: Floats, t: Floats | None) -> Floats:
    """Half the squares of errors in what is known."""
    squares: Floats = 0.5 * (_errors(v, t) ** 2).sum(axis=1)
    return squares


class EnergyCompleter(OneToOneFeatureMixin, TransformerMixin, TrainedEstimator):  # type: ignore[misc]
    """Fills in the features of a row that are NaN from what memories share with the others.

    Features are joined in both directions to memories that share a softmax. What is known of a row
    acts as a current, the network comes to rest, and the missing features are read where they are
    then. Training covers features at random, so that any may be missing.

    Parameters
    ----------
    memories : int, default=100
        How many; they begin as rows of X.
    beta : float or "auto", default="auto"
        Inverse temperature of the memories; with "auto" 5 over the variance of all features.
    cover : float, default=0.5
        Share of the features that are covered in training.
    covers : int, default=4
        How many covers each row is shown with.
    method : str or mapping, default="implicit"
        Of gradients, as of `hamsim.train`.
    rate : float, default=5e-3
        Of Adam.
    epochs, batch : int, default=10 and 32
    clip : float or None, default=1.0
        Largest Euclidean norm of a gradient.
    validation : float, default=0.0
        Share of what is shown that is kept for validation.
    patience : int or None, default=None
        Training stops so many epochs after the best one.
    gain : float or None, default=None
        Bound of the gain that training keeps; below 1 each row has one rest state, as
        `hamsim.check` proves.
    tol : float, default=1e-3
        Residual at which states rest in training.
    random_state : int, RandomState or None, default=None
        Of the rows that memories begin as, of covers and of the order of rows.

    Attributes
    ----------
    mean_ : ndarray, shape (n_features,)
        Of the features; known ones act as what they are more than that.
    network_ : Network
        An ordinary one, with the groups `features` and `memories`.
    trained_ : Trained
        How training went, epoch by epoch in its `table`.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where X had names.

    Notes
    -----
    Features act as they are; a StandardScaler in front of features of different sizes helps, and
    passes NaN on.
    """

    mean_: Floats

    def __init__(
        self,
        memories: int = 100,
        *,
        beta: float | str = "auto",
        cover: float = 0.5,
        covers: int = 4,
        method: Any = "implicit",
        rate: float = 5e-3,
        epochs: int = 10,
        batch: int = 32,
        clip: float | None = 1.0,
        validation: float = 0.0,
        patience: int | None = None,
        gain: float | None = None,
        tol: float = 1e-3,
        random_state: Any = None,
    ) -> None:
        self.memories = memories
        self.beta = beta
        self.cover = cover
        self.covers = covers
        self.method = method
        self.rate = rate
        self.epochs = epochs
        self.batch = batch
        self.clip = clip
        self.validation = validation
        self.patience = patience
        self.gain = gain
        self.tol = tol
        self.random_state = random_state

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: ArrayLike, y: Any = None) -> EnergyCompleter:
        """Train the network on rows, of which some features may be NaN.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
        y : object
            Not used.
        """
        rows = self._rows(X, reset=True)
        if not 0.0 < self.cover < 1.0:
            raise ValueError(f"cover is {given(self.cover)}; it must be between 0 and 1")
        count_of("memories", self.memories, 1)
        count_of("covers", self.covers, 1)
        seed = self._seed()
        known = ~np.isnan(rows)
        # A feature of which nothing is known is 0.
        self.mean_ = np.where(known, rows, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        rng = np.random.default_rng(seed)
        network = as_network(self._described(rows, rng, seed))
        shown = np.tile(rows, (self.covers, 1))
        seen = ~np.isnan(shown) & (rng.random(shown.shape) >= self.cover)
        cues = self._cues(np.where(seen, shown, np.nan))
        # The current of a known feature is there beside what memories make of it.
        targets = np.where(np.isnan(shown), UNKNOWN, shown + cues)
        self._train(
            network,
            (cues, targets),
            seed,
            inputs=FEATURES,
            mode="input",
            outputs=FEATURES,
            loss=loss_of(
                "squared" if known.all() else _squares,
                group=FEATURES,
                of="x",
                slope=None if known.all() else _errors,
            ),
            learn={"input": [FEATURES, MEMORIES], "lagrangian": {MEMORIES: ["beta"]}},
        )
        return self

    def _rows(self, X: ArrayLike, reset: bool) -> Floats:
        rows: Floats = validate_data(
            self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=reset
        )
        return rows

    def _cues(self, rows: Floats) -> Floats:
        """Currents of what is known of rows."""
        more: Floats = rows - self.mean_
        return np.where(np.isnan(more), 0.0, more)

    def _described(self, rows: Floats, rng: np.random.Generator, seed: int) -> dict[str, Any]:
        """The network before it is trained: some rows are its memories."""
        more = self._cues(rows)
        chosen = more[rng.permutation(len(more))[: self.memories]]
        spread = float(more.var(axis=0).sum())
        beta: Any = self.beta
        if isinstance(beta, str) and beta == "auto":
            beta = SHARPNESS / spread if spread > 0.0 else 1.0
        # Features that are all known and right give x.xi + (x - mean).xi, half of that where they
        # are missing; so the memory that is nearest to a row of which half is known gets most.
        favour = -chosen @ self.mean_ - 0.75 * (chosen**2).sum(axis=1)
        return {
            "format": "hamsim/1",
            "name": "a completer",
            "seed": seed,
            "groups": {
                FEATURES: {
                    "size": rows.shape[1],
                    "lagrangian": "identity",
                    "input": self.mean_,
                    "initial": self.mean_,
                },
                MEMORIES: {
                    "size": len(chosen),
                    "lagrangian": {"kind": "softmax", "beta": beta},
                    "input": favour,
                },
            },
            "connections": [{"between": [FEATURES, MEMORIES], "weights": chosen.T}],
        }

    def transform(self, X: ArrayLike) -> Floats:
        """Fill in what is missing; what is known stays.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            With NaN where a feature is missing.

        Returns
        -------
        ndarray, shape (n_samples, n_features)
        """
        check_is_fitted(self)
        rows = self._rows(X, reset=False)
        missing: NDArray[np.bool_] = np.isnan(rows)
        partly = missing.any(axis=1)
        filled = np.array(rows)
        if partly.any():
            found, _ = self._rested({}, {FEATURES: self._cues(rows[partly])}, FEATURES)
            filled[partly] = np.where(missing[partly], found, rows[partly])
        return filled
