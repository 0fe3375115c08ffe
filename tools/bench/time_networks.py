"""Networks on which methods of integration are compared: smooth, kinked, stiff, and of the zoo.

Each is one trial without noise under constant stimuli, the same numbers at each call. What they are
for: `tanh1e4`, `softmax50`, `memory10` and `memory50` are smooth; `lca` has kinks; `glassy` has
many rest states, `critical` one that is reached slowly; `celegans`, `conv`, `pooling`, `digits` and
`slowhidden` are the zoo's; `layers` and `stiff1e6` have time constants from 1e-6 to 1, in layers
and at random, beside which the same networks with tau = 1 stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

import hamsim
from hamsim.network import Network
from hamsim.request import Settings

__all__ = ["CASES", "ZOO", "Case", "one_trial"]

Array = NDArray[np.float64]
ZOO = Path(__file__).parents[2] / "networks"


@dataclass(frozen=True)
class Case:
    """A network and how long it is looked at.

    Parameters
    ----------
    source : callable
        Makes the description, or says which file has it.
    t_end : float
    stiff : bool
        Whether explicit methods are out of the question.
    twin : str
        The case that is the same but for tau = 1.
    """

    source: Callable[[], Mapping[str, Any] | Path]
    t_end: float
    stiff: bool = False
    twin: str = ""

    def network(self) -> Network:
        """The compiled network, of which stimuli that last from t = 0 to the end are kept."""
        return one_trial(hamsim.compile(self.source()))


def one_trial(network: Network, trial: int = 0) -> Network:
    """A network with one trial's start and stimuli, without those that end, and no settings."""
    stimuli = tuple(
        replace(s, value=s.value if s.value.ndim < 2 else s.value[trial])
        for s in network.stimuli
        if s.start == 0 and not np.isfinite(s.stop)
    )
    start = network.initial if network.initial.ndim < 2 else network.initial[trial]
    return replace(network, initial=start, stimuli=stimuli, settings=Settings())


def described(groups: Mapping[str, Any], *connections: Mapping[str, Any]) -> dict[str, Any]:
    """A description of groups and connections."""
    return {"format": "hamsim/1", "groups": groups, "connections": list(connections)}


def tanh_group(W: Any, start: Array, **more: Any) -> dict[str, Any]:
    """One group of tanh neurons with symmetric weights."""
    size = start.size
    group = {"size": size, "lagrangian": "tanh", "initial": start, **more}
    return described({"neurons": group}, {"within": "neurons", "weights": W})


def dense(rng: np.random.Generator, n: int, gain: float) -> Array:
    """Symmetric Gaussian weights whose spectrum reaches from -2 gain to 2 gain."""
    half = np.triu(rng.normal(0, gain / np.sqrt(n), (n, n)), 1)
    return half + half.T


def tanh1e4() -> Mapping[str, Any]:
    """1,000 neurons with 10,000 random synapses."""
    rng = np.random.default_rng(1)
    i, j = np.triu_indices(1000, 1)
    chosen = rng.choice(i.size, 5000, replace=False)
    w = rng.normal(0, 0.4, chosen.size)
    half = coo_array((w, (i[chosen], j[chosen])), shape=(1000, 1000))
    return tanh_group((half + half.T).tocsr(), rng.normal(size=1000))


def softmax50() -> Mapping[str, Any]:
    """100 memories as directions in 50 dimensions, by a steep softmax; a corrupted one as cue."""
    rng = np.random.default_rng(2)
    xi = rng.normal(size=(100, 50))
    xi /= np.linalg.norm(xi, axis=1)[:, None]
    cue = xi[0] + rng.normal(0, 0.8 / np.sqrt(50), 50)
    groups = {
        "visible": {"size": 50, "lagrangian": "identity", "tau": 1.0, "initial": cue},
        "hidden": {"size": 100, "lagrangian": {"kind": "softmax", "beta": 50.0}, "tau": 0.1},
    }
    return described(groups, {"between": ["hidden", "visible"], "weights": xi})


def critical() -> Mapping[str, Any]:
    """Dense weights with 0.999 as largest eigenvalue, so that the last way to 0 is slow."""
    rng = np.random.default_rng(3)
    W = dense(rng, 200, 1.0)
    return tanh_group(0.999 * W / np.linalg.eigvalsh(W)[-1], rng.normal(size=200))


def glassy() -> Mapping[str, Any]:
    """200 neurons with weights far beyond the threshold of disorder."""
    rng = np.random.default_rng(4)
    return tanh_group(dense(rng, 200, 3.0), rng.normal(size=200))


def memory(patterns: int, n: int) -> Mapping[str, Any]:
    """Hebbian weights and a cue of which every fifth neuron is wrong."""
    rng = np.random.default_rng(5)
    xi = rng.choice([-1.0, 1.0], (patterns, n))
    W = 3.0 * xi.T @ xi / n
    np.fill_diagonal(W, 0.0)
    return tanh_group(W, xi[0] * rng.choice([-1.0, 1.0], n, p=[0.2, 0.8]))


def layers(tau: tuple[float, ...]) -> Mapping[str, Any]:
    """Four layers of tanh neurons, each connected with the next."""
    rng = np.random.default_rng(6)
    sizes = (100, 80, 60, 40)
    groups = {
        f"layer{k}": {
            "size": size,
            "lagrangian": "tanh",
            "tau": tau[k],
            "input": rng.normal(0, 0.3, size),
            "initial": rng.normal(size=size),
        }
        for k, size in enumerate(sizes)
    }
    connections = [
        {
            "between": [f"layer{k}", f"layer{k + 1}"],
            "weights": rng.normal(0, 0.5 / np.sqrt(sizes[k]), (sizes[k], sizes[k + 1])),
        }
        for k in range(3)
    ]
    return described(groups, *connections)


def coupled(fastest: float) -> Mapping[str, Any]:
    """200 neurons, each with a tau of its own between `fastest` and 1, all coupled."""
    rng = np.random.default_rng(7)
    W, start = dense(rng, 200, 0.4), rng.normal(size=200)
    exponents = rng.uniform(0, 1, 200)
    return tanh_group(W, start, tau=fastest**exponents, input=rng.normal(0, 0.3, 200))


def zoo(name: str) -> Path:
    return ZOO / f"{name}.yaml"


CASES: Mapping[str, Case] = {
    "tanh1e4": Case(tanh1e4, 12.0),
    "celegans": Case(partial(zoo, "c_elegans"), 200.0),
    "conv": Case(partial(zoo, "convolutional"), 15.0),
    "pooling": Case(partial(zoo, "pooling"), 20.0),
    "lca": Case(partial(zoo, "sparse_coding_lca"), 100.0),
    "softmax50": Case(softmax50, 10.0),
    "critical": Case(critical, 200.0),
    "stiff1e6": Case(partial(coupled, 1e-6), 5.0, stiff=True, twin="unstiff1e6"),
    "unstiff1e6": Case(partial(coupled, 1.0), 5.0),
    "digits": Case(partial(zoo, "digits"), 20.0),
    "glassy": Case(glassy, 50.0),
    "memory10": Case(partial(memory, 10, 500), 20.0),
    "memory50": Case(partial(memory, 50, 500), 50.0),
    "slowhidden": Case(partial(zoo, "slow_hidden"), 400.0),
    "layers": Case(partial(layers, (1.0, 1e-2, 1e-4, 1e-6)), 5.0, stiff=True, twin="unlayers"),
    "unlayers": Case(partial(layers, (1.0, 1.0, 1.0, 1.0)), 5.0),
}
