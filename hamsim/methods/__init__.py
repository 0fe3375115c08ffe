"""Integration methods, one row each, by the names that files, commands and runs call them."""

from hamsim.methods.exponential import Exponential
from hamsim.methods.row import Method, RungeKutta
from hamsim.methods.splitting import Splitting
from hamsim.methods.stochastic import Stochastic
from hamsim.methods.table import AUTO_WITH_NOISE, FIXED, METHOD_NAMES, METHODS, NOISY, STIFFLY

__all__ = [
    "AUTO_WITH_NOISE",
    "FIXED",
    "METHODS",
    "METHOD_NAMES",
    "NOISY",
    "STIFFLY",
    "Exponential",
    "Method",
    "RungeKutta",
    "Splitting",
    "Stochastic",
]
