"""Integration methods, one row each, by the names that files, commands and runs call them."""

from hamsim.methods.exponential import Exponential
from hamsim.methods.row import Method, RungeKutta
from hamsim.methods.splitting import Splitting
from hamsim.methods.table import AUTO, METHOD_NAMES, METHODS

__all__ = ["AUTO", "METHODS", "METHOD_NAMES", "Exponential", "Method", "RungeKutta", "Splitting"]
