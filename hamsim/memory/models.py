"""Networks that remember given patterns: one description a kind of associative memory."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hamsim.arrays import Floats
from hamsim.errors import HamsimError, given
from hamsim.spec.text import parse_text

__all__ = ["KINDS", "METRICS", "Model", "describe"]

# What holds the patterns is called features, what stands for a whole pattern memories.
_ATTENTION = """
format: hamsim/1
name: attention over stored patterns
groups:
  features: {lagrangian: identity}
  memories: {lagrangian: {kind: softmax}, tau: 0}
simulation: {method: euler, dt: 1.0}
"""
_GRADED = """
format: hamsim/1
name: graded neurons with stored patterns
groups:
  features: {lagrangian: {kind: tanh}}
"""
_CLASSICAL = """
format: hamsim/1
name: neurons of two states with stored patterns
groups:
  features: {lagrangian: sign}
"""
_DENSE = """
format: hamsim/1
name: dense associative memory
groups:
  features: {lagrangian: sign}
  memories: {lagrangian: identity, tau: 0}
"""


class Model(NamedTuple):
    """A kind of associative memory.

    Parameters
    ----------
    text : str
        Its description, without sizes and patterns.
    layered : bool
        Whether each pattern has a memory neuron; else a rule stores patterns within the features.
    binary : bool
        Whether patterns are of -1 and 1.
    discrete : bool
        Whether neurons are set one by one, instead of moving in time.
    """

    text: str
    layered: bool
    binary: bool
    discrete: bool


KINDS = {
    "attention": Model(_ATTENTION, True, False, False),
    "graded": Model(_GRADED, False, True, False),
    "classical": Model(_CLASSICAL, False, True, True),
    "dense": Model(_DENSE, True, True, True),
}
METRICS = ("dot", "euclidean")


def describe(
    kind: str,
    patterns: Floats,
    beta: float = 1.0,
    degree: int = 3,
    rule: str = "hebbian",
    metric: str = "dot",
) -> dict[str, Any]:
    """Describe a network that remembers patterns.

    Parameters
    ----------
    kind : {"attention", "graded", "classical", "dense"}
        attention: a softmax over memory neurons that follow at once [Krotov and Hopfield 2020,
        arXiv:2008.06996, model B; Ramsauer et al. 2020, arXiv:2008.02217]. graded: tanh neurons
        [Hopfield 1984, PNAS 81:3088]. classical: neurons of two states [Hopfield 1982, PNAS
        79:2554]. dense: the same with F(x) = x^degree of each overlap [Krotov and Hopfield 2016,
        arXiv:1606.01164].
    patterns : ndarray, shape (p, n)
        Any numbers for attention, else -1 and 1.
    beta : float
        Of attention and graded.
    degree : int
        Of dense.
    rule : str
        Of graded and classical, as beside `store` in a file.
    metric : {"dot", "euclidean"}
        Of attention: memory neurons receive q.xi, or q.xi - |xi|^2 / 2, which is as far from
        -|q - xi|^2 / 2 in all of them, so that near patterns count and not long ones.

    Returns
    -------
    dict
        What `hamsim.compile` takes; the group of the patterns is called features, and that of the
        neurons that stand for one pattern each memories.
    """
    _require("kind", kind, tuple(KINDS))
    _require("metric", metric, METRICS)
    model = KINDS[kind]
    spec: dict[str, Any] = parse_text(model.text)[0]
    count, size = patterns.shape
    features = spec["groups"]["features"]
    features["size"] = size
    if isinstance(features["lagrangian"], dict):
        features["lagrangian"]["beta"] = beta
    if model.layered:
        memories = spec["groups"]["memories"]
        memories["size"] = count
        # Where there are as many patterns as features the second end holds the memories.
        weights: dict[str, Any] = {"memories": patterns}
        if kind == "dense":
            weights["dense"] = {"degree": degree}
        else:
            memories["lagrangian"]["beta"] = beta
            if metric == "euclidean":
                memories["input"] = -0.5 * np.einsum("pi,pi->p", patterns, patterns)
        spec["connections"] = [{"between": ["features", "memories"], "weights": weights}]
    else:
        weights = {"store": {"patterns": patterns, "rule": rule}}
        spec["connections"] = [{"within": "features", "weights": weights}]
    return spec


def _require(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise HamsimError(f"{name} is {given(value)}; allowed are {', '.join(allowed)}")
