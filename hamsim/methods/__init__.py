"""Integration methods, one row each, by the names that files, commands and runs call them."""

from hamsim.methods.row import Method, RungeKutta
from hamsim.methods.table import AUTO, METHOD_NAMES, METHODS

__all__ = ["AUTO", "METHODS", "METHOD_NAMES", "Method", "RungeKutta"]
