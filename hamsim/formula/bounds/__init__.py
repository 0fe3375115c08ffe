"""Bounds of trees, safe to rounding.

`bounding` bounds a tree over boxes of states and parameters by interval arithmetic, `tails` gives
it a form with tighter bounds far out, and `boxes` cuts boxes until the bounds are close.
"""
