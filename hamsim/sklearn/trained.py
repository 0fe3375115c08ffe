"""What estimators share that train a network: settings, training, and states at rest."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.errors import HamsimError, given
from hamsim.learning.rest.engine import Engine
from hamsim.learning.training.train import train
from hamsim.learning.training.trained import Trained
from hamsim.network import Network
from hamsim.operator import neurons_of

__all__ = ["TrainedEstimator", "chain_norms", "sizes_of"]

# Rows that are brought to rest at once.
BATCH = 1024
# Residual at which they rest, and bound of the gain of the blocks that a network begins with.
REST, GAIN = 1e-8, 0.7


class TrainedEstimator(BaseEstimator):  # type: ignore[misc]
    """An estimator with a network that `hamsim.train` has trained."""

    network_: Network
    trained_: Trained
    method: Any
    rate: float
    epochs: int
    batch: int
    clip: float | None
    validation: float
    patience: int | None
    gain: float | None
    tol: float
    random_state: Any

    def _seed(self) -> int:
        """A number that everything random is drawn from."""
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _train(self, network: Network, data: tuple[Any, Any], seed: int, **asked: Any) -> None:
        """Train a network on rows of cues and targets; attributes have what it has become."""
        if self.patience is not None:
            asked["stop"] = {"patience": self.patience}
        if self.gain is not None:
            asked["constraints"] = {"gain": self.gain}
        try:
            self.trained_ = train(
                network,
                data,
                method=self.method,
                optimizer={"adam": {"rate": self.rate}},
                epochs=self.epochs,
                batch=self.batch,
                clip="none" if self.clip is None else self.clip,
                validation=self.validation,
                rest={"residual": self.tol},
                seed=seed,
                **asked,
            )
        except HamsimError as error:
            raise ValueError(str(error)) from error
        self.network_ = self.trained_.network

    def _rested(
        self, held: Mapping[str, Floats], current: Mapping[str, Floats], wanted: str
    ) -> tuple[Floats, Floats]:
        """States and activations of a group at rest, of each row of what holds or drives others.

        Rows that do not come to rest, as training understands it, are counted in a warning.
        """
        check_is_fitted(self)
        network = self.network_
        rows = len(next(iter({**held, **current}.values())))
        names = list(held)
        holds = np.zeros(network.n_neurons, dtype=bool)
        for name in names:
            holds[network.index(name)] = True
        engine = Engine(network, holds, REST, min(rows, BATCH), follows=False)
        start = np.atleast_2d(network.initial)[0]
        found, lost = np.empty((rows, network.n_neurons)), 0
        for first in range(0, rows, BATCH):
            some = slice(first, first + BATCH)
            states = np.tile(start, (len(found[some]), 1))
            for name, values in held.items():
                states[:, network.index(name)] = values[some]
            currents = np.zeros_like(states)
            for name, values in current.items():
                currents[:, network.index(name)] = values[some]
            rested = engine.to_rest(states, currents)
            found[some] = rested.x
            lost += int(np.count_nonzero(~(rested.residual <= self.tol)))
        if lost:
            warnings.warn(
                f"{lost:,} of {counted(rows, 'row')} did not come to rest: what is read of them "
                "is not told by the network",
                ConvergenceWarning,
                stacklevel=4,
            )
        at = network.index(wanted)
        return found[:, at], neurons_of(network).activate(found)[:, at]


def chain_norms(sizes: Sequence[int]) -> list[float]:
    """Standard deviations of random blocks in a chain of groups, whose gain is `GAIN` then.

    A block of n and m neurons with weights of standard deviation s has a largest singular value of
    about s (sqrt n + sqrt m); L groups in a chain whose blocks have norm b have a W with largest
    eigenvalue 2 b cos(pi / (L + 1)) at most.
    """
    strongest = 2.0 * np.cos(np.pi / (len(sizes) + 1))
    return [float(GAIN / strongest / (np.sqrt(n) + np.sqrt(m))) for n, m in pairwise(sizes)]


def sizes_of(hidden: Any) -> list[int]:
    """Sizes of hidden groups, given as one number or several.

    Raises
    ------
    ValueError
    """
    try:
        sizes = [int(size) for size in np.atleast_1d(hidden) if int(size) == size > 0]
    except (TypeError, ValueError, OverflowError):
        sizes = []
    if not sizes or len(sizes) != np.size(hidden):
        raise ValueError(f"hidden is {given(hidden)}; allowed are sizes of groups, as (100, 50)")
    return sizes
