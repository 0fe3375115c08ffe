"""Formulas from text and as text."""
