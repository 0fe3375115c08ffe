"""A second hand: hamsim's model written again, to attack what its certificate claims.

Nothing here is taken from hamsim but its public functions; formulas are those of the literature,
evaluated with mpmath to as many digits as a question needs.
"""
