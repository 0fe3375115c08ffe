"""Methods of integration, a row each, and of discrete dynamics, by the names in files and runs."""

from hamsim.methods.discrete import DEFAULT_ORDER, DISCRETE, ORDERS, Discrete
from hamsim.methods.exponential import Exponential
from hamsim.methods.row import Method, RungeKutta
from hamsim.methods.splitting import Splitting
from hamsim.methods.stochastic import Stochastic
from hamsim.methods.table import AUTO_WITH_NOISE, FIXED, METHOD_NAMES, METHODS, NOISY, STIFFLY

__all__ = [
    "AUTO_WITH_NOISE",
    "DEFAULT_ORDER",
    "DISCRETE",
    "FIXED",
    "METHODS",
    "METHOD_NAMES",
    "NOISY",
    "ORDERS",
    "STIFFLY",
    "Discrete",
    "Exponential",
    "Method",
    "RungeKutta",
    "Splitting",
    "Stochastic",
]
