"""Rigorous statements about the largest eigenvalue of large sparse symmetric matrices.

Upper bounds come from Gershgorin's and Collatz and Wielandt's theorems and from Cholesky and
L D L^T factorisations whose rounding errors are bounded; lower bounds are Rayleigh quotients that
were evaluated. With u = 2^-53, a sum of k products, in any order, is off by at most
k u / (1 - k u) times the sum of their sizes (Higham 2002, section 3.1); the bounds here add at
least twice that.
"""

from hamsim.spectrum.threshold import Answer, largest_below
from hamsim.spectrum.upper import negative_part, norm_bound, perron, upper_bound

__all__ = ["Answer", "largest_below", "negative_part", "norm_bound", "perron", "upper_bound"]
