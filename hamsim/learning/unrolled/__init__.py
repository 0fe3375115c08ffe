"""Euler's method step by step: its states, kept and taken once more, and its adjoint."""
