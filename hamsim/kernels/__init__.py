"""Compiled loops; numba is imported only here and by the Lagrangians' formulas."""
