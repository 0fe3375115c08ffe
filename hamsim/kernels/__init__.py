"""Compiled loops; numba is imported only here and by the Lagrangians' formulas."""

from hamsim.kernels.environment import import_numba

import_numba()
