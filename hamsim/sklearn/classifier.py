"""A network with an energy that tells classes apart, as an estimator of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from hamsim.arrays import Floats
from hamsim.compiler import as_network
from hamsim.counted import counted
from hamsim.errors import HamsimError, given
from hamsim.network import Network
from hamsim.sklearn.trained import TrainedEstimator, chain_norms, sizes_of

__all__ = ["EnergyClassifier"]

LOSSES = {"squared": "identity", "cross_entropy": "softmax"}


def _has_shares(estimator: EnergyClassifier) -> bool:
    return estimator.loss == "cross_entropy"


class EnergyClassifier(ClassifierMixin, TrainedEstimator):  # type: ignore[misc]
    """Holds the features of a row, lets the network come to rest, and reads the class there.

    Parameters
    ----------
    hidden : int or sequence of int, default=128
        Sizes of the groups between features and classes, each joined to the next in both
        directions.
    lagrangian : str or mapping, default="relu"
        Of hidden groups.
    loss : {"squared", "cross_entropy"}, default="squared"
        squared compares activations of identity neurons with 1 for the class and 0 for others;
        cross_entropy is of a softmax group, whose activations `predict_proba` gives.
    method : str or mapping, default="implicit"
        Of gradients, as of `hamsim.train`: ``"implicit"``, ``"equilibrium"``, ``{"equilibrium":
        {"beta": 0.2}}``, ``"contrastive"``, ``{"through_time": {"steps": 20}}``.
    rate : float, default=3e-3
        Of Adam.
    epochs, batch : int, default=30 and 32
    clip : float or None, default=1.0
        Largest Euclidean norm of a gradient.
    validation : float, default=0.0
        Share of the rows that is kept for validation.
    patience : int or None, default=None
        Training stops so many epochs after the best one.
    gain : float or None, default=None
        Bound of the gain that training keeps; below 1 the network has one rest state for each row,
        and goes there: `hamsim.check` proves it.
    tol : float, default=1e-3
        Residual at which states rest in training.
    network : Network, Spec, path or dict, optional
        Another network than the layered one, which begins with the weights that it has.
    inputs, outputs : str, default="features" and "classes"
        Its groups that hold the features, and that have a neuron a class.
    random_state : int, RandomState or None, default=None
        Of the first weights and of the order of rows.

    Attributes
    ----------
    classes_ : ndarray
    network_ : Network
        An ordinary one: `hamsim.check` says what is guaranteed of it.
    trained_ : Trained
        How training went, epoch by epoch in its `table`.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where X had names.

    Notes
    -----
    Features act as they are; a StandardScaler in front of features of different sizes helps.
    """

    classes_: Any

    def __init__(
        self,
        hidden: Any = 128,
        *,
        lagrangian: Any = "relu",
        loss: str = "squared",
        method: Any = "implicit",
        rate: float = 3e-3,
        epochs: int = 30,
        batch: int = 32,
        clip: float | None = 1.0,
        validation: float = 0.0,
        patience: int | None = None,
        gain: float | None = None,
        tol: float = 1e-3,
        network: Any = None,
        inputs: str = "features",
        outputs: str = "classes",
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.lagrangian = lagrangian
        self.loss = loss
        self.method = method
        self.rate = rate
        self.epochs = epochs
        self.batch = batch
        self.clip = clip
        self.validation = validation
        self.patience = patience
        self.gain = gain
        self.tol = tol
        self.network = network
        self.inputs = inputs
        self.outputs = outputs
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> EnergyClassifier:
        """Train the network.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
        y : array_like, shape (n_samples,)
            Classes.
        """
        rows, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, places = np.unique(labels, return_inverse=True)
        if self.loss not in LOSSES:
            raise ValueError(f"loss is {given(self.loss)}; allowed are {', '.join(LOSSES)}")
        seed = self._seed()
        try:
            network = as_network(self._described(seed) if self.network is None else self.network)
            self._require_sizes(network)
        except HamsimError as error:
            raise ValueError(str(error)) from error
        free = [group.name for group in network.groups if group.name != self.inputs]
        self._train(
            network,
            (rows, np.eye(len(self.classes_))[places]),
            seed,
            inputs=self.inputs,
            outputs=self.outputs,
            loss=self.loss,
            learn={"input": free},
        )
        return self

    def _described(self, seed: int) -> dict[str, Any]:
        """The layered network before it is trained."""
        features, classes = self.n_features_in_, len(self.classes_)
        sizes = sizes_of(self.hidden)
        names = [f"hidden{k + 1}" for k in range(len(sizes))] if len(sizes) > 1 else ["hidden"]
        chain = [self.inputs, *names, self.outputs]
        spreads = [features**-0.5, *chain_norms([*sizes, classes])]
        groups = {
            self.inputs: {"size": features, "lagrangian": "identity"},
            **{
                name: {"size": size, "lagrangian": self.lagrangian}
                for name, size in zip(names, sizes, strict=True)
            },
            self.outputs: {"size": classes, "lagrangian": LOSSES[self.loss]},
        }
        connections = [
            {"between": [one, other], "weights": {"normal": {"std": spread}}}
            for one, other, spread in zip(chain[:-1], chain[1:], spreads, strict=True)
        ]
        name = "a classifier"
        return {
            "format": "hamsim/1",
            "name": name,
            "seed": seed,
            "groups": groups,
            "connections": connections,
        }

    def _require_sizes(self, network: Network) -> None:
        if self.inputs == self.outputs:
            raise ValueError(f"inputs and outputs are both {given(self.inputs)}; give two groups")
        wanted = {self.inputs: self.n_features_in_, self.outputs: len(self.classes_)}
        for (name, size), what in zip(wanted.items(), ("features", "classes"), strict=True):
            group = network.group(name)
            found = group.stop - group.start
            if found != size:
                raise ValueError(f"group {name} has {counted(found, 'neuron')} for {size:,} {what}")

    def decision_function(self, X: ArrayLike) -> Floats:
        """What classes get at rest: activations, or with cross entropy states.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)

        Returns
        -------
        ndarray, shape (n_samples, n_classes)
            Of two classes (n_samples,): that of the second less that of the first.
        """
        found = self._read(X)[0 if self.loss == "cross_entropy" else 1]
        return found[:, 1] - found[:, 0] if len(self.classes_) == 2 else found

    @available_if(_has_shares)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: ArrayLike) -> Floats:
        """Activations of the classes, which add up to 1; with cross entropy alone.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)

        Returns
        -------
        ndarray, shape (n_samples, n_classes)
        """
        return self._read(X)[1]

    def predict(self, X: ArrayLike) -> Any:
        """Classes of rows.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)

        Returns
        -------
        ndarray, shape (n_samples,)
        """
        best = self._read(X)[1].argmax(axis=1)
        return self.classes_[best]

    def _read(self, X: ArrayLike) -> tuple[Floats, Floats]:
        """States and activations of the classes at rest, each (n_samples, n_classes)."""
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, reset=False)
        return self._rested({self.inputs: rows}, {}, self.outputs)
