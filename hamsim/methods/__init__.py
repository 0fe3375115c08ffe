"""Integration methods, one row each, by the names that files, commands and runs call them."""

from hamsim.methods.exponential import Exponential
from hamsim.methods.row import Method, RungeKutta
from hamsim.methods.splitting import Splitting
from hamsim.methods.stochastic import Stochastic
from hamsim.methods.table import AUTO, AUTO_WITH_NOISE, METHOD_NAMES, METHODS, NOISY

__all__ = [
    "AUTO",
    "AUTO_WITH_NOISE",
    "METHODS",
    "METHOD_NAMES",
    "NOISY",
    "Exponential",
    "Method",
    "RungeKutta",
    "Splitting",
    "Stochastic",
]
