"""Arithmetic of the numbers that formulas are computed in, without any formula.

Rational numbers hold the constants of formulas, intervals enclose values for proofs, decimals
carry as many digits as are asked for.
"""
