"""Associative memory: what theory says of it."""
