"""Trials brought to rest, and the linear equations of gradients solved there."""
