"""Formulas as text of Python modules, to be compiled."""
