"""The Lagrangians: names, parameters and proven facts. Data only.

A further family is one `Lagrangian` row here, its formulas in `elementwise` or `groupwise`,
and one branch in each switch of that file. Tests loop over the table, so that a forgotten
branch fails by the family's name.

Sources: [HAM] Krotov, Hierarchical Associative Memory, arXiv:2107.06446.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = [
    "BY_CODE",
    "IDENTITY",
    "RELU",
    "SIGMOID",
    "SOFTMAX",
    "TABLE",
    "TANH",
    "Lagrangian",
    "Parameter",
]

IDENTITY, RELU, TANH, SIGMOID = 0, 1, 2, 3
# Codes from here on belong to groups whose neurons share one Lagrangian.
FIRST_COLLECTIVE = 1000
SOFTMAX = FIRST_COLLECTIVE


@dataclass(frozen=True)
class Parameter:
    """A number in a Lagrangian: its name, default and open lower bound."""

    name: str
    default: float
    above: float
    meaning: str


@dataclass(frozen=True)
class Lagrangian:
    """One family of Lagrangians and what is known of it.

    Parameters
    ----------
    name : str
        As in files.
    code : int
        As in kernels.
    L, g : str
        Formulas for people; the kernels' own are in `elementwise` and `groupwise`.
    parameters : tuple of Parameter
        In the order in which the kernels receive them.
    additive : bool
        True if L is a sum over neurons, so that each neuron is on its own.
    convex : bool
        True if the Hessian is positive semi-definite in every state.
    slope : str
        Expression in the parameters: the largest eigenvalue that the Hessian can have, which is
        the Lipschitz constant of g.
    source : str
        Where the facts are taken from.
    """

    name: str
    code: int
    L: str
    g: str
    parameters: tuple[Parameter, ...]
    additive: bool
    convex: bool
    slope: str
    source: str


_BETA = Parameter("beta", 1.0, 0.0, "inverse temperature: slope of the activation at its steepest")

_ROWS = (
    Lagrangian(
        name="identity",
        code=IDENTITY,
        L="gain x^2 / 2",
        g="gain x",
        parameters=(Parameter("gain", 1.0, 0.0, "slope of the activation"),),
        additive=True,
        convex=True,
        slope="gain",
        source="[HAM] eq. 13",
    ),
    Lagrangian(
        name="relu",
        code=RELU,
        L="max(x, 0)^2 / 2",
        g="max(x, 0)",
        parameters=(),
        additive=True,
        convex=True,
        slope="1",
        source="[HAM] eq. 10",
    ),
    Lagrangian(
        name="tanh",
        code=TANH,
        L="log(cosh(beta x)) / beta",
        g="tanh(beta x)",
        parameters=(_BETA,),
        additive=True,
        convex=True,
        slope="beta",
        source="[HAM] eq. 10",
    ),
    Lagrangian(
        name="sigmoid",
        code=SIGMOID,
        L="log(1 + exp(beta x)) / beta",
        g="1 / (1 + exp(-beta x))",
        parameters=(_BETA,),
        additive=True,
        convex=True,
        slope="beta / 4",
        source="[HAM] eq. 10",
    ),
    Lagrangian(
        name="softmax",
        code=SOFTMAX,
        L="log(sum_i exp(beta x_i)) / beta",
        g="exp(beta x_i) / sum_j exp(beta x_j)",
        parameters=(_BETA,),
        additive=False,
        convex=True,
        slope="beta / 2",
        source="[HAM] eq. 13",
    ),
)

TABLE: Mapping[str, Lagrangian] = MappingProxyType({row.name: row for row in _ROWS})
BY_CODE: Mapping[int, Lagrangian] = MappingProxyType({row.code: row for row in _ROWS})
MAX_PARAMETERS = max(len(row.parameters) for row in _ROWS)
