"""Formulas from text (`reading`) and as text for people (`spelling`)."""
